/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encrypted tokens.  What the input is, its first character says:
 *
 *	H	a protected header, a line feed, the other four parts
 *	S	three digits that choose key, alg and enc, more members of the
 *		header, a line feed, the plaintext: we encrypt it
 *	K	a private JWK
 *
 * Any other input is a token as it is.  What opens must open to what was
 * encrypted, and nothing that was changed since may open.
 */

#include <string.h>

#include "../attack/forge.h"
#include "../unit/jwe_examples.h"
#include "../unit/jwe_seal.h"
#include "base/mem.h"
#include "fuzz.h"
#include "jose/b64url.h"
#include "jose/jwe_internal.h"
#include "jose/jws.h"

/* Of jwe_example_keys: RSA, P-256, X25519. */
static const unsigned used_keys[] = { 0, 1, 4 };
static struct po_jwe_key *keys[PO_ARRAY_LEN(used_keys)];

static const char *const algs[] = { "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES",
	"ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW" };
static const char *const encs[] = { "A128GCM", "A192GCM", "A256GCM",
	"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512" };

static enum po_status
decrypt(const struct po_buf *token, const struct po_jwe_key *key,
    struct po_buf *plaintext, struct po_json **header)
{
	struct po_err err = { 0 };
	enum po_status st = po_jwe_decrypt((const char *)token->data,
	    token->len, key, plaintext, header, &err);

	require(err.status == st && (st == PO_OK) == (*header != NULL));
	require((st == PO_OK) == (err.text[0] == '\0'));
	require(st == PO_OK || plaintext->len == 0);
	require(st != PO_E_INTERNAL && st != PO_E_NOMEM);
	return st;
}

static bool
is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (name != NULL && strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void
check_header(const struct po_json *header)
{
	const struct po_json *alg = po_json_member(header, "alg");
	const struct po_json *enc = po_json_member(header, "enc");

	require(po_json_type(header) == PO_JSON_OBJECT);
	require(alg != NULL && enc != NULL);
	require(is_one_of(po_json_string(alg, NULL), algs, PO_ARRAY_LEN(algs)));
	require(is_one_of(po_json_string(enc, NULL), encs, PO_ARRAY_LEN(encs)));
	require(po_json_member(header, "zip") == NULL);
	require(po_json_member(header, "crit") == NULL);
}

/* One character changed, at a place that the plaintext chooses. */
static void
check_changed(const struct po_buf *token, const struct po_jwe_key *key,
    const struct po_buf *plaintext)
{
	AUTO(po_buf_clear) struct po_buf changed = PO_BUF_INIT(token->len);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(PO_JWS_MAX);
	AUTO(po_json_free) struct po_json *header = NULL;
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < plaintext->len; i++)
		hash = (hash ^ plaintext->data[i]) * 16777619U;
	po_buf_append(&changed, token->data, token->len);
	changed.data[hash % token->len] ^= (uint8_t)(1 << hash / 65536 % 7);
	require(decrypt(&changed, key, &out, &header) != PO_OK);
}

static void
judge_token(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(size);
	unsigned opened = 0;

	po_buf_append(&token, data, size);
	for (size_t i = 0; i < PO_ARRAY_LEN(keys); i++) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(PO_JWS_MAX);
		AUTO(po_json_free) struct po_json *header = NULL;

		if (decrypt(&token, keys[i], &out, &header) != PO_OK)
			continue;
		opened++;
		require(po_jwe_is_compact((const char *)data, size));
		require(out.len < size);
		check_header(header);
		check_changed(&token, keys[i], &out);
	}
	require(opened <= 1);
}

static void
judge_header(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(2 * size + 8);

	if (end == NULL)
		return;
	po_b64url_encode(data, (size_t)(end - data), &token);
	po_buf_append_char(&token, '.');
	po_buf_append(&token, end + 1, size - (size_t)(end + 1 - data));
	require(po_buf_check(&token, NULL) == PO_OK);
	judge_token(token.data, token.len);
}

/* More parties than those that are hashed: not our token any more. */
static bool
names_parties(const struct po_buf *members)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(members->len + 2);
	AUTO(po_json_free) struct po_json *json = NULL;

	po_buf_append_char(&text, '{');
	po_buf_append_str(&text, po_buf_str(members));
	po_buf_append_char(&text, '}');
	return po_json_parse(text.data, text.len, &json, NULL) == PO_OK &&
	       (po_json_member(json, "apu") != NULL ||
		   po_json_member(json, "apv") != NULL);
}

/* A token of ours: refused for what its header says, or opened to what it is.
 */
static void
judge_sealed(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	AUTO(po_buf_clear) struct po_buf members = PO_BUF_INIT(size);
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(8 * PO_JWS_MAX);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(PO_JWS_MAX);
	AUTO(po_json_free) struct po_json *header = NULL;
	const struct po_jwe_key *key;
	struct seal how = { 0 };
	enum po_status st;

	if (end == NULL || end - data < 3 || size > PO_JWS_MAX)
		return;
	key = keys[data[0] % PO_ARRAY_LEN(keys)];
	how.to = key->own.pkey;
	how.alg = key->own.kty == PO_KTY_RSA ? algs[data[1] % 2]
					     : algs[2 + data[1] % 4];
	how.enc = encs[data[2] % PO_ARRAY_LEN(encs)];
	po_buf_append(&members, data + 3, (size_t)(end - data) - 3);
	if (members.len > 0)
		how.members = po_buf_str(&members);
	how.plaintext = end + 1;
	how.plaintext_len = size - (size_t)(end + 1 - data);
	po_buf_append_str(&token, seal_token(&how));
	(void)forge_free_all(NULL);
	st = decrypt(&token, key, &out, &header);
	require(st != PO_E_DECRYPT ||
		(key->own.kty != PO_KTY_RSA && names_parties(&members)));
	if (st != PO_OK)
		return;
	require(out.len == how.plaintext_len);
	require(memcmp(out.data, how.plaintext, out.len) == 0);
	check_header(header);
	check_changed(&token, key, &out);
}

static void
judge_key(const uint8_t *data, size_t size)
{
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	struct po_err err = { 0 };
	enum po_status st = po_jwe_key_parse(data, size, &key, &err);

	require(err.status == st && (st == PO_OK) == (key != NULL));
	require(st == PO_OK || st == PO_E_SECRET);
	if (st != PO_OK)
		return;
	require(key->own.pkey != NULL);
	require((key->own.kty == PO_KTY_RSA) == (key->own.curve == NULL));
	require(key->alg == NULL || po_jwe_key_fits(key, key->alg));
	require(key->own.kty != PO_KTY_RSA ||
		(EVP_PKEY_get_bits(key->own.pkey) >= 2048 &&
		    EVP_PKEY_get_bits(key->own.pkey) <= 8192));
}

/* The examples open, else nothing is shown. */
static void
prepare(void)
{
	unsigned opened = 0;

	if (keys[0] != NULL)
		return;
	for (size_t i = 0; i < PO_ARRAY_LEN(keys); i++) {
		const char *text = jwe_example_keys[used_keys[i]];

		require(po_jwe_key_parse(text, strlen(text), &keys[i], NULL) ==
			PO_OK);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(jwe_examples); i++) {
		AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(4096);
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);
		AUTO(po_json_free) struct po_json *header = NULL;

		po_buf_append_str(&token, jwe_examples[i].token);
		for (size_t k = 0; k < PO_ARRAY_LEN(keys); k++)
			if (used_keys[k] == jwe_examples[i].key &&
			    decrypt(&token, keys[k], &out, &header) == PO_OK)
				opened++;
	}
	require(opened == 14);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	prepare();
	if (size > 0 && data[0] == 'H')
		judge_header(data + 1, size - 1);
	else if (size > 0 && data[0] == 'S')
		judge_sealed(data + 1, size - 1);
	else if (size > 0 && data[0] == 'K')
		judge_key(data + 1, size - 1);
	else
		judge_token(data, size);
	return 0;
}
