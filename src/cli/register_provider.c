/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of `pam-oauth register` that talks to the provider: a process of
 * its own, for the result is to be written by root, which must not meet the
 * network.  What it hands over is lines, checked again by who reads them.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "io/http.h"
#include "io/sandbox.h"
#include "oauth/provider.h"

/* More than a login has: a client may have to be made, and nobody waits in a
 * prompt. */
#define CONNECT_TIMEOUT_S 10
#define REQUEST_TIMEOUT_S 30

static enum po_status
enrol(const struct po_transport *transport, const struct po_cli_request *ask,
    struct po_registration *out, struct po_err *err)
{
	static const struct po_endpoints none = { 0 };
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	AUTO(po_metadata_clear) struct po_metadata metadata = { 0 };
	struct po_register_params params = ask->params;
	struct po_client client = { .client_secret = "x", .auth = params.auth };
	enum po_status st;

	if ((st = po_provider_discover(
		 transport, ask->issuer, &none, &metadata, err)) != PO_OK)
		return st;
	if (metadata.registration_endpoint == NULL)
		return po_err_set(err, PO_E_UNSUPPORTED,
		    "the provider's metadata have no registration_endpoint, or "
		    "none with https: register the client there by hand");
	client.listed = metadata.auth_methods;
	params.auth = po_client_auth_choose(&client);
	if ((st = po_register_request(metadata.registration_endpoint,
		 ask->token, &params, &request, err)) != PO_OK)
		return st;
	if ((st = transport->send(transport->arg, &request, &response, err)) ==
	    PO_OK)
		st = po_register_parse(&response, out, err);
	if (st == PO_E_DOCUMENT || st == PO_E_TOO_LARGE)
		po_err_prefix(err,
		    "the client may be registered, remove it there; the answer "
		    "cannot be used");
	/* who does not repeat it (RFC 7591 3.2.1) has changed nothing */
	if (st == PO_OK && out->auth == NULL &&
	    (out->auth = po_str_dup(po_client_auth_name(params.auth))) == NULL)
		st = po_err_set(err, PO_E_NOMEM, "out of memory");
	return st;
}

static enum po_status
manage(const struct po_transport *transport, const struct po_cli_request *ask,
    const struct po_registration *registration, struct po_registration *out,
    struct po_err *err)
{
	AUTO(po_http_request_clear) struct po_http_request request = { 0 };
	AUTO(po_http_response_clear) struct po_http_response response = { 0 };
	enum po_status st;

	if ((st = po_register_manage(
		 registration, ask->method, &request, err)) != PO_OK ||
	    (st = transport->send(transport->arg, &request, &response, err)) !=
		PO_OK)
		return st;
	if (ask->method == PO_HTTP_DELETE)
		return po_register_deleted(&response, err);
	if ((st = po_register_parse(&response, out, err)) != PO_OK)
		return st;
	if (!po_str_equal(out->client_id, registration->client_id) ||
	    out->uri == NULL)
		return po_err_set(err, PO_E_DOCUMENT,
		    "the provider answers with another client, or with no "
		    "token to manage this one (RFC 7592 3)");
	return PO_OK;
}

/*
 * Whoever takes this process over must find no terminal: what is written there
 * can be typed for root (TIOCSTI), or look like anything.
 */
static enum po_status
leave_terminal(struct po_err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || setsid() < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "leaving the terminal: %m");
	return PO_OK;
}

static enum po_status
connect_and_ask(const struct po_cli_request *ask,
    const struct po_registration *registration, struct po_registration *out,
    int keep, struct po_err *err)
{
	const struct po_sandbox_drop drop = {
		.user = PO_HELPER_USER,
		.keep = &keep,
		.keep_count = 1,
		.timeout_s = PO_CLI_DEADLINE_S,
	};
	const struct po_http_options options = {
		.ca_file = ask->ca_file,
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.request_timeout_s = REQUEST_TIMEOUT_S,
	};
	AUTO(po_http_free) struct po_http *http = NULL;
	struct po_cli_connection connection = { 0 };
	const struct po_transport transport = { po_cli_send, &connection };
	enum po_status st;

	if ((st = leave_terminal(err)) != PO_OK ||
	    (st = po_sandbox_drop(&drop, err)) != PO_OK ||
	    (st = po_http_new(&options, &http, err)) != PO_OK)
		return st;
	connection.http = http;
	connection.deadline_ms = po_clock_ms() + 1000 * PO_CLI_DEADLINE_S;
	return ask->method == PO_HTTP_POST
		   ? enrol(&transport, ask, out, err)
		   : manage(&transport, ask, registration, out, err);
}

/* The other process: the record goes to `fd`, or else why there is none. */
static enum po_cli_exit
work(const struct po_cli_request *ask,
    const struct po_registration *registration, int fd)
{
	AUTO(po_registration_clear) struct po_registration found = { 0 };
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_REGISTRATION_MAX);
	struct po_err err = { 0 };
	enum po_status st =
	    connect_and_ask(ask, registration, &found, fd, &err);

	if (st == PO_OK && ask->method != PO_HTTP_DELETE) {
		po_registration_print(&found, &text);
		st = po_buf_check(&text, &err);
	}
	if (st != PO_OK) {
		po_buf_clear(&text);
		po_err_redact(&err, ask->token);
		po_err_redact(&err, registration->access_token);
		po_buf_append_str(&text, err.text);
	}
	/* a pipe takes all of it: PO_REGISTRATION_MAX is half of what it has */
	if (write(fd, po_buf_str(&text), text.len) != (ssize_t)text.len)
		return PO_CLI_TROUBLE;
	if (st == PO_E_CLIENT_REFUSED || st == PO_E_UNSUPPORTED)
		return PO_CLI_NO;
	return st == PO_OK ? PO_CLI_YES : PO_CLI_TROUBLE;
}

/* How it ended. */
static enum po_cli_exit
await(const char *command, pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return po_cli_trouble(command, "waitpid: %m");
	if (!WIFEXITED(status))
		return po_cli_trouble(command,
		    "the process that asks the provider was ended by signal %d",
		    WTERMSIG(status));
	return WEXITSTATUS(status) == PO_CLI_YES  ? PO_CLI_YES
	       : WEXITSTATUS(status) == PO_CLI_NO ? PO_CLI_NO
						  : PO_CLI_TROUBLE;
}

enum po_cli_exit
po_cli_ask(const char *command, const struct po_cli_request *ask,
    struct po_registration *registration)
{
	AUTO(po_registration_clear) struct po_registration found = { 0 };
	AUTO(po_buf_clear)
	struct po_buf record = PO_BUF_INIT(PO_REGISTRATION_MAX);
	AUTO(po_fd_close) int from = -1;
	struct po_err err = { 0 };
	enum po_cli_exit result;
	enum po_status st;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return po_cli_trouble(command, "pipe: %m");
	from = ends[0];
	if ((pid = fork()) == 0)
		_exit((int)work(ask, registration, ends[1]));
	po_fd_close(&ends[1]);
	if (pid < 0)
		return po_cli_trouble(command, "fork: %m");
	st = po_cli_read_fd(from, "pipe", &record, &err);
	result = await(command, pid);
	if (result != PO_CLI_YES && record.len > 0)
		(void)po_cli_trouble(command, "%s", po_buf_str(&record));
	if (result != PO_CLI_YES || ask->method == PO_HTTP_DELETE)
		return result;
	if (st == PO_OK)
		st = po_registration_scan(&record, &found, &err);
	if (st != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	po_str_free(&found.secret_file);
	po_str_free(&found.ca_file);
	found.secret_file = TAKE(registration->secret_file);
	found.ca_file = TAKE(registration->ca_file);
	po_registration_clear(registration);
	*registration = found;
	memset(&found, 0, sizeof(found));
	return PO_CLI_YES;
}
