/* SPDX-License-Identifier: BSD-2-Clause */
/* One login, from the network's first byte to the decision.  See session.h. */

#include "helper/session.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "helper/exchange.h"
#include "helper/grant.h"
#include "helper/identity.h"
#include "oauth/provider.h"

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
	struct po_endpoints by_hand = s->endpoints;
	enum po_status st;

	by_hand.mtls = session->own.certificate.len > 0;
	by_hand.keyless = s->identity == PO_IDENTITY_API;
	by_hand.ciba = session->ciba;
	by_hand.code = s->flow >= PO_FLOW_KIND_CODE;
	session->transport =
	    (struct po_transport){ po_exchange_transport, session };
	st = po_provider_discover(
	    &session->transport, s->issuer, &by_hand, &session->metadata, err);
	session->client.token_endpoint = session->metadata.token_endpoint;
	session->client.listed = session->metadata.auth_methods;
	return st;
}

/* The way that is configured; a second one only where there is no first. */
static enum po_status
ask_approval(struct po_session *session, struct po_err *err)
{
	if (session->settings.flow == PO_FLOW_KIND_CIBA_DEVICE &&
	    session->metadata.backchannel_authentication_endpoint == NULL)
		session->ciba = false;
	if (session->settings.flow >= PO_FLOW_KIND_CODE)
		return po_grant_code(session, err);
	return session->ciba ? po_grant_ciba(session, err)
			     : po_grant_device(session, err);
}

enum po_status
po_session_in_time(
    const struct po_session *session, enum po_status status, struct po_err *err)
{
	if (status != PO_E_NETWORK || po_clock_ms() < session->flow.deadline_ms)
		return status;
	return err->status = PO_E_EXPIRED;
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
	    (st = ask_approval(session, err)) != PO_OK)
		return st;
	st = po_identity_decide(session, err);
	return po_session_in_time(session, st, err);
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
	po_text_log_field(out, "flow",
	    session->liveness              ? "refresh"
	    : s->flow >= PO_FLOW_KIND_CODE ? "code"
	    : session->ciba                ? "ciba"
					   : "device");
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
	po_credentials_clear(&session->own);
	po_str_free(&session->code_verifier);
	po_str_free(&session->sub);
	po_str_free(&session->acr);
	po_buf_clear(&session->exported);
	po_exports_free(&session->exports);
	po_str_free(&session->account);
	po_str_free(&session->person);
	po_fd_close(&session->listen_fd[0]);
	po_fd_close(&session->listen_fd[1]);
	po_fd_close(&session->browser_fd);
	po_fd_close(&session->peer_fd[0]);
	po_fd_close(&session->peer_fd[1]);
	po_str_free(&session->redirect_uri);
	po_str_free(&session->login_hint);
	po_str_free(&session->binding);
	po_str_free(&session->user_code);
	po_str_free(&session->approver);
	po_liveness_clear(&session->live);
	po_buf_clear(&session->how);
	po_policy_free(&session->policy);
	po_api_free(&session->api);
	po_settings_clear(&session->settings);
	po_config_free(&session->config);
	po_fd_close(&session->pending_fd);
}
