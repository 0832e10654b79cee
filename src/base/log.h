/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_LOG_H
#define PO_BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"

/*
 * Single-line diagnostics to whatever sink the process has: syslog in the
 * module, a LOG message in the helper, stderr in the CLI.  The decision line
 * (result=granted ...) is not written here but by the module alone.
 * Never a code, a token, a secret or a body, at any level.
 */
enum po_log_level {
	PO_LOG_ERROR,
	PO_LOG_WARNING,
	PO_LOG_INFO,
	PO_LOG_DEBUG, /* dropped unless `debug` is set */
	PO_LOG_LEVEL_COUNT
};

struct po_log {
	void (*write)(void *arg, enum po_log_level level, const char *line);
	void *arg;
	bool debug;
};

#define PO_LOG_LINE_MAX 1024 /* syslog's traditional line, RFC 3164 4.1 */

/* Formats, makes printable, cuts to PO_LOG_LINE_MAX; `log` may be NULL. */
void po_log(const struct po_log *log, enum po_log_level level, const char *fmt,
    ...) PO_PRINTF(3, 4);

#endif
