/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_UNIT_DESCRIPTORS_H
#define PO_TESTS_UNIT_DESCRIPTORS_H

#include <dirent.h>

/* How many this process has open; for what must not leak.  After cmocka.h. */
static inline unsigned
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

#endif
