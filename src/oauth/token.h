/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_TOKEN_H
#define PO_OAUTH_TOKEN_H

#include <stdint.h>

#include "base/http.h"
#include "oauth/client_auth.h"

/* Successful token response (RFC 6749 5.1, OpenID Connect Core 3.1.3.3). */
struct po_tokens {
	char *access_token;
	char *id_token;      /* NULL if the provider sent none */
	char *refresh_token; /* the same */
	char *scope;         /* as granted; NULL: as asked */
};

void po_tokens_clear(struct po_tokens *tokens);

/* What an answer to a poll means, RFC 8628 3.5. */
enum po_token_verdict {
	PO_TOKEN_REFUSED, /* terminal: everything not below, the unknown too */
	PO_TOKEN_GRANTED, /* *tokens is filled */
	PO_TOKEN_PENDING,
	PO_TOKEN_SLOW_DOWN,
	PO_TOKEN_UNAVAILABLE, /* 429, 5xx, HTML, empty: try again later */
	PO_TOKEN_EXPIRED,
	PO_TOKEN_DENIED
};

struct po_token_answer {
	enum po_token_verdict verdict;
	struct po_tokens tokens;
	int64_t interval_s; /* GitHub sends one with slow_down; -1 if absent */
	int64_t retry_after_s; /* -1 if absent */
	struct po_err err; /* why, for DENIED, EXPIRED, REFUSED, UNAVAILABLE */
};

void po_token_answer_clear(struct po_token_answer *answer);

/* Their names among grants (RFC 8628 3.4, CIBA Core 4). */
#define PO_GRANT_DEVICE "urn:ietf:params:oauth:grant-type:device_code"
#define PO_GRANT_CIBA "urn:openid:params:grant-type:ciba"

/*
 * POST grant_type PO_GRANT_DEVICE.  The verifier is that of the device
 * request's code_challenge; NULL: it had none.
 */
PO_MUST_USE
enum po_status po_token_device_request(const char *endpoint,
    const struct po_client *client, const char *device_code,
    const char *code_verifier, struct po_http_request *request,
    struct po_err *err);

/* POST grant_type urn:openid:params:grant-type:ciba (CIBA Core 10.1). */
PO_MUST_USE
enum po_status po_token_ciba_request(const char *endpoint,
    const struct po_client *client, const char *auth_req_id,
    struct po_http_request *request, struct po_err *err);

/*
 * POST grant_type authorization_code (RFC 6749 4.1.3, RFC 7636 4.5).
 */
PO_MUST_USE
enum po_status po_token_code_request(const char *endpoint,
    const struct po_client *client, const char *code, const char *code_verifier,
    const char *redirect_uri, struct po_http_request *request,
    struct po_err *err);

/*
 * Classifies an answer by its body, not by its status: an
 * access_token with 2xx and token_type Bearer is a grant; a known `error` is
 * what it says, provider aliases included (authorization_declined,
 * bad_verification_code, token_expired, ...); then 429 and 5xx; the rest is
 * refused.  Total: there is no answer it cannot classify.
 */
void po_token_parse(
    const struct po_http_response *response, struct po_token_answer *answer);

/*
 * Revocation (RFC 7009): POST token and token_type_hint ("access_token" or
 * "refresh_token").
 */
PO_MUST_USE
enum po_status po_token_revoke_request(const char *endpoint,
    const struct po_client *client, const char *token, const char *hint,
    struct po_http_request *request, struct po_err *err);

/*
 * PO_OK for 200, which also stands for a token that was none (any more), RFC
 * 7009 2.2.  Else the provider's error.
 */
PO_MUST_USE
enum po_status po_token_revoke_parse(
    const struct po_http_response *response, struct po_err *err);

#endif
