/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a command on a kernel that seems to lack something:
 *
 *   old_kernel WHAT... -- COMMAND [ARG...]
 *
 * landlock: was not built in; landlock-off: was not switched on;
 * landlock-forbidden: a container's filter forbids it; seccomp: no filters;
 * seccomp-forbidden: no more filters; close_range: before Linux 5.9.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/attr.h"

#define NO_PRCTL_FILTER                                                        \
	{ 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0 },                                 \
	{                                                                      \
		1, SCMP_CMP_EQ, SECCOMP_MODE_FILTER, 0                         \
	}

static const struct {
	const char *name;
	int call;
	int error;
	unsigned count;
	struct scmp_arg_cmp args[2];
} wants[] = {
	{ "landlock", SCMP_SYS(landlock_create_ruleset), ENOSYS, 0, { { 0 } } },
	{ "landlock-off", SCMP_SYS(landlock_create_ruleset), EOPNOTSUPP, 0,
	    { { 0 } } },
	{ "landlock-forbidden", SCMP_SYS(landlock_create_ruleset), EPERM, 0,
	    { { 0 } } },
	{ "seccomp", SCMP_SYS(prctl), EINVAL, 2, { NO_PRCTL_FILTER } },
	{ "seccomp-forbidden", SCMP_SYS(seccomp), EPERM, 1,
	    { { 0, SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER, 0 } } },
	{ "close_range", SCMP_SYS(close_range), ENOSYS, 0, { { 0 } } },
};

static int
add(scmp_filter_ctx filter, const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(wants); i++)
		if (strcmp(wants[i].name, name) == 0)
			return seccomp_rule_add_array(filter,
			    SCMP_ACT_ERRNO((uint32_t)wants[i].error),
			    wants[i].call, wants[i].count, wants[i].args);
	return -EINVAL;
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int i, rc = filter == NULL ? -ENOMEM : 0;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0 && rc == 0; i++)
		rc = add(filter, argv[i]);
	if (rc != 0 || i + 1 >= argc || seccomp_load(filter) != 0) {
		(void)fprintf(stderr, "old_kernel: not to be had\n");
		return 2;
	}
	(void)execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 2;
}
