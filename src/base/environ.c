/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names and values for the environment of a session.  Must never allow what
 * a loader, a shell or an interpreter takes orders from.  See environ.h.
 */

#include "base/environ.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

bool
po_environ_name_allowed(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	static const char *const prefixes[] = { "OIDC_", "OAUTH_" };
	static const char *const names[] = { "DEBEMAIL", "DEBFULLNAME", "EMAIL",
		"GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME", "GIT_COMMITTER_EMAIL",
		"GIT_COMMITTER_NAME" };
	size_t len = strlen(name);

	if (len > PO_ENVIRON_NAME_MAX || strspn(name, letters) != len ||
	    strcmp(name, "OAUTH_TOKEN_FILE") == 0)
		return false;
	for (size_t i = 0; i < PO_ARRAY_LEN(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return len > strlen(prefixes[i]);
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool
po_environ_value_allowed(const char *value)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789@.,:/+=_-' ";
	size_t len = strlen(value);

	if (len == 0)
		return true;
	if (len > PO_ENVIRON_VALUE_MAX || value[0] == '-' || value[0] == ' ' ||
	    value[len - 1] == ' ')
		return false;
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x80 && strchr(allowed, *p) == NULL)
			return false;
	return po_text_is_printable(value, len);
}

/* "NAME=value", and both allowed?  Splits `line` in place, and mends it. */
static bool
line_allowed(char *line)
{
	char *equals = strchr(line, '=');
	bool allowed;

	if (equals == NULL)
		return false;
	*equals = '\0';
	allowed = po_environ_name_allowed(line) &&
		  po_environ_value_allowed(equals + 1);
	*equals = '=';
	return allowed;
}

/* One pass: to judge (`put` is NULL), and to put. */
static enum po_status
walk(const char *lines,
    enum po_status (*put)(void *arg, const char *line, struct po_err *err),
    void *arg, struct po_err *err)
{
	enum po_status st = PO_OK;

	for (const char *at = lines; *at != '\0' && st == PO_OK;) {
		size_t len = strcspn(at, "\n");
		AUTO(po_str_free) char *line = po_mem_dup(at, len);

		if (line == NULL)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
		if (at[len] != '\n' || !line_allowed(line))
			return po_err_set(err, PO_E_HELPER,
			    "variable that may not be exported");
		if (put != NULL)
			st = put(arg, line, err);
		at += len + 1;
	}
	return st;
}

enum po_status
po_environ_each(const char *lines,
    enum po_status (*put)(void *arg, const char *line, struct po_err *err),
    void *arg, struct po_err *err)
{
	enum po_status st = walk(lines, NULL, NULL, err);

	return st == PO_OK ? walk(lines, put, arg, err) : st;
}
