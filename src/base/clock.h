/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_CLOCK_H
#define PO_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that nobody can set; for deadlines. */
int64_t po_clock_ms(void);

/* Seconds since the epoch; for claims. */
int64_t po_clock_epoch_s(void);

#endif
