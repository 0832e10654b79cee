/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the cache.  Must never believe a byte that the checksum does not
 * vouch for, follow a link, or leave a half-written file under a name that is
 * read.  See cache.h.
 */

#include "io/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/store.h"
#include "base/text.h"

#define MAGIC "pam_oauth cache 1\n"
/* Magic, a URL, a media type and four numbers. */
#define HEADER_MAX (PO_URL_MAX + 512)
#define FILE_MAX (HEADER_MAX + PO_CACHE_BODY_MAX)
#define NAME_LEN 16  /* a hash of 64 bits in hexadecimal */
#define KEPT_MAX 2   /* metadata and keys: a login has no more */
#define WRITING_S 60 /* who has not written 1 MiB by then is dead */

struct kept {
	char *url;
	struct po_buf file; /* as it will stand there */
};

struct po_cache {
	int dir;
	const struct po_log *log;
	struct kept kept[KEPT_MAX];
	size_t count;
};

/* --- the directory -------------------------------------------------------- */

/* As root: gives the directory to the user, if it is root's as just made. */
static enum po_status
hand_over(int dir, const char *path, const char *user, struct po_err *err)
{
	const struct passwd *pw;
	struct stat st;

	if (fstat(dir, &st) != 0)
		return po_err_sys(err, "%s", path);
	if (st.st_uid != 0)
		return PO_OK; /* whose it is, is looked at by its user */
	if ((pw = getpwnam(user)) == NULL)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "%s: user \"%s\" does not exist", path, user);
	if (fchown(dir, pw->pw_uid, pw->pw_gid) != 0)
		return po_err_sys(err, "%s", path);
	return PO_OK;
}

int
po_cache_open(const char *path, const char *user, struct po_err *err)
{
	AUTO(po_fd_close) int dir = -1;

	if (geteuid() == 0 && mkdir(path, 0700) != 0 && errno != EEXIST) {
		(void)po_err_sys(err, "%s", path);
		return -1;
	}
	dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		(void)po_err_sys(err, "%s", path);
		return -1;
	}
	if (geteuid() == 0 && hand_over(dir, path, user, err) != PO_OK)
		return -1;
	return TAKE_FD(dir);
}

/* Is what `st` describes ours, and written by nobody else? */
static bool
is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

struct po_cache *
po_cache_new(int dir, const struct po_log *log)
{
	AUTO(po_fd_close) int owned = dir;
	AUTO(po_cache_free) struct po_cache *cache = NULL;
	struct stat st;

	if (dir < 0 || fstat(dir, &st) != 0)
		return NULL;
	if (!is_ours(&st)) {
		po_log(log, PO_LOG_WARNING,
		    "the cache is not used: its directory must belong to uid "
		    "%u, mode 0700",
		    (unsigned)geteuid());
		return NULL;
	}
	if ((cache = calloc(1, sizeof(*cache))) == NULL)
		return NULL;
	cache->dir = owned;
	cache->log = log;
	owned = -1;
	return TAKE(cache);
}

static void
drop_kept(struct po_cache *cache)
{
	for (size_t i = 0; i < cache->count; i++) {
		po_str_free(&cache->kept[i].url);
		po_buf_clear(&cache->kept[i].file);
	}
	cache->count = 0;
}

void
po_cache_free(struct po_cache **cache)
{
	if (*cache == NULL)
		return;
	drop_kept(*cache);
	po_fd_close(&(*cache)->dir);
	free(*cache);
	*cache = NULL;
}

/* --- one file ------------------------------------------------------------- */

/* FNV-1a, 64 bits: against accidents.  Who may write here needs no collision.
 */
static uint64_t
hash(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		seed = (seed ^ p[i]) * UINT64_C(0x100000001b3);
	return seed;
}

#define HASH_START UINT64_C(0xcbf29ce484222325)

static void
name_of(const char *url, char name[NAME_LEN + 1])
{
	(void)snprintf(name, NAME_LEN + 1, "%016" PRIx64,
	    hash(HASH_START, url, strlen(url)));
}

static bool
is_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == NAME_LEN &&
	       name[NAME_LEN] == '\0';
}

/* Takes "key=value\n" from *text into `value`. */
static bool
take_line(const char **text, const char *key, char *value, size_t size)
{
	size_t key_len = strlen(key), len;

	if (strncmp(*text, key, key_len) != 0)
		return false;
	len = strcspn(*text + key_len, "\n");
	if (len >= size || (*text)[key_len + len] != '\n')
		return false;
	memcpy(value, *text + key_len, len);
	value[len] = '\0';
	*text += key_len + len + 1;
	return true;
}

static bool
take_number(const char **text, const char *key, int64_t max, int64_t *out)
{
	char value[32];

	return take_line(text, key, value, sizeof(value)) &&
	       po_text_parse_int(value, 0, max, out);
}

/* A file, taken apart; `body` points into it. */
struct parsed {
	char url[PO_URL_MAX + 1];
	char media_type[64];
	int64_t fetched_s, expires_s;
	int64_t refresh; /* 1: a forced refresh */
	const char *body;
	size_t body_len;
};

static bool
parse(const struct po_buf *file, struct parsed *out)
{
	const char *start = po_buf_str(file), *text = start, *covered;
	uint64_t sum;
	char checksum[NAME_LEN + 1], expected[NAME_LEN + 1];
	int64_t len = 0;

	if (strncmp(text, MAGIC, strlen(MAGIC)) != 0)
		return false;
	text += strlen(MAGIC);
	if (!take_line(&text, "url=", out->url, sizeof(out->url)) ||
	    !take_line(&text, "media_type=", out->media_type,
		sizeof(out->media_type)) ||
	    !take_number(&text, "fetched=", INT64_MAX, &out->fetched_s) ||
	    !take_number(&text, "expires=", INT64_MAX, &out->expires_s) ||
	    !take_number(&text, "refresh=", 1, &out->refresh) ||
	    !take_number(&text, "length=", PO_CACHE_BODY_MAX, &len))
		return false;
	covered = text;
	if (!take_line(&text, "checksum=", checksum, sizeof(checksum)) ||
	    (size_t)len != file->len - (size_t)(text - start))
		return false;
	sum = hash(HASH_START, start, (size_t)(covered - start));
	sum = hash(sum, text, (size_t)len);
	(void)snprintf(expected, sizeof(expected), "%016" PRIx64, sum);
	out->body = text;
	out->body_len = (size_t)len;
	return strcmp(checksum, expected) == 0;
}

/* Reads all of a file that is ours alone; false: there is none to be had. */
static bool
read_file(const struct po_cache *cache, const char *name, struct po_buf *out)
{
	AUTO(po_fd_close)
	int fd = openat(cache->dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    !is_ours(&st) || st.st_size > FILE_MAX)
		return false;
	return po_buf_read(out, fd) && out->status == PO_OK;
}

/* --- using it ------------------------------------------------------------- */

static bool
is_good_for(const struct parsed *parsed, enum po_cache_use use, int64_t now_s)
{
	int64_t age_s = now_s - parsed->fetched_s;

	/* from the future: a clock was wrong, and nothing can be said */
	if (age_s < 0)
		return false;
	switch (use) {
	case PO_CACHE_FRESH:
		return now_s < parsed->expires_s &&
		       age_s < PO_HTTP_LIFETIME_MAX_S;
	case PO_CACHE_STALE:
		return age_s < PO_CACHE_STALE_S;
	case PO_CACHE_RECENT:
		return parsed->refresh == 1 && age_s < PO_CACHE_REFRESH_S;
	}
	return false;
}

bool
po_cache_get(struct po_cache *cache, const char *url, size_t body_max,
    enum po_cache_use use, int64_t now_s, struct po_http_response *response)
{
	AUTO(po_buf_clear) struct po_buf file = PO_BUF_INIT(FILE_MAX);
	AUTO(po_http_response_clear)
	struct po_http_response found = {
		.status = 200,
		.retry_after_s = -1,
		.date_s = -1,
		.body = PO_BUF_INIT(body_max),
	};
	struct parsed parsed = { .url = "" };
	char name[NAME_LEN + 1];

	if (cache == NULL)
		return false;
	name_of(url, name);
	if (!read_file(cache, name, &file))
		return false;
	if (!parse(&file, &parsed)) {
		po_log(cache->log, PO_LOG_INFO,
		    "the cache's file %s is damaged and not used", name);
		return false;
	}
	if (strcmp(parsed.url, url) != 0 || !is_good_for(&parsed, use, now_s))
		return false;
	memcpy(found.media_type, parsed.media_type, sizeof(found.media_type));
	po_buf_append(&found.body, parsed.body, parsed.body_len);
	if (found.body.status != PO_OK)
		return false;
	*response = found;
	found = (struct po_http_response){ 0 };
	return true;
}

/* PO_CACHE_JITTER_DIV; without entropy not earlier at all. */
static int64_t
earlier(int64_t lifetime_s)
{
	uint32_t random = 0;

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	return lifetime_s - random % (lifetime_s / PO_CACHE_JITTER_DIV + 1);
}

/* The file's bytes; false when there is no room for them. */
static bool
build_file(const char *url, const struct po_http_response *response,
    bool refresh, int64_t now_s, struct po_buf *out)
{
	AUTO(po_buf_clear) struct po_buf head = PO_BUF_INIT(HEADER_MAX);
	uint64_t sum;

	po_buf_appendf(&head,
	    MAGIC "url=%s\nmedia_type=%s\nfetched=%" PRId64 "\nexpires=%" PRId64
		  "\nrefresh=%d\nlength=%zu\n",
	    url, response->media_type, now_s,
	    now_s + earlier(response->lifetime_s), refresh ? 1 : 0,
	    response->body.len);
	if (head.status != PO_OK)
		return false;
	sum = hash(HASH_START, head.data, head.len);
	sum = hash(sum, response->body.data, response->body.len);
	po_buf_append(out, head.data, head.len);
	po_buf_appendf(out, "checksum=%016" PRIx64 "\n", sum);
	po_buf_append(out, response->body.data, response->body.len);
	return out->status == PO_OK;
}

void
po_cache_keep(struct po_cache *cache, const char *url,
    const struct po_http_response *response, bool refresh, int64_t now_s)
{
	struct kept *kept;

	if (cache == NULL || cache->count == KEPT_MAX)
		return;
	kept = &cache->kept[cache->count];
	*kept = (struct kept){ .file = PO_BUF_INIT(FILE_MAX) };
	if ((kept->url = po_str_dup(url)) == NULL ||
	    !build_file(url, response, refresh, now_s, &kept->file)) {
		po_str_free(&kept->url);
		po_buf_clear(&kept->file);
		return;
	}
	cache->count++;
}

/* The file to write to; -1 when somebody else is writing it. */
static int
open_new(const struct po_cache *cache, const char *temporary)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(cache->dir, temporary, flags, 0600);
	int64_t age_s;
	struct stat st;

	if (fd >= 0 || errno != EEXIST ||
	    fstatat(cache->dir, temporary, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return fd;
	age_s = po_clock_epoch_s() - st.st_mtime;
	if (age_s >= 0 && age_s < WRITING_S)
		return fd;
	/* its writer is dead, or the clock was set back since */
	(void)unlinkat(cache->dir, temporary, 0);
	return openat(cache->dir, temporary, flags, 0600);
}

static bool
write_file(const struct po_cache *cache, const struct kept *kept)
{
	char name[NAME_LEN + 1], temporary[NAME_LEN + 2];
	AUTO(po_fd_close) int fd = -1;

	name_of(kept->url, name);
	(void)snprintf(temporary, sizeof(temporary), ".%s", name);
	if ((fd = open_new(cache, temporary)) < 0)
		return errno == EEXIST;
	if (po_fd_write(fd, kept->file.data, kept->file.len) &&
	    renameat(cache->dir, temporary, cache->dir, name) == 0)
		return true;
	(void)unlinkat(cache->dir, temporary, 0);
	return false;
}

void
po_cache_flush(struct po_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < cache->count; i++)
		if (!write_file(cache, &cache->kept[i]))
			po_log(cache->log, PO_LOG_INFO,
			    "the cache cannot be written: %m");
	drop_kept(cache);
}

/* --- for the administrator ------------------------------------------------ */

bool
po_cache_list(struct po_cache *cache,
    void (*fn)(void *arg, const struct po_cache_entry *entry), void *arg)
{
	AUTO(po_dir_close)
	DIR *dir = cache == NULL ? NULL : po_dir_open(cache->dir);
	const struct dirent *found;

	while (dir != NULL && (found = readdir(dir)) != NULL) {
		AUTO(po_buf_clear) struct po_buf file = PO_BUF_INIT(FILE_MAX);
		struct parsed parsed = { .url = "" };

		if (is_name(found->d_name) &&
		    read_file(cache, found->d_name, &file) &&
		    parse(&file, &parsed))
			fn(arg, &(struct po_cache_entry){ .url = parsed.url,
				    .fetched_s = parsed.fetched_s,
				    .expires_s = parsed.expires_s,
				    .size = parsed.body_len });
	}
	return dir != NULL;
}

int
po_cache_clear(struct po_cache *cache)
{
	AUTO(po_dir_close)
	DIR *dir = cache == NULL ? NULL : po_dir_open(cache->dir);
	const struct dirent *found;
	int removed = 0;

	while (dir != NULL && (found = readdir(dir)) != NULL) {
		const char *name = found->d_name;

		if (!is_name(name + (name[0] == '.')))
			continue;
		if (unlinkat(cache->dir, name, 0) == 0)
			removed++;
		else if (errno != ENOENT)
			return -1;
	}
	return dir == NULL ? -1 : removed;
}
