/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_CHANNEL_H
#define PO_HELPER_CHANNEL_H

#include <stdbool.h>

#include "base/ipc.h"
#include "base/log.h"

/*
 * The helper's end of the conversation: the socket to the module, and Ctrl-C.
 * sudo ignores SIGINT, SIGQUIT and SIGHUP while a module blocks, and we share
 * its terminal, so they are taken back here and mean "cancelled": were we to
 * die of them, sudo would start over.
 */
struct po_channel {
	struct po_ipc ipc;
	int signal_fd;            /* readable after one of them */
	unsigned checks;          /* CHECK not yet answered with PENDING */
	struct po_message answer; /* to the QUESTION; type 0: none yet */
	unsigned log_lines_left;
};

/*
 * `fd` is the socket.  For the process, blocks those signals and ignores
 * SIGPIPE; SIGXFSZ, so that a limit of the application's costs no more than the
 * cache; and SIGTSTP: a login that Ctrl-Z stops still ends at its timeout, and
 * does not keep its place among those that wait.
 */
PO_MUST_USE
enum po_status po_channel_open(
    struct po_channel *channel, int fd, struct po_err *err);
void po_channel_close(struct po_channel *channel);

/* The START, REVOKE or LIVENESS; keep *message while its strings are in use. */
PO_MUST_USE
enum po_status po_channel_start(
    struct po_channel *channel, struct po_message *message, struct po_err *err);

/*
 * Waits until `until_ms`, or less if a CHECK arrives (counted in
 * channel->checks).  PO_E_CANCELLED when the module is gone or Ctrl-C was
 * pressed.
 */
PO_MUST_USE
enum po_status po_channel_wait(
    struct po_channel *channel, int64_t until_ms, struct po_err *err);

/*
 * The same, or until one of `more` is ready: at most PO_CHANNEL_MORE_MAX, whose
 * revents the caller has cleared.
 */
#define PO_CHANNEL_MORE_MAX 19
struct pollfd;
PO_MUST_USE
enum po_status po_channel_wait_with(struct po_channel *channel,
    struct pollfd *more, size_t count, int64_t until_ms, struct po_err *err);

/*
 * Has the module ask the person, and waits for the answer until `deadline_ms`.
 * PO_E_EXPIRED when none came, PO_E_CANCELLED as above.  The module asks again
 * where it makes no sense; *answer is a PO_MSG_ANSWER whose choice is one that
 * the question has.  CHECKs that arrive meanwhile are counted.
 */
PO_MUST_USE
enum po_status po_channel_ask(struct po_channel *channel,
    const struct po_msg_question *question, int64_t deadline_ms,
    struct po_message *answer, struct po_err *err);

/* po_channel_wait without waiting, for io/http.h; `channel` is a po_channel. */
bool po_channel_interrupted(void *channel);

/* Answers every CHECK so far with PENDING. */
PO_MUST_USE
enum po_status po_channel_pending(
    struct po_channel *channel, struct po_err *err);

/* A po_log sink: LOG messages, none past a limit below the module's. */
void po_channel_log(void *channel, enum po_log_level level, const char *line);

#endif
