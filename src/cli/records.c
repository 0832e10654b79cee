/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a store, listed: what bindings and liveness share. */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"

/* Each account of this host, and then some: 100,000 records of 3 KiB. */
#define LIST_MAX (300 * 1024 * 1024)

struct names {
	char **all;
	size_t count, size;
	bool failed;
};

static void
names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		po_str_free(&names->all[i]);
	free(names->all);
}

static bool
add_name(void *arg, const char *name)
{
	struct names *names = arg;
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

/* Printable ASCII (RFC 8259 7): who reads the records sees to that. */
void
po_cli_json_string(struct po_buf *out, const char *text)
{
	po_buf_append_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			po_buf_append_char(out, '\\');
		po_buf_append_char(out, *text);
	}
	po_buf_append_char(out, '"');
}

enum po_cli_exit
po_cli_records(const char *command, const struct po_store *store, bool json,
    po_cli_print_record *print)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(LIST_MAX);
	AUTO(names_clear) struct names names = { 0 };
	struct po_err err = { 0 };
	enum po_cli_exit result = PO_CLI_YES, written;

	if (po_store_each(store, add_name, &names, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (names.failed)
		return po_cli_trouble(command, "out of memory");
	if (names.count > 0)
		qsort(names.all, names.count, sizeof(*names.all), by_name);
	for (size_t i = 0; i < names.count; i++) {
		struct po_err why = { 0 };

		/* one that is broken must not hide the others */
		if (print(store, names.all[i], json, &out, &why) != PO_OK) {
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
