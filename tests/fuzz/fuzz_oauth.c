/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of a hostile provider.  First byte: whose parser; second: the HTTP
 * status; the rest is the body.  What is accepted must be fit for use, what
 * is refused must say why and hand out nothing.
 */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "oauth/device.h"
#include "oauth/metadata.h"
#include "oauth/token.h"
#include "oauth/userinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ISSUER "https://a.example"

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* A message is one line of UTF-8; our own part of it is ASCII. */
static void
require_reason(enum po_status st, const struct po_err *err)
{
	require(st != PO_OK && err->status == st);
	require(err->text[0] != '\0');
}

static void
try_metadata(const struct po_http_response *response)
{
	struct po_metadata metadata;
	struct po_err err = { 0 };
	enum po_status st =
	    po_metadata_parse(ISSUER, response, &metadata, &err);

	if (st == PO_OK) {
		require(strcmp(metadata.issuer, ISSUER) == 0);
		require(po_text_is_https_url(metadata.token_endpoint));
		require(po_text_is_https_url(metadata.jwks_uri));
		require(response->status == 200);
	} else {
		require_reason(st, &err);
		require(metadata.issuer == NULL);
	}
	po_metadata_clear(&metadata);
}

static void
try_device(const struct po_http_response *response)
{
	struct po_device_authorization device;
	struct po_err err = { 0 };
	enum po_status st = po_device_parse(response, &device, &err);

	if (st == PO_OK) {
		require(device.device_code[0] != '\0');
		require(device.user_code[0] != '\0');
		require(strlen(device.user_code) <= PO_USER_CODE_MAX);
		require(po_text_is_https_url(device.verification_uri));
		require(device.verification_uri_complete == NULL ||
			po_text_is_https_url(device.verification_uri_complete));
		require(device.expires_in_s >= 1 &&
			device.expires_in_s <= PO_DEVICE_EXPIRES_MAX_S);
		require(device.interval_s >= 1 &&
			device.interval_s <= PO_DEVICE_INTERVAL_MAX_S);
	} else {
		require_reason(st, &err);
		require(device.device_code == NULL);
	}
	po_device_authorization_clear(&device);
}

static void
try_token(const struct po_http_response *response)
{
	struct po_token_answer answer;

	po_token_parse(response, &answer);
	require((answer.verdict == PO_TOKEN_GRANTED) ==
		(answer.tokens.access_token != NULL));
	switch (answer.verdict) {
	case PO_TOKEN_GRANTED:
		require(response->status >= 200 && response->status <= 299);
		require(answer.err.status == PO_OK);
		break;
	case PO_TOKEN_PENDING:
	case PO_TOKEN_SLOW_DOWN:
		require(answer.err.status == PO_OK);
		break;
	case PO_TOKEN_REFUSED:
	case PO_TOKEN_UNAVAILABLE:
	case PO_TOKEN_EXPIRED:
	case PO_TOKEN_DENIED:
		require_reason(answer.err.status, &answer.err);
		require(answer.tokens.id_token == NULL);
		break;
	}
	require(answer.interval_s == -1 ||
		(answer.interval_s >= 1 &&
		    answer.interval_s <= PO_DEVICE_INTERVAL_MAX_S));
	po_token_answer_clear(&answer);
}

static void
try_userinfo(const struct po_http_response *response)
{
	static const char id_token[] = "{\"sub\":\"1\",\"groups\":[]}";
	AUTO(po_json_free) struct po_json *signed_claims = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	struct po_err err = { 0 };
	enum po_status st;

	if (po_json_parse(id_token, strlen(id_token), &signed_claims, NULL) !=
	    PO_OK)
		return;
	st = po_userinfo_merge(signed_claims, response, &claims, &err);
	if (st == PO_OK) {
		const char *sub =
		    po_json_string(po_json_member(claims, "sub"), NULL);

		require(strcmp(sub, "1") == 0);
		require(
		    po_json_array_len(po_json_member(claims, "groups")) == 0);
	} else {
		require_reason(st, &err);
		require(claims == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 400, 401, 403, 428, 429, 500, 503,
		404, 302 };
	AUTO(po_http_response_clear)
	struct po_http_response response = {
		.media_type = "application/json",
		.retry_after_s = -1,
		.date_s = -1,
		.body = PO_BUF_INIT(size),
	};

	if (size < 2)
		return 0;
	response.status =
	    statuses[(uint8_t)(data[1] - '0') % PO_ARRAY_LEN(statuses)];
	po_buf_append(&response.body, data + 2, size - 2);
	switch (data[0]) {
	case 'm':
		try_metadata(&response);
		break;
	case 'd':
		try_device(&response);
		break;
	case 't':
		try_token(&response);
		break;
	case 'u':
		try_userinfo(&response);
		break;
	default:
		break;
	}
	return 0;
}
