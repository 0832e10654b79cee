/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of one JSON Web Key (RFC 7518 6, RFC 8037 2) to an OpenSSL key.
 * No weak or malformed public key may pass here: nothing looks at them again.
 * No message quotes a private number.  See jwk_internal.h.
 */

#include "jose/jwk_internal.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "jose/b64url.h"
#include "jose/openssl_auto.h"

/* RFC 7518 3.3 sets the floor; above the ceiling a verification takes so
 * long (0.3 ms) that a key set could be used to keep us busy. */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
/* e < 2^33 (five bytes): F4 = 65537 is what all providers use */
#define RSA_E_BITS_MAX 33
#define OKP_KEY_LEN 32
#define EC_SIZE_MAX 66 /* bytes of a P-521 coordinate (RFC 7518 6.2.1.2) */

const struct po_rsa_member po_rsa_members[PO_RSA_NUMBERS] = {
	{ "n", OSSL_PKEY_PARAM_RSA_N },
	{ "e", OSSL_PKEY_PARAM_RSA_E },
	{ "d", OSSL_PKEY_PARAM_RSA_D },
	{ "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },
	{ "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },
	{ "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
	{ "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
	{ "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};
#define RSA_PUBLIC 2  /* n, e */
#define RSA_PRIVATE 3 /* and d */

void
po_rsa_numbers_clear(struct po_rsa_numbers *numbers)
{
	for (size_t i = 0; i < PO_RSA_NUMBERS; i++)
		free_bn(&numbers->at[i]);
}

static enum po_status
crypto_failed(struct po_err *err, const char *what)
{
	return po_err_set(
	    err, po_jwk_crypto_status(PO_E_KEY_UNUSABLE), "%s", what);
}

/* The bytes of a member; of a secret one nothing is quoted. */
static enum po_status
need_bytes(const struct po_json *jwk, const char *name, bool secret,
    struct po_buf *out, struct po_err *err)
{
	const char *text = NULL;
	enum po_status st;

	if ((st = po_jwk_string(jwk, name, &text, err)) != PO_OK)
		return st;
	st = po_b64url_decode(text, strlen(text), out, secret ? NULL : err);
	if (st == PO_OK)
		return PO_OK;
	if (st == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (secret)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "member \"%s\" is not base64url of at most %zu bytes "
		    "(RFC 7515 2)",
		    name, out->max);
	po_err_prefix(err, "member \"%s\"", name);
	return PO_E_KEY_UNUSABLE;
}

/* A "secure" number has its copies in parameters wiped, too. */
static enum po_status
to_number(const struct po_buf *bytes, BIGNUM **out, struct po_err *err)
{
	if ((*out = BN_secure_new()) == NULL ||
	    BN_bin2bn(bytes->data, (int)bytes->len, *out) == NULL)
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

		if (rest == (BN_ULONG)-1)
			return true; /* it could not be divided */
		for (; *prime != 0; prime++)
			if (rest % *prime == 0)
				return true;
	}
	return false;
}

enum po_status
po_jwk_check_rsa(const BIGNUM *n, const BIGNUM *e, struct po_err *err)
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

/* `selection`: EVP_PKEY_PUBLIC_KEY or EVP_PKEY_KEYPAIR. */
static enum po_status
make_pkey(const char *type, int selection, OSSL_PARAM_BLD *bld, EVP_PKEY **out,
    struct po_err *err)
{
	AUTO(free_params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	AUTO(free_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (params == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, out, selection, params) != 1)
		return crypto_failed(err, "the numbers are not a key");
	return PO_OK;
}

/* Private numbers to read: p, q, dp, dq, qi are there together or not. */
static size_t
count_rsa_members(const struct po_json *jwk)
{
	for (size_t i = RSA_PRIVATE; i < PO_RSA_NUMBERS; i++)
		if (po_json_member(jwk, po_rsa_members[i].member) != NULL)
			return PO_RSA_NUMBERS;
	return RSA_PRIVATE;
}

/* A Base64urlUInt: not empty, no leading zero byte (RFC 7518 2). */
static enum po_status
read_rsa_number(
    const struct po_json *jwk, size_t i, BIGNUM **out, struct po_err *err)
{
	/* one byte more than allowed, so that the size is what is named */
	AUTO(po_buf_clear)
	struct po_buf bytes = PO_BUF_INIT(RSA_BITS_MAX / 8 + 1);
	const char *name = po_rsa_members[i].member;
	enum po_status st;

	st = need_bytes(jwk, name, i >= RSA_PUBLIC, &bytes, err);
	if (st != PO_OK)
		return st;
	if (bytes.len == 0 || bytes.data[0] == 0)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "member \"%s\" is empty or has leading zeros "
		    "(RFC 7518 2)",
		    name);
	return to_number(&bytes, out, err);
}

static enum po_status
make_rsa(
    const struct po_json *jwk, bool secret, EVP_PKEY **out, struct po_err *err)
{
	AUTO(po_rsa_numbers_clear) struct po_rsa_numbers numbers = { { NULL } };
	AUTO(free_param_bld) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	size_t count = secret ? count_rsa_members(jwk) : RSA_PUBLIC;
	enum po_status st;

	for (size_t i = 0; i < count; i++) {
		st = read_rsa_number(jwk, i, &numbers.at[i], err);
		if (st != PO_OK)
			return st;
	}
	if ((st = po_jwk_check_rsa(numbers.at[0], numbers.at[1], err)) != PO_OK)
		return st;
	for (size_t i = 0; i < count; i++)
		if (bld == NULL ||
		    OSSL_PARAM_BLD_push_BN(
			bld, po_rsa_members[i].param, numbers.at[i]) != 1)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
	return make_pkey("RSA", secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
	    bld, out, err);
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

/* x and y as an uncompressed point (SEC 1, 2.3.3). */
static enum po_status
read_point(const struct po_json *jwk, const char *curve, struct po_buf *out,
    struct po_err *err)
{
	size_t size = coordinate_size(curve);
	size_t x_end;
	enum po_status st;

	po_buf_append_char(out, 0x04);
	if ((st = need_bytes(jwk, "x", false, out, err)) != PO_OK)
		return st;
	x_end = out->len;
	if ((st = need_bytes(jwk, "y", false, out, err)) != PO_OK)
		return st;
	if (x_end != 1 + size || out->len != 1 + 2 * size)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "%s coordinates must have %zu bytes (RFC 7518 6.2.1.2)",
		    curve, size);
	return PO_OK;
}

/* d, as long as a coordinate (RFC 7518 6.2.2.1). */
static enum po_status
read_ec_secret(const struct po_json *jwk, const char *curve, BIGNUM **out,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf d = PO_BUF_INIT(EC_SIZE_MAX);
	enum po_status st;

	if ((st = need_bytes(jwk, "d", true, &d, err)) != PO_OK)
		return st;
	if (d.len != coordinate_size(curve))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "member \"d\" of %s must have %zu bytes "
		    "(RFC 7518 6.2.2.1)",
		    curve, coordinate_size(curve));
	return to_number(&d, out, err);
}

static enum po_status
make_ec(const struct po_json *jwk, const char *curve, bool secret,
    EVP_PKEY **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf point = PO_BUF_INIT(256);
	AUTO(free_bn) BIGNUM *d = NULL;
	AUTO(free_param_bld) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	AUTO(free_pkey_ctx) EVP_PKEY_CTX *ctx = NULL;
	AUTO(free_pkey) EVP_PKEY *pkey = NULL;
	enum po_status st;

	if ((st = read_point(jwk, curve, &point, err)) != PO_OK ||
	    (secret && (st = read_ec_secret(jwk, curve, &d, err)) != PO_OK))
		return st;
	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(
		bld, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(
		bld, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len) != 1 ||
	    (secret &&
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) != 1))
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	st = make_pkey("EC", secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
	    bld, &pkey, err);
	if (st != PO_OK)
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
is_weak_ed25519(const uint8_t key[OKP_KEY_LEN])
{
	static const uint8_t low[][OKP_KEY_LEN] = {
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
	uint8_t y[OKP_KEY_LEN];
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

/*
 * Ed25519 and X25519.  A weak point is nobody's public key; for X25519 it is
 * not looked for: there it makes an agreement fail instead (RFC 7748 6.1).
 */
static enum po_status
make_okp(const struct po_json *jwk, const char *curve, bool secret,
    EVP_PKEY **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf x = PO_BUF_INIT(256);
	AUTO(po_buf_clear) struct po_buf d = PO_BUF_INIT(256);
	AUTO(free_pkey) EVP_PKEY *pkey = NULL;
	uint8_t own[OKP_KEY_LEN] = { 0 };
	size_t own_len = sizeof(own);
	enum po_status st;

	if ((st = need_bytes(jwk, "x", false, &x, err)) != PO_OK ||
	    (secret && (st = need_bytes(jwk, "d", true, &d, err)) != PO_OK))
		return st;
	if (x.len != OKP_KEY_LEN || (secret && d.len != OKP_KEY_LEN))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "an %s key must have %d bytes, not %zu (RFC 8037 2)", curve,
		    OKP_KEY_LEN, x.len != OKP_KEY_LEN ? x.len : d.len);
	if (strcmp(curve, "Ed25519") == 0 && is_weak_ed25519(x.data))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "Ed25519 key of low order or not canonical (RFC 8032)");
	pkey = secret ? EVP_PKEY_new_raw_private_key_ex(
			    NULL, curve, NULL, d.data, d.len)
		      : EVP_PKEY_new_raw_public_key_ex(
			    NULL, curve, NULL, x.data, x.len);
	if (pkey == NULL ||
	    EVP_PKEY_get_raw_public_key(pkey, own, &own_len) != 1)
		return crypto_failed(err, "the bytes are not a key");
	if (memcmp(own, x.data, sizeof(own)) != 0)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "the private number is that of another key");
	*out = TAKE(pkey);
	return PO_OK;
}

static enum po_status
make(const struct po_json *jwk, enum po_kty kty, const char *curve, bool secret,
    EVP_PKEY **out, struct po_err *err)
{
	*out = NULL;
	if (kty == PO_KTY_RSA)
		return make_rsa(jwk, secret, out, err);
	if (kty == PO_KTY_EC)
		return make_ec(jwk, curve, secret, out, err);
	if (kty == PO_KTY_OKP)
		return make_okp(jwk, curve, secret, out, err);
	return po_err_set(err, PO_E_INTERNAL, "no such key type");
}

enum po_status
po_jwk_make_pkey(const struct po_json *jwk, enum po_kty kty, const char *curve,
    EVP_PKEY **out, struct po_err *err)
{
	return make(jwk, kty, curve, false, out, err);
}

enum po_status
po_jwk_make_private(const struct po_json *jwk, enum po_kty kty,
    const char *curve, EVP_PKEY **out, struct po_err *err)
{
	return make(jwk, kty, curve, true, out, err);
}
