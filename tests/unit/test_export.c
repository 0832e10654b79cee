/* SPDX-License-Identifier: BSD-2-Clause */
/* `export` lines, and what they make of claims.  See policy/export.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/environ.h"
#include "policy/export.h"

#define LINES_MAX (PO_EXPORTS_MAX + 1)

static enum po_status
parse(const char *const *lines, size_t count, struct po_exports **out,
    struct po_err *err)
{
	struct po_place places[LINES_MAX] = { { .line = 0 } };

	for (size_t i = 0; i < count; i++)
		places[i] = (struct po_place){ "conf", (unsigned)i + 7 };
	return po_exports_new(lines, places, count, out, err);
}

static struct po_exports *
exports_of(const char *line)
{
	struct po_exports *out = NULL;
	struct po_err err = { 0 };

	if (parse(&line, 1, &out, &err) != PO_OK)
		fail_msg("%s", err.text);
	return out;
}

static struct po_json *
json(const char *text)
{
	struct po_json *out = NULL;

	assert_int_equal(po_json_parse(text, strlen(text), &out, NULL), PO_OK);
	return out;
}

/* --- the lines --- */

static void
expect_refusal(const char *const *lines, size_t count, const char *text)
{
	struct po_exports *exports = NULL;
	struct po_err err = { 0 };

	assert_int_equal(parse(lines, count, &exports, &err), PO_E_CONFIG);
	assert_int_equal(err.status, PO_E_CONFIG);
	assert_null(exports);
	if (strstr(err.text, text) == NULL)
		fail_msg("\"%s\" not in \"%s\"", text, err.text);
}

static void
errors_say_where(void **state PO_UNUSED)
{
	static const struct {
		const char *line;
		const char *text;
	} cases[] = {
		{ "LD_PRELOAD /email", "conf:8: export: \"LD_PRELOAD\" may not "
				       "be set" },
		{ "PATH /a", "\"PATH\" may not be set" },
		{ "oidc_a /a", "\"oidc_a\" may not be set" },
		{ "OAUTH_TOKEN_FILE /a", "may not be set" },
		{ "/email EMAIL", "\"/email\" may not be set" },
		{ "OIDC_A=/a", "may not be set" },
		{ "", "\"\" may not be set" },
		{ "OIDC_A", "conf:8: export: \"OIDC_A\" without a pointer" },
		{ "OIDC_A a", "conf:8: export: pointer \"a\" does not begin" },
		{ "OIDC_A /a~2", "RFC 6901" },
		{ "EMAIL /mail", "conf:8: export: \"EMAIL\" twice" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *const lines[] = { "EMAIL /email", cases[i].line,
			"OIDC_LAST /x" };

		expect_refusal(lines, PO_ARRAY_LEN(lines), cases[i].text);
	}
}

static void
lines_are_counted(void **state PO_UNUSED)
{
	static char names[LINES_MAX][16];
	const char *lines[LINES_MAX];
	AUTO(po_exports_free) struct po_exports *exports = NULL;

	for (size_t i = 0; i < LINES_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "OIDC_%zu /a", i);
		lines[i] = names[i];
	}
	assert_int_equal(parse(lines, PO_EXPORTS_MAX, &exports, NULL), PO_OK);
	expect_refusal(lines, LINES_MAX, "conf:39: export: more than 32 lines");
}

/* --- the values --- */

static struct {
	enum po_log_level level;
	char line[PO_LOG_LINE_MAX];
	unsigned count;
} logged;

static void
log_line(void *arg PO_UNUSED, enum po_log_level level, const char *line)
{
	logged.level = level;
	logged.count++;
	(void)snprintf(logged.line, sizeof(logged.line), "%s", line);
}

static const struct po_log sink = { .write = log_line, .debug = true };

#define CLAIMS                                                                 \
	"{\"sub\":\"248289761001\",\"name\":\"J\\u00fcrgen O'Hara\","          \
	"\"email_verified\":true,\"no\":false,\"uid\":-17,\"zero\":0,"         \
	"\"big\":9223372036854775807,\"half\":0.5,\"whole\":3.0,"              \
	"\"null\":null,\"empty\":\"\",\"none\":[],\"groups\":[\"a\",\"b c\"]," \
	"\"mixed\":[\"a\",1,true],\"nulls\":[\"a\",null],"                     \
	"\"nested\":[[\"a\"]],\"commas\":[\"a\",\"b,c\"],"                     \
	"\"comma\":\"Doe, John\",\"lone\":[\"a,b\"],\"object\":{\"x\":\"y\"}," \
	"\"roles\":[{\"name\":\"r1\"},{\"name\":\"r2\"},{}],"                  \
	"\"evil\":\"$(reboot)\",\"lines\":\"a\\nb\",\"option\":\"-x\","        \
	"\"bidi\":\"a\\u202eb\",\"with space\":\"v\"}"

static void
claims_become_values(void **state PO_UNUSED)
{
	static const struct {
		const char *pointer;
		const char *value; /* NULL: absent; "!": warned of */
	} cases[] = {
		{ "/sub", "248289761001" },
		{ "/name", "J\xc3\xbcrgen O'Hara" },
		{ "/email_verified", "true" },
		{ "/no", "false" },
		{ "/uid", "!" }, /* -17: "-" in front */
		{ "/zero", "0" },
		{ "/big", "9223372036854775807" },
		{ "/half", "!" },
		{ "/whole", "3" },
		{ "/null", NULL },
		{ "/missing", NULL },
		{ "/missing/*", NULL },
		{ "/empty", "" },
		{ "/none", "" },
		{ "/none/*", NULL },
		{ "/groups", "a,b c" },
		{ "/groups/0", "a" },
		{ "/groups/*", "a,b c" },
		{ "/mixed", "a,1,true" },
		{ "/nulls", "!" },
		{ "/nested", "!" },
		{ "/commas", "!" },
		{ "/comma", "Doe, John" },
		{ "/lone", "a,b" },
		{ "/object", "!" },
		{ "/roles/*/name", "r1,r2" },
		{ "/roles", "!" },
		{ "/evil", "!" },
		{ "/lines", "!" },
		{ "/option", "!" },
		{ "/bidi", "!" },
		{ "/with space", "v" },
	};
	AUTO(po_json_free) struct po_json *claims = json(CLAIMS);

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(256);
		AUTO(po_buf_clear) struct po_buf want = PO_BUF_INIT(256);
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);
		const char *value = cases[i].value;
		bool warned = value != NULL && strcmp(value, "!") == 0;

		po_buf_appendf(&line, "OIDC_A %s", cases[i].pointer);
		AUTO(po_exports_free)
		struct po_exports *exports = exports_of(po_buf_str(&line));
		logged.count = 0;
		assert_int_equal(
		    po_exports_apply(exports, claims, &sink, &out, NULL),
		    PO_OK);
		if (value != NULL && !warned)
			po_buf_appendf(&want, "OIDC_A=%s\n", value);
		if (strcmp(po_buf_str(&out), po_buf_str(&want)) != 0)
			fail_msg(
			    "%s: \"%s\"", cases[i].pointer, po_buf_str(&out));
		assert_int_equal(logged.count, value == NULL || warned);
		if (logged.count > 0)
			assert_int_equal(logged.level,
			    warned ? PO_LOG_WARNING : PO_LOG_DEBUG);
	}
}

/* Claims are personal, and may be what somebody wants in the log. */
static void
a_warning_does_not_quote(void **state PO_UNUSED)
{
	AUTO(po_json_free) struct po_json *claims = json(CLAIMS);
	AUTO(po_exports_free)
	struct po_exports *exports = exports_of("OIDC_A /evil");
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);

	assert_int_equal(
	    po_exports_apply(exports, claims, &sink, &out, NULL), PO_OK);
	assert_non_null(strstr(logged.line, "OIDC_A"));
	assert_null(strstr(logged.line, "reboot"));
}

static void
what_is_too_long_is_left_out(void **state PO_UNUSED)
{
	static const char *const lines[] = { "OIDC_A /a", "OIDC_B /b",
		"OIDC_C /c" };
	AUTO(po_exports_free) struct po_exports *exports = NULL;
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024 + 8);
	AUTO(po_json_free) struct po_json *claims = NULL;

	po_buf_append_str(&text, "{\"c\":\"x\",\"b\":\"yy\",\"a\":\"");
	for (int i = 0; i < PO_ENVIRON_VALUE_MAX; i++)
		po_buf_append_char(&text, 'a');
	po_buf_append_str(&text, "\"}");
	claims = json(po_buf_str(&text));
	assert_int_equal(
	    parse(lines, PO_ARRAY_LEN(lines), &exports, NULL), PO_OK);
	/* room for the longest, "OIDC_A=" and the line feed, and no more */
	logged.count = 0;
	assert_int_equal(
	    po_exports_apply(exports, claims, &sink, &out, NULL), PO_OK);
	assert_int_equal(out.len, 1024 + 8);
	assert_int_equal(logged.count, 2);
	assert_non_null(strstr(logged.line, "no room"));
	/* and with one byte less, what is behind it */
	po_buf_clear(&out);
	out.max = 1024 + 7;
	assert_int_equal(
	    po_exports_apply(exports, claims, &sink, &out, NULL), PO_OK);
	assert_string_equal(po_buf_str(&out), "OIDC_B=yy\nOIDC_C=x\n");
}

static void
a_value_longer_than_1024_bytes_is_left_out(void **state PO_UNUSED)
{
	AUTO(po_exports_free)
	struct po_exports *exports = exports_of("OIDC_A /a");
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);
	AUTO(po_json_free) struct po_json *claims = NULL;

	po_buf_append_str(&text, "{\"a\":[\"b\"");
	for (int i = 0; i < PO_ENVIRON_VALUE_MAX / 2; i++)
		po_buf_append_str(&text, ",\"a\"");
	po_buf_append_str(&text, "]}");
	claims = json(po_buf_str(&text));
	logged.count = 0;
	assert_int_equal(
	    po_exports_apply(exports, claims, &sink, &out, NULL), PO_OK);
	assert_int_equal(out.len, 0);
	assert_int_equal(logged.count, 1);
	assert_non_null(strstr(logged.line, "too long"));
}

static void
append_pointer(void *arg, const char *pointer)
{
	po_buf_appendf(arg, "%s ", pointer);
}

/* A claim that is missing may be worth a request. */
static void
the_pointers_can_be_asked_for(void **state PO_UNUSED)
{
	static const char *const lines[] = { "OIDC_A /a", "EMAIL  /b/c" };
	AUTO(po_buf_clear) struct po_buf seen = PO_BUF_INIT(64);
	AUTO(po_exports_free) struct po_exports *none = NULL;
	AUTO(po_exports_free) struct po_exports *two = NULL;

	assert_int_equal(parse(NULL, 0, &none, NULL), PO_OK);
	po_exports_each_pointer(none, append_pointer, &seen);
	assert_int_equal(seen.len, 0);
	assert_int_equal(parse(lines, 2, &two, NULL), PO_OK);
	po_exports_each_pointer(two, append_pointer, &seen);
	assert_string_equal(po_buf_str(&seen), "/a /b/c ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_say_where),
		cmocka_unit_test(lines_are_counted),
		cmocka_unit_test(claims_become_values),
		cmocka_unit_test(a_warning_does_not_quote),
		cmocka_unit_test(what_is_too_long_is_left_out),
		cmocka_unit_test(a_value_longer_than_1024_bytes_is_left_out),
		cmocka_unit_test(the_pointers_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
