/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_FILE_H
#define PO_IO_FILE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Reads a whole file that decides who becomes root: absolute path, opened
 * with O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, then fstat: a regular
 * file, owned by root or by our effective user (who, when that is not root,
 * has nothing to gain), not writable by group or others, at most out->max
 * bytes.  `secret`: nor readable by group or others.
 *
 * O_NOFOLLOW guards the last component alone, so each directory on the way is
 * opened from the one above (openat): no symbolic link, owned by root or by
 * us, and writable by others only with the sticky bit (/tmp).  Stricter than
 * sshd's StrictModes in links, the same in the rest.
 *
 * PO_E_CONFIG, or PO_E_SECRET when `secret`; the message names the path, what
 * is wrong and the chmod or chown that mends it.
 */
PO_MUST_USE
enum po_status po_file_read(
    const char *path, bool secret, struct po_buf *out, struct po_err *err);

/*
 * Opens the directory of a file that is to be written where po_file_read will
 * read it, checked in the same way.  The name in it begins at path[*base].
 */
PO_MUST_USE
enum po_status po_file_directory(
    const char *path, int *dir, size_t *base, struct po_err *err);

/*
 * A client secret: po_file_read with `secret`, one trailing newline removed.
 * Refused when empty, longer than PO_SECRET_MAX, or with a NUL or a line
 * break inside.
 */
#define PO_SECRET_MAX 4096
PO_MUST_USE
enum po_status po_secret_read(
    const char *path, char **secret, struct po_err *err);

#endif
