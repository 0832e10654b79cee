/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever the scanner admits, json-c by itself must admit with the same
 * values, and so must a reader that knows nothing but the text; what we print
 * of it must mean the same again.
 */

#include <errno.h>
#include <json-c/json_object.h>
#include <json-c/json_object_iterator.h>
#include <json-c/json_tokener.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "jose/json.h"
#include "jose/json_scan.h"

/* No document of ours prints longer than this many times its size: \u00XX. */
#define GROWTH 6

/* --- what json-c makes of it ---------------------------------------------- */

static void
put_object(struct json_object **object)
{
	(void)json_object_put(*object);
	*object = NULL;
}

/*
 * Without escaped surrogate pairs, some of which json-c reads wrongly; that
 * they are resolved rightly is seen by the reader of the text below.
 */
static struct json_object *
read_with_jsonc(const uint8_t *data, size_t size)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(size);
	struct json_tokener *tok = json_tokener_new();
	struct json_object *object;

	po_json_resolve_pairs(data, size, &text);
	require(tok != NULL && po_buf_check(&text, NULL) == PO_OK);
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* with the NUL, which ends a number */
	object =
	    json_tokener_parse_ex(tok, po_buf_str(&text), (int)text.len + 1);
	require(json_tokener_get_error(tok) == json_tokener_success);
	json_tokener_free(tok);
	return object;
}

/* The number that po_json_print spells: there is no other way to it. */
static double
printed_number(const struct po_json *json)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(SIZE_MAX / 2);
	char *end = NULL;
	double value;

	po_json_print(json, &text);
	require(po_buf_check(&text, NULL) == PO_OK);
	value = strtod(po_buf_str(&text), &end);
	require(*end == '\0' && isfinite(value));
	return value;
}

static void compare(const struct po_json *ours, struct json_object *theirs);

struct members {
	struct json_object_iterator next, end;
};

static bool
compare_member(void *arg, const char *name, const struct po_json *value)
{
	struct members *theirs = arg;

	require(!json_object_iter_equal(&theirs->next, &theirs->end));
	require(strcmp(name, json_object_iter_peek_name(&theirs->next)) == 0);
	compare(value, json_object_iter_peek_value(&theirs->next));
	json_object_iter_next(&theirs->next);
	return true;
}

static void
compare_scalar(const struct po_json *ours, struct json_object *theirs)
{
	bool truth = false;
	int64_t number = 0;
	size_t len = 0;
	const char *text = po_json_string(ours, &len);

	if (po_json_type(ours) == PO_JSON_STRING) {
		require(json_object_get_type(theirs) == json_type_string);
		require(len == (size_t)json_object_get_string_len(theirs));
		require(strlen(text) == len); /* C may read it */
		require(memcmp(text, json_object_get_string(theirs), len) == 0);
	} else if (po_json_type(ours) == PO_JSON_INT) {
		require(json_object_get_type(theirs) == json_type_int);
		require(po_json_int(ours, &number));
		require(number == json_object_get_int64(theirs));
	} else if (po_json_type(ours) == PO_JSON_DOUBLE) {
		require(json_object_get_type(theirs) == json_type_double);
		require(fabs(printed_number(ours) -
			     json_object_get_double(theirs)) <= 0);
	} else if (po_json_type(ours) == PO_JSON_BOOL) {
		require(json_object_get_type(theirs) == json_type_boolean);
		require(po_json_bool(ours, &truth));
		require(truth == (json_object_get_boolean(theirs) != 0));
	} else {
		require(po_json_type(ours) == PO_JSON_NULL && theirs == NULL);
	}
}

static void
compare(const struct po_json *ours, struct json_object *theirs)
{
	if (po_json_type(ours) == PO_JSON_ARRAY) {
		size_t len = po_json_array_len(ours);

		require(json_object_get_type(theirs) == json_type_array);
		require(json_object_array_length(theirs) == len);
		for (size_t i = 0; i < len; i++)
			compare(po_json_array_at(ours, i),
			    json_object_array_get_idx(theirs, i));
	} else if (po_json_type(ours) == PO_JSON_OBJECT) {
		struct members members;

		require(json_object_get_type(theirs) == json_type_object);
		members.next = json_object_iter_begin(theirs);
		members.end = json_object_iter_end(theirs);
		po_json_each_member(ours, compare_member, &members);
		require(json_object_iter_equal(&members.next, &members.end));
	} else {
		compare_scalar(ours, theirs);
	}
}

/* --- what the text says --------------------------------------------------- */

/* Reads along with a tree, by the text alone; what differs aborts. */
struct text {
	const char *at; /* ends with a NUL; none inside an admitted document */
	size_t values;
};

static void expect(struct text *text, const struct po_json *value);

static void
skip(struct text *text, char wanted)
{
	text->at += strspn(text->at, " \t\r\n");
	if (wanted != '\0')
		require(*text->at++ == wanted);
}

static unsigned
hex4(struct text *text)
{
	char digits[5] = "";
	char *end = NULL;
	unsigned long code;

	require(strnlen(text->at, 4) == 4);
	memcpy(digits, text->at, 4);
	code = strtoul(digits, &end, 16);
	require(*end == '\0');
	text->at += 4;
	return (unsigned)code;
}

/* One character of a string, escaped or not, as UTF-8. */
static size_t
next_char(struct text *text, char utf8[4])
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	unsigned code;

	utf8[0] = *text->at++;
	if (utf8[0] != '\\')
		return 1; /* byte by byte */
	if (*text->at++ != 'u') {
		utf8[0] = bytes[strcspn(letters, (char[]){ text->at[-1], 0 })];
		return 1;
	}
	code = hex4(text);
	if (code >= 0xD800 && code <= 0xDBFF) {
		require(*text->at++ == '\\');
		require(*text->at++ == 'u');
		code = 0x10000 + (code - 0xD800) * 0x400;
		code += hex4(text) - 0xDC00;
	}
	if (code < 0x80) {
		utf8[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		utf8[0] = (char)(0xC0 + code / 0x40);
		utf8[1] = (char)(0x80 + code % 0x40);
		return 2;
	}
	if (code < 0x10000) {
		utf8[0] = (char)(0xE0 + code / 0x1000);
		utf8[1] = (char)(0x80 + code / 0x40 % 0x40);
		utf8[2] = (char)(0x80 + code % 0x40);
		return 3;
	}
	utf8[0] = (char)(0xF0 + code / 0x40000);
	utf8[1] = (char)(0x80 + code / 0x1000 % 0x40);
	utf8[2] = (char)(0x80 + code / 0x40 % 0x40);
	utf8[3] = (char)(0x80 + code % 0x40);
	return 4;
}

static void
expect_string(struct text *text, const char *string, size_t len)
{
	skip(text, '"');
	while (*text->at != '"') {
		char utf8[4];
		size_t used = next_char(text, utf8);

		require(used <= len && memcmp(utf8, string, used) == 0);
		string += used;
		len -= used;
	}
	require(len == 0);
	text->at++;
}

static void
expect_number(struct text *text, const struct po_json *value)
{
	size_t len = strspn(text->at, "+-.0123456789eE");
	AUTO(po_str_free) char *digits = po_mem_dup(text->at, len);
	char *end = NULL;
	int64_t number = 0;

	require(digits != NULL && len > 0);
	errno = 0;
	if (po_json_type(value) == PO_JSON_INT) {
		require(po_json_int(value, &number));
		require(strtoll(digits, &end, 10) == number && errno == 0);
	} else {
		double meant = strtod(digits, &end);

		require(fabs(printed_number(value) - meant) <= 0);
		if (po_json_int(value, &number))
			require(fabs((double)number - meant) <= 0);
	}
	require(end == digits + len);
	text->at += len;
}

struct reading {
	struct text *text;
	bool first;
};

static bool
expect_member(void *arg, const char *name, const struct po_json *value)
{
	struct reading *reading = arg;

	if (!reading->first)
		skip(reading->text, ',');
	reading->first = false;
	expect_string(reading->text, name, strlen(name));
	skip(reading->text, ':');
	expect(reading->text, value);
	return true;
}

static void
expect_container(struct text *text, const struct po_json *value)
{
	struct reading reading = { text, true };

	if (po_json_type(value) == PO_JSON_OBJECT) {
		skip(text, '{');
		po_json_each_member(value, expect_member, &reading);
		skip(text, '}');
		return;
	}
	skip(text, '[');
	for (size_t i = 0; i < po_json_array_len(value); i++) {
		if (i > 0)
			skip(text, ',');
		expect(text, po_json_array_at(value, i));
	}
	skip(text, ']');
}

static void
expect(struct text *text, const struct po_json *value)
{
	enum po_json_type type = po_json_type(value);
	const char *word = "null";
	bool truth = false;
	size_t len = 0;
	const char *string = po_json_string(value, &len);

	text->values++;
	skip(text, '\0');
	if (type == PO_JSON_OBJECT || type == PO_JSON_ARRAY) {
		expect_container(text, value);
	} else if (type == PO_JSON_STRING) {
		expect_string(text, string, len);
	} else if (type == PO_JSON_INT || type == PO_JSON_DOUBLE) {
		expect_number(text, value);
	} else {
		if (po_json_bool(value, &truth))
			word = truth ? "true" : "false";
		require(strncmp(text->at, word, strlen(word)) == 0);
		text->at += strlen(word);
	}
}

/* --- what we make of it --------------------------------------------------- */

static void
check_printing(const struct po_json *json, size_t size)
{
	AUTO(po_json_free) struct po_json *again = NULL;
	AUTO(po_buf_clear) struct po_buf once = PO_BUF_INIT(GROWTH * size + 1);
	AUTO(po_buf_clear) struct po_buf twice = PO_BUF_INIT(GROWTH * size + 1);
	struct text text = { NULL, 0 };

	po_json_print(json, &once);
	require(po_buf_check(&once, NULL) == PO_OK);
	for (size_t i = 0; i < once.len; i++)
		require(once.data[i] >= ' ' && once.data[i] != 0x7F);
	text.at = po_buf_str(&once);
	expect(&text, json);
	require(*text.at == '\0');
	require(po_json_parse(once.data, once.len, &again, NULL) == PO_OK);
	po_json_print(again, &twice);
	require(strcmp(po_buf_str(&once), po_buf_str(&twice)) == 0);
}

static bool
is_signed_or_added(void *arg, const char *name, const struct po_json *value)
{
	const struct po_json *const *documents = arg; /* base, extra, merged */
	const struct po_json *from = po_json_member(documents[0], name);
	AUTO(po_buf_clear) struct po_buf want = PO_BUF_INIT(SIZE_MAX / 2);
	AUTO(po_buf_clear) struct po_buf have = PO_BUF_INIT(SIZE_MAX / 2);

	if (from == NULL)
		from = po_json_member(documents[1], name);
	require(from != NULL);
	po_json_print(from, &want);
	po_json_print(value, &have);
	require(strcmp(po_buf_str(&want), po_buf_str(&have)) == 0);
	return true;
}

static bool
is_in(void *arg, const char *name, const struct po_json *value PO_UNUSED)
{
	require(po_json_member(arg, name) != NULL);
	return true;
}

/* What is signed stays, what is not signed only adds. */
static void
check_merging(const struct po_json *extra)
{
	static const char text[] =
	    "{\"sub\":\"signed\",\"exp\":1,\"\":null,\"a\":[1],\"b\":{}}";
	AUTO(po_json_free) struct po_json *base = NULL;
	AUTO(po_json_free) struct po_json *merged = NULL;
	const struct po_json *documents[2];

	require(po_json_parse(text, strlen(text), &base, NULL) == PO_OK);
	if (po_json_merge(base, extra, &merged, NULL) != PO_OK) {
		require(po_json_type(extra) != PO_JSON_OBJECT);
		return;
	}
	documents[0] = base;
	documents[1] = extra;
	po_json_each_member(merged, is_signed_or_added, documents);
	po_json_each_member(base, is_in, merged);
	po_json_each_member(extra, is_in, merged);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_str_free) char *copy = po_mem_dup(data, size);
	AUTO(po_json_free) struct po_json *json = NULL;
	AUTO(put_object) struct json_object *theirs = NULL;
	struct text text = { copy, 0 };
	struct po_err err = { 0 };
	size_t values = 0;
	enum po_status st = po_json_scan(data, size, &values, NULL);

	require(copy != NULL);
	require(po_json_parse(data, size, &json, &err) == st);
	require(err.status == st && (st == PO_OK) == (json != NULL));
	if (st != PO_OK)
		return 0;
	theirs = read_with_jsonc(data, size);
	compare(json, theirs);
	expect(&text, json);
	skip(&text, '\0');
	require(text.at == copy + size && text.values == values);
	check_printing(json, size);
	check_merging(json);
	return 0;
}
