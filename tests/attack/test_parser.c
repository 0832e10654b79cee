/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on JSON parsers: documents that two of them read differently, or
 * that one of them cannot bear.  The letters are those of the project's attack
 * catalogue.  Every token here has a good signature.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forge.h"
#include "jose/jws.h"

static const char header_ok[] = "{\"alg\":\"RS256\",\"kid\":\"rsa\"}";

/* Signs any bytes as header and payload. */
static const char *
sign_bytes(const void *header, size_t header_len, const void *payload,
    size_t payload_len)
{
	const char *input = forge_text("%s.%s", forge_b64(header, header_len),
	    forge_b64(payload, payload_len));
	size_t len = 0;
	uint8_t *sig = forge_sign(forge_key("RSA-2048"), "RS256", input, &len);

	return forge_join(input, sig, len);
}

static const char *
with_header(const char *header)
{
	return forge_token(
	    forge_key("RSA-2048"), "RS256", header, forge_claims(NULL));
}

static void
d6_duplicate_members(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"rsa\"}",
		"{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"rsa\"}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"kid\":\"rsa\"}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":{\"y\":1,\"y\":1}}",
	};
	static const char *const members[] = { "iss", "sub", "aud", "exp",
		"iat" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(headers); i++)
		assert_reason(
		    PO_E_TOKEN_MALFORMED, forge_login(with_header(headers[i])));
	for (size_t i = 0; i < PO_ARRAY_LEN(members); i++) {
		const char *claims = forge_claims(NULL);
		const char *rest = claims + 1;

		assert_reason(PO_E_CLAIMS,
		    forge_login(forge_honest(
			forge_text("{\"%s\":\"first\",%s", members[i], rest))));
		assert_reason(PO_E_CLAIMS,
		    forge_login(forge_honest(forge_text("%.*s,\"%s\":\"last\"}",
			(int)strlen(claims) - 1, claims, members[i]))));
	}
	assert_reason(PO_E_CLAIMS,
	    forge_login(forge_honest(
		forge_claims("groups", "[{\"a\":1,\"b\":2,\"a\":3}]", NULL))));
	assert_reason(PO_OK, forge_login(forge_honest(forge_claims("groups",
				 "[{\"a\":1,\"b\":2},{\"a\":3}]", NULL))));
}

static void
d7_json_that_parsers_read_differently(void **state)
{
	static const char *const headers[] = {
		/* the same name after unescaping */
		"{\"alg\":\"RS256\",\"\\u0061lg\":\"none\",\"kid\":\"rsa\"}",
		"{\"\\u0061\\u006c\\u0067\":1,\"alg\":\"RS256\"}",
		"\xEF\xBB\xBF{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\"}x",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\"}{\"alg\":\"none\"}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\"/* comment */}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\"}// comment",
		"{'alg':'RS256','kid':'rsa'}",
		"{alg:\"RS256\",\"kid\":\"rsa\"}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":NaN}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":Infinity}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":01}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":+1}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":\"a\tb\"}",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x\":TRUE}",
		"[\"RS256\"]",
		"[{\"alg\":\"RS256\",\"kid\":\"rsa\"}]",
		"\"RS256\"",
		"null",
		"1",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(headers); i++)
		assert_reason(
		    PO_E_TOKEN_MALFORMED, forge_login(with_header(headers[i])));
	/* what the RFC allows is read */
	assert_reason(PO_OK,
	    forge_login(with_header(" {\"\\u0061lg\" : \"RS\\u0032\\u00356\",\n"
				    "\"kid\":\"rsa\"}\r\n\t ")));
}

static void
d7_payload_that_is_no_object(void **state)
{
	static const char *const payloads[] = { "[]", "null", "1", "\"sub\"",
		"true", "{", "{}}", "<xml/>", "sub=1", "{'sub':'a'}", " " };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(payloads); i++)
		assert_reason(
		    PO_E_CLAIMS, forge_login(forge_honest(payloads[i])));
	/* a token as the payload of a token */
	assert_reason(PO_E_CLAIMS,
	    forge_login(forge_honest(forge_honest(forge_claims(NULL)))));
}

static void
d8_nul_and_malformed_unicode_in_claims(void **state)
{
	static const char *const strings[] = {
		"\"root\\u0000@evil.example\"",
		"\"\\u0000\"",
		"\"\\ud800\"",
		"\"\\udc00\\ud800\"",
		"\"\\ud800\\u0041\"",
		"\"\\ud83d\xF0\x9F\x98\x80\"",
		"\"\xC0\xAE\"",         /* overlong . */
		"\"\xE0\x80\xAF\"",     /* overlong / */
		"\"\xED\xA0\x80\"",     /* surrogate */
		"\"\xF4\x90\x80\x80\"", /* beyond U+10FFFF */
		"\"\xFF\"",
		"\"\xC3\"",
		"\"\\x41\"",
		"\"\\u00e\"",
		"\"a\nb\"",
		"\"a\x1B[2J\"",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(strings); i++) {
		assert_reason(PO_E_CLAIMS,
		    forge_login(
			forge_honest(forge_claims("sub", strings[i], NULL))));
		assert_reason(PO_E_CLAIMS,
		    forge_login(forge_honest(
			forge_claims("preferred_username", strings[i], NULL))));
	}
	assert_reason(
	    PO_OK, forge_login(forge_honest(forge_claims("preferred_username",
		       "\"Zo\\u00eb \\ud83d\\ude00 \xC3\xA9\\n\"", NULL))));
}

static void
d8_nul_bytes_in_the_token(void **state)
{
	static const char zero[] = "{\"alg\":\"RS256\",\"kid\":\"rsa\"}\0";
	const char *claims = forge_claims(NULL);
	const char *good = forge_honest(claims);
	struct po_id_token_policy policy = forge_policy();
	struct po_jwks *set = NULL;
	struct po_json *parsed = NULL;
	const char *jwks = forge_honest_jwks();

	(void)state;
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(
		sign_bytes(zero, sizeof(zero) - 1, claims, strlen(claims))));
	assert_reason(
	    PO_E_CLAIMS, forge_login(sign_bytes(header_ok, strlen(header_ok),
			     claims, strlen(claims) + 1)));
	/* a NUL behind the token, counted in its length */
	assert_reason(PO_OK, po_jwks_parse(jwks, strlen(jwks), &set, NULL));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, po_id_token_verify(good, strlen(good) + 1,
				      set, &policy, &parsed, NULL));
	assert_null(parsed);
	po_jwks_free(&set);
}

/* Invisible and direction-changing characters; jwt.c's own rule for sub. */
static void
d8_invisible_characters_in_sub(void **state)
{
	static const char *const subs[] = {
		"\"\\ufeff" FORGE_SUB "\"",
		"\"a\\u202eb\"",
		"\"a\\u200bb\"",
		"\"a\\u2028b\"",
		"\"a\\u0085b\"",
		"\"a\\u007f\"",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(subs); i++)
		assert_reason(PO_E_SUB, forge_login(forge_honest(forge_claims(
					    "sub", subs[i], NULL))));
}

static void
d9_numbers_that_are_no_dates(void **state)
{
	static const struct {
		const char *text;
		enum po_status reason; /* PO_OK: the claim's own code */
	} cases[] = {
		{ "1e400", PO_E_CLAIMS },
		{ "-1e400", PO_E_CLAIMS },
		{ "9223372036854775808", PO_E_CLAIMS },
		{ "99999999999999999999", PO_E_CLAIMS },
		{ "-9223372036854775809", PO_E_CLAIMS },
		{ "NaN", PO_E_CLAIMS },
		{ "0x65", PO_E_CLAIMS },
		{ "1700000000.", PO_E_CLAIMS },
		{ ".5", PO_E_CLAIMS },
		{ "017", PO_E_CLAIMS },
		{ "-", PO_E_CLAIMS },
		{ "-1", PO_OK },
		{ "-1700000300", PO_OK },
		{ "\"1700000100\"", PO_OK },
		{ "-0.5", PO_OK },
		{ "1e300", PO_OK },
		{ "1099511627777", PO_OK }, /* 2^40 + 1 */
		{ "9223372036854775807", PO_OK },
		{ "9007199254740993.0", PO_OK }, /* 2^53 + 1 */
		{ "null", PO_OK },
		{ "true", PO_OK },
		{ "[1700000100]", PO_OK },
		{ "{}", PO_OK },
		{ "\"\"", PO_OK },
	};
	static const struct {
		const char *name;
		enum po_status reason;
	} claims[] = { { "exp", PO_E_EXP }, { "nbf", PO_E_NBF },
		{ "iat", PO_E_IAT } };

	(void)state;
	for (size_t c = 0; c < PO_ARRAY_LEN(claims); c++)
		for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
			assert_reason(cases[i].reason == PO_OK
					  ? claims[c].reason
					  : cases[i].reason,
			    forge_login(forge_honest(forge_claims(
				claims[c].name, cases[i].text, NULL))));
}

static void
d9_positive_twin_numbers_of_seconds_in_any_form(void **state)
{
	static const char *const forms[] = { "1700000010", "1700000010.0",
		"1.70000001e9", "1.700000010E+9", "17000000100e-1",
		/* RFC 7519 2: "non-integer values can be represented" */
		"1700000010.5", "17000000107e-1" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(forms); i++) {
		assert_reason(PO_OK, forge_login(forge_honest(
					 forge_claims("exp", forms[i], NULL))));
		assert_reason(PO_OK, forge_login(forge_honest(
					 forge_claims("iat", forms[i], NULL))));
	}
}

static void
d10_depth_and_breadth_bombs(void **state)
{
	char *text = malloc(PO_JWS_MAX);
	size_t len = 40000;

	(void)state;
	memset(text, '[', len);
	text[len] = '\0';
	assert_reason(PO_E_CLAIMS, forge_login(forge_honest(text)));
	assert_reason(PO_E_CLAIMS,
	    forge_login(forge_honest(forge_claims("groups", text, NULL))));
	assert_reason(PO_E_TOKEN_MALFORMED, forge_login(with_header(text)));
	for (size_t i = 0; i < len; i += 5)
		memcpy(text + i, "{\"\":1", 5);
	text[len] = '\0';
	assert_reason(PO_E_CLAIMS,
	    forge_login(forge_honest(forge_claims("groups", text, NULL))));
	/* many groups are not an attack */
	memset(text, '1', len);
	for (size_t i = 1; i < len; i += 2)
		text[i] = ',';
	text[len - 1] = '\0';
	assert_reason(PO_OK, forge_login(forge_honest(forge_claims(
				 "groups", forge_text("[%s]", text), NULL))));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d6_duplicate_members),
		cmocka_unit_test(d7_json_that_parsers_read_differently),
		cmocka_unit_test(d7_payload_that_is_no_object),
		cmocka_unit_test(d8_nul_and_malformed_unicode_in_claims),
		cmocka_unit_test(d8_nul_bytes_in_the_token),
		cmocka_unit_test(d8_invisible_characters_in_sub),
		cmocka_unit_test(d9_numbers_that_are_no_dates),
		cmocka_unit_test(
		    d9_positive_twin_numbers_of_seconds_in_any_form),
		cmocka_unit_test(d10_depth_and_breadth_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
