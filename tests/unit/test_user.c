/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM_USER, and an account that a helper chose.  See module/user.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pwd.h>
#include <string.h>
#include <strings.h>

#include <security/pam_appl.h>
#include <security/pam_modutil.h>

#include "base/mem.h"
#include "module/user.h"
#include "pam_script.h"

#define DAEMON "daemon"

/* The name service.  libpam's own waits for ever when no module calls it. */
struct passwd *
pam_modutil_getpwnam(pam_handle_t *pamh PO_UNUSED, const char *user)
{
	static char root[] = "root", nobody[] = "nobody", daemon[] = DAEMON;
	static struct passwd entries[] = {
		{ .pw_name = root, .pw_uid = 0 },
		{ .pw_name = nobody, .pw_uid = 65534 },
		{ .pw_name = daemon, .pw_uid = 2 },
	};

	/* a directory that folds case */
	for (size_t i = 0; i < PO_ARRAY_LEN(entries); i++)
		if (strcasecmp(entries[i].pw_name, user) == 0)
			return &entries[i];
	return NULL;
}

/* What modules remember: libpam's own is for modules alone. */
static struct {
	const char *name;
	void *data;
	void (*cleanup)(pam_handle_t *pamh, void *data, int status);
} kept[4];

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *pamh, void *data, int status))
{
	size_t i = 0;

	while (kept[i].name != NULL && strcmp(kept[i].name, name) != 0)
		assert_in_range(++i, 0, PO_ARRAY_LEN(kept) - 1);
	if (kept[i].cleanup != NULL)
		kept[i].cleanup(pamh, kept[i].data, PAM_DATA_REPLACE);
	kept[i].name = name;
	kept[i].data = data;
	kept[i].cleanup = cleanup;
	return PAM_SUCCESS;
}

static void
end_of_the_handle(pam_handle_t *pamh)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(kept); i++)
		if (kept[i].cleanup != NULL)
			kept[i].cleanup(pamh, kept[i].data, PAM_SUCCESS);
	memset(kept, 0, sizeof(kept));
}

static struct po_user_choice
choice_of(int64_t min_uid)
{
	static char any[] = "";

	return (struct po_user_choice){ .min_uid = min_uid, .account = any };
}

static struct po_message
grant_of(const char *person)
{
	return (struct po_message){
		.type = PO_MSG_GRANT,
		.grant = { .provider = "corp",
		    .issuer = "https://sso.example.com",
		    .sub = "248289761001",
		    .person = person },
	};
}

/* A handle without PAM_USER. */
static void
begin_unnamed(struct script *script)
{
	script_begin(script, "login", NULL);
	assert_int_equal(
	    pam_set_item(script->pamh, PAM_USER, NULL), PAM_SUCCESS);
}

static void
an_unset_item_is_empty(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	begin_unnamed(&script);
	assert_string_equal(po_user_item(script.pamh, PAM_USER), "");
	assert_string_equal(po_user_item(script.pamh, PAM_SERVICE), "test");
}

static void
a_name_is_asked_for_if_there_is_none(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	AUTO(po_str_free) char *user = NULL;

	script_begin(&script, "login", "bob");
	assert_int_equal(
	    pam_set_item(script.pamh, PAM_USER, NULL), PAM_SUCCESS);
	assert_int_equal(po_user_ask(script.pamh, &user, NULL), PO_OK);
	assert_string_equal(user, "bob");
	assert_int_equal(script.calls, 1);
}

static void
no_answer_is_a_failed_conversation(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	AUTO(po_str_free) char *user = NULL;
	struct po_err err = { 0 };

	begin_unnamed(&script);
	script.code = PAM_CONV_ERR;
	assert_int_equal(
	    po_user_ask(script.pamh, &user, &err), PO_E_CONVERSATION);
	assert_null(user);
	assert_non_null(strstr(err.text, "no user name"));
}

static void
an_account_has_exactly_that_name(void **state PO_UNUSED)
{
	static const char *const wrong[] = { "", "no-such-account", "Daemon",
		"daemon ", "daemon\n" };
	AUTO(script_end) struct script script;
	uid_t uid = 0;

	begin_unnamed(&script);
	assert_int_equal(po_user_find(script.pamh, DAEMON, &uid, NULL), PO_OK);
	assert_int_equal(uid, 2);
	for (size_t i = 0; i < PO_ARRAY_LEN(wrong); i++)
		assert_int_equal(
		    po_user_find(script.pamh, wrong[i], &uid, NULL),
		    PO_E_ACCOUNT_UNKNOWN);
}

static void
a_choice_is_held_against_min_uid(void **state PO_UNUSED)
{
	static const struct {
		int64_t min_uid;
		enum po_status status;
	} cases[] = { { 1, PO_OK }, { 2, PO_OK }, { 3, PO_E_ACCOUNT_UID },
		{ UINT32_MAX - 1, PO_E_ACCOUNT_UID } };
	AUTO(script_end) struct script script;
	uid_t uid = 0;

	begin_unnamed(&script);
	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		struct po_user_choice choice = choice_of(cases[i].min_uid);

		assert_int_equal(
		    po_user_check(script.pamh, DAEMON, &choice, &uid, NULL),
		    cases[i].status);
	}
	/* it is PAM_USER for nobody yet */
	assert_string_equal(po_user_item(script.pamh, PAM_USER), "");
}

static void
root_and_nobody_are_never_a_choice(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_user_choice choice = choice_of(1);
	uid_t uid = 0;

	begin_unnamed(&script);
	assert_int_equal(
	    po_user_check(script.pamh, "root", &choice, &uid, NULL),
	    PO_E_ACCOUNT_ROOT);
	assert_int_equal(
	    po_user_check(script.pamh, "nobody", &choice, &uid, NULL),
	    PO_E_ACCOUNT_UID);
}

static void
there_may_be_no_choice(void **state PO_UNUSED)
{
	static const int64_t wrong[] = { 0, -1, INT64_MIN, UINT32_MAX,
		INT64_C(1) << 32, (INT64_C(1) << 32) + 1, INT64_MAX };
	AUTO(script_end) struct script script;
	struct po_user_choice none = { .min_uid = 1 };
	struct po_err err = { 0 };
	uid_t uid = 0;

	begin_unnamed(&script);
	assert_int_equal(
	    po_user_check(script.pamh, DAEMON, &none, &uid, &err), PO_E_HELPER);
	assert_non_null(strstr(err.text, "may be chosen"));
	for (size_t i = 0; i < PO_ARRAY_LEN(wrong); i++) {
		struct po_user_choice choice = choice_of(wrong[i]);

		assert_int_equal(
		    po_user_check(script.pamh, DAEMON, &choice, &uid, NULL),
		    PO_E_HELPER);
	}
}

static void
there_may_be_one_choice(void **state PO_UNUSED)
{
	static char daemon[] = DAEMON, longer[] = DAEMON "s", part[] = "daemo";
	char *const others[] = { longer, part };
	AUTO(script_end) struct script script;
	struct po_user_choice choice = { .min_uid = 1, .account = daemon };
	uid_t uid = 0;

	begin_unnamed(&script);
	assert_int_equal(
	    po_user_check(script.pamh, DAEMON, &choice, &uid, NULL), PO_OK);
	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++) {
		choice.account = others[i];
		assert_int_equal(
		    po_user_check(script.pamh, DAEMON, &choice, &uid, NULL),
		    PO_E_HELPER);
	}
}

static void
a_choice_that_is_no_name_is_none(void **state PO_UNUSED)
{
	static const char *const wrong[] = { "", "a b", "../x", "-f", "a:b",
		"\x1b[2J", "daemon\n" };
	AUTO(script_end) struct script script;
	struct po_user_choice choice = choice_of(1);
	uid_t uid = 0;

	begin_unnamed(&script);
	for (size_t i = 0; i < PO_ARRAY_LEN(wrong); i++)
		assert_int_equal(
		    po_user_check(script.pamh, wrong[i], &choice, &uid, NULL),
		    PO_E_HELPER);
}

static void
the_user_is_set_once(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_err err = { 0 };

	begin_unnamed(&script);
	assert_int_equal(po_user_set(script.pamh, "bob", NULL), PO_OK);
	assert_string_equal(po_user_item(script.pamh, PAM_USER), "bob");
	/* CVE-2024-9313; not even to what it is already */
	assert_int_equal(
	    po_user_set(script.pamh, "root", &err), PO_E_OTHER_PERSON);
	assert_int_equal(
	    po_user_set(script.pamh, "bob", NULL), PO_E_OTHER_PERSON);
	assert_string_equal(po_user_item(script.pamh, PAM_USER), "bob");
}

static void
the_person_is_in_the_environment(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_message grant = grant_of("alice\n@example.com");

	begin_unnamed(&script);
	assert_int_equal(po_user_name_person(script.pamh, &grant, NULL), PO_OK);
	assert_string_equal(pam_getenv(script.pamh, "PAM_OAUTH_ISSUER"),
	    "https://sso.example.com");
	assert_string_equal(
	    pam_getenv(script.pamh, "PAM_OAUTH_SUB"), "248289761001");
	assert_string_equal(pam_getenv(script.pamh, "PAM_OAUTH_PERSON"),
	    "alice\xEF\xBF\xBD@example.com");
	end_of_the_handle(script.pamh);
}

static void
what_one_login_exports_the_next_has_not(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_message grant = grant_of("alice");

	begin_unnamed(&script);
	assert_int_equal(pam_putenv(script.pamh, "EMAIL=of-pam_env"), 0);
	assert_int_equal(
	    po_user_export(script.pamh, "OIDC_A=1\nOIDC_B=\n", NULL), PO_OK);
	assert_int_equal(po_user_name_person(script.pamh, &grant, NULL), PO_OK);
	/* the next without one between them, and after one */
	assert_int_equal(
	    po_user_export(script.pamh, "OIDC_A=2\nOIDC_C=3\n", NULL), PO_OK);
	assert_string_equal(pam_getenv(script.pamh, "OIDC_A"), "2");
	assert_null(pam_getenv(script.pamh, "OIDC_B"));
	po_user_forget(script.pamh);
	assert_null(pam_getenv(script.pamh, "OIDC_A"));
	assert_null(pam_getenv(script.pamh, "OIDC_C"));
	assert_null(pam_getenv(script.pamh, "PAM_OAUTH_ISSUER"));
	assert_null(pam_getenv(script.pamh, "PAM_OAUTH_SUB"));
	assert_null(pam_getenv(script.pamh, "PAM_OAUTH_PERSON"));
	assert_string_equal(pam_getenv(script.pamh, "EMAIL"), "of-pam_env");
	end_of_the_handle(script.pamh);
}

static void
whose_the_account_is_needs_no_name(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;
	struct po_message grant = grant_of("");
	struct po_message none = { 0 };

	begin_unnamed(&script);
	assert_int_equal(po_user_name_person(script.pamh, &grant, NULL), PO_OK);
	assert_int_equal(po_user_name_person(script.pamh, &none, NULL), PO_OK);
	assert_null(pam_getenv(script.pamh, "PAM_OAUTH_SUB"));
}

/* A helper that is taken over takes nothing of pam_env's away either. */
static void
attack_export_that_takes_path_away(void **state PO_UNUSED)
{
	AUTO(script_end) struct script script;

	begin_unnamed(&script);
	assert_int_equal(pam_putenv(script.pamh, "PATH=of-pam_env"), 0);
	assert_int_equal(
	    po_user_export(script.pamh, "OIDC_A=1\nPATH=/tmp\n", NULL),
	    PO_E_HELPER);
	po_user_forget(script.pamh);
	assert_null(pam_getenv(script.pamh, "OIDC_A"));
	assert_non_null(pam_getenv(script.pamh, "PATH"));
	end_of_the_handle(script.pamh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unset_item_is_empty),
		cmocka_unit_test(a_name_is_asked_for_if_there_is_none),
		cmocka_unit_test(no_answer_is_a_failed_conversation),
		cmocka_unit_test(an_account_has_exactly_that_name),
		cmocka_unit_test(a_choice_is_held_against_min_uid),
		cmocka_unit_test(root_and_nobody_are_never_a_choice),
		cmocka_unit_test(there_may_be_no_choice),
		cmocka_unit_test(there_may_be_one_choice),
		cmocka_unit_test(a_choice_that_is_no_name_is_none),
		cmocka_unit_test(the_user_is_set_once),
		cmocka_unit_test(the_person_is_in_the_environment),
		cmocka_unit_test(what_one_login_exports_the_next_has_not),
		cmocka_unit_test(attack_export_that_takes_path_away),
		cmocka_unit_test(whose_the_account_is_needs_no_name),
	};

	return cmocka_run_group_tests(tests, script_setup, script_teardown);
}
