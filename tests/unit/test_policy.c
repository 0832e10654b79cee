/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of decisions and the places in messages of policy/policy.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "policy/claims.h"
#include "policy/policy.h"

#define CLAIMS(text) parse("{\"sub\":\"1\",\"preferred_username\":" text "}")

static struct po_json *
parse(const char *text)
{
	struct po_err err = { 0 };
	struct po_json *json = NULL;

	if (po_json_parse(text, strlen(text), &json, &err) != PO_OK)
		fail_msg("%s", err.text);
	return json;
}

static struct po_policy *
compile(const char *const *require, size_t count)
{
	static const struct po_place places[] = { { "a.conf", 10 },
		{ "a.conf", 11 } };
	const struct po_policy_options options = {
		.limits = { .min_uid = 1000 },
		.require = require,
		.require_places = places,
		.require_count = count,
	};
	struct po_err err = { 0 };
	struct po_policy *policy = NULL;

	if (po_policy_new(&options, &policy, &err) != PO_OK)
		fail_msg("%s", err.text);
	return policy;
}

static enum po_status
decide(const char *const *require, size_t count, struct po_json *claims,
    const char *account, struct po_err *err)
{
	AUTO(po_policy_free)
	struct po_policy *policy = compile(require, count);
	AUTO(po_json_free) struct po_json *owned = claims;

	return po_policy_decide(policy, owned, account, 1000, NULL, err);
}

static void
test_owner_is_admitted(void **state)
{
	struct po_err err = { 0 };

	(void)state;
	assert_int_equal(
	    decide(NULL, 0, CLAIMS("\"alice\""), "alice", &err), PO_OK);
}

static void
test_other_person_is_refused(void **state)
{
	static const char *const others[] = { "bob", "alic", "alicee", "Alice",
		"" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++) {
		struct po_err err = { 0 };

		assert_int_equal(
		    decide(NULL, 0, CLAIMS("\"alice\""), others[i], &err),
		    PO_E_OTHER_PERSON);
		assert_string_equal(
		    err.text, "the person who approved owns \"alice\"");
	}
}

/* No name, no person: rules that would hold do not make up for it. */
static void
test_nobody_is_refused(void **state)
{
	static const char *const require[] = { "/sub is 1" };
	struct po_err err = { 0 };

	(void)state;
	assert_int_equal(
	    decide(require, 1, parse("{\"sub\":\"1\"}"), "alice", &err),
	    PO_E_CLAIM_MISSING);
	assert_string_equal(err.text, "the claims have no /preferred_username");
}

/* Somebody else must not learn what the rules say of them. */
static void
test_other_person_comes_before_rules(void **state)
{
	static const char *const require[] = { "/groups has staff" };
	struct po_err err = { 0 };

	(void)state;
	assert_int_equal(decide(require, 1, CLAIMS("\"bob\""), "alice", &err),
	    PO_E_OTHER_PERSON);
}

static void
test_every_rule_must_hold(void **state)
{
	static const char *const require[] = { "/groups has staff",
		"/groups has admins" };
	struct po_err err = { 0 };

	(void)state;
	assert_int_equal(
	    decide(require, 2,
		CLAIMS("\"alice\",\"groups\":[\"staff\",\"admins\"]"), "alice",
		&err),
	    PO_OK);
	assert_int_equal(
	    decide(require, 2, CLAIMS("\"alice\",\"groups\":[\"staff\"]"),
		"alice", &err),
	    PO_E_NOT_ALLOWED);
	assert_non_null(strstr(err.text, "require (a.conf:11): "));
}

struct absence {
	const struct po_json *claims;
	bool found;
};

static void
note_absent(void *arg, const char *pointer)
{
	struct absence *absence = arg;

	if (po_claims_find(absence->claims, pointer, NULL, NULL) == 0)
		absence->found = true;
}

/* Whether a claim is missing that matters: userinfo is asked then. */
static bool
lacks_claims(const struct po_policy *policy, const struct po_json *claims,
    const char *account)
{
	struct absence absence = { .claims = claims };

	po_policy_each_pointer(policy, account, note_absent, &absence);
	return absence.found;
}

static void
test_missing_claims_ask_for_userinfo(void **state)
{
	static const char *const require[] = { "/groups has staff" };
	static const struct {
		const char *claims;
		bool lacks;
	} rows[] = {
		{ "{\"preferred_username\":\"alice\",\"groups\":[]}", false },
		{ "{\"preferred_username\":\"alice\"}", true },
		{ "{\"groups\":[]}", true },
		{ "{}", true },
	};
	AUTO(po_policy_free) struct po_policy *policy = compile(require, 1);

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
		AUTO(po_json_free)
		struct po_json *claims = parse(rows[i].claims);

		assert_int_equal(
		    lacks_claims(policy, claims, "alice"), rows[i].lacks);
	}
}

/* An address is half of what is wanted; the other half may be elsewhere. */
static void
test_address_alone_asks_for_userinfo(void **state)
{
	static const char *const require[] = { "/email is a@example.com" };
	AUTO(po_policy_free) struct po_policy *policy = compile(require, 1);
	AUTO(po_json_free)
	struct po_json *alone = parse("{\"preferred_username\":\"alice\","
				      "\"email\":\"a@example.com\"}");
	AUTO(po_json_free)
	struct po_json *both = parse("{\"preferred_username\":\"alice\","
				     "\"email\":\"a@example.com\","
				     "\"email_verified\":false}");

	(void)state;
	assert_true(lacks_claims(policy, alone, "alice"));
	assert_false(lacks_claims(policy, both, "alice"));
}

static void
test_bad_rule_names_its_line(void **state)
{
	static const char *const require[] = { "/groups has staff",
		"/groups hass staff" };
	static const struct po_place places[] = { { "a.conf", 10 },
		{ "a.conf", 11 } };
	const struct po_policy_options options = {
		.require = require,
		.require_places = places,
		.require_count = 2,
	};
	struct po_policy *policy = NULL;
	struct po_err err = { 0 };

	(void)state;
	assert_int_equal(po_policy_new(&options, &policy, &err), PO_E_CONFIG);
	assert_null(policy);
	assert_ptr_equal(strstr(err.text, "a.conf:11: require: "), err.text);
}

static void
test_bad_mapping_names_its_line(void **state)
{
	static const struct {
		struct po_mapping_options mapping;
		const char *begins;
	} rows[] = {
		{ { .username = "preferred_username" },
		    "a.conf:7: username: " },
		{ { .username_match = "(" }, "a.conf:8: username_match: " },
		{ { .username_format = "\\x" }, "a.conf:9: username_format" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
		const struct po_policy_options options = {
			.mapping = rows[i].mapping,
			.mapping_places = { { "a.conf", 7 }, { "a.conf", 8 },
			    { "a.conf", 9 } },
		};
		struct po_policy *policy = NULL;
		struct po_err err = { 0 };

		assert_int_equal(
		    po_policy_new(&options, &policy, &err), PO_E_CONFIG);
		assert_null(policy);
		assert_ptr_equal(strstr(err.text, rows[i].begins), err.text);
	}
}

static void
test_limits_guard_the_account(void **state)
{
	AUTO(po_policy_free) struct po_policy *policy = compile(NULL, 0);
	struct po_err err = { 0 };

	(void)state;
	assert_int_equal(po_policy_admit(policy, "alice", 1000, &err), PO_OK);
	assert_int_equal(
	    po_policy_admit(policy, "alice", 999, &err), PO_E_ACCOUNT_UID);
	assert_int_equal(
	    po_policy_admit(policy, "root", 0, &err), PO_E_ACCOUNT_ROOT);
}

/* --- the trace: what `debug` and pam-oauth explain show --------------------
 */

static void
keep_line(void *arg, enum po_log_level level, const char *line)
{
	assert_int_equal(level, PO_LOG_DEBUG);
	po_buf_appendf(arg, "%s\n", line);
}

static struct po_policy *
compile_all(const char *account)
{
	static const char map[] = "deploy /groups has platform\n"
				  "deploy   /sub is 1\t\n"
				  "root /sub is 1";
	static const char *const require[] = { "/groups has staff",
		"/groups has \"\xC3\xA9lite\"" };
	static const struct po_place places[] = { { "a.conf", 10 },
		{ "a.conf", 11 } };
	const struct po_policy_options options = {
		.limits = { .min_uid = 1000 },
		.account = account,
		.mapping = { .username = "/email",
		    .username_match = "([a-z]+)@example[.]com" },
		.map_file = "a.map",
		.map_data = map,
		.map_len = strlen(map),
		.require = require,
		.require_places = places,
		.require_count = 2,
	};
	struct po_err err = { 0 };
	struct po_policy *policy = NULL;

	if (po_policy_new(&options, &policy, &err) != PO_OK)
		fail_msg("%s", err.text);
	return policy;
}

#define EMAIL "\"email\":\"alice@example.com\",\"email_verified\":true,"
#define MAPPED                                                                 \
	"username: /email is \"alice@example.com\"\n"                          \
	"username: username_match matches, username_format \\1 gives "         \
	"\"alice\"\n"
#define STAFF "require (a.conf:10) /groups has staff: holds\n"
#define ELITE                                                                  \
	"require (a.conf:11) /groups has \"\xC3\xA9lite\": /groups has none "  \
	"of \"\xC3\xA9lite\"; it has \"staff\" (1 value)\n"

/* Every step, what it looked at, and nothing behind the one that ended it. */
static void
test_trace_of_a_decision(void **state)
{
	static const struct {
		const char *everybodys, *account, *claims, *trace;
	} rows[] = {
		{ NULL, "alice", "{" EMAIL "\"groups\":[\"staff\"]}",
		    MAPPED
		    "username: that is the account asked for\n" STAFF ELITE },
		{ NULL, "bob", "{" EMAIL "\"groups\":[\"staff\"]}",
		    MAPPED "username: the person who approved owns "
			   "\"alice\"\n" },
		{ NULL, "deploy", "{\"sub\":\"1\",\"groups\":[\"staff\"]}",
		    "map_file (a.map:1) deploy /groups has platform: /groups "
		    "has none of \"platform\"; it has \"staff\" (1 value)\n"
		    "map_file (a.map:2) deploy /sub is 1: holds\n" STAFF
			ELITE },
		{ NULL, "alice", "{\"email\":\"alice@example.com\"}",
		    "username: /email is \"alice@example.com\"\n"
		    "username: /email needs email_verified true, which is "
		    "absent\n" },
		{ NULL, "alice", "{\"email\":\"a\\n\\u001b\"}",
		    "username: /email has the byte 0x0a, which is not "
		    "printable ASCII\n" },
		{ "guest", "guest", "{\"groups\":[\"staff\"]}",
		    "account: everybody's here\n" STAFF ELITE },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
		AUTO(po_buf_clear) struct po_buf trace = PO_BUF_INIT(4096);
		struct po_log log = { keep_line, &trace, true };
		AUTO(po_policy_free)
		struct po_policy *policy = compile_all(rows[i].everybodys);
		AUTO(po_json_free)
		struct po_json *claims = parse(rows[i].claims);
		enum po_status st;

		st = po_policy_decide(
		    policy, claims, rows[i].account, 1000, &log, NULL);
		assert_int_not_equal(st, PO_OK);
		assert_string_equal(po_buf_str(&trace), rows[i].trace);
		/* not a line, and no other outcome, without debug */
		po_buf_clear(&trace);
		log.debug = false;
		assert_int_equal(po_policy_decide(policy, claims,
				     rows[i].account, 1000, &log, NULL),
		    st);
		assert_int_equal(trace.len, 0);
	}
}

static void
test_trace_of_a_choice(void **state)
{
	AUTO(po_buf_clear) struct po_buf trace = PO_BUF_INIT(4096);
	const struct po_log log = { keep_line, &trace, true };
	AUTO(po_policy_free) struct po_policy *policy = compile_all(NULL);
	AUTO(po_json_free)
	struct po_json *claims =
	    parse("{" EMAIL "\"groups\":[\"staff\",\"\xC3\xA9lite\"]}");
	AUTO(po_str_free) char *account = NULL;

	(void)state;
	assert_int_equal(
	    po_policy_choose(policy, claims, &account, &log, NULL), PO_OK);
	assert_string_equal(account, "alice");
	assert_string_equal(po_buf_str(&trace),
	    MAPPED "account: alice\n" STAFF
		   "require (a.conf:11) /groups has \"\xC3\xA9lite\": "
		   "holds\n");
}

static void
note_account(void *arg, const char *account)
{
	po_buf_appendf(arg, "%s ", account);
}

/* Each once, however many lines it has. */
static void
test_each_account_of_the_map(void **state)
{
	AUTO(po_buf_clear) struct po_buf names = PO_BUF_INIT(64);
	AUTO(po_policy_free) struct po_policy *with = compile_all(NULL);
	AUTO(po_policy_free) struct po_policy *without = compile(NULL, 0);

	(void)state;
	po_policy_each_account(without, note_account, &names);
	assert_int_equal(names.len, 0);
	po_policy_each_account(with, note_account, &names);
	assert_string_equal(po_buf_str(&names), "deploy root ");
}

/* What is shared, by a line or with everybody, is nobody's by name. */
static void
test_shared_accounts_go_by_no_name(void **state)
{
	static const char map[] = "alice /sub is 2\ndeploy /sub is 1\n";
	static const char *const require[] = { "/sub is 1" };
	static const struct po_place places[] = { { "a.conf", 10 } };
	const struct po_policy_options mapped = {
		.limits = { .min_uid = 1000 },
		.map_file = "map",
		.map_data = map,
		.map_len = sizeof(map) - 1,
	};
	const struct po_policy_options everybodys = {
		.limits = { .min_uid = 1000 },
		.account = "alice",
		.require = require,
		.require_places = places,
		.require_count = 1,
	};
	AUTO(po_policy_free) struct po_policy *plain = compile(NULL, 0);
	AUTO(po_policy_free) struct po_policy *one = NULL;
	AUTO(po_policy_free) struct po_policy *all = NULL;
	AUTO(po_json_free) struct po_json *first = CLAIMS("\"alice\"");
	AUTO(po_json_free)
	struct po_json *second =
	    parse("{\"sub\":\"2\",\"preferred_username\":\"alice\"}");

	(void)state;
	assert_int_equal(po_policy_new(&mapped, &one, NULL), PO_OK);
	assert_int_equal(po_policy_new(&everybodys, &all, NULL), PO_OK);
	assert_true(po_policy_goes_by_name(plain, first, "alice"));
	assert_true(po_policy_goes_by_name(one, first, "alice"));
	assert_false(po_policy_goes_by_name(one, first, "deploy"));
	assert_false(po_policy_goes_by_name(one, second, "alice"));
	assert_false(po_policy_goes_by_name(all, first, "alice"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner_is_admitted),
		cmocka_unit_test(test_other_person_is_refused),
		cmocka_unit_test(test_nobody_is_refused),
		cmocka_unit_test(test_other_person_comes_before_rules),
		cmocka_unit_test(test_every_rule_must_hold),
		cmocka_unit_test(test_missing_claims_ask_for_userinfo),
		cmocka_unit_test(test_address_alone_asks_for_userinfo),
		cmocka_unit_test(test_bad_rule_names_its_line),
		cmocka_unit_test(test_bad_mapping_names_its_line),
		cmocka_unit_test(test_limits_guard_the_account),
		cmocka_unit_test(test_trace_of_a_decision),
		cmocka_unit_test(test_trace_of_a_choice),
		cmocka_unit_test(test_each_account_of_the_map),
		cmocka_unit_test(test_shared_accounts_go_by_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
