/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that does not keep secrets.  See base/mem.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static void
freeing_nothing_is_allowed(void **state PO_UNUSED)
{
	char *str = NULL;

	po_freezero(NULL, 10);
	po_str_free(&str);
	assert_null(str);
}

static void
wiping_the_stack_leaves_the_callers_own(void **state PO_UNUSED)
{
	char own[4096];

	memset(own, 'x', sizeof(own));
	po_mem_wipe_stack();
	for (size_t i = 0; i < sizeof(own); i++)
		assert_int_equal(own[i], 'x');
}

static void
a_freed_string_is_forgotten(void **state PO_UNUSED)
{
	char *str = po_str_dup("secret");

	assert_non_null(str);
	po_str_free(&str);
	assert_null(str);
	po_str_free(&str);
}

static void
a_closed_descriptor_is_forgotten(void **state PO_UNUSED)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int copy = fd;

	assert_true(fd >= 0);
	po_fd_close(&fd);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	po_fd_close(&fd);
	assert_int_equal(fd, -1);
}

static void
descriptor_0_is_a_descriptor(void **state PO_UNUSED)
{
	int saved = dup(0);
	int fd = 0;

	assert_true(saved >= 0);
	po_fd_close(&fd);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(dup2(saved, 0), 0);
	(void)close(saved);
}

static void
copies_end_in_a_nul_and_keep_nul_bytes(void **state PO_UNUSED)
{
	AUTO(po_str_free) char *copy = po_mem_dup("a\0bc", 3);
	AUTO(po_str_free) char *empty = po_mem_dup(NULL, 0);
	AUTO(po_str_free) char *str = po_str_dup("");

	assert_memory_equal(copy, "a\0b", 4);
	assert_string_equal(empty, "");
	assert_string_equal(str, "");
}

static void
a_copy_too_large_is_refused(void **state PO_UNUSED)
{
	/* the compiler must not see how absurd the length is */
	volatile size_t huge = SIZE_MAX;

	assert_null(po_mem_dup("x", huge));
}

static void
equal_means_equal_lengths_and_bytes(void **state PO_UNUSED)
{
	assert_true(po_mem_equal("ab", 2, "ab", 2));
	assert_true(po_mem_equal(NULL, 0, "", 0));
	assert_true(po_mem_equal("a\0b", 3, "a\0b", 3));
	assert_false(po_mem_equal("ab", 2, "ab", 3));
	assert_false(po_mem_equal("ab", 2, "ab", 1));
	assert_false(po_mem_equal("a\0b", 3, "a\0c", 3));
	assert_false(po_mem_equal("ab", 2, "aB", 2));
	assert_false(po_mem_equal("", 0, "a", 1));
}

static void
any_single_bit_makes_a_difference(void **state PO_UNUSED)
{
	unsigned char a[20] = { 0 };
	unsigned char b[20] = { 0 };

	for (size_t bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] = (unsigned char)(1U << (bit % 8));
		assert_false(po_mem_equal(a, sizeof(a), b, sizeof(b)));
		b[bit / 8] = 0;
	}
	assert_true(po_mem_equal(a, sizeof(a), b, sizeof(b)));
}

static void
a_prefix_is_not_equal(void **state PO_UNUSED)
{
	assert_true(po_str_equal("alice", "alice"));
	assert_true(po_str_equal("", ""));
	assert_false(po_str_equal("alice", "alic"));
	assert_false(po_str_equal("alic", "alice"));
	assert_false(po_str_equal("alice", "Alice"));
	assert_false(po_str_equal("alice", "alice "));
	assert_false(po_str_equal("", "a"));
}

static void
all_is_written_or_it_is_told(void **state PO_UNUSED)
{
	AUTO(po_fd_close) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	char got[4] = "";
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_true(po_fd_write(ends[1], "abc", 3));
	assert_true(po_fd_write(ends[1], NULL, 0));
	assert_int_equal(read(ends[0], got, sizeof(got)), 3);
	assert_memory_equal(got, "abc", 3);
	errno = 0;
	assert_false(po_fd_write(full, "abc", 3));
	assert_int_equal(errno, ENOSPC);
	po_fd_close(&ends[0]);
	po_fd_close(&ends[1]);
}

static void
a_descriptor_is_taken_once(void **state PO_UNUSED)
{
	int fd = 7, taken = TAKE_FD(fd);

	assert_int_equal(taken, 7);
	assert_int_equal(fd, -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freeing_nothing_is_allowed),
		cmocka_unit_test(wiping_the_stack_leaves_the_callers_own),
		cmocka_unit_test(a_freed_string_is_forgotten),
		cmocka_unit_test(a_closed_descriptor_is_forgotten),
		cmocka_unit_test(descriptor_0_is_a_descriptor),
		cmocka_unit_test(all_is_written_or_it_is_told),
		cmocka_unit_test(a_descriptor_is_taken_once),
		cmocka_unit_test(copies_end_in_a_nul_and_keep_nul_bytes),
		cmocka_unit_test(a_copy_too_large_is_refused),
		cmocka_unit_test(equal_means_equal_lengths_and_bytes),
		cmocka_unit_test(any_single_bit_makes_a_difference),
		cmocka_unit_test(a_prefix_is_not_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
