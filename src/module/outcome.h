/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_OUTCOME_H
#define PO_MODULE_OUTCOME_H

#include "base/err.h"

/* What each status means to PAM and to the person. */
struct po_outcome {
	int pam_code;
	const char *sentence; /* for the person; NULL: nothing to say */
};

/* Never NULL; an unknown status is PAM_SERVICE_ERR. */
const struct po_outcome *po_outcome(enum po_status status);

#endif
