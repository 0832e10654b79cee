/* SPDX-License-Identifier: BSD-2-Clause */
/* Prompts from a helper in other hands.  See module/conversation.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <security/pam_appl.h>

#include "base/mem.h"
#include "pam_script.h"

#define FFFD "\xEF\xBF\xBD"

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
		    script_prompt(&script, &styled, &answer), PO_E_HELPER);
		assert_int_equal(answer, PO_ANSWER_NONE);
		assert_int_equal(script.calls, 0);
	}
}

static void
only_https_urls_are_shown(void **state PO_UNUSED)
{
	static const char *const urls[] = { "http://sso.example.com/device",
		"https://user:pass@sso.example.com/device",
		"https://sso.example.com@evil.script_example/",
		"javascript:alert(1)", "https://sso.example.com/\x1B[2J",
		"https://a/ b", "https://a/\nhttps://b/",
		"https://a/\xE2\x80\xAE" };

	for (size_t i = 0; i < PO_ARRAY_LEN(urls); i++) {
		struct po_msg_prompt message = script_example;

		message.verification_uri = urls[i];
		check_refused(&message);
		message = script_example;
		message.verification_uri_complete = urls[i];
		check_refused(&message);
	}
}

static void
the_complete_url_alone_may_be_missing(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;
	enum po_answer answer;

	message.verification_uri_complete = "";
	script_begin(&script, "sudo", NULL);
	assert_int_equal(script_prompt(&script, &message, &answer), PO_OK);
	message.verification_uri = "";
	check_refused(&message);
}

static void
a_prompt_without_a_code_is_refused(void **state PO_UNUSED)
{
	struct po_msg_prompt message = script_example;

	message.user_code = "";
	check_refused(&message);
}

static void
a_prompt_of_no_known_kind_is_refused(void **state PO_UNUSED)
{
	static const int64_t kinds[] = { -1, PO_PROMPT_KIND_COUNT,
		INT64_C(1) << 32, INT64_MIN };

	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		struct po_msg_prompt message = script_example;

		message.kind = kinds[i];
		check_refused(&message);
	}
}

static void
a_link_in_front_of_a_question_is_https(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf lead = PO_BUF_INIT(0);
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;

	message.kind = PO_PROMPT_PASTE;
	message.verification_uri = "http://sso.example.com/";
	script_begin(&script, "sudo", NULL);
	assert_int_equal(
	    po_conversation_lead(&script.conversation, &message, &lead, NULL),
	    PO_E_HELPER);
	assert_int_equal(lead.len, 0);
	message.kind = PO_PROMPT_LINK;
	check_refused(&message);
}

/* Nor is a link or a code shown beside a push, whatever came with it. */
static void
a_push_shows_one_line_and_nothing_else(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;
	enum po_answer answer;

	message.kind = PO_PROMPT_CIBA;
	message.verification_uri = "http://evil.example/\x1B[2J";
	message.verification_uri_complete = "javascript:alert(1)";
	message.qr = "go to http://evil.example/";
	message.user_code = "a\nWaiting\x1B[2J\xE2\x80\xAE";
	script_begin(&script, "sudo", NULL);
	assert_int_equal(script_prompt(&script, &message, &answer), PO_OK);
	assert_null(strstr(script.text, "evil"));
	assert_null(strstr(script.text, "javascript"));
	assert_non_null(strstr(script.text,
	    "    It says: a" FFFD "Waiting" FFFD "[2J" FFFD "\n\n"));
}

static void
a_qr_code_has_no_other_characters(void **state PO_UNUSED)
{
	static const char *const qrs[] = { "x", "## ##\n\x1B[2J", "\t", "\r\n",
		"\xE2\x96", "\xE2", "\x96\x80", "\xE2\x96\x81", "#\xFF",
		"\xE2\x80\xAE", "## https://evil.script_example/ ##" };

	for (size_t i = 0; i < PO_ARRAY_LEN(qrs); i++) {
		struct po_msg_prompt message = script_example;

		message.qr = qrs[i];
		check_refused(&message);
	}
}

static void
text_from_elsewhere_is_made_printable(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_msg_prompt message = script_example;

	message.label = "Ex\x1B[2Jample\nSSO";
	message.message = "\x1B]0;owned\x07%s%n";
	message.user_code = "WDJB\r\x9B"
			    "2J\xE2\x80\xAE";
	message.qr = "";
	script_begin(&script, "su\ndo", NULL);
	script.conversation.user = "ali\x1B"
				   "ce";
	script_check_shown(&script, &message, PAM_TEXT_INFO,
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
	struct po_msg_prompt message = script_example;
	static char text[257], url[2049], qr[32769];
	char heading[512], code[128];
	enum po_answer answer;

	/* as long as base/message.c lets them be */
	memset(text, 'x', sizeof(text) - 1);
	memset(url, 'u', sizeof(url) - 1);
	memcpy(url, "https://", 8);
	memset(qr, '#', sizeof(qr) - 1);
	message.label = message.message = message.user_code = text;
	message.verification_uri = message.verification_uri_complete = url;
	message.qr = qr;
	script_begin(&script, text, "");
	script.conversation.user = text;
	assert_int_equal(script_prompt(&script, &message, &answer), PO_OK);
	(void)snprintf(heading, sizeof(heading),
	    "\n\nSign in with %.64s... to use %.64s... as %.64s... on ", text,
	    text, text);
	(void)snprintf(code, sizeof(code), "\n    code: %.64s...\n\n#", text);
	assert_non_null(strstr(script.text, heading));
	assert_non_null(strstr(script.text, code));
	assert_non_null(strstr(script.text, url));
	assert_non_null(strstr(script.text, qr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_https_urls_are_shown),
		cmocka_unit_test(the_complete_url_alone_may_be_missing),
		cmocka_unit_test(a_prompt_without_a_code_is_refused),
		cmocka_unit_test(a_prompt_of_no_known_kind_is_refused),
		cmocka_unit_test(a_link_in_front_of_a_question_is_https),
		cmocka_unit_test(a_push_shows_one_line_and_nothing_else),
		cmocka_unit_test(a_qr_code_has_no_other_characters),
		cmocka_unit_test(text_from_elsewhere_is_made_printable),
		cmocka_unit_test(long_text_is_cut_and_the_url_stays_whole),
	};

	return cmocka_run_group_tests(tests, script_setup, script_teardown);
}
