/* SPDX-License-Identifier: BSD-2-Clause */
/* The only user of json-c: trees of what json_scan.c admits.  See json.h. */

#include "jose/json.h"

#include <inttypes.h>
#include <json-c/json_object.h>
#include <json-c/json_object_iterator.h>
#include <json-c/json_tokener.h>
#include <json-c/printbuf.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json_scan.h"

/* json-c has no object for null, but we must tell null from absent. */
static const char null_value = 0;
#define JSON_NULL ((const struct po_json *)(const void *)&null_value)

/*
 * A struct po_json is json-c's object under our name.  Const is dropped where
 * json-c's getters lack it; those used here change at most a cached text.
 */
static struct json_object *
to_jsonc(const struct po_json *json)
{
	return json == JSON_NULL
		   ? NULL
		   : (struct json_object *)(uintptr_t)(const void *)json;
}

static const struct po_json *
from_jsonc(const struct json_object *obj)
{
	return obj == NULL ? JSON_NULL
			   : (const struct po_json *)(const void *)obj;
}

/* For results of our own making, which we may free. */
static struct po_json *
own_jsonc(const struct json_object *obj)
{
	return (struct po_json *)(uintptr_t)(const void *)from_jsonc(obj);
}

static void
free_tokener(struct json_tokener **tok)
{
	if (*tok == NULL)
		return;
	/* the scratch buffer held every string of the document */
	explicit_bzero((*tok)->pb->buf, (size_t)(*tok)->pb->size);
	json_tokener_free(*tok);
	*tok = NULL;
}

struct walk {
	size_t values; /* met so far */
	bool wipe;     /* zero the strings: tokens and secrets are JSON */
};

static bool walk_member(
    void *arg, const char *name PO_UNUSED, const struct po_json *value);

/* Visits `json` and every value in it. */
static void
walk(const struct po_json *json, struct walk *state)
{
	size_t len;
	const char *text = po_json_string(json, &len);

	state->values++;
	if (text != NULL && state->wipe)
		explicit_bzero((char *)(uintptr_t)text, len);
	for (size_t i = 0; i < po_json_array_len(json); i++)
		walk(po_json_array_at(json, i), state);
	po_json_each_member(json, walk_member, state);
}

static bool
walk_member(void *arg, const char *name PO_UNUSED, const struct po_json *value)
{
	walk(value, arg);
	return true;
}

/* Builds the tree of a document that the scanner has admitted. */
static enum po_status
build(const void *data, size_t len, struct po_json **out, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(len);
	AUTO(free_tokener) struct json_tokener *tok = NULL;
	struct json_object *obj;

	po_json_resolve_pairs(data, len, &text);
	/* the scanner has counted containers; json-c counts scalars too */
	if (po_buf_check(&text, NULL) != PO_OK ||
	    (tok = json_tokener_new_ex(PO_JSON_DEPTH_MAX + 2)) == NULL ||
	    /* grown at once, lest growing leaves copies of secrets behind */
	    printbuf_memset(tok->pb, 0, 0, (int)len) < 0)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* with the NUL: a number at the end of the text ends only there */
	obj = json_tokener_parse_ex(tok, po_buf_str(&text), (int)text.len + 1);
	if (json_tokener_get_error(tok) != json_tokener_success)
		return po_err_set(err, PO_E_DOCUMENT, "unreadable JSON: %s",
		    json_tokener_error_desc(json_tokener_get_error(tok)));
	/* short of memory, json-c 0.16 ends with "null" and no error */
	if (obj == NULL &&
	    po_buf_str(&text)[strspn(po_buf_str(&text), " \t\r\n")] != 'n')
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*out = own_jsonc(obj);
	return PO_OK;
}

enum po_status
po_json_parse(
    const void *data, size_t len, struct po_json **out, struct po_err *err)
{
	AUTO(po_json_free) struct po_json *json = NULL;
	struct walk built = { .values = 0, .wipe = false };
	size_t values = 0;
	enum po_status st;

	*out = NULL;
	/* json-c counts in int, with room for doubling its buffer */
	if (len > INT_MAX / 4)
		return po_err_set(err, PO_E_DOCUMENT, "%zu bytes", len);
	if ((st = po_json_scan(data, len, &values, err)) != PO_OK ||
	    (st = build(data, len, &json, err)) != PO_OK)
		return st;
	/* or it drops a member, a claim that would have meant a refusal */
	walk(json, &built);
	if (built.values != values)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*out = TAKE(json);
	return PO_OK;
}

void
po_json_free(struct po_json **json)
{
	struct walk wiping = { .values = 0, .wipe = true };

	if (*json == NULL)
		return;
	walk(*json, &wiping);
	(void)json_object_put(to_jsonc(*json));
	*json = NULL;
}

enum po_json_type
po_json_type(const struct po_json *json)
{
	static const enum po_json_type types[] = {
		[json_type_null] = PO_JSON_NULL,
		[json_type_boolean] = PO_JSON_BOOL,
		[json_type_int] = PO_JSON_INT,
		[json_type_double] = PO_JSON_DOUBLE,
		[json_type_string] = PO_JSON_STRING,
		[json_type_array] = PO_JSON_ARRAY,
		[json_type_object] = PO_JSON_OBJECT,
	};

	return types[json_object_get_type(to_jsonc(json))];
}

const char *
po_json_type_name(const struct po_json *json)
{
	/* in the order of enum po_json_type */
	static const char *const names[] = { "null", "boolean", "integer",
		"number", "string", "array", "object" };

	return names[po_json_type(json)];
}

const struct po_json *
po_json_member(const struct po_json *object, const char *name)
{
	struct json_object *value;

	if (po_json_type(object) != PO_JSON_OBJECT ||
	    !json_object_object_get_ex(to_jsonc(object), name, &value))
		return NULL;
	return from_jsonc(value);
}

size_t
po_json_array_len(const struct po_json *array)
{
	if (po_json_type(array) != PO_JSON_ARRAY)
		return 0;
	return json_object_array_length(to_jsonc(array));
}

const struct po_json *
po_json_array_at(const struct po_json *array, size_t i)
{
	if (i >= po_json_array_len(array))
		return NULL;
	return from_jsonc(json_object_array_get_idx(to_jsonc(array), i));
}

void
po_json_each_member(const struct po_json *object,
    bool (*fn)(void *arg, const char *name, const struct po_json *value),
    void *arg)
{
	struct json_object *obj = to_jsonc(object);
	struct json_object_iterator it, end;

	if (po_json_type(object) != PO_JSON_OBJECT)
		return;
	it = json_object_iter_begin(obj);
	end = json_object_iter_end(obj);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		if (!fn(arg, json_object_iter_peek_name(&it),
			from_jsonc(json_object_iter_peek_value(&it))))
			return;
}

const char *
po_json_string(const struct po_json *json, size_t *len)
{
	if (po_json_type(json) != PO_JSON_STRING)
		return NULL;
	if (len != NULL)
		*len = (size_t)json_object_get_string_len(to_jsonc(json));
	return json_object_get_string(to_jsonc(json));
}

bool
po_json_floor(const struct po_json *json, int64_t *out)
{
	/* beyond 2^53 a double stands for several integers */
	const double exact_max = 9007199254740992.0;
	double value = json_object_get_double(to_jsonc(json));

	if (po_json_type(json) != PO_JSON_INT &&
	    (po_json_type(json) != PO_JSON_DOUBLE || value <= -exact_max ||
		value >= exact_max))
		return false;
	*out = json_object_get_int64(to_jsonc(json)); /* towards zero */
	*out -= value < (double)*out;
	return true;
}

bool
po_json_int(const struct po_json *json, int64_t *out)
{
	int64_t whole;

	if (!po_json_floor(json, &whole) ||
	    json_object_get_double(to_jsonc(json)) != (double)whole)
		return false;
	*out = whole;
	return true;
}

bool
po_json_bool(const struct po_json *json, bool *out)
{
	if (po_json_type(json) != PO_JSON_BOOL)
		return false;
	*out = json_object_get_boolean(to_jsonc(json)) != 0;
	return true;
}

/*
 * One character of well-formed UTF-8 at `p`; returns its length.  What a
 * terminal would act on is escaped, so that claims may be shown.
 */
static size_t
print_char(const uint8_t *p, struct po_buf *out)
{
	size_t len = *p < 0x80 ? 1 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4;
	bool is_ascii = *p >= 0x20 && *p < 0x7F;
	AUTO(po_buf_clear) struct po_buf shown = PO_BUF_INIT(8);
	uint32_t code = *p & (0xFFU >> (len == 1 ? 0 : len + 1));

	if (*p == '"' || *p == '\\')
		po_buf_append_char(out, '\\');
	if (!is_ascii)
		po_text_printable(&shown, p, len, 1);
	if (is_ascii || (shown.len == len && memcmp(shown.data, p, len) == 0)) {
		po_buf_append(out, p, len);
		return len;
	}
	for (size_t i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3FU);
	if (code >= 0x10000) {
		code -= 0x10000;
		po_buf_appendf(out, "\\u%04" PRIx32, 0xD800 + (code >> 10));
		code = 0xDC00 + (code & 0x3FF);
	}
	po_buf_appendf(out, "\\u%04" PRIx32, code);
	return len;
}

void
po_json_print_string(const char *text, size_t len, struct po_buf *out)
{
	po_buf_append_char(out, '"');
	for (size_t i = 0; i < len;)
		i += print_char((const uint8_t *)text + i, out);
	po_buf_append_char(out, '"');
}

struct print_state {
	struct po_buf *out;
	bool first;
};

static bool
print_member(void *arg, const char *name, const struct po_json *value)
{
	struct print_state *state = arg;

	if (!state->first)
		po_buf_append_char(state->out, ',');
	state->first = false;
	po_json_print_string(name, strlen(name), state->out);
	po_buf_append_char(state->out, ':');
	po_json_print(value, state->out);
	return true;
}

void
po_json_print(const struct po_json *json, struct po_buf *out)
{
	struct print_state state = { out, true };
	enum po_json_type type = po_json_type(json);
	size_t len = 0;
	const char *text = po_json_string(json, &len);

	if (type == PO_JSON_STRING) {
		po_json_print_string(text, len, out);
	} else if (type == PO_JSON_ARRAY) {
		po_buf_append_char(out, '[');
		for (size_t i = 0; i < po_json_array_len(json); i++) {
			if (i > 0)
				po_buf_append_char(out, ',');
			po_json_print(po_json_array_at(json, i), out);
		}
		po_buf_append_char(out, ']');
	} else if (type == PO_JSON_OBJECT) {
		po_buf_append_char(out, '{');
		po_json_each_member(json, print_member, &state);
		po_buf_append_char(out, '}');
	} else if ((text = json_object_to_json_string(to_jsonc(json))) ==
		   NULL) {
		out->status = PO_E_NOMEM;
	} else {
		/* of a double, json-c keeps the digits as they were read */
		po_buf_append_str(out, text);
	}
}

struct merge_state {
	struct json_object *into;
	bool failed;
};

/* Adds a copy of the member unless one of that name is there. */
static bool
merge_member(void *arg, const char *name, const struct po_json *value)
{
	struct merge_state *state = arg;
	struct json_object *copy = NULL;

	if (state->failed || json_object_object_get_ex(state->into, name, NULL))
		return !state->failed;
	/* a copy, not a reference: freeing wipes */
	if (value != JSON_NULL &&
	    json_object_deep_copy(to_jsonc(value), &copy, NULL) != 0)
		state->failed = true;
	else if (json_object_object_add(state->into, name, copy) != 0) {
		(void)json_object_put(copy);
		state->failed = true;
	}
	return !state->failed;
}

enum po_status
po_json_merge(const struct po_json *base, const struct po_json *extra,
    struct po_json **out, struct po_err *err)
{
	struct merge_state state = { NULL, false };
	AUTO(po_json_free) struct po_json *merged = NULL;

	*out = NULL;
	if (po_json_type(base) != PO_JSON_OBJECT ||
	    po_json_type(extra) != PO_JSON_OBJECT)
		return po_err_set(err, PO_E_DOCUMENT, "not two objects");
	if ((state.into = json_object_new_object()) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	merged = own_jsonc(state.into);
	po_json_each_member(base, merge_member, &state);
	po_json_each_member(extra, merge_member, &state);
	if (state.failed)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*out = TAKE(merged);
	return PO_OK;
}

static enum po_status
wrong_type(const struct po_json_field *field, const struct po_json *value,
    const char *wanted, struct po_err *err)
{
	return po_err_set(err, PO_E_DOCUMENT, "field \"%s\" is %s, not %s",
	    field->name, po_json_type_name(value), wanted);
}

static enum po_status
decode_string(const struct po_json_field *field, const struct po_json *value,
    struct po_err *err)
{
	char **target = field->target;
	size_t len;
	const char *text = po_json_string(value, &len);
	char *copy;

	if (text == NULL)
		return wrong_type(field, value, "a string", err);
	if (field->type == PO_JSON_FIELD_URL) {
		if (!po_text_is_https_url(text))
			return po_err_set(err, PO_E_DOCUMENT,
			    "field \"%s\" is not an https URL", field->name);
	} else if (len > (uint64_t)field->max) {
		return po_err_set(err, PO_E_DOCUMENT,
		    "field \"%s\" has %zu bytes, more than %" PRId64,
		    field->name, len, field->max);
	}
	if ((copy = po_mem_dup(text, len)) == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	po_str_free(target);
	*target = copy;
	return PO_OK;
}

/* Integers come as 300, 300.0 and "300" (idps: Entra v1, Authlete, ...). */
static enum po_status
decode_int(const struct po_json_field *field, const struct po_json *value,
    struct po_err *err)
{
	int64_t *target = field->target;
	const char *text = po_json_string(value, NULL);
	int64_t number;

	if (text == NULL
		? !po_json_int(value, &number)
		: !po_text_parse_int(text, INT64_MIN, INT64_MAX, &number))
		return wrong_type(field, value, "a whole number", err);
	*target = number < field->min   ? field->min
		  : number > field->max ? field->max
					: number;
	return PO_OK;
}

static enum po_status
decode_field(const struct po_json_field *field, const struct po_json *value,
    struct po_err *err)
{
	if (field->type == PO_JSON_FIELD_INT)
		return decode_int(field, value, err);
	if (field->type != PO_JSON_FIELD_BOOL)
		return decode_string(field, value, err);
	if (!po_json_bool(value, field->target))
		return wrong_type(field, value, "a boolean", err);
	return PO_OK;
}

enum po_status
po_json_decode(const struct po_json *object, const struct po_json_field *fields,
    size_t count, struct po_err *err)
{
	if (po_json_type(object) != PO_JSON_OBJECT)
		return po_err_set(err, PO_E_DOCUMENT, "%s, not an object",
		    po_json_type_name(object));
	for (size_t i = 0; i < count; i++) {
		const struct po_json *value =
		    po_json_member(object, fields[i].name);
		enum po_status st;

		if (value == NULL || po_json_type(value) == PO_JSON_NULL) {
			if (fields[i].required)
				return po_err_set(err, PO_E_DOCUMENT,
				    "field \"%s\" is missing", fields[i].name);
			continue;
		}
		if ((st = decode_field(&fields[i], value, err)) != PO_OK)
			return st;
	}
	return PO_OK;
}
