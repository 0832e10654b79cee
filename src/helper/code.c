/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The authorization code grant: the person signs in somewhere else, and brings
 * back what they were given there.  See grant.h.
 */

#include "helper/grant.h"

#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "helper/browser.h"
#include "helper/exchange.h"
#include "helper/loopback.h"
#include "helper/qr.h"
#include "jose/b64url.h"
#include "oauth/code.h"
#include "oauth/token.h"

#define RANDOM_MAX 32 /* 256 bits (RFC 7636 4.1) */
#define STATE_BYTES                                                            \
	16 /* 128 bits (RFC 6749 10.10); the link is to be short               \
	    */

/* `bytes` of chance in base64url; replaces what was in *out. */
static enum po_status
make_random(size_t bytes, char **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(64);
	uint8_t random[RANDOM_MAX];

	if (getrandom(random, bytes, 0) != (ssize_t)bytes)
		return po_err_sys(err, "getrandom");
	po_b64url_encode(random, bytes, &text);
	po_str_free(out);
	return po_buf_take_str(&text, out, err);
}

enum po_status
po_grant_challenge(
    struct po_session *session, struct po_buf *challenge, struct po_err *err)
{
	enum po_status st =
	    make_random(RANDOM_MAX, &session->code_verifier, err);

	return st == PO_OK
		   ? po_sign_s256(session->code_verifier, challenge, err)
		   : st;
}

static const char *
redirect_uri(const struct po_session *session)
{
	return session->redirect_uri != NULL ? session->redirect_uri
					     : session->settings.redirect_uri;
}

static enum po_status
make_url(struct po_session *session, const char *state, struct po_buf *url,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf challenge = PO_BUF_INIT(64);
	const struct po_settings *s = &session->settings;
	struct po_code_params params = {
		.client_id = s->client_id,
		.redirect_uri = redirect_uri(session),
		.scope = s->scopes,
		.state = state,
		.nonce = session->nonce,
		.acr_values = s->acr_values,
		.max_age_s = s->max_age_s,
		/* a kiosk's browser may know whoever was there before, and one
		 * that nobody has opened must not answer by itself */
		.sign_in_anew =
		    session->start->user[0] == '\0' || s->browser != NULL,
	};
	enum po_status st = po_grant_challenge(session, &challenge, err);

	if (st != PO_OK)
		return st;
	params.code_challenge = po_buf_str(&challenge);
	return po_code_url(
	    session->metadata.authorization_endpoint, &params, url, err);
}

/*
 * No QR code unless asked for: who scans it has the answer on a phone, and
 * cannot paste it here.
 */
static enum po_status
show(struct po_session *session, const char *url, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf qr = PO_BUF_INIT(32 * 1024);
	const struct po_settings *s = &session->settings;
	struct po_message message = { .type = PO_MSG_PROMPT };

	if (s->qr == PO_QR_UTF8 || s->qr == PO_QR_ASCII)
		po_qr_append(&qr, url, s->qr == PO_QR_ASCII);
	message.prompt = (struct po_msg_prompt){
		.kind = session->redirect_uri != NULL ? PO_PROMPT_LINK
						      : PO_PROMPT_PASTE,
		.style = s->prompt,
		.label = s->label,
		.message = s->message != NULL ? s->message : "",
		.verification_uri = url,
		.verification_uri_complete = "",
		.user_code = "",
		.qr = po_buf_str(&qr),
		.expires_in_s =
		    (session->flow.deadline_ms - po_clock_ms()) / 1000,
	};
	return po_ipc_send(&session->channel->ipc, &message, err);
}

/* What they paste. */
static enum po_status
ask(struct po_session *session, enum po_advice advice,
    struct po_message *answer, struct po_err *err)
{
	const struct po_msg_question question = {
		.kind = PO_QUESTION_TEXT,
		.count = advice,
		.text = "",
	};
	enum po_status st = po_channel_ask(session->channel, &question,
	    session->flow.deadline_ms, answer, err);

	if (st != PO_OK)
		return st;
	return answer->answer.choice != 0
		   ? PO_OK
		   : po_err_set(err, PO_E_CANCELLED, "nothing was pasted");
}

/* The code for tokens (RFC 6749 4.1.3). */
static enum po_status
redeem(struct po_session *session, const char *code, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_token_answer_clear) struct po_token_answer answer = { 0 };
	const struct po_err *failure = &session->flow.err;
	bool answered = false;
	enum po_status st;

	st = po_token_code_request(session->metadata.token_endpoint,
	    &session->client, code, session->code_verifier,
	    redirect_uri(session), &request, err);
	if (st != PO_OK || (st = po_exchange(session, &request, &response,
				&answered, err)) != PO_OK)
		return st;
	if (!answered) {
		st = po_err_set(err, failure->status, "%s", failure->text);
		return po_session_in_time(session, st, err);
	}
	po_token_parse(&response, &answer);
	if (answer.verdict == PO_TOKEN_GRANTED) {
		session->flow.tokens = answer.tokens;
		answer.tokens = (struct po_tokens){ 0 };
		return PO_OK;
	}
	po_err_redact(&answer.err, code);
	po_err_redact(&answer.err, session->own.client_secret);
	po_err_redact(&answer.err, session->code_verifier);
	/* "pending" is no answer to a code that is there */
	(void)po_err_set(
	    &answer.err, PO_E_DOCUMENT, "token response: of another grant");
	/* a filter's page, it may be, about what has been pasted: no outage */
	if (answer.err.status == PO_E_DOCUMENT)
		answer.err.status = PO_E_GRANT_REFUSED;
	po_session_note_refusal(session, &session->client, answer.err.status);
	return po_err_set(err, answer.err.status, "%s", answer.err.text);
}

/* Once: PO_E_GRANT_REFUSED if another try could do better. */
static enum po_status
attempt(struct po_session *session, const struct po_code_request *request,
    enum po_advice *advice, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	AUTO(po_str_free) char *code = NULL;
	enum po_status st;

	if ((st = ask(session, *advice, &answer, err)) != PO_OK ||
	    (st = po_code_paste(
		 answer.answer.text, request, &code, advice, err)) != PO_OK)
		return st;
	*advice = PO_ADVICE_REFUSED;
	return redeem(session, code, err);
}

static enum po_status
paste(struct po_session *session, const struct po_code_request *request,
    struct po_err *err)
{
	enum po_advice advice = PO_ADVICE_NONE;
	enum po_status st = PO_E_GRANT_REFUSED;

	for (int i = 0; i < PO_CODE_TRIES && st == PO_E_GRANT_REFUSED; i++) {
		struct po_err why = { 0 };

		st = attempt(session, request, &advice, &why);
		if (st == PO_OK)
			return PO_OK;
		if (st == PO_E_GRANT_REFUSED)
			po_log(&session->log, PO_LOG_INFO, "%s", why.text);
		if (st != PO_E_GRANT_REFUSED || i + 1 == PO_CODE_TRIES)
			(void)po_err_set(err, st, "%s", why.text);
	}
	return st;
}

/* From a browser on this host, which brings it by itself. */
static enum po_status
await(struct po_session *session, const struct po_code_request *request,
    struct po_err *err)
{
	AUTO(po_str_free) char *code = NULL;
	enum po_status st;

	po_exchange_early_jwks(session);
	if ((st = po_loopback_receive(session, request, &code, err)) != PO_OK)
		return st;
	return redeem(session, code, err);
}

static enum po_status
check_provider(const struct po_session *session, struct po_err *err)
{
	const struct po_metadata *metadata = &session->metadata;
	const char *lack =
	    metadata->authorization_endpoint == NULL
		? "offers no authorization_endpoint (RFC 6749 4.1)"
	    : metadata->no_pkce
		? "does not have PKCE with S256 (RFC 9700 2.1.1)"
	    : metadata->wants_par
		? "wants pushed authorization requests (RFC 9126)"
		: NULL;

	return lack == NULL ? PO_OK
			    : po_err_set(err, PO_E_UNSUPPORTED, "%s %s",
				  session->settings.issuer, lack);
}

enum po_status
po_grant_code(struct po_session *session, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf url = PO_BUF_INIT(PO_URL_MAX);
	AUTO(po_str_free) char *state = NULL;
	struct po_code_request request = {
		.redirect_uri = redirect_uri(session),
		.issuer = session->settings.issuer,
		.iss_required = session->metadata.sends_iss,
		.bare = po_config_provider(session->config, 1) == NULL,
	};
	enum po_status st;

	if ((st = check_provider(session, err)) != PO_OK ||
	    (st = make_random(STATE_BYTES, &state, err)) != PO_OK ||
	    (st = make_url(session, state, &url, err)) != PO_OK ||
	    (st = show(session, po_buf_str(&url), err)) != PO_OK)
		return st;
	request.state = state;
	po_browser_open(session, po_buf_str(&url));
	return session->redirect_uri != NULL ? await(session, &request, err)
					     : paste(session, &request, err);
}
