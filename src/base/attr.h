/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_ATTR_H
#define PO_BASE_ATTR_H

/*
 * Compiler attributes and the cleanup idiom.  No code.
 *
 * Ownership in one paragraph: a local that owns something is declared with
 * AUTO(free function) and initialised at once; an early return is the only
 * exit; TAKE(local) is the only way ownership leaves the function.
 */

#define PO_MUST_USE __attribute__((warn_unused_result))
#define PO_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define PO_UNUSED __attribute__((unused))
#define AUTO(free_fn) __attribute__((cleanup(free_fn)))

/* Hands over the value of a pointer and leaves NULL behind. */
#define TAKE(ptr)                                                              \
	__extension__({                                                        \
		__typeof__(ptr) taken_ = (ptr);                                \
		(ptr) = NULL;                                                  \
		taken_;                                                        \
	})

/* The same of a descriptor, and -1. */
#define TAKE_FD(fd)                                                            \
	__extension__({                                                        \
		int taken_ = (fd);                                             \
		(fd) = -1;                                                     \
		taken_;                                                        \
	})

#define PO_ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
