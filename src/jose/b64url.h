/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_JOSE_B64URL_H
#define PO_JOSE_B64URL_H

#include "base/buf.h"

/*
 * base64url without padding (RFC 7515 section 2).  Decoding is canonical:
 * only the alphabet, no padding, no line breaks, no length of 1 modulo 4, and
 * the unused bits of the last character are zero; otherwise
 * PO_E_TOKEN_MALFORMED.  Appends to `out`.
 */
PO_MUST_USE
enum po_status po_b64url_decode(
    const char *text, size_t len, struct po_buf *out, struct po_err *err);
void po_b64url_encode(const void *data, size_t len, struct po_buf *out);

/* base64 with padding (RFC 4648 section 4), which RFC 7617 asks for. */
void po_base64_encode(const void *data, size_t len, struct po_buf *out);

#endif
