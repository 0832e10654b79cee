/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON Pointers into a claims document.  Pure.  See claims.h. */

#include "policy/claims.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/record.h"
#include "base/text.h"

/* Characters of one remote value in a message: a GUID has 36. */
#define QUOTED_MAX 64

/* One walk: where to report, and whether anybody still listens. */
struct walk {
	const char *rest; /* the pointer from here on: "" or "/step..." */
	bool (*fn)(void *arg, const struct po_json *value);
	void *arg;
	size_t *found;
	bool *stop;
};

enum po_status
po_pointer_check(const char *pointer, struct po_err *err)
{
	size_t len = strlen(pointer);

	if (len > PO_POINTER_MAX)
		return po_err_set(err, PO_E_CONFIG,
		    "pointer is longer than %d bytes", PO_POINTER_MAX);
	if (!po_text_is_utf8(pointer, len))
		return po_err_set(err, PO_E_CONFIG, "pointer is not UTF-8");
	if (len > 0 && pointer[0] != '/')
		return po_err_set(err, PO_E_CONFIG,
		    "pointer \"%s\" does not begin with \"/\" (RFC 6901 3)",
		    pointer);
	for (const char *p = pointer; *p != '\0'; p++) {
		if (*p == '~' && p[1] != '0' && p[1] != '1')
			return po_err_set(err, PO_E_CONFIG,
			    "pointer \"%s\" has a \"~\" that is not \"~0\" or "
			    "\"~1\" (RFC 6901 3)",
			    pointer);
	}
	return PO_OK;
}

/* Writes the member name that `step` of `len` bytes stands for. */
static void
unescape(const char *step, size_t len, char name[PO_POINTER_MAX + 1])
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = step[i];

		if (c == '~')
			c = step[++i] == '1' ? '/' : '~';
		name[used++] = c;
	}
	name[used] = '\0';
}

/* An array index by RFC 6901 4: no sign, no leading zero; "-" is past it. */
static bool
parse_index(const char *name, size_t *index)
{
	int64_t value;

	if (name[0] == '-' || (name[0] == '0' && name[1] != '\0') ||
	    !po_text_parse_int(name, 0, INT32_MAX, &value))
		return false;
	*index = (size_t)value;
	return true;
}

static void visit(const struct walk *walk, const struct po_json *value);

static bool
visit_member(void *arg, const char *name, const struct po_json *value)
{
	const struct walk *walk = arg;

	(void)name;
	visit(walk, value);
	return !*walk->stop;
}

static void
visit_all(struct walk *below, const struct po_json *value)
{
	if (po_json_type(value) == PO_JSON_OBJECT)
		po_json_each_member(value, visit_member, below);
	if (po_json_type(value) != PO_JSON_ARRAY)
		return;
	for (size_t i = 0; i < po_json_array_len(value) && !*below->stop; i++)
		visit(below, po_json_array_at(value, i));
}

/* Takes one step; the recursion ends with the document (PO_JSON_DEPTH_MAX). */
static void
visit(const struct walk *walk, const struct po_json *value)
{
	const char *step = walk->rest + 1;
	size_t len;
	char name[PO_POINTER_MAX + 1];
	struct walk below = *walk;
	const struct po_json *next = NULL;
	size_t index;

	if (walk->rest[0] == '\0') {
		++*walk->found;
		if (walk->fn != NULL && !walk->fn(walk->arg, value))
			*walk->stop = true;
		return;
	}
	len = strcspn(step, "/");
	below.rest = step + len;
	if (len == 1 && step[0] == '*') {
		visit_all(&below, value);
		return;
	}
	unescape(step, len, name);
	if (po_json_type(value) == PO_JSON_OBJECT)
		next = po_json_member(value, name);
	else if (po_json_type(value) == PO_JSON_ARRAY &&
		 parse_index(name, &index) && index < po_json_array_len(value))
		next = po_json_array_at(value, index);
	if (next != NULL)
		visit(&below, next);
}

size_t
po_claims_find(const struct po_json *claims, const char *pointer,
    bool (*fn)(void *arg, const struct po_json *value), void *arg)
{
	size_t found = 0;
	bool stop = false;
	struct walk walk = {
		.rest = pointer,
		.fn = fn,
		.arg = arg,
		.found = &found,
		.stop = &stop,
	};

	if (po_pointer_check(pointer, NULL) != PO_OK)
		return 0;
	visit(&walk, claims);
	return found;
}

static bool
keep_value(void *arg, const struct po_json *value)
{
	const struct po_json **kept = arg;

	*kept = value;
	return true;
}

/* Appends the value's text if it may be a key. */
static enum po_status
read_subject(const struct po_json *value, struct po_buf *text)
{
	const char *string;
	int64_t number;

	if (po_json_type(value) == PO_JSON_INT && po_json_int(value, &number) &&
	    number > 0)
		po_buf_appendf(text, "%" PRId64, number);
	/* as of a token: it stands in logs and records */
	string = po_json_string(value, NULL);
	if (string != NULL && po_record_is_value(string, 1, PO_SUBJECT_MAX))
		po_buf_append_str(text, string);
	return text->status;
}

enum po_status
po_claims_subject(const struct po_json *claims, const char *pointer, char **sub,
    struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_SUBJECT_MAX);
	const struct po_json *value = NULL;
	size_t count = po_claims_find(claims, pointer, keep_value, &value);

	*sub = NULL;
	if (count != 1)
		return po_err_set(err, PO_E_SUB,
		    "subject \"%.120s\" leads to %zu values, not to one",
		    pointer, count);
	if (read_subject(value, &text) == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (text.status != PO_OK || text.len == 0)
		return po_err_set(err, PO_E_SUB,
		    "subject \"%.120s\" leads to %s that is no key: neither a "
		    "number above 0 nor printable ASCII of 1 to %d bytes",
		    pointer, po_json_type_name(value), PO_SUBJECT_MAX);
	return po_buf_take_str(&text, sub, err);
}

enum po_status
po_claims_check_email(
    const char *pointer, const struct po_json *claims, struct po_err *err)
{
	const struct po_json *value = po_json_member(claims, "email_verified");
	bool verified = false;

	if (strcmp(pointer, "/email") != 0 ||
	    (value != NULL && po_json_bool(value, &verified) && verified))
		return PO_OK;
	return po_err_set(err, PO_E_EMAIL_UNVERIFIED,
	    "/email needs email_verified true, which is %s",
	    value == NULL                         ? "absent"
	    : po_json_type(value) == PO_JSON_BOOL ? "false"
						  : po_json_type_name(value));
}

void
po_claims_quote(struct po_buf *out, const char *text, size_t len)
{
	po_buf_append_char(out, '"');
	po_text_printable(out, text, len, QUOTED_MAX);
	po_buf_append_char(out, '"');
}
