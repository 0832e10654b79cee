/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be said of a configuration only when all of it is there: what needs
 * or excludes what, and which providers there are.  See config_model.h.
 */

#include "io/config_model.h"

#include <string.h>

#include "base/mem.h"
#include "base/message.h"
#include "io/config_options.h"

/* Keeps the host of an https URL that was checked: no port, no path. */
static enum po_status
keep_host(
    struct po_config_section *section, const char *issuer, struct po_err *err)
{
	const char *host = issuer + strlen("https://");
	size_t len = strcspn(host, "/:");

	if (*host == '[') /* RFC 3986 3.2.2 */
		len = strcspn(host, "]") + (strchr(host, ']') != NULL);
	if ((section->host = po_mem_dup(host, len)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	return PO_OK;
}

static enum po_status
refuse(const struct po_config *config, unsigned line, const char *option,
    const char *why, struct po_err *err)
{
	return po_err_set(err, PO_E_CONFIG, "%s:%u: option \"%s\": %s",
	    config->file, line, option, why);
}

static bool
has_scope(const char *scopes, const char *scope)
{
	size_t len = strlen(scope);

	for (const char *p = scopes; *p != '\0';) {
		size_t word = strcspn(p, " ");

		if (word == len && memcmp(p, scope, len) == 0)
			return true;
		p += word + (p[word] == ' ' ? 1 : 0);
	}
	return false;
}

/* identity = api: nobody but the administrator knows where to ask. */
static enum po_status
check_api(
    const struct po_config *config, size_t i, unsigned line, struct po_err *err)
{
	static const char *const needed[] = { "subject", "api",
		"device_authorization_endpoint", "token_endpoint" };
	static const char *const idle[] = { "issuer_alias", "id_token_algs",
		"decryption_key_file", "jwks_uri", "userinfo_endpoint",
		"userinfo", "nonce" };

	for (size_t n = 0; n < PO_ARRAY_LEN(needed); n++)
		if (po_config_entry(config, i, po_option_find(needed[n])) ==
		    NULL)
			return po_err_set(err, PO_E_CONFIG,
			    "%s:%u: option \"identity\": api needs \"%s\" in "
			    "[provider %s]",
			    config->file, line, needed[n],
			    config->sections[i].name);
	for (size_t n = 0; n < PO_ARRAY_LEN(idle); n++) {
		const struct po_config_entry *entry =
		    po_config_entry(config, i, po_option_find(idle[n]));

		if (entry != NULL)
			return refuse(config, entry->line, idle[n],
			    "there is no ID token with identity = api", err);
	}
	return PO_OK;
}

/* What makes the identity of a [provider]. */
static enum po_status
check_identity(const struct po_config *config, size_t i, struct po_err *err)
{
	const struct po_config_entry *identity =
	    po_config_entry(config, i, po_option_find("identity"));
	const struct po_config_entry *subject =
	    po_config_entry(config, i, po_option_find("subject"));
	const struct po_config_entry *scopes =
	    po_config_entry(config, i, po_option_find("scopes"));

	if (identity != NULL && strcmp(identity->text, "api") == 0)
		return check_api(config, i, identity->line, err);
	if (subject != NULL)
		return refuse(config, subject->line, "subject",
		    "the ID token says who it is, unless identity = api", err);
	/* OpenID Connect Core 3.1.2.1: without it there is no ID token */
	if (scopes != NULL && !has_scope(scopes->text, "openid"))
		return refuse(config, scopes->line, "scopes",
		    "the scope \"openid\" is missing", err);
	return PO_OK;
}

/* Whether an option stands there and, if `word` is not NULL, with that. */
static const struct po_config_entry *
find(const struct po_config *config, size_t i, const char *option,
    const char *word)
{
	const struct po_config_entry *entry =
	    po_config_entry(config, i, po_option_find(option));

	return entry != NULL && word != NULL && strcmp(entry->text, word) != 0
		   ? NULL
		   : entry;
}

/* What this host proves itself with: all that is needed, nothing idle. */
static enum po_status
check_client(const struct po_config *config, size_t i, struct po_err *err)
{
	static const struct {
		const char *option, *word, *needs;
	} needs[] = {
		{ "client_auth", "client_secret_basic", "client_secret_file" },
		{ "client_auth", "client_secret_post", "client_secret_file" },
		{ "client_auth", "client_secret_jwt", "client_secret_file" },
		{ "client_auth", "private_key_jwt", "client_key_file" },
		{ "client_auth", "tls_client_auth", "client_certificate_file" },
		{ "client_auth", "self_signed_tls_client_auth",
		    "client_certificate_file" },
		{ "client_certificate_file", NULL, "client_key_file" },
		{ "client_key_id", NULL, "client_key_file" },
		{ "client_key_alg", NULL, "client_key_file" },
	};
	const struct po_config_entry *entry, *device;

	for (size_t n = 0; n < PO_ARRAY_LEN(needs); n++) {
		entry = find(config, i, needs[n].option, needs[n].word);
		device =
		    strcmp(needs[n].option, "client_auth") != 0
			? NULL
			: find(config, i, "device_client_auth", needs[n].word);
		if (entry == NULL)
			entry = device;
		if (entry != NULL &&
		    find(config, i, needs[n].needs, NULL) == NULL)
			return po_err_set(err, PO_E_CONFIG,
			    "%s:%u: option \"%s\": there is no \"%s\" in "
			    "[provider %s]",
			    config->file, entry->line, entry->option->name,
			    needs[n].needs, config->sections[i].name);
	}
	return PO_OK;
}

/* Of http, on this host, any name and, without one, any port will do. */
static const char *
place_of(const struct po_config_entry *redirect_uri)
{
	const char *uri = redirect_uri->text;

	return strncmp(uri, "https", 5) == 0
		   ? uri
		   : strchr(uri + strlen("http://"), '/');
}

/*
 * A provider that is hostile may have people bring us another one's code.
 * Where it comes back to tells (RFC 9700 4.4.2.2), for not all send an iss.
 */
static enum po_status
check_redirect(const struct po_config *config, size_t i, struct po_err *err)
{
	const struct po_config_entry *mine =
	    find(config, i, "redirect_uri", NULL);

	for (size_t n = 0; mine != NULL && n < i; n++) {
		const struct po_config_entry *other =
		    find(config, n, "redirect_uri", NULL);
		const struct po_config_entry *issuer =
		    find(config, n, "issuer", NULL);

		if (other != NULL &&
		    strcmp(place_of(mine), place_of(other)) == 0 &&
		    (issuer == NULL ||
			find(config, i, "issuer", issuer->text) == NULL))
			return po_err_set(err, PO_E_CONFIG,
			    "%s:%u: option \"redirect_uri\": [provider %s] "
			    "comes back to the same place: each needs its "
			    "own (RFC 9700 4.4.2.2)",
			    config->file, mine->line, config->sections[n].name);
	}
	return PO_OK;
}

/* The provider that the first word of `words` names. */
static size_t
provider_of(const struct po_config *config, const char *words)
{
	size_t len = strcspn(words, " ");

	for (size_t i = 0; i < config->section_count; i++) {
		const struct po_config_section *section = &config->sections[i];

		if (strcmp(section->kind, "provider") == 0 &&
		    strlen(section->name) == len &&
		    memcmp(section->name, words, len) == 0)
			return i;
	}
	return PO_CONFIG_NONE;
}

static const char *
next_word(const char *words)
{
	words += strcspn(words, " ");
	return words + strspn(words, " ");
}

/* The providers of a service: each one there is, and once. */
static enum po_status
check_choices(const struct po_config *config,
    const struct po_config_entry *entry, struct po_err *err)
{
	size_t count = 0;

	for (const char *p = entry->text; *p != '\0'; p = next_word(p)) {
		size_t at = provider_of(config, p);

		if (at == PO_CONFIG_NONE)
			return po_err_set(err, PO_E_CONFIG,
			    "%s:%u: option \"provider\": there is no "
			    "[provider %.*s]",
			    config->file, entry->line, (int)strcspn(p, " "), p);
		for (const char *q = entry->text; q != p; q = next_word(q))
			if (provider_of(config, q) == at)
				return refuse(config, entry->line, "provider",
				    "the same one twice", err);
		count++;
	}
	if (count > PO_QUESTION_CHOICES_MAX)
		return refuse(config, entry->line, "provider",
		    "more than 9 to choose from", err);
	return PO_OK;
}

/* What a section says that only the whole can judge. */
static enum po_status
check_section(struct po_config *config, size_t i, struct po_err *err)
{
	struct po_config_section *section = &config->sections[i];
	const struct po_config_entry *issuer =
	    po_config_entry(config, i, po_option_find("issuer"));
	const struct po_config_entry *ca_dir =
	    po_config_entry(config, i, po_option_find("ca_dir"));
	const struct po_config_entry *provider =
	    po_config_entry(config, i, po_option_find("provider"));
	enum po_status st;

	if ((st = check_identity(config, i, err)) != PO_OK ||
	    (st = check_client(config, i, err)) != PO_OK ||
	    (st = check_redirect(config, i, err)) != PO_OK)
		return st;
	if (ca_dir != NULL &&
	    po_config_entry(config, i, po_option_find("ca_file")) != NULL)
		return po_err_set(err, PO_E_CONFIG,
		    "%s:%u: option \"ca_dir\": there is a \"ca_file\" in [%s "
		    "%s] already",
		    config->file, ca_dir->line, section->kind, section->name);
	if (provider != NULL &&
	    (st = check_choices(config, provider, err)) != PO_OK)
		return st;
	return issuer == NULL ? PO_OK : keep_host(section, issuer->text, err);
}

enum po_status
po_config_check(struct po_config *config, struct po_err *err)
{
	enum po_status st;

	if (po_config_provider(config, 0) == NULL)
		return po_err_set(err, PO_E_CONFIG,
		    "%s: no section [provider NAME]", config->file);
	for (size_t i = 0; i < config->section_count; i++)
		if ((st = check_section(config, i, err)) != PO_OK)
			return st;
	return PO_OK;
}

const char *
po_config_provider(const struct po_config *config, size_t i)
{
	for (size_t at = 0; at < config->section_count; at++) {
		const struct po_config_section *section = &config->sections[at];

		if (strcmp(section->kind, "provider") == 0 && i-- == 0)
			return section->name;
	}
	return NULL;
}

const char *
po_config_choice(const struct po_config *config, const char *service, size_t i)
{
	const struct po_config_entry *entry = NULL;
	const char *words;

	if (service != NULL)
		entry = po_config_entry(config,
		    po_config_section(config, "service", service),
		    po_option_find("provider"));
	if (entry == NULL)
		return i == 0 ? po_config_provider(config, 0) : NULL;
	for (words = entry->text; i > 0 && *words != '\0'; i--)
		words = next_word(words);
	return *words == '\0'
		   ? NULL
		   : config->sections[provider_of(config, words)].name;
}
