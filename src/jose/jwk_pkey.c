/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of one JSON Web Key (RFC 7518 6, RFC 8037 2) to an OpenSSL
 * public key.  No weak or malformed key may pass here: nothing looks at them
 * again.  See jwk_internal.h.
 */

#include "jose/jwk_internal.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <string.h>

#include "jose/b64url.h"

/* RFC 7518 3.3 sets the floor; above the ceiling a verification takes so
 * long (0.3 ms) that a key set could be used to keep us busy. */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
/* e < 2^33 (five bytes): F4 = 65537 is what all providers use */
#define RSA_E_BITS_MAX 33
#define ED25519_KEY_LEN 32

static void
free_pkey(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
	*pkey = NULL;
}

static void
free_pkey_ctx(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
	*ctx = NULL;
}

static void
free_bn(BIGNUM **bn)
{
	BN_free(*bn);
	*bn = NULL;
}

static void
free_param_bld(OSSL_PARAM_BLD **bld)
{
	OSSL_PARAM_BLD_free(*bld);
	*bld = NULL;
}

static void
free_params(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
	*params = NULL;
}

/* Drops OpenSSL's queue of reasons: they name its sources, not our case. */
static enum po_status
crypto_failed(struct po_err *err, const char *what)
{
	ERR_clear_error();
	return po_err_set(err, PO_E_KEY_UNUSABLE, "%s", what);
}

static enum po_status
need_bytes(const struct po_json *jwk, const char *name, struct po_buf *out,
    struct po_err *err)
{
	const char *text = NULL;
	enum po_status st;

	if ((st = po_jwk_string(jwk, name, &text, err)) != PO_OK)
		return st;
	if (po_b64url_decode(text, strlen(text), out, err) != PO_OK) {
		po_err_prefix(err, "member \"%s\"", name);
		return PO_E_KEY_UNUSABLE;
	}
	return PO_OK;
}

/* A Base64urlUInt: not empty, no leading zero byte (RFC 7518 2). */
static enum po_status
need_integer(const struct po_json *jwk, const char *name, size_t max_bytes,
    BIGNUM **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(max_bytes);
	enum po_status st;

	if ((st = need_bytes(jwk, name, &bytes, err)) != PO_OK)
		return st;
	if (bytes.len == 0 || bytes.data[0] == 0)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "member \"%s\" is empty or has leading zeros "
		    "(RFC 7518 2)",
		    name);
	if ((*out = BN_bin2bn(bytes.data, (int)bytes.len, NULL)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

/* Every prime up to 47 (53 would not fit 32 bits), in two words. */
static bool
has_small_factor(const BIGNUM *n)
{
	static const struct {
		BN_ULONG product;
		BN_ULONG primes[10];
	} groups[] = {
		{ 3234846615U, { 3, 5, 7, 11, 13, 17, 19, 23, 29 } },
		{ 95041567U, { 31, 37, 41, 43, 47 } },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(groups); i++) {
		BN_ULONG rest = BN_mod_word(n, groups[i].product);
		const BN_ULONG *prime = groups[i].primes;

		for (; *prime != 0; prime++)
			if (rest % *prime == 0)
				return true;
	}
	return false;
}

static enum po_status
check_rsa(const BIGNUM *n, const BIGNUM *e, struct po_err *err)
{
	int bits = BN_num_bits(n);

	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "RSA modulus of %d bits, not %d to %d (RFC 7518 3.3)", bits,
		    RSA_BITS_MIN, RSA_BITS_MAX);
	if (!BN_is_odd(n) || has_small_factor(n))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "RSA modulus has a small factor (RFC 8017 3.1)");
	if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > RSA_E_BITS_MAX)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "RSA exponent is not odd, at least 3 and below 2^%d "
		    "(RFC 8017 3.1)",
		    RSA_E_BITS_MAX);
	return PO_OK;
}

static enum po_status
make_pkey(
    const char *type, OSSL_PARAM *params, EVP_PKEY **out, struct po_err *err)
{
	AUTO(free_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, out, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return crypto_failed(err, "the numbers are not a public key");
	return PO_OK;
}

static enum po_status
make_rsa(const struct po_json *jwk, EVP_PKEY **out, struct po_err *err)
{
	AUTO(free_bn) BIGNUM *n = NULL;
	AUTO(free_bn) BIGNUM *e = NULL;
	AUTO(free_param_bld) OSSL_PARAM_BLD *bld = NULL;
	AUTO(free_params) OSSL_PARAM *params = NULL;
	enum po_status st;

	/* one byte more than allowed, so that the size is what is named */
	if ((st = need_integer(jwk, "n", RSA_BITS_MAX / 8 + 1, &n, err)) !=
		PO_OK ||
	    (st = need_integer(jwk, "e", RSA_BITS_MAX / 8, &e, err)) != PO_OK ||
	    (st = check_rsa(n, e, err)) != PO_OK)
		return st;
	if ((bld = OSSL_PARAM_BLD_new()) == NULL ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
	    (params = OSSL_PARAM_BLD_to_param(bld)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return make_pkey("RSA", params, out, err);
}

/* Bytes of a coordinate: half of the curve's signatures, which are r||s. */
static size_t
coordinate_size(const char *curve)
{
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		const struct po_alg_info *info = po_alg_info((enum po_alg)i);

		if (info->curve != NULL && strcmp(info->curve, curve) == 0)
			return info->signature_len / 2;
	}
	return 0;
}

static enum po_status
make_ec(const struct po_json *jwk, const char *curve, EVP_PKEY **out,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf point = PO_BUF_INIT(256);
	AUTO(free_pkey_ctx) EVP_PKEY_CTX *ctx = NULL;
	AUTO(free_pkey) EVP_PKEY *pkey = NULL;
	char group[8]; /* "P-521": the parameter's type is not const */
	OSSL_PARAM params[3];
	size_t size = coordinate_size(curve);
	size_t x_end;
	enum po_status st;

	po_buf_append_char(&point, 0x04); /* uncompressed (SEC 1, 2.3.3) */
	if ((st = need_bytes(jwk, "x", &point, err)) != PO_OK)
		return st;
	x_end = point.len;
	if ((st = need_bytes(jwk, "y", &point, err)) != PO_OK)
		return st;
	if (x_end != 1 + size || point.len != 1 + 2 * size)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "%s coordinates must have %zu bytes (RFC 7518 6.2.1.2)",
		    curve, size);
	(void)snprintf(group, sizeof(group), "%s", curve);
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len);
	params[2] = OSSL_PARAM_construct_end();
	if ((st = make_pkey("EC", params, &pkey, err)) != PO_OK)
		return st;
	/*
	 * On the curve, coordinates below p, not infinity.  The longer check
	 * multiplies by the order too, which says nothing new on curves of
	 * cofactor 1 and costs as much as a verification.
	 */
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL)) == NULL ||
	    EVP_PKEY_public_check_quick(ctx) != 1)
		return crypto_failed(
		    err, "the point is not on the curve (RFC 8725 3.4)");
	*out = TAKE(pkey);
	return PO_OK;
}

/*
 * With a key of low order anyone can make signatures that verify.  The y
 * coordinates, little-endian without the sign of x, of the points of order 4,
 * 1, 2, 8 and 8 (RFC 8032 5.1); a y of p or more is not canonical (5.1.3).
 */
static bool
is_weak_ed25519(const uint8_t key[ED25519_KEY_LEN])
{
	static const uint8_t low[][ED25519_KEY_LEN] = {
		{ 0x00 },
		{ 0x01 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0x7f },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3,
		    0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05,
		    0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
		    0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c,
		    0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa,
		    0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
		    0x03, 0x7a },
	};
	uint8_t y[ED25519_KEY_LEN];
	bool canonical = false;

	memcpy(y, key, sizeof(y));
	y[31] &= 0x7f;
	for (size_t i = 0; i < PO_ARRAY_LEN(low); i++)
		if (memcmp(y, low[i], sizeof(y)) == 0)
			return true;
	/* p = 2^255 - 19 is ed ff .. ff 7f */
	for (size_t i = 1; i < 31; i++)
		canonical = canonical || y[i] != 0xff;
	return !canonical && y[31] == 0x7f && y[0] >= 0xed;
}

static enum po_status
make_ed25519(const struct po_json *jwk, EVP_PKEY **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf x = PO_BUF_INIT(256);
	enum po_status st;

	if ((st = need_bytes(jwk, "x", &x, err)) != PO_OK)
		return st;
	if (x.len != ED25519_KEY_LEN)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "Ed25519 key of %zu bytes, not 32 (RFC 8037 2)", x.len);
	if (is_weak_ed25519(x.data))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "Ed25519 key of low order or not canonical (RFC 8032)");
	*out = EVP_PKEY_new_raw_public_key_ex(
	    NULL, "ED25519", NULL, x.data, x.len);
	if (*out == NULL)
		return crypto_failed(err, "the bytes are not a public key");
	return PO_OK;
}

enum po_status
po_jwk_make_pkey(const struct po_json *jwk, enum po_kty kty, const char *curve,
    EVP_PKEY **out, struct po_err *err)
{
	*out = NULL;
	switch (kty) {
	case PO_KTY_RSA:
		return make_rsa(jwk, out, err);
	case PO_KTY_EC:
		return make_ec(jwk, curve, out, err);
	case PO_KTY_OKP:
		return make_ed25519(jwk, out, err);
	case PO_KTY_OCT:
		break;
	}
	return po_err_set(err, PO_E_INTERNAL, "no such key type");
}
