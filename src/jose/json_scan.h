/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JSON_SCAN_H
#define PO_JOSE_JSON_SCAN_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Is `data` exactly one JSON value of the kind json.h admits?  Judges only;
 * builds nothing.  It exists because json-c, even in its strict mode, takes
 * duplicate members, NaN, single quotes, U+0000, raw control characters and
 * numbers out of range, and differs between versions.
 *
 * *values is how many values the document has, containers included: what a
 * tree built from it must have too.  PO_E_DOCUMENT names what is wrong, with
 * its clause and byte offset.
 *
 * Time is O(n log n) in the worst case (names of one object are sorted to
 * find a duplicate), memory O(n), stack bounded by PO_JSON_DEPTH_MAX.
 */
PO_MUST_USE
enum po_status po_json_scan(
    const void *data, size_t len, size_t *values, struct po_err *err);

/*
 * Appends an admitted document with every escaped surrogate pair as the UTF-8
 * it stands for, which is never longer.  json-c (0.16) takes a character
 * such as U+1DE00 for half a pair of its own and makes U+FFFD of it.
 */
void po_json_resolve_pairs(const void *data, size_t len, struct po_buf *out);

#endif
