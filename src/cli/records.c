/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a store, listed: what bindings and liveness share. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"

/* Each account of this host, and then some: 100,000 records of 3 KiB. */
#define LIST_MAX (300 * 1024 * 1024)

void
po_cli_names_clear(struct po_cli_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		po_str_free(&names->all[i]);
	free(names->all);
	*names = (struct po_cli_names){ 0 };
}

bool
po_cli_names_add(void *arg, const char *name)
{
	struct po_cli_names *names = arg;
	char **all = names->all;

	if (names->count == names->size) {
		names->size = names->size == 0 ? 64 : 2 * names->size;
		all = reallocarray(names->all, names->size, sizeof(*all));
	}
	if (all != NULL)
		names->all = all;
	if (all == NULL || (all[names->count] = po_str_dup(name)) == NULL) {
		names->failed = true;
		return false;
	}
	names->count++;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
po_cli_names_sort(struct po_cli_names *names)
{
	size_t kept = 0;

	if (names->count > 0)
		qsort(names->all, names->count, sizeof(*names->all), by_name);
	for (size_t i = 0; i < names->count; i++)
		if (kept > 0 &&
		    strcmp(names->all[kept - 1], names->all[i]) == 0)
			po_str_free(&names->all[i]);
		else
			names->all[kept++] = names->all[i];
	names->count = kept;
}

enum po_cli_exit
po_cli_store(const char *command, po_cli_open *open, struct po_store *store)
{
	struct po_err err = { 0 };

	if (open(store, &err) == PO_OK)
		return PO_CLI_YES;
	return po_cli_trouble(command, "%s%s", err.text,
	    geteuid() == 0 ? "" : " (this is root's: try sudo)");
}

enum po_cli_exit
po_cli_records(const char *command, po_cli_open *open, bool json,
    po_cli_print_record *print)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(LIST_MAX);
	AUTO(po_cli_names_clear) struct po_cli_names names = { 0 };
	struct po_err err = { 0 };
	enum po_cli_exit result = PO_CLI_YES, written;

	if ((result = po_cli_store(command, open, &store)) != PO_CLI_YES)
		return result;
	if (po_store_each(&store, po_cli_names_add, &names, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (names.failed)
		return po_cli_trouble(command, "out of memory");
	po_cli_names_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		struct po_err why = { 0 };

		/* one that is broken must not hide the others */
		if (print(&store, names.all[i], json, &out, &why) != PO_OK) {
			(void)po_cli_trouble(command, "%s", why.text);
			result = PO_CLI_NO;
		}
	}
	if (json)
		po_buf_append_str(&out, out.len == 0 ? "[]\n" : "]\n");
	if (po_buf_check(&out, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	written = po_cli_write(command, po_buf_str(&out), out.len);
	return written == PO_CLI_YES ? result : written;
}
