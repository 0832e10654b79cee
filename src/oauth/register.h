/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_REGISTER_H
#define PO_OAUTH_REGISTER_H

#include "base/http.h"
#include "oauth/token.h"

/*
 * Becoming a client of a provider (RFC 7591), and being one no longer (RFC
 * 7592): requests, answers, and the record that is kept of it.
 */

struct po_register_params {
	const char *client_name; /* UTF-8: shown to people who approve */
	const char *scopes;
	enum po_client_auth auth;
};

/*
 * What came of it.  All texts are printable ASCII and not empty, or NULL where
 * the provider has said nothing; grant types are words with blanks between.
 * The last two are for whoever keeps the record, never from a provider.
 */
struct po_registration {
	char *client_id; /* no blanks in it */
	char *client_secret;
	int64_t secret_expires_s; /* since the epoch; 0: never */
	char *auth;               /* a name of the registry, ours or not */
	char *grant_types;
	char *scope;
	char *access_token; /* the same; with `uri`, or neither: RFC 7592 */
	char *uri;          /* https */
	char *secret_file;
	char *ca_file;
};

/* A record of it: three texts of 4096 bytes, a token of 8192, and the rest. */
#define PO_REGISTRATION_MAX (32 * 1024)

void po_registration_clear(struct po_registration *registration);

/* POST with the client's metadata; `token` (NULL: none) opens the endpoint. */
PO_MUST_USE
enum po_status po_register_request(const char *endpoint, const char *token,
    const struct po_register_params *params, struct po_http_request *request,
    struct po_err *err);

/* Reading (GET) or deleting (DELETE) of a client that has uri and token. */
PO_MUST_USE
enum po_status po_register_manage(const struct po_registration *registration,
    enum po_http_method method, struct po_http_request *request,
    struct po_err *err);

/*
 * The answer to POST and GET.  PO_E_CLIENT_REFUSED: the provider says no, and
 * the message what would help; PO_E_UNSUPPORTED: it does not do this;
 * PO_E_HTTP: not now; PO_E_DOCUMENT: one that must not be used.
 */
PO_MUST_USE
enum po_status po_register_parse(const struct po_http_response *response,
    struct po_registration *out, struct po_err *err);

/* The answer to DELETE, the same. */
PO_MUST_USE
enum po_status po_register_deleted(
    const struct po_http_response *response, struct po_err *err);

/*
 * Can we be this client?  PO_E_UNSUPPORTED for authentication that needs more
 * than a secret, PO_E_DOCUMENT when it needs one and there is none.
 */
PO_MUST_USE
enum po_status po_registration_check(
    const struct po_registration *registration, struct po_err *err);

/* Lines of "name=value"; what is NULL has none. */
void po_registration_print(
    const struct po_registration *registration, struct po_buf *out);

/*
 * Reads them; the names are ours, each once at most, the values as above.
 * PO_E_DOCUMENT for everything else.
 */
PO_MUST_USE
enum po_status po_registration_scan(const struct po_buf *record,
    struct po_registration *out, struct po_err *err);

#endif
