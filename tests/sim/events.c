/* SPDX-License-Identifier: BSD-2-Clause */
/* A binary heap of events.  See events.h. */

#include "events.h"

static bool
is_before(const struct event *a, const struct event *b)
{
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms;
	return a->who < b->who;
}

void
events_add(struct events *events, int64_t at_ms, size_t who)
{
	const struct event added = { .at_ms = at_ms, .who = who };
	struct event *items = events->items;
	size_t i = events->count++;

	for (; i > 0 && is_before(&added, &items[(i - 1) / 2]); i = (i - 1) / 2)
		items[i] = items[(i - 1) / 2];
	items[i] = added;
}

bool
events_take(struct events *events, struct event *out)
{
	struct event *items = events->items;
	struct event last;
	size_t i = 0, child;

	if (events->count == 0)
		return false;
	*out = items[0];
	last = items[--events->count];
	while ((child = 2 * i + 1) < events->count) {
		if (child + 1 < events->count &&
		    is_before(&items[child + 1], &items[child]))
			child++;
		if (!is_before(&items[child], &last))
			break;
		items[i] = items[child];
		i = child;
	}
	items[i] = last;
	return true;
}
