/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_KEEP_H
#define PO_MODULE_KEEP_H

#include <security/pam_modules.h>

#include "base/message.h"
#include "module/login.h"

/*
 * keep_token: a token that a session's user gets, from authentication to the
 * end of the session.
 *
 * sshd authenticates in one process and opens the session in another; only
 * the PAM environment comes along.  So a login leaves a record that only root
 * can read, and its name, which nobody can guess, in PAM_OAUTH_SESSION.  Users
 * have ways to set PAM variables (pam_env): a record is for its account only.
 *
 *   PO_RUNDIR           0711  root
 *   PO_RUNDIR/sessions  0700  root  ID: account, NUL, REVOKE message
 *   PO_RUNDIR/tokens    0711  root  ID (0711, root)/access_token (0600, the
 *                                   user's)
 *
 * The directories are root's to the last: nobody can plant anything where
 * root creates and removes.
 */

/*
 * After a login: the record, and PAM_OAUTH_SESSION.  PO_E_HELPER for a token
 * that cannot be one.  PO_E_STORE where the application is not root's.
 */
PO_MUST_USE
enum po_status po_keep_begin(pam_handle_t *pamh,
    const struct po_login_args *args, const char *account,
    const struct po_msg_grant *grant, struct po_err *err);

/*
 * Takes PAM_OAUTH_SESSION back, before another login on this handle: it is of
 * no use to whoever comes then, and their session would fail.
 */
void po_keep_forget(pam_handle_t *pamh);

/*
 * The token's file, and its path in OAUTH_TOKEN_FILE.  PO_OK also when there
 * is nothing to hand over: no PAM_OAUTH_SESSION, or the account is `granted`
 * (NULL: nobody; whom this very handle has authenticated) and the session
 * another's, as sudo's is.  PO_E_STORE or PO_E_OTHER_PERSON for an id that is
 * no record's or another account's.
 */
PO_MUST_USE
enum po_status po_keep_open(
    pam_handle_t *pamh, const char *granted, struct po_err *err);

/*
 * Removes file and record, and has a helper revoke the token, in 5 s or not
 * at all; that it could not is logged and no failure.  Else as po_keep_open.
 */
PO_MUST_USE
enum po_status po_keep_close(
    pam_handle_t *pamh, const char *granted, struct po_err *err);

#endif
