/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims from the userinfo endpoint.  They are unsigned: they may add to the
 * ID token of the same person, never replace a claim of it.  See userinfo.h.
 */

#include "oauth/userinfo.h"

#include <string.h>

#include "base/mem.h"
#include "oauth/oauth_error.h"

/* RFC 6750 2.1: visible characters; a line break would start a header. */
static bool
fits_header(const char *token)
{
	if (*token == '\0')
		return false;
	for (; *token != '\0'; token++) {
		if (*token <= ' ' || *token > '~')
			return false;
	}
	return true;
}

enum po_status
po_userinfo_request(const char *endpoint, const char *access_token,
    struct po_http_request *request, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf header = PO_BUF_INIT(PO_HTTP_MAX_TOKEN + 8);
	enum po_status st;

	if (!fits_header(access_token))
		return po_err_set(err, PO_E_DOCUMENT,
		    "token response: the access_token cannot be sent as a "
		    "header (RFC 6750 2.1)");
	/* groups by the thousand are longer than any token */
	if ((st = po_http_request_init(request, PO_HTTP_GET, endpoint,
		 "userinfo request", PO_HTTP_MAX_METADATA, err)) != PO_OK)
		return st;
	po_buf_append_str(&header, "Bearer ");
	po_buf_append_str(&header, access_token);
	return po_buf_take_str(&header, &request->authorization, err);
}

static const char *
find_sub(const struct po_json *claims)
{
	const struct po_json *sub = po_json_member(claims, "sub");

	return sub == NULL ? NULL : po_json_string(sub, NULL);
}

static enum po_status
check_sub(const struct po_json *id_token, const struct po_json *userinfo,
    struct po_err *err)
{
	const char *expected = find_sub(id_token);
	const char *sub = find_sub(userinfo);

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

static enum po_status
merge(const struct po_json *id_token, const struct po_http_response *response,
    struct po_json **claims, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *userinfo = NULL;
	enum po_status st;

	if ((st = po_oauth_read_json(response, &userinfo, err)) != PO_OK ||
	    (st = check_sub(id_token, userinfo, err)) != PO_OK)
		return st;
	return po_json_merge(id_token, userinfo, claims, err);
}

enum po_status
po_userinfo_merge(const struct po_json *id_token,
    const struct po_http_response *response, struct po_json **claims,
    struct po_err *err)
{
	enum po_status st;

	*claims = NULL;
	if ((st = merge(id_token, response, claims, err)) != PO_OK)
		po_err_prefix(err, "userinfo response");
	return st;
}
