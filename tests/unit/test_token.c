/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts on answers to a poll: by body, not by status, and total. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/token.h"
#include "oauth_answer.h"

#define ENDPOINT "https://sso.example.com/token"

static void
request_names_the_grant_the_code_and_the_client(void **state PO_UNUSED)
{
	const struct po_client client = { .client_id = "linux",
		.client_secret = "s" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(po_token_device_request(
			     ENDPOINT, &client, "a&b=c", NULL, &request, NULL),
	    PO_OK);
	assert_int_equal(request.method, PO_HTTP_POST);
	assert_string_equal(request.url, ENDPOINT);
	assert_string_equal(request.authorization, "Basic bGludXg6cw==");
	assert_string_equal(po_buf_str(&request.body),
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
	    "&device_code=a%26b%3Dc&client_id=linux");
	assert_int_equal(request.response_max, PO_HTTP_MAX_TOKEN);
}

static void
request_of_ciba_names_its_own(void **state PO_UNUSED)
{
	const struct po_client client = { .client_id = "linux",
		.client_secret = "s" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(
	    po_token_ciba_request(ENDPOINT, &client, "a&b=c", &request, NULL),
	    PO_OK);
	assert_string_equal(request.authorization, "Basic bGludXg6cw==");
	assert_string_equal(po_buf_str(&request.body),
	    "grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba"
	    "&auth_req_id=a%26b%3Dc&client_id=linux");
}

static void
request_has_the_verifier_of_its_code(void **state PO_UNUSED)
{
	const struct po_client client = { .client_id = "linux" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(po_token_device_request(
			     ENDPOINT, &client, "abc", "dBj-_", &request, NULL),
	    PO_OK);
	assert_non_null(strstr(po_buf_str(&request.body),
	    "&device_code=abc&code_verifier=dBj-_&client_id=linux"));
}

static void
request_of_a_code_has_all_that_binds_it(void **state PO_UNUSED)
{
	const struct po_client client = { .client_id = "linux" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(po_token_code_request(ENDPOINT, &client, "a&b",
			     "dBj-_", "https://a.example/x", &request, NULL),
	    PO_OK);
	assert_string_equal(po_buf_str(&request.body),
	    "grant_type=authorization_code&code=a%26b&code_verifier=dBj-_"
	    "&redirect_uri=https%3A%2F%2Fa.example%2Fx&client_id=linux");
}

struct verdict_case {
	int http_status;
	const char *body;
	enum po_token_verdict verdict;
	enum po_status status;
	const char *text;
};

static void
expect_verdict(const struct verdict_case *want)
{
	struct po_token_answer answer;
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(want->http_status,
	    want->body[0] == '<' ? "text/html" : JSON, want->body);

	po_token_parse(&response, &answer);
	if (answer.verdict != want->verdict ||
	    answer.err.status != want->status ||
	    strstr(answer.err.text, want->text) == NULL)
		fail_msg("%d %s: verdict %d, %s \"%s\"", want->http_status,
		    want->body, (int)answer.verdict,
		    po_status_name(answer.err.status), answer.err.text);
	if (want->verdict == PO_TOKEN_GRANTED)
		assert_non_null(answer.tokens.access_token);
	else
		assert_null(answer.tokens.access_token);
	if (want->status != PO_OK)
		assert_int_equal(
		    strncmp(answer.err.text, "token response: ", 16), 0);
	po_token_answer_clear(&answer);
	assert_int_equal(answer.verdict, PO_TOKEN_REFUSED);
}

static void
expect_verdicts(const struct verdict_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect_verdict(&cases[i]);
}

#define GRANT "\"access_token\":\"at\",\"token_type\":\"Bearer\""

static void
a_grant_hands_over_its_tokens(void **state PO_UNUSED)
{
	struct po_token_answer answer;
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(200, JSON,
	    "{" GRANT ",\"id_token\":\"a.b.c\",\"scope\":\"openid email\","
	    "\"expires_in\":\"3600\",\"refresh_token\":\"rt\"}");

	po_token_parse(&response, &answer);
	assert_int_equal(answer.verdict, PO_TOKEN_GRANTED);
	assert_string_equal(answer.tokens.access_token, "at");
	assert_string_equal(answer.tokens.id_token, "a.b.c");
	assert_string_equal(answer.tokens.scope, "openid email");
	assert_string_equal(answer.tokens.refresh_token, "rt");
	assert_int_equal(answer.err.status, PO_OK);
	po_token_answer_clear(&answer);
	assert_null(answer.tokens.access_token);
	assert_null(answer.tokens.id_token);
	assert_null(answer.tokens.scope);
	assert_null(answer.tokens.refresh_token);
}

static void
a_grant_needs_2xx_an_access_token_and_bearer(void **state PO_UNUSED)
{
	static const struct verdict_case cases[] = {
		{ 200, "{" GRANT "}", PO_TOKEN_GRANTED, PO_OK, "" },
		{ 201, "{" GRANT "}", PO_TOKEN_GRANTED, PO_OK, "" },
		{ 200, " \r\n{" GRANT "}\n", PO_TOKEN_GRANTED, PO_OK, "" },
		{ 200, "{\"access_token\":\"at\",\"token_type\":\"bearer\"}",
		    PO_TOKEN_GRANTED, PO_OK, "" },
		{ 200, "{\"access_token\":\"at\",\"token_type\":\"BEARER\"}",
		    PO_TOKEN_GRANTED, PO_OK, "" },
		{ 200, "{" GRANT ",\"error\":null}", PO_TOKEN_GRANTED, PO_OK,
		    "" },
		{ 200, "{" GRANT ",\"id_token\":null}", PO_TOKEN_GRANTED, PO_OK,
		    "" },
		{ 400, "{" GRANT "}", PO_TOKEN_REFUSED, PO_E_DOCUMENT,
		    "HTTP status 400 without the field \"error\"" },
		{ 199, "{" GRANT "}", PO_TOKEN_REFUSED, PO_E_DOCUMENT, "199" },
		{ 302, "{" GRANT "}", PO_TOKEN_REFUSED, PO_E_DOCUMENT, "302" },
		{ 503, "{" GRANT "}", PO_TOKEN_UNAVAILABLE, PO_E_HTTP, "503" },
		{ 200, "{\"access_token\":\"at\"}", PO_TOKEN_REFUSED,
		    PO_E_DOCUMENT, "field \"token_type\" is missing" },
		{ 200, "{\"access_token\":\"at\",\"token_type\":null}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "token_type" },
		{ 200, "{\"access_token\":\"at\",\"token_type\":\"DPoP\"}",
		    PO_TOKEN_REFUSED, PO_E_UNSUPPORTED,
		    "token_type is \"DPoP\", not Bearer (RFC 6749 7.1)" },
		{ 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer \"}",
		    PO_TOKEN_REFUSED, PO_E_UNSUPPORTED, "token_type" },
		{ 200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "access_token" },
		{ 200, "{\"access_token\":null,\"token_type\":\"Bearer\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "access_token" },
		{ 200, "{\"access_token\":[\"at\"],\"token_type\":\"Bearer\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "access_token" },
		{ 200, "{" GRANT ",\"id_token\":{}}", PO_TOKEN_REFUSED,
		    PO_E_DOCUMENT, "id_token" },
		/* one of the two is a lie */
		{ 200, "{" GRANT ",\"error\":\"authorization_pending\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT,
		    "an access_token and an error: authorization_pending" },
		{ 200, "{" GRANT ",\"error\":\"\"}", PO_TOKEN_REFUSED,
		    PO_E_DOCUMENT, "an access_token and an error" },
		{ 200, "{" GRANT ",\"error\":false}", PO_TOKEN_REFUSED,
		    PO_E_DOCUMENT, "an access_token and an error" },
	};

	expect_verdicts(cases, PO_ARRAY_LEN(cases));
}

static void
an_id_token_or_scope_that_is_missing_null_or_empty_is_null(
    void **state PO_UNUSED)
{
	static const char *const bodies[] = {
		"{" GRANT "}",
		"{" GRANT ",\"id_token\":null,\"scope\":null}",
		"{" GRANT ",\"id_token\":\"\",\"scope\":\"\"}",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(bodies); i++) {
		struct po_token_answer answer;
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, bodies[i]);

		po_token_parse(&response, &answer);
		assert_int_equal(answer.verdict, PO_TOKEN_GRANTED);
		assert_null(answer.tokens.id_token);
		assert_null(answer.tokens.scope);
		po_token_answer_clear(&answer);
	}
}

static void
pending_is_pending_with_every_status_seen(void **state PO_UNUSED)
{
	/* Dex up to 2.43, Google, GitHub, Auth0 */
	static const int statuses[] = { 400, 401, 403, 428, 200, 503 };

	for (size_t i = 0; i < PO_ARRAY_LEN(statuses); i++) {
		const struct verdict_case pending = { statuses[i],
			"{\"error\":\"authorization_pending\"}",
			PO_TOKEN_PENDING, PO_OK, "" };
		const struct verdict_case slow = { statuses[i],
			"{\"error\":\"slow_down\",\"access_token\":null}",
			PO_TOKEN_SLOW_DOWN, PO_OK, "" };

		expect_verdict(&pending);
		expect_verdict(&slow);
	}
}

static void
every_known_error_and_alias_has_its_verdict(void **state PO_UNUSED)
{
	static const struct {
		const char *name;
		enum po_token_verdict verdict;
		enum po_status status;
	} cases[] = {
		{ "access_denied", PO_TOKEN_DENIED, PO_E_DENIED },
		{ "authorization_declined", PO_TOKEN_DENIED, PO_E_DENIED },
		/* CIBA Core 12; 13, which have no business here */
		{ "transaction_failed", PO_TOKEN_REFUSED, PO_E_HTTP },
		{ "unknown_user_id", PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED },
		{ "expired_token", PO_TOKEN_EXPIRED, PO_E_EXPIRED },
		{ "token_expired", PO_TOKEN_EXPIRED, PO_E_EXPIRED },
		{ "code_expired", PO_TOKEN_EXPIRED, PO_E_EXPIRED },
		{ "invalid_grant", PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED },
		{ "bad_verification_code", PO_TOKEN_REFUSED,
		    PO_E_GRANT_REFUSED },
		{ "incorrect_device_code", PO_TOKEN_REFUSED,
		    PO_E_GRANT_REFUSED },
		{ "invalid_client", PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED },
		{ "incorrect_client_credentials", PO_TOKEN_REFUSED,
		    PO_E_CLIENT_REFUSED },
		{ "unauthorized_client", PO_TOKEN_REFUSED,
		    PO_E_CLIENT_REFUSED },
		{ "unsupported_grant_type", PO_TOKEN_REFUSED,
		    PO_E_CLIENT_REFUSED },
		{ "device_flow_disabled", PO_TOKEN_REFUSED,
		    PO_E_CLIENT_REFUSED },
		{ "invalid_scope", PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED },
		{ "invalid_request", PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED },
		/* RFC 8628 3.5: any other error ends polling */
		{ "temporarily_unavailable", PO_TOKEN_REFUSED, PO_E_HTTP },
		{ "Authorization_Pending", PO_TOKEN_REFUSED,
		    PO_E_GRANT_REFUSED },
		{ "authorization_pending ", PO_TOKEN_REFUSED,
		    PO_E_GRANT_REFUSED },
		{ "consent_required", PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED },
		{ "", PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		char body[128];
		const struct verdict_case want = { 400, body, cases[i].verdict,
			cases[i].status, cases[i].name };
		const struct verdict_case at_200 = { 200, body,
			cases[i].verdict, cases[i].status, cases[i].name };

		(void)snprintf(
		    body, sizeof(body), "{\"error\":\"%s\"}", cases[i].name);
		expect_verdict(&want);
		expect_verdict(&at_200);
	}
}

static void
error_texts_tell_an_administrator_what_to_check(void **state PO_UNUSED)
{
	static const struct verdict_case cases[] = {
		{ 401,
		    "{\"error\":\"invalid_client\",\"error_description\":"
		    "\"bad secret\",\"error_codes\":[7000215]}",
		    PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED,
		    "token response: the provider refused the client: "
		    "invalid_client (\"bad secret\") - check client_id, "
		    "client_auth and the files it needs" },
		{ 400,
		    "{\"error\":\"access_denied\",\"error_description\":\"\"}",
		    PO_TOKEN_DENIED, PO_E_DENIED,
		    "token response: the request was denied at the provider: "
		    "access_denied" },
		{ 400,
		    "{\"error\":\"invalid_grant\",\"error_description\":null}",
		    PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED,
		    "refused the code: invalid_grant" },
		/* Casdoor */
		{ 200, "{\"status\":\"error\",\"msg\":\"no such user\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT,
		    "HTTP status 200 without the field \"access_token\": "
		    "(\"no such user\")" },
		/* Slack */
		{ 200, "{\"ok\":false,\"error\":\"bad_code\"}",
		    PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED, "\"bad_code\"" },
		/* INDIGO IAM; the same with another status is not our secret */
		{ 401,
		    "{\"error\":\"unauthorized\",\"error_description\":"
		    "\"Bad credentials\"}",
		    PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED,
		    "refused the client: \"unauthorized\" (\"Bad "
		    "credentials\") - check client_id" },
		{ 400, "{\"error\":\"unauthorized\"}", PO_TOKEN_REFUSED,
		    PO_E_GRANT_REFUSED, "refused the code: \"unauthorized\"" },
		/* Rauthy, outside of OAuth */
		{ 400,
		    "{\"timestamp\":1,\"error\":\"BadRequest\","
		    "\"message\":\"no such thing\"}",
		    PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED,
		    "\"BadRequest\" (\"no such thing\")" },
	};

	expect_verdicts(cases, PO_ARRAY_LEN(cases));
}

static void
trouble_of_the_provider_or_of_the_way_to_it_passes(void **state PO_UNUSED)
{
	static const struct verdict_case cases[] = {
		{ 429, "", PO_TOKEN_UNAVAILABLE, PO_E_HTTP, "429" },
		{ 500, "{}", PO_TOKEN_UNAVAILABLE, PO_E_HTTP, "500" },
		{ 502, "<html>", PO_TOKEN_UNAVAILABLE, PO_E_HTTP, "502" },
		{ 503, "{\"broken", PO_TOKEN_UNAVAILABLE, PO_E_HTTP, "503" },
		{ 503, "{\"error\":\"temporarily_unavailable\"}",
		    PO_TOKEN_UNAVAILABLE, PO_E_HTTP,
		    "temporarily_unavailable" },
		{ 500, "{\"error\":\"unheard_of\"}", PO_TOKEN_UNAVAILABLE,
		    PO_E_HTTP, "unheard_of" },
		{ 429,
		    "{\"errorCode\":\"E0000047\",\"errorSummary\":\"limit\"}",
		    PO_TOKEN_UNAVAILABLE, PO_E_HTTP, "E0000047" },
		/* a portal or a proxy, whatever status it chose */
		{ 200, "<html>", PO_TOKEN_UNAVAILABLE, PO_E_DOCUMENT,
		    "text/html" },
		{ 200, "", PO_TOKEN_UNAVAILABLE, PO_E_DOCUMENT, "empty" },
		{ 404, "", PO_TOKEN_UNAVAILABLE, PO_E_DOCUMENT, "empty" },
		{ 302, "<html>", PO_TOKEN_UNAVAILABLE, PO_E_DOCUMENT, "302" },
		/* but a known error is never mistaken for trouble */
		{ 503, "{\"error\":\"access_denied\"}", PO_TOKEN_DENIED,
		    PO_E_DENIED, "access_denied" },
		{ 500, "{\"error\":\"invalid_grant\"}", PO_TOKEN_REFUSED,
		    PO_E_GRANT_REFUSED, "invalid_grant" },
	};

	expect_verdicts(cases, PO_ARRAY_LEN(cases));
}

static void
broken_json_and_bare_401_will_not_get_better(void **state PO_UNUSED)
{
	static const struct verdict_case cases[] = {
		{ 200, "{" GRANT, PO_TOKEN_REFUSED, PO_E_DOCUMENT, "" },
		{ 200, "{" GRANT "} x", PO_TOKEN_REFUSED, PO_E_DOCUMENT, "" },
		{ 200, "{" GRANT ",\"access_token\":\"other\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "" },
		{ 400,
		    "{\"error\":\"authorization_pending\","
		    "\"error\":\"authorization_pending\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "" },
		{ 200, "{" GRANT ",\"id_token\":\"a\\u0000b\"}",
		    PO_TOKEN_REFUSED, PO_E_DOCUMENT, "" },
		{ 401, "", PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED,
		    "check client_id" },
	};

	expect_verdicts(cases, PO_ARRAY_LEN(cases));
}

static void
intervals_and_retry_after_are_passed_on(void **state PO_UNUSED)
{
	static const struct {
		const char *interval;
		int64_t expected_s;
	} cases[] = {
		{ "", -1 },
		{ ",\"interval\":10", 10 },
		{ ",\"interval\":\"10\"", 10 },
		{ ",\"interval\":10.0", 10 },
		{ ",\"interval\":0", -1 },
		{ ",\"interval\":-3", -1 },
		{ ",\"interval\":null", -1 },
		{ ",\"interval\":\"soon\"", -1 },
		{ ",\"interval\":[]", -1 },
		{ ",\"interval\":9223372036854775807", 3600 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_token_answer answer;
		char body[128];

		(void)snprintf(body, sizeof(body),
		    "{\"error\":\"slow_down\"%s}", cases[i].interval);
		AUTO(po_http_response_clear)
		struct po_http_response response = make_answer(200, JSON, body);

		response.retry_after_s = (int64_t)i;
		po_token_parse(&response, &answer);
		assert_int_equal(answer.verdict, PO_TOKEN_SLOW_DOWN);
		assert_int_equal(answer.interval_s, cases[i].expected_s);
		assert_int_equal(answer.retry_after_s, (int64_t)i);
		po_token_answer_clear(&answer);
	}
}

/* --- revocation, RFC 7009 --- */

static void
revocation_names_the_token_and_its_kind(void **state PO_UNUSED)
{
	const struct po_client client = { .client_id = "linux",
		.client_secret = "s" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(po_token_revoke_request("https://sso.example.com/r",
			     &client, "a&b=c", "refresh_token", &request, NULL),
	    PO_OK);
	assert_int_equal(request.method, PO_HTTP_POST);
	assert_string_equal(request.url, "https://sso.example.com/r");
	assert_string_equal(request.authorization, "Basic bGludXg6cw==");
	assert_string_equal(po_buf_str(&request.body),
	    "token=a%26b%3Dc&token_type_hint=refresh_token&client_id=linux");
}

static void
only_200_is_a_revocation(void **state PO_UNUSED)
{
	static const struct {
		int http_status;
		const char *body;
		enum po_status status;
		const char *text;
	} cases[] = {
		{ 200, "", PO_OK, "" },
		{ 200, "<html>", PO_OK, "" }, /* RFC 7009 2.2: ignored */
		{ 204, "", PO_E_DOCUMENT, "HTTP status 204" },
		{ 400, "{\"error\":\"unsupported_token_type\"}",
		    PO_E_CLIENT_REFUSED, "unsupported_token_type" },
		{ 401, "{\"error\":\"invalid_client\"}", PO_E_CLIENT_REFUSED,
		    "invalid_client" },
		{ 401, "", PO_E_CLIENT_REFUSED, "HTTP status 401" },
		{ 503, "{}", PO_E_HTTP, "HTTP status 503" },
		{ 400, "{}", PO_E_DOCUMENT, "HTTP status 400" },
		{ 503, "", PO_E_HTTP, "HTTP status 503" },
		{ 404, "<html>", PO_E_DOCUMENT, "HTTP status 404" },
		{ 302, "", PO_E_DOCUMENT, "HTTP status 302" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_response_clear)
		struct po_http_response response = make_answer(
		    cases[i].http_status, "text/plain", cases[i].body);
		struct po_err err = { 0 };

		assert_int_equal(
		    po_token_revoke_parse(&response, &err), cases[i].status);
		assert_int_equal(err.status, cases[i].status);
		assert_non_null(strstr(err.text, cases[i].text));
		assert_true(err.status == PO_OK ||
			    strncmp(err.text, "revocation: ", 12) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    request_names_the_grant_the_code_and_the_client),
		cmocka_unit_test(request_of_ciba_names_its_own),
		cmocka_unit_test(request_of_a_code_has_all_that_binds_it),
		cmocka_unit_test(request_has_the_verifier_of_its_code),
		cmocka_unit_test(a_grant_hands_over_its_tokens),
		cmocka_unit_test(a_grant_needs_2xx_an_access_token_and_bearer),
		cmocka_unit_test(
		    an_id_token_or_scope_that_is_missing_null_or_empty_is_null),
		cmocka_unit_test(pending_is_pending_with_every_status_seen),
		cmocka_unit_test(every_known_error_and_alias_has_its_verdict),
		cmocka_unit_test(
		    error_texts_tell_an_administrator_what_to_check),
		cmocka_unit_test(
		    trouble_of_the_provider_or_of_the_way_to_it_passes),
		cmocka_unit_test(broken_json_and_bare_401_will_not_get_better),
		cmocka_unit_test(intervals_and_retry_after_are_passed_on),
		cmocka_unit_test(revocation_names_the_token_and_its_kind),
		cmocka_unit_test(only_200_is_a_revocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
