/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam_oauth_helper: everything of a login that touches the network, JSON or
 * cryptography, in a process of its own, as a user of its own.  It is started
 * by pam_oauth.so with a socket as descriptor 3 and nothing else: no
 * arguments, no environment.  Its verdict travels in the RESULT message; the
 * exit status says nothing.
 */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "helper/channel.h"
#include "helper/grant.h"
#include "helper/liveness.h"
#include "helper/revoke.h"
#include "helper/session.h"
#include "io/sandbox.h"

/* What the module is to hold us to, from here on, comes before the network. */
static enum po_status
hello(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	bool kiosk = session->start->user[0] == '\0';
	/* whole seconds, begun ones too: 0 would be none */
	int64_t left_s = (session->deadline_ms - po_clock_ms() + 999) / 1000;
	struct po_message message = {
		.type = PO_MSG_HELLO,
		.hello = { .version = PO_MESSAGE_VERSION,
		    .timeout_s = left_s < 1 ? 1 : left_s,
		    .min_uid = kiosk ? s->min_uid : 0,
		    .account = s->account != NULL ? s->account : "",
		    .questions = s->flow == PO_FLOW_KIND_CODE
				     ? PO_CODE_TRIES
				     : session->ciba && s->user_code,
		    .confirm = s->confirm },
	};

	return po_ipc_send(&session->channel->ipc, &message, err);
}

/* The order is the point: nothing from the network while we are root. */
static enum po_status
login(struct po_session *session, struct po_err *err)
{
	enum po_status st;

	if ((st = po_session_prepare(session, err)) != PO_OK ||
	    (st = po_session_confine(session, err)) != PO_OK ||
	    (st = hello(session, err)) != PO_OK)
		return st;
	return po_session_run(session, err);
}

/* The token of keep_token, or NULL. */
static const char *
kept_token(const struct po_session *session)
{
	const struct po_tokens *tokens = &session->flow.tokens;
	const char *token = NULL;

	switch ((enum po_keep)session->settings.keep_token) {
	case PO_KEEP_ACCESS_TOKEN:
		token = tokens->access_token;
		break;
	case PO_KEEP_ID_TOKEN:
		token = tokens->id_token;
		break;
	case PO_KEEP_REFRESH_TOKEN:
		token = tokens->refresh_token;
		break;
	case PO_KEEP_NONE:
	case PO_KEEP_COUNT:
		return NULL;
	}
	/* who may come in does not hang on it */
	if (token == NULL)
		po_log(&session->log, PO_LOG_WARNING,
		    "keep_token: the provider sent no such token%s",
		    session->settings.keep_token == PO_KEEP_REFRESH_TOKEN
			? " (do the scopes have offline_access?)"
			: "");
	else if (strlen(token) > PO_MESSAGE_TOKEN_MAX)
		po_log(&session->log, PO_LOG_WARNING,
		    "keep_token: longer than %d bytes", PO_MESSAGE_TOKEN_MAX);
	else
		return token;
	return NULL;
}

/* What the module keeps of a login that succeeded. */
static enum po_status
grant(const struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const char *token = kept_token(session);
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_MESSAGE_RECORD_MAX);
	enum po_status st = po_liveness_of_session(session, &record, err);
	struct po_message message = {
		.type = PO_MSG_GRANT,
		.grant = {
		    .provider = s->provider,
		    .issuer = s->issuer,
		    .sub = session->sub,
		    .person = session->person != NULL ? session->person : "",
		    .bind =
			s->bind == PO_BIND_FIRST_USE && session->by_name,
		    .exports = po_buf_str(&session->exported),
		    .keep = token == NULL ? PO_KEEP_NONE : s->keep_token,
		    .token = token == NULL ? "" : token,
		    .approver =
			session->approver != NULL ? session->approver : "",
		    .record = po_buf_str(&record),
		},
	};

	return st == PO_OK ? po_ipc_send(&session->channel->ipc, &message, err)
			   : st;
}

/*
 * The verdict.  Whoever gets it kills us, so there is no time afterwards: what
 * is secret goes first.
 */
static enum po_status
tell(struct po_session *session, const struct po_msg_result *result,
    struct po_err *err)
{
	const struct po_message message = {
		.type = PO_MSG_RESULT,
		.result = *result,
	};

	po_session_clear(session);
	po_mem_wipe_stack();
	return po_ipc_send(&session->channel->ipc, &message, err);
}

static enum po_status
report(struct po_session *session, enum po_status status,
    const struct po_err *cause, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf fields = PO_BUF_INIT(4096);
	AUTO(po_str_free) char *chosen = TAKE(session->account);
	const char *account = chosen != NULL ? chosen : session->start->user;
	struct po_msg_result result = {
		.status = status,
		.account = status == PO_OK ? account : "",
		.detail = cause->text,
	};
	enum po_status st;

	if (status == PO_OK && (st = grant(session, err)) != PO_OK)
		return st;
	po_session_log_fields(session, &fields);
	result.fields = po_buf_str(&fields);
	return tell(session, &result, err);
}

/* The end of a session instead. */
static enum po_status
end_token(
    struct po_session *session, struct po_message *message, struct po_err *err)
{
	struct po_err cause = { 0 };
	const struct po_msg_result result = {
		.status = po_revoke(session, &message->revoke, &cause),
		.account = "",
		.detail = cause.text,
		.fields = "",
	};

	po_message_clear(message);
	return tell(session, &result, err);
}

/* Another way in; of the record nothing is left when the verdict is told. */
static enum po_status
judge_account(
    struct po_session *session, struct po_message *message, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf fields = PO_BUF_INIT(4096);
	AUTO(po_str_free)
	char *user = po_str_dup(message->liveness.start.user);
	struct po_err cause = { 0 };
	bool proven = false;
	struct po_msg_result result = { .detail = cause.text };

	result.status = user == NULL
			    ? po_err_set(&cause, PO_E_NOMEM, "out of memory")
			    : po_liveness_decide(
				  session, &message->liveness, &proven, &cause);
	result.account = proven ? user : "";
	po_session_log_fields(session, &fields);
	result.fields = po_buf_str(&fields);
	po_message_clear(message);
	return tell(session, &result, err);
}

/* From START, REVOKE or LIVENESS to RESULT. */
static enum po_status
serve(struct po_channel *channel, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message first = { 0 };
	AUTO(po_session_clear) struct po_session session = PO_SESSION_INIT;
	struct po_err cause = { 0 };
	enum po_status st;

	if ((st = po_channel_start(channel, &first, err)) != PO_OK)
		return st;
	session.channel = channel;
	session.log = (struct po_log){
		.write = po_channel_log,
		.arg = channel,
		.debug = first.type == PO_MSG_REVOKE ? first.revoke.debug
			 : first.type == PO_MSG_START
			     ? first.start.debug
			     : first.liveness.start.debug,
	};
	if (first.type == PO_MSG_LIVENESS)
		return judge_account(&session, &first, err);
	if (first.type == PO_MSG_REVOKE)
		return end_token(&session, &first, err);
	session.start = &first.start;
	st = login(&session, &cause);
	return report(&session, st, &cause, err);
}

/* Somebody may run it by hand to see what it is. */
static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int
main(int argc, char **argv)
{
	AUTO(po_channel_close)
	struct po_channel channel = {
		.ipc = { .fd = -1 },
		.signal_fd = -1,
	};
	struct po_err err = { 0 };

	if (argc > 1 || !is_socket(PO_HELPER_FD)) {
		(void)fprintf(stderr,
		    "%s is started by pam_oauth.so; see pam_oauth(8)\n",
		    argc > 0 ? argv[0] : "pam_oauth_helper");
		return 2;
	}
	po_jose_init();
	/* with the socket unusable there is nobody to tell */
	if (po_sandbox_begin(&err) != PO_OK ||
	    po_channel_open(&channel, PO_HELPER_FD, &err) != PO_OK ||
	    serve(&channel, &err) != PO_OK)
		return 1;
	return 0;
}
