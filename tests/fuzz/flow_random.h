/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FLOW_RANDOM_H
#define PO_TESTS_FLOW_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Drives a flow through the events that `data` spells, sane and insane, and
 * compares it with a model of RFC 8628 that knows only receipts, intervals
 * and ends.  For fuzz_flow.c with the fuzzer's bytes and for test_flow.c with
 * random ones.  Returns NULL, or what the flow did that it must never do.
 */
const char *run_flow_random(const uint8_t *data, size_t len);

#endif
