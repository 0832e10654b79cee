/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on the claims of a token whose signature is good.  The letters are
 * those of the project's attack catalogue; E6 to E8, E10 and E12 are judged
 * elsewhere (userinfo, policy, account mapping).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "forge.h"

struct claim_case {
	const char *text; /* JSON; "" = absent */
	enum po_status reason;
};

/* Each value of one claim in an otherwise good token. */
static void
try_claim(const char *name, const struct claim_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_reason(cases[i].reason,
		    forge_login(
			forge_honest(forge_claims(name, cases[i].text, NULL))));
}

static void
e1_iss_almost_equal(void **state)
{
	static const struct claim_case cases[] = {
		{ "\"https://sso.example.com\"", PO_OK },
		{ "\"https:\\/\\/sso.example.com\"", PO_OK }, /* same text */
		{ "\"https://sso.example.com/\"", PO_E_ISS },
		{ "\"http://sso.example.com\"", PO_E_ISS },
		{ "\"sso.example.com\"", PO_E_ISS },
		{ "\"HTTPS://sso.example.com\"", PO_E_ISS },
		{ "\"https://SSO.example.com\"", PO_E_ISS },
		{ "\"https://sso.example.com:443\"", PO_E_ISS },
		{ "\"https://user@sso.example.com\"", PO_E_ISS },
		{ "\"https://sso.example.com.evil.example\"", PO_E_ISS },
		{ "\"https://sso.example.co\"", PO_E_ISS },
		{ "\"https://sso.example.com/realms/other\"", PO_E_ISS },
		{ "\"https://sso%2eexample.com\"", PO_E_ISS },
		{ "\"https://sso.example.com?\"", PO_E_ISS },
		{ "\"https://sso.example.com \"", PO_E_ISS },
		{ "\"https://ss\\u043e.example.com\"", PO_E_ISS },
		{ "\"{tenantid}\"", PO_E_ISS },
		{ "\"\"", PO_E_ISS },
		{ "", PO_E_ISS },
		{ "null", PO_E_ISS },
		{ "[\"https://sso.example.com\"]", PO_E_ISS },
		{ "{\"0\":\"https://sso.example.com\"}", PO_E_ISS },
		{ "1", PO_E_ISS },
	};

	(void)state;
	try_claim("iss", cases, PO_ARRAY_LEN(cases));
}

/* Entra's template must not match the tenant it stands for, nor any. */
static void
e1_issuer_template_is_not_expanded(void **state)
{
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	policy.issuer = "https://sso.example.com/{tenantid}/v2.0";
	assert_reason(
	    PO_E_ISS, forge_judge(forge_honest(forge_claims("iss",
				      "\"https://sso.example.com/evil/v2.0\"",
				      "tid", "\"evil\"", NULL)),
			  forge_honest_jwks(), &policy));
}

static void
e2_aud_that_is_not_us(void **state)
{
	static const struct claim_case cases[] = {
		{ "\"linux-login\"", PO_OK },
		{ "[\"linux-login\"]", PO_OK },
		{ "\"linux-login2\"", PO_E_AUD },
		{ "\"linux-logi\"", PO_E_AUD },
		{ "\"my linux-login app\"", PO_E_AUD },
		{ "\"Linux-Login\"", PO_E_AUD },
		{ "\"linux-login \"", PO_E_AUD },
		{ "\"other,linux-login\"", PO_E_AUD },
		{ "\"\"", PO_E_AUD },
		{ "", PO_E_AUD },
		{ "null", PO_E_AUD },
		{ "1", PO_E_AUD },
		{ "{\"linux-login\":1}", PO_E_AUD },
		{ "[]", PO_E_AUD },
		{ "[\"other\"]", PO_E_AUD },
		{ "[[\"linux-login\"]]", PO_E_AUD },
		{ "[\"linux-login\",1]", PO_E_AUD },
		{ "[\"linux-login\",null]", PO_E_AUD },
		{ "[\"linux-login\",[]]", PO_E_AUD },
		{ "[{\"linux-login\":\"linux-login\"}]", PO_E_AUD },
	};

	(void)state;
	try_claim("aud", cases, PO_ARRAY_LEN(cases));
}

static void
e2_e3_audiences_besides_us(void **state)
{
	static const struct {
		const char *aud;
		const char *azp;
		enum po_status reason;
	} cases[] = {
		{ "[\"linux-login\",\"web\"]", "\"linux-login\"", PO_OK },
		{ "[\"web\",\"linux-login\"]", "\"linux-login\"", PO_OK },
		{ "[\"linux-login\",\"web\"]", "", PO_E_AZP },
		{ "[\"linux-login\",\"linux-login\"]", "", PO_E_AZP },
		{ "[\"linux-login\",\"web\"]", "\"web\"", PO_E_AZP },
		{ "[\"web\",\"project\"]", "\"linux-login\"", PO_E_AUD },
		{ "\"linux-login\"", "\"linux-login\"", PO_OK },
		{ "\"linux-login\"", "\"web\"", PO_E_AZP },
		{ "\"linux-login\"", "\"Linux-login\"", PO_E_AZP },
		{ "\"linux-login\"", "\"\"", PO_E_AZP },
		{ "\"linux-login\"", "null", PO_E_AZP },
		{ "\"linux-login\"", "[\"linux-login\"]", PO_E_AZP },
		{ "\"linux-login\"", "1", PO_E_AZP },
		{ "\"web\"", "\"linux-login\"", PO_E_AUD },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_login(forge_honest(forge_claims(
			"aud", cases[i].aud, "azp", cases[i].azp, NULL))));
}

static void
e4_sub_that_is_no_identifier(void **state)
{
	char longest[PO_JWT_SUB_MAX + 1];
	const struct claim_case cases[] = {
		{ "\"a\"", PO_OK },
		{ "\"auth0|5f7c8ec7c33c6c004bbafe82\"", PO_OK },
		{ "\"http://cilogon.org/serverA/users/1234\"", PO_OK },
		/* Core 2: ASCII; nor could an account be bound to it */
		{ "\"CN=Zo\\u00eb, O=Example\"", PO_E_SUB },
		{ "\"\"", PO_E_SUB },
		{ "", PO_E_SUB },
		{ "null", PO_E_SUB },
		{ "1000", PO_E_SUB },
		{ "0", PO_E_SUB },
		{ "true", PO_E_SUB },
		{ "[\"a\"]", PO_E_SUB },
		{ "{}", PO_E_SUB },
		{ "\"root\\nroot\"", PO_E_SUB },
		{ "\"root\\tx\"", PO_E_SUB },
		{ "\"a\\r\\nresult=granted\"", PO_E_SUB },
		{ "\"a\\u001b[2J\"", PO_E_SUB },
		{ "\"a\\u0001\"", PO_E_SUB },
		{ forge_text("\"%s\"",
		      (memset(longest, 's', sizeof(longest) - 1),
			  longest[sizeof(longest) - 1] = '\0', longest)),
		    PO_OK },
		{ forge_text("\"%ss\"", longest), PO_E_SUB },
	};

	(void)state;
	try_claim("sub", cases, PO_ARRAY_LEN(cases));
}

static void
e5_nonce_of_another_request(void **state)
{
	static const struct {
		const char *text;
		enum po_status optional;
		enum po_status required;
	} cases[] = {
		{ "\"n-0S6_WzA2Mj\"", PO_OK, PO_OK },
		{ "", PO_OK, PO_E_NONCE },
		{ "\"other\"", PO_E_NONCE, PO_E_NONCE },
		{ "\"N-0S6_WzA2Mj\"", PO_E_NONCE, PO_E_NONCE },
		{ "\"n-0S6_WzA2Mj \"", PO_E_NONCE, PO_E_NONCE },
		{ "\"n-0S6_WzA2M\"", PO_E_NONCE, PO_E_NONCE },
		{ "\"\"", PO_E_NONCE, PO_E_NONCE },
		{ "null", PO_E_NONCE, PO_E_NONCE },
		{ "0", PO_E_NONCE, PO_E_NONCE },
		{ "[\"n-0S6_WzA2Mj\"]", PO_E_NONCE, PO_E_NONCE },
	};
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	policy.nonce = "n-0S6_WzA2Mj";
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *token =
		    forge_honest(forge_claims("nonce", cases[i].text, NULL));

		policy.nonce_required = false;
		assert_reason(cases[i].optional,
		    forge_judge(token, forge_honest_jwks(), &policy));
		policy.nonce_required = true;
		assert_reason(cases[i].required,
		    forge_judge(token, forge_honest_jwks(), &policy));
	}
}

/* The answer to an earlier question: issued before this login began. */
static void
e5_token_of_an_earlier_login(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	static const struct {
		int64_t age_s;
		enum po_status reason;
	} cases[] = { { 0, PO_OK }, { 30, PO_OK },
		{ 30 + PO_JWT_LEEWAY_S, PO_OK },
		{ 31 + PO_JWT_LEEWAY_S, PO_E_IAT }, { 3600, PO_E_IAT },
		{ FORGE_NOW, PO_E_IAT } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		int64_t iat = FORGE_NOW - cases[i].age_s;
		const char *token = forge_honest(
		    forge_claims("iat", forge_text("%lld", (long long)iat),
			"exp", "1700000060", NULL));

		policy.flow_start_s = FORGE_NOW - 30;
		assert_reason(cases[i].reason,
		    forge_judge(token, forge_honest_jwks(), &policy));
		/* a verification at leisure asks less of iat */
		policy.flow_start_s = 0;
		assert_reason(iat == 0 ? PO_E_EXP : PO_OK, /* the lifetime */
		    forge_judge(token, forge_honest_jwks(), &policy));
	}
}

/* Groups are policy's business, but must arrive as they were signed. */
static void
e9_groups_in_any_form_arrive_unchanged(void **state)
{
	static const char *const forms[] = { "\"a,b\"", "{\"a\":{\"b\":\"c\"}}",
		"[[\"a\"],null,1]", "null", "[\"/admin\",\"admin\",\"Admin\"]",
		"[]" };
	struct po_id_token_policy policy = forge_policy();
	const char *jwks = forge_honest_jwks();

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(forms); i++) {
		AUTO(po_jwks_free) struct po_jwks *set = NULL;
		AUTO(po_json_free) struct po_json *claims = NULL;
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024);
		const char *token =
		    forge_honest(forge_claims("groups", forms[i], NULL));

		assert_reason(
		    PO_OK, po_jwks_parse(jwks, strlen(jwks), &set, NULL));
		assert_reason(PO_OK, po_id_token_verify(token, strlen(token),
					 set, &policy, &claims, NULL));
		po_json_print(po_json_member(claims, "groups"), &text);
		assert_string_equal(po_buf_str(&text), forms[i]);
	}
}

static void
e11_exp_missing_past_or_far_away(void **state)
{
	static const struct claim_case cases[] = {
		{ "", PO_E_EXP },
		{ "0", PO_E_EXP },
		{ "1", PO_E_EXP },
		{ "1699999939", PO_E_EXP },
		{ "1699999940", PO_E_EXP }, /* now - leeway: no longer before */
		{ "1699999941", PO_OK },
		{ "1700000000", PO_OK },
		{ "1700604800", PO_OK }, /* a week after iat */
		{ "1700604801", PO_E_EXP },
		{ "2000000000", PO_E_EXP },
		{ "1099511627776", PO_E_EXP },
	};

	(void)state;
	try_claim("exp", cases, PO_ARRAY_LEN(cases));
}

static void
e11_iat_missing_or_in_the_future(void **state)
{
	static const struct claim_case cases[] = {
		{ "", PO_E_IAT },
		{ "1700000000", PO_OK },
		{ "1700000060", PO_OK },
		{ "1700000061", PO_E_IAT },
		{ "1700003600", PO_E_IAT },
		{ "0", PO_E_IAT },
	};

	(void)state;
	try_claim("iat", cases, PO_ARRAY_LEN(cases));
}

static void
e11_nbf_in_the_future(void **state)
{
	static const struct claim_case cases[] = {
		{ "", PO_OK },
		{ "0", PO_OK },
		{ "1700000060", PO_OK },
		{ "1700000061", PO_E_NBF },
		{ "1099511627776", PO_E_NBF },
	};

	(void)state;
	try_claim("nbf", cases, PO_ARRAY_LEN(cases));
}

/* Whatever the clock of this host says, nothing overflows. */
static void
e11_clock_at_its_ends(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_honest(forge_claims(NULL));

	(void)state;
	policy.flow_start_s = 0;
	policy.now_s = 0;
	assert_reason(
	    PO_E_IAT, forge_judge(token, forge_honest_jwks(), &policy));
	policy.now_s = PO_JWT_NUMERIC_DATE_MAX;
	assert_reason(
	    PO_E_EXP, forge_judge(token, forge_honest_jwks(), &policy));
}

/* Nothing of a bad token is read: the signature fails before the claims. */
static void
e0_signature_is_judged_before_any_claim(void **state)
{
	const char *wrong_in_all = forge_claims(
	    "iss", "\"evil\"", "aud", "1", "exp", "1", "events", "{}", NULL);

	(void)state;
	assert_reason(PO_E_SIGNATURE,
	    forge_login(forge_token(forge_key("RSA-2048-b"), "RS256",
		"{\"alg\":\"RS256\",\"kid\":\"rsa\"}", wrong_in_all)));
	assert_reason(PO_E_ISS, forge_login(forge_honest(wrong_in_all)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e0_signature_is_judged_before_any_claim),
		cmocka_unit_test(e1_iss_almost_equal),
		cmocka_unit_test(e1_issuer_template_is_not_expanded),
		cmocka_unit_test(e2_aud_that_is_not_us),
		cmocka_unit_test(e2_e3_audiences_besides_us),
		cmocka_unit_test(e4_sub_that_is_no_identifier),
		cmocka_unit_test(e5_nonce_of_another_request),
		cmocka_unit_test(e5_token_of_an_earlier_login),
		cmocka_unit_test(e9_groups_in_any_form_arrive_unchanged),
		cmocka_unit_test(e11_exp_missing_past_or_far_away),
		cmocka_unit_test(e11_iat_missing_or_in_the_future),
		cmocka_unit_test(e11_nbf_in_the_future),
		cmocka_unit_test(e11_clock_at_its_ends),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
