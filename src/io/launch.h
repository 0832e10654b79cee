/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_LAUNCH_H
#define PO_IO_LAUNCH_H

#include <pwd.h>

#include "base/err.h"

/*
 * A browser for the person at the screen: started by root as somebody else,
 * told later what to open, and gone when whoever told it is.
 */

/*
 * Who that is, until the next getpwnam.  NULL with PO_E_CONFIG: nobody of that
 * name, or one with the uid or gid of root or of the helper.
 */
PO_MUST_USE
const struct passwd *po_launch_user(const char *name, struct po_err *err);

/*
 * Whether the first word of `command` is a program that root alone can change.
 * PO_E_CONFIG.
 */
PO_MUST_USE
enum po_status po_launch_check(const char *command, struct po_err *err);

/*
 * Forks, which has to be before there is a secret in this process, and as root.
 * The child becomes `pw` for good (groups, gid, uid, no capabilities), in a
 * session of its own, with an environment of PATH, HOME, USER, LOGNAME, SHELL
 * and XDG_RUNTIME_DIR, in its home, descriptors on /dev/null but one, and
 * executes /bin/sh at once: that waits for a line at *fd, and runs `command`,
 * split at blanks, with the line as its last argument.  When *fd is closed, by
 * whatever end of this process, all that has come of it is told to end
 * (SIGTERM), and ended 5 s later.  When it is closed at the other end, the
 * command has failed.
 */
PO_MUST_USE
enum po_status po_launch_start(
    const char *command, const struct passwd *pw, int *fd, struct po_err *err);

#endif
