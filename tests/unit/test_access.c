/* SPDX-License-Identifier: BSD-2-Clause */
/* `require` rules: their text, what satisfies them, what a refusal says. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "json_literal.h"
#include "policy/access.h"

static void
rules_are_parsed_or_refused(void **state PO_UNUSED)
{
	static const struct {
		const char *text;
		const char *message; /* NULL: good */
	} cases[] = {
		{ "/groups has linux-users", NULL },
		{ "  /groups\thas   a b\t c  ", NULL },
		{ "/groups has \"Linux Users\" b", NULL },
		{ "/groups has \"a \\\"b\\\" \\\\c\"", NULL },
		{ "/groups has \"a\"\t\"b\" c", NULL },
		{ "\"/my groups\" has a", NULL },
		{ "/acr is \"\"", NULL },
		{ "/hd matches [a-z]+\\.example\\.com", NULL },
		{ "/name matches \"A .*\"", NULL },
		{ "", "rule is empty" },
		{ "  ", "rule is empty" },
		{ "/groups", "nothing where one of" },
		{ "/groups has", "no value behind \"has\"" },
		{ "/groups = a", "\"=\" where one of" },
		{ "/groups HAS a", "\"HAS\" where one of" },
		{ "/groups contains a", "\"contains\" where one of" },
		{ "groups has a", "does not begin with \"/\"" },
		{ "/gr~oups has a", "\"~\"" },
		{ "/groups has \"a", "without an end" },
		{ "\"/groups has a", "without an end" },
		{ "/groups \"has a", "without an end" },
		{ "/groups has \"a\"b", "no blank behind" },
		{ "/groups has a\"b\"", "quotes stand around" },
		{ "/groups has \"a\\.b\"", "only \\\" and \\\\" },
		{ "/groups has a, b", "not by commas" },
		{ "/hd matches a b", "takes one pattern" },
		{ "/hd matches (a", "pattern" },
		{ "/hd matches \\d+", "POSIX ERE" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_rule_free) struct po_rule *rule = NULL;
		struct po_err err = { 0 };
		bool good = cases[i].message == NULL;
		enum po_status st = po_rule_parse(cases[i].text, &rule, &err);

		if (st != (good ? PO_OK : PO_E_CONFIG) ||
		    (!good && strstr(err.text, cases[i].message) == NULL))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_true((rule != NULL) == good);
	}
}

static void
values_are_counted(void **state PO_UNUSED)
{
	for (int extra = 0; extra < 2; extra++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_rule_free) struct po_rule *rule = NULL;

		po_buf_append_str(&text, "/groups has_all");
		for (int i = 0; i < PO_RULE_VALUES_MAX + extra; i++)
			po_buf_appendf(&text, " g%d", i);
		assert_int_equal(po_rule_parse(po_buf_str(&text), &rule, NULL),
		    extra == 0 ? PO_OK : PO_E_CONFIG);
	}
}

/* 4096: as long as a line of the configuration may be. */
static void
a_long_rule_is_refused_not_cut(void **state PO_UNUSED)
{
	for (size_t extra = 0; extra < 2; extra++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(5000);
		AUTO(po_rule_free) struct po_rule *rule = NULL;
		struct po_err err = { 0 };

		po_buf_append_str(&text, "/groups has ");
		while (text.len < 4096 + extra)
			po_buf_append_char(&text, 'a');
		assert_int_equal(po_rule_parse(po_buf_str(&text), &rule, &err),
		    extra == 0 ? PO_OK : PO_E_CONFIG);
		assert_string_equal(err.text,
		    extra == 0 ? "" : "rule is longer than 4096 bytes");
	}
}

static void
the_pointer_can_be_asked_for(void **state PO_UNUSED)
{
	AUTO(po_rule_free) struct po_rule *rule = NULL;

	assert_int_equal(po_rule_parse("/a/b has c", &rule, NULL), PO_OK);
	assert_string_equal(po_rule_pointer(rule), "/a/b");
}

#define ZITADEL                                                                \
	"{\"urn:zitadel:iam:org:project:roles\":"                              \
	"{\"admin\":{\"1\":\"x.example\"},\"off\":null,\"no\":false}}"

#define DIGITS_70                                                              \
	"0.0000000000000000000000000000000000"                                 \
	"0000000000000000000000000000000001"

static const struct check_case {
	const char *rule, *claims;
	enum po_status status;
	const char *message; /* all of it; NULL: any */
} check_cases[] = {
	/* has: one of them is enough */
	{ "/groups has a", "{\"groups\":[\"a\",\"b\"]}", PO_OK, NULL },
	{ "/groups has x b", "{\"groups\":[\"a\",\"b\"]}", PO_OK, NULL },
	{ "/groups has \"Linux Users\"", "{\"groups\":[\"Linux Users\"]}",
	    PO_OK, NULL },
	{ "/groups has \"a\\\"\\\\\"", "{\"groups\":[\"a\\\"\\\\\"]}", PO_OK,
	    NULL },
	{ "/groups has linux-users", "{\"groups\":[\"a\",\"b\"]}",
	    PO_E_NOT_ALLOWED,
	    "/groups has none of \"linux-users\"; it has \"a\", \"b\" "
	    "(2 values)" },
	{ "/groups has x y", "{\"groups\":[\"a\"]}", PO_E_NOT_ALLOWED,
	    "/groups has none of \"x\", \"y\"; it has \"a\" (1 value)" },
	/* exactly: no prefix, no case, no path, no splitting */
	{ "/groups has admin", "{\"groups\":[\"administrators\"]}",
	    PO_E_NOT_ALLOWED, NULL },
	{ "/groups has admin", "{\"groups\":[\"Admin\"]}", PO_E_NOT_ALLOWED,
	    NULL },
	{ "/groups has admin", "{\"groups\":[\"/admin\"]}", PO_E_NOT_ALLOWED,
	    NULL },
	{ "/groups has /admin", "{\"groups\":[\"/admin\"]}", PO_OK, NULL },
	{ "/groups has admin", "{\"groups\":[\"users,admin\"]}",
	    PO_E_NOT_ALLOWED, NULL },
	{ "/groups has admin", "{\"groups\":\"users,admin\"}", PO_E_NOT_ALLOWED,
	    "/groups is of type string, which \"has\" does not take" },
	{ "/groups has admin", "{\"groups\":\"admin\"}", PO_E_NOT_ALLOWED,
	    "/groups is of type string, which \"has\" does not take" },
	{ "/groups has admin", "{\"groups\":[[\"admin\"]]}", PO_E_NOT_ALLOWED,
	    "/groups has none of \"admin\"; it has array (1 value)" },
	{ "/groups has admin", "{\"groups\":[{\"name\":\"admin\"}]}",
	    PO_E_NOT_ALLOWED,
	    "/groups has none of \"admin\"; it has object (1 value)" },
	/* absent, null, empty: never the same */
	{ "/groups has a", "{}", PO_E_NOT_ALLOWED, "/groups is absent" },
	{ "/groups has a", "{\"groups\":[]}", PO_E_NOT_ALLOWED,
	    "/groups is empty" },
	{ "/groups has a", "{\"groups\":{}}", PO_E_NOT_ALLOWED,
	    "/groups is empty" },
	{ "/groups has a", "{\"groups\":null}", PO_E_NOT_ALLOWED,
	    "/groups is of type null, which \"has\" does not take" },
	{ "/groups has null", "{\"groups\":[null]}", PO_E_NOT_ALLOWED,
	    "/groups has none of \"null\"; it has null (1 value)" },
	/* numbers and booleans by their text */
	{ "/ids has 7", "{\"ids\":[6,7]}", PO_OK, NULL },
	{ "/ids has 7", "{\"ids\":[77]}", PO_E_NOT_ALLOWED,
	    "/ids has none of \"7\"; it has 77 (1 value)" },
	/* a number of more text than anyone writes into a rule is none */
	{ "/n is " DIGITS_70, "{\"n\":" DIGITS_70 "}", PO_E_NOT_ALLOWED, NULL },
	{ "/n is 0", "{\"n\":" DIGITS_70 "}", PO_E_NOT_ALLOWED,
	    "/n is none of \"0\"; it has number (1 value)" },
	/* an object is a set of names, as Zitadel's roles are */
	{ "/urn:zitadel:iam:org:project:roles has admin", ZITADEL, PO_OK,
	    NULL },
	{ "/urn:zitadel:iam:org:project:roles has off", ZITADEL,
	    PO_E_NOT_ALLOWED, NULL },
	{ "/urn:zitadel:iam:org:project:roles has no", ZITADEL,
	    PO_E_NOT_ALLOWED,
	    "/urn:zitadel:iam:org:project:roles has none of \"no\"; it has "
	    "\"admin\" (1 value)" },
	/* "*" makes a set of what it leads to */
	{ "/roles/*/name has b",
	    "{\"roles\":[{\"name\":\"a\"},{\"name\":\"b\"}]}", PO_OK, NULL },
	{ "/roles/*/name has c",
	    "{\"roles\":[{\"name\":\"a\"},{\"name\":\"b\"}]}", PO_E_NOT_ALLOWED,
	    "/roles/*/name has none of \"c\"; it has \"a\", \"b\" "
	    "(2 values)" },
	{ "/resource_access/*/roles has r2",
	    "{\"resource_access\":{\"x\":{\"roles\":[\"r1\"]},"
	    "\"y\":{\"roles\":[\"r2\"]}}}",
	    PO_OK, NULL },
	{ "/roles/*/name has a", "{\"roles\":[]}", PO_E_NOT_ALLOWED,
	    "/roles/*/name is absent" },
	/* a "*" inside a step is just a letter */
	{ "/a*b has x", "{\"a*b\":\"x\"}", PO_E_NOT_ALLOWED, NULL },
	{ "/a*b has x", "{\"a*b\":[\"x\"]}", PO_OK, NULL },
	{ "/a/*b has x", "{\"a\":{\"*b\":\"x\"}}", PO_E_NOT_ALLOWED,
	    "/a/*b is of type string, which \"has\" does not take" },
	/* has_all */
	{ "/groups has_all a b", "{\"groups\":[\"b\",\"c\",\"a\"]}", PO_OK,
	    NULL },
	{ "/groups has_all a b", "{\"groups\":[\"a\",\"a\"]}", PO_E_NOT_ALLOWED,
	    "/groups lacks \"b\"; it has \"a\", \"a\" (2 values)" },
	{ "/groups has_all a a", "{\"groups\":[\"a\"]}", PO_OK, NULL },
	{ "/groups has_all a", "{\"groups\":[]}", PO_E_NOT_ALLOWED, NULL },
	/* is */
	{ "/hd is example.com", "{\"hd\":\"example.com\"}", PO_OK, NULL },
	{ "/hd is a example.com", "{\"hd\":\"example.com\"}", PO_OK, NULL },
	{ "/hd is example.com", "{\"hd\":\"evil.example.com\"}",
	    PO_E_NOT_ALLOWED,
	    "/hd is none of \"example.com\"; it has \"evil.example.com\" "
	    "(1 value)" },
	{ "/hd is example.com", "{}", PO_E_NOT_ALLOWED, "/hd is absent" },
	{ "/n is 7", "{\"n\":7}", PO_OK, NULL },
	{ "/n is 1.5", "{\"n\":1.5}", PO_OK, NULL },
	{ "/v is true", "{\"v\":true}", PO_OK, NULL },
	{ "/v is true", "{\"v\":false}", PO_E_NOT_ALLOWED, NULL },
	{ "/v is null", "{\"v\":null}", PO_E_NOT_ALLOWED,
	    "/v is of type null, which \"is\" does not take" },
	{ "/groups is a", "{\"groups\":[\"a\"]}", PO_E_NOT_ALLOWED,
	    "/groups is of type array, which \"is\" does not take" },
	{ "/groups is a", "{\"groups\":{\"a\":1}}", PO_E_NOT_ALLOWED, NULL },
	{ "/a/* is x", "{\"a\":[\"y\",\"x\"]}", PO_OK, NULL },
	{ "/a/* has x", "{\"a\":[\"y\",\"x\"]}", PO_OK, NULL },
	{ "/v is \"\"", "{\"v\":\"\"}", PO_OK, NULL },
	{ "\"\" has sub", "{\"sub\":\"x\"}", PO_OK, NULL },
	{ "\"\" has x", "{\"sub\":\"x\"}", PO_E_NOT_ALLOWED, NULL },
	/* matches: a string, or one element, whole */
	{ "/hd matches [a-z]+\\.example", "{\"hd\":\"x.example\"}", PO_OK,
	    NULL },
	{ "/hd matches [a-z]+\\.example", "{\"hd\":\"x.example.evil\"}",
	    PO_E_NOT_ALLOWED,
	    "/hd has no match of \"[a-z]+\\.example\"; it has "
	    "\"x.example.evil\" (1 value)" },
	{ "/groups matches urn:.*:admin",
	    "{\"groups\":[\"x\",\"urn:a:admin\"]}", PO_OK, NULL },
	{ "/groups matches urn:.*:admin", "{\"groups\":[\"x urn:a:admin\"]}",
	    PO_E_NOT_ALLOWED, NULL },
	{ "/groups matches linux-users", "{\"groups\":\"linux-users\"}", PO_OK,
	    NULL },
	{ "/groups matches .*", "{}", PO_E_NOT_ALLOWED, NULL },
	{ "/groups matches .*", "{\"groups\":[]}", PO_E_NOT_ALLOWED, NULL },
	{ "/groups matches .*", "{\"groups\":null}", PO_E_NOT_ALLOWED, NULL },
	{ "/groups matches .*", "{\"groups\":[null,{}]}", PO_E_NOT_ALLOWED,
	    NULL },
	/* left out for its size: its own reason */
	{ "/groups has a",
	    "{\"_claim_names\":{\"groups\":\"src1\"},"
	    "\"_claim_sources\":{\"src1\":{}}}",
	    PO_E_GROUPS_OVERAGE,
	    "/groups was left out by the provider because it is too long for "
	    "a token" },
	{ "/groups has a", "{\"hasgroups\":true}", PO_E_GROUPS_OVERAGE, NULL },
	{ "/groups has a", "{\"groups:src1\":{}}", PO_E_GROUPS_OVERAGE, NULL },
	{ "/groups/x has a", "{\"_claim_names\":{\"groups\":\"src1\"}}",
	    PO_E_GROUPS_OVERAGE, NULL },
	{ "/a~1b has a", "{\"_claim_names\":{\"a/b\":\"src1\"}}",
	    PO_E_GROUPS_OVERAGE, NULL },
	/* the part of the list that is there may be enough */
	{ "/groups has a",
	    "{\"groups\":[\"a\"],\"_claim_names\":{\"groups\":\"s\"}}", PO_OK,
	    NULL },
	{ "/groups has b",
	    "{\"groups\":[\"a\"],\"_claim_names\":{\"groups\":\"s\"}}",
	    PO_E_GROUPS_OVERAGE, NULL },
	/* and another claim's overage is none of ours */
	{ "/roles has a", "{\"hasgroups\":true}", PO_E_NOT_ALLOWED, NULL },
	{ "/member has a", "{\"hasgroups\":true}", PO_E_NOT_ALLOWED, NULL },
	{ "/groups has a", "{\"hasgroups\":false}", PO_E_NOT_ALLOWED, NULL },
	{ "/groups has a", "{\"hasgroups\":\"true\"}", PO_E_NOT_ALLOWED, NULL },
	{ "/groups has a", "{\"_claim_names\":{\"wids\":\"src1\"}}",
	    PO_E_NOT_ALLOWED, NULL },
};

static void
rules_are_met_or_refused_with_a_reason(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(check_cases); i++) {
		const struct check_case *c = &check_cases[i];
		AUTO(po_json_free)
		struct po_json *claims = json_literal(c->claims);
		AUTO(po_rule_free) struct po_rule *rule = NULL;
		struct po_err err = { 0 };
		enum po_status st;

		if (po_rule_parse(c->rule, &rule, &err) != PO_OK)
			fail_msg("%s: %s", c->rule, err.text);
		st = po_rule_check(rule, claims, &err);
		if (st != c->status)
			fail_msg("%s on %s: %s: %s", c->rule, c->claims,
			    po_status_name(st), err.text);
		if (c->message != NULL)
			assert_string_equal(err.text, c->message);
	}
}

/*
 * Where providers put groups and roles: a rule that they satisfy, and one as
 * like it as can be that they do not.
 */
static const struct provider_case {
	const char *provider;
	const char *claims;
	const char *met, *unmet;
} provider_cases[] = {
	{ "Auth0: the claim's name is a URL",
	    "{\"https://acme.example/groups\":[\"ops\"]}",
	    "/https:~1~1acme.example~1groups has ops",
	    "/https://acme.example/groups has ops" },
	{ "WLCG, INDIGO IAM: a dot in the name, groups are paths",
	    "{\"wlcg.groups\":[\"/cms\",\"/cms/ops\"]}",
	    "/wlcg.groups has /cms/ops", "/wlcg.groups has cms" },
	{ "Cognito: a colon in the name", "{\"cognito:groups\":[\"ops\"]}",
	    "/cognito:groups has ops", "/cognito/groups has ops" },
	{ "Keycloak: realm roles",
	    "{\"realm_access\":{\"roles\":[\"ops\",\"x\"]}}",
	    "/realm_access/roles has ops", "/realm_access has ops" },
	{ "Keycloak: roles of one client",
	    "{\"resource_access\":{\"linux\":{\"roles\":[\"ops\"]},"
	    "\"web\":{\"roles\":[\"admin\"]}}}",
	    "/resource_access/linux/roles has ops",
	    "/resource_access/linux/roles has admin" },
	{ "Zitadel: an object keyed by role",
	    "{\"urn:zitadel:iam:org:project:roles\":"
	    "{\"ops\":{\"1002\":\"acme.example\"}}}",
	    "/urn:zitadel:iam:org:project:roles has_all ops",
	    "/urn:zitadel:iam:org:project:roles has_all ops 1002" },
	{ "Zitadel: a role, but of one organisation",
	    "{\"urn:zitadel:iam:org:project:roles\":"
	    "{\"ops\":{\"1002\":\"acme.example\"}}}",
	    "/urn:zitadel:iam:org:project:roles/ops has 1002",
	    "/urn:zitadel:iam:org:project:roles/ops has acme.example" },
	{ "Casdoor: an array of objects",
	    "{\"roles\":[{\"name\":\"a\",\"owner\":\"x\"},"
	    "{\"name\":\"ops\",\"owner\":\"y\"}]}",
	    "/roles/*/name has ops", "/roles/*/name has y" },
	{ "CILogon: objects in isMemberOf",
	    "{\"isMemberOf\":[{\"name\":\"ops\",\"id\":7}]}",
	    "/isMemberOf/*/id has 7", "/isMemberOf has ops" },
	{ "Entra: ids of groups",
	    "{\"groups\":[\"0f3c-4a\"],\"_claim_names\":{}}",
	    "/groups has 0f3c-4a", "/groups has 0F3C-4A" },
	{ "Entra: app roles",
	    "{\"roles\":[\"Linux.Login\"],\"hasgroups\":true}",
	    "/roles has Linux.Login", "/roles has Linux" },
	{ "GitLab: direct groups",
	    "{\"https://gitlab.org/claims/groups/owner\":[\"acme/ops\"]}",
	    "/https:~1~1gitlab.org~1claims~1groups~1owner has acme/ops",
	    "/https:~1~1gitlab.org~1claims~1groups~1owner has ops" },
	{ "Google: the domain",
	    "{\"hd\":\"example.com\",\"email_verified\":true}",
	    "/hd is example.com", "/hd has example.com" },
};

static void
groups_are_found_where_providers_put_them(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(provider_cases); i++) {
		const struct provider_case *c = &provider_cases[i];
		AUTO(po_json_free)
		struct po_json *claims = json_literal(c->claims);
		AUTO(po_rule_free) struct po_rule *met = NULL;
		AUTO(po_rule_free) struct po_rule *unmet = NULL;
		struct po_err err = { 0 };

		assert_int_equal(po_rule_parse(c->met, &met, NULL), PO_OK);
		assert_int_equal(po_rule_parse(c->unmet, &unmet, NULL), PO_OK);
		if (po_rule_check(met, claims, &err) != PO_OK)
			fail_msg("%s: %s", c->provider, err.text);
		if (po_rule_check(unmet, claims, NULL) != PO_E_NOT_ALLOWED)
			fail_msg("%s: %s", c->provider, c->unmet);
	}
}

/* Each operator on each type of value; y: it holds. */
static void
operators_take_the_types_they_take(void **state PO_UNUSED)
{
	static const char *const rules[] = { "/v is x", "/v has x",
		"/v has_all x", "/v matches x" };
	static const struct {
		const char *value;
		const char *wanted; /* in the place of x; NULL: x */
		const char *holds;  /* one letter for each rule */
	} cases[] = {
		{ "\"x\"", NULL, "y..y" },
		{ "\"xx\"", NULL, "...." },
		{ "[\"x\"]", NULL, ".yyy" },
		{ "[\"y\",\"x\"]", NULL, ".yyy" },
		{ "[[\"x\"]]", NULL, "...." },
		{ "[]", NULL, "...." },
		{ "{\"x\":1}", NULL, ".yyy" },
		{ "{\"x\":{}}", NULL, ".yyy" },
		{ "{\"x\":false}", NULL, "...." },
		{ "{\"x\":null}", NULL, "...." },
		{ "{\"y\":\"x\"}", NULL, "...." },
		{ "null", "null", "...." },
		{ "[null]", "null", "...." },
		{ "true", "true", "y..y" },
		{ "[true]", "true", ".yyy" },
		{ "\"true\"", "true", "y..y" },
		{ "false", "true", "...." },
		{ "false", "false", "y..y" },
		{ "1", "true", "...." },
		{ "7", "7", "y..y" },
		{ "-7", "-7", "y..y" },
		{ "[6,7]", "7", ".yyy" },
		{ "\"7\"", "7", "y..y" },
		{ "9223372036854775807", "9223372036854775807", "y..y" },
		{ "9007199254740993", "9007199254740992", "...." },
		{ "1.5", "1.5", "y..y" },
		{ "1.50", "1.5", "...." }, /* by its text */
		{ "7.0", "7", "...." },
		{ "1e2", "100", "...." },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases) * 4; i++) {
		const char *value = cases[i / 4].value;
		const char *wanted = cases[i / 4].wanted;
		const char *rule_text = rules[i % 4];
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(256);
		AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(256);
		AUTO(po_json_free) struct po_json *claims = NULL;
		AUTO(po_rule_free) struct po_rule *rule = NULL;
		bool holds = cases[i / 4].holds[i % 4] == 'y';

		po_buf_append(&line, rule_text, strlen(rule_text) - 1);
		po_buf_append_str(&line, wanted == NULL ? "x" : wanted);
		po_buf_appendf(&text, "{\"v\":%s}", value);
		claims = json_literal(po_buf_str(&text));
		assert_int_equal(
		    po_rule_parse(po_buf_str(&line), &rule, NULL), PO_OK);
		if (po_rule_check(rule, claims, NULL) !=
		    (holds ? PO_OK : PO_E_NOT_ALLOWED))
			fail_msg("%s on %s", po_buf_str(&line), value);
	}
}

/* Entra at 200 groups: three ways to say it, each a reason of its own. */
static void
entra_overage_is_no_lack_of_groups(void **state PO_UNUSED)
{
	static const char *const claims[] = {
		"{\"_claim_names\":{\"groups\":\"src1\"}}",
		"{\"hasgroups\":true}",
		"{\"groups:src1\":\"https://graph.example/\"}",
	};
	static const char *const rules[] = { "/groups has a",
		"/groups has_all a", "/groups is a", "/groups matches a.*",
		"/groups/* has a" };

	for (size_t i = 0; i < PO_ARRAY_LEN(claims) * PO_ARRAY_LEN(rules);
	     i++) {
		AUTO(po_json_free)
		struct po_json *document =
		    json_literal(claims[i / PO_ARRAY_LEN(rules)]);
		AUTO(po_rule_free) struct po_rule *rule = NULL;

		assert_int_equal(
		    po_rule_parse(rules[i % PO_ARRAY_LEN(rules)], &rule, NULL),
		    PO_OK);
		assert_int_equal(
		    po_rule_check(rule, document, NULL), PO_E_GROUPS_OVERAGE);
	}
}

/* A claim of any length ends in an answer, and a long one in a refusal. */
static void
matches_is_bounded(void **state PO_UNUSED)
{
	static const size_t lengths[] = { 1, 1024, 1025, 60000 };
	AUTO(po_rule_free) struct po_rule *rule = NULL;

	assert_int_equal(
	    po_rule_parse("/v matches ((a|b)*)+c", &rule, NULL), PO_E_CONFIG);
	assert_int_equal(
	    po_rule_parse("/v matches (a|b|ab)+c?", &rule, NULL), PO_OK);
	for (size_t i = 0; i < PO_ARRAY_LEN(lengths); i++) {
		size_t len = lengths[i];
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(70000);
		AUTO(po_json_free) struct po_json *claims = NULL;

		po_buf_append_str(&text, "{\"v\":\"");
		for (size_t at = 0; at < len; at++)
			po_buf_append_char(&text, at % 2 == 0 ? 'a' : 'b');
		po_buf_append_str(&text, "\"}");
		claims = json_literal(po_buf_str(&text));
		assert_int_equal(po_rule_check(rule, claims, NULL),
		    len <= 1024 ? PO_OK : PO_E_NOT_ALLOWED);
	}
}

/* An array of `count` groups "g0", "g1", ... */
static struct po_json *
many_groups(int count)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(64 * 1024);

	po_buf_append_str(&text, "{\"groups\":[");
	for (int i = 0; i < count; i++)
		po_buf_appendf(&text, "%s\"g%d\"", i == 0 ? "" : ",", i);
	po_buf_append_str(&text, "]}");
	return json_literal(po_buf_str(&text));
}

static void
a_long_list_is_searched_to_its_end_or_refused(void **state PO_UNUSED)
{
	AUTO(po_json_free) struct po_json *most = many_groups(PO_GROUPS_MAX);
	AUTO(po_json_free)
	struct po_json *more = many_groups(PO_GROUPS_MAX + 1);
	AUTO(po_rule_free) struct po_rule *last = NULL;
	AUTO(po_rule_free) struct po_rule *first = NULL;
	struct po_err err = { 0 };

	assert_int_equal(
	    po_rule_parse("/groups has g4095", &last, NULL), PO_OK);
	assert_int_equal(po_rule_parse("/groups has g0", &first, NULL), PO_OK);
	assert_int_equal(po_rule_check(last, most, NULL), PO_OK);
	assert_int_equal(po_rule_check(first, more, &err), PO_E_NOT_ALLOWED);
	assert_string_equal(err.text, "/groups has more than 4096 values");
}

static void
a_refusal_is_short_whatever_was_sent(void **state PO_UNUSED)
{
	AUTO(po_json_free) struct po_json *claims = many_groups(200);
	AUTO(po_json_free)
	struct po_json *evil = json_literal("{\"groups\":[\"\\u001b[2J\"]}");
	AUTO(po_rule_free) struct po_rule *rule = NULL;
	struct po_err err = { 0 };

	assert_int_equal(
	    po_rule_parse("/groups has a b c d e f g", &rule, NULL), PO_OK);
	assert_int_equal(po_rule_check(rule, claims, &err), PO_E_NOT_ALLOWED);
	assert_string_equal(err.text,
	    "/groups has none of \"a\", \"b\", \"c\", \"d\" and 3 more; it "
	    "has \"g0\", \"g1\", \"g2\", \"g3\", ... (200 values)");
	memset(&err, 0, sizeof(err));
	assert_int_equal(po_rule_check(rule, evil, &err), PO_E_NOT_ALLOWED);
	assert_null(strchr(err.text, '\x1B'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_parsed_or_refused),
		cmocka_unit_test(values_are_counted),
		cmocka_unit_test(a_long_rule_is_refused_not_cut),
		cmocka_unit_test(the_pointer_can_be_asked_for),
		cmocka_unit_test(rules_are_met_or_refused_with_a_reason),
		cmocka_unit_test(groups_are_found_where_providers_put_them),
		cmocka_unit_test(operators_take_the_types_they_take),
		cmocka_unit_test(entra_overage_is_no_lack_of_groups),
		cmocka_unit_test(matches_is_bounded),
		cmocka_unit_test(a_long_list_is_searched_to_its_end_or_refused),
		cmocka_unit_test(a_refusal_is_short_whatever_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
