/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_PROMPT_H
#define PO_BASE_PROMPT_H

#include "base/message.h"

/*
 * What a PROMPT says, in the person's language; for the module and for
 * pam-oauth login.  The caller has seen to it that URLs are https.
 */

#define PO_PROMPT_TEXT_MAX (64 * 1024) /* with a QR code under 20 KiB */

/* Who signs in where, the link or what to do on the phone, and the QR code;
 * `user` is "" for nobody yet. */
void po_prompt_append(struct po_buf *out, const struct po_msg_prompt *prompt,
    const char *service, const char *user);

/*
 * One of two phrases (N_) with the time that is left: {n} minutes, which are
 * never one, or {n} seconds, 0 to 119.
 */
void po_prompt_append_left(struct po_buf *out, const char *minutes,
    const char *seconds, int64_t left_s);

#define PO_PROMPT_WAITING                                                      \
	N_("Waiting for your approval ({n} minutes left)..."),                 \
	    N_("Waiting for your approval ({n} seconds left)...")
#define PO_PROMPT_STILL                                                        \
	N_("Still waiting for your approval ({n} minutes left)..."),           \
	    N_("Still waiting for your approval ({n} seconds left)...")

#endif
