/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_BINDING_H
#define PO_BASE_BINDING_H

#include <stdint.h>

#include "base/store.h"

/*
 * Whose an account is (bind = first_use): a record of issuer and subject of
 * the first person who signed in to it, kept until an administrator removes
 * it.  For the module, which claims, and the CLI, which lists and removes.
 *
 * The record, in this order and with nothing else in it:
 *
 *	version=1
 *	issuer=https://sso.example.com
 *	sub=248289761001
 *	since=1764000000
 */
struct po_binding {
	char *issuer;
	char *sub;
	int64_t since_s; /* since the epoch */
};

void po_binding_clear(struct po_binding *binding);

/* "2026-11-26T01:02:03Z"; "" past the year 9999 */
#define PO_BINDING_TIME_SIZE 21
void po_binding_time(int64_t time_s, char *out);

/* Opens the store of them, making it if it is missing: root's alone. */
PO_MUST_USE
enum po_status po_bindings_open(struct po_store *store, struct po_err *err);

/*
 * The record of `account`; *found is false when there is none.  PO_E_STORE
 * names a file that is not as above.
 */
PO_MUST_USE
enum po_status po_binding_read(const struct po_store *store,
    const char *account, struct po_binding *out, bool *found,
    struct po_err *err);

/*
 * PO_OK when the account is this person's, by a record that was there or by
 * the one it makes, dated `now_s`; PO_E_BOUND when it is somebody else's.  Of
 * several who are first at once one gets it, and the others are compared
 * with that one.  PO_E_HELPER for an issuer or subject that is no printable
 * ASCII, is empty, or is longer than a URL or OpenID Connect Core 2 allows.
 */
PO_MUST_USE
enum po_status po_binding_claim(const struct po_store *store,
    const char *account, const char *issuer, const char *sub, int64_t now_s,
    struct po_err *err);

#endif
