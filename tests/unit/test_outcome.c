/* SPDX-License-Identifier: BSD-2-Clause */
/* What each status means to PAM: the table of DESIGN 5, row by row. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include <security/pam_modules.h>

#include "module/outcome.h"

/* The table again, from the design and not from the code. */
static const struct {
	enum po_status status;
	int pam_code;
} table[] = {
	/* verified, mapped, allowed, equals PAM_USER */
	{ PO_OK, PAM_SUCCESS },
	/* denied by the person: sshd must not show a second URL */
	{ PO_E_DENIED, PAM_MAXTRIES },
	{ PO_E_CANCELLED, PAM_MAXTRIES },
	{ PO_E_NOT_CONFIRMED, PAM_MAXTRIES },
	/* nor sudo send a second push that nobody asked for */
	{ PO_E_UNANSWERED, PAM_MAXTRIES },
	{ PO_E_NOT_ASKED, PAM_MAXTRIES },
	/* expired, token refused, another person's approval */
	{ PO_E_EXPIRED, PAM_AUTH_ERR },
	{ PO_E_GRANT_REFUSED, PAM_AUTH_ERR },
	{ PO_E_SCOPE, PAM_AUTH_ERR },
	{ PO_E_TOO_MANY, PAM_AUTH_ERR },
	{ PO_E_TOKEN_MISSING, PAM_AUTH_ERR },
	{ PO_E_TOKEN_MALFORMED, PAM_AUTH_ERR },
	{ PO_E_ALG, PAM_AUTH_ERR },
	{ PO_E_CRIT, PAM_AUTH_ERR },
	{ PO_E_DECRYPT, PAM_AUTH_ERR },
	{ PO_E_TYP, PAM_AUTH_ERR },
	{ PO_E_KEY_UNKNOWN, PAM_AUTH_ERR },
	{ PO_E_KEY_UNUSABLE, PAM_AUTH_ERR },
	{ PO_E_SIGNATURE, PAM_AUTH_ERR },
	{ PO_E_CLAIMS, PAM_AUTH_ERR },
	{ PO_E_ISS, PAM_AUTH_ERR },
	{ PO_E_SUB, PAM_AUTH_ERR },
	{ PO_E_AUD, PAM_AUTH_ERR },
	{ PO_E_AZP, PAM_AUTH_ERR },
	{ PO_E_EXP, PAM_AUTH_ERR },
	{ PO_E_NBF, PAM_AUTH_ERR },
	{ PO_E_IAT, PAM_AUTH_ERR },
	{ PO_E_NONCE, PAM_AUTH_ERR },
	{ PO_E_AT_HASH, PAM_AUTH_ERR },
	{ PO_E_USERINFO_SUB, PAM_AUTH_ERR },
	{ PO_E_CLAIM_MISSING, PAM_AUTH_ERR },
	{ PO_E_CLAIM_UNSAFE, PAM_AUTH_ERR },
	{ PO_E_EMAIL_UNVERIFIED, PAM_AUTH_ERR },
	{ PO_E_USERNAME_UNMATCHED, PAM_AUTH_ERR },
	{ PO_E_OTHER_PERSON, PAM_AUTH_ERR },
	{ PO_E_BOUND, PAM_AUTH_ERR },
	/* or of somebody who has made it so: no outage */
	{ PO_E_TOO_LARGE, PAM_AUTH_ERR },
	/* right person, `require` not met */
	{ PO_E_ACR, PAM_PERM_DENIED },
	{ PO_E_AUTH_TIME, PAM_PERM_DENIED },
	{ PO_E_GROUPS_OVERAGE, PAM_PERM_DENIED },
	{ PO_E_NOT_ALLOWED, PAM_PERM_DENIED },
	/* account unknown locally, uid below min_uid, root not allowed */
	{ PO_E_ACCOUNT_UNKNOWN, PAM_USER_UNKNOWN },
	{ PO_E_ACCOUNT_UID, PAM_USER_UNKNOWN },
	{ PO_E_ACCOUNT_ROOT, PAM_USER_UNKNOWN },
	/* IdP unreachable, 5xx, TLS, clock */
	{ PO_E_NETWORK, PAM_AUTHINFO_UNAVAIL },
	{ PO_E_TLS, PAM_AUTHINFO_UNAVAIL },
	{ PO_E_HTTP, PAM_AUTHINFO_UNAVAIL },
	{ PO_E_DOCUMENT, PAM_AUTHINFO_UNAVAIL },
	{ PO_E_CLOCK, PAM_AUTHINFO_UNAVAIL },
	/* the provider's no about a person who did not ask it; nobody knows */
	{ PO_E_CLOSED, PAM_ACCT_EXPIRED },
	{ PO_E_STALE, PAM_AUTHINFO_UNAVAIL },
	/* user declined the `ask` question */
	{ PO_E_SKIPPED, PAM_AUTHINFO_UNAVAIL },
	/* bad configuration, unreadable secret, helper crash */
	{ PO_E_NOMEM, PAM_SERVICE_ERR },
	{ PO_E_SYSTEM, PAM_SERVICE_ERR },
	{ PO_E_INTERNAL, PAM_SERVICE_ERR },
	{ PO_E_CONFIG, PAM_SERVICE_ERR },
	{ PO_E_SECRET, PAM_SERVICE_ERR },
	{ PO_E_PRIVILEGE, PAM_SERVICE_ERR },
	{ PO_E_HELPER, PAM_SERVICE_ERR },
	{ PO_E_SANDBOX, PAM_SERVICE_ERR },
	{ PO_E_STORE, PAM_SERVICE_ERR },
	{ PO_E_ACCOUNT_WANTED, PAM_SERVICE_ERR },
	{ PO_E_METADATA_ISSUER, PAM_SERVICE_ERR },
	{ PO_E_UNSUPPORTED, PAM_SERVICE_ERR },
	{ PO_E_CLIENT_REFUSED, PAM_SERVICE_ERR },
	/* conversation failed or absent */
	{ PO_E_CONVERSATION, PAM_CONV_ERR },
	{ PO_E_NOT_INTERACTIVE, PAM_CONV_ERR },
};

static void
every_row_is_what_the_design_says(void **state PO_UNUSED)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(table); i++) {
		const struct po_outcome *outcome = po_outcome(table[i].status);

		if (outcome->pam_code != table[i].pam_code)
			fail_msg("%s is PAM code %d, expected %d",
			    po_status_name(table[i].status), outcome->pam_code,
			    table[i].pam_code);
	}
}

static void
every_status_has_a_row(void **state PO_UNUSED)
{
	bool seen[PO_STATUS_COUNT] = { false };

	for (size_t i = 0; i < PO_ARRAY_LEN(table); i++) {
		assert_false(seen[table[i].status]);
		seen[table[i].status] = true;
	}
	for (unsigned i = 0; i < PO_STATUS_COUNT; i++)
		if (!seen[i])
			fail_msg("no row for \"%s\"",
			    po_status_name((enum po_status)i));
}

static void
only_ok_is_success_and_nothing_is_ignored(void **state PO_UNUSED)
{
	for (unsigned i = 0; i < PO_STATUS_COUNT; i++) {
		int code = po_outcome((enum po_status)i)->pam_code;

		assert_int_equal(code == PAM_SUCCESS, i == PO_OK);
		assert_int_not_equal(code, PAM_IGNORE);
	}
}

/* The account is theirs: it is a rule that could not be judged. */
static void
too_many_groups_do_not_make_it_another_person(void **state PO_UNUSED)
{
	assert_string_equal(po_outcome(PO_E_GROUPS_OVERAGE)->sentence,
	    po_outcome(PO_E_NOT_ALLOWED)->sentence);
	assert_string_not_equal(po_outcome(PO_E_GROUPS_OVERAGE)->sentence,
	    po_outcome(PO_E_OTHER_PERSON)->sentence);
}

/* An enum is an int here: a hostile or broken number is a service error. */
static void
a_status_out_of_range_is_a_service_error(void **state PO_UNUSED)
{
	static const unsigned numbers[] = { PO_STATUS_COUNT,
		PO_STATUS_COUNT + 1, 1000, 0x7FFFFFFFU, 0x80000000U,
		0xFFFFFFFFU };

	for (size_t i = 0; i < PO_ARRAY_LEN(numbers); i++) {
		const struct po_outcome *outcome =
		    po_outcome((enum po_status)numbers[i]);

		assert_int_equal(outcome->pam_code, PAM_SERVICE_ERR);
		assert_non_null(outcome->sentence);
	}
}

static void
sentences_are_short_and_reveal_nothing(void **state PO_UNUSED)
{
	for (unsigned i = 0; i < PO_STATUS_COUNT; i++) {
		enum po_status status = (enum po_status)i;
		const char *sentence = po_outcome(status)->sentence;

		/* nothing to say, or nobody to say it to */
		if (status == PO_OK || status == PO_E_CONVERSATION ||
		    status == PO_E_NOT_INTERACTIVE ||
		    /* the next method asks at once */
		    status == PO_E_SKIPPED) {
			assert_null(sentence);
			continue;
		}
		assert_non_null(sentence);
		assert_in_range(strlen(sentence), 10, 79);
		assert_int_equal(sentence[strlen(sentence) - 1], '.');
		assert_null(strpbrk(sentence, "\n%"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_what_the_design_says),
		cmocka_unit_test(every_status_has_a_row),
		cmocka_unit_test(only_ok_is_success_and_nothing_is_ignored),
		cmocka_unit_test(too_many_groups_do_not_make_it_another_person),
		cmocka_unit_test(a_status_out_of_range_is_a_service_error),
		cmocka_unit_test(sentences_are_short_and_reveal_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
