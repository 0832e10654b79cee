/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_MODULE_QUESTION_H
#define PO_MODULE_QUESTION_H

#include "base/ipc.h"
#include "module/conversation.h"

/*
 * Asks the person what the helper wants to know, with `lead` in front (and
 * cleared), and sends it the answer.  The question is not trusted: PO_E_HELPER
 * for one of no known kind.  A helper that is gone by then has left a RESULT,
 * which is still to be received.
 */
PO_MUST_USE
enum po_status po_question_relay(const struct po_conversation *conversation,
    struct po_ipc *ipc, struct po_buf *lead,
    const struct po_msg_question *question, struct po_err *err);

/*
 * Is it the approver of `grant` (type 0 if none came) whom the person expects?
 * The module asks by itself, so no helper can leave it out.
 * PO_E_NOT_CONFIRMED unless the answer is yes, PO_E_EXPIRED if it comes after
 * `deadline_ms`.
 */
PO_MUST_USE
enum po_status po_question_confirm(const struct po_conversation *conversation,
    const struct po_message *grant, int64_t deadline_ms, struct po_err *err);

#endif
