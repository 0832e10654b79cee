/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a push goes to, what it says, and every answer to its request. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/ciba.h"
#include "oauth_answer.h"

#define ENDPOINT "https://sso.example.com/backchannel"
#define DEFAULT "{host}_{service}_{command}#{code}"
#define GOOD "\"auth_req_id\":\"1c266114\""

/* --- whom to ask ---------------------------------------------------------- */

static void
hint_is_the_account_where_the_template_wants_it(void **state PO_UNUSED)
{
	static const struct {
		const char *template, *expected;
	} cases[] = {
		{ "{user}", "al_ice.b-1" },
		{ "{user}@example.com", "al_ice.b-1@example.com" },
		{ "CORP\\{user}", "CORP\\al_ice.b-1" },
		{ "{user}.{user}", "al_ice.b-1.al_ice.b-1" },
		{ "boss", "boss" },
		{ "{\"format\":\"iss_sub\",\"iss\":\"https://a/\",\"sub\":"
		  "\"ad|x|{user}\"}",
		    "{\"format\":\"iss_sub\",\"iss\":\"https://a/\",\"sub\":"
		    "\"ad|x|al_ice.b-1\"}" },
		{ "{", "{" },
		{ "{user", "{user" },
		{ "{}{USER}{ user}", "{}{USER}{ user}" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_str_free) char *hint = NULL;

		assert_int_equal(
		    po_ciba_hint(cases[i].template, "al_ice.b-1", &hint, NULL),
		    PO_OK);
		assert_string_equal(hint, cases[i].expected);
	}
}

/* {host} in a login_hint would be nobody. */
static void
unknown_words_are_refused(void **state PO_UNUSED)
{
	static const char *const hints[] = { "{username}", "x{host}", "{use}",
		"{user_}", "{user}{users}" };
	static const char *const bindings[] = { "{hostname}", "{cod}",
		"{host}{x}", "{commands}" };
	static const struct po_ciba_facts facts = { "a", "h", "s", "c", "1" };

	for (size_t i = 0; i < PO_ARRAY_LEN(hints); i++) {
		struct po_err err = { 0 };
		char *hint;

		assert_int_equal(
		    po_ciba_hint(hints[i], "alice", &hint, &err), PO_E_CONFIG);
		assert_null(hint);
		assert_non_null(strstr(err.text, "there is no {"));
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(bindings); i++) {
		struct po_err err = { 0 };
		char *binding;

		assert_int_equal(
		    po_ciba_binding(bindings[i], &facts, &binding, &err),
		    PO_E_CONFIG);
		assert_null(binding);
		assert_non_null(strstr(err.text, "there is no {"));
	}
}

static void
attack_account_that_ends_a_json_string(void **state PO_UNUSED)
{
	static const char *const users[] = { "a\",\"sub\":\"root", "", "a b",
		"a\n", "a\\", "{user}", "alice@evil.example", "-a",
		"abcdefghijklmnopqrstuvwxyz1234567" };

	for (size_t i = 0; i < PO_ARRAY_LEN(users); i++) {
		struct po_err err = { 0 };
		char *hint;

		assert_int_equal(
		    po_ciba_hint("{\"sub\":\"{user}\"}", users[i], &hint, &err),
		    PO_E_ACCOUNT_UNKNOWN);
		assert_null(hint);
	}
}

/* --- what the phone shows ------------------------------------------------- */

static void
expect_binding(const char *template, const struct po_ciba_facts *facts,
    const char *expected)
{
	AUTO(po_str_free) char *binding = NULL;

	assert_int_equal(
	    po_ciba_binding(template, facts, &binding, NULL), PO_OK);
	assert_string_equal(binding, expected);
}

static void
binding_names_host_service_and_command(void **state PO_UNUSED)
{
	static const struct po_ciba_facts facts = { "alice", "web1", "sudo",
		"ls -la /root", "4F7K" };
	static const struct po_ciba_facts ssh = { "alice", "web1", "sshd", "",
		"4F7K" };

	expect_binding(DEFAULT, &facts, "web1_sudo_ls_-la_root#4F7K");
	/* no gap where there is no command */
	expect_binding(DEFAULT, &ssh, "web1_sshd#4F7K");
	expect_binding("{service} {command}", &ssh, "sshd");
	expect_binding("{command}", &ssh, "");
	expect_binding("[{command}]", &ssh, "[]");
	expect_binding(
	    "{user}@{host}: {command}", &facts, "alice@web1: ls_-la_root");
	expect_binding("Say no!", &facts, "Say no!");
	expect_binding("{code}{", &facts, "4F7K{");
}

static void
attack_control_characters_newlines_and_bidi_in_a_command(void **state PO_UNUSED)
{
	static const struct {
		const char *command, *shown;
	} cases[] = {
		{ "a\nb\r\nc", "a_b_c" },
		{ "\x1B[2Jclear", "_2Jclear" },
		{ "txt\xE2\x80\xAE"
		  "exe",
		    "txt_exe" },
		{ "\xFF\xFE\xC0\x80", "_" },
		{ "a\x7F\x9B"
		  "b",
		    "a_b" },
		{ "$(reboot)`x`;&|<>\"'\\", "_reboot_x_" },
		/* nobody has a code of their own */
		{ "ls #2222", "ls_2222" },
		/* nor a template */
		{ "{host}", "_host_" },
		{ "&binding_message=x", "_binding_message_x" },
		{ "\xE2\x82\xAC", "_" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_ciba_facts facts = { "alice", "h", "sudo",
			cases[i].command, "4F7K" };
		AUTO(po_buf_clear) struct po_buf expected = PO_BUF_INIT(128);

		po_buf_appendf(&expected, "h_sudo_%s#4F7K", cases[i].shown);
		expect_binding(DEFAULT, &facts, po_buf_str(&expected));
	}
}

/* A hostile DNS or DHCP server names the host, a client the service. */
static void
attack_names_of_host_and_service(void **state PO_UNUSED)
{
	static const struct po_ciba_facts facts = { "alice", "web\n1#AAAA",
		"su\x1B[do", "", "4F7K" };

	expect_binding(DEFAULT, &facts, "web_1_AAAA_su_do#4F7K");
}

/* What matters stands at both ends, so the middle goes, and says so. */
static void
attack_command_that_pushes_the_code_out(void **state PO_UNUSED)
{
	char command[257], name[257];
	struct po_ciba_facts facts = { "alice", "web1", "sudo", command,
		"4F7K" };

	memset(name, 'h', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t len = 1; len < sizeof(command); len++) {
		AUTO(po_str_free) char *binding = NULL;
		AUTO(po_str_free) char *longest = NULL;
		size_t fits = PO_CIBA_BINDING_MAX - strlen("web1_sudo_#4F7K");

		memset(command, 'c', len);
		command[len] = '\0';
		facts.host = "web1";
		facts.service = "sudo";
		assert_int_equal(
		    po_ciba_binding(DEFAULT, &facts, &binding, NULL), PO_OK);
		assert_int_equal(strlen(binding),
		    strlen("web1_sudo_#4F7K") + (len < fits ? len : fits));
		assert_int_equal(strncmp(binding, "web1_sudo_c", 11), 0);
		assert_string_equal(
		    binding + strlen(binding) - 7 + (len < 2 ? 1 : 0),
		    len > fits ? "..#4F7K"
		    : len < 2  ? "c#4F7K"
			       : "cc#4F7K");
		facts.host = facts.service = name;
		assert_int_equal(
		    po_ciba_binding(DEFAULT, &facts, &longest, NULL), PO_OK);
		assert_true(strlen(longest) <= PO_CIBA_BINDING_MAX);
		assert_string_equal(longest + strlen(longest) - 5, "#4F7K");
		assert_non_null(strstr(longest, "hh.._"));
	}
}

/* An administrator's own words are not cut, but leave a command no room. */
static void
long_template_leaves_the_command_out(void **state PO_UNUSED)
{
	static const struct po_ciba_facts facts = { "alice", "web1", "sudo",
		"ls -la", "4F7K" };

	expect_binding("0123456789012345678901234567890123456789012345678 "
		       "{command}",
	    &facts, "0123456789012345678901234567890123456789012345678 ..");
}

/* --- the request ---------------------------------------------------------- */

static void
request_carries_what_is_asked_for(void **state PO_UNUSED)
{
	static const struct {
		struct po_ciba_params params;
		const char *body;
	} cases[] = {
		{ { .scope = "openid email", .login_hint = "alice" },
		    "scope=openid+email&login_hint=alice&client_id=linux" },
		{ { .scope = "openid",
		      .login_hint = "{\"sub\":\"a|b\"}",
		      .binding_message = "web1#4F7K",
		      .acr_values = "mfa phr",
		      .user_code = "4711 &x=y",
		      .max_age_s = 900,
		      .requested_expiry_s = 299 },
		    "scope=openid&login_hint=%7B%22sub%22%3A%22a%7Cb%22%7D"
		    "&binding_message=web1%234F7K&acr_values=mfa+phr"
		    "&user_code=4711+%26x%3Dy&max_age=900"
		    "&requested_expiry=299&client_id=linux" },
		/* a deadline that has passed asks for nothing */
		{ { .scope = "openid",
		      .login_hint = "alice",
		      .requested_expiry_s = -1 },
		    "scope=openid&login_hint=alice&client_id=linux" },
	};
	const struct po_client client = { .client_id = "linux",
		.client_secret = "s" };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		assert_int_equal(po_ciba_request(ENDPOINT, &client,
				     &cases[i].params, &request, NULL),
		    PO_OK);
		assert_int_equal(request.method, PO_HTTP_POST);
		assert_string_equal(request.url, ENDPOINT);
		assert_string_equal(
		    request.authorization, "Basic bGludXg6cw==");
		assert_string_equal(po_buf_str(&request.body), cases[i].body);
	}
}

static void
request_without_the_secret_it_needs_is_an_error(void **state PO_UNUSED)
{
	const struct po_client client = { .client_id = "linux",
		.auth = PO_CLIENT_AUTH_SECRET_POST };
	const struct po_ciba_params params = { .scope = "openid",
		.login_hint = "alice" };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(
	    po_ciba_request(ENDPOINT, &client, &params, &request, NULL),
	    PO_E_CONFIG);
}

/* --- the answer ----------------------------------------------------------- */

static void
answer_hands_over_id_and_times(void **state PO_UNUSED)
{
	static const struct {
		const char *body;
		int64_t expires_in_s, interval_s;
	} cases[] = {
		{ "{" GOOD ",\"expires_in\":120,\"interval\":2}", 120, 2 },
		{ "{" GOOD ",\"expires_in\":\"120\"}", 120, 5 },
		{ "{" GOOD "}", 600, 5 },
		{ "{" GOOD ",\"expires_in\":null,\"interval\":null}", 600, 5 },
		{ "{" GOOD ",\"expires_in\":99999,\"interval\":999}", 3600,
		    999 },
		/* push mode: what is in it counts for nothing */
		{ "{" GOOD ",\"access_token\":\"a\",\"id_token\":\"a.b.c\","
		  "\"token_type\":\"Bearer\",\"expires_in\":9}",
		    9, 5 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_device_authorization_clear)
		struct po_device_authorization device = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, cases[i].body);

		assert_int_equal(
		    po_ciba_parse(&response, &device, NULL), PO_OK);
		assert_string_equal(device.device_code, "1c266114");
		assert_int_equal(device.expires_in_s, cases[i].expires_in_s);
		assert_int_equal(device.interval_s, cases[i].interval_s);
		assert_null(device.user_code);
		assert_null(device.verification_uri);
	}
}

/* Or a provider has us ask it without a pause. */
static void
attack_interval_zero_negative_and_fractional(void **state PO_UNUSED)
{
	static const struct {
		const char *interval;
		int64_t interval_s;
	} cases[] = { { "0", 5 }, { "-1", 1 }, { "-9223372036854775808", 1 },
		{ "9223372036854775807", 3600 }, { "\"0\"", 5 } };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_device_authorization_clear)
		struct po_device_authorization device = { 0 };
		AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(256);

		po_buf_appendf(
		    &body, "{" GOOD ",\"interval\":%s}", cases[i].interval);
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, po_buf_str(&body));
		assert_int_equal(
		    po_ciba_parse(&response, &device, NULL), PO_OK);
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
expect_refusals(const struct refusal *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct refusal *want = &cases[i];
		struct po_device_authorization device = { 0 };
		struct po_err err = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(want->http_status,
			want->body[0] == '<' ? "text/html" : JSON, want->body);

		if (po_ciba_parse(&response, &device, &err) != want->status ||
		    err.status != want->status ||
		    strstr(err.text, want->text) == NULL)
			fail_msg("%d %s: %s \"%s\"", want->http_status,
			    want->body, po_status_name(err.status), err.text);
		assert_int_equal(strncmp(err.text,
				     "backchannel authentication response", 35),
		    0);
		assert_null(device.device_code);
	}
}

#define ERROR(name) "{\"error\":\"" name "\"}"

/* CIBA Core 13, and what answers instead of the endpoint. */
static void
every_error_is_told_apart(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		/* not told at the terminal */
		{ 400, ERROR("unknown_user_id"), PO_E_NOT_ASKED,
		    "the provider has asked nobody: unknown_user_id - check "
		    "login_hint" },
		{ 400, ERROR("missing_user_code"), PO_E_NOT_ASKED,
		    "missing_user_code" },
		{ 400, ERROR("invalid_user_code"), PO_E_NOT_ASKED,
		    "invalid_user_code" },
		{ 403, ERROR("access_denied"), PO_E_NOT_ASKED,
		    "access_denied" },
		{ 200, ERROR("unknown_user_id"), PO_E_NOT_ASKED, "" },
		/* ours */
		{ 400, ERROR("invalid_binding_message"), PO_E_CLIENT_REFUSED,
		    "invalid_binding_message - check binding_message" },
		{ 400, ERROR("expired_login_hint_token"), PO_E_CLIENT_REFUSED,
		    "expired_login_hint_token - check login_hint" },
		{ 400, ERROR("invalid_request"), PO_E_CLIENT_REFUSED,
		    "invalid_request" },
		{ 400, ERROR("invalid_scope"), PO_E_CLIENT_REFUSED,
		    "check scopes" },
		{ 401, ERROR("invalid_client"), PO_E_CLIENT_REFUSED,
		    "check client_id" },
		{ 400, ERROR("unauthorized_client"), PO_E_CLIENT_REFUSED,
		    "may use this grant" },
		{ 400, ERROR("something_new"), PO_E_CLIENT_REFUSED,
		    "\"something_new\"" },
		{ 401, "", PO_E_CLIENT_REFUSED, "401" },
		/* theirs */
		{ 400, ERROR("transaction_failed"), PO_E_HTTP,
		    "takes no more requests now" },
		{ 500, ERROR("server_error"), PO_E_HTTP, "server_error" },
		{ 503, ERROR("temporarily_unavailable"), PO_E_HTTP, "" },
		{ 429, ERROR("slow_down"), PO_E_HTTP, "" },
		{ 502, "<html>", PO_E_HTTP, "502" },
		{ 500, "{}", PO_E_HTTP, "HTTP status 500" },
	};

	expect_refusals(cases, PO_ARRAY_LEN(cases));
}

static void
what_is_no_answer_is_refused(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ 200, "{}", PO_E_DOCUMENT,
		    "(CIBA Core 7.3): field \"auth_req_id\" is missing" },
		{ 200, "{\"auth_req_id\":\"\"}", PO_E_DOCUMENT,
		    "field \"auth_req_id\" is empty" },
		{ 200, "{\"auth_req_id\":7}", PO_E_DOCUMENT,
		    "field \"auth_req_id\" is" },
		{ 200, "{" GOOD "," GOOD "}", PO_E_DOCUMENT, "" },
		{ 200, "{" GOOD ",\"interval\":\"soon\"}", PO_E_DOCUMENT,
		    "field \"interval\" is" },
		{ 302, "{" GOOD "}", PO_E_DOCUMENT, "HTTP status 302" },
		{ 200, "[]", PO_E_DOCUMENT, "that is no object" },
		{ 200, "<html>", PO_E_DOCUMENT, "text/html" },
	};

	expect_refusals(cases, PO_ARRAY_LEN(cases));
}

/* Push mode has a token where poll mode has a number to ask for it with. */
static void
attack_tokens_without_a_request(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ 200,
		    "{\"access_token\":\"a\",\"token_type\":\"Bearer\","
		    "\"id_token\":\"a.b.c\"}",
		    PO_E_DOCUMENT, "field \"auth_req_id\" is missing" },
	};

	expect_refusals(cases, PO_ARRAY_LEN(cases));
}

static void
id_is_read_up_to_its_limit(void **state PO_UNUSED)
{
	for (size_t over = 0; over < 2; over++) {
		AUTO(po_device_authorization_clear)
		struct po_device_authorization device = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, "{\"auth_req_id\":\"");

		for (size_t i = 0; i < PO_DEVICE_CODE_MAX + over; i++)
			po_buf_append_char(&response.body, 'x');
		po_buf_append_str(&response.body, "\"}");
		assert_int_equal(po_ciba_parse(&response, &device, NULL),
		    over == 0 ? PO_OK : PO_E_DOCUMENT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    hint_is_the_account_where_the_template_wants_it),
		cmocka_unit_test(unknown_words_are_refused),
		cmocka_unit_test(attack_account_that_ends_a_json_string),
		cmocka_unit_test(binding_names_host_service_and_command),
		cmocka_unit_test(
		    attack_control_characters_newlines_and_bidi_in_a_command),
		cmocka_unit_test(attack_names_of_host_and_service),
		cmocka_unit_test(attack_command_that_pushes_the_code_out),
		cmocka_unit_test(long_template_leaves_the_command_out),
		cmocka_unit_test(request_carries_what_is_asked_for),
		cmocka_unit_test(
		    request_without_the_secret_it_needs_is_an_error),
		cmocka_unit_test(answer_hands_over_id_and_times),
		cmocka_unit_test(attack_interval_zero_negative_and_fractional),
		cmocka_unit_test(every_error_is_told_apart),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(attack_tokens_without_a_request),
		cmocka_unit_test(id_is_read_up_to_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
