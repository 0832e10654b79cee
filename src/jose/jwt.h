/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWT_H
#define PO_JOSE_JWT_H

#include <stdint.h>

#include "base/err.h"
#include "jose/alg.h"
#include "jose/json.h"
#include "jose/jwe.h"
#include "jose/jwk.h"

/*
 * ID token validation (OpenID Connect Core 1.0, 3.1.3.7), the one entry point
 * for logins and for `pam-oauth verify`.  Everything is checked by default;
 * NULL or 0 leaves out only what the comment says.
 */
struct po_id_token_policy {
	const char *issuer;       /* iss must be these bytes */
	const char *issuer_alias; /* or these; NULL: no other */
	const char *client_id;    /* aud must contain it; azp must be it */
	po_alg_set algs;
	const void *client_secret; /* key of HS*; NULL: HS* is refused */
	size_t client_secret_len;
	const struct po_jwe_key *decryption_key; /* NULL: an encrypted token
						  * is refused; else one that
						  * is not encrypted is */
	const char *nonce;        /* sent with the request; NULL: none was sent.
				   * Present in the token it must be equal; many
				   * providers do not echo it in that grant */
	bool nonce_required;      /* absent is a refusal too */
	const char *access_token; /* for at_hash; NULL: none came with it */
	int64_t now_s;            /* seconds since the epoch */
	int64_t flow_start_s;     /* iat may not precede it; 0: not a login */
	const char *acr_values;   /* words with blanks between them: acr must be
				   * one of these; NULL: any or none */
	int64_t max_age_s; /* auth_time may be this long before flow_start_s,
			    * or before now_s without one; 0: any or none */
};

#define PO_JWT_LEEWAY_S                                                        \
	60 /* clock skew allowed; RFC 7519 4.1.4 "few minutes" */
#define PO_JWT_LIFETIME_MAX_S                                                  \
	604800 /* exp - iat; a week, Casdoor's default, is the longest met.    \
		* A login's token must be new besides: flow_start_s */
#define PO_JWT_NUMERIC_DATE_MAX ((int64_t)1 << 40) /* year 36812 */
#define PO_JWT_SUB_MAX 255                         /* OpenID Connect Core 2 */

/*
 * How and when the person signed in: acr_values and max_age of the policy, on
 * claims that need not come from a token.  The last part of what follows.
 */
PO_MUST_USE
enum po_status po_id_token_check_sign_in(const struct po_json *claims,
    const struct po_id_token_policy *policy, struct po_err *err);

/*
 * Checks `compact` in this order: encryption, form, header, alg, typ, key,
 * signature, and only then the claims iss, sub, aud, azp, exp, nbf, iat, nonce,
 * at_hash, payload discriminators of tokens that are not ID tokens, and last
 * acr and auth_time.  On PO_OK *claims is the payload.  Any other status
 * means: do not log in.
 */
PO_MUST_USE
enum po_status po_id_token_verify(const char *compact, size_t len,
    const struct po_jwks *jwks, const struct po_id_token_policy *policy,
    struct po_json **claims, struct po_err *err);

/*
 * The same for a userinfo answer that is signed (OpenID Connect Core 5.3.2),
 * with these differences: sub must be there; iss, aud, azp, exp, nbf and iat
 * need not, and are checked if they are; encryption is agreed on apart from
 * that of ID tokens, so what is not encrypted will do; nonce and at_hash make
 * it an ID token, and that is PO_E_TYP, as is every other kind of token.
 * Whose sub it is remains for the caller to compare.
 */
PO_MUST_USE
enum po_status po_userinfo_verify(const char *compact, size_t len,
    const struct po_jwks *jwks, const struct po_id_token_policy *policy,
    struct po_json **claims, struct po_err *err);

#endif
