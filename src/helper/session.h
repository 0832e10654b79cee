/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_HELPER_SESSION_H
#define PO_HELPER_SESSION_H

#include "base/liveness.h"
#include "helper/channel.h"
#include "io/cache.h"
#include "io/config.h"
#include "io/credentials.h"
#include "io/http.h"
#include "jose/jwk.h"
#include "oauth/api.h"
#include "oauth/client_auth.h"
#include "oauth/flow.h"
#include "oauth/metadata.h"
#include "policy/export.h"
#include "policy/policy.h"

/* 128 bits in hexadecimal; OpenID Connect Core 15.5.2 wants it unguessable. */
#define PO_NONCE_SIZE 33

/* One login, from START to RESULT. */
struct po_session {
	struct po_channel *channel;
	const struct po_msg_start *start;
	bool liveness;           /* not a sign-in: a LIVENESS ... */
	struct po_liveness live; /* ... and its record, if there is one */
	struct po_log log;

	/* from prepare: what the administrator says */
	struct po_config *config;
	struct po_settings settings;
	struct po_policy *policy;
	struct po_exports *exports;
	struct po_credentials own; /* no algs with identity = api; texts of key
				    * and certificate only for TLS */
	struct po_client client;
	struct po_api *api;  /* documents to add to the claims */
	int64_t deadline_ms; /* of the login, questions included */
	int pending_fd;      /* holds a place among those that wait; -1: none */
	int cache_dir;       /* -1: none */
	char *login_hint;    /* CIBA: whom to ask */
	char *binding;       /* CIBA: what their phone shows; NULL: nothing */
	int listen_fd[2];    /* of redirect_uri on this host; -1: none */
	char *redirect_uri;  /* that one, with its port; NULL: the option's */
	int browser_fd;      /* where the browser waits for the link; -1 */
	int peer_fd[2];      /* for io/peer.h, with a browser; -1: none */
	uid_t browser_uid;
	bool browser_told; /* the link: what it stands in, all can read */
	char *user_code;   /* CIBA: secret, as typed; NULL: none */

	struct po_http *http; /* from confine: ready for requests */

	/* from run: what the provider says */
	struct po_cache *cache;        /* of published documents; NULL: none */
	bool reused;                   /* the last document came from there */
	struct po_transport transport; /* over http, by the login's deadline */
	int http_status;               /* of the last answer; 0: none */
	struct po_metadata metadata;
	struct po_jwks *jwks; /* NULL until fetched */
	bool jwks_fresh;      /* after the approval: no second time */
	struct po_flow flow;
	char nonce[PO_NONCE_SIZE]; /* "" = none sent */
	bool ciba;                 /* the way that is taken */
	char *code_verifier;       /* of this code; NULL: none */
	char *approver; /* for `confirm`: "alice@example.com (mfa)", or NULL */
	struct po_buf how; /* they have signed in: acr, and each of amr */
	int64_t start_ms;
	int64_t start_epoch_s;
	int64_t clock_skew_s; /* provider's Date minus our clock */
	bool clock_known;
	char *sub;     /* of the verified ID token, or of `subject` */
	char *acr;     /* for the log; NULL: none */
	char *account; /* chosen for a person in a kiosk, else NULL */
	char *person;  /* what they are called, if `account` is everybody's */
	bool by_name;  /* the account is the person's by the mapping */
	struct po_buf exported; /* "NAME=value\n"... */
};

/* -1 is no descriptor; 0 is one, and /dev/null. */
#define PO_SESSION_INIT                                                        \
	{                                                                      \
		.pending_fd = -1, .cache_dir = -1, .listen_fd = { -1, -1 },    \
		.browser_fd = -1, .peer_fd = {                                 \
			-1,                                                    \
			-1                                                     \
		}                                                              \
	}

/*
 * Reads configuration and secret, judges the local account, and takes a place
 * among those that wait: all that needs root, and nothing from the network.
 */
PO_MUST_USE
enum po_status po_session_prepare(
    struct po_session *session, struct po_err *err);

/*
 * Has the person choose a provider or say whether they want to sign in, as
 * configured; `settings` are then those of the provider chosen.  PO_E_SKIPPED
 * for a no, PO_E_EXPIRED without an answer by `deadline_ms`.
 */
PO_MUST_USE
enum po_status po_session_choose(
    struct po_session *session, struct po_err *err);

/* All of it that a REVOKE needs; `provider` "" = as the configuration says. */
PO_MUST_USE
enum po_status po_session_configure(struct po_session *session,
    const char *config_file, const char *service, const char *provider,
    struct po_err *err);

/*
 * For a LIVENESS: reads the configuration, and unless that and the record
 * decide alone, which leaves *ask false, all that asking the provider needs.
 * PO_E_SKIPPED: liveness is off, or has no opinion.
 */
PO_MUST_USE
enum po_status po_session_prepare_liveness(
    struct po_session *session, bool busy, bool *ask, struct po_err *err);

/* What this host proves itself with: the part of it that client.c reads. */
PO_MUST_USE
enum po_status po_session_prepare_client(
    struct po_session *session, struct po_err *err);

/* After a refusal: the method may be one that the provider does not list. */
void po_session_note_refusal(const struct po_session *session,
    const struct po_client *client, enum po_status status);

/*
 * Stops being root, has curl and OpenSSL loaded, and gives up all that the
 * rest does not need (io/sandbox.h).
 */
PO_MUST_USE
enum po_status po_session_confine(
    struct po_session *session, struct po_err *err);

/*
 * Makes the transport, and fetches the metadata by flow.deadline_ms: the
 * first bytes to and from the network.
 */
PO_MUST_USE
enum po_status po_session_discover(
    struct po_session *session, struct po_err *err);

/*
 * The flow up to the decision.  PO_OK: start->user may come in, or,
 * where that is "", `account`.
 */
PO_MUST_USE
enum po_status po_session_run(struct po_session *session, struct po_err *err);

/*
 * `status`, which is that of `err`; but what the end of the login has cut short
 * after an answer is PO_E_EXPIRED, no outage, on which stacks go on: whoever
 * approves chooses the moment.
 */
PO_MUST_USE
enum po_status po_session_in_time(const struct po_session *session,
    enum po_status status, struct po_err *err);

/* "provider=corp issuer=... sub=... flow=device polls=3 wait=12.4s" */
void po_session_log_fields(
    const struct po_session *session, struct po_buf *out);

void po_session_clear(struct po_session *session);

#endif
