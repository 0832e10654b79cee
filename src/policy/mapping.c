/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From verified claims to one local account name.  Pure.  Must never repair:
 * no folding, trimming, normalising or cutting, since whatever is changed
 * after a check is somebody else's name.  See mapping.h.
 */

#include "policy/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/account.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/claims.h"
#include "policy/ere.h"

#define FORMAT_MAX 128 /* bytes; the account itself has at most 32 */
#define SHOWN_MAX 254  /* bytes of a value in the log: the longest e-mail */
#define DEFAULT_USERNAME "/preferred_username"

struct po_mapping {
	char *username;
	char *format;         /* checked: only \\ and groups the match has */
	struct po_ere *match; /* NULL: the claim is the account */
};

/* What a pointer led to: how much, and the first of it. */
struct found {
	const struct po_json *value;
	size_t count;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Only \0..\9 and \\ follow a backslash, and the groups exist. */
static enum po_status
check_format(const char *format, const struct po_ere *match, struct po_err *err)
{
	size_t groups = match == NULL ? 0 : po_ere_groups(match);

	if (*format == '\0' || strlen(format) > FORMAT_MAX)
		return po_err_set(err, PO_E_CONFIG,
		    "username_format is not 1 to %d bytes long", FORMAT_MAX);
	for (const char *p = format; *p != '\0'; p++) {
		if (*p != '\\')
			continue;
		p++;
		if (*p == '\\')
			continue;
		if (!is_digit(*p))
			return po_err_set(err, PO_E_CONFIG,
			    "username_format: only \\0 to \\9 and \\\\ may "
			    "follow a backslash");
		if ((size_t)(*p - '0') > groups)
			return po_err_set(err, PO_E_CONFIG,
			    "username_format: \\%c, but %s %zu group(s)", *p,
			    match == NULL ? "without username_match there are"
					  : "username_match has",
			    groups);
	}
	return PO_OK;
}

/* Says where the text stands, if it is not a built-in one. */
static enum po_status
bad_text(
    enum po_status status, const struct po_place *place, struct po_err *err)
{
	if (place != NULL && place->line != 0)
		po_err_prefix(err, "%s:%u", place->file, place->line);
	return status;
}

enum po_status
po_mapping_new(const struct po_mapping_options *options,
    const struct po_mapping_places *places, struct po_mapping **out,
    struct po_err *err)
{
	AUTO(po_mapping_free) struct po_mapping *mapping = NULL;
	const char *username = options->username;
	const char *format = options->username_format;
	enum po_status st;

	*out = NULL;
	if (username == NULL)
		username = DEFAULT_USERNAME;
	if ((st = po_pointer_check(username, err)) != PO_OK) {
		po_err_prefix(err, "username");
		return bad_text(
		    st, places == NULL ? NULL : &places->username, err);
	}
	if ((mapping = calloc(1, sizeof(*mapping))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (options->username_match != NULL &&
	    (st = po_ere_compile(
		 options->username_match, &mapping->match, err)) != PO_OK) {
		po_err_prefix(err, "username_match");
		return bad_text(
		    st, places == NULL ? NULL : &places->username_match, err);
	}
	if (format == NULL)
		format =
		    mapping->match != NULL && po_ere_groups(mapping->match) > 0
			? "\\1"
			: "\\0";
	if ((st = check_format(format, mapping->match, err)) != PO_OK)
		return bad_text(
		    st, places == NULL ? NULL : &places->username_format, err);
	if ((mapping->username = po_str_dup(username)) == NULL ||
	    (mapping->format = po_str_dup(format)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*out = TAKE(mapping);
	return PO_OK;
}

void
po_mapping_free(struct po_mapping **mapping)
{
	if (*mapping != NULL) {
		po_str_free(&(*mapping)->username);
		po_str_free(&(*mapping)->format);
		po_ere_free(&(*mapping)->match);
	}
	free(*mapping);
	*mapping = NULL;
}

const char *
po_mapping_pointer(const struct po_mapping *mapping)
{
	return mapping->username;
}

static bool
keep_first(void *arg, const struct po_json *value)
{
	struct found *found = arg;

	if (found->count++ == 0)
		found->value = value;
	return found->count < 2;
}

/* The one string at the pointer, of printable ASCII and bounded. */
static enum po_status
find_claim(const struct po_mapping *mapping, const struct po_json *claims,
    const char **text, size_t *len, struct po_err *err)
{
	struct found found = { .value = NULL, .count = 0 };
	const char *pointer = mapping->username;

	(void)po_claims_find(claims, pointer, keep_first, &found);
	if (found.count == 0)
		return po_err_set(
		    err, PO_E_CLAIM_MISSING, "the claims have no %s", pointer);
	if (found.count > 1)
		return po_err_set(err, PO_E_CLAIM_UNSAFE,
		    "%s leads to several values", pointer);
	if ((*text = po_json_string(found.value, len)) == NULL)
		return po_err_set(err, PO_E_CLAIM_UNSAFE,
		    "%s is not a string: %s", pointer,
		    po_json_type_name(found.value));
	if (*len == 0)
		return po_err_set(
		    err, PO_E_CLAIM_UNSAFE, "%s is empty", pointer);
	if (*len > PO_ERE_SUBJECT_MAX)
		return po_err_set(err, PO_E_CLAIM_UNSAFE,
		    "%s is longer than %d bytes", pointer, PO_ERE_SUBJECT_MAX);
	for (size_t i = 0; i < *len; i++) {
		unsigned char c = (unsigned char)(*text)[i];

		/* homoglyphs, full-width letters and ESC all end here */
		if (c < 0x20 || c > 0x7E)
			return po_err_set(err, PO_E_CLAIM_UNSAFE,
			    "%s has the byte 0x%02x, which is not printable "
			    "ASCII",
			    pointer, (unsigned int)c);
	}
	return PO_OK;
}

/* Expands the (checked) format. */
static void
expand(const char *format, const char *claim,
    const struct po_ere_span spans[PO_ERE_SPANS], struct po_buf *out)
{
	for (const char *p = format; *p != '\0'; p++) {
		const struct po_ere_span *span;

		if (*p != '\\' || *++p == '\\') {
			po_buf_append_char(out, *p);
			continue;
		}
		span = &spans[*p - '0'];
		po_buf_append(out, claim + span->start, span->len);
	}
}

/* A message about the claim's value, or another text made from it. */
static enum po_status
refuse_value(enum po_status status, const char *pointer, const char *value,
    size_t len, const char *why, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf quoted = PO_BUF_INIT(PO_ERR_TEXT_MAX);

	po_claims_quote(&quoted, value, len);
	return po_err_set(
	    err, status, "%s: %s %s", pointer, po_buf_str(&quoted), why);
}

enum po_status
po_mapping_apply(const struct po_mapping *mapping, const struct po_json *claims,
    char **account, const struct po_log *log, struct po_err *err)
{
	/* \0 to \9 ten times each could be no account name either */
	AUTO(po_buf_clear)
	struct po_buf name = PO_BUF_INIT(FORMAT_MAX * PO_ERE_SUBJECT_MAX);
	struct po_ere_span spans[PO_ERE_SPANS] = { 0 };
	const char *claim = NULL;
	size_t len = 0;
	enum po_status st;

	*account = NULL;
	if ((st = find_claim(mapping, claims, &claim, &len, err)) != PO_OK)
		return st;
	po_log(log, PO_LOG_DEBUG, "username: %s is \"%.*s\"", mapping->username,
	    SHOWN_MAX, claim);
	if ((st = po_claims_check_email(mapping->username, claims, err)) !=
	    PO_OK)
		return st;
	spans[0].len = len;
	if (mapping->match != NULL &&
	    !po_ere_match(mapping->match, claim, len, spans))
		return refuse_value(PO_E_USERNAME_UNMATCHED, mapping->username,
		    claim, len, "does not match username_match", err);
	expand(mapping->format, claim, spans, &name);
	if ((st = po_buf_check(&name, err)) != PO_OK)
		return st;
	po_log(log, PO_LOG_DEBUG,
	    "username: %susername_format %s gives \"%.*s\"",
	    mapping->match != NULL ? "username_match matches, " : "",
	    mapping->format, SHOWN_MAX, po_buf_str(&name));
	if (!po_account_name_valid(po_buf_str(&name)))
		return refuse_value(PO_E_CLAIM_UNSAFE, mapping->username,
		    po_buf_str(&name), name.len,
		    "is not an account name ([A-Za-z_][A-Za-z0-9_.-]{0,31})",
		    err);
	return po_buf_take_str(&name, account, err);
}
