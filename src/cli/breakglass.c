/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets in when the provider is down.  See breakglass.h. */

#include "cli/breakglass.h"

#include <grp.h>
#include <limits.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void
close_stream(FILE **stream)
{
	if (*stream != NULL)
		(void)fclose(*stream);
}

static FILE *
open_below(const char *root, const char *file)
{
	AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(PATH_MAX);

	po_buf_appendf(&path, "%s%s", root, file);
	return path.status == PO_OK ? fopen(po_buf_str(&path), "re") : NULL;
}

/* The word behind "ingroup", or NULL. */
static char *
group_of(const char *args)
{
	static const char test[] = "ingroup ";
	const char *at = strstr(args, test);

	if (at == NULL || (at > args && at[-1] != ' '))
		return NULL;
	at += sizeof(test) - 1;
	return po_mem_dup(at, strcspn(at, " \t"));
}

/* False only if the file says that nothing typed can be this password. */
static bool
has_password(const char *root, const char *user)
{
	AUTO(close_stream) FILE *file = open_below(root, "/etc/shadow");
	const struct spwd *entry;

	while (file != NULL && (entry = fgetspent(file)) != NULL)
		if (strcmp(entry->sp_namp, user) == 0)
			return entry->sp_pwdp != NULL &&
			       entry->sp_pwdp[0] != '\0' &&
			       strchr("!*", entry->sp_pwdp[0]) == NULL;
	return true;
}

enum po_status
po_breakglass_check(const char *root, const char *args, struct po_err *err)
{
	AUTO(po_str_free) char *name = group_of(args);
	AUTO(close_stream) FILE *file = open_below(root, "/etc/group");
	const struct group *group = NULL;

	if (name == NULL)
		return PO_OK;
	while (file != NULL && (group = fgetgrent(file)) != NULL)
		if (strcmp(group->gr_name, name) == 0)
			break;
	if (group == NULL && root[0] == '\0')
		group = getgrnam(name); /* of a directory */
	if (group == NULL)
		return po_err_set(
		    err, PO_E_CONFIG, "there is no group \"%.64s\"", name);
	if (group->gr_mem[0] == NULL)
		return po_err_set(
		    err, PO_E_CONFIG, "group \"%.64s\" has no member", name);
	for (char **member = group->gr_mem; *member != NULL; member++)
		if (has_password(root, *member))
			return PO_OK;
	return po_err_set(err, PO_E_CONFIG,
	    "no member of group \"%.64s\" has a local password", name);
}
