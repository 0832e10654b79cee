/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that says how a login ended.  See decision.h. */

#include "module/decision.h"

#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "base/text.h"
#include "module/outcome.h"

#define FIELDS_MAX 2048 /* six values of 256 (po_text_log_field), and more */

/* A quotation mark that is left open would take in what follows of ours. */
static bool
is_open(const char *fields)
{
	bool quoted = false;

	for (; *fields != '\0'; fields++) {
		if (*fields == '"')
			quoted = !quoted;
		else if (quoted && fields[0] == '\\' && fields[1] != '\0')
			fields++;
	}
	return quoted;
}

/* What a helper that lies would write to have its own decision in the log. */
static bool
passes_for_ours(const char *fields)
{
	static const char *const ours[] = {
		"result=", "reason=", "user=", "rhost=", "id=", "detail="
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(ours); i++)
		for (const char *at = fields;
		     (at = strstr(at, ours[i])) != NULL; at++)
			if (at == fields || at[-1] == ' ')
				return true;
	return false;
}

static void
append_fields(struct po_buf *line, const char *fields)
{
	if (fields[0] == '\0')
		return;
	if (passes_for_ours(fields) || is_open(fields) ||
	    strlen(fields) > FIELDS_MAX) {
		po_text_log_field(line, "helper", fields);
		return;
	}
	po_buf_append_char(line, ' ');
	po_text_printable(line, fields, strlen(fields), FIELDS_MAX);
}

void
po_decision_log(pam_handle_t *pamh, const struct po_decision *decision)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(16 * 1024);
	bool granted = decision->status == PO_OK;
	int pam_code = po_outcome(decision->status)->pam_code;
	int refused = pam_code == PAM_SERVICE_ERR ? LOG_ERR : LOG_NOTICE;

	po_text_log_field(&line, "result", granted ? "granted" : "refused");
	if (!granted)
		po_text_log_field(
		    &line, "reason", po_status_name(decision->status));
	if (decision->user[0] != '\0')
		po_text_log_field(&line, "user", decision->user);
	append_fields(&line, decision->fields);
	if (decision->rhost[0] != '\0')
		po_text_log_field(&line, "rhost", decision->rhost);
	po_text_log_field(&line, "id", decision->id);
	if (!granted)
		po_text_log_field(&line, "detail", decision->detail);
	pam_syslog(pamh, granted ? LOG_INFO : refused, "%s", po_buf_str(&line));
}
