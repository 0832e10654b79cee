/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FLOW_SCRIPT_H
#define PO_TESTS_FLOW_SCRIPT_H

#include <stdint.h>

/*
 * The device grant with a fake clock.  A scenario is two lines: what the
 * provider answers, and what the flow does with it.
 *
 * Answers, in order, "*" repeats the last one for ever, "+N" = N s until it
 * arrives:
 *   dev:EXPIRES/INTERVAL  a device authorization
 *   pend  slow  slow:INTERVAL  deny  exp  grant
 *   down  down:RETRY_AFTER   PO_TOKEN_UNAVAILABLE
 *   refuse  client           invalid_grant, invalid_client
 *   net  http  tls           no answer at all
 *   ~N                       (no answer) the next wait ends N s late
 *
 * Actions: D device request, T poll, "show", "show+" (renewed), then the end,
 * "ok" or a reason code.  N behind D or T: seconds since the last answer
 * arrived; @N: since the start.  Jitter of 2 % is allowed for, not less; N-M
 * is a range of its own, for the wide jitter after trouble.
 */
struct scenario {
	const char *name;
	int64_t limit_s;
	const char *answers;
	const char *actions;
};

/* Plays it, and fails the test at the first action that is not expected. */
void play_scenario(const struct scenario *scenario, uint32_t seed);

#endif
