/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Canonical base64url: two different texts never decode to the same bytes.
 * See b64url.h.
 */

#include "jose/b64url.h"

#include <string.h>

/* RFC 4648 section 5: the place of each character, plus one; 0 = none. */
/* clang-format off */
static const uint8_t place_plus_one[256] = {
	['-'] = 63, ['_'] = 64,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
	42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
};
/* clang-format on */

/* Appending byte by byte, or in many pieces, would be the cost. */
#define CHUNK_LEN 768

/*
 * Four characters to 24 bits.  A character that is not in the alphabet makes
 * its place, less one, all ones: bits above the 24 tell.
 */
static uint32_t
decode_quad(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	return ((uint32_t)place_plus_one[p[0]] - 1) << 18 |
	       ((uint32_t)place_plus_one[p[1]] - 1) << 12 |
	       ((uint32_t)place_plus_one[p[2]] - 1) << 6 |
	       ((uint32_t)place_plus_one[p[3]] - 1);
}

enum po_status
po_b64url_decode(
    const char *text, size_t len, struct po_buf *out, struct po_err *err)
{
	uint8_t chunk[CHUNK_LEN + 3] = { 0 }; /* token bytes: wiped */
	size_t used = 0, i;
	uint32_t bits = 0;

	if (len % 4 == 1)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "base64url of impossible length %zu (RFC 4648 5)", len);
	for (i = 0; len - i >= 4; i += 4) {
		uint32_t quad = decode_quad(text + i);

		if (quad >> 24 != 0)
			break;
		chunk[used++] = (uint8_t)(quad >> 16);
		chunk[used++] = (uint8_t)(quad >> 8);
		chunk[used++] = (uint8_t)quad;
		if (used == CHUNK_LEN) {
			po_buf_append(out, chunk, used);
			used = 0;
		}
	}
	/* the last two or three, or those up to the one that is wrong */
	for (; i < len && place_plus_one[(uint8_t)text[i]] != 0; i++)
		bits = bits << 6 | (place_plus_one[(uint8_t)text[i]] - 1U);
	if (len % 4 == 2) /* 12 bits: a byte and four of zero */
		chunk[used++] = (uint8_t)(bits >> 4);
	if (len % 4 == 3) { /* 18 bits: two bytes and two of zero */
		chunk[used++] = (uint8_t)(bits >> 10);
		chunk[used++] = (uint8_t)(bits >> 2);
	}
	po_buf_append(out, chunk, used);
	explicit_bzero(chunk, sizeof(chunk));
	if (i < len)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "byte 0x%02x at %zu is not base64url without padding "
		    "(RFC 7515 2)",
		    (uint8_t)text[i], i);
	if ((len % 4 == 2 && (bits & 0xF) != 0) ||
	    (len % 4 == 3 && (bits & 0x3) != 0))
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "base64url with unused bits that are not zero "
		    "(RFC 4648 3.5)");
	return po_buf_check(out, err);
}

#define ALPHANUMERIC                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void
encode(const uint8_t *p, size_t len, const char *alphabet, struct po_buf *out)
{
	uint32_t bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8) | p[i];
		count += 8;
		while (count >= 6) {
			count -= 6;
			po_buf_append_char(out, alphabet[(bits >> count) & 63]);
		}
	}
	if (count > 0)
		po_buf_append_char(out, alphabet[(bits << (6 - count)) & 63]);
}

void
po_b64url_encode(const void *data, size_t len, struct po_buf *out)
{
	encode(data, len, ALPHANUMERIC "-_", out);
}

void
po_base64_encode(const void *data, size_t len, struct po_buf *out)
{
	encode(data, len, ALPHANUMERIC "+/", out);
	for (; len % 3 != 0; len++)
		po_buf_append_char(out, '=');
}
