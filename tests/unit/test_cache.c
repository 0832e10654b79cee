/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache of published documents: what it believes, and what a damaged,
 * foreign or half-written file does to it (nothing).  See io/cache.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/cache.h"

#define URL "https://sso.example.com/.well-known/openid-configuration"
#define OTHER "https://sso.example.com/jwks"
#define NOW 1700000000
#define BODY "{\"issuer\":\"https://sso.example.com\"}"

struct place {
	char path[32];
	int dir; /* for looking at what is in there */
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)snprintf(place->path, sizeof(place->path), "/tmp/po-XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->dir = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(place->dir >= 0);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;
	DIR *dir = fdopendir(place->dir);
	const struct dirent *entry;

	assert_non_null(dir);
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(place->dir, entry->d_name, 0);
	assert_int_equal(closedir(dir), 0);
	assert_int_equal(rmdir(place->path), 0);
	free(place);
	return 0;
}

static struct po_cache *
cache_at(const struct place *place)
{
	struct po_cache *cache = po_cache_new(
	    open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), NULL);

	assert_non_null(cache);
	return cache;
}

static void
write_body(struct po_cache *cache, const char *url, const char *body,
    bool refresh, int64_t now_s)
{
	AUTO(po_http_response_clear)
	struct po_http_response response = {
		.status = 200,
		.media_type = "application/json",
		.lifetime_s = 600,
		.body = PO_BUF_INIT(PO_CACHE_BODY_MAX),
	};

	po_buf_append_str(&response.body, body);
	po_cache_keep(cache, url, &response, refresh, now_s);
	po_cache_flush(cache);
}

/* Whether the cache has BODY at `url`. */
static bool
has(struct po_cache *cache, const char *url, enum po_cache_use use,
    int64_t now_s)
{
	AUTO(po_http_response_clear) struct po_http_response found = { 0 };

	if (!po_cache_get(cache, url, 4096, use, now_s, &found)) {
		assert_null(found.body.data);
		return false;
	}
	assert_int_equal(found.status, 200);
	assert_string_equal(found.media_type, "application/json");
	assert_true(found.retry_after_s == -1 && found.date_s == -1);
	assert_string_equal(po_buf_str(&found.body), BODY);
	return true;
}

/* The one file in the directory; its name stays until the next call. */
static const char *
only_file(const struct place *place)
{
	static char name[NAME_MAX + 1];
	DIR *dir = opendir(place->path);
	const struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0) {
			(void)snprintf(name, sizeof(name), "%s", entry->d_name);
			count++;
		}
	assert_int_equal(closedir(dir), 0);
	assert_int_equal(count, 1);
	return name;
}

static void
what_is_kept_is_found_by_the_next_login(void **state)
{
	AUTO(po_cache_free) struct po_cache *writer = cache_at(*state);
	AUTO(po_cache_free) struct po_cache *reader = cache_at(*state);

	assert_false(has(reader, URL, PO_CACHE_FRESH, NOW));
	write_body(writer, URL, BODY, false, NOW);
	assert_true(has(reader, URL, PO_CACHE_FRESH, NOW));
	/* 600 s, less a tenth at most */
	assert_true(has(reader, URL, PO_CACHE_FRESH, NOW + 539));
	assert_false(has(reader, OTHER, PO_CACHE_FRESH, NOW));
	assert_int_equal(strlen(only_file(*state)), 16);
}

static void
what_was_not_of_use_is_not_written(void **state)
{
	AUTO(po_cache_free) struct po_cache *cache = cache_at(*state);
	AUTO(po_http_response_clear)
	struct po_http_response junk = { .lifetime_s = 600,
		.body = PO_BUF_INIT(10) };

	po_buf_append_str(&junk.body, "<html>");
	po_cache_keep(cache, URL, &junk, false, NOW);
	po_cache_free(&cache);
	cache = cache_at(*state);
	assert_false(has(cache, URL, PO_CACHE_STALE, NOW));
}

static void
each_use_has_its_age(void **state)
{
	AUTO(po_cache_free) struct po_cache *cache = cache_at(*state);

	write_body(cache, URL, BODY, false, NOW);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW + 600));
	assert_true(has(cache, URL, PO_CACHE_STALE, NOW + 86399));
	assert_false(has(cache, URL, PO_CACHE_STALE, NOW + 86400));
	/* only a forced refresh stands in for another */
	assert_false(has(cache, URL, PO_CACHE_RECENT, NOW + 1));
	write_body(cache, URL, BODY, true, NOW);
	assert_true(has(cache, URL, PO_CACHE_RECENT, NOW + 9));
	assert_false(has(cache, URL, PO_CACHE_RECENT, NOW + 10));
	assert_true(has(cache, URL, PO_CACHE_FRESH, NOW + 10));
}

static void
note_lifetime(void *arg, const struct po_cache_entry *entry)
{
	int64_t *lifetime_s = arg;

	*lifetime_s = entry->expires_s - entry->fetched_s;
}

/* Hosts that fetch in the same second do not come back in the same. */
static void
a_fleet_does_not_refresh_in_step(void **state)
{
	enum {
		HOSTS = 200
	};
	AUTO(po_cache_free) struct po_cache *cache = cache_at(*state);
	bool seen[61] = { false };
	int different = 0;

	for (int i = 0; i < HOSTS; i++) {
		int64_t lifetime_s = 0;

		write_body(cache, URL, BODY, false, NOW);
		assert_true(po_cache_list(cache, note_lifetime, &lifetime_s));
		/* never later than the provider allows */
		assert_in_range(lifetime_s, 540, 600);
		different += !seen[lifetime_s - 540];
		seen[lifetime_s - 540] = true;
	}
	/* of 61, and about 59 are to be expected */
	assert_true(different >= 30);
}

static void
a_clock_that_jumped_back_makes_it_nothing(void **state)
{
	AUTO(po_cache_free) struct po_cache *cache = cache_at(*state);

	write_body(cache, URL, BODY, true, NOW);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW - 1));
	assert_false(has(cache, URL, PO_CACHE_STALE, NOW - 1));
	assert_false(has(cache, URL, PO_CACHE_RECENT, NOW - 1));
}

/* The file of the cache, its bytes changed by `fn` for each offset. */
static void
a_file_damaged_at_any_byte_is_none(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	char bytes[4096];
	ssize_t len;
	int fd;

	write_body(cache, URL, BODY, false, NOW);
	fd = openat(place->dir, only_file(place), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	len = read(fd, bytes, sizeof(bytes));
	assert_true(len > 100);
	for (off_t i = 0; i < len; i++) {
		char wrong = (char)(bytes[i] ^ 1);

		assert_int_equal(pwrite(fd, &wrong, 1, i), 1);
		assert_false(has(cache, URL, PO_CACHE_STALE, NOW));
		assert_int_equal(pwrite(fd, &bytes[i], 1, i), 1);
	}
	assert_true(has(cache, URL, PO_CACHE_STALE, NOW));
	for (off_t i = len - 1; i >= 0; i--) {
		assert_int_equal(ftruncate(fd, i), 0);
		assert_false(has(cache, URL, PO_CACHE_STALE, NOW));
	}
	assert_int_equal(pwrite(fd, bytes, (size_t)len, 0), len);
	assert_int_equal(pwrite(fd, "x", 1, len), 1);
	assert_false(has(cache, URL, PO_CACHE_STALE, NOW));
	/* and the next login mends it */
	write_body(cache, URL, BODY, false, NOW);
	assert_true(has(cache, URL, PO_CACHE_FRESH, NOW));
	assert_int_equal(close(fd), 0);
}

static void
a_file_that_others_could_write_is_none(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	const char *name;

	write_body(cache, URL, BODY, false, NOW);
	name = only_file(place);
	assert_int_equal(fchmodat(place->dir, name, 0620, 0), 0);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW));
	assert_int_equal(fchmodat(place->dir, name, 0602, 0), 0);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW));
	assert_int_equal(fchmodat(place->dir, name, 0600, 0), 0);
	assert_true(has(cache, URL, PO_CACHE_FRESH, NOW));
	if (geteuid() != 0)
		return; /* only root can give files away */
	assert_int_equal(fchownat(place->dir, name, 65534, 65534, 0), 0);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW));
}

static void
a_link_or_fifo_in_its_place_is_none(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	char name[NAME_MAX + 1];

	write_body(cache, URL, BODY, false, NOW);
	(void)snprintf(name, sizeof(name), "%s", only_file(place));
	assert_int_equal(
	    renameat(place->dir, name, place->dir, "elsewhere"), 0);
	assert_int_equal(symlinkat("elsewhere", place->dir, name), 0);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW));
	assert_int_equal(unlinkat(place->dir, name, 0), 0);
	assert_int_equal(mkfifoat(place->dir, name, 0600), 0);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW)); /* nor waits */
}

static void
a_file_for_another_url_is_none(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	char name[NAME_MAX + 1];

	write_body(cache, URL, BODY, false, NOW);
	(void)snprintf(name, sizeof(name), "%s", only_file(place));
	assert_int_equal(
	    renameat(place->dir, name, place->dir, "elsewhere"), 0);
	write_body(cache, OTHER, BODY, false, NOW);
	assert_int_equal(
	    renameat(place->dir, "elsewhere", place->dir, name), 0);
	assert_true(has(cache, URL, PO_CACHE_FRESH, NOW));
	/* what hashes alike is told apart by the URL within */
	assert_true(has(cache, OTHER, PO_CACHE_FRESH, NOW));
	assert_int_equal(unlinkat(place->dir, name, 0), 0);
	assert_int_equal(
	    renameat(place->dir, only_file(place), place->dir, name), 0);
	assert_false(has(cache, URL, PO_CACHE_FRESH, NOW));
}

static void
a_directory_that_is_not_ours_is_no_cache(void **state)
{
	const struct place *place = *state;

	assert_int_equal(chmod(place->path, 0770), 0);
	assert_null(po_cache_new(
	    open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), NULL));
	assert_int_equal(chmod(place->path, 0700), 0);
	assert_null(po_cache_new(-1, NULL));
}

static void
opening_makes_the_directory_and_follows_no_link(void **state)
{
	const struct place *place = *state;
	char path[64];
	struct po_err err = { 0 };
	struct stat st;
	int dir;

	(void)snprintf(path, sizeof(path), "%s/new", place->path);
	dir = po_cache_open(path, "nobody", &err);
	if (geteuid() == 0) {
		assert_true(dir >= 0);
		assert_int_equal(fstat(dir, &st), 0);
		assert_int_equal(st.st_uid, 65534);
		assert_int_equal(st.st_mode & 07777, 0700);
		assert_int_equal(close(dir), 0);
		/* once given away it stays */
		dir = po_cache_open(path, "root", &err);
		assert_int_equal(fstat(dir, &st), 0);
		assert_int_equal(st.st_uid, 65534);
		assert_int_equal(close(dir), 0);
		assert_int_equal(rmdir(path), 0);
		assert_int_equal(po_cache_open(path, "no-such-user", &err), -1);
		assert_int_equal(err.status, PO_E_PRIVILEGE);
		assert_int_equal(rmdir(path), 0);
	} else {
		assert_int_equal(dir, -1);
	}
	err = (struct po_err){ 0 };
	assert_int_equal(symlink("/tmp", path), 0);
	assert_int_equal(po_cache_open(path, "nobody", &err), -1);
	assert_non_null(strstr(err.text, path));
}

/* A writer that died is overtaken; one that is at work is left alone. */
static void
a_half_written_file_is_never_read_and_swept_later(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	/* long ago, and by a clock that was set back since */
	const struct timespec dates[2][2] = {
		{ { .tv_sec = 1000 }, { .tv_sec = 1000 } },
		{ { .tv_sec = time(NULL) + 86400 },
		    { .tv_sec = time(NULL) + 86400 } },
	};
	char temporary[NAME_MAX + 2];
	int fd;

	write_body(cache, URL, BODY, false, NOW - 5000);
	(void)snprintf(temporary, sizeof(temporary), ".%s", only_file(place));
	for (size_t i = 0; i < PO_ARRAY_LEN(dates); i++) {
		int64_t now_s = NOW + 5000 * (int64_t)i;

		fd = openat(place->dir, temporary,
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "pam_oauth", 9), 9);
		write_body(cache, URL, BODY, false, now_s);
		assert_false(has(cache, URL, PO_CACHE_FRESH, now_s));
		assert_int_equal(futimens(fd, dates[i]), 0);
		write_body(cache, URL, BODY, false, now_s);
		assert_true(has(cache, URL, PO_CACHE_FRESH, now_s));
		assert_int_equal(strlen(only_file(place)), 16);
		assert_int_equal(close(fd), 0);
	}
}

/* ENOSPC and EFBIG look the same to a writer. */
static void
a_full_disk_leaves_what_was_there(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	const struct rlimit none = { .rlim_cur = 10,
		.rlim_max = RLIM_INFINITY };
	struct rlimit before;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	write_body(cache, URL, BODY, false, NOW);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	write_body(cache, URL, "{}", false, NOW + 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, handler);
	assert_true(has(cache, URL, PO_CACHE_FRESH, NOW + 1));
	assert_int_equal(strlen(only_file(place)), 16);
}

/* Writes and reads as fast as it can; exits 0 if all that it read was whole. */
static void
use_it_hard(const struct place *place)
{
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);

	for (int i = 0; i < 50; i++) {
		AUTO(po_http_response_clear)
		struct po_http_response found = { 0 };

		write_body(cache, URL, BODY, false, NOW);
		if (!po_cache_get(
			cache, URL, 4096, PO_CACHE_STALE, NOW, &found) ||
		    strcmp(po_buf_str(&found.body), BODY) != 0)
			_exit(1);
	}
	_exit(0);
}

static void
hundreds_of_processes_see_whole_files_only(void **state)
{
	enum {
		PROCESSES = 200
	};
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	pid_t pids[PROCESSES];

	write_body(cache, URL, BODY, false, NOW);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			use_it_hard(place);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	assert_int_equal(strlen(only_file(place)), 16);
}

static void
a_body_longer_than_asked_for_is_none(void **state)
{
	AUTO(po_cache_free) struct po_cache *cache = cache_at(*state);
	struct po_http_response found = { 0 };

	write_body(cache, URL, BODY, false, NOW);
	assert_false(po_cache_get(
	    cache, URL, strlen(BODY) - 1, PO_CACHE_FRESH, NOW, &found));
	assert_true(po_cache_get(
	    cache, URL, strlen(BODY), PO_CACHE_FRESH, NOW, &found));
	po_http_response_clear(&found);
}

static void
note_entry(void *arg, const struct po_cache_entry *entry)
{
	int *count = arg;

	assert_true(
	    strcmp(entry->url, URL) == 0 || strcmp(entry->url, OTHER) == 0);
	assert_true(entry->fetched_s == NOW && entry->expires_s > NOW);
	assert_int_equal(entry->size, strlen(BODY));
	++*count;
}

static void
it_can_be_listed_and_cleared(void **state)
{
	const struct place *place = *state;
	AUTO(po_cache_free) struct po_cache *cache = cache_at(place);
	int count = 0, fd;

	assert_true(po_cache_list(cache, note_entry, &count));
	assert_int_equal(count, 0);
	write_body(cache, URL, BODY, false, NOW);
	write_body(cache, OTHER, BODY, false, NOW);
	fd = openat(place->dir, "0123456789abcdef",
	    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && close(fd) == 0);
	assert_true(po_cache_list(cache, note_entry, &count));
	assert_int_equal(count, 2);
	fd = openat(place->dir, "README", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && close(fd) == 0);
	assert_int_equal(po_cache_clear(cache), 3);
	assert_string_equal(only_file(place), "README");
	assert_int_equal(po_cache_clear(NULL), -1);
	assert_false(po_cache_list(NULL, note_entry, &count));
}

static void
no_cache_has_nothing(void **state PO_UNUSED)
{
	struct po_http_response response = { .lifetime_s = 60 };

	assert_false(
	    po_cache_get(NULL, URL, 10, PO_CACHE_STALE, NOW, &response));
	po_cache_keep(NULL, URL, &response, false, NOW);
	po_cache_flush(NULL);
}

#define IN_A_DIRECTORY(test)                                                   \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_DIRECTORY(what_is_kept_is_found_by_the_next_login),
		IN_A_DIRECTORY(what_was_not_of_use_is_not_written),
		IN_A_DIRECTORY(each_use_has_its_age),
		IN_A_DIRECTORY(a_fleet_does_not_refresh_in_step),
		IN_A_DIRECTORY(a_clock_that_jumped_back_makes_it_nothing),
		IN_A_DIRECTORY(a_file_damaged_at_any_byte_is_none),
		IN_A_DIRECTORY(a_file_that_others_could_write_is_none),
		IN_A_DIRECTORY(a_link_or_fifo_in_its_place_is_none),
		IN_A_DIRECTORY(a_file_for_another_url_is_none),
		IN_A_DIRECTORY(a_directory_that_is_not_ours_is_no_cache),
		IN_A_DIRECTORY(opening_makes_the_directory_and_follows_no_link),
		IN_A_DIRECTORY(
		    a_half_written_file_is_never_read_and_swept_later),
		IN_A_DIRECTORY(a_full_disk_leaves_what_was_there),
		IN_A_DIRECTORY(hundreds_of_processes_see_whole_files_only),
		IN_A_DIRECTORY(a_body_longer_than_asked_for_is_none),
		IN_A_DIRECTORY(it_can_be_listed_and_cleared),
		cmocka_unit_test(no_cache_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
