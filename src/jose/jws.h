/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWS_H
#define PO_JOSE_JWS_H

#include "base/buf.h"
#include "base/err.h"
#include "jose/alg.h"
#include "jose/json.h"
#include "jose/jwk.h"

/*
 * Compact JWS (RFC 7515 7.1).  Parsing checks the form, the header and the
 * algorithm against the caller's allow-list; verifying picks the key and
 * checks the signature.  Only after PO_OK from po_jws_verify does the payload
 * mean anything.
 *
 * Header members that point at keys (jku, x5u, x5c, jwk) are never followed:
 * keys come from `jwks` alone.  crit and b64 are refused (RFC 7515 4.1.11,
 * RFC 7797 7).
 */
struct po_jws;

#define PO_JWS_MAX (64 * 1024) /* bytes of compact form: PO_HTTP_MAX_TOKEN */

/* PO_E_TOKEN_MALFORMED, PO_E_ALG or PO_E_CRIT, each with its clause. */
PO_MUST_USE
enum po_status po_jws_parse(const char *compact, size_t len, po_alg_set algs,
    struct po_jws **out, struct po_err *err);
void po_jws_free(struct po_jws **jws);

const struct po_json *po_jws_header(const struct po_jws *jws);
enum po_alg po_jws_alg(const struct po_jws *jws);
/* The decoded payload, borrowed. */
const struct po_buf *po_jws_payload(const struct po_jws *jws);

/*
 * Verifies with the one key that `kid` names, among those whose kty, curve,
 * alg and (if the key carries one, as Entra's do) issuer fit.  No kid: exactly
 * one key must fit.  A kid that several keys share: any that fits may verify.
 * `issuer` may be NULL: then per-key issuers are not looked at.
 *
 * PO_E_KEY_UNKNOWN: no key of that kid (worth one refresh of the JWKS);
 * PO_E_KEY_UNUSABLE: the kid is there but its key does not fit, or there is
 * no kid and more than one key fits; PO_E_SIGNATURE.
 */
PO_MUST_USE
enum po_status po_jws_verify(const struct po_jws *jws,
    const struct po_jwks *jwks, const char *issuer, struct po_err *err);

/*
 * Verifies a token of HS256, HS384 or HS512 with `secret`, the bytes of the
 * client secret (OpenID Connect Core 10.1), in constant time (CVE-2024-25189).
 * PO_E_KEY_UNUSABLE: no secret, or one shorter than the hash; PO_E_SIGNATURE.
 * For other algorithms it is PO_E_INTERNAL, as HS* is PO_E_KEY_UNKNOWN to
 * po_jws_verify: which of the two is called decides where keys come from.
 */
PO_MUST_USE
enum po_status po_jws_verify_mac(const struct po_jws *jws, const void *secret,
    size_t secret_len, struct po_err *err);

#endif
