/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of signature algorithms.  An algorithm that is not here cannot be
 * asked for by any token or configuration.  See alg.h.
 */

#include "jose/alg.h"

#include <string.h>

/*
 * RFC 7518 3.3 to 3.5, RFC 8037 3.1, RFC 9864 2.  The digest of Ed25519 is
 * that of its definition (RFC 8032 5.1); only at_hash uses it.
 *
 * HS256/384/512 have a key type of their own, which no key set can hold: a
 * published key can never be taken for a shared one (CVE-2016-10555 and its
 * many sisters).
 */
static const struct po_alg_info table[PO_ALG_COUNT] = {
	[PO_ALG_RS256] = { "RS256", PO_KTY_RSA, NULL, "SHA256", 0, false },
	[PO_ALG_RS384] = { "RS384", PO_KTY_RSA, NULL, "SHA384", 0, false },
	[PO_ALG_RS512] = { "RS512", PO_KTY_RSA, NULL, "SHA512", 0, false },
	[PO_ALG_PS256] = { "PS256", PO_KTY_RSA, NULL, "SHA256", 0, true },
	[PO_ALG_PS384] = { "PS384", PO_KTY_RSA, NULL, "SHA384", 0, true },
	[PO_ALG_PS512] = { "PS512", PO_KTY_RSA, NULL, "SHA512", 0, true },
	[PO_ALG_ES256] = { "ES256", PO_KTY_EC, "P-256", "SHA256", 64, false },
	[PO_ALG_ES384] = { "ES384", PO_KTY_EC, "P-384", "SHA384", 96, false },
	[PO_ALG_ES512] = { "ES512", PO_KTY_EC, "P-521", "SHA512", 132, false },
	[PO_ALG_EDDSA] = { "EdDSA", PO_KTY_OKP, "Ed25519", "SHA512", 64,
	    false },
	[PO_ALG_ED25519] = { "Ed25519", PO_KTY_OKP, "Ed25519", "SHA512", 64,
	    false },
	[PO_ALG_HS256] = { "HS256", PO_KTY_OCT, NULL, "SHA256", 32, false },
	[PO_ALG_HS384] = { "HS384", PO_KTY_OCT, NULL, "SHA384", 48, false },
	[PO_ALG_HS512] = { "HS512", PO_KTY_OCT, NULL, "SHA512", 64, false },
};

const struct po_alg_info *
po_alg_info(enum po_alg alg)
{
	return &table[alg];
}

static bool
find_bytes(const char *name, size_t len, enum po_alg *out)
{
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		if (strlen(table[i].name) == len &&
		    memcmp(table[i].name, name, len) == 0) {
			*out = (enum po_alg)i;
			return true;
		}
	}
	return false;
}

bool
po_alg_find(const char *name, enum po_alg *out)
{
	return find_bytes(name, strlen(name), out);
}

enum po_status
po_alg_set_parse(const char *names, po_alg_set *out, struct po_err *err)
{
	static const char blanks[] = " \t";
	po_alg_set set = 0;

	for (;;) {
		enum po_alg alg;
		size_t len;

		names += strspn(names, blanks);
		if (*names == '\0')
			break;
		len = strcspn(names, blanks);
		if (len == 4 && strncasecmp(names, "none", 4) == 0)
			return po_err_set(err, PO_E_CONFIG,
			    "algorithm \"none\" means no signature and is "
			    "never accepted (RFC 8725 3.2)");
		if (!find_bytes(names, len, &alg))
			return po_err_set(err, PO_E_CONFIG,
			    "unknown signature algorithm \"%.*s\"",
			    (int)(len < 32 ? len : 32), names);
		if (set & PO_ALG_BIT(alg))
			return po_err_set(err, PO_E_CONFIG,
			    "algorithm \"%s\" is named twice", table[alg].name);
		set |= PO_ALG_BIT(alg);
		names += len;
	}
	if (set == 0)
		return po_err_set(
		    err, PO_E_CONFIG, "the list of algorithms is empty");
	*out = set;
	return PO_OK;
}

enum po_status
po_alg_check_secret(po_alg_set algs, size_t len, struct po_err *err)
{
	for (unsigned i = 0; i < PO_ALG_COUNT; i++) {
		/* a MAC is as long as its hash */
		if ((algs & PO_ALG_HMAC & PO_ALG_BIT(i)) == 0 ||
		    len >= table[i].signature_len)
			continue;
		if (len == 0)
			return po_err_set(err, PO_E_CONFIG,
			    "%s is keyed with the client secret, and there is "
			    "none (OpenID Connect Core 10.1)",
			    table[i].name);
		return po_err_set(err, PO_E_CONFIG,
		    "%s needs a client secret of %u bytes, this one has %zu "
		    "(RFC 7518 3.2)",
		    table[i].name, table[i].signature_len, len);
	}
	return PO_OK;
}
