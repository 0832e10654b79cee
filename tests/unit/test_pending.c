/* SPDX-License-Identifier: BSD-2-Clause */
/* Places for logins that wait: how many, whose, and who gives them back. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/pending.h"

#define ALICE "alice", 1000
#define BOB "bob", 1001
#define NOBODY_YET "", -1

static char parent[] = "/tmp/pam_oauth_pending_XXXXXX";
static char dir[sizeof(parent) + 8];
static char file[sizeof(dir) + 8];

static enum po_status
take(const char *account, int64_t uid, int64_t max, int64_t total, int *fd,
    struct po_err *err)
{
	const struct po_pending_limits limits = { max, total };

	*err = (struct po_err){ 0 };
	return po_pending_take(dir, account, uid, &limits, NULL, fd, err);
}

static int
taken(const char *account, int64_t uid, int64_t max, int64_t total)
{
	struct po_err err;
	int fd = -1;

	if (take(account, uid, max, total, &fd, &err) != PO_OK)
		fail_msg("%s", err.text);
	assert_true(fd >= 0);
	return fd;
}

static void
refused(const char *account, int64_t uid, int64_t max, int64_t total,
    enum po_status status, const char *message)
{
	struct po_err err;
	int fd = 7;

	assert_int_equal(take(account, uid, max, total, &fd, &err), status);
	assert_int_equal(fd, -1);
	if (strstr(err.text, message) == NULL)
		fail_msg("\"%s\", expected \"%s\"", err.text, message);
}

static void
an_account_has_so_many_places(void **state PO_UNUSED)
{
	int fds[3], other, nameless;

	for (size_t i = 0; i < PO_ARRAY_LEN(fds); i++)
		fds[i] = taken(ALICE, 3, 500);
	refused(ALICE, 3, 500, PO_E_TOO_MANY,
	    "3 sign-ins as \"alice\" are waiting already (max_pending)");
	other = taken(BOB, 3, 500);
	nameless = taken(NOBODY_YET, 1, 500);
	refused(NOBODY_YET, 1, 500, PO_E_TOO_MANY,
	    "1 sign-ins without a name are waiting already (max_pending)");
	/* any of them, not just the last */
	assert_int_equal(close(fds[0]), 0);
	fds[0] = taken(ALICE, 3, 500);
	refused(ALICE, 3, 500, PO_E_TOO_MANY, "(max_pending)");
	for (size_t i = 0; i < PO_ARRAY_LEN(fds); i++)
		(void)close(fds[i]);
	(void)close(other);
	(void)close(nameless);
}

static void
the_host_has_so_many_places(void **state PO_UNUSED)
{
	int first = taken(ALICE, 10, 2);
	int second = taken(BOB, 10, 2);

	refused("carol", 1002, 10, 2, PO_E_TOO_MANY,
	    "2 sign-ins are waiting on this host already (max_pending_total)");
	/* and who was refused took nothing of carol's */
	(void)close(second);
	second = taken("carol", 1002, 1, 2);
	(void)close(first);
	(void)close(second);
}

/* A service that allows fewer counts those of one that allows more. */
static void
a_smaller_limit_sees_the_places_of_a_larger(void **state PO_UNUSED)
{
	int first = taken(ALICE, 10, 500);
	int second = taken(ALICE, 10, 500);

	refused(ALICE, 2, 500, PO_E_TOO_MANY, "2 sign-ins as");
	refused(BOB, 2, 2, PO_E_TOO_MANY, "on this host");
	(void)close(first);
	(void)close(second);
}

/* No two of them share a byte, at either end of their ranges. */
static void
every_uid_has_places_of_its_own(void **state PO_UNUSED)
{
	static const int64_t uids[] = { 0, 1, 2, 999, 1000, 65533, INT32_MAX,
		UINT32_MAX - 1, -1 };
	static int fds[PO_ARRAY_LEN(uids)][PO_PENDING_ACCOUNT_MAX];

	for (size_t i = 0; i < PO_ARRAY_LEN(uids); i++)
		for (size_t j = 0; j < 4; j++)
			fds[i][j] =
			    taken("some", uids[i], 4, PO_PENDING_TOTAL_MAX);
	for (size_t i = 0; i < PO_ARRAY_LEN(uids); i++)
		refused("some", uids[i], 4, PO_PENDING_TOTAL_MAX, PO_E_TOO_MANY,
		    "4 sign-ins");
	for (size_t i = 0; i < PO_ARRAY_LEN(uids); i++)
		for (size_t j = 0; j < 4; j++)
			(void)close(fds[i][j]);
	/* all that an account may have, and its neighbours notice nothing */
	for (size_t j = 0; j < PO_PENDING_ACCOUNT_MAX; j++)
		fds[0][j] = taken(
		    "some", 1000, PO_PENDING_ACCOUNT_MAX, PO_PENDING_TOTAL_MAX);
	refused("some", 1000, PO_PENDING_ACCOUNT_MAX, PO_PENDING_TOTAL_MAX,
	    PO_E_TOO_MANY, "1000 sign-ins");
	fds[1][0] = taken("some", 999, 1, PO_PENDING_TOTAL_MAX);
	fds[1][1] = taken("some", 1001, 1, PO_PENDING_TOTAL_MAX);
	(void)close(fds[1][0]);
	(void)close(fds[1][1]);
	for (size_t j = 0; j < PO_PENDING_ACCOUNT_MAX; j++)
		(void)close(fds[0][j]);
}

/* --- processes --- */

/* A login that waits until it is told to go, or killed; says that it does. */
static pid_t
holder(int socket)
{
	struct po_err err;
	pid_t pid = fork();
	char byte = 'x';
	int fd;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (take(ALICE, 100, 500, &fd, &err) != PO_OK)
		byte = 'n';
	(void)!write(socket, &byte, 1);
	(void)!read(socket, &byte, 1);
	_exit(0);
}

static void
places_of_the_killed_are_free(void **state PO_UNUSED)
{
	enum {
		HOLDERS = 5
	};
	pid_t pids[HOLDERS];
	char byte = '\0';
	int ends[2], fd;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	for (size_t i = 0; i < HOLDERS; i++) {
		pids[i] = holder(ends[1]);
		assert_int_equal(read(ends[0], &byte, 1), 1);
		assert_int_equal(byte, 'x');
	}
	refused(ALICE, HOLDERS, 500, PO_E_TOO_MANY, "5 sign-ins");
	refused(BOB, 1, HOLDERS, PO_E_TOO_MANY, "5 sign-ins are");
	/* the last one's is the highest: with it gone, the rest fill theirs */
	for (int64_t left = HOLDERS - 1; left >= 0; left--) {
		assert_int_equal(kill(pids[left], SIGKILL), 0);
		assert_int_equal(waitpid(pids[left], NULL, 0), pids[left]);
		fd = taken(ALICE, left + 1, 500);
		refused(ALICE, left + 1, 500, PO_E_TOO_MANY, " sign-ins");
		(void)close(fd);
	}
	/* one that is stopped holds on to it: it can go on at any time */
	pids[0] = holder(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(kill(pids[0], SIGSTOP), 0);
	assert_int_equal(waitpid(pids[0], NULL, WUNTRACED), pids[0]);
	refused(ALICE, 1, 500, PO_E_TOO_MANY, "1 sign-ins");
	assert_int_equal(kill(pids[0], SIGKILL), 0);
	assert_int_equal(waitpid(pids[0], NULL, 0), pids[0]);
	fd = taken(ALICE, 1, 500);
	(void)close(fd);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Many at once: each place goes to one of them, and none is left over. */
static void
a_place_is_taken_once(void **state PO_UNUSED)
{
	enum {
		RIVALS = 30,
		PLACES = 7
	};
	int gate[2], answers[2];
	unsigned holding = 0;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate), 0);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, answers), 0);
	for (unsigned i = 0; i < RIVALS; i++) {
		pid_t pid = fork();
		struct po_err err;
		char byte = 'x';
		int fd;

		assert_true(pid >= 0);
		if (pid > 0)
			continue;
		(void)!read(gate[0], &byte, 1);
		byte = take(ALICE, PLACES, 500, &fd, &err) == PO_OK ? 'x' : 'n';
		(void)!write(answers[1], &byte, 1);
		/* until all have answered */
		(void)!read(answers[1], &byte, 1);
		_exit(0);
	}
	assert_int_equal(shutdown(gate[1], SHUT_RDWR), 0);
	for (unsigned i = 0; i < RIVALS; i++) {
		char byte = '\0';

		assert_int_equal(read(answers[0], &byte, 1), 1);
		if (byte == 'x')
			holding++;
	}
	assert_int_equal(holding, PLACES);
	assert_int_equal(shutdown(answers[0], SHUT_RDWR), 0);
	for (unsigned i = 0; i < RIVALS; i++)
		assert_true(waitpid(-1, NULL, 0) > 0);
	for (unsigned i = 0; i < 2; i++) {
		(void)close(gate[i]);
		(void)close(answers[i]);
	}
}

/* --- the file --- */

static void
it_is_roots_alone_and_empty(void **state PO_UNUSED)
{
	mode_t before = umask(077);
	struct stat st;
	int fd;

	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
	fd = taken(ALICE, 1, 1);
	(void)umask(before);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	(void)close(fd);
}

static void
a_file_of_others_is_refused(void **state PO_UNUSED)
{
	assert_int_equal(chmod(file, 0640), 0);
	refused(ALICE, 1, 1, PO_E_STORE,
	    "/pending: not a file of root alone (owner 0, mode 100640): "
	    "remove it");
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(chown(file, 1234, 0), 0);
	refused(ALICE, 1, 1, PO_E_STORE, "(owner 1234, mode 100600)");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	refused(ALICE, 1, 1, PO_E_STORE, "(owner 0, mode 10600)");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink("elsewhere", file), 0);
	refused(ALICE, 1, 1, PO_E_STORE, "/pending: Too many levels");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(chmod(dir, 0733), 0);
	refused(ALICE, 1, 1, PO_E_STORE,
	    ": open to group or others (mode 0733): chmod 711 /");
	assert_int_equal(chmod(dir, 0711), 0);
}

/* Who runs a screen locker could run one without us. */
static void
without_root_there_is_no_limit(void **state PO_UNUSED)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct po_err err;
		int fd = 7;

		if (setresuid(1234, 1234, 1234) != 0)
			_exit(2);
		_exit(
		    take(ALICE, 1, 1, &fd, &err) == PO_OK && fd == -1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
make_dir(void **state PO_UNUSED)
{
	const struct rlimit many = { 2048, 2048 };

	/* one of the tests holds a thousand places itself */
	if (setrlimit(RLIMIT_NOFILE, &many) != 0 || mkdtemp(parent) == NULL)
		return -1;
	(void)snprintf(dir, sizeof(dir), "%s/run", parent);
	(void)snprintf(file, sizeof(file), "%s/pending", dir);
	return 0;
}

static int
remove_dir(void **state PO_UNUSED)
{
	(void)unlink(file);
	(void)rmdir(dir);
	return rmdir(parent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_has_so_many_places),
		cmocka_unit_test(the_host_has_so_many_places),
		cmocka_unit_test(a_smaller_limit_sees_the_places_of_a_larger),
		cmocka_unit_test(every_uid_has_places_of_its_own),
		cmocka_unit_test(places_of_the_killed_are_free),
		cmocka_unit_test(a_place_is_taken_once),
		cmocka_unit_test(it_is_roots_alone_and_empty),
		cmocka_unit_test(a_file_of_others_is_refused),
		cmocka_unit_test(without_root_there_is_no_limit),
	};

	if (geteuid() != 0) {
		(void)printf("SKIP: the places are root's alone\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
