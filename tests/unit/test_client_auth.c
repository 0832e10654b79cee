/* SPDX-License-Identifier: BSD-2-Clause */
/* What each method puts into a request, byte for byte. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/client_auth.h"
#include "oauth_answer.h"

static void
methods_are_found_by_the_names_of_openid_connect_core(void **state PO_UNUSED)
{
	static const struct {
		const char *name;
		enum po_client_auth auth;
	} cases[] = {
		{ "auto", PO_CLIENT_AUTH_AUTO },
		{ "none", PO_CLIENT_AUTH_NONE },
		{ "client_secret_basic", PO_CLIENT_AUTH_SECRET_BASIC },
		{ "client_secret_post", PO_CLIENT_AUTH_SECRET_POST },
	};
	static const char *const unknown[] = { "", "NONE", "basic",
		"client_secret_basic ", "private_key_jwks" };
	enum po_client_auth auth = PO_CLIENT_AUTH_NONE;

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		assert_true(po_client_auth_find(cases[i].name, &auth));
		assert_int_equal(auth, cases[i].auth);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(unknown); i++)
		assert_false(po_client_auth_find(unknown[i], &auth));
}

struct method_case {
	enum po_client_auth auth;
	const char *client_id;
	const char *secret;
	const char *authorization;
	const char *body;
};

static void
expect_method(const struct method_case *want)
{
	const struct po_client client = {
		.client_id = want->client_id,
		.client_secret = want->secret,
		.auth = want->auth,
	};
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };

	assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
			     "https://a.example", "test", 1, NULL),
	    PO_OK);
	assert_int_equal(po_client_auth_apply(&client, &request, NULL), PO_OK);
	if (want->authorization == NULL)
		assert_null(request.authorization);
	else
		assert_string_equal(request.authorization, want->authorization);
	assert_string_equal(po_buf_str(&request.body), want->body);
}

static void
client_id_is_in_the_body_and_the_secret_where_it_belongs(void **state PO_UNUSED)
{
	static const struct method_case cases[] = {
		{ PO_CLIENT_AUTH_NONE, "linux", NULL, NULL, "client_id=linux" },
		{ PO_CLIENT_AUTH_NONE, "linux", "secret", NULL,
		    "client_id=linux" },
		{ PO_CLIENT_AUTH_AUTO, "linux", NULL, NULL, "client_id=linux" },
		{ PO_CLIENT_AUTH_AUTO, "linux", "", NULL, "client_id=linux" },
		{ PO_CLIENT_AUTH_AUTO, "linux", "secret",
		    "Basic bGludXg6c2VjcmV0", "client_id=linux" },
		{ PO_CLIENT_AUTH_SECRET_BASIC, "linux", "secret",
		    "Basic bGludXg6c2VjcmV0", "client_id=linux" },
		{ PO_CLIENT_AUTH_SECRET_POST, "linux", "secret", NULL,
		    "client_id=linux&client_secret=secret" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_method(&cases[i]);
}

static void
basic_form_encodes_before_base64_as_rfc_6749_2_3_1_says(void **state PO_UNUSED)
{
	static const struct method_case cases[] = {
		/* cilogon%3A%2Fclient_id%2F6e8f:a+b%25 */
		{ PO_CLIENT_AUTH_SECRET_BASIC, "cilogon:/client_id/6e8f",
		    "a b%",
		    "Basic "
		    "Y2lsb2dvbiUzQSUyRmNsaWVudF9pZCUyRjZlOGY6YStiJTI1",
		    "client_id=cilogon%3A%2Fclient_id%2F6e8f" },
		/* a:%C3%A9%3E%3F */
		{ PO_CLIENT_AUTH_SECRET_BASIC, "a", "\xC3\xA9>?",
		    "Basic YTolQzMlQTklM0UlM0Y=", "client_id=a" },
		{ PO_CLIENT_AUTH_SECRET_POST, "a", "x&client_id=b", NULL,
		    "client_id=a&client_secret=x%26client_id%3Db" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_method(&cases[i]);
}

/* RFC 4648 section 10, each preceded by "f:". */
static void
base64_pads_as_rfc_4648_shows(void **state PO_UNUSED)
{
	static const struct method_case cases[] = {
		{ PO_CLIENT_AUTH_AUTO, "f", "o", "Basic Zjpv", "client_id=f" },
		{ PO_CLIENT_AUTH_AUTO, "f", "oo",
		    "Basic Zjpvbw==", "client_id=f" },
		{ PO_CLIENT_AUTH_AUTO, "f", "oob",
		    "Basic Zjpvb2I=", "client_id=f" },
		{ PO_CLIENT_AUTH_AUTO, "f", "ooba", "Basic Zjpvb2Jh",
		    "client_id=f" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		expect_method(&cases[i]);
}

static void
a_method_without_the_secret_it_needs_is_an_error(void **state PO_UNUSED)
{
	static const struct po_client clients[] = {
		{ .client_id = "linux",
		    .client_secret = NULL,
		    .auth = PO_CLIENT_AUTH_SECRET_BASIC },
		{ .client_id = "linux",
		    .client_secret = "",
		    .auth = PO_CLIENT_AUTH_SECRET_BASIC },
		{ .client_id = "linux",
		    .client_secret = NULL,
		    .auth = PO_CLIENT_AUTH_SECRET_POST },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(clients); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };
		struct po_err err = { 0 };

		assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
				     "https://a.example", "test", 1, NULL),
		    PO_OK);
		assert_int_equal(
		    po_client_auth_apply(&clients[i], &request, &err),
		    PO_E_CONFIG);
		assert_non_null(strstr(err.text, "client_secret_file"));
		assert_null(request.authorization);
	}
}

static void
a_secret_that_does_not_fit_is_an_error_not_a_cut_secret(void **state PO_UNUSED)
{
	static char secret[PO_HTTP_MAX_REQUEST + 1];
	const struct po_client basic = { .client_id = "a",
		.client_secret = secret,
		.auth = PO_CLIENT_AUTH_SECRET_BASIC };
	const struct po_client post = { .client_id = "a",
		.client_secret = secret,
		.auth = PO_CLIENT_AUTH_SECRET_POST };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_request_clear) struct po_http_request other = { 0 };

	memset(secret, 's', sizeof(secret) - 1);
	assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
			     "https://a.example", "test", 1, NULL),
	    PO_OK);
	assert_int_equal(po_http_request_init(&other, PO_HTTP_POST,
			     "https://a.example", "test", 1, NULL),
	    PO_OK);
	assert_int_equal(
	    po_client_auth_apply(&basic, &request, NULL), PO_E_TOO_LARGE);
	assert_null(request.authorization);
	assert_int_equal(
	    po_client_auth_apply(&post, &other, NULL), PO_E_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    methods_are_found_by_the_names_of_openid_connect_core),
		cmocka_unit_test(
		    client_id_is_in_the_body_and_the_secret_where_it_belongs),
		cmocka_unit_test(
		    basic_form_encodes_before_base64_as_rfc_6749_2_3_1_says),
		cmocka_unit_test(base64_pads_as_rfc_4648_shows),
		cmocka_unit_test(
		    a_method_without_the_secret_it_needs_is_an_error),
		cmocka_unit_test(
		    a_secret_that_does_not_fit_is_an_error_not_a_cut_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
