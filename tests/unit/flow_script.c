/* SPDX-License-Identifier: BSD-2-Clause */
/* Plays scenarios of the device grant.  See flow_script.h. */

#include "flow_script.h"

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "oauth/flow.h"

#define START_MS 1000000 /* monotonic clocks start anywhere */

/* One blank-separated word of a script, cut at ':' '/' '+' '@'. */
struct word {
	char text[32];
	int64_t numbers[2]; /* behind ':' and '/', -1 if absent */
	int64_t plus;       /* behind '+' */
};

static bool
next_word(const char **script, struct word *word)
{
	const char *start = *script + strspn(*script, " ");
	size_t len = strcspn(start, " ");
	char *mark;

	*word = (struct word){ .numbers = { -1, -1 } };
	if (len == 0)
		return false;
	assert_true(len < sizeof(word->text));
	memcpy(word->text, start, len);
	/* the last one may stay */
	if (word->text[len - 1] == '*')
		word->text[len - 1] = '\0';
	else
		*script = start + len;
	if ((mark = strchr(word->text, '+')) != NULL) {
		*mark = '\0';
		assert_true(
		    po_text_parse_int(mark + 1, 0, 1 << 20, &word->plus));
	}
	if ((mark = strchr(word->text, '/')) != NULL) {
		*mark = '\0';
		assert_true(po_text_parse_int(
		    mark + 1, INT64_MIN, INT64_MAX, &word->numbers[1]));
	}
	if ((mark = strchr(word->text, ':')) != NULL) {
		*mark = '\0';
		assert_true(po_text_parse_int(
		    mark + 1, INT64_MIN, INT64_MAX, &word->numbers[0]));
	}
	return true;
}

struct run {
	struct po_flow flow;
	int64_t now_ms;
	int64_t received_ms;
	const char *answers;
	const char *actions; /* what is still expected */
	const char *name;
};

/* Compares an action and its time with the next expected word. */
static void
expect_action(struct run *run, const char *action)
{
	const char *start = run->actions + strspn(run->actions, " ");
	size_t len = strcspn(start, " ");
	size_t name_len = strlen(action);
	int64_t since_ms = run->now_ms - run->received_ms;
	char text[32];
	char *most;
	int64_t want_s, most_ms;

	assert_true(len < sizeof(text));
	memcpy(text, start, len);
	text[len] = '\0';
	run->actions = start + len;
	if (strncmp(text, action, name_len) != 0)
		fail_msg("%s: \"%s\" at %lld ms instead of \"%s\"", run->name,
		    action, (long long)(run->now_ms - START_MS), text);
	if (text[name_len] == '\0')
		return;
	if (text[name_len] == '@') {
		since_ms = run->now_ms - START_MS;
		name_len++;
	}
	if ((most = strchr(text + name_len, '-')) != NULL)
		*most++ = '\0';
	assert_true(po_text_parse_int(text + name_len, 0, 1 << 20, &want_s));
	most_ms = want_s * 1020;
	if (most != NULL) {
		assert_true(po_text_parse_int(most, 0, 1 << 20, &most_ms));
		most_ms *= 1000;
	}
	if (since_ms < want_s * 1000 || since_ms > most_ms)
		fail_msg("%s: \"%s\" after %lld ms", run->name, text,
		    (long long)since_ms);
}

static void
answer_device(struct run *run, const struct word *word)
{
	struct po_device_authorization device = {
		.device_code = po_str_dup("device"),
		.user_code = po_str_dup("USER"),
		.expires_in_s = word->numbers[0],
		.interval_s = word->numbers[1],
	};

	po_flow_device(&run->flow, run->now_ms, &device);
	assert_null(device.device_code);
	assert_null(device.user_code);
}

struct answer_kind {
	const char *word;
	enum po_token_verdict verdict;
	enum po_status status;
};

static void
answer_token(
    struct run *run, const struct word *word, const struct answer_kind *kind)
{
	struct po_token_answer answer = {
		.verdict = kind->verdict,
		.interval_s = -1,
		.retry_after_s = -1,
	};

	if (kind->verdict == PO_TOKEN_GRANTED)
		answer.tokens.access_token = po_str_dup("at");
	else if (kind->status != PO_OK)
		(void)po_err_set(&answer.err, kind->status, "from the answer");
	if (kind->verdict == PO_TOKEN_SLOW_DOWN)
		answer.interval_s = word->numbers[0];
	else
		answer.retry_after_s = word->numbers[0];
	po_flow_token(&run->flow, run->now_ms, &answer);
	assert_null(answer.tokens.access_token);
}

static void
answer_request(struct run *run)
{
	static const struct answer_kind kinds[] = {
		{ "pend", PO_TOKEN_PENDING, PO_OK },
		{ "slow", PO_TOKEN_SLOW_DOWN, PO_OK },
		{ "grant", PO_TOKEN_GRANTED, PO_OK },
		{ "deny", PO_TOKEN_DENIED, PO_E_DENIED },
		{ "exp", PO_TOKEN_EXPIRED, PO_E_EXPIRED },
		{ "down", PO_TOKEN_UNAVAILABLE, PO_E_HTTP },
		{ "refuse", PO_TOKEN_REFUSED, PO_E_GRANT_REFUSED },
		{ "client", PO_TOKEN_REFUSED, PO_E_CLIENT_REFUSED },
	};
	static const struct answer_kind failures[] = {
		{ "net", PO_TOKEN_REFUSED, PO_E_NETWORK },
		{ "http", PO_TOKEN_REFUSED, PO_E_HTTP },
		{ "tls", PO_TOKEN_REFUSED, PO_E_TLS },
	};
	struct word word;

	if (!next_word(&run->answers, &word))
		fail_msg("%s: no answer left", run->name);
	run->now_ms += word.plus * 1000;
	run->received_ms = run->now_ms;
	if (strcmp(word.text, "dev") == 0) {
		answer_device(run, &word);
		return;
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(kinds); i++) {
		if (strcmp(word.text, kinds[i].word) == 0) {
			answer_token(run, &word, &kinds[i]);
			return;
		}
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(failures); i++) {
		struct po_err err = { 0 };

		if (strcmp(word.text, failures[i].word) != 0)
			continue;
		(void)po_err_set(&err, failures[i].status, "no answer");
		po_flow_failed(&run->flow, run->now_ms, &err);
		return;
	}
	fail_msg("%s: unknown answer \"%s\"", run->name, word.text);
}

static void
sleep_until(struct run *run, int64_t until_ms)
{
	const char *script = run->answers + strspn(run->answers, " ");
	int64_t late_s = 0;

	assert_true(until_ms > run->now_ms);
	assert_true(until_ms <= run->flow.deadline_ms);
	run->now_ms = until_ms;
	if (*script == '~') {
		struct word word;

		assert_true(next_word(&run->answers, &word));
		assert_true(
		    po_text_parse_int(word.text + 1, 0, 1 << 20, &late_s));
		run->now_ms += late_s * 1000;
	}
}

void
play_scenario(const struct scenario *scenario, uint32_t seed)
{
	struct run run = { .now_ms = START_MS,
		.received_ms = START_MS,
		.answers = scenario->answers,
		.actions = scenario->actions,
		.name = scenario->name };
	bool over = false;

	po_flow_init(&run.flow, START_MS + scenario->limit_s * 1000, seed);
	while (!over) {
		int64_t until_ms;

		switch (po_flow_next(&run.flow, run.now_ms, &until_ms)) {
		case PO_FLOW_SEND_DEVICE:
			expect_action(&run, "D");
			answer_request(&run);
			break;
		case PO_FLOW_SEND_TOKEN:
			expect_action(&run, "T");
			answer_request(&run);
			break;
		case PO_FLOW_PROMPT:
			expect_action(
			    &run, run.flow.renewed ? "show+" : "show");
			break;
		case PO_FLOW_WAIT:
			sleep_until(&run, until_ms);
			break;
		case PO_FLOW_DONE:
			expect_action(&run, "ok");
			assert_string_equal(run.flow.tokens.access_token, "at");
			over = true;
			break;
		case PO_FLOW_FAIL:
			expect_action(
			    &run, po_status_name(run.flow.err.status));
			over = true;
			break;
		}
	}
	assert_string_equal(run.actions, "");
	assert_null(run.flow.device.device_code);
	po_flow_clear(&run.flow);
}
