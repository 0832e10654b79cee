/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration as logins would use it: all of its mistakes at once, every
 * rule of every service compiled, every file that it names read.  See check.h.
 */

#include "cli/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/pam_stack.h"
#include "io/config_model.h"
#include "io/config_options.h"
#include "io/launch.h"
#include "io/policy_load.h"
#include "jose/sign.h"
#include "oauth/api.h"
#include "oauth/ciba.h"
#include "policy/claims.h"
#include "policy/export.h"

/* Whoever has more is better served by beginning anew. */
#define MISTAKES_MAX 20
#define SEEN_MAX (256 * 1024)

/* --- mistakes ------------------------------------------------------------- */

/* N of "FILE:N: ..."; 0: the message does not begin so. */
static unsigned
line_of(const char *file, const char *text)
{
	size_t len = strlen(file);

	if (strncmp(text, file, len) != 0 || text[len] != ':')
		return 0;
	return (unsigned)strtoul(text + len + 1, NULL, 10);
}

/* The line becomes empty, unless it begins a section: no others move. */
static bool
blank(struct po_buf *text, unsigned number)
{
	char *line = (char *)text->data;
	char *end = line + text->len;

	for (; number > 1 && line < end; number--) {
		line = memchr(line, '\n', (size_t)(end - line));
		line = line == NULL ? end : line + 1;
	}
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (line == end || *line == '[' || *line == '\n')
		return false;
	for (; line < end && *line != '\n'; line++)
		*line = ' ';
	return true;
}

/*
 * The parser stops at the first mistake; without that line it finds the next.
 * What it says of the whole may be a consequence: only lines further down are
 * told.
 */
static enum po_status
parse(struct po_check *check, struct po_buf *text)
{
	unsigned last = 0;
	enum po_status result = PO_OK;

	for (int i = 0; i < MISTAKES_MAX; i++) {
		struct po_err err = { 0 };
		enum po_status st = po_config_parse(check->config_file,
		    text->data, text->len, &check->config, &err);
		unsigned line = line_of(check->config_file, err.text);

		if (st == PO_OK || (i > 0 && line <= last))
			break;
		result = st;
		po_check_add(check, PO_CHECK_ERROR, NULL,
		    "mend the line; pam_oauth.conf(5) has all options", "%s",
		    err.text);
		last = line;
		if (line == 0 || !blank(text, line))
			break;
	}
	if (result != PO_OK)
		po_config_free(&check->config);
	return result;
}

/* --- rules, patterns, keys -------------------------------------------------
 */

static enum po_status
check_sign_key(const struct po_settings *s, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_SIGN_KEY_MAX);
	AUTO(po_buf_clear) struct po_buf pem = PO_BUF_INIT(PO_SIGN_CERT_MAX);
	AUTO(po_sign_key_free) struct po_sign_key *key = NULL;
	enum po_alg alg = (enum po_alg)(s->client_key_alg - 1);
	enum po_status st;

	if (s->client_key_file == NULL)
		return PO_OK;
	if ((st = po_file_read(s->client_key_file, true, &text, err)) != PO_OK)
		return st;
	if ((st = po_sign_key_parse(text.data, text.len,
		 s->client_key_alg == 0 ? NULL : &alg, s->client_key_id, &key,
		 err)) != PO_OK) {
		po_err_prefix(err, "%s", s->client_key_file);
		return st;
	}
	if (s->client_certificate_file == NULL)
		return PO_OK;
	if ((st = po_file_read(s->client_certificate_file, false, &pem, err)) ==
		PO_OK &&
	    (st = po_sign_key_certify(
		 key, pem.data, pem.len, po_clock_epoch_s(), err)) != PO_OK)
		po_err_prefix(err, "%s", s->client_certificate_file);
	return st;
}

static enum po_status
check_algs(const struct po_settings *s, size_t secret_len, struct po_err *err)
{
	struct po_place place = po_settings_place(s, "id_token_algs");
	po_alg_set algs;
	enum po_status st;

	if (s->id_token_algs == NULL)
		return PO_OK;
	if ((st = po_alg_set_parse(s->id_token_algs, &algs, err)) != PO_OK ||
	    (secret_len != SIZE_MAX &&
		(st = po_alg_check_secret(algs, secret_len, err)) != PO_OK))
		po_err_prefix(
		    err, "%s:%u: id_token_algs", place.file, place.line);
	return st;
}

/* What only root may read. */
static enum po_status
check_secrets(const struct po_settings *s, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_JWE_KEY_MAX);
	AUTO(po_jwe_key_free) struct po_jwe_key *key = NULL;
	AUTO(po_str_free) char *secret = NULL;
	enum po_status st;

	if (s->client_secret_file != NULL &&
	    (st = po_secret_read(s->client_secret_file, &secret, err)) != PO_OK)
		return st;
	if ((st = check_algs(s, secret == NULL ? 0 : strlen(secret), err)) !=
		PO_OK ||
	    (st = check_sign_key(s, err)) != PO_OK ||
	    s->decryption_key_file == NULL)
		return st;
	if ((st = po_file_read(s->decryption_key_file, true, &text, err)) !=
	    PO_OK)
		return st;
	if ((st = po_jwe_key_parse(text.data, text.len, &key, err)) != PO_OK)
		po_err_prefix(err, "%s", s->decryption_key_file);
	return st;
}

/* Templates; what they are filled with is a login's. */
static enum po_status
check_ciba(const struct po_settings *s, struct po_err *err)
{
	const struct po_ciba_facts facts = { "user", "", "", "", "" };
	AUTO(po_str_free) char *hint = NULL;
	AUTO(po_str_free) char *binding = NULL;
	const char *option = "login_hint";
	struct po_place place;
	enum po_status st;

	if (s->flow != PO_FLOW_KIND_CIBA && s->flow != PO_FLOW_KIND_CIBA_DEVICE)
		return PO_OK;
	if ((st = po_ciba_hint(s->login_hint, "user", &hint, err)) == PO_OK) {
		option = "binding_message";
		st = po_ciba_binding(s->binding_message, &facts, &binding, err);
	}
	place = po_settings_place(s, option);
	if (st != PO_OK)
		po_err_prefix(err, "%s:%u: %s", place.file, place.line, option);
	return st;
}

static enum po_status
check_browser_user(const struct po_settings *s, struct po_err *err)
{
	struct po_place place = po_settings_place(s, "browser_user");

	if (s->browser_user == NULL ||
	    po_launch_user(s->browser_user, err) != NULL)
		return PO_OK;
	po_err_prefix(err, "%s:%u: browser_user", place.file, place.line);
	return PO_E_CONFIG;
}

static enum po_status
check_rules(const struct po_settings *s, struct po_err *err)
{
	AUTO(po_policy_free) struct po_policy *policy = NULL;
	AUTO(po_exports_free) struct po_exports *exports = NULL;
	AUTO(po_api_free) struct po_api *api = NULL;
	struct po_place place = po_settings_place(s, "subject");
	enum po_status st;

	if ((st = po_policy_load(s, &policy, err)) != PO_OK ||
	    (st = po_exports_new(s->exports.text, s->exports.place,
		 s->exports.count, &exports, err)) != PO_OK ||
	    (st = po_api_new(s->api.text, s->api.place, s->api.count, &api,
		 err)) != PO_OK ||
	    (st = check_algs(s, SIZE_MAX, err)) != PO_OK ||
	    (st = check_ciba(s, err)) != PO_OK ||
	    (st = check_browser_user(s, err)) != PO_OK ||
	    s->identity != PO_IDENTITY_API)
		return st;
	if ((st = po_pointer_check(s->subject, err)) == PO_OK &&
	    !po_api_covers(api, s->subject))
		st = po_err_set(err, PO_E_CONFIG,
		    "no api document has the name that it begins with");
	if (st != PO_OK)
		po_err_prefix(err, "%s:%u: subject", place.file, place.line);
	return st;
}

/* --- each service, with each of its providers ----------------------------- */

struct pass {
	struct po_check *check;
	struct po_buf seen; /* errors told; a global one is every service's */
	unsigned services;
};

static void
pass_clear(struct pass *pass)
{
	po_buf_clear(&pass->seen);
}

static void
tell(struct pass *pass, enum po_check_level level, const char *service,
    const char *fix, const char *text)
{
	if (strstr(po_buf_str(&pass->seen), text) != NULL)
		return;
	po_buf_appendf(&pass->seen, "%s\n", text);
	po_check_add(pass->check, level, service, fix, "%s", text);
}

static void
check_pair(struct pass *pass, const char *service, const char *provider)
{
	AUTO(po_settings_clear) struct po_settings settings = { 0 };
	struct po_err rules = { 0 }, secrets = { 0 }, browser = { 0 };
	char where[80];

	(void)snprintf(where, sizeof(where), "service %.32s", service);
	if (po_config_settings(pass->check->config, service, provider,
		&settings, &rules) != PO_OK ||
	    check_rules(&settings, &rules) != PO_OK)
		tell(pass, PO_CHECK_ERROR, where,
		    "mend the line; pam_oauth.conf(5) has what it may be",
		    rules.text);
	if (rules.status == PO_OK && settings.browser != NULL &&
	    po_launch_check(settings.browser, &browser) != PO_OK)
		tell(pass, PO_CHECK_WARNING, where,
		    "until then the link is shown and no browser started",
		    browser.text);
	if (rules.status != PO_OK ||
	    check_secrets(&settings, &secrets) == PO_OK)
		return;
	if (geteuid() == 0)
		tell(pass, PO_CHECK_ERROR, where,
		    "a file of root's with mode 0600, and in it what the "
		    "provider gave you; no login works without it",
		    secrets.text);
	else
		tell(pass, PO_CHECK_NOTE, where, "run this as root",
		    secrets.text);
}

static void
check_service(struct pass *pass, const char *service)
{
	const struct po_check *check = pass->check;
	const char *provider;

	if (check->service != NULL && strcmp(check->service, service) != 0)
		return;
	pass->services++;
	for (size_t i = 0;
	     (provider = po_config_choice(check->config, service, i)) != NULL;
	     i++)
		if (check->provider == NULL ||
		    strcmp(check->provider, provider) == 0)
			check_pair(pass, service, provider);
}

static void
check_all(struct po_check *check)
{
	AUTO(pass_clear)
	struct pass pass = { .check = check, .seen = PO_BUF_INIT(SEEN_MAX) };
	const struct po_config *config = check->config;
	unsigned before = check->errors;
	const char *provider;

	for (size_t i = 0; i < config->section_count; i++)
		if (strcmp(config->sections[i].kind, "service") == 0)
			check_service(&pass, config->sections[i].name);
	/* services without a section; each provider may be an argument's */
	for (size_t i = 0; (provider = po_config_provider(config, i)) != NULL;
	     i++)
		if (check->provider == NULL ||
		    strcmp(check->provider, provider) == 0)
			check_pair(&pass,
			    check->service != NULL ? check->service : "sshd",
			    provider);
	if (check->errors == before)
		po_check_add(check, PO_CHECK_OK, check->config_file, NULL,
		    "the configuration can be used");
}

/* A rule for sudo in [service sduo] is no rule, and nothing else says so. */
static void
check_services(struct po_check *check)
{
	AUTO(po_pam_services_clear) struct po_pam_services known = { 0 };
	const struct po_config *config = check->config;

	if (po_pam_services_read(check->root, &known, NULL) != PO_OK)
		return; /* po_check_pam says why */
	for (size_t i = 0; i < config->section_count; i++) {
		const struct po_config_section *section = &config->sections[i];
		const char *near;

		if (strcmp(section->kind, "service") != 0 ||
		    (check->service != NULL &&
			strcmp(check->service, section->name) != 0))
			continue;
		near = po_option_nearest_of(section->name,
		    (const char *const *)known.names, known.count);
		if (near != NULL && strcmp(near, section->name) == 0)
			continue;
		po_check_add(check,
		    near == NULL ? PO_CHECK_NOTE : PO_CHECK_WARNING, NULL,
		    "the name is that of the service's file in /etc/pam.d",
		    "%s:%u: [service %s] is of no use: PAM has no service of "
		    "that name%s%s%s",
		    config->file, section->line, section->name,
		    near == NULL ? "" : "; did you mean \"",
		    near == NULL ? "" : near, near == NULL ? "" : "\"?");
	}
}

/* What mends a file that could not be read. */
static const char *
unread(const char *path)
{
	int why = path[0] != '/' || access(path, R_OK) == 0 ? 0 : errno;

	if (why == ENOENT)
		return "write it: pam_oauth.conf(5), docs/providers";
	if (why == EACCES)
		return "run this as root";
	return "its whole path; root owns it, and nobody else can write to it "
	       "or to the directories on the way";
}

void
po_check_config(struct po_check *check)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_CONFIG_MAX);
	struct po_err err = { 0 };

	if (po_file_read(check->config_file, false, &text, &err) != PO_OK) {
		po_check_add(check, PO_CHECK_ERROR, NULL,
		    unread(check->config_file), "%s", err.text);
		return;
	}
	if (parse(check, &text) != PO_OK)
		return;
	check_services(check);
	for (size_t i = 0; check->provider != NULL; i++) {
		const char *name = po_config_provider(check->config, i);

		if (name == NULL)
			po_check_add(check, PO_CHECK_ERROR, check->config_file,
			    "--provider names a section [provider NAME]",
			    "there is no [provider %s]", check->provider);
		if (name == NULL || strcmp(name, check->provider) == 0)
			break;
	}
	check_all(check);
}
