/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The path of the helper that misbehaves, and of a place of their own for
 * sessions: PO_FAKE_RUN, or the real one where the whole host is the tests'.
 */

#include "module/keep.h"
#include "module/spawn.h"

#ifndef PO_FAKE_RUN
#define PO_FAKE_RUN PO_RUNDIR
#endif

const char po_helper_path[] = PO_FAKE_HELPER;
const char po_run_directory[] = PO_FAKE_RUN;
const char po_sessions_directory[] = PO_FAKE_RUN "/sessions";
const char po_tokens_directory[] = PO_FAKE_RUN "/tokens";
