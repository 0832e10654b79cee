/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth liveness: which accounts the provider is asked about, and ending
 * that.  The network is the helper's, here as in a login.  See pam-oauth(1).
 */

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/binding.h"
#include "base/clock.h"
#include "base/liveness.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "cli/cli.h"

static const char command[] = "liveness";
static const char usage[] =
    "usage: pam-oauth liveness list [--json]\n"
    "       pam-oauth liveness revoke ACCOUNT [--config FILE]\n"
    "       pam-oauth liveness remove ACCOUNT\n"
    "       pam-oauth liveness --help\n";

/* The helper gives the provider 4 s (helper/revoke.c). */
#define DEADLINE_MS 10000

static void
print_time(int64_t time_s, char *out)
{
	if (time_s == 0)
		(void)snprintf(out, PO_BINDING_TIME_SIZE, "never");
	else
		po_binding_time(time_s, out);
}

/* Never the token. */
static enum po_status
print_one(const struct po_store *store, const char *account, bool json,
    struct po_buf *out, struct po_err *err)
{
	AUTO(po_liveness_clear) struct po_liveness record = { 0 };
	char good[PO_BINDING_TIME_SIZE];
	const char *state;
	bool found = false;
	enum po_status st =
	    po_liveness_read(store, account, &record, &found, err);

	if (st != PO_OK || !found)
		return st;
	state = record.closed_s != 0  ? "closed"
		: record.begun_s != 0 ? "unsure"
				      : "open";
	if (json) {
		po_buf_append_str(out, out->len == 0 ? "[{" : ",{");
		po_cli_json_member(out, "account", account);
		po_cli_json_member(out, "provider", record.provider);
		po_cli_json_member(out, "issuer", record.issuer);
		po_cli_json_member(out, "sub", record.sub);
		po_buf_appendf(out, ",\"state\":\"%s\",\"good\":%lld}", state,
		    (long long)record.good_s);
		return PO_OK;
	}
	if (out->len == 0)
		po_buf_appendf(out, "%-16s  %-6s  %-20s  %-36s  %s\n",
		    "ACCOUNT", "STATE", "GOOD", "SUB", "ISSUER");
	print_time(record.good_s, good);
	po_buf_appendf(out, "%-16s  %-6s  %-20s  %-36s  %s\n", account, state,
	    good, record.sub, record.issuer);
	return PO_OK;
}

/* --- revoke --- */

static enum po_status
hear_result(struct po_ipc *ipc, struct po_err *err)
{
	int64_t deadline_ms = po_clock_ms() + DEADLINE_MS;
	enum po_status st = PO_OK;

	ipc->allowed[PO_MSG_LOG] = 64;
	ipc->allowed[PO_MSG_RESULT] = 1;
	while (st == PO_OK) {
		AUTO(po_message_clear) struct po_message message = { 0 };

		st = po_ipc_receive(ipc, deadline_ms, &message, err);
		if (st == PO_OK && message.type == PO_MSG_LOG)
			(void)po_cli_trouble(command, "%s", message.log.text);
		else if (st == PO_OK)
			return message.result.status == PO_OK
				   ? PO_OK
				   : po_err_set(err, PO_E_HELPER, "%s",
					 message.result.detail);
	}
	return st;
}

static enum po_status
run_helper(const struct po_message *message, struct po_err *err)
{
	AUTO(po_child_end) struct po_child child = PO_CHILD_INIT;
	enum po_status st;

	if ((st = po_child_spawn(&child, err)) != PO_OK ||
	    (st = po_ipc_send(&child.ipc, message, err)) != PO_OK)
		return st;
	return hear_result(&child.ipc, err);
}

/* RFC 7009, and a record that lets nobody in until the next sign-in. */
static enum po_cli_exit
revoke_one(
    const struct po_store *store, const char *account, const char *config)
{
	AUTO(po_liveness_clear) struct po_liveness record = { 0 };
	struct po_message message = { .type = PO_MSG_REVOKE };
	struct po_err err = { 0 }, why = { 0 };
	bool found = false;

	if (po_liveness_read(store, account, &record, &found, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (!found) {
		(void)po_cli_trouble(command, "\"%s\" has no record", account);
		return PO_CLI_NO;
	}
	message.revoke = (struct po_msg_revoke){
		.version = PO_MESSAGE_VERSION,
		.service = "",
		.config_file = config,
		.provider = record.provider,
		.issuer = record.issuer,
		.keep = PO_KEEP_REFRESH_TOKEN,
		.token = record.token,
	};
	if (record.closed_s == 0)
		(void)!run_helper(&message, &why);
	record.closed_s = po_clock_epoch_s();
	if (po_liveness_set_token(&record, "", &err) != PO_OK ||
	    po_liveness_write(store, account, &record, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (why.status == PO_OK)
		return PO_CLI_YES;
	(void)po_cli_trouble(command,
	    "\"%s\" is closed, but the token lives until it expires: %s",
	    account, why.text);
	return PO_CLI_NO;
}

static enum po_cli_exit
remove_one(const struct po_store *store, const char *account)
{
	struct po_err err = { 0 };
	bool removed = false;

	if (po_store_remove(store, account, &removed, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (removed)
		return PO_CLI_YES;
	(void)po_cli_trouble(command, "\"%s\" has no record", account);
	return PO_CLI_NO;
}

/* --- the command --- */

/* With no login in between; of an account that is gone there is none. */
static enum po_cli_exit
change(const char *account, bool removes, const char *config)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	AUTO(po_fd_close) int lock = -1;
	const struct passwd *pw = getpwnam(account);
	struct po_err err = { 0 };
	enum po_cli_exit result =
	    po_cli_store(command, po_liveness_open, &store);

	if (result != PO_CLI_YES)
		return result;
	if (pw != NULL &&
	    po_liveness_lock(&store, pw->pw_uid, po_clock_ms() + DEADLINE_MS,
		&lock, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	return removes ? remove_one(&store, account)
		       : revoke_one(&store, account, config);
}

enum po_cli_exit
po_cli_liveness(int argc, char **argv)
{
	const char *action = argc > 1 ? argv[1] : "";
	const char *account = argc > 2 && argv[2][0] != '-' ? argv[2] : NULL;
	bool json = argc == 3 && strcmp(argv[2], "--json") == 0;
	bool config = argc == 5 && strcmp(argv[3], "--config") == 0;

	if (argc == 2 && strcmp(action, "--help") == 0)
		return po_cli_write(command, usage, strlen(usage));
	if (strcmp(action, "list") == 0 && (argc == 2 || json))
		return po_cli_records(
		    command, po_liveness_open, json, print_one);
	if (account != NULL && strcmp(action, "revoke") == 0 &&
	    (argc == 3 || config))
		return change(account, false, config ? argv[4] : PO_CLI_CONFIG);
	if (account != NULL && strcmp(action, "remove") == 0 && argc == 3)
		return change(account, true, NULL);
	(void)po_cli_trouble(command, "wrong usage");
	(void)fputs(usage, stderr);
	return PO_CLI_TROUBLE;
}
