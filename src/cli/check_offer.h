/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_CLI_CHECK_OFFER_H
#define PO_CLI_CHECK_OFFER_H

#include "cli/check.h"
#include "jose/json.h"
#include "jose/jwk.h"
#include "oauth/metadata.h"

/* What a provider says that it can do. */
struct po_offer {
	struct po_json *metadata; /* NULL: no such document */
	struct po_json *jwks;     /* the same */
	unsigned errors_before;   /* of all that is said about it */
	unsigned flows; /* wanted of it: a bit for each po_flow_kind */
};

void po_offer_clear(struct po_offer *offer);

/* Keeps a document; one that is none is somebody else's to tell. */
PO_MUST_USE
enum po_status po_offer_keep(struct po_offer *offer, bool jwks,
    const struct po_buf *body, struct po_err *err);

/*
 * Holds the offer against the configuration.  `jwks` NULL: no ID tokens.
 * Lists are advice, and providers forget things: what is missing in one is a
 * warning, and what no login can do without an error.
 */
void po_offer_check(struct po_check *check, const struct po_settings *settings,
    const struct po_metadata *metadata, const struct po_jwks *jwks,
    const struct po_offer *offer);

#endif
