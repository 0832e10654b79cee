/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of events, sane and insane: no poll too early, no request
 * past the deadline, one renewal at most, always an end, and then no move.
 */

#include <stdlib.h>

#include "flow_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (run_flow_random(data, size) != NULL)
		abort();
	return 0;
}
