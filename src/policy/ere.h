/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_ERE_H
#define PO_POLICY_ERE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * POSIX extended regular expressions that match a whole string: the one place
 * for `username_match` and for `matches` rules.
 *
 * Whole means first byte to last whatever the pattern's anchors say, so
 * "^alice|bob$" matches two strings and no more, and a line break never ends
 * a subject.  What POSIX leaves undefined and people expect something else of
 * is refused when compiling: "\d", "\w" and back-references (also exponential
 * to match), "+?" and ")" without "(".  Patterns are printable ASCII, and
 * bounded also when their repetitions are written out: "(((a+)+)+)" doubles
 * with each level, in memory and in time.  What may be empty is not repeated:
 * glibc takes exponential time to compile that.
 *
 * Nobody here calls setlocale, so this is the C locale: one byte is one
 * character, [a-z] is those 26 bytes, and "." takes one byte of a UTF-8
 * character.  Matching is safe from several threads at once.
 */
struct po_ere;

#define PO_ERE_PATTERN_MAX 256  /* bytes; one config line holds several */
#define PO_ERE_SUBJECT_MAX 1024 /* bytes; the longest e-mail has 254 */
#define PO_ERE_SIZE_MAX 1024    /* characters, repetitions written out: 0.1 s */
#define PO_ERE_SPANS 10         /* \0, the whole, to \9 */

struct po_ere_span {
	size_t start;
	size_t len; /* 0 also for a group that took no part in the match */
};

/* PO_E_CONFIG says what is wrong with the pattern. */
PO_MUST_USE
enum po_status po_ere_compile(
    const char *pattern, struct po_ere **out, struct po_err *err);
void po_ere_free(struct po_ere **ere);

/* How many groups the pattern has; those past 9 cannot be referred to. */
size_t po_ere_groups(const struct po_ere *ere);

/*
 * Whether all of `subject` matches; `spans` may be NULL.  A subject with a
 * NUL inside or longer than PO_ERE_SUBJECT_MAX never does.
 */
PO_MUST_USE
bool po_ere_match(const struct po_ere *ere, const char *subject, size_t len,
    struct po_ere_span spans[PO_ERE_SPANS]);

#endif
