/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Link header.  It comes from the network and says where the access token
 * goes next: read by the grammar or not at all.  See link.h.
 */

#include "oauth/link.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* RFC 9110 5.6.2 */
#define TOKEN                                                                  \
	"!#$%&'*+-.^_`|~0123456789"                                            \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A part of the header. */
struct span {
	const char *start;
	size_t len;
};

/* What one link says of itself. */
struct link {
	struct span target;
	bool has_rel; /* later ones do not count (RFC 8288 3.3) */
	bool next;
	bool elsewhere; /* its context is another document: `anchor` */
};

static void
skip_blanks(const char **p)
{
	*p += strspn(*p, " \t");
}

static bool
is_name(const struct span *span, const char *name)
{
	return span->len == strlen(name) &&
	       strncasecmp(span->start, name, span->len) == 0;
}

/* "<" URI-Reference ">" */
static bool
read_target(const char **p, struct span *target)
{
	if (**p != '<')
		return false;
	target->start = *p + 1;
	target->len = strcspn(target->start, "<>\" \t");
	*p = target->start + target->len;
	return *(*p)++ == '>' && target->len > 0;
}

/* Behind the opening quote; escapes are left as they are (RFC 9110 5.6.4). */
static bool
read_quoted(const char **p, struct span *value)
{
	value->start = *p;
	while (**p != '"') {
		if (**p == '\\')
			++*p;
		if (**p == '\0')
			return false;
		++*p;
	}
	value->len = (size_t)(*p - value->start);
	++*p;
	return true;
}

/* token [ "=" ( token / quoted-string ) ] */
static bool
read_param(const char **p, struct span *name, struct span *value)
{
	*name = (struct span){ *p, strspn(*p, TOKEN) };
	*value = (struct span){ "", 0 };
	*p += name->len;
	if (name->len == 0)
		return false;
	skip_blanks(p);
	if (**p != '=')
		return true;
	++*p;
	skip_blanks(p);
	if (**p == '"') {
		++*p;
		return read_quoted(p, value);
	}
	*value = (struct span){ *p, strspn(*p, TOKEN) };
	*p += value->len;
	return value->len > 0;
}

/* Relation types, with blanks between them (RFC 8288 3.3). */
static bool
has_next(const struct span *types)
{
	const char *end = types->start + types->len;
	const char *p = types->start;

	while (p < end) {
		struct span type = { p, 0 };

		while (p < end && *p != ' ')
			p++;
		type.len = (size_t)(p - type.start);
		if (is_name(&type, "next"))
			return true;
		while (p < end && *p == ' ')
			p++;
	}
	return false;
}

/* link-value; leaves *p at the comma or at the end. */
static bool
read_link(const char **p, struct link *link)
{
	if (!read_target(p, &link->target))
		return false;
	skip_blanks(p);
	while (**p == ';') {
		struct span name, value;

		++*p;
		skip_blanks(p);
		/* "<...>;" is allowed */
		if (**p == ';' || **p == ',' || **p == '\0')
			continue;
		if (!read_param(p, &name, &value))
			return false;
		if (is_name(&name, "anchor"))
			link->elsewhere = true;
		if (is_name(&name, "rel") && !link->has_rel) {
			link->has_rel = true;
			link->next = has_next(&value);
		}
		skip_blanks(p);
	}
	return **p == ',' || **p == '\0';
}

static enum po_status
keep_next(const struct link *link, char **next, struct po_err *err)
{
	AUTO(po_str_free)
	char *target = po_mem_dup(link->target.start, link->target.len);

	if (target == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (*next == NULL)
		*next = TAKE(target);
	else if (!po_str_equal(*next, target))
		return po_err_set(
		    err, PO_E_DOCUMENT, "Link header with two next pages");
	return PO_OK;
}

enum po_status
po_link_next(const char *header, char **next, struct po_err *err)
{
	AUTO(po_str_free) char *found = NULL;
	const char *p = header == NULL ? "" : header;
	enum po_status st;

	*next = NULL;
	while (*p != '\0') {
		struct link link = { .next = false };

		/* lists may have empty elements (RFC 9110 5.6.1.2) */
		p += strspn(p, " \t,");
		if (*p == '\0')
			break;
		if (!read_link(&p, &link))
			return po_err_set(err, PO_E_DOCUMENT,
			    "malformed Link header, byte %zu (RFC 8288 3)",
			    (size_t)(p - header));
		if (link.next && !link.elsewhere &&
		    (st = keep_next(&link, &found, err)) != PO_OK)
			return st;
	}
	*next = TAKE(found);
	return PO_OK;
}
