/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts of messages for fuzz targets.  See script.h. */

#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	LABEL,
	MESSAGE,
	URI,
	URI_COMPLETE,
	CODE,
	QR,
	USER,
	SERVICE,
	DETAIL,
	FIELDS,
	APPROVER
};

void
script_begin(struct script *script, const void *data, size_t size)
{
	script->at = data;
	script->end = script->at + size;
}

bool
script_next(struct script *script, struct step *step)
{
	step_clear(step);
	if (script->at == script->end)
		return false;
	step->op = *script->at;
	step->text.max = (size_t)(script->end - script->at);
	if (step->op != '\n')
		script->at++;
	for (; script->at < script->end && *script->at != '\n'; script->at++) {
		char c = *script->at;

		if (c == '\\' && script->end - script->at > 1) {
			c = *++script->at;
			c = c == 'n' ? '\n' : c == '0' ? '\0' : c;
		}
		po_buf_append_char(&step->text, c);
	}
	if (script->at < script->end)
		script->at++;
	return true;
}

void
step_clear(struct step *step)
{
	po_buf_clear(&step->text);
	step->op = '\0';
}

int64_t
script_int(const char **text)
{
	char *end = NULL;
	int64_t value = strtoll(*text, &end, 10);

	*text = *end == ' ' ? end + 1 : end;
	return value;
}

/* 0 is ours, whatever it is: scripts outlive it. */
static int64_t
script_version(const char **text)
{
	int64_t version = script_int(text);

	return version == 0 ? PO_MESSAGE_VERSION : version;
}

static void
set_text(struct speaker *speaker, size_t i, const char *text)
{
	po_str_free(&speaker->texts[i]);
	speaker->texts[i] = po_str_dup(text);
	if (speaker->texts[i] == NULL)
		abort();
}

void
speaker_init(struct speaker *speaker)
{
	static const char *const texts[SPEAKER_TEXTS] = {
		[LABEL] = "Example SSO",
		[MESSAGE] = "",
		[URI] = "https://sso.example.com/device",
		[URI_COMPLETE] = "",
		[CODE] = "WDJB-MJHT",
		[QR] = "",
		[USER] = "alice",
		[SERVICE] = "sshd",
		[DETAIL] = "",
		[FIELDS] = "",
		[APPROVER] = "",
	};

	memset(speaker, 0, sizeof(*speaker));
	for (size_t i = 0; i < SPEAKER_TEXTS; i++)
		set_text(speaker, i, texts[i]);
}

void
speaker_clear(struct speaker *speaker)
{
	for (size_t i = 0; i < SPEAKER_TEXTS; i++)
		po_str_free(&speaker->texts[i]);
}

static void
fill_start(
    const struct speaker *speaker, const char *text, struct po_msg_start *start)
{
	*start = (struct po_msg_start){
		.version = script_version(&text),
		.service = speaker->texts[SERVICE],
		.user = speaker->texts[USER],
		.uid = 1000,
		.rhost = "",
		.config_file = "/etc/pam_oauth/pam_oauth.conf",
		.provider = "",
		.command = "",
	};
}

static void
fill_prompt(const struct speaker *speaker, const char *text,
    struct po_msg_prompt *prompt)
{
	*prompt = (struct po_msg_prompt){
		.label = speaker->texts[LABEL],
		.message = speaker->texts[MESSAGE],
		.verification_uri = speaker->texts[URI],
		.verification_uri_complete = speaker->texts[URI_COMPLETE],
		.user_code = speaker->texts[CODE],
		.qr = speaker->texts[QR],
	};
	prompt->style = script_int(&text);
	prompt->renewed = script_int(&text) != 0;
	prompt->expires_in_s = script_int(&text);
	prompt->kind = script_int(&text);
}

/* A number or a reason, which stays what it is when others are added. */
static int64_t
script_status(const char **text)
{
	size_t len = strcspn(*text, " ");

	for (int status = 0; status < PO_STATUS_COUNT; status++) {
		const char *name = po_status_name((enum po_status)status);

		if (strlen(name) == len && memcmp(name, *text, len) == 0) {
			*text += len + ((*text)[len] == ' ');
			return status;
		}
	}
	return script_int(text);
}

/* The same as below, of the messages that ask and answer. */
static bool
fill_question(char op, const char *text, struct po_message *message)
{
	if (op == 'Q') {
		message->type = PO_MSG_QUESTION;
		message->question.kind = script_int(&text);
		message->question.count = script_int(&text);
		message->question.text = text;
		return true;
	}
	if (op == 'I') {
		message->type = PO_MSG_ANSWER;
		message->answer.choice = script_int(&text);
		message->answer.text = text;
		return true;
	}
	return false;
}

/* The same, of those about an account that somebody has another key to. */
static bool
fill_liveness(const struct speaker *speaker, char op, const char *text,
    struct po_message *message)
{
	if (op == 'E') {
		message->type = PO_MSG_LIVENESS;
		fill_start(speaker, text, &message->liveness.start);
		message->liveness.record = "version=1\n";
		return true;
	}
	if (op == 'W') {
		message->type = PO_MSG_RENEWED;
		message->renewed.token = text;
		return true;
	}
	return false;
}

/* False unless the step is a message. */
static bool
fill(const struct speaker *speaker, const struct step *step,
    struct po_message *message)
{
	const char *text = po_buf_str(&step->text);

	switch (step->op) {
	case 'S':
		message->type = PO_MSG_START;
		fill_start(speaker, text, &message->start);
		return true;
	case 'K':
		message->type = PO_MSG_REVOKE;
		message->revoke = (struct po_msg_revoke){
			.version = script_version(&text),
			.service = speaker->texts[SERVICE],
			.config_file = "/etc/pam_oauth/pam_oauth.conf",
			.provider = "corp",
			.issuer = "https://idp.example",
			.keep = PO_KEEP_ACCESS_TOKEN,
		};
		message->revoke.token = text;
		return true;
	case 'H':
		message->type = PO_MSG_HELLO;
		message->hello.version = script_version(&text);
		message->hello.timeout_s = script_int(&text);
		message->hello.min_uid = script_int(&text);
		message->hello.account = text;
		message->hello.questions = speaker->questions;
		message->hello.confirm = speaker->confirm;
		return true;
	case 'L':
		message->type = PO_MSG_LOG;
		message->log.level = script_int(&text);
		message->log.text = text;
		return true;
	case 'P':
		message->type = PO_MSG_PROMPT;
		fill_prompt(speaker, text, &message->prompt);
		return true;
	case 'N':
		message->type = PO_MSG_PENDING;
		return true;
	case 'C':
		message->type = PO_MSG_CHECK;
		return true;
	case 'R':
		message->type = PO_MSG_RESULT;
		message->result.status = script_status(&text);
		message->result.account = text;
		message->result.detail = speaker->texts[DETAIL];
		message->result.fields = speaker->texts[FIELDS];
		return true;
	case 'G':
	case 'B':
		message->type = PO_MSG_GRANT;
		message->grant = (struct po_msg_grant){
			.provider = "corp",
			.issuer = "https://op.example",
			.sub = text,
			.person = text,
			.bind = step->op == 'B',
			.exports = "",
			.token = "",
			.approver = speaker->texts[APPROVER],
			.record = "",
		};
		return true;
	default:
		return fill_question(step->op, text, message) ||
		       fill_liveness(speaker, step->op, text, message);
	}
}

/* What a step sets for messages to come. */
static void
prepare(struct speaker *speaker, const struct step *step)
{
	const char *text = po_buf_str(&step->text);

	switch (step->op) {
	case 'D':
		set_text(speaker, DETAIL, text);
		break;
	case 'F':
		set_text(speaker, FIELDS, text);
		break;
	case 'M':
		if (*text >= '0' && *text <= '7')
			set_text(speaker, (size_t)(*text - '0'), text + 1);
		break;
	case 'V':
		set_text(speaker, APPROVER, text);
		break;
	case 'Y':
		speaker->questions = script_int(&text);
		speaker->confirm = script_int(&text) != 0;
		break;
	default:
		break;
	}
}

bool
speaker_say(
    struct speaker *speaker, const struct step *step, struct po_buf *packet)
{
	struct po_message message = { .type = PO_MSG_TYPE_COUNT };

	if (step->op == 'X') {
		po_buf_append(packet, step->text.data, step->text.len);
		return po_buf_check(packet, NULL) == PO_OK && packet->len > 0;
	}
	prepare(speaker, step);
	return fill(speaker, step, &message) &&
	       po_message_encode(&message, packet, NULL) == PO_OK;
}
