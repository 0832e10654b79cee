/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_CODE_H
#define PO_OAUTH_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/message.h"

/*
 * The authorization code grant (RFC 6749 4.1, OpenID Connect Core 3.1) with
 * PKCE (RFC 7636): the link that a person opens, and what comes back from
 * there, which they paste or their browser brings.  Both ways it has been in
 * a stranger's hands.  The token request is in token.h.
 */

/* What the link asks for; borrowed. */
struct po_code_params {
	const char *client_id;
	const char *redirect_uri;
	const char *scope;
	const char *state;
	const char *nonce;
	const char *code_challenge; /* S256 */
	const char *acr_values;     /* NULL: not sent */
	int64_t max_age_s;          /* 0: not sent */
	bool sign_in_anew;          /* whoever is signed in in that browser */
};

/* Appends the link; PO_E_TOO_LARGE beyond PO_URL_MAX. */
PO_MUST_USE
enum po_status po_code_url(const char *endpoint,
    const struct po_code_params *params, struct po_buf *out,
    struct po_err *err);

/* What an answer is held against; borrowed. */
struct po_code_request {
	const char *redirect_uri;
	const char *state;
	const char *issuer;
	bool iss_required; /* the provider has said that it sends it */
	bool bare;         /* a code alone will do: there is no other provider
			    * whose it could be (RFC 9700 4.4) */
};

/* Shorter ones could be guessed (RFC 6749 10.10), so people typed them. */
#define PO_CODE_MIN 16

/*
 * Reads what was pasted: the whole address, its query, or the code.  *code is
 * new and secret.
 *
 * PO_E_GRANT_REFUSED: no answer to this request, nothing that the provider
 * should see; *advice is for the person, who may try again.  Final
 * are PO_E_ISS, the answer of another provider (RFC 9207 2.4), and what the
 * provider says with the right state: PO_E_DENIED, PO_E_HTTP when it is in
 * trouble, else PO_E_CLIENT_REFUSED.
 */
PO_MUST_USE
enum po_status po_code_paste(const char *pasted,
    const struct po_code_request *request, char **code, enum po_advice *advice,
    struct po_err *err);

/* The same of the query of an address, without the '?'. */
PO_MUST_USE
enum po_status po_code_query(const char *query,
    const struct po_code_request *request, char **code, enum po_advice *advice,
    struct po_err *err);

#endif
