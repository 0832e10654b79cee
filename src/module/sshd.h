/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_SSHD_H
#define PO_MODULE_SSHD_H

#include <stdbool.h>

/*
 * Does the application show PAM_TEXT_INFO at once?  All do except Cockpit and
 * sshd before OpenSSH 10.3, which keep it until the next prompt (OpenSSH
 * bz#2876).  An sshd is judged by the running binary, not by the service name:
 * PAMServiceName may be anything.  When its version cannot be read: false, for
 * a prompt is always seen.
 */
bool po_shows_info_at_once(const char *service);

/*
 * PAM_TEXT_INFO, or PAM_ERROR_MSG, as the application shows a text better.  su,
 * and sudo where it has no terminal, write the first to their standard output:
 * into a pipe's buffer until all is over, and then among what the command
 * says.  The second goes to standard error, at once; Enter would be read from
 * standard input, which may be a password's or the command's.
 */
int po_info_style(void);

#endif
