/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What module and helper say to each other, to bytes and back; and every way
 * in which the bytes may be wrong.  See base/message.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/message.h"

/* One of each type, with no empty field and no two alike. */
static const struct po_message samples[] = {
	{ .type = PO_MSG_START,
	    .start = { .version = PO_MESSAGE_VERSION,
		.service = "sshd",
		.user = "alice",
		.uid = 1000,
		.rhost = "192.0.2.1",
		.config_file = "/etc/pam_oauth/pam_oauth.conf",
		.provider = "corp",
		.command = "ls -la",
		.debug = true } },
	{ .type = PO_MSG_HELLO,
	    .hello = { .version = PO_MESSAGE_VERSION,
		.timeout_s = 300,
		.min_uid = 1001,
		.account = "kiosk",
		.questions = 2,
		.confirm = true } },
	{ .type = PO_MSG_LOG, .log = { .level = 2, .text = "a line" } },
	{ .type = PO_MSG_PROMPT,
	    .prompt = { .label = "Example SSO",
		.message = "Call 4711 for help.",
		.verification_uri = "https://sso.example.com/device",
		.verification_uri_complete =
		    "https://sso.example.com/device?user_code=WDJB-MJHT",
		.user_code = "WDJB-MJHT",
		.qr = "##  ##\n",
		.expires_in_s = 299,
		.style = 1,
		.renewed = true,
		.kind = PO_PROMPT_CIBA } },
	{ .type = PO_MSG_CHECK },
	{ .type = PO_MSG_PENDING },
	{ .type = PO_MSG_RESULT,
	    .result = { .status = PO_E_DENIED,
		.account = "bob",
		.detail = "access_denied",
		.fields = "provider=corp polls=3" } },
	{ .type = PO_MSG_GRANT,
	    .grant = { .provider = "corp",
		.issuer = "https://sso.example.com",
		.sub = "248289761001",
		.person = "alice@example.com",
		.bind = true,
		.exports = "OIDC_NAME=Alice\n",
		.keep = PO_KEEP_ID_TOKEN,
		.token = "a.b.c",
		.approver = "alice@example.com (mfa)",
		.record = "version=1\n" } },
	{ .type = PO_MSG_REVOKE,
	    .revoke = { .version = PO_MESSAGE_VERSION,
		.service = "sshd",
		.config_file = "/etc/pam_oauth/pam_oauth.conf",
		.provider = "corp",
		.issuer = "https://sso.example.com",
		.keep = PO_KEEP_REFRESH_TOKEN,
		.token = "r3fr3sh",
		.debug = true } },
	{ .type = PO_MSG_QUESTION,
	    .question = { .kind = PO_QUESTION_NUMBER,
		.count = 2,
		.text = "Sign in with:\n  1) Example SSO\n  2) GitHub" } },
	{ .type = PO_MSG_ANSWER, .answer = { .choice = 2, .text = "typed" } },
	{ .type = PO_MSG_LIVENESS,
	    .liveness = { .start = { .version = PO_MESSAGE_VERSION,
			      .service = "sshd",
			      .user = "alice",
			      .uid = 1000,
			      .rhost = "192.0.2.1",
			      .config_file = "/etc/pam_oauth/pam_oauth.conf",
			      .provider = "corp",
			      .command = "ls",
			      .debug = true },
		.record = "version=1\n",
		.busy = true } },
	{ .type = PO_MSG_RENEWED, .renewed = { .token = "n3xt" } },
};

static void
encode(const struct po_message *message, struct po_buf *out)
{
	assert_int_equal(po_message_encode(message, out, NULL), PO_OK);
}

static void
assert_same_start(const struct po_msg_start *a, const struct po_msg_start *b)
{
	assert_true(a->version == b->version);
	assert_string_equal(a->service, b->service);
	assert_string_equal(a->user, b->user);
	assert_true(a->uid == b->uid);
	assert_string_equal(a->rhost, b->rhost);
	assert_string_equal(a->config_file, b->config_file);
	assert_string_equal(a->provider, b->provider);
	assert_string_equal(a->command, b->command);
	assert_true(a->debug == b->debug);
}

static void
assert_same(const struct po_message *a, const struct po_message *b)
{
	assert_int_equal(a->type, b->type);
	switch (a->type) {
	case PO_MSG_START:
		assert_same_start(&a->start, &b->start);
		break;
	case PO_MSG_HELLO:
		assert_true(a->hello.version == b->hello.version);
		assert_true(a->hello.timeout_s == b->hello.timeout_s);
		assert_true(a->hello.min_uid == b->hello.min_uid);
		assert_string_equal(a->hello.account, b->hello.account);
		assert_true(a->hello.questions == b->hello.questions);
		assert_true(a->hello.confirm == b->hello.confirm);
		break;
	case PO_MSG_LOG:
		assert_true(a->log.level == b->log.level);
		assert_string_equal(a->log.text, b->log.text);
		break;
	case PO_MSG_PROMPT:
		assert_string_equal(a->prompt.label, b->prompt.label);
		assert_string_equal(a->prompt.message, b->prompt.message);
		assert_string_equal(
		    a->prompt.verification_uri, b->prompt.verification_uri);
		assert_string_equal(a->prompt.verification_uri_complete,
		    b->prompt.verification_uri_complete);
		assert_string_equal(a->prompt.user_code, b->prompt.user_code);
		assert_string_equal(a->prompt.qr, b->prompt.qr);
		assert_true(a->prompt.expires_in_s == b->prompt.expires_in_s);
		assert_true(a->prompt.style == b->prompt.style);
		assert_true(a->prompt.renewed == b->prompt.renewed);
		assert_true(a->prompt.kind == b->prompt.kind);
		break;
	case PO_MSG_RESULT:
		assert_true(a->result.status == b->result.status);
		assert_string_equal(a->result.account, b->result.account);
		assert_string_equal(a->result.detail, b->result.detail);
		assert_string_equal(a->result.fields, b->result.fields);
		break;
	case PO_MSG_GRANT:
		assert_string_equal(a->grant.provider, b->grant.provider);
		assert_string_equal(a->grant.issuer, b->grant.issuer);
		assert_string_equal(a->grant.sub, b->grant.sub);
		assert_string_equal(a->grant.person, b->grant.person);
		assert_true(a->grant.bind == b->grant.bind);
		assert_string_equal(a->grant.exports, b->grant.exports);
		assert_true(a->grant.keep == b->grant.keep);
		assert_string_equal(a->grant.token, b->grant.token);
		assert_string_equal(a->grant.approver, b->grant.approver);
		assert_string_equal(a->grant.record, b->grant.record);
		break;
	case PO_MSG_REVOKE:
		assert_true(a->revoke.version == b->revoke.version);
		assert_string_equal(a->revoke.service, b->revoke.service);
		assert_string_equal(
		    a->revoke.config_file, b->revoke.config_file);
		assert_string_equal(a->revoke.provider, b->revoke.provider);
		assert_string_equal(a->revoke.issuer, b->revoke.issuer);
		assert_true(a->revoke.keep == b->revoke.keep);
		assert_string_equal(a->revoke.token, b->revoke.token);
		assert_true(a->revoke.debug == b->revoke.debug);
		break;
	case PO_MSG_QUESTION:
		assert_true(a->question.kind == b->question.kind);
		assert_true(a->question.count == b->question.count);
		assert_string_equal(a->question.text, b->question.text);
		break;
	case PO_MSG_ANSWER:
		assert_true(a->answer.choice == b->answer.choice);
		assert_string_equal(a->answer.text, b->answer.text);
		break;
	case PO_MSG_LIVENESS:
		assert_same_start(&a->liveness.start, &b->liveness.start);
		assert_string_equal(a->liveness.record, b->liveness.record);
		assert_true(a->liveness.busy == b->liveness.busy);
		break;
	case PO_MSG_RENEWED:
		assert_string_equal(a->renewed.token, b->renewed.token);
		break;
	case PO_MSG_CHECK:
	case PO_MSG_PENDING:
	case PO_MSG_TYPE_COUNT:
		break;
	}
}

/* Decodes a copy of `len` bytes; the message is thrown away. */
static enum po_status
decode(const void *data, size_t len, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf bytes = PO_BUF_INIT(4 * PO_MESSAGE_MAX);
	AUTO(po_message_clear) struct po_message message = { 0 };
	enum po_status st;

	po_buf_append(&bytes, data, len);
	assert_int_equal(po_buf_check(&bytes, NULL), PO_OK);
	st = po_message_decode(&bytes, &message, err);
	assert_null(bytes.data);
	assert_int_equal(bytes.len, 0);
	if (st != PO_OK) {
		/* half a message is none */
		assert_int_equal(message.type, 0);
		assert_null(message.bytes.data);
	}
	return st;
}

static void
every_type_survives_the_round_trip(void **state PO_UNUSED)
{
	assert_int_equal(PO_ARRAY_LEN(samples), PO_MSG_TYPE_COUNT - 1);
	for (size_t i = 0; i < PO_ARRAY_LEN(samples); i++) {
		AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);
		AUTO(po_message_clear) struct po_message message = { 0 };

		encode(&samples[i], &bytes);
		assert_int_equal(
		    po_message_decode(&bytes, &message, NULL), PO_OK);
		assert_same(&samples[i], &message);
	}
}

static void
the_wire_form_is_the_documented_one(void **state PO_UNUSED)
{
	static const char log[] = "\x03"
				  "\x00\x00\x00\x00\x00\x00\x00\x02"
				  "\x00\x00\x00\x06"
				  "a line\0";
	static const char check[] = "\x05";
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);

	encode(&samples[PO_MSG_LOG - 1], &bytes);
	assert_int_equal(bytes.len, sizeof(log) - 1);
	assert_memory_equal(bytes.data, log, bytes.len);
	po_buf_clear(&bytes);
	encode(&samples[PO_MSG_CHECK - 1], &bytes);
	assert_int_equal(bytes.len, 1);
	assert_memory_equal(bytes.data, check, 1);
}

static void
integers_keep_their_sign_and_all_their_bits(void **state PO_UNUSED)
{
	static const int64_t values[] = { 0, 1, -1, 255, 256, INT32_MIN,
		INT64_C(1) << 32, INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < PO_ARRAY_LEN(values); i++) {
		AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(100);
		AUTO(po_message_clear) struct po_message out = { 0 };
		struct po_message in = {
			.type = PO_MSG_HELLO,
			.hello = { .version = values[i],
			    .timeout_s = 7,
			    .account = "" },
		};

		encode(&in, &bytes);
		assert_int_equal(po_message_decode(&bytes, &out, NULL), PO_OK);
		assert_true(out.hello.version == values[i]);
		assert_true(out.hello.timeout_s == 7);
	}
}

static void
empty_texts_are_texts(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(100);
	AUTO(po_message_clear) struct po_message out = { 0 };
	struct po_message in = {
		.type = PO_MSG_RESULT,
		.result = { .account = "", .detail = "", .fields = "" },
	};

	encode(&in, &bytes);
	assert_int_equal(po_message_decode(&bytes, &out, NULL), PO_OK);
	assert_same(&in, &out);
}

static void
a_message_cut_at_any_byte_is_refused(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(samples); i++) {
		AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);

		encode(&samples[i], &bytes);
		for (size_t len = 0; len < bytes.len; len++) {
			struct po_err err = { 0 };

			assert_int_equal(
			    decode(bytes.data, len, &err), PO_E_HELPER);
			assert_int_equal(err.status, PO_E_HELPER);
		}
		assert_int_equal(decode(bytes.data, bytes.len, NULL), PO_OK);
	}
}

/* The reason must not depend on whether somebody listens to it. */
static void
a_refusal_has_its_status_without_an_err_too(void **state PO_UNUSED)
{
	assert_int_equal(decode("\x03\x00", 2, NULL), PO_E_HELPER);
	assert_int_equal(decode("", 0, NULL), PO_E_HELPER);
	assert_int_equal(decode("\xFF", 1, NULL), PO_E_HELPER);
}

static void
a_byte_left_over_is_refused(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(samples); i++) {
		AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);
		struct po_err err = { 0 };

		encode(&samples[i], &bytes);
		po_buf_append_char(&bytes, '\0');
		assert_int_equal(
		    decode(bytes.data, bytes.len, &err), PO_E_HELPER);
		assert_non_null(strstr(err.text, "1 bytes left over"));
	}
}

static void
an_unknown_type_is_refused(void **state PO_UNUSED)
{
	for (unsigned type = 0; type < 256; type++) {
		unsigned char byte = (unsigned char)type;
		struct po_err err = { 0 };

		if (type >= PO_MSG_START && type < PO_MSG_TYPE_COUNT)
			continue;
		assert_int_equal(decode(&byte, 1, &err), PO_E_HELPER);
		assert_non_null(strstr(err.text, "unknown type"));
	}
}

static void
an_unknown_type_is_not_sent_either(void **state PO_UNUSED)
{
	static const unsigned types[] = { 0, PO_MSG_TYPE_COUNT, 255, 100000 };

	for (size_t i = 0; i < PO_ARRAY_LEN(types); i++) {
		AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(100);
		struct po_message message = {
			.type = (enum po_message_type)types[i],
		};

		assert_int_equal(
		    po_message_encode(&message, &bytes, NULL), PO_E_INTERNAL);
	}
}

static void
a_nul_inside_a_text_is_refused(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);
	struct po_err err = { 0 };
	uint8_t *name;

	encode(&samples[PO_MSG_RESULT - 1], &bytes);
	name = memmem(bytes.data, bytes.len, "bob", 3);
	assert_non_null(name);
	name[1] = '\0';
	assert_int_equal(decode(bytes.data, bytes.len, &err), PO_E_HELPER);
	assert_non_null(strstr(err.text, "NUL inside"));
}

static void
a_text_without_its_nul_is_refused(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);
	struct po_err err = { 0 };

	encode(&samples[PO_MSG_LOG - 1], &bytes);
	bytes.data[bytes.len - 1] = 'x';
	assert_int_equal(decode(bytes.data, bytes.len, &err), PO_E_HELPER);
	assert_non_null(strstr(err.text, "none behind"));
}

/* Lengths that lie: by one either way, and as large as they come. */
static void
a_length_that_lies_is_refused(void **state PO_UNUSED)
{
	static const uint32_t lies[] = { 0, 5, 7, 8, 4096, 4097, INT32_MAX,
		0x80000000U, UINT32_MAX - 12, UINT32_MAX };
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);

	encode(&samples[PO_MSG_LOG - 1], &bytes);
	for (size_t i = 0; i < PO_ARRAY_LEN(lies); i++) {
		for (unsigned byte = 0; byte < 4; byte++)
			bytes.data[9 + byte] =
			    (uint8_t)(lies[i] >> (24 - 8 * byte));
		assert_int_equal(
		    decode(bytes.data, bytes.len, NULL), PO_E_HELPER);
	}
}

static void
a_boolean_is_0_or_1(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(4096);

	/* the boolean is the last byte of a START and of a PROMPT */
	encode(&samples[PO_MSG_START - 1], &bytes);
	for (unsigned value = 0; value < 256; value++) {
		bytes.data[bytes.len - 1] = (uint8_t)value;
		assert_int_equal(decode(bytes.data, bytes.len, NULL),
		    value <= 1 ? PO_OK : PO_E_HELPER);
	}
}

/* Each text with its longest; the array is of a member's place and size. */
#define TEXT(type_, member_, max_)                                             \
	{                                                                      \
		(type_), offsetof(struct po_message, member_), (max_)          \
	}
static const struct {
	enum po_message_type type;
	size_t offset;
	size_t max;
} texts[] = {
	TEXT(PO_MSG_START, start.service, 256),
	TEXT(PO_MSG_START, start.user, 256),
	TEXT(PO_MSG_START, start.rhost, 256),
	TEXT(PO_MSG_START, start.config_file, 4096),
	TEXT(PO_MSG_START, start.provider, 256),
	TEXT(PO_MSG_LOG, log.text, 4096),
	TEXT(PO_MSG_PROMPT, prompt.label, 256),
	TEXT(PO_MSG_PROMPT, prompt.message, 256),
	TEXT(PO_MSG_PROMPT, prompt.verification_uri, 2048),
	TEXT(PO_MSG_PROMPT, prompt.verification_uri_complete, 2048),
	TEXT(PO_MSG_PROMPT, prompt.user_code, 256),
	TEXT(PO_MSG_PROMPT, prompt.qr, 32768),
	TEXT(PO_MSG_RESULT, result.account, 256),
	TEXT(PO_MSG_RESULT, result.detail, 4096),
	TEXT(PO_MSG_RESULT, result.fields, 4096),
	TEXT(PO_MSG_HELLO, hello.account, 256),
	TEXT(PO_MSG_GRANT, grant.provider, 256),
	TEXT(PO_MSG_GRANT, grant.issuer, 2048),
	TEXT(PO_MSG_GRANT, grant.sub, 256),
	TEXT(PO_MSG_GRANT, grant.person, 256),
	TEXT(PO_MSG_GRANT, grant.exports, 8192),
	TEXT(PO_MSG_GRANT, grant.token, 32768),
	TEXT(PO_MSG_GRANT, grant.approver, 512),
	TEXT(PO_MSG_GRANT, grant.record, 16384),
	TEXT(PO_MSG_REVOKE, revoke.service, 256),
	TEXT(PO_MSG_REVOKE, revoke.config_file, 4096),
	TEXT(PO_MSG_REVOKE, revoke.provider, 256),
	TEXT(PO_MSG_REVOKE, revoke.issuer, 2048),
	TEXT(PO_MSG_REVOKE, revoke.token, 32768),
	TEXT(PO_MSG_QUESTION, question.text, 4096),
	TEXT(PO_MSG_ANSWER, answer.text, 512),
	TEXT(PO_MSG_LIVENESS, liveness.start.service, 256),
	TEXT(PO_MSG_LIVENESS, liveness.start.user, 256),
	TEXT(PO_MSG_LIVENESS, liveness.start.rhost, 256),
	TEXT(PO_MSG_LIVENESS, liveness.start.config_file, 4096),
	TEXT(PO_MSG_LIVENESS, liveness.start.provider, 256),
	TEXT(PO_MSG_LIVENESS, liveness.start.command, 256),
	TEXT(PO_MSG_LIVENESS, liveness.record, 16384),
	TEXT(PO_MSG_RENEWED, renewed.token, 12288),
};

/* Replaces one text of `message`; the texts are read-only samples. */
static void
set_text(struct po_message *message, size_t offset, const char *text)
{
	memcpy((char *)message + offset, &text, sizeof(text));
}

static void
the_longest_text_passes_and_a_longer_one_is_not_sent(void **state PO_UNUSED)
{
	static char text[32768 + 2];

	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		struct po_message message = samples[texts[i].type - 1];
		AUTO(po_buf_clear)
		struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);
		struct po_err err = { 0 };

		memset(text, 'x', texts[i].max);
		text[texts[i].max] = '\0';
		set_text(&message, texts[i].offset, text);
		encode(&message, &bytes);
		assert_int_equal(decode(bytes.data, bytes.len, NULL), PO_OK);

		po_buf_clear(&bytes);
		text[texts[i].max] = 'x';
		text[texts[i].max + 1] = '\0';
		assert_int_equal(
		    po_message_encode(&message, &bytes, &err), PO_E_INTERNAL);
		assert_non_null(strstr(err.text, "where"));
	}
}

/* A text too long that is otherwise well-formed: what a bad peer may send. */
static void
a_text_over_its_maximum_is_refused(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		struct po_message message = samples[texts[i].type - 1];
		AUTO(po_buf_clear)
		struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);
		AUTO(po_buf_clear)
		struct po_buf longer = PO_BUF_INIT(2 * PO_MESSAGE_MAX);
		struct po_err err = { 0 };
		uint8_t length[4];
		const uint8_t *mark;
		size_t at;

		set_text(&message, texts[i].offset, "<MARK>");
		encode(&message, &bytes);
		mark = memmem(bytes.data, bytes.len, "<MARK>", 6);
		assert_non_null(mark);
		at = (size_t)(mark - bytes.data);
		for (unsigned byte = 0; byte < 4; byte++)
			length[byte] =
			    (uint8_t)((texts[i].max + 1) >> (24 - 8 * byte));
		po_buf_append(&longer, bytes.data, at - 4);
		po_buf_append(&longer, length, 4);
		for (size_t n = 0; n <= texts[i].max; n++)
			po_buf_append_char(&longer, 'x');
		po_buf_append(&longer, mark + 6, bytes.len - at - 6);
		assert_int_equal(
		    decode(longer.data, longer.len, &err), PO_E_HELPER);
		assert_non_null(strstr(err.text, "message with a text of"));
	}
}

static void
all_texts_at_their_longest_fit_into_a_message(void **state PO_UNUSED)
{
	static char text[32768 + 1];

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < PO_ARRAY_LEN(samples); i++) {
		struct po_message message = samples[i];
		AUTO(po_buf_clear)
		struct po_buf bytes = PO_BUF_INIT(PO_MESSAGE_MAX);

		for (size_t j = 0; j < PO_ARRAY_LEN(texts); j++)
			if (texts[j].type == message.type)
				set_text(&message, texts[j].offset,
				    text + sizeof(text) - 1 - texts[j].max);
		assert_int_equal(
		    po_message_encode(&message, &bytes, NULL), PO_OK);
		assert_int_equal(decode(bytes.data, bytes.len, NULL), PO_OK);
	}
}

static void
a_message_that_does_not_fit_is_too_large(void **state PO_UNUSED)
{
	AUTO(po_buf_clear) struct po_buf bytes = PO_BUF_INIT(10);

	assert_int_equal(
	    po_message_encode(&samples[PO_MSG_LOG - 1], &bytes, NULL),
	    PO_E_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_survives_the_round_trip),
		cmocka_unit_test(the_wire_form_is_the_documented_one),
		cmocka_unit_test(integers_keep_their_sign_and_all_their_bits),
		cmocka_unit_test(empty_texts_are_texts),
		cmocka_unit_test(a_message_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_refusal_has_its_status_without_an_err_too),
		cmocka_unit_test(a_byte_left_over_is_refused),
		cmocka_unit_test(an_unknown_type_is_refused),
		cmocka_unit_test(an_unknown_type_is_not_sent_either),
		cmocka_unit_test(a_nul_inside_a_text_is_refused),
		cmocka_unit_test(a_text_without_its_nul_is_refused),
		cmocka_unit_test(a_length_that_lies_is_refused),
		cmocka_unit_test(a_boolean_is_0_or_1),
		cmocka_unit_test(
		    the_longest_text_passes_and_a_longer_one_is_not_sent),
		cmocka_unit_test(a_text_over_its_maximum_is_refused),
		cmocka_unit_test(all_texts_at_their_longest_fit_into_a_message),
		cmocka_unit_test(a_message_that_does_not_fit_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
