/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on base64url, the compact form and critical header members.  The
 * letters are those of the project's attack catalogue.  Every token here is
 * signed as it stands: it is the form that is wrong, not the signature.
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

/* Signs header and payload segments that are already text. */
static const char *
sign_segments(const char *header, const char *payload)
{
	const char *input = forge_text("%s.%s", header, payload);
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

static const char *
encoded(const char *text)
{
	return forge_b64(text, strlen(text));
}

/* Ways to write base64url that are not the one way; %s is the segment. */
static const char *const spellings[] = { "%s=", "%s==", "%s\n", "%s\r\n", "%s ",
	" %s", "%s\t", "%s%%3D", "%s+/", "%s+", "%s/", "%s*", "%s\xC3\xA9",
	"=%s", "%s#" };

static const char *
respell(const char *spelling, const char *segment)
{
	const char *mark = strstr(spelling, "%s");

	return forge_text("%.*s%s%s", (int)(mark - spelling), spelling, segment,
	    mark[2] == '%' ? "%3D" : mark + 2);
}

static void
d1_base64url_in_other_spellings(void **state)
{
	const char *header = encoded(header_ok);
	const char *payload = encoded(forge_claims(NULL));
	const char *good = sign_segments(header, payload);

	(void)state;
	assert_reason(PO_OK, forge_login(good));
	for (size_t i = 0; i < PO_ARRAY_LEN(spellings); i++) {
		assert_reason(PO_E_TOKEN_MALFORMED,
		    forge_login(
			sign_segments(respell(spellings[i], header), payload)));
		assert_reason(PO_E_TOKEN_MALFORMED,
		    forge_login(
			sign_segments(header, respell(spellings[i], payload))));
	}
	/* behind the signature; not what looks like more of it */
	assert_reason(
	    PO_E_TOKEN_MALFORMED, forge_login(forge_text("%s=", good)));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, forge_login(forge_text("%s==", good)));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, forge_login(forge_text("%s\n", good)));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, forge_login(forge_text(" %s", good)));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, forge_login(forge_text("Bearer %s", good)));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, forge_login(forge_text("\"%s\"", good)));
}

/* A signature of 256 bytes leaves four unused bits in its last character. */
static void
d1_unused_bits_in_the_last_character(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789-_";
	const char *good = forge_honest(forge_claims(NULL));
	size_t last = strlen(good) - 1;
	size_t place = (size_t)(strchr(digits, good[last]) - digits);

	(void)state;
	assert_reason(PO_OK, forge_login(good));
	for (size_t bits = 1; bits < 16; bits++)
		assert_reason(PO_E_TOKEN_MALFORMED,
		    forge_login(forge_text(
			"%.*s%c", (int)last, good, digits[place + bits])));
	/* one character less: a length no encoder makes */
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(forge_text("%.*s", (int)last, good)));
}

static void
d2_dots_too_few_or_too_many(void **state)
{
	const char *good = forge_honest(forge_claims(NULL));
	const char *cases[] = {
		"",
		".",
		"..",
		"...",
		"....",
		"abc",
		forge_text("%s.", good),
		forge_text(".%s", good),
		forge_text("%s..", good),
		forge_text("%s.%s", good, good),
		forge_text("%.*s", (int)(strrchr(good, '.') - good), good),
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(PO_E_TOKEN_MALFORMED, forge_login(cases[i]));
	assert_reason(PO_OK, forge_login(good));
}

static void
d2_tokens_of_any_size(void **state)
{
	static const size_t sizes[] = { PO_JWS_MAX - 1, PO_JWS_MAX,
		PO_JWS_MAX + 1, 32 * 1024 * 1024 };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(sizes); i++) {
		char *token = malloc(sizes[i] + 1);

		assert_non_null(token);
		token[sizes[i]] = '\0';
		memset(token, '.', sizes[i]);
		assert_reason(PO_E_TOKEN_MALFORMED, forge_login(token));
		memset(token, 'A', sizes[i]);
		assert_reason(PO_E_TOKEN_MALFORMED, forge_login(token));
		free(token);
	}
}

/* The largest token that is allowed, and one byte more. */
static void
d2_positive_twin_at_the_limit(void **state)
{
	char *filler = malloc(PO_JWS_MAX);
	size_t len = PO_JWS_MAX * 3 / 4;
	const char *token;

	(void)state;
	memset(filler, 'x', PO_JWS_MAX);
	do {
		token = forge_honest(forge_claims("filler",
		    forge_text("\"%.*s\"", (int)--len, filler), NULL));
	} while (strlen(token) > PO_JWS_MAX);
	assert_true(strlen(token) > PO_JWS_MAX - 4);
	assert_reason(PO_OK, forge_login(token));
	token = forge_honest(forge_claims(
	    "filler", forge_text("\"%.*s\"", (int)len + 3, filler), NULL));
	assert_true(strlen(token) > PO_JWS_MAX);
	assert_reason(PO_E_TOKEN_MALFORMED, forge_login(token));
	free(filler);
}

static void
d3_json_serialization(void **state)
{
	const char *input = forge_input(header_ok, forge_claims(NULL));
	const char *payload = strchr(input, '.') + 1;
	int header_len = (int)(payload - 1 - input);
	size_t len = 0;
	uint8_t *sig = forge_sign(forge_key("RSA-2048"), "RS256", input, &len);
	const char *sig_text = forge_b64(sig, len);

	(void)state;
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(forge_text("{\"payload\":\"%s\",\"protected\":\"%.*s\","
				   "\"signature\":\"%s\"}",
		payload, header_len, input, sig_text)));
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(forge_text(
		"{\"payload\":\"%s\",\"signatures\":[{\"protected\":\"%.*s\","
		"\"header\":{\"alg\":\"none\"},\"signature\":\"%s\"},{}]}",
		payload, header_len, input, sig_text)));
	/* dots where a careless splitter would find three parts */
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(forge_text(
		"{\"a\":\".%.*s.%s.\"}", header_len, input, payload)));
}

static void
d4_crit_of_any_kind(void **state)
{
	static const char *const values[] = { "[\"exp\"]", "[\"unknown\"]",
		"[]", "null", "true", "\"exp\"", "{}", "[\"alg\"]",
		"[\"b64\",\"b64\"]", "[1]", "[\"\"]",
		"[\"http://example.invalid/UNDEFINED\"]" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(values); i++)
		assert_reason(PO_E_CRIT,
		    forge_login(with_header(forge_text(
			"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"exp\":1,"
			"\"crit\":%s}",
			values[i]))));
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(with_header("{\"alg\":\"RS256\",\"crit\":[\"a\"],"
				    "\"crit\":[],\"kid\":\"rsa\"}")));
	/* unknown members that are not critical are ignored */
	assert_reason(
	    PO_OK, forge_login(with_header("{\"alg\":\"RS256\",\"kid\":\"rsa\","
					   "\"exp\":1,\"CRIT\":[\"a\"]}")));
}

static void
d5_unencoded_detached_or_empty_payload(void **state)
{
	const char *b64_false = "{\"alg\":\"RS256\",\"kid\":\"rsa\","
				"\"b64\":false,\"crit\":[\"b64\"]}";
	const char *claims = forge_claims(NULL);
	const char *detached = forge_honest(claims);
	const char *first = strchr(detached, '.');
	const char *last = strrchr(detached, '.');

	(void)state;
	assert_reason(PO_E_CRIT, forge_login(with_header(b64_false)));
	assert_reason(
	    PO_E_CRIT, forge_login(sign_segments(encoded(b64_false), "{}")));
	assert_reason(PO_E_CRIT,
	    forge_login(with_header("{\"alg\":\"RS256\",\"kid\":\"rsa\","
				    "\"b64\":false}")));
	assert_reason(PO_E_CRIT,
	    forge_login(with_header("{\"alg\":\"RS256\",\"kid\":\"rsa\","
				    "\"b64\":true}")));
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(forge_text(
		"%.*s.%s", (int)(first - detached), detached, last)));
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(sign_segments(encoded(header_ok), "")));
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(sign_segments("", encoded(claims))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d1_base64url_in_other_spellings),
		cmocka_unit_test(d1_unused_bits_in_the_last_character),
		cmocka_unit_test(d2_dots_too_few_or_too_many),
		cmocka_unit_test(d2_tokens_of_any_size),
		cmocka_unit_test(d2_positive_twin_at_the_limit),
		cmocka_unit_test(d3_json_serialization),
		cmocka_unit_test(d4_crit_of_any_kind),
		cmocka_unit_test(d5_unencoded_detached_or_empty_payload),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
