/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody wants to do with sudo.  See command.h. */

#include "module/command.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

void
po_command_read(const char *service, char *out, size_t size)
{
	AUTO(po_fd_close) int fd = -1;
	ssize_t len;
	size_t name;

	out[0] = '\0';
	/* sudo and, for a login shell, sudo-i */
	if (strcmp(service, "sudo") != 0 && strcmp(service, "sudo-i") != 0)
		return;
	fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || (len = read(fd, out, size - 1)) < 0) {
		memcpy(out, "..", sizeof("..")); /* there is one, unread */
		return;
	}
	/* a long name in front must not hide that there is more */
	if ((size_t)len == size - 1)
		memcpy(out + len - 3, "\0..", 3);
	/* each argument ends with a NUL; the first is the program's name */
	if (len > 0 && out[len - 1] == '\0')
		len--;
	out[len] = '\0';
	name = strlen(out);
	for (ssize_t i = 0; i < len; i++)
		if (out[i] == '\0')
			out[i] = ' ';
	if ((size_t)len > name)
		name++;
	memmove(out, out + name, (size_t)len - name + 1);
}
