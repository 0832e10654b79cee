/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded, wiping byte buffer.  See buf.h. */

#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* Most buffers hold a short line; doubling from here is quick enough. */
#define FIRST_SIZE 64

void
po_buf_clear(struct po_buf *buf)
{
	po_freezero(buf->data, buf->size);
	buf->data = NULL;
	buf->len = 0;
	buf->size = 0;
	buf->status = PO_OK;
}

/*
 * Makes room for `extra` bytes and the NUL.  Not realloc: it may leave a
 * copy of the old bytes behind, and they may be secret.
 */
static enum po_status
reserve(struct po_buf *buf, size_t extra)
{
	size_t size = buf->size == 0 ? FIRST_SIZE : buf->size;
	uint8_t *data;

	if (extra > buf->max || buf->len > buf->max - extra)
		return PO_E_TOO_LARGE;
	if (buf->size > buf->len && buf->size - buf->len > extra)
		return PO_OK;
	while (size - 1 < buf->len + extra) {
		if (size > SIZE_MAX / 2)
			return PO_E_TOO_LARGE;
		size *= 2;
	}
	if ((data = malloc(size)) == NULL)
		return PO_E_NOMEM;
	if (buf->len > 0)
		memcpy(data, buf->data, buf->len);
	po_freezero(buf->data, buf->size);
	buf->data = data;
	buf->size = size;
	return PO_OK;
}

void
po_buf_append(struct po_buf *buf, const void *data, size_t len)
{
	if (buf->status != PO_OK)
		return;
	if ((buf->status = reserve(buf, len)) != PO_OK)
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
po_buf_append_str(struct po_buf *buf, const char *str)
{
	po_buf_append(buf, str, strlen(str));
}

void
po_buf_append_char(struct po_buf *buf, char byte)
{
	po_buf_append(buf, &byte, 1);
}

void
po_buf_appendf(struct po_buf *buf, const char *fmt, ...)
{
	va_list args, again;
	int need;

	va_start(args, fmt);
	va_copy(again, args);
	need = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (need < 0) {
		if (buf->status == PO_OK)
			buf->status = PO_E_INTERNAL;
	} else if (buf->status == PO_OK &&
		   (buf->status = reserve(buf, (size_t)need)) == PO_OK) {
		(void)vsnprintf(
		    (char *)buf->data + buf->len, (size_t)need + 1, fmt, again);
		buf->len += (size_t)need;
	}
	va_end(again);
}

bool
po_buf_read(struct po_buf *buf, int fd)
{
	/* not stdio, which would keep a secret in a buffer of its own */
	char chunk[4096];
	ssize_t got = 1;

	while (got != 0 && buf->status == PO_OK) {
		got = read(fd, chunk, sizeof(chunk));
		if (got > 0)
			po_buf_append(buf, chunk, (size_t)got);
		else if (got < 0 && errno != EINTR)
			break;
	}
	explicit_bzero(chunk, sizeof(chunk));
	return got >= 0;
}

enum po_status
po_buf_check(const struct po_buf *buf, struct po_err *err)
{
	if (buf->status == PO_E_TOO_LARGE)
		return po_err_set(
		    err, PO_E_TOO_LARGE, "longer than %zu bytes", buf->max);
	if (buf->status == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (buf->status != PO_OK)
		return po_err_set(err, buf->status, "cannot format text");
	return PO_OK;
}

const char *
po_buf_str(const struct po_buf *buf)
{
	return buf->data == NULL ? "" : (const char *)buf->data;
}

enum po_status
po_buf_take_str(struct po_buf *buf, char **out, struct po_err *err)
{
	enum po_status st;

	*out = NULL;
	po_buf_append(buf, "", 0); /* an empty string is a string too */
	if ((st = po_buf_check(buf, err)) != PO_OK)
		return st;
	*out = (char *)buf->data;
	buf->data = NULL;
	po_buf_clear(buf);
	return PO_OK;
}
