/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the person sees and may answer, through the real libpam with a scripted
 * application.  See module/conversation.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "base/mem.h"
#include "module/conversation.h"

#define FFFD "\xEF\xBF\xBD"

static char confdir[] = "/tmp/test_conversation.XXXXXX";

/* One conversation: what the application answers, and what it was told. */
struct script {
	int code;             /* of the conversation function */
	const char *response; /* NULL: none */
	bool no_array;        /* nor an array for it */
	/* what came */
	unsigned calls;
	int style;
	char text[64 * 1024];
	/* ours */
	pam_handle_t *pamh;
	struct po_conversation conversation;
};

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **responses, void *arg)
{
	struct script *script = arg;
	size_t len = strlen(messages[0]->msg);

	/* one message at a time: sshd before 10.3 dies above 32 */
	assert_int_equal(count, 1);
	assert_true(len < sizeof(script->text));
	script->calls++;
	script->style = messages[0]->msg_style;
	memcpy(script->text, messages[0]->msg, len + 1);
	*responses = NULL;
	if (script->code != PAM_SUCCESS || script->no_array)
		return script->code;
	*responses = calloc(1, sizeof(**responses));
	assert_non_null(*responses);
	if (script->response != NULL &&
	    (script->style == PAM_PROMPT_ECHO_ON ||
		script->style == PAM_PROMPT_ECHO_OFF)) {
		(*responses)->resp = strdup(script->response);
		assert_non_null((*responses)->resp);
	}
	return PAM_SUCCESS;
}

static void
script_end(struct script *script)
{
	assert_int_equal(pam_end(script->pamh, PAM_SUCCESS), PAM_SUCCESS);
}

static void
script_begin(struct script *script, const char *service, const char *response)
{
	const struct pam_conv conv = { .conv = converse,
		.appdata_ptr = script };

	*script = (struct script){
		.code = PAM_SUCCESS,
		.response = response,
	};
	assert_int_equal(
	    pam_start_confdir("test", "alice", &conv, confdir, &script->pamh),
	    PAM_SUCCESS);
	script->conversation = (struct po_conversation){
		.pamh = script->pamh,
		.service = service,
		.user = "alice",
	};
}

static int
make_confdir(void **state PO_UNUSED)
{
	char path[sizeof(confdir) + 10];
	FILE *file;

	if (mkdtemp(confdir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/test", confdir);
	if ((file = fopen(path, "we")) == NULL)
		return -1;
	(void)fputs("auth required pam_permit.so\n", file);
	return fclose(file);
}

static int
remove_confdir(void **state PO_UNUSED)
{
	char path[sizeof(confdir) + 10];

	(void)snprintf(path, sizeof(path), "%s/test", confdir);
	(void)unlink(path);
	return rmdir(confdir);
}

/* The example of DESIGN 4. */
static const struct po_msg_prompt example = {
	.label = "Example SSO",
	.message = "",
	.verification_uri = "https://sso.example.com/device",
	.verification_uri_complete =
	    "https://sso.example.com/device?user_code=WDJB-MJHT",
	.user_code = "WDJB-MJHT",
	.qr = "\xE2\x96\x80 \xE2\x96\x84\xE2\x96\x88#\n",
	.expires_in_s = 300,
	.style = 1,
};
#define STYLE_AUTO 0
#define STYLE_INFO 1
#define STYLE_ENTER 2

static const char *
host(void)
{
	static char name[HOST_NAME_MAX + 1];

	assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
	return name;
}

static enum po_status
prompt(struct script *script, const struct po_msg_prompt *message,
    enum po_answer *answer)
{
	struct po_err err = { 0 };
	enum po_status st = po_conversation_prompt(
	    &script->conversation, message, answer, &err);

	assert_int_equal(err.status, st);
	return st;
}

/* Shows `message` and expects: `before`, the name of this host, `after`. */
static void
check_shown(struct script *script, const struct po_msg_prompt *message,
    int style, const char *before, const char *after)
{
	enum po_answer answer = PO_ANSWER_QUIT;
	char expected[4096];

	assert_int_equal(prompt(script, message, &answer), PO_OK);
	assert_int_equal(script->calls, 1);
	assert_int_equal(script->style, style);
	(void)snprintf(
	    expected, sizeof(expected), "%s%s%s", before, host(), after);
	assert_string_equal(script->text, expected);
	assert_int_equal(
	    answer, style == PAM_TEXT_INFO ? PO_ANSWER_NONE : PO_ANSWER_ENTER);
}

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
	check_shown(&script, &example, PAM_TEXT_INFO,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

static void
enter_style_is_one_prompt(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;

	message.style = STYLE_ENTER;
	script_begin(&script, "sudo", "");
	check_shown(&script, &message, PAM_PROMPT_ECHO_ON,
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n" BODY "Press Enter once you have approved: ");
}

static void
login_services_log_in(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	script_begin(&script, "sshd", NULL);
	check_shown(&script, &example, PAM_TEXT_INFO,
	    "Sign in with Example SSO to log in as alice on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

static void
a_renewed_code_says_so(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;

	message.renewed = true;
	script_begin(&script, "sudo", NULL);
	check_shown(&script, &message, PAM_TEXT_INFO,
	    "The code has lapsed; here is a new one.\n\n"
	    "Sign in with Example SSO to use sudo as alice on ",
	    ":\n\n" BODY "Waiting for your approval (5 minutes left)...");
}

static void
the_administrators_message_stands_in_front(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;

	message.message = "Trouble? Call 4711.";
	message.qr = "";
	script_begin(&script, "sudo", NULL);
	check_shown(&script, &message, PAM_TEXT_INFO,
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
		{ "sshd", PAM_PROMPT_ECHO_ON },
	};
	static const int64_t styles[] = { STYLE_AUTO, 3, -1, INT64_MAX };

	for (size_t i = 0; i < PO_ARRAY_LEN(services); i++)
		for (size_t j = 0; j < PO_ARRAY_LEN(styles); j++) {
			AUTO(script_end) struct script script;
			struct po_msg_prompt message = example;
			enum po_answer answer;

			message.style = styles[j];
			script_begin(&script, services[i].service, "");
			assert_int_equal(
			    prompt(&script, &message, &answer), PO_OK);
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
		struct po_msg_prompt message = example;
		enum po_answer answer;

		message.expires_in_s = times[i].seconds;
		script_begin(&script, "sudo", NULL);
		assert_int_equal(prompt(&script, &message, &answer), PO_OK);
		assert_non_null(strstr(script.text, times[i].text));
	}
}

static void
hardly_any_time_makes_no_sense_to_overflow(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;
	enum po_answer answer;

	message.expires_in_s = INT64_MAX;
	script_begin(&script, "sudo", NULL);
	assert_int_equal(prompt(&script, &message, &answer), PO_OK);
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
		struct po_msg_prompt message = example;
		enum po_answer answer = PO_ANSWER_NONE;

		message.style = STYLE_ENTER;
		script_begin(&script, "sshd", answers[i].response);
		assert_int_equal(prompt(&script, &message, &answer), PO_OK);
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
		struct po_msg_prompt message = example;
		enum po_answer answer = PO_ANSWER_ENTER;
		struct po_err err = { 0 };

		message.style = STYLE_ENTER;
		script_begin(&script, "sshd", NULL);
		script.no_array = no_array != 0;
		assert_int_equal(
		    prompt(&script, &message, &answer), PO_E_CONVERSATION);
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
			struct po_msg_prompt message = example;
			enum po_answer answer = PO_ANSWER_ENTER;

			message.style = style;
			script_begin(&script, "sshd", "");
			script.code = codes[i];
			assert_int_equal(prompt(&script, &message, &answer),
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
	assert_int_equal(prompt(&script, &example, &answer), PO_OK);
	assert_int_equal(script.calls, 1);
	assert_non_null(strstr(script.text, example.verification_uri));
	assert_non_null(strstr(script.text, example.user_code));
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

/* --- a helper in other hands --- */

static void
check_refused(const struct po_msg_prompt *message)
{
	for (int64_t style = STYLE_INFO; style <= STYLE_ENTER; style++) {
		AUTO(script_end) struct script script;
		struct po_msg_prompt styled = *message;
		enum po_answer answer = PO_ANSWER_ENTER;

		styled.style = style;
		script_begin(&script, "sshd", "");
		assert_int_equal(
		    prompt(&script, &styled, &answer), PO_E_HELPER);
		assert_int_equal(answer, PO_ANSWER_NONE);
		assert_int_equal(script.calls, 0);
	}
}

static void
only_https_urls_are_shown(void **state PO_UNUSED)
{
	static const char *const urls[] = { "http://sso.example.com/device",
		"https://user:pass@sso.example.com/device",
		"https://sso.example.com@evil.example/", "javascript:alert(1)",
		"https://sso.example.com/\x1B[2J", "https://a/ b",
		"https://a/\nhttps://b/", "https://a/\xE2\x80\xAE" };

	for (size_t i = 0; i < PO_ARRAY_LEN(urls); i++) {
		struct po_msg_prompt message = example;

		message.verification_uri = urls[i];
		check_refused(&message);
		message = example;
		message.verification_uri_complete = urls[i];
		check_refused(&message);
	}
}

static void
the_complete_url_alone_may_be_missing(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;
	enum po_answer answer;

	message.verification_uri_complete = "";
	script_begin(&script, "sudo", NULL);
	assert_int_equal(prompt(&script, &message, &answer), PO_OK);
	message.verification_uri = "";
	check_refused(&message);
}

static void
a_prompt_without_a_code_is_refused(void **state PO_UNUSED)
{
	struct po_msg_prompt message = example;

	message.user_code = "";
	check_refused(&message);
}

static void
a_qr_code_has_no_other_characters(void **state PO_UNUSED)
{
	static const char *const qrs[] = { "x", "## ##\n\x1B[2J", "\t", "\r\n",
		"\xE2\x96", "\xE2", "\x96\x80", "\xE2\x96\x81", "#\xFF",
		"\xE2\x80\xAE", "## https://evil.example/ ##" };

	for (size_t i = 0; i < PO_ARRAY_LEN(qrs); i++) {
		struct po_msg_prompt message = example;

		message.qr = qrs[i];
		check_refused(&message);
	}
}

static void
text_from_elsewhere_is_made_printable(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;

	message.label = "Ex\x1B[2Jample\nSSO";
	message.message = "\x1B]0;owned\x07%s%n";
	message.user_code = "WDJB\r\x9B"
			    "2J\xE2\x80\xAE";
	message.qr = "";
	script_begin(&script, "su\ndo", NULL);
	script.conversation.user = "ali\x1B"
				   "ce";
	check_shown(&script, &message, PAM_TEXT_INFO,
	    FFFD "]0;owned" FFFD "%s%n\n\n"
		 "Sign in with Ex" FFFD "[2Jample" FFFD "SSO to use su" FFFD
		 "do as ali" FFFD "ce on ",
	    ":\n\n"
	    "    https://sso.example.com/device\n"
	    "    code: WDJB" FFFD FFFD "2J" FFFD "\n\n"
	    "Waiting for your approval (5 minutes left)...");
}

static void
long_text_is_cut_and_the_url_stays_whole(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = example;
	static char text[257], url[2049], qr[32769];
	enum po_answer answer;

	memset(text, 'x', sizeof(text) - 1);
	memset(url, 'u', sizeof(url) - 1);
	memcpy(url, "https://", 8);
	memset(qr, '#', sizeof(qr) - 1);
	message.label = message.message = message.user_code = text;
	message.verification_uri = message.verification_uri_complete = url;
	message.qr = qr;
	script_begin(&script, text, "");
	script.conversation.user = text;
	assert_int_equal(prompt(&script, &message, &answer), PO_OK);
	assert_non_null(strstr(script.text, url));
	text[65] = '\0';
	text[64] = '.';
	assert_null(strstr(script.text, "code: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
					"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
	assert_non_null(strstr(script.text, "...\n\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(info_style_shows_and_waits),
		cmocka_unit_test(enter_style_is_one_prompt),
		cmocka_unit_test(login_services_log_in),
		cmocka_unit_test(a_renewed_code_says_so),
		cmocka_unit_test(the_administrators_message_stands_in_front),
		cmocka_unit_test(auto_style_asks_where_text_may_be_held_back),
		cmocka_unit_test(the_time_left_is_in_words),
		cmocka_unit_test(hardly_any_time_makes_no_sense_to_overflow),
		cmocka_unit_test(answers_are_enter_or_q),
		cmocka_unit_test(again_asks_with_the_time_left),
		cmocka_unit_test(no_response_is_a_failed_conversation),
		cmocka_unit_test(a_conversation_error_is_a_failed_conversation),
		cmocka_unit_test(a_reminder_is_a_line_of_text),
		cmocka_unit_test(silence_is_for_reminders_and_not_for_the_url),
		cmocka_unit_test(the_end_is_one_sentence_or_none),
		cmocka_unit_test(only_https_urls_are_shown),
		cmocka_unit_test(the_complete_url_alone_may_be_missing),
		cmocka_unit_test(a_prompt_without_a_code_is_refused),
		cmocka_unit_test(a_qr_code_has_no_other_characters),
		cmocka_unit_test(text_from_elsewhere_is_made_printable),
		cmocka_unit_test(long_text_is_cut_and_the_url_stays_whole),
	};

	return cmocka_run_group_tests(tests, make_confdir, remove_confdir);
}
