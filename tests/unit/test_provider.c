/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of a provider, what is believed, and what is set by hand. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "oauth/provider.h"
#include "oauth_answer.h"

#define ISSUER "https://sso.example.com"
#define WELL_KNOWN ISSUER "/.well-known/openid-configuration"
#define DEVICE "https://sso.example.com/device"
#define TOKEN "https://sso.example.com/token"
#define USERINFO "https://sso.example.com/userinfo"
#define REVOCATION "https://sso.example.com/revoke"
#define BACKCHANNEL "https://sso.example.com/backchannel"
#define JWKS "https://sso.example.com/jwks"
#define METADATA                                                               \
	"{\"issuer\":\"" ISSUER "\","                                          \
	"\"device_authorization_endpoint\":\"" DEVICE "\","                    \
	"\"token_endpoint\":\"" TOKEN "\","                                    \
	"\"userinfo_endpoint\":\"" USERINFO "\","                              \
	"\"revocation_endpoint\":\"" REVOCATION "\","                          \
	"\"backchannel_authentication_endpoint\":\"" BACKCHANNEL "\","         \
	"\"jwks_uri\":\"" JWKS "\"}"

/* RFC 8037 appendix A.2 */
#define KEY                                                                    \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\","                                \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}"

/* One answer, or a failure on the way, and what was asked. */
struct script {
	enum po_status status; /* of sending */
	int http_status;
	const char *media_type;
	const char *body;
	unsigned requests;
	struct po_http_request last; /* its url is in `url` */
	char url[256];
};

static enum po_status
answer(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	struct script *script = arg;

	script->requests++;
	script->last = *request;
	(void)snprintf(script->url, sizeof(script->url), "%s", request->url);
	if (script->status != PO_OK)
		return po_err_set(
		    err, script->status, "%s: no route", request->what);
	*response =
	    make_answer(script->http_status, script->media_type, script->body);
	return PO_OK;
}

static enum po_status
discover(struct script *script, const struct po_endpoints *by_hand,
    struct po_metadata *out, struct po_err *err)
{
	struct po_transport transport = { .send = answer, .arg = script };

	return po_provider_discover(&transport, ISSUER, by_hand, out, err);
}

static void
discovery_asks_once_and_takes_every_endpoint(void **state PO_UNUSED)
{
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	struct po_endpoints nothing = { 0 };
	struct script script = {
		.http_status = 200, .media_type = JSON, .body = METADATA
	};

	assert_int_equal(discover(&script, &nothing, &metadata, NULL), PO_OK);
	assert_int_equal(script.requests, 1);
	assert_string_equal(script.url, WELL_KNOWN);
	assert_int_equal(script.last.method, PO_HTTP_GET);
	assert_string_equal(metadata.issuer, ISSUER);
	assert_string_equal(metadata.device_authorization_endpoint, DEVICE);
	assert_string_equal(metadata.token_endpoint, TOKEN);
	assert_string_equal(metadata.userinfo_endpoint, USERINFO);
	assert_string_equal(metadata.jwks_uri, JWKS);
}

/* GitHub: nothing to discover, and no keys to look for. */
static void
without_id_tokens_nothing_is_discovered(void **state PO_UNUSED)
{
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	struct po_endpoints endpoints = {
		.device_authorization_endpoint = DEVICE,
		.token_endpoint = TOKEN,
		.keyless = true,
	};
	struct script script = { .http_status = 404 };

	assert_int_equal(discover(&script, &endpoints, &metadata, NULL), PO_OK);
	assert_int_equal(script.requests, 0);
	assert_string_equal(metadata.issuer, ISSUER);
	assert_string_equal(metadata.device_authorization_endpoint, DEVICE);
	assert_string_equal(metadata.token_endpoint, TOKEN);
	assert_null(metadata.jwks_uri);
	assert_null(metadata.userinfo_endpoint);
}

static void
endpoints_by_hand_take_the_place_of_the_discovered(void **state PO_UNUSED)
{
	static const char by_hand[] = "https://by.hand/";
	static const struct {
		struct po_endpoints endpoints;
		size_t which;
	} cases[] = {
		{ { .device_authorization_endpoint = by_hand }, 0 },
		{ { .token_endpoint = by_hand }, 1 },
		{ { .userinfo_endpoint = by_hand }, 2 },
		{ { .jwks_uri = by_hand }, 3 },
		{ { .revocation_endpoint = by_hand }, 4 },
		{ { .backchannel_authentication_endpoint = by_hand }, 5 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		struct script script = {
			.http_status = 200, .media_type = JSON, .body = METADATA
		};
		const char *want[] = { DEVICE, TOKEN, USERINFO, JWKS,
			REVOCATION, BACKCHANNEL };

		want[cases[i].which] = by_hand;
		assert_int_equal(
		    discover(&script, &cases[i].endpoints, &metadata, NULL),
		    PO_OK);
		assert_int_equal(script.requests, 1);
		assert_string_equal(
		    metadata.device_authorization_endpoint, want[0]);
		assert_string_equal(metadata.token_endpoint, want[1]);
		assert_string_equal(metadata.userinfo_endpoint, want[2]);
		assert_string_equal(metadata.jwks_uri, want[3]);
		assert_string_equal(metadata.revocation_endpoint, want[4]);
		assert_string_equal(
		    metadata.backchannel_authentication_endpoint, want[5]);
	}
}

/* Which endpoint has to be known depends on which is wanted first. */
static void
discovery_is_left_out_where_the_way_is_known(void **state PO_UNUSED)
{
	static const struct {
		struct po_endpoints by_hand;
		unsigned requests;
	} cases[] = {
		{ { .device_authorization_endpoint = DEVICE }, 0 },
		{ { .backchannel_authentication_endpoint = BACKCHANNEL }, 1 },
		{ { .device_authorization_endpoint = DEVICE, .ciba = true },
		    1 },
		{ { .backchannel_authentication_endpoint = BACKCHANNEL,
		      .ciba = true },
		    0 },
		{ { .device_authorization_endpoint = DEVICE, .code = true },
		    1 },
		{ { .authorization_endpoint = "https://sso.example.com/auth",
		      .code = true },
		    0 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		struct po_endpoints by_hand = cases[i].by_hand;
		struct script script = {
			.http_status = 200, .media_type = JSON, .body = METADATA
		};

		by_hand.token_endpoint = TOKEN;
		by_hand.jwks_uri = JWKS;
		assert_int_equal(
		    discover(&script, &by_hand, &metadata, NULL), PO_OK);
		assert_int_equal(script.requests, cases[i].requests);
	}
}

/* GitHub and the like publish no metadata: asking would end the login. */
/* What the administrator says goes before what the document has. */
static void
endpoints_by_hand_go_before_aliases(void **state PO_UNUSED)
{
	static const char body[] =
	    "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"" TOKEN "\","
	    "\"jwks_uri\":\"" JWKS "\",\"mtls_endpoint_aliases\":{"
	    "\"token_endpoint\":\"https://mtls.example/token\","
	    "\"userinfo_endpoint\":\"https://mtls.example/me\"}}";
	static const struct po_endpoints by_hand = {
		.token_endpoint = "https://by.hand/",
		.mtls = true,
	};
	struct script script = {
		.http_status = 200, .media_type = JSON, .body = body
	};
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };

	assert_int_equal(discover(&script, &by_hand, &metadata, NULL), PO_OK);
	assert_string_equal(metadata.token_endpoint, "https://by.hand/");
	assert_string_equal(
	    metadata.userinfo_endpoint, "https://mtls.example/me");
}

static void
nothing_is_asked_when_all_is_set_by_hand(void **state PO_UNUSED)
{
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	struct po_endpoints by_hand = { .device_authorization_endpoint = DEVICE,
		.token_endpoint = TOKEN,
		.jwks_uri = JWKS };
	struct script script = { .status = PO_E_HTTP };

	assert_int_equal(discover(&script, &by_hand, &metadata, NULL), PO_OK);
	assert_int_equal(script.requests, 0);
	assert_string_equal(metadata.issuer, ISSUER);
	assert_string_equal(metadata.device_authorization_endpoint, DEVICE);
	assert_string_equal(metadata.token_endpoint, TOKEN);
	assert_null(metadata.userinfo_endpoint);
	assert_string_equal(metadata.jwks_uri, JWKS);
}

static void
discovery_that_fails_says_why(void **state PO_UNUSED)
{
	static const struct {
		struct script script;
		enum po_status status;
		const char *text;
	} cases[] = {
		{ { .status = PO_E_HTTP }, PO_E_HTTP,
		    "metadata request: no route" },
		{ { .http_status = 404, .media_type = "text/html", .body = "" },
		    PO_E_HTTP, "HTTP status 404" },
		{ { .http_status = 200,
		      .media_type = JSON,
		      .body = "{\"issuer\":\"https://sso.example.com/\"}" },
		    PO_E_METADATA_ISSUER, "trailing slash" },
	};
	/* one short of enough */
	static const struct po_endpoints by_hand = { .token_endpoint = TOKEN,
		.userinfo_endpoint = USERINFO,
		.jwks_uri = JWKS };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
		struct script script = cases[i].script;
		struct po_err err = { 0 };

		assert_int_equal(discover(&script, &by_hand, &metadata, &err),
		    cases[i].status);
		assert_int_equal(err.status, cases[i].status);
		if (strstr(err.text, cases[i].text) == NULL)
			fail_msg(
			    "\"%s\" not in \"%s\"", cases[i].text, err.text);
		assert_null(metadata.token_endpoint);
	}
}

static void
an_issuer_that_is_no_https_url_is_not_asked(void **state PO_UNUSED)
{
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	struct script script = {
		.http_status = 200, .media_type = JSON, .body = METADATA
	};
	struct po_transport transport = { .send = answer, .arg = &script };
	struct po_endpoints nothing = { 0 };

	assert_int_equal(po_provider_discover(&transport, "http://plain",
			     &nothing, &metadata, NULL),
	    PO_E_CONFIG);
	assert_int_equal(script.requests, 0);
}

static enum po_status
fetch_jwks(struct script *script, struct po_jwks **out, struct po_err *err)
{
	struct po_transport transport = { .send = answer, .arg = script };

	return po_provider_fetch_jwks(&transport, JWKS, false, out, err);
}

/* Some send it as application/jwk-set+json, some as octets. */
static void
keys_are_taken_whatever_the_media_type(void **state PO_UNUSED)
{
	static const char *const types[] = { JSON, "application/jwk-set+json",
		"application/octet-stream", "" };

	for (size_t i = 0; i < PO_ARRAY_LEN(types); i++) {
		AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
		struct script script = { .http_status = 200,
			.media_type = types[i],
			.body = "{\"keys\":[" KEY "]}" };

		assert_int_equal(fetch_jwks(&script, &jwks, NULL), PO_OK);
		assert_int_equal(po_jwks_count(jwks), 1);
		assert_int_equal(script.requests, 1);
		assert_string_equal(script.url, JWKS);
		assert_int_equal(script.last.method, PO_HTTP_GET);
		assert_int_equal(script.last.response_max, PO_HTTP_MAX_JWKS);
	}
}

static void
keys_that_cannot_be_fetched_are_none(void **state PO_UNUSED)
{
	static const struct {
		struct script script;
		enum po_status status;
		const char *text;
	} cases[] = {
		{ { .status = PO_E_EXPIRED }, PO_E_EXPIRED, "JWKS: no route" },
		{ { .http_status = 503,
		      .media_type = JSON,
		      .body = "{\"keys\":[" KEY "]}" },
		    PO_E_HTTP, "JWKS: HTTP status 503" },
		{ { .http_status = 304, .media_type = "", .body = "" },
		    PO_E_HTTP, "JWKS: HTTP status 304" },
		{ { .http_status = 200, .media_type = JSON, .body = "{}" },
		    PO_E_DOCUMENT,
		    "JWKS: not a key set: no list \"keys\" (RFC 7517 5)" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct script script = cases[i].script;
		struct po_jwks *jwks = (struct po_jwks *)&script;
		struct po_err err = { 0 };

		assert_int_equal(
		    fetch_jwks(&script, &jwks, &err), cases[i].status);
		assert_int_equal(err.status, cases[i].status);
		assert_string_equal(err.text, cases[i].text);
		assert_null(jwks);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discovery_asks_once_and_takes_every_endpoint),
		cmocka_unit_test(without_id_tokens_nothing_is_discovered),
		cmocka_unit_test(
		    endpoints_by_hand_take_the_place_of_the_discovered),
		cmocka_unit_test(discovery_is_left_out_where_the_way_is_known),
		cmocka_unit_test(endpoints_by_hand_go_before_aliases),
		cmocka_unit_test(nothing_is_asked_when_all_is_set_by_hand),
		cmocka_unit_test(discovery_that_fails_says_why),
		cmocka_unit_test(an_issuer_that_is_no_https_url_is_not_asked),
		cmocka_unit_test(keys_are_taken_whatever_the_media_type),
		cmocka_unit_test(keys_that_cannot_be_fetched_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
