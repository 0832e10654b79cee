/* SPDX-License-Identifier: BSD-2-Clause */
/* The owner of the other end.  See peer.h. */

#include "io/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "base/buf.h"
#include "base/mem.h"

/* 150 bytes a socket: more than 25,000 of them are nobody's kiosk. */
#define TABLE_MAX ((size_t)4 * 1024 * 1024)

enum po_status
po_peer_open(int fd[2], struct po_err *err)
{
	fd[0] = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC);
	if (fd[0] < 0)
		return po_err_sys(err, "/proc/net/tcp");
	fd[1] = open("/proc/net/tcp6", O_RDONLY | O_CLOEXEC);
	return fd[1] >= 0 || errno == ENOENT
		   ? PO_OK
		   : po_err_sys(err, "/proc/net/tcp6");
}

static bool
read_table(int fd, struct po_buf *out)
{
	return lseek(fd, 0, SEEK_SET) == 0 && po_buf_read(out, fd) &&
	       po_buf_check(out, NULL) == PO_OK;
}

/* The number that begins behind the `nth` blank or colon; runs count as one. */
static unsigned long
number(const char *row, unsigned nth, int base)
{
	row += strspn(row, " ");
	for (; nth > 0; nth--) {
		row += strcspn(row, " :\n");
		row += strspn(row, " :");
	}
	return strtoul(row, NULL, base);
}

/* Rows of `local` to `remote`, on whatever address; those of others end it. */
static bool
count_rows(const char *table, in_port_t local, in_port_t remote, uid_t uid,
    unsigned *found)
{
	/* 0: 0100007F:1F90 0100007F:C350 01 0:0 00:0 0 UID */
	enum {
		LOCAL = 2,
		REMOTE = 4,
		UID = 11
	};

	for (const char *row = strchr(table, '\n'); row != NULL && row[1] != 0;
	     row = strchr(row + 1, '\n')) {
		if (number(row + 1, LOCAL, 16) != local ||
		    number(row + 1, REMOTE, 16) != remote)
			continue;
		if (number(row + 1, UID, 10) != uid)
			return false;
		++*found;
	}
	return true;
}

/* Its port; 0: none. */
static in_port_t
port_of(int connection,
    int (*name)(int, struct sockaddr *restrict, socklen_t *restrict))
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address = { .any.sa_family = AF_UNSPEC };
	socklen_t size = sizeof(address);

	if (name(connection, &address.any, &size) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port
						       : address.four.sin_port);
}

bool
po_peer_is(const int fd[2], int connection, uid_t uid)
{
	in_port_t local = port_of(connection, getpeername);
	in_port_t remote = port_of(connection, getsockname);
	unsigned found = 0;

	for (size_t i = 0; i < 2; i++) {
		AUTO(po_buf_clear) struct po_buf table = PO_BUF_INIT(TABLE_MAX);

		if (fd[i] >= 0 && (!read_table(fd[i], &table) ||
				      !count_rows(po_buf_str(&table), local,
					  remote, uid, &found)))
			return false;
	}
	return found > 0;
}
