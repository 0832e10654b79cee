/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures of our own: what is signed verifies by our own verifier, each
 * kind of key by the algorithms of its kind alone, and certificates.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "../attack/forge.h"
#include "jose/jws.h"
#include "jose/sign.h"
#include "jwe_seal.h"

#define PAYLOAD "{\"iss\":\"linux-login\"}"

static enum po_status
parse(const char *text, const enum po_alg *alg, const char *kid,
    struct po_sign_key **key, struct po_err *err)
{
	enum po_status st =
	    po_sign_key_parse(text, strlen(text), alg, kid, key, err);

	assert_int_equal(err->status, st);
	assert_int_equal(st == PO_OK, *key != NULL);
	assert_int_equal(ERR_peek_error(), 0);
	return st;
}

static struct po_sign_key *
good_key(const char *text, const enum po_alg *alg, const char *kid)
{
	struct po_sign_key *key = NULL;
	struct po_err err = { 0 };

	if (parse(text, alg, kid, &key, &err) != PO_OK)
		fail_msg("%s", err.text);
	return key;
}

static void
assert_refused(const char *text, const enum po_alg *alg, enum po_status status,
    const char *reason)
{
	AUTO(po_sign_key_free) struct po_sign_key *key = NULL;
	struct po_err err = { 0 };

	assert_reason(status, parse(text, alg, NULL, &key, &err));
	if (strstr(err.text, reason) == NULL)
		fail_msg("\"%s\", not \"%s\"", err.text, reason);
}

/* Signs PAYLOAD; the header's member `name` is `value`, NULL: not there. */
static void
assert_header(
    const struct po_sign_key *key, const char *name, const char *value)
{
	AUTO(po_buf_clear) struct po_buf payload = PO_BUF_INIT(1024);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8192);
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	const struct po_json *member;

	po_buf_append_str(&payload, PAYLOAD);
	assert_int_equal(po_sign(key, "JWT", &payload, &out, NULL), PO_OK);
	assert_int_equal(po_jws_parse(po_buf_str(&out), out.len,
			     PO_ALG_ASYMMETRIC, &jws, NULL),
	    PO_OK);
	member = po_json_member(po_jws_header(jws), name);
	if (value == NULL)
		assert_null(member);
	else
		assert_string_equal(po_json_string(member, NULL), value);
}

/* What `key` signs verifies with the public half of `name`, and no other. */
static void
assert_verifies(
    const struct po_sign_key *key, const char *name, const char *alg)
{
	const char *jwks =
	    forge_jwks(forge_jwk(forge_key(name), "\"kid\":\"k\""), NULL);
	AUTO(po_buf_clear) struct po_buf payload = PO_BUF_INIT(1024);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8192);
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	AUTO(po_jwks_free) struct po_jwks *set = NULL;
	struct po_err err = { 0 };

	po_buf_append_str(&payload, PAYLOAD);
	assert_int_equal(po_sign(key, "JWT", &payload, &out, &err), PO_OK);
	assert_int_equal(po_jwks_parse(jwks, strlen(jwks), &set, NULL), PO_OK);
	assert_int_equal(po_jws_parse(po_buf_str(&out), out.len,
			     PO_ALG_ASYMMETRIC, &jws, &err),
	    PO_OK);
	assert_string_equal(po_alg_info(po_jws_alg(jws))->name, alg);
	if (po_jws_verify(jws, set, NULL, &err) != PO_OK)
		fail_msg("%s by %s: %s", alg, name, err.text);
	assert_string_equal((const char *)po_jws_payload(jws)->data, PAYLOAD);
}

static const struct {
	const char *key;
	enum po_alg alg;
	bool by_itself; /* without being told */
} pairs[] = {
	{ "RSA-2048", PO_ALG_RS256, true },
	{ "RSA-2048", PO_ALG_RS384, false },
	{ "RSA-2048", PO_ALG_RS512, false },
	{ "RSA-2048", PO_ALG_PS256, false },
	{ "RSA-2048", PO_ALG_PS384, false },
	{ "RSA-2048", PO_ALG_PS512, false },
	{ "P-256", PO_ALG_ES256, true },
	{ "P-384", PO_ALG_ES384, true },
	{ "P-521", PO_ALG_ES512, true },
	{ "Ed25519", PO_ALG_EDDSA, true },
	{ "Ed25519", PO_ALG_ED25519, false },
};

static void
each_algorithm_verifies_from_pem_and_jwk(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(pairs); i++) {
		EVP_PKEY *pkey = forge_key(pairs[i].key);
		const char *name = po_alg_info(pairs[i].alg)->name;
		const char *texts[] = { forge_pem(pkey),
			seal_private_jwk(pkey, "\"use\":\"sig\""),
			seal_private_jwk(pkey,
			    forge_text("\"alg\":\"%s\",\"key_ops\":[\"sign\"]",
				name)) };

		for (size_t j = 0; j < PO_ARRAY_LEN(texts); j++) {
			AUTO(po_sign_key_free)
			struct po_sign_key *told =
			    good_key(texts[j], &pairs[i].alg, NULL);

			/* r or s may begin with a zero byte */
			for (size_t n = 0; n < 20; n++)
				assert_verifies(told, pairs[i].key, name);
			if (pairs[i].by_itself || j == 2) {
				AUTO(po_sign_key_free)
				struct po_sign_key *untold =
				    good_key(texts[j], NULL, NULL);

				assert_verifies(untold, pairs[i].key, name);
			}
		}
	}
}

/* A key must not be led to sign as another kind of key does. */
static void
algorithm_of_another_kind_of_key_is_refused(void **state PO_UNUSED)
{
	static const char *const keys[] = { "RSA-2048", "P-256", "P-384",
		"P-521", "Ed25519" };

	for (size_t k = 0; k < PO_ARRAY_LEN(keys); k++)
		for (unsigned a = 0; a < PO_ALG_COUNT; a++) {
			enum po_alg alg = (enum po_alg)a;
			bool fits = false;

			for (size_t i = 0; i < PO_ARRAY_LEN(pairs); i++)
				fits |= strcmp(pairs[i].key, keys[k]) == 0 &&
					pairs[i].alg == alg;
			if (fits)
				continue;
			assert_refused(forge_pem(forge_key(keys[k])), &alg,
			    PO_E_CONFIG, "is not for a key of type");
		}
}

static void
jwk_says_what_it_is_for(void **state PO_UNUSED)
{
	EVP_PKEY *rsa = forge_key("RSA-2048");
	const enum po_alg ps256 = PO_ALG_PS256;

	assert_refused(seal_private_jwk(rsa, "\"alg\":\"ES256\""), NULL,
	    PO_E_SECRET, "alg is not one to sign with");
	assert_refused(seal_private_jwk(rsa, "\"alg\":\"RSA-OAEP\""), NULL,
	    PO_E_SECRET, "alg is not one to sign with");
	assert_refused(seal_private_jwk(rsa, "\"alg\":\"HS256\""), NULL,
	    PO_E_SECRET, "alg is not one to sign with");
	assert_refused(seal_private_jwk(rsa, "\"alg\":\"RS256\""), &ps256,
	    PO_E_CONFIG, "PS256 is not what the key is for, which is RS256");
	assert_refused(seal_private_jwk(rsa, "\"use\":\"enc\""), NULL,
	    PO_E_SECRET, "use is not \"sig\"");
	assert_refused(seal_private_jwk(rsa, "\"key_ops\":[\"verify\"]"), NULL,
	    PO_E_SECRET, "key_ops is not a list with \"sign\"");
	assert_refused(seal_private_jwk(rsa, "\"key_ops\":[\"decrypt\"]"), NULL,
	    PO_E_SECRET, "key_ops is not a list with \"sign\"");
}

static void
keys_that_will_not_do(void **state PO_UNUSED)
{
	static const char *const others[] = { "X25519", "secp256k1", "Ed448" };

	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++)
		assert_refused(forge_pem(forge_key(others[i])), NULL,
		    PO_E_SECRET,
		    "neither RSA nor on P-256, P-384, P-521 or Ed25519");
	assert_refused(seal_private_jwk(forge_key("X25519"), ""), NULL,
	    PO_E_SECRET, "neither RSA nor on");
	assert_refused(forge_pem(forge_key("RSA-1024")), NULL, PO_E_SECRET,
	    "RSA modulus of 1024 bits");
	assert_refused("", NULL, PO_E_SECRET, "an empty file");
	assert_refused("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", NULL,
	    PO_E_SECRET, "kty is not");
	assert_refused(forge_jwk(forge_key("P-256"), ""), NULL, PO_E_SECRET,
	    "\"d\" is missing");
	/* another's point */
	assert_refused("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
		       "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\","
		       "\"x\":\"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw\"}",
	    NULL, PO_E_SECRET, "that of another key");
}

static void
kid_is_the_callers_else_the_keys(void **state PO_UNUSED)
{
	EVP_PKEY *pkey = forge_key("P-256");
	const char *named = seal_private_jwk(pkey, "\"kid\":\"own\"");
	AUTO(po_sign_key_free)
	struct po_sign_key *none = good_key(forge_pem(pkey), NULL, NULL);
	AUTO(po_sign_key_free)
	struct po_sign_key *own = good_key(named, NULL, NULL);
	AUTO(po_sign_key_free)
	struct po_sign_key *given = good_key(named, NULL, "a\"b\\c");

	assert_header(none, "kid", NULL);
	assert_header(own, "kid", "own");
	assert_header(given, "kid", "a\"b\\c");
	assert_header(given, "typ", "JWT");
	assert_header(given, "x5t#S256", NULL);
}

static enum po_status
certify(
    struct po_sign_key *key, const char *pem, int64_t now_s, struct po_err *err)
{
	enum po_status st =
	    po_sign_key_certify(key, pem, strlen(pem), now_s, err);

	assert_int_equal(err->status, st);
	assert_int_equal(ERR_peek_error(), 0);
	return st;
}

static void
certificate_of_the_key_is_named_in_the_header(void **state PO_UNUSED)
{
	EVP_PKEY *pkey = forge_key("RSA-2048");
	const char *pem =
	    forge_certificate(pkey, FORGE_NOW - 10, FORGE_NOW + 10);
	AUTO(po_sign_key_free)
	struct po_sign_key *key = good_key(forge_pem(pkey), NULL, NULL);
	struct po_err err = { 0 };

	assert_int_equal(certify(key, pem, FORGE_NOW, &err), PO_OK);
	assert_header(key, "x5t#S256", forge_thumbprint(pem));
	/* behind the key, in one file */
	assert_int_equal(certify(key, forge_text("%s%s", forge_pem(pkey), pem),
			     FORGE_NOW, &err),
	    PO_OK);
}

static void
certificates_that_will_not_do(void **state PO_UNUSED)
{
	EVP_PKEY *pkey = forge_key("P-256");
	AUTO(po_sign_key_free)
	struct po_sign_key *key = good_key(forge_pem(pkey), NULL, NULL);
	const char *other = forge_certificate(
	    forge_key("P-256-b"), FORGE_NOW - 10, FORGE_NOW + 10);
	const char *rsa = forge_certificate(
	    forge_key("RSA-2048"), FORGE_NOW - 10, FORGE_NOW + 10);
	const char *past =
	    forge_certificate(pkey, FORGE_NOW - 10, FORGE_NOW - 1);
	const char *future =
	    forge_certificate(pkey, FORGE_NOW + 1, FORGE_NOW + 10);
	const struct {
		const char *pem;
		const char *reason;
	} cases[] = {
		{ other, "not for the key" },
		{ rsa, "not for the key" },
		{ past, "has expired" },
		{ future, "not valid yet" },
		{ "", "no certificate" },
		{ forge_pem(pkey), "no certificate" },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n"
		  "-----END CERTIFICATE-----\n",
		    "no certificate" },
		/* nobody is asked for the passphrase */
		{ "-----BEGIN CERTIFICATE-----\n"
		  "Proc-Type: 4,ENCRYPTED\n"
		  "DEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n"
		  "AAAAAAAAAAAAAAAAAAAAAA==\n"
		  "-----END CERTIFICATE-----\n",
		    "no certificate" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { 0 };

		assert_reason(
		    PO_E_SECRET, certify(key, cases[i].pem, FORGE_NOW, &err));
		assert_non_null(strstr(err.text, cases[i].reason));
		assert_header(key, "x5t#S256", NULL);
	}
}

/* To the second, at both ends. */
static void
certificate_is_valid_between_its_times(void **state PO_UNUSED)
{
	EVP_PKEY *pkey = forge_key("P-256");
	AUTO(po_sign_key_free)
	struct po_sign_key *key = good_key(forge_pem(pkey), NULL, NULL);
	const char *pem =
	    forge_certificate(pkey, FORGE_NOW - 10, FORGE_NOW + 10);
	static const struct {
		int64_t at_s;
		enum po_status status;
	} cases[] = {
		{ FORGE_NOW - 11, PO_E_SECRET },
		{ FORGE_NOW - 9, PO_OK },
		{ FORGE_NOW + 9, PO_OK },
		{ FORGE_NOW + 11, PO_E_SECRET },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { 0 };

		assert_reason(
		    cases[i].status, certify(key, pem, cases[i].at_s, &err));
	}
}

#define SECRET "0123456789abcdef0123456789abcdef"

static void
mac_verifies_with_its_secret_alone(void **state PO_UNUSED)
{
	static const char other[] = "0123456789abcdef0123456789abcdeF";
	AUTO(po_buf_clear) struct po_buf payload = PO_BUF_INIT(1024);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	struct po_err err = { 0 };

	po_buf_append_str(&payload, PAYLOAD);
	assert_int_equal(
	    po_sign_mac(SECRET, strlen(SECRET), "JWT", &payload, &out, &err),
	    PO_OK);
	assert_int_equal(po_jws_parse(po_buf_str(&out), out.len,
			     PO_ALG_BIT(PO_ALG_HS256), &jws, &err),
	    PO_OK);
	assert_int_equal(
	    po_jws_verify_mac(jws, SECRET, strlen(SECRET), &err), PO_OK);
	assert_reason(
	    PO_E_SIGNATURE, po_jws_verify_mac(jws, other, strlen(other), &err));
}

static void
mac_of_a_secret_that_can_be_guessed_is_refused(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf payload = PO_BUF_INIT(1024);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(1024);
	struct po_err err = { 0 };

	po_buf_append_str(&payload, PAYLOAD);
	assert_reason(PO_E_CONFIG, po_sign_mac(SECRET, strlen(SECRET) - 1,
				       "JWT", &payload, &out, &err));
	assert_int_equal(out.len, 0);
}

/* RFC 7636 appendix B */
static void
challenge_is_that_of_rfc_7636(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(64);

	assert_int_equal(
	    po_sign_s256(
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", &out, NULL),
	    PO_OK);
	assert_string_equal(
	    po_buf_str(&out), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/* What does not fit is no assertion that is cut. */
static void
too_small_a_buffer_is_an_error(void **state PO_UNUSED)
{
	AUTO(po_sign_key_free)
	struct po_sign_key *key =
	    good_key(forge_pem(forge_key("P-256")), NULL, NULL);
	AUTO(po_buf_clear) struct po_buf payload = PO_BUF_INIT(64);
	size_t whole = 0;

	po_buf_append_str(&payload, PAYLOAD);
	for (size_t max = 300; max > 0; max--) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(max);
		AUTO(po_buf_clear) struct po_buf mac = PO_BUF_INIT(max);
		enum po_status st = po_sign(key, "JWT", &payload, &out, NULL);

		if (st == PO_OK)
			whole = out.len;
		assert_int_equal(st, max < whole ? PO_E_TOO_LARGE : PO_OK);
		st = po_sign_mac(
		    SECRET, strlen(SECRET), "JWT", &payload, &mac, NULL);
		assert_true(st == PO_OK || st == PO_E_TOO_LARGE);
		assert_int_equal(mac.status, st);
	}
	assert_true(whole > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_algorithm_verifies_from_pem_and_jwk),
		cmocka_unit_test(algorithm_of_another_kind_of_key_is_refused),
		cmocka_unit_test(jwk_says_what_it_is_for),
		cmocka_unit_test(keys_that_will_not_do),
		cmocka_unit_test(kid_is_the_callers_else_the_keys),
		cmocka_unit_test(certificate_of_the_key_is_named_in_the_header),
		cmocka_unit_test(certificates_that_will_not_do),
		cmocka_unit_test(certificate_is_valid_between_its_times),
		cmocka_unit_test(mac_verifies_with_its_secret_alone),
		cmocka_unit_test(
		    mac_of_a_secret_that_can_be_guessed_is_refused),
		cmocka_unit_test(challenge_is_that_of_rfc_7636),
		cmocka_unit_test(too_small_a_buffer_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
