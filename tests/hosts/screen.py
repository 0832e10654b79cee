# SPDX-License-Identifier: BSD-2-Clause
"""A picture of a terminal: what a phone's camera would see of it.

Only blocks are drawn, light on dark, each cell as high as two are wide; text
is left out, since nobody scans it.
"""

import struct
import zlib

BLOCKS = {      # character -> light upper half, light lower half
    "\u2580": (True, False), "\u2584": (False, True), "\u2588": (True, True),
    "#": (True, True)}
PIXELS = 6      # width of a cell, and height of its halves


def draw(text, columns):
    """PNG of `text` (lines) on a terminal of that many columns."""
    rows = []
    for line in text.splitlines():
        assert len(line) <= columns, "the terminal would wrap %r" % line
        cells = [BLOCKS.get(cell, (False, False))
                 for cell in line.ljust(columns)]
        for half in (0, 1):
            row = b"".join((b"\xff" if cell[half] else b"\0") * PIXELS
                           for cell in cells)
            rows += [row] * PIXELS
    return _png(columns * PIXELS, rows)


def _png(width, rows):
    """An 8-bit greyscale PNG (ISO/IEC 15948)."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(
            ">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    pixels = b"".join(b"\0" + row for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b""))
