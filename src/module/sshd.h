/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_SSHD_H
#define PO_MODULE_SSHD_H

#include <stdbool.h>

/*
 * Does the application show PAM_TEXT_INFO at once?  All do except Cockpit and
 * sshd before OpenSSH 10.3, which keep it until the next prompt (OpenSSH
 * bz#2876); su, and sudo where it has no terminal, write it to their standard
 * output: into a pipe's buffer until all is over, and then among what the
 * command says.  A prompt of theirs goes to standard error.
 * An sshd is judged by the running binary, not by the service name:
 * PAMServiceName may be anything.  When its version cannot be read: false, for
 * a prompt is always seen.
 */
bool po_shows_info_at_once(const char *service);

#endif
