/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_PRIVATE_KEY_H
#define PO_JOSE_PRIVATE_KEY_H

#include <openssl/evp.h>
#include <stddef.h>

#include "base/err.h"
#include "jose/alg.h"

/* Private keys of ours, for jose/ alone. */
#define PO_PRIVATE_KEY_MAX (32 * 1024) /* bytes; an RSA-8192 key has 6 KiB */

enum po_key_purpose {
	PO_KEY_DECRYPTS, /* RSA, P-256, P-384, P-521, X25519 */
	PO_KEY_SIGNS     /* RSA, P-256, P-384, P-521, Ed25519 */
};

struct po_private_key {
	EVP_PKEY *pkey;
	enum po_kty kty;
	const char *curve; /* static; NULL for RSA */
	char *kid;         /* what a JWK says; NULL: nothing */
	char *alg;         /* the same, for the caller to judge */
};

/*
 * From PEM (one unencrypted key) or a JWK (RFC 7517); `key` must be zeroed or
 * cleared, and be cleared also after a failure.  PO_E_SECRET for anything that
 * will not do, without quoting any of it.
 */
PO_MUST_USE
enum po_status po_private_key_read(const void *data, size_t len,
    enum po_key_purpose purpose, struct po_private_key *key,
    struct po_err *err);
void po_private_key_clear(struct po_private_key *key);

#endif
