/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to and from bytes, by one table of fields.  Decoding trusts
 * nothing: what it returns has passed every bound of the table.  See
 * message.h.
 */

#include "base/message.h"

#include <string.h>

#include "base/mem.h"

enum field_type {
	FIELD_INT,
	FIELD_BOOL,
	FIELD_STR
};

struct field {
	enum field_type type;
	size_t offset;
	size_t max; /* STR: bytes */
};

#define INT(member)                                                            \
	{                                                                      \
		FIELD_INT, offsetof(struct po_message, member), 0              \
	}
#define BOOL(member)                                                           \
	{                                                                      \
		FIELD_BOOL, offsetof(struct po_message, member), 0             \
	}
#define STR(member, max_bytes)                                                 \
	{                                                                      \
		FIELD_STR, offsetof(struct po_message, member), (max_bytes)    \
	}

/* Names: PAM items and utmp allow 256; URLs: PO_URL_MAX; a line of log. */
#define MAX_NAME 256
#define MAX_PATH 4096
#define MAX_URL 2048
#define MAX_LINE 4096
#define MAX_QR (32 * 1024) /* three of 80 columns x 40 lines x 3 bytes */

/* What a login and LIVENESS begin with. */
#define START(member)                                                          \
	INT(member.version), STR(member.service, MAX_NAME),                    \
	    STR(member.user, MAX_NAME), INT(member.uid),                       \
	    STR(member.rhost, MAX_NAME), STR(member.config_file, MAX_PATH),    \
	    STR(member.provider, MAX_NAME), STR(member.command, MAX_NAME),     \
	    BOOL(member.debug)

static const struct field start_fields[] = {
	START(start),
};
static const struct field hello_fields[] = {
	INT(hello.version),
	INT(hello.timeout_s),
	INT(hello.min_uid),
	STR(hello.account, MAX_NAME),
	INT(hello.questions),
	BOOL(hello.confirm),
};
static const struct field log_fields[] = {
	INT(log.level),
	STR(log.text, MAX_LINE),
};
static const struct field prompt_fields[] = {
	STR(prompt.label, MAX_NAME),
	STR(prompt.message, MAX_NAME),
	STR(prompt.verification_uri, MAX_URL),
	STR(prompt.verification_uri_complete, MAX_URL),
	STR(prompt.user_code, MAX_NAME),
	STR(prompt.qr, MAX_QR),
	INT(prompt.expires_in_s),
	INT(prompt.style),
	BOOL(prompt.renewed),
	INT(prompt.kind),
};
static const struct field result_fields[] = {
	INT(result.status),
	STR(result.account, MAX_NAME),
	STR(result.detail, MAX_LINE),
	STR(result.fields, MAX_LINE),
};

static const struct field grant_fields[] = {
	STR(grant.provider, MAX_NAME),
	STR(grant.issuer, MAX_URL),
	STR(grant.sub, MAX_NAME),
	STR(grant.person, MAX_NAME),
	BOOL(grant.bind),
	STR(grant.exports, PO_MESSAGE_EXPORTS_MAX),
	INT(grant.keep),
	STR(grant.token, PO_MESSAGE_TOKEN_MAX),
	STR(grant.approver, 2 * MAX_NAME),
	STR(grant.record, PO_MESSAGE_RECORD_MAX),
};
static const struct field revoke_fields[] = {
	INT(revoke.version),
	STR(revoke.service, MAX_NAME),
	STR(revoke.config_file, MAX_PATH),
	STR(revoke.provider, MAX_NAME),
	STR(revoke.issuer, MAX_URL),
	INT(revoke.keep),
	STR(revoke.token, PO_MESSAGE_TOKEN_MAX),
	BOOL(revoke.debug),
};
static const struct field question_fields[] = {
	INT(question.kind),
	INT(question.count),
	STR(question.text, MAX_LINE),
};
static const struct field answer_fields[] = {
	INT(answer.choice),
	STR(answer.text, PO_ANSWER_MAX),
};
static const struct field liveness_fields[] = {
	START(liveness.start),
	STR(liveness.record, PO_MESSAGE_RECORD_MAX),
	BOOL(liveness.busy),
};
static const struct field renewed_fields[] = {
	STR(renewed.token, PO_MESSAGE_REFRESH_MAX),
};

static const struct {
	const struct field *fields;
	size_t count;
} layouts[PO_MSG_TYPE_COUNT] = {
	[PO_MSG_START] = { start_fields, PO_ARRAY_LEN(start_fields) },
	[PO_MSG_HELLO] = { hello_fields, PO_ARRAY_LEN(hello_fields) },
	[PO_MSG_LOG] = { log_fields, PO_ARRAY_LEN(log_fields) },
	[PO_MSG_PROMPT] = { prompt_fields, PO_ARRAY_LEN(prompt_fields) },
	[PO_MSG_CHECK] = { NULL, 0 },
	[PO_MSG_PENDING] = { NULL, 0 },
	[PO_MSG_RESULT] = { result_fields, PO_ARRAY_LEN(result_fields) },
	[PO_MSG_GRANT] = { grant_fields, PO_ARRAY_LEN(grant_fields) },
	[PO_MSG_REVOKE] = { revoke_fields, PO_ARRAY_LEN(revoke_fields) },
	[PO_MSG_QUESTION] = { question_fields, PO_ARRAY_LEN(question_fields) },
	[PO_MSG_ANSWER] = { answer_fields, PO_ARRAY_LEN(answer_fields) },
	[PO_MSG_LIVENESS] = { liveness_fields, PO_ARRAY_LEN(liveness_fields) },
	[PO_MSG_RENEWED] = { renewed_fields, PO_ARRAY_LEN(renewed_fields) },
};

void
po_message_clear(struct po_message *message)
{
	po_buf_clear(&message->bytes);
	memset(message, 0, sizeof(*message));
}

static void
put_be(struct po_buf *out, uint64_t value, unsigned bytes)
{
	for (unsigned i = bytes; i > 0; i--)
		po_buf_append_char(out, (char)(value >> (8 * (i - 1)) & 0xFF));
}

static uint64_t
get_be(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | p[i];
	return value;
}

static enum po_status
encode_field(const struct po_message *message, const struct field *field,
    struct po_buf *out, struct po_err *err)
{
	const void *at = (const char *)message + field->offset;
	const char *str;
	size_t len;

	switch (field->type) {
	case FIELD_INT:
		put_be(out, (uint64_t) * (const int64_t *)at, 8);
		return PO_OK;
	case FIELD_BOOL:
		put_be(out, *(const bool *)at, 1);
		return PO_OK;
	case FIELD_STR:
		break;
	}
	str = *(const char *const *)at;
	if ((len = strlen(str)) > field->max)
		return po_err_set(err, PO_E_INTERNAL,
		    "message %u: text of %zu bytes where %zu may be",
		    (unsigned)message->type, len, field->max);
	put_be(out, len, 4);
	po_buf_append(out, str, len + 1);
	return PO_OK;
}

enum po_status
po_message_encode(
    const struct po_message *message, struct po_buf *out, struct po_err *err)
{
	enum po_status st;

	if (message->type < PO_MSG_START || message->type >= PO_MSG_TYPE_COUNT)
		return po_err_set(err, PO_E_INTERNAL, "message type %u",
		    (unsigned)message->type);
	po_buf_append_char(out, (char)message->type);
	for (size_t i = 0; i < layouts[message->type].count; i++) {
		st = encode_field(
		    message, &layouts[message->type].fields[i], out, err);
		if (st != PO_OK)
			return st;
	}
	return po_buf_check(out, err);
}

/* Reads one field at *offset and moves it on. */
static enum po_status
decode_field(struct po_message *message, const struct field *field,
    size_t *offset, struct po_err *err)
{
	static const size_t fixed_size[] = { 8, 1, 4 };
	const uint8_t *p = message->bytes.data + *offset;
	size_t left = message->bytes.len - *offset;
	void *at = (char *)message + field->offset;
	size_t need = fixed_size[field->type];

	if (left < need)
		return po_err_set(err, PO_E_HELPER, "message cut short");
	switch (field->type) {
	case FIELD_INT:
		*(int64_t *)at = (int64_t)get_be(p, 8);
		break;
	case FIELD_BOOL:
		if (*p > 1)
			return po_err_set(err, PO_E_HELPER,
			    "message with a boolean of %u", *p);
		*(bool *)at = *p == 1;
		break;
	case FIELD_STR: {
		size_t len = (size_t)get_be(p, 4);

		if (len > field->max || len >= left - need)
			return po_err_set(err, PO_E_HELPER,
			    "message with a text of %zu bytes", len);
		if (strnlen((const char *)p + need, len + 1) != len)
			return po_err_set(err, PO_E_HELPER,
			    "message with a NUL inside or none behind a text");
		*(const char **)at = (const char *)p + need;
		need += len + 1;
		break;
	}
	}
	*offset += need;
	return PO_OK;
}

static enum po_status
decode(struct po_message *message, struct po_err *err)
{
	size_t offset = 1;
	unsigned type;
	enum po_status st;

	if (message->bytes.len == 0)
		return po_err_set(err, PO_E_HELPER, "empty message");
	type = message->bytes.data[0];
	if (type < PO_MSG_START || type >= PO_MSG_TYPE_COUNT)
		return po_err_set(
		    err, PO_E_HELPER, "message of unknown type %u", type);
	message->type = (enum po_message_type)type;
	for (size_t i = 0; i < layouts[type].count; i++) {
		st = decode_field(
		    message, &layouts[type].fields[i], &offset, err);
		if (st != PO_OK) {
			po_err_prefix(err, "message type %u", type);
			return st;
		}
	}
	if (offset != message->bytes.len)
		return po_err_set(err, PO_E_HELPER,
		    "message type %u: %zu bytes left over", type,
		    message->bytes.len - offset);
	return PO_OK;
}

enum po_status
po_message_decode(
    struct po_buf *bytes, struct po_message *message, struct po_err *err)
{
	enum po_status st;

	*message = (struct po_message){ .bytes = *bytes };
	*bytes = (struct po_buf)PO_BUF_INIT(bytes->max);
	st = decode(message, err);
	/* half a message is none: strings of it would be NULL */
	if (st != PO_OK)
		po_message_clear(message);
	return st;
}
