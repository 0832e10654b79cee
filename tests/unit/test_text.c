/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict parsing and safe rendering of text.  See base/text.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "base/text.h"

#define FFFD "\xEF\xBF\xBD"

/* A string literal with its length, NUL bytes inside included. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void
parse_int_takes_decimal_integers_within_bounds(void **state PO_UNUSED)
{
	static const struct {
		const char *text;
		int64_t min, max, value;
	} good[] = {
		{ "0", 0, 0, 0 },
		{ "-0", 0, 0, 0 },
		{ "007", 0, 9, 7 },
		{ "-5", -5, 5, -5 },
		{ "5", -5, 5, 5 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN },
		{ "-9223372036854775807", INT64_MIN, INT64_MAX, -INT64_MAX },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++) {
		int64_t out = 99;

		assert_true(po_text_parse_int(
		    good[i].text, good[i].min, good[i].max, &out));
		assert_true(out == good[i].value);
	}
}

static void
parse_int_refuses_everything_else_and_leaves_out_alone(void **state PO_UNUSED)
{
	static const char *const bad[] = { "", "-", "--1", "+1", " 1", "1 ",
		"1\n", "1x", "x1", "0x10", "1.0", "1e3", "1_000", "\xD9\xA1",
		"9223372036854775808", "-9223372036854775809",
		"18446744073709551616", "92233720368547758070",
		"99999999999999999999999999999999999999" };
	int64_t out = 99;

	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		assert_false(
		    po_text_parse_int(bad[i], INT64_MIN, INT64_MAX, &out));
	assert_false(po_text_parse_int("6", -5, 5, &out));
	assert_false(po_text_parse_int("-6", -5, 5, &out));
	assert_true(out == 99);
}

static void
parse_bool_knows_yes_and_no_only(void **state PO_UNUSED)
{
	static const char *const bad[] = { "", "Yes", "NO", "true", "1", "0",
		"on", "yes ", " no", "y", "noo" };
	bool out = false;

	assert_true(po_text_parse_bool("yes", &out));
	assert_true(out);
	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		assert_false(po_text_parse_bool(bad[i], &out));
	assert_true(out);
	assert_true(po_text_parse_bool("no", &out));
	assert_false(out);
}

static void
parse_seconds_understands_its_units(void **state PO_UNUSED)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{ "0", 0 },
		{ "90", 90 },
		{ "90s", 90 },
		{ "15m", 900 },
		{ "2h", 7200 },
		{ "3d", 259200 },
		{ "9223372036854775807", INT64_MAX },
		{ "106751991167300d", INT64_C(106751991167300) * 86400 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++) {
		int64_t out = 99;

		assert_true(
		    po_text_parse_seconds(good[i].text, 0, INT64_MAX, &out));
		assert_true(out == good[i].value);
	}
}

static void
parse_seconds_refuses_other_units_and_overflow(void **state PO_UNUSED)
{
	static const char *const bad[] = { "", "s", "m", "15mm", "1m30s",
		"15 m", "15M", "1w", "-1", "-1m", "1.5h", "106751991167301d",
		"9223372036854775808", "000000000000000000000001s" };
	int64_t out = 99;

	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		assert_false(
		    po_text_parse_seconds(bad[i], INT64_MIN, INT64_MAX, &out));
	assert_false(po_text_parse_seconds("59s", 60, 3600, &out));
	assert_false(po_text_parse_seconds("61m", 60, 3600, &out));
	assert_true(out == 99);
	assert_true(po_text_parse_seconds("1m", 60, 3600, &out));
	assert_true(out == 60);
	assert_true(po_text_parse_seconds("1h", 60, 3600, &out));
	assert_true(out == 3600);
}

/* RFC 3629 section 4; each class of malformed sequence once. */
static const struct {
	const char *bytes;
	size_t len;
	bool good;
} utf8[] = {
	{ BYTES(""), true },
	{ BYTES("plain"), true },
	{ BYTES("a\0b"), true },
	{ BYTES("\xC2\x80"), true },
	{ BYTES("\xDF\xBF"), true },
	{ BYTES("\xE0\xA0\x80"), true },
	{ BYTES("\xED\x9F\xBF"), true },
	{ BYTES("\xEE\x80\x80"), true },
	{ BYTES("\xEF\xBF\xBF"), true },
	{ BYTES("\xF0\x90\x80\x80"), true },
	{ BYTES("\xF4\x8F\xBF\xBF"), true },
	/* a continuation byte, and bytes that are never used */
	{ BYTES("\x80"), false },
	{ BYTES("\xBF"), false },
	{ BYTES("\xC0\x80"), false },
	{ BYTES("\xC1\xBF"), false },
	{ BYTES("\xF5\x80\x80\x80"), false },
	{ BYTES("\xFE"), false },
	{ BYTES("\xFF"), false },
	/* overlong */
	{ BYTES("\xE0\x80\xAF"), false },
	{ BYTES("\xE0\x9F\xBF"), false },
	{ BYTES("\xF0\x8F\xBF\xBF"), false },
	/* surrogates, and past U+10FFFF */
	{ BYTES("\xED\xA0\x80"), false },
	{ BYTES("\xED\xBF\xBF"), false },
	{ BYTES("\xF4\x90\x80\x80"), false },
	/* cut short, by the end and by another character */
	{ BYTES("\xC2"), false },
	{ BYTES("\xE2\x82"), false },
	{ BYTES("\xF0\x9F\x98"), false },
	{ BYTES("\xC2 "), false },
	{ BYTES("\xE2\x82 "), false },
	{ BYTES("\xF0\x9F\x98 "), false },
	{ BYTES("\xC2\xC2\x80"), false },
};

static void
utf8_is_what_rfc_3629_says(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(utf8); i++) {
		char framed[16] = "ab";
		size_t len = utf8[i].len;

		assert_int_equal(
		    po_text_is_utf8(utf8[i].bytes, len), utf8[i].good);
		memcpy(framed + 2, utf8[i].bytes, len);
		memcpy(framed + 2 + len, "cd", 2);
		assert_int_equal(
		    po_text_is_utf8(framed, len + 4), utf8[i].good);
	}
}

static void
check_printable(
    const char *in, size_t len, size_t max_chars, const char *expected)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);

	po_text_printable(&out, in, len, max_chars);
	assert_int_equal(po_buf_check(&out, NULL), PO_OK);
	assert_string_equal(po_buf_str(&out), expected);
	if (max_chars >= len) /* nothing was cut */
		assert_int_equal(po_text_is_printable(in, len),
		    out.len == len && memcmp(po_buf_str(&out), in, len) == 0);
}

static void
printable_keeps_text_of_all_scripts(void **state PO_UNUSED)
{
	static const char *const kept[] = { "", " ~", "alice@example.com",
		"J\xC3\xBCrgen \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x98\x80",
		"\xC2\xA0", "\xE2\x80\xAF", FFFD,
		/* the planes on both sides of the tags */
		"\xF0\xAF\xA8\x9D", "\xF3\xB0\x80\x80" };

	for (size_t i = 0; i < PO_ARRAY_LEN(kept); i++)
		check_printable(kept[i], strlen(kept[i]), 100, kept[i]);
}

static void
printable_replaces_every_c0_c1_and_del(void **state PO_UNUSED)
{
	for (unsigned c = 0; c < 0x20; c++) {
		char text[] = { 'a', (char)c, 'b' };

		check_printable(text, 3, 100, "a" FFFD "b");
	}
	check_printable(BYTES("\x7F"), 100, FFFD);
	for (unsigned c = 0x80; c < 0xA0; c++) {
		char text[] = { '\xC2', (char)c };

		check_printable(text, 2, 100, FFFD);
	}
}

static void
printable_replaces_what_hides_or_reorders(void **state PO_UNUSED)
{
	static const char *const unsafe[] = {
		"\xC2\xAD",         /* soft hyphen */
		"\xD8\x9C",         /* arabic letter mark */
		"\xE1\xA0\x8E",     /* mongolian vowel separator */
		"\xE2\x80\x8B",     /* zero width space */
		"\xE2\x80\x8D",     /* zero width joiner */
		"\xE2\x80\x8E",     /* left-to-right mark */
		"\xE2\x80\xA8",     /* line separator */
		"\xE2\x80\xA9",     /* paragraph separator */
		"\xE2\x80\xAA",     /* left-to-right embedding */
		"\xE2\x80\xAE",     /* right-to-left override */
		"\xE2\x81\xA0",     /* word joiner */
		"\xE2\x81\xA6",     /* left-to-right isolate */
		"\xE2\x81\xA9",     /* pop directional isolate */
		"\xEF\xBB\xBF",     /* byte order mark */
		"\xEF\xBF\xB9",     /* interlinear annotation */
		"\xF3\xA0\x80\x81", /* language tag */
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(unsafe); i++)
		check_printable(unsafe[i], strlen(unsafe[i]), 100, FFFD);
}

static void
printable_replaces_each_stray_byte(void **state PO_UNUSED)
{
	check_printable(BYTES("\xFF\xFEz"), 100, FFFD FFFD "z");
	check_printable(BYTES("\xE2\x82"), 100, FFFD FFFD);
	check_printable(BYTES("\xE2\x82z"), 100, FFFD FFFD "z");
	check_printable(BYTES("\xED\xA0\x80"), 100, FFFD FFFD FFFD);
}

static void
printable_disarms_an_escape_sequence(void **state PO_UNUSED)
{
	check_printable(BYTES("\x1B]0;owned\x07\x1B[2J\r\nroot"), 100,
	    FFFD "]0;owned" FFFD FFFD "[2J" FFFD FFFD "root");
}

static void
printable_counts_characters_and_shows_the_cut(void **state PO_UNUSED)
{
	check_printable(BYTES("abc"), 3, "abc");
	check_printable(BYTES("abcd"), 3, "abc...");
	check_printable(
	    BYTES("\xC3\xBC\xC3\xBC\xC3\xBC"), 2, "\xC3\xBC\xC3\xBC...");
	check_printable(BYTES("\xFF\xFF\xFF"), 2, FFFD FFFD "...");
	check_printable(BYTES("a"), 0, "...");
	check_printable(BYTES(""), 0, "");
}

static void
printable_appends_behind_what_is_there(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8);

	po_buf_append_str(&out, "ab");
	po_text_printable(&out, "cd", 2, 10);
	assert_string_equal(po_buf_str(&out), "abcd");
	po_text_printable(&out, "12345", 5, 10);
	assert_int_equal(po_buf_check(&out, NULL), PO_E_TOO_LARGE);
}

static void
check_field(const char *value, const char *expected)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8192);

	po_text_log_field(&out, "k", value);
	assert_int_equal(po_buf_check(&out, NULL), PO_OK);
	assert_string_equal(po_buf_str(&out), expected);
}

static void
log_field_quotes_only_where_needed(void **state PO_UNUSED)
{
	check_field("alice", "k=alice");
	check_field("https://a.example:8443/x@y+z", "k=https://a.example:8443/"
						    "x@y+z");
	check_field("", "k=\"\"");
	check_field("a b", "k=\"a b\"");
	check_field("a=b", "k=\"a=b\"");
	check_field("\"", "k=\"\\\"\"");
	check_field("a\\b", "k=\"a\\\\b\"");
	check_field("\xC3\xBC", "k=\"\xC3\xBC\"");
}

static void
log_field_cannot_start_another_field_or_line(void **state PO_UNUSED)
{
	check_field("x\" result=granted user=\"root",
	    "k=\"x\\\" result=granted user=\\\"root\"");
	check_field("x\nresult=granted", "k=\"x" FFFD "result=granted\"");
	check_field("x\\\" y=z", "k=\"x\\\\\\\" y=z\"");
}

static void
log_field_cuts_long_values(void **state PO_UNUSED)
{
	char value[300], expected[300];

	memset(value, 'v', sizeof(value));
	value[256] = '\0';
	memcpy(expected, "k=", 2);
	memcpy(expected + 2, value, 257);
	check_field(value, expected);
	value[256] = 'v';
	value[299] = '\0';
	memcpy(expected + 2 + 256, "...", 4);
	check_field(value, expected);
}

static void
log_field_has_room_for_the_widest_values(void **state PO_UNUSED)
{
	static const char wide[] = "\xF0\x9F\x98\x80";
	char value[4 * 257 + 1];
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8192);

	for (size_t i = 0; i < 257; i++)
		memcpy(value + 4 * i, wide, 4);
	value[4 * 257] = '\0';
	po_text_log_field(&out, "k", value);
	assert_int_equal(po_buf_check(&out, NULL), PO_OK);
	assert_int_equal(out.len, strlen("k=\"\"...") + 4 * 256);
}

static void
log_fields_are_separated_by_one_blank(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(100);

	po_text_log_field(&out, "a", "1");
	po_text_log_field(&out, "b", "2 3");
	po_text_log_field(&out, "c", "4");
	assert_string_equal(po_buf_str(&out), "a=1 b=\"2 3\" c=4");
}

static void
form_encode_follows_rfc_6749_appendix_b(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1000);

	/* the example of the appendix: U+0020 U+0025 U+0026 U+002B U+00A3
	 * U+20AC */
	po_text_form_encode(&out, BYTES(" %&+\xC2\xA3\xE2\x82\xAC"));
	assert_string_equal(po_buf_str(&out), "+%25%26%2B%C2%A3%E2%82%AC");
	po_buf_clear(&out);
	po_text_form_encode(&out, BYTES("azAZ09-._*~!\0\xFF"));
	assert_string_equal(po_buf_str(&out), "azAZ09-._*%7E%21%00%FF");
}

static void
form_fields_are_joined_and_cannot_be_injected(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1000);

	po_text_form_field(&out, "grant_type", "urn:a");
	po_text_form_field(&out, "scope", "openid profile");
	po_text_form_field(&out, "client_id", "x&client_id=y");
	po_text_form_field(&out, "empty", "");
	po_text_form_field(&out, "absent", NULL);
	assert_string_equal(po_buf_str(&out),
	    "grant_type=urn%3Aa&scope=openid+profile&"
	    "client_id=x%26client_id%3Dy&empty=");
}

static void
https_urls_that_are_safe_to_show(void **state PO_UNUSED)
{
	static const char *const good[] = { "https://a", "https://a/",
		"https://sso.example.com/device?user_code=WDJB-MJHT",
		"https://sso.example.com:8443/realms/staff/",
		"https://[2001:db8::1]/d", "https://a?x=@b", "https://a/@b",
		"https://a/%E2%82%AC;x=1,(2)'!$*+" };

	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++)
		assert_true(po_text_is_https_url(good[i]));
}

static void
https_urls_with_anything_odd_are_refused(void **state PO_UNUSED)
{
	static const char *const bad[] = { "", "https", "https:/", "https://",
		"https:///x", "https://?x", "https://:443/", "http://a/",
		"HTTPS://a/", "ftp://a/", "//a/", "a.example/", " https://a/",
		"https://a/ ", "https://a/b c", "https://a/\n",
		"https://a/\x1B[2J", "https://a/\x7F", "https://a/\xC3\xBC",
		"https://a/\xE2\x80\xAEx", "https://user@a/",
		"https://user:pass@a/", "https://good.example@evil/",
		"https://good.example:443@evil/", "https://a/#x", "https://a#",
		"https://a\\@evil/", "https://a/\"x", "https://a/<x>",
		"https://a/`x`", "https://a/{x}", "https://a/x|y",
		"https://a/^", "javascript:alert(1)//https://a" };

	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		assert_false(po_text_is_https_url(bad[i]));
}

static void
https_urls_have_a_longest(void **state PO_UNUSED)
{
	char url[PO_URL_MAX + 2];

	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	url[PO_URL_MAX] = '\0';
	assert_true(po_text_is_https_url(url));
	url[PO_URL_MAX] = 'a';
	url[PO_URL_MAX + 1] = '\0';
	assert_false(po_text_is_https_url(url));
}

static void
url_port_is_the_one_named_or_443(void **state PO_UNUSED)
{
	static const struct {
		const char *url;
		uint16_t port; /* 0: none */
	} cases[] = {
		{ "https://sso.example.com", 443 },
		{ "https://sso.example.com/a:1/b?c:2#d:3", 443 },
		{ "https://sso.example.com:8443", 8443 },
		{ "https://sso.example.com:8443/", 8443 },
		{ "https://sso.example.com:8443?x", 8443 },
		{ "https://sso.example.com:/", 443 }, /* RFC 3986 3.2.3 */
		{ "http://proxy.example.com:3128", 3128 },
		{ "https://[2001:db8::1]", 443 },
		{ "https://[2001:db8::1]:1/", 1 },
		{ "https://h:65535", 65535 },
		{ "https://h:65536", 0 },
		{ "https://h:0", 0 },
		{ "https://h:-1", 0 },
		{ "https://h:8443x", 0 },
		{ "https://h:0000443", 0 },
		{ "sso.example.com:8443", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		uint16_t port = 0;
		bool found = po_text_url_port(cases[i].url, &port);

		if (found != (cases[i].port != 0) ||
		    (found && port != cases[i].port))
			fail_msg("%s: %u", cases[i].url, (unsigned)port);
	}
}

static void
words_are_whole_words(void **state PO_UNUSED)
{
	static const char list[] = "openid  email,groups ";

	assert_true(po_text_has_word(list, " ,", "openid", 6));
	assert_true(po_text_has_word(list, " ,", "groups", 6));
	assert_true(po_text_has_word(list, " ", "email,groups", 12));
	assert_false(po_text_has_word(list, " ", "groups", 6));
	assert_false(po_text_has_word(list, " ,", "open", 4));
	assert_false(po_text_has_word(list, " ,", "openids", 7));
	assert_false(po_text_has_word("", " ", "openid", 6));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    parse_int_takes_decimal_integers_within_bounds),
		cmocka_unit_test(
		    parse_int_refuses_everything_else_and_leaves_out_alone),
		cmocka_unit_test(parse_bool_knows_yes_and_no_only),
		cmocka_unit_test(words_are_whole_words),
		cmocka_unit_test(parse_seconds_understands_its_units),
		cmocka_unit_test(
		    parse_seconds_refuses_other_units_and_overflow),
		cmocka_unit_test(utf8_is_what_rfc_3629_says),
		cmocka_unit_test(printable_keeps_text_of_all_scripts),
		cmocka_unit_test(printable_replaces_every_c0_c1_and_del),
		cmocka_unit_test(printable_replaces_what_hides_or_reorders),
		cmocka_unit_test(printable_replaces_each_stray_byte),
		cmocka_unit_test(printable_disarms_an_escape_sequence),
		cmocka_unit_test(printable_counts_characters_and_shows_the_cut),
		cmocka_unit_test(printable_appends_behind_what_is_there),
		cmocka_unit_test(log_field_quotes_only_where_needed),
		cmocka_unit_test(log_field_cannot_start_another_field_or_line),
		cmocka_unit_test(log_field_cuts_long_values),
		cmocka_unit_test(log_field_has_room_for_the_widest_values),
		cmocka_unit_test(log_fields_are_separated_by_one_blank),
		cmocka_unit_test(form_encode_follows_rfc_6749_appendix_b),
		cmocka_unit_test(form_fields_are_joined_and_cannot_be_injected),
		cmocka_unit_test(https_urls_that_are_safe_to_show),
		cmocka_unit_test(https_urls_with_anything_odd_are_refused),
		cmocka_unit_test(https_urls_have_a_longest),
		cmocka_unit_test(url_port_is_the_one_named_or_443),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
