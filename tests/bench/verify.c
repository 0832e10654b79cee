/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify: what our verification of a compact JWS costs beside OpenSSL alone,
 * both with a parsed key.  Rounds interleaved, medians; prints lines
 * "NAME VALUE UNIT".
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/buf.h"
#include "jose/b64url.h"
#include "jose/jwk.h"
#include "jose/jws.h"

#define ROUNDS 61
#define BATCH 200 /* verifications timed together */
#define PAYLOAD                                                                \
	"{\"iss\":\"https://sso.example.com\",\"sub\":\"248289761001\","       \
	"\"aud\":\"linux-login\",\"exp\":1700000300,\"iat\":1700000000,"       \
	"\"preferred_username\":\"alice\",\"groups\":[\"linux-users\"]}"

struct subject {
	const char *name;
	const char *alg;
	po_alg_set algs;
	EVP_PKEY *key;
	char *token;
	struct po_jwks *jwks;
	/* for OpenSSL alone */
	size_t signed_len;
	unsigned char sig[512];
	size_t sig_len;
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "verify: %s failed\n", what);
	exit(1);
}

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
append_bn(
    struct po_buf *out, const EVP_PKEY *key, const char *param, size_t size)
{
	unsigned char bytes[512];
	BIGNUM *bn = NULL;
	int len;

	must(EVP_PKEY_get_bn_param(key, param, &bn) == 1, param);
	len = size > 0 ? BN_bn2binpad(bn, bytes, (int)size)
		       : BN_bn2bin(bn, bytes);
	must(len > 0, param);
	po_b64url_encode(bytes, (size_t)len, out);
	BN_free(bn);
}

static void
make_jwks(struct subject *s)
{
	struct po_buf text = PO_BUF_INIT(8192);
	struct po_err err = { 0 };

	if (strcmp(s->alg, "RS256") == 0) {
		po_buf_append_str(
		    &text, "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"");
		append_bn(&text, s->key, OSSL_PKEY_PARAM_RSA_N, 0);
		po_buf_append_str(&text, "\",\"e\":\"");
		append_bn(&text, s->key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else {
		po_buf_append_str(&text, "{\"keys\":[{\"kty\":\"EC\","
					 "\"crv\":\"P-256\",\"x\":\"");
		append_bn(&text, s->key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		po_buf_append_str(&text, "\",\"y\":\"");
		append_bn(&text, s->key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	}
	po_buf_append_str(&text, "\"}]}");
	must(po_jwks_parse(text.data, text.len, &s->jwks, &err) == PO_OK,
	    err.text);
	po_buf_clear(&text);
}

/* A DER signature as r||s (RFC 7518 3.4). */
static size_t
raw_ecdsa(const unsigned char *der, size_t len, unsigned char out[64])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	must(sig != NULL, "d2i_ECDSA_SIG");
	must(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32) == 32 &&
		 BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32) == 32,
	    "r and s");
	ECDSA_SIG_free(sig);
	return 64;
}

static void
make_token(struct subject *s)
{
	struct po_buf token = PO_BUF_INIT(8192);
	char header[64];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char raw[64];

	(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", s->alg);
	po_b64url_encode(header, strlen(header), &token);
	po_buf_append_char(&token, '.');
	po_b64url_encode(PAYLOAD, strlen(PAYLOAD), &token);
	s->signed_len = token.len;
	s->sig_len = sizeof(s->sig);
	must(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, s->key) == 1 &&
		 EVP_DigestSign(
		     ctx, s->sig, &s->sig_len, token.data, token.len) == 1,
	    "sign");
	EVP_MD_CTX_free(ctx);
	po_buf_append_char(&token, '.');
	if (strcmp(s->alg, "ES256") == 0)
		po_b64url_encode(
		    raw, raw_ecdsa(s->sig, s->sig_len, raw), &token);
	else
		po_b64url_encode(s->sig, s->sig_len, &token);
	must(po_buf_take_str(&token, &s->token, NULL) == PO_OK, "token");
}

static double
ours_us(const struct subject *s)
{
	size_t len = strlen(s->token);
	double start_us = now_us();

	for (int i = 0; i < BATCH; i++) {
		struct po_jws *jws = NULL;

		must(
		    po_jws_parse(s->token, len, s->algs, &jws, NULL) == PO_OK &&
			po_jws_verify(jws, s->jwks, NULL, NULL) == PO_OK,
		    "po_jws_verify");
		po_jws_free(&jws);
	}
	return (now_us() - start_us) / BATCH;
}

static double
raw_us(const struct subject *s)
{
	double start_us = now_us();

	for (int i = 0; i < BATCH; i++) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		must(EVP_DigestVerifyInit(
			 ctx, NULL, EVP_sha256(), NULL, s->key) == 1 &&
			 EVP_DigestVerify(ctx, s->sig, s->sig_len,
			     (const unsigned char *)s->token,
			     s->signed_len) == 1,
		    "EVP_DigestVerify");
		EVP_MD_CTX_free(ctx);
	}
	return (now_us() - start_us) / BATCH;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(void)
{
	static struct subject subjects[] = {
		{ .name = "rs256",
		    .alg = "RS256",
		    .algs = PO_ALG_BIT(PO_ALG_RS256) },
		{ .name = "es256",
		    .alg = "ES256",
		    .algs = PO_ALG_BIT(PO_ALG_ES256) },
	};
	static double ours[2][ROUNDS], raw[2][ROUNDS], ratio[2][ROUNDS];

	subjects[0].key = EVP_RSA_gen(2048);
	subjects[1].key = EVP_EC_gen("P-256");
	for (int s = 0; s < 2; s++) {
		must(subjects[s].key != NULL, "key");
		make_jwks(&subjects[s]);
		make_token(&subjects[s]);
		(void)ours_us(&subjects[s]); /* parses the key, warms up */
		(void)raw_us(&subjects[s]);
	}
	for (int r = 0; r < ROUNDS; r++)
		for (int s = 0; s < 2; s++) {
			ours[s][r] = ours_us(&subjects[s]);
			raw[s][r] = raw_us(&subjects[s]);
			ratio[s][r] = ours[s][r] / raw[s][r];
		}
	for (int s = 0; s < 2; s++) {
		qsort(ours[s], ROUNDS, sizeof(double), compare);
		qsort(raw[s], ROUNDS, sizeof(double), compare);
		qsort(ratio[s], ROUNDS, sizeof(double), compare);
		printf("verify_%s_ratio %.3f ratio\n", subjects[s].name,
		    ratio[s][ROUNDS / 2]);
		printf("verify_%s_us %.1f us\n", subjects[s].name,
		    ours[s][ROUNDS / 2]);
		printf("verify_%s_us.openssl %.1f us\n", subjects[s].name,
		    raw[s][ROUNDS / 2]);
		EVP_PKEY_free(subjects[s].key);
		free(subjects[s].token);
		po_jwks_free(&subjects[s].jwks);
	}
	return 0;
}
