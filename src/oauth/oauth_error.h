/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_OAUTH_ERROR_H
#define PO_OAUTH_OAUTH_ERROR_H

#include <stdbool.h>

#include "base/http.h"
#include "jose/json.h"

/*
 * What an OAuth endpoint answered: the JSON document and the error in it
 * (RFC 6749 5.2), with every provider's own spelling in one table.  What an
 * error means for a request is decided by who sent it: device.c, token.c.
 */
enum po_oauth_error_kind {
	PO_OAUTH_ERROR_NONE, /* the document reports no error */
	PO_OAUTH_ERROR_PENDING,
	PO_OAUTH_ERROR_SLOW_DOWN,
	PO_OAUTH_ERROR_DENIED,
	PO_OAUTH_ERROR_EXPIRED,
	PO_OAUTH_ERROR_GRANT,  /* the code is unknown, used or too old */
	PO_OAUTH_ERROR_CLIENT, /* our registration or our configuration */
	PO_OAUTH_ERROR_BUSY,   /* nothing wrong with what we asked for */
	PO_OAUTH_ERROR_PERSON, /* whom to ask, or their user code (CIBA 13) */
	PO_OAUTH_ERROR_UNKNOWN
};

/*
 * Bounds on remote text, in bytes, so that a whole message with its context
 * and hint fits PO_ERR_TEXT_MAX.  Casdoor has sentences in `error`.
 */
#define PO_OAUTH_ERROR_NAME_MAX 120
#define PO_OAUTH_ERROR_DESCRIPTION_MAX 200
#define PO_OAUTH_ERROR_TEXT_MAX                                                \
	(PO_OAUTH_ERROR_NAME_MAX + PO_OAUTH_ERROR_DESCRIPTION_MAX + 8)

struct po_oauth_error {
	enum po_oauth_error_kind kind;
	const char *hint; /* static: what the administrator can do; or NULL */
	/* invalid_client ("description"): one line, safe to show and to log;
	 * "" without an error and a description */
	char text[PO_OAUTH_ERROR_TEXT_MAX];
};

/* The same of an error that came in no document; `description` may be NULL. */
void po_oauth_error_read(
    const char *name, const char *description, struct po_oauth_error *error);

/*
 * Reads the body as a JSON object, whatever the HTTP status and the media
 * type (GitHub errs with 200, Dex waits with 401), and the error in it; only
 * one without a name in the table is our client's fault if the status is 401.
 * PO_E_HTTP for 429 and 5xx without a document, PO_E_CLIENT_REFUSED for 401
 * without one (RFC 6749 5.2), else PO_E_DOCUMENT.
 */
PO_MUST_USE
enum po_status po_oauth_read(const struct po_http_response *response,
    struct po_json **document, struct po_oauth_error *error,
    struct po_err *err);

/*
 * The body does not even start like a JSON object: empty, HTML, plain text.
 * Something in front of the provider wrote it, not its OAuth endpoint.
 */
PO_MUST_USE
bool po_oauth_is_foreign(const struct po_http_response *response);

/* 429 or 5xx: not now, says the status. */
PO_MUST_USE
bool po_oauth_is_busy(const struct po_http_response *response);

/* Sets `status` with "what: invalid_client ("...") - check ...". */
enum po_status po_oauth_error_set(const struct po_oauth_error *error,
    enum po_status status, const char *what, struct po_err *err);

/*
 * The answer of an endpoint that owes us JSON and nothing else: PO_E_HTTP
 * unless the status is 200, PO_E_DOCUMENT unless the media type is
 * application/json or ends in +json (RFC 6839 3.1).
 */
PO_MUST_USE
enum po_status po_oauth_check_json(
    const struct po_http_response *response, struct po_err *err);

/* The same, and reads the body: PO_E_DOCUMENT unless it is an object. */
PO_MUST_USE
enum po_status po_oauth_read_json(const struct po_http_response *response,
    struct po_json **document, struct po_err *err);

#endif
