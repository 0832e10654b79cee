/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_CLIENT_AUTH_H
#define PO_OAUTH_CLIENT_AUTH_H

#include <stdbool.h>

#include "base/http.h"

/* How the client proves itself (OpenID Connect Core 9, RFC 6749 2.3). */
enum po_client_auth {
	PO_CLIENT_AUTH_AUTO, /* client_secret_basic with a secret, else none */
	PO_CLIENT_AUTH_NONE,
	PO_CLIENT_AUTH_SECRET_BASIC,
	PO_CLIENT_AUTH_SECRET_POST
};

/* Borrowed from the configuration for the whole login. */
struct po_client {
	const char *client_id;
	const char *client_secret; /* NULL: public client */
	enum po_client_auth auth;
};

/* By the name the configuration uses; false for any other. */
PO_MUST_USE
bool po_client_auth_find(const char *name, enum po_client_auth *out);

/*
 * Adds client authentication to a POST.  Basic: client_id and secret are
 * form-encoded, then base64 (RFC 6749 2.3.1).  client_id also goes into the
 * body in every method: Hydra, Dex and RFC 8628 3.1 want it there.
 * PO_E_CONFIG when the method needs a secret and there is none.
 */
PO_MUST_USE
enum po_status po_client_auth_apply(const struct po_client *client,
    struct po_http_request *request, struct po_err *err);

#endif
