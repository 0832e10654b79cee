/* SPDX-License-Identifier: BSD-2-Clause */
/* What JWS and JWE have in common before anything is known.  See compact.h. */

#include "jose/compact.h"

#include <string.h>

#include "jose/b64url.h"
#include "jose/jws.h"

/* Without allocating: there may be 64 Ki of dots. */
size_t
po_compact_split(const char *compact, size_t len,
    struct po_compact_part parts[PO_COMPACT_PARTS_MAX])
{
	const char *end = compact + len;
	size_t count = 0;

	for (const char *start = compact;; count++) {
		const char *dot = memchr(start, '.', (size_t)(end - start));
		size_t part_len = (size_t)((dot == NULL ? end : dot) - start);

		if (count < PO_COMPACT_PARTS_MAX)
			parts[count] =
			    (struct po_compact_part){ start, part_len };
		if (dot == NULL)
			return count + 1;
		start = dot + 1;
	}
}

/* Records a failure below as one of ours, keeping its message. */
static enum po_status
malformed(const struct po_compact_form *form, const char *what,
    const struct po_err *why, struct po_err *err)
{
	return po_err_set(err,
	    why->status == PO_E_NOMEM ? PO_E_NOMEM : PO_E_TOKEN_MALFORMED,
	    "%s %s: %s", form->name, what, why->text);
}

enum po_status
po_compact_decode(const struct po_compact_form *form,
    struct po_compact_part part, const char *what, struct po_buf *out,
    struct po_err *err)
{
	struct po_err why = { .status = PO_OK };

	if (po_b64url_decode(part.text, part.len, out, &why) != PO_OK)
		return malformed(form, what, &why, err);
	return PO_OK;
}

enum po_status
po_compact_read(const struct po_compact_form *form, const char *compact,
    size_t len, struct po_compact_part parts[PO_COMPACT_PARTS_MAX],
    struct po_json **header, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(PO_JWS_MAX);
	struct po_err why = { .status = PO_OK };
	size_t count;
	enum po_status st;

	if (len > PO_JWS_MAX)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "token of %zu bytes, more than %d", len, PO_JWS_MAX);
	if ((count = po_compact_split(compact, len, parts)) != form->parts)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "a compact %s has %s parts, this %zu (RFC %u 7.1)",
		    form->name, form->parts_text, count, form->rfc);
	if ((st = po_compact_decode(form, parts[0], "header", &bytes, err)) !=
	    PO_OK)
		return st;
	if (po_json_parse(bytes.data, bytes.len, header, &why) != PO_OK)
		return malformed(form, "header", &why, err);
	if (po_json_type(*header) != PO_JSON_OBJECT)
		return po_err_set(err, PO_E_TOKEN_MALFORMED,
		    "%s header is %s, not an object (RFC %u 4)", form->name,
		    po_json_type_name(*header), form->rfc);
	return PO_OK;
}
