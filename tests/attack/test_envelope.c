/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks with encrypted ID tokens (idps C1, C8 and around): what may be in an
 * envelope, what may be on it, and when there must be one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/jwe_seal.h"
#include "forge.h"
#include "jose/jwe.h"

static struct po_jwe_key *our_key;

static int
make_our_key(void **state)
{
	const char *jwk = seal_private_jwk(forge_key("P-256"), "");

	(void)state;
	return po_jwe_key_parse(jwk, strlen(jwk), &our_key, NULL) != PO_OK;
}

static int
free_all(void **state)
{
	po_jwe_key_free(&our_key);
	return forge_free_all(state);
}

/* `text` sealed for us, with more members in the header. */
static const char *
sealed(const char *text, const char *members)
{
	const struct seal how = {
		.to = forge_key("P-256"),
		.alg = "ECDH-ES",
		.enc = "A256GCM",
		.members = members,
		.plaintext = text,
		.plaintext_len = strlen(text),
	};

	return seal_token(&how);
}

static enum po_status
login(const char *token)
{
	struct po_id_token_policy policy = forge_policy();

	policy.decryption_key = our_key;
	return forge_judge(token, forge_honest_jwks(), &policy);
}

static void
c1_claims_encrypted_but_signed_by_nobody(void **state)
{
	const char *claims = forge_claims(NULL);

	(void)state;
	assert_reason(PO_E_TOKEN_MALFORMED, login(sealed(claims, NULL)));
	assert_reason(
	    PO_E_TOKEN_MALFORMED, login(sealed(claims, "\"cty\":\"JWT\"")));
	assert_reason(PO_E_ALG,
	    login(sealed(
		forge_join(forge_input("{\"alg\":\"none\"}", claims), "", 0),
		NULL)));
	assert_reason(PO_OK, login(sealed(forge_honest(claims), NULL)));
}

static void
c1_signed_by_somebody_else_inside(void **state)
{
	const char *header = "{\"alg\":\"RS256\",\"kid\":\"rsa\"}";

	(void)state;
	assert_reason(PO_E_SIGNATURE,
	    login(sealed(forge_token(forge_key("RSA-2048-b"), "RS256", header,
			     forge_claims(NULL)),
		NULL)));
	assert_reason(
	    PO_OK, login(sealed(forge_token(forge_key("RSA-2048"), "RS256",
				    header, forge_claims(NULL)),
		       NULL)));
}

/* All claims of the token inside count as ever. */
static void
c1_signed_for_somebody_else_inside(void **state)
{
	(void)state;
	assert_reason(PO_E_AUD,
	    login(sealed(
		forge_honest(forge_claims("aud", "\"other\"", NULL)), NULL)));
	assert_reason(PO_E_EXP,
	    login(sealed(forge_honest(forge_claims("exp", "1", NULL)), NULL)));
}

static void
c1_encrypted_where_nobody_asked_for_it(void **state)
{
	const char *token = forge_honest(forge_claims(NULL));

	(void)state;
	assert_reason(PO_E_TOKEN_MALFORMED, forge_login(sealed(token, NULL)));
	assert_reason(PO_OK, forge_login(token));
}

static void
c1_not_encrypted_where_it_was_agreed(void **state)
{
	const char *token = forge_honest(forge_claims(NULL));

	(void)state;
	assert_reason(PO_E_DECRYPT, login(token));
	assert_reason(PO_OK, login(sealed(token, NULL)));
}

static void
c8_envelope_in_an_envelope(void **state)
{
	const char *token = forge_honest(forge_claims(NULL));

	(void)state;
	assert_reason(PO_E_TOKEN_MALFORMED,
	    login(sealed(sealed(token, "\"cty\":\"JWT\""), "\"cty\":\"JWT\"")));
	assert_reason(PO_OK, login(sealed(token, "\"cty\":\"JWT\"")));
}

static void
d11_typ_and_cty_on_the_envelope(void **state)
{
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"typ\":\"at+jwt\"", PO_E_TYP },
		{ "\"typ\":\"logout+jwt\"", PO_E_TYP },
		{ "\"typ\":7", PO_E_TYP },
		{ "\"cty\":\"text/plain\"", PO_E_TYP },
		{ "\"cty\":[\"JWT\"]", PO_E_TYP },
		{ "\"typ\":\"JWT\",\"cty\":\"JWT\"", PO_OK },
		{ "\"typ\":\"JWT\",\"cty\":\"application/jwt\"", PO_OK },
	};
	const char *token = forge_honest(forge_claims(NULL));

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(
		    cases[i].reason, login(sealed(token, cases[i].members)));
}

/* RFC 7519 5.3: who routes by the header must not be told something else. */
static void
claims_in_the_clear_that_differ_from_those_inside(void **state)
{
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"iss\":\"https://evil.example.com\"", PO_E_CLAIMS },
		{ "\"sub\":\"other\"", PO_E_CLAIMS },
		{ "\"sub\":null", PO_E_CLAIMS },
		{ "\"aud\":\"other\"", PO_E_CLAIMS },
		{ "\"aud\":[\"" FORGE_CLIENT "\"]", PO_E_CLAIMS },
		{ "\"iss\":\"" FORGE_ISSUER "\",\"aud\":\"" FORGE_CLIENT
		  "\",\"sub\":\"" FORGE_SUB "\"",
		    PO_OK },
	};
	const char *token = forge_honest(forge_claims(NULL));

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(
		    cases[i].reason, login(sealed(token, cases[i].members)));
}

/* The alias is one more spelling, not a pattern and not for metadata. */
static void
e1_iss_that_is_almost_the_alias(void **state)
{
	static const struct {
		const char *iss;
		enum po_status reason;
	} cases[] = {
		{ "\"sso.example.com/\"", PO_E_ISS },
		{ "\"SSO.example.com\"", PO_E_ISS },
		{ "\"\"", PO_E_ISS },
		{ "\"sso.example.com\"", PO_OK },
		{ "\"" FORGE_ISSUER "\"", PO_OK },
	};
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	assert_reason(PO_E_ISS, forge_login(forge_honest(forge_claims(
				    "iss", "\"sso.example.com\"", NULL))));
	policy.issuer_alias = "sso.example.com";
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_judge(
			forge_honest(forge_claims("iss", cases[i].iss, NULL)),
			forge_honest_jwks(), &policy));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c1_claims_encrypted_but_signed_by_nobody),
		cmocka_unit_test(c1_signed_by_somebody_else_inside),
		cmocka_unit_test(c1_signed_for_somebody_else_inside),
		cmocka_unit_test(c1_encrypted_where_nobody_asked_for_it),
		cmocka_unit_test(c1_not_encrypted_where_it_was_agreed),
		cmocka_unit_test(c8_envelope_in_an_envelope),
		cmocka_unit_test(d11_typ_and_cty_on_the_envelope),
		cmocka_unit_test(
		    claims_in_the_clear_that_differ_from_those_inside),
		cmocka_unit_test(e1_iss_that_is_almost_the_alias),
	};

	return cmocka_run_group_tests(tests, make_our_key, free_all);
}
