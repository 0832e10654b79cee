/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the device grant asks for what: scenarios in the notation of
 * flow_script.h, and random events against the model of flow_random.h.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "flow_random.h"
#include "flow_script.h"
#include "oauth/flow.h"

static void
play_all(const struct scenario *scenarios, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (uint32_t seed = 0; seed < 50; seed++)
			play_scenario(&scenarios[i], seed * 0x9E3779B1U);
	}
}

static void
rfc_8628_3_5_decides_what_each_answer_does(void **state PO_UNUSED)
{
	static const struct scenario scenarios[] = {
		{ "approved before the first poll", 300, "dev:300/5 grant",
		    "D0 show T5 ok@5" },
		{ "pending goes on at the same pace", 300,
		    "dev:300/5 pend pend pend grant",
		    "D0 show T5 T5 T5 T5 ok@20" },
		{ "an interval of one second is kept", 300,
		    "dev:300/1 pend pend grant", "D0 show T1 T1 T1 ok@3" },
		{ "the interval counts from the receipt", 300,
		    "dev:300/5+2 pend+3 pend+4 grant+1",
		    "D0 show T5 T5 T5 ok@25" },
		{ "slow_down adds 5 s for good", 300,
		    "dev:300/5 slow pend slow pend grant",
		    "D0 show T5 T10-20 T10 T15-30 T15 ok@55-81" },
		{ "slow_down with a longer interval", 300,
		    "dev:300/5 slow:20 pend grant",
		    "D0 show T5 T20-40 T20 ok@45-66" },
		{ "slow_down with a shorter interval", 300,
		    "dev:300/5 slow:7 pend grant", "D0 show T5 T10-20 T10 ok" },
		{ "denied is the end", 300, "dev:300/5 pend deny",
		    "D0 show T5 T5 denied@10" },
		{ "invalid_grant is the end", 300, "dev:300/5 refuse",
		    "D0 show T5 grant-refused@5" },
		{ "invalid_client is the end", 300, "dev:300/5 client",
		    "D0 show T5 client-refused@5" },
	};

	play_all(scenarios, PO_ARRAY_LEN(scenarios));
}

static void
trouble_backs_off_and_is_forgotten_by_a_good_answer(void **state PO_UNUSED)
{
	static const struct scenario scenarios[] = {
		{ "5 s, then doubling, up to 60 s on top of the interval", 900,
		    "dev:900/5 down down down down down down grant",
		    "D0 show T5 T10-15 T15-20 T25-30 T45-50 T65-70 T65-70 ok" },
		{ "timeouts count as trouble", 900,
		    "dev:900/5 net net http down grant",
		    "D0 show T5 T10-15 T15-20 T25-30 T45-50 ok" },
		{ "pending resets it", 900, "dev:900/5 down net pend net grant",
		    "D0 show T5 T10-15 T15-20 T5 T10-15 ok" },
		{ "slow_down resets it and stays", 900,
		    "dev:900/5 down slow down grant",
		    "D0 show T5 T10-15 T10-20 T15-25 ok" },
		{ "Retry-After if longer", 300, "dev:300/5 down:30 grant",
		    "D0 show T5 T30-35 ok" },
		{ "Retry-After not if shorter", 300, "dev:300/5 down:1 grant",
		    "D0 show T5 T10-15 ok" },
		{ "Retry-After of 0 and of nothing", 300,
		    "dev:300/5 down:0 down:-1 grant",
		    "D0 show T5 T10-15 T15-20 ok" },
		{ "Retry-After beside an answer that is no trouble", 300,
		    "dev:300/5 pend:30 pend grant", "D0 show T5 T30-35 T5 ok" },
		{ "Retry-After past the deadline ends at once", 300,
		    "dev:300/5 down:300", "D0 show T5 http@5" },
		{ "Retry-After of an eternity", 300,
		    "dev:300/5 down:9223372036854775807", "D0 show T5 http@5" },
		{ "trouble to the end is the reason of the end", 130,
		    "dev:300/5 net*",
		    "D0 show T5 T10-15 T15-20 T25-30 T45-50 network" },
		{ "no further poll fits", 12, "dev:300/5 pend net",
		    "D0 show T5 T5 network@10" },
		{ "a poll cut short by the deadline is no trouble", 12,
		    "dev:300/5 net+10", "D0 show T5 expired@15" },
		{ "it is when there was trouble before", 30,
		    "dev:300/5 net net+20", "D0 show T5 T10-15 network@35-40" },
		{ "jitter does not cost the last poll", 17,
		    "dev:300/5 down pend", "D0 show T5 T10-11 expired@17" },
		{ "TLS is not trouble that passes", 300, "dev:300/5 pend tls",
		    "D0 show T5 T5 tls@10" },
		{ "no network before the first code", 300, "net",
		    "D0 network@0" },
		{ "429 before the first code", 300, "http", "D0 http@0" },
		{ "TLS before the first code", 300, "tls", "D0 tls@0" },
	};

	play_all(scenarios, PO_ARRAY_LEN(scenarios));
}

static void
a_lapsed_code_is_renewed_once(void **state PO_UNUSED)
{
	static const struct scenario scenarios[] = {
		{ "by our clock", 300, "dev:60/25 pend pend dev:60/25 grant",
		    "D0 show T25 T25 D@60 show+ T25 ok" },
		{ "by the provider's word", 300,
		    "dev:300/5 pend exp dev:300/5 grant",
		    "D0 show T5 T5 D0 show+ T5 ok@15" },
		{ "but not twice", 300, "dev:300/5 exp dev:300/5 exp",
		    "D0 show T5 D0 show+ T5 expired@10" },
		{ "and not twice by our clock", 300,
		    "dev:60/50 pend dev:60/50 pend",
		    "D0 show T50 D@60 show+ T50 expired@120" },
		{ "a code ends when it was asked for plus expires_in", 300,
		    "dev:60/25+12 pend dev:60/25 grant",
		    "D0 show T25 D@60 show+ T25 ok" },
		{ "invalid_grant past its end is a lapse", 300,
		    "dev:10/5 refuse+8 dev:60/5 grant",
		    "D0 show T5 D@13 show+ T5 ok" },
		{ "denied past its end is a denial", 300, "dev:10/5 deny+8",
		    "D0 show T5 denied@13" },
		{ "slow_down outlives the code", 300,
		    "dev:300/5 slow exp dev:300/5 pend grant",
		    "D0 show T5 T10-20 D0 show+ T10 T10 ok" },
		{ "a longer interval of the new code counts", 300,
		    "dev:300/5 exp dev:300/20 grant",
		    "D0 show T5 D0 show+ T20 ok" },
		{ "a code that comes too late was never shown", 300,
		    "dev:5/1+6 dev:300/1 grant", "D0 D@6 show T1 ok" },
		{ "not when no poll would fit", 80, "dev:60/25 pend pend",
		    "D0 show T25 T25 expired@60" },
		{ "not when the deadline is the end of the code", 60,
		    "dev:60/25 pend pend", "D0 show T25 T25 expired@60" },
		{ "a renewal without an answer is the end", 300,
		    "dev:300/5 exp net", "D0 show T5 D0 network@5" },
		{ "Retry-After is waited for before a renewal", 300,
		    "dev:60/5 down:80 dev:60/5 grant",
		    "D0 show T5 D80-85 show+ T5 ok" },
		{ "Retry-After past the end of the last code", 300,
		    "dev:300/5 exp dev:30/5 down:100",
		    "D0 show T5 D0 show+ T5 http@10" },
		{ "Retry-After that leaves no time for a renewal", 100,
		    "dev:60/5 down:92", "D0 show T5 http@5" },
	};

	play_all(scenarios, PO_ARRAY_LEN(scenarios));
}

static void
the_deadline_is_the_end_before_and_after_every_wait(void **state PO_UNUSED)
{
	static const struct scenario scenarios[] = {
		{ "pending for ever", 20, "dev:300/5 pend*",
		    "D0 show T5 T5 T5 expired@20" },
		{ "slow_down for ever", 45, "dev:300/5 slow*",
		    "D0 show T5 T10-20 T15-30 expired@45" },
		{ "no time at all", 0, "", "expired@0" },
		{ "it passes during the device request", 20, "dev:300/5+30",
		    "D0 expired@30" },
		{ "it passes during a poll", 20, "dev:300/5 pend+30",
		    "D0 show T5 expired@35" },
		{ "it passes in a sleep that ends late", 60,
		    "dev:300/5 ~100 pend", "D0 show expired@105" },
		{ "the code ends in a sleep that ends late", 300,
		    "dev:60/5 ~100 dev:60/5 grant",
		    "D0 show D@105 show+ T5 ok" },
		{ "a grant that comes after it counts", 20,
		    "dev:300/5 grant+30", "D0 show T5 ok@35" },
		{ "an interval as long as the login", 5, "dev:300/5",
		    "D0 show expired@5" },
	};

	play_all(scenarios, PO_ARRAY_LEN(scenarios));
}

static void
intervals_are_clamped_even_if_the_parser_did_not(void **state PO_UNUSED)
{
	static const struct scenario scenarios[] = {
		{ "zero", 300, "dev:300/0 grant", "D0 show T1 ok" },
		{ "negative", 300, "dev:300/-9223372036854775808 grant",
		    "D0 show T1 ok" },
		{ "huge", 7300, "dev:3600/9223372036854775807 dev:3600/1",
		    "D0 show D@3600 show+ expired@7200" },
		{ "a code without a life", 300,
		    "dev:-9223372036854775808/1 dev:0/1",
		    "D0 show D@1 show+ expired@2" },
		{ "a code of eternal life", 7300,
		    "dev:9223372036854775807/60 ~3600 "
		    "dev:9223372036854775807/60 grant",
		    "D0 show D show+ T60 ok" },
		{ "slow_down to eternity", 7300,
		    "dev:3600/1 slow:9223372036854775807 dev:3600/1",
		    "D0 show T1 D@3600 show+ expired@7200" },
	};

	play_all(scenarios, PO_ARRAY_LEN(scenarios));
}

/* RFC 8628 3.5: the client MUST wait at least that long. */
static void
no_interval_is_too_long_to_be_kept(void **state PO_UNUSED)
{
	static const struct scenario scenarios[] = {
		{ "past a minute", 300, "dev:300/120 pend grant",
		    "D0 show T120 T120 ok" },
		{ "slow_down with such a one", 900, "dev:900/5 slow:120 grant",
		    "D0 show T5 T120-240 ok" },
		{ "past the deadline", 110, "dev:300/120 grant",
		    "D0 show expired@110" },
	};

	play_all(scenarios, PO_ARRAY_LEN(scenarios));
}

/* Gives the flow a code and returns when its first poll may go out. */
static int64_t
first_poll_ms(struct po_flow *flow, int64_t interval_s, uint32_t seed)
{
	struct po_device_authorization device = {
		.device_code = po_str_dup("device"),
		.expires_in_s = 300,
		.interval_s = interval_s,
	};
	int64_t until_ms;

	po_flow_init(flow, 300 * 1000, seed);
	assert_int_equal(po_flow_next(flow, 0, &until_ms), PO_FLOW_SEND_DEVICE);
	po_flow_device(flow, 0, &device);
	assert_int_equal(po_flow_next(flow, 0, &until_ms), PO_FLOW_PROMPT);
	assert_int_equal(po_flow_next(flow, 0, &until_ms), PO_FLOW_WAIT);
	return until_ms;
}

static void
jitter_is_added_up_to_two_percent_and_spreads_a_fleet(void **state PO_UNUSED)
{
	static const int64_t intervals_s[] = { 1, 5, 60 };

	for (size_t i = 0; i < PO_ARRAY_LEN(intervals_s); i++) {
		int64_t wait_ms = intervals_s[i] * 1000;
		int64_t most_ms = wait_ms / 50;
		int64_t sum_of_jitter_ms = 0;
		bool none = false, all = false;

		for (uint32_t seed = 0; seed < 20000; seed++) {
			struct po_flow flow;
			int64_t jitter_ms =
			    first_poll_ms(&flow, intervals_s[i], seed) -
			    wait_ms;

			assert_true(jitter_ms >= 0 && jitter_ms <= most_ms);
			none = none || jitter_ms == 0;
			all = all || jitter_ms == most_ms;
			sum_of_jitter_ms += jitter_ms;
			po_flow_clear(&flow);
		}
		assert_true(none && all);
		/* uniform: the mean is the middle, give or take 3 % */
		assert_in_range(sum_of_jitter_ms,
		    20000 * most_ms / 2 * 97 / 100,
		    20000 * most_ms / 2 * 103 / 100);
	}
}

/*
 * What reaches a fleet in one moment does not bring it back in one: of those
 * who come back, each tenth of an interval sees a tenth, and none is early.
 */
static void
after_trouble_a_fleet_is_spread_over_an_interval(void **state PO_UNUSED)
{
	static const struct {
		enum po_token_verdict verdict;
		int64_t retry_after_s;
		int64_t wait_ms, interval_ms;
	} troubles[] = {
		{ PO_TOKEN_SLOW_DOWN, -1, 10000, 10000 },
		{ PO_TOKEN_UNAVAILABLE, -1, 10000, 5000 },
		{ PO_TOKEN_UNAVAILABLE, 60, 60000, 5000 },
		{ PO_TOKEN_PENDING, 60, 60000, 5000 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(troubles); i++) {
		int64_t tenth_ms = troubles[i].interval_ms / 10;
		unsigned tenths[10] = { 0 };

		for (uint32_t seed = 0; seed < 20000; seed++) {
			struct po_token_answer answer = {
				.verdict = troubles[i].verdict,
				.interval_s = -1,
				.retry_after_s = troubles[i].retry_after_s,
			};
			struct po_flow flow;
			int64_t until_ms, late_ms;

			(void)first_poll_ms(&flow, 5, seed);
			assert_int_equal(po_flow_next(&flow, 6000, &until_ms),
			    PO_FLOW_SEND_TOKEN);
			po_flow_token(&flow, 6000, &answer);
			assert_int_equal(
			    po_flow_next(&flow, 6000, &until_ms), PO_FLOW_WAIT);
			late_ms = until_ms - 6000 - troubles[i].wait_ms;
			assert_in_range(late_ms, 0, troubles[i].interval_ms);
			if (late_ms < troubles[i].interval_ms)
				tenths[late_ms / tenth_ms]++;
			po_flow_clear(&flow);
		}
		/* 2,000 each, give or take 5 standard deviations */
		for (size_t j = 0; j < 10; j++)
			assert_in_range(tenths[j], 2000 - 212, 2000 + 212);
	}
}

static void
woken_a_millisecond_early_it_waits_on(void **state PO_UNUSED)
{
	for (uint32_t seed = 0; seed < 200; seed++) {
		struct po_flow flow;
		int64_t due_ms = first_poll_ms(&flow, 1, seed);
		int64_t until_ms;

		assert_int_equal(
		    po_flow_next(&flow, due_ms - 1, &until_ms), PO_FLOW_WAIT);
		assert_int_equal(until_ms, due_ms);
		assert_int_equal(
		    po_flow_next(&flow, due_ms, &until_ms), PO_FLOW_SEND_TOKEN);
		po_flow_clear(&flow);
	}
}

static void
the_same_seed_gives_the_same_schedule(void **state PO_UNUSED)
{
	struct po_flow a, b;

	assert_int_equal(
	    first_poll_ms(&a, 60, 4711), first_poll_ms(&b, 60, 4711));
	po_flow_clear(&a);
	po_flow_clear(&b);
}

static void
messages_name_the_limit_or_pass_the_providers_reason(void **state PO_UNUSED)
{
	struct po_token_answer answer = { .verdict = PO_TOKEN_UNAVAILABLE,
		.retry_after_s = 1000 };
	struct po_flow flow;
	int64_t until_ms;

	(void)first_poll_ms(&flow, 5, 0);
	assert_int_equal(
	    po_flow_next(&flow, 300 * 1000, &until_ms), PO_FLOW_FAIL);
	assert_string_equal(flow.err.text,
	    "no approval within 300 s, the time limit of a login");
	po_flow_clear(&flow);

	(void)first_poll_ms(&flow, 5, 0);
	assert_int_equal(
	    po_flow_next(&flow, 6000, &until_ms), PO_FLOW_SEND_TOKEN);
	assert_int_equal(flow.polls, 1);
	(void)po_err_set(&answer.err, PO_E_HTTP, "HTTP status 503");
	po_flow_token(&flow, 6000, &answer);
	assert_int_equal(po_flow_next(&flow, 6000, &until_ms), PO_FLOW_FAIL);
	assert_int_equal(flow.err.status, PO_E_HTTP);
	assert_string_equal(flow.err.text,
	    "no further poll fits into the time of this login: "
	    "HTTP status 503");
	po_flow_clear(&flow);
}

/* Network trouble, too, where nothing was sent: it can only be the end. */
static void
a_failure_during_a_wait_ends_with_its_reason(void **state PO_UNUSED)
{
	static const enum po_status statuses[] = { PO_E_CANCELLED,
		PO_E_NETWORK };

	for (size_t i = 0; i < PO_ARRAY_LEN(statuses); i++) {
		struct po_err err = { 0 };
		struct po_err late = { 0 };
		struct po_flow flow;
		int64_t until_ms;

		(void)first_poll_ms(&flow, 5, 0);
		(void)po_err_set(&err, statuses[i], "gave up");
		(void)po_err_set(&late, PO_E_TLS, "too late");
		po_flow_failed(&flow, 100, &err);
		po_flow_failed(&flow, 200, &late);
		assert_int_equal(
		    po_flow_next(&flow, 300, &until_ms), PO_FLOW_FAIL);
		assert_int_equal(flow.err.status, statuses[i]);
		assert_string_equal(flow.err.text, "gave up");
		po_flow_clear(&flow);
	}
}

static void
calls_out_of_turn_end_it(void **state PO_UNUSED)
{
	for (int i = 0; i < 4; i++) {
		struct po_device_authorization device = {
			.device_code = po_str_dup("other"),
			.expires_in_s = 300,
			.interval_s = 1,
		};
		struct po_token_answer answer = {
			.verdict = PO_TOKEN_GRANTED,
			.tokens.access_token = po_str_dup("stolen"),
		};
		struct po_flow flow;
		int64_t until_ms;

		(void)first_poll_ms(&flow, 5, 0);
		if (i == 0) { /* a grant nobody asked for */
			po_flow_token(&flow, 100, &answer);
		} else if (i == 1) { /* a code nobody asked for */
			po_flow_device(&flow, 100, &device);
		} else {
			assert_int_equal(po_flow_next(&flow, 6000, &until_ms),
			    PO_FLOW_SEND_TOKEN);
			if (i == 2) /* a code in answer to a poll */
				po_flow_device(&flow, 6000, &device);
			/* 3: no answer at all */
		}
		assert_int_equal(
		    po_flow_next(&flow, 6000, &until_ms), PO_FLOW_FAIL);
		assert_int_equal(flow.err.status, PO_E_INTERNAL);
		assert_null(flow.tokens.access_token);
		po_flow_clear(&flow);
		po_device_authorization_clear(&device);
		po_token_answer_clear(&answer);
	}
}

static void
a_failure_without_a_reason_is_not_taken_for_success(void **state PO_UNUSED)
{
	const struct po_err err = { 0 };
	struct po_flow flow;
	int64_t until_ms;

	(void)first_poll_ms(&flow, 5, 0);
	po_flow_failed(&flow, 100, &err);
	assert_int_equal(po_flow_next(&flow, 100, &until_ms), PO_FLOW_FAIL);
	assert_int_equal(flow.err.status, PO_E_INTERNAL);
	po_flow_clear(&flow);
	/* nor is a flow that was cleared */
	assert_int_equal(po_flow_next(&flow, 0, &until_ms), PO_FLOW_FAIL);
	assert_int_not_equal(flow.err.status, PO_OK);
	po_flow_clear(&flow);
}

/* The model of flow_random.h over random events; the fuzzer goes deeper. */
static void
no_sequence_of_events_polls_early_or_does_not_end(void **state PO_UNUSED)
{
	uint64_t random = 0x853C49E6748FEA9BU;
	uint8_t data[160];

	for (int round = 0; round < 50000; round++) {
		const char *wrong;

		for (size_t i = 0; i < sizeof(data); i++) {
			random = random * 6364136223846793005U + 1;
			data[i] = (uint8_t)(random >> 56);
		}
		wrong = run_flow_random(data, sizeof(data));
		if (wrong != NULL)
			fail_msg("round %d: %s", round, wrong);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_8628_3_5_decides_what_each_answer_does),
		cmocka_unit_test(
		    trouble_backs_off_and_is_forgotten_by_a_good_answer),
		cmocka_unit_test(a_lapsed_code_is_renewed_once),
		cmocka_unit_test(
		    the_deadline_is_the_end_before_and_after_every_wait),
		cmocka_unit_test(
		    intervals_are_clamped_even_if_the_parser_did_not),
		cmocka_unit_test(no_interval_is_too_long_to_be_kept),
		cmocka_unit_test(
		    jitter_is_added_up_to_two_percent_and_spreads_a_fleet),
		cmocka_unit_test(
		    after_trouble_a_fleet_is_spread_over_an_interval),
		cmocka_unit_test(woken_a_millisecond_early_it_waits_on),
		cmocka_unit_test(the_same_seed_gives_the_same_schedule),
		cmocka_unit_test(
		    messages_name_the_limit_or_pass_the_providers_reason),
		cmocka_unit_test(a_failure_during_a_wait_ends_with_its_reason),
		cmocka_unit_test(calls_out_of_turn_end_it),
		cmocka_unit_test(
		    a_failure_without_a_reason_is_not_taken_for_success),
		cmocka_unit_test(
		    no_sequence_of_events_polls_early_or_does_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
