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
#include "helper/channel.h"
#include "helper/session.h"
#include "io/sandbox.h"

#define SOCKET_FD 3 /* PO_HELPER_FD of module/spawn.h */

static enum po_status
hello(struct po_session *session, struct po_err *err)
{
	struct po_message message = {
		.type = PO_MSG_HELLO,
		.hello = { .version = PO_MESSAGE_VERSION,
		    .timeout_s = session->settings.timeout_s },
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

/* What the module keeps of a login that succeeded. */
static enum po_status
grant(const struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	struct po_message message = {
		.type = PO_MSG_GRANT,
		.grant = {
		    .provider = s->provider,
		    .issuer = s->issuer,
		    .sub = session->sub,
		    .bind = s->bind == PO_BIND_FIRST_USE,
		    .min_uid = s->min_uid,
		    .exports = "",
		    .keep = PO_KEEP_NONE,
		    .token = "",
		},
	};

	return po_ipc_send(&session->channel->ipc, &message, err);
}

static enum po_status
report(const struct po_session *session, enum po_status status,
    const struct po_err *cause, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf fields = PO_BUF_INIT(4096);
	struct po_message message = { .type = PO_MSG_RESULT };
	enum po_status st;

	if (status == PO_OK && (st = grant(session, err)) != PO_OK)
		return st;
	po_session_log_fields(session, &fields);
	message.result = (struct po_msg_result){
		.status = status,
		.account = status == PO_OK ? session->start->user : "",
		.detail = cause->text,
		.fields = po_buf_str(&fields),
	};
	return po_ipc_send(&session->channel->ipc, &message, err);
}

/* From START to RESULT. */
static enum po_status
serve(struct po_channel *channel, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message start = { 0 };
	AUTO(po_session_clear) struct po_session session = { 0 };
	struct po_err cause = { 0 };
	enum po_status st;

	if ((st = po_channel_start(channel, &start, err)) != PO_OK)
		return st;
	session.channel = channel;
	session.start = &start.start;
	session.log = (struct po_log){
		.write = po_channel_log,
		.arg = channel,
		.debug = start.start.debug,
	};
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

	if (argc > 1 || !is_socket(SOCKET_FD)) {
		(void)fprintf(stderr,
		    "%s is started by pam_oauth.so; see pam_oauth(8)\n",
		    argc > 0 ? argv[0] : "pam_oauth_helper");
		return 2;
	}
	/* with the socket unusable there is nobody to tell */
	if (po_sandbox_begin(&err) != PO_OK ||
	    po_channel_open(&channel, SOCKET_FD, &err) != PO_OK ||
	    serve(&channel, &err) != PO_OK)
		return 1;
	return 0;
}
