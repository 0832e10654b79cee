/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of the socketpair, with a peer that may do anything.  See ipc.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/mem.h"
#include "descriptors.h"

struct pair {
	struct po_ipc ours;
	struct po_ipc theirs;
};

static void
pair_close(struct pair *pair)
{
	po_ipc_close(&pair->ours);
	po_ipc_close(&pair->theirs);
}

/* Two connected ends that allow each other nothing. */
static struct pair
pair_open(void)
{
	struct pair pair = { .ours = { .fd = -1 }, .theirs = { .fd = -1 } };
	int ends[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pair.ours.fd = ends[0];
	pair.theirs.fd = ends[1];
	return pair;
}

static void
send_type(struct po_ipc *ipc, enum po_message_type type)
{
	struct po_message message = { .type = type };

	assert_int_equal(po_ipc_send(ipc, &message, NULL), PO_OK);
}

static enum po_status
receive(struct po_ipc *ipc, int64_t deadline_ms, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message message = { 0 };

	return po_ipc_receive(ipc, deadline_ms, &message, err);
}

static void
a_message_arrives_with_its_contents(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	AUTO(po_message_clear) struct po_message got = { 0 };
	struct po_message sent = {
		.type = PO_MSG_RESULT,
		.result = { .status = PO_E_EXP,
		    .account = "alice",
		    .detail = "why",
		    .fields = "a=b" },
	};

	pair.ours.allowed[PO_MSG_RESULT] = 1;
	assert_int_equal(po_ipc_send(&pair.theirs, &sent, NULL), PO_OK);
	assert_int_equal(po_ipc_receive(&pair.ours, 0, &got, NULL), PO_OK);
	assert_int_equal(got.type, PO_MSG_RESULT);
	assert_true(got.result.status == PO_E_EXP);
	assert_string_equal(got.result.account, "alice");
	assert_string_equal(got.result.detail, "why");
	assert_string_equal(got.result.fields, "a=b");
}

static void
messages_stay_apart_and_in_order(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	pair.ours.allowed[PO_MSG_CHECK] = 2;
	pair.ours.allowed[PO_MSG_PENDING] = 1;
	send_type(&pair.theirs, PO_MSG_CHECK);
	send_type(&pair.theirs, PO_MSG_PENDING);
	send_type(&pair.theirs, PO_MSG_CHECK);
	for (int i = 0; i < 3; i++) {
		AUTO(po_message_clear) struct po_message got = { 0 };

		assert_int_equal(
		    po_ipc_receive(&pair.ours, 0, &got, NULL), PO_OK);
		assert_int_equal(
		    got.type, i == 1 ? PO_MSG_PENDING : PO_MSG_CHECK);
	}
}

static void
what_is_not_allowed_ends_the_conversation(void **state PO_UNUSED)
{
	for (unsigned type = PO_MSG_START; type < PO_MSG_TYPE_COUNT; type++) {
		AUTO(pair_close) struct pair pair = pair_open();
		struct po_err err = { 0 };
		struct po_message message = {
			.type = (enum po_message_type)type,
		};

		/* any contents will do; texts must not be NULL */
		if (type == PO_MSG_START)
			message.start = (struct po_msg_start){ 0, "", "", 0, "",
				"", "", "", false };
		if (type == PO_MSG_HELLO)
			message.hello.account = "";
		if (type == PO_MSG_LOG)
			message.log.text = "";
		if (type == PO_MSG_PROMPT)
			message.prompt = (struct po_msg_prompt){ "", "", "", "",
				"", "", 0, 0, false, 0 };
		if (type == PO_MSG_RESULT)
			message.result =
			    (struct po_msg_result){ 0, "", "", "" };
		if (type == PO_MSG_GRANT)
			message.grant = (struct po_msg_grant){ .provider = "",
				.issuer = "",
				.sub = "",
				.person = "",
				.exports = "",
				.token = "",
				.approver = "",
				.record = "" };
		if (type == PO_MSG_LIVENESS)
			message.liveness = (struct po_msg_liveness){
				.start = { 0, "", "", 0, "", "", "", "",
				    false },
				.record = ""
			};
		if (type == PO_MSG_RENEWED)
			message.renewed.token = "";
		if (type == PO_MSG_QUESTION)
			message.question.text = "";
		if (type == PO_MSG_ANSWER)
			message.answer.text = "";
		if (type == PO_MSG_REVOKE)
			message.revoke = (struct po_msg_revoke){ 0, "", "", "",
				"", 0, "", false };
		for (unsigned other = 0; other < PO_MSG_TYPE_COUNT; other++)
			pair.ours.allowed[other] = other == type ? 0 : 10;
		assert_int_equal(
		    po_ipc_send(&pair.theirs, &message, NULL), PO_OK);
		assert_int_equal(receive(&pair.ours, 0, &err), PO_E_HELPER);
		assert_non_null(strstr(err.text, "out of turn"));
	}
}

static void
allowed_counts_down_for_each_type(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	pair.ours.allowed[PO_MSG_CHECK] = 2;
	pair.ours.allowed[PO_MSG_PENDING] = 1;
	for (int i = 0; i < 3; i++)
		send_type(&pair.theirs, PO_MSG_CHECK);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
	assert_int_equal(pair.ours.allowed[PO_MSG_CHECK], 1);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
	assert_int_equal(pair.ours.allowed[PO_MSG_CHECK], 0);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_HELPER);
	assert_int_equal(pair.ours.allowed[PO_MSG_CHECK], 0);
	assert_int_equal(pair.ours.allowed[PO_MSG_PENDING], 1);
}

static void
a_malformed_message_is_refused(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	for (unsigned i = 0; i < PO_MSG_TYPE_COUNT; i++)
		pair.ours.allowed[i] = 10;
	assert_int_equal(send(pair.theirs.fd, "\xFF", 1, 0), 1);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_HELPER);
	assert_int_equal(send(pair.theirs.fd, "\x05\x00", 2, 0), 2);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_HELPER);
	/* without bytes it cannot be told from the end */
	assert_int_equal(send(pair.theirs.fd, "", 0, 0), 0);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_HELPER);
}

/* At the limit it is read, and then found to be no CHECK. */
static void
an_oversize_message_is_not_even_read(void **state PO_UNUSED)
{
	static const struct {
		size_t len;
		const char *text;
	} sizes[] = {
		{ PO_MESSAGE_MAX, "65535 bytes left over" },
		{ PO_MESSAGE_MAX + 1, "message of 65537 bytes" },
	};
	static char bytes[PO_MESSAGE_MAX + 1] = { PO_MSG_CHECK };

	for (size_t i = 0; i < PO_ARRAY_LEN(sizes); i++) {
		AUTO(pair_close) struct pair pair = pair_open();
		struct po_err err = { 0 };

		pair.ours.allowed[PO_MSG_CHECK] = 10;
		assert_int_equal(
		    send(pair.theirs.fd, bytes, sizes[i].len, 0), sizes[i].len);
		assert_int_equal(receive(&pair.ours, 0, &err), PO_E_HELPER);
		assert_non_null(strstr(err.text, sizes[i].text));
	}
}

static void
a_peer_that_is_gone_is_noticed_at_once(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	struct po_message check = { .type = PO_MSG_CHECK };
	struct po_err err = { 0 };
	int64_t start_ms = po_clock_ms();

	po_ipc_close(&pair.theirs);
	assert_int_equal(pair.theirs.fd, -1);
	assert_int_equal(
	    receive(&pair.ours, start_ms + 60000, &err), PO_E_HELPER);
	assert_string_equal(err.text, "the peer is gone");
	assert_int_equal(po_ipc_send(&pair.ours, &check, NULL), PO_E_HELPER);
	assert_true(po_clock_ms() - start_ms < 30000);
}

static void
last_words_are_heard(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	pair.ours.allowed[PO_MSG_PENDING] = 2;
	send_type(&pair.theirs, PO_MSG_PENDING);
	po_ipc_close(&pair.theirs);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_HELPER);
}

/*
 * The person presses Enter while the poll that succeeds is under way: the
 * helper sends its RESULT and leaves with our CHECK unread, for which the
 * kernel reports ECONNRESET in front of the RESULT.
 */
static void
last_words_are_heard_when_ours_were_not_read(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	pair.ours.allowed[PO_MSG_PENDING] = 2;
	send_type(&pair.ours, PO_MSG_CHECK);
	send_type(&pair.theirs, PO_MSG_PENDING);
	po_ipc_close(&pair.theirs);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_HELPER);
}

static void
nothing_in_time_is_expired_not_broken(void **state PO_UNUSED)
{
	static const int64_t deadlines[] = { 0, -1, 1, INT32_MIN };
	AUTO(pair_close) struct pair pair = pair_open();

	pair.ours.allowed[PO_MSG_CHECK] = 10;
	for (size_t i = 0; i < PO_ARRAY_LEN(deadlines); i++)
		assert_int_equal(
		    receive(&pair.ours, deadlines[i], NULL), PO_E_EXPIRED);
	/* what is there already is taken all the same */
	for (size_t i = 0; i < PO_ARRAY_LEN(deadlines); i++) {
		send_type(&pair.theirs, PO_MSG_CHECK);
		assert_int_equal(
		    receive(&pair.ours, deadlines[i], NULL), PO_OK);
	}
}

static void
a_terminal_that_hangs_up_ends_the_wait(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	AUTO(po_fd_close) int person = posix_openpt(O_RDWR | O_NOCTTY);
	struct po_err err = { 0 };

	assert_true(person >= 0);
	assert_int_equal(unlockpt(person), 0);
	pair.ours.tty_fd = open(ptsname(person), O_RDONLY | O_NOCTTY);
	assert_true(pair.ours.tty_fd > 0);
	pair.ours.allowed[PO_MSG_CHECK] = 1;
	/* typing is no reason */
	assert_int_equal(write(person, "x\n", 2), 2);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_E_EXPIRED);
	po_fd_close(&person);
	/* what was said before still counts */
	send_type(&pair.theirs, PO_MSG_CHECK);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
	assert_int_equal(receive(&pair.ours, INT64_MAX, &err), PO_E_CANCELLED);
	assert_string_equal(err.text, "the terminal is gone");
}

static volatile sig_atomic_t alarms;
static volatile sig_atomic_t alarm_fd = -1;

/* The third alarm brings the message that the wait is for. */
static void
on_alarm(int signo PO_UNUSED)
{
	static const char check = PO_MSG_CHECK;
	int saved_errno = errno;

	if (++alarms == 3 && alarm_fd >= 0)
		(void)!write((int)alarm_fd, &check, 1);
	errno = saved_errno;
}

/* No SA_RESTART: every alarm interrupts. */
static void
alarms_begin(int fd)
{
	struct itimerval every_10_ms = { { 0, 10000 }, { 0, 10000 } };
	struct sigaction action = { .sa_handler = on_alarm };

	alarms = 0;
	alarm_fd = fd;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every_10_ms, NULL), 0);
}

static void
alarms_end(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(signal(SIGALRM, SIG_DFL) != SIG_ERR);
}

static void
a_signal_does_not_end_the_wait(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	enum po_status st;

	pair.ours.allowed[PO_MSG_CHECK] = 1;
	alarms_begin(pair.theirs.fd);
	st = receive(&pair.ours, po_clock_ms() + 60000, NULL);
	alarms_end();
	assert_int_equal(st, PO_OK);
	assert_true(alarms >= 3);
}

static void
signals_do_not_prolong_the_wait(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	int64_t start_ms = po_clock_ms();
	enum po_status st;

	alarms_begin(-1);
	st = receive(&pair.ours, start_ms + 100, NULL);
	alarms_end();
	assert_int_equal(st, PO_E_EXPIRED);
	assert_true(po_clock_ms() - start_ms >= 100);
	assert_true(po_clock_ms() - start_ms < 30000);
}

/* If it does block, the alarm ends the test. */
static void
a_full_buffer_is_an_error_and_never_blocks(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	struct po_message check = { .type = PO_MSG_CHECK };
	struct po_err err = { 0 };
	enum po_status st = PO_OK;
	unsigned sent = 0;

	(void)alarm(60);
	while ((st = po_ipc_send(&pair.ours, &check, &err)) == PO_OK)
		assert_true(++sent < 10000000);
	(void)alarm(0);
	assert_int_equal(st, PO_E_HELPER);
	assert_true(sent > 0);
	/* nothing was lost, and there is room again */
	pair.theirs.allowed[PO_MSG_CHECK] = sent;
	for (; sent > 0; sent--)
		assert_int_equal(receive(&pair.theirs, 0, NULL), PO_OK);
	assert_int_equal(receive(&pair.theirs, 0, NULL), PO_E_EXPIRED);
	send_type(&pair.ours, PO_MSG_CHECK);
}

/*
 * While the module waits for an answer to a prompt it reads nothing, and the
 * helper may say all that it is allowed: two prompts with QR codes, its log
 * lines at their usual longest, and the RESULT.
 */
static void
a_whole_login_fits_into_the_buffer(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	char line[1024], qr[10 * 1024];
	struct po_message log = { .type = PO_MSG_LOG, .log = { 0, line } };
	struct po_message prompt = { .type = PO_MSG_PROMPT,
		.prompt = { "label", "", "https://a/", "", "code", qr, 0, 0,
		    false, 0 } };
	struct po_message result = { .type = PO_MSG_RESULT,
		.result = { 0, "alice", "", "" } };

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memset(qr, '#', sizeof(qr) - 1);
	qr[sizeof(qr) - 1] = '\0';
	for (int i = 0; i < 60; i++)
		assert_int_equal(po_ipc_send(&pair.theirs, &log, NULL), PO_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    po_ipc_send(&pair.theirs, &prompt, NULL), PO_OK);
	assert_int_equal(po_ipc_send(&pair.theirs, &result, NULL), PO_OK);
}

/* SIGPIPE would kill the host application. */
static void
sending_to_nobody_raises_no_signal(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	struct po_message check = { .type = PO_MSG_CHECK };

	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	po_ipc_close(&pair.theirs);
	assert_int_equal(po_ipc_send(&pair.ours, &check, NULL), PO_E_HELPER);
}

static void
a_message_that_cannot_be_encoded_is_not_sent(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	char text[5000];
	struct po_message log = { .type = PO_MSG_LOG, .log = { 0, text } };

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	pair.theirs.allowed[PO_MSG_LOG] = 1;
	assert_int_equal(po_ipc_send(&pair.ours, &log, NULL), PO_E_INTERNAL);
	assert_int_equal(receive(&pair.theirs, 0, NULL), PO_E_EXPIRED);
}

/* A peer may attach descriptors to a message; the host must not keep them. */
static void
descriptors_from_the_peer_are_dropped(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	char check = PO_MSG_CHECK;
	struct iovec iov = { .iov_base = &check, .iov_len = 1 };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};
	unsigned before;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &pair.theirs.fd, sizeof(int));
	pair.ours.allowed[PO_MSG_CHECK] = 1;
	before = count_descriptors();
	assert_int_equal(sendmsg(pair.theirs.fd, &message, 0), 1);
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
	assert_int_equal(count_descriptors(), before);
}

static void
closing_twice_is_harmless(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	po_ipc_close(&pair.ours);
	po_ipc_close(&pair.ours);
	assert_int_equal(pair.ours.fd, -1);
	assert_int_not_equal(receive(&pair.ours, 0, NULL), PO_OK);
}

/* poll(2) refuses more descriptors than RLIMIT_NOFILE, here none. */
static void
a_wait_that_fails_is_not_taken_for_a_wait_that_ended(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();
	struct rlimit saved, none;
	struct po_err err = { 0 };
	enum po_status st;

	pair.ours.allowed[PO_MSG_CHECK] = 1;
	send_type(&pair.theirs, PO_MSG_CHECK);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	none = (struct rlimit){ 0, saved.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	st = receive(&pair.ours, 0, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
	assert_int_equal(st, PO_E_SYSTEM);
	assert_string_equal(err.text, "poll: Invalid argument");
	assert_int_equal(receive(&pair.ours, 0, NULL), PO_OK);
}

static void
a_deadline_beyond_what_poll_can_wait_for_is_kept(void **state PO_UNUSED)
{
	AUTO(pair_close) struct pair pair = pair_open();

	pair.ours.allowed[PO_MSG_CHECK] = 2;
	send_type(&pair.theirs, PO_MSG_CHECK);
	assert_int_equal(receive(&pair.ours, INT64_MAX, NULL), PO_OK);
	send_type(&pair.theirs, PO_MSG_CHECK);
	assert_int_equal(
	    receive(&pair.ours, po_clock_ms() + INT32_MAX + 60000LL, NULL),
	    PO_OK);
}

static void
what_is_not_a_socket_is_a_broken_channel(void **state PO_UNUSED)
{
	struct po_ipc ipc = { .fd = -1, .allowed = { [PO_MSG_CHECK] = 1 } };
	struct po_message check = { .type = PO_MSG_CHECK };
	struct po_err err = { 0 };

	ipc.fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	assert_true(ipc.fd >= 0);
	assert_int_equal(receive(&ipc, 0, &err), PO_E_HELPER);
	assert_string_equal(
	    err.text, "receive: Socket operation on non-socket");
	assert_int_equal(po_ipc_send(&ipc, &check, NULL), PO_E_HELPER);
	po_ipc_close(&ipc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_with_its_contents),
		cmocka_unit_test(messages_stay_apart_and_in_order),
		cmocka_unit_test(what_is_not_allowed_ends_the_conversation),
		cmocka_unit_test(allowed_counts_down_for_each_type),
		cmocka_unit_test(a_malformed_message_is_refused),
		cmocka_unit_test(an_oversize_message_is_not_even_read),
		cmocka_unit_test(a_peer_that_is_gone_is_noticed_at_once),
		cmocka_unit_test(last_words_are_heard),
		cmocka_unit_test(last_words_are_heard_when_ours_were_not_read),
		cmocka_unit_test(nothing_in_time_is_expired_not_broken),
		cmocka_unit_test(a_signal_does_not_end_the_wait),
		cmocka_unit_test(signals_do_not_prolong_the_wait),
		cmocka_unit_test(a_full_buffer_is_an_error_and_never_blocks),
		cmocka_unit_test(a_whole_login_fits_into_the_buffer),
		cmocka_unit_test(sending_to_nobody_raises_no_signal),
		cmocka_unit_test(a_message_that_cannot_be_encoded_is_not_sent),
		cmocka_unit_test(descriptors_from_the_peer_are_dropped),
		cmocka_unit_test(a_terminal_that_hangs_up_ends_the_wait),
		cmocka_unit_test(closing_twice_is_harmless),
		cmocka_unit_test(
		    a_wait_that_fails_is_not_taken_for_a_wait_that_ended),
		cmocka_unit_test(
		    a_deadline_beyond_what_poll_can_wait_for_is_kept),
		cmocka_unit_test(what_is_not_a_socket_is_a_broken_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
