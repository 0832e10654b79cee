/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose an account is.  Runs as root inside sshd and sudo; see binding.h. */

#include "base/binding.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/record.h"
#include "base/text.h"

#define BINDINGS_DIR PO_STATEDIR "/bindings"
#define SUB_MAX 255           /* OpenID Connect Core 2 */
#define RECORD_MAX 4096       /* a URL, a sub and a few words */
#define TIME_MAX 253402300799 /* the end of the year 9999, four digits */

void
po_binding_clear(struct po_binding *binding)
{
	po_str_free(&binding->issuer);
	po_str_free(&binding->sub);
	binding->since_s = 0;
}

void
po_binding_time(int64_t time_s, char *out)
{
	time_t since_s = (time_t)time_s;
	struct tm tm;

	if (gmtime_r(&since_s, &tm) == NULL ||
	    strftime(out, PO_BINDING_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

enum po_status
po_bindings_open(struct po_store *store, struct po_err *err)
{
	AUTO(po_store_close) struct po_store above = PO_STORE_INIT;
	enum po_status st = po_store_open(&above, PO_STATEDIR, err);

	return st == PO_OK ? po_store_open(store, BINDINGS_DIR, err) : st;
}

/* False also when memory is short: the record then counts as unreadable. */
static bool
parse(char *text, struct po_binding *out)
{
	const char *version = po_record_take(&text, "version", 1, 1);
	const char *issuer = po_record_take(&text, "issuer", 1, PO_URL_MAX);
	const char *sub = po_record_take(&text, "sub", 1, SUB_MAX);
	const char *since = po_record_take(&text, "since", 1, 12);

	if (version == NULL || strcmp(version, "1") != 0 || issuer == NULL ||
	    sub == NULL || since == NULL || *text != '\0' ||
	    !po_text_parse_int(since, 0, TIME_MAX, &out->since_s))
		return false;
	out->issuer = po_str_dup(issuer);
	out->sub = po_str_dup(sub);
	return out->issuer != NULL && out->sub != NULL;
}

enum po_status
po_binding_read(const struct po_store *store, const char *account,
    struct po_binding *out, bool *found, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(RECORD_MAX);
	AUTO(po_str_free) char *text = NULL;
	enum po_status st;

	*out = (struct po_binding){ 0 };
	if ((st = po_store_read(store, account, &record, found, err)) !=
		PO_OK ||
	    !*found)
		return st;
	*found = false;
	if (memchr(po_buf_str(&record), '\0', record.len) != NULL ||
	    (text = po_str_dup(po_buf_str(&record))) == NULL ||
	    !parse(text, out)) {
		po_binding_clear(out);
		return po_err_set(err, PO_E_STORE,
		    "%s/%s: not a record of a binding", store->path, account);
	}
	*found = true;
	return PO_OK;
}

static enum po_status
compare(const struct po_binding *binding, const char *issuer, const char *sub,
    struct po_err *err)
{
	char since[PO_BINDING_TIME_SIZE];

	if (po_str_equal(binding->issuer, issuer) &&
	    po_str_equal(binding->sub, sub))
		return PO_OK;
	po_binding_time(binding->since_s, since);
	return po_err_set(err, PO_E_BOUND,
	    "the account has been another person's since %s: sub \"%s\" of %s",
	    since, binding->sub, binding->issuer);
}

enum po_status
po_binding_claim(const struct po_store *store, const char *account,
    const char *issuer, const char *sub, int64_t now_s, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf record = PO_BUF_INIT(RECORD_MAX);
	enum po_status st = PO_OK;

	if (!po_record_is_value(issuer, 1, PO_URL_MAX) ||
	    !po_record_is_value(sub, 1, SUB_MAX))
		return po_err_set(err, PO_E_HELPER,
		    "an issuer or sub that no account can be bound to");
	po_buf_appendf(&record, "version=1\nissuer=%s\nsub=%s\nsince=%lld\n",
	    issuer, sub, (long long)now_s);
	if ((st = po_buf_check(&record, err)) != PO_OK)
		return st;
	/* whoever is second finds the record of the first */
	for (int tries = 0; tries < 2; tries++) {
		AUTO(po_binding_clear) struct po_binding there = { 0 };
		bool done = false;

		st = po_binding_read(store, account, &there, &done, err);
		if (st != PO_OK)
			return st;
		if (done)
			return compare(&there, issuer, sub, err);
		st = po_store_create(
		    store, account, record.data, record.len, &done, err);
		if (st != PO_OK || done)
			return st;
	}
	return po_err_set(err, PO_E_STORE,
	    "%s/%s: made and removed at the same time", store->path, account);
}
