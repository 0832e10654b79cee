/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_IO_CONFIG_H
#define PO_IO_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/http.h"
#include "base/place.h"

/*
 * /etc/pam_oauth/pam_oauth.conf: inih in front, one option table behind.
 * Unknown, duplicate, malformed and out-of-range are errors with file:line;
 * there is no "log and go on with the default".
 *
 * The syntax is strict UTF-8 in lines: "[section]" or "[section NAME]", each
 * once; "name = value", the value being all behind the first "=" without the
 * blanks around it, never empty, in no quotes and on one line (indentation
 * means nothing, there are no continuation lines); comments on lines of their
 * own that begin with "#" or ";".  A value is never cut: inih takes " ;" for
 * the start of a comment and people " #", so a value with either is refused,
 * except that " #" may stand between double quotes (in `require`).
 */
struct po_config;

#define PO_CONFIG_MAX (256 * 1024) /* bytes; a long real one has 10 KiB */
#define PO_CONFIG_ENTRIES_MAX 2000
#define PO_CONFIG_LINE_MAX 4096 /* bytes; 64 Entra group ids have 2400 */

enum po_option_type {
	PO_OPTION_STRING,
	PO_OPTION_URL,  /* https, po_text_is_https_url */
	PO_OPTION_PATH, /* absolute */
	PO_OPTION_BOOL,
	PO_OPTION_INT,
	PO_OPTION_SECONDS, /* 90, 15m, 1h */
	PO_OPTION_ENUM,    /* one of `words` */
	PO_OPTION_LIST     /* lines add up, each with its place */
};

/* One row of the table.  `doc` is one line, as conf.5 has it. */
struct po_option {
	const char *name;
	const char *section; /* home: provider account access prompt limits
			      * session; "service" for those that only stand
			      * there */
	enum po_option_type type;
	int64_t min, max;         /* INT, SECONDS; STRING: longest in bytes */
	const char *const *words; /* ENUM: NULL-terminated, index = value */
	const char *default_text; /* NULL: none */
	size_t offset;            /* into struct po_settings */
	bool required;
	/* further rules: NULL, or what is wrong with this value */
	const char *(*check)(const char *text);
	const char *doc;
};

/* The table, for tests, conf.5 and `pam-oauth check`. */
const struct po_option *po_config_options(size_t *count);

/* Configured lines that someone else compiles (require, api, export). */
struct po_setting_list {
	const char **text;
	struct po_place *place;
	size_t count;
};

enum po_prompt_style {
	PO_PROMPT_AUTO,
	PO_PROMPT_INFO,
	PO_PROMPT_ENTER
};
enum po_qr_style {
	PO_QR_AUTO,
	PO_QR_UTF8,
	PO_QR_ASCII,
	PO_QR_OFF
};
enum po_userinfo_use {
	PO_USERINFO_AUTO,   /* if a claim is missing that is looked at */
	PO_USERINFO_ALWAYS, /* and its absence is an error */
	PO_USERINFO_NEVER
};

enum po_flow_kind {
	PO_FLOW_KIND_DEVICE,      /* RFC 8628 */
	PO_FLOW_KIND_CIBA,        /* CIBA Core 1.0, poll mode */
	PO_FLOW_KIND_CIBA_DEVICE, /* the first that the provider has */
	/* RFC 6749 4.1, and from here on only that */
	PO_FLOW_KIND_CODE,         /* the code is pasted */
	PO_FLOW_KIND_CODE_LOOPBACK /* a browser on this host brings it */
};
enum po_identity {
	PO_IDENTITY_ID_TOKEN,
	PO_IDENTITY_API /* no ID token (GitHub): `subject` in api documents */
};
enum po_pkce {
	PO_PKCE_AUTO, /* where the provider lists S256 */
	PO_PKCE_YES,
	PO_PKCE_NO
};
enum po_bind {
	PO_BIND_OFF,
	PO_BIND_FIRST_USE
};
enum po_liveness_use {
	PO_LIVENESS_OFF,
	PO_LIVENESS_REFRESH
};
enum po_liveness_missing {
	PO_LIVENESS_ALLOW,
	PO_LIVENESS_REFUSE
};

/*
 * The effective values for one service and provider.  Strings are borrowed
 * from the po_config, `service` from the caller.  `place` of a single-valued
 * option: po_settings_place.
 */
struct po_settings {
	const char *provider; /* name in [provider NAME] */
	const char *service;
	/* [provider] */
	const char *label; /* default: the issuer's host */
	const char *issuer;
	const char *issuer_alias; /* NULL: none */
	const char *client_id;
	const char *client_secret_file; /* NULL: public client */
	int client_auth; /* enum po_client_auth of oauth/client_auth.h, whose
			  * order the table's words follow (tested) */
	int device_client_auth;        /* the same */
	const char *client_key_file;   /* NULL: none */
	const char *client_key_id;     /* NULL: the key's own */
	int client_key_alg;            /* enum po_alg + 1 (tested); 0: auto */
	int client_assertion_audience; /* enum po_audience */
	const char *client_certificate_file; /* NULL: none */
	int pkce;                            /* enum po_pkce */
	const char *scopes;              /* NULL, with identity = api: none */
	const char *id_token_algs;       /* NULL: all asymmetric */
	const char *decryption_key_file; /* NULL: none */
	struct po_endpoints endpoints;   /* override discovery */
	const char *redirect_uri;        /* NULL: none */
	const char *ca_file;
	const char *ca_dir;
	const char *proxy; /* http://host:port; NULL: none, never from env */
	int64_t connect_timeout_s;
	int64_t request_timeout_s;  /* option "request_timeout" */
	bool nonce;                 /* send one */
	bool cache;                 /* keep metadata and keys between logins */
	int userinfo;               /* enum po_userinfo_use */
	int identity;               /* enum po_identity */
	const char *subject;        /* pointer; NULL: none */
	struct po_setting_list api; /* "NAME URL" */
	const char *login_hint;     /* template of oauth/ciba.h */
	bool user_code;             /* CIBA: ask the person for one */
	/* [account] */
	const char *username;
	const char *username_match;
	const char *username_format;
	const char *map_file; /* NULL: none */
	int bind;             /* enum po_bind */
	int64_t min_uid;
	bool allow_root;
	int liveness;                /* enum po_liveness_use */
	int64_t liveness_grace_s;    /* option "liveness_grace" */
	int64_t liveness_interval_s; /* option "liveness_interval" */
	int liveness_missing;        /* enum po_liveness_missing */
	/* [access] */
	struct po_setting_list require;
	int flow;               /* enum po_flow_kind */
	int64_t max_age_s;      /* 0: any */
	const char *acr_values; /* NULL: any; else one of these words */
	/* [prompt] */
	int prompt;          /* enum po_prompt_style; option "style" */
	int qr;              /* enum po_qr_style */
	const char *message; /* a line of the administrator's, or NULL */
	const char *binding_message; /* template of oauth/ciba.h; "off" */
	bool ask;                    /* whether they want to, first */
	bool confirm;                /* who has approved, last */
	const char *browser;         /* a command line, or NULL */
	const char *browser_user;    /* whom it runs as; with `browser` */
	/* [limits] */
	int64_t timeout_s; /* default 300, for the service sshd 110 */
	int64_t max_pending;
	int64_t max_pending_total;
	/* [session] */
	struct po_setting_list exports; /* option "export": "NAME POINTER" */
	int keep_token; /* enum po_keep of base/message.h, whose order the
			 * table's words follow */
	/* [service NAME] only */
	const char *account; /* NULL: each person their own */
	bool kiosk;
	/* where each single-valued option was set, by table index */
	struct po_place *places;
};

/*
 * Reads and checks the whole file, every section of it.  PO_E_CONFIG:
 * "FILE:LINE: what is wrong".  What needs more than the text (a pattern, a
 * pointer, a rule, a list of algorithms) is checked by those who compile it.
 */
PO_MUST_USE
enum po_status po_config_load(
    const char *path, struct po_config **out, struct po_err *err);
/* The same from memory; `file` is for messages.  For tests and fuzzing. */
PO_MUST_USE
enum po_status po_config_parse(const char *file, const void *data, size_t len,
    struct po_config **out, struct po_err *err);
void po_config_free(struct po_config **config);

/* Is there a section [service NAME]?  One without is not an error. */
PO_MUST_USE
bool po_config_has_service(const struct po_config *config, const char *service);

/* Names of the providers in file order; NULL past the last. */
const char *po_config_provider(const struct po_config *config, size_t i);

/* Those among which a person chooses in `service` (may be NULL), the same. */
const char *po_config_choice(
    const struct po_config *config, const char *service, size_t i);

/*
 * Effective values, most specific first: [service NAME], [provider NAME], the
 * section itself, the default; lines of a LIST add up over all of them.
 * `provider` NULL: the first of the service's, else of the file.  PO_E_CONFIG
 * for an unknown provider (naming those there are) and for a missing required
 * option (naming the section's line).
 */
PO_MUST_USE
enum po_status po_config_settings(const struct po_config *config,
    const char *service, const char *provider, struct po_settings *out,
    struct po_err *err);
void po_settings_clear(struct po_settings *settings);

/* Where `option` (its table name) got its value. */
struct po_place po_settings_place(
    const struct po_settings *settings, const char *option);

/* After a failure, puts that in front of the message: "FILE:LINE: OPTION". */
PO_MUST_USE
enum po_status po_settings_blame(const struct po_settings *settings,
    const char *option, enum po_status status, struct po_err *err);

/* How the provider is reached (io/http.h). */
struct po_http_options po_settings_http(const struct po_settings *settings);

#endif
