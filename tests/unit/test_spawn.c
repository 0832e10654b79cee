/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting and ending the helper from hosts of all sorts; spawn_probe.c tells
 * how it was started.  See base/spawn.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "descriptors.h"

/* Which file that is depends on the directory that a test stands in. */
const char po_helper_path[] = "./pam_oauth_helper";

#define ANSWER_MS 60000

static char base[] = "/tmp/test_spawn.XXXXXX";

/* --- directories, each with another helper --- */

static void
enter(const char *name)
{
	assert_int_equal(chdir(base), 0);
	assert_int_equal(chdir(name), 0);
}

static void
make_dir(const char *name)
{
	assert_int_equal(chdir(base), 0);
	assert_int_equal(mkdir(name, 0755), 0);
	assert_int_equal(chdir(name), 0);
}

static void
make_file(const char *contents, mode_t mode)
{
	int fd = open(po_helper_path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	size_t len = strlen(contents);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, contents, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static int
make_helpers(void **state PO_UNUSED)
{
	static const char probe_name[] = "spawn_probe";
	char probe[4096] = "";
	ssize_t len = readlink(
	    "/proc/self/exe", probe, sizeof(probe) - sizeof(probe_name));
	char *slash = strrchr(probe, '/');

	/* should a helper not end, neither would the test */
	(void)alarm(300);
	if (len <= 0 || slash == NULL || mkdtemp(base) == NULL)
		return -1;
	memcpy(slash + 1, probe_name, sizeof(probe_name));
	make_dir("good");
	if (symlink(probe, po_helper_path) != 0)
		return -1;
	make_dir("missing");
	make_dir("not_executable");
	make_file("", 0644);
	make_dir("not_a_program");
	make_file("exit 0\n", 0755);
	make_dir("a_directory");
	assert_int_equal(mkdir(po_helper_path, 0755), 0);
	enter("good");
	return 0;
}

static int
remove_helpers(void **state PO_UNUSED)
{
	static const char *const names[] = { "good", "missing",
		"not_executable", "not_a_program", "a_directory" };

	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		enter(names[i]);
		(void)remove(po_helper_path);
		assert_int_equal(chdir(base), 0);
		assert_int_equal(rmdir(names[i]), 0);
	}
	assert_int_equal(chdir("/"), 0);
	return rmdir(base);
}

/* --- talking to the probe --- */

static size_t
receive(struct po_child *child, char *text, size_t size)
{
	struct pollfd pfd = { .fd = child->ipc.fd, .events = POLLIN };
	ssize_t len;

	do {
		len = poll(&pfd, 1, ANSWER_MS);
	} while (len < 0 && errno == EINTR);
	if (len != 1)
		return 0;
	len = recv(child->ipc.fd, text, size - 1, 0);
	text[len < 0 ? 0 : len] = '\0';
	return len < 0 ? 0 : (size_t)len;
}

/* Spawns, takes the report into `report`, and leaves the child running. */
static enum po_status
spawn_and_ask(struct po_child *child, char *report, size_t size)
{
	struct po_err err = { 0 };
	enum po_status st = po_child_spawn(child, &err);

	report[0] = '\0';
	if (st != PO_OK)
		print_error("%s\n", err.text);
	else if (receive(child, report, size) == 0)
		print_error("no report\n");
	return st;
}

/* What every host must get, whatever it looks like itself. */
static void
assert_clean(const char *report)
{
	char expected[256];

	(void)snprintf(expected, sizeof(expected),
	    "argc=1 name=pam_oauth_helper variables=0 group=%d "
	    "descriptors=0,1,2,3, null=111 socket=1 signals=%d blocked,%d "
	    "blocked,%d blocked,",
	    (int)getpgrp(), SIGHUP, SIGINT, SIGQUIT);
	assert_string_equal(report, expected);
}

static void
assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* One helper from start to end, in whatever state the host is. */
static void
check_one_helper(void)
{
	AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
	unsigned before = count_descriptors();
	char report[8192];
	pid_t pid;

	assert_int_equal(spawn_and_ask(&child, report, sizeof(report)), PO_OK);
	pid = child.pid;
	po_child_end(&child);
	assert_clean(report);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(child.pid, 0);
	assert_int_equal(child.pidfd, -1);
	assert_int_equal(child.ipc.fd, -1);
	assert_no_children();
	assert_int_equal(count_descriptors(), before);
}

/* --- hosts --- */

static void
a_host_with_an_environment(void **state PO_UNUSED)
{
	assert_int_equal(setenv("SSLKEYLOGFILE", "/tmp/keys", 1), 0);
	assert_int_equal(setenv("https_proxy", "http://evil.example", 1), 0);
	assert_int_equal(setenv("OPENSSL_CONF", "/tmp/openssl.cnf", 1), 0);
	check_one_helper();
	assert_int_equal(unsetenv("SSLKEYLOGFILE"), 0);
	assert_int_equal(unsetenv("https_proxy"), 0);
	assert_int_equal(unsetenv("OPENSSL_CONF"), 0);
}

/* sudo ignores SIGINT while a module blocks; servers ignore SIGPIPE. */
static void
a_host_that_ignores_signals(void **state PO_UNUSED)
{
	static const int signals[] = { SIGINT, SIGPIPE, SIGTERM, SIGHUP,
		SIGTSTP, SIGALRM, SIGUSR1 };

	for (size_t i = 0; i < PO_ARRAY_LEN(signals); i++)
		assert_true(signal(signals[i], SIG_IGN) != SIG_ERR);
	check_one_helper();
	for (size_t i = 0; i < PO_ARRAY_LEN(signals); i++)
		assert_true(signal(signals[i], SIG_DFL) == SIG_IGN);
}

static void
a_host_that_blocks_every_signal(void **state PO_UNUSED)
{
	sigset_t all, before, after;

	assert_int_equal(sigfillset(&all), 0);
	assert_int_equal(sigprocmask(SIG_SETMASK, &all, &before), 0);
	check_one_helper();
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, &after), 0);
	/* and it still does */
	assert_int_equal(sigismember(&after, SIGINT), 1);
	assert_int_equal(sigismember(&after, SIGCHLD), 1);
	assert_int_equal(sigismember(&before, SIGCHLD), 0);
}

/* Or an impatient person is told that the host is not set up correctly. */
static void
ctrl_c_before_the_helper_looks_for_it_waits(void **state PO_UNUSED)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGHUP };

	for (size_t i = 0; i < PO_ARRAY_LEN(signals); i++) {
		AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
		char report[8192];

		assert_int_equal(
		    spawn_and_ask(&child, report, sizeof(report)), PO_OK);
		assert_int_equal(kill(child.pid, signals[i]), 0);
		assert_int_equal(send(child.ipc.fd, "h", 1, 0), 1);
		assert_int_equal(receive(&child, report, sizeof(report)), 1);
	}
}

/* Also when only some of the three are closed. */
static void
a_host_without_standard_descriptors(void **state PO_UNUSED)
{
	for (unsigned closed = 1; closed < 8; closed++) {
		struct po_child child = PO_CHILD_INIT;
		char report[8192];
		enum po_status st;
		int saved[3];

		for (int fd = 0; fd < 3; fd++) {
			saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
			assert_true(saved[fd] >= 0);
			if ((closed >> fd & 1) != 0)
				(void)close(fd);
		}
		st = po_child_spawn(&child, NULL);
		/* what the host writes to "stderr" must not reach the helper */
		if (st == PO_OK &&
		    (child.ipc.fd < 3 ||
			receive(&child, report, sizeof(report)) == 0))
			st = PO_E_INTERNAL;
		po_child_end(&child);
		for (int fd = 0; fd < 3; fd++) {
			(void)dup2(saved[fd], fd);
			(void)close(saved[fd]);
		}
		assert_int_equal(st, PO_OK);
		assert_clean(report);
		assert_no_children();
	}
}

static void
a_host_with_1000_descriptors(void **state PO_UNUSED)
{
	struct rlimit before, more;
	static int fds[1000];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	more = before;
	if (more.rlim_cur < 2000)
		more.rlim_cur = more.rlim_max < 2000 ? more.rlim_max : 2000;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &more), 0);
	/* inherited ones, not CLOEXEC */
	for (size_t i = 0; i < PO_ARRAY_LEN(fds); i++)
		assert_true((fds[i] = dup(0)) >= 0);
	check_one_helper();
	for (size_t i = 0; i < PO_ARRAY_LEN(fds); i++)
		assert_int_equal(close(fds[i]), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void
a_host_without_a_free_descriptor(void **state PO_UNUSED)
{
	AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
	unsigned open_before = count_descriptors();
	struct rlimit before, none;
	struct po_err err = { 0 };
	enum po_status st;
	int next = dup(0);

	assert_true(next > 0);
	assert_int_equal(close(next), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	/* from none at all to one too few for the pair, its copies and the
	 * pidfd */
	for (int spare = 0; spare < 4; spare++) {
		none = before;
		none.rlim_cur = (rlim_t)next + (rlim_t)spare;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		st = po_child_spawn(&child, &err);
		po_child_end(&child);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		if (st == PO_OK)
			break; /* low descriptors were free */
		assert_int_equal(err.status, st);
		assert_no_children();
		assert_int_equal(count_descriptors(), open_before);
		err = (struct po_err){ 0 };
	}
	check_one_helper();
}

/* --- SIGCHLD --- */

static volatile sig_atomic_t reaped;

static void
reap_all(int signo PO_UNUSED)
{
	int saved_errno = errno;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = saved_errno;
}

/* A helper that runs, one that left by itself, and one that will not go. */
static void
check_every_end(void)
{
	AUTO(po_child_end) struct po_child left = PO_CHILD_INIT;
	AUTO(po_child_end) struct po_child hangs = PO_CHILD_INIT;
	char report[8192];

	check_one_helper();

	assert_int_equal(spawn_and_ask(&left, report, sizeof(report)), PO_OK);
	assert_int_equal(send(left.ipc.fd, "x", 1, 0), 1);
	assert_int_equal(receive(&left, report, sizeof(report)), 0);
	po_child_end(&left);
	assert_no_children();

	assert_int_equal(spawn_and_ask(&hangs, report, sizeof(report)), PO_OK);
	assert_int_equal(send(hangs.ipc.fd, "h", 1, 0), 1);
	assert_int_equal(receive(&hangs, report, sizeof(report)), 1);
	po_child_end(&hangs);
	assert_no_children();
}

static void
a_plain_host(void **state PO_UNUSED)
{
	check_every_end();
}

static void
a_host_that_ignores_sigchld(void **state PO_UNUSED)
{
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	check_every_end();
	assert_true(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

static void
a_host_that_wants_no_zombies(void **state PO_UNUSED)
{
	struct sigaction action = { .sa_handler = SIG_DFL,
		.sa_flags = SA_NOCLDWAIT };

	assert_int_equal(sigaction(SIGCHLD, &action, NULL), 0);
	check_every_end();
	assert_true(signal(SIGCHLD, SIG_DFL) == SIG_DFL);
}

static void
a_host_that_reaps_every_child(void **state PO_UNUSED)
{
	struct sigaction action = { .sa_handler = reap_all };

	reaped = 0;
	assert_int_equal(sigaction(SIGCHLD, &action, NULL), 0);
	for (int i = 0; i < 20; i++)
		check_every_end();
	assert_true(signal(SIGCHLD, SIG_DFL) == reap_all);
	print_message("the host reaped %d of 60\n", (int)reaped);
}

/* Other children of the host are not ours to wait for. */
static void
a_host_with_children_of_its_own(void **state PO_UNUSED)
{
	int status = 0;
	pid_t other = fork();

	assert_true(other >= 0);
	if (other == 0)
		_exit(7);
	{
		AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;

		assert_int_equal(po_child_spawn(&child, NULL), PO_OK);
	}
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_no_children();
}

/* --- helpers that cannot be started --- */

static void
a_helper_that_cannot_be_started_is_named(void **state PO_UNUSED)
{
	static const struct {
		const char *dir;
		const char *text;
	} cases[] = {
		{ "missing", "./pam_oauth_helper: No such file or directory" },
		{ "not_executable", "./pam_oauth_helper: Permission denied" },
		{ "not_a_program", "./pam_oauth_helper: Exec format error" },
		{ "a_directory", "./pam_oauth_helper: Permission denied" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
		unsigned before = count_descriptors();
		struct po_err err = { 0 };

		enter(cases[i].dir);
		assert_int_equal(po_child_spawn(&child, &err), PO_E_HELPER);
		enter("good");
		assert_int_equal(err.status, PO_E_HELPER);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(child.pid, 0);
		po_child_end(&child);
		assert_no_children();
		assert_int_equal(count_descriptors(), before);
	}
}

static void
a_helper_that_leaves_is_noticed(void **state PO_UNUSED)
{
	AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
	AUTO(po_message_clear) struct po_message message = { 0 };
	char report[8192];

	assert_int_equal(spawn_and_ask(&child, report, sizeof(report)), PO_OK);
	assert_int_equal(send(child.ipc.fd, "x", 1, 0), 1);
	assert_int_equal(po_ipc_receive(&child.ipc, po_clock_ms() + ANSWER_MS,
			     &message, NULL),
	    PO_E_HELPER);
}

static void
what_killed_the_helper_is_told(void **state PO_UNUSED)
{
	static const struct {
		int signo;
		const char *text;
	} cases[] = {
		/* SIGXCPU; not one that sanitizers catch */
		{ SIGXCPU, "signal 24: gone" },
		{ SIGKILL, "gone" }, /* it could have been us */
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
		siginfo_t info;
		char report[8192];
		struct po_err err = { 0 };

		assert_int_equal(
		    spawn_and_ask(&child, report, sizeof(report)), PO_OK);
		assert_int_equal(kill(child.pid, cases[i].signo), 0);
		assert_int_equal(
		    waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT),
		    0);
		po_child_end(&child);
		(void)po_err_set(&err, PO_E_HELPER, "gone");
		po_child_blame(&child, &err);
		assert_string_equal(err.text, cases[i].text);
	}
}

static void
an_exit_status_is_told_unless_it_is_0(void **state PO_UNUSED)
{
	struct po_child child = PO_CHILD_INIT;
	struct po_err err = { 0 };

	(void)po_err_set(&err, PO_E_HELPER, "gone");
	child.end.si_code = CLD_EXITED;
	po_child_blame(&child, &err);
	assert_string_equal(err.text, "gone");
	child.end.si_status = 127;
	po_child_blame(&child, &err);
	assert_string_equal(err.text, "exit status 127: gone");
}

static void
ending_nothing_is_harmless(void **state PO_UNUSED)
{
	struct po_child child = PO_CHILD_INIT;

	po_child_end(&child);
	po_child_end(&child);
	assert_int_equal(child.pid, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_with_an_environment),
		cmocka_unit_test(a_host_that_ignores_signals),
		cmocka_unit_test(a_host_that_blocks_every_signal),
		cmocka_unit_test(ctrl_c_before_the_helper_looks_for_it_waits),
		cmocka_unit_test(a_host_without_standard_descriptors),
		cmocka_unit_test(a_host_with_1000_descriptors),
		cmocka_unit_test(a_host_without_a_free_descriptor),
		cmocka_unit_test(a_plain_host),
		cmocka_unit_test(a_host_that_ignores_sigchld),
		cmocka_unit_test(a_host_that_wants_no_zombies),
		cmocka_unit_test(a_host_that_reaps_every_child),
		cmocka_unit_test(a_host_with_children_of_its_own),
		cmocka_unit_test(a_helper_that_cannot_be_started_is_named),
		cmocka_unit_test(a_helper_that_leaves_is_noticed),
		cmocka_unit_test(what_killed_the_helper_is_told),
		cmocka_unit_test(an_exit_status_is_told_unless_it_is_0),
		cmocka_unit_test(ending_nothing_is_harmless),
	};

	return cmocka_run_group_tests(tests, make_helpers, remove_helpers);
}
