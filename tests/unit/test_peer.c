/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the other end of a connection is: the kernel's tables, and forged ones.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "base/mem.h"
#include "descriptors.h"
#include "io/peer.h"

/* Both ends of a connection within this host; false: no such addresses. */
static bool
connect_both(bool six, int *near, int *far)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 other = { .sin6_family = AF_INET6,
		.sin6_addr = in6addr_loopback };
	struct sockaddr *address = six ? (void *)&other : (void *)&four;
	socklen_t size = six ? sizeof(other) : sizeof(four);
	AUTO(po_fd_close)
	int listening = socket(address->sa_family, SOCK_STREAM, 0);

	if (listening < 0 || bind(listening, address, size) != 0)
		return false;
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, address, &size), 0);
	*far = socket(address->sa_family, SOCK_STREAM, 0);
	assert_int_equal(connect(*far, address, size), 0);
	*near = accept(listening, NULL, NULL);
	assert_true(*near >= 0);
	return true;
}

static void
the_kernel_knows(void **state PO_UNUSED)
{
	unsigned before = count_descriptors();
	int tables[2];

	assert_int_equal(po_peer_open(tables, NULL), PO_OK);
	for (int six = 0; six < 2; six++) {
		int near = -1, far = -1;

		if (!connect_both(six, &near, &far))
			continue;
		/* more than once: it is read anew */
		for (int i = 0; i < 2; i++)
			assert_true(po_peer_is(tables, near, getuid()));
		assert_false(po_peer_is(tables, near, getuid() + 1));
		po_fd_close(&far);
		/* nobody's any more: half closed, and of no process */
		assert_false(po_peer_is(tables, near, getuid() + 1));
		po_fd_close(&near);
		assert_false(po_peer_is(tables, near, getuid()));
	}
	po_fd_close(&tables[0]);
	po_fd_close(&tables[1]);
	assert_int_equal(count_descriptors(), before);
}

static int
table(const char *text)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fflush(file), 0);
	fd = dup(fileno(file));
	(void)fclose(file);
	return fd;
}

static unsigned
port(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	assert_int_equal(name(fd, (void *)&address, &size), 0);
	return ntohs(address.sin_port);
}

#define HEAD "  sl  local_address rem_address   st tx_queue\n"
#define ROW                                                                    \
	"   %d: 0100007F:%04X 0100007F:%04X 01 00000000:00000000 "             \
	"00:00000000 00000000 %5u        0 1 2\n"

static void
every_row_that_fits_counts(void **state PO_UNUSED)
{
	int near = -1, far = -1;
	unsigned local, remote;

	assert_true(connect_both(false, &near, &far));
	local = port(near, getpeername);
	remote = port(near, getsockname);
	for (int i = 0; i < 8; i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_buf_clear) struct po_buf more = PO_BUF_INIT(4096);
		int tables[2];

		/* ours the other way round, and of other ports */
		po_buf_appendf(&text, HEAD ROW ROW ROW, 0, remote, local, 5U, 1,
		    local, remote ^ 1U, 5U, 2, local ^ 1U, remote, 5U);
		if ((i & 1) != 0)
			po_buf_appendf(&text, ROW, 3, local, remote, 1000U);
		if ((i & 2) != 0)
			po_buf_appendf(&text, ROW, 4, local, remote, 1001U);
		po_buf_append_str(&more, HEAD);
		if ((i & 4) != 0)
			po_buf_appendf(&more, ROW, 0, local, remote, 0U);
		tables[0] = table(po_buf_str(&text));
		tables[1] = table(po_buf_str(&more));
		assert_int_equal(po_peer_is(tables, near, 1000), i == 1);
		po_fd_close(&tables[1]);
		assert_int_equal(
		    po_peer_is(tables, near, 1000), i == 1 || i == 5);
		po_fd_close(&tables[0]);
		assert_false(po_peer_is(tables, near, 1000));
	}
	po_fd_close(&near);
	po_fd_close(&far);
}

static void
what_is_no_table_says_nothing(void **state PO_UNUSED)
{
	static const char *const texts[] = { "", "\n", HEAD, HEAD "\n\n",
		HEAD "   0:\n", HEAD "   0: 0100007F:0016 0100007F:0016",
		HEAD ":::: ::::\n", "   0: no head" };
	int near = -1, far = -1;

	assert_true(connect_both(false, &near, &far));
	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		int tables[2] = { table(texts[i]), -1 };

		assert_false(po_peer_is(tables, near, 0));
		po_fd_close(&tables[0]);
	}
	po_fd_close(&near);
	po_fd_close(&far);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_knows),
		cmocka_unit_test(every_row_that_fits_counts),
		cmocka_unit_test(what_is_no_table_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
