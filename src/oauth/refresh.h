/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_REFRESH_H
#define PO_OAUTH_REFRESH_H

#include "oauth/token.h"

/* POST grant_type refresh_token (RFC 6749 6), for the scopes it has. */
PO_MUST_USE
enum po_status po_refresh_request(const char *endpoint,
    const struct po_client *client, const char *refresh_token,
    struct po_http_request *request, struct po_err *err);

/*
 * PO_OK: *tokens is filled.  PO_E_CLOSED: the provider knows the token no more
 * (invalid_grant: it is used up, or was taken back, or the person is no longer
 * theirs), or says no in another word that means them.  What speaks of us is
 * PO_E_CLIENT_REFUSED; what speaks of neither PO_E_HTTP (429, 5xx) or
 * PO_E_DOCUMENT; an error that we do not know PO_E_GRANT_REFUSED.
 */
PO_MUST_USE
enum po_status po_refresh_parse(const struct po_http_response *response,
    struct po_tokens *tokens, struct po_err *err);

#endif
