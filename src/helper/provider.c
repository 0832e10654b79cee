/* SPDX-License-Identifier: BSD-2-Clause */
/* The provider's documents and requests to it.  See provider.h. */

#include "helper/provider.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum po_status
po_provider_send(struct po_session *session,
    const struct po_http_request *request, struct po_http_response *response,
    struct po_err *err)
{
	enum po_status st;

	st = po_http_send(
	    session->http, request, session->flow.deadline_ms, response, err);
	if (st == PO_OK && response->date_s >= 0) {
		session->clock_skew_s = response->date_s - po_clock_epoch_s();
		session->clock_known = true;
	}
	return st;
}

/* A configured endpoint takes the place of the discovered one. */
static enum po_status
override(char **endpoint, const char *configured, struct po_err *err)
{
	if (configured == NULL)
		return PO_OK;
	po_str_free(endpoint);
	if ((*endpoint = po_str_dup(configured)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

static enum po_status
fetch_metadata(struct po_session *session, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	const char *issuer = session->settings.issuer;
	enum po_status st;

	if ((st = po_metadata_request(issuer, &request, err)) != PO_OK ||
	    (st = po_provider_send(session, &request, &response, err)) != PO_OK)
		return st;
	return po_metadata_parse(issuer, &response, &session->metadata, err);
}

enum po_status
po_provider_discover(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	struct po_metadata *m = &session->metadata;
	bool by_hand = s->device_authorization_endpoint != NULL &&
		       s->token_endpoint != NULL && s->jwks_uri != NULL;
	enum po_status st;

	if (!by_hand && (st = fetch_metadata(session, err)) != PO_OK)
		return st;
	if ((st = override(&m->issuer, s->issuer, err)) != PO_OK ||
	    (st = override(&m->device_authorization_endpoint,
		 s->device_authorization_endpoint, err)) != PO_OK ||
	    (st = override(&m->token_endpoint, s->token_endpoint, err)) !=
		PO_OK ||
	    (st = override(&m->userinfo_endpoint, s->userinfo_endpoint, err)) !=
		PO_OK ||
	    (st = override(&m->jwks_uri, s->jwks_uri, err)) != PO_OK)
		return st;
	if (m->device_authorization_endpoint == NULL)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "%s offers no device_authorization_endpoint: enable the "
		    "device grant there, or configure the endpoint",
		    s->issuer);
	return PO_OK;
}

enum po_status
po_provider_fetch_jwks(struct po_session *session, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	enum po_status st;

	po_jwks_free(&session->jwks);
	st = po_http_request_init(&request, PO_HTTP_GET,
	    session->metadata.jwks_uri, "JWKS", PO_HTTP_MAX_JWKS, err);
	if (st != PO_OK ||
	    (st = po_provider_send(session, &request, &response, err)) != PO_OK)
		return st;
	if (response.status != 200)
		return po_err_set(
		    err, PO_E_HTTP, "JWKS: HTTP status %d", response.status);
	st = po_jwks_parse(
	    response.body.data, response.body.len, &session->jwks, err);
	if (st != PO_OK)
		(void)po_err_prefix(err, "JWKS");
	return st;
}
