/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify [NAME=RIVAL...]: what our verification of a compact JWS costs beside
 * OpenSSL alone, both with a parsed key, and beside other libraries (rival.c).
 * Rounds interleaved, medians of processor time, which others on the machine
 * take less of than of the clock's; prints lines "NAME VALUE UNIT".
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/buf.h"
#include "jose/b64url.h"
#include "jose/jwk.h"
#include "jose/jws.h"

#define ROUNDS 61
#define BATCH 100 /* verifications timed together */
#define SUBJECTS 3
#define CONTESTANTS_MAX 8 /* we, OpenSSL and rivals */
#define PAYLOAD                                                                \
	"{\"iss\":\"https://sso.example.com\",\"sub\":\"248289761001\","       \
	"\"aud\":\"linux-login\",\"exp\":1700000300,\"iat\":1700000000,"       \
	"\"preferred_username\":\"alice\",\"groups\":[\"linux-users\"]}"

struct subject {
	const char *name;
	const char *alg;
	po_alg_set algs;
	EVP_PKEY *key;
	const EVP_MD *hash;
	char *token;
	char *jwk;
	char *pem;
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

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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
append_jwk(struct po_buf *out, const struct subject *s)
{
	unsigned char bytes[32];
	size_t len = sizeof(bytes);

	if (strcmp(s->alg, "RS256") == 0) {
		po_buf_append_str(out, "{\"kty\":\"RSA\",\"n\":\"");
		append_bn(out, s->key, OSSL_PKEY_PARAM_RSA_N, 0);
		po_buf_append_str(out, "\",\"e\":\"");
		append_bn(out, s->key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (strcmp(s->alg, "ES256") == 0) {
		po_buf_append_str(
		    out, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"");
		append_bn(out, s->key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		po_buf_append_str(out, "\",\"y\":\"");
		append_bn(out, s->key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	} else {
		po_buf_append_str(
		    out, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
		must(EVP_PKEY_get_raw_public_key(s->key, bytes, &len) == 1,
		    "Ed25519");
		po_b64url_encode(bytes, len, out);
	}
	po_buf_append_str(out, "\"}");
}

static void
make_keys(struct subject *s)
{
	struct po_buf jwk = PO_BUF_INIT(8192), jwks = PO_BUF_INIT(8192);
	struct po_err err = { 0 };
	BIO *pem = BIO_new(BIO_s_mem());

	append_jwk(&jwk, s);
	must(po_buf_take_str(&jwk, &s->jwk, NULL) == PO_OK, "jwk");
	po_buf_appendf(&jwks, "{\"keys\":[%s]}", s->jwk);
	must(po_jwks_parse(jwks.data, jwks.len, &s->jwks, &err) == PO_OK,
	    err.text);
	po_buf_clear(&jwks);
	must(PEM_write_bio_PUBKEY(pem, s->key) == 1, "PEM");
	s->pem = calloc(1, BIO_ctrl_pending(pem) + 1);
	must(s->pem != NULL &&
		 BIO_read(pem, s->pem, (int)BIO_ctrl_pending(pem)) > 0,
	    "PEM");
	BIO_free(pem);
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
	must(EVP_DigestSignInit(ctx, NULL, s->hash, NULL, s->key) == 1 &&
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

		must(EVP_DigestVerifyInit(ctx, NULL, s->hash, NULL, s->key) ==
			     1 &&
			 EVP_DigestVerify(ctx, s->sig, s->sig_len,
			     (const unsigned char *)s->token,
			     s->signed_len) == 1,
		    "EVP_DigestVerify");
		EVP_MD_CTX_free(ctx);
	}
	return (now_us() - start_us) / BATCH;
}

struct contestant {
	const char *name; /* NULL: we */
	void *(*new)(const char *jwk, const char *pem, const char *token);
	int (*verify)(void *rival);
	void *rival[SUBJECTS]; /* NULL: cannot do it */
	double us[SUBJECTS][ROUNDS];
	double ratio[SUBJECTS][ROUNDS]; /* to OpenSSL in the same round */
};

/* "NAME=FILE" */
static void
load_rival(struct contestant *c, char *arg)
{
	char *file = strchr(arg, '=');
	void *library;

	must(file != NULL, "NAME=RIVAL");
	*file++ = '\0';
	library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	must(library != NULL, file);
	c->name = arg;
	*(void **)&c->new = dlsym(library, "rival_new");
	*(void **)&c->verify = dlsym(library, "rival_verify");
	must(c->new != NULL && c->verify != NULL, file);
}

static double
rival_us(const struct contestant *c, int subject)
{
	double start_us = now_us();

	for (int i = 0; i < BATCH; i++)
		must(c->verify(c->rival[subject]) == 1, c->name);
	return (now_us() - start_us) / BATCH;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return values[ROUNDS / 2];
}

/* Contestant 0 is ours, 1 is OpenSSL. */
static void
measure(const struct subject *subjects, struct contestant *all, int count)
{
	for (int r = 0; r < ROUNDS; r++)
		for (int s = 0; s < SUBJECTS; s++)
			for (int c = 0; c < count; c++) {
				if (c > 1 && all[c].rival[s] == NULL)
					continue;
				all[c].us[s][r] = c == 0 ? ours_us(&subjects[s])
						  : c == 1
						      ? raw_us(&subjects[s])
						      : rival_us(&all[c], s);
			}
	for (int r = 0; r < ROUNDS; r++)
		for (int s = 0; s < SUBJECTS; s++)
			for (int c = 0; c < count; c++)
				all[c].ratio[s][r] =
				    all[c].us[s][r] / all[1].us[s][r];
}

static void
print(const struct subject *subject, int s, struct contestant *c)
{
	const char *dot = c->name == NULL ? "" : ".";
	const char *name = c->name == NULL ? "" : c->name;

	printf("verify_%s_ratio%s%s %.3f ratio\n", subject->name, dot, name,
	    median(c->ratio[s]));
	printf("verify_%s_us%s%s %.1f us\n", subject->name, dot, name,
	    median(c->us[s]));
}

int
main(int argc, char **argv)
{
	static struct contestant all[CONTESTANTS_MAX] = { { .name = NULL },
		{ .name = "openssl" } };
	struct subject subjects[SUBJECTS] = {
		{ .name = "rs256",
		    .alg = "RS256",
		    .algs = PO_ALG_BIT(PO_ALG_RS256),
		    .key = EVP_RSA_gen(2048),
		    .hash = EVP_sha256() },
		{ .name = "es256",
		    .alg = "ES256",
		    .algs = PO_ALG_BIT(PO_ALG_ES256),
		    .key = EVP_EC_gen("P-256"),
		    .hash = EVP_sha256() },
		{ .name = "eddsa",
		    .alg = "EdDSA",
		    .algs = PO_ALG_BIT(PO_ALG_EDDSA),
		    .key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") },
	};
	int count = argc + 1;

	must(count <= CONTESTANTS_MAX, "at most 6 rivals");
	for (int c = 2; c < count; c++)
		load_rival(&all[c], argv[c - 1]);
	for (int s = 0; s < SUBJECTS; s++) {
		must(subjects[s].key != NULL, "key");
		make_keys(&subjects[s]);
		make_token(&subjects[s]);
		(void)ours_us(&subjects[s]); /* parses the key, warms up */
		(void)raw_us(&subjects[s]);
		for (int c = 2; c < count; c++)
			all[c].rival[s] = all[c].new(subjects[s].jwk,
			    subjects[s].pem, subjects[s].token);
	}
	measure(subjects, all, count);
	for (int s = 0; s < SUBJECTS; s++) {
		for (int c = 0; c < count; c++)
			if (c < 2 || all[c].rival[s] != NULL)
				print(&subjects[s], s, &all[c]);
			else
				printf("# verify_%s.%s: not offered\n",
				    subjects[s].name, all[c].name);
		EVP_PKEY_free(subjects[s].key);
		free(subjects[s].token);
		free(subjects[s].jwk);
		free(subjects[s].pem);
		po_jwks_free(&subjects[s].jwks);
	}
	return 0;
}
