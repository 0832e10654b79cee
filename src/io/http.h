/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_HTTP_H
#define PO_IO_HTTP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/http.h"
#include "base/log.h"

/*
 * The one place that talks to the network.  https only, TLS 1.2 or later with
 * peer and host verified, no redirects, nothing from the environment, one
 * connection kept for the whole login, caps and deadlines on everything.
 */
struct po_http;

struct po_http_options {
	const char *ca_file; /* instead of the system's store; or NULL */
	const char *ca_dir;  /* hashed directory, the same; or NULL */
	const char *proxy;   /* http://host:port, or NULL for none */
	/* PEM; to whoever asks for a certificate.  NULL or empty: none.
	 * Borrowed, for curl keeps no copy: it would not wipe it */
	const struct po_buf *certificate;
	const struct po_buf *key;
	int64_t connect_timeout_s;
	int64_t request_timeout_s;
	/* asked about once a second while waiting; true ends the request */
	bool (*interrupted)(void *arg);
	void *interrupted_arg;
	const struct po_log *log; /* one debug line a request, no bodies */
};

/* Strings are read here and now; callback and log stay borrowed. */
PO_MUST_USE
enum po_status po_http_new(const struct po_http_options *options,
    struct po_http **out, struct po_err *err);
void po_http_free(struct po_http **http);

/*
 * Sends `request` and reads the whole answer, whatever its status, by
 * `deadline_ms` (po_clock_ms) or the request timeout, what comes first.
 * *response must be zeroed or cleared.  PO_E_NETWORK (name, connection,
 * timeout, reset), PO_E_TLS, PO_E_TOO_LARGE, PO_E_HTTP (not HTTP),
 * PO_E_CONFIG (CA file, port not allowed), PO_E_CANCELLED (interrupted).  The
 * message begins with request->what and names the host.
 */
PO_MUST_USE
enum po_status po_http_send(struct po_http *http,
    const struct po_http_request *request, int64_t deadline_ms,
    struct po_http_response *response, struct po_err *err);

/*
 * How far the last request came, for whoever has to look for the fault:
 * "DNS", "TCP", "TLS" or "HTTP", the first that was not done with.
 */
const char *po_http_reached(const struct po_http *http);

#endif
