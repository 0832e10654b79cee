/* SPDX-License-Identifier: BSD-2-Clause */
/* A device grant at the mercy of random events.  See flow_random.h. */

#include "flow_random.h"

#include <string.h>

#include "base/mem.h"
#include "oauth/flow.h"

struct flow_random {
	const uint8_t *data;
	size_t left;
	struct po_flow flow;
	int64_t now_ms;
	/* the model */
	int64_t earliest_ms; /* of the next poll */
	int64_t interval_ms;
	int64_t code_ends_ms;
	unsigned device_requests;
	bool granted;
	bool misused;
	bool failed; /* an event that must end the flow has happened */
};

static uint8_t
take_byte(struct flow_random *r)
{
	if (r->left == 0)
		return 0;
	r->left--;
	return *r->data++;
}

/* Mostly small, sometimes any int64_t at all. */
static int64_t
take_int(struct flow_random *r)
{
	uint8_t kind = take_byte(r);
	uint64_t value = 0;

	if (kind < 0xC0)
		return kind;
	if (kind < 0xF0)
		return (int64_t)kind * take_byte(r) * take_byte(r);
	for (int i = 0; i < 8; i++)
		value = value << 8 | take_byte(r);
	return (int64_t)value;
}

static int64_t
sum_ms(int64_t a_ms, int64_t b_ms)
{
	int64_t sum;

	if (!__builtin_add_overflow(a_ms, b_ms, &sum))
		return sum;
	return b_ms < 0 ? INT64_MIN : INT64_MAX;
}

/* Time goes on by any amount, never back. */
static void
pass_time(struct flow_random *r)
{
	int64_t step_ms = take_int(r);

	if (step_ms > 0)
		r->now_ms = sum_ms(r->now_ms, step_ms);
}

static int64_t
within(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

static void
allow_poll(struct flow_random *r, int64_t extra_ms)
{
	r->earliest_ms = sum_ms(r->now_ms, sum_ms(r->interval_ms, extra_ms));
}

/* A call out of turn: ignored by a flow that is over, else its end. */
static void
misuse(struct flow_random *r, uint8_t how)
{
	struct po_device_authorization device = {
		.device_code = po_str_dup("d"),
		.interval_s = 1,
	};
	struct po_token_answer answer = {
		.verdict = PO_TOKEN_GRANTED,
		.tokens.access_token = po_str_dup("stolen"),
	};

	if (how % 2 == 0)
		po_flow_device(&r->flow, r->now_ms, &device);
	else
		po_flow_token(&r->flow, r->now_ms, &answer);
	po_device_authorization_clear(&device);
	po_token_answer_clear(&answer);
}

static void
send_failure(struct flow_random *r)
{
	static const enum po_status statuses[] = { PO_E_NETWORK, PO_E_HTTP,
		PO_E_TLS, PO_E_CANCELLED, PO_OK };
	struct po_err err = { 0 };

	err.status = statuses[take_byte(r) % PO_ARRAY_LEN(statuses)];
	allow_poll(r, PO_FLOW_BACKOFF_MS);
	if (r->flow.state == PO_FLOW_START ||
	    (err.status != PO_E_NETWORK && err.status != PO_E_HTTP))
		r->failed = true;
	po_flow_failed(&r->flow, r->now_ms, &err);
}

static void
answer_device(struct flow_random *r, int64_t sent_ms)
{
	struct po_device_authorization device = {
		.device_code = po_str_dup("device"),
		.user_code = po_str_dup("USER"),
		.verification_uri = po_str_dup("https://a.example"),
		.expires_in_s = take_int(r),
		.interval_s = take_int(r),
	};
	int64_t interval_ms =
	    within(device.interval_s, 1, PO_DEVICE_INTERVAL_MAX_S) * 1000;

	if (r->interval_ms < interval_ms)
		r->interval_ms = interval_ms;
	r->code_ends_ms = sum_ms(sent_ms,
	    within(device.expires_in_s, 1, PO_DEVICE_EXPIRES_MAX_S) * 1000);
	allow_poll(r, 0);
	po_flow_device(&r->flow, r->now_ms, &device);
}

static void
answer_token(struct flow_random *r, uint8_t verdict)
{
	struct po_token_answer answer = {
		.verdict = (enum po_token_verdict)(verdict % 7),
		.interval_s = take_int(r),
		.retry_after_s = take_int(r),
	};
	int64_t retry_ms =
	    within(answer.retry_after_s, 0, INT64_MAX / 1000) * 1000;

	if (answer.verdict == PO_TOKEN_GRANTED) {
		answer.tokens.access_token = po_str_dup("token");
		r->granted = true;
	}
	if (answer.verdict == PO_TOKEN_SLOW_DOWN) {
		int64_t slower_ms = r->interval_ms + PO_FLOW_SLOW_DOWN_MS;
		int64_t asked_ms = within(answer.interval_s, 0, 3600) * 1000;

		r->interval_ms =
		    within(slower_ms > asked_ms ? slower_ms : asked_ms, 0,
			PO_DEVICE_EXPIRES_MAX_S * 1000);
	}
	if (answer.verdict == PO_TOKEN_DENIED)
		r->failed = true;
	if (answer.verdict == PO_TOKEN_REFUSED) {
		answer.err.status =
		    verdict & 0x80 ? PO_E_GRANT_REFUSED : PO_E_CLIENT_REFUSED;
		if ((verdict & 0x80) == 0 || r->now_ms < r->code_ends_ms)
			r->failed = true;
	}
	allow_poll(
	    r, answer.verdict == PO_TOKEN_UNAVAILABLE ? PO_FLOW_BACKOFF_MS : 0);
	if (sum_ms(r->now_ms, retry_ms) > r->earliest_ms)
		r->earliest_ms = sum_ms(r->now_ms, retry_ms);
	po_flow_token(&r->flow, r->now_ms, &answer);
}

/* Answers a request; NULL if asking for it now was right. */
static const char *
answer_request(struct flow_random *r, enum po_flow_action action)
{
	int64_t sent_ms = r->now_ms;
	uint8_t event = take_byte(r);

	if (sent_ms >= r->flow.deadline_ms)
		return "a request at or past the deadline";
	if (action == PO_FLOW_SEND_DEVICE &&
	    ++r->device_requests > 1 + PO_FLOW_RENEWALS)
		return "too many device requests";
	if (action == PO_FLOW_SEND_TOKEN && sent_ms < r->earliest_ms)
		return "a poll too early";
	if (action == PO_FLOW_SEND_TOKEN && sent_ms >= r->code_ends_ms)
		return "a poll with a code that has expired";
	if (action == PO_FLOW_SEND_TOKEN && r->flow.device.device_code == NULL)
		return "a poll without a code";

	pass_time(r);
	if (r->left == 0 && r->now_ms < r->flow.deadline_ms)
		r->now_ms = r->flow.deadline_ms; /* so that it ends */
	if (event == 0xFF)
		r->misused = true; /* never answered: next is out of turn */
	else if (event >= 0xF0)
		send_failure(r);
	else if (action == PO_FLOW_SEND_DEVICE)
		answer_device(r, sent_ms);
	else
		answer_token(r, event);
	return NULL;
}

static const char *
check_wait(struct flow_random *r, int64_t until_ms)
{
	uint8_t event = take_byte(r);

	if (until_ms <= r->now_ms)
		return "a wait that does not wait";
	if (until_ms > r->flow.deadline_ms)
		return "a wait past the deadline";
	if (r->flow.state == PO_FLOW_POLLING && until_ms > r->code_ends_ms)
		return "a wait past the end of the code";

	if (r->left == 0)
		r->now_ms = r->flow.deadline_ms;
	else if (event < 0xC0)
		r->now_ms = until_ms;
	else if (event < 0xF0)
		pass_time(r); /* woken early, or late */
	else {
		misuse(r, event);
		r->misused = true;
	}
	return NULL;
}

/* Over is over: the same answer for ever, and the codes are gone. */
static const char *
check_end(struct flow_random *r, enum po_flow_action action)
{
	int64_t until_ms;

	if ((action == PO_FLOW_DONE) != (r->granted && !r->misused))
		return "the wrong end";
	if (action == PO_FLOW_DONE &&
	    (r->flow.tokens.access_token == NULL ||
		strcmp(r->flow.tokens.access_token, "token") != 0))
		return "done with another token";
	if (action == PO_FLOW_FAIL && (r->flow.err.status == PO_OK ||
					  r->flow.tokens.access_token != NULL))
		return "a failure without a reason, or with a token";
	if (r->flow.device.device_code != NULL)
		return "a code outlives the flow";
	for (uint8_t i = 0; i < 4; i++) {
		misuse(r, i);
		send_failure(r);
		pass_time(r);
		if (po_flow_next(&r->flow, r->now_ms, &until_ms) != action)
			return "a flow that moves after its end";
	}
	return NULL;
}

/* NULL, or what the flow did that it must never do. */
static const char *
drive_flow(struct flow_random *r)
{
	/* every event takes a byte; the ends of code and login a few more */
	size_t steps = 2 * r->left + 16;
	const char *wrong = NULL;

	for (; wrong == NULL && steps > 0; steps--) {
		bool over = r->failed || r->misused;
		bool late = r->now_ms >= r->flow.deadline_ms;
		int64_t until_ms = INT64_MIN;
		enum po_flow_action action =
		    po_flow_next(&r->flow, r->now_ms, &until_ms);

		if (action == PO_FLOW_DONE || action == PO_FLOW_FAIL)
			return check_end(r, action);
		if (over || late)
			return "a flow that goes on after its end";
		if (action == PO_FLOW_WAIT)
			wrong = check_wait(r, until_ms);
		else if (action != PO_FLOW_PROMPT)
			wrong = answer_request(r, action);
		else if (r->flow.device.user_code == NULL)
			wrong = "a prompt without a code";
	}
	return wrong != NULL ? wrong : "a flow that does not end";
}

const char *
run_flow_random(const uint8_t *data, size_t len)
{
	struct flow_random r = { .data = data, .left = len };
	const char *wrong;
	int64_t deadline_ms;

	r.now_ms = take_int(&r);
	deadline_ms = take_int(&r);
	if (deadline_ms >= 0 && deadline_ms < INT64_MAX / 1000)
		deadline_ms = sum_ms(r.now_ms, deadline_ms * 1000);
	po_flow_init(&r.flow, deadline_ms, take_byte(&r));
	wrong = drive_flow(&r);
	po_flow_clear(&r.flow);
	return wrong;
}
