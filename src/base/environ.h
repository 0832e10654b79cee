/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_ENVIRON_H
#define PO_BASE_ENVIRON_H

#include <stdbool.h>

#include "base/err.h"

/*
 * What claims may put into the environment of a session.  Both lists say what
 * may be, not what may not, so LD_PRELOAD, PATH, IFS, BASH_ENV and what the
 * next interpreter invents are out without being known.  The configuration
 * is held against the names when it is compiled; the module, to which the
 * helper is hostile, holds both against everything.
 */
#define PO_ENVIRON_NAME_MAX 64    /* bytes; the longest in use has 19 */
#define PO_ENVIRON_VALUE_MAX 1024 /* bytes; some thirty names of groups */

/*
 * [A-Z][A-Z0-9_]{0,63} that begins with OIDC_ or OAUTH_, or one of EMAIL,
 * DEBEMAIL, DEBFULLNAME and GIT_{AUTHOR,COMMITTER}_{NAME,EMAIL}.  Not
 * OAUTH_TOKEN_FILE, which is ours (module/keep.h).
 */
PO_MUST_USE
bool po_environ_name_allowed(const char *name);

/*
 * Letters, digits, "@.,:/+=_-'", blanks within, and what is beyond ASCII and
 * printable (text.h): nothing that a shell expands or a terminal obeys, and
 * no option ("-" in front).  At most PO_ENVIRON_VALUE_MAX bytes; may be empty.
 */
PO_MUST_USE
bool po_environ_value_allowed(const char *value);

/*
 * Calls `put` with each "NAME=value" of lines that each end in a line feed,
 * until it fails.  PO_E_HELPER for a line that the two functions above do not
 * allow, before anything is put; with `put` NULL that is all.
 */
PO_MUST_USE
enum po_status po_environ_each(const char *lines,
    enum po_status (*put)(void *arg, const char *line, struct po_err *err),
    void *arg, struct po_err *err);

#endif
