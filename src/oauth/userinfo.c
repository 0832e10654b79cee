/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims from the userinfo endpoint.  Mostly they are unsigned: they may add
 * to the ID token of the same person, never replace a claim of it.  See
 * userinfo.h.
 */

#include "oauth/userinfo.h"

#include <string.h>

#include "base/mem.h"
#include "oauth/bearer.h"
#include "oauth/oauth_error.h"

enum po_status
po_userinfo_request(const char *endpoint, const char *access_token,
    struct po_http_request *request, struct po_err *err)
{
	/* groups by the thousand are longer than any token */
	return po_bearer_request(endpoint, access_token, "userinfo request",
	    PO_HTTP_MAX_METADATA, request, err);
}

static const char *
find_text(const struct po_json *claims, const char *name)
{
	const struct po_json *value = po_json_member(claims, name);

	return value == NULL ? NULL : po_json_string(value, NULL);
}

static enum po_status
check_sub(const struct po_json *id_token, const struct po_json *userinfo,
    struct po_err *err)
{
	const char *expected = find_text(id_token, "sub");
	const char *sub = find_text(userinfo, "sub");

	if (expected == NULL || sub == NULL || *sub == '\0')
		return po_err_set(err, PO_E_USERINFO_SUB,
		    "no sub to compare with the ID token's "
		    "(OpenID Connect Core 5.3.2)");
	if (!po_str_equal(expected, sub))
		return po_err_set(err, PO_E_USERINFO_SUB,
		    "about another person: sub is \"%.150s\", the ID token's "
		    "is \"%.150s\" (OpenID Connect Core 5.3.2)",
		    sub, expected);
	return PO_OK;
}

/*
 * Signed or not, which the media type tells (OpenID Connect Core 5.3.2).  What
 * is signed must be signed well, though plain JSON would do: it is what was
 * agreed on with this provider.
 */
static enum po_status
read_claims(const struct po_http_response *response, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_json **claims,
    struct po_err *err)
{
	enum po_status st = po_bearer_check(response, err);

	if (st != PO_OK)
		return st;
	if (strcmp(response->media_type, "application/jwt") != 0)
		return po_oauth_read_json(response, claims, err);
	return po_userinfo_verify(po_buf_str(&response->body),
	    response->body.len, jwks, policy, claims, err);
}

/*
 * email_verified is about the email beside it (OpenID Connect Core 5.1): where
 * the ID token has one of the two, a userinfo with another email does not have
 * the other.
 */
static enum po_status
add(const struct po_json *id_token, const struct po_json *userinfo,
    struct po_json **claims, struct po_err *err)
{
	static const char none[] = "{\"email\":null,\"email_verified\":null}";
	AUTO(po_json_free) struct po_json *nulls = NULL;
	AUTO(po_json_free) struct po_json *base = NULL;
	const char *email = find_text(id_token, "email");
	const char *other = find_text(userinfo, "email");
	enum po_status st;

	if (po_json_type(po_json_member(id_token, "email")) == PO_JSON_NULL
		? po_json_member(id_token, "email_verified") == NULL
		: email != NULL && other != NULL && strcmp(email, other) == 0)
		return po_json_merge(id_token, userinfo, claims, err);
	if ((st = po_json_parse(none, strlen(none), &nulls, err)) != PO_OK ||
	    (st = po_json_merge(id_token, nulls, &base, err)) != PO_OK)
		return st;
	return po_json_merge(base, userinfo, claims, err);
}

static enum po_status
merge(const struct po_json *id_token, const struct po_http_response *response,
    const struct po_jwks *jwks, const struct po_id_token_policy *policy,
    struct po_json **claims, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *userinfo = NULL;
	enum po_status st;

	if ((st = read_claims(response, jwks, policy, &userinfo, err)) !=
		PO_OK ||
	    (st = check_sub(id_token, userinfo, err)) != PO_OK)
		return st;
	return add(id_token, userinfo, claims, err);
}

enum po_status
po_userinfo_merge(const struct po_json *id_token,
    const struct po_http_response *response, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_json **claims,
    struct po_err *err)
{
	enum po_status st;

	*claims = NULL;
	if ((st = merge(id_token, response, jwks, policy, claims, err)) !=
	    PO_OK)
		po_err_prefix(err, "userinfo response");
	return st;
}
