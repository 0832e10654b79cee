/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_LIVENESS_H
#define PO_HELPER_LIVENESS_H

#include "helper/session.h"
#include "policy/liveness.h"

struct po_liveness_rules po_liveness_rules(const struct po_settings *settings);

/*
 * The answer to a LIVENESS, RENEWED included: PO_OK, with *proven when the
 * provider and the rules have just said so; PO_E_SKIPPED without an opinion.
 * Configuration and secret as root, then the network as somebody else, for
 * some seconds at most.
 */
PO_MUST_USE
enum po_status po_liveness_decide(struct po_session *session,
    const struct po_msg_liveness *message, bool *proven, struct po_err *err);

/*
 * The record of a sign-in that has just succeeded, appended to `out`: nothing
 * where liveness is off, or the account is not the person's alone.
 */
PO_MUST_USE
enum po_status po_liveness_of_session(
    const struct po_session *session, struct po_buf *out, struct po_err *err);

#endif
