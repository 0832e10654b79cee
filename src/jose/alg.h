/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_ALG_H
#define PO_JOSE_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * JWS signature algorithms (RFC 7518 3.1, RFC 8037, RFC 9864) and what key
 * each is bound to.  "none" is not among them and cannot be named.
 */
enum po_alg {
	PO_ALG_RS256,
	PO_ALG_RS384,
	PO_ALG_RS512,
	PO_ALG_PS256,
	PO_ALG_PS384,
	PO_ALG_PS512,
	PO_ALG_ES256,
	PO_ALG_ES384,
	PO_ALG_ES512,
	PO_ALG_EDDSA,   /* "EdDSA" (RFC 8037), Ed25519 keys only */
	PO_ALG_ED25519, /* "Ed25519" (RFC 9864) */
	PO_ALG_HS256,   /* from here on the key is the client secret */
	PO_ALG_HS384,
	PO_ALG_HS512,
	PO_ALG_COUNT
};

enum po_kty {
	PO_KTY_RSA,
	PO_KTY_EC,
	PO_KTY_OKP,
	PO_KTY_OCT /* the client secret; never a key of a JWKS */
};

struct po_alg_info {
	const char *name; /* as in the header, compared byte for byte */
	enum po_kty kty;
	const char *curve;      /* "P-256", ...; NULL for RSA and HMAC */
	const char *digest;     /* "SHA256", ...; at_hash uses it for all */
	unsigned signature_len; /* bytes, exact; 0 = length of the modulus */
	bool pss;
};

/* A set of algorithms, one bit each. */
typedef uint32_t po_alg_set;
#define PO_ALG_BIT(alg) ((po_alg_set)1 << (alg))
#define PO_ALG_ASYMMETRIC (PO_ALG_BIT(PO_ALG_HS256) - 1) /* the default */
#define PO_ALG_HMAC (PO_ALG_BIT(PO_ALG_COUNT) - PO_ALG_BIT(PO_ALG_HS256))

const struct po_alg_info *po_alg_info(enum po_alg alg);
/* False for names that are not exactly one of the table's. */
PO_MUST_USE
bool po_alg_find(const char *name, enum po_alg *out);

/*
 * Blank-separated names into a set.  PO_E_CONFIG for an unknown or repeated
 * name, for "none" with its own sentence, and for an empty list.
 */
PO_MUST_USE
enum po_status po_alg_set_parse(
    const char *names, po_alg_set *out, struct po_err *err);

/*
 * Is a client secret of `len` bytes (0: there is none) long enough for every
 * HS* algorithm of the set: as long as the hash (RFC 7518 3.2, RFC 8725 3.5)?
 * PO_E_CONFIG names the one it is too short for.
 */
PO_MUST_USE
enum po_status po_alg_check_secret(
    po_alg_set algs, size_t len, struct po_err *err);

#endif
