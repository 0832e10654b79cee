/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_STARVE_H
#define PO_TESTS_FAULT_STARVE_H

#include <stdbool.h>

/*
 * Makes allocations fail whoever asks for them: json-c, OpenSSL, curl, inih,
 * libc itself.  Some crash of that (json-c 0.16 does), so it happens in a
 * child, and only what has reached the module counts.
 *
 * Weak: NULL in a program that is not linked with starve.c.
 */
struct starved {
	unsigned long calls;  /* allocations in the child */
	unsigned long marked; /* of them, before the first starve_mark */
	bool crashed;
	bool in_our_code; /* it crashed there, and not in a library */
};

/* Runs `fn` in a child in which allocation `number` fails, counted from 1. */
struct starved starve(unsigned long number, void (*fn)(void))
    __attribute__((weak));
void starve_mark(void) __attribute__((weak));

#endif
