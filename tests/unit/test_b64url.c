/* SPDX-License-Identifier: BSD-2-Clause */
/* base64url: RFC 4648 vectors, and that there is one spelling for each text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jose/b64url.h"

static const struct {
	const char *plain;
	const char *text;
} vectors[] = {
	{ "", "" }, /* RFC 4648 section 10, without padding */
	{ "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" },
	{ "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
	{ "\xFB\xFF\xBF", "-_-_" },
	{ "{\"alg\":\"RS256\"}", "eyJhbGciOiJSUzI1NiJ9" }, /* RFC 7515 A.2 */
};

static void
encodes_and_decodes_the_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(vectors); i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(64);
		AUTO(po_buf_clear) struct po_buf plain = PO_BUF_INIT(64);

		po_b64url_encode(
		    vectors[i].plain, strlen(vectors[i].plain), &text);
		assert_string_equal(po_buf_str(&text), vectors[i].text);
		assert_int_equal(po_b64url_decode(vectors[i].text,
				     strlen(vectors[i].text), &plain, NULL),
		    PO_OK);
		assert_string_equal(po_buf_str(&plain), vectors[i].plain);
	}
}

static void
round_trips_every_length_and_byte(void **state)
{
	uint8_t bytes[600];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1000);
		AUTO(po_buf_clear) struct po_buf plain = PO_BUF_INIT(1000);

		po_b64url_encode(bytes, len, &text);
		assert_int_equal(text.len, (len * 4 + 2) / 3);
		assert_int_equal(
		    po_b64url_decode(po_buf_str(&text), text.len, &plain, NULL),
		    PO_OK);
		assert_int_equal(plain.len, len);
		if (len > 0)
			assert_memory_equal(plain.data, bytes, len);
	}
}

static void
decoding_appends(void **state)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);

	(void)state;
	po_buf_append_str(&out, "x=");
	assert_int_equal(po_b64url_decode("Zm9v", 4, &out, NULL), PO_OK);
	assert_string_equal(po_buf_str(&out), "x=foo");
}

static void
only_the_alphabet_is_taken(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);
		struct po_err err = { .status = PO_OK };
		const char text[4] = { 'A', (char)c, 'A', 'A' };
		int in_alphabet =
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_';

		assert_int_equal(po_b64url_decode(text, 4, &out, &err),
		    in_alphabet ? PO_OK : PO_E_TOKEN_MALFORMED);
		assert_int_equal(err.text[0] == '\0', in_alphabet);
	}
}

static void
malformed_text_is_refused(void **state)
{
	static const char *const cases[] = { "A", "AAAAA",
		"Zg==", "Zg=", "Zm8=", "Zh", "Zn", "Z_", "Zm9", "Zm-", "Zg\n",
		"\nZg", "Z g", "Zm9v\n", "Zm9v=", "=", "====", "Zm9vZ" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);

		assert_int_equal(
		    po_b64url_decode(cases[i], strlen(cases[i]), &out, NULL),
		    PO_E_TOKEN_MALFORMED);
	}
}

static void
more_than_the_buffer_takes_is_too_large(void **state)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(3);

	(void)state;
	assert_int_equal(po_b64url_decode("Zm9v", 4, &out, NULL), PO_OK);
	assert_int_equal(po_b64url_decode("Zg", 2, &out, NULL), PO_E_TOO_LARGE);
}

/* RFC 4648 10, and the two characters that base64url has not. */
static void
base64_has_padding(void **state)
{
	static const struct {
		const char *bytes, *text;
	} padded[] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xFB\xFF\xBF", "+/+/" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(padded); i++) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8);

		po_base64_encode(
		    padded[i].bytes, strlen(padded[i].bytes), &out);
		assert_string_equal(po_buf_str(&out), padded[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_and_decodes_the_vectors),
		cmocka_unit_test(round_trips_every_length_and_byte),
		cmocka_unit_test(decoding_appends),
		cmocka_unit_test(only_the_alphabet_is_taken),
		cmocka_unit_test(malformed_text_is_refused),
		cmocka_unit_test(more_than_the_buffer_takes_is_too_large),
		cmocka_unit_test(base64_has_padding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
