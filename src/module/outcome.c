/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table from status to PAM code and sentence.  The first row holds the
 * only PAM_SUCCESS that this module returns.  PAM_IGNORE is nowhere here: an
 * authentication that failed must not fall through (CVE-2025-23013).
 */

#include "module/outcome.h"

#include <stddef.h>

#include <security/pam_modules.h>

#include "base/phrase.h"

/* The person need not know which part of the machinery failed; the log does. */
#define BROKEN N_("Sign-in is not set up correctly on this host.")
#define UNAVAILABLE N_("The sign-in service cannot be reached.")
#define NOT_VALID N_("The sign-in could not be verified.")
#define NO_ACCOUNT N_("This account cannot sign in here.")
#define TOO_LATE N_("The sign-in was not approved in time.")
#define TOO_MANY                                                               \
	N_("Too many sign-ins are waiting for approval. Try again later.")
#define NOT_ALLOWED N_("You are not allowed to do this here.")
#define NOT_YOURS N_("The person who approved may not use this account.")

static const struct po_outcome outcomes[PO_STATUS_COUNT] = {
	[PO_OK] = { PAM_SUCCESS, NULL },
	[PO_E_NOMEM] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_SYSTEM] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_INTERNAL] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_CONFIG] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_SECRET] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_PRIVILEGE] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_HELPER] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_SANDBOX] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_STORE] = { PAM_SERVICE_ERR, BROKEN },

	[PO_E_CONVERSATION] = { PAM_CONV_ERR, NULL },
	[PO_E_NOT_INTERACTIVE] = { PAM_CONV_ERR, NULL },
	/* like a denial: who gives up does not want a second URL */
	[PO_E_CANCELLED] = { PAM_MAXTRIES, N_("Sign-in cancelled.") },
	[PO_E_NOT_CONFIRMED] = { PAM_MAXTRIES,
	    N_("The sign-in was not confirmed.") },
	/* the one no that is no refusal: another way in was preferred */
	[PO_E_SKIPPED] = { PAM_AUTHINFO_UNAVAIL, NULL },

	[PO_E_ACCOUNT_UNKNOWN] = { PAM_USER_UNKNOWN, NO_ACCOUNT },
	[PO_E_ACCOUNT_UID] = { PAM_USER_UNKNOWN, NO_ACCOUNT },
	[PO_E_ACCOUNT_ROOT] = { PAM_USER_UNKNOWN, NO_ACCOUNT },
	/* answered by asking for a name; never the end of a login */
	[PO_E_ACCOUNT_WANTED] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_TOO_MANY] = { PAM_AUTH_ERR, TOO_MANY },

	[PO_E_NETWORK] = { PAM_AUTHINFO_UNAVAIL, UNAVAILABLE },
	[PO_E_TLS] = { PAM_AUTHINFO_UNAVAIL, UNAVAILABLE },
	[PO_E_HTTP] = { PAM_AUTHINFO_UNAVAIL, UNAVAILABLE },
	/* not softer: people can have more groups than anybody reads */
	[PO_E_TOO_LARGE] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_DOCUMENT] = { PAM_AUTHINFO_UNAVAIL, UNAVAILABLE },
	/* not softer: somebody's configuration names the wrong provider */
	[PO_E_METADATA_ISSUER] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_UNSUPPORTED] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_CLOCK] = { PAM_AUTHINFO_UNAVAIL, NOT_VALID },

	[PO_E_DENIED] = { PAM_MAXTRIES, N_("The sign-in was declined.") },
	[PO_E_EXPIRED] = { PAM_AUTH_ERR, TOO_LATE },
	/* Final: another try would be a push that nobody asked for.  The two
	 * are one to the person: a guesser learns nothing from it. */
	[PO_E_UNANSWERED] = { PAM_MAXTRIES, TOO_LATE },
	[PO_E_NOT_ASKED] = { PAM_MAXTRIES, TOO_LATE },
	[PO_E_CLIENT_REFUSED] = { PAM_SERVICE_ERR, BROKEN },
	[PO_E_GRANT_REFUSED] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_SCOPE] = { PAM_AUTH_ERR, NOT_VALID },

	[PO_E_TOKEN_MISSING] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_TOKEN_MALFORMED] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_ALG] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_CRIT] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_DECRYPT] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_TYP] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_KEY_UNKNOWN] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_KEY_UNUSABLE] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_SIGNATURE] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_CLAIMS] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_ISS] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_SUB] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_AUD] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_AZP] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_EXP] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_NBF] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_IAT] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_NONCE] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_AT_HASH] = { PAM_AUTH_ERR, NOT_VALID },
	[PO_E_ACR] = { PAM_PERM_DENIED,
	    N_("This needs a stronger sign-in at the provider.") },
	[PO_E_AUTH_TIME] = { PAM_PERM_DENIED,
	    N_("This needs a more recent sign-in at the provider.") },
	[PO_E_USERINFO_SUB] = { PAM_AUTH_ERR, NOT_VALID },

	[PO_E_CLAIM_MISSING] = { PAM_AUTH_ERR, NOT_YOURS },
	[PO_E_CLAIM_UNSAFE] = { PAM_AUTH_ERR, NOT_YOURS },
	[PO_E_EMAIL_UNVERIFIED] = { PAM_AUTH_ERR, NOT_YOURS },
	[PO_E_USERNAME_UNMATCHED] = { PAM_AUTH_ERR, NOT_YOURS },
	[PO_E_OTHER_PERSON] = { PAM_AUTH_ERR, NOT_YOURS },
	[PO_E_BOUND] = { PAM_AUTH_ERR, NOT_YOURS },
	/* somebody else's approval would do no better */
	[PO_E_GROUPS_OVERAGE] = { PAM_PERM_DENIED, NOT_ALLOWED },
	[PO_E_NOT_ALLOWED] = { PAM_PERM_DENIED, NOT_ALLOWED },

	[PO_E_CLOSED] = { PAM_ACCT_EXPIRED,
	    N_("The sign-in service no longer vouches for you.") },
	[PO_E_STALE] = { PAM_AUTHINFO_UNAVAIL,
	    N_("Sign in with the sign-in service first.") },
};

const struct po_outcome *
po_outcome(enum po_status status)
{
	static const struct po_outcome unknown = { PAM_SERVICE_ERR, BROKEN };

	if ((unsigned)status >= PO_STATUS_COUNT ||
	    (status != PO_OK && outcomes[status].pam_code == PAM_SUCCESS))
		return &unknown;
	return &outcomes[status];
}
