/* SPDX-License-Identifier: BSD-2-Clause */
/* The private key that tokens are encrypted to, and what it opens: jwe.h. */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "jose/jwe_internal.h"

static const struct po_jwe_alg algs[] = {
	{ "RSA-OAEP", "SHA1", NULL, 0 },
	{ "RSA-OAEP-256", "SHA256", NULL, 0 },
	{ "ECDH-ES", NULL, NULL, 0 },
	{ "ECDH-ES+A128KW", NULL, "AES-128-WRAP", 16 },
	{ "ECDH-ES+A192KW", NULL, "AES-192-WRAP", 24 },
	{ "ECDH-ES+A256KW", NULL, "AES-256-WRAP", 32 },
};

const struct po_jwe_alg *
po_jwe_alg_find(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(algs); i++)
		if (strcmp(algs[i].name, name) == 0)
			return &algs[i];
	return NULL;
}

bool
po_jwe_key_fits(const struct po_jwe_key *key, const struct po_jwe_alg *alg)
{
	return (key->own.kty == PO_KTY_RSA) == (alg->digest != NULL);
}

enum po_status
po_jwe_key_parse(
    const void *data, size_t len, struct po_jwe_key **out, struct po_err *err)
{
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	enum po_status st;

	*out = NULL;
	if ((key = calloc(1, sizeof(*key))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = po_private_key_read(
		 data, len, PO_KEY_DECRYPTS, &key->own, err)) != PO_OK)
		return st;
	if (key->own.alg != NULL &&
	    ((key->alg = po_jwe_alg_find(key->own.alg)) == NULL ||
		!po_jwe_key_fits(key, key->alg)))
		return po_err_set(err, PO_E_SECRET,
		    "alg is not one that we decrypt with this kind of key "
		    "(RFC 7517 4.4)");
	*out = TAKE(key);
	return PO_OK;
}

void
po_jwe_key_free(struct po_jwe_key **key)
{
	if (*key == NULL)
		return;
	po_private_key_clear(&(*key)->own);
	po_freezero(*key, sizeof(**key));
	*key = NULL;
}
