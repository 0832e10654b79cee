/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_BROWSER_H
#define PO_HELPER_BROWSER_H

#include "helper/session.h"

/*
 * The option `browser`, if it is set: what opens the link on this host (see
 * io/launch.h).  A login goes on without it.
 */

/*
 * As root, before any secret is read.  PO_E_CONFIG for a browser_user who may
 * not be one; whatever else fails is logged.
 */
PO_MUST_USE
enum po_status po_browser_start(struct po_session *session, struct po_err *err);

/* Hands it the link, an https URL. */
void po_browser_open(struct po_session *session, const char *url);

/* Something has happened at browser_fd, which can only be its end. */
void po_browser_ended(struct po_session *session);

/*
 * Whether who has connected may bring the answer: with a browser, that user
 * alone, for the link with its state stands in a command line which everybody
 * here can read.
 */
PO_MUST_USE
bool po_browser_is(const struct po_session *session, int connection);

#endif
