/* SPDX-License-Identifier: BSD-2-Clause */
/* Compact JWS: the examples of the RFCs, every algorithm, and key choice. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../attack/forge.h"
#include "jose/jws.h"

/* Parses and verifies; the payload's text goes to `payload` if not NULL. */
static enum po_status
verify(const char *token, const char *jwks, const char *issuer,
    struct po_buf *payload, struct po_err *err)
{
	AUTO(po_jwks_free) struct po_jwks *set = NULL;
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	enum po_status st;

	assert_int_equal(po_jwks_parse(jwks, strlen(jwks), &set, NULL), PO_OK);
	if ((st = po_jws_parse(
		 token, strlen(token), PO_ALG_ASYMMETRIC, &jws, err)) != PO_OK)
		return st;
	if (payload != NULL)
		po_buf_append(payload, po_jws_payload(jws)->data,
		    po_jws_payload(jws)->len);
	return po_jws_verify(jws, set, issuer, err);
}

static const struct {
	const char *what;
	enum po_alg alg;
	const char *jwk;
	const char *token;
	const char *payload;
} examples[] = {
	{ "RFC 7515 A.2", PO_ALG_RS256,
	    "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQ"
	    "oTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd"
	    "2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63k"
	    "paSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTB"
	    "QY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
	    "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
	    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs"
	    "DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetd"
	    "gtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_l"
	    "F5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZ"
	    "LgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383L"
	    "cOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9"
	    "QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe7"
	    "7Rw",
	    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
	    "\"http://example.com/is_root\":true}" },
	{ "RFC 7515 A.3", PO_ALG_ES256,
	    "{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs"
	    "DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L3"
	    "8VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-"
	    "Kg6NU1Q",
	    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
	    "\"http://example.com/is_root\":true}" },
	{ "RFC 7515 A.4", PO_ALG_ES512,
	    "{\"kty\":\"EC\",\"crv\":\"P-521\","
	    "\"x\":\"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_N"
	    "jFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk\","
	    "\"y\":\"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly"
	    "79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2\"}",
	    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbL"
	    "fD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKd"
	    "CAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBX"
	    "ukOXolLzeO_Jn",
	    "Payload" },
	{ "RFC 8037 A.4", PO_ALG_EDDSA,
	    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_"
	    "MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7s"
	    "VvpAr_MuM0KAg",
	    "Example of Ed25519 signing" },
};

static void
examples_of_the_rfcs_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(examples); i++) {
		AUTO(po_buf_clear) struct po_buf payload = PO_BUF_INIT(1024);
		struct po_err err = { .status = PO_OK };

		if (verify(examples[i].token, forge_jwks(examples[i].jwk, NULL),
			NULL, &payload, &err) != PO_OK)
			fail_msg("%s: %s", examples[i].what, err.text);
		assert_string_equal(po_buf_str(&payload), examples[i].payload);
	}
}

static void
examples_of_the_rfcs_fail_once_touched(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(examples); i++) {
		const char *token = examples[i].token;
		int payload_at = (int)(strchr(token, '.') + 1 - token);
		int signature_at = (int)(strrchr(token, '.') + 1 - token);
		const char *jwks = forge_jwks(examples[i].jwk, NULL);

		assert_reason(
		    PO_E_SIGNATURE, verify(forge_text("%.*sA%s", payload_at,
					       token, token + payload_at + 1),
					jwks, NULL, NULL, NULL));
		assert_reason(PO_E_SIGNATURE,
		    verify(forge_text("%.*s%c%s", signature_at, token,
			       token[signature_at] == 'B' ? 'C' : 'B',
			       token + signature_at + 1),
			jwks, NULL, NULL, NULL));
		for (size_t j = 0; j < PO_ARRAY_LEN(examples); j++)
			if (j != i)
				assert_reason(PO_E_KEY_UNKNOWN,
				    verify(token,
					forge_jwks(examples[j].jwk, NULL), NULL,
					NULL, NULL));
	}
}

/* Header accessors say what the token says. */
static void
a_parsed_token_shows_header_and_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(examples); i++) {
		AUTO(po_jws_free) struct po_jws *jws = NULL;

		assert_int_equal(
		    po_jws_parse(examples[i].token, strlen(examples[i].token),
			PO_ALG_BIT(examples[i].alg), &jws, NULL),
		    PO_OK);
		assert_int_equal(po_jws_alg(jws), examples[i].alg);
		assert_string_equal(
		    po_json_string(
			po_json_member(po_jws_header(jws), "alg"), NULL),
		    po_alg_info(examples[i].alg)->name);
	}
}

static void
the_callers_list_decides_on_algorithms(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(examples); i++) {
		struct po_jws *jws = NULL;
		struct po_err err = { .status = PO_OK };

		assert_reason(PO_E_ALG,
		    po_jws_parse(examples[i].token, strlen(examples[i].token),
			PO_ALG_ASYMMETRIC & ~PO_ALG_BIT(examples[i].alg), &jws,
			&err));
		assert_null(jws);
		assert_non_null(strstr(err.text, "not among those allowed"));
	}
}

static void
every_algorithm_verifies_what_openssl_signed(void **state)
{
	static const struct {
		const char *alg;
		const char *key;
		const char *other;
	} cases[] = {
		{ "RS256", "RSA-2048", "RSA-2048-b" },
		{ "RS384", "RSA-2048", "RSA-2048-b" },
		{ "RS512", "RSA-2048", "RSA-2048-b" },
		{ "PS256", "RSA-2048", "RSA-2048-b" },
		{ "PS384", "RSA-2048", "RSA-2048-b" },
		{ "PS512", "RSA-2048", "RSA-2048-b" },
		{ "RS256", "RSA-e3", "RSA-2048" },
		{ "ES256", "P-256", "P-256-b" },
		{ "ES384", "P-384", NULL },
		{ "ES512", "P-521", NULL },
		{ "EdDSA", "Ed25519", NULL },
		{ "Ed25519", "Ed25519", NULL },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		EVP_PKEY *key = forge_key(cases[i].key);
		const char *header =
		    forge_text("{\"alg\":\"%s\"}", cases[i].alg);
		const char *bound = forge_text("\"alg\":\"%s\"", cases[i].alg);

		/* 40 times: r or s starts with a zero byte every now and then
		 */
		for (int n = 0; n < 40; n++) {
			const char *token = forge_token(
			    key, cases[i].alg, header, forge_text("%d", n));

			assert_reason(PO_OK,
			    verify(token, forge_jwks(forge_jwk(key, ""), NULL),
				NULL, NULL, NULL));
			assert_reason(
			    PO_OK, verify(token,
				       forge_jwks(forge_jwk(key, bound), NULL),
				       NULL, NULL, NULL));
			if (cases[i].other == NULL)
				continue;
			assert_reason(PO_E_SIGNATURE,
			    verify(token,
				forge_jwks(
				    forge_jwk(forge_key(cases[i].other), ""),
				    NULL),
				NULL, NULL, NULL));
		}
	}
}

static void
refusals_name_the_key_and_the_reason(void **state)
{
	const char *rsa = forge_jwk(forge_key("RSA-2048"), "\"kid\":\"a\"");
	const char *ec = forge_jwk(forge_key("P-256"), "\"kid\":\"b\"");
	const char *weak = forge_jwk(forge_key("RSA-1024"), "\"kid\":\"w\"");
	const char *foreign = forge_jwk(forge_key("RSA-2048"),
	    "\"kid\":\"f\",\"issuer\":\"https://other.example\"");
	const char *jwks = forge_jwks(rsa, ec, weak, foreign, NULL);
	const struct {
		const char *kid;
		enum po_status reason;
		const char *says;
	} cases[] = {
		{ "nobody", PO_E_KEY_UNKNOWN, "no key \"nobody\"" },
		{ "b", PO_E_KEY_UNUSABLE, "key \"b\" is not for RS256" },
		{ "w", PO_E_KEY_UNUSABLE,
		    "key \"w\" is unusable: RSA modulus of 1024 bits" },
		{ "f", PO_E_KEY_UNUSABLE,
		    "key \"f\" is for issuer \"https://other.example\", not "
		    "\"https://sso.example.com\"" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_err err = { .status = PO_OK };

		assert_reason(cases[i].reason,
		    verify(forge_token(forge_key("RSA-2048"), "RS256",
			       forge_text("{\"alg\":\"RS256\",\"kid\":\"%s\"}",
				   cases[i].kid),
			       "{}"),
			jwks, FORGE_ISSUER, NULL, &err));
		assert_int_equal(err.status, cases[i].reason);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg(
			    "\"%s\" is not in \"%s\"", cases[i].says, err.text);
	}
}

static void
key_issuers_count_only_when_an_issuer_is_given(void **state)
{
	const char *jwks = forge_jwks(
	    forge_jwk(forge_key("P-256"),
		"\"kid\":\"k\",\"issuer\":\"https://other.example\""),
	    NULL);
	const char *token = forge_token(forge_key("P-256"), "ES256",
	    "{\"alg\":\"ES256\",\"kid\":\"k\"}", "{}");

	(void)state;
	assert_reason(PO_OK, verify(token, jwks, NULL, NULL, NULL));
	assert_reason(
	    PO_OK, verify(token, jwks, "https://other.example", NULL, NULL));
	assert_reason(
	    PO_E_KEY_UNUSABLE, verify(token, jwks, FORGE_ISSUER, NULL, NULL));
}

static void
forms_that_are_not_compact_jws_are_told_apart(void **state)
{
	static const struct {
		const char *token;
		const char *says;
	} cases[] = {
		{ "", "this 1" },
		{ "a.b", "this 2" },
		{ "a.b.c.d", "this 4" },
		{ "a.b.c.d.e", "this 5" },
		{ "a.b.c.d.e.f", "this 6" },
		{ "..", "JWS header: empty document" },
		{ "e30..", "without alg" },
		{ "W10..", "JWS header is array, not an object" },
		{ "eyJhbGciOiJSUzI1NiJ9..AA", "empty or detached payload" },
		{ "eyJhbGciOiJSUzI1NiJ9.A.AA", "JWS payload: base64url of" },
		{ "eyJhbGciOiJSUzI1NiJ9.AA.A=", "JWS signature: byte 0x3d" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_jws *jws = NULL;
		struct po_err err = { .status = PO_OK };

		assert_reason(PO_E_TOKEN_MALFORMED,
		    po_jws_parse(cases[i].token, strlen(cases[i].token),
			PO_ALG_ASYMMETRIC, &jws, &err));
		assert_null(jws);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].token,
			    cases[i].says, err.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfcs_verify),
		cmocka_unit_test(examples_of_the_rfcs_fail_once_touched),
		cmocka_unit_test(a_parsed_token_shows_header_and_algorithm),
		cmocka_unit_test(the_callers_list_decides_on_algorithms),
		cmocka_unit_test(every_algorithm_verifies_what_openssl_signed),
		cmocka_unit_test(refusals_name_the_key_and_the_reason),
		cmocka_unit_test(
		    key_issuers_count_only_when_an_issuer_is_given),
		cmocka_unit_test(forms_that_are_not_compact_jws_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
