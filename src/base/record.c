/* SPDX-License-Identifier: BSD-2-Clause */
/* Records are read as root in sshd and sudo: see record.h. */

#include "base/record.h"

#include <string.h>

bool
po_record_is_value(const char *text, size_t min, size_t max)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len >= min && len <= max;
}

const char *
po_record_take(char **at, const char *key, size_t min, size_t max)
{
	size_t len = strlen(key);
	char *line = *at;
	char *end = strchr(line, '\n');

	if (end == NULL || strncmp(line, key, len) != 0 || line[len] != '=')
		return NULL;
	*end = '\0';
	*at = end + 1;
	line += len + 1;
	return po_record_is_value(line, min, max) ? line : NULL;
}
