/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_EXCHANGE_H
#define PO_HELPER_EXCHANGE_H

#include "helper/session.h"

/*
 * The session's po_transport (`session` is a po_session): the cache where it
 * will do, else the network; an old copy of a document while the provider has
 * none to give.
 */
PO_MUST_USE
enum po_status po_exchange_transport(void *session,
    const struct po_http_request *request, struct po_http_response *response,
    struct po_err *err);

/*
 * Sends a request of the flow by the login's deadline; *answered if there is
 * a response.  PO_E_CANCELLED is the caller's; any other failure is told to
 * the flow machine, whose it is to judge, and is PO_OK here.
 */
PO_MUST_USE
enum po_status po_exchange(struct po_session *session,
    const struct po_http_request *request, struct po_http_response *response,
    bool *answered, struct po_err *err);

/*
 * The keys are still to be fetched.  Never with HS* alone: authentik, which
 * then signs with the client secret, publishes a document without keys.
 */
bool po_exchange_needs_jwks(const struct po_session *session);

/*
 * Fetches the keys now, while the person is busy; should it fail, they are
 * fetched when they are needed.
 */
void po_exchange_early_jwks(struct po_session *session);

#endif
