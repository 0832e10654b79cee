/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records in files.  Runs as root inside sshd and sudo: it neither changes
 * the umask nor the directory, touches no signal, and trusts no file that
 * somebody else could have put there.  See store.h.
 */

#include "base/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define GROUP_AND_OTHERS 077
/* Writing a record takes milliseconds; an hour also outlasts a slow disk. */
#define LEFTOVER_AGE_S 3600
/* "." and 64 random bits in hexadecimal */
#define DRAFT_NAME_SIZE 18

/* [A-Za-z0-9_][A-Za-z0-9_.-]{0,63}: no path, no draft, no option. */
static bool
is_plain(const char *name)
{
	static const char chars[] = "-.abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t len = strlen(name);

	return len > 0 && len <= PO_STORE_NAME_MAX && name[0] != '-' &&
	       name[0] != '.' && strspn(name, chars) == len;
}

static enum po_status
check_name(const struct po_store *store, const char *name, struct po_err *err)
{
	if (is_plain(name))
		return PO_OK;
	return po_err_set(err, PO_E_STORE,
	    "%s: \"%s\" cannot be a record's name", store->path, name);
}

/* What errno says of a record, or of the directory itself (name NULL). */
static enum po_status
fail(const struct po_store *store, const char *name, struct po_err *err)
{
	return po_err_set(err, PO_E_STORE, "%s%s%s: %s", store->path,
	    name == NULL ? "" : "/", name == NULL ? "" : name,
	    po_err_of(errno));
}

/* --- the directory --- */

/* A directory that was just made is still to be written down in its parent. */
static int
sync_parent(int dir)
{
	AUTO(po_fd_close)
	int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return parent < 0 ? -1 : fsync(parent);
}

static enum po_status
check_directory(const char *path, int dir, mode_t mode, struct po_err *err)
{
	struct stat st;
	uid_t euid = geteuid();

	if (fstat(dir, &st) != 0)
		return po_err_set(
		    err, PO_E_STORE, "%s: %s", path, po_err_of(errno));
	if (st.st_uid != euid)
		return po_err_set(err, PO_E_STORE,
		    "%s: owned by uid %ju, not by uid %ju", path,
		    (uintmax_t)st.st_uid, (uintmax_t)euid);
	if ((st.st_mode & GROUP_AND_OTHERS & ~mode) != 0)
		return po_err_set(err, PO_E_STORE,
		    "%s: open to group or others (mode %04o): chmod %o %s",
		    path, st.st_mode & 07777, mode, path);
	/* made under a umask of somebody's, perhaps by one who died of it */
	if ((mode & ~st.st_mode) != 0 && fchmod(dir, mode) != 0)
		return po_err_set(err, PO_E_STORE, "%s: chmod %o: %s", path,
		    mode, po_err_of(errno));
	return PO_OK;
}

enum po_status
po_store_directory(const char *path, mode_t mode, int *dir, struct po_err *err)
{
	bool is_new = mkdir(path, mode) == 0;
	AUTO(po_fd_close) int fd = -1;
	enum po_status st;

	if (!is_new && errno != EEXIST)
		return po_err_set(
		    err, PO_E_STORE, "%s: mkdir: %s", path, po_err_of(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return po_err_set(
		    err, PO_E_STORE, "%s: a link, or no directory", path);
	if (fd < 0 || (is_new && sync_parent(fd) != 0))
		return po_err_set(
		    err, PO_E_STORE, "%s: %s", path, po_err_of(errno));
	if ((st = check_directory(path, fd, mode, err)) != PO_OK)
		return st;
	*dir = TAKE_FD(fd);
	return PO_OK;
}

enum po_status
po_store_open(struct po_store *store, const char *path, struct po_err *err)
{
	*store = (struct po_store){ .dir = -1, .path = path };
	return po_store_directory(path, S_IRWXU, &store->dir, err);
}

void
po_store_close(struct po_store *store)
{
	po_fd_close(&store->dir);
}

DIR *
po_dir_open(int dir)
{
	/* not a dup, which would share its position with every other */
	AUTO(po_fd_close)
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (stream != NULL)
		fd = -1; /* closedir closes it */
	return stream;
}

void
po_dir_close(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

enum po_status
po_store_each(const struct po_store *store,
    bool (*fn)(void *arg, const char *name), void *arg, struct po_err *err)
{
	enum po_status status = PO_OK;
	const struct dirent *entry;
	AUTO(po_dir_close) DIR *dir = po_dir_open(store->dir);

	if (dir == NULL)
		return fail(store, NULL, err);
	while (errno = 0, (entry = readdir(dir)) != NULL)
		if (is_plain(entry->d_name) && !fn(arg, entry->d_name))
			break;
	if (entry == NULL && errno != 0)
		status = fail(store, NULL, err);
	return status;
}

/* --- reading --- */

static enum po_status
check_record(const struct po_store *store, const char *name, int fd,
    struct stat *st, struct po_err *err)
{
	if (fstat(fd, st) != 0)
		return fail(store, name, err);
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
	    (st->st_mode & GROUP_AND_OTHERS) != 0)
		return po_err_set(err, PO_E_STORE,
		    "%s/%s: not a file of uid %ju alone (owner %ju, mode %o)",
		    store->path, name, (uintmax_t)geteuid(),
		    (uintmax_t)st->st_uid, st->st_mode);
	return PO_OK;
}

static enum po_status
read_all(const struct po_store *store, const char *name, int fd, size_t size,
    struct po_buf *out, struct po_err *err)
{
	size_t before = out->len;

	if (!po_buf_read(out, fd))
		return fail(store, name, err);
	if (out->status == PO_E_TOO_LARGE)
		return po_err_set(err, PO_E_STORE,
		    "%s/%s: larger than %zu bytes", store->path, name,
		    out->max - before);
	if (out->status == PO_OK && out->len - before != size)
		return po_err_set(err, PO_E_STORE,
		    "%s/%s: has changed while it was read", store->path, name);
	return po_buf_check(out, err);
}

enum po_status
po_store_read(const struct po_store *store, const char *name,
    struct po_buf *out, bool *found, struct po_err *err)
{
	AUTO(po_fd_close) int fd = -1;
	struct stat st;
	enum po_status status;

	*found = false;
	if ((status = check_name(store, name, err)) != PO_OK)
		return status;
	/* O_NONBLOCK: a FIFO, which is refused below, must not hold us up */
	fd = openat(store->dir, name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return PO_OK;
	if (fd < 0)
		return fail(store, name, err);
	if ((status = check_record(store, name, fd, &st, err)) != PO_OK ||
	    (status = read_all(
		 store, name, fd, (size_t)st.st_size, out, err)) != PO_OK)
		return status;
	*found = true;
	return PO_OK;
}

/* --- creating --- */

/* "." and what write_draft puts behind it: /etc has dot files of others. */
static bool
is_draft(const char *name)
{
	return name[0] == '.' && strlen(name) == DRAFT_NAME_SIZE - 1 &&
	       strspn(name + 1, "0123456789abcdef") == DRAFT_NAME_SIZE - 2;
}

/*
 * What died creators left.  One that was merely stopped for an hour finds its
 * draft gone and fails.  By distance, for the clock may have been set back.
 */
static void
sweep(const struct po_store *store)
{
	int64_t now_s = po_clock_epoch_s();
	const struct dirent *entry;
	AUTO(po_dir_close) DIR *dir = po_dir_open(store->dir);
	struct stat st;

	/* whatever fails here, a later create comes by again */
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int64_t age_s;

		if (!is_draft(entry->d_name) ||
		    fstatat(store->dir, entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		age_s = now_s - (int64_t)st.st_mtim.tv_sec;
		if (age_s > LEFTOVER_AGE_S || age_s < -LEFTOVER_AGE_S)
			(void)unlinkat(store->dir, entry->d_name, 0);
	}
}

/* The whole record under a name of its own, on disk. */
static int
write_draft(const struct po_store *store, char draft[DRAFT_NAME_SIZE],
    const void *data, size_t len)
{
	AUTO(po_fd_close) int fd = -1;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	(void)snprintf(draft, DRAFT_NAME_SIZE, ".%016jx", (uintmax_t)random);
	fd = openat(store->dir, draft,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd < 0) {
		draft[0] = '\0'; /* there is none of ours */
		return -1;
	}
	return po_fd_write(fd, data, len) ? fsync(fd) : -1;
}

enum po_status
po_store_create(const struct po_store *store, const char *name,
    const void *data, size_t len, bool *created, struct po_err *err)
{
	char draft[DRAFT_NAME_SIZE] = "";
	enum po_status status;

	*created = false;
	if ((status = check_name(store, name, err)) != PO_OK)
		return status;
	sweep(store);
	/* never over another record: the first of several is in, and stays */
	if (write_draft(store, draft, data, len) != 0)
		status = fail(store, name, err);
	else if (linkat(store->dir, draft, store->dir, name, 0) == 0)
		*created = true;
	else if (errno != EEXIST)
		status = fail(store, name, err);
	if (draft[0] != '\0')
		(void)unlinkat(store->dir, draft, 0);
	if (*created && fsync(store->dir) != 0)
		status = fail(store, name, err);
	return status;
}

enum po_status
po_store_replace(const struct po_store *store, const char *name,
    const void *data, size_t len, struct po_err *err)
{
	char draft[DRAFT_NAME_SIZE] = "";
	enum po_status status;

	if ((status = check_name(store, name, err)) != PO_OK)
		return status;
	sweep(store);
	if (write_draft(store, draft, data, len) == 0 &&
	    renameat(store->dir, draft, store->dir, name) == 0)
		return fsync(store->dir) == 0 ? PO_OK : fail(store, name, err);
	status = fail(store, name, err);
	if (draft[0] != '\0')
		(void)unlinkat(store->dir, draft, 0);
	return status;
}

enum po_status
po_store_remove(const struct po_store *store, const char *name, bool *removed,
    struct po_err *err)
{
	enum po_status status;

	*removed = false;
	if ((status = check_name(store, name, err)) != PO_OK)
		return status;
	if (unlinkat(store->dir, name, 0) != 0)
		return errno == ENOENT ? PO_OK : fail(store, name, err);
	*removed = true;
	return fsync(store->dir) == 0 ? PO_OK : fail(store, name, err);
}
