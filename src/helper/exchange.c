/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of a login, and what the provider publishes.  See exchange.h. */

#include "helper/exchange.h"

#include "base/clock.h"
#include "oauth/provider.h"

/* Sends it; also notes what time it is at the provider. */
static enum po_status
send_request(struct po_session *session, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	enum po_status st = po_http_send(
	    session->http, request, session->flow.deadline_ms, response, err);

	session->http_status = st == PO_OK ? response->status : 0;
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
enum po_status
po_exchange_transport(void *arg, const struct po_http_request *request,
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
po_exchange_needs_jwks(const struct po_session *session)
{
	return session->jwks == NULL &&
	       (session->own.algs & PO_ALG_ASYMMETRIC) != 0;
}

void
po_exchange_early_jwks(struct po_session *session)
{
	struct po_err ignored = { 0 };

	if (!po_exchange_needs_jwks(session))
		return;
	if (po_provider_fetch_jwks(&session->transport,
		session->metadata.jwks_uri, false, &session->jwks,
		&ignored) != PO_OK)
		/* tried again when it is needed */
		po_log(&session->log, PO_LOG_DEBUG, "%s", ignored.text);
	else
		po_cache_flush(session->cache);
}

enum po_status
po_exchange(struct po_session *session, const struct po_http_request *request,
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
