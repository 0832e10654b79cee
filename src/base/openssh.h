/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_OPENSSH_H
#define PO_BASE_OPENSSH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Which OpenSSH a binary is, and what that means for a prompt. */
struct po_openssh {
	unsigned major, minor;
};

/* The version in an sshd's bytes ("OpenSSH_9.2p1"); false if none. */
PO_MUST_USE
bool po_openssh_find(
    const void *image, size_t size, struct po_openssh *version);

/* The same of a file. */
PO_MUST_USE
bool po_openssh_read(const char *path, struct po_openssh *version);

/* Does it show PAM_TEXT_INFO at once?  Before 10.3 it keeps that until the
 * next prompt (OpenSSH bz#2876). */
PO_MUST_USE
bool po_openssh_shows_info(const struct po_openssh *version);

#endif
