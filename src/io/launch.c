/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From root to somebody who runs a browser.  What happens between fork and exec
 * cannot be told to anybody: whatever fails there ends the child, and so closes
 * the pipe.  See launch.h.
 */

#include "io/launch.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/sandbox.h"

/*
 * $1 is the command line, which the shell splits at blanks and does not
 * evaluate; nor does it the URL, which is no option either, whatever has become
 * of the helper.  The pipe's end is the only signal: the kernel sends that of
 * PR_SET_PDEATHSIG in the name of the parent, which is nobody by then and may
 * not send this user any.
 */
static const char script[] = "IFS= read -r url || exit\n"
			     "case $url in https://*) ;; *) exit ;; esac\n"
			     "set -f\n"
			     "{ trap : TERM; $1 \"$url\" || kill -9 0; } &\n"
			     "browser=$!\n"
			     "read -r url\n"
			     "trap '' TERM\n"
			     "kill 0\n"
			     "{ sleep 5; kill -9 0; } &\n"
			     "wait \"$browser\"\n"
			     "kill -9 0\n";

const struct passwd *
po_launch_user(const char *name, struct po_err *err)
{
	const struct passwd *pw = getpwnam(PO_HELPER_USER);
	uid_t uid = pw == NULL ? 0 : pw->pw_uid;
	gid_t gid = pw == NULL ? 0 : pw->pw_gid;
	const char *why = NULL;

	if (pw == NULL)
		why = "cannot be told from " PO_HELPER_USER ", who does not "
		      "exist";
	else if ((pw = getpwnam(name)) == NULL)
		why = "does not exist";
	else if (pw->pw_uid == 0 || pw->pw_gid == 0)
		why = "has uid or gid 0";
	else if (pw->pw_uid == uid || pw->pw_gid == gid)
		why = "has the uid or gid of " PO_HELPER_USER;
	if (why == NULL)
		return pw;
	(void)po_err_set(err, PO_E_CONFIG, "\"%s\" %s", name, why);
	return NULL;
}

enum po_status
po_launch_check(const char *command, struct po_err *err)
{
	AUTO(po_str_free)
	char *path = po_mem_dup(command, strcspn(command, " "));
	struct stat st;

	if (path == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (stat(path, &st) != 0)
		return po_err_set(err, PO_E_CONFIG, "%s: %m", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & S_IXOTH) == 0 ||
	    st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return po_err_set(err, PO_E_CONFIG,
		    "%s: not a program that everybody may run and root alone "
		    "can change (uid %ju, mode %04o): chown root, chmod 755",
		    path, (uintmax_t)st.st_uid, st.st_mode & 07777);
	return PO_OK;
}

/* What the helper has changed of them. */
static bool
reset_signals(void)
{
	sigset_t none;

	for (int signo = 1; signo < NSIG; signo++)
		(void)signal(signo, SIG_DFL); /* not SIGKILL, SIGSTOP */
	return sigemptyset(&none) == 0 &&
	       sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* The pipe is 0, 1 and 2 lead nowhere, and there is nothing else. */
static bool
set_descriptors(int pipe_fd)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0 || dup2(pipe_fd, STDIN_FILENO) != STDIN_FILENO ||
	    dup2(null_fd, STDOUT_FILENO) != STDOUT_FILENO ||
	    dup2(null_fd, STDERR_FILENO) != STDERR_FILENO)
		return false;
	/* the socket to the module above all, which is not close-on-exec */
	closefrom(STDERR_FILENO + 1);
	return true;
}

/* Comes back only if something is not as it should be. */
static void
become_launcher(const char *command, const struct passwd *pw, int pipe_fd)
{
	static char shell[] = "/bin/sh", name[] = "sh", option[] = "-c";
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char text[5][PATH_MAX + 32];
	char *const argv[] = { name, option, (char *)(uintptr_t)script, name,
		(char *)(uintptr_t)command, NULL };
	char *const envp[] = { path, text[0], text[1], text[2], text[3],
		text[4], NULL };

	(void)snprintf(text[0], sizeof(text[0]), "HOME=%s", pw->pw_dir);
	(void)snprintf(text[1], sizeof(text[1]), "USER=%s", pw->pw_name);
	(void)snprintf(text[2], sizeof(text[2]), "LOGNAME=%s", pw->pw_name);
	(void)snprintf(text[3], sizeof(text[3]), "SHELL=%s", pw->pw_shell);
	(void)snprintf(text[4], sizeof(text[4]), "XDG_RUNTIME_DIR=/run/user/%u",
	    (unsigned)pw->pw_uid);
	/* not as root: it may be anywhere */
	if (po_sandbox_hand_over(pw, NULL) == PO_OK && setsid() >= 0 &&
	    (chdir(pw->pw_dir) == 0 || chdir("/") == 0) &&
	    set_descriptors(pipe_fd) && reset_signals())
		(void)execve(shell, argv, envp);
}

enum po_status
po_launch_start(
    const char *command, const struct passwd *pw, int *fd, struct po_err *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return po_err_sys(err, "pipe2");
	AUTO(po_fd_close) int theirs = ends[0];
	*fd = ends[1];
	if ((pid = fork()) == 0) {
		become_launcher(command, pw, theirs);
		_exit(127);
	}
	if (pid > 0)
		return PO_OK;
	(void)po_err_sys(err, "fork");
	po_fd_close(fd);
	return PO_E_SYSTEM;
}
