/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The token requests of polling and the verdict on their answer.  Only
 * one path leads to PO_TOKEN_GRANTED; whatever is not recognised is a
 * refusal.  See token.h.
 */

#include "oauth/token.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json.h"
#include "oauth/device.h"
#include "oauth/oauth_error.h"

void
po_tokens_clear(struct po_tokens *tokens)
{
	po_str_free(&tokens->access_token);
	po_str_free(&tokens->id_token);
	po_str_free(&tokens->refresh_token);
	po_str_free(&tokens->scope);
}

void
po_token_answer_clear(struct po_token_answer *answer)
{
	po_tokens_clear(&answer->tokens);
	memset(answer, 0, sizeof(*answer));
}

enum po_status
po_token_device_request(const char *endpoint, const struct po_client *client,
    const char *device_code, const char *code_verifier,
    struct po_http_request *request, struct po_err *err)
{
	return po_client_request(client, endpoint, "token request",
	    (const struct po_form_field[]){ { "grant_type", PO_GRANT_DEVICE },
		{ "device_code", device_code },
		{ "code_verifier", code_verifier }, { NULL, NULL } },
	    request, err);
}

enum po_status
po_token_ciba_request(const char *endpoint, const struct po_client *client,
    const char *auth_req_id, struct po_http_request *request,
    struct po_err *err)
{
	return po_client_request(client, endpoint, "token request",
	    (const struct po_form_field[]){ { "grant_type", PO_GRANT_CIBA },
		{ "auth_req_id", auth_req_id }, { NULL, NULL } },
	    request, err);
}

enum po_status
po_token_code_request(const char *endpoint, const struct po_client *client,
    const char *code, const char *code_verifier, const char *redirect_uri,
    struct po_http_request *request, struct po_err *err)
{
	return po_client_request(client, endpoint, "token request",
	    (const struct po_form_field[]){
		{ "grant_type", "authorization_code" }, { "code", code },
		{ "code_verifier", code_verifier },
		{ "redirect_uri", redirect_uri }, { NULL, NULL } },
	    request, err);
}

/* "" says no more than absence. */
static void
drop_if_empty(char **str)
{
	if (*str != NULL && **str == '\0')
		po_str_free(str);
}

/* Reads a token response (RFC 6749 5.1). */
static enum po_status
read_tokens(
    const struct po_json *document, struct po_tokens *out, struct po_err *err)
{
	AUTO(po_tokens_clear) struct po_tokens tokens = { 0 };
	AUTO(po_str_free) char *token_type = NULL;
	const struct po_json_field fields[] = {
		{ PO_JSON_TEXT(
		      "access_token", PO_HTTP_MAX_TOKEN, &tokens.access_token),
		    .required = true },
		/* "Bearer" is all we take */
		{ PO_JSON_TEXT("token_type", 64, &token_type),
		    .required = true },
		{ PO_JSON_TEXT(
		    "id_token", PO_HTTP_MAX_TOKEN, &tokens.id_token) },
		{ PO_JSON_TEXT("refresh_token", PO_HTTP_MAX_TOKEN,
		    &tokens.refresh_token) },
		{ PO_JSON_TEXT("scope", PO_HTTP_MAX_TOKEN, &tokens.scope) },
	};
	enum po_status st;

	if ((st = po_json_decode(
		 document, fields, PO_ARRAY_LEN(fields), err)) != PO_OK)
		return st;
	if (*tokens.access_token == '\0')
		return po_err_set(
		    err, PO_E_DOCUMENT, "field \"access_token\" is empty");
	/* of any other type we do not know how to use it (RFC 6749 7.1) */
	if (strcasecmp(token_type, "Bearer") != 0)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "token_type is \"%s\", not Bearer (RFC 6749 7.1)",
		    token_type);
	drop_if_empty(&tokens.id_token);
	drop_if_empty(&tokens.refresh_token);
	drop_if_empty(&tokens.scope);
	*out = tokens;
	memset(&tokens, 0, sizeof(tokens));
	return PO_OK;
}

/* GitHub sends the interval it wants from now on; -1 if there is none. */
static int64_t
read_interval(const struct po_json *document)
{
	int64_t interval_s = -1;
	const struct po_json_field field = { PO_JSON_WHOLE(
	    "interval", 0, PO_DEVICE_INTERVAL_MAX_S, &interval_s) };

	/* an unreadable one is none: 5 s are added anyway (RFC 8628 3.5) */
	if (po_json_decode(document, &field, 1, NULL) != PO_OK)
		return -1;
	return interval_s > 0 ? interval_s : -1;
}

static enum po_token_verdict
judge_error(const struct po_oauth_error *error,
    const struct po_http_response *response, struct po_err *err)
{
	switch (error->kind) {
	case PO_OAUTH_ERROR_PENDING:
		return PO_TOKEN_PENDING;
	case PO_OAUTH_ERROR_SLOW_DOWN:
		return PO_TOKEN_SLOW_DOWN;
	case PO_OAUTH_ERROR_DENIED:
		(void)po_oauth_error_set(error, PO_E_DENIED,
		    "the request was denied at the provider", err);
		return PO_TOKEN_DENIED;
	case PO_OAUTH_ERROR_EXPIRED:
		(void)po_oauth_error_set(
		    error, PO_E_EXPIRED, "the code expired", err);
		return PO_TOKEN_EXPIRED;
	case PO_OAUTH_ERROR_CLIENT:
		(void)po_oauth_error_set(error, PO_E_CLIENT_REFUSED,
		    "the provider refused the client", err);
		return PO_TOKEN_REFUSED;
	case PO_OAUTH_ERROR_GRANT:
		(void)po_oauth_error_set(error, PO_E_GRANT_REFUSED,
		    "the provider refused the code", err);
		return PO_TOKEN_REFUSED;
	case PO_OAUTH_ERROR_BUSY:
	case PO_OAUTH_ERROR_PERSON:
	case PO_OAUTH_ERROR_UNKNOWN:
	case PO_OAUTH_ERROR_NONE:
		break;
	}
	/* An error we do not know ends polling (RFC 8628 3.5), unless the
	 * status says that it is about the provider and not about us. */
	if (error->kind == PO_OAUTH_ERROR_BUSY || po_oauth_is_busy(response))
		(void)po_oauth_error_set(
		    error, PO_E_HTTP, "the provider is in trouble", err);
	else
		(void)po_oauth_error_set(error, PO_E_GRANT_REFUSED,
		    "the provider refused the code", err);
	return po_oauth_is_busy(response) ? PO_TOKEN_UNAVAILABLE
					  : PO_TOKEN_REFUSED;
}

/* null counts as absent, as everywhere. */
static bool
has_access_token(const struct po_json *document)
{
	const struct po_json *token = po_json_member(document, "access_token");

	return token != NULL && po_json_type(token) != PO_JSON_NULL;
}

/* Neither a grant nor an error. */
static enum po_token_verdict
judge_status(const struct po_oauth_error *error,
    const struct po_http_response *response, bool success, struct po_err *err)
{
	bool busy = po_oauth_is_busy(response);

	/* Casdoor reports failure with 200 and "msg", which is in the text */
	(void)po_err_set(err, busy ? PO_E_HTTP : PO_E_DOCUMENT,
	    "HTTP status %d without the field \"%s\"%s%s", response->status,
	    success ? "access_token" : "error",
	    error->text[0] == '\0' ? "" : ": ", error->text);
	return busy ? PO_TOKEN_UNAVAILABLE : PO_TOKEN_REFUSED;
}

/*
 * The order: a grant, a known error, the status, and then a refusal.  No
 * document at all is a fault of something on the way (a proxy, a portal, a
 * load balancer) and passes; a document that starts as JSON and breaks off,
 * or repeats a member, is the provider's own (what the network cuts short,
 * HTTP reports) and will not get better by asking again.
 */
static enum po_token_verdict
judge(const struct po_http_response *response, struct po_tokens *tokens,
    int64_t *interval_s, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	bool success = response->status >= 200 && response->status <= 299;
	struct po_oauth_error error;
	enum po_status st;

	st = po_oauth_read(response, &document, &error, err);
	if (st == PO_E_HTTP ||
	    (st == PO_E_DOCUMENT && po_oauth_is_foreign(response)))
		return PO_TOKEN_UNAVAILABLE;
	if (st != PO_OK)
		return PO_TOKEN_REFUSED;
	*interval_s = read_interval(document);
	if (success && has_access_token(document)) {
		if (error.kind != PO_OAUTH_ERROR_NONE) {
			(void)po_oauth_error_set(&error, PO_E_DOCUMENT,
			    "an access_token and an error", err);
			return PO_TOKEN_REFUSED;
		}
		return read_tokens(document, tokens, err) == PO_OK
			   ? PO_TOKEN_GRANTED
			   : PO_TOKEN_REFUSED;
	}
	if (error.kind != PO_OAUTH_ERROR_NONE)
		return judge_error(&error, response, err);
	return judge_status(&error, response, success, err);
}

void
po_token_parse(
    const struct po_http_response *response, struct po_token_answer *answer)
{
	*answer = (struct po_token_answer){
		.verdict = PO_TOKEN_REFUSED,
		.interval_s = -1,
		.retry_after_s = response->retry_after_s,
	};
	answer->verdict =
	    judge(response, &answer->tokens, &answer->interval_s, &answer->err);
	if (answer->err.status != PO_OK)
		po_err_prefix(&answer->err, "token response");
}

enum po_status
po_token_revoke_request(const char *endpoint, const struct po_client *client,
    const char *token, const char *hint, struct po_http_request *request,
    struct po_err *err)
{
	return po_client_request(client, endpoint, "revocation",
	    (const struct po_form_field[]){ { "token", token },
		{ "token_type_hint", hint }, { NULL, NULL } },
	    request, err);
}

enum po_status
po_token_revoke_parse(
    const struct po_http_response *response, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	struct po_oauth_error error;
	enum po_status st;

	if (response->status == 200)
		return PO_OK;
	st = po_oauth_read(response, &document, &error, err);
	if (st == PO_OK && error.kind == PO_OAUTH_ERROR_NONE)
		st = po_err_set(err,
		    po_oauth_is_busy(response) ? PO_E_HTTP : PO_E_DOCUMENT,
		    "HTTP status %d without an error", response->status);
	else if (st == PO_OK)
		st = po_oauth_error_set(&error, PO_E_CLIENT_REFUSED,
		    "the provider did not revoke the token", err);
	po_err_prefix(err, "revocation");
	return st;
}
