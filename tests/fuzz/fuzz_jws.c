/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens.  Input with a line feed: the algorithm to sign with, the header,
 * the payload; we sign it, so that the fuzzer gets at the claims.  Any other
 * input is a token as it is.  What is accepted must have been signed by us,
 * as its header says, and be a token that this policy may accept.
 */

#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <string.h>

#include "../attack/forge.h"
#include "base/mem.h"
#include "fuzz.h"
#include "jose/b64url.h"
#include "jose/jws.h"
#include "jose/jwt.h"

#define NONCE "n-0S6_WzA2Mj"
#define ACCESS_TOKEN "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
#define SECRET                                                                 \
	"a client secret that is as long as the longest of our hashes, 64"

static struct po_jwks *honest, *published;

/* --- signing -------------------------------------------------------------- */

static const struct signer {
	const char *alg;
	const char *key; /* of forge_key; NULL: the client secret */
	const char *digest;
	const char *kid;
} signers[] = {
	{ "RS256", "RSA-2048", "SHA256", "rsa" },
	{ "RS384", "RSA-2048", "SHA384", "rsa" },
	{ "RS512", "RSA-2048", "SHA512", "rsa" },
	{ "PS256", "RSA-2048", "SHA256", "rsa" },
	{ "PS384", "RSA-2048", "SHA384", "rsa" },
	{ "PS512", "RSA-2048", "SHA512", "rsa" },
	{ "ES256", "P-256", "SHA256", "es256" },
	{ "ES384", "P-384", "SHA384", "es384" },
	{ "ES512", "P-521", "SHA512", "es512" },
	{ "EdDSA", "Ed25519", NULL, "ed" },
	{ "Ed25519", "Ed25519", NULL, "ed" },
	{ "HS256", NULL, "SHA256", "any" },
	{ "HS384", NULL, "SHA384", "any" },
	{ "HS512", NULL, "SHA512", "any" },
};

/* DER to r||s, RFC 7518 3.4. */
static size_t
to_raw(EVP_PKEY *key, uint8_t *signature, size_t len)
{
	size_t size = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
	const uint8_t *der = signature;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);

	require(pair != NULL);
	require(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, (int)size) > 0);
	require(BN_bn2binpad(
		    ECDSA_SIG_get0_s(pair), signature + size, (int)size) > 0);
	ECDSA_SIG_free(pair);
	return 2 * size;
}

static size_t
sign(const struct signer *signer, const struct po_buf *input,
    uint8_t signature[1024])
{
	EVP_PKEY *key = signer->key == NULL ? NULL : forge_key(signer->key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL;
	unsigned mac_len = 0;
	size_t len = 1024;

	require(ctx != NULL);
	if (key == NULL) {
		require(HMAC(EVP_get_digestbyname(signer->digest), SECRET,
			    strlen(SECRET), input->data, input->len, signature,
			    &mac_len) != NULL);
		EVP_MD_CTX_free(ctx);
		return mac_len;
	}
	require(EVP_DigestSignInit_ex(ctx, &pkey_ctx, signer->digest, NULL,
		    NULL, key, NULL) == 1);
	if (signer->alg[0] == 'P') {
		require(EVP_PKEY_CTX_set_rsa_padding(
			    pkey_ctx, RSA_PKCS1_PSS_PADDING) == 1);
		require(EVP_PKEY_CTX_set_rsa_pss_saltlen(
			    pkey_ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
	}
	require(
	    EVP_DigestSign(ctx, signature, &len, input->data, input->len) == 1);
	EVP_MD_CTX_free(ctx);
	return signer->alg[0] == 'E' && signer->digest != NULL
		   ? to_raw(key, signature, len)
		   : len;
}

/* --- what an accepted token must be --------------------------------------- */

static const char *
string_of(const struct po_json *object, const char *name)
{
	const struct po_json *member = po_json_member(object, name);

	return member == NULL ? NULL : po_json_string(member, NULL);
}

static bool
is_string(const struct po_json *object, const char *name, const char *text)
{
	const char *value = string_of(object, name);

	return value != NULL && strcmp(value, text) == 0;
}

/* A claim that may be absent, but not another one. */
static bool
is_absent_or(const struct po_json *claims, const char *name, const char *text)
{
	return po_json_member(claims, name) == NULL ||
	       is_string(claims, name, text);
}

static void
check_audience(const struct po_json *claims)
{
	const struct po_json *aud = po_json_member(claims, "aud");
	size_t len = po_json_array_len(aud);
	bool ours = false;

	for (size_t i = 0; i < len; i++) {
		const char *name =
		    po_json_string(po_json_array_at(aud, i), NULL);

		require(name != NULL);
		ours = ours || strcmp(name, FORGE_CLIENT) == 0;
	}
	require(ours || is_string(claims, "aud", FORGE_CLIENT));
	require(is_absent_or(claims, "azp", FORGE_CLIENT));
	require(len < 2 || po_json_member(claims, "azp") != NULL);
}

static int64_t
date_of(const struct po_json *claims, const char *name)
{
	const struct po_json *member = po_json_member(claims, name);
	int64_t date = -1;

	require(member != NULL && po_json_floor(member, &date));
	require(date >= 0);
	return date;
}

/* OpenID Connect Core 3.1.3.7, read once more by other eyes. */
static void
check_claims(const struct po_json *claims)
{
	int64_t exp = date_of(claims, "exp"), iat = date_of(claims, "iat");
	const char *sub = string_of(claims, "sub");

	require(is_string(claims, "iss", FORGE_ISSUER));
	require(sub != NULL && strlen(sub) >= 1 && strlen(sub) <= 255);
	check_audience(claims);
	require(exp > FORGE_NOW - PO_JWT_LEEWAY_S);
	require(iat <= FORGE_NOW + PO_JWT_LEEWAY_S);
	require(iat >= FORGE_NOW - 300 - PO_JWT_LEEWAY_S);
	require(exp - iat <= PO_JWT_LIFETIME_MAX_S);
	require(po_json_member(claims, "nbf") == NULL ||
		date_of(claims, "nbf") <= FORGE_NOW + PO_JWT_LEEWAY_S);
	require(is_absent_or(claims, "nonce", NONCE));
	/* RFC 8725 3.12: kinds of tokens that are no ID tokens */
	require(po_json_member(claims, "events") == NULL);
	require(is_absent_or(claims, "typ", "ID") ||
		strcasecmp(string_of(claims, "typ"), "ID") == 0);
	require(is_absent_or(claims, "token_use", "id") ||
		strcasecmp(string_of(claims, "token_use"), "id") == 0);
	require(!is_string(claims, "type", "access-token"));
	require(!is_string(claims, "type", "refresh-token"));
	require(!is_string(claims, "tokenType", "refresh-token"));
}

/* Core 3.1.3.7 12 and 13, with what strict_policy asks for. */
static bool
has_strong_sign_in(const struct po_json *claims)
{
	const struct po_json *auth_time = po_json_member(claims, "auth_time");
	int64_t at_s = -1;

	return (is_string(claims, "acr", "phr") ||
		   is_string(claims, "acr", "mfa")) &&
	       auth_time != NULL && po_json_floor(auth_time, &at_s) &&
	       at_s >= FORGE_NOW - 300 - 900 - PO_JWT_LEEWAY_S &&
	       at_s <= FORGE_NOW + PO_JWT_LEEWAY_S;
}

/* The header of a token that `signer` may have signed. */
static void
check_header(const struct po_json *header, const struct signer *signer)
{
	require(is_string(header, "alg", signer->alg));
	require(po_json_member(header, "crit") == NULL);
	require(po_json_member(header, "b64") == NULL);
	require(po_json_member(header, "typ") == NULL ||
		string_of(header, "typ") != NULL);
	require(string_of(header, "typ") == NULL ||
		strcasestr(string_of(header, "typ"), "jwt") != NULL);
	/* there are two keys for ES256: it must say which */
	require(strcmp(signer->alg, "ES256") != 0 ||
		is_string(header, "kid", signer->kid));
}

static void
require_same(const struct po_json *a, const struct po_json *b)
{
	AUTO(po_buf_clear) struct po_buf a_text = PO_BUF_INIT(8 * PO_JWS_MAX);
	AUTO(po_buf_clear) struct po_buf b_text = PO_BUF_INIT(8 * PO_JWS_MAX);

	po_json_print(a, &a_text);
	po_json_print(b, &b_text);
	require(strcmp(po_buf_str(&a_text), po_buf_str(&b_text)) == 0);
}

/* --- judging -------------------------------------------------------------- */

static enum po_status
judge(const struct po_buf *token, const struct po_jwks *jwks,
    const struct po_id_token_policy *policy, struct po_json **claims)
{
	struct po_err err = { 0 };
	enum po_status st = po_id_token_verify(
	    (const char *)token->data, token->len, jwks, policy, claims, &err);

	require(err.status == st && (st == PO_OK) == (*claims != NULL));
	require((st == PO_OK) == (err.text[0] == '\0'));
	return st;
}

static struct po_id_token_policy
make_policy(void)
{
	return (struct po_id_token_policy){
		.issuer = FORGE_ISSUER,
		.client_id = FORGE_CLIENT,
		.algs = PO_ALG_ASYMMETRIC | PO_ALG_HMAC,
		.client_secret = SECRET,
		.client_secret_len = strlen(SECRET),
		.nonce = NONCE,
		.access_token = ACCESS_TOKEN,
		.now_s = FORGE_NOW,
		.flow_start_s = FORGE_NOW - 300,
	};
}

/* A token that is accepted, where a strong sign-in is asked for as well. */
static void
check_strict(const struct po_buf *token, const struct po_json *claims)
{
	struct po_id_token_policy policy = make_policy();
	AUTO(po_json_free) struct po_json *again = NULL;
	enum po_status st;

	policy.acr_values = "phr mfa";
	policy.max_age_s = 900;
	st = judge(token, honest, &policy, &again);
	require((st == PO_OK) == has_strong_sign_in(claims));
	require(st == PO_OK || st == PO_E_ACR || st == PO_E_AUTH_TIME);
}

/* One character less, and one changed, which the input chooses. */
static void
check_changed(struct po_buf *token, const uint8_t *data, size_t size)
{
	static const char characters[] = "Aa0-_.=\n";
	const struct po_id_token_policy policy = make_policy();
	AUTO(po_json_free) struct po_json *claims = NULL;
	uint32_t hash = 2166136261U;
	uint8_t *place;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619U;
	token->len -= 1 + hash % 5;
	require(judge(token, honest, &policy, &claims) != PO_OK);
	token->len += 1 + hash % 5;
	place = &token->data[hash % token->len];
	hash /= 65536;
	if (*place == (uint8_t)characters[hash % 8])
		return;
	*place = (uint8_t)characters[hash % 8];
	require(judge(token, honest, &policy, &claims) != PO_OK);
}

static const struct signer *
find_signer(const char *alg)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(signers); i++)
		if (strcmp(signers[i].alg, alg) == 0)
			return &signers[i];
	return NULL;
}

static void
make_token(const struct signer *signer, const struct po_buf *header,
    const uint8_t *payload, size_t payload_len, struct po_buf *token)
{
	uint8_t signature[1024] = { 0 };
	size_t len;

	po_b64url_encode(header->data, header->len, token);
	po_buf_append_char(token, '.');
	po_b64url_encode(payload, payload_len, token);
	require(po_buf_check(token, NULL) == PO_OK);
	len = sign(signer, token, signature);
	po_buf_append_char(token, '.');
	po_b64url_encode(signature, len, token);
	require(po_buf_check(token, NULL) == PO_OK);
}

/* Bytes up to the next line feed, which *at is moved behind. */
static struct po_buf
take_line(const uint8_t **at, const uint8_t *end)
{
	size_t left = (size_t)(end - *at);
	const uint8_t *newline = memchr(*at, '\n', left);
	struct po_buf line = PO_BUF_INIT(left);

	po_buf_append(
	    &line, *at, newline == NULL ? left : (size_t)(newline - *at));
	*at = newline == NULL ? end : newline + 1;
	return line;
}

/* A token of ours, with any header and payload; true if it was accepted. */
static bool
judge_signed(const uint8_t *data, size_t size)
{
	const struct po_id_token_policy policy = make_policy();
	const uint8_t *payload = data;
	AUTO(po_buf_clear) struct po_buf alg = take_line(&payload, data + size);
	AUTO(po_buf_clear)
	struct po_buf header = take_line(&payload, data + size);
	size_t payload_len = (size_t)(data + size - payload);
	const struct signer *signer = find_signer(po_buf_str(&alg));
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(2 * size + 2048);
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_json_free) struct po_json *meant = NULL;
	AUTO(po_json_free) struct po_json *said = NULL;

	if (signer == NULL)
		return false;
	make_token(signer, &header, payload, payload_len, &token);
	if (judge(&token, honest, &policy, &claims) != PO_OK)
		return false;
	require(po_json_parse(header.data, header.len, &said, NULL) == PO_OK);
	require(po_json_parse(payload, payload_len, &meant, NULL) == PO_OK);
	check_header(said, signer);
	check_claims(claims);
	require_same(claims, meant);
	check_strict(&token, claims);
	check_changed(&token, data, size);
	return true;
}

/* Signed by the owners of the published keys, as far as anybody knows. */
static bool
is_known(const char *text, size_t size)
{
	/* RFC 7515 A.3, RFC 8037 A.4, and the latter with our kid */
	static const char *const inputs[] = {
		"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkz"
		"ODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
		"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
		"eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ."
		"RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(inputs); i++)
		if (size > strlen(inputs[i]) &&
		    memcmp(text, inputs[i], strlen(inputs[i])) == 0)
			return true;
	return false;
}

static void
judge_raw(const uint8_t *data, size_t size)
{
	const struct po_id_token_policy policy = make_policy();
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(2 * PO_JWS_MAX);
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(size);
	const char *text = (const char *)data;
	const struct po_buf *payload;

	po_buf_append(&token, data, size);
	/* nobody has signed claims of ours with the published keys */
	require(judge(&token, published, &policy, &claims) != PO_OK);
	if (po_jws_parse(text, size, PO_ALG_ASYMMETRIC, &jws, NULL) != PO_OK)
		return;
	if (po_jws_verify(jws, published, NULL, NULL) == PO_OK)
		require(is_known(text, size));
	payload = po_jws_payload(jws);
	po_buf_append_char(&again, '.');
	po_b64url_encode(payload->data, payload->len, &again);
	po_buf_append_char(&again, '.');
	require(memmem(data, size, again.data, again.len) != NULL);
}

/* The honest tokens of every algorithm are accepted, else nothing is shown. */
static void
check_honest(void)
{
	const char *claims = forge_claims(NULL);

	for (size_t i = 0; i < PO_ARRAY_LEN(signers); i++) {
		const char *text =
		    forge_text("%s\n{\"alg\":\"%s\",\"kid\":\"%s\"}\n%s",
			signers[i].alg, signers[i].alg, signers[i].kid, claims);

		require(judge_signed((const uint8_t *)text, strlen(text)));
	}
}

static void
prepare(void)
{
	/* RFC 7515 A.3 and RFC 8037 A.2 */
	static const char keys[] =
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
	    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
	    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

	const char *text;

	if (honest != NULL)
		return;
	text = forge_jwks(forge_jwk(forge_key("RSA-2048"), "\"kid\":\"rsa\""),
	    forge_jwk(forge_key("P-256"), "\"kid\":\"es256\""),
	    forge_jwk(forge_key("P-256-b"), "\"kid\":\"other\""),
	    forge_jwk(forge_key("P-384"), "\"kid\":\"es384\""),
	    forge_jwk(forge_key("P-521"), "\"kid\":\"es512\""),
	    forge_jwk(forge_key("Ed25519"), "\"kid\":\"ed\""), NULL);
	require(po_jwks_parse(text, strlen(text), &honest, NULL) == PO_OK);
	require(po_jwks_parse(keys, strlen(keys), &published, NULL) == PO_OK);
	check_honest();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	prepare();
	if (memchr(data, '\n', size) != NULL)
		(void)judge_signed(data, size);
	else
		judge_raw(data, size);
	return 0;
}
