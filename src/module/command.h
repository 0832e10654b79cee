/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_COMMAND_H
#define PO_MODULE_COMMAND_H

#include <stddef.h>

/* As much of a command as a message carries: MAX_NAME of base/message.c. */
#define PO_COMMAND_SIZE 257

/*
 * What sudo was called with, in words with a blank between, ".." in the place
 * of what does not fit into `size` (of 4 at least) or cannot be read; "" for
 * any other service.  We run in sudo's process, so these are the
 * arguments that it sees; which file it runs is for sudoers to say.  Any
 * bytes: whoever typed them is who wants to be approved.
 */
void po_command_read(const char *service, char *out, size_t size);

#endif
