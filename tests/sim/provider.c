/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider, well or in trouble.  See world.h and person.h. */

#include "person.h"

#define REQUEST_TIMEOUT_MS 10000 /* request_timeout of pam_oauth.conf(5) */

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
		world_violation(
		    world, world_number(world, p), "a poll too early");
	if (p->is_poll)
		p->poll_seen_ms = world->now_ms;
}

void
provider_serve(struct world *world, struct person *p)
{
	struct bin *bin = world_bin(world, world->now_ms);
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
	received_ms = answered_ms + world_latency_ms(p);
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
	world_schedule(world, p, received_ms);
}
