/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry points that libpam calls, and nothing else: arguments in, PAM
 * code out.  They run inside sshd, sudo, login: no globals, no libraries but
 * libpam and libc, no change to signals or environment, and none to a PAM_USER
 * that is set.
 */

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "base/clock.h"
#include "base/liveness.h"
#include "base/mem.h"
#include "base/text.h"
#include "module/keep.h"
#include "module/liveness.h"
#include "module/login.h"
#include "module/outcome.h"
#include "module/user.h"

#define PO_EXPORT __attribute__((visibility("default")))

#define DEFAULT_CONFIG PO_SYSCONFDIR "/pam_oauth/pam_oauth.conf"

/* PAM data items: the account that we granted, or that was declined. */
#define GRANTED "pam_oauth_granted"
#define DECLINED "pam_oauth_declined"

/* Who starts over by itself does so within pam_fail_delay's seconds; screen
 * lockers have one handle for the whole session, and people change their mind.
 */
#define DECLINED_MS 15000

struct verdict {
	int64_t at_ms;
	char user[];
};

/* The part of `arg` behind `prefix`, or NULL if it does not begin so. */
static const char *
skip_prefix(const char *arg, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(arg, prefix, len) == 0 ? arg + len : NULL;
}

/* What is not understood may have been meant to restrict: refuse. */
static enum po_status
parse_args(
    pam_handle_t *pamh, int argc, const char **argv, struct po_login_args *args)
{
	*args = (struct po_login_args){
		.config_file = DEFAULT_CONFIG,
		.provider = "",
	};
	for (int i = 0; i < argc; i++) {
		const char *value;

		if ((value = skip_prefix(argv[i], "config=")) != NULL &&
		    value[0] == '/') {
			args->config_file = value;
		} else if ((value = skip_prefix(argv[i], "provider=")) !=
			       NULL &&
			   value[0] != '\0') {
			args->provider = value;
		} else if (strcmp(argv[i], "debug") == 0) {
			args->debug = true;
		} else {
			pam_syslog(pamh, LOG_ERR,
			    "result=refused reason=config "
			    "detail=\"module argument '%s': expected "
			    "config=/PATH, provider=NAME or debug\"",
			    argv[i]);
			return PO_E_CONFIG;
		}
	}
	return PO_OK;
}

static void
free_verdict(pam_handle_t *pamh PO_UNUSED, void *data, int status PO_UNUSED)
{
	free(data);
}

/*
 * Remembers a verdict about PAM_USER for later calls on this handle; a no may
 * be about "", nobody named.  Under sshd this stays in the forked child that
 * authenticates and runs account, too.
 */
static enum po_status
remember(pam_handle_t *pamh, const char *verdict)
{
	const char *user = po_user_item(pamh, PAM_USER);
	size_t size = strlen(user) + 1;
	struct verdict *data;

	if (user[0] == '\0' && strcmp(verdict, GRANTED) == 0)
		return PO_E_INTERNAL;
	if ((data = malloc(sizeof(*data) + size)) == NULL)
		return PO_E_NOMEM;
	data->at_ms = po_clock_ms();
	memcpy(data->user, user, size);
	if (pam_set_data(pamh, verdict, data, free_verdict) != PAM_SUCCESS) {
		free(data);
		return PO_E_NOMEM;
	}
	return PO_OK;
}

/* The user of whom `verdict` is remembered, if for that long; or NULL. */
static const char *
recall(pam_handle_t *pamh, const char *verdict, int64_t for_ms)
{
	const void *item = NULL;
	const struct verdict *data;

	if (pam_get_data(pamh, verdict, &item) != PAM_SUCCESS ||
	    (data = item) == NULL || po_clock_ms() - data->at_ms > for_ms)
		return NULL;
	return data->user;
}

/* Is it PAM_USER whom `user` (may be NULL) names? */
static bool
is_current(pam_handle_t *pamh, const char *user)
{
	return user != NULL && po_str_equal(user, po_user_item(pamh, PAM_USER));
}

/* A refusal that po_login knows nothing of. */
static void
log_refused(pam_handle_t *pamh, enum po_status status, const char *user,
    const char *detail)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(2048);

	po_text_log_field(&line, "result", "refused");
	po_text_log_field(&line, "reason", po_status_name(status));
	if (user != NULL && user[0] != '\0')
		po_text_log_field(&line, "user", user);
	po_text_log_field(&line, "detail", detail);
	pam_syslog(pamh, LOG_NOTICE, "%s", po_buf_str(&line));
}

/*
 * sudo calls again after PAM_MAXTRIES, as often as passwd_tries says.  A no
 * is a no: no second URL for the same person on the same handle, for a while.
 */
static enum po_status
login(pam_handle_t *pamh, int flags, const struct po_login_args *args)
{
	const char *declined = recall(pamh, DECLINED, DECLINED_MS);
	enum po_status status;

	if (is_current(pamh, declined)) {
		log_refused(pamh, PO_E_DENIED, declined,
		    "already declined, or not answered, on this handle");
		return PO_E_DENIED;
	}
	status = po_login(pamh, flags, args);
	/* if remembering fails, the person is asked again: no harm */
	if (po_outcome(status)->pam_code == PAM_MAXTRIES)
		(void)!remember(pamh, DECLINED);
	return status;
}

/* The verdict, and what a session would get besides. */
static void
forget(pam_handle_t *pamh)
{
	(void)pam_set_data(pamh, GRANTED, NULL, NULL);
	po_user_forget(pamh);
	po_keep_forget(pamh);
}

PO_EXPORT int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct po_login_args args;
	enum po_status status;

	/* of an earlier call on this handle, which counts no more */
	forget(pamh);
	if ((status = parse_args(pamh, argc, argv, &args)) == PO_OK &&
	    (status = login(pamh, flags, &args)) == PO_OK &&
	    (status = remember(pamh, GRANTED)) != PO_OK)
		/* the log has "granted" by now, and must not end with it */
		log_refused(pamh, status, NULL, "cannot keep the verdict");
	if (status != PO_OK) /* whoever comes in now does so by other means */
		forget(pamh);
	return po_outcome(status)->pam_code;
}

/* libpam takes its answer for the stack's: success must follow success. */
PO_EXPORT int
pam_sm_setcred(pam_handle_t *pamh PO_UNUSED, int flags PO_UNUSED,
    int argc PO_UNUSED, const char **argv PO_UNUSED)
{
	return po_outcome(PO_OK)->pam_code;
}

/* Others have authenticated: nothing, or with liveness the provider's word. */
static enum po_status
check_liveness(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct po_login_args args;
	enum po_status status;

	/* without root nobody is decided about but whoever runs this */
	if (geteuid() != 0 || !po_liveness_exists())
		return PO_E_SKIPPED;
	status = parse_args(pamh, argc, argv, &args);
	return status == PO_OK ? po_liveness_check(pamh, flags, &args) : status;
}

/*
 * The verdict of our own authentication for this very account; no opinion on
 * logins that somebody else authenticated, unless liveness has one.
 */
PO_EXPORT int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *granted = recall(pamh, GRANTED, INT64_MAX);
	enum po_status status = PO_OK;

	if (granted == NULL &&
	    (status = check_liveness(pamh, flags, argc, argv)) == PO_E_SKIPPED)
		return PAM_IGNORE;
	if (granted != NULL && !is_current(pamh, granted))
		status = PO_E_OTHER_PERSON;
	return po_outcome(status)->pam_code;
}

/*
 * What the session phases answer.  Nobody's session is an error: shadow's
 * login closes one after a refusal, and modules further down would ask for a
 * name.
 */
static int
session_code(
    pam_handle_t *pamh, enum po_status status, const struct po_err *err)
{
	if (po_user_item(pamh, PAM_USER)[0] == '\0')
		return PAM_SESSION_ERR;
	if (status == PO_OK)
		return po_outcome(status)->pam_code;
	pam_syslog(pamh, LOG_ERR, "keep_token: reason=%s: %s",
	    po_status_name(status), err->text);
	return PAM_SESSION_ERR;
}

PO_EXPORT int
pam_sm_open_session(pam_handle_t *pamh, int flags PO_UNUSED, int argc PO_UNUSED,
    const char **argv PO_UNUSED)
{
	struct po_err err = { 0 };
	enum po_status status =
	    po_keep_open(pamh, recall(pamh, GRANTED, INT64_MAX), &err);

	return session_code(pamh, status, &err);
}

PO_EXPORT int
pam_sm_close_session(pam_handle_t *pamh, int flags PO_UNUSED,
    int argc PO_UNUSED, const char **argv PO_UNUSED)
{
	struct po_err err = { 0 };
	enum po_status status =
	    po_keep_close(pamh, recall(pamh, GRANTED, INT64_MAX), &err);

	return session_code(pamh, status, &err);
}

/* We have no passwords to change. */
PO_EXPORT int
pam_sm_chauthtok(pam_handle_t *pamh PO_UNUSED, int flags PO_UNUSED,
    int argc PO_UNUSED, const char **argv PO_UNUSED)
{
	return PAM_IGNORE;
}
