/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages over a SOCK_SEQPACKET pair with a peer that counts as hostile.
 * No signal of the host application is touched.  See ipc.h.
 */

#include "base/ipc.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"

void
po_ipc_close(struct po_ipc *ipc)
{
	po_fd_close(&ipc->fd);
	if (ipc->tty_fd > 0)
		po_fd_close(&ipc->tty_fd);
	ipc->tty_fd = 0;
}

enum po_status
po_ipc_send(
    struct po_ipc *ipc, const struct po_message *message, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);
	enum po_status st;
	ssize_t sent;

	if ((st = po_message_encode(message, &bytes, err)) != PO_OK)
		return st;
	do {
		/* SIGPIPE belongs to the host application */
		sent = send(ipc->fd, bytes.data, bytes.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0 || (size_t)sent != bytes.len)
		return po_err_set(
		    err, PO_E_HELPER, "send: %s", po_err_of(errno));
	return PO_OK;
}

/* Waits for something to read.  PO_E_EXPIRED when the deadline came first. */
static enum po_status
wait_readable(const struct po_ipc *ipc, int64_t deadline_ms, struct po_err *err)
{
	struct pollfd fds[] = {
		{ .fd = ipc->fd, .events = POLLIN },
		{ .fd = ipc->tty_fd > 0 ? ipc->tty_fd : -1 },
	};
	int ready;

	do {
		int64_t left = deadline_ms - po_clock_ms();

		if (left < 0)
			left = 0;
		ready = poll(fds, PO_ARRAY_LEN(fds),
		    left > INT_MAX ? INT_MAX : (int)left);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return po_err_sys(err, "poll");
	if (ready == 0)
		return po_err_set(err, PO_E_EXPIRED, "no message in time");
	if (fds[0].revents == 0)
		return po_err_set(err, PO_E_CANCELLED, "the terminal is gone");
	return PO_OK;
}

static enum po_status
receive_some(
    int fd, void *data, size_t size, int flags, size_t *len, struct po_err *err)
{
	ssize_t received;

	/*
	 * ECONNRESET comes once, in front of what can still be read: the peer
	 * left without having read all we sent.  A RESULT may lie behind it,
	 * when the person pressed Enter in the last instant.
	 */
	do {
		received = recv(fd, data, size, flags | MSG_DONTWAIT);
	} while (received < 0 && (errno == EINTR || errno == ECONNRESET));
	if (received < 0)
		return po_err_set(
		    err, PO_E_HELPER, "receive: %s", po_err_of(errno));
	if (received == 0)
		return po_err_set(err, PO_E_HELPER, "the peer is gone");
	*len = (size_t)received;
	return PO_OK;
}

/* Reads one whole message into a buffer of just its length. */
static enum po_status
read_packet(int fd, struct po_buf *out, struct po_err *err)
{
	enum po_status st;
	uint8_t *data;
	size_t len;

	/* MSG_TRUNC: tell the real length, however little was asked for */
	st = receive_some(fd, NULL, 0, MSG_PEEK | MSG_TRUNC, &len, err);
	if (st != PO_OK)
		return st;
	if (len > out->max)
		return po_err_set(
		    err, PO_E_HELPER, "message of %zu bytes", len);
	if ((data = calloc(1, len + 1)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	out->data = data;
	out->size = len + 1;
	return receive_some(fd, data, len, 0, &out->len, err);
}

enum po_status
po_ipc_receive(struct po_ipc *ipc, int64_t deadline_ms,
    struct po_message *message, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);
	enum po_status st;

	*message = (struct po_message){ 0 };
	if ((st = wait_readable(ipc, deadline_ms, err)) != PO_OK ||
	    (st = read_packet(ipc->fd, &bytes, err)) != PO_OK ||
	    (st = po_message_decode(&bytes, message, err)) != PO_OK)
		return st;
	if (ipc->allowed[message->type] == 0)
		return po_err_set(err, PO_E_HELPER,
		    "message type %u out of turn", (unsigned)message->type);
	ipc->allowed[message->type]--;
	return PO_OK;
}
