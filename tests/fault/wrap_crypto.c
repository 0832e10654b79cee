/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of OpenSSL.  Each fails for want of memory and because OpenSSL does
 * not want to (as under a policy), with the reason in its queue; those that
 * return numbers with 0 and with less, for only 1 is yes (CVE-2008-5077).
 */

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "fault.h"

/* Leaves behind in OpenSSL's queue what a failure of that kind does. */
static void
leave_reason(int way)
{
	if (way == 0)
		ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
	else
		ERR_raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED);
}

/* What only takes memory; in OpenSSL 3.0 some say nothing about it. */
static bool
memory_fails(const char *call)
{
	int way = FAULT(call, "nomem", "silent");

	if (way == 0)
		leave_reason(way);
	return way >= 0;
}

static bool
pointer_fails(const char *call)
{
	int way = FAULT(call, "nomem", "refused");

	if (way >= 0)
		leave_reason(way);
	return way >= 0;
}

static bool
number_fails(const char *call, int *rc)
{
	int way = FAULT(call, "nomem", "refused", "negative");

	if (way >= 0)
		leave_reason(way);
	*rc = way == 2 ? -1 : 0;
	return way >= 0;
}

#define MAKES_IF(fails, type, name, params, args)                              \
	WRAP(type, name, params)                                               \
	{                                                                      \
		if (fails(#name))                                              \
			return NULL;                                           \
		return fault_keep(#name, __real_##name args);                  \
	}

#define MAKES(type, name, params, args)                                        \
	MAKES_IF(memory_fails, type, name, params, args)
#define FINDS(type, name, params, args)                                        \
	MAKES_IF(pointer_fails, type, name, params, args)

#define FREES(type, name)                                                      \
	WRAP(void, name, (type ptr))                                           \
	{                                                                      \
		fault_drop(ptr);                                               \
		__real_##name(ptr);                                            \
	}

#define DOES(name, params, args)                                               \
	WRAP(int, name, params)                                                \
	{                                                                      \
		int rc;                                                        \
                                                                               \
		return number_fails(#name, &rc) ? rc : __real_##name args;     \
	}

/* --- numbers --- */

MAKES(BIGNUM *, BN_secure_new, (void), ())
FREES(BIGNUM *, BN_clear_free)

WRAP(BIGNUM *, BN_bin2bn, (const unsigned char *bytes, int len, BIGNUM *to))
{
	BIGNUM *number;

	if (memory_fails("BN_bin2bn"))
		return NULL;
	number = __real_BN_bin2bn(bytes, len, to);
	return to == NULL ? fault_keep("BN_bin2bn", number) : number;
}

/* -1 is its only way to fail; no prime of ours divides that */
WRAP(BN_ULONG, BN_mod_word, (const BIGNUM *number, BN_ULONG word))
{
	if (pointer_fails("BN_mod_word"))
		return (BN_ULONG)-1;
	return __real_BN_mod_word(number, word);
}

/* After one failure, BN_CTX_get(3) has no more numbers for anybody. */
static bool context_is_spent;

WRAP(BN_CTX *, BN_CTX_secure_new, (void))
{
	context_is_spent = false;
	if (memory_fails("BN_CTX_secure_new"))
		return NULL;
	return fault_keep("BN_CTX_secure_new", __real_BN_CTX_secure_new());
}

FREES(BN_CTX *, BN_CTX_free)

/* what it returns belongs to the context */
WRAP(BIGNUM *, BN_CTX_get, (BN_CTX * ctx))
{
	if (context_is_spent || memory_fails("BN_CTX_get")) {
		context_is_spent = true;
		return NULL;
	}
	return __real_BN_CTX_get(ctx);
}

DOES(BN_set_word, (BIGNUM * r, BN_ULONG word), (r, word))
DOES(BN_sub, (BIGNUM * r, const BIGNUM *a, const BIGNUM *b), (r, a, b))
DOES(BN_mul, (BIGNUM * r, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx),
    (r, a, b, ctx))
DOES(BN_div,
    (BIGNUM * quotient, BIGNUM *rest, const BIGNUM *a, const BIGNUM *b,
	BN_CTX *ctx),
    (quotient, rest, a, b, ctx))
DOES(BN_mod_mul,
    (BIGNUM * r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m,
	BN_CTX *ctx),
    (r, a, b, m, ctx))
DOES(BN_mod_exp,
    (BIGNUM * r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m,
	BN_CTX *ctx),
    (r, a, b, m, ctx))
DOES(RAND_priv_bytes, (unsigned char *bytes, int len), (bytes, len))

/* --- parameters --- */

MAKES(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_new, (void), ())
FREES(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)
DOES(OSSL_PARAM_BLD_push_BN,
    (OSSL_PARAM_BLD * builder, const char *name, const BIGNUM *number),
    (builder, name, number))
DOES(OSSL_PARAM_BLD_push_utf8_string,
    (OSSL_PARAM_BLD * builder, const char *name, const char *text, size_t size),
    (builder, name, text, size))
DOES(OSSL_PARAM_BLD_push_octet_string,
    (OSSL_PARAM_BLD * builder, const char *name, const void *data, size_t size),
    (builder, name, data, size))
MAKES(OSSL_PARAM *, OSSL_PARAM_BLD_to_param, (OSSL_PARAM_BLD * builder),
    (builder))
FREES(OSSL_PARAM *, OSSL_PARAM_free)

/* --- keys --- */

FINDS(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_name,
    (OSSL_LIB_CTX * libctx, const char *name, const char *query),
    (libctx, name, query))
FINDS(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey,
    (OSSL_LIB_CTX * libctx, EVP_PKEY *key, const char *query),
    (libctx, key, query))
FREES(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DOES(EVP_PKEY_fromdata_init, (EVP_PKEY_CTX * ctx), (ctx))
DOES(EVP_PKEY_public_check_quick, (EVP_PKEY_CTX * ctx), (ctx))
DOES(EVP_PKEY_check, (EVP_PKEY_CTX * ctx), (ctx))
DOES(EVP_PKEY_get_size, (const EVP_PKEY *key), (key))
DOES(EVP_PKEY_get_group_name,
    (const EVP_PKEY *key, char *name, size_t size, size_t *len),
    (key, name, size, len))
DOES(EVP_PKEY_get_raw_public_key,
    (const EVP_PKEY *key, unsigned char *bytes, size_t *len), (key, bytes, len))
FINDS(EVP_PKEY *, EVP_PKEY_new_raw_public_key_ex,
    (OSSL_LIB_CTX * libctx, const char *type, const char *query,
	const unsigned char *bytes, size_t len),
    (libctx, type, query, bytes, len))
FINDS(EVP_PKEY *, EVP_PKEY_new_raw_private_key_ex,
    (OSSL_LIB_CTX * libctx, const char *type, const char *query,
	const unsigned char *bytes, size_t len),
    (libctx, type, query, bytes, len))
FINDS(EVP_PKEY *, d2i_AutoPrivateKey_ex,
    (EVP_PKEY * *out, const unsigned char **bytes, long len,
	OSSL_LIB_CTX *libctx, const char *query),
    (out, bytes, len, libctx, query))
FREES(EVP_PKEY *, EVP_PKEY_free)

/* yes or no, nothing else */
WRAP(int, EVP_PKEY_is_a, (const EVP_PKEY *key, const char *name))
{
	return pointer_fails("EVP_PKEY_is_a") ? 0
					      : __real_EVP_PKEY_is_a(key, name);
}

WRAP(int, EVP_PKEY_fromdata,
    (EVP_PKEY_CTX * ctx, EVP_PKEY **out, int selection, OSSL_PARAM *params))
{
	int rc;

	if (number_fails("EVP_PKEY_fromdata", &rc))
		return rc;
	rc = __real_EVP_PKEY_fromdata(ctx, out, selection, params);
	if (rc == 1)
		(void)fault_keep("EVP_PKEY_fromdata", *out);
	return rc;
}

WRAP(int, EVP_PKEY_get_bn_param,
    (const EVP_PKEY *key, const char *name, BIGNUM **out))
{
	bool is_new = *out == NULL;
	int rc;

	if (number_fails("EVP_PKEY_get_bn_param", &rc))
		return rc;
	rc = __real_EVP_PKEY_get_bn_param(key, name, out);
	if (rc == 1 && is_new)
		(void)fault_keep("EVP_PKEY_get_bn_param", *out);
	return rc;
}

/* --- PEM --- */

MAKES(BIO *, BIO_new_mem_buf, (const void *data, int len), (data, len))

WRAP(int, BIO_free, (BIO * bio))
{
	fault_drop(bio);
	return __real_BIO_free(bio);
}

WRAP(int, PEM_read_bio_ex,
    (BIO * bio, char **name, char **header, unsigned char **data, long *len,
	unsigned flags))
{
	int rc;

	if (number_fails("PEM_read_bio_ex", &rc))
		return rc;
	rc = __real_PEM_read_bio_ex(bio, name, header, data, len, flags);
	if (rc == 1) {
		(void)fault_keep("PEM_read_bio_ex", *name);
		(void)fault_keep("PEM_read_bio_ex", *header);
		(void)fault_keep("PEM_read_bio_ex", *data);
	}
	return rc;
}

WRAP(void, CRYPTO_secure_free, (void *ptr, const char *file, int line))
{
	fault_drop(ptr);
	__real_CRYPTO_secure_free(ptr, file, line);
}

WRAP(void, CRYPTO_secure_clear_free,
    (void *ptr, size_t size, const char *file, int line))
{
	fault_drop(ptr);
	__real_CRYPTO_secure_clear_free(ptr, size, file, line);
}

/* --- certificates --- */

FINDS(X509 *, PEM_read_bio_X509,
    (BIO * bio, X509 **to, pem_password_cb *ask, void *arg),
    (bio, to, ask, arg))
FREES(X509 *, X509_free)
DOES(X509_check_private_key, (const X509 *cert, const EVP_PKEY *key),
    (cert, key))
DOES(X509_digest,
    (const X509 *cert, const EVP_MD *digest, unsigned char *hash,
	unsigned *len),
    (cert, digest, hash, len))

/* 0 is its only way to fail */
WRAP(int, X509_cmp_time, (const ASN1_TIME *when, time_t *now))
{
	return pointer_fails("X509_cmp_time") ? 0
					      : __real_X509_cmp_time(when, now);
}

/* --- digests and signatures --- */

DOES(EVP_DigestSignInit_ex,
    (EVP_MD_CTX * ctx, EVP_PKEY_CTX **pkey_ctx, const char *digest,
	OSSL_LIB_CTX *libctx, const char *query, EVP_PKEY *key,
	const OSSL_PARAM *params),
    (ctx, pkey_ctx, digest, libctx, query, key, params))
DOES(EVP_DigestSign,
    (EVP_MD_CTX * ctx, unsigned char *signature, size_t *signature_len,
	const unsigned char *data, size_t len),
    (ctx, signature, signature_len, data, len))
FINDS(ECDSA_SIG *, d2i_ECDSA_SIG,
    (ECDSA_SIG * *to, const unsigned char **der, long len), (to, der, len))
FREES(ECDSA_SIG *, ECDSA_SIG_free)
MAKES(ECDSA_SIG *, ECDSA_SIG_new, (void), ())
DOES(i2d_ECDSA_SIG, (const ECDSA_SIG *sig, unsigned char **der), (sig, der))

/* the numbers are the signature's from then on */
WRAP(int, ECDSA_SIG_set0, (ECDSA_SIG * sig, BIGNUM *r, BIGNUM *s))
{
	int rc;

	if (number_fails("ECDSA_SIG_set0", &rc))
		return rc;
	fault_drop(r);
	fault_drop(s);
	return __real_ECDSA_SIG_set0(sig, r, s);
}

DOES(BN_bn2binpad, (const BIGNUM *number, unsigned char *to, int len),
    (number, to, len))

MAKES(EVP_MD_CTX *, EVP_MD_CTX_new, (void), ())
FREES(EVP_MD_CTX *, EVP_MD_CTX_free)
DOES(EVP_MD_CTX_copy_ex, (EVP_MD_CTX * to, const EVP_MD_CTX *from), (to, from))
DOES(EVP_DigestVerifyInit_ex,
    (EVP_MD_CTX * ctx, EVP_PKEY_CTX **pkey_ctx, const char *digest,
	OSSL_LIB_CTX *libctx, const char *query, EVP_PKEY *key,
	const OSSL_PARAM *params),
    (ctx, pkey_ctx, digest, libctx, query, key, params))
DOES(EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX * ctx, int mode), (ctx, mode))
DOES(EVP_PKEY_CTX_set_rsa_mgf1_md_name,
    (EVP_PKEY_CTX * ctx, const char *digest, const char *query),
    (ctx, digest, query))
DOES(
    EVP_PKEY_CTX_set_rsa_pss_saltlen, (EVP_PKEY_CTX * ctx, int len), (ctx, len))
DOES(EVP_DigestVerify,
    (EVP_MD_CTX * ctx, const unsigned char *signature, size_t signature_len,
	const unsigned char *data, size_t len),
    (ctx, signature, signature_len, data, len))
DOES(EVP_Q_digest,
    (OSSL_LIB_CTX * libctx, const char *name, const char *query,
	const void *data, size_t len, unsigned char *hash, size_t *hash_len),
    (libctx, name, query, data, len, hash, hash_len))

/* the caller's buffer comes back */
WRAP(unsigned char *, EVP_Q_mac,
    (OSSL_LIB_CTX * libctx, const char *name, const char *query,
	const char *sub, const OSSL_PARAM *params, const void *key,
	size_t key_len, const unsigned char *data, size_t len,
	unsigned char *out, size_t size, size_t *out_len))
{
	if (pointer_fails("EVP_Q_mac"))
		return NULL;
	return __real_EVP_Q_mac(libctx, name, query, sub, params, key, key_len,
	    data, len, out, size, out_len);
}

/* --- decryption --- */

DOES(EVP_PKEY_decrypt_init, (EVP_PKEY_CTX * ctx), (ctx))
DOES(EVP_PKEY_CTX_set_rsa_oaep_md_name,
    (EVP_PKEY_CTX * ctx, const char *digest, const char *query),
    (ctx, digest, query))
DOES(EVP_PKEY_decrypt,
    (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *out_len,
	const unsigned char *data, size_t len),
    (ctx, out, out_len, data, len))
DOES(EVP_PKEY_derive_init, (EVP_PKEY_CTX * ctx), (ctx))
DOES(EVP_PKEY_derive_set_peer_ex,
    (EVP_PKEY_CTX * ctx, EVP_PKEY *peer, int validate), (ctx, peer, validate))
DOES(EVP_PKEY_derive, (EVP_PKEY_CTX * ctx, unsigned char *out, size_t *len),
    (ctx, out, len))
FINDS(EVP_KDF *, EVP_KDF_fetch,
    (OSSL_LIB_CTX * libctx, const char *name, const char *query),
    (libctx, name, query))
FREES(EVP_KDF *, EVP_KDF_free)
MAKES(EVP_KDF_CTX *, EVP_KDF_CTX_new, (EVP_KDF * kdf), (kdf))
FREES(EVP_KDF_CTX *, EVP_KDF_CTX_free)
DOES(EVP_KDF_derive,
    (EVP_KDF_CTX * ctx, unsigned char *out, size_t len,
	const OSSL_PARAM params[]),
    (ctx, out, len, params))
FINDS(EVP_CIPHER *, EVP_CIPHER_fetch,
    (OSSL_LIB_CTX * libctx, const char *name, const char *query),
    (libctx, name, query))
FREES(EVP_CIPHER *, EVP_CIPHER_free)
MAKES(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ())
FREES(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
DOES(EVP_CIPHER_CTX_ctrl,
    (EVP_CIPHER_CTX * ctx, int type, int number, void *ptr),
    (ctx, type, number, ptr))
DOES(EVP_DecryptInit_ex2,
    (EVP_CIPHER_CTX * ctx, const EVP_CIPHER *cipher, const unsigned char *key,
	const unsigned char *iv, const OSSL_PARAM params[]),
    (ctx, cipher, key, iv, params))
DOES(EVP_DecryptUpdate,
    (EVP_CIPHER_CTX * ctx, unsigned char *out, int *out_len,
	const unsigned char *data, int len),
    (ctx, out, out_len, data, len))
DOES(EVP_DecryptFinal_ex,
    (EVP_CIPHER_CTX * ctx, unsigned char *out, int *out_len),
    (ctx, out, out_len))
