/* SPDX-License-Identifier: BSD-2-Clause */
/* Scopes, as asked for and as granted.  Pure.  See scope.h. */

#include "oauth/scope.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define SEPARATORS " ," /* RFC 6749 3.3; GitHub */

/*
 * GitHub grants the larger of two scopes alone when both are asked for
 * ("Scopes for OAuth apps", normalized scopes); {a, b}: a contains b.
 */
static const char *const contains[][2] = {
	{ "user", "read:user" },
	{ "user", "user:email" },
	{ "user", "user:follow" },
	{ "admin:org", "write:org" },
	{ "admin:org", "read:org" },
	{ "write:org", "read:org" },
};

bool
po_scope_has(const char *scopes, const char *name)
{
	return scopes != NULL &&
	       po_text_has_word(scopes, SEPARATORS, name, strlen(name));
}

static bool
is_granted(const char *granted, const char *scope, size_t len)
{
	if (po_text_has_word(granted, SEPARATORS, scope, len))
		return true;
	for (size_t i = 0; i < PO_ARRAY_LEN(contains); i++)
		if (po_text_has_word(contains[i][1], SEPARATORS, scope, len) &&
		    po_text_has_word(granted, SEPARATORS, contains[i][0],
			strlen(contains[i][0])))
			return true;
	return false;
}

enum po_status
po_scope_check(const char *asked, const char *granted, struct po_err *err)
{
	/* what does not fit is cut: it is for a message */
	AUTO(po_buf_clear) struct po_buf missing = PO_BUF_INIT(PO_ERR_TEXT_MAX);
	const char *given = granted == NULL ? "" : granted;
	size_t len, count = 0;

	for (const char *p = asked == NULL ? "" : asked; *p != '\0'; p += len) {
		p += strspn(p, SEPARATORS);
		len = strcspn(p, SEPARATORS);
		if (len == 0 || is_granted(given, p, len))
			continue;
		po_buf_append_str(&missing, count++ == 0 ? "" : " ");
		po_buf_append(&missing, p, len);
	}
	if (count == 0)
		return PO_OK;
	if (missing.status == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return po_err_set(err, PO_E_SCOPE,
	    "token response: not granted: %.150s; granted: %.150s",
	    po_buf_str(&missing), *given == '\0' ? "nothing" : given);
}
