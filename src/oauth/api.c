/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of a provider's API.  They are as good as the connection they come
 * over, and the access token must not leave the origin that was configured.
 * See api.h.
 */

#include "oauth/api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "oauth/bearer.h"
#include "oauth/link.h"
#include "oauth/oauth_error.h"

struct document {
	char *name;
	char *url;
	bool wanted;
};

struct po_api {
	struct document documents[PO_API_MAX];
	size_t count;
};

/* All documents as one object: each with its name, quotes and a comma. */
#define ALL_MAX (PO_API_MAX * (PO_API_BYTES_MAX + PO_API_NAME_MAX + 8))

/* --- as configured -------------------------------------------------------- */

static bool
is_name(const char *name, size_t len)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	return len > 0 && len <= PO_API_NAME_MAX && strspn(name, first) > 0 &&
	       strspn(name, rest) >= len;
}

/* Its index, or api->count. */
static size_t
find(const struct po_api *api, const char *name, size_t len)
{
	size_t i = 0;

	while (i < api->count &&
	       (strlen(api->documents[i].name) != len ||
		   memcmp(api->documents[i].name, name, len) != 0))
		i++;
	return i;
}

/* "NAME URL" */
static enum po_status
add(struct po_api *api, const char *line, struct po_err *err)
{
	struct document *document = &api->documents[api->count];
	size_t len = strcspn(line, " \t");
	const char *url = line + len + strspn(line + len, " \t");

	if (api->count == PO_API_MAX)
		return po_err_set(
		    err, PO_E_CONFIG, "more than %d documents", PO_API_MAX);
	/* not quoted: a URL without a name may have a password in it */
	if (!is_name(line, len))
		return po_err_set(err, PO_E_CONFIG,
		    "begins with no name for a document: [a-z][a-z0-9_]*, at "
		    "most %d characters",
		    PO_API_NAME_MAX);
	if (find(api, line, len) != api->count)
		return po_err_set(err, PO_E_CONFIG,
		    "there is a document \"%.*s\" already", (int)len, line);
	if (!po_text_is_https_url(url))
		return po_err_set(err, PO_E_CONFIG,
		    "behind \"%.*s\" stands no https URL, or one with a user "
		    "name or a fragment",
		    (int)len, line);
	api->count++;
	if ((document->name = po_mem_dup(line, len)) == NULL ||
	    (document->url = po_str_dup(url)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

enum po_status
po_api_new(const char *const *lines, const struct po_place *places,
    size_t count, struct po_api **out, struct po_err *err)
{
	AUTO(po_api_free) struct po_api *api = calloc(1, sizeof(*api));
	enum po_status st;

	*out = NULL;
	if (api == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		if ((st = add(api, lines[i], err)) != PO_OK) {
			po_err_prefix(
			    err, "%s:%u: api", places[i].file, places[i].line);
			return st;
		}
	}
	*out = TAKE(api);
	return PO_OK;
}

void
po_api_free(struct po_api **api)
{
	if (*api == NULL)
		return;
	for (size_t i = 0; i < (*api)->count; i++) {
		po_str_free(&(*api)->documents[i].name);
		po_str_free(&(*api)->documents[i].url);
	}
	free(*api);
	*api = NULL;
}

/* The length of a pointer's first step; names have nothing to be escaped. */
static size_t
step_len(const char *pointer)
{
	return *pointer == '/' ? strcspn(pointer + 1, "/") : 0;
}

bool
po_api_covers(const struct po_api *api, const char *pointer)
{
	size_t len = step_len(pointer);

	return len > 0 && find(api, pointer + 1, len) != api->count;
}

void
po_api_want(struct po_api *api, const char *pointer)
{
	size_t len = step_len(pointer);
	bool all = *pointer == '\0' || (len == 1 && pointer[1] == '*');

	for (size_t i = 0; i < api->count; i++)
		if (all || (len > 0 && find(api, pointer + 1, len) == i))
			api->documents[i].wanted = true;
}

bool
po_api_is_wanted(const struct po_api *api)
{
	for (size_t i = 0; i < api->count; i++)
		if (api->documents[i].wanted)
			return true;
	return false;
}

/* --- one page ------------------------------------------------------------- */

/* "https://HOST[:PORT]" of a checked URL; the default port is left out. */
static size_t
origin_len(const char *url)
{
	static const char scheme[] = "https://", port[] = ":443";
	size_t len =
	    sizeof(scheme) - 1 + strcspn(url + sizeof(scheme) - 1, "/?");
	size_t port_len = sizeof(port) - 1;

	return memcmp(url + len - port_len, port, port_len) == 0
		   ? len - port_len
		   : len;
}

/* RFC 6454 5; of two checked URLs. */
static bool
is_same_origin(const char *a, const char *b)
{
	return origin_len(a) == origin_len(b) &&
	       strncasecmp(a, b, origin_len(a)) == 0;
}

static enum po_status
check_next(const char *first, const char *next, struct po_err *err)
{
	if (!po_text_is_https_url(next))
		return po_err_set(err, PO_E_DOCUMENT,
		    "the next page is no https URL (RFC 8288 3)");
	if (!is_same_origin(first, next))
		return po_err_set(err, PO_E_DOCUMENT,
		    "the next page is at \"%.*s\": the access token is not "
		    "for that",
		    (int)(origin_len(next) > 150 ? 150 : origin_len(next)),
		    next);
	return PO_OK;
}

/* --- one document --------------------------------------------------------- */

/* A document so far: the text of its value without the closing bracket. */
struct collection {
	const struct document *document;
	struct po_buf *out; /* of all documents */
	size_t start;       /* of this one in `out` */
	size_t bytes_left;
	size_t elements;
	unsigned pages;
};

/* The array's elements behind those of the pages before it. */
static enum po_status
append_array(struct collection *c, const struct po_json *page,
    const struct po_buf *body, struct po_err *err)
{
	const char *text = po_buf_str(body);
	const char *first = strchr(text, '['), *last = strrchr(text, ']');
	size_t count = po_json_array_len(page);

	if (count > PO_API_ELEMENTS_MAX - c->elements)
		return po_err_set(err, PO_E_TOO_LARGE, "more than %d elements",
		    PO_API_ELEMENTS_MAX);
	if (count > 0) {
		if (c->elements > 0)
			po_buf_append_char(c->out, ',');
		po_buf_append(c->out, first + 1, (size_t)(last - first - 1));
	}
	c->elements += count;
	return po_buf_check(c->out, err);
}

/*
 * Adds a page; sets *next to where the next one is.  The text is kept, not
 * the tree: each page is checked by itself, then the whole is read once.
 */
static enum po_status
add_page(struct collection *c, const struct po_http_response *response,
    char **next, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *page = NULL;
	const struct po_buf *body = &response->body;
	enum po_status st;

	if ((st = po_bearer_check(response, err)) != PO_OK ||
	    (st = po_oauth_check_json(response, err)) != PO_OK ||
	    (st = po_json_parse(body->data, body->len, &page, err)) != PO_OK)
		return st;
	if (po_json_type(page) == PO_JSON_ARRAY) {
		if (c->pages == 1)
			po_buf_append_char(c->out, '[');
		if ((st = append_array(c, page, body, err)) != PO_OK)
			return st;
		return po_link_next(response->link, next, err);
	}
	if (c->pages > 1)
		return po_err_set(err, PO_E_DOCUMENT,
		    "%s among pages of a list", po_json_type_name(page));
	po_buf_append(c->out, body->data, body->len);
	return po_buf_check(c->out, err);
}

static enum po_status
fetch_page(struct collection *c, const struct po_transport *transport,
    const char *access_token, const char *url, char **next, struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	enum po_status st;

	c->pages++;
	if ((st = po_bearer_request(url, access_token, "api request",
		 c->bytes_left, &request, err)) != PO_OK)
		return st;
	request.paged = true;
	if ((st = transport->send(transport->arg, &request, &response, err)) !=
	    PO_OK)
		return st;
	c->bytes_left -= response.body.len;
	return add_page(c, &response, next, err);
}

static enum po_status
fetch_pages(struct collection *c, const struct po_transport *transport,
    const char *access_token, struct po_err *err)
{
	AUTO(po_str_free) char *url = po_str_dup(c->document->url);
	enum po_status st;

	if (url == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (;;) {
		AUTO(po_str_free) char *next = NULL;

		if ((st = fetch_page(c, transport, access_token, url, &next,
			 err)) != PO_OK ||
		    next == NULL)
			return st;
		if (c->pages == PO_API_PAGES_MAX)
			return po_err_set(err, PO_E_TOO_LARGE,
			    "more than %d pages: ask for larger ones "
			    "(per_page=100)",
			    PO_API_PAGES_MAX);
		if ((st = check_next(c->document->url, next, err)) != PO_OK)
			return st;
		po_str_free(&url);
		url = TAKE(next);
	}
}

/* Appends "NAME":VALUE to the object in `out`. */
static enum po_status
fetch_document(const struct document *document,
    const struct po_transport *transport, const char *access_token,
    struct po_buf *out, struct po_err *err)
{
	struct collection c = {
		.document = document,
		.out = out,
		.bytes_left = PO_API_BYTES_MAX,
	};
	enum po_status st;

	po_buf_appendf(
	    out, "%s\"%s\":", out->len > 1 ? "," : "", document->name);
	c.start = out->len;
	st = fetch_pages(&c, transport, access_token, err);
	if (st != PO_OK) {
		po_err_prefix(err, "api document \"%s\"", document->name);
		return st;
	}
	if (out->data[c.start] == '[')
		po_buf_append_char(out, ']');
	return po_buf_check(out, err);
}

enum po_status
po_api_fetch(const struct po_api *api, const struct po_transport *transport,
    const char *access_token, const struct po_json *claims,
    struct po_json **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(ALL_MAX);
	AUTO(po_json_free) struct po_json *documents = NULL;
	enum po_status st;

	*out = NULL;
	po_buf_append_char(&text, '{');
	for (size_t i = 0; i < api->count; i++) {
		const struct document *document = &api->documents[i];

		if (!document->wanted)
			continue;
		if (claims != NULL &&
		    po_json_member(claims, document->name) != NULL)
			return po_err_set(err, PO_E_CONFIG,
			    "api document \"%s\" has the name of the claim "
			    "\"%s\": give it another",
			    document->name, document->name);
		if ((st = fetch_document(document, transport, access_token,
			 &text, err)) != PO_OK)
			return st;
	}
	po_buf_append_char(&text, '}');
	if ((st = po_buf_check(&text, err)) != PO_OK ||
	    (st = po_json_parse(text.data, text.len, &documents, err)) != PO_OK)
		return st;
	if (claims != NULL)
		return po_json_merge(claims, documents, out, err);
	*out = TAKE(documents);
	return PO_OK;
}
