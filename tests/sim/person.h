/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_SIM_PERSON_H
#define PO_TESTS_SIM_PERSON_H

#include "world.h"

/* One who signs in, with the host: shared by world.c and provider.c. */

#define MS_PER_S 1000
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

int64_t world_draw_between(struct person *p, int64_t from, int64_t to);
int64_t world_latency_ms(struct person *p);
struct bin *world_bin(struct world *world, int64_t at_ms);
void world_schedule(struct world *world, const struct person *p, int64_t at_ms);
size_t world_number(const struct world *world, const struct person *p);

/* The request of *p arrives: answers, and counts it. */
void provider_serve(struct world *world, struct person *p);

#endif
