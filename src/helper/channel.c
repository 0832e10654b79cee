/* SPDX-License-Identifier: BSD-2-Clause */
/* Talking to the module, and noticing that nobody waits.  See channel.h. */

#include "helper/channel.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/question.h"

/* The module writes START as soon as the helper is up. */
#define START_DEADLINE_MS 10000
/* One CHECK needs one poll, and polls are a second apart at the least:
 * more than a login of 900 s can hold are not a person's. */
#define CHECKS_MAX 1000
/*
 * The module allows 64.  While it sits in a prompt nothing is read: 40 lines
 * of 3 KiB and two PROMPTs still leave room for RESULT in the 208 KiB that
 * Linux gives a socket.
 */
#define LOG_LINES_MAX 40

enum po_status
po_channel_open(struct po_channel *channel, int fd, struct po_err *err)
{
	sigset_t end;

	*channel = (struct po_channel){
		.ipc = { .fd = fd },
		.signal_fd = -1,
		.log_lines_left = LOG_LINES_MAX,
	};
	channel->ipc.allowed[PO_MSG_START] = 1;
	channel->ipc.allowed[PO_MSG_REVOKE] = 1;
	channel->ipc.allowed[PO_MSG_LIVENESS] = 1;
	if (sigemptyset(&end) != 0 || sigaddset(&end, SIGINT) != 0 ||
	    sigaddset(&end, SIGQUIT) != 0 || sigaddset(&end, SIGHUP) != 0 ||
	    sigprocmask(SIG_BLOCK, &end, NULL) != 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR ||
	    signal(SIGTSTP, SIG_IGN) == SIG_ERR)
		return po_err_sys(err, "signals");
	channel->signal_fd = signalfd(-1, &end, SFD_NONBLOCK | SFD_CLOEXEC);
	if (channel->signal_fd < 0)
		return po_err_sys(err, "signalfd");
	return PO_OK;
}

void
po_channel_close(struct po_channel *channel)
{
	po_ipc_close(&channel->ipc);
	po_fd_close(&channel->signal_fd);
	po_message_clear(&channel->answer);
}

enum po_status
po_channel_start(
    struct po_channel *channel, struct po_message *message, struct po_err *err)
{
	enum po_status st = po_ipc_receive(
	    &channel->ipc, po_clock_ms() + START_DEADLINE_MS, message, err);
	int64_t version;

	if (st != PO_OK)
		return st;
	version = message->type == PO_MSG_START ? message->start.version
		  : message->type == PO_MSG_REVOKE
		      ? message->revoke.version
		      : message->liveness.start.version;
	if (version != PO_MESSAGE_VERSION)
		return po_err_set(err, PO_E_HELPER,
		    "module speaks version %lld, helper %d: restart "
		    "the service",
		    (long long)version, PO_MESSAGE_VERSION);
	/* one of them */
	channel->ipc.allowed[PO_MSG_START] = 0;
	channel->ipc.allowed[PO_MSG_REVOKE] = 0;
	channel->ipc.allowed[PO_MSG_LIVENESS] = 0;
	if (message->type == PO_MSG_START)
		channel->ipc.allowed[PO_MSG_CHECK] = CHECKS_MAX;
	if (message->type == PO_MSG_LIVENESS)
		channel->ipc.allowed[PO_MSG_CHECK] = 1;
	return PO_OK;
}

/*
 * Takes what the module has sent: CHECK, ANSWER, or the end.  A failure of our
 * own is no departure: "cancelled" would keep the person out for good.
 */
static enum po_status
take_message(struct po_channel *channel, struct po_err *err)
{
	AUTO(po_message_clear) struct po_message message = { 0 };
	struct po_err why = { 0 };
	enum po_status st = po_ipc_receive(&channel->ipc, 0, &message, &why);

	if (st == PO_E_NOMEM || st == PO_E_SYSTEM)
		return po_err_set(err, st, "%s", why.text);
	if (st != PO_OK)
		return po_err_set(err, PO_E_CANCELLED, "the application left");
	if (message.type == PO_MSG_ANSWER) {
		channel->answer = message;
		message = (struct po_message){ 0 };
	} else {
		channel->checks++;
	}
	return PO_OK;
}

enum po_status
po_channel_wait(
    struct po_channel *channel, int64_t until_ms, struct po_err *err)
{
	return po_channel_wait_with(channel, NULL, 0, until_ms, err);
}

enum po_status
po_channel_wait_with(struct po_channel *channel, struct pollfd *more,
    size_t count, int64_t until_ms, struct po_err *err)
{
	struct pollfd fds[2 + PO_CHANNEL_MORE_MAX] = {
		{ .fd = channel->ipc.fd, .events = POLLIN },
		{ .fd = channel->signal_fd, .events = POLLIN },
	};
	int64_t left_ms = until_ms - po_clock_ms();
	int ready;

	if (left_ms < 0)
		left_ms = 0;
	for (size_t i = 0; i < count; i++)
		fds[2 + i] = more[i];
	/* whole pages that are free, 36 kB of them, need not wait as well */
	(void)malloc_trim(0);
	ready =
	    poll(fds, 2 + count, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
	if (ready < 0 && errno != EINTR)
		return po_err_sys(err, "poll");
	if (ready <= 0)
		return PO_OK; /* the caller looks at the clock */
	if (fds[1].revents != 0)
		return po_err_set(
		    err, PO_E_CANCELLED, "interrupted from the terminal");
	for (size_t i = 0; i < count; i++)
		more[i].revents = fds[2 + i].revents;
	return fds[0].revents != 0 ? take_message(channel, err) : PO_OK;
}

enum po_status
po_channel_ask(struct po_channel *channel,
    const struct po_msg_question *question, int64_t deadline_ms,
    struct po_message *answer, struct po_err *err)
{
	const struct po_message message = {
		.type = PO_MSG_QUESTION,
		.question = *question,
	};
	enum po_status st = po_ipc_send(&channel->ipc, &message, err);

	channel->ipc.allowed[PO_MSG_ANSWER] = 1;
	while (st == PO_OK && channel->answer.type == 0) {
		if (po_clock_ms() >= deadline_ms)
			return po_err_set(err, PO_E_EXPIRED,
			    "no answer to the question in time");
		st = po_channel_wait(channel, deadline_ms, err);
	}
	*answer = channel->answer;
	channel->answer = (struct po_message){ 0 };
	if (st == PO_OK && !po_question_has(question, answer->answer.choice))
		return po_err_set(err, PO_E_HELPER,
		    "module answers %lld, which is no choice",
		    (long long)answer->answer.choice);
	return st;
}

bool
po_channel_interrupted(void *arg)
{
	const struct po_channel *channel = arg;
	struct pollfd fds[] = {
		/* a CHECK may lie there unread; only a hang-up counts */
		{ .fd = channel->ipc.fd, .events = POLLRDHUP },
		{ .fd = channel->signal_fd, .events = POLLIN },
	};

	return poll(fds, PO_ARRAY_LEN(fds), 0) > 0;
}

enum po_status
po_channel_pending(struct po_channel *channel, struct po_err *err)
{
	struct po_message pending = { .type = PO_MSG_PENDING };
	enum po_status st = PO_OK;

	for (; channel->checks > 0 && st == PO_OK; channel->checks--)
		st = po_ipc_send(&channel->ipc, &pending, err);
	return st;
}

void
po_channel_log(void *arg, enum po_log_level level, const char *line)
{
	struct po_channel *channel = arg;
	struct po_message message = {
		.type = PO_MSG_LOG,
		.log = { .level = level, .text = line },
	};

	if (channel->log_lines_left == 0)
		return;
	channel->log_lines_left--;
	/* a line that does not arrive is not worth failing a login */
	if (po_ipc_send(&channel->ipc, &message, NULL) != PO_OK)
		channel->log_lines_left = 0;
}
