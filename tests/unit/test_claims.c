/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON Pointers (RFC 6901) into claims, and "*" on top of them. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "json_literal.h"
#include "policy/claims.h"

/* Appends each value's JSON text and a blank. */
static bool
print_value(void *arg, const struct po_json *value)
{
	struct po_buf *out = arg;

	po_json_print(value, out);
	po_buf_append_char(out, ' ');
	return true;
}

static bool
print_one_value(void *arg, const struct po_json *value)
{
	(void)print_value(arg, value);
	return false;
}

static const struct find_case {
	const char *claims, *pointer;
	size_t count;
	const char *values;
} find_cases[] = {
	/* the examples of RFC 6901 section 5 */
	{ "{\"foo\":[\"bar\",\"baz\"]}", "", 1,
	    "{\"foo\":[\"bar\",\"baz\"]} " },
	{ "{\"foo\":[\"bar\",\"baz\"]}", "/foo", 1, "[\"bar\",\"baz\"] " },
	{ "{\"foo\":[\"bar\",\"baz\"]}", "/foo/0", 1, "\"bar\" " },
	{ "{\"\":0}", "/", 1, "0 " },
	{ "{\"a/b\":1}", "/a~1b", 1, "1 " },
	{ "{\"c%d\":2}", "/c%d", 1, "2 " },
	{ "{\"e^f\":3}", "/e^f", 1, "3 " },
	{ "{\"g|h\":4}", "/g|h", 1, "4 " },
	{ "{\"i\\\\j\":5}", "/i\\j", 1, "5 " },
	{ "{\"k\\\"l\":6}", "/k\"l", 1, "6 " },
	{ "{\" \":7}", "/ ", 1, "7 " },
	{ "{\"m~n\":8}", "/m~0n", 1, "8 " },
	/* "~01" is "~1", not "/" (section 4) */
	{ "{\"~1\":9,\"/\":10}", "/~01", 1, "9 " },
	/* array indexes: no sign, no leading zero, "-" never exists */
	{ "{\"a\":[1,2]}", "/a/1", 1, "2 " },
	{ "{\"a\":[1,2]}", "/a/2", 0, "" },
	{ "{\"a\":[1,2]}", "/a/01", 0, "" },
	{ "{\"a\":[1,2]}", "/a/-0", 0, "" },
	{ "{\"a\":[1,2]}", "/a/-", 0, "" },
	{ "{\"a\":[1,2]}", "/a/", 0, "" },
	{ "{\"a\":[1,2]}", "/a/18446744073709551616", 0, "" },
	{ "{\"a\":{\"0\":1}}", "/a/0", 1, "1 " },
	/* absent is not empty and not null */
	{ "{\"groups\":[]}", "/groups", 1, "[] " },
	{ "{\"groups\":null}", "/groups", 1, "null " },
	{ "{}", "/groups", 0, "" },
	{ "{\"groups\":[]}", "/Groups", 0, "" },
	{ "{\"a\":1}", "/a/b", 0, "" },
	{ "{\"a\":\"xyz\"}", "/a/0", 0, "" },
	/* claims as providers name them */
	{ "{\"https://acme.example/groups\":1}",
	    "/https:~1~1acme.example~1groups", 1, "1 " },
	{ "{\"wlcg.groups\":1}", "/wlcg.groups", 1, "1 " },
	{ "{\"wlcg\":{\"groups\":1}}", "/wlcg.groups", 0, "" },
	{ "{\"cognito:groups\":1}", "/cognito:groups", 1, "1 " },
	{ "{\"cognito\":{\"groups\":1}}", "/cognito:groups", 0, "" },
	{ "{\"https:\":{\"\":{\"acme.example\":{\"groups\":1}}}}",
	    "/https:~1~1acme.example~1groups", 0, "" },
	{ "{\"https:\":{\"\":{\"acme.example\":{\"groups\":1}}}}",
	    "/https://acme.example/groups", 1, "1 " },
	{ "{\"http://x/~y\":[{\"a.b:c/d\":1},{\"a.b:c/d\":2}]}",
	    "/http:~1~1x~1~0y/*/a.b:c~1d", 2, "1 2 " },
	{ "{\"urn:zitadel:iam:org:project:roles\":{\"a\":{}}}",
	    "/urn:zitadel:iam:org:project:roles", 1, "{\"a\":{}} " },
	{ "{\"urn:zitadel:iam:org:project:roles\":{\"a\":{\"1\":\"x\"}}}",
	    "/urn:zitadel:iam:org:project:roles/a/1", 1, "\"x\" " },
	/* percent signs and fragments are of URLs, not of pointers */
	{ "{\"a b\":1}", "/a%20b", 0, "" },
	{ "{\"a%20b\":1}", "/a%20b", 1, "1 " },
	/* "*" */
	{ "{\"a\":[1,2]}", "/a/*", 2, "1 2 " },
	{ "{\"a\":{\"x\":1,\"y\":2}}", "/a/*", 2, "1 2 " },
	{ "{\"a\":[]}", "/a/*", 0, "" },
	{ "{\"a\":\"xy\"}", "/a/*", 0, "" },
	{ "{\"a\":[{\"n\":1},{\"m\":2},{\"n\":3},4]}", "/a/*/n", 2, "1 3 " },
	{ "{\"a\":{\"x\":{\"r\":[1]},\"y\":{\"r\":[2]}}}", "/a/*/r/*", 2,
	    "1 2 " },
	{ "{\"a\":{\"*\":1,\"b*\":2}}", "/a/b*", 1, "2 " },
	{ "{\"roles\":[{\"name\":\"r\"},{\"name\":null},{},\"name\"]}",
	    "/roles/*/name", 2, "\"r\" null " },
	{ "{\"a\":[[1,[2]],[],[3]]}", "/a/*/*", 3, "1 [2] 3 " },
	{ "{\"a\":[[1,[2]],[],[3]]}", "/a/*/0", 2, "1 3 " },
	{ "{\"a\":{\"x\":1},\"b\":[2],\"c\":3}", "/*/*", 2, "1 2 " },
};

static void
finds_what_the_pointer_names(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(find_cases); i++) {
		const struct find_case *c = &find_cases[i];
		AUTO(po_json_free)
		struct po_json *claims = json_literal(c->claims);
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);

		assert_int_equal(po_pointer_check(c->pointer, NULL), PO_OK);
		if (po_claims_find(claims, c->pointer, print_value, &out) !=
			c->count ||
		    strcmp(po_buf_str(&out), c->values) != 0)
			fail_msg("%s in %s: \"%s\"", c->pointer, c->claims,
			    po_buf_str(&out));
		/* and without a function it counts */
		assert_int_equal(
		    po_claims_find(claims, c->pointer, NULL, NULL), c->count);
	}
}

static void
stops_when_told_at_any_depth(void **state PO_UNUSED)
{
	static const char *const documents[] = {
		"{\"a\":[[1,2],[3]],\"b\":[[4]]}",
		"{\"a\":{\"x\":{\"p\":1,\"q\":2},\"y\":{\"p\":3}},\"b\":{}}",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(documents); i++) {
		AUTO(po_json_free)
		struct po_json *claims = json_literal(documents[i]);
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);

		assert_int_equal(
		    po_claims_find(claims, "/*/*/*", print_one_value, &out), 1);
		assert_string_equal(po_buf_str(&out), "1 ");
	}
}

static void
checks_pointers(void **state PO_UNUSED)
{
	static const struct {
		const char *pointer;
		enum po_status status;
	} cases[] = {
		{ "", PO_OK },
		{ "/", PO_OK },
		{ "/groups", PO_OK },
		{ "/a~0b~1c", PO_OK },
		{ "/*", PO_OK },
		{ "/gr\xC3\xBCppe", PO_OK },
		{ "groups", PO_E_CONFIG },
		{ "#/groups", PO_E_CONFIG },
		{ "$.groups", PO_E_CONFIG },
		{ "/a~", PO_E_CONFIG },
		{ "/a~2", PO_E_CONFIG },
		{ "/a~/b", PO_E_CONFIG },
		{ "/\xC3", PO_E_CONFIG },
	};
	AUTO(po_json_free) struct po_json *claims = json_literal("{\"a\":1}");

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { 0 };

		if (po_pointer_check(cases[i].pointer, &err) != cases[i].status)
			fail_msg("\"%s\": %s", cases[i].pointer, err.text);
		/* what is not a pointer leads nowhere */
		if (cases[i].status != PO_OK)
			assert_int_equal(po_claims_find(claims,
					     cases[i].pointer, NULL, NULL),
			    0);
	}
}

static void
bounds_the_pointer(void **state PO_UNUSED)
{
	char pointer[PO_POINTER_MAX + 2];
	AUTO(po_json_free) struct po_json *claims = json_literal("{}");

	memset(pointer, '/', sizeof(pointer));
	pointer[PO_POINTER_MAX] = '\0';
	assert_int_equal(po_pointer_check(pointer, NULL), PO_OK);
	assert_int_equal(po_claims_find(claims, pointer, NULL, NULL), 0);
	pointer[PO_POINTER_MAX] = 'x';
	pointer[PO_POINTER_MAX + 1] = '\0';
	assert_int_equal(po_pointer_check(pointer, NULL), PO_E_CONFIG);
}

static void
a_subject_is_one_number_or_text(void **state PO_UNUSED)
{
	static const struct {
		const char *claims, *sub; /* NULL: refused */
	} cases[] = {
		{ "{\"user\":{\"id\":583231}}", "583231" },
		{ "{\"user\":{\"id\":9223372036854775807}}",
		    "9223372036854775807" },
		{ "{\"user\":{\"id\":1}}", "1" },
		{ "{\"user\":{\"id\":\"583231\"}}", "583231" },
		{ "{\"user\":{\"id\":\"a b/c\"}}", "a b/c" },
		{ "{\"user\":{\"id\":\"0\"}}", "0" },
		{ "{}", NULL },
		{ "{\"user\":{\"login\":\"alice\"}}", NULL },
		{ "{\"user\":{\"id\":null}}", NULL },
		{ "{\"user\":{\"id\":true}}", NULL },
		{ "{\"user\":{\"id\":0}}", NULL },
		{ "{\"user\":{\"id\":-583231}}", NULL },
		{ "{\"user\":{\"id\":583231.0}}", NULL },
		{ "{\"user\":{\"id\":5e5}}", NULL },
		{ "{\"user\":{\"id\":\"\"}}", NULL },
		{ "{\"user\":{\"id\":\"a\\n\"}}", NULL },
		{ "{\"user\":{\"id\":\"a b/\xC3\xA9\"}}", NULL },
		{ "{\"user\":{\"id\":\"\\u202e\"}}", NULL },
		{ "{\"user\":{\"id\":[583231]}}", NULL },
		{ "{\"user\":{\"id\":{\"id\":1}}}", NULL },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_json_free)
		struct po_json *claims = json_literal(cases[i].claims);
		AUTO(po_str_free) char *sub = NULL;
		struct po_err err = { 0 };

		assert_int_equal(
		    po_claims_subject(claims, "/user/id", &sub, &err),
		    cases[i].sub == NULL ? PO_E_SUB : PO_OK);
		assert_true((sub == NULL) == (cases[i].sub == NULL));
		if (sub != NULL)
			assert_string_equal(sub, cases[i].sub);
		else
			assert_non_null(
			    strstr(err.text, "subject \"/user/id\" leads to"));
	}
}

/* Whose would it be? */
static void
a_subject_is_not_one_of_several(void **state PO_UNUSED)
{
	AUTO(po_json_free)
	struct po_json *claims = json_literal("{\"a\":[1,2],\"b\":[1]}");
	AUTO(po_str_free) char *sub = NULL;

	assert_int_equal(
	    po_claims_subject(claims, "/a/*", &sub, NULL), PO_E_SUB);
	assert_null(sub);
	assert_int_equal(po_claims_subject(claims, "/b/*", &sub, NULL), PO_OK);
	assert_string_equal(sub, "1");
}

static void
a_subject_has_a_longest_length(void **state PO_UNUSED)
{
	for (int len = PO_SUBJECT_MAX; len <= PO_SUBJECT_MAX + 1; len++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024);
		AUTO(po_json_free) struct po_json *claims = NULL;
		AUTO(po_str_free) char *sub = NULL;

		po_buf_appendf(&text, "{\"id\":\"%0*d\"}", len, 1);
		claims = json_literal(po_buf_str(&text));
		assert_int_equal(po_claims_subject(claims, "/id", &sub, NULL),
		    len == PO_SUBJECT_MAX ? PO_OK : PO_E_SUB);
	}
}

static void
quotes_remote_text_for_messages(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);
	static const char evil[] = "a\x1B[31m\n";
	char longest[200];

	po_claims_quote(&out, evil, strlen(evil));
	assert_string_equal(
	    po_buf_str(&out), "\"a\xEF\xBF\xBD[31m\xEF\xBF\xBD\"");
	po_buf_clear(&out);
	memset(longest, 'a', sizeof(longest));
	po_claims_quote(&out, longest, sizeof(longest));
	assert_int_equal(out.len, 64 + strlen("\"...\""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_the_pointer_names),
		cmocka_unit_test(stops_when_told_at_any_depth),
		cmocka_unit_test(checks_pointers),
		cmocka_unit_test(bounds_the_pointer),
		cmocka_unit_test(a_subject_is_one_number_or_text),
		cmocka_unit_test(a_subject_is_not_one_of_several),
		cmocka_unit_test(a_subject_has_a_longest_length),
		cmocka_unit_test(quotes_remote_text_for_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
