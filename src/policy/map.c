/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accounts shared by name.  Pure.  Must never let a line go without effect:
 * what cannot be read is an error of the whole file.  See map.h.
 */

#include "policy/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/account.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/access.h"

#define LINE_LONGEST 4096 /* bytes, as in the configuration */

struct line {
	char account[PO_ACCOUNT_NAME_MAX + 1];
	char *text; /* the rule as it stands there, for the log */
	struct po_rule *rule;
	unsigned number;
};

struct po_map {
	char *file;
	struct line *lines;
	size_t count;
};

/* --- parsing -------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes that no line may have. */
static enum po_status
check_bytes(const char *text, size_t len, struct po_err *err)
{
	if (len > LINE_LONGEST)
		return po_err_set(err, PO_E_CONFIG, "line longer than %d bytes",
		    LINE_LONGEST);
	if (!po_text_is_utf8(text, len))
		return po_err_set(err, PO_E_CONFIG, "line is not UTF-8");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7F)
			return po_err_set(err, PO_E_CONFIG,
			    "control character 0x%02x", (unsigned int)c);
	}
	return PO_OK;
}

/* "ACCOUNT RULE", without blanks around it. */
static enum po_status
parse_line(struct line *line, char *text, struct po_err *err)
{
	size_t name_len = strcspn(text, " \t");
	bool has_rule = text[name_len] != '\0';

	text[name_len] = '\0';
	if (!po_account_name_valid(text))
		return po_err_set(err, PO_E_CONFIG,
		    "\"%.64s\" is not an account name "
		    "([A-Za-z_][A-Za-z0-9_.-]{0,31})",
		    text);
	if (!has_rule)
		return po_err_set(
		    err, PO_E_CONFIG, "no rule behind \"%s\"", text);
	memcpy(line->account, text, name_len + 1);
	text += name_len + 1;
	text += strspn(text, " \t");
	if ((line->text = po_str_dup(text)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return po_rule_parse(text, &line->rule, err);
}

/* Makes room for `count` lines and the next one. */
static enum po_status
grow(struct po_map *map, struct po_err *err)
{
	size_t count = map->count;
	struct line *lines;

	if (count == PO_MAP_LINES_MAX)
		return po_err_set(
		    err, PO_E_CONFIG, "more than %d lines", PO_MAP_LINES_MAX);
	/* room doubles whenever the count has reached a power of two */
	if (count > 0 && (count & (count - 1)) != 0)
		return PO_OK;
	lines = reallocarray(
	    map->lines, count == 0 ? 1 : 2 * count, sizeof(*lines));
	if (lines == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	map->lines = lines;
	return PO_OK;
}

static enum po_status
add_line(struct po_map *map, const char *text, size_t len, unsigned number,
    struct po_err *err)
{
	AUTO(po_str_free) char *copy = NULL;
	struct line *line;
	enum po_status st;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if ((st = check_bytes(text, len, err)) != PO_OK)
		return st;
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	for (; len > 0 && is_blank(*text); len--)
		text++;
	if (len == 0 || *text == '#')
		return PO_OK;
	if ((copy = po_mem_dup(text, len)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = grow(map, err)) != PO_OK)
		return st;
	line = &map->lines[map->count];
	*line = (struct line){ .number = number };
	map->count++;
	return parse_line(line, copy, err);
}

enum po_status
po_map_parse(const char *file, const void *data, size_t len,
    struct po_map **out, struct po_err *err)
{
	AUTO(po_map_free) struct po_map *map = calloc(1, sizeof(*map));
	const char *at = data;
	unsigned number = 0;

	*out = NULL;
	if (map == NULL || (map->file = po_str_dup(file)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (len > PO_MAP_MAX)
		return po_err_set(err, PO_E_CONFIG, "%s: larger than %d bytes",
		    file, PO_MAP_MAX);
	while (len > 0) {
		const char *end = memchr(at, '\n', len);
		size_t line_len = end == NULL ? len : (size_t)(end - at);
		enum po_status st;

		st = add_line(map, at, line_len, ++number, err);
		if (st != PO_OK) {
			po_err_prefix(err, "%s:%u", file, number);
			return st;
		}
		line_len += end == NULL ? 0 : 1;
		at += line_len;
		len -= line_len;
	}
	*out = TAKE(map);
	return PO_OK;
}

void
po_map_free(struct po_map **map)
{
	if (*map != NULL) {
		for (size_t i = 0; i < (*map)->count; i++) {
			po_rule_free(&(*map)->lines[i].rule);
			po_str_free(&(*map)->lines[i].text);
		}
		free((*map)->lines);
		po_str_free(&(*map)->file);
	}
	free(*map);
	*map = NULL;
}

/* --- asking --------------------------------------------------------------- */

/* The first line from *i on that names `account`, or NULL. */
static const struct line *
next_of(const struct po_map *map, const char *account, size_t *i)
{
	for (; map != NULL && *i < map->count; ++*i)
		if (po_str_equal(map->lines[*i].account, account))
			return &map->lines[(*i)++];
	return NULL;
}

void
po_map_each_account(const struct po_map *map,
    void (*fn)(void *arg, const char *account), void *arg)
{
	for (size_t i = 0; map != NULL && i < map->count; i++) {
		const char *account = map->lines[i].account;
		size_t first = 0;

		if (next_of(map, account, &first) == &map->lines[i])
			fn(arg, account);
	}
}

bool
po_map_names(const struct po_map *map, const char *account)
{
	size_t i = 0;

	return next_of(map, account, &i) != NULL;
}

enum po_status
po_map_admits(const struct po_map *map, const char *account,
    const struct po_json *claims, const struct po_log *log, struct po_err *err)
{
	struct po_err last = { 0 };
	const struct line *line;
	size_t i = 0;

	while ((line = next_of(map, account, &i)) != NULL) {
		struct po_err why = { 0 };
		enum po_status st = po_rule_check(line->rule, claims, &why);

		po_log(log, PO_LOG_DEBUG, "map_file (%s:%u) %s %.*s: %s",
		    map->file, line->number, account, PO_RULE_SHOWN_MAX,
		    line->text, st == PO_OK ? "holds" : why.text);
		if (st == PO_OK)
			return PO_OK;
		if (st == PO_E_NOMEM)
			return po_err_set(err, st, "out of memory");
		if (last.status == PO_E_GROUPS_OVERAGE)
			continue;
		last = why;
		po_err_prefix(
		    &last, "map_file (%s:%u)", map->file, line->number);
	}
	if (last.status == PO_OK)
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "no line of map_file names \"%s\"", account);
	return po_err_set(err, last.status, "%s", last.text);
}

void
po_map_each_pointer(const struct po_map *map, const char *account,
    void (*fn)(void *arg, const char *pointer), void *arg)
{
	const struct line *line;
	size_t i = 0;

	while ((line = next_of(map, account, &i)) != NULL)
		fn(arg, po_rule_pointer(line->rule));
}
