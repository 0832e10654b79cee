/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody may have meant to write: see config_options.h. */

#include <string.h>

#include "io/config_options.h"

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance; words longer than any of ours are far away. */
static size_t
distance(const char *a, const char *b)
{
	enum {
		LONGEST = 48
	};
	size_t row[LONGEST + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > LONGEST || b_len > LONGEST)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];

			row[j] = min3(row[j - 1] + 1, above + 1,
			    diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

const char *
po_option_nearest_of(const char *word, const char *const *words, size_t count)
{
	size_t len = strlen(word), least = SIZE_MAX;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t far = distance(word, words[i]);

		/* "client_secret" for client_secret_file */
		if (len > 3 && strncmp(word, words[i], len) == 0)
			far = 1;
		/* two slips of the keyboard in a word of eight, and so on */
		if (far <= 1 + len / 4 &&
		    (far < least ||
			/* sduo is no su: letters change places */
			(far == least && strlen(words[i]) == len))) {
			least = far;
			nearest = words[i];
		}
	}
	return nearest;
}

const char *
po_option_nearest(const char *name)
{
	const char *names[PO_OPTIONS_MAX];
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++)
		names[i] = options[i].name;
	return po_option_nearest_of(name, names, count);
}
