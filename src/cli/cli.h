/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_CLI_H
#define PO_CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/store.h"
#include "io/file.h"
#include "jose/jwe.h"
#include "jose/jwk.h"
#include "oauth/register.h"

/*
 * pam-oauth: the helper's libraries behind a command line.  A subcommand is
 * one file with one function and one row in main.c's table.  Exit statuses and
 * the words of "invalid: CODE: reason" are for scripts and do not change.
 */
enum po_cli_exit {
	PO_CLI_YES = 0,    /* valid, admitted, in order */
	PO_CLI_NO = 1,     /* the answer is no, or findings were printed */
	PO_CLI_TROUBLE = 2 /* wrong usage; a file that cannot be read */
};

struct po_cli_command {
	const char *name;
	const char *help; /* one line, for `pam-oauth --help` */
	/* argv[0] is the command's name; returns an exit status */
	enum po_cli_exit (*run)(int argc, char **argv);
};

enum po_cli_exit po_cli_check(int argc, char **argv);
enum po_cli_exit po_cli_explain(int argc, char **argv);
enum po_cli_exit po_cli_bindings(int argc, char **argv);
enum po_cli_exit po_cli_cache(int argc, char **argv);
enum po_cli_exit po_cli_liveness(int argc, char **argv);
enum po_cli_exit po_cli_login(int argc, char **argv);
enum po_cli_exit po_cli_register(int argc, char **argv);
enum po_cli_exit po_cli_verify(int argc, char **argv);

/* The configuration unless --config names another. */
#define PO_CLI_CONFIG PO_SYSCONFDIR "/pam_oauth/pam_oauth.conf"

/* What a token is judged by, from options or from the configuration. */
struct po_cli_criteria {
	char *issuer;
	char *issuer_alias; /* NULL: none */
	char *client_id;
	po_alg_set algs;
	struct po_jwks *jwks;              /* NULL: no asymmetric algorithm */
	struct po_buf client_secret;       /* the key of HS*; empty: none */
	struct po_jwe_key *decryption_key; /* NULL: none */
	char *acr_values;                  /* NULL: any or none */
	int64_t max_age_s;                 /* 0: any or none */
};

#define PO_CLI_CRITERIA_INIT                                                   \
	{                                                                      \
		.client_secret = PO_BUF_INIT(PO_SECRET_MAX)                    \
	}

void po_cli_criteria_clear(struct po_cli_criteria *criteria);

/*
 * Those of a configured provider (provider.c): reads the configuration
 * (`config_file` NULL: the installed one) and the secrets it names, and as
 * root becomes the helper's user before it asks the provider for its keys.
 */
PO_MUST_USE
enum po_status po_cli_criteria_load(const char *config_file,
    const char *provider, struct po_cli_criteria *out, struct po_err *err);

/* A po_transport for those who ask a provider (provider.c). */
struct po_cli_connection {
	struct po_http *http;
	int64_t deadline_ms;
};

/* A few requests, each with its own timeout; a person waits for them. */
#define PO_CLI_DEADLINE_S 60

PO_MUST_USE
enum po_status po_cli_send(void *arg, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err);

/* What `register` asks of a provider. */
struct po_cli_request {
	enum po_http_method method; /* POST registers; GET and DELETE do as RFC
				     * 7592 says, with a registration */
	const char *issuer;         /* POST */
	const char *token;          /* POST; NULL: none */
	const char *ca_file;        /* or NULL */
	struct po_register_params params; /* POST */
};

/*
 * Asks it (register_provider.c), in a process that has given up root before
 * the first byte comes from the network: whoever takes that over can have root
 * write a client of its own choice, and nothing else.  Says why not.
 * *registration is then what it was, as after DELETE, and otherwise what the
 * provider says, but for the two files, which stay.
 */
enum po_cli_exit po_cli_ask(const char *command,
    const struct po_cli_request *request, struct po_registration *registration);

/* What the subcommands share (main.c). */

/* "pam-oauth: COMMAND: text" to stderr, made printable. */
enum po_cli_exit po_cli_trouble(const char *command, const char *fmt, ...)
    PO_PRINTF(2, 3);

/*
 * Reads the options: value[i] becomes the text of options[i], whose `val` is
 * i, or "" where it takes none.  Each at most once.  Operands begin at optind.
 */
enum po_cli_exit po_cli_options(const char *command, int argc, char **argv,
    const struct option *options, const char **value);

/*
 * The same for a subcommand that takes options only, the last of them --help,
 * and no empty values.  False: it is over, and *result says how.
 */
PO_MUST_USE
bool po_cli_only_options(const char *command, const char *usage, int argc,
    char **argv, const struct option *options, const char **value,
    enum po_cli_exit *result);

/* Of one finding: what, where and how to mend it, in characters each. */
#define PO_CLI_TEXT_MAX 1024

/* Appends "NAME":TEXT, or null, to an object that has been begun; printable. */
void po_cli_json_member(struct po_buf *out, const char *name, const char *text);

/* Names, such as of files (records.c). */
struct po_cli_names {
	char **all;
	size_t count, size;
	bool failed; /* memory is short */
};
/* Adds a copy to the struct po_cli_names that `arg` is; false: it failed. */
bool po_cli_names_add(void *arg, const char *name);
/* Sorts them, each once. */
void po_cli_names_sort(struct po_cli_names *names);
void po_cli_names_clear(struct po_cli_names *names);

/* Opens a store of root's; says why not. */
typedef enum po_status po_cli_open(struct po_store *store, struct po_err *err);
enum po_cli_exit po_cli_store(
    const char *command, po_cli_open *open, struct po_store *store);

/*
 * Prints the records of a store by name, as rows or as JSON: `print` appends
 * one, and before the first (nothing in `out`) the heading or "[" (records.c).
 */
typedef enum po_status po_cli_print_record(const struct po_store *store,
    const char *name, bool json, struct po_buf *out, struct po_err *err);
enum po_cli_exit po_cli_records(const char *command, po_cli_open *open,
    bool json, po_cli_print_record *print);

/* "invalid: CODE: reason" to stderr, made printable. */
enum po_cli_exit po_cli_invalid(
    enum po_status status, const struct po_err *err);

/*
 * All of an ordinary file, or of standard input when `path` is NULL, up to
 * out->max bytes: PO_E_TOO_LARGE beyond, PO_E_SYSTEM if it cannot be read.
 */
PO_MUST_USE
enum po_status po_cli_read(
    const char *path, struct po_buf *out, struct po_err *err);

/* The same, of what `fd` has; `name` is for messages. */
PO_MUST_USE
enum po_status po_cli_read_fd(
    int fd, const char *name, struct po_buf *out, struct po_err *err);

/* Writes `data` to standard output and makes sure that it got there. */
enum po_cli_exit po_cli_write(
    const char *command, const void *data, size_t len);

#endif
