/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_DEVICE_H
#define PO_OAUTH_DEVICE_H

#include <stdint.h>

#include "base/http.h"
#include "jose/json.h"
#include "oauth/client_auth.h"

/* Device authorization response (RFC 8628 3.2). */
struct po_device_authorization {
	char *device_code; /* secret */
	char *user_code;   /* shown verbatim, RFC 8628 6.1; may hold any bytes
			    * until sanitised */
	char *verification_uri;          /* https */
	char *verification_uri_complete; /* https; NULL if absent */
	int64_t expires_in_s;
	int64_t interval_s;
};

#define PO_DEVICE_CODE_MAX 4096 /* bytes; self-contained codes are JWTs */
#define PO_USER_CODE_MAX 64     /* bytes; RFC 8628 6.1 has 8 characters */
#define PO_DEVICE_INTERVAL_DEFAULT_S 5 /* RFC 8628 3.2: absent MUST mean 5 */
#define PO_DEVICE_EXPIRES_MAX_S 3600   /* no login takes a quarter of it */
/* who wants to be asked less often MUST be (RFC 8628 3.5): once in a code */
#define PO_DEVICE_INTERVAL_MAX_S PO_DEVICE_EXPIRES_MAX_S
/* INDIGO IAM may leave expires_in out; the login's deadline ends it then */
#define PO_DEVICE_EXPIRES_DEFAULT_S 600

void po_device_authorization_clear(struct po_device_authorization *device);

/* What a device authorization request asks for; borrowed. */
struct po_device_params {
	const char *scope;          /* NULL or "": not sent */
	const char *nonce;          /* NULL: not sent, nor are: */
	const char *acr_values;     /* OpenID Connect Core 3.1.2.1 */
	int64_t max_age_s;          /* 0: not sent */
	const char *code_challenge; /* S256 (RFC 7636 4.2) */
};

/*
 * POST client_id and the parameters (RFC 8628 3.1; those of an OpenID Connect
 * authentication request belong here in this grant).
 */
PO_MUST_USE
enum po_status po_device_request(const char *endpoint,
    const struct po_client *client, const struct po_device_params *params,
    struct po_http_request *request, struct po_err *err);

/*
 * Reads the answer whatever its HTTP status (Casdoor errs with 200).
 * Accepts verification_url(_complete) and numbers as strings; clamps expiry and
 * interval to 1..3600 s, 0 or null meaning the default.
 * PO_E_CLIENT_REFUSED for invalid_client, unauthorized_client, invalid_scope
 * and the like, with the provider's error and description; PO_E_HTTP for
 * 429 and 5xx; PO_E_DOCUMENT for the unreadable.
 */
PO_MUST_USE
enum po_status po_device_parse(const struct po_http_response *response,
    struct po_device_authorization *out, struct po_err *err);

/*
 * The halves that CIBA has in common with it: the document of an answer that
 * reports no error (`ciba`: what is wrong with the person is PO_E_NOT_ASKED),
 * and the two times in it.
 */
PO_MUST_USE
enum po_status po_device_open(const struct po_http_response *response,
    bool ciba, struct po_json **document, struct po_err *err);
PO_MUST_USE
enum po_status po_device_read_times(const struct po_json *document,
    struct po_device_authorization *out, struct po_err *err);

#endif
