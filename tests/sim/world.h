/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_SIM_WORLD_H
#define PO_TESTS_SIM_WORLD_H

#include "events.h"
#include "oauth/flow.h"

/*
 * People who sign in to hosts, and one provider.  The hosts' side is the real
 * flow machine (oauth/flow.h); people, network and provider are models, and
 * time is a number.  The same scenario and seed give the same run, on any
 * machine: all is integers.
 */

/* What ails the provider between from_s and to_s. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_REFUSES,    /* connections, at once */
	TROUBLE_SILENT,     /* packets are lost: the hosts' timeouts count */
	TROUBLE_STALLS,     /* requests hang until a restart drops them all */
	TROUBLE_BUSY,       /* 429, Retry-After in seconds */
	TROUBLE_BUSY_UNTIL, /* 503, Retry-After is a date: to_s, for all */
	TROUBLE_RESTARTS,   /* at from_s connections are lost, no request */
	TROUBLE_FORGETS,    /* ... and the codes from before: expired_token */
};

/* What the provider does above its capacity. */
enum relief {
	RELIEF_NONE, /* it has no limit */
	RELIEF_SLOW_DOWN,
	RELIEF_RETRY_AFTER /* 429 */
};

struct scenario {
	const char *name;
	int64_t interval_s;
	/* of 1000 people, so many come within surge_ms of surge_s */
	unsigned surge_per_mille;
	int64_t surge_s, surge_ms;
	enum trouble trouble;
	int64_t from_s, to_s;
	int64_t retry_after_s;
	enum relief relief;
	unsigned capacity_per_mille; /* requests per second, of the people */
	bool in_step; /* the surge polls as it came: nothing tells it apart */
	/* the seconds whose peak is compared with the steady state */
	int64_t after_from_s, after_to_s;
};

/* The others come evenly over this time. */
#define ARRIVALS_S 1000
/* Nobody is left by then; if not, the run ends, and says so. */
#define WORLD_S 3000
#define BINS_PER_S 10
#define BINS (WORLD_S * BINS_PER_S)

/* What the provider sees, in tenths of a second. */
struct bin {
	unsigned device_requests;
	unsigned polls;
	unsigned connections;
	unsigned slow_downs;
	unsigned rejected; /* 429, 503, and what never got an answer */
	int waiting;       /* how many more wait for an approval */
};

struct totals {
	uint64_t granted, denied, expired;
	uint64_t unavailable; /* these people try again */
	uint64_t requests;
	uint64_t connections;
	uint64_t violations;
};

struct person;

struct world {
	const struct scenario *scenario;
	size_t people_count;
	struct person *people;
	struct events events;
	struct bin *bins;
	struct totals totals;
	int64_t now_ms;
	/* requests in the provider's present second */
	int64_t second;
	uint64_t in_second;
};

/* Runs until everybody is done; false when memory is short. */
bool world_run(struct world *world, const struct scenario *scenario,
    size_t people_count, uint64_t seed);
void world_clear(struct world *world);

/* Complains on stderr, and counts. */
void world_violation(struct world *world, size_t who, const char *what);

#endif
