/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is an account that somebody has come in to in another way still in order at
 * the provider?  What may be lost with an answer is told to the module before
 * the request, and what is new at once.  See liveness.h.
 */

#include "helper/liveness.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "helper/exchange.h"
#include "helper/identity.h"
#include "oauth/refresh.h"

/* The module waits 10 s (module/liveness.c); a reason in time is better. */
#define DEADLINE_MS 8000

struct po_liveness_rules
po_liveness_rules(const struct po_settings *settings)
{
	return (struct po_liveness_rules){
		.provider = settings->provider,
		.issuer = settings->issuer,
		.client_id = settings->client_id,
		.grace_s = settings->liveness_grace_s,
		.interval_s = settings->liveness_interval_s,
		.refuse_missing =
		    settings->liveness_missing == PO_LIVENESS_REFUSE,
	};
}

/* Has the module write down that the token may be gone from now on. */
static enum po_status
announce(struct po_session *session, struct po_err *err)
{
	struct po_channel *channel = session->channel;
	const struct po_message hello = {
		.type = PO_MSG_HELLO,
		.hello = { .version = PO_MESSAGE_VERSION,
		    .timeout_s = DEADLINE_MS / 1000,
		    .account = "" },
	};
	enum po_status st = po_ipc_send(&channel->ipc, &hello, err);

	while (st == PO_OK && channel->checks == 0) {
		if (po_clock_ms() >= session->deadline_ms)
			return po_err_set(err, PO_E_HELPER,
			    "module: no word about the record in time");
		st = po_channel_wait(channel, session->deadline_ms, err);
	}
	return st;
}

static enum po_status
refresh(struct po_session *session, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	struct po_tokens *tokens = &session->flow.tokens;
	struct po_message renewed = { .type = PO_MSG_RENEWED };
	struct po_err refusal = { 0 };
	enum po_status st;

	st = po_refresh_request(session->metadata.token_endpoint,
	    &session->client, session->live.token, &request, err);
	if (st != PO_OK || (st = announce(session, err)) != PO_OK ||
	    (st = session->transport.send(session, &request, &response, err)) !=
		PO_OK)
		return st;
	if ((st = po_refresh_parse(&response, tokens, &refusal)) != PO_OK) {
		po_err_redact(&refusal, session->live.token);
		po_err_redact(&refusal, session->own.client_secret);
		po_session_note_refusal(session, &session->client, st);
		return po_err_set(err, st, "%s", refusal.text);
	}
	renewed.renewed.token =
	    tokens->refresh_token != NULL ? tokens->refresh_token : "";
	return po_ipc_send(&session->channel->ipc, &renewed, err);
}

/* All that a sign-in is followed by, for the one that was long ago. */
static enum po_status
ask_provider(struct po_session *session, struct po_err *err)
{
	enum po_status st;

	session->start_ms = po_clock_ms();
	session->start_epoch_s = po_clock_epoch_s();
	session->cache = po_cache_new(session->cache_dir, &session->log);
	session->cache_dir = -1;
	/* Core 12.2: if there is one, it is that of the sign-in */
	(void)snprintf(
	    session->nonce, sizeof(session->nonce), "%s", session->live.nonce);
	/* of how and when they sign in; nobody does now */
	session->settings.acr_values = NULL;
	session->settings.max_age_s = 0;
	if ((st = po_session_discover(session, err)) != PO_OK ||
	    (st = refresh(session, err)) != PO_OK)
		return st;
	return po_identity_decide(session, err);
}

enum po_status
po_liveness_decide(struct po_session *session,
    const struct po_msg_liveness *message, bool *proven, struct po_err *err)
{
	struct po_liveness_rules rules;
	bool ask = false;
	enum po_status st;

	*proven = false;
	session->start = &message->start;
	session->liveness = true;
	session->deadline_ms = po_clock_ms() + DEADLINE_MS;
	session->flow.deadline_ms = session->deadline_ms;
	if (message->record[0] != '\0' &&
	    (st = po_liveness_parse(message->record, &session->live, err)) !=
		PO_OK)
		return st;
	if ((st = po_session_prepare_liveness(
		 session, message->busy, &ask, err)) != PO_OK ||
	    !ask || (st = po_session_confine(session, err)) != PO_OK)
		return st;
	st = ask_provider(session, err);
	*proven = st == PO_OK;
	rules = po_liveness_rules(&session->settings);
	return po_liveness_after(
	    &session->live, &rules, st, po_clock_epoch_s(), err);
}

enum po_status
po_liveness_of_session(
    const struct po_session *session, struct po_buf *out, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const char *token = session->flow.tokens.refresh_token;
	const struct po_liveness record = {
		.provider = s->provider,
		.issuer = s->issuer,
		.client_id = s->client_id,
		.sub = session->sub,
		.nonce = session->nonce,
		.token = token,
	};

	/* whose person is looked after, where an account has several? */
	if (s->liveness == PO_LIVENESS_OFF || !session->by_name)
		return PO_OK;
	if (token == NULL) {
		po_log(&session->log, PO_LOG_WARNING,
		    "liveness: the provider sent no refresh token (do the "
		    "scopes have offline_access?)");
		return PO_OK;
	}
	if (strlen(token) > PO_MESSAGE_REFRESH_MAX) {
		po_log(&session->log, PO_LOG_WARNING,
		    "liveness: refresh token longer than %d bytes",
		    PO_MESSAGE_REFRESH_MAX);
		return PO_OK;
	}
	po_liveness_print(&record, out);
	return po_buf_check(out, err);
}
