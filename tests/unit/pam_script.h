/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_UNIT_PAM_SCRIPT_H
#define PO_TESTS_UNIT_PAM_SCRIPT_H

#include "module/conversation.h"

/* A scripted application in front of the real libpam, which needs no root. */

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

/* Group fixtures: a directory with a PAM service. */
int script_setup(void **state);
int script_teardown(void **state);

/* Says `response` (may be NULL) to every prompt. */
void script_begin(
    struct script *script, const char *service, const char *response);
/* Cleanup handler. */
void script_end(struct script *script);

/* The example of DESIGN 4, in the info style. */
extern const struct po_msg_prompt script_example;
#define STYLE_AUTO 0
#define STYLE_INFO 1
#define STYLE_ENTER 2

/* po_conversation_prompt, with its error checked. */
enum po_status script_prompt(struct script *script,
    const struct po_msg_prompt *message, enum po_answer *answer);

/* Shows `message` and expects: `before`, the name of this host, `after`. */
void script_check_shown(struct script *script,
    const struct po_msg_prompt *message, int style, const char *before,
    const char *after);

#endif
