/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_DRIVER_H
#define PO_TESTS_FAULT_DRIVER_H

#include "base/attr.h"
#include "fault.h"
#include "starve.h"

/*
 * Runs logins again and again, with another fault each time, and judges how
 * they end.  What a program may be told:
 *
 *   PROGRAM                     every call in every way, then by lot
 *   PROGRAM LOGIN NUMBER WAY    one fault, with a backtrace
 *   PROGRAM LOGIN seed SEED     one by lot, the same
 *   PROGRAM --sample COUNT      each login once without a fault, and with
 *                               COUNT faults spread over it (for valgrind)
 *   PROGRAM --seeds COUNT       that many by lot instead of FAULT_SEEDS
 *   PROGRAM LOGIN starve NUMBER one allocation of a library
 *
 * A program with starve.c in it makes allocations fail one after the other,
 * the libraries' too, and nothing else.
 */
#define FAULT_SEEDS 2000

/* A set of PAM codes. */
#define CODE(pam_code) (1U << (pam_code))
/* The code that the login has without a fault: it does not mind. */
#define AS_EVER (1U << 31)

/* How a login may end in which a call failed; the first rule that fits. */
struct fault_rule {
	const char *call;  /* NULL: any */
	const char *way;   /* NULL: any */
	const char *where; /* NULL: anywhere; else innermost or around it */
	unsigned codes;
	const char *why;
};

struct fault_login {
	const char *name;
	int code;  /* without a fault */
	bool late; /* up to fault_mark it is another one over again */
	const void *data;
};

struct fault_program {
	const char *name;
	const struct fault_login *logins;
	size_t login_count;
	/* one login; its PAM code */
	int (*run)(const struct fault_login *login);
	const struct fault_rule *rules;
	size_t rule_count;
	unsigned codes; /* where no rule fits */
};

int fault_main(const struct fault_program *program, int argc, char **argv);

/* The allocation that the next login is to be refused, or 0; and what came. */
unsigned long fault_starved(void);
void fault_fed(struct starved result);

/* What the login itself says about its end, for complaints. */
void fault_note(const char *text);

/* Something else is wrong with this run. */
void fault_complain(const char *fmt, ...) PO_PRINTF(1, 2);

#endif
