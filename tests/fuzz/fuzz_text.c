/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as text from elsewhere: what comes out must be fit for a terminal,
 * a log line and a form, and a number or URL that is accepted must be one.
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
has_controls(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F ||
		    (p[0] == '\xC2' && (unsigned char)p[1] < 0xA0))
			return true;
	return false;
}

/* A byte becomes three at most; to make it printable again changes nothing. */
static void
check_printable(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf once = PO_BUF_INIT(3 * size + 3);
	AUTO(po_buf_clear) struct po_buf twice = PO_BUF_INIT(3 * size + 3);
	AUTO(po_buf_clear) struct po_buf cut = PO_BUF_INIT(4 * (size / 2) + 3);

	po_text_printable(&once, data, size, size);
	po_text_printable(&twice, once.data, once.len, once.len);
	po_text_printable(&cut, data, size, size / 2);
	require(po_buf_check(&once, NULL) == PO_OK);
	require(po_buf_check(&cut, NULL) == PO_OK);
	require(po_text_is_utf8(once.data, once.len));
	require(po_text_is_utf8(cut.data, cut.len));
	require(!has_controls(po_buf_str(&once)));
	require(strlen(po_buf_str(&once)) == once.len);
	require(strcmp(po_buf_str(&once), po_buf_str(&twice)) == 0);
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
	require(!has_controls(po_buf_str(&out)));
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

static void
check_numbers(const char *text)
{
	int64_t value = 0;
	char again[32];

	if (po_text_parse_int(text, INT64_MIN, INT64_MAX, &value)) {
		(void)snprintf(again, sizeof(again), "%" PRId64, value);
		/* leading zeros aside, and a zero's sign */
		require(strspn(text, "-0123456789") == strlen(text));
		require(value == 0 || strcmp(text + strlen(text) -
						 strlen(again) + (value < 0),
					  again + (value < 0)) == 0);
	}
	if (po_text_parse_seconds(text, 1, 3600, &value))
		require(value >= 1 && value <= 3600);
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
	check_printable(data, size);
	check_form(data, size);
	check_log_field(text);
	check_numbers(text);
	check_url(text);
	return 0;
}
