/* SPDX-License-Identifier: BSD-2-Clause */
/* Which answer to a refresh closes an account, and which must not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "oauth/refresh.h"
#include "oauth_answer.h"

static void
the_request_is_the_standard_one(void **state PO_UNUSED)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	const struct po_client client = {
		.client_id = "linux-login",
		.auth = PO_CLIENT_AUTH_NONE,
	};

	assert_int_equal(po_refresh_request("https://sso.example.com/token",
			     &client, "a+b/c=", &request, NULL),
	    PO_OK);
	/* RFC 6749 6, for the scopes that it has; 2.3.1 */
	assert_string_equal(po_buf_str(&request.body),
	    "grant_type=refresh_token&refresh_token=a%2Bb%2Fc%3D&"
	    "client_id=linux-login");
}

static void
each_answer_is_about_somebody(void **state PO_UNUSED)
{
	static const struct {
		int http;
		const char *body;
		enum po_status status;
	} cases[] = {
		{ 200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
		    PO_OK },
		/* the person, or the token that stands for them */
		{ 400, "{\"error\":\"invalid_grant\"}", PO_E_CLOSED },
		{ 401, "{\"error\":\"invalid_grant\"}", PO_E_CLOSED },
		{ 200, "{\"error\":\"invalid_grant\"}", PO_E_CLOSED },
		{ 403, "{\"error\":\"access_denied\"}", PO_E_CLOSED },
		{ 400, "{\"error\":\"expired_token\"}", PO_E_CLOSED },
		/* us */
		{ 401, "{\"error\":\"invalid_client\"}", PO_E_CLIENT_REFUSED },
		{ 400, "{\"error\":\"unauthorized_client\"}",
		    PO_E_CLIENT_REFUSED },
		{ 400, "{\"error\":\"unsupported_grant_type\"}",
		    PO_E_CLIENT_REFUSED },
		{ 400, "{\"error\":\"invalid_scope\"}", PO_E_CLIENT_REFUSED },
		{ 401, "{\"error\":\"unheard_of\"}", PO_E_CLIENT_REFUSED },
		{ 401, "", PO_E_CLIENT_REFUSED },
		/* neither */
		{ 500, "{\"error\":\"server_error\"}", PO_E_HTTP },
		{ 503, "", PO_E_HTTP },
		{ 429, "<html>", PO_E_HTTP },
		{ 400, "{\"error\":\"slow_down\"}", PO_E_HTTP },
		{ 400, "{\"error\":\"authorization_pending\"}", PO_E_HTTP },
		{ 400, "{\"error\":\"temporarily_unavailable\"}", PO_E_HTTP },
		{ 200, "<html>sign in to this wifi</html>", PO_E_DOCUMENT },
		{ 200, "{\"access_token\":", PO_E_DOCUMENT },
		{ 200, "{\"access_token\":\"a\",\"error\":\"invalid_grant\"}",
		    PO_E_DOCUMENT },
		/* nobody knows whom */
		{ 400, "{\"error\":\"account_on_holiday\"}",
		    PO_E_GRANT_REFUSED },
		{ 400, "{\"error\":[\"invalid_grant\"]}", PO_E_GRANT_REFUSED },
		{ 400, "{\"error\":\"Invalid_Grant\"}", PO_E_GRANT_REFUSED },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(cases[i].http, JSON, cases[i].body);
		AUTO(po_tokens_clear) struct po_tokens tokens = { 0 };
		struct po_err err = { 0 };
		enum po_status st = po_refresh_parse(&response, &tokens, &err);

		if (st != cases[i].status || err.status != st)
			fail_msg("%d %s is %s: %s", cases[i].http,
			    cases[i].body, po_status_name(st), err.text);
		assert_int_equal(st == PO_OK, tokens.access_token != NULL);
	}
}

static void
the_next_token_comes_along(void **state PO_UNUSED)
{
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(200, JSON,
	    "{\"access_token\":\"a\",\"token_type\":\"bearer\","
	    "\"refresh_token\":\"next\",\"id_token\":\"i\"}");
	AUTO(po_tokens_clear) struct po_tokens tokens = { 0 };

	assert_int_equal(po_refresh_parse(&response, &tokens, NULL), PO_OK);
	assert_string_equal(tokens.refresh_token, "next");
	assert_string_equal(tokens.id_token, "i");
}

static void
what_the_provider_says_is_in_the_message(void **state PO_UNUSED)
{
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(400, JSON,
	    "{\"error\":\"invalid_grant\",\"error_description\":\"Account "
	    "disabled\"}");
	AUTO(po_tokens_clear) struct po_tokens tokens = { 0 };
	struct po_err err = { 0 };

	assert_int_equal(
	    po_refresh_parse(&response, &tokens, &err), PO_E_CLOSED);
	assert_string_equal(err.text,
	    "the provider no longer stands by the sign-in: invalid_grant "
	    "(\"Account disabled\")");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_the_standard_one),
		cmocka_unit_test(each_answer_is_about_somebody),
		cmocka_unit_test(the_next_token_comes_along),
		cmocka_unit_test(what_the_provider_says_is_in_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
