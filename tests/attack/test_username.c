/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a claim could become somebody else's account.  Each test is named after
 * the attack; each has a twin that must get in.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "../unit/json_literal.h"
#include "base/account.h"
#include "base/mem.h"
#include "policy/access.h"
#include "policy/mapping.h"

static const struct po_mapping_options plain = { 0 };
static const struct po_mapping_options pinned = {
	.username_match = "([a-z][a-z0-9_-]*)@example\\.com",
};
static const struct po_mapping_options email = {
	.username = "/email",
	.username_match = "([a-z][a-z0-9_-]*)@example\\.com",
};

/* The account these claims give, or NULL and the reason in *err. */
static char *
map(const struct po_mapping_options *options, const char *text,
    struct po_err *err)
{
	AUTO(po_json_free) struct po_json *claims = json_literal(text);
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
	char *account = NULL;

	if (po_mapping_new(options, NULL, &mapping, err) != PO_OK)
		fail_msg("test data: %s", err->text);
	if (po_mapping_apply(mapping, claims, &account, NULL, err) !=
	    err->status)
		fail_msg("status and message differ: %s", err->text);
	return account;
}

static void
refused(const struct po_mapping_options *options, const char *claims,
    enum po_status status)
{
	struct po_err err = { 0 };
	AUTO(po_str_free) char *account = map(options, claims, &err);

	if (account != NULL || err.status != status)
		fail_msg("%s: %s, not %s: %s", claims,
		    po_status_name(err.status), po_status_name(status),
		    account == NULL ? err.text : account);
	/* what was sent does not reach the log as it was */
	for (const char *p = err.text; *p != '\0'; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7F);
}

static void
granted(const struct po_mapping_options *options, const char *claims,
    const char *expected)
{
	struct po_err err = { 0 };
	AUTO(po_str_free) char *account = map(options, claims, &err);

	if (account == NULL)
		fail_msg("%s: %s", claims, err.text);
	assert_string_equal(account, expected);
}

/* As refused/granted for {"preferred_username":"NAME"}, NAME in JSON. */
static void
name_refused(const struct po_mapping_options *options, const char *name,
    enum po_status status)
{
	AUTO(po_buf_clear) struct po_buf claims = PO_BUF_INIT(4096);

	po_buf_appendf(&claims, "{\"preferred_username\":\"%s\"}", name);
	refused(options, po_buf_str(&claims), status);
}

static void
name_granted(const struct po_mapping_options *options, const char *name,
    const char *expected)
{
	AUTO(po_buf_clear) struct po_buf claims = PO_BUF_INIT(4096);

	po_buf_appendf(&claims, "{\"preferred_username\":\"%s\"}", name);
	granted(options, po_buf_str(&claims), expected);
}

static void
unsafe_names(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		name_refused(&plain, names[i], PO_E_CLAIM_UNSAFE);
}

/* The claim says "root" and the account exists: only the uid can stop it. */
static void
root_by_name_and_by_uid(void **state PO_UNUSED)
{
	static const struct po_account_limits limits = { .min_uid = 1000 };
	static const struct po_account_limits rooted = { .min_uid = 1000,
		.allow_root = true };

	name_granted(&plain, "root", "root");
	assert_int_equal(po_account_admit(&limits, "root", 0, true, NULL),
	    PO_E_ACCOUNT_ROOT);
	assert_int_equal(po_account_admit(&limits, "toor", 0, true, NULL),
	    PO_E_ACCOUNT_ROOT);
	assert_int_equal(po_account_admit(&rooted, "root", 0, false, NULL),
	    PO_E_ACCOUNT_ROOT);
	assert_int_equal(
	    po_account_admit(&rooted, "root", 0, true, NULL), PO_OK);
	/* and a name proves no uid */
	assert_int_equal(
	    po_account_admit(&limits, "root", 1000, false, NULL), PO_OK);
}

static void
system_account_as_username(void **state PO_UNUSED)
{
	static const struct po_account_limits limits = { .min_uid = 1000 };
	static const struct {
		const char *name;
		uid_t uid;
	} accounts[] = { { "daemon", 1 }, { "sshd", 105 },
		{ "systemd-network", 998 }, { "nobody", 65534 },
		{ "nogroup16", 65535 }, { "overflow", (uid_t)-1 } };

	for (size_t i = 0; i < PO_ARRAY_LEN(accounts); i++)
		assert_int_equal(po_account_admit(&limits, accounts[i].name,
				     accounts[i].uid, false, NULL),
		    PO_E_ACCOUNT_UID);
	assert_int_equal(
	    po_account_admit(&limits, "alice", 1000, false, NULL), PO_OK);
}

static void
empty_dot_and_dot_dot(void **state PO_UNUSED)
{
	static const char *const names[] = { "", ".", "..", ".alice", "..x" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	name_granted(&plain, "a.b", "a.b");
}

/* "-f" to a script, "~" to a shell, "#0" to sudo, "+" to NIS, "%" to both. */
static void
leading_character_with_a_meaning(void **state PO_UNUSED)
{
	static const char *const names[] = { "-f", "--help", "+alice", "~alice",
		"@alice", "#0", "%wheel", "!alice", "=alice" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	name_granted(&plain, "a-f", "a-f");
	name_granted(&plain, "_alice", "_alice");
}

/* chown and sudo take digits for a uid, useradd warns of them. */
static void
number_for_a_name(void **state PO_UNUSED)
{
	static const char *const names[] = { "0", "1000", "0x0", "4294967296",
		"1alice" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	refused(&plain, "{\"preferred_username\":0}", PO_E_CLAIM_UNSAFE);
	refused(&plain, "{\"preferred_username\":1000.0}", PO_E_CLAIM_UNSAFE);
	name_granted(&plain, "alice1", "alice1");
}

static void
blank_or_dollar_at_the_end(void **state PO_UNUSED)
{
	static const char *const names[] = { "alice ", " alice", "alice$",
		"al ice", "alice\\t", "\\talice" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	name_granted(&plain, "alice", "alice");
}

static void
separator_of_passwd_path_or_shell(void **state PO_UNUSED)
{
	static const char *const names[] = { "alice:0:0", "../root",
		"alice/../root", "CORP\\\\root", "alice,root", "a=b", "alice*",
		"alic?", "[ab]", "alice!", "'root'", "\\\"root\\\"", "`id`",
		"$(id)", "a;b", "a|b", "a&b", "a>b", "a{b}", "a^b" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	name_granted(&plain, "alice", "alice");
}

static void
line_break_in_a_name(void **state PO_UNUSED)
{
	static const char *const names[] = { "alice\\n", "alice\\r\\n",
		"alice\\nroot", "root\\nalice", "\\nalice" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	for (size_t i = 0; i < PO_ARRAY_LEN(names); i++)
		name_refused(&pinned, names[i], PO_E_CLAIM_UNSAFE);
	name_refused(&pinned, "alice@example.com\\n", PO_E_CLAIM_UNSAFE);
	name_refused(&pinned, "evil\\nalice@example.com\\n", PO_E_CLAIM_UNSAFE);
	name_granted(&pinned, "alice@example.com", "alice");
}

static void
control_character_in_a_name(void **state PO_UNUSED)
{
	static const char *const names[] = { "alice\\u0001", "\\u001b[2Jalice",
		"alice\\u007f", "alice\\u0085", "alice\\u009b2J", "ali\\bce" };

	unsafe_names(names, PO_ARRAY_LEN(names));
	name_granted(&plain, "alice", "alice");
}

/* "root\0@evil": no C string of ours is ever asked. */
static void
nul_in_a_name(void **state PO_UNUSED)
{
	static const char escaped[] =
	    "{\"preferred_username\":\"root\\u0000@evil\"}";
	static const char raw[] = "{\"preferred_username\":\"root\0@evil\"}";
	AUTO(po_json_free) struct po_json *json = NULL;

	assert_int_equal(po_json_parse(escaped, strlen(escaped), &json, NULL),
	    PO_E_DOCUMENT);
	assert_int_equal(
	    po_json_parse(raw, sizeof(raw) - 1, &json, NULL), PO_E_DOCUMENT);
	name_granted(&plain, "root0", "root0");
}

static void
homoglyph_and_invisible_letter(void **state PO_UNUSED)
{
	static const char *const names[] = {
		"r\\u043e\\u043et",                 /* Cyrillic o */
		"\\uff52\\uff4f\\uff4f\\uff54",     /* full width */
		"\\ud835\\udc5f\\ud835\\udc5coot",  /* mathematical */
		"alice\\u200b",                     /* zero width space */
		"al\\u00adice",                     /* soft hyphen */
		"alice\\u00a0",                     /* no-break space */
		"\\u202eecila",                     /* right-to-left */
		"\\ufeffalice",                     /* byte order mark */
		"alic\\u0065\\u0301", "alic\\u00e9" /* one e, two spellings */
	};

	unsafe_names(names, PO_ARRAY_LEN(names));
	/* an escape is just another spelling of the same letter */
	name_granted(&plain, "alic\\u0065", "alice");
}

/* ADMIN, admin and (in Turkish) admIn with a dot are three people. */
static void
case_folding(void **state PO_UNUSED)
{
	name_granted(&plain, "Root", "Root");
	name_granted(&plain, "ROOT", "ROOT");
	name_refused(&plain, "adm\\u0131n", PO_E_CLAIM_UNSAFE);
	name_refused(&plain, "adm\\u0130n", PO_E_CLAIM_UNSAFE);
	name_refused(&plain, "stra\\u00dfe", PO_E_CLAIM_UNSAFE);
	name_refused(&pinned, "Alice@example.com", PO_E_USERNAME_UNMATCHED);
	name_refused(&pinned, "alice@Example.com", PO_E_USERNAME_UNMATCHED);
	refused(
	    &plain, "{\"Preferred_Username\":\"alice\"}", PO_E_CLAIM_MISSING);
	name_granted(&plain, "root", "root");
}

/* 33 bytes must not become the 32 of another account. */
static void
truncation_to_another_account(void **state PO_UNUSED)
{
	name_granted(&plain, "abcdefghijklmnopqrstuvwxyz012345",
	    "abcdefghijklmnopqrstuvwxyz012345");
	name_refused(
	    &plain, "abcdefghijklmnopqrstuvwxyz0123456", PO_E_CLAIM_UNSAFE);
}

static void
local_part_of_a_foreign_domain(void **state PO_UNUSED)
{
	static const char *const unmatched[] = { "root@evil.example",
		"alice@example.com.evil", "alice@example.community",
		"alice@evil@example.com", "alice@sub.example.com",
		"alice@exampleXcom", "@example.com", "alice", "alice@",
		"alice@example.com ", "alice+root@example.com",
		"alice%evil@example.com" };

	for (size_t i = 0; i < PO_ARRAY_LEN(unmatched); i++)
		name_refused(&pinned, unmatched[i], PO_E_USERNAME_UNMATCHED);
	/* nothing is stripped unless a pattern says so */
	name_refused(&plain, "root@evil.example", PO_E_CLAIM_UNSAFE);
	name_granted(&pinned, "alice@example.com", "alice");
}

static void
plus_tag(void **state PO_UNUSED)
{
	name_refused(&pinned, "root+x@example.com", PO_E_USERNAME_UNMATCHED);
	name_refused(&plain, "root+x", PO_E_CLAIM_UNSAFE);
	name_granted(&pinned, "root-x@example.com", "root-x");
}

/* "^a|b$" is (^a)|(b$): a door for whoever begins with a. */
static void
pattern_with_loose_anchors(void **state PO_UNUSED)
{
	static const struct po_mapping_options loose = {
		.username_match = "^alice|bob$",
		.username_format = "\\0",
	};

	name_refused(&loose, "alice2", PO_E_USERNAME_UNMATCHED);
	name_refused(&loose, "alice-root", PO_E_USERNAME_UNMATCHED);
	name_refused(&loose, "xbob", PO_E_USERNAME_UNMATCHED);
	name_granted(&loose, "alice", "alice");
	name_granted(&loose, "bob", "bob");
}

static void
pattern_without_anchors(void **state PO_UNUSED)
{
	static const struct po_mapping_options loose = {
		.username_match = "alice",
	};

	name_refused(&loose, "malice", PO_E_USERNAME_UNMATCHED);
	name_refused(&loose, "alices", PO_E_USERNAME_UNMATCHED);
	name_granted(&loose, "alice", "alice");
}

/* What the claim holds is data: it is expanded once and not read again. */
static void
format_directive_in_the_claim(void **state PO_UNUSED)
{
	static const struct po_mapping_options any = {
		.username_match = "(.*)",
		.username_format = "\\1",
	};

	name_refused(&any, "\\\\0", PO_E_CLAIM_UNSAFE);
	name_refused(&any, "a\\\\1b", PO_E_CLAIM_UNSAFE);
	name_refused(&any, "%s%n", PO_E_CLAIM_UNSAFE);
	name_granted(&any, "alice", "alice");
}

/* A pattern that lets anything through still gives an account name. */
static void
group_with_unsafe_characters(void **state PO_UNUSED)
{
	static const struct po_mapping_options any = {
		.username_match = "(.*)@.*",
	};

	name_refused(&any, "../root@x", PO_E_CLAIM_UNSAFE);
	name_refused(&any, "-rf@x", PO_E_CLAIM_UNSAFE);
	name_refused(&any, "@x", PO_E_CLAIM_UNSAFE);
	name_granted(&any, "alice@x", "alice");
}

static void
username_of_another_type(void **state PO_UNUSED)
{
	static const char *const claims[] = {
		"{\"preferred_username\":[\"alice\"]}",
		"{\"preferred_username\":[\"alice\",\"root\"]}",
		"{\"preferred_username\":{\"name\":\"alice\"}}",
		"{\"preferred_username\":true}",
		"{\"preferred_username\":null}",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(claims); i++)
		refused(&plain, claims[i], PO_E_CLAIM_UNSAFE);
	refused(&plain, "{\"user\":{\"preferred_username\":\"alice\"}}",
	    PO_E_CLAIM_MISSING);
	granted(&plain, "{\"preferred_username\":\"alice\"}", "alice");
}

/* Which of the two is meant depends on the parser: neither. */
static void
username_twice_in_the_document(void **state PO_UNUSED)
{
	static const char *const texts[] = {
		"{\"preferred_username\":\"alice\","
		"\"preferred_username\":\"root\"}",
		"{\"preferred_username\":\"alice\","
		"\"preferred\\u005fusername\":\"root\"}",
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(texts); i++) {
		AUTO(po_json_free) struct po_json *json = NULL;

		assert_int_equal(
		    po_json_parse(texts[i], strlen(texts[i]), &json, NULL),
		    PO_E_DOCUMENT);
	}
	granted(&plain,
	    "{\"preferred_username\":\"alice\",\"username\":\"root\"}",
	    "alice");
}

/* "nOAuth": an address that anybody may claim. */
static void
email_that_nobody_verified(void **state PO_UNUSED)
{
	static const char *const verified[] = { "", ",\"email_verified\":false",
		",\"email_verified\":null", ",\"email_verified\":\"true\"",
		",\"email_verified\":1", ",\"email_verified\":[true]",
		",\"email_verified\":{\"x\":true}", ",\"Email_Verified\":true",
		",\"user\":{\"email_verified\":true}" };

	for (size_t i = 0; i < PO_ARRAY_LEN(verified); i++) {
		AUTO(po_buf_clear) struct po_buf claims = PO_BUF_INIT(1024);

		po_buf_appendf(&claims, "{\"email\":\"alice@example.com\"%s}",
		    verified[i]);
		refused(&email, po_buf_str(&claims), PO_E_EMAIL_UNVERIFIED);
	}
	granted(&email,
	    "{\"email\":\"alice@example.com\",\"email_verified\":true}",
	    "alice");
}

/* Of map_file such a rule gives an account away, be it root's. */
static void
email_that_nobody_verified_in_a_rule(void **state PO_UNUSED)
{
	static const char *const rules[] = { "/email is boss@example.com",
		"/email matches .*@example\\.com" };
	AUTO(po_json_free)
	struct po_json *claimed =
	    json_literal("{\"email\":\"boss@example.com\"}");
	AUTO(po_json_free)
	struct po_json *verified = json_literal(
	    "{\"email\":\"boss@example.com\",\"email_verified\":true}");

	for (size_t i = 0; i < PO_ARRAY_LEN(rules); i++) {
		AUTO(po_rule_free) struct po_rule *rule = NULL;

		assert_int_equal(po_rule_parse(rules[i], &rule, NULL), PO_OK);
		assert_int_equal(
		    po_rule_check(rule, claimed, NULL), PO_E_EMAIL_UNVERIFIED);
		assert_int_equal(po_rule_check(rule, verified, NULL), PO_OK);
	}
}

static void
email_with_a_unicode_domain(void **state PO_UNUSED)
{
	refused(&email,
	    "{\"email\":\"alice@ex\\u0430mple.com\",\"email_verified\":true}",
	    PO_E_CLAIM_UNSAFE);
	refused(&email,
	    "{\"email\":\"alice@xn--exmple-4nf.com\",\"email_verified\":true}",
	    PO_E_USERNAME_UNMATCHED);
	granted(&email,
	    "{\"email\":\"alice@example.com\",\"email_verified\":true}",
	    "alice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_by_name_and_by_uid),
		cmocka_unit_test(system_account_as_username),
		cmocka_unit_test(empty_dot_and_dot_dot),
		cmocka_unit_test(leading_character_with_a_meaning),
		cmocka_unit_test(number_for_a_name),
		cmocka_unit_test(blank_or_dollar_at_the_end),
		cmocka_unit_test(separator_of_passwd_path_or_shell),
		cmocka_unit_test(line_break_in_a_name),
		cmocka_unit_test(control_character_in_a_name),
		cmocka_unit_test(nul_in_a_name),
		cmocka_unit_test(homoglyph_and_invisible_letter),
		cmocka_unit_test(case_folding),
		cmocka_unit_test(truncation_to_another_account),
		cmocka_unit_test(local_part_of_a_foreign_domain),
		cmocka_unit_test(plus_tag),
		cmocka_unit_test(pattern_with_loose_anchors),
		cmocka_unit_test(pattern_without_anchors),
		cmocka_unit_test(format_directive_in_the_claim),
		cmocka_unit_test(group_with_unsafe_characters),
		cmocka_unit_test(username_of_another_type),
		cmocka_unit_test(username_twice_in_the_document),
		cmocka_unit_test(email_that_nobody_verified),
		cmocka_unit_test(email_that_nobody_verified_in_a_rule),
		cmocka_unit_test(email_with_a_unicode_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
