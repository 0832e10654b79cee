/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on the mathematics of signatures and keys.  The letters are those of
 * the project's attack catalogue.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>

#include "forge.h"

static const struct curve {
	const char *alg;
	const char *key;
	const char *kid;
	int nid;
	size_t size;
} curves[] = {
	{ "ES256", "P-256", "es256", NID_X9_62_prime256v1, 32 },
	{ "ES384", "P-384", "es384", NID_secp384r1, 48 },
	{ "ES512", "P-521", "es512", NID_secp521r1, 66 },
};

static const char *
input_for(const char *alg, const char *kid)
{
	return forge_input(
	    forge_text("{\"alg\":\"%s\",\"kid\":\"%s\"}", alg, kid),
	    forge_claims(NULL));
}

/* The order of the curve, by OpenSSL, plus `add`. */
static void
order_plus(const struct curve *curve, unsigned add, uint8_t *out)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);
	BIGNUM *order = BN_dup(EC_GROUP_get0_order(group));

	assert_int_equal(BN_add_word(order, add), 1);
	assert_int_equal(
	    BN_bn2binpad(order, out, (int)curve->size), (int)curve->size);
	BN_free(order);
	EC_GROUP_free(group);
}

/* CVE-2022-21449, "psychic signatures", and numbers that are 0 modulo n. */
static void
b1_b2_r_or_s_outside_the_group(void **state)
{
	(void)state;
	for (size_t c = 0; c < PO_ARRAY_LEN(curves); c++) {
		const struct curve *curve = &curves[c];
		const char *input = input_for(curve->alg, curve->kid);
		size_t size = curve->size, len = 0;
		uint8_t *good =
		    forge_sign(forge_key(curve->key), curve->alg, input, &len);
		uint8_t bad[5][66];

		memset(bad[0], 0, size);
		order_plus(curve, 0, bad[1]);
		order_plus(curve, 1, bad[2]);
		order_plus(curve, 1000, bad[3]);
		memset(bad[4], 0xFF, size);
		assert_int_equal(len, 2 * size);
		assert_reason(PO_OK, forge_login(forge_join(input, good, len)));
		for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++) {
			uint8_t sig[132];

			memcpy(sig, bad[i], size);
			memcpy(sig + size, bad[i], size);
			assert_reason(PO_E_SIGNATURE,
			    forge_login(forge_join(input, sig, len)));
			memcpy(sig, good, size);
			assert_reason(PO_E_SIGNATURE,
			    forge_login(forge_join(input, sig, len)));
			memcpy(sig, bad[i], size);
			memcpy(sig + size, good + size, size);
			assert_reason(PO_E_SIGNATURE,
			    forge_login(forge_join(input, sig, len)));
		}
	}
}

static void
b3_der_or_other_lengths_in_place_of_raw_ecdsa(void **state)
{
	(void)state;
	for (size_t c = 0; c < PO_ARRAY_LEN(curves); c++) {
		const struct curve *curve = &curves[c];
		const char *input = input_for(curve->alg, curve->kid);
		size_t len = 0;
		uint8_t *raw =
		    forge_sign(forge_key(curve->key), curve->alg, input, &len);
		ECDSA_SIG *pair = ECDSA_SIG_new();
		uint8_t *der = NULL;
		uint8_t longer[140] = { 0 };
		int der_len;

		ECDSA_SIG_set0(pair, BN_bin2bn(raw, (int)len / 2, NULL),
		    BN_bin2bn(raw + len / 2, (int)len / 2, NULL));
		der_len = i2d_ECDSA_SIG(pair, &der);
		assert_true(der_len > 0);
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(input, der, (size_t)der_len)));
		memcpy(longer + 1, raw, len);
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(input, longer, len + 1)));
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(input, longer + 1, len + 1)));
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(input, raw, len - 1)));
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(input, raw + 1, len - 1)));
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(input, raw, len / 2)));
		assert_reason(
		    PO_E_SIGNATURE, forge_login(forge_join(input, "", 0)));
		assert_reason(PO_OK, forge_login(forge_join(input, raw, len)));
		ECDSA_SIG_free(pair);
		OPENSSL_free(der);
	}
}

/* HAProxy once converted to DER before it looked at the length. */
static void
b4_huge_signature(void **state)
{
	size_t len = 40000;
	uint8_t *huge = malloc(len);

	(void)state;
	memset(huge, 0x41, len);
	for (size_t c = 0; c < PO_ARRAY_LEN(curves); c++)
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(
			input_for(curves[c].alg, curves[c].kid), huge, len)));
	assert_reason(PO_E_SIGNATURE,
	    forge_login(forge_join(input_for("RS256", "rsa"), huge, len)));
	assert_reason(PO_E_SIGNATURE,
	    forge_login(forge_join(input_for("EdDSA", "ed"), huge, len)));
	free(huge);
}

/* (r, n - s) is a signature too; a signature is nobody's identifier here. */
static void
b5_high_s_is_only_another_spelling(void **state)
{
	(void)state;
	for (size_t c = 0; c < PO_ARRAY_LEN(curves); c++) {
		const struct curve *curve = &curves[c];
		const char *input = input_for(curve->alg, curve->kid);
		size_t len = 0;
		uint8_t *sig =
		    forge_sign(forge_key(curve->key), curve->alg, input, &len);
		uint8_t order[66];
		BIGNUM *n, *s;

		order_plus(curve, 0, order);
		n = BN_bin2bn(order, (int)curve->size, NULL);
		s = BN_bin2bn(sig + curve->size, (int)curve->size, NULL);
		assert_int_equal(BN_sub(s, n, s), 1);
		BN_bn2binpad(s, sig + curve->size, (int)curve->size);
		assert_reason(PO_OK, forge_login(forge_join(input, sig, len)));
		BN_free(n);
		BN_free(s);
	}
}

/* The least integer whose cube is not below `target`. */
static BIGNUM *
cube_root(const BIGNUM *target)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *root = BN_new(), *cube = BN_new();

	for (int bit = BN_num_bits(target) / 3 + 1; bit >= 0; bit--) {
		BN_set_bit(root, bit);
		BN_sqr(cube, root, ctx);
		BN_mul(cube, cube, root, ctx);
		if (BN_cmp(cube, target) > 0)
			BN_clear_bit(root, bit);
	}
	BN_add_word(root, 1);
	BN_free(cube);
	BN_CTX_free(ctx);
	return root;
}

/*
 * Bleichenbacher 2006: with e = 3 a signature whose cube starts like a padded
 * hash is computed without the private key; laxness about what follows the
 * hash makes it verify.
 */
static void
b7_cube_root_forgery_with_exponent_three(void **state)
{
	static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06,
		0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20 };
	EVP_PKEY *key = forge_key("RSA-e3");
	struct po_id_token_policy policy = forge_policy();
	const char *jwks = forge_jwks(forge_jwk(key, "\"kid\":\"k\""), NULL);
	const char *input = input_for("RS256", "k");
	uint8_t block[384] = { 0x00, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
		0xFF, 0xFF, 0x00 };
	size_t len = 0;
	BIGNUM *target, *root;

	(void)state;
	memcpy(block + 11, digest_info, sizeof(digest_info));
	assert_int_equal(
	    EVP_Q_digest(NULL, "SHA256", NULL, input, strlen(input),
		block + 11 + sizeof(digest_info), &len),
	    1);
	target = BN_bin2bn(block, sizeof(block), NULL);
	root = cube_root(target);
	BN_bn2binpad(root, block, sizeof(block));
	assert_reason(
	    PO_E_SIGNATURE, forge_judge(forge_join(input, block, sizeof(block)),
				jwks, &policy));
	assert_reason(PO_OK,
	    forge_judge(
		forge_token(key, "RS256", "{\"alg\":\"RS256\",\"kid\":\"k\"}",
		    forge_claims(NULL)),
		jwks, &policy));
	BN_free(target);
	BN_free(root);
}

static void
b8_rsa_signature_of_another_length_or_plus_n(void **state)
{
	EVP_PKEY *key = forge_key("RSA-2048");
	BIGNUM *n = BN_bin2bn(forge_number(key, "n", 256), 256, NULL);
	const char *input = input_for("RS256", "rsa");
	bool added = false;

	(void)state;
	for (int i = 0; i < 64; i++) {
		const char *variant =
		    forge_input("{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
			forge_claims("jti", forge_text("%d", i), NULL));
		size_t len = 0;
		uint8_t *sig = forge_sign(key, "RS256", variant, &len);
		BIGNUM *s = BN_bin2bn(sig, (int)len, NULL);
		uint8_t padded[257] = { 0 };

		assert_int_equal(len, 256);
		memcpy(padded + 1, sig, len);
		assert_reason(
		    PO_OK, forge_login(forge_join(variant, sig, len)));
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(variant, padded, len + 1)));
		assert_reason(PO_E_SIGNATURE,
		    forge_login(forge_join(variant, sig, len - 1)));
		assert_reason(
		    PO_E_SIGNATURE, forge_login(forge_join(input, sig, len)));
		BN_add(s, s, n);
		if (BN_num_bits(s) <= 2048) {
			/* the same modulo n, of the same length */
			added = true;
			BN_bn2binpad(s, sig, (int)len);
			assert_reason(PO_E_SIGNATURE,
			    forge_login(forge_join(variant, sig, len)));
		}
		BN_free(s);
		if (added)
			break;
	}
	BN_free(n);
}

static void
b9_pss_with_other_salt_or_mask(void **state)
{
	static const struct {
		const char *alg;
		const char *digest;
		const char *mgf1;
		int salt;
		enum po_status reason;
	} cases[] = {
		{ "PS256", "SHA256", "SHA256", 32, PO_OK },
		{ "PS256", "SHA256", "SHA256", 0, PO_E_SIGNATURE },
		{ "PS256", "SHA256", "SHA256", 20, PO_E_SIGNATURE },
		{ "PS256", "SHA256", "SHA256", 64, PO_E_SIGNATURE },
		{ "PS256", "SHA256", "SHA256", RSA_PSS_SALTLEN_MAX,
		    PO_E_SIGNATURE },
		{ "PS256", "SHA256", "SHA1", 32, PO_E_SIGNATURE },
		{ "PS256", "SHA256", "SHA512", 32, PO_E_SIGNATURE },
		{ "PS256", "SHA512", "SHA512", 64, PO_E_SIGNATURE },
		{ "PS384", "SHA384", "SHA384", 48, PO_OK },
		{ "PS384", "SHA384", "SHA384", 32, PO_E_SIGNATURE },
		{ "PS384", "SHA384", "SHA1", 48, PO_E_SIGNATURE },
		{ "PS512", "SHA512", "SHA512", 64, PO_OK },
		{ "PS512", "SHA512", "SHA512", 32, PO_E_SIGNATURE },
		{ "PS512", "SHA512", "SHA256", 64, PO_E_SIGNATURE },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *input = input_for(cases[i].alg, "rsa");
		size_t len = 0;
		uint8_t *sig = forge_sign_pss(forge_key("RSA-2048"),
		    cases[i].digest, cases[i].mgf1, cases[i].salt, input, &len);

		assert_reason(
		    cases[i].reason, forge_login(forge_join(input, sig, len)));
	}
}

/* With such a key, R = identity and s = 0 sign everything. */
static void
b10_ed25519_signature_for_any_message(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	uint8_t identity[32] = { 1 };
	uint8_t signature[64] = { 1 };
	const char *token = forge_join(input_for("EdDSA", "k"), signature, 64);

	(void)state;
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(token,
		forge_text("{\"keys\":[{\"kid\":\"k\",\"kty\":\"OKP\","
			   "\"crv\":\"Ed25519\",\"x\":\"%s\"}]}",
		    forge_b64(identity, 32)),
		&policy));
}

/* S + L verifies where nobody checks that S < L (RFC 8032 5.1.7). */
static void
b10_ed25519_s_not_reduced(void **state)
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
		0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
		0x14, [31] = 0x10 };
	const char *input = input_for("EdDSA", "ed");
	size_t len = 0;
	uint8_t *sig = forge_sign(forge_key("Ed25519"), "EdDSA", input, &len);
	unsigned carry = 0;

	(void)state;
	assert_int_equal(len, 64);
	assert_reason(PO_OK, forge_login(forge_join(input, sig, len)));
	assert_reason(PO_E_SIGNATURE, forge_login(forge_join(input, sig, 63)));
	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_reason(PO_E_SIGNATURE, forge_login(forge_join(input, sig, len)));
}

/*
 * CVE-2008-5077: EVP answers -1 for what it cannot digest, which is "true" to
 * who asks carelessly.  Bytes of the right length that mean nothing.
 */
static void
b12_bytes_that_no_signature_has(void **state)
{
	static const struct {
		const char *alg;
		const char *kid;
		size_t len;
	} cases[] = {
		{ "RS256", "rsa", 256 },
		{ "RS512", "rsa", 256 },
		{ "PS256", "rsa", 256 },
		{ "PS512", "rsa", 256 },
		{ "ES256", "es256", 64 },
		{ "ES384", "es384", 96 },
		{ "ES512", "es512", 132 },
		{ "EdDSA", "ed", 64 },
		{ "Ed25519", "ed", 64 },
	};
	static const uint8_t fills[] = { 0x00, 0x01, 0x30, 0x7F, 0x80, 0xFF };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *input = input_for(cases[i].alg, cases[i].kid);
		uint8_t bytes[256];

		for (size_t f = 0; f < PO_ARRAY_LEN(fills); f++) {
			memset(bytes, fills[f], sizeof(bytes));
			assert_reason(PO_E_SIGNATURE,
			    forge_login(
				forge_join(input, bytes, cases[i].len)));
		}
	}
}

static void
b0_every_flipped_bit_breaks_it(void **state)
{
	static const struct {
		const char *alg;
		const char *key;
		const char *kid;
	} cases[] = {
		{ "RS256", "RSA-2048", "rsa" },
		{ "PS256", "RSA-2048", "rsa" },
		{ "ES256", "P-256", "es256" },
		{ "EdDSA", "Ed25519", "ed" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *input = input_for(cases[i].alg, cases[i].kid);
		size_t len = 0;
		uint8_t *sig = forge_sign(
		    forge_key(cases[i].key), cases[i].alg, input, &len);

		for (size_t bit = 0; bit < 8 * len; bit += 5) {
			sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_reason(PO_E_SIGNATURE,
			    forge_login(forge_join(input, sig, len)));
			sig[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		assert_reason(PO_OK, forge_login(forge_join(input, sig, len)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b0_every_flipped_bit_breaks_it),
		cmocka_unit_test(b1_b2_r_or_s_outside_the_group),
		cmocka_unit_test(b3_der_or_other_lengths_in_place_of_raw_ecdsa),
		cmocka_unit_test(b4_huge_signature),
		cmocka_unit_test(b5_high_s_is_only_another_spelling),
		cmocka_unit_test(b7_cube_root_forgery_with_exponent_three),
		cmocka_unit_test(b8_rsa_signature_of_another_length_or_plus_n),
		cmocka_unit_test(b9_pss_with_other_salt_or_mask),
		cmocka_unit_test(b10_ed25519_signature_for_any_message),
		cmocka_unit_test(b10_ed25519_s_not_reduced),
		cmocka_unit_test(b12_bytes_that_no_signature_has),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
