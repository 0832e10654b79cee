/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is freed in this process is wiped, whoever frees it.  curl, OpenSSL and
 * json-c have copies of codes, tokens and secrets in buffers of theirs, and
 * only some of them can be told to wipe.  These two take the place of glibc's
 * in the whole process, libraries included (libc manual, "Replacing malloc"),
 * and end in glibc's own; malloc and the rest stay.  M_PERTURB would not do:
 * blocks up to 1 KiB pass it by on their way to a thread's cache.
 */

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/* exported by glibc since 2.0, for this */
void __libc_free(void *ptr);

EXPORTED void
free(void *ptr)
{
	int saved = errno; /* POSIX.1-2024: free leaves it alone */

	if (ptr != NULL)
		explicit_bzero(ptr, malloc_usable_size(ptr));
	__libc_free(ptr);
	errno = saved;
}

/* Never in place when it grows: glibc's would leave the old block as it is. */
EXPORTED void *
realloc(void *ptr, size_t size)
{
	size_t old = ptr == NULL ? 0 : malloc_usable_size(ptr);
	void *new;

	if (ptr != NULL && size == 0) {
		free(ptr);
		return NULL;
	}
	if ((new = malloc(size)) == NULL || ptr == NULL)
		return new;
	memcpy(new, ptr, old < size ? old : size);
	free(ptr);
	return new;
}
