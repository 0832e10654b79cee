/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: whose they may be, who comes first, and what a crash leaves. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/store.h"
#include "descriptors.h"
#include "store_world.h"

static char dir[] = "/tmp/pam_oauth_store_XXXXXX";

/* DIR/NAME, valid until the fourth next call. */
static const char *
in_dir(const char *name)
{
	static char paths[4][PATH_MAX];
	static size_t next;
	char *path = paths[next++ % PO_ARRAY_LEN(paths)];

	(void)snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static int
open_below(const char *name, struct po_store *store, struct po_err *err)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s", in_dir(name));
	return (int)po_store_open(store, path, err);
}

/* A store in a directory of its own. */
static void
begin(struct po_store *store, const char *name)
{
	struct po_err err = { 0 };

	if (open_below(name, store, &err) != PO_OK)
		fail_msg("%s", err.text);
}

static bool
create(const struct po_store *store, const char *name, const char *text)
{
	struct po_err err = { 0 };
	bool created = false;

	if (po_store_create(store, name, text, strlen(text), &created, &err) !=
	    PO_OK)
		fail_msg("%s", err.text);
	return created;
}

/* The record, or NULL; valid until the next call. */
static const char *
record(const struct po_store *store, const char *name)
{
	static char text[1024];
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(sizeof(text) - 1);
	struct po_err err = { 0 };
	bool found = false;

	if (po_store_read(store, name, &out, &found, &err) != PO_OK)
		fail_msg("%s", err.text);
	(void)snprintf(text, sizeof(text), "%s", po_buf_str(&out));
	return found ? text : NULL;
}

static void
is_about(const struct po_err *err, const char *message)
{
	assert_int_equal(err->status, PO_E_STORE);
	if (strstr(err->text, message) == NULL)
		fail_msg("\"%s\", expected \"%s\"", err->text, message);
}

static void
is_unreadable(
    const struct po_store *store, const char *name, const char *message)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);
	struct po_err err = { 0 };
	bool found = true;

	assert_int_equal(
	    po_store_read(store, name, &out, &found, &err), PO_E_STORE);
	assert_false(found);
	is_about(&err, message);
}

static void
put(const struct po_store *store, const char *name, const char *text,
    mode_t mode)
{
	int fd = openat(
	    store->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* How many names begin with "."; `age` makes them two hours old. */
static unsigned
drafts(const struct po_store *store, bool age)
{
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
	DIR *list = opendir(store->path);
	const struct dirent *entry;
	unsigned count = 0;

	assert_non_null(list);
	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] != '.' ||
		    strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (age)
			assert_int_equal(
			    utimensat(store->dir, entry->d_name, old, 0), 0);
	}
	(void)closedir(list);
	return count;
}

static void
the_first_record_stays(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct po_err err = { 0 };
	bool removed = false;

	begin(&store, "first");
	assert_null(record(&store, "alice"));
	assert_true(create(&store, "alice", "one"));
	assert_false(create(&store, "alice", "two"));
	assert_string_equal(record(&store, "alice"), "one");
	assert_int_equal(
	    po_store_remove(&store, "alice", &removed, &err), PO_OK);
	assert_true(removed);
	assert_null(record(&store, "alice"));
	assert_int_equal(
	    po_store_remove(&store, "alice", &removed, &err), PO_OK);
	assert_false(removed);
	assert_true(create(&store, "alice", ""));
	assert_string_equal(record(&store, "alice"), "");
	assert_int_equal(drafts(&store, false), 0);
}

static void
it_is_made_for_us_alone(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct stat st;
	mode_t before = umask(0);

	begin(&store, "ours");
	assert_true(create(&store, "alice", "one"));
	(void)umask(before);
	assert_int_equal(fstat(store.dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(store.dir, "alice", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* 0711 for what users must reach, under a umask that would not let them. */
static void
a_directory_gets_its_mode_whatever_the_umask(void **state PO_UNUSED)
{
	AUTO(po_fd_close) int fd = -1;
	struct po_err err = { 0 };
	mode_t before = umask(077);
	struct stat st;

	assert_int_equal(
	    po_store_directory(in_dir("run"), 0711, &fd, &err), PO_OK);
	assert_int_equal(umask(before), 077); /* and it is left as it was */
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0711);
}

static void
a_directory_of_others_is_refused(void **state PO_UNUSED)
{
	static const mode_t open_modes[] = { 0701, 0710, 0720, 0702, 0755 };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	for (size_t i = 0; i < PO_ARRAY_LEN(open_modes); i++) {
		struct po_err err = { 0 };

		(void)mkdir(in_dir("open"), 0700);
		assert_int_equal(chmod(in_dir("open"), open_modes[i]), 0);
		assert_int_equal(open_below("open", &store, &err), PO_E_STORE);
		assert_int_equal(store.dir, -1);
		is_about(&err, "/open: open to group or others (mode 07");
		is_about(&err, ": chmod 700 /tmp/");
	}
}

static void
a_foreign_directory_is_refused(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct po_err err = { 0 };

	if (geteuid() != 0)
		skip(); /* only root can give a directory away */
	assert_int_equal(mkdir(in_dir("theirs"), 0700), 0);
	assert_int_equal(chown(in_dir("theirs"), 12345, 0), 0);
	assert_int_equal(open_below("theirs", &store, &err), PO_E_STORE);
	is_about(&err, "/theirs: owned by uid 12345, not by uid 0");
}

static void
what_is_no_directory_is_refused(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct po_err err = { 0 };

	assert_int_equal(mkdir(in_dir("real"), 0700), 0);
	assert_int_equal(symlink(in_dir("real"), in_dir("link")), 0);
	assert_int_equal(symlink(in_dir("nowhere"), in_dir("dangling")), 0);
	assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "link", "dangling",
			"pipe" };

		err = (struct po_err){ 0 };
		assert_int_equal(
		    open_below(names[i], &store, &err), PO_E_STORE);
		is_about(&err, ": a link, or no directory");
	}
	err = (struct po_err){ 0 };
	assert_int_equal(open_below("no/such", &store, &err), PO_E_STORE);
	is_about(&err, "/no/such: mkdir: No such file or directory");
	assert_int_not_equal(access(in_dir("nowhere"), F_OK), 0);
}

static void
a_record_of_others_is_refused(void **state PO_UNUSED)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0601 };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "records");
	for (size_t i = 0; i < PO_ARRAY_LEN(modes); i++) {
		put(&store, "open", "x", modes[i]);
		is_unreadable(&store, "open", "/open: not a file of uid ");
		assert_int_equal(unlinkat(store.dir, "open", 0), 0);
	}
	put(&store, "real", "x", 0600);
	assert_int_equal(symlinkat("real", store.dir, "link"), 0);
	is_unreadable(&store, "link", "/link: Too many levels");
	assert_int_equal(symlinkat("none", store.dir, "dangling"), 0);
	is_unreadable(&store, "dangling", "/dangling: Too many levels");
	assert_int_equal(mkfifoat(store.dir, "pipe", 0600), 0);
	is_unreadable(&store, "pipe", "/pipe: not a file of uid ");
	assert_int_equal(mkdirat(store.dir, "sub", 0700), 0);
	is_unreadable(&store, "sub", "/sub: not a file of uid ");
	if (geteuid() == 0) {
		put(&store, "theirs", "x", 0600);
		assert_int_equal(fchownat(store.dir, "theirs", 12345, 0, 0), 0);
		is_unreadable(&store, "theirs", "(owner 12345, mode 1006");
	}
	/* nor is what stands there written through, or over */
	assert_false(create(&store, "dangling", "y"));
	assert_null(record(&store, "none"));
}

static void
a_record_is_read_whole_or_not_at_all(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);
	struct po_err err = { 0 };
	bool found = false;

	begin(&store, "sizes");
	put(&store, "most", "0123456789abcdef", 0600);
	put(&store, "more", "0123456789abcdefg", 0600);
	is_unreadable(&store, "more", "/more: larger than 16 bytes");
	po_buf_append_str(&out, "");
	assert_int_equal(
	    po_store_read(&store, "most", &out, &found, &err), PO_OK);
	assert_true(found);
	assert_string_equal(po_buf_str(&out), "0123456789abcdef");
	/* behind what is there, within the same maximum */
	assert_int_equal(
	    po_store_read(&store, "most", &out, &found, &err), PO_E_STORE);
	assert_false(found);
}

static void
only_plain_names_name_a_record(void **state PO_UNUSED)
{
	static const char *const names[] = { "", ".", "..", ".hidden", "a/b",
		"/etc/passwd", "../up", "-rf", "a b", "a\nb", "a\033b",
		"al\303\244ce", "a:b", "a*", "alice~" };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	char longest[PO_STORE_NAME_MAX + 2];
	bool done = true;

	begin(&store, "names");
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		struct po_err err = { 0 };

		assert_int_equal(
		    po_store_create(&store, names[i], "x", 1, &done, &err),
		    PO_E_STORE);
		assert_false(done);
		is_about(&err, "cannot be a record's name");
		is_unreadable(&store, names[i], "cannot be a record's name");
		err = (struct po_err){ 0 };
		assert_int_equal(
		    po_store_remove(&store, names[i], &done, &err), PO_E_STORE);
		assert_false(done);
		is_about(&err, "cannot be a record's name");
	}
	memset(longest, 'a', sizeof(longest));
	longest[PO_STORE_NAME_MAX + 1] = '\0';
	is_unreadable(&store, longest, "cannot be a record's name");
	longest[PO_STORE_NAME_MAX] = '\0';
	assert_true(create(&store, longest, "x"));
	assert_true(create(&store, "_a-b.C-9", "x"));
	assert_true(create(&store, "0f", "x"));
}

static bool
collect(void *arg, const char *name)
{
	char *seen = arg;

	(void)strcat(seen, name);
	return strlen(seen) < 3;
}

static void
each_names_the_records_alone(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct po_err err = { 0 };
	char seen[64] = "";

	begin(&store, "each");
	assert_int_equal(po_store_each(&store, collect, seen, &err), PO_OK);
	assert_string_equal(seen, "");
	put(&store, ".draft", "x", 0600);
	put(&store, "alice~", "x", 0600);
	assert_true(create(&store, "a", "x"));
	assert_int_equal(po_store_each(&store, collect, seen, &err), PO_OK);
	assert_string_equal(seen, "a");
	/* from the beginning each time, until it is told to stop */
	assert_true(create(&store, "b", "x"));
	assert_true(create(&store, "c", "x"));
	assert_true(create(&store, "d", "x"));
	seen[0] = '\0';
	assert_int_equal(po_store_each(&store, collect, seen, &err), PO_OK);
	assert_int_equal(strlen(seen), 3);
}

/* --- several at once --- */

#define RACERS 8
#define ROUNDS 40

/* Starts when the socket's other end is closed; exits 0 if it was first. */
static pid_t
racer(const struct po_store *store, int gate, unsigned number, unsigned round)
{
	pid_t pid = fork();
	char name[16], text[16], byte;
	bool created = false;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	(void)snprintf(name, sizeof(name), "r%u", round);
	(void)snprintf(text, sizeof(text), "by %u", number);
	(void)!read(gate, &byte, 1);
	if (po_store_create(store, name, text, strlen(text), &created, NULL) !=
	    PO_OK)
		_exit(2);
	_exit(created ? 0 : 1);
}

static void
two_creators_race_and_one_is_first(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "race");
	for (unsigned round = 0; round < ROUNDS; round++) {
		pid_t pids[RACERS];
		unsigned winner = RACERS, winners = 0;
		char name[16], expected[16];
		int gate[2];

		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate),
		    0);
		for (unsigned i = 0; i < RACERS; i++)
			pids[i] = racer(&store, gate[0], i, round);
		/* each of them holds a copy of our end, too */
		assert_int_equal(shutdown(gate[1], SHUT_RDWR), 0);
		for (unsigned i = 0; i < RACERS; i++) {
			int status = -1;

			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_true(WIFEXITED(status));
			assert_in_range(WEXITSTATUS(status), 0, 1);
			if (WEXITSTATUS(status) == 0) {
				winner = i;
				winners++;
			}
		}
		(void)close(gate[0]);
		(void)close(gate[1]);
		assert_int_equal(winners, 1);
		(void)snprintf(name, sizeof(name), "r%u", round);
		(void)snprintf(expected, sizeof(expected), "by %u", winner);
		assert_string_equal(record(&store, name), expected);
	}
	assert_int_equal(drafts(&store, false), 0);
}

/* --- what goes wrong in the middle --- */

#define RECORD "issuer=https://sso.example.com\nsub=1\n"
#define CALLS_MAX 100

/* All that a first login does, in a process that may not survive it. */
static int
create_or_die(const char *name, enum strike strike, unsigned number)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct po_store store = PO_STORE_INIT;
		struct po_err err = { 0 };
		bool created = false;
		int st;

		store_strike(strike, number);
		st = open_below(name, &store, &err);
		if (st == PO_OK)
			st = (int)po_store_create(&store, "alice", RECORD,
			    strlen(RECORD), &created, &err);
		_exit(st == PO_OK && created ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whatever died there: nothing or everything, and life goes on. */
static void
check_after_crash(const char *name, enum strike strike, unsigned number)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	const char *there;
	bool was_there;

	begin(&store, name);
	there = record(&store, "alice");
	was_there = there != NULL;
	if (was_there && strcmp(there, RECORD) != 0)
		fail_msg("strike %d at call %u left \"%s\"", (int)strike,
		    number, there);
	assert_int_equal(create(&store, "alice", "later"), !was_there);
	assert_string_equal(
	    record(&store, "alice"), was_there ? RECORD : "later");
	assert_in_range(drafts(&store, true), 0, 1);
	assert_true(create(&store, "bob", "b"));
	assert_int_equal(drafts(&store, false), 0);
	assert_string_equal(
	    record(&store, "alice"), was_there ? RECORD : "later");
}

static void
crash_between_any_two_calls(void **state PO_UNUSED)
{
	static const enum strike strikes[] = { STRIKE_DIE, STRIKE_AFTER,
		STRIKE_SHORT };

	for (size_t i = 0; i < PO_ARRAY_LEN(strikes); i++) {
		unsigned number = 0, absent = 0, whole = 0;
		int status = STRUCK_STATUS;

		while (status == STRUCK_STATUS) {
			AUTO(po_store_close)
			struct po_store store = PO_STORE_INIT;
			char name[32];

			assert_true(++number < CALLS_MAX);
			(void)snprintf(
			    name, sizeof(name), "crash%zu.%u", i, number);
			status = create_or_die(name, strikes[i], number);
			begin(&store, name);
			if (record(&store, "alice") == NULL)
				absent++;
			else
				whole++;
			check_after_crash(name, strikes[i], number);
		}
		assert_int_equal(status, 0); /* the last one got through */
		assert_true(absent > 3 && whole > 1);
	}
}

static void
failure_of_any_call(void **state PO_UNUSED)
{
	unsigned calls = CALLS_MAX;

	for (unsigned number = 1; number <= calls + 1; number++) {
		struct po_store store = PO_STORE_INIT;
		struct po_err err = { 0 };
		unsigned before = count_descriptors();
		bool created = false, was_created;
		const char *struck, *there;
		char name[32];
		int st;

		(void)snprintf(name, sizeof(name), "failure.%u", number);
		store_strike(STRIKE_FAIL, number);
		st = open_below(name, &store, &err);
		if (st == PO_OK)
			st = (int)po_store_create(&store, "alice", RECORD,
			    strlen(RECORD), &created, &err);
		calls = store_calls();
		struck = store_struck();
		store_strike(STRIKE_NOT, 0);
		po_store_close(&store);
		assert_int_equal(count_descriptors(), before);
		was_created = created;
		if (st != PO_OK)
			is_about(&err, "Input/output error");
		else if (struck != NULL && strcmp(struck, "unlinkat") != 0 &&
			 strcmp(struck, "openat") != 0 &&
			 strcmp(struck, "fdopendir") != 0 &&
			 strcmp(struck, "readdir") != 0 &&
			 strcmp(struck, "fstatat") != 0)
			fail_msg("%s may fail?", struck);
		else
			assert_true(created);
		begin(&store, name);
		there = record(&store, "alice");
		assert_int_equal(there != NULL, was_created);
		if (there != NULL)
			assert_string_equal(there, RECORD);
		po_store_close(&store);
		check_after_crash(name, STRIKE_FAIL, number);
	}
}

/* Over one that is there: before and after, and never anything else. */
static int
replace_or_die(
    const struct po_store *store, enum strike strike, unsigned number)
{
	pid_t pid = fork();
	int status = -1;

	assert_true(pid >= 0);
	if (pid == 0) {
		enum po_status st;

		store_strike(strike, number);
		st = po_store_replace(
		    store, "alice", RECORD, strlen(RECORD), NULL);
		_exit(st == PO_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
crash_between_any_two_calls_when_replacing(void **state PO_UNUSED)
{
	static const enum strike strikes[] = { STRIKE_DIE, STRIKE_AFTER,
		STRIKE_SHORT, STRIKE_FAIL };

	for (size_t i = 0; i < PO_ARRAY_LEN(strikes); i++) {
		unsigned number = 0, old = 0, whole = 0;
		int status = STRUCK_STATUS;

		while (status != 0 || number < 12) {
			AUTO(po_store_close)
			struct po_store store = PO_STORE_INIT;
			char name[32];
			const char *there;

			assert_true(++number < CALLS_MAX);
			(void)snprintf(
			    name, sizeof(name), "replace%zu.%u", i, number);
			begin(&store, name);
			assert_true(create(&store, "alice", "the old one"));
			status = replace_or_die(&store, strikes[i], number);
			there = record(&store, "alice");
			assert_non_null(there);
			if (strcmp(there, RECORD) == 0)
				whole++;
			else if (strcmp(there, "the old one") == 0)
				old++;
			else
				fail_msg("left \"%s\"", there);
			assert_true(status != 0 || strcmp(there, RECORD) == 0);
			assert_in_range(drafts(&store, true), 0, 1);
			assert_int_equal(
			    po_store_replace(&store, "alice", "later", 5, NULL),
			    PO_OK);
			assert_string_equal(record(&store, "alice"), "later");
			assert_int_equal(drafts(&store, false), 0);
		}
		assert_true(old > 3 && whole > 1);
	}
}

static void
names_of_paths_are_not_replaced(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "replaced");
	assert_int_equal(
	    po_store_replace(&store, "../alice", "x", 1, NULL), PO_E_STORE);
	assert_int_equal(
	    po_store_replace(&store, ".alice", "x", 1, NULL), PO_E_STORE);
	/* where there was none it is made */
	assert_int_equal(
	    po_store_replace(&store, "alice", "x", 1, NULL), PO_OK);
	assert_string_equal(record(&store, "alice"), "x");
}

static void
failure_of_any_call_when_reading(void **state PO_UNUSED)
{
	struct po_store store = PO_STORE_INIT;

	begin(&store, "reading");
	assert_true(create(&store, "alice", RECORD));
	/* openat, fstat, read, and read again until its end */
	for (unsigned number = 1; number <= 4; number++) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(100);
		struct po_err err = { 0 };
		unsigned before = count_descriptors();
		bool found = true;

		store_strike(STRIKE_FAIL, number);
		assert_int_equal(
		    po_store_read(&store, "alice", &out, &found, &err),
		    PO_E_STORE);
		store_strike(STRIKE_NOT, 0);
		assert_false(found);
		is_about(&err, "/alice: Input/output error");
		assert_int_equal(count_descriptors(), before);
	}
	for (unsigned number = 1; number <= 3; number++) {
		struct po_err err = { 0 };
		unsigned before = count_descriptors();
		char seen[64] = "";

		store_strike(STRIKE_FAIL, number);
		assert_int_equal(
		    po_store_each(&store, collect, seen, &err), PO_E_STORE);
		store_strike(STRIKE_NOT, 0);
		is_about(&err, "/reading: Input/output error");
		assert_int_equal(count_descriptors(), before);
	}
	for (unsigned number = 1; number <= 2; number++) {
		struct po_err err = { 0 };
		bool removed = true;

		store_strike(STRIKE_FAIL, number);
		assert_int_equal(
		    po_store_remove(&store, "alice", &removed, &err),
		    PO_E_STORE);
		store_strike(STRIKE_NOT, 0);
		is_about(&err, "/alice: Input/output error");
		assert_int_equal(removed, number == 2); /* but not synced */
	}
	po_store_close(&store);
}

static void
has(const char *calls)
{
	if (strstr(store_trace(), calls) == NULL)
		fail_msg("no \"%s\" in \"%s\"", calls, store_trace());
}

/* After a power failure, too: whole before it has a name, and then named. */
static void
it_is_on_disk_in_this_order(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	bool removed = false;

	store_strike(STRIKE_NOT, 0);
	begin(&store, "order");
	has("mkdir open openat fsync "); /* the parent's */
	store_strike(STRIKE_NOT, 0);
	assert_true(create(&store, "alice", RECORD));
	has("getrandom openat write fsync linkat unlinkat fsync ");
	store_strike(STRIKE_NOT, 0);
	assert_int_equal(
	    po_store_remove(&store, "alice", &removed, NULL), PO_OK);
	has("unlinkat fsync ");
}

static void
a_record_cut_while_it_is_read_is_refused(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "cut");
	put(&store, "alice", "x", 0600);
	store_strike(STRIKE_SHORT, 3);
	is_unreadable(&store, "alice", "/alice: has changed while it was read");
	store_strike(STRIKE_NOT, 0);
}

/* The last test: there is no way back to other names. */
static void
a_draft_of_somebody_else_is_let_be(void **state PO_UNUSED)
{
	static const char draft[] = ".0000000000000000";
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct po_err err = { 0 };
	bool created = true;

	begin(&store, "draft");
	put(&store, draft, "x", 0600);
	store_repeat_drafts();
	assert_int_equal(
	    po_store_create(&store, "alice", RECORD, 3, &created, &err),
	    PO_E_STORE);
	assert_false(created);
	is_about(&err, "/alice: File exists");
	assert_int_equal(faccessat(store.dir, draft, F_OK, 0), 0);
	assert_int_equal(unlinkat(store.dir, draft, 0), 0);
	assert_true(create(&store, "alice", RECORD));
}

/* A record may not be had in part, and not by a process that was changed. */
static void
full_disk(void **state PO_UNUSED)
{
	static char page[16 * 1024];
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	struct po_err err = { 0 };
	bool created = true;

	if (geteuid() != 0 || mkdir(in_dir("tiny"), 0700) != 0 ||
	    mount("tiny", in_dir("tiny"), "tmpfs", 0, "size=4k,mode=0700") != 0)
		skip(); /* no right to mount */
	begin(&store, "tiny");
	memset(page, 'x', sizeof(page));
	assert_int_equal(po_store_create(&store, "alice", page, sizeof(page),
			     &created, &err),
	    PO_E_STORE);
	is_about(&err, "/tiny/alice: No space left on device");
	assert_false(created);
	assert_null(record(&store, "alice"));
	assert_int_equal(drafts(&store, false), 0);
	assert_true(create(&store, "alice", "small"));
	po_store_close(&store);
	assert_int_equal(umount(in_dir("tiny")), 0);
}

/* sudo's caller chooses its limits; with SIGXFSZ at its default it just dies.
 */
static void
file_size_limit(void **state PO_UNUSED)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "limit");
	for (int ignored = 0; ignored < 2; ignored++) {
		pid_t pid = fork();
		int status = -1;

		assert_true(pid >= 0);
		if (pid == 0) {
			const struct rlimit limit = { 5, 5 }, none = { 0, 0 };
			struct po_err err = { 0 };
			bool created = false;

			(void)setrlimit(RLIMIT_CORE, &none);
			(void)setrlimit(RLIMIT_FSIZE, &limit);
			(void)signal(SIGXFSZ, ignored ? SIG_IGN : SIG_DFL);
			_exit(
			    po_store_create(&store, "alice", RECORD,
				strlen(RECORD), &created, &err) == PO_E_STORE &&
				    !created &&
				    strstr(err.text, "File too large") != NULL
				? 0
				: 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (ignored) {
			assert_true(WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status), 0);
		} else {
			assert_true(WIFSIGNALED(status));
			assert_int_equal(WTERMSIG(status), SIGXFSZ);
		}
		assert_null(record(&store, "alice"));
	}
}

#define DRAFT ".012345678abcdef"

static void
what_is_being_written_is_not_swept(void **state PO_UNUSED)
{
	static const struct timespec future[2] = { { INT32_MAX, 0 },
		{ INT32_MAX, 0 } };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "sweep");
	put(&store, DRAFT "0", "x", 0600);
	put(&store, DRAFT "1", "x", 0600);
	assert_int_equal(drafts(&store, true), 2);
	put(&store, DRAFT "2", "x", 0600);
	put(&store, DRAFT "3", "x", 0600); /* the clock was set back */
	assert_int_equal(utimensat(store.dir, DRAFT "3", future, 0), 0);
	assert_int_equal(mkdirat(store.dir, DRAFT "4", 0700), 0);
	assert_true(create(&store, "alice", "x"));
	assert_int_equal(faccessat(store.dir, DRAFT "2", F_OK, 0), 0);
	assert_int_equal(faccessat(store.dir, DRAFT "4", F_OK, 0), 0);
	assert_int_equal(drafts(&store, false), 2);
}

/* The directory may be /etc/pam_oauth, and the files an editor's or Git's. */
static void
hidden_files_of_others_are_not_swept(void **state PO_UNUSED)
{
	static const char *const names[] = { ".gitignore",
		".pam_oauth.conf.swp", ".0123456789abcdeg", ".0123456789abcde",
		".0123456789abcdef0", ".0123456789ABCDEF" };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	begin(&store, "hidden");
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		put(&store, names[i], "x", 0600);
	assert_int_equal(drafts(&store, true), PO_ARRAY_LEN(names));
	assert_true(create(&store, "alice", "x"));
	assert_int_equal(drafts(&store, false), PO_ARRAY_LEN(names));
}

static int
make_dir(void **state PO_UNUSED)
{
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state PO_UNUSED)
{
	char command[PATH_MAX];

	(void)umount(in_dir("tiny"));
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command); /* NOLINT: the name is ours */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_record_stays),
		cmocka_unit_test(it_is_made_for_us_alone),
		cmocka_unit_test(a_directory_gets_its_mode_whatever_the_umask),
		cmocka_unit_test(a_directory_of_others_is_refused),
		cmocka_unit_test(a_foreign_directory_is_refused),
		cmocka_unit_test(what_is_no_directory_is_refused),
		cmocka_unit_test(a_record_of_others_is_refused),
		cmocka_unit_test(a_record_is_read_whole_or_not_at_all),
		cmocka_unit_test(only_plain_names_name_a_record),
		cmocka_unit_test(each_names_the_records_alone),
		cmocka_unit_test(two_creators_race_and_one_is_first),
		cmocka_unit_test(crash_between_any_two_calls),
		cmocka_unit_test(failure_of_any_call),
		cmocka_unit_test(crash_between_any_two_calls_when_replacing),
		cmocka_unit_test(names_of_paths_are_not_replaced),
		cmocka_unit_test(failure_of_any_call_when_reading),
		cmocka_unit_test(it_is_on_disk_in_this_order),
		cmocka_unit_test(a_record_cut_while_it_is_read_is_refused),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(file_size_limit),
		cmocka_unit_test(what_is_being_written_is_not_swept),
		cmocka_unit_test(hidden_files_of_others_are_not_swept),
		cmocka_unit_test(a_draft_of_somebody_else_is_let_be),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
