/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth cache: what is kept of providers.  As root it becomes the helper's
 * user first, to whom the cache belongs and who alone writes there.
 */

#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/cache.h"
#include "io/sandbox.h"

static const char command[] = "cache";

static const char usage[] =
    "usage: pam-oauth cache list [--json]\n"
    "       pam-oauth cache clear\n"
    "       pam-oauth cache --help\n"
    "\n"
    "What is kept of providers in " PO_CACHEDIR ".\n"
    "\n"
    "  list    show each document, its age and how long it counts as fresh\n"
    "  clear   remove all; the next logins fetch them anew\n"
    "  --json  an array of objects instead of lines\n";

/* One document has a URL and three numbers; a host has a few providers. */
#define LIST_MAX (1024 * 1024)

struct listing {
	struct po_buf text;
	bool json;
	int64_t now_s;
};

static void
listing_clear(struct listing *listing)
{
	po_buf_clear(&listing->text);
}

static void
append_entry(void *arg, const struct po_cache_entry *entry)
{
	struct listing *listing = arg;
	struct po_buf *out = &listing->text;
	int64_t age_s = listing->now_s - entry->fetched_s;
	int64_t fresh_s = entry->expires_s - listing->now_s;

	if (!listing->json) {
		po_text_printable(out, entry->url, strlen(entry->url), 512);
		po_buf_appendf(out,
		    "  %" PRId64 " s old, %s%" PRId64 " s, %zu bytes\n", age_s,
		    fresh_s > 0 ? "fresh for " : "stale for ",
		    fresh_s > 0 ? fresh_s : -fresh_s, entry->size);
		return;
	}
	/* a URL has no character that JSON would want escaped */
	po_buf_appendf(out,
	    "%s\n  {\"url\": \"%s\", \"fetched\": %" PRId64
	    ", \"expires\": %" PRId64 ", \"bytes\": %zu}",
	    out->len > 1 ? "," : "",
	    po_text_is_https_url(entry->url) ? entry->url : "",
	    entry->fetched_s, entry->expires_s, entry->size);
}

static enum po_cli_exit
list(struct po_cache *cache, bool json)
{
	AUTO(listing_clear)
	struct listing listing = {
		.text = PO_BUF_INIT(LIST_MAX),
		.json = json,
		.now_s = po_clock_epoch_s(),
	};
	struct po_err err = { 0 };

	if (json)
		po_buf_append_char(&listing.text, '[');
	if (!po_cache_list(cache, append_entry, &listing))
		return po_cli_trouble(command, PO_CACHEDIR ": %m");
	if (json)
		po_buf_append_str(&listing.text, "\n]\n");
	else if (listing.text.len == 0)
		po_buf_append_str(&listing.text, "nothing is kept\n");
	if (po_buf_check(&listing.text, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	return po_cli_write(command, listing.text.data, listing.text.len);
}

static enum po_cli_exit
clear(struct po_cache *cache)
{
	char text[64];
	int removed = po_cache_clear(cache);

	if (removed < 0)
		return po_cli_trouble(command, PO_CACHEDIR ": %m");
	(void)snprintf(text, sizeof(text), "%d file%s removed\n", removed,
	    removed == 1 ? "" : "s");
	return po_cli_write(command, text, strlen(text));
}

/* The cache, as its owner; NULL and why. */
static struct po_cache *
open_cache(struct po_err *err)
{
	struct po_cache *cache;
	int dir = po_cache_open(PO_CACHEDIR, PO_HELPER_USER, err);

	if (dir < 0)
		return NULL;
	if (po_sandbox_become(PO_HELPER_USER, err) != PO_OK) {
		po_fd_close(&dir);
		return NULL;
	}
	if ((cache = po_cache_new(dir, NULL)) == NULL)
		(void)po_err_set(err, PO_E_PRIVILEGE,
		    PO_CACHEDIR ": does not belong to %s alone: run this as "
				"root, or chown and chmod 700 it",
		    PO_HELPER_USER);
	return cache;
}

enum po_cli_exit
po_cli_cache(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool listed = strcmp(verb, "list") == 0;
	bool json = listed && argc == 3 && strcmp(argv[2], "--json") == 0;
	AUTO(po_cache_free) struct po_cache *cache = NULL;
	struct po_err err = { 0 };

	if (argc == 2 && strcmp(verb, "--help") == 0)
		return po_cli_write(command, usage, strlen(usage));
	if ((!listed && strcmp(verb, "clear") != 0) || (argc != 2 && !json)) {
		(void)fputs(usage, stderr);
		return PO_CLI_TROUBLE;
	}
	if ((cache = open_cache(&err)) == NULL)
		return po_cli_trouble(command, "%s", err.text);
	return listed ? list(cache, json) : clear(cache);
}
