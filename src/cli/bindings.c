/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth bindings: who owns which account by bind = first_use, and making
 * one nobody's again.  See pam-oauth(1).
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/binding.h"
#include "base/mem.h"
#include "cli/cli.h"

static const char command[] = "bindings";
static const char usage[] = "usage: pam-oauth bindings list [--json]\n"
			    "       pam-oauth bindings remove ACCOUNT\n"
			    "       pam-oauth bindings --help\n";

/* --- list --- */

static enum po_status
print_one(const struct po_store *store, const char *account, bool json,
    struct po_buf *out, struct po_err *err)
{
	AUTO(po_binding_clear) struct po_binding binding = { 0 };
	char since[PO_BINDING_TIME_SIZE];
	bool found = false;
	enum po_status st =
	    po_binding_read(store, account, &binding, &found, err);

	if (st != PO_OK || !found)
		return st;
	if (json) {
		po_buf_append_str(out, out->len == 0 ? "[{" : ",{");
		po_cli_json_member(out, "account", account);
		po_cli_json_member(out, "issuer", binding.issuer);
		po_cli_json_member(out, "sub", binding.sub);
		po_buf_appendf(
		    out, ",\"since\":%lld}", (long long)binding.since_s);
		return PO_OK;
	}
	/* most subjects are UUIDs */
	if (out->len == 0)
		po_buf_appendf(out, "%-16s  %-20s  %-36s  %s\n", "ACCOUNT",
		    "SINCE", "SUB", "ISSUER");
	po_binding_time(binding.since_s, since);
	po_buf_appendf(out, "%-16s  %-20s  %-36s  %s\n", account, since,
	    binding.sub, binding.issuer);
	return PO_OK;
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
	po_binding_time(binding.since_s, since);
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
	if (strcmp(action, "list") == 0 && (argc == 2 || json))
		return po_cli_records(
		    command, po_bindings_open, json, print_one);
	if (strcmp(action, "remove") == 0 && argc == 3 && argv[2][0] != '-') {
		result = po_cli_store(command, po_bindings_open, &store);
		return result == PO_CLI_YES ? remove_one(&store, argv[2])
					    : result;
	}
	(void)po_cli_trouble(command, "wrong usage");
	(void)fputs(usage, stderr);
	return PO_CLI_TROUBLE;
}
