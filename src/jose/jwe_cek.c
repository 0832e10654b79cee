/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a token's encrypted key and our private one to the key of its content.
 * Nothing here may tell anybody whether the encrypted key was good: that would
 * decrypt for them (RFC 7516 11.5).  See jwe_internal.h.
 */

#include "jose/jwe_internal.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#include "jose/jwk_internal.h"
#include "jose/openssl_auto.h"

#define AGREED_MAX 66 /* bytes: a coordinate of P-521 */
#define OAEP_MAX 1024 /* bytes: RSA-8192, see jwk_pkey.c */
#define WRAP_EXTRA 8  /* what AES key wrap adds (RFC 3394 2.2.1) */
/* four lengths, the longest name, two identities */
#define INFO_MAX (4 * 4 + 16 + 2 * PO_JWE_PARTY_MAX)

/*
 * Functions below answer PO_OK whether or not the token yields a key: `cek` is
 * left as it was if it does not.  Other answers say that OpenSSL cannot do it,
 * whatever the token.
 */
static enum po_status
open_oaep(EVP_PKEY *pkey, const struct po_jwe_recipient *recipient,
    uint8_t cek[PO_JWE_CEK_MAX])
{
	AUTO(free_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	const char *digest = recipient->alg->digest;
	uint8_t opened[OAEP_MAX];
	size_t len = sizeof(opened);

	if (ctx == NULL || EVP_PKEY_decrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest, NULL) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest, NULL) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	if (EVP_PKEY_decrypt(ctx, opened, &len, recipient->wrapped.data,
		recipient->wrapped.len) == 1 &&
	    len == recipient->cek_len)
		memcpy(cek, opened, len);
	explicit_bzero(opened, sizeof(opened));
	return PO_OK;
}

static void
append_number(struct po_buf *out, size_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		po_buf_append_char(out, (char)(number >> shift & 0xff));
}

static void
append_datum(struct po_buf *out, const void *data, size_t len)
{
	append_number(out, len);
	po_buf_append(out, data, len);
}

/* The Concat KDF of NIST SP 800-56A as RFC 7518 4.6.2 fills it in. */
static enum po_status
derive(uint8_t *secret, size_t secret_len,
    const struct po_jwe_recipient *recipient, uint8_t *out, size_t len)
{
	AUTO(po_buf_clear) struct po_buf info = PO_BUF_INIT(INFO_MAX);
	AUTO(free_kdf) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SSKDF", NULL);
	AUTO(free_kdf_ctx) EVP_KDF_CTX *ctx = NULL;
	const struct po_jwe_alg *alg = recipient->alg;
	const char *id = alg->wrap == NULL ? recipient->enc : alg->name;
	char digest[] = "SHA256"; /* the parameters' types lack const */
	OSSL_PARAM params[4];
	enum po_status st;

	append_datum(&info, id, strlen(id));
	append_datum(&info, recipient->apu.data, recipient->apu.len);
	append_datum(&info, recipient->apv.data, recipient->apv.len);
	append_number(&info, 8 * len);
	if ((st = po_buf_check(&info, NULL)) != PO_OK)
		return st;
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_SECRET, secret, secret_len);
	params[2] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_INFO, info.data, info.len);
	params[3] = OSSL_PARAM_construct_end();
	if (kdf == NULL || (ctx = EVP_KDF_CTX_new(kdf)) == NULL ||
	    EVP_KDF_derive(ctx, out, len, params) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	return PO_OK;
}

/* AES key unwrap (RFC 3394 2.2.2). */
static enum po_status
unwrap(const uint8_t *kek, const struct po_jwe_recipient *recipient,
    uint8_t cek[PO_JWE_CEK_MAX])
{
	AUTO(free_cipher)
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, recipient->alg->wrap, NULL);
	AUTO(free_cipher_ctx) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t opened[PO_JWE_CEK_MAX + WRAP_EXTRA];
	int len = 0;

	if (ctx == NULL)
		return PO_E_NOMEM;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (cipher == NULL ||
	    EVP_DecryptInit_ex2(ctx, cipher, kek, NULL, NULL) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	if (EVP_DecryptUpdate(ctx, opened, &len, recipient->wrapped.data,
		(int)recipient->wrapped.len) == 1 &&
	    (size_t)len == recipient->cek_len)
		memcpy(cek, opened, recipient->cek_len);
	explicit_bzero(opened, sizeof(opened));
	return PO_OK;
}

/* Z, what was agreed on, to the content's key, by way of a wrapping one. */
static enum po_status
use_agreed(uint8_t *agreed, size_t len,
    const struct po_jwe_recipient *recipient, uint8_t cek[PO_JWE_CEK_MAX])
{
	uint8_t kek[PO_JWE_CEK_MAX];
	enum po_status st;

	if (recipient->alg->wrap == NULL)
		return derive(agreed, len, recipient, cek, recipient->cek_len);
	st = derive(agreed, len, recipient, kek, recipient->alg->wrap_len);
	if (st == PO_OK)
		st = unwrap(kek, recipient, cek);
	explicit_bzero(kek, sizeof(kek));
	return st;
}

/* ECDH-ES (RFC 7518 4.6, RFC 8037 3.2). */
static enum po_status
open_agreed(EVP_PKEY *pkey, const struct po_jwe_recipient *recipient,
    uint8_t cek[PO_JWE_CEK_MAX])
{
	AUTO(free_pkey_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	uint8_t agreed[AGREED_MAX];
	size_t len = sizeof(agreed);
	enum po_status st = PO_OK;

	/* the point is on the curve: po_jwk_make_pkey has looked */
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer_ex(ctx, recipient->epk, 0) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	/* a result of zeros fails (X25519, RFC 7748 6.1) */
	if (EVP_PKEY_derive(ctx, agreed, &len) == 1)
		st = use_agreed(agreed, len, recipient, cek);
	explicit_bzero(agreed, sizeof(agreed));
	return st;
}

size_t
po_jwe_wrapped_len(
    const struct po_jwe_key *key, const struct po_jwe_recipient *recipient)
{
	if (key->own.kty == PO_KTY_RSA)
		return (size_t)EVP_PKEY_get_size(key->own.pkey);
	return recipient->alg->wrap == NULL ? 0
					    : recipient->cek_len + WRAP_EXTRA;
}

enum po_status
po_jwe_recover_cek(const struct po_jwe_key *key,
    const struct po_jwe_recipient *recipient, uint8_t cek[PO_JWE_CEK_MAX])
{
	if (RAND_priv_bytes(cek, PO_JWE_CEK_MAX) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	return key->own.kty == PO_KTY_RSA
		   ? open_oaep(key->own.pkey, recipient, cek)
		   : open_agreed(key->own.pkey, recipient, cek);
}
