/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_IPC_H
#define PO_BASE_IPC_H

#include <stdint.h>

#include "base/message.h"

/*
 * One end of the socketpair between module and helper.  SOCK_SEQPACKET: the
 * kernel keeps messages apart, so there is no framing of ours to get wrong,
 * and no half-read message to wait for.
 *
 * Each end knows how often it lets the other say what: `allowed` counts down,
 * and what is not (or no longer) allowed ends the conversation.
 */
struct po_ipc {
	int fd;     /* -1 = none */
	int tty_fd; /* whose hang-up ends a wait; 0 = none */
	unsigned allowed[PO_MSG_TYPE_COUNT];
};

/* Cleanup handler: closes the descriptors. */
void po_ipc_close(struct po_ipc *ipc);

/*
 * Never blocks: a peer that lets its buffer run full is broken.  PO_E_HELPER
 * when it is gone or full.
 */
PO_MUST_USE
enum po_status po_ipc_send(
    struct po_ipc *ipc, const struct po_message *message, struct po_err *err);

/*
 * Waits until `deadline_ms` (po_clock_ms) for the next message; a deadline in
 * the past still takes what is already there.  PO_E_EXPIRED when none came;
 * PO_E_HELPER when the peer is gone or breaks the rules; PO_E_CANCELLED when
 * the terminal is gone.  A signal does not end the wait.  *message may be
 * cleared in every case.
 */
PO_MUST_USE
enum po_status po_ipc_receive(struct po_ipc *ipc, int64_t deadline_ms,
    struct po_message *message, struct po_err *err);

#endif
