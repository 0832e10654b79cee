/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_CACHE_H
#define PO_IO_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/http.h"
#include "base/log.h"

/*
 * What providers publish (metadata, keys), kept between logins: one file a
 * URL, named by its hash, in a directory that belongs to the helper's user.
 * Nothing here is ever worth failing a login for: a file that is missing,
 * damaged, from the future or not ours alone is as good as none.
 *
 * Any number of processes may use it at once.  A file is written whole under
 * another name and renamed, so a reader sees an old one or a new one; of
 * several writers one writes.
 */
struct po_cache;

/* After that the provider must answer (RFC 5861 4, stale-if-error). */
#define PO_CACHE_STALE_S 86400
/* A forced refresh is not made again within this time, by any process. */
#define PO_CACHE_REFRESH_S 10
/*
 * A copy expires early by up to this part of its lifetime, at random: hosts
 * that have fetched together (cron, Ansible, the end of an outage) would come
 * back together else.  A tenth spreads an hour's copies over six minutes, and
 * costs the provider 5 % more requests.  Drawn for each file that is written,
 * not once a host, so that they part further each time; from getrandom, since
 * a clock is what they have in common, and no secret.
 */
#define PO_CACHE_JITTER_DIV 10

#define PO_CACHE_BODY_MAX PO_HTTP_MAX_JWKS

enum po_cache_use {
	PO_CACHE_FRESH,  /* not yet expired */
	PO_CACHE_STALE,  /* fetched within PO_CACHE_STALE_S */
	PO_CACHE_RECENT, /* the last forced refresh, in PO_CACHE_REFRESH_S */
};

/*
 * Opens the directory `path`, as root making it first and giving it to `user`
 * (its parent must exist).  -1 when that cannot be had, with the reason in
 * `err`: the login goes on without.
 */
int po_cache_open(const char *path, const char *user, struct po_err *err);

/*
 * A cache in the open directory `dir`, which it closes in the end; used as
 * the user it belongs to.  NULL (and `dir` closed) without memory, with dir -1,
 * or one that is not ours alone, which is logged: all functions take NULL for
 * a cache that has nothing and keeps nothing.
 */
struct po_cache *po_cache_new(int dir, const struct po_log *log);
void po_cache_free(struct po_cache **cache);

/*
 * The document of `url`, if there is one that is good for `use` and not longer
 * than `body_max` bytes, as a response of status 200.  *response is zeroed or
 * cleared; false leaves it so.
 */
PO_MUST_USE
bool po_cache_get(struct po_cache *cache, const char *url, size_t body_max,
    enum po_cache_use use, int64_t now_s, struct po_http_response *response);

/*
 * Remembers an answer of status 200; nothing is written before the flush.
 * `refresh`: the fetch was forced, by keys that did not do.
 */
void po_cache_keep(struct po_cache *cache, const char *url,
    const struct po_http_response *response, bool refresh, int64_t now_s);

/* Writes what was kept: call when it has turned out to be of use. */
void po_cache_flush(struct po_cache *cache);

/* What po_cache_list tells of one file. */
struct po_cache_entry {
	const char *url;
	int64_t fetched_s; /* since the epoch */
	int64_t expires_s;
	size_t size; /* bytes of the document */
};

/* Calls `fn` for each document there is, in no order; false: unreadable. */
PO_MUST_USE
bool po_cache_list(struct po_cache *cache,
    void (*fn)(void *arg, const struct po_cache_entry *entry), void *arg);

/* Removes every file of the cache, damaged ones too; how many, -1: failed. */
PO_MUST_USE
int po_cache_clear(struct po_cache *cache);

#endif
