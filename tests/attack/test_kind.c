/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens of another kind, or that belong to another access token: typ, cty,
 * payload discriminators and at_hash (RFC 8725 3.11, 3.12).  The letters are
 * those of the project's attack catalogue.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "forge.h"

static const char *
with_header(const char *header)
{
	return forge_token(
	    forge_key("RSA-2048"), "RS256", header, forge_claims(NULL));
}

/* A14: what the same issuer signs with the same keys for other ends. */
static void
a14_tokens_made_for_another_purpose(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		enum po_status reason;
	} cases[] = {
		{ "events",
		    "{\"http://schemas.openid.net/event/backchannel-logout\":"
		    "{}}",
		    PO_E_TYP },
		{ "events", "null", PO_E_TYP },
		/* Keycloak, Rauthy */
		{ "typ", "\"Bearer\"", PO_E_TYP },
		{ "typ", "\"Refresh\"", PO_E_TYP },
		{ "typ", "\"Logout\"", PO_E_TYP },
		{ "typ", "1", PO_E_TYP },
		{ "typ", "null", PO_E_TYP },
		{ "typ", "\"\"", PO_E_TYP },
		{ "typ", "\"ID\"", PO_OK },
		{ "typ", "\"Id\"", PO_OK },
		/* Cognito */
		{ "token_use", "\"access\"", PO_E_TYP },
		{ "token_use", "[\"id\"]", PO_E_TYP },
		{ "token_use", "\"id\"", PO_OK },
		/* Pocket ID */
		{ "type", "\"oauth-access-token\"", PO_E_TYP },
		{ "type", "\"access-token\"", PO_E_TYP },
		{ "type", "\"refresh-token\"", PO_E_TYP },
		{ "type", "\"id-token\"", PO_OK },
		{ "type", "\"employee\"", PO_OK },
		/* Casdoor, whose ID tokens say access-token */
		{ "tokenType", "\"refresh-token\"", PO_E_TYP },
		{ "tokenType", "\"access-token\"", PO_OK },
		/* proof of possession is no other kind of token */
		{ "cnf", "{\"jkt\":\"0ZcOCORZNYy\"}", PO_OK },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_login(forge_honest(
			forge_claims(cases[i].name, cases[i].text, NULL))));
}

static void
d11_typ_of_another_kind_of_token(void **state)
{
	static const char *const types[] = { "\"at+jwt\"",
		"\"application/at+jwt\"", "\"AT+JWT\"", "\"logout+jwt\"",
		"\"token-introspection+jwt\"", "\"secevent+jwt\"",
		"\"dpop+jwt\"", "\"oauth-authz-req+jwt\"",
		"\"entity-statement+jwt\"", "\"JWT \"", "\"jwt+x\"", "\"\"",
		"\"application/\"", "\"text/jwt\"", "null", "1", "[\"JWT\"]" };
	static const char *const good[] = { "\"JWT\"", "\"jwt\"",
		"\"application/jwt\"", "\"APPLICATION/JWT\"" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(types); i++)
		assert_reason(PO_E_TYP,
		    forge_login(with_header(forge_text(
			"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":%s}",
			types[i]))));
	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++)
		assert_reason(
		    PO_OK, forge_login(with_header(forge_text(
			       "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":%s}",
			       good[i]))));
}

static void
d11_cty_that_announces_a_nested_token(void **state)
{
	static const char *const types[] = { "\"JWT\"", "\"jwt\"",
		"\"application/jwt\"", "null", "[]" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(types); i++)
		assert_reason(PO_E_TYP,
		    forge_login(with_header(forge_text(
			"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"cty\":%s}",
			types[i]))));
	assert_reason(PO_OK,
	    forge_login(with_header(
		"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"cty\":\"json\"}")));
}

/* at_hash of `token`, made with `digest` and cut to `bytes`. */
static const char *
at_hash(const char *digest, const char *token, size_t bytes)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	assert_int_equal(
	    EVP_Q_digest(NULL, digest, NULL, token, strlen(token), hash, &len),
	    1);
	return forge_text(
	    "\"%s\"", forge_b64(hash, bytes == 0 ? len / 2 : bytes));
}

static void
d12_at_hash_of_another_access_token(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const struct {
		const char *value;
		enum po_status reason;
	} cases[] = {
		{ at_hash("SHA256", "mine", 0), PO_OK },
		{ at_hash("SHA256", "stolen", 0), PO_E_AT_HASH },
		{ at_hash("SHA256", "mine", 32), PO_E_AT_HASH },
		{ at_hash("SHA256", "mine", 8), PO_E_AT_HASH },
		{ at_hash("SHA512", "mine", 0), PO_E_AT_HASH },
		{ at_hash("SHA256", "mine", 15), PO_E_AT_HASH },
		{ "\"\"", PO_E_AT_HASH }, { "null", PO_E_AT_HASH },
		{ "[]", PO_E_AT_HASH },
		{ "", PO_OK }, /* absent: it is optional */
	};

	(void)state;
	policy.access_token = "mine";
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_judge(forge_honest(forge_claims(
				    "at_hash", cases[i].value, NULL)),
			forge_honest_jwks(), &policy));
	/* c_hash belongs to the hybrid flow and is not looked at */
	assert_reason(PO_OK, forge_judge(forge_honest(forge_claims(
					     "c_hash", "\"anything\"", NULL)),
				 forge_honest_jwks(), &policy));
}

static void
d12_at_hash_follows_the_algorithm(void **state)
{
	static const struct {
		const char *alg;
		const char *key;
		const char *kid;
		const char *digest;
		const char *other;
	} cases[] = {
		{ "PS384", "RSA-2048", "rsa", "SHA384", "SHA256" },
		{ "RS512", "RSA-2048", "rsa", "SHA512", "SHA256" },
		{ "ES256", "P-256", "es256", "SHA256", "SHA512" },
		{ "ES512", "P-521", "es512", "SHA512", "SHA256" },
		{ "EdDSA", "Ed25519", "ed", "SHA512", "SHA256" },
	};
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	policy.access_token = "mine";
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *header =
		    forge_text("{\"alg\":\"%s\",\"kid\":\"%s\"}", cases[i].alg,
			cases[i].kid);
		EVP_PKEY *key = forge_key(cases[i].key);

		assert_reason(PO_OK,
		    forge_judge(
			forge_token(key, cases[i].alg, header,
			    forge_claims("at_hash",
				at_hash(cases[i].digest, "mine", 0), NULL)),
			forge_honest_jwks(), &policy));
		assert_reason(PO_E_AT_HASH,
		    forge_judge(
			forge_token(key, cases[i].alg, header,
			    forge_claims("at_hash",
				at_hash(cases[i].other, "mine", 0), NULL)),
			forge_honest_jwks(), &policy));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a14_tokens_made_for_another_purpose),
		cmocka_unit_test(d11_typ_of_another_kind_of_token),
		cmocka_unit_test(d11_cty_that_announces_a_nested_token),
		cmocka_unit_test(d12_at_hash_of_another_access_token),
		cmocka_unit_test(d12_at_hash_follows_the_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
