/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people see in each language: all of it translated, no line too wide,
 * and nothing from anybody's catalogue but ours.  See base/phrase.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/phrase.h"
#include "base/prompt.h"
#include "base/question.h"
#include "base/text.h"
#include "module/outcome.h"
#include "pam_script.h"

#define COLUMNS 76 /* of 80: mail, serial consoles, frames of greeters */
#define C_UTF8 "/usr/lib/locale/C.utf8"
#define ID "Sign-in cancelled."

static const char *const languages[] = { "de_DE.UTF-8", "es_ES.UTF-8",
	"fr_FR.UTF-8", "ja_JP.UTF-8" };

static char locales[] = "/tmp/test_phrase.XXXXXX";
static char catalogues[4096]; /* as they were built */
static bool bind_fails, codeset_fails;

char *__real_bindtextdomain(const char *domain, const char *dir);
char *__wrap_bindtextdomain(const char *domain, const char *dir);
char *__real_bind_textdomain_codeset(const char *domain, const char *codeset);
char *__wrap_bind_textdomain_codeset(const char *domain, const char *codeset);

char *
__wrap_bindtextdomain(const char *domain, const char *dir)
{
	assert_string_equal(dir, PO_LOCALEDIR);
	return bind_fails ? NULL : __real_bindtextdomain(domain, catalogues);
}

char *
__wrap_bind_textdomain_codeset(const char *domain, const char *codeset)
{
	return codeset_fails ? NULL
			     : __real_bind_textdomain_codeset(domain, codeset);
}

/* Names of hosts are of any length. */
int __wrap_gethostname(char *name, size_t size);

int
__wrap_gethostname(char *name, size_t size)
{
	(void)snprintf(name, size, "web1");
	return 0;
}

/* --- locales, which few hosts have ---------------------------------------- */

static void
name_locale(const char *name, bool make)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", locales, name);
	if (make)
		assert_int_equal(symlink(C_UTF8, path), 0);
	else
		assert_int_equal(unlink(path), 0);
}

static void
each_locale(bool make)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(languages); i++)
		name_locale(languages[i], make);
	name_locale("xx_XX.UTF-8", make);
}

static int
setup(void **state)
{
	const char *builddir = getenv("builddir");

	(void)snprintf(catalogues, sizeof(catalogues), "%s/po",
	    builddir != NULL ? builddir : ".");
	if (mkdtemp(locales) == NULL || setenv("LOCPATH", locales, 1) != 0)
		return -1;
	each_locale(true);
	return script_setup(state);
}

static int
teardown(void **state)
{
	each_locale(false);
	(void)rmdir(locales);
	return script_teardown(state);
}

/* As an application does that has these in its environment. */
static void
speak(const char *locale, const char *language)
{
	if (language == NULL)
		assert_int_equal(unsetenv("LANGUAGE"), 0);
	else
		assert_int_equal(setenv("LANGUAGE", language, 1), 0);
	/* gettext looks again when the locale changes */
	assert_non_null(setlocale(LC_ALL, "C"));
	if (access(catalogues, R_OK) != 0 || setlocale(LC_ALL, locale) == NULL)
		skip(); /* built without msgfmt, or no C.UTF-8 here */
}

static void
check_language(const char *expected)
{
	assert_string_equal(po_phrase(ID), expected);
}

#define GERMAN "Anmeldung abgebrochen."
#define JAPANESE                                                               \
	"\xE3\x82\xB5\xE3\x82\xA4\xE3\x83\xB3\xE3\x82\xA4\xE3\x83\xB3\xE3\x82" \
	"\x92\xE4\xB8\xAD\xE6\xAD\xA2\xE3\x81\x97\xE3\x81\xBE\xE3\x81\x97\xE3" \
	"\x81\x9F\xE3\x80\x82"

static int
end_of_test(void **state PO_UNUSED)
{
	bind_fails = codeset_fails = false;
	(void)unsetenv("LANGUAGE");
	(void)unsetenv("OUTPUT_CHARSET");
	(void)setenv("LOCPATH", locales, 1);
	return setlocale(LC_ALL, "C") == NULL ? -1 : 0;
}

/* --- which language, and whose -------------------------------------------- */

/* sshd and whoever else has set no locale, whatever the environment says. */
static void
an_application_without_a_locale_is_english(void **state PO_UNUSED)
{
	speak("C", "de:ja");
	check_language(ID);
}

static void
the_applications_locale_decides(void **state PO_UNUSED)
{
	speak("de_DE.UTF-8", NULL);
	check_language(GERMAN);
	speak("ja_JP.UTF-8", NULL);
	check_language(JAPANESE);
	speak("ja_JP.UTF-8", "xx:de");
	check_language(GERMAN);
	speak("xx_XX.UTF-8", NULL);
	check_language(ID);
	speak("de_DE.UTF-8", NULL);
	assert_int_equal(clearenv(), 0);
	check_language(GERMAN);
}

/* Labels and QR codes are UTF-8: half a text in Latin 1 would be broken. */
static void
another_charset_is_english(void **state PO_UNUSED)
{
	speak("de_DE.UTF-8", NULL);
	assert_non_null(setlocale(LC_CTYPE, "C"));
	check_language(ID);
}

static void
output_charset_changes_nothing(void **state PO_UNUSED)
{
	assert_int_equal(setenv("OUTPUT_CHARSET", "UTF-16", 1), 0);
	speak("ja_JP.UTF-8", NULL);
	check_language(JAPANESE);
}

static void
what_cannot_be_bound_is_english(void **state PO_UNUSED)
{
	speak("de_DE.UTF-8", NULL);
	bind_fails = true;
	check_language(ID);
	bind_fails = false;
	codeset_fails = true;
	check_language(ID);
	codeset_fails = false;
	check_language(GERMAN);
}

/*
 * The attacker's directory has a catalogue, here one of ours in Japanese, and
 * glibc would take it: this process is not setuid.
 */
static void
a_catalogue_in_the_directory_that_language_names(void **state PO_UNUSED)
{
	char ups[128] = "", values[3][5000];

	for (size_t i = 0; i < 32; i++)
		memcpy(ups + 3 * i, "../", 4);
	(void)snprintf(
	    values[0], sizeof(values[0]), "%s%s/ja", ups, catalogues + 1);
	(void)snprintf(
	    values[1], sizeof(values[1]), "xx:%s%s/ja", ups, catalogues + 1);
	/* not of every glibc */
	(void)snprintf(values[2], sizeof(values[2]), "%s/ja", catalogues);
	for (size_t i = 0; i < PO_ARRAY_LEN(values); i++) {
		speak("de_DE.UTF-8", values[i]);
		check_language(ID);
		if (i < 2)
			assert_string_equal(
			    dgettext("pam_oauth", ID), JAPANESE);
	}
	speak("de_DE.UTF-8", "ja");
	check_language(JAPANESE);
}

/* What setlocale lets pass: no "..", but a slash in front. */
static void
a_locale_whose_name_is_a_path(void **state PO_UNUSED)
{
	speak("/ja_JP.UTF-8", NULL);
	check_language(ID);
	assert_string_equal(dgettext("pam_oauth", ID), JAPANESE);
}

/* --- values --------------------------------------------------------------- */

/* Were a catalogue in the wrong hands, it would still be text. */
static void
a_phrase_is_no_format(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);

	PO_PHRASE(&out, 8, "%n%s {user} {nobody} {userx} {user {} {host}{",
	    "user", "a{host}\x1B", "host", "web1.example");
	assert_string_equal(po_buf_str(&out),
	    "%n%s a{host}\xEF\xBF\xBD {nobody} {userx} {user {} web1.exa...{");
}

/* --- everything that is said ---------------------------------------------- */

/* Translated, whole, and no wider than a terminal. */
static void
check_text(const char *locale, const char *text)
{
	const char *p = text;
	mbstate_t state = { 0 };
	int columns = 0;

	if (strchr(text, '{') != NULL || strchr(text, '}') != NULL)
		fail_msg("%s: \"%s\": a value is missing", locale, text);
	for (const char *end = text + strlen(text); p < end;) {
		wchar_t c;
		size_t len = mbrtowc(&c, p, (size_t)(end - p), &state);

		if (len == 0 || len > 4)
			fail_msg("%s: \"%s\": not UTF-8", locale, text);
		p += len;
		columns = c == L'\n' ? 0 : columns + wcwidth(c);
		if (c != L'\n' && wcwidth(c) < 0)
			fail_msg("%s: \"%s\": not printable", locale, text);
		if (columns > COLUMNS)
			fail_msg("%s: \"%s\": wider than %d columns", locale,
			    text, COLUMNS);
	}
}

static void
check_phrase(const char *locale, const char *id)
{
	const char *text = po_phrase(id);

	check_text(locale, text);
	if (strcmp(text, id) == 0)
		fail_msg("%s: \"%s\" is not translated", locale, id);
}

static void
check_prompt(const char *locale, const char *service, const char *user,
    const struct po_msg_prompt *prompt)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	const char *text;

	po_prompt_append(&out, prompt, service, user);
	text = po_buf_str(&out);
	check_text(locale, text);
	assert_null(strstr(text, "Sign in"));
	assert_non_null(strstr(text, prompt->label));
	assert_non_null(strstr(text, user));
	assert_true(prompt->kind == PO_PROMPT_CIBA ||
		    strstr(text, prompt->verification_uri) != NULL);
	assert_non_null(strstr(text, prompt->user_code));
	assert_true(
	    (strstr(text, "sudo") != NULL) == (strcmp(service, "sudo") == 0));
}

static void
prompts_are_said_in_each_language(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(languages); i++) {
		const char *locale = languages[i];
		struct po_msg_prompt prompt = script_example;

		speak(locale, NULL);
		check_prompt(locale, "sudo", "alice", &prompt);
		check_prompt(locale, "sshd", "alice", &prompt);
		check_prompt(locale, "greeter", "", &prompt);
		prompt.renewed = true;
		check_prompt(locale, "login", "alice", &prompt);
		prompt.kind = PO_PROMPT_CIBA;
		check_prompt(locale, "sudo", "alice", &prompt);
	}
}

static void
times_are_said_in_each_language(void **state PO_UNUSED)
{
	static const char *const pairs[][2] = { { PO_PROMPT_WAITING },
		{ PO_PROMPT_STILL } };

	for (size_t i = 0; i < PO_ARRAY_LEN(languages); i++)
		for (size_t j = 0; j < 2 * PO_ARRAY_LEN(pairs); j++) {
			AUTO(po_buf_clear)
			struct po_buf out = PO_BUF_INIT(1024);
			const char *number = j % 2 == 0 ? "119" : "15";

			speak(languages[i], NULL);
			po_prompt_append_left(&out, pairs[j / 2][0],
			    pairs[j / 2][1], j % 2 == 0 ? 119 : 900);
			check_text(languages[i], po_buf_str(&out));
			assert_non_null(strstr(po_buf_str(&out), number));
			assert_null(strstr(po_buf_str(&out), "left"));
		}
}

/* With the answer that the person has in the Enter style, and "again". */
static void
enter_is_asked_for_in_each_language(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(languages); i++)
		for (int64_t left_s = 119; left_s <= 900; left_s += 781) {
			AUTO(script_end) struct script script;
			struct po_msg_prompt prompt = script_example;
			enum po_answer answer;

			speak(languages[i], NULL);
			prompt.style = STYLE_ENTER;
			prompt.qr = "";
			script_begin(&script, "sudo", "q");
			assert_int_equal(
			    script_prompt(&script, &prompt, &answer), PO_OK);
			assert_int_equal(answer, PO_ANSWER_QUIT);
			check_text(languages[i], script.text);
			assert_null(strstr(script.text, "Press"));
			assert_int_equal(
			    po_conversation_again(
				&script.conversation, left_s, &answer, NULL),
			    PO_OK);
			check_text(languages[i], script.text);
			assert_null(strstr(script.text, "Press"));
		}
}

static void
questions_are_asked_in_each_language(void **state PO_UNUSED)
{
	static const struct po_msg_question questions[] = {
		{ PO_QUESTION_YES, 0, "Example SSO" },
		{ PO_QUESTION_NO, 0, "alice@example.com (mfa)" },
		{ PO_QUESTION_NUMBER, 2, "Example SSO\nThe Lab\n" },
		{ PO_QUESTION_SECRET, 0, "Example SSO" },
		{ PO_QUESTION_TEXT, PO_ADVICE_NONE, "" },
		{ PO_QUESTION_TEXT, PO_ADVICE_WHOLE, "" },
		{ PO_QUESTION_TEXT, PO_ADVICE_OTHER, "" },
		{ PO_QUESTION_TEXT, PO_ADVICE_SHORTER, "" },
		{ PO_QUESTION_TEXT, PO_ADVICE_PAGE, "" },
		{ PO_QUESTION_TEXT, PO_ADVICE_NO_CODE, "" },
		{ PO_QUESTION_TEXT, PO_ADVICE_REFUSED, "" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(questions); i++) {
		AUTO(po_buf_clear) struct po_buf english = PO_BUF_INIT(4096);

		assert_true(po_question_valid(&questions[i]));
		speak("C", NULL);
		po_question_append(&english, &questions[i], "alice", NULL);
		check_text("C", po_buf_str(&english));
		for (size_t j = 0; j < PO_ARRAY_LEN(languages); j++) {
			AUTO(po_buf_clear)
			struct po_buf out = PO_BUF_INIT(4096);

			speak(languages[j], NULL);
			po_question_append(&out, &questions[i], "alice", NULL);
			check_text(languages[j], po_buf_str(&out));
			assert_string_not_equal(
			    po_buf_str(&out), po_buf_str(&english));
		}
	}
}

static void
ends_are_said_in_each_language(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(languages); i++) {
		speak(languages[i], NULL);
		for (enum po_status st = PO_OK; st < PO_STATUS_COUNT; st++)
			if (po_outcome(st)->sentence != NULL)
				check_phrase(
				    languages[i], po_outcome(st)->sentence);
	}
}

/* --- answers -------------------------------------------------------------- */

static void
check_answer(const char *locale, const char *typed, int64_t choice)
{
	static const int64_t kinds[] = { PO_QUESTION_YES, PO_QUESTION_NO };

	speak(locale, NULL);
	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		const struct po_msg_question question = { kinds[i], 0, "" };
		int64_t got = -1;

		if (po_question_read(&question, typed, &got) != (choice >= 0) ||
		    (choice >= 0 && got != choice))
			fail_msg(
			    "%s: \"%s\": %lld", locale, typed, (long long)got);
	}
}

static void
yes_and_no_are_the_languages_and_ours(void **state PO_UNUSED)
{
	static const struct {
		const char *locale, *typed;
		int64_t choice; /* -1: no answer */
	} cases[] = {
		{ "de_DE.UTF-8", "j", 1 },
		{ "de_DE.UTF-8", "J", 1 },
		{ "de_DE.UTF-8", "Ja", 1 },
		{ "de_DE.UTF-8", "nein", 0 },
		{ "de_DE.UTF-8", "jawohl", -1 },
		{ "de_DE.UTF-8", "o", -1 },
		{ "fr_FR.UTF-8", "o", 1 },
		{ "fr_FR.UTF-8", "OUI", 1 },
		{ "fr_FR.UTF-8", "Non", 0 },
		{ "fr_FR.UTF-8", "j", -1 },
		{ "es_ES.UTF-8", "s", 1 },
		{ "es_ES.UTF-8", "s\xC3\xAD", 1 },
		{ "es_ES.UTF-8", "s\xE3\xAD", -1 },
		{ "es_ES.UTF-8", "s\xC3", -1 },
		{ "ja_JP.UTF-8", "\xE3\x81\xAF\xE3\x81\x84", 1 },
		/* each byte 32 less, as capitals are */
		{ "ja_JP.UTF-8", "\xC3\x61\x8F\xC3\x61\x64", -1 },
		{ "ja_JP.UTF-8", "\xE3\x81\x84\xE3\x81\x84\xE3\x81\x88", 0 },
		{ "C", "j", -1 },
		{ "C", "ja", -1 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		check_answer(cases[i].locale, cases[i].typed, cases[i].choice);
	for (size_t i = 0; i < PO_ARRAY_LEN(languages); i++) {
		check_answer(languages[i], "y", 1);
		check_answer(languages[i], "Yes", 1);
		check_answer(languages[i], "n", 0);
		check_answer(languages[i], "N", 0);
		check_answer(languages[i], "no", 0);
		check_answer(languages[i], "q", 0);
		check_answer(languages[i], "hunter2", -1);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, end_of_test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_application_without_a_locale_is_english),
		TEST(the_applications_locale_decides),
		TEST(another_charset_is_english),
		TEST(output_charset_changes_nothing),
		TEST(what_cannot_be_bound_is_english),
		TEST(a_catalogue_in_the_directory_that_language_names),
		TEST(a_locale_whose_name_is_a_path),
		TEST(a_phrase_is_no_format),
		TEST(prompts_are_said_in_each_language),
		TEST(times_are_said_in_each_language),
		TEST(enter_is_asked_for_in_each_language),
		TEST(questions_are_asked_in_each_language),
		TEST(ends_are_said_in_each_language),
		TEST(yes_and_no_are_the_languages_and_ours),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
