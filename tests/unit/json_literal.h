/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_JSON_LITERAL_H
#define PO_TESTS_JSON_LITERAL_H

#include <string.h>

#include "jose/json.h"

/* The document of a literal that is known to be good.  For cmocka tests. */
static inline struct po_json *
json_literal(const char *text)
{
	struct po_json *json = NULL;
	struct po_err err = { 0 };

	if (po_json_parse(text, strlen(text), &json, &err) != PO_OK)
		fail_msg("test data: %s: %s", text, err.text);
	return json;
}

#endif
