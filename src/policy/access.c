/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `require` rules on verified claims.  Pure.  Must never cut a list of groups
 * short, nor take an absent, empty or overflowing one for another.  See
 * access.h.
 */

#include "policy/access.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/claims.h"
#include "policy/ere.h"

#define TEXT_MAX 4096 /* bytes of a rule; a config line has no more */
#define SHOWN_MAX 4   /* values of each side in a message of 512 bytes */

enum op {
	OP_IS,
	OP_HAS,
	OP_HAS_ALL,
	OP_MATCHES,
	OP_COUNT
};

static const char *const op_names[OP_COUNT] = {
	[OP_IS] = "is",
	[OP_HAS] = "has",
	[OP_HAS_ALL] = "has_all",
	[OP_MATCHES] = "matches",
};

struct po_rule {
	char *pointer;
	enum op op;
	char *values[PO_RULE_VALUES_MAX];
	size_t count;
	struct po_ere *ere; /* OP_MATCHES */
};

/* What the walk over the claims has seen so far. */
struct check {
	const struct po_rule *rule;
	size_t found;    /* values the pointer led to */
	size_t elements; /* of them, or in them: what was compared */
	uint64_t met;    /* bit i: values[i] was there */
	const struct po_json *misfit; /* what the operator cannot compare */
	enum po_status failed;        /* to compare: PO_E_NOMEM, or PO_OK */
	struct po_buf seen;           /* the first texts, for the message */
};

static void
check_clear(struct check *check)
{
	po_buf_clear(&check->seen);
}

/* --- parsing -------------------------------------------------------------- */

/* Reads the inside of a quoted token from *at, which stands behind the '"'. */
static enum po_status
read_quoted(const char **at, struct po_buf *token, struct po_err *err)
{
	const char *p = *at;

	for (; *p != '"'; p++) {
		if (*p == '\0')
			return po_err_set(
			    err, PO_E_CONFIG, "quoted value without an end");
		if (*p == '\\' && *++p != '"' && *p != '\\')
			return po_err_set(err, PO_E_CONFIG,
			    "only \\\" and \\\\ may follow a backslash in "
			    "quotes");
		po_buf_append_char(token, *p);
	}
	p++;
	if (*p != '\0' && *p != ' ' && *p != '\t')
		return po_err_set(
		    err, PO_E_CONFIG, "no blank behind a quoted value");
	*at = p;
	return PO_OK;
}

static enum po_status
read_plain(const char **at, struct po_buf *token, struct po_err *err)
{
	size_t len = strcspn(*at, " \t");

	if (memchr(*at, '"', len) != NULL)
		return po_err_set(err, PO_E_CONFIG,
		    "quotes stand around a whole value, not in the middle");
	/* never a member of anything, and never meant */
	if ((*at)[len - 1] == ',')
		return po_err_set(err, PO_E_CONFIG,
		    "values are separated by blanks, not by commas");
	po_buf_append(token, *at, len);
	*at += len;
	return PO_OK;
}

/* The next token of the text, or NULL when there is none. */
static enum po_status
next_token(const char **at, char **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(TEXT_MAX);
	enum po_status st;

	*out = NULL;
	*at += strspn(*at, " \t");
	if (**at == '\0')
		return PO_OK;
	if (**at == '"') {
		++*at;
		st = read_quoted(at, &token, err);
	} else {
		st = read_plain(at, &token, err);
	}
	if (st != PO_OK)
		return st;
	return po_buf_take_str(&token, out, err);
}

static enum po_status
parse_op(const char *text, enum op *out, struct po_err *err)
{
	for (size_t i = 0; i < OP_COUNT; i++) {
		if (text != NULL && strcmp(text, op_names[i]) == 0) {
			*out = (enum op)i;
			return PO_OK;
		}
	}
	return po_err_set(err, PO_E_CONFIG,
	    "%s%s%s where one of \"is\", \"has\", \"has_all\", \"matches\" is "
	    "expected",
	    text == NULL ? "nothing" : "\"", text == NULL ? "" : text,
	    text == NULL ? "" : "\"");
}

static enum po_status
parse_values(struct po_rule *rule, const char *at, struct po_err *err)
{
	enum po_status st;

	for (;;) {
		AUTO(po_str_free) char *value = NULL;

		if ((st = next_token(&at, &value, err)) != PO_OK)
			return st;
		if (value == NULL)
			break;
		if (rule->count == PO_RULE_VALUES_MAX)
			return po_err_set(err, PO_E_CONFIG,
			    "more than %d values", PO_RULE_VALUES_MAX);
		rule->values[rule->count++] = TAKE(value);
	}
	if (rule->count == 0)
		return po_err_set(err, PO_E_CONFIG, "no value behind \"%s\"",
		    op_names[rule->op]);
	if (rule->op != OP_MATCHES)
		return PO_OK;
	if (rule->count > 1)
		return po_err_set(err, PO_E_CONFIG,
		    "\"matches\" takes one pattern; quote it if it has blanks");
	return po_ere_compile(rule->values[0], &rule->ere, err);
}

enum po_status
po_rule_parse(const char *text, struct po_rule **out, struct po_err *err)
{
	AUTO(po_rule_free) struct po_rule *rule = NULL;
	AUTO(po_str_free) char *op = NULL;
	enum po_status st;

	*out = NULL;
	if (strlen(text) > TEXT_MAX)
		return po_err_set(
		    err, PO_E_CONFIG, "rule is longer than %d bytes", TEXT_MAX);
	if ((rule = calloc(1, sizeof(*rule))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = next_token(&text, &rule->pointer, err)) != PO_OK)
		return st;
	if (rule->pointer == NULL)
		return po_err_set(err, PO_E_CONFIG, "rule is empty");
	if ((st = po_pointer_check(rule->pointer, err)) != PO_OK ||
	    (st = next_token(&text, &op, err)) != PO_OK ||
	    (st = parse_op(op, &rule->op, err)) != PO_OK ||
	    (st = parse_values(rule, text, err)) != PO_OK)
		return st;
	*out = TAKE(rule);
	return PO_OK;
}

void
po_rule_free(struct po_rule **rule)
{
	if (*rule != NULL) {
		po_str_free(&(*rule)->pointer);
		for (size_t i = 0; i < (*rule)->count; i++)
			po_str_free(&(*rule)->values[i]);
		po_ere_free(&(*rule)->ere);
	}
	free(*rule);
	*rule = NULL;
}

const char *
po_rule_pointer(const struct po_rule *rule)
{
	return rule->pointer;
}

/* --- comparing ------------------------------------------------------------ */

/* Counts an element; the first few are kept for the message. */
static void
note_element(struct check *check, const char *text, size_t len, bool quoted)
{
	if (++check->elements > SHOWN_MAX)
		return;
	if (check->elements > 1)
		po_buf_append_str(&check->seen, ", ");
	if (quoted)
		po_claims_quote(&check->seen, text, len);
	else
		po_buf_append(&check->seen, text, len);
}

static void
compare_text(struct check *check, const char *text, size_t len, bool quoted)
{
	const struct po_rule *rule = check->rule;

	note_element(check, text, len, quoted);
	if (rule->op == OP_MATCHES) {
		if (po_ere_match(rule->ere, text, len, NULL))
			check->met |= 1;
		return;
	}
	for (size_t i = 0; i < rule->count; i++) {
		if (strlen(rule->values[i]) == len &&
		    memcmp(rule->values[i], text, len) == 0)
			check->met |= UINT64_C(1) << i;
	}
}

/* Compares a scalar.  What has no text counts, but equals nothing. */
static void
compare_value(struct check *check, const struct po_json *value)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(64);
	const char *name = po_json_type_name(value);
	size_t len = 0;
	const char *str;

	switch (po_json_type(value)) {
	case PO_JSON_STRING:
		str = po_json_string(value, &len);
		compare_text(check, str, len, true);
		return;
	case PO_JSON_BOOL:
	case PO_JSON_INT:
	case PO_JSON_DOUBLE:
		po_json_print(value, &text);
		if (text.status == PO_E_NOMEM)
			check->failed = PO_E_NOMEM;
		if (text.status != PO_OK)
			break;
		compare_text(check, po_buf_str(&text), text.len, false);
		return;
	case PO_JSON_NULL:
	case PO_JSON_ARRAY:
	case PO_JSON_OBJECT:
		break;
	}
	note_element(check, name, strlen(name), false);
}

/* A member's name is an element, unless its value says that it is none. */
static bool
compare_name(void *arg, const char *name, const struct po_json *value)
{
	struct check *check = arg;
	bool has = false;

	if (!po_json_bool(value, &has))
		has = po_json_type(value) != PO_JSON_NULL;
	if (has)
		compare_text(check, name, strlen(name), true);
	return check->elements <= PO_GROUPS_MAX;
}

/* Whether a step of the pointer is "*", so that it leads to a set. */
static bool
has_wildcard(const char *pointer)
{
	for (const char *p = pointer; (p = strstr(p, "/*")) != NULL; p++) {
		if (p[2] == '\0' || p[2] == '/')
			return true;
	}
	return false;
}

/* Whether the operator takes a value of this type as it stands. */
static bool
is_fit(const struct po_rule *rule, enum po_json_type type)
{
	bool set = type == PO_JSON_ARRAY || type == PO_JSON_OBJECT;

	if (type == PO_JSON_NULL)
		return false;
	if (rule->op == OP_IS)
		return !set;
	/* a lone string is no set: "a,b" must not become one by accident */
	return set || rule->op == OP_MATCHES || has_wildcard(rule->pointer);
}

/* One value the pointer led to; of a set, each element is compared. */
static bool
look_at(void *arg, const struct po_json *value)
{
	struct check *check = arg;
	enum po_json_type type = po_json_type(value);

	check->found++;
	if (!is_fit(check->rule, type)) {
		check->misfit = value;
		check->elements++;
	} else if (type == PO_JSON_OBJECT) {
		po_json_each_member(value, compare_name, check);
	} else if (type == PO_JSON_ARRAY) {
		for (size_t i = 0; i < po_json_array_len(value); i++) {
			compare_value(check, po_json_array_at(value, i));
			if (check->elements > PO_GROUPS_MAX)
				break;
		}
	} else {
		compare_value(check, value);
	}
	return check->elements <= PO_GROUPS_MAX;
}

/* --- refusing ------------------------------------------------------------- */

static bool
note_found(void *arg, const struct po_json *value)
{
	bool *yes = arg;

	(void)value;
	*yes = true;
	return false;
}

static bool
note_true(void *arg, const struct po_json *value)
{
	bool *yes = arg;
	bool is_true = false;

	*yes = po_json_bool(value, &is_true) && is_true;
	return false;
}

/*
 * Whether the provider says that it left the claim out for its size: it is
 * named in _claim_names (OpenID Connect Core 5.6.2), or Entra's two forms for
 * tokens that would become too long.
 */
static bool
is_overage(const char *pointer, const struct po_json *claims)
{
	AUTO(po_buf_clear)
	struct po_buf named = PO_BUF_INIT(2 * PO_POINTER_MAX);
	size_t first;
	bool yes = false;

	if (pointer[0] == '\0')
		return false;
	first = 1 + strcspn(pointer + 1, "/");
	po_buf_append_str(&named, "/_claim_names");
	po_buf_append(&named, pointer, first);
	if (named.status != PO_OK)
		return false; /* half of it would name something else */
	(void)po_claims_find(claims, po_buf_str(&named), note_found, &yes);
	if (!yes && first == strlen("/groups") &&
	    memcmp(pointer, "/groups", first) == 0) {
		(void)po_claims_find(claims, "/hasgroups", note_true, &yes);
		if (!yes)
			(void)po_claims_find(
			    claims, "/groups:src1", note_found, &yes);
	}
	return yes;
}

/* Appends `"a", "b" and 3 more`: the rule's values that were not there. */
static void
append_wanted(struct po_buf *out, const struct check *check)
{
	const struct po_rule *rule = check->rule;
	size_t shown = 0, left = 0;

	for (size_t i = 0; i < rule->count; i++) {
		if ((check->met & (UINT64_C(1) << i)) != 0)
			continue;
		if (shown == SHOWN_MAX) {
			left++;
			continue;
		}
		if (shown++ > 0)
			po_buf_append_str(out, ", ");
		po_claims_quote(out, rule->values[i], strlen(rule->values[i]));
	}
	if (left > 0)
		po_buf_appendf(out, " and %zu more", left);
}

/* What is wrong with values that are there but do not satisfy the rule. */
static void
append_reason(struct po_buf *out, const struct check *check)
{
	static const char *const lacks[OP_COUNT] = {
		[OP_IS] = "is none of",
		[OP_HAS] = "has none of",
		[OP_HAS_ALL] = "lacks",
		[OP_MATCHES] = "has no match of",
	};

	if (check->found == 0) {
		po_buf_append_str(out, "is absent");
		return;
	}
	if (check->elements == 0) {
		po_buf_append_str(out, "is empty");
		return;
	}
	if (check->elements > PO_GROUPS_MAX) {
		po_buf_appendf(out, "has more than %d values", PO_GROUPS_MAX);
		return;
	}
	if (check->elements == 1 && check->misfit != NULL) {
		po_buf_appendf(out, "is of type %s, which \"%s\" does not take",
		    po_json_type_name(check->misfit),
		    op_names[check->rule->op]);
		return;
	}
	po_buf_appendf(out, "%s ", lacks[check->rule->op]);
	append_wanted(out, check);
	po_buf_append_str(out, "; it has ");
	po_buf_append(out, check->seen.data, check->seen.len);
	po_buf_appendf(out, "%s (%zu value%s)",
	    check->elements > SHOWN_MAX ? ", ..." : "", check->elements,
	    check->elements == 1 ? "" : "s");
}

static enum po_status
refuse(
    const struct check *check, const struct po_json *claims, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4 * TEXT_MAX);
	const char *pointer = check->rule->pointer;

	if (is_overage(pointer, claims))
		return po_err_set(err, PO_E_GROUPS_OVERAGE,
		    "%s was left out by the provider because it is too long "
		    "for a token",
		    pointer);
	po_buf_appendf(&text, "%s ", pointer);
	append_reason(&text, check);
	return po_err_set(err, PO_E_NOT_ALLOWED, "%s", po_buf_str(&text));
}

enum po_status
po_rule_check(const struct po_rule *rule, const struct po_json *claims,
    struct po_err *err)
{
	AUTO(check_clear)
	struct check check = {
		.rule = rule,
		.seen = PO_BUF_INIT(TEXT_MAX),
	};
	uint64_t all = UINT64_MAX >> (64 - rule->count);
	bool met;

	(void)po_claims_find(claims, rule->pointer, look_at, &check);
	if (check.failed != PO_OK)
		return po_err_set(err, check.failed, "out of memory");
	met = rule->op == OP_HAS_ALL ? check.met == all : check.met != 0;
	if (met && check.elements <= PO_GROUPS_MAX)
		return po_claims_check_email(rule->pointer, claims, err);
	return refuse(&check, claims, err);
}
