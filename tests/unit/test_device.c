/* SPDX-License-Identifier: BSD-2-Clause */
/* The device authorization request and every shape its answer has taken. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/device.h"
#include "oauth_answer.h"

#define ENDPOINT "https://sso.example.com/device"

static void
request_carries_what_is_asked_for_and_the_client(void **state PO_UNUSED)
{
	static const struct {
		struct po_device_params params;
		const char *secret;
		const char *body;
	} cases[] = {
		{ { .scope = "openid profile" }, NULL,
		    "scope=openid+profile&client_id=linux" },
		{ { .scope = "openid", .nonce = "n-0S6" }, NULL,
		    "scope=openid&nonce=n-0S6&client_id=linux" },
		{ { .scope = NULL }, NULL, "client_id=linux" },
		{ { .scope = "" }, "s", "client_id=linux&client_secret=s" },
		{ { .acr_values = "urn:a:mfa phr" }, NULL,
		    "acr_values=urn%3Aa%3Amfa+phr&client_id=linux" },
		{ { .scope = "openid", .code_challenge = "E9-_" }, NULL,
		    "scope=openid&code_challenge=E9-_"
		    "&code_challenge_method=S256&client_id=linux" },
		{ { .max_age_s = 1 }, NULL, "max_age=1&client_id=linux" },
		{ { .max_age_s = INT64_MAX }, NULL,
		    "max_age=9223372036854775807&client_id=linux" },
		{ { .scope = "openid",
		      .nonce = "n",
		      .acr_values = "mfa",
		      .max_age_s = 900 },
		    NULL,
		    "scope=openid&nonce=n&acr_values=mfa&max_age=900"
		    "&client_id=linux" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_client client = {
			.client_id = "linux",
			.client_secret = cases[i].secret,
			.auth = cases[i].secret == NULL
				    ? PO_CLIENT_AUTH_AUTO
				    : PO_CLIENT_AUTH_SECRET_POST,
		};
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		assert_int_equal(po_device_request(ENDPOINT, &client,
				     &cases[i].params, &request, NULL),
		    PO_OK);
		assert_int_equal(request.method, PO_HTTP_POST);
		assert_string_equal(request.url, ENDPOINT);
		assert_string_equal(po_buf_str(&request.body), cases[i].body);
	}
}

static void
request_without_the_secret_it_needs_is_an_error(void **state PO_UNUSED)
{
	const struct po_client client = {
		.client_id = "linux",
		.auth = PO_CLIENT_AUTH_SECRET_POST,
	};
	const struct po_device_params params = { .scope = "openid" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(
	    po_device_request(ENDPOINT, &client, &params, &request, NULL),
	    PO_E_CONFIG);
}

#define CODES "\"device_code\":\"GmRh\",\"user_code\":\"WDJB-MJHT\""
#define URI "\"verification_uri\":\"https://sso.example.com/activate\""
#define COMPLETE                                                               \
	"\"verification_uri_complete\":\"https://sso.example.com/a?c=W\""

static void
every_field_of_rfc_8628_3_2_is_read(void **state PO_UNUSED)
{
	AUTO(po_device_authorization_clear)
	struct po_device_authorization device = { 0 };
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(200, JSON,
	    "{" CODES "," URI "," COMPLETE
	    ",\"expires_in\":1800,\"interval\":7,\"message\":\"ignored\"}");

	assert_int_equal(po_device_parse(&response, &device, NULL), PO_OK);
	assert_string_equal(device.device_code, "GmRh");
	assert_string_equal(device.user_code, "WDJB-MJHT");
	assert_string_equal(
	    device.verification_uri, "https://sso.example.com/activate");
	assert_string_equal(
	    device.verification_uri_complete, "https://sso.example.com/a?c=W");
	assert_int_equal(device.expires_in_s, 1800);
	assert_int_equal(device.interval_s, 7);
}

static void
googles_names_of_the_uris_are_read(void **state PO_UNUSED)
{
	AUTO(po_device_authorization_clear)
	struct po_device_authorization device = { 0 };
	AUTO(po_device_authorization_clear)
	struct po_device_authorization both = { 0 };
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(200, JSON,
	    "{" CODES ",\"verification_url\":\"https://g.example/device\","
	    "\"verification_url_complete\":\"https://g.example/device?c=W\"}");
	AUTO(po_http_response_clear)
	struct po_http_response two = make_answer(200, JSON,
	    "{" CODES "," URI
	    ",\"verification_url\":\"https://g.example/device\"}");

	assert_int_equal(po_device_parse(&response, &device, NULL), PO_OK);
	assert_string_equal(
	    device.verification_uri, "https://g.example/device");
	assert_string_equal(
	    device.verification_uri_complete, "https://g.example/device?c=W");
	/* the RFC's own name wins */
	assert_int_equal(po_device_parse(&two, &both, NULL), PO_OK);
	assert_string_equal(
	    both.verification_uri, "https://sso.example.com/activate");
	assert_null(both.verification_uri_complete);
}

static void
numbers_are_forgiven_their_form_and_clamped(void **state PO_UNUSED)
{
	static const struct {
		const char *numbers;
		int64_t expires_s;
		int64_t interval_s;
	} cases[] = {
		{ "", 600, 5 },
		{ ",\"expires_in\":null,\"interval\":null", 600, 5 },
		{ ",\"expires_in\":0,\"interval\":0", 600, 5 },
		{ ",\"expires_in\":\"300\",\"interval\":\"10\"", 300, 10 },
		{ ",\"expires_in\":900.0,\"interval\":5.0", 900, 5 },
		{ ",\"expires_in\":1,\"interval\":1", 1, 1 },
		{ ",\"expires_in\":3601,\"interval\":61", 3600, 61 },
		{ ",\"expires_in\":-1,\"interval\":-5", 1, 1 },
		{ ",\"expires_in\":9223372036854775807,"
		  "\"interval\":9223372036854775807",
		    3600, 3600 },
		{ ",\"expires_in\":-9223372036854775808,"
		  "\"interval\":-9223372036854775808",
		    1, 1 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_device_authorization_clear)
		struct po_device_authorization device = { 0 };
		char body[512];

		(void)snprintf(body, sizeof(body), "{" CODES "," URI "%s}",
		    cases[i].numbers);
		AUTO(po_http_response_clear)
		struct po_http_response response = make_answer(200, JSON, body);

		assert_int_equal(
		    po_device_parse(&response, &device, NULL), PO_OK);
		assert_int_equal(device.expires_in_s, cases[i].expires_s);
		assert_int_equal(device.interval_s, cases[i].interval_s);
	}
}

struct refusal {
	int http_status;
	const char *body;
	enum po_status status;
	const char *text;
};

static void
expect_refusal(const struct refusal *want)
{
	struct po_device_authorization device = { 0 };
	struct po_err err = { 0 };
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(want->http_status,
	    want->body[0] == '<' ? "text/html" : JSON, want->body);

	if (po_device_parse(&response, &device, &err) != want->status ||
	    err.status != want->status || strstr(err.text, want->text) == NULL)
		fail_msg("%d %s: %s \"%s\"", want->http_status, want->body,
		    po_status_name(err.status), err.text);
	assert_int_equal(
	    strncmp(err.text, "device authorization response", 29), 0);
	assert_null(device.device_code);
	assert_null(device.user_code);
	assert_null(device.verification_uri);
	assert_null(device.verification_uri_complete);
}

static void
missing_and_unsafe_fields_are_refused_by_name(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ 200, "{\"device_code\":\"a\"," URI "}", PO_E_DOCUMENT,
		    "response (RFC 8628 3.2): field \"user_code\" is "
		    "missing" },
		{ 200, "{\"user_code\":\"a\"," URI "}", PO_E_DOCUMENT,
		    "field \"device_code\" is missing" },
		{ 200, "{" CODES "}", PO_E_DOCUMENT,
		    "field \"verification_uri\" is missing" },
		{ 200, "{\"device_code\":\"a\",\"user_code\":\"\"," URI "}",
		    PO_E_DOCUMENT, "field \"user_code\" is empty" },
		{ 200, "{\"device_code\":\"\",\"user_code\":\"a\"," URI "}",
		    PO_E_DOCUMENT, "field \"device_code\" is empty" },
		{ 200, "{\"device_code\":7,\"user_code\":\"a\"," URI "}",
		    PO_E_DOCUMENT, "field \"device_code\" is" },
		{ 200, "{" CODES ",\"verification_uri\":\"http://a.example\"}",
		    PO_E_DOCUMENT, "\"verification_uri\" is not an https" },
		{ 200, "{" CODES ",\"verification_url\":\"http://a.example\"}",
		    PO_E_DOCUMENT, "\"verification_url\" is not an https" },
		{ 200, "{" CODES ",\"verification_uri\":\"\"}", PO_E_DOCUMENT,
		    "\"verification_uri\" is not an https" },
		/* a hostile provider, not one to read half of */
		{ 200,
		    "{" CODES "," URI
		    ",\"verification_uri_complete\":\"https://a.example@b\"}",
		    PO_E_DOCUMENT, "\"verification_uri_complete\" is not" },
		{ 200,
		    "{" CODES "," URI ",\"verification_uri_complete\":"
		    "\"https://a.example/\\u001b[2J\"}",
		    PO_E_DOCUMENT, "\"verification_uri_complete\" is not" },
		{ 200, "{" CODES "," URI ",\"expires_in\":\"soon\"}",
		    PO_E_DOCUMENT, "field \"expires_in\" is" },
		{ 200, "{" CODES "," CODES "," URI "}", PO_E_DOCUMENT, "" },
		{ 200, "{" CODES "," URI, PO_E_DOCUMENT, "" },
		{ 200, "[]", PO_E_DOCUMENT, "that is no object" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_refusal(&cases[i]);
}

static void
codes_are_read_up_to_their_limit_and_no_further(void **state PO_UNUSED)
{
	static const struct {
		size_t device_len;
		size_t user_len;
		enum po_status status;
	} cases[] = {
		{ 1, 1, PO_OK },
		{ PO_DEVICE_CODE_MAX, PO_USER_CODE_MAX, PO_OK },
		{ PO_DEVICE_CODE_MAX + 1, 1, PO_E_DOCUMENT },
		{ 1, PO_USER_CODE_MAX + 1, PO_E_DOCUMENT },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_device_authorization_clear)
		struct po_device_authorization device = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, "{" URI ",\"device_code\":\"");

		for (size_t n = 0; n < cases[i].device_len; n++)
			po_buf_append_char(&response.body, 'd');
		po_buf_append_str(&response.body, "\",\"user_code\":\"");
		for (size_t n = 0; n < cases[i].user_len; n++)
			po_buf_append_char(&response.body, 'u');
		po_buf_append_str(&response.body, "\"}");
		assert_int_equal(
		    po_device_parse(&response, &device, NULL), cases[i].status);
		if (cases[i].status == PO_OK)
			assert_int_equal(
			    strlen(device.device_code), cases[i].device_len);
	}
}

static void
errors_mean_what_their_name_says_with_any_http_status(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ 401,
		    "{\"error\":\"invalid_client\",\"error_description\":"
		    "\"No such client\"}",
		    PO_E_CLIENT_REFUSED,
		    "device authorization response: the provider refused the "
		    "client: invalid_client (\"No such client\") - check "
		    "client_id, client_auth and the files it needs" },
		{ 400, "{\"error\":\"unauthorized_client\"}",
		    PO_E_CLIENT_REFUSED, "may use this grant" },
		{ 400, "{\"error\":\"invalid_scope\"}", PO_E_CLIENT_REFUSED,
		    "invalid_scope - check scopes" },
		{ 200, "{\"error\":\"device_flow_disabled\"}",
		    PO_E_CLIENT_REFUSED, "device_flow_disabled" },
		{ 200, "{\"error\":\"invalid_client\"," CODES "," URI "}",
		    PO_E_CLIENT_REFUSED, "invalid_client" },
		{ 503, "{\"error\":\"invalid_client\"}", PO_E_CLIENT_REFUSED,
		    "invalid_client" },
		/* Casdoor, with 200 and a sentence */
		{ 200, "{\"error\":\"The application does not exist\"}",
		    PO_E_CLIENT_REFUSED,
		    "refused the client: \"The application does not exist\"" },
		{ 400, "{\"error\":\"authorization_pending\"}",
		    PO_E_CLIENT_REFUSED, "authorization_pending" },
		{ 400, "{\"error\":{\"message\":\"x\"}}", PO_E_CLIENT_REFUSED,
		    "\"object\"" },
		{ 404, "{\"errorCode\":\"E0000022\",\"errorSummary\":\"no\"}",
		    PO_E_CLIENT_REFUSED, "\"E0000022\" (\"no\")" },
		/* authentik's throttle */
		{ 429, "{\"error\":\"slow_down\"}", PO_E_HTTP, "slow_down" },
		/* Google's quota */
		{ 403, "{\"error_code\":\"rate_limit_exceeded\"}", PO_E_HTTP,
		    "rate_limit_exceeded" },
		{ 500, "{\"error\":\"server_error\"}", PO_E_HTTP,
		    "server_error" },
		{ 502, "{\"error\":\"whatever\"}", PO_E_HTTP, "whatever" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_refusal(&cases[i]);
}

static void
without_an_error_document_the_status_is_all_there_is(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ 429, "", PO_E_HTTP, "HTTP status 429 with an empty body" },
		{ 503, "<html>", PO_E_HTTP,
		    "HTTP status 503 with text/html instead of JSON" },
		{ 500, "{\"broken", PO_E_HTTP, "HTTP status 500" },
		{ 500, "{}", PO_E_HTTP, "HTTP status 500" },
		/* INDIGO IAM's unknown client */
		{ 404, "", PO_E_DOCUMENT,
		    "HTTP status 404 with an empty body" },
		{ 404, "{}", PO_E_DOCUMENT, "HTTP status 404 without" },
		{ 200, "<html>", PO_E_DOCUMENT, "text/html" },
		{ 302, "", PO_E_DOCUMENT, "HTTP status 302" },
		{ 401, "", PO_E_CLIENT_REFUSED, "check client_id" },
		{ 401, "<html>", PO_E_CLIENT_REFUSED, "check client_id" },
		{ 199, "{" CODES "," URI "}", PO_E_DOCUMENT,
		    "HTTP status 199 without the field \"error\"" },
		{ 400, "{" CODES "," URI "}", PO_E_DOCUMENT,
		    "HTTP status 400 without the field \"error\"" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_refusal(&cases[i]);
}

static void
remote_text_is_one_printable_line_of_bounded_length(void **state PO_UNUSED)
{
	struct po_device_authorization device;
	struct po_err err = { 0 };
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(400, JSON,
	    "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"AADSTS700: \\u001b[2J\\\"x\\\"\\r\\nTrace ID: 1\\u202e");

	for (int i = 0; i < 4000; i++)
		po_buf_append_str(&response.body, "\xE6\xBC\xA2");
	po_buf_append_str(&response.body, "\"}");
	assert_int_equal(
	    po_device_parse(&response, &device, &err), PO_E_CLIENT_REFUSED);
	assert_non_null(strstr(err.text,
	    "(\"AADSTS700: \xEF\xBF\xBD[2J'x' Trace ID: 1\xEF\xBF\xBD\xE6"));
	/* cut between characters, and the hint is still there */
	assert_non_null(strstr(err.text,
	    "\xA2\") - check client_id, client_auth and the files it needs"));
	for (const char *p = err.text; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    request_carries_what_is_asked_for_and_the_client),
		cmocka_unit_test(
		    request_without_the_secret_it_needs_is_an_error),
		cmocka_unit_test(every_field_of_rfc_8628_3_2_is_read),
		cmocka_unit_test(googles_names_of_the_uris_are_read),
		cmocka_unit_test(numbers_are_forgiven_their_form_and_clamped),
		cmocka_unit_test(missing_and_unsafe_fields_are_refused_by_name),
		cmocka_unit_test(
		    codes_are_read_up_to_their_limit_and_no_further),
		cmocka_unit_test(
		    errors_mean_what_their_name_says_with_any_http_status),
		cmocka_unit_test(
		    without_an_error_document_the_status_is_all_there_is),
		cmocka_unit_test(
		    remote_text_is_one_printable_line_of_bounded_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
