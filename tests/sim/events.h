/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_SIM_EVENTS_H
#define PO_TESTS_SIM_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What happens next to whom; of one moment, the lower number comes first. */
struct event {
	int64_t at_ms;
	size_t who;
};

/* A heap with the earliest event on top; `items` has room for all. */
struct events {
	struct event *items;
	size_t count;
};

void events_add(struct events *events, int64_t at_ms, size_t who);
/* False when there is none any more. */
bool events_take(struct events *events, struct event *out);

#endif
