/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device authorization request and its answer (RFC 8628 3.1, 3.2).
 * Nothing of the answer is trusted: it decides what a person is shown and
 * where they are sent.  See device.h.
 */

#include "oauth/device.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json.h"
#include "oauth/oauth_error.h"

void
po_device_authorization_clear(struct po_device_authorization *device)
{
	po_str_free(&device->device_code);
	po_str_free(&device->user_code);
	po_str_free(&device->verification_uri);
	po_str_free(&device->verification_uri_complete);
	memset(device, 0, sizeof(*device));
}

enum po_status
po_device_request(const char *endpoint, const struct po_client *client,
    const struct po_device_params *params, struct po_http_request *request,
    struct po_err *err)
{
	const struct po_client there = po_client_at_device(client);
	bool pkce = params->code_challenge != NULL;
	char max_age[PO_FORM_SECONDS];
	const struct po_form_field fields[] = {
		{ "scope", params->scope != NULL && *params->scope != '\0'
			       ? params->scope
			       : NULL },
		{ "nonce", params->nonce },
		{ "acr_values", params->acr_values },
		{ "max_age", po_form_seconds(params->max_age_s, max_age) },
		{ "code_challenge", params->code_challenge },
		/* without it Dex and Keycloak take it for "plain" */
		{ "code_challenge_method", pkce ? "S256" : NULL },
		{ NULL, NULL },
	};

	return po_client_request(&there, endpoint,
	    "device authorization request", fields, request, err);
}

/* What an error means here: there is no code yet, so none can be pending. */
static enum po_status
refuse(const struct po_oauth_error *error,
    const struct po_http_response *response, bool ciba, struct po_err *err)
{
	if (ciba && (error->kind == PO_OAUTH_ERROR_PERSON ||
			error->kind == PO_OAUTH_ERROR_DENIED))
		return po_oauth_error_set(error, PO_E_NOT_ASKED,
		    "the provider has asked nobody", err);
	/* authentik: 429 and slow_down above 20 requests an hour */
	if (error->kind == PO_OAUTH_ERROR_BUSY ||
	    error->kind == PO_OAUTH_ERROR_SLOW_DOWN ||
	    (error->kind == PO_OAUTH_ERROR_UNKNOWN &&
		po_oauth_is_busy(response)))
		return po_oauth_error_set(error, PO_E_HTTP,
		    "the provider takes no more requests now", err);
	/* the unknown too: Casdoor has a sentence in the user's language */
	return po_oauth_error_set(
	    error, PO_E_CLIENT_REFUSED, "the provider refused the client", err);
}

/* Clamps seconds; 0 is what is left when the member is absent or null. */
static int64_t
clamp(int64_t seconds, int64_t max, int64_t absent)
{
	if (seconds == 0)
		return absent;
	if (seconds < 1)
		return 1;
	return seconds > max ? max : seconds;
}

enum po_status
po_device_read_times(const struct po_json *document,
    struct po_device_authorization *out, struct po_err *err)
{
	const struct po_json_field fields[] = {
		{ PO_JSON_WHOLE(
		    "expires_in", INT64_MIN, INT64_MAX, &out->expires_in_s) },
		{ PO_JSON_WHOLE(
		    "interval", INT64_MIN, INT64_MAX, &out->interval_s) },
	};
	enum po_status st =
	    po_json_decode(document, fields, PO_ARRAY_LEN(fields), err);

	out->expires_in_s = clamp(out->expires_in_s, PO_DEVICE_EXPIRES_MAX_S,
	    PO_DEVICE_EXPIRES_DEFAULT_S);
	out->interval_s = clamp(out->interval_s, PO_DEVICE_INTERVAL_MAX_S,
	    PO_DEVICE_INTERVAL_DEFAULT_S);
	return st;
}

static enum po_status
read_document(const struct po_json *document,
    struct po_device_authorization *out, struct po_err *err)
{
	AUTO(po_str_free) char *url = NULL;
	AUTO(po_str_free) char *url_complete = NULL;
	const struct po_json_field fields[] = {
		{ PO_JSON_TEXT(
		      "device_code", PO_DEVICE_CODE_MAX, &out->device_code),
		    .required = true },
		{ PO_JSON_TEXT("user_code", PO_USER_CODE_MAX, &out->user_code),
		    .required = true },
		{ PO_JSON_URL("verification_uri", &out->verification_uri) },
		{ PO_JSON_URL("verification_uri_complete",
		    &out->verification_uri_complete) },
		/* Google and Entra v1, from a draft of RFC 8628 */
		{ PO_JSON_URL("verification_url", &url) },
		{ PO_JSON_URL("verification_url_complete", &url_complete) },
	};
	enum po_status st;

	if ((st = po_json_decode(
		 document, fields, PO_ARRAY_LEN(fields), err)) != PO_OK)
		return st;
	if (out->verification_uri == NULL)
		out->verification_uri = TAKE(url);
	if (out->verification_uri_complete == NULL)
		out->verification_uri_complete = TAKE(url_complete);
	if (out->verification_uri == NULL)
		return po_err_set(err, PO_E_DOCUMENT,
		    "field \"verification_uri\" is missing");
	if (*out->device_code == '\0' || *out->user_code == '\0')
		return po_err_set(err, PO_E_DOCUMENT, "field \"%s\" is empty",
		    *out->device_code == '\0' ? "device_code" : "user_code");
	return po_device_read_times(document, out, err);
}

enum po_status
po_device_open(const struct po_http_response *response, bool ciba,
    struct po_json **document, struct po_err *err)
{
	struct po_oauth_error error;
	enum po_status st;

	if ((st = po_oauth_read(response, document, &error, err)) != PO_OK)
		return st;
	if (error.kind != PO_OAUTH_ERROR_NONE)
		return refuse(&error, response, ciba, err);
	if (po_oauth_is_busy(response))
		return po_err_set(
		    err, PO_E_HTTP, "HTTP status %d", response->status);
	if (response->status < 200 || response->status > 299)
		return po_err_set(err, PO_E_DOCUMENT,
		    "HTTP status %d without the field \"error\" "
		    "(RFC 6749 5.2)",
		    response->status);
	return PO_OK;
}

enum po_status
po_device_parse(const struct po_http_response *response,
    struct po_device_authorization *out, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	AUTO(po_device_authorization_clear)
	struct po_device_authorization device = { 0 };
	enum po_status st;

	*out = device;
	if ((st = po_device_open(response, false, &document, err)) != PO_OK ||
	    (st = read_document(document, &device, err)) != PO_OK) {
		po_err_prefix(err, "device authorization response%s",
		    st == PO_E_DOCUMENT ? " (RFC 8628 3.2)" : "");
		return st;
	}
	*out = device;
	memset(&device, 0, sizeof(device));
	return PO_OK;
}
