/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RFC 8259 scanner that decides what json-c gets to see.  It must never
 * admit a document that two parsers could read differently.
 * See json_scan.h.
 */

#include "jose/json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "jose/json.h"

/*
 * Largest decimal exponent of a double's first digit, short of the greatest
 * double (1.79e308) by a little, so that no parser makes it infinite.
 */
#define EXPONENT_MAX 307

/* A member's name after unescaping: where it lies in scanner.text. */
struct name {
	size_t start;
	size_t len;
};

/*
 * Names of all objects that are open, the innermost last: each object pushes
 * its own behind its parent's and takes them away when it closes.
 */
struct scanner {
	const uint8_t *start;
	const uint8_t *p;
	const uint8_t *end;
	struct po_buf text;  /* the names, one behind the other */
	struct po_buf names; /* array of struct name */
	unsigned depth;
	size_t values;
	struct po_err *err;
};

static enum po_status scan_value(struct scanner *s);

static enum po_status
fail_at(const struct scanner *s, const uint8_t *where, const char *what,
    const char *clause)
{
	return po_err_set(s->err, PO_E_DOCUMENT, "%s at byte %zu (RFC 8259 %s)",
	    what, (size_t)(where - s->start), clause);
}

static enum po_status
fail(const struct scanner *s, const char *what, const char *clause)
{
	return fail_at(s, s->p, what, clause);
}

static bool
at(const struct scanner *s, uint8_t byte)
{
	return s->p < s->end && *s->p == byte;
}

static bool
take(struct scanner *s, uint8_t byte)
{
	if (!at(s, byte))
		return false;
	s->p++;
	return true;
}

static void
skip_blanks(struct scanner *s)
{
	while (at(s, ' ') || at(s, '\t') || at(s, '\n') || at(s, '\r'))
		s->p++;
}

/* Four hexadecimal digits; false (and nowhere in particular) if not. */
static bool
take_hex4(struct scanner *s, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		uint8_t c;

		if (s->p == s->end)
			return false;
		c = *s->p++;
		if (c >= '0' && c <= '9')
			*out = *out << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*out = *out << 4 | (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*out = *out << 4 | (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	return true;
}

static void
append_utf8(struct po_buf *out, uint32_t c)
{
	if (c < 0x80) {
		po_buf_append_char(out, (char)c);
	} else if (c < 0x800) {
		po_buf_append_char(out, (char)(0xC0 | c >> 6));
		po_buf_append_char(out, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		po_buf_append_char(out, (char)(0xE0 | c >> 12));
		po_buf_append_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
		po_buf_append_char(out, (char)(0x80 | (c & 0x3F)));
	} else {
		po_buf_append_char(out, (char)(0xF0 | c >> 18));
		po_buf_append_char(out, (char)(0x80 | (c >> 12 & 0x3F)));
		po_buf_append_char(out, (char)(0x80 | (c >> 6 & 0x3F)));
		po_buf_append_char(out, (char)(0x80 | (c & 0x3F)));
	}
}

/* What stands behind "\u", with the second half of a surrogate pair. */
static enum po_status
scan_unicode_escape(struct scanner *s, const uint8_t *where, uint32_t *code)
{
	uint32_t low;

	if (!take_hex4(s, code))
		return fail_at(s, where, "malformed \\u escape", "7");
	if (*code == 0)
		return fail_at(s, where, "U+0000 in a string", "9");
	if (*code < 0xD800 || *code > 0xDFFF)
		return PO_OK;
	if (*code > 0xDBFF || !take(s, '\\') || !take(s, 'u') ||
	    !take_hex4(s, &low) || low < 0xDC00 || low > 0xDFFF)
		return fail_at(s, where, "lone surrogate", "8.2");
	*code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
	return PO_OK;
}

static enum po_status
scan_escape(struct scanner *s, struct po_buf *out)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const uint8_t *where = s->p++; /* the backslash */
	const char *found;
	uint32_t code;
	enum po_status st;

	if (take(s, 'u')) {
		if ((st = scan_unicode_escape(s, where, &code)) != PO_OK)
			return st;
	} else {
		if (s->p == s->end || *s->p == '\0' ||
		    (found = strchr(escapes, (char)*s->p)) == NULL)
			return fail_at(s, where, "unknown escape", "7");
		code = (uint8_t)meanings[found - escapes];
		s->p++;
	}
	if (out != NULL)
		append_utf8(out, code);
	return PO_OK;
}

/* A string; unescaped into `out` unless that is NULL. */
static enum po_status
scan_string(struct scanner *s, struct po_buf *out)
{
	const uint8_t *where = s->p;
	enum po_status st;

	if (!take(s, '"'))
		return fail(s, "expected a string", "7");
	for (;;) {
		const uint8_t *run = s->p;

		while (s->p < s->end && *s->p >= 0x20 && *s->p != '"' &&
		       *s->p != '\\')
			s->p++;
		if (!po_text_is_utf8(run, (size_t)(s->p - run)))
			return fail_at(s, run, "malformed UTF-8", "8.1");
		if (out != NULL)
			po_buf_append(out, run, (size_t)(s->p - run));
		if (s->p == s->end)
			return fail_at(s, where, "unterminated string", "7");
		if (take(s, '"'))
			return PO_OK;
		if (*s->p != '\\')
			return fail(
			    s, "raw control character in a string", "7");
		if ((st = scan_escape(s, out)) != PO_OK)
			return st;
	}
}

/* Skips digits; false if there was none. */
static bool
take_digits(struct scanner *s)
{
	const uint8_t *first = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > first;
}

static bool
fits_int64(const uint8_t *digits, const uint8_t *end, bool negative)
{
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	uint64_t value = 0;

	for (; digits < end; digits++) {
		uint64_t digit = (uint64_t)(*digits - '0');

		if (value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	return true;
}

/*
 * Is a number with `whole` digits before the point, starting at `digits`, and
 * an exponent text in [exp, exp_end) sure to be finite?  Leading zeros of a
 * fraction are not counted in its favour.
 */
static bool
is_finite(
    size_t whole, bool negative_exp, const uint8_t *exp, const uint8_t *exp_end)
{
	size_t exponent = 0;

	for (; exp < exp_end && exponent <= EXPONENT_MAX; exp++)
		exponent = exponent * 10 + (size_t)(*exp - '0');
	if (whole - 1 > EXPONENT_MAX)
		return false;
	return negative_exp || whole - 1 + exponent <= EXPONENT_MAX;
}

static enum po_status
scan_number(struct scanner *s)
{
	const uint8_t *where = s->p;
	bool negative = take(s, '-');
	const uint8_t *digits = s->p;
	const uint8_t *whole_end, *exp;
	bool is_double = false, negative_exp = false;

	if (!take_digits(s) || (*digits == '0' && s->p - digits > 1))
		return fail_at(s, where, "malformed number", "6");
	whole_end = exp = s->p;
	if (take(s, '.')) {
		is_double = true;
		if (!take_digits(s))
			return fail_at(s, where, "malformed number", "6");
		exp = s->p;
	}
	if (take(s, 'e') || take(s, 'E')) {
		is_double = true;
		negative_exp = at(s, '-');
		if (at(s, '-') || at(s, '+'))
			s->p++;
		exp = s->p;
		if (!take_digits(s))
			return fail_at(s, where, "malformed number", "6");
	}
	if (!is_double && !fits_int64(digits, whole_end, negative))
		return fail_at(s, where, "integer beyond 64 bits", "6");
	if (is_double &&
	    !is_finite((size_t)(whole_end - digits), negative_exp, exp, s->p))
		return fail_at(s, where, "number too large for a double", "6");
	return PO_OK;
}

static int
compare_names(const void *a, const void *b, void *text)
{
	const struct name *na = a;
	const struct name *nb = b;
	const uint8_t *t = text;

	if (na->len != nb->len)
		return na->len < nb->len ? -1 : 1;
	return memcmp(t + na->start, t + nb->start, na->len);
}

/*
 * Refuses two equal names among those from `first` on.  Sorting keeps the
 * cost of an object with 100,000 members near that of reading it.
 */
static enum po_status
check_duplicates(struct scanner *s, size_t first)
{
	struct name *names = (struct name *)(void *)s->names.data;
	size_t count = s->names.len / sizeof(*names);

	if (count - first < 2)
		return PO_OK;
	qsort_r(names + first, count - first, sizeof(*names), compare_names,
	    s->text.data);
	for (size_t i = first + 1; i < count; i++) {
		const struct name *n = &names[i];

		if (compare_names(n - 1, n, s->text.data) == 0)
			return po_err_set(s->err, PO_E_DOCUMENT,
			    "member \"%.*s\" twice in one object "
			    "(RFC 7515 4, RFC 8259 4)",
			    (int)(n->len < 64 ? n->len : 64),
			    (const char *)s->text.data + n->start);
	}
	return PO_OK;
}

static enum po_status
scan_member(struct scanner *s)
{
	struct name name = { .start = s->text.len };
	enum po_status st;

	if ((st = scan_string(s, &s->text)) != PO_OK)
		return st;
	name.len = s->text.len - name.start;
	po_buf_append(&s->names, &name, sizeof(name));
	if ((st = po_buf_check(&s->text, s->err)) != PO_OK ||
	    (st = po_buf_check(&s->names, s->err)) != PO_OK)
		return st;
	skip_blanks(s);
	if (!take(s, ':'))
		return fail(s, "expected \":\"", "4");
	return scan_value(s);
}

static enum po_status
scan_object(struct scanner *s)
{
	size_t text_len = s->text.len;
	size_t names_len = s->names.len;
	enum po_status st;

	s->p++; /* the brace */
	skip_blanks(s);
	if (take(s, '}'))
		return PO_OK;
	do {
		skip_blanks(s);
		if ((st = scan_member(s)) != PO_OK)
			return st;
		skip_blanks(s);
	} while (take(s, ','));
	if (!take(s, '}'))
		return fail(s, "expected \",\" or \"}\"", "4");
	st = check_duplicates(s, names_len / sizeof(struct name));
	s->text.len = text_len;
	s->names.len = names_len;
	return st;
}

static enum po_status
scan_array(struct scanner *s)
{
	enum po_status st;

	s->p++; /* the bracket */
	skip_blanks(s);
	if (take(s, ']'))
		return PO_OK;
	do {
		if ((st = scan_value(s)) != PO_OK)
			return st;
		skip_blanks(s);
	} while (take(s, ','));
	if (!take(s, ']'))
		return fail(s, "expected \",\" or \"]\"", "5");
	return PO_OK;
}

static enum po_status
scan_container(struct scanner *s)
{
	enum po_status st;

	if (s->depth == PO_JSON_DEPTH_MAX)
		return po_err_set(s->err, PO_E_DOCUMENT,
		    "nested deeper than %d levels at byte %zu",
		    PO_JSON_DEPTH_MAX, (size_t)(s->p - s->start));
	s->depth++;
	st = *s->p == '{' ? scan_object(s) : scan_array(s);
	s->depth--;
	return st;
}

static enum po_status
scan_literal(struct scanner *s)
{
	static const char *const literals[] = { "true", "false", "null" };

	for (size_t i = 0; i < PO_ARRAY_LEN(literals); i++) {
		size_t len = strlen(literals[i]);

		if ((size_t)(s->end - s->p) >= len &&
		    memcmp(s->p, literals[i], len) == 0) {
			s->p += len;
			return PO_OK;
		}
	}
	return fail(s, "expected a value", "3");
}

static enum po_status
scan_value(struct scanner *s)
{
	s->values++;
	skip_blanks(s);
	if (s->p == s->end)
		return fail(s, "expected a value", "3");
	if (*s->p == '{' || *s->p == '[')
		return scan_container(s);
	if (*s->p == '"')
		return scan_string(s, NULL);
	if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
		return scan_number(s);
	return scan_literal(s);
}

enum po_status
po_json_scan(const void *data, size_t len, size_t *values, struct po_err *err)
{
	/*
	 * Unescaping never lengthens, and a member takes at least the four
	 * bytes "":0 and a comma, so both maxima cannot be reached.
	 */
	struct scanner s = {
		.start = data,
		.p = data,
		.err = err,
		.text = PO_BUF_INIT(len),
		.names = PO_BUF_INIT((len / 4 + 1) * sizeof(struct name)),
	};
	enum po_status st;

	*values = 0;
	if (len == 0)
		return po_err_set(err, PO_E_DOCUMENT, "empty document");
	s.end = s.start + len;
	if ((st = scan_value(&s)) == PO_OK) {
		skip_blanks(&s);
		if (s.p != s.end)
			st = fail(&s, "something behind the value", "2");
	}
	*values = s.values;
	po_buf_clear(&s.text);
	po_buf_clear(&s.names);
	return st;
}

void
po_json_resolve_pairs(const void *data, size_t len, struct po_buf *out)
{
	const uint8_t *end = (const uint8_t *)data + len;
	struct scanner s = { .start = data, .p = data, .end = end };
	const uint8_t *run = data; /* what is to be appended as it is */

	while (s.p < end) {
		const uint8_t *where = s.p;
		uint32_t code = 0;

		if (*s.p++ != '\\' || *s.p++ != 'u' ||
		    scan_unicode_escape(&s, where, &code) != PO_OK ||
		    code < 0x10000)
			continue;
		po_buf_append(out, run, (size_t)(where - run));
		append_utf8(out, code);
		run = s.p;
	}
	po_buf_append(out, run, (size_t)(end - run));
}
