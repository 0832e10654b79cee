/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls of base/store.c, struck one by one.  See store_world.h. */

#include "store_world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static enum strike plan;
static unsigned at, calls;
static const char *struck;
static char trace[1024];
static bool is_repeating;

void
store_strike(enum strike strike, unsigned number)
{
	plan = strike;
	at = number;
	calls = 0;
	struck = NULL;
	trace[0] = '\0';
}

unsigned
store_calls(void)
{
	return calls;
}

const char *
store_struck(void)
{
	return struck;
}

const char *
store_trace(void)
{
	return trace;
}

void
store_repeat_drafts(void)
{
	is_repeating = true;
}

/* What is to become of this call. */
static enum strike
next(const char *call)
{
	size_t used = strlen(trace);

	calls++;
	(void)snprintf(trace + used, sizeof(trace) - used, "%s ", call);
	if (plan == STRIKE_NOT)
		return STRIKE_NOT;
	if (plan == STRIKE_SHORT && calls == at + 1)
		_exit(STRUCK_STATUS);
	if (calls != at)
		return STRIKE_NOT;
	struck = call;
	if (plan == STRIKE_DIE)
		_exit(STRUCK_STATUS);
	errno = EIO;
	return plan;
}

/* Calls __real_NAME with the arguments behind it. */
#define STRIKE(result, failure, name, ...)                                     \
	enum strike strike_ = next(#name);                                     \
	result rc_ = (failure);                                                \
                                                                               \
	if (strike_ != STRIKE_FAIL)                                            \
		rc_ = __real_##name(__VA_ARGS__);                              \
	if (strike_ == STRIKE_AFTER)                                           \
		_exit(STRUCK_STATUS);                                          \
	return rc_

#define WRAP(type, name, params)                                               \
	type __real_##name params;                                             \
	type __wrap_##name params;                                             \
	type __wrap_##name params

/* glibc reads the mode only where the flags ask for one */
static mode_t
mode_of(int flags, va_list args)
{
	return (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
}

WRAP(int, open, (const char *path, int flags, ...))
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	STRIKE(int, -1, open, path, flags, mode);
}

WRAP(int, openat, (int dir, const char *path, int flags, ...))
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = mode_of(flags, args);
	va_end(args);
	STRIKE(int, -1, openat, dir, path, flags, mode);
}

WRAP(int, mkdir, (const char *path, mode_t mode))
{
	STRIKE(int, -1, mkdir, path, mode);
}

WRAP(int, fchmod, (int fd, mode_t mode))
{
	STRIKE(int, -1, fchmod, fd, mode);
}

WRAP(int, fstat, (int fd, struct stat *st))
{
	STRIKE(int, -1, fstat, fd, st);
}

WRAP(int, fstatat, (int dir, const char *name, struct stat *st, int flags))
{
	STRIKE(int, -1, fstatat, dir, name, st, flags);
}

WRAP(ssize_t, read, (int fd, void *data, size_t size))
{
	bool is_short = plan == STRIKE_SHORT && calls + 1 == at;

	STRIKE(ssize_t, -1, read, fd, data, is_short ? 0 : size);
}

WRAP(ssize_t, write, (int fd, const void *data, size_t size))
{
	bool is_short = plan == STRIKE_SHORT && calls + 1 == at;

	STRIKE(ssize_t, -1, write, fd, data, is_short ? 1 : size);
}

WRAP(int, fsync, (int fd))
{
	STRIKE(int, -1, fsync, fd);
}

WRAP(int, linkat,
    (int dir, const char *from, int to_dir, const char *to, int flags))
{
	STRIKE(int, -1, linkat, dir, from, to_dir, to, flags);
}

WRAP(int, renameat, (int dir, const char *from, int to_dir, const char *to))
{
	STRIKE(int, -1, renameat, dir, from, to_dir, to);
}

WRAP(int, unlinkat, (int dir, const char *name, int flags))
{
	STRIKE(int, -1, unlinkat, dir, name, flags);
}

WRAP(ssize_t, getrandom, (void *data, size_t size, unsigned flags))
{
	if (is_repeating) {
		memset(data, 0, size);
		return (ssize_t)size;
	}
	STRIKE(ssize_t, -1, getrandom, data, size, flags);
}

WRAP(DIR *, fdopendir, (int fd))
{
	STRIKE(DIR *, NULL, fdopendir, fd);
}

WRAP(struct dirent *, readdir, (DIR * dir))
{
	STRIKE(struct dirent *, NULL, readdir, dir);
}
