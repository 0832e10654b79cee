/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asked for, and who it becomes.  See user.h. */

#include "module/user.h"

#include <pwd.h>
#include <string.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "base/account.h"
#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"

/* of an issuer (PO_URL_MAX); sub (256) and person are shorter */
#define VALUE_CHARS 2048

/* What a grant has put into the environment: names of pam_set_data. */
#define EXPORTS "pam_oauth_exports"
#define PERSON "pam_oauth_person"

const char *
po_user_item(pam_handle_t *pamh, int type)
{
	const void *value = NULL;

	if (pam_get_item(pamh, type, &value) != PAM_SUCCESS || value == NULL)
		return "";
	return value;
}

enum po_status
po_user_ask(pam_handle_t *pamh, char **user, struct po_err *err)
{
	const char *name = NULL;
	int r = pam_get_user(pamh, &name, NULL);

	if (r != PAM_SUCCESS || name == NULL)
		return po_err_set(
		    err, PO_E_CONVERSATION, "no user name: PAM code %d", r);
	*user = po_str_dup(name);
	return *user != NULL ? PO_OK
			     : po_err_set(err, PO_E_NOMEM, "out of memory");
}

enum po_status
po_user_find(
    pam_handle_t *pamh, const char *user, uid_t *uid, struct po_err *err)
{
	const struct passwd *pw = NULL;

	/* "" means nobody yet; what NSS makes of it is no account */
	if (user[0] != '\0')
		pw = pam_modutil_getpwnam(pamh, user);
	if (pw == NULL)
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "no such local account: \"%s\"", user);
	/* a directory may fold case and answer with another name */
	if (!po_str_equal(pw->pw_name, user))
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "the account's name is \"%s\"", pw->pw_name);
	*uid = pw->pw_uid;
	return PO_OK;
}

enum po_status
po_user_check(pam_handle_t *pamh, const char *user,
    const struct po_user_choice *choice, uid_t *uid, struct po_err *err)
{
	struct po_account_limits limits = { .allow_root = false };
	enum po_status st;

	/* as far as the option goes, and 32 bits */
	if (choice->min_uid < 1 || choice->min_uid >= UINT32_MAX ||
	    choice->account == NULL)
		return po_err_set(
		    err, PO_E_HELPER, "no account may be chosen here");
	limits.min_uid = (uid_t)choice->min_uid;
	if (!po_account_name_valid(user) ||
	    (choice->account[0] != '\0' &&
		!po_str_equal(user, choice->account)))
		return po_err_set(err, PO_E_HELPER,
		    "success for what cannot be the account: \"%s\"", user);
	if ((st = po_user_find(pamh, user, uid, err)) != PO_OK)
		return st;
	/* nobody wrote this name down: the provider did */
	return po_account_admit(&limits, user, *uid, false, err);
}

enum po_status
po_user_set(pam_handle_t *pamh, const char *user, struct po_err *err)
{
	const void *now = NULL;
	int r = pam_get_item(pamh, PAM_USER, &now);

	if (r == PAM_SUCCESS && now != NULL && *(const char *)now != '\0')
		return po_err_set(err, PO_E_OTHER_PERSON,
		    "somebody was named while nobody was asked for");
	if (r == PAM_SUCCESS)
		r = pam_set_item(pamh, PAM_USER, user);
	if (r != PAM_SUCCESS)
		return po_err_set(err, PO_E_SYSTEM, "PAM_USER: PAM code %d", r);
	return PO_OK;
}

static enum po_status
put_line(void *pamh, const char *line, struct po_err *err)
{
	if (pam_putenv(pamh, line) != PAM_SUCCESS)
		return po_err_set(err, PO_E_NOMEM, "pam_putenv");
	return PO_OK;
}

/* Takes out of the environment each NAME of "NAME=..." lines. */
static void
take_back(pam_handle_t *pamh, void *data, int status)
{
	AUTO(po_str_free) char *lines = data;
	const char *line = lines;

	if ((status & PAM_DATA_REPLACE) == 0)
		return; /* the handle ends, and its environment with it */
	while (line != NULL && *line != '\0') {
		AUTO(po_str_free)
		char *name = po_mem_dup(line, strcspn(line, "="));

		if (name != NULL)
			(void)pam_putenv(pamh, name);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

/* So that po_user_forget can; before any of `lines` is put. */
static enum po_status
note(
    pam_handle_t *pamh, const char *what, const char *lines, struct po_err *err)
{
	AUTO(po_str_free) char *copy = po_str_dup(lines);

	if (copy == NULL ||
	    pam_set_data(pamh, what, copy, take_back) != PAM_SUCCESS)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	(void)TAKE(copy);
	return PO_OK;
}

void
po_user_forget(pam_handle_t *pamh)
{
	(void)pam_set_data(pamh, EXPORTS, NULL, NULL);
	(void)pam_set_data(pamh, PERSON, NULL, NULL);
}

enum po_status
po_user_export(pam_handle_t *pamh, const char *exports, struct po_err *err)
{
	enum po_status st = po_environ_each(exports, NULL, NULL, err);

	/* what may not be put must not be taken back either */
	if (st != PO_OK || (st = note(pamh, EXPORTS, exports, err)) != PO_OK)
		return st;
	return po_environ_each(exports, put_line, pamh, err);
}

/* Printable like all that the helper says: shells and logs will show it. */
static enum po_status
put(pam_handle_t *pamh, const char *name, const char *value, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf entry = PO_BUF_INIT(4 * VALUE_CHARS);
	enum po_status st;
	int r;

	po_buf_appendf(&entry, "%s=", name);
	po_text_printable(&entry, value, strlen(value), VALUE_CHARS);
	if ((st = po_buf_check(&entry, err)) != PO_OK)
		return st;
	if ((r = pam_putenv(pamh, po_buf_str(&entry))) != PAM_SUCCESS)
		return po_err_set(err, PO_E_SYSTEM, "%s: PAM code %d", name, r);
	return PO_OK;
}

enum po_status
po_user_name_person(
    pam_handle_t *pamh, const struct po_message *grant, struct po_err *err)
{
	enum po_status st;

	if (grant->type != PO_MSG_GRANT || grant->grant.person[0] == '\0')
		return PO_OK;
	if ((st = note(pamh, PERSON,
		 "PAM_OAUTH_ISSUER=\nPAM_OAUTH_SUB=\nPAM_OAUTH_PERSON=\n",
		 err)) != PO_OK ||
	    (st = put(pamh, "PAM_OAUTH_ISSUER", grant->grant.issuer, err)) !=
		PO_OK ||
	    (st = put(pamh, "PAM_OAUTH_SUB", grant->grant.sub, err)) != PO_OK)
		return st;
	return put(pamh, "PAM_OAUTH_PERSON", grant->grant.person, err);
}
