/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configured provider, as the subcommands see it: configuration first, then,
 * no longer root, its metadata and keys.  See cli.h.
 */

#include "cli/cli.h"

#include "base/clock.h"
#include "base/mem.h"
#include "io/config.h"
#include "io/http.h"
#include "io/sandbox.h"
#include "oauth/provider.h"

#define DEFAULT_CONFIG PO_SYSCONFDIR "/pam_oauth/pam_oauth.conf"

/* Two requests, each with its own timeout; a person waits for them. */
#define DEADLINE_MS 60000

struct connection {
	struct po_http *http;
	int64_t deadline_ms;
};

static enum po_status
send_request(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	const struct connection *connection = arg;

	return po_http_send(
	    connection->http, request, connection->deadline_ms, response, err);
}

void
po_cli_criteria_clear(struct po_cli_criteria *criteria)
{
	po_str_free(&criteria->issuer);
	po_str_free(&criteria->client_id);
	po_jwks_free(&criteria->jwks);
}

static enum po_status
fetch_keys(const struct po_settings *settings, struct po_http *http,
    struct po_jwks **out, struct po_err *err)
{
	struct connection connection = {
		.http = http,
		.deadline_ms = po_clock_ms() + DEADLINE_MS,
	};
	const struct po_transport transport = { send_request, &connection };
	const struct po_endpoints by_hand = {
		.device_authorization_endpoint =
		    settings->device_authorization_endpoint,
		.token_endpoint = settings->token_endpoint,
		.userinfo_endpoint = settings->userinfo_endpoint,
		.jwks_uri = settings->jwks_uri,
	};
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	enum po_status st;

	st = po_provider_discover(
	    &transport, settings->issuer, &by_hand, &metadata, err);
	if (st != PO_OK)
		return st;
	return po_provider_fetch_jwks(&transport, metadata.jwks_uri, out, err);
}

static enum po_status
connect_provider(const struct po_settings *settings, struct po_jwks **out,
    struct po_err *err)
{
	const struct po_http_options options = {
		.ca_file = settings->ca_file,
		.ca_dir = settings->ca_dir,
		.proxy = settings->proxy,
		.connect_timeout_s = settings->connect_timeout_s,
		.request_timeout_s = settings->request_timeout_s,
	};
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
	enum po_status st;

	st = po_config_load(
	    config_file != NULL ? config_file : DEFAULT_CONFIG, &config, err);
	if (st != PO_OK || (st = po_config_settings(config, "pam-oauth",
				provider, &settings, err)) != PO_OK)
		return st;
	out->algs = PO_ALG_ASYMMETRIC;
	if (settings.id_token_algs != NULL &&
	    (st = po_alg_set_parse(settings.id_token_algs, &out->algs, err)) !=
		PO_OK)
		return st;
	if ((out->issuer = po_str_dup(settings.issuer)) == NULL ||
	    (out->client_id = po_str_dup(settings.client_id)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return connect_provider(&settings, &out->jwks, err);
}
