/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines and sections: what inih would take, cut or guess at is an error. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config_text.h"

/* The text of the only `require` line. */
static void
assert_require(const char *text, const char *expected)
{
	AUTO(po_config_free) struct po_config *config = good_config(text);
	AUTO(po_settings_clear) struct po_settings settings = { 0 };

	assert_int_equal(
	    po_config_settings(config, "sudo", NULL, &settings, NULL), PO_OK);
	assert_int_equal(settings.require.count, 1);
	assert_string_equal(settings.require.text[0], expected);
}

static void
layout_means_nothing(void **state PO_UNUSED)
{
	static const char *const texts[] = {
		CORP "[access]\nrequire = /a has b\n",
		CORP "[access]\nrequire = /a has b",
		CORP "[access]\nrequire=/a has b\n",
		CORP "  [access]  \n\t require \t=\t /a has b \t\n",
		CORP "[access]\r\nrequire = /a has b\r\n",
		CORP "\n\n# x\n; y = z\n  # [x]\n[access]\n\n"
		     "require = /a has b\n# end",
		/* what inih takes for the continuation of client_id */
		CORP "   [access]\n   require = /a has b\n",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++)
		assert_require(texts[i], "/a has b");
}

static void
a_value_is_all_behind_the_first_equals_sign(void **state PO_UNUSED)
{
	static const char *const values[] = {
		"/a has b=c",
		"/a has x:y",
		"/a has \"x #1\" y",
		"/a has x#1",
		"/a has x;y",
		"/a has [x]",
		"\"/a\" has \"b\"",
		"[x]",
		"=",
		"/a has \"\"",
		"/a has b\\",
		"/a\thas b",
		"/a has \xC3\xBC",
		"/a has ]",
		";x",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(values); i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024);

		po_buf_appendf(
		    &text, CORP "[access]\nrequire =%s\n", values[i]);
		assert_require(po_buf_str(&text), values[i]);
	}
}

static void
mistakes_are_named_with_their_line(void **state PO_UNUSED)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		/* sections */
		{ CORP "[access\nrequire = /a has b\n",
		    "f:4: section without \"]\"" },
		{ CORP "[access] # rules\n",
		    "f:4: text behind the \"]\" of a section" },
		{ CORP "[access]require = /a has b\n",
		    "f:4: text behind the \"]\" of a section" },
		{ CORP "[access]]\n",
		    "f:4: text behind the \"]\" of a section" },
		{ CORP "[]\n", "f:4: section without a name" },
		{ CORP "[acount]\n",
		    "f:4: unknown section [acount]; did you mean [account]?" },
		{ CORP "[providers x]\n",
		    "f:4: unknown section [providers x]; did you mean "
		    "[provider NAME]?" },
		{ CORP "[nothing]\n", "f:4: unknown section [nothing]" },
		{ CORP "[Account]\n",
		    "f:4: unknown section [Account]; did you mean [account]?" },
		{ CORP "[ access]\n", "f:4: unknown section [ access]" },
		{ CORP "[service]\n",
		    "f:4: section [service] needs a name: [service NAME]" },
		{ CORP "[access sudo]\n",
		    "f:4: section [access] takes no name" },
		{ CORP "[provider a b]\n",
		    "f:4: \"a b\" is no name for a provider: 1 to 32 of the "
		    "characters A-Z a-z 0-9 _ -" },
		{ CORP "[provider a.b]\n",
		    "f:4: \"a.b\" is no name for a provider: 1 to 32 of the "
		    "characters A-Z a-z 0-9 _ -" },
		{ CORP "[service SSHD]\n",
		    "f:4: \"SSHD\" is no name for a service: 1 to 32 of the "
		    "characters a-z 0-9 . _ -" },
		{ CORP "[service aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n",
		    "f:4: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is no name "
		    "for a service: 1 to 32 of the characters a-z 0-9 . _ -" },
		{ CORP "[service aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n",
		    "f:4: section name longer than 49 bytes" },
		{ CORP "[access]\n[prompt]\n[access]\n",
		    "f:6: section [access] stands in line 4 already" },
		{ CORP "[provider\tcorp]\n",
		    "f:4: section [provider\tcorp] stands in line 1 already" },
		/* lines */
		{ "issuer = https://x\n", "f:1: option before the first "
					  "[section]" },
		{ CORP "nonce\n",
		    "f:4: a line is \"[section]\", \"name = value\" or a "
		    "comment that begins with \"#\"" },
		{ CORP "// comment\n",
		    "f:4: a line is \"[section]\", \"name = value\" or a "
		    "comment that begins with \"#\"" },
		{ "[provider corp]\nissuer: https://x\n",
		    "f:2: a line is \"[section]\", \"name = value\" or a "
		    "comment that begins with \"#\"" },
		{ CORP "label: x=y\n",
		    "f:4: \"=\" stands between name and value, not \":\"" },
		{ CORP "= x\n", "f:4: no name in front of \"=\"" },
		{ CORP "label =\n", "f:4: option \"label\": no value" },
		{ CORP "label = \n", "f:4: option \"label\": no value" },
		{ CORP "label = x ; the label\n",
		    "f:4: a comment needs a line of its own: a value cannot "
		    "have \" ;\", nor \" #\" outside double quotes" },
		{ CORP "nonce = yes  # send it\n",
		    "f:4: a comment needs a line of its own: a value cannot "
		    "have \" ;\", nor \" #\" outside double quotes" },
		{ CORP "[access]\nrequire = /a has \"b ;c\"\n",
		    "f:5: a comment needs a line of its own: a value cannot "
		    "have \" ;\", nor \" #\" outside double quotes" },
		{ CORP "[access]\nrequire = /a has \"b\" #c\n",
		    "f:5: a comment needs a line of its own: a value cannot "
		    "have \" ;\", nor \" #\" outside double quotes" },
		{ CORP "label = one\n   two\n",
		    "f:5: a line is \"[section]\", \"name = value\" or a "
		    "comment that begins with \"#\"" },
		/* bytes */
		{ "\xEF\xBB\xBF" CORP,
		    "f:1: the file begins with a byte order mark: save it as "
		    "UTF-8 without one" },
		{ CORP "label = \xFC\n", "f:4: line is not UTF-8" },
		{ CORP "# \xFC\n", "f:4: line is not UTF-8" },
		{ CORP "label = \x1B[1m\n", "f:4: control character 0x1b" },
		{ CORP "label = a\rb\n", "f:4: control character 0x0d" },
		{ CORP "label = a\f\n", "f:4: control character 0x0c" },
		{ CORP "label = a\r\r\n", "f:4: control character 0x0d" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		bad_config(cases[i].text, cases[i].message);
}

static void
a_nul_ends_nothing(void **state PO_UNUSED)
{
	static const char text[] = CORP "label = a\0b\n";
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };

	assert_int_equal(
	    po_config_parse("f", text, sizeof(text) - 1, &config, &err),
	    PO_E_CONFIG);
	assert_string_equal(err.text, "f:4: control character 0x00");
}

/* inih reads 197 bytes of a line; ours are as long as config.h says. */
static void
long_lines_arrive_whole(void **state PO_UNUSED)
{
	for (size_t len = 150; len < 700; len++) {
		AUTO(po_buf_clear) struct po_buf value = PO_BUF_INIT(1024);
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(2048);

		/* blanks and comment signs wherever a piece might end */
		while (value.len < len)
			po_buf_append_char(
			    &value, "/a has \"b ##=[]:x;\""[value.len % 19]);
		po_buf_append_char(&value, '.');
		po_buf_appendf(
		    &text, CORP "[access]\nrequire = %s\n", po_buf_str(&value));
		assert_require(po_buf_str(&text), po_buf_str(&value));
	}
}

static void
a_line_has_a_longest_length(void **state PO_UNUSED)
{
	static const char start[] = "require = ";
	char message[80];

	(void)snprintf(message, sizeof(message),
	    "f:5: line longer than %d bytes", PO_CONFIG_LINE_MAX);
	for (size_t extra = 0; extra < 2; extra++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(16384);

		po_buf_appendf(&text, CORP "[access]\n%s", start);
		for (size_t n = strlen(start); n < PO_CONFIG_LINE_MAX + extra;
		     n++)
			po_buf_append_char(&text, 'x');
		po_buf_append_char(&text, '\n');
		if (extra == 0) {
			AUTO(po_config_free)
			struct po_config *config =
			    good_config(po_buf_str(&text));

			assert_non_null(config);
		} else {
			bad_config(po_buf_str(&text), message);
		}
	}
}

static void
what_inih_cannot_be_given_is_an_error(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);

	po_buf_append_str(&text, CORP "[access]\nrequire = /a has b");
	for (int i = 0; i < 300; i++)
		po_buf_append_char(&text, ' ');
	po_buf_append_str(&text, "c\n");
	bad_config(po_buf_str(&text), "f:5: too many blanks in a long line");
	po_buf_clear(&text);
	po_buf_append_str(&text, CORP "[access]\nrequire =");
	for (int i = 0; i < 300; i++)
		po_buf_append_char(&text, ' ');
	po_buf_append_str(&text, "c\n");
	bad_config(po_buf_str(&text), "f:5: too many blanks in a long line");
}

/* Names that inih would cut to 49 bytes, and so take for another. */
static void
long_names_are_not_cut(void **state PO_UNUSED)
{
	bad_config(CORP "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaa = x\n",
	    "f:4: unknown option \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaa...\"");
	bad_config(CORP "device_authorization_endpoint_and_more_to_come = x\n",
	    "f:4: unknown option "
	    "\"device_authorization_endpoint_and_more_to_come\"");
}

static void
files_and_lines_are_counted(void **state PO_UNUSED)
{
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_CONFIG_MAX + 1);
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };

	po_buf_append_str(&text, CORP "[access]\n");
	for (int i = 0; i < PO_CONFIG_ENTRIES_MAX - 2; i++)
		po_buf_append_str(&text, "require = /a has b\n");
	config = good_config(po_buf_str(&text));
	po_config_free(&config);
	po_buf_append_str(&text, "require = /a has b\n");
	bad_config(po_buf_str(&text), "f:2003: more than 2000 options");

	po_buf_clear(&text);
	po_buf_append_str(&text, CORP);
	for (int i = 0; i < PO_CONFIG_ENTRIES_MAX; i++)
		po_buf_appendf(&text, "[service s%d]\n", i);
	bad_config(po_buf_str(&text), "f:2003: more than 2000 sections");

	po_buf_clear(&text);
	while (text.len <= PO_CONFIG_MAX)
		po_buf_append_char(&text, '\n');
	assert_int_equal(
	    po_config_parse("f", text.data, text.len, &config, &err),
	    PO_E_CONFIG);
	assert_string_equal(err.text, "f: larger than 262144 bytes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_means_nothing),
		cmocka_unit_test(a_value_is_all_behind_the_first_equals_sign),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(a_nul_ends_nothing),
		cmocka_unit_test(long_lines_arrive_whole),
		cmocka_unit_test(a_line_has_a_longest_length),
		cmocka_unit_test(what_inih_cannot_be_given_is_an_error),
		cmocka_unit_test(long_names_are_not_cut),
		cmocka_unit_test(files_and_lines_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
