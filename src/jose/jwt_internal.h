/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWT_INTERNAL_H
#define PO_JOSE_JWT_INTERNAL_H

#include "jose/jwt.h"

/* The two halves of ID token validation; for jwt.c and jwt_claims.c alone. */

/*
 * The text of the member of a header or of claims, borrowed.  With PO_OK, *out
 * is NULL when it is absent; any other type than string fails with `status`.
 */
PO_MUST_USE
enum po_status po_jwt_string(const struct po_json *object, const char *name,
    enum po_status status, const char **out, struct po_err *err);

/* All claims of a token that was signed with `alg`; the status names which. */
PO_MUST_USE
enum po_status po_jwt_check_claims(const struct po_json *claims,
    const struct po_id_token_policy *policy, enum po_alg alg,
    struct po_err *err);

/* The same of a userinfo answer. */
PO_MUST_USE
enum po_status po_jwt_check_userinfo(const struct po_json *claims,
    const struct po_id_token_policy *policy, enum po_alg alg,
    struct po_err *err);

#endif
