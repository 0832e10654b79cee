/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_FLOW_H
#define PO_OAUTH_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "oauth/device.h"
#include "oauth/token.h"

/*
 * The device grant as a state machine (RFC 8628).  Pure: it is told the time
 * (monotonic milliseconds) and what came back, and says what to do next.  It
 * never asks for a poll before the interval, counted from the receipt of the
 * previous answer, plus every slow_down; and it always ends by the deadline.
 * Calls out of the order below are a bug of the caller's and end it at once.
 *
 *   po_flow_next -> SEND_DEVICE -> po_flow_device | po_flow_failed
 *                -> PROMPT         (show flow->device; then po_flow_next)
 *                -> WAIT until_ms  (then po_flow_next)
 *                -> SEND_TOKEN  -> po_flow_token  | po_flow_failed
 *                -> DONE           (flow->tokens)
 *                -> FAIL           (flow->err)
 */
enum po_flow_action {
	PO_FLOW_SEND_DEVICE,
	PO_FLOW_PROMPT,
	PO_FLOW_WAIT,
	PO_FLOW_SEND_TOKEN,
	PO_FLOW_DONE,
	PO_FLOW_FAIL
};

enum po_flow_state {
	PO_FLOW_START,     /* a device request is due at not_before_ms */
	PO_FLOW_HAVE_CODE, /* to be shown */
	PO_FLOW_POLLING,
	PO_FLOW_FINISHED,
	PO_FLOW_FAILED
};

struct po_flow {
	enum po_flow_state state;
	int64_t deadline_ms;   /* of the login; expires_in ends only the code */
	int64_t not_before_ms; /* of the next request */
	int64_t code_expires_ms;
	int64_t interval_ms; /* grows by 5 s with each slow_down, for good */
	int64_t backoff_ms; /* on top of the interval while the provider ails */
	int64_t started_ms; /* first call: for the sentence on the deadline */
	int64_t request_ms; /* the last request was asked for */
	bool started;
	bool awaiting; /* ... and has not been answered */
	uint32_t jitter_seed;
	unsigned renewals_left;
	bool renewed; /* this PROMPT replaces an earlier one */
	unsigned polls;
	struct po_device_authorization device;
	struct po_tokens tokens;
	struct po_err err;
};

#define PO_FLOW_SLOW_DOWN_MS 5000 /* RFC 8628 3.5 */
#define PO_FLOW_RENEWALS 1        /* authentik's codes live 60 s of our 110 */
#define PO_FLOW_BACKOFF_MS 5000   /* the first; each next one is the double */
/* a login has 110 or 300 s: longer and a provider's hiccup would end it */
#define PO_FLOW_BACKOFF_MAX_MS 60000
/*
 * Jitter, always on top of a wait.  In peace 2 % of it, for a person waits for
 * the end of it.  After slow_down, trouble and Retry-After up to an interval:
 * these reach many hosts at once, or name one moment for all (a date), and 2 %
 * would keep them in step for the whole of their logins.  Spread over one
 * interval they are what they were before, waiting / interval polls a second
 * (docs/scale.md).
 */
#define PO_FLOW_JITTER_DIV 50

/* `jitter_seed`: any random number, so that a fleet does not poll in step. */
void po_flow_init(
    struct po_flow *flow, int64_t deadline_ms, uint32_t jitter_seed);
void po_flow_clear(struct po_flow *flow);

/* What to do at `now_ms`; *until_ms is set for WAIT. */
enum po_flow_action po_flow_next(
    struct po_flow *flow, int64_t now_ms, int64_t *until_ms);

/* A device authorization arrived; takes over the strings of *device. */
void po_flow_device(struct po_flow *flow, int64_t now_ms,
    struct po_device_authorization *device);

/*
 * A poll was answered; takes over what *answer owns.  A grant that arrives
 * after the deadline is still one: whoever approved is done, and the next
 * login would only ask again.
 */
void po_flow_token(
    struct po_flow *flow, int64_t now_ms, struct po_token_answer *answer);

/*
 * A request did not get an answer.  PO_E_NETWORK and PO_E_HTTP while polling
 * back off and go on, unless no poll would fit before the deadline any more;
 * while there is no code, and for anything else (TLS, configuration), they end
 * the login with *err.
 */
void po_flow_failed(
    struct po_flow *flow, int64_t now_ms, const struct po_err *err);

#endif
