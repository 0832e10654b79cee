/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_SIGN_H
#define PO_JOSE_SIGN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "jose/alg.h"

/*
 * Signatures of our own: what this client proves itself with (RFC 7523, RFC
 * 8705).  Pure: time comes in as an argument.
 */
struct po_sign_key;

#define PO_SIGN_KEY_MAX (32 * 1024)   /* bytes of PEM or JWK */
#define PO_SIGN_CERT_MAX (128 * 1024) /* bytes of PEM: a chain of many */

/*
 * A private key from PEM (one unencrypted key) or from a JWK: RSA of 2048 to
 * 8192 bits, P-256, P-384, P-521 or Ed25519.  It signs with `alg`; NULL: with
 * what the JWK says, else RS256, ES256, ES384, ES512 or EdDSA.  `kid` NULL:
 * what the JWK says, else none.  PO_E_SECRET for a key that will not do,
 * without quoting any of it; PO_E_CONFIG for an algorithm that is not for it.
 */
PO_MUST_USE
enum po_status po_sign_key_parse(const void *data, size_t len,
    const enum po_alg *alg, const char *kid, struct po_sign_key **out,
    struct po_err *err);
void po_sign_key_free(struct po_sign_key **key);

/*
 * The first certificate in `pem` must be this key's and valid at `now_s`
 * (seconds since the epoch), or it is PO_E_SECRET.  Its thumbprint goes into
 * the header of what the key signs from now on.
 */
PO_MUST_USE
enum po_status po_sign_key_certify(struct po_sign_key *key, const void *pem,
    size_t len, int64_t now_s, struct po_err *err);

/*
 * Appends a compact JWS (RFC 7515 7.1) of `payload` (JSON) with alg, `typ`,
 * and kid and x5t#S256 where they are known.
 */
PO_MUST_USE
enum po_status po_sign(const struct po_sign_key *key, const char *typ,
    const struct po_buf *payload, struct po_buf *out, struct po_err *err);

/* The same by HS256 with a client secret, which must have 32 bytes. */
PO_MUST_USE
enum po_status po_sign_mac(const void *secret, size_t secret_len,
    const char *typ, const struct po_buf *payload, struct po_buf *out,
    struct po_err *err);

/* Appends base64url(SHA-256(text)): S256 of RFC 7636 4.2. */
PO_MUST_USE
enum po_status po_sign_s256(
    const char *text, struct po_buf *out, struct po_err *err);

#endif
