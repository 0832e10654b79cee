/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict parsing and safe rendering of text.  See text.h. */

#include "base/text.h"

#include <string.h>

#define REPLACEMENT 0xFFFDU /* U+FFFD REPLACEMENT CHARACTER */

bool
po_text_parse_int(const char *str, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *str == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	uint64_t value = 0;
	int64_t result;

	if (negative)
		str++;
	if (*str == '\0')
		return false;
	for (; *str != '\0'; str++) {
		uint64_t digit = (uint64_t)(*str - '0');

		if (*str < '0' || *str > '9' || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	result = negative ? (int64_t)(0 - value) : (int64_t)value;
	if (result < min || result > max)
		return false;
	*out = result;
	return true;
}

bool
po_text_parse_bool(const char *str, bool *out)
{
	if (strcmp(str, "yes") == 0)
		*out = true;
	else if (strcmp(str, "no") == 0)
		*out = false;
	else
		return false;
	return true;
}

bool
po_text_has_word(
    const char *list, const char *separators, const char *word, size_t len)
{
	for (size_t word_len; *list != '\0'; list += word_len) {
		list += strspn(list, separators);
		word_len = strcspn(list, separators);
		if (word_len == len && memcmp(list, word, len) == 0)
			return true;
	}
	return false;
}

bool
po_text_parse_seconds(
    const char *str, int64_t min_s, int64_t max_s, int64_t *out_s)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char digits[24]; /* INT64_MIN has 20 characters */
	size_t len = strlen(str);
	int64_t value, factor = 1;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, str, len + 1);
	for (size_t i = 0; i < PO_ARRAY_LEN(units); i++) {
		if (digits[len - 1] == units[i].unit) {
			factor = units[i].seconds;
			digits[len - 1] = '\0';
			break;
		}
	}
	if (!po_text_parse_int(digits, 0, INT64_MAX / factor, &value))
		return false;
	value *= factor;
	if (value < min_s || value > max_s)
		return false;
	*out_s = value;
	return true;
}

/*
 * Decodes one character of at most `len` (> 0) bytes.  Returns the bytes it
 * takes, or 0 when they are not well-formed UTF-8 (RFC 3629 section 4).
 */
static size_t
decode_utf8(const uint8_t *p, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need;
	uint32_t c;

	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if (p[0] >= 0xC2 && p[0] <= 0xDF) {
		need = 2;
		c = p[0] & 0x1FU;
	} else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
		need = 3;
		c = p[0] & 0x0FU;
	} else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
		need = 4;
		c = p[0] & 0x07U;
	} else {
		return 0;
	}
	if (need > len)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xC0U) != 0x80)
			return 0;
		c = (c << 6) | (p[i] & 0x3FU);
	}
	if (c < least[need] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*code = c;
	return need;
}

bool
po_text_is_utf8(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t code;

	while (len > 0) {
		size_t used = decode_utf8(p, len, &code);

		if (used == 0)
			return false;
		p += used;
		len -= used;
	}
	return true;
}

/*
 * Characters that move, hide or reorder what stands around them: Unicode's
 * Cc and Cf where a terminal acts on them, and Zl/Zp.
 */
static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD ||
	       c == 0x061C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
	       c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
	       (c >= 0xE0000 && c <= 0xE0FFF);
}

void
po_text_printable(
    struct po_buf *out, const void *data, size_t len, size_t max_chars)
{
	static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
	const uint8_t *p = data;

	for (size_t chars = 0; len > 0; chars++) {
		uint32_t code = REPLACEMENT;
		size_t used = decode_utf8(p, len, &code);

		if (chars == max_chars) {
			po_buf_append_str(out, "...");
			return;
		}
		if (used == 0 || is_unsafe(code))
			po_buf_append_str(out, replacement);
		else
			po_buf_append(out, p, used);
		p += used == 0 ? 1 : used;
		len -= used == 0 ? 1 : used;
	}
}

void
po_text_printable_lines(
    struct po_buf *out, const char *text, size_t line_max_chars)
{
	for (size_t len; *text != '\0'; text += len) {
		len = strcspn(text, "\n");
		po_text_printable(out, text, len, line_max_chars);
		if (text[len] == '\n') {
			po_buf_append_char(out, '\n');
			len++;
		}
	}
}

bool
po_text_is_printable(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t code;

	while (len > 0) {
		size_t used = decode_utf8(p, len, &code);

		if (used == 0 || is_unsafe(code))
			return false;
		p += used;
		len -= used;
	}
	return true;
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

void
po_text_log_field(struct po_buf *out, const char *key, const char *value)
{
	/* A sub is at most 255 bytes, a URL longer ones are cut in a log. */
	enum {
		MAX_CHARS = 256
	};
	AUTO(po_buf_clear) struct po_buf safe = PO_BUF_INIT(4 * MAX_CHARS + 4);
	bool plain = *value != '\0';

	po_text_printable(&safe, value, strlen(value), MAX_CHARS);
	for (const char *p = po_buf_str(&safe); *p != '\0'; p++)
		plain = plain && (is_alnum(*p) || strchr("-._:/@+", *p));
	if (out->len > 0)
		po_buf_append_char(out, ' ');
	po_buf_append_str(out, key);
	po_buf_append_char(out, '=');
	if (plain) {
		po_buf_append(out, safe.data, safe.len);
		return;
	}
	po_buf_append_char(out, '"');
	for (const char *p = po_buf_str(&safe); *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			po_buf_append_char(out, '\\');
		po_buf_append_char(out, *p);
	}
	po_buf_append_char(out, '"');
}

void
po_text_form_encode(struct po_buf *out, const void *data, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		char c = (char)p[i];

		if (is_alnum(c) || c == '-' || c == '.' || c == '_' ||
		    c == '*') {
			po_buf_append_char(out, c);
		} else if (c == ' ') {
			po_buf_append_char(out, '+');
		} else {
			char triplet[3] = { '%', hex[p[i] >> 4],
				hex[p[i] & 0x0F] };

			po_buf_append(out, triplet, sizeof(triplet));
		}
	}
}

void
po_text_form_field(struct po_buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (out->len > 0)
		po_buf_append_char(out, '&');
	po_text_form_encode(out, name, strlen(name));
	po_buf_append_char(out, '=');
	po_text_form_encode(out, value, strlen(value));
}

bool
po_text_is_https_url(const char *url)
{
	static const char scheme[] = "https://";
	const char *host = url + sizeof(scheme) - 1;
	size_t host_len;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0 ||
	    strlen(url) > PO_URL_MAX)
		return false;
	for (const char *p = url; *p != '\0'; p++) {
		/* RFC 3986 2: neither reserved nor unreserved, and 3.5 */
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}#", *p))
			return false;
	}
	host_len = strcspn(host, "/?");
	return host_len > 0 && host[0] != ':' &&
	       memchr(host, '@', host_len) == NULL;
}

bool
po_text_url_port(const char *url, uint16_t *port)
{
	const char *host = strstr(url, "://");
	char digits[sizeof("65535")];
	const char *colon = NULL;
	int64_t number;
	size_t len;

	if (host == NULL)
		return false;
	host += 3;
	len = strcspn(host, "/?#");
	for (const char *p = host; p < host + len; p++) {
		if (*p == ':')
			colon = p;
		if (*p == ']')
			colon = NULL; /* those before it are an address's */
	}
	*port = 443;
	if (colon == NULL)
		return true;
	len -= (size_t)(colon + 1 - host);
	if (len == 0)
		return true; /* RFC 3986 3.2.3: an empty port is none */
	if (len >= sizeof(digits))
		return false;
	memcpy(digits, colon + 1, len);
	digits[len] = '\0';
	if (!po_text_parse_int(digits, 1, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}
