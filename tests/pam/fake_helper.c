/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper that breaks the rules of base/message.h, one rule a scenario, for
 * pam_oauth_fake.so.  The module argument provider=SCENARIO picks it.  A few
 * scenarios keep the rules: without them the others would prove nothing.
 */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipc.h"

#define SOCKET_FD 3 /* PO_HELPER_FD of base/spawn.h */
#define DEADLINE_MS 30000
#define STYLE_INFO 1
#define STYLE_ENTER 2
#define NASTY "\x1b[2J\x1b]0;owned\a\nresult=granted \xe2\x80\xae\xff"

static struct po_ipc ipc = { .fd = SOCKET_FD };
static const struct po_msg_start *start;

static void
say(const struct po_message *message)
{
	if (po_ipc_send(&ipc, message, NULL) != PO_OK)
		_exit(1); /* the module has left */
}

/* Until the module closes the socket: it must not depend on our leaving. */
static void
linger(void)
{
	char byte;

	while (recv(ipc.fd, &byte, 1, 0) > 0)
		continue;
}

static void
hear_check(void)
{
	struct po_message message = { 0 };

	ipc.allowed[PO_MSG_CHECK] = 1;
	if (po_ipc_receive(&ipc, po_clock_ms() + DEADLINE_MS, &message, NULL) !=
	    PO_OK)
		_exit(1);
	po_message_clear(&message);
}

static struct po_message
hello(void)
{
	return (struct po_message){
		.type = PO_MSG_HELLO,
		.hello = { .version = PO_MESSAGE_VERSION,
		    .timeout_s = 30,
		    .account = "" },
	};
}

static struct po_message
prompt(void)
{
	return (struct po_message){
		.type = PO_MSG_PROMPT,
		.prompt = {
			.label = "Fake SSO",
			.message = "",
			.verification_uri = "https://fake.example/device",
			.verification_uri_complete = "",
			.user_code = "FAKE-CODE",
			.qr = "\xe2\x96\x80 \xe2\x96\x84\xe2\x96\x88#\n",
			.expires_in_s = 30,
			.style = STYLE_INFO,
		},
	};
}

static struct po_message
result(int64_t status, const char *account)
{
	return (struct po_message){
		.type = PO_MSG_RESULT,
		.result = { .status = status,
		    .account = account,
		    .detail = "",
		    .fields = "" },
	};
}

static void
say_hello(void)
{
	struct po_message message = hello();

	say(&message);
}

static void
say_prompt(void)
{
	struct po_message message = prompt();

	say(&message);
}

static void
say_result(int64_t status, const char *account)
{
	struct po_message message = result(status, account);

	say(&message);
}

static void
say_type(enum po_message_type type)
{
	struct po_message message = { .type = type };

	say(&message);
}

/* Everything up to the verdict, which is then the scenario's matter. */
static void
begin(void)
{
	say_hello();
	say_prompt();
}

static void
say_grant(bool bind, const char *issuer, const char *sub)
{
	const struct po_message message = {
		.type = PO_MSG_GRANT,
		.grant = {
			.provider = "fake",
			.issuer = issuer,
			.sub = sub,
			.person = "",
			.bind = bind,
			.exports = "",
			.token = "",
			.approver = "",
			.record = "",
		},
	};

	say(&message);
}

static void
grant(void)
{
	say_grant(false, "https://fake.example", "1");
	say_result(PO_OK, start->user);
}

/* --- scenarios that keep the rules --- */

static void
good(void)
{
	begin();
	grant();
}

static void
good_enter(void)
{
	struct po_message message = prompt();

	say_hello();
	message.prompt.style = STYLE_ENTER;
	say(&message);
	hear_check();
	say_type(PO_MSG_PENDING);
	hear_check();
	grant();
}

static void
good_renewed(void)
{
	struct po_message message = prompt();

	begin();
	message.prompt.renewed = true;
	say(&message);
	grant();
}

/* Its child keeps the socket, and outlives it. */
static void
good_child_stays(void)
{
	begin();
	if (fork() == 0)
		linger();
	else
		grant();
}

/* Success after the module's reminder, which is due after 30 s, not 60. */
static void
good_late(void)
{
	struct pollfd pfd = { .fd = ipc.fd, .events = POLLIN };
	struct po_message message = hello();

	message.hello.timeout_s = 60;
	say(&message);
	say_prompt();
	if (poll(&pfd, 1, 45000) == 0)
		grant();
}

/* --- order and number --- */

static void
refused_then_granted(void)
{
	begin();
	say_result(PO_E_DENIED, "");
	grant();
}

static void
hello_twice(void)
{
	say_hello();
	begin();
	grant();
}

static void
prompt_before_hello(void)
{
	say_prompt();
	say_hello();
	grant();
}

static void
prompt_three_times(void)
{
	begin();
	say_prompt();
	say_prompt();
	grant();
}

static void
pending_unasked(void)
{
	begin();
	say_type(PO_MSG_PENDING);
	grant();
}

static void
module_message(void)
{
	begin();
	say_type(PO_MSG_CHECK);
	grant();
}

static void
success_unasked(void)
{
	say_hello();
	grant();
}

static void
success_first(void)
{
	grant();
}

static void
success_without_grant(void)
{
	begin();
	say_result(PO_OK, start->user);
}

static void
grant_twice(void)
{
	begin();
	say_grant(false, "https://fake.example", "1");
	grant();
}

static void
log_flood(void)
{
	struct po_message message = {
		.type = PO_MSG_LOG,
		.log = { .level = 2, .text = "flood" },
	};

	begin();
	for (int i = 0; i < 65; i++)
		say(&message);
	grant();
}

/* --- ends --- */

static void
nasty_log(void)
{
	struct po_message line = {
		.type = PO_MSG_LOG,
		.log = { .level = 99, .text = NASTY },
	};
	struct po_message verdict = result(PO_E_DENIED, "");

	begin();
	say(&line);
	verdict.result.detail = NASTY;
	verdict.result.fields = NASTY;
	say(&verdict);
}

static void
say_fields(const char *fields)
{
	struct po_message verdict = result(PO_E_DENIED, "");

	begin();
	verdict.result.fields = fields;
	verdict.result.detail = "result=granted user=root x=";
	say(&verdict);
}

static void
forged_fields(void)
{
	say_fields("polls=1 result=granted user=root");
}

/* A quotation mark that ends with the one in front of detail's words. */
static void
forged_quote(void)
{
	say_fields("sub=\"\\\\\" x=\"");
}

/* The same, where the end is cut off. */
static void
forged_length(void)
{
	char fields[4096];

	(void)snprintf(fields, sizeof(fields), "x=\"%04000d\"", 0);
	say_fields(fields);
}

/* --- questions --- */

static bool confirms; /* HELLO says so */
static int64_t questions;
static const char *approver = "";

static void
greet_and_prompt(void)
{
	struct po_message message = hello();

	message.hello.confirm = confirms;
	message.hello.questions = questions;
	say(&message);
	say_prompt();
}

static void
vouch_and_grant(void)
{
	const struct po_message message = {
		.type = PO_MSG_GRANT,
		.grant = { .provider = "fake",
		    .issuer = "https://fake.example",
		    .sub = "1",
		    .person = "",
		    .exports = "",
		    .token = "",
		    .approver = approver,
		    .record = "" },
	};

	say(&message);
	say_result(PO_OK, start->user);
}

static void
ask(int64_t kind, int64_t count, const char *text)
{
	const struct po_message message = {
		.type = PO_MSG_QUESTION,
		.question = { .kind = kind, .count = count, .text = text },
	};

	say(&message);
}

/* Hears the answer, and logs what it is. */
static void
hear_answer(void)
{
	AUTO(po_message_clear) struct po_message message = { 0 };
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024);
	struct po_message line = { .type = PO_MSG_LOG, .log = { .level = 2 } };

	ipc.allowed[PO_MSG_ANSWER] = 1;
	if (po_ipc_receive(&ipc, po_clock_ms() + DEADLINE_MS, &message, NULL) !=
	    PO_OK)
		_exit(1);
	po_buf_appendf(&text, "answer %lld \"%s\"",
	    (long long)message.answer.choice, message.answer.text);
	line.log.text = po_buf_str(&text);
	say(&line);
}

static void
good_question(void)
{
	ask(PO_QUESTION_YES, 0, "Example SSO");
	hear_answer();
	good();
}

static void
good_text(void)
{
	questions = 1;
	greet_and_prompt();
	ask(PO_QUESTION_TEXT, PO_ADVICE_NO_CODE, "");
	hear_answer();
	vouch_and_grant();
}

static void
question_nasty(void)
{
	ask(PO_QUESTION_YES, 0, NASTY);
	hear_answer();
	good();
}

static void
question_of_no_kind(void)
{
	ask(PO_QUESTION_KINDS, 0, "Password:");
	good();
}

static void
question_of_ten_choices(void)
{
	ask(PO_QUESTION_NUMBER, 10, "Which?");
	good();
}

static void
question_twice(void)
{
	ask(PO_QUESTION_YES, 0, "Example SSO");
	hear_answer();
	ask(PO_QUESTION_TEXT, 0, "Password:");
	good();
}

/* What a helper could ask for that was taken over from the network. */
static void
question_for_a_password(void)
{
	begin();
	ask(PO_QUESTION_TEXT, 0, "Password:");
	vouch_and_grant();
}

/* Announced for what is pasted, and asked for what is typed unseen. */
static void
question_for_a_secret(void)
{
	questions = 3;
	greet_and_prompt();
	ask(PO_QUESTION_SECRET, 0, "Password:");
	vouch_and_grant();
}

/* The one that the module asks by itself. */
static void
question_who_approved(void)
{
	questions = 1;
	greet_and_prompt();
	ask(PO_QUESTION_NO, 0, "alice@example.com");
	vouch_and_grant();
}

static void
questions_endless(void)
{
	questions = INT64_C(1) << 32;
	greet_and_prompt();
	vouch_and_grant();
}

static void
good_confirm(void)
{
	confirms = true;
	approver = "alice@example.com (mfa)";
	greet_and_prompt();
	vouch_and_grant();
}

static void
confirm_nobody(void)
{
	confirms = true;
	greet_and_prompt();
	vouch_and_grant();
}

static void
confirm_without_grant(void)
{
	confirms = true;
	greet_and_prompt();
	say_result(PO_OK, start->user);
}

static void
confirm_nasty(void)
{
	confirms = true;
	approver = NASTY;
	greet_and_prompt();
	vouch_and_grant();
}

static void
exits(void)
{
	_exit(0);
}

static void
crashes(void)
{
	begin();
	abort();
}

static void
no_verdict(void)
{
	struct po_message message = hello();

	message.hello.timeout_s = 1;
	say(&message);
	say_prompt();
	linger();
}

/* --- kiosks: nobody is named, and the account is the helper's choice --- */

static void
invite(int64_t min_uid, const char *only)
{
	struct po_message message = hello();

	message.hello.min_uid = min_uid;
	message.hello.account = only;
	say(&message);
}

static void
vouch(void)
{
	const struct po_message message = {
		.type = PO_MSG_GRANT,
		.grant = { .provider = "fake",
		    .issuer = "https://fake.example",
		    .sub = "1",
		    .person = NASTY,
		    .exports = "",
		    .token = "",
		    .approver = "",
		    .record = "" },
	};

	say(&message);
}

static void
kiosk_no_grant(void)
{
	invite(1000, "");
	say_prompt();
	say_result(PO_OK, "bob");
}

static void
kiosk_unasked(void)
{
	invite(1000, "");
	vouch();
	say_result(PO_OK, "bob");
}

/* No kiosk, whoever is named. */
static void
kiosk_wanted(void)
{
	say_result(PO_E_ACCOUNT_WANTED, "");
}

static void
kiosk_wanted_late(void)
{
	invite(1000, "");
	say_prompt();
	kiosk_wanted();
}

/* --- which scenario --- */

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
	{ "good", good },
	{ "good_enter", good_enter },
	{ "good_renewed", good_renewed },
	{ "good_child_stays", good_child_stays },
	{ "good_after_reminder", good_late },
	{ "good_after_silence", good_late },
	{ "refused_then_granted", refused_then_granted },
	{ "hello_twice", hello_twice },
	{ "prompt_before_hello", prompt_before_hello },
	{ "prompt_three_times", prompt_three_times },
	{ "pending_unasked", pending_unasked },
	{ "module_message", module_message },
	{ "log_flood", log_flood },
	{ "success_unasked", success_unasked },
	{ "success_first", success_first },
	{ "success_without_grant", success_without_grant },
	{ "grant_twice", grant_twice },
	{ "nasty_log", nasty_log },
	{ "forged_fields", forged_fields },
	{ "forged_quote", forged_quote },
	{ "forged_length", forged_length },
	{ "good_question", good_question },
	{ "good_text", good_text },
	{ "question_nasty", question_nasty },
	{ "question_of_no_kind", question_of_no_kind },
	{ "question_of_ten_choices", question_of_ten_choices },
	{ "question_twice", question_twice },
	{ "question_for_a_password", question_for_a_password },
	{ "question_for_a_secret", question_for_a_secret },
	{ "question_who_approved", question_who_approved },
	{ "questions_endless", questions_endless },
	{ "good_confirm", good_confirm },
	{ "confirm_nobody", confirm_nobody },
	{ "confirm_without_grant", confirm_without_grant },
	{ "confirm_nasty", confirm_nasty },
	{ "exits", exits },
	{ "crashes", crashes },
	{ "no_verdict", no_verdict },
	{ "kiosk_no_grant", kiosk_no_grant },
	{ "kiosk_wanted", kiosk_wanted },
	{ "kiosk_wanted_late", kiosk_wanted_late },
	{ "kiosk_unasked", kiosk_unasked },
};

/* A good PROMPT in other bytes, with a good one and a success behind. */
static const struct {
	const char *name;
	long longer;
	size_t at, count; /* bytes set to `byte` */
	int byte;
} changes[] = {
	{ "one_byte_more", 1, 0, 0, 0 },
	{ "one_byte_less", -1, 0, 0, 0 },
	{ "only_type", -PO_MESSAGE_MAX, 0, 0, 0 },
	{ "too_long", PO_MESSAGE_MAX, 0, 0, 0 },
	{ "type_0", 0, 0, 1, 0 },
	{ "type_255", 0, 0, 1, 255 },
	{ "length_lies", 0, 1, 4, 255 },
	{ "nul_in_label", 0, 1 + 4, 1, 0 },
};

static const struct {
	const char *name;
	int64_t version, timeout_s;
} greetings[] = {
	{ "wrong_version", PO_MESSAGE_VERSION + 1, 30 },
	{ "timeout_0", PO_MESSAGE_VERSION, 0 },
	{ "timeout_endless", PO_MESSAGE_VERSION, INT64_MAX },
};

/* One text of the prompt, with a success behind. */
#define PROMPT_TEXT(member) offsetof(struct po_msg_prompt, member)
static const struct {
	const char *name;
	size_t member;
	const char *text;
} prompts[] = {
	{ "nasty_label", PROMPT_TEXT(label), NASTY },
	{ "nasty_message", PROMPT_TEXT(message), NASTY },
	{ "nasty_code", PROMPT_TEXT(user_code), NASTY },
	{ "no_code", PROMPT_TEXT(user_code), "" },
	{ "nasty_url", PROMPT_TEXT(verification_uri),
	    "https://a.example/\x1b[2J" },
	{ "http_url", PROMPT_TEXT(verification_uri), "http://a.example/" },
	{ "script_url", PROMPT_TEXT(verification_uri), "javascript:alert(1)" },
	{ "http_complete_url", PROMPT_TEXT(verification_uri_complete),
	    "http://a.example/" },
	{ "nasty_qr", PROMPT_TEXT(qr), "\xe2\x96\x80\x1b[2J\n" },
	{ "text_in_qr", PROMPT_TEXT(qr), "## call 555-0100 ##\n" },
};

/* Verdicts about the user's name without its last letter, and more. */
static const struct {
	const char *name;
	int64_t status;
	size_t cut;
	const char *more;
} verdicts[] = {
	{ "status_too_large", PO_STATUS_COUNT, 0, "" },
	{ "status_negative", -1, 0, "" },
	{ "status_wraps", INT64_C(1) << 32, 0, "" }, /* PO_OK in 32 bits */
	{ "success_for_nobody", PO_OK, SIZE_MAX, "" },
	{ "success_for_root", PO_OK, SIZE_MAX, "root" },
	{ "success_for_prefix", PO_OK, 1, "" },
	{ "success_for_longer", PO_OK, 0, " " },
};

static void
say_verdict(int64_t status, size_t cut, const char *more)
{
	AUTO(po_buf_clear) struct po_buf name = PO_BUF_INIT(256);
	size_t len = strlen(start->user);

	po_buf_append(&name, start->user, len - (cut < len ? cut : len));
	po_buf_append_str(&name, more);
	begin();
	say_result(status, po_buf_str(&name));
}

static void
say_changed(size_t i)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(1024 * 1024);
	struct po_message message = prompt();

	say_hello();
	if (po_message_encode(&message, &bytes, NULL) != PO_OK)
		_exit(1);
	for (long more = 0; more < changes[i].longer; more++)
		po_buf_append_char(&bytes, 'x');
	for (long less = 0; less > changes[i].longer && bytes.len > 1; less--)
		bytes.len--;
	memset(bytes.data + changes[i].at, changes[i].byte, changes[i].count);
	if (send(ipc.fd, bytes.data, bytes.len, MSG_NOSIGNAL) < 0)
		_exit(1);
	say_prompt();
	grant();
}

static void
greet(int64_t version, int64_t timeout_s)
{
	struct po_message message = hello();

	message.hello.version = version;
	message.hello.timeout_s = timeout_s;
	say(&message);
	say_prompt();
	grant();
}

static void
show(size_t member, const char *text)
{
	struct po_message message = prompt();

	*(const char **)((char *)&message.prompt + member) = text;
	say_hello();
	say(&message);
	grant();
}

/* Whom the account is to be bound to. */
static const struct {
	const char *name, *issuer, *sub;
} bindings[] = {
	{ "good_binding", "https://fake.example", "1" },
	{ "binding_without_sub", "https://fake.example", "" },
	{ "binding_without_issuer", "", "1" },
	{ "binding_with_two_lines", "https://fake.example",
	    "2\nsince=0\nsub=1" },
	{ "binding_with_an_escape", "https://fake.example", "\x1b[2J" },
	{ "binding_beyond_ascii", "https://fake.example/\xe2\x80\xae", "1" },
};

static void
say_binding(const char *issuer, const char *sub)
{
	begin();
	say_grant(true, issuer, sub);
	say_result(PO_OK, start->user);
}

#define RECORD(sub, token)                                                     \
	"version=1\nprovider=fake\nissuer=https://fake.example\n"              \
	"client_id=linux\nsub=" sub "\nnonce=\ngood=1\nbegun=0\nclosed=0\n"    \
	"token=" token "\n"

/* What comes with a success. */
static const struct {
	const char *name, *exports;
	int64_t keep;
	const char *token;
	const char *record; /* for liveness; NULL: none */
} gifts[] = {
	{ "good_export", "OIDC_NAME=Alice O'Hara\nEMAIL=\n", PO_KEEP_NONE, "",
	    NULL },
	{ "export_ld_preload", "LD_PRELOAD=/tmp/evil.so\n", PO_KEEP_NONE, "",
	    NULL },
	{ "export_path", "OIDC_A=1\nPATH=/tmp\n", PO_KEEP_NONE, "", NULL },
	{ "export_bash_env", "BASH_ENV=/tmp/evil\n", PO_KEEP_NONE, "", NULL },
	{ "export_our_own", "PAM_OAUTH_SESSION=0\n", PO_KEEP_NONE, "", NULL },
	{ "export_token_file", "OAUTH_TOKEN_FILE=/etc/shadow\n", PO_KEEP_NONE,
	    "", NULL },
	{ "export_second_line", "OIDC_A=1\nIFS=x\n", PO_KEEP_NONE, "", NULL },
	{ "export_without_end", "OIDC_A=1", PO_KEEP_NONE, "", NULL },
	{ "export_without_value", "OIDC_A\n", PO_KEEP_NONE, "", NULL },
	{ "export_empty_line", "\n", PO_KEEP_NONE, "", NULL },
	{ "export_substitution", "OIDC_A=$(reboot)\n", PO_KEEP_NONE, "", NULL },
	{ "export_function", "OIDC_A=() { :; }; reboot\n", PO_KEEP_NONE, "",
	    NULL },
	{ "export_escape", "OIDC_A=\x1b[2J\n", PO_KEEP_NONE, "", NULL },
	{ "export_bidi", "OIDC_A=a\xe2\x80\xae\n", PO_KEEP_NONE, "", NULL },
	{ "export_not_utf8", "OIDC_A=\xff\n", PO_KEEP_NONE, "", NULL },
	{ "export_option", "OIDC_A=-rf\n", PO_KEEP_NONE, "", NULL },
	{ "export_beside_bad_token", "OIDC_A=1\n", PO_KEEP_ID_TOKEN, "", NULL },
	{ "good_keep", "", PO_KEEP_ID_TOKEN, "fake.token", NULL },
	{ "keep_without_token", "", PO_KEEP_ACCESS_TOKEN, "", NULL },
	{ "keep_two_lines", "", PO_KEEP_ACCESS_TOKEN, "a\nb", NULL },
	{ "keep_escape", "", PO_KEEP_ACCESS_TOKEN, "a\x1b[2J", NULL },
	{ "keep_of_no_kind", "", PO_KEEP_COUNT, "a", NULL },
	{ "keep_negative", "", -1, "a", NULL },
	{ "record_of_another", "", PO_KEEP_NONE, "", RECORD("2", "t") },
	{ "record_two_lines", "", PO_KEEP_NONE, "", RECORD("1", "t\nx=y") },
	{ "record_escape", "", PO_KEEP_NONE, "", RECORD("1", "\x1b[2J") },
	{ "record_nonsense", "", PO_KEEP_NONE, "", "version=1\n" },
	{ "good_record", "", PO_KEEP_NONE, "", RECORD("1", "t") },
	{ "keep_wraps", "", (INT64_C(1) << 32) + PO_KEEP_ACCESS_TOKEN, "a",
	    NULL },
};

static void
give(size_t i)
{
	const struct po_message message = {
		.type = PO_MSG_GRANT,
		.grant = {
			.provider = "fake",
			.issuer = "https://fake.example",
			.sub = "1",
			.person = "",
			.exports = gifts[i].exports,
			.keep = gifts[i].keep,
			.token = gifts[i].token,
			.approver = "",
			.record = gifts[i].record != NULL ? gifts[i].record
							  : "",
		},
	};

	begin();
	say(&message);
	say_result(PO_OK, start->user);
}

/* Whom nobody asked for, with a GRANT in front. */
static const struct {
	const char *name, *account;
	int64_t min_uid; /* of HELLO */
	const char *only;
} choices[] = {
	{ "good_kiosk", "bob", 1000, "" },
	{ "kiosk_root", "root", 1, "" },
	{ "kiosk_daemon", "daemon", 1000, "" },
	{ "kiosk_nobody", "nobody", 1, "" },
	{ "kiosk_empty", "", 1000, "" },
	{ "kiosk_blank", "a b", 1000, "" },
	{ "kiosk_path", "../x", 1000, "" },
	{ "kiosk_escape", NASTY, 1000, "" },
	{ "kiosk_other_case", "Bob", 1000, "" },
	{ "kiosk_unknown", "nosuchuser", 1000, "" },
	{ "good_kiosk_of_one", "bob", 1000, "bob" },
	{ "kiosk_of_another", "alice", 1000, "bob" },
	{ "kiosk_of_a_prefix", "bob", 1000, "bobby" },
	{ "kiosk_min_uid_0", "bob", 0, "" },
	{ "kiosk_min_uid_negative", "bob", -1, "" },
	{ "kiosk_min_uid_wraps", "bob", (INT64_C(1) << 32) + 1, "" },
	{ "kiosk_min_uid_high", "bob", UINT32_MAX - 1, "" },
};

static void
choose(const char *account, int64_t min_uid, const char *only)
{
	invite(min_uid, only);
	say_prompt();
	vouch();
	say_result(PO_OK, account);
}

/* About an account that has a record; CHECK comes after each HELLO. */
static const struct {
	const char *name;
	const char *says; /* H HELLO, G GRANT, P PROMPT, else see tell() */
	const char *token;
} lives[] = {
	{ "live_good", "HcRY", "next" },
	{ "live_same_token", "HcRY", "" },
	{ "live_fresh", "y", "" },
	{ "live_off", "s", "" },
	{ "live_closed", "HcC", "" },
	{ "live_not_allowed", "HcRN", "next" },
	{ "live_proven_unasked", "Y", "" },
	{ "live_proven_for_another", "HcRO", "next" },
	{ "live_off_after_asking", "Hcs", "" },
	{ "live_renewed_first", "RHcY", "next" },
	{ "live_renewed_twice", "HcRRY", "next" },
	{ "live_hello_twice", "HcHcRY", "next" },
	{ "live_token_two_lines", "HcRY", "a\nclosed=1" },
	{ "live_token_escape", "HcRY", "a\x1b[2J" },
	{ "live_token_not_ascii", "HcRY", "\xff" },
	{ "live_prompt", "HcPRY", "next" },
	{ "live_grant", "HcGRY", "next" },
	{ "live_status_negative", "Hc-", "" },
	{ "live_dies_before", "", "" },
	{ "live_dies_asking", "Hc", "" },
	{ "live_dies_renewed", "HcR", "next" },
};

static void
tell(char what, const char *token)
{
	const struct po_message renewed = {
		.type = PO_MSG_RENEWED,
		.renewed = { .token = token },
	};

	if (what == 'H')
		say_hello();
	else if (what == 'c')
		hear_check();
	else if (what == 'R')
		say(&renewed);
	else if (what == 'P')
		say_prompt();
	else if (what == 'G')
		say_grant(false, "https://fake.example", "1");
	else if (what == 'Y') /* proven just now */
		say_result(PO_OK, start->user);
	else if (what == 'y') /* by an earlier answer */
		say_result(PO_OK, "");
	else if (what == 'O')
		say_result(PO_OK, "root");
	else if (what == 's')
		say_result(PO_E_SKIPPED, "");
	else if (what == 'C')
		say_result(PO_E_CLOSED, "");
	else if (what == 'N')
		say_result(PO_E_NOT_ALLOWED, "");
	else if (what == '-')
		say_result(-1, "");
}

static void
play_live(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(lives); i++)
		for (const char *p = lives[i].says;
		     strcmp(name, lives[i].name) == 0 && *p != '\0'; p++)
			tell(*p, lives[i].token);
	_exit(0);
}

static void
play(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(gifts); i++)
		if (strcmp(name, gifts[i].name) == 0)
			give(i);
	for (size_t i = 0; i < PO_ARRAY_LEN(scenarios); i++)
		if (strcmp(name, scenarios[i].name) == 0)
			scenarios[i].run();
	for (size_t i = 0; i < PO_ARRAY_LEN(changes); i++)
		if (strcmp(name, changes[i].name) == 0)
			say_changed(i);
	for (size_t i = 0; i < PO_ARRAY_LEN(greetings); i++)
		if (strcmp(name, greetings[i].name) == 0)
			greet(greetings[i].version, greetings[i].timeout_s);
	for (size_t i = 0; i < PO_ARRAY_LEN(prompts); i++)
		if (strcmp(name, prompts[i].name) == 0)
			show(prompts[i].member, prompts[i].text);
	for (size_t i = 0; i < PO_ARRAY_LEN(verdicts); i++)
		if (strcmp(name, verdicts[i].name) == 0)
			say_verdict(verdicts[i].status, verdicts[i].cut,
			    verdicts[i].more);
	for (size_t i = 0; i < PO_ARRAY_LEN(bindings); i++)
		if (strcmp(name, bindings[i].name) == 0)
			say_binding(bindings[i].issuer, bindings[i].sub);
	for (size_t i = 0; i < PO_ARRAY_LEN(choices); i++)
		if (strcmp(name, choices[i].name) == 0)
			choose(choices[i].account, choices[i].min_uid,
			    choices[i].only);
}

int
main(void)
{
	AUTO(po_message_clear) struct po_message message = { 0 };

	ipc.allowed[PO_MSG_START] = 1;
	ipc.allowed[PO_MSG_LIVENESS] = 1;
	if (po_ipc_receive(&ipc, po_clock_ms() + DEADLINE_MS, &message, NULL) !=
	    PO_OK)
		return 1;
	if (message.type == PO_MSG_LIVENESS) {
		start = &message.liveness.start;
		play_live(start->provider);
	}
	start = &message.start;
	play(start->provider);
	linger(); /* and "hangs" is not in the tables at all */
	return 0;
}
