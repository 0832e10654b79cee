/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option table, row by row.  Whoever adds an option adds it to `samples`,
 * or two tests fail.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/message.h"
#include "config_text.h"
#include "oauth/client_auth.h"

/* For each option a good value that is not its default. */
static const struct sample {
	const char *name, *value;
} samples[] = {
	{ "label", "Example SSO" },
	{ "issuer", "https://other.example" },
	{ "issuer_alias", "other.example" },
	{ "client_id", "other" },
	{ "client_secret_file", "/etc/pam_oauth/corp.secret" },
	{ "client_auth", "client_secret_post" },
	{ "device_client_auth", "none" },
	{ "client_key_file", "/etc/pam_oauth/client.key" },
	{ "client_key_id", "key-1" },
	{ "client_key_alg", "PS256" },
	{ "client_assertion_audience", "endpoint" },
	{ "client_certificate_file", "/etc/pam_oauth/client.pem" },
	{ "pkce", "yes" },
	{ "scopes", "openid groups" },
	{ "id_token_algs", "ES256 RS256" },
	{ "decryption_key_file", "/etc/pam_oauth/corp.key" },
	{ "device_authorization_endpoint", "https://x.example/device" },
	{ "token_endpoint", "https://x.example/token" },
	{ "userinfo_endpoint", "https://x.example/userinfo" },
	{ "jwks_uri", "https://x.example/jwks" },
	{ "ca_file", "/etc/pam_oauth/ca.pem" },
	{ "ca_dir", "/etc/pam_oauth/ca" },
	{ "proxy", "http://proxy.example:3128" },
	{ "connect_timeout", "7s" },
	{ "request_timeout", "1m" },
	{ "nonce", "no" },
	{ "cache", "no" },
	{ "userinfo", "never" },
	{ "identity", "api" },
	{ "subject", "/user/id" },
	{ "api", "user https://api.x.example/user" },
	{ "revocation_endpoint", "https://x.example/revoke" },
	{ "backchannel_authentication_endpoint", "https://x.example/bc" },
	{ "login_hint", "{user}@example.com" },
	{ "user_code", "yes" },
	{ "binding_message", "{host}#{code}" },
	{ "authorization_endpoint", "https://sso.example.com/auth" },
	{ "redirect_uri", "https://sso.example.com/code" },
	{ "username", "/nickname" },
	{ "username_match", "([a-z]+)@example\\.com" },
	{ "username_format", "x-\\1" },
	{ "map_file", "/etc/pam_oauth/accounts" },
	{ "bind", "first_use" },
	{ "min_uid", "500" },
	{ "allow_root", "yes" },
	{ "liveness", "refresh" },
	{ "liveness_grace", "0" },
	{ "liveness_interval", "5m" },
	{ "liveness_missing", "refuse" },
	{ "require", "/groups has linux-users" },
	{ "flow", "ciba" },
	{ "max_age", "15m" },
	{ "acr_values", "mfa phr" },
	{ "style", "enter" },
	{ "qr", "off" },
	{ "message", "Sign in with your badge" },
	{ "ask", "yes" },
	{ "browser", "/usr/bin/chromium --kiosk" },
	{ "browser_user", "webkiosk" },
	{ "confirm", "yes" },
	{ "timeout", "2m" },
	{ "max_pending", "2" },
	{ "max_pending_total", "20" },
	{ "export", "OIDC_NAME /name" },
	{ "keep_token", "access_token" },
	{ "provider", "lab" },
	{ "account", "kiosk" },
	{ "kiosk", "yes" },
};

static const char *
sample_of(const struct po_option *option)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(samples); i++)
		if (strcmp(samples[i].name, option->name) == 0)
			return samples[i].value;
	fail_msg("option \"%s\" has no sample in this test", option->name);
	return NULL;
}

static void
rows_are_complete_and_distinct(void **state PO_UNUSED)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	assert_int_equal(count, PO_ARRAY_LEN(samples));
	for (size_t i = 0; i < count; i++) {
		const struct po_option *o = &options[i];

		assert_true(strlen(o->name) < 49); /* inih */
		assert_non_null(strstr("provider account access prompt "
				       "limits session service",
		    o->section));
		assert_true(strlen(o->doc) > 10);
		assert_null(strchr(o->doc, '\n'));
		assert_true((o->words != NULL) == (o->type == PO_OPTION_ENUM));
		assert_true(o->min <= o->max);
		if (o->type == PO_OPTION_STRING)
			assert_true(o->max > 0);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(o->name, options[j].name);
			assert_int_not_equal(o->offset, options[j].offset);
		}
	}
}

static void
assert_only_moved(const struct po_option *moved, const struct po_settings *set,
    const struct po_settings *unset)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++) {
		AUTO(po_buf_clear) struct po_buf after = PO_BUF_INIT(4096);
		AUTO(po_buf_clear) struct po_buf before = PO_BUF_INIT(4096);
		bool same;

		/* the default label is made from the issuer */
		if (strcmp(moved->name, "issuer") == 0 &&
		    strcmp(options[i].name, "label") == 0)
			continue;
		/* one push at a time */
		if (strcmp(moved->name, "flow") == 0 &&
		    strcmp(options[i].name, "max_pending") == 0)
			continue;
		if (moved != &options[i] &&
		    goes_with(moved->name, options[i].name))
			continue;
		append_value(&after, &options[i], set);
		append_value(&before, &options[i], unset);
		same = strcmp(po_buf_str(&after), po_buf_str(&before)) == 0;
		/* of one word there is nowhere to move to */
		if (moved == &options[i] && moved->words != NULL &&
		    moved->words[1] == NULL)
			same = false;
		if (same != (moved != &options[i]))
			fail_msg("%s = %s: %s was %s, is %s", moved->name,
			    sample_of(moved), options[i].name,
			    po_buf_str(&before), po_buf_str(&after));
	}
}

static void
each_option_moves_its_own_value(void **state PO_UNUSED)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);
	AUTO(po_buf_clear) struct po_buf plain = PO_BUF_INIT(4096);
	AUTO(po_config_free) struct po_config *without = NULL;
	AUTO(po_settings_clear) struct po_settings unset = { 0 };

	append_text(&plain, "service", "# comment", "nothing");
	without = good_config(po_buf_str(&plain));
	assert_int_equal(
	    po_config_settings(without, "sudo", NULL, &unset, NULL), PO_OK);
	for (size_t i = 0; i < count; i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		AUTO(po_settings_clear) struct po_settings set = { 0 };

		append_text(&text, options[i].section, options[i].name,
		    sample_of(&options[i]));
		config = good_config(po_buf_str(&text));
		assert_int_equal(
		    po_config_settings(config, "sudo", NULL, &set, NULL),
		    PO_OK);
		assert_only_moved(&options[i], &set, &unset);
	}
}

static void
defaults_are_as_documented(void **state PO_UNUSED)
{
	AUTO(po_config_free) struct po_config *config = good_config(CORP);
	AUTO(po_settings_clear) struct po_settings s = { 0 };

	assert_int_equal(
	    po_config_settings(config, "sudo", NULL, &s, NULL), PO_OK);
	assert_string_equal(s.provider, "corp");
	assert_string_equal(s.service, "sudo");
	assert_string_equal(s.label, "sso.example.com");
	assert_string_equal(s.issuer, "https://sso.example.com/realms/staff");
	assert_string_equal(s.client_id, "linux-login");
	assert_null(s.client_secret_file);
	assert_int_equal(s.client_auth, PO_CLIENT_AUTH_AUTO);
	assert_int_equal(s.device_client_auth, PO_CLIENT_AUTH_AUTO);
	assert_null(s.client_key_file);
	assert_null(s.client_key_id);
	assert_int_equal(s.client_key_alg, 0);
	assert_int_equal(s.client_assertion_audience, PO_AUDIENCE_ISSUER);
	assert_null(s.client_certificate_file);
	assert_int_equal(s.pkce, PO_PKCE_AUTO);
	assert_string_equal(s.scopes, "openid profile email");
	assert_null(s.id_token_algs);
	assert_null(s.endpoints.token_endpoint);
	assert_null(s.proxy);
	assert_int_equal(s.connect_timeout_s, 5);
	assert_int_equal(s.request_timeout_s, 10);
	assert_true(s.nonce);
	assert_true(s.cache);
	assert_int_equal(s.userinfo, PO_USERINFO_AUTO);
	assert_string_equal(s.username, "/preferred_username");
	assert_null(s.username_match);
	assert_null(s.username_format);
	assert_int_equal(s.min_uid, 1000);
	assert_false(s.allow_root);
	assert_int_equal(s.identity, PO_IDENTITY_ID_TOKEN);
	assert_null(s.subject);
	assert_int_equal(s.api.count, 0);
	assert_null(s.endpoints.revocation_endpoint);
	assert_null(s.endpoints.backchannel_authentication_endpoint);
	assert_string_equal(s.login_hint, "{user}");
	assert_false(s.user_code);
	assert_string_equal(
	    s.binding_message, "{host}_{service}_{command}#{code}");
	assert_null(s.map_file);
	assert_int_equal(s.bind, PO_BIND_OFF);
	assert_int_equal(s.liveness, PO_LIVENESS_OFF);
	assert_int_equal(s.liveness_grace_s, 3600);
	assert_int_equal(s.liveness_interval_s, 60);
	assert_int_equal(s.liveness_missing, PO_LIVENESS_ALLOW);
	assert_int_equal(s.require.count, 0);
	assert_int_equal(s.flow, PO_FLOW_KIND_DEVICE);
	assert_int_equal(s.max_age_s, 0);
	assert_null(s.acr_values);
	assert_int_equal(s.exports.count, 0);
	assert_int_equal(s.keep_token, PO_KEEP_NONE);
	assert_int_equal(s.max_pending, 10);
	assert_int_equal(s.max_pending_total, 500);
	assert_null(s.account);
	assert_false(s.kiosk);
	assert_int_equal(s.prompt, PO_PROMPT_AUTO);
	assert_int_equal(s.qr, PO_QR_AUTO);
	assert_null(s.message);
	assert_false(s.ask);
	assert_false(s.confirm);
	assert_int_equal(s.timeout_s, 300);
}

#define METHODS(option)                                                        \
	{ option, PO_CLIENT_AUTH_AUTO, "auto" },                               \
	    { option, PO_CLIENT_AUTH_NONE, "none" },                           \
	    { option, PO_CLIENT_AUTH_SECRET_BASIC, "client_secret_basic" },    \
	    { option, PO_CLIENT_AUTH_SECRET_POST, "client_secret_post" },      \
	    { option, PO_CLIENT_AUTH_SECRET_JWT, "client_secret_jwt" },        \
	    { option, PO_CLIENT_AUTH_PRIVATE_KEY_JWT, "private_key_jwt" },     \
	    { option, PO_CLIENT_AUTH_TLS, "tls_client_auth" },                 \
	{                                                                      \
		option, PO_CLIENT_AUTH_SELF_SIGNED_TLS,                        \
		    "self_signed_tls_client_auth"                              \
	}

static void
words_follow_the_enums(void **state PO_UNUSED)
{
	static const struct {
		const char *option;
		int value;
		const char *word;
	} cases[] = {
		METHODS("client_auth"),
		METHODS("device_client_auth"),
		{ "client_key_alg", 0, "auto" },
		{ "client_key_alg", 1 + PO_ALG_RS256, "RS256" },
		{ "client_key_alg", 1 + PO_ALG_RS384, "RS384" },
		{ "client_key_alg", 1 + PO_ALG_RS512, "RS512" },
		{ "client_key_alg", 1 + PO_ALG_PS256, "PS256" },
		{ "client_key_alg", 1 + PO_ALG_PS384, "PS384" },
		{ "client_key_alg", 1 + PO_ALG_PS512, "PS512" },
		{ "client_key_alg", 1 + PO_ALG_ES256, "ES256" },
		{ "client_key_alg", 1 + PO_ALG_ES384, "ES384" },
		{ "client_key_alg", 1 + PO_ALG_ES512, "ES512" },
		{ "client_key_alg", 1 + PO_ALG_EDDSA, "EdDSA" },
		{ "client_key_alg", 1 + PO_ALG_ED25519, "Ed25519" },
		{ "client_assertion_audience", PO_AUDIENCE_ISSUER, "issuer" },
		{ "client_assertion_audience", PO_AUDIENCE_TOKEN_ENDPOINT,
		    "token_endpoint" },
		{ "client_assertion_audience", PO_AUDIENCE_ENDPOINT,
		    "endpoint" },
		{ "pkce", PO_PKCE_AUTO, "auto" },
		{ "pkce", PO_PKCE_YES, "yes" },
		{ "pkce", PO_PKCE_NO, "no" },
		{ "userinfo", PO_USERINFO_AUTO, "auto" },
		{ "userinfo", PO_USERINFO_ALWAYS, "always" },
		{ "userinfo", PO_USERINFO_NEVER, "never" },
		{ "identity", PO_IDENTITY_ID_TOKEN, "id_token" },
		{ "identity", PO_IDENTITY_API, "api" },
		{ "bind", PO_BIND_OFF, "off" },
		{ "bind", PO_BIND_FIRST_USE, "first_use" },
		{ "liveness", PO_LIVENESS_OFF, "off" },
		{ "liveness", PO_LIVENESS_REFRESH, "refresh" },
		{ "liveness_missing", PO_LIVENESS_ALLOW, "allow" },
		{ "liveness_missing", PO_LIVENESS_REFUSE, "refuse" },
		{ "flow", PO_FLOW_KIND_DEVICE, "device" },
		{ "flow", PO_FLOW_KIND_CIBA, "ciba" },
		{ "flow", PO_FLOW_KIND_CIBA_DEVICE, "ciba device" },
		{ "flow", PO_FLOW_KIND_CODE, "code" },
		{ "flow", PO_FLOW_KIND_CODE_LOOPBACK, "code loopback" },
		{ "style", PO_PROMPT_AUTO, "auto" },
		{ "style", PO_PROMPT_INFO, "info" },
		{ "style", PO_PROMPT_ENTER, "enter" },
		{ "qr", PO_QR_AUTO, "auto" },
		{ "qr", PO_QR_UTF8, "utf8" },
		{ "qr", PO_QR_ASCII, "ascii" },
		{ "qr", PO_QR_OFF, "off" },
		{ "keep_token", PO_KEEP_NONE, "off" },
		{ "keep_token", PO_KEEP_ACCESS_TOKEN, "access_token" },
		{ "keep_token", PO_KEEP_ID_TOKEN, "id_token" },
		{ "keep_token", PO_KEEP_REFRESH_TOKEN, "refresh_token" },
	};
	size_t count, words = 0;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++)
		for (size_t w = 0;
		     options[i].words != NULL && options[i].words[w] != NULL;
		     w++) {
			assert_true(words < PO_ARRAY_LEN(cases));
			assert_string_equal(
			    cases[words].option, options[i].name);
			assert_int_equal(cases[words].value, w);
			assert_string_equal(
			    cases[words++].word, options[i].words[w]);
		}
	assert_int_equal(words, PO_ARRAY_LEN(cases));
}

static bool
may_stand_in(const struct po_option *option, const char *kind)
{
	const char *home = option->section;

	if (strcmp(home, kind) == 0)
		return true;
	if (strcmp(kind, "service") == 0)
		return strcmp(home, "provider") != 0;
	return strcmp(kind, "provider") == 0 &&
	       (strcmp(home, "account") == 0 || strcmp(home, "access") == 0 ||
		   strcmp(home, "prompt") == 0 || strcmp(home, "session") == 0);
}

static void
each_option_stands_where_it_may(void **state PO_UNUSED)
{
	static const char *const kinds[] = { "provider", "account", "access",
		"prompt", "limits", "session", "service" };
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count * PO_ARRAY_LEN(kinds); i++) {
		const struct po_option *option = &options[i % count];
		const char *kind = kinds[i / count];
		const char *home = option->section;
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		bool named = strcmp(home, "provider") == 0 ||
			     strcmp(home, "service") == 0;
		struct po_err err = { 0 };
		char message[PO_ERR_TEXT_MAX];

		append_text(&text, kind, option->name, sample_of(option));
		(void)snprintf(message, sizeof(message),
		    ": option \"%s\" may not stand in [%s]; it belongs in "
		    "[%s%s]",
		    option->name, kind, home, named ? " NAME" : "");
		assert_int_equal(
		    po_config_parse("f", text.data, text.len, &config, &err),
		    may_stand_in(option, kind) ? PO_OK : PO_E_CONFIG);
		if (!may_stand_in(option, kind))
			assert_non_null(strstr(err.text, message));
	}
}

static void
each_option_stands_once_in_a_section(void **state PO_UNUSED)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++) {
		const struct po_option *option = &options[i];
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		struct po_err err = { 0 };
		bool list = option->type == PO_OPTION_LIST;
		char twice[512];

		(void)snprintf(twice, sizeof(twice), "%s\n%s = %s",
		    sample_of(option), option->name, sample_of(option));
		append_text(&text, option->section, option->name, twice);
		assert_int_equal(
		    po_config_parse("f", text.data, text.len, &config, &err),
		    list ? PO_OK : PO_E_CONFIG);
		if (!list)
			assert_non_null(strstr(err.text, "stands in line"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete_and_distinct),
		cmocka_unit_test(each_option_moves_its_own_value),
		cmocka_unit_test(defaults_are_as_documented),
		cmocka_unit_test(words_follow_the_enums),
		cmocka_unit_test(each_option_stands_where_it_may),
		cmocka_unit_test(each_option_stands_once_in_a_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
