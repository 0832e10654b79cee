/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the option table, a line an option, for tests/lint/options: section,
 * name, default, "required" or nothing, words with a blank behind each, doc;
 * with tabs between them.
 */

#include <stdio.h>

#include "io/config.h"

int
main(void)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++) {
		const struct po_option *option = &options[i];
		const char *const *word = option->words;

		printf("%s\t%s\t%s\t%s\t", option->section, option->name,
		    option->default_text == NULL ? "" : option->default_text,
		    option->required ? "required" : "");
		while (word != NULL && *word != NULL)
			printf("%s ", *word++);
		printf("\t%s\n", option->doc);
	}
	return 0;
}
