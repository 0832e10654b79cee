/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam_sm_authenticate between a hostile helper and a hostile application,
 * both played from a script (script.h), in virtual time and without a second
 * process: clock, poll and the start of the helper are ours.  pam_model.c
 * reads along and says what must come of it.
 *
 *   u, s, r text    PAM_USER, PAM_SERVICE, PAM_RHOST (before the login)
 *   n text          whom NSS finds for any name (else: PAM_USER)
 *   e, b            there is no PAM_USER; NSS finds nobody
 *   t text          what is typed when the application asks for a name
 *   i uid           of whom NSS finds
 *   g text          a module argument
 *   q, c, f, o, k   PAM_SILENT; no conversation; the helper does not start;
 *                   the application is an sshd that holds texts back; the
 *                   store of bindings cannot be used
 *   A text, 0, !    what the application says to a prompt: text, nothing, or
 *                   that it failed
 *   U text          the application changes PAM_USER
 *   T ms            time goes by
 *   Z, z            the helper leaves, having read all, or nothing
 *   =               the next authentication on the same handle
 */

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <security/pam_modules.h>

#include "base/binding.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/spawn.h"
#include "fake_pam.h"
#include "fuzz.h"
#include "module/sshd.h"
#include "pam_model.h"
#include "script.h"

#define LOGINS_MAX 3
#define ARGS_MAX 4
#define START_MS 1000000

static struct world {
	struct script script;
	struct step step; /* the one to come; op '\0': none */
	struct speaker speaker;
	struct pam_model model;
	pam_handle_t *pamh;
	struct fake_pam fake;
	char *args[ARGS_MAX];
	int arg_count;
	bool silent;
	bool spawn_fails;
	bool holds_texts_back;
	bool finds_nobody;
	bool store_fails;
	char *owner; /* whom the account is bound to; NULL: nobody */
	char *typed; /* NULL: nobody answers */
	int helper;  /* the helper's end, -1: it has left */
	int64_t now_ms;
	int64_t passing_ms; /* of a T, still to go by */
} world;

/* --- the script ----------------------------------------------------------- */

static void
advance(void)
{
	if (!script_next(&world.script, &world.step))
		world.step.op = '\0';
}

static bool
is_next(const char *ops)
{
	return world.step.op != '\0' && strchr(ops, world.step.op) != NULL;
}

static char *
copy_text(void)
{
	char *text = po_str_dup(po_buf_str(&world.step.text));

	require(text != NULL);
	return text;
}

static void
set(char **target)
{
	po_str_free(target);
	*target = copy_text();
}

static uid_t
read_uid(void)
{
	const char *text = po_buf_str(&world.step.text);

	return (uid_t)script_int(&text);
}

/* Steps that say what the login is like. */
static void
set_up(void)
{
	for (; is_next("usrngqcfokebti"); advance()) {
		if (world.step.op == 'u')
			set(&world.fake.user);
		else if (world.step.op == 's')
			set(&world.fake.service);
		else if (world.step.op == 'r')
			set(&world.fake.rhost);
		else if (world.step.op == 'n')
			set(&world.fake.account);
		else if (world.step.op == 'g' && world.arg_count < ARGS_MAX)
			world.args[world.arg_count++] = copy_text();
		else if (world.step.op == 'q')
			world.silent = true;
		else if (world.step.op == 'c')
			world.fake.no_conversation = true;
		else if (world.step.op == 'f')
			world.spawn_fails = true;
		else if (world.step.op == 'o')
			world.holds_texts_back = true;
		else if (world.step.op == 'k')
			world.store_fails = true;
		else if (world.step.op == 'e')
			po_str_free(&world.fake.user);
		else if (world.step.op == 'b')
			world.finds_nobody = true;
		else if (world.step.op == 't')
			set(&world.typed);
		else if (world.step.op == 'i')
			world.fake.uid = read_uid();
	}
}

static void
change_user(const char *user)
{
	char *old = world.fake.user;

	world.fake.user = po_str_dup(user);
	require(world.fake.user != NULL);
	fake_pam_set_user(world.pamh, world.fake.user);
	pam_model_user(&world.model, world.fake.user);
	po_str_free(&old);
}

static bool
ask_user(void *arg PO_UNUSED)
{
	if (world.fake.user == NULL && world.typed != NULL)
		change_user(world.typed);
	pam_model_asked(&world.model);
	return world.fake.user != NULL;
}

static void
set_user(void *arg PO_UNUSED, const char *user)
{
	pam_model_set(&world.model, user);
	change_user(user);
}

/*
 * What a session is given: some of it would be kept on this very host.
 * fuzz_export.c and fuzz_liveness.c are about that.
 */
static bool
brings_gifts(const struct po_buf *packet)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(packet->len);
	AUTO(po_message_clear) struct po_message message = { 0 };

	po_buf_append(&bytes, packet->data, packet->len);
	return po_message_decode(&bytes, &message, NULL) == PO_OK &&
	       message.type == PO_MSG_GRANT &&
	       (message.grant.exports[0] != '\0' || message.grant.keep != 0 ||
		   message.grant.record[0] != '\0');
}

static void
helper_says(void)
{
	AUTO(po_buf_clear) struct po_buf packet = PO_BUF_INIT(128 * 1024);

	if (world.helper < 0 ||
	    !speaker_say(&world.speaker, &world.step, &packet) ||
	    brings_gifts(&packet))
		return;
	/* a buffer that is full is the helper's own trouble */
	if (send(world.helper, packet.data, packet.len,
		MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)packet.len)
		pam_model_sent(&world.model, packet.data, packet.len);
}

static void
leave(bool reads_first)
{
	if (world.helper < 0)
		return;
	pam_model_left(&world.model, reads_first);
	po_fd_close(&world.helper);
}

/* One step of anybody's but an answer. */
static void
play(void)
{
	const char *text = po_buf_str(&world.step.text);

	if (world.step.op == 'U') {
		change_user(text);
	} else if (is_next("Zz")) {
		leave(world.step.op == 'Z');
	} else if (world.step.op == 'T') {
		int64_t ms = script_int(&text);

		/* a day at most: sums of them stay sums */
		if (ms > 0)
			world.passing_ms += ms < 86400000 ? ms : 86400000;
	} else {
		helper_says();
	}
	advance();
}

/* --- what the module links instead of the real ones ----------------------- */

int64_t
po_clock_ms(void)
{
	return world.now_ms;
}

int64_t
po_clock_epoch_s(void)
{
	return 1700000000;
}

bool
po_shows_info_at_once(const char *service PO_UNUSED)
{
	return !world.holds_texts_back;
}

int
po_info_style(void)
{
	return PAM_TEXT_INFO;
}

static bool
is_readable(struct pollfd *pfd)
{
	const struct timespec now = { 0, 0 };

	return ppoll(pfd, 1, &now, NULL) > 0;
}

/* Waits in virtual time, while the helper does what the script says. */
int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int64_t until_ms = world.now_ms + timeout_ms;

	/* the socket, and the terminal: none here */
	require(count <= 2 && timeout_ms >= 0);
	if (count == 2)
		fds[1].revents = 0;
	pam_model_waits(&world.model, world.now_ms, until_ms);
	for (;;) {
		int64_t left_ms = until_ms - world.now_ms;

		if (world.passing_ms > 0 && left_ms > 0) {
			int64_t ms = world.passing_ms < left_ms
					 ? world.passing_ms
					 : left_ms;

			world.now_ms += ms;
			world.passing_ms -= ms;
		} else if (is_readable(fds)) {
			pam_model_received(&world.model, world.now_ms);
			return 1;
		} else if (world.passing_ms > 0 || world.step.op == '\0' ||
			   world.step.op == '=') {
			world.now_ms = until_ms; /* the helper sits there */
			return 0;
		} else {
			play();
		}
	}
}

enum po_status
po_child_spawn(struct po_child *child, struct po_err *err)
{
	int ends[2];

	if (world.spawn_fails)
		return po_err_set(err, PO_E_HELPER, "as the script says");
	require(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	child->ipc.fd = ends[0];
	po_fd_close(&world.helper); /* of one that wanted a name */
	world.helper = ends[1];
	pam_model_spawned(&world.model, ends[1], world.now_ms);
	return PO_OK;
}

void
po_child_end(struct po_child *child)
{
	if (child->ipc.fd >= 0)
		pam_model_ended(&world.model);
	po_ipc_close(&child->ipc);
}

void
po_child_blame(
    const struct po_child *child PO_UNUSED, struct po_err *err PO_UNUSED)
{
}

enum po_status
po_bindings_open(struct po_store *store PO_UNUSED, struct po_err *err)
{
	return world.store_fails
		   ? po_err_set(err, PO_E_STORE, "as the script says")
		   : PO_OK;
}

/* The first one's, as the real one has it. */
enum po_status
po_binding_claim(const struct po_store *store PO_UNUSED, const char *account,
    const char *issuer PO_UNUSED, const char *sub, int64_t now_s,
    struct po_err *err)
{
	/* who was asked for, or, in a kiosk, who was found */
	require(strcmp(account, world.model.user[0] != '\0'
				    ? world.model.user
				    : world.fake.account) == 0);
	/* an issuer that is none: test_binding.c */
	require(now_s == po_clock_epoch_s());
	if (world.owner == NULL)
		world.owner = po_str_dup(sub);
	require(world.owner != NULL);
	return strcmp(world.owner, sub) == 0
		   ? PO_OK
		   : po_err_set(err, PO_E_BOUND, "as the script says");
}

/* --- the application ------------------------------------------------------ */

/* What the person says to a prompt: the next answer, however far off. */
static int
answer(char **response)
{
	struct script ahead = world.script;
	AUTO(step_clear) struct step step = { .op = world.step.op };
	bool any = false;

	/* without one in this login, it is Enter */
	while (!any && step.op != '=' && step.op != '\0') {
		any = strchr("A0!", step.op) != NULL;
		if (!any && !script_next(&ahead, &step))
			break;
	}
	while (any && !is_next("A0!"))
		play();
	world.now_ms += world.passing_ms;
	world.passing_ms = 0;
	if (any && world.step.op == '!') {
		advance();
		return PAM_CONV_ERR;
	}
	if (!any)
		*response = po_str_dup("");
	else if (world.step.op == 'A')
		*response = copy_text();
	if (any)
		advance();
	return PAM_SUCCESS;
}

static int
converse(void *arg PO_UNUSED, int style, const char *text, char **response)
{
	int code = PAM_SUCCESS;

	pam_model_shown(&world.model, style, text);
	if (style == PAM_PROMPT_ECHO_ON || style == PAM_PROMPT_ECHO_OFF) {
		code = answer(response);
	} else if (is_next("!")) {
		code = PAM_CONV_ERR;
		advance();
	}
	pam_model_answered(&world.model, style, code, *response, world.now_ms);
	return code;
}

static void
note_line(void *arg PO_UNUSED, int priority PO_UNUSED, const char *line)
{
	pam_model_logged(&world.model, line);
}

/* --- one login ------------------------------------------------------------ */

static struct pam_model_login
describe(void)
{
	return (struct pam_model_login){
		.user = world.fake.user,
		.service = world.fake.service,
		.rhost = world.fake.rhost,
		.account = world.fake.account,
		.uid = world.fake.uid,
		.args = (const char *const *)world.args,
		.arg_count = (size_t)world.arg_count,
		.has_conversation = !world.fake.no_conversation,
		.silent = world.silent,
		.spawn_fails = world.spawn_fails,
		.store_fails = world.store_fails,
	};
}

/* The lowest free descriptor: whatever leaks takes it. */
static int
lowest_free_fd(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	if (fd < 0) /* standard input may be closed */
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(fd >= 0);
	(void)close(fd);
	return fd;
}

/* The account phase says what was said, and of nobody else. */
static void
check_account(bool granted)
{
	static char other[] = "mallory";

	require(pam_sm_acct_mgmt(world.pamh, 0, 0, NULL) ==
		(granted ? PAM_SUCCESS : PAM_IGNORE));
	if (world.fake.user == NULL || strcmp(world.fake.user, other) == 0)
		return;
	fake_pam_set_user(world.pamh, other);
	require(pam_sm_acct_mgmt(world.pamh, 0, 0, NULL) ==
		(granted ? PAM_AUTH_ERR : PAM_IGNORE));
	fake_pam_set_user(world.pamh, world.fake.user);
}

static void
run_login(void)
{
	const struct pam_model_login login = describe();
	int free_before = lowest_free_fd();
	int code;

	pam_model_begin(&world.model, &login, world.now_ms);
	code = pam_sm_authenticate(world.pamh, world.silent ? PAM_SILENT : 0,
	    world.arg_count, (const char **)(uintptr_t)world.args);
	/* before the helper's end is closed: the module's must be by now */
	require(pam_model_is_over(&world.model));
	po_fd_close(&world.helper);
	require(lowest_free_fd() == free_before);
	pam_model_end(&world.model, code, world.now_ms);
	check_account(code == PAM_SUCCESS);
}

static void
end_world(void)
{
	fake_pam_end(world.pamh);
	for (int i = 0; i < world.arg_count; i++)
		po_str_free(&world.args[i]);
	po_str_free(&world.fake.user);
	po_str_free(&world.fake.service);
	po_str_free(&world.fake.rhost);
	po_str_free(&world.fake.account);
	po_str_free(&world.owner);
	po_str_free(&world.typed);
	speaker_clear(&world.speaker);
	step_clear(&world.step);
	pam_model_clear(&world.model);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	world = (struct world){
		.fake = { .uid = 1000,
		    .ask_user = ask_user,
		    .set_user = set_user,
		    .converse = converse,
		    .log = note_line },
		.helper = -1,
		.now_ms = START_MS,
		.step = { .text = PO_BUF_INIT(size) },
	};
	world.fake.user = po_str_dup("alice");
	world.fake.service = po_str_dup("sudo");
	require(world.fake.user != NULL && world.fake.service != NULL);
	speaker_init(&world.speaker);
	script_begin(&world.script, data, size);
	advance();
	set_up();
	if (world.finds_nobody)
		po_str_free(&world.fake.account);
	else if (world.fake.account == NULL && world.fake.user != NULL)
		world.fake.account = po_str_dup(world.fake.user);
	world.pamh = fake_pam_start(&world.fake);
	for (int login = 0; login < LOGINS_MAX; login++) {
		run_login();
		while (world.step.op != '=' && world.step.op != '\0')
			advance();
		if (world.step.op == '\0')
			break;
		advance();
		world.passing_ms = 0;
	}
	end_world();
	return 0;
}
