/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_SCOPE_H
#define PO_OAUTH_SCOPE_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Was all granted that was asked for (RFC 6749 3.3, 5.1)?  `asked` and
 * `granted` are as in the request and in the token response, NULL for none;
 * GitHub has commas between scopes.  A scope also counts as granted with one
 * that contains it, in GitHub's hierarchy.  PO_E_SCOPE names what is missing.
 * An answer that does not say what was granted does not pass.
 */
PO_MUST_USE
enum po_status po_scope_check(
    const char *asked, const char *granted, struct po_err *err);

/* Does one of them, none where `scopes` is NULL, have this name? */
PO_MUST_USE
bool po_scope_has(const char *scopes, const char *name);

#endif
