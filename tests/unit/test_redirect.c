/* SPDX-License-Identifier: BSD-2-Clause */
/* What a browser, or anybody, sends to the redirect_uri on this host. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "oauth/redirect.h"

#define URI "http://127.0.0.1:8400/cb"
#define HOST "Host: 127.0.0.1:8400\r\n"
#define GET "GET /cb?code=x HTTP/1.1\r\n"
#define END "\r\n"

static void
uris_are_taken_apart(void **state PO_UNUSED)
{
	static const struct {
		const char *uri;
		size_t host_len;
		int64_t port;
		const char *path;
	} cases[] = {
		{ URI, 16, 8400, "/cb" },
		{ "http://127.0.0.1/", 16, 0, "/" },
		{ "http://[::1]:1/a/b", 12, 1, "/a/b" },
		{ "http://[::1]/a:b", 12, 0, "/a:b" },
		{ "http://localhost:65535/x", 16, 65535, "/x" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_redirect to;

		assert_int_equal(
		    po_redirect_split(cases[i].uri, &to, NULL), PO_OK);
		assert_int_equal(to.host_len, cases[i].host_len);
		assert_int_equal(to.port, cases[i].port);
		assert_string_equal(to.path, cases[i].path);
	}
}

static void
uris_of_elsewhere_are_refused(void **state PO_UNUSED)
{
	static const char *const uris[] = { "https://127.0.0.1/cb",
		"http://127.0.0.1", "http://127.0.0.10/cb",
		"http://127.0.0.1:/cb", "http://127.0.0.1:0/cb",
		"http://127.0.0.1:65536/cb", "http://127.0.0.1:8x/cb",
		"http://127.0.0.1@evil.example/cb", "http://0.0.0.0/cb",
		"http://localhost.evil.example/cb", "http://192.0.2.1/cb",
		"http://", "" };

	for (size_t i = 0; i < PO_ARRAY_LEN(uris); i++) {
		struct po_redirect to;
		struct po_err err = { 0 };

		if (po_redirect_split(uris[i], &to, &err) != PO_E_CONFIG)
			fail_msg("%s", uris[i]);
	}
}

static int
read_head(const char *head, char **query)
{
	struct po_redirect to;

	assert_int_equal(po_redirect_split(URI, &to, NULL), PO_OK);
	return po_redirect_read(head, &to, query);
}

static void
the_query_of_a_plain_request_is_taken(void **state PO_UNUSED)
{
	static const struct {
		const char *head, *query;
	} cases[] = {
		{ GET HOST END, "code=x" },
		{ "GET /cb? HTTP/1.0\r\nhost:\tLOCALHOST:8400 \r\n" END, "" },
		{ GET "Accept: */*\r\nHOST:[::1]:8400\r\nX: y\r\n" END,
		    "code=x" },
		{ "GET /cb?a?b#c HTTP/1.1\r\n" HOST END, "a?b#c" },
		/* what comes behind it is not looked at */
		{ GET HOST END "GET /other HTTP/1.1\r\n", "code=x" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_str_free) char *query = NULL;

		assert_int_equal(read_head(cases[i].head, &query), 200);
		assert_string_equal(query, cases[i].query);
	}
}

static void
a_request_may_come_in_pieces(void **state PO_UNUSED)
{
	static const char whole[] = GET HOST END;

	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		AUTO(po_str_free) char *part = po_mem_dup(whole, len);
		AUTO(po_str_free) char *query = NULL;

		assert_int_equal(read_head(part, &query), 0);
		assert_null(query);
	}
}

static void
other_requests_are_refused(void **state PO_UNUSED)
{
	static const struct {
		const char *head;
		int status;
	} cases[] = {
		{ "POST /cb?code=x HTTP/1.1\r\n" HOST END, 405 },
		{ "get /cb?code=x HTTP/1.1\r\n" HOST END, 405 },
		{ "\r\n\r\n", 405 },
		{ "GET /cb?code=x\r\n" HOST END, 400 },
		{ "GET /cb?code=x HTTP/2\r\n" HOST END, 400 },
		{ "GET /cb?code=x HTTP/1.1 \r\n" HOST END, 400 },
		{ "GET /cb?code=x  HTTP/1.1\r\n" HOST END, 400 },
		{ "GET /cb?code=x HTTP/1.1\n" HOST END, 400 },
		{ "GET /cb HTTP/1.1\r\n" HOST END, 404 },
		{ "GET /cbx?code=x HTTP/1.1\r\n" HOST END, 404 },
		{ "GET /CB?code=x HTTP/1.1\r\n" HOST END, 404 },
		{ "GET /%63b?code=x HTTP/1.1\r\n" HOST END, 404 },
		{ "GET //cb?code=x HTTP/1.1\r\n" HOST END, 404 },
		{ "GET " URI "?code=x HTTP/1.1\r\n" HOST END, 404 },
		{ GET END, 400 },
		{ GET HOST HOST END, 400 },
		{ GET HOST "Content-Length: 0\r\n" END, 400 },
		{ GET HOST "transfer-encoding: chunked\r\n" END, 400 },
		{ GET HOST " folded\r\n" END, 400 },
		{ GET HOST "X: y\nZ: z\r\n" END, 400 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_str_free) char *query = NULL;
		int status = read_head(cases[i].head, &query);

		if (status != cases[i].status)
			fail_msg("%s: %d", cases[i].head, status);
		assert_null(query);
	}
}

/* A name of the attacker's that resolves to 127.0.0.1. */
static void
dns_rebinding_is_refused(void **state PO_UNUSED)
{
	static const char *const hosts[] = { "evil.example:8400", "127.0.0.1",
		"localhost", "127.0.0.1:8401", "127.0.0.1:84000", "",
		"127.0.0.1:8400.evil.example", "x 127.0.0.1:8400", "[::1]",
		"127.0.0.1:8400, 127.0.0.1:8400", " \t " };

	for (size_t i = 0; i < PO_ARRAY_LEN(hosts); i++) {
		AUTO(po_buf_clear) struct po_buf head = PO_BUF_INIT(256);
		AUTO(po_str_free) char *query = NULL;

		po_buf_appendf(&head, GET "Host: %s\r\n" END, hosts[i]);
		if (read_head(po_buf_str(&head), &query) != 421)
			fail_msg("%s", hosts[i]);
	}
}

/* RFC 9110 4.2.3: no browser sends the port of http in Host. */
static void
the_default_port_is_left_out_of_host(void **state PO_UNUSED)
{
	static const struct {
		const char *host;
		int status;
	} cases[] = { { "127.0.0.1", 200 }, { "[::1]", 200 },
		{ "LOCALHOST", 200 }, { "127.0.0.1:80", 200 },
		{ "127.0.0.1:8400", 421 }, { "evil.example", 421 },
		{ "localhost.evil.example", 421 }, { "", 421 } };
	struct po_redirect to;

	assert_int_equal(
	    po_redirect_split("http://127.0.0.1:80/cb", &to, NULL), PO_OK);
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf head = PO_BUF_INIT(256);
		AUTO(po_str_free) char *query = NULL;

		po_buf_appendf(&head, GET "Host: %s\r\n" END, cases[i].host);
		if (po_redirect_read(po_buf_str(&head), &to, &query) !=
		    cases[i].status)
			fail_msg("%s", cases[i].host);
	}
}

static void
endless_requests_are_refused(void **state PO_UNUSED)
{
	AUTO(po_str_free) char *head = malloc(PO_REDIRECT_HEAD_MAX + 1);
	AUTO(po_str_free) char *query = NULL;

	assert_non_null(head);
	memset(head, 'x', PO_REDIRECT_HEAD_MAX);
	head[PO_REDIRECT_HEAD_MAX] = '\0';
	assert_int_equal(read_head(head, &query), 431);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris_are_taken_apart),
		cmocka_unit_test(uris_of_elsewhere_are_refused),
		cmocka_unit_test(the_query_of_a_plain_request_is_taken),
		cmocka_unit_test(a_request_may_come_in_pieces),
		cmocka_unit_test(other_requests_are_refused),
		cmocka_unit_test(dns_rebinding_is_refused),
		cmocka_unit_test(the_default_port_is_left_out_of_host),
		cmocka_unit_test(endless_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
