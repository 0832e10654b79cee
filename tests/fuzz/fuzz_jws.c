/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a token: parsing, key choice, signature and claims.  What is
 * accepted must be the one spelling of what it decodes to.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jose/b64url.h"
#include "jose/jws.h"
#include "jose/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The public keys of RFC 7515 A.3 and RFC 8037 A.2; tokens in the corpus. */
static const char keys[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct po_jwks *jwks; /* once: it is not what is tested */
	const struct po_id_token_policy policy = {
		.issuer = "joe",
		.client_id = "linux-login",
		.algs = PO_ALG_ASYMMETRIC,
		.nonce = "n",
		.access_token = "token",
		.now_s = 1300819000,
	};
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(2 * PO_JWS_MAX);
	const char *text = (const char *)data;
	const struct po_buf *payload;

	if (jwks == NULL &&
	    po_jwks_parse(keys, strlen(keys), &jwks, NULL) != PO_OK)
		abort();
	if (po_id_token_verify(text, size, jwks, &policy, &claims, NULL) ==
		PO_OK &&
	    claims == NULL)
		abort();
	if (po_jws_parse(text, size, PO_ALG_ASYMMETRIC, &jws, NULL) != PO_OK)
		return 0;
	(void)!po_jws_verify(jws, jwks, NULL, NULL);
	payload = po_jws_payload(jws);
	po_buf_append_char(&again, '.');
	po_b64url_encode(payload->data, payload->len, &again);
	po_buf_append_char(&again, '.');
	if (memmem(data, size, again.data, again.len) == NULL)
		abort();
	return 0;
}
