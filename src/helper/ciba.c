/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CIBA: the approval happens on a phone.  What the person at the terminal sees,
 * and how long it takes, must not tell whom the provider knows: so the prompt
 * comes before the request, and whatever is not an answer of theirs ends when
 * the login does.  See grant.h.
 */

#include "helper/grant.h"

#include "base/clock.h"
#include "base/mem.h"
#include "helper/exchange.h"
#include "oauth/ciba.h"

/* Polls are as far apart that nobody has asked for otherwise. */
#define PULSE_MS (PO_DEVICE_INTERVAL_DEFAULT_S * 1000)

static enum po_status
show(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const struct po_message message = {
		.type = PO_MSG_PROMPT,
		.prompt = { .kind = PO_PROMPT_CIBA,
		    .label = s->label,
		    .message = s->message != NULL ? s->message : "",
		    .verification_uri = "",
		    .verification_uri_complete = "",
		    .user_code =
			session->binding != NULL ? session->binding : "",
		    .qr = "",
		    .expires_in_s =
			(session->flow.deadline_ms - po_clock_ms()) / 1000,
		    .style = s->prompt },
	};

	return po_ipc_send(&session->channel->ipc, &message, err);
}

/* What keeps strangers from making the phone ring (CIBA Core 7.1). */
static enum po_status
ask_user_code(struct po_session *session, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	const struct po_msg_question question = {
		.kind = PO_QUESTION_SECRET,
		.text = session->settings.label,
	};
	enum po_status st;

	if (!session->settings.user_code)
		return PO_OK;
	if ((st = po_channel_ask(session->channel, &question,
		 session->flow.deadline_ms, &answer, err)) != PO_OK)
		return st;
	if (answer.answer.choice == 0)
		return po_err_set(err, PO_E_CANCELLED, "no user code given");
	session->user_code = po_str_dup(answer.answer.text);
	return session->user_code != NULL
		   ? PO_OK
		   : po_err_set(err, PO_E_NOMEM, "out of memory");
}

static enum po_status
request_approval(struct po_session *session, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_device_authorization_clear)
	struct po_device_authorization device = { 0 };
	const struct po_settings *s = &session->settings;
	const struct po_ciba_params params = {
		.scope = s->scopes,
		.login_hint = session->login_hint,
		.binding_message = session->binding,
		.acr_values = s->acr_values,
		.user_code = session->user_code,
		.max_age_s = s->max_age_s,
		.requested_expiry_s =
		    (session->flow.deadline_ms - po_clock_ms()) / 1000,
	};
	struct po_err failure = { 0 };
	bool answered = false;
	enum po_status st;

	st = po_ciba_request(
	    session->metadata.backchannel_authentication_endpoint,
	    &session->client, &params, &request, err);
	if (st != PO_OK ||
	    (st = po_exchange(session, &request, &response, &answered, err)) !=
		PO_OK ||
	    !answered)
		return st;
	if (po_ciba_parse(&response, &device, &failure) == PO_OK) {
		po_flow_device(&session->flow, po_clock_ms(), &device);
	} else {
		po_err_redact(&failure, session->own.client_secret);
		po_err_redact(&failure, session->user_code);
		po_session_note_refusal(
		    session, &session->client, failure.status);
		po_flow_failed(&session->flow, po_clock_ms(), &failure);
	}
	return PO_OK;
}

/* The person knows already; the pause before the first poll is for the JWKS. */
static enum po_status
use_pause(struct po_session *session, struct po_err *err PO_UNUSED)
{
	po_exchange_early_jwks(session);
	return PO_OK;
}

/* As if somebody could still approve. */
static enum po_status
outlast(struct po_session *session, struct po_err *err)
{
	int64_t end_ms = session->flow.deadline_ms;
	enum po_status st = PO_OK;

	while (st == PO_OK && po_clock_ms() < end_ms) {
		int64_t until_ms = po_clock_ms() + PULSE_MS;

		st = po_grant_wait(
		    session, until_ms < end_ms ? until_ms : end_ms, err);
		if (st == PO_OK)
			st = po_channel_pending(session->channel, err);
	}
	return st;
}

enum po_status
po_grant_ciba(struct po_session *session, struct po_err *err)
{
	static const struct po_grant ciba = { request_approval, use_pause };
	struct po_err why = { 0 };
	enum po_status st;

	if (session->metadata.backchannel_authentication_endpoint == NULL)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "%s offers no backchannel_authentication_endpoint to poll "
		    "for (CIBA): enable it there, or configure the endpoint",
		    session->settings.issuer);
	session->flow.renewals_left = 0;
	session->nonce[0] = '\0'; /* CIBA has none */
	if ((st = ask_user_code(session, err)) != PO_OK ||
	    (st = show(session, err)) != PO_OK)
		return st;
	st = po_grant_drive(session, &ciba, &why);
	/* whoever types a user code begins when they like */
	if (session->user_code != NULL)
		st = po_session_in_time(session, st, &why);
	if (st != PO_E_EXPIRED && st != PO_E_NOT_ASKED)
		return st == PO_OK ? st : po_err_set(err, st, "%s", why.text);
	/* now, for who asks before it is over */
	po_log(&session->log, PO_LOG_INFO, "%s", why.text);
	if ((st = outlast(session, err)) != PO_OK)
		return st;
	return po_err_set(err,
	    why.status == PO_E_EXPIRED ? PO_E_UNANSWERED : PO_E_NOT_ASKED, "%s",
	    why.text);
}
