/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_LOOPBACK_H
#define PO_HELPER_LOOPBACK_H

#include "helper/session.h"
#include "oauth/code.h"

/*
 * The redirect_uri on this host (RFC 8252 7.3), for browsers that run here.
 *
 * Listens on 127.0.0.1 and, if there is IPv6, [::1], at the port of the
 * option's URI or a free one; session->redirect_uri is with that port.  To be
 * done before the helper is confined: it cannot bind any more after that.
 */
PO_MUST_USE
enum po_status po_loopback_open(struct po_session *session, struct po_err *err);

/*
 * Waits for the request that answers `request`, and says to the browser that
 * it has been heard.  All others are refused, and wait for nobody.  Fails as
 * po_code_query does where that is final; PO_E_EXPIRED.
 */
PO_MUST_USE
enum po_status po_loopback_receive(struct po_session *session,
    const struct po_code_request *request, char **code, struct po_err *err);

#endif
