/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a key set.  Every key that is usable must be the one its JWK
 * spells, sound and for us; no key hides another one; and a signature counts
 * only where its key is in the set.
 */

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#include "fuzz.h"
#include "jose/b64url.h"
#include "jose/jwk_internal.h"
#include "jose/jws.h"

/* The text of a member; NULL if absent, and then it must not be null. */
static const char *
text_of(const struct po_json *jwk, const char *name)
{
	const struct po_json *member = po_json_member(jwk, name);
	const char *text = member == NULL ? NULL : po_json_string(member, NULL);

	require((text == NULL) == (member == NULL));
	return text;
}

static void
require_spelt(const struct po_json *jwk, const char *name, const uint8_t *bytes,
    size_t len)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(2 * len + 2);

	po_b64url_encode(bytes, len, &text);
	require(strcmp(text_of(jwk, name), po_buf_str(&text)) == 0);
}

/* `size` 0: as long as it is. */
static void
require_number(const struct po_json *jwk, const char *name, EVP_PKEY *pkey,
    const char *parameter, size_t size)
{
	BIGNUM *number = NULL;
	uint8_t bytes[1024];

	require(EVP_PKEY_get_bn_param(pkey, parameter, &number) == 1);
	if (size == 0)
		size = (size_t)BN_num_bytes(number);
	require(size <= sizeof(bytes));
	require(BN_bn2binpad(number, bytes, (int)size) == (int)size);
	require_spelt(jwk, name, bytes, size);
	BN_free(number);
}

static void
check_rsa(const struct po_json *jwk, const struct po_jwk *key)
{
	BIGNUM *e = NULL;

	require(strcmp(text_of(jwk, "kty"), "RSA") == 0);
	require(EVP_PKEY_is_a(key->pkey, "RSA"));
	require(EVP_PKEY_get_bits(key->pkey) >= 2048);
	require(EVP_PKEY_get_bits(key->pkey) <= 8192);
	require_number(jwk, "n", key->pkey, OSSL_PKEY_PARAM_RSA_N, 0);
	require_number(jwk, "e", key->pkey, OSSL_PKEY_PARAM_RSA_E, 0);
	require(
	    EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1);
	require(BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= 33);
	BN_free(e);
}

static void
check_ec(const struct po_json *jwk, const struct po_jwk *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	size_t size = ((size_t)EVP_PKEY_get_bits(key->pkey) + 7) / 8;

	require(strcmp(text_of(jwk, "kty"), "EC") == 0);
	require(strcmp(text_of(jwk, "crv"), key->curve) == 0);
	require(EVP_PKEY_is_a(key->pkey, "EC"));
	require_number(jwk, "x", key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, size);
	require_number(jwk, "y", key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size);
	require(ctx != NULL && EVP_PKEY_public_check(ctx) == 1);
	EVP_PKEY_CTX_free(ctx);
}

static void
check_okp(const struct po_json *jwk, const struct po_jwk *key)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);

	require(strcmp(text_of(jwk, "kty"), "OKP") == 0);
	require(strcmp(text_of(jwk, "crv"), "Ed25519") == 0);
	require(EVP_PKEY_is_a(key->pkey, "ED25519"));
	require(EVP_PKEY_get_raw_public_key(key->pkey, raw, &len) == 1);
	require_spelt(jwk, "x", raw, len);
}

static bool
has_verify(const struct po_json *ops)
{
	for (size_t i = 0; i < po_json_array_len(ops); i++) {
		const char *op = po_json_string(po_json_array_at(ops, i), NULL);

		if (op != NULL && strcmp(op, "verify") == 0)
			return true;
	}
	return false;
}

static void
check_usable(const struct po_json *jwk, const struct po_jwk *key)
{
	const char *use = text_of(jwk, "use");
	const char *alg = text_of(jwk, "alg");
	const char *kid = text_of(jwk, "kid");
	const struct po_json *ops = po_json_member(jwk, "key_ops");

	require(key->pkey != NULL && key->ready != NULL);
	require(use == NULL || strcmp(use, "sig") == 0);
	require(ops == NULL || has_verify(ops));
	require(key->has_alg == (alg != NULL));
	require((kid == NULL) == (key->kid == NULL));
	require(kid == NULL ||
		(strcmp(kid, key->kid) == 0 && strlen(kid) <= PO_JWK_KID_MAX));
	if (key->kty == PO_KTY_RSA)
		check_rsa(jwk, key);
	else if (key->kty == PO_KTY_EC)
		check_ec(jwk, key);
	else
		check_okp(jwk, key);
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		const struct po_alg_info *info = po_alg_info((enum po_alg)i);

		/* bound to the kind of key, the curve, and the key's own alg */
		if (!po_jwk_fits_alg(key, (enum po_alg)i))
			continue;
		require(info->kty == key->kty && info->kty != PO_KTY_OCT);
		/* RFC 9864 2.2: EdDSA and Ed25519 are one algorithm */
		require(alg == NULL || key->kty == PO_KTY_OKP ||
			strcmp(alg, info->name) == 0);
		require(info->curve == NULL ||
			strcmp(info->curve, key->curve) == 0);
	}
}

static void
check_set(const struct po_jwks *jwks, const struct po_json *list)
{
	const char *why = NULL;
	size_t usable = 0;

	require(jwks->len == po_json_array_len(list));
	require(jwks->len <= PO_JWKS_KEYS_MAX);
	for (size_t i = 0; i < jwks->len; i++) {
		const struct po_jwk *key = &jwks->keys[i];

		if (key->why != NULL) {
			require(key->why[0] != '\0' && key->pkey == NULL);
			continue;
		}
		usable++;
		check_usable(po_json_array_at(list, i), key);
	}
	require(po_jwks_count(jwks) == usable);
	require(po_jwks_skipped(jwks, &why) == jwks->len - usable);
	require((why != NULL) == (usable < jwks->len));
}

/* --- signatures of known keys --------------------------------------------- */

/* RFC 7515 A.3, A.4 and RFC 8037 A.4, and what no key has signed. */
static const struct {
	const char *token;
	const char *x; /* of the key that made it; NULL: nobody did */
} known[] = {
	{ "eyJhbGciOiJSUzI1NiJ9.e30.AAAA", NULL },
	{ "eyJhbGciOiJQUzI1NiJ9.e30.AAAA", NULL },
	{ "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.e30.AAAA", NULL },
	{ "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQ"
	  "ogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWA"
	  "fUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1"
	  "Q",
	    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" },
	{ "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD"
	  "_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZ"
	  "goXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXol"
	  "LzeO_Jn",
	    "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLF"
	    "V1jSfS9tsz4qUxcWceqwQGk" },
	{ "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MG"
	  "CjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpA"
	  "r_MuM0KAg",
	    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
};

static enum po_status
verify(const char *token, const struct po_jwks *jwks, const char *issuer)
{
	AUTO(po_jws_free) struct po_jws *jws = NULL;

	require(po_jws_parse(token, strlen(token), PO_ALG_ASYMMETRIC, &jws,
		    NULL) == PO_OK);
	return po_jws_verify(jws, jwks, issuer, NULL);
}

static bool
has_usable(
    const struct po_jwks *jwks, const struct po_json *list, const char *x)
{
	for (size_t i = 0; x != NULL && i < jwks->len; i++) {
		const struct po_json *member =
		    po_json_member(po_json_array_at(list, i), "x");
		const char *text =
		    member == NULL ? NULL : po_json_string(member, NULL);

		if (jwks->keys[i].why == NULL && text != NULL &&
		    strcmp(text, x) == 0)
			return true;
	}
	return false;
}

static void
check_known(const struct po_jwks *jwks, const struct po_json *list)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(known); i++) {
		enum po_status any = verify(known[i].token, jwks, NULL);
		enum po_status ours = verify(known[i].token, jwks, "joe");

		if (any == PO_OK || ours == PO_OK)
			require(has_usable(jwks, list, known[i].x));
	}
}

/* Whatever else is in the set, our key in it verifies what it signed. */
static void
check_nothing_hidden(const struct po_json *list)
{
	/* {"alg":"EdDSA","kid":"ours"}, payload "x", by the key below */
	static const char ours[] =
	    ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ours\","
	    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
	static const char token[] =
	    "eyJhbGciOiJFZERTQSIsImtpZCI6Im91cnMifQ.eA."
	    "Xzl2H1oHK25RbDgo9ZSlPvXeA1-8N_o86X356BlG"
	    "-N6vbjsKcajHzYN9au64M97d2D18e4c8-yh1B_GoKze5BQ";
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024 * 1024);
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;

	if (po_json_array_len(list) >= PO_JWKS_KEYS_MAX)
		return;
	po_buf_append_str(&text, "{\"keys\":");
	po_json_print(list, &text);
	if (po_buf_check(&text, NULL) != PO_OK)
		return;
	/* the list's own bracket becomes our comma */
	text.len--;
	po_buf_append_str(&text, ours + (po_json_array_len(list) == 0));
	require(po_jwks_parse(text.data, text.len, &jwks, NULL) == PO_OK);
	require(verify(token, jwks, "joe") == PO_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_json_free) struct po_json *json = NULL;
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	struct po_err err = { 0 };
	enum po_status st = po_jwks_parse(data, size, &jwks, &err);
	const struct po_json *list;

	require(err.status == st && (st == PO_OK) == (jwks != NULL));
	if (st != PO_OK)
		return 0;
	require(po_json_parse(data, size, &json, NULL) == PO_OK);
	list = po_json_member(json, "keys");
	check_set(jwks, list);
	check_known(jwks, list);
	check_nothing_hidden(list);
	return 0;
}
