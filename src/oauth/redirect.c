/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that a browser brings to this host.  Nothing is guessed: what is
 * not the one request that is waited for, written plainly, is refused.  See
 * redirect.h.
 */

#include "oauth/redirect.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define LINE_END "\r\n"

/* Ways to say "this host"; a Host header may have any of them. */
static const char *const hosts[] = { "127.0.0.1", "[::1]", "localhost" };

enum po_status
po_redirect_split(const char *uri, struct po_redirect *out, struct po_err *err)
{
	static const char scheme[] = "http://";
	const char *host = uri + sizeof(scheme) - 1, *path = NULL;
	AUTO(po_str_free) char *port = NULL;
	size_t len = 0;

	*out = (struct po_redirect){ .uri = uri };
	for (size_t i = 0;
	     i < PO_ARRAY_LEN(hosts) &&
	     strncmp(uri, scheme, sizeof(scheme) - 1) == 0 && len == 0;
	     i++)
		if (strncmp(host, hosts[i], strlen(hosts[i])) == 0)
			len = strlen(hosts[i]);
	if (len > 0)
		path = strchr(host + len, '/');
	if (path != NULL && host[len] == ':' &&
	    (port = po_mem_dup(
		 host + len + 1, (size_t)(path - host) - len - 1)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (path == NULL || (port == NULL && host + len != path) ||
	    (port != NULL &&
		!po_text_parse_int(port, 1, UINT16_MAX, &out->port)))
		return po_err_set(err, PO_E_CONFIG,
		    "\"%.64s\" is not http://127.0.0.1/PATH, nor [::1] or "
		    "localhost",
		    uri);
	out->host_len = sizeof(scheme) - 1 + len;
	out->path = path;
	return PO_OK;
}

static bool
is_here(const char *value, size_t len, int64_t port)
{
	char here[sizeof("localhost:65535")];

	for (size_t i = 0; i < PO_ARRAY_LEN(hosts); i++) {
		(void)snprintf(
		    here, sizeof(here), "%s:%lld", hosts[i], (long long)port);
		if (strlen(here) == len && strncasecmp(here, value, len) == 0)
			return true;
		/* the default port is left out (RFC 9110 4.2.3) */
		if (port == 80 && strlen(hosts[i]) == len &&
		    strncasecmp(hosts[i], value, len) == 0)
			return true;
	}
	return false;
}

/* The headers from `line` on, each with a line end, then an empty one. */
static int
read_headers(const char *line, int64_t port)
{
	static const char host[] = "Host:", length[] = "Content-Length:",
			  encoding[] = "Transfer-Encoding:";
	unsigned named = 0;

	for (size_t len; (len = strcspn(line, LINE_END)) > 0;
	     line += len + strlen(LINE_END)) {
		const char *value = line + sizeof(host) - 1;
		size_t skip, end = len;

		/* neither a body, nor a line that goes on */
		if (strncmp(line + len, LINE_END, strlen(LINE_END)) != 0 ||
		    *line == ' ' || *line == '\t' ||
		    strncasecmp(line, length, sizeof(length) - 1) == 0 ||
		    strncasecmp(line, encoding, sizeof(encoding) - 1) == 0)
			return 400;
		if (strncasecmp(line, host, sizeof(host) - 1) != 0)
			continue;
		skip = strspn(value, " \t");
		while (end > 0 && strchr(" \t", line[end - 1]) != NULL)
			end--;
		if (named++ > 0)
			return 400;
		if (end < sizeof(host) - 1 + skip ||
		    !is_here(
			value + skip, end - (sizeof(host) - 1) - skip, port))
			return 421;
	}
	return named == 1 ? 200 : 400;
}

int
po_redirect_read(const char *head, const struct po_redirect *to, char **query)
{
	static const char get[] = "GET ";
	size_t path_len = strlen(to->path), len, target_len;
	const char *target = head + sizeof(get) - 1, *version;
	int status;

	*query = NULL;
	if (strlen(head) >= PO_REDIRECT_HEAD_MAX)
		return 431;
	if (strstr(head, LINE_END LINE_END) == NULL)
		return 0;
	len = strcspn(head, LINE_END);
	if (strncmp(head, get, sizeof(get) - 1) != 0)
		return 405;
	target_len = strcspn(target, " " LINE_END);
	version = target + target_len;
	if ((strncmp(version, " HTTP/1.1" LINE_END, 11) != 0 &&
		strncmp(version, " HTTP/1.0" LINE_END, 11) != 0))
		return 400;
	if ((status = read_headers(head + len + strlen(LINE_END), to->port)) !=
	    200)
		return status;
	if (target_len <= path_len ||
	    strncmp(target, to->path, path_len) != 0 || target[path_len] != '?')
		return 404;
	*query = po_mem_dup(target + path_len + 1, target_len - path_len - 1);
	return *query != NULL ? 200 : 503;
}
