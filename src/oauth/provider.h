/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_OAUTH_PROVIDER_H
#define PO_OAUTH_PROVIDER_H

#include "base/http.h"
#include "jose/jwk.h"
#include "oauth/metadata.h"

/*
 * What a provider publishes, fetched through a po_transport: the same code
 * for a login, for `pam-oauth verify`, and for tests without a network.
 */

/*
 * Discovery, with `by_hand` in its place; no request at all when the device
 * (or backchannel or authorization), token and JWKS endpoints are known, or
 * there can be no more of them.  Fails as po_metadata_parse does.
 */
PO_MUST_USE
enum po_status po_provider_discover(const struct po_transport *transport,
    const char *issuer, const struct po_endpoints *by_hand,
    struct po_metadata *out, struct po_err *err);

/*
 * PO_E_HTTP unless the status is 200; else as po_jwks_parse.  `refresh`: the
 * keys at hand did not do, so a copy of them will not, either.
 */
PO_MUST_USE
enum po_status po_provider_fetch_jwks(const struct po_transport *transport,
    const char *jwks_uri, bool refresh, struct po_jwks **out,
    struct po_err *err);

#endif
