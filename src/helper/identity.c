/* SPDX-License-Identifier: BSD-2-Clause */
/* Who approved, and may that person come in?  See identity.h. */

#include "helper/identity.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "jose/jwt.h"
#include "oauth/provider.h"
#include "oauth/userinfo.h"

static enum po_status
verify(struct po_session *session, struct po_json **claims, struct po_err *err)
{
	const struct po_tokens *tokens = &session->flow.tokens;
	const char *secret = session->client_secret;
	const struct po_id_token_policy policy = {
		.issuer = session->settings.issuer,
		.issuer_alias = session->settings.issuer_alias,
		.client_id = session->settings.client_id,
		.algs = session->algs,
		.client_secret = secret,
		.client_secret_len = secret == NULL ? 0 : strlen(secret),
		.decryption_key = session->decryption_key,
		.nonce = session->nonce[0] != '\0' ? session->nonce : NULL,
		.access_token = tokens->access_token,
		.now_s = po_clock_epoch_s(),
		.flow_start_s = session->start_epoch_s,
	};

	return po_id_token_verify(tokens->id_token, strlen(tokens->id_token),
	    session->jwks, &policy, claims, err);
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
	if (st == PO_OK)
		po_cache_flush(session->cache);
	return st;
}

static enum po_status
verify_id_token(
    struct po_session *session, struct po_json **claims, struct po_err *err)
{
	struct po_err first = { 0 };
	bool fresh = po_session_needs_jwks(session);
	enum po_status st;

	if (session->flow.tokens.id_token == NULL)
		return po_err_set(err, PO_E_TOKEN_MISSING,
		    "token response without id_token: do the scopes have "
		    "openid?");
	/* normally fetched while the person was busy approving */
	if (fresh) {
		if ((st = fetch_jwks(session, false, err)) != PO_OK)
			return st;
		fresh = !session->reused;
	}
	st = verify(session, claims, &first);
	if (!fresh && session->jwks != NULL &&
	    (st == PO_E_KEY_UNKNOWN || st == PO_E_KEY_UNUSABLE ||
		st == PO_E_SIGNATURE)) {
		/*
		 * Rotated keys (Core 10.1.1), which need not show in the kid:
		 * some have none, Casdoor's are names that stay.  Once, or it
		 * is a lever; and not of keys that are a moment old.
		 */
		if ((st = fetch_jwks(session, true, err)) != PO_OK)
			return st;
		first = (struct po_err){ 0 };
		st = verify(session, claims, &first);
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

	st = po_userinfo_request(session->metadata.userinfo_endpoint,
	    session->flow.tokens.access_token, &request, err);
	if (st != PO_OK ||
	    (st = session->transport.send(session, &request, &response, err)) !=
		PO_OK ||
	    (st = po_userinfo_merge(*claims, &response, &merged, err)) != PO_OK)
		return st;
	po_json_free(claims);
	*claims = TAKE(merged);
	return PO_OK;
}

static bool
wants_userinfo(const struct po_session *session, const struct po_json *claims)
{
	if (session->settings.userinfo == PO_USERINFO_AUTO)
		return session->metadata.userinfo_endpoint != NULL &&
		       po_policy_lacks_claims(
			   session->policy, claims, session->start->user);
	return session->settings.userinfo == PO_USERINFO_ALWAYS;
}

/* For the log; a claim that is not a string is simply not there. */
static char *
copy_claim(const struct po_json *claims, const char *name)
{
	const struct po_json *value = po_json_member(claims, name);
	const char *text = value == NULL ? NULL : po_json_string(value, NULL);

	return text == NULL ? NULL : po_str_dup(text);
}

enum po_status
po_identity_decide(struct po_session *session, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *claims = NULL;
	enum po_status st;

	if ((st = verify_id_token(session, &claims, err)) != PO_OK)
		return st;
	if ((session->sub = copy_claim(claims, "sub")) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	session->acr = copy_claim(claims, "acr");
	if (wants_userinfo(session, claims)) {
		if (session->metadata.userinfo_endpoint == NULL)
			return po_err_set(err, PO_E_UNSUPPORTED,
			    "%s offers no userinfo_endpoint",
			    session->settings.issuer);
		if ((st = add_userinfo(session, &claims, err)) != PO_OK)
			return st;
	}
	return po_policy_decide(session->policy, claims, session->start->user,
	    (uid_t)session->start->uid, &session->log, err);
}
