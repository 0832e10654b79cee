/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_QUESTION_H
#define PO_BASE_QUESTION_H

#include "base/message.h"

/*
 * What a person's answer means: y, yes, n, no in any case, what the person's
 * language has for yes and no, or a number, with nothing around it.  "q" gives
 * up: 0, as Enter is unless yes is the default.  False for anything else, and
 * for more than PO_ANSWER_MAX bytes: ask again.
 */
PO_MUST_USE
bool po_question_read(
    const struct po_msg_question *question, const char *typed, int64_t *choice);

/*
 * Appends a valid question in words, and what can be answered.  Its texts are
 * made printable, each on its line; `user` is who signs in.  `typed` is what
 * po_question_read did not take and why it is asked again, or NULL.
 */
void po_question_append(struct po_buf *out,
    const struct po_msg_question *question, const char *user,
    const char *typed);

/* Is it one of those that po_question_read could return? */
PO_MUST_USE
bool po_question_has(const struct po_msg_question *question, int64_t choice);

/* Of a known kind, with as many choices as that may have. */
PO_MUST_USE
bool po_question_valid(const struct po_msg_question *question);

#endif
