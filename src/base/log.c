/* SPDX-License-Identifier: BSD-2-Clause */
/* Sanitised single-line logging to a sink.  See log.h. */

#include "base/log.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void
po_log(const struct po_log *log, enum po_log_level level, const char *fmt, ...)
{
	char raw[PO_LOG_LINE_MAX];
	/* a byte may become the three of U+FFFD; then the cut mark */
	AUTO(po_buf_clear)
	struct po_buf line = PO_BUF_INIT(3 * sizeof(raw) + 4);

	if (log == NULL || (level == PO_LOG_DEBUG && !log->debug))
		return;
	PO_FORMAT(raw, fmt);
	po_text_printable(&line, raw, strlen(raw), PO_LOG_LINE_MAX);
	log->write(log->arg, level, po_buf_str(&line));
}
