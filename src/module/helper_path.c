/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the helper and the tokens of sessions are: compiled in, never taken
 * from an argument, a file or the environment.  A file of its own so that
 * tests link another one.
 */

#include "module/keep.h"
#include "module/spawn.h"

const char po_helper_path[] = PO_HELPER_PATH;
const char po_run_directory[] = PO_RUNDIR;
const char po_sessions_directory[] = PO_RUNDIR "/sessions";
const char po_tokens_directory[] = PO_RUNDIR "/tokens";
