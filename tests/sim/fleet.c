/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fleet: what many hosts cost one provider, and how they behave when it is in
 * trouble.  docs/scale.md has the figures and what they mean.
 *
 *   fleet [-n PEOPLE] [-s SEED] [-o DIRECTORY]
 *
 * Prints a line for each scenario; with -o also DIRECTORY/NAME.csv, a line for
 * each second.  Exits 1 if a rule was broken, and says which.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/text.h"
#include "world.h"

#define PEOPLE 100000
#define PEOPLE_MAX 10000000
#define STEADY_FROM_S                                                          \
	350             /* the first who let theirs lapse (300 s) are gone     \
			 */
#define STEADY_TO_S 500 /* trouble and surges begin */
/* people try again 10 to 40 s after a failure: world.c */
#define RETRY_SPREAD_S 30

static const struct scenario scenarios[] = {
	{ "interval-1", .interval_s = 1, .after_from_s = 500,
	    .after_to_s = 900 },
	{ "interval-5", .interval_s = 5, .after_from_s = 500,
	    .after_to_s = 900 },
	{ "interval-10", .interval_s = 10, .after_from_s = 500,
	    .after_to_s = 900 },
	/* a tenth of the fleet in one minute */
	{ "monday", .interval_s = 5, .surge_per_mille = 100, .surge_s = 500,
	    .surge_ms = 60000, .after_from_s = 500, .after_to_s = 900 },
	/* ... in one second, as from cron */
	{ "same-second", .interval_s = 5, .surge_per_mille = 100,
	    .surge_s = 500, .surge_ms = 1000, .in_step = true,
	    .after_from_s = 501, .after_to_s = 900 },
	{ "same-second-slow-down", .interval_s = 5, .surge_per_mille = 100,
	    .surge_s = 500, .surge_ms = 1000, .relief = RELIEF_SLOW_DOWN,
	    .capacity_per_mille = 30, .after_from_s = 530, .after_to_s = 900 },
	{ "same-second-429", .interval_s = 5, .surge_per_mille = 100,
	    .surge_s = 500, .surge_ms = 1000, .relief = RELIEF_RETRY_AFTER,
	    .retry_after_s = 15, .capacity_per_mille = 30, .after_from_s = 530,
	    .after_to_s = 900 },
	{ "down-30s", .interval_s = 5, .trouble = TROUBLE_REFUSES,
	    .from_s = 500, .to_s = 530, .after_from_s = 530,
	    .after_to_s = 900 },
	{ "down-5min", .interval_s = 5, .trouble = TROUBLE_REFUSES,
	    .from_s = 500, .to_s = 800, .after_from_s = 800,
	    .after_to_s = 1000 },
	{ "silent-30s", .interval_s = 5, .trouble = TROUBLE_SILENT,
	    .from_s = 500, .to_s = 530, .after_from_s = 530,
	    .after_to_s = 900 },
	{ "stalled-9s", .interval_s = 5, .trouble = TROUBLE_STALLS,
	    .from_s = 500, .to_s = 509, .after_from_s = 510,
	    .after_to_s = 900 },
	{ "busy-retry-after-30", .interval_s = 5, .trouble = TROUBLE_BUSY,
	    .from_s = 500, .to_s = 510, .retry_after_s = 30,
	    .after_from_s = 511, .after_to_s = 900 },
	{ "busy-until-date", .interval_s = 5, .trouble = TROUBLE_BUSY_UNTIL,
	    .from_s = 500, .to_s = 560, .after_from_s = 560,
	    .after_to_s = 900 },
	{ "restart", .interval_s = 5, .trouble = TROUBLE_RESTARTS,
	    .from_s = 500, .to_s = 501, .after_from_s = 500,
	    .after_to_s = 900 },
	{ "restart-codes-lost", .interval_s = 5, .trouble = TROUBLE_FORGETS,
	    .from_s = 500, .to_s = 501, .after_from_s = 500,
	    .after_to_s = 900 },
};

struct window {
	uint64_t requests;     /* all of it */
	int64_t peak_requests; /* in any one second */
	int64_t peak_polls;
	int64_t peak_device_requests;
	int64_t peak_connections;
	int64_t waiting_most;
	int64_t waiting_sum; /* one a second */
};

static void
push_up(int64_t *most, int64_t value)
{
	if (*most < value)
		*most = value;
}

static struct window
look(const struct world *world, int64_t from_s, int64_t to_s)
{
	struct window w = { 0 };
	struct bin second = { 0 }; /* sliding, in tenths */
	int64_t from = from_s * BINS_PER_S, to = to_s * BINS_PER_S;
	int64_t waiting = 0;

	for (int64_t i = 0; i < to; i++) {
		const struct bin *in = &world->bins[i];

		waiting += in->waiting;
		if (i < from)
			continue;
		second.device_requests += in->device_requests;
		second.polls += in->polls;
		second.connections += in->connections;
		if (i >= from + BINS_PER_S) {
			const struct bin *out = in - BINS_PER_S;

			second.device_requests -= out->device_requests;
			second.polls -= out->polls;
			second.connections -= out->connections;
		}
		w.requests += in->device_requests + in->polls;
		push_up(
		    &w.peak_requests, second.device_requests + second.polls);
		push_up(&w.peak_polls, second.polls);
		push_up(&w.peak_device_requests, second.device_requests);
		push_up(&w.peak_connections, second.connections);
		push_up(&w.waiting_most, waiting);
		if (i % BINS_PER_S == 0)
			w.waiting_sum += waiting;
	}
	return w;
}

/* --- what must hold --------------------------------------------------------
 */

/*
 * The most that a second sees of requests of which `mean` are expected: they
 * come independently (Poisson), and 6 standard deviations are met once in
 * 10^9 seconds.
 */
static int64_t
with_noise(int64_t mean)
{
	int64_t root = 0;

	while ((root + 1) * (root + 1) <= mean)
		root++;
	return mean + 6 * root + 10;
}

static void
expect_most(struct world *world, int64_t value, int64_t most, const char *what)
{
	if (value <= most)
		return;
	fprintf(stderr, "%s: %s: %lld, more than %lld\n", world->scenario->name,
	    what, (long long)value, (long long)most);
	world->totals.violations++;
}

/*
 * For how long nobody gets on: the trouble, and then those who wait are still
 * to come back, after Retry-After or a backoff.  That doubles: it is no longer
 * than the trouble was, nor than its maximum.
 */
static int64_t
held_s(const struct scenario *s)
{
	int64_t trouble_s = s->to_s - s->from_s;
	int64_t backoff_s = PO_FLOW_BACKOFF_MAX_MS / 1000;

	if (backoff_s > trouble_s)
		backoff_s = trouble_s;
	return trouble_s +
	       (s->retry_after_s > backoff_s ? s->retry_after_s : backoff_s);
}

/*
 * What the seconds after the trouble may see.  Whoever waits polls once an
 * interval: if not in step, waiting / interval polls a second.  Those who wait
 * are at most those who would anyway, and who came while nobody got on; the
 * latter begin again over RETRY_SPREAD_S, beside those who begin anyway.
 */
static int64_t
bound(const struct world *world, const struct window *steady)
{
	const struct scenario *s = world->scenario;
	int64_t people = (int64_t)world->people_count;
	int64_t surge = people * s->surge_per_mille / 1000;
	int64_t even = people - surge;
	int64_t came = even * held_s(s) / ARRIVALS_S + surge;
	int64_t waiting = steady->waiting_sum / (STEADY_TO_S - STEADY_FROM_S);
	int64_t begin = even / ARRIVALS_S + came / RETRY_SPREAD_S;

	if (s->trouble == TROUBLE_FORGETS) /* a code each, after a poll each */
		begin += waiting / s->interval_s;
	if (s->in_step)
		return with_noise(waiting / s->interval_s + begin) + came;
	return with_noise((waiting + came) / s->interval_s + begin);
}

/*
 * The same for polls alone and those who really wait: the herd test.  A
 * provider with a limit sends only those away who are above it: what is left
 * in step is no more than it has said it can take.
 */
static int64_t
polls_bound(const struct world *world, const struct window *after)
{
	const struct scenario *s = world->scenario;
	int64_t polls = after->waiting_most / s->interval_s;
	int64_t capacity =
	    (int64_t)world->people_count * s->capacity_per_mille / 1000;

	if (s->in_step)
		return after->waiting_most;
	return with_noise(polls > capacity ? polls : capacity);
}

static void
report(struct world *world, size_t people)
{
	const struct scenario *s = world->scenario;
	const struct totals *t = &world->totals;
	struct window steady = look(world, STEADY_FROM_S, STEADY_TO_S);
	struct window after = look(world, s->after_from_s, s->after_to_s);
	int64_t most = bound(world, &steady);
	int64_t mean = (int64_t)steady.requests / (STEADY_TO_S - STEADY_FROM_S);

	if (t->granted + t->denied + t->expired != people)
		world_violation(world, 0, "not everybody came to an end");
	expect_most(world, after.peak_requests, most, "requests in a second");
	expect_most(world, after.peak_polls, polls_bound(world, &after),
	    "polls in a second");
	printf("%-22s %6llu %6llu %5.1f %6lld %6lld %6lld %6.2f %6lld %6lld "
	       "%6lld %llu\n",
	    s->name, (unsigned long long)t->granted,
	    (unsigned long long)t->unavailable,
	    (double)t->requests / (double)people, (long long)mean,
	    (long long)steady.peak_requests, (long long)after.peak_requests,
	    (double)after.peak_requests / (double)(mean > 0 ? mean : 1),
	    (long long)most, (long long)after.waiting_most,
	    (long long)after.peak_connections,
	    (unsigned long long)t->violations);
}

/* --- the run ---------------------------------------------------------------
 */

static bool
write_csv(const struct world *world, const char *directory)
{
	char path[4096];
	int64_t waiting = 0;
	FILE *out;
	bool bad;

	(void)snprintf(
	    path, sizeof(path), "%s/%s.csv", directory, world->scenario->name);
	out = fopen(path, "w");
	if (out == NULL) {
		perror(path);
		return false;
	}
	fputs("second,device,polls,connections,slow_down,rejected,waiting\n",
	    out);
	for (int64_t s = 0; s < ARRIVALS_S + 300; s++) {
		struct bin sum = { 0 };

		for (int64_t i = s * BINS_PER_S; i < (s + 1) * BINS_PER_S;
		     i++) {
			const struct bin *bin = &world->bins[i];

			sum.device_requests += bin->device_requests;
			sum.polls += bin->polls;
			sum.connections += bin->connections;
			sum.slow_downs += bin->slow_downs;
			sum.rejected += bin->rejected;
			waiting += bin->waiting;
		}
		fprintf(out, "%lld,%u,%u,%u,%u,%u,%lld\n", (long long)s,
		    sum.device_requests, sum.polls, sum.connections,
		    sum.slow_downs, sum.rejected, (long long)waiting);
	}
	bad = ferror(out) != 0;
	return fclose(out) == 0 && !bad;
}

/* The number of rules that were broken; -1 if it could not be played. */
static int64_t
play(const struct scenario *scenario, size_t people, uint64_t seed,
    const char *directory)
{
	struct world world;
	int64_t violations = -1;

	if (!world_run(&world, scenario, people, seed)) {
		fputs("out of memory\n", stderr);
	} else {
		report(&world, people);
		if (directory == NULL || write_csv(&world, directory))
			violations = (int64_t)world.totals.violations;
	}
	world_clear(&world);
	return violations;
}

int
main(int argc, char **argv)
{
	int64_t people = PEOPLE, seed = 1;
	const char *directory = NULL;
	bool good = true;
	int c;

	while ((c = getopt(argc, argv, "n:o:s:")) != -1) {
		if (c == 'o')
			directory = optarg;
		else if (c == 'n')
			good = good && po_text_parse_int(
					   optarg, 1, PEOPLE_MAX, &people);
		else
			good = good && c == 's' &&
			       po_text_parse_int(optarg, 0, INT64_MAX, &seed);
	}
	if (!good || optind != argc) {
		fputs("usage: fleet [-n PEOPLE] [-s SEED] [-o DIRECTORY]\n",
		    stderr);
		return 2;
	}
	printf("%-22s %6s %6s %5s %6s %6s %6s %6s %6s %6s %6s %s\n", "scenario",
	    "let-in", "retry", "req", "mean/s", "peak/s", "after", "times",
	    "bound", "wait", "conn/s", "broken");
	for (size_t i = 0; i < PO_ARRAY_LEN(scenarios); i++)
		good = play(&scenarios[i], (size_t)people, (uint64_t)seed,
			   directory) == 0 &&
		       good;
	return good ? 0 : 1;
}
