/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions with an answer, the helper's and our own.  See question.h. */

#include "module/question.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/question.h"

/* what stands before it, and a QUESTION's text, each byte replaced */
#define TEXT_MAX (80 * 1024)
#define TRIES 3 /* who misses three times is not to be had */

/* Asks until the answer makes sense; after TRIES it is no, or none. */
static enum po_status
ask(const struct po_conversation *conversation, const char *lead,
    const struct po_msg_question *question, int64_t *choice, char **typed,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(TEXT_MAX);
	enum po_status st;

	*choice = 0;
	for (int i = 0; i < TRIES; i++) {
		po_buf_clear(&text);
		if (i == 0)
			po_buf_append_str(&text, lead);
		po_question_append(&text, question, conversation->user, *typed);
		po_str_free(typed);
		if ((st = po_buf_check(&text, err)) != PO_OK ||
		    (st = po_conversation_ask(conversation, po_buf_str(&text),
			 question->kind != PO_QUESTION_SECRET, typed, err)) !=
			PO_OK)
			return st;
		if (po_question_read(question, *typed, choice))
			return PO_OK;
	}
	*choice = 0;
	return PO_OK;
}

enum po_status
po_question_relay(const struct po_conversation *conversation,
    struct po_ipc *ipc, struct po_buf *lead,
    const struct po_msg_question *question, struct po_err *err)
{
	AUTO(po_str_free) char *typed = NULL;
	struct po_message message = { .type = PO_MSG_ANSWER };
	struct po_err why = { 0 };
	bool is_text = question->kind == PO_QUESTION_TEXT ||
		       question->kind == PO_QUESTION_SECRET;
	enum po_status st;

	if (!po_question_valid(question))
		return po_err_set(
		    err, PO_E_HELPER, "question of no known kind");
	st = ask(conversation, po_buf_str(lead), question,
	    &message.answer.choice, &typed, err);
	po_buf_clear(lead);
	if (st != PO_OK)
		return st;
	message.answer.text =
	    is_text && message.answer.choice != 0 ? typed : "";
	st = po_ipc_send(ipc, &message, &why);
	return st == PO_OK || st == PO_E_HELPER
		   ? PO_OK
		   : po_err_set(err, st, "%s", why.text);
}

enum po_status
po_question_confirm(const struct po_conversation *conversation,
    const struct po_message *grant, int64_t deadline_ms, struct po_err *err)
{
	AUTO(po_str_free) char *typed = NULL;
	struct po_msg_question question = { .kind = PO_QUESTION_NO };
	const char *approver;
	enum po_status st;
	int64_t choice;

	if (grant->type != PO_MSG_GRANT || grant->grant.approver[0] == '\0')
		return po_err_set(err, PO_E_HELPER,
		    "nobody was named who is to be confirmed");
	approver = question.text = grant->grant.approver;
	if ((st = ask(conversation, "", &question, &choice, &typed, err)) !=
	    PO_OK)
		return st;
	if (choice != 1)
		return po_err_set(err, PO_E_NOT_CONFIRMED,
		    "approved by \"%s\", which was not confirmed", approver);
	if (po_clock_ms() > deadline_ms)
		return po_err_set(err, PO_E_EXPIRED, "not confirmed in time");
	return PO_OK;
}
