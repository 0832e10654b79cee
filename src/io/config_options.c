/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option table and the values of its types.  Must never quote the value
 * of a path, URL or string in a message: people put secrets there by mistake.
 * See config.h and config_options.h.
 */

#include "io/config_options.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/account.h"
#include "base/record.h"
#include "base/text.h"

#define DOMAIN_NAME_MAX 253 /* RFC 1035 2.3.4, as text */
#define PROVIDERS_MAX 296   /* 9 names (PO_QUESTION_CHOICES_MAX) of 32 */
#define LABEL_MAX 64        /* characters: it shares a line with a name */

/* NULL, or what is wrong with text that a terminal is to show. */
static const char *
check_printable(const char *text)
{
	return po_text_is_printable(text, strlen(text))
		   ? NULL
		   : "has an unprintable character";
}

static const char *
check_label(const char *text)
{
	size_t characters = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (((unsigned char)*p & 0xC0U) != 0x80) /* RFC 3629 3 */
			characters++;
	if (characters > LABEL_MAX)
		return "longer than 64 characters";
	return check_printable(text);
}

static const char *
check_issuer(const char *text)
{
	/* it stands in for the label; a URL was https:// and a host */
	if (strcspn(text + strlen("https://"), ":/") > DOMAIN_NAME_MAX)
		return "the host is longer than 253 bytes (RFC 1035 2.3.4)";
	/* OpenID Connect Discovery 3; a fragment is no URL here anyway */
	return strchr(text, '?') == NULL ? NULL : "an issuer has no query";
}

static const char *
check_visible(const char *text)
{
	/* client_id: RFC 6749 A.1, VSCHAR */
	return po_record_is_value(text, 0, SIZE_MAX)
		   ? NULL
		   : "has other than visible ASCII";
}

/* RFC 6749 3.3 */
static const char *
check_scopes(const char *text)
{
	if (!po_record_is_value(text, 0, SIZE_MAX) ||
	    strpbrk(text, ",;\"\\") != NULL || strstr(text, "  ") != NULL)
		return "scopes are words with one blank between two";
	return NULL;
}

static bool
is_host(const char *host, size_t len)
{
	static const char v6[] = "0123456789abcdefABCDEF:.";
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	if (len > 2 && host[0] == '[')
		return host[len - 1] == ']' && strspn(host + 1, v6) == len - 2;
	return len > 0 && len <= DOMAIN_NAME_MAX && strspn(host, name) == len;
}

static const char *
check_proxy(const char *text)
{
	static const char scheme[] = "http://";
	const char *host = text + sizeof(scheme) - 1;
	const char *colon = strrchr(text, ':');
	int64_t port;

	if (strncmp(text, scheme, sizeof(scheme) - 1) != 0 || colon < host ||
	    !is_host(host, (size_t)(colon - host)) ||
	    !po_text_parse_int(colon + 1, 1, UINT16_MAX, &port))
		return "not of the form http://HOST:PORT";
	return NULL;
}

/* RFC 6749 3.3, values of acr (OpenID Connect Core 2): words, blanks between */
static const char *
check_words(const char *text)
{
	if (!po_record_is_value(text, 0, SIZE_MAX) ||
	    strpbrk(text, ",\"\\") != NULL || strstr(text, "  ") != NULL)
		return "words with one blank between two";
	return NULL;
}

/* One that browsers do not write in another way, with room for our query. */
static const char *
check_redirect(const char *text)
{
	static const char *const schemes[] = { "https://", "http://127.0.0.1/",
		"http://127.0.0.1:", "http://[::1]/",
		"http://[::1]:", "http://localhost/", "http://localhost:" };
	bool known = false;

	for (size_t i = 0; i < PO_ARRAY_LEN(schemes); i++)
		known =
		    known || strncmp(text, schemes[i], strlen(schemes[i])) == 0;
	if (!known || !po_record_is_value(text, 0, SIZE_MAX) ||
	    strpbrk(text, " ?#") != NULL ||
	    strchr(strstr(text, "//") + 2, '/') == NULL)
		return "not an https URL with a path and no query, nor http "
		       "with 127.0.0.1, [::1] or localhost";
	return NULL;
}

static const char *
check_account(const char *text)
{
	return po_account_name_valid(text)
		   ? NULL
		   : "not an account name ([A-Za-z_][A-Za-z0-9_.-]{0,31})";
}

static const char *const client_auth_words[] = { "auto", "none",
	"client_secret_basic", "client_secret_post", "client_secret_jwt",
	"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth",
	NULL };
static const char *const key_alg_words[] = { "auto", "RS256", "RS384", "RS512",
	"PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
	"Ed25519", NULL };
static const char *const audience_words[] = { "issuer", "token_endpoint",
	"endpoint", NULL };
static const char *const pkce_words[] = { "auto", "yes", "no", NULL };
static const char *const userinfo_words[] = { "auto", "always", "never", NULL };
static const char *const style_words[] = { "auto", "info", "enter", NULL };
static const char *const flow_words[] = { "device", "ciba", "ciba device",
	"code", "code loopback", NULL };
static const char *const identity_words[] = { "id_token", "api", NULL };
static const char *const bind_words[] = { "off", "first_use", NULL };
static const char *const liveness_words[] = { "off", "refresh", NULL };
static const char *const missing_words[] = { "allow", "refuse", NULL };
static const char *const keep_words[] = { "off", "access_token", "id_token",
	"refresh_token", NULL };
static const char *const qr_words[] = { "auto", "utf8", "ascii", "off", NULL };

#define AT(member) .offset = offsetof(struct po_settings, member)
#define STRING(longest) .type = PO_OPTION_STRING, .max = (longest)
#define URL .type = PO_OPTION_URL
#define PATH .type = PO_OPTION_PATH
#define BOOL .type = PO_OPTION_BOOL
#define INT(least, most) .type = PO_OPTION_INT, .min = (least), .max = (most)
#define SECONDS(least, most)                                                   \
	.type = PO_OPTION_SECONDS, .min = (least), .max = (most)
#define ENUM(list) .type = PO_OPTION_ENUM, .words = (list)

static const struct po_option options[] = {
	{ "label", "provider", STRING(4 * LABEL_MAX), AT(label),
	    .check = check_label,
	    .doc = "what people call the provider; default: its host" },
	{ "issuer", "provider", URL, AT(issuer), .required = true,
	    .check = check_issuer,
	    .doc = "issuer identifier, exactly as in its tokens" },
	{ "issuer_alias", "provider", STRING(512), AT(issuer_alias),
	    .check = check_visible,
	    .doc = "another spelling of the issuer that its tokens may have" },
	{ "client_id", "provider", STRING(512), AT(client_id), .required = true,
	    .check = check_visible,
	    .doc = "name under which this host is registered" },
	{ "client_secret_file", "provider", PATH, AT(client_secret_file),
	    .doc = "file of mode 0600 with the client secret; default: public "
		   "client" },
	{ "client_auth", "provider", ENUM(client_auth_words), AT(client_auth),
	    .default_text = "auto",
	    .doc = "how this host proves who it is; auto: by what there is" },
	{ "device_client_auth", "provider", ENUM(client_auth_words),
	    AT(device_client_auth), .default_text = "auto",
	    .doc = "the same when a code is asked for; auto: as client_auth" },
	{ "client_key_file", "provider", PATH, AT(client_key_file),
	    .doc = "file of mode 0600 with the private key (PEM or JWK) of "
		   "this client" },
	{ "client_key_id", "provider", STRING(256), AT(client_key_id),
	    .check = check_visible,
	    .doc = "what the provider calls that key; default: what a JWK "
		   "says" },
	{ "client_key_alg", "provider", ENUM(key_alg_words), AT(client_key_alg),
	    .default_text = "auto",
	    .doc = "algorithm it signs with; auto: by its type" },
	{ "client_assertion_audience", "provider", ENUM(audience_words),
	    AT(client_assertion_audience), .default_text = "issuer",
	    .doc = "whom signed assertions are for" },
	{ "client_certificate_file", "provider", PATH,
	    AT(client_certificate_file),
	    .doc = "certificate (PEM) of that key, for TLS" },
	{ "pkce", "provider", ENUM(pkce_words), AT(pkce),
	    .default_text = "auto",
	    .doc = "bind codes to this login; auto: where the provider "
		   "lists S256" },
	{ "scopes", "provider", STRING(1024), AT(scopes),
	    .default_text = "openid profile email", .check = check_scopes,
	    .doc = "scopes to ask for, with blanks between them" },
	{ "id_token_algs", "provider", STRING(256), AT(id_token_algs),
	    .doc = "accepted signature algorithms; default: all asymmetric" },
	{ "decryption_key_file", "provider", PATH, AT(decryption_key_file),
	    .doc = "file of mode 0600 with the private key (PEM or JWK) that "
		   "opens encrypted ID tokens" },
	{ "authorization_endpoint", "provider", URL,
	    AT(endpoints.authorization_endpoint),
	    .doc = "instead of the one from discovery" },
	{ "redirect_uri", "provider", STRING(512), AT(redirect_uri),
	    .check = check_redirect,
	    .doc = "where flow = code ends: a page that shows the code, or "
		   "this host" },
	{ "device_authorization_endpoint", "provider", URL,
	    AT(endpoints.device_authorization_endpoint),
	    .doc = "instead of the one from discovery" },
	{ "backchannel_authentication_endpoint", "provider", URL,
	    AT(endpoints.backchannel_authentication_endpoint),
	    .doc = "instead of the one from discovery" },
	{ "token_endpoint", "provider", URL, AT(endpoints.token_endpoint),
	    .doc = "instead of the one from discovery" },
	{ "userinfo_endpoint", "provider", URL, AT(endpoints.userinfo_endpoint),
	    .doc = "instead of the one from discovery" },
	{ "jwks_uri", "provider", URL, AT(endpoints.jwks_uri),
	    .doc = "instead of the one from discovery" },
	{ "ca_file", "provider", PATH, AT(ca_file),
	    .doc = "CA certificates (PEM) instead of the system's" },
	{ "ca_dir", "provider", PATH, AT(ca_dir),
	    .doc = "hashed directory of CA certificates instead of the "
		   "system's" },
	{ "proxy", "provider", STRING(512), AT(proxy), .check = check_proxy,
	    .doc = "http://HOST:PORT; never taken from the environment" },
	{ "connect_timeout", "provider", SECONDS(1, 60), AT(connect_timeout_s),
	    .default_text = "5s", .doc = "longest wait for a connection" },
	{ "request_timeout", "provider", SECONDS(1, 60), AT(request_timeout_s),
	    .default_text = "10s", .doc = "longest wait for an answer" },
	{ "nonce", "provider", BOOL, AT(nonce), .default_text = "yes",
	    .doc = "send a nonce and, if the token has one, compare it" },
	{ "cache", "provider", BOOL, AT(cache), .default_text = "yes",
	    .doc = "keep metadata and keys between logins" },
	{ "userinfo", "provider", ENUM(userinfo_words), AT(userinfo),
	    .default_text = "auto",
	    .doc = "ask the userinfo endpoint; auto: when claims are missing" },

	{ "identity", "provider", ENUM(identity_words), AT(identity),
	    .default_text = "id_token",
	    .doc =
		"who the person is: from the ID token or from api documents" },
	{ "subject", "provider", STRING(512), AT(subject),
	    .doc = "JSON Pointer to the person's lasting key, for identity = "
		   "api" },
	{ "api", "provider", .type = PO_OPTION_LIST, AT(api),
	    .doc = "NAME URL: a document to add to the claims under NAME" },
	{ "revocation_endpoint", "provider", URL,
	    AT(endpoints.revocation_endpoint),
	    .doc = "instead of the one from discovery" },
	{ "login_hint", "provider", STRING(512), AT(login_hint),
	    .default_text = "{user}", .check = check_visible,
	    .doc = "whom flow = ciba asks for: {user} is the account" },
	{ "user_code", "provider", BOOL, AT(user_code), .default_text = "no",
	    .doc = "with flow = ciba, ask for the person's user code first" },

	{ "username", "account", STRING(512), AT(username),
	    .default_text = "/preferred_username",
	    .doc = "JSON Pointer to the claim that names the account" },
	{ "username_match", "account", STRING(256), AT(username_match),
	    .doc = "POSIX ERE that the whole claim must match" },
	{ "username_format", "account", STRING(128), AT(username_format),
	    .doc = "account from the match, \\1 its first group" },
	{ "map_file", "account", PATH, AT(map_file),
	    .doc = "file of ACCOUNT RULE lines: who else may use which "
		   "account" },
	{ "bind", "account", ENUM(bind_words), AT(bind), .default_text = "off",
	    .doc = "remember whose an account is, and refuse others" },
	{ "min_uid", "account", INT(1, UINT32_MAX - 1), AT(min_uid),
	    .default_text = "1000",
	    .doc = "lowest uid that may sign in without a line in map_file" },
	{ "allow_root", "account", BOOL, AT(allow_root), .default_text = "no",
	    .doc = "whether uid 0 may sign in with a line in map_file" },
	{ "liveness", "account", ENUM(liveness_words), AT(liveness),
	    .default_text = "off",
	    .doc = "ask the provider about those who come in another way" },
	{ "liveness_grace", "account", SECONDS(0, 30 * 86400),
	    AT(liveness_grace_s), .default_text = "1h",
	    .doc = "how long its last yes holds while it cannot be reached" },
	{ "liveness_interval", "account", SECONDS(0, 86400),
	    AT(liveness_interval_s), .default_text = "1m",
	    .doc = "how long its last yes holds without being asked again" },
	{ "liveness_missing", "account", ENUM(missing_words),
	    AT(liveness_missing), .default_text = "allow",
	    .doc = "accounts that nobody has signed in to with it yet" },

	{ "require", "access", .type = PO_OPTION_LIST, AT(require),
	    .doc = "rule on the claims, POINTER OP VALUE...; all must hold" },

	{ "flow", "access", ENUM(flow_words), AT(flow),
	    .default_text = "device",
	    .doc = "how the approval is asked for; device: by link and code, "
		   "ciba: on the person's phone, code: by a code to paste" },
	{ "max_age", "access", SECONDS(1, 30 * 86400), AT(max_age_s),
	    .doc = "longest time since the person signed in at the provider" },
	{ "acr_values", "access", STRING(512), AT(acr_values),
	    .check = check_words,
	    .doc =
		"the ways to sign in that will do, with blanks between them" },

	{ "style", "prompt", ENUM(style_words), AT(prompt),
	    .default_text = "auto",
	    .doc = "how the URL is shown: as information or as a prompt" },
	{ "qr", "prompt", ENUM(qr_words), AT(qr), .default_text = "auto",
	    .doc = "QR code of the URL" },
	{ "message", "prompt", STRING(256), AT(message),
	    .check = check_printable, .doc = "a line of text above the URL" },
	{ "binding_message", "prompt", STRING(128), AT(binding_message),
	    .default_text = "{host}_{service}_{command}#{code}",
	    .check = check_visible,
	    .doc = "what the phone shows with flow = ciba; off: nothing" },
	{ "ask", "prompt", BOOL, AT(ask), .default_text = "no",
	    .doc = "ask first whether to sign in with the provider" },
	{ "browser", "prompt", PATH, AT(browser), .check = check_visible,
	    .doc = "with flow = code loopback, a command that opens the URL" },
	{ "browser_user", "prompt", STRING(32), AT(browser_user),
	    .check = check_account, .doc = "the account that it runs as" },
	{ "confirm", "prompt", BOOL, AT(confirm), .default_text = "no",
	    .doc = "have the person confirm who has approved" },

	{ "timeout", "limits", SECONDS(10, 900), AT(timeout_s),
	    .default_text = "5m",
	    .doc = "longest time for a login; default for sshd: 110s" },
	{ "max_pending", "limits", INT(1, 1000), AT(max_pending),
	    .default_text = "10",
	    .doc = "sign-ins that may wait for approval at once, an account" },
	{ "max_pending_total", "limits", INT(1, 100000), AT(max_pending_total),
	    .default_text = "500",
	    .doc = "sign-ins that may wait for approval at once on this host" },

	{ "export", "session", .type = PO_OPTION_LIST, AT(exports),
	    .doc = "NAME POINTER: a claim for the session's environment" },
	{ "keep_token", "session", ENUM(keep_words), AT(keep_token),
	    .default_text = "off",
	    .doc = "leave this token for the user until the session ends" },

	{ "provider", "service", STRING(PROVIDERS_MAX), AT(provider),
	    .check = check_words,
	    .doc = "the provider of this service; of several, with blanks "
		   "between them, the person chooses; default: the first" },
	{ "account", "service", STRING(32), AT(account), .check = check_account,
	    .doc = "the one account of this service, for all who may use it" },
	{ "kiosk", "service", BOOL, AT(kiosk), .default_text = "no",
	    .doc = "sign in before anybody is named; the account follows" },
};

_Static_assert(PO_ARRAY_LEN(options) <= PO_OPTIONS_MAX, "names of options");

const struct po_option *
po_config_options(size_t *count)
{
	*count = PO_ARRAY_LEN(options);
	return options;
}

const struct po_option *
po_option_find(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

static enum po_status
store_enum(const struct po_option *option, const char *text, int *target,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf known = PO_BUF_INIT(PO_ERR_TEXT_MAX);

	for (size_t i = 0; option->words[i] != NULL; i++) {
		if (strcmp(option->words[i], text) == 0) {
			*target = (int)i;
			return PO_OK;
		}
		po_buf_appendf(
		    &known, "%s%s", i == 0 ? "" : ", ", option->words[i]);
	}
	return po_err_set(err, PO_E_CONFIG,
	    "option \"%s\": \"%.64s\" is not one of %s", option->name, text,
	    po_buf_str(&known));
}

static enum po_status
store_number(const struct po_option *option, const char *text, int64_t *target,
    struct po_err *err)
{
	bool seconds = option->type == PO_OPTION_SECONDS;
	bool ok;

	if (seconds)
		ok = po_text_parse_seconds(
		    text, option->min, option->max, target);
	else
		ok = po_text_parse_int(text, option->min, option->max, target);
	if (ok)
		return PO_OK;
	return po_err_set(err, PO_E_CONFIG,
	    "option \"%s\": \"%.64s\" is not a %s from %" PRId64 " to %" PRId64
	    "%s",
	    option->name, text, seconds ? "time" : "whole number", option->min,
	    option->max, seconds ? " seconds, such as 90, 90s or 15m" : "");
}

static enum po_status
refuse(const struct po_option *option, const char *why, struct po_err *err)
{
	return po_err_set(
	    err, PO_E_CONFIG, "option \"%s\": %s", option->name, why);
}

/* What holds for the text of a value before its type is looked at. */
static enum po_status
check_text(const struct po_option *option, const char *text, struct po_err *err)
{
	size_t len = strlen(text);

	if (len == 0)
		return refuse(option, "no value", err);
	if (option->type == PO_OPTION_STRING && len > (uint64_t)option->max)
		return po_err_set(err, PO_E_CONFIG,
		    "option \"%s\": longer than %" PRId64 " bytes",
		    option->name, option->max);
	if (option->type != PO_OPTION_LIST && text[0] == '"' && len > 1 &&
	    text[len - 1] == '"')
		return refuse(option, "values stand without quotes", err);
	return PO_OK;
}

enum po_status
po_option_store(const struct po_option *option, const char *text,
    struct po_settings *settings, struct po_err *err)
{
	void *target = (char *)settings + option->offset;
	enum po_status st;
	const char *why;

	if ((st = check_text(option, text, err)) != PO_OK)
		return st;
	switch (option->type) {
	case PO_OPTION_INT:
	case PO_OPTION_SECONDS:
		return store_number(option, text, target, err);
	case PO_OPTION_ENUM:
		return store_enum(option, text, target, err);
	case PO_OPTION_BOOL:
		if (po_text_parse_bool(text, target))
			return PO_OK;
		return po_err_set(err, PO_E_CONFIG,
		    "option \"%s\": \"%.64s\" is not \"yes\" or \"no\"",
		    option->name, text);
	case PO_OPTION_LIST:
		return PO_OK;
	case PO_OPTION_URL:
		if (!po_text_is_https_url(text))
			return refuse(option,
			    "not an https URL, or with a user name or a "
			    "fragment",
			    err);
		break;
	case PO_OPTION_PATH:
		if (text[0] != '/' || strlen(text) >= PATH_MAX)
			return refuse(option, "not an absolute path", err);
		break;
	case PO_OPTION_STRING:
		break;
	}
	if (option->check != NULL && (why = option->check(text)) != NULL)
		return refuse(option, why, err);
	*(const char **)target = text;
	return PO_OK;
}
