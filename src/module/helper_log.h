/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_HELPER_LOG_H
#define PO_MODULE_HELPER_LOG_H

#include <security/pam_modules.h>

#include "base/message.h"

/* So many LOG messages a helper may send. */
#define PO_HELPER_LOG_LINES_MAX 64

/* Writes a helper's line to syslog, marked as the helper's and printable. */
void po_helper_log(
    pam_handle_t *pamh, const struct po_msg_log *log, const char *id);

#endif
