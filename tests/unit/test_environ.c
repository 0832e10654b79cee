/* SPDX-License-Identifier: BSD-2-Clause */
/* What may stand in the environment of a session.  See base/environ.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/environ.h"
#include "base/mem.h"

/* `start`, and `byte` up to a length of `len`. */
static char *
long_text(const char *start, size_t len, char byte)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(len);
	char *text = NULL;

	po_buf_append_str(&buf, start);
	while (buf.len < len)
		po_buf_append_char(&buf, byte);
	assert_int_equal(po_buf_take_str(&buf, &text, NULL), PO_OK);
	return text;
}

static void
names_are_a_whitelist(void **state PO_UNUSED)
{
	static const char *const good[] = { "OIDC_A", "OIDC_SUB", "OIDC__",
		"OIDC_9", "OAUTH_X", "OAUTH_TOKEN_FILE_2", "EMAIL", "DEBEMAIL",
		"DEBFULLNAME", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
		"GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL" };
	static const char *const bad[] = { "", "OIDC", "OIDC_", "OAUTH_",
		"oidc_a", "OIDC_a", "OIDC_A=", "OIDC_A ", " OIDC_A", "OIDC-A",
		"OIDC_\xc3\x84", "OIDC_A\n", "XOIDC_A", "9OIDC_A", "EMAILS",
		"EMAI", "GIT_SSH", "GIT_AUTHOR_NAME_X" };

	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++)
		if (!po_environ_name_allowed(good[i]))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		if (po_environ_name_allowed(bad[i]))
			fail_msg("\"%s\" is allowed", bad[i]);
}

/* What gives orders to a loader, a shell, an interpreter; and what is ours. */
static void
variables_that_run_code_are_no_names(void **state PO_UNUSED)
{
	static const char *const names[] = { "LD_PRELOAD", "LD_LIBRARY_PATH",
		"LD_AUDIT", "GCONV_PATH", "GLIBC_TUNABLES", "PATH", "IFS",
		"ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "CDPATH",
		"BASH_FUNC_ls%%", "PYTHONPATH", "PYTHONSTARTUP", "PERL5LIB",
		"PERL5OPT", "RUBYOPT", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS",
		"GIT_SSH_COMMAND", "GIT_EDITOR", "EDITOR", "PAGER", "SHELL",
		"HOME", "USER", "LOGNAME", "MAIL", "TZ", "LANG", "LC_ALL",
		"TERM", "TMPDIR", "XDG_RUNTIME_DIR", "DISPLAY", "SSH_AUTH_SOCK",
		"KRB5CCNAME", "http_proxy", "HTTP_PROXY", "SSL_CERT_FILE",
		"OPENSSL_CONF", "PAM_OAUTH_SESSION", "PAM_OAUTH_SUB",
		"OAUTH_TOKEN_FILE" };

	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		if (po_environ_name_allowed(names[i]))
			fail_msg("%s is allowed", names[i]);
}

static void
names_have_64_bytes_at_most(void **state PO_UNUSED)
{
	AUTO(po_str_free)
	char *longest = long_text("OIDC_", PO_ENVIRON_NAME_MAX, 'A');
	AUTO(po_str_free)
	char *longer = long_text("OIDC_", PO_ENVIRON_NAME_MAX + 1, 'A');

	assert_true(po_environ_name_allowed(longest));
	assert_false(po_environ_name_allowed(longer));
}

static void
values_are_text_that_nobody_obeys(void **state PO_UNUSED)
{
	static const char *const good[] = { "", "a", "0", "Alice Example",
		"alice@example.com", "O'Hara", "linux-users,linux-admins",
		"https://sso.example.com/a", "a=b+c_d", "+49", "/home/alice",
		"J\xc3\xbcrgen", "\xe5\xb1\xb1\xe7\x94\xb0",
		"\xf0\x9f\x90\xa7" };

	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++)
		if (!po_environ_value_allowed(good[i]))
			fail_msg("\"%s\" is refused", good[i]);
	for (unsigned byte = 1; byte < 0x80; byte++) {
		const char text[] = { 'a', (char)byte, 'b', '\0' };
		bool allowed =
		    strchr(
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789@.,:/+=_-' ",
			(int)byte) != NULL;

		if (po_environ_value_allowed(text) != allowed)
			fail_msg("byte %02x", byte);
	}
}

static void
values_that_are_orders_are_refused(void **state PO_UNUSED)
{
	static const char *const bad[] = { "$(reboot)", "`reboot`", "${IFS}",
		"() { :; }; reboot", "a;b", "a|b", "a&b", "a>b", "a\nb", "a\rb",
		"a\tb", "\x1b[2J", "a\x7f", "-rf", "--", "-", " a", "a ", " ",
		"a\"b", "a\\b", "~root", "*", "a?", "[a]", "a#b", "a!b", "100%",
		/* C1, soft hyphen, bidirectional, zero width, line separator,
		 * byte order mark */
		"a\xc2\x9b"
		"b",
		"a\xc2\xad"
		"b",
		"a\xe2\x80\xae"
		"b",
		"a\xe2\x80\x8b"
		"b",
		"a\xe2\x80\xa8"
		"b",
		"\xef\xbb\xbf"
		"a",
		/* not UTF-8: stray, cut short, overlong, a surrogate */
		"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80" };

	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		if (po_environ_value_allowed(bad[i]))
			fail_msg("value %zu (\"%s\") is allowed", i, bad[i]);
}

static void
values_have_1024_bytes_at_most(void **state PO_UNUSED)
{
	AUTO(po_str_free)
	char *longest = long_text("", PO_ENVIRON_VALUE_MAX, 'a');
	AUTO(po_str_free)
	char *longer = long_text("", PO_ENVIRON_VALUE_MAX + 1, 'a');

	assert_true(po_environ_value_allowed(longest));
	assert_false(po_environ_value_allowed(longer));
}

/* --- lines --- */

static enum po_status
note(void *arg, const char *line, struct po_err *err)
{
	struct po_buf *seen = arg;

	po_buf_appendf(seen, "[%s]", line);
	return strcmp(line, "OIDC_STOP=1") == 0
		   ? po_err_set(err, PO_E_NOMEM, "stopped")
		   : PO_OK;
}

static void
lines_are_put_one_by_one(void **state PO_UNUSED)
{
	static const struct {
		const char *lines;
		enum po_status status;
		const char *seen;
	} cases[] = {
		{ "", PO_OK, "" },
		{ "EMAIL=a@b.example\n", PO_OK, "[EMAIL=a@b.example]" },
		{ "OIDC_A=\nOIDC_B=x=y\n", PO_OK, "[OIDC_A=][OIDC_B=x=y]" },
		{ "OIDC_STOP=1\nOIDC_B=2\n", PO_E_NOMEM, "[OIDC_STOP=1]" },
		/* one bad line, and nothing is put */
		{ "OIDC_A=1", PO_E_HELPER, "" },
		{ "OIDC_A=1\nOIDC_B=2", PO_E_HELPER, "" },
		{ "OIDC_A=1\nLD_PRELOAD=x\n", PO_E_HELPER, "" },
		{ "OIDC_A=1\n\n", PO_E_HELPER, "" },
		{ "\n", PO_E_HELPER, "" },
		{ "OIDC_A\n", PO_E_HELPER, "" },
		{ "=1\n", PO_E_HELPER, "" },
		{ "OIDC_A=1\r\n", PO_E_HELPER, "" },
		{ "OIDC_A=$x\n", PO_E_HELPER, "" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf seen = PO_BUF_INIT(1024);
		struct po_err err = { 0 };

		assert_int_equal(
		    po_environ_each(cases[i].lines, note, &seen, &err),
		    cases[i].status);
		assert_int_equal(err.status, cases[i].status);
		assert_string_equal(po_buf_str(&seen), cases[i].seen);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_a_whitelist),
		cmocka_unit_test(variables_that_run_code_are_no_names),
		cmocka_unit_test(names_have_64_bytes_at_most),
		cmocka_unit_test(values_are_text_that_nobody_obeys),
		cmocka_unit_test(values_that_are_orders_are_refused),
		cmocka_unit_test(values_have_1024_bytes_at_most),
		cmocka_unit_test(lines_are_put_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
