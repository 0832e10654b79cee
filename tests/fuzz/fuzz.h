/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FUZZ_H
#define PO_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What every fuzz target has: its entry, and a way to say what is wrong. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input: names it and aborts. */
#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "%s:%d: does not hold: %s\n",    \
			    __FILE__, __LINE__, #condition);                   \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
