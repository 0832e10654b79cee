/* SPDX-License-Identifier: BSD-2-Clause */
/* From claims to one account name: configuration, order, reasons. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/account.h"
#include "base/mem.h"
#include "json_literal.h"
#include "policy/ere.h"
#include "policy/mapping.h"

static void
configured_texts_are_checked(void **state PO_UNUSED)
{
	static const struct {
		struct po_mapping_options options;
		enum po_status status;
		const char *text; /* somewhere in the message */
	} cases[] = {
		{ { NULL, NULL, NULL }, PO_OK, "" },
		{ { "/sub", NULL, NULL }, PO_OK, "" },
		{ { NULL, "([a-z]+)@x", NULL }, PO_OK, "" },
		{ { NULL, "([a-z]+)(.)", "\\2\\1" }, PO_OK, "" },
		{ { NULL, NULL, "ext-\\0" }, PO_OK, "" },
		{ { NULL, "x", "a\\\\b" }, PO_OK, "" },
		{ { "preferred_username", NULL, NULL }, PO_E_CONFIG,
		    "username: pointer \"preferred_username\"" },
		{ { NULL, "([a-z]+", NULL }, PO_E_CONFIG, "username_match: " },
		{ { NULL, "[a-z]+", "\\1" }, PO_E_CONFIG,
		    "username_format: \\1, but username_match has 0" },
		{ { NULL, "([a-z]+)", "\\2" }, PO_E_CONFIG,
		    "username_match has 1" },
		{ { NULL, NULL, "\\1" }, PO_E_CONFIG,
		    "without username_match" },
		{ { NULL, NULL, "\\n" }, PO_E_CONFIG, "username_format: " },
		{ { NULL, NULL, "a\\" }, PO_E_CONFIG, "username_format: " },
		{ { NULL, NULL, "" }, PO_E_CONFIG, "username_format " },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
		struct po_err err = { 0 };

		if (po_mapping_new(&cases[i].options, NULL, &mapping, &err) !=
			cases[i].status ||
		    strstr(err.text, cases[i].text) == NULL)
			fail_msg("case %zu: %s", i, err.text);
		assert_true((mapping != NULL) == (cases[i].status == PO_OK));
	}
}

static void
a_long_format_is_refused(void **state PO_UNUSED)
{
	char format[130] = "";
	const struct po_mapping_options options = { .username_format = format };
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
	struct po_err err = { 0 };

	memset(format, 'a', 128);
	assert_int_equal(po_mapping_new(&options, NULL, &mapping, NULL), PO_OK);
	po_mapping_free(&mapping);
	format[128] = 'a';
	assert_int_equal(
	    po_mapping_new(&options, NULL, &mapping, &err), PO_E_CONFIG);
	assert_string_equal(
	    err.text, "username_format is not 1 to 128 bytes long");
}

static void
a_wrong_text_is_named_with_its_place(void **state PO_UNUSED)
{
	static const struct {
		struct po_mapping_options texts;
		const char *start;
	} cases[] = {
		{ { "x", NULL, NULL }, "f:1: username: " },
		{ { NULL, "(", NULL }, "f:2: username_match: " },
		{ { NULL, NULL, "\\1" }, "f:3: username_format: " },
	};

	static const struct po_mapping_places places = {
		.username = { "f", 1 },
		.username_match = { "f", 2 },
		.username_format = { "f", 3 },
	};
	static const struct po_mapping_places nowhere = {
		.username = { "f", 0 },
		.username_match = { "f", 0 },
		.username_format = { "f", 0 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
		struct po_err err = { 0 };

		assert_int_equal(
		    po_mapping_new(&cases[i].texts, &places, &mapping, &err),
		    PO_E_CONFIG);
		assert_true(strncmp(err.text, cases[i].start,
				strlen(cases[i].start)) == 0);
		/* what is built in stands nowhere */
		memset(&err, 0, sizeof(err));
		assert_int_equal(
		    po_mapping_new(&cases[i].texts, &nowhere, &mapping, &err),
		    PO_E_CONFIG);
		assert_string_not_equal(err.text, "");
		assert_null(strstr(err.text, "f:"));
	}
}

static void
the_pointer_can_be_asked_for(void **state PO_UNUSED)
{
	const struct po_mapping_options none = { 0 };
	const struct po_mapping_options nickname = { .username = "/nickname" };
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;

	assert_int_equal(po_mapping_new(&none, NULL, &mapping, NULL), PO_OK);
	assert_string_equal(po_mapping_pointer(mapping), "/preferred_username");
	po_mapping_free(&mapping);
	assert_int_equal(
	    po_mapping_new(&nickname, NULL, &mapping, NULL), PO_OK);
	assert_string_equal(po_mapping_pointer(mapping), "/nickname");
}

#define NAME(text) "{\"preferred_username\":" text "}"
#define MAIL(rest) "{\"email\":\"alice@example.com\"" rest "}"

static const struct apply_case {
	const char *claims;
	struct po_mapping_options options;
	enum po_status status;
	const char *result; /* the account, or part of the message */
} apply_cases[] = {
	{ NAME("\"alice\""), { NULL, NULL, NULL }, PO_OK, "alice" },
	{ NAME("\"_svc.x-1\""), { NULL, NULL, NULL }, PO_OK, "_svc.x-1" },
	/* absent, null, of another type, empty: four reasons, two codes */
	{ "{\"sub\":\"alice\"}", { NULL, NULL, NULL }, PO_E_CLAIM_MISSING,
	    "the claims have no /preferred_username" },
	{ NAME("null"), { NULL, NULL, NULL }, PO_E_CLAIM_UNSAFE, "null" },
	{ NAME("7"), { NULL, NULL, NULL }, PO_E_CLAIM_UNSAFE,
	    "/preferred_username is not a string" },
	{ NAME("[\"alice\"]"), { NULL, NULL, NULL }, PO_E_CLAIM_UNSAFE,
	    "not a string: array" },
	{ NAME("{\"a\":1}"), { NULL, NULL, NULL }, PO_E_CLAIM_UNSAFE,
	    "not a string: object" },
	{ NAME("\"\""), { NULL, NULL, NULL }, PO_E_CLAIM_UNSAFE, "empty" },
	/* one value, wherever it is */
	{ "{\"a\":[\"alice\"]}", { "/a/*", NULL, NULL }, PO_OK, "alice" },
	{ "{\"a\":[\"alice\",\"bob\"]}", { "/a/*", NULL, NULL },
	    PO_E_CLAIM_UNSAFE, "several values" },
	{ "{\"a\":[\"alice\",\"alice\"]}", { "/a/*", NULL, NULL },
	    PO_E_CLAIM_UNSAFE, "several values" },
	/* match and format */
	{ NAME("\"alice@example.com\""),
	    { NULL, "([a-z]+)@example\\.com", NULL }, PO_OK, "alice" },
	{ NAME("\"alice@example.com\""), { NULL, "[a-z]+@example\\.com", NULL },
	    PO_E_CLAIM_UNSAFE, "\"alice@example.com\" is not an account name" },
	{ NAME("\"alice@example.org\""),
	    { NULL, "([a-z]+)@example\\.com", NULL }, PO_E_USERNAME_UNMATCHED,
	    "/preferred_username: \"alice@example.org\" does not match" },
	{ NAME("\"CORP\\\\alice\""), { NULL, "CORP\\\\([a-z]+)", NULL }, PO_OK,
	    "alice" },
	{ NAME("\"alice\""), { NULL, "[a-z]+", NULL }, PO_OK, "alice" },
	{ NAME("\"Smith, Alice\""),
	    { NULL, "([A-Z][a-z]+), ([A-Z][a-z]+)", "\\2.\\1" }, PO_OK,
	    "Alice.Smith" },
	{ NAME("\"alice\""), { NULL, NULL, "ext-\\0" }, PO_OK, "ext-alice" },
	{ NAME("\"alice@x\""), { NULL, "([a-z]+)(-adm)?@x", "\\1\\2" }, PO_OK,
	    "alice" },
	{ NAME("\"alice-adm@x\""), { NULL, "([a-z]+)(-adm)?@x", "\\1\\2" },
	    PO_OK, "alice-adm" },
	{ NAME("\"alice\""), { NULL, NULL, "a\\\\\\0" }, PO_E_CLAIM_UNSAFE,
	    "\"a\\alice\" is not an account name" },
	{ NAME("\"@x\""), { NULL, "([a-z]*)@x", NULL }, PO_E_CLAIM_UNSAFE,
	    "\"\" is not an account name" },
	/* e-mail */
	{ MAIL(",\"email_verified\":true"),
	    { "/email", "([a-z]+)@example\\.com", NULL }, PO_OK, "alice" },
	{ MAIL(",\"email_verified\":false"),
	    { "/email", "([a-z]+)@example\\.com", NULL }, PO_E_EMAIL_UNVERIFIED,
	    "which is false" },
	{ MAIL(""), { "/email", "([a-z]+)@example\\.com", NULL },
	    PO_E_EMAIL_UNVERIFIED, "which is absent" },
	{ MAIL(",\"email_verified\":\"true\""),
	    { "/email", "([a-z]+)@example\\.com", NULL }, PO_E_EMAIL_UNVERIFIED,
	    "which is string" },
	/* the claim itself is looked at first, the pattern last */
	{ "{\"email_verified\":true}", { "/email", NULL, NULL },
	    PO_E_CLAIM_MISSING, "no /email" },
	{ MAIL(",\"email_verified\":1"), { "/email", "no match", NULL },
	    PO_E_EMAIL_UNVERIFIED, "" },
};

static void
claims_become_an_account_or_a_reason(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(apply_cases); i++) {
		const struct apply_case *c = &apply_cases[i];
		AUTO(po_json_free)
		struct po_json *claims = json_literal(c->claims);
		AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
		AUTO(po_str_free) char *account = NULL;
		struct po_err err = { 0 };
		enum po_status st;

		assert_int_equal(
		    po_mapping_new(&c->options, NULL, &mapping, &err), PO_OK);
		st = po_mapping_apply(mapping, claims, &account, NULL, &err);
		if (st != c->status)
			fail_msg("%s: %s: %s", c->claims, po_status_name(st),
			    err.text);
		if (st == PO_OK)
			assert_string_equal(account, c->result);
		else
			assert_null(account);
		if (st != PO_OK && strstr(err.text, c->result) == NULL)
			fail_msg("%s: %s", c->claims, err.text);
	}
}

static void
a_claim_is_never_cut(void **state PO_UNUSED)
{
	static const struct {
		size_t len;
		enum po_status status;
	} cases[] = {
		{ PO_ACCOUNT_NAME_MAX, PO_OK },
		{ PO_ACCOUNT_NAME_MAX + 1, PO_E_CLAIM_UNSAFE },
		{ PO_ERE_SUBJECT_MAX, PO_E_CLAIM_UNSAFE },
		{ PO_ERE_SUBJECT_MAX + 1, PO_E_CLAIM_UNSAFE },
	};
	const struct po_mapping_options plain = { 0 };
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;

	assert_int_equal(po_mapping_new(&plain, NULL, &mapping, NULL), PO_OK);
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_json_free) struct po_json *claims = NULL;
		AUTO(po_str_free) char *account = NULL;

		po_buf_append_str(&text, "{\"preferred_username\":\"");
		for (size_t n = 0; n < cases[i].len; n++)
			po_buf_append_char(&text, 'a');
		po_buf_append_str(&text, "\"}");
		claims = json_literal(po_buf_str(&text));
		assert_int_equal(
		    po_mapping_apply(mapping, claims, &account, NULL, NULL),
		    cases[i].status);
		if (cases[i].status == PO_OK)
			assert_int_equal(strlen(account), cases[i].len);
	}
}

static void
limits_say_which_uids_may_sign_in(void **state PO_UNUSED)
{
	static const struct {
		uid_t uid, min_uid;
		bool allow_root, named;
		enum po_status status;
	} cases[] = {
		{ 1000, 1000, false, false, PO_OK },
		{ 999, 1000, false, false, PO_E_ACCOUNT_UID },
		{ 999, 1000, false, true, PO_OK },
		{ 1, 1000, true, false, PO_E_ACCOUNT_UID },
		{ 1, 1000, false, true, PO_OK },
		{ 1, 1, false, false, PO_OK },
		/* root takes both: the switch and the line */
		{ 0, 1000, false, false, PO_E_ACCOUNT_ROOT },
		{ 0, 0, false, false, PO_E_ACCOUNT_ROOT },
		{ 0, 1000, false, true, PO_E_ACCOUNT_ROOT },
		{ 0, 1000, true, false, PO_E_ACCOUNT_ROOT },
		{ 0, 1000, true, true, PO_OK },
		{ 65533, 1000, false, false, PO_OK },
		{ 65534, 1000, true, true, PO_E_ACCOUNT_UID },
		{ 65535, 1000, true, true, PO_E_ACCOUNT_UID },
		{ 65536, 1000, false, false, PO_OK },
		{ (uid_t)-1, 1000, true, true, PO_E_ACCOUNT_UID },
		{ (uid_t)-2, 1000, false, false, PO_OK },
		{ 1000, 65536, false, false, PO_E_ACCOUNT_UID },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_account_limits limits = {
			.min_uid = cases[i].min_uid,
			.allow_root = cases[i].allow_root,
		};
		struct po_err err = { 0 };

		if (po_account_admit(&limits, "alice", cases[i].uid,
			cases[i].named, &err) != cases[i].status)
			fail_msg(
			    "uid %ju: %s", (uintmax_t)cases[i].uid, err.text);
		if (cases[i].status != PO_OK)
			assert_non_null(strstr(err.text, "\"alice\""));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configured_texts_are_checked),
		cmocka_unit_test(a_long_format_is_refused),
		cmocka_unit_test(a_wrong_text_is_named_with_its_place),
		cmocka_unit_test(the_pointer_can_be_asked_for),
		cmocka_unit_test(claims_become_an_account_or_a_reason),
		cmocka_unit_test(a_claim_is_never_cut),
		cmocka_unit_test(limits_say_which_uids_may_sign_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
