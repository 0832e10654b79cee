/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The authorization code grant.  An answer counts only with this login's
 * state; a code without one is bound to it by PKCE and the nonce alone, so it
 * has to be from the one provider there is.  See code.h.
 */

#include "oauth/code.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "oauth/client_auth.h"
#include "oauth/oauth_error.h"
#include "oauth/scope.h"

/* --- the link ------------------------------------------------------------- */

/* Without consent the scope is ignored (OpenID Connect Core 11). */
static const char *
prompt_of(const struct po_code_params *params)
{
	if (po_scope_has(params->scope, "offline_access"))
		return params->sign_in_anew ? "login consent" : "consent";
	return params->sign_in_anew ? "login" : NULL;
}

enum po_status
po_code_url(const char *endpoint, const struct po_code_params *params,
    struct po_buf *out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf url = PO_BUF_INIT(PO_URL_MAX);
	char max_age[PO_FORM_SECONDS];
	enum po_status st;

	/* an endpoint may have a query of its own (RFC 6749 3.1) */
	po_buf_appendf(&url, "%s%cresponse_type=code", endpoint,
	    strchr(endpoint, '?') == NULL ? '?' : '&');
	po_text_form_field(&url, "client_id", params->client_id);
	po_text_form_field(&url, "redirect_uri", params->redirect_uri);
	po_text_form_field(&url, "scope", params->scope);
	po_text_form_field(&url, "state", params->state);
	po_text_form_field(&url, "nonce", params->nonce);
	po_text_form_field(&url, "code_challenge", params->code_challenge);
	po_text_form_field(&url, "code_challenge_method", "S256");
	/* never in a fragment, which no server sees and people cut off */
	po_text_form_field(&url, "response_mode", "query");
	po_text_form_field(&url, "acr_values", params->acr_values);
	po_text_form_field(
	    &url, "max_age", po_form_seconds(params->max_age_s, max_age));
	po_text_form_field(&url, "prompt", prompt_of(params));
	if ((st = po_buf_check(&url, err)) != PO_OK) {
		po_err_prefix(err, "authorization request");
		return st;
	}
	po_buf_append(out, url.data, url.len);
	return po_buf_check(out, err);
}

/* --- what comes back ------------------------------------------------------ */

/* RFC 6749 4.1.2 and 4.1.2.1, RFC 9207 2; NULL: not there. */
struct answer {
	char *code;
	char *state;
	char *iss;
	char *error;
	char *error_description;
};

static void
answer_clear(struct answer *answer)
{
	po_str_free(&answer->code);
	po_str_free(&answer->state);
	po_str_free(&answer->iss);
	po_str_free(&answer->error);
	po_str_free(&answer->error_description);
}

static enum po_status
refuse(enum po_advice *advice, enum po_advice which, const char *why,
    struct po_err *err)
{
	*advice = which;
	return po_err_set(err, PO_E_GRANT_REFUSED, "%s", why);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* application/x-www-form-urlencoded; false for what is not, and for NUL. */
static bool
decode(const char *text, size_t len, struct po_buf *out)
{
	for (size_t i = 0; i < len; i++) {
		int high = 0, low = text[i];

		if (text[i] == '+')
			low = ' ';
		if (text[i] == '%') {
			high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
			low = i + 2 < len ? hex_digit(text[i + 2]) : -1;
			i += 2;
		}
		if (high < 0 || low < 0 || (high | low) == 0)
			return false;
		po_buf_append_char(out, (char)(high << 4 | low));
	}
	return true;
}

static char **
member(struct answer *answer, const char *name, size_t len)
{
	const struct {
		const char *name;
		char **value;
	} known[] = {
		{ "code", &answer->code },
		{ "state", &answer->state },
		{ "iss", &answer->iss },
		{ "error", &answer->error },
		{ "error_description", &answer->error_description },
	};

	for (size_t i = 0; i < PO_ARRAY_LEN(known); i++)
		if (strlen(known[i].name) == len &&
		    memcmp(known[i].name, name, len) == 0)
			return known[i].value;
	return NULL;
}

/* PO_E_GRANT_REFUSED, and no more, for what is not encoded well or stands
 * there twice (RFC 6749 3.1). */
static enum po_status
read_answer(const char *query, struct answer *answer, struct po_err *err)
{
	for (size_t len; *query != '\0'; query += len) {
		AUTO(po_buf_clear)
		struct po_buf text = PO_BUF_INIT(PO_HTTP_MAX_REQUEST);
		size_t name_len = strcspn(query, "=&");
		char **value = member(answer, query, name_len);
		enum po_status st = PO_OK;

		len = strcspn(query, "&");
		if (value != NULL && len > name_len) {
			if (*value != NULL || !decode(query + name_len + 1,
						  len - name_len - 1, &text))
				return PO_E_GRANT_REFUSED;
			st = po_buf_take_str(&text, value, err);
		}
		if (st != PO_OK)
			return st;
		len += query[len] == '&';
	}
	return PO_OK;
}

/* The provider's no, to this very request. */
static enum po_status
fail(const struct answer *answer, struct po_err *err)
{
	struct po_oauth_error error;

	po_oauth_error_read(answer->error, answer->error_description, &error);
	if (error.kind == PO_OAUTH_ERROR_DENIED)
		return po_oauth_error_set(&error, PO_E_DENIED,
		    "the request was denied at the provider", err);
	/* people can write this themselves: no outage, on which stacks go on */
	if (error.kind == PO_OAUTH_ERROR_BUSY)
		return po_oauth_error_set(
		    &error, PO_E_DENIED, "the provider is in trouble", err);
	return po_oauth_error_set(&error, PO_E_CLIENT_REFUSED,
	    "the provider refused the authorization request", err);
}

/* VSCHAR without blanks (RFC 6749 A.11). */
static bool
is_code(const char *text)
{
	size_t len = strlen(text);

	for (const char *p = text; *p != '\0'; p++)
		if (*p < '!' || *p > '~')
			return false;
	return len >= PO_CODE_MIN;
}

enum po_status
po_code_query(const char *query, const struct po_code_request *request,
    char **code, enum po_advice *advice, struct po_err *err)
{
	AUTO(answer_clear) struct answer answer = { 0 };
	enum po_status st = read_answer(query, &answer, err);

	*code = NULL;
	*advice = PO_ADVICE_NONE;
	if (st != PO_OK && st != PO_E_GRANT_REFUSED)
		return st;
	if (st == PO_E_GRANT_REFUSED ||
	    (answer.code == NULL) == (answer.error == NULL))
		return refuse(
		    advice, PO_ADVICE_WHOLE, "no authorization response", err);
	if (answer.state == NULL || !po_str_equal(answer.state, request->state))
		return refuse(advice,
		    answer.state == NULL ? PO_ADVICE_WHOLE : PO_ADVICE_OTHER,
		    "a state that is not this login's (RFC 6749 10.12)", err);
	if (answer.iss == NULL && request->iss_required)
		return refuse(
		    advice, PO_ADVICE_WHOLE, "no iss (RFC 9207 2.4)", err);
	if (answer.iss != NULL && strcmp(answer.iss, request->issuer) != 0)
		return po_err_set(err, PO_E_ISS,
		    "authorization response of \"%.150s\" to a request to "
		    "\"%.150s\" (RFC 9207 2.4)",
		    answer.iss, request->issuer);
	if (answer.error != NULL)
		return fail(&answer, err);
	if (!is_code(answer.code))
		return refuse(
		    advice, PO_ADVICE_WHOLE, "no authorization code", err);
	*code = TAKE(answer.code);
	return PO_OK;
}

/* Of the paste, in place: nothing around it, and no fragment. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strcspn(text, "#");
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

enum po_status
po_code_paste(const char *pasted, const struct po_code_request *request,
    char **code, enum po_advice *advice, struct po_err *err)
{
	AUTO(po_str_free) char *copy = po_str_dup(pasted);
	size_t base_len = strlen(request->redirect_uri);
	const char *text, *scheme;

	*code = NULL;
	*advice = PO_ADVICE_NONE;
	if (copy == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (strlen(copy) > PO_CODE_PASTE_MAX)
		return refuse(advice, PO_ADVICE_SHORTER,
		    "as long as can be pasted, or longer", err);
	text = trim(copy);
	scheme = strstr(text, "://");
	/* in front of all parameters: iss has one, too */
	if (scheme != NULL && scheme < text + strcspn(text, "=&")) {
		if (strncmp(text, request->redirect_uri, base_len) != 0 ||
		    text[base_len] != '?')
			return refuse(advice, PO_ADVICE_PAGE,
			    "not an address of redirect_uri", err);
		return po_code_query(
		    text + base_len + 1, request, code, advice, err);
	}
	text += *text == '?';
	if (strchr(text, '&') != NULL || strncmp(text, "code=", 5) == 0 ||
	    strncmp(text, "error=", 6) == 0)
		return po_code_query(text, request, code, advice, err);
	if (!is_code(text))
		return refuse(advice, PO_ADVICE_NO_CODE,
		    "not an authorization code", err);
	if (!request->bare)
		return refuse(advice, PO_ADVICE_WHOLE,
		    "a code alone, which could be another provider's (RFC "
		    "9700 4.4)",
		    err);
	*code = po_str_dup(text);
	return *code != NULL ? PO_OK
			     : po_err_set(err, PO_E_NOMEM, "out of memory");
}
