/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_BREAKGLASS_H
#define PO_CLI_BREAKGLASS_H

#include "base/err.h"

/*
 * Can somebody make use of the "ingroup NAME" among a pam_succeed_if's
 * arguments: has the group a member who, as far as the files below `root`
 * tell, has a password?  PO_E_CONFIG says what is missing; PO_OK without such
 * arguments, and for what no file tells.
 */
PO_MUST_USE
enum po_status po_breakglass_check(
    const char *root, const char *args, struct po_err *err);

#endif
