/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for the helper in test_spawn: reports over descriptor 3 in what
 * state it was started, and then leaves when told to, at the end of the
 * socket, or never.
 */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"

#define SOCKET_FD 3 /* PO_HELPER_FD of base/spawn.h */

static void
report_descriptors(struct po_buf *out)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");
	char own[16];

	if (dir == NULL)
		_exit(2);
	(void)snprintf(own, sizeof(own), "%d", dirfd(dir));
	po_buf_append_str(out, " descriptors=");
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0)
			po_buf_appendf(out, "%s,", entry->d_name);
	(void)closedir(dir);
}

static bool
is_dev_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(1, 3) &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

static bool
is_seqpacket(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       type == SOCK_SEQPACKET;
}

/* A sanitizer catches these in its own programs. */
static bool
is_for_sanitizers(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE ||
	       signo == SIGILL || signo == SIGABRT || signo == SIGTRAP;
}

static void
report_signals(struct po_buf *out)
{
	sigset_t mask;

	if (sigprocmask(SIG_BLOCK, NULL, &mask) != 0)
		_exit(2);
	po_buf_append_str(out, " signals=");
	for (int signo = 1; signo <= SIGRTMAX; signo++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		/* libc keeps two for itself, and does not tell */
		if (sigaction(signo, NULL, &action) != 0)
			continue;
		if (sigismember(&mask, signo) == 1)
			po_buf_appendf(out, "%d blocked,", signo);
		if (action.sa_handler != SIG_DFL && !is_for_sanitizers(signo))
			po_buf_appendf(out, "%d caught,", signo);
	}
}

static void
hang(void)
{
	for (int signo = 1; signo <= SIGRTMAX; signo++)
		(void)signal(signo, SIG_IGN);
	(void)send(SOCKET_FD, "", 1, MSG_NOSIGNAL);
	for (;;)
		(void)pause();
}

int
main(int argc, char **argv)
{
	struct po_buf out = PO_BUF_INIT(8192);
	unsigned variables = 0;
	char order = '\0';

	while (environ != NULL && environ[variables] != NULL)
		variables++;
	po_buf_appendf(&out, "argc=%d name=%s variables=%u group=%d", argc,
	    argc > 0 ? argv[0] : "", variables, (int)getpgrp());
	report_descriptors(&out);
	po_buf_appendf(&out, " null=%d%d%d socket=%d", is_dev_null(0),
	    is_dev_null(1), is_dev_null(2), is_seqpacket(SOCKET_FD));
	report_signals(&out);
	if (po_buf_check(&out, NULL) != PO_OK ||
	    send(SOCKET_FD, out.data, out.len, MSG_NOSIGNAL) < 0)
		_exit(2);
	po_buf_clear(&out);
	if (recv(SOCKET_FD, &order, 1, 0) == 1 && order == 'h')
		hang();
	_exit(0);
}
