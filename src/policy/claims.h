/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_CLAIMS_H
#define PO_POLICY_CLAIMS_H

#include "base/err.h"
#include "jose/json.h"

/*
 * JSON Pointers into the claims (RFC 6901): "/groups", "/realm_access/roles",
 * "/https:~1~1acme.example~1groups".  "*" as a whole step goes into every
 * element of an array or member of an object (the steps roles, *, name).
 */
#define PO_POINTER_MAX 512 /* bytes; Zitadel's longest is about 60 */

/* PO_E_CONFIG unless "" or a well-formed pointer that starts with '/'. */
PO_MUST_USE
enum po_status po_pointer_check(const char *pointer, struct po_err *err);

/*
 * Calls `fn` for each value the pointer leads to, in document order, until it
 * returns false; NULL only counts.  Returns how many it was called for: 0 =
 * absent, which is not the same as an empty array (one value).
 */
size_t po_claims_find(const struct po_json *claims, const char *pointer,
    bool (*fn)(void *arg, const struct po_json *value), void *arg);

/*
 * The lasting key of a person whom no ID token names: the text of the one
 * value at `pointer`, a number above 0 or printable ASCII of at most
 * PO_SUBJECT_MAX bytes.  PO_E_SUB for anything else: what is absent, empty or
 * of another shape would be a key that many people share.  *sub is new.
 */
#define PO_SUBJECT_MAX 255 /* as sub (OpenID Connect Core 2) */
PO_MUST_USE
enum po_status po_claims_subject(const struct po_json *claims,
    const char *pointer, char **sub, struct po_err *err);

/*
 * Anybody may give an unverified address as theirs ("nOAuth"):
 * PO_E_EMAIL_UNVERIFIED if `pointer` is /email and email_verified is not true.
 * A string "true" is not good enough: OpenID Connect Core 5.1 has a boolean.
 */
PO_MUST_USE
enum po_status po_claims_check_email(
    const char *pointer, const struct po_json *claims, struct po_err *err);

/* Appends remote text for a message: in quotes, printable, cut when long. */
void po_claims_quote(struct po_buf *out, const char *text, size_t len);

#endif
