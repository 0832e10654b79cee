/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_POLICY_LOAD_H
#define PO_IO_POLICY_LOAD_H

#include "io/config.h"
#include "policy/policy.h"

/*
 * The policy of one service: what the settings say, and the map_file that
 * they name, which is read here (file.h).  A login and `pam-oauth explain`
 * both call this, so that they cannot come to decide differently.  PO_E_CONFIG
 * as po_file_read and po_policy_new have it.
 *
 * The one place where io knows policy: what reads a file cannot stand in a
 * pure layer, and helper and cli may not include each other.
 */
PO_MUST_USE
enum po_status po_policy_load(const struct po_settings *settings,
    struct po_policy **out, struct po_err *err);

#endif
