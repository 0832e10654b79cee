/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_CREDENTIALS_H
#define PO_IO_CREDENTIALS_H

#include "io/config.h"
#include "jose/jwe.h"
#include "jose/sign.h"

/*
 * What only root may read: secrets and keys that the settings name.  A login,
 * `pam-oauth check` and `pam-oauth verify` read them here, so that they cannot
 * come to take different ones.
 *
 * The one place where io knows jose, for policy_load.h's reason.
 */
struct po_credentials {
	char *client_secret;               /* NULL: none configured */
	po_alg_set algs;                   /* of ID tokens */
	struct po_jwe_key *decryption_key; /* NULL: none configured */
	struct po_sign_key *client_key;    /* NULL: none configured */
	struct po_buf key_text;            /* its file; empty: none */
	struct po_buf certificate;         /* PEM; empty: none */
};

/*
 * Those that an ID token is judged by: the first three.  HS* only with a
 * client secret that is long enough.  `out` is zeroed, and may be cleared in
 * every case; messages name the file or the option.
 */
PO_MUST_USE
enum po_status po_credentials_load_judging(const struct po_settings *settings,
    struct po_credentials *out, struct po_err *err);

/* All of them. */
PO_MUST_USE
enum po_status po_credentials_load(const struct po_settings *settings,
    struct po_credentials *out, struct po_err *err);
void po_credentials_clear(struct po_credentials *credentials);

#endif
