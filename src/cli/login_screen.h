/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_LOGIN_SCREEN_H
#define PO_CLI_LOGIN_SCREEN_H

#include "base/message.h"

/*
 * What the module's conversation is in a login, for `pam-oauth login`: the
 * person is at our own terminal, and has its language.  All that the helper
 * says is made printable.
 */
struct po_screen {
	const char *service;
	const char *user; /* "": nobody is named */
};

/* Link and code, or what to do on the phone; PO_E_HELPER for a bad link. */
PO_MUST_USE
enum po_status po_screen_prompt(const struct po_screen *screen,
    const struct po_msg_prompt *prompt, struct po_err *err);

void po_screen_remind(int64_t left_s);

/*
 * Asks until the answer makes sense, three times; *answer is an ANSWER whose
 * text is in *typed, a new string.  PO_E_CONVERSATION at the end of input.
 */
PO_MUST_USE
enum po_status po_screen_ask(const struct po_screen *screen,
    const struct po_msg_question *question, struct po_message *answer,
    char **typed, struct po_err *err);

/* One line, made printable. */
void po_screen_line(const char *fmt, ...) PO_PRINTF(1, 2);

#endif
