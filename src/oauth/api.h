/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_API_H
#define PO_OAUTH_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/http.h"
#include "base/place.h"
#include "jose/json.h"

/*
 * Documents of a provider's API that say what its tokens do not: `api = NAME
 * URL`.  Each becomes the member NAME of the claims.  A list may have several
 * pages, which the Link header (link.h) joins.
 */
struct po_api;

#define PO_API_MAX 16       /* documents; GitHub has four of use */
#define PO_API_NAME_MAX 32  /* bytes; [a-z][a-z0-9_]* */
#define PO_API_PAGES_MAX 10 /* 1000 teams at GitHub's 100 a page */
/* PO_GROUPS_MAX of policy/access.h: what a rule would look at */
#define PO_API_ELEMENTS_MAX 4096
/* bytes of a document, all pages: 400 of GitHub's teams, 2.5 KiB each */
#define PO_API_BYTES_MAX ((size_t)1024 * 1024)

/* PO_E_CONFIG: "FILE:LINE: api: what is wrong", a name given twice too. */
PO_MUST_USE
enum po_status po_api_new(const char *const *lines,
    const struct po_place *places, size_t count, struct po_api **out,
    struct po_err *err);
void po_api_free(struct po_api **api);

/* Whether the first step of a JSON Pointer is the name of a document. */
PO_MUST_USE
bool po_api_covers(const struct po_api *api, const char *pointer);

/* Whether one was marked. */
PO_MUST_USE
bool po_api_is_wanted(const struct po_api *api);

/* Marks the documents into which a pointer leads; "*" and "" lead into all. */
void po_api_want(struct po_api *api, const char *pointer);

/*
 * Fetches what was marked, with the access token as Bearer (RFC 6750 2.1), and
 * puts it beside `claims` (NULL: there are none): *out has both.  A document
 * never takes the place of a claim: PO_E_CONFIG names one that would.
 *
 * The next page of a list must have the origin of the first (scheme, host,
 * port): the token goes nowhere else; PO_E_DOCUMENT otherwise.  PO_E_TOO_LARGE
 * past the limits above: a list that is cut short would be another list.
 * PO_E_GRANT_REFUSED for 401, PO_E_SCOPE for 403 and 404 (GitHub hides what a
 * token may not see), else PO_E_HTTP.  The message names the document.
 */
PO_MUST_USE
enum po_status po_api_fetch(const struct po_api *api,
    const struct po_transport *transport, const char *access_token,
    const struct po_json *claims, struct po_json **out, struct po_err *err);

#endif
