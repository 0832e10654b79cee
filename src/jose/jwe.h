/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWE_H
#define PO_JOSE_JWE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "jose/json.h"

/*
 * Compact JWE (RFC 7516 7.1), opened with a private key of ours.
 *
 * Key management (RFC 7518 4, RFC 8037 3.2): RSA-OAEP, RSA-OAEP-256, ECDH-ES
 * and ECDH-ES+A128KW, +A192KW, +A256KW on P-256, P-384, P-521 and X25519.
 * Content (RFC 7518 5): A128GCM, A192GCM, A256GCM, A128CBC-HS256,
 * A192CBC-HS384, A256CBC-HS512.  Nothing else: no RSA1_5, no PBES2, no shared
 * keys (dir, A128KW, A128GCMKW, ...), no zip.
 *
 * An encrypted token says nothing about who made it: anybody can encrypt to a
 * public key.  Only the signed token inside does.
 */
struct po_jwe_key;

#define PO_JWE_KEY_MAX (32 * 1024) /* bytes of PEM or JWK */

/*
 * A private key from PEM (one unencrypted key) or from a JWK (RFC 7517): RSA
 * of 2048 to 8192 bits, or one of the curves above.  PO_E_SECRET for anything
 * else, without quoting any of it.
 */
PO_MUST_USE
enum po_status po_jwe_key_parse(
    const void *data, size_t len, struct po_jwe_key **out, struct po_err *err);
void po_jwe_key_free(struct po_jwe_key **key);

/* The five parts of a compact JWE; the three of a JWS are not. */
bool po_jwe_is_compact(const char *compact, size_t len);

/*
 * Appends the plaintext to `plaintext`; *header is the protected header.
 *
 * PO_E_TOKEN_MALFORMED, PO_E_ALG (alg or enc is not one of ours, or not for
 * this kind of key; zip), PO_E_CRIT, PO_E_KEY_UNUSABLE (an epk off the curve,
 * a kid that is not the key's): what the header alone tells, which everybody
 * can read.  For all that depends on the key or the ciphertext there is
 * PO_E_DECRYPT with one text (RFC 7516 11.5): no answer may tell a wrong
 * padding from a wrong tag.
 */
PO_MUST_USE
enum po_status po_jwe_decrypt(const char *compact, size_t len,
    const struct po_jwe_key *key, struct po_buf *plaintext,
    struct po_json **header, struct po_err *err);

#endif
