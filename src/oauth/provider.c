/* SPDX-License-Identifier: BSD-2-Clause */
/* The provider's documents: metadata and keys.  See provider.h. */

#include "oauth/provider.h"

#include "base/mem.h"

/* An endpoint by hand takes the place of the discovered one. */
static enum po_status
override(char **endpoint, const char *by_hand, struct po_err *err)
{
	if (by_hand == NULL)
		return PO_OK;
	po_str_free(endpoint);
	if ((*endpoint = po_str_dup(by_hand)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

static enum po_status
fetch_metadata(const struct po_transport *transport, const char *issuer,
    bool mtls, struct po_metadata *out, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	enum po_status st;

	if ((st = po_metadata_request(issuer, &request, err)) != PO_OK ||
	    (st = transport->send(transport->arg, &request, &response, err)) !=
		PO_OK)
		return st;
	return po_metadata_parse(issuer, mtls, &response, out, err);
}

enum po_status
po_provider_discover(const struct po_transport *transport, const char *issuer,
    const struct po_endpoints *by_hand, struct po_metadata *out,
    struct po_err *err)
{
	const char *first =
	    by_hand->ciba   ? by_hand->backchannel_authentication_endpoint
	    : by_hand->code ? by_hand->authorization_endpoint
			    : by_hand->device_authorization_endpoint;
	bool all_known = first != NULL && by_hand->token_endpoint != NULL &&
			 (by_hand->jwks_uri != NULL || by_hand->keyless);
	enum po_status st;

	if (!all_known && (st = fetch_metadata(transport, issuer, by_hand->mtls,
			       out, err)) != PO_OK)
		return st;
	if ((st = override(&out->issuer, issuer, err)) != PO_OK ||
	    (st = override(&out->authorization_endpoint,
		 by_hand->authorization_endpoint, err)) != PO_OK ||
	    (st = override(&out->device_authorization_endpoint,
		 by_hand->device_authorization_endpoint, err)) != PO_OK ||
	    (st = override(&out->backchannel_authentication_endpoint,
		 by_hand->backchannel_authentication_endpoint, err)) != PO_OK ||
	    (st = override(&out->token_endpoint, by_hand->token_endpoint,
		 err)) != PO_OK ||
	    (st = override(&out->userinfo_endpoint, by_hand->userinfo_endpoint,
		 err)) != PO_OK ||
	    (st = override(&out->revocation_endpoint,
		 by_hand->revocation_endpoint, err)) != PO_OK)
		return st;
	return override(&out->jwks_uri, by_hand->jwks_uri, err);
}

enum po_status
po_provider_fetch_jwks(const struct po_transport *transport,
    const char *jwks_uri, bool refresh, struct po_jwks **out,
    struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	enum po_status st;

	*out = NULL;
	st = po_http_request_init(
	    &request, PO_HTTP_GET, jwks_uri, "JWKS", PO_HTTP_MAX_JWKS, err);
	request.cacheable = true;
	request.refresh = refresh;
	if (st != PO_OK || (st = transport->send(transport->arg, &request,
				&response, err)) != PO_OK)
		return st;
	if (response.status != 200)
		return po_err_set(
		    err, PO_E_HTTP, "JWKS: HTTP status %d", response.status);
	st = po_jwks_parse(response.body.data, response.body.len, out, err);
	if (st != PO_OK)
		po_err_prefix(err, "JWKS");
	return st;
}
