/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an installation has to have: the helper, its user, its directories.  See
 * check.h.
 */

#include "cli/check.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GO_WRITE (S_IWGRP | S_IWOTH)
#define FIX_USER                                                               \
	"systemd-sysusers, or useradd --system --user-group --no-create-home " \
	"--home-dir / --shell /usr/sbin/nologin"

/* It is started as root, and so is whatever else stands there. */
static void
check_helper(struct po_check *check)
{
	struct stat st;

	if (lstat(PO_HELPER_PATH, &st) != 0)
		po_check_add(check, PO_CHECK_ERROR, PO_HELPER_PATH,
		    "install it: make install, or the package", "helper: %s",
		    strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_uid != 0 ||
		 (st.st_mode & GO_WRITE) != 0 || (st.st_mode & S_IXUSR) == 0)
		po_check_add(check, PO_CHECK_ERROR, PO_HELPER_PATH,
		    "chown root " PO_HELPER_PATH
		    " && chmod 755 " PO_HELPER_PATH,
		    "helper: not a program that is root's alone to change "
		    "(uid %ju, mode %04o)",
		    (uintmax_t)st.st_uid, st.st_mode & 07777);
	else
		po_check_add(check, PO_CHECK_OK, PO_HELPER_PATH, NULL,
		    "the helper is in its place");
}

/* NULL: there is none; its shell is one that nobody gets a prompt from. */
static const struct passwd *
check_user(struct po_check *check)
{
	const struct passwd *pw = getpwnam(PO_HELPER_USER);
	const char *shell;

	if (pw == NULL) {
		po_check_add(check, PO_CHECK_ERROR, PO_HELPER_USER,
		    FIX_USER " " PO_HELPER_USER,
		    "the helper's user does not exist");
		return NULL;
	}
	if (pw->pw_uid == 0)
		po_check_add(check, PO_CHECK_ERROR, PO_HELPER_USER,
		    "give it a uid of its own", "the helper's user is root");
	shell = strrchr(pw->pw_shell, '/');
	shell = shell == NULL ? pw->pw_shell : shell + 1;
	if (strcmp(shell, "nologin") != 0 && strcmp(shell, "false") != 0)
		po_check_add(check, PO_CHECK_WARNING, PO_HELPER_USER,
		    "usermod --shell /usr/sbin/nologin " PO_HELPER_USER,
		    "the helper's user could log in: its shell is \"%s\"",
		    pw->pw_shell);
	return pw;
}

/* They are made when they are needed; what is there must be right. */
static void
check_directory(struct po_check *check, const char *path, uid_t owner,
    mode_t not_allowed, const char *fix)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		if (errno != ENOENT && geteuid() == 0)
			po_check_add(check, PO_CHECK_ERROR, path, fix, "%s",
			    strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode) || st.st_uid != owner ||
	    (st.st_mode & not_allowed) != 0)
		po_check_add(check, PO_CHECK_ERROR, path, fix,
		    "not a directory of uid %ju alone (uid %ju, mode %04o)",
		    (uintmax_t)owner, (uintmax_t)st.st_uid, st.st_mode & 07777);
}

void
po_check_host(struct po_check *check)
{
	const struct passwd *pw = check_user(check);

	check_helper(check);
	check_directory(check, PO_STATEDIR, 0, 077,
	    "chown root " PO_STATEDIR " && chmod 700 " PO_STATEDIR);
	check_directory(check, PO_RUNDIR, 0, GO_WRITE,
	    "chown root " PO_RUNDIR " && chmod 711 " PO_RUNDIR);
	if (pw != NULL)
		check_directory(check, PO_CACHEDIR, pw->pw_uid, 077,
		    "rm -r " PO_CACHEDIR ": it is made anew");
	if (geteuid() != 0)
		po_check_add(check, PO_CHECK_NOTE, NULL, "run this as root",
		    "without root, secrets and sshd's settings are not looked "
		    "at");
}
