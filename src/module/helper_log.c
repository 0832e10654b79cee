/* SPDX-License-Identifier: BSD-2-Clause */
/* What a helper has to say.  See helper_log.h. */

#include "module/helper_log.h"

#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "base/text.h"

void
po_helper_log(pam_handle_t *pamh, const struct po_msg_log *log, const char *id)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
		LOG_DEBUG };
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(16 * 1024);
	int priority = LOG_ERR;

	if (log->level >= 0 && (size_t)log->level < PO_ARRAY_LEN(priorities))
		priority = priorities[log->level];
	po_text_printable(&line, log->text, strlen(log->text), 1024);
	/* told apart: "result=granted ..." is ours to say */
	pam_syslog(pamh, priority, "helper: %s id=%s", po_buf_str(&line), id);
}
