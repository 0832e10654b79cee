/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth register --issuer: a new client.  A secret goes from the provider
 * into a file and nowhere else.  What was there before is never overwritten,
 * and a client that cannot be kept is taken back.  See register.h.
 */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/register.h"
#include "io/config.h"

#define SECRET_SUFFIX ".secret"
#define PATH_SIZE 4096 /* PATH_MAX, which not every system has */

static const char command[] = "register";

struct enrolment {
	const char *const *value; /* of the options */
	const char *name;
	const char *scopes;
	char *token;          /* NULL: none */
	char client_name[80]; /* a word and a host name, of 64 bytes */
	struct po_cli_place secret;
	struct po_cli_place record;
	struct po_buf section;
};

static void
enrolment_clear(struct enrolment *enrolment)
{
	po_str_free(&enrolment->token);
	po_cli_place_clear(&enrolment->secret);
	po_cli_place_clear(&enrolment->record);
	po_buf_clear(&enrolment->section);
}

/*
 * The section, if the configuration's own reader takes it: that judges also
 * the options that are in it.
 */
static enum po_status
make_section(struct enrolment *enrolment,
    const struct po_registration *registration, struct po_err *err)
{
	AUTO(po_settings_clear) struct po_settings settings = { 0 };
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_buf *out = &enrolment->section;
	enum po_status st;

	po_buf_clear(out);
	po_buf_appendf(out, "[provider %s]\nissuer = %s\nclient_id = %s\n",
	    enrolment->name, enrolment->value[OPT_ISSUER],
	    registration->client_id);
	if (registration->secret_file != NULL)
		po_buf_appendf(out, "client_secret_file = %s\n",
		    registration->secret_file);
	po_buf_appendf(out, "client_auth = %s\nscopes = %s\n",
	    registration->auth, enrolment->scopes);
	if (registration->ca_file != NULL)
		po_buf_appendf(out, "ca_file = %s\n", registration->ca_file);
	if ((st = po_buf_check(out, err)) != PO_OK ||
	    (st = po_config_parse(
		 "section", out->data, out->len, &config, err)) != PO_OK)
		return st;
	return po_config_settings(
	    config, "pam-oauth", enrolment->name, &settings, err);
}

/* What a path would be in a record; a place for both files, with neither. */
static enum po_status
open_places(struct enrolment *enrolment, const char *secret_file,
    const struct po_registration *trial, struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_REGISTRATION_MAX);
	AUTO(po_registration_clear) struct po_registration again = { 0 };
	AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(PATH_SIZE);
	struct po_cli_place *const places[] = { &enrolment->secret,
		&enrolment->record };
	size_t len = strlen(secret_file), end = strlen(SECRET_SUFFIX);
	enum po_status st;

	if ((st = po_cli_record_print(trial, &record, err)) != PO_OK)
		return st;
	if (po_registration_scan(&record, &again, NULL) != PO_OK)
		return po_err_set(err, PO_E_SECRET,
		    "paths with other than printable ASCII cannot be kept");
	if (len > end && strcmp(secret_file + len - end, SECRET_SUFFIX) == 0)
		len -= end;
	po_buf_append(&path, secret_file, len);
	po_buf_append_str(&path, ".registration");
	if ((st = po_buf_check(&path, err)) != PO_OK ||
	    (st = po_cli_place_open(secret_file, places[0], err)) != PO_OK ||
	    (st = po_cli_place_open(po_buf_str(&path), places[1], err)) !=
		PO_OK)
		return st;
	for (size_t i = 0; i < PO_ARRAY_LEN(places); i++)
		if (faccessat(places[i]->store.dir, places[i]->name, F_OK,
			AT_SYMLINK_NOFOLLOW) == 0)
			return po_err_set(err, PO_E_STORE,
			    "%s: " PO_CLI_PLACE_TAKEN, places[i]->path);
	return PO_OK;
}

/* All that can be said before the provider is asked. */
static enum po_status
prepare(
    struct enrolment *enrolment, enum po_client_auth auth, struct po_err *err)
{
	const char *const *value = enrolment->value;
	AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(PATH_SIZE);
	struct po_registration trial = {
		/* nothing of these is changed or freed */
		.client_id = (char *)(uintptr_t) "x",
		.auth = (char *)(uintptr_t)po_client_auth_name(auth),
		.ca_file = (char *)(uintptr_t)value[OPT_CA_FILE],
	};
	struct utsname host;
	enum po_status st;

	if (value[OPT_SECRET_FILE] == NULL) {
		/* as the README has it; what is wrong is said when it is
		 * opened */
		(void)mkdir(PO_SYSCONFDIR "/pam_oauth", 0755);
		po_buf_appendf(&path, PO_SYSCONFDIR "/pam_oauth/%s%s",
		    enrolment->name, SECRET_SUFFIX);
	} else {
		po_buf_append_str(&path, value[OPT_SECRET_FILE]);
	}
	trial.secret_file = (char *)(uintptr_t)po_buf_str(&path);
	if ((st = po_buf_check(&path, err)) != PO_OK ||
	    (st = make_section(enrolment, &trial, err)) != PO_OK ||
	    (st = open_places(enrolment, trial.secret_file, &trial, err)) !=
		PO_OK)
		return st;
	if (uname(&host) != 0)
		return po_err_sys(err, "uname");
	(void)snprintf(enrolment->client_name, sizeof(enrolment->client_name),
	    "Linux login on %s", host.nodename);
	return value[OPT_TOKEN_FILE] == NULL
		   ? PO_OK
		   : po_secret_read(
			 value[OPT_TOKEN_FILE], &enrolment->token, err);
}

/* Both files, or neither. */
static enum po_status
keep(struct enrolment *enrolment, struct po_registration *registration,
    struct po_err *err)
{
	const char *ca_file = enrolment->value[OPT_CA_FILE];
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_REGISTRATION_MAX);
	AUTO(po_buf_clear) struct po_buf secret = PO_BUF_INIT(PO_SECRET_MAX);
	enum po_status st = po_registration_check(registration, err);
	bool removed;

	if (st != PO_OK)
		return st;
	if (strcmp(registration->auth,
		po_client_auth_name(PO_CLIENT_AUTH_NONE)) == 0)
		po_str_free(&registration->client_secret);
	else
		registration->secret_file = po_str_dup(enrolment->secret.path);
	if (ca_file != NULL)
		registration->ca_file = po_str_dup(ca_file);
	if ((registration->client_secret != NULL &&
		registration->secret_file == NULL) ||
	    (ca_file != NULL && registration->ca_file == NULL))
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((st = make_section(enrolment, registration, err)) != PO_OK ||
	    (st = po_cli_record_print(registration, &record, err)) != PO_OK ||
	    (st = po_cli_place_create(&enrolment->record, &record, err)) !=
		PO_OK)
		return st;
	if (registration->client_secret == NULL)
		return PO_OK;
	po_buf_append_str(&secret, registration->client_secret);
	if ((st = po_buf_check(&secret, err)) != PO_OK ||
	    (st = po_cli_place_create(&enrolment->secret, &secret, err)) !=
		PO_OK)
		(void)!po_store_remove(&enrolment->record.store,
		    enrolment->record.name, &removed, NULL);
	return st;
}

static void
take_back(struct po_cli_request *ask, struct po_registration *registration)
{
	bool taken = false;

	if (registration->uri != NULL) {
		ask->method = PO_HTTP_DELETE;
		taken = po_cli_ask(command, ask, registration) == PO_CLI_YES;
	}
	(void)po_cli_trouble(command,
	    taken ? "so the client \"%s\" was removed again"
		  : "remove the client \"%s\" at the provider: it is of no use",
	    registration->client_id);
}

enum po_cli_exit
po_cli_register_enrol(const char *const *value)
{
	AUTO(po_registration_clear) struct po_registration found = { 0 };
	AUTO(enrolment_clear)
	struct enrolment enrolment = {
		.value = value,
		.name = value[OPT_NAME] != NULL ? value[OPT_NAME] : "corp",
		.scopes = value[OPT_SCOPES] != NULL ? value[OPT_SCOPES]
						    : "openid profile email",
		.secret = PO_CLI_PLACE_INIT,
		.record = PO_CLI_PLACE_INIT,
		.section = PO_BUF_INIT(PO_CLI_REGISTER_OUTPUT_MAX),
	};
	struct po_cli_request ask = {
		.method = PO_HTTP_POST,
		.issuer = value[OPT_ISSUER],
		.ca_file = value[OPT_CA_FILE],
		.params = { .scopes = enrolment.scopes },
	};
	struct po_err err = { 0 };
	enum po_cli_exit result;

	if (value[OPT_CLIENT_AUTH] != NULL &&
	    (!po_client_auth_find(value[OPT_CLIENT_AUTH], &ask.params.auth) ||
		ask.params.auth > PO_CLIENT_AUTH_SECRET_JWT))
		return po_cli_trouble(command,
		    "--client-auth takes auto, none, client_secret_basic, "
		    "client_secret_post or client_secret_jwt; clients with a "
		    "key are registered by hand");
	if (prepare(&enrolment, ask.params.auth, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	ask.token = enrolment.token;
	ask.params.client_name = enrolment.client_name;
	result = po_cli_ask(command, &ask, &found);
	if (result == PO_CLI_NO && ask.token == NULL)
		(void)po_cli_trouble(command,
		    "it was asked without --initial-access-token-file; most "
		    "providers want such a token");
	if (result != PO_CLI_YES)
		return result;
	if (keep(&enrolment, &found, &err) != PO_OK) {
		(void)po_cli_trouble(command, "%s", err.text);
		take_back(&ask, &found);
		return err.status == PO_E_UNSUPPORTED ? PO_CLI_NO
						      : PO_CLI_TROUBLE;
	}
	po_cli_register_warn(&found, enrolment.scopes);
	if (value[OPT_JSON] != NULL)
		return po_cli_register_show(&found, enrolment.record.path,
		    po_buf_str(&enrolment.section), true);
	return po_cli_write(
	    command, enrolment.section.data, enrolment.section.len);
}
