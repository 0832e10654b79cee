/* SPDX-License-Identifier: BSD-2-Clause */
/* What the person sees and may answer.  See module/conversation.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <security/pam_appl.h>

#include "base/mem.h"
#include "pam_script.h"

#define BODY                                                                   \
	"    https://sso.example.com/device\n"                                 \
	"    code: WDJB-MJHT\n"                                                \
	"\n"                                                                   \
	"\xE2\x96\x80 \xE2\x96\x84\xE2\x96\x88#\n"

static void
info_style_shows_and_waits(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", NULL);
	script_check_shown(&script, &script_example, PAM_TEXT_INFO,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

static void
enter_style_is_one_prompt(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;

	message.style = STYLE_ENTER;
	script_begin(&script, "sudo", "");
	script_check_shown(&script, &message, PAM_PROMPT_ECHO_ON,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n" BODY "Press Enter once you have approved: ");
}

static void
login_services_log_in(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sshd", NULL);
	script_check_shown(&script, &script_example, PAM_TEXT_INFO,
	    "Sign in with Example SSO to log in as alice on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

/* A kiosk, whatever its service is called. */
static void
nobody_is_named_and_logs_in(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "my-greeter", NULL);
	script.conversation.user = "";
	script_check_shown(&script, &script_example, PAM_TEXT_INFO,
	    "Sign in with Example SSO to log in on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

static void
a_renewed_code_says_so(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;

	message.renewed = true;
	script_begin(&script, "sudo", NULL);
	script_check_shown(&script, &message, PAM_TEXT_INFO,
	    "The code has lapsed; here is a new one.\n\n"
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

/* CIBA: nothing to open, and what to compare. */
static void
a_push_has_no_link(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	AUTO(script_end) struct script enter;
	struct po_msg_prompt message = script_example;

	message.kind = PO_PROMPT_CIBA;
	message.user_code = "web1_sudo_ls#4F7K";
	script_begin(&script, "sudo", NULL);
	script_check_shown(&script, &message, PAM_TEXT_INFO,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n    Approve the request on your phone.\n"
	    "    It says: web1_sudo_ls#4F7K\n\n"
	    "Waiting for your approval (5 minutes left)...");
	message.user_code = "";
	message.style = STYLE_ENTER;
	script_begin(&enter, "sudo", "");
	script_check_shown(&enter, &message, PAM_PROMPT_ECHO_ON,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n    Approve the request on your phone.\n\n"
	    "Press Enter once you have approved: ");
}

static void
a_link_may_have_no_code(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf lead = PO_BUF_INIT(0);
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;

	message.kind = PO_PROMPT_LINK;
	message.user_code = "";
	message.qr = "";
	script_begin(&script, "sudo", NULL);
	script_check_shown(&script, &message, PAM_TEXT_INFO,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n    https://sso.example.com/device\n\n"
	    "Waiting for your approval (5 minutes left)...");
	/* and what stands in front of a question is not shown by itself */
	script.calls = 0;
	message.kind = PO_PROMPT_PASTE;
	assert_int_equal(
	    po_conversation_lead(&script.conversation, &message, &lead, NULL),
	    PO_OK);
	assert_non_null(strstr(
	    po_buf_str(&lead), ":\n\n    https://sso.example.com/device\n\n"));
	assert_int_equal(script.calls, 0);
}

static void
the_administrators_message_stands_in_front(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;

	message.message = "Trouble? Call 4711.";
	message.qr = "";
	script_begin(&script, "sudo", NULL);
	script_check_shown(&script, &message, PAM_TEXT_INFO,
	    "Trouble? Call 4711.\n\n"
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n"
	    "    https://sso.example.com/device\n"
	    "    code: WDJB-MJHT\n"
	    "\n"
	    "Waiting for your approval (5 minutes left)...");
}

/* The test is no sshd; for a service called so it must not guess. */
static void
auto_style_asks_where_text_may_be_held_back(void **state PO_UNUSED)
{
	static const struct {
		const char *service;
		int style;
	} services[] = {
		{ "sudo", PAM_TEXT_INFO },
		{ "login", PAM_TEXT_INFO },
		{ "gdm-password", PAM_TEXT_INFO },
		{ "cockpit", PAM_PROMPT_ECHO_ON },
		{ "sshd", PAM_PROMPT_ECHO_ON },
	};
	static const int64_t styles[] = { STYLE_AUTO, 3, -1, INT64_MAX };

	for (size_t i = 0; i < PO_ARRAY_LEN(services); i++)
		for (size_t j = 0; j < PO_ARRAY_LEN(styles); j++) {
			AUTO(script_end) struct script script;
			struct po_msg_prompt message = script_example;
			enum po_answer answer;

			message.style = styles[j];
			script_begin(&script, services[i].service, "");
			assert_int_equal(
			    script_prompt(&script, &message, &answer), PO_OK);
			assert_int_equal(script.style, services[i].style);
		}
}

static void
the_time_left_is_in_words(void **state PO_UNUSED)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} times[] = {
		{ INT64_MIN, "(0 seconds left)" },
		{ -1, "(0 seconds left)" },
		{ 0, "(0 seconds left)" },
		{ 60, "(60 seconds left)" },
		{ 119, "(119 seconds left)" },
		{ 120, "(2 minutes left)" },
		{ 149, "(2 minutes left)" },
		{ 150, "(3 minutes left)" },
		{ 299, "(5 minutes left)" },
		{ 900, "(15 minutes left)" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(times); i++) {
		AUTO(script_end) struct script script;
		struct po_msg_prompt message = script_example;
		enum po_answer answer;

		message.expires_in_s = times[i].seconds;
		script_begin(&script, "sudo", NULL);
		assert_int_equal(
		    script_prompt(&script, &message, &answer), PO_OK);
		assert_non_null(strstr(script.text, times[i].text));
	}
}

static void
an_endless_time_does_not_overflow(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;
	enum po_answer answer;

	message.expires_in_s = INT64_MAX;
	script_begin(&script, "sudo", NULL);
	assert_int_equal(script_prompt(&script, &message, &answer), PO_OK);
	assert_non_null(strstr(script.text, " minutes left)"));
	assert_null(strstr(script.text, "(-"));
}

/* "q" alone gives up; everything else counts as Enter. */
static void
answers_are_enter_or_q(void **state PO_UNUSED)
{
	static const struct {
		const char *response;
		enum po_answer answer;
	} answers[] = {
		{ "", PO_ANSWER_ENTER },
		{ "yes", PO_ANSWER_ENTER },
		{ "quit", PO_ANSWER_ENTER },
		{ "WDJB-MJHT", PO_ANSWER_ENTER },
		{ "\x1B[A", PO_ANSWER_ENTER },
		{ "q", PO_ANSWER_QUIT },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(answers); i++) {
		AUTO(script_end) struct script script;
		struct po_msg_prompt message = script_example;
		enum po_answer answer = PO_ANSWER_NONE;

		message.style = STYLE_ENTER;
		script_begin(&script, "sshd", answers[i].response);
		assert_int_equal(
		    script_prompt(&script, &message, &answer), PO_OK);
		assert_int_equal(answer, answers[i].answer);
		answer = PO_ANSWER_NONE;
		assert_int_equal(po_conversation_again(
				     &script.conversation, 60, &answer, NULL),
		    PO_OK);
		assert_int_equal(answer, answers[i].answer);
	}
}

static void
again_asks_with_the_time_left(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	enum po_answer answer = PO_ANSWER_NONE;

	script_begin(&script, "sshd", "");
	assert_int_equal(
	    po_conversation_again(&script.conversation, 180, &answer, NULL),
	    PO_OK);
	assert_int_equal(answer, PO_ANSWER_ENTER);
	assert_int_equal(script.style, PAM_PROMPT_ECHO_ON);
	assert_string_equal(script.text, "Not approved yet (3 minutes left). "
					 "Press Enter to check again: ");
}

/* How applications say that nobody is there any more. */
static void
no_response_is_a_failed_conversation(void **state PO_UNUSED)
{
	for (int no_array = 0; no_array < 2; no_array++) {
		AUTO(script_end) struct script script;
		struct po_msg_prompt message = script_example;
		enum po_answer answer = PO_ANSWER_ENTER;
		struct po_err err = { 0 };

		message.style = STYLE_ENTER;
		script_begin(&script, "sshd", NULL);
		script.no_array = no_array != 0;
		assert_int_equal(script_prompt(&script, &message, &answer),
		    PO_E_CONVERSATION);
		assert_int_equal(answer, PO_ANSWER_NONE);
		answer = PO_ANSWER_ENTER;
		assert_int_equal(po_conversation_again(
				     &script.conversation, 60, &answer, &err),
		    PO_E_CONVERSATION);
		assert_int_equal(answer, PO_ANSWER_NONE);
		assert_string_equal(err.text, "conversation: no response");
	}
}

static void
a_conversation_error_is_a_failed_conversation(void **state PO_UNUSED)
{
	static const int codes[] = { PAM_CONV_ERR, PAM_CONV_AGAIN, PAM_BUF_ERR,
		PAM_ABORT };

	for (size_t i = 0; i < PO_ARRAY_LEN(codes); i++)
		for (int64_t style = STYLE_INFO; style <= STYLE_ENTER;
		     style++) {
			AUTO(script_end) struct script script;
			struct po_msg_prompt message = script_example;
			enum po_answer answer = PO_ANSWER_ENTER;

			message.style = style;
			script_begin(&script, "sshd", "");
			script.code = codes[i];
			assert_int_equal(
			    script_prompt(&script, &message, &answer),
			    PO_E_CONVERSATION);
			assert_int_equal(answer, PO_ANSWER_NONE);
			assert_int_equal(script.calls, 1);
		}
}

static void
a_reminder_is_a_line_of_text(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", NULL);
	po_conversation_remind(&script.conversation, 180);
	assert_int_equal(script.calls, 1);
	assert_int_equal(script.style, PAM_TEXT_INFO);
	assert_string_equal(
	    script.text, "Still waiting for your approval (3 minutes left)...");
	/* nor is an error worth ending a login */
	script.code = PAM_CONV_ERR;
	po_conversation_remind(&script.conversation, 180);
	assert_int_equal(script.calls, 2);
}

/* PAM_SILENT, which sudo always passes. */
static void
silence_is_for_reminders_and_not_for_the_url(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	enum po_answer answer;

	script_begin(&script, "sudo", NULL);
	script.conversation.silent = true;
	po_conversation_remind(&script.conversation, 180);
	assert_int_equal(script.calls, 0);
	assert_int_equal(
	    script_prompt(&script, &script_example, &answer), PO_OK);
	assert_int_equal(script.calls, 1);
	assert_non_null(strstr(script.text, script_example.verification_uri));
	assert_non_null(strstr(script.text, script_example.user_code));
	po_conversation_end(&script.conversation, "Sign-in cancelled.");
	assert_int_equal(script.calls, 2);
}

static void
the_end_is_one_sentence_or_none(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sudo", NULL);
	po_conversation_end(&script.conversation, NULL);
	assert_int_equal(script.calls, 0);
	po_conversation_end(&script.conversation, "100%s");
	assert_int_equal(script.calls, 1);
	assert_int_equal(script.style, PAM_ERROR_MSG);
	assert_string_equal(script.text, "100%s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(info_style_shows_and_waits),
		cmocka_unit_test(enter_style_is_one_prompt),
		cmocka_unit_test(login_services_log_in),
		cmocka_unit_test(nobody_is_named_and_logs_in),
		cmocka_unit_test(a_renewed_code_says_so),
		cmocka_unit_test(a_push_has_no_link),
		cmocka_unit_test(a_link_may_have_no_code),
		cmocka_unit_test(the_administrators_message_stands_in_front),
		cmocka_unit_test(auto_style_asks_where_text_may_be_held_back),
		cmocka_unit_test(the_time_left_is_in_words),
		cmocka_unit_test(an_endless_time_does_not_overflow),
		cmocka_unit_test(answers_are_enter_or_q),
		cmocka_unit_test(again_asks_with_the_time_left),
		cmocka_unit_test(no_response_is_a_failed_conversation),
		cmocka_unit_test(a_conversation_error_is_a_failed_conversation),
		cmocka_unit_test(a_reminder_is_a_line_of_text),
		cmocka_unit_test(silence_is_for_reminders_and_not_for_the_url),
		cmocka_unit_test(the_end_is_one_sentence_or_none),
	};

	return cmocka_run_group_tests(tests, script_setup, script_teardown);
}
