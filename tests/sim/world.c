/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * People, hosts, a network and a provider.  See world.h.  What the hosts must
 * never do is checked here, from answers received and requests seen alone.
 */

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MS_PER_S 1000
/* one way, on the network: a provider on the same continent */
#define LATENCY_MIN_MS 10
#define LATENCY_MAX_MS 40
#define REQUEST_TIMEOUT_MS 10000 /* request_timeout of pam_oauth.conf(5) */
/* RFC 8628 leaves it to the provider; longer than any login here */
#define CODE_LIFE_S 600

enum stage {
	STAGE_BEGIN,   /* the person starts a login */
	STAGE_WAIT,    /* the host waits for its next request */
	STAGE_REQUEST, /* a request gets to the provider */
	STAGE_ANSWER   /* its answer, or the lack of one, gets to the host */
};

enum answer {
	ANSWER_NONE, /* connection refused, lost, timeout */
	ANSWER_CODE,
	ANSWER_PENDING,
	ANSWER_SLOW_DOWN,
	ANSWER_BUSY, /* 429, 503 */
	ANSWER_EXPIRED,
	ANSWER_GRANTED,
	ANSWER_DENIED
};

struct person {
	uint64_t random;
	enum stage stage;
	struct po_flow *flow; /* NULL while not signing in */
	bool is_poll;         /* the request on its way, else for a code */
	bool connected;
	bool denies;
	enum answer answer; /* on its way */
	int64_t retry_after_s;
	int64_t connected_ms;
	int64_t code_ms; /* when the provider made the code */
	int64_t sent_ms;
	int64_t deadline_ms;
	int64_t approve_ms; /* -1: no code yet; INT64_MAX: never */
	/* the model: when the next poll is due at the earliest, the latest */
	int64_t interval_ms;
	int64_t earliest_ms;
	int64_t latest_ms;
	int64_t poll_seen_ms; /* by the provider; -1: none */
	unsigned failures;    /* in a row */
};

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

static int64_t
draw_between(struct person *p, int64_t from, int64_t to)
{
	return from + (int64_t)(draw(p) % (uint64_t)(to - from + 1));
}

static int64_t
latency_ms(struct person *p)
{
	return draw_between(p, LATENCY_MIN_MS, LATENCY_MAX_MS);
}

static struct bin *
bin_at(struct world *world, int64_t at_ms)
{
	int64_t i = at_ms * BINS_PER_S / MS_PER_S;

	return &world->bins[i < BINS ? i : BINS - 1];
}

static void
schedule(struct world *world, const struct person *p, int64_t at_ms)
{
	events_add(&world->events, at_ms, (size_t)(p - world->people));
}

static size_t
number(const struct world *world, const struct person *p)
{
	return (size_t)(p - world->people);
}

/* --- the provider ----------------------------------------------------------
 */

static bool
in_trouble(const struct world *world, enum trouble trouble)
{
	const struct scenario *s = world->scenario;

	return s->trouble == trouble && world->now_ms >= s->from_s * MS_PER_S &&
	       world->now_ms < s->to_s * MS_PER_S;
}

/* Whether a restart lies between `then_ms` and now. */
static bool
has_restarted_since(const struct world *world, int64_t then_ms)
{
	const struct scenario *s = world->scenario;

	return s->trouble >= TROUBLE_RESTARTS &&
	       then_ms < s->from_s * MS_PER_S &&
	       world->now_ms >= s->from_s * MS_PER_S;
}

/* Counts this request; true if it is one too many in its second. */
static bool
is_over_capacity(struct world *world)
{
	const struct scenario *s = world->scenario;
	/* never 0, which would turn the last one away for ever */
	uint64_t capacity =
	    world->people_count * s->capacity_per_mille / 1000 + 1;

	if (world->now_ms / MS_PER_S != world->second) {
		world->second = world->now_ms / MS_PER_S;
		world->in_second = 0;
	}
	return ++world->in_second > capacity && s->relief != RELIEF_NONE;
}

static enum answer
answer_when_well(struct world *world, struct person *p)
{
	if (is_over_capacity(world)) {
		/* slow_down is an answer to polls only, RFC 8628 3.5 */
		if (world->scenario->relief == RELIEF_RETRY_AFTER) {
			p->retry_after_s = world->scenario->retry_after_s;
			return ANSWER_BUSY;
		}
		if (p->is_poll)
			return ANSWER_SLOW_DOWN;
	}
	if (!p->is_poll) {
		p->code_ms = world->now_ms;
		p->poll_seen_ms = -1;
		return ANSWER_CODE;
	}
	if (world->scenario->trouble == TROUBLE_FORGETS &&
	    has_restarted_since(world, p->code_ms))
		return ANSWER_EXPIRED;
	if (world->now_ms < p->approve_ms)
		return ANSWER_PENDING;
	return p->denies ? ANSWER_DENIED : ANSWER_GRANTED;
}

static enum answer
answer_of(struct world *world, struct person *p, int64_t *answered_ms)
{
	const struct scenario *s = world->scenario;

	p->retry_after_s = -1;
	if (in_trouble(world, TROUBLE_STALLS)) {
		*answered_ms = s->to_s * MS_PER_S;
		return ANSWER_NONE;
	}
	if (in_trouble(world, TROUBLE_SILENT)) {
		*answered_ms = INT64_MAX / 2;
		return ANSWER_NONE;
	}
	if (in_trouble(world, TROUBLE_REFUSES))
		return ANSWER_NONE;
	if (in_trouble(world, TROUBLE_BUSY)) {
		p->retry_after_s = s->retry_after_s;
		return ANSWER_BUSY;
	}
	if (in_trouble(world, TROUBLE_BUSY_UNTIL)) {
		/* as libcurl makes seconds of a date: rounded down */
		p->retry_after_s = s->to_s - world->now_ms / MS_PER_S;
		return ANSWER_BUSY;
	}
	return answer_when_well(world, p);
}

/* RFC 8628 3.5, as a provider sees it: from one poll to the next. */
static void
check_pace(struct world *world, struct person *p)
{
	if (p->is_poll && p->poll_seen_ms >= 0 &&
	    world->now_ms - p->poll_seen_ms < p->interval_ms)
		world_violation(world, number(world, p), "a poll too early");
	if (p->is_poll)
		p->poll_seen_ms = world->now_ms;
}

static void
serve(struct world *world, struct person *p)
{
	struct bin *bin = bin_at(world, world->now_ms);
	int64_t answered_ms = world->now_ms;
	int64_t cut_ms = p->sent_ms + REQUEST_TIMEOUT_MS;
	int64_t received_ms;

	if (has_restarted_since(world, p->connected_ms))
		p->connected = false;
	if (!p->connected) {
		bin->connections++;
		world->totals.connections++;
		p->connected = true;
		p->connected_ms = world->now_ms;
	}
	if (p->is_poll)
		bin->polls++;
	else
		bin->device_requests++;
	world->totals.requests++;
	check_pace(world, p);

	p->answer = answer_of(world, p, &answered_ms);
	received_ms = answered_ms + latency_ms(p);
	if (cut_ms > p->deadline_ms)
		cut_ms = p->deadline_ms;
	if (received_ms > cut_ms) {
		received_ms = cut_ms;
		p->answer = ANSWER_NONE;
	}
	if (p->answer == ANSWER_NONE)
		p->connected = false;
	if (p->answer == ANSWER_NONE || p->answer == ANSWER_BUSY)
		bin->rejected++;
	if (p->answer == ANSWER_SLOW_DOWN)
		bin->slow_downs++;
	p->stage = STAGE_ANSWER;
	schedule(world, p, received_ms);
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
	int64_t kind = draw_between(p, 0, 99);

	p->approve_ms = world->now_ms + draw_between(p, 5000, 25000) +
			draw_between(p, 0, 20000) + draw_between(p, 0, 20000);
	p->denies = kind == 0;
	if (kind >= 1 && kind <= 4)
		p->approve_ms = INT64_MAX;
	if (!p->flow->renewed)
		bin_at(world, world->now_ms)->waiting++;
}

/* Half of them use ssh, half sudo: the defaults of `timeout`. */
static bool
begin(struct world *world, struct person *p)
{
	int64_t timeout_s = draw_between(p, 0, 1) == 0 ? 110 : 300;

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
		world_violation(world, number(world, p), "past its deadline");
	if (p->approve_ms >= 0)
		bin_at(world, world->now_ms)->waiting--;
	if (granted)
		totals->granted++;
	else if (status == PO_E_DENIED)
		totals->denied++;
	else if (status == PO_E_EXPIRED)
		totals->expired++;
	else if (status == PO_E_NETWORK || status == PO_E_HTTP)
		totals->unavailable++;
	else
		world_violation(world, number(world, p), "a strange end");
	/*
	 * Approved in time is what a poll can still learn of.  So whoever gets
	 * no answer has no poll left that could be made before the deadline.
	 */
	if (!granted && status != PO_E_DENIED && p->approve_ms >= 0 &&
	    p->earliest_ms < p->deadline_ms)
		world_violation(world, number(world, p), "ended too soon");
	po_flow_clear(p->flow);
	free(p->flow);
	p->flow = NULL;
	if (!granted && (status == PO_E_NETWORK || status == PO_E_HTTP)) {
		p->stage = STAGE_BEGIN;
		schedule(
		    world, p, world->now_ms + draw_between(p, 10000, 40000));
	}
}

/* --- hosts -----------------------------------------------------------------
 */

static void
send_request(struct world *world, struct person *p, bool is_poll)
{
	if (is_poll && world->now_ms < p->earliest_ms)
		world_violation(world, number(world, p), "sent a poll early");
	if (is_poll && world->now_ms > p->latest_ms)
		world_violation(world, number(world, p), "sent a poll late");
	p->is_poll = is_poll;
	p->sent_ms = world->now_ms;
	p->stage = STAGE_REQUEST;
	schedule(world, p, world->now_ms + latency_ms(p));
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
			schedule(world, p, until_ms);
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
		serve(world, p);
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
	if (draw_between(p, 0, 999) < (int64_t)s->surge_per_mille)
		return s->surge_s * MS_PER_S +
		       draw_between(p, 0, s->surge_ms - 1);
	return draw_between(p, 0, ARRIVALS_S * MS_PER_S - 1);
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
		schedule(world, p, arrival_ms(scenario, p));
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
