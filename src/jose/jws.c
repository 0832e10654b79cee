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
#include "jose/b64url.h"
#include "jose/jwk_internal.h"
#include "jose/openssl_auto.h"

#define EC_SIZE_MAX 66 /* bytes of a P-521 coordinate (RFC 7518 3.4) */

struct po_jws {
	char *input; /* signing input: header.payload as it came */
	size_t input_len;
	struct po_json *header;
	enum po_alg alg;
	const char *kid; /* NULL if none; in header; no NUL inside */
	struct po_buf payload;
	struct po_buf signature;
};

/* Where the three parts of the compact form lie. */
struct parts {
	const char *header;
	size_t header_len;
	const char *payload;
	size_t payload_len;
	const char *signature;
	size_t signature_len;
};

/* Records a failure below as one of ours, keeping its message. */
static enum po_status
malformed(struct po_err *err, const char *what, const struct po_err *why)
{
	return po_err_set(err,
	    why->status == PO_E_NOMEM ? PO_E_NOMEM : PO_E_TOKEN_MALFORMED,
	    "JWS %s: %s", what, why->text);
}

/* Counts the dots without allocating: there may be 64 Ki of them. */
static enum po_status
split(const char *compact, size_t len, struct parts *out, struct po_err *err)
{
	const char *end = compact + len;
	const char *dots[2] = { NULL };
	size_t count = 0;

	for (const char *p = compact;
	     (p = memchr(p, '.', (size_t)(end - p))) != NULL; p++) {
		if (count < PO_ARRAY_LEN(dots))
			dots[count] = p;
		count++;
	}
	if (count != 2)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "a compact JWS has three parts, this %zu (RFC 7515 7.1)",
		    count + 1);
	out->header = compact;
	out->header_len = (size_t)(dots[0] - compact);
	out->payload = dots[0] + 1;
	out->payload_len = (size_t)(dots[1] - out->payload);
	out->signature = dots[1] + 1;
	out->signature_len = (size_t)(end - out->signature);
	return PO_OK;
}

static enum po_status
decode_part(const char *text, size_t len, const char *what, struct po_buf *out,
    struct po_err *err)
{
	struct po_err why = { .status = PO_OK };

	if (po_b64url_decode(text, len, out, &why) != PO_OK)
		return malformed(err, what, &why);
	return PO_OK;
}

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
read_header(struct po_jws *jws, const struct parts *parts, po_alg_set algs,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(PO_JWS_MAX);
	struct po_err why = { .status = PO_OK };
	enum po_status st;

	if ((st = decode_part(parts->header, parts->header_len, "header",
		 &bytes, err)) != PO_OK)
		return st;
	if (po_json_parse(bytes.data, bytes.len, &jws->header, &why) != PO_OK)
		return malformed(err, "header", &why);
	if (po_json_type(jws->header) != PO_JSON_OBJECT)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "JWS header is %s, not an object (RFC 7515 4)",
		    po_json_type_name(jws->header));
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
	struct parts parts = { 0 };
	enum po_status st;

	*out = NULL;
	if (len > PO_JWS_MAX)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "token of %zu bytes, more than %d", len, PO_JWS_MAX);
	if ((st = split(compact, len, &parts, err)) != PO_OK)
		return st;
	if ((jws = calloc(1, sizeof(*jws))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	jws->payload = (struct po_buf)PO_BUF_INIT(PO_JWS_MAX);
	jws->signature = (struct po_buf)PO_BUF_INIT(PO_JWS_MAX);
	if ((st = read_header(jws, &parts, algs, err)) != PO_OK)
		return st;
	if (parts.payload_len == 0)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "empty or detached payload (RFC 7515 appendix F)");
	if ((st = decode_part(parts.payload, parts.payload_len, "payload",
		 &jws->payload, err)) != PO_OK ||
	    (st = decode_part(parts.signature, parts.signature_len, "signature",
		 &jws->signature, err)) != PO_OK)
		return st;
	jws->input_len = parts.header_len + 1 + parts.payload_len;
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
 * Orders of the groups (FIPS 186-4 D.1.2.3 to D.1.2.5).  r and s are held
 * against them here, so that no library's mistake can let zero pass again
 * (CVE-2022-21449).
 */
static const uint8_t *
curve_order(enum po_alg alg)
{
	static const uint8_t p256[32] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
		0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9,
		0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	static const uint8_t p384[48] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63,
		0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
		0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5,
		0x29, 0x73 };
	static const uint8_t p521[66] = { 0x01, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa, 0x51, 0x86,
		0x87, 0x83, 0xbf, 0x2f, 0x96, 0x6b, 0x7f, 0xcc, 0x01, 0x48,
		0xf7, 0x09, 0xa5, 0xd0, 0x3b, 0xb5, 0xc9, 0xb8, 0x89, 0x9c,
		0x47, 0xae, 0xbb, 0x6f, 0xb7, 0x1e, 0x91, 0x38, 0x64, 0x09 };

	if (alg == PO_ALG_ES256)
		return p256;
	return alg == PO_ALG_ES384 ? p384 : p521;
}

/* 1 <= number < order, big-endian and of the same size. */
static bool
in_range(const uint8_t *number, const uint8_t *order, size_t size)
{
	uint8_t any = 0;

	for (size_t i = 0; i < size; i++)
		any |= number[i];
	return any != 0 && memcmp(number, order, size) < 0;
}

/* Appends an INTEGER (X.690 8.3) of `size` (< 127) bytes, not zero. */
static void
append_der_integer(struct po_buf *out, const uint8_t *number, size_t size)
{
	for (; *number == 0; size--)
		number++;
	po_buf_append_char(out, 0x02);
	if (*number & 0x80) {
		po_buf_append_char(out, (char)(size + 1));
		po_buf_append_char(out, 0x00);
	} else {
		po_buf_append_char(out, (char)size);
	}
	po_buf_append(out, number, size);
}

/* r||s (RFC 7518 3.4) to the DER that OpenSSL wants. */
static enum po_status
ecdsa_to_der(const struct po_jws *jws, struct po_buf *der, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf body = PO_BUF_INIT(2 * (EC_SIZE_MAX + 3));
	const uint8_t *order = curve_order(jws->alg);
	size_t size = jws->signature.len / 2;
	const uint8_t *r = jws->signature.data;
	enum po_status st;

	if (!in_range(r, order, size) || !in_range(r + size, order, size))
		return po_err_set(err, PO_E_SIGNATURE,
		    "r or s is zero or not below the order (FIPS 186-4 6.4)");
	append_der_integer(&body, r, size);
	append_der_integer(&body, r + size, size);
	if ((st = po_buf_check(&body, err)) != PO_OK)
		return st;
	po_buf_append_char(der, 0x30);
	if (body.len >= 128) /* the long form of a length, X.690 8.1.3.5 */
		po_buf_append_char(der, (char)0x81);
	po_buf_append_char(der, (char)body.len);
	po_buf_append(der, body.data, body.len);
	return po_buf_check(der, err);
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
	AUTO(po_buf_clear)
	struct po_buf der = PO_BUF_INIT(2 * (EC_SIZE_MAX + 3) + 3);
	AUTO(free_md_ctx) EVP_MD_CTX *ctx = NULL;
	const struct po_buf *signature = &jws->signature;
	enum po_status st;

	if ((st = check_length(jws, key, err)) != PO_OK)
		return st;
	if (key->kty == PO_KTY_EC) {
		if ((st = ecdsa_to_der(jws, &der, err)) != PO_OK)
			return st;
		signature = &der;
	}
	if ((st = po_jwk_begin(key, jws->alg, &ctx)) != PO_OK)
		return po_err_set(err, st == PO_E_NOMEM ? st : PO_E_INTERNAL,
		    "OpenSSL cannot verify %s", po_alg_info(jws->alg)->name);
	/* 0 is "no", below 0 "could not": only 1 is yes (CVE-2008-5077) */
	if (EVP_DigestVerify(ctx, signature->data, signature->len,
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
