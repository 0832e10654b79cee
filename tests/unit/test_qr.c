/* SPDX-License-Identifier: BSD-2-Clause */
/* QR codes for terminals: their shape, and that they scan.  See helper/qr.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "helper/qr.h"

#define URL "https://sso.example.com/device?user_code=WDJB-MJHT"
#define SHORT_URL "https://a.example/"
#define QUIET 2
#define SIDE_MAX 80

#define UPPER "\xE2\x96\x80"
#define LOWER "\xE2\x96\x84"
#define FULL "\xE2\x96\x88"

/* What a terminal would show: light or dark in a grid of half cells. */
struct picture {
	size_t width, height;
	bool light[SIDE_MAX + 2][2 * SIDE_MAX];
};

static void
draw_cell(struct picture *picture, size_t x, size_t y, bool upper, bool lower)
{
	assert_true(x < 2 * SIDE_MAX && y + 1 < SIDE_MAX + 2);
	picture->light[y][x] = upper;
	picture->light[y + 1][x] = lower;
}

/* One character, which is two half cells; returns its bytes. */
static size_t
draw_character(struct picture *picture, const char *p, size_t x, size_t y)
{
	static const struct {
		const char *bytes;
		bool upper, lower;
	} characters[] = {
		{ " ", false, false },
		{ "#", true, true },
		{ UPPER, true, false },
		{ LOWER, false, true },
		{ FULL, true, true },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(characters); i++) {
		size_t len = strlen(characters[i].bytes);

		if (strncmp(p, characters[i].bytes, len) == 0) {
			draw_cell(picture, x, y, characters[i].upper,
			    characters[i].lower);
			return len;
		}
	}
	fail_msg("unexpected character in \"%s\"", p);
	return 0;
}

/* Fails unless all lines are equally wide and the last one ends. */
static void
draw(struct picture *picture, const char *text, size_t rows_a_line)
{
	size_t x = 0, y = 0;

	memset(picture, 0, sizeof(*picture));
	for (const char *p = text; *p != '\0';) {
		if (*p != '\n') {
			p += draw_character(picture, p, x++, y);
			continue;
		}
		if (y == 0)
			picture->width = x;
		assert_int_equal(x, picture->width);
		x = 0;
		y += rows_a_line;
		p++;
	}
	assert_int_equal(x, 0);
	picture->height = y;
}

/* ASCII art: two columns a module, one row a line; as a square grid. */
static void
halve(struct picture *picture)
{
	assert_int_equal(picture->width % 2, 0);
	picture->width /= 2;
	for (size_t y = 0; y < picture->height; y++)
		for (size_t x = 0; x < picture->width; x++) {
			assert_int_equal(picture->light[y][2 * x],
			    picture->light[y][2 * x + 1]);
			picture->light[y][x] = picture->light[y][2 * x];
		}
}

static void
append_qr(struct po_buf *out, const char *text, bool ascii)
{
	po_qr_append(out, text, ascii);
	assert_int_equal(po_buf_check(out, NULL), PO_OK);
}

static void
draw_qr(struct picture *picture, const char *text, bool ascii)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(32 * 1024);

	append_qr(&out, text, ascii);
	draw(picture, po_buf_str(&out), ascii ? 1 : 2);
	if (ascii)
		halve(picture);
}

/* ISO 18004: 21 modules and 4 more a version, with finder patterns. */
static void
assert_is_code(const struct picture *picture)
{
	static const char *const finder[] = { "#######", "#     #", "# ### #",
		"# ### #", "# ### #", "#     #", "#######" };
	size_t modules = picture->width - 2 * QUIET;

	assert_in_range(modules, 21, 177);
	assert_int_equal((modules - 21) % 4, 0);
	for (size_t y = 0; y < 7; y++)
		for (size_t x = 0; x < 7; x++) {
			bool dark = finder[y][x] == '#';
			size_t far = QUIET + modules - 7;

			assert_true(
			    picture->light[QUIET + y][QUIET + x] != dark);
			assert_true(picture->light[QUIET + y][far + x] != dark);
			assert_true(picture->light[far + y][QUIET + x] != dark);
		}
}

static void
assert_quiet_zone(const struct picture *picture)
{
	size_t side = picture->width;

	for (size_t i = 0; i < side; i++)
		for (size_t q = 0; q < QUIET; q++) {
			assert_true(picture->light[q][i]);
			assert_true(picture->light[side - 1 - q][i]);
			assert_true(picture->light[i][q]);
			assert_true(picture->light[i][side - 1 - q]);
		}
}

static void
half_blocks_draw_a_code_with_its_quiet_zone(void **state PO_UNUSED)
{
	struct picture picture;

	draw_qr(&picture, URL, false);
	assert_is_code(&picture);
	/* an odd side: the last line has its lower halves to spare */
	assert_int_equal(picture.height, picture.width + 1);
	assert_quiet_zone(&picture);
	for (size_t x = 0; x < picture.width; x++)
		assert_false(picture.light[picture.height - 1][x]);
}

static void
ascii_draws_the_same_code_twice_as_wide(void **state PO_UNUSED)
{
	struct picture blocks, ascii;

	draw_qr(&blocks, URL, false);
	draw_qr(&ascii, URL, true);
	assert_int_equal(ascii.width, blocks.width);
	assert_int_equal(ascii.height, ascii.width);
	assert_is_code(&ascii);
	assert_quiet_zone(&ascii);
	for (size_t y = 0; y < ascii.height; y++)
		for (size_t x = 0; x < ascii.width; x++)
			assert_int_equal(ascii.light[y][x], blocks.light[y][x]);
}

/*
 * ISO 18004 table 7, bytes at level L: the largest codes of at most 80 columns
 * are version 14 with 73 modules a side, and for ASCII version 4 with 33.
 */
static void
no_code_is_wider_than_a_terminal(void **state PO_UNUSED)
{
	static const struct {
		bool ascii;
		size_t len, columns; /* 0: no code */
	} codes[] = {
		{ false, 1, 25 },
		{ false, 458, 77 },
		{ false, 459, 0 },
		{ false, 2953, 0 },
		{ false, 2954, 0 },
		{ true, 1, 50 },
		{ true, 78, 74 },
		{ true, 79, 0 },
		{ true, 458, 0 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(codes); i++) {
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(32 * 1024);
		struct picture picture;
		char text[3000];

		memset(text, 'x', codes[i].len);
		text[codes[i].len] = '\0';
		append_qr(&out, text, codes[i].ascii);
		draw(&picture, po_buf_str(&out), codes[i].ascii ? 1 : 2);
		assert_int_equal(picture.width, codes[i].columns);
	}
}

static void
too_long_a_text_appends_nothing(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(32 * 1024);
	char text[4000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	po_buf_append_str(&out, "before");
	append_qr(&out, text, false); /* over version 40 */
	text[1000] = '\0';
	append_qr(&out, text, false); /* too wide */
	append_qr(&out, "", false);
	assert_string_equal(po_buf_str(&out), "before");
}

static void
a_code_is_appended_behind_what_is_there(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(32 * 1024);
	AUTO(po_buf_clear) struct po_buf alone = PO_BUF_INIT(32 * 1024);

	po_buf_append_str(&out, "before\n");
	append_qr(&out, URL, false);
	append_qr(&alone, URL, false);
	assert_memory_equal(po_buf_str(&out), "before\n", 7);
	assert_string_equal(po_buf_str(&out) + 7, po_buf_str(&alone));
}

/* --- does it scan? --- */

#define SCALE 4  /* pixels a half cell: square in most fonts */
#define MARGIN 8 /* half cells of dark terminal around the code */

/* A screenshot in the portable bitmap format: 1 is dark. */
static void
write_screenshot(const struct picture *picture, FILE *file)
{
	size_t width = picture->width + 2 * MARGIN;
	size_t height = picture->height + 2 * MARGIN;

	(void)fprintf(file, "P1\n%zu %zu\n", SCALE * width, SCALE * height);
	for (size_t py = 0; py < SCALE * height; py++) {
		for (size_t px = 0; px < SCALE * width; px++) {
			/* off the code they wrap, and are past its size */
			size_t x = px / SCALE - MARGIN;
			size_t y = py / SCALE - MARGIN;
			bool light = x < picture->width &&
				     y < picture->height &&
				     picture->light[y][x];

			(void)fputs(light ? "0 " : "1 ", file);
		}
		(void)fputc('\n', file);
	}
}

/* Runs zbarimg on the file; false if there is none. */
static bool
scan(char *path, char *text, size_t size)
{
	static char program[] = "zbarimg", quiet[] = "-q", raw[] = "--raw",
		    nodbus[] = "--nodbus";
	char *const argv[] = { program, quiet, raw, nodbus, path, NULL };
	posix_spawn_file_actions_t actions;
	int pipe_fds[2], status = 0, r;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(
	    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1), 0);
	r = posix_spawnp(&pid, program, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(pipe_fds[1]);
	while (
	    r == 0 && (got = read(pipe_fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	(void)close(pipe_fds[0]);
	if (r != 0)
		return false;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return true;
}

static void
it_scans_off_a_dark_terminal(void **state PO_UNUSED)
{
	static const char *const urls[] = { URL, SHORT_URL };

	for (size_t i = 0; i < 2 * PO_ARRAY_LEN(urls); i++) {
		char path[] = "/tmp/test_qr.XXXXXX";
		char text[1024] = "", expected[1024];
		struct picture picture;
		FILE *file;
		bool scanned;
		int fd = mkstemp(path);

		assert_true(fd >= 0);
		file = fdopen(fd, "w");
		assert_non_null(file);
		draw_qr(&picture, urls[i / 2], i % 2 != 0);
		write_screenshot(&picture, file);
		assert_int_equal(fclose(file), 0);
		scanned = scan(path, text, sizeof(text));
		(void)unlink(path);
		if (!scanned)
			skip();
		(void)snprintf(expected, sizeof(expected), "%s\n", urls[i / 2]);
		assert_string_equal(text, expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_blocks_draw_a_code_with_its_quiet_zone),
		cmocka_unit_test(ascii_draws_the_same_code_twice_as_wide),
		cmocka_unit_test(no_code_is_wider_than_a_terminal),
		cmocka_unit_test(too_long_a_text_appends_nothing),
		cmocka_unit_test(a_code_is_appended_behind_what_is_there),
		cmocka_unit_test(it_scans_off_a_dark_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
