/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of OAuth endpoints and the errors in them.  The text of a provider
 * is made printable and cut here, before anyone else sees it; it never
 * decides anything unless it is a name in the table.  See oauth_error.h.
 */

#include "oauth/oauth_error.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define HINT_CLIENT "check client_id, client_auth and the files it needs"
#define HINT_GRANT                                                             \
	HINT_CLIENT ", and that the client may use this grant at the provider"

static const struct known {
	const char *name;
	enum po_oauth_error_kind kind;
	const char *hint;
} known[] = {
	/* RFC 8628 3.5 */
	{ "authorization_pending", PO_OAUTH_ERROR_PENDING, NULL },
	{ "slow_down", PO_OAUTH_ERROR_SLOW_DOWN, NULL },
	{ "access_denied", PO_OAUTH_ERROR_DENIED, NULL },
	{ "authorization_declined", PO_OAUTH_ERROR_DENIED, NULL }, /* Entra */
	{ "expired_token", PO_OAUTH_ERROR_EXPIRED, NULL },
	{ "token_expired", PO_OAUTH_ERROR_EXPIRED, NULL }, /* GitHub */
	{ "code_expired", PO_OAUTH_ERROR_EXPIRED, NULL },
	/* RFC 6749 5.2 */
	{ "invalid_grant", PO_OAUTH_ERROR_GRANT, NULL },
	{ "bad_verification_code", PO_OAUTH_ERROR_GRANT, NULL }, /* Entra */
	{ "incorrect_device_code", PO_OAUTH_ERROR_GRANT, NULL }, /* GitHub */
	{ "invalid_client", PO_OAUTH_ERROR_CLIENT, HINT_CLIENT },
	{ "incorrect_client_credentials", PO_OAUTH_ERROR_CLIENT,
	    HINT_CLIENT }, /* GitHub */
	{ "unauthorized_client", PO_OAUTH_ERROR_CLIENT, HINT_GRANT },
	{ "unsupported_grant_type", PO_OAUTH_ERROR_CLIENT, HINT_GRANT },
	{ "device_flow_disabled", PO_OAUTH_ERROR_CLIENT,
	    HINT_GRANT }, /* GitHub */
	{ "invalid_scope", PO_OAUTH_ERROR_CLIENT, "check scopes" },
	{ "invalid_request", PO_OAUTH_ERROR_CLIENT, NULL },
	/* RFC 6749 4.1.2.1, seen at the other endpoints too */
	{ "temporarily_unavailable", PO_OAUTH_ERROR_BUSY, NULL },
	{ "server_error", PO_OAUTH_ERROR_BUSY, NULL },
	{ "rate_limit_exceeded", PO_OAUTH_ERROR_BUSY, NULL }, /* Google */
	/* CIBA Core 12 and 13 */
	{ "transaction_failed", PO_OAUTH_ERROR_BUSY, NULL },
	{ "unknown_user_id", PO_OAUTH_ERROR_PERSON, "check login_hint" },
	{ "missing_user_code", PO_OAUTH_ERROR_PERSON, NULL },
	{ "invalid_user_code", PO_OAUTH_ERROR_PERSON, NULL },
	{ "expired_login_hint_token", PO_OAUTH_ERROR_CLIENT,
	    "check login_hint" },
	{ "invalid_binding_message", PO_OAUTH_ERROR_CLIENT,
	    "check binding_message" },
};

/*
 * Appends remote text as one printable line of at most `max` bytes.  Entra
 * breaks its descriptions with CRLF; a quote would end ours (and may not be
 * there, RFC 6749 5.2).
 */
static void
append_remote(struct po_buf *out, const char *text, size_t max)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(PO_HTTP_MAX_TOKEN);
	/* whole characters go in until it is full; what stands is a prefix */
	AUTO(po_buf_clear) struct po_buf safe = PO_BUF_INIT(max);

	for (bool blank = true; *text != '\0'; text++) {
		char c = *text;

		if (c == '\r' || c == '\n' || c == '\t')
			c = ' ';
		if (c == '"')
			c = '\'';
		if (c != ' ' || !blank)
			po_buf_append_char(&line, c);
		blank = c == ' ';
	}
	po_text_printable(&safe, line.data, line.len, max);
	po_buf_append(out, safe.data, safe.len);
}

/* The first of the members `names` that is a string; NULL if none is. */
static const char *
first_string(
    const struct po_json *document, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct po_json *value =
		    po_json_member(document, names[i]);

		if (value != NULL && po_json_type(value) == PO_JSON_STRING)
			return po_json_string(value, NULL);
	}
	return NULL;
}

/*
 * The name of the error, NULL without one.  An `error` that is no string is
 * an error nevertheless, and called by its type (Facebook's is an object).
 */
static const char *
error_name(const struct po_json *document)
{
	/* Google's device endpoint, Okta's gateway */
	static const char *const aliases[] = { "error_code", "errorCode" };
	const struct po_json *error = po_json_member(document, "error");

	if (error == NULL || po_json_type(error) == PO_JSON_NULL)
		return first_string(document, aliases, PO_ARRAY_LEN(aliases));
	if (po_json_type(error) != PO_JSON_STRING)
		return po_json_type_name(error);
	return po_json_string(error, NULL);
}

static void
classify(const char *name, struct po_oauth_error *error)
{
	error->kind = PO_OAUTH_ERROR_UNKNOWN;
	for (size_t i = 0; i < PO_ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, name) == 0) {
			error->kind = known[i].kind;
			error->hint = known[i].hint;
		}
	}
}

void
po_oauth_error_read(
    const char *name, const char *description, struct po_oauth_error *error)
{
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_OAUTH_ERROR_TEXT_MAX);

	*error = (struct po_oauth_error){ .kind = PO_OAUTH_ERROR_NONE };
	if (name != NULL) {
		const char *quote;

		classify(name, error);
		quote = error->kind == PO_OAUTH_ERROR_UNKNOWN ? "\"" : "";
		po_buf_append_str(&text, quote);
		append_remote(&text, name, PO_OAUTH_ERROR_NAME_MAX);
		po_buf_append_str(&text, quote);
	}
	if (description != NULL && *description != '\0') {
		po_buf_append_str(&text, text.len > 0 ? " (\"" : "(\"");
		append_remote(
		    &text, description, PO_OAUTH_ERROR_DESCRIPTION_MAX);
		po_buf_append_str(&text, "\")");
	}
	(void)snprintf(
	    error->text, sizeof(error->text), "%s", po_buf_str(&text));
}

static void
read_error(const struct po_json *document, struct po_oauth_error *error)
{
	/* Okta's gateway; Casdoor, with HTTP 200 and no error; Rauthy's own */
	static const char *const descriptions[] = { "error_description",
		"errorSummary", "msg", "message" };
	const char *description =
	    first_string(document, descriptions, PO_ARRAY_LEN(descriptions));

	po_oauth_error_read(error_name(document), description, error);
}

bool
po_oauth_is_busy(const struct po_http_response *response)
{
	return response->status == 429 ||
	       (response->status >= 500 && response->status <= 599);
}

bool
po_oauth_is_foreign(const struct po_http_response *response)
{
	const char *body = po_buf_str(&response->body);

	return body[strspn(body, " \t\r\n")] != '{';
}

/* Says what stands there instead of a document, in terms of HTTP. */
static enum po_status
refuse_foreign(const struct po_http_response *response, struct po_err *err)
{
	enum po_status st = PO_E_DOCUMENT;
	const char *hint = "";

	if (po_oauth_is_busy(response)) {
		st = PO_E_HTTP;
	} else if (response->status == 401) {
		st = PO_E_CLIENT_REFUSED;
		hint = " - " HINT_CLIENT;
	}
	if (response->body.len == 0)
		return po_err_set(err, st,
		    "HTTP status %d with an empty body%s", response->status,
		    hint);
	if (strstr(response->media_type, "json") != NULL)
		return po_err_set(err, st,
		    "HTTP status %d with %s that is no object%s",
		    response->status, response->media_type, hint);
	return po_err_set(err, st, "HTTP status %d with %s instead of JSON%s",
	    response->status,
	    response->media_type[0] == '\0' ? "an unnamed media type"
					    : response->media_type,
	    hint);
}

enum po_status
po_oauth_read(const struct po_http_response *response,
    struct po_json **document, struct po_oauth_error *error, struct po_err *err)
{
	bool busy = po_oauth_is_busy(response);
	enum po_status st = PO_E_DOCUMENT;

	*error = (struct po_oauth_error){ .kind = PO_OAUTH_ERROR_NONE };
	if (po_oauth_is_foreign(response))
		return refuse_foreign(response, err);
	/* of a provider in trouble the status is news, broken JSON is not */
	if ((st = po_json_parse(response->body.data, response->body.len,
		 document, busy ? NULL : err)) != PO_OK)
		return busy ? po_err_set(err, PO_E_HTTP, "HTTP status %d",
				  response->status)
			    : st;
	read_error(*document, error);
	/* RFC 6749 5.2; INDIGO IAM calls it "unauthorized" */
	if (error->kind == PO_OAUTH_ERROR_UNKNOWN && response->status == 401) {
		error->kind = PO_OAUTH_ERROR_CLIENT;
		error->hint = HINT_CLIENT;
	}
	return PO_OK;
}

enum po_status
po_oauth_error_set(const struct po_oauth_error *error, enum po_status status,
    const char *what, struct po_err *err)
{
	return po_err_set(err, status, "%s: %s%s%s", what, error->text,
	    error->hint == NULL ? "" : " - ",
	    error->hint == NULL ? "" : error->hint);
}

static bool
ends_with(const char *str, const char *end)
{
	size_t len = strlen(str);
	size_t end_len = strlen(end);

	return len >= end_len && strcmp(str + len - end_len, end) == 0;
}

enum po_status
po_oauth_check_json(const struct po_http_response *response, struct po_err *err)
{
	const char *type = response->media_type;

	if (response->status != 200)
		return po_err_set(err, PO_E_HTTP, "HTTP status %d%s",
		    response->status,
		    response->status >= 300 && response->status <= 399
			? " (redirects are not followed)"
			: "");
	if (strcmp(type, "application/json") != 0 && !ends_with(type, "+json"))
		return po_err_set(err, PO_E_DOCUMENT,
		    "media type \"%s\" instead of application/json", type);
	return PO_OK;
}

enum po_status
po_oauth_read_json(const struct po_http_response *response,
    struct po_json **document, struct po_err *err)
{
	enum po_status st;

	if ((st = po_oauth_check_json(response, err)) != PO_OK)
		return st;
	if (po_oauth_is_foreign(response))
		return po_err_set(err, PO_E_DOCUMENT, "not a JSON object");
	return po_json_parse(
	    response->body.data, response->body.len, document, err);
}
