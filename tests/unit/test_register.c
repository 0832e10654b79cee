/* SPDX-License-Identifier: BSD-2-Clause */
/* Registration: what is asked for, each shape of an answer, and records. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/register.h"
#include "oauth_answer.h"

#define ENDPOINT "https://sso.example.com/reg"
#define MANAGED                                                                \
	"\"registration_access_token\":\"rat\","                               \
	"\"registration_client_uri\":\"" ENDPOINT "/1\""

/* --- requests ------------------------------------------------------------- */

static void
request_is_json_for_a_device_client(void **state PO_UNUSED)
{
	static const struct po_register_params params = {
		.client_name = "Linux \"login\"\non a\xc3\xa9\x1b[2J",
		.scopes = "openid profile",
		.auth = PO_CLIENT_AUTH_SECRET_BASIC,
	};
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(
	    po_register_request(ENDPOINT, "initial", &params, &request, NULL),
	    PO_OK);
	assert_int_equal(request.method, PO_HTTP_POST);
	assert_true(request.json);
	assert_false(request.cacheable);
	assert_string_equal(request.url, ENDPOINT);
	assert_string_equal(request.authorization, "Bearer initial");
	assert_string_equal(po_buf_str(&request.body),
	    "{\"client_name\":\"Linux \\\"login\\\"\\u000aon a\xc3\xa9"
	    "\\u001b[2J\",\"scope\":\"openid profile\","
	    "\"token_endpoint_auth_method\":\"client_secret_basic\","
	    "\"application_type\":\"native\","
	    "\"software_id\":\"" PACKAGE_NAME "\","
	    "\"software_version\":\"" PACKAGE_VERSION "\","
	    "\"response_types\":[],\"grant_types\":[\"" PO_GRANT_DEVICE "\"]}");
}

static void
refresh_tokens_are_for_those_who_ask_for_offline_access(void **state PO_UNUSED)
{
	static const struct {
		const char *scopes;
		bool refresh;
	} cases[] = {
		{ "openid offline_access", true },
		{ "offline_access openid", true },
		{ "offline_access", true },
		{ "openid offline_access_not", false },
		{ "openid not_offline_access", false },
		{ "offline", false },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_register_params params = {
			.client_name = "x",
			.scopes = cases[i].scopes,
			.auth = PO_CLIENT_AUTH_NONE,
		};
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		assert_int_equal(po_register_request(
				     ENDPOINT, NULL, &params, &request, NULL),
		    PO_OK);
		assert_null(request.authorization);
		assert_int_equal(
		    strstr(po_buf_str(&request.body),
			PO_GRANT_DEVICE "\",\"refresh_token\"]") != NULL,
		    cases[i].refresh);
	}
}

static void
token_with_a_line_break_begins_no_header(void **state PO_UNUSED)
{
	static const struct po_register_params params = {
		.client_name = "x",
		.scopes = "openid",
	};
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	struct po_err err = { 0 };

	assert_int_equal(po_register_request(ENDPOINT, "a\r\nX-Evil: 1",
			     &params, &request, &err),
	    PO_E_DOCUMENT);
	assert_non_null(strstr(err.text, "registration request: "));
	assert_null(strstr(err.text, "Evil"));
}

static void
managing_takes_uri_and_token(void **state PO_UNUSED)
{
	static char uri[] = ENDPOINT "/1", token[] = "rat";
	const struct po_registration whole = { .uri = uri,
		.access_token = token };
	const struct po_registration parts[] = { { .uri = uri },
		{ .access_token = token }, { .uri = NULL } };
	static const enum po_http_method methods[] = { PO_HTTP_GET,
		PO_HTTP_DELETE };

	for (size_t i = 0; i < PO_ARRAY_LEN(methods); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		assert_int_equal(
		    po_register_manage(&whole, methods[i], &request, NULL),
		    PO_OK);
		assert_int_equal(request.method, methods[i]);
		assert_string_equal(request.url, uri);
		assert_string_equal(request.authorization, "Bearer rat");
		assert_int_equal(request.body.len, 0);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(parts); i++) {
		struct po_http_request request = { 0 };
		struct po_err err = { 0 };

		assert_int_equal(
		    po_register_manage(&parts[i], PO_HTTP_GET, &request, &err),
		    PO_E_UNSUPPORTED);
		assert_non_null(strstr(err.text, "no token to manage"));
	}
}

/* --- answers -------------------------------------------------------------- */

static enum po_status
parse(int status, const char *type, const char *body,
    struct po_registration *out, struct po_err *err)
{
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(status, type, body);

	return po_register_parse(&response, out, err);
}

static void
all_of_an_answer_is_read(void **state PO_UNUSED)
{
	AUTO(po_registration_clear) struct po_registration client = { 0 };

	assert_int_equal(
	    parse(201, JSON,
		"{\"client_id\":\"c1\",\"client_secret\":\"s :/+%41~\","
		"\"client_secret_expires_at\":1893456000,"
		"\"client_id_issued_at\":1,\"scope\":\"openid email\","
		"\"token_endpoint_auth_method\":\"client_secret_post\","
		"\"grant_types\":[\"" PO_GRANT_DEVICE "\",\"x\"],"
		"\"secret_file\":\"/etc/shadow\",\"ca_file\":\"/etc/passwd\","
		"\"redirect_uris\":[],\"client_name\":\"\\u001b[2J\"," MANAGED
		"}",
		&client, NULL),
	    PO_OK);
	assert_string_equal(client.client_id, "c1");
	assert_string_equal(client.client_secret, "s :/+%41~");
	assert_int_equal(client.secret_expires_s, 1893456000);
	assert_string_equal(client.auth, "client_secret_post");
	assert_string_equal(client.grant_types, PO_GRANT_DEVICE " x");
	assert_string_equal(client.scope, "openid email");
	assert_string_equal(client.access_token, "rat");
	assert_string_equal(client.uri, ENDPOINT "/1");
	/* a provider does not say which file is removed */
	assert_null(client.secret_file);
	assert_null(client.ca_file);
}

static void
little_of_an_answer_is_needed(void **state PO_UNUSED)
{
	static const char *const bodies[] = {
		"{\"client_id\":\"c\"}",
		("{\"client_id\":\"c\",\"scope\":\"\",\"grant_types\":[],"
		 "\"client_secret\":null,\"registration_client_uri\":null}"),
		"{\"client_id\":\"c\",\"grant_types\":\"x\",\"error\":null}",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(bodies); i++) {
		AUTO(po_registration_clear)
		struct po_registration client = { 0 };

		/* 200 and no media type: some do */
		assert_int_equal(
		    parse(200, "", bodies[i], &client, NULL), PO_OK);
		assert_string_equal(client.client_id, "c");
		assert_null(client.client_secret);
		assert_null(client.auth);
		assert_null(client.grant_types);
		assert_null(client.scope);
		assert_null(client.uri);
		assert_int_equal(client.secret_expires_s, 0);
	}
}

static void
an_answer_that_must_not_be_used(void **state PO_UNUSED)
{
#define WITH(members) "{\"client_id\":\"c\"," members "}"
	static const struct {
		const char *body;
		const char *message;
	} cases[] = {
		{ "{}", "\"client_id\" is missing" },
		{ "{\"client_id\":null}", "\"client_id\" is missing" },
		{ "{\"client_id\":7}", "\"client_id\" is integer, not" },
		{ "{\"client_id\":\"\"}", "\"client_id\" is empty" },
		{ "{\"client_id\":\"a b\"}", "with a blank" },
		{ "{\"client_id\":\"a\\nallow_root = yes\"}",
		    "\"client_id\" is empty, or not printable" },
		{ "{\"client_id\":\"\\u001b[2J\"}", "not printable" },
		{ "{\"client_id\":\"\xc3\xa9\"}", "not printable" },
		{ "{\"client_id\":\"a\",\"client_id\":\"b\"}", "twice" },
		{ WITH("\"client_secret\":\"a\\nb\""), "\"client_secret\"" },
		{ WITH("\"client_secret\":\"a\\u0000b\""), "U+0000" },
		{ WITH("\"client_secret\":\"\""), "\"client_secret\"" },
		{ WITH("\"client_secret\":[]"), "\"client_secret\" is array" },
		{ WITH("\"client_secret_expires_at\":\"soon\""),
		    "client_secret_expires_at" },
		{ WITH("\"scope\":\"a\\tb\""), "\"scope\"" },
		{ WITH("\"grant_types\":[1]"), "no list of words" },
		{ WITH("\"grant_types\":[\"a b\"]"), "no list of words" },
		{ WITH("\"grant_types\":[\"a\\nb\"]"), "\"grant_types\"" },
		{ WITH("\"registration_access_token\":\"t\""),
		    "without the other (RFC 7592 3)" },
		{ WITH("\"registration_client_uri\":\"" ENDPOINT "\""),
		    "without the other (RFC 7592 3)" },
		{ WITH("\"registration_access_token\":\"t\","
		       "\"registration_client_uri\":\"http://a.example/1\""),
		    "\"registration_client_uri\" is not an https URL" },
		{ WITH("\"registration_access_token\":\"t u\","
		       "\"registration_client_uri\":\"" ENDPOINT "\""),
		    "with a blank" },
		{ WITH("\"registration_access_token\":\"t\\r\\nu\","
		       "\"registration_client_uri\":\"" ENDPOINT "\""),
		    "\"registration_access_token\"" },
	};
#undef WITH

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_registration client = { 0 };
		struct po_err err = { 0 };

		assert_int_equal(parse(201, JSON, cases[i].body, &client, &err),
		    PO_E_DOCUMENT);
		if (strstr(err.text, cases[i].message) == NULL)
			fail_msg("%s: \"%s\"", cases[i].body, err.text);
		assert_null(client.client_id);
		assert_null(client.client_secret);
	}
}

static void
values_have_a_longest_length(void **state PO_UNUSED)
{
	static const struct {
		const char *name;
		size_t max;
	} cases[] = { { "client_id", 512 }, { "client_secret", 4096 },
		{ "scope", 2048 }, { "token_endpoint_auth_method", 64 } };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		for (size_t extra = 0; extra < 2; extra++) {
			AUTO(po_buf_clear)
			struct po_buf body = PO_BUF_INIT(8192);
			AUTO(po_registration_clear)
			struct po_registration client = { 0 };
			struct po_err err = { 0 };

			po_buf_appendf(
			    &body, "{%s", i == 0 ? "" : "\"client_id\":\"c\",");
			po_buf_appendf(&body, "\"%s\":\"", cases[i].name);
			for (size_t n = 0; n < cases[i].max + extra; n++)
				po_buf_append_char(&body, 'x');
			po_buf_append_str(&body, "\"}");
			assert_int_equal(
			    parse(201, JSON, po_buf_str(&body), &client, &err),
			    extra == 0 ? PO_OK : PO_E_DOCUMENT);
		}
}

static void
too_many_grants_are_too_many(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(8192);
	struct po_registration client = { 0 };
	struct po_err err = { 0 };

	po_buf_append_str(&body, "{\"client_id\":\"c\",\"grant_types\":[\"x\"");
	for (size_t i = 0; i < 1024; i++)
		po_buf_append_str(&body, ",\"y\"");
	po_buf_append_str(&body, "]}");
	assert_int_equal(
	    parse(201, JSON, po_buf_str(&body), &client, &err), PO_E_TOO_LARGE);
	assert_null(client.client_id);
}

static void
a_refusal_says_what_would_help(void **state PO_UNUSED)
{
#define ERROR(name) "{\"error\":\"" name "\",\"error_description\":\"why\"}"
	static const struct {
		int status;
		const char *body;
		enum po_status result;
		const char *message;
	} cases[] = {
		{ 400, ERROR("invalid_redirect_uri"), PO_E_CLIENT_REFUSED,
		    "the device grant has no redirect URI" },
		{ 400, ERROR("invalid_client_metadata"), PO_E_CLIENT_REFUSED,
		    "try another --client-auth" },
		{ 400, ERROR("invalid_software_statement"), PO_E_CLIENT_REFUSED,
		    "wants a signed statement" },
		{ 400, ERROR("unapproved_software_statement"),
		    PO_E_CLIENT_REFUSED, "takes known software only" },
		{ 401, ERROR("invalid_token"), PO_E_CLIENT_REFUSED,
		    "the token is not valid there" },
		{ 403, ERROR("insufficient_scope"), PO_E_CLIENT_REFUSED,
		    "do not allow this" },
		/* GitHub's way: an error is one, whatever the status */
		{ 200, ERROR("invalid_client_metadata"), PO_E_CLIENT_REFUSED,
		    "(\"why\") - it does not take" },
		/* ours, said by somebody else */
		{ 400, ERROR("something"), PO_E_CLIENT_REFUSED,
		    "HTTP status 400, \"something\" (\"why\")" },
		{ 403, ERROR("something"), PO_E_CLIENT_REFUSED,
		    "do not allow this" },
		{ 401, "", PO_E_CLIENT_REFUSED, "the token is not valid" },
		{ 403, "<html>", PO_E_CLIENT_REFUSED, "do not allow this" },
		{ 404, "", PO_E_UNSUPPORTED, "nothing is there" },
		{ 405, "", PO_E_UNSUPPORTED, "it does not do this" },
		{ 400, "", PO_E_CLIENT_REFUSED, "refused: HTTP status 400" },
		{ 302, "", PO_E_CLIENT_REFUSED, "refused: HTTP status 302" },
		{ 204, "", PO_E_CLIENT_REFUSED, "refused: HTTP status 204" },
		{ 400, "{\"client_id\":\"c\"}", PO_E_CLIENT_REFUSED,
		    "refused: HTTP status 400" },
		{ 400, "{\"error\":{}}", PO_E_CLIENT_REFUSED, "object" },
		{ 503, "", PO_E_HTTP, "refused: HTTP status 503" },
		{ 429, ERROR("slow_down"), PO_E_HTTP, "status 429, slow_down" },
		{ 500, "{", PO_E_HTTP, "HTTP status 500" },
		{ 201, "", PO_E_DOCUMENT, "empty body" },
		{ 201, "<html>", PO_E_DOCUMENT, "instead of JSON" },
		{ 201, "{", PO_E_DOCUMENT, "" },
	};
#undef ERROR

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_registration client = { 0 };
		struct po_err err = { 0 };
		enum po_status st = parse(cases[i].status,
		    cases[i].body[0] == '<' ? "text/html" : JSON, cases[i].body,
		    &client, &err);

		if (st != cases[i].result ||
		    strstr(err.text, cases[i].message) == NULL)
			fail_msg("%d %s: %s: \"%s\"", cases[i].status,
			    cases[i].body, po_status_name(st), err.text);
		assert_null(client.client_id);
	}
}

/* A description as long as one may be leaves the hint in the message. */
static void
a_long_refusal_keeps_its_hint(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(8192);
	struct po_registration client = { 0 };
	struct po_err err = { 0 };

	po_buf_append_str(&body,
	    "{\"error\":\"invalid_client_metadata\",\"error_description\":\"");
	for (size_t i = 0; i < 1000; i++)
		po_buf_append_char(&body, 'x');
	po_buf_append_str(&body, "\"}");
	assert_int_equal(parse(400, JSON, po_buf_str(&body), &client, &err),
	    PO_E_CLIENT_REFUSED);
	assert_non_null(strstr(err.text, "the device grant there"));
}

static void
deleting_is_done_or_refused(void **state PO_UNUSED)
{
	static const struct {
		int status;
		const char *body;
		enum po_status result;
	} cases[] = {
		{ 204, "", PO_OK },
		{ 200, "", PO_OK },
		{ 200, "deleted", PO_OK },
		{ 201, "{}", PO_E_DOCUMENT },
		{ 401, "", PO_E_CLIENT_REFUSED },
		{ 403, "{\"error\":\"x\"}", PO_E_CLIENT_REFUSED },
		{ 405, "", PO_E_UNSUPPORTED },
		{ 302, "", PO_E_CLIENT_REFUSED },
		{ 503, "", PO_E_HTTP },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(cases[i].status, JSON, cases[i].body);
		struct po_err err = { 0 };

		assert_int_equal(
		    po_register_deleted(&response, &err), cases[i].result);
		assert_int_equal(err.status, cases[i].result);
	}
}

/* --- records -------------------------------------------------------------- */

static void
we_can_be_some_clients(void **state PO_UNUSED)
{
	static const struct {
		const char *auth;
		const char *secret;
		enum po_status result;
	} cases[] = {
		{ "none", NULL, PO_OK },
		{ "none", "s", PO_OK },
		{ "client_secret_basic", "s", PO_OK },
		{ "client_secret_post", "s", PO_OK },
		{ "client_secret_jwt", "s", PO_OK },
		{ "client_secret_jwt", NULL, PO_E_DOCUMENT },
		{ "client_secret_basic", NULL, PO_E_DOCUMENT },
		{ "private_key_jwt", "s", PO_E_UNSUPPORTED },
		{ "tls_client_auth", "s", PO_E_UNSUPPORTED },
		{ "auto", "s", PO_E_UNSUPPORTED },
		{ "client_secret_postal", "s", PO_E_UNSUPPORTED },
		{ NULL, "s", PO_E_UNSUPPORTED },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_registration client = {
			.auth = (char *)(uintptr_t)cases[i].auth,
			.client_secret = (char *)(uintptr_t)cases[i].secret,
		};
		struct po_err err = { 0 };

		assert_int_equal(
		    po_registration_check(&client, &err), cases[i].result);
		assert_int_equal(err.status, cases[i].result);
	}
}

static enum po_status
scan(const char *text, size_t len, struct po_registration *out)
{
	AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(8192);
	struct po_err err = { 0 };
	enum po_status st;

	po_buf_append(&record, text, len);
	st = po_registration_scan(&record, out, &err);
	assert_int_equal(err.status, st);
	return st;
}

static void
a_record_is_read_as_it_was_printed(void **state PO_UNUSED)
{
	static const char text[] =
	    "client_id=c1\nclient_secret= s=:~\n"
	    "token_endpoint_auth_method=client_secret_post\n"
	    "grant_types=" PO_GRANT_DEVICE " x\nscope=openid\n"
	    "registration_access_token=rat\n"
	    "registration_client_uri=" ENDPOINT "/1?a=b\n"
	    "secret_file=/etc/pam_oauth/corp.secret\nca_file=/ca.pem\n"
	    "client_secret_expires_at=1893456000\n";
	AUTO(po_registration_clear) struct po_registration client = { 0 };
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(8192);

	assert_int_equal(scan(text, strlen(text), &client), PO_OK);
	assert_string_equal(client.client_secret, " s=:~");
	assert_string_equal(client.uri, ENDPOINT "/1?a=b");
	assert_string_equal(client.secret_file, "/etc/pam_oauth/corp.secret");
	assert_int_equal(client.secret_expires_s, 1893456000);
	po_registration_print(&client, &again);
	assert_string_equal(po_buf_str(&again), text);
}

static void
what_is_no_record(void **state PO_UNUSED)
{
#define CASE(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		CASE(""),
		CASE("client_id=c"),
		CASE("client_id=c\nscope=openid"),
		CASE("client_id=c\n\n"),
		CASE("client_id=c\nscope\n"),
		CASE("client_id=c\nclient_id=c\n"),
		CASE("client_id=\n"),
		CASE("client_id=a b\n"),
		CASE("client_id=a\tb\n"),
		CASE("client_id=a\nregistration_access_token=b c\n"),
		CASE("client_id=a\r\n"),
		CASE("client_id=a\0b\n"),
		CASE("client_id=a\n\0"),
		CASE("\nclient_id=a\n"),
		CASE(" client_id=a\n"),
		CASE("scope=openid\n"),
		CASE("client_id=c\nunknown=x\n"),
		CASE("client_id=c\nclient_secret_expires_at=\n"),
		CASE("client_id=c\nclient_secret_expires_at=-1\n"),
		CASE("client_id=c\nclient_secret_expires_at=1x\n"),
		CASE("client_id=c\nclient_secret_expires_at=0\n"
		     "client_secret_expires_at=0\n"),
		CASE("client_id=c\nregistration_client_uri=http://a.b/\n"),
		CASE("client_id=c\nregistration_client_uri=file:///etc\n"),
	};
#undef CASE

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_registration client = { 0 };

		if (scan(cases[i].text, cases[i].len, &client) != PO_E_DOCUMENT)
			fail_msg("accepted: %s", cases[i].text);
		assert_null(client.client_id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_json_for_a_device_client),
		cmocka_unit_test(
		    refresh_tokens_are_for_those_who_ask_for_offline_access),
		cmocka_unit_test(token_with_a_line_break_begins_no_header),
		cmocka_unit_test(managing_takes_uri_and_token),
		cmocka_unit_test(all_of_an_answer_is_read),
		cmocka_unit_test(little_of_an_answer_is_needed),
		cmocka_unit_test(an_answer_that_must_not_be_used),
		cmocka_unit_test(values_have_a_longest_length),
		cmocka_unit_test(too_many_grants_are_too_many),
		cmocka_unit_test(a_refusal_says_what_would_help),
		cmocka_unit_test(a_long_refusal_keeps_its_hint),
		cmocka_unit_test(deleting_is_done_or_refused),
		cmocka_unit_test(we_can_be_some_clients),
		cmocka_unit_test(a_record_is_read_as_it_was_printed),
		cmocka_unit_test(what_is_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
