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

#endif
