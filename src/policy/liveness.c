/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May somebody with a key come in while the provider has not been asked, has
 * not answered, or has said no?  Only what is listed lets them; see liveness.h.
 */

#include "policy/liveness.h"

#include "base/mem.h"

/*
 * A time in the future is none: the clock was set back, or somebody's hand was
 * at the record.
 */
static bool
was_good(const struct po_liveness *record, int64_t within_s, int64_t now_s)
{
	return record->good_s > 0 && record->good_s <= now_s &&
	       now_s - record->good_s < within_s;
}

/* Nothing is known of now: the last time may do. */
static enum po_status
fall_back(const struct po_liveness *record,
    const struct po_liveness_rules *rules, enum po_status status, int64_t now_s,
    struct po_err *err)
{
	if (was_good(record, rules->grace_s, now_s))
		return PO_OK;
	po_err_prefix(err, "not found in order within liveness_grace");
	return status;
}

enum po_status
po_liveness_before(const struct po_liveness *record,
    const struct po_liveness_rules *rules, bool busy, int64_t now_s, bool *ask,
    struct po_err *err)
{
	*ask = false;
	if (record == NULL && rules->refuse_missing)
		return po_err_set(err, PO_E_STALE,
		    "nobody has signed in to the account with the provider "
		    "yet (liveness_missing)");
	if (record == NULL)
		return PO_E_SKIPPED;
	if (record->closed_s != 0)
		return po_err_set(err, PO_E_CLOSED,
		    "closed since the provider said no, until somebody signs "
		    "in with it");
	if (!po_str_equal(record->provider, rules->provider) ||
	    !po_str_equal(record->issuer, rules->issuer) ||
	    !po_str_equal(record->client_id, rules->client_id))
		return po_err_set(err, PO_E_STALE,
		    "the sign-in was at another provider, or as another "
		    "client, than is configured now: client_id \"%.64s\" of "
		    "%.200s",
		    record->client_id, record->issuer);
	if (was_good(record, rules->interval_s, now_s))
		return PO_OK;
	*ask = !busy;
	if (*ask)
		return PO_OK;
	(void)po_err_set(
	    err, PO_E_STALE, "another login is asking, and does not end");
	return fall_back(record, rules, PO_E_STALE, now_s, err);
}

enum po_status
po_liveness_after(const struct po_liveness *record,
    const struct po_liveness_rules *rules, enum po_status status, int64_t now_s,
    struct po_err *err)
{
	if (status == PO_E_CLOSED && record->begun_s != 0) {
		po_err_prefix(err,
		    "the answer to a request was lost, and perhaps a new "
		    "token with it");
		return fall_back(record, rules, PO_E_STALE, now_s, err);
	}
	if (status == PO_E_NETWORK || status == PO_E_TLS ||
	    status == PO_E_HTTP || status == PO_E_TOO_LARGE ||
	    status == PO_E_DOCUMENT)
		return fall_back(record, rules, status, now_s, err);
	return status;
}
