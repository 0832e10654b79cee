/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP exchanges as data.  See base/http.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/http.h"
#include "base/mem.h"

static void
a_fresh_request_has_a_url_of_its_own(void **state PO_UNUSED)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	char url[] = "https://a.example/token";

	assert_int_equal(po_http_request_init(&request, PO_HTTP_POST, url,
			     "token request", PO_HTTP_MAX_TOKEN, NULL),
	    PO_OK);
	url[8] = 'b';
	assert_string_equal(request.url, "https://a.example/token");
	assert_int_equal(request.method, PO_HTTP_POST);
	assert_null(request.authorization);
	assert_string_equal(request.what, "token request");
	assert_int_equal(request.response_max, PO_HTTP_MAX_TOKEN);
}

static void
a_request_body_has_a_maximum(void **state PO_UNUSED)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	char chunk[1024];

	assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
			     "https://a/", "x", 1, NULL),
	    PO_OK);
	memset(chunk, 'x', sizeof(chunk));
	for (size_t i = 0; i < PO_HTTP_MAX_REQUEST / sizeof(chunk); i++)
		po_buf_append(&request.body, chunk, sizeof(chunk));
	assert_int_equal(po_buf_check(&request.body, NULL), PO_OK);
	po_buf_append_char(&request.body, 'x');
	assert_int_equal(po_buf_check(&request.body, NULL), PO_E_TOO_LARGE);
}

static void
a_cleared_request_holds_nothing(void **state PO_UNUSED)
{
	static const struct po_http_request empty;
	struct po_http_request request = { 0 };

	assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
			     "https://a/", "x", 1, NULL),
	    PO_OK);
	request.authorization = po_str_dup("Basic c2VjcmV0");
	po_buf_append_str(&request.body, "client_secret=secret");
	po_http_request_clear(&request);
	assert_memory_equal(&request, &empty, sizeof(empty));
	po_http_request_clear(&request);
}

static void
a_cleared_response_holds_nothing(void **state PO_UNUSED)
{
	static const struct po_http_response empty;
	struct po_http_response response = {
		.status = 200,
		.media_type = "application/json",
		.retry_after_s = 5,
		.date_s = 1,
		.body = PO_BUF_INIT(100),
	};

	response.link = po_str_dup("<https://a.example/?page=2>; rel=next");
	po_buf_append_str(&response.body, "{\"access_token\":\"secret\"}");
	po_http_response_clear(&response);
	assert_memory_equal(&response, &empty, sizeof(empty));
	po_http_response_clear(&response);
}

static void
cache_control_within_floor_and_ceiling(void **state PO_UNUSED)
{
	static const struct {
		const char *header;
		int64_t lifetime_s;
	} cases[] = {
		{ NULL, 600 },
		{ "", 600 },
		{ "public", 600 },
		{ "max-age=900", 900 },
		{ "Public, MAX-AGE=900", 900 },
		{ "max-age=900,must-revalidate", 900 },
		{ "max-age=900, max-age=120", 120 },
		{ "max-age=120, max-age=900", 120 },
		{ "max-age=0", 60 },
		{ "max-age=1", 60 },
		{ "max-age=86400", 3600 },
		{ "max-age=99999999999999999999999", 3600 },
		{ "max-age=-1", 60 },
		{ "max-age=9x", 60 },
		{ "max-age=", 600 },
		{ "no-store", 60 },
		{ "max-age=900, no-cache", 60 },
		{ "no-cache, must-revalidate, no-transform, no-store", 60 },
		{ "no-transform, max-age=900", 900 },
		{ ", ,\t,", 600 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		if (po_http_lifetime_s(cases[i].header) != cases[i].lifetime_s)
			fail_msg("\"%s\": %lld", cases[i].header,
			    (long long)po_http_lifetime_s(cases[i].header));
}

static void
a_media_type_is_lower_case_and_without_parameters(void **state PO_UNUSED)
{
	static const struct {
		const char *content_type, *media_type;
	} cases[] = {
		{ NULL, "" },
		{ "", "" },
		{ "application/json", "application/json" },
		{ "Application/JSON; charset=utf-8", "application/json" },
		{ "application/jwt\t", "application/jwt" },
		{ "; charset=utf-8", "" },
		/* 63 bytes, and one more */
		{ "abcdefghijklmnopqrstuvwxyz/bcdefghijklmnopqrstuvwxyz"
		  "0123456789x",
		    "abcdefghijklmnopqrstuvwxyz/bcdefghijklmnopqrstuvwxyz"
		    "0123456789x" },
		{ "abcdefghijklmnopqrstuvwxyz/bcdefghijklmnopqrstuvwxyz"
		  "0123456789xy",
		    "" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_http_response response = { .media_type = "before" };

		po_http_response_type(&response, cases[i].content_type);
		assert_string_equal(response.media_type, cases[i].media_type);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_request_has_a_url_of_its_own),
		cmocka_unit_test(a_request_body_has_a_maximum),
		cmocka_unit_test(a_cleared_request_holds_nothing),
		cmocka_unit_test(a_cleared_response_holds_nothing),
		cmocka_unit_test(
		    a_media_type_is_lower_case_and_without_parameters),
		cmocka_unit_test(cache_control_within_floor_and_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
