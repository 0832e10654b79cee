/* SPDX-License-Identifier: BSD-2-Clause */
/* Which application runs us, and which sshd if it is one.  See sshd.h. */

#include "module/sshd.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/mem.h"

#define SELF "/proc/self/exe"

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
po_sshd_version(
    const void *image, size_t size, unsigned *major, unsigned *minor)
{
	static const char mark[] = "OpenSSH_";
	const char *p = image;
	const char *end = p + size;

	/* "OpenSSH_" alone also stands there, in patterns for old peers */
	while ((p = memmem(p, (size_t)(end - p), mark, sizeof(mark) - 1)) !=
	       NULL) {
		const char *q;

		p += sizeof(mark) - 1;
		if ((q = read_number(p, end, major)) != NULL && q < end &&
		    *q == '.' && (q = read_number(q + 1, end, minor)) != NULL &&
		    q < end && *q == 'p')
			return true;
	}
	return false;
}

/* The version in our own executable. */
static bool
own_version(unsigned *major, unsigned *minor)
{
	AUTO(po_fd_close) int fd = open(SELF, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *image;
	bool found;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0 ||
	    st.st_size > IMAGE_MAX)
		return false;
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		return false;
	found = po_sshd_version(image, (size_t)st.st_size, major, minor);
	(void)munmap(image, (size_t)st.st_size);
	return found;
}

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
	unsigned major, minor;

	if (!is_sshd(service))
		return true;
	if (!own_version(&major, &minor))
		return false;
	return major > INFO_MAJOR ||
	       (major == INFO_MAJOR && minor >= INFO_MINOR);
}
