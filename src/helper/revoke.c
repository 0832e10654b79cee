/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a session that kept a token.  See revoke.h. */

#include "helper/revoke.h"

#include <string.h>

#include "base/clock.h"
#include "oauth/token.h"

/* The module waits 5 s (module/keep.c); a reason in time is better. */
#define REVOKE_DEADLINE_MS 4000

static enum po_status
send_revocation(struct po_session *session, const struct po_msg_revoke *message,
    struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	enum po_status st;

	st = po_token_revoke_request(session->metadata.revocation_endpoint,
	    &session->client, message->token,
	    message->keep == PO_KEEP_REFRESH_TOKEN ? "refresh_token"
						   : "access_token",
	    &request, err);
	if (st != PO_OK || (st = session->transport.send(
				session, &request, &response, err)) != PO_OK)
		return st;
	if ((st = po_token_revoke_parse(&response, err)) != PO_OK) {
		po_err_redact(err, message->token);
		po_err_redact(err, session->own.client_secret);
		po_session_note_refusal(session, &session->client, st);
	}
	return st;
}

enum po_status
po_revoke(struct po_session *session, const struct po_msg_revoke *message,
    struct po_err *err)
{
	enum po_status st;

	if ((st = po_session_configure(session, message->config_file,
		 message->service, message->provider, err)) != PO_OK)
		return st;
	/* the section may have become another provider's since */
	if (strcmp(message->issuer, session->settings.issuer) != 0)
		return po_err_set(err, PO_E_CONFIG,
		    "provider \"%s\" is %s now, and the token is of %s",
		    message->provider, session->settings.issuer,
		    message->issuer);
	if ((st = po_session_confine(session, err)) != PO_OK)
		return st;
	session->flow.deadline_ms = po_clock_ms() + REVOKE_DEADLINE_MS;
	if ((st = po_session_discover(session, err)) != PO_OK)
		return st;
	if (session->metadata.revocation_endpoint != NULL)
		return send_revocation(session, message, err);
	po_log(&session->log, PO_LOG_INFO,
	    "keep_token: %s offers no revocation_endpoint: the token lives "
	    "until it expires",
	    session->settings.issuer);
	return PO_OK;
}
