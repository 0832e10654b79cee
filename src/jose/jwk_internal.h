/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWK_INTERNAL_H
#define PO_JOSE_JWK_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "jose/jwk.h"

/*
 * What jws.c needs to know of the keys; for jose/ alone.
 *
 * A key that was left out keeps its place with `why` set and `pkey` NULL: a
 * token that names it deserves a better answer than "unknown key", and no
 * refresh of the key set.
 */
struct po_jwk {
	char *kid;    /* NULL if it has none; no NUL inside */
	char *issuer; /* the key is for this issuer alone (Entra), or NULL */
	char *why;    /* why it was left out; NULL for a usable key */
	enum po_kty kty;
	const char *curve; /* static; NULL for RSA */
	bool has_alg;
	enum po_alg alg; /* if has_alg: for this algorithm alone */
	EVP_PKEY *pkey;
	BIGNUM *order; /* of the group; NULL unless EC */
	/*
	 * A context initialised for ready_alg, to be copied for each
	 * signature: looking algorithms up by name costs a seventh of an RSA
	 * verification.
	 */
	EVP_MD_CTX *ready;
	enum po_alg ready_alg;
};

struct po_jwks {
	struct po_jwk *keys;
	size_t len; /* all, with those left out */
	size_t usable;
	const char *last_why; /* borrowed from the last one left out */
};

/*
 * The text of a member, borrowed; PO_E_KEY_UNUSABLE when it is absent or not a
 * string.
 */
PO_MUST_USE
enum po_status po_jwk_string(const struct po_json *jwk, const char *name,
    const char **out, struct po_err *err);

/*
 * A member that may be left out; NULL when it is.  null is left out, too:
 * serializers that write every member of a structure leave it behind, and it
 * says nothing that could make a key good for more.
 */
const struct po_json *po_jwk_member(
    const struct po_json *jwk, const char *name);
/* As po_jwk_string, but with PO_OK *out is NULL when the member is left out. */
PO_MUST_USE
enum po_status po_jwk_find_string(const struct po_json *jwk, const char *name,
    const char **out, struct po_err *err);

/*
 * The public key of a JWK of type `kty` and, unless RSA, of `curve`: a name of
 * alg.h's table, or "X25519".  PO_E_KEY_UNUSABLE for one that is weak or
 * malformed.
 */
PO_MUST_USE
enum po_status po_jwk_make_pkey(const struct po_json *jwk, enum po_kty kty,
    const char *curve, EVP_PKEY **out, struct po_err *err);

/*
 * The same for a private key.  Whether the
 * numbers of RSA and EC belong together, the caller checks; no message quotes
 * any of them.
 */
PO_MUST_USE
enum po_status po_jwk_make_private(const struct po_json *jwk, enum po_kty kty,
    const char *curve, EVP_PKEY **out, struct po_err *err);

/* Members of an RSA key: n e d p q dp dq qi; and OpenSSL's names. */
#define PO_RSA_NUMBERS 8
struct po_rsa_member {
	const char *member;
	const char *param;
};
extern const struct po_rsa_member po_rsa_members[PO_RSA_NUMBERS];

/* Its numbers, in that order; NULL: not there. */
struct po_rsa_numbers {
	BIGNUM *at[PO_RSA_NUMBERS];
};
void po_rsa_numbers_clear(struct po_rsa_numbers *numbers);

/* Size and shape of an RSA public key, wherever it is from. */
PO_MUST_USE
enum po_status po_jwk_check_rsa(
    const BIGNUM *n, const BIGNUM *e, struct po_err *err);

/*
 * After a failure of OpenSSL: PO_E_NOMEM if it ran out of memory, else
 * `otherwise`.  Drops its queue of reasons: they name its sources, not our
 * case.
 */
PO_MUST_USE
enum po_status po_jwk_crypto_status(enum po_status otherwise);

/* PSS with the salt as long as the hash (RFC 7518 3.5), or false. */
PO_MUST_USE
bool po_jwk_set_pss(EVP_PKEY_CTX *ctx, const char *digest);

/* Whether kty, curve and alg of `key` (not its issuer) allow `alg`. */
bool po_jwk_fits_alg(const struct po_jwk *key, enum po_alg alg);

/*
 * A fresh context to verify one signature of `alg` with a key that fits it,
 * to be freed with EVP_MD_CTX_free.  PO_E_NOMEM or, if OpenSSL cannot,
 * another failure, without a message.
 */
PO_MUST_USE
enum po_status po_jwk_begin(
    const struct po_jwk *key, enum po_alg alg, EVP_MD_CTX **out);

#endif
