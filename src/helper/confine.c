/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between root and the network: what the helper will need of the host is
 * found, all that would be loaded lazily is loaded, and the rest is given up.
 * See po_session_confine in session.h.
 */

#include <string.h>

#include "base/text.h"
#include "helper/session.h"
#include "io/sandbox.h"

/* An issuer, five endpoints, the default; and documents of `api`. */
#define PORTS_MAX 64

/* 1 MiB of keys (PO_CACHE_BODY_MAX), and their head. */
#define CACHE_FILE_MAX ((size_t)2 * PO_CACHE_BODY_MAX)

struct ports {
	uint16_t port[PORTS_MAX];
	size_t count;
};

static enum po_status
add_port(struct ports *ports, const char *url, struct po_err *err)
{
	uint16_t port;

	if (url == NULL || !po_text_url_port(url, &port))
		return PO_OK; /* then curl cannot go there either */
	for (size_t i = 0; i < ports->count; i++)
		if (ports->port[i] == port)
			return PO_OK;
	if (ports->count == PORTS_MAX)
		return po_err_set(err, PO_E_CONFIG,
		    "more than %d different ports in URLs", PORTS_MAX);
	ports->port[ports->count++] = port;
	return PO_OK;
}

/*
 * Endpoints from discovery are not known yet: they are expected at 443 or
 * where the issuer is.  With a proxy everything goes there.
 */
static enum po_status
collect_ports(
    const struct po_settings *s, struct ports *ports, struct po_err *err)
{
	/* not the authorization endpoint, where only browsers go */
	const struct po_endpoints *by_hand = &s->endpoints;
	const char *const urls[] = { s->issuer,
		by_hand->device_authorization_endpoint,
		by_hand->backchannel_authentication_endpoint,
		by_hand->token_endpoint, by_hand->userinfo_endpoint,
		by_hand->jwks_uri, by_hand->revocation_endpoint,
		"https://default" };
	enum po_status st = PO_OK;

	if (s->proxy != NULL)
		return add_port(ports, s->proxy, err);
	for (size_t i = 0; i < PO_ARRAY_LEN(urls) && st == PO_OK; i++)
		st = add_port(ports, urls[i], err);
	/* "NAME URL" */
	for (size_t i = 0; i < s->api.count && st == PO_OK; i++)
		st = add_port(ports, strstr(s->api.text[i], "https://"), err);
	return st;
}

/* Loads libcurl, OpenSSL and its providers, and finds the CA certificates. */
static enum po_status
connect_provider(struct po_session *session, struct po_err *err)
{
	struct po_http_options options = po_settings_http(&session->settings);

	options.certificate = &session->own.certificate;
	options.key = &session->own.key_text;
	options.interrupted = po_channel_interrupted;
	options.interrupted_arg = session->channel;
	options.log = &session->log;
	return po_http_new(&options, &session->http, err);
}

enum po_status
po_session_confine(struct po_session *session, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf fields = PO_BUF_INIT(4096);
	const struct po_settings *s = &session->settings;
	const int keep[] = { session->channel->ipc.fd,
		session->channel->signal_fd, session->pending_fd,
		session->cache_dir, session->listen_fd[0],
		session->listen_fd[1], session->browser_fd, session->peer_fd[0],
		session->peer_fd[1] };
	const struct po_sandbox_drop drop = {
		.user = PO_HELPER_USER,
		.keep = keep,
		.keep_count = PO_ARRAY_LEN(keep),
		.timeout_s = s->timeout_s,
		.file_size_max = session->cache_dir >= 0 ? CACHE_FILE_MAX : 0,
	};
	struct ports ports = { .count = 0 };
	struct po_sandbox sandbox = {
		.ca_file = s->ca_file,
		.ca_dir = s->ca_dir,
		.ports = ports.port,
		.cache_dir = session->cache_dir,
		.listen_fd = session->listen_fd,
		.report_fd = session->channel->ipc.fd,
		.log = &session->log,
	};
	enum po_status st;

	if ((st = collect_ports(s, &ports, err)) != PO_OK ||
	    (st = po_sandbox_drop(&drop, err)) != PO_OK ||
	    (st = connect_provider(session, err)) != PO_OK)
		return st;
	po_session_log_fields(session, &fields);
	sandbox.port_count = ports.count;
	sandbox.fields = po_buf_str(&fields);
	return po_sandbox_confine(&sandbox, err);
}
