/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What confines the helper.  All of it is pretended: the next login begins
 * free again.
 */

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.h"
#include "io/sandbox_internal.h"

/* Before Linux 5.9 there was no such call. */
WRAP(int, close_range, (unsigned first, unsigned last, int flags))
{
	(void)first;
	(void)last;
	(void)flags;
	return FAULT("close_range", "EINVAL", "ENOSYS") >= 0 ? -1 : 0;
}

WRAP(char *, realpath, (const char *path, char *target))
{
	if (FAULT("realpath", "ENOMEM", "ENOENT") >= 0)
		return NULL;
	return fault_keep("realpath", __real_realpath(path, target));
}

/* --- libseccomp: errors are returned --- */

WRAP(scmp_filter_ctx, seccomp_init, (uint32_t action))
{
	static char filter;

	(void)action;
	if (FAULT("seccomp_init", "ENOMEM") >= 0)
		return NULL;
	return fault_keep("seccomp_init", &filter);
}

WRAP(void, seccomp_release, (scmp_filter_ctx filter))
{
	fault_drop(filter);
}

WRAP(int, seccomp_attr_set,
    (scmp_filter_ctx filter, enum scmp_filter_attr attr, uint32_t value))
{
	(void)filter;
	(void)attr;
	(void)value;
	return FAULT("seccomp_attr_set", "EINVAL") >= 0 ? -EINVAL : 0;
}

WRAP(int, seccomp_rule_add_array,
    (scmp_filter_ctx filter, uint32_t action, int call, unsigned count,
	const struct scmp_arg_cmp *args))
{
	(void)filter;
	(void)action;
	(void)call;
	(void)count;
	(void)args;
	return FAULT("seccomp_rule_add_array", "ENOMEM") >= 0 ? -ENOMEM : 0;
}

WRAP(int, seccomp_load, (const scmp_filter_ctx filter))
{
	(void)filter;
	return FAULT("seccomp_load", "ECANCELED") >= 0 ? -ECANCELED : 0;
}

/* --- a place --- */

WRAP(enum po_status, po_sandbox_files,
    (const struct po_sandbox *sandbox, struct po_err *err))
{
	enum po_status st;

	fault_enter("confining");
	st = __real_po_sandbox_files(sandbox, err);
	fault_leave();
	return st;
}
