/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module's side of logins under fault injection: pam_sm_authenticate with
 * a libpam of our own and real helpers, which are this program once more.
 * Whatever fails, nobody gets in whom the helper has not named, and neither a
 * process nor a descriptor nor memory is left.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipc.h"
#include "base/text.h"
#include "driver.h"
#include "fake_pam.h"
#include "module/conversation.h"
#include "module/spawn.h"
#include "module/user.h"

/* --- the helper --- */

/* Longer than SLOW_S: who waits for this has forgotten something. */
#define DEADLINE_MS 60000
#define STYLE_AUTO 0
#define STYLE_INFO 1
#define STYLE_ENTER 2

struct story {
	struct fake_pam pam;
	int64_t style;         /* of its prompt; negative: it shows none */
	int checks;            /* it waits for so many Enters, all but one too
				* early */
	enum po_status status; /* its verdict ... */
	const char *account;   /* ... on whom; NULL: the one asked for */
	bool kiosk;            /* a GRANT, too; a name is wanted otherwise */
	bool crashes;          /* instead */
	bool again;            /* the application asks a second time */
};

static const struct story *find_story(const char *name);

static struct po_ipc ipc = { .fd = PO_HELPER_FD };

static void
say(const struct po_message *message)
{
	if (po_ipc_send(&ipc, message, NULL) != PO_OK)
		_exit(1); /* the module has left */
}

static void
hear(enum po_message_type type, struct po_message *message)
{
	ipc.allowed[type] = 1;
	if (po_ipc_receive(&ipc, po_clock_ms() + DEADLINE_MS, message, NULL) !=
		PO_OK ||
	    message->type != type)
		_exit(1);
}

static void
show_prompt(int64_t style)
{
	const struct po_message prompt = {
		.type = PO_MSG_PROMPT,
		.prompt = {
			.label = "Example SSO",
			.message = "Mind the gap",
			.verification_uri = "https://sso.example.com/device",
			.verification_uri_complete = "",
			.user_code = "WDJB-MJHT",
			.qr = "##\n",
			.expires_in_s = 300,
			.style = style,
		},
	};

	say(&prompt);
}

/* All of a login's messages, as if the person approved at once. */
static int
help(void)
{
	const struct po_message hello = {
		.type = PO_MSG_HELLO,
		.hello = { .version = PO_MESSAGE_VERSION,
		    .timeout_s = 300,
		    .min_uid = 1000,
		    .account = "" },
	};
	const struct po_message line = {
		.type = PO_MSG_LOG,
		.log = { .level = 2, .text = "a line of log" },
	};
	const struct po_message pending = { .type = PO_MSG_PENDING };
	const struct po_message grant = {
		.type = PO_MSG_GRANT,
		.grant = { .provider = "corp",
		    .issuer = "https://sso.example.com",
		    .sub = "248289761001",
		    .person = "alice@example.com",
		    .exports = "",
		    .token = "" },
	};
	struct po_message result = { .type = PO_MSG_RESULT };
	struct po_message start, check;
	const struct story *story;

	hear(PO_MSG_START, &start);
	story = find_story(start.start.provider);
	if (start.start.user[0] == '\0' && !story->kiosk) {
		result.result = (struct po_msg_result){
			.status = PO_E_ACCOUNT_WANTED,
			.account = "",
			.detail = "no kiosk",
			.fields = "",
		};
		say(&result);
		return 0;
	}
	say(&hello);
	say(&line);
	if (story->style >= 0)
		show_prompt(story->style);
	if (story->crashes)
		abort();
	for (int i = 0; i < story->checks; i++) {
		hear(PO_MSG_CHECK, &check);
		if (i + 1 < story->checks)
			say(&pending);
	}
	if (story->kiosk && story->status == PO_OK)
		say(&grant);
	result.result = (struct po_msg_result){
		.status = story->status,
		.account = story->status != PO_OK   ? ""
			   : story->account != NULL ? story->account
						    : start.start.user,
		.detail = story->status != PO_OK ? "because" : "",
		.fields = "provider=corp",
	};
	say(&result);
	return 0;
}

/* --- the logins --- */

#define ALICE(service_name)                                                    \
	{                                                                      \
		.service = (service_name), .user = "alice",                    \
		.rhost = "192.0.2.1", .answer = "", .account = true            \
	}

static const struct story good = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_OK,
};
/* an sshd whose version is looked for, and not found in this program */
static const struct story good_sshd = {
	.pam = ALICE("sshd"),
	.style = STYLE_AUTO,
	.checks = 2,
	.status = PO_OK,
};
static const struct story denied = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_E_DENIED,
	.again = true,
};
static const struct story refused = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_E_SIGNATURE,
};
static const struct story given_up = {
	.pam = { .service = "sudo",
	    .user = "alice",
	    .rhost = NULL,
	    .answer = "q",
	    .account = true },
	.style = STYLE_ENTER,
	.checks = 1,
};
static const struct story unknown = {
	.pam = { .service = "sudo", .user = "mallory" },
};
static const struct story for_root = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.account = "root",
};
static const struct story unasked = {
	.pam = ALICE("sudo"),
	.style = -1,
	.status = PO_OK,
};
static const struct story crashes = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.crashes = true,
};
#define NOBODY(service_name)                                                   \
	{                                                                      \
		.service = (service_name), .rhost = NULL, .account = true      \
	}
static const struct story kiosk = {
	.pam = NOBODY("login"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.account = "alice",
	.kiosk = true,
};
static const struct story kiosk_denied = {
	.pam = NOBODY("login"),
	.style = STYLE_INFO,
	.status = PO_E_DENIED,
	.kiosk = true,
	.again = true,
};
static const struct story kiosk_unsafe = {
	.pam = NOBODY("login"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.account = "../alice",
	.kiosk = true,
};
static const struct story wanted = {
	.pam = { .service = "login", .typed = "alice", .account = true },
	.style = STYLE_INFO,
	.status = PO_OK,
};

static const struct fault_login logins[] = {
	{ .name = "good", .code = PAM_SUCCESS, .data = &good },
	{ .name = "good-sshd", .code = PAM_SUCCESS, .data = &good_sshd },
	{ .name = "denied", .code = PAM_MAXTRIES, .data = &denied },
	{ .name = "refused", .code = PAM_AUTH_ERR, .data = &refused },
	{ .name = "given-up", .code = PAM_MAXTRIES, .data = &given_up },
	{ .name = "unknown", .code = PAM_USER_UNKNOWN, .data = &unknown },
	{ .name = "for-root", .code = PAM_AUTH_ERR, .data = &for_root },
	{ .name = "unasked", .code = PAM_SERVICE_ERR, .data = &unasked },
	{ .name = "kiosk", .code = PAM_SUCCESS, .data = &kiosk },
	{ .name = "kiosk-denied", .code = PAM_MAXTRIES, .data = &kiosk_denied },
	{ .name = "kiosk-unsafe",
	    .code = PAM_SERVICE_ERR,
	    .data = &kiosk_unsafe },
	{ .name = "wanted", .code = PAM_SUCCESS, .data = &wanted },
	{ .name = "crashes", .code = PAM_SERVICE_ERR, .data = &crashes },
};

static const struct story *
find_story(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(logins); i++)
		if (strcmp(logins[i].name, name) == 0)
			return logins[i].data;
	_exit(1);
}

/* --- places --- */

static const char over[] = "over";
static const char verdict[] = "verdict";
static const char *stage; /* NULL before */
static bool no_kiosk;     /* another helper follows this one */

/*
 * po_login ends the helper, then tells everybody, then tidies up; and then
 * the verdict is to be remembered.
 */
WRAP(void, po_child_end, (struct po_child * child))
{
	if (no_kiosk) {
		no_kiosk = false;
		__real_po_child_end(child);
		return;
	}
	if (stage != NULL)
		fault_leave();
	__real_po_child_end(child);
	stage = stage == over ? verdict : over;
	fault_enter(stage);
}

WRAP(enum po_status, po_ipc_receive,
    (struct po_ipc * from, int64_t deadline_ms, struct po_message *message,
	struct po_err *err))
{
	enum po_status st =
	    __real_po_ipc_receive(from, deadline_ms, message, err);

	no_kiosk = st == PO_OK && message->type == PO_MSG_RESULT &&
		   message->result.status == PO_E_ACCOUNT_WANTED;
	return st;
}

WRAP(enum po_status, po_user_name_person,
    (pam_handle_t * pamh, const struct po_message *grant, struct po_err *err))
{
	enum po_status st;

	fault_enter("environment");
	st = __real_po_user_name_person(pamh, grant, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_conversation_prompt,
    (const struct po_conversation *conversation,
	const struct po_msg_prompt *prompt, enum po_answer *answer,
	struct po_err *err))
{
	enum po_status st;

	fault_enter("conversation");
	st = __real_po_conversation_prompt(conversation, prompt, answer, err);
	fault_leave();
	return st;
}

WRAP(void, po_text_printable,
    (struct po_buf * out, const void *data, size_t len, size_t max_chars))
{
	fault_enter("text");
	__real_po_text_printable(out, data, len, max_chars);
	fault_leave();
}

/* --- one login --- */

/* What was logged must not contradict what was answered. */
static void
check_log(int code)
{
	const char *log = fake_pam_log();

	fault_note(log);
	if (strstr(log, code == PAM_SUCCESS ? "result=refused"
					    : "result=granted") != NULL)
		fault_complain("PAM code %d, and \"%s\"", code, log);
}

/* Who has come in, and, in a kiosk, what the session knows of them. */
static void
check_user(const struct story *story)
{
	const char *user = fake_pam_user();

	if (user == NULL || strcmp(user, "alice") != 0)
		fault_complain("granted to %s", user == NULL ? "nobody" : user);
	if (story->kiosk &&
	    strcmp(fake_pam_env(), "PAM_OAUTH_PERSON=alice@example.com") != 0)
		fault_complain("the environment has %s", fake_pam_env());
}

static int
run(const struct fault_login *login)
{
	const struct story *story = login->data;
	char arg[64];
	const char *args[] = { arg, "debug" };
	pam_handle_t *pamh;
	int code, account;

	(void)snprintf(arg, sizeof(arg), "provider=%s", login->name);
	pamh = fake_pam_start(&story->pam);
	stage = NULL;
	no_kiosk = false;
	if (story->again)
		fault_enter("twice");
	code = pam_sm_authenticate(pamh, 0, PO_ARRAY_LEN(args), args);
	if (story->again && code != PAM_SUCCESS)
		code = pam_sm_authenticate(pamh, 0, PO_ARRAY_LEN(args), args);
	account = pam_sm_acct_mgmt(pamh, 0, 0, NULL);
	if (code == PAM_SUCCESS)
		check_user(story);
	check_log(code);
	fault_pause();
	fake_pam_end();
	fault_resume();
	if (code != PAM_SUCCESS && account == PAM_SUCCESS)
		fault_complain("refused with %d, and then granted", code);
	/* a login goes through both */
	return code == PAM_SUCCESS ? account : code;
}

/* --- which faults may end how --- */

#define BROKEN CODE(PAM_SERVICE_ERR)

#define NO_ACCOUNT CODE(PAM_USER_UNKNOWN)
#define NOBODY_THERE CODE(PAM_CONV_ERR)
#define OTHER_PERSON CODE(PAM_AUTH_ERR)

/* What comes of a failure, unless it is just BROKEN.  The first fits. */
static const struct fault_rule rules[] = {
	{ NULL, NULL, "twice", CODE(PAM_MAXTRIES),
	    "asked once more, or not: declined all the same" },
	{ "malloc", NULL, over, AS_EVER, "a line of log less" },
	{ "malloc", NULL, verdict, AS_EVER | BROKEN,
	    "a no counts even if it is not remembered" },
	{ "malloc", NULL, "conversation", BROKEN, "nothing to show" },
	{ "malloc", NULL, "environment", BROKEN, "a session without a name" },
	{ "malloc", NULL, "text", AS_EVER, "a line of log less" },
	{ "close", NULL, NULL, AS_EVER, "closed all the same" },
	{ "poll", "EINTR", NULL, AS_EVER, "asked again" },
	{ "send", "EINTR", NULL, AS_EVER, "sent again" },
	{ "recv", "EINTR", NULL, AS_EVER, "received again" },
	{ "recv", "ECONNRESET", NULL, AS_EVER, "received again: see ipc.c" },
	{ "getrandom(GRND_NONBLOCK)", NULL, NULL, AS_EVER, "only a label" },
	{ "gethostname", NULL, NULL, AS_EVER, "a heading without the host" },

	/* which sshd: unknown, and then a prompt is always seen */
	{ "readlink", NULL, NULL, AS_EVER, "by the service's name" },
	{ "open", NULL, NULL, AS_EVER, "an old one, then" },
	{ "fstat", NULL, NULL, AS_EVER, "an old one, then" },
	{ "mmap", NULL, NULL, AS_EVER, "an old one, then" },

	/* the end of the helper */
	{ "pidfd_send_signal", NULL, NULL, AS_EVER, "it leaves by itself" },
	{ "waitpid", "EINTR", NULL, AS_EVER, "waited for again" },
	{ "waitpid", "ECHILD", NULL, AS_EVER, "reaped by somebody else" },

	/* libpam */
	{ "pam_get_item(PAM_SERVICE)", NULL, NULL, BROKEN,
	    "whose rules would these be?" },
	{ "pam_get_item(PAM_RHOST)", NULL, NULL, AS_EVER, "it is for the log" },
	{ "pam_get_item(PAM_USER)", NULL, NULL, AS_EVER | OTHER_PERSON | BROKEN,
	    "nobody is not who was asked for; unless it is the third no" },
	{ "pam_get_item", NULL, NULL, NOBODY_THERE, "no conversation" },
	{ "pam_get_user", NULL, NULL, NOBODY_THERE, "nobody said a name" },
	{ "pam_modutil_getpwnam", NULL, NULL, NO_ACCOUNT,
	    "libpam does not tell why" },
	{ "pam_prompt(response)", NULL, NULL, NOBODY_THERE, "hung up" },
	{ "pam_prompt", NULL, over, AS_EVER, "a last word less" },
	{ "pam_prompt", NULL, NULL, NOBODY_THERE, "a prompt less" },
	{ "pam_set_data", NULL, NULL, AS_EVER | BROKEN,
	    "a verdict that cannot be remembered is none, but a no is one" },
	{ "pam_get_data", NULL, NULL, AS_EVER | CODE(PAM_IGNORE),
	    "no verdict of ours, for account management" },
};

int
main(int argc, char **argv)
{
	const struct fault_program program = {
		.name = "login_module",
		.logins = logins,
		.login_count = PO_ARRAY_LEN(logins),
		.run = run,
		.rules = rules,
		.rule_count = PO_ARRAY_LEN(rules),
		.codes = BROKEN,
	};

	if (strcmp(argv[0], "pam_oauth_helper") == 0)
		_exit(help());
	return fault_main(&program, argc, argv);
}
