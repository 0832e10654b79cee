/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides which call fails, and remembers what was not given back. */

#include "fault.h"

#include <errno.h>
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"

#define CALLS_MAX 100000 /* a login has some 2000 */
#define KEPT_MAX 20000   /* at one time; a login has some 500 */
#define HITS_MAX 64      /* reported; by lot there may be more */

struct kept {
	void *ptr;
	const char *call;
	unsigned long number;
};

static struct {
	bool running;
	unsigned paused;
	struct fault_plan plan;
	uint64_t random;
	unsigned long calls;
	unsigned long marked;
	bool is_marked;
	uint8_t ways[CALLS_MAX];
	struct fault_hit hits[HITS_MAX];
	size_t hit_count;
	const char *where[FAULT_PLACES];
	unsigned depth;
	struct kept kept[KEPT_MAX];
	size_t kept_count;
} state;

static void
give_up(const char *what)
{
	(void)fprintf(stderr, "fault injection: %s\n", what);
	abort();
}

/* splitmix64: any seed will do. */
static uint64_t
next_random(void)
{
	uint64_t x = state.random += UINT64_C(0x9E3779B97F4A7C15);

	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

static void
set_errno(const char *way)
{
	static const struct {
		const char *name;
		int number;
	} errors[] = {
		{ "EAGAIN", EAGAIN },
		{ "EBADF", EBADF },
		{ "EOPNOTSUPP", EOPNOTSUPP },
		{ "ECHILD", ECHILD },
		{ "ECONNRESET", ECONNRESET },
		{ "EEXIST", EEXIST },
		{ "EINTR", EINTR },
		{ "EINVAL", EINVAL },
		{ "EIO", EIO },
		{ "ELOOP", ELOOP },
		{ "EMFILE", EMFILE },
		{ "ENOENT", ENOENT },
		{ "ENOLCK", ENOLCK },
		{ "ENOMEM", ENOMEM },
		{ "ENOSPC", ENOSPC },
		{ "ENOSYS", ENOSYS },
		{ "ENOTCONN", ENOTCONN },
		{ "EPERM", EPERM },
		{ "EPIPE", EPIPE },
		{ "ESRCH", ESRCH },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(errors); i++)
		if (strcmp(errors[i].name, way) == 0)
			errno = errors[i].number;
}

static void
print_hit(const struct fault_hit *hit)
{
	void *frames[32];
	int count = backtrace(frames, (int)PO_ARRAY_LEN(frames));

	(void)fprintf(stderr, "call %lu: %s fails (%s)", hit->number, hit->call,
	    hit->way);
	for (size_t i = 0; i < FAULT_PLACES && hit->where[i] != NULL; i++)
		(void)fprintf(stderr, ", %s", hit->where[i]);
	(void)fprintf(stderr, "\n");
	backtrace_symbols_fd(frames, count, STDERR_FILENO);
}

static int
strike(const char *call, const char *const *ways, unsigned way)
{
	struct fault_hit hit = {
		.call = call,
		.way = ways[way],
		.number = state.calls,
	};

	for (unsigned i = 0; i < state.depth; i++)
		hit.where[i] = state.where[i];
	if (state.hit_count < HITS_MAX)
		state.hits[state.hit_count++] = hit;
	if (state.plan.verbose) {
		fault_pause();
		print_hit(&hit);
		fault_resume();
	}
	set_errno(ways[way]);
	return (int)way;
}

UNCHECKED bool
fault_is_running(void)
{
	return state.running;
}

int
fault_point(const char *call, const char *const *ways)
{
	const struct fault_plan *plan = &state.plan;
	unsigned count = 0;

	if (!state.running || state.paused > 0)
		return -1;
	while (ways[count] != NULL)
		count++;
	if (state.calls == CALLS_MAX)
		give_up("a login without an end");
	state.ways[state.calls++] = (uint8_t)count;
	if (state.calls == plan->number && plan->way < count)
		return strike(call, ways, plan->way);
	if (plan->one_in != 0 && next_random() % plan->one_in == 0)
		return strike(call, ways, (unsigned)(next_random() % count));
	return -1;
}

void *
fault_keep(const char *call, void *ptr)
{
	if (ptr == NULL || !state.running || state.paused > 0)
		return ptr;
	if (state.kept_count == KEPT_MAX)
		give_up("too much memory in use");
	state.kept[state.kept_count++] =
	    (struct kept){ ptr, call, state.calls };
	return ptr;
}

void
fault_drop(void *ptr)
{
	/* what is newest goes first, mostly */
	for (size_t i = state.kept_count; ptr != NULL && i > 0; i--) {
		if (state.kept[i - 1].ptr != ptr)
			continue;
		memmove(&state.kept[i - 1], &state.kept[i],
		    (state.kept_count - i) * sizeof(state.kept[0]));
		state.kept_count--;
		return;
	}
}

void
fault_pause(void)
{
	state.paused++;
}

void
fault_resume(void)
{
	state.paused--;
}

void
fault_enter(const char *where)
{
	if (state.depth == FAULT_PLACES)
		give_up("FAULT_PLACES");
	state.where[state.depth++] = where;
}

void
fault_leave(void)
{
	state.depth--;
}

void
fault_mark(void)
{
	if (!state.is_marked)
		state.marked = state.calls;
	state.is_marked = true;
}

void
fault_begin(const struct fault_plan *plan)
{
	state.plan = *plan;
	state.random = plan->seed;
	state.calls = 0;
	state.marked = 0;
	state.is_marked = false;
	state.hit_count = 0;
	state.depth = 0;
	state.paused = 0;
	state.kept_count = 0;
	state.running = true;
}

void
fault_end(void)
{
	state.running = false;
}

unsigned long
fault_calls(void)
{
	return state.calls;
}

unsigned
fault_ways(unsigned long number)
{
	return state.ways[number - 1];
}

unsigned long
fault_marked(void)
{
	return state.marked;
}

const struct fault_hit *
fault_hits(size_t *count)
{
	*count = state.hit_count;
	return state.hits;
}

const char *
fault_left(size_t i, unsigned long *number)
{
	if (i >= state.kept_count)
		return NULL;
	*number = state.kept[i].number;
	return state.kept[i].call;
}
