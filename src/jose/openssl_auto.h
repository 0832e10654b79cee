/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_OPENSSL_AUTO_H
#define PO_JOSE_OPENSSL_AUTO_H

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

/* OpenSSL's types for AUTO() (base/attr.h), in one place. */

#define PO_OPENSSL_AUTO(name, type, free_it)                                   \
	static inline void name(type **object)                                 \
	{                                                                      \
		free_it(*object);                                              \
		*object = NULL;                                                \
	}

PO_OPENSSL_AUTO(free_bio, BIO, BIO_free)
PO_OPENSSL_AUTO(free_bn, BIGNUM, BN_clear_free)
PO_OPENSSL_AUTO(free_bn_ctx, BN_CTX, BN_CTX_free)
PO_OPENSSL_AUTO(free_cipher, EVP_CIPHER, EVP_CIPHER_free)
PO_OPENSSL_AUTO(free_cipher_ctx, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
PO_OPENSSL_AUTO(free_ecdsa, ECDSA_SIG, ECDSA_SIG_free)
PO_OPENSSL_AUTO(free_kdf, EVP_KDF, EVP_KDF_free)
PO_OPENSSL_AUTO(free_kdf_ctx, EVP_KDF_CTX, EVP_KDF_CTX_free)
PO_OPENSSL_AUTO(free_md_ctx, EVP_MD_CTX, EVP_MD_CTX_free)
PO_OPENSSL_AUTO(free_param_bld, OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
PO_OPENSSL_AUTO(free_params, OSSL_PARAM, OSSL_PARAM_free)
PO_OPENSSL_AUTO(free_pkey, EVP_PKEY, EVP_PKEY_free)
PO_OPENSSL_AUTO(free_pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
PO_OPENSSL_AUTO(free_x509, X509, X509_free)

#undef PO_OPENSSL_AUTO

#endif
