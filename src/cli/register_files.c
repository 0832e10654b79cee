/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a client.  See register.h. */

#include "cli/register.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"

void
po_cli_place_clear(struct po_cli_place *place)
{
	po_store_close(&place->store);
	po_str_free(&place->path);
	po_str_free(&place->dir);
}

enum po_status
po_cli_place_open(
    const char *path, struct po_cli_place *place, struct po_err *err)
{
	size_t base = 0;
	enum po_status st =
	    po_file_directory(path, &place->store.dir, &base, err);

	if (st != PO_OK)
		return st;
	if ((place->path = po_str_dup(path)) == NULL ||
	    (place->dir = po_mem_dup(path, base > 1 ? base - 1 : 1)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	place->store.path = place->dir;
	place->name = place->path + base;
	return PO_OK;
}

enum po_status
po_cli_place_create(const struct po_cli_place *place, const struct po_buf *data,
    struct po_err *err)
{
	bool created = false;
	enum po_status st = po_store_create(
	    &place->store, place->name, data->data, data->len, &created, err);

	return st != PO_OK || created
		   ? st
		   : po_err_set(err, PO_E_STORE, "%s: " PO_CLI_PLACE_TAKEN,
			 place->path);
}

/* In one step: a login may be reading it. */
static enum po_status
replace(const struct po_cli_place *place, const struct po_buf *data,
    struct po_err *err)
{
	char draft[PO_STORE_NAME_MAX + 1];
	struct po_cli_place there = *place;
	enum po_status st;
	bool removed;

	/* the store refuses what is too long for a name, and this cuts it */
	(void)snprintf(draft, sizeof(draft), "%.*s.new", PO_STORE_NAME_MAX - 4,
	    place->name);
	there.name = draft;
	st = po_store_remove(&place->store, draft, &removed, err);
	if (st == PO_OK &&
	    (st = po_cli_place_create(&there, data, err)) == PO_OK &&
	    (renameat(place->store.dir, draft, place->store.dir, place->name) !=
		    0 ||
		fsync(place->store.dir) != 0))
		st = po_err_set(err, PO_E_STORE, "%s: %m", place->path);
	return st;
}

enum po_status
po_cli_place_remove(const char *path, struct po_err *err)
{
	AUTO(po_cli_place_clear) struct po_cli_place place = PO_CLI_PLACE_INIT;
	enum po_status st = po_cli_place_open(path, &place, err);
	bool removed;

	return st == PO_OK
		   ? po_store_remove(&place.store, place.name, &removed, err)
		   : st;
}

enum po_status
po_cli_record_print(const struct po_registration *registration,
    struct po_buf *out, struct po_err *err)
{
	struct po_registration kept = *registration;

	kept.client_secret = NULL; /* has a file of its own */
	po_registration_print(&kept, out);
	return po_buf_check(out, err);
}

enum po_status
po_cli_record_load(
    const char *path, struct po_registration *out, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_REGISTRATION_MAX);
	enum po_status st = po_file_read(path, true, &record, err);

	if (st == PO_OK &&
	    (st = po_registration_scan(&record, out, err)) != PO_OK)
		po_err_prefix(err, "%s", path);
	return st;
}

enum po_status
po_cli_record_renew(const struct po_cli_place *place,
    const struct po_buf *before, const struct po_registration *now,
    bool *renewed, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_REGISTRATION_MAX);
	AUTO(po_buf_clear) struct po_buf secret = PO_BUF_INIT(PO_SECRET_MAX);
	AUTO(po_cli_place_clear) struct po_cli_place other = PO_CLI_PLACE_INIT;
	AUTO(po_str_free) char *known = NULL;
	enum po_status st;

	if ((st = po_cli_record_print(now, &record, err)) != PO_OK ||
	    (strcmp(po_buf_str(before), po_buf_str(&record)) != 0 &&
		(st = replace(place, &record, err)) != PO_OK))
		return st;
	if (now->secret_file == NULL || now->client_secret == NULL)
		return PO_OK;
	/* one that cannot be read is mended, too */
	if (po_secret_read(now->secret_file, &known, NULL) == PO_OK &&
	    po_str_equal(known, now->client_secret))
		return PO_OK;
	po_buf_append_str(&secret, now->client_secret);
	if ((st = po_buf_check(&secret, err)) != PO_OK ||
	    (st = po_cli_place_open(now->secret_file, &other, err)) != PO_OK ||
	    (st = replace(&other, &secret, err)) != PO_OK)
		return st;
	*renewed = true;
	return PO_OK;
}
