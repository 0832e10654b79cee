/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_PAM_STACK_H
#define PO_CLI_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

/*
 * A PAM service as libpam reads it (pam.d(5)): its lines one after the other,
 * includes followed.  Read from below a directory, "" for this host.
 */
enum po_pam_type {
	PO_PAM_AUTH,
	PO_PAM_ACCOUNT,
	PO_PAM_PASSWORD,
	PO_PAM_SESSION,
	PO_PAM_TYPE_COUNT
};

/* The return codes that are told apart: ours, and ignore. */
enum po_pam_code {
	PO_PAM_SUCCESS,
	PO_PAM_AUTH_ERR,
	PO_PAM_PERM_DENIED,
	PO_PAM_MAXTRIES,
	PO_PAM_USER_UNKNOWN,
	PO_PAM_SERVICE_ERR,
	PO_PAM_CONV_ERR,
	PO_PAM_AUTHINFO_UNAVAIL,
	PO_PAM_ACCT_EXPIRED,
	PO_PAM_IGNORE,
	PO_PAM_CODE_COUNT
};
const char *po_pam_code_name(enum po_pam_code code);

/* What a line does with a code; above 0: jumps over so many lines. */
#define PO_PAM_DO_IGNORE 0
#define PO_PAM_DO_OK (-1)
#define PO_PAM_DO_DONE (-2)
#define PO_PAM_DO_BAD (-3)
#define PO_PAM_DO_DIE (-4)
#define PO_PAM_DO_RESET (-5)

struct po_pam_line {
	enum po_pam_type type;
	unsigned depth; /* of substacks */
	int action[PO_PAM_CODE_COUNT];
	char *control; /* as it is written */
	char *module;  /* "": where a substack begins */
	char *args;    /* "": none; blanks between */
	char *file;    /* with the directory in front */
	unsigned number;
	bool optional; /* "-auth": its module may be missing */
	bool decided;  /* by po_pam_decide (pam_walk.h) */
};

struct po_pam_stack {
	struct po_pam_line *lines;
	size_t count;
};

#define PO_PAM_DEPTH_MAX 16  /* PAM_SUBSTACK_MAX_LEVEL */
#define PO_PAM_LINES_MAX 512 /* a long service has 60, includes and all */

/* The name of the file behind the last '/': "pam_unix.so". */
const char *po_pam_module_name(const struct po_pam_line *line);
/* Is it ours? */
bool po_pam_is_ours(const struct po_pam_line *line);

/*
 * PO_E_CONFIG, with what stands in the way ("FILE:LINE: ..."): libpam refuses
 * every login by such a file.
 */
PO_MUST_USE
enum po_status po_pam_stack_read(const char *root, const char *service,
    struct po_pam_stack *out, struct po_err *err);
void po_pam_stack_clear(struct po_pam_stack *stack);

/* Names of all services, each once and sorted. */
PO_MUST_USE
enum po_status po_pam_services_read(
    const char *root, struct po_cli_names *out, struct po_err *err);

#endif
