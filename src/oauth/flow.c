/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device grant as a state machine (RFC 8628).  No clock, no network: it
 * must never ask for a poll too early, never go on past the deadline, and
 * never move again once it is over.  See flow.h.
 */

#include "oauth/flow.h"

#include <inttypes.h>
#include <string.h>

#define MS_PER_S 1000

/*
 * A time and a duration, which is never negative.  Saturating, so that no
 * clock and no provider can make time wrap.
 */
static int64_t
add_ms(int64_t time_ms, int64_t duration_ms)
{
	int64_t sum;

	return __builtin_add_overflow(time_ms, duration_ms, &sum) ? INT64_MAX
								  : sum;
}

static int64_t
seconds_to_ms(int64_t seconds)
{
	if (seconds > INT64_MAX / MS_PER_S)
		return INT64_MAX;
	return seconds < 0 ? 0 : seconds * MS_PER_S;
}

static int64_t
min_ms(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

static int64_t
max_ms(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

/*
 * Uniform in 0..most.  A Weyl sequence through a 32-bit mixer: nothing to
 * keep secret here, logins of one host just must not poll in step.
 */
static int64_t
next_jitter(struct po_flow *flow, int64_t most_ms)
{
	uint64_t span = (uint64_t)most_ms + 1;
	uint32_t x = flow->jitter_seed += 0x9E3779B9U;

	x = (x ^ (x >> 16)) * 0x85EBCA6BU;
	x = (x ^ (x >> 13)) * 0xC2B2AE35U;
	x ^= x >> 16;
	return (int64_t)(x % span);
}

void
po_flow_init(struct po_flow *flow, int64_t deadline_ms, uint32_t jitter_seed)
{
	*flow = (struct po_flow){
		.state = PO_FLOW_START,
		.deadline_ms = deadline_ms,
		.not_before_ms = INT64_MIN,
		.jitter_seed = jitter_seed,
		.renewals_left = PO_FLOW_RENEWALS,
	};
}

void
po_flow_clear(struct po_flow *flow)
{
	po_device_authorization_clear(&flow->device);
	po_tokens_clear(&flow->tokens);
	po_flow_init(flow, INT64_MIN, 0); /* used again, it is over at once */
}

static bool
is_over(const struct po_flow *flow)
{
	return flow->state == PO_FLOW_FINISHED || flow->state == PO_FLOW_FAILED;
}

/* The codes go too: after an approval they are as good as a token. */
static void
finish(struct po_flow *flow, enum po_flow_state state)
{
	flow->state = state;
	flow->awaiting = false;
	po_device_authorization_clear(&flow->device);
}

static void
fail(struct po_flow *flow, const struct po_err *err)
{
	finish(flow, PO_FLOW_FAILED);
	flow->err = *err;
	/* a failure without a reason is still a failure */
	(void)po_err_set(&flow->err, PO_E_INTERNAL, "no reason given");
}

static void
fail_misuse(struct po_flow *flow, const char *what)
{
	struct po_err err = { 0 };

	(void)po_err_set(
	    &err, PO_E_INTERNAL, "device grant: %s out of turn", what);
	fail(flow, &err);
}

static void
fail_deadline(struct po_flow *flow)
{
	struct po_err err = { 0 };
	/* as unsigned: the difference of two int64_t fits there */
	uint64_t ms = (uint64_t)flow->deadline_ms - (uint64_t)flow->started_ms;

	if (flow->deadline_ms < flow->started_ms)
		ms = 0;
	(void)po_err_set(&err, PO_E_EXPIRED,
	    "no approval within %" PRIu64 " s, the time limit of a login",
	    ms / MS_PER_S + (ms % MS_PER_S != 0));
	fail(flow, &err);
}

/*
 * Sets when the next poll may go out: the interval from now, what trouble
 * adds to it, or what the provider asks for with Retry-After, if longer; and
 * jitter, wide if told to `spread` or to come back later (flow.h), but never
 * so much that the login misses its last poll.
 */
static void
schedule(
    struct po_flow *flow, int64_t now_ms, int64_t retry_after_s, bool spread)
{
	int64_t wait_ms = max_ms(add_ms(flow->interval_ms, flow->backoff_ms),
	    seconds_to_ms(retry_after_s));
	int64_t due_ms = add_ms(now_ms, wait_ms);
	int64_t jitter_ms = wait_ms / PO_FLOW_JITTER_DIV;
	/* as unsigned: the difference of two int64_t fits there */
	uint64_t left_ms = (uint64_t)flow->deadline_ms - (uint64_t)due_ms;

	if (spread || wait_ms > flow->interval_ms)
		jitter_ms = max_ms(jitter_ms, flow->interval_ms);
	if (due_ms < flow->deadline_ms)
		jitter_ms = min_ms(jitter_ms, (int64_t)(left_ms / 2));
	flow->not_before_ms = add_ms(due_ms, next_jitter(flow, jitter_ms));
}

/* A code asked for at `at_ms` could still be polled for once. */
static bool
can_renew(const struct po_flow *flow, int64_t at_ms)
{
	return flow->renewals_left > 0 &&
	       add_ms(at_ms, flow->interval_ms) < flow->deadline_ms;
}

/*
 * The code is past its life.  The person may be slow, not gone: ask for
 * another one, once.  The polling interval does not bind a device request,
 * but a provider in trouble is spared that one, too.
 */
static void
lapse(struct po_flow *flow, int64_t now_ms, const struct po_err *err)
{
	if (flow->backoff_ms == 0 || flow->not_before_ms < now_ms)
		flow->not_before_ms = now_ms;
	if (!can_renew(flow, flow->not_before_ms)) {
		fail(flow, err);
		return;
	}
	flow->renewals_left--;
	/* a code that came too late to be shown replaces none */
	if (flow->state == PO_FLOW_POLLING)
		flow->renewed = true;
	flow->state = PO_FLOW_START;
	po_device_authorization_clear(&flow->device);
}

static void
lapse_by_clock(struct po_flow *flow, int64_t now_ms)
{
	struct po_err err = { 0 };

	(void)po_err_set(&err, PO_E_EXPIRED,
	    "the code expired before it was approved (RFC 8628 3.2)");
	lapse(flow, now_ms, &err);
}

enum po_flow_action
po_flow_next(struct po_flow *flow, int64_t now_ms, int64_t *until_ms)
{
	*until_ms = now_ms;
	if (!flow->started) {
		flow->started = true;
		flow->started_ms = now_ms;
	}

	if (!is_over(flow)) {
		if (flow->awaiting)
			fail_misuse(flow, "next");
		else if (now_ms >= flow->deadline_ms)
			fail_deadline(flow);
		else if (flow->state != PO_FLOW_START &&
			 now_ms >= flow->code_expires_ms)
			lapse_by_clock(flow, now_ms);
	}

	switch (flow->state) {
	case PO_FLOW_HAVE_CODE:
		flow->state = PO_FLOW_POLLING;
		return PO_FLOW_PROMPT;
	case PO_FLOW_START:
	case PO_FLOW_POLLING:
		break;
	case PO_FLOW_FINISHED:
		return PO_FLOW_DONE;
	case PO_FLOW_FAILED:
	default:
		return PO_FLOW_FAIL;
	}

	if (now_ms < flow->not_before_ms) {
		*until_ms = min_ms(flow->not_before_ms, flow->deadline_ms);
		if (flow->state == PO_FLOW_POLLING)
			*until_ms = min_ms(*until_ms, flow->code_expires_ms);
		return PO_FLOW_WAIT;
	}
	flow->awaiting = true;
	flow->request_ms = now_ms;
	if (flow->state == PO_FLOW_START)
		return PO_FLOW_SEND_DEVICE;
	flow->polls++;
	return PO_FLOW_SEND_TOKEN;
}

/* True if it is the answer that `state` waits for; a bug otherwise. */
static bool
take_turn(struct po_flow *flow, enum po_flow_state state, const char *what)
{
	bool expected = flow->awaiting && flow->state == state;

	flow->awaiting = false;
	if (!expected && !is_over(flow))
		fail_misuse(flow, what);
	return expected;
}

void
po_flow_device(struct po_flow *flow, int64_t now_ms,
    struct po_device_authorization *device)
{
	int64_t interval_s = device->interval_s;
	int64_t expires_s = device->expires_in_s;

	if (take_turn(flow, PO_FLOW_START, "device authorization")) {
		po_device_authorization_clear(&flow->device);
		flow->device = *device;
		memset(device, 0, sizeof(*device));

		/* po_device_parse clamps, too; here it keeps the sums small */
		interval_s =
		    max_ms(1, min_ms(interval_s, PO_DEVICE_INTERVAL_MAX_S));
		expires_s =
		    max_ms(1, min_ms(expires_s, PO_DEVICE_EXPIRES_MAX_S));
		/* what slow_down has added stays, with a new code as well */
		flow->interval_ms =
		    max_ms(flow->interval_ms, seconds_to_ms(interval_s));
		/*
		 * From the request on, not from the answer: the provider
		 * counts from somewhere between, and so our end of the code
		 * never comes after its.
		 */
		flow->code_expires_ms =
		    add_ms(flow->request_ms, seconds_to_ms(expires_s));
		flow->backoff_ms = 0;
		flow->state = PO_FLOW_HAVE_CODE;
		schedule(flow, now_ms, -1, false);
	}
	po_device_authorization_clear(device);
}

/*
 * RFC 8628 3.5: 5 s more for this and all later polls.  It saturates at the
 * longest life of a code: past that there is no next poll to be early for.
 */
static void
slow_down(struct po_flow *flow, int64_t interval_s)
{
	int64_t slower_ms = add_ms(flow->interval_ms, PO_FLOW_SLOW_DOWN_MS);

	slower_ms = max_ms(slower_ms, seconds_to_ms(interval_s));
	flow->interval_ms =
	    min_ms(slower_ms, seconds_to_ms(PO_DEVICE_EXPIRES_MAX_S));
}

/* Whether the poll that is scheduled, or a new code, comes in time. */
static bool
has_next_poll(const struct po_flow *flow)
{
	if (flow->not_before_ms < flow->code_expires_ms)
		return flow->not_before_ms < flow->deadline_ms;
	return can_renew(flow, flow->not_before_ms);
}

/*
 * The provider is in trouble: wait longer each time (RFC 8628 3.5).  When no
 * poll fits any more, because of that or of a Retry-After beyond the
 * deadline, the login ends at once and with the true reason: waiting could
 * only turn "provider unreachable" into "no approval".
 */
static void
back_off(struct po_flow *flow, int64_t now_ms, int64_t retry_after_s,
    const struct po_err *err)
{
	/* a request cut short by the deadline says nothing of the provider */
	bool ran_out = flow->backoff_ms == 0 && now_ms >= flow->deadline_ms;

	flow->backoff_ms = flow->backoff_ms == 0 ? PO_FLOW_BACKOFF_MS
						 : min_ms(flow->backoff_ms * 2,
						       PO_FLOW_BACKOFF_MAX_MS);
	schedule(flow, now_ms, retry_after_s, true);
	if (ran_out || has_next_poll(flow))
		return;
	fail(flow, err);
	po_err_prefix(
	    &flow->err, "no further poll fits into the time of this login");
}

/* A poll the provider understood: it is well. */
static void
go_on(struct po_flow *flow, int64_t now_ms, int64_t retry_after_s, bool spread)
{
	flow->backoff_ms = 0;
	schedule(flow, now_ms, retry_after_s, spread);
}

/* authentik and Google say invalid_grant of a code that has expired. */
static bool
is_expiry(const struct po_flow *flow, int64_t now_ms, const struct po_err *err)
{
	return err->status == PO_E_GRANT_REFUSED &&
	       now_ms >= flow->code_expires_ms;
}

static void
act_on(struct po_flow *flow, int64_t now_ms, struct po_token_answer *answer)
{
	switch (answer->verdict) {
	case PO_TOKEN_GRANTED:
		flow->tokens = answer->tokens;
		memset(&answer->tokens, 0, sizeof(answer->tokens));
		finish(flow, PO_FLOW_FINISHED);
		break;
	case PO_TOKEN_SLOW_DOWN:
		slow_down(flow, answer->interval_s);
		go_on(flow, now_ms, answer->retry_after_s, true);
		break;
	case PO_TOKEN_PENDING:
		go_on(flow, now_ms, answer->retry_after_s, false);
		break;
	case PO_TOKEN_UNAVAILABLE:
		back_off(flow, now_ms, answer->retry_after_s, &answer->err);
		break;
	case PO_TOKEN_EXPIRED:
		lapse(flow, now_ms, &answer->err);
		break;
	case PO_TOKEN_REFUSED:
		if (is_expiry(flow, now_ms, &answer->err)) {
			lapse_by_clock(flow, now_ms);
			break;
		}
		fail(flow, &answer->err);
		break;
	case PO_TOKEN_DENIED:
	default:
		fail(flow, &answer->err);
		break;
	}
}

void
po_flow_token(
    struct po_flow *flow, int64_t now_ms, struct po_token_answer *answer)
{
	if (take_turn(flow, PO_FLOW_POLLING, "token response"))
		act_on(flow, now_ms, answer);
	po_token_answer_clear(answer);
}

void
po_flow_failed(struct po_flow *flow, int64_t now_ms, const struct po_err *err)
{
	bool awaiting = flow->awaiting;

	flow->awaiting = false;
	if (is_over(flow))
		return;
	if (awaiting && flow->state == PO_FLOW_POLLING &&
	    (err->status == PO_E_NETWORK || err->status == PO_E_HTTP))
		back_off(flow, now_ms, -1, err);
	else
		fail(flow, err);
}
