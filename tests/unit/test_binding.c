/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose an account is: the first one's, by a record that nobody can twist. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/binding.h"
#include "base/mem.h"
#include "base/text.h"

#define ISSUER "https://sso.example.com/realms/staff"
#define NOW_S 1764000000

static char dir[] = "/tmp/pam_oauth_binding_XXXXXX";
static struct po_store store = PO_STORE_INIT;

static enum po_status
claim(const char *account, const char *issuer, const char *sub,
    struct po_err *err)
{
	*err = (struct po_err){ 0 };
	return po_binding_claim(&store, account, issuer, sub, NOW_S, err);
}

/* The record as it stands on the disk. */
static void
has_record(const char *account, const char *expected)
{
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);
	bool found = false;

	assert_int_equal(
	    po_store_read(&store, account, &out, &found, NULL), PO_OK);
	assert_true(found);
	assert_string_equal(po_buf_str(&out), expected);
}

static void
put(const char *account, const void *data, size_t len)
{
	bool created = false;

	assert_int_equal(
	    po_store_create(&store, account, data, len, &created, NULL), PO_OK);
	assert_true(created);
}

static void
drop(const char *account)
{
	bool removed = false;

	assert_int_equal(
	    po_store_remove(&store, account, &removed, NULL), PO_OK);
	assert_true(removed);
}

static void
the_first_person_owns_the_account(void **state PO_UNUSED)
{
	struct po_err err;

	assert_int_equal(claim("alice", ISSUER, "1", &err), PO_OK);
	has_record(
	    "alice", "version=1\nissuer=" ISSUER "\nsub=1\nsince=1764000000\n");
	assert_int_equal(claim("alice", ISSUER, "1", &err), PO_OK);
	assert_int_equal(claim("bob", ISSUER, "1", &err), PO_OK);
	assert_int_equal(claim("alice", ISSUER, "2", &err), PO_E_BOUND);
	assert_string_equal(err.text,
	    "the account has been another person's since "
	    "2025-11-24T16:00:00Z: sub \"1\" of " ISSUER);
	/* a sub means something with its issuer alone, and byte for byte */
	assert_int_equal(claim("alice", ISSUER "/", "1", &err), PO_E_BOUND);
	assert_int_equal(claim("alice", ISSUER, "1 ", &err), PO_E_BOUND);
	assert_int_equal(claim("alice", ISSUER, "01", &err), PO_E_BOUND);
	has_record(
	    "alice", "version=1\nissuer=" ISSUER "\nsub=1\nsince=1764000000\n");
	drop("alice");
	assert_int_equal(claim("alice", ISSUER, "2", &err), PO_OK);
	drop("alice");
	drop("bob");
}

static void
any_printable_sub_comes_back(void **state PO_UNUSED)
{
	static const char *const subs[] = { "a=b", "=", " ", "\"x\" \\n",
		"auth0|5f7c8ec7c33c6c004bbafe82", "sub=1", "~!@#$%^&*()" };
	char longest[256];
	struct po_err err;

	for (size_t i = 0; i < PO_ARRAY_LEN(subs); i++) {
		AUTO(po_binding_clear) struct po_binding binding = { 0 };
		bool found = false;

		assert_int_equal(claim("alice", ISSUER, subs[i], &err), PO_OK);
		assert_int_equal(claim("alice", ISSUER, subs[i], &err), PO_OK);
		assert_int_equal(
		    po_binding_read(&store, "alice", &binding, &found, &err),
		    PO_OK);
		assert_true(found);
		assert_string_equal(binding.issuer, ISSUER);
		assert_string_equal(binding.sub, subs[i]);
		assert_int_equal(binding.since_s, NOW_S);
		drop("alice");
	}
	memset(longest, 'x', sizeof(longest));
	longest[255] = '\0';
	assert_int_equal(claim("alice", ISSUER, longest, &err), PO_OK);
	assert_int_equal(claim("alice", ISSUER, longest, &err), PO_OK);
	drop("alice");
}

static void
the_longest_record_fits(void **state PO_UNUSED)
{
	char issuer[PO_URL_MAX + 2], sub[256];
	struct po_err err;

	memset(issuer, 'i', sizeof(issuer));
	memset(sub, 's', sizeof(sub));
	sub[255] = '\0';
	issuer[PO_URL_MAX + 1] = '\0';
	assert_int_equal(claim("alice", issuer, sub, &err), PO_E_HELPER);
	issuer[PO_URL_MAX] = '\0';
	assert_int_equal(claim("alice", issuer, sub, &err), PO_OK);
	assert_int_equal(claim("alice", issuer, sub, &err), PO_OK);
	drop("alice");
}

/* The helper chooses both; it must not write lines, or on a terminal. */
static void
hostile_helper(void **state PO_UNUSED)
{
	static const char *const texts[] = { "", "1\nsub=2", "1\r", "\t1",
		"\0331", "1\177", "\303\251", "\342\200\256", "\200" };
	char longer[257];
	bool found = true;
	struct po_err err;
	AUTO(po_binding_clear) struct po_binding binding = { 0 };

	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		assert_int_equal(
		    claim("alice", ISSUER, texts[i], &err), PO_E_HELPER);
		assert_int_equal(
		    claim("alice", texts[i], "1", &err), PO_E_HELPER);
	}
	memset(longer, 'x', sizeof(longer));
	longer[256] = '\0';
	assert_int_equal(claim("alice", ISSUER, longer, &err), PO_E_HELPER);
	assert_int_equal(
	    po_binding_read(&store, "alice", &binding, &found, &err), PO_OK);
	assert_false(found);
	/* nor where the record is */
	assert_int_equal(claim("../alice", ISSUER, "1", &err), PO_E_STORE);
}

/* A record in other words than ours is an alarm, and nobody's pass. */
static void
corrupt_record(void **state PO_UNUSED)
{
	static const char good[] =
	    "version=1\nissuer=" ISSUER "\nsub=1\nsince=1764000000\n";
	static const char *const records[] = {
		"",
		"\n",
		"version=2\nissuer=" ISSUER "\nsub=1\nsince=1\n",
		"version=\nissuer=" ISSUER "\nsub=1\nsince=1\n",
		"version=11\nissuer=" ISSUER "\nsub=1\nsince=1\n",
		"issuer=" ISSUER "\nsub=1\nsince=1\n",
		"version=1\nsub=1\nissuer=" ISSUER "\nsince=1\n",
		"version=1\nissuer=" ISSUER "\nsub=1\n",
		"version=1\nissuer=\nsub=1\nsince=1\n",
		"version=1\nissuer=" ISSUER "\nsub=\nsince=1\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsince=\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsince=x\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsince=-1\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsince=253402300800\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsince=1\n\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsince=1\nsub=2\n",
		"version=1\nissuer=" ISSUER "\nsub=1\nsub=2\nsince=1\n",
		"version=1\r\nissuer=" ISSUER "\r\nsub=1\r\nsince=1\r\n",
		"version =1\nissuer=" ISSUER "\nsub=1\nsince=1\n",
		"version=1\nissuer=" ISSUER "\nsub=\0331\nsince=1\n",
		"version=1\nissuer=" ISSUER "\nsubject=1\nsince=1\n",
	};
	struct po_err err;

	for (size_t i = 0; i < PO_ARRAY_LEN(records); i++) {
		put("alice", records[i], strlen(records[i]));
		if (claim("alice", ISSUER, "1", &err) != PO_E_STORE)
			fail_msg("\"%s\" is a record?", records[i]);
		assert_non_null(
		    strstr(err.text, "/alice: not a record of a binding"));
		drop("alice");
	}
	/* cut short anywhere, or with a NUL anywhere */
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		char text[sizeof(good)];

		memcpy(text, good, sizeof(good));
		put("alice", text, len);
		assert_int_equal(claim("alice", ISSUER, "1", &err), PO_E_STORE);
		drop("alice");
		text[len] = '\0';
		put("alice", text, sizeof(good) - 1);
		assert_int_equal(claim("alice", ISSUER, "1", &err), PO_E_STORE);
		drop("alice");
	}
	put("alice", good, sizeof(good)); /* with a NUL behind */
	assert_int_equal(claim("alice", ISSUER, "1", &err), PO_E_STORE);
	drop("alice");
	put("alice", good, sizeof(good) - 1);
	assert_int_equal(claim("alice", ISSUER, "1", &err), PO_OK);
	drop("alice");
}

static void
a_year_of_five_digits_is_not_shown(void **state PO_UNUSED)
{
	const struct po_binding last = { .since_s = 253402300799 };
	const struct po_binding later = { .since_s = 253402300800 };
	char out[PO_BINDING_TIME_SIZE];

	po_binding_time(last.since_s, out);
	assert_string_equal(out, "9999-12-31T23:59:59Z");
	po_binding_time(later.since_s, out);
	assert_string_equal(out, "");
}

/* --- first logins at once --- */

#define PEOPLE 2
#define LOGINS 20

static pid_t
login(unsigned person, int gate)
{
	pid_t pid = fork();
	enum po_status st;
	char sub[16], byte;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	(void)snprintf(sub, sizeof(sub), "person%u", person);
	(void)!read(gate, &byte, 1);
	st = po_binding_claim(&store, "shared", ISSUER, sub, NOW_S, NULL);
	_exit(st == PO_OK ? 0 : st == PO_E_BOUND ? 1 : 2);
}

static void
first_logins_at_once_leave_one_owner(void **state PO_UNUSED)
{
	for (unsigned round = 0; round < 20; round++) {
		AUTO(po_binding_clear) struct po_binding binding = { 0 };
		pid_t pids[LOGINS];
		bool found = false;
		char owner[16];
		int gate[2];

		assert_int_equal(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate),
		    0);
		for (unsigned i = 0; i < LOGINS; i++)
			pids[i] = login(i % PEOPLE, gate[0]);
		assert_int_equal(shutdown(gate[1], SHUT_RDWR), 0);
		for (unsigned i = 0; i < LOGINS; i++) {
			int status = -1;

			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			if (!found)
				assert_int_equal(
				    po_binding_read(&store, "shared", &binding,
					&found, NULL),
				    PO_OK);
			(void)snprintf(
			    owner, sizeof(owner), "person%u", i % PEOPLE);
			assert_true(found && WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status),
			    strcmp(owner, binding.sub) == 0 ? 0 : 1);
		}
		(void)close(gate[0]);
		(void)close(gate[1]);
		drop("shared");
	}
}

static int
make_store(void **state PO_UNUSED)
{
	return mkdtemp(dir) == NULL || po_store_open(&store, dir, NULL) != PO_OK
		   ? -1
		   : 0;
}

static int
remove_store(void **state PO_UNUSED)
{
	po_store_close(&store);
	return rmdir(dir); /* every test leaves it empty */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_person_owns_the_account),
		cmocka_unit_test(any_printable_sub_comes_back),
		cmocka_unit_test(the_longest_record_fits),
		cmocka_unit_test(hostile_helper),
		cmocka_unit_test(corrupt_record),
		cmocka_unit_test(a_year_of_five_digits_is_not_shown),
		cmocka_unit_test(first_logins_at_once_leave_one_owner),
	};

	return cmocka_run_group_tests(tests, make_store, remove_store);
}
