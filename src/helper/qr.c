/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes for terminals, on libqrencode, whose only user this is. */

#include "helper/qr.h"

#include <qrencode.h>

#include "base/attr.h"

/* ISO 18004 wants 4 modules around; scanners do with 2, and lines are dear. */
#define QUIET 2
#define WIDTH_MAX 80 /* columns of a terminal */

static void
free_code(QRcode **code)
{
	QRcode_free(*code);
}

/* Light (to be drawn) or dark?  What lies outside is the quiet zone. */
static bool
is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return true;
	return (code->data[y * code->width + x] & 1) == 0;
}

/* Two rows of modules in one line of text. */
static void
append_half_blocks(struct po_buf *out, const QRcode *code, int y)
{
	static const char *const blocks[2][2] = {
		{ " ", "\xE2\x96\x84" }, /* U+2584 LOWER HALF BLOCK */
		{ "\xE2\x96\x80", "\xE2\x96\x88" }, /* UPPER HALF, FULL */
	};

	for (int x = -QUIET; x < code->width + QUIET; x++) {
		bool below =
		    y + 1 < code->width + QUIET && is_light(code, x, y + 1);

		po_buf_append_str(out, blocks[is_light(code, x, y)][below]);
	}
	po_buf_append_char(out, '\n');
}

static void
append_ascii(struct po_buf *out, const QRcode *code, int y)
{
	for (int x = -QUIET; x < code->width + QUIET; x++)
		po_buf_append_str(out, is_light(code, x, y) ? "##" : "  ");
	po_buf_append_char(out, '\n');
}

void
po_qr_append(struct po_buf *out, const char *text, bool ascii)
{
	AUTO(free_code)
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	int columns;

	if (code == NULL)
		return; /* too long for any QR code: the URL is there as text */
	columns = (code->width + 2 * QUIET) * (ascii ? 2 : 1);
	if (columns > WIDTH_MAX)
		return;
	for (int y = -QUIET; y < code->width + QUIET; y += ascii ? 1 : 2) {
		if (ascii)
			append_ascii(out, code, y);
		else
			append_half_blocks(out, code, y);
	}
}
