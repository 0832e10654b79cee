/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever the scanner admits, json-c must admit too, and what we print of it
 * must be admitted again and mean the same.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jose/json.h"
#include "jose/json_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No document of ours prints longer than this many times its size: \u00XX. */
#define GROWTH 6

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t values = 0;
	AUTO(po_json_free) struct po_json *first = NULL;
	AUTO(po_json_free) struct po_json *second = NULL;
	AUTO(po_buf_clear) struct po_buf once = PO_BUF_INIT(GROWTH * size + 1);
	AUTO(po_buf_clear) struct po_buf twice = PO_BUF_INIT(GROWTH * size + 1);

	if (po_json_scan(data, size, &values, NULL) != PO_OK) {
		if (po_json_parse(data, size, &first, NULL) == PO_OK)
			abort();
		return 0;
	}
	if (po_json_parse(data, size, &first, NULL) != PO_OK)
		abort();
	po_json_print(first, &once);
	if (po_buf_check(&once, NULL) != PO_OK ||
	    po_json_parse(once.data, once.len, &second, NULL) != PO_OK)
		abort();
	po_json_print(second, &twice);
	if (once.len != twice.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		abort();
	return 0;
}
