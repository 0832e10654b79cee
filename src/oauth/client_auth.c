/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the client proves itself to the provider.  The secret goes into the
 * Authorization header or the body, never into a URL.  See client_auth.h.
 */

#include "oauth/client_auth.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

bool
po_client_auth_find(const char *name, enum po_client_auth *out)
{
	static const struct {
		const char *name;
		enum po_client_auth auth;
	} names[] = {
		{ "auto", PO_CLIENT_AUTH_AUTO },
		{ "none", PO_CLIENT_AUTH_NONE },
		{ "client_secret_basic", PO_CLIENT_AUTH_SECRET_BASIC },
		{ "client_secret_post", PO_CLIENT_AUTH_SECRET_POST },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		if (strcmp(names[i].name, name) == 0) {
			*out = names[i].auth;
			return true;
		}
	}
	return false;
}

/* base64 with padding (RFC 4648 section 4), which RFC 7617 asks for. */
static void
append_base64(struct po_buf *out, const uint8_t *data, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t group = (uint32_t)data[i] << 16;

		if (left > 1)
			group |= (uint32_t)data[i + 1] << 8;
		if (left > 2)
			group |= data[i + 2];
		po_buf_append_char(out, alphabet[group >> 18]);
		po_buf_append_char(out, alphabet[(group >> 12) & 0x3F]);
		po_buf_append_char(
		    out, left > 1 ? alphabet[(group >> 6) & 0x3F] : '=');
		po_buf_append_char(
		    out, left > 2 ? alphabet[group & 0x3F] : '=');
	}
}

/*
 * RFC 6749 2.3.1: both are form-encoded first.  It matters: CILogon's client
 * identifiers contain ':' and '/'.
 */
static enum po_status
set_basic(const struct po_client *client, struct po_http_request *request,
    struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf pair = PO_BUF_INIT(PO_HTTP_MAX_REQUEST);
	AUTO(po_buf_clear)
	struct po_buf header = PO_BUF_INIT(PO_HTTP_MAX_REQUEST);
	enum po_status st;

	po_text_form_encode(
	    &pair, client->client_id, strlen(client->client_id));
	po_buf_append_char(&pair, ':');
	po_text_form_encode(
	    &pair, client->client_secret, strlen(client->client_secret));
	if ((st = po_buf_check(&pair, err)) != PO_OK)
		return st;
	po_buf_append_str(&header, "Basic ");
	append_base64(&header, pair.data, pair.len);
	po_str_free(&request->authorization);
	return po_buf_take_str(&header, &request->authorization, err);
}

enum po_status
po_client_auth_apply(const struct po_client *client,
    struct po_http_request *request, struct po_err *err)
{
	bool secret =
	    client->client_secret != NULL && *client->client_secret != '\0';
	enum po_client_auth auth = client->auth;
	enum po_status st = PO_OK;

	if (auth == PO_CLIENT_AUTH_AUTO)
		auth =
		    secret ? PO_CLIENT_AUTH_SECRET_BASIC : PO_CLIENT_AUTH_NONE;
	if (auth != PO_CLIENT_AUTH_NONE && !secret)
		return po_err_set(err, PO_E_CONFIG,
		    "client_auth is \"%s\", but there is no "
		    "client_secret_file",
		    auth == PO_CLIENT_AUTH_SECRET_POST ? "client_secret_post"
						       : "client_secret_basic");
	po_text_form_field(&request->body, "client_id", client->client_id);
	if (auth == PO_CLIENT_AUTH_SECRET_POST)
		po_text_form_field(
		    &request->body, "client_secret", client->client_secret);
	else if (auth == PO_CLIENT_AUTH_SECRET_BASIC)
		st = set_basic(client, request, err);
	return st == PO_OK ? po_buf_check(&request->body, err) : st;
}
