/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_ACCOUNT_H
#define PO_BASE_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * What may be a local account, and which of them may be used.  Here because
 * both processes ask: the helper before it sends anything, the module about
 * an account that the helper chose (kiosk).
 */
#define PO_ACCOUNT_NAME_MAX 32 /* bytes: useradd, utmp */

/* [A-Za-z_][A-Za-z0-9_.-]{0,31}: what may be an account at all. */
PO_MUST_USE
bool po_account_name_valid(const char *name);

struct po_account_limits {
	uid_t min_uid;
	bool allow_root;
};

/*
 * `named`: the administrator wrote this account's name down (map_file).
 * PO_E_ACCOUNT_ROOT for uid 0 unless it is named and allow_root is set;
 * PO_E_ACCOUNT_UID below min_uid unless it is named and, always, for nobody's
 * uids: 65534, 65535 and (uid_t)-1.
 */
PO_MUST_USE
enum po_status po_account_admit(const struct po_account_limits *limits,
    const char *name, uid_t uid, bool named, struct po_err *err);

#endif
