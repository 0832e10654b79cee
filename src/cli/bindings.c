/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth bindings: who owns which account by bind = first_use, and making
 * one nobody's again.  See pam-oauth(1).
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/binding.h"
#include "base/mem.h"
#include "cli/cli.h"

static const char command[] = "bindings";
static const char usage[] = "usage: pam-oauth bindings list [--json]\n"
			    "       pam-oauth bindings remove ACCOUNT\n"
			    "       pam-oauth bindings --help\n";

/* Each account of this host, and then some: 100,000 records of 3 KiB. */
#define LIST_MAX (300 * 1024 * 1024)

static enum po_cli_exit
misused(void)
{
	(void)po_cli_trouble(command, "wrong usage");
	(void)fputs(usage, stderr);
	return PO_CLI_TROUBLE;
}

static enum po_cli_exit
open_store(struct po_store *store)
{
	struct po_err err = { 0 };

	if (po_bindings_open(store, &err) == PO_OK)
		return PO_CLI_YES;
	return po_cli_trouble(command, "%s%s", err.text,
	    geteuid() == 0 ? "" : " (this is root's: try sudo)");
}

/* --- list --- */

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

/* Printable ASCII as a JSON string (RFC 8259 7): binding.c sees to that. */
static void
append_string(struct po_buf *out, const char *text)
{
	po_buf_append_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			po_buf_append_char(out, '\\');
		po_buf_append_char(out, *text);
	}
	po_buf_append_char(out, '"');
}

static void
append_json(
    struct po_buf *out, const char *account, const struct po_binding *binding)
{
	po_buf_append_str(
	    out, out->len == 0 ? "[{\"account\":" : ",{\"account\":");
	append_string(out, account);
	po_buf_append_str(out, ",\"issuer\":");
	append_string(out, binding->issuer);
	po_buf_append_str(out, ",\"sub\":");
	append_string(out, binding->sub);
	po_buf_appendf(out, ",\"since\":%lld}", (long long)binding->since_s);
}

static void
append_row(
    struct po_buf *out, const char *account, const struct po_binding *binding)
{
	char since[PO_BINDING_TIME_SIZE];

	if (out->len == 0)
		po_buf_appendf(out, "%-16s  %-20s  %-20s  %s\n", "ACCOUNT",
		    "SINCE", "SUB", "ISSUER");
	po_binding_time(binding, since);
	po_buf_appendf(out, "%-16s  %-20s  %-20s  %s\n", account, since,
	    binding->sub, binding->issuer);
}

static enum po_cli_exit
list(const struct po_store *store, bool json)
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
		AUTO(po_binding_clear) struct po_binding binding = { 0 };
		struct po_err why = { 0 };
		bool found = false;

		/* one that is broken must not hide the others */
		if (po_binding_read(
			store, names.all[i], &binding, &found, &why) != PO_OK) {
			(void)po_cli_trouble(command, "%s", why.text);
			result = PO_CLI_NO;
		} else if (found) {
			(json ? append_json : append_row)(
			    &out, names.all[i], &binding);
		}
	}
	if (json)
		po_buf_append_str(&out, out.len == 0 ? "[]\n" : "]\n");
	if (po_buf_check(&out, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	written = po_cli_write(command, po_buf_str(&out), out.len);
	return written == PO_CLI_YES ? result : written;
}

/* --- remove --- */

static enum po_cli_exit
remove_one(const struct po_store *store, const char *account)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8 * 1024);
	AUTO(po_binding_clear) struct po_binding binding = { 0 };
	char since[PO_BINDING_TIME_SIZE];
	struct po_err err = { 0 };
	bool found = false, removed = false;

	/* removing is also what mends a record that cannot be read */
	if (po_binding_read(store, account, &binding, &found, &err) == PO_OK &&
	    !found) {
		(void)po_cli_trouble(
		    command, "\"%s\" is bound to nobody", account);
		return PO_CLI_NO;
	}
	err = (struct po_err){ 0 };
	if (po_store_remove(store, account, &removed, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (!removed) {
		(void)po_cli_trouble(
		    command, "\"%s\" was removed by somebody else", account);
		return PO_CLI_NO;
	}
	po_binding_time(&binding, since);
	if (found)
		po_buf_appendf(&out,
		    "%s: was bound to sub \"%s\" of %s since %s\n", account,
		    binding.sub, binding.issuer, since);
	else
		po_buf_appendf(&out,
		    "%s: removed a record that could not be read\n", account);
	return po_cli_write(command, po_buf_str(&out), out.len);
}

enum po_cli_exit
po_cli_bindings(int argc, char **argv)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	const char *action = argc > 1 ? argv[1] : "";
	bool json = argc == 3 && strcmp(argv[2], "--json") == 0;
	enum po_cli_exit result;

	if (argc == 2 && strcmp(action, "--help") == 0)
		return po_cli_write(command, usage, strlen(usage));
	if (strcmp(action, "list") == 0 && (argc == 2 || json)) {
		result = open_store(&store);
		return result == PO_CLI_YES ? list(&store, json) : result;
	}
	if (strcmp(action, "remove") == 0 && argc == 3 && argv[2][0] != '-') {
		result = open_store(&store);
		return result == PO_CLI_YES ? remove_one(&store, argv[2])
					    : result;
	}
	return misused();
}
