/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that change the process itself, for the helper's side.  They only
 * pretend: a login here begins as root, becomes somebody else, and the next
 * one begins as root again.
 */

#include "wrap_system.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/attr.h"
#include "fault.h"

#define HELPER_UID 990

void
fault_be_root(void)
{
	fault_euid = 0;
}

/* --- who we are --- */

WRAP(struct passwd *, getpwnam, (const char *name))
{
	static char text[] = "pam_oauth", home[] = "/";
	static struct passwd entry = { .pw_name = text, .pw_dir = home };

	entry.pw_uid =
	    strcmp(name, FAULT_BROWSER) == 0 ? FAULT_BROWSER_UID : HELPER_UID;
	entry.pw_gid = entry.pw_uid;
	return FAULT("getpwnam", "EIO", "ENOMEM", "unknown") >= 0 ? NULL
								  : &entry;
}

WRAP(int, setgroups, (size_t count, const gid_t *groups))
{
	(void)count;
	(void)groups;
	return FAULT("setgroups", "EPERM", "ENOMEM") >= 0 ? -1 : 0;
}

WRAP(int, getgroups, (int size, gid_t *groups))
{
	(void)size;
	(void)groups;
	switch (FAULT("getgroups", "EINVAL", "some left")) {
	case 0:
		return -1;
	case 1:
		return 1;
	default:
		return 0;
	}
}

WRAP(int, setresgid, (gid_t rgid, gid_t egid, gid_t sgid))
{
	(void)rgid;
	(void)egid;
	(void)sgid;
	return FAULT("setresgid", "EPERM", "EAGAIN") >= 0 ? -1 : 0;
}

WRAP(int, setresuid, (uid_t ruid, uid_t euid, uid_t suid))
{
	(void)ruid;
	(void)suid;
	if (FAULT("setresuid", "EPERM", "EAGAIN") >= 0)
		return -1;
	fault_euid = euid;
	return 0;
}

WRAP(int, getresuid, (uid_t * ruid, uid_t *euid, uid_t *suid))
{
	int way = FAULT("getresuid", "EINVAL", "real", "effective", "saved");

	*ruid = way == 1 ? 0 : fault_euid;
	*euid = way == 2 ? 0 : fault_euid;
	*suid = way == 3 ? 0 : fault_euid;
	return way == 0 ? -1 : 0;
}

WRAP(int, getresgid, (gid_t * rgid, gid_t *egid, gid_t *sgid))
{
	int way = FAULT("getresgid", "EINVAL", "real", "effective", "saved");

	*rgid = way == 1 ? 0 : fault_euid;
	*egid = way == 2 ? 0 : fault_euid;
	*sgid = way == 3 ? 0 : fault_euid;
	return way == 0 ? -1 : 0;
}

/* Asked for the way back, which must not be there. */
WRAP(int, setuid, (uid_t uid))
{
	(void)uid;
	if (FAULT("setuid", "root again") >= 0)
		return 0;
	errno = EPERM;
	return -1;
}

/* --- flags --- */

/* There are two capabilities, and filters for system calls. */
WRAP(int, prctl, (int option, ...))
{
	va_list args;
	unsigned long value;

	va_start(args, option);
	value = va_arg(args, unsigned long);
	va_end(args);
	switch (option) {
	case PR_CAPBSET_READ:
		errno = EINVAL;
		return value < 2 ? 1 : -1;
	case PR_CAPBSET_DROP:
		return FAULT("prctl(CAPBSET_DROP)", "EINVAL", "EPERM") >= 0 ? -1
									    : 0;
	case PR_SET_SECCOMP:
		errno = EFAULT;
		(void)FAULT("prctl(SET_SECCOMP)", "EINVAL");
		return -1;
	default:
		return FAULT("prctl", "EINVAL") >= 0 ? -1 : 0;
	}
}
