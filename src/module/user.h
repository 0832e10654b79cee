/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_USER_H
#define PO_MODULE_USER_H

#include <sys/types.h>

#include <security/pam_modules.h>

#include "base/message.h"

/* PAM_USER: whom the application names, or whom it gets in a kiosk. */

/* A PAM item that is a string; "" if unset. */
const char *po_user_item(pam_handle_t *pamh, int type);

/*
 * PAM_USER, which the application asks for if it is unset; *user is a new
 * string.  PO_E_CONVERSATION if it does not come.
 */
PO_MUST_USE
enum po_status po_user_ask(pam_handle_t *pamh, char **user, struct po_err *err);

/* PO_E_ACCOUNT_UNKNOWN unless NSS knows an account of exactly that name. */
PO_MUST_USE
enum po_status po_user_find(
    pam_handle_t *pamh, const char *user, uid_t *uid, struct po_err *err);

/* What an account must be to be chosen; from HELLO. */
struct po_user_choice {
	int64_t min_uid; /* 0: none may be chosen */
	char *account;   /* the only one it may be; "": any; NULL: no HELLO */
};

/*
 * May the account that the helper chose be used?  It is not believed: the
 * name must be one, and the one of `choice` if that has one (PO_E_HELPER);
 * the account must exist, and its uid be no less than min_uid and never 0.
 */
PO_MUST_USE
enum po_status po_user_check(pam_handle_t *pamh, const char *user,
    const struct po_user_choice *choice, uid_t *uid, struct po_err *err);

/*
 * Makes `user` PAM_USER.  PO_E_OTHER_PERSON if PAM_USER is set by now, and
 * then it stays: CVE-2024-9313.
 */
PO_MUST_USE
enum po_status po_user_set(
    pam_handle_t *pamh, const char *user, struct po_err *err);

/*
 * PAM_OAUTH_ISSUER, PAM_OAUTH_SUB and PAM_OAUTH_PERSON in the session's
 * environment: who uses an account that is everybody's, which is when the
 * grant has a `person`.
 */
PO_MUST_USE
enum po_status po_user_name_person(
    pam_handle_t *pamh, const struct po_message *grant, struct po_err *err);

/*
 * Takes out of the environment what an earlier login on this handle has put
 * there: who comes next may be somebody else.
 */
void po_user_forget(pam_handle_t *pamh);

/* The exports of a GRANT into the session's environment: base/environ.h. */
PO_MUST_USE
enum po_status po_user_export(
    pam_handle_t *pamh, const char *exports, struct po_err *err);

#endif
