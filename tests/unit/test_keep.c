/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The token of a session: whose it is, what a record must be, and what is
 * left of both.  libpam, the helper and /run are this file's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/store.h"
#include "module/keep.h"

#define TOKEN "s3cr3t.t0ken"
#define SESSION "PAM_OAUTH_SESSION"
#define TOKEN_FILE "OAUTH_TOKEN_FILE"

/* Nobody looks into it. */
static char handle;
#define PAMH ((pam_handle_t *)(void *)&handle)

static char run_dir[] = "/tmp/pam_oauth_keep_XXXXXX";

/* What libpam, and the helper, are told and asked. */
static struct {
	const char *user;
	char session[128], file[PATH_MAX]; /* variables; "": unset */
	bool env_full;
	bool nobody;               /* known to NSS */
	unsigned helpers;          /* started */
	struct po_message verdict; /* of the helper */
	enum po_keep revoked;
	char token[64];
	char log[1024];
} world;

/* --- /run ----------------------------------------------------------------- */

/* PATH below PO_RUNDIR, below ours; valid until the fourth next call. */
static const char *
here(const char *path)
{
	static char paths[4][PATH_MAX];
	static size_t next;
	char *own = paths[next++ % PO_ARRAY_LEN(paths)];

	assert_memory_equal(path, PO_RUNDIR, strlen(PO_RUNDIR));
	(void)snprintf(
	    own, PATH_MAX, "%s%s", run_dir, path + strlen(PO_RUNDIR));
	return own;
}

enum po_status __real_po_store_directory(
    const char *path, mode_t mode, int *dir, struct po_err *err);
enum po_status __wrap_po_store_directory(
    const char *path, mode_t mode, int *dir, struct po_err *err);
enum po_status
__wrap_po_store_directory(
    const char *path, mode_t mode, int *dir, struct po_err *err)
{
	return __real_po_store_directory(here(path), mode, dir, err);
}

enum po_status __real_po_store_open(
    struct po_store *store, const char *path, struct po_err *err);
enum po_status __wrap_po_store_open(
    struct po_store *store, const char *path, struct po_err *err);
enum po_status
__wrap_po_store_open(
    struct po_store *store, const char *path, struct po_err *err)
{
	return __real_po_store_open(store, here(path), err);
}

static unsigned
count_entries(const char *path)
{
	DIR *dir = opendir(here(path));
	unsigned count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		(void)closedir(dir);
	return count < 2 ? 0 : count - 2;
}

static void
assert_nothing_left(void)
{
	assert_int_equal(count_entries(PO_RUNDIR "/sessions"), 0);
	assert_int_equal(count_entries(PO_RUNDIR "/tokens"), 0);
}

/* --- libpam --------------------------------------------------------------- */

int
pam_get_item(const pam_handle_t *pamh PO_UNUSED, int type, const void **item)
{
	*item = type == PAM_USER ? world.user : "sshd";
	return PAM_SUCCESS;
}

const char *
pam_getenv(pam_handle_t *pamh PO_UNUSED, const char *name)
{
	assert_string_equal(name, SESSION);
	return world.session[0] == '\0' ? NULL : world.session;
}

int
pam_putenv(pam_handle_t *pamh PO_UNUSED, const char *variable)
{
	if (world.env_full)
		return PAM_BUF_ERR;
	if (strncmp(variable, SESSION "=", strlen(SESSION) + 1) == 0)
		(void)snprintf(world.session, sizeof(world.session), "%s",
		    variable + strlen(SESSION) + 1);
	else if (strcmp(variable, SESSION) == 0 && world.session[0] != '\0')
		world.session[0] = '\0'; /* of what is unset libpam complains */
	else if (strncmp(variable, TOKEN_FILE "=", strlen(TOKEN_FILE) + 1) == 0)
		(void)snprintf(world.file, sizeof(world.file), "%s",
		    variable + strlen(TOKEN_FILE) + 1);
	else
		fail_msg("%s", variable);
	return PAM_SUCCESS;
}

struct passwd *
pam_modutil_getpwnam(pam_handle_t *pamh PO_UNUSED, const char *user)
{
	static char name[] = "alice";
	static struct passwd entry = { .pw_name = name };

	entry.pw_uid = getuid();
	entry.pw_gid = getgid();
	return strcmp(user, name) == 0 && !world.nobody ? &entry : NULL;
}

void
pam_syslog(const pam_handle_t *pamh PO_UNUSED, int priority PO_UNUSED,
    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(world.log, sizeof(world.log), fmt, args);
	va_end(args);
}

/* --- the helper ----------------------------------------------------------- */

static int helper_end = -1;

enum po_status
po_child_spawn(struct po_child *child, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);
	int ends[2];

	(void)err;
	world.helpers++;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	child->ipc.fd = ends[0];
	helper_end = ends[1];
	/* it answers before it is asked, and nobody can tell */
	assert_int_equal(
	    po_message_encode(&world.verdict, &bytes, NULL), PO_OK);
	assert_int_equal(
	    send(helper_end, bytes.data, bytes.len, 0), (ssize_t)bytes.len);
	return PO_OK;
}

/* Hears what it was told, as a helper would have. */
void
po_child_end(struct po_child *child)
{
	struct po_ipc ipc = { .fd = helper_end };
	AUTO(po_message_clear) struct po_message message = { 0 };

	ipc.allowed[PO_MSG_REVOKE] = 1;
	if (helper_end >= 0 &&
	    po_ipc_receive(&ipc, po_clock_ms(), &message, NULL) == PO_OK) {
		world.revoked = (enum po_keep)message.revoke.keep;
		(void)snprintf(world.token, sizeof(world.token), "%s",
		    message.revoke.token);
		assert_string_equal(message.revoke.config_file, "/etc/conf");
		assert_string_equal(message.revoke.provider, "corp");
		assert_string_equal(
		    message.revoke.issuer, "https://sso.example.com");
		assert_string_equal(message.revoke.service, "sshd");
	}
	po_ipc_close(&ipc);
	helper_end = -1;
	po_ipc_close(&child->ipc);
}

/* --- one session ---------------------------------------------------------- */

static enum po_status
begin(int64_t keep, const char *token, struct po_err *err)
{
	const struct po_login_args args = { .config_file = "/etc/conf",
		.provider = "" };
	const struct po_msg_grant grant = {
		.provider = "corp",
		.issuer = "https://sso.example.com",
		.sub = "1",
		.exports = "",
		.keep = keep,
		.token = token,
	};

	return po_keep_begin(PAMH, &args, "alice", &grant, err);
}

static int
set_up(void **state PO_UNUSED)
{
	static const struct po_message ok = {
		.type = PO_MSG_RESULT,
		.result = { .status = PO_OK,
		    .account = "",
		    .detail = "",
		    .fields = "" },
	};

	memset(&world, 0, sizeof(world));
	world.user = "alice";
	world.verdict = ok;
	return 0;
}

static void
sign_in(int64_t keep)
{
	struct po_err err = { 0 };

	if (begin(keep, TOKEN, &err) != PO_OK)
		fail_msg("%s", err.text);
	assert_int_equal(count_entries(PO_RUNDIR "/sessions"), 1);
}

static void
sign_out(void)
{
	struct po_err err = { 0 };

	world.user = "alice";
	if (po_keep_close(PAMH, NULL, &err) != PO_OK)
		fail_msg("%s", err.text);
	assert_nothing_left();
}

static void
a_token_is_the_users_until_the_session_ends(void **state PO_UNUSED)
{
	static const struct {
		enum po_keep keep;
		const char *name;
	} kinds[] = {
		{ PO_KEEP_ACCESS_TOKEN, "access_token" },
		{ PO_KEEP_REFRESH_TOKEN, "refresh_token" },
		{ PO_KEEP_ID_TOKEN, "id_token" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		char text[64] = "", path[PATH_MAX];
		struct stat st;
		int fd;

		(void)set_up(NULL);
		sign_in(kinds[i].keep);
		assert_int_equal(po_keep_open(PAMH, NULL, NULL), PO_OK);
		(void)snprintf(path, sizeof(path), "%s/tokens/%s/%s", PO_RUNDIR,
		    world.session, kinds[i].name);
		assert_string_equal(world.file, path);
		fd = open(here(path), O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(
		    read(fd, text, sizeof(text) - 1), strlen(TOKEN));
		assert_string_equal(text, TOKEN);
		(void)close(fd);
		sign_out();
		/* ID tokens cannot be revoked */
		assert_int_equal(
		    world.helpers, kinds[i].keep != PO_KEEP_ID_TOKEN);
		if (world.helpers == 0)
			continue;
		assert_int_equal(world.revoked, kinds[i].keep);
		assert_string_equal(world.token, TOKEN);
	}
}

static void
a_session_that_never_opened_is_ended_too(void **state PO_UNUSED)
{
	sign_in(PO_KEEP_ACCESS_TOKEN);
	sign_out();
	assert_int_equal(world.helpers, 1);
}

static void
without_an_id_there_is_nothing_to_do(void **state PO_UNUSED)
{
	assert_int_equal(po_keep_open(PAMH, NULL, NULL), PO_OK);
	assert_int_equal(po_keep_close(PAMH, NULL, NULL), PO_OK);
	assert_int_equal(world.helpers, 0);
	assert_string_equal(world.file, "");
}

static void
what_cannot_be_a_token_is_none(void **state PO_UNUSED)
{
	static const struct {
		int64_t keep;
		const char *token;
	} cases[] = {
		{ PO_KEEP_NONE, "a" },
		{ PO_KEEP_COUNT, "a" },
		{ -1, "a" },
		{ (INT64_C(1) << 32) + PO_KEEP_ACCESS_TOKEN, "a" },
		{ PO_KEEP_ACCESS_TOKEN, "" },
		{ PO_KEEP_ACCESS_TOKEN, "a\nb" },
		{ PO_KEEP_ACCESS_TOKEN, "a\x1b[2J" },
		{ PO_KEEP_ACCESS_TOKEN, "\x7f" },
		{ PO_KEEP_ACCESS_TOKEN, "\xc3\xbc" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_int_equal(
		    begin(cases[i].keep, cases[i].token, NULL), PO_E_HELPER);
	assert_string_equal(world.session, "");
	assert_nothing_left();
}

/* --- ids ------------------------------------------------------------------ */

static void
expect_nothing(const char *granted, enum po_status status)
{
	struct po_err err = { 0 };

	world.file[0] = '\0';
	assert_int_equal(po_keep_open(PAMH, granted, &err), status);
	assert_int_equal(err.status, status);
	assert_null(strstr(err.text, TOKEN));
	assert_string_equal(world.file, "");
	/* of a session of another's an empty directory, and nothing in it */
	assert_int_equal(count_entries(PO_RUNDIR "/tokens"), status == PO_OK);
	if (status == PO_OK) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/tokens/%s", PO_RUNDIR,
		    world.session);
		assert_int_equal(count_entries(path), 0);
		return;
	}
	assert_int_equal(po_keep_close(PAMH, granted, NULL), status);
	assert_int_equal(world.helpers, 0);
}

static void
id_of_another_account(void **state PO_UNUSED)
{
	static const char *const others[] = { "bob", "", "alic", "alice ",
		"Alice", "root" };

	sign_in(PO_KEEP_ACCESS_TOKEN);
	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++) {
		world.user = others[i];
		expect_nothing(NULL, PO_E_OTHER_PERSON);
		expect_nothing("bob", PO_E_OTHER_PERSON);
	}
	assert_int_equal(count_entries(PO_RUNDIR "/sessions"), 1);
	sign_out();
}

/* As in sudo: alice approved, on this handle, and the session is root's. */
static void
session_of_another_than_approved(void **state PO_UNUSED)
{
	sign_in(PO_KEEP_ACCESS_TOKEN);
	world.user = "root";
	expect_nothing("alice", PO_OK);
	assert_int_equal(po_keep_close(PAMH, "alice", NULL), PO_OK);
	assert_int_equal(world.helpers, 1);
	assert_nothing_left();
}

/* A screen at which alice was not let in after all, and then bob. */
static void
session_of_the_login_before(void **state PO_UNUSED)
{
	char id[sizeof(world.session)];

	sign_in(PO_KEEP_ACCESS_TOKEN);
	memcpy(id, world.session, sizeof(id));
	po_keep_forget(PAMH);
	po_keep_forget(PAMH);
	world.user = "bob";
	assert_int_equal(po_keep_open(PAMH, "bob", NULL), PO_OK);
	assert_int_equal(count_entries(PO_RUNDIR "/tokens"), 0);
	assert_int_equal(po_keep_close(PAMH, "bob", NULL), PO_OK);
	memcpy(world.session, id, sizeof(id));
	sign_out();
}

static void
id_that_is_a_path(void **state PO_UNUSED)
{
	char detour[sizeof(world.session) + 2], right[sizeof(world.session)];
	const char *ids[] = { "..", "../sessions", ".", "/etc/shadow", detour,
		"x", "0123456789abcdef" };

	sign_in(PO_KEEP_ID_TOKEN);
	memcpy(right, world.session, sizeof(right));
	(void)snprintf(detour, sizeof(detour), "./%s", right);
	for (size_t i = 0; i < PO_ARRAY_LEN(ids); i++) {
		memcpy(world.session, ids[i], strlen(ids[i]) + 1);
		expect_nothing(NULL, PO_E_STORE);
	}
	/* and one digit beside it */
	memcpy(world.session, right, sizeof(right));
	world.session[20] = right[20] == '0' ? '1' : '0';
	expect_nothing(NULL, PO_E_STORE);
	memcpy(world.session, right, sizeof(right));
	sign_out();
}

/* --- records -------------------------------------------------------------- */

static void
remove_record(void)
{
	char path[PATH_MAX];

	(void)snprintf(
	    path, sizeof(path), "%s/sessions/%s", PO_RUNDIR, world.session);
	assert_int_equal(unlink(here(path)), 0);
}

/* Puts other bytes in the place of the session's record. */
static void
replace_record(const void *data, size_t len)
{
	char path[PATH_MAX];
	int fd;

	remove_record();
	(void)snprintf(
	    path, sizeof(path), "%s/sessions/%s", PO_RUNDIR, world.session);
	fd = open(here(path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	(void)close(fd);
}

static void
read_record(struct po_buf *out)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	bool found = false;

	assert_int_equal(
	    po_store_open(&store, PO_RUNDIR "/sessions", NULL), PO_OK);
	assert_int_equal(
	    po_store_read(&store, world.session, out, &found, NULL), PO_OK);
	assert_true(found);
}

static void
a_record_cut_at_any_byte_is_none(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(4096);

	sign_in(PO_KEEP_ACCESS_TOKEN);
	read_record(&record);
	for (size_t len = 0; len < record.len; len++) {
		replace_record(record.data, len);
		expect_nothing(NULL, PO_E_STORE);
	}
	po_buf_append_char(&record, '\0');
	replace_record(record.data, record.len);
	expect_nothing(NULL, PO_E_STORE);
	replace_record(record.data, record.len - 1);
	sign_out();
}

static void
a_record_of_something_else_is_none(void **state PO_UNUSED)
{
	static const struct po_message others[] = {
		{ .type = PO_MSG_HELLO, .hello = { .account = "" } },
		{ .type = PO_MSG_CHECK },
		{ .type = PO_MSG_REVOKE,
		    .revoke = { .service = "sshd",
			.config_file = "/etc/conf",
			.provider = "",
			.issuer = "",
			.keep = PO_KEEP_NONE,
			.token = TOKEN } },
		{ .type = PO_MSG_REVOKE,
		    .revoke = { .service = "sshd",
			.config_file = "/etc/conf",
			.provider = "",
			.issuer = "",
			.keep = PO_KEEP_COUNT,
			.token = TOKEN } },
	};

	sign_in(PO_KEEP_ACCESS_TOKEN);
	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++) {
		AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(4096);

		po_buf_append(&record, "alice", sizeof("alice"));
		assert_int_equal(
		    po_message_encode(&others[i], &record, NULL), PO_OK);
		replace_record(record.data, record.len);
		expect_nothing(NULL, PO_E_STORE);
	}
	remove_record();
}

/* --- what may fail -------------------------------------------------------- */

static void
a_token_that_is_not_revoked_ends_all_the_same(void **state PO_UNUSED)
{
	static const struct {
		struct po_message verdict;
		const char *log;
	} cases[] = {
		{ { .type = PO_MSG_CHECK }, "detail=" },
		{ { .type = PO_MSG_RESULT,
		      .result = { .status = PO_E_NETWORK,
			  .account = "",
			  .detail = "no\nroute",
			  .fields = "" } },
		    "detail=\"no\xEF\xBF\xBDroute\"" },
		{ { .type = PO_MSG_RESULT,
		      .result = { .status = INT64_C(1) << 32,
			  .account = "",
			  .detail = "wraps",
			  .fields = "" } },
		    "detail=wraps" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		(void)set_up(NULL);
		world.verdict = cases[i].verdict;
		sign_in(PO_KEEP_ACCESS_TOKEN);
		sign_out();
		assert_int_equal(world.helpers, 1);
		assert_non_null(strstr(world.log, "not revoked"));
		assert_non_null(strstr(world.log, cases[i].log));
		assert_null(strstr(world.log, TOKEN));
	}
}

static void
a_variable_that_cannot_be_set_leaves_no_token(void **state PO_UNUSED)
{
	world.env_full = true;
	assert_int_equal(begin(PO_KEEP_ACCESS_TOKEN, TOKEN, NULL), PO_E_NOMEM);
	assert_nothing_left();
	world.env_full = false;
	sign_in(PO_KEEP_ACCESS_TOKEN);
	world.env_full = true;
	assert_int_equal(po_keep_open(PAMH, NULL, NULL), PO_E_NOMEM);
	sign_out();
}

/* With a directory it would pass for a session, which nothing sweeps. */
static void
an_account_that_is_gone_begins_no_session(void **state PO_UNUSED)
{
	sign_in(PO_KEEP_ACCESS_TOKEN);
	world.nobody = true;
	assert_int_equal(po_keep_open(PAMH, NULL, NULL), PO_E_ACCOUNT_UNKNOWN);
	assert_int_equal(count_entries(PO_RUNDIR "/tokens"), 0);
	sign_out();
}

static void
a_file_that_is_there_is_not_written_through(void **state PO_UNUSED)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct stat st;

	sign_in(PO_KEEP_ACCESS_TOKEN);
	(void)snprintf(
	    path, sizeof(path), "%s/tokens/%s", PO_RUNDIR, world.session);
	assert_int_equal(mkdir(here(path), 0711), 0);
	(void)snprintf(target, sizeof(target), "%s", here(PO_RUNDIR "/target"));
	(void)snprintf(path, sizeof(path), "%s/tokens/%s/access_token",
	    PO_RUNDIR, world.session);
	assert_int_equal(symlink(target, here(path)), 0);
	(void)!po_keep_open(PAMH, NULL, NULL);
	assert_int_not_equal(lstat(target, &st), 0);
	sign_out();
}

static int
make_run(void **state PO_UNUSED)
{
	return mkdtemp(run_dir) == NULL || chmod(run_dir, 0711) != 0 ? -1 : 0;
}

static int
remove_run(void **state PO_UNUSED)
{
	(void)rmdir(here(PO_RUNDIR "/sessions"));
	(void)rmdir(here(PO_RUNDIR "/tokens"));
	return rmdir(run_dir);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_the_users_until_the_session_ends),
		TEST(a_session_that_never_opened_is_ended_too),
		TEST(without_an_id_there_is_nothing_to_do),
		TEST(what_cannot_be_a_token_is_none),
		TEST(id_of_another_account),
		TEST(session_of_another_than_approved),
		TEST(session_of_the_login_before),
		TEST(id_that_is_a_path),
		TEST(a_record_cut_at_any_byte_is_none),
		TEST(a_record_of_something_else_is_none),
		TEST(a_token_that_is_not_revoked_ends_all_the_same),
		TEST(a_variable_that_cannot_be_set_leaves_no_token),
		TEST(an_account_that_is_gone_begins_no_session),
		TEST(a_file_that_is_there_is_not_written_through),
	};

	return cmocka_run_group_tests(tests, make_run, remove_run);
}
