/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of a hostile provider.  First byte: whose parser; second: the HTTP
 * status and the media type; the rest is the body.  What is accepted must be
 * fit for use, what is refused must say why and hand out nothing.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "oauth/api.h"
#include "oauth/ciba.h"
#include "oauth/device.h"
#include "oauth/link.h"
#include "oauth/oauth_error.h"
#include "oauth/provider.h"
#include "oauth/refresh.h"
#include "oauth/register.h"
#include "oauth/token.h"
#include "oauth/userinfo.h"

#define ISSUER "https://a.example"

static void
require_reason(enum po_status st, const struct po_err *err)
{
	require(st != PO_OK && err->status == st);
	require(err->text[0] != '\0');
}

/* One line, and nothing in it that a terminal would act on. */
static void
require_printable(const char *text)
{
	AUTO(po_buf_clear) struct po_buf shown = PO_BUF_INIT(4096);

	po_text_printable(&shown, text, strlen(text), 4096);
	require(strcmp(po_buf_str(&shown), text) == 0);
}

/* --- requests made of answers --------------------------------------------- */

static unsigned
hex_value(char c)
{
	require((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A' + 10);
}

/* A form that ends with this field and the client's identifier. */
static void
require_field(const char *form, const char *name, const char *value)
{
	const char *at = strstr(form, name);

	require(at != NULL);
	at += strlen(name);
	for (; *value != '\0'; value++) {
		unsigned byte = (unsigned char)*at++;

		require(byte != '&' && byte != '=');
		if (byte == '+') {
			byte = ' ';
		} else if (byte == '%') {
			byte = hex_value(at[0]) << 4 | hex_value(at[1]);
			at += 2;
		}
		require(byte == (unsigned char)*value);
	}
	require(strcmp(at, "&client_id=id") == 0);
}

/* Whatever a code holds, it stays one field of the form. */
static void
poll_with(const char *device_code)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	const struct po_client client = {
		.client_id = "id",
		.auth = PO_CLIENT_AUTH_NONE,
	};

	require(po_token_device_request(ISSUER "/token", &client, device_code,
		    NULL, &request, NULL) == PO_OK);
	require_field(po_buf_str(&request.body), "&device_code=", device_code);
}

/* Whatever a token holds, it stays one line of the header. */
static void
ask_userinfo_with(const char *access_token)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	struct po_err err = { 0 };
	enum po_status st = po_userinfo_request(
	    ISSUER "/userinfo", access_token, &request, &err);

	if (st != PO_OK) {
		require_reason(st, &err);
		return;
	}
	require(strncmp(request.authorization, "Bearer ", 7) == 0);
	require(strcmp(request.authorization + 7, access_token) == 0);
	for (const char *p = access_token; *p != '\0'; p++)
		require(*p > ' ' && *p <= '~');
}

/* --- one parser each ------------------------------------------------------ */

static bool
is_url_or_null(const char *url)
{
	return url == NULL || po_text_is_https_url(url);
}

/* A transport that answers everything with `arg`'s bytes. */
static enum po_status
answer(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err PO_UNUSED)
{
	const struct po_http_response *given = arg;

	require(request->response_max > 0 && request->what != NULL);
	*response = *given;
	response->body = (struct po_buf)PO_BUF_INIT(given->body.len);
	po_buf_append(&response->body, given->body.data, given->body.len);
	return PO_OK;
}

static void
discover(const struct po_http_response *response, enum po_status expected)
{
	const struct po_transport transport = { answer,
		(void *)(uintptr_t)response };
	const struct po_endpoints by_hand = {
		.jwks_uri = ISSUER "/by-hand",
		.mtls = true,
	};
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };

	require(po_provider_discover(
		    &transport, ISSUER, &by_hand, &metadata, NULL) == expected);
	if (expected == PO_OK)
		require(strcmp(metadata.jwks_uri, by_hand.jwks_uri) == 0);
}

static void
try_metadata(const struct po_http_response *response)
{
	struct po_metadata metadata;
	struct po_err err = { 0 };
	enum po_status st =
	    po_metadata_parse(ISSUER, true, response, &metadata, &err);

	if (st == PO_OK) {
		require(strcmp(metadata.issuer, ISSUER) == 0);
		require(po_text_is_https_url(metadata.token_endpoint));
		require(po_text_is_https_url(metadata.jwks_uri));
		require(is_url_or_null(metadata.device_authorization_endpoint));
		require(is_url_or_null(metadata.userinfo_endpoint));
		require(is_url_or_null(
		    metadata.backchannel_authentication_endpoint));
		require(is_url_or_null(metadata.revocation_endpoint));
		require(metadata.auth_methods <
			PO_CLIENT_AUTH_BIT(PO_CLIENT_AUTH_COUNT));
		require(response->status == 200);
		require(strcmp(response->media_type, "text/html") != 0);
	} else {
		require_reason(st, &err);
		require(metadata.issuer == NULL && metadata.jwks_uri == NULL);
	}
	po_metadata_clear(&metadata);
	/* aliases can only be a reason more to refuse */
	require(po_metadata_parse(ISSUER, false, response, &metadata, NULL) ==
		    PO_OK ||
		st != PO_OK);
	po_metadata_clear(&metadata);
	discover(response, st);
}

static void
try_jwks(const struct po_http_response *response)
{
	const struct po_transport transport = { answer,
		(void *)(uintptr_t)response };
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	struct po_err err = { 0 };
	enum po_status st = po_provider_fetch_jwks(
	    &transport, ISSUER "/jwks", false, &jwks, &err);

	require((st == PO_OK) == (jwks != NULL));
	if (st == PO_OK)
		require(response->status == 200);
	else
		require_reason(st, &err);
}

static void
try_error(const struct po_http_response *response)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	struct po_oauth_error error;
	struct po_err err = { 0 };
	enum po_status st = po_oauth_read(response, &document, &error, &err);

	require((st == PO_OK) == (document != NULL));
	if (st != PO_OK) {
		require_reason(st, &err);
		return;
	}
	require(po_json_type(document) == PO_JSON_OBJECT);
	require(strlen(error.text) < sizeof(error.text));
	require_printable(error.text);
	require(
	    error.kind != PO_OAUTH_ERROR_NONE ||
	    po_json_member(document, "error") == NULL ||
	    po_json_type(po_json_member(document, "error")) == PO_JSON_NULL);
}

static void
try_device(const struct po_http_response *response)
{
	struct po_device_authorization device;
	struct po_err err = { 0 };
	enum po_status st = po_device_parse(response, &device, &err);

	if (st == PO_OK) {
		require(device.device_code[0] != '\0');
		require(strlen(device.device_code) <= PO_DEVICE_CODE_MAX);
		require(device.user_code[0] != '\0');
		require(strlen(device.user_code) <= PO_USER_CODE_MAX);
		require(po_text_is_https_url(device.verification_uri));
		require(is_url_or_null(device.verification_uri_complete));
		require(device.expires_in_s >= 1 &&
			device.expires_in_s <= PO_DEVICE_EXPIRES_MAX_S);
		require(device.interval_s >= 1 &&
			device.interval_s <= PO_DEVICE_INTERVAL_MAX_S);
		require(response->status >= 200 && response->status <= 299);
		poll_with(device.device_code);
	} else {
		require_reason(st, &err);
		require(device.device_code == NULL && device.user_code == NULL);
	}
	po_device_authorization_clear(&device);
	try_error(response);
}

/* Of a refresh: granted as a poll is, and closed by a refusal alone. */
static void
try_refresh(
    const struct po_http_response *response, enum po_token_verdict verdict)
{
	AUTO(po_tokens_clear) struct po_tokens tokens = { 0 };
	struct po_err err = { 0 };
	enum po_status st = po_refresh_parse(response, &tokens, &err);

	require((st == PO_OK) == (verdict == PO_TOKEN_GRANTED));
	require((st == PO_OK) == (tokens.access_token != NULL));
	if (st != PO_OK)
		require_reason(st, &err);
	if (st == PO_E_CLOSED)
		require(verdict == PO_TOKEN_REFUSED ||
			verdict == PO_TOKEN_DENIED ||
			verdict == PO_TOKEN_EXPIRED);
}

static void
try_ciba(const struct po_http_response *response)
{
	struct po_device_authorization request;
	struct po_err err = { 0 };
	enum po_status st = po_ciba_parse(response, &request, &err);

	if (st == PO_OK) {
		require(request.device_code[0] != '\0');
		require(strlen(request.device_code) <= PO_DEVICE_CODE_MAX);
		require(request.user_code == NULL);
		require(request.verification_uri == NULL);
		require(request.expires_in_s >= 1 &&
			request.expires_in_s <= PO_DEVICE_EXPIRES_MAX_S);
		require(request.interval_s >= 1 &&
			request.interval_s <= PO_DEVICE_INTERVAL_MAX_S);
		require(response->status >= 200 && response->status <= 299);
	} else {
		require_reason(st, &err);
		require_printable(err.text);
		require(request.device_code == NULL);
	}
	po_device_authorization_clear(&request);
	try_error(response);
}

/* Somebody's command is one word on the phone, and no other text moves. */
static void
try_binding(const char *command)
{
	static const char before[] = "web1_sudo_", after[] = "#4F7K";
	const struct po_ciba_facts facts = { "alice", "web1", "sudo", command,
		"4F7K" };
	AUTO(po_str_free) char *text = NULL;
	size_t len;

	if (*command == '\0')
		return;
	require(po_ciba_binding("{host}_{service}_{command}#{code}", &facts,
		    &text, NULL) == PO_OK);
	len = strlen(text);
	require(len > strlen(before) + strlen(after));
	require(len <= PO_CIBA_BINDING_MAX);
	require(strncmp(text, before, strlen(before)) == 0);
	require(strcmp(text + len - strlen(after), after) == 0);
	require(strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
			     "WXYZ0123456789.+-_") == len - strlen(after));
}

static void
try_token(const struct po_http_response *response)
{
	struct po_token_answer answered;

	po_token_parse(response, &answered);
	try_refresh(response, answered.verdict);
	require((answered.verdict == PO_TOKEN_GRANTED) ==
		(answered.tokens.access_token != NULL));
	require(answered.retry_after_s == response->retry_after_s);
	switch (answered.verdict) {
	case PO_TOKEN_GRANTED:
		require(response->status >= 200 && response->status <= 299);
		require(answered.err.status == PO_OK);
		require(answered.tokens.access_token[0] != '\0');
		require(answered.tokens.id_token == NULL ||
			answered.tokens.id_token[0] != '\0');
		ask_userinfo_with(answered.tokens.access_token);
		break;
	case PO_TOKEN_PENDING:
	case PO_TOKEN_SLOW_DOWN:
		require(answered.err.status == PO_OK);
		break;
	case PO_TOKEN_REFUSED:
	case PO_TOKEN_UNAVAILABLE:
	case PO_TOKEN_EXPIRED:
	case PO_TOKEN_DENIED:
		require_reason(answered.err.status, &answered.err);
		require(answered.tokens.id_token == NULL);
		break;
	}
	require(answered.interval_s == -1 ||
		(answered.interval_s >= 1 &&
		    answered.interval_s <= PO_DEVICE_INTERVAL_MAX_S));
	po_token_answer_clear(&answered);
	try_error(response);
}

/* The ID token's word is what it was, whatever userinfo says. */
static void
require_signed(const struct po_json *claims)
{
	const char *sub = po_json_string(po_json_member(claims, "sub"), NULL);
	int64_t exp = 0;

	require(strcmp(sub, "1") == 0);
	require(
	    po_json_type(po_json_member(claims, "groups")) == PO_JSON_ARRAY);
	require(po_json_array_len(po_json_member(claims, "groups")) == 0);
	require(po_json_int(po_json_member(claims, "exp"), &exp) && exp == 9);
	require(po_json_type(po_json_member(claims, "email_verified")) ==
		PO_JSON_NULL);
}

static void
try_userinfo(const struct po_http_response *response)
{
	static const char id_token[] = "{\"sub\":\"1\",\"groups\":[],"
				       "\"exp\":9,\"email_verified\":null}";
	static const char keys[] = "{\"keys\":[]}";
	const struct po_id_token_policy policy = {
		.issuer = ISSUER,
		.client_id = "id",
		.algs = PO_ALG_ASYMMETRIC,
	};
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	AUTO(po_json_free) struct po_json *signed_claims = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	struct po_err err = { 0 };
	enum po_status st;

	require(po_jwks_parse(keys, strlen(keys), &jwks, NULL) == PO_OK);

	require(po_json_parse(
		    id_token, strlen(id_token), &signed_claims, NULL) == PO_OK);
	st = po_userinfo_merge(
	    signed_claims, response, jwks, &policy, &claims, &err);
	if (st == PO_OK) {
		require(response->status == 200);
		/* nobody has a key to sign it with */
		require(strcmp(response->media_type, "application/jwt") != 0);
		require_signed(claims);
	} else {
		require_reason(st, &err);
		require(claims == NULL);
	}
	require_signed(signed_claims);
}

/* --- registrations -------------------------------------------------------- */

static void
require_line(const char *text)
{
	if (text == NULL)
		return;
	require(*text != '\0');
	for (; *text != '\0'; text++)
		require(*text >= ' ' && *text <= '~');
}

/* Whatever was accepted stands in a file, line by line, and comes out again. */
static void
keep_registration(const struct po_registration *client)
{
	AUTO(po_registration_clear) struct po_registration again = { 0 };
	AUTO(po_buf_clear)
	struct po_buf first = PO_BUF_INIT(PO_REGISTRATION_MAX);
	AUTO(po_buf_clear)
	struct po_buf second = PO_BUF_INIT(PO_REGISTRATION_MAX);

	require_line(client->client_id);
	require_line(client->client_secret);
	require_line(client->auth);
	require_line(client->grant_types);
	require_line(client->scope);
	require_line(client->access_token);
	require(strchr(client->client_id, ' ') == NULL);
	require(is_url_or_null(client->uri));
	require(client->secret_expires_s >= 0);
	po_registration_print(client, &first);
	require(po_buf_check(&first, NULL) == PO_OK);
	require(po_registration_scan(&first, &again, NULL) == PO_OK);
	po_registration_print(&again, &second);
	require(strcmp(po_buf_str(&first), po_buf_str(&second)) == 0);
}

static void
manage_with(const struct po_registration *client)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	struct po_err err = { 0 };
	enum po_status st =
	    po_register_manage(client, PO_HTTP_DELETE, &request, &err);

	if (client->uri == NULL) {
		require_reason(st, &err);
		return;
	}
	require(st == PO_OK && po_text_is_https_url(request.url));
	require(strcmp(request.authorization + 7, client->access_token) == 0);
}

static void
try_register(const struct po_http_response *response)
{
	struct po_registration client;
	struct po_err err = { 0 };
	enum po_status st = po_register_parse(response, &client, &err);

	if (st == PO_OK) {
		require(response->status == 200 || response->status == 201);
		require((client.uri == NULL) == (client.access_token == NULL));
		require(client.secret_file == NULL && client.ca_file == NULL);
		keep_registration(&client);
		manage_with(&client);
	} else {
		require_reason(st, &err);
		require(client.client_id == NULL);
		require(client.client_secret == NULL);
	}
	po_registration_clear(&client);
	err = (struct po_err){ 0 };
	if ((st = po_register_deleted(response, &err)) != PO_OK)
		require_reason(st, &err);
}

/* What another process has to say, read by root. */
static void
try_record(const struct po_buf *record)
{
	struct po_registration client;
	struct po_err err = { 0 };
	enum po_status st = po_registration_scan(record, &client, &err);

	if (st == PO_OK) {
		keep_registration(&client);
	} else {
		require_reason(st, &err);
		require(client.client_id == NULL);
	}
	po_registration_clear(&client);
}

/* --- documents ------------------------------------------------------------ */

#define API "https://api.example.com"

/* Gives the same page for ever, and watches where the token goes. */
struct library {
	const struct po_http_response *page;
	const char *link;
	unsigned asked;
};

static enum po_status
lend(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	struct library *library = arg;

	require(po_text_is_https_url(request->url));
	require(strncasecmp(request->url, API, strlen(API)) == 0);
	require(strchr("/?:", request->url[strlen(API)]) != NULL);
	require(request->paged && request->authorization != NULL);
	require(++library->asked <= PO_API_PAGES_MAX);
	require(answer((void *)(uintptr_t)library->page, request, response,
		    err) == PO_OK);
	response->link =
	    library->link == NULL ? NULL : po_str_dup(library->link);
	return response->body.len > request->response_max
		   ? po_err_set(err, PO_E_TOO_LARGE, "too large")
		   : PO_OK;
}

/* What the header means is one place, or nothing. */
static void
read_link(const char *header)
{
	AUTO(po_str_free) char *next = NULL;
	struct po_err err = { 0 };
	enum po_status st = po_link_next(header, &next, &err);

	if (st != PO_OK)
		require_reason(st, &err);
	require(st == PO_OK || next == NULL);
	if (next != NULL) {
		require(strpbrk(next, "<> \t\"") == NULL);
		require(strstr(header, next) != NULL);
	}
}

/* The Link header in the first line, then the page. */
static void
try_api(struct po_http_response *response)
{
	static const char *const line = "teams " API "/user/teams";
	static const struct po_place place = { .file = "conf", .line = 7 };
	AUTO(po_str_free) char *text = NULL;
	AUTO(po_api_free) struct po_api *api = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_json_free) struct po_json *all = NULL;
	struct library library = { .page = response };
	const struct po_transport transport = { lend, &library };
	struct po_err err = { 0 };
	enum po_status st;
	size_t len;

	if ((text = po_str_dup(po_buf_str(&response->body))) == NULL)
		abort();
	len = strcspn(text, "\n");
	po_buf_clear(&response->body);
	if (text[len] == '\n') {
		text[len] = '\0';
		po_buf_append_str(&response->body, text + len + 1);
		library.link = text;
		read_link(text);
	} else {
		po_buf_append_str(&response->body, text);
	}
	require(po_api_new(&line, &place, 1, &api, NULL) == PO_OK);
	po_api_want(api, "/teams/*/slug");
	require(po_json_parse("{\"sub\":1}", 9, &claims, NULL) == PO_OK);
	st = po_api_fetch(api, &transport, "token", claims, &all, &err);
	if (st == PO_OK) {
		require(response->status == 200);
		require(po_json_member(all, "teams") != NULL);
		require(
		    po_json_type(po_json_member(all, "sub")) == PO_JSON_INT);
	} else {
		require_reason(st, &err);
		require(all == NULL);
	}
}

/* '0' to '9' are JSON with the ten statuses that matter most. */
static void
fill(struct po_http_response *response, uint8_t kind)
{
	static const int statuses[] = { 200, 400, 401, 403, 428, 429, 500, 503,
		404, 302, 201, 204, 206, 599, 100, 304 };
	static const char *const types[] = { "application/problem+json",
		"text/html", "application/jwt", "application/json", "",
		"application/jsonx", "text/plain", "+json" };

	response->status = statuses[kind % PO_ARRAY_LEN(statuses)];
	(void)snprintf(response->media_type, sizeof(response->media_type), "%s",
	    types[kind / 16 % PO_ARRAY_LEN(types)]);
	response->retry_after_s = kind >= 0x80 ? kind : -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_http_response_clear)
	struct po_http_response response = {
		.date_s = -1,
		.body = PO_BUF_INIT(size),
	};

	if (size < 2)
		return 0;
	fill(&response, data[1]);
	po_buf_append(&response.body, data + 2, size - 2);
	if (data[0] == 'm')
		try_metadata(&response);
	else if (data[0] == 'd')
		try_device(&response);
	else if (data[0] == 'c')
		try_ciba(&response);
	else if (data[0] == 'b')
		try_binding(po_buf_str(&response.body));
	else if (data[0] == 't')
		try_token(&response);
	else if (data[0] == 'u')
		try_userinfo(&response);
	else if (data[0] == 'a')
		try_api(&response);
	else if (data[0] == 'r')
		try_register(&response);
	else if (data[0] == 's')
		try_record(&response.body);
	else if (data[0] == 'k')
		try_jwks(&response);
	return 0;
}
