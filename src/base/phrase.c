/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gettext, as a guest in a process that is root: the catalogues of our own
 * directory and of no other, and no conversion.  See phrase.h.
 */

#include "base/phrase.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define DOMAIN "pam_oauth"

/*
 * glibc takes paths for names of languages and of locales, except in setuid
 * programs.  There are others with the environment of somebody else: login
 * below telnetd, a unit that an application runs in.
 */
static bool
is_path(void)
{
	static const char variable[] = "LANGUAGE=";

	for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
		if (strncmp(*entry, variable, sizeof(variable) - 1) == 0 &&
		    strchr(*entry, '/') != NULL)
			return true;
	return strchr(nl_langinfo(NL_LOCALE_NAME(LC_MESSAGES)), '/') != NULL;
}

const char *
po_phrase(const char *id)
{
	/*
	 * Labels and QR codes are UTF-8 whatever the locale is, so this is,
	 * too, or English.  With the codeset fixed OUTPUT_CHARSET has no say,
	 * and no module of iconv is loaded.
	 */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || is_path() ||
	    bindtextdomain(DOMAIN, PO_LOCALEDIR) == NULL ||
	    bind_textdomain_codeset(DOMAIN, "UTF-8") == NULL)
		return id;
	return dgettext(DOMAIN, id);
}

/* The value whose name stands at `at`, in front of a '}'; or NULL. */
static const char *
find(const char *at, const char *const *values, size_t *name_len)
{
	for (; *values != NULL; values += 2) {
		*name_len = strlen(values[0]);
		if (strncmp(at, values[0], *name_len) == 0 &&
		    at[*name_len] == '}')
			return values[1];
	}
	return NULL;
}

void
po_phrase_append(struct po_buf *out, size_t max_chars, const char *phrase,
    const char *const *values)
{
	while (*phrase != '\0') {
		const char *value = NULL;
		size_t len = 0;

		if (*phrase == '{')
			value = find(phrase + 1, values, &len);
		if (value == NULL) {
			po_buf_append_char(out, *phrase++);
			continue;
		}
		po_text_printable(out, value, strlen(value), max_chars);
		phrase += len + 2;
	}
}
