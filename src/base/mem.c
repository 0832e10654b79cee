/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that does not keep secrets.  See mem.h. */

#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
po_freezero(void *ptr, size_t size)
{
	if (ptr == NULL)
		return;
	explicit_bzero(ptr, size);
	free(ptr);
}

/*
 * A login has used 30 KiB, measured, in curl and OpenSSL.  Not more than a
 * stack limit of 64 KiB has: whoever starts su chooses that.
 */
#define STACK_WIPED ((size_t)48 * 1024)

__attribute__((noinline)) void
po_mem_wipe_stack(void)
{
	char below[STACK_WIPED];

	explicit_bzero(below, sizeof(below));
}

void
po_str_free(char **str)
{
	if (*str != NULL)
		po_freezero(*str, strlen(*str));
	*str = NULL;
}

void
po_fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

bool
po_fd_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t done = write(fd, at, len);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			at += done;
			len -= (size_t)done;
		}
	}
	return true;
}

char *
po_mem_dup(const void *data, size_t len)
{
	char *copy;

	if (len == SIZE_MAX || (copy = malloc(len + 1)) == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, data, len);
	copy[len] = '\0';
	return copy;
}

char *
po_str_dup(const char *str)
{
	return po_mem_dup(str, strlen(str));
}

bool
po_mem_equal(const void *a, size_t a_len, const void *b, size_t b_len)
{
	const unsigned char *pa = a;
	const unsigned char *pb = b;
	volatile unsigned char diff = 0;

	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		diff = (unsigned char)(diff | (pa[i] ^ pb[i]));
	return diff == 0;
}

bool
po_str_equal(const char *a, const char *b)
{
	return po_mem_equal(a, strlen(a), b, strlen(b));
}
