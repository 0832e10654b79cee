/* SPDX-License-Identifier: BSD-2-Clause */
/* What each method puts into a request, byte for byte. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../attack/forge.h"
#include "jose/jws.h"
#include "oauth/client_auth.h"
#include "oauth/device.h"
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
		{ "client_secret_jwt", PO_CLIENT_AUTH_SECRET_JWT },
		{ "private_key_jwt", PO_CLIENT_AUTH_PRIVATE_KEY_JWT },
		{ "tls_client_auth", PO_CLIENT_AUTH_TLS },
		{ "self_signed_tls_client_auth",
		    PO_CLIENT_AUTH_SELF_SIGNED_TLS },
	};
	static const char *const unknown[] = { "", "NONE", "basic",
		"client_secret_basic ", "private_key_jwks" };
	enum po_client_auth auth = PO_CLIENT_AUTH_NONE;

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		assert_true(po_client_auth_find(cases[i].name, &auth));
		assert_int_equal(auth, cases[i].auth);
		assert_string_equal(po_client_auth_name(auth), cases[i].name);
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

/* --- what is chosen ------------------------------------------------------- */

#define LISTS(name) PO_CLIENT_AUTH_BIT(PO_CLIENT_AUTH_##name)
#define ALL_SECRETS                                                            \
	(LISTS(SECRET_BASIC) | LISTS(SECRET_POST) | LISTS(SECRET_JWT))

static struct po_sign_key *
make_key(void)
{
	const char *pem = forge_pem(forge_key("P-256"));
	struct po_sign_key *key = NULL;

	assert_int_equal(
	    po_sign_key_parse(pem, strlen(pem), NULL, "kid-1", &key, NULL),
	    PO_OK);
	return key;
}

static void
auto_goes_by_what_there_is_and_what_is_listed(void **state PO_UNUSED)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();
	const struct {
		const char *secret;
		const struct po_sign_key *key;
		bool certified;
		unsigned listed;
		enum po_client_auth chosen;
	} cases[] = {
		{ NULL, NULL, false, 0, PO_CLIENT_AUTH_NONE },
		{ NULL, NULL, false, ALL_SECRETS, PO_CLIENT_AUTH_NONE },
		{ "s", NULL, false, 0, PO_CLIENT_AUTH_SECRET_BASIC },
		{ "s", NULL, false, ALL_SECRETS, PO_CLIENT_AUTH_SECRET_BASIC },
		{ "s", NULL, false, LISTS(SECRET_POST) | LISTS(SECRET_JWT),
		    PO_CLIENT_AUTH_SECRET_POST },
		{ "s", NULL, false, LISTS(SECRET_JWT),
		    PO_CLIENT_AUTH_SECRET_JWT },
		/* a secret that is there is not kept back */
		{ "s", NULL, false, LISTS(NONE), PO_CLIENT_AUTH_SECRET_BASIC },
		{ "s", NULL, false, LISTS(PRIVATE_KEY_JWT),
		    PO_CLIENT_AUTH_SECRET_BASIC },
		{ "s", key, false, 0, PO_CLIENT_AUTH_PRIVATE_KEY_JWT },
		{ NULL, key, true, 0, PO_CLIENT_AUTH_TLS },
		{ "s", key, true, LISTS(PRIVATE_KEY_JWT), PO_CLIENT_AUTH_TLS },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_client client = {
			.client_id = "linux",
			.client_secret = cases[i].secret,
			.key = cases[i].key,
			.certified = cases[i].certified,
			.listed = cases[i].listed,
		};

		assert_int_equal(
		    po_client_auth_choose(&client), cases[i].chosen);
	}
}

/*
 * A document that lists only ways to send the secret does not get it from a
 * host that was given a key.
 */
static void
downgrade_to_the_secret_by_metadata(void **state PO_UNUSED)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();

	for (unsigned listed = 0; listed < LISTS(COUNT); listed++)
		for (unsigned certified = 0; certified < 2; certified++) {
			const struct po_client client = {
				.client_id = "linux",
				.client_secret = "secret",
				.key = key,
				.certified = certified == 1,
				.listed = listed,
			};

			assert_true(po_client_auth_choose(&client) >=
				    PO_CLIENT_AUTH_PRIVATE_KEY_JWT);
		}
}

static void
device_endpoint_may_have_a_method_of_its_own(void **state PO_UNUSED)
{
	struct po_client client = { .client_id = "linux",
		.client_secret = "secret",
		.auth = PO_CLIENT_AUTH_SECRET_POST };
	const struct po_device_params params = { .scope = NULL };
	static const struct {
		enum po_client_auth device_auth;
		const char *body;
	} cases[] = {
		{ PO_CLIENT_AUTH_AUTO, "client_id=linux&client_secret=secret" },
		{ PO_CLIENT_AUTH_NONE, "client_id=linux" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		client.device_auth = cases[i].device_auth;
		assert_int_equal(po_device_request("https://a.example", &client,
				     &params, &request, NULL),
		    PO_OK);
		assert_string_equal(po_buf_str(&request.body), cases[i].body);
		assert_null(request.authorization);
	}
}

/* --- assertions ----------------------------------------------------------- */

#define CLIENT_ID "a\"b/c:d"
#define SECRET "0123456789abcdef0123456789abcdef"
#define ISSUER "https://sso.example.com/realms/staff"
#define TOKEN_ENDPOINT "https://sso.example.com/token"
#define HERE "https://mtls.example.com/device"

static unsigned stamps;

/* Like the helper's: no two are the same. */
static enum po_status
count_stamp(struct po_stamp *out, struct po_err *err PO_UNUSED)
{
	memset(out->random, 0, sizeof(out->random));
	out->random[0] = (uint8_t)++stamps;
	out->now_s = FORGE_NOW;
	return PO_OK;
}

static enum po_status
no_stamp(struct po_stamp *out PO_UNUSED, struct po_err *err)
{
	return po_err_set(err, PO_E_SYSTEM, "getrandom");
}

static struct po_client
asserting_client(const struct po_sign_key *key)
{
	return (struct po_client){
		.client_id = CLIENT_ID,
		.client_secret = SECRET,
		.auth = key != NULL ? PO_CLIENT_AUTH_PRIVATE_KEY_JWT
				    : PO_CLIENT_AUTH_SECRET_JWT,
		.key = key,
		.issuer = ISSUER,
		.token_endpoint = TOKEN_ENDPOINT,
		.stamp = count_stamp,
	};
}

/* A request that `client` has signed; *assertion is in it. */
static void
sign(const struct po_client *client, struct po_http_request *request,
    const char **assertion)
{
	static const char field[] =
	    "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
	    "client-assertion-type%3Ajwt-bearer&client_assertion=";
	const char *at;

	assert_int_equal(
	    po_http_request_init(request, PO_HTTP_POST, HERE, "test", 1, NULL),
	    PO_OK);
	assert_int_equal(po_client_auth_apply(client, request, NULL), PO_OK);
	assert_null(request->authorization);
	assert_string_equal(request->url, HERE);
	at = strstr(po_buf_str(&request->body), field);
	assert_non_null(at);
	*assertion = at + strlen(field);
}

/* The claims of an assertion whose signature or MAC is good. */
static struct po_json *
verified(const char *assertion, const char *typ, bool mac)
{
	const char *jwks = forge_jwks(
	    forge_jwk(forge_key("P-256"), "\"kid\":\"kid-1\""), NULL);
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	AUTO(po_jwks_free) struct po_jwks *set = NULL;
	struct po_json *claims = NULL;
	const struct po_buf *payload;

	assert_int_equal(po_jwks_parse(jwks, strlen(jwks), &set, NULL), PO_OK);
	assert_int_equal(
	    po_jws_parse(assertion, strlen(assertion),
		PO_ALG_BIT(mac ? PO_ALG_HS256 : PO_ALG_ES256), &jws, NULL),
	    PO_OK);
	if (mac)
		assert_int_equal(
		    po_jws_verify_mac(jws, SECRET, strlen(SECRET), NULL),
		    PO_OK);
	else
		assert_int_equal(po_jws_verify(jws, set, NULL, NULL), PO_OK);
	assert_string_equal(
	    po_json_string(po_json_member(po_jws_header(jws), "typ"), NULL),
	    typ);
	payload = po_jws_payload(jws);
	assert_int_equal(
	    po_json_parse(payload->data, payload->len, &claims, NULL), PO_OK);
	return claims;
}

static void
assert_claim(const struct po_json *claims, const char *name, const char *value)
{
	const struct po_json *member = po_json_member(claims, name);

	assert_non_null(member);
	assert_string_equal(po_json_string(member, NULL), value);
}

/* aud is one string: a list could name somebody else, too. */
static void
assertions_say_what_rfc_7523_wants(void **state PO_UNUSED)
{
	static const struct {
		enum po_audience audience;
		const char *aud, *typ;
	} cases[] = {
		{ PO_AUDIENCE_ISSUER, ISSUER, "client-authentication+jwt" },
		{ PO_AUDIENCE_TOKEN_ENDPOINT, TOKEN_ENDPOINT, "JWT" },
		{ PO_AUDIENCE_ENDPOINT, HERE, "JWT" },
	};
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();

	for (size_t i = 0; i < 2 * PO_ARRAY_LEN(cases); i++) {
		bool mac = i % 2 == 1;
		struct po_client client = asserting_client(mac ? NULL : key);
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };
		AUTO(po_json_free) struct po_json *claims = NULL;
		const char *assertion;
		int64_t iat = 0, exp = 0;

		client.audience = cases[i / 2].audience;
		sign(&client, &request, &assertion);
		claims = verified(assertion, cases[i / 2].typ, mac);
		assert_claim(claims, "iss", CLIENT_ID);
		assert_claim(claims, "sub", CLIENT_ID);
		assert_claim(claims, "aud", cases[i / 2].aud);
		assert_true(po_json_int(po_json_member(claims, "iat"), &iat) &&
			    po_json_int(po_json_member(claims, "exp"), &exp));
		assert_int_equal(iat, FORGE_NOW);
		assert_int_equal(exp, FORGE_NOW + 60);
		/* 128 bits in base64url */
		assert_int_equal(
		    strlen(po_json_string(po_json_member(claims, "jti"), NULL)),
		    22);
		assert_null(
		    strstr(po_buf_str(&request.body), "client_secret="));
		assert_null(strstr(po_buf_str(&request.body), SECRET));
	}
}

/* Whoever has seen one cannot use it again where a jti is good once. */
static void
assertion_replay(void **state PO_UNUSED)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();
	const struct po_client client = asserting_client(key);
	char seen[32][32] = { { 0 } };

	for (size_t i = 0; i < PO_ARRAY_LEN(seen); i++) {
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };
		AUTO(po_json_free) struct po_json *claims = NULL;
		const char *assertion, *jti;

		sign(&client, &request, &assertion);
		claims =
		    verified(assertion, "client-authentication+jwt", false);
		jti = po_json_string(po_json_member(claims, "jti"), NULL);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(seen[j], jti);
		(void)snprintf(seen[i], sizeof(seen[i]), "%s", jti);
	}
}

/* Without randomness there is no assertion, rather than one to guess. */
static void
assertion_without_randomness(void **state PO_UNUSED)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();

	for (size_t i = 0; i < 2; i++) {
		struct po_client client = asserting_client(i == 0 ? key : NULL);
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		client.stamp = no_stamp;
		assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
				     HERE, "test", 1, NULL),
		    PO_OK);
		assert_int_equal(
		    po_client_auth_apply(&client, &request, NULL), PO_E_SYSTEM);
		assert_null(
		    strstr(po_buf_str(&request.body), "client_assertion"));
	}
}

/* URLs stand in logs of proxies and providers. */
static void
secret_in_the_url(void **state PO_UNUSED)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();

	for (unsigned auth = PO_CLIENT_AUTH_NONE; auth < PO_CLIENT_AUTH_COUNT;
	     auth++) {
		struct po_client client = asserting_client(key);
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		client.auth = (enum po_client_auth)auth;
		client.certified = true;
		assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
				     HERE, "test", 1, NULL),
		    PO_OK);
		assert_int_equal(
		    po_client_auth_apply(&client, &request, NULL), PO_OK);
		assert_string_equal(request.url, HERE);
		/* and it is there once, if at all */
		assert_true(request.authorization == NULL ||
			    strchr(po_buf_str(&request.body), '&') == NULL);
	}
}

static void
certificate_leaves_the_client_id_alone(void **state PO_UNUSED)
{
	static const enum po_client_auth methods[] = { PO_CLIENT_AUTH_TLS,
		PO_CLIENT_AUTH_SELF_SIGNED_TLS };

	for (size_t i = 0; i < PO_ARRAY_LEN(methods); i++) {
		const struct po_client client = { .client_id = "linux",
			.client_secret = "secret",
			.auth = methods[i],
			.certified = true };
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };

		assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
				     HERE, "test", 1, NULL),
		    PO_OK);
		assert_int_equal(
		    po_client_auth_apply(&client, &request, NULL), PO_OK);
		assert_string_equal(
		    po_buf_str(&request.body), "client_id=linux");
		assert_null(request.authorization);
	}
}

static void
a_method_without_key_or_certificate_is_an_error(void **state PO_UNUSED)
{
	static const struct {
		enum po_client_auth auth;
		const char *needs;
	} cases[] = {
		{ PO_CLIENT_AUTH_SECRET_JWT, "client_secret_file" },
		{ PO_CLIENT_AUTH_PRIVATE_KEY_JWT, "client_key_file" },
		{ PO_CLIENT_AUTH_TLS, "client_certificate_file" },
		{ PO_CLIENT_AUTH_SELF_SIGNED_TLS, "client_certificate_file" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_client client = { .client_id = "linux",
			.auth = cases[i].auth };
		AUTO(po_http_request_clear)
		struct po_http_request request = { 0 };
		struct po_err err = { 0 };

		assert_int_equal(po_http_request_init(&request, PO_HTTP_POST,
				     HERE, "test", 1, NULL),
		    PO_OK);
		assert_int_equal(
		    po_client_auth_apply(&client, &request, &err), PO_E_CONFIG);
		assert_non_null(strstr(err.text, cases[i].needs));
	}
}

/* The longest that a configuration may have. */
static void
assertion_of_the_longest_names_fits(void **state PO_UNUSED)
{
	static char id[513], url[2049];
	AUTO(po_sign_key_free) struct po_sign_key *key = make_key();
	struct po_client client = asserting_client(key);
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	const char *assertion;

	memset(id, '"', sizeof(id) - 1);
	memset(url, '\\', sizeof(url) - 1);
	client.client_id = id;
	client.issuer = url;
	sign(&client, &request, &assertion);
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
		cmocka_unit_test(auto_goes_by_what_there_is_and_what_is_listed),
		cmocka_unit_test(downgrade_to_the_secret_by_metadata),
		cmocka_unit_test(device_endpoint_may_have_a_method_of_its_own),
		cmocka_unit_test(assertions_say_what_rfc_7523_wants),
		cmocka_unit_test(assertion_replay),
		cmocka_unit_test(assertion_without_randomness),
		cmocka_unit_test(secret_in_the_url),
		cmocka_unit_test(certificate_leaves_the_client_id_alone),
		cmocka_unit_test(
		    a_method_without_key_or_certificate_is_an_error),
		cmocka_unit_test(assertion_of_the_longest_names_fits),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
