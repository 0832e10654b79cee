/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole-string POSIX ERE on regcomp(3).  Must never run a pattern whose time
 * is not bounded by pattern and subject: no back-references, both bounded.
 * See ere.h.
 */

#include "policy/ere.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct po_ere {
	regex_t regex;
};

/* The character behind the bracket expression at `p`; NULL if it never ends. */
static const char *
skip_bracket(const char *p)
{
	p++;
	if (*p == '^')
		p++;
	if (*p == ']') /* in first place it stands for itself */
		p++;
	for (; *p != '\0' && *p != ']'; p++) {
		/* [:alpha:], [=a=] and [.-.] have a ']' of their own */
		if (*p == '[' && p[1] != '\0' && strchr(":=.", p[1]) != NULL) {
			const char close[] = { p[1], ']', '\0' };

			if ((p = strstr(p + 2, close)) == NULL)
				return NULL;
			p++;
		}
	}
	return *p == ']' ? p + 1 : NULL;
}

/*
 * "\d" is a plain "d" to regcomp and "\1" a GNU extension, also inside
 * brackets, where POSIX takes both characters as members.
 */
static enum po_status
check_escapes(const char *pattern, struct po_err *err)
{
	for (const char *p = pattern; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			return po_err_set(
			    err, PO_E_CONFIG, "pattern is not printable ASCII");
		if (*p != '\\')
			continue;
		p++;
		if (*p == '\0')
			return po_err_set(
			    err, PO_E_CONFIG, "pattern ends in a backslash");
		if ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z') || strchr("<>`'", *p) != NULL)
			return po_err_set(err, PO_E_CONFIG,
			    "\"\\%c\" is not part of POSIX ERE; write "
			    "[0-9], [[:alnum:]_] and the like",
			    *p);
	}
	return PO_OK;
}

/* The character behind the token at `p`; NULL if the token never ends. */
static const char *
skip_token(const char *p)
{
	if (*p == '[')
		return skip_bracket(p);
	if (*p == '{')
		return (p = strchr(p, '}')) == NULL ? NULL : p + 1;
	return p + (*p == '\\' ? 2 : 1);
}

static size_t
parse_count(const char **p)
{
	size_t count = 0;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		if (count <= PO_ERE_SIZE_MAX) /* more is too much anyway */
			count = count * 10 + (size_t)(**p - '0');
	}
	return count;
}

/* How often regcomp writes out what stands before the repetition at `p`. */
static size_t
copies(const char *p)
{
	size_t least, most;

	if (*p == '+') /* a+ becomes aa* */
		return 2;
	if (*p != '{')
		return 1;
	p++;
	least = most = parse_count(&p);
	if (*p == ',') {
		p++;
		most = *p == '}' ? least + 1 : parse_count(&p);
	}
	return most > 0 ? most : 1;
}

/* What has been read so far of a group, or of the whole pattern. */
struct group {
	size_t size;     /* once compiled */
	size_t last;     /* the same of the last piece, which may be repeated */
	bool last_empty; /* can that piece match the empty string? */
	bool rest_empty; /* can all before it, back to the last '|'? */
	bool any_empty;  /* can an alternative before that? */
};

static void
begin_piece(struct group *group, size_t size, bool empty)
{
	group->rest_empty = group->rest_empty && group->last_empty;
	group->last = size;
	group->last_empty = empty;
}

static void
begin_alternative(struct group *group)
{
	group->any_empty =
	    group->any_empty || (group->rest_empty && group->last_empty);
	group->last = 0;
	group->rest_empty = group->last_empty = true;
}

/* Can the repetition at `p` mean "not at all"?  "{,2}" is GNU for "{0,2}". */
static bool
may_be_none(const char *p)
{
	if (*p != '{')
		return *p != '+';
	p++;
	return parse_count(&p) == 0;
}

/*
 * Repeating what may be empty says nothing that is not said without, and
 * glibc's compiler takes exponential time for it: "(((a?|b?){1,9})+)".
 */
static enum po_status
repeat(struct group *group, const char *p, struct po_err *err)
{
	if (group->last_empty)
		return po_err_set(err, PO_E_CONFIG,
		    "\"%c\" in pattern repeats what may be empty", *p);
	group->last *= copies(p) - 1;
	group->last_empty = may_be_none(p);
	return PO_OK;
}

/*
 * Refuses forms that POSIX leaves undefined and glibc takes without a word,
 * and patterns that grow when compiled: each level of "(((a+)+)+)" doubles.
 */
static enum po_status
check_structure(const char *pattern, struct po_err *err)
{
	struct group groups[PO_ERE_PATTERN_MAX + 1];
	struct group *group = groups;
	bool repeated = false;
	enum po_status st;

	*group = (struct group){ .last_empty = true, .rest_empty = true };
	for (const char *p = pattern, *next; *p != '\0'; p = next) {
		bool repeats = strchr("*+?{", *p) != NULL;

		if ((next = skip_token(p)) == NULL)
			return po_err_set(err, PO_E_CONFIG,
			    "\"%c\" in pattern is never closed", *p);
		if (repeats && repeated)
			return po_err_set(err, PO_E_CONFIG,
			    "\"%c\" in pattern stands right behind another "
			    "repetition, which means nothing in POSIX ERE",
			    *p);
		repeated = repeats;
		if (*p == '(') {
			*++group = (struct group){ .last_empty = true,
				.rest_empty = true };
			continue;
		}
		if (*p == ')' && group == groups)
			return po_err_set(
			    err, PO_E_CONFIG, "\")\" without \"(\" in pattern");
		if (*p == ')') {
			begin_alternative(group--);
			begin_piece(group, group[1].size, group[1].any_empty);
		} else if (*p == '|') {
			begin_alternative(group);
		} else if (!repeats) {
			begin_piece(group, 1, *p == '^' || *p == '$');
		} else if ((st = repeat(group, p, err)) != PO_OK) {
			return st;
		}
		group->size += group->last;
		if (group->size > PO_ERE_SIZE_MAX)
			return po_err_set(err, PO_E_CONFIG,
			    "repetitions make the pattern longer than %d "
			    "characters",
			    PO_ERE_SIZE_MAX);
	}
	return PO_OK;
}

enum po_status
po_ere_compile(const char *pattern, struct po_ere **out, struct po_err *err)
{
	char why[128];
	struct po_ere *ere;
	enum po_status st;
	int rc;

	*out = NULL;
	if (strlen(pattern) > PO_ERE_PATTERN_MAX)
		return po_err_set(err, PO_E_CONFIG,
		    "pattern is longer than %d bytes", PO_ERE_PATTERN_MAX);
	if ((st = check_escapes(pattern, err)) != PO_OK ||
	    (st = check_structure(pattern, err)) != PO_OK)
		return st;
	if ((ere = malloc(sizeof(*ere))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	rc = regcomp(&ere->regex, pattern, REG_EXTENDED);
	if (rc != 0) {
		(void)regerror(rc, &ere->regex, why, sizeof(why));
		free(ere);
		if (rc == REG_ESPACE)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
		return po_err_set(err, PO_E_CONFIG, "pattern: %s", why);
	}
	*out = ere;
	return PO_OK;
}

void
po_ere_free(struct po_ere **ere)
{
	if (*ere != NULL)
		regfree(&(*ere)->regex);
	free(*ere);
	*ere = NULL;
}

size_t
po_ere_groups(const struct po_ere *ere)
{
	return ere->regex.re_nsub;
}

bool
po_ere_match(const struct po_ere *ere, const char *subject, size_t len,
    struct po_ere_span spans[PO_ERE_SPANS])
{
	char copy[PO_ERE_SUBJECT_MAX + 1];
	regmatch_t found[PO_ERE_SPANS];

	if (len > PO_ERE_SUBJECT_MAX || memchr(subject, '\0', len) != NULL)
		return false;
	memcpy(copy, subject, len);
	copy[len] = '\0';
	/* glibc calls a lack of memory "no match" */
	if (regexec(&ere->regex, copy, PO_ERE_SPANS, found, 0) != 0)
		return false;
	/*
	 * POSIX: the leftmost match, and of those the longest.  So if any
	 * match takes the whole subject, this is one.
	 */
	if (found[0].rm_so != 0 || (size_t)found[0].rm_eo != len)
		return false;
	for (size_t i = 0; spans != NULL && i < PO_ERE_SPANS; i++) {
		bool took_part = found[i].rm_so >= 0;

		spans[i].start = took_part ? (size_t)found[i].rm_so : 0;
		spans[i].len =
		    took_part ? (size_t)(found[i].rm_eo - found[i].rm_so) : 0;
	}
	return true;
}
