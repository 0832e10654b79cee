/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider as this host meets it: can it be reached, is it who it should be,
 * and does it offer what the configuration wants?  Reads what metadata says
 * of itself, which a login never does.  See check.h.
 */

#include "cli/check.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/check_offer.h"
#include "cli/cli.h"
#include "io/config_model.h"
#include "io/http.h"
#include "io/sandbox.h"
#include "oauth/provider.h"

/*
 * From here on `exp` and `iat` are in danger, for which a login allows 60 s
 * (PO_JWT_LEEWAY_S); Date has whole seconds, and may be a proxy's.
 */
#define SKEW_NOTED_S 5
#define SKEW_MAX_S 55

/* all that begin at the backchannel endpoint */
#define CIBA_FLOWS (1U << PO_FLOW_KIND_CIBA | 1U << PO_FLOW_KIND_CIBA_DEVICE)

struct visit {
	struct po_check *check;
	const struct po_settings *settings;
	struct po_http *http;
	int64_t deadline_ms;
	int64_t skew_s; /* its Date minus our clock */
	bool dated;
	struct po_offer offer; /* the documents, for their lists */
};

static void
visit_clear(struct visit *visit)
{
	po_http_free(&visit->http);
	po_offer_clear(&visit->offer);
}

/* As a login's transport, and keeps what passes. */
static enum po_status
send_request(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	struct visit *visit = arg;
	bool jwks = strcmp(request->what, "JWKS") == 0;
	enum po_status st = po_http_send(
	    visit->http, request, visit->deadline_ms, response, err);

	if (st != PO_OK)
		return st;
	if (response->date_s >= 0) {
		visit->skew_s = response->date_s - po_clock_epoch_s();
		visit->dated = true;
	}
	return po_offer_keep(&visit->offer, jwks, &response->body, err);
}

static const char *
fix_for(enum po_status st, const char *reached)
{
	if (st == PO_E_TLS)
		return "the certificate, its name and its dates; a CA of your "
		       "own belongs in ca_file; is this host's clock right?";
	if (st == PO_E_METADATA_ISSUER)
		return "issuer is what the provider calls itself, to the last "
		       "slash";
	if (st == PO_E_HTTP || st == PO_E_DOCUMENT)
		return "does issuer lead to an OpenID provider? see "
		       "docs/providers";
	if (st == PO_E_CONFIG)
		return "mend the option; the user " PO_HELPER_USER
		       " has to be able to read a ca_file";
	if (strcmp(reached, "DNS") == 0)
		return "that name; /etc/resolv.conf";
	if (strcmp(reached, "TCP") == 0)
		return "is the provider up? a firewall, or a proxy to name in "
		       "`proxy`?";
	return "is the provider up?";
}

static void
tell_failure(struct visit *visit, enum po_status st, const struct po_err *err)
{
	const char *reached = po_http_reached(visit->http);
	bool sent = st == PO_E_NETWORK || st == PO_E_TLS || st == PO_E_HTTP;

	po_check_add(visit->check, PO_CHECK_ERROR, visit->settings->issuer,
	    fix_for(st, reached), "provider %s: %s: %s%s%s",
	    visit->settings->provider, po_status_name(st), sent ? reached : "",
	    sent ? ": " : "", err->text);
}

static void
check_clock(struct visit *visit)
{
	int64_t off_s = visit->skew_s < 0 ? -visit->skew_s : visit->skew_s;

	if (!visit->dated)
		po_check_add(visit->check, PO_CHECK_NOTE,
		    visit->settings->issuer, NULL,
		    "provider %s: says no Date: the clock is not compared",
		    visit->settings->provider);
	else if (off_s > SKEW_NOTED_S)
		po_check_add(visit->check,
		    off_s > SKEW_MAX_S ? PO_CHECK_ERROR : PO_CHECK_WARNING,
		    visit->settings->issuer,
		    "set the clock of this host: chrony, systemd-timesyncd",
		    "provider %s: this host's clock is %" PRId64 " s %s",
		    visit->settings->provider, off_s,
		    visit->skew_s > 0 ? "slow" : "fast");
}

static enum po_status
fetch(struct visit *visit, struct po_metadata *metadata, struct po_jwks **jwks,
    struct po_err *err)
{
	const struct po_settings *s = visit->settings;
	const struct po_transport transport = { send_request, visit };
	struct po_endpoints by_hand = s->endpoints;
	enum po_status st;

	by_hand.mtls = s->client_certificate_file != NULL;
	by_hand.keyless = s->identity == PO_IDENTITY_API;
	by_hand.ciba = (visit->offer.flows & CIBA_FLOWS) != 0;
	by_hand.code = visit->offer.flows >= 1U << PO_FLOW_KIND_CODE;
	st = po_provider_discover(
	    &transport, s->issuer, &by_hand, metadata, err);
	if (st != PO_OK || by_hand.keyless)
		return st;
	return po_provider_fetch_jwks(
	    &transport, metadata->jwks_uri, false, jwks, err);
}

static bool
has_port(const char *url, uint16_t port)
{
	uint16_t other;

	return url != NULL && po_text_url_port(url, &other) && other == port;
}

/* As po_session_confine has it: where a login's connections may go. */
static bool
is_allowed(const struct po_settings *s, const char *url)
{
	const char *const urls[] = { "https://default", s->issuer,
		s->endpoints.device_authorization_endpoint,
		s->endpoints.backchannel_authentication_endpoint,
		s->endpoints.token_endpoint, s->endpoints.userinfo_endpoint,
		s->endpoints.jwks_uri, s->endpoints.revocation_endpoint };
	uint16_t port;

	if (s->proxy != NULL || !po_text_url_port(url, &port))
		return true;
	for (size_t i = 0; i < PO_ARRAY_LEN(urls); i++)
		if (has_port(urls[i], port))
			return true;
	for (size_t i = 0; i < s->api.count; i++)
		if (has_port(strstr(s->api.text[i], "https://"), port))
			return true;
	return false;
}

/* How much of it is "https://HOST:PORT". */
static size_t
origin_len(const char *url)
{
	size_t len = strlen("https://");

	return len + strcspn(url + len, "/?");
}

/* Was this server asked for the documents? */
static bool
is_at_issuer(const struct visit *visit, const char *url)
{
	const char *issuer = visit->settings->issuer;
	size_t len = origin_len(issuer);

	return visit->settings->identity != PO_IDENTITY_API &&
	       origin_len(url) == len && strncmp(url, issuer, len) == 0;
}

/* Is there anybody?  Not at the endpoint: what is meant for others, it may
 * take for an attack.  Whatever is answered will do. */
static enum po_status
knock(
    struct visit *visit, const char *what, const char *url, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_str_free) char *origin = po_mem_dup(url, origin_len(url));
	enum po_status st;

	if (origin == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = po_http_request_init(&request, PO_HTTP_GET, origin, what,
		 PO_HTTP_MAX_JWKS, err)) != PO_OK)
		return st;
	st = po_http_send(
	    visit->http, &request, visit->deadline_ms, &response, err);
	if (st == PO_OK && !visit->dated && response.date_s >= 0) {
		visit->skew_s = response.date_s - po_clock_epoch_s();
		visit->dated = true;
	}
	return st == PO_E_TOO_LARGE ? PO_OK : st;
}

/* Where a login goes besides; with a certificate only it can. */
static void
check_endpoints(struct visit *visit, const struct po_metadata *metadata)
{
	const struct po_settings *s = visit->settings;
	unsigned flows = visit->offer.flows;
	bool device = (flows & (1U << PO_FLOW_KIND_DEVICE |
				   1U << PO_FLOW_KIND_CIBA_DEVICE)) != 0;
	const struct {
		const char *what, *url;
	} endpoints[] = {
		{ "device_authorization_endpoint",
		    device ? metadata->device_authorization_endpoint : NULL },
		{ "backchannel_authentication_endpoint",
		    (flows & CIBA_FLOWS) != 0
			? metadata->backchannel_authentication_endpoint
			: NULL },
		{ "token_endpoint", metadata->token_endpoint },
		{ "userinfo_endpoint", s->userinfo != PO_USERINFO_NEVER
					   ? metadata->userinfo_endpoint
					   : NULL },
		{ "jwks_uri", metadata->jwks_uri },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(endpoints); i++) {
		const char *what = endpoints[i].what, *url = endpoints[i].url;
		struct po_err err = { 0 };
		enum po_status st = PO_OK;

		if (url == NULL || is_at_issuer(visit, url))
			continue;
		if (!is_allowed(s, url))
			po_check_add(visit->check, PO_CHECK_ERROR, s->issuer,
			    "name that endpoint in the configuration",
			    "provider %s: config: %s: the sandbox lets no "
			    "login go to this port: %s",
			    s->provider, what, url);
		else if (s->client_certificate_file == NULL ||
			 s->identity == PO_IDENTITY_API) /* all there is */
			st = knock(visit, what, url, &err);
		if (st != PO_OK)
			tell_failure(visit, st, &err);
	}
}

static unsigned
flow_of(const struct po_check *check, const char *service, const char *provider)
{
	AUTO(po_settings_clear) struct po_settings settings = { 0 };

	return po_config_settings(
		   check->config, service, provider, &settings, NULL) == PO_OK
		   ? 1U << settings.flow
		   : 0;
}

/* What its services want of a provider; a bit for each po_flow_kind. */
static unsigned
flows_of(const struct po_check *check, const char *provider)
{
	const struct po_config *config = check->config;
	const char *choice;
	unsigned flows = 0;

	if (check->service != NULL)
		return flow_of(check, check->service, provider);
	for (size_t i = 0; i < config->section_count; i++) {
		const char *service = config->sections[i].name;

		if (strcmp(config->sections[i].kind, "service") != 0)
			continue;
		for (size_t n = 0;
		     (choice = po_config_choice(config, service, n)) != NULL;
		     n++)
			if (strcmp(choice, provider) == 0)
				flows |= flow_of(check, service, provider);
	}
	/* services that have no section ask the first */
	if (flows == 0 || strcmp(po_config_provider(config, 0), provider) == 0)
		flows |= flow_of(check, "pam-oauth", provider);
	return flows;
}

static void
check_provider(struct po_check *check, const struct po_settings *settings)
{
	const struct po_http_options options = po_settings_http(settings);
	AUTO(visit_clear)
	struct visit visit = {
		.check = check,
		.settings = settings,
		.deadline_ms = po_clock_ms() + 1000 * PO_CLI_DEADLINE_S,
		.offer = { .flows = flows_of(check, settings->provider),
		    .errors_before = check->errors },
	};
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	struct po_err err = { 0 };
	enum po_status st;

	if ((st = po_http_new(&options, &visit.http, &err)) != PO_OK) {
		po_check_add(check, PO_CHECK_ERROR, settings->issuer, NULL,
		    "provider %s: %s", settings->provider, err.text);
		return;
	}
	st = fetch(&visit, &metadata, &jwks, &err);
	if (st == PO_OK)
		check_endpoints(&visit, &metadata);
	else
		tell_failure(&visit, st, &err);
	/* whoever has answered has a clock, too */
	if (visit.dated ||
	    (st == PO_OK && check->errors == visit.offer.errors_before))
		check_clock(&visit);
	if (st == PO_OK)
		po_offer_check(check, settings, &metadata, jwks, &visit.offer);
}

void
po_check_providers(struct po_check *check)
{
	const char *name;
	struct po_err err = { 0 };

	if (po_sandbox_become(PO_HELPER_USER, &err) != PO_OK) {
		po_check_add(check, PO_CHECK_ERROR, NULL,
		    "create the helper's user: nothing of ours talks to the "
		    "network as root",
		    "providers were not asked: %s", err.text);
		return;
	}
	for (size_t i = 0;
	     (name = po_config_provider(check->config, i)) != NULL; i++) {
		AUTO(po_settings_clear) struct po_settings settings = { 0 };

		if (check->provider != NULL &&
		    strcmp(check->provider, name) != 0)
			continue;
		/* what is wrong with it has been said: po_check_config */
		if (po_config_settings(check->config,
			check->service != NULL ? check->service : "pam-oauth",
			name, &settings, NULL) == PO_OK)
			check_provider(check, &settings);
	}
}
