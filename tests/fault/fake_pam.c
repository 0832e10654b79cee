/* SPDX-License-Identifier: BSD-2-Clause */
/* What the module asks of libpam.  See fake_pam.h. */

#include "fake_pam.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "base/attr.h"
#include "driver.h"
#include "fault.h"

#define DATA_MAX 4
#define VARIABLES_MAX 4

typedef void (*cleanup_fn)(pam_handle_t *pamh, void *data, int status);

static struct {
	const struct fake_pam *pam;
	struct {
		char name[32];
		void *data;
		cleanup_fn cleanup;
	} data[DATA_MAX];
	char variables[VARIABLES_MAX][4096]; /* "NAME=value", or "" */
	char log[4096];
	char user[64]; /* set by the module, or typed */
} handle;

pam_handle_t *
fake_pam_start(const struct fake_pam *pam)
{
	memset(&handle, 0, sizeof(handle));
	handle.pam = pam;
	return (pam_handle_t *)(void *)&handle;
}

static void
drop_data(size_t i)
{
	if (handle.data[i].cleanup != NULL)
		handle.data[i].cleanup(
		    (pam_handle_t *)(void *)&handle, handle.data[i].data, 0);
	memset(&handle.data[i], 0, sizeof(handle.data[i]));
}

void
fake_pam_end(void)
{
	for (size_t i = 0; i < DATA_MAX; i++)
		drop_data(i);
}

const char *
fake_pam_variable(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < VARIABLES_MAX; i++)
		if (strncmp(handle.variables[i], name, len) == 0 &&
		    handle.variables[i][len] == '=')
			return &handle.variables[i][len + 1];
	return NULL;
}

const char *
fake_pam_log(void)
{
	return handle.log;
}

const char *
fake_pam_user(void)
{
	return handle.user[0] != '\0' ? handle.user : handle.pam->user;
}

/* --- items --- */

/* pam_prompt is ours: nobody calls it. */
static int
converse(int count PO_UNUSED, const struct pam_message **messages PO_UNUSED,
    struct pam_response **responses PO_UNUSED, void *arg PO_UNUSED)
{
	return PAM_CONV_ERR;
}

static const void *
find_item(int type)
{
	static const struct pam_conv conv = { .conv = converse };

	switch (type) {
	case PAM_SERVICE:
		return handle.pam->service;
	case PAM_USER:
		return fake_pam_user();
	case PAM_RHOST:
		return handle.pam->rhost;
	case PAM_CONV:
		return &conv;
	default:
		return NULL;
	}
}

static const char *
item_name(int type)
{
	switch (type) {
	case PAM_SERVICE:
		return "pam_get_item(PAM_SERVICE)";
	case PAM_USER:
		return "pam_get_item(PAM_USER)";
	case PAM_RHOST:
		return "pam_get_item(PAM_RHOST)";
	default:
		return "pam_get_item";
	}
}

WRAP(int, pam_get_item, (const pam_handle_t *pamh, int type, const void **item))
{
	int way = FAULT(item_name(type), "PAM_SYSTEM_ERR", "NULL");

	(void)pamh;
	*item = way >= 0 ? NULL : find_item(type);
	return way == 0 ? PAM_SYSTEM_ERR : PAM_SUCCESS;
}

WRAP(int, pam_get_user,
    (pam_handle_t * pamh, const char **user, const char *prompt))
{
	int way = FAULT("pam_get_user", "PAM_CONV_ERR", "PAM_BUF_ERR", "NULL");

	(void)pamh;
	(void)prompt;
	if (way < 0 && fake_pam_user() == NULL && handle.pam->typed != NULL)
		(void)snprintf(
		    handle.user, sizeof(handle.user), "%s", handle.pam->typed);
	*user = way >= 0 ? NULL : fake_pam_user();
	return way == 0 ? PAM_CONV_ERR : way == 1 ? PAM_BUF_ERR : PAM_SUCCESS;
}

WRAP(int, pam_set_item, (pam_handle_t * pamh, int type, const void *item))
{
	(void)pamh;
	if (type != PAM_USER || fake_pam_user() != NULL)
		fault_complain("PAM_USER is changed");
	if (FAULT("pam_set_item", "PAM_BUF_ERR") >= 0)
		return PAM_BUF_ERR;
	(void)snprintf(
	    handle.user, sizeof(handle.user), "%s", (const char *)item);
	return PAM_SUCCESS;
}

WRAP(struct passwd *, pam_modutil_getpwnam,
    (pam_handle_t * pamh, const char *user))
{
	static char name[64];
	static struct passwd entry = { .pw_name = name, .pw_uid = 1000 };

	(void)pamh;
	(void)snprintf(name, sizeof(name), "%s", user);
	if (FAULT("pam_modutil_getpwnam", "NULL") >= 0)
		return NULL;
	return handle.pam->account ? &entry : NULL;
}

/* --- data --- */

WRAP(int, pam_set_data,
    (pam_handle_t * pamh, const char *name, void *data, cleanup_fn cleanup))
{
	size_t i = 0;

	(void)pamh;
	if (FAULT("pam_set_data", "PAM_BUF_ERR") >= 0)
		return PAM_BUF_ERR;
	while (i < DATA_MAX && handle.data[i].name[0] != '\0' &&
	       strcmp(handle.data[i].name, name) != 0)
		i++;
	if (i == DATA_MAX)
		return PAM_BUF_ERR;
	drop_data(i);
	(void)snprintf(
	    handle.data[i].name, sizeof(handle.data[i].name), "%s", name);
	handle.data[i].data = data;
	handle.data[i].cleanup = cleanup;
	return PAM_SUCCESS;
}

WRAP(int, pam_get_data,
    (const pam_handle_t *pamh, const char *name, const void **data))
{
	(void)pamh;
	if (FAULT("pam_get_data", "PAM_SYSTEM_ERR") >= 0)
		return PAM_SYSTEM_ERR;
	for (size_t i = 0; i < DATA_MAX; i++) {
		if (strcmp(handle.data[i].name, name) != 0)
			continue;
		*data = handle.data[i].data;
		return PAM_SUCCESS;
	}
	return PAM_NO_MODULE_DATA;
}

/* --- the environment --- */

/* No name is put twice. */
WRAP(int, pam_putenv, (pam_handle_t * pamh, const char *variable))
{
	size_t i = 0;

	(void)pamh;
	while (i < VARIABLES_MAX && handle.variables[i][0] != '\0')
		i++;
	if (FAULT("pam_putenv", "PAM_BUF_ERR") >= 0 || i == VARIABLES_MAX)
		return PAM_BUF_ERR;
	(void)snprintf(
	    handle.variables[i], sizeof(handle.variables[i]), "%s", variable);
	return PAM_SUCCESS;
}

WRAP(const char *, pam_getenv, (pam_handle_t * pamh, const char *name))
{
	(void)pamh;
	return FAULT("pam_getenv", "NULL") >= 0 ? NULL
						: fake_pam_variable(name);
}

/* --- talking --- */

int __wrap_pam_prompt(pam_handle_t *pamh, int style, char **response,
    const char *fmt, ...) PO_PRINTF(4, 5);
WRAP(int, pam_prompt,
    (pam_handle_t * pamh, int style, char **response, const char *fmt, ...))
{
	(void)pamh;
	(void)fmt;
	if (response != NULL)
		*response = NULL;
	switch (FAULT("pam_prompt", "PAM_CONV_ERR", "PAM_BUF_ERR")) {
	case 0:
		return PAM_CONV_ERR;
	case 1:
		return PAM_BUF_ERR;
	default:
		break;
	}
	if (style != PAM_PROMPT_ECHO_ON || response == NULL)
		return PAM_SUCCESS;
	if (handle.pam->answer == NULL)
		return PAM_CONV_ERR;
	if (FAULT("pam_prompt(response)", "NULL") < 0)
		*response =
		    fault_keep("pam_prompt", strdup(handle.pam->answer));
	return PAM_SUCCESS;
}

void __wrap_pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt,
    ...) PO_PRINTF(3, 4);
WRAP(void, pam_syslog,
    (const pam_handle_t *pamh, int priority, const char *fmt, ...))
{
	va_list args;

	(void)pamh;
	(void)priority;
	va_start(args, fmt);
	(void)vsnprintf(handle.log, sizeof(handle.log), fmt, args);
	va_end(args);
}
