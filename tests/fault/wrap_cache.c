/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache of published documents.  Whatever fails there, the login goes on:
 * what cannot be read is fetched, what cannot be written is not kept.
 */

#include "wrap_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake_curl.h"
#include "fault.h"
#include "forge.h"
#include "io/cache.h"

static char place[64];

WRAP(int, po_cache_open,
    (const char *path, const char *user, struct po_err *err))
{
	int dir;

	(void)path;
	fault_enter("cache");
	dir = __real_po_cache_open(place, user, err);
	fault_leave();
	return dir;
}

WRAP(struct po_cache *, po_cache_new, (int dir, const struct po_log *log))
{
	struct po_cache *cache;

	fault_enter("cache");
	cache = __real_po_cache_new(dir, log);
	fault_leave();
	return cache;
}

WRAP(bool, po_cache_get,
    (struct po_cache * cache, const char *url, size_t body_max,
	enum po_cache_use use, int64_t now_s,
	struct po_http_response *response))
{
	bool found;

	fault_enter("cache");
	found = __real_po_cache_get(cache, url, body_max, use, now_s, response);
	fault_leave();
	return found;
}

WRAP(void, po_cache_keep,
    (struct po_cache * cache, const char *url,
	const struct po_http_response *response, bool refresh, int64_t now_s))
{
	fault_enter("cache");
	__real_po_cache_keep(cache, url, response, refresh, now_s);
	fault_leave();
}

WRAP(void, po_cache_flush, (struct po_cache * cache))
{
	fault_enter("cache");
	__real_po_cache_flush(cache);
	fault_leave();
}

static void
empty(void)
{
	DIR *dir = opendir(place);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
}

static void
fill(struct po_cache *cache, const char *url)
{
	AUTO(po_http_response_clear)
	struct po_http_response response = {
		.status = 200,
		.media_type = "application/json",
		.lifetime_s = 600,
		.body = PO_BUF_INIT(PO_CACHE_BODY_MAX),
	};

	po_buf_append_str(&response.body, fault_answer(url, NULL).body);
	po_cache_keep(cache, url, &response, false, po_clock_epoch_s());
}

void
cache_begin(const char *directory, bool filled)
{
	struct po_cache *cache;
	int dir;

	(void)snprintf(place, sizeof(place), "%s", directory);
	empty();
	if (!filled)
		return;
	dir = po_cache_open(place, "pam_oauth", NULL);
	cache = po_cache_new(dir, NULL);
	fill(cache, FORGE_ISSUER "/.well-known/openid-configuration");
	fill(cache, FORGE_ISSUER "/jwks");
	po_cache_flush(cache);
	po_cache_free(&cache);
}

void
cache_end(void)
{
	empty();
	(void)rmdir(place);
}
