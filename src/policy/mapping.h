/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_MAPPING_H
#define PO_POLICY_MAPPING_H

#include "base/err.h"
#include "base/log.h"
#include "base/place.h"
#include "jose/json.h"

/* From verified claims to the local account the person owns. */
struct po_mapping;

/* Texts as configured; NULL = the default.  All are copied. */
struct po_mapping_options {
	const char *username; /* pointer; default /preferred_username */
	const char
	    *username_match; /* POSIX ERE, must match whole; NULL: none */
	const char *username_format; /* with \0..\9; default \0, or \1 when
				      * username_match has a group */
};

/* Where each of them stands; line 0 = nowhere in particular. */
struct po_mapping_places {
	struct po_place username;
	struct po_place username_match;
	struct po_place username_format;
};

/* PO_E_CONFIG: which text is wrong, how and, unless `places` is NULL, where. */
PO_MUST_USE
enum po_status po_mapping_new(const struct po_mapping_options *options,
    const struct po_mapping_places *places, struct po_mapping **out,
    struct po_err *err);
void po_mapping_free(struct po_mapping **mapping);

/* The pointer it looks at, borrowed. */
const char *po_mapping_pointer(const struct po_mapping *mapping);

/*
 * The account of these claims.  PO_E_CLAIM_MISSING, PO_E_CLAIM_UNSAFE (not one
 * string, control characters, not an account name), PO_E_EMAIL_UNVERIFIED
 * (the pointer is /email and email_verified is not true),
 * PO_E_USERNAME_UNMATCHED.  *account is a new string.  What was there and what
 * became of it goes to `log` (NULL: nowhere) at PO_LOG_DEBUG.
 */
PO_MUST_USE
enum po_status po_mapping_apply(const struct po_mapping *mapping,
    const struct po_json *claims, char **account, const struct po_log *log,
    struct po_err *err);

#endif
