/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FORGE_H
#define PO_TESTS_FORGE_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "jose/jwt.h"

/*
 * Makes tokens and key sets, sound and malformed, straight from OpenSSL:
 * nothing here uses the code under test but forge_judge.  Everything returned
 * lives until forge_free_all.  A failure to forge aborts the program.
 */

/* Who the tokens are from, for, and when: the policy of forge_policy. */
#define FORGE_ISSUER "https://sso.example.com"
#define FORGE_CLIENT "linux-login"
#define FORGE_NOW 1700000000
#define FORGE_SUB "248289761001"

/*
 * A private key, made once: "RSA-2048", "RSA-2048-b", "RSA-1024", "RSA-e3",
 * "P-256", "P-256-b", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448",
 * "X25519".
 */
EVP_PKEY *forge_key(const char *name);

/* Text that lives until forge_free_all. */
const char *forge_text(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
const char *forge_b64(const void *data, size_t len);
/* A public number of `key` by OpenSSL's name ("n", "qx"), big-endian. */
uint8_t *forge_number(EVP_PKEY *key, const char *name, size_t size);

/* As PEM: the private key, and a self-signed certificate for a time. */
const char *forge_pem(EVP_PKEY *key);
const char *forge_certificate(EVP_PKEY *key, int64_t start_s, int64_t end_s);
/* Base64url(SHA-256) of what is in that PEM. */
const char *forge_thumbprint(const char *certificate);

/* The public half as a JWK; `members` ("\"kid\":\"k\"") go in front. */
const char *forge_jwk(EVP_PKEY *key, const char *members);
/* A key set of the JWKs given, up to NULL. */
const char *forge_jwks(const char *jwk, ...);
/*
 * The key set of an honest provider.  kids: rsa (no alg), es256, es384,
 * es512, ed.
 */
const char *forge_honest_jwks(void);

/* A raw JOSE signature with the mathematics of `alg`. */
uint8_t *forge_sign(
    EVP_PKEY *key, const char *alg, const char *input, size_t *len);
/* PSS with parameters of one's own. */
uint8_t *forge_sign_pss(EVP_PKEY *key, const char *digest, const char *mgf1,
    int salt_len, const char *input, size_t *len);
/* HMAC (the wrong one) with any key. */
uint8_t *forge_mac(const char *digest, const void *key, size_t key_len,
    const char *input, size_t *len);

/* header.payload of two JSON texts, and with a signature behind it. */
const char *forge_input(const char *header, const char *payload);
const char *forge_join(const char *input, const void *signature, size_t len);
/* All at once: `header` is signed as it stands, with the maths of `alg`. */
const char *forge_token(
    EVP_PKEY *key, const char *alg, const char *header, const char *payload);
/* A token by the honest key "rsa" with this payload. */
const char *forge_honest(const char *payload);

/*
 * Claims of a good ID token, with members replaced: name, JSON text, ... up to
 * NULL; an empty text takes the member out.
 */
const char *forge_claims(const char *name, ...);

/* The policy of an ordinary login at FORGE_NOW. */
struct po_id_token_policy forge_policy(void);
/*
 * po_id_token_verify, and what must hold whatever the answer: claims if and
 * only if PO_OK, else a message under the same status.
 */
enum po_status forge_judge(const char *token, const char *jwks,
    const struct po_id_token_policy *policy);
/* By forge_policy and the honest key set. */
enum po_status forge_login(const char *token);

/* Fails the test with both reason codes by name. */
#define assert_reason(expected, actual)                                        \
	assert_string_equal(po_status_name(expected), po_status_name(actual))

/* cmocka group teardown. */
int forge_free_all(void **state);

#endif
