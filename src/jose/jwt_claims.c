/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claims of an ID token whose signature is good.  Every claim that is
 * required or present is checked; there is no option to leave a check out.
 * See jwt.h and jwt_internal.h.
 */

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/record.h"
#include "base/text.h"
#include "jose/b64url.h"
#include "jose/jwt_internal.h"

enum po_status
po_jwt_string(const struct po_json *claims, const char *name,
    enum po_status status, const char **out, struct po_err *err)
{
	const struct po_json *member = po_json_member(claims, name);

	*out = NULL;
	if (member == NULL)
		return PO_OK;
	if ((*out = po_json_string(member, NULL)) == NULL)
		return po_err_set(err, status, "%s is %s, not a string", name,
		    po_json_type_name(member));
	return PO_OK;
}

/*
 * Tokens that the same issuer signs with the same keys for other purposes and
 * says so in the payload (RFC 8725 3.12).
 */
static enum po_status
check_kind(const struct po_json *claims, struct po_err *err)
{
	static const struct {
		const char *claim;
		const char *id_token; /* the only value of an ID token */
		const char *other;    /* a value no ID token has */
	} kinds[] = {
		{ "typ", "ID", NULL },       /* Keycloak; Rauthy says "Id" */
		{ "token_use", "id", NULL }, /* Cognito */
		{ "type", NULL, "access-token" }, /* Pocket ID */
		{ "type", NULL, "oauth-access-token" },
		{ "type", NULL, "refresh-token" },
		{ "type", NULL, "oauth-refresh-token" },
		{ "tokenType", NULL, "refresh-token" }, /* Casdoor */
	};

	if (po_json_member(claims, "events") != NULL)
		return po_err_set(err, PO_E_TYP,
		    "events: a logout or security event token "
		    "(OpenID Connect Back-Channel Logout 2.4)");
	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		const struct po_json *member =
		    po_json_member(claims, kinds[i].claim);
		const char *value;

		if (member == NULL)
			continue;
		value = po_json_string(member, NULL);
		if (kinds[i].other == NULL
			? value != NULL &&
			      strcasecmp(value, kinds[i].id_token) == 0
			: value == NULL || strcmp(value, kinds[i].other) != 0)
			continue;
		return po_err_set(err, PO_E_TYP,
		    "%s is \"%s\": not an ID token (RFC 8725 3.12)",
		    kinds[i].claim,
		    value == NULL ? po_json_type_name(member) : value);
	}
	return PO_OK;
}

/*
 * Byte for byte: no case, no slash, no template, no list.  A second
 * spelling is the administrator's to allow, by name.
 */
static enum po_status
check_iss(const struct po_json *claims, const char *issuer, const char *alias,
    struct po_err *err)
{
	const char *iss;
	enum po_status st;

	if ((st = po_jwt_string(claims, "iss", PO_E_ISS, &iss, err)) != PO_OK)
		return st;
	if (iss == NULL)
		return po_err_set(
		    err, PO_E_ISS, "no iss (OpenID Connect Core 2)");
	if (!po_str_equal(iss, issuer) &&
	    (alias == NULL || !po_str_equal(iss, alias)))
		return po_err_set(err, PO_E_ISS,
		    "iss is \"%s\", not \"%s\" "
		    "(OpenID Connect Core 3.1.3.7 2)",
		    iss, issuer);
	return PO_OK;
}

/*
 * ASCII, all of it visible: it stands in logs, and in records that an account
 * is somebody's.
 */
static enum po_status
check_sub(const struct po_json *claims, struct po_err *err)
{
	const char *sub;
	enum po_status st;

	if ((st = po_jwt_string(claims, "sub", PO_E_SUB, &sub, err)) != PO_OK)
		return st;
	if (sub == NULL)
		return po_err_set(
		    err, PO_E_SUB, "no sub (OpenID Connect Core 2)");
	return po_record_is_value(sub, 1, PO_JWT_SUB_MAX)
		   ? PO_OK
		   : po_err_set(err, PO_E_SUB,
			 "sub of %zu bytes is not 1 to %d characters of "
			 "printable ASCII (OpenID Connect Core 2)",
			 strlen(sub), PO_JWT_SUB_MAX);
}

/* aud: a string or a list of strings (RFC 7519 4.1.3); *count of them. */
static enum po_status
check_aud(const struct po_json *claims, const char *client_id, size_t *count,
    struct po_err *err)
{
	const struct po_json *aud = po_json_member(claims, "aud");
	bool is_list, found = false;

	if (aud == NULL)
		return po_err_set(
		    err, PO_E_AUD, "no aud (OpenID Connect Core 2)");
	is_list = po_json_type(aud) == PO_JSON_ARRAY;
	*count = is_list ? po_json_array_len(aud) : 1;
	for (size_t i = 0; i < *count; i++) {
		const struct po_json *entry =
		    is_list ? po_json_array_at(aud, i) : aud;
		const char *text = po_json_string(entry, NULL);

		if (text == NULL)
			return po_err_set(err, PO_E_AUD,
			    "aud has %s, not a string (RFC 7519 4.1.3)",
			    po_json_type_name(entry));
		if (po_str_equal(text, client_id))
			found = true;
	}
	if (!found)
		return po_err_set(err, PO_E_AUD,
		    "aud does not name client \"%s\" "
		    "(OpenID Connect Core 3.1.3.7 3)",
		    client_id);
	return PO_OK;
}

/*
 * A token for several parties must have been issued to us; one that names
 * whom it was issued to, too.
 */
static enum po_status
check_azp(const struct po_json *claims, const char *client_id, size_t audiences,
    struct po_err *err)
{
	const char *azp;
	enum po_status st;

	if ((st = po_jwt_string(claims, "azp", PO_E_AZP, &azp, err)) != PO_OK)
		return st;
	if (azp == NULL && audiences > 1)
		return po_err_set(err, PO_E_AZP,
		    "%zu audiences and no azp "
		    "(OpenID Connect Core 3.1.3.7 4)",
		    audiences);
	if (azp != NULL && !po_str_equal(azp, client_id))
		return po_err_set(err, PO_E_AZP,
		    "azp is \"%s\", not \"%s\" "
		    "(OpenID Connect Core 3.1.3.7 5)",
		    azp, client_id);
	return PO_OK;
}

/*
 * A NumericDate, which may have a fraction (RFC 7519 2), in whole seconds: no
 * token lives longer for it.  -1 when it is absent and need not be there.
 */
static enum po_status
find_date(const struct po_json *claims, const char *name, bool required,
    enum po_status status, int64_t *out, struct po_err *err)
{
	const struct po_json *member = po_json_member(claims, name);

	*out = -1;
	if (member == NULL && required)
		return po_err_set(
		    err, status, "no %s (OpenID Connect Core 2)", name);
	if (member == NULL)
		return PO_OK;
	if (!po_json_floor(member, out))
		return po_err_set(err, status,
		    "%s is %s, not a number of seconds (RFC 7519 2)", name,
		    po_json_type_name(member));
	if (*out < 0 || *out > PO_JWT_NUMERIC_DATE_MAX)
		return po_err_set(
		    err, status, "%s is %" PRId64 ", not a date", name, *out);
	return PO_OK;
}

static enum po_status
check_times(const struct po_json *claims,
    const struct po_id_token_policy *policy, bool required, struct po_err *err)
{
	int64_t now = policy->now_s;
	int64_t exp, nbf, iat;
	enum po_status st;

	if ((st = find_date(claims, "exp", required, PO_E_EXP, &exp, err)) !=
	    PO_OK)
		return st;
	if (exp != -1 && now - PO_JWT_LEEWAY_S >= exp)
		return po_err_set(err, PO_E_EXP,
		    "expired %" PRId64 " s ago (RFC 7519 4.1.4)", now - exp);
	if ((st = find_date(claims, "nbf", false, PO_E_NBF, &nbf, err)) !=
	    PO_OK)
		return st;
	if (nbf > now + PO_JWT_LEEWAY_S)
		return po_err_set(err, PO_E_NBF,
		    "not valid for another %" PRId64 " s (RFC 7519 4.1.5)",
		    nbf - now);
	if ((st = find_date(claims, "iat", required, PO_E_IAT, &iat, err)) !=
	    PO_OK)
		return st;
	if (iat == -1)
		return PO_OK;
	if (iat > now + PO_JWT_LEEWAY_S)
		return po_err_set(err, PO_E_IAT,
		    "issued %" PRId64 " s in the future: is this clock right?",
		    iat - now);
	/* a token from before the question cannot be the answer to it */
	if (policy->flow_start_s != 0 &&
	    iat < policy->flow_start_s - PO_JWT_LEEWAY_S)
		return po_err_set(err, PO_E_IAT,
		    "issued %" PRId64 " s before this login began",
		    policy->flow_start_s - iat);
	if (exp - iat > PO_JWT_LIFETIME_MAX_S)
		return po_err_set(err, PO_E_EXP,
		    "valid for %" PRId64 " s, more than %d", exp - iat,
		    PO_JWT_LIFETIME_MAX_S);
	return PO_OK;
}

static enum po_status
check_nonce(const struct po_json *claims,
    const struct po_id_token_policy *policy, struct po_err *err)
{
	const char *nonce;
	enum po_status st;

	if (policy->nonce == NULL)
		return PO_OK;
	if ((st = po_jwt_string(claims, "nonce", PO_E_NONCE, &nonce, err)) !=
	    PO_OK)
		return st;
	if (nonce == NULL && policy->nonce_required)
		return po_err_set(err, PO_E_NONCE,
		    "no nonce (OpenID Connect Core 3.1.3.7 11)");
	if (nonce != NULL && !po_str_equal(nonce, policy->nonce))
		return po_err_set(err, PO_E_NONCE,
		    "nonce is not the one sent "
		    "(OpenID Connect Core 3.1.3.7 11)");
	return PO_OK;
}

/* Left half of the access token's hash (OpenID Connect Core 3.1.3.6). */
static enum po_status
check_at_hash(const struct po_json *claims, const char *access_token,
    enum po_alg alg, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf want = PO_BUF_INIT(EVP_MAX_MD_SIZE);
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t hash_len = 0;
	const char *at_hash;
	enum po_status st;

	if (access_token == NULL)
		return PO_OK;
	if ((st = po_jwt_string(
		 claims, "at_hash", PO_E_AT_HASH, &at_hash, err)) != PO_OK)
		return st;
	if (at_hash == NULL)
		return PO_OK;
	if (EVP_Q_digest(NULL, po_alg_info(alg)->digest, NULL, access_token,
		strlen(access_token), hash, &hash_len) != 1)
		return po_err_set(err, PO_E_INTERNAL, "OpenSSL cannot hash");
	po_b64url_encode(hash, hash_len / 2, &want);
	if ((st = po_buf_check(&want, err)) != PO_OK)
		return st;
	if (!po_str_equal(at_hash, po_buf_str(&want)))
		return po_err_set(err, PO_E_AT_HASH,
		    "at_hash is that of another access token "
		    "(OpenID Connect Core 3.1.3.8)");
	return PO_OK;
}

/*
 * What a shared key cannot tell apart: with more than one audience, any of
 * them could have made the token (OpenID Connect Core 3.1.3.7 8).
 */
static enum po_status
check_mac_audience(enum po_alg alg, size_t audiences, struct po_err *err)
{
	if (po_alg_info(alg)->kty != PO_KTY_OCT || audiences == 1)
		return PO_OK;
	return po_err_set(err, PO_E_AUD,
	    "%s with %zu audiences (OpenID Connect Core 3.1.3.7 8)",
	    po_alg_info(alg)->name, audiences);
}

/*
 * acr_values is a wish to the provider, which may grant another one or none
 * (OpenID Connect Core 3.1.2.1): whether it did stands in acr, one string
 * (Core 2).
 */
static enum po_status
check_acr(const struct po_json *claims, const char *wanted, struct po_err *err)
{
	const char *acr;
	enum po_status st;

	if (wanted == NULL)
		return PO_OK;
	if ((st = po_jwt_string(claims, "acr", PO_E_ACR, &acr, err)) != PO_OK)
		return st;
	if (acr == NULL)
		return po_err_set(err, PO_E_ACR,
		    "no acr, and one of \"%s\" was asked for "
		    "(OpenID Connect Core 3.1.3.7 12)",
		    wanted);
	if (acr[0] == '\0' || !po_text_has_word(wanted, " ", acr, strlen(acr)))
		return po_err_set(err, PO_E_ACR,
		    "acr is \"%s\", none of \"%s\" "
		    "(OpenID Connect Core 3.1.3.7 12)",
		    acr, wanted);
	return PO_OK;
}

/*
 * max_age is the time since the person signed in, seen from the request
 * (OpenID Connect Core 3.1.2.1): the minutes that they take to approve do not
 * count.  Counted from now, a sign-in that was recent enough when they were
 * asked would be too old by the time they have read the prompt.
 */
static enum po_status
check_auth_time(const struct po_json *claims,
    const struct po_id_token_policy *policy, struct po_err *err)
{
	int64_t asked_s =
	    policy->flow_start_s != 0 ? policy->flow_start_s : policy->now_s;
	int64_t auth_time;
	enum po_status st;

	if (policy->max_age_s == 0)
		return PO_OK;
	if ((st = find_date(claims, "auth_time", true, PO_E_AUTH_TIME,
		 &auth_time, err)) != PO_OK) {
		po_err_prefix(
		    err, "max_age of %" PRId64 " s", policy->max_age_s);
		return st;
	}
	if (auth_time > policy->now_s + PO_JWT_LEEWAY_S)
		return po_err_set(err, PO_E_AUTH_TIME,
		    "auth_time is %" PRId64 " s in the future",
		    auth_time - policy->now_s);
	if (auth_time < asked_s - policy->max_age_s - PO_JWT_LEEWAY_S)
		return po_err_set(err, PO_E_AUTH_TIME,
		    "signed in at the provider %" PRId64
		    " s before this login, max_age is %" PRId64
		    " (OpenID Connect Core 3.1.3.7 13)",
		    asked_s - auth_time, policy->max_age_s);
	return PO_OK;
}

enum po_status
po_id_token_check_sign_in(const struct po_json *claims,
    const struct po_id_token_policy *policy, struct po_err *err)
{
	enum po_status st = check_acr(claims, policy->acr_values, err);

	return st == PO_OK ? check_auth_time(claims, policy, err) : st;
}

enum po_status
po_jwt_check_claims(const struct po_json *claims,
    const struct po_id_token_policy *policy, enum po_alg alg,
    struct po_err *err)
{
	size_t audiences = 0;
	enum po_status st;

	if ((st = check_iss(
		 claims, policy->issuer, policy->issuer_alias, err)) != PO_OK ||
	    (st = check_sub(claims, err)) != PO_OK ||
	    (st = check_aud(claims, policy->client_id, &audiences, err)) !=
		PO_OK ||
	    (st = check_azp(claims, policy->client_id, audiences, err)) !=
		PO_OK ||
	    (st = check_mac_audience(alg, audiences, err)) != PO_OK ||
	    (st = check_times(claims, policy, true, err)) != PO_OK ||
	    (st = check_nonce(claims, policy, err)) != PO_OK ||
	    (st = check_at_hash(claims, policy->access_token, alg, err)) !=
		PO_OK ||
	    (st = check_kind(claims, err)) != PO_OK)
		return st;
	return po_id_token_check_sign_in(claims, policy, err);
}

/*
 * An ID token that is passed off as userinfo: of another login, it would bring
 * back groups that the person has lost.  These claims are defined for ID
 * tokens alone (OpenID Connect Core 2, 3.1.3.6, 3.3.2.11; Keycloak; Cognito).
 */
static enum po_status
refuse_id_token(const struct po_json *claims, struct po_err *err)
{
	static const char *const marks[] = { "nonce", "at_hash", "c_hash",
		"s_hash", "typ", "token_use" };

	for (size_t i = 0; i < PO_ARRAY_LEN(marks); i++)
		if (po_json_member(claims, marks[i]) != NULL)
			return po_err_set(err, PO_E_TYP,
			    "%s: another kind of token than userinfo "
			    "(RFC 8725 3.12)",
			    marks[i]);
	return PO_OK;
}

enum po_status
po_jwt_check_userinfo(const struct po_json *claims,
    const struct po_id_token_policy *policy, enum po_alg alg,
    struct po_err *err)
{
	size_t audiences = 1; /* none named: ours, by the connection */
	enum po_status st;

	if ((po_json_member(claims, "iss") != NULL &&
		(st = check_iss(claims, policy->issuer, policy->issuer_alias,
		     err)) != PO_OK) ||
	    (st = check_sub(claims, err)) != PO_OK ||
	    (po_json_member(claims, "aud") != NULL &&
		(st = check_aud(claims, policy->client_id, &audiences, err)) !=
		    PO_OK) ||
	    (st = check_azp(claims, policy->client_id, 1, err)) != PO_OK ||
	    (st = check_mac_audience(alg, audiences, err)) != PO_OK ||
	    (st = check_times(claims, policy, false, err)) != PO_OK ||
	    (st = refuse_id_token(claims, err)) != PO_OK)
		return st;
	return check_kind(claims, err);
}
