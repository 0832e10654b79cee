/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a person without a group, or of another tenant, could get in.  Each test
 * is named after the attack; each has a twin that must get in.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../unit/json_literal.h"
#include "policy/access.h"

static enum po_status
check_rule(const char *text, const char *claims_text)
{
	AUTO(po_json_free) struct po_json *claims = json_literal(claims_text);
	AUTO(po_rule_free) struct po_rule *rule = NULL;
	struct po_err err = { 0 };

	if (po_rule_parse(text, &rule, &err) != PO_OK)
		fail_msg("test data: %s", err.text);
	return po_rule_check(rule, claims, &err);
}

/* The common endpoint signs for every tenant: without its claim, nobody. */
static void
another_tenants_person(void **state PO_UNUSED)
{
	static const char rule[] = "/tid is 9188040d-6c67-4c5b";

	assert_int_equal(check_rule(rule, "{}"), PO_E_NOT_ALLOWED);
	assert_int_equal(
	    check_rule(rule, "{\"tid\":\"other\"}"), PO_E_NOT_ALLOWED);
	assert_int_equal(check_rule(rule, "{\"tid\":[\"9188040d-6c67-4c5b\"]}"),
	    PO_E_NOT_ALLOWED);
	assert_int_equal(
	    check_rule(rule, "{\"tid\":\"9188040d-6c67-4c5b\"}"), PO_OK);
	assert_int_equal(
	    check_rule("/hd is example.com", "{\"email\":\"a@example.com\"}"),
	    PO_E_NOT_ALLOWED);
}

static void
groups_in_one_string(void **state PO_UNUSED)
{
	static const char *const claims[] = { "{\"groups\":\"users,admin\"}",
		"{\"groups\":\"users admin\"}", "{\"groups\":\"admin\"}",
		"{\"groups\":[\"users,admin\"]}",
		"{\"groups\":\"[\\\"admin\\\"]\"}" };

	for (size_t i = 0; i < PO_ARRAY_LEN(claims); i++)
		assert_int_equal(check_rule("/groups has admin", claims[i]),
		    PO_E_NOT_ALLOWED);
	assert_int_equal(check_rule("/groups has admin",
			     "{\"groups\":[\"users\",\"admin\"]}"),
	    PO_OK);
}

static void
group_of_a_similar_name(void **state PO_UNUSED)
{
	static const char *const claims[] = { "{\"groups\":[\"/admin\"]}",
		"{\"groups\":[\"Admin\"]}", "{\"groups\":[\"admin \"]}",
		"{\"groups\":[\"admins\"]}", "{\"groups\":[\"x/admin\"]}",
		"{\"groups\":[\"\\u0430dmin\"]}", "{\"groups\":[[\"admin\"]]}",
		"{\"groups\":[{\"admin\":true}]}",
		"{\"groups\":{\"admin\":false}}", "{\"Groups\":[\"admin\"]}" };

	for (size_t i = 0; i < PO_ARRAY_LEN(claims); i++)
		assert_int_equal(check_rule("/groups has admin", claims[i]),
		    PO_E_NOT_ALLOWED);
	assert_int_equal(
	    check_rule("/groups has admin", "{\"groups\":{\"admin\":true}}"),
	    PO_OK);
}

/* Too many groups for a token is not the same as no groups. */
static void
group_overage_taken_for_no_groups(void **state PO_UNUSED)
{
	assert_int_equal(check_rule("/groups has admin",
			     "{\"_claim_names\":{\"groups\":\"src1\"}}"),
	    PO_E_GROUPS_OVERAGE);
	assert_int_equal(
	    check_rule("/groups has admin", "{\"hasgroups\":true}"),
	    PO_E_GROUPS_OVERAGE);
	assert_int_equal(check_rule("/groups has admin", "{\"groups\":[]}"),
	    PO_E_NOT_ALLOWED);
	assert_int_equal(check_rule("/groups has admin",
			     "{\"groups\":[\"admin\"],\"hasgroups\":false}"),
	    PO_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_tenants_person),
		cmocka_unit_test(groups_in_one_string),
		cmocka_unit_test(group_of_a_similar_name),
		cmocka_unit_test(group_overage_taken_for_no_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
