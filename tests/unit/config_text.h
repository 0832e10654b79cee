/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_CONFIG_TEXT_H
#define PO_TESTS_CONFIG_TEXT_H

#include <string.h>

#include "base/buf.h"
#include "io/config.h"

/* A provider that has all it must have, in three lines. */
#define CORP                                                                   \
	"[provider corp]\n"                                                    \
	"issuer = https://sso.example.com/realms/staff\n"                      \
	"client_id = linux-login\n"

/* Parses a text that is known to be good. */
static inline struct po_config *
good_config(const char *text)
{
	struct po_config *config = NULL;
	struct po_err err = { 0 };

	if (po_config_parse("f", text, strlen(text), &config, &err) != PO_OK)
		fail_msg("%s\n%s", err.text, text);
	return config;
}

/* Parses a text that must be refused with exactly this message. */
static inline void
bad_config(const char *text, const char *message)
{
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };

	if (po_config_parse("f", text, strlen(text), &config, &err) !=
		PO_E_CONFIG ||
	    err.status != PO_E_CONFIG || strcmp(err.text, message) != 0)
		fail_msg(
		    "\"%s\", expected \"%s\" of\n%s", err.text, message, text);
	assert_null(config);
}

/* "[KIND]" or "[KIND NAME]" for the one login that these tests look at. */
static inline void
append_section(struct po_buf *text, const char *kind)
{
	if (strcmp(kind, "provider") == 0)
		po_buf_append_str(text, "[provider corp]\n");
	else if (strcmp(kind, "service") == 0)
		po_buf_append_str(text, "[service sudo]\n");
	else
		po_buf_appendf(text, "[%s]\n", kind);
}

/* What goes together: `identity = api` and all that it needs. */
static const char *const api_options[][2] = {
	{ "identity", "api" },
	{ "subject", "/user/id" },
	{ "api", "user https://api.x.example/user" },
	{ "device_authorization_endpoint", "https://x.example/device" },
	{ "token_endpoint", "https://x.example/token" },
};

/* The same of `browser`. */
static const char *const browser_options[][2] = {
	{ "redirect_uri", "http://127.0.0.1/" },
	{ "flow", "code loopback" },
	{ "browser", "/usr/bin/web" },
	{ "browser_user", "web" },
};

static inline bool
is_browser(const char *name)
{
	return strncmp(name, "browser", strlen("browser")) == 0;
}

/* Each needs the file beside it. */
static const char *const companions[][2] = {
	{ "client_auth", "client_secret_file" },
	{ "client_key_id", "client_key_file" },
	{ "client_key_alg", "client_key_file" },
	{ "client_certificate_file", "client_key_file" },
};

static inline const char *
companion(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(companions); i++)
		if (strcmp(companions[i][0], name) == 0)
			return companions[i][1];
	return NULL;
}

/* Whether an option cannot stand without others; "scopes" goes with them. */
static inline bool
needs_others(const char *name)
{
	return strcmp(name, "identity") == 0 || strcmp(name, "subject") == 0;
}

static inline bool
goes_with(const char *name, const char *other)
{
	if (companion(name) != NULL && strcmp(companion(name), other) == 0)
		return true;
	for (size_t i = 0; i < PO_ARRAY_LEN(browser_options); i++)
		if (is_browser(name) &&
		    strcmp(browser_options[i][0], other) == 0)
			return true;
	for (size_t i = 0; i < PO_ARRAY_LEN(api_options); i++)
		if (strcmp(api_options[i][0], other) == 0)
			return needs_others(name);
	return needs_others(name) && strcmp(other, "scopes") == 0;
}

/*
 * A text of the providers corp and lab, which differ in their names alone,
 * and of one line more, NAME = VALUE in a section of `kind`; and those that
 * it needs.
 */
static inline void
append_text(
    struct po_buf *text, const char *kind, const char *name, const char *value)
{
	static const char issuer[] = "issuer = https://sso.example.com\n";
	static const char client_id[] = "client_id = linux-login\n";

	append_section(text, "provider");
	if (strcmp(name, "issuer") != 0)
		po_buf_append_str(text, issuer);
	if (strcmp(name, "client_id") != 0)
		po_buf_append_str(text, client_id);
	for (size_t i = 0; i < PO_ARRAY_LEN(api_options); i++)
		if (needs_others(name) && strcmp(api_options[i][0], name) != 0)
			po_buf_appendf(text, "%s = %s\n", api_options[i][0],
			    api_options[i][1]);
	for (size_t i = 0; i < PO_ARRAY_LEN(browser_options); i++)
		if (is_browser(name) &&
		    strcmp(browser_options[i][0], name) != 0)
			po_buf_appendf(text, "%s = %s\n", browser_options[i][0],
			    browser_options[i][1]);
	if (companion(name) != NULL)
		po_buf_appendf(text, "%s = /etc/file\n", companion(name));
	if (strcmp(kind, "provider") != 0)
		append_section(text, kind);
	po_buf_appendf(text, "%s = %s\n", name, value);
	po_buf_appendf(text, "[provider lab]\n%s%s", issuer, client_id);
}

/* The value as text, whatever its type. */
static inline void
append_value(struct po_buf *out, const struct po_option *option,
    const struct po_settings *settings)
{
	const void *at = (const char *)settings + option->offset;
	const char *text;
	const struct po_setting_list *list;

	switch (option->type) {
	case PO_OPTION_STRING:
	case PO_OPTION_URL:
	case PO_OPTION_PATH:
		text = *(const char *const *)at;
		po_buf_append_str(out, text == NULL ? "(none)" : text);
		break;
	case PO_OPTION_BOOL:
		po_buf_append_str(out, *(const bool *)at ? "yes" : "no");
		break;
	case PO_OPTION_INT:
	case PO_OPTION_SECONDS:
		po_buf_appendf(out, "%jd", (intmax_t) * (const int64_t *)at);
		break;
	case PO_OPTION_ENUM:
		po_buf_append_str(out, option->words[*(const int *)at]);
		break;
	case PO_OPTION_LIST:
		list = at;
		for (size_t i = 0; i < list->count; i++)
			po_buf_appendf(out, "%s\n", list->text[i]);
		break;
	}
}

#endif
