/* SPDX-License-Identifier: BSD-2-Clause */
/* What must come of a login, told from outside.  See pam_model.h. */

#include "pam_model.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <security/pam_appl.h>

#include "base/mem.h"
#include "base/message.h"
#include "base/text.h"
#include "fuzz.h"
#include "module/outcome.h"

/* As module/login.c has them, and DESIGN 4 and 9. */
#define HELLO_MS 20000
#define GRACE_MS 5000
#define TIMEOUT_MAX_S 900
#define REMIND_MS 30000
#define LOGS_MAX 64
#define PROMPTS_MAX 2
#define TRIES 3

#define NOT_YET (-1)

static bool
is_safe_line(const char *text, size_t len)
{
	AUTO(po_buf_clear) struct po_buf shown = PO_BUF_INIT(3 * len + 3);

	po_text_printable(&shown, text, len, len);
	require(po_buf_check(&shown, NULL) == PO_OK);
	return shown.len == len &&
	       (len == 0 || memcmp(shown.data, text, len) == 0);
}

static void
set_copy(char **target, const char *text)
{
	po_str_free(target);
	if (text != NULL) {
		*target = po_str_dup(text);
		require(*target != NULL);
	}
}

static bool
is_user(const struct pam_model *model, const char *name)
{
	return name != NULL && strcmp(name, model->user) == 0;
}

/* PAM_USER now, "" if there is none. */
static const char *
user_now(const struct pam_model *model)
{
	return model->login.user == NULL ? "" : model->login.user;
}

/* --- how a login begins --------------------------------------------------- */

static bool
is_arg(const char *arg)
{
	return strncmp(arg, "config=/", 8) == 0 ||
	       (strncmp(arg, "provider=", 9) == 0 && arg[9] != '\0') ||
	       strcmp(arg, "debug") == 0;
}

static bool
has_good_args(const struct pam_model_login *login)
{
	for (size_t i = 0; i < login->arg_count; i++)
		if (!is_arg(login->args[i]))
			return false;
	return true;
}

/* What START cannot carry: more than base/message.c has room for. */
static bool
has_long_text(const struct pam_model_login *login)
{
	const char *config = "", *provider = "";

	for (size_t i = 0; i < login->arg_count; i++) {
		if (login->args[i][0] == 'c')
			config = login->args[i] + strlen("config=");
		if (login->args[i][0] == 'p')
			provider = login->args[i] + strlen("provider=");
	}
	return strlen(login->service) > 256 ||
	       (login->user != NULL && strlen(login->user) > 256) ||
	       (login->rhost != NULL && strlen(login->rhost) > 256) ||
	       strlen(config) > 4096 || strlen(provider) > 256;
}

static bool
has_nobody(const struct pam_model_login *login)
{
	static const char *const services[] = { "cron", "crond", "atd",
		"systemd-user" };

	for (size_t i = 0; i < PO_ARRAY_LEN(services); i++)
		if (strcmp(login->service, services[i]) == 0)
			return true;
	return !login->has_conversation;
}

void
pam_model_begin(struct pam_model *model, const struct pam_model_login *login,
    int64_t now_ms)
{
	char *declined = TAKE(model->declined);
	char *owner = TAKE(model->owner);

	pam_model_clear(model);
	*model = (struct pam_model){
		.login = *login,
		.declined = declined,
		.owner = owner,
		.begun_ms = now_ms,
		.deadline_ms = INT64_MIN,
		.verdict = NOT_YET,
		.questions = 1,
	};
	set_copy(&model->user, user_now(model));
	if (!has_good_args(login))
		model->verdict = PAM_SERVICE_ERR;
	else if (is_user(model, model->declined))
		model->verdict = PAM_MAXTRIES;
	else if (login->service[0] == '\0')
		model->verdict = PAM_SERVICE_ERR;
	else if (has_nobody(login))
		model->verdict = PAM_CONV_ERR;
	else if (model->user[0] != '\0' && !is_user(model, login->account))
		model->verdict = PAM_USER_UNKNOWN;
	else if (login->spawn_fails)
		model->verdict = PAM_SERVICE_ERR;
	else
		model->expects_helper = true;
	if (model->expects_helper && has_long_text(login))
		model->verdict = PAM_SERVICE_ERR;
}

/* All there is of one helper: the next begins anew. */
static void
forget_helper(struct pam_model *model)
{
	for (size_t i = 0; i < model->queue_len; i++)
		po_buf_clear(&model->queue[i]);
	po_str_free(&model->uri);
	po_str_free(&model->lead);
	po_str_free(&model->only);
	po_str_free(&model->response);
	model->tries = 0;
	model->confirms = model->has_approver = model->thinks = false;
	model->questions = 1;
	model->queue_first = model->queue_len = 0;
	model->expects_helper = model->spawned = model->ended = false;
	model->left = model->started = model->again = false;
	model->hello = model->grant = false;
	model->heard = model->prompts = model->logs = 0;
	model->checks = model->pendings = 0;
}

void
pam_model_clear(struct pam_model *model)
{
	forget_helper(model);
	po_str_free(&model->user);
	po_str_free(&model->declined);
	po_str_free(&model->owner);
	po_str_free(&model->sub);
	po_str_free(&model->becomes);
	po_str_free(&model->account);
}

void
pam_model_asked(struct pam_model *model)
{
	/* named from the start, or since: nobody is asked for it */
	if (!model->wants && user_now(model)[0] != '\0')
		return;
	require(model->wants && model->ended);
	require(model->verdict == NOT_YET);
	forget_helper(model);
	model->wants = false;
	set_copy(&model->user, user_now(model));
	if (model->login.user == NULL)
		model->verdict = PAM_CONV_ERR;
	else if (model->user[0] == '\0' ||
		 !is_user(model, model->login.account))
		model->verdict = PAM_USER_UNKNOWN;
	else
		model->expects_helper = true;
	if (model->expects_helper && has_long_text(&model->login))
		model->verdict = PAM_SERVICE_ERR;
}

void
pam_model_set(struct pam_model *model, const char *user)
{
	require(model->becomes != NULL && strcmp(user, model->becomes) == 0);
	require(user_now(model)[0] == '\0');
	po_str_free(&model->becomes);
}

bool
pam_model_is_over(const struct pam_model *model)
{
	return model->spawned == model->ended;
}

/* --- what the module sends ------------------------------------------------ */

void
pam_model_spawned(struct pam_model *model, int fd, int64_t now_ms)
{
	require(model->expects_helper && !model->spawned);
	model->spawned = true;
	model->helper = fd;
	model->deadline_ms = now_ms + HELLO_MS;
}

void
pam_model_ended(struct pam_model *model)
{
	require(model->spawned && !model->ended);
	model->ended = true;
}

static void
check_start(const struct pam_model *model, const struct po_msg_start *start)
{
	require(start->version == PO_MESSAGE_VERSION);
	require(start->uid ==
		(model->user[0] == '\0' ? -1 : (int64_t)model->login.uid));
	require(strcmp(start->user, model->user) == 0);
	require(strcmp(start->service, model->login.service) == 0);
	require(strcmp(start->rhost,
		    model->login.rhost == NULL ? "" : model->login.rhost) == 0);
	require(start->config_file[0] == '/');
}

static void
check_answer(struct pam_model *model, const struct po_msg_answer *answer)
{
	require(model->response != NULL && answer->choice == model->choice);
	require(strcmp(answer->text, model->response) == 0);
	po_str_free(&model->response);
}

/* START first, and then one CHECK for each Enter, one ANSWER a question. */
static void
read_sent(struct pam_model *model)
{
	for (;;) {
		AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(8192);
		AUTO(po_message_clear) struct po_message message = { 0 };
		char packet[8192];
		ssize_t len;

		len = recv(model->helper, packet, sizeof(packet), MSG_DONTWAIT);
		if (len <= 0)
			return;
		po_buf_append(&bytes, packet, (size_t)len);
		require(po_message_decode(&bytes, &message, NULL) == PO_OK);
		if (!model->started)
			check_start(model, &message.start);
		if (model->started && message.type == PO_MSG_ANSWER) {
			check_answer(model, &message.answer);
			continue;
		}
		require(message.type ==
			(model->started ? PO_MSG_CHECK : PO_MSG_START));
		if (model->started)
			require(++model->heard <= model->checks);
		model->started = true;
	}
}

void
pam_model_left(struct pam_model *model, bool reads_first)
{
	if (reads_first)
		read_sent(model);
	model->left = true;
}

/* --- what the module takes ------------------------------------------------ */

/* Drops what was taken, so that a long login has room as a short one. */
static void
tidy(struct pam_model *model)
{
	model->queue_len -= model->queue_first;
	memmove(model->queue, model->queue + model->queue_first,
	    model->queue_len * sizeof(model->queue[0]));
	model->queue_first = 0;
}

void
pam_model_sent(struct pam_model *model, const void *data, size_t len)
{
	struct po_buf packet = PO_BUF_INIT(len);

	if (model->queue_len == PAM_MODEL_QUEUE)
		tidy(model);
	require(model->queue_len < PAM_MODEL_QUEUE);
	po_buf_append(&packet, data, len);
	model->queue[model->queue_len++] = packet;
}

void
pam_model_waits(struct pam_model *model, int64_t now_ms, int64_t until_ms)
{
	require(model->spawned && !model->ended);
	require(model->verdict == NOT_YET && !model->wants);
	require(model->tries == 0);
	if (model->thinks)
		model->deadline_ms = now_ms + HELLO_MS;
	model->thinks = false;
	require(until_ms <= model->deadline_ms || until_ms == now_ms);
	/* what there is to show has been shown */
	require(model->uri == NULL);
	require(!model->again || model->pendings < model->checks);
	model->again = false;
	if (!model->left)
		read_sent(model);
	require(model->left || model->response == NULL);
	po_str_free(&model->response);
}

static bool
is_qr(const char *text)
{
	static const char *const parts[] = { " ", "#", "\n", "\xE2\x96\x80",
		"\xE2\x96\x84", "\xE2\x96\x88" };

	while (*text != '\0') {
		size_t i = 0;

		while (i < PO_ARRAY_LEN(parts) &&
		       strncmp(text, parts[i], strlen(parts[i])) != 0)
			i++;
		if (i == PO_ARRAY_LEN(parts))
			return false;
		text += strlen(parts[i]);
	}
	return true;
}

static int
take_hello(
    struct pam_model *model, const struct po_msg_hello *hello, int64_t now_ms)
{
	if (model->hello || hello->version != PO_MESSAGE_VERSION ||
	    hello->timeout_s < 1 || hello->timeout_s > TIMEOUT_MAX_S ||
	    hello->questions < 0 || hello->questions > PO_QUESTIONS_MAX)
		return PAM_SERVICE_ERR;
	model->questions = (unsigned)hello->questions;
	model->confirms = hello->confirm;
	model->hello = true;
	model->min_uid = hello->min_uid;
	set_copy(&model->only, hello->account);
	model->deadline_ms = now_ms + hello->timeout_s * 1000 + GRACE_MS;
	return NOT_YET;
}

static int
take_prompt(struct pam_model *model, const struct po_msg_prompt *prompt)
{
	const char *complete = prompt->verification_uri_complete;

	if (!model->hello || model->prompts++ == PROMPTS_MAX)
		return PAM_SERVICE_ERR;
	if (prompt->kind == PO_PROMPT_CIBA) {
		set_copy(&model->uri, "on your phone");
		return NOT_YET;
	}
	if (prompt->kind < 0 || prompt->kind > PO_PROMPT_LINK ||
	    !po_text_is_https_url(prompt->verification_uri) ||
	    (*complete != '\0' && !po_text_is_https_url(complete)) ||
	    (*prompt->user_code == '\0' && prompt->kind == PO_PROMPT_DEVICE) ||
	    !is_qr(prompt->qr))
		return PAM_SERVICE_ERR;
	set_copy(prompt->kind == PO_PROMPT_PASTE ? &model->lead : &model->uri,
	    prompt->verification_uri);
	return NOT_YET;
}

static int
take_question(struct pam_model *model, const struct po_msg_question *question)
{
	bool number = question->kind == PO_QUESTION_NUMBER;
	int64_t most = number ? PO_QUESTION_CHOICES_MAX
		       : question->kind == PO_QUESTION_TEXT
			   ? PO_ADVICE_COUNT - 1
			   : 0;

	/* a yes and a number before HELLO, a secret before PROMPT, text after
	 */
	if (model->questions == 0 ||
	    (question->kind == PO_QUESTION_TEXT ? model->prompts == 0
		: question->kind == PO_QUESTION_SECRET
		    ? !model->hello || model->prompts > 0
		    : (question->kind != PO_QUESTION_YES && !number) ||
			  model->hello) ||
	    question->count < (number ? 1 : 0) || question->count > most)
		return PAM_SERVICE_ERR;
	model->questions--;
	model->kind = question->kind;
	model->count = question->count;
	model->tries = TRIES;
	return NOT_YET;
}

static int
take_grant(struct pam_model *model, const struct po_msg_grant *grant)
{
	if (!model->hello || model->grant)
		return PAM_SERVICE_ERR;
	model->grant = true;
	model->binds = grant->bind;
	model->has_approver = grant->approver[0] != '\0';
	set_copy(&model->sub, grant->sub);
	return NOT_YET;
}

/* [A-Za-z_][A-Za-z0-9_.-]{0,31} */
static bool
is_account_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t len = strlen(name);

	return len > 0 && len <= 32 && strchr(letters, name[0]) != NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-") == len;
}

/* Nobody was named: who will it be? */
static int
take_choice(struct pam_model *model, const char *account)
{
	const struct pam_model_login *login = &model->login;

	if (!model->grant || model->min_uid < 1 ||
	    model->min_uid >= UINT32_MAX || !is_account_name(account) ||
	    (model->only[0] != '\0' && strcmp(account, model->only) != 0))
		return PAM_SERVICE_ERR;
	if (login->account == NULL || strcmp(login->account, account) != 0 ||
	    login->uid == 0 || login->uid < model->min_uid ||
	    login->uid == 65534 || login->uid == 65535 ||
	    login->uid == UINT32_MAX)
		return PAM_USER_UNKNOWN;
	if (user_now(model)[0] != '\0')
		return PAM_AUTH_ERR;
	return PAM_SUCCESS;
}

/* The account's owner, when it is to have one. */
static int
take_binding(struct pam_model *model)
{
	if (!model->binds)
		return PAM_SUCCESS;
	if (model->login.store_fails)
		return PAM_SERVICE_ERR;
	if (model->owner == NULL)
		set_copy(&model->owner, model->sub);
	return strcmp(model->owner, model->sub) == 0 ? PAM_SUCCESS
						     : PAM_AUTH_ERR;
}

/* May `account` come in, as far as the module can tell? */
static int
take_success(struct pam_model *model, const char *account)
{
	if (model->user[0] == '\0')
		return take_choice(model, account);
	return is_user(model, account) && is_user(model, user_now(model))
		   ? PAM_SUCCESS
		   : PAM_AUTH_ERR;
}

/* And what is done for it. */
static int
finish(struct pam_model *model, const char *account)
{
	int code = take_success(model, account);

	if (code == PAM_SUCCESS && !model->grant)
		code = PAM_SERVICE_ERR;
	if (code == PAM_SUCCESS)
		code = take_binding(model);
	if (code == PAM_SUCCESS && model->user[0] == '\0')
		set_copy(&model->becomes, account);
	return code;
}

static bool
is_no(int64_t status)
{
	return status == PO_E_DENIED || status == PO_E_CANCELLED ||
	       status == PO_E_NOT_CONFIRMED || status == PO_E_UNANSWERED ||
	       status == PO_E_NOT_ASKED;
}

static int
take_result(struct pam_model *model, const struct po_msg_result *result)
{
	int code;

	if (result->status < 0 || result->status >= PO_STATUS_COUNT)
		return PAM_SERVICE_ERR;
	if (is_no(result->status))
		set_copy(&model->declined, user_now(model));
	if (result->status == PO_E_ACCOUNT_WANTED && model->user[0] == '\0' &&
	    model->prompts == 0) {
		model->wants = true;
		return NOT_YET;
	}
	if (result->status != PO_OK)
		return po_outcome((enum po_status)result->status)->pam_code;
	if (model->prompts == 0 || model->lead != NULL)
		return PAM_SERVICE_ERR;
	if (!model->confirms)
		return finish(model, result->account);
	if ((code = take_success(model, result->account)) != PAM_SUCCESS)
		return code;
	if (!model->has_approver)
		return PAM_SERVICE_ERR;
	set_copy(&model->account, result->account);
	model->kind = PO_QUESTION_NO;
	model->tries = TRIES;
	return NOT_YET;
}

static int
take(struct pam_model *model, struct po_buf *packet, int64_t now_ms)
{
	AUTO(po_message_clear) struct po_message message = { 0 };

	if (packet->len > PO_MESSAGE_MAX ||
	    po_message_decode(packet, &message, NULL) != PO_OK)
		return PAM_SERVICE_ERR;
	switch (message.type) {
	case PO_MSG_HELLO:
		return take_hello(model, &message.hello, now_ms);
	case PO_MSG_LOG:
		return ++model->logs > LOGS_MAX ? PAM_SERVICE_ERR : NOT_YET;
	case PO_MSG_PROMPT:
		return take_prompt(model, &message.prompt);
	case PO_MSG_PENDING:
		if (model->pendings == model->checks)
			return PAM_SERVICE_ERR;
		model->pendings++;
		model->again = true;
		return NOT_YET;
	case PO_MSG_RESULT:
		return take_result(model, &message.result);
	case PO_MSG_GRANT:
		return take_grant(model, &message.grant);
	case PO_MSG_QUESTION:
		return take_question(model, &message.question);
	case PO_MSG_START:
	case PO_MSG_CHECK:
	case PO_MSG_REVOKE:
	case PO_MSG_ANSWER:
	case PO_MSG_LIVENESS:
	case PO_MSG_RENEWED:
	case PO_MSG_TYPE_COUNT:
		break;
	}
	return PAM_SERVICE_ERR;
}

void
pam_model_received(struct pam_model *model, int64_t now_ms)
{
	if (model->queue_first == model->queue_len) {
		require(model->left);
		model->verdict = PAM_SERVICE_ERR;
		return;
	}
	model->verdict = take(model, &model->queue[model->queue_first], now_ms);
	po_buf_clear(&model->queue[model->queue_first++]);
	if (model->queue_first == model->queue_len)
		model->queue_first = model->queue_len = 0;
}

/* --- what the person sees ------------------------------------------------- */

/* Lines, each fit for a terminal. */
static void
require_safe(const char *text)
{
	require(strlen(text) <= 64 * 1024);
	for (;;) {
		size_t len = strcspn(text, "\n");

		require(is_safe_line(text, len));
		if (text[len] == '\0')
			return;
		text += len + 1;
	}
}

void
pam_model_shown(struct pam_model *model, int style, const char *text)
{
	require_safe(text);
	require(text[0] != '\0');
	model->showing = 'r';
	if (style == PAM_ERROR_MSG) {
		/* one sentence, when all is over */
		require(pam_model_is_over(model) && model->errors++ == 0);
		model->showing = 'e';
		return;
	}
	require(model->spawned && !model->ended && model->verdict == NOT_YET);
	if (model->tries > 0) {
		require(style == (model->kind == PO_QUESTION_SECRET
					 ? PAM_PROMPT_ECHO_OFF
					 : PAM_PROMPT_ECHO_ON));
		require(model->account == NULL ||
			strstr(text, "Approved by ") != NULL);
		require(
		    model->lead == NULL || strstr(text, model->lead) != NULL);
		po_str_free(&model->lead);
		model->showing = 'q';
		return;
	}
	require(model->hello && model->prompts > 0);
	if (model->uri != NULL) {
		require(style == PAM_TEXT_INFO || style == PAM_PROMPT_ECHO_ON);
		require(strstr(text, model->uri) != NULL);
		po_str_free(&model->uri);
		model->showing = 'p';
	} else if (model->again) {
		require(style == PAM_PROMPT_ECHO_ON);
		require(model->pendings == model->checks);
		model->again = false;
		model->showing = 'a';
	} else {
		require(style == PAM_TEXT_INFO && !model->login.silent);
		model->reminders++;
	}
}

/* What `typed` means; -1: nothing. */
static int64_t
meaning(const struct pam_model *model, const char *typed)
{
	static const struct {
		const char *word;
		int64_t choice;
	} words[] = { { "y", 1 }, { "yes", 1 }, { "n", 0 }, { "no", 0 } };
	int64_t number = model->kind == PO_QUESTION_NUMBER;
	size_t digits = strspn(typed, "0123456789");

	if (strlen(typed) > PO_ANSWER_MAX)
		return -1;
	if (typed[0] == '\0')
		return model->kind == PO_QUESTION_YES;
	if (strcasecmp(typed, "q") == 0)
		return 0;
	if (model->kind >= PO_QUESTION_TEXT)
		return 1;
	for (size_t i = 0; !number && i < PO_ARRAY_LEN(words); i++)
		if (strcasecmp(typed, words[i].word) == 0)
			return words[i].choice;
	/* leading zeros are nobody's typing error */
	typed += strspn(typed, "0");
	if (!number || digits == 0 ||
	    typed[strspn(typed, "123456789")] != '\0' || strlen(typed) != 1)
		return -1;
	return typed[0] - '0' <= model->count ? typed[0] - '0' : -1;
}

/* An answer that makes sense, or the last that does not. */
static void
answer_question(struct pam_model *model, const char *typed, int64_t now_ms)
{
	int64_t choice = meaning(model, typed);

	if (choice < 0 && --model->tries > 0)
		return;
	model->tries = 0;
	model->choice = choice < 0 ? 0 : choice;
	if (model->account == NULL) {
		model->thinks = !model->hello;
		set_copy(&model->response,
		    model->kind >= PO_QUESTION_TEXT && model->choice == 1
			? typed
			: "");
	} else if (model->choice == 0) {
		model->verdict = PAM_MAXTRIES;
		set_copy(&model->declined, user_now(model));
	} else if (now_ms > model->deadline_ms - GRACE_MS) {
		model->verdict = PAM_AUTH_ERR;
	} else {
		model->verdict = finish(model, model->account);
	}
}

void
pam_model_answered(struct pam_model *model, int style, int code,
    const char *response, int64_t now_ms)
{
	if (style == PAM_ERROR_MSG || model->showing == 'r')
		return; /* chatter: nothing depends on it */
	if (code != PAM_SUCCESS ||
	    (style != PAM_TEXT_INFO && response == NULL)) {
		model->verdict = PAM_CONV_ERR;
		model->tries = 0;
	} else if (model->showing == 'q') {
		answer_question(model, response, now_ms);
	} else if (style == PAM_PROMPT_ECHO_ON && strcmp(response, "q") == 0) {
		model->verdict = PAM_MAXTRIES;
		set_copy(&model->declined, user_now(model));
	} else if (style == PAM_PROMPT_ECHO_ON && !model->left) {
		model->checks++;
	}
}

void
pam_model_user(struct pam_model *model, const char *user)
{
	model->login.user = user;
}

void
pam_model_logged(struct pam_model *model, const char *line)
{
	if (has_good_args(&model->login))
		require(is_safe_line(line, strlen(line)));
	if (strncmp(line, "helper: ", 8) == 0)
		return;
	/* the one line a login has */
	require(strncmp(line, "result=", 7) == 0 && model->decisions++ == 0);
	model->says_granted = strncmp(line, "result=granted ", 15) == 0;
}

/* --- how a login ends ----------------------------------------------------- */

void
pam_model_end(struct pam_model *model, int code, int64_t now_ms)
{
	require(model->expects_helper == model->spawned);
	require(pam_model_is_over(model));
	if (model->verdict == NOT_YET) { /* the helper never said */
		require(now_ms >= model->deadline_ms);
		model->verdict = PAM_SERVICE_ERR;
	}
	require(code == model->verdict);
	require(model->decisions == 1 && model->becomes == NULL);
	require(model->says_granted == (code == PAM_SUCCESS));
	require(model->errors == 0 || code != PAM_SUCCESS);
	require(model->reminders * REMIND_MS <= now_ms - model->begun_ms);
}
