/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_BEARER_H
#define PO_OAUTH_BEARER_H

#include "base/http.h"

/*
 * GET with the access token as Bearer (RFC 6750 2.1).  PO_E_DOCUMENT for a
 * token that cannot stand in a header.
 */
PO_MUST_USE
enum po_status po_bearer_request(const char *url, const char *access_token,
    const char *what, size_t response_max, struct po_http_request *request,
    struct po_err *err);

/*
 * PO_OK for 200.  PO_E_GRANT_REFUSED for 401 and PO_E_SCOPE for 403 (RFC 6750
 * 3.1) and 404 (GitHub hides what a token may not see): an answer, and no
 * provider that cannot be reached.  Else, and for 403 with a Retry-After,
 * PO_E_HTTP.
 */
PO_MUST_USE
enum po_status po_bearer_check(
    const struct po_http_response *response, struct po_err *err);

#endif
