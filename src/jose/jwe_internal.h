/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JWE_INTERNAL_H
#define PO_JOSE_JWE_INTERNAL_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "jose/alg.h"
#include "jose/jwe.h"
#include "jose/private_key.h"

/*
 * What jwe.c (the form), jwe_key.c (our key) and jwe_cek.c (the content's key)
 * share; for them alone.
 */

#define PO_JWE_CEK_MAX 64 /* bytes; A256CBC-HS512 (RFC 7518 5.2.5) */
/* Bytes of apu and of apv: a name, a nonce or a certificate's hash, and no
 * provider met sends either. */
#define PO_JWE_PARTY_MAX 1024

/* A way to the content encryption key (RFC 7518 4.1, RFC 8037 3.2). */
struct po_jwe_alg {
	const char *name;   /* as in the header, compared byte for byte */
	const char *digest; /* of RSA-OAEP; NULL: key agreement */
	const char *wrap;   /* cipher of +A*KW; NULL: what was agreed is it */
	size_t wrap_len;    /* bytes of its key */
};

/* NULL for names that are not exactly one of the table's. */
const struct po_jwe_alg *po_jwe_alg_find(const char *name);

struct po_jwe_key {
	struct po_private_key own;
	const struct po_jwe_alg *alg; /* for this one alone; NULL: any */
};

/* Whether `alg` works with keys of this kind. */
bool po_jwe_key_fits(
    const struct po_jwe_key *key, const struct po_jwe_alg *alg);

/* What a token says of its content encryption key. */
struct po_jwe_recipient {
	const struct po_jwe_alg *alg;
	const char *enc;       /* the content's algorithm, by name */
	size_t cek_len;        /* bytes that one takes */
	EVP_PKEY *epk;         /* the sender's half of an agreement, or NULL */
	struct po_buf apu;     /* RFC 7518 4.6.1.2 */
	struct po_buf apv;     /* RFC 7518 4.6.1.3 */
	struct po_buf wrapped; /* the encrypted key */
};

/* How long the encrypted key must be, exactly. */
size_t po_jwe_wrapped_len(
    const struct po_jwe_key *key, const struct po_jwe_recipient *recipient);

/*
 * The content encryption key, in cek_len bytes of `cek`; the encrypted key has
 * the length above.  Where the token does not yield one, they are random and
 * the answer is PO_OK all the same: the content's tag will then be what does
 * not match (RFC 7516 11.5).  PO_E_NOMEM, PO_E_INTERNAL: OpenSSL cannot do it
 * for any token.
 */
PO_MUST_USE
enum po_status po_jwe_recover_cek(const struct po_jwe_key *key,
    const struct po_jwe_recipient *recipient, uint8_t cek[PO_JWE_CEK_MAX]);

#endif
