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
	/* we stand there for other services: no way comes by us, and there is
	 * one with a proof */
	bool passes_by;
	struct po_pam_way without_us; /* ours was not called at all */
	struct po_pam_way past_us;    /* ours was called, and said `ours` */
};

void po_pam_walk(const struct po_pam_stack *stack, enum po_pam_type type,
    enum po_pam_code ours, struct po_pam_ways *out);

const struct po_pam_line *po_pam_first_of_ours(
    const struct po_pam_stack *stack, enum po_pam_type type);

/*
 * Where pam_succeed_if.so asks for the service and nothing else ("service in
 * A:B", "notin"), its answer is known: from here on it has no other.
 */
void po_pam_decide(struct po_pam_stack *stack, const char *service);
/* Such a line stands above this one, in the same file. */
bool po_pam_is_gated(
    const struct po_pam_stack *stack, const struct po_pam_line *line);

/* Asks who or where it is, and takes no proof: pam_succeed_if and the like. */
bool po_pam_is_condition(const struct po_pam_line *line);

#endif
