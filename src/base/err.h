/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_BASE_ERR_H
#define PO_BASE_ERR_H

#include "base/attr.h"

/*
 * Two channels for failure.  `enum po_status` is for decisions: it is the
 * closed list of reason codes that logs (reason=CODE) and `pam-oauth verify`
 * print.  `struct po_err` is for people: it belongs to the caller, and the
 * first message set in it stays (the cause, not its consequences).
 *
 * What each status means to PAM is decided in one place, module/outcome.c.
 */
#define PO_STATUS_LIST(X)                                                      \
	X(PO_OK, "ok")                                                         \
	/* this host */                                                        \
	X(PO_E_NOMEM, "no-memory")                                             \
	X(PO_E_SYSTEM, "system")                                               \
	X(PO_E_INTERNAL, "internal")                                           \
	X(PO_E_CONFIG, "config")                                               \
	X(PO_E_SECRET, "secret")                                               \
	X(PO_E_PRIVILEGE, "privilege")                                         \
	X(PO_E_HELPER, "helper")                                               \
	X(PO_E_SANDBOX, "sandbox")                                             \
	X(PO_E_STORE, "store")                                                 \
	/* the person at the terminal */                                       \
	X(PO_E_CONVERSATION, "conversation")                                   \
	X(PO_E_NOT_INTERACTIVE, "not-interactive")                             \
	X(PO_E_CANCELLED, "cancelled")                                         \
	X(PO_E_SKIPPED, "skipped")                                             \
	X(PO_E_NOT_CONFIRMED, "not-confirmed")                                 \
	/* the local account that was asked for */                             \
	X(PO_E_ACCOUNT_UNKNOWN, "account-unknown")                             \
	X(PO_E_ACCOUNT_UID, "account-uid")                                     \
	X(PO_E_ACCOUNT_ROOT, "account-root")                                   \
	X(PO_E_ACCOUNT_WANTED, "account-wanted")                               \
	X(PO_E_TOO_MANY, "too-many")                                           \
	/* reaching the provider */                                            \
	X(PO_E_NETWORK, "network")                                             \
	X(PO_E_TLS, "tls")                                                     \
	X(PO_E_HTTP, "http")                                                   \
	X(PO_E_TOO_LARGE, "too-large")                                         \
	X(PO_E_DOCUMENT, "document")                                           \
	X(PO_E_METADATA_ISSUER, "metadata-issuer")                             \
	X(PO_E_UNSUPPORTED, "unsupported")                                     \
	X(PO_E_CLOCK, "clock")                                                 \
	/* the grant */                                                        \
	X(PO_E_DENIED, "denied")                                               \
	X(PO_E_EXPIRED, "expired")                                             \
	X(PO_E_UNANSWERED, "unanswered")                                       \
	X(PO_E_NOT_ASKED, "not-asked")                                         \
	X(PO_E_CLIENT_REFUSED, "client-refused")                               \
	X(PO_E_GRANT_REFUSED, "grant-refused")                                 \
	X(PO_E_SCOPE, "scope")                                                 \
	/* the ID token */                                                     \
	X(PO_E_TOKEN_MISSING, "token-missing")                                 \
	X(PO_E_TOKEN_MALFORMED, "token-malformed")                             \
	X(PO_E_ALG, "alg")                                                     \
	X(PO_E_CRIT, "crit")                                                   \
	X(PO_E_DECRYPT, "decrypt")                                             \
	X(PO_E_TYP, "typ")                                                     \
	X(PO_E_KEY_UNKNOWN, "key-unknown")                                     \
	X(PO_E_KEY_UNUSABLE, "key-unusable")                                   \
	X(PO_E_SIGNATURE, "signature")                                         \
	X(PO_E_CLAIMS, "claims")                                               \
	X(PO_E_ISS, "iss")                                                     \
	X(PO_E_SUB, "sub")                                                     \
	X(PO_E_AUD, "aud")                                                     \
	X(PO_E_AZP, "azp")                                                     \
	X(PO_E_EXP, "exp")                                                     \
	X(PO_E_NBF, "nbf")                                                     \
	X(PO_E_IAT, "iat")                                                     \
	X(PO_E_NONCE, "nonce")                                                 \
	X(PO_E_AT_HASH, "at-hash")                                             \
	X(PO_E_ACR, "acr")                                                     \
	X(PO_E_AUTH_TIME, "auth-time")                                         \
	X(PO_E_USERINFO_SUB, "userinfo-sub")                                   \
	/* who may be whom */                                                  \
	X(PO_E_CLAIM_MISSING, "claim-missing")                                 \
	X(PO_E_CLAIM_UNSAFE, "claim-unsafe")                                   \
	X(PO_E_EMAIL_UNVERIFIED, "email-unverified")                           \
	X(PO_E_USERNAME_UNMATCHED, "username-unmatched")                       \
	X(PO_E_OTHER_PERSON, "other-person")                                   \
	X(PO_E_BOUND, "bound")                                                 \
	X(PO_E_GROUPS_OVERAGE, "groups-overage")                               \
	X(PO_E_NOT_ALLOWED, "not-allowed")                                     \
	/* is the account still in order (liveness) */                         \
	X(PO_E_CLOSED, "closed")                                               \
	X(PO_E_STALE, "stale")

enum po_status {
#define PO_STATUS_ENUM(symbol, name) symbol,
	PO_STATUS_LIST(PO_STATUS_ENUM)
#undef PO_STATUS_ENUM
	PO_STATUS_COUNT
};

/* Enough for a place, two quoted values and a clause; longer text is cut. */
#define PO_ERR_TEXT_MAX 512

struct po_err {
	enum po_status status;
	char text[PO_ERR_TEXT_MAX];
};

/* The reason code of `status`, a static string such as "iss". */
const char *po_status_name(enum po_status status);

/*
 * Records `status` and a message unless `err` already holds one, and returns
 * `status`, so that failing is one statement.  Text: lower case, no full
 * stop, values quoted, never a secret.  Remote text passes through "%s" as it
 * is here; whoever shows or logs it sanitises (text.h).  `err` may be NULL.
 */
enum po_status po_err_set(struct po_err *err, enum po_status status,
    const char *fmt, ...) PO_PRINTF(3, 4);

/* What an errno is about, in English: logs are to be searched. */
PO_MUST_USE
const char *po_err_of(int number);

/* As po_err_set with PO_E_SYSTEM, and ": " and po_err_of(errno) appended. */
enum po_status po_err_sys(struct po_err *err, const char *fmt, ...)
    PO_PRINTF(2, 3);

/*
 * Puts "context: " in front of the message, so that callers build
 * "what: why (detail)" from the inside out.  Returns nothing on purpose: `err`
 * may be NULL or empty, and then it cannot say that something failed.
 */
void po_err_prefix(struct po_err *err, const char *fmt, ...) PO_PRINTF(2, 3);

/*
 * Replaces every copy of `secret` (NULL is allowed), whole or from its first 8
 * bytes on, in the message by asterisks: a provider may repeat what it was
 * sent in an error, and the message may have been cut in the middle of it.
 */
void po_err_redact(struct po_err *err, const char *secret);

#endif
