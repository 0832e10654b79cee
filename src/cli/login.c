/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth login: the helper of a real login, with this terminal in the place
 * of the module and the application.  What the helper decides is what it would
 * decide in a login; what the module adds to that is said, and not done: no
 * account is bound, nothing is exported or kept.
 */

#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/account.h"
#include "base/binding.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/text.h"
#include "cli/login_screen.h"
#include "jose/json.h"

static const char command[] = "login";

const char po_helper_path[] = PO_HELPER_PATH;

/* As in module/login.c. */
#define HELLO_DEADLINE_MS 20000
#define TIMEOUT_MAX_S 900
#define GRACE_MS 5000
#define REMIND_MS 30000
#define LOG_LINES_MAX 64                /* a helper sends fewer: channel.c */
#define TEXT_SIZE (4 * PO_LOG_LINE_MAX) /* a character has up to four bytes */
#define STEPS_MAX (2 * LOG_LINES_MAX * TEXT_SIZE) /* escaped */

enum option_id {
	OPT_PROVIDER,
	OPT_USER,
	OPT_SERVICE,
	OPT_CONFIG,
	OPT_JSON,
	OPT_HELP,
	OPT_COUNT
};

static const struct option long_options[] = {
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "user", required_argument, NULL, OPT_USER },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: pam-oauth login [--provider P] [--user U] [--service S]\n"
    "                       [--config FILE] [--json]\n"
    "\n"
    "Signs you in at the provider, here in the terminal and without PAM, and\n"
    "says what a login would decide.  Nobody is let in anywhere by it.\n"
    "\n"
    "  --provider P      a provider other than the service's\n"
    "  --user U          the account that is asked for; without it, as where\n"
    "                    nobody is named: a kiosk\n"
    "  --service S       the PAM service (default: sshd)\n"
    "  --config FILE     the configuration to sign in by\n"
    "  --json            print one JSON object at the end; what is for people\n"
    "                    goes to standard error\n"
    "\n"
    "Exit status: 0 would be admitted; 1 refused, with the reason; 2 wrong\n"
    "usage.\n";

struct login {
	const char *value[OPT_COUNT];
	struct po_screen screen;
	uid_t uid;
	struct po_child child;
	struct po_message grant;   /* type 0: none came */
	struct po_msg_hello hello; /* its account is borrowed no more: */
	char *account;             /* of the service, or "" */
	int64_t deadline_ms;
	int64_t code_ends_ms; /* 0: nothing is waited for */
	unsigned prompts;
	struct po_buf steps; /* with --json */
};

static void
clear(struct login *login)
{
	po_child_end(&login->child);
	po_message_clear(&login->grant);
	po_str_free(&login->account);
	po_buf_clear(&login->steps);
}

/* A step of the decision: a line, and with --json in the list as well. */
static void PO_PRINTF(2, 3) tell_step(struct login *login, const char *fmt, ...)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(TEXT_SIZE);
	char text[TEXT_SIZE];

	PO_FORMAT(text, fmt);
	po_screen_line("  %s", text);
	if (login->value[OPT_JSON] == NULL)
		return;
	if (login->steps.len > 0)
		po_buf_append_char(&login->steps, ',');
	po_text_printable(&line, text, strlen(text), PO_LOG_LINE_MAX);
	po_json_print_string(po_buf_str(&line), line.len, &login->steps);
}

/* As the module: NSS must know an account of exactly that name. */
static enum po_status
find_uid(const char *account, uid_t *uid, struct po_err *err)
{
	const struct passwd *pw = getpwnam(account);

	if (pw == NULL || !po_str_equal(pw->pw_name, account))
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "no account \"%s\" on this host", account);
	*uid = pw->pw_uid;
	return PO_OK;
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static enum po_status
start(struct login *login, struct po_err *err)
{
	const char *config = login->value[OPT_CONFIG];
	const char *user = login->screen.user;
	const struct po_message message = {
		.type = PO_MSG_START,
		.start = {
		    .version = PO_MESSAGE_VERSION,
		    .service = login->screen.service,
		    .user = user,
		    .uid = user[0] == '\0' ? -1 : (int64_t)login->uid,
		    .rhost = "",
		    .config_file = config != NULL ? config : PO_CLI_CONFIG,
		    .provider = or_empty(login->value[OPT_PROVIDER]),
		    .command = "",
		    .debug = true,
		},
	};
	unsigned *allowed = login->child.ipc.allowed;
	enum po_status st;

	if ((st = po_child_spawn(&login->child, err)) != PO_OK)
		return st;
	allowed[PO_MSG_HELLO] = 1;
	allowed[PO_MSG_QUESTION] = PO_QUESTIONS_MAX;
	allowed[PO_MSG_LOG] = LOG_LINES_MAX;
	allowed[PO_MSG_PROMPT] = 2;
	allowed[PO_MSG_GRANT] = 1;
	allowed[PO_MSG_RESULT] = 1;
	login->deadline_ms = po_clock_ms() + HELLO_DEADLINE_MS;
	return po_ipc_send(&login->child.ipc, &message, err);
}

/* --- what the helper says ------------------------------------------------- */

static enum po_status
on_hello(
    struct login *login, const struct po_msg_hello *hello, struct po_err *err)
{
	if (hello->version != PO_MESSAGE_VERSION || hello->timeout_s < 1 ||
	    hello->timeout_s > TIMEOUT_MAX_S)
		return po_err_set(err, PO_E_HELPER,
		    "helper of another version, or one that is broken");
	login->hello = *hello;
	login->hello.account = NULL;
	po_str_free(&login->account);
	if ((login->account = po_str_dup(hello->account)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	login->deadline_ms = po_clock_ms() + hello->timeout_s * 1000 + GRACE_MS;
	return PO_OK;
}

static enum po_status
on_question(struct login *login, const struct po_msg_question *question,
    struct po_err *err)
{
	AUTO(po_str_free) char *typed = NULL;
	struct po_message answer;
	struct po_err gone = { 0 };
	enum po_status st =
	    po_screen_ask(&login->screen, question, &answer, &typed, err);

	if (st != PO_OK)
		return st;
	/* before HELLO the time was the helper's; the person's is not */
	if (login->child.ipc.allowed[PO_MSG_HELLO] > 0)
		login->deadline_ms = po_clock_ms() + HELLO_DEADLINE_MS;
	st = po_ipc_send(&login->child.ipc, &answer, &gone);
	/* gone after its RESULT?  That is still to be received. */
	return st == PO_E_HELPER ? PO_OK
	       : st == PO_OK     ? PO_OK
				 : po_err_set(err, st, "%s", gone.text);
}

static enum po_status
on_prompt(
    struct login *login, const struct po_msg_prompt *prompt, struct po_err *err)
{
	login->prompts++;
	login->code_ends_ms = login->deadline_ms;
	if (prompt->expires_in_s >= 0 && prompt->expires_in_s < TIMEOUT_MAX_S)
		login->code_ends_ms =
		    po_clock_ms() + prompt->expires_in_s * 1000;
	return po_screen_prompt(&login->screen, prompt, err);
}

/* The next message, with a word now and then while nothing comes. */
static enum po_status
next_message(
    struct login *login, struct po_message *message, struct po_err *err)
{
	for (;;) {
		struct po_err late = { 0 };
		int64_t now_ms = po_clock_ms();
		int64_t until_ms = login->deadline_ms;
		enum po_status st;

		if (login->code_ends_ms != 0 && now_ms + REMIND_MS < until_ms)
			until_ms = now_ms + REMIND_MS;
		st =
		    po_ipc_receive(&login->child.ipc, until_ms, message, &late);
		if (st != PO_E_EXPIRED)
			return st == PO_OK ? st
					   : po_err_set(err, st, "helper: %s",
						 late.text);
		if (until_ms == login->deadline_ms)
			return po_err_set(
			    err, PO_E_HELPER, "helper: no verdict in time");
		now_ms = po_clock_ms();
		po_screen_remind(login->code_ends_ms < now_ms
				     ? 0
				     : (login->code_ends_ms - now_ms) / 1000);
	}
}

/* Until the RESULT, which it leaves in *message. */
static enum po_status
converse(struct login *login, struct po_message *message, struct po_err *err)
{
	enum po_status st = PO_OK;

	while (st == PO_OK) {
		po_message_clear(message);
		if ((st = next_message(login, message, err)) != PO_OK ||
		    message->type == PO_MSG_RESULT)
			return st;
		if (message->type == PO_MSG_HELLO)
			st = on_hello(login, &message->hello, err);
		else if (message->type == PO_MSG_LOG)
			tell_step(login, "%s", message->log.text);
		else if (message->type == PO_MSG_PROMPT)
			st = on_prompt(login, &message->prompt, err);
		else if (message->type == PO_MSG_QUESTION)
			st = on_question(login, &message->question, err);
		else if (message->type == PO_MSG_GRANT) {
			po_message_clear(&login->grant);
			login->grant = *message;
			*message = (struct po_message){ 0 };
		}
	}
	return st;
}

/* --- what the module would do --------------------------------------------- */

/* Nobody was named: may the account that came out be used? */
static enum po_status
judge_chosen(const struct login *login, const char *account, struct po_err *err)
{
	const struct po_account_limits limits = {
		.min_uid = (uid_t)login->hello.min_uid,
	};
	uid_t uid = 0;
	enum po_status st;

	if (!po_account_name_valid(account) ||
	    (login->account[0] != '\0' &&
		!po_str_equal(account, login->account)))
		return po_err_set(err, PO_E_HELPER,
		    "the account chosen is not the service's");
	if ((st = find_uid(account, &uid, err)) != PO_OK)
		return st;
	return po_account_admit(&limits, account, uid, false, err);
}

/* Is it somebody else's?  Only root can look. */
static enum po_status
judge_binding(struct login *login, const char *account, struct po_err *err)
{
	const struct po_msg_grant *grant = &login->grant.grant;
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	AUTO(po_binding_clear) struct po_binding binding = { 0 };
	bool found = false;
	enum po_status st;

	if (!grant->bind)
		return PO_OK;
	if ((st = po_bindings_open(&store, err)) != PO_OK ||
	    (st = po_binding_read(&store, account, &binding, &found, err)) !=
		PO_OK) {
		po_err_prefix(err, "bind = first_use");
		return st;
	}
	if (!found)
		tell_step(login,
		    "bind: \"%s\" is nobody's yet, and would become that "
		    "person's",
		    account);
	else if (!po_str_equal(binding.issuer, grant->issuer) ||
		 !po_str_equal(binding.sub, grant->sub))
		return po_err_set(err, PO_E_BOUND,
		    "the account is bound to another identity: pam-oauth "
		    "bindings list");
	return PO_OK;
}

static enum po_status
judge(
    struct login *login, const struct po_msg_result *result, struct po_err *err)
{
	const char *user = login->screen.user;
	enum po_status st;

	if (result->status < PO_OK || result->status >= PO_STATUS_COUNT ||
	    (result->status == PO_OK &&
		(login->prompts == 0 || login->grant.type != PO_MSG_GRANT)))
		return po_err_set(err, PO_E_HELPER, "a result without a login");
	if (result->fields[0] != '\0')
		tell_step(login, "%s", result->fields);
	if (result->status != PO_OK)
		return po_err_set(
		    err, (enum po_status)result->status, "%s", result->detail);
	if (user[0] == '\0' &&
	    (st = judge_chosen(login, result->account, err)) != PO_OK)
		return st;
	if (user[0] != '\0' && !po_str_equal(result->account, user))
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "the account proven is not the account asked for");
	if (login->hello.confirm)
		tell_step(login,
		    "confirm: a login would now ask: Approved by %s. "
		    "Continue? [y/N]",
		    login->grant.grant.approver);
	return judge_binding(login, result->account, err);
}

/* --- the command ---------------------------------------------------------- */

/* As explain does. */
static enum po_cli_exit
write_json(const struct login *login, int out, enum po_status st,
    const char *account, const struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf json = PO_BUF_INIT(2 * STEPS_MAX);
	struct po_err failure = { 0 };

	po_buf_appendf(
	    &json, "{\"admitted\":%s", st == PO_OK ? "true" : "false");
	po_cli_json_member(&json, "reason", po_status_name(st));
	po_cli_json_member(&json, "detail", err->text);
	po_cli_json_member(&json, "account", account);
	po_cli_json_member(&json, "service", login->screen.service);
	po_buf_append_str(&json, ",\"steps\":[");
	po_buf_append(&json, login->steps.data, login->steps.len);
	po_buf_append_str(&json, "]}\n");
	/* half an answer is none */
	if (po_buf_check(&login->steps, &failure) != PO_OK ||
	    po_buf_check(&json, &failure) != PO_OK)
		return po_cli_trouble(command, "steps: %s", failure.text);
	if (dup2(out, STDOUT_FILENO) < 0)
		return po_cli_trouble(
		    command, "standard output: %s", po_err_of(errno));
	return po_cli_write(command, json.data, json.len);
}

static enum po_cli_exit
sign_in(struct login *login, int out)
{
	AUTO(po_message_clear) struct po_message message = { 0 };
	struct po_err err = { 0 };
	const char *user = login->screen.user, *account = user;
	enum po_cli_exit result = PO_CLI_YES;
	enum po_status st = PO_OK;

	if (user[0] != '\0')
		st = find_uid(user, &login->uid, &err);
	if (st == PO_OK && (st = start(login, &err)) == PO_OK &&
	    (st = converse(login, &message, &err)) == PO_OK)
		st = judge(login, &message.result, &err);
	po_child_end(&login->child);
	if (st == PO_E_HELPER)
		po_child_blame(&login->child, &err);
	if (st == PO_OK)
		po_screen_line(
		    "admitted: %s", account = message.result.account);
	else
		po_screen_line("refused: %s: %s", po_status_name(st), err.text);
	if (login->value[OPT_JSON] != NULL)
		result = write_json(login, out, st, account, &err);
	return result == PO_CLI_YES && st != PO_OK ? PO_CLI_NO : result;
}

enum po_cli_exit
po_cli_login(int argc, char **argv)
{
	AUTO(clear)
	struct login login = { .child = PO_CHILD_INIT,
		.steps = PO_BUF_INIT(STEPS_MAX) };
	AUTO(po_fd_close) int out = -1;
	const char **value = login.value;
	enum po_cli_exit result;

	if (!po_cli_only_options(
		command, usage, argc, argv, long_options, value, &result))
		return result;
	login.screen.service =
	    value[OPT_SERVICE] != NULL ? value[OPT_SERVICE] : "sshd";
	login.screen.user = or_empty(value[OPT_USER]);
	/* what a person would see in a login; what is explained is English */
	(void)setlocale(LC_CTYPE, "");
	(void)setlocale(LC_MESSAGES, "");
	/* what a person sees is shown as ever, and no part of the answer */
	if (value[OPT_JSON] != NULL &&
	    ((out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) < 0 ||
		dup2(STDERR_FILENO, STDOUT_FILENO) < 0))
		return po_cli_trouble(
		    command, "standard output: %s", po_err_of(errno));
	return sign_in(&login, out);
}
