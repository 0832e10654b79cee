/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_SPAWN_H
#define PO_BASE_SPAWN_H

#include <signal.h>
#include <sys/types.h>

#include "base/ipc.h"

extern const char po_helper_path[];

/* A running helper and our end of its socket. */
struct po_child {
	pid_t pid; /* 0 = none */
	int pidfd;
	siginfo_t end; /* how it ended by itself, if it did */
	struct po_ipc ipc;
};

#define PO_CHILD_INIT                                                          \
	{                                                                      \
		.pid = 0, .pidfd = -1, .ipc = {.fd = -1 }                      \
	}

/*
 * Starts po_helper_path with no arguments, an empty environment, standard
 * descriptors on /dev/null, the socket as descriptor PO_HELPER_FD and no
 * other, all signals at their defaults, and those of the terminal (SIGINT,
 * SIGQUIT, SIGHUP) blocked until it looks for them.  It stays in the
 * foreground process group, so that Ctrl-C reaches it where the application
 * ignores it.  The application's terminal, where it has one, is watched: sudo
 * takes note of SIGHUP and goes on.  PO_E_HELPER names the path and the error.
 */
#define PO_HELPER_FD 3
PO_MUST_USE
enum po_status po_child_spawn(struct po_child *child, struct po_err *err);

/*
 * Cleanup handler: closes the socket, kills the helper and reaps it.  Works
 * whatever the application does with SIGCHLD: if somebody else has reaped
 * it, that is just as well.
 */
void po_child_end(struct po_child *child);

/* After that, puts in front of the message what killed the helper, if it was
 * not us: the loader, a limit, a bug. */
void po_child_blame(const struct po_child *child, struct po_err *err);

#endif
