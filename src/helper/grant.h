/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_GRANT_H
#define PO_HELPER_GRANT_H

#include "helper/session.h"

/*
 * One function for each way to an approval (option `flow`): from the metadata
 * to the tokens, which it leaves in flow.tokens.  Bounded by flow.deadline_ms.
 */

/* What differs where a request is made and then polled for. */
struct po_grant {
	enum po_status (*request)(struct po_session *, struct po_err *);
	enum po_status (*prompt)(struct po_session *, struct po_err *);
};

/* Carries out what the flow machine asks for. */
PO_MUST_USE
enum po_status po_grant_drive(struct po_session *session,
    const struct po_grant *grant, struct po_err *err);

/*
 * Waits until `until_ms`; an Enter is answered when that is near, or early if
 * it is far away.  PO_E_CANCELLED.
 */
PO_MUST_USE
enum po_status po_grant_wait(
    struct po_session *session, int64_t until_ms, struct po_err *err);

/*
 * CIBA Core 1.0, poll mode; PO_E_UNSUPPORTED where the provider has none.  A
 * request that nobody answers ends at the login's deadline, whatever becomes
 * of it at the provider, and is not made again: PO_E_UNANSWERED, and
 * PO_E_NOT_ASKED, which looks the same at the terminal.
 */
PO_MUST_USE
enum po_status po_grant_ciba(struct po_session *session, struct po_err *err);

/* "paste it again": as often as a menu is shown; PO_QUESTIONS_MAX */
#define PO_CODE_TRIES 3

/*
 * A link, and what the person, or their browser here, brings back from there
 * (RFC 6749 4.1): asked for PO_CODE_TRIES times while it is not an answer to
 * this login's request, or the provider does not take it.
 */
PO_MUST_USE
enum po_status po_grant_code(struct po_session *session, struct po_err *err);

/* A new code_verifier; appends its code_challenge (S256, RFC 7636 4.2). */
PO_MUST_USE
enum po_status po_grant_challenge(
    struct po_session *session, struct po_buf *challenge, struct po_err *err);

/* RFC 8628; PO_E_UNSUPPORTED where the provider has no device grant. */
PO_MUST_USE
enum po_status po_grant_device(struct po_session *session, struct po_err *err);

#endif
