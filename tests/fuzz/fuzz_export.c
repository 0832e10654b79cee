/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An `export` line, then claims; and all of it once more as the lines that a
 * hostile helper would send.  What reaches the environment is judged by a list
 * of its own: no name that anything takes orders from, no byte that a shell
 * or a terminal obeys.
 */

#include <string.h>

#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz.h"
#include "policy/claims.h"
#include "policy/export.h"

static unsigned puts_seen;

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
check_value(const char *value)
{
	require(strlen(value) <= PO_ENVIRON_VALUE_MAX);
	require(po_text_is_utf8(value, strlen(value)));
	require(
	    strpbrk(value, "\n\r\t\033\"\\$`|&;<>()[]{}*?!#~^%\177") == NULL);
	require(value[0] != '-' && value[0] != ' ');
	for (const char *p = value; *p != '\0'; p++) {
		require((unsigned char)*p >= ' ');
		/* U+0080 to U+009F, U+202A to U+202E */
		require(
		    (unsigned char)p[0] != 0xC2 || (unsigned char)p[1] >= 0xA0);
		require(!begins(p, "\xE2\x80\xAE"));
	}
}

static enum po_status
put(void *arg, const char *line, struct po_err *err)
{
	const char *expected = arg;
	const char *equals = strchr(line, '=');

	(void)err;
	puts_seen++;
	require(equals != NULL);
	require(begins(line, "OIDC_") || begins(line, "OAUTH_") ||
		begins(line, "GIT_") || begins(line, "DEB") ||
		begins(line, "EMAIL="));
	require(!begins(line, "OAUTH_TOKEN_FILE="));
	require(expected == NULL ||
		(begins(line, expected) && line + strlen(expected) == equals));
	require(strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
		(size_t)(equals - line));
	check_value(equals + 1);
	return PO_OK;
}

struct look {
	const struct po_json *claims;
	bool found;
};

static void
find(void *arg, const char *pointer)
{
	struct look *look = arg;

	look->found = po_claims_find(look->claims, pointer, NULL, NULL) > 0;
}

static void
check_claims(const char *line, const struct po_json *claims)
{
	const struct po_place place = { .file = "conf", .line = 7 };
	AUTO(po_exports_free) struct po_exports *exports = NULL;
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(2048);
	AUTO(po_str_free) char *name = po_mem_dup(line, strcspn(line, " \t"));
	struct look looked = { .claims = claims };
	struct po_err err = { 0 };
	enum po_status st = po_exports_new(&line, &place, 1, &exports, &err);

	require(name != NULL);
	require(err.status == st && (st == PO_OK) == (exports != NULL));
	require(st == PO_OK || begins(err.text, "conf:7: export: "));
	if (st != PO_OK)
		return;
	require(po_exports_apply(exports, claims, NULL, &out, NULL) == PO_OK);
	/* what is lacking has no value */
	po_exports_each_pointer(exports, find, &looked);
	require(looked.found || out.len == 0);
	puts_seen = 0;
	require(po_environ_each(po_buf_str(&out), put, name, NULL) == PO_OK);
	require(puts_seen == (out.len > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(po_str_free) char *text = po_mem_dup(data, size);
	AUTO(po_json_free) struct po_json *claims = NULL;
	enum po_status st;
	size_t len;

	require(text != NULL);
	puts_seen = 0;
	st = po_environ_each(text, put, NULL, NULL);
	require(st == PO_OK || (st == PO_E_HELPER && puts_seen == 0));
	require(st != PO_OK || (puts_seen == 0) == (text[0] == '\0'));
	len = strcspn(text, "\n");
	if (text[len] == '\n' &&
	    po_json_parse(text + len + 1, strlen(text + len + 1), &claims,
		NULL) == PO_OK) {
		text[len] = '\0';
		check_claims(text, claims);
	}
	return 0;
}
