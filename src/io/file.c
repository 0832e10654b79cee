/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads files that decide who becomes root.  Must never follow a link, wait
 * for a FIFO, or trust a byte that somebody else could have put there.  See
 * file.h.
 */

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* The file in question, for checks and messages. */
struct subject {
	const char *path;
	enum po_status status; /* of every refusal */
};

static enum po_status
check_owner(const struct subject *subject, const char *path,
    const struct stat *st, struct po_err *err)
{
	uid_t euid = geteuid();

	if (st->st_uid == 0 || st->st_uid == euid)
		return PO_OK;
	return po_err_set(err, subject->status,
	    "%s: owned by uid %ju, not by root%s: chown root %s", path,
	    (uintmax_t)st->st_uid, euid == 0 ? "" : " or the caller", path);
}

/*
 * A directory that others may write to lets them put another of root's files
 * in the place of this one; where the sticky bit is set (/tmp) they may not.
 */
static enum po_status
check_directory(
    const struct subject *subject, const char *path, int fd, struct po_err *err)
{
	struct stat st;
	enum po_status status;

	if (fstat(fd, &st) != 0)
		return po_err_set(err, subject->status, "%s: %m", path);
	if ((status = check_owner(subject, path, &st, err)) != PO_OK)
		return status;
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
	    (st.st_mode & S_ISVTX) == 0)
		return po_err_set(err, subject->status,
		    "%s: directory writable by group or others (mode %04o): "
		    "chmod go-w %s",
		    path, st.st_mode & 07777, path);
	return PO_OK;
}

/* Steps from *dir into `name`; `path` is the whole way, for messages. */
static enum po_status
enter_directory(const struct subject *subject, int *dir, const char *name,
    const char *path, struct po_err *err)
{
	AUTO(po_fd_close)
	int below =
	    openat(*dir, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (below < 0 && (errno == ENOTDIR || errno == ELOOP) &&
	    fstatat(*dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return po_err_set(err, subject->status,
		    "%s: a symbolic link: name the directory it leads to",
		    path);
	if (below < 0)
		return po_err_set(err, subject->status, "%s: %m", path);
	po_fd_close(dir);
	*dir = TAKE_FD(below);
	return check_directory(subject, path, *dir, err);
}

/*
 * Opens the directory of the file, having checked every one on the way but "/"
 * itself; *base is where the file's name begins in its path.
 */
static enum po_status
open_above(
    const struct subject *subject, int *out, size_t *base, struct po_err *err)
{
	AUTO(po_fd_close) int dir = -1;
	AUTO(po_str_free) char *path = NULL;
	enum po_status st;
	char *name, *slash;

	if (subject->path[0] != '/')
		return po_err_set(err, subject->status,
		    "%s: not an absolute path", subject->path);
	if ((path = po_str_dup(subject->path)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return po_err_set(err, subject->status, "/: %m");
	for (name = path + 1; (slash = strchr(name, '/')) != NULL;
	     name = slash + 1) {
		if (slash == name)
			continue;
		*slash = '\0';
		st = enter_directory(subject, &dir, name, path, err);
		if (st != PO_OK)
			return st;
		*slash = '/';
	}
	*base = (size_t)(name - path);
	*out = TAKE_FD(dir);
	return PO_OK;
}

static enum po_status
open_file(const struct subject *subject, int *fd, struct po_err *err)
{
	AUTO(po_fd_close) int dir = -1;
	size_t base = 0;
	enum po_status st = open_above(subject, &dir, &base, err);

	if (st != PO_OK)
		return st;
	*fd = openat(dir, subject->path + base,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0 && errno == ELOOP)
		return po_err_set(err, subject->status,
		    "%s: a symbolic link: name the file it leads to",
		    subject->path);
	if (*fd < 0)
		return po_err_set(
		    err, subject->status, "%s: %m", subject->path);
	return PO_OK;
}

static enum po_status
check_file(const struct subject *subject, int fd, bool secret, size_t max,
    size_t *size, struct po_err *err)
{
	const char *path = subject->path;
	struct stat st;
	enum po_status status;

	if (fstat(fd, &st) != 0)
		return po_err_set(err, subject->status, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return po_err_set(
		    err, subject->status, "%s: not a regular file", path);
	if ((status = check_owner(subject, path, &st, err)) != PO_OK)
		return status;
	if (secret && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		return po_err_set(err, subject->status,
		    "%s: readable by group or others (mode %04o): "
		    "chmod 600 %s",
		    path, st.st_mode & 07777, path);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return po_err_set(err, subject->status,
		    "%s: writable by group or others (mode %04o): "
		    "chmod go-w %s",
		    path, st.st_mode & 07777, path);
	if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		return po_err_set(err, subject->status,
		    "%s: larger than %zu bytes", path, max);
	*size = (size_t)st.st_size;
	return PO_OK;
}

/*
 * Reads to the end.  The file may have grown since it was checked, but not
 * shrunk: somebody is writing it anew, and a rule may still be missing.
 */
static enum po_status
read_all(const struct subject *subject, int fd, size_t size, struct po_buf *out,
    struct po_err *err)
{
	enum po_status status = PO_OK;

	if (!po_buf_read(out, fd))
		status =
		    po_err_set(err, subject->status, "%s: %m", subject->path);
	else if (out->status == PO_E_TOO_LARGE)
		status = po_err_set(err, subject->status,
		    "%s: larger than %zu bytes", subject->path, out->max);
	else
		status = po_buf_check(out, err);
	if (status == PO_OK && out->len < size)
		status = po_err_set(err, subject->status,
		    "%s: has changed while it was read", subject->path);
	return status;
}

enum po_status
po_file_read(
    const char *path, bool secret, struct po_buf *out, struct po_err *err)
{
	const struct subject subject = {
		.path = path,
		.status = secret ? PO_E_SECRET : PO_E_CONFIG,
	};
	AUTO(po_fd_close) int fd = -1;
	size_t size = 0;
	enum po_status st;

	po_buf_clear(out);
	if ((st = open_file(&subject, &fd, err)) == PO_OK &&
	    (st = check_file(&subject, fd, secret, out->max, &size, err)) ==
		PO_OK)
		st = read_all(&subject, fd, size, out, err);
	if (st != PO_OK)
		po_buf_clear(out);
	return st;
}

enum po_status
po_file_directory(const char *path, int *dir, size_t *base, struct po_err *err)
{
	const struct subject subject = { path, PO_E_SECRET };
	AUTO(po_fd_close) int above = -1;
	enum po_status st = open_above(&subject, &above, base, err);

	if (st != PO_OK)
		return st;
	*dir = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir >= 0 ? PO_OK : po_err_set(err, PO_E_SECRET, "%s: %m", path);
}

enum po_status
po_secret_read(const char *path, char **secret, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf raw = PO_BUF_INIT(PO_SECRET_MAX + 1);
	size_t len;
	enum po_status st;

	*secret = NULL;
	if ((st = po_file_read(path, true, &raw, err)) != PO_OK)
		return st;
	len = raw.len;
	if (len > 0 && raw.data[len - 1] == '\n')
		len--;
	if (len == 0)
		return po_err_set(err, PO_E_SECRET, "%s: empty", path);
	if (len > PO_SECRET_MAX)
		return po_err_set(err, PO_E_SECRET, "%s: longer than %d bytes",
		    path, PO_SECRET_MAX);
	if (memchr(raw.data, '\0', len) != NULL)
		return po_err_set(
		    err, PO_E_SECRET, "%s: has a NUL inside", path);
	if (memchr(raw.data, '\n', len) != NULL ||
	    memchr(raw.data, '\r', len) != NULL)
		return po_err_set(err, PO_E_SECRET,
		    "%s: has a line break inside: one line, as printf '%%s' "
		    "writes it",
		    path);
	if ((*secret = po_mem_dup(raw.data, len)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}
