/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_LINK_H
#define PO_OAUTH_LINK_H

#include "base/err.h"

/*
 * Where the next page of a list is: the target of the link with rel="next" in
 * a Link header (RFC 8288 3), given as one line; NULL: there was none.  *next
 * is a new string, as it stands there, or NULL when there is no such link.
 *
 * Fails where a lenient reader would go on with a page less, which could be a
 * group less: PO_E_DOCUMENT for what does not follow the grammar, and for two
 * next links to different places.  Links of another context (`anchor`) are
 * passed over.
 */
PO_MUST_USE
enum po_status po_link_next(
    const char *header, char **next, struct po_err *err);

#endif
