/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_TEXT_H
#define PO_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* What a function with "fmt, ..." was given, into an array; cut to its size. */
#define PO_FORMAT(text, fmt)                                                   \
	do {                                                                   \
		va_list args_;                                                 \
		va_start(args_, fmt);                                          \
		if (vsnprintf(text, sizeof(text), fmt, args_) < 0)             \
			(text)[0] = '\0';                                      \
		va_end(args_);                                                 \
	} while (0)

/*
 * Strict decimal integer in [min, max]: digits with an optional '-', no
 * blanks, no '+', nothing behind.  False leaves *out alone.
 */
PO_MUST_USE
bool po_text_parse_int(const char *str, int64_t min, int64_t max, int64_t *out);

/* "yes" or "no", nothing else. */
PO_MUST_USE
bool po_text_parse_bool(const char *str, bool *out);

/* Is `word` of `len` bytes among those of `list`, with separators between? */
PO_MUST_USE
bool po_text_has_word(
    const char *list, const char *separators, const char *word, size_t len);

/* Seconds: an integer with an optional unit s, m, h or d ("90", "15m"). */
PO_MUST_USE
bool po_text_parse_seconds(
    const char *str, int64_t min_s, int64_t max_s, int64_t *out_s);

/* Well-formed UTF-8 (RFC 3629): no overlong form, surrogate or > U+10FFFF. */
PO_MUST_USE
bool po_text_is_utf8(const void *data, size_t len);

/*
 * Appends `data` made safe for a terminal or a log: C0, DEL, C1 (ESC among
 * them), bidirectional and zero-width controls, line and paragraph
 * separators, the byte order mark and malformed UTF-8 become U+FFFD, one for
 * each character or stray byte.  At most `max_chars` characters are kept; a
 * cut is shown by "...".
 */
void po_text_printable(
    struct po_buf *out, const void *data, size_t len, size_t max_chars);

/* The same of a text, line by line: line feeds stay. */
void po_text_printable_lines(
    struct po_buf *out, const char *text, size_t line_max_chars);
/* Well-formed UTF-8 in which po_text_printable would replace nothing. */
PO_MUST_USE
bool po_text_is_printable(const void *data, size_t len);

/*
 * Appends key=value for a log line, with a leading blank unless `out` is
 * empty.  The value is made printable, and quoted with \" and \\ escaped when
 * it is empty or has anything besides letters, digits and "-._:/@+".
 */
void po_text_log_field(struct po_buf *out, const char *key, const char *value);

/* application/x-www-form-urlencoded (RFC 6749 appendix B) of one value. */
void po_text_form_encode(struct po_buf *out, const void *data, size_t len);

/* Appends "&name=value" (no '&' in front of the first), value encoded; if that
 * is NULL, nothing. */
void po_text_form_field(
    struct po_buf *out, const char *name, const char *value);

/*
 * An absolute https URL that is safe to fetch and to show: printable ASCII
 * only, at most PO_URL_MAX bytes, a host, no userinfo, no fragment.
 */
#define PO_URL_MAX                                                             \
	2048 /* browsers and RFC 9110 4.1 advise more; QR wants less */
PO_MUST_USE
bool po_text_is_https_url(const char *url);

/*
 * The TCP port that an https URL, or http://HOST:PORT, leads to; 443 when it
 * names none.  False for anything else than a number from 1 to 65535.
 */
PO_MUST_USE
bool po_text_url_port(const char *url, uint16_t *port);

#endif
