/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads pam_oauth.conf.  inih finds sections, names and values; our reader in
 * front of it counts lines and refuses what inih would take, cut or guess at,
 * and no value counts unless inih returned it whole.  See config.h.
 */

#include "io/config.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/config_model.h"
#include "io/file.h"

/*
 * inih has limits of its own, set when it is built: by default 49 bytes of a
 * section's name and 197 of a line.  A longer line is handed over in pieces,
 * as the continuation lines that inih knows.
 */
#define INIH_SECTION_MAX 49
#define INIH_BUFFER_MIN 100 /* less would not hold the longest name */

/* One file being read. */
struct reader {
	struct po_config *config;
	const char *data;
	size_t len, at;
	unsigned line;
	enum po_status status;
	struct po_err *err;

	/* the section of the lines that follow, as its text and index */
	char section_text[INIH_SECTION_MAX + 1];
	size_t section;

	/* the line inih is being given, without blanks around it */
	char text[PO_CONFIG_LINE_MAX + 1];
	size_t text_len, given;
	/* the option on it: what inih must return, and how much it has */
	size_t name_len;
	const char *value;
	size_t value_len, returned;
};

/* --- failing -------------------------------------------------------------- */

/* Records "FILE:LINE: ..." and stops the reading. */
static void PO_PRINTF(2, 3) fail(struct reader *r, const char *fmt, ...)
{
	char text[PO_ERR_TEXT_MAX];

	if (r->status != PO_OK)
		return;
	PO_FORMAT(text, fmt);
	r->status = po_err_set(
	    r->err, PO_E_CONFIG, "%s:%u: %s", r->config->file, r->line, text);
}

/* Passes on what is wrong with the meaning of this line. */
static void
fail_why(struct reader *r, enum po_status status, const struct po_err *why)
{
	if (status == PO_E_CONFIG)
		fail(r, "%s", why->text);
	else if (r->status == PO_OK)
		r->status = po_err_set(r->err, status, "%s", why->text);
}

/* --- lines ---------------------------------------------------------------- */

/* "[...]" and nothing behind it: inih would not look there. */
static void
read_section(struct reader *r)
{
	size_t len = strcspn(r->text + 1, "]");
	struct po_err why = { 0 };
	enum po_status st;

	if (r->text[1 + len] == '\0') {
		fail(r, "section without \"]\"");
	} else if (r->text[1 + len + 1] != '\0') {
		fail(r, "text behind the \"]\" of a section");
	} else if (len == 0) {
		fail(r, "section without a name");
	} else if (len > INIH_SECTION_MAX) {
		fail(r, "section name longer than %d bytes", INIH_SECTION_MAX);
	} else {
		memcpy(r->section_text, r->text + 1, len);
		r->section_text[len] = '\0';
		st = po_config_add_section(
		    r->config, r->section_text, r->line, &r->section, &why);
		if (st != PO_OK)
			fail_why(r, st, &why);
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* inih takes " ;" for a comment's start, people " #"; neither is one here. */
static bool
has_inline_comment(const char *line)
{
	bool quoted = false;

	for (const char *p = line; *p != '\0'; p++) {
		bool first = p > line && is_blank(p[-1]);

		if (*p == '"')
			quoted = !quoted;
		if (first && (*p == ';' || (*p == '#' && !quoted)))
			return true;
	}
	return false;
}

/* Looks at "name = value" before inih does. */
static void
inspect_option(struct reader *r)
{
	const char *equals = strchr(r->text, '=');
	size_t name_len;

	if (equals == NULL) {
		fail(r, "a line is \"[section]\", \"name = value\" or a "
			"comment that begins with \"#\"");
		return;
	}
	if (memchr(r->text, ':', (size_t)(equals - r->text)) != NULL) {
		fail(r, "\"=\" stands between name and value, not \":\"");
		return;
	}
	if (r->section == PO_CONFIG_NONE) {
		fail(r, "option before the first [section]");
		return;
	}
	if (has_inline_comment(r->text)) {
		fail(r, "a comment needs a line of its own: a value cannot "
			"have \" ;\", nor \" #\" outside double quotes");
		return;
	}
	name_len = (size_t)(equals - r->text);
	while (name_len > 0 && is_blank(r->text[name_len - 1]))
		name_len--;
	r->value = equals + 1 + strspn(equals + 1, " \t");
	r->value_len = strlen(r->value);
	r->name_len = name_len;
	r->returned = 0;
	if (name_len == 0)
		fail(r, "no name in front of \"=\"");
	else if (r->value_len == 0)
		fail(r, "option \"%.*s\": no value", (int)name_len, r->text);
	else if (name_len > INIH_SECTION_MAX)
		fail(
		    r, "unknown option \"%.*s...\"", INIH_SECTION_MAX, r->text);
}

/* Bytes that no line may have; Windows' line end is taken off before. */
static void
inspect_bytes(struct reader *r, const char *line, size_t len)
{
	if (r->line == 1 && len >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0)
		fail(r, "the file begins with a byte order mark: save it as "
			"UTF-8 without one");
	else if (len > PO_CONFIG_LINE_MAX)
		fail(r, "line longer than %d bytes", PO_CONFIG_LINE_MAX);
	else if (!po_text_is_utf8(line, len))
		fail(r, "line is not UTF-8");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t') || c == 0x7F)
			fail(r, "control character 0x%02x", (unsigned int)c);
	}
}

/* Takes the next line that says something into r->text; false at the end. */
static bool
next_line(struct reader *r)
{
	const char *line = r->data + r->at;
	const char *end;
	size_t len;

	if (r->at == r->len)
		return false;
	end = memchr(line, '\n', r->len - r->at);
	len = end == NULL ? r->len - r->at : (size_t)(end - line);
	r->at += len + (end == NULL ? 0 : 1);
	r->line++;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	inspect_bytes(r, line, len);
	if (r->status != PO_OK)
		return false;
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	for (; len > 0 && is_blank(*line); len--)
		line++;
	memcpy(r->text, line, len);
	r->text[len] = '\0';
	r->text_len = len;
	r->given = 0;
	return true;
}

/* --- inih ----------------------------------------------------------------- */

/*
 * How much of the rest of the line to give at once.  A piece may not begin or
 * end where inih takes blanks and comments off.
 */
static size_t
piece_len(const struct reader *r, size_t room)
{
	const char *rest = r->text + r->given;
	size_t len = r->text_len - r->given;

	if (len <= room)
		return len;
	for (len = room; len > 0; len--)
		if (!is_blank(rest[len - 1]) && !is_blank(rest[len]) &&
		    rest[len] != ';' && rest[len] != '#')
			break;
	/* the name and some of the value make the first piece */
	if (r->given == 0 && len <= (size_t)(r->value - r->text))
		return 0;
	return len;
}

/* inih asks for a line: fgets(3) in its shape. */
static char *
give_line(char *buffer, int size, void *stream)
{
	struct reader *r = stream;
	char *to = buffer;
	size_t len;

	if (size < INIH_BUFFER_MIN)
		fail(r, "inih was built for lines of %d bytes", size);
	while (r->status == PO_OK && r->given == r->text_len) {
		if (r->returned != r->value_len)
			fail(r, "inih reads this line otherwise");
		r->value_len = r->returned = 0;
		if (r->status != PO_OK || !next_line(r))
			return NULL;
		if (r->text_len == 0 || strchr("#;", r->text[0]) != NULL)
			r->given = r->text_len;
		else if (r->text[0] == '[')
			read_section(r);
		else
			inspect_option(r);
	}
	if (r->status != PO_OK)
		return NULL;
	if (r->given > 0)
		*to++ = ' '; /* a continuation line */
	/* "\r\n" and the NUL: INI_MAX_LINE in ini.h */
	len = piece_len(r, (size_t)size - 3 - (size_t)(to - buffer));
	if (len == 0) {
		fail(r, "too many blanks in a long line");
		return NULL;
	}
	memcpy(to, r->text + r->given, len);
	to[len] = '\0';
	r->given += len;
	return buffer;
}

/* inih hands over (a piece of) an option; 1 lets it go on. */
static int
take_option(
    void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	size_t len = value == NULL ? 0 : strlen(value);
	struct po_err why = { 0 };
	enum po_status st;

	if (r->status != PO_OK)
		return 0;
	if (name == NULL) /* INI_CALL_HANDLER_ON_NEW_SECTION */
		return 1;
	if (value == NULL || strcmp(section, r->section_text) != 0 ||
	    strlen(name) != r->name_len ||
	    memcmp(name, r->text, r->name_len) != 0 ||
	    len > r->value_len - r->returned ||
	    memcmp(value, r->value + r->returned, len) != 0) {
		fail(r, "inih reads this line otherwise");
		return 0;
	}
	r->returned += len;
	if (r->returned == r->value_len) {
		st = po_config_add_option(
		    r->config, r->section, name, r->value, r->line, &why);
		if (st != PO_OK)
			fail_why(r, st, &why);
	}
	return r->status == PO_OK;
}

/* --- files ---------------------------------------------------------------- */

enum po_status
po_config_parse(const char *file, const void *data, size_t len,
    struct po_config **out, struct po_err *err)
{
	AUTO(po_config_free) struct po_config *config = NULL;
	struct reader r = {
		.data = data,
		.len = len,
		.status = PO_OK,
		.err = err,
		.section = PO_CONFIG_NONE,
	};
	enum po_status st;
	int rc;

	*out = NULL;
	if (len > PO_CONFIG_MAX)
		return po_err_set(err, PO_E_CONFIG, "%s: larger than %d bytes",
		    file, PO_CONFIG_MAX);
	if ((st = po_config_new(file, &config, err)) != PO_OK)
		return st;
	r.config = config;
	rc = ini_parse_stream(give_line, &r, take_option, &r);
	if (rc != 0 && r.status == PO_OK)
		fail(&r, "inih does not understand this line");
	if (r.status != PO_OK)
		return r.status;
	if ((st = po_config_check(config, err)) != PO_OK)
		return st;
	*out = TAKE(config);
	return PO_OK;
}

enum po_status
po_config_load(const char *path, struct po_config **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_CONFIG_MAX);
	enum po_status st;

	*out = NULL;
	if ((st = po_file_read(path, false, &text, err)) != PO_OK)
		return st;
	return po_config_parse(path, text.data, text.len, out, err);
}
