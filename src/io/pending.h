/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_PENDING_H
#define PO_IO_PENDING_H

#include <stdint.h>

#include "base/log.h"
#include "base/store.h"

/*
 * How many logins wait for an approval at once: max_pending of an account,
 * max_pending_total of the host.  Each login holds a lock on two bytes of one
 * empty file, one of its account's and one of the host's.  The kernel lets go
 * of them when the process ends, however it ends: there is nothing to count,
 * nothing to repair, and nobody to believe dead.
 */
struct po_pending_limits {
	int64_t account; /* 1 to PO_PENDING_ACCOUNT_MAX */
	int64_t total;   /* 1 to PO_PENDING_TOTAL_MAX */
};

#define PO_PENDING_ACCOUNT_MAX 1000
#define PO_PENDING_TOTAL_MAX 100000

/*
 * Takes a place for a login to `account` of `uid` ("" and -1: nobody is named
 * yet) in the file "pending" of the directory `dir`, made as it is needed.
 * *fd is to stay open for as long as the login waits.  PO_E_TOO_MANY says
 * which limit, PO_E_STORE what is wrong with the file.  Root's alone: for
 * others there is no limit, and *fd stays -1.
 */
PO_MUST_USE
enum po_status po_pending_take(const char *dir, const char *account,
    int64_t uid, const struct po_pending_limits *limits,
    const struct po_log *log, int *fd, struct po_err *err);

#endif
