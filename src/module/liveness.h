/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_LIVENESS_H
#define PO_MODULE_LIVENESS_H

#include <sys/types.h>

#include <security/pam_modules.h>

#include "base/message.h"
#include "module/login.h"

/*
 * liveness = refresh: the word of the provider about those whom somebody else
 * has authenticated.  The records are base/liveness.h's.
 */

/*
 * Whether PAM_USER may come in: has a helper ask, keeps what the provider
 * gives, and writes the one log line.  PO_E_SKIPPED: no opinion, because
 * nobody on this host has ever signed in with liveness, or it is off, or the
 * account has no record, or the application is not root's: whoever runs it
 * decides about nobody else.
 */
PO_MUST_USE
enum po_status po_liveness_check(
    pam_handle_t *pamh, int flags, const struct po_login_args *args);

/*
 * After a sign-in: keeps the record that came with the grant, "" being none.
 * PO_E_HELPER for one that cannot be of this sign-in; one that cannot be kept
 * is a warning, for who may come in now does not hang on who may later.  `id`
 * ties it to the login in the log.
 */
PO_MUST_USE
enum po_status po_liveness_begin(pam_handle_t *pamh,
    const struct po_msg_grant *grant, const char *account, uid_t uid,
    const char *id, struct po_err *err);

#endif
