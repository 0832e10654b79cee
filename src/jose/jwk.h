/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWK_H
#define PO_JOSE_JWK_H

#include "base/err.h"
#include "jose/alg.h"
#include "jose/json.h"

/*
 * A JSON Web Key Set (RFC 7517) of signature-verification keys.  Keys that
 * are not for us (use "enc", key_ops without "verify", kty "oct" or unknown)
 * or are broken (weak RSA, point off the curve, a number that is null) are
 * left out one by one: a bad key never hides a good one.  Optional members
 * that are null count as absent.
 */
struct po_jwks;

/*
 * Once, before anything else of OpenSSL is used: keeps it from filling a table
 * with texts of libcrypto's own errors, 48 kB of each login that waits.
 * Nobody reads them: what libssl and the checks of certificates say, which
 * libcurl repeats, stays.
 */
void po_jose_init(void);

/* 64 bytes each, less than any real key, fill the 1 MiB that a key set may
 * have; Casdoor publishes the keys of all its tenants. */
#define PO_JWKS_KEYS_MAX 16384
#define PO_JWK_KID_MAX 256 /* bytes; thumbprints have 43, cert names less */

/* PO_E_DOCUMENT unless an object whose "keys" is an array. */
PO_MUST_USE
enum po_status po_jwks_parse(
    const void *data, size_t len, struct po_jwks **out, struct po_err *err);
void po_jwks_free(struct po_jwks **jwks);

/* Usable keys, and how many were left out; `why` (may be NULL) tells of the
 * last one left out, for `pam-oauth check`. */
size_t po_jwks_count(const struct po_jwks *jwks);
size_t po_jwks_skipped(const struct po_jwks *jwks, const char **why);

#endif
