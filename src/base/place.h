/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_PLACE_H
#define PO_BASE_PLACE_H

/* Where a configured text stands, for "FILE:LINE: what is wrong". */
struct po_place {
	const char *file;
	unsigned line; /* 0: a built-in default */
};

#endif
