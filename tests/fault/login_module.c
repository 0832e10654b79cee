/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module's side of logins under fault injection: pam_sm_authenticate with
 * a libpam of our own and real helpers, which are this program once more.
 * Whatever fails, nobody gets in whom the helper has not named, and neither a
 * process nor a descriptor nor memory is left.
 */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/binding.h"
#include "base/clock.h"
#include "base/ipc.h"
#include "base/liveness.h"
#include "base/spawn.h"
#include "base/text.h"
#include "driver.h"
#include "fake_pam.h"
#include "module/bind.h"
#include "module/command.h"
#include "module/conversation.h"
#include "module/keep.h"
#include "module/liveness.h"
#include "module/question.h"
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
	bool push;             /* on the phone */
	int checks;            /* it waits for so many Enters, all but one too
				* early */
	enum po_status status; /* its verdict ... */
	const char *account;   /* ... on whom; NULL: the one asked for */
	bool kiosk;            /* a GRANT, too; a name is wanted otherwise */
	bool crashes;          /* instead */
	bool binds;            /* the account to SUB ... */
	const char *owner;     /* ... where this sub has it already */
	int64_t keep;          /* enum po_keep: brings TOKEN, and a variable */
	bool again;            /* the application asks a second time */
	bool asks;             /* before HELLO; and the end if it is no */
	bool confirms;         /* by HELLO: who has approved */
	bool records;          /* brings a record for liveness */
	bool live;             /* no sign-in: what becomes of that record */
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
	    (message->type != type && message->type != PO_MSG_REVOKE &&
		message->type != PO_MSG_LIVENESS))
		_exit(1);
}

static void
show_prompt(int64_t style, bool push)
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
			.kind = push ? PO_PROMPT_CIBA : PO_PROMPT_DEVICE,
		},
	};

	say(&prompt);
}

#define ISSUER "https://sso.example.com"
#define SUB "248289761001"
#define TOKEN "t0ken"

#define RECORD(token)                                                          \
	"version=1\nprovider=corp\nissuer=" ISSUER "\nclient_id=linux-login\n" \
	"sub=" SUB "\nnonce=\ngood=1\nbegun=0\nclosed=0\ntoken=" token "\n"
#define NEXT_TOKEN "n3xt"

static void
say_grant(const struct story *story)
{
	const struct po_message grant = {
		.type = PO_MSG_GRANT,
		.grant = {
			.provider = "corp",
			.issuer = ISSUER,
			.sub = SUB,
			.person = story->kiosk ? "alice@example.com" : "",
			.bind = story->binds,
			.exports = story->keep != 0 ? "OIDC_SUB=" SUB "\n" : "",
			.keep = story->keep,
			.token = story->keep != 0 ? TOKEN : "",
			.approver = "alice@example.com (mfa)",
			.record = story->records ? RECORD(TOKEN) : "",
		},
	};

	say(&grant);
}

/* At the end of a session. */
static int
revoke_token(const struct po_msg_revoke *revoke)
{
	const struct po_message line = {
		.type = PO_MSG_LOG,
		.log = { .level = 2, .text = "a line of log" },
	};
	bool right = strcmp(revoke->token, TOKEN) == 0 &&
		     revoke->version == PO_MESSAGE_VERSION;
	const struct po_message result = {
		.type = PO_MSG_RESULT,
		.result = { .status = right ? PO_OK : PO_E_INTERNAL,
		    .account = "",
		    .detail = "another token",
		    .fields = "" },
	};

	say(&line);
	say(&result);
	return 0;
}

/* About an account that somebody has come in to in another way. */
static int
judge_account(const struct po_msg_liveness *liveness)
{
	const struct story *story = find_story(liveness->start.provider);
	struct po_message hello = {
		.type = PO_MSG_HELLO,
		.hello = { .version = PO_MESSAGE_VERSION,
		    .timeout_s = 8,
		    .account = "" },
	};
	struct po_message renewed = {
		.type = PO_MSG_RENEWED,
		.renewed = { .token = NEXT_TOKEN },
	};
	const struct po_message result = {
		.type = PO_MSG_RESULT,
		.result = { .status =
				liveness->busy ? PO_E_STALE : story->status,
		    .account = story->status == PO_OK && !liveness->busy
				   ? liveness->start.user
				   : "",
		    .detail = "because",
		    .fields = "provider=corp" },
	};
	struct po_message check;

	if (strcmp(liveness->record, RECORD(TOKEN)) != 0)
		_exit(1);
	if (!liveness->busy) {
		say(&hello);
		hear(PO_MSG_CHECK, &check);
		if (story->status != PO_E_CLOSED)
			say(&renewed);
	}
	say(&result);
	return 0;
}

/* What the person says to the question before anything else. */
static bool
wants_to_sign_in(void)
{
	const struct po_message question = {
		.type = PO_MSG_QUESTION,
		.question = { .kind = PO_QUESTION_YES, .text = "Example SSO" },
	};
	struct po_message answer;

	say(&question);
	hear(PO_MSG_ANSWER, &answer);
	return answer.answer.choice == 1;
}

/* All of a login's messages, as if the person approved at once. */
static int
help(void)
{
	struct po_message hello = {
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
	struct po_message result = { .type = PO_MSG_RESULT };
	struct po_message start, check;
	const struct story *story;

	ipc.allowed[PO_MSG_REVOKE] = 1;
	ipc.allowed[PO_MSG_LIVENESS] = 1;
	hear(PO_MSG_START, &start);
	if (start.type == PO_MSG_LIVENESS)
		return judge_account(&start.liveness);
	if (start.type == PO_MSG_REVOKE)
		return revoke_token(&start.revoke);
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
	if (story->asks && !wants_to_sign_in()) {
		result.result = (struct po_msg_result){
			.status = PO_E_SKIPPED,
			.account = "",
			.detail = "another way is preferred",
			.fields = "",
		};
		say(&result);
		return 0;
	}
	hello.hello.confirm = story->confirms;
	say(&hello);
	say(&line);
	if (story->style >= 0)
		show_prompt(story->style, story->push);
	if (story->crashes)
		abort();
	for (int i = 0; i < story->checks; i++) {
		hear(PO_MSG_CHECK, &check);
		if (i + 1 < story->checks)
			say(&pending);
	}
	if (story->status == PO_OK)
		say_grant(story);
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
static const struct story unanswered = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.push = true,
	.status = PO_E_UNANSWERED,
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

static const struct story first_bound = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.binds = true,
};
static const struct story bound = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.binds = true,
	.owner = SUB,
};
static const struct story bound_to_another = {
	.pam = ALICE("sudo"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.binds = true,
	.owner = "591007342118",
};

static const struct story keeps = {
	.pam = ALICE("sshd"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.keep = PO_KEEP_ACCESS_TOKEN,
};
static const struct story keeps_id_token = {
	.pam = ALICE("login"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.keep = PO_KEEP_ID_TOKEN,
};

#define SAYS(text)                                                             \
	{                                                                      \
		.service = "sudo", .user = "alice", .rhost = NULL,             \
		.answer = (text), .account = true                              \
	}
static const struct story asked = {
	.pam = SAYS("y"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.asks = true,
};
static const struct story skipped = {
	.pam = SAYS("n"),
	.asks = true,
};
static const struct story confirmed = {
	.pam = SAYS("yes"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.confirms = true,
};
static const struct story not_confirmed = {
	.pam = SAYS(""),
	.style = STYLE_INFO,
	.status = PO_OK,
	.confirms = true,
	.again = true,
};

static const struct story records = {
	.pam = ALICE("sshd"),
	.style = STYLE_INFO,
	.status = PO_OK,
	.records = true,
};
static const struct story lives = {
	.pam = ALICE("sshd"),
	.status = PO_OK,
	.live = true,
};
static const struct story lives_no_more = {
	.pam = ALICE("sshd"),
	.status = PO_E_CLOSED,
	.live = true,
};
static const struct story lives_without_groups = {
	.pam = ALICE("sshd"),
	.status = PO_E_NOT_ALLOWED,
	.live = true,
};

static const struct fault_login logins[] = {
	{ .name = "good", .code = PAM_SUCCESS, .data = &good },
	{ .name = "good-sshd", .code = PAM_SUCCESS, .data = &good_sshd },
	{ .name = "denied", .code = PAM_MAXTRIES, .data = &denied },
	{ .name = "unanswered", .code = PAM_MAXTRIES, .data = &unanswered },
	{ .name = "refused", .code = PAM_AUTH_ERR, .data = &refused },
	{ .name = "given-up", .code = PAM_MAXTRIES, .data = &given_up },
	{ .name = "asked", .code = PAM_SUCCESS, .data = &asked },
	{ .name = "skipped", .code = PAM_AUTHINFO_UNAVAIL, .data = &skipped },
	{ .name = "confirmed", .code = PAM_SUCCESS, .data = &confirmed },
	{ .name = "not-confirmed",
	    .code = PAM_MAXTRIES,
	    .data = &not_confirmed },
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
	{ .name = "first-bound", .code = PAM_SUCCESS, .data = &first_bound },
	{ .name = "bound", .code = PAM_SUCCESS, .data = &bound },
	{ .name = "bound-to-another",
	    .code = PAM_AUTH_ERR,
	    .data = &bound_to_another },
	{ .name = "keeps", .code = PAM_SUCCESS, .data = &keeps },
	{ .name = "keeps-id-token",
	    .code = PAM_SUCCESS,
	    .data = &keeps_id_token },
	{ .name = "records", .code = PAM_SUCCESS, .data = &records },
	{ .name = "lives", .code = PAM_SUCCESS, .data = &lives },
	{ .name = "lives-no-more",
	    .code = PAM_ACCT_EXPIRED,
	    .data = &lives_no_more },
	{ .name = "lives-without-groups",
	    .code = PAM_PERM_DENIED,
	    .data = &lives_without_groups },
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
static const char session[] = "session";
static const char record[] = "record";
static const char asking[] = "asking";
static const char *stage; /* NULL before */
static bool no_kiosk;     /* another helper follows this one */

/*
 * po_login ends the helper, then tells everybody, then tidies up; and then
 * the verdict is to be remembered.
 */
WRAP(void, po_child_end, (struct po_child * child))
{
	if (stage == session || stage == asking || no_kiosk) {
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

WRAP(enum po_status, po_question_relay,
    (const struct po_conversation *conversation, struct po_ipc *to,
	struct po_buf *lead, const struct po_msg_question *question,
	struct po_err *err))
{
	enum po_status st;

	fault_enter("conversation");
	st = __real_po_question_relay(conversation, to, lead, question, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_question_confirm,
    (const struct po_conversation *conversation, const struct po_message *grant,
	int64_t deadline_ms, struct po_err *err))
{
	enum po_status st;

	fault_enter("conversation");
	st = __real_po_question_confirm(conversation, grant, deadline_ms, err);
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

/* --- the stores, of bindings and of sessions: our own --- */

static char state_dir[] = "/tmp/fault.XXXXXX";
static char bindings_dir[sizeof(state_dir) + 9];

/* Where `path`, below PO_STATEDIR or PO_RUNDIR, is here. */
static const char *
our_own(const char *path, char *out, size_t size)
{
	bool run = strncmp(path, PO_RUNDIR, strlen(PO_RUNDIR)) == 0;

	(void)snprintf(out, size, "%s%s%s", state_dir, run ? "/run" : "",
	    path + strlen(run ? PO_RUNDIR : PO_STATEDIR));
	return out;
}

WRAP(enum po_status, po_store_open,
    (struct po_store * store, const char *path, struct po_err *err))
{
	char own[256];
	enum po_status st =
	    __real_po_store_open(store, our_own(path, own, sizeof(own)), err);

	store->path = path; /* which it borrows */
	return st;
}

WRAP(enum po_status, po_store_directory,
    (const char *path, mode_t mode, int *dir, struct po_err *err))
{
	char own[256];

	return __real_po_store_directory(
	    our_own(path, own, sizeof(own)), mode, dir, err);
}

WRAP(enum po_status, po_keep_begin,
    (pam_handle_t * pamh, const struct po_login_args *args, const char *account,
	const struct po_msg_grant *grant, struct po_err *err))
{
	enum po_status st;

	fault_enter("keeping");
	st = __real_po_keep_begin(pamh, args, account, grant, err);
	fault_leave();
	return st;
}

WRAP(void, po_command_read, (const char *service, char *out, size_t size))
{
	fault_enter("command");
	__real_po_command_read(service, out, size);
	fault_leave();
}

WRAP(enum po_status, po_bind_account,
    (const struct po_message *grant, const char *account, struct po_err *err))
{
	enum po_status st;

	fault_enter("binding");
	st = __real_po_bind_account(grant, account, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_liveness_begin,
    (pam_handle_t * pamh, const struct po_msg_grant *grant, const char *account,
	uid_t uid, const char *id, struct po_err *err))
{
	enum po_status st;

	fault_enter(record);
	st = __real_po_liveness_begin(pamh, grant, account, uid, id, err);
	fault_leave();
	return st;
}

static bool has_records; /* this host */

WRAP(bool, po_liveness_exists, (void))
{
	return has_records;
}

/* What the login before this one left, if only a draft of its record. */
static void
empty_store(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(bindings_dir);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(bindings_dir);
}

static int
remove_entry(const char *path, const struct stat *st PO_UNUSED,
    int type PO_UNUSED, struct FTW *walk PO_UNUSED)
{
	return remove(path);
}

/* All that sessions left: what a failure keeps from being removed. */
static void
empty_run(void)
{
	static const char *const dirs[] = { "run", "liveness" };
	char path[128];

	for (size_t i = 0; i < PO_ARRAY_LEN(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", state_dir, dirs[i]);
		(void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	}
}

/* What somebody who died while writing a record left, two hours ago. */
static void leave_draft(
    enum po_status (*open_store)(struct po_store *, struct po_err *))
{
	static const char name[] = ".0000000000000000";
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	int fd = -1;

	if (open_store(&store, NULL) == PO_OK)
		fd = openat(store.dir, name, O_WRONLY | O_CREAT | O_CLOEXEC,
		    S_IRUSR | S_IWUSR);
	if (fd < 0 || futimens(fd, old) != 0 || close(fd) != 0)
		abort();
}

static void
begin_store(const struct story *story)
{
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	empty_store();
	empty_run();
	if (story->binds)
		leave_draft(po_bindings_open);
	if (story->owner != NULL &&
	    (po_bindings_open(&store, NULL) != PO_OK ||
		po_binding_claim(
		    &store, "alice", ISSUER, story->owner, 1, NULL) != PO_OK))
		abort();
}

static void
end_store(void)
{
	empty_store();
	empty_run();
	(void)rmdir(state_dir);
}

/* An account that the refused one got would be somebody's for good. */
static void
check_store(const struct story *story, int code)
{
	AUTO(po_binding_clear) struct po_binding binding = { 0 };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	const char *owner = story->owner;
	bool found = false;

	if (po_bindings_open(&store, NULL) != PO_OK ||
	    po_binding_read(&store, "alice", &binding, &found, NULL) != PO_OK)
		fault_complain("the record is unreadable afterwards");
	if (owner == NULL && found && story->binds)
		owner = SUB; /* perhaps not on disk yet, but whole */
	if (found != (owner != NULL) ||
	    (found && strcmp(binding.sub, owner) != 0))
		fault_complain("the account is now \"%s\"'s",
		    found ? binding.sub : "nobody");
	if (code == PAM_SUCCESS && story->binds && !found)
		fault_complain("granted, and not bound");
}

static void
begin_record(void)
{
	AUTO(po_liveness_clear) struct po_liveness before = { 0 };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;

	if (po_liveness_parse(RECORD(TOKEN), &before, NULL) != PO_OK ||
	    po_liveness_open(&store, NULL) != PO_OK ||
	    po_liveness_write(&store, "alice", &before, NULL) != PO_OK)
		abort();
	leave_draft(po_liveness_open);
}

/* Whole, whatever happened, and what was answered stands in it. */
static void
check_record(const struct story *story, int code)
{
	AUTO(po_liveness_clear) struct po_liveness after = { 0 };
	AUTO(po_store_close) struct po_store store = PO_STORE_INIT;
	bool found = false;

	if (po_liveness_open(&store, NULL) != PO_OK ||
	    po_liveness_read(&store, "alice", &after, &found, NULL) != PO_OK)
		fault_complain("the record is unreadable afterwards");
	if (!story->live)
		return;
	if (!found)
		fault_complain("the record is gone");
	else if (code == PAM_SUCCESS &&
		 (strcmp(after.token, NEXT_TOKEN) != 0 || after.good_s == 1 ||
		     after.begun_s != 0 || after.closed_s != 0))
		fault_complain("granted, and not kept: %s", after.token);
	else if (code != PAM_SUCCESS && after.good_s > 1)
		/* it may be there already when something else fails */
		fault_note("kept as in order");
	else if (story->status != PO_E_CLOSED && after.closed_s != 0)
		fault_complain("closed by nobody");
}

/* --- the session --- */

/* How many entries a directory of ours has. */
static unsigned
count_entries(const char *path)
{
	char own[256];
	DIR *dir = opendir(our_own(path, own, sizeof(own)));
	unsigned count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		(void)closedir(dir);
	return count > 2 ? count - 2 : 0; /* "." and ".." */
}

static void
check_token(const char *path)
{
	char own[256], text[64] = "";
	FILE *file = fopen(our_own(path, own, sizeof(own)), "r");

	if (file == NULL || fread(text, 1, sizeof(text) - 1, file) == 0 ||
	    strcmp(text, TOKEN) != 0)
		fault_complain("%s has \"%s\"", path, text);
	if (file != NULL)
		(void)fclose(file);
}

/* The code of the phase that failed, if one did. */
static int
run_session(pam_handle_t *pamh)
{
	const char *path;
	int opened, closed;

	stage = session;
	fault_enter(session);
	opened = pam_sm_open_session(pamh, 0, 0, NULL);
	fault_pause();
	path = fake_pam_variable("OAUTH_TOKEN_FILE");
	if (path != NULL)
		check_token(path);
	fault_resume();
	closed = pam_sm_close_session(pamh, 0, 0, NULL);
	fault_pause();
	/* a file that somebody may read has a record that will remove it */
	if (count_entries(PO_RUNDIR "/tokens") >
	    count_entries(PO_RUNDIR "/sessions"))
		fault_complain("a token that nobody removes");
	fault_resume();
	return opened != PAM_SUCCESS ? opened : closed;
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
	const char *person = fake_pam_variable("PAM_OAUTH_PERSON");

	if (user == NULL || strcmp(user, "alice") != 0)
		fault_complain("granted to %s", user == NULL ? "nobody" : user);
	if (story->kiosk &&
	    (person == NULL || strcmp(person, "alice@example.com") != 0))
		fault_complain(
		    "the person is %s", person == NULL ? "not named" : person);
}

/* The account phase of somebody with a key. */
static int
run_live(const struct story *story, const char **args, int count)
{
	pam_handle_t *pamh = fake_pam_start(&story->pam);
	int code;

	stage = asking;
	no_kiosk = false;
	fault_pause();
	begin_store(story);
	begin_record();
	fault_resume();
	has_records = true;
	fault_enter(asking);
	code = pam_sm_acct_mgmt(pamh, 0, count, args);
	fault_leave();
	has_records = false;
	check_log(code);
	fault_pause();
	check_record(story, code);
	fake_pam_end();
	fault_resume();
	return code;
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
	if (story->live)
		return run_live(story, args, PO_ARRAY_LEN(args));
	pamh = fake_pam_start(&story->pam);
	stage = NULL;
	fault_pause();
	begin_store(story);
	fault_resume();
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
	if (story->keep != 0 && code == PAM_SUCCESS && account == PAM_SUCCESS)
		account = run_session(pamh);
	fault_pause();
	check_store(story, code);
	if (story->records)
		check_record(story, code);
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
	{ NULL, NULL, "keeping", AS_EVER,
	    "who comes in does not hang on a token for later" },
	{ "malloc", NULL, record, AS_EVER | BROKEN,
	    "a record that cannot be read, or only not be kept" },
	{ NULL, NULL, record, AS_EVER,
	    "who comes in does not hang on who may later" },
	{ NULL, NULL, session, AS_EVER | CODE(PAM_SESSION_ERR),
	    "no token, or one that cannot be taken back" },
	{ NULL, NULL, "twice", CODE(PAM_MAXTRIES),
	    "asked once more, or not: declined all the same" },
	{ NULL, NULL, "command", AS_EVER, "shown as two dots" },
	{ "malloc", NULL, over, AS_EVER, "a line of log less" },
	{ "malloc", NULL, asking, AS_EVER | BROKEN,
	    "a line of log, or something that decides" },
	{ "open", NULL, asking, AS_EVER | BROKEN,
	    "no store; or no terminal to watch" },
	{ "fstat", NULL, asking, AS_EVER | BROKEN, "whose record?" },
	{ "openat", NULL, asking, AS_EVER | BROKEN,
	    "a look for what others left, or something that decides" },
	{ "fdopendir", NULL, asking, AS_EVER, "looked through later" },
	{ "readdir", NULL, asking, AS_EVER, "looked through later" },
	{ "fstatat", NULL, asking, AS_EVER, "looked at later" },
	{ "unlinkat", NULL, asking, AS_EVER, "swept away later" },
	{ "pam_prompt", NULL, asking, AS_EVER, "a last word less" },
	{ "fcntl(F_OFD_SETLK)", "EAGAIN", asking, AS_EVER, "tried again" },
	{ "write", NULL, asking, AS_EVER | BROKEN,
	    "a no is one, even if the record does not have it" },
	{ "fsync", NULL, asking, AS_EVER | BROKEN, "the same" },
	{ "renameat", NULL, asking, AS_EVER | BROKEN, "the same" },
	{ "getrandom", NULL, asking, AS_EVER | BROKEN, "the same" },
	{ "pam_get_item(PAM_USER)", NULL, asking, NO_ACCOUNT, "nobody is" },
	{ "malloc", NULL, verdict, AS_EVER | BROKEN,
	    "a no counts even if it is not remembered" },
	{ "malloc", NULL, "conversation", BROKEN, "nothing to show" },
	{ "malloc", NULL, "environment", BROKEN, "a session without a name" },
	{ "malloc", NULL, "text", AS_EVER, "a line of log less" },
	{ "close", NULL, NULL, AS_EVER, "closed all the same" },
	{ "open", NULL, "binding", BROKEN, "no store" },
	{ "fstat", NULL, "binding", BROKEN, "whose store, whose record?" },
	{ "openat", NULL, "binding", AS_EVER | BROKEN,
	    "a look for what others left, or something that decides" },
	{ "fdopendir", NULL, "binding", AS_EVER, "looked through later" },
	{ "readdir", NULL, "binding", AS_EVER, "looked through later" },
	{ "fstatat", NULL, "binding", AS_EVER, "looked at later" },
	{ "unlinkat", NULL, "binding", AS_EVER, "swept away later" },
	{ "linkat", "EEXIST", NULL, AS_EVER, "somebody was first, or not" },
	{ "write", "EINTR", NULL, AS_EVER, "written again" },
	{ "write", "short", NULL, AS_EVER, "and the rest after it" },
	{ "read", "EINTR", NULL, AS_EVER, "read again" },
	{ "read", "short", NULL, AS_EVER, "and the rest after it" },
	{ "read", "end", NULL, AS_EVER | BROKEN, "which it was, or not" },
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
	{ "waitid", "EINTR", NULL, AS_EVER, "waited for again" },
	{ "waitid", "ECHILD", NULL, AS_EVER, "reaped by somebody else" },

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
	{ "pam_getenv", NULL, NULL, AS_EVER, "an id that is nobody's stays" },
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
	if (mkdtemp(state_dir) == NULL || atexit(end_store) != 0)
		abort();
	(void)snprintf(
	    bindings_dir, sizeof(bindings_dir), "%s/bindings", state_dir);
	return fault_main(&program, argc, argv);
}
