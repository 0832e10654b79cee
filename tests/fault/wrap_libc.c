/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of libc that both halves of a login make, each failing as its manual
 * page says it may; and the time, which need not be ours.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "fault.h"

/* --- memory --- */

WRAP(void *, malloc, (size_t size))
{
	if (FAULT("malloc", "ENOMEM") >= 0)
		return NULL;
	return fault_keep("malloc", __real_malloc(size));
}

WRAP(void *, calloc, (size_t count, size_t size))
{
	if (FAULT("calloc", "ENOMEM") >= 0)
		return NULL;
	return fault_keep("calloc", __real_calloc(count, size));
}

WRAP(void *, reallocarray, (void *ptr, size_t count, size_t size))
{
	if (FAULT("reallocarray", "ENOMEM") >= 0)
		return NULL;
	fault_drop(ptr);
	return fault_keep(
	    "reallocarray", __real_reallocarray(ptr, count, size));
}

WRAP(void, free, (void *ptr))
{
	fault_drop(ptr);
	__real_free(ptr);
}

/* --- files and directories --- */

static mode_t
mode_of(int flags, va_list args)
{
	return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

const char *fault_tcp_file = "/proc/net/tcp";

WRAP(int, open, (const char *path, int flags, ...))
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	if (FAULT("open", "EMFILE", "ENOENT") >= 0)
		return -1;
	if (strcmp(path, "/proc/net/tcp") == 0)
		path = fault_tcp_file;
	else if (strcmp(path, "/proc/net/tcp6") == 0)
		path = "/dev/null"; /* the host's own differs from run to run */
	return __real_open(path, flags, mode);
}

WRAP(int, openat, (int dir, const char *path, int flags, ...))
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	if (FAULT("openat", "EMFILE", "ELOOP") >= 0)
		return -1;
	return __real_openat(dir, path, flags, mode);
}

WRAP(off_t, lseek, (int fd, off_t offset, int whence))
{
	if (FAULT("lseek", "EINVAL") >= 0)
		return -1;
	return __real_lseek(fd, offset, whence);
}

WRAP(int, stat, (const char *restrict path, struct stat *restrict st))
{
	if (FAULT("stat", "ENOENT", "EACCES") >= 0)
		return -1;
	return __real_stat(path, st);
}

/* Our own files are whose we are just now, whoever runs the test. */
uid_t fault_euid;

WRAP(uid_t, geteuid, (void))
{
	return fault_euid;
}

WRAP(int, fstat, (int fd, struct stat *st))
{
	int rc;

	if (FAULT("fstat", "EIO") >= 0)
		return -1;
	rc = __real_fstat(fd, st);
	if (rc == 0 && st->st_uid == getuid())
		st->st_uid = fault_euid;
	return rc;
}

WRAP(int, fstatat, (int dir, const char *path, struct stat *st, int flags))
{
	if (FAULT("fstatat", "EIO") >= 0)
		return -1;
	return __real_fstatat(dir, path, st, flags);
}

/* "end": somebody has cut the file short since it was looked at. */
WRAP(ssize_t, read, (int fd, void *data, size_t size))
{
	switch (FAULT("read", "EIO", "EINTR", "end", "short")) {
	case 0:
	case 1:
		return -1;
	case 2:
		return 0;
	case 3:
		return __real_read(fd, data, size > 7 ? 7 : size);
	default:
		return __real_read(fd, data, size);
	}
}

/* Linux closes the descriptor whatever it answers. */
WRAP(int, close, (int fd))
{
	int way = FAULT("close", "EIO", "EINTR");
	int saved_errno = errno;
	int rc = __real_close(fd);

	if (way < 0)
		return rc;
	errno = saved_errno;
	return -1;
}

WRAP(DIR *, opendir, (const char *path))
{
	if (FAULT("opendir", "EMFILE") >= 0)
		return NULL;
	return fault_keep("opendir", __real_opendir(path));
}

WRAP(struct dirent *, readdir, (DIR * dir))
{
	if (FAULT("readdir", "EIO") >= 0)
		return NULL;
	return __real_readdir(dir);
}

WRAP(DIR *, fdopendir, (int fd))
{
	if (FAULT("fdopendir", "ENOMEM") >= 0)
		return NULL;
	return fault_keep("fdopendir", __real_fdopendir(fd));
}

WRAP(int, closedir, (DIR * dir))
{
	fault_drop(dir);
	return __real_closedir(dir);
}

/* --- what is written --- */

WRAP(int, mkdir, (const char *path, mode_t mode))
{
	if (FAULT("mkdir", "ENOSPC") >= 0)
		return -1;
	return __real_mkdir(path, mode);
}

WRAP(int, fchmod, (int fd, mode_t mode))
{
	if (FAULT("fchmod", "EPERM") >= 0)
		return -1;
	return __real_fchmod(fd, mode);
}

/* Pretended: only root could give files away. */
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid))
{
	(void)fd;
	(void)uid;
	(void)gid;
	return FAULT("fchown", "EPERM", "EIO") >= 0 ? -1 : 0;
}

WRAP(ssize_t, write, (int fd, const void *data, size_t size))
{
	switch (FAULT("write", "ENOSPC", "EINTR", "short")) {
	case 0:
	case 1:
		return -1;
	case 2:
		return __real_write(fd, data, size > 7 ? 7 : size);
	default:
		return __real_write(fd, data, size);
	}
}

/* Whether it did reach the disk, nobody knows then. */
WRAP(int, fsync, (int fd))
{
	return FAULT("fsync", "EIO", "ENOSPC") >= 0 ? -1 : __real_fsync(fd);
}

/* "EEXIST": and by the next look it has been removed again. */
WRAP(int, linkat,
    (int dir, const char *from, int to_dir, const char *to, int flags))
{
	if (FAULT("linkat", "EIO", "EEXIST") >= 0)
		return -1;
	return __real_linkat(dir, from, to_dir, to, flags);
}

WRAP(int, renameat, (int dir, const char *from, int to_dir, const char *to))
{
	if (FAULT("renameat", "EIO") >= 0)
		return -1;
	return __real_renameat(dir, from, to_dir, to);
}

WRAP(int, unlinkat, (int dir, const char *name, int flags))
{
	if (FAULT("unlinkat", "EIO") >= 0)
		return -1;
	return __real_unlinkat(dir, name, flags);
}

/* --- the socket --- */

static bool is_virtual;

/*
 * What was not sent never comes.  In real time, ending our direction spares us
 * waiting as long as the other side would.
 */
WRAP(ssize_t, send, (int fd, const void *data, size_t size, int flags))
{
	int way = FAULT("send", "EINTR", "EAGAIN", "EPIPE", "short");

	if (way < 0)
		return __real_send(fd, data, size, flags);
	if (way > 0 && !is_virtual)
		(void)shutdown(fd, SHUT_WR);
	return way == 3 ? (ssize_t)size - 1 : -1;
}

WRAP(ssize_t, recv, (int fd, void *data, size_t size, int flags))
{
	switch (FAULT("recv", "EINTR", "ECONNRESET", "EAGAIN", "end")) {
	case 0:
	case 1:
	case 2:
		return -1;
	case 3:
		return 0;
	default:
		return __real_recv(fd, data, size, flags);
	}
}

WRAP(int, shutdown, (int fd, int how))
{
	if (FAULT("shutdown", "ENOTCONN") >= 0)
		return -1;
	return __real_shutdown(fd, how);
}

/* --- entropy: always the same, so that runs are --- */

WRAP(ssize_t, getrandom, (void *data, size_t size, unsigned flags))
{
	unsigned char *bytes = data;
	/* for what need not be secret, nobody waits */
	bool label = (flags & GRND_NONBLOCK) != 0;
	int way = FAULT(label ? "getrandom(GRND_NONBLOCK)" : "getrandom",
	    "EAGAIN", "ENOSYS", "EINTR", "short");

	if (way >= 0 && way < 3)
		return -1;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(41 * i + 7);
	return (ssize_t)size - (way == 3);
}

/* --- time --- */

static int64_t virtual_ms;

void
fault_virtual_time(int64_t now_ms)
{
	is_virtual = true;
	virtual_ms = now_ms;
}

void
fault_advance(int64_t ms)
{
	virtual_ms += ms;
}

WRAP(int64_t, po_clock_ms, (void))
{
	return is_virtual ? virtual_ms : __real_po_clock_ms();
}

/* In virtual time what has not come by now will not come. */
WRAP(int, poll, (struct pollfd * fds, nfds_t count, int timeout_ms))
{
	int ready;

	if (FAULT("poll", "EINTR", "ENOMEM") >= 0)
		return -1;
	if (!is_virtual)
		return __real_poll(fds, count, timeout_ms);
	ready = __real_poll(fds, count, 0);
	if (ready == 0 && timeout_ms > 0)
		virtual_ms += timeout_ms;
	return ready;
}
