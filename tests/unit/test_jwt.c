/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ID token validation: order of the checks, optional parts of the policy, and
 * what is said.  The hostile cases are in tests/attack/.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../attack/forge.h"
#include "jose/jwt.h"

/* The refusal's message, which must contain `says`. */
static void
assert_refused(const char *token, const struct po_id_token_policy *policy,
    enum po_status reason, const char *says)
{
	AUTO(po_jwks_free) struct po_jwks *set = NULL;
	struct po_json *claims = NULL;
	struct po_err err = { .status = PO_OK };
	const char *jwks = forge_honest_jwks();

	assert_int_equal(po_jwks_parse(jwks, strlen(jwks), &set, NULL), PO_OK);
	assert_reason(reason, po_id_token_verify(token, strlen(token), set,
				  policy, &claims, &err));
	assert_null(claims);
	assert_reason(reason, err.status);
	if (strstr(err.text, says) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", says, err.text);
}

static void
a_good_token_yields_its_claims(void **state)
{
	AUTO(po_jwks_free) struct po_jwks *set = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	const char *jwks = forge_honest_jwks();
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_honest(forge_claims(
	    "groups", "[\"linux-users\"]", "email_verified", "true", NULL));

	(void)state;
	assert_int_equal(po_jwks_parse(jwks, strlen(jwks), &set, NULL), PO_OK);
	assert_reason(PO_OK, po_id_token_verify(token, strlen(token), set,
				 &policy, &claims, NULL));
	assert_string_equal(
	    po_json_string(po_json_member(claims, "sub"), NULL), FORGE_SUB);
	assert_int_equal(
	    po_json_array_len(po_json_member(claims, "groups")), 1);
}

static void
messages_say_what_was_and_what_should_be(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	static const struct {
		const char *name;
		const char *text;
		enum po_status reason;
		const char *says;
	} cases[] = {
		{ "iss", "\"https://evil.example\"", PO_E_ISS,
		    "iss is \"https://evil.example\", not "
		    "\"https://sso.example.com\"" },
		{ "iss", "", PO_E_ISS, "no iss" },
		{ "iss", "[]", PO_E_ISS, "iss is array, not a string" },
		{ "sub", "", PO_E_SUB, "no sub" },
		{ "sub", "\"\"", PO_E_SUB, "sub of 0 bytes is not 1 to 255" },
		{ "sub", "\"\\n\"", PO_E_SUB,
		    "not 1 to 255 characters of printable" },
		{ "aud", "", PO_E_AUD, "no aud" },
		{ "aud", "\"web\"", PO_E_AUD,
		    "aud does not name client \"linux-login\"" },
		{ "aud", "[1]", PO_E_AUD, "aud has integer, not a string" },
		{ "aud", "[\"linux-login\",\"web\"]", PO_E_AZP,
		    "2 audiences and no azp" },
		{ "azp", "\"web\"", PO_E_AZP,
		    "azp is \"web\", not \"linux-login\"" },
		{ "exp", "", PO_E_EXP, "no exp" },
		{ "exp", "1699999900", PO_E_EXP, "expired 100 s ago" },
		{ "exp", "1800000000", PO_E_EXP,
		    "valid for 100000000 s, more than 604800" },
		{ "exp", "\"1\"", PO_E_EXP,
		    "exp is string, not a number of seconds" },
		{ "exp", "1699999940.9", PO_E_EXP, "expired 60 s ago" },
		{ "exp", "-1", PO_E_EXP, "exp is -1, not a date" },
		{ "nbf", "1700000100", PO_E_NBF,
		    "not valid for another 100 s" },
		{ "iat", "", PO_E_IAT, "no iat" },
		{ "iat", "1700000100", PO_E_IAT, "issued 100 s in the future" },
		{ "iat", "1699999000", PO_E_IAT,
		    "issued 970 s before this login began" },
		{ "events", "{}", PO_E_TYP, "events" },
		{ "typ", "\"Bearer\"", PO_E_TYP,
		    "typ is \"Bearer\": not an ID token" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_refused(forge_honest(forge_claims(
				   cases[i].name, cases[i].text, NULL)),
		    &policy, cases[i].reason, cases[i].says);
}

static void
a_sign_in_that_does_not_do_is_explained(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	static const struct {
		const char *acr;
		const char *auth_time;
		enum po_status reason;
		const char *says;
	} cases[] = {
		{ "", "1699999990", PO_E_ACR,
		    "no acr, and one of \"phr mfa\" was asked for" },
		{ "\"pwd\"", "1699999990", PO_E_ACR,
		    "acr is \"pwd\", none of \"phr mfa\"" },
		{ "[\"mfa\"]", "1699999990", PO_E_ACR,
		    "acr is array, not a string" },
		{ "\"mfa\"", "", PO_E_AUTH_TIME,
		    "max_age of 900 s: no auth_time" },
		{ "\"mfa\"", "\"1\"", PO_E_AUTH_TIME,
		    "max_age of 900 s: auth_time is string, not a "
		    "number of seconds" },
		{ "\"mfa\"", "1700000061", PO_E_AUTH_TIME,
		    "auth_time is 61 s in the future" },
		/* the login began 30 s before FORGE_NOW */
		{ "\"mfa\"", "1699999009", PO_E_AUTH_TIME,
		    "signed in at the provider 961 s before this login, "
		    "max_age is 900" },
	};

	(void)state;
	policy.acr_values = "phr mfa";
	policy.max_age_s = 900;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_refused(forge_honest(forge_claims("acr", cases[i].acr,
				   "auth_time", cases[i].auth_time, NULL)),
		    &policy, cases[i].reason, cases[i].says);
	assert_reason(
	    PO_OK, forge_judge(forge_honest(forge_claims("acr", "\"mfa\"",
				   "auth_time", "1699999010", NULL)),
		       forge_honest_jwks(), &policy));
}

/* However the list is spaced: an empty acr is never in it. */
static void
acr_values_are_words(void **state)
{
	static const struct {
		const char *acr_values, *acr;
		enum po_status reason;
	} cases[] = {
		{ "a", "\"a\"", PO_OK },
		{ " a  b ", "\"b\"", PO_OK },
		{ " a  b ", "\"\"", PO_E_ACR },
		{ "a b", "\"a b\"", PO_E_ACR },
		{ "", "\"\"", PO_E_ACR },
		{ " ", "\" \"", PO_E_ACR },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_id_token_policy policy = forge_policy();

		policy.acr_values = cases[i].acr_values;
		assert_reason(cases[i].reason,
		    forge_judge(
			forge_honest(forge_claims("acr", cases[i].acr, NULL)),
			forge_honest_jwks(), &policy));
	}
}

/* A token wrong in everything: each repair reveals the next refusal. */
static void
checks_come_in_the_order_of_the_header(void **state)
{
	static const struct {
		const char *name;
		const char *wrong;
		const char *right;
		enum po_status reason;
	} steps[] = {
		{ "iss", "1", "\"" FORGE_ISSUER "\"", PO_E_ISS },
		{ "sub", "1", "\"s\"", PO_E_SUB },
		{ "aud", "1", "\"" FORGE_CLIENT "\"", PO_E_AUD },
		{ "azp", "1", "\"" FORGE_CLIENT "\"", PO_E_AZP },
		{ "exp", "1", "1700000300", PO_E_EXP },
		{ "nbf", "1800000000", "1700000000", PO_E_NBF },
		{ "iat", "1", "1700000000", PO_E_IAT },
		{ "nonce", "1", "\"n\"", PO_E_NONCE },
		{ "at_hash", "1", "", PO_E_AT_HASH },
		{ "events", "{}", "", PO_E_TYP },
		{ "acr", "1", "\"mfa\"", PO_E_ACR },
		{ "auth_time", "1", "1700000000", PO_E_AUTH_TIME },
	};
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	policy.nonce = "n";
	policy.access_token = "token";
	policy.acr_values = "mfa";
	policy.max_age_s = 900;
	for (size_t done = 0; done <= PO_ARRAY_LEN(steps); done++) {
		const char *v[PO_ARRAY_LEN(steps)];

		for (size_t i = 0; i < PO_ARRAY_LEN(steps); i++)
			v[i] = i < done ? steps[i].right : steps[i].wrong;
		assert_reason(
		    done == PO_ARRAY_LEN(steps) ? PO_OK : steps[done].reason,
		    forge_judge(forge_honest(forge_claims(steps[0].name, v[0],
				    steps[1].name, v[1], steps[2].name, v[2],
				    steps[3].name, v[3], steps[4].name, v[4],
				    steps[5].name, v[5], steps[6].name, v[6],
				    steps[7].name, v[7], steps[8].name, v[8],
				    steps[9].name, v[9], steps[10].name, v[10],
				    steps[11].name, v[11], NULL)),
			forge_honest_jwks(), &policy));
	}
}

static void
form_alg_typ_and_key_are_judged_before_the_signature(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *payload = "not JSON";
	static const struct {
		const char *header;
		enum po_status reason;
	} cases[] = {
		{ "[]", PO_E_TOKEN_MALFORMED },
		{ "{\"alg\":\"none\",\"typ\":\"at+jwt\"}", PO_E_ALG },
		{ "{\"alg\":\"RS256\",\"crit\":[],\"typ\":\"at+jwt\"}",
		    PO_E_CRIT },
		{ "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"x\"}",
		    PO_E_TYP },
		{ "{\"alg\":\"RS256\",\"kid\":\"x\"}", PO_E_KEY_UNKNOWN },
		{ "{\"alg\":\"RS256\",\"kid\":\"ed\"}", PO_E_KEY_UNUSABLE },
		{ "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", PO_E_SIGNATURE },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_judge(
			forge_join(
			    forge_input(cases[i].header, payload), "x", 1),
			forge_honest_jwks(), &policy));
	assert_refused(
	    forge_honest(payload), &policy, PO_E_CLAIMS, "claims: expected");
	assert_refused(forge_honest("[]"), &policy, PO_E_CLAIMS,
	    "claims are array, not an object");
}

static void
nonce_and_at_hash_are_ignored_without_one_to_compare(void **state)
{
	(void)state;
	assert_reason(
	    PO_OK, forge_login(forge_honest(forge_claims(
		       "nonce", "\"theirs\"", "at_hash", "\"theirs\"", NULL))));
}

/* OpenID Connect Core A.3: hash of jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y
 */
static void
at_hash_of_the_openid_connect_example(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_honest(
	    forge_claims("at_hash", "\"77QmUPtjPfzWtF2AnpK9RQ\"", NULL));

	(void)state;
	policy.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
	assert_reason(PO_OK, forge_judge(token, forge_honest_jwks(), &policy));
	policy.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Z";
	assert_reason(
	    PO_E_AT_HASH, forge_judge(token, forge_honest_jwks(), &policy));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_token_yields_its_claims),
		cmocka_unit_test(messages_say_what_was_and_what_should_be),
		cmocka_unit_test(a_sign_in_that_does_not_do_is_explained),
		cmocka_unit_test(acr_values_are_words),
		cmocka_unit_test(checks_come_in_the_order_of_the_header),
		cmocka_unit_test(
		    form_alg_typ_and_key_are_judged_before_the_signature),
		cmocka_unit_test(
		    nonce_and_at_hash_are_ignored_without_one_to_compare),
		cmocka_unit_test(at_hash_of_the_openid_connect_example),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
