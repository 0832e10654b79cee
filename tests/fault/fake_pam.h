/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_PAM_H
#define PO_TESTS_FAULT_PAM_H

#include <stdbool.h>

#include <security/pam_modules.h>

/*
 * libpam and the application in front of it: one handle, with a person who
 * answers prompts.  Its calls fail to order like all others.
 */
struct fake_pam {
	const char *service;
	const char *user;  /* NULL: nobody yet */
	const char *typed; /* when the module asks for a name; or NULL */
	const char *rhost;
	const char *answer; /* to each prompt; NULL: the application hangs up */
	bool account;       /* does NSS know the user? */
};

/* Forgets what an earlier login has left. */
pam_handle_t *fake_pam_start(const struct fake_pam *pam);
/* Frees what the module has stored. */
void fake_pam_end(void);
/* What the environment has under `name`, or NULL. */
const char *fake_pam_variable(const char *name);
/* PAM_USER. */
const char *fake_pam_user(void);
/* The last line for syslog, "" if there was none. */
const char *fake_pam_log(void);

#endif
