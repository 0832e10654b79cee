/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_RECORD_H
#define PO_BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* The lines of a record in a store: KEY=value, printable ASCII. */

/* A value of `min` to `max` bytes that may stand on such a line. */
PO_MUST_USE
bool po_record_is_value(const char *text, size_t min, size_t max);

/*
 * Cuts the line "KEY=..." off *at, in place, and returns the value; NULL when
 * the next line is another one, or its value is none.
 */
PO_MUST_USE
const char *po_record_take(char **at, const char *key, size_t min, size_t max);

#endif
