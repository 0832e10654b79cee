/* SPDX-License-Identifier: BSD-2-Clause */
/* Reason codes and the first-wins message.  See base/err.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <wchar.h>

#include "base/err.h"

static void
every_status_has_a_name_of_its_own(void **state PO_UNUSED)
{
	for (unsigned i = 0; i < PO_STATUS_COUNT; i++) {
		const char *name = po_status_name((enum po_status)i);

		assert_non_null(name);
		assert_int_equal(
		    strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    name, po_status_name((enum po_status)j));
	}
	assert_string_equal(po_status_name(PO_OK), "ok");
	assert_string_equal(po_status_name(PO_E_NOT_ALLOWED), "not-allowed");
}

static void
an_unknown_status_is_never_called_ok(void **state PO_UNUSED)
{
	unsigned count = PO_STATUS_COUNT;

	assert_string_equal(po_status_name((enum po_status)count), "internal");
	assert_string_equal(
	    po_status_name((enum po_status)(count + 1)), "internal");
	assert_string_equal(po_status_name((enum po_status) - 1), "internal");
}

static void
success_is_zero(void **state PO_UNUSED)
{
	struct po_err err = { 0 };

	assert_int_equal(PO_OK, 0);
	assert_int_equal(err.status, PO_OK);
}

static void
the_first_message_stays(void **state PO_UNUSED)
{
	struct po_err err = { 0 };

	assert_int_equal(
	    po_err_set(&err, PO_E_EXP, "expired %d s ago", 5), PO_E_EXP);
	assert_int_equal(po_err_set(&err, PO_E_AUD, "later"), PO_E_AUD);
	errno = ENOENT;
	assert_int_equal(po_err_sys(&err, "later"), PO_E_SYSTEM);
	assert_int_equal(err.status, PO_E_EXP);
	assert_string_equal(err.text, "expired 5 s ago");
}

static void
nobody_need_listen(void **state PO_UNUSED)
{
	assert_int_equal(po_err_set(NULL, PO_E_EXP, "%s", "x"), PO_E_EXP);
	assert_int_equal(po_err_sys(NULL, "%s", "x"), PO_E_SYSTEM);
	po_err_prefix(NULL, "x");
}

static void
system_errors_carry_errno_and_leave_it(void **state PO_UNUSED)
{
	struct po_err err = { 0 };

	errno = ENOENT;
	assert_int_equal(po_err_sys(&err, "open \"%s\"", "/a%n"), PO_E_SYSTEM);
	assert_string_equal(
	    err.text, "open \"/a%n\": No such file or directory");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(po_err_of(-1), "unknown error");
}

static void
prefixes_build_from_the_inside_out(void **state PO_UNUSED)
{
	struct po_err err = { 0 };

	(void)po_err_set(&err, PO_E_DOCUMENT, "member \"a\" is missing");
	po_err_prefix(&err, "token response");
	po_err_prefix(&err, "provider \"%s\"", "corp");
	assert_int_equal(err.status, PO_E_DOCUMENT);
	assert_string_equal(err.text,
	    "provider \"corp\": token response: member \"a\" is missing");
}

/* The message set later must not be taken for one that was there before. */
static void
a_prefix_alone_is_no_message(void **state PO_UNUSED)
{
	struct po_err err = { 0 };

	po_err_prefix(&err, "context");
	assert_int_equal(err.status, PO_OK);
	(void)po_err_set(&err, PO_E_EXP, "cause");
	assert_string_equal(err.text, "cause");
}

static void
long_messages_are_cut_and_terminated(void **state PO_UNUSED)
{
	struct po_err err = { 0 };
	char text[2 * PO_ERR_TEXT_MAX];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)po_err_set(&err, PO_E_HTTP, "%s", text);
	assert_int_equal(strlen(err.text), PO_ERR_TEXT_MAX - 1);
	po_err_prefix(&err, "context");
	assert_int_equal(strlen(err.text), PO_ERR_TEXT_MAX - 1);
	assert_memory_equal(err.text, "context: xxx", 12);
	/* no room for the context: the cause stays */
	po_err_prefix(&err, "%s", text);
	assert_memory_equal(err.text, "context: xxx", 12);
}

static void
a_prefix_that_just_fits_is_kept(void **state PO_UNUSED)
{
	for (size_t len = PO_ERR_TEXT_MAX - 5; len < PO_ERR_TEXT_MAX + 2;
	     len++) {
		struct po_err err = { 0 };
		char text[PO_ERR_TEXT_MAX + 2] = "";

		memset(text, 'p', len);
		(void)po_err_set(&err, PO_E_HTTP, "cause");
		po_err_prefix(&err, "%s", text);
		assert_true(strlen(err.text) < PO_ERR_TEXT_MAX);
		assert_int_equal(
		    err.text[0], len + 2 < PO_ERR_TEXT_MAX ? 'p' : 'c');
	}
}

/* No such character: vsnprintf fails (C11 7.29.6.3.3, EILSEQ). */
static void
a_message_that_cannot_be_formatted_is_still_a_failure(void **state PO_UNUSED)
{
	struct po_err err = { .text = "left over" };

	assert_int_equal(
	    po_err_set(&err, PO_E_EXP, "%lc", (wint_t)INT32_MAX), PO_E_EXP);
	assert_int_equal(err.status, PO_E_EXP);
	assert_string_equal(err.text, "");
	err = (struct po_err){ 0 };
	errno = ENOENT;
	assert_int_equal(
	    po_err_sys(&err, "%lc", (wint_t)INT32_MAX), PO_E_SYSTEM);
	assert_string_equal(err.text, ": No such file or directory");
	err = (struct po_err){ 0 };
	(void)po_err_set(&err, PO_E_EXP, "cause");
	po_err_prefix(&err, "%lc", (wint_t)INT32_MAX);
	assert_string_equal(err.text, "cause");
}

static void
check_redacted(const char *text, const char *secret, const char *expected)
{
	struct po_err err = { 0 };

	(void)po_err_set(&err, PO_E_HTTP, "%s", text);
	po_err_redact(&err, secret);
	assert_int_equal(err.status, PO_E_HTTP);
	assert_string_equal(err.text, expected);
}

static void
every_copy_of_a_secret_is_blotted_out(void **state PO_UNUSED)
{
	check_redacted("hunter22", "hunter22", "********");
	check_redacted("no \"hunter22\", hunter22hunter22 or hunter2",
	    "hunter22", "no \"********\", **************** or hunter2");
	check_redacted("nothing in here", "hunter22", "nothing in here");
	/* copies that overlap leave no more than the end of the second */
	check_redacted("abcdabcdabcd", "abcdabcd", "********abcd");
}

/* "a" stands in every message, and guards nothing. */
static void
what_is_too_short_for_a_secret_is_left_alone(void **state PO_UNUSED)
{
	/* cut in the middle of it, here or by the provider */
	check_redacted(
	    "sent hunter22-se", "hunter22-secret", "sent ***********");
	check_redacted("hunter22 hunter22-secret hunter2", "hunter22-secret",
	    "******** *************** hunter2");
	check_redacted("hunter2", "hunter2", "hunter2");
	check_redacted("", "", "");
	check_redacted("text", "", "text");
	check_redacted("text", NULL, "text");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_a_name_of_its_own),
		cmocka_unit_test(an_unknown_status_is_never_called_ok),
		cmocka_unit_test(success_is_zero),
		cmocka_unit_test(the_first_message_stays),
		cmocka_unit_test(nobody_need_listen),
		cmocka_unit_test(system_errors_carry_errno_and_leave_it),
		cmocka_unit_test(prefixes_build_from_the_inside_out),
		cmocka_unit_test(a_prefix_alone_is_no_message),
		cmocka_unit_test(long_messages_are_cut_and_terminated),
		cmocka_unit_test(a_prefix_that_just_fits_is_kept),
		cmocka_unit_test(
		    a_message_that_cannot_be_formatted_is_still_a_failure),
		cmocka_unit_test(every_copy_of_a_secret_is_blotted_out),
		cmocka_unit_test(what_is_too_short_for_a_secret_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
