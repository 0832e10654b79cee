/* SPDX-License-Identifier: BSD-2-Clause */
/* Which application runs us, and which sshd if it is one.  See sshd.h. */

#include "module/sshd.h"

#include <string.h>
#include <unistd.h>

#include "base/openssh.h"

#define SELF "/proc/self/exe"

/* sshd, sshd-session (from 9.8) or sshd-auth (from 10.0) */
static bool
is_sshd(const char *service)
{
	char path[4096]; /* PATH_MAX */
	ssize_t len = readlink(SELF, path, sizeof(path) - 1);
	const char *name;

	if (len <= 0)
		return strcmp(service, "sshd") == 0;
	path[len] = '\0';
	name = strrchr(path, '/');
	name = name == NULL ? path : name + 1;
	return strncmp(name, "sshd", 4) == 0 || strcmp(service, "sshd") == 0;
}

bool
po_shows_info_at_once(const char *service)
{
	struct po_openssh version;

	if (!is_sshd(service))
		return strcmp(service, "cockpit") != 0;
	return po_openssh_read(SELF, &version) &&
	       po_openssh_shows_info(&version);
}
