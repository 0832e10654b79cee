/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_LOGIN_H
#define PO_MODULE_LOGIN_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "base/err.h"

/* Module arguments; strings are the application's argv. */
struct po_login_args {
	const char *config_file; /* absolute */
	const char *provider;    /* "" = as the configuration says */
	bool debug;
};

/*
 * One authentication, from PAM_USER to the verdict: asks the local account
 * first, runs a helper, talks to the person, compares the account the helper
 * reports with PAM_USER, writes the one log line.  In a kiosk PAM_USER is
 * unset, and becomes that account.  PO_OK means granted.
 */
PO_MUST_USE
enum po_status po_login(
    pam_handle_t *pamh, int flags, const struct po_login_args *args);

#endif
