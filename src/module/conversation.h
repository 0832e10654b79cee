/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_CONVERSATION_H
#define PO_MODULE_CONVERSATION_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "base/message.h"

/* Talking to the person through the application's PAM conversation. */
struct po_conversation {
	pam_handle_t *pamh;
	const char *service;
	const char *user; /* "": nobody is named yet (kiosk) */
	bool silent;      /* PAM_SILENT: no reminders */
};

enum po_answer {
	PO_ANSWER_NONE, /* nothing was asked: the text was shown */
	PO_ANSWER_ENTER,
	PO_ANSWER_QUIT /* "q" */
};

/*
 * False for services with nobody to show a URL to, which pass authentication
 * with credentials of their own: a prompt would go nowhere and hold them up.
 */
PO_MUST_USE
bool po_conversation_possible(const struct po_conversation *conversation);

/*
 * Shows URL, code and QR, as text (info style) or as the prompt itself (Enter
 * style, which blocks).  The prompt comes from the helper and is not trusted:
 * PO_E_HELPER for a URL that is not https or a QR that is not one; all text
 * is made printable.  PO_E_CONVERSATION when the application fails.
 */
PO_MUST_USE
enum po_status po_conversation_prompt(
    const struct po_conversation *conversation,
    const struct po_msg_prompt *prompt, enum po_answer *answer,
    struct po_err *err);

/*
 * For PO_PROMPT_PASTE: makes *out what is shown in front of the question that
 * follows.  In one message with it, since sshd before 10.3 keeps information
 * back until the next prompt.
 */
PO_MUST_USE
enum po_status po_conversation_lead(const struct po_conversation *conversation,
    const struct po_msg_prompt *prompt, struct po_buf *out, struct po_err *err);

/*
 * A prompt whose answer shows while it is typed if `echo`; *response is new.
 * Not silenced: PAM_SILENT is about chatter.  PO_E_CONVERSATION.
 */
PO_MUST_USE
enum po_status po_conversation_ask(const struct po_conversation *conversation,
    const char *text, bool echo, char **response, struct po_err *err);

/* "Not approved yet (3 minutes left). Press Enter to check again: " */
PO_MUST_USE
enum po_status po_conversation_again(const struct po_conversation *conversation,
    int64_t left_s, enum po_answer *answer, struct po_err *err);

/* "Still waiting for your approval (3 minutes left)..." unless silent. */
void po_conversation_remind(
    const struct po_conversation *conversation, int64_t left_s);

/* One sentence about the end; NULL says nothing. */
void po_conversation_end(
    const struct po_conversation *conversation, const char *sentence);

#endif
