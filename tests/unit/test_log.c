/* SPDX-License-Identifier: BSD-2-Clause */
/* Single-line logging to a sink.  See base/log.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <wchar.h>

#include "base/log.h"
#include "base/text.h"

struct sink {
	unsigned lines;
	enum po_log_level level;
	char line[8192];
};

static void
write_line(void *arg, enum po_log_level level, const char *line)
{
	struct sink *sink = arg;

	assert_true(strlen(line) < sizeof(sink->line));
	sink->lines++;
	sink->level = level;
	memcpy(sink->line, line, strlen(line) + 1);
}

static void
a_line_is_formatted_and_reaches_the_sink(void **state PO_UNUSED)
{
	struct sink sink = { 0 };
	struct po_log log = { .write = write_line, .arg = &sink };

	po_log(&log, PO_LOG_WARNING, "%s has %d", "corp", 3);
	assert_int_equal(sink.lines, 1);
	assert_int_equal(sink.level, PO_LOG_WARNING);
	assert_string_equal(sink.line, "corp has 3");
}

static void
debug_lines_need_debug(void **state PO_UNUSED)
{
	struct sink sink = { 0 };
	struct po_log log = { .write = write_line, .arg = &sink };

	po_log(&log, PO_LOG_DEBUG, "x");
	assert_int_equal(sink.lines, 0);
	po_log(&log, PO_LOG_INFO, "x");
	assert_int_equal(sink.lines, 1);
	log.debug = true;
	po_log(&log, PO_LOG_DEBUG, "y");
	assert_int_equal(sink.lines, 2);
	assert_string_equal(sink.line, "y");
}

static void
without_a_log_nothing_happens(void **state PO_UNUSED)
{
	po_log(NULL, PO_LOG_ERROR, "%s", "x");
}

static void
a_line_stays_one_line(void **state PO_UNUSED)
{
	struct sink sink = { 0 };
	struct po_log log = { .write = write_line, .arg = &sink };

	po_log(&log, PO_LOG_ERROR, "a%sb", "\r\nresult=granted\x1B[2J");
	assert_int_equal(sink.lines, 1);
	assert_null(strpbrk(sink.line, "\r\n\x1B"));
	assert_non_null(strstr(sink.line, "result=granted"));
}

/* The widest case: every byte becomes the three bytes of U+FFFD. */
static void
long_lines_are_cut_not_lost(void **state PO_UNUSED)
{
	static const char fillers[] = { 'x', '\xFF', '\n' };

	for (size_t i = 0; i < sizeof(fillers); i++) {
		struct sink sink = { 0 };
		struct po_log log = { .write = write_line, .arg = &sink };
		char text[4 * PO_LOG_LINE_MAX];
		size_t width = fillers[i] == 'x' ? 1 : 3;

		memset(text, fillers[i], sizeof(text));
		text[sizeof(text) - 1] = '\0';
		po_log(&log, PO_LOG_ERROR, "%s", text);
		assert_int_equal(sink.lines, 1);
		assert_true(strlen(sink.line) <= width * PO_LOG_LINE_MAX);
		assert_true(strlen(sink.line) >= width * (PO_LOG_LINE_MAX - 1));
		assert_true(po_text_is_utf8(sink.line, strlen(sink.line)));
	}
}

/* No such character: vsnprintf fails (C11 7.29.6.3.3, EILSEQ). */
static void
a_line_that_cannot_be_formatted_is_empty_not_garbage(void **state PO_UNUSED)
{
	struct sink sink = { .line = "left over" };
	struct po_log log = { .write = write_line, .arg = &sink };

	po_log(&log, PO_LOG_ERROR, "a%lc", (wint_t)INT32_MAX);
	assert_int_equal(sink.lines, 1);
	assert_string_equal(sink.line, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_formatted_and_reaches_the_sink),
		cmocka_unit_test(debug_lines_need_debug),
		cmocka_unit_test(without_a_log_nothing_happens),
		cmocka_unit_test(a_line_stays_one_line),
		cmocka_unit_test(long_lines_are_cut_not_lost),
		cmocka_unit_test(
		    a_line_that_cannot_be_formatted_is_empty_not_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
