/* SPDX-License-Identifier: BSD-2-Clause */
/* The path of the helper that misbehaves, for pam_oauth_fake.so. */

#include "base/spawn.h"

const char po_helper_path[] = PO_FAKE_HELPER;
