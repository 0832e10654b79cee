/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP exchanges as plain data.  See http.h. */

#include "base/http.h"

#include <string.h>

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
