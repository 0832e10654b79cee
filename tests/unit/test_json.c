/* SPDX-License-Identifier: BSD-2-Clause */
/* The strict scanner, the values behind it, and the table-driven decoder. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "jose/json.h"
#include "jose/json_scan.h"

static struct po_json *
parse(const char *text)
{
	struct po_json *json = NULL;
	struct po_err err = { .status = PO_OK };

	if (po_json_parse(text, strlen(text), &json, &err) != PO_OK)
		fail_msg("%s: %s", text, err.text);
	return json;
}

/* Prints `text` again after parsing; equal text means nothing was lost. */
static void
assert_prints(const char *text, const char *expected)
{
	AUTO(po_json_free) struct po_json *json = parse(text);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);

	po_json_print(json, &out);
	assert_int_equal(po_buf_check(&out, NULL), PO_OK);
	assert_string_equal(po_buf_str(&out), expected);
}

static void
rfc_8259_documents_are_admitted(void **state)
{
	static const char *const cases[][2] = {
		{ "{}", "{}" },
		{ " [ ] ", "[]" },
		{ "null", "null" },
		{ "true", "true" },
		{ "\r\n\tfalse \n", "false" },
		{ "0", "0" },
		{ "-0", "0" },
		{ "42", "42" },
		{ "-1.5e-3", "-1.5e-3" },
		{ "1E+2", "1E+2" },
		{ "0.0", "0.0" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "1e307", "1e307" },
		{ "1e-9999", "1e-9999" },
		{ "\"\"", "\"\"" },
		{ "\"a\\/b\"", "\"a/b\"" },
		{ "\"\\\"\\\\\"", "\"\\\"\\\\\"" },
		{ "\"\\b\\f\\n\\r\\t\"",
		    "\"\\u0008\\u000c\\u000a\\u000d\\u0009\"" },
		{ "\"\\u00e9\\u20AC\\ud83d\\uDE00\"",
		    "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
		/* json-c 0.16 makes U+FFFD of this one (U+1DE00) */
		{ "\"\\ud837\\ude00\"", "\"\xF0\x9D\xB8\x80\"" },
		{ "\"\x7F\xC2\x9B\"", "\"\\u007f\\u009b\"" },
		{ "\"\xE2\x80\xAE\xEF\xBB\xBF\"", "\"\\u202e\\ufeff\"" },
		{ "\"\xF3\xA0\x80\x81\"", "\"\\udb40\\udc01\"" },
		{ "{\"\":1,\" \":2}", "{\"\":1,\" \":2}" },
		{ "{\"a\":{\"a\":{\"a\":[]}}}", "{\"a\":{\"a\":{\"a\":[]}}}" },
		{ "[{\"a\":1},{\"a\":1}]", "[{\"a\":1},{\"a\":1}]" },
		{ "[1,\"2\",null,[true]]", "[1,\"2\",null,[true]]" },
		{ "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}" },
		{ "{\"a\":1,\"A\":2}", "{\"a\":1,\"A\":2}" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_prints(cases[i][0], cases[i][1]);
}

#define LETTERS_64                                                             \
	"abcdefghijklmnopqrstuvwxyzabcdef"                                     \
	"abcdefghijklmnopqrstuvwxyzabcdef"

static void
everything_else_is_refused_with_place_and_reason(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "empty document" },
		{ " ", "expected a value at byte 1" },
		{ "{", "expected a string at byte 1" },
		{ "[", "expected a value at byte 1" },
		{ "[1", "expected \",\" or \"]\" at byte 2" },
		{ "[1,]", "expected a value at byte 3" },
		{ "[,1]", "expected a value at byte 1" },
		{ "[1 2]", "expected \",\" or \"]\" at byte 3" },
		{ "{\"a\":1,}", "expected a string at byte 7" },
		{ "{\"a\" 1}", "expected \":\" at byte 5" },
		{ "{\"a\":}", "expected a value at byte 5" },
		{ "{a:1}", "expected a string at byte 1" },
		{ "{'a':1}", "expected a string at byte 1" },
		{ "{1:1}", "expected a string at byte 1" },
		{ "{}x", "something behind the value at byte 2" },
		{ "{}{}", "something behind the value at byte 2" },
		{ "1 2", "something behind the value at byte 2" },
		{ "\xEF\xBB\xBF{}", "expected a value at byte 0" },
		{ "/**/{}", "expected a value at byte 0" },
		{ "[1//\n]", "expected \",\" or \"]\"" },
		{ "tru", "expected a value" },
		{ "True", "expected a value" },
		{ "nullx", "something behind" },
		{ "NaN", "expected a value" },
		{ "[-NaN]", "malformed number" },
		{ "Infinity", "expected a value" },
		{ "-Infinity", "malformed number" },
		{ "+1", "expected a value" },
		{ ".5", "expected a value" },
		{ "01", "malformed number" },
		{ "-01", "malformed number" },
		{ "1.", "malformed number" },
		{ "1.e5", "malformed number" },
		{ "1e", "malformed number" },
		{ "1e+", "malformed number" },
		{ "-", "malformed number" },
		{ "0x10", "something behind" },
		{ "1_000", "something behind" },
		{ "9223372036854775808", "integer beyond 64 bits" },
		{ "-9223372036854775809", "integer beyond 64 bits" },
		{ "100000000000000000000000000000", "integer beyond" },
		{ "1e308", "too large" },
		{ "1e400", "too large" },
		{ "-1e99999999999999999999999", "too large" },
		{ "10e307", "too large" },
		{ "\"a", "unterminated string at byte 0" },
		{ "\"a\\\"", "unterminated string" },
		{ "\"\\", "unknown escape at byte 1" },
		{ "\"\\x41\"", "unknown escape" },
		{ "\"\\'\"", "unknown escape" },
		{ "\"\\u12\"", "malformed \\u escape" },
		{ "\"\\u12G4\"", "malformed \\u escape" },
		{ "\"\\u12g4\"", "malformed \\u escape" },
		{ "\"\\u\"", "malformed \\u escape" },
		{ "\"a\\u0000b\"", "U+0000 in a string at byte 2" },
		{ "{\"a\\u0000b\":1}", "U+0000" },
		{ "\"\\ud800\"", "lone surrogate" },
		{ "\"\\ud800\\n\"", "lone surrogate" },
		{ "\"\\ud800\\ud800\"", "lone surrogate" },
		{ "\"\\ud800\\ue000\"", "lone surrogate" },
		{ "\"\\ud800\\u12\"", "lone surrogate" },
		{ "\"\\udc00\"", "lone surrogate" },
		{ "\"a\tb\"", "control character in a string at byte 2" },
		{ "\"a\nb\"", "control character" },
		{ "\"\x01\"", "control character" },
		{ "\"\xFF\"", "malformed UTF-8" },
		{ "\"\xC0\x80\"", "malformed UTF-8" },
		{ "\"\xED\xA0\x80\"", "malformed UTF-8" },
		{ "\"\xE2\x82\"", "malformed UTF-8" },
		{ "{\"a\":1,\"a\":1}", "member \"a\" twice" },
		{ "{\"a\":1,\"\\u0061\":2}", "member \"a\" twice" },
		{ "{\"\":1,\"\":2}", "member \"\" twice" },
		{ "{\"" LETTERS_64 "x\":1,\"" LETTERS_64 "x\":1}",
		    "member \"" LETTERS_64 "\" twice in one object" },
		{ "[{\"x\":{\"a\":1,\"b\":1,\"a\":1}}]", "\"a\" twice" },
		{ "{\"\xC3\xA9\":1,\"\\u00e9\":2}", "twice" },
		{ "{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":2}", "twice" },
		{ "{\"\\u20ac\\/\":1,\"\xE2\x82\xAC/\":2}", "twice" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_json *json = NULL;
		struct po_err err = { .status = PO_OK };

		assert_int_equal(po_json_parse(cases[i].text,
				     strlen(cases[i].text), &json, &err),
		    PO_E_DOCUMENT);
		assert_null(json);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].text,
			    cases[i].says, err.text);
	}
}

static void
raw_nul_and_cut_documents_are_refused(void **state)
{
	static const char text[] = "{\"a\":[1,{\"b\":\"\\u00e9\"}],\"c\":-1.5}";
	struct po_json *json = NULL;

	(void)state;
	assert_int_equal(po_json_parse("{}\0", 3, &json, NULL), PO_E_DOCUMENT);
	assert_int_equal(
	    po_json_parse("\"a\0b\"", 5, &json, NULL), PO_E_DOCUMENT);
	assert_int_equal(po_json_parse("1\0", 2, &json, NULL), PO_E_DOCUMENT);
	assert_int_equal(
	    po_json_parse("\"\\\0\"", 4, &json, NULL), PO_E_DOCUMENT);
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(
		    po_json_parse(text, len, &json, NULL), PO_E_DOCUMENT);
	assert_null(json);
	assert_prints(text, "{\"a\":[1,{\"b\":\"\xC3\xA9\"}],\"c\":-1.5}");
}

/* json-c counts in int: nothing of such a text may be touched. */
static void
a_document_beyond_what_json_c_can_count_is_not_read(void **state)
{
	struct po_json *json = NULL;
	struct po_err err = { .status = PO_OK };

	(void)state;
	assert_int_equal(
	    po_json_parse("{}", (size_t)INT32_MAX / 4 + 1, &json, &err),
	    PO_E_DOCUMENT);
	assert_string_equal(err.text, "536870912 bytes");
	assert_null(json);
}

/* Parsers differ on numbers no double can hold, however they are written. */
static void
digits_before_the_point_are_bounded(void **state)
{
	static const struct {
		size_t digits;
		const char *rest;
		enum po_status status;
	} cases[] = { { 308, ".0", PO_OK }, { 309, ".0", PO_E_DOCUMENT },
		{ 309, "e-9", PO_E_DOCUMENT }, { 308, "e0", PO_OK },
		{ 308, "e1", PO_E_DOCUMENT } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(400);
		AUTO(po_json_free) struct po_json *json = NULL;

		for (size_t n = 0; n < cases[i].digits; n++)
			po_buf_append_char(&text, '1');
		po_buf_append_str(&text, cases[i].rest);
		assert_int_equal(
		    po_json_parse(text.data, text.len, &json, NULL),
		    cases[i].status);
	}
}

static void
depth_is_bounded(void **state)
{
	(void)state;
	for (int depth = 1; depth <= PO_JSON_DEPTH_MAX + 1; depth++) {
		char text[4 * PO_JSON_DEPTH_MAX] = "";
		AUTO(po_json_free) struct po_json *json = NULL;

		memset(text, '[', (size_t)depth);
		text[depth] = '7';
		memset(text + depth + 1, ']', (size_t)depth);
		assert_int_equal(po_json_parse(text, strlen(text), &json, NULL),
		    depth <= PO_JSON_DEPTH_MAX ? PO_OK : PO_E_DOCUMENT);
	}
}

/* A MiB of members in one object: sorted, not compared each with each. */
static void
one_object_with_100000_members(void **state)
{
	enum {
		COUNT = 100000
	};
	size_t size = COUNT * 12 + 3;
	char *text = malloc(size);
	size_t len = 1, values = 0;
	struct po_err err = { .status = PO_OK };
	AUTO(po_json_free) struct po_json *json = NULL;

	(void)state;
	text[0] = '{';
	for (unsigned i = 0; i < COUNT; i++)
		len += (size_t)snprintf(text + len, size - len, "\"%06x\":%u,",
		    i * 7919 % COUNT, i % 10);
	text[len - 1] = '}';
	assert_int_equal(po_json_parse(text, len, &json, NULL), PO_OK);
	/* the last name equal to the first */
	memcpy(text + len - 11, text + 1, 8);
	assert_int_equal(po_json_scan(text, len, &values, &err), PO_E_DOCUMENT);
	assert_non_null(strstr(err.text, "member \"000000\" twice"));
	free(text);
}

static void
values_tell_their_types(void **state)
{
	static const struct {
		const char *name;
		enum po_json_type type;
		const char *type_name;
	} cases[] = {
		{ "n", PO_JSON_NULL, "null" },
		{ "t", PO_JSON_BOOL, "boolean" },
		{ "i", PO_JSON_INT, "integer" },
		{ "d", PO_JSON_DOUBLE, "number" },
		{ "s", PO_JSON_STRING, "string" },
		{ "a", PO_JSON_ARRAY, "array" },
		{ "o", PO_JSON_OBJECT, "object" },
	};
	AUTO(po_json_free)
	struct po_json *json = parse("{\"n\":null,\"t\":true,\"i\":7,"
				     "\"d\":7.0,\"s\":\"\\u00e9\\n\",\"a\":[7],"
				     "\"o\":{\"x\":7}}");

	size_t length = 0;

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_json *value =
		    po_json_member(json, cases[i].name);
		size_t len = 99;
		int64_t number = 99;
		bool yes = false;

		assert_non_null(value);
		assert_int_equal(po_json_type(value), cases[i].type);
		assert_string_equal(
		    po_json_type_name(value), cases[i].type_name);
		assert_int_equal(po_json_string(value, &len) != NULL,
		    cases[i].type == PO_JSON_STRING);
		assert_int_equal(po_json_int(value, &number),
		    cases[i].type == PO_JSON_INT ||
			cases[i].type == PO_JSON_DOUBLE);
		assert_int_equal(
		    po_json_bool(value, &yes), cases[i].type == PO_JSON_BOOL);
		assert_int_equal(po_json_array_len(value),
		    cases[i].type == PO_JSON_ARRAY ? 1 : 0);
		assert_int_equal(po_json_member(value, "x") != NULL,
		    cases[i].type == PO_JSON_OBJECT);
		assert_null(po_json_array_at(value, 1));
	}
	assert_string_equal(
	    po_json_string(po_json_member(json, "s"), &length), "\xC3\xA9\n");
	assert_int_equal(length, 3);
	assert_null(po_json_member(json, "absent"));
	assert_null(po_json_member(json, ""));
}

static void
whole_numbers_only_when_exact(void **state)
{
	static const struct {
		const char *text;
		bool is_int;
		int64_t value;
	} cases[] = {
		{ "-5", true, -5 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "300.0", true, 300 },
		{ "3e2", true, 300 },
		{ "-0.0", true, 0 },
		{ "9007199254740991.0", true, 9007199254740991 },
		{ "9007199254740993.0", false, 0 },
		{ "1e300", false, 0 },
		{ "-1e300", false, 0 },
		{ "1.5", false, 0 },
		{ "1e-3", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_json_free) struct po_json *json = parse(cases[i].text);
		int64_t value = 0;

		assert_int_equal(po_json_int(json, &value), cases[i].is_int);
		assert_int_equal(value, cases[i].value);
	}
}

static bool
append_name(void *arg, const char *name, const struct po_json *value)
{
	po_buf_append_str(arg, name);
	po_buf_append_str(arg, po_json_type(value) == PO_JSON_NULL ? "?" : "!");
	return strcmp(name, "stop") != 0;
}

static void
members_come_in_document_order_until_stopped(void **state)
{
	AUTO(po_json_free)
	struct po_json *json =
	    parse("{\"z\":1,\"a\":null,\"stop\":2,\"never\":3}");
	AUTO(po_buf_clear) struct po_buf names = PO_BUF_INIT(64);

	(void)state;
	po_json_each_member(json, append_name, &names);
	assert_string_equal(po_buf_str(&names), "z!a?stop!");
}

static void
merging_fills_gaps_in_objects_and_never_replaces(void **state)
{
	AUTO(po_json_free)
	struct po_json *base = parse("{\"sub\":\"1\",\"x\":null,\"l\":[1]}");
	AUTO(po_json_free)
	struct po_json *extra = parse("{\"sub\":\"2\",\"x\":5,\"name\":\"Z\","
				      "\"n\":null,\"d\":1.50}");
	AUTO(po_json_free) struct po_json *merged = NULL;
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(256);
	const struct po_json *list;
	struct po_json *none = NULL;

	(void)state;
	assert_int_equal(po_json_merge(base, extra, &merged, NULL), PO_OK);
	/* independent of both, and freeing them wipes them */
	po_json_free(&base);
	po_json_free(&extra);
	po_json_print(merged, &text);
	assert_string_equal(po_buf_str(&text),
	    "{\"sub\":\"1\",\"x\":null,\"l\":[1],\"name\":\"Z\",\"n\":null,"
	    "\"d\":1.50}");
	list = po_json_member(merged, "l");
	assert_int_equal(
	    po_json_merge(merged, list, &none, NULL), PO_E_DOCUMENT);
	assert_int_equal(
	    po_json_merge(list, merged, &none, NULL), PO_E_DOCUMENT);
	assert_null(none);
}

struct decoded {
	char *code;
	char *url;
	int64_t expires_in;
	bool ok;
};

static enum po_status
decode(const char *text, struct decoded *out, struct po_err *err)
{
	const struct po_json_field fields[] = {
		{ "code", PO_JSON_FIELD_STRING, &out->code, true, 0, 8 },
		{ "url", PO_JSON_FIELD_URL, &out->url, false, 0, 0 },
		{ "expires_in", PO_JSON_FIELD_INT, &out->expires_in, false, 1,
		    3600 },
		{ "ok", PO_JSON_FIELD_BOOL, &out->ok, false, 0, 0 },
	};
	AUTO(po_json_free) struct po_json *json = parse(text);

	return po_json_decode(json, fields, PO_ARRAY_LEN(fields), err);
}

static void
decoder_reads_what_is_there(void **state)
{
	static const struct {
		const char *text;
		const char *url;
		int64_t expires_in;
		bool ok;
	} cases[] = {
		{ "{\"code\":\"c\"}", NULL, 77, false },
		{ "{\"code\":\"c\",\"url\":null,\"expires_in\":null,"
		  "\"ok\":null,\"other\":[{}]}",
		    NULL, 77, false },
		{ "{\"code\":\"c\",\"url\":\"https://a.example/\","
		  "\"expires_in\":300,\"ok\":true}",
		    "https://a.example/", 300, true },
		{ "{\"code\":\"c\",\"expires_in\":\"300\"}", NULL, 300, false },
		{ "{\"code\":\"c\",\"expires_in\":300.0}", NULL, 300, false },
		{ "{\"code\":\"c\",\"expires_in\":0}", NULL, 1, false },
		{ "{\"code\":\"c\",\"expires_in\":\"-5\"}", NULL, 1, false },
		{ "{\"code\":\"c\",\"expires_in\":9000000000}", NULL, 3600,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct decoded d = { NULL, NULL, 77, false };
		struct po_err err = { .status = PO_OK };

		if (decode(cases[i].text, &d, &err) != PO_OK)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_string_equal(d.code, "c");
		if (cases[i].url == NULL)
			assert_null(d.url);
		else
			assert_string_equal(d.url, cases[i].url);
		assert_int_equal(d.expires_in, cases[i].expires_in);
		assert_int_equal(d.ok, cases[i].ok);
		po_str_free(&d.code);
		po_str_free(&d.url);
	}
}

static void
decoder_names_the_member_that_is_wrong(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "[]", "array, not an object" },
		{ "null", "null, not an object" },
		{ "{}", "field \"code\" is missing" },
		{ "{\"code\":null}", "field \"code\" is missing" },
		{ "{\"code\":1}", "field \"code\" is integer, not a string" },
		{ "{\"code\":\"123456789\"}", "field \"code\" has 9 bytes" },
		{ "{\"code\":\"c\",\"url\":\"http://a.example/\"}",
		    "field \"url\" is not an https URL" },
		{ "{\"code\":\"c\",\"url\":[]}", "field \"url\" is array" },
		{ "{\"code\":\"c\",\"expires_in\":\"5m\"}",
		    "field \"expires_in\" is string, not a whole number" },
		{ "{\"code\":\"c\",\"expires_in\":1.5}",
		    "field \"expires_in\" is number" },
		{ "{\"code\":\"c\",\"expires_in\":true}", "is boolean" },
		{ "{\"code\":\"c\",\"ok\":\"true\"}",
		    "field \"ok\" is string, not a boolean" },
		{ "{\"code\":\"c\",\"ok\":1}", "field \"ok\" is integer" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct decoded d = { NULL, NULL, 77, false };
		struct po_err err = { .status = PO_OK };

		assert_int_equal(
		    decode(cases[i].text, &d, &err), PO_E_DOCUMENT);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].text,
			    cases[i].says, err.text);
		assert_int_equal(d.expires_in, 77);
		po_str_free(&d.code);
		po_str_free(&d.url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_8259_documents_are_admitted),
		cmocka_unit_test(
		    everything_else_is_refused_with_place_and_reason),
		cmocka_unit_test(raw_nul_and_cut_documents_are_refused),
		cmocka_unit_test(
		    a_document_beyond_what_json_c_can_count_is_not_read),
		cmocka_unit_test(digits_before_the_point_are_bounded),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(one_object_with_100000_members),
		cmocka_unit_test(values_tell_their_types),
		cmocka_unit_test(whole_numbers_only_when_exact),
		cmocka_unit_test(members_come_in_document_order_until_stopped),
		cmocka_unit_test(
		    merging_fills_gaps_in_objects_and_never_replaces),
		cmocka_unit_test(decoder_reads_what_is_there),
		cmocka_unit_test(decoder_names_the_member_that_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
