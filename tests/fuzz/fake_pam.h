/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FUZZ_FAKE_PAM_H
#define PO_TESTS_FUZZ_FAKE_PAM_H

#include <stdbool.h>
#include <sys/types.h>

#include <security/pam_modules.h>

/*
 * The part of libpam that the module uses, in memory, for fuzzing: linked
 * instead of it.  The real one has no handle without a file, and takes its
 * data only from a module that it has loaded itself.
 */
struct fake_pam {
	char *user; /* PAM_USER; NULL: unset */
	char *service;
	char *rhost;
	char *account; /* whom NSS finds whatever the name; NULL: nobody */
	uid_t uid;     /* of that one */
	bool no_conversation;
	/* pam_get_user: has PAM_USER set if nobody is there; false: not */
	bool (*ask_user)(void *arg);
	/* pam_set_item(PAM_USER): has it set */
	void (*set_user)(void *arg, const char *user);
	/* pam_prompt: *response (may be NULL) is a copy for the module */
	int (*converse)(
	    void *arg, int style, const char *text, char **response);
	/* pam_syslog */
	void (*log)(void *arg, int priority, const char *line);
	void *arg;
};

/* Takes a copy of *fake; its strings stay the caller's. */
pam_handle_t *fake_pam_start(const struct fake_pam *fake);
/* What the application may change at any time. */
void fake_pam_set_user(pam_handle_t *pamh, char *user);
void fake_pam_end(pam_handle_t *pamh);

#endif
