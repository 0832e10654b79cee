/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this host proves itself to the provider with: read by root, held by
 * the helper for one login, and wiped.  See session.h.
 */

#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "helper/session.h"

/* A jti that nobody can have seen, with the time of now. */
static enum po_status
stamp(struct po_stamp *out, struct po_err *err)
{
	out->now_s = po_clock_epoch_s();
	if (getrandom(out->random, sizeof(out->random), 0) !=
	    (ssize_t)sizeof(out->random))
		return po_err_sys(err, "getrandom");
	return PO_OK;
}

/* TLS does its own signing, and from PEM; nothing else needs the texts. */
static enum po_status
settle_tls(struct po_session *session, struct po_err *err)
{
	const struct po_client there = po_client_at_device(&session->client);

	if (po_client_auth_choose(&session->client) < PO_CLIENT_AUTH_TLS &&
	    po_client_auth_choose(&there) < PO_CLIENT_AUTH_TLS) {
		po_buf_clear(&session->own.certificate);
		po_buf_clear(&session->own.key_text);
		return PO_OK;
	}
	if (strstr(po_buf_str(&session->own.key_text), "-----BEGIN") != NULL)
		return PO_OK;
	return po_err_set(err, PO_E_SECRET,
	    "%s: a JWK; for TLS the key has to be PEM",
	    session->settings.client_key_file);
}

enum po_status
po_session_prepare_client(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	struct po_client *client = &session->client;
	enum po_status st;

	if ((st = po_credentials_load(s, &session->own, err)) != PO_OK)
		return st;
	*client = (struct po_client){
		.client_id = s->client_id,
		.client_secret = session->own.client_secret,
		.auth = (enum po_client_auth)s->client_auth,
		.device_auth = (enum po_client_auth)s->device_client_auth,
		.key = session->own.client_key,
		.certified = s->client_certificate_file != NULL,
		.issuer = s->issuer,
		.audience = (enum po_audience)s->client_assertion_audience,
		.stamp = stamp,
	};
	return settle_tls(session, err);
}

void
po_session_note_refusal(const struct po_session *session,
    const struct po_client *client, enum po_status status)
{
	enum po_client_auth auth = po_client_auth_choose(client);
	AUTO(po_buf_clear) struct po_buf known = PO_BUF_INIT(PO_ERR_TEXT_MAX);
	unsigned listed = client->listed;

	/* to a client the two are one */
	if (auth == PO_CLIENT_AUTH_SELF_SIGNED_TLS &&
	    (listed & PO_CLIENT_AUTH_BIT(PO_CLIENT_AUTH_TLS)))
		auth = PO_CLIENT_AUTH_TLS;
	if (status != PO_E_CLIENT_REFUSED || listed == 0 ||
	    (listed & PO_CLIENT_AUTH_BIT(auth)))
		return;
	for (unsigned i = PO_CLIENT_AUTH_NONE; i < PO_CLIENT_AUTH_COUNT; i++)
		if (listed & PO_CLIENT_AUTH_BIT(i))
			po_buf_appendf(&known, " %s",
			    po_client_auth_name((enum po_client_auth)i));
	po_log(&session->log, PO_LOG_WARNING,
	    "client_auth: %s was used, and the provider lists%s",
	    po_client_auth_name(auth), po_buf_str(&known));
}
