/* SPDX-License-Identifier: BSD-2-Clause */
/* Where to find metadata, and whose metadata is believed. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/client_auth.h"
#include "oauth/metadata.h"
#include "oauth_answer.h"

#define ISSUER "https://sso.example.com/realms/staff"
#define ENDPOINTS                                                              \
	"\"token_endpoint\":\"https://sso.example.com/token\","                \
	"\"jwks_uri\":\"https://keys.example.net/jwks\""

static void
request_url_is_the_issuer_less_one_slash_plus_well_known(void **state PO_UNUSED)
{
	static const struct {
		const char *issuer;
		const char *url; /* NULL: refused */
	} cases[] = {
		{ ISSUER, ISSUER "/.well-known/openid-configuration" },
		{ "https://a.example",
		    "https://a.example/.well-known/openid-configuration" },
		{ "https://a.example/",
		    "https://a.example/.well-known/openid-configuration" },
		{ "https://a.example//",
		    "https://a.example//.well-known/openid-configuration" },
		{ "http://a.example", NULL },
		{ "https://a.example/?x=1", NULL },
		{ "https://a.example/#x", NULL },
		{ "https://user@a.example/", NULL },
		{ "a.example", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };
		struct po_err err = { 0 };
		enum po_status st =
		    po_metadata_request(cases[i].issuer, &request, &err);

		if (cases[i].url == NULL) {
			assert_int_equal(st, PO_E_CONFIG);
			assert_int_equal(err.status, PO_E_CONFIG);
			continue;
		}
		assert_int_equal(st, PO_OK);
		assert_string_equal(request.url, cases[i].url);
		assert_int_equal(request.method, PO_HTTP_GET);
		assert_int_equal(request.response_max, PO_HTTP_MAX_METADATA);
		assert_null(request.authorization);
		assert_int_equal(request.body.len, 0);
	}
}

static void
all_endpoints_are_read_and_everything_else_is_not(void **state PO_UNUSED)
{
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(200, JSON,
	    "{\"issuer\":\"" ISSUER "\"," ENDPOINTS ","
	    "\"device_authorization_endpoint\":\"https://sso.example.com/d\","
	    "\"userinfo_endpoint\":\"https://sso.example.com/u\","
	    "\"revocation_endpoint\":\"https://sso.example.com/r\","
	    "\"registration_endpoint\":\"https://sso.example.com/c\","
	    "\"id_token_signing_alg_values_supported\":[\"none\",\"HS256\"],"
	    "\"introspection_endpoint\":\"http://sso.example.com/\"}");

	assert_int_equal(
	    po_metadata_parse(ISSUER, false, &response, &metadata, NULL),
	    PO_OK);
	assert_string_equal(metadata.issuer, ISSUER);
	assert_string_equal(
	    metadata.token_endpoint, "https://sso.example.com/token");
	assert_string_equal(metadata.jwks_uri, "https://keys.example.net/jwks");
	assert_string_equal(metadata.device_authorization_endpoint,
	    "https://sso.example.com/d");
	assert_string_equal(
	    metadata.userinfo_endpoint, "https://sso.example.com/u");
	assert_string_equal(
	    metadata.revocation_endpoint, "https://sso.example.com/r");
	assert_string_equal(
	    metadata.registration_endpoint, "https://sso.example.com/c");
}

/* No login fails for what is wanted after some sessions, or before all. */
static void
a_bad_endpoint_that_no_login_needs_is_none(void **state PO_UNUSED)
{
	static const char *const values[] = { "null", "7", "\"\"",
		"\"http://sso.example.com/r\"", "\"/r\"" };

	for (size_t i = 0; i < PO_ARRAY_LEN(values); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(1024);

		po_buf_appendf(&body,
		    "{\"issuer\":\"" ISSUER "\"," ENDPOINTS
		    ",\"revocation_endpoint\":%s"
		    ",\"registration_endpoint\":%s}",
		    values[i], values[i]);
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, po_buf_str(&body));
		assert_int_equal(po_metadata_parse(
				     ISSUER, false, &response, &metadata, NULL),
		    PO_OK);
		assert_null(metadata.revocation_endpoint);
		assert_null(metadata.registration_endpoint);
	}
}

/* The endpoint alone does not say that one may poll (CIBA Core 4). */
static void
backchannel_is_offered_where_it_can_be_polled_for(void **state PO_UNUSED)
{
#define MODES "backchannel_token_delivery_modes_supported"
#define GRANTS "grant_types_supported"
#define BACKCHANNEL                                                            \
	",\"backchannel_authentication_endpoint\":\"https://a.example/bc\""
	static const struct {
		const char *more;
		bool offered;
	} cases[] = {
		{ "", false },
		{ BACKCHANNEL, true },
		{ BACKCHANNEL ",\"" MODES "\":[\"poll\"]", true },
		{ BACKCHANNEL ",\"" MODES "\":[\"ping\",\"poll\"]", true },
		{ BACKCHANNEL ",\"" MODES "\":null", true },
		{ BACKCHANNEL ",\"" MODES "\":[\"ping\",\"push\"]", false },
		{ BACKCHANNEL ",\"" MODES "\":[]", false },
		{ BACKCHANNEL ",\"" MODES "\":\"poll\"", false },
		{ BACKCHANNEL ",\"" MODES "\":[7,null,{},\"polls\"]", false },
		{ BACKCHANNEL ",\"" GRANTS "\":[\"refresh_token\","
			      "\"urn:openid:params:grant-type:ciba\"]",
		    true },
		{ BACKCHANNEL ",\"" GRANTS "\":[\"authorization_code\"]",
		    false },
		{ ",\"backchannel_authentication_endpoint\":"
		  "\"http://a.example/bc\"",
		    false },
		{ ",\"backchannel_authentication_endpoint\":7", false },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(1024);

		po_buf_appendf(&body,
		    "{\"issuer\":\"" ISSUER "\"," ENDPOINTS "%s}",
		    cases[i].more);
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, po_buf_str(&body));
		assert_int_equal(po_metadata_parse(
				     ISSUER, false, &response, &metadata, NULL),
		    PO_OK);
		if (cases[i].offered !=
		    (metadata.backchannel_authentication_endpoint != NULL))
			fail_msg("%s", cases[i].more);
	}
}

/* What `flow = code` looks at; what is not well said is not said. */
static void
promises_about_authorization_requests_are_read(void **state PO_UNUSED)
{
	static const struct {
		const char *members;
		bool sends_iss, wants_par, no_pkce;
	} cases[] = {
		{ "\"x\":1", false, false, false },
		{ "\"authorization_response_iss_parameter_supported\":true",
		    true, false, false },
		{ "\"authorization_response_iss_parameter_supported\":\"true\"",
		    false, false, false },
		{ "\"require_pushed_authorization_requests\":true", false, true,
		    false },
		{ "\"code_challenge_methods_supported\":[\"S256\"]", false,
		    false, false },
		{ "\"code_challenge_methods_supported\":null", false, false,
		    false },
		/* PKCE downgrade (RFC 9700 4.8.2) */
		{ "\"code_challenge_methods_supported\":[\"plain\"]", false,
		    false, true },
		{ "\"code_challenge_methods_supported\":[]", false, false,
		    true },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(1024);

		po_buf_appendf(&body,
		    "{\"issuer\":\"" ISSUER "\"," ENDPOINTS
		    ",\"authorization_endpoint\":\"" ISSUER "/auth\",%s}",
		    cases[i].members);
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, po_buf_str(&body));
		assert_int_equal(po_metadata_parse(
				     ISSUER, false, &response, &metadata, NULL),
		    PO_OK);
		assert_string_equal(
		    metadata.authorization_endpoint, ISSUER "/auth");
		assert_int_equal(metadata.sends_iss, cases[i].sends_iss);
		assert_int_equal(metadata.wants_par, cases[i].wants_par);
		assert_int_equal(metadata.no_pkce, cases[i].no_pkce);
	}
}

static void
endpoints_that_not_every_provider_has_may_be_missing(void **state PO_UNUSED)
{
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	AUTO(po_http_response_clear)
	struct po_http_response response = make_answer(200, JSON,
	    "{\"issuer\":\"" ISSUER "\"," ENDPOINTS
	    ",\"userinfo_endpoint\":null}");

	assert_int_equal(
	    po_metadata_parse(ISSUER, false, &response, &metadata, NULL),
	    PO_OK);
	assert_null(metadata.device_authorization_endpoint);
	assert_null(metadata.userinfo_endpoint);
}

/* Expects a refusal and that nothing was handed out. */
static void
expect_refusal(int http_status, const char *media_type, const char *body,
    enum po_status expected, const char *text)
{
	AUTO(po_http_response_clear)
	struct po_http_response response =
	    make_answer(http_status, media_type, body);
	struct po_metadata metadata = { 0 };
	struct po_err err = { 0 };

	assert_int_equal(
	    po_metadata_parse(ISSUER, false, &response, &metadata, &err),
	    expected);
	assert_int_equal(err.status, expected);
	if (strstr(err.text, text) == NULL)
		fail_msg("\"%s\" not in \"%s\"", text, err.text);
	assert_non_null(strstr(err.text, "metadata of \"" ISSUER "\": "));
	assert_null(metadata.issuer);
	assert_null(metadata.token_endpoint);
	assert_null(metadata.jwks_uri);
	assert_null(metadata.device_authorization_endpoint);
	assert_null(metadata.userinfo_endpoint);
}

static void
issuer_must_be_the_configured_one_byte_for_byte(void **state PO_UNUSED)
{
	static const struct {
		const char *issuer;
		const char *text;
	} cases[] = {
		{ ISSUER "/", "differ in the trailing slash" },
		{ "https://SSO.example.com/realms/staff", "calls itself" },
		{ "https://sso.example.com:443/realms/staff", "calls itself" },
		{ "http://sso.example.com/realms/staff", "calls itself" },
		{ "https://sso.example.com/realms/staf", "calls itself" },
		{ "https://sso.example.com/realms/staff2", "calls itself" },
		{ "https://login.example/{tenantid}/v2.0", "{tenantid}" },
		{ "", "calls itself \"\"" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		char body[512];

		(void)snprintf(body, sizeof(body),
		    "{\"issuer\":\"%s\"," ENDPOINTS "}", cases[i].issuer);
		expect_refusal(
		    200, JSON, body, PO_E_METADATA_ISSUER, cases[i].text);
	}
}

static void
a_foreign_issuer_is_the_reason_even_when_endpoints_are_bad(
    void **state PO_UNUSED)
{
	expect_refusal(200, JSON, "{\"issuer\":\"https://evil.example\"}",
	    PO_E_METADATA_ISSUER, "evil.example");
}

static void
documents_without_what_we_need_are_refused(void **state PO_UNUSED)
{
	static const struct {
		const char *body;
		const char *text;
	} cases[] = {
		{ "{" ENDPOINTS "}", "field \"issuer\" is missing" },
		{ "{\"issuer\":[\"" ISSUER "\"]," ENDPOINTS "}",
		    "field \"issuer\"" },
		{ "{\"issuer\":\"" ISSUER
		  "\",\"jwks_uri\":\"https://a.example\"}",
		    "field \"token_endpoint\" is missing" },
		{ "{\"issuer\":\"" ISSUER
		  "\",\"token_endpoint\":\"https://a.example\"}",
		    "field \"jwks_uri\" is missing" },
		{ "{\"issuer\":\"" ISSUER
		  "\",\"token_endpoint\":\"http://a.example\","
		  "\"jwks_uri\":\"https://a.example\"}",
		    "field \"token_endpoint\" is not an https URL" },
		{ "{\"issuer\":\"" ISSUER "\"," ENDPOINTS
		  ",\"userinfo_endpoint\":\"https://a@b.example\"}",
		    "field \"userinfo_endpoint\" is not an https URL" },
		{ "{\"issuer\":\"" ISSUER "\"," ENDPOINTS
		  ",\"device_authorization_endpoint\":\"javascript:x\"}",
		    "field \"device_authorization_endpoint\" is not" },
		{ "{\"issuer\":\"" ISSUER "\",\"issuer\":\"" ISSUER
		  "\"," ENDPOINTS "}",
		    "" },
		{ "{\"issuer\":\"" ISSUER "\"," ENDPOINTS, "" },
		{ "[]", "not a JSON object" },
		{ "", "not a JSON object" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_refusal(
		    200, JSON, cases[i].body, PO_E_DOCUMENT, cases[i].text);
}

#define GOOD "{\"issuer\":\"" ISSUER "\"," ENDPOINTS "}"

static void
only_status_200_is_read(void **state PO_UNUSED)
{
	expect_refusal(404, JSON, GOOD, PO_E_HTTP, "HTTP status 404");
	expect_refusal(
	    302, "text/html", "", PO_E_HTTP, "redirects are not followed");
	expect_refusal(503, "text/html", "<html>", PO_E_HTTP, "status 503");
	expect_refusal(204, JSON, GOOD, PO_E_HTTP, "HTTP status 204");
}

static void
only_json_media_types_are_read(void **state PO_UNUSED)
{
	static const struct {
		const char *media_type;
		bool good;
	} cases[] = {
		{ "application/json", true },
		{ "application/oauth-authz-server+json", true },
		{ "text/html", false },
		{ "application/jsonp", false },
		{ "json", false },
		{ "", false },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, cases[i].media_type, GOOD);

		assert_int_equal(po_metadata_parse(
				     ISSUER, false, &response, &metadata, NULL),
		    cases[i].good ? PO_OK : PO_E_DOCUMENT);
	}
}

/* What lists choose is how to ask, never what is allowed. */
static void
two_lists_are_read_as_far_as_they_are_lists(void **state PO_UNUSED)
{
	static const struct {
		const char *members;
		unsigned auth_methods;
		bool pkce;
	} cases[] = {
		{ "\"token_endpoint_auth_methods_supported\":"
		  "[\"client_secret_post\",\"private_key_jwt\",\"x\",7]",
		    PO_CLIENT_AUTH_BIT(PO_CLIENT_AUTH_SECRET_POST) |
			PO_CLIENT_AUTH_BIT(PO_CLIENT_AUTH_PRIVATE_KEY_JWT),
		    false },
		/* not a method, but our word for none in particular */
		{ "\"token_endpoint_auth_methods_supported\":[\"auto\"]", 0,
		    false },
		{ "\"token_endpoint_auth_methods_supported\":\"none\"", 0,
		    false },
		{ "\"token_endpoint_auth_methods_supported\":null", 0, false },
		{ "\"code_challenge_methods_supported\":[\"plain\",\"S256\"]",
		    0, true },
		{ "\"code_challenge_methods_supported\":[\"plain\"]", 0,
		    false },
		{ "\"code_challenge_methods_supported\":\"S256\"", 0, false },
		{ "\"code_challenge_methods_supported\":[[\"S256\"],null]", 0,
		    false },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(1024);

		po_buf_appendf(&body,
		    "{\"issuer\":\"" ISSUER "\"," ENDPOINTS ",%s}",
		    cases[i].members);
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, po_buf_str(&body));
		assert_int_equal(po_metadata_parse(
				     ISSUER, false, &response, &metadata, NULL),
		    PO_OK);
		assert_int_equal(metadata.auth_methods, cases[i].auth_methods);
		assert_int_equal(metadata.pkce, cases[i].pkce);
	}
}

#define DEVICE "\"device_authorization_endpoint\":\"https://a.example/d\""
#define ALIASES(members)                                                       \
	"{\"issuer\":\"" ISSUER "\"," ENDPOINTS "," DEVICE                     \
	",\"mtls_endpoint_aliases\":" members "}"

/* RFC 8705 5 */
static void
aliases_are_for_those_with_certificates(void **state PO_UNUSED)
{
	static const struct {
		const char *body;
		const char *device, *token;
	} cases[] = {
		{ ALIASES("{\"token_endpoint\":\"https://m.example/t\"}"),
		    "https://a.example/d", "https://m.example/t" },
		{ ALIASES("{\"device_authorization_endpoint\":"
			  "\"https://m.example/d\",\"jwks_uri\":"
			  "\"https://m.example/j\",\"revocation_endpoint\":"
			  "\"https://m.example/r\",\"userinfo_endpoint\":"
			  "\"https://m.example/u\"}"),
		    "https://m.example/d", "https://sso.example.com/token" },
		{ ALIASES("{}"), "https://a.example/d",
		    "https://sso.example.com/token" },
		{ ALIASES("null"), "https://a.example/d",
		    "https://sso.example.com/token" },
	};

	for (size_t i = 0; i < 2 * PO_ARRAY_LEN(cases); i++) {
		bool mtls = i % 2 == 0;
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, cases[i / 2].body);

		assert_int_equal(
		    po_metadata_parse(ISSUER, mtls, &response, &metadata, NULL),
		    PO_OK);
		assert_string_equal(metadata.device_authorization_endpoint,
		    mtls ? cases[i / 2].device : "https://a.example/d");
		assert_string_equal(metadata.token_endpoint,
		    mtls ? cases[i / 2].token
			 : "https://sso.example.com/token");
		/* keys are for everybody */
		assert_string_equal(
		    metadata.jwks_uri, "https://keys.example.net/jwks");
		if (mtls && i / 2 == 1) {
			assert_string_equal(
			    metadata.userinfo_endpoint, "https://m.example/u");
			assert_string_equal(metadata.revocation_endpoint,
			    "https://m.example/r");
		}
	}
}

/* Where nobody asks for a certificate, there is no use in going. */
static void
bad_aliases_are_an_error_for_those_who_need_them(void **state PO_UNUSED)
{
	static const char *const bodies[] = { ALIASES("[]"), ALIASES("7"),
		ALIASES("{\"token_endpoint\":\"http://m.example/t\"}"),
		ALIASES("{\"device_authorization_endpoint\":7}") };

	for (size_t i = 0; i < PO_ARRAY_LEN(bodies); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		AUTO(po_metadata_clear) struct po_metadata other = { 0 };
		AUTO(po_http_response_clear)
		struct po_http_response response =
		    make_answer(200, JSON, bodies[i]);
		struct po_err err = { 0 };

		assert_int_equal(
		    po_metadata_parse(ISSUER, true, &response, &metadata, &err),
		    PO_E_DOCUMENT);
		assert_non_null(strstr(err.text, "mtls_endpoint_aliases"));
		assert_int_equal(
		    po_metadata_parse(ISSUER, false, &response, &other, NULL),
		    PO_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    request_url_is_the_issuer_less_one_slash_plus_well_known),
		cmocka_unit_test(
		    all_endpoints_are_read_and_everything_else_is_not),
		cmocka_unit_test(
		    endpoints_that_not_every_provider_has_may_be_missing),
		cmocka_unit_test(
		    issuer_must_be_the_configured_one_byte_for_byte),
		cmocka_unit_test(
		    a_foreign_issuer_is_the_reason_even_when_endpoints_are_bad),
		cmocka_unit_test(documents_without_what_we_need_are_refused),
		cmocka_unit_test(a_bad_endpoint_that_no_login_needs_is_none),
		cmocka_unit_test(
		    backchannel_is_offered_where_it_can_be_polled_for),
		cmocka_unit_test(
		    promises_about_authorization_requests_are_read),
		cmocka_unit_test(two_lists_are_read_as_far_as_they_are_lists),
		cmocka_unit_test(aliases_are_for_those_with_certificates),
		cmocka_unit_test(
		    bad_aliases_are_an_error_for_those_who_need_them),
		cmocka_unit_test(only_status_200_is_read),
		cmocka_unit_test(only_json_media_types_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
