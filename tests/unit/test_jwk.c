/* SPDX-License-Identifier: BSD-2-Clause */
/* Key sets: which keys are taken, which are left out, and what is said. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "../attack/forge.h"
#include "jose/jwk_internal.h"

static struct po_jwks *
parse(const char *text)
{
	struct po_jwks *jwks = NULL;
	struct po_err err = { .status = PO_OK };

	if (po_jwks_parse(text, strlen(text), &jwks, &err) != PO_OK)
		fail_msg("%s", err.text);
	return jwks;
}

/* RFC 7517 appendix A.1: an EC key for encryption and an RSA key. */
static void
rfc_7517_a1_takes_the_rsa_key_alone(void **state)
{
	static const char text[] =
	    "{\"keys\":["
	    "{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
	    "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\","
	    "\"use\":\"enc\",\"kid\":\"1\"},"
	    "{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2a"
	    "iAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZ"
	    "CiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5"
	    "v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL"
	    "5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XP"
	    "ksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\","
	    "\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}]}";
	AUTO(po_jwks_free) struct po_jwks *jwks = parse(text);
	const char *why = NULL;

	(void)state;
	assert_int_equal(po_jwks_count(jwks), 1);
	assert_int_equal(po_jwks_skipped(jwks, &why), 1);
	assert_string_equal(why, "use is \"enc\", not \"sig\" (RFC 7517 4.2)");
}

static void
every_kind_of_key_is_taken(void **state)
{
	static const char *const names[] = { "RSA-2048", "RSA-e3", "P-256",
		"P-384", "P-521", "Ed25519" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		AUTO(po_jwks_free)
		struct po_jwks *jwks = parse(forge_jwks(
		    forge_jwk(forge_key(names[i]), "\"x5t\":\"ignored\""),
		    NULL));
		const char *why = "unset";

		assert_int_equal(po_jwks_count(jwks), 1);
		assert_int_equal(po_jwks_skipped(jwks, &why), 0);
		assert_null(why);
	}
}

/* Sizes at the bounds, of numbers that nobody knows the factors of. */
static void
rsa_sizes_from_2048_to_8192_are_taken(void **state)
{
	static const struct {
		size_t bytes;
		uint8_t first;
		size_t usable;
	} cases[] = { { 256, 0x80, 1 }, { 256, 0x7F, 0 }, { 255, 0xFF, 0 },
		{ 1024, 0xFF, 1 }, { 1025, 0x01, 0 }, { 2048, 0xFF, 0 } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		uint8_t n[2048];
		AUTO(po_jwks_free) struct po_jwks *jwks = NULL;

		memset(n, 0xC5, sizeof(n));
		n[0] = cases[i].first;
		/* odd, and without small factors for one of these endings */
		for (unsigned end = 1; end < 256; end += 2) {
			n[cases[i].bytes - 1] = (uint8_t)end;
			po_jwks_free(&jwks);
			jwks = parse(forge_text(
			    "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\","
			    "\"n\":\"%s\"}]}",
			    forge_b64(n, cases[i].bytes)));
			if (po_jwks_count(jwks) == 1)
				break;
		}
		assert_int_equal(po_jwks_count(jwks), cases[i].usable);
	}
}

static void
keys_left_out_say_why(void **state)
{
	static const struct {
		const char *jwk;
		const char *says;
	} cases[] = {
		{ "1", "integer, not an object" },
		{ "null", "null, not an object" },
		{ "{}", "member \"kty\" is missing" },
		{ "{\"kty\":7}", "member \"kty\" is integer, not a string" },
		{ "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "key type \"oct\"" },
		{ "{\"kty\":\"rsa\"}", "key type \"rsa\"" },
		{ "{\"kty\":\"RSA\",\"kid\":1}", "member \"kid\" is integer" },
		{ "{\"kty\":null}", "member \"kty\" is null, not a string" },
		{ "{\"kty\":\"RSA\",\"n\":null}", "member \"n\" is null" },
		{ "{\"kty\":\"RSA\",\"use\":\"enc\"}", "use is \"enc\"" },
		{ "{\"kty\":\"RSA\",\"key_ops\":[\"sign\"]}", "key_ops" },
		{ "{\"kty\":\"RSA\",\"key_ops\":[1,null]}", "key_ops" },
		{ "{\"kty\":\"RSA\",\"key_ops\":\"verify\"}", "key_ops" },
		{ "{\"kty\":\"RSA\",\"alg\":7}", "member \"alg\" is integer" },
		{ "{\"kty\":\"RSA\",\"alg\":\"RSA-OAEP\"}",
		    "alg \"RSA-OAEP\" is not a signature algorithm" },
		{ "{\"kty\":\"RSA\",\"alg\":\"ES256\"}",
		    "alg \"ES256\" does not suit" },
		{ "{\"kty\":\"RSA\",\"issuer\":[]}",
		    "member \"issuer\" is array" },
		{ "{\"kty\":\"RSA\"}", "member \"n\" is missing" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQAB\"}",
		    "member \"e\" is missing" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		    "RSA modulus of 17 bits, not 2048 to 8192" },
		{ "{\"kty\":\"RSA\",\"n\":\"AQ==\",\"e\":\"AQAB\"}",
		    "member \"n\": byte 0x3d at 2 is not base64url" },
		{ "{\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}",
		    "member \"crv\" is missing" },
		{ "{\"kty\":\"EC\",\"crv\":\"secp256k1\"}",
		    "curve \"secp256k1\" is not one" },
		{ "{\"kty\":\"EC\",\"crv\":\"Ed25519\"}",
		    "curve \"Ed25519\" is not one" },
		{ "{\"kty\":\"OKP\",\"crv\":\"P-256\"}",
		    "curve \"P-256\" is not one" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES384\"}",
		    "alg \"ES384\" does not suit" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\","
		  "\"y\":\"AA\"}",
		    "P-256 coordinates must have 32 bytes" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\"}",
		    "member \"y\" is missing" },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
		    "member \"x\" is missing" },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
		    "an Ed25519 key must have 32 bytes, not 1" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_jwks_free)
		struct po_jwks *jwks = parse(forge_jwks(cases[i].jwk, NULL));
		const char *why = NULL;

		assert_int_equal(po_jwks_count(jwks), 0);
		assert_int_equal(po_jwks_skipped(jwks, &why), 1);
		assert_non_null(why);
		if (strstr(why, cases[i].says) == NULL)
			fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].jwk,
			    cases[i].says, why);
	}
}

/* 64 bytes in all are not enough: 31 and 33 are no point of P-256. */
static void
coordinates_cannot_lend_each_other_bytes(void **state)
{
	static const struct {
		size_t x_len, y_len, usable;
	} cases[] = { { 32, 32, 1 }, { 31, 33, 0 }, { 33, 31, 0 },
		{ 32, 33, 0 }, { 0, 64, 0 } };
	uint8_t point[65] = { 0 };

	(void)state;
	memcpy(point, forge_number(forge_key("P-256"), "qx", 32), 32);
	memcpy(point + 32, forge_number(forge_key("P-256"), "qy", 32), 32);
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_jwks_free)
		struct po_jwks *jwks = parse(
		    forge_text("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
			       "\"x\":\"%s\",\"y\":\"%s\"}]}",
			forge_b64(point, cases[i].x_len),
			forge_b64(point + cases[i].x_len, cases[i].y_len)));

		assert_int_equal(po_jwks_count(jwks), cases[i].usable);
	}
}

/* A y of p = 2^255 - 19 or more is not canonical (RFC 8032 5.1.3). */
static void
ed25519_keys_are_canonical_below_p(void **state)
{
	static const struct {
		uint8_t first, middle, last;
		size_t usable;
	} cases[] = { { 0xEB, 0xFF, 0x7F, 1 }, { 0xED, 0xFF, 0x7F, 0 },
		{ 0xFF, 0xFF, 0x7F, 0 }, { 0xFF, 0xFE, 0x7F, 1 },
		{ 0xFF, 0xFF, 0x7E, 1 } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
		uint8_t x[32];

		memset(x, 0xFF, sizeof(x));
		x[0] = cases[i].first;
		x[15] = cases[i].middle;
		x[31] = cases[i].last;
		jwks = parse(forge_text("{\"keys\":[{\"kty\":\"OKP\","
					"\"crv\":\"Ed25519\",\"x\":\"%s\"}]}",
		    forge_b64(x, sizeof(x))));
		assert_int_equal(po_jwks_count(jwks), cases[i].usable);
	}
}

static void
a_kid_has_256_bytes_at_most(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		char kid[PO_JWK_KID_MAX + 2] = "";
		AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
		const char *why = "";

		memset(kid, 'k', PO_JWK_KID_MAX + extra);
		jwks = parse(forge_jwks(forge_jwk(forge_key("P-256"),
					    forge_text("\"kid\":\"%s\"", kid)),
		    NULL));
		assert_int_equal(po_jwks_count(jwks), 1 - extra);
		assert_int_equal(po_jwks_skipped(jwks, &why), extra);
		if (extra == 1)
			assert_string_equal(
			    why, "kid of 257 bytes, more than 256");
	}
}

/* An alg binds a key to it; EdDSA and Ed25519 are one (RFC 9864 2.2). */
static void
a_key_is_for_the_algorithm_it_names(void **state)
{
	static const struct {
		const char *key, *members;
		enum po_alg fits[3], does_not;
	} cases[] = {
		{ "RSA-2048", "", { PO_ALG_RS256, PO_ALG_RS512, PO_ALG_PS256 },
		    PO_ALG_ES256 },
		{ "RSA-2048", "\"alg\":\"RS256\"",
		    { PO_ALG_RS256, PO_ALG_RS256, PO_ALG_RS256 },
		    PO_ALG_RS512 },
		{ "P-384", "", { PO_ALG_ES384, PO_ALG_ES384, PO_ALG_ES384 },
		    PO_ALG_ES256 },
		{ "Ed25519", "\"alg\":\"EdDSA\"",
		    { PO_ALG_EDDSA, PO_ALG_ED25519, PO_ALG_EDDSA },
		    PO_ALG_ES256 },
		{ "Ed25519", "\"alg\":\"Ed25519\",\"key_ops\":[7,\"verify\"]",
		    { PO_ALG_EDDSA, PO_ALG_ED25519, PO_ALG_EDDSA },
		    PO_ALG_RS256 },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_jwks_free)
		struct po_jwks *jwks = parse(forge_jwks(
		    forge_jwk(forge_key(cases[i].key), cases[i].members),
		    NULL));

		assert_int_equal(po_jwks_count(jwks), 1);
		for (size_t j = 0; j < PO_ARRAY_LEN(cases[i].fits); j++)
			assert_true(
			    po_jwk_fits_alg(&jwks->keys[0], cases[i].fits[j]));
		assert_false(
		    po_jwk_fits_alg(&jwks->keys[0], cases[i].does_not));
	}
}

static void
good_keys_are_counted_beside_bad_ones(void **state)
{
	AUTO(po_jwks_free)
	struct po_jwks *jwks = parse(
	    forge_jwks("{\"kty\":\"oct\"}", forge_jwk(forge_key("P-256"), ""),
		"null", forge_jwk(forge_key("RSA-1024"), ""),
		forge_jwk(forge_key("RSA-2048"), ""), NULL));

	(void)state;
	assert_int_equal(po_jwks_count(jwks), 2);
	assert_int_equal(po_jwks_skipped(jwks, NULL), 3);
}

static void
an_empty_key_set_is_a_key_set(void **state)
{
	AUTO(po_jwks_free)
	struct po_jwks *jwks = parse("{\"keys\":[],\"other\":1}");

	(void)state;
	assert_int_equal(po_jwks_count(jwks), 0);
	assert_int_equal(po_jwks_skipped(jwks, NULL), 0);
}

static void
other_documents_are_refused(void **state)
{
	static const char *const cases[] = { "", "{}", "[]", "null", "{",
		"{\"keys\":{}}", "{\"Keys\":[]}", "{\"keys\":[]}x",
		"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_jwks *jwks = NULL;
		struct po_err err = { .status = PO_OK };

		assert_int_equal(
		    po_jwks_parse(cases[i], strlen(cases[i]), &jwks, &err),
		    PO_E_DOCUMENT);
		assert_int_equal(err.status, PO_E_DOCUMENT);
		assert_null(jwks);
	}
}

/* 48 kB that po_jose_init() keeps out of a process; the error is raised as it
 * is anywhere, which would load them. */
static void
texts_of_libcrypto_are_left_out(void **state)
{
	(void)state;
	ERR_raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM);
	assert_int_equal(
	    ERR_GET_REASON(ERR_get_error()), EVP_R_UNSUPPORTED_ALGORITHM);
	assert_null(ERR_reason_error_string(
	    ERR_PACK(ERR_LIB_EVP, 0, EVP_R_UNSUPPORTED_ALGORITHM)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_libcrypto_are_left_out),
		cmocka_unit_test(rfc_7517_a1_takes_the_rsa_key_alone),
		cmocka_unit_test(every_kind_of_key_is_taken),
		cmocka_unit_test(rsa_sizes_from_2048_to_8192_are_taken),
		cmocka_unit_test(keys_left_out_say_why),
		cmocka_unit_test(coordinates_cannot_lend_each_other_bytes),
		cmocka_unit_test(ed25519_keys_are_canonical_below_p),
		cmocka_unit_test(a_kid_has_256_bytes_at_most),
		cmocka_unit_test(a_key_is_for_the_algorithm_it_names),
		cmocka_unit_test(good_keys_are_counted_beside_bad_ones),
		cmocka_unit_test(an_empty_key_set_is_a_key_set),
		cmocka_unit_test(other_documents_are_refused),
	};

	po_jose_init();
	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
