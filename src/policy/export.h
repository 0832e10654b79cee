/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_EXPORT_H
#define PO_POLICY_EXPORT_H

#include "base/err.h"
#include "base/log.h"
#include "base/place.h"
#include "jose/json.h"

/*
 * `export = NAME POINTER`: claims for the environment of a session.  NAME is
 * one that po_environ_name_allowed allows, and stands once; POINTER, as in
 * claims.h, is the rest of the line.
 */
struct po_exports;

#define PO_EXPORTS_MAX 32 /* lines: a person has a dozen claims */

/* PO_E_CONFIG: "FILE:LINE: export: what is wrong". */
PO_MUST_USE
enum po_status po_exports_new(const char *const *text,
    const struct po_place *place, size_t count, struct po_exports **out,
    struct po_err *err);
void po_exports_free(struct po_exports **exports);

/* Calls `fn` with each pointer: userinfo and documents may be wanted for it. */
void po_exports_each_pointer(const struct po_exports *exports,
    void (*fn)(void *arg, const char *pointer), void *arg);

/*
 * Appends "NAME=value\n" for each claim: a string, integer or boolean as it
 * is, several (an array, or what a "*" leads to) with commas between them.
 * What is absent or null is left out, with a word to `log` at PO_LOG_DEBUG;
 * what cannot be exported (another type, a comma in one of several, text that
 * po_environ_value_allowed does not allow, no room in `out`) is left out with
 * a warning that does not quote it.  PO_E_NOMEM, and nothing else.
 */
PO_MUST_USE
enum po_status po_exports_apply(const struct po_exports *exports,
    const struct po_json *claims, const struct po_log *log, struct po_buf *out,
    struct po_err *err);

#endif
