/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Four lines of configuration (a rule, username, username_match and
 * username_format; an empty line is the default), then claims.  Whatever
 * comes out of the mapping is an account name that stands in the claims,
 * every refusal has a reason, and the policy of both says what they say.
 */

#include <regex.h>
#include <string.h>

#include "base/account.h"
#include "base/mem.h"
#include "fuzz.h"
#include "policy/access.h"
#include "policy/claims.h"
#include "policy/ere.h"
#include "policy/mapping.h"
#include "policy/policy.h"

struct input {
	char *rule;
	char *username;
	char *match;
	char *format;
	struct po_json *claims;
};

static void
input_clear(struct input *input)
{
	po_str_free(&input->rule);
	po_str_free(&input->username);
	po_str_free(&input->match);
	po_str_free(&input->format);
	po_json_free(&input->claims);
}

static struct po_mapping_options
mapping_options(const struct input *input)
{
	return (struct po_mapping_options){
		.username = input->username,
		.username_match = input->match,
		.username_format = input->format,
	};
}

/* --- pointers ------------------------------------------------------------- */

/* RFC 6901 4 once more, by name; "*" is no wildcard here. */
static const struct po_json *
resolve(const struct po_json *value, const char *pointer)
{
	while (value != NULL && *pointer == '/') {
		AUTO(po_buf_clear)
		struct po_buf name = PO_BUF_INIT(PO_POINTER_MAX);
		const char *step;
		char *end = NULL;

		for (pointer++; *pointer != '\0' && *pointer != '/';
		     pointer++) {
			if (*pointer == '~')
				po_buf_append_char(
				    &name, *++pointer == '0' ? '~' : '/');
			else
				po_buf_append_char(&name, *pointer);
		}
		step = po_buf_str(&name);
		if (po_json_type(value) == PO_JSON_OBJECT) {
			value = po_json_member(value, step);
		} else if (strspn(step, "0123456789") == strlen(step) &&
			   *step != '\0' && (*step != '0' || step[1] == '\0') &&
			   strlen(step) < 10) {
			value =
			    po_json_array_at(value, strtoul(step, &end, 10));
		} else {
			value = NULL;
		}
	}
	return value;
}

struct found {
	const struct po_json *first;
	size_t count;
};

static bool
count_value(void *arg, const struct po_json *value)
{
	struct found *found = arg;

	if (found->count++ == 0)
		found->first = value;
	return true;
}

static bool
stop_at_first(void *arg, const struct po_json *value)
{
	(void)count_value(arg, value);
	return false;
}

/* How many values a (good) pointer leads to. */
static size_t
check_pointer(const struct po_json *claims, const char *pointer)
{
	struct found all = { NULL, 0 }, one = { NULL, 0 };
	size_t count = po_claims_find(claims, pointer, count_value, &all);

	require(po_pointer_check(pointer, NULL) == PO_OK);
	require(count == all.count);
	require(po_claims_find(claims, pointer, NULL, NULL) == count);
	require(po_claims_find(claims, pointer, stop_at_first, &one) ==
		(count > 0));
	require(one.first == all.first);
	if (strstr(pointer, "/*") == NULL) {
		require(count <= 1);
		require(all.first == resolve(claims, pointer));
	}
	return count;
}

/* --- the account ---------------------------------------------------------- */

/* Whole, whatever the pattern's own anchors say. */
static bool
is_match(const char *pattern, const char *claim)
{
	AUTO(po_buf_clear) struct po_buf whole = PO_BUF_INIT(4096);
	regex_t regex;
	int r;

	po_buf_appendf(&whole, "^(%s)$", pattern);
	require(
	    regcomp(&regex, po_buf_str(&whole), REG_EXTENDED | REG_NOSUB) == 0);
	r = regexec(&regex, claim, 0, NULL, 0);
	regfree(&regex);
	return r == 0;
}

static bool
is_true(const struct po_json *claims, const char *name)
{
	bool truth = false;

	return po_json_bool(po_json_member(claims, name), &truth) && truth;
}

static void
check_account(const struct input *input, const char *pointer,
    const struct po_json *claim, const char *account)
{
	const char *text = po_json_string(claim, NULL);

	require(po_account_name_valid(account));
	require(strlen(account) <= PO_ACCOUNT_NAME_MAX && account[0] != '-');
	require(text != NULL);
	if (strcmp(pointer, "/email") == 0)
		require(is_true(input->claims, "email_verified"));
	if (input->match != NULL)
		require(is_match(input->match, text));
	/* nothing is repaired */
	if (input->format == NULL)
		require(strstr(text, account) != NULL);
	if (input->format == NULL && input->match == NULL)
		require(strcmp(text, account) == 0);
}

/* What is said of hostile claims is one line, and nothing in it acts. */
static void
check_line(void *arg, enum po_log_level level, const char *line)
{
	(void)arg;
	require(level == PO_LOG_DEBUG && *line != '\0');
	for (; *line != '\0'; line++)
		require((unsigned char)*line >= ' ' && *line != 0x7F);
}

/* The account of these claims; NULL: none.  *known tells if there is one. */
static enum po_status
apply_mapping(const struct input *input, char **account, bool *configured)
{
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
	const struct po_mapping_options options = mapping_options(input);
	const struct po_log log = { check_line, NULL, true };
	struct found found = { NULL, 0 };
	struct po_err err = { 0 };
	enum po_status st = po_mapping_new(&options, NULL, &mapping, &err);

	*configured = st == PO_OK;
	require(err.status == st && (st == PO_OK) == (mapping != NULL));
	if (st != PO_OK)
		return st;
	(void)check_pointer(input->claims, po_mapping_pointer(mapping));
	(void)po_claims_find(
	    input->claims, po_mapping_pointer(mapping), count_value, &found);
	st = po_mapping_apply(mapping, input->claims, account, &log, &err);
	require(err.status == st && (st == PO_OK) == (*account != NULL));
	require(st == PO_OK || err.text[0] != '\0');
	require((found.count == 0) == (st == PO_E_CLAIM_MISSING));
	if (st == PO_E_USERNAME_UNMATCHED)
		require(
		    !is_match(input->match, po_json_string(found.first, NULL)));
	if (st == PO_OK) {
		require(found.count == 1);
		check_account(
		    input, po_mapping_pointer(mapping), found.first, *account);
	}
	return st;
}

/* --- rules ---------------------------------------------------------------- */

/* Moves *at behind the next word, which it returns; "" at the end. */
static struct po_buf
take_word(const char **at)
{
	struct po_buf word = PO_BUF_INIT(4096);

	*at += strspn(*at, " \t");
	po_buf_append(&word, *at, strcspn(*at, " \t"));
	*at += word.len;
	return word;
}

static bool
is_element(const struct po_json *list, const char *word)
{
	for (size_t i = 0; i < po_json_array_len(list); i++) {
		const char *text =
		    po_json_string(po_json_array_at(list, i), NULL);

		if (text != NULL && strcmp(text, word) == 0)
			return true;
	}
	return false;
}

/* What plain words about a list, or a string, come to. */
static bool
is_satisfied(const struct po_json *value, const char *op, const char *words)
{
	bool list = po_json_type(value) == PO_JSON_ARRAY;
	const char *text = po_json_string(value, NULL);
	bool any = false, all = true;

	/* a set that is longer than PO_GROUPS_MAX satisfies nothing */
	if (list != (strcmp(op, "is") != 0) ||
	    po_json_array_len(value) > PO_GROUPS_MAX)
		return false;
	for (;;) {
		AUTO(po_buf_clear) struct po_buf word = take_word(&words);
		bool met;

		if (word.len == 0)
			break;
		met = list ? is_element(value, po_buf_str(&word))
			   : strcmp(text, po_buf_str(&word)) == 0;
		any = any || met;
		all = all && met;
	}
	return strcmp(op, "has_all") == 0 ? all : any;
}

/* The rule once more, if it has words only and no wildcard. */
static void
check_rule(const struct input *input, bool satisfied)
{
	const char *at = input->rule;
	AUTO(po_buf_clear) struct po_buf pointer = take_word(&at);
	AUTO(po_buf_clear) struct po_buf op = take_word(&at);
	const struct po_json *value;

	if (strpbrk(input->rule, "\"\\*") != NULL ||
	    strcmp(po_buf_str(&op), "matches") == 0)
		return;
	value = resolve(input->claims, po_buf_str(&pointer));
	if (value == NULL || (po_json_type(value) != PO_JSON_ARRAY &&
				 po_json_type(value) != PO_JSON_STRING))
		return;
	for (size_t i = 0; i < po_json_array_len(value); i++)
		if (po_json_type(po_json_array_at(value, i)) != PO_JSON_STRING)
			return; /* numbers compare by their text */
	require(satisfied == is_satisfied(value, po_buf_str(&op), at));
}

static enum po_status
apply_rule(const struct input *input, bool *configured)
{
	AUTO(po_rule_free) struct po_rule *rule = NULL;
	struct po_err err = { 0 };
	size_t count;
	enum po_status st = po_rule_parse(input->rule, &rule, &err);

	*configured = st == PO_OK;
	require(err.status == st && (st == PO_OK) == (rule != NULL));
	if (st != PO_OK)
		return st;
	count = check_pointer(input->claims, po_rule_pointer(rule));
	st = po_rule_check(rule, input->claims, &err);
	require(
	    st == PO_OK || st == PO_E_NOT_ALLOWED || st == PO_E_GROUPS_OVERAGE);
	require(err.status == st && (st == PO_OK) == (err.text[0] == '\0'));
	/* nothing is found in nothing */
	require(st != PO_OK || count > 0);
	check_rule(input, st == PO_OK);
	return st;
}

struct absence {
	const struct po_json *claims;
	bool found;
};

static void
note_absent(void *arg, const char *pointer)
{
	struct absence *absence = arg;

	if (po_claims_find(absence->claims, pointer, NULL, NULL) == 0)
		absence->found = true;
}

/* Both at once, as a login has them. */
static void
check_policy(const struct input *input, const char *account,
    enum po_status mapped, enum po_status allowed)
{
	AUTO(po_policy_free) struct po_policy *policy = NULL;
	const char *require_line = input->rule;
	const struct po_place place = { .file = "conf", .line = 7 };
	struct po_policy_options options = {
		.mapping = mapping_options(input),
		.require = &require_line,
		.require_places = &place,
		.require_count = input->rule == NULL ? 0 : 1,
	};
	enum po_status expected = mapped != PO_OK ? mapped : allowed;
	struct absence absence = { .claims = input->claims };

	require(po_policy_new(&options, &policy, NULL) == PO_OK);
	require(po_policy_decide(policy, input->claims,
		    account == NULL ? "root" : account, 1000, NULL,
		    NULL) == expected);
	require(po_policy_decide(policy, input->claims, "other", 1000, NULL,
		    NULL) == (mapped != PO_OK ? mapped : PO_E_OTHER_PERSON) ||
		strcmp(account, "other") == 0);
	if (mapped == PO_E_CLAIM_MISSING)
		po_policy_each_pointer(policy, "other", note_absent, &absence);
	require(mapped != PO_E_CLAIM_MISSING || absence.found);
}

/* --- input ---------------------------------------------------------------- */

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
	AUTO(input_clear) struct input input = { .rule = NULL };
	AUTO(po_str_free) char *account = NULL;
	enum po_status mapped, allowed = PO_OK;
	bool mapping = false, rule = true;

	input.rule = take_line(&at, end);
	input.username = take_line(&at, end);
	input.match = take_line(&at, end);
	input.format = take_line(&at, end);
	if (po_json_parse(at, (size_t)(end - at), &input.claims, NULL) != PO_OK)
		return 0;
	mapped = apply_mapping(&input, &account, &mapping);
	if (input.rule != NULL)
		allowed = apply_rule(&input, &rule);
	if (mapping && rule)
		check_policy(&input, account, mapped, allowed);
	return 0;
}
