/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_CIBA_H
#define PO_OAUTH_CIBA_H

#include "oauth/device.h"

/*
 * OpenID Connect Client-Initiated Backchannel Authentication (CIBA Core 1.0),
 * poll mode: whom to ask, what to show them, the request and its answer.  The
 * polls are the device grant's, with auth_req_id in the place of device_code.
 */

/* What templates are made of; borrowed, never NULL, "" where unknown. */
struct po_ciba_facts {
	const char *user;    /* local account */
	const char *host;    /* this one */
	const char *service; /* PAM service */
	const char *command; /* sudo's arguments; may hold any bytes */
	const char *code;    /* short and random: tells requests apart */
};

/*
 * Fits Keycloak, whose messages have 50 characters of [A-Za-z0-9._+/!?#-],
 * and Auth0 (64 of [A-Za-z0-9+-_.,:#]).  CIBA Core 7.1 has no number.
 */
#define PO_CIBA_BINDING_MAX 50

/*
 * `template` with {user} filled in, as it is.  PO_E_CONFIG for another
 * {word}; PO_E_ACCOUNT_UNKNOWN for what is no account's name (account.h) and
 * could end a string in JSON.
 */
PO_MUST_USE
enum po_status po_ciba_hint(
    const char *template, const char *user, char **out, struct po_err *err);

/*
 * `template` with {host}, {service}, {user}, {command} and {code} filled in.
 * In values everything but [A-Za-z0-9.+-] becomes '_', one for each run, so
 * that no provider refuses it, and nobody's command looks like ours in front
 * of it.  A command that does not fit ends with ".."; where there is none, the
 * '_' or blank in front of it goes, too.  PO_E_CONFIG for another {word}.
 */
PO_MUST_USE
enum po_status po_ciba_binding(const char *template,
    const struct po_ciba_facts *facts, char **out, struct po_err *err);

/* What a backchannel authentication request asks for; borrowed. */
struct po_ciba_params {
	const char *scope;
	const char *login_hint;
	const char *binding_message; /* NULL: not sent, nor are: */
	const char *acr_values;
	const char *user_code;
	int64_t max_age_s; /* 0: not sent; no parameter of CIBA's, but some
			    * servers send auth_time for it alone */
	int64_t requested_expiry_s;
};

/* CIBA Core 7.1. */
PO_MUST_USE
enum po_status po_ciba_request(const char *endpoint,
    const struct po_client *client, const struct po_ciba_params *params,
    struct po_http_request *request, struct po_err *err);

/*
 * Reads the answer (CIBA Core 7.3, 13) as po_device_parse does; of *out only
 * device_code, which is the auth_req_id, and the two times are set.
 * PO_E_NOT_ASKED where the provider does not know whom to ask, or will not:
 * what must not be told at the terminal.
 */
PO_MUST_USE
enum po_status po_ciba_parse(const struct po_http_response *response,
    struct po_device_authorization *out, struct po_err *err);

#endif
