/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of liveness, and what is decided from them: the table of
 * policy/liveness.h, row by row.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/message.h"
#include "policy/liveness.h"

#define NOW_S 1764000000
#define ISSUER "https://sso.example.com"
#define RECORD                                                                 \
	"version=1\nprovider=corp\nissuer=" ISSUER "\n"                        \
	"client_id=linux-login\nsub=248289761001\nnonce=0a1b\n"                \
	"good=1763999000\nbegun=0\nclosed=0\ntoken=s3cret=\n"
#define CLOSED                                                                 \
	"version=1\nprovider=corp\nissuer=" ISSUER "\n"                        \
	"client_id=linux-login\nsub=248289761001\nnonce=\n"                    \
	"good=1763999000\nbegun=5\nclosed=1763999500\ntoken=\n"

static char dir[] = "/tmp/pam_oauth_liveness_XXXXXX";
static struct po_store store = PO_STORE_INIT;

/* --- the record --- */

static void
a_record_comes_back_as_it_was(void **state PO_UNUSED)
{
	static const char *const texts[] = { RECORD, CLOSED };

	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		AUTO(po_liveness_clear) struct po_liveness record = { 0 };
		AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);

		assert_int_equal(
		    po_liveness_parse(texts[i], &record, NULL), PO_OK);
		po_liveness_print(&record, &out);
		assert_string_equal(po_buf_str(&out), texts[i]);
	}
}

static void
each_line_goes_to_its_member(void **state PO_UNUSED)
{
	AUTO(po_liveness_clear) struct po_liveness record = { 0 };

	assert_int_equal(po_liveness_parse(RECORD, &record, NULL), PO_OK);
	assert_string_equal(record.provider, "corp");
	assert_string_equal(record.issuer, ISSUER);
	assert_string_equal(record.client_id, "linux-login");
	assert_string_equal(record.sub, "248289761001");
	assert_string_equal(record.nonce, "0a1b");
	assert_string_equal(record.token, "s3cret=");
	assert_int_equal(record.good_s, 1763999000);
	assert_int_equal(record.begun_s, 0);
	assert_int_equal(record.closed_s, 0);
	assert_int_equal(po_liveness_set_token(&record, "n", NULL), PO_OK);
	assert_int_equal(po_liveness_set_token(&record, "next", NULL), PO_OK);
	assert_string_equal(record.token, "next");
}

static void
refused(const char *text)
{
	struct po_liveness record;
	struct po_err err = { 0 };

	if (po_liveness_parse(text, &record, &err) != PO_E_STORE)
		fail_msg("taken for a record: %s", text);
	assert_string_equal(err.text, "not a record of a sign-in");
	assert_null(record.text);
	assert_null(record.token);
}

static void
record_cut_at_any_byte(void **state PO_UNUSED)
{
	char text[] = RECORD;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char kept = text[len];

		text[len] = '\0';
		refused(text);
		text[len] = kept;
	}
	assert_int_equal(strcmp(text, RECORD), 0);
}

/* RECORD with one `what` replaced. */
static void
refused_with(const char *what, const char *with)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(64 * 1024);
	const char *at = strstr(RECORD, what);

	assert_non_null(at);
	po_buf_append(&text, RECORD, (size_t)(at - RECORD));
	po_buf_append_str(&text, with);
	po_buf_append_str(&text, at + strlen(what));
	assert_int_equal(po_buf_check(&text, NULL), PO_OK);
	refused(po_buf_str(&text));
}

static void
record_of_another_form(void **state PO_UNUSED)
{
	static char longer[PO_MESSAGE_REFRESH_MAX + 32];

	refused_with("version=1", "version=2");
	refused_with("version=1", "Version=1");
	refused_with("provider=corp\n", "");
	refused_with("provider=corp", "provider=");
	refused_with("nonce=0a1b\n", "nonce=0a1b\nnonce=0a1b\n");
	refused_with("s3cret=\n", "s3cret=\nx=y\n");
	refused_with("s3cret=\n", "s3cret=\n\n");
	refused_with("s3cret", "s3\tcret");
	refused_with("s3cret", "s3\xc3\xa4"
			       "cret");
	refused_with("corp", "co\rrp");
	refused_with("1763999000", "-1");
	refused_with("1763999000", "1e9");
	refused_with("1763999000", "253402300800");
	refused_with("1763999000", "");
	/* open without a token, closed with one */
	refused_with("s3cret=", "");
	refused_with("closed=0", "closed=1");
	memset(longer, 'x', PO_MESSAGE_REFRESH_MAX + 1);
	refused_with("s3cret=", longer);
}

/* --- the store --- */

static void
a_record_is_replaced_as_a_whole(void **state PO_UNUSED)
{
	AUTO(po_liveness_clear) struct po_liveness record = { 0 };
	AUTO(po_liveness_clear) struct po_liveness there = { 0 };
	bool found = true;

	assert_int_equal(
	    po_liveness_read(&store, "alice", &there, &found, NULL), PO_OK);
	assert_false(found);
	assert_int_equal(po_liveness_parse(RECORD, &record, NULL), PO_OK);
	for (int i = 0; i < 3; i++) {
		record.good_s = NOW_S + i;
		assert_int_equal(
		    po_liveness_write(&store, "alice", &record, NULL), PO_OK);
		po_liveness_clear(&there);
		assert_int_equal(
		    po_liveness_read(&store, "alice", &there, &found, NULL),
		    PO_OK);
		assert_true(found);
		assert_int_equal(there.good_s, NOW_S + i);
	}
}

static void
damaged_record_is_named_and_never_missing(void **state PO_UNUSED)
{
	static const char nul[] = "version=1\0";
	AUTO(po_liveness_clear) struct po_liveness there = { 0 };
	struct po_err err = { 0 };
	bool found = true;

	assert_int_equal(
	    po_store_replace(&store, "bob", nul, sizeof(nul), NULL), PO_OK);
	assert_int_equal(
	    po_liveness_read(&store, "bob", &there, &found, &err), PO_E_STORE);
	assert_false(found);
	assert_non_null(strstr(err.text, "/bob: not a record of a sign-in"));
	assert_non_null(strstr(err.text, "pam-oauth liveness remove bob"));
}

/* In a process of its own, which holds it until it is told to end. */
static pid_t
hold_lock(uid_t uid, int *end)
{
	int ready[2], done[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(done), 0);
	if ((pid = fork()) == 0) {
		int fd = -1;

		(void)close(done[1]);
		if (po_liveness_lock(&store, uid, po_clock_ms(), &fd, NULL) !=
			PO_OK ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(done[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(done[0]);
	*end = done[1];
	return pid;
}

static void
the_lock_is_an_accounts_and_ends_with_its_holder(void **state PO_UNUSED)
{
	AUTO(po_fd_close) int fd = -1;
	AUTO(po_fd_close) int other = -1;
	AUTO(po_fd_close) int end = -1;
	struct po_err err = { 0 };
	int status = -1;
	pid_t holder = hold_lock(1000, &end);

	/* the deadline has passed: one try */
	assert_int_equal(
	    po_liveness_lock(&store, 1000, po_clock_ms(), &fd, &err),
	    PO_E_EXPIRED);
	assert_int_equal(fd, -1);
	assert_int_equal(
	    po_liveness_lock(&store, 1001, po_clock_ms(), &other, NULL), PO_OK);
	/* the largest uid is no offset too many */
	po_fd_close(&other);
	assert_int_equal(
	    po_liveness_lock(&store, UINT32_MAX, po_clock_ms(), &other, NULL),
	    PO_OK);
	/* who waits gets it when the other ends, in whatever way */
	po_fd_close(&end);
	assert_int_equal(
	    po_liveness_lock(&store, 1000, po_clock_ms() + 10000, &fd, NULL),
	    PO_OK);
	assert_int_equal(waitpid(holder, &status, 0), holder);
	assert_int_equal(status, 0);
}

static bool
is_alice_or_bob(void *arg, const char *name)
{
	unsigned *count = arg;

	++*count;
	return strcmp(name, "alice") == 0 || strcmp(name, "bob") == 0;
}

static void
the_lock_is_no_record(void **state PO_UNUSED)
{
	unsigned count = 0;

	assert_int_equal(
	    po_store_each(&store, is_alice_or_bob, &count, NULL), PO_OK);
	assert_int_equal(count, 2);
}

static void
planted_lock_is_refused(void **state PO_UNUSED)
{
	struct po_err err = { 0 };
	int fd = -1;

	assert_int_equal(unlinkat(store.dir, "-lock", 0), 0);
	assert_int_equal(symlinkat("alice", store.dir, "-lock"), 0);
	assert_int_equal(
	    po_liveness_lock(&store, 1, po_clock_ms(), &fd, &err), PO_E_STORE);
	assert_int_equal(unlinkat(store.dir, "-lock", 0), 0);
	assert_int_equal(mkfifoat(store.dir, "-lock", 0600), 0);
	err = (struct po_err){ 0 };
	assert_int_equal(
	    po_liveness_lock(&store, 1, po_clock_ms(), &fd, &err), PO_E_STORE);
	assert_non_null(strstr(err.text, "not a file of root's"));
	assert_int_equal(unlinkat(store.dir, "-lock", 0), 0);
}

/* --- what is decided --- */

static const struct po_liveness_rules rules = {
	.provider = "corp",
	.issuer = ISSUER,
	.client_id = "linux-login",
	.grace_s = 3600,
	.interval_s = 60,
};

/* One in order `good_s` seconds ago. */
static struct po_liveness
record_of(int64_t good_s, bool begun, bool closed)
{
	return (struct po_liveness){
		.provider = "corp",
		.issuer = ISSUER,
		.client_id = "linux-login",
		.sub = "1",
		.nonce = "",
		.token = closed ? "" : "t",
		.good_s = good_s == 0 ? 0 : NOW_S - good_s,
		.begun_s = begun ? NOW_S - 1 : 0,
		.closed_s = closed ? NOW_S - 1 : 0,
	};
}

static enum po_status
before(const struct po_liveness *record, bool busy, bool *ask)
{
	struct po_err err = { 0 };
	enum po_status st =
	    po_liveness_before(record, &rules, busy, NOW_S, ask, &err);

	if (st != PO_OK && st != PO_E_SKIPPED) {
		assert_int_equal(err.status, st);
		assert_true(err.text[0] != '\0');
	}
	if (st != PO_OK)
		assert_false(*ask);
	return st;
}

static void
no_record_is_no_opinion_or_refused(void **state PO_UNUSED)
{
	struct po_liveness_rules strict = rules;
	bool ask = true;

	assert_int_equal(before(NULL, false, &ask), PO_E_SKIPPED);
	strict.refuse_missing = true;
	assert_int_equal(
	    po_liveness_before(NULL, &strict, false, NOW_S, &ask, NULL),
	    PO_E_STALE);
	assert_false(ask);
}

static void
closed_is_closed_however_good_it_was(void **state PO_UNUSED)
{
	const struct po_liveness record = record_of(1, false, true);
	bool ask = true;

	assert_int_equal(before(&record, false, &ask), PO_E_CLOSED);
	assert_int_equal(before(&record, true, &ask), PO_E_CLOSED);
}

static void
token_is_for_its_provider_and_client_alone(void **state PO_UNUSED)
{
	for (int i = 0; i < 3; i++) {
		struct po_liveness record = record_of(1, false, false);
		bool ask = true;

		*(i == 0     ? &record.provider
		    : i == 1 ? &record.issuer
			     : &record.client_id) = "other";
		assert_int_equal(before(&record, false, &ask), PO_E_STALE);
	}
}

static void
a_yes_holds_for_the_interval(void **state PO_UNUSED)
{
	static const struct {
		int64_t good_s;
		bool ask;
	} cases[] = { { 1, false }, { 59, false }, { 60, true }, { 61, true },
		/* never; and in the future, the clock was set back */
		{ 0, true }, { -1, true } };

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_liveness record =
		    record_of(cases[i].good_s, false, false);
		bool ask = !cases[i].ask;

		assert_int_equal(before(&record, false, &ask), PO_OK);
		assert_int_equal(ask, cases[i].ask);
	}
}

static void
who_cannot_ask_has_the_grace(void **state PO_UNUSED)
{
	struct po_liveness record = record_of(3599, false, false);
	bool ask = true;

	assert_int_equal(before(&record, true, &ask), PO_OK);
	assert_false(ask);
	record = record_of(3600, false, false);
	assert_int_equal(before(&record, true, &ask), PO_E_STALE);
	record = record_of(-1, false, false);
	assert_int_equal(before(&record, true, &ask), PO_E_STALE);
}

/* What came of asking, with a yes so many seconds ago. */
static enum po_status
after(int64_t good_s, bool begun, int64_t grace_s, enum po_status status)
{
	const struct po_liveness record = record_of(good_s, begun, false);
	struct po_liveness_rules with = rules;
	struct po_err err = { .status = status, .text = "why" };

	with.grace_s = grace_s;
	return po_liveness_after(&record, &with, status, NOW_S, &err);
}

static void
only_an_outage_has_a_grace(void **state PO_UNUSED)
{
	for (unsigned i = PO_OK + 1; i < PO_STATUS_COUNT; i++) {
		enum po_status status = (enum po_status)i;
		bool outage = status == PO_E_NETWORK || status == PO_E_TLS ||
			      status == PO_E_HTTP || status == PO_E_TOO_LARGE ||
			      status == PO_E_DOCUMENT;

		assert_int_equal(
		    after(10, false, 3600, status), outage ? PO_OK : status);
		assert_int_equal(
		    after(3599, false, 3600, status), outage ? PO_OK : status);
		assert_int_equal(after(3600, false, 3600, status), status);
		assert_int_equal(after(0, false, 3600, status), status);
		assert_int_equal(after(-5, false, 3600, status), status);
		assert_int_equal(after(10, false, 0, status), status);
	}
	assert_int_equal(after(100000, true, 0, PO_OK), PO_OK);
}

static void
a_no_after_a_lost_answer_closes_nothing(void **state PO_UNUSED)
{
	assert_int_equal(after(10, false, 3600, PO_E_CLOSED), PO_E_CLOSED);
	assert_int_equal(after(10, true, 3600, PO_E_CLOSED), PO_OK);
	assert_int_equal(after(3600, true, 3600, PO_E_CLOSED), PO_E_STALE);
	assert_int_equal(after(10, true, 0, PO_E_CLOSED), PO_E_STALE);
	/* everything else is what it was */
	assert_int_equal(
	    after(10, true, 3600, PO_E_NOT_ALLOWED), PO_E_NOT_ALLOWED);
}

static int
set_up(void **state PO_UNUSED)
{
	if (mkdtemp(dir) == NULL || po_store_open(&store, dir, NULL) != PO_OK)
		return -1;
	return 0;
}

static int
tear_down(void **state PO_UNUSED)
{
	(void)unlinkat(store.dir, "alice", 0);
	(void)unlinkat(store.dir, "bob", 0);
	po_store_close(&store);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_comes_back_as_it_was),
		cmocka_unit_test(each_line_goes_to_its_member),
		cmocka_unit_test(record_cut_at_any_byte),
		cmocka_unit_test(record_of_another_form),
		cmocka_unit_test(a_record_is_replaced_as_a_whole),
		cmocka_unit_test(damaged_record_is_named_and_never_missing),
		cmocka_unit_test(
		    the_lock_is_an_accounts_and_ends_with_its_holder),
		cmocka_unit_test(the_lock_is_no_record),
		cmocka_unit_test(planted_lock_is_refused),
		cmocka_unit_test(no_record_is_no_opinion_or_refused),
		cmocka_unit_test(closed_is_closed_however_good_it_was),
		cmocka_unit_test(token_is_for_its_provider_and_client_alone),
		cmocka_unit_test(a_yes_holds_for_the_interval),
		cmocka_unit_test(who_cannot_ask_has_the_grace),
		cmocka_unit_test(only_an_outage_has_a_grace),
		cmocka_unit_test(a_no_after_a_lost_answer_closes_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
