/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configured provider, as the subcommands see it: configuration first, then,
 * no longer root, its metadata and keys.  See cli.h.
 */

#include "cli/cli.h"

#include "base/clock.h"
#include "base/mem.h"
#include "io/credentials.h"
#include "io/http.h"
#include "io/sandbox.h"
#include "oauth/provider.h"

enum po_status
po_cli_send(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	const struct po_cli_connection *connection = arg;

	return po_http_send(
	    connection->http, request, connection->deadline_ms, response, err);
}

void
po_cli_criteria_clear(struct po_cli_criteria *criteria)
{
	po_str_free(&criteria->issuer);
	po_str_free(&criteria->issuer_alias);
	po_str_free(&criteria->client_id);
	po_jwks_free(&criteria->jwks);
	po_buf_clear(&criteria->client_secret);
	po_jwe_key_free(&criteria->decryption_key);
	po_str_free(&criteria->acr_values);
}

static enum po_status
fetch_keys(const struct po_settings *settings, struct po_http *http,
    struct po_jwks **out, struct po_err *err)
{
	struct po_cli_connection connection = {
		.http = http,
		.deadline_ms = po_clock_ms() + 1000 * PO_CLI_DEADLINE_S,
	};
	const struct po_transport transport = { po_cli_send, &connection };
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	enum po_status st;

	st = po_provider_discover(
	    &transport, settings->issuer, &settings->endpoints, &metadata, err);
	if (st != PO_OK)
		return st;
	return po_provider_fetch_jwks(
	    &transport, metadata.jwks_uri, false, out, err);
}

static enum po_status
connect_provider(const struct po_settings *settings, struct po_jwks **out,
    struct po_err *err)
{
	const struct po_http_options options = po_settings_http(settings);
	AUTO(po_http_free) struct po_http *http = NULL;
	enum po_status st;

	if ((st = po_sandbox_become(PO_HELPER_USER, err)) != PO_OK ||
	    (st = po_http_new(&options, &http, err)) != PO_OK)
		return st;
	return fetch_keys(settings, http, out, err);
}

enum po_status
po_cli_criteria_load(const char *config_file, const char *provider,
    struct po_cli_criteria *out, struct po_err *err)
{
	AUTO(po_config_free) struct po_config *config = NULL;
	AUTO(po_settings_clear) struct po_settings settings = { 0 };
	AUTO(po_credentials_clear) struct po_credentials own = { 0 };
	enum po_status st;

	st = po_config_load(
	    config_file != NULL ? config_file : PO_CLI_CONFIG, &config, err);
	if (st != PO_OK || (st = po_config_settings(config, "pam-oauth",
				provider, &settings, err)) != PO_OK)
		return st;
	if (settings.identity == PO_IDENTITY_API)
		return po_err_set(err, PO_E_CONFIG,
		    "[provider %s] has identity = api: there are no ID tokens",
		    settings.provider);
	if ((st = po_credentials_load_judging(&settings, &own, err)) != PO_OK)
		return st;
	out->algs = own.algs;
	out->decryption_key = TAKE(own.decryption_key);
	if (own.client_secret != NULL)
		po_buf_append_str(&out->client_secret, own.client_secret);
	if ((st = po_buf_check(&out->client_secret, err)) != PO_OK)
		return st;
	if ((out->issuer = po_str_dup(settings.issuer)) == NULL ||
	    (settings.issuer_alias != NULL &&
		(out->issuer_alias = po_str_dup(settings.issuer_alias)) ==
		    NULL) ||
	    (settings.acr_values != NULL &&
		(out->acr_values = po_str_dup(settings.acr_values)) == NULL) ||
	    (out->client_id = po_str_dup(settings.client_id)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	out->max_age_s = settings.max_age_s;
	if ((out->algs & PO_ALG_ASYMMETRIC) == 0)
		return PO_OK; /* what it publishes is of no use */
	return connect_provider(&settings, &out->jwks, err);
}
