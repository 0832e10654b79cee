/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The administrator's command line: finds the subcommand, and holds what the
 * subcommands share.  Nothing from outside reaches the terminal but through
 * po_text_printable.  See cli.h.
 */

#include "cli/cli.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json.h"

/* Longest line of ours: an error text and the names around it. */
#define LINE_MAX_CHARS (2 * PO_ERR_TEXT_MAX)

static const struct po_cli_command commands[] = {
	{ "bindings", "list whose accounts are, or make one nobody's again",
	    po_cli_bindings },
	{ "cache", "list or clear what is kept of providers", po_cli_cache },
	{ "check", "find what is wrong with this host, and how to mend it",
	    po_cli_check },
	{ "explain", "say whether claims would be admitted, step by step",
	    po_cli_explain },
	{ "liveness", "list, revoke or remove what keys depend on",
	    po_cli_liveness },
	{ "login", "sign in here, and say what a login would decide",
	    po_cli_login },
	{ "register", "make this host a client of a provider",
	    po_cli_register },
	{ "verify", "check an ID token and print its claims", po_cli_verify },
};

static void
print_line(FILE *stream, const char *text)
{
	/* a stray byte may become the three of U+FFFD; then the cut mark */
	AUTO(po_buf_clear)
	struct po_buf line = PO_BUF_INIT(4 * LINE_MAX_CHARS + 4);

	po_text_printable(&line, text, strlen(text), LINE_MAX_CHARS);
	(void)fprintf(stream, "%s\n", po_buf_str(&line));
}

enum po_cli_exit
po_cli_trouble(const char *command, const char *fmt, ...)
{
	char text[LINE_MAX_CHARS];
	int used = snprintf(text, sizeof(text), "pam-oauth: %s: ", command);
	va_list args;

	if (used < 0 || (size_t)used >= sizeof(text))
		used = 0;
	va_start(args, fmt);
	(void)vsnprintf(text + used, sizeof(text) - (size_t)used, fmt, args);
	va_end(args);
	print_line(stderr, text);
	return PO_CLI_TROUBLE;
}

enum po_cli_exit
po_cli_invalid(enum po_status status, const struct po_err *err)
{
	char text[LINE_MAX_CHARS];

	(void)snprintf(text, sizeof(text), "invalid: %s: %s",
	    po_status_name(status), err->text);
	print_line(stderr, text);
	return PO_CLI_NO;
}

enum po_cli_exit
po_cli_options(const char *command, int argc, char **argv,
    const struct option *options, const char **value)
{
	int id;

	optind = 0; /* glibc: start over */
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (id == ':')
			return po_cli_trouble(command,
			    "option %s needs a value", argv[optind - 1]);
		if (id == '?' && optopt >= ' ') /* a letter of -xyz */
			return po_cli_trouble(
			    command, "unknown option: -%c", optopt);
		if (id == '?')
			return po_cli_trouble(command,
			    "unknown option or value: %s", argv[optind - 1]);
		if (value[id] != NULL)
			return po_cli_trouble(command,
			    "option --%s is given twice", options[id].name);
		value[id] = optarg == NULL ? "" : optarg;
	}
	return PO_CLI_YES;
}

bool
po_cli_only_options(const char *command, const char *usage, int argc,
    char **argv, const struct option *options, const char **value,
    enum po_cli_exit *result)
{
	size_t help = 0;

	*result = po_cli_options(command, argc, argv, options, value);
	while (strcmp(options[help].name, "help") != 0)
		help++;
	if (*result == PO_CLI_YES && value[help] != NULL) {
		*result = po_cli_write(command, usage, strlen(usage));
		return false;
	}
	if (*result == PO_CLI_YES && optind < argc)
		*result = po_cli_trouble(
		    command, "only options are taken: %s", argv[optind]);
	for (size_t i = 0; i < help && *result == PO_CLI_YES; i++)
		if (options[i].has_arg == required_argument &&
		    value[i] != NULL && value[i][0] == '\0')
			*result = po_cli_trouble(
			    command, "option --%s is empty", options[i].name);
	return *result == PO_CLI_YES;
}

void
po_cli_json_member(struct po_buf *out, const char *name, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);
	/* an error text may have been cut within a character */
	AUTO(po_buf_clear) struct po_buf shown = PO_BUF_INIT(4 * len + 4);

	if (out->len > 0 && out->data[out->len - 1] != '{')
		po_buf_append_char(out, ',');
	po_buf_appendf(out, "\"%s\":", name);
	if (text == NULL) {
		po_buf_append_str(out, "null");
		return;
	}
	po_text_printable(&shown, text, len, len);
	po_json_print_string(po_buf_str(&shown), shown.len, out);
}

enum po_status
po_cli_read(const char *path, struct po_buf *out, struct po_err *err)
{
	const char *name = path == NULL ? "standard input" : path;
	AUTO(po_fd_close) int fd = -1;

	fd = path == NULL ? dup(STDIN_FILENO)
			  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return po_err_sys(err, "%s", name);
	return po_cli_read_fd(fd, name, out, err);
}

enum po_status
po_cli_read_fd(int fd, const char *name, struct po_buf *out, struct po_err *err)
{
	enum po_status st;

	if (!po_buf_read(out, fd))
		return po_err_sys(err, "%s", name);
	if ((st = po_buf_check(out, err)) != PO_OK)
		po_err_prefix(err, "%s", name);
	return st;
}

enum po_cli_exit
po_cli_write(const char *command, const void *data, size_t len)
{
	if (fwrite(data, 1, len, stdout) != len || fflush(stdout) != 0)
		return po_cli_trouble(command, "standard output: %m");
	return PO_CLI_YES;
}

static void
usage(FILE *stream)
{
	(void)fprintf(stream, "usage: pam-oauth COMMAND [OPTION...]\n"
			      "       pam-oauth COMMAND --help\n"
			      "       pam-oauth --version | --help\n"
			      "\n"
			      "commands:\n");
	for (size_t i = 0; i < PO_ARRAY_LEN(commands); i++)
		(void)fprintf(
		    stream, "  %-10s %s\n", commands[i].name, commands[i].help);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--version") == 0) {
		(void)printf("pam-oauth %s\n", PACKAGE_VERSION);
		return (int)po_cli_write(name, "", 0);
	}
	if (strcmp(name, "--help") == 0) {
		usage(stdout);
		return (int)po_cli_write(name, "", 0);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return (int)commands[i].run(argc - 1, argv + 1);
	if (argc > 1)
		(void)po_cli_trouble(name, "unknown command");
	usage(stderr);
	return PO_CLI_TROUBLE;
}
