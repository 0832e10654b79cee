/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_COMPACT_H
#define PO_JOSE_COMPACT_H

#include "base/buf.h"
#include "jose/json.h"

/* The compact form, for jws.c and jwe.c alone. */
struct po_compact_form {
	const char *name; /* "JWS" */
	size_t parts;
	const char *parts_text; /* the same, in words */
	unsigned rfc;
};

#define PO_COMPACT_PARTS_MAX 5

struct po_compact_part {
	const char *text;
	size_t len;
};

/* How many parts there are; where the first of them lie. */
size_t po_compact_split(const char *compact, size_t len,
    struct po_compact_part parts[PO_COMPACT_PARTS_MAX]);

/*
 * Splits a token of at most PO_JWS_MAX bytes and reads its header, an object.
 * PO_E_TOKEN_MALFORMED.
 */
PO_MUST_USE
enum po_status po_compact_read(const struct po_compact_form *form,
    const char *compact, size_t len,
    struct po_compact_part parts[PO_COMPACT_PARTS_MAX], struct po_json **header,
    struct po_err *err);

/* The bytes of a part, called `what`.  PO_E_TOKEN_MALFORMED. */
PO_MUST_USE
enum po_status po_compact_decode(const struct po_compact_form *form,
    struct po_compact_part part, const char *what, struct po_buf *out,
    struct po_err *err);

#endif
