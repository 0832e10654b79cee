/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact JWE: form, header and content.  What everybody can read is refused
 * with its reason before the private key is touched; from then on there is one
 * refusal, and plaintext is given out only once its tag is good.  See jwe.h.
 */

#include "jose/jwe.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "jose/compact.h"
#include "jose/jwe_internal.h"
#include "jose/jwk_internal.h"
#include "jose/jws.h"
#include "jose/openssl_auto.h"

/* An answer of the token endpoint holds no longer one. */
#define COMPACT_MAX PO_JWS_MAX

enum {
	HEADER,
	ENCRYPTED_KEY,
	IV,
	CIPHERTEXT,
	TAG,
	PARTS
};

/* Lengths in bytes, all exact (RFC 7518 5.2, 5.3; CVE-2023-37464). */
struct enc {
	const char *name;
	const char *cipher;
	const char *mac; /* digest of the HMAC; NULL: the cipher has a tag */
	size_t cek_len;
	size_t iv_len;
	size_t tag_len;
};

static const struct enc encs[] = {
	{ "A128GCM", "AES-128-GCM", NULL, 16, 12, 16 },
	{ "A192GCM", "AES-192-GCM", NULL, 24, 12, 16 },
	{ "A256GCM", "AES-256-GCM", NULL, 32, 12, 16 },
	{ "A128CBC-HS256", "AES-128-CBC", "SHA256", 32, 16, 16 },
	{ "A192CBC-HS384", "AES-192-CBC", "SHA384", 48, 16, 24 },
	{ "A256CBC-HS512", "AES-256-CBC", "SHA512", 64, 16, 32 },
};

static const struct po_compact_form form = { "JWE", PARTS, "five", 7516 };

struct jwe {
	struct po_compact_part parts[PO_COMPACT_PARTS_MAX];
	struct po_json *header;
	const struct enc *enc;
	struct po_jwe_recipient recipient;
	struct po_buf iv;
	struct po_buf content; /* ciphertext, decrypted where it is */
	struct po_buf tag;
};

static void
clear(struct jwe *jwe)
{
	po_json_free(&jwe->header);
	EVP_PKEY_free(jwe->recipient.epk);
	po_buf_clear(&jwe->recipient.apu);
	po_buf_clear(&jwe->recipient.apv);
	po_buf_clear(&jwe->recipient.wrapped);
	po_buf_clear(&jwe->iv);
	po_buf_clear(&jwe->content);
	po_buf_clear(&jwe->tag);
}

bool
po_jwe_is_compact(const char *compact, size_t len)
{
	struct po_compact_part parts[PO_COMPACT_PARTS_MAX];

	return po_compact_split(compact, len, parts) == PARTS;
}

/* A header member; NULL when it is absent and need not be there. */
static enum po_status
find_string(const struct jwe *jwe, const char *name, bool required,
    const char **out, struct po_err *err)
{
	const struct po_json *member = po_json_member(jwe->header, name);

	*out = NULL;
	if (member == NULL && required)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "JWE header without %s (RFC 7516 4.1)", name);
	if (member == NULL)
		return PO_OK;
	if ((*out = po_json_string(member, NULL)) == NULL)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "%s is %s, not a string (RFC 7516 4.1)", name,
		    po_json_type_name(member));
	return PO_OK;
}

static enum po_status
read_alg(struct jwe *jwe, const struct po_jwe_key *key, struct po_err *err)
{
	const char *name = NULL;
	const struct po_jwe_alg *alg;
	enum po_status st;

	if ((st = find_string(jwe, "alg", true, &name, err)) != PO_OK)
		return st;
	if ((alg = po_jwe_alg_find(name)) == NULL)
		return po_err_set(err, PO_E_ALG,
		    "alg \"%s\" is not one we decrypt with (RFC 8725 3.2)",
		    name);
	if (!po_jwe_key_fits(key, alg))
		return po_err_set(err, PO_E_ALG,
		    "alg \"%s\" does not go with the decryption key, which is "
		    "%s (RFC 8725 3.1)",
		    name, key->own.kty == PO_KTY_RSA ? "RSA" : key->own.curve);
	if (key->alg != NULL && key->alg != alg)
		return po_err_set(err, PO_E_ALG,
		    "alg \"%s\", but the decryption key is for \"%s\" alone "
		    "(RFC 7517 4.4)",
		    name, key->alg->name);
	jwe->recipient.alg = alg;
	return PO_OK;
}

static enum po_status
read_enc(struct jwe *jwe, struct po_err *err)
{
	const char *name = NULL;
	enum po_status st;

	if ((st = find_string(jwe, "enc", true, &name, err)) != PO_OK)
		return st;
	for (size_t i = 0; i < PO_ARRAY_LEN(encs); i++)
		if (strcmp(encs[i].name, name) == 0)
			jwe->enc = &encs[i];
	if (jwe->enc == NULL)
		return po_err_set(err, PO_E_ALG,
		    "enc \"%s\" is not one we decrypt (RFC 8725 3.2)", name);
	jwe->recipient.enc = jwe->enc->name;
	jwe->recipient.cek_len = jwe->enc->cek_len;
	return PO_OK;
}

static enum po_status
check_kid(
    const struct jwe *jwe, const struct po_jwe_key *key, struct po_err *err)
{
	const char *kid;
	enum po_status st;

	if ((st = find_string(jwe, "kid", false, &kid, err)) != PO_OK)
		return st;
	if (kid != NULL && strlen(kid) > PO_JWK_KID_MAX)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "kid of %zu bytes, more than %d", strlen(kid),
		    PO_JWK_KID_MAX);
	if (kid != NULL && key->own.kid != NULL &&
	    strcmp(kid, key->own.kid) != 0)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "encrypted to key \"%s\", the decryption key is \"%s\"",
		    kid, key->own.kid);
	return PO_OK;
}

/*
 * The sender's point: on our key's curve by name and in fact, or agreeing with
 * it would give our key away (RFC 8725 3.4, CVE-2017-16007).
 */
static enum po_status
read_epk(struct jwe *jwe, const struct po_jwe_key *key, struct po_err *err)
{
	const struct po_json *epk = po_json_member(jwe->header, "epk");
	const char *our_kty = key->own.kty == PO_KTY_EC ? "EC" : "OKP";
	const char *kty = "", *crv = "";
	struct po_err why = { .status = PO_OK };
	enum po_status st;

	if (epk == NULL)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "no epk in the header (RFC 7518 4.6.1.1)");
	if ((st = po_jwk_string(epk, "kty", &kty, &why)) != PO_OK ||
	    (st = po_jwk_string(epk, "crv", &crv, &why)) != PO_OK)
		return po_err_set(err, st, "epk: %s", why.text);
	if (strcmp(kty, our_kty) != 0 || strcmp(crv, key->own.curve) != 0)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "epk is of kty \"%s\" and crv \"%s\", the decryption key "
		    "of \"%s\" and \"%s\" (RFC 7518 4.6.1.1)",
		    kty, crv, our_kty, key->own.curve);
	st = po_jwk_make_pkey(
	    epk, key->own.kty, key->own.curve, &jwe->recipient.epk, &why);
	return st == PO_OK ? st : po_err_set(err, st, "epk: %s", why.text);
}

/* apu or apv: who the sender says the two parties are. */
static enum po_status
read_party(
    struct jwe *jwe, const char *name, struct po_buf *out, struct po_err *err)
{
	const char *text;
	enum po_status st;

	if ((st = find_string(jwe, name, false, &text, err)) != PO_OK)
		return st;
	if (text == NULL)
		return PO_OK;
	return po_compact_decode(&form,
	    (struct po_compact_part){ text, strlen(text) }, name, out, err);
}

static enum po_status
check_header(struct jwe *jwe, const struct po_jwe_key *key, struct po_err *err)
{
	enum po_status st;

	if ((st = read_alg(jwe, key, err)) != PO_OK ||
	    (st = read_enc(jwe, err)) != PO_OK)
		return st;
	/* a kilobyte could become a gigabyte (CVE-2024-28176) */
	if (po_json_member(jwe->header, "zip") != NULL)
		return po_err_set(err, PO_E_ALG,
		    "zip: compressed tokens are refused (RFC 8725 3.6)");
	/* we understand no extension, so whatever crit lists is unknown */
	if (po_json_member(jwe->header, "crit") != NULL)
		return po_err_set(err, PO_E_CRIT,
		    "crit names extensions we do not have (RFC 7516 4.1.13)");
	if ((st = check_kid(jwe, key, err)) != PO_OK)
		return st;
	if (key->own.kty == PO_KTY_RSA)
		return PO_OK;
	if ((st = read_epk(jwe, key, err)) != PO_OK ||
	    (st = read_party(jwe, "apu", &jwe->recipient.apu, err)) != PO_OK)
		return st;
	return read_party(jwe, "apv", &jwe->recipient.apv, err);
}

static enum po_status
decode_rest(struct jwe *jwe, struct po_err *err)
{
	const struct po_compact_part *parts = jwe->parts;
	enum po_status st;

	if ((st = po_compact_decode(&form, parts[ENCRYPTED_KEY],
		 "encrypted key", &jwe->recipient.wrapped, err)) != PO_OK ||
	    (st = po_compact_decode(&form, parts[IV], "initialization vector",
		 &jwe->iv, err)) != PO_OK ||
	    (st = po_compact_decode(&form, parts[CIPHERTEXT], "ciphertext",
		 &jwe->content, err)) != PO_OK ||
	    (st = po_compact_decode(&form, parts[TAG], "authentication tag",
		 &jwe->tag, err)) != PO_OK)
		return st;
	if (jwe->content.len == 0)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "JWE without ciphertext: nothing is encrypted in it");
	return PO_OK;
}

/*
 * Functions below answer PO_E_DECRYPT for what the token is to blame for, and
 * otherwise if OpenSSL cannot do it for any.
 *
 * The protected header as it came is what the tag covers (RFC 7516 5.1).
 */
static enum po_status
open_gcm(struct jwe *jwe, EVP_CIPHER_CTX *ctx, EVP_CIPHER *cipher,
    const uint8_t *cek)
{
	const struct po_compact_part *aad = &jwe->parts[HEADER];
	struct po_buf *content = &jwe->content;
	uint8_t rest[EVP_MAX_BLOCK_LENGTH];
	int len = 0;

	if (EVP_DecryptInit_ex2(ctx, cipher, cek, jwe->iv.data, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)jwe->tag.len,
		jwe->tag.data) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &len, (const uint8_t *)aad->text,
		(int)aad->len) != 1 ||
	    EVP_DecryptUpdate(ctx, content->data, &len, content->data,
		(int)content->len) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	return EVP_DecryptFinal_ex(ctx, rest, &len) == 1 ? PO_OK : PO_E_DECRYPT;
}

/* Before a block is decrypted (RFC 7518 5.2.2.2). */
static enum po_status
check_mac(const struct jwe *jwe, const uint8_t *mac_key)
{
	AUTO(po_buf_clear) struct po_buf input = PO_BUF_INIT(2 * COMPACT_MAX);
	const struct po_compact_part *aad = &jwe->parts[HEADER];
	uint8_t mac[EVP_MAX_MD_SIZE];
	size_t len = 0;
	enum po_status st;

	po_buf_append(&input, aad->text, aad->len);
	po_buf_append(&input, jwe->iv.data, jwe->iv.len);
	po_buf_append(&input, jwe->content.data, jwe->content.len);
	for (int shift = 56; shift >= 0; shift -= 8) /* AL, in bits */
		po_buf_append_char(
		    &input, (char)(8 * (uint64_t)aad->len >> shift & 0xff));
	if ((st = po_buf_check(&input, NULL)) != PO_OK)
		return st;
	if (EVP_Q_mac(NULL, "HMAC", NULL, jwe->enc->mac, NULL, mac_key,
		jwe->enc->cek_len / 2, input.data, input.len, mac, sizeof(mac),
		&len) == NULL ||
	    len < jwe->enc->tag_len)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	/* the tag is the first half of it */
	if (CRYPTO_memcmp(mac, jwe->tag.data, jwe->enc->tag_len) != 0)
		st = PO_E_DECRYPT;
	explicit_bzero(mac, sizeof(mac));
	return st;
}

/* The first half of the key is the MAC's, the second the cipher's. */
static enum po_status
open_cbc(struct jwe *jwe, EVP_CIPHER_CTX *ctx, EVP_CIPHER *cipher,
    const uint8_t *cek)
{
	struct po_buf *content = &jwe->content;
	int len = 0, rest_len = 0;
	enum po_status st;

	if ((st = check_mac(jwe, cek)) != PO_OK)
		return st;
	if (EVP_DecryptInit_ex2(ctx, cipher, cek + jwe->enc->cek_len / 2,
		jwe->iv.data, NULL) != 1 ||
	    EVP_DecryptUpdate(ctx, content->data, &len, content->data,
		(int)content->len) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	if (EVP_DecryptFinal_ex(ctx, content->data + len, &rest_len) != 1)
		return PO_E_DECRYPT;
	content->len = (size_t)len + (size_t)rest_len;
	return PO_OK;
}

/* Decrypts the content where it is; only after PO_OK it means anything. */
static enum po_status
open_content(struct jwe *jwe, const uint8_t *cek)
{
	AUTO(free_cipher)
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, jwe->enc->cipher, NULL);
	AUTO(free_cipher_ctx) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx == NULL)
		return PO_E_NOMEM;
	if (cipher == NULL)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	return jwe->enc->mac == NULL ? open_gcm(jwe, ctx, cipher, cek)
				     : open_cbc(jwe, ctx, cipher, cek);
}

static bool
has_right_lengths(const struct jwe *jwe, const struct po_jwe_key *key)
{
	return jwe->recipient.wrapped.len ==
		   po_jwe_wrapped_len(key, &jwe->recipient) &&
	       jwe->iv.len == jwe->enc->iv_len &&
	       jwe->tag.len == jwe->enc->tag_len;
}

/* All that the private key is needed for, and its one refusal. */
static enum po_status
decrypt(struct jwe *jwe, const struct po_jwe_key *key, struct po_err *err)
{
	uint8_t cek[PO_JWE_CEK_MAX];
	enum po_status st = PO_E_DECRYPT;

	ERR_clear_error(); /* a reason found below is from here */
	if (has_right_lengths(jwe, key) &&
	    (st = po_jwe_recover_cek(key, &jwe->recipient, cek)) == PO_OK)
		st = open_content(jwe, cek);
	explicit_bzero(cek, sizeof(cek));
	ERR_clear_error();
	if (st == PO_OK)
		return PO_OK;
	if (st == PO_E_DECRYPT)
		return po_err_set(err, st,
		    "not encrypted to this key, or altered since "
		    "(RFC 7516 5.2)");
	return po_err_set(err, st, "OpenSSL cannot decrypt %s with %s",
	    jwe->enc->name, jwe->recipient.alg->name);
}

enum po_status
po_jwe_decrypt(const char *compact, size_t len, const struct po_jwe_key *key,
    struct po_buf *plaintext, struct po_json **header, struct po_err *err)
{
	AUTO(clear)
	struct jwe jwe = {
		.recipient = {
			.apu = PO_BUF_INIT(PO_JWE_PARTY_MAX),
			.apv = PO_BUF_INIT(PO_JWE_PARTY_MAX),
			.wrapped = PO_BUF_INIT(COMPACT_MAX),
		},
		.iv = PO_BUF_INIT(COMPACT_MAX),
		.content = PO_BUF_INIT(COMPACT_MAX),
		.tag = PO_BUF_INIT(COMPACT_MAX),
	};
	enum po_status st;

	*header = NULL;
	if ((st = po_compact_read(
		 &form, compact, len, jwe.parts, &jwe.header, err)) != PO_OK ||
	    (st = check_header(&jwe, key, err)) != PO_OK ||
	    (st = decode_rest(&jwe, err)) != PO_OK ||
	    (st = decrypt(&jwe, key, err)) != PO_OK)
		return st;
	po_buf_append(plaintext, jwe.content.data, jwe.content.len);
	if ((st = po_buf_check(plaintext, err)) != PO_OK)
		return st;
	*header = TAKE(jwe.header);
	return PO_OK;
}
