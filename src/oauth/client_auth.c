/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the client proves itself to the provider.  Secrets and assertions go
 * into the Authorization header or the body, never into a URL.  See
 * client_auth.h.
 */

#include "oauth/client_auth.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/b64url.h"
#include "jose/json.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
/* It is sent at once; a minute is what clocks may differ by elsewhere. */
#define ASSERTION_LIFETIME_S 60
#define CLAIMS_MAX (16 * 1024)    /* three URLs, each escaped */
#define ASSERTION_MAX (32 * 1024) /* in base64, with header and signature */

/* Names of the registry (RFC 7591 4.2), and what they need. */
static const struct {
	const char *name;
	const char *needs; /* an option; NULL: nothing */
} methods[PO_CLIENT_AUTH_COUNT] = {
	[PO_CLIENT_AUTH_AUTO] = { "auto", NULL },
	[PO_CLIENT_AUTH_NONE] = { "none", NULL },
	[PO_CLIENT_AUTH_SECRET_BASIC] = { "client_secret_basic",
	    "client_secret_file" },
	[PO_CLIENT_AUTH_SECRET_POST] = { "client_secret_post",
	    "client_secret_file" },
	[PO_CLIENT_AUTH_SECRET_JWT] = { "client_secret_jwt",
	    "client_secret_file" },
	[PO_CLIENT_AUTH_PRIVATE_KEY_JWT] = { "private_key_jwt",
	    "client_key_file" },
	[PO_CLIENT_AUTH_TLS] = { "tls_client_auth", "client_certificate_file" },
	[PO_CLIENT_AUTH_SELF_SIGNED_TLS] = { "self_signed_tls_client_auth",
	    "client_certificate_file" },
};

bool
po_client_auth_find(const char *name, enum po_client_auth *out)
{
	for (unsigned i = 0; i < PO_CLIENT_AUTH_COUNT; i++) {
		if (strcmp(methods[i].name, name) == 0) {
			*out = (enum po_client_auth)i;
			return true;
		}
	}
	return false;
}

const char *
po_client_auth_name(enum po_client_auth auth)
{
	return methods[auth].name;
}

static bool
has_secret(const struct po_client *client)
{
	return client->client_secret != NULL && *client->client_secret != '\0';
}

enum po_client_auth
po_client_auth_choose(const struct po_client *client)
{
	static const enum po_client_auth with_secret[] = {
		PO_CLIENT_AUTH_SECRET_BASIC, PO_CLIENT_AUTH_SECRET_POST,
		PO_CLIENT_AUTH_SECRET_JWT
	};

	if (client->auth != PO_CLIENT_AUTH_AUTO)
		return client->auth;
	if (client->certified)
		return PO_CLIENT_AUTH_TLS;
	if (client->key != NULL)
		return PO_CLIENT_AUTH_PRIVATE_KEY_JWT;
	if (!has_secret(client))
		return PO_CLIENT_AUTH_NONE;
	for (size_t i = 0; i < PO_ARRAY_LEN(with_secret); i++)
		if (client->listed & PO_CLIENT_AUTH_BIT(with_secret[i]))
			return with_secret[i];
	return PO_CLIENT_AUTH_SECRET_BASIC;
}

struct po_client
po_client_at_device(const struct po_client *client)
{
	struct po_client there = *client;

	if (client->device_auth != PO_CLIENT_AUTH_AUTO)
		there.auth = client->device_auth;
	return there;
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

/* The claims (RFC 7523 3), with a new jti. */
static enum po_status
write_claims(const struct po_client *client, const char *audience,
    struct po_buf *out, struct po_err *err)
{
	struct po_stamp stamp;
	enum po_status st;

	if ((st = client->stamp(&stamp, err)) != PO_OK)
		return st;
	po_buf_append_str(out, "{\"iss\":");
	po_json_print_string(client->client_id, strlen(client->client_id), out);
	po_buf_append_str(out, ",\"sub\":");
	po_json_print_string(client->client_id, strlen(client->client_id), out);
	/* one string, no list: CVE-2025-27370 */
	po_buf_append_str(out, ",\"aud\":");
	po_json_print_string(audience, strlen(audience), out);
	po_buf_append_str(out, ",\"jti\":\"");
	po_b64url_encode(stamp.random, sizeof(stamp.random), out);
	po_buf_appendf(out, "\",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}",
	    stamp.now_s, stamp.now_s + ASSERTION_LIFETIME_S);
	return po_buf_check(out, err);
}

static enum po_status
add_assertion(const struct po_client *client, enum po_client_auth auth,
    struct po_http_request *request, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf claims = PO_BUF_INIT(CLAIMS_MAX);
	AUTO(po_buf_clear) struct po_buf jws = PO_BUF_INIT(ASSERTION_MAX);
	const char *audience = client->issuer, *typ = "JWT";
	enum po_status st;

	/* those that want another audience may be as old in this, too */
	if (client->audience == PO_AUDIENCE_ISSUER)
		typ = "client-authentication+jwt"; /* rfc7523bis */
	else if (client->audience == PO_AUDIENCE_TOKEN_ENDPOINT)
		audience = client->token_endpoint;
	else
		audience = request->url;
	if ((st = write_claims(client, audience, &claims, err)) != PO_OK)
		return st;
	st = auth == PO_CLIENT_AUTH_PRIVATE_KEY_JWT
		 ? po_sign(client->key, typ, &claims, &jws, err)
		 : po_sign_mac(client->client_secret,
		       strlen(client->client_secret), typ, &claims, &jws, err);
	if (st != PO_OK)
		return st;
	po_text_form_field(
	    &request->body, "client_assertion_type", ASSERTION_TYPE);
	po_text_form_field(
	    &request->body, "client_assertion", po_buf_str(&jws));
	return PO_OK;
}

static enum po_status
check_needs(const struct po_client *client, enum po_client_auth auth,
    struct po_err *err)
{
	bool there = true;

	if (auth >= PO_CLIENT_AUTH_TLS)
		there = client->certified;
	else if (auth == PO_CLIENT_AUTH_PRIVATE_KEY_JWT)
		there = client->key != NULL;
	else if (auth != PO_CLIENT_AUTH_NONE)
		there = has_secret(client);
	return there ? PO_OK
		     : po_err_set(err, PO_E_CONFIG,
			   "client_auth is \"%s\", but there is no %s",
			   methods[auth].name, methods[auth].needs);
}

enum po_status
po_client_auth_apply(const struct po_client *client,
    struct po_http_request *request, struct po_err *err)
{
	enum po_client_auth auth = po_client_auth_choose(client);
	enum po_status st;

	if ((st = check_needs(client, auth, err)) != PO_OK)
		return st;
	po_text_form_field(&request->body, "client_id", client->client_id);
	switch (auth) {
	case PO_CLIENT_AUTH_SECRET_BASIC:
		st = set_basic(client, request, err);
		break;
	case PO_CLIENT_AUTH_SECRET_POST:
		po_text_form_field(
		    &request->body, "client_secret", client->client_secret);
		break;
	case PO_CLIENT_AUTH_SECRET_JWT:
	case PO_CLIENT_AUTH_PRIVATE_KEY_JWT:
		st = add_assertion(client, auth, request, err);
		break;
	case PO_CLIENT_AUTH_AUTO:
	case PO_CLIENT_AUTH_NONE:
	case PO_CLIENT_AUTH_TLS: /* the handshake has done it */
	case PO_CLIENT_AUTH_SELF_SIGNED_TLS:
	case PO_CLIENT_AUTH_COUNT:
		break;
	}
	return st == PO_OK ? po_buf_check(&request->body, err) : st;
}
