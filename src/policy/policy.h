/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_POLICY_H
#define PO_POLICY_POLICY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/place.h"
#include "jose/json.h"
#include "policy/mapping.h"

/*
 * Everything that decides about one service, compiled: which local accounts
 * may be used, whose claims own which account, and what else is required.
 */
struct po_policy;

/* Texts as configured, borrowed for the call. */
struct po_policy_options {
	struct po_account_limits limits;
	struct po_mapping_options mapping;
	struct po_mapping_places mapping_places;
	const char *const *require;
	const struct po_place *require_places;
	size_t require_count;
};

/* PO_E_CONFIG: "FILE:LINE: ...". */
PO_MUST_USE
enum po_status po_policy_new(const struct po_policy_options *options,
    struct po_policy **out, struct po_err *err);
void po_policy_free(struct po_policy **policy);

/* po_account_admit with this policy's limits: before anything is sent. */
PO_MUST_USE
enum po_status po_policy_admit(const struct po_policy *policy,
    const char *account, uid_t uid, struct po_err *err);

/*
 * Does a claim that the mapping or a rule looks at stand nowhere in `claims`?
 * Then userinfo is worth a request.
 */
PO_MUST_USE
bool po_policy_lacks_claims(
    const struct po_policy *policy, const struct po_json *claims);

/*
 * May the person with these verified claims use `account`?  Mapping first,
 * then PO_E_OTHER_PERSON unless it yields exactly `account`, then every
 * `require` line.
 */
PO_MUST_USE
enum po_status po_policy_decide(const struct po_policy *policy,
    const struct po_json *claims, const char *account, struct po_err *err);

#endif
