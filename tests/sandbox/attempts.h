/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_SANDBOX_ATTEMPTS_H
#define PO_TESTS_SANDBOX_ATTEMPTS_H

#include "io/http.h"

/* Something to try: 0 if it can be done, else -1 with errno. */
struct attempt {
	const char *name;
	int args;
	int (*run)(struct po_http *http, char **args);
};

/* The directory of the cache, open; -1: none. */
extern int attempt_cache;

/* NULL if there is none of that name. */
const struct attempt *attempt_find(const char *name);

#endif
