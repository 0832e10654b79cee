/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_LIVENESS_H
#define PO_BASE_LIVENESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/store.h"

/*
 * What is kept of a sign-in to ask the provider later whether the person is
 * still one of theirs (liveness = refresh): one record an account, root's
 * alone.  The module and the CLI keep them; the helper gets the one of its
 * login.  The record, in this order and with nothing else in it:
 *
 *	version=1
 *	provider=corp                        its section in the configuration
 *	issuer=https://sso.example.com
 *	client_id=linux-login
 *	sub=248289761001
 *	nonce=                               of the sign-in; empty: none
 *	good=1764000000                      last found in order; 0: not so
 *	begun=0                              when a request went out; 0: none
 *	closed=0                             since when it is; 0: it is open
 *	token=...                            the refresh token; empty if closed
 */
struct po_liveness {
	const char *provider;
	const char *issuer;
	const char *client_id;
	const char *sub;
	const char *nonce;
	const char *token;
	int64_t good_s; /* since the epoch, as are the others */
	int64_t begun_s;
	int64_t closed_s;
	/* what the strings point into; NULL: they are somebody else's */
	char *text;
	size_t text_size; /* it is cut into lines by NULs */
	char *new_token;
};

void po_liveness_clear(struct po_liveness *record);

/* Appends the text of a record; check the buffer. */
void po_liveness_print(const struct po_liveness *record, struct po_buf *out);

/* PO_E_STORE unless `text` is a whole record and nothing else. */
PO_MUST_USE
enum po_status po_liveness_parse(
    const char *text, struct po_liveness *out, struct po_err *err);

/* Replaces the token by a copy; PO_E_NOMEM. */
PO_MUST_USE
enum po_status po_liveness_set_token(
    struct po_liveness *record, const char *token, struct po_err *err);

/*
 * Has a store been made on this host?  Until somebody has signed in with
 * liveness there is none, and nobody is asked about.
 */
PO_MUST_USE
bool po_liveness_exists(void);

/* Opens the store, making it if it is missing. */
PO_MUST_USE
enum po_status po_liveness_open(struct po_store *store, struct po_err *err);

/*
 * Waits for the records of `uid` until `deadline_ms`; they are let go with
 * *fd.  Two who use one refresh token at once lose it (RFC 9700 4.14.2).  The
 * kernel ends a lock with its process; one that is merely stopped holds it, and
 * so the wait is bounded: PO_E_EXPIRED.
 */
PO_MUST_USE
enum po_status po_liveness_lock(const struct po_store *store, uid_t uid,
    int64_t deadline_ms, int *fd, struct po_err *err);

/* The record of `account`; *found is false when there is none. */
PO_MUST_USE
enum po_status po_liveness_read(const struct po_store *store,
    const char *account, struct po_liveness *out, bool *found,
    struct po_err *err);

PO_MUST_USE
enum po_status po_liveness_write(const struct po_store *store,
    const char *account, const struct po_liveness *record, struct po_err *err);

#endif
