/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks.  Pure layers get the time as an argument.  See clock.h. */

#include "base/clock.h"

#include <time.h>

/* Linux has had both clocks for ever: failing would mean a wrong clock id. */
int64_t
po_clock_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
po_clock_epoch_s(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec;
}
