/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the person sees.  One message at a time and never one a line: sshd
 * before 10.3 dies above 32 queued ones, and the URL must ride in the prompt
 * there.  See conversation.h.
 */

#include "module/conversation.h"

#include <string.h>

#include <security/pam_ext.h>

#include "base/mem.h"
#include "base/phrase.h"
#include "base/prompt.h"
#include "base/text.h"
#include "module/sshd.h"

#define STYLE_INFO 1
#define STYLE_ENTER 2

bool
po_conversation_possible(const struct po_conversation *conversation)
{
	static const char *const services[] = { "cron", "crond", "atd",
		"systemd-user" };
	const struct pam_conv *conv = NULL;
	const void *value = NULL;

	for (size_t i = 0; i < PO_ARRAY_LEN(services); i++)
		if (strcmp(conversation->service, services[i]) == 0)
			return false;
	if (pam_get_item(conversation->pamh, PAM_CONV, &value) != PAM_SUCCESS)
		return false;
	conv = value;
	return conv != NULL && conv->conv != NULL;
}

/* Blanks, '#', half and full blocks, line feeds: what qr.c draws with. */
static bool
is_qr(const char *qr)
{
	while (*qr != '\0') {
		if (*qr == ' ' || *qr == '#' || *qr == '\n')
			qr++;
		else if (strncmp(qr, "\xE2\x96\x80", 3) == 0 ||
			 strncmp(qr, "\xE2\x96\x84", 3) == 0 ||
			 strncmp(qr, "\xE2\x96\x88", 3) == 0)
			qr += 3; /* U+2580, U+2584, U+2588 */
		else
			return false;
	}
	return true;
}

static enum po_status
check_prompt(const struct po_msg_prompt *prompt, struct po_err *err)
{
	const char *complete = prompt->verification_uri_complete;

	if (prompt->kind == PO_PROMPT_CIBA)
		return PO_OK; /* only its user_code is shown */
	if (prompt->kind < 0 || prompt->kind >= PO_PROMPT_KIND_COUNT)
		return po_err_set(
		    err, PO_E_HELPER, "prompt of an unknown kind");
	if (!po_text_is_https_url(prompt->verification_uri) ||
	    (complete[0] != '\0' && !po_text_is_https_url(complete)))
		return po_err_set(
		    err, PO_E_HELPER, "prompt whose URL is not an https URL");
	if (prompt->user_code[0] == '\0' && prompt->kind == PO_PROMPT_DEVICE)
		return po_err_set(err, PO_E_HELPER, "prompt without a code");
	if (!is_qr(prompt->qr))
		return po_err_set(err, PO_E_HELPER,
		    "prompt whose QR code has other characters");
	return PO_OK;
}

enum po_status
po_conversation_ask(const struct po_conversation *conversation,
    const char *text, bool echo, char **response, struct po_err *err)
{
	int r = pam_prompt(conversation->pamh,
	    echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, response, "%s",
	    text);

	if (r != PAM_SUCCESS)
		return po_err_set(
		    err, PO_E_CONVERSATION, "conversation: PAM code %d", r);
	/* a NULL response to a prompt is how some applications say hang-up */
	if (*response == NULL)
		return po_err_set(
		    err, PO_E_CONVERSATION, "conversation: no response");
	return PO_OK;
}

/* "ENTER" or "q"; anything else counts as Enter: people type all sorts. */
static enum po_status
ask(const struct po_conversation *conversation, const char *text,
    enum po_answer *answer, struct po_err *err)
{
	AUTO(po_str_free) char *response = NULL;
	enum po_status st =
	    po_conversation_ask(conversation, text, true, &response, err);

	if (st == PO_OK)
		*answer = strcmp(response, "q") == 0 ? PO_ANSWER_QUIT
						     : PO_ANSWER_ENTER;
	return st;
}

static enum po_status
show(const struct po_conversation *conversation, const char *text,
    struct po_err *err)
{
	int r =
	    pam_prompt(conversation->pamh, po_info_style(), NULL, "%s", text);

	if (r != PAM_SUCCESS)
		return po_err_set(
		    err, PO_E_CONVERSATION, "conversation: PAM code %d", r);
	return PO_OK;
}

static bool
wants_enter(const struct po_conversation *conversation, int64_t style)
{
	if (style == STYLE_INFO || style == STYLE_ENTER)
		return style == STYLE_ENTER;
	return !po_shows_info_at_once(conversation->service);
}

enum po_status
po_conversation_lead(const struct po_conversation *conversation,
    const struct po_msg_prompt *prompt, struct po_buf *out, struct po_err *err)
{
	enum po_status st;

	po_buf_clear(out);
	*out = (struct po_buf)PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	if ((st = check_prompt(prompt, err)) != PO_OK)
		return st;
	po_prompt_append(
	    out, prompt, conversation->service, conversation->user);
	return po_buf_check(out, err);
}

enum po_status
po_conversation_prompt(const struct po_conversation *conversation,
    const struct po_msg_prompt *prompt, enum po_answer *answer,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	bool enter = wants_enter(conversation, prompt->style);
	enum po_status st;

	*answer = PO_ANSWER_NONE;
	if ((st = check_prompt(prompt, err)) != PO_OK)
		return st;
	po_prompt_append(
	    &text, prompt, conversation->service, conversation->user);
	if (enter)
		po_buf_appendf(
		    &text, "%s ", _("Press Enter once you have approved:"));
	else
		po_prompt_append_left(
		    &text, PO_PROMPT_WAITING, prompt->expires_in_s);
	if ((st = po_buf_check(&text, err)) != PO_OK)
		return st;
	return enter ? ask(conversation, po_buf_str(&text), answer, err)
		     : show(conversation, po_buf_str(&text), err);
}

enum po_status
po_conversation_again(const struct po_conversation *conversation,
    int64_t left_s, enum po_answer *answer, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);
	enum po_status st;

	*answer = PO_ANSWER_NONE;
	po_prompt_append_left(&text,
	    N_("Not approved yet ({n} minutes left). "
	       "Press Enter to check again:"),
	    N_("Not approved yet ({n} seconds left). "
	       "Press Enter to check again:"),
	    left_s);
	po_buf_append_char(&text, ' ');
	if ((st = po_buf_check(&text, err)) != PO_OK)
		return st;
	return ask(conversation, po_buf_str(&text), answer, err);
}

void
po_conversation_remind(
    const struct po_conversation *conversation, int64_t left_s)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_PROMPT_TEXT_MAX);

	if (conversation->silent)
		return;
	po_prompt_append_left(&text, PO_PROMPT_STILL, left_s);
	/* chatter: if it cannot be shown, the next prompt will tell */
	(void)!show(conversation, po_buf_str(&text), NULL);
}

void
po_conversation_end(
    const struct po_conversation *conversation, const char *sentence)
{
	if (sentence != NULL)
		(void)pam_error(conversation->pamh, "%s", _(sentence));
}
