/* SPDX-License-Identifier: BSD-2-Clause */
/* What an OAuth endpoint answered, and what of it may be shown. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/oauth_error.h"
#include "oauth_answer.h"

static void
busy_is_429_and_every_5xx_and_nothing_else(void **state PO_UNUSED)
{
	static const struct {
		int http_status;
		bool busy;
	} cases[] = { { 199, false }, { 200, false }, { 428, false },
		{ 429, true }, { 430, false }, { 499, false }, { 500, true },
		{ 503, true }, { 599, true }, { 600, false }, { 999, false } };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_http_response response = { .status =
							 cases[i].http_status };

		assert_int_equal(po_oauth_is_busy(&response), cases[i].busy);
	}
}

static void
foreign_is_whatever_does_not_start_as_an_object(void **state PO_UNUSED)
{
	static const struct {
		const char *body;
		bool foreign;
	} cases[] = { { "{}", false }, { " \t\r\n{", false }, { "", true },
		{ " \n", true }, { "<html>", true }, { "[{}]", true },
		{ "\"{\"", true }, { "\xEF\xBB\xBF{}", true },
		{ "\v{}", true } };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, cases[i].body);

		assert_int_equal(
		    po_oauth_is_foreign(&response), cases[i].foreign);
	}
}

/* Expects the text of the error in the body, ready to be shown. */
static void
check_text(const char *body, const char *text)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(400, JSON, body);
	struct po_oauth_error error;

	assert_int_equal(
	    po_oauth_read(&response, &document, &error, NULL), PO_OK);
	assert_string_equal(error.text, text);
}

static void
remote_text_becomes_one_line_with_our_quotes_around_it(void **state PO_UNUSED)
{
	check_text("{}", "");
	check_text("{\"error\":\"invalid_client\"}", "invalid_client");
	check_text("{\"error\":\"x\",\"error_description\":\"\"}", "\"x\"");
	check_text("{\"msg\":\"no\"}", "(\"no\")");
	/* Entra: CRLF; a tab and blanks are one blank, a leading one is none */
	check_text("{\"error\":\"x\",\"error_description\":"
		   "\"\\t one\\r\\ntwo \\t three\"}",
	    "\"x\" (\"one two three\")");
	check_text("{\"error\":\"a\\\"b\"}", "\"a'b\"");
	check_text("{\"error\":\"\\u001b[2J\\u202e\"}",
	    "\"\xEF\xBF\xBD[2J\xEF\xBF\xBD\"");
}

static void
long_remote_text_is_cut_between_characters(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(4096);
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);

	/* one byte, then characters of two: the last would end one past */
	po_buf_append_str(&body, "{\"error\":\"x");
	po_buf_append_str(&text, "\"x");
	for (size_t len = 1; len + 2 <= 4 * PO_OAUTH_ERROR_NAME_MAX; len += 2) {
		po_buf_append_str(&body, "\xC3\xBC");
		if (len + 2 <= PO_OAUTH_ERROR_NAME_MAX)
			po_buf_append_str(&text, "\xC3\xBC");
	}
	po_buf_append_str(&body, "\"}");
	po_buf_append_str(&text, "\"");
	check_text(po_buf_str(&body), po_buf_str(&text));
}

static void
what_stands_in_place_of_a_document_is_named(void **state PO_UNUSED)
{
	static const struct {
		int http_status;
		const char *media_type;
		const char *body;
		enum po_status status;
		const char *text;
	} cases[] = {
		{ 404, "", "gone", PO_E_DOCUMENT,
		    "HTTP status 404 with an unnamed media type instead of "
		    "JSON" },
		{ 404, "text/html", "<p>", PO_E_DOCUMENT,
		    "HTTP status 404 with text/html instead of JSON" },
		{ 401, "", "", PO_E_CLIENT_REFUSED,
		    "HTTP status 401 with an empty body - check client_id, "
		    "client_auth and the files it needs" },
		{ 429, "", "", PO_E_HTTP,
		    "HTTP status 429 with an empty body" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_response_clear)
		struct po_http_response response = make_answer(
		    cases[i].http_status, cases[i].media_type, cases[i].body);
		struct po_json *document = NULL;
		struct po_oauth_error error;
		struct po_err err = { 0 };

		assert_int_equal(
		    po_oauth_read(&response, &document, &error, &err),
		    cases[i].status);
		assert_string_equal(err.text, cases[i].text);
		assert_null(document);
		assert_int_equal(error.kind, PO_OAUTH_ERROR_NONE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busy_is_429_and_every_5xx_and_nothing_else),
		cmocka_unit_test(
		    foreign_is_whatever_does_not_start_as_an_object),
		cmocka_unit_test(
		    remote_text_becomes_one_line_with_our_quotes_around_it),
		cmocka_unit_test(long_remote_text_is_cut_between_characters),
		cmocka_unit_test(what_stands_in_place_of_a_document_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
