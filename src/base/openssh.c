/* SPDX-License-Identifier: BSD-2-Clause */
/* Which OpenSSH it is, by its bytes.  See openssh.h. */

#include "base/openssh.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* First release that sends PAM_TEXT_INFO at once: V_10_3_P1. */
#define INFO_MAJOR 10
#define INFO_MINOR 3

/* An sshd has 1 to 2 MB; more than this is something else. */
#define IMAGE_MAX (64 * 1024 * 1024)

/* Up to three digits; past `end` nothing is read. */
static const char *
read_number(const char *p, const char *end, unsigned *out)
{
	unsigned value = 0;
	int digits = 0;

	for (; p < end && *p >= '0' && *p <= '9' && digits < 3; p++, digits++)
		value = value * 10 + (unsigned)(*p - '0');
	*out = value;
	return digits > 0 ? p : NULL;
}

bool
po_openssh_find(const void *image, size_t size, struct po_openssh *version)
{
	static const char mark[] = "OpenSSH_";
	const char *p = image;
	const char *end = p + size;

	/* "OpenSSH_" alone also stands there, in patterns for old peers */
	while ((p = memmem(p, (size_t)(end - p), mark, sizeof(mark) - 1)) !=
	       NULL) {
		const char *q;

		p += sizeof(mark) - 1;
		if ((q = read_number(p, end, &version->major)) != NULL &&
		    q < end && *q == '.' &&
		    (q = read_number(q + 1, end, &version->minor)) != NULL &&
		    q < end && *q == 'p')
			return true;
	}
	return false;
}

bool
po_openssh_read(const char *path, struct po_openssh *version)
{
	AUTO(po_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *image;
	bool found;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0 ||
	    st.st_size > IMAGE_MAX)
		return false;
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return false;
	found = po_openssh_find(image, (size_t)st.st_size, version);
	(void)munmap(image, (size_t)st.st_size);
	return found;
}

bool
po_openssh_shows_info(const struct po_openssh *version)
{
	return version->major > INFO_MAJOR ||
	       (version->major == INFO_MAJOR && version->minor >= INFO_MINOR);
}
