/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the helper is: compiled in, never taken from an argument, a file or
 * the environment.  A file of its own so that tests link another one.
 */

#include "base/spawn.h"

const char po_helper_path[] = PO_HELPER_PATH;
