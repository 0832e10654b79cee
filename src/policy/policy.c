/* SPDX-License-Identifier: BSD-2-Clause */
/* One service's rules, compiled and applied.  See policy.h. */

#include "policy/policy.h"

#include <stdlib.h>

#include "base/mem.h"
#include "policy/access.h"
#include "policy/claims.h"

struct required {
	struct po_rule *rule;
	char *file; /* the place, for refusals */
	unsigned line;
};

struct po_policy {
	struct po_account_limits limits;
	struct po_mapping *mapping;
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
		if ((required->file = po_str_dup(place->file)) == NULL)
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
	if ((st = po_mapping_new(&options->mapping, &options->mapping_places,
		 &policy->mapping, err)) != PO_OK)
		return st;
	if ((st = compile_rules(policy, options, err)) != PO_OK)
		return st;
	*out = TAKE(policy);
	return PO_OK;
}

void
po_policy_free(struct po_policy **policy)
{
	if (*policy == NULL)
		return;
	po_mapping_free(&(*policy)->mapping);
	for (size_t i = 0; i < (*policy)->count; i++) {
		po_rule_free(&(*policy)->required[i].rule);
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
	return po_account_admit(&policy->limits, account, uid, err);
}

static bool
is_absent(const struct po_json *claims, const char *pointer)
{
	return po_claims_find(claims, pointer, NULL, NULL) == 0;
}

bool
po_policy_lacks_claims(
    const struct po_policy *policy, const struct po_json *claims)
{
	if (is_absent(claims, po_mapping_pointer(policy->mapping)))
		return true;
	for (size_t i = 0; i < policy->count; i++)
		if (is_absent(
			claims, po_rule_pointer(policy->required[i].rule)))
			return true;
	return false;
}

enum po_status
po_policy_decide(const struct po_policy *policy, const struct po_json *claims,
    const char *account, struct po_err *err)
{
	AUTO(po_str_free) char *owned = NULL;
	enum po_status st;

	st = po_mapping_apply(policy->mapping, claims, &owned, err);
	if (st != PO_OK)
		return st;
	if (!po_str_equal(owned, account))
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "the person who approved owns \"%s\"", owned);
	for (size_t i = 0; i < policy->count; i++) {
		const struct required *required = &policy->required[i];

		st = po_rule_check(required->rule, claims, err);
		if (st != PO_OK) {
			po_err_prefix(err, "require (%s:%u)", required->file,
			    required->line);
			return st;
		}
	}
	return PO_OK;
}
