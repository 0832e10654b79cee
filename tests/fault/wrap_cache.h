/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_WRAP_CACHE_H
#define PO_TESTS_FAULT_WRAP_CACHE_H

#include <stdbool.h>

/*
 * A cache of the test's own instead of PO_CACHEDIR, in `directory`.  Before
 * each login it is empty, or has the provider's documents (`filled`).
 */
void cache_begin(const char *directory, bool filled);
void cache_end(void);

#endif
