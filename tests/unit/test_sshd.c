/* SPDX-License-Identifier: BSD-2-Clause */
/* Which sshd is it?  See module/sshd.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_appl.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/openssh.h"
#include "module/sshd.h"

#define SSHD_MAX (64 * 1024 * 1024)

/* A string literal with its length, NUL bytes inside included. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void
the_version_is_found_in_an_image(void **state PO_UNUSED)
{
	static const struct {
		const char *image;
		size_t len;
		unsigned major, minor;
	} images[] = {
		{ BYTES("OpenSSH_9.2p1"), 9, 2 },
		{ BYTES("\x7F"
			"ELF\0\0OpenSSH_9.2p1 Debian-2+deb12u10\0x"),
		    9, 2 },
		{ BYTES("\0\0OpenSSH_10.3p1\0"), 10, 3 },
		{ BYTES("OpenSSH_10.10p1"), 10, 10 },
		{ BYTES("OpenSSH_8.7\0OpenSSH_8.7p1\0"), 8, 7 },
		/* patterns for the quirks of old peers stand in front */
		{ BYTES("OpenSSH_2*,OpenSSH_3*\0OpenSSH_6.6.1*\0OpenSSH_\0"
			"OpenSSH_2.5.0p1*\0OpenSSH_10.3p1"),
		    10, 3 },
		{ BYTES("OpenSSH_OpenSSH_9.9p2"), 9, 9 },
		{ BYTES("OpenSSH_9OpenSSH_9.9p2"), 9, 9 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(images); i++) {
		struct po_openssh found = { 0 };

		assert_true(
		    po_openssh_find(images[i].image, images[i].len, &found));
		assert_int_equal(found.major, images[i].major);
		assert_int_equal(found.minor, images[i].minor);
	}
}

static void
no_version_is_made_up(void **state PO_UNUSED)
{
	static const struct {
		const char *image;
		size_t len;
	} images[] = {
		{ BYTES("") },
		{ BYTES("O") },
		{ BYTES("dropbear") },
		{ BYTES("openssh_10.3p1") },
		{ BYTES("OpenSSH_") },
		{ BYTES("OpenSSH_*,OpenSSH_7.0*,OpenSSH_6.6.1*") },
		{ BYTES("OpenSSH_10.p1") },
		{ BYTES("OpenSSH_.3p1") },
		{ BYTES("OpenSSH_10.3") },
		{ BYTES("OpenSSH_10.3 p1") },
		{ BYTES("OpenSSH_+10.3p1") },
		{ BYTES("OpenSSH_-1.3p1") },
		{ BYTES("OpenSSH_1000.3p1") },
		{ BYTES("OpenSSH_10.1000p1") },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(images); i++) {
		struct po_openssh found;

		assert_false(
		    po_openssh_find(images[i].image, images[i].len, &found));
	}
}

/* On the heap, at its exact size: reading past the end would be noticed. */
static void
an_image_cut_anywhere_is_not_read_past_its_end(void **state PO_UNUSED)
{
	static const char image[] = "xxOpenSSH_10.3p1";
	size_t whole = sizeof(image) - 2; /* up to the 'p' */

	for (size_t len = 1; len < sizeof(image); len++) {
		char *copy = malloc(len);
		struct po_openssh found;

		assert_non_null(copy);
		memcpy(copy, image, len);
		assert_int_equal(
		    po_openssh_find(copy, len, &found), len >= whole);
		free(copy);
	}
}

/* A service that is called sshd: test_conversation. */
static void
applications_other_than_sshd_show_at_once(void **state PO_UNUSED)
{
	assert_true(po_shows_info_at_once("sudo"));
	assert_true(po_shows_info_at_once("login"));
	assert_true(po_shows_info_at_once(""));
	assert_true(po_shows_info_at_once("sshd-like"));
	assert_int_equal(po_info_style(), PAM_TEXT_INFO);
}

static void
read_file(const char *path, struct po_buf *out)
{
	char chunk[65536];
	FILE *file = fopen(path, "re");
	size_t len;

	if (file == NULL)
		return;
	while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
		po_buf_append(out, chunk, len);
	(void)fclose(file);
}

/* From 9.8 on, what authenticates is sshd-session or sshd-auth. */
static void
the_version_of_this_hosts_sshd_is_found(void **state PO_UNUSED)
{
	static const char *const paths[] = { "/usr/sbin/sshd",
		"/usr/lib/openssh/sshd-session", "/usr/lib/openssh/sshd-auth",
		"/usr/libexec/openssh/sshd-session",
		"/usr/libexec/openssh/sshd-auth" };
	bool tried = false;

	for (size_t i = 0; i < PO_ARRAY_LEN(paths); i++) {
		AUTO(po_buf_clear) struct po_buf image = PO_BUF_INIT(SSHD_MAX);
		struct po_openssh found = { 0 };

		read_file(paths[i], &image);
		if (image.len == 0)
			continue;
		tried = true;
		assert_int_equal(po_buf_check(&image, NULL), PO_OK);
		assert_true(po_openssh_find(image.data, image.len, &found));
		assert_in_range(found.major, 7, 99);
		print_message(
		    "%s: %u.%u\n", paths[i], found.major, found.minor);
	}
	if (!tried)
		skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_found_in_an_image),
		cmocka_unit_test(no_version_is_made_up),
		cmocka_unit_test(
		    an_image_cut_anywhere_is_not_read_past_its_end),
		cmocka_unit_test(applications_other_than_sshd_show_at_once),
		cmocka_unit_test(the_version_of_this_hosts_sshd_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
