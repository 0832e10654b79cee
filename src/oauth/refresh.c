/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A refresh token and what becomes of it.  Which refusal closes an account is
 * decided here, and it is not the one that we do not understand.  See
 * refresh.h.
 */

#include "oauth/refresh.h"

#include <string.h>

#include "oauth/oauth_error.h"

enum po_status
po_refresh_request(const char *endpoint, const struct po_client *client,
    const char *refresh_token, struct po_http_request *request,
    struct po_err *err)
{
	return po_client_request(client, endpoint, "refresh request",
	    (const struct po_form_field[]){ { "grant_type", "refresh_token" },
		{ "refresh_token", refresh_token }, { NULL, NULL } },
	    request, err);
}

/* invalid_grant and its kin, and not an error that nobody knows. */
static enum po_status
judge_refusal(const struct po_http_response *response,
    const struct po_err *refusal, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	struct po_oauth_error error = { .kind = PO_OAUTH_ERROR_NONE };
	enum po_status st;

	if (refusal->status != PO_E_GRANT_REFUSED &&
	    refusal->status != PO_E_DENIED && refusal->status != PO_E_EXPIRED)
		return po_err_set(err, refusal->status, "%s", refusal->text);
	if ((st = po_oauth_read(response, &document, &error, err)) != PO_OK)
		return st;
	if (error.kind == PO_OAUTH_ERROR_GRANT ||
	    error.kind == PO_OAUTH_ERROR_DENIED ||
	    error.kind == PO_OAUTH_ERROR_EXPIRED)
		return po_oauth_error_set(&error, PO_E_CLOSED,
		    "the provider no longer stands by the sign-in", err);
	return po_err_set(err, refusal->status, "%s", refusal->text);
}

enum po_status
po_refresh_parse(const struct po_http_response *response,
    struct po_tokens *tokens, struct po_err *err)
{
	AUTO(po_token_answer_clear) struct po_token_answer answer = { 0 };

	po_token_parse(response, &answer);
	switch (answer.verdict) {
	case PO_TOKEN_GRANTED:
		*tokens = answer.tokens;
		memset(&answer.tokens, 0, sizeof(answer.tokens));
		return PO_OK;
	case PO_TOKEN_PENDING:
	case PO_TOKEN_SLOW_DOWN:
		return po_err_set(err, PO_E_HTTP,
		    "token response: the provider asks for patience");
	case PO_TOKEN_DENIED:
	case PO_TOKEN_EXPIRED:
	case PO_TOKEN_REFUSED:
		return judge_refusal(response, &answer.err, err);
	case PO_TOKEN_UNAVAILABLE:
		break;
	}
	return po_err_set(err, answer.err.status, "%s", answer.err.text);
}
