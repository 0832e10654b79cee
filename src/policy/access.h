/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_POLICY_ACCESS_H
#define PO_POLICY_ACCESS_H

#include "base/err.h"
#include "jose/json.h"

/*
 * One `require` line: "POINTER OP VALUE...".
 *   is       the value is one of VALUE...
 *   has      the array (or object's member names) has one of VALUE...; a
 *            member that is null or false does not count
 *   has_all  ... has every VALUE
 *   matches  the string (or an element) matches the ERE whole
 * Values with blanks stand in double quotes, \" and \\ inside, and so may the
 * pointer.  Numbers and booleans compare by their JSON text.  What a "*" in
 * the pointer leads to is a set as an array is; a lone string never is one
 * ("a,b"), but "matches" takes it.
 */
struct po_rule;

#define PO_RULE_VALUES_MAX 64
#define PO_RULE_SHOWN_MAX 256 /* bytes of its line in a log, which has more */
#define PO_GROUPS_MAX 4096    /* elements looked at; Entra cuts at 200 */

PO_MUST_USE
enum po_status po_rule_parse(
    const char *text, struct po_rule **out, struct po_err *err);
void po_rule_free(struct po_rule **rule);

/* The pointer it looks at, borrowed. */
const char *po_rule_pointer(const struct po_rule *rule);

/*
 * PO_OK when the claims satisfy the rule.  PO_E_NOT_ALLOWED says what was
 * wanted and what was there: absent, empty, more than PO_GROUPS_MAX elements,
 * of another type or of other values.  PO_E_GROUPS_OVERAGE when the provider
 * left the claim out because it was too long (_claim_names, hasgroups,
 * groups:src1), PO_E_EMAIL_UNVERIFIED as po_claims_check_email.
 */
PO_MUST_USE
enum po_status po_rule_check(const struct po_rule *rule,
    const struct po_json *claims, struct po_err *err);

#endif
