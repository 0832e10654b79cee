/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effective values for one service and provider.  Must never hand out a
 * value that was not checked by the option table.  See config.h.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/message.h"
#include "io/config_model.h"
#include "io/config_options.h"
#include "io/http.h"

/* The sections that speak for one login; each but `provider` may be NONE. */
struct scope {
	const struct po_config *config;
	size_t service;
	size_t provider;
};

static struct po_place
place_of(const struct po_config *config, const struct po_config_entry *entry)
{
	return (struct po_place){
		.file = config->file,
		.line = entry == NULL ? 0 : entry->line,
	};
}

/* The section an option is named after; for those of a provider, that one. */
static size_t
home_of(const struct scope *scope, const struct po_option *option)
{
	if (po_config_named(option->section))
		return strcmp(option->section, "provider") == 0
			   ? scope->provider
			   : scope->service;
	return po_config_section(scope->config, option->section, NULL);
}

/* Most specific first. */
static const struct po_config_entry *
effective_entry(const struct scope *scope, const struct po_option *option)
{
	const struct po_config_entry *entry =
	    po_config_entry(scope->config, scope->service, option);

	if (entry == NULL)
		entry = po_config_entry(scope->config, scope->provider, option);
	if (entry == NULL)
		entry = po_config_entry(
		    scope->config, home_of(scope, option), option);
	return entry;
}

/* No ID token to ask a scope for (config_model.c). */
static bool
is_identity_api(const struct scope *scope)
{
	const struct po_config_entry *entry = po_config_entry(
	    scope->config, scope->provider, po_option_find("identity"));

	return entry != NULL && strcmp(entry->text, "api") == 0;
}

static bool
is_ciba(const struct scope *scope)
{
	const struct po_config_entry *entry =
	    effective_entry(scope, po_option_find("flow"));

	return entry != NULL && strncmp(entry->text, "ciba", 4) == 0;
}

/* What holds where nothing is configured; NULL: nothing does. */
static const char *
default_text(const struct scope *scope, const struct po_option *option,
    const char *service)
{
	if (strcmp(option->name, "scopes") == 0 && is_identity_api(scope))
		return NULL;
	/* one push at a time: the next one nobody asked for, or an attacker */
	if (strcmp(option->name, "max_pending") == 0 && is_ciba(scope))
		return "1";
	/* sshd gives up after LoginGraceTime, 120 s, without a word */
	if (strcmp(option->name, "timeout") == 0 && service != NULL &&
	    strcmp(service, "sshd") == 0)
		return "110s";
	return option->default_text;
}

/* Lines of `option` add up: section, provider, service; each in file order. */
static enum po_status
collect(const struct scope *scope, const struct po_option *option,
    struct po_setting_list *list, struct po_err *err)
{
	const size_t sections[] = { home_of(scope, option), scope->provider,
		scope->service };
	const struct po_config *config = scope->config;
	size_t room = config->entry_count;

	list->text = calloc(room + 1, sizeof(*list->text));
	list->place = calloc(room + 1, sizeof(*list->place));
	if (list->text == NULL || list->place == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (size_t s = 0; s < PO_ARRAY_LEN(sections); s++) {
		/* an option at home in [provider] has one home */
		if (s > 0 && sections[s] == sections[0])
			continue;
		for (size_t i = 0; i < config->entry_count; i++) {
			const struct po_config_entry *entry =
			    &config->entries[i];

			if (entry->section != sections[s] ||
			    entry->option != option || list->count == room)
				continue;
			list->text[list->count] = entry->text;
			list->place[list->count++] = place_of(config, entry);
		}
	}
	return PO_OK;
}

static enum po_status
fill_option(const struct scope *scope, const struct po_option *option,
    struct po_settings *out, struct po_place *place, struct po_err *err)
{
	const struct po_config *config = scope->config;
	const struct po_config_section *provider =
	    &config->sections[scope->provider];
	const struct po_config_entry *entry = effective_entry(scope, option);
	const char *text;

	*place = place_of(config, entry);
	if (option->type == PO_OPTION_LIST)
		return collect(
		    scope, option, (void *)((char *)out + option->offset), err);
	text = entry != NULL ? entry->text
			     : default_text(scope, option, out->service);
	if (text == NULL && option->required)
		return po_err_set(err, PO_E_CONFIG,
		    "%s:%u: [provider %s] has no \"%s\"", config->file,
		    provider->line, provider->name, option->name);
	return text == NULL ? PO_OK : po_option_store(option, text, out, err);
}

/* Finds the provider by name, else the first of the service's. */
static enum po_status
choose_provider(struct scope *scope, const char *service, const char *name,
    struct po_err *err)
{
	const struct po_config *config = scope->config;
	AUTO(po_buf_clear) struct po_buf known = PO_BUF_INIT(PO_ERR_TEXT_MAX);
	const char *other;

	if (name == NULL)
		name = po_config_choice(config, service, 0);
	scope->provider = po_config_section(config, "provider", name);
	if (scope->provider != PO_CONFIG_NONE)
		return PO_OK;
	for (size_t i = 0; (other = po_config_provider(config, i)) != NULL; i++)
		po_buf_appendf(&known, "%s\"%s\"", i == 0 ? "" : ", ", other);
	return po_err_set(err, PO_E_CONFIG,
	    "%s: no provider \"%.64s\"; there is %s", config->file, name,
	    po_buf_str(&known));
}

/* Puts where the option stands in front of what is wrong with it. */
static enum po_status
refuse(const struct po_settings *settings, const char *option,
    enum po_status status, struct po_err *err)
{
	struct po_place place = po_settings_place(settings, option);

	po_err_prefix(
	    err, "%s:%u: option \"%s\"", place.file, place.line, option);
	return status;
}

/* What only an ID token can prove, asked of a provider that has none. */
static enum po_status
check_identity(const struct po_settings *settings, struct po_err *err)
{
	const char *option = settings->acr_values != NULL ? "acr_values"
			     : settings->max_age_s != 0   ? "max_age"
							  : NULL;

	if (settings->identity != PO_IDENTITY_API || option == NULL)
		return PO_OK;
	return refuse(settings, option,
	    po_err_set(err, PO_E_CONFIG,
		"[provider %s] has identity = api, and without an ID token "
		"nothing proves it",
		settings->provider),
	    err);
}

/* A refresh token that two have is one that neither has for long. */
static enum po_status
check_liveness(const struct po_settings *settings, struct po_err *err)
{
	if (settings->liveness == PO_LIVENESS_OFF ||
	    settings->keep_token != PO_KEEP_REFRESH_TOKEN)
		return PO_OK;
	return refuse(settings, "keep_token",
	    po_err_set(err, PO_E_CONFIG,
		"with liveness = refresh the refresh token is this host's, and "
		"cannot be the user's as well"),
	    err);
}

/* flow = code: what else it takes, and what may not be left out. */
static enum po_status
check_code(const struct po_settings *settings, struct po_err *err)
{
	const char *option = settings->redirect_uri == NULL ? "flow"
			     : !settings->nonce             ? "nonce"
			     : settings->pkce == PO_PKCE_NO ? "pkce"
			     : settings->identity == PO_IDENTITY_API
				 ? "identity"
			     : settings->flow == PO_FLOW_KIND_CODE_LOOPBACK &&
				     settings->redirect_uri[4] == 's'
				 ? "redirect_uri"
				 : NULL;

	if (settings->flow < PO_FLOW_KIND_CODE || option == NULL)
		return PO_OK;
	return refuse(settings, option,
	    po_err_set(err, PO_E_CONFIG,
		"flow = code needs a redirect_uri in [provider %s] (loopback: "
		"of http), a nonce, PKCE and an ID token",
		settings->provider),
	    err);
}

/* A browser is one for this host, and somebody's. */
static enum po_status
check_browser(const struct po_settings *settings, struct po_err *err)
{
	const char *option =
	    settings->browser != NULL ? "browser" : "browser_user";

	if (settings->browser == NULL && settings->browser_user == NULL)
		return PO_OK;
	if (settings->browser != NULL && settings->browser_user != NULL &&
	    settings->flow == PO_FLOW_KIND_CODE_LOOPBACK)
		return PO_OK;
	return refuse(settings, option,
	    po_err_set(err, PO_E_CONFIG,
		"a browser is started with flow = code loopback, and needs "
		"both \"browser\" and \"browser_user\""),
	    err);
}

static enum po_status
fill(const struct scope *scope, struct po_settings *out, struct po_err *err)
{
	const struct po_config_section *provider =
	    &scope->config->sections[scope->provider];
	size_t count;
	const struct po_option *options = po_config_options(&count);
	enum po_status st = PO_E_INTERNAL;

	if ((out->places = calloc(count, sizeof(*out->places))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		st = fill_option(scope, &options[i], out, &out->places[i], err);
		if (st != PO_OK)
			return st;
	}
	/* which may come from the caller instead of the file */
	out->provider = provider->name;
	/* a host may be longer than a label and still be shown */
	if (out->label == NULL)
		out->label = provider->host;
	if ((st = check_code(out, err)) != PO_OK ||
	    (st = check_browser(out, err)) != PO_OK ||
	    (st = check_liveness(out, err)) != PO_OK)
		return st;
	return check_identity(out, err);
}

bool
po_config_has_service(const struct po_config *config, const char *service)
{
	return po_config_section(config, "service", service) != PO_CONFIG_NONE;
}

enum po_status
po_config_settings(const struct po_config *config, const char *service,
    const char *provider, struct po_settings *out, struct po_err *err)
{
	struct scope scope = { .config = config, .service = PO_CONFIG_NONE };
	enum po_status st;

	memset(out, 0, sizeof(*out));
	out->service = service;
	if (service != NULL)
		scope.service = po_config_section(config, "service", service);
	if ((st = choose_provider(&scope, service, provider, err)) == PO_OK)
		st = fill(&scope, out, err);
	if (st != PO_OK)
		po_settings_clear(out);
	return st;
}

static void
clear_list(struct po_setting_list *list)
{
	free(list->text);
	free(list->place);
}

void
po_settings_clear(struct po_settings *settings)
{
	free(settings->places);
	clear_list(&settings->require);
	clear_list(&settings->api);
	clear_list(&settings->exports);
	memset(settings, 0, sizeof(*settings));
}

struct po_place
po_settings_place(const struct po_settings *settings, const char *option)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; settings->places != NULL && i < count; i++)
		if (strcmp(options[i].name, option) == 0)
			return settings->places[i];
	return (struct po_place){ .file = "", .line = 0 };
}

enum po_status
po_settings_blame(const struct po_settings *settings, const char *option,
    enum po_status status, struct po_err *err)
{
	struct po_place place = po_settings_place(settings, option);

	if (status != PO_OK)
		po_err_prefix(err, "%s:%u: %s", place.file, place.line, option);
	return status;
}

struct po_http_options
po_settings_http(const struct po_settings *settings)
{
	return (struct po_http_options){
		.ca_file = settings->ca_file,
		.ca_dir = settings->ca_dir,
		.proxy = settings->proxy,
		.connect_timeout_s = settings->connect_timeout_s,
		.request_timeout_s = settings->request_timeout_s,
	};
}
