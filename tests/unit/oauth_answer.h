/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_OAUTH_ANSWER_H
#define PO_TESTS_OAUTH_ANSWER_H

#include <stdio.h>
#include <string.h>

#include "base/http.h"
#include "base/mem.h"

/* An HTTP response as a provider would have sent it; to be cleared. */
static inline struct po_http_response
make_answer(int status, const char *media_type, const char *body)
{
	struct po_http_response response = {
		.status = status,
		.retry_after_s = -1,
		.date_s = -1,
		.body = PO_BUF_INIT(PO_HTTP_MAX_TOKEN),
	};

	(void)snprintf(
	    response.media_type, sizeof(response.media_type), "%s", media_type);
	po_buf_append_str(&response.body, body);
	return response;
}

#define JSON "application/json"

#endif
