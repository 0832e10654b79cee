/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * People, hosts and a network.  See world.h.  What the hosts must never do is
 * checked here and in provider.c, from answers received and requests seen.
 */

#include "person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* one way, on the network: a provider on the same continent */
#define LATENCY_MIN_MS 10
#define LATENCY_MAX_MS 40
/* RFC 8628 leaves it to the provider; longer than any login here */
#define CODE_LIFE_S 600

void
world_violation(struct world *world, size_t who, const char *what)
{
	if (world->totals.violations++ < 10)
		fprintf(stderr, "%s: %lld ms: person %zu: %s\n",
		    world->scenario->name, (long long)world->now_ms, who, what);
}

/* SplitMix64: one stream a person, whatever the others do. */
static uint64_t
draw(struct person *p)
{
	uint64_t x = p->random += 0x9E3779B97F4A7C15U;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
	return x ^ (x >> 31);
}

int64_t
world_draw_between(struct person *p, int64_t from, int64_t to)
{
	return from + (int64_t)(draw(p) % (uint64_t)(to - from + 1));
}

int64_t
world_latency_ms(struct person *p)
{
	return world_draw_between(p, LATENCY_MIN_MS, LATENCY_MAX_MS);
}

struct bin *
world_bin(struct world *world, int64_t at_ms)
{
	int64_t i = at_ms * BINS_PER_S / MS_PER_S;

	return &world->bins[i < BINS ? i : BINS - 1];
}

void
world_schedule(struct world *world, const struct person *p, int64_t at_ms)
{
	events_add(&world->events, at_ms, (size_t)(p - world->people));
}

size_t
world_number(const struct world *world, const struct person *p)
{
	return (size_t)(p - world->people);
}

/* --- people ----------------------------------------------------------------
 */

/*
 * They take 5 to 65 s to approve, 35 s in the mean; 4 % never do and let the
 * login lapse, 1 % deny.
 */
static void
decide_approval(struct world *world, struct person *p)
{
	int64_t kind = world_draw_between(p, 0, 99);

	p->approve_ms = world->now_ms + world_draw_between(p, 5000, 25000) +
			world_draw_between(p, 0, 20000) +
			world_draw_between(p, 0, 20000);
	p->denies = kind == 0;
	if (kind >= 1 && kind <= 4)
		p->approve_ms = INT64_MAX;
	if (!p->flow->renewed)
		world_bin(world, world->now_ms)->waiting++;
}

/* Half of them use ssh, half sudo: the defaults of `timeout`. */
static bool
begin(struct world *world, struct person *p)
{
	int64_t timeout_s = world_draw_between(p, 0, 1) == 0 ? 110 : 300;

	p->flow = calloc(1, sizeof(*p->flow));
	if (p->flow == NULL)
		return false;
	p->deadline_ms = world->now_ms + timeout_s * MS_PER_S;
	p->approve_ms = -1;
	p->interval_ms = 0;
	p->poll_seen_ms = -1;
	p->failures = 0;
	p->connected = false;
	po_flow_init(p->flow, p->deadline_ms, (uint32_t)draw(p));
	return true;
}

/*
 * A login that failed for want of a provider is tried again by its person,
 * 10 to 40 s later: nothing in the module does that.
 */
static void
end(struct world *world, struct person *p)
{
	enum po_status status = p->flow->err.status;
	bool granted = p->flow->state == PO_FLOW_FINISHED;
	struct totals *totals = &world->totals;

	if (world->now_ms > p->deadline_ms)
		world_violation(
		    world, world_number(world, p), "past its deadline");
	if (p->approve_ms >= 0)
		world_bin(world, world->now_ms)->waiting--;
	if (granted)
		totals->granted++;
	else if (status == PO_E_DENIED)
		totals->denied++;
	else if (status == PO_E_EXPIRED)
		totals->expired++;
	else if (status == PO_E_NETWORK || status == PO_E_HTTP)
		totals->unavailable++;
	else
		world_violation(world, world_number(world, p), "a strange end");
	/*
	 * Approved in time is what a poll can still learn of.  So whoever gets
	 * no answer has no poll left that could be made before the deadline.
	 */
	if (!granted && status != PO_E_DENIED && p->approve_ms >= 0 &&
	    p->earliest_ms < p->deadline_ms)
		world_violation(
		    world, world_number(world, p), "ended too soon");
	po_flow_clear(p->flow);
	free(p->flow);
	p->flow = NULL;
	if (!granted && (status == PO_E_NETWORK || status == PO_E_HTTP)) {
		p->stage = STAGE_BEGIN;
		world_schedule(world, p,
		    world->now_ms + world_draw_between(p, 10000, 40000));
	}
}

/* --- hosts -----------------------------------------------------------------
 */

static void
send_request(struct world *world, struct person *p, bool is_poll)
{
	if (is_poll && world->now_ms < p->earliest_ms)
		world_violation(
		    world, world_number(world, p), "sent a poll early");
	if (is_poll && world->now_ms > p->latest_ms)
		world_violation(
		    world, world_number(world, p), "sent a poll late");
	p->is_poll = is_poll;
	p->sent_ms = world->now_ms;
	p->stage = STAGE_REQUEST;
	world_schedule(world, p, world->now_ms + world_latency_ms(p));
}

/* Asks the flow machine what to do, until there is something to wait for. */
static void
act(struct world *world, struct person *p)
{
	int64_t until_ms;

	for (;;) {
		switch (po_flow_next(p->flow, world->now_ms, &until_ms)) {
		case PO_FLOW_SEND_DEVICE:
			send_request(world, p, false);
			return;
		case PO_FLOW_PROMPT:
			decide_approval(world, p);
			break;
		case PO_FLOW_WAIT:
			p->stage = STAGE_WAIT;
			world_schedule(world, p, until_ms);
			return;
		case PO_FLOW_SEND_TOKEN:
			send_request(world, p, true);
			return;
		case PO_FLOW_DONE:
		case PO_FLOW_FAIL:
			end(world, p);
			return;
		}
	}
}

/* The model of flow.h: when the poll after this answer is due. */
static void
expect_poll(struct world *world, struct person *p)
{
	bool is_poll = p->is_poll;
	bool failed = p->answer == ANSWER_NONE || p->answer == ANSWER_BUSY;
	int64_t backoff_ms = 0;
	int64_t wait_ms, jitter_ms;

	if (p->answer == ANSWER_CODE)
		p->interval_ms = world->scenario->interval_s * MS_PER_S;
	if (p->answer == ANSWER_SLOW_DOWN)
		p->interval_ms += PO_FLOW_SLOW_DOWN_MS;
	p->failures = failed && is_poll ? p->failures + 1 : 0;
	if (p->failures > 0)
		backoff_ms = PO_FLOW_BACKOFF_MS
			     << (p->failures < 5 ? p->failures - 1 : 4);
	if (backoff_ms > PO_FLOW_BACKOFF_MAX_MS)
		backoff_ms = PO_FLOW_BACKOFF_MAX_MS;
	wait_ms = p->interval_ms + backoff_ms;
	if (wait_ms < p->retry_after_s * MS_PER_S)
		wait_ms = p->retry_after_s * MS_PER_S;
	p->earliest_ms = world->now_ms + wait_ms;
	jitter_ms = wait_ms / PO_FLOW_JITTER_DIV;
	if ((wait_ms > p->interval_ms || p->answer == ANSWER_SLOW_DOWN) &&
	    jitter_ms < p->interval_ms)
		jitter_ms = p->interval_ms;
	p->latest_ms = p->earliest_ms + jitter_ms;
}

static void
deliver_code(struct world *world, struct person *p)
{
	struct po_device_authorization device = {
		.device_code = po_str_dup("device"),
		.expires_in_s = CODE_LIFE_S,
		.interval_s = world->scenario->interval_s,
	};

	po_flow_device(p->flow, world->now_ms, &device);
}

static void
deliver_verdict(struct world *world, struct person *p)
{
	static const enum po_token_verdict verdicts[] = {
		[ANSWER_PENDING] = PO_TOKEN_PENDING,
		[ANSWER_SLOW_DOWN] = PO_TOKEN_SLOW_DOWN,
		[ANSWER_BUSY] = PO_TOKEN_UNAVAILABLE,
		[ANSWER_EXPIRED] = PO_TOKEN_EXPIRED,
		[ANSWER_GRANTED] = PO_TOKEN_GRANTED,
		[ANSWER_DENIED] = PO_TOKEN_DENIED,
	};
	struct po_token_answer answer = {
		.verdict = verdicts[p->answer],
		.interval_s = -1,
		.retry_after_s = p->retry_after_s,
	};

	if (p->answer == ANSWER_DENIED)
		(void)po_err_set(&answer.err, PO_E_DENIED, "denied");
	if (p->answer == ANSWER_EXPIRED)
		(void)po_err_set(&answer.err, PO_E_EXPIRED, "expired");
	if (p->answer == ANSWER_BUSY)
		(void)po_err_set(&answer.err, PO_E_HTTP, "busy");
	po_flow_token(p->flow, world->now_ms, &answer);
}

static void
deliver(struct world *world, struct person *p)
{
	struct po_err err = { 0 };

	expect_poll(world, p);
	if (p->answer == ANSWER_CODE) {
		deliver_code(world, p);
	} else if (p->answer != ANSWER_NONE && p->is_poll) {
		deliver_verdict(world, p);
	} else {
		(void)po_err_set(&err,
		    p->answer == ANSWER_NONE ? PO_E_NETWORK : PO_E_HTTP,
		    "no answer");
		po_flow_failed(p->flow, world->now_ms, &err);
	}
	act(world, p);
}

/* --- all of it -------------------------------------------------------------
 */

static bool
step(struct world *world, struct person *p)
{
	switch (p->stage) {
	case STAGE_BEGIN:
		if (!begin(world, p))
			return false;
		act(world, p);
		break;
	case STAGE_WAIT:
		act(world, p);
		break;
	case STAGE_REQUEST:
		provider_serve(world, p);
		break;
	case STAGE_ANSWER:
		deliver(world, p);
		break;
	}
	return true;
}

/* Even arrivals, and a surge if the scenario has one. */
static int64_t
arrival_ms(const struct scenario *s, struct person *p)
{
	if (world_draw_between(p, 0, 999) < (int64_t)s->surge_per_mille)
		return s->surge_s * MS_PER_S +
		       world_draw_between(p, 0, s->surge_ms - 1);
	return world_draw_between(p, 0, ARRIVALS_S * MS_PER_S - 1);
}

bool
world_run(struct world *world, const struct scenario *scenario,
    size_t people_count, uint64_t seed)
{
	struct event event;

	*world = (struct world){ .scenario = scenario,
		.people_count = people_count,
		.people = calloc(people_count, sizeof(struct person)),
		.events.items = calloc(people_count, sizeof(struct event)),
		.bins = calloc(BINS, sizeof(struct bin)),
		.second = -1 };
	if (world->people == NULL || world->events.items == NULL ||
	    world->bins == NULL)
		return false;
	for (size_t i = 0; i < people_count; i++) {
		struct person *p = &world->people[i];

		/* far apart in one sequence: draw() mixes them */
		p->random = seed * 0xD1342543DE82EF95U + ((uint64_t)i << 32);
		world_schedule(world, p, arrival_ms(scenario, p));
	}
	while (events_take(&world->events, &event) &&
	       event.at_ms < WORLD_S * MS_PER_S) {
		world->now_ms = event.at_ms;
		if (!step(world, &world->people[event.who]))
			return false;
	}
	for (size_t i = 0; i < people_count; i++)
		if (world->people[i].flow != NULL)
			world_violation(world, i, "a login that never ends");
	return true;
}

void
world_clear(struct world *world)
{
	for (size_t i = 0; world->people != NULL && i < world->people_count;
	     i++)
		if (world->people[i].flow != NULL) {
			po_flow_clear(world->people[i].flow);
			free(world->people[i].flow);
		}
	free(world->people);
	free(world->events.items);
	free(world->bins);
	*world = (struct world){ 0 };
}
