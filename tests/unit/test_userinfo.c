/* SPDX-License-Identifier: BSD-2-Clause */
/* Userinfo may add to the ID token of the same person, and nothing else. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/userinfo.h"
#include "oauth_answer.h"

#define ENDPOINT "https://sso.example.com/userinfo"

static void
request_carries_the_access_token_as_bearer(void **state PO_UNUSED)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(
	    po_userinfo_request(ENDPOINT, "eyJ.a-_~+/=", &request, NULL),
	    PO_OK);
	assert_int_equal(request.method, PO_HTTP_GET);
	assert_string_equal(request.url, ENDPOINT);
	assert_string_equal(request.authorization, "Bearer eyJ.a-_~+/=");
	assert_int_equal(request.body.len, 0);
}

static void
access_tokens_that_break_out_of_the_header_are_refused(void **state PO_UNUSED)
{
	static const char *const tokens[] = { "", "a b", "a\r\nX-Evil: 1",
		"a\n", "a\x7F", "\xC3\xA9" };

	for (size_t i = 0; i < PO_ARRAY_LEN(tokens); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		assert_int_equal(
		    po_userinfo_request(ENDPOINT, tokens[i], &request, NULL),
		    PO_E_DOCUMENT);
		assert_null(request.authorization);
	}
}

struct merge_case {
	const char *id_token;
	int http_status;
	const char *media_type;
	const char *body;
	enum po_status status;
	const char *text; /* the claims, or a part of the message */
};

static void
expect_merge(const struct merge_case *want)
{
	AUTO(po_json_free) struct po_json *id_token = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
	AUTO(po_http_response_clear)
	struct po_http_response response =
	    make_answer(want->http_status, want->media_type, want->body);
	const struct po_id_token_policy policy = {
		.issuer = "https://sso.example.com",
		.client_id = "linux-login",
		.algs = PO_ALG_ASYMMETRIC,
	};
	struct po_err err = { 0 };

	assert_int_equal(po_json_parse(want->id_token, strlen(want->id_token),
			     &id_token, NULL),
	    PO_OK);
	assert_int_equal(po_userinfo_merge(
			     id_token, &response, NULL, &policy, &claims, &err),
	    want->status);
	assert_int_equal(err.status, want->status);
	if (want->status != PO_OK) {
		assert_null(claims);
		if (strstr(err.text, want->text) == NULL)
			fail_msg("\"%s\" not in \"%s\"", want->text, err.text);
		assert_int_equal(
		    strncmp(err.text, "userinfo response: ", 19), 0);
		return;
	}
	po_json_print(claims, &text);
	assert_string_equal(po_buf_str(&text), want->text);
}

static void
expect_merges(const struct merge_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect_merge(&cases[i]);
}

static void
claims_are_added_and_never_replaced(void **state PO_UNUSED)
{
	static const struct merge_case cases[] = {
		{ "{\"sub\":\"1\",\"iss\":\"i\"}", 200, JSON,
		    "{\"sub\":\"1\",\"groups\":[\"a\"]}", PO_OK,
		    "{\"sub\":\"1\",\"iss\":\"i\",\"groups\":[\"a\"]}" },
		/* what is signed wins, even over null and empty */
		{ "{\"sub\":\"1\",\"groups\":[],\"email\":null}", 200, JSON,
		    "{\"sub\":\"1\",\"groups\":[\"root\"],\"email\":\"e\"}",
		    PO_OK, "{\"sub\":\"1\",\"groups\":[],\"email\":null}" },
		{ "{\"sub\":\"1\"}", 200, "application/vnd.x+json",
		    "{\"sub\":\"1\"}", PO_OK, "{\"sub\":\"1\"}" },
	};

	expect_merges(cases, PO_ARRAY_LEN(cases));
}

static void
a_sub_that_is_not_the_id_tokens_byte_for_byte_is_refused(void **state PO_UNUSED)
{
	static const struct merge_case cases[] = {
		{ "{\"sub\":\"1\"}", 200, JSON, "{\"sub\":\"2\"}",
		    PO_E_USERINFO_SUB,
		    "about another person: sub is \"2\", the ID token's is "
		    "\"1\" (OpenID Connect Core 5.3.2)" },
		{ "{\"sub\":\"1\"}", 200, JSON, "{}", PO_E_USERINFO_SUB,
		    "no sub" },
		{ "{\"sub\":\"1\"}", 200, JSON, "{\"sub\":null}",
		    PO_E_USERINFO_SUB, "no sub" },
		{ "{\"sub\":\"1\"}", 200, JSON, "{\"sub\":1}",
		    PO_E_USERINFO_SUB, "no sub" },
		{ "{\"sub\":\"\"}", 200, JSON, "{\"sub\":\"\"}",
		    PO_E_USERINFO_SUB, "no sub" },
		{ "{}", 200, JSON, "{\"sub\":\"1\"}", PO_E_USERINFO_SUB,
		    "no sub" },
		{ "{\"sub\":\"1\"}", 200, JSON, "{\"sub\":\"1 \"}",
		    PO_E_USERINFO_SUB, "another person" },
		{ "{\"sub\":\"a\"}", 200, JSON, "{\"sub\":\"A\"}",
		    PO_E_USERINFO_SUB, "another person" },
		{ "{\"sub\":\"ab\"}", 200, JSON, "{\"sub\":\"a\"}",
		    PO_E_USERINFO_SUB, "another person" },
	};

	expect_merges(cases, PO_ARRAY_LEN(cases));
}

static void
answers_that_are_not_200_and_json_are_refused(void **state PO_UNUSED)
{
	static const struct merge_case cases[] = {
		{ "{\"sub\":\"1\"}", 503, "text/html", "<html>", PO_E_HTTP,
		    "HTTP status 503" },
		/* signed: what that means is jwt.h's, and attack/'s */
		{ "{\"sub\":\"1\"}", 200, "application/jwt", "{\"sub\":\"1\"}",
		    PO_E_TOKEN_MALFORMED, "" },
		{ "{\"sub\":\"1\"}", 200, "application/jwt", "",
		    PO_E_TOKEN_MALFORMED, "" },
		{ "{\"sub\":\"1\"}", 200, "text/jwt", "a.b.c", PO_E_DOCUMENT,
		    "media type \"text/jwt\"" },
		{ "{\"sub\":\"1\"}", 200, "text/html", "{\"sub\":\"1\"}",
		    PO_E_DOCUMENT, "media type \"text/html\"" },
		{ "{\"sub\":\"1\"}", 200, JSON, "[\"sub\"]", PO_E_DOCUMENT,
		    "not a JSON object" },
		{ "{\"sub\":\"1\"}", 200, JSON, "", PO_E_DOCUMENT,
		    "not a JSON object" },
		{ "{\"sub\":\"1\"}", 200, JSON, "{\"sub\":\"2\",\"sub\":\"1\"}",
		    PO_E_DOCUMENT, "" },
		{ "{\"sub\":\"1\"}", 200, JSON, "{\"sub\":\"1\\u0000\"}",
		    PO_E_DOCUMENT, "" },
	};

	expect_merges(cases, PO_ARRAY_LEN(cases));
}

/* Core 5.1: verified was the address that userinfo has. */
static void
attack_email_verified_of_another_address(void **state PO_UNUSED)
{
	static const struct merge_case cases[] = {
		{ "{\"sub\":\"1\",\"email\":\"root@a\"}", 200, JSON,
		    "{\"sub\":\"1\",\"email\":\"eve@a\","
		    "\"email_verified\":true}",
		    PO_OK,
		    "{\"sub\":\"1\",\"email\":\"root@a\","
		    "\"email_verified\":null}" },
		{ "{\"sub\":\"1\",\"email\":\"root@a\"}", 200, JSON,
		    "{\"sub\":\"1\",\"email_verified\":true}", PO_OK,
		    "{\"sub\":\"1\",\"email\":\"root@a\","
		    "\"email_verified\":null}" },
		{ "{\"sub\":\"1\",\"email_verified\":true}", 200, JSON,
		    "{\"sub\":\"1\",\"email\":\"root@a\","
		    "\"email_verified\":false}",
		    PO_OK,
		    "{\"sub\":\"1\",\"email_verified\":true,"
		    "\"email\":null}" },
		/* no text, and yet one that a rule finds */
		{ "{\"sub\":\"1\",\"email\":[\"root@a\"]}", 200, JSON,
		    "{\"sub\":\"1\",\"email\":\"eve@a\","
		    "\"email_verified\":true}",
		    PO_OK,
		    "{\"sub\":\"1\",\"email\":[\"root@a\"],"
		    "\"email_verified\":null}" },
		/* of the same address it counts */
		{ "{\"sub\":\"1\",\"email\":\"eve@a\"}", 200, JSON,
		    "{\"sub\":\"1\",\"email\":\"eve@a\","
		    "\"email_verified\":true}",
		    PO_OK,
		    "{\"sub\":\"1\",\"email\":\"eve@a\","
		    "\"email_verified\":true}" },
	};

	expect_merges(cases, PO_ARRAY_LEN(cases));
}

/*
 * RFC 6750 3.1: that is the provider's no.  As "cannot be reached" it would
 * open a stack's other way in, and let a key in within liveness_grace.
 */
static void
attack_refused_access_token_passed_off_as_an_outage(void **state PO_UNUSED)
{
	static const struct merge_case cases[] = {
		{ "{\"sub\":\"1\"}", 401, JSON, "{\"sub\":\"1\"}",
		    PO_E_GRANT_REFUSED, "HTTP status 401" },
		{ "{\"sub\":\"1\"}", 401, "application/jwt", "a.b.c",
		    PO_E_GRANT_REFUSED, "HTTP status 401" },
		{ "{\"sub\":\"1\"}", 403, JSON, "{\"sub\":\"1\"}", PO_E_SCOPE,
		    "HTTP status 403" },
		/* the nearest that is one */
		{ "{\"sub\":\"1\"}", 429, JSON, "{\"sub\":\"1\"}", PO_E_HTTP,
		    "HTTP status 429" },
	};

	expect_merges(cases, PO_ARRAY_LEN(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_carries_the_access_token_as_bearer),
		cmocka_unit_test(
		    access_tokens_that_break_out_of_the_header_are_refused),
		cmocka_unit_test(claims_are_added_and_never_replaced),
		cmocka_unit_test(
		    a_sub_that_is_not_the_id_tokens_byte_for_byte_is_refused),
		cmocka_unit_test(answers_that_are_not_200_and_json_are_refused),
		cmocka_unit_test(attack_email_verified_of_another_address),
		cmocka_unit_test(
		    attack_refused_access_token_passed_off_as_an_outage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
