/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the next page is, by RFC 8288, and what is no Link header. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "oauth/link.h"

#define A "https://api.example.com/a?page=2"
#define B "https://api.example.com/b?page=9"

static void
the_next_link_is_found(void **state PO_UNUSED)
{
	static const struct {
		const char *header;
		const char *next;
	} cases[] = {
		{ "<" A ">; rel=\"next\"", A },
		{ "<" A ">; rel=next", A },
		{ "<" A ">;rel=\"next\",<" B ">;rel=\"last\"", A },
		{ "<" B ">; rel=\"last\", <" A ">; rel=\"next\"", A },
		{ "<" A ">; REL=\"NEXT\"", A },
		{ "<" A ">; rel=\"prev  next last\"", A },
		{ "<" A ">; title=\"x\"; rel=\"next\"; hreflang=en", A },
		{ "<" A ">; title=\"a \\\" , <" B ">; rel=next\"; rel=next",
		    A },
		{ "<" A "> \t; \trel \t= \tnext\t", A },
		{ "<" A ">; crossorigin; rel=next", A },
		{ "<" A ">; crossorigin ; rel=next;", A },
		{ ",, <" A ">;; rel=next ,,", A },
		{ "</a>; rel=next", "/a" },
		/* the same twice is the same */
		{ "<" A ">; rel=next, <" A ">; rel=next", A },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_str_free) char *next = NULL;

		assert_int_equal(
		    po_link_next(cases[i].header, &next, NULL), PO_OK);
		assert_non_null(next);
		assert_string_equal(next, cases[i].next);
	}
}

static void
other_links_are_no_next_page(void **state PO_UNUSED)
{
	static const char *const headers[] = { NULL, "", " \t", ",", "<" A ">",
		"<" A ">; rel=last", "<" A ">; rel=\"\"", "<" A ">; rel=\" \"",
		"<" A ">; rel", "<" A ">; rel=nextpage",
		"<" A ">; rel=\"next-page\"", "<" A ">; rev=next",
		"<" A ">; title=\"rel=next\"",
		/* RFC 8288 3.3: only the first rel counts */
		"<" A ">; rel=prev; rel=next",
		/* 3.2: the link is another document's */
		"<" A ">; rel=next; anchor=\"/elsewhere\"",
		"<" A ">; rel=\"n\\ext\"" };

	for (size_t i = 0; i < PO_ARRAY_LEN(headers); i++) {
		AUTO(po_str_free) char *next = NULL;

		assert_int_equal(po_link_next(headers[i], &next, NULL), PO_OK);
		if (next != NULL)
			fail_msg("\"%s\" has a next page", headers[i]);
	}
}

static void
what_does_not_follow_the_grammar_is_refused(void **state PO_UNUSED)
{
	static const char *const headers[] = { "x", A, "<", "<>",
		"<>; rel=next", "<" A, "<" A "; rel=next", "<" A " >; rel=next",
		"<" A "<>; rel=next", "<" A ">x; rel=next", "<" A "> rel=next",
		"<" A ">; =next", "<" A ">; rel=", "<" A ">; rel=;",
		"<" A ">; rel=\"next", "<" A ">; rel=\"next\\",
		"<" A ">; rel=<", "<" A ">; rel=next <" B ">; rel=last",
		"<" A ">; rel=\"next\"x", "<" A ">; (x)",
		"<" B ">; rel=last, x" };

	for (size_t i = 0; i < PO_ARRAY_LEN(headers); i++) {
		char *next = NULL;
		struct po_err err = { 0 };

		if (po_link_next(headers[i], &next, &err) != PO_E_DOCUMENT)
			fail_msg("\"%s\" was taken", headers[i]);
		assert_null(next);
		assert_non_null(strstr(err.text, "malformed Link header"));
	}
}

static void
two_next_pages_are_refused(void **state PO_UNUSED)
{
	char *next = NULL;
	struct po_err err = { 0 };

	assert_int_equal(
	    po_link_next(
		"<" A ">; rel=next, <" B ">; rel=\"next\"", &next, &err),
	    PO_E_DOCUMENT);
	assert_null(next);
	assert_non_null(strstr(err.text, "two next pages"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_link_is_found),
		cmocka_unit_test(other_links_are_no_next_page),
		cmocka_unit_test(what_does_not_follow_the_grammar_is_refused),
		cmocka_unit_test(two_next_pages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
