/* SPDX-License-Identifier: BSD-2-Clause */
/* Compact JWE.  See jwe.h. */

#include "jose/jwe.h"

#include <string.h>

enum po_status
po_jwe_key_parse(
    const void *data, size_t len, struct po_jwe_key **out, struct po_err *err)
{
	(void)data;
	(void)len;
	*out = NULL;
	return po_err_set(err, PO_E_INTERNAL, "not written yet");
}

void
po_jwe_key_free(struct po_jwe_key **key)
{
	*key = NULL;
}

bool
po_jwe_is_compact(const char *compact, size_t len)
{
	const char *end = compact + len;
	size_t dots = 0;

	for (const char *p = compact;
	     (p = memchr(p, '.', (size_t)(end - p))) != NULL; p++)
		dots++;
	return dots == 4;
}

enum po_status
po_jwe_decrypt(const char *compact, size_t len, const struct po_jwe_key *key,
    struct po_buf *plaintext, struct po_json **header, struct po_err *err)
{
	(void)compact;
	(void)len;
	(void)key;
	(void)plaintext;
	*header = NULL;
	return po_err_set(err, PO_E_INTERNAL, "not written yet");
}
