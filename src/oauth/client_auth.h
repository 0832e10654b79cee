/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_CLIENT_AUTH_H
#define PO_OAUTH_CLIENT_AUTH_H

#include <stdbool.h>

#include "base/http.h"
#include "jose/sign.h"

/* How the client proves itself (OpenID Connect Core 9, RFC 6749 2.3). */
enum po_client_auth {
	PO_CLIENT_AUTH_AUTO, /* by what there is: po_client_auth_choose */
	PO_CLIENT_AUTH_NONE,
	PO_CLIENT_AUTH_SECRET_BASIC,
	PO_CLIENT_AUTH_SECRET_POST,
	PO_CLIENT_AUTH_SECRET_JWT,
	PO_CLIENT_AUTH_PRIVATE_KEY_JWT,
	/* RFC 8705: one and the same to the client */
	PO_CLIENT_AUTH_TLS,
	PO_CLIENT_AUTH_SELF_SIGNED_TLS,
	PO_CLIENT_AUTH_COUNT
};

/* A set of methods, one bit each. */
#define PO_CLIENT_AUTH_BIT(auth) (1U << (auth))

/* Whom an assertion is for (draft-ietf-oauth-rfc7523bis; RFC 7523 3). */
enum po_audience {
	PO_AUDIENCE_ISSUER,
	PO_AUDIENCE_TOKEN_ENDPOINT,
	PO_AUDIENCE_ENDPOINT /* the one that it is sent to */
};

/* What makes an assertion of today, and unlike all others. */
struct po_stamp {
	int64_t now_s; /* seconds since the epoch */
	uint8_t random[16];
};

/* Borrowed from the configuration for the whole login. */
struct po_client {
	const char *client_id;
	const char *client_secret; /* NULL: none */
	enum po_client_auth auth;
	enum po_client_auth device_auth; /* at that endpoint; AUTO: as `auth` */
	const struct po_sign_key *key;   /* NULL: none */
	bool certified;     /* requests go out with a certificate */
	unsigned listed;    /* methods that the provider lists; 0: unknown */
	const char *issuer; /* for assertions, as is all below */
	const char *token_endpoint;
	enum po_audience audience;
	/* asked anew for each assertion: a jti is used once (RFC 7523 3) */
	enum po_status (*stamp)(struct po_stamp *out, struct po_err *err);
};

/* By the name the configuration uses; false for any other. */
PO_MUST_USE
bool po_client_auth_find(const char *name, enum po_client_auth *out);
const char *po_client_auth_name(enum po_client_auth auth);

/*
 * The method of a client: what it is told, else by what it has.  With a
 * certificate TLS; with a key private_key_jwt; with a secret the first of
 * basic, post and client_secret_jwt that the provider lists, or basic; else
 * none.  A list never leads from a key to a secret.
 */
enum po_client_auth po_client_auth_choose(const struct po_client *client);

/* The same at the device authorization endpoint. */
struct po_client po_client_at_device(const struct po_client *client);

/*
 * Adds client authentication to a POST.  Basic: client_id and secret are
 * form-encoded, then base64 (RFC 6749 2.3.1).  client_id also goes into the
 * body in every method: Hydra, Dex, RFC 8628 3.1 and RFC 8705 2 want it there.
 * PO_E_CONFIG when the method needs what is not there.
 */
PO_MUST_USE
enum po_status po_client_auth_apply(const struct po_client *client,
    struct po_http_request *request, struct po_err *err);

#endif
