/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_STORE_H
#define PO_BASE_STORE_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Small records that outlive a login, one file each, in a directory that
 * belongs to the effective user alone (0700).  For the module and the CLI:
 * the helper has none of it.
 *
 * There are no locks, on purpose: somebody who may stop a process (su keeps
 * its caller's uid for a while) could hold one for ever and so keep everybody
 * out.  A record is written whole under another name, synced, and then linked
 * into place, which the first of several does and the others do not, or moved
 * over the one before it: no reader sees half of one.  What a crash leaves
 * behind is a file of "." and 16 hexadecimal digits, which another write an
 * hour later sweeps away.
 */
struct po_store {
	int dir;          /* -1: none */
	const char *path; /* borrowed, for messages */
};

#define PO_STORE_INIT                                                          \
	{                                                                      \
		.dir = -1, .path = ""                                          \
	}

/* Bytes of [A-Za-z0-9_.-], neither '.' nor '-' first: an account, or the id
 * of a session. */
#define PO_STORE_NAME_MAX 64

/*
 * Opens a directory of the effective user's, making it (not its parent) if it
 * is missing.  `mode` is what it is made with and the most that it may have
 * for group and others.  PO_E_STORE when it is a link or no directory, belongs
 * to somebody else, or is open to more; the message says what mends it.
 */
PO_MUST_USE
enum po_status po_store_directory(
    const char *path, mode_t mode, int *dir, struct po_err *err);

/* po_store_directory with mode 0700.  `store` may be closed in every case. */
PO_MUST_USE
enum po_status po_store_open(
    struct po_store *store, const char *path, struct po_err *err);
void po_store_close(struct po_store *store);

/*
 * Appends a record to `out`, up to out->max bytes; *found is false when there
 * is none.  PO_E_STORE for one that is not a regular file of ours, or larger.
 */
PO_MUST_USE
enum po_status po_store_read(const struct po_store *store, const char *name,
    struct po_buf *out, bool *found, struct po_err *err);

/*
 * *created is false when there is a record of that name already.  PO_E_STORE
 * with *created: it is there, but may not outlive a power failure.
 */
PO_MUST_USE
enum po_status po_store_create(const struct po_store *store, const char *name,
    const void *data, size_t len, bool *created, struct po_err *err);

/* Makes it, or puts it in the place of the one before: all of it or nothing. */
PO_MUST_USE
enum po_status po_store_replace(const struct po_store *store, const char *name,
    const void *data, size_t len, struct po_err *err);

/* *removed is false when there was none. */
PO_MUST_USE
enum po_status po_store_remove(const struct po_store *store, const char *name,
    bool *removed, struct po_err *err);

/* A stream of a directory's names, beside whatever others it has; NULL and
 * errno.  The other is its cleanup handler. */
DIR *po_dir_open(int dir);
void po_dir_close(DIR **dir);

/* Calls `fn` with the name of each record, in no order, until it is false. */
PO_MUST_USE
enum po_status po_store_each(const struct po_store *store,
    bool (*fn)(void *arg, const char *name), void *arg, struct po_err *err);

#endif
