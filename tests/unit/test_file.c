/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files are trusted, and what the refusal of another one says. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"

static char dir[] = "/tmp/pam_oauth_file_XXXXXX";

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

static const char *
make_file(const char *name, const void *data, size_t len, mode_t mode)
{
	const char *path = in_dir(name);
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

static void
refused(const char *path, bool secret, const char *message)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);
	struct po_err err = { 0 };

	po_buf_append_str(&out, "left over");
	assert_int_equal(po_file_read(path, secret, &out, &err),
	    secret ? PO_E_SECRET : PO_E_CONFIG);
	assert_int_equal(out.len, 0);
	if (strstr(err.text, message) == NULL)
		fail_msg("\"%s\", expected \"%s\"", err.text, message);
}

static void
read_as(const char *path, bool secret, const char *content)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(16);
	struct po_err err = { 0 };

	po_buf_append_str(&out, "left over");
	if (po_file_read(path, secret, &out, &err) != PO_OK)
		fail_msg("%s", err.text);
	assert_string_equal(po_buf_str(&out), content);
}

static void
a_file_is_read_whole_or_not_at_all(void **state PO_UNUSED)
{
	read_as(make_file("empty", "", 0, 0600), false, "");
	read_as(make_file("small", "x\n", 2, 0600), false, "x\n");
	read_as(make_file("most", "0123456789abcdef", 16, 0600), true,
	    "0123456789abcdef");
	refused(make_file("more", "0123456789abcdefg", 17, 0600), false,
	    "larger than 16 bytes");
	/* through more slashes than needed, too */
	(void)make_file("small", "x", 1, 0600);
	read_as(in_dir("//./small"), false, "x");
}

/* A file of /proc has no size until it is read. */
static void
a_file_that_grows_is_refused(void **state PO_UNUSED)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)getpid());
	if (stat(path, &st) != 0 || st.st_uid != geteuid())
		skip(); /* no /proc, or not ours to read */
	refused(path, false, "larger than 16 bytes");
}

static void
modes_decide(void **state PO_UNUSED)
{
	static const struct {
		mode_t mode;
		const char *config, *secret; /* NULL: taken */
	} cases[] = {
		{ 0600, NULL, NULL },
		{ 0400, NULL, NULL },
		{ 0700, NULL, NULL },
		{ 0644, NULL,
		    ": readable by group or others (mode 0644): "
		    "chmod 600 /" },
		{ 0640, NULL, "(mode 0640): chmod 600 /" },
		{ 0604, NULL, "(mode 0604): chmod 600 /" },
		{ 0660,
		    ": writable by group or others (mode 0660): "
		    "chmod go-w /",
		    "chmod 600 /" },
		{ 0606, "(mode 0606): chmod go-w /", "chmod 600 /" },
		{ 0620, "chmod go-w /", "chmod go-w /" },
		{ 0602, "chmod go-w /", "chmod go-w /" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *path = make_file("mode", "x", 1, cases[i].mode);

		if (cases[i].config == NULL)
			read_as(path, false, "x");
		else
			refused(path, false, cases[i].config);
		if (cases[i].secret == NULL)
			read_as(path, true, "x");
		else
			refused(path, true, cases[i].secret);
	}
}

static void
only_regular_files_are_read(void **state PO_UNUSED)
{
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	refused(in_dir("fifo"), false, "not a regular file");
	assert_int_equal(unlink(in_dir("fifo")), 0);
	refused(dir, false, "not a regular file");
	refused(in_dir(""), false, ": No such file");
	refused(in_dir("absent"), false, "/absent: No such file");
	refused(in_dir("absent/file"), false, "/absent: No such file");
	refused("/dev/null", false, "not a regular file");
}

static void
a_relative_path_is_refused(void **state PO_UNUSED)
{
	refused("pam_oauth.conf", false, "not an absolute path");
	refused("", true, "not an absolute path");
	refused("./x", true, "not an absolute path");
}

static void
symbolic_links_are_refused(void **state PO_UNUSED)
{
	const char *target = make_file("target", "x", 1, 0600);

	assert_int_equal(symlink(target, in_dir("link")), 0);
	refused(in_dir("link"), false, "a symbolic link");
	assert_int_equal(unlink(in_dir("link")), 0);
	assert_int_equal(symlink(dir, in_dir("linked")), 0);
	refused(in_dir("linked/target"), false, "linked: a symbolic link");
	assert_int_equal(unlink(in_dir("linked")), 0);
	read_as(in_dir("target"), false, "x");
}

static void
a_directory_that_others_write_to_is_refused(void **state PO_UNUSED)
{
	static const struct {
		mode_t mode;
		bool good;
	} cases[] = {
		{ 0755, true },
		{ 0711, true },
		{ 0775, false },
		{ 0777, false },
		{ 01777, true },
		{ 02755, true },
		{ 02775, false },
	};

	assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
	(void)make_file("sub/file", "x", 1, 0600);
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		assert_int_equal(chmod(in_dir("sub"), cases[i].mode), 0);
		if (cases[i].good)
			read_as(in_dir("sub/file"), false, "x");
		else
			refused(in_dir("sub/file"), false,
			    "/sub: directory writable by group or others");
	}
	assert_int_equal(unlink(in_dir("sub/file")), 0);
	assert_int_equal(rmdir(in_dir("sub")), 0);
}

static void
only_root_and_we_may_own_it(void **state PO_UNUSED)
{
	const char *path;

	read_as(make_file("owned", "x", 1, 0600), true, "x");
	if (geteuid() != 0) {
		print_message("needs root to give files away\n");
		skip();
	}
	path = make_file("owned", "x", 1, 0600);
	assert_int_equal(chown(path, 12345, 0), 0);
	refused(path, true, ": owned by uid 12345, not by root: chown root /");
	assert_int_equal(chown(path, 0, 12345), 0);
	read_as(path, true, "x");

	assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
	(void)make_file("sub/file", "x", 1, 0600);
	assert_int_equal(chown(in_dir("sub"), 12345, 0), 0);
	refused(in_dir("sub/file"), false, "/sub: owned by uid 12345");
	assert_int_equal(unlink(in_dir("sub/file")), 0);
	assert_int_equal(rmdir(in_dir("sub")), 0);
}

static void
a_secret_is_one_line(void **state PO_UNUSED)
{
	static const struct {
		const char *content;
		size_t len;
		const char *secret; /* NULL: refused, */
		const char *message;
	} cases[] = {
		{ "s3cret", 6, "s3cret", NULL },
		{ "s3cret\n", 7, "s3cret", NULL },
		{ " s3cret ", 8, " s3cret ", NULL },
		{ "\xFF", 1, "\xFF", NULL },
		{ "s3cret\n\n", 8, NULL, "line break inside" },
		{ "s3cret\r\n", 8, NULL, "line break inside" },
		{ "one\ntwo\n", 8, NULL, "line break inside" },
		{ "s3\0cret", 7, NULL, "NUL inside" },
		{ "", 0, NULL, "empty" },
		{ "\n", 1, NULL, "empty" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *path =
		    make_file("secret", cases[i].content, cases[i].len, 0600);
		AUTO(po_str_free) char *secret = NULL;
		struct po_err err = { 0 };
		enum po_status st = po_secret_read(path, &secret, &err);

		if (cases[i].secret != NULL) {
			assert_int_equal(st, PO_OK);
			assert_string_equal(secret, cases[i].secret);
			continue;
		}
		assert_int_equal(st, PO_E_SECRET);
		assert_null(secret);
		assert_non_null(strstr(err.text, cases[i].message));
		assert_null(strstr(err.text, "s3"));
	}
}

static void
a_secret_is_bounded(void **state PO_UNUSED)
{
	char content[PO_SECRET_MAX + 2];

	memset(content, 'x', sizeof(content));
	for (size_t extra = 0; extra < 3; extra++) {
		const char *path =
		    make_file("secret", content, PO_SECRET_MAX + extra, 0600);
		AUTO(po_str_free) char *secret = NULL;

		assert_int_equal(po_secret_read(path, &secret, NULL),
		    extra == 0 ? PO_OK : PO_E_SECRET);
	}
	content[PO_SECRET_MAX] = '\n';
	{
		const char *path =
		    make_file("secret", content, PO_SECRET_MAX + 1, 0600);
		AUTO(po_str_free) char *secret = NULL;

		assert_int_equal(po_secret_read(path, &secret, NULL), PO_OK);
		assert_int_equal(strlen(secret), PO_SECRET_MAX);
	}
}

static void
a_readable_secret_is_refused(void **state PO_UNUSED)
{
	const char *path = make_file("secret", "s3cret", 6, 0644);
	AUTO(po_str_free) char *secret = NULL;
	struct po_err err = { 0 };

	assert_int_equal(po_secret_read(path, &secret, &err), PO_E_SECRET);
	assert_null(secret);
	assert_non_null(strstr(err.text, "chmod 600"));
	assert_int_equal(po_secret_read(make_file("secret", "s3cret", 6, 0600),
			     &secret, NULL),
	    PO_OK);
}

/* Where a file is to be written, it has to be readable afterwards. */
static void
the_directory_of_a_file_is_checked_as_for_reading(void **state PO_UNUSED)
{
	static const struct {
		mode_t mode;
		const char *message; /* NULL: it will do */
	} cases[] = { { 0755, NULL }, { 0700, NULL }, { 01777, NULL },
		{ 0775, "chmod go-w" }, { 0757, "chmod go-w" } };
	struct po_err err = { 0 };
	size_t base = 0;
	int fd = -1;

	assert_int_equal(mkdir(in_dir("new"), 0700), 0);
	assert_int_equal(symlink("new", in_dir("link")), 0);
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *path = in_dir("new/a.secret");
		bool good = cases[i].message == NULL;
		struct po_err why = { 0 };

		assert_int_equal(chmod(in_dir("new"), cases[i].mode), 0);
		assert_int_equal(po_file_directory(path, &fd, &base, &why),
		    good ? PO_OK : PO_E_SECRET);
		if (!good) {
			assert_non_null(strstr(why.text, cases[i].message));
			continue;
		}
		assert_string_equal(path + base, "a.secret");
		/* it can be synced, too, which an O_PATH one cannot */
		assert_int_equal(fsync(fd), 0);
		po_fd_close(&fd);
	}
	assert_int_equal(
	    po_file_directory(in_dir("link/a"), &fd, &base, &err), PO_E_SECRET);
	assert_non_null(strstr(err.text, "a symbolic link"));
	assert_int_equal(
	    po_file_directory("a.secret", &fd, &base, NULL), PO_E_SECRET);
	assert_int_equal(fd, -1);
	assert_int_equal(unlink(in_dir("link")), 0);
	assert_int_equal(rmdir(in_dir("new")), 0);
}

static int
make_dir(void **state PO_UNUSED)
{
	return mkdtemp(dir) == NULL;
}

static int
remove_dir(void **state PO_UNUSED)
{
	static const char *const names[] = { "empty", "small", "most", "more",
		"mode", "target", "owned", "secret" };

	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_or_not_at_all),
		cmocka_unit_test(a_file_that_grows_is_refused),
		cmocka_unit_test(modes_decide),
		cmocka_unit_test(only_regular_files_are_read),
		cmocka_unit_test(a_relative_path_is_refused),
		cmocka_unit_test(symbolic_links_are_refused),
		cmocka_unit_test(a_directory_that_others_write_to_is_refused),
		cmocka_unit_test(only_root_and_we_may_own_it),
		cmocka_unit_test(a_secret_is_one_line),
		cmocka_unit_test(a_secret_is_bounded),
		cmocka_unit_test(a_readable_secret_is_refused),
		cmocka_unit_test(
		    the_directory_of_a_file_is_checked_as_for_reading),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
