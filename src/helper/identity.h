/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_IDENTITY_H
#define PO_HELPER_IDENTITY_H

#include "helper/session.h"

/*
 * From the tokens of a finished flow to the decision: verifies the ID token
 * (with one refresh of the JWKS if no key fits, or its signature not), adds
 * userinfo and api documents where they are needed, and asks the policy.  With
 * identity = api the documents are all there is.
 */
PO_MUST_USE
enum po_status po_identity_decide(
    struct po_session *session, struct po_err *err);

#endif
