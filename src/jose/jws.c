/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact JWS: form, header and signature.  Nothing in a token chooses how it
 * is verified: the algorithm must be one the caller allows, the key one the
 * caller has, and each algorithm works with its own kind of key alone.
 * See jws.h.
 */

#include "jose/jws.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "jose/compact.h"
#include "jose/jwk_internal.h"
#include "jose/openssl_auto.h"

/* Two numbers of 66 bytes (P-521, RFC 7518 3.4), each with a head of 2 and a
 * zero in front, and a head of 3 (X.690 8.1.3). */
#define DER_MAX (2 * (66 + 3) + 3)

static const struct po_compact_form form = { "JWS", 3, "three", 7515 };
enum {
	HEADER,
	PAYLOAD,
	SIGNATURE
};

struct po_jws {
	char *input; /* signing input: header.payload as it came */
	size_t input_len;
	struct po_json *header;
	enum po_alg alg;
	const char *kid; /* NULL if none; in header; no NUL inside */
	struct po_buf payload;
	struct po_buf signature;
};

/* alg (RFC 7515 4.1.1): one string of the table, and in the caller's set. */
static enum po_status
read_alg(struct po_jws *jws, po_alg_set algs, struct po_err *err)
{
	const struct po_json *member = po_json_member(jws->header, "alg");
	const char *name;

	if (member == NULL)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "JWS header without alg (RFC 7515 4.1.1)");
	if ((name = po_json_string(member, NULL)) == NULL)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "alg is %s, not a string (RFC 7515 4.1.1)",
		    po_json_type_name(member));
	if (!po_alg_find(name, &jws->alg))
		return po_err_set(err, PO_E_ALG,
		    "alg \"%s\" is not an algorithm we verify (RFC 8725 3.1)",
		    name);
	if ((algs & PO_ALG_BIT(jws->alg)) == 0)
		return po_err_set(err, PO_E_ALG,
		    "alg \"%s\" is not among those allowed (RFC 8725 3.1)",
		    name);
	return PO_OK;
}

static enum po_status
read_kid(struct po_jws *jws, struct po_err *err)
{
	const struct po_json *member = po_json_member(jws->header, "kid");
	size_t len = 0;

	if (member == NULL)
		return PO_OK;
	if ((jws->kid = po_json_string(member, &len)) == NULL)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "kid is %s, not a string (RFC 7515 4.1.4)",
		    po_json_type_name(member));
	if (len > PO_JWK_KID_MAX)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "kid of %zu bytes, more than %d", len, PO_JWK_KID_MAX);
	return PO_OK;
}

static enum po_status
check_header(struct po_jws *jws, po_alg_set algs, struct po_err *err)
{
	enum po_status st;

	if ((st = read_alg(jws, algs, err)) != PO_OK)
		return st;
	/* we understand no extension, so whatever crit lists is unknown */
	if (po_json_member(jws->header, "crit") != NULL)
		return po_err_set(err, PO_E_CRIT,
		    "crit names extensions we do not have (RFC 7515 4.1.11)");
	if (po_json_member(jws->header, "b64") != NULL)
		return po_err_set(err, PO_E_CRIT,
		    "b64 must not be used in a JWT (RFC 7797 7)");
	return read_kid(jws, err);
}

enum po_status
po_jws_parse(const char *compact, size_t len, po_alg_set algs,
    struct po_jws **out, struct po_err *err)
{
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	struct po_compact_part parts[PO_COMPACT_PARTS_MAX];
	enum po_status st;

	*out = NULL;
	if ((jws = calloc(1, sizeof(*jws))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	jws->payload = (struct po_buf)PO_BUF_INIT(PO_JWS_MAX);
	jws->signature = (struct po_buf)PO_BUF_INIT(PO_JWS_MAX);
	if ((st = po_compact_read(
		 &form, compact, len, parts, &jws->header, err)) != PO_OK ||
	    (st = check_header(jws, algs, err)) != PO_OK)
		return st;
	if (parts[PAYLOAD].len == 0)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "empty or detached payload (RFC 7515 appendix F)");
	if ((st = po_compact_decode(&form, parts[PAYLOAD], "payload",
		 &jws->payload, err)) != PO_OK ||
	    (st = po_compact_decode(&form, parts[SIGNATURE], "signature",
		 &jws->signature, err)) != PO_OK)
		return st;
	jws->input_len = parts[HEADER].len + 1 + parts[PAYLOAD].len;
	if ((jws->input = po_mem_dup(compact, jws->input_len)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*out = TAKE(jws);
	return PO_OK;
}

void
po_jws_free(struct po_jws **jws)
{
	if (*jws == NULL)
		return;
	po_freezero((*jws)->input, (*jws)->input_len);
	po_json_free(&(*jws)->header);
	po_buf_clear(&(*jws)->payload);
	po_buf_clear(&(*jws)->signature);
	po_freezero(*jws, sizeof(**jws));
	*jws = NULL;
}

const struct po_json *
po_jws_header(const struct po_jws *jws)
{
	return jws->header;
}

enum po_alg
po_jws_alg(const struct po_jws *jws)
{
	return jws->alg;
}

const struct po_buf *
po_jws_payload(const struct po_jws *jws)
{
	return &jws->payload;
}

/*
 * r||s (RFC 7518 3.4) to the DER that OpenSSL wants.  Both are held against
 * the order here, so that no library's mistake can let zero pass again
 * (CVE-2022-21449).
 */
static enum po_status
ecdsa_to_der(const struct po_jws *jws, const BIGNUM *order,
    uint8_t der[DER_MAX], size_t *len, struct po_err *err)
{
	const struct po_buf *rs = &jws->signature;
	int size = (int)(rs->len / 2), written;
	AUTO(free_bn) BIGNUM *r = BN_bin2bn(rs->data, size, NULL);
	AUTO(free_bn) BIGNUM *s = BN_bin2bn(rs->data + size, size, NULL);
	AUTO(free_ecdsa) ECDSA_SIG *sig = ECDSA_SIG_new();

	if (r == NULL || s == NULL || sig == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (BN_is_zero(r) || BN_cmp(r, order) >= 0 || BN_is_zero(s) ||
	    BN_cmp(s, order) >= 0)
		return po_err_set(err, PO_E_SIGNATURE,
		    "r or s is zero or not below the order (FIPS 186-4 6.4)");
	if (ECDSA_SIG_set0(sig, r, s) != 1)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	r = s = NULL; /* they are sig's now */
	if ((written = i2d_ECDSA_SIG(sig, &der)) <= 0)
		return po_err_set(err, po_jwk_crypto_status(PO_E_INTERNAL),
		    "OpenSSL cannot verify %s", po_alg_info(jws->alg)->name);
	*len = (size_t)written;
	return PO_OK;
}

/* Lengths exactly: 0 in the table stands for the modulus (RFC 8017 8.2.2). */
static enum po_status
check_length(
    const struct po_jws *jws, const struct po_jwk *key, struct po_err *err)
{
	size_t want = po_alg_info(jws->alg)->signature_len;

	if (want == 0)
		want = (size_t)EVP_PKEY_get_size(key->pkey);
	if (jws->signature.len != want)
		return po_err_set(err, PO_E_SIGNATURE,
		    "signature of %zu bytes, not %zu (RFC 7518 3)",
		    jws->signature.len, want);
	return PO_OK;
}

static enum po_status
verify_with(
    const struct po_jws *jws, const struct po_jwk *key, struct po_err *err)
{
	AUTO(free_md_ctx) EVP_MD_CTX *ctx = NULL;
	const uint8_t *signature = jws->signature.data;
	size_t len = jws->signature.len;
	uint8_t der[DER_MAX];
	enum po_status st;

	if ((st = check_length(jws, key, err)) != PO_OK)
		return st;
	if (key->kty == PO_KTY_EC) {
		if ((st = ecdsa_to_der(jws, key->order, der, &len, err)) !=
		    PO_OK)
			return st;
		signature = der;
	}
	if ((st = po_jwk_begin(key, jws->alg, &ctx)) != PO_OK)
		return po_err_set(err, st == PO_E_NOMEM ? st : PO_E_INTERNAL,
		    "OpenSSL cannot verify %s", po_alg_info(jws->alg)->name);
	/* 0 is "no", below 0 "could not": only 1 is yes (CVE-2008-5077) */
	if (EVP_DigestVerify(ctx, signature, len,
		(const unsigned char *)jws->input, jws->input_len) != 1)
		return po_err_set(err, po_jwk_crypto_status(PO_E_SIGNATURE),
		    "the signature does not match (RFC 7515 5.2)");
	return PO_OK;
}

static bool
is_named(const struct po_jws *jws, const struct po_jwk *key)
{
	return jws->kid == NULL ||
	       (key->kid != NULL && strcmp(key->kid, jws->kid) == 0);
}

static bool
fits(const struct po_jws *jws, const struct po_jwk *key, const char *issuer)
{
	return is_named(jws, key) && key->why == NULL &&
	       po_jwk_fits_alg(key, jws->alg) &&
	       (issuer == NULL || key->issuer == NULL ||
		   strcmp(key->issuer, issuer) == 0);
}

/* Why no key may be tried: the answer to kids that nothing fits. */
static enum po_status
no_key(const struct po_jws *jws, const struct po_jwks *jwks, const char *issuer,
    struct po_err *err)
{
	const char *alg = po_alg_info(jws->alg)->name;

	if (jws->kid == NULL)
		return po_err_set(
		    err, PO_E_KEY_UNKNOWN, "no key for %s in the key set", alg);
	for (size_t i = 0; i < jwks->len; i++) {
		const struct po_jwk *key = &jwks->keys[i];

		if (!is_named(jws, key))
			continue;
		if (key->why != NULL)
			return po_err_set(err, PO_E_KEY_UNUSABLE,
			    "key \"%s\" is unusable: %s", jws->kid, key->why);
		if (!po_jwk_fits_alg(key, jws->alg))
			return po_err_set(err, PO_E_KEY_UNUSABLE,
			    "key \"%s\" is not for %s (RFC 8725 3.1)", jws->kid,
			    alg);
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "key \"%s\" is for issuer \"%s\", not \"%s\"", jws->kid,
		    key->issuer, issuer);
	}
	return po_err_set(
	    err, PO_E_KEY_UNKNOWN, "no key \"%s\" in the key set", jws->kid);
}

enum po_status
po_jws_verify(const struct po_jws *jws, const struct po_jwks *jwks,
    const char *issuer, struct po_err *err)
{
	enum po_status st = PO_E_KEY_UNKNOWN;
	struct po_err why = { .status = PO_OK };
	size_t fitting = 0;

	for (size_t i = 0; i < jwks->len; i++)
		if (fits(jws, &jwks->keys[i], issuer))
			fitting++;
	if (fitting == 0)
		return no_key(jws, jwks, issuer, err);
	/* trying one after the other would make any key good for any token */
	if (jws->kid == NULL && fitting > 1)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "no kid, and %zu keys fit (OpenID Connect Core 10.1)",
		    fitting);
	for (size_t i = 0; i < jwks->len && st != PO_OK; i++)
		if (fits(jws, &jwks->keys[i], issuer))
			st = verify_with(jws, &jwks->keys[i], &why);
	return st == PO_OK ? PO_OK
			   : po_err_set(err, why.status, "%s", why.text);
}

enum po_status
po_jws_verify_mac(const struct po_jws *jws, const void *secret,
    size_t secret_len, struct po_err *err)
{
	const struct po_alg_info *info = po_alg_info(jws->alg);
	struct po_err why = { .status = PO_OK };
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t mac_len = 0;
	bool same;

	if (info->kty != PO_KTY_OCT)
		return po_err_set(
		    err, PO_E_INTERNAL, "%s is not a MAC", info->name);
	if (po_alg_check_secret(PO_ALG_BIT(jws->alg),
		secret == NULL ? 0 : secret_len, &why) != PO_OK)
		return po_err_set(err, PO_E_KEY_UNUSABLE, "%s", why.text);
	if (EVP_Q_mac(NULL, "HMAC", NULL, info->digest, NULL, secret,
		secret_len, (const unsigned char *)jws->input, jws->input_len,
		mac, sizeof(mac), &mac_len) == NULL) {
		ERR_clear_error();
		return po_err_set(
		    err, PO_E_INTERNAL, "OpenSSL cannot do %s", info->name);
	}
	same = mac_len == info->signature_len &&
	       jws->signature.len == mac_len &&
	       CRYPTO_memcmp(jws->signature.data, mac, mac_len) == 0;
	OPENSSL_cleanse(mac, sizeof(mac));
	return same ? PO_OK
		    : po_err_set(err, PO_E_SIGNATURE,
			  "the MAC is not one by the client secret "
			  "(RFC 7515 5.2)");
}
