/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON Web Key Sets: which keys are for us, and for what.  Keys are judged
 * once, when the set is read; only public members are ever looked at, and
 * certificates (x5c, x5u) never.  See jwk.h and jwk_internal.h.
 */

#include "jose/jwk.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "jose/jwk_internal.h"
#include "jose/openssl_auto.h"

enum po_status
po_jwk_string(const struct po_json *jwk, const char *name, const char **out,
    struct po_err *err)
{
	const struct po_json *member = po_json_member(jwk, name);

	if (member == NULL)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "member \"%s\" is missing (RFC 7518 6)", name);
	if ((*out = po_json_string(member, NULL)) == NULL)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "member \"%s\" is %s, not a string", name,
		    po_json_type_name(member));
	return PO_OK;
}

const struct po_json *
po_jwk_member(const struct po_json *jwk, const char *name)
{
	const struct po_json *member = po_json_member(jwk, name);

	return member == NULL || po_json_type(member) == PO_JSON_NULL ? NULL
								      : member;
}

enum po_status
po_jwk_find_string(const struct po_json *jwk, const char *name,
    const char **out, struct po_err *err)
{
	*out = NULL;
	if (po_jwk_member(jwk, name) == NULL)
		return PO_OK;
	return po_jwk_string(jwk, name, out, err);
}

/* The table's own text for a curve of that name and key type, or NULL. */
static const char *
find_curve(enum po_kty kty, const char *name)
{
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		const struct po_alg_info *info = po_alg_info((enum po_alg)i);

		if (info->kty == kty && strcmp(info->curve, name) == 0)
			return info->curve;
	}
	return NULL;
}

bool
po_jwk_fits_alg(const struct po_jwk *key, enum po_alg alg)
{
	const struct po_alg_info *info = po_alg_info(alg);

	/* EdDSA and Ed25519 are two names of one algorithm (RFC 9864 2.2) */
	if (key->kty != info->kty ||
	    (key->has_alg && key->alg != alg && key->kty != PO_KTY_OKP))
		return false;
	return info->curve == NULL ||
	       (key->curve != NULL && strcmp(key->curve, info->curve) == 0);
}

enum po_status
po_jwk_crypto_status(enum po_status otherwise)
{
	enum po_status status = otherwise;
	unsigned long reason;

	/* who ran out of memory stands first, and its callers behind it */
	while ((reason = ERR_get_error()) != 0)
		if (ERR_GET_REASON(reason) == ERR_R_MALLOC_FAILURE)
			status = PO_E_NOMEM;
	return status;
}

/* MGF1 with the same hash, too. */
bool
po_jwk_set_pss(EVP_PKEY_CTX *ctx, const char *digest)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest, NULL) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		   1;
}

static enum po_status
new_context(EVP_PKEY *pkey, enum po_alg alg, EVP_MD_CTX **out)
{
	const struct po_alg_info *info = po_alg_info(alg);
	/* Ed25519 takes the message itself */
	const char *digest = info->kty == PO_KTY_OKP ? NULL : info->digest;
	AUTO(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL; /* belongs to ctx */

	if (ctx == NULL) /* OpenSSL 3.0 gives no reason here */
		return PO_E_NOMEM;
	if (EVP_DigestVerifyInit_ex(
		ctx, &pkey_ctx, digest, NULL, NULL, pkey, NULL) != 1 ||
	    (info->pss && !po_jwk_set_pss(pkey_ctx, digest)))
		return po_jwk_crypto_status(PO_E_KEY_UNUSABLE);
	*out = TAKE(ctx);
	return PO_OK;
}

enum po_status
po_jwk_begin(const struct po_jwk *key, enum po_alg alg, EVP_MD_CTX **out)
{
	AUTO(free_md_ctx) EVP_MD_CTX *ctx = NULL;

	*out = NULL;
	if (alg != key->ready_alg)
		return new_context(key->pkey, alg, out);
	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return PO_E_NOMEM;
	if (EVP_MD_CTX_copy_ex(ctx, key->ready) != 1)
		return po_jwk_crypto_status(PO_E_INTERNAL);
	*out = TAKE(ctx);
	return PO_OK;
}

/* The algorithm that a key is most likely asked for. */
static enum po_alg
default_alg(const struct po_jwk *key)
{
	unsigned alg = 0; /* RS256 is the first that fits an RSA key */

	if (key->has_alg)
		return key->alg;
	while (!po_jwk_fits_alg(key, (enum po_alg)alg))
		alg++;
	return (enum po_alg)alg;
}

/* use and key_ops, if present, must allow verifying (RFC 7517 4.2, 4.3). */
static enum po_status
check_use(const struct po_json *jwk, struct po_err *err)
{
	const char *use;
	enum po_status st;

	if ((st = po_jwk_find_string(jwk, "use", &use, err)) != PO_OK)
		return st;
	if (use != NULL && strcmp(use, "sig") != 0)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "use is \"%s\", not \"sig\" (RFC 7517 4.2)", use);
	if (po_jwk_member(jwk, "key_ops") == NULL ||
	    po_json_lists(jwk, "key_ops", "verify"))
		return PO_OK;
	return po_err_set(err, PO_E_KEY_UNUSABLE,
	    "key_ops is not a list with \"verify\" (RFC 7517 4.3)");
}

/* alg, if present, must be one of ours and suit the key (RFC 7517 4.4). */
static enum po_status
read_alg(const struct po_json *jwk, struct po_jwk *key, struct po_err *err)
{
	const char *name;
	enum po_status st;

	if ((st = po_jwk_find_string(jwk, "alg", &name, err)) != PO_OK)
		return st;
	if (name == NULL)
		return PO_OK;
	if (!po_alg_find(name, &key->alg))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "alg \"%s\" is not a signature algorithm we verify", name);
	if (!po_jwk_fits_alg(key, key->alg))
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "alg \"%s\" does not suit the key type (RFC 7517 4.4)",
		    name);
	key->has_alg = true;
	return PO_OK;
}

static enum po_status
make_key(const struct po_json *jwk, struct po_jwk *key, struct po_err *err)
{
	const char *kty = "", *crv = "";
	enum po_status st;

	if ((st = po_jwk_string(jwk, "kty", &kty, err)) != PO_OK)
		return st;
	/*
	 * "oct" is not among them: a shared key in a public document is
	 * known to everybody (RFC 8725 3.5).
	 */
	if (strcmp(kty, "RSA") == 0)
		key->kty = PO_KTY_RSA;
	else if (strcmp(kty, "EC") == 0)
		key->kty = PO_KTY_EC;
	else if (strcmp(kty, "OKP") == 0)
		key->kty = PO_KTY_OKP;
	else
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "key type \"%s\" is not one we verify with", kty);
	if (key->kty != PO_KTY_RSA) {
		if ((st = po_jwk_string(jwk, "crv", &crv, err)) != PO_OK)
			return st;
		key->curve = find_curve(key->kty, crv);
		if (key->curve == NULL)
			return po_err_set(err, PO_E_KEY_UNUSABLE,
			    "curve \"%s\" is not one we verify with", crv);
	}
	if ((st = read_alg(jwk, key, err)) != PO_OK)
		return st;
	return po_jwk_make_pkey(jwk, key->kty, key->curve, &key->pkey, err);
}

/* kid is opaque: compared, shown, never used as anything else. */
static enum po_status
read_kid(const struct po_json *jwk, struct po_jwk *key, struct po_err *err)
{
	const char *kid;
	enum po_status st;

	if ((st = po_jwk_find_string(jwk, "kid", &kid, err)) != PO_OK)
		return st;
	if (kid == NULL)
		return PO_OK;
	if (strlen(kid) > PO_JWK_KID_MAX)
		return po_err_set(err, PO_E_KEY_UNUSABLE,
		    "kid of %zu bytes, more than %d", strlen(kid),
		    PO_JWK_KID_MAX);
	if ((key->kid = po_str_dup(kid)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

static enum po_status
read_key(const struct po_json *jwk, struct po_jwk *key, struct po_err *err)
{
	const char *issuer;
	enum po_status st;

	if (po_json_type(jwk) != PO_JSON_OBJECT)
		return po_err_set(err, PO_E_KEY_UNUSABLE, "%s, not an object",
		    po_json_type_name(jwk));
	/* kid first: a key that is left out is still known by its name */
	if ((st = read_kid(jwk, key, err)) != PO_OK ||
	    (st = check_use(jwk, err)) != PO_OK ||
	    (st = po_jwk_find_string(jwk, "issuer", &issuer, err)) != PO_OK)
		return st;
	if (issuer != NULL && (key->issuer = po_str_dup(issuer)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = make_key(jwk, key, err)) != PO_OK)
		return st;
	if (key->kty == PO_KTY_EC &&
	    EVP_PKEY_get_bn_param(
		key->pkey, OSSL_PKEY_PARAM_EC_ORDER, &key->order) != 1)
		return po_err_set(err, po_jwk_crypto_status(PO_E_KEY_UNUSABLE),
		    "OpenSSL does not know the order of its group");
	key->ready_alg = default_alg(key);
	st = new_context(key->pkey, key->ready_alg, &key->ready);
	if (st != PO_OK)
		return po_err_set(err, st, "OpenSSL cannot verify %s with it",
		    po_alg_info(key->ready_alg)->name);
	return PO_OK;
}

static void
clear_key(struct po_jwk *key)
{
	po_str_free(&key->kid);
	po_str_free(&key->issuer);
	po_str_free(&key->why);
	free_pkey(&key->pkey);
	free_bn(&key->order);
	free_md_ctx(&key->ready);
}

/* Adds one key, usable or not; fails only where the whole set must. */
static enum po_status
add_key(struct po_jwks *jwks, const struct po_json *jwk, struct po_err *err)
{
	struct po_jwk *key = &jwks->keys[jwks->len++];
	struct po_err why = { .status = PO_OK };
	enum po_status st;

	ERR_clear_error(); /* a reason found below is this key's */
	if ((st = read_key(jwk, key, &why)) == PO_OK) {
		jwks->usable++;
		return PO_OK;
	}
	free_pkey(&key->pkey);
	if (st == PO_E_NOMEM || (key->why = po_str_dup(why.text)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	jwks->last_why = key->why;
	return PO_OK;
}

void
po_jose_init(void)
{
	/* if it fails, the texts are loaded */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

enum po_status
po_jwks_parse(
    const void *data, size_t len, struct po_jwks **out, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *json = NULL;
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	const struct po_json *keys;
	size_t count;
	enum po_status st;

	*out = NULL;
	if ((st = po_json_parse(data, len, &json, err)) != PO_OK)
		return st;
	keys = po_json_member(json, "keys");
	if (keys == NULL || po_json_type(keys) != PO_JSON_ARRAY)
		return po_err_set(err, PO_E_DOCUMENT,
		    "not a key set: no list \"keys\" (RFC 7517 5)");
	count = po_json_array_len(keys);
	if (count > PO_JWKS_KEYS_MAX)
		return po_err_set(err, PO_E_DOCUMENT, "%zu keys, more than %d",
		    count, PO_JWKS_KEYS_MAX);
	if ((jwks = calloc(1, sizeof(*jwks))) == NULL ||
	    (jwks->keys = calloc(count + 1, sizeof(*jwks->keys))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		if ((st = add_key(jwks, po_json_array_at(keys, i), err)) !=
		    PO_OK)
			return st;
	*out = TAKE(jwks);
	return PO_OK;
}

void
po_jwks_free(struct po_jwks **jwks)
{
	if (*jwks == NULL)
		return;
	for (size_t i = 0; i < (*jwks)->len; i++)
		clear_key(&(*jwks)->keys[i]);
	free((*jwks)->keys);
	free(*jwks);
	*jwks = NULL;
}

size_t
po_jwks_count(const struct po_jwks *jwks)
{
	return jwks->usable;
}

size_t
po_jwks_skipped(const struct po_jwks *jwks, const char **why)
{
	if (why != NULL)
		*why = jwks->last_why;
	return jwks->len - jwks->usable;
}
