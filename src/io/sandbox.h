/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_SANDBOX_H
#define PO_IO_SANDBOX_H

#include "base/err.h"

/*
 * What the helper gives up, and when.  po_sandbox_begin: first thing in
 * main().  po_sandbox_drop: after configuration and secrets have been read,
 * before the first byte to or from the network.  Each failure is fatal.
 */

/*
 * Root in all its ids, if in the effective one; umask 077, no core dumps, not
 * dumpable (no ptrace, no /proc/PID/mem by others), killed when the parent
 * thread ends.
 */
PO_MUST_USE
enum po_status po_sandbox_begin(struct po_err *err);

/*
 * As root: becomes `user` for good (groups, gid, uid; read back).  Otherwise:
 * makes real, effective and saved ids the effective one.  PO_E_PRIVILEGE.
 */
PO_MUST_USE
enum po_status po_sandbox_become(const char *user, struct po_err *err);

/*
 * po_sandbox_become, then no_new_privs, limits, and again what changing ids
 * has undone.
 */
PO_MUST_USE
enum po_status po_sandbox_drop(const char *user, struct po_err *err);

#endif
