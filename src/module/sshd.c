/* SPDX-License-Identifier: BSD-2-Clause */
/* Which application runs us, and which sshd if it is one.  See sshd.h. */

#include "module/sshd.h"

#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "base/openssh.h"

#define SELF "/proc/self/exe"

#define PATH_SIZE 4096 /* PATH_MAX */

/* The running program's name; "" when it cannot be read. */
static const char *
read_program(char path[PATH_SIZE])
{
	ssize_t len = readlink(SELF, path, PATH_SIZE - 1);
	const char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

bool
po_shows_info_at_once(const char *service)
{
	struct po_openssh version;
	char path[PATH_SIZE];

	/* sshd, sshd-session (from 9.8) or sshd-auth (from 10.0) */
	if (strncmp(read_program(path), "sshd", 4) == 0 ||
	    strcmp(service, "sshd") == 0)
		return po_openssh_read(SELF, &version) &&
		       po_openssh_shows_info(&version);
	return strcmp(service, "cockpit") != 0;
}

int
po_info_style(void)
{
	char path[PATH_SIZE];
	const char *program = read_program(path);

	if (isatty(STDOUT_FILENO) != 1 &&
	    (strcmp(program, "su") == 0 || strcmp(program, "sudo") == 0))
		return PAM_ERROR_MSG;
	return PAM_TEXT_INFO;
}
