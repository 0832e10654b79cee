/* SPDX-License-Identifier: BSD-2-Clause */
/* Places for logins that wait, as locks.  See pending.h. */

#include "io/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Users pass through to what is theirs below, and list nothing. */
#define DIRECTORY_MODE 0711

/* The host's bytes come first, then as many for each uid from 0 to 2^32-1. */
#define TOTAL_BYTES (1 << 20)
#define ACCOUNT_BYTES 1024
_Static_assert(TOTAL_BYTES >= PO_PENDING_TOTAL_MAX, "the host's bytes");
_Static_assert(ACCOUNT_BYTES >= PO_PENDING_ACCOUNT_MAX, "an account's bytes");

static enum po_status
open_file(const char *path, int *fd, struct po_err *err)
{
	AUTO(po_fd_close) int dir = -1;
	AUTO(po_fd_close) int file = -1;
	struct stat st;
	enum po_status status;

	status = po_store_directory(path, DIRECTORY_MODE, &dir, err);
	if (status != PO_OK)
		return status;
	file = openat(dir, "pending",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	    S_IRUSR | S_IWUSR);
	if (file < 0 || fstat(file, &st) != 0)
		return po_err_set(err, PO_E_STORE, "%s/pending: %m", path);
	/* who can open it can hold every place in it */
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return po_err_set(err, PO_E_STORE,
		    "%s/pending: not a file of root alone (owner %ju, mode "
		    "%o): remove it",
		    path, (uintmax_t)st.st_uid, st.st_mode);
	*fd = TAKE_FD(file);
	return PO_OK;
}

/*
 * The first free one of `count` bytes.  From the lowest on, so that a service
 * with a smaller limit sees the places of one with a larger.
 */
static enum po_status
take_byte(int fd, off_t first, int64_t count, struct po_err *err)
{
	for (int64_t i = 0; i < count; i++) {
		struct flock lock = {
			.l_type = F_WRLCK,
			.l_whence = SEEK_SET,
			.l_start = first + (off_t)i,
			.l_len = 1,
		};

		/* of the open file: other descriptors and threads, and the
		 * libraries that may use any, cannot lose it */
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return PO_OK;
		if (errno != EAGAIN && errno != EACCES)
			return po_err_set(err, PO_E_STORE, "lock: %m");
	}
	return PO_E_TOO_MANY;
}

static enum po_status
take_both(int fd, const char *account, int64_t uid,
    const struct po_pending_limits *limits, struct po_err *err)
{
	off_t first = TOTAL_BYTES + (off_t)(uint32_t)uid * ACCOUNT_BYTES;
	enum po_status st = take_byte(fd, first, limits->account, err);

	if (st == PO_E_TOO_MANY && account[0] == '\0')
		return po_err_set(err, st,
		    "%lld sign-ins without a name are waiting already "
		    "(max_pending)",
		    (long long)limits->account);
	if (st == PO_E_TOO_MANY)
		return po_err_set(err, st,
		    "%lld sign-ins as \"%s\" are waiting already (max_pending)",
		    (long long)limits->account, account);
	if (st != PO_OK)
		return st;
	st = take_byte(fd, 0, limits->total, err);
	if (st == PO_E_TOO_MANY)
		return po_err_set(err, st,
		    "%lld sign-ins are waiting on this host already "
		    "(max_pending_total)",
		    (long long)limits->total);
	return st;
}

enum po_status
po_pending_take(const char *dir, const char *account, int64_t uid,
    const struct po_pending_limits *limits, const struct po_log *log, int *fd,
    struct po_err *err)
{
	AUTO(po_fd_close) int file = -1;
	enum po_status st;

	*fd = -1;
	if (geteuid() != 0) {
		/* a screen locker: whoever runs it could run anything else */
		po_log(log, PO_LOG_DEBUG, "not root: max_pending is not kept");
		return PO_OK;
	}
	if ((st = open_file(dir, &file, err)) != PO_OK)
		return st;
	if ((st = take_both(file, account, uid, limits, err)) != PO_OK) {
		if (st == PO_E_STORE)
			po_err_prefix(err, "%s/pending", dir);
		return st;
	}
	*fd = TAKE_FD(file);
	return PO_OK;
}
