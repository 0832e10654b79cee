/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of events, sane and insane: no poll too early, no request
 * past the deadline, one renewal at most, always an end, and then no move.
 */

#include "flow_random.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong = run_flow_random(data, size);

	if (wrong != NULL) {
		(void)fprintf(stderr, "%s\n", wrong);
		abort();
	}
	return 0;
}
