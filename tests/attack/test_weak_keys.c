/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that anybody could sign with, or that are not the key they seem.  The
 * letters are those of the project's attack catalogue.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "forge.h"

static enum po_status
login_with_ec(
    const char *crv, const void *x, size_t x_len, const void *y, size_t y_len)
{
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_token(forge_key("P-256"), "ES256",
	    "{\"alg\":\"ES256\",\"kid\":\"k\"}", forge_claims(NULL));

	return forge_judge(token,
	    forge_text("{\"keys\":[{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":"
		       "\"%s\",\"x\":\"%s\",\"y\":\"%s\"}]}",
		crv, forge_b64(x, x_len), forge_b64(y, y_len)),
	    &policy);
}

static void
b6_point_off_the_curve_or_badly_written(void **state)
{
	EVP_PKEY *key = forge_key("P-256");
	uint8_t *x = forge_number(key, "qx", 33) + 1;
	uint8_t *y = forge_number(key, "qy", 33) + 1;
	uint8_t zero[33] = { 0 };
	uint8_t ones[32], off[32];

	(void)state;
	memset(ones, 0xFF, sizeof(ones));
	memcpy(off, y, sizeof(off));
	off[31] ^= 1;
	assert_reason(PO_OK, login_with_ec("P-256", x, 32, y, 32));
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("P-256", x, 32, off, 32));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_ec("P-256", y, 32, x, 32));
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("P-256", zero, 32, zero, 32));
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("P-256", ones, 32, y, 32));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_ec("P-256", "", 0, "", 0));
	/* with a leading zero too many, and with one byte missing */
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("P-256", x - 1, 33, y, 32));
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("P-256", x - 1, 33, y - 1, 33));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_ec("P-256", x, 31, y, 32));
	/* lengths that only add up together */
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("P-256", x - 1, 33, y, 31));
	/* on a curve, but not on the one that is named */
	assert_reason(PO_E_KEY_UNUSABLE, login_with_ec("P-384", x, 32, y, 32));
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("secp256k1", x, 32, y, 32));
	assert_reason(
	    PO_E_KEY_UNUSABLE, login_with_ec("Ed25519", x, 32, y, 32));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_ec("p-256", x, 32, y, 32));
}

static enum po_status
login_with_rsa(const void *n, size_t n_len, const void *e, size_t e_len)
{
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_token(forge_key("RSA-2048"), "RS256",
	    "{\"alg\":\"RS256\",\"kid\":\"k\"}", forge_claims(NULL));

	return forge_judge(token,
	    forge_text("{\"keys\":[{\"kid\":\"k\",\"kty\":\"RSA\",\"n\":\"%s\","
		       "\"e\":\"%s\"}]}",
		forge_b64(n, n_len), forge_b64(e, e_len)),
	    &policy);
}

static void
b7_weak_rsa_modulus(void **state)
{
	uint8_t *good = forge_number(forge_key("RSA-2048"), "n", 257) + 1;
	uint8_t *small = forge_number(forge_key("RSA-1024"), "n", 128);
	static const uint8_t f4[] = { 1, 0, 1 };
	uint8_t n[2049];
	BIGNUM *number = BN_bin2bn(good, 256, NULL);

	(void)state;
	assert_reason(PO_OK, login_with_rsa(good, 256, f4, 3));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(small, 128, f4, 3));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa("", 0, f4, 3));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa("\0", 1, f4, 3));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa("\1", 1, f4, 3));
	/* leading zero */
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(good - 1, 257, f4, 3));
	/* 2047 bits */
	memcpy(n, good, 256);
	n[0] = 0x7F;
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(n, 256, f4, 3));
	/* even */
	memcpy(n, good, 256);
	n[255] &= 0xFE;
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(n, 256, f4, 3));
	/* a multiple of 47 */
	while (BN_mod_word(number, 47) != 0 || !BN_is_odd(number))
		BN_add_word(number, 1);
	BN_bn2binpad(number, n, 256);
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(n, 256, f4, 3));
	/* 8200 and 16392 bits: slow enough to keep a host busy */
	memset(n, 0xF1, sizeof(n));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(n, 1025, f4, 3));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_rsa(n, 2049, f4, 3));
	BN_free(number);
}

static void
b7_weak_rsa_exponent(void **state)
{
	static const struct {
		uint8_t e[6];
		size_t len;
		enum po_status reason;
	} cases[] = {
		{ { 0 }, 0, PO_E_KEY_UNUSABLE },
		{ { 0 }, 1, PO_E_KEY_UNUSABLE },
		{ { 1 }, 1, PO_E_KEY_UNUSABLE },
		{ { 2 }, 1, PO_E_KEY_UNUSABLE },
		{ { 1, 0, 0 }, 3, PO_E_KEY_UNUSABLE },
		{ { 0, 1, 0, 1 }, 4, PO_E_KEY_UNUSABLE },
		/* 2^33 + 1 and a 48-bit one */
		{ { 2, 0, 0, 0, 1 }, 5, PO_E_KEY_UNUSABLE },
		{ { 1, 0, 0, 0, 0, 1 }, 6, PO_E_KEY_UNUSABLE },
		/* sound but not this key's: the key is taken */
		{ { 3 }, 1, PO_E_SIGNATURE },
		{ { 1, 0xFF, 0xFF, 0xFF, 0xFF }, 5, PO_E_SIGNATURE },
		{ { 1, 0, 1 }, 3, PO_OK },
	};
	uint8_t *n = forge_number(forge_key("RSA-2048"), "n", 256);

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    login_with_rsa(n, 256, cases[i].e, cases[i].len));
}

static enum po_status
login_with_okp(const char *crv, const void *x, size_t x_len)
{
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_token(forge_key("Ed25519"), "EdDSA",
	    "{\"alg\":\"EdDSA\",\"kid\":\"k\"}", forge_claims(NULL));

	return forge_judge(token,
	    forge_text("{\"keys\":[{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":"
		       "\"%s\",\"x\":\"%s\"}]}",
		crv, forge_b64(x, x_len)),
	    &policy);
}

static uint8_t
hex_digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* All encodings of points of low order, those not canonical included. */
static void
b10_ed25519_key_of_low_order(void **state)
{
	static const char *const weak[] = {
		"0000000000000000000000000000000000000000000000000000000000"
		"000000",
		"0100000000000000000000000000000000000000000000000000000000"
		"000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d"
		"53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792"
		"ac037a",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ffff7f",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(weak); i++) {
		uint8_t key[32];

		for (size_t j = 0; j < sizeof(key); j++)
			key[j] = (uint8_t)(hex_digit(weak[i][2 * j]) << 4 |
					   hex_digit(weak[i][2 * j + 1]));
		assert_reason(
		    PO_E_KEY_UNUSABLE, login_with_okp("Ed25519", key, 32));
		key[31] |= 0x80; /* the sign of x */
		assert_reason(
		    PO_E_KEY_UNUSABLE, login_with_okp("Ed25519", key, 32));
	}
}

static void
b10_ed25519_wrong_lengths_and_ed448(void **state)
{
	uint8_t x[57] = { 0 };
	size_t len = sizeof(x);

	(void)state;
	assert_int_equal(
	    EVP_PKEY_get_raw_public_key(forge_key("Ed448"), x, &len), 1);
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("Ed448", x, 57));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("Ed25519", x, 57));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("X25519", x, 32));
	len = sizeof(x);
	assert_int_equal(
	    EVP_PKEY_get_raw_public_key(forge_key("Ed25519"), x, &len), 1);
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("Ed25519", x, 31));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("Ed25519", x, 33));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("Ed25519", x, 0));
	assert_reason(PO_E_KEY_UNUSABLE, login_with_okp("ed25519", x, 32));
	assert_reason(PO_OK, login_with_okp("Ed25519", x, 32));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b6_point_off_the_curve_or_badly_written),
		cmocka_unit_test(b7_weak_rsa_modulus),
		cmocka_unit_test(b7_weak_rsa_exponent),
		cmocka_unit_test(b10_ed25519_key_of_low_order),
		cmocka_unit_test(b10_ed25519_wrong_lengths_and_ed448),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
