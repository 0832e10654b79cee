/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of an object into a structure, by a table.  See json.h. */

#include <inttypes.h>

#include "base/mem.h"
#include "base/text.h"
#include "jose/json.h"

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

/* Integers come as 300, 300.0 and "300" (Entra v1, Authlete). */
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
	if (number < field->min)
		number = field->min;
	if (number > field->max)
		number = field->max;
	*target = number;
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
