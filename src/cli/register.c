/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth register: its options, what is shown, and the clients that are
 * there already.  See register.h.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/binding.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/register.h"
#include "jose/json.h"
#include "oauth/scope.h"

static const char command[] = "register";

static const struct option long_options[] = {
	{ "issuer", required_argument, NULL, OPT_ISSUER },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "initial-access-token-file", required_argument, NULL,
	    OPT_TOKEN_FILE },
	{ "ca-file", required_argument, NULL, OPT_CA_FILE },
	{ "secret-file", required_argument, NULL, OPT_SECRET_FILE },
	{ "client-auth", required_argument, NULL, OPT_CLIENT_AUTH },
	{ "scopes", required_argument, NULL, OPT_SCOPES },
	{ "read", no_argument, NULL, OPT_READ },
	{ "delete", no_argument, NULL, OPT_DELETE },
	{ "registration-file", required_argument, NULL, OPT_REGISTRATION_FILE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: pam-oauth register --issuer I [--name N]\n"
    "                          [--initial-access-token-file FILE]\n"
    "                          [--ca-file FILE] [--secret-file FILE]\n"
    "                          [--client-auth METHOD] [--scopes S] [--json]\n"
    "       pam-oauth register --read --registration-file FILE\n"
    "                          [--ca-file FILE] [--json]\n"
    "       pam-oauth register --delete --registration-file FILE\n"
    "                          [--ca-file FILE]\n"
    "\n"
    "Makes this host a client of a provider (RFC 7591), keeps the secret in a\n"
    "file, and prints the section to put into the configuration.\n"
    "\n"
    "  --issuer I           the provider, as it calls itself\n"
    "  --name N             [provider N] in the configuration (default: corp)\n"
    "  --initial-access-token-file FILE\n"
    "                       a token of the provider's that allows this, in a\n"
    "                       file of mode 0600\n"
    "  --ca-file FILE       CA certificates to trust instead of the system's\n"
    "  --secret-file FILE   where the secret goes; it must not exist yet\n"
    "                       (default: " PO_SYSCONFDIR "/pam_oauth/N.secret)\n"
    "  --client-auth METHOD auto, none, client_secret_basic,\n"
    "                       client_secret_post or client_secret_jwt\n"
    "  --scopes S           scopes to register for\n"
    "                       (default: openid profile email)\n"
    "  --read               ask what the provider knows of the client\n"
    "  --delete             remove the client there, and its files here\n"
    "  --registration-file FILE\n"
    "                       N.registration, beside the secret\n"
    "  --json               print an object\n"
    "\n"
    "Exit status: 0 done; 1 the provider does not want it; 2 wrong usage,\n"
    "files that cannot be read or written, a provider that does not answer.\n";

/* --- what is shown -------------------------------------------------------- */

static void
print_time(int64_t time_s, struct po_buf *out)
{
	char text[PO_BINDING_TIME_SIZE];

	po_binding_time(time_s, text);
	if (time_s == 0)
		po_buf_append_str(out, "never");
	else if (text[0] != '\0')
		po_buf_append_str(out, text);
	else
		po_buf_appendf(out, "%" PRId64, time_s);
}

static void
append_row(struct po_buf *out, bool json, const char *name, const char *value)
{
	if (json) {
		po_buf_appendf(
		    out, "%s\"%s\": ", out->len == 0 ? "{" : ", ", name);
		if (value != NULL)
			po_json_print_string(value, strlen(value), out);
		else
			po_buf_append_str(out, "null");
	} else if (value != NULL) {
		po_buf_appendf(out, "%s: %s\n", name, value);
	}
}

enum po_cli_exit
po_cli_register_show(const struct po_registration *registration,
    const char *registration_file, const char *section, bool json)
{
	AUTO(po_buf_clear)
	struct po_buf out = PO_BUF_INIT(PO_CLI_REGISTER_OUTPUT_MAX);
	struct po_err err = { 0 };

	append_row(&out, json, "client_id", registration->client_id);
	append_row(&out, json, "client_auth", registration->auth);
	append_row(&out, json, "grant_types", registration->grant_types);
	append_row(&out, json, "scope", registration->scope);
	append_row(&out, json, "client_secret_file", registration->secret_file);
	append_row(&out, json, "registration_file", registration_file);
	if (section != NULL)
		append_row(&out, json, "section", section);
	if (json) {
		po_buf_appendf(&out,
		    ", \"client_secret_expires_at\": %" PRId64 "}\n",
		    registration->secret_expires_s);
	} else {
		po_buf_append_str(&out, "client_secret_expires_at: ");
		print_time(registration->secret_expires_s, &out);
		po_buf_append_char(&out, '\n');
	}
	if (po_buf_check(&out, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	return po_cli_write(command, out.data, out.len);
}

void
po_cli_register_warn(
    const struct po_registration *registration, const char *scopes)
{
	AUTO(po_buf_clear) struct po_buf when = PO_BUF_INIT(64);
	struct po_err err = { 0 };

	if (registration->secret_expires_s != 0) {
		print_time(registration->secret_expires_s, &when);
		(void)po_cli_trouble(command,
		    "WARNING: the client secret expires at %s: nobody gets in "
		    "from then on, unless --read brings a new one or you "
		    "--delete the client and register again",
		    po_buf_str(&when));
	}
	if (registration->grant_types != NULL &&
	    strstr(registration->grant_types, PO_GRANT_DEVICE) == NULL)
		(void)po_cli_trouble(command,
		    "WARNING: the provider has not given the client the device "
		    "grant: turn it on there");
	if (scopes != NULL && registration->scope != NULL &&
	    po_scope_check(scopes, registration->scope, &err) != PO_OK)
		(void)po_cli_trouble(command,
		    "WARNING: as far as the provider says: %s", err.text);
	if (registration->uri == NULL)
		(void)po_cli_trouble(command,
		    "the provider lets this client be changed and removed "
		    "there only");
}

/* --- managing ------------------------------------------------------------- */

static enum po_cli_exit
read_client(struct po_cli_request *ask, const char *path, bool json)
{
	AUTO(po_cli_place_clear) struct po_cli_place place = PO_CLI_PLACE_INIT;
	AUTO(po_registration_clear) struct po_registration client = { 0 };
	AUTO(po_buf_clear)
	struct po_buf before = PO_BUF_INIT(PO_REGISTRATION_MAX);
	struct po_err err = { 0 };
	enum po_cli_exit result;
	bool renewed = false;

	if (po_cli_record_load(path, &client, &err) != PO_OK ||
	    po_cli_record_print(&client, &before, &err) != PO_OK ||
	    po_cli_place_open(path, &place, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (ask->ca_file == NULL)
		ask->ca_file = client.ca_file;
	if ((result = po_cli_ask(command, ask, &client)) != PO_CLI_YES)
		return result;
	if (po_cli_record_renew(&place, &before, &client, &renewed, &err) !=
	    PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (renewed)
		(void)po_cli_trouble(command,
		    "the provider has given a new secret: it is in %s",
		    client.secret_file);
	po_cli_register_warn(&client, NULL);
	return po_cli_register_show(&client, path, NULL, json);
}

static enum po_cli_exit
delete_client(struct po_cli_request *ask, const char *path)
{
	AUTO(po_registration_clear) struct po_registration client = { 0 };
	AUTO(po_buf_clear)
	struct po_buf out = PO_BUF_INIT(PO_CLI_REGISTER_OUTPUT_MAX);
	struct po_err err = { 0 };
	enum po_cli_exit result;

	if (po_cli_record_load(path, &client, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if (ask->ca_file == NULL)
		ask->ca_file = client.ca_file;
	result = po_cli_ask(command, ask, &client);
	if (result == PO_CLI_NO)
		(void)po_cli_trouble(command,
		    "nothing was removed here; is the client gone there, then "
		    "remove %s%s%s by hand",
		    path, client.secret_file == NULL ? "" : " and ",
		    client.secret_file == NULL ? "" : client.secret_file);
	if (result != PO_CLI_YES)
		return result;
	/* the record last: with it this can be done again */
	if ((client.secret_file != NULL &&
		po_cli_place_remove(client.secret_file, &err) != PO_OK) ||
	    po_cli_place_remove(path, &err) != PO_OK)
		return po_cli_trouble(command,
		    "the client was removed at the provider, but %s", err.text);
	po_buf_appendf(&out,
	    "client \"%s\" removed at the provider, and its files here; take "
	    "its section out of the configuration\n",
	    client.client_id);
	return po_cli_write(command, out.data, out.len);
}

/* Exactly one of --issuer, --read and --delete, and what goes with it. */
static enum po_cli_exit
check_usage(const char *const *value)
{
	static const enum po_cli_register_option of_issuer[] = { OPT_NAME,
		OPT_TOKEN_FILE, OPT_SECRET_FILE, OPT_CLIENT_AUTH, OPT_SCOPES };
	bool manages = value[OPT_READ] != NULL || value[OPT_DELETE] != NULL;
	bool wrong = (value[OPT_ISSUER] != NULL) + (value[OPT_READ] != NULL) +
			     (value[OPT_DELETE] != NULL) !=
			 1 ||
		     manages != (value[OPT_REGISTRATION_FILE] != NULL) ||
		     (value[OPT_DELETE] != NULL && value[OPT_JSON] != NULL);

	for (size_t i = 0; i < PO_ARRAY_LEN(of_issuer); i++)
		wrong = wrong || (manages && value[of_issuer[i]] != NULL);
	if (!wrong)
		return PO_CLI_YES;
	(void)fputs(usage, stderr);
	return PO_CLI_TROUBLE;
}

enum po_cli_exit
po_cli_register(int argc, char **argv)
{
	const char *value[OPT_COUNT] = { NULL };
	struct po_cli_request ask = { 0 };
	enum po_cli_exit result =
	    po_cli_options(command, argc, argv, long_options, value);

	if (result != PO_CLI_YES)
		return result;
	if (value[OPT_HELP] != NULL)
		return po_cli_write(command, usage, strlen(usage));
	if (optind < argc)
		return po_cli_trouble(
		    command, "takes options only: %s", argv[optind]);
	if ((result = check_usage(value)) != PO_CLI_YES)
		return result;
	if (value[OPT_ISSUER] != NULL)
		return po_cli_register_enrol(value);
	ask.ca_file = value[OPT_CA_FILE];
	ask.method = value[OPT_READ] != NULL ? PO_HTTP_GET : PO_HTTP_DELETE;
	return value[OPT_READ] != NULL
		   ? read_client(&ask, value[OPT_REGISTRATION_FILE],
			 value[OPT_JSON] != NULL)
		   : delete_client(&ask, value[OPT_REGISTRATION_FILE]);
}
