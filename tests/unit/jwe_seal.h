/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_JWE_SEAL_H
#define PO_TESTS_JWE_SEAL_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Encrypts tokens, sound and not, straight from OpenSSL and the RFCs: nothing
 * here uses the code under test.  What is left 0 or NULL is done right.  Texts
 * live until forge_free_all.
 */
struct seal {
	EVP_PKEY *to; /* whose public half is used */
	const char *alg;
	const char *enc;
	const char *members; /* more of the header: "\"kid\":\"k\"" */
	const char *apu;     /* base64url, of the header and hashed */
	const char *apv;
	const void *plaintext; /* "hello" */
	size_t plaintext_len;

	/* ways to do it wrong */
	const char *header_alg;   /* said to be that, though it is `alg` */
	size_t cek_len;           /* of the content's key as it is wrapped */
	const char *oaep_digest;  /* of the label's hash */
	const char *mgf1_digest;  /* of the mask */
	const char *oaep_label;   /* not empty */
	bool pkcs1;               /* RSAES-PKCS1-v1_5 instead of OAEP */
	const uint8_t *agreed;    /* Z, whatever was agreed ... */
	size_t agreed_len;        /* ... and its length */
	const char *epk;          /* the JWK in the header */
	const char *algorithm_id; /* RFC 7518 4.6.2 */
	const char *hashed_apu;   /* not what the header says */
	bool zero_key;            /* the content is encrypted with zeros */
	bool raw_padding;         /* CBC: plaintext is whole blocks as it is */
};

/* Content keys: bytes, and the cipher's initialization vector and tag. */
size_t seal_cek_len(const char *enc);
size_t seal_iv_len(const char *enc);
size_t seal_tag_len(const char *enc);

const char *seal_token(const struct seal *how);

/* A private key as a JWK, `members` in front; RSA with p, q, dp, dq, qi. */
const char *seal_private_jwk(EVP_PKEY *key, const char *members);

/* The five parts of a token, and a token with part `i` replaced. */
struct seal_parts {
	const char *text[5];
};
struct seal_parts seal_split(const char *token);
const char *seal_join(const struct seal_parts *parts);
const char *seal_replace(const char *token, unsigned i, const char *part);
/* The same with bytes. */
const char *seal_replace_bytes(
    const char *token, unsigned i, const void *bytes, size_t len);
/* What a part decodes to. */
uint8_t *seal_decode(const char *part, size_t *len);

#endif
