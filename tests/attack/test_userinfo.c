/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Userinfo that is signed (OpenID Connect Core 5.3.2): unsigned, by somebody
 * else, for somebody else, or another kind of token altogether.  The letters
 * are those of the project's attack catalogue.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/jwe_seal.h"
#include "forge.h"
#include "oauth/userinfo.h"

#define HEADER "{\"alg\":\"RS256\",\"kid\":\"rsa\"}"
#define WHO "\"iss\":\"" FORGE_ISSUER "\",\"aud\":\"" FORGE_CLIENT "\""
#define GROUPS "\"groups\":[\"linux-admins\"]"
#define GOOD "{" WHO ",\"sub\":\"" FORGE_SUB "\"," GROUPS "}"

/* What becomes of the answer `jwt` after an ID token of FORGE_SUB. */
static enum po_status
merge(const char *jwt, const struct po_id_token_policy *policy)
{
	static const char id_token[] = "{\"sub\":\"" FORGE_SUB "\"}";
	AUTO(po_http_response_clear)
	struct po_http_response response = {
		.status = 200,
		.media_type = "application/jwt",
		.body = PO_BUF_INIT(PO_HTTP_MAX_METADATA),
	};
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	AUTO(po_json_free) struct po_json *signed_claims = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	const char *keys = forge_honest_jwks();
	struct po_err err = { 0 };
	enum po_status st;

	assert_int_equal(po_jwks_parse(keys, strlen(keys), &jwks, NULL), PO_OK);
	assert_int_equal(
	    po_json_parse(id_token, strlen(id_token), &signed_claims, NULL),
	    PO_OK);
	po_buf_append_str(&response.body, jwt);
	st = po_userinfo_merge(
	    signed_claims, &response, jwks, policy, &claims, &err);
	assert_int_equal(err.status, st);
	assert_true((st == PO_OK) == (claims != NULL));
	if (st == PO_OK)
		assert_string_equal(
		    po_json_string(po_json_member(claims, "sub"), NULL),
		    FORGE_SUB);
	else
		assert_int_equal(
		    strncmp(err.text, "userinfo response: ", 19), 0);
	return st;
}

static enum po_status
ask(const char *jwt)
{
	struct po_id_token_policy policy = forge_policy();

	return merge(jwt, &policy);
}

/* Signed by the provider, with this in front of the other claims. */
static enum po_status
ask_with(const char *members)
{
	return ask(forge_honest(forge_text(
	    "{%s%s" GROUPS "}", members, *members == '\0' ? "" : ",")));
}

static void
what_is_signed_well_is_taken(void **state)
{
	static const char *const minimal = "{\"sub\":\"" FORGE_SUB "\"}";

	(void)state;
	assert_reason(PO_OK, ask(forge_honest(GOOD)));
	/* all but sub may be absent */
	assert_reason(PO_OK, ask(forge_honest(minimal)));
	assert_reason(PO_OK, ask(forge_token(forge_key("P-256"), "ES256",
				 "{\"alg\":\"ES256\",\"kid\":\"es256\","
				 "\"typ\":\"JWT\"}",
				 GOOD)));
}

static void
a1_userinfo_unsigned(void **state)
{
	const char *good = forge_honest(GOOD);

	(void)state;
	assert_reason(PO_E_ALG,
	    ask(forge_text("%s.%s.", forge_b64("{\"alg\":\"none\"}", 14),
		forge_b64(GOOD, strlen(GOOD)))));
	assert_reason(PO_E_SIGNATURE,
	    ask(forge_text("%.*sAAAA", (int)(strlen(good) - 4), good)));
	assert_reason(PO_E_TOKEN_MALFORMED,
	    ask(forge_text("%.*s", (int)(strrchr(good, '.') - good), good)));
	/* plain JSON under the type of a token */
	assert_reason(PO_E_TOKEN_MALFORMED, ask(GOOD));
}

static void
userinfo_signed_with_another_key(void **state)
{
	(void)state;
	assert_reason(PO_E_SIGNATURE,
	    ask(forge_token(forge_key("RSA-2048-b"), "RS256", HEADER, GOOD)));
	assert_reason(PO_E_KEY_UNKNOWN,
	    ask(forge_token(forge_key("RSA-2048-b"), "RS256",
		"{\"alg\":\"RS256\",\"kid\":\"mine\"}", GOOD)));
}

static void
userinfo_with_an_algorithm_that_nobody_named(void **state)
{
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	policy.algs = (po_alg_set)1 << PO_ALG_ES256;
	assert_reason(PO_E_ALG, merge(forge_honest(GOOD), &policy));
}

static void
e1_userinfo_of_another_issuer(void **state)
{
	static const char *const issuers[] = { "\"https://evil.example\"",
		"\"" FORGE_ISSUER "/\"", "\"\"", "null",
		"[\"" FORGE_ISSUER "\"]" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(issuers); i++)
		assert_reason(PO_E_ISS,
		    ask_with(forge_text(
			"\"sub\":\"" FORGE_SUB "\",\"iss\":%s", issuers[i])));
}

static void
e2_userinfo_for_another_client(void **state)
{
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"aud\":\"web\"", PO_E_AUD },
		{ "\"aud\":[\"web\"]", PO_E_AUD },
		{ "\"aud\":[]", PO_E_AUD },
		{ "\"aud\":null", PO_E_AUD },
		{ "\"aud\":[\"web\",\"" FORGE_CLIENT "\"]", PO_OK },
		{ "\"azp\":\"web\"", PO_E_AZP },
		{ "\"aud\":\"" FORGE_CLIENT "\",\"azp\":\"web\"", PO_E_AZP },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    ask_with(forge_text(
			"\"sub\":\"" FORGE_SUB "\",%s", cases[i].members)));
}

static void
e6_userinfo_of_another_person(void **state)
{
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"sub\":\"591007342118\"", PO_E_USERINFO_SUB },
		{ "\"sub\":\"" FORGE_SUB " \"", PO_E_USERINFO_SUB },
		{ "\"sub\":\"\"", PO_E_SUB },
		{ "\"sub\":248289761001", PO_E_SUB },
		{ "", PO_E_SUB },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason, ask_with(cases[i].members));
}

/* An ID token of yesterday would bring yesterday's groups back. */
static void
a14_id_token_passed_off_as_userinfo(void **state)
{
	static const char *const marks[] = { "\"nonce\":\"n\"",
		"\"at_hash\":\"h\"", "\"c_hash\":\"h\"", "\"s_hash\":\"h\"",
		"\"typ\":\"ID\"", "\"token_use\":\"id\"", "\"nonce\":null" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(marks); i++)
		assert_reason(PO_E_TYP,
		    ask_with(
			forge_text("\"sub\":\"" FORGE_SUB "\",%s", marks[i])));
	/* one that has none of the marks is too old for this login */
	assert_reason(PO_E_IAT,
	    ask(forge_honest(forge_claims("iat", "1699996400", NULL))));
	assert_reason(PO_E_EXP, ask(forge_honest(forge_claims("iat",
				    "1699990000", "exp", "1699999000", NULL))));
}

static void
a14_other_tokens_passed_off_as_userinfo(void **state)
{
	static const char *const marks[] = { "\"events\":{}",
		"\"typ\":\"Bearer\"", "\"token_use\":\"access\"",
		"\"type\":\"oauth-access-token\"",
		"\"tokenType\":\"refresh-token\"" };
	static const char *const types[] = { "at+jwt", "logout+jwt",
		"token-introspection+jwt", "secevent+jwt" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(marks); i++)
		assert_reason(PO_E_TYP,
		    ask_with(
			forge_text("\"sub\":\"" FORGE_SUB "\",%s", marks[i])));
	for (size_t i = 0; i < PO_ARRAY_LEN(types); i++)
		assert_reason(PO_E_TYP,
		    ask(forge_token(forge_key("RSA-2048"), "RS256",
			forge_text("{\"alg\":\"RS256\",\"kid\":\"rsa\","
				   "\"typ\":\"%s\"}",
			    types[i]),
			GOOD)));
}

/* --- encryption ----------------------------------------------------------- */

/* GOOD as `plaintext`, signed or not, for our key. */
static enum po_status
ask_sealed(const char *plaintext, const char *members, const char *to)
{
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	struct po_id_token_policy policy = forge_policy();
	const char *jwk = seal_private_jwk(forge_key("P-256-b"), "");
	const struct seal how = {
		.to = forge_key(to),
		.alg = "ECDH-ES",
		.enc = "A128GCM",
		.members = members,
		.plaintext = plaintext,
		.plaintext_len = strlen(plaintext),
	};

	assert_int_equal(po_jwe_key_parse(jwk, strlen(jwk), &key, NULL), PO_OK);
	policy.decryption_key = key;
	return merge(seal_token(&how), &policy);
}

static void
encrypted_userinfo(void **state)
{
	static const char *const minimal = "{\"sub\":\"" FORGE_SUB "\"}";
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"cty\":\"JWT\"", PO_OK },
		{ "\"cty\":\"json\"", PO_E_TYP },
		/* claims in the clear that are not those within */
		{ "\"cty\":\"JWT\",\"sub\":\"" FORGE_SUB "\"", PO_OK },
		{ "\"cty\":\"JWT\",\"sub\":\"1\"", PO_E_CLAIMS },
		{ "\"cty\":\"JWT\",\"iss\":\"" FORGE_ISSUER "\"", PO_E_CLAIMS },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(
		    cases[i].reason, ask_sealed(forge_honest(minimal),
					 cases[i].members, "P-256-b"));
	assert_reason(PO_E_DECRYPT,
	    ask_sealed(forge_honest(GOOD), "\"cty\":\"JWT\"", "P-256"));
	/* anybody can encrypt for a public key */
	assert_reason(PO_E_TOKEN_MALFORMED,
	    ask_sealed(GOOD, "\"cty\":\"JWT\"", "P-256-b"));
}

/* Without our key nobody could have agreed on it. */
static void
encrypted_userinfo_without_a_key(void **state)
{
	const struct seal how = {
		.to = forge_key("P-256-b"),
		.alg = "ECDH-ES",
		.enc = "A128GCM",
		.plaintext = "x",
		.plaintext_len = 1,
	};

	(void)state;
	assert_reason(PO_E_TOKEN_MALFORMED, ask(seal_token(&how)));
}

/* Encryption of userinfo is agreed on apart from that of ID tokens. */
static void
plain_userinfo_where_id_tokens_are_encrypted(void **state)
{
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	struct po_id_token_policy policy = forge_policy();
	const char *jwk = seal_private_jwk(forge_key("P-256-b"), "");

	(void)state;
	assert_int_equal(po_jwe_key_parse(jwk, strlen(jwk), &key, NULL), PO_OK);
	policy.decryption_key = key;
	assert_reason(PO_OK, merge(forge_honest(GOOD), &policy));
}

/* A shared key cannot tell who made it when there are several to know it. */
static void
userinfo_keyed_with_the_client_secret(void **state)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef";
	static const char header[] = "{\"alg\":\"HS256\"}";
	static const struct {
		const char *aud;
		enum po_status reason;
	} cases[] = {
		{ "\"" FORGE_CLIENT "\"", PO_OK },
		{ "[\"" FORGE_CLIENT "\",\"web\"]", PO_E_AUD },
	};
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *claims = forge_text(
		    "{\"sub\":\"" FORGE_SUB "\",\"aud\":%s}", cases[i].aud);
		const char *input =
		    forge_text("%s.%s", forge_b64(header, strlen(header)),
			forge_b64(claims, strlen(claims)));
		size_t len = 0;
		const uint8_t *mac =
		    forge_mac("SHA256", secret, strlen(secret), input, &len);
		const char *jwt =
		    forge_text("%s.%s", input, forge_b64(mac, len));

		policy = forge_policy();
		policy.algs = (po_alg_set)1 << PO_ALG_HS256;
		policy.client_secret = secret;
		policy.client_secret_len = strlen(secret);
		assert_reason(cases[i].reason, merge(jwt, &policy));
		assert_reason(PO_E_ALG, ask(jwt));
	}
}

/* It lacks what an ID token must have. */
static void
a14_userinfo_passed_off_as_id_token(void **state)
{
	(void)state;
	assert_reason(PO_E_EXP, forge_login(forge_honest(GOOD)));
}

static void
userinfo_out_of_its_time(void **state)
{
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"exp\":1699999900", PO_E_EXP },
		{ "\"exp\":1699999950", PO_OK }, /* leeway */
		{ "\"exp\":\"1700000300\"", PO_E_EXP },
		{ "\"exp\":-1", PO_E_EXP },
		{ "\"nbf\":1700000100", PO_E_NBF },
		{ "\"nbf\":1700000050", PO_OK },
		{ "\"iat\":1700000100", PO_E_IAT },
		{ "\"iat\":1700000000", PO_OK },
		{ "\"iat\":1700000000,\"exp\":1800000000", PO_E_EXP },
		/* a date alone bounds nothing */
		{ "\"exp\":1800000000", PO_OK },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    ask_with(forge_text(
			"\"sub\":\"" FORGE_SUB "\",%s", cases[i].members)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_well_is_taken),
		cmocka_unit_test(a1_userinfo_unsigned),
		cmocka_unit_test(userinfo_signed_with_another_key),
		cmocka_unit_test(userinfo_with_an_algorithm_that_nobody_named),
		cmocka_unit_test(e1_userinfo_of_another_issuer),
		cmocka_unit_test(e2_userinfo_for_another_client),
		cmocka_unit_test(e6_userinfo_of_another_person),
		cmocka_unit_test(a14_id_token_passed_off_as_userinfo),
		cmocka_unit_test(a14_other_tokens_passed_off_as_userinfo),
		cmocka_unit_test(a14_userinfo_passed_off_as_id_token),
		cmocka_unit_test(userinfo_out_of_its_time),
		cmocka_unit_test(encrypted_userinfo),
		cmocka_unit_test(encrypted_userinfo_without_a_key),
		cmocka_unit_test(plain_userinfo_where_id_tokens_are_encrypted),
		cmocka_unit_test(userinfo_keyed_with_the_client_secret),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
