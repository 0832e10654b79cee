/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Canonical base64url: two different texts never decode to the same bytes.
 * See b64url.h.
 */

#include "jose/b64url.h"

#include <string.h>

/* RFC 4648 section 5: the place of each character, plus one; 0 = none. */
static const uint8_t place_plus_one[256] = { ['A'] = 1,
	['B'] = 2,
	['C'] = 3,
	['D'] = 4,
	['E'] = 5,
	['F'] = 6,
	['G'] = 7,
	['H'] = 8,
	['I'] = 9,
	['J'] = 10,
	['K'] = 11,
	['L'] = 12,
	['M'] = 13,
	['N'] = 14,
	['O'] = 15,
	['P'] = 16,
	['Q'] = 17,
	['R'] = 18,
	['S'] = 19,
	['T'] = 20,
	['U'] = 21,
	['V'] = 22,
	['W'] = 23,
	['X'] = 24,
	['Y'] = 25,
	['Z'] = 26,
	['a'] = 27,
	['b'] = 28,
	['c'] = 29,
	['d'] = 30,
	['e'] = 31,
	['f'] = 32,
	['g'] = 33,
	['h'] = 34,
	['i'] = 35,
	['j'] = 36,
	['k'] = 37,
	['l'] = 38,
	['m'] = 39,
	['n'] = 40,
	['o'] = 41,
	['p'] = 42,
	['q'] = 43,
	['r'] = 44,
	['s'] = 45,
	['t'] = 46,
	['u'] = 47,
	['v'] = 48,
	['w'] = 49,
	['x'] = 50,
	['y'] = 51,
	['z'] = 52,
	['0'] = 53,
	['1'] = 54,
	['2'] = 55,
	['3'] = 56,
	['4'] = 57,
	['5'] = 58,
	['6'] = 59,
	['7'] = 60,
	['8'] = 61,
	['9'] = 62,
	['-'] = 63,
	['_'] = 64 };

enum po_status
po_b64url_decode(
    const char *text, size_t len, struct po_buf *out, struct po_err *err)
{
	uint8_t chunk[192]; /* appending byte by byte would be the cost */
	size_t used = 0;
	uint32_t bits = 0;
	unsigned count = 0;

	if (len % 4 == 1)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "base64url of impossible length %zu (RFC 4648 5)", len);
	for (size_t i = 0; i < len; i++) {
		uint32_t place = place_plus_one[(uint8_t)text[i]];

		if (place == 0)
			return po_err_set(err, PO_E_TOKEN_MALFORMED,
			    "byte 0x%02x at %zu is not base64url without "
			    "padding (RFC 7515 2)",
			    (uint8_t)text[i], i);
		bits = (bits << 6) | (place - 1);
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		chunk[used++] = (uint8_t)(bits >> count);
		bits &= (1U << count) - 1;
		if (used == sizeof(chunk)) {
			po_buf_append(out, chunk, used);
			used = 0;
		}
	}
	if (bits != 0)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "base64url with unused bits that are not zero "
		    "(RFC 4648 3.5)");
	po_buf_append(out, chunk, used);
	explicit_bzero(chunk, sizeof(chunk));
	return po_buf_check(out, err);
}

void
po_b64url_encode(const void *data, size_t len, struct po_buf *out)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	const uint8_t *p = data;
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
