/* SPDX-License-Identifier: BSD-2-Clause */
/* One service's rules, compiled and applied.  See policy.h. */

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/access.h"
#include "policy/map.h"

struct required {
	struct po_rule *rule;
	char *text; /* as configured, for the log */
	char *file; /* the place, for refusals */
	unsigned line;
};

struct po_policy {
	struct po_account_limits limits;
	char *account; /* everybody's, or NULL */
	struct po_mapping *mapping;
	struct po_map *map; /* or NULL */
	struct required *required;
	size_t count;
};

static enum po_status
compile_rules(struct po_policy *policy, const struct po_policy_options *options,
    struct po_err *err)
{
	policy->required =
	    calloc(options->require_count + 1, sizeof(*policy->required));
	if (policy->required == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (size_t i = 0; i < options->require_count; i++) {
		const struct po_place *place = &options->require_places[i];
		struct required *required = &policy->required[i];
		enum po_status st;

		policy->count = i + 1;
		required->line = place->line;
		if ((required->file = po_str_dup(place->file)) == NULL ||
		    (required->text = po_str_dup(options->require[i])) == NULL)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
		st = po_rule_parse(options->require[i], &required->rule, err);
		if (st != PO_OK) {
			po_err_prefix(
			    err, "%s:%u: require", place->file, place->line);
			return st;
		}
	}
	return PO_OK;
}

enum po_status
po_policy_new(const struct po_policy_options *options, struct po_policy **out,
    struct po_err *err)
{
	AUTO(po_policy_free)
	struct po_policy *policy = calloc(1, sizeof(*policy));
	enum po_status st;

	*out = NULL;
	if (policy == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	policy->limits = options->limits;
	if (options->account != NULL &&
	    (policy->account = po_str_dup(options->account)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = po_mapping_new(&options->mapping, &options->mapping_places,
		 &policy->mapping, err)) != PO_OK)
		return st;
	if (options->map_file != NULL &&
	    (st = po_map_parse(options->map_file, options->map_data,
		 options->map_len, &policy->map, err)) != PO_OK)
		return st;
	if ((st = compile_rules(policy, options, err)) != PO_OK)
		return st;
	if (policy->account != NULL && policy->count == 0)
		return po_err_set(err, PO_E_CONFIG,
		    "account = %s is for everybody whom the provider knows: "
		    "a require line must say for whom",
		    policy->account);
	*out = TAKE(policy);
	return PO_OK;
}

void
po_policy_free(struct po_policy **policy)
{
	if (*policy == NULL)
		return;
	po_str_free(&(*policy)->account);
	po_mapping_free(&(*policy)->mapping);
	po_map_free(&(*policy)->map);
	for (size_t i = 0; i < (*policy)->count; i++) {
		po_rule_free(&(*policy)->required[i].rule);
		po_str_free(&(*policy)->required[i].text);
		po_str_free(&(*policy)->required[i].file);
	}
	free((*policy)->required);
	free(*policy);
	*policy = NULL;
}

enum po_status
po_policy_admit(const struct po_policy *policy, const char *account, uid_t uid,
    struct po_err *err)
{
	if (policy->account != NULL && !po_str_equal(policy->account, account))
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "the only account of this service is \"%s\"",
		    policy->account);
	return po_account_admit(&policy->limits, account, uid,
	    po_map_names(policy->map, account), err);
}

void
po_policy_each_account(const struct po_policy *policy,
    void (*fn)(void *arg, const char *account), void *arg)
{
	po_map_each_account(policy->map, fn, arg);
}

/* --- what it looks at ----------------------------------------------------- */

struct look {
	void (*fn)(void *arg, const char *pointer);
	void *arg;
};

/* An address counts with its email_verified only: po_claims_check_email. */
static void
look_at(void *arg, const char *pointer)
{
	const struct look *look = arg;

	look->fn(look->arg, pointer);
	if (strcmp(pointer, "/email") == 0)
		look->fn(look->arg, "/email_verified");
}

void
po_policy_each_pointer(const struct po_policy *policy, const char *account,
    void (*fn)(void *arg, const char *pointer), void *arg)
{
	struct look look = { .fn = fn, .arg = arg };

	if (policy->account == NULL) {
		look_at(&look, po_mapping_pointer(policy->mapping));
		if (account != NULL)
			po_map_each_pointer(
			    policy->map, account, look_at, &look);
	}
	for (size_t i = 0; i < policy->count; i++)
		look_at(&look, po_rule_pointer(policy->required[i].rule));
}

/* --- deciding ------------------------------------------------------------- */

/* Records what a step came to, `good` if well; returns `status`. */
static enum po_status
step(const struct po_log *log, const char *what, const char *good,
    enum po_status status, const struct po_err *why)
{
	po_log(log, PO_LOG_DEBUG, "%s: %s", what,
	    status == PO_OK ? good : why->text);
	return status;
}

static enum po_status
check_required(const struct po_policy *policy, const struct po_json *claims,
    const struct po_log *log, struct po_err *err)
{
	for (size_t i = 0; i < policy->count; i++) {
		const struct required *required = &policy->required[i];
		struct po_err why = { 0 };
		enum po_status st = po_rule_check(required->rule, claims, &why);

		po_log(log, PO_LOG_DEBUG, "require (%s:%u) %.*s: %s",
		    required->file, required->line, PO_RULE_SHOWN_MAX,
		    required->text, st == PO_OK ? "holds" : why.text);
		if (st != PO_OK)
			return po_err_set(err, st, "require (%s:%u): %s",
			    required->file, required->line, why.text);
	}
	return PO_OK;
}

/* Is `account` what the mapping makes of these claims? */
static enum po_status
check_mapped(const struct po_policy *policy, const struct po_json *claims,
    const char *account, uid_t uid, const struct po_log *log,
    struct po_err *err)
{
	AUTO(po_str_free) char *owned = NULL;
	enum po_status st;

	if (uid == 0 || uid < policy->limits.min_uid)
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "uid %u is below min_uid: only map_file can give \"%s\" "
		    "to anybody",
		    (unsigned)uid, account);
	st = po_mapping_apply(policy->mapping, claims, &owned, log, err);
	if (st != PO_OK)
		return st;
	if (!po_str_equal(owned, account))
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "the person who approved owns \"%s\"", owned);
	return PO_OK;
}

/* Whose is it?  map_file adds to the mapping, and may be all there is. */
static enum po_status
check_owner(const struct po_policy *policy, const struct po_json *claims,
    const char *account, uid_t uid, const struct po_log *log,
    struct po_err *err)
{
	struct po_err shared = { 0 }, why = { 0 };
	enum po_status st;

	if (policy->account != NULL) {
		if (po_str_equal(policy->account, account))
			return step(
			    log, "account", "everybody's here", PO_OK, NULL);
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "the only account of this service is \"%s\"",
		    policy->account);
	}
	st = po_map_admits(policy->map, account, claims, log, &shared);
	if (st == PO_OK || st == PO_E_NOMEM)
		return st == PO_OK ? st
				   : po_err_set(err, st, "%s", shared.text);
	st = check_mapped(policy, claims, account, uid, log, &why);
	if (step(log, "username", "that is the account asked for", st, &why) ==
	    PO_OK)
		return PO_OK;
	/* what the provider left out may have been what a line looks for */
	if (shared.status == PO_E_GROUPS_OVERAGE)
		return po_err_set(err, shared.status, "%s", shared.text);
	if (po_map_names(policy->map, account))
		return po_err_set(err, st, "%s; %s", why.text, shared.text);
	return po_err_set(err, st, "%s", why.text);
}

enum po_status
po_policy_decide(const struct po_policy *policy, const struct po_json *claims,
    const char *account, uid_t uid, const struct po_log *log,
    struct po_err *err)
{
	enum po_status st = check_owner(policy, claims, account, uid, log, err);

	return st == PO_OK ? check_required(policy, claims, log, err) : st;
}

bool
po_policy_goes_by_name(const struct po_policy *policy,
    const struct po_json *claims, const char *account)
{
	return policy->account == NULL &&
	       po_map_admits(policy->map, account, claims, NULL, NULL) != PO_OK;
}

enum po_status
po_policy_choose(const struct po_policy *policy, const struct po_json *claims,
    char **account, const struct po_log *log, struct po_err *err)
{
	AUTO(po_str_free) char *chosen = NULL;
	struct po_err why = { 0 };
	enum po_status st = PO_OK;

	*account = NULL;
	if (policy->account == NULL)
		st = po_mapping_apply(
		    policy->mapping, claims, &chosen, log, &why);
	else if ((chosen = po_str_dup(policy->account)) == NULL)
		st = po_err_set(&why, PO_E_NOMEM, "out of memory");
	if (step(log, "account", chosen, st, &why) != PO_OK)
		return po_err_set(err, st, "%s", why.text);
	if ((st = check_required(policy, claims, log, err)) != PO_OK)
		return st;
	*account = TAKE(chosen);
	return PO_OK;
}
