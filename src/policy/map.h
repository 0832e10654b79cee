/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_MAP_H
#define PO_POLICY_MAP_H

#include "base/err.h"
#include "base/log.h"
#include "jose/json.h"

/*
 * map_file: who else may use which account.  A line is
 *
 *	ACCOUNT  POINTER OP VALUE...
 *
 * the account's name, blanks, and a rule as `require` has it (access.h).
 * Several lines for one account are alternatives.  Lines that are empty or
 * begin with "#" say nothing; a comment has a line of its own.
 */
struct po_map;

#define PO_MAP_MAX (256 * 1024) /* bytes, as the configuration */
#define PO_MAP_LINES_MAX 4000   /* a fleet's shared accounts: tens */

/* PO_E_CONFIG: "FILE:LINE: what is wrong".  `file` is for messages. */
PO_MUST_USE
enum po_status po_map_parse(const char *file, const void *data, size_t len,
    struct po_map **out, struct po_err *err);
void po_map_free(struct po_map **map);

/* Does a line name this account?  NULL, the map of no file, names none. */
PO_MUST_USE
bool po_map_names(const struct po_map *map, const char *account);

/* Calls `fn` once for each account that lines name, in their order. */
void po_map_each_account(const struct po_map *map,
    void (*fn)(void *arg, const char *account), void *arg);

/*
 * PO_OK when a line for `account` holds for these claims.  Else what the last
 * of its lines says: PO_E_NOT_ALLOWED, or PO_E_GROUPS_OVERAGE if any said
 * that; PO_E_OTHER_PERSON when no line names it.  Each line that was looked
 * at goes to `log` (NULL: nowhere) at PO_LOG_DEBUG.
 */
PO_MUST_USE
enum po_status po_map_admits(const struct po_map *map, const char *account,
    const struct po_json *claims, const struct po_log *log, struct po_err *err);

/* Calls `fn` with the pointer of each line for `account`. */
void po_map_each_pointer(const struct po_map *map, const char *account,
    void (*fn)(void *arg, const char *pointer), void *arg);

#endif
