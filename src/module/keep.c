/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The token of a session.  Must never give one account's token to another's
 * session, nor create or remove anything below a directory that is not
 * root's.  See keep.h.
 */

#include "module/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/record.h"
#include "base/spawn.h"
#include "base/store.h"
#include "base/text.h"
#include "module/helper_log.h"

#define SESSION_VARIABLE "PAM_OAUTH_SESSION"
#define FILE_VARIABLE "OAUTH_TOKEN_FILE"
#define TOKENS PO_RUNDIR "/tokens"

/* An id: when it was made, in seconds, and 128 random bits, in hexadecimal. */
#define TIME_DIGITS 10
#define ID_LEN (TIME_DIGITS + 32)

/* An account (PAM_USER: 256 bytes), its NUL, and a message. */
#define RECORD_MAX (257 + PO_MESSAGE_MAX)

/* From login to session it is seconds: what is left a day later was never
 * opened, because there is no session line or the account is closed. */
#define UNOPENED_MAX_S 86400

/* Whoever logs out does not wait longer for a provider that is down. */
#define REVOKE_DEADLINE_MS 5000

#define TRAVERSE_ONLY 0711

/* A record that was read. */
struct kept {
	struct po_store sessions;
	const char *id; /* NULL: this session has no token of ours */
	char *account;
	struct po_message message; /* its REVOKE */
};

#define KEPT_INIT                                                              \
	{                                                                      \
		.sessions = PO_STORE_INIT                                      \
	}

static void
kept_clear(struct kept *kept)
{
	po_store_close(&kept->sessions);
	po_str_free(&kept->account);
	po_message_clear(&kept->message);
}

/* File names; NULL: not a token. */
static const char *
file_name(int64_t keep)
{
	switch (keep) {
	case PO_KEEP_ACCESS_TOKEN:
		return "access_token";
	case PO_KEEP_ID_TOKEN:
		return "id_token";
	case PO_KEEP_REFRESH_TOKEN:
		return "refresh_token";
	default:
		return NULL;
	}
}

static enum po_status
open_sessions(struct po_store *sessions, struct po_err *err)
{
	AUTO(po_fd_close) int run = -1;
	enum po_status st =
	    po_store_directory(PO_RUNDIR, TRAVERSE_ONLY, &run, err);

	return st == PO_OK ? po_store_open(sessions, PO_RUNDIR "/sessions", err)
			   : st;
}

static enum po_status
open_tokens(int *tokens, struct po_err *err)
{
	return po_store_directory(TOKENS, TRAVERSE_ONLY, tokens, err);
}

/* --- after the login ------------------------------------------------------ */

static enum po_status
make_id(char id[ID_LEN + 1], struct po_err *err)
{
	uint8_t random[(ID_LEN - TIME_DIGITS) / 2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return po_err_sys(err, "getrandom");
	(void)snprintf(id, TIME_DIGITS + 1, "%0*llx", TIME_DIGITS,
	    (unsigned long long)po_clock_epoch_s() & 0xFFFFFFFFFFULL);
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(&id[TIME_DIGITS + 2 * i], 3, "%02x", random[i]);
	return PO_OK;
}

/* A user may come by one of their own, but nothing that is a path. */
static bool
is_id(const char *text)
{
	return strlen(text) == ID_LEN &&
	       strspn(text, "0123456789abcdef") == ID_LEN;
}

struct sweep {
	const struct po_store *sessions;
	int tokens;
};

/* po_store_each: removes records of logins that never became sessions. */
static bool
sweep(void *arg, const char *name)
{
	const struct sweep *sweep = arg;
	int64_t made_s = 0;
	struct stat st;
	bool removed;

	if (!is_id(name))
		return true;
	for (size_t i = 0; i < TIME_DIGITS; i++)
		made_s = made_s * 16 +
			 (name[i] <= '9' ? name[i] - '0' : name[i] - 'a' + 10);
	/* one that was opened belongs to a session, which may last for weeks */
	if (po_clock_epoch_s() - made_s > UNOPENED_MAX_S &&
	    fstatat(sweep->tokens, name, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENOENT)
		(void)!po_store_remove(sweep->sessions, name, &removed, NULL);
	return true;
}

static enum po_status
write_record(const struct po_store *sessions, const char *id,
    const char *account, const struct po_message *message, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(RECORD_MAX);
	AUTO(po_fd_close) int tokens = -1;
	struct sweep old = { .sessions = sessions };
	bool created = false;
	enum po_status st;

	po_buf_append(&record, account, strlen(account) + 1);
	if ((st = po_message_encode(message, &record, err)) != PO_OK ||
	    (st = open_tokens(&tokens, err)) != PO_OK)
		return st;
	/* what it cannot remove now, the next one will */
	old.tokens = tokens;
	(void)!po_store_each(sessions, sweep, &old, NULL);
	st = po_store_create(
	    sessions, id, record.data, record.len, &created, err);
	if (st == PO_OK && !created)
		return po_err_set(err, PO_E_STORE, "an id twice");
	return st;
}

static enum po_status
put_variable(
    pam_handle_t *pamh, const char *name, const char *value, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf variable = PO_BUF_INIT(4096);
	enum po_status st;

	po_buf_appendf(&variable, "%s=%s", name, value);
	if ((st = po_buf_check(&variable, err)) != PO_OK)
		return st;
	if (pam_putenv(pamh, po_buf_str(&variable)) != PAM_SUCCESS)
		return po_err_set(err, PO_E_NOMEM, "pam_putenv: %s", name);
	return PO_OK;
}

enum po_status
po_keep_begin(pam_handle_t *pamh, const struct po_login_args *args,
    const char *account, const struct po_msg_grant *grant, struct po_err *err)
{
	AUTO(po_store_close) struct po_store sessions = PO_STORE_INIT;
	const void *service = NULL;
	char id[ID_LEN + 1] = "";
	bool removed;
	struct po_message message = { .type = PO_MSG_REVOKE };
	enum po_status st;

	/* RFC 6749 A.12, A.17: 1*VSCHAR */
	if (file_name(grant->keep) == NULL || grant->token[0] == '\0')
		return po_err_set(err, PO_E_HELPER, "no token of any kind");
	if (!po_record_is_value(grant->token, 0, SIZE_MAX))
		return po_err_set(
		    err, PO_E_HELPER, "token with other than visible ASCII");
	if (pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS ||
	    service == NULL)
		return po_err_set(err, PO_E_INTERNAL, "no PAM service");
	message.revoke = (struct po_msg_revoke){
		.version = PO_MESSAGE_VERSION,
		.service = service,
		.config_file = args->config_file,
		.provider = grant->provider,
		.issuer = grant->issuer,
		.keep = grant->keep,
		.token = grant->token,
		.debug = args->debug,
	};
	if ((st = make_id(id, err)) != PO_OK ||
	    (st = open_sessions(&sessions, err)) != PO_OK)
		return st;
	if ((st = write_record(&sessions, id, account, &message, err)) !=
		PO_OK ||
	    (st = put_variable(pamh, SESSION_VARIABLE, id, err)) != PO_OK)
		/* of no use to anybody, and swept if it stays */
		(void)!po_store_remove(&sessions, id, &removed, NULL);
	return st;
}

void
po_keep_forget(pam_handle_t *pamh)
{
	if (pam_getenv(pamh, SESSION_VARIABLE) != NULL)
		(void)pam_putenv(pamh, SESSION_VARIABLE);
}

/* --- finding it again ----------------------------------------------------- */

static enum po_status
parse_record(struct po_buf *record, struct kept *kept, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);
	const uint8_t *nul =
	    record->len == 0 ? NULL : memchr(record->data, '\0', record->len);
	size_t before;

	if (nul == NULL)
		return po_err_set(err, PO_E_STORE, "a record without account");
	before = (size_t)(nul - record->data) + 1;
	if ((kept->account = po_str_dup((const char *)record->data)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	po_buf_append(&bytes, nul + 1, record->len - before);
	if (po_buf_check(&bytes, err) != PO_OK)
		return PO_E_NOMEM;
	if (po_message_decode(&bytes, &kept->message, NULL) != PO_OK ||
	    kept->message.type != PO_MSG_REVOKE ||
	    file_name(kept->message.revoke.keep) == NULL)
		return po_err_set(
		    err, PO_E_STORE, "a record that this version cannot read");
	return PO_OK;
}

/* Is the session the account's?  Else *theirs is false, or it fails. */
static enum po_status
judge(pam_handle_t *pamh, const struct kept *kept, const char *granted,
    bool *theirs, struct po_err *err)
{
	const void *user = NULL;

	if (pam_get_item(pamh, PAM_USER, &user) != PAM_SUCCESS || user == NULL)
		return po_err_set(err, PO_E_INTERNAL, "no PAM_USER");
	*theirs = po_str_equal(user, kept->account);
	/* sudo has alice approve, and opens a session for root */
	if (*theirs ||
	    (granted != NULL && po_str_equal(granted, kept->account)))
		return PO_OK;
	return po_err_set(err, PO_E_OTHER_PERSON,
	    SESSION_VARIABLE " is of a session of another account");
}

/* PO_OK with kept->id NULL: nothing was kept. */
static enum po_status
find(pam_handle_t *pamh, const char *granted, struct kept *kept, bool *theirs,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(RECORD_MAX);
	const char *id = pam_getenv(pamh, SESSION_VARIABLE);
	bool found = false;
	enum po_status st;

	if (id == NULL)
		return PO_OK;
	if (!is_id(id))
		return po_err_set(
		    err, PO_E_STORE, SESSION_VARIABLE " is none of ours");
	if ((st = open_sessions(&kept->sessions, err)) != PO_OK ||
	    (st = po_store_read(&kept->sessions, id, &record, &found, err)) !=
		PO_OK)
		return st;
	if (!found)
		return po_err_set(err, PO_E_STORE,
		    SESSION_VARIABLE " is of no session that is open");
	if ((st = parse_record(&record, kept, err)) != PO_OK ||
	    (st = judge(pamh, kept, granted, theirs, err)) != PO_OK)
		return st;
	kept->id = id;
	return PO_OK;
}

/* --- the session ---------------------------------------------------------- */

/* The file in a directory that is root's; one that is there stays. */
static enum po_status
write_token(int dir, const struct po_msg_revoke *kept, const struct passwd *pw,
    struct po_err *err)
{
	const char *name = file_name(kept->keep);
	AUTO(po_fd_close) int fd = -1;

	if (name == NULL) /* parse_record takes no such record */
		return po_err_set(err, PO_E_INTERNAL, "token of no kind");
	fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd < 0 && errno == EEXIST)
		return PO_OK; /* two session lines in one stack */
	if (fd >= 0 && po_fd_write(fd, kept->token, strlen(kept->token)) &&
	    fchown(fd, pw->pw_uid, pw->pw_gid) == 0)
		return PO_OK;
	(void)po_err_set(
	    err, PO_E_STORE, "%s of a session: %s", name, po_err_of(errno));
	if (fd >= 0)
		(void)unlinkat(dir, name, 0);
	return PO_E_STORE;
}

/* Its directory, which also tells sweep that there is a session. */
static enum po_status
begin_session(
    const struct kept *kept, struct po_buf *path, int *dir, struct po_err *err)
{
	AUTO(po_fd_close) int tokens = -1;
	enum po_status st;

	po_buf_appendf(path, "%s/%s", TOKENS, kept->id);
	if ((st = po_buf_check(path, err)) != PO_OK ||
	    (st = open_tokens(&tokens, err)) != PO_OK)
		return st;
	return po_store_directory(po_buf_str(path), TRAVERSE_ONLY, dir, err);
}

static enum po_status
hand_over(pam_handle_t *pamh, const struct kept *kept, const struct passwd *pw,
    int dir, struct po_buf *path, struct po_err *err)
{
	enum po_status st;

	if ((st = write_token(dir, &kept->message.revoke, pw, err)) != PO_OK)
		return st;
	po_buf_appendf(path, "/%s", file_name(kept->message.revoke.keep));
	if ((st = po_buf_check(path, err)) != PO_OK)
		return st;
	return put_variable(pamh, FILE_VARIABLE, po_buf_str(path), err);
}

enum po_status
po_keep_open(pam_handle_t *pamh, const char *granted, struct po_err *err)
{
	AUTO(kept_clear) struct kept kept = KEPT_INIT;
	AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(4096);
	AUTO(po_fd_close) int dir = -1;
	const struct passwd *pw = NULL;
	bool theirs = false;
	enum po_status st = find(pamh, granted, &kept, &theirs, err);

	if (st != PO_OK || kept.id == NULL)
		return st;
	if (theirs && (pw = pam_modutil_getpwnam(pamh, kept.account)) == NULL)
		return po_err_set(
		    err, PO_E_ACCOUNT_UNKNOWN, "no such local account");
	if ((st = begin_session(&kept, &path, &dir, err)) != PO_OK)
		return st;
	if (pw != NULL)
		return hand_over(pamh, &kept, pw, dir, &path, err);
	pam_syslog(pamh, LOG_DEBUG,
	    "keep_token: the session is another account's: not handed over");
	return PO_OK;
}

/* What is not there is removed. */
static enum po_status
take_back(const struct kept *kept, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf file = PO_BUF_INIT(256);
	AUTO(po_fd_close) int tokens = -1;
	enum po_status st;

	po_buf_appendf(
	    &file, "%s/%s", kept->id, file_name(kept->message.revoke.keep));
	if ((st = po_buf_check(&file, err)) != PO_OK ||
	    (st = open_tokens(&tokens, err)) != PO_OK)
		return st;
	if ((unlinkat(tokens, po_buf_str(&file), 0) != 0 && errno != ENOENT) ||
	    (unlinkat(tokens, kept->id, AT_REMOVEDIR) != 0 && errno != ENOENT))
		return po_err_set(err, PO_E_STORE, "%s/%s: %s", TOKENS,
		    po_buf_str(&file), po_err_of(errno));
	return PO_OK;
}

/* The helper's verdict. */
static enum po_status
end_token(
    pam_handle_t *pamh, const struct po_message *message, struct po_err *err)
{
	AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
	int64_t deadline_ms = po_clock_ms() + REVOKE_DEADLINE_MS;
	enum po_status st;

	if ((st = po_child_spawn(&child, err)) != PO_OK)
		return st;
	child.ipc.allowed[PO_MSG_LOG] = PO_HELPER_LOG_LINES_MAX;
	child.ipc.allowed[PO_MSG_RESULT] = 1;
	st = po_ipc_send(&child.ipc, message, err);
	while (st == PO_OK) {
		AUTO(po_message_clear) struct po_message answer = { 0 };

		st = po_ipc_receive(&child.ipc, deadline_ms, &answer, err);
		if (st == PO_OK && answer.type == PO_MSG_LOG)
			po_helper_log(pamh, &answer.log, "revoke");
		else if (st == PO_OK && answer.result.status == PO_OK)
			return PO_OK;
		else if (st == PO_OK)
			st = po_err_set(
			    err, PO_E_HELPER, "%s", answer.result.detail);
	}
	return st;
}

enum po_status
po_keep_close(pam_handle_t *pamh, const char *granted, struct po_err *err)
{
	AUTO(kept_clear) struct kept kept = KEPT_INIT;
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(2048);
	struct po_err why = { 0 };
	bool theirs = false, removed = false;
	enum po_status st = find(pamh, granted, &kept, &theirs, err);

	if (st != PO_OK || kept.id == NULL)
		return st;
	if ((st = take_back(&kept, err)) != PO_OK ||
	    (st = po_store_remove(&kept.sessions, kept.id, &removed, err)) !=
		PO_OK)
		return st;
	/* RFC 7009 2: access and refresh tokens */
	if (!removed || kept.message.revoke.keep == PO_KEEP_ID_TOKEN ||
	    end_token(pamh, &kept.message, &why) == PO_OK)
		return PO_OK;
	po_text_log_field(&line, "detail", why.text);
	pam_syslog(pamh, LOG_WARNING,
	    "keep_token: not revoked, the token lives until it expires: %s",
	    po_buf_str(&line));
	return PO_OK;
}
