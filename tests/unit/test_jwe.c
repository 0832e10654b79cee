/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compact JWE: the examples of the RFCs and of another implementation, every
 * algorithm, what a header may not say, and the one answer to all the rest.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "../attack/forge.h"
#include "jose/b64url.h"
#include "jose/jwe.h"
#include "jose/jws.h"
#include "jwe_examples.h"
#include "jwe_seal.h"

#define ONE_ANSWER "not encrypted to this key, or altered since (RFC 7516 5.2)"

static const char *const encs[] = { "A128GCM", "A192GCM", "A256GCM",
	"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512" };
static const char *const rsa_algs[] = { "RSA-OAEP", "RSA-OAEP-256" };
static const char *const ecdh_algs[] = { "ECDH-ES", "ECDH-ES+A128KW",
	"ECDH-ES+A192KW", "ECDH-ES+A256KW" };

/* --- keys and tokens ------------------------------------------------------ */

static struct {
	const char *name;
	struct po_jwe_key *key;
} keys[] = {
	{ "RSA-2048", NULL },
	{ "RSA-2048-b", NULL },
	{ "P-256", NULL },
	{ "P-256-b", NULL },
	{ "P-384", NULL },
	{ "P-521", NULL },
	{ "X25519", NULL },
};

static struct po_jwe_key *
parse_key(const char *text)
{
	struct po_jwe_key *key = NULL;
	struct po_err err = { 0 };

	if (po_jwe_key_parse(text, strlen(text), &key, &err) != PO_OK)
		fail_msg("%s: %s", text, err.text);
	return key;
}

static const struct po_jwe_key *
our(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (keys[i].key == NULL)
			keys[i].key =
			    parse_key(seal_private_jwk(forge_key(name), ""));
		return keys[i].key;
	}
	fail_msg("no key %s", name);
	return NULL;
}

static int
free_keys(void **state)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(keys); i++)
		po_jwe_key_free(&keys[i].key);
	return forge_free_all(state);
}

static const char *
printed(const struct po_json *json)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(64 * 1024);

	po_json_print(json, &out);
	return forge_text("%s", po_buf_str(&out));
}

/* The header as it stands in the token. */
static void
assert_header(const char *token, const struct po_json *header)
{
	AUTO(po_json_free) struct po_json *said = NULL;
	size_t len = 0;
	uint8_t *text = seal_decode(seal_split(token).text[0], &len);

	assert_int_equal(po_json_parse(text, len, &said, NULL), PO_OK);
	assert_string_equal(printed(said), printed(header));
}

/* Decrypts, and what must hold whatever the answer. */
static enum po_status
decrypt(const struct po_jwe_key *key, const char *token, struct po_buf *out,
    struct po_err *err)
{
	AUTO(po_json_free) struct po_json *header = NULL;
	struct po_err why = { 0 };
	size_t before = out->len;
	enum po_status st =
	    po_jwe_decrypt(token, strlen(token), key, out, &header, &why);

	assert_int_equal(st, why.status);
	assert_int_equal(st == PO_OK, why.text[0] == '\0');
	assert_int_equal(st == PO_OK, header != NULL);
	assert_int_equal(ERR_peek_error(), 0);
	if (st == PO_OK)
		assert_header(token, header);
	else
		assert_int_equal(out->len, before);
	if (err != NULL)
		*err = why;
	return st;
}

static void
assert_decrypts(const struct po_jwe_key *key, const char *token,
    const void *text, size_t len)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(64 * 1024);
	struct po_err err = { 0 };

	if (decrypt(key, token, &out, &err) != PO_OK)
		fail_msg("%s: %s", token, err.text);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.data, text, len);
}

static void
assert_refused(const struct po_jwe_key *key, const char *token,
    enum po_status status, const char *fragment)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(64 * 1024);
	struct po_err err = { 0 };
	enum po_status st = decrypt(key, token, &out, &err);

	if (st != status || strstr(err.text, fragment) == NULL)
		fail_msg("%s: %s: %s, not %s: %s", token, po_status_name(st),
		    err.text, po_status_name(status), fragment);
}

/* Whatever is wrong with key or ciphertext, nobody learns which it was. */
static void
assert_one_answer(const struct po_jwe_key *key, const char *token)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(64 * 1024);
	struct po_err err = { 0 };

	assert_reason(PO_E_DECRYPT, decrypt(key, token, &out, &err));
	assert_string_equal(err.text, ONE_ANSWER);
}

/* --- examples ------------------------------------------------------------- */

/* A file of tests/attack/vectors. */
static struct po_json *
read_vector(const char *name)
{
	const char *srcdir = getenv("srcdir");
	const char *path = forge_text("%s/tests/attack/vectors/%s.json",
	    srcdir == NULL ? "." : srcdir, name);
	struct po_json *json = NULL;
	char text[16384];
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL)
		fail_msg("cannot open %s", path);
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	assert_true(len < sizeof(text));
	assert_int_equal(po_json_parse(text, len, &json, NULL), PO_OK);
	return json;
}

static const char *
member(const struct po_json *json, const char *name)
{
	return po_json_string(po_json_member(json, name), NULL);
}

static void
examples_of_the_rfcs_decrypt(void **state)
{
	static const char *const names[] = { "rfc7516-a.1-rsa-oaep-a256gcm",
		"rfc7518-c-ecdh-es", "rfc7520-5.2-rsa-oaep-a256gcm",
		"rfc7520-5.4-ecdh-es-a128kw-a128gcm",
		"rfc7520-5.5-ecdh-es-a128cbc-hs256", "rfc8037-a.6-x25519" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		AUTO(po_json_free)
		struct po_json *vector = read_vector(names[i]);
		AUTO(po_jwe_key_free)
		struct po_jwe_key *key = parse_key(
		    printed(po_json_member(vector, "decryption_key")));
		size_t len = 0;
		uint8_t *text = seal_decode(member(vector, "payload"), &len);

		assert_decrypts(key, member(vector, "token"), text, len);
	}
}

static void
what_we_leave_out_of_the_rfcs_is_named(void **state)
{
	static const char *const names[][2] = {
		{ "rfc7516-a.2-rsa1_5", "RSA1_5" },
		{ "rfc7516-a.3-a128kw", "A128KW" },
		{ "rfc7520-5.1-rsa1_5", "RSA1_5" },
		{ "rfc7520-5.3-pbes2", "PBES2-HS512+A256KW" },
		{ "rfc7520-5.6-dir", "dir" },
		{ "rfc7520-5.7-a256gcmkw", "A256GCMKW" },
		{ "rfc7520-5.8-a128kw", "A128KW" },
		{ "rfc7520-5.9-a128kw-zip", "A128KW" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		AUTO(po_json_free)
		struct po_json *vector = read_vector(names[i][0]);
		AUTO(po_jwe_key_free)
		struct po_jwe_key *key = parse_key(
		    printed(po_json_member(vector, "decryption_key")));

		assert_refused(key, member(vector, "token"), PO_E_ALG,
		    forge_text("alg \"%s\" is not one we decrypt with "
			       "(RFC 8725 3.2)",
			names[i][1]));
	}
}

static void
tokens_of_another_implementation_decrypt(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(jwe_examples); i++) {
		AUTO(po_jwe_key_free)
		struct po_jwe_key *key =
		    parse_key(jwe_example_keys[jwe_examples[i].key]);
		const char *text = jwe_examples[i].plaintext;

		assert_decrypts(key, jwe_examples[i].token, text, strlen(text));
	}
}

/* --- what decrypts -------------------------------------------------------- */

static void
each_kind(void (*fn)(const char *key, const char *alg, const char *enc))
{
	static const char *const curves[] = { "P-256", "P-384", "P-521",
		"X25519" };

	for (size_t e = 0; e < PO_ARRAY_LEN(encs); e++) {
		for (size_t a = 0; a < PO_ARRAY_LEN(rsa_algs); a++)
			fn("RSA-2048", rsa_algs[a], encs[e]);
		for (size_t a = 0; a < PO_ARRAY_LEN(ecdh_algs); a++)
			for (size_t c = 0; c < PO_ARRAY_LEN(curves); c++)
				fn(curves[c], ecdh_algs[a], encs[e]);
	}
}

static void
assert_kind_decrypts(const char *key, const char *alg, const char *enc)
{
	const struct seal how = {
		.to = forge_key(key), .alg = alg, .enc = enc
	};

	assert_decrypts(our(key), seal_token(&how), "hello", 5);
}

static void
every_alg_key_and_enc_decrypts(void **state)
{
	(void)state;
	each_kind(assert_kind_decrypts);
}

static void
plaintext_of_any_length_decrypts(void **state)
{
	char text[40000];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t e = 0; e < PO_ARRAY_LEN(encs); e++) {
		for (size_t len = 1; len <= sizeof(text);
		     len = len < 50 ? len + 1 : 20 * len) {
			const struct seal how = { .to = forge_key("P-256"),
				.alg = "ECDH-ES",
				.enc = encs[e],
				.plaintext = text,
				.plaintext_len = len };

			assert_decrypts(
			    our("P-256"), seal_token(&how), text, len);
		}
	}
}

static void
parties_are_hashed(void **state)
{
	uint8_t longest[1024] = { 'x' };
	const char *const parties[][2] = { { "QWxpY2U", "Qm9i" },
		{ "QWxpY2U", NULL }, { NULL, "Qm9i" }, { "", "" },
		{ "AAAA", forge_b64(longest, sizeof(longest)) } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(parties); i++) {
		struct seal how = { .to = forge_key("P-256"),
			.alg = "ECDH-ES+A256KW",
			.enc = "A256GCM",
			.apu = parties[i][0],
			.apv = parties[i][1] };

		assert_decrypts(our("P-256"), seal_token(&how), "hello", 5);
		how.alg = "ECDH-ES";
		assert_decrypts(our("P-256"), seal_token(&how), "hello", 5);
		how.hashed_apu = "QWxpY2VB";
		assert_one_answer(our("P-256"), seal_token(&how));
	}
}

/* Pointers to keys are not followed, and what we do not know is no harm. */
static void
other_header_members_are_let_be(void **state)
{
	const struct seal how = { .to = forge_key("RSA-2048"),
		.alg = "RSA-OAEP",
		.enc = "A128GCM",
		.members = "\"kid\":\"any\",\"typ\":\"JWT\",\"cty\":\"JWT\","
			   "\"jku\":\"https://evil.example/\",\"x5u\":7,"
			   "\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},\"p2c\":1,"
			   "\"epk\":[],\"apu\":0" };

	(void)state;
	assert_decrypts(our("RSA-2048"), seal_token(&how), "hello", 5);
}

static void
plaintext_is_appended_or_not_at_all(void **state)
{
	const struct seal how = { .to = forge_key("P-256"),
		.alg = "ECDH-ES",
		.enc = "A128CBC-HS256" };
	const char *token = seal_token(&how);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(10);

	(void)state;
	po_buf_append_str(&out, "<");
	assert_reason(PO_OK, decrypt(our("P-256"), token, &out, NULL));
	assert_string_equal(po_buf_str(&out), "<hello");
	assert_reason(PO_E_TOO_LARGE, decrypt(our("P-256"), token, &out, NULL));
	assert_string_equal(po_buf_str(&out), "<hello");
}

/* --- the form ------------------------------------------------------------- */

static void
five_parts_are_a_compact_jwe(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = { { "", false }, { "a", false }, { "a.b.c", false },
		{ "a.b.c.d", false }, { "a.b.c.d.e", true }, { "....", true },
		{ "a..c.d.e", true }, { "a.b.c.d.e.f", false },
		{ ".....", false } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
		assert_int_equal(
		    po_jwe_is_compact(rows[i].text, strlen(rows[i].text)),
		    rows[i].is);
		if (!rows[i].is)
			assert_refused(our("P-256"), rows[i].text,
			    PO_E_TOKEN_MALFORMED, "has five parts, this ");
	}
	/* what is behind the end does not count */
	assert_false(po_jwe_is_compact("a.b.c.d.e", 7));
	assert_false(po_jwe_is_compact("a.b.c.d.e.f", 11));
	assert_true(po_jwe_is_compact("a.b.c.d.e.f", 9));
}

static void
parts_are_canonical_base64url(void **state)
{
	static const char *const parts[] = { "header", "encrypted key",
		"initialization vector", "ciphertext", "authentication tag" };
	static const char *const endings[] = { "=", "==", "+", "/", "\n", " ",
		"*", "A" };
	const struct seal how = { .to = forge_key("RSA-2048"),
		.alg = "RSA-OAEP",
		.enc = "A256CBC-HS512",
		/* so that no part's length is a multiple of 3 */
		.members = "\"x\":\"y\"" };
	const char *token = seal_token(&how);
	struct seal_parts good = seal_split(token);

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		for (size_t j = 0; j < PO_ARRAY_LEN(endings); j++) {
			const char *part =
			    forge_text("%s%s", good.text[i], endings[j]);

			/* an A more is other bytes, or no length at all */
			if (*endings[j] == 'A' && strlen(part) % 4 != 1)
				continue;
			assert_refused(our("RSA-2048"),
			    seal_replace(token, i, part), PO_E_TOKEN_MALFORMED,
			    forge_text("JWE %s: ", parts[i]));
		}
	}
	assert_refused(our("RSA-2048"), seal_replace(token, 3, ""),
	    PO_E_TOKEN_MALFORMED, "JWE without ciphertext");
}

static void
unused_bits_are_zero(void **state)
{
	const struct seal how = {
		.to = forge_key("P-256"), .alg = "ECDH-ES", .enc = "A128GCM"
	};
	const char *token = seal_token(&how);
	char *changed = strdup(token);

	(void)state;
	/* 16 bytes of tag leave four bits of the last character */
	assert_non_null(changed);
	changed[strlen(changed) - 1]++;
	assert_refused(our("P-256"), changed, PO_E_TOKEN_MALFORMED,
	    "JWE authentication tag: base64url with unused bits");
	free(changed);
}

static void
the_longest_token_decrypts_and_a_longer_one_does_not(void **state)
{
	static char text[50000];
	struct seal how = { .to = forge_key("RSA-2048"),
		.alg = "RSA-OAEP",
		.enc = "A128GCM",
		.plaintext = text,
		.plaintext_len = 3 };
	size_t other = strlen(seal_token(&how)) - 4;
	const char *token;

	(void)state;
	memset(text, 'a', sizeof(text));
	how.plaintext_len = (PO_JWS_MAX - other) / 4 * 3;
	token = seal_token(&how);
	assert_in_range(strlen(token), PO_JWS_MAX - 3, PO_JWS_MAX);
	assert_decrypts(our("RSA-2048"), token, text, how.plaintext_len);
	how.plaintext_len += 3;
	assert_refused(our("RSA-2048"), seal_token(&how), PO_E_TOKEN_MALFORMED,
	    "more than 65536");
}

/* --- what everybody can read ---------------------------------------------- */

#define EC_HEAD "{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\""
#define RSA_HEAD "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM\""
/* RFC 7515 A.3 */
#define EPK_X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define EPK_Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EPK_P256 "{\"kty\":\"EC\",\"crv\":\"P-256\","
#define EPK EPK_P256 EPK_X "," EPK_Y "}"
#define EPK_X25519                                                             \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\","                                 \
	"\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\"}"
#define ZEROS43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
/* p of P-256 (FIPS 186-4 D.1.2.3): no coordinate is that large */
#define P256_P "_____wAAAAEAAAAAAAAAAAAAAAD_______________8"
#define NOT_ONE "is not one we decrypt"

static const struct header_row {
	const char *key;
	const char *header;
	enum po_status status;
	const char *text;
} header_rows[] = {
	/* as they should be: only the key can tell more */
	{ "RSA-2048", RSA_HEAD "}", PO_E_DECRYPT, ONE_ANSWER },
	{ "P-256", EC_HEAD ",\"epk\":" EPK "}", PO_E_DECRYPT, ONE_ANSWER },
	{ "X25519", EC_HEAD ",\"epk\":" EPK_X25519 "}", PO_E_DECRYPT,
	    ONE_ANSWER },

	{ "RSA-2048", "", PO_E_TOKEN_MALFORMED, "JWE header: empty document" },
	{ "RSA-2048", "[]", PO_E_TOKEN_MALFORMED, "is array, not an object" },
	{ "RSA-2048", "null", PO_E_TOKEN_MALFORMED, "is null, not an object" },
	{ "RSA-2048", RSA_HEAD, PO_E_TOKEN_MALFORMED, "JWE header: expected" },
	{ "RSA-2048", RSA_HEAD "}}", PO_E_TOKEN_MALFORMED, "behind the value" },
	{ "RSA-2048", RSA_HEAD ",\"enc\":\"A128GCM\"}", PO_E_TOKEN_MALFORMED,
	    "member \"enc\" twice" },
	{ "RSA-2048", "{\"enc\":\"A128GCM\"}", PO_E_TOKEN_MALFORMED,
	    "JWE header without alg" },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\"}", PO_E_TOKEN_MALFORMED,
	    "JWE header without enc" },
	{ "RSA-2048", "{\"alg\":null,\"enc\":\"A128GCM\"}",
	    PO_E_TOKEN_MALFORMED, "alg is null, not a string" },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":[\"A128GCM\"]}",
	    PO_E_TOKEN_MALFORMED, "enc is array, not a string" },
	{ "RSA-2048", RSA_HEAD ",\"kid\":7}", PO_E_TOKEN_MALFORMED,
	    "kid is integer, not a string" },

	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC+HS256\"}",
	    PO_E_ALG, "enc \"A128CBC+HS256\" " NOT_ONE },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":\"a128gcm\"}", PO_E_ALG,
	    "enc \"a128gcm\" " NOT_ONE },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM \"}", PO_E_ALG,
	    "enc \"A128GCM \" " NOT_ONE },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":\"A128KW\"}", PO_E_ALG,
	    "enc \"A128KW\" " NOT_ONE },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":\"none\"}", PO_E_ALG,
	    "enc \"none\" " NOT_ONE },
	{ "RSA-2048", "{\"alg\":\"RSA-OAEP\",\"enc\":\"\"}", PO_E_ALG,
	    "enc \"\" " NOT_ONE },

	{ "RSA-2048", RSA_HEAD ",\"zip\":\"DEF\"}", PO_E_ALG, "zip: " },
	{ "RSA-2048", RSA_HEAD ",\"zip\":null}", PO_E_ALG, "zip: " },
	{ "RSA-2048", RSA_HEAD ",\"crit\":[\"exp\"],\"exp\":1}", PO_E_CRIT,
	    "crit names extensions" },
	{ "RSA-2048", RSA_HEAD ",\"crit\":[]}", PO_E_CRIT, "crit names" },
	{ "RSA-2048", RSA_HEAD ",\"crit\":null}", PO_E_CRIT, "crit names" },

	{ "P-256", RSA_HEAD "}", PO_E_ALG,
	    "alg \"RSA-OAEP\" does not go with the decryption key, which is "
	    "P-256" },
	{ "X25519", RSA_HEAD "}", PO_E_ALG, "which is X25519" },
	{ "RSA-2048", EC_HEAD ",\"epk\":" EPK "}", PO_E_ALG, "which is RSA" },

	{ "P-256", EC_HEAD "}", PO_E_KEY_UNUSABLE, "no epk in the header" },
	{ "P-256", EC_HEAD ",\"epk\":null}", PO_E_KEY_UNUSABLE,
	    "epk: member \"kty\" is missing" },
	{ "P-256", EC_HEAD ",\"epk\":[]}", PO_E_KEY_UNUSABLE,
	    "epk: member \"kty\" is missing" },
	{ "P-256", EC_HEAD ",\"epk\":{\"kty\":\"EC\"}}", PO_E_KEY_UNUSABLE,
	    "epk: member \"crv\" is missing" },
	{ "P-256", EC_HEAD ",\"epk\":{\"kty\":1}}", PO_E_KEY_UNUSABLE,
	    "epk: member \"kty\" is integer" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK_X25519 "}", PO_E_KEY_UNUSABLE,
	    "epk is of kty \"OKP\" and crv \"X25519\", the decryption key of "
	    "\"EC\" and \"P-256\"" },
	{ "X25519", EC_HEAD ",\"epk\":" EPK "}", PO_E_KEY_UNUSABLE,
	    "the decryption key of \"OKP\" and \"X25519\"" },
	{ "P-384", EC_HEAD ",\"epk\":" EPK "}", PO_E_KEY_UNUSABLE,
	    "crv \"P-256\", the decryption key of \"EC\" and \"P-384\"" },
	{ "P-256",
	    EC_HEAD ",\"epk\":{\"kty\":\"OKP\",\"crv\":\"P-256\"," EPK_X "}}",
	    PO_E_KEY_UNUSABLE, "epk is of kty \"OKP\"" },
	{ "X25519",
	    EC_HEAD ",\"epk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\"," EPK_X "}}",
	    PO_E_KEY_UNUSABLE, "crv \"Ed25519\"" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK_P256 EPK_X "}}", PO_E_KEY_UNUSABLE,
	    "epk: member \"y\" is missing" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK_P256 EPK_Y "}}", PO_E_KEY_UNUSABLE,
	    "epk: member \"x\" is missing" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK_P256 EPK_X ",\"y\":null}}",
	    PO_E_KEY_UNUSABLE, "epk: member \"y\" is null" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK_P256 EPK_X ",\"y\":\"AA\"}}",
	    PO_E_KEY_UNUSABLE, "coordinates must have 32 bytes" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK_P256 EPK_X ",\"y\":\"A\"}}",
	    PO_E_KEY_UNUSABLE, "epk: member \"y\": base64url of impossible" },
	/* CVE-2017-16007: y is one more than it should be */
	{ "P-256",
	    EC_HEAD ",\"epk\":" EPK_P256 EPK_X
		    ",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}}",
	    PO_E_KEY_UNUSABLE, "epk: " },
	{ "P-256",
	    EC_HEAD ",\"epk\":" EPK_P256 "\"x\":\"" ZEROS43
		    "\",\"y\":\"" ZEROS43 "\"}}",
	    PO_E_KEY_UNUSABLE, "epk: " },
	{ "P-256",
	    EC_HEAD ",\"epk\":" EPK_P256 "\"x\":\"" P256_P "\"," EPK_Y "}}",
	    PO_E_KEY_UNUSABLE, "epk: " },
	{ "X25519", EC_HEAD ",\"epk\":{\"kty\":\"OKP\",\"crv\":\"X25519\"}}",
	    PO_E_KEY_UNUSABLE, "epk: member \"x\" is missing" },
	{ "X25519",
	    EC_HEAD ",\"epk\":{\"kty\":\"OKP\",\"crv\":\"X25519\","
		    "\"x\":\"AAAA\"}}",
	    PO_E_KEY_UNUSABLE, "an X25519 key must have 32 bytes" },

	{ "P-256", EC_HEAD ",\"epk\":" EPK ",\"apu\":1}", PO_E_TOKEN_MALFORMED,
	    "apu is integer, not a string" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK ",\"apv\":null}",
	    PO_E_TOKEN_MALFORMED, "apv is null, not a string" },
	{ "P-256", EC_HEAD ",\"epk\":" EPK ",\"apu\":\"QWxpY2U=\"}",
	    PO_E_TOKEN_MALFORMED, "JWE apu: " },
	{ "P-256", EC_HEAD ",\"epk\":" EPK ",\"apv\":\"!\"}",
	    PO_E_TOKEN_MALFORMED, "JWE apv: " },
};

/* Parts that are base64url, and nothing else. */
static const char *
with_header(const char *header)
{
	return forge_text(
	    "%s.AAAA.AAAA.AAAA.AAAA", forge_b64(header, strlen(header)));
}

static void
headers_are_refused_with_their_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(header_rows); i++) {
		const struct header_row *row = &header_rows[i];

		assert_refused(our(row->key), with_header(row->header),
		    row->status, row->text);
	}
}

static void
other_algorithms_are_refused_by_name(void **state)
{
	static const char *const names[] = { "RSA1_5", "RSA-OAEP-384",
		"RSA-OAEP-512", "rsa-oaep", "RSA-OAEP ", "dir", "A128KW",
		"A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW",
		"PBES2-HS256+A128KW", "PBES2-HS384+A192KW",
		"PBES2-HS512+A256KW", "ECDH-ES+A128GCMKW", "ECDH-ES+C20PKW",
		"ECDH-1PU", "HPKE-0", "RS256", "HS256", "none", "" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		assert_refused(our("RSA-2048"),
		    with_header(forge_text(
			"{\"alg\":\"%s\",\"enc\":\"A128GCM\",\"p2c\":"
			"2147483647,\"p2s\":\"AAAA\"}",
			names[i])),
		    PO_E_ALG,
		    forge_text("alg \"%s\" is not one we decrypt with "
			       "(RFC 8725 3.2)",
			names[i]));
}

static void
zip_is_refused_in_a_token_that_is_sound(void **state)
{
	const struct seal how = { .to = forge_key("P-256"),
		.alg = "ECDH-ES",
		.enc = "A128GCM",
		.members = "\"zip\":\"DEF\"" };

	(void)state;
	assert_refused(our("P-256"), seal_token(&how), PO_E_ALG,
	    "compressed tokens are refused (RFC 8725 3.6)");
}

static void
parties_are_bounded(void **state)
{
	uint8_t party[1025] = { 'x' };
	struct seal how = {
		.to = forge_key("P-256"), .alg = "ECDH-ES", .enc = "A128GCM"
	};

	(void)state;
	how.apu = forge_b64(party, sizeof(party));
	assert_refused(our("P-256"), seal_token(&how), PO_E_TOKEN_MALFORMED,
	    "JWE apu: longer than 1024 bytes");
	how.apv = TAKE(how.apu);
	assert_refused(our("P-256"), seal_token(&how), PO_E_TOKEN_MALFORMED,
	    "JWE apv: longer than 1024 bytes");
}

static void
a_kid_must_be_that_of_the_key(void **state)
{
	AUTO(po_jwe_key_free)
	struct po_jwe_key *key =
	    parse_key(seal_private_jwk(forge_key("P-256"), "\"kid\":\"ours\""));
	struct seal how = { .to = forge_key("P-256"),
		.alg = "ECDH-ES",
		.enc = "A128GCM",
		.members = "\"kid\":\"ours\"" };

	(void)state;
	assert_decrypts(key, seal_token(&how), "hello", 5);
	how.members = NULL;
	assert_decrypts(key, seal_token(&how), "hello", 5);
	how.members = "\"kid\":\"Ours\"";
	assert_refused(key, seal_token(&how), PO_E_KEY_UNUSABLE,
	    "encrypted to key \"Ours\", the decryption key is \"ours\"");
	/* a key without a name fits any */
	assert_decrypts(our("P-256"), seal_token(&how), "hello", 5);
	how.members = forge_text("\"kid\":\"%257s\"", "k");
	assert_refused(key, seal_token(&how), PO_E_TOKEN_MALFORMED,
	    "kid of 257 bytes, more than 256");
}

static void
a_key_bound_to_an_algorithm_does_no_other(void **state)
{
	AUTO(po_jwe_key_free)
	struct po_jwe_key *rsa = parse_key(seal_private_jwk(
	    forge_key("RSA-2048"), "\"alg\":\"RSA-OAEP-256\""));
	AUTO(po_jwe_key_free)
	struct po_jwe_key *ec = parse_key(
	    seal_private_jwk(forge_key("P-256"), "\"alg\":\"ECDH-ES+A128KW\""));
	struct seal how = { .to = forge_key("RSA-2048"),
		.alg = "RSA-OAEP-256",
		.enc = "A128GCM" };

	(void)state;
	assert_decrypts(rsa, seal_token(&how), "hello", 5);
	how.alg = "RSA-OAEP";
	assert_refused(rsa, seal_token(&how), PO_E_ALG,
	    "alg \"RSA-OAEP\", but the decryption key is for "
	    "\"RSA-OAEP-256\" alone");
	how.to = forge_key("P-256");
	how.alg = "ECDH-ES+A128KW";
	assert_decrypts(ec, seal_token(&how), "hello", 5);
	how.alg = "ECDH-ES";
	assert_refused(ec, seal_token(&how), PO_E_ALG, "\"ECDH-ES+A128KW\" ");
}

/* --- one answer ----------------------------------------------------------- */

static void
assert_other_key_fails(const char *key, const char *alg, const char *enc)
{
	struct seal how = { .to = forge_key(key), .alg = alg, .enc = enc };

	if (strcmp(key, "RSA-2048") == 0)
		how.to = forge_key("RSA-2048-b");
	else if (strcmp(key, "P-256") == 0)
		how.to = forge_key("P-256-b");
	else
		return;
	assert_one_answer(our(key), seal_token(&how));
}

static void
a_token_for_another_key_is_the_one_answer(void **state)
{
	(void)state;
	each_kind(assert_other_key_fails);
}

/* Part `i` of every other length than the right one, by up to 20 bytes. */
static void
assert_exact_length(const struct po_jwe_key *key, const char *token, unsigned i)
{
	size_t right = 0;
	uint8_t *bytes = seal_decode(seal_split(token).text[i], &right);
	uint8_t longer[1100] = { 0 };

	memcpy(longer, bytes, right);
	for (size_t len = right < 20 ? 0 : right - 20; len <= right + 20; len++)
		if (len != right)
			assert_one_answer(
			    key, seal_replace_bytes(token, i, longer, len));
	/* nothing was wrong but the length */
	assert_decrypts(key, token, "hello", 5);
}

static void
assert_exact_lengths(const char *key, const char *alg, const char *enc)
{
	const struct seal how = {
		.to = forge_key(key), .alg = alg, .enc = enc
	};
	const char *token = seal_token(&how);
	size_t len = 0;

	(void)seal_decode(seal_split(token).text[2], &len);
	assert_int_equal(len, seal_iv_len(enc));
	(void)seal_decode(seal_split(token).text[4], &len);
	assert_int_equal(len, seal_tag_len(enc));
	assert_exact_length(our(key), token, 1);
	assert_exact_length(our(key), token, 2);
	assert_exact_length(our(key), token, 4); /* CVE-2023-37464 */
	assert_one_answer(our(key), seal_replace(token, 1, "AAAA"));
	assert_one_answer(our(key), seal_replace(token, 4, ""));
}

static void
lengths_are_exact(void **state)
{
	(void)state;
	each_kind(assert_exact_lengths);
}

static void
a_content_key_of_another_length_is_the_one_answer(void **state)
{
	(void)state;
	for (size_t e = 0; e < PO_ARRAY_LEN(encs); e++) {
		size_t right = seal_cek_len(encs[e]);
		struct seal how = { .to = forge_key("RSA-2048"),
			.alg = "RSA-OAEP-256",
			.enc = encs[e] };

		for (size_t len = 1; len <= 96; len += len < 8 ? 7 : 8) {
			how.cek_len = len;
			how.to = forge_key("RSA-2048");
			how.alg = "RSA-OAEP-256";
			if (len != right)
				assert_one_answer(
				    our("RSA-2048"), seal_token(&how));
			how.to = forge_key("P-256");
			how.alg = "ECDH-ES+A128KW";
			if (len != right && len >= 16)
				assert_one_answer(
				    our("P-256"), seal_token(&how));
		}
		how.alg = "RSA-OAEP-256";
		how.to = forge_key("RSA-2048");
		how.cek_len = right - 1;
		assert_one_answer(our("RSA-2048"), seal_token(&how));
		how.cek_len = right + 1;
		assert_one_answer(our("RSA-2048"), seal_token(&how));
		how.cek_len = right;
		assert_decrypts(our("RSA-2048"), seal_token(&how), "hello", 5);
	}
}

static void
rsa_padding_is_exactly_oaep(void **state)
{
	const struct seal good = {
		.to = forge_key("RSA-2048"), .alg = "RSA-OAEP", .enc = "A128GCM"
	};
	struct seal how = good;
	uint8_t bytes[256];
	const char *token;

	(void)state;
	how.oaep_digest = "SHA256";
	assert_one_answer(our("RSA-2048"), seal_token(&how));
	how = good;
	how.mgf1_digest = "SHA256";
	assert_one_answer(our("RSA-2048"), seal_token(&how));
	how.alg = "RSA-OAEP-256";
	how.mgf1_digest = "SHA1";
	assert_one_answer(our("RSA-2048"), seal_token(&how));
	how = good;
	how.oaep_label = "label";
	assert_one_answer(our("RSA-2048"), seal_token(&how));
	how = good;
	how.header_alg = "RSA-OAEP-256";
	assert_one_answer(our("RSA-2048"), seal_token(&how));
	how = good;
	how.pkcs1 = true;
	assert_one_answer(our("RSA-2048"), seal_token(&how));
	/* numbers that no message has, and one above the modulus */
	token = seal_token(&good);
	memset(bytes, 0, sizeof(bytes));
	assert_one_answer(our("RSA-2048"),
	    seal_replace_bytes(token, 1, bytes, sizeof(bytes)));
	bytes[255] = 1;
	assert_one_answer(our("RSA-2048"),
	    seal_replace_bytes(token, 1, bytes, sizeof(bytes)));
	memset(bytes, 0xff, sizeof(bytes));
	assert_one_answer(our("RSA-2048"),
	    seal_replace_bytes(token, 1, bytes, sizeof(bytes)));
	assert_decrypts(our("RSA-2048"), token, "hello", 5);
}

/*
 * RFC 7516 11.5: whoever knows the key that stands in for one that did not
 * come out of its envelope can ask which envelopes are good.
 */
static void
the_key_that_stands_in_is_not_known(void **state)
{
	static const uint8_t envelope[256] = { 0, 1 };
	struct seal how = { .zero_key = true };

	(void)state;
	for (size_t e = 0; e < PO_ARRAY_LEN(encs); e++) {
		how.enc = encs[e];
		how.to = forge_key("RSA-2048");
		how.alg = "RSA-OAEP";
		assert_one_answer(our("RSA-2048"),
		    seal_replace_bytes(seal_token(&how), 1, envelope, 256));
		how.to = forge_key("P-256");
		how.alg = "ECDH-ES+A128KW";
		assert_one_answer(
		    our("P-256"), seal_replace_bytes(seal_token(&how), 1,
				      envelope, seal_cek_len(encs[e]) + 8));
	}
}

static void
the_key_derivation_is_exactly_that_of_rfc_7518(void **state)
{
	const struct seal good = {
		.to = forge_key("P-256"), .alg = "ECDH-ES", .enc = "A256GCM"
	};
	struct seal how = good;

	(void)state;
	assert_decrypts(our("P-256"), seal_token(&how), "hello", 5);
	how.algorithm_id = "ECDH-ES";
	assert_one_answer(our("P-256"), seal_token(&how));
	how.alg = "ECDH-ES+A256KW";
	assert_one_answer(our("P-256"), seal_token(&how));
	how.algorithm_id = "A256GCM";
	assert_one_answer(our("P-256"), seal_token(&how));
	how.algorithm_id = "ECDH-ES+A256KW";
	assert_decrypts(our("P-256"), seal_token(&how), "hello", 5);
	/* wrapped with one key, said to be another's */
	how.header_alg = "ECDH-ES+A128KW";
	assert_one_answer(our("P-256"), seal_token(&how));
	/* the epk of somebody else */
	how = good;
	how.epk = EPK;
	assert_one_answer(our("P-256"), seal_token(&how));
}

/* RFC 7748 6.1: with these everybody agrees on zeros. */
static void
x25519_points_of_low_order_are_the_one_answer(void **state)
{
	static const uint8_t points[][32] = {
		{ 0 },
		{ 1 },
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56,
		    0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb,
		    0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
		    0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0,
		    0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4,
		    0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
		    0x11, 0x57 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0x7f },
		{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0x7f },
	};
	static const uint8_t zeros[32];

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(points); i++) {
		for (size_t a = 0; a < PO_ARRAY_LEN(ecdh_algs); a++) {
			const struct seal how = { .to = forge_key("X25519"),
				.alg = ecdh_algs[a],
				.enc = "A128GCM",
				.agreed = zeros,
				.agreed_len = sizeof(zeros),
				.epk = forge_text("{\"kty\":\"OKP\",\"crv\":"
						  "\"X25519\",\"x\":\"%s\"}",
				    forge_b64(points[i], sizeof(points[i]))) };

			assert_one_answer(our("X25519"), seal_token(&how));
		}
	}
}

/* The MAC is right: only who knows the key could learn from the padding. */
static void
wrong_padding_is_the_one_answer(void **state)
{
	static const struct {
		uint8_t last; /* byte of the plaintext, behind 31 "a" */
		bool good;
	} rows[] = { { 0x01, true }, { 0x00, false }, { 0x02, false },
		{ 0x10, false }, { 0x11, false }, { 0x20, false },
		{ 'a', false }, { 0xff, false } };

	(void)state;
	for (size_t e = 3; e < PO_ARRAY_LEN(encs); e++) {
		for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
			char text[32];
			const struct seal how = { .to = forge_key("P-256"),
				.alg = "ECDH-ES+A192KW",
				.enc = encs[e],
				.plaintext = text,
				.plaintext_len = sizeof(text),
				.raw_padding = true };
			const char *token;

			memset(text, 'a', sizeof(text));
			text[31] = (char)rows[i].last;
			token = seal_token(&how);
			if (rows[i].good)
				assert_decrypts(our("P-256"), token, text, 31);
			else
				assert_one_answer(our("P-256"), token);
		}
	}
}

/* Parts of two tokens to one key, made alike, do not go together. */
static void
parts_of_two_tokens_do_not_mix(void **state)
{
	const char *const names[] = { "RSA-2048", "P-256", "X25519" };
	const char *const algs[] = { "RSA-OAEP-256", "ECDH-ES+A256KW",
		"ECDH-ES+A256KW" };

	(void)state;
	for (size_t k = 0; k < PO_ARRAY_LEN(names); k++) {
		for (size_t e = 0; e < PO_ARRAY_LEN(encs); e++) {
			const struct seal how = { .to = forge_key(names[k]),
				.alg = algs[k],
				.enc = encs[e] };
			const char *token = seal_token(&how);
			struct seal_parts other = seal_split(seal_token(&how));

			for (unsigned i = 0; i < 5; i++)
				if (strcmp(seal_split(token).text[i],
					other.text[i]) != 0)
					assert_one_answer(our(names[k]),
					    seal_replace(
						token, i, other.text[i]));
		}
	}
}

/* The header is covered as it came, not as it reads. */
static void
the_header_is_authenticated_byte_for_byte(void **state)
{
	const struct seal how = { .to = forge_key("RSA-2048"),
		.alg = "RSA-OAEP",
		.enc = "A128CBC-HS256" };
	const char *token = seal_token(&how);
	static const char *const same[] = {
		"{\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC-HS256\" }",
		"{\"enc\":\"A128CBC-HS256\",\"alg\":\"RSA-OAEP\"}",
		"{\"alg\":\"RSA\\u002dOAEP\",\"enc\":\"A128CBC-HS256\"}",
		"{\"alg\":\"RSA-OAEP\",\"enc\":\"A128CBC-HS256\",\"x\":1}",
		"{\"alg\":\"RSA-OAEP\",\"enc\":\"A128GCM\"}",
		"{\"alg\":\"RSA-OAEP\",\"enc\":\"A192CBC-HS384\"}",
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(same); i++)
		assert_one_answer(our("RSA-2048"),
		    seal_replace_bytes(token, 0, same[i], strlen(same[i])));
	assert_decrypts(our("RSA-2048"), token, "hello", 5);
}

/* Every bit of every part; the header's may be refused for what it says. */
static void
a_flipped_bit_anywhere_is_refused(void **state)
{
	const struct seal hows[] = {
		{ .to = forge_key("RSA-2048"),
		    .alg = "RSA-OAEP",
		    .enc = "A128GCM" },
		{ .to = forge_key("P-256"),
		    .alg = "ECDH-ES+A128KW",
		    .enc = "A256CBC-HS512" },
		{ .to = forge_key("X25519"),
		    .alg = "ECDH-ES",
		    .enc = "A256GCM" },
	};
	const char *const names[] = { "RSA-2048", "P-256", "X25519" };

	(void)state;
	for (size_t k = 0; k < PO_ARRAY_LEN(hows); k++) {
		const char *token = seal_token(&hows[k]);
		struct seal_parts parts = seal_split(token);

		for (unsigned i = 0; i < 5; i++) {
			size_t len = 0;
			uint8_t *bytes = seal_decode(parts.text[i], &len);

			for (size_t bit = 0; bit < 8 * len; bit++) {
				AUTO(po_buf_clear)
				struct po_buf out = PO_BUF_INIT(1024);
				const char *changed;

				bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
				changed =
				    seal_replace_bytes(token, i, bytes, len);
				bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
				if (i > 0)
					assert_one_answer(
					    our(names[k]), changed);
				else
					assert_int_not_equal(
					    PO_OK, decrypt(our(names[k]),
						       changed, &out, NULL));
			}
		}
		assert_decrypts(our(names[k]), token, "hello", 5);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_rfcs_decrypt),
		cmocka_unit_test(what_we_leave_out_of_the_rfcs_is_named),
		cmocka_unit_test(tokens_of_another_implementation_decrypt),
		cmocka_unit_test(every_alg_key_and_enc_decrypts),
		cmocka_unit_test(plaintext_of_any_length_decrypts),
		cmocka_unit_test(parties_are_hashed),
		cmocka_unit_test(other_header_members_are_let_be),
		cmocka_unit_test(plaintext_is_appended_or_not_at_all),
		cmocka_unit_test(five_parts_are_a_compact_jwe),
		cmocka_unit_test(parts_are_canonical_base64url),
		cmocka_unit_test(unused_bits_are_zero),
		cmocka_unit_test(
		    the_longest_token_decrypts_and_a_longer_one_does_not),
		cmocka_unit_test(headers_are_refused_with_their_reason),
		cmocka_unit_test(other_algorithms_are_refused_by_name),
		cmocka_unit_test(zip_is_refused_in_a_token_that_is_sound),
		cmocka_unit_test(parties_are_bounded),
		cmocka_unit_test(a_kid_must_be_that_of_the_key),
		cmocka_unit_test(a_key_bound_to_an_algorithm_does_no_other),
		cmocka_unit_test(a_token_for_another_key_is_the_one_answer),
		cmocka_unit_test(lengths_are_exact),
		cmocka_unit_test(
		    a_content_key_of_another_length_is_the_one_answer),
		cmocka_unit_test(rsa_padding_is_exactly_oaep),
		cmocka_unit_test(the_key_that_stands_in_is_not_known),
		cmocka_unit_test(
		    the_key_derivation_is_exactly_that_of_rfc_7518),
		cmocka_unit_test(x25519_points_of_low_order_are_the_one_answer),
		cmocka_unit_test(wrong_padding_is_the_one_answer),
		cmocka_unit_test(parts_of_two_tokens_do_not_mix),
		cmocka_unit_test(the_header_is_authenticated_byte_for_byte),
		cmocka_unit_test(a_flipped_bit_anywhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, free_keys);
}
