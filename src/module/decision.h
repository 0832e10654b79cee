/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_DECISION_H
#define PO_MODULE_DECISION_H

#include <security/pam_modules.h>

#include "base/err.h"

/* How a login ended, for the log; strings are "" where nothing is known. */
struct po_decision {
	enum po_status status;
	const char *user;
	const char *rhost;
	const char *id;     /* ties the lines of one login together */
	const char *fields; /* the helper's "key=value ...", not trusted */
	const char *detail; /* why it was refused */
};

/* Writes the one line of a decision; pam_oauth(8) has its fields. */
void po_decision_log(pam_handle_t *pamh, const struct po_decision *decision);

#endif
