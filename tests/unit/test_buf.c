/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded, wiping byte buffer.  See base/buf.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/mem.h"

static void
an_empty_buffer_reads_as_an_empty_string(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(10);

	assert_string_equal(po_buf_str(&buf), "");
	assert_int_equal(buf.len, 0);
	assert_int_equal(po_buf_check(&buf, NULL), PO_OK);
}

static void
appends_add_up_and_end_in_a_nul(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(100);

	po_buf_append(&buf, "ab", 2);
	po_buf_append_str(&buf, "cd");
	po_buf_append_char(&buf, 'e');
	po_buf_appendf(&buf, "%d-%s", 42, "x");
	po_buf_append(&buf, NULL, 0);
	po_buf_append_str(&buf, "");
	po_buf_appendf(&buf, "%s", "");
	assert_int_equal(po_buf_check(&buf, NULL), PO_OK);
	assert_string_equal(po_buf_str(&buf), "abcde42-x");
	assert_int_equal(buf.len, 9);
	assert_int_equal(buf.data[9], '\0');
}

static void
bytes_survive_growth_nul_bytes_included(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(100000);

	for (unsigned i = 0; i < 100000; i++)
		po_buf_append_char(&buf, (char)(i % 251));
	assert_int_equal(po_buf_check(&buf, NULL), PO_OK);
	assert_int_equal(buf.len, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(buf.data[i], i % 251);
	assert_int_equal(buf.data[100000], '\0');
}

/* Sizes around each doubling, in one append and in two. */
static void
every_size_fits_exactly_up_to_the_maximum(void **state PO_UNUSED)
{
	static const char bytes[300] = { 0 };

	for (size_t max = 0; max < sizeof(bytes); max++) {
		AUTO(po_buf_clear) struct po_buf whole = PO_BUF_INIT(max);
		AUTO(po_buf_clear) struct po_buf parts = PO_BUF_INIT(max);
		AUTO(po_buf_clear) struct po_buf over = PO_BUF_INIT(max);

		po_buf_append(&whole, bytes, max);
		assert_int_equal(po_buf_check(&whole, NULL), PO_OK);
		assert_int_equal(whole.data[max], '\0');
		po_buf_append(&parts, bytes, max / 2);
		po_buf_append(&parts, bytes, max - max / 2);
		assert_int_equal(po_buf_check(&parts, NULL), PO_OK);
		assert_int_equal(parts.data[max], '\0');
		po_buf_append(&over, bytes, max + 1);
		assert_int_equal(po_buf_check(&over, NULL), PO_E_TOO_LARGE);
	}
}

static void
past_the_maximum_the_failure_sticks(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(4);
	struct po_err err = { 0 };

	po_buf_append_str(&buf, "abc");
	po_buf_append_str(&buf, "de");
	po_buf_append_str(&buf, "f"); /* would fit */
	po_buf_appendf(&buf, "%c", 'g');
	assert_int_equal(po_buf_check(&buf, &err), PO_E_TOO_LARGE);
	assert_string_equal(err.text, "longer than 4 bytes");
	assert_string_equal(po_buf_str(&buf), "abc");
}

static void
formatted_text_past_the_maximum_is_not_cut_but_refused(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(4);

	po_buf_appendf(&buf, "%d", 12345);
	assert_int_equal(po_buf_check(&buf, NULL), PO_E_TOO_LARGE);
	assert_int_equal(buf.len, 0);
	po_buf_clear(&buf);
	po_buf_appendf(&buf, "%d", 1234);
	assert_int_equal(po_buf_check(&buf, NULL), PO_OK);
	assert_string_equal(po_buf_str(&buf), "1234");
}

static void
lengths_near_size_max_do_not_wrap(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(SIZE_MAX - 1);

	po_buf_append_char(&buf, 'x');
	po_buf_append(&buf, "", SIZE_MAX);
	assert_int_equal(po_buf_check(&buf, NULL), PO_E_TOO_LARGE);
	assert_int_equal(buf.len, 1);
	po_buf_clear(&buf);
	po_buf_append_char(&buf, 'x');
	po_buf_append(&buf, "", SIZE_MAX - 2);
	assert_int_equal(po_buf_check(&buf, NULL), PO_E_TOO_LARGE);
	assert_int_equal(buf.len, 1);
}

static void
a_cleared_buffer_is_usable_again(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(4);

	po_buf_append_str(&buf, "too long");
	po_buf_clear(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.max, 4);
	po_buf_append_str(&buf, "abcd");
	assert_int_equal(po_buf_check(&buf, NULL), PO_OK);
	assert_string_equal(po_buf_str(&buf), "abcd");
	po_buf_clear(&buf);
	po_buf_clear(&buf);
}

static void
take_str_hands_over_and_empties(void **state PO_UNUSED)
{
	struct po_buf buf = PO_BUF_INIT(10);
	AUTO(po_str_free) char *first = NULL;
	AUTO(po_str_free) char *second = NULL;

	po_buf_append_str(&buf, "abc");
	assert_int_equal(po_buf_take_str(&buf, &first, NULL), PO_OK);
	assert_string_equal(first, "abc");
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(po_buf_take_str(&buf, &second, NULL), PO_OK);
	assert_string_equal(second, "");
	assert_null(buf.data);
}

static void
take_str_gives_nothing_after_a_failure(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(4);
	struct po_err err = { 0 };
	char *out = (char *)&err;

	po_buf_append_str(&buf, "abc");
	po_buf_append_str(&buf, "def");
	assert_int_equal(po_buf_take_str(&buf, &out, &err), PO_E_TOO_LARGE);
	assert_null(out);
	assert_int_equal(err.status, PO_E_TOO_LARGE);
}

/* No such character: vsnprintf fails (C11 7.29.6.3.3, EILSEQ). */
static void
text_that_cannot_be_formatted_is_a_failure_that_sticks(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(4);
	struct po_err err = { 0 };

	po_buf_append_str(&buf, "a");
	po_buf_appendf(&buf, "%lc", (wint_t)INT32_MAX);
	po_buf_append_str(&buf, "b");
	assert_int_equal(po_buf_check(&buf, &err), PO_E_INTERNAL);
	assert_string_equal(err.text, "cannot format text");
	assert_string_equal(po_buf_str(&buf), "a");
	/* the first failure is the one that is told */
	po_buf_clear(&buf);
	po_buf_append_str(&buf, "too long");
	po_buf_appendf(&buf, "%lc", (wint_t)INT32_MAX);
	assert_int_equal(po_buf_check(&buf, NULL), PO_E_TOO_LARGE);
}

static void
a_descriptor_is_read_to_its_end_or_the_maximum(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf all = PO_BUF_INIT(10000);
	AUTO(po_buf_clear) struct po_buf less = PO_BUF_INIT(9999);
	AUTO(po_fd_close) int fd = memfd_create("test", MFD_CLOEXEC);
	char bytes[9993];

	memset(bytes, 'x', sizeof(bytes));
	assert_true(po_fd_write(fd, bytes, sizeof(bytes)));
	po_buf_append_str(&all, "before:");
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_true(po_buf_read(&all, fd));
	assert_int_equal(po_buf_check(&all, NULL), PO_OK);
	assert_int_equal(all.len, 10000);
	assert_memory_equal(all.data, "before:xxx", 10);
	po_buf_append_str(&less, "before:");
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_true(po_buf_read(&less, fd));
	assert_int_equal(po_buf_check(&less, NULL), PO_E_TOO_LARGE);
}

static void
what_cannot_be_read_is_told_with_its_errno(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf buf = PO_BUF_INIT(10);

	errno = 0;
	assert_false(po_buf_read(&buf, -1));
	assert_int_equal(errno, EBADF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_reads_as_an_empty_string),
		cmocka_unit_test(appends_add_up_and_end_in_a_nul),
		cmocka_unit_test(bytes_survive_growth_nul_bytes_included),
		cmocka_unit_test(every_size_fits_exactly_up_to_the_maximum),
		cmocka_unit_test(past_the_maximum_the_failure_sticks),
		cmocka_unit_test(
		    formatted_text_past_the_maximum_is_not_cut_but_refused),
		cmocka_unit_test(lengths_near_size_max_do_not_wrap),
		cmocka_unit_test(a_cleared_buffer_is_usable_again),
		cmocka_unit_test(take_str_hands_over_and_empties),
		cmocka_unit_test(take_str_gives_nothing_after_a_failure),
		cmocka_unit_test(
		    text_that_cannot_be_formatted_is_a_failure_that_sticks),
		cmocka_unit_test(
		    a_descriptor_is_read_to_its_end_or_the_maximum),
		cmocka_unit_test(what_cannot_be_read_is_told_with_its_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
