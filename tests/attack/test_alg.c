/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on the choice of algorithm and key (RFC 8725 2.1, 2.5 to 2.8).  The
 * letters are those of the project's attack catalogue.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "forge.h"

/* An honest signature of RS256 under a header that may be anything. */
static const char *
rs256(const char *header)
{
	return forge_token(
	    forge_key("RSA-2048"), "RS256", header, forge_claims(NULL));
}

static void
a0_positive_twin_each_honest_algorithm(void **state)
{
	static const struct {
		const char *alg;
		const char *key;
		const char *kid;
	} cases[] = {
		{ "RS256", "RSA-2048", "rsa" },
		{ "RS384", "RSA-2048", "rsa" },
		{ "RS512", "RSA-2048", "rsa" },
		{ "PS256", "RSA-2048", "rsa" },
		{ "PS384", "RSA-2048", "rsa" },
		{ "PS512", "RSA-2048", "rsa" },
		{ "ES256", "P-256", "es256" },
		{ "ES384", "P-384", "es384" },
		{ "ES512", "P-521", "es512" },
		{ "EdDSA", "Ed25519", "ed" },
		{ "Ed25519", "Ed25519", "ed" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(PO_OK,
		    forge_login(
			forge_token(forge_key(cases[i].key), cases[i].alg,
			    forge_text("{\"alg\":\"%s\",\"kid\":\"%s\"}",
				cases[i].alg, cases[i].kid),
			    forge_claims(NULL))));
}

static void
a1_alg_none_in_any_case_and_with_any_signature(void **state)
{
	static const char *const names[] = { "none", "None", "NONE", "nOnE",
		"none ", " none", "none\\n", "", "null" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		const char *header =
		    forge_text("{\"alg\":\"%s\",\"kid\":\"rsa\"}", names[i]);
		const char *input = forge_input(header, forge_claims(NULL));

		assert_reason(PO_E_ALG, forge_login(rs256(header)));
		assert_reason(PO_E_ALG, forge_login(forge_join(input, "", 0)));
		assert_reason(PO_E_TOKEN_MALFORMED, forge_login(input));
	}
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(rs256("{\"alg\":\"none\\u0000\"}")));
}

static void
a1_alg_missing_or_not_a_string(void **state)
{
	static const char *const headers[] = {
		"{\"kid\":\"rsa\"}",
		"{}",
		"{\"alg\":null,\"kid\":\"rsa\"}",
		"{\"alg\":256,\"kid\":\"rsa\"}",
		"{\"alg\":true,\"kid\":\"rsa\"}",
		"{\"alg\":[\"RS256\"],\"kid\":\"rsa\"}",
		"{\"alg\":{\"RS256\":1},\"kid\":\"rsa\"}",
		"{\"ALG\":\"RS256\",\"kid\":\"rsa\"}",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(headers); i++)
		assert_reason(
		    PO_E_TOKEN_MALFORMED, forge_login(rs256(headers[i])));
}

static void
a1_none_cannot_be_configured(void **state)
{
	static const char *const lists[] = { "none", "NONE", "RS256 none",
		"none RS256" };
	po_alg_set set = 0;

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(lists); i++)
		assert_reason(
		    PO_E_CONFIG, po_alg_set_parse(lists[i], &set, NULL));
	assert_int_equal(set, 0);
	assert_reason(PO_OK, po_alg_set_parse("RS256", &set, NULL));
}

/* HS* by name, with a secret long enough for each of them. */
static struct po_id_token_policy
hmac_policy(void)
{
	static const char secret[] = "a client secret of 64 bytes, long enough "
				     "for HMAC with SHA-512...";
	struct po_id_token_policy policy = forge_policy();

	policy.algs = PO_ALG_ASYMMETRIC | PO_ALG_HMAC;
	policy.client_secret = secret;
	policy.client_secret_len = 64;
	return policy;
}

/* HS256, HS384 or HS512 with a MAC that is `change` bytes too long. */
static const char *
mac_token_sized(size_t alg, const void *secret, size_t secret_len,
    const char *payload, int change)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	static const char *const names[] = { "HS256", "HS384", "HS512" };
	const char *input =
	    forge_input(forge_text("{\"alg\":\"%s\"}", names[alg]), payload);
	uint8_t sized[2 * EVP_MAX_MD_SIZE] = { 0 };
	size_t len = 0;
	uint8_t *mac = forge_mac(digests[alg], secret, secret_len, input, &len);

	memcpy(sized, mac, len);
	return forge_join(input, sized, (size_t)((int)len + change));
}

static const char *
mac_token(
    size_t alg, const void *secret, size_t secret_len, const char *payload)
{
	return mac_token_sized(alg, secret, secret_len, payload, 0);
}

/* A MAC over the token under every form in which the public key is known. */
static void
a2_hmac_with_the_public_key(void **state)
{
	static const char *const keys[] = { "RSA-2048", "P-256", "Ed25519" };
	static const char *const kids[] = { "rsa", "es256", "ed" };
	static const struct {
		const char *alg;
		const char *digest;
	} macs[] = { { "HS256", "SHA256" }, { "HS384", "SHA384" },
		{ "HS512", "SHA512" } };
	const struct po_id_token_policy named = hmac_policy();

	(void)state;
	for (size_t k = 0; k < PO_ARRAY_LEN(keys); k++) {
		EVP_PKEY *key = forge_key(keys[k]);
		const char *jwk = forge_jwk(key, "");
		BIO *pem = BIO_new(BIO_s_mem());
		uint8_t *der = NULL;
		char *pem_text = NULL;
		size_t pem_len;
		int der_len = i2d_PUBKEY(key, &der);

		assert_int_equal(PEM_write_bio_PUBKEY(pem, key), 1);
		pem_len = (size_t)BIO_get_mem_data(pem, &pem_text);
		for (size_t m = 0; m < PO_ARRAY_LEN(macs); m++) {
			const struct {
				const void *data;
				size_t len;
			} secrets[] = {
				{ pem_text, pem_len },
				{ der, (size_t)der_len },
				{ jwk, strlen(jwk) },
			};
			const char *input = forge_input(
			    forge_text("{\"alg\":\"%s\",\"kid\":\"%s\"}",
				macs[m].alg, kids[k]),
			    forge_claims(NULL));

			for (size_t s = 0; s < PO_ARRAY_LEN(secrets); s++) {
				size_t len = 0;
				uint8_t *mac =
				    forge_mac(macs[m].digest, secrets[s].data,
					secrets[s].len, input, &len);

				assert_reason(PO_E_ALG,
				    forge_login(forge_join(input, mac, len)));
				/* nor where the client secret is a key */
				assert_reason(PO_E_SIGNATURE,
				    forge_judge(forge_join(input, mac, len),
					forge_honest_jwks(), &named));
			}
		}
		OPENSSL_free(der);
		BIO_free(pem);
	}
}

/* CVE-2026-44699: an RSA key without "k" was an empty HMAC key. */
static void
a3_hmac_with_an_empty_key(void **state)
{
	const char *input = forge_input(
	    "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", forge_claims(NULL));
	size_t len = 0;
	uint8_t *mac = forge_mac("SHA256", "", 0, input, &len);
	const char *token = forge_join(input, mac, len);
	struct po_id_token_policy policy = hmac_policy();

	(void)state;
	assert_reason(PO_E_ALG, forge_login(token));
	assert_reason(
	    PO_E_SIGNATURE, forge_judge(token, forge_honest_jwks(), &policy));
	policy.client_secret_len = 0;
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(token, forge_honest_jwks(), &policy));
	policy.client_secret = NULL;
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(token, forge_honest_jwks(), &policy));
}

static void
a13_client_secret_shorter_than_the_hash(void **state)
{
	static const size_t sizes[] = { 32, 48, 64 };
	struct po_id_token_policy policy = hmac_policy();

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(sizes); i++) {
		for (size_t less = 0; less < 2; less++) {
			policy.client_secret_len = sizes[i] - less;
			assert_reason(less == 0 ? PO_OK : PO_E_KEY_UNUSABLE,
			    forge_judge(mac_token(i, policy.client_secret,
					    policy.client_secret_len,
					    forge_claims(NULL)),
				forge_honest_jwks(), &policy));
		}
	}
}

/* MACs that are almost right, and the twin that is. */
static void
a13_mac_by_another_secret_or_cut(void **state)
{
	static const int changes[] = { -1, -16, -31, 1, 16 };
	const struct po_id_token_policy policy = hmac_policy();
	const char *jwks = forge_honest_jwks();
	const char *claims = forge_claims(NULL);
	const char *secret = policy.client_secret;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_reason(
		    PO_OK, forge_judge(mac_token(i, secret, 64, claims), jwks,
			       &policy));
		assert_reason(PO_E_SIGNATURE,
		    forge_judge(
			mac_token(i, secret, 63, claims), jwks, &policy));
		for (size_t c = 0; c < PO_ARRAY_LEN(changes); c++)
			assert_reason(PO_E_SIGNATURE,
			    forge_judge(mac_token_sized(
					    i, secret, 64, claims, changes[c]),
				jwks, &policy));
	}
}

/* Whoever shares the secret could have made it. */
static void
e2_mac_with_several_audiences(void **state)
{
	const struct po_id_token_policy policy = hmac_policy();
	const char *several =
	    forge_claims("aud", "[\"" FORGE_CLIENT "\",\"other\"]", "azp",
		"\"" FORGE_CLIENT "\"", NULL);
	const char *one = forge_claims("aud", "[\"" FORGE_CLIENT "\"]", NULL);

	(void)state;
	assert_reason(
	    PO_E_AUD, forge_judge(mac_token(0, policy.client_secret,
				      policy.client_secret_len, several),
			  forge_honest_jwks(), &policy));
	assert_reason(PO_OK, forge_judge(mac_token(0, policy.client_secret,
					     policy.client_secret_len, one),
				 forge_honest_jwks(), &policy));
}

static void
a4_algorithm_of_another_family_or_size(void **state)
{
	static const struct {
		const char *key;    /* who signs */
		const char *maths;  /* how */
		const char *header; /* and what the header says */
		enum po_status reason;
	} cases[] = {
		/* the padding is not negotiable */
		{ "RSA-2048", "PS256", "{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
		    PO_E_SIGNATURE },
		{ "RSA-2048", "RS256", "{\"alg\":\"PS256\",\"kid\":\"rsa\"}",
		    PO_E_SIGNATURE },
		/* nor is the hash */
		{ "RSA-2048", "RS256", "{\"alg\":\"RS512\",\"kid\":\"rsa\"}",
		    PO_E_SIGNATURE },
		{ "RSA-2048", "RS1", "{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
		    PO_E_SIGNATURE },
		/* nor the curve, nor the type of key */
		{ "P-384", "ES384", "{\"alg\":\"ES256\",\"kid\":\"es384\"}",
		    PO_E_KEY_UNUSABLE },
		{ "P-256", "ES256", "{\"alg\":\"ES384\",\"kid\":\"es256\"}",
		    PO_E_KEY_UNUSABLE },
		{ "P-256", "ES256", "{\"alg\":\"EdDSA\",\"kid\":\"es256\"}",
		    PO_E_KEY_UNUSABLE },
		{ "Ed25519", "EdDSA", "{\"alg\":\"ES256\",\"kid\":\"ed\"}",
		    PO_E_KEY_UNUSABLE },
		{ "RSA-2048", "RS256", "{\"alg\":\"ES256\",\"kid\":\"rsa\"}",
		    PO_E_KEY_UNUSABLE },
		{ "P-256", "ES256", "{\"alg\":\"RS256\",\"kid\":\"es256\"}",
		    PO_E_KEY_UNUSABLE },
		/* and these are never spoken */
		{ "RSA-2048", "RS1", "{\"alg\":\"RS1\",\"kid\":\"rsa\"}",
		    PO_E_ALG },
		{ "RSA-2048", "RS256", "{\"alg\":\"RSA1_5\",\"kid\":\"rsa\"}",
		    PO_E_ALG },
		{ "RSA-2048", "RS256", "{\"alg\":\"rs256\",\"kid\":\"rsa\"}",
		    PO_E_ALG },
		{ "RSA-2048", "RS256", "{\"alg\":\"RS256 \",\"kid\":\"rsa\"}",
		    PO_E_ALG },
		{ "P-256", "ES256", "{\"alg\":\"ES256K\",\"kid\":\"es256\"}",
		    PO_E_ALG },
		{ "Ed25519", "EdDSA", "{\"alg\":\"eddsa\",\"kid\":\"ed\"}",
		    PO_E_ALG },
		{ "Ed25519", "EdDSA", "{\"alg\":\"Ed448\",\"kid\":\"ed\"}",
		    PO_E_ALG },
		{ "RSA-2048", "RS256", "{\"alg\":\"dir\",\"kid\":\"rsa\"}",
		    PO_E_ALG },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_login(forge_token(forge_key(cases[i].key),
			cases[i].maths, cases[i].header, forge_claims(NULL))));
}

static void
a4_key_bound_to_one_algorithm_used_with_another(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *jwks = forge_jwks(forge_jwk(forge_key("RSA-2048"),
					  "\"kid\":\"rsa\",\"alg\":\"PS256\""),
	    NULL);

	(void)state;
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(
		rs256("{\"alg\":\"RS256\",\"kid\":\"rsa\"}"), jwks, &policy));
	assert_reason(PO_OK,
	    forge_judge(
		forge_token(forge_key("RSA-2048"), "PS256",
		    "{\"alg\":\"PS256\",\"kid\":\"rsa\"}", forge_claims(NULL)),
		jwks, &policy));
}

static void
a4_algorithm_outside_the_configured_list(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *token = forge_token(forge_key("RSA-2048"), "RS384",
	    "{\"alg\":\"RS384\",\"kid\":\"rsa\"}", forge_claims(NULL));

	(void)state;
	assert_reason(
	    PO_OK, po_alg_set_parse("RS256 ES256", &policy.algs, NULL));
	assert_reason(
	    PO_E_ALG, forge_judge(token, forge_honest_jwks(), &policy));
	assert_reason(
	    PO_OK, po_alg_set_parse("RS256 RS384", &policy.algs, NULL));
	assert_reason(PO_OK, forge_judge(token, forge_honest_jwks(), &policy));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a0_positive_twin_each_honest_algorithm),
		cmocka_unit_test(
		    a1_alg_none_in_any_case_and_with_any_signature),
		cmocka_unit_test(a1_alg_missing_or_not_a_string),
		cmocka_unit_test(a1_none_cannot_be_configured),
		cmocka_unit_test(a2_hmac_with_the_public_key),
		cmocka_unit_test(a3_hmac_with_an_empty_key),
		cmocka_unit_test(a13_client_secret_shorter_than_the_hash),
		cmocka_unit_test(a13_mac_by_another_secret_or_cut),
		cmocka_unit_test(e2_mac_with_several_audiences),
		cmocka_unit_test(a4_algorithm_of_another_family_or_size),
		cmocka_unit_test(
		    a4_key_bound_to_one_algorithm_used_with_another),
		cmocka_unit_test(a4_algorithm_outside_the_configured_list),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
