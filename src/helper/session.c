/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login: performs what the flow machine asks for, while the person is
 * busy with the browser.  See session.h.
 */

#include "helper/session.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "helper/identity.h"
#include "helper/qr.h"
#include "oauth/device.h"
#include "oauth/provider.h"
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

/* Sends it; also notes what time it is at the provider. */
static enum po_status
send_request(struct po_session *session, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	enum po_status st = po_http_send(
	    session->http, request, session->flow.deadline_ms, response, err);

	if (st == PO_OK && response->date_s >= 0) {
		session->clock_skew_s = response->date_s - po_clock_epoch_s();
		session->clock_known = true;
	}
	return st;
}

/* A document, fetched; or an old copy while the provider has none to give. */
static enum po_status
fetch_document(struct po_session *session,
    const struct po_http_request *request, struct po_http_response *response,
    struct po_err *err)
{
	int64_t now_s = po_clock_epoch_s();
	struct po_err failure = { 0 };
	enum po_status st = send_request(session, request, response, &failure);
	bool ailing = st == PO_E_NETWORK || st == PO_E_HTTP ||
		      (st == PO_OK && response->status >= 500) ||
		      (st == PO_OK && response->status == 429);

	if (st == PO_OK && response->status == 200)
		po_cache_keep(session->cache, request->url, response,
		    request->refresh, now_s);
	if (ailing && !request->refresh) {
		AUTO(po_http_response_clear)
		struct po_http_response copy = { 0 };

		if (po_cache_get(session->cache, request->url,
			request->response_max, PO_CACHE_STALE, now_s, &copy)) {
			po_log(&session->log, PO_LOG_WARNING,
			    "%s: an old copy has to do", request->what);
			po_http_response_clear(response);
			*response = copy;
			copy = (struct po_http_response){ 0 };
			return PO_OK;
		}
	}
	return st == PO_OK ? st : po_err_set(err, st, "%s", failure.text);
}

/* The session's po_transport: the cache where it will do, else the network. */
static enum po_status
answer_request(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	struct po_session *session = arg;
	enum po_cache_use use =
	    request->refresh ? PO_CACHE_RECENT : PO_CACHE_FRESH;

	if (!request->cacheable)
		return send_request(session, request, response, err);
	session->reused = po_cache_get(session->cache, request->url,
	    request->response_max, use, po_clock_epoch_s(), response);
	if (session->reused)
		return PO_OK;
	return fetch_document(session, request, response, err);
}

bool
po_session_needs_jwks(const struct po_session *session)
{
	return session->jwks == NULL &&
	       (session->algs & PO_ALG_ASYMMETRIC) != 0;
}

/* Shows the code, and uses the pause before the first poll for the JWKS. */
static enum po_status
prompt(struct po_session *session, struct po_err *err)
{
	struct po_err ignored = { 0 };
	enum po_status st = send_prompt(session, err);

	if (st != PO_OK || !po_session_needs_jwks(session))
		return st;
	if (po_provider_fetch_jwks(&session->transport,
		session->metadata.jwks_uri, false, &session->jwks,
		&ignored) != PO_OK)
		/* tried again when it is needed */
		po_log(&session->log, PO_LOG_DEBUG, "%s", ignored.text);
	else
		po_cache_flush(session->cache);
	return PO_OK;
}

/*
 * Sends a request of the flow.  PO_E_CANCELLED is ours; any other failure is
 * the flow machine's to judge.
 */
static enum po_status
exchange(struct po_session *session, const struct po_http_request *request,
    struct po_http_response *response, bool *answered, struct po_err *err)
{
	struct po_err failure = { 0 };
	enum po_status st;

	st = send_request(session, request, response, &failure);
	*answered = st == PO_OK;
	if (st == PO_OK)
		return PO_OK;
	if (st == PO_E_CANCELLED)
		return po_err_set(err, st, "%s", failure.text);
	po_log(&session->log, PO_LOG_DEBUG, "%s", failure.text);
	po_flow_failed(&session->flow, po_clock_ms(), &failure);
	return PO_OK;
}

static enum po_status
request_device(struct po_session *session, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_device_authorization_clear)
	struct po_device_authorization device = { 0 };
	const struct po_device_params params = {
		.scope = session->settings.scopes,
		.nonce = session->nonce[0] != '\0' ? session->nonce : NULL,
		.acr_values = session->settings.acr_values,
		.max_age_s = session->settings.max_age_s,
	};
	struct po_err failure = { 0 };
	bool answered = false;
	enum po_status st;

	st = po_device_request(session->metadata.device_authorization_endpoint,
	    &session->client, &params, &request, err);
	if (st != PO_OK ||
	    (st = exchange(session, &request, &response, &answered, err)) !=
		PO_OK ||
	    !answered)
		return st;
	if (po_device_parse(&response, &device, &failure) == PO_OK) {
		po_flow_device(&session->flow, po_clock_ms(), &device);
	} else {
		po_err_redact(&failure, session->client_secret);
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

	st = po_token_device_request(session->metadata.token_endpoint,
	    &session->client, session->flow.device.device_code, &request, err);
	if (st != PO_OK || (st = exchange(session, &request, &response,
				&answered, err)) != PO_OK)
		return st;
	if (answered) {
		po_token_parse(&response, &answer);
		po_err_redact(&answer.err, session->flow.device.device_code);
		po_err_redact(&answer.err, session->client_secret);
		po_flow_token(&session->flow, po_clock_ms(), &answer);
	}
	/* "not yet" for those who pressed Enter; other news speaks for itself
	 */
	if (session->flow.state == PO_FLOW_POLLING)
		return po_channel_pending(session->channel, err);
	return PO_OK;
}

/* Until `until_ms`; an Enter is answered early when that is far away. */
static enum po_status
wait_until(struct po_session *session, int64_t until_ms, struct po_err *err)
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
static enum po_status
drive(struct po_session *session, struct po_err *err)
{
	struct po_flow *flow = &session->flow;
	enum po_status st = PO_OK;
	int64_t until_ms = 0;

	while (st == PO_OK) {
		switch (po_flow_next(flow, po_clock_ms(), &until_ms)) {
		case PO_FLOW_SEND_DEVICE:
			st = request_device(session, err);
			break;
		case PO_FLOW_PROMPT:
			st = prompt(session, err);
			break;
		case PO_FLOW_WAIT:
			st = wait_until(session, until_ms, err);
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

static enum po_status
make_nonce(struct po_session *session, struct po_err *err)
{
	uint8_t random[(PO_NONCE_SIZE - 1) / 2];

	if (!session->settings.nonce ||
	    session->settings.identity == PO_IDENTITY_API)
		return PO_OK;
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return po_err_sys(err, "getrandom");
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(&session->nonce[2 * i], 3, "%02x", random[i]);
	return PO_OK;
}

enum po_status
po_session_discover(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const struct po_endpoints by_hand = {
		.device_authorization_endpoint =
		    s->device_authorization_endpoint,
		.token_endpoint = s->token_endpoint,
		.userinfo_endpoint = s->userinfo_endpoint,
		.revocation_endpoint = s->revocation_endpoint,
		.jwks_uri = s->jwks_uri,
		.keyless = s->identity == PO_IDENTITY_API,
	};

	session->transport = (struct po_transport){ answer_request, session };
	return po_provider_discover(
	    &session->transport, s->issuer, &by_hand, &session->metadata, err);
}

static enum po_status
check_device(const struct po_session *session, struct po_err *err)
{
	if (session->metadata.device_authorization_endpoint != NULL)
		return PO_OK;
	return po_err_set(err, PO_E_UNSUPPORTED,
	    "%s offers no device_authorization_endpoint: enable the device "
	    "grant there, or configure the endpoint",
	    session->settings.issuer);
}

enum po_status
po_session_run(struct po_session *session, struct po_err *err)
{
	uint32_t jitter_seed = 0;
	enum po_status st;

	session->start_ms = po_clock_ms();
	session->start_epoch_s = po_clock_epoch_s();
	/* not a secret: only keeps a fleet from polling in step */
	(void)!getrandom(&jitter_seed, sizeof(jitter_seed), GRND_NONBLOCK);
	session->cache = po_cache_new(session->cache_dir, &session->log);
	session->cache_dir = -1;
	po_flow_init(&session->flow, session->deadline_ms, jitter_seed);
	if ((st = make_nonce(session, err)) != PO_OK ||
	    (st = po_session_discover(session, err)) != PO_OK ||
	    (st = check_device(session, err)) != PO_OK ||
	    (st = drive(session, err)) != PO_OK)
		return st;
	return po_identity_decide(session, err);
}

void
po_session_log_fields(const struct po_session *session, struct po_buf *out)
{
	const struct po_settings *s = &session->settings;
	int64_t wait_ms = po_clock_ms() - session->start_ms;

	if (s->provider == NULL)
		return; /* the configuration did not get that far */
	po_text_log_field(out, "provider", s->provider);
	po_text_log_field(out, "issuer", s->issuer);
	if (session->sub != NULL)
		po_text_log_field(out, "sub", session->sub);
	if (session->person != NULL)
		po_text_log_field(out, "person", session->person);
	po_text_log_field(out, "flow", "device");
	if (session->acr != NULL)
		po_text_log_field(out, "acr", session->acr);
	if (session->start_ms != 0)
		po_buf_appendf(out, " polls=%u wait=%lld.%llds",
		    session->flow.polls, (long long)(wait_ms / 1000),
		    (long long)(wait_ms % 1000 / 100));
}

void
po_session_clear(struct po_session *session)
{
	po_flow_clear(&session->flow);
	po_jwks_free(&session->jwks);
	po_metadata_clear(&session->metadata);
	po_http_free(&session->http);
	po_cache_free(&session->cache);
	po_fd_close(&session->cache_dir);
	po_str_free(&session->client_secret);
	po_jwe_key_free(&session->decryption_key);
	po_str_free(&session->sub);
	po_str_free(&session->acr);
	po_buf_clear(&session->exported);
	po_exports_free(&session->exports);
	po_str_free(&session->account);
	po_str_free(&session->person);
	po_str_free(&session->approver);
	po_buf_clear(&session->how);
	po_policy_free(&session->policy);
	po_api_free(&session->api);
	po_settings_clear(&session->settings);
	po_config_free(&session->config);
	po_fd_close(&session->pending_fd);
}
