/* SPDX-License-Identifier: BSD-2-Clause */
/* Key sets: which keys are taken, which are left out, and what is said. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../attack/forge.h"
#include "jose/jwk.h"

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
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}",
		    "Ed25519 key of 1 bytes, not 32" },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_7517_a1_takes_the_rsa_key_alone),
		cmocka_unit_test(every_kind_of_key_is_taken),
		cmocka_unit_test(rsa_sizes_from_2048_to_8192_are_taken),
		cmocka_unit_test(keys_left_out_say_why),
		cmocka_unit_test(good_keys_are_counted_beside_bad_ones),
		cmocka_unit_test(an_empty_key_set_is_a_key_set),
		cmocka_unit_test(other_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
