/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_JSON_H
#define PO_JOSE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * JSON (RFC 8259), stricter than json-c, which reads what our own scanner has
 * admitted: one value and nothing behind it, no duplicate member at any
 * level (compared after unescaping), no U+0000, no lone surrogate, no
 * malformed UTF-8, no raw control character, numbers by the grammar, integers
 * within int64, doubles finite, depth at most PO_JSON_DEPTH_MAX.  No byte
 * order mark.
 *
 * Values are immutable.  A `const struct po_json *` from an accessor is
 * borrowed from the document it was found in.
 */
struct po_json;

#define PO_JSON_DEPTH_MAX 16 /* the deepest document met has 5 (claims) */

enum po_json_type {
	PO_JSON_NULL,
	PO_JSON_BOOL,
	PO_JSON_INT,
	PO_JSON_DOUBLE, /* has a fraction or an exponent */
	PO_JSON_STRING,
	PO_JSON_ARRAY,
	PO_JSON_OBJECT
};

/* PO_E_DOCUMENT names what is wrong and the byte offset. */
PO_MUST_USE
enum po_status po_json_parse(
    const void *data, size_t len, struct po_json **out, struct po_err *err);
void po_json_free(struct po_json **json);

enum po_json_type po_json_type(const struct po_json *json);
/* "string", "array", ...: for messages. */
const char *po_json_type_name(const struct po_json *json);

/* The member, or NULL if absent (a null member is a PO_JSON_NULL value). */
const struct po_json *po_json_member(
    const struct po_json *object, const char *name);
size_t po_json_array_len(const struct po_json *array);
const struct po_json *po_json_array_at(const struct po_json *array, size_t i);

/* Calls `fn` for each member in document order until it returns false. */
void po_json_each_member(const struct po_json *object,
    bool (*fn)(void *arg, const char *name, const struct po_json *value),
    void *arg);

/* NULL unless a string; *len (may be NULL) in bytes; no NUL inside, ever. */
const char *po_json_string(const struct po_json *json, size_t *len);
/* The largest integer not above it; false unless an int, or a double below
 * 2^53, beyond which it does not say which integer was meant. */
PO_MUST_USE
bool po_json_floor(const struct po_json *json, int64_t *out);
/* The same, and false if there is a fraction. */
PO_MUST_USE
bool po_json_int(const struct po_json *json, int64_t *out);
PO_MUST_USE
bool po_json_bool(const struct po_json *json, bool *out);

/*
 * Appends the value as compact JSON text (claims for `pam-oauth verify`).
 * Characters that a terminal would act on are written as \u escapes.
 */
void po_json_print(const struct po_json *json, struct po_buf *out);

/* A text of UTF-8 as a JSON string, in the same way. */
void po_json_print_string(const char *text, size_t len, struct po_buf *out);

/*
 * A new object with every member of `base` and those of `extra` that `base`
 * lacks.  *out is independent of both.
 */
PO_MUST_USE
enum po_status po_json_merge(const struct po_json *base,
    const struct po_json *extra, struct po_json **out, struct po_err *err);

/*
 * Table-driven decoding of an object: one row a member.  Unknown members are
 * ignored (RFC 6749 5.1), null counts as absent, a wrong type is an error
 * naming the member.  Targets start as the caller left them.
 */
enum po_json_field_type {
	PO_JSON_FIELD_STRING, /* char **, a copy; max bytes */
	PO_JSON_FIELD_URL,    /* char **, po_text_is_https_url */
	PO_JSON_FIELD_INT,    /* int64_t *; also "300" and 300.0; min..max */
	PO_JSON_FIELD_BOOL    /* bool * */
};

struct po_json_field {
	const char *name;
	enum po_json_field_type type;
	void *target; /* never written when the member is absent */
	bool required;
	int64_t min; /* INT: values outside are clamped */
	int64_t max; /* INT: as min; STRING: longest in bytes, longer = error */
};

/* PO_E_DOCUMENT: `field "x" is missing` and the like. */
PO_MUST_USE
enum po_status po_json_decode(const struct po_json *object,
    const struct po_json_field *fields, size_t count, struct po_err *err);

#endif
