/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_PHRASE_H
#define PO_BASE_PHRASE_H

#include "base/buf.h"

/*
 * What people read, in their language: the one that the application has set
 * (setlocale), which of sshd is none.  Logs and errors stay English.
 *
 * A phrase is a whole sentence with {names} where values go.  It is no format
 * of printf: whatever a catalogue says, no more than the values is put in.
 */
#define _(id) po_phrase(id)
#define N_(id) id /* to be translated where it is shown */

/* `id` itself where there is no translation; lives as long as `id` or libc. */
PO_MUST_USE
const char *po_phrase(const char *id);

/*
 * Appends a phrase.  `values` are pairs of a name and its text, then NULL;
 * each text is made printable and cut at `max_chars`, and is one line.
 */
void po_phrase_append(struct po_buf *out, size_t max_chars, const char *phrase,
    const char *const *values);
#define PO_PHRASE(out, max_chars, phrase, ...)                                 \
	po_phrase_append(out, max_chars, phrase,                               \
	    (const char *const[]){ __VA_ARGS__, NULL })

#endif
