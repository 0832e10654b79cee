/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_PROVIDER_H
#define PO_HELPER_PROVIDER_H

#include "helper/session.h"

/* What the provider publishes, and every request to it. */

/*
 * Sends a request within the login's deadline and notes the provider's clock.
 */
PO_MUST_USE
enum po_status po_provider_send(struct po_session *session,
    const struct po_http_request *request, struct po_http_response *response,
    struct po_err *err);

/*
 * Fills session->metadata: discovery, with configured endpoints in its place;
 * no discovery at all when all that it is needed for is configured.
 * PO_E_UNSUPPORTED when there is no device authorization endpoint.
 */
PO_MUST_USE
enum po_status po_provider_discover(
    struct po_session *session, struct po_err *err);

/* Fetches the JWKS anew into session->jwks. */
PO_MUST_USE
enum po_status po_provider_fetch_jwks(
    struct po_session *session, struct po_err *err);

#endif
