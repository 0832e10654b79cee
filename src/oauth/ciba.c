/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CIBA in poll mode.  What is shown on a phone is partly typed by whoever sits
 * at the terminal, so it must never look like more than that.  See ciba.h.
 */

#include "oauth/ciba.h"

#include <string.h>

#include "base/account.h"
#include "base/mem.h"
#include "base/text.h"
#include "oauth/oauth_error.h"

/* So that the code and some of the command always fit. */
#define HOST_MAX 20
#define SERVICE_MAX 12
#define CUT ".." /* what has been left out */

/* --- templates ------------------------------------------------------------ */

/* "{word}" at `at`: the length of the word, else 0; JSON has no such thing. */
static size_t
word_len(const char *at)
{
	size_t len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");

	return at[0] == '{' && at[1 + len] == '}' ? len : 0;
}

static bool
is_word(const char *at, size_t len, const char *word)
{
	return strlen(word) == len && strncmp(at + 1, word, len) == 0;
}

static enum po_status
refuse_word(const char *at, size_t len, struct po_err *err)
{
	return po_err_set(err, PO_E_CONFIG, "there is no {%.*s} here",
	    (int)(len > 32 ? 32 : len), at + 1);
}

enum po_status
po_ciba_hint(
    const char *template, const char *user, char **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_URL_MAX);

	*out = NULL;
	if (!po_account_name_valid(user))
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "no login_hint can be made of account \"%.64s\"", user);
	for (const char *p = template; *p != '\0'; p++) {
		size_t len = word_len(p);

		if (len > 0 && !is_word(p, len, "user"))
			return refuse_word(p, len, err);
		if (len == 0)
			po_buf_append_char(&text, *p);
		else
			po_buf_append_str(&text, user);
		p += len == 0 ? 0 : len + 1;
	}
	return po_buf_take_str(&text, out, err);
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
}

/* At most `max` (of PO_CIBA_BINDING_MAX) characters of what `value` becomes. */
static void
append_value(struct po_buf *out, const char *value, size_t max)
{
	char safe[PO_CIBA_BINDING_MAX + 1]; /* one more: it has been cut */
	size_t len = 0;

	for (const char *p = value; *p != '\0' && len <= max; p++) {
		if (is_plain(*p))
			safe[len++] = *p;
		else if (len == 0 || safe[len - 1] != '_')
			safe[len++] = '_';
	}
	if (len <= max) {
		po_buf_append(out, safe, len);
		return;
	}
	po_buf_append(out, safe, max > strlen(CUT) ? max - strlen(CUT) : 0);
	po_buf_append_str(out, CUT);
}

/* False: there is no such word. */
static bool
append_word(struct po_buf *out, const char *at, size_t len,
    const struct po_ciba_facts *facts, size_t command_max)
{
	if (is_word(at, len, "host"))
		append_value(out, facts->host, HOST_MAX);
	else if (is_word(at, len, "service"))
		append_value(out, facts->service, SERVICE_MAX);
	else if (is_word(at, len, "user"))
		append_value(out, facts->user, PO_ACCOUNT_NAME_MAX);
	else if (is_word(at, len, "code"))
		po_buf_append_str(out, facts->code);
	else if (is_word(at, len, "command"))
		append_value(out, facts->command, command_max);
	else
		return false;
	return true;
}

/* The blank in front of a command that there is not. */
static bool
is_idle(const char *at, const struct po_ciba_facts *facts)
{
	return (*at == '_' || *at == ' ') && facts->command[0] == '\0' &&
	       strncmp(at + 1, "{command}", strlen("{command}")) == 0;
}

static enum po_status
fill(struct po_buf *out, const char *template,
    const struct po_ciba_facts *facts, size_t command_max, struct po_err *err)
{
	for (const char *p = template; *p != '\0'; p++) {
		size_t len = word_len(p);

		if (len == 0) {
			if (!is_idle(p, facts))
				po_buf_append_char(out, *p);
			continue;
		}
		if (!append_word(out, p, len, facts, command_max))
			return refuse_word(p, len, err);
		p += len + 1;
	}
	return po_buf_check(out, err);
}

enum po_status
po_ciba_binding(const char *template, const struct po_ciba_facts *facts,
    char **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf frame = PO_BUF_INIT(PO_URL_MAX);
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_URL_MAX);
	size_t taken, left;
	enum po_status st;

	*out = NULL;
	/* the command gets what the rest leaves of it */
	if ((st = fill(&frame, template, facts, strlen(CUT), err)) != PO_OK)
		return st;
	taken = frame.len - (facts->command[0] == '\0' ? 0 : strlen(CUT));
	left = taken < PO_CIBA_BINDING_MAX ? PO_CIBA_BINDING_MAX - taken : 0;
	if ((st = fill(&text, template, facts, left, err)) != PO_OK)
		return st;
	return po_buf_take_str(&text, out, err);
}

/* --- the request ---------------------------------------------------------- */

enum po_status
po_ciba_request(const char *endpoint, const struct po_client *client,
    const struct po_ciba_params *params, struct po_http_request *request,
    struct po_err *err)
{
	char max_age[PO_FORM_SECONDS], expiry[PO_FORM_SECONDS];
	const struct po_form_field fields[] = {
		{ "scope", params->scope },
		{ "login_hint", params->login_hint },
		{ "binding_message", params->binding_message },
		{ "acr_values", params->acr_values },
		{ "user_code", params->user_code },
		{ "max_age", po_form_seconds(params->max_age_s, max_age) },
		{ "requested_expiry",
		    po_form_seconds(params->requested_expiry_s, expiry) },
		{ NULL, NULL },
	};

	return po_client_request(client, endpoint,
	    "backchannel authentication request", fields, request, err);
}

/* --- the answer ----------------------------------------------------------- */

/* Tokens in it, as of push mode, are nothing that we look at. */
static enum po_status
read_document(const struct po_json *document,
    struct po_device_authorization *out, struct po_err *err)
{
	const struct po_json_field fields[] = {
		{ PO_JSON_TEXT(
		      "auth_req_id", PO_DEVICE_CODE_MAX, &out->device_code),
		    .required = true },
	};
	enum po_status st;

	if ((st = po_json_decode(document, fields, 1, err)) != PO_OK)
		return st;
	if (*out->device_code == '\0')
		return po_err_set(
		    err, PO_E_DOCUMENT, "field \"auth_req_id\" is empty");
	return po_device_read_times(document, out, err);
}

enum po_status
po_ciba_parse(const struct po_http_response *response,
    struct po_device_authorization *out, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *document = NULL;
	AUTO(po_device_authorization_clear)
	struct po_device_authorization request = { 0 };
	enum po_status st;

	*out = request;
	if ((st = po_device_open(response, true, &document, err)) != PO_OK ||
	    (st = read_document(document, &request, err)) != PO_OK) {
		po_err_prefix(err, "backchannel authentication response%s",
		    st == PO_E_DOCUMENT ? " (CIBA Core 7.3)" : "");
		return st;
	}
	*out = request;
	memset(&request, 0, sizeof(request));
	return PO_OK;
}
