/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a key set, and tokens of each type of key verified with
 * whatever came out of it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jose/jwk.h"
#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RFC 7515 A.2 (cut), A.3, A.4 and RFC 8037 A.4; one with a kid. */
static const char *const tokens[] = {
	"eyJhbGciOiJSUzI1NiJ9.e30.AAAA",
	"eyJhbGciOiJQUzI1NiJ9.e30.AAAA",
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQo"
	"gImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUA"
	"qOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
	"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_U"
	"xMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD"
	"2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_J"
	"n",
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCj"
	"P0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_Mu"
	"M0KAg",
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.e30.AAAA",
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_jwks_free) struct po_jwks *jwks = NULL;
	const char *why = NULL;

	if (po_jwks_parse(data, size, &jwks, NULL) != PO_OK) {
		if (jwks != NULL)
			abort();
		return 0;
	}
	if ((po_jwks_skipped(jwks, &why) > 0) != (why != NULL) ||
	    po_jwks_count(jwks) + po_jwks_skipped(jwks, NULL) >
		PO_JWKS_KEYS_MAX)
		abort();
	for (size_t i = 0; i < PO_ARRAY_LEN(tokens); i++) {
		AUTO(po_jws_free) struct po_jws *jws = NULL;

		if (po_jws_parse(tokens[i], strlen(tokens[i]),
			PO_ALG_ASYMMETRIC, &jws, NULL) != PO_OK)
			abort();
		(void)!po_jws_verify(jws, jwks, "joe", NULL);
	}
	return 0;
}
