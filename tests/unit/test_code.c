/* SPDX-License-Identifier: BSD-2-Clause */
/* Authorization requests, and what comes back; attacks by their names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "oauth/code.h"

#define ISSUER "https://sso.example.com"
#define REDIRECT "https://app.example/code"
#define STATE "c3RhdGUtb2YtdGhpcy1sb2"
#define CODE "SplxlOBeZQQYbYS6WxSbIA"
#define WHOLE "code=" CODE "&state=" STATE
#define ISS "&iss=https%3A%2F%2Fsso.example.com"

static const struct po_code_request one = {
	.redirect_uri = REDIRECT, .state = STATE, .issuer = ISSUER, .bare = true
};
static const struct po_code_request several = {
	.redirect_uri = REDIRECT, .state = STATE, .issuer = ISSUER
};
static const struct po_code_request with_iss = { .redirect_uri = REDIRECT,
	.state = STATE,
	.issuer = ISSUER,
	.iss_required = true };

/* --- the link ------------------------------------------------------------- */

static void
link_has_all_that_protects_it(void **state PO_UNUSED)
{
	struct po_code_params params = {
		.client_id = "linux",
		.redirect_uri = REDIRECT,
		.scope = "openid email",
		.state = STATE,
		.nonce = "n0",
		.code_challenge = "c0",
	};
	AUTO(po_buf_clear) struct po_buf url = PO_BUF_INIT(PO_URL_MAX);

	assert_int_equal(
	    po_code_url(ISSUER "/auth", &params, &url, NULL), PO_OK);
	assert_string_equal(po_buf_str(&url),
	    ISSUER "/auth?response_type=code&client_id=linux"
		   "&redirect_uri=https%3A%2F%2Fapp.example%2Fcode"
		   "&scope=openid+email&state=" STATE "&nonce=n0"
		   "&code_challenge=c0&code_challenge_method=S256"
		   "&response_mode=query");
	assert_true(po_text_is_https_url(po_buf_str(&url)));

	params.acr_values = "mfa";
	params.max_age_s = 300;
	params.sign_in_anew = true;
	po_buf_clear(&url);
	assert_int_equal(
	    po_code_url(ISSUER "/auth?tenant=1", &params, &url, NULL), PO_OK);
	assert_non_null(strstr(po_buf_str(&url),
	    "/auth?tenant=1&response_type=code&client_id=linux&"));
	assert_non_null(strstr(
	    po_buf_str(&url), "&acr_values=mfa&max_age=300&prompt=login"));

	params.scope = "openid offline_access";
	po_buf_clear(&url);
	assert_int_equal(po_code_url(ISSUER, &params, &url, NULL), PO_OK);
	assert_non_null(strstr(po_buf_str(&url), "&prompt=login+consent"));
	params.sign_in_anew = false;
	po_buf_clear(&url);
	assert_int_equal(po_code_url(ISSUER, &params, &url, NULL), PO_OK);
	assert_non_null(strstr(po_buf_str(&url), "&prompt=consent"));
	params.scope = "openid not_offline_access";
	po_buf_clear(&url);
	assert_int_equal(po_code_url(ISSUER, &params, &url, NULL), PO_OK);
	assert_null(strstr(po_buf_str(&url), "prompt="));
}

static void
link_that_is_too_long_is_an_error(void **state PO_UNUSED)
{
	char scope[PO_URL_MAX];
	const struct po_code_params params = { .client_id = "linux",
		.redirect_uri = REDIRECT,
		.scope = scope,
		.state = STATE,
		.nonce = "n0",
		.code_challenge = "c0" };
	AUTO(po_buf_clear) struct po_buf url = PO_BUF_INIT(16 * 1024);
	struct po_err err = { 0 };

	memset(scope, 'x', sizeof(scope) - 1);
	scope[sizeof(scope) - 1] = '\0';
	assert_int_equal(
	    po_code_url(ISSUER "/auth", &params, &url, &err), PO_E_TOO_LARGE);
	assert_int_equal(url.len, 0);
	assert_non_null(strstr(err.text, "authorization request"));
}

/* --- what is pasted ------------------------------------------------------- */

static enum po_status
paste(const char *pasted, const struct po_code_request *request, char **code,
    struct po_err *err)
{
	enum po_advice advice = PO_ADVICE_COUNT;
	enum po_status st = po_code_paste(pasted, request, code, &advice, err);

	assert_int_equal(err->status, st);
	assert_true((*code != NULL) == (st == PO_OK));
	assert_int_not_equal(advice, PO_ADVICE_COUNT);
	/* what may be tried again comes with a word on how */
	if (st == PO_E_GRANT_REFUSED)
		assert_int_not_equal(advice, PO_ADVICE_NONE);
	return st;
}

static void
a_code_is_found_in_whatever_is_copied(void **state PO_UNUSED)
{
	static const struct {
		const char *pasted;
		const struct po_code_request *request;
	} cases[] = {
		{ CODE, &one },
		{ " \t" CODE "\r\n", &one },
		{ REDIRECT "?" WHOLE, &one },
		{ REDIRECT "?" WHOLE, &several },
		{ REDIRECT "?" WHOLE ISS, &with_iss },
		{ REDIRECT "?state=" STATE "&code=" CODE "&session_state=x.y",
		    &several },
		{ REDIRECT "?" WHOLE "#_=_", &several },
		{ " " REDIRECT "?" WHOLE " ", &several },
		{ "?" WHOLE, &several },
		{ WHOLE, &several },
		{ WHOLE "&", &several },
		{ "&" WHOLE, &several },
		{ "state=" STATE "&code=%53plxlOBeZQQYbYS6WxSbI%41", &several },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_str_free) char *code = NULL;
		struct po_err err = { 0 };

		if (paste(cases[i].pasted, cases[i].request, &code, &err) !=
		    PO_OK)
			fail_msg("%s: %s", cases[i].pasted, err.text);
		assert_string_equal(code, CODE);
	}
}

struct refusal {
	const char *pasted;
	const struct po_code_request *request;
	enum po_status status;
	const char *why;
};

static void
refuse(const struct refusal *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(po_str_free) char *code = NULL;
		struct po_err err = { 0 };

		if (paste(cases[i].pasted, cases[i].request, &code, &err) !=
			cases[i].status ||
		    strstr(err.text, cases[i].why) == NULL)
			fail_msg("%s: %s", cases[i].pasted, err.text);
		/* nobody's code stands in a log */
		assert_null(strstr(err.text, CODE));
	}
}

static void
what_is_no_code_is_not_sent(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ "", &one, PO_E_GRANT_REFUSED, "not an authorization code" },
		{ "done", &one, PO_E_GRANT_REFUSED, "not an" },
		{ "fifteen-letters", &one, PO_E_GRANT_REFUSED, "not an" },
		{ "a sentence with blanks in it", &one, PO_E_GRANT_REFUSED,
		    "not an" },
		{ CODE "\x1b[2J", &one, PO_E_GRANT_REFUSED, "not an" },
		{ CODE "\xC3\xA4", &one, PO_E_GRANT_REFUSED, "not an" },
		{ "code=", &one, PO_E_GRANT_REFUSED, "a state" },
		{ "code=&state=" STATE, &one, PO_E_GRANT_REFUSED,
		    "no authorization code" },
		{ "code=short&state=" STATE, &one, PO_E_GRANT_REFUSED,
		    "no authorization code" },
		{ "code=a+sentence+with+blanks&state=" STATE, &one,
		    PO_E_GRANT_REFUSED, "no authorization code" },
		{ "state=" STATE "&x=y", &one, PO_E_GRANT_REFUSED,
		    "no authorization response" },
		{ "&&&", &one, PO_E_GRANT_REFUSED,
		    "no authorization response" },
		{ "code&state=" STATE, &one, PO_E_GRANT_REFUSED,
		    "no authorization response" },
		/* both, or one of them twice (RFC 6749 3.1) */
		{ WHOLE "&error=access_denied", &one, PO_E_GRANT_REFUSED,
		    "no authorization response" },
		{ WHOLE "&code=" CODE, &one, PO_E_GRANT_REFUSED,
		    "no authorization response" },
		{ WHOLE "&state=" STATE, &one, PO_E_GRANT_REFUSED,
		    "no authorization response" },
		/* not encoded well */
		{ WHOLE "&iss=%", &one, PO_E_GRANT_REFUSED, "no auth" },
		{ WHOLE "&iss=%4", &one, PO_E_GRANT_REFUSED, "no auth" },
		{ WHOLE "&iss=%4g", &one, PO_E_GRANT_REFUSED, "no auth" },
		{ WHOLE "&iss=%g4", &one, PO_E_GRANT_REFUSED, "no auth" },
		{ WHOLE "&iss=%00", &one, PO_E_GRANT_REFUSED, "no auth" },
		{ WHOLE "&iss=\xC3\xA4", &one, PO_E_GRANT_REFUSED, "no auth" },
	};

	refuse(cases, PO_ARRAY_LEN(cases));
}

/* Whose page that is, or what it was reached by. */
static void
addresses_of_other_pages_are_refused(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ "https://evil.example/code?" WHOLE, &one, PO_E_GRANT_REFUSED,
		    "not an address of redirect_uri" },
		{ REDIRECT "/x?" WHOLE, &one, PO_E_GRANT_REFUSED,
		    "not an address" },
		{ REDIRECT ".evil.example?" WHOLE, &one, PO_E_GRANT_REFUSED,
		    "not an address" },
		{ "http://app.example/code?" WHOLE, &one, PO_E_GRANT_REFUSED,
		    "not an address" },
		{ REDIRECT "#" WHOLE, &one, PO_E_GRANT_REFUSED,
		    "not an address" },
		{ REDIRECT, &one, PO_E_GRANT_REFUSED, "not an address" },
		{ ISSUER "/auth?x=" REDIRECT "?" WHOLE, &one,
		    PO_E_GRANT_REFUSED, "not an address" },
	};

	refuse(cases, PO_ARRAY_LEN(cases));
}

static void
csrf_is_noticed_by_the_state(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ "code=" CODE "&state=another-login-s-state-", &one,
		    PO_E_GRANT_REFUSED, "RFC 6749 10.12" },
		{ "code=" CODE "&state=" STATE "x", &one, PO_E_GRANT_REFUSED,
		    "RFC 6749 10.12" },
		{ "code=" CODE "&state=", &one, PO_E_GRANT_REFUSED,
		    "RFC 6749 10.12" },
		{ "code=" CODE, &one, PO_E_GRANT_REFUSED, "RFC 6749 10.12" },
		/* nor is a no believed without it */
		{ "error=access_denied", &one, PO_E_GRANT_REFUSED,
		    "RFC 6749 10.12" },
	};

	refuse(cases, PO_ARRAY_LEN(cases));
}

static void
mix_up_is_noticed_by_the_iss(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ WHOLE "&iss=https%3A%2F%2Fevil.example", &one, PO_E_ISS,
		    "\"https://evil.example\"" },
		{ WHOLE ISS "%2F", &with_iss, PO_E_ISS, "RFC 9207 2.4" },
		{ WHOLE "&iss=", &one, PO_E_ISS, "RFC 9207 2.4" },
		{ "error=access_denied&state=" STATE "&iss=https://x.example",
		    &one, PO_E_ISS, "RFC 9207 2.4" },
		{ WHOLE, &with_iss, PO_E_GRANT_REFUSED, "no iss" },
		/* with another provider, a code could be its */
		{ CODE, &several, PO_E_GRANT_REFUSED, "RFC 9700 4.4" },
	};

	refuse(cases, PO_ARRAY_LEN(cases));
}

static void
errors_of_the_provider_are_final(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ REDIRECT "?error=access_denied&error_description=User%20said"
			   "+no&state=" STATE,
		    &one, PO_E_DENIED, "access_denied (\"User said no\")" },
		{ "error=invalid_scope&state=" STATE, &one, PO_E_CLIENT_REFUSED,
		    "check scopes" },
		{ "error=%1B%5B2J&state=" STATE, &one, PO_E_CLIENT_REFUSED,
		    "\"\xEF\xBF\xBD[2J\"" },
		{ "error=&state=" STATE, &one, PO_E_CLIENT_REFUSED, "\"\"" },
	};

	refuse(cases, PO_ARRAY_LEN(cases));
}

/* Whoever has the link has the state, and PO_E_HTTP is an outage to a stack. */
static void
an_outage_that_somebody_made_up_is_a_no(void **state PO_UNUSED)
{
	static const struct refusal cases[] = {
		{ "error=server_error&state=" STATE, &one, PO_E_DENIED,
		    "server_error" },
		{ "error=temporarily_unavailable&state=" STATE ISS, &with_iss,
		    PO_E_DENIED, "temporarily_unavailable" },
		{ "error=rate_limit_exceeded&state=" STATE, &one, PO_E_DENIED,
		    "in trouble" },
		{ "error=transaction_failed&state=" STATE, &one, PO_E_DENIED,
		    "in trouble" },
	};

	refuse(cases, PO_ARRAY_LEN(cases));
}

static void
what_may_have_been_cut_is_refused(void **state PO_UNUSED)
{
	char text[PO_CODE_PASTE_MAX + 2];
	AUTO(po_str_free) char *code = NULL;
	struct po_err err = { 0 };

	memset(text, 'x', sizeof(text));
	text[PO_CODE_PASTE_MAX] = '\0';
	assert_int_equal(paste(text, &one, &code, &err), PO_OK);
	po_str_free(&code);
	text[PO_CODE_PASTE_MAX] = 'x';
	text[PO_CODE_PASTE_MAX + 1] = '\0';
	assert_int_equal(paste(text, &one, &code, &err), PO_E_GRANT_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_has_all_that_protects_it),
		cmocka_unit_test(link_that_is_too_long_is_an_error),
		cmocka_unit_test(a_code_is_found_in_whatever_is_copied),
		cmocka_unit_test(what_is_no_code_is_not_sent),
		cmocka_unit_test(addresses_of_other_pages_are_refused),
		cmocka_unit_test(csrf_is_noticed_by_the_state),
		cmocka_unit_test(mix_up_is_noticed_by_the_iss),
		cmocka_unit_test(errors_of_the_provider_are_final),
		cmocka_unit_test(an_outage_that_somebody_made_up_is_a_no),
		cmocka_unit_test(what_may_have_been_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
