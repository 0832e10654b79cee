/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP exchanges as plain data.  See http.h. */

#include "base/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

void
po_http_request_clear(struct po_http_request *request)
{
	po_str_free(&request->url);
	po_str_free(&request->authorization);
	po_buf_clear(&request->body);
	memset(request, 0, sizeof(*request));
}

void
po_http_response_clear(struct po_http_response *response)
{
	po_str_free(&response->link);
	po_buf_clear(&response->body);
	memset(response, 0, sizeof(*response));
}

void
po_http_response_type(
    struct po_http_response *response, const char *content_type)
{
	char *out = response->media_type;
	size_t len = content_type == NULL ? 0 : strcspn(content_type, "; \t");

	if (len >= sizeof(response->media_type))
		len = 0; /* no media type we know is that long */
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)content_type[i]);
	out[len] = '\0';
}

enum po_status
po_http_request_init(struct po_http_request *request,
    enum po_http_method method, const char *url, const char *what,
    size_t response_max, struct po_err *err)
{
	*request = (struct po_http_request){
		.method = method,
		.body = PO_BUF_INIT(PO_HTTP_MAX_REQUEST),
		.response_max = response_max,
		.what = what,
	};
	if ((request->url = po_str_dup(url)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

/* The seconds that one directive grants; -1: it says nothing of that. */
static int64_t
granted_s(const char *directive, size_t len)
{
	static const char max_age[] = "max-age=";
	size_t prefix = strlen(max_age);
	int64_t value = 0;

	if (len >= 3 && strncasecmp(directive, "no-", 3) == 0 &&
	    strncasecmp(directive, "no-transform", len) != 0)
		return 0; /* no-store, no-cache */
	if (len <= prefix || strncasecmp(directive, max_age, prefix) != 0)
		return -1;
	for (size_t i = prefix; i < len; i++) {
		if (directive[i] < '0' || directive[i] > '9')
			return 0;
		if (value < PO_HTTP_LIFETIME_MAX_S)
			value = value * 10 + (directive[i] - '0');
	}
	return value;
}

int64_t
po_http_lifetime_s(const char *cache_control)
{
	int64_t lifetime_s = -1;

	/* directives, separated by commas (RFC 9111 5.2); the least counts */
	for (const char *p = cache_control == NULL ? "" : cache_control;
	     *p != '\0';) {
		size_t len = strcspn(p, ", \t");
		int64_t value_s = granted_s(p, len);

		if (value_s >= 0 && (lifetime_s < 0 || value_s < lifetime_s))
			lifetime_s = value_s;
		p += len;
		p += strspn(p, ", \t");
	}
	if (lifetime_s < 0)
		return PO_HTTP_LIFETIME_DEFAULT_S;
	if (lifetime_s < PO_HTTP_LIFETIME_MIN_S)
		return PO_HTTP_LIFETIME_MIN_S;
	return lifetime_s > PO_HTTP_LIFETIME_MAX_S ? PO_HTTP_LIFETIME_MAX_S
						   : lifetime_s;
}
