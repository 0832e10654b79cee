/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A counterfeiter for tests.  See forge.h.
 */

#include "forge.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* Everything handed out, newest first. */
struct kept {
	struct kept *next;
	void *data;
};

static struct kept *all_kept;

static struct made {
	const char *name;
	EVP_PKEY *key;
} keys[] = {
	{ "RSA-2048", NULL },
	{ "RSA-2048-b", NULL },
	{ "RSA-1024", NULL },
	{ "RSA-e3", NULL },
	{ "P-256", NULL },
	{ "P-256-b", NULL },
	{ "P-384", NULL },
	{ "P-521", NULL },
	{ "secp256k1", NULL },
	{ "Ed25519", NULL },
	{ "Ed448", NULL },
	{ "X25519", NULL },
};

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, "cannot forge: %s (line %d)\n",  \
			    #condition, __LINE__);                             \
			abort();                                               \
		}                                                              \
	} while (0)

static void *
keep(void *data)
{
	struct kept *entry = malloc(sizeof(*entry));

	MUST(entry != NULL && data != NULL);
	entry->data = data;
	entry->next = all_kept;
	all_kept = entry;
	return data;
}

int
forge_free_all(void **state)
{
	(void)state;
	while (all_kept != NULL) {
		struct kept *entry = all_kept;

		all_kept = entry->next;
		free(entry->data);
		free(entry);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(keys); i++) {
		EVP_PKEY_free(keys[i].key);
		keys[i].key = NULL;
	}
	return 0;
}

const char *
forge_text(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	MUST(len >= 0);
	return keep(text);
}

const char *
forge_b64(const void *data, size_t len)
{
	/* standard base64 from OpenSSL, then the other alphabet, no '=' */
	unsigned char *text = keep(malloc(4 * (len / 3 + 1) + 1));
	int used = EVP_EncodeBlock(text, data, (int)len);

	while (used > 0 && text[used - 1] == '=')
		used--;
	text[used] = '\0';
	for (int i = 0; i < used; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	}
	return (const char *)text;
}

static EVP_PKEY *
make_rsa(unsigned bits, unsigned exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	MUST(ctx != NULL && e != NULL && BN_set_word(e, exponent) == 1);
	MUST(EVP_PKEY_keygen_init(ctx) == 1);
	MUST(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1);
	MUST(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1);
	MUST(EVP_PKEY_generate(ctx, &key) == 1);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
make_key(const char *name)
{
	char type[16];

	(void)snprintf(type, sizeof(type), "%s", name);
	type[strcspn(type, "-")] = '\0';
	if (strcmp(name, "RSA-e3") == 0)
		return make_rsa(3072, 3);
	if (strcmp(name, "RSA-1024") == 0)
		return make_rsa(1024, 65537);
	if (strcmp(type, "RSA") == 0)
		return make_rsa(2048, 65537);
	if (strncmp(name, "Ed", 2) == 0 || name[0] == 'X')
		return EVP_PKEY_Q_keygen(NULL, NULL, name);
	(void)snprintf(type, sizeof(type), "%s", name);
	if (strcmp(name, "P-256-b") == 0)
		type[strlen("P-256")] = '\0';
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
}

EVP_PKEY *
forge_key(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (keys[i].key == NULL)
			MUST((keys[i].key = make_key(name)) != NULL);
		return keys[i].key;
	}
	(void)fprintf(stderr, "no key \"%s\"\n", name);
	abort();
}

uint8_t *
forge_number(EVP_PKEY *key, const char *name, size_t size)
{
	uint8_t *bytes = keep(calloc(1, size));
	BIGNUM *number = NULL;

	MUST(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	MUST(BN_bn2binpad(number, bytes, (int)size) == (int)size);
	BN_free(number);
	return bytes;
}

/* Bytes of a coordinate; 66 for P-521. */
static size_t
field_size(EVP_PKEY *key)
{
	return ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
}

static const char *
curve_name(EVP_PKEY *key)
{
	char group[32] = "";

	MUST(EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1);
	if (strcmp(group, "prime256v1") == 0)
		return "P-256";
	if (strcmp(group, "secp384r1") == 0)
		return "P-384";
	if (strcmp(group, "secp521r1") == 0)
		return "P-521";
	return forge_text("%s", group);
}

static const char *
take_bio(BIO *bio)
{
	char *text = NULL;
	long len = BIO_get_mem_data(bio, &text);
	const char *pem = forge_text("%.*s", (int)len, text);

	(void)BIO_free(bio);
	return pem;
}

const char *
forge_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	MUST(bio != NULL && PEM_write_bio_PrivateKey(
				bio, key, NULL, NULL, 0, NULL, NULL) == 1);
	return take_bio(bio);
}

const char *
forge_certificate(EVP_PKEY *key, int64_t start_s, int64_t end_s)
{
	static const unsigned char name[] = FORGE_CLIENT;
	/* Ed25519 has a digest of its own */
	const EVP_MD *digest =
	    EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256();
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	BIO *bio = BIO_new(BIO_s_mem());

	MUST(cert != NULL && bio != NULL &&
	     ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
	     X509_NAME_add_entry_by_txt(
		 subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
	     X509_set_issuer_name(cert, subject) == 1 &&
	     ASN1_TIME_set(X509_getm_notBefore(cert), start_s) != NULL &&
	     ASN1_TIME_set(X509_getm_notAfter(cert), end_s) != NULL &&
	     X509_set_pubkey(cert, key) == 1 &&
	     X509_sign(cert, key, digest) > 0 &&
	     PEM_write_bio_X509(bio, cert) == 1);
	X509_free(cert);
	return take_bio(bio);
}

const char *
forge_thumbprint(const char *certificate)
{
	BIO *bio = BIO_new_mem_buf(certificate, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	MUST(cert != NULL && X509_digest(cert, EVP_sha256(), hash, &len) == 1);
	X509_free(cert);
	(void)BIO_free(bio);
	return forge_b64(hash, len);
}

const char *
forge_jwk(EVP_PKEY *key, const char *members)
{
	const char *comma = *members == '\0' ? "" : ",";
	size_t size = field_size(key);

	if (EVP_PKEY_is_a(key, "RSA")) {
		uint8_t *e = forge_number(key, "e", 3);
		size_t zeros = e[0] != 0 ? 0 : e[1] != 0 ? 1 : 2;

		return forge_text("{%s%s\"kty\":\"RSA\",\"n\":\"%s\","
				  "\"e\":\"%s\"}",
		    members, comma,
		    forge_b64(forge_number(key, "n", size), size),
		    forge_b64(e + zeros, 3 - zeros));
	}
	if (EVP_PKEY_is_a(key, "EC"))
		return forge_text("{%s%s\"kty\":\"EC\",\"crv\":\"%s\","
				  "\"x\":\"%s\",\"y\":\"%s\"}",
		    members, comma, curve_name(key),
		    forge_b64(forge_number(key, "qx", size), size),
		    forge_b64(forge_number(key, "qy", size), size));
	{
		uint8_t raw[57]; /* Ed448 */
		size_t len = sizeof(raw);

		MUST(EVP_PKEY_get_raw_public_key(key, raw, &len) == 1);
		return forge_text("{%s%s\"kty\":\"OKP\",\"crv\":\"%s\","
				  "\"x\":\"%s\"}",
		    members, comma, len == 32 ? "Ed25519" : "Ed448",
		    forge_b64(raw, len));
	}
}

const char *
forge_jwks(const char *jwk, ...)
{
	const char *list = "";
	va_list args;

	va_start(args, jwk);
	for (; jwk != NULL; jwk = va_arg(args, const char *))
		list =
		    forge_text("%s%s%s", list, *list == '\0' ? "" : ",", jwk);
	va_end(args);
	return forge_text("{\"keys\":[%s]}", list);
}

const char *
forge_honest_jwks(void)
{
	return forge_jwks(forge_jwk(forge_key("RSA-2048"), "\"kid\":\"rsa\""),
	    forge_jwk(forge_key("P-256"), "\"kid\":\"es256\""),
	    forge_jwk(forge_key("P-384"), "\"kid\":\"es384\""),
	    forge_jwk(forge_key("P-521"), "\"kid\":\"es512\""),
	    forge_jwk(forge_key("Ed25519"), "\"kid\":\"ed\""), NULL);
}

static uint8_t *
sign(EVP_PKEY *key, const char *digest, const char *mgf1, int salt_len,
    bool pss, const char *input, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL;
	uint8_t *signature;

	MUST(ctx != NULL && EVP_DigestSignInit_ex(ctx, &pkey_ctx, digest, NULL,
				NULL, key, NULL) == 1);
	if (pss) {
		MUST(EVP_PKEY_CTX_set_rsa_padding(
			 pkey_ctx, RSA_PKCS1_PSS_PADDING) == 1);
		MUST(EVP_PKEY_CTX_set_rsa_mgf1_md_name(pkey_ctx, mgf1, NULL) ==
		     1);
		MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey_ctx, salt_len) == 1);
	}
	MUST(EVP_DigestSign(
		 ctx, NULL, len, (const uint8_t *)input, strlen(input)) == 1);
	signature = keep(malloc(*len));
	MUST(EVP_DigestSign(ctx, signature, len, (const uint8_t *)input,
		 strlen(input)) == 1);
	EVP_MD_CTX_free(ctx);
	return signature;
}

uint8_t *
forge_sign_pss(EVP_PKEY *key, const char *digest, const char *mgf1,
    int salt_len, const char *input, size_t *len)
{
	return sign(key, digest, mgf1, salt_len, true, input, len);
}

/* OpenSSL's DER to r||s. */
static uint8_t *
to_raw(EVP_PKEY *key, const uint8_t *der, size_t *len)
{
	size_t size = field_size(key);
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)*len);
	uint8_t *raw = keep(malloc(2 * size));

	MUST(pair != NULL);
	MUST(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, (int)size) > 0);
	MUST(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + size, (int)size) > 0);
	ECDSA_SIG_free(pair);
	*len = 2 * size;
	return raw;
}

uint8_t *
forge_sign(EVP_PKEY *key, const char *alg, const char *input, size_t *len)
{
	const char *digest = strstr(alg, "512") != NULL   ? "SHA512"
			     : strstr(alg, "384") != NULL ? "SHA384"
							  : "SHA256";
	uint8_t *signature;

	if (strncmp(alg, "Ed", 2) == 0)
		return sign(key, NULL, NULL, 0, false, input, len);
	if (strcmp(alg, "RS1") == 0)
		digest = "SHA1";
	signature = sign(key, digest, digest, RSA_PSS_SALTLEN_DIGEST,
	    strncmp(alg, "PS", 2) == 0, input, len);
	return strncmp(alg, "ES", 2) == 0 ? to_raw(key, signature, len)
					  : signature;
}

uint8_t *
forge_mac(const char *digest, const void *key, size_t key_len,
    const char *input, size_t *len)
{
	uint8_t *mac = keep(malloc(EVP_MAX_MD_SIZE));
	unsigned used = 0;

	MUST(HMAC(EVP_get_digestbyname(digest), key, (int)key_len,
		 (const uint8_t *)input, strlen(input), mac, &used) != NULL);
	*len = used;
	return mac;
}

const char *
forge_input(const char *header, const char *payload)
{
	return forge_text("%s.%s", forge_b64(header, strlen(header)),
	    forge_b64(payload, strlen(payload)));
}

const char *
forge_join(const char *input, const void *signature, size_t len)
{
	return forge_text("%s.%s", input, forge_b64(signature, len));
}

const char *
forge_token(
    EVP_PKEY *key, const char *alg, const char *header, const char *payload)
{
	const char *input = forge_input(header, payload);
	size_t len = 0;
	uint8_t *signature = forge_sign(key, alg, input, &len);

	return forge_join(input, signature, len);
}

const char *
forge_honest(const char *payload)
{
	return forge_token(forge_key("RSA-2048"), "RS256",
	    "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", payload);
}

const char *
forge_claims(const char *name, ...)
{
	enum {
		MEMBERS_MAX = 16
	};
	struct {
		const char *name;
		const char *text;
	} members[MEMBERS_MAX] = {
		{ "iss", "\"" FORGE_ISSUER "\"" },
		{ "sub", "\"" FORGE_SUB "\"" },
		{ "aud", "\"" FORGE_CLIENT "\"" },
		{ "exp", "1700000300" },
		{ "iat", "1700000000" },
	};
	const char *list = "";
	size_t count = 5;
	va_list args;

	va_start(args, name);
	for (; name != NULL; name = va_arg(args, const char *)) {
		size_t i = 0;

		while (i < count && strcmp(members[i].name, name) != 0)
			i++;
		MUST(i < MEMBERS_MAX);
		count = i == count ? count + 1 : count;
		members[i].name = name;
		members[i].text = va_arg(args, const char *);
	}
	va_end(args);
	for (size_t i = 0; i < count; i++)
		if (*members[i].text != '\0')
			list = forge_text("%s%s\"%s\":%s", list,
			    *list == '\0' ? "" : ",", members[i].name,
			    members[i].text);
	return forge_text("{%s}", list);
}

struct po_id_token_policy
forge_policy(void)
{
	return (struct po_id_token_policy){
		.issuer = FORGE_ISSUER,
		.client_id = FORGE_CLIENT,
		.algs = PO_ALG_ASYMMETRIC,
		.now_s = FORGE_NOW,
		.flow_start_s = FORGE_NOW - 30,
	};
}

enum po_status
forge_judge(const char *token, const char *jwks,
    const struct po_id_token_policy *policy)
{
	AUTO(po_jwks_free) struct po_jwks *set = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	struct po_err err = { .status = PO_OK };
	enum po_status st;

	MUST(po_jwks_parse(jwks, strlen(jwks), &set, &err) == PO_OK);
	st = po_id_token_verify(
	    token, strlen(token), set, policy, &claims, &err);
	MUST((st == PO_OK) == (claims != NULL));
	MUST(err.status == st);
	MUST((st == PO_OK) == (err.text[0] == '\0'));
	return st;
}

enum po_status
forge_login(const char *token)
{
	struct po_id_token_policy policy = forge_policy();

	return forge_judge(token, forge_honest_jwks(), &policy);
}
