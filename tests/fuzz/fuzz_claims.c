/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four lines of configuration (a rule, username, username_match and
 * username_format; an empty line is the default), then claims.  Whatever
 * comes out of the mapping is an account name, and every refusal has a reason.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/access.h"
#include "policy/claims.h"
#include "policy/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
count_value(void *arg, const struct po_json *value)
{
	size_t *count = arg;

	(void)po_json_type(value);
	++*count;
	return true;
}

static void
apply_mapping(
    const struct po_mapping_options *options, const struct po_json *claims)
{
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
	AUTO(po_str_free) char *account = NULL;
	struct po_err err = { 0 };
	enum po_status st;

	if (po_mapping_new(options, NULL, &mapping, NULL) != PO_OK)
		return;
	st = po_mapping_apply(mapping, claims, &account, &err);
	if (st == PO_OK ? !po_account_name_valid(account)
			: account != NULL || err.status != st)
		abort();
}

static void
apply_rule(const char *text, const struct po_json *claims)
{
	AUTO(po_rule_free) struct po_rule *rule = NULL;
	struct po_err err = { 0 };
	size_t count = 0;
	enum po_status st;

	if (po_rule_parse(text, &rule, NULL) != PO_OK)
		return;
	st = po_rule_check(rule, claims, &err);
	if (st != PO_OK &&
	    ((st != PO_E_NOT_ALLOWED && st != PO_E_GROUPS_OVERAGE) ||
		err.text[0] == '\0'))
		abort();
	if (po_claims_find(
		claims, po_rule_pointer(rule), count_value, &count) != count)
		abort();
	/* nothing is found in nothing */
	if (st == PO_OK && count == 0)
		abort();
}

/* The next line as a string of its own, *at behind it; NULL when empty. */
static char *
take_line(const char **at, const char *end)
{
	size_t left = (size_t)(end - *at);
	const char *newline = left == 0 ? NULL : memchr(*at, '\n', left);
	size_t len = newline == NULL ? left : (size_t)(newline - *at);
	char *line = len == 0 ? NULL : po_mem_dup(*at, len);

	*at += len + (newline == NULL ? 0 : 1);
	return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *end = at + size;
	AUTO(po_str_free) char *rule = take_line(&at, end);
	AUTO(po_str_free) char *username = take_line(&at, end);
	AUTO(po_str_free) char *match = take_line(&at, end);
	AUTO(po_str_free) char *format = take_line(&at, end);
	AUTO(po_json_free) struct po_json *claims = NULL;
	const struct po_mapping_options options = {
		.username = username,
		.username_match = match,
		.username_format = format,
	};

	if (po_json_parse(at, (size_t)(end - at), &claims, NULL) != PO_OK)
		return 0;
	apply_mapping(&options, claims);
	if (rule != NULL)
		apply_rule(rule, claims);
	return 0;
}
