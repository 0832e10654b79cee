/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration is taken whole or refused with its file's name and a line
 * that it has.  What was taken says nothing that a reader who knows nothing
 * but lines and "=" does not find in the text, and gives settings for any
 * service, which those who compile them take or refuse.
 */

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "io/config.h"
#include "jose/alg.h"
#include "oauth/client_auth.h"
#include "policy/policy.h"

/* --- settings ------------------------------------------------------------- */

static const void *
target_of(const struct po_settings *s, const struct po_option *option)
{
	return (const char *)s + option->offset;
}

static const char *
text_of(const struct po_settings *s, const struct po_option *option)
{
	return *(const char *const *)target_of(s, option);
}

static void
check_text(const struct po_option *option, const char *text)
{
	require(text != NULL || !option->required);
	if (text == NULL)
		return;
	require(text[0] != '\0' && po_text_is_utf8(text, strlen(text)));
	if (option->type == PO_OPTION_URL)
		require(po_text_is_https_url(text));
	else if (option->type == PO_OPTION_PATH)
		require(text[0] == '/');
	else
		require(strlen(text) <= (size_t)option->max);
}

/* Every value is one that the table allows. */
static void
check_option(const struct po_settings *s, const struct po_option *option)
{
	const void *target = target_of(s, option);
	int64_t number = 0;
	int word = 0, words = 0;

	switch (option->type) {
	case PO_OPTION_STRING:
	case PO_OPTION_URL:
	case PO_OPTION_PATH:
		check_text(option, text_of(s, option));
		break;
	case PO_OPTION_INT:
	case PO_OPTION_SECONDS:
		memcpy(&number, target, sizeof(number));
		/* 0: not set, and there is no default */
		require((number == 0 && option->default_text == NULL) ||
			(number >= option->min && number <= option->max));
		break;
	case PO_OPTION_ENUM:
		memcpy(&word, target, sizeof(word));
		while (option->words[words] != NULL)
			words++;
		require(word >= 0 && word < words);
		break;
	case PO_OPTION_BOOL:
	case PO_OPTION_LIST:
		break;
	}
}

/* No method without what it needs. */
static void
check_method(const struct po_settings *s, int method)
{
	switch ((enum po_client_auth)method) {
	case PO_CLIENT_AUTH_SECRET_BASIC:
	case PO_CLIENT_AUTH_SECRET_POST:
	case PO_CLIENT_AUTH_SECRET_JWT:
		require(s->client_secret_file != NULL);
		break;
	case PO_CLIENT_AUTH_PRIVATE_KEY_JWT:
		require(s->client_key_file != NULL);
		break;
	case PO_CLIENT_AUTH_TLS:
	case PO_CLIENT_AUTH_SELF_SIGNED_TLS:
		require(s->client_certificate_file != NULL);
		break;
	case PO_CLIENT_AUTH_AUTO:
	case PO_CLIENT_AUTH_NONE:
	case PO_CLIENT_AUTH_COUNT:
		break;
	}
	require(
	    s->client_certificate_file == NULL || s->client_key_file != NULL);
}

/*
 * An expression may take 50 ms and more with sanitizers, an input ten seconds
 * (run_target): of all the settings that one has, the first so many rules.
 */
#define RULES_MAX 20
static size_t rules;

/* As the helper does before it asks anybody. */
static void
compile(const struct po_settings *s)
{
	AUTO(po_policy_free) struct po_policy *policy = NULL;
	const struct po_policy_options options = {
		.limits = { .min_uid = (uid_t)s->min_uid,
		    .allow_root = s->allow_root },
		.account = s->account,
		.mapping = { .username = s->username,
		    .username_match = s->username_match,
		    .username_format = s->username_format },
		.mapping_places = {
		    .username = po_settings_place(s, "username"),
		    .username_match = po_settings_place(s, "username_match"),
		    .username_format = po_settings_place(s, "username_format"),
		},
		.require = s->require.text,
		.require_places = s->require.place,
		.require_count = s->require.count,
	};
	struct po_err err = { 0 };
	po_alg_set algs = 0;
	enum po_status st = po_policy_new(&options, &policy, &err);

	require(err.status == st && (st == PO_OK) == (policy != NULL));
	require(st == PO_OK || st == PO_E_CONFIG);
	if (st == PO_OK) {
		/* min_uid is 1 at the least, and no line names root */
		require(po_policy_admit(policy, "root", 0, NULL) ==
			PO_E_ACCOUNT_ROOT);
		require(po_policy_admit(policy, "nobody", 65534, NULL) ==
			PO_E_ACCOUNT_UID);
	}
	if (s->id_token_algs != NULL &&
	    po_alg_set_parse(s->id_token_algs, &algs, NULL) == PO_OK)
		require(algs != 0 && algs < PO_ALG_BIT(PO_ALG_COUNT));
}

static void
use_settings(
    const struct po_config *config, const char *service, const char *provider)
{
	AUTO(po_settings_clear) struct po_settings s = { 0 };
	struct po_err err = { 0 };
	size_t count;
	const struct po_option *options = po_config_options(&count);

	if (po_config_settings(config, service, provider, &s, &err) != PO_OK) {
		require(err.status == PO_E_CONFIG && s.places == NULL);
		return;
	}
	require(s.provider != NULL && s.label != NULL && s.scopes != NULL);
	require(s.service == service);
	for (size_t i = 0; i < count; i++)
		check_option(&s, &options[i]);
	check_method(&s, s.client_auth);
	check_method(&s, s.device_client_auth);
	for (size_t i = 0; i < s.require.count; i++)
		require(s.require.text[i][0] != '\0' &&
			s.require.place[i].line != 0);
	rules += 1 + s.require.count;
	if (rules <= RULES_MAX)
		compile(&s);
}

/* --- what the text says --------------------------------------------------- */

static const struct po_option *
find_option(const char *name)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/* A copy without the blanks around it, NUL-terminated. */
static char *
trim(const char *text, size_t len)
{
	char *copy;

	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t", *text) != NULL) {
		text++;
		len--;
	}
	copy = po_mem_dup(text, len);
	require(copy != NULL);
	return copy;
}

/* What stands in [provider NAME] holds for NAME, from that very line. */
static void
check_effective(const struct po_config *config, const char *provider,
    const struct po_option *option, const char *value, unsigned line)
{
	AUTO(po_settings_clear) struct po_settings s = { 0 };
	const struct po_setting_list *list;

	if (po_config_settings(config, NULL, provider, &s, NULL) != PO_OK)
		return; /* something required is missing */
	if (option->type == PO_OPTION_STRING || option->type == PO_OPTION_URL ||
	    option->type == PO_OPTION_PATH)
		require(strcmp(text_of(&s, option), value) == 0);
	if (option->type != PO_OPTION_LIST) {
		require(po_settings_place(&s, option->name).line == line);
		return;
	}
	list = target_of(&s, option);
	for (size_t i = 0; i < list->count; i++)
		if (list->place[i].line == line) {
			require(strcmp(list->text[i], value) == 0);
			return;
		}
	require(false);
}

/* What somebody may have meant as a comment, and another parser take so. */
static bool
has_comment_inside(const char *line)
{
	bool quoted = false;

	for (; *line != '\0'; line++) {
		if (*line == '"')
			quoted = !quoted;
		if ((*line == ' ' || *line == '\t') &&
		    (line[1] == ';' || (line[1] == '#' && !quoted)))
			return true;
	}
	return false;
}

static void
check_line(const struct po_config *config, const char *line, unsigned number,
    char **provider)
{
	static const char section[] = "[provider ";
	const char *equals = strchr(line, '=');
	const struct po_option *option;

	if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
		return;
	if (line[0] == '[') {
		require(line[strlen(line) - 1] == ']');
		po_str_free(provider);
		if (strncmp(line, section, strlen(section)) == 0)
			*provider = trim(line + strlen(section),
			    strlen(line) - strlen(section) - 1);
		return;
	}
	require(equals != NULL && !has_comment_inside(line));
	{
		AUTO(po_str_free)
		char *name = trim(line, (size_t)(equals - line));
		AUTO(po_str_free)
		char *value = trim(equals + 1, strlen(equals + 1));

		option = find_option(name);
		require(option != NULL && value[0] != '\0');
		if (*provider != NULL)
			check_effective(
			    config, *provider, option, value, number);
	}
}

/* Few lines only: each asks for all settings. */
static void
check_lines(const struct po_config *config, const char *text, size_t size)
{
	AUTO(po_str_free) char *provider = NULL;
	const char *end = text + size;

	for (unsigned number = 1; text < end && number <= 100; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((newline == NULL ? end : newline) - text);
		AUTO(po_str_free) char *line = trim(text, len);

		check_line(config, line, number, &provider);
		text += len + 1;
	}
}

/* "conf:LINE: what", and the line is there. */
static void
check_refusal(const struct po_err *err, const char *text, size_t size)
{
	unsigned long lines = 1;
	char *end = NULL;
	unsigned long line;

	require(err->status == PO_E_CONFIG || err->status == PO_E_NOMEM);
	require(strncmp(err->text, "conf:", 5) == 0);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	line = strtoul(err->text + 5, &end, 10);
	/* of the whole, as when it has no provider, there is no line */
	require(
	    err->text[5] == ' ' || (line >= 1 && line <= lines && *end == ':'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };
	const char *provider;

	rules = 0;
	if (po_config_parse("conf", data, size, &config, &err) != PO_OK) {
		require(config == NULL);
		check_refusal(&err, (const char *)data, size);
		return 0;
	}
	require(err.status == PO_OK);
	use_settings(config, NULL, NULL);
	use_settings(config, "sshd", NULL);
	for (size_t i = 0;
	     (provider = po_config_provider(config, i)) != NULL && i < 8; i++)
		use_settings(config, "sudo", provider);
	/* among what a person may choose is nothing that is not there */
	for (size_t i = 0;
	     (provider = po_config_choice(config, "sudo", i)) != NULL; i++) {
		require(i < 9);
		use_settings(config, "sudo", provider);
	}
	check_lines(config, (const char *)data, size);
	return 0;
}
