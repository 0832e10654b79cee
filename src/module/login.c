/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One authentication.  The helper is treated as hostile: it says each thing a
 * known number of times, has a deadline, and its word about the account is
 * compared with PAM_USER here.  See login.h.
 */

#include "module/login.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "base/text.h"
#include "module/bind.h"
#include "module/command.h"
#include "module/conversation.h"
#include "module/decision.h"
#include "module/helper_log.h"
#include "module/keep.h"
#include "module/liveness.h"
#include "module/outcome.h"
#include "module/question.h"
#include "module/user.h"

/* Reading the configuration takes milliseconds; NSS may have to be asked. */
#define HELLO_DEADLINE_MS 20000
/* The longest `timeout` that the configuration takes is 900 s. */
#define TIMEOUT_MAX_S 900
/* The helper ends itself at the timeout; this is for one that does not. */
#define GRACE_MS 5000
/* Often enough to be seen at work, and little to scroll by. */
#define REMIND_MS 30000

struct login {
	pam_handle_t *pamh;
	const struct po_login_args *args;
	/* copies: the application may replace an item while it converses */
	char *service;
	char *user; /* "": nobody yet (kiosk) */
	char *rhost;
	uid_t uid;                    /* of the user, if there is one */
	bool nobody;                  /* was named: PAM_USER is ours to set */
	struct po_user_choice choice; /* what holds for it then */
	char id[9]; /* ties the lines of one login together in the log */
	struct po_conversation conversation;
	struct po_child child;
	struct po_message grant; /* what came before the yes; type 0: nothing */
	struct po_buf lead;      /* shown with the next question */
	int64_t deadline_ms;
	int64_t prompt_ends_ms; /* when the code or the login ends */
	unsigned prompts;       /* shown */
	unsigned checks;        /* CHECK without its PENDING yet */
	bool confirm;           /* HELLO: the person is to confirm */
	bool waiting;           /* info style: reminders are due */
};

static void
login_clear(struct login *login)
{
	po_child_end(&login->child);
	po_message_clear(&login->grant);
	po_buf_clear(&login->lead);
	po_str_free(&login->service);
	po_str_free(&login->user);
	po_str_free(&login->rhost);
	po_str_free(&login->choice.account);
}

static enum po_status
start_helper(struct login *login, struct po_err *err)
{
	struct po_message start = { .type = PO_MSG_START };
	char command[PO_COMMAND_SIZE];
	enum po_status st;

	if ((st = po_child_spawn(&login->child, err)) != PO_OK)
		return st;
	/* nothing of what the one before might say */
	memset(login->child.ipc.allowed, 0, sizeof(login->child.ipc.allowed));
	login->child.ipc.allowed[PO_MSG_HELLO] = 1;
	login->child.ipc.allowed[PO_MSG_QUESTION] = 1;
	login->child.ipc.allowed[PO_MSG_LOG] = PO_HELPER_LOG_LINES_MAX;
	login->child.ipc.allowed[PO_MSG_RESULT] = 1;
	login->deadline_ms = po_clock_ms() + HELLO_DEADLINE_MS;
	po_command_read(login->service, command, sizeof(command));
	start.start = (struct po_msg_start){
		.version = PO_MESSAGE_VERSION,
		.service = login->service,
		.user = login->user,
		.uid = login->user[0] == '\0' ? -1 : (int64_t)login->uid,
		.rhost = login->rhost,
		.config_file = login->args->config_file,
		.provider = login->args->provider,
		.command = command,
		.debug = login->args->debug,
	};
	return po_ipc_send(&login->child.ipc, &start, err);
}

static enum po_status
on_hello(
    struct login *login, const struct po_msg_hello *hello, struct po_err *err)
{
	if (hello->version != PO_MESSAGE_VERSION)
		return po_err_set(err, PO_E_HELPER,
		    "helper speaks version %lld, module %d",
		    (long long)hello->version, PO_MESSAGE_VERSION);
	if (hello->timeout_s < 1 || hello->timeout_s > TIMEOUT_MAX_S)
		return po_err_set(err, PO_E_HELPER, "helper wants %lld s",
		    (long long)hello->timeout_s);
	if (hello->questions < 0 || hello->questions > PO_QUESTIONS_MAX)
		return po_err_set(err, PO_E_HELPER,
		    "helper wants %lld questions", (long long)hello->questions);
	login->confirm = hello->confirm;
	/* of a kiosk, and never of a helper before this one */
	po_str_free(&login->choice.account);
	login->choice.min_uid = hello->min_uid;
	if ((login->choice.account = po_str_dup(hello->account)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	login->deadline_ms = po_clock_ms() + hello->timeout_s * 1000 + GRACE_MS;
	/* else a helper that is taken over could ask for a password */
	login->child.ipc.allowed[PO_MSG_QUESTION] = (unsigned)hello->questions;
	login->child.ipc.allowed[PO_MSG_PROMPT] = 2;
	login->child.ipc.allowed[PO_MSG_GRANT] = 1;
	return PO_OK;
}

static enum po_status
on_question(struct login *login, const struct po_msg_question *question,
    struct po_err *err)
{
	bool greeted = login->child.ipc.allowed[PO_MSG_HELLO] == 0;
	int64_t kind = question->kind;
	enum po_status st;

	/* each kind has its time, and NO is for us to ask */
	if (kind == PO_QUESTION_NO || (kind >= PO_QUESTION_TEXT) != greeted ||
	    (greeted && (kind == PO_QUESTION_TEXT) != (login->prompts > 0)))
		return po_err_set(err, PO_E_HELPER, "question out of turn");
	st = po_question_relay(&login->conversation, &login->child.ipc,
	    &login->lead, question, err);
	/* before HELLO the time was the helper's; the person's is not */
	if (!greeted)
		login->deadline_ms = po_clock_ms() + HELLO_DEADLINE_MS;
	return st;
}

/* What to do with the person's answer: ask the helper, or give up. */
static enum po_status
on_answer(struct login *login, enum po_answer answer, struct po_err *err)
{
	struct po_message check = { .type = PO_MSG_CHECK };
	struct po_err why = { 0 };
	enum po_status st;

	switch (answer) {
	case PO_ANSWER_NONE:
		login->waiting = true;
		return PO_OK;
	case PO_ANSWER_QUIT:
		return po_err_set(
		    err, PO_E_CANCELLED, "given up at the prompt");
	case PO_ANSWER_ENTER:
		st = po_ipc_send(&login->child.ipc, &check, &why);
		/* gone after its RESULT?  That is still to be received. */
		if (st == PO_E_HELPER)
			return PO_OK;
		if (st != PO_OK)
			return po_err_set(err, st, "%s", why.text);
		login->checks++;
		login->child.ipc.allowed[PO_MSG_PENDING]++;
		return PO_OK;
	}
	return po_err_set(err, PO_E_INTERNAL, "answer");
}

static enum po_status
on_prompt(
    struct login *login, const struct po_msg_prompt *prompt, struct po_err *err)
{
	enum po_answer answer;
	enum po_status st;

	login->prompts++;
	login->prompt_ends_ms = login->deadline_ms;
	if (prompt->expires_in_s >= 0 && prompt->expires_in_s < TIMEOUT_MAX_S)
		login->prompt_ends_ms =
		    po_clock_ms() + prompt->expires_in_s * 1000;
	if (prompt->kind == PO_PROMPT_PASTE)
		return po_conversation_lead(
		    &login->conversation, prompt, &login->lead, err);
	st = po_conversation_prompt(&login->conversation, prompt, &answer, err);
	return st == PO_OK ? on_answer(login, answer, err) : st;
}

static int64_t
left_s(const struct login *login)
{
	int64_t left_ms = login->prompt_ends_ms - po_clock_ms();

	return left_ms < 0 ? 0 : left_ms / 1000;
}

/* The poll after an Enter said "pending": ask again. */
static enum po_status
on_pending(struct login *login, struct po_err *err)
{
	enum po_answer answer;
	enum po_status st;

	if (--login->checks > 0)
		return PO_OK; /* an Enter at an older prompt */
	st = po_conversation_again(
	    &login->conversation, left_s(login), &answer, err);
	return st == PO_OK ? on_answer(login, answer, err) : st;
}

/* Waits for the next message, with a reminder now and then. */
static enum po_status
next_message(
    struct login *login, struct po_message *message, struct po_err *err)
{
	for (;;) {
		struct po_err late = { 0 };
		int64_t now_ms = po_clock_ms();
		int64_t until_ms = login->deadline_ms;
		enum po_status st;

		if (login->waiting && now_ms + REMIND_MS < until_ms)
			until_ms = now_ms + REMIND_MS;
		st =
		    po_ipc_receive(&login->child.ipc, until_ms, message, &late);
		if (st != PO_E_EXPIRED)
			return st == PO_OK
				   ? PO_OK
				   : po_err_set(err, st, "%s%s",
					 st == PO_E_HELPER ? "helper: " : "",
					 late.text);
		if (until_ms == login->deadline_ms)
			return po_err_set(
			    err, PO_E_HELPER, "helper: no verdict in time");
		po_conversation_remind(&login->conversation, left_s(login));
	}
}

/* Talks until the RESULT, which it leaves in *message. */
static enum po_status
converse(struct login *login, struct po_message *message, struct po_err *err)
{
	enum po_status st = PO_OK;

	while (st == PO_OK) {
		po_message_clear(message);
		if ((st = next_message(login, message, err)) != PO_OK)
			return st;
		switch (message->type) {
		case PO_MSG_HELLO:
			st = on_hello(login, &message->hello, err);
			break;
		case PO_MSG_LOG:
			po_helper_log(login->pamh, &message->log, login->id);
			break;
		case PO_MSG_PROMPT:
			st = on_prompt(login, &message->prompt, err);
			break;
		case PO_MSG_PENDING:
			st = on_pending(login, err);
			break;
		case PO_MSG_QUESTION:
			st = on_question(login, &message->question, err);
			break;
		case PO_MSG_RESULT:
			return PO_OK;
		case PO_MSG_GRANT:
			po_message_clear(&login->grant);
			login->grant = *message;
			*message = (struct po_message){ 0 };
			break;
		case PO_MSG_START:
		case PO_MSG_CHECK:
		case PO_MSG_REVOKE:
		case PO_MSG_ANSWER:
		case PO_MSG_LIVENESS:
		case PO_MSG_RENEWED:
		case PO_MSG_TYPE_COUNT:
			/* never allowed, so never received */
			return po_err_set(err, PO_E_INTERNAL, "message");
		}
	}
	return st;
}

/* Nobody was named: the account is the helper's choice, all checks are ours. */
static enum po_status
adopt(struct login *login, const char *account, struct po_err *err)
{
	char *copy;
	enum po_status st;

	if (login->grant.type != PO_MSG_GRANT)
		return po_err_set(err, PO_E_HELPER, "success without a grant");
	st = po_user_check(
	    login->pamh, account, &login->choice, &login->uid, err);
	if (st != PO_OK)
		return st;
	if ((copy = po_str_dup(account)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	po_str_free(&login->user);
	login->user = copy;
	return PO_OK;
}

/*
 * The last word, and it is ours: the account that the helper proved must be
 * PAM_USER byte for byte, and PAM_USER still the one we began with.
 */
static enum po_status
judge(
    struct login *login, const struct po_msg_result *result, struct po_err *err)
{
	if (result->status < PO_OK || result->status >= PO_STATUS_COUNT)
		return po_err_set(err, PO_E_HELPER, "result with status %lld",
		    (long long)result->status);
	if (result->status != PO_OK)
		return po_err_set(
		    err, (enum po_status)result->status, "%s", result->detail);
	if (login->prompts == 0 || login->lead.len > 0)
		return po_err_set(err, PO_E_HELPER,
		    "success without anybody having been asked");
	if (login->nobody)
		return adopt(login, result->account, err);
	if (!po_str_equal(result->account, login->user) ||
	    !po_str_equal(po_user_item(login->pamh, PAM_USER), login->user))
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "the account proven is not the account asked for");
	return PO_OK;
}

/* With PAM_USER, which the application asks for if it must. */
static enum po_status
name_user(struct login *login, struct po_err *err)
{
	char *user = NULL;
	enum po_status st;

	if ((st = po_user_ask(login->pamh, &user, err)) != PO_OK)
		return st;
	po_str_free(&login->user);
	login->user = user;
	return po_user_find(login->pamh, user, &login->uid, err);
}

static enum po_status
run_helper(struct login *login, struct po_message *message, struct po_err *err)
{
	enum po_status st;

	login->conversation.user = login->user;
	if ((st = start_helper(login, err)) != PO_OK)
		return st;
	return converse(login, message, err);
}

/*
 * Before anybody is named: is this a kiosk?  Only the configuration says, and
 * only the helper reads it.  If not, it wants a name before anything is shown.
 */
static enum po_status
try_kiosk(struct login *login, struct po_message *message, struct po_err *err)
{
	enum po_status st = run_helper(login, message, err);

	login->nobody = st != PO_OK || login->prompts > 0 ||
			message->result.status != PO_E_ACCOUNT_WANTED;
	if (login->nobody)
		return st;
	po_child_end(&login->child);
	po_message_clear(&login->grant);
	po_message_clear(message);
	return PO_OK;
}

static enum po_status
authenticate(
    struct login *login, struct po_message *message, struct po_err *err)
{
	enum po_status st = PO_E_INTERNAL;

	/* without its name, the service's own rules are not found */
	if (login->service[0] == '\0')
		return po_err_set(err, PO_E_INTERNAL, "no PAM service");
	if (!po_conversation_possible(&login->conversation))
		return po_err_set(err, PO_E_NOT_INTERACTIVE,
		    "service \"%s\" has nobody to show a URL to",
		    login->service);
	if (po_user_item(login->pamh, PAM_USER)[0] == '\0' &&
	    (st = try_kiosk(login, message, err)) != PO_OK)
		return st;
	if (!login->nobody &&
	    ((st = name_user(login, err)) != PO_OK ||
		(st = run_helper(login, message, err)) != PO_OK))
		return st;
	if ((st = judge(login, &message->result, err)) != PO_OK)
		return st;
	/* who may not come in is refused before, and PAM_USER may change */
	if (login->confirm &&
	    ((st = po_question_confirm(&login->conversation, &login->grant,
		  login->deadline_ms - GRACE_MS, err)) != PO_OK ||
		(st = judge(login, &message->result, err)) != PO_OK))
		return st;
	return po_bind_account(&login->grant, login->user, err);
}

/*
 * What the session gets besides the yes.  Here and not in the session phase:
 * of sshd's child that authenticates, only the environment lives on.
 */
static enum po_status
give(struct login *login, struct po_err *err)
{
	const struct po_msg_grant *grant = &login->grant.grant;
	struct po_err why = { 0 };
	enum po_status st;

	if ((st = po_user_export(login->pamh, grant->exports, err)) != PO_OK ||
	    (st = po_liveness_begin(login->pamh, grant, login->user, login->uid,
		 login->id, err)) != PO_OK ||
	    grant->keep == PO_KEEP_NONE)
		return st;
	st = po_keep_begin(login->pamh, login->args, login->user, grant, &why);
	if (st == PO_OK || st == PO_E_HELPER)
		return st == PO_OK ? st : po_err_set(err, st, "%s", why.text);
	/* who may come in does not hang on a token for later */
	pam_syslog(login->pamh, LOG_WARNING,
	    "keep_token: token not kept: %s id=%s", why.text, login->id);
	return PO_OK;
}

/* What an approved login leaves behind; PAM_USER after all that may fail. */
static enum po_status
settle(struct login *login, struct po_err *err)
{
	enum po_status st;

	if ((st = po_user_name_person(login->pamh, &login->grant, err)) !=
		PO_OK ||
	    (st = give(login, err)) != PO_OK || !login->nobody)
		return st;
	return po_user_set(login->pamh, login->user, err);
}

enum po_status
po_login(pam_handle_t *pamh, int flags, const struct po_login_args *args)
{
	struct po_err err = { 0 };
	AUTO(po_message_clear) struct po_message message = { 0 };
	AUTO(login_clear) struct login login = {
		.pamh = pamh,
		.args = args,
		.service = po_str_dup(po_user_item(pamh, PAM_SERVICE)),
		.user = po_str_dup(""),
		.rhost = po_str_dup(po_user_item(pamh, PAM_RHOST)),
		.conversation = {
			.pamh = pamh,
			.silent = ((unsigned)flags & PAM_SILENT) != 0,
		},
		.child = PO_CHILD_INIT,
	};
	enum po_status status;
	uint32_t id = 0;

	if (login.service == NULL || login.user == NULL || login.rhost == NULL)
		return PO_E_NOMEM;
	login.conversation.service = login.service;
	/* an id of 0 is as good a label as any, should there be no entropy */
	(void)!getrandom(&id, sizeof(id), GRND_NONBLOCK);
	(void)snprintf(login.id, sizeof(login.id), "%08x", id);
	if ((status = authenticate(&login, &message, &err)) == PO_OK)
		status = settle(&login, &err);
	po_child_end(&login.child);
	if (status == PO_E_HELPER)
		po_child_blame(&login.child, &err);
	po_decision_log(pamh,
	    &(struct po_decision){ .status = status,
		.user = login.user,
		.rhost = login.rhost,
		.id = login.id,
		.fields =
		    message.type == PO_MSG_RESULT ? message.result.fields : "",
		.detail = err.text });
	po_conversation_end(&login.conversation, po_outcome(status)->sentence);
	return status;
}
