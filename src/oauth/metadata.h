/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_METADATA_H
#define PO_OAUTH_METADATA_H

#include <stdbool.h>

#include "base/http.h"

/* Provider metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414). */
struct po_metadata {
	char *issuer;
	char *authorization_endpoint; /* NULL if not offered, or not https */
	char *device_authorization_endpoint;       /* NULL if not offered */
	char *backchannel_authentication_endpoint; /* NULL if not offered, not
						    * https, or not to poll */
	char *token_endpoint;
	char *userinfo_endpoint;     /* NULL if not offered */
	char *revocation_endpoint;   /* NULL if not offered, or not https */
	char *registration_endpoint; /* the same */
	char *jwks_uri;
	unsigned auth_methods; /* PO_CLIENT_AUTH_BIT()s; 0: it lists none */
	bool pkce;             /* it lists S256 */
	bool no_pkce;          /* it lists methods, and not that one */
	bool sends_iss;        /* with authorization responses (RFC 9207 3) */
	bool wants_par;        /* pushed authorization requests (RFC 9126 5) */
};

void po_metadata_clear(struct po_metadata *metadata);

/* GET issuer (without a trailing '/') + "/.well-known/openid-configuration",
 * Discovery 4.1. */
PO_MUST_USE
enum po_status po_metadata_request(
    const char *issuer, struct po_http_request *request, struct po_err *err);

/*
 * Reads the answer.  PO_E_METADATA_ISSUER unless its issuer is `issuer` byte
 * for byte (Discovery 4.3); PO_E_DOCUMENT for anything not https or missing
 * (token_endpoint, jwks_uri).  Lists the provider advertises (algorithms,
 * grants) never widen what we allow and are not read, but for those two that
 * choose how to ask and those that take CIBA away.  `mtls`: the endpoints are
 * those where it asks for client certificates, if it has any
 * (mtls_endpoint_aliases, RFC 8705 5).
 */
PO_MUST_USE
enum po_status po_metadata_parse(const char *issuer, bool mtls,
    const struct po_http_response *response, struct po_metadata *out,
    struct po_err *err);

#endif
