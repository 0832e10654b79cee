/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks, by the kernel's own.  See base/clock.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/attr.h"
#include "base/clock.h"

static int64_t
read_ms(clockid_t clock)
{
	struct timespec now;

	assert_int_equal(clock_gettime(clock, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The clock of deadlines: setting the host's time must not move it. */
static void
milliseconds_are_those_of_the_clock_nobody_sets(void **state PO_UNUSED)
{
	int64_t before_ms = read_ms(CLOCK_MONOTONIC);
	int64_t ms = po_clock_ms();

	assert_true(ms >= before_ms);
	assert_true(ms <= read_ms(CLOCK_MONOTONIC));
}

/* The clock of claims: seconds since 1970, whole ones that have passed. */
static void
seconds_are_those_of_the_calendar(void **state PO_UNUSED)
{
	int64_t before_s = read_ms(CLOCK_REALTIME) / 1000;
	int64_t s = po_clock_epoch_s();

	assert_true(s >= before_s);
	assert_true(s <= read_ms(CLOCK_REALTIME) / 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    milliseconds_are_those_of_the_clock_nobody_sets),
		cmocka_unit_test(seconds_are_those_of_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
