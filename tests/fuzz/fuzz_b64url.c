/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as base64url, and any bytes encoded: the decoder agrees with one
 * that goes bit by bit, and takes one spelling of each content alone.
 */

#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "jose/b64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

/* The bit at `i`, counted from the front; -1 outside the alphabet. */
static int
bit_at(const uint8_t *text, size_t i)
{
	const char *place = memchr(alphabet, text[i / 6], 64);

	if (place == NULL)
		return -1;
	return (int)((place - alphabet) >> (5 - i % 6) & 1);
}

/* RFC 7515 2, and RFC 4648 3.5 for the bits left over: all zero. */
static bool
naive_decode(const uint8_t *text, size_t size, struct po_buf *out)
{
	size_t bytes = size * 6 / 8;

	if (size % 4 == 1)
		return false;
	for (size_t i = 0; i < size * 6; i++)
		if (bit_at(text, i) < 0 ||
		    (i >= bytes * 8 && bit_at(text, i) != 0))
			return false;
	for (size_t i = 0; i < bytes; i++) {
		int byte = 0;

		for (size_t bit = 0; bit < 8; bit++)
			byte = byte << 1 | bit_at(text, 8 * i + bit);
		po_buf_append_char(out, (char)byte);
	}
	return true;
}

static bool
is_same(const struct po_buf *buf, const void *data, size_t size)
{
	return buf->len == size &&
	       (size == 0 || memcmp(buf->data, data, size) == 0);
}

static void
check_decoding(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf ours = PO_BUF_INIT(size + 2);
	AUTO(po_buf_clear) struct po_buf naive = PO_BUF_INIT(size + 2);
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(size);
	struct po_err err = { 0 };
	enum po_status st;

	/* behind what is there, as an EC point's second half */
	po_buf_append_char(&ours, '\x04');
	po_buf_append_char(&naive, '\x04');
	st = po_b64url_decode((const char *)data, size, &ours, &err);
	require(naive_decode(data, size, &naive) == (st == PO_OK));
	require(err.status == st);
	if (st != PO_OK) {
		require(st == PO_E_TOKEN_MALFORMED);
		return;
	}
	require(is_same(&ours, naive.data, naive.len));
	po_b64url_encode(ours.data + 1, ours.len - 1, &again);
	require(po_buf_check(&again, NULL) == PO_OK);
	require(is_same(&again, data, size));
}

/* A content that does not fit is refused, not cut. */
static void
check_maximum(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf whole = PO_BUF_INIT(size);
	AUTO(po_buf_clear) struct po_buf cut = PO_BUF_INIT(0);

	if (po_b64url_decode((const char *)data, size, &whole, NULL) != PO_OK ||
	    whole.len == 0)
		return;
	cut.max = whole.len - 1;
	require(po_b64url_decode((const char *)data, size, &cut, NULL) ==
		PO_E_TOO_LARGE);
}

static void
check_encoding(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(size / 3 * 4 + 3);
	AUTO(po_buf_clear) struct po_buf again = PO_BUF_INIT(size);

	po_b64url_encode(data, size, &text);
	require(po_buf_check(&text, NULL) == PO_OK);
	require(text.len == (8 * size + 5) / 6);
	require(strspn(po_buf_str(&text), alphabet) == text.len);
	require(po_b64url_decode(po_buf_str(&text), text.len, &again, NULL) ==
		PO_OK);
	require(is_same(&again, data, size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_decoding(data, size);
	check_maximum(data, size);
	check_encoding(data, size);
	return 0;
}
