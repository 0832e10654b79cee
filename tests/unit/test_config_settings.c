/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of one service: which section speaks, and from where. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config_text.h"

/* [home] [provider] [service]: each subset of them, and who speaks. */
static void
the_most_specific_section_speaks(void **state PO_UNUSED)
{
	static const struct {
		const char *home, *name;
		const char *values[3]; /* home, provider, service */
	} cases[] = {
		{ "account", "username", { "/a", "/b", "/c" } },
		{ "account", "min_uid", { "1", "2", "3" } },
		{ "account", "username_match", { "a", "b", "c" } },
		{ "prompt", "message", { "a", "b", "c" } },
		{ "prompt", "qr", { "off", "utf8", "ascii" } },
		{ "limits", "timeout", { "11", NULL, "13" } },
		{ "access", "max_age", { "11", "12", "13" } },
		{ "access", "acr_values", { "a", "b", "c" } },
		{ "prompt", "style", { "auto", "info", "enter" } },
	};
	size_t count;
	const struct po_option *options = po_config_options(&count);

	for (size_t i = 0; i < PO_ARRAY_LEN(cases) * 8; i++) {
		const char *const *values = cases[i / 8].values;
		const char *const kinds[] = { cases[i / 8].home, "provider",
			"service" };
		const char *name = cases[i / 8].name, *expected = NULL;
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(4096);
		AUTO(po_buf_clear) struct po_buf value = PO_BUF_INIT(4096);
		AUTO(po_config_free) struct po_config *config = NULL;
		AUTO(po_settings_clear) struct po_settings settings = { 0 };
		const struct po_option *option = options;
		unsigned line = 0;

		while (strcmp(option->name, name) != 0)
			option++;
		/* lines 1-3, 4; then two lines for each section that speaks */
		po_buf_append_str(&text, CORP);
		po_buf_appendf(&text,
		    (i & 2) != 0 && values[1] != NULL ? "%s = %s\n" : "\n",
		    name, values[1] == NULL ? "" : values[1]);
		if ((i & 1) != 0) {
			append_section(&text, kinds[0]);
			po_buf_appendf(&text, "%s = %s\n", name, values[0]);
			expected = values[0];
			line = 6;
		}
		if ((i & 2) != 0 && values[1] != NULL) {
			expected = values[1];
			line = 4;
		}
		if ((i & 4) != 0) {
			append_section(&text, kinds[2]);
			po_buf_appendf(&text, "%s = %s\n", name, values[2]);
			expected = values[2];
			line = (i & 1) != 0 ? 8 : 6;
		}
		config = good_config(po_buf_str(&text));
		assert_int_equal(
		    po_config_settings(config, "sudo", NULL, &settings, NULL),
		    PO_OK);
		append_value(&value, option, &settings);
		if (expected != NULL)
			assert_string_equal(po_buf_str(&value), expected);
		assert_int_equal(po_settings_place(&settings, name).line, line);
		assert_string_equal(
		    po_settings_place(&settings, name).file, "f");
	}
}

static void
another_service_or_provider_does_not_speak(void **state PO_UNUSED)
{
	AUTO(po_config_free)
	struct po_config *config =
	    good_config(CORP "[service sudo]\nmin_uid = 1\n"
			     "[provider lab]\nissuer = https://lab.example\n"
			     "client_id = x\nusername = /sub\n");
	AUTO(po_settings_clear) struct po_settings settings = { 0 };

	assert_int_equal(
	    po_config_settings(config, "sudo-i", NULL, &settings, NULL), PO_OK);
	assert_int_equal(settings.min_uid, 1000);
	assert_string_equal(settings.username, "/preferred_username");
	assert_string_equal(settings.service, "sudo-i");
}

static void
require_lines_add_up_in_order(void **state PO_UNUSED)
{
	AUTO(po_config_free)
	struct po_config *config =
	    good_config("[service sudo]\nrequire = /s1 has a\n"
			"require = /s2 has a\n" CORP "require = /p has a\n"
			"[access]\nrequire = /a1 has a\nrequire = /a2 has a\n"
			"[service su]\nrequire = /x has a\n");
	AUTO(po_settings_clear) struct po_settings settings = { 0 };
	static const struct {
		const char *text;
		unsigned line;
	} expected[] = { { "/a1 has a", 9 }, { "/a2 has a", 10 },
		{ "/p has a", 7 }, { "/s1 has a", 2 }, { "/s2 has a", 3 } };

	assert_int_equal(
	    po_config_settings(config, "sudo", NULL, &settings, NULL), PO_OK);
	assert_int_equal(settings.require.count, PO_ARRAY_LEN(expected));
	for (size_t i = 0; i < PO_ARRAY_LEN(expected); i++) {
		assert_string_equal(settings.require.text[i], expected[i].text);
		assert_int_equal(
		    settings.require.place[i].line, expected[i].line);
		assert_string_equal(settings.require.place[i].file, "f");
	}
}

/* MFA fatigue: the second push is an attacker's, or nobody's. */
static void
one_push_at_a_time_unless_more_are_allowed(void **state PO_UNUSED)
{
	static const struct {
		const char *text;
		int max_pending;
	} cases[] = {
		{ CORP "flow = device\n", 10 },
		{ CORP "flow = ciba\n", 1 },
		{ CORP "[access]\nflow = ciba device\n", 1 },
		{ CORP "[service sudo]\nflow = ciba\n", 1 },
		{ CORP "[service su]\nflow = ciba\n", 10 },
		{ CORP "flow = ciba\n[service sudo]\nflow = device\n", 10 },
		{ CORP "flow = ciba\n[limits]\nmax_pending = 3\n", 3 },
		{ CORP "flow = code\nredirect_uri = https://a.example/\n", 10 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(cases[i].text);
		AUTO(po_settings_clear) struct po_settings settings = { 0 };

		assert_int_equal(
		    po_config_settings(config, "sudo", NULL, &settings, NULL),
		    PO_OK);
		assert_int_equal(settings.max_pending, cases[i].max_pending);
	}
}

#define CODE CORP "flow = code\nredirect_uri = https://a.example/\n"
#define REFUSAL                                                                \
	"flow = code needs a redirect_uri in [provider corp] (loopback: of "   \
	"http), a nonce, PKCE and an ID token"

/* RFC 9700 2.1.1: a code is bound to its login by more than luck. */
static void
what_protects_a_code_is_not_left_out(void **state PO_UNUSED)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ CODE, NULL },
		{ CORP "nonce = no\npkce = no\n", NULL },
		{ CODE "nonce = no\n", "f:6: option \"nonce\": " REFUSAL },
		{ CODE "pkce = no\n", "f:6: option \"pkce\": " REFUSAL },
		{ CORP "flow = code\n", "f:4: option \"flow\": " REFUSAL },
		{ CORP "[service sudo]\nflow = code\n",
		    "f:5: option \"flow\": " REFUSAL },
		{ CODE "identity = api\nsubject = /u/id\n"
		       "api = u https://x.example/u\n"
		       "token_endpoint = https://x.example/t\n"
		       "device_authorization_endpoint = https://x.example/d\n",
		    "f:6: option \"identity\": " REFUSAL },
		{ CODE "[service sudo]\nflow = code loopback\n",
		    "f:5: option \"redirect_uri\": " REFUSAL },
		{ CORP "redirect_uri = http://127.0.0.1/x\n"
		       "flow = code loopback\n",
		    NULL },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(cases[i].text);
		AUTO(po_settings_clear) struct po_settings settings = { 0 };
		struct po_err err = { 0 };

		assert_int_equal(
		    po_config_settings(config, "sudo", NULL, &settings, &err),
		    cases[i].message == NULL ? PO_OK : PO_E_CONFIG);
		if (cases[i].message != NULL)
			assert_string_equal(err.text, cases[i].message);
	}
}

#define AT(uri) "redirect_uri = " uri "\n"
#define OTHER "[provider lab]\nissuer = https://lab.example\nclient_id = x\n"
/* the same provider for another flow */
#define AGAIN_CORP                                                             \
	"[provider phone]\nissuer = https://sso.example.com/realms/staff\n"    \
	"client_id = y\nredirect_uri = https://a.example/x\n"
#define REFUSED                                                                \
	"option \"redirect_uri\": [provider corp] comes back to the same "     \
	"place: each needs its own (RFC 9700 4.4.2.2)"

static void
attack_mix_up_of_providers_that_send_no_iss(void **state PO_UNUSED)
{
	static const char *const good[] = {
		CORP AT("https://a.example/x") OTHER AT("https://a.example/y"),
		CORP AT("https://a.example/x") OTHER AT("https://b.example/x"),
		CORP AT("http://127.0.0.1/x") OTHER AT("http://127.0.0.1/y"),
		CORP AT("https://a.example/x") OTHER,
		/* one provider in two ways: whose code it is, is no question */
		CORP AT("https://a.example/x") AGAIN_CORP,
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(good); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(good[i]);

		assert_non_null(config);
	}
	bad_config(CORP AT("https://a.example/x")
		       OTHER AT("https://a.example/x"),
	    "f:8: " REFUSED);
	/* on this host, at whatever name and port */
	bad_config(CORP AT("http://127.0.0.1/x")
		       OTHER AT("http://localhost:8400/x"),
	    "f:8: " REFUSED);
}

#define LOOPBACK                                                               \
	CORP "redirect_uri = http://127.0.0.1/x\n"                             \
	     "flow = code loopback\n"
#define BROWSER                                                                \
	"a browser is started with flow = code loopback, and needs both "      \
	"\"browser\" and \"browser_user\""

static void
a_browser_has_a_flow_and_a_user(void **state PO_UNUSED)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ LOOPBACK "browser = /x\nbrowser_user = web\n", NULL },
		{ LOOPBACK "browser = /x\n",
		    "f:6: option \"browser\": " BROWSER },
		{ LOOPBACK "browser_user = web\n",
		    "f:6: option \"browser_user\": " BROWSER },
		{ CORP "browser = /x\nbrowser_user = web\n",
		    "f:4: option \"browser\": " BROWSER },
		{ CODE "browser = /x\nbrowser_user = web\n",
		    "f:6: option \"browser\": " BROWSER },
		{ LOOPBACK "[prompt]\nbrowser_user = web\n"
			   "[service sudo]\nbrowser = /x y\n",
		    NULL },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(cases[i].text);
		AUTO(po_settings_clear) struct po_settings settings = { 0 };
		struct po_err err = { 0 };

		assert_int_equal(
		    po_config_settings(config, "sudo", NULL, &settings, &err),
		    cases[i].message == NULL ? PO_OK : PO_E_CONFIG);
		if (cases[i].message != NULL)
			assert_string_equal(err.text, cases[i].message);
		else
			assert_string_equal(settings.browser_user, "web");
	}
}

#define TWO CORP "[provider lab]\nissuer = https://lab.example\nclient_id = x\n"

static void
the_provider_is_chosen(void **state PO_UNUSED)
{
	static const struct {
		const char *text, *service, *provider, *expected;
	} cases[] = {
		{ TWO, "sudo", NULL, "corp" },
		{ TWO, "sudo", "lab", "lab" },
		{ TWO "[service sudo]\nprovider = lab\n", "sudo", NULL, "lab" },
		{ TWO "[service sudo]\nprovider = lab\n", "su", NULL, "corp" },
		/* the PAM stack's argument stands above the file */
		{ TWO "[service sudo]\nprovider = lab\n", "sudo", "corp",
		    "corp" },
		{ TWO, NULL, NULL, "corp" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(cases[i].text);
		AUTO(po_settings_clear) struct po_settings s = { 0 };

		assert_int_equal(po_config_settings(config, cases[i].service,
				     cases[i].provider, &s, NULL),
		    PO_OK);
		assert_string_equal(s.provider, cases[i].expected);
	}
	{
		AUTO(po_config_free)
		struct po_config *config = good_config(TWO);

		assert_string_equal(po_config_provider(config, 0), "corp");
		assert_string_equal(po_config_provider(config, 1), "lab");
		assert_null(po_config_provider(config, 2));
	}
}

static void
an_unknown_provider_is_refused(void **state PO_UNUSED)
{
	AUTO(po_config_free) struct po_config *config = good_config(TWO);
	struct po_settings settings;
	struct po_err err = { 0 };

	assert_int_equal(
	    po_config_settings(config, "sudo", "Corp", &settings, &err),
	    PO_E_CONFIG);
	assert_string_equal(
	    err.text, "f: no provider \"Corp\"; there is \"corp\", \"lab\"");
	assert_null(settings.places);
	bad_config(TWO "[service sudo]\nprovider = lap\n",
	    "f:8: option \"provider\": there is no [provider lap]");
}

#define ONE(name)                                                              \
	"[provider " name "]\nissuer = https://" name ".example\n"             \
	"client_id = x\n"

/* The first is the one where nobody can be asked. */
static void
a_service_may_leave_the_choice(void **state PO_UNUSED)
{
	AUTO(po_config_free)
	struct po_config *config = good_config(TWO ONE("x")
		ONE("corpse") "[service sudo]\nprovider = lab corp x\n");
	AUTO(po_settings_clear) struct po_settings s = { 0 };

	assert_string_equal(po_config_choice(config, "sudo", 0), "lab");
	assert_string_equal(po_config_choice(config, "sudo", 1), "corp");
	assert_string_equal(po_config_choice(config, "sudo", 2), "x");
	assert_null(po_config_choice(config, "sudo", 3));
	assert_null(po_config_choice(config, "sudo", SIZE_MAX));
	assert_string_equal(po_config_choice(config, "su", 0), "corp");
	assert_null(po_config_choice(config, "su", 1));
	assert_string_equal(po_config_choice(config, NULL, 0), "corp");
	assert_null(po_config_choice(config, NULL, 1));
	assert_int_equal(
	    po_config_settings(config, "sudo", NULL, &s, NULL), PO_OK);
	assert_string_equal(s.provider, "lab");
}

static void
a_choice_must_be_one(void **state PO_UNUSED)
{
	static const char nine[] = ONE("a") ONE("b") ONE("c") ONE("d") ONE("e")
	    ONE("f") ONE("g") ONE("h") ONE("i")
		ONE("j") "[service sudo]\nprovider = a b c d e f g h i\n";
	AUTO(po_config_free) struct po_config *config = good_config(nine);

	assert_string_equal(po_config_choice(config, "sudo", 8), "i");
	assert_null(po_config_choice(config, "sudo", 9));
	bad_config(
	    ONE("a") ONE("b") ONE("c") ONE("d") ONE("e") ONE("f") ONE("g")
		ONE("h") ONE("i")
		    ONE("j") "[service sudo]\nprovider = a b c d e f g h i j\n",
	    "f:32: option \"provider\": more than 9 to choose from");
	bad_config(TWO "[service sudo]\nprovider = lab corp lab\n",
	    "f:8: option \"provider\": the same one twice");
	bad_config(TWO "[service sudo]\nprovider = corp la\n",
	    "f:8: option \"provider\": there is no [provider la]");
	bad_config(TWO "[service sudo]\nprovider = corp labs\n",
	    "f:8: option \"provider\": there is no [provider labs]");
	bad_config(TWO "[service sudo]\nprovider = corp  lab\n",
	    "f:8: option \"provider\": words with one blank between two");
	bad_config(TWO "[service sudo]\nprovider = corp, lab\n",
	    "f:8: option \"provider\": words with one blank between two");
}

static void
what_a_provider_must_have_is_missed(void **state PO_UNUSED)
{
	AUTO(po_config_free)
	struct po_config *config =
	    good_config("\n[provider a]\nclient_id = x\n"
			"[provider b]\nissuer = https://b.example\n");
	struct po_settings settings;
	struct po_err err = { 0 };

	assert_int_equal(
	    po_config_settings(config, "sudo", "a", &settings, &err),
	    PO_E_CONFIG);
	assert_string_equal(err.text, "f:2: [provider a] has no \"issuer\"");
	memset(&err, 0, sizeof(err));
	assert_int_equal(
	    po_config_settings(config, "sudo", "b", &settings, &err),
	    PO_E_CONFIG);
	assert_string_equal(err.text, "f:4: [provider b] has no \"client_id\"");
	assert_null(settings.places);
	assert_null(settings.require.text);
}

static void
ca_file_and_ca_dir_exclude_each_other(void **state PO_UNUSED)
{
	bad_config(CORP "ca_dir = /a\nca_file = /b\n",
	    "f:4: option \"ca_dir\": there is a \"ca_file\" in [provider "
	    "corp] already");
	{
		/* one each in two providers is fine */
		AUTO(po_config_free)
		struct po_config *config = good_config(
		    CORP "ca_dir = /a\n[provider x]\nca_file = /b\n");

		assert_non_null(config);
	}
}

/* A provider without ID tokens, with all that it needs, in eight lines. */
#define GITHUB                                                                 \
	CORP "identity = api\nsubject = /user/id\n"                            \
	     "api = user https://api.x.example/user\n"                         \
	     "token_endpoint = https://x.example/token\n"                      \
	     "device_authorization_endpoint = https://x.example/device\n"

static void
what_only_an_id_token_proves_needs_one(void **state PO_UNUSED)
{
	static const struct {
		const char *text, *service;
		const char *message; /* NULL: good */
	} cases[] = {
		{ GITHUB, "sudo", NULL },
		{ CORP "max_age = 5m\nacr_values = mfa\n", "sudo", NULL },
		{ CORP "identity = id_token\nmax_age = 5m\n", "sudo", NULL },
		{ GITHUB "max_age = 5m\n", "sudo",
		    "f:9: option \"max_age\": [provider corp] has identity = "
		    "api, and without an ID token nothing proves it" },
		{ GITHUB "[access]\nacr_values = mfa\n", "sudo",
		    "f:10: option \"acr_values\": [provider corp] has identity "
		    "= api, and without an ID token nothing proves it" },
		{ GITHUB "[service sudo]\nmax_age = 5m\n", "sudo",
		    "f:10: option \"max_age\": " },
		{ GITHUB "[service sudo]\nmax_age = 5m\n", "su", NULL },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(cases[i].text);
		AUTO(po_settings_clear) struct po_settings s = { 0 };
		const char *message = cases[i].message;
		struct po_err err = { 0 };

		assert_int_equal(po_config_settings(
				     config, cases[i].service, NULL, &s, &err),
		    message == NULL ? PO_OK : PO_E_CONFIG);
		if (message != NULL &&
		    strncmp(err.text, message, strlen(message)) != 0)
			fail_msg("%s", err.text);
		assert_true((s.places != NULL) == (message == NULL));
	}
}

/* LoginGraceTime is 120 seconds, and sshd says nothing when it is over. */
static void
sshd_has_a_shorter_default_timeout(void **state PO_UNUSED)
{
	static const struct {
		const char *text;
		int64_t timeout_s;
	} cases[] = {
		{ CORP, 110 },
		{ CORP "[limits]\ntimeout = 5m\n", 300 },
		{ CORP "[service sshd]\ntimeout = 20\n", 20 },
		{ CORP "[service sshd]\nmin_uid = 1\n", 110 },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_config_free)
		struct po_config *config = good_config(cases[i].text);
		AUTO(po_settings_clear) struct po_settings s = { 0 };

		assert_int_equal(
		    po_config_settings(config, "sshd", NULL, &s, NULL), PO_OK);
		assert_int_equal(s.timeout_s, cases[i].timeout_s);
	}
}

static void
the_label_is_the_issuers_host(void **state PO_UNUSED)
{
	static const struct {
		const char *issuer, *label;
	} cases[] = {
		{ "https://a.example", "a.example" },
		{ "https://a.example/", "a.example" },
		{ "https://a.example:8443/x", "a.example" },
		{ "https://[2001:db8::1]:8443/x", "[2001:db8::1]" },
		{ "https://[2001:db8::1", "[2001:db8::1" },
		/* longer than a label of the administrator's may be */
		{ "https://a123456789.b123456789.c123456789.d123456789."
		  "e123456789.f123456789.example",
		    "a123456789.b123456789.c123456789.d123456789."
		    "e123456789.f123456789.example" },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(cases); i++) {
		AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(1024);
		AUTO(po_config_free) struct po_config *config = NULL;
		AUTO(po_settings_clear) struct po_settings s = { 0 };

		po_buf_appendf(&text,
		    "[provider x]\nclient_id = x\nissuer = %s\n",
		    cases[i].issuer);
		config = good_config(po_buf_str(&text));
		assert_int_equal(
		    po_config_settings(config, "su", NULL, &s, NULL), PO_OK);
		assert_string_equal(s.label, cases[i].label);
	}
}

static void
places_of_nothing_are_nowhere(void **state PO_UNUSED)
{
	AUTO(po_config_free) struct po_config *config = good_config(CORP);
	AUTO(po_settings_clear) struct po_settings settings = { 0 };

	assert_int_equal(po_settings_place(&settings, "issuer").line, 0);
	assert_int_equal(
	    po_config_settings(config, "su", NULL, &settings, NULL), PO_OK);
	assert_int_equal(po_settings_place(&settings, "issuer").line, 2);
	assert_int_equal(po_settings_place(&settings, "scopes").line, 0);
	assert_int_equal(po_settings_place(&settings, "no such").line, 0);
}

static void
a_file_is_loaded_as_files_are_read(void **state PO_UNUSED)
{
	char path[] = "/tmp/pam_oauth_conf_XXXXXX";
	AUTO(po_config_free) struct po_config *config = NULL;
	struct po_err err = { 0 };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(
	    write(fd, CORP "x\n", strlen(CORP "x\n")), strlen(CORP "x\n"));
	assert_int_equal(po_config_load(path, &config, &err), PO_E_CONFIG);
	assert_true(strncmp(err.text, path, strlen(path)) == 0);
	assert_non_null(strstr(err.text, ":4: a line is"));
	assert_int_equal(ftruncate(fd, (off_t)strlen(CORP)), 0);
	assert_int_equal(po_config_load(path, &config, NULL), PO_OK);
	po_config_free(&config);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(po_config_load(path, &config, NULL), PO_E_CONFIG);
	assert_null(config);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(fd), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_specific_section_speaks),
		cmocka_unit_test(another_service_or_provider_does_not_speak),
		cmocka_unit_test(require_lines_add_up_in_order),
		cmocka_unit_test(what_protects_a_code_is_not_left_out),
		cmocka_unit_test(attack_mix_up_of_providers_that_send_no_iss),
		cmocka_unit_test(a_browser_has_a_flow_and_a_user),
		cmocka_unit_test(one_push_at_a_time_unless_more_are_allowed),
		cmocka_unit_test(the_provider_is_chosen),
		cmocka_unit_test(an_unknown_provider_is_refused),
		cmocka_unit_test(a_service_may_leave_the_choice),
		cmocka_unit_test(a_choice_must_be_one),
		cmocka_unit_test(what_a_provider_must_have_is_missed),
		cmocka_unit_test(ca_file_and_ca_dir_exclude_each_other),
		cmocka_unit_test(what_only_an_id_token_proves_needs_one),
		cmocka_unit_test(sshd_has_a_shorter_default_timeout),
		cmocka_unit_test(the_label_is_the_issuers_host),
		cmocka_unit_test(places_of_nothing_are_nowhere),
		cmocka_unit_test(a_file_is_loaded_as_files_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
