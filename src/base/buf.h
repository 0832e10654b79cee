/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_BUF_H
#define PO_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Growable bytes with a mandatory maximum.  Old storage is wiped when it
 * grows and when it is cleared.  A NUL always stands behind data[len - 1], so
 * text may be read as a C string where it has no NUL of its own.
 *
 * Appending never fails at the call: the first failure (past the maximum, or
 * no memory) sticks, later appends do nothing, and po_buf_check tells.  Who
 * builds something checks once, before using it.
 */
struct po_buf {
	uint8_t *data; /* NULL until the first append */
	size_t len;
	size_t size;
	size_t max;
	enum po_status status;
};

/* An empty buffer for at most `max_bytes`; for use as an initialiser. */
#define PO_BUF_INIT(max_bytes)                                                 \
	{                                                                      \
		.data = NULL, .len = 0, .size = 0, .max = (max_bytes),         \
		.status = PO_OK                                                \
	}

/* Wipes and frees the contents; the buffer is empty and usable again. */
void po_buf_clear(struct po_buf *buf);

void po_buf_append(struct po_buf *buf, const void *data, size_t len);
void po_buf_append_str(struct po_buf *buf, const char *str);
void po_buf_append_char(struct po_buf *buf, char byte);
void po_buf_appendf(struct po_buf *buf, const char *fmt, ...) PO_PRINTF(2, 3);

/*
 * Appends what can be read of `fd`, to its end or past the maximum.  False,
 * with errno, if that failed.
 */
PO_MUST_USE
bool po_buf_read(struct po_buf *buf, int fd);

/* PO_OK, or the failure that stuck: PO_E_TOO_LARGE or PO_E_NOMEM. */
PO_MUST_USE
enum po_status po_buf_check(const struct po_buf *buf, struct po_err *err);

/* The contents as a C string; "" while nothing was appended. */
const char *po_buf_str(const struct po_buf *buf);

/*
 * Moves the contents out as a NUL-terminated string of its own and leaves the
 * buffer empty.  Fails as po_buf_check does; *out is then NULL.
 */
PO_MUST_USE
enum po_status po_buf_take_str(
    struct po_buf *buf, char **out, struct po_err *err);

#endif
