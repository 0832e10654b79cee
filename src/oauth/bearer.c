/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that an access token opens.  Pure.  See bearer.h. */

#include "oauth/bearer.h"

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
po_bearer_request(const char *url, const char *access_token, const char *what,
    size_t response_max, struct po_http_request *request, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf header = PO_BUF_INIT(PO_HTTP_MAX_TOKEN + 8);
	enum po_status st;

	if (!fits_header(access_token))
		return po_err_set(err, PO_E_DOCUMENT,
		    "%s: the access token cannot be sent as a header (RFC 6750 "
		    "2.1)",
		    what);
	if ((st = po_http_request_init(
		 request, PO_HTTP_GET, url, what, response_max, err)) != PO_OK)
		return st;
	po_buf_append_str(&header, "Bearer ");
	po_buf_append_str(&header, access_token);
	return po_buf_take_str(&header, &request->authorization, err);
}

enum po_status
po_bearer_check(const struct po_http_response *response, struct po_err *err)
{
	int status = response->status;

	if (status == 200)
		return PO_OK;
	if (status == 401)
		return po_err_set(err, PO_E_GRANT_REFUSED,
		    "HTTP status 401: the access token is not accepted there");
	/* GitHub's secondary rate limit is 403 with Retry-After */
	if ((status == 403 && response->retry_after_s < 0) || status == 404)
		return po_err_set(err, PO_E_SCOPE,
		    "HTTP status %d: no such document, or none that this "
		    "person may read with the scopes granted",
		    status);
	return po_err_set(err, PO_E_HTTP, "HTTP status %d%s", status,
	    status >= 300 && status <= 399 ? " (redirects are not followed)"
					   : "");
}
