/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of each type, of each option, and what a refusal says. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config_text.h"

static void
each_type_refuses_what_is_none_of_it(void **state PO_UNUSED)
{
	static const struct {
		enum po_option_type type;
		const char *value;
	} cases[] = {
		{ PO_OPTION_BOOL, "true" },
		{ PO_OPTION_BOOL, "Yes" },
		{ PO_OPTION_BOOL, "1" },
		{ PO_OPTION_INT, "x" },
		{ PO_OPTION_INT, "1000x" },
		{ PO_OPTION_INT, "+1000" },
		{ PO_OPTION_INT, "0x10" },
		{ PO_OPTION_INT, "1 000" },
		{ PO_OPTION_INT, "-1" },
		{ PO_OPTION_INT, "99999999999999999999" },
		{ PO_OPTION_SECONDS, "x" },
		{ PO_OPTION_SECONDS, "-30" },
		{ PO_OPTION_SECONDS, "30 s" },
		{ PO_OPTION_SECONDS, "30sec" },
		{ PO_OPTION_SECONDS, "0" },
		{ PO_OPTION_SECONDS, "99999999999999999999d" },
		{ PO_OPTION_ENUM, "Auto" },
		{ PO_OPTION_ENUM, "true" },
		{ PO_OPTION_URL, "http://x.example" },
		{ PO_OPTION_URL, "x.example" },
		{ PO_OPTION_URL, "https://" },
		{ PO_OPTION_URL, "https://u:p@x.example" },
		{ PO_OPTION_URL, "https://x.example/#a" },
		{ PO_OPTION_URL, "https://x.example/ a" },
		{ PO_OPTION_PATH, "corp.secret" },
		{ PO_OPTION_PATH, "~/corp.secret" },
		{ PO_OPTION_STRING, "\"quoted\"" },
		{ PO_OPTION_URL, "\"https://x.example\"" },
	};
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count * PO_ARRAY_LEN(cases); i++) {
		const struct po_option *option = &options[i % count];
		const char *value = cases[i / count].value;
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		struct po_err err = { 0 };

		/* a time of 0 is a time where the option has a use for it */
		if (option->type == PO_OPTION_SECONDS && option->min == 0 &&
		    strcmp(value, "0") == 0)
			continue;
		if (option->type != cases[i / count].type)
			continue;
		append_text(&text, option->section, option->name, value);
		if (po_config_parse("f", text.data, text.len, &config, &err) !=
		    PO_E_CONFIG)
			fail_msg("%s = %s was taken", option->name, value);
		/* FILE:LINE, and which option it is about */
		assert_true(strncmp(err.text, "f:", 2) == 0);
		assert_non_null(strstr(err.text, option->name));
	}
}

static void
bounds_are_inclusive(void **state PO_UNUSED)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++) {
		const struct po_option *o = &options[i];
		const int64_t values[] = { o->min - 1, o->min, o->max,
			o->max + 1 };

		if (o->type != PO_OPTION_INT && o->type != PO_OPTION_SECONDS)
			continue;
		for (size_t v = 0; v < PO_ARRAY_LEN(values); v++) {
			AUTO(po_buf_clear)
			struct po_buf text = PO_BUF_INIT(4096);
			AUTO(po_config_free) struct po_config *config = NULL;
			char value[32];

			(void)snprintf(
			    value, sizeof(value), "%jd", (intmax_t)values[v]);
			append_text(&text, o->section, o->name, value);
			assert_int_equal(po_config_parse("f", text.data,
					     text.len, &config, NULL),
			    v == 1 || v == 2 ? PO_OK : PO_E_CONFIG);
		}
	}
}

static void
strings_have_a_longest_length(void **state PO_UNUSED)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < count; i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(8192);
		AUTO(po_buf_clear) struct po_buf value = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		struct po_err err = { 0 };

		if (options[i].type != PO_OPTION_STRING)
			continue;
		while (value.len <= (size_t)options[i].max)
			po_buf_append_char(&value, 'x');
		append_text(&text, options[i].section, options[i].name,
		    po_buf_str(&value));
		assert_int_equal(
		    po_config_parse("f", text.data, text.len, &config, &err),
		    PO_E_CONFIG);
		assert_non_null(strstr(err.text, "longer than"));
	}
}

#define HOST_50 "a2345678.b2345678.c2345678.d2345678.e2345678.f234."
#define HOST_250 HOST_50 HOST_50 HOST_50 HOST_50 HOST_50

static void
options_have_rules_of_their_own(void **state PO_UNUSED)
{
	static const struct {
		const char *name, *value;
		bool good;
	} cases[] = {
		{ "scopes", "openid", true },
		{ "scopes", "groups openid", true },
		{ "scopes", "https://x.example/a openid", true },
		{ "scopes", "profile email", false },
		{ "scopes", "openid2", false },
		{ "scopes", "xopenid", false },
		{ "scopes", "openid,profile", false },
		{ "scopes", "openid  profile", false },
		{ "scopes", "openid gr\xC3\xBCppe", false },
		{ "issuer", "https://x.example:8443/a/", true },
		{ "issuer", "https://x.example/?tenant=1", false },
		/* the longest name of a host (RFC 1035 2.3.4), and one more */
		{ "issuer", "https://" HOST_250 "abc:8443/a", true },
		{ "issuer", "https://" HOST_250 "abcd:8443/a", false },
		{ "issuer", "https://" HOST_250 "abcd", false },
		{ "client_id", "cilogon:/client_id/1", true },
		{ "client_id", "caf\xC3\xA9", false },
		{ "label", "Caf\xC3\xA9", true },
		{ "label",
		    "0123456789012345678901234567890123456789012345678901234567"
		    "890123",
		    true },
		{ "label",
		    "0123456789012345678901234567890123456789012345678901234567"
		    "8901234",
		    false },
		{ "label",
		    "a\xE2\x80\xAE"
		    "b",
		    false }, /* U+202E */
		{ "label",
		    "a\xC2\x85"
		    "b",
		    false },
		{ "message", "Caf\xC3\xA9, 2nd floor", true },
		{ "message",
		    "a\xE2\x80\xA8"
		    "b",
		    false },
		{ "proxy", "http://10.0.0.1:3128", true },
		{ "proxy", "http://[2001:db8::1]:3128", true },
		{ "proxy", "http://proxy:1", true },
		{ "proxy", "https://proxy:3128", false },
		{ "proxy", "socks5://proxy:3128", false },
		{ "proxy", "proxy:3128", false },
		{ "proxy", "http://proxy", false },
		{ "proxy", "http://proxy:0", false },
		{ "proxy", "http://proxy:65536", false },
		{ "proxy", "http://proxy:3128/", false },
		{ "proxy", "http://u:p@proxy:3128", false },
		{ "proxy", "http://:3128", false },
		{ "proxy", "http://[]:3128", false },
		{ "proxy", "http://[x]:3128", false },
		{ "proxy", "http://2001:db8::1:3128", false },
		{ "browser", "/usr/bin/chromium", true },
		{ "browser", "/usr/bin/env DISPLAY=:0 web --kiosk", true },
		{ "browser", "chromium", false },
		{ "browser", "DISPLAY=:0 /usr/bin/web", false },
		{ "browser", "/usr/bin/\x1b[2J", false },
		{ "browser", "/usr/bin/caf\xc3\xa9", false },
		{ "browser_user", "webkiosk", true },
		{ "browser_user", "web kiosk", false },
		{ "browser_user", "-r", false },
		{ "redirect_uri", "https://sso.example.com/code", true },
		{ "redirect_uri", "http://127.0.0.1/", true },
		{ "redirect_uri", "http://[::1]:8400/x", true },
		{ "redirect_uri", "http://localhost/x", true },
		{ "redirect_uri", "https://sso.example.com", false },
		{ "redirect_uri", "https://sso.example.com/?x", false },
		{ "redirect_uri", "https://sso.example.com/#x", false },
		{ "redirect_uri", "https://sso.example.com/ x", false },
		{ "redirect_uri", "http://sso.example.com/", false },
		{ "redirect_uri", "http://127.0.0.1.evil.example/", false },
		{ "redirect_uri", "app.example:/code", false },
		{ "redirect_uri", "urn:ietf:wg:oauth:2.0:oob", false },
	};
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		const struct po_option *o = options;
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		struct po_err err = { 0 };

		while (strcmp(o->name, cases[i].name) != 0)
			assert_true(++o < options + count);
		append_text(&text, o->section, o->name, cases[i].value);
		if (po_config_parse("f", text.data, text.len, &config, &err) !=
		    (cases[i].good ? PO_OK : PO_E_CONFIG))
			fail_msg(
			    "%s = %s: %s", o->name, cases[i].value, err.text);
	}
}

static void
ten_mistakes_of_a_new_administrator(void **state PO_UNUSED)
{
	bad_config("[provider corp]\nisuer = https://x.example\n",
	    "f:2: unknown option \"isuer\"; did you mean \"issuer\"?");
	bad_config(CORP "client_secret = s3cret\n",
	    "f:4: unknown option \"client_secret\"; did you mean "
	    "\"client_secret_file\"?");
	bad_config(CORP "client_secret_file = s3cret\n",
	    "f:4: option \"client_secret_file\": not an absolute path");
	bad_config(CORP "[account]\nrequire = /groups has x\n",
	    "f:5: option \"require\" may not stand in [account]; it belongs "
	    "in [access]");
	bad_config("[provider corp]\nissuer = http://x.example\n",
	    "f:2: option \"issuer\": not an https URL, or with a user name "
	    "or a fragment");
	bad_config(CORP "scopes = profile email\n",
	    "f:4: option \"scopes\": the scope \"openid\" is missing");
	bad_config(CORP "[service sudo]\nflow = device ciba\n",
	    "f:5: option \"flow\": \"device ciba\" is not one of device, "
	    "ciba, ciba device, code, code loopback");
	bad_config(CORP "[account]\nallow_root = true\n",
	    "f:5: option \"allow_root\": \"true\" is not \"yes\" or \"no\"");
	bad_config(CORP "[limits]\ntimeout = 2 minutes\n",
	    "f:5: option \"timeout\": \"2 minutes\" is not a time from 10 to "
	    "900 seconds, such as 90, 90s or 15m");
	bad_config(CORP "client_auth = basic\n",
	    "f:4: option \"client_auth\": \"basic\" is not one of auto, none, "
	    "client_secret_basic, client_secret_post, client_secret_jwt, "
	    "private_key_jwt, tls_client_auth, self_signed_tls_client_auth");
	bad_config(CORP "[account]\nmin_uid = 1000\nmin_uid = 500\n",
	    "f:6: option \"min_uid\" stands in line 5 already");
	/* and two more */
	bad_config(CORP "client_id = \"linux-login\"\n",
	    "f:4: option \"client_id\" stands in line 3 already");
	bad_config("# nothing yet\n", "f: no section [provider NAME]");
}

#define ENDPOINTS                                                              \
	"device_authorization_endpoint = https://x.example/device\n"           \
	"token_endpoint = https://x.example/token\n"
#define GITHUB                                                                 \
	CORP ENDPOINTS "identity = api\nsubject = /user/id\n"                  \
		       "api = user https://api.x.example/user\n"

/* No option of a provider without ID tokens goes without effect. */
static void
identity_from_documents_needs_all_and_no_more(void **state PO_UNUSED)
{
	AUTO(po_config_free)
	struct po_config *config = good_config(GITHUB "scopes = read:user\n");
	AUTO(po_settings_clear) struct po_settings set = { 0 };
	AUTO(po_config_free) struct po_config *bare = good_config(GITHUB);
	AUTO(po_settings_clear) struct po_settings unset = { 0 };

	assert_int_equal(
	    po_config_settings(config, "sudo", NULL, &set, NULL), PO_OK);
	assert_int_equal(set.identity, PO_IDENTITY_API);
	assert_string_equal(set.scopes, "read:user");
	assert_int_equal(set.api.count, 1);
	assert_int_equal(set.api.place[0].line, 8);
	/* what OpenID Connect asks for means nothing there */
	assert_int_equal(
	    po_config_settings(bare, "sudo", NULL, &unset, NULL), PO_OK);
	assert_null(unset.scopes);

	bad_config(CORP ENDPOINTS "identity = api\nsubject = /user/id\n",
	    "f:6: option \"identity\": api needs \"api\" in [provider corp]");
	bad_config(CORP ENDPOINTS
	    "identity = api\napi = user https://x.example\n",
	    "f:6: option \"identity\": api needs \"subject\" in [provider "
	    "corp]");
	bad_config(CORP "identity = api\nsubject = /user/id\n"
			"api = user https://x.example\n"
			"token_endpoint = https://x.example/token\n",
	    "f:4: option \"identity\": api needs "
	    "\"device_authorization_endpoint\" in [provider corp]");
	bad_config(CORP "identity = api\nsubject = /user/id\n"
			"api = user https://x.example\n"
			"device_authorization_endpoint = https://x.example/\n",
	    "f:4: option \"identity\": api needs \"token_endpoint\" in "
	    "[provider corp]");
	bad_config(CORP "subject = /user/id\n",
	    "f:4: option \"subject\": the ID token says who it is, unless "
	    "identity = api");
	/* its own word does not help */
	bad_config(CORP "identity = id_token\nscopes = read:user\n",
	    "f:5: option \"scopes\": the scope \"openid\" is missing");
}

static void
without_id_tokens_their_options_are_refused(void **state PO_UNUSED)
{
	static const char *const lines[][2] = {
		{ "issuer_alias", "x" },
		{ "id_token_algs", "ES256" },
		{ "decryption_key_file", "/k" },
		{ "jwks_uri", "https://x.example/jwks" },
		{ "userinfo_endpoint", "https://x.example/userinfo" },
		{ "userinfo", "auto" },
		{ "nonce", "no" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(lines); i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		char message[PO_ERR_TEXT_MAX];

		po_buf_appendf(
		    &text, GITHUB "%s = %s\n", lines[i][0], lines[i][1]);
		(void)snprintf(message, sizeof(message),
		    "f:9: option \"%s\": there is no ID token with identity = "
		    "api",
		    lines[i][0]);
		bad_config(po_buf_str(&text), message);
	}
}

/* People put secrets in the wrong place; a log is one more wrong place. */
static void
values_of_texts_are_not_repeated(void **state PO_UNUSED)
{
	size_t count;
	const struct po_option *options = po_config_options(&count);
	static const char secret[] = "\"hunter2 \xC2\x85\"";

	for (size_t i = 0; i < count; i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		struct po_err err = { 0 };

		if (options[i].type != PO_OPTION_STRING &&
		    options[i].type != PO_OPTION_URL &&
		    options[i].type != PO_OPTION_PATH)
			continue;
		append_text(&text, options[i].section, options[i].name, secret);
		assert_int_equal(
		    po_config_parse("f", text.data, text.len, &config, &err),
		    PO_E_CONFIG);
		assert_null(strstr(err.text, "hunter2"));
	}
}

static void
methods_need_their_files_and_files_a_use(void **state PO_UNUSED)
{
	static const struct {
		const char *method, *file;
	} methods[] = {
		{ "client_secret_basic", "client_secret_file" },
		{ "client_secret_post", "client_secret_file" },
		{ "client_secret_jwt", "client_secret_file" },
		{ "private_key_jwt", "client_key_file" },
		{ "tls_client_auth", "client_certificate_file" },
		{ "self_signed_tls_client_auth", "client_certificate_file" },
	};
	static const char *const options[] = { "client_auth",
		"device_client_auth" };
	static const char *const with_key[][2] = {
		{ "client_certificate_file", "/etc/a.pem" },
		{ "client_key_id", "k" },
		{ "client_key_alg", "RS256" },
	};
	char text[512], message[512];

	for (size_t i = 0; i < 2 * PO_ARRAY_LEN(methods); i++) {
		const char *option = options[i % 2];
		const char *method = methods[i / 2].method;
		const char *file = methods[i / 2].file;
		AUTO(po_config_free) struct po_config *config = NULL;

		(void)snprintf(
		    text, sizeof(text), CORP "%s = %s\n", option, method);
		(void)snprintf(message, sizeof(message),
		    "f:4: option \"%s\": there is no \"%s\" in "
		    "[provider corp]",
		    option, file);
		bad_config(text, message);
		(void)snprintf(text, sizeof(text),
		    CORP "%s = %s\n%s = /etc/a\n%s", option, method, file,
		    strcmp(file, "client_certificate_file") == 0
			? "client_key_file = /etc/b\n"
			: "");
		config = good_config(text);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(with_key); i++) {
		(void)snprintf(text, sizeof(text), CORP "%s = %s\n",
		    with_key[i][0], with_key[i][1]);
		(void)snprintf(message, sizeof(message),
		    "f:4: option \"%s\": there is no \"client_key_file\" in "
		    "[provider corp]",
		    with_key[i][0]);
		bad_config(text, message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_refuses_what_is_none_of_it),
		cmocka_unit_test(bounds_are_inclusive),
		cmocka_unit_test(strings_have_a_longest_length),
		cmocka_unit_test(options_have_rules_of_their_own),
		cmocka_unit_test(ten_mistakes_of_a_new_administrator),
		cmocka_unit_test(identity_from_documents_needs_all_and_no_more),
		cmocka_unit_test(without_id_tokens_their_options_are_refused),
		cmocka_unit_test(methods_need_their_files_and_files_a_use),
		cmocka_unit_test(values_of_texts_are_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
