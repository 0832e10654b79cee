/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_SANDBOX_H
#define PO_IO_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"

/*
 * What the helper gives up, and when.
 *
 *   po_sandbox_begin     in main(), before anything is read
 *   po_sandbox_drop      configuration and secrets have been read; from here
 *                        on we are nobody, and may load curl and OpenSSL
 *   po_sandbox_confine   they are loaded; now comes the network
 *
 * What the kernel lacks (Landlock before Linux 5.13, its newer rights, a
 * kernel without seccomp filters) is done without, and logged.  Everything
 * else that fails is PO_E_PRIVILEGE, and the end of the login.
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
 * As root, in a process that is to run something else: becomes `pw` for good,
 * with the groups that are theirs and without capabilities.
 */
struct passwd;
PO_MUST_USE
enum po_status po_sandbox_hand_over(
    const struct passwd *pw, struct po_err *err);

struct po_sandbox_drop {
	const char *user;
	/* descriptors that stay open besides 0 to 2; -1 = none */
	const int *keep;
	size_t keep_count;
	int64_t timeout_s;    /* of the login */
	size_t file_size_max; /* bytes that a file written to may have */
};

/*
 * Closes all other descriptors, then po_sandbox_become, no capabilities,
 * no_new_privs, limits, and again what changing ids has undone.  Limits that
 * are too low already are PO_E_PRIVILEGE.
 */
PO_MUST_USE
enum po_status po_sandbox_drop(
    const struct po_sandbox_drop *drop, struct po_err *err);

struct po_sandbox {
	const char *ca_file; /* besides the system's CA certificates; or NULL */
	const char *ca_dir;  /* or NULL */
	const uint16_t *ports; /* of TCP that may be connected to */
	size_t port_count;
	int cache_dir;        /* the one directory to write to; -1: none */
	const int *listen_fd; /* the two to accept at, -1: none; or NULL */
	int report_fd;        /* where a RESULT tells of a violation */
	const char *fields;   /* of that RESULT */
	const struct po_log *log;
};

/*
 * Landlock: reading of CA certificates, the resolver's files and libraries,
 * writing in the cache, connections to `ports` and DNS, nothing else.  seccomp:
 * the system calls that are needed after this.  A call that is not among them
 * ends the process with a RESULT of PO_E_SANDBOX that names it.
 *
 * For the process, which must have one thread and does this once.
 */
PO_MUST_USE
enum po_status po_sandbox_confine(
    const struct po_sandbox *sandbox, struct po_err *err);

#endif
