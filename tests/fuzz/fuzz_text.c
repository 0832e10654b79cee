/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as text from elsewhere: what comes out must be fit for a terminal,
 * a log line and a form, and a number or URL that is accepted must be one.
 */

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"

/* The next character of well-formed UTF-8 (RFC 3629 3), *at moved behind. */
static uint32_t
next_char(const char **at)
{
	const uint8_t *p = (const uint8_t *)*at;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	uint32_t code = p[0];

	if (len > 1)
		code &= 0xFFU >> (len + 1);
	for (size_t i = 1; i < len; i++) {
		require(p[i] >= 0x80 && p[i] <= 0xBF);
		code = code * 64 + (p[i] - 0x80U);
	}
	*at += len;
	return code;
}

/*
 * Unicode's categories Cc, Cf, Zl and Zp, block by block, as far as terminals
 * act on them: what moves, hides or reorders the text around it.
 */
static bool
is_dangerous(uint32_t c)
{
	static const uint32_t ranges[][2] = {
		{ 0x00, 0x1F }, { 0x7F, 0x9F }, { 0xAD, 0xAD },
		{ 0x061C, 0x061C },   /* Arabic letter mark */
		{ 0x180E, 0x180E },   /* Mongolian vowel separator */
		{ 0x200B, 0x200F },   /* zero width, direction marks */
		{ 0x2028, 0x202E },   /* separators, embeddings, overrides */
		{ 0x2060, 0x206F },   /* invisible operators, isolates */
		{ 0xFEFF, 0xFEFF },   /* byte order mark */
		{ 0xFFF9, 0xFFFB },   /* interlinear annotation */
		{ 0xE0000, 0xE0FFF }, /* tags, and what is ignored with them */
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(ranges); i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF);
}

static bool
is_safe(const char *text)
{
	while (*text != '\0')
		if (is_dangerous(next_char(&text)))
			return false;
	return true;
}

/* Fit to be shown; returns how many characters there are. */
static size_t
require_safe(const char *text)
{
	size_t count = 0;

	require(is_safe(text));
	for (; *text != '\0'; count++)
		(void)next_char(&text);
	return count;
}

/* A byte becomes three at most; to make it printable again changes nothing. */
static void
check_printable(const uint8_t *data, size_t size, const char *text)
{
	AUTO(po_buf_clear) struct po_buf once = PO_BUF_INIT(3 * size + 3);
	AUTO(po_buf_clear) struct po_buf twice = PO_BUF_INIT(3 * size + 3);
	AUTO(po_buf_clear) struct po_buf cut = PO_BUF_INIT(4 * (size / 2) + 3);
	size_t count;

	po_text_printable(&once, data, size, size);
	po_text_printable(&twice, once.data, once.len, once.len);
	po_text_printable(&cut, data, size, size / 2);
	require(po_buf_check(&once, NULL) == PO_OK);
	require(po_buf_check(&cut, NULL) == PO_OK);
	require(po_text_is_utf8(once.data, once.len));
	require(strlen(po_buf_str(&once)) == once.len);
	require(strcmp(po_buf_str(&once), po_buf_str(&twice)) == 0);
	count = require_safe(po_buf_str(&once));
	require(count <= size);
	/* a cut shows, and is where it was asked for */
	require(require_safe(po_buf_str(&cut)) ==
		(count > size / 2 ? size / 2 + 3 : count));
	/* what was fit already stays as it is */
	if (strlen(text) == size && po_text_is_utf8(text, size) &&
	    is_safe(text))
		require(strcmp(po_buf_str(&once), text) == 0);
}

/* One field, whatever the value: no line feed, no quote that ends it early. */
static void
check_log_field(const char *value)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(8192);
	const char *p;

	po_text_log_field(&out, "key", value);
	require(po_buf_check(&out, NULL) == PO_OK);
	require(strncmp(po_buf_str(&out), "key=", 4) == 0);
	(void)require_safe(po_buf_str(&out));
	p = po_buf_str(&out) + 4;
	if (*p != '"') {
		require(*p != '\0' && strpbrk(p, " =\"\\") == NULL);
		return;
	}
	for (p++; *p != '"'; p++) {
		require(*p != '\0');
		if (*p == '\\') {
			p++;
			require(*p == '"' || *p == '\\');
		}
	}
	require(p[1] == '\0');
}

static unsigned
hex_value(char c)
{
	require((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A' + 10);
}

static void
check_form(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(3 * size);
	const char *p;

	po_text_form_encode(&out, data, size);
	require(po_buf_check(&out, NULL) == PO_OK);
	p = po_buf_str(&out);
	for (size_t i = 0; i < size; i++, p++) {
		unsigned byte = (unsigned char)*p;

		require(*p != '&' && *p != '=' && *p > ' ' && *p <= '~');
		if (*p == '+') {
			byte = ' ';
		} else if (*p == '%') {
			byte = hex_value(p[1]) << 4 | hex_value(p[2]);
			p += 2;
		}
		require(byte == data[i]);
	}
	require(*p == '\0');
}

/* Two fields: neither name nor value can end one or begin another. */
static void
check_form_fields(const char *text, size_t size)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(12 * size + 3);
	size_t ends = 0, equals = 0;

	po_text_form_field(&out, text, text);
	po_text_form_field(&out, text, text);
	require(po_buf_check(&out, NULL) == PO_OK);
	for (const char *p = po_buf_str(&out); *p != '\0'; p++) {
		ends += *p == '&';
		equals += *p == '=';
	}
	require(ends == 1 && equals == 2);
}

static void
check_numbers(const char *text)
{
	int64_t value = 0;
	char again[32];
	bool truth = false;

	if (po_text_parse_int(text, INT64_MIN, INT64_MAX, &value)) {
		(void)snprintf(again, sizeof(again), "%" PRId64, value);
		/* leading zeros aside, and a zero's sign */
		require(strspn(text, "-0123456789") == strlen(text));
		require(value == 0 || strcmp(text + strlen(text) -
						 strlen(again) + (value < 0),
					  again + (value < 0)) == 0);
	}
	if (po_text_parse_seconds(text, 1, 3600, &value)) {
		require(value >= 1 && value <= 3600);
		require(strspn(text, "0123456789") + 1 >= strlen(text));
		require(strchr("0123456789smhd", text[strlen(text) - 1]));
	}
	if (po_text_parse_bool(text, &truth))
		require(strcmp(text, truth ? "yes" : "no") == 0);
}

static void
check_url(const char *text)
{
	const char *host = text + strlen("https://");

	if (!po_text_is_https_url(text))
		return;
	require(strncmp(text, "https://", 8) == 0 && *host != '\0');
	require(strlen(text) <= PO_URL_MAX);
	require(memchr(host, '@', strcspn(host, "/?")) == NULL);
	for (const char *p = text; *p != '\0'; p++)
		require(*p > ' ' && *p <= '~' && *p != '#' && *p != '\\');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_str_free) char *text = po_mem_dup(data, size);

	require(text != NULL);
	check_printable(data, size, text);
	check_form(data, size);
	check_form_fields(text, size);
	check_log_field(text);
	check_numbers(text);
	check_url(text);
	return 0;
}
