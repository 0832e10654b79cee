/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_BIND_H
#define PO_MODULE_BIND_H

#include "base/message.h"

/*
 * The last condition of a login that is granted otherwise: with bind =
 * first_use the account must be the person's, or nobody's yet (binding.h).
 * `grant` is what the helper sent before its success, of type 0 if nothing;
 * it is not trusted.  PO_E_HELPER, PO_E_BOUND, PO_E_STORE.
 */
PO_MUST_USE
enum po_status po_bind_account(
    const struct po_message *grant, const char *account, struct po_err *err);

#endif
