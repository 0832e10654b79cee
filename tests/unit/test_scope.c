/* SPDX-License-Identifier: BSD-2-Clause */
/* Less than was asked for is not enough. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oauth/scope.h"

static void
all_that_was_asked_for_is_granted(void **state PO_UNUSED)
{
	static const struct {
		const char *asked;
		const char *granted;
	} cases[] = {
		{ NULL, NULL },
		{ NULL, "" },
		{ NULL, "repo" },
		{ "", NULL },
		{ "read:org", "read:org" },
		/* in another order, by comma, by blank, with more */
		{ "read:user read:org", "read:org,read:user" },
		{ "read:user read:org", "gist, read:org, read:user" },
		{ "read:user read:org", "read:org read:user" },
		/* one that contains it */
		{ "read:user", "user" },
		{ "user:email", "user" },
		{ "user:follow", "user" },
		{ "read:org", "write:org" },
		{ "read:org", "admin:org" },
		{ "write:org", "admin:org" },
		{ "read:user user:email read:org", "user,admin:org" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { 0 };

		if (po_scope_check(cases[i].asked, cases[i].granted, &err) !=
		    PO_OK)
			fail_msg("%s", err.text);
	}
}

static void
what_is_missing_is_named(void **state PO_UNUSED)
{
	static const struct {
		const char *asked;
		const char *granted;
		const char *says;
	} cases[] = {
		{ "read:org", NULL, "not granted: read:org; granted: nothing" },
		{ "read:org", "", "not granted: read:org; granted: nothing" },
		{ "read:org", " ,", "not granted: read:org" },
		{ "read:user read:org", "read:user",
		    "not granted: read:org; granted: read:user" },
		{ "a b c", "b", "not granted: a c; granted: b" },
		/* neither a part of a word nor another case */
		{ "read:org", "read:org2", "not granted: read:org" },
		{ "read:org", "xread:org", "not granted: read:org" },
		{ "read:org", "read", "not granted: read:org" },
		{ "read:org", "Read:org", "not granted: read:org" },
		{ "read:org", "read:org;", "not granted: read:org" },
		/* nothing contains what is larger, or beside it */
		{ "user", "read:user,user:email", "not granted: user" },
		{ "admin:org", "write:org,read:org", "not granted: admin:org" },
		{ "write:org", "read:org", "not granted: write:org" },
		{ "read:org", "user,repo", "not granted: read:org" },
		{ "read:user", "admin:org", "not granted: read:user" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { 0 };

		assert_int_equal(
		    po_scope_check(cases[i].asked, cases[i].granted, &err),
		    PO_E_SCOPE);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg(
			    "\"%s\" is not in \"%s\"", cases[i].says, err.text);
	}
}

/* A message too long for its buffer must not become a pass. */
static void
more_missing_scopes_than_fit_a_message(void **state PO_UNUSED)
{
	char asked[1024];

	memset(asked, 'x', sizeof(asked) - 1);
	asked[sizeof(asked) - 1] = '\0';
	assert_int_equal(po_scope_check(asked, "y", NULL), PO_E_SCOPE);
}

static void
one_of_several_by_its_whole_name(void **state PO_UNUSED)
{
	assert_true(po_scope_has("openid offline_access", "offline_access"));
	assert_true(po_scope_has("offline_access", "offline_access"));
	assert_false(po_scope_has("xoffline_access", "offline_access"));
	assert_false(po_scope_has("offline_accessx", "offline_access"));
	assert_false(po_scope_has("", "offline_access"));
	assert_false(po_scope_has(NULL, "offline_access"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_was_asked_for_is_granted),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(one_of_several_by_its_whole_name),
		cmocka_unit_test(more_missing_scopes_than_fit_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
