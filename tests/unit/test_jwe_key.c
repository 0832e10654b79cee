/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decryption keys as files hold them: what is taken, what is not and why, and
 * that no reason quotes a key.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "../attack/forge.h"
#include "jose/jwe.h"
#include "jwe_seal.h"

/* --- making keys ---------------------------------------------------------- */

/* What `write` wrote, as text that lives on. */
static const char *
bio_text(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	const char *text = forge_text("%.*s", (int)len, data);

	BIO_free(bio);
	return text;
}

static const char *
pkcs8(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL),
	    1);
	return bio_text(bio);
}

/* PKCS #1 or SEC 1, encrypted if there is a password. */
static const char *
traditional(EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(
	    PEM_write_bio_PrivateKey_traditional(bio, key,
		password == NULL ? NULL : EVP_aes_128_cbc(),
		(const unsigned char *)password,
		password == NULL ? 0 : (int)strlen(password), NULL, NULL),
	    1);
	return bio_text(bio);
}

static const char *
encrypted_pkcs8(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char password[] = "password";

	assert_int_equal(
	    PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), password,
		(int)strlen(password), NULL, NULL),
	    1);
	return bio_text(bio);
}

static const char *
public_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	return bio_text(bio);
}

static const char *
certificate(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *cert = X509_new();

	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 60));
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	X509_free(cert);
	return bio_text(bio);
}

/* A key pair that is none: the private number of one, the point of another. */
static const char *
mixed_ec_pem(void)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params;
	BIGNUM *d = NULL;
	EVP_PKEY *mixed = NULL;
	uint8_t point[65];
	size_t len = sizeof(point);
	const char *text;

	assert_int_equal(EVP_PKEY_get_bn_param(
			     forge_key("P-256"), OSSL_PKEY_PARAM_PRIV_KEY, &d),
	    1);
	assert_int_equal(
	    EVP_PKEY_get_octet_string_param(forge_key("P-256-b"),
		OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len),
	    1);
	OSSL_PARAM_BLD_push_utf8_string(
	    bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(
	    bld, OSSL_PKEY_PARAM_PUB_KEY, point, len);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d);
	params = OSSL_PARAM_BLD_to_param(bld);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(
	    EVP_PKEY_fromdata(ctx, &mixed, EVP_PKEY_KEYPAIR, params), 1);
	text = pkcs8(mixed);
	EVP_PKEY_free(mixed);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(d);
	return text;
}

/* A key of that type, as PEM; `primes` for RSA. */
static const char *
other_pem(const char *type, const char *group, unsigned primes)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;
	const char *text;

	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	if (group != NULL)
		assert_int_equal(EVP_PKEY_CTX_set_group_name(ctx, group), 1);
	if (primes != 0)
		assert_int_equal(
		    EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, (int)primes), 1);
	assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
	text = pkcs8(key);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return text;
}

/* --- parsing -------------------------------------------------------------- */

static enum po_status
parse(const char *text, struct po_jwe_key **key, struct po_err *err)
{
	enum po_status st = po_jwe_key_parse(text, strlen(text), key, err);

	assert_int_equal(err->status, st);
	assert_int_equal(st == PO_OK, *key != NULL);
	assert_int_equal(st == PO_OK, err->text[0] == '\0');
	assert_int_equal(ERR_peek_error(), 0);
	return st;
}

/* No eight characters of the file's base64 are in the message. */
static void
assert_quotes_nothing(const char *text, const char *message)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "+/-_";

	for (const char *p = text; *p != '\0'; p++) {
		/* words of ours are no secrets */
		if (strspn(p, alphabet) < 20)
			continue;
		if (strstr(message, forge_text("%.8s", p)) != NULL)
			fail_msg("\"%s\" quotes the key", message);
	}
}

static void
assert_refused(const char *text, const char *reason)
{
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	struct po_err err = { 0 };
	enum po_status st = parse(text, &key, &err);

	if (st != PO_E_SECRET || strstr(err.text, reason) == NULL)
		fail_msg("%s: %s: %s, not %s", text, po_status_name(st),
		    err.text, reason);
	assert_quotes_nothing(text, err.text);
}

/* Taken, and what is encrypted to `to` opens with it. */
static void
assert_opens(const char *text, EVP_PKEY *to)
{
	const struct seal how = { .to = to,
		.alg = EVP_PKEY_is_a(to, "RSA") ? "RSA-OAEP" : "ECDH-ES",
		.enc = "A128GCM" };
	const char *token = seal_token(&how);
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(64);
	AUTO(po_json_free) struct po_json *header = NULL;
	struct po_err err = { 0 };

	if (parse(text, &key, &err) != PO_OK)
		fail_msg("%s: %s", text, err.text);
	if (po_jwe_decrypt(token, strlen(token), key, &out, &header, &err) !=
	    PO_OK)
		fail_msg("%s: %s", text, err.text);
	assert_string_equal(po_buf_str(&out), "hello");
}

/* --- PEM ------------------------------------------------------------------ */

static const char *const kinds[] = { "RSA-2048", "RSA-e3", "P-256", "P-384",
	"P-521", "X25519" };

static void
pem_of_every_kind_opens(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++)
		assert_opens(pkcs8(forge_key(kinds[i])), forge_key(kinds[i]));
	assert_opens(
	    traditional(forge_key("RSA-2048"), NULL), forge_key("RSA-2048"));
	assert_opens(traditional(forge_key("P-384"), NULL), forge_key("P-384"));
}

static void
what_surrounds_a_pem_key_does_not_matter(void **state)
{
	EVP_PKEY *key = forge_key("P-256");
	const char *pem = pkcs8(key);
	/* openssl ecparam -genkey: prime256v1 */
	static const char parameters[] = "-----BEGIN EC PARAMETERS-----\n"
					 "BggqhkjOPQMBBw==\n"
					 "-----END EC PARAMETERS-----\n";
	AUTO(po_buf_clear) struct po_buf crlf = PO_BUF_INIT(4096);

	(void)state;
	assert_opens(forge_text("\n\n# a comment\n%s\n\nend\n", pem), key);
	assert_opens(forge_text("%s%s", parameters, pem), key);
	assert_opens(
	    forge_text("%s%s", parameters, traditional(key, NULL)), key);
	assert_opens(forge_text("%s%s", certificate(key), pem), key);
	assert_opens(forge_text("%s%s", pem, public_pem(key)), key);
	/* without the last line feed, and with those of another system */
	assert_opens(forge_text("%.*s", (int)strlen(pem) - 1, pem), key);
	for (const char *p = pem; *p != '\0'; p++) {
		if (*p == '\n')
			po_buf_append_char(&crlf, '\r');
		po_buf_append_char(&crlf, *p);
	}
	assert_opens(po_buf_str(&crlf), key);
}

static void
nothing_is_decrypted_and_nobody_is_asked(void **state)
{
	static const char encrypted[] = "the private key is encrypted";
	const char *pem = encrypted_pkcs8(forge_key("P-256"));
	AUTO(po_buf_clear) struct po_buf lie = PO_BUF_INIT(4096);

	(void)state;
	assert_refused(pem, encrypted);
	assert_refused(encrypted_pkcs8(forge_key("RSA-2048")), encrypted);
	assert_refused(
	    traditional(forge_key("RSA-2048"), "password"), encrypted);
	assert_refused(traditional(forge_key("P-256"), "password"), encrypted);
	/* encrypted, but the label says it is not */
	for (const char *p = pem; *p != '\0'; p++) {
		if (strncmp(p, "ENCRYPTED ", 10) == 0)
			p += 10;
		po_buf_append_char(&lie, *p);
	}
	assert_refused(
	    po_buf_str(&lie), "a private key that OpenSSL cannot read");
}

static void
a_file_without_a_private_key_is_refused(void **state)
{
	static const char none[] = "no private key in it";
	const char *pem = pkcs8(forge_key("P-256"));

	(void)state;
	assert_refused("", "an empty file");
	assert_refused(" \n\t\r\n", none);
	assert_refused("hello\n", none);
	assert_refused("[{\"kty\":\"EC\"}]", none);
	assert_refused(certificate(forge_key("P-256")), none);
	assert_refused(public_pem(forge_key("RSA-2048")), none);
	/* a key that is cut short, or damaged */
	for (size_t len = 0; len < strlen(pem) - 2; len++) {
		AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
		struct po_err err = { 0 };

		assert_reason(PO_E_SECRET,
		    parse(forge_text("%.*s", (int)len, pem), &key, &err));
	}
	assert_refused("-----BEGIN PRIVATE KEY-----\n"
		       "!!!!\n"
		       "-----END PRIVATE KEY-----\n",
	    "malformed PEM");
	assert_refused("-----BEGIN PRIVATE KEY-----\n"
		       "AAAA\n"
		       "-----END PRIVATE KEY-----\n",
	    "a private key that OpenSSL cannot read");
	assert_refused("-----BEGIN PRIVATE KEY-----\n"
		       "AAAA\n"
		       "-----END PUBLIC KEY-----\n",
	    "malformed PEM");
	/* the public half under a private label */
	assert_refused(
	    "-----BEGIN PRIVATE KEY-----\n"
	    "MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066Spjqqb"
	    "Tmo=\n"
	    "-----END PRIVATE KEY-----\n",
	    "a private key that OpenSSL cannot read");
}

static void
two_private_keys_are_one_too_many(void **state)
{
	static const char many[] = "more than one private key";
	const char *a = pkcs8(forge_key("P-256")),
		   *b = pkcs8(forge_key("X25519"));

	(void)state;
	assert_refused(forge_text("%s%s", a, b), many);
	assert_refused(forge_text("%s%s", a, a), many);
	assert_refused(
	    forge_text("%s%s%s", a, certificate(forge_key("P-256")), b), many);
	assert_refused(
	    forge_text("%s%s", a, encrypted_pkcs8(forge_key("P-256"))),
	    "is encrypted");
	assert_refused(
	    forge_text("%s-----BEGIN PRIVATE KEY-----\nAAA", a), "malformed");
}

static void
keys_of_other_kinds_are_refused(void **state)
{
	static const char other[] =
	    "neither RSA nor on P-256, P-384, P-521 or X25519";

	(void)state;
	assert_refused(pkcs8(forge_key("Ed25519")), other);
	assert_refused(pkcs8(forge_key("Ed448")), other);
	assert_refused(pkcs8(forge_key("secp256k1")), other);
	assert_refused(other_pem("X448", NULL, 0), other);
	assert_refused(other_pem("EC", "P-224", 0), other);
	assert_refused(other_pem("EC", "brainpoolP256r1", 0), other);
	assert_refused(other_pem("RSA-PSS", NULL, 0), other);
	assert_refused(other_pem("DH", "ffdhe2048", 0), other);
	assert_refused(pkcs8(forge_key("RSA-1024")),
	    "RSA modulus of 1024 bits, not 2048 to 8192 (RFC 7518 3.3)");
	assert_refused(other_pem("RSA", NULL, 3), "more than two primes");
}

static void
a_pem_key_must_match_itself(void **state)
{
	(void)state;
	assert_refused(
	    mixed_ec_pem(), "the private number is that of another key");
}

static void
a_file_that_is_too_long_is_refused(void **state)
{
	const char *pem = pkcs8(forge_key("P-256"));
	int blanks = PO_JWE_KEY_MAX - (int)strlen(pem);

	(void)state;
	assert_opens(
	    forge_text("%*s\n%s", blanks - 1, "", pem), forge_key("P-256"));
	assert_refused(
	    forge_text("%*s\n%s", blanks, "", pem), "longer than 32768 bytes");
}

/* --- JWK ------------------------------------------------------------------ */

static void
jwk_of_every_kind_opens(void **state)
{
	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		EVP_PKEY *key = forge_key(kinds[i]);
		const char *jwk = seal_private_jwk(key, "");

		assert_opens(jwk, key);
		assert_opens(forge_text(" \r\n\t%s\n", jwk), key);
	}
}

/* A copy without the members from `first` on, "qi" being the last. */
static const char *
cut_members(const char *jwk, const char *first)
{
	const char *at = strstr(jwk, forge_text(",\"%s\":", first));

	assert_non_null(at);
	return forge_text("%.*s}", (int)(at - jwk), jwk);
}

static void
rsa_without_its_primes_opens(void **state)
{
	static const char *const names[] = { "RSA-2048", "RSA-e3" };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		assert_opens(
		    cut_members(seal_private_jwk(forge_key(names[i]), ""), "p"),
		    forge_key(names[i]));
}

static void
members_about_the_use_must_allow_ours(void **state)
{
	static const char *const good[] = { "", "\"use\":\"enc\"",
		"\"use\":null", "\"kid\":null,\"alg\":null,\"key_ops\":null",
		"\"key_ops\":[\"deriveKey\"]", "\"key_ops\":[\"deriveBits\"]",
		"\"key_ops\":[\"encrypt\",\"decrypt\"]",
		"\"key_ops\":[7,\"unwrapKey\"]", "\"alg\":\"ECDH-ES\"",
		"\"alg\":\"ECDH-ES\",\"kid\":\"k\",\"use\":\"enc\"",
		"\"x5c\":[\"AAAA\"],\"issuer\":1,\"\":{}" };
	static const struct {
		const char *members;
		const char *reason;
	} bad[] = {
		{ "\"use\":\"sig\"", "use is not \"enc\"" },
		{ "\"use\":\"\"", "use is not \"enc\"" },
		{ "\"use\":[\"enc\"]", "member \"use\" is array" },
		{ "\"key_ops\":[]", "key_ops is not a list with" },
		{ "\"key_ops\":\"decrypt\"", "key_ops is not a list with" },
		{ "\"key_ops\":[\"sign\",\"verify\",\"encrypt\"]",
		    "key_ops is not a list with" },
		{ "\"alg\":\"ECDH-ES+A128GCMKW\"", "alg is not one" },
		{ "\"alg\":\"RSA-OAEP\"", "alg is not one" },
		{ "\"alg\":\"ES256\"", "alg is not one" },
		{ "\"alg\":\"\"", "alg is not one" },
		{ "\"alg\":1", "member \"alg\" is integer" },
		{ "\"kid\":1", "member \"kid\" is integer" },
		{ "\"oth\":[]", "more than two primes (RFC 7518 6.3.2.7)" },
	};
	EVP_PKEY *key = forge_key("P-256");
	const char *kid = forge_text("\"kid\":\"%*s\"", 256, "k");

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++)
		assert_opens(seal_private_jwk(key, good[i]), key);
	for (size_t i = 0; i < PO_ARRAY_LEN(bad); i++)
		assert_refused(
		    seal_private_jwk(key, bad[i].members), bad[i].reason);
	assert_opens(seal_private_jwk(key, kid), key);
	kid = forge_text("\"kid\":\"%*s\"", 257, "k");
	assert_refused(seal_private_jwk(key, kid), "kid of 257 bytes");
	assert_refused(
	    seal_private_jwk(forge_key("RSA-2048"), "\"alg\":\"RSA1_5\""),
	    "alg is not one");
	assert_refused(
	    seal_private_jwk(forge_key("RSA-2048"), "\"alg\":\"ECDH-ES\""),
	    "alg is not one");
}

static void
other_json_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} rows[] = {
		{ "{", "a JWK that is not JSON" },
		{ "{}", "member \"kty\" is missing" },
		{ "{\"kty\":\"EC\",\"kty\":\"EC\"}", "a JWK that is not JSON" },
		{ "{\"keys\":[]}", "member \"kty\" is missing" },
		{ "{\"kty\":null}", "member \"kty\" is null" },
		{ "{\"kty\":\"oct\",\"k\":\"c2VjcmV0IHNlY3JldCBzZWNyZXQ\"}",
		    "kty is not \"RSA\", \"EC\" or \"OKP\"" },
		{ "{\"kty\":\"EC\"}", "member \"crv\" is missing" },
		{ "{\"kty\":\"EC\",\"crv\":\"secp256k1\"}", "neither RSA nor" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-192\"}", "neither RSA nor" },
		{ "{\"kty\":\"EC\",\"crv\":\"X25519\"}", "neither RSA nor" },
		{ "{\"kty\":\"OKP\",\"crv\":\"P-256\"}", "neither RSA nor" },
		{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", "neither RSA nor" },
		{ "{\"kty\":\"OKP\",\"crv\":\"X448\"}", "neither RSA nor" },
		{ "{\"kty\":\"EC\",\"crv\":\"P-256\"}",
		    "member \"x\" is missing" },
		{ "{\"kty\":\"RSA\"}", "member \"n\" is missing" },
	};

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++)
		assert_refused(rows[i].text, rows[i].reason);
}

/* A copy with another value of a member: base64url, or JSON if it is `raw`. */
static const char *
with_member(const char *jwk, const char *name, const char *value, bool raw)
{
	const char *label = forge_text("\"%s\":\"", name);
	const char *at = strstr(jwk, label), *end;

	assert_non_null(at);
	end = strchr(at + strlen(label), '"') + 1;
	return forge_text(raw ? "%.*s\"%s\":%s%s" : "%.*s\"%s\":\"%s\"%s",
	    (int)(at - jwk), jwk, name, value, end);
}

/* The value of a member. */
static const char *
value_of(const char *jwk, const char *name)
{
	const char *label = forge_text("\"%s\":\"", name);
	const char *at = strstr(jwk, label) + strlen(label);

	return forge_text("%.*s", (int)strcspn(at, "\""), at);
}

static void
every_private_number_is_needed_and_well_formed(void **state)
{
	static const struct {
		const char *key;
		const char *members[7];
	} rows[] = { { "RSA-2048", { "d", "p", "q", "dp", "dq", "qi" } },
		{ "P-256", { "d" } }, { "P-521", { "d" } },
		{ "X25519", { "d" } } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
		const char *jwk = seal_private_jwk(forge_key(rows[i].key), "");

		for (const char *const *m = rows[i].members; *m != NULL; m++) {
			const char *value = value_of(jwk, *m);
			const char *bad =
			    forge_text("member \"%s\" is not base64url", *m);

			assert_refused(with_member(jwk, *m, "null", true),
			    forge_text("member \"%s\" is null", *m));
			assert_refused(with_member(jwk, *m, "[]", true),
			    forge_text("member \"%s\" is array", *m));
			assert_refused(with_member(jwk, *m,
					   forge_text("%s=", value), false),
			    bad);
			assert_refused(with_member(jwk, *m,
					   forge_text("%s+", value), false),
			    bad);
			assert_refused(with_member(jwk, *m,
					   forge_text("%02000d", 0), false),
			    bad);
			assert_refused(with_member(jwk, *m, "", false), "");
		}
		assert_refused(
		    cut_members(jwk, "d"), "member \"d\" is missing");
	}
	for (const char *const *m = rows[0].members + 2; *m != NULL; m++)
		assert_refused(
		    cut_members(
			seal_private_jwk(forge_key("RSA-2048"), ""), *m),
		    forge_text("member \"%s\" is missing", *m));
}

/* The base64url of a number changed by `by`, of `size` bytes (0: shortest). */
static const char *
moved(const char *value, int by, size_t size)
{
	size_t len = 0;
	uint8_t *bytes = seal_decode(value, &len), out[1024];
	BIGNUM *number = BN_bin2bn(bytes, (int)len, NULL);

	assert_int_equal(by < 0 ? BN_sub_word(number, (BN_ULONG)-by)
				: BN_add_word(number, (BN_ULONG)by),
	    1);
	if (size == 0)
		size = (size_t)BN_num_bytes(number);
	assert_true(BN_bn2binpad(number, out, (int)size) > 0);
	BN_free(number);
	return forge_b64(out, size);
}

static void
rsa_numbers_must_belong_together(void **state)
{
	static const char mixed[] = "its numbers do not belong together";
	static const char *const names[] = { "d", "p", "q", "dp", "dq", "qi" };
	const char *jwk = seal_private_jwk(forge_key("RSA-2048"), "");
	const char *other = seal_private_jwk(forge_key("RSA-2048-b"), "");

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++) {
		assert_refused(with_member(jwk, names[i],
				   value_of(other, names[i]), false),
		    mixed);
		assert_refused(with_member(jwk, names[i],
				   moved(value_of(jwk, names[i]), 2, 0), false),
		    mixed);
		assert_refused(with_member(jwk, names[i], "AQ", false), mixed);
		assert_refused(with_member(jwk, names[i], "AAEAAQ", false),
		    forge_text("member \"%s\" is empty or has leading zeros",
			names[i]));
	}
	assert_refused(
	    with_member(jwk, "n", value_of(other, "n"), false), mixed);
	assert_refused(with_member(jwk, "e", "Aw", false), mixed);
	/* p and q in each other's place, but not dp and dq */
	assert_refused(
	    with_member(with_member(jwk, "p", value_of(jwk, "q"), false), "q",
		value_of(jwk, "p"), false),
	    mixed);
	/* without the primes, too */
	jwk = cut_members(jwk, "p");
	assert_refused(
	    with_member(jwk, "d", moved(value_of(jwk, "d"), 2, 0), false),
	    mixed);
	assert_refused(
	    with_member(jwk, "d", value_of(other, "d"), false), mixed);
	assert_refused(with_member(jwk, "e", "Aw", false), mixed);
}

static void
rsa_keys_have_the_bounds_of_a_key_set(void **state)
{
	const char *jwk = seal_private_jwk(forge_key("RSA-2048"), "");
	uint8_t large[1025];

	(void)state;
	memset(large, 0xff, sizeof(large));
	assert_refused(seal_private_jwk(forge_key("RSA-1024"), ""),
	    "RSA modulus of 1024 bits");
	assert_refused(
	    with_member(jwk, "n", forge_b64(large, sizeof(large)), false),
	    "RSA modulus of 8200 bits");
	assert_refused(with_member(jwk, "e", "AQ", false), "RSA exponent");
	assert_refused(with_member(jwk, "e", "AQAC", false), "RSA exponent");
	assert_refused(
	    with_member(jwk, "n", moved(value_of(jwk, "n"), 1, 0), false),
	    "small factor");
}

static void
ec_and_x25519_numbers_must_belong_together(void **state)
{
	static const struct {
		const char *key;
		size_t size;
	} rows[] = { { "P-256", 32 }, { "P-384", 48 }, { "P-521", 66 },
		{ "X25519", 32 } };

	(void)state;
	for (size_t i = 0; i < PO_ARRAY_LEN(rows); i++) {
		size_t size = rows[i].size;
		const char *jwk = seal_private_jwk(forge_key(rows[i].key), "");
		const char *d = value_of(jwk, "d"), *x = value_of(jwk, "x");
		bool ec = strcmp(rows[i].key, "X25519") != 0;
		uint8_t zeros[67] = { 0 };

		/* 8: the low bits of an X25519 key mean nothing */
		assert_refused(with_member(jwk, "d", moved(d, 8, size), false),
		    "the private number is that of another key");
		assert_refused(
		    with_member(jwk, "d", forge_b64(zeros, size), false),
		    "the private number is that of another key");
		assert_refused(
		    with_member(jwk, "d", forge_b64(zeros, size - 1), false),
		    forge_text(" have %zu bytes", size));
		assert_refused(
		    with_member(jwk, "d", moved(d, 0, size + 1), false), "");
		assert_refused(with_member(jwk, "x", moved(x, 1, size), false),
		    ec ? "" : "that of another key");
		assert_refused(with_member(jwk, "x", "AAAA", false),
		    forge_text(" have %zu bytes", size));
	}
	/* the point of another key of the same kind */
	{
		const char *a = seal_private_jwk(forge_key("P-256"), "");
		const char *b = seal_private_jwk(forge_key("P-256-b"), "");

		assert_refused(with_member(a, "d", value_of(b, "d"), false),
		    "the private number is that of another key");
		assert_refused(
		    with_member(a, "y", value_of(b, "y"), false), "");
	}
}

/* d of the order of the group or more (FIPS 186-4 D.1.2.3) is no key. */
static void
an_ec_number_is_below_the_order(void **state)
{
	static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
		0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9,
		0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
	/* 1 is the private number of the generator, and order + 1 as well */
	static const char *const generator =
	    "{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
	    "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\","
	    "\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}";
	const char *b64 = forge_b64(order, sizeof(order));
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	struct po_err err = { 0 };

	(void)state;
	assert_reason(PO_OK, parse(generator, &key, &err));
	assert_refused(
	    with_member(generator, "d", b64, false), "of another key");
	assert_refused(with_member(generator, "d", moved(b64, 1, 32), false),
	    "of another key");
}

static void
no_key_is_freed_twice(void **state)
{
	struct po_jwe_key *key = NULL;

	(void)state;
	po_jwe_key_free(&key);
	assert_null(key);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pem_of_every_kind_opens),
		cmocka_unit_test(what_surrounds_a_pem_key_does_not_matter),
		cmocka_unit_test(nothing_is_decrypted_and_nobody_is_asked),
		cmocka_unit_test(a_file_without_a_private_key_is_refused),
		cmocka_unit_test(two_private_keys_are_one_too_many),
		cmocka_unit_test(keys_of_other_kinds_are_refused),
		cmocka_unit_test(a_pem_key_must_match_itself),
		cmocka_unit_test(a_file_that_is_too_long_is_refused),
		cmocka_unit_test(jwk_of_every_kind_opens),
		cmocka_unit_test(rsa_without_its_primes_opens),
		cmocka_unit_test(members_about_the_use_must_allow_ours),
		cmocka_unit_test(other_json_is_refused),
		cmocka_unit_test(
		    every_private_number_is_needed_and_well_formed),
		cmocka_unit_test(rsa_numbers_must_belong_together),
		cmocka_unit_test(rsa_keys_have_the_bounds_of_a_key_set),
		cmocka_unit_test(ec_and_x25519_numbers_must_belong_together),
		cmocka_unit_test(an_ec_number_is_below_the_order),
		cmocka_unit_test(no_key_is_freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, forge_free_all);
}
