/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_HTTP_H
#define PO_BASE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * An HTTP exchange as data.  oauth/ fills requests and reads responses, io/
 * carries them; neither knows the other.  Both may hold secrets and are wiped
 * by their clear functions.
 */
enum po_http_method {
	PO_HTTP_GET,
	PO_HTTP_POST,
	PO_HTTP_DELETE
};

struct po_http_request {
	enum po_http_method method;
	char *url;
	char *authorization; /* value of the Authorization header, or NULL */
	struct po_buf body;  /* application/x-www-form-urlencoded; POST only */
	size_t response_max; /* bytes of body accepted */
	bool json;           /* ...or it is application/json */
	bool paged;          /* the answer's `link` is wanted */
	const char *what;    /* "token request": static, for errors and logs */
	bool cacheable;      /* a published document: a copy will do */
	bool refresh;        /* ...but for one that is a moment old */
};

struct po_http_response {
	int status;          /* 100..599 */
	char media_type[64]; /* lower case, without parameters; "" if absent */
	int64_t retry_after_s; /* RFC 9110 10.2.3, delay form; -1 if absent */
	int64_t date_s; /* Date header, seconds since the epoch; -1 if absent */
	char *link;     /* Link headers as one list, unread (RFC 8288 3); NULL:
			 * none or not wanted */
	int64_t lifetime_s; /* how long a copy will do, by Cache-Control */
	struct po_buf body;
};

/* Caps on bodies: many times what any provider of docs/providers sends. */
#define PO_HTTP_MAX_TOKEN (64 * 1024)
#define PO_HTTP_MAX_METADATA (256 * 1024)
#define PO_HTTP_MAX_JWKS (1024 * 1024)
#define PO_HTTP_MAX_REQUEST (64 * 1024)
#define PO_HTTP_MAX_LINK (8 * 1024) /* GitHub's four links have 300 bytes */

/*
 * Seconds that a document counts as fresh, whatever Cache-Control says.  The
 * least is for providers that forbid all storing of what is public, as
 * Keycloak does, and for hundreds of logins at once; the most because a key
 * that the provider has withdrawn is trusted until then.  Without max-age: as
 * Dex has it.
 */
#define PO_HTTP_LIFETIME_MIN_S 60
#define PO_HTTP_LIFETIME_MAX_S 3600
#define PO_HTTP_LIFETIME_DEFAULT_S 600

/* What a Cache-Control header (RFC 9111 5.2.2; NULL: none) grants. */
int64_t po_http_lifetime_s(const char *cache_control);

/* Cleanup handlers; the struct is zeroed and may be initialised again. */
void po_http_request_clear(struct po_http_request *request);
void po_http_response_clear(struct po_http_response *response);

/* media_type from a Content-Type (NULL: none): lower case, no parameters. */
void po_http_response_type(
    struct po_http_response *response, const char *content_type);

/* Copies `url` into a fresh request for `what` (a static string). */
PO_MUST_USE
enum po_status po_http_request_init(struct po_http_request *request,
    enum po_http_method method, const char *url, const char *what,
    size_t response_max, struct po_err *err);

/* Endpoints by hand, NULL where discovery is to tell. */
struct po_endpoints {
	const char *authorization_endpoint;
	const char *device_authorization_endpoint;
	const char *backchannel_authentication_endpoint;
	const char *token_endpoint;
	const char *userinfo_endpoint;
	const char *revocation_endpoint;
	const char *jwks_uri;
	bool mtls;    /* those for client certificates (RFC 8705 5) */
	bool keyless; /* no ID tokens and no discovery (GitHub): no keys */
	bool ciba;    /* the login wants the backchannel first */
	bool code;    /* or the authorization endpoint */
};

/*
 * Whoever carries requests: io/http.c in a login, a script in a test.  `send`
 * reads the whole answer, whatever its status; its errors begin with
 * request->what.
 */
struct po_transport {
	enum po_status (*send)(void *arg, const struct po_http_request *request,
	    struct po_http_response *response, struct po_err *err);
	void *arg;
};

#endif
