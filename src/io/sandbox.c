/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up privileges.  The order matters; see sandbox.h. */

#include "io/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* TLS, the resolver and its sockets, the CA file being read: about 12. */
#define MAX_DESCRIPTORS 64

/* A file of the cache: 1 MiB of keys, and its head. */
#define FILE_BYTES_MAX (2 * 1024 * 1024)

static enum po_status
set_limit(int resource, rlim_t value, const char *name, struct po_err *err)
{
	const struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	if (setrlimit((__rlimit_resource_t)resource, &limit) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "%s: %m", name);
	return PO_OK;
}

/* A change of ids clears both flags (prctl(2)), so this is done twice. */
static enum po_status
set_process_flags(struct po_err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "PR_SET_DUMPABLE: %m");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "PR_SET_PDEATHSIG: %m");
	return PO_OK;
}

enum po_status
po_sandbox_begin(struct po_err *err)
{
	enum po_status st;

	(void)umask(077);
	/* su has its caller's uid as the real one, and they might stop us for
	 * ever while we hold a place among the logins that wait */
	if (geteuid() == 0 && setresuid(0, 0, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "setresuid: %m");
	if ((st = set_limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err)) != PO_OK)
		return st;
	return set_process_flags(err);
}

static enum po_status
become(uid_t uid, gid_t gid, struct po_err *err)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "become uid %u: %m", (unsigned)uid);
	if (getresuid(&ruid, &euid, &suid) != 0 ||
	    getresgid(&rgid, &egid, &sgid) != 0 || ruid != uid || euid != uid ||
	    suid != uid || rgid != gid || egid != gid || sgid != gid)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "still another user than uid %u", (unsigned)uid);
	return PO_OK;
}

static enum po_status
become_user(const char *user, struct po_err *err)
{
	const struct passwd *pw;
	enum po_status st;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "user \"%s\" does not exist: systemd-sysusers or useradd "
		    "--system %s makes it",
		    user, user);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "user \"%s\" has uid %u and gid %u: neither may be 0", user,
		    (unsigned)pw->pw_uid, (unsigned)pw->pw_gid);
	if (setgroups(0, NULL) != 0 || getgroups(0, NULL) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "setgroups: %m");
	if ((st = become(pw->pw_uid, pw->pw_gid, err)) != PO_OK)
		return st;
	if (setuid(0) == 0)
		return po_err_set(err, PO_E_PRIVILEGE, "root can be regained");
	return PO_OK;
}

enum po_status
po_sandbox_become(const char *user, struct po_err *err)
{
	return geteuid() == 0 ? become_user(user, err)
			      : become(geteuid(), getegid(), err);
}

enum po_status
po_sandbox_drop(const char *user, struct po_err *err)
{
	enum po_status st = po_sandbox_become(user, err);

	if (st != PO_OK)
		return st;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "PR_SET_NO_NEW_PRIVS: %m");
	/* the cache's files are the only ones that it writes */
	if ((st = set_limit(
		 RLIMIT_FSIZE, FILE_BYTES_MAX, "RLIMIT_FSIZE", err)) != PO_OK ||
	    (st = set_limit(RLIMIT_NOFILE, MAX_DESCRIPTORS, "RLIMIT_NOFILE",
		 err)) != PO_OK)
		return st;
	return set_process_flags(err);
}
