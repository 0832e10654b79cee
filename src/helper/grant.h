/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_GRANT_H
#define PO_HELPER_GRANT_H

#include "helper/session.h"

/*
 * One function for each way to an approval (option `flow`): from the metadata
 * to the tokens, which it leaves in flow.tokens.  Bounded by flow.deadline_ms.
 */

/* RFC 8628; PO_E_UNSUPPORTED where the provider has no device grant. */
PO_MUST_USE
enum po_status po_grant_device(struct po_session *session, struct po_err *err);

#endif
