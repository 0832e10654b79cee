/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact JWS of our own.  A key signs by the one algorithm that was settled
 * when it was read; a shared secret can never take its place.  See sign.h.
 */

#include "jose/sign.h"

#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "jose/b64url.h"
#include "jose/json.h"
#include "jose/jwk_internal.h"
#include "jose/openssl_auto.h"
#include "jose/private_key.h"

#define SIGNATURE_MAX 1024 /* bytes; RSA-8192 */
#define HASH_LEN 32        /* SHA-256 */
#define HEADER_MAX 2048    /* bytes; a kid has 256 at the most */

struct po_sign_key {
	struct po_private_key own;
	enum po_alg alg;
	uint8_t thumbprint[HASH_LEN]; /* of the certificate */
	bool certified;
};

static enum po_status
crypto_failed(struct po_err *err, enum po_status status, const char *what)
{
	return po_err_set(err, po_jwk_crypto_status(status), "%s", what);
}

/* ---- the key ---- */

/* EdDSA has a younger name, which providers know less (RFC 9864 2.2). */
static bool
fits(const struct po_private_key *own, enum po_alg alg)
{
	const struct po_alg_info *info = po_alg_info(alg);

	return info->kty == own->kty &&
	       (info->curve == NULL || strcmp(info->curve, own->curve) == 0);
}

static enum po_status
settle_alg(struct po_sign_key *key, const enum po_alg *alg, struct po_err *err)
{
	const struct po_private_key *own = &key->own;
	unsigned first = 0; /* RS256 is the first for RSA, and so on */

	if (own->alg != NULL &&
	    (!po_alg_find(own->alg, &key->alg) || !fits(own, key->alg)))
		return po_err_set(err, PO_E_SECRET,
		    "alg is not one to sign with by this kind of key "
		    "(RFC 7517 4.4)");
	if (alg != NULL && !fits(own, *alg))
		return po_err_set(err, PO_E_CONFIG,
		    "%s is not for a key of type %s (RFC 7518 3.1)",
		    po_alg_info(*alg)->name,
		    own->kty == PO_KTY_RSA ? "RSA" : own->curve);
	if (own->alg != NULL && alg != NULL && *alg != key->alg)
		return po_err_set(err, PO_E_CONFIG,
		    "%s is not what the key is for, which is %s "
		    "(RFC 7517 4.4)",
		    po_alg_info(*alg)->name, own->alg);
	while (!fits(own, (enum po_alg)first))
		first++;
	if (alg != NULL)
		key->alg = *alg;
	else if (own->alg == NULL)
		key->alg = (enum po_alg)first;
	return PO_OK;
}

enum po_status
po_sign_key_parse(const void *data, size_t len, const enum po_alg *alg,
    const char *kid, struct po_sign_key **out, struct po_err *err)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = NULL;
	enum po_status st;

	*out = NULL;
	if ((key = calloc(1, sizeof(*key))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = po_private_key_read(
		 data, len, PO_KEY_SIGNS, &key->own, err)) != PO_OK ||
	    (st = settle_alg(key, alg, err)) != PO_OK)
		return st;
	if (kid != NULL) {
		po_str_free(&key->own.kid);
		if ((key->own.kid = po_str_dup(kid)) == NULL)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
	}
	*out = TAKE(key);
	return PO_OK;
}

void
po_sign_key_free(struct po_sign_key **key)
{
	if (*key == NULL)
		return;
	po_private_key_clear(&(*key)->own);
	po_freezero(*key, sizeof(**key));
	*key = NULL;
}

enum po_status
po_sign_key_certify(struct po_sign_key *key, const void *pem, size_t len,
    int64_t now_s, struct po_err *err)
{
	AUTO(free_bio) BIO *bio = BIO_new_mem_buf(pem, (int)len);
	AUTO(free_x509) X509 *cert = NULL;
	time_t now = (time_t)now_s;
	/* instead of asking for one; /dev/tty may be there */
	char no_passphrase[] = "";

	if (bio == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((cert = PEM_read_bio_X509(bio, NULL, NULL, no_passphrase)) == NULL)
		return crypto_failed(
		    err, PO_E_SECRET, "no certificate (PEM) in it");
	if (X509_check_private_key(cert, key->own.pkey) != 1)
		return crypto_failed(err, PO_E_SECRET,
		    "the certificate is not for the key in client_key_file");
	/* 0: a time that cannot be read */
	if (X509_cmp_time(X509_get0_notBefore(cert), &now) >= 0)
		return crypto_failed(
		    err, PO_E_SECRET, "the certificate is not valid yet");
	if (X509_cmp_time(X509_get0_notAfter(cert), &now) <= 0)
		return crypto_failed(
		    err, PO_E_SECRET, "the certificate has expired");
	if (X509_digest(cert, EVP_sha256(), key->thumbprint, NULL) != 1)
		return crypto_failed(
		    err, PO_E_INTERNAL, "OpenSSL cannot hash a certificate");
	key->certified = true;
	return PO_OK;
}

/* ---- the signature ---- */

/* DER to r||s (RFC 7518 3.4). */
static enum po_status
ecdsa_from_der(uint8_t signature[SIGNATURE_MAX], size_t *len, size_t want,
    struct po_err *err)
{
	const unsigned char *der = signature;
	AUTO(free_ecdsa) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)*len);
	const BIGNUM *r = NULL, *s = NULL;
	int half = (int)(want / 2);

	if (sig != NULL)
		ECDSA_SIG_get0(sig, &r, &s);
	if (sig == NULL || BN_bn2binpad(r, signature, half) != half ||
	    BN_bn2binpad(s, signature + half, half) != half)
		return crypto_failed(err, PO_E_INTERNAL,
		    "OpenSSL made no ECDSA signature (FIPS 186-4 6.4)");
	*len = want;
	return PO_OK;
}

static enum po_status
sign_bytes(const struct po_sign_key *key, const struct po_buf *input,
    uint8_t signature[SIGNATURE_MAX], size_t *len, struct po_err *err)
{
	const struct po_alg_info *info = po_alg_info(key->alg);
	/* Ed25519 takes the message itself */
	const char *digest = info->kty == PO_KTY_OKP ? NULL : info->digest;
	AUTO(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL; /* belongs to ctx */

	if (ctx == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*len = SIGNATURE_MAX;
	if (EVP_DigestSignInit_ex(
		ctx, &pkey_ctx, digest, NULL, NULL, key->own.pkey, NULL) != 1 ||
	    (info->pss && !po_jwk_set_pss(pkey_ctx, digest)) ||
	    EVP_DigestSign(ctx, signature, len, input->data, input->len) != 1)
		return po_err_set(err, po_jwk_crypto_status(PO_E_INTERNAL),
		    "OpenSSL cannot sign by %s", info->name);
	return info->kty == PO_KTY_EC
		   ? ecdsa_from_der(signature, len, info->signature_len, err)
		   : PO_OK;
}

/* header "." payload; `key` NULL: HS256. */
static enum po_status
append_input(const struct po_sign_key *key, const char *typ,
    const struct po_buf *payload, struct po_buf *out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf header = PO_BUF_INIT(HEADER_MAX);
	enum po_status st;

	po_buf_appendf(&header, "{\"alg\":\"%s\",\"typ\":\"%s\"",
	    po_alg_info(key != NULL ? key->alg : PO_ALG_HS256)->name, typ);
	if (key != NULL && key->own.kid != NULL) {
		po_buf_append_str(&header, ",\"kid\":");
		po_json_print_string(
		    key->own.kid, strlen(key->own.kid), &header);
	}
	if (key != NULL && key->certified) {
		po_buf_append_str(&header, ",\"x5t#S256\":\"");
		po_b64url_encode(key->thumbprint, HASH_LEN, &header);
		po_buf_append_char(&header, '"');
	}
	po_buf_append_char(&header, '}');
	if ((st = po_buf_check(&header, err)) != PO_OK)
		return st;
	po_b64url_encode(header.data, header.len, out);
	po_buf_append_char(out, '.');
	po_b64url_encode(payload->data, payload->len, out);
	return po_buf_check(out, err);
}

enum po_status
po_sign(const struct po_sign_key *key, const char *typ,
    const struct po_buf *payload, struct po_buf *out, struct po_err *err)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t len = 0;
	enum po_status st;

	if ((st = append_input(key, typ, payload, out, err)) != PO_OK ||
	    (st = sign_bytes(key, out, signature, &len, err)) != PO_OK)
		return st;
	po_buf_append_char(out, '.');
	po_b64url_encode(signature, len, out);
	return po_buf_check(out, err);
}

enum po_status
po_sign_mac(const void *secret, size_t secret_len, const char *typ,
    const struct po_buf *payload, struct po_buf *out, struct po_err *err)
{
	uint8_t mac[HASH_LEN];
	enum po_status st;

	if ((st = po_alg_check_secret(
		 PO_ALG_BIT(PO_ALG_HS256), secret_len, err)) != PO_OK ||
	    (st = append_input(NULL, typ, payload, out, err)) != PO_OK)
		return st;
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret, secret_len,
		out->data, out->len, mac, sizeof(mac), NULL) == NULL)
		return crypto_failed(
		    err, PO_E_INTERNAL, "OpenSSL cannot compute HS256");
	po_buf_append_char(out, '.');
	po_b64url_encode(mac, sizeof(mac), out);
	return po_buf_check(out, err);
}

enum po_status
po_sign_s256(const char *text, struct po_buf *out, struct po_err *err)
{
	uint8_t hash[HASH_LEN];

	if (EVP_Q_digest(
		NULL, "SHA256", NULL, text, strlen(text), hash, NULL) != 1)
		return crypto_failed(
		    err, PO_E_INTERNAL, "OpenSSL cannot compute SHA-256");
	po_b64url_encode(hash, sizeof(hash), out);
	return po_buf_check(out, err);
}
