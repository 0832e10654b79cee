/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_REDIRECT_H
#define PO_OAUTH_REDIRECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What comes to a redirect_uri on this host (RFC 8252 7.3): HTTP/1.1 of a
 * browser's, or of anybody's who can connect, which is every user and every
 * page that a browser here shows.
 */

/* A code has 4 KiB at most places, and browsers some of their own to say. */
#define PO_REDIRECT_HEAD_MAX (16 * 1024)

/* The parts of http://HOST[:PORT]/PATH, borrowed. */
struct po_redirect {
	const char *uri;  /* as far as the host, which has host_len bytes */
	size_t host_len;  /* with the scheme */
	int64_t port;     /* 0: none, any will do */
	const char *path; /* from its '/' on */
};

/* PO_E_CONFIG unless it is http to 127.0.0.1, [::1] or localhost. */
PO_MUST_USE
enum po_status po_redirect_split(
    const char *uri, struct po_redirect *out, struct po_err *err);

/*
 * Reads a request as far as it has come.  0: there is more to come.  200:
 * *query (new, secret) is what stands behind the path's '?'.  Else the status
 * to refuse it with: only GET, of exactly that path, and with a Host that is
 * this host and port, so that no name of a stranger's can be made to point
 * here (DNS rebinding).
 */
PO_MUST_USE
int po_redirect_read(
    const char *head, const struct po_redirect *to, char **query);

#endif
