/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a private key of ours, to open tokens with or to sign with.  No
 * message quotes any of it, nobody is ever asked for a passphrase, and a key
 * that does not match itself is found here and not at the first login.  See
 * private_key.h.
 */

#include "jose/private_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "jose/jwk_internal.h"
#include "jose/openssl_auto.h"

/* The two of OKP are for one purpose each (RFC 8037 3.1, 3.2). */
static const struct {
	enum po_kty kty;
	const char *name;
	const char *type;  /* OpenSSL's name, of the kind */
	const char *group; /* and of the group */
	bool decrypts, signs;
} curves[] = {
	{ PO_KTY_EC, "P-256", "EC", "prime256v1", true, true },
	{ PO_KTY_EC, "P-384", "EC", "secp384r1", true, true },
	{ PO_KTY_EC, "P-521", "EC", "secp521r1", true, true },
	{ PO_KTY_OKP, "X25519", "X25519", "", true, false },
	{ PO_KTY_OKP, "Ed25519", "ED25519", "", false, true },
};

/* What a JWK has to say of each purpose (RFC 7517 4.2, 4.3). */
static const struct purpose {
	bool signs;
	const char *use;
	const char *ops[4];
	const char *ops_text;
	const char *curve; /* the one that is not for both */
} purposes[] = {
	[PO_KEY_DECRYPTS] = { false, "enc",
	    { "decrypt", "unwrapKey", "deriveKey", "deriveBits" },
	    "\"decrypt\", \"unwrapKey\", \"deriveKey\" or \"deriveBits\"",
	    "X25519" },
	[PO_KEY_SIGNS] = { true, "sig", { "sign" }, "\"sign\"", "Ed25519" },
};

/* ---- the numbers ---- */

/* dp = d mod (p - 1), and e undoes it. */
static bool
is_exponent(const BIGNUM *dp, const BIGNUM *d, const BIGNUM *e, const BIGNUM *p,
    BN_CTX *ctx)
{
	BIGNUM *order = BN_CTX_get(ctx);
	BIGNUM *r = BN_CTX_get(ctx);

	return r != NULL && BN_sub(order, p, BN_value_one()) == 1 &&
	       BN_mod(r, d, order, ctx) == 1 && BN_cmp(r, dp) == 0 &&
	       BN_mod_mul(r, e, dp, order, ctx) == 1 && BN_is_one(r);
}

/*
 * Whether the private numbers are those of n and e: a mistake to tell before
 * the first login.  OpenSSL's own check tests the primes, too, which takes
 * longer than a login should; this takes microseconds or, without p and q, as
 * long as a decryption.
 */
static bool
rsa_agrees(const struct po_rsa_numbers *numbers)
{
	AUTO(free_bn_ctx) BN_CTX *ctx = BN_CTX_secure_new();
	const BIGNUM *const *at = (const BIGNUM *const *)numbers->at;
	const BIGNUM *n = at[0], *e = at[1], *d = at[2], *p = at[3], *q = at[4],
		     *dp = at[5], *dq = at[6], *qi = at[7];
	BIGNUM *two, *power, *r;

	if (ctx == NULL)
		return false;
	BN_CTX_start(ctx); /* ended by the freeing of ctx */
	two = BN_CTX_get(ctx);
	power = BN_CTX_get(ctx);
	if ((r = BN_CTX_get(ctx)) == NULL)
		return false;
	if (p == NULL)
		return BN_set_word(two, 2) == 1 &&
		       BN_mod_exp(power, two, e, n, ctx) == 1 &&
		       BN_mod_exp(r, power, d, n, ctx) == 1 && BN_is_word(r, 2);
	return q != NULL && dp != NULL && dq != NULL && qi != NULL &&
	       BN_mul(r, p, q, ctx) == 1 && BN_cmp(r, n) == 0 &&
	       is_exponent(dp, d, e, p, ctx) && is_exponent(dq, d, e, q, ctx) &&
	       BN_mod_mul(r, q, qi, p, ctx) == 1 && BN_is_one(r);
}

static enum po_status
check_rsa(EVP_PKEY *pkey, struct po_err *err)
{
	AUTO(po_rsa_numbers_clear)
	struct po_rsa_numbers numbers = { { NULL } };
	enum po_status st;

	for (size_t i = 0; i < PO_RSA_NUMBERS; i++) {
		bool found = EVP_PKEY_get_bn_param(pkey,
				 po_rsa_members[i].param, &numbers.at[i]) == 1;

		if (!found && i < 3) /* n, e and d; the others may lack */
			return po_err_set(err, PO_E_SECRET,
			    "not a private RSA key (RFC 8017 3.2)");
	}
	st = po_jwk_check_rsa(numbers.at[0], numbers.at[1], err);
	if (st != PO_OK)
		return st;
	if (!rsa_agrees(&numbers))
		return po_err_set(err, PO_E_SECRET,
		    "its numbers do not belong together, or it has more than "
		    "two primes (RFC 8017 3.2)");
	return PO_OK;
}

/* On the curve, and the point is the private number's. */
static enum po_status
check_ec(EVP_PKEY *pkey, struct po_err *err)
{
	AUTO(free_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	if (ctx == NULL || EVP_PKEY_check(ctx) != 1)
		return po_err_set(err, PO_E_SECRET,
		    "the private number is that of another key");
	return PO_OK;
}

/* ---- PEM ---- */

struct pem_block {
	char *name;
	char *header;
	unsigned char *data;
	long len;
};

static void
free_pem_block(struct pem_block *block)
{
	OPENSSL_secure_free(block->name);
	OPENSSL_secure_free(block->header);
	OPENSSL_secure_clear_free(block->data, (size_t)block->len);
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/*
 * The one private key among the blocks.  Others, such as the "EC PARAMETERS"
 * that openssl ecparam writes, are passed over.
 */
static enum po_status
find_pem_key(BIO *bio, struct pem_block *out, struct po_err *err)
{
	for (;;) {
		AUTO(free_pem_block) struct pem_block block = { 0 };

		if (PEM_read_bio_ex(bio, &block.name, &block.header,
			&block.data, &block.len,
			PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1)
			break;
		if (!ends_with(block.name, "PRIVATE KEY"))
			continue;
		/* nobody is there to ask for a passphrase */
		if (strncmp(block.name, "ENCRYPTED", 9) == 0 ||
		    strstr(block.header, "ENCRYPTED") != NULL)
			return po_err_set(err, PO_E_SECRET,
			    "the private key is encrypted: it must be without "
			    "a passphrase");
		if (out->data != NULL)
			return po_err_set(
			    err, PO_E_SECRET, "more than one private key");
		*out = block;
		block = (struct pem_block){ 0 };
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return po_err_set(
		    err, PO_E_SECRET, "malformed PEM (RFC 7468 3)");
	if (out->data == NULL)
		return po_err_set(err, PO_E_SECRET,
		    "no private key in it, neither as PEM nor as JWK");
	return PO_OK;
}

static bool
suits(size_t curve, const struct purpose *purpose)
{
	return purpose->signs ? curves[curve].signs : curves[curve].decrypts;
}

static void
take_curve(struct po_private_key *key, size_t curve)
{
	key->kty = curves[curve].kty;
	key->curve = curves[curve].name;
}

static enum po_status
read_pem(const void *data, size_t len, const struct purpose *purpose,
    struct po_private_key *key, struct po_err *err)
{
	AUTO(free_bio) BIO *bio = BIO_new_mem_buf(data, (int)len);
	AUTO(free_pem_block) struct pem_block block = { 0 };
	const unsigned char *der;
	char group[32] = "";
	enum po_status st;

	if (bio == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = find_pem_key(bio, &block, err)) != PO_OK)
		return st;
	der = block.data;
	key->pkey = d2i_AutoPrivateKey_ex(NULL, &der, block.len, NULL, NULL);
	if (key->pkey == NULL)
		return po_err_set(
		    err, PO_E_SECRET, "a private key that OpenSSL cannot read");
	if (EVP_PKEY_is_a(key->pkey, "RSA")) {
		key->kty = PO_KTY_RSA;
		return PO_OK;
	}
	key->kty = PO_KTY_EC;
	if (EVP_PKEY_is_a(key->pkey, "EC"))
		(void)EVP_PKEY_get_group_name(
		    key->pkey, group, sizeof(group), NULL);
	for (size_t i = 0; i < PO_ARRAY_LEN(curves); i++)
		if (suits(i, purpose) &&
		    EVP_PKEY_is_a(key->pkey, curves[i].type) &&
		    strcmp(curves[i].group, group) == 0)
			take_curve(key, i);
	return PO_OK;
}

/* ---- JWK ---- */

/* use and key_ops, if present, must allow it (RFC 7517 4.2, 4.3). */
static enum po_status
check_use(const struct po_json *jwk, const struct purpose *purpose,
    struct po_err *err)
{
	const char *use;
	enum po_status st;

	if ((st = po_jwk_find_string(jwk, "use", &use, err)) != PO_OK)
		return st;
	if (use != NULL && strcmp(use, purpose->use) != 0)
		return po_err_set(err, PO_E_SECRET,
		    "use is not \"%s\" (RFC 7517 4.2)", purpose->use);
	if (po_jwk_member(jwk, "key_ops") == NULL)
		return PO_OK;
	for (size_t i = 0;
	     i < PO_ARRAY_LEN(purpose->ops) && purpose->ops[i] != NULL; i++)
		if (po_json_lists(jwk, "key_ops", purpose->ops[i]))
			return PO_OK;
	return po_err_set(err, PO_E_SECRET,
	    "key_ops is not a list with %s (RFC 7517 4.3)", purpose->ops_text);
}

/* kty and crv. */
static enum po_status
read_kind(const struct po_json *jwk, const struct purpose *purpose,
    struct po_private_key *key, struct po_err *err)
{
	const char *kty = "", *crv = "";
	enum po_status st;

	if ((st = po_jwk_string(jwk, "kty", &kty, err)) != PO_OK)
		return st;
	if (strcmp(kty, "RSA") == 0) {
		key->kty = PO_KTY_RSA;
		return PO_OK;
	}
	if (strcmp(kty, "EC") != 0 && strcmp(kty, "OKP") != 0)
		return po_err_set(err, PO_E_SECRET,
		    "kty is not \"RSA\", \"EC\" or \"OKP\" (RFC 7518 6.1)");
	key->kty = strcmp(kty, "EC") == 0 ? PO_KTY_EC : PO_KTY_OKP;
	if ((st = po_jwk_string(jwk, "crv", &crv, err)) != PO_OK)
		return st;
	for (size_t i = 0; i < PO_ARRAY_LEN(curves); i++)
		if (suits(i, purpose) && curves[i].kty == key->kty &&
		    strcmp(curves[i].name, crv) == 0)
			key->curve = curves[i].name;
	return PO_OK;
}

/* kid and alg. */
static enum po_status
read_names(
    const struct po_json *jwk, struct po_private_key *key, struct po_err *err)
{
	const char *kid, *alg;
	enum po_status st;

	if ((st = po_jwk_find_string(jwk, "kid", &kid, err)) != PO_OK ||
	    (st = po_jwk_find_string(jwk, "alg", &alg, err)) != PO_OK)
		return st;
	if (kid != NULL && strlen(kid) > PO_JWK_KID_MAX)
		return po_err_set(err, PO_E_SECRET,
		    "kid of %zu bytes, more than %d", strlen(kid),
		    PO_JWK_KID_MAX);
	if ((kid != NULL && (key->kid = po_str_dup(kid)) == NULL) ||
	    (alg != NULL && (key->alg = po_str_dup(alg)) == NULL))
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

static enum po_status
read_jwk(const void *data, size_t len, const struct purpose *purpose,
    struct po_private_key *key, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *jwk = NULL;
	enum po_status st;

	/* the parser's own words might quote */
	if ((st = po_json_parse(data, len, &jwk, NULL)) != PO_OK)
		return po_err_set(
		    err, st, "a JWK that is not JSON (RFC 7517 4)");
	if ((st = check_use(jwk, purpose, err)) != PO_OK ||
	    (st = read_kind(jwk, purpose, key, err)) != PO_OK ||
	    (st = read_names(jwk, key, err)) != PO_OK)
		return st;
	if (po_json_member(jwk, "oth") != NULL)
		return po_err_set(err, PO_E_SECRET,
		    "more than two primes (RFC 7518 6.3.2.7)");
	if (key->kty != PO_KTY_RSA && key->curve == NULL)
		return PO_OK;
	return po_jwk_make_private(jwk, key->kty, key->curve, &key->pkey, err);
}

/* ---- the key ---- */

static bool
is_json(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0') {
		text++;
		len--;
	}
	return len > 0 && *text == '{';
}

static enum po_status
read_key(const void *data, size_t len, const struct purpose *purpose,
    struct po_private_key *key, struct po_err *err)
{
	enum po_status st = is_json(data, len)
				? read_jwk(data, len, purpose, key, err)
				: read_pem(data, len, purpose, key, err);

	if (st != PO_OK)
		return st;
	if (key->kty == PO_KTY_RSA)
		return check_rsa(key->pkey, err);
	if (key->curve == NULL)
		return po_err_set(err, PO_E_SECRET,
		    "neither RSA nor on P-256, P-384, P-521 or %s",
		    purpose->curve);
	return key->kty == PO_KTY_EC ? check_ec(key->pkey, err) : PO_OK;
}

enum po_status
po_private_key_read(const void *data, size_t len, enum po_key_purpose purpose,
    struct po_private_key *key, struct po_err *err)
{
	struct po_err why = { .status = PO_OK };
	enum po_status st;

	if (len == 0)
		return po_err_set(err, PO_E_SECRET, "an empty file");
	if (len > PO_PRIVATE_KEY_MAX)
		return po_err_set(err, PO_E_SECRET, "longer than %d bytes",
		    PO_PRIVATE_KEY_MAX);
	ERR_clear_error(); /* a reason found below is this key's */
	st = read_key(data, len, &purposes[purpose], key, &why);
	if (po_jwk_crypto_status(st) == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return st == PO_OK ? PO_OK
			   : po_err_set(err, PO_E_SECRET, "%s", why.text);
}

void
po_private_key_clear(struct po_private_key *key)
{
	EVP_PKEY_free(key->pkey);
	po_str_free(&key->kid);
	po_str_free(&key->alg);
	memset(key, 0, sizeof(*key));
}
