/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole-string POSIX EREs: what compiles, what matches, what it costs. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "policy/ere.h"

static void
matches_whole_strings_only(void **state PO_UNUSED)
{
	static const struct {
		const char *pattern, *subject;
		bool match;
	} cases[] = {
		{ "alice", "alice", true },
		{ "alice", "alice2", false },
		{ "alice", "malice", false },
		{ "alice", "Alice", false },
		{ "", "", true },
		{ "", "a", false },
		/* anchors bind closer than "|", which must open no door */
		{ "^alice|bob$", "alice", true },
		{ "^alice|bob$", "bob", true },
		{ "^alice|bob$", "alice-of-evil", false },
		{ "^alice|bob$", "evil-bob", false },
		/* "$" is the end, not the end of a line */
		{ "^alice$", "alice\n", false },
		{ "^alice$", "alice\nroot", false },
		{ "^alice$", "root\nalice", false },
		/* the longest alternative counts, not the first */
		{ "a|ab", "ab", true },
		{ "(a|ab)(c|bcd)", "abcd", true },
		{ "[a-z]+", "", false },
		{ "[a-z]{3}", "abc", true },
		{ "[a-z]{3}", "abcd", false },
		{ "a\\.b", "a.b", true },
		{ "a\\.b", "axb", false },
		{ "[]x]+", "]x]", true },
		{ "[^]x]", "]", false },
		{ "[[:alpha:]]+", "aZ", true },
		{ "[[:alpha:]]+", "a1", false },
		{ "[]:alpha:[]+", "]:[", true },
		{ "\\(\\)", "()", true },
		{ "\\[x\\]\\^\\{", "[x]^{", true },
		{ "[[.-.][=x=]]+", "x-", true },
		{ "[[x]+", "[x", true },
		/* the C locale: bytes */
		{ ".", "\xC3\xBC", false },
		{ "..", "\xC3\xBC", true },
		{ "[[:alpha:]]+", "\xC3\xBC", false },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_ere_free) struct po_ere *ere = NULL;
		struct po_err err = { 0 };
		enum po_status st =
		    po_ere_compile(cases[i].pattern, &ere, &err);

		if (st != PO_OK)
			fail_msg("%s: %s", cases[i].pattern, err.text);
		if (po_ere_match(ere, cases[i].subject,
			strlen(cases[i].subject), NULL) != cases[i].match)
			fail_msg("\"%s\" and \"%s\"", cases[i].pattern,
			    cases[i].subject);
	}
}

static void
refuses_patterns_that_mean_something_else(void **state PO_UNUSED)
{
	static const char *const patterns[] = {
		"\\d+",
		"\\w+",
		"\\W+",
		"[\\w.]+",
		"\\<a\\>",
		"\\ba",
		"(a)\\1",
		"a\\`",
		/* undefined in POSIX, taken by glibc */
		"a+?",
		"a*?",
		"a**",
		"a{2}{3}",
		"a{2}+",
		"a)",
		"(a))",
		/* malformed */
		"(a",
		"[a",
		"[[:alpha:]",
		"[[",
		"[[:alpha",
		"[[.x=]]",
		"[[:nonsense:]]",
		"a{",
		"a{2,1}",
		"*a",
		"(*a)",
		"a\\",
		"(?:a)",
		"a|*b",
		/* not printable ASCII */
		"\xC3\xBC",
		"a\tb",
		"a\x7F",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(patterns); i++) {
		AUTO(po_ere_free) struct po_ere *ere = NULL;
		struct po_err err = { 0 };

		if (po_ere_compile(patterns[i], &ere, &err) != PO_E_CONFIG)
			fail_msg("\"%s\" was not refused", patterns[i]);
		assert_null(ere);
		assert_int_equal(err.status, PO_E_CONFIG);
		assert_int_not_equal(err.text[0], '\0');
	}
}

static void
refuses_a_long_pattern(void **state PO_UNUSED)
{
	char pattern[PO_ERE_PATTERN_MAX + 2];
	AUTO(po_ere_free) struct po_ere *ere = NULL;

	memset(pattern, 'a', sizeof(pattern));
	pattern[PO_ERE_PATTERN_MAX] = '\0';
	assert_int_equal(po_ere_compile(pattern, &ere, NULL), PO_OK);
	po_ere_free(&ere);
	pattern[PO_ERE_PATTERN_MAX] = 'a';
	pattern[PO_ERE_PATTERN_MAX + 1] = '\0';
	assert_int_equal(po_ere_compile(pattern, &ere, NULL), PO_E_CONFIG);
}

static void
refuses_patterns_that_grow(void **state PO_UNUSED)
{
	static const struct {
		const char *pattern;
		enum po_status status;
	} cases[] = {
		{ "((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)", PO_E_CONFIG },
		{ "((((a+)+)+)+)", PO_OK },
		{ "(a{1,100}){1,100}", PO_E_CONFIG },
		{ "(a{1,10}){1,10}", PO_OK },
		{ "a{1025}", PO_E_CONFIG },
		{ "a{1024}", PO_OK },
		{ "a{1024,}", PO_E_CONFIG },
		{ "a{99999999999999999999}", PO_E_CONFIG },
		/* exponential in glibc: what may be empty, repeated */
		{ "(((\\{1,9}|||||||||||||||||||||){1,9})+)", PO_E_CONFIG },
		{ "(((a?|b?|c?|d?|e?|f?|g?|h?|i?){1,9})+)", PO_E_CONFIG },
		{ "((((a?b?c?d?){1,9}){1,9})+)", PO_E_CONFIG },
		{ "((a*)*)*b", PO_E_CONFIG },
		{ "(a?){250}a{250}", PO_E_CONFIG },
		{ "(a{0}){0}", PO_E_CONFIG },
		{ "(a{00}){2}", PO_E_CONFIG },
		{ "(a{00,1}){2}", PO_E_CONFIG },
		{ "(a{,1}){2}", PO_E_CONFIG },
		{ "(a|b*)+", PO_E_CONFIG },
		{ "(^)*", PO_E_CONFIG },
		{ "^*", PO_E_CONFIG },
		{ "()+", PO_E_CONFIG },
		{ "|*", PO_E_CONFIG },
		/* their twins, which cannot be empty */
		{ "((((xa?b?c?d?){1,9}){1,9})+)", PO_OK },
		{ "((xa*)*y)*b", PO_OK },
		{ "(xa?){250}a{250}", PO_OK },
		{ "(a{01}){2}", PO_OK },
		{ "(xa{00,1}){2}", PO_OK },
		{ "(a|b*c)+", PO_OK },
		{ "a*b?(c|d)?(e+f?)*", PO_OK },
		/* what people write */
		{ "[a-z_][a-z0-9_-]{0,31}@example\\.com", PO_OK },
		{ "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", PO_OK },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_ere_free) struct po_ere *ere = NULL;

		if (po_ere_compile(cases[i].pattern, &ere, NULL) !=
		    cases[i].status)
			fail_msg("%s", cases[i].pattern);
	}
}

static void
gives_the_spans_of_groups(void **state PO_UNUSED)
{
	AUTO(po_ere_free) struct po_ere *ere = NULL;
	struct po_ere_span spans[PO_ERE_SPANS];
	static const char subject[] = "alice@example.com";

	assert_int_equal(
	    po_ere_compile("([a-z]+)(\\+x)?@(.*)", &ere, NULL), PO_OK);
	assert_int_equal(po_ere_groups(ere), 3);
	assert_true(po_ere_match(ere, subject, strlen(subject), spans));
	assert_int_equal(spans[0].start, 0);
	assert_int_equal(spans[0].len, strlen(subject));
	assert_int_equal(spans[1].len, 5);
	assert_int_equal(spans[2].len, 0); /* took no part */
	assert_int_equal(spans[3].start, 6);
	assert_int_equal(spans[3].len, 11);
	assert_int_equal(spans[9].len, 0);
}

static void
never_matches_a_long_subject_or_a_nul(void **state PO_UNUSED)
{
	AUTO(po_ere_free) struct po_ere *ere = NULL;
	char subject[PO_ERE_SUBJECT_MAX + 1];

	memset(subject, 'a', sizeof(subject));
	assert_int_equal(po_ere_compile("[^b]*", &ere, NULL), PO_OK);
	assert_true(po_ere_match(ere, subject, PO_ERE_SUBJECT_MAX, NULL));
	assert_false(po_ere_match(ere, subject, PO_ERE_SUBJECT_MAX + 1, NULL));
	assert_false(po_ere_match(ere, "root\0x", 6, NULL));
	assert_true(po_ere_match(ere, "root\0x", 4, NULL));
}

/* The worst we know of, against the longest subject: well under a second. */
static void
matching_time_is_bounded(void **state PO_UNUSED)
{
	static const char *const patterns[] = {
		"((((((((a+)+)+)+)+)+)+)+)b",
		"(a|a|a|a|a)*b",
		"((ba*)*a)*b",
		"(a?a){250}a{250}",
		"(a|aa|aaa)*(a|aa)*(a|aa)*b",
		"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)b",
		"(a|b)*a(a|b){200}",
		"(a{1,32}){1,31}",
	};
	char subject[PO_ERE_SUBJECT_MAX];

	memset(subject, 'a', sizeof(subject));
	for (size_t i = 0; i < PO_ARRAY_LEN(patterns); i++) {
		AUTO(po_ere_free) struct po_ere *ere = NULL;
		struct po_ere_span spans[PO_ERE_SPANS];
		clock_t start = clock(), used;

		assert_int_equal(
		    po_ere_compile(patterns[i], &ere, NULL), PO_OK);
		(void)!po_ere_match(ere, subject, sizeof(subject), spans);
		used = clock() - start;
		if (used > 2 * CLOCKS_PER_SEC)
			fail_msg("%s took %ld ms", patterns[i],
			    (long)(used * 1000 / CLOCKS_PER_SEC));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_whole_strings_only),
		cmocka_unit_test(refuses_patterns_that_mean_something_else),
		cmocka_unit_test(refuses_a_long_pattern),
		cmocka_unit_test(refuses_patterns_that_grow),
		cmocka_unit_test(gives_the_spans_of_groups),
		cmocka_unit_test(never_matches_a_long_subject_or_a_nul),
		cmocka_unit_test(matching_time_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
