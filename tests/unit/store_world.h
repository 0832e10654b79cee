/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_UNIT_STORE_WORLD_H
#define PO_TESTS_UNIT_STORE_WORLD_H

/*
 * Makes one call of the store to the system fail, or the process die at it.
 * For programs linked with the --wrap list of test_store in tests/local.mk.
 */
enum strike {
	STRIKE_NOT,
	STRIKE_FAIL,  /* with EIO; nothing is done */
	STRIKE_DIE,   /* before the call */
	STRIKE_AFTER, /* die once it is done */
	STRIKE_SHORT  /* write: one byte only; read: the end; die at the next */
};

/* The process that was struck ends with this. */
#define STRUCK_STATUS 42

/* From now on the `number`th call (from 1) is struck; 0 with NOT: none. */
void store_strike(enum strike strike, unsigned number);

/* Calls since then; what the last one struck was, or NULL. */
unsigned store_calls(void);
const char *store_struck(void);

/* Their names since then, each with a blank behind. */
const char *store_trace(void);

/* From now on each draft has the same name, of sixteen noughts. */
void store_repeat_drafts(void);

#endif
