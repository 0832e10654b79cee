/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registration requests, answers and records.  Nothing of an answer is kept
 * that could not stand on one line of a file.  See register.h.
 */

#include "oauth/register.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/record.h"
#include "base/text.h"
#include "jose/json.h"
#include "oauth/bearer.h"
#include "oauth/oauth_error.h"
#include "oauth/scope.h"

#define TOKEN_MAX 8192    /* Keycloak's is a JWT of 900 bytes */
#define WORDS_MAX 2048    /* twice what the option scopes may have */
#define PATH_LEN_MAX 4095 /* PATH_MAX */
#define EXPIRES_NAME "client_secret_expires_at"

/*
 * Texts: RFC 7591 2 and 3.2.1, RFC 7592 3.  Those without a type are not in an
 * answer, or not as texts.
 */
static const struct text {
	const char *name;
	size_t offset;
	size_t max; /* bytes */
	enum {
		OURS,
		STRING,
		URL
	} type;
} texts[] = {
#define AT(member) offsetof(struct po_registration, member)
	/* what the options client_id and client_secret_file take */
	{ "client_id", AT(client_id), 512, STRING },
	{ "client_secret", AT(client_secret), 4096, STRING },
	{ "token_endpoint_auth_method", AT(auth), 64, STRING },
	{ "grant_types", AT(grant_types), WORDS_MAX, OURS },
	{ "scope", AT(scope), WORDS_MAX, STRING },
	{ "registration_access_token", AT(access_token), TOKEN_MAX, STRING },
	{ "registration_client_uri", AT(uri), PO_URL_MAX, URL },
	{ "secret_file", AT(secret_file), PATH_LEN_MAX, OURS },
	{ "ca_file", AT(ca_file), PATH_LEN_MAX, OURS },
#undef AT
};

static char **
text_of(const struct po_registration *registration, const struct text *text)
{
	return (char **)((uintptr_t)registration + text->offset);
}

void
po_registration_clear(struct po_registration *registration)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++)
		po_str_free(text_of(registration, &texts[i]));
	registration->secret_expires_s = 0;
}

/* --- requests ------------------------------------------------------------- */

static void
append_member(struct po_buf *out, const char *name, const char *value)
{
	po_buf_appendf(out, "%s\"%s\":", out->len == 0 ? "{" : ",", name);
	po_json_print_string(value, strlen(value), out);
}

enum po_status
po_register_request(const char *endpoint, const char *token,
    const struct po_register_params *params, struct po_http_request *request,
    struct po_err *err)
{
	static const char what[] = "registration request";
	struct po_buf *body = &request->body;
	enum po_status st = PO_OK;

	st = token != NULL ? po_bearer_request(endpoint, token, what,
				 PO_HTTP_MAX_TOKEN, request, err)
			   : po_http_request_init(request, PO_HTTP_POST,
				 endpoint, what, PO_HTTP_MAX_TOKEN, err);
	if (st != PO_OK)
		return st;
	request->method = PO_HTTP_POST;
	request->json = true;
	append_member(body, "client_name", params->client_name);
	append_member(body, "scope", params->scopes);
	append_member(body, "token_endpoint_auth_method",
	    po_client_auth_name(params->auth));
	append_member(body, "application_type", "native");
	append_member(body, "software_id", PACKAGE_NAME);
	append_member(body, "software_version", PACKAGE_VERSION);
	/* without response_types it would be "code", which wants a redirect
	 * URI (RFC 7591 2) */
	po_buf_appendf(body,
	    ",\"response_types\":[],\"grant_types\":[\"%s\"%s]}",
	    PO_GRANT_DEVICE,
	    po_scope_has(params->scopes, "offline_access")
		? ",\"refresh_token\""
		: "");
	return po_buf_check(body, err);
}

enum po_status
po_register_manage(const struct po_registration *registration,
    enum po_http_method method, struct po_http_request *request,
    struct po_err *err)
{
	enum po_status st;

	if (registration->uri == NULL || registration->access_token == NULL)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "the provider has given no token to manage this client "
		    "with: read, change or remove it there");
	st = po_bearer_request(registration->uri, registration->access_token,
	    method == PO_HTTP_GET ? "reading the client"
				  : "deleting the client",
	    PO_HTTP_MAX_TOKEN, request, err);
	request->method = method;
	return st;
}

/* --- answers -------------------------------------------------------------- */

#define HINT_TOKEN                                                             \
	"the token is not valid there: get a new one to register; one to "     \
	"manage a client is gone with the client"
#define HINT_POLICY                                                            \
	"the token or the provider's rules for registration do not allow this"

static const struct {
	const char *error; /* NULL: by the HTTP status alone */
	int status;
	enum po_status result;
	const char *hint;
} refusals[] = {
	/* RFC 7591 3.2.2 */
	{ "invalid_redirect_uri", 0, PO_E_CLIENT_REFUSED,
	    "the device grant has no redirect URI, and this provider wants "
	    "one: register the client there by hand" },
	{ "invalid_client_metadata", 0, PO_E_CLIENT_REFUSED,
	    "it does not take such a client: try another --client-auth, fewer "
	    "--scopes, or allow registered clients the device grant there" },
	{ "invalid_software_statement", 0, PO_E_CLIENT_REFUSED,
	    "it wants a signed statement about the software: register the "
	    "client there by hand" },
	{ "unapproved_software_statement", 0, PO_E_CLIENT_REFUSED,
	    "it takes known software only: register the client there by hand" },
	/* RFC 6750 3.1 */
	{ "invalid_token", 0, PO_E_CLIENT_REFUSED, HINT_TOKEN },
	{ "insufficient_scope", 0, PO_E_CLIENT_REFUSED, HINT_POLICY },
	/* RFC 7592 2.1 to 2.3, and whoever answers without a document */
	{ NULL, 401, PO_E_CLIENT_REFUSED, HINT_TOKEN },
	{ NULL, 403, PO_E_CLIENT_REFUSED, HINT_POLICY },
	{ NULL, 404, PO_E_UNSUPPORTED,
	    "nothing is there: do this at the provider by hand" },
	{ NULL, 405, PO_E_UNSUPPORTED,
	    "it does not do this: do it at the provider by hand" },
};

static enum po_status
refuse(const struct po_http_response *response, const struct po_json *document,
    struct po_oauth_error *error, struct po_err *err)
{
	const struct po_json *member =
	    document == NULL ? NULL : po_json_member(document, "error");
	const char *name = member == NULL ? NULL : po_json_string(member, NULL);
	enum po_status st =
	    po_oauth_is_busy(response) ? PO_E_HTTP : PO_E_CLIENT_REFUSED;

	error->hint = NULL;
	for (size_t i = 0; i < PO_ARRAY_LEN(refusals); i++) {
		if (refusals[i].error != NULL
			? name == NULL || strcmp(refusals[i].error, name) != 0
			: refusals[i].status != response->status)
			continue;
		st = refusals[i].result;
		error->hint = refusals[i].hint;
		break;
	}
	return po_err_set(err, st,
	    "the provider refused: HTTP status %d%s%s%s%s", response->status,
	    error->text[0] == '\0' ? "" : ", ", error->text,
	    error->hint == NULL ? "" : " - ",
	    error->hint == NULL ? "" : error->hint);
}

/* A document, if the answer is yes; else why not. */
static enum po_status
read_answer(const struct po_http_response *response, struct po_json **document,
    struct po_err *err)
{
	struct po_oauth_error error = { .kind = PO_OAUTH_ERROR_NONE };
	bool good = response->status == 200 || response->status == 201;
	enum po_status st;

	if (!good && po_oauth_is_foreign(response))
		return refuse(response, NULL, &error, err);
	if ((st = po_oauth_read(response, document, &error, err)) != PO_OK)
		return st;
	return good && error.kind == PO_OAUTH_ERROR_NONE
		   ? PO_OK
		   : refuse(response, *document, &error, err);
}

enum po_status
po_register_deleted(const struct po_http_response *response, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;

	/* RFC 7592 2.3: 204; 200 is how others say it, whatever is in it */
	if (response->status == 204 || response->status == 200)
		return PO_OK;
	return read_answer(response, &document, err) == PO_OK
		   ? po_err_set(err, PO_E_DOCUMENT,
			 "HTTP status %d instead of 204 (RFC 7592 2.3)",
			 response->status)
		   : err->status;
}

/* Stands in a line of the configuration, or in a header; or is NULL. */
static bool
is_word(const char *text)
{
	return text == NULL || strchr(text, ' ') == NULL;
}

static enum po_status
read_grant_types(const struct po_json *document, char **out, struct po_err *err)
{
	const struct po_json *list = po_json_member(document, "grant_types");
	AUTO(po_buf_clear) struct po_buf words = PO_BUF_INIT(WORDS_MAX);
	size_t count = list == NULL ? 0 : po_json_array_len(list);

	for (size_t i = 0; i < count; i++) {
		const char *word =
		    po_json_string(po_json_array_at(list, i), NULL);

		if (word == NULL || strchr(word, ' ') != NULL)
			return po_err_set(err, PO_E_DOCUMENT,
			    "field \"grant_types\" is no list of words");
		po_buf_appendf(&words, "%s%s", i == 0 ? "" : " ", word);
	}
	return count == 0 ? PO_OK : po_buf_take_str(&words, out, err);
}

static enum po_status
read_document(const struct po_json *document, struct po_registration *out,
    struct po_err *err)
{
	struct po_json_field fields[PO_ARRAY_LEN(texts) + 1] = { {
	    .name = EXPIRES_NAME,
	    .type = PO_JSON_FIELD_INT,
	    .target = &out->secret_expires_s,
	    .min = 0,
	    .max = INT64_MAX,
	} };
	size_t count = 1;
	enum po_status st;

	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++)
		if (texts[i].type != OURS)
			fields[count++] = (struct po_json_field){
				.name = texts[i].name,
				.type = texts[i].type == URL
					    ? PO_JSON_FIELD_URL
					    : PO_JSON_FIELD_STRING,
				.target = text_of(out, &texts[i]),
				.required = i == 0,
				.max = (int64_t)texts[i].max,
			};
	if ((st = po_json_decode(document, fields, count, err)) != PO_OK ||
	    (st = read_grant_types(document, &out->grant_types, err)) != PO_OK)
		return st;
	if (out->scope != NULL && *out->scope == '\0')
		po_str_free(&out->scope); /* of no use, and no harm either */
	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		const char *text = *text_of(out, &texts[i]);

		/* RFC 6749 A.1, A.2, A.4: visible ASCII, all of them */
		if (text != NULL && !po_record_is_value(text, 1, texts[i].max))
			return po_err_set(err, PO_E_DOCUMENT,
			    "field \"%s\" is empty, or not printable ASCII",
			    texts[i].name);
	}
	if (!is_word(out->client_id) || !is_word(out->access_token))
		return po_err_set(err, PO_E_DOCUMENT,
		    "a client_id or registration_access_token with a blank");
	if ((out->access_token == NULL) != (out->uri == NULL))
		return po_err_set(err, PO_E_DOCUMENT,
		    "one of registration_access_token and "
		    "registration_client_uri without the other (RFC 7592 3)");
	return PO_OK;
}

enum po_status
po_register_parse(const struct po_http_response *response,
    struct po_registration *out, struct po_err *err)
{
	AUTO(po_registration_clear) struct po_registration found = { 0 };
	AUTO(po_json_free) struct po_json *document = NULL;
	enum po_status st;

	*out = found;
	st = read_answer(response, &document, err);
	if (st == PO_OK)
		st = read_document(document, &found, err);
	if (st != PO_OK)
		return st;
	*out = found;
	memset(&found, 0, sizeof(found));
	return PO_OK;
}

/* --- records -------------------------------------------------------------- */

enum po_status
po_registration_check(
    const struct po_registration *registration, struct po_err *err)
{
	enum po_client_auth auth = PO_CLIENT_AUTH_AUTO;

	if (registration->auth == NULL ||
	    !po_client_auth_find(registration->auth, &auth) ||
	    auth < PO_CLIENT_AUTH_NONE || auth > PO_CLIENT_AUTH_SECRET_JWT)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "the provider wants the client to use \"%s\", which takes "
		    "more than a secret: register it there by hand",
		    registration->auth == NULL ? "" : registration->auth);
	if (auth != PO_CLIENT_AUTH_NONE && registration->client_secret == NULL)
		return po_err_set(err, PO_E_DOCUMENT,
		    "the provider has given no client_secret for \"%s\"",
		    registration->auth);
	return PO_OK;
}

void
po_registration_print(
    const struct po_registration *registration, struct po_buf *out)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		const char *text = *text_of(registration, &texts[i]);

		if (text != NULL)
			po_buf_appendf(out, "%s=%s\n", texts[i].name, text);
	}
	po_buf_appendf(
	    out, EXPIRES_NAME "=%" PRId64 "\n", registration->secret_expires_s);
}

/* One line, which was "NAME=VALUE". */
static bool
scan_line(const char *name, const char *value, struct po_registration *out)
{
	if (strcmp(name, EXPIRES_NAME) == 0)
		return out->secret_expires_s < 0 &&
		       po_text_parse_int(
			   value, 0, INT64_MAX, &out->secret_expires_s);
	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		char **text = text_of(out, &texts[i]);

		if (strcmp(name, texts[i].name) == 0)
			return *text == NULL &&
			       po_record_is_value(value, 1, texts[i].max) &&
			       (texts[i].type != URL ||
				   po_text_is_https_url(value)) &&
			       (*text = po_str_dup(value)) != NULL;
	}
	return false;
}

enum po_status
po_registration_scan(const struct po_buf *record, struct po_registration *out,
    struct po_err *err)
{
	AUTO(po_registration_clear)
	struct po_registration found = {
		.secret_expires_s = -1, /* not there yet */
	};
	AUTO(po_str_free) char *text = po_str_dup(po_buf_str(record));
	char *at = text, *end, *value;

	*out = (struct po_registration){ 0 };
	if (text == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		*end = '\0';
		if ((value = strchr(at, '=')) == NULL)
			break;
		*value++ = '\0';
		if (!scan_line(at, value, &found))
			break;
	}
	/* a NUL inside would end it early */
	if ((size_t)(at - text) != record->len || found.client_id == NULL ||
	    !is_word(found.client_id) || !is_word(found.access_token))
		return po_err_set(
		    err, PO_E_DOCUMENT, "not a record of a registration");
	if (found.secret_expires_s < 0)
		found.secret_expires_s = 0;
	*out = found;
	memset(&found, 0, sizeof(found));
	return PO_OK;
}
