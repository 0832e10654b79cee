/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_MEM_H
#define PO_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Wipes and frees `size` bytes; NULL is allowed. */
void po_freezero(void *ptr, size_t size);

/* Wipes the stack below the caller, as deep as anybody has used it. */
void po_mem_wipe_stack(void);

/*
 * Cleanup handlers: free what *ptr holds and set it to NULL.  Strings are
 * always wiped first: telling secrets from others is not worth a mistake.
 */
void po_str_free(char **str);
void po_fd_close(int *fd); /* closes unless negative, then sets -1 */

/* False, with errno, if not all of it could be written. */
PO_MUST_USE
bool po_fd_write(int fd, const void *data, size_t len);

/* A copy of `len` bytes with a NUL behind; NULL when memory is short. */
PO_MUST_USE
char *po_mem_dup(const void *data, size_t len);
PO_MUST_USE
char *po_str_dup(const char *str);

/* Equal lengths and equal bytes, in a time that depends on lengths only. */
PO_MUST_USE
bool po_mem_equal(const void *a, size_t a_len, const void *b, size_t b_len);
/* Equal strings, byte for byte. */
PO_MUST_USE
bool po_str_equal(const char *a, const char *b);

#endif
