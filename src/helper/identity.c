/* SPDX-License-Identifier: BSD-2-Clause */
/* Who approved, and may that person come in?  See identity.h. */

#include "helper/identity.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "helper/exchange.h"
#include "jose/jwt.h"
#include "oauth/provider.h"
#include "oauth/scope.h"
#include "oauth/userinfo.h"
#include "policy/claims.h"

/* A name on one line, and within GRANT's 256 bytes with 4 a character. */
#define PERSON_CHARS 60
#define PERSON_MAX 256

/* How they signed in, in a few words: URNs of acr have about 40 characters. */
#define WORD_CHARS 40
#define HOW_ENOUGH 64 /* bytes; what is left of amr is left out */
#define HOW_MAX 256

/* What every token of this login is judged by. */
static struct po_id_token_policy
token_policy(const struct po_session *session)
{
	const char *secret = session->own.client_secret;

	return (struct po_id_token_policy){
		.issuer = session->settings.issuer,
		.issuer_alias = session->settings.issuer_alias,
		.client_id = session->settings.client_id,
		.algs = session->own.algs,
		.client_secret = secret,
		.client_secret_len = secret == NULL ? 0 : strlen(secret),
		.decryption_key = session->own.decryption_key,
		.nonce = session->nonce[0] != '\0' ? session->nonce : NULL,
		.nonce_required = !session->liveness &&
				  session->settings.flow >= PO_FLOW_KIND_CODE,
		.access_token = session->flow.tokens.access_token,
		.now_s = po_clock_epoch_s(),
		.flow_start_s = session->start_epoch_s,
		.acr_values = session->settings.acr_values,
		.max_age_s = session->settings.max_age_s,
	};
}

static enum po_status
verify(struct po_session *session, struct po_json **claims, struct po_err *err)
{
	const char *id_token = session->flow.tokens.id_token;
	const struct po_id_token_policy policy = token_policy(session);

	return po_id_token_verify(
	    id_token, strlen(id_token), session->jwks, &policy, claims, err);
}

/*
 * A time claim that does not fit while the provider's Date header does not
 * fit either: the clock here is wrong, and the log should say that.
 */
static enum po_status
blame_clock(
    const struct po_session *session, enum po_status status, struct po_err *err)
{
	int64_t skew_s = session->clock_skew_s;

	if ((status != PO_E_EXP && status != PO_E_NBF && status != PO_E_IAT) ||
	    !session->clock_known ||
	    (skew_s >= -PO_JWT_LEEWAY_S && skew_s <= PO_JWT_LEEWAY_S))
		return status;
	*err = (struct po_err){ 0 };
	return po_err_set(err, PO_E_CLOCK,
	    "this host's clock is %lld s %s the provider's",
	    (long long)(skew_s < 0 ? -skew_s : skew_s),
	    skew_s < 0 ? "ahead of" : "behind");
}

static enum po_status
fetch_jwks(struct po_session *session, bool refresh, struct po_err *err)
{
	enum po_status st;

	po_jwks_free(&session->jwks);
	st = po_provider_fetch_jwks(&session->transport,
	    session->metadata.jwks_uri, refresh, &session->jwks, err);
	session->jwks_fresh = refresh || !session->reused;
	if (st == PO_OK)
		po_cache_flush(session->cache);
	return st;
}

/*
 * Rotated keys (Core 10.1.1), which need not show in the kid: some have none,
 * Casdoor's are names that stay.  Once in a login, or it is a lever; and not
 * of keys that are a moment old.
 */
static bool
may_be_rotated(const struct po_session *session, enum po_status status)
{
	return !session->jwks_fresh && session->jwks != NULL &&
	       (status == PO_E_KEY_UNKNOWN || status == PO_E_KEY_UNUSABLE ||
		   status == PO_E_SIGNATURE);
}

static enum po_status
verify_id_token(
    struct po_session *session, struct po_json **claims, struct po_err *err)
{
	struct po_err first = { 0 };
	enum po_status st;

	if (session->flow.tokens.id_token == NULL)
		return po_err_set(err, PO_E_TOKEN_MISSING,
		    "token response without id_token: do the scopes have "
		    "openid?");
	/* normally fetched while the person was busy approving */
	if (po_exchange_needs_jwks(session) &&
	    (st = fetch_jwks(session, false, err)) != PO_OK)
		return st;
	st = verify(session, claims, &first);
	if (may_be_rotated(session, st)) {
		if ((st = fetch_jwks(session, true, err)) != PO_OK)
			return st;
		first = (struct po_err){ 0 };
		st = verify(session, claims, &first);
	}
	st = blame_clock(session, st, &first);
	return st == PO_OK ? PO_OK : po_err_set(err, st, "%s", first.text);
}

/* --- what adds to it ------------------------------------------------------ */

/* `claims` and what a userinfo answer adds. */
static enum po_status
merge_userinfo(struct po_session *session, const struct po_json *claims,
    const struct po_http_response *response, struct po_json **merged,
    struct po_err *err)
{
	const struct po_id_token_policy policy = token_policy(session);
	struct po_err first = { 0 };
	enum po_status st;

	st = po_userinfo_merge(
	    claims, response, session->jwks, &policy, merged, &first);
	if (may_be_rotated(session, st)) {
		if ((st = fetch_jwks(session, true, err)) != PO_OK)
			return st;
		first = (struct po_err){ 0 };
		st = po_userinfo_merge(
		    claims, response, session->jwks, &policy, merged, &first);
	}
	st = blame_clock(session, st, &first);
	return st == PO_OK ? PO_OK : po_err_set(err, st, "%s", first.text);
}

/* Replaces *claims by *claims and what userinfo adds. */
static enum po_status
add_userinfo(
    struct po_session *session, struct po_json **claims, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_json_free) struct po_json *merged = NULL;
	enum po_status st;

	if (session->metadata.userinfo_endpoint == NULL)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "%s offers no userinfo_endpoint", session->settings.issuer);
	st = po_userinfo_request(session->metadata.userinfo_endpoint,
	    session->flow.tokens.access_token, &request, err);
	if (st != PO_OK ||
	    (st = session->transport.send(session, &request, &response, err)) !=
		PO_OK ||
	    (st = merge_userinfo(session, *claims, &response, &merged, err)) !=
		PO_OK)
		return st;
	po_json_free(claims);
	*claims = TAKE(merged);
	return PO_OK;
}

/* Replaces *claims by *claims and the api documents that matter. */
static enum po_status
add_documents(
    struct po_session *session, struct po_json **claims, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *merged = NULL;
	enum po_status st;

	if (!po_api_is_wanted(session->api))
		return PO_OK;
	if ((st = po_api_fetch(session->api, &session->transport,
		 session->flow.tokens.access_token, *claims, &merged, err)) !=
	    PO_OK)
		return st;
	po_json_free(claims);
	*claims = TAKE(merged);
	return PO_OK;
}

/*
 * What stands in a document is partly the person's own to write, and Auth0 and
 * GitHub count each person's requests: half a character in a name, or a 429,
 * must be no outage, on which stacks go on.
 */
static enum po_status
blame_person(
    const struct po_session *session, enum po_status status, struct po_err *err)
{
	bool theirs =
	    session->http_status >= 400 && session->http_status <= 499;

	if (session->liveness)
		return status;
	if (status == PO_E_DOCUMENT)
		return err->status = PO_E_CLAIMS;
	if (status == PO_E_HTTP && theirs)
		return err->status = PO_E_GRANT_REFUSED;
	return status;
}

/* Every pointer into the claims that this login may follow. */
static void
each_pointer(const struct po_session *session,
    void (*fn)(void *arg, const char *pointer), void *arg)
{
	const struct po_settings *s = &session->settings;
	const char *user = session->start->user;

	po_policy_each_pointer(
	    session->policy, *user == '\0' ? NULL : user, fn, arg);
	/* the name of who uses everybody's account: see name_person */
	if (s->account != NULL)
		fn(arg, s->username);
	po_exports_each_pointer(session->exports, fn, arg);
	if (s->identity == PO_IDENTITY_API)
		fn(arg, s->subject);
}

static void
want_document(void *arg, const char *pointer)
{
	struct po_session *session = arg;

	po_api_want(session->api, pointer);
}

struct absence {
	const struct po_session *session;
	const struct po_json *claims;
	bool found;
};

static void
note_absent(void *arg, const char *pointer)
{
	struct absence *absence = arg;

	/* what stands in an api document is not userinfo's to say */
	if (!po_api_covers(absence->session->api, pointer) &&
	    po_claims_find(absence->claims, pointer, NULL, NULL) == 0)
		absence->found = true;
}

static bool
wants_userinfo(const struct po_session *session, const struct po_json *claims)
{
	struct absence absence = { .session = session, .claims = claims };

	if (session->settings.userinfo != PO_USERINFO_AUTO)
		return session->settings.userinfo == PO_USERINFO_ALWAYS;
	each_pointer(session, note_absent, &absence);
	return absence.found && session->metadata.userinfo_endpoint != NULL;
}

/* --- who it is ------------------------------------------------------------ */

/* For the log; a claim that is not a string is simply not there. */
static char *
copy_claim(const struct po_json *claims, const char *name)
{
	const struct po_json *value = po_json_member(claims, name);
	const char *text = value == NULL ? NULL : po_json_string(value, NULL);

	return text == NULL ? NULL : po_str_dup(text);
}

static bool
append_word(void *arg, const struct po_json *value)
{
	struct po_buf *how = arg;
	const char *word = po_json_string(value, NULL);

	if (word == NULL || word[0] == '\0' || how->len > HOW_ENOUGH)
		return true;
	if (how->len > 0)
		po_buf_append_str(how, ", ");
	po_text_printable(how, word, strlen(word), WORD_CHARS);
	return true;
}

/*
 * A refresh need not bring an ID token (OpenID Connect Core 12.2).  Who it is
 * was proven at the sign-in; userinfo, which must be of the same person, has
 * the rest.
 */
static enum po_status
claims_of_sign_in(const struct po_session *session, struct po_json **claims,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
	const char *sub = session->live.sub;
	enum po_status st;

	po_buf_append_str(&text, "{\"sub\":");
	po_json_print_string(sub, strlen(sub), &text);
	po_buf_append_char(&text, '}');
	if ((st = po_buf_check(&text, err)) != PO_OK)
		return st;
	return po_json_parse(text.data, text.len, claims, err);
}

/* Core 12.2, where it is an ID token that says so. */
static enum po_status
check_same_person(const struct po_session *session, struct po_err *err)
{
	if (session->live.sub == NULL ||
	    po_str_equal(session->sub, session->live.sub))
		return PO_OK;
	return po_err_set(err, PO_E_SUB,
	    "the refresh is about another person than the sign-in "
	    "(OpenID Connect Core 12.2)");
}

/* By the ID token, which userinfo and documents only add to. */
static enum po_status
identify_by_token(
    struct po_session *session, struct po_json **claims, struct po_err *err)
{
	bool bare =
	    session->live.sub != NULL && session->flow.tokens.id_token == NULL;
	enum po_status st;

	if ((st = bare ? claims_of_sign_in(session, claims, err)
		       : verify_id_token(session, claims, err)) != PO_OK)
		return st;
	if ((session->sub = copy_claim(*claims, "sub")) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	session->acr = copy_claim(*claims, "acr");
	if (session->settings.confirm) {
		/* by the token alone: userinfo knows nothing of the sign-in */
		session->how = (struct po_buf)PO_BUF_INIT(HOW_MAX);
		(void)po_claims_find(
		    *claims, "/acr", append_word, &session->how);
		(void)po_claims_find(
		    *claims, "/amr/*", append_word, &session->how);
	}
	if (bare || wants_userinfo(session, *claims))
		st = add_userinfo(session, claims, err);
	if (st == PO_OK)
		st = add_documents(session, claims, err);
	return blame_person(session, st, err);
}

/*
 * By documents alone.  What the token may read decides what they say, so less
 * than was asked for is not enough: a list of teams without those that the
 * scope hides is another list.  With ID tokens no such check is made: there
 * scopes are only requests for claims, and come back under other names
 * (Google, Entra) or not at all.
 */
static enum po_status
identify_by_api(
    struct po_session *session, struct po_json **claims, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	enum po_status st;

	if ((st = po_scope_check(s->scopes, session->flow.tokens.scope, err)) !=
		PO_OK ||
	    (st = add_documents(session, claims, err)) != PO_OK)
		return blame_person(session, st, err);
	return po_claims_subject(*claims, s->subject, &session->sub, err);
}

static bool
take_name(void *arg, const struct po_json *value)
{
	const char **name = arg;

	*name = po_json_string(value, NULL);
	return false;
}

/*
 * Where the account is everybody's, who uses it; and for `confirm`, who has
 * approved and how.  Nothing is decided by it here, so a claim that is not
 * there is made up for.
 */
static enum po_status
name_person(struct po_session *session, const struct po_json *claims,
    struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf shown = PO_BUF_INIT(PERSON_MAX + HOW_MAX);
	const char *name = NULL;

	if (session->settings.account == NULL && !session->settings.confirm)
		return PO_OK;
	(void)po_claims_find(
	    claims, session->settings.username, take_name, &name);
	if (name == NULL || name[0] == '\0')
		name = session->sub;
	po_text_printable(&shown, name, strlen(name), PERSON_CHARS);
	if (po_buf_check(&shown, NULL) != PO_OK ||
	    (session->settings.account != NULL &&
		(session->person = po_str_dup(po_buf_str(&shown))) == NULL))
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (!session->settings.confirm)
		return PO_OK;
	if (session->how.len > 0)
		po_buf_appendf(&shown, " (%s)", po_buf_str(&session->how));
	if (po_buf_check(&session->how, NULL) != PO_OK ||
	    po_buf_check(&shown, NULL) != PO_OK ||
	    (session->approver = po_str_dup(po_buf_str(&shown))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

/* May they use the account that was asked for, or else: which is theirs? */
static enum po_status
decide(struct po_session *session, const struct po_json *claims,
    struct po_err *err)
{
	const struct po_msg_start *start = session->start;

	const char *account = start->user;
	enum po_status st;

	if (account[0] == '\0') {
		st = po_policy_choose(session->policy, claims,
		    &session->account, &session->log, err);
		account = session->account;
	} else {
		st = po_policy_decide(session->policy, claims, account,
		    (uid_t)start->uid, &session->log, err);
	}
	session->by_name = st == PO_OK && po_policy_goes_by_name(
					      session->policy, claims, account);
	return st;
}

enum po_status
po_identity_decide(struct po_session *session, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *claims = NULL;
	enum po_status st;

	each_pointer(session, want_document, session);
	st = session->settings.identity == PO_IDENTITY_API
		 ? identify_by_api(session, &claims, err)
		 : identify_by_token(session, &claims, err);
	if (st != PO_OK)
		return st;
	if ((st = check_same_person(session, err)) != PO_OK ||
	    (st = name_person(session, claims, err)) != PO_OK ||
	    (st = decide(session, claims, err)) != PO_OK)
		return st;
	return po_exports_apply(
	    session->exports, claims, &session->log, &session->exported, err);
}
