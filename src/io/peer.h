/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_PEER_H
#define PO_IO_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Whose process is at the other end of a TCP connection within this host?  The
 * kernel says so in /proc/net/tcp and tcp6 (proc_pid_net(5)), which are opened
 * before the helper is confined and read after that.
 */

/* fd[1] is -1 where there is no IPv6. */
PO_MUST_USE
enum po_status po_peer_open(int fd[2], struct po_err *err);

/* False, too, when it is not to be found. */
PO_MUST_USE
bool po_peer_is(const int fd[2], int connection, uid_t uid);

#endif
