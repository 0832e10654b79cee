/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_REVOKE_H
#define PO_HELPER_REVOKE_H

#include "helper/session.h"

/*
 * Ends the life of a token that a session kept (RFC 7009): configuration and
 * secret as root, then the network as somebody else.  PO_OK also when the
 * provider offers no revocation_endpoint, which is logged: then the token
 * lives until it expires.
 */
PO_MUST_USE
enum po_status po_revoke(struct po_session *session,
    const struct po_msg_revoke *message, struct po_err *err);

#endif
