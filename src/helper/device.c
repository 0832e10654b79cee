/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device grant: performs what the flow machine asks for, while the person
 * is busy with the browser.  See grant.h.
 */

#include "helper/grant.h"

#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "helper/exchange.h"
#include "helper/qr.h"
#include "jose/b64url.h"
#include "jose/sign.h"
#include "oauth/device.h"
#include "oauth/token.h"

/* An early Enter waits this long for the next poll before it is answered. */
#define CHECK_PATIENCE_MS 10000

/* Greeters draw no terminal characters; everything else gets the QR. */
static bool
draws_text(const char *service)
{
	static const char *const greeters[] = { "gdm", "lightdm", "sddm",
		"greetd", "lxdm", "xdm", "cockpit" };

	for (size_t i = 0; i < PO_ARRAY_LEN(greeters); i++)
		if (strncmp(service, greeters[i], strlen(greeters[i])) == 0)
			return false;
	return true;
}

static void
append_qr(const struct po_session *session, struct po_buf *out)
{
	const struct po_device_authorization *device = &session->flow.device;
	int style = session->settings.qr;

	if (style == PO_QR_OFF ||
	    (style == PO_QR_AUTO && !draws_text(session->start->service)))
		return;
	po_qr_append(out,
	    device->verification_uri_complete != NULL
		? device->verification_uri_complete
		: device->verification_uri,
	    style == PO_QR_ASCII);
}

static enum po_status
send_prompt(struct po_session *session, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf qr = PO_BUF_INIT(32 * 1024);
	const struct po_flow *flow = &session->flow;
	const struct po_settings *s = &session->settings;
	int64_t ends_ms = flow->code_expires_ms < flow->deadline_ms
			      ? flow->code_expires_ms
			      : flow->deadline_ms;
	struct po_message message = { .type = PO_MSG_PROMPT };

	append_qr(session, &qr);
	message.prompt = (struct po_msg_prompt){
		.label = s->label,
		.message = s->message != NULL ? s->message : "",
		.verification_uri = flow->device.verification_uri,
		.verification_uri_complete =
		    flow->device.verification_uri_complete != NULL
			? flow->device.verification_uri_complete
			: "",
		.user_code = flow->device.user_code,
		.qr = po_buf_str(&qr),
		.expires_in_s = (ends_ms - po_clock_ms()) / 1000,
		.style = s->prompt,
		.renewed = flow->renewed,
	};
	return po_ipc_send(&session->channel->ipc, &message, err);
}

/* Shows the code, and uses the pause before the first poll for the JWKS. */
static enum po_status
prompt(struct po_session *session, struct po_err *err)
{
	enum po_status st = send_prompt(session, err);

	if (st == PO_OK)
		po_exchange_early_jwks(session);
	return st;
}

/* Where there is to be one. */
static enum po_status
make_challenge(
    struct po_session *session, struct po_buf *challenge, struct po_err *err)
{
	int pkce = session->settings.pkce;

	if (pkce == PO_PKCE_NO ||
	    (pkce == PO_PKCE_AUTO && !session->metadata.pkce))
		return PO_OK;
	return po_grant_challenge(session, challenge, err);
}

static enum po_status
request_device(struct po_session *session, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf challenge = PO_BUF_INIT(64);
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_device_authorization_clear)
	struct po_device_authorization device = { 0 };
	struct po_device_params params = {
		.scope = session->settings.scopes,
		.nonce = session->nonce[0] != '\0' ? session->nonce : NULL,
		.acr_values = session->settings.acr_values,
		.max_age_s = session->settings.max_age_s,
	};
	const struct po_client there = po_client_at_device(&session->client);
	struct po_err failure = { 0 };
	bool answered = false;
	enum po_status st;

	if ((st = make_challenge(session, &challenge, err)) != PO_OK)
		return st;
	if (challenge.len > 0)
		params.code_challenge = po_buf_str(&challenge);
	st = po_device_request(session->metadata.device_authorization_endpoint,
	    &session->client, &params, &request, err);
	if (st != PO_OK ||
	    (st = po_exchange(session, &request, &response, &answered, err)) !=
		PO_OK ||
	    !answered)
		return st;
	if (po_device_parse(&response, &device, &failure) == PO_OK) {
		po_flow_device(&session->flow, po_clock_ms(), &device);
	} else {
		po_err_redact(&failure, session->own.client_secret);
		po_session_note_refusal(session, &there, failure.status);
		po_flow_failed(&session->flow, po_clock_ms(), &failure);
	}
	return PO_OK;
}

static enum po_status
poll_token(struct po_session *session, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_token_answer_clear) struct po_token_answer answer = { 0 };
	bool answered = false;
	enum po_status st;

	st = session->ciba
		 ? po_token_ciba_request(session->metadata.token_endpoint,
		       &session->client, session->flow.device.device_code,
		       &request, err)
		 : po_token_device_request(session->metadata.token_endpoint,
		       &session->client, session->flow.device.device_code,
		       session->code_verifier, &request, err);
	if (st != PO_OK || (st = po_exchange(session, &request, &response,
				&answered, err)) != PO_OK)
		return st;
	if (answered) {
		po_token_parse(&response, &answer);
		po_err_redact(&answer.err, session->flow.device.device_code);
		po_err_redact(&answer.err, session->own.client_secret);
		po_err_redact(&answer.err, session->code_verifier);
		po_session_note_refusal(
		    session, &session->client, answer.err.status);
		po_flow_token(&session->flow, po_clock_ms(), &answer);
	}
	/* "not yet" for those who pressed Enter; other news speaks for itself
	 */
	if (session->flow.state == PO_FLOW_POLLING)
		return po_channel_pending(session->channel, err);
	return PO_OK;
}

enum po_status
po_grant_wait(struct po_session *session, int64_t until_ms, struct po_err *err)
{
	enum po_status st = PO_OK;

	while (st == PO_OK && po_clock_ms() < until_ms) {
		st = po_channel_wait(session->channel, until_ms, err);
		if (st == PO_OK && until_ms - po_clock_ms() > CHECK_PATIENCE_MS)
			st = po_channel_pending(session->channel, err);
	}
	return st;
}

/* Bounded by the login's deadline, which po_flow_next enforces. */
enum po_status
po_grant_drive(struct po_session *session, const struct po_grant *grant,
    struct po_err *err)
{
	struct po_flow *flow = &session->flow;
	enum po_status st = PO_OK;
	int64_t until_ms = 0;

	while (st == PO_OK) {
		switch (po_flow_next(flow, po_clock_ms(), &until_ms)) {
		case PO_FLOW_SEND_DEVICE:
			st = grant->request(session, err);
			break;
		case PO_FLOW_PROMPT:
			st = grant->prompt(session, err);
			break;
		case PO_FLOW_WAIT:
			st = po_grant_wait(session, until_ms, err);
			break;
		case PO_FLOW_SEND_TOKEN:
			st = poll_token(session, err);
			break;
		case PO_FLOW_DONE:
			return PO_OK;
		case PO_FLOW_FAIL:
			return po_err_set(
			    err, flow->err.status, "%s", flow->err.text);
		}
	}
	return st;
}

enum po_status
po_grant_device(struct po_session *session, struct po_err *err)
{
	static const struct po_grant device = { request_device, prompt };

	if (session->metadata.device_authorization_endpoint == NULL)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "%s offers no device_authorization_endpoint: enable the "
		    "device grant there, or configure the endpoint",
		    session->settings.issuer);
	return po_grant_drive(session, &device, err);
}
