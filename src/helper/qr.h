/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_QR_H
#define PO_HELPER_QR_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends `text` as a QR code in lines of half blocks (U+2580, U+2584,
 * U+2588), or of "##" when `ascii`.  Light modules are drawn: terminals are
 * mostly dark, and scanners read an inverted code on the others.  Appends
 * nothing when the code would be wider than a terminal.
 */
void po_qr_append(struct po_buf *out, const char *text, bool ascii);

#endif
