/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of who is to be asked about.  Read as root inside sshd and sudo, and
 * once more by the helper: what does not parse is a refusal.  See liveness.h.
 */

#include "base/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/message.h"
#include "base/record.h"
#include "base/text.h"

#define RECORDS_DIR PO_STATEDIR "/liveness"
/* Neither a record's name nor a draft's: store.h. */
#define LOCK_NAME "-lock"
/* Nobody notices so much; a refresh takes some ten times of it. */
#define LOCK_RETRY_MS 20

#define NAME_MAX_BYTES 256
#define CLIENT_ID_MAX 512     /* io/config_options.c */
#define SUB_MAX 255           /* OpenID Connect Core 2 */
#define TIME_MAX 253402300799 /* the end of the year 9999, four digits */

void
po_liveness_clear(struct po_liveness *record)
{
	/* the whole of it: po_str_free would not get past the first line */
	po_freezero(record->text, record->text_size);
	po_str_free(&record->new_token);
	*record = (struct po_liveness){ 0 };
}

void
po_liveness_print(const struct po_liveness *record, struct po_buf *out)
{
	po_buf_appendf(out,
	    "version=1\nprovider=%s\nissuer=%s\nclient_id=%s\nsub=%s\n"
	    "nonce=%s\ngood=%lld\nbegun=%lld\nclosed=%lld\n",
	    record->provider, record->issuer, record->client_id, record->sub,
	    record->nonce, (long long)record->good_s,
	    (long long)record->begun_s, (long long)record->closed_s);
	/* not through a format: it may be longer than that takes */
	po_buf_append_str(out, "token=");
	po_buf_append_str(out, record->token);
	po_buf_append_char(out, '\n');
}

static bool
take_text(char **at, const char *key, size_t min, size_t max, const char **out)
{
	return (*out = po_record_take(at, key, min, max)) != NULL;
}

static bool
take_time(char **at, const char *key, int64_t *out)
{
	const char *value = po_record_take(at, key, 1, 12);

	return value != NULL && po_text_parse_int(value, 0, TIME_MAX, out);
}

static bool
parse(char *text, struct po_liveness *out)
{
	const char *version = po_record_take(&text, "version", 1, 1);

	return version != NULL && strcmp(version, "1") == 0 &&
	       take_text(
		   &text, "provider", 1, NAME_MAX_BYTES, &out->provider) &&
	       take_text(&text, "issuer", 1, PO_URL_MAX, &out->issuer) &&
	       take_text(
		   &text, "client_id", 1, CLIENT_ID_MAX, &out->client_id) &&
	       take_text(&text, "sub", 1, SUB_MAX, &out->sub) &&
	       take_text(&text, "nonce", 0, NAME_MAX_BYTES, &out->nonce) &&
	       take_time(&text, "good", &out->good_s) &&
	       take_time(&text, "begun", &out->begun_s) &&
	       take_time(&text, "closed", &out->closed_s) &&
	       take_text(
		   &text, "token", 0, PO_MESSAGE_REFRESH_MAX, &out->token) &&
	       *text == '\0' && (out->closed_s != 0) == (out->token[0] == '\0');
}

enum po_status
po_liveness_parse(const char *text, struct po_liveness *out, struct po_err *err)
{
	*out = (struct po_liveness){
		.text = po_str_dup(text),
		.text_size = strlen(text) + 1,
	};
	if (out->text != NULL && parse(out->text, out))
		return PO_OK;
	po_liveness_clear(out);
	return po_err_set(err, PO_E_STORE, "not a record of a sign-in");
}

enum po_status
po_liveness_set_token(
    struct po_liveness *record, const char *token, struct po_err *err)
{
	char *copy = po_str_dup(token);

	if (copy == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	po_str_free(&record->new_token);
	record->token = record->new_token = copy;
	return PO_OK;
}

bool
po_liveness_exists(void)
{
	struct stat st;

	return fstatat(AT_FDCWD, RECORDS_DIR, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

enum po_status
po_liveness_open(struct po_store *store, struct po_err *err)
{
	AUTO(po_store_close) struct po_store above = PO_STORE_INIT;
	enum po_status st = po_store_open(&above, PO_STATEDIR, err);

	return st == PO_OK ? po_store_open(store, RECORDS_DIR, err) : st;
}

/* The file whose bytes are the accounts' locks, by uid. */
static enum po_status
open_lock(const struct po_store *store, int *fd, struct po_err *err)
{
	AUTO(po_fd_close)
	int file = openat(store->dir, LOCK_NAME,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
	    S_IRUSR | S_IWUSR);
	struct stat st;

	if (file < 0 || fstat(file, &st) != 0)
		return po_err_set(err, PO_E_STORE, "%s/" LOCK_NAME ": %s",
		    store->path, po_err_of(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return po_err_set(err, PO_E_STORE,
		    "%s/" LOCK_NAME ": not a file of root's: remove it",
		    store->path);
	*fd = TAKE_FD(file);
	return PO_OK;
}

enum po_status
po_liveness_lock(const struct po_store *store, uid_t uid, int64_t deadline_ms,
    int *fd, struct po_err *err)
{
	AUTO(po_fd_close) int file = -1;
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)uid,
		.l_len = 1,
	};
	enum po_status st;

	*fd = -1;
	if ((st = open_lock(store, &file, err)) != PO_OK)
		return st;
	/* of the open file: descriptors of the application cannot lose it */
	while (fcntl(file, F_OFD_SETLK, &lock) != 0) {
		if (errno != EAGAIN && errno != EACCES)
			return po_err_set(err, PO_E_STORE,
			    "%s/" LOCK_NAME ": %s", store->path,
			    po_err_of(errno));
		if (po_clock_ms() >= deadline_ms)
			return po_err_set(err, PO_E_EXPIRED,
			    "another login has had the account's record for "
			    "too long");
		(void)poll(NULL, 0, LOCK_RETRY_MS);
	}
	*fd = TAKE_FD(file);
	return PO_OK;
}

enum po_status
po_liveness_read(const struct po_store *store, const char *account,
    struct po_liveness *out, bool *found, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_MESSAGE_RECORD_MAX);
	enum po_status st;

	*out = (struct po_liveness){ 0 };
	if ((st = po_store_read(store, account, &text, found, err)) != PO_OK ||
	    !*found)
		return st;
	*found = strlen(po_buf_str(&text)) == text.len;
	if (*found && po_liveness_parse(po_buf_str(&text), out, NULL) == PO_OK)
		return PO_OK;
	*found = false;
	return po_err_set(err, PO_E_STORE,
	    "%s/%s: not a record of a sign-in; after \"pam-oauth liveness "
	    "remove %s\" there is none",
	    store->path, account, account);
}

enum po_status
po_liveness_write(const struct po_store *store, const char *account,
    const struct po_liveness *record, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_MESSAGE_RECORD_MAX);
	enum po_status st;

	po_liveness_print(record, &text);
	if ((st = po_buf_check(&text, err)) != PO_OK)
		return st;
	return po_store_replace(store, account, text.data, text.len, err);
}
