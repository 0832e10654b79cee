/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a message from the other side of the socket.  What is accepted
 * must be the one spelling of what it decodes to, with every string in it;
 * of what is refused nothing is left.
 */

#include <string.h>

#include "base/message.h"
#include "fuzz.h"

/* A string of the message's own bytes, its NUL included. */
static void
require_inside(const struct po_message *message, const char *text)
{
	const char *bytes = (const char *)message->bytes.data;

	require(text > bytes);
	require(text + strlen(text) < bytes + message->bytes.len);
}

static void
check_strings(const struct po_message *message)
{
	const struct po_msg_prompt *prompt = &message->prompt;

	switch (message->type) {
	case PO_MSG_START:
		require_inside(message, message->start.service);
		require_inside(message, message->start.user);
		require_inside(message, message->start.rhost);
		require_inside(message, message->start.config_file);
		require_inside(message, message->start.provider);
		break;
	case PO_MSG_LOG:
		require_inside(message, message->log.text);
		break;
	case PO_MSG_PROMPT:
		require_inside(message, prompt->label);
		require_inside(message, prompt->message);
		require_inside(message, prompt->verification_uri);
		require_inside(message, prompt->verification_uri_complete);
		require_inside(message, prompt->user_code);
		require_inside(message, prompt->qr);
		break;
	case PO_MSG_RESULT:
		require_inside(message, message->result.account);
		require_inside(message, message->result.detail);
		require_inside(message, message->result.fields);
		break;
	case PO_MSG_GRANT:
		require_inside(message, message->grant.provider);
		require_inside(message, message->grant.issuer);
		require_inside(message, message->grant.sub);
		require_inside(message, message->grant.person);
		require_inside(message, message->grant.exports);
		require_inside(message, message->grant.token);
		require_inside(message, message->grant.approver);
		require_inside(message, message->grant.record);
		break;
	case PO_MSG_REVOKE:
		require_inside(message, message->revoke.service);
		require_inside(message, message->revoke.config_file);
		require_inside(message, message->revoke.provider);
		require_inside(message, message->revoke.issuer);
		require_inside(message, message->revoke.token);
		break;
	case PO_MSG_HELLO:
		require_inside(message, message->hello.account);
		break;
	case PO_MSG_QUESTION:
		require_inside(message, message->question.text);
		break;
	case PO_MSG_ANSWER:
		require_inside(message, message->answer.text);
		break;
	case PO_MSG_LIVENESS:
		require_inside(message, message->liveness.start.service);
		require_inside(message, message->liveness.start.user);
		require_inside(message, message->liveness.start.rhost);
		require_inside(message, message->liveness.start.config_file);
		require_inside(message, message->liveness.start.provider);
		require_inside(message, message->liveness.start.command);
		require_inside(message, message->liveness.record);
		break;
	case PO_MSG_RENEWED:
		require_inside(message, message->renewed.token);
		break;
	case PO_MSG_CHECK:
	case PO_MSG_PENDING:
	case PO_MSG_TYPE_COUNT:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct po_message none; /* all zero */
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(size);
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(size);
	AUTO(po_message_clear) struct po_message message = { 0 };
	struct po_err err = { 0 };
	enum po_status st;

	po_buf_append(&bytes, data, size);
	st = po_message_decode(&bytes, &message, &err);
	/* taken over in every case, and no reason but this one */
	require(bytes.len == 0 && bytes.data == NULL && err.status == st);
	require(st == PO_OK || st == PO_E_HELPER);
	if (st != PO_OK) {
		require(memcmp(&message, &none, sizeof(none)) == 0);
		return 0;
	}
	check_strings(&message);
	require(po_message_encode(&message, &again, NULL) == PO_OK);
	require(again.len == size && memcmp(again.data, data, size) == 0);
	return 0;
}
