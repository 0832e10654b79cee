/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JWE encryptor of its own.  See jwe_seal.h.
 */

#include "jwe_seal.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../attack/forge.h"

#define CEK_SIZE 128 /* room for keys that are too long */

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "cannot seal: %s (line %d)\n",   \
			    #condition, __LINE__);                             \
			abort();                                               \
		}                                                              \
	} while (0)

static const struct enc {
	const char *name;
	const char *cipher;
	const char *digest; /* NULL: GCM */
	size_t cek_len;
} encs[] = {
	{ "A128GCM", "AES-128-GCM", NULL, 16 },
	{ "A192GCM", "AES-192-GCM", NULL, 24 },
	{ "A256GCM", "AES-256-GCM", NULL, 32 },
	{ "A128CBC-HS256", "AES-128-CBC", "SHA256", 32 },
	{ "A192CBC-HS384", "AES-192-CBC", "SHA384", 48 },
	{ "A256CBC-HS512", "AES-256-CBC", "SHA512", 64 },
};

static const struct enc *
find_enc(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(encs); i++)
		if (strcmp(encs[i].name, name) == 0)
			return &encs[i];
	abort();
}

size_t
seal_cek_len(const char *enc)
{
	return find_enc(enc)->cek_len;
}

size_t
seal_iv_len(const char *enc)
{
	return find_enc(enc)->digest == NULL ? 12 : 16;
}

size_t
seal_tag_len(const char *enc)
{
	return find_enc(enc)->digest == NULL ? 16 : find_enc(enc)->cek_len / 2;
}

/* Memory that forge_free_all frees. */
static uint8_t *
room(size_t len)
{
	return (uint8_t *)(uintptr_t)forge_text("%*s", (int)len + 32, "");
}

uint8_t *
seal_decode(const char *part, size_t *len)
{
	char *padded = (char *)(uintptr_t)forge_text(
	    "%s%.*s", part, (int)((4 - strlen(part) % 4) % 4), "===");
	uint8_t *out = room(strlen(padded));
	int used;

	for (char *p = padded; *p != '\0'; p++)
		*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	used = EVP_DecodeBlock(
	    out, (const unsigned char *)padded, (int)strlen(padded));
	MUST(used >= 0);
	*len = 3 * strlen(part) / 4;
	return out;
}

/* --- the content's key ---------------------------------------------------- */

static void
put_number(struct po_buf *out, size_t number)
{
	const uint8_t bytes[4] = { (uint8_t)(number >> 24),
		(uint8_t)(number >> 16), (uint8_t)(number >> 8),
		(uint8_t)number };

	po_buf_append(out, bytes, sizeof(bytes));
}

static void
put_datum(struct po_buf *out, const char *b64)
{
	size_t len = 0;
	uint8_t *data = seal_decode(b64 == NULL ? "" : b64, &len);

	put_number(out, len);
	po_buf_append(out, data, len);
}

/* RFC 7518 4.6.2: SHA-256 of a counter, Z and the other information. */
static void
concat_kdf(const struct seal *how, const uint8_t *z, size_t z_len,
    const char *id, uint8_t *out, size_t len)
{
	for (size_t done = 0; done < len; done += SHA256_DIGEST_LENGTH) {
		AUTO(po_buf_clear) struct po_buf input = PO_BUF_INIT(16384);
		uint8_t hash[SHA256_DIGEST_LENGTH];
		size_t left = len - done;

		put_number(&input, 1 + done / sizeof(hash));
		po_buf_append(&input, z, z_len);
		put_number(&input, strlen(id));
		po_buf_append_str(&input, id);
		put_datum(&input,
		    how->hashed_apu == NULL ? how->apu : how->hashed_apu);
		put_datum(&input, how->apv);
		put_number(&input, 8 * len);
		MUST(SHA256(input.data, input.len, hash) != NULL);
		memcpy(out + done, hash,
		    left < sizeof(hash) ? left : sizeof(hash));
	}
}

static const char *
seal_rsa(const struct seal *how, const uint8_t *cek, size_t cek_len)
{
	const char *digest =
	    strcmp(how->alg, "RSA-OAEP-256") == 0 ? "SHA256" : "SHA1";
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, how->to, NULL);
	uint8_t out[1024];
	size_t len = sizeof(out);

	MUST(ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_padding(ctx,
		 how->pkcs1 ? RSA_PKCS1_PADDING : RSA_PKCS1_OAEP_PADDING) == 1);
	if (!how->pkcs1) {
		MUST(EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx,
			 how->oaep_digest == NULL ? digest : how->oaep_digest,
			 NULL) == 1);
		MUST(EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx,
			 how->mgf1_digest == NULL ? digest : how->mgf1_digest,
			 NULL) == 1);
	}
	if (how->oaep_label != NULL)
		MUST(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx,
			 OPENSSL_strdup(how->oaep_label),
			 (int)strlen(how->oaep_label)) == 1);
	MUST(EVP_PKEY_encrypt(ctx, out, &len, cek, cek_len) == 1);
	EVP_PKEY_CTX_free(ctx);
	return forge_b64(out, len);
}

static const char *
wrap(const char *alg, const uint8_t *kek, const uint8_t *cek, size_t cek_len)
{
	const EVP_CIPHER *cipher =
	    strstr(alg, "128") != NULL   ? EVP_aes_128_wrap()
	    : strstr(alg, "192") != NULL ? EVP_aes_192_wrap()
					 : EVP_aes_256_wrap();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t out[CEK_SIZE + 16];
	int len = 0;

	MUST(ctx != NULL);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	MUST(EVP_EncryptInit_ex(ctx, cipher, NULL, kek, NULL) == 1);
	MUST(EVP_EncryptUpdate(ctx, out, &len, cek, (int)cek_len) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return forge_b64(out, (size_t)len);
}

/* The public half as a JWK without any other member. */
static const char *
public_jwk(EVP_PKEY *key)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);

	if (!EVP_PKEY_is_a(key, "X25519"))
		return forge_jwk(key, "");
	MUST(EVP_PKEY_get_raw_public_key(key, raw, &len) == 1);
	return forge_text("{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"%s\"}",
	    forge_b64(raw, len));
}

/* A key on the curve of `to`, and what it agrees on with that. */
static const char *
agree(EVP_PKEY *to, uint8_t z[66], size_t *len)
{
	char group[32] = "";
	EVP_PKEY *ours;
	EVP_PKEY_CTX *ctx;
	const char *jwk;

	if (EVP_PKEY_is_a(to, "EC"))
		MUST(EVP_PKEY_get_group_name(to, group, sizeof(group), NULL) ==
		     1);
	ours = *group == '\0' ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519")
			      : EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);
	ctx = EVP_PKEY_CTX_new(ours, NULL);
	*len = 66;
	MUST(ctx != NULL && EVP_PKEY_derive_init(ctx) == 1);
	MUST(EVP_PKEY_derive_set_peer(ctx, to) == 1);
	MUST(EVP_PKEY_derive(ctx, z, len) == 1);
	EVP_PKEY_CTX_free(ctx);
	jwk = public_jwk(ours);
	EVP_PKEY_free(ours);
	return jwk;
}

/* Sets the content's key where it is agreed on; the encrypted key otherwise. */
static const char *
seal_key(
    const struct seal *how, uint8_t *cek, size_t cek_len, const char **members)
{
	uint8_t z[66], kek[32];
	size_t z_len = 0, kek_len;
	const char *epk, *id;

	if (strncmp(how->alg, "RSA", 3) == 0)
		return seal_rsa(how, cek, cek_len);
	epk = agree(how->to, z, &z_len);
	*members = forge_text(
	    ",\"epk\":%s%s", how->epk == NULL ? epk : how->epk, *members);
	if (how->agreed != NULL) {
		MUST(how->agreed_len <= sizeof(z));
		memcpy(z, how->agreed, z_len = how->agreed_len);
	}
	id = how->algorithm_id;
	if (strcmp(how->alg, "ECDH-ES") == 0) {
		concat_kdf(
		    how, z, z_len, id == NULL ? how->enc : id, cek, cek_len);
		return "";
	}
	kek_len = strstr(how->alg, "128") != NULL   ? 16
		  : strstr(how->alg, "192") != NULL ? 24
						    : 32;
	concat_kdf(how, z, z_len, id == NULL ? how->alg : id, kek, kek_len);
	return wrap(how->alg, kek, cek, cek_len);
}

/* --- the content ---------------------------------------------------------- */

static const char *
seal_gcm(EVP_CIPHER_CTX *ctx, const struct enc *enc, const uint8_t *cek,
    const char *aad, const struct seal *how)
{
	uint8_t iv[12], tag[16];
	uint8_t *out = room(how->plaintext_len);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, enc->cipher, NULL);
	int len = 0;

	MUST(RAND_bytes(iv, sizeof(iv)) == 1);
	MUST(EVP_EncryptInit_ex(ctx, cipher, NULL, cek, iv) == 1);
	MUST(EVP_EncryptUpdate(
		 ctx, NULL, &len, (const uint8_t *)aad, (int)strlen(aad)) == 1);
	MUST(EVP_EncryptUpdate(
		 ctx, out, &len, how->plaintext, (int)how->plaintext_len) == 1);
	MUST(EVP_EncryptFinal_ex(ctx, out, &len) == 1);
	MUST(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1);
	EVP_CIPHER_free(cipher);
	return forge_text("%s.%s.%s", forge_b64(iv, sizeof(iv)),
	    forge_b64(out, how->plaintext_len), forge_b64(tag, sizeof(tag)));
}

static const char *
seal_cbc(EVP_CIPHER_CTX *ctx, const struct enc *enc, const uint8_t *cek,
    const char *aad, const struct seal *how)
{
	AUTO(po_buf_clear) struct po_buf input = PO_BUF_INIT(1024 * 1024);
	uint8_t iv[16], tag[EVP_MAX_MD_SIZE];
	uint8_t *out = room(how->plaintext_len + 16);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, enc->cipher, NULL);
	int len = 0, rest = 0;

	MUST(RAND_bytes(iv, sizeof(iv)) == 1);
	MUST(EVP_EncryptInit_ex(
		 ctx, cipher, NULL, cek + enc->cek_len / 2, iv) == 1);
	MUST(EVP_CIPHER_CTX_set_padding(ctx, !how->raw_padding) == 1);
	MUST(EVP_EncryptUpdate(
		 ctx, out, &len, how->plaintext, (int)how->plaintext_len) == 1);
	MUST(EVP_EncryptFinal_ex(ctx, out + len, &rest) == 1);
	len += rest;
	po_buf_append_str(&input, aad);
	po_buf_append(&input, iv, sizeof(iv));
	po_buf_append(&input, out, (size_t)len);
	put_number(&input, 0);
	put_number(&input, 8 * strlen(aad));
	MUST(HMAC(EVP_get_digestbyname(enc->digest), cek, (int)enc->cek_len / 2,
		 input.data, input.len, tag, NULL) != NULL);
	EVP_CIPHER_free(cipher);
	return forge_text("%s.%s.%s", forge_b64(iv, sizeof(iv)),
	    forge_b64(out, (size_t)len), forge_b64(tag, enc->cek_len / 2));
}

const char *
seal_token(const struct seal *asked)
{
	struct seal how = *asked;
	const struct enc *enc = find_enc(how.enc);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	/* what a key of the wrong length lacks is zero */
	uint8_t cek[CEK_SIZE] = { 0 };
	size_t cek_len = how.cek_len == 0 ? enc->cek_len : how.cek_len;
	const char *members =
	    how.members == NULL ? "" : forge_text(",%s", how.members);
	const char *key, *header, *content;

	if (how.plaintext == NULL) {
		how.plaintext = "hello";
		how.plaintext_len = 5;
	}
	MUST(ctx != NULL && cek_len <= sizeof(cek));
	MUST(RAND_bytes(cek, (int)cek_len) == 1);
	if (how.apu != NULL)
		members = forge_text("%s,\"apu\":\"%s\"", members, how.apu);
	if (how.apv != NULL)
		members = forge_text("%s,\"apv\":\"%s\"", members, how.apv);
	key = seal_key(&how, cek, cek_len, &members);
	if (how.zero_key)
		memset(cek, 0, sizeof(cek));
	header = forge_text("{\"alg\":\"%s\",\"enc\":\"%s\"%s}",
	    how.header_alg == NULL ? how.alg : how.header_alg, how.enc,
	    members);
	header = forge_b64(header, strlen(header));
	content = enc->digest == NULL ? seal_gcm(ctx, enc, cek, header, &how)
				      : seal_cbc(ctx, enc, cek, header, &how);
	EVP_CIPHER_CTX_free(ctx);
	return forge_text("%s.%s.%s", header, key, content);
}

/* --- private keys --------------------------------------------------------- */

/* ,"name":"base64url" of a number, without leading zeros if `size` is 0. */
static const char *
number_member(EVP_PKEY *key, const char *name, const char *param, size_t size)
{
	uint8_t *bytes = forge_number(key, param, size == 0 ? 1024 : size);
	size_t len = size == 0 ? 1024 : size;

	for (; size == 0 && *bytes == 0; len--)
		bytes++;
	return forge_text(",\"%s\":\"%s\"", name, forge_b64(bytes, len));
}

const char *
seal_private_jwk(EVP_PKEY *key, const char *members)
{
	static const char *const rsa[][2] = { { "d", OSSL_PKEY_PARAM_RSA_D },
		{ "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },
		{ "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },
		{ "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
		{ "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
		{ "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 } };
	const char *public = public_jwk(key) + 1;
	const char *private = "";
	uint8_t raw[32];
	size_t len = sizeof(raw);

	if (EVP_PKEY_is_a(key, "RSA")) {
		for (size_t i = 0; i < PO_ARRAY_LEN(rsa); i++)
		private = forge_text("%s%s", private,
		    number_member(key, rsa[i][0], rsa[i][1], 0));
	} else if (EVP_PKEY_is_a(key, "EC")) {
		private = number_member(key, "d", OSSL_PKEY_PARAM_PRIV_KEY,
		    ((size_t)EVP_PKEY_get_bits(key) + 7) / 8);
	} else {
		MUST(EVP_PKEY_get_raw_private_key(key, raw, &len) == 1);
		private = forge_text(",\"d\":\"%s\"", forge_b64(raw, len));
	}
	return forge_text("{%s%s%.*s%s}", members, *members == '\0' ? "" : ",",
	    (int)strlen(public) - 1, public, private);
}

/* --- tokens in pieces ----------------------------------------------------- */

struct seal_parts
seal_split(const char *token)
{
	struct seal_parts parts;

	for (unsigned i = 0; i < 5; i++) {
		size_t len = strcspn(token, ".");

		parts.text[i] = forge_text("%.*s", (int)len, token);
		MUST(token[len] == (i < 4 ? '.' : '\0'));
		token += len + 1;
	}
	return parts;
}

const char *
seal_join(const struct seal_parts *parts)
{
	return forge_text("%s.%s.%s.%s.%s", parts->text[0], parts->text[1],
	    parts->text[2], parts->text[3], parts->text[4]);
}

const char *
seal_replace(const char *token, unsigned i, const char *part)
{
	struct seal_parts parts = seal_split(token);

	parts.text[i] = part;
	return seal_join(&parts);
}

const char *
seal_replace_bytes(const char *token, unsigned i, const void *bytes, size_t len)
{
	return seal_replace(token, i, forge_b64(bytes, len));
}
