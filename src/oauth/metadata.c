/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Provider metadata.  It tells where to go and how to ask, never what to
 * allow: lists of algorithms are not read.  See metadata.h.
 */

#include "oauth/metadata.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json.h"
#include "oauth/oauth_error.h"
#include "oauth/token.h"

#define WELL_KNOWN "/.well-known/openid-configuration"

void
po_metadata_clear(struct po_metadata *metadata)
{
	po_str_free(&metadata->issuer);
	po_str_free(&metadata->authorization_endpoint);
	po_str_free(&metadata->device_authorization_endpoint);
	po_str_free(&metadata->backchannel_authentication_endpoint);
	po_str_free(&metadata->token_endpoint);
	po_str_free(&metadata->userinfo_endpoint);
	po_str_free(&metadata->revocation_endpoint);
	po_str_free(&metadata->registration_endpoint);
	po_str_free(&metadata->jwks_uri);
}

/* The length without one trailing '/' (Discovery 4.1). */
static size_t
bare_len(const char *issuer)
{
	size_t len = strlen(issuer);

	return len > 0 && issuer[len - 1] == '/' ? len - 1 : len;
}

enum po_status
po_metadata_request(
    const char *issuer, struct po_http_request *request, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf url = PO_BUF_INIT(PO_URL_MAX + sizeof(WELL_KNOWN));
	enum po_status st;

	/* an issuer has no query and no fragment (Discovery section 3) */
	if (!po_text_is_https_url(issuer) || strchr(issuer, '?') != NULL)
		return po_err_set(err, PO_E_CONFIG,
		    "issuer \"%s\" is not an https URL without a query "
		    "(OpenID Connect Discovery 3)",
		    issuer);
	po_buf_append(&url, issuer, bare_len(issuer));
	po_buf_append_str(&url, WELL_KNOWN);
	if ((st = po_buf_check(&url, err)) != PO_OK)
		return st;
	st = po_http_request_init(request, PO_HTTP_GET, po_buf_str(&url),
	    "metadata request", PO_HTTP_MAX_METADATA, err);
	request->cacheable = true;
	return st;
}

/* Identical, not equivalent: no case, slash or port is forgiven. */
static enum po_status
check_issuer(const char *ours, const char *theirs, struct po_err *err)
{
	size_t len = bare_len(ours);

	if (po_str_equal(ours, theirs))
		return PO_OK;
	/* longest values that leave room for the rest of the sentence */
	return po_err_set(err, PO_E_METADATA_ISSUER,
	    "the provider calls itself \"%.150s\", the configured issuer is "
	    "\"%.150s\"%s (OpenID Connect Discovery 4.3)",
	    theirs, ours,
	    bare_len(theirs) == len && memcmp(ours, theirs, len) == 0
		? ": they differ in the trailing slash"
		: "");
}

/* `required`: in an object of aliases nothing is. */
static enum po_status
read_endpoints(const struct po_json *object, bool required,
    struct po_metadata *out, struct po_err *err)
{
	const struct po_json_field endpoints[] = {
		{ PO_JSON_URL("device_authorization_endpoint",
		    &out->device_authorization_endpoint) },
		{ PO_JSON_URL("token_endpoint", &out->token_endpoint),
		    .required = required },
		{ PO_JSON_URL("userinfo_endpoint", &out->userinfo_endpoint) },
		{ PO_JSON_URL("jwks_uri", &out->jwks_uri),
		    .required = required },
	};
	/* wanted by some logins only, if at all: a bad one is none */
	const struct po_json_field optional[] = {
		{ PO_JSON_URL(
		    "revocation_endpoint", &out->revocation_endpoint) },
		{ PO_JSON_URL("backchannel_authentication_endpoint",
		    &out->backchannel_authentication_endpoint) },
		{ PO_JSON_URL(
		    "authorization_endpoint", &out->authorization_endpoint) },
		{ PO_JSON_FLAG("authorization_response_iss_parameter_supported",
		    &out->sends_iss) },
		{ PO_JSON_FLAG(
		    "require_pushed_authorization_requests", &out->wants_par) },
		{ PO_JSON_URL(
		    "registration_endpoint", &out->registration_endpoint) },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(optional); i++)
		if (po_json_decode(object, &optional[i], 1, NULL) == PO_E_NOMEM)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
	return po_json_decode(object, endpoints, PO_ARRAY_LEN(endpoints), err);
}

static void
replace(char **endpoint, char **alias)
{
	if (*alias == NULL)
		return;
	po_str_free(endpoint);
	*endpoint = TAKE(*alias);
}

static enum po_status
read_aliases(
    const struct po_json *document, struct po_metadata *out, struct po_err *err)
{
	const struct po_json *object =
	    po_json_member(document, "mtls_endpoint_aliases");
	AUTO(po_metadata_clear) struct po_metadata aliases = { 0 };
	enum po_status st;

	if (object == NULL || po_json_type(object) == PO_JSON_NULL)
		return PO_OK;
	if ((st = read_endpoints(object, false, &aliases, err)) != PO_OK) {
		po_err_prefix(err, "mtls_endpoint_aliases");
		return st;
	}
	replace(&out->device_authorization_endpoint,
	    &aliases.device_authorization_endpoint);
	replace(&out->backchannel_authentication_endpoint,
	    &aliases.backchannel_authentication_endpoint);
	replace(&out->token_endpoint, &aliases.token_endpoint);
	replace(&out->userinfo_endpoint, &aliases.userinfo_endpoint);
	replace(&out->revocation_endpoint, &aliases.revocation_endpoint);
	return PO_OK;
}

/* Is there no such list, or is it in there? */
static bool
may_list(const struct po_json *document, const char *member, const char *word)
{
	const struct po_json *list = po_json_member(document, member);

	return list == NULL || po_json_type(list) == PO_JSON_NULL ||
	       po_json_lists(document, member, word);
}

static unsigned
listed_methods(const struct po_json *document)
{
	unsigned set = 0;

	for (unsigned i = PO_CLIENT_AUTH_NONE; i < PO_CLIENT_AUTH_COUNT; i++)
		if (po_json_lists(document,
			"token_endpoint_auth_methods_supported",
			po_client_auth_name((enum po_client_auth)i)))
			set |= PO_CLIENT_AUTH_BIT(i);
	return set;
}

static enum po_status
read_document(const char *issuer, bool mtls, const struct po_json *document,
    struct po_metadata *out, struct po_err *err)
{
	const struct po_json_field name[] = {
		{ PO_JSON_TEXT("issuer", PO_URL_MAX, &out->issuer),
		    .required = true },
	};
	enum po_status st;

	/* whose document it is comes before what is in it */
	if ((st = po_json_decode(document, name, PO_ARRAY_LEN(name), err)) !=
		PO_OK ||
	    (st = check_issuer(issuer, out->issuer, err)) != PO_OK ||
	    (st = read_endpoints(document, true, out, err)) != PO_OK)
		return st;
	out->auth_methods = listed_methods(document);
	out->pkce =
	    po_json_lists(document, "code_challenge_methods_supported", "S256");
	out->no_pkce =
	    !may_list(document, "code_challenge_methods_supported", "S256");
	if (mtls && (st = read_aliases(document, out, err)) != PO_OK)
		return st;
	/* not every provider with the endpoint lets one poll (CIBA Core 4) */
	if (!may_list(document, "grant_types_supported", PO_GRANT_CIBA) ||
	    !may_list(
		document, "backchannel_token_delivery_modes_supported", "poll"))
		po_str_free(&out->backchannel_authentication_endpoint);
	return PO_OK;
}

enum po_status
po_metadata_parse(const char *issuer, bool mtls,
    const struct po_http_response *response, struct po_metadata *out,
    struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	enum po_status st;

	*out = metadata;
	if ((st = po_oauth_read_json(response, &document, err)) != PO_OK ||
	    (st = read_document(issuer, mtls, document, &metadata, err)) !=
		PO_OK) {
		po_err_prefix(err, "metadata of \"%.120s\"", issuer);
		return st;
	}
	*out = metadata;
	memset(&metadata, 0, sizeof(metadata));
	return PO_OK;
}
