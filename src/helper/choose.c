/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the person want to sign in, and with whom?  Asked as root, for the
 * answer decides which secret is read; of what they type a number arrives here
 * and no more.  See po_session_choose in session.h.
 */

#include "helper/session.h"

#define MENU_MAX 4096 /* 9 labels of 64 characters of 4 bytes: 2.3 KiB */

/* A line for each candidate; what is wrong with its settings shows here, too.
 */
static enum po_status
append_menu(const struct po_session *session, struct po_buf *text,
    int64_t *count, struct po_err *err)
{
	const char *service = session->start->service, *name;

	while ((name = po_config_choice(
		    session->config, service, (size_t)*count)) != NULL) {
		AUTO(po_settings_clear) struct po_settings s = { 0 };
		enum po_status st =
		    po_config_settings(session->config, service, name, &s, err);

		if (st != PO_OK)
			return st;
		++*count;
		po_buf_appendf(text, "%s\n", s.label);
	}
	return po_buf_check(text, err);
}

/* 0, or 1, or the number in the menu. */
static enum po_status
ask(struct po_session *session, const struct po_msg_question *question,
    int64_t *choice, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	enum po_status st = po_channel_ask(
	    session->channel, question, session->deadline_ms, &answer, err);

	if (st != PO_OK)
		return st;
	*choice = answer.answer.choice;
	return *choice != 0 ? PO_OK
			    : po_err_set(err, PO_E_SKIPPED,
				  "answered no to the question whether to "
				  "sign in");
}

static enum po_status
choose_provider(struct po_session *session, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(MENU_MAX);
	struct po_msg_question question = { .kind = PO_QUESTION_NUMBER };
	const char *service = session->start->service;
	int64_t choice;
	enum po_status st;

	st = append_menu(session, &text, &question.count, err);
	if (st != PO_OK)
		return st;
	question.text = po_buf_str(&text);
	/* nobody's until it is chosen, and for the log neither */
	po_settings_clear(&session->settings);
	if ((st = ask(session, &question, &choice, err)) != PO_OK)
		return st;
	return po_config_settings(session->config, service,
	    po_config_choice(session->config, service, (size_t)choice - 1),
	    &session->settings, err);
}

enum po_status
po_session_choose(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const struct po_msg_question question = {
		.kind = PO_QUESTION_YES,
		.text = s->label,
	};
	int64_t choice;

	/* provider= of the module leaves no choice */
	if (session->start->provider[0] == '\0' &&
	    po_config_choice(session->config, s->service, 1) != NULL)
		return choose_provider(session, err);
	return s->ask ? ask(session, &question, &choice, err) : PO_OK;
}
