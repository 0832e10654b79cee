/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the system's CA certificates are.  See ca_store.h. */

#include "io/ca_store.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/store.h"

/*
 * Where distributions keep one file a certificate under its subject's hash
 * (openssl rehash).  OpenSSL then reads the one it needs; the bundle costs it
 * 25 ms and more to parse (144 certificates).
 */
static const char *const hashed_dirs[] = {
	"/etc/ssl/certs", /* Debian, SUSE, Arch, Alpine */
	"/etc/pki/ca-trust/extracted/pem/directory-hash", /* Fedora 40, RHEL 10
							   */
};

/* "9d04f354.0": eight hexadecimal digits and a number. */
static bool
is_hashed_name(const char *name)
{
	for (int i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	return name[8] == '.' && isdigit((unsigned char)name[9]);
}

static bool
is_hashed_dir(const char *path)
{
	AUTO(po_dir_close) DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (is_hashed_name(entry->d_name))
			return true;
	return false;
}

const char *
po_ca_store_hashed(void)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(hashed_dirs); i++)
		if (is_hashed_dir(hashed_dirs[i]))
			return hashed_dirs[i];
	return NULL;
}
