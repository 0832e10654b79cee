/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_LIVENESS_H
#define PO_POLICY_LIVENESS_H

#include "base/err.h"
#include "base/liveness.h"

/*
 * liveness = refresh: may an account be used by somebody whom the provider has
 * not just approved, a holder of a key?  What is decided, and from what:
 *
 *   before anything is asked
 *	no record                    PO_E_SKIPPED, no opinion; with
 *	                             refuse_missing PO_E_STALE
 *	closed                       PO_E_CLOSED
 *	of another provider, client  PO_E_STALE
 *	in order within interval_s   PO_OK
 *	another login has it         as if the provider could not be reached
 *	else                         the provider is asked, and then:
 *
 *	in order, rules hold         PO_OK
 *	rules do not hold            what they say
 *	refused                      PO_E_CLOSED; but after a request whose
 *	                             answer was never seen, as below: the token
 *	                             may have been used up by it
 *	cannot be reached            PO_OK within grace_s of the last time that
 *	                             it was in order; else what failed
 *	anything else                what failed
 */
struct po_liveness_rules {
	const char *provider; /* as configured now */
	const char *issuer;
	const char *client_id;
	int64_t grace_s;    /* 0: none */
	int64_t interval_s; /* 0: asked each time */
	bool refuse_missing;
};

/*
 * The first half: *ask, or the verdict.  `record` is NULL when there is none;
 * `busy`: another login has it.
 */
PO_MUST_USE
enum po_status po_liveness_before(const struct po_liveness *record,
    const struct po_liveness_rules *rules, bool busy, int64_t now_s, bool *ask,
    struct po_err *err);

/*
 * The second half: what came of asking, PO_OK or a status with its message,
 * PO_E_CLOSED being the provider's no.
 */
PO_MUST_USE
enum po_status po_liveness_after(const struct po_liveness *record,
    const struct po_liveness_rules *rules, enum po_status status, int64_t now_s,
    struct po_err *err);

#endif
