/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people type when they are asked, and what the module makes of it.  See
 * base/question.h and module/question.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include <security/pam_appl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/question.h"
#include "module/question.h"
#include "pam_script.h"

static const struct po_msg_question yes = { PO_QUESTION_YES, 0, "Example SSO" };
static const struct po_msg_question no = { PO_QUESTION_NO, 0, "alice (mfa)" };
static const struct po_msg_question menu = { PO_QUESTION_NUMBER, 3,
	"A\nB\nC\n" };
static const struct po_msg_question text = { PO_QUESTION_TEXT, PO_ADVICE_NONE,
	"" };
static const struct po_msg_question secret = { PO_QUESTION_SECRET, 0,
	"Example SSO" };
/* the words are the module's, so no helper can ask for a password */
static const struct po_msg_question not_its_words = { PO_QUESTION_TEXT,
	PO_ADVICE_NONE, "Password of alice:" };

#define PASTE                                                                  \
	"Open it in a browser, sign in, and paste the code that you are "      \
	"shown, or\nthe whole address of that page (at most 510 characters): "

#define MAX_BYTES                                                              \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- what it means ---------------------------------------------------------
 */

static void
answers_mean_what_they_say(void **state PO_UNUSED)
{
	static const struct {
		const struct po_msg_question *question;
		const char *typed;
		int64_t choice;
	} cases[] = {
		{ &yes, "", 1 },
		{ &yes, "y", 1 },
		{ &yes, "Y", 1 },
		{ &yes, "yes", 1 },
		{ &yes, "YES", 1 },
		{ &yes, "yEs", 1 },
		{ &yes, "n", 0 },
		{ &yes, "No", 0 },
		{ &yes, "q", 0 },
		{ &no, "", 0 },
		{ &no, "y", 1 },
		{ &no, "N", 0 },
		{ &no, "Q", 0 },
		{ &menu, "", 0 },
		{ &menu, "q", 0 },
		{ &menu, "1", 1 },
		{ &menu, "3", 3 },
		{ &text, "", 0 },
		{ &text, "q", 0 },
		{ &text, "https://localhost/?code=1", 1 },
		{ &text, " ", 1 },
		{ &text, "no", 1 },
		{ &text, MAX_BYTES, 1 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		int64_t choice = -1;

		if (!po_question_read(
			cases[i].question, cases[i].typed, &choice) ||
		    choice != cases[i].choice)
			fail_msg("case %zu, \"%s\": %lld", i, cases[i].typed,
			    (long long)choice);
		assert_true(po_question_has(cases[i].question, choice));
	}
}

static void
anything_else_is_no_answer(void **state PO_UNUSED)
{
	static const struct {
		const struct po_msg_question *question;
		const char *typed;
	} cases[] = {
		{ &yes, " " },
		{ &yes, "y " },
		{ &yes, " y" },
		{ &yes, "ye" },
		{ &yes, "yess" },
		{ &yes, "yes\n" },
		{ &yes, "1" },
		{ &yes, "ok" },
		{ &yes, "hunter2" },
		{ &yes, "\xC3\xBD" },
		{ &yes, "9" }, /* 'Y' with another bit */
		{ &no, "true" },
		{ &no, "n0" },
		{ &no, "quit" },
		{ &menu, "0" },
		{ &menu, "4" },
		{ &menu, "-1" },
		{ &menu, "+1" },
		{ &menu, "1 " },
		{ &menu, "1)" },
		{ &menu, "0x1" },
		{ &menu, "4294967297" },
		{ &menu, "18446744073709551617" },
		{ &menu, "y" },
		{ &text, MAX_BYTES "!" },
		{ &yes, MAX_BYTES "!" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		int64_t choice;

		if (po_question_read(
			cases[i].question, cases[i].typed, &choice))
			fail_msg("case %zu, \"%s\"", i, cases[i].typed);
	}
}

static void
only_known_questions_are_asked(void **state PO_UNUSED)
{
	static const struct {
		int64_t kind, count;
		bool valid;
	} cases[] = {
		{ PO_QUESTION_YES, 0, true },
		{ PO_QUESTION_NO, 0, true },
		{ PO_QUESTION_TEXT, 0, true },
		{ PO_QUESTION_SECRET, 0, true },
		{ PO_QUESTION_NUMBER, 1, true },
		{ PO_QUESTION_NUMBER, 9, true },
		{ PO_QUESTION_NUMBER, 0, false },
		{ PO_QUESTION_NUMBER, 10, false },
		{ PO_QUESTION_NUMBER, -1, false },
		{ PO_QUESTION_YES, 1, false },
		{ PO_QUESTION_TEXT, -1, false },
		{ PO_QUESTION_TEXT, PO_ADVICE_REFUSED, true },
		{ PO_QUESTION_TEXT, PO_ADVICE_COUNT, false },
		{ PO_QUESTION_SECRET, 1, false },
		{ PO_QUESTION_KINDS, 0, false },
		{ -1, 0, false },
		{ INT64_C(1) << 32, 0, false },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_msg_question question = { cases[i].kind,
			cases[i].count, "" };
		int64_t choice;

		assert_int_equal(po_question_valid(&question), cases[i].valid);
		if (cases[i].kind == PO_QUESTION_KINDS)
			assert_false(po_question_read(&question, "y", &choice));
	}
	assert_false(po_question_has(&yes, 2));
	assert_false(po_question_has(&menu, 4));
	assert_false(po_question_has(&menu, -1));
}

/* --- asked by the module -------------------------------------------------- */

/* Asks for a helper, and has its end of the socket read what it is sent. */
static enum po_status
relay_with(struct script *script, const char *lead,
    const struct po_msg_question *question, struct po_message *answer)
{
	AUTO(po_ipc_close) struct po_ipc ours = { .fd = -1 };
	AUTO(po_ipc_close) struct po_ipc helper = { .fd = -1 };
	AUTO(po_buf_clear) struct po_buf front = PO_BUF_INIT(64);
	struct po_err err = { 0 };
	enum po_status st;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	ours.fd = ends[0];
	helper.fd = ends[1];
	po_buf_append_str(&front, lead);
	st = po_question_relay(
	    &script->conversation, &ours, &front, question, &err);
	assert_int_equal(front.len, 0);
	assert_int_equal(err.status, st);
	helper.allowed[PO_MSG_ANSWER] = 1;
	if (st == PO_OK)
		assert_int_equal(
		    po_ipc_receive(&helper, 0, answer, NULL), PO_OK);
	return st;
}

static enum po_status
relay(struct script *script, const struct po_msg_question *question,
    struct po_message *answer)
{
	return relay_with(script, "", question, answer);
}

static void
what_stands_in_front_is_shown_once(void **state PO_UNUSED)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;
	AUTO(script_end) struct script nonsense;

	script_begin(&script, "sudo", "y");
	assert_int_equal(relay_with(&script, "Link\n\n", &yes, &answer), PO_OK);
	assert_string_equal(
	    script.text, "Link\n\nSign in with Example SSO? [Y/n] ");
	po_message_clear(&answer);
	script_begin(&nonsense, "sudo", "hm");
	assert_int_equal(
	    relay_with(&nonsense, "Link\n\n", &yes, &answer), PO_OK);
	assert_string_equal(nonsense.text,
	    "That is not an answer.\nSign in with Example SSO? [Y/n] ");
}

static void
a_question_shows_its_choices(void **state PO_UNUSED)
{
	static const struct {
		const struct po_msg_question *question;
		const char *typed, *shown;
		int64_t choice;
		const char *text;
	} cases[] = {
		{ &yes, "", "Sign in with Example SSO? [Y/n] ", 1, "" },
		{ &no, "", "Approved by alice (mfa). Continue? [y/N] ", 0, "" },
		{ &menu, "2",
		    "Sign in with:\n  1) A\n  2) B\n  3) C\n"
		    "Number (1-3, or q for none): ",
		    2, "" },
		{ &text, "abc", PASTE, 1, "abc" },
		{ &text, "q", PASTE, 0, "" },
		{ &not_its_words, "q", PASTE, 0, "" },
		{ &secret, "4711", "User code of alice at Example SSO: ", 1,
		    "4711" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_message_clear) struct po_message answer = { 0 };
		AUTO(script_end) struct script script;

		script_begin(&script, "sudo", cases[i].typed);
		/* sudo's, and no chatter */
		script.conversation.silent = true;
		assert_int_equal(
		    relay(&script, cases[i].question, &answer), PO_OK);
		assert_int_equal(script.calls, 1);
		assert_int_equal(script.style, cases[i].question == &secret
						   ? PAM_PROMPT_ECHO_OFF
						   : PAM_PROMPT_ECHO_ON);
		assert_string_equal(script.text, cases[i].shown);
		assert_true(answer.answer.choice == cases[i].choice);
		assert_string_equal(answer.answer.text, cases[i].text);
	}
}

/* Nor does the helper learn what was typed: it may be a password. */
static void
nonsense_is_a_no_at_the_third_time(void **state PO_UNUSED)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", "hunter2");
	assert_int_equal(relay(&script, &yes, &answer), PO_OK);
	assert_int_equal(script.calls, 3);
	assert_string_equal(script.text,
	    "That is not an answer.\nSign in with Example SSO? [Y/n] ");
	assert_int_equal(answer.answer.choice, 0);
	assert_string_equal(answer.answer.text, "");
}

static void
an_answer_that_is_too_long_is_none(void **state PO_UNUSED)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", MAX_BYTES "!");
	assert_int_equal(relay(&script, &secret, &answer), PO_OK);
	assert_int_equal(script.calls, 3);
	assert_string_equal(script.text,
	    "That is longer than the 512 characters that fit here.\n"
	    "User code of alice at Example SSO: ");
	assert_int_equal(answer.answer.choice, 0);
	assert_string_equal(answer.answer.text, "");
}

/* One limit, the 510 of the question; and the objection to what was pasted
 * before it is not repeated. */
static void
a_paste_that_is_too_long_is_not_told_two_limits(void **state PO_UNUSED)
{
	static const struct po_msg_question again = { PO_QUESTION_TEXT,
		PO_ADVICE_NO_CODE, "" };
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", MAX_BYTES "!");
	assert_int_equal(relay(&script, &again, &answer), PO_OK);
	assert_int_equal(script.calls, 3);
	assert_string_equal(script.text,
	    "That is too long to arrive here whole: paste less of it,\n"
	    "from \"code=\" on, or the code alone.\n" PASTE);
	assert_int_equal(answer.answer.choice, 0);
	assert_string_equal(answer.answer.text, "");
}

static void
escape_sequences_in_a_question_are_not_shown(void **state PO_UNUSED)
{
	static const struct po_msg_question nasty = { PO_QUESTION_YES, 0,
		"\x1b[2J\x1b]0;owned\a\n\xE2\x80\xAE\xFFok\r" };
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", "");
	assert_int_equal(relay(&script, &nasty, &answer), PO_OK);
	assert_string_equal(script.text,
	    "Sign in with \xEF\xBF\xBD[2J\xEF\xBF\xBD]0;owned\xEF\xBF\xBD"
	    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDok\xEF\xBF\xBD? [Y/n] ");
}

static void
a_question_of_no_kind_is_not_asked(void **state PO_UNUSED)
{
	static const struct po_msg_question unknown = { PO_QUESTION_KINDS, 0,
		"Password:" };
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", "");
	assert_int_equal(relay(&script, &unknown, &answer), PO_E_HELPER);
	assert_int_equal(script.calls, 0);
}

static void
without_a_response_there_is_no_answer(void **state PO_UNUSED)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", NULL);
	assert_int_equal(relay(&script, &yes, &answer), PO_E_CONVERSATION);
	script.code = PAM_CONV_ERR;
	assert_int_equal(relay(&script, &yes, &answer), PO_E_CONVERSATION);
	assert_int_equal(script.calls, 2);
}

/* Its RESULT is there already, and says more. */
static void
a_helper_that_left_is_no_failure(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	AUTO(po_ipc_close) struct po_ipc ours = { .fd = -1 };
	struct po_buf none = PO_BUF_INIT(0);
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	ours.fd = ends[0];
	po_fd_close(&ends[1]);
	script_begin(&script, "sudo", "y");
	assert_int_equal(
	    po_question_relay(&script.conversation, &ours, &none, &yes, NULL),
	    PO_OK);
}

/* --- who has approved ----------------------------------------------------- */

static enum po_status
confirm(struct script *script, const char *approver, int64_t left_ms)
{
	const struct po_message grant = {
		.type = PO_MSG_GRANT,
		.grant = { .approver = approver },
	};
	struct po_err err = { 0 };
	enum po_status st = po_question_confirm(
	    &script->conversation, &grant, po_clock_ms() + left_ms, &err);

	assert_int_equal(err.status, st);
	return st;
}

static void
only_a_yes_confirms(void **state PO_UNUSED)
{
	static const struct {
		const char *typed;
		enum po_status status;
		unsigned calls;
	} cases[] = {
		{ "y", PO_OK, 1 },
		{ "YES", PO_OK, 1 },
		{ "", PO_E_NOT_CONFIRMED, 1 },
		{ "n", PO_E_NOT_CONFIRMED, 1 },
		{ "q", PO_E_NOT_CONFIRMED, 1 },
		{ "alice", PO_E_NOT_CONFIRMED, 3 },
		{ NULL, PO_E_CONVERSATION, 1 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(script_end) struct script script;

		script_begin(&script, "sshd", cases[i].typed);
		script.conversation.silent = true;
		assert_int_equal(
		    confirm(&script, "alice@example.com (mfa)", 60000),
		    cases[i].status);
		assert_int_equal(script.calls, cases[i].calls);
		assert_int_equal(script.style, PAM_PROMPT_ECHO_ON);
		assert_non_null(strstr(script.text,
		    "Approved by alice@example.com (mfa). Continue? [y/N] "));
	}
}

static void
a_yes_after_the_deadline_comes_too_late(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", "y");
	assert_int_equal(confirm(&script, "alice", -1), PO_E_EXPIRED);
	script.response = "n";
	assert_int_equal(confirm(&script, "alice", -1), PO_E_NOT_CONFIRMED);
}

/* A name that answers itself, or hides what it is. */
static void
a_name_cannot_make_lines_of_its_own(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", "y");
	assert_int_equal(
	    confirm(&script,
		"alice\r\nApproved by bob\x1b[1A\xE2\x80\xAE\xC2\x9B", 60000),
	    PO_OK);
	assert_string_equal(script.text,
	    "Approved by alice\xEF\xBF\xBD\xEF\xBF\xBD"
	    "Approved by bob\xEF\xBF\xBD[1A\xEF\xBF\xBD\xEF\xBF\xBD. "
	    "Continue? [y/N] ");
}

static void
nobody_is_confirmed_unseen(void **state PO_UNUSED)
{
	static const struct po_message none;
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", "y");
	assert_int_equal(confirm(&script, "", 60000), PO_E_HELPER);
	assert_int_equal(po_question_confirm(&script.conversation, &none,
			     po_clock_ms() + 60000, NULL),
	    PO_E_HELPER);
	assert_int_equal(script.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_mean_what_they_say),
		cmocka_unit_test(anything_else_is_no_answer),
		cmocka_unit_test(only_known_questions_are_asked),
		cmocka_unit_test(what_stands_in_front_is_shown_once),
		cmocka_unit_test(a_question_shows_its_choices),
		cmocka_unit_test(nonsense_is_a_no_at_the_third_time),
		cmocka_unit_test(an_answer_that_is_too_long_is_none),
		cmocka_unit_test(
		    a_paste_that_is_too_long_is_not_told_two_limits),
		cmocka_unit_test(escape_sequences_in_a_question_are_not_shown),
		cmocka_unit_test(a_question_of_no_kind_is_not_asked),
		cmocka_unit_test(without_a_response_there_is_no_answer),
		cmocka_unit_test(a_helper_that_left_is_no_failure),
		cmocka_unit_test(only_a_yes_confirms),
		cmocka_unit_test(a_yes_after_the_deadline_comes_too_late),
		cmocka_unit_test(a_name_cannot_make_lines_of_its_own),
		cmocka_unit_test(nobody_is_confirmed_unseen),
	};

	return cmocka_run_group_tests(tests, script_setup, script_teardown);
}
