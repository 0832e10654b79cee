/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls with which the module starts and ends its helper, and those about the
 * process that it and the helper are.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <netinet/in.h>

#include "fault.h"

WRAP(int, socketpair, (int domain, int type, int protocol, int ends[2]))
{
	if (FAULT("socketpair", "EMFILE", "ENOMEM") >= 0)
		return -1;
	return __real_socketpair(domain, type, protocol, ends);
}

/*
 * A redirect_uri on this host, at which a browser brings FAULT_CODE with
 * the state that getrandom gives, each time that somebody looks.
 */
int __real_close(int fd);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
static int
visited(const char *request)
{
	int ends[2];

	if (__real_socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) !=
	    0)
		abort();
	if (__real_send(ends[1], request, strlen(request), 0) < 0)
		abort();
	(void)__real_close(ends[1]);
	return ends[0];
}

WRAP(int, socket, (int domain, int type, int protocol))
{
	(void)domain;
	(void)type;
	(void)protocol;
	if (FAULT("socket", "EAFNOSUPPORT", "EMFILE") >= 0)
		return -1;
	return visited("x");
}

WRAP(int, setsockopt,
    (int fd, int level, int option, const void *value, socklen_t size))
{
	(void)fd;
	(void)level;
	(void)option;
	(void)value;
	(void)size;
	return FAULT("setsockopt", "ENOBUFS") >= 0 ? -1 : 0;
}

WRAP(int, bind, (int fd, const struct sockaddr *address, socklen_t size))
{
	(void)fd;
	(void)address;
	(void)size;
	return FAULT("bind", "EADDRINUSE", "EADDRNOTAVAIL") >= 0 ? -1 : 0;
}

WRAP(int, listen, (int fd, int backlog))
{
	(void)fd;
	(void)backlog;
	return FAULT("listen", "EADDRINUSE") >= 0 ? -1 : 0;
}

WRAP(int, getsockname, (int fd, struct sockaddr *address, socklen_t *size))
{
	struct sockaddr_in *four = (void *)address;

	(void)fd;
	(void)size;
	four->sin_port = htons(8400); /* where that of IPv6 is, too */
	return FAULT("getsockname", "ENOBUFS") >= 0 ? -1 : 0;
}

WRAP(int, accept4,
    (int fd, struct sockaddr *address, socklen_t *size, int flags))
{
	(void)fd;
	(void)address;
	(void)size;
	(void)flags;
	if (FAULT("accept4", "ECONNABORTED", "EMFILE") >= 0)
		return -1;
	return visited("GET /cb?code=" FAULT_CODE
		       "&state=BzBZgqvU_SZPeKHK8xxFbg HTTP/1.1\r\n"
		       "Host: 127.0.0.1:8400\r\n\r\n");
}

WRAP(int, getpeername,
    (int fd, struct sockaddr *restrict address, socklen_t *restrict size))
{
	struct sockaddr_in *four = (void *)address;

	(void)fd;
	(void)size;
	four->sin_port = htons(1234); /* see FAULT_TCP */
	return FAULT("getpeername", "ENOTCONN") >= 0 ? -1 : 0;
}

/* "EAGAIN": somebody else has that lock. */
WRAP(int, fcntl, (int fd, int command, ...))
{
	struct flock *lock;
	va_list args;
	int value, rc;

	va_start(args, command);
	if (command == F_OFD_SETLK) {
		lock = va_arg(args, struct flock *);
		rc = FAULT("fcntl(F_OFD_SETLK)", "ENOLCK", "EAGAIN") >= 0
			 ? -1
			 : __real_fcntl(fd, command, lock);
	} else {
		value = va_arg(args, int);
		rc = FAULT("fcntl", "EMFILE") >= 0
			 ? -1
			 : __real_fcntl(fd, command, value);
	}
	va_end(args);
	return rc;
}

/* --- a child that is never there: what it would read goes nowhere --- */

WRAP(int, pipe2, (int ends[2], int flags))
{
	if (FAULT("pipe2", "EMFILE") >= 0)
		return -1;
	fault_pause();
	ends[0] = open("/dev/null", O_RDONLY | flags);
	ends[1] = open("/dev/null", O_WRONLY | flags);
	fault_resume();
	return 0;
}

WRAP(pid_t, fork, (void))
{
	if (!fault_is_running())
		return __real_fork();
	return FAULT("fork", "EAGAIN", "ENOMEM") >= 0 ? -1 : 4711;
}

/* --- posix_spawn: errors are returned --- */

WRAP(int, posix_spawn_file_actions_adddup2,
    (posix_spawn_file_actions_t * actions, int fd, int to))
{
	if (FAULT("posix_spawn_file_actions_adddup2", "ENOMEM") >= 0)
		return ENOMEM;
	return __real_posix_spawn_file_actions_adddup2(actions, fd, to);
}

WRAP(int, posix_spawn_file_actions_addopen,
    (posix_spawn_file_actions_t * actions, int fd, const char *path, int flags,
	mode_t mode))
{
	if (FAULT("posix_spawn_file_actions_addopen", "ENOMEM") >= 0)
		return ENOMEM;
	return __real_posix_spawn_file_actions_addopen(
	    actions, fd, path, flags, mode);
}

WRAP(int, posix_spawn_file_actions_addclosefrom_np,
    (posix_spawn_file_actions_t * actions, int from))
{
	if (FAULT("posix_spawn_file_actions_addclosefrom_np", "ENOMEM") >= 0)
		return ENOMEM;
	return __real_posix_spawn_file_actions_addclosefrom_np(actions, from);
}

WRAP(int, posix_spawnattr_setsigdefault,
    (posix_spawnattr_t * attr, const sigset_t *set))
{
	if (FAULT("posix_spawnattr_setsigdefault", "EINVAL") >= 0)
		return EINVAL;
	return __real_posix_spawnattr_setsigdefault(attr, set);
}

WRAP(int, posix_spawnattr_setsigmask,
    (posix_spawnattr_t * attr, const sigset_t *set))
{
	if (FAULT("posix_spawnattr_setsigmask", "EINVAL") >= 0)
		return EINVAL;
	return __real_posix_spawnattr_setsigmask(attr, set);
}

WRAP(int, posix_spawnattr_setflags, (posix_spawnattr_t * attr, short flags))
{
	if (FAULT("posix_spawnattr_setflags", "EINVAL") >= 0)
		return EINVAL;
	return __real_posix_spawnattr_setflags(attr, flags);
}

WRAP(int, posix_spawn,
    (pid_t * pid, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attr, char *const argv[], char *const envp[]))
{
	static const int errors[] = { EAGAIN, ENOMEM, ENOENT };
	int way = FAULT("posix_spawn", "EAGAIN", "ENOMEM", "ENOENT");

	if (way >= 0)
		return errors[way];
	return __real_posix_spawn(pid, path, actions, attr, argv, envp);
}

/* --- the running helper --- */

/* What valgrind 3.19 does not let through; there is one helper at a time. */
static pid_t by_hand;

static long
do_by_hand(long number, long first)
{
	long rc;

	fault_pause();
	if (number == SYS_pidfd_open) {
		by_hand = (pid_t)first;
		rc = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} else {
		rc = kill(by_hand, SIGKILL);
	}
	fault_resume();
	return rc;
}

/*
 * Pretended, by the newest kernel or an older one.  "some left": what capget
 * tells when capset has not done its work.
 */
static long
confine(long number, long first, long second)
{
	struct __user_cap_data_struct *data;
	long rc;

	switch (number) {
	case SYS_capset:
		return FAULT("capset", "EPERM") >= 0 ? -1 : 0;
	case SYS_capget:
		data = (struct __user_cap_data_struct *)second;
		memset(data, 0, _LINUX_CAPABILITY_U32S_3 * sizeof(*data));
		switch (FAULT("capget", "EINVAL", "some left")) {
		case 0:
			return -1;
		case 1:
			data[0].inheritable = 1;
			return 0;
		default:
			return 0;
		}
	case SYS_landlock_add_rule:
		return FAULT("landlock_add_rule", "ENOMEM") >= 0 ? -1 : 0;
	case SYS_landlock_restrict_self:
		return FAULT("landlock_restrict_self", "EPERM") >= 0 ? -1 : 0;
	default:
		break;
	}
	if (first == 0) {
		switch (FAULT("landlock_abi", "ENOSYS", "EOPNOTSUPP", "EPERM",
		    "oldest")) {
		case 0:
		case 1:
		case 2:
			return -1;
		case 3:
			return 1;
		default:
			return 7;
		}
	}
	if (FAULT("landlock_create_ruleset", "EMFILE", "ENOMEM") >= 0)
		return -1;
	fault_pause();
	rc = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fault_resume();
	return rc;
}

/*
 * pidfd_open and pidfd_send_signal: glibc 2.36 only has functions for them;
 * and what has none.
 */
WRAP(long, syscall, (long number, ...))
{
	static bool is_unknown;
	long a, b, c, d, rc;
	va_list args;

	va_start(args, number);
	a = va_arg(args, long);
	b = va_arg(args, long);
	c = va_arg(args, long);
	d = va_arg(args, long);
	va_end(args);
	if (number == SYS_capset || number == SYS_capget ||
	    number == SYS_landlock_create_ruleset ||
	    number == SYS_landlock_add_rule ||
	    number == SYS_landlock_restrict_self)
		return confine(number, a, b);
	if (FAULT(number == SYS_pidfd_open ? "pidfd_open" : "pidfd_send_signal",
		"EMFILE", "ENOSYS", "ESRCH") >= 0)
		return -1;
	rc = is_unknown ? -1 : __real_syscall(number, a, b, c, d);
	if (rc >= 0 || (!is_unknown && errno != ENOSYS))
		return rc;
	is_unknown = true;
	return do_by_hand(number, a);
}

WRAP(int, kill, (pid_t pid, int signo))
{
	if (FAULT("kill", "EPERM", "ESRCH") >= 0)
		return -1;
	return __real_kill(pid, signo);
}

/* "ECHILD": the application has reaped it before us. */
WRAP(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options))
{
	/* a pidfd that do_by_hand made is none */
	if (by_hand != 0 && type != P_PID) {
		type = P_PID;
		id = (id_t)by_hand;
	}
	switch (FAULT("waitid", "EINTR", "ECHILD")) {
	case 0:
		return -1;
	case 1:
		(void)__real_waitid(type, id, info, options);
		errno = ECHILD;
		return -1;
	default:
		return __real_waitid(type, id, info, options);
	}
}

/* --- limits: pretended --- */

/*
 * clang's sanitizers are linked into the program, and so come through here
 * too, before they are ready for code that they check.
 */
UNCHECKED int __wrap_setrlimit(
    __rlimit_resource_t resource, const struct rlimit *limit);
WRAP(int, setrlimit, (__rlimit_resource_t resource, const struct rlimit *limit))
{
	if (!fault_is_running())
		return __real_setrlimit(resource, limit);
	return FAULT("setrlimit", "EPERM") >= 0 ? -1 : 0;
}

UNCHECKED int __wrap_getrlimit(
    __rlimit_resource_t resource, struct rlimit *limit);
WRAP(int, getrlimit, (__rlimit_resource_t resource, struct rlimit *limit))
{
	if (fault_is_running() && FAULT("getrlimit", "EINVAL") >= 0)
		return -1;
	return __real_getrlimit(resource, limit);
}

WRAP(int, pthread_create,
    (pthread_t * thread, const pthread_attr_t *attr, void *(*body)(void *),
	void *arg))
{
	if (FAULT("pthread_create", "EAGAIN") >= 0)
		return EAGAIN;
	return __real_pthread_create(thread, attr, body, arg);
}

/* Only the helper has a handler, for SIGSYS, which stays where it is. */
UNCHECKED int __wrap_sigaction(
    int signo, const struct sigaction *action, struct sigaction *old);
WRAP(int, sigaction,
    (int signo, const struct sigaction *action, struct sigaction *old))
{
	if (!fault_is_running() || signo != SIGSYS)
		return __real_sigaction(signo, action, old);
	return FAULT("sigaction", "EINVAL") >= 0 ? -1 : 0;
}

/* --- the application itself --- */

WRAP(int, gethostname, (char *name, size_t size))
{
	if (FAULT("gethostname", "EINVAL") >= 0)
		return -1;
	return __real_gethostname(name, size);
}

WRAP(ssize_t, readlink, (const char *path, char *target, size_t size))
{
	if (FAULT("readlink", "EIO") >= 0)
		return -1;
	return __real_readlink(path, target, size);
}

WRAP(void *, mmap,
    (void *where, size_t size, int protection, int flags, int fd, off_t offset))
{
	void *made;

	if (FAULT("mmap", "ENOMEM") >= 0)
		return MAP_FAILED;
	made = __real_mmap(where, size, protection, flags, fd, offset);
	if (made != MAP_FAILED)
		(void)fault_keep("mmap", made);
	return made;
}

WRAP(int, munmap, (void *where, size_t size))
{
	fault_drop(where);
	return __real_munmap(where, size);
}

/* --- signals --- */

WRAP(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old))
{
	if (FAULT("sigprocmask", "EINVAL") >= 0)
		return -1;
	return __real_sigprocmask(how, set, old);
}

WRAP(__sighandler_t, signal, (int signo, __sighandler_t handler))
{
	if (FAULT("signal", "EINVAL") >= 0)
		return SIG_ERR;
	return __real_signal(signo, handler);
}

WRAP(int, signalfd, (int fd, const sigset_t *set, int flags))
{
	if (FAULT("signalfd", "EMFILE", "ENOMEM") >= 0)
		return -1;
	return __real_signalfd(fd, set, flags);
}
