/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and uids of local accounts.  Pure.  See account.h. */

#include "base/account.h"

#include <stdint.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
po_account_name_valid(const char *name)
{
	size_t len = 0;

	if (!is_letter(name[0]) && name[0] != '_')
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		if (++len > PO_ACCOUNT_NAME_MAX)
			return false;
		if (!is_letter(*p) && !is_digit(*p) && *p != '_' && *p != '-' &&
		    *p != '.')
			return false;
	}
	return true;
}

enum po_status
po_account_admit(const struct po_account_limits *limits, const char *name,
    uid_t uid, bool named, struct po_err *err)
{
	/* the kernel's overflow uid and "no uid" in 16 and 32 bits */
	static const uid_t nobody[] = { 65534, 65535, (uid_t)-1 };

	if (uid == 0) {
		if (named && limits->allow_root)
			return PO_OK;
		return po_err_set(err, PO_E_ACCOUNT_ROOT,
		    "account \"%s\" has uid 0 and %s", name,
		    limits->allow_root ? "no line in map_file names it"
				       : "allow_root is no");
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(nobody); i++) {
		if (uid == nobody[i])
			return po_err_set(err, PO_E_ACCOUNT_UID,
			    "account \"%s\" has uid %ju, which is nobody's",
			    name, (uintmax_t)uid);
	}
	if (uid < limits->min_uid && !named)
		return po_err_set(err, PO_E_ACCOUNT_UID,
		    "account \"%s\" has uid %ju, below min_uid %ju, and no "
		    "line in map_file names it",
		    name, (uintmax_t)uid, (uintmax_t)limits->min_uid);
	return PO_OK;
}
