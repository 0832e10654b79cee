/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_PAM_WALK_H
#define PO_CLI_PAM_WALK_H

#include "cli/pam_stack.h"

/*
 * Every way through the lines of one type, as libpam would go (its
 * _pam_dispatch), with ours answering `ours` and all others whatever they can
 * answer.  Which of these ways end in success?
 */
struct po_pam_way {
	bool found;
	/* the module that took a proof (a password, a code), if any did */
	const struct po_pam_line *proof;
	/* the line that ended the stack before us, or jumped over us */
	const struct po_pam_line *skip;
};

struct po_pam_ways {
	struct po_pam_way without_us; /* ours was not called at all */
	struct po_pam_way past_us;    /* ours was called, and said `ours` */
};

void po_pam_walk(const struct po_pam_stack *stack, enum po_pam_type type,
    enum po_pam_code ours, struct po_pam_ways *out);

/* Asks who or where it is, and takes no proof: pam_succeed_if and the like. */
bool po_pam_is_condition(const struct po_pam_line *line);

#endif
