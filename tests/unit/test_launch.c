/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From root to somebody else: the child's side of the launcher, in this
 * process, with calls that only pretend, and each of them failing once.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "descriptors.h"
#include "io/launch.h"

#define UID 1234
#define GID 5678

static char name[] = "webkiosk", home[] = "/home/webkiosk",
	    shell[] = "/bin/bash";
static const struct passwd kiosk = { .pw_name = name,
	.pw_uid = UID,
	.pw_gid = GID,
	.pw_dir = home,
	.pw_shell = shell };

/* Which call fails, and what came of it all. */
static struct {
	bool is_child;
	unsigned calls, struck;
	const char *what; /* the one that was struck */
	struct po_buf trace;
	bool executed;
	uid_t uid;
	gid_t gid;
	jmp_buf end;
} world;

static bool
strike(const char *what)
{
	po_buf_appendf(&world.trace, "%s ", what);
	if (++world.calls != world.struck)
		return false;
	world.what = what;
	errno = EPERM;
	return true;
}

#define REAL(type, call, params) type __real_##call params

pid_t __wrap_fork(void);
pid_t
__wrap_fork(void)
{
	if (!world.is_child) {
		errno = EAGAIN;
		return -1;
	}
	return 0;
}

int __wrap_initgroups(const char *user, gid_t group);
int
__wrap_initgroups(const char *user, gid_t group)
{
	assert_string_equal(user, name);
	assert_int_equal(group, GID);
	assert_int_equal(world.uid, 0);
	return strike("initgroups") ? -1 : 0;
}

int __wrap_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
int
__wrap_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	assert_true(rgid == GID && egid == GID && sgid == GID);
	if (strike("setresgid"))
		return -1;
	world.gid = egid;
	return 0;
}

int __wrap_setresuid(uid_t ruid, uid_t euid, uid_t suid);
int
__wrap_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	assert_true(ruid == UID && euid == UID && suid == UID);
	if (strike("setresuid"))
		return -1;
	world.uid = euid;
	return 0;
}

/* Struck: one of the ids has stayed. */
int __wrap_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid);
int
__wrap_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
{
	*ruid = *euid = *suid = world.uid;
	if (strike("getresuid"))
		*suid = 0;
	return 0;
}

int __wrap_getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid);
int
__wrap_getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)
{
	*rgid = *egid = *sgid = world.gid;
	if (strike("getresgid"))
		*rgid = 0;
	return 0;
}

/* Struck: there is a way back. */
int __wrap_setuid(uid_t uid);
int
__wrap_setuid(uid_t uid)
{
	assert_int_equal(uid, 0);
	return strike("setuid") ? 0 : -1;
}

long __wrap_syscall(long number, ...);
long
__wrap_syscall(long number, ...)
{
	va_list args;
	uint32_t *data;
	bool struck = strike(number == SYS_capset ? "capset" : "capget");

	va_start(args, number);
	(void)va_arg(args, void *);
	data = va_arg(args, uint32_t *);
	va_end(args);
	/* struck: some are left */
	if (number == SYS_capget)
		data[0] = struck;
	return number == SYS_capset && struck ? -1 : 0;
}

pid_t __wrap_setsid(void);
pid_t
__wrap_setsid(void)
{
	return strike("setsid") ? -1 : 1;
}

/* Never as root, whose reach is longer. */
int __wrap_chdir(const char *path);
int
__wrap_chdir(const char *path)
{
	assert_int_equal(world.uid, UID);
	assert_true(strcmp(path, home) == 0 || strcmp(path, "/") == 0);
	return strike("chdir") ? -1 : 0;
}

REAL(int, open, (const char *, int, ...));
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	size_t len = strlen(path);

	/* what a build for coverage writes, at the end of each child */
	if (len > 5 && strcmp(path + len - 5, ".gcda") == 0)
		return __real_open(path, flags, 0644);
	assert_string_equal(path, "/dev/null");
	return strike("open") ? -1 : __real_open(path, flags);
}

int __wrap_dup2(int from, int to);
int
__wrap_dup2(int from, int to)
{
	assert_true(from > 2 && to >= 0 && to <= 2);
	return strike("dup2") ? -1 : to;
}

void __wrap_closefrom(int first);
void
__wrap_closefrom(int first)
{
	assert_int_equal(first, 3);
	po_buf_append_str(&world.trace, "closefrom ");
}

static uint64_t reset;
__sighandler_t __wrap_signal(int signo, __sighandler_t handler);
__sighandler_t
__wrap_signal(int signo, __sighandler_t handler)
{
	assert_true(handler == SIG_DFL);
	reset |= 1ULL << (signo - 1);
	return SIG_DFL;
}

int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old);
int
__wrap_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	assert_int_equal(how, SIG_SETMASK);
	assert_true(sigisemptyset(set));
	assert_null(old);
	return strike("sigprocmask") ? -1 : 0;
}

int __wrap_execve(const char *path, char *const argv[], char *const envp[]);
int
__wrap_execve(const char *path, char *const argv[], char *const envp[])
{
	static const char *const environment[] = {
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/webkiosk",
		"USER=webkiosk", "LOGNAME=webkiosk", "SHELL=/bin/bash",
		"XDG_RUNTIME_DIR=/run/user/1234"
	};

	assert_int_equal(world.uid, UID);
	assert_int_equal(world.gid, GID);
	assert_string_equal(path, "/bin/sh");
	assert_string_equal(argv[0], "sh");
	assert_string_equal(argv[1], "-c");
	assert_string_equal(argv[3], "sh");
	assert_string_equal(argv[4], "/usr/bin/web --kiosk");
	assert_null(argv[5]);
	for (size_t i = 0; i < PO_ARRAY_LEN(environment); i++)
		assert_string_equal(envp[i], environment[i]);
	assert_null(envp[PO_ARRAY_LEN(environment)]);
	/* all that can be set, but for glibc's own */
	assert_true((reset | 1ULL << 31 | 1ULL << 32) == UINT64_MAX);
	world.executed = true;
	if (!strike("execve"))
		longjmp(world.end, 1);
	return -1;
}

void __wrap__exit(int status);
void
__wrap__exit(int status)
{
	assert_int_equal(status, 127);
	longjmp(world.end, 2);
}

/* As root, until this process is somebody else; the call that is to fail. */
static int
launch(unsigned struck, int *fd)
{
	int end;

	po_buf_clear(&world.trace);
	world = (typeof(world)){
		.is_child = true, .struck = struck, .trace = PO_BUF_INIT(4096)
	};
	reset = 0;
	if ((end = setjmp(world.end)) != 0)
		return end;
	(void)!po_launch_start("/usr/bin/web --kiosk", &kiosk, fd, NULL);
	return 0;
}

static void
each_failure_is_the_end(void **state PO_UNUSED)
{
	unsigned count;
	int fd = -1;

	assert_int_equal(launch(0, &fd), 1);
	assert_string_equal(po_buf_str(&world.trace),
	    "initgroups setresgid setresuid getresuid getresgid setuid capset "
	    "capget setsid chdir open dup2 dup2 dup2 closefrom sigprocmask "
	    "execve ");
	count = world.calls;
	po_fd_close(&fd);
	for (unsigned i = 1; i <= count; i++) {
		int end = launch(i, &fd);

		po_fd_close(&fd);
		assert_non_null(world.what);
		/* a home that is not there is no reason */
		if (strcmp(world.what, "chdir") == 0) {
			assert_int_equal(end, 1);
			continue;
		}
		assert_int_equal(end, 2);
		assert_int_equal(
		    world.executed, strcmp(world.what, "execve") == 0);
	}
	po_buf_clear(&world.trace);
}

static void
a_fork_that_fails_leaves_nothing(void **state PO_UNUSED)
{
	unsigned before = count_descriptors();
	struct po_err err = { 0 };
	int fd = -1;

	world.is_child = false;
	assert_int_equal(po_launch_start("/x", &kiosk, &fd, &err), PO_E_SYSTEM);
	assert_int_equal(fd, -1);
	assert_int_equal(count_descriptors(), before);
	assert_true(strncmp(err.text, "fork: ", 6) == 0);
}

/* --- whom, and what ------------------------------------------------------- */

static bool no_helper;
struct passwd *__wrap_getpwnam(const char *user);
struct passwd *
__wrap_getpwnam(const char *user)
{
	static const struct {
		const char *name;
		uid_t uid;
		gid_t gid;
	} people[] = {
		{ PO_HELPER_USER, 990, 991 },
		{ "good", 1000, 1000 },
		{ "root", 0, 0 },
		{ "toor", 0, 1000 },
		{ "wheel", 1000, 0 },
		{ "twin", 990, 1000 },
		{ "group", 1000, 991 },
	};
	static struct passwd found;

	if (no_helper && strcmp(user, PO_HELPER_USER) == 0)
		return NULL;

	for (size_t i = 0; i < PO_ARRAY_LEN(people); i++)
		if (strcmp(people[i].name, user) == 0) {
			found.pw_uid = people[i].uid;
			found.pw_gid = people[i].gid;
			return &found;
		}
	return NULL;
}

static void
nobody_with_more_rights_runs_it(void **state PO_UNUSED)
{
	static const struct {
		const char *name, *why;
	} cases[] = {
		{ "good", NULL },
		{ "nobody_here", "\"nobody_here\" does not exist" },
		{ "root", "\"root\" has uid or gid 0" },
		{ "toor", "\"toor\" has uid or gid 0" },
		{ "wheel", "\"wheel\" has uid or gid 0" },
		{ "twin", "\"twin\" has the uid or gid of " PO_HELPER_USER },
		{ "group", "\"group\" has the uid or gid of " PO_HELPER_USER },
		{ PO_HELPER_USER, "\"" PO_HELPER_USER
				  "\" has the uid or gid of " PO_HELPER_USER },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { 0 };
		const struct passwd *pw = po_launch_user(cases[i].name, &err);

		assert_int_equal(pw != NULL, cases[i].why == NULL);
		if (pw != NULL)
			continue;
		assert_int_equal(err.status, PO_E_CONFIG);
		assert_string_equal(err.text, cases[i].why);
	}
}

static void
without_the_helpers_user_nobody_does(void **state PO_UNUSED)
{
	struct po_err err = { 0 };

	no_helper = true;
	assert_null(po_launch_user("good", &err));
	assert_non_null(strstr(err.text, PO_HELPER_USER));
	no_helper = false;
}

static void
a_command_is_roots_to_change(void **state PO_UNUSED)
{
	struct po_err err = { 0 };
	struct stat st;

	/* in some containers nothing is root's */
	if (stat("/bin/sh", &st) != 0 || st.st_uid != 0)
		skip();
	assert_int_equal(po_launch_check("/bin/sh", NULL), PO_OK);
	assert_int_equal(po_launch_check("/bin/sh -c  x", NULL), PO_OK);
	assert_int_equal(po_launch_check("/bin/no_sh -c", &err), PO_E_CONFIG);
	assert_string_equal(err.text, "/bin/no_sh: No such file or directory");
	assert_int_equal(po_launch_check("/etc", NULL), PO_E_CONFIG);
	assert_int_equal(po_launch_check("/etc/passwd", NULL), PO_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_failure_is_the_end),
		cmocka_unit_test(a_fork_that_fails_leaves_nothing),
		cmocka_unit_test(nobody_with_more_rights_runs_it),
		cmocka_unit_test(without_the_helpers_user_nobody_does),
		cmocka_unit_test(a_command_is_roots_to_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
