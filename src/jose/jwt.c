/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ID token validation: the decision on which a login rests.  Envelope, header
 * and signature are judged here, in this order, and no claim is read before
 * the signature is good.  See jwt.h.
 */

#include "jose/jwt.h"

#include <strings.h>

#include "base/mem.h"
#include "jose/jws.h"
#include "jose/jwt_internal.h"

/* The media type of a header, "application/" left out (RFC 7515 4.1.9). */
static bool
is_media_type(const char *type, const char *wanted)
{
	static const char prefix[] = "application/";

	if (strncasecmp(type, prefix, sizeof(prefix) - 1) == 0)
		type += sizeof(prefix) - 1;
	return strcasecmp(type, wanted) == 0;
}

/*
 * typ says what kind of JWT this is (RFC 8725 3.11).  ID tokens have none or
 * "JWT"; at+jwt, logout+jwt, secevent+jwt and all that may come are others.
 */
static enum po_status
check_typ(const struct po_json *header, struct po_err *err)
{
	const char *typ;
	enum po_status st;

	if ((st = po_jwt_string(header, "typ", PO_E_TYP, &typ, err)) != PO_OK)
		return st;
	if (typ != NULL && !is_media_type(typ, "JWT"))
		return po_err_set(err, PO_E_TYP,
		    "typ \"%s\" is not that of an ID token or userinfo "
		    "(RFC 8725 3.11)",
		    typ);
	return PO_OK;
}

/*
 * An encryption holds a token, which some providers do not care to say; a
 * signature does not.
 */
static enum po_status
check_header(const struct po_json *header, bool envelope, struct po_err *err)
{
	const char *cty;
	enum po_status st;

	if ((st = check_typ(header, err)) != PO_OK ||
	    (st = po_jwt_string(header, "cty", PO_E_TYP, &cty, err)) != PO_OK)
		return st;
	if (cty == NULL || is_media_type(cty, "JWT") == envelope)
		return PO_OK;
	return envelope ? po_err_set(err, PO_E_TYP,
			      "cty of the encryption is \"%s\", not \"JWT\" "
			      "(RFC 7519 5.2)",
			      cty)
			: po_err_set(err, PO_E_TYP,
			      "cty announces a token within (RFC 7519 5.2)");
}

/* One value, however it is spelt; `claim` may be NULL: it is not there. */
static enum po_status
check_same(const struct po_json *copy, const struct po_json *claim,
    const char *name, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf outer = PO_BUF_INIT(6 * PO_JWS_MAX);
	AUTO(po_buf_clear) struct po_buf inner = PO_BUF_INIT(6 * PO_JWS_MAX);
	enum po_status st;

	po_json_print(copy, &outer);
	if (claim != NULL)
		po_json_print(claim, &inner);
	if ((st = po_buf_check(&outer, err)) != PO_OK ||
	    (st = po_buf_check(&inner, err)) != PO_OK)
		return st;
	if (!po_str_equal(po_buf_str(&outer), po_buf_str(&inner)))
		return po_err_set(err, PO_E_CLAIMS,
		    "%s in the header of the encryption differs from the claim "
		    "(RFC 7519 5.3)",
		    name);
	return PO_OK;
}

/*
 * Claims that the header of an encrypted token repeats in the clear must be
 * those within (RFC 7519 5.3).
 */
static enum po_status
check_replicated(const struct po_json *header, const struct po_json *claims,
    struct po_err *err)
{
	static const char *const names[] = { "iss", "sub", "aud" };
	enum po_status st = PO_OK;

	for (size_t i = 0; st == PO_OK && i < PO_ARRAY_LEN(names); i++) {
		const struct po_json *copy = po_json_member(header, names[i]);

		if (copy != NULL)
			st = check_same(copy, po_json_member(claims, names[i]),
			    names[i], err);
	}
	return st;
}

/* What kind of token is to be read. */
struct kind {
	/* whether a decryption key means that this is encrypted, too */
	bool encrypted;
	enum po_status (*check)(const struct po_json *claims,
	    const struct po_id_token_policy *policy, enum po_alg alg,
	    struct po_err *err);
};

/*
 * The signed token within an encrypted one, and the envelope's header.  A plain
 * token where encryption was agreed on is not from the registration that this
 * host knows (OpenID Connect Core 3.1.3.7 1).
 */
static enum po_status
open_envelope(const char *compact, size_t len,
    const struct po_id_token_policy *policy, const struct kind *kind,
    struct po_buf *inner, struct po_json **header, struct po_err *err)
{
	enum po_status st;

	if (!po_jwe_is_compact(compact, len)) {
		if (policy->decryption_key == NULL || !kind->encrypted)
			return PO_OK;
		return po_err_set(err, PO_E_DECRYPT,
		    "the token is not encrypted, and a decryption key is "
		    "configured (OpenID Connect Core 3.1.3.7 1)");
	}
	if (policy->decryption_key == NULL)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "an encrypted token (five parts, RFC 7516 7.1), "
		    "and no decryption key is configured");
	if ((st = po_jwe_decrypt(compact, len, policy->decryption_key, inner,
		 header, err)) != PO_OK)
		return st;
	return check_header(*header, true, err);
}

/* The signature of `jws`, with the one kind of key that its alg calls for. */
static enum po_status
check_signature(const struct po_jws *jws, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_err *err)
{
	if (po_alg_info(po_jws_alg(jws))->kty == PO_KTY_OCT)
		return po_jws_verify_mac(
		    jws, policy->client_secret, policy->client_secret_len, err);
	return po_jws_verify(jws, jwks, policy->issuer, err);
}

static enum po_status
read_claims(
    const struct po_buf *payload, struct po_json **claims, struct po_err *err)
{
	struct po_err why = { .status = PO_OK };
	enum po_status st;

	if ((st = po_json_parse(payload->data, payload->len, claims, &why)) !=
	    PO_OK)
		return po_err_set(err, st == PO_E_DOCUMENT ? PO_E_CLAIMS : st,
		    "claims: %s", why.text);
	if (po_json_type(*claims) != PO_JSON_OBJECT)
		return po_err_set(err, PO_E_CLAIMS,
		    "claims are %s, not an object (RFC 7519 7.2)",
		    po_json_type_name(*claims));
	return PO_OK;
}

static enum po_status
verify(const char *compact, size_t len, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, const struct kind *kind,
    struct po_json **claims, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf inner = PO_BUF_INIT(PO_JWS_MAX);
	AUTO(po_json_free) struct po_json *envelope = NULL;
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	AUTO(po_json_free) struct po_json *parsed = NULL;
	enum po_status st = PO_E_INTERNAL;

	*claims = NULL;
	if ((st = open_envelope(
		 compact, len, policy, kind, &inner, &envelope, err)) != PO_OK)
		return st;
	if (envelope != NULL) {
		compact = po_buf_str(&inner);
		len = inner.len;
	}
	if ((st = po_jws_parse(compact, len, policy->algs, &jws, err)) !=
		PO_OK ||
	    (st = check_header(po_jws_header(jws), false, err)) != PO_OK ||
	    (st = check_signature(jws, jwks, policy, err)) != PO_OK ||
	    (st = read_claims(po_jws_payload(jws), &parsed, err)) != PO_OK ||
	    (st = kind->check(parsed, policy, po_jws_alg(jws), err)) != PO_OK ||
	    (envelope != NULL &&
		(st = check_replicated(envelope, parsed, err)) != PO_OK))
		return st;
	*claims = TAKE(parsed);
	return PO_OK;
}

enum po_status
po_id_token_verify(const char *compact, size_t len, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_json **claims,
    struct po_err *err)
{
	static const struct kind id_token = {
		.encrypted = true,
		.check = po_jwt_check_claims,
	};

	return verify(compact, len, jwks, policy, &id_token, claims, err);
}

enum po_status
po_userinfo_verify(const char *compact, size_t len, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_json **claims,
    struct po_err *err)
{
	static const struct kind userinfo = { .check = po_jwt_check_userinfo };

	return verify(compact, len, jwks, policy, &userinfo, claims, err);
}
