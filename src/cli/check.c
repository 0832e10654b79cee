/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth check: the order of its parts, and how a finding is told.  What it
 * prints may go into a bug report: never a secret.  See check.h.
 */

#include "cli/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "jose/json.h"

static const char command[] = "check";

/* Some thousand findings, or all settings many times. */
#define JSON_MAX ((size_t)4 * 1024 * 1024)

enum option_id {
	OPT_PROVIDER,
	OPT_SERVICE,
	OPT_CONFIG,
	OPT_ROOT,
	OPT_OFFLINE,
	OPT_JSON,
	OPT_HELP,
	OPT_COUNT
};

static const struct option long_options[] = {
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "offline", no_argument, NULL, OPT_OFFLINE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: pam-oauth check [--provider P] [--service S] [--offline] "
    "[--json]\n"
    "                       [--config FILE] [--root DIR]\n"
    "\n"
    "Looks for what is wrong: configuration and files, PAM stacks, sshd,\n"
    "providers.  One line a finding: \"LEVEL: what: where (fix: ...)\".\n"
    "Best run as root.  Nothing is changed, and nobody is asked to sign in.\n"
    "\n"
    "  --provider P      only this provider\n"
    "  --service S       only this PAM service; prints its effective values\n"
    "  --offline         asks no provider\n"
    "  --json            prints one JSON object, fit for a bug report: it has\n"
    "                    no secrets\n"
    "  --config FILE     the configuration to check\n"
    "  --root DIR        looks for PAM's files below DIR, and not at this\n"
    "                    host's sshd, user and directories\n"
    "\n"
    "Exit status: 0 nothing wrong (there may be warnings); 1 errors were\n"
    "found; 2 wrong usage.\n";

/* --- findings ------------------------------------------------------------- */

static const struct {
	const char *word, *colour;
} levels[] = {
	[PO_CHECK_OK] = { "ok", "32" },
	[PO_CHECK_NOTE] = { "note", "36" },
	[PO_CHECK_WARNING] = { "warning", "33" },
	[PO_CHECK_ERROR] = { "error", "1;31" },
};

static void
print_text(const struct po_check *check, enum po_check_level level,
    const char *what, const char *where, const char *fix)
{
	AUTO(po_buf_clear)
	struct po_buf line = PO_BUF_INIT(3 * (4 * PO_CLI_TEXT_MAX + 64));

	if (check->colour)
		po_buf_appendf(&line,
		    "\033[%sm%s\033[0m: ", levels[level].colour,
		    levels[level].word);
	else
		po_buf_appendf(&line, "%s: ", levels[level].word);
	po_text_printable(&line, what, strlen(what), PO_CLI_TEXT_MAX);
	if (where != NULL) {
		po_buf_append_str(&line, ": ");
		po_text_printable(&line, where, strlen(where), PO_CLI_TEXT_MAX);
	}
	if (fix != NULL) {
		po_buf_append_str(&line, " (fix: ");
		po_text_printable(&line, fix, strlen(fix), PO_CLI_TEXT_MAX);
		po_buf_append_char(&line, ')');
	}
	/* at once: the next thing may have to be waited for */
	(void)printf("%s\n", po_buf_str(&line));
	(void)fflush(stdout);
}

void
po_check_add(struct po_check *check, enum po_check_level level,
    const char *where, const char *fix, const char *fmt, ...)
{
	struct po_buf *out = &check->findings;
	char what[PO_CLI_TEXT_MAX];

	PO_FORMAT(what, fmt);
	if (level == PO_CHECK_ERROR)
		check->errors++;
	if (!check->json) {
		print_text(check, level, what, where, fix);
		return;
	}
	po_buf_appendf(out, "%s\n{\"level\":\"%s\"", out->len > 0 ? "," : "",
	    levels[level].word);
	po_cli_json_member(out, "what", what);
	po_cli_json_member(out, "where", where);
	po_cli_json_member(out, "fix", fix);
	po_buf_append_char(out, '}');
}

/* --- the command ---------------------------------------------------------- */

static void
clear(struct po_check *check)
{
	po_config_free(&check->config);
	po_buf_clear(&check->findings);
	po_buf_clear(&check->settings);
}

/* The one thing that the environment decides: https://no-color.org */
static bool
wants_colour(void)
{
	static const char name[] = "NO_COLOR=";

	for (char **entry = environ; *entry != NULL; entry++)
		if ((strncmp(*entry, name, sizeof(name) - 1) == 0 &&
			(*entry)[sizeof(name) - 1] != '\0') ||
		    strcmp(*entry, "TERM=dumb") == 0)
			return false;
	return isatty(STDOUT_FILENO) == 1;
}

static enum po_cli_exit
write_json(struct po_check *check)
{
	AUTO(po_buf_clear) struct po_buf json = PO_BUF_INIT(2 * JSON_MAX + 256);
	struct po_err err = { 0 };

	po_buf_appendf(&json, "{\"version\":\"%s\",\"ok\":%s,\"findings\":[",
	    PACKAGE_VERSION, check->errors == 0 ? "true" : "false");
	po_buf_append(&json, check->findings.data, check->findings.len);
	po_buf_append_str(&json, "\n]");
	if (check->settings.len > 0)
		po_buf_appendf(&json, ",\"settings\":[%s\n]",
		    po_buf_str(&check->settings));
	po_buf_append_str(&json, "}\n");
	/* half a report is none */
	if (po_buf_check(&check->findings, &err) != PO_OK ||
	    po_buf_check(&check->settings, &err) != PO_OK ||
	    po_buf_check(&json, &err) != PO_OK)
		return po_cli_trouble(command, "report: %s", err.text);
	return po_cli_write(command, json.data, json.len);
}

static enum po_cli_exit
finish(struct po_check *check)
{
	enum po_cli_exit result = PO_CLI_YES;

	if (check->json)
		result = write_json(check);
	else if (ferror(stdout) != 0)
		result = po_cli_trouble(command, "standard output: %m");
	return result == PO_CLI_YES && check->errors > 0 ? PO_CLI_NO : result;
}

enum po_cli_exit
po_cli_check(int argc, char **argv)
{
	const char *value[OPT_COUNT] = { NULL };
	AUTO(clear)
	struct po_check check = {
		.findings = PO_BUF_INIT(JSON_MAX),
		.settings = PO_BUF_INIT(JSON_MAX),
	};
	enum po_cli_exit result;

	if (!po_cli_only_options(
		command, usage, argc, argv, long_options, value, &result))
		return result;
	check.provider = value[OPT_PROVIDER];
	check.service = value[OPT_SERVICE];
	check.config_file =
	    value[OPT_CONFIG] != NULL ? value[OPT_CONFIG] : PO_CLI_CONFIG;
	check.root = value[OPT_ROOT] != NULL ? value[OPT_ROOT] : "";
	/* a misspelt one has no mistakes */
	if (value[OPT_ROOT] != NULL && access(check.root, X_OK) != 0)
		return po_cli_trouble(command, "--root %s: %m", check.root);
	check.json = value[OPT_JSON] != NULL;
	check.colour = !check.json && wants_colour();
	po_check_config(&check);
	if (check.service != NULL && check.config != NULL)
		po_check_settings(&check);
	if (value[OPT_ROOT] == NULL)
		po_check_host(&check);
	po_check_pam(&check);
	if (value[OPT_ROOT] == NULL && check.sshd)
		po_check_sshd(&check);
	if (value[OPT_OFFLINE] == NULL && check.config != NULL)
		po_check_providers(&check);
	return finish(&check);
}
