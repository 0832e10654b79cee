/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's end of the socket, with whoever claims to be the module at the
 * other, both by a script (script.h) and in virtual time.  Only START and
 * then CHECK, an ANSWER to a question, REVOKE alone, or LIVENESS and
 * one CHECK, are ever taken;
 * whatever else comes, the helper gives up; and what it says itself is never
 * more than the module allows.
 *
 *   w ms            the helper waits, meanwhile the module's steps are played
 *   p               the helper answers all CHECKs
 *   a kind count ms the helper asks, and waits for the answer; meanwhile, too
 *   l text          the helper logs
 *   i               the helper asks whether anybody still listens
 *   Z, z            the module leaves, having read all, or nothing
 */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "fuzz.h"
#include "helper/channel.h"
#include "script.h"

/* As helper/channel.c and module/login.c have them. */
#define CHECKS_MAX 1000
#define LOGS_MAX 40
#define MODULE_LOGS_MAX 64

static struct world {
	struct script script;
	struct step step;
	struct speaker speaker;
	struct po_ipc module; /* its end, as it would listen */
	int64_t now_ms;
	/* what is on its way to the helper, oldest first */
	char sent[1024]; /* 'S' a good START, 'K' a good REVOKE, 'E' a good
			  * LIVENESS, 'C' CHECK, 'A'
			  * ANSWER, 'X' anything else */
	size_t sent_first, sent_len;
	/* model */
	unsigned checks;      /* taken and not answered */
	unsigned taken;       /* CHECKs in all */
	unsigned most_checks; /* of what came first */
	bool over;            /* something came that may not */
} world;

int64_t
po_clock_ms(void)
{
	return world.now_ms;
}

/* --- the module ----------------------------------------------------------- */

static void
advance(void)
{
	if (!script_next(&world.script, &world.step))
		world.step.op = '\0';
}

static char
kind_of(const struct po_buf *packet)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(packet->len);
	AUTO(po_message_clear) struct po_message message = { 0 };

	po_buf_append(&bytes, packet->data, packet->len);
	if (packet->len > PO_MESSAGE_MAX ||
	    po_message_decode(&bytes, &message, NULL) != PO_OK)
		return 'X';
	if (message.type == PO_MSG_REVOKE)
		return message.revoke.version == PO_MESSAGE_VERSION ? 'K' : 'V';
	if (message.type == PO_MSG_LIVENESS)
		return message.liveness.start.version == PO_MESSAGE_VERSION
			   ? 'E'
			   : 'V';
	if (message.type == PO_MSG_START)
		return message.start.version == PO_MESSAGE_VERSION ? 'S' : 'V';
	if (message.type == PO_MSG_ANSWER)
		return 'A';
	return message.type == PO_MSG_CHECK ? 'C' : 'X';
}

static void
module_says(void)
{
	AUTO(po_buf_clear) struct po_buf packet = PO_BUF_INIT(128 * 1024);

	if (world.module.fd < 0 || world.sent_len == PO_ARRAY_LEN(world.sent) ||
	    !speaker_say(&world.speaker, &world.step, &packet))
		return;
	if (send(world.module.fd, packet.data, packet.len,
		MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)packet.len)
		world.sent[world.sent_len++] = kind_of(&packet);
}

/* What the helper has said is what the module lets it say. */
static void
module_listens(void)
{
	struct pollfd pfd = { .fd = world.module.fd, .events = POLLIN };
	const struct timespec none = { 0, 0 };

	while (world.module.fd >= 0 && ppoll(&pfd, 1, &none, NULL) > 0 &&
	       (pfd.revents & POLLIN) != 0) {
		AUTO(po_message_clear) struct po_message message = { 0 };
		enum po_status st =
		    po_ipc_receive(&world.module, 0, &message, NULL);

		require(st == PO_OK);
	}
}

static void
play(void)
{
	if (world.step.op == 'Z')
		module_listens();
	if (world.step.op == 'Z' || world.step.op == 'z')
		po_ipc_close(&world.module);
	else
		module_says();
	advance();
}

static bool
is_helpers(char op)
{
	return op == '\0' || strchr("wplia", op) != NULL;
}

/* Virtual time goes by only when neither side has anything to say. */
int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	const struct timespec none = { 0, 0 };

	require(timeout_ms >= 0);
	for (;;) {
		int ready = ppoll(fds, count, &none, NULL);

		if (ready != 0)
			return ready;
		if (timeout_ms == 0 || is_helpers(world.step.op)) {
			world.now_ms += timeout_ms;
			return 0;
		}
		play();
	}
}

/* --- the helper ----------------------------------------------------------- */

/* The kind of what the helper takes next; 'Z': a hang-up. */
static char
next_kind(void)
{
	return world.sent_first == world.sent_len
		   ? 'Z'
		   : world.sent[world.sent_first++];
}

static bool
start(struct po_channel *channel)
{
	AUTO(po_message_clear) struct po_message message = { 0 };
	struct po_err err = { 0 };
	int64_t begun_ms = world.now_ms;
	enum po_status st = po_channel_start(channel, &message, &err);
	char kind;

	require(err.status == st);
	if (st == PO_E_EXPIRED) {
		require(world.sent_len == 0 && world.module.fd >= 0);
		require(world.now_ms - begun_ms <= 10000);
		return false;
	}
	kind = next_kind();
	world.most_checks = kind == 'S' ? CHECKS_MAX : kind == 'E' ? 1 : 0;
	require((st == PO_OK) == (kind == 'S' || kind == 'K' || kind == 'E'));
	require(st == PO_OK || st == PO_E_HELPER);
	require(
	    st != PO_OK || message.type == (kind == 'K'      ? PO_MSG_REVOKE
					       : kind == 'E' ? PO_MSG_LIVENESS
							     : PO_MSG_START));
	return st == PO_OK;
}

static void
wait_for_check(struct po_channel *channel, int64_t ms)
{
	struct po_err err = { 0 };
	int64_t until_ms = world.now_ms + ms;
	bool idle;
	enum po_status st = po_channel_wait(channel, until_ms, &err);

	require(err.status == st);
	require(st == PO_OK || st == PO_E_CANCELLED);
	require(world.now_ms <= until_ms || ms < 0);
	idle = world.sent_first == world.sent_len && world.module.fd >= 0;
	if (st == PO_OK && channel->checks == world.checks) {
		require(idle);
		return;
	}
	if (next_kind() == 'C' && world.taken < world.most_checks) {
		world.taken++;
		require(channel->checks == ++world.checks);
		require(st == PO_OK);
	} else {
		require(st == PO_E_CANCELLED);
		world.over = true;
	}
}

static void
answer_checks(struct po_channel *channel)
{
	struct po_err err = { 0 };
	enum po_status st;

	module_listens();
	world.module.allowed[PO_MSG_PENDING] = world.checks;
	st = po_channel_pending(channel, &err);
	if (st != PO_OK) {
		/* nobody there, or nobody who reads */
		require(st == PO_E_HELPER);
		world.over = true;
		return;
	}
	require(channel->checks == 0);
	module_listens();
	require(
	    world.module.fd < 0 || world.module.allowed[PO_MSG_PENDING] == 0);
	world.checks = 0;
}

/* A question without an answer is the end of a login. */
static void
ask(struct po_channel *channel, const char *text)
{
	AUTO(po_message_clear) struct po_message answer = { 0 };
	struct po_err err = { 0 };
	struct po_msg_question question = { .text = "" };
	int64_t most, ms;
	enum po_status st;
	char kind;

	question.kind = script_int(&text);
	question.count = script_int(&text);
	ms = script_int(&text);
	module_listens();
	world.module.allowed[PO_MSG_QUESTION] = 1;
	st = po_channel_ask(channel, &question,
	    world.now_ms + (ms < 900000 ? ms : 900000), &answer, &err);
	require(err.status == st);
	module_listens();
	world.over = st != PO_OK;
	if (world.over) {
		require(st == PO_E_EXPIRED || st == PO_E_CANCELLED ||
			st == PO_E_HELPER);
		return;
	}
	require(
	    world.module.fd < 0 || world.module.allowed[PO_MSG_QUESTION] == 0);
	while ((kind = next_kind()) == 'C') {
		world.taken++;
		world.checks++;
	}
	require(kind == 'A' && answer.type == PO_MSG_ANSWER);
	require(world.taken <= world.most_checks &&
		channel->checks == world.checks);
	most = question.kind == PO_QUESTION_NUMBER ? question.count : 1;
	require(answer.answer.choice >= 0 && answer.answer.choice <= most);
}

static void
log_line(struct po_channel *channel)
{
	unsigned before;

	module_listens();
	before = world.module.allowed[PO_MSG_LOG];
	po_channel_log(channel, PO_LOG_DEBUG, po_buf_str(&world.step.text));
	module_listens();
	require(before - world.module.allowed[PO_MSG_LOG] <= 1);
	require(MODULE_LOGS_MAX - world.module.allowed[PO_MSG_LOG] <= LOGS_MAX);
}

static void
act(struct po_channel *channel)
{
	const char *text = po_buf_str(&world.step.text);
	int64_t ms = script_int(&text);
	char op = world.step.op;

	AUTO(po_str_free) char *question = po_str_dup(text);

	require(question != NULL);
	if (op == 'l')
		log_line(channel);
	if (!is_helpers(op))
		play();
	else
		advance();
	if (op == 'p')
		answer_checks(channel);
	else if (op == 'a')
		ask(channel, question);
	else if (op == 'i')
		require(
		    po_channel_interrupted(channel) == (world.module.fd < 0));
	else if (op == 'w') /* a login has 900 s */
		wait_for_check(channel, ms < 900000 ? ms : 900000);
}

static void
serve(struct po_channel *channel)
{
	if (!start(channel))
		return;
	while (!world.over && world.step.op != '\0')
		act(channel);
	while (!world.over && world.sent_first < world.sent_len)
		wait_for_check(channel, 0);
}

/* --- one input ------------------------------------------------------------ */

static void
begin(int ends[2], const uint8_t *data, size_t size)
{
	world = (struct world){
		.step = { .text = PO_BUF_INIT(size) },
		.module = { .fd = ends[0] },
	};
	world.module.allowed[PO_MSG_LOG] = MODULE_LOGS_MAX;
	speaker_init(&world.speaker);
	script_begin(&world.script, data, size);
	advance();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct po_channel channel;
	sigset_t before;
	int ends[2], probe;

	require(sigprocmask(SIG_BLOCK, NULL, &before) == 0);
	require(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	begin(ends, data, size);
	require(po_channel_open(&channel, ends[1], NULL) == PO_OK);
	/* Ctrl-C is for who fuzzes */
	require(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
	serve(&channel);
	po_channel_close(&channel);
	po_ipc_close(&world.module);
	speaker_clear(&world.speaker);
	step_clear(&world.step);
	/* the lowest descriptor is free again: nothing leaked */
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(probe == (ends[0] < ends[1] ? ends[0] : ends[1]));
	(void)close(probe);
	return 0;
}
