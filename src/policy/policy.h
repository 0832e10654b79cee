/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_POLICY_H
#define PO_POLICY_POLICY_H

#include <stdbool.h>

#include "base/account.h"
#include "base/err.h"
#include "base/log.h"
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
	const char *account; /* everybody's account here; NULL: each their own,
			      * by mapping and map */
	struct po_mapping_options mapping;
	struct po_mapping_places mapping_places;
	const char *map_file; /* NULL: none; else for messages, and: */
	const void *map_data;
	size_t map_len;
	const char *const *require;
	const struct po_place *require_places;
	size_t require_count;
};

/*
 * PO_E_CONFIG: "FILE:LINE: ...".  An `account` that is everybody's needs a
 * `require` line: without one, all whom the provider knows could come in.
 */
PO_MUST_USE
enum po_status po_policy_new(const struct po_policy_options *options,
    struct po_policy **out, struct po_err *err);
void po_policy_free(struct po_policy **policy);

/*
 * po_account_admit with this policy's limits: before anything is sent.
 * "Named" are the accounts that map_file names.  PO_E_ACCOUNT_UNKNOWN for
 * any but the account that is everybody's, where there is one.
 */
PO_MUST_USE
enum po_status po_policy_admit(const struct po_policy *policy,
    const char *account, uid_t uid, struct po_err *err);

/* Calls `fn` once for each account that map_file names: whom it may open. */
void po_policy_each_account(const struct po_policy *policy,
    void (*fn)(void *arg, const char *account), void *arg);

/*
 * Calls `fn` with each pointer that a decision about `account` (NULL: not
 * known yet) may look at.
 */
void po_policy_each_pointer(const struct po_policy *policy, const char *account,
    void (*fn)(void *arg, const char *pointer), void *arg);

/*
 * May the person with these verified claims use `account`, whose uid is
 * `uid`?  Theirs are what a line of map_file gives them and what the mapping
 * yields; an account of uid 0 or below min_uid is nobody's by mapping.  Else
 * PO_E_OTHER_PERSON, PO_E_GROUPS_OVERAGE, or what the mapping says.  Then
 * every `require` line.  Each step goes to `log` (NULL: nowhere) at
 * PO_LOG_DEBUG.
 */
PO_MUST_USE
enum po_status po_policy_decide(const struct po_policy *policy,
    const struct po_json *claims, const char *account, uid_t uid,
    const struct po_log *log, struct po_err *err);

/*
 * Of somebody whom po_policy_decide or po_policy_choose has given `account`:
 * is it theirs by name, and not shared by a line of map_file or by `account`?
 * What goes by name is what `bind` watches.
 */
PO_MUST_USE
bool po_policy_goes_by_name(const struct po_policy *policy,
    const struct po_json *claims, const char *account);

/*
 * The account to use where none was asked for (kiosk): everybody's, or what
 * the mapping yields; then every `require` line.  *account is a new string.
 * Whoever resolves it has po_account_admit to ask, `named` being false.
 */
PO_MUST_USE
enum po_status po_policy_choose(const struct po_policy *policy,
    const struct po_json *claims, char **account, const struct po_log *log,
    struct po_err *err);

#endif
