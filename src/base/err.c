/* SPDX-License-Identifier: BSD-2-Clause */
/* Reason codes and the first-wins message.  See err.h. */

#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *
po_status_name(enum po_status status)
{
	static const char *const names[] = {
#define PO_STATUS_NAME(symbol, name) [symbol] = (name),
		PO_STATUS_LIST(PO_STATUS_NAME)
#undef PO_STATUS_NAME
	};

	if ((size_t)status >= PO_ARRAY_LEN(names))
		return "internal";
	return names[status];
}

enum po_status
po_err_set(struct po_err *err, enum po_status status, const char *fmt, ...)
{
	if (err != NULL && err->status == PO_OK) {
		err->status = status;
		PO_FORMAT(err->text, fmt);
	}
	return status;
}

const char *
po_err_of(int number)
{
	/* not strerror or %m: the host may have threads, and a language */
	const char *text = strerrordesc_np(number);

	return text != NULL ? text : "unknown error";
}

enum po_status
po_err_sys(struct po_err *err, const char *fmt, ...)
{
	int saved_errno = errno;
	char what[PO_ERR_TEXT_MAX];

	PO_FORMAT(what, fmt);
	return po_err_set(
	    err, PO_E_SYSTEM, "%s: %s", what, po_err_of(saved_errno));
}

void
po_err_prefix(struct po_err *err, const char *fmt, ...)
{
	char text[PO_ERR_TEXT_MAX];
	va_list args;
	int used;

	if (err == NULL)
		return;
	va_start(args, fmt);
	used = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (used >= 0 && (size_t)used + 2 < sizeof(text)) {
		size_t start = (size_t)used + 2;

		/* a cut cause is still better than a lost context */
		memmove(err->text + start, err->text, sizeof(text) - start);
		memcpy(err->text, text, (size_t)used);
		memcpy(err->text + used, ": ", 2);
		err->text[sizeof(text) - 1] = '\0';
	}
}

/* A shorter secret guards nothing, and "a" stands in every message. */
#define REDACT_MIN 8

static size_t
common_prefix(const char *a, const char *b)
{
	size_t len = 0;

	while (a[len] != '\0' && a[len] == b[len])
		len++;
	return len;
}

void
po_err_redact(struct po_err *err, const char *secret)
{
	if (secret == NULL)
		return;
	for (char *at = err->text; *at != '\0'; at++) {
		size_t len = common_prefix(at, secret);

		if (len >= REDACT_MIN)
			memset(at, '*', len);
	}
}
