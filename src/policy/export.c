/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Claims for the environment of a session.  Pure.  Must never let a claim
 * through that environ.h does not allow.  See export.h.
 */

#include "policy/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/environ.h"
#include "base/mem.h"
#include "policy/claims.h"

struct export
{
	char *name;
	char *pointer;
};

struct po_exports {
	struct export *each;
	size_t count;
};

/* --- parsing -------------------------------------------------------------- */

/* "NAME POINTER" into the next of `exports`, which has room. */
static enum po_status
parse(struct po_exports *exports, const char *text, struct po_err *err)
{
	struct export *export = &exports->each[exports->count++];
	size_t len = strcspn(text, " \t");
	const char *pointer = text + len + strspn(text + len, " \t");

	if ((export->name = po_mem_dup(text, len)) == NULL ||
	    (export->pointer = po_str_dup(pointer)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (!po_environ_name_allowed(export->name))
		return po_err_set(err, PO_E_CONFIG,
		    "\"%.64s\" may not be set: only OIDC_*, OAUTH_* and a few "
		    "others of pam_oauth.conf(5)",
		    export->name);
	for (size_t i = 0; i + 1 < exports->count; i++)
		if (strcmp(exports->each[i].name, export->name) == 0)
			return po_err_set(
			    err, PO_E_CONFIG, "\"%s\" twice", export->name);
	if (*pointer == '\0')
		return po_err_set(err, PO_E_CONFIG,
		    "\"%s\" without a pointer behind", export->name);
	return po_pointer_check(pointer, err);
}

enum po_status
po_exports_new(const char *const *text, const struct po_place *place,
    size_t count, struct po_exports **out, struct po_err *err)
{
	AUTO(po_exports_free)
	struct po_exports *exports = calloc(1, sizeof(*exports));
	enum po_status st = PO_OK;

	*out = NULL;
	if (exports == NULL ||
	    (exports->each = calloc(count + 1, sizeof(*exports->each))) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	for (size_t i = 0; i < count && st == PO_OK; i++) {
		if (i == PO_EXPORTS_MAX)
			st = po_err_set(err, PO_E_CONFIG, "more than %d lines",
			    PO_EXPORTS_MAX);
		else
			st = parse(exports, text[i], err);
		if (st != PO_OK)
			po_err_prefix(
			    err, "%s:%u: export", place[i].file, place[i].line);
	}
	if (st == PO_OK)
		*out = TAKE(exports);
	return st;
}

void
po_exports_free(struct po_exports **exports)
{
	if (*exports == NULL)
		return;
	for (size_t i = 0; i < (*exports)->count; i++) {
		po_str_free(&(*exports)->each[i].name);
		po_str_free(&(*exports)->each[i].pointer);
	}
	free((*exports)->each);
	free(*exports);
	*exports = NULL;
}

/* --- values --------------------------------------------------------------- */

void
po_exports_each_pointer(const struct po_exports *exports,
    void (*fn)(void *arg, const char *pointer), void *arg)
{
	for (size_t i = 0; i < exports->count; i++)
		fn(arg, exports->each[i].pointer);
}

/* One variable's value while it is put together. */
struct value {
	struct po_buf text;
	size_t count; /* values in it */
	bool present; /* anything but null was there: an empty array is */
	bool comma;   /* one of them has a comma */
	bool misfit;  /* one of them is of a type that cannot be text */
};

static void
value_clear(struct value *value)
{
	po_buf_clear(&value->text);
}

static bool add_value(void *arg, const struct po_json *json);

static void
add_elements(struct value *value, const struct po_json *array)
{
	for (size_t i = 0; i < po_json_array_len(array); i++) {
		const struct po_json *element = po_json_array_at(array, i);

		if (po_json_type(element) == PO_JSON_ARRAY ||
		    po_json_type(element) == PO_JSON_NULL)
			value->misfit = true;
		else
			(void)add_value(value, element);
	}
}

static bool
add_value(void *arg, const struct po_json *json)
{
	struct value *value = arg;
	const char *text = po_json_string(json, NULL);
	int64_t number;
	bool truth;

	if (po_json_type(json) == PO_JSON_NULL)
		return true;
	value->present = true;
	if (po_json_type(json) == PO_JSON_ARRAY) {
		add_elements(value, json);
		return true;
	}
	if (value->count++ > 0)
		po_buf_append_char(&value->text, ',');
	if (text != NULL) {
		po_buf_append_str(&value->text, text);
		value->comma = value->comma || strchr(text, ',') != NULL;
	} else if (po_json_bool(json, &truth)) {
		po_buf_append_str(&value->text, truth ? "true" : "false");
	} else if (po_json_int(json, &number)) {
		po_buf_appendf(&value->text, "%" PRId64, number);
	} else {
		value->misfit = true;
	}
	return true;
}

/* NULL, or why this value is not exported. */
static const char *
objection(const struct value *value, const struct po_buf *out, size_t name_len)
{
	if (value->misfit)
		return "neither text, number nor truth value";
	if (value->comma && value->count > 1)
		return "a comma in one of several values";
	if (value->text.status == PO_E_TOO_LARGE)
		return "too long";
	if (!po_environ_value_allowed(po_buf_str(&value->text)))
		return "characters that are not let into an environment, or "
		       "too long";
	/* "=" and the line feed */
	if (name_len + value->text.len + 2 > out->max - out->len)
		return "no room behind the others";
	return NULL;
}

static enum po_status
apply(const struct export *export, const struct po_json *claims,
    const struct po_log *log, struct po_buf *out, struct po_err *err)
{
	AUTO(value_clear)
	struct value value = { .text = PO_BUF_INIT(PO_ENVIRON_VALUE_MAX) };
	const char *why;

	(void)po_claims_find(claims, export->pointer, add_value, &value);
	if (value.text.status == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if ((why = objection(&value, out, strlen(export->name))) != NULL) {
		po_log(log, PO_LOG_WARNING, "export %s: not exported: %s",
		    export->name, why);
		return PO_OK;
	}
	if (!value.present) {
		po_log(log, PO_LOG_DEBUG, "export %s: %s is absent",
		    export->name, export->pointer);
		return PO_OK;
	}
	po_buf_appendf(out, "%s=%s\n", export->name, po_buf_str(&value.text));
	return po_buf_check(out, err);
}

enum po_status
po_exports_apply(const struct po_exports *exports, const struct po_json *claims,
    const struct po_log *log, struct po_buf *out, struct po_err *err)
{
	enum po_status st = PO_OK;

	for (size_t i = 0; i < exports->count && st == PO_OK; i++)
		st = apply(&exports->each[i], claims, log, out, err);
	return st;
}
