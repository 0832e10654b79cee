/* SPDX-License-Identifier: BSD-2-Clause */
/* map_file: its lines, its errors, and whom it lets use what.  See map.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/access.h"
#include "policy/map.h"
#include "policy/policy.h"

static struct po_map *
parse(const char *text)
{
	struct po_map *map = NULL;
	struct po_err err = { 0 };

	if (po_map_parse("m", text, strlen(text), &map, &err) != PO_OK)
		fail_msg("%s", err.text);
	return map;
}

static struct po_json *
json(const char *text)
{
	struct po_json *out = NULL;

	assert_int_equal(po_json_parse(text, strlen(text), &out, NULL), PO_OK);
	return out;
}

static void
lines_of_an_account_are_alternatives(void **state PO_UNUSED)
{
	AUTO(po_map_free)
	struct po_map *map = parse("# shared\n"
				   "\n"
				   "deploy  /groups has platform\r\n"
				   "\troot /sub is 248289761001 \n"
				   "  # and one more\n"
				   "deploy\t/sub is 7\n"
				   "deploy /groups has \"ops team\"");
	static const struct {
		const char *account;
		const char *claims;
		enum po_status status;
	} cases[] = {
		{ "deploy", "{\"groups\":[\"platform\"]}", PO_OK },
		{ "deploy", "{\"sub\":\"7\"}", PO_OK },
		{ "deploy", "{\"groups\":[\"ops team\"]}", PO_OK },
		{ "deploy", "{\"groups\":[\"other\"],\"sub\":\"8\"}",
		    PO_E_NOT_ALLOWED },
		{ "root", "{\"sub\":\"248289761001\"}", PO_OK },
		{ "root", "{\"groups\":[\"platform\"],\"sub\":\"7\"}",
		    PO_E_NOT_ALLOWED },
		{ "Deploy", "{\"sub\":\"7\"}", PO_E_OTHER_PERSON },
		{ "deploy2", "{\"sub\":\"7\"}", PO_E_OTHER_PERSON },
		{ "", "{\"sub\":\"7\"}", PO_E_OTHER_PERSON },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_json_free)
		struct po_json *claims = json(cases[i].claims);
		struct po_err err = { 0 };

		if (po_map_admits(map, cases[i].account, claims, NULL, &err) !=
		    cases[i].status)
			fail_msg("case %zu: %s", i, err.text);
		assert_int_equal(err.status, cases[i].status);
		assert_true(po_map_names(map, cases[i].account) ==
			    (cases[i].status != PO_E_OTHER_PERSON));
	}
}

static void
a_refusal_names_the_line(void **state PO_UNUSED)
{
	AUTO(po_map_free)
	struct po_map *map = parse("a /sub is 1\na /groups has x\n");
	AUTO(po_json_free) struct po_json *claims = json("{\"sub\":\"2\"}");
	struct po_err err = { 0 };

	assert_int_equal(
	    po_map_admits(map, "a", claims, NULL, &err), PO_E_NOT_ALLOWED);
	assert_string_equal(err.text, "map_file (m:2): /groups is absent");
}

/* What was left out may be what the line looks for: its own reason, always. */
static void
overage_is_told_whichever_line_met_it(void **state PO_UNUSED)
{
	static const char *const maps[] = { "a /groups has x\na /sub is 1\n",
		"a /sub is 1\na /groups has x\n" };

	for (size_t i = 0; i < PO_ARRAY_LEN(maps); i++) {
		AUTO(po_map_free) struct po_map *map = parse(maps[i]);
		AUTO(po_json_free)
		struct po_json *claims = json("{\"sub\":\"2\",\"_claim_names\":"
					      "{\"groups\":\"src1\"}}");

		assert_int_equal(po_map_admits(map, "a", claims, NULL, NULL),
		    PO_E_GROUPS_OVERAGE);
	}
}

static void
no_map_names_nobody(void **state PO_UNUSED)
{
	AUTO(po_json_free) struct po_json *claims = json("{}");
	AUTO(po_map_free) struct po_map *empty = parse("");

	assert_false(po_map_names(NULL, "root"));
	assert_false(po_map_names(empty, "root"));
	assert_int_equal(
	    po_map_admits(NULL, "root", claims, NULL, NULL), PO_E_OTHER_PERSON);
}

static void
a_mistake_is_an_error_with_its_line(void **state PO_UNUSED)
{
	static const struct {
		const char *text;
		size_t len; /* 0: strlen */
		const char *says;
	} cases[] = {
		{ "# x\n\nroot\n", 0, "m:3: no rule behind \"root\"" },
		{ "0day /sub is 1\n", 0, "m:1: \"0day\" is not an account" },
		{ "al:ice /sub is 1\n", 0, "m:1: \"al:ice\" is not an acc" },
		{ "a sub is 1\n", 0, "m:1: pointer \"sub\" does not begin" },
		{ "a /sub iss 1\n", 0, "m:1: \"iss\" where one of" },
		{ "a /sub is\n", 0, "m:1: no value behind \"is\"" },
		{ "a /sub matches (\n", 0, "m:1: " },
		{ "a /sub is 1\0 2\n", 15, "m:1: control character 0x00" },
		{ "a /sub is \x1b[2J\n", 0, "m:1: control character 0x1b" },
		{ "a /sub is \xff\n", 0, "m:1: line is not UTF-8" },
		{ "\xef\xbb\xbf"
		  "a /sub is 1\n",
		    0, "m:1: " },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		size_t len =
		    cases[i].len != 0 ? cases[i].len : strlen(cases[i].text);
		struct po_map *map = NULL;
		struct po_err err = { 0 };

		assert_int_equal(
		    po_map_parse("m", cases[i].text, len, &map, &err),
		    PO_E_CONFIG);
		assert_null(map);
		if (strstr(err.text, cases[i].says) != err.text)
			fail_msg("case %zu: %s", i, err.text);
	}
}

static enum po_status
parse_repeated(const char *line, size_t count, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(2 * PO_MAP_MAX);
	AUTO(po_map_free) struct po_map *map = NULL;

	for (size_t i = 0; i < count; i++)
		po_buf_append_str(&text, line);
	assert_int_equal(po_buf_check(&text, NULL), PO_OK);
	return po_map_parse("m", text.data, text.len, &map, err);
}

static void
size_and_lines_are_bounded(void **state PO_UNUSED)
{
	static const char line[] = "a /sub is 1\n";
	struct po_err lines = { 0 }, bytes = { 0 }, wide = { 0 };
	char *x = NULL;

	assert_int_equal(parse_repeated(line, PO_MAP_LINES_MAX, NULL), PO_OK);
	assert_int_equal(
	    parse_repeated(line, PO_MAP_LINES_MAX + 1, &lines), PO_E_CONFIG);
	assert_string_equal(lines.text, "m:4001: more than 4000 lines");
	assert_int_equal(parse_repeated("#\n", PO_MAP_MAX / 2, NULL), PO_OK);
	assert_int_equal(
	    parse_repeated("#\n", PO_MAP_MAX / 2 + 1, &bytes), PO_E_CONFIG);
	assert_string_equal(bytes.text, "m: larger than 262144 bytes");
	assert_int_equal(asprintf(&x, "a /sub is %04087d\n", 1), 4098);
	assert_int_equal(parse_repeated(x, 1, &wide), PO_E_CONFIG);
	assert_string_equal(wide.text, "m:1: line longer than 4096 bytes");
	po_str_free(&x);
}

/* --- together with the rest of the policy ----------------------------------
 */

static const struct po_place place = { .file = "c", .line = 1 };

static struct po_policy *
policy_of(const struct po_policy_options *options)
{
	struct po_policy *policy = NULL;
	struct po_err err = { 0 };

	if (po_policy_new(options, &policy, &err) != PO_OK)
		fail_msg("%s", err.text);
	return policy;
}

static enum po_status
decide(const struct po_policy *policy, const char *claims_text,
    const char *account, uid_t uid, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *claims = json(claims_text);

	return po_policy_decide(policy, claims, account, uid, NULL, err);
}

#define ALICE "{\"sub\":\"1\",\"preferred_username\":\"alice\"}"
#define ROOT "{\"sub\":\"2\",\"preferred_username\":\"root\"}"

static void
the_map_adds_to_the_mapping(void **state PO_UNUSED)
{
	static const char map[] = "deploy /sub is 1\nroot /sub is 1\n"
				  "daemon /sub is 1\nroot /sub is 3\n";
	AUTO(po_policy_free)
	struct po_policy *policy = policy_of(&(struct po_policy_options){
	    .limits = { .min_uid = 1000, .allow_root = true },
	    .map_file = "m",
	    .map_data = map,
	    .map_len = strlen(map),
	});
	struct po_err err = { 0 };

	assert_int_equal(po_policy_admit(policy, "root", 0, NULL), PO_OK);
	assert_int_equal(po_policy_admit(policy, "daemon", 1, NULL), PO_OK);
	assert_int_equal(
	    po_policy_admit(policy, "toor", 0, NULL), PO_E_ACCOUNT_ROOT);
	assert_int_equal(
	    po_policy_admit(policy, "bin", 2, NULL), PO_E_ACCOUNT_UID);
	/* an identity may own several accounts */
	assert_int_equal(decide(policy, ALICE, "alice", 1000, NULL), PO_OK);
	assert_int_equal(decide(policy, ALICE, "deploy", 1001, NULL), PO_OK);
	assert_int_equal(decide(policy, ALICE, "root", 0, NULL), PO_OK);
	assert_int_equal(decide(policy, ALICE, "daemon", 1, NULL), PO_OK);
	assert_int_equal(
	    decide(policy, ALICE, "bob", 1002, NULL), PO_E_OTHER_PERSON);
	/* the name "root" at the provider is worth nothing */
	assert_int_equal(
	    decide(policy, ROOT, "root", 0, &err), PO_E_OTHER_PERSON);
	assert_non_null(strstr(err.text, "map_file (m:4)"));
	assert_int_equal(
	    decide(policy, ROOT, "root", 999, NULL), PO_E_OTHER_PERSON);
	/* no claim to map, but a line to go by */
	assert_int_equal(
	    decide(policy, "{\"sub\":\"3\"}", "root", 0, NULL), PO_OK);
	assert_int_equal(
	    decide(policy, "{\"sub\":\"4\"}", "deploy", 1001, NULL),
	    PO_E_CLAIM_MISSING);
}

static void
a_broken_map_is_a_broken_policy(void **state PO_UNUSED)
{
	const struct po_policy_options options = {
		.map_file = "m",
		.map_data = "x",
		.map_len = 1,
	};
	struct po_policy *policy = NULL;
	struct po_err err = { 0 };

	assert_int_equal(po_policy_new(&options, &policy, &err), PO_E_CONFIG);
	assert_string_equal(err.text, "m:1: no rule behind \"x\"");
}

static void
rules_hold_for_mapped_accounts_too(void **state PO_UNUSED)
{
	static const char *const require[] = { "/acr is mfa" };
	AUTO(po_policy_free)
	struct po_policy *policy = policy_of(&(struct po_policy_options){
	    .limits = { .min_uid = 1000 },
	    .map_file = "m",
	    .map_data = "deploy /sub is 1",
	    .map_len = strlen("deploy /sub is 1"),
	    .require = require,
	    .require_places = &place,
	    .require_count = 1,
	});

	assert_int_equal(
	    decide(policy, ALICE, "deploy", 1001, NULL), PO_E_NOT_ALLOWED);
	assert_int_equal(decide(policy, "{\"sub\":\"1\",\"acr\":\"mfa\"}",
			     "deploy", 1001, NULL),
	    PO_OK);
}

static void
note_pointer(void *arg, const char *pointer)
{
	po_buf_appendf(arg, "%s ", pointer);
}

static void
what_it_looks_at_depends_on_the_account(void **state PO_UNUSED)
{
	static const char *const require[] = { "/acr is mfa" };
	struct po_policy_options options = {
		.map_file = "m",
		.map_data = "a /x is 1\nb /y is 1\na /z is 1",
		.map_len = strlen("a /x is 1\nb /y is 1\na /z is 1"),
		.require = require,
		.require_places = &place,
		.require_count = 1,
	};
	AUTO(po_policy_free) struct po_policy *policy = policy_of(&options);
	AUTO(po_policy_free) struct po_policy *one = NULL;
	AUTO(po_buf_clear) struct po_buf a = PO_BUF_INIT(100);
	AUTO(po_buf_clear) struct po_buf none = PO_BUF_INIT(100);
	AUTO(po_buf_clear) struct po_buf only = PO_BUF_INIT(100);

	po_policy_each_pointer(policy, "a", note_pointer, &a);
	assert_string_equal(po_buf_str(&a), "/preferred_username /x /z /acr ");
	po_policy_each_pointer(policy, NULL, note_pointer, &none);
	assert_string_equal(po_buf_str(&none), "/preferred_username /acr ");
	options.account = "kiosk";
	one = policy_of(&options);
	po_policy_each_pointer(one, "kiosk", note_pointer, &only);
	assert_string_equal(po_buf_str(&only), "/acr ");
}

/* `account` of a service: everybody's, and nobody has another there. */
static void
one_account_for_all(void **state PO_UNUSED)
{
	static const char *const require[] = { "/sub matches [12]" };
	struct po_policy_options options = {
		.limits = { .min_uid = 1000 },
		.account = "kiosk",
		.require = require,
		.require_places = &place,
		.require_count = 1,
	};
	AUTO(po_policy_free) struct po_policy *policy = policy_of(&options);
	AUTO(po_json_free) struct po_json *alice = json(ALICE);
	AUTO(po_json_free) struct po_json *other = json("{\"sub\":\"3\"}");
	AUTO(po_str_free) char *account = NULL;
	struct po_policy *open = NULL;
	struct po_err err = { 0 };

	assert_int_equal(decide(policy, ALICE, "kiosk", 1000, NULL), PO_OK);
	assert_int_equal(
	    decide(policy, ALICE, "alice", 1000, NULL), PO_E_OTHER_PERSON);
	/* and that is known before anything is sent */
	assert_int_equal(po_policy_admit(policy, "kiosk", 1000, NULL), PO_OK);
	assert_int_equal(
	    po_policy_admit(policy, "kiosk", 999, NULL), PO_E_ACCOUNT_UID);
	assert_int_equal(
	    po_policy_admit(policy, "alice", 1000, &err), PO_E_ACCOUNT_UNKNOWN);
	assert_non_null(strstr(err.text, "\"kiosk\""));
	err = (struct po_err){ 0 };
	assert_int_equal(po_policy_choose(policy, other, &account, NULL, NULL),
	    PO_E_NOT_ALLOWED);
	assert_null(account);
	assert_int_equal(
	    po_policy_choose(policy, alice, &account, NULL, NULL), PO_OK);
	assert_string_equal(account, "kiosk");
	/* without a rule it would be open to all whom the provider knows */
	options.require_count = 0;
	assert_int_equal(po_policy_new(&options, &open, &err), PO_E_CONFIG);
	assert_non_null(strstr(err.text, "account = kiosk"));
}

static void
nobody_named_the_mapping_chooses(void **state PO_UNUSED)
{
	AUTO(po_policy_free)
	struct po_policy *policy = policy_of(&(struct po_policy_options){
	    .map_file = "m",
	    .map_data = "deploy /sub is 3",
	    .map_len = strlen("deploy /sub is 3"),
	});
	AUTO(po_json_free) struct po_json *alice = json(ALICE);
	AUTO(po_json_free) struct po_json *nobody = json("{\"sub\":\"3\"}");
	AUTO(po_str_free) char *account = NULL;
	struct po_err err = { 0 };

	assert_int_equal(po_policy_choose(policy, nobody, &account, NULL, &err),
	    PO_E_CLAIM_MISSING);
	assert_int_equal(err.status, PO_E_CLAIM_MISSING);
	assert_int_equal(
	    po_policy_choose(policy, alice, &account, NULL, NULL), PO_OK);
	assert_string_equal(account, "alice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_an_account_are_alternatives),
		cmocka_unit_test(a_refusal_names_the_line),
		cmocka_unit_test(overage_is_told_whichever_line_met_it),
		cmocka_unit_test(no_map_names_nobody),
		cmocka_unit_test(a_mistake_is_an_error_with_its_line),
		cmocka_unit_test(size_and_lines_are_bounded),
		cmocka_unit_test(the_map_adds_to_the_mapping),
		cmocka_unit_test(a_broken_map_is_a_broken_policy),
		cmocka_unit_test(rules_hold_for_mapped_accounts_too),
		cmocka_unit_test(what_it_looks_at_depends_on_the_account),
		cmocka_unit_test(one_account_for_all),
		cmocka_unit_test(nobody_named_the_mapping_chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
