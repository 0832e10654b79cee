/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_VERDICT_H
#define PO_TESTS_FAULT_VERDICT_H

#include "driver.h"

/* Judges the ends of logins by the rules, for driver.c alone. */

/* What is going on; driver.c keeps it up to date. */
struct fault_run {
	const struct fault_program *program;
	const struct fault_login *login;
	struct fault_plan plan;
	unsigned long starved; /* the allocation refused; 0: none */
};
extern struct fault_run fault_run;

/* Before and after each login, which ended with PAM code `code`. */
void verdict_begin(void);
void verdict_end(int code);

/* Ends so far, counted from here; and in one line. */
void verdict_reset(void);
void verdict_print(unsigned long calls);

/* Prints where we are, as arguments that lead there again. */
void verdict_print_run(void);
/* A rule that nothing needs would hide the fault that does, one day. */
void verdict_check_rules(void);
unsigned verdict_complaints(void);

#endif
