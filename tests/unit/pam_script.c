/* SPDX-License-Identifier: BSD-2-Clause */
/* A scripted application in front of libpam.  See pam_script.h. */

#include "pam_script.h"

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

static char confdir[] = "/tmp/test_conversation.XXXXXX";

const struct po_msg_prompt script_example = {
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

void
script_end(struct script *script)
{
	assert_int_equal(pam_end(script->pamh, PAM_SUCCESS), PAM_SUCCESS);
}

void
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

int
script_setup(void **state PO_UNUSED)
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

int
script_teardown(void **state PO_UNUSED)
{
	char path[sizeof(confdir) + 10];

	(void)snprintf(path, sizeof(path), "%s/test", confdir);
	(void)unlink(path);
	return rmdir(confdir);
}

static const char *
host(void)
{
	static char name[HOST_NAME_MAX + 1];

	assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
	return name;
}

enum po_status
script_prompt(struct script *script, const struct po_msg_prompt *message,
    enum po_answer *answer)
{
	struct po_err err = { 0 };
	enum po_status st = po_conversation_prompt(
	    &script->conversation, message, answer, &err);

	assert_int_equal(err.status, st);
	return st;
}

void
script_check_shown(struct script *script, const struct po_msg_prompt *message,
    int style, const char *before, const char *after)
{
	enum po_answer answer = PO_ANSWER_QUIT;
	char expected[4096];

	assert_int_equal(script_prompt(script, message, &answer), PO_OK);
	assert_int_equal(script->calls, 1);
	assert_int_equal(script->style, style);
	(void)snprintf(
	    expected, sizeof(expected), "%s%s%s", before, host(), after);
	assert_string_equal(script->text, expected);
	assert_int_equal(
	    answer, style == PAM_TEXT_INFO ? PO_ANSWER_NONE : PO_ANSWER_ENTER);
}
