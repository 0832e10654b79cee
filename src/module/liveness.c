/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account phase of logins that are not ours.  A refresh token may be lost
 * with every crash, so the record is on disk before the token is used, and the
 * new one before anybody comes in.  See liveness.h.
 */

#include "module/liveness.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "base/clock.h"
#include "base/liveness.h"
#include "base/mem.h"
#include "base/record.h"
#include "base/spawn.h"
#include "module/conversation.h"
#include "module/decision.h"
#include "module/helper_log.h"
#include "module/outcome.h"
#include "module/user.h"

/* Two requests that time out after 5 s are longer than anybody waits for a
 * shell; together both are far below LoginGraceTime. */
#define LOCK_DEADLINE_MS 5000
#define HELPER_DEADLINE_MS 10000

struct check {
	pam_handle_t *pamh;
	const struct po_login_args *args;
	/* copies: the application may replace an item while it converses */
	char *service;
	char *user;
	char *rhost;
	char id[9]; /* ties the lines of one check together in the log */
	uid_t uid;
	struct po_store store;
	int lock_fd;
	bool busy; /* another process has the lock */
	bool found;
	struct po_liveness record;
	struct po_child child;
	bool announced;           /* HELLO: the token is in use ... */
	bool marked;              /* ... and we were the first to say so */
	struct po_message result; /* type 0: none came */
};

static void
check_clear(struct check *check)
{
	po_child_end(&check->child);
	po_message_clear(&check->result);
	po_liveness_clear(&check->record);
	po_fd_close(&check->lock_fd);
	po_store_close(&check->store);
	po_str_free(&check->service);
	po_str_free(&check->user);
	po_str_free(&check->rhost);
}

static enum po_status
read_record(struct check *check, struct po_err *err)
{
	struct po_err late = { 0 };
	enum po_status st;

	if ((st = po_liveness_open(&check->store, err)) != PO_OK)
		return st;
	st = po_liveness_lock(&check->store, check->uid,
	    po_clock_ms() + LOCK_DEADLINE_MS, &check->lock_fd, &late);
	check->busy = st == PO_E_EXPIRED;
	if (st != PO_OK && !check->busy)
		return po_err_set(err, st, "%s", late.text);
	return po_liveness_read(
	    &check->store, check->user, &check->record, &check->found, err);
}

static enum po_status
write_record(const struct check *check, struct po_err *err)
{
	return po_liveness_write(
	    &check->store, check->user, &check->record, err);
}

static enum po_status
start_helper(struct check *check, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_MESSAGE_RECORD_MAX);
	struct po_message message = { .type = PO_MSG_LIVENESS };
	unsigned *allowed = check->child.ipc.allowed;
	enum po_status st;

	if (check->found)
		po_liveness_print(&check->record, &record);
	message.liveness = (struct po_msg_liveness){
		.start = { .version = PO_MESSAGE_VERSION,
		    .service = check->service,
		    .user = check->user,
		    .uid = check->uid,
		    .rhost = check->rhost,
		    .config_file = check->args->config_file,
		    .provider = check->args->provider,
		    .command = "",
		    .debug = check->args->debug },
		.record = po_buf_str(&record),
		.busy = check->busy,
	};
	if ((st = po_buf_check(&record, err)) != PO_OK ||
	    (st = po_child_spawn(&check->child, err)) != PO_OK)
		return st;
	allowed[PO_MSG_LOG] = PO_HELPER_LOG_LINES_MAX;
	allowed[PO_MSG_RESULT] = 1;
	/* without the lock, or a token, there is nothing to use */
	allowed[PO_MSG_HELLO] =
	    check->found && !check->busy && check->record.closed_s == 0;
	return po_ipc_send(&check->child.ipc, &message, err);
}

/* The token is about to be used: from now on it may be gone. */
static enum po_status
on_hello(struct check *check, struct po_err *err)
{
	const struct po_message go_on = { .type = PO_MSG_CHECK };
	enum po_status st;

	check->announced = true;
	if (check->record.begun_s == 0) {
		check->marked = true;
		check->record.begun_s = po_clock_epoch_s();
		if ((st = write_record(check, err)) != PO_OK)
			return st;
	}
	check->child.ipc.allowed[PO_MSG_RENEWED] = 1;
	return po_ipc_send(&check->child.ipc, &go_on, err);
}

/* RFC 6749 A.17: 1*VSCHAR. */
static enum po_status
on_renewed(struct check *check, const char *token, struct po_err *err)
{
	enum po_status st;

	if (!po_record_is_value(token, 0, SIZE_MAX))
		return po_err_set(
		    err, PO_E_HELPER, "token with other than visible ASCII");
	if (token[0] != '\0' &&
	    (st = po_liveness_set_token(&check->record, token, err)) != PO_OK)
		return st;
	check->record.begun_s = 0;
	return write_record(check, err);
}

/* Talks until the RESULT. */
static enum po_status
converse(struct check *check, struct po_err *err)
{
	int64_t deadline_ms = po_clock_ms() + HELPER_DEADLINE_MS;
	enum po_status st = PO_OK;

	while (st == PO_OK) {
		AUTO(po_message_clear) struct po_message message = { 0 };
		struct po_err why = { 0 };

		st = po_ipc_receive(
		    &check->child.ipc, deadline_ms, &message, &why);
		if (st != PO_OK)
			return po_err_set(err,
			    st == PO_E_EXPIRED ? PO_E_HELPER : st, "helper: %s",
			    st == PO_E_EXPIRED ? "no verdict in time"
					       : why.text);
		if (message.type == PO_MSG_LOG) {
			po_helper_log(check->pamh, &message.log, check->id);
		} else if (message.type == PO_MSG_HELLO) {
			st = on_hello(check, err);
		} else if (message.type == PO_MSG_RENEWED) {
			st = on_renewed(check, message.renewed.token, err);
		} else {
			check->result = message;
			message = (struct po_message){ 0 };
			return PO_OK;
		}
	}
	return st;
}

/* What the record becomes; it is kept before anybody comes in. */
static enum po_status
settle(struct check *check, enum po_status status, struct po_err *err)
{
	struct po_liveness *record = &check->record;
	int pam_code = po_outcome(status)->pam_code;
	struct po_err why = { 0 };
	enum po_status st;

	if (!check->announced)
		return status;
	if (status == PO_OK && check->result.result.account[0] != '\0') {
		record->good_s = po_clock_epoch_s();
	} else if (status == PO_E_CLOSED) {
		if ((st = po_liveness_set_token(record, "", err)) != PO_OK)
			return st;
		record->closed_s = po_clock_epoch_s();
	} else if (pam_code == PAM_PERM_DENIED ||
		   (pam_code == PAM_AUTH_ERR && status != PO_E_TOO_LARGE)) {
		/* a no about the person: no grace after that */
		record->good_s = 0;
	} else if (status != PO_E_CLIENT_REFUSED) {
		return status;
	}
	/* an answer has come, and if it brought a token, that is kept; what
	 * was lost before us stays lost */
	if (check->marked)
		record->begun_s = 0;
	st = write_record(check, &why);
	return st == PO_OK || status != PO_OK
		   ? status
		   : po_err_set(err, st, "%s", why.text);
}

/* The helper's word, if it can be. */
static enum po_status
judge(const struct check *check, struct po_err *err)
{
	const struct po_msg_result *result = &check->result.result;

	if (result->status < PO_OK || result->status >= PO_STATUS_COUNT)
		return po_err_set(err, PO_E_HELPER, "result with status %lld",
		    (long long)result->status);
	/* what the configuration says is said before the network */
	if (result->status == PO_E_SKIPPED && check->announced)
		return po_err_set(err, PO_E_HELPER,
		    "no opinion after the provider was asked");
	if (result->status == PO_OK && !check->found)
		return po_err_set(err, PO_E_HELPER, "success without a record");
	if (result->account[0] != '\0' &&
	    (!check->announced || !po_str_equal(result->account, check->user)))
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "the account proven is not the account asked for");
	return result->status == PO_OK
		   ? PO_OK
		   : po_err_set(err, (enum po_status)result->status, "%s",
			 result->detail);
}

static enum po_status
ask(struct check *check, struct po_err *err)
{
	enum po_status st;

	if (check->service[0] == '\0')
		return po_err_set(err, PO_E_INTERNAL, "no PAM service");
	if ((st = po_user_find(check->pamh, check->user, &check->uid, err)) !=
		PO_OK ||
	    (st = read_record(check, err)) != PO_OK ||
	    (st = start_helper(check, err)) != PO_OK ||
	    (st = converse(check, err)) != PO_OK)
		return st;
	return settle(check, judge(check, err), err);
}

static void
tell(const struct check *check, int flags, enum po_status status,
    const struct po_err *err)
{
	const struct po_conversation conversation = {
		.pamh = check->pamh,
		.service = check->service,
		.user = check->user,
		.silent = ((unsigned)flags & PAM_SILENT) != 0,
	};
	const struct po_decision decision = {
		.status = status,
		.user = check->user,
		.rhost = check->rhost,
		.id = check->id,
		.fields = check->result.type == PO_MSG_RESULT
			      ? check->result.result.fields
			      : "",
		.detail = err->text,
	};

	po_decision_log(check->pamh, &decision);
	po_conversation_end(&conversation, po_outcome(status)->sentence);
}

enum po_status
po_liveness_check(
    pam_handle_t *pamh, int flags, const struct po_login_args *args)
{
	AUTO(check_clear)
	struct check check = {
		.pamh = pamh,
		.args = args,
		.service = po_str_dup(po_user_item(pamh, PAM_SERVICE)),
		.user = po_str_dup(po_user_item(pamh, PAM_USER)),
		.rhost = po_str_dup(po_user_item(pamh, PAM_RHOST)),
		.store = PO_STORE_INIT,
		.lock_fd = -1,
		.child = PO_CHILD_INIT,
	};
	struct po_err err = { 0 };
	enum po_status status;
	uint32_t id = 0;

	if (check.service == NULL || check.user == NULL || check.rhost == NULL)
		return PO_E_NOMEM;
	/* an id of 0 is as good a label as any, should there be no entropy */
	(void)!getrandom(&id, sizeof(id), GRND_NONBLOCK);
	(void)snprintf(check.id, sizeof(check.id), "%08x", id);
	status = ask(&check, &err);
	po_child_end(&check.child);
	if (status == PO_E_HELPER)
		po_child_blame(&check.child, &err);
	if (status != PO_E_SKIPPED)
		tell(&check, flags, status, &err);
	return status;
}

static enum po_status
replace_record(const char *account, uid_t uid, const struct po_liveness *record,
    struct po_err *err)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	AUTO(po_fd_close) int lock_fd = -1;
	int64_t deadline_ms = po_clock_ms() + LOCK_DEADLINE_MS;
	enum po_status st;

	if ((st = po_liveness_open(&store, err)) != PO_OK ||
	    (st = po_liveness_lock(&store, uid, deadline_ms, &lock_fd, err)) !=
		PO_OK)
		return st;
	return po_liveness_write(&store, account, record, err);
}

enum po_status
po_liveness_begin(pam_handle_t *pamh, const struct po_msg_grant *grant,
    const char *account, uid_t uid, const char *id, struct po_err *err)
{
	AUTO(po_liveness_clear) struct po_liveness record = { 0 };
	struct po_err why = { 0 };

	if (grant->record[0] == '\0')
		return PO_OK;
	/* whoever is taken over may lie about this sign-in, and no other */
	if (po_liveness_parse(grant->record, &record, NULL) != PO_OK ||
	    !po_str_equal(record.issuer, grant->issuer) ||
	    !po_str_equal(record.sub, grant->sub))
		return po_err_set(
		    err, PO_E_HELPER, "a record that is not of this sign-in");
	record.good_s = po_clock_epoch_s();
	record.begun_s = 0;
	if (replace_record(account, uid, &record, &why) != PO_OK)
		pam_syslog(pamh, LOG_WARNING,
		    "liveness: record not kept: %s id=%s", why.text, id);
	return PO_OK;
}
