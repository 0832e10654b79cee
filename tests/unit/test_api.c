/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents of an API: which, from where, and how they become claims. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "oauth/api.h"
#include "oauth_answer.h"

#define HOST "https://api.example.com"
#define USER "user " HOST "/user"
#define TEAMS "teams " HOST "/teams?per_page=2"
#define NEXT(url) "<" url ">; rel=\"next\""

/* --- as configured -------------------------------------------------------- */

static struct po_api *
make(const char *const *lines, size_t count)
{
	static const struct po_place places[PO_API_MAX + 1];
	struct po_api *api = NULL;

	assert_int_equal(po_api_new(lines, places, count, &api, NULL), PO_OK);
	return api;
}

static void
lines_are_a_name_and_a_url(void **state PO_UNUSED)
{
	static const char *const lines[] = { "u https://a.example",
		"user2_x \t https://a.example/x?y=z",
		"abcdefghijklmnopqrstuvwxyz012345 https://a.example/" };
	AUTO(po_api_free)
	struct po_api *api = make(lines, PO_ARRAY_LEN(lines));

	assert_true(po_api_covers(api, "/u"));
	assert_true(po_api_covers(api, "/user2_x/0"));
	assert_false(po_api_covers(api, "/user2"));
	assert_false(po_api_covers(api, "/user2_xy"));
	assert_false(po_api_covers(api, "u"));
	assert_false(po_api_covers(api, ""));
	assert_false(po_api_covers(api, "/"));
	assert_false(po_api_covers(api, "/*"));
	assert_false(po_api_covers(api, "/x/u"));
}

static void
lines_of_another_shape_are_refused(void **state PO_UNUSED)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{ "", "no name for a document" },
		{ "https://me:hunter2@a.example/user",
		    "no name for a document" },
		{ "User " HOST, "no name for a document" },
		{ "2fa " HOST, "no name for a document" },
		{ "_x " HOST, "no name for a document" },
		{ "a-b " HOST, "no name for a document" },
		{ "a/b " HOST, "no name for a document" },
		{ "a* " HOST, "no name for a document" },
		{ "abcdefghijklmnopqrstuvwxyz0123456 " HOST,
		    "no name for a document" },
		{ "user", "behind \"user\" stands no https URL" },
		{ "user ", "behind \"user\" stands no https URL" },
		{ "user http://api.example.com", "no https URL" },
		{ "user https://a:b@api.example.com", "no https URL" },
		{ "user " HOST "/#x", "no https URL" },
		{ "user " HOST " x", "no https URL" },
		{ "first " HOST "/2", "a document \"first\" already" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const char *const lines[] = { "first " HOST, cases[i].line };
		static const struct po_place places[] = {
			{ .file = "f", .line = 3 },
			{ .file = "f", .line = 4 },
		};
		struct po_api *api = NULL;
		struct po_err err = { 0 };

		assert_int_equal(
		    po_api_new(lines, places, 2, &api, &err), PO_E_CONFIG);
		assert_null(api);
		assert_int_equal(strncmp(err.text, "f:4: api: ", 10), 0);
		if (strstr(err.text, cases[i].says) == NULL)
			fail_msg(
			    "\"%s\" is not in \"%s\"", cases[i].says, err.text);
		assert_null(strstr(err.text, "hunter2"));
	}
}

static void
documents_have_a_maximum(void **state PO_UNUSED)
{
	char texts[PO_API_MAX + 1][40];
	const char *lines[PO_API_MAX + 1];
	static const struct po_place places[PO_API_MAX + 1] = {
		[PO_API_MAX] = { .file = "f", .line = 20 }
	};
	AUTO(po_api_free) struct po_api *api = NULL;
	struct po_err err = { 0 };

	for (size_t i = 0; i < PO_ARRAY_LEN(lines); i++) {
		(void)snprintf(
		    texts[i], sizeof(texts[i]), "d%zu https://a.example", i);
		lines[i] = texts[i];
	}
	api = make(lines, PO_API_MAX);
	po_api_free(&api);
	assert_int_equal(
	    po_api_new(lines, places, PO_API_MAX + 1, &api, &err), PO_E_CONFIG);
	assert_string_equal(err.text, "f:20: api: more than 16 documents");
}

/* --- a provider that follows a script ------------------------------------- */

struct page {
	const char *url;
	const char *body;
	const char *link;
	int status;       /* 0: 200 */
	const char *type; /* NULL: JSON */
	int64_t retry_after_s;
	enum po_status failure; /* of sending */
};

#define PAGE(where, text)                                                      \
	{                                                                      \
		.url = (where), .body = (text)                                 \
	}
#define PAGE_WITH(where, text, header)                                         \
	{                                                                      \
		.url = (where), .body = (text), .link = (header)               \
	}

struct script {
	const struct page *pages;
	size_t count;
	size_t asked;
};

static enum po_status
answer(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	struct script *script = arg;
	const struct page *page = &script->pages[script->asked];

	if (script->asked++ == script->count)
		fail_msg("asked for %s", request->url);
	assert_string_equal(request->url, page->url);
	assert_int_equal(request->method, PO_HTTP_GET);
	assert_string_equal(request->authorization, "Bearer t0ken");
	assert_true(request->paged);
	if (page->failure != PO_OK)
		return po_err_set(
		    err, page->failure, "%s: no route", request->what);
	*response = make_answer(page->status == 0 ? 200 : page->status,
	    page->type == NULL ? JSON : page->type, "");
	if (page->retry_after_s != 0)
		response->retry_after_s = page->retry_after_s;
	po_buf_clear(&response->body);
	response->body = (struct po_buf)PO_BUF_INIT(request->response_max);
	po_buf_append_str(&response->body, page->body);
	if (page->link != NULL)
		response->link = po_str_dup(page->link);
	return po_buf_check(&response->body, err);
}

/* Fetches what `pointer` leads to; the claims as text, or a message. */
static enum po_status
fetch(const struct page *pages, size_t count, const char *pointer,
    struct po_buf *text)
{
	static const char *const lines[] = { USER, TEAMS };
	AUTO(po_api_free) struct po_api *api = make(lines, 2);
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_json_free) struct po_json *all = NULL;
	struct script script = { .pages = pages, .count = count };
	const struct po_transport transport = { answer, &script };
	struct po_err err = { 0 };
	enum po_status st;

	assert_int_equal(
	    po_json_parse("{\"sub\":\"1\"}", 11, &claims, NULL), PO_OK);
	po_api_want(api, pointer);
	st = po_api_fetch(api, &transport, "t0ken", claims, &all, &err);
	assert_int_equal(err.status, st);
	assert_int_equal(script.asked, count);
	if (st == PO_OK)
		po_json_print(all, text);
	else
		po_buf_append_str(text, err.text);
	assert_true((st == PO_OK) == (all != NULL));
	return st;
}

static void
expect(const struct page *pages, size_t count, const char *pointer,
    enum po_status status, const char *text)
{
	AUTO(po_buf_clear) struct po_buf got = PO_BUF_INIT(1024 * 1024);

	if (fetch(pages, count, pointer, &got) != status ||
	    (status == PO_OK ? strcmp(po_buf_str(&got), text) != 0
			     : strstr(po_buf_str(&got), text) == NULL))
		fail_msg("\"%s\", not \"%s\"", po_buf_str(&got), text);
}

#define TEAMS_URL HOST "/teams?per_page=2"

static void
only_what_a_pointer_leads_into_is_fetched(void **state PO_UNUSED)
{
	static const struct page user = PAGE(HOST "/user", "{\"id\":7}");
	static const struct page both[] = { PAGE(HOST "/user", "{\"id\":7}"),
		PAGE(TEAMS_URL, "[]") };
	static const char *const into_user[] = { "/user", "/user/id",
		"/user/*" };
	static const char *const nowhere[] = { "/sub", "/users/id", "/use",
		"/~0user", "/User", "user" };
	static const char *const everywhere[] = { "", "/*", "/*/id" };

	for (size_t i = 0; i < PO_ARRAY_LEN(into_user); i++)
		expect(&user, 1, into_user[i], PO_OK,
		    "{\"sub\":\"1\",\"user\":{\"id\":7}}");
	for (size_t i = 0; i < PO_ARRAY_LEN(nowhere); i++)
		expect(NULL, 0, nowhere[i], PO_OK, "{\"sub\":\"1\"}");
	for (size_t i = 0; i < PO_ARRAY_LEN(everywhere); i++)
		expect(both, 2, everywhere[i], PO_OK,
		    "{\"sub\":\"1\",\"user\":{\"id\":7},\"teams\":[]}");
}

static void
any_value_is_a_document(void **state PO_UNUSED)
{
	static const char *const values[] = { "null", "true", "1", "\"x\"",
		"{}" };

	for (size_t i = 0; i < PO_ARRAY_LEN(values); i++) {
		char body[32], want[64];
		const struct page page = PAGE(HOST "/user", body);

		(void)snprintf(body, sizeof(body), " %s\n", values[i]);
		(void)snprintf(want, sizeof(want),
		    "{\"sub\":\"1\",\"user\":%s}", values[i]);
		expect(&page, 1, "/user", PO_OK, want);
	}
}

/* the same origin, spelt otherwise */
#define THIRD "https://API.example.com:443/other?page=3"

static void
pages_of_a_list_are_one_list(void **state PO_UNUSED)
{
	static const struct page pages[] = {
		PAGE_WITH(TEAMS_URL, " [1,[2]] ", NEXT(HOST "/teams?page=2")),
		PAGE_WITH(HOST "/teams?page=2", "[ ]",
		    "<" HOST "/x>; rel=last," NEXT(THIRD)),
		PAGE_WITH(THIRD, "[\n{\"a\":\"]\"}\n]",
		    "<" HOST "/teams?page=1>; rel=\"first\""),
	};
	/* a document that is no list has one page, whatever its header says */
	static const struct page object =
	    PAGE_WITH(TEAMS_URL, "{}", NEXT(HOST "/teams?page=2"));

	expect(pages, 3, "/teams", PO_OK,
	    "{\"sub\":\"1\",\"teams\":[1,[2],{\"a\":\"]\"}]}");
	expect(&object, 1, "/teams", PO_OK, "{\"sub\":\"1\",\"teams\":{}}");
}

static void
the_token_stays_at_its_origin(void **state PO_UNUSED)
{
	static const struct {
		const char *link;
		const char *says;
	} cases[] = {
		{ NEXT("https://evil.example/teams"),
		    "at \"https://evil.example\": the access token" },
		{ NEXT("https://api.example.com.evil.example/"),
		    "the access token is not for that" },
		{ NEXT("https://api.example.co/"), "not for that" },
		{ NEXT("https://api.example.com:8443/"), "not for that" },
		{ NEXT("https://api.example.com:4430/"), "not for that" },
		{ NEXT("https://api.example.com\\.evil.example/"),
		    "no https URL" },
		{ NEXT("https://api.example.com\\@evil.example/"),
		    "no https URL" },
		{ NEXT("https://api.example.com@evil.example/"),
		    "no https URL" },
		{ NEXT("http://api.example.com/"), "no https URL" },
		{ NEXT("//api.example.com/"), "no https URL" },
		{ NEXT("/teams?page=2"), "no https URL" },
		{ NEXT(HOST "/teams#x"), "no https URL" },
		{ "<" HOST "/teams?page=2", "malformed Link header" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct page page =
		    PAGE_WITH(TEAMS_URL, "[1]", cases[i].link);

		expect(&page, 1, "/teams", PO_E_DOCUMENT, cases[i].says);
		expect(&page, 1, "/teams", PO_E_DOCUMENT,
		    "api document \"teams\": ");
	}
}

static void
lists_are_bounded(void **state PO_UNUSED)
{
	struct page pages[PO_API_PAGES_MAX];
	AUTO(po_buf_clear) struct po_buf many = PO_BUF_INIT(64 * 1024);
	AUTO(po_buf_clear)
	struct po_buf large = PO_BUF_INIT(2 * PO_API_BYTES_MAX);
	struct page two[] = {
		PAGE_WITH(TEAMS_URL, NULL, NEXT(TEAMS_URL)),
		PAGE(TEAMS_URL, "[1]"),
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(pages); i++)
		pages[i] =
		    (struct page)PAGE_WITH(TEAMS_URL, "[1]", NEXT(TEAMS_URL));
	expect(pages, PO_API_PAGES_MAX, "/teams", PO_E_TOO_LARGE,
	    "api document \"teams\": more than 10 pages");
	pages[PO_API_PAGES_MAX - 1].link = NULL;
	expect(pages, PO_API_PAGES_MAX, "/teams", PO_OK,
	    "{\"sub\":\"1\",\"teams\":[1,1,1,1,1,1,1,1,1,1]}");

	po_buf_append_str(&many, "[1");
	for (size_t i = 1; i < PO_API_ELEMENTS_MAX; i++)
		po_buf_append_str(&many, ",1");
	po_buf_append_str(&many, "]");
	two[0].body = po_buf_str(&many);
	expect(two, 2, "/teams", PO_E_TOO_LARGE, "more than 4096 elements");

	po_buf_append_str(&large, "[\"");
	while (large.len < PO_API_BYTES_MAX - 4)
		po_buf_append_char(&large, 'x');
	po_buf_append_str(&large, "\"]");
	two[0].body = po_buf_str(&large);
	/* two bytes are left for the second page */
	expect(two, 2, "/teams", PO_E_TOO_LARGE, "api document \"teams\": ");
}

static void
pages_that_do_not_go_together_are_refused(void **state PO_UNUSED)
{
	static const struct page object[] = {
		PAGE_WITH(TEAMS_URL, "[1]", NEXT(TEAMS_URL)),
		PAGE(TEAMS_URL, "{\"message\":\"sorry\"}"),
	};
	static const struct page broken[] = {
		PAGE_WITH(TEAMS_URL, "[1]", NEXT(TEAMS_URL)),
		PAGE(TEAMS_URL, "[2"),
	};

	expect(object, 2, "/teams", PO_E_DOCUMENT, "object among pages");
	expect(broken, 2, "/teams", PO_E_DOCUMENT, "api document \"teams\": ");
}

static void
answers_that_are_no_document_are_refused(void **state PO_UNUSED)
{
	static const struct {
		int status;
		const char *type;
		const char *body;
		int64_t retry_after_s;
		enum po_status want;
		const char *says;
	} cases[] = {
		{ 401, JSON, "{}", 0, PO_E_GRANT_REFUSED, "HTTP status 401" },
		{ 403, JSON, "{}", 0, PO_E_SCOPE, "HTTP status 403" },
		{ 404, JSON, "{}", 0, PO_E_SCOPE, "HTTP status 404" },
		{ 403, JSON, "{}", 60, PO_E_HTTP, "HTTP status 403" },
		{ 429, JSON, "{}", 60, PO_E_HTTP, "HTTP status 429" },
		{ 500, "text/html", "<p>", 0, PO_E_HTTP, "HTTP status 500" },
		{ 204, "", "", 0, PO_E_HTTP, "HTTP status 204" },
		{ 302, JSON, "{}", 0, PO_E_HTTP, "redirects are not" },
		{ 200, "text/html", "{}", 0, PO_E_DOCUMENT, "media type" },
		{ 200, JSON, "", 0, PO_E_DOCUMENT, "" },
		{ 200, JSON, "{\"id\":1,\"id\":2}", 0, PO_E_DOCUMENT, "" },
		{ 200, JSON, "{} {}", 0, PO_E_DOCUMENT, "" },
		/* what would be a member of its own behind ours */
		{ 200, JSON, "1,\"sub\":2", 0, PO_E_DOCUMENT, "" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct page page = {
			.url = HOST "/user",
			.body = cases[i].body,
			.status = cases[i].status,
			.type = cases[i].type,
			.retry_after_s = cases[i].retry_after_s,
		};

		expect(&page, 1, "/user", cases[i].want, cases[i].says);
		expect(&page, 1, "/user", cases[i].want,
		    "api document \"user\": ");
	}
}

static void
a_failure_on_the_way_is_said(void **state PO_UNUSED)
{
	static const struct page page = { .url = HOST "/user",
		.failure = PO_E_NETWORK };

	expect(&page, 1, "/user", PO_E_NETWORK,
	    "api document \"user\": api request: no route");
}

static void
no_document_takes_the_place_of_a_claim(void **state PO_UNUSED)
{
	static const char *const lines[] = { "sub " HOST "/sub" };
	AUTO(po_api_free) struct po_api *api = make(lines, 1);
	AUTO(po_json_free) struct po_json *claims = NULL;
	struct script script = { .count = 0 };
	const struct po_transport transport = { answer, &script };
	struct po_json *all = NULL;
	struct po_err err = { 0 };

	/* null is a claim, too */
	assert_int_equal(
	    po_json_parse("{\"sub\":null}", 12, &claims, NULL), PO_OK);
	po_api_want(api, "/sub");
	assert_int_equal(
	    po_api_fetch(api, &transport, "t0ken", claims, &all, &err),
	    PO_E_CONFIG);
	assert_null(all);
	assert_non_null(strstr(err.text,
	    "api document \"sub\" has the name of the claim \"sub\""));
	assert_int_equal(script.asked, 0);
}

/* identity = api: there are no claims to stand beside. */
static void
documents_may_be_all_there_is(void **state PO_UNUSED)
{
	static const char *const lines[] = { USER };
	static const struct page page = PAGE(HOST "/user", "{\"id\":7}");
	AUTO(po_api_free) struct po_api *api = make(lines, 1);
	AUTO(po_json_free) struct po_json *all = NULL;
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024);
	struct script script = { .pages = &page, .count = 1 };
	const struct po_transport transport = { answer, &script };

	assert_false(po_api_is_wanted(api));
	po_api_want(api, "/user/id");
	assert_true(po_api_is_wanted(api));
	assert_int_equal(
	    po_api_fetch(api, &transport, "t0ken", NULL, &all, NULL), PO_OK);
	po_json_print(all, &text);
	assert_string_equal(po_buf_str(&text), "{\"user\":{\"id\":7}}");
}

static void
tokens_that_break_out_of_the_header_are_not_sent(void **state PO_UNUSED)
{
	static const char *const lines[] = { USER };
	AUTO(po_api_free) struct po_api *api = make(lines, 1);
	AUTO(po_json_free) struct po_json *claims = NULL;
	struct script script = { .count = 0 };
	const struct po_transport transport = { answer, &script };
	struct po_json *all = NULL;

	assert_int_equal(po_json_parse("{}", 2, &claims, NULL), PO_OK);
	po_api_want(api, "/user");
	assert_int_equal(
	    po_api_fetch(api, &transport, "a\r\nX: y", claims, &all, NULL),
	    PO_E_DOCUMENT);
	assert_int_equal(script.asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_a_name_and_a_url),
		cmocka_unit_test(lines_of_another_shape_are_refused),
		cmocka_unit_test(documents_have_a_maximum),
		cmocka_unit_test(only_what_a_pointer_leads_into_is_fetched),
		cmocka_unit_test(any_value_is_a_document),
		cmocka_unit_test(pages_of_a_list_are_one_list),
		cmocka_unit_test(the_token_stays_at_its_origin),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(pages_that_do_not_go_together_are_refused),
		cmocka_unit_test(answers_that_are_no_document_are_refused),
		cmocka_unit_test(a_failure_on_the_way_is_said),
		cmocka_unit_test(no_document_takes_the_place_of_a_claim),
		cmocka_unit_test(documents_may_be_all_there_is),
		cmocka_unit_test(
		    tokens_that_break_out_of_the_header_are_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
