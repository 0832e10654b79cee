/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting and ending the helper from inside somebody else's process, which
 * may be setuid, have threads, 10,000 descriptors and its own ideas about
 * SIGCHLD.  posix_spawn: no code of ours runs between fork and exec, no
 * atfork handler of the host runs at all, and a failed exec is reported with
 * its errno.  See spawn.h.
 */

#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* glibc has these since 2.36 only; they are in Linux 5.4, 5.3 and 5.1 */
#define WAIT_PIDFD ((idtype_t)3) /* P_PIDFD */

static int
pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int
pidfd_send_signal(int pidfd, int signo)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
}

static void
actions_destroy(posix_spawn_file_actions_t *actions)
{
	(void)posix_spawn_file_actions_destroy(actions);
}

static void
attr_destroy(posix_spawnattr_t *attr)
{
	(void)posix_spawnattr_destroy(attr);
}

/*
 * Descriptors of the child: /dev/null three times, the socket, nothing else.
 * If the socket already is PO_HELPER_FD, dup2 to itself clears CLOEXEC
 * (POSIX, posix_spawn_file_actions_adddup2).
 */
static int
set_descriptors(posix_spawn_file_actions_t *actions, int fd)
{
	int r = posix_spawn_file_actions_adddup2(actions, fd, PO_HELPER_FD);

	for (int std = 0; std < PO_HELPER_FD && r == 0; std++)
		r = posix_spawn_file_actions_addopen(
		    actions, std, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(
		    actions, PO_HELPER_FD + 1);
	return r;
}

/*
 * What the terminal sends waits until the helper takes it for "cancelled"
 * (helper/channel.c): Ctrl-C while it is being loaded is no broken host.
 */
static int
set_signals(posix_spawnattr_t *attr)
{
	sigset_t all, held;
	int r;

	if (sigfillset(&all) != 0 || sigemptyset(&held) != 0 ||
	    sigaddset(&held, SIGINT) != 0 || sigaddset(&held, SIGQUIT) != 0 ||
	    sigaddset(&held, SIGHUP) != 0)
		return errno;
	if ((r = posix_spawnattr_setsigdefault(attr, &all)) != 0 ||
	    (r = posix_spawnattr_setsigmask(attr, &held)) != 0)
		return r;
	return posix_spawnattr_setflags(
	    attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

static int
spawn(pid_t *pid, int fd)
{
	/* constant strings that execve wants as char *const[] */
	static char name[] = "pam_oauth_helper";
	char *const argv[] = { name, NULL };
	char *const envp[] = { NULL };
	AUTO(actions_destroy) posix_spawn_file_actions_t actions;
	AUTO(attr_destroy) posix_spawnattr_t attr;
	int r;

	/* glibc's init functions cannot fail */
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	if ((r = set_descriptors(&actions, fd)) != 0 ||
	    (r = set_signals(&attr)) != 0)
		return r;
	return posix_spawn(pid, po_helper_path, &actions, &attr, argv, envp);
}

/*
 * Out of the way of descriptors 0 to 3, which the child's set-up overwrites:
 * the application may have closed its own.
 */
static int
move_up(int low)
{
	int high = fcntl(low, F_DUPFD_CLOEXEC, PO_HELPER_FD + 1);
	int saved = errno;

	(void)close(low);
	errno = saved;
	return high;
}

static enum po_status
socket_pair(int ends[2], struct po_err *err)
{
	int low[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, low) != 0)
		return po_err_sys(err, "socketpair");
	for (int i = 0; i < 2; i++)
		if ((ends[i] = move_up(low[i])) < 0)
			(void)po_err_sys(err, "fcntl");
	return ends[0] < 0 || ends[1] < 0 ? PO_E_SYSTEM : PO_OK;
}

enum po_status
po_child_spawn(struct po_child *child, struct po_err *err)
{
	int tty = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int ends[2] = { -1, -1 };
	enum po_status st;
	int r;

	st = socket_pair(ends, err);
	child->ipc.fd = ends[0];
	/* without it a hang-up is noticed at the deadline */
	if (tty >= 0 && (child->ipc.tty_fd = move_up(tty)) < 0)
		child->ipc.tty_fd = 0;
	AUTO(po_fd_close) int theirs = ends[1];
	if (st != PO_OK)
		return st;
	if ((r = spawn(&child->pid, theirs)) != 0) {
		child->pid = 0;
		return po_err_set(
		    err, PO_E_HELPER, "%s: %s", po_helper_path, po_err_of(r));
	}
	if ((child->pidfd = pidfd_open(child->pid)) < 0)
		return po_err_set(
		    err, PO_E_HELPER, "pidfd_open: %s", po_err_of(errno));
	return PO_OK;
}

void
po_child_end(struct po_child *child)
{
	idtype_t type = P_PID;
	id_t id = (id_t)child->pid;

	po_ipc_close(&child->ipc);
	if (child->pid == 0)
		return;
	/* through the pidfd: the number may be somebody else's by now */
	if (child->pidfd >= 0) {
		type = WAIT_PIDFD;
		id = (id_t)child->pidfd;
		(void)pidfd_send_signal(child->pidfd, SIGKILL);
	} else {
		(void)kill(child->pid, SIGKILL);
	}
	while (waitid(type, id, &child->end, WEXITED) < 0 && errno == EINTR)
		continue;
	po_fd_close(&child->pidfd);
	child->pid = 0;
}

void
po_child_blame(const struct po_child *child, struct po_err *err)
{
	if (child->end.si_code == CLD_EXITED && child->end.si_status != 0)
		po_err_prefix(err, "exit status %d", child->end.si_status);
	else if ((child->end.si_code == CLD_KILLED ||
		     child->end.si_code == CLD_DUMPED) &&
		 child->end.si_status != SIGKILL)
		po_err_prefix(err, "signal %d", child->end.si_status);
}
