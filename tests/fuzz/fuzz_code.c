/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people paste ('p', with several providers 's'), and what comes to a
 * redirect_uri on this host ('h'): a code is one, comes with this login's
 * state unless it stands alone, and nothing else is one.
 */

#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "oauth/code.h"
#include "oauth/redirect.h"

#define URI "http://127.0.0.1:8400/cb"
#define STATE "c3RhdGUtb2YtdGhpcy1sb2"

static const struct po_code_request request = { .redirect_uri = URI,
	.state = STATE,
	.issuer = "https://sso.example.com",
	.bare = true };

static void
check_code(enum po_status st, const char *code, enum po_advice advice,
    const struct po_err *err)
{
	require(err->status == st);
	require((code != NULL) == (st == PO_OK));
	require(st == PO_OK || st == PO_E_GRANT_REFUSED || st == PO_E_ISS ||
		st == PO_E_DENIED || st == PO_E_CLIENT_REFUSED);
	require(st != PO_E_GRANT_REFUSED || advice != PO_ADVICE_NONE);
	for (size_t i = 0; code != NULL && i < strlen(code); i++)
		require(code[i] > ' ' && code[i] <= '~');
	require(code == NULL || strlen(code) >= PO_CODE_MIN);
}

/* `text` has nothing in it that a state could have been encoded with. */
static bool
is_plain(const char *text)
{
	return strchr(text, '%') == NULL;
}

static void
try_paste(const char *text, bool bare)
{
	AUTO(po_str_free) char *code = NULL;
	struct po_code_request asked = request;
	enum po_advice advice = PO_ADVICE_NONE;
	struct po_err err = { 0 };
	enum po_status st;

	asked.bare = bare;
	st = po_code_paste(text, &asked, &code, &advice, &err);
	check_code(st, code, advice, &err);
	require(st != PO_OK || strlen(text) <= PO_CODE_PASTE_MAX);
	if (st != PO_E_GRANT_REFUSED && is_plain(text) &&
	    (!bare || strchr(text, '&') != NULL) && st != PO_OK)
		require(strstr(text, STATE) != NULL);
	if (st == PO_OK && !bare && is_plain(text))
		require(strstr(text, "state=" STATE) != NULL);
}

/* However it is cut, it is taken whole or not at all. */
static void
try_head(const char *head)
{
	AUTO(po_str_free) char *query = NULL, *code = NULL, *shorter = NULL;
	AUTO(po_str_free) char *part = NULL;
	size_t len = strlen(head);
	enum po_advice advice = PO_ADVICE_NONE;
	struct po_redirect to;
	struct po_err err = { 0 };
	enum po_status st;
	int status;

	require(po_redirect_split(URI, &to, NULL) == PO_OK);
	status = po_redirect_read(head, &to, &query);
	require((query != NULL) == (status == 200));
	require(
	    status == 0 || status == 200 || (status >= 400 && status <= 431));
	if (status != 200)
		return;
	require(strncmp(head, "GET /cb?", 8) == 0);
	require(strncmp(head + 8, query, strlen(query)) == 0);
	require(strpbrk(query, " \r\n") == NULL);
	st = po_code_query(query, &request, &code, &advice, &err);
	check_code(st, code, advice, &err);
	part = po_mem_dup(head, len / 2);
	require(part != NULL);
	status = po_redirect_read(part, &to, &shorter);
	require(status == 0 || status == 200);
}

static void
try_uri(const char *uri)
{
	struct po_redirect to;
	struct po_err err = { 0 };

	if (po_redirect_split(uri, &to, &err) != PO_OK)
		return;
	require(strncmp(uri, "http://", 7) == 0);
	require(to.path[0] == '/' && to.port >= 0 && to.port <= 65535);
	require(to.uri + to.host_len <= to.path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_str_free) char *text = NULL;

	if (size < 1 || (text = po_mem_dup(data + 1, size - 1)) == NULL)
		return 0;
	if (data[0] == 'p' || data[0] == 's')
		try_paste(text, data[0] == 'p');
	else if (data[0] == 'h')
		try_head(text);
	else if (data[0] == 'u')
		try_uri(text);
	return 0;
}
