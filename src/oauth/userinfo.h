/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_USERINFO_H
#define PO_OAUTH_USERINFO_H

#include "base/http.h"
#include "jose/json.h"
#include "jose/jwt.h"

/* GET with the access token as Bearer (OpenID Connect Core 5.3.1, RFC 6750). */
PO_MUST_USE
enum po_status po_userinfo_request(const char *endpoint,
    const char *access_token, struct po_http_request *request,
    struct po_err *err);

/*
 * Adds the claims of a userinfo answer to those of the ID token.  Its sub must
 * be there and be the ID token's byte for byte, else PO_E_USERINFO_SUB (Core
 * 5.3.2).  A claim in both keeps the ID token's value, which is signed; email
 * and email_verified come from one document, or say the same in both.
 * application/jwt is judged by po_userinfo_verify with the ID token's keys and
 * policy; everything else must be JSON.
 */
PO_MUST_USE
enum po_status po_userinfo_merge(const struct po_json *id_token,
    const struct po_http_response *response, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_json **claims,
    struct po_err *err);

#endif
