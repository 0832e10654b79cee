/* SPDX-License-Identifier: BSD-2-Clause */
/* libpam without files and modules.  See fake_pam.h. */

#include "fake_pam.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include "base/mem.h"

#define DATA_MAX 4

struct pam_handle {
	struct fake_pam fake;
	struct pam_conv conv;
	struct passwd account;
	struct {
		char *name;
		void *data;
		void (*cleanup)(pam_handle_t *pamh, void *data, int status);
	} data[DATA_MAX];
};

static int
never_called(int count PO_UNUSED, const struct pam_message **messages PO_UNUSED,
    struct pam_response **responses PO_UNUSED, void *arg PO_UNUSED)
{
	abort();
}

pam_handle_t *
fake_pam_start(const struct fake_pam *fake)
{
	pam_handle_t *pamh = calloc(1, sizeof(*pamh));

	if (pamh == NULL)
		abort();
	pamh->fake = *fake;
	pamh->conv.conv = never_called;
	return pamh;
}

void
fake_pam_set_user(pam_handle_t *pamh, char *user)
{
	pamh->fake.user = user;
}

void
fake_pam_end(pam_handle_t *pamh)
{
	for (size_t i = 0; i < DATA_MAX; i++)
		if (pamh->data[i].name != NULL)
			(void)pam_set_data(
			    pamh, pamh->data[i].name, NULL, NULL);
	for (size_t i = 0; i < DATA_MAX; i++)
		po_str_free(&pamh->data[i].name);
	free(pamh);
}

int
pam_get_item(const pam_handle_t *pamh, int item_type, const void **item)
{
	*item = NULL;
	if (item_type == PAM_USER)
		*item = pamh->fake.user;
	else if (item_type == PAM_SERVICE)
		*item = pamh->fake.service;
	else if (item_type == PAM_RHOST)
		*item = pamh->fake.rhost;
	else if (item_type == PAM_CONV && !pamh->fake.no_conversation)
		*item = &pamh->conv;
	return PAM_SUCCESS;
}

int
pam_get_user(
    pam_handle_t *pamh, const char **user, const char *prompt PO_UNUSED)
{
	/* libpam asks for what is unset; an answer of "" is a name to it */
	if (!pamh->fake.ask_user(pamh->fake.arg))
		return PAM_CONV_ERR;
	*user = pamh->fake.user;
	return PAM_SUCCESS;
}

int
pam_set_item(pam_handle_t *pamh, int item_type, const void *item)
{
	if (item_type != PAM_USER || item == NULL)
		abort();
	pamh->fake.set_user(pamh->fake.arg, item);
	return PAM_SUCCESS;
}

int
pam_set_data(pam_handle_t *pamh, const char *name, void *data,
    void (*cleanup)(pam_handle_t *pamh, void *data, int status))
{
	size_t i = 0;

	while (i < DATA_MAX && pamh->data[i].name != NULL &&
	       strcmp(pamh->data[i].name, name) != 0)
		i++;
	if (i == DATA_MAX)
		return PAM_BUF_ERR;
	if (pamh->data[i].name == NULL)
		pamh->data[i].name = po_str_dup(name);
	if (pamh->data[i].cleanup != NULL)
		pamh->data[i].cleanup(
		    pamh, pamh->data[i].data, PAM_DATA_REPLACE);
	pamh->data[i].data = data;
	pamh->data[i].cleanup = cleanup;
	return PAM_SUCCESS;
}

int
pam_get_data(const pam_handle_t *pamh, const char *name, const void **data)
{
	for (size_t i = 0; i < DATA_MAX; i++)
		if (pamh->data[i].name != NULL &&
		    strcmp(pamh->data[i].name, name) == 0) {
			*data = pamh->data[i].data;
			return PAM_SUCCESS;
		}
	return PAM_NO_MODULE_DATA;
}

int
pam_prompt(pam_handle_t *pamh, int style, char **response, const char *fmt, ...)
{
	char *text = NULL;
	char *answer = NULL;
	va_list args;
	int code;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	code = pamh->fake.converse(pamh->fake.arg, style, text, &answer);
	free(text);
	if (response != NULL)
		*response = answer;
	else
		free(answer);
	return code;
}

void
pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	char *line = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&line, fmt, args) < 0)
		abort();
	va_end(args);
	pamh->fake.log(pamh->fake.arg, priority, line);
	free(line);
}

struct passwd *
pam_modutil_getpwnam(pam_handle_t *pamh, const char *user PO_UNUSED)
{
	if (pamh->fake.account == NULL)
		return NULL;
	pamh->account = (struct passwd){
		.pw_name = pamh->fake.account,
		.pw_uid = pamh->fake.uid,
	};
	return &pamh->account;
}

/* --- the environment, where nothing is kept ------------------------------- */

int
pam_putenv(pam_handle_t *pamh PO_UNUSED, const char *entry PO_UNUSED)
{
	return PAM_SUCCESS;
}

const char *
pam_getenv(pam_handle_t *pamh PO_UNUSED, const char *name PO_UNUSED)
{
	return NULL;
}
