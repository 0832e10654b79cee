/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of json-c, inih, libqrencode and the matcher of regular expressions;
 * and the places in our own code that a failure may be survived in.
 */

#include <ini.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/printbuf.h>
#include <qrencode.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "fault.h"
#include "helper/browser.h"
#include "helper/loopback.h"
#include "helper/qr.h"
#include "helper/session.h"
#include "io/config_model.h"
#include "jose/jwk_internal.h"
#include "jose/jwt.h"
#include "oauth/oauth_error.h"
#include "oauth/provider.h"
#include "policy/policy.h"
#include "starve.h"

/* --- json-c --- */

WRAP(struct json_tokener *, json_tokener_new_ex, (int depth))
{
	if (FAULT("json_tokener_new_ex", "ENOMEM") >= 0)
		return NULL;
	return fault_keep(
	    "json_tokener_new_ex", __real_json_tokener_new_ex(depth));
}

WRAP(void, json_tokener_free, (struct json_tokener * tok))
{
	fault_drop(tok);
	__real_json_tokener_free(tok);
}

/* Out of memory, 0.16 ends with NULL and no error: the value "null". */
WRAP(struct json_object *, json_tokener_parse_ex,
    (struct json_tokener * tok, const char *text, int len))
{
	struct json_object *made = NULL;

	if (FAULT("json_tokener_parse_ex", "ENOMEM") >= 0)
		tok->err = json_tokener_success;
	else
		made = __real_json_tokener_parse_ex(tok, text, len);
	return fault_keep("json_tokener_parse_ex", made);
}

WRAP(
    int, printbuf_memset, (struct printbuf * pb, int offset, int byte, int len))
{
	if (FAULT("printbuf_memset", "ENOMEM") >= 0)
		return -1;
	return __real_printbuf_memset(pb, offset, byte, len);
}

WRAP(struct json_object *, json_object_new_object, (void))
{
	if (FAULT("json_object_new_object", "ENOMEM") >= 0)
		return NULL;
	return fault_keep(
	    "json_object_new_object", __real_json_object_new_object());
}

WRAP(int, json_object_deep_copy,
    (struct json_object * from, struct json_object **to,
	json_c_shallow_copy_fn *copy))
{
	int rc;

	if (FAULT("json_object_deep_copy", "ENOMEM") >= 0)
		return -1;
	rc = __real_json_object_deep_copy(from, to, copy);
	if (rc == 0)
		(void)fault_keep("json_object_deep_copy", *to);
	return rc;
}

WRAP(int, json_object_object_add,
    (struct json_object * object, const char *name, struct json_object *value))
{
	int rc;

	if (FAULT("json_object_object_add", "ENOMEM") >= 0)
		return -1;
	rc = __real_json_object_object_add(object, name, value);
	if (rc == 0)
		fault_drop(value); /* the object's now */
	return rc;
}

WRAP(int, json_object_put, (struct json_object * object))
{
	fault_drop(object);
	return __real_json_object_put(object);
}

WRAP(const char *, json_object_to_json_string, (struct json_object * object))
{
	if (FAULT("json_object_to_json_string", "ENOMEM") >= 0)
		return NULL;
	return __real_json_object_to_json_string(object);
}

/* --- the others --- */

WRAP(int, ini_parse_stream,
    (ini_reader reader, void *stream, ini_handler handler, void *user))
{
	switch (FAULT("ini_parse_stream", "ENOMEM", "file", "line")) {
	case 0:
		return -2;
	case 1:
		return -1;
	case 2:
		return 1;
	default:
		return __real_ini_parse_stream(reader, stream, handler, user);
	}
}

WRAP(QRcode *, QRcode_encodeString8bit,
    (const char *text, int version, QRecLevel level))
{
	if (FAULT("QRcode_encodeString8bit", "ENOMEM") >= 0)
		return NULL;
	return fault_keep("QRcode_encodeString8bit",
	    __real_QRcode_encodeString8bit(text, version, level));
}

WRAP(void, QRcode_free, (QRcode * code))
{
	fault_drop(code);
	__real_QRcode_free(code);
}

WRAP(int, regcomp, (regex_t * regex, const char *pattern, int flags))
{
	int rc;

	if (FAULT("regcomp", "REG_ESPACE") >= 0)
		return REG_ESPACE;
	rc = __real_regcomp(regex, pattern, flags);
	if (rc == 0)
		(void)fault_keep("regcomp", regex);
	return rc;
}

WRAP(int, regexec,
    (const regex_t *regex, const char *text, size_t count, regmatch_t found[],
	int flags))
{
	/* glibc has only one kind of "no" */
	if (FAULT("regexec", "ENOMEM") >= 0)
		return REG_NOMATCH;
	return __real_regexec(regex, text, count, found, flags);
}

WRAP(void, regfree, (regex_t * regex))
{
	fault_drop(regex);
	__real_regfree(regex);
}

/* --- places --- */

void __wrap_po_log(const struct po_log *log, enum po_log_level level,
    const char *fmt, ...) PO_PRINTF(3, 4);
WRAP(void, po_log,
    (const struct po_log *log, enum po_log_level level, const char *fmt, ...))
{
	char line[2 * PO_LOG_LINE_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	fault_enter("log");
	__real_po_log(log, level, "%s", line);
	fault_leave();
}

WRAP(void, po_qr_append, (struct po_buf * out, const char *text, bool ascii))
{
	fault_enter("qr");
	__real_po_qr_append(out, text, ascii);
	fault_leave();
}

WRAP(void, po_session_log_fields,
    (const struct po_session *session, struct po_buf *out))
{
	fault_enter("log");
	__real_po_session_log_fields(session, out);
	fault_leave();
}

WRAP(bool, po_channel_interrupted, (void *channel))
{
	bool yes;

	fault_enter("interrupted?");
	yes = __real_po_channel_interrupted(channel);
	fault_leave();
	return yes;
}

WRAP(enum po_status, po_http_send,
    (struct po_http * http, const struct po_http_request *request,
	int64_t deadline_ms, struct po_http_response *response,
	struct po_err *err))
{
	enum po_status st;

	fault_enter("request");
	st = __real_po_http_send(http, request, deadline_ms, response, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_channel_wait,
    (struct po_channel * channel, int64_t until_ms, struct po_err *err))
{
	enum po_status st;

	fault_enter("waiting");
	st = __real_po_channel_wait(channel, until_ms, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_channel_wait_with,
    (struct po_channel * channel, struct pollfd *more, size_t count,
	int64_t until_ms, struct po_err *err))
{
	enum po_status st;

	fault_enter("waiting");
	st = __real_po_channel_wait_with(channel, more, count, until_ms, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_browser_start,
    (struct po_session * session, struct po_err *err))
{
	enum po_status st;

	fault_enter("browser");
	st = __real_po_browser_start(session, err);
	fault_leave();
	return st;
}

WRAP(void, po_browser_open, (struct po_session * session, const char *url))
{
	fault_enter("browser");
	__real_po_browser_open(session, url);
	fault_leave();
}

WRAP(enum po_status, po_loopback_receive,
    (struct po_session * session, const struct po_code_request *request,
	char **code, struct po_err *err))
{
	enum po_status st;

	fault_enter("visitors");
	st = __real_po_loopback_receive(session, request, code, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_channel_ask,
    (struct po_channel * channel, const struct po_msg_question *question,
	int64_t deadline_ms, struct po_message *answer, struct po_err *err))
{
	enum po_status st;

	fault_enter("waiting");
	st = __real_po_channel_ask(channel, question, deadline_ms, answer, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_jwk_make_pkey,
    (const struct po_json *jwk, enum po_kty kty, const char *curve,
	EVP_PKEY **out, struct po_err *err))
{
	enum po_status st;

	fault_enter("key");
	st = __real_po_jwk_make_pkey(jwk, kty, curve, out, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_jwe_decrypt,
    (const char *compact, size_t len, const struct po_jwe_key *key,
	struct po_buf *plaintext, struct po_json **header, struct po_err *err))
{
	enum po_status st;

	fault_enter("decrypting");
	st = __real_po_jwe_decrypt(compact, len, key, plaintext, header, err);
	fault_leave();
	return st;
}

/*
 * The next four are places where text is put together for a message that
 * nobody may need.
 */
WRAP(enum po_status, po_config_add_option,
    (struct po_config * config, size_t section, const char *name,
	const char *text, unsigned line, struct po_err *err))
{
	enum po_status st;

	fault_enter("message");
	st =
	    __real_po_config_add_option(config, section, name, text, line, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_config_settings,
    (const struct po_config *config, const char *service, const char *provider,
	struct po_settings *out, struct po_err *err))
{
	enum po_status st;

	fault_enter("message");
	st = __real_po_config_settings(config, service, provider, out, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_oauth_read,
    (const struct po_http_response *response, struct po_json **document,
	struct po_oauth_error *error, struct po_err *err))
{
	enum po_status st;

	fault_enter("message");
	st = __real_po_oauth_read(response, document, error, err);
	fault_leave();
	return st;
}

WRAP(enum po_status, po_policy_decide,
    (const struct po_policy *policy, const struct po_json *claims,
	const char *account, uid_t uid, const struct po_log *log,
	struct po_err *err))
{
	enum po_status st;

	fault_enter("message");
	st = __real_po_policy_decide(policy, claims, account, uid, log, err);
	fault_leave();
	return st;
}

/*
 * What is copied of the claims of a good token: sub, without which there is no
 * login, and acr, which is for the log.
 */
static unsigned claims_to_copy;

WRAP(enum po_status, po_id_token_verify,
    (const char *compact, size_t len, const struct po_jwks *jwks,
	const struct po_id_token_policy *policy, struct po_json **claims,
	struct po_err *err))
{
	enum po_status st;

	fault_mark();
	if (starve_mark != NULL)
		starve_mark();
	st = __real_po_id_token_verify(compact, len, jwks, policy, claims, err);
	claims_to_copy = st == PO_OK ? 2 : 0;
	return st;
}

WRAP(char *, po_str_dup, (const char *text))
{
	char *copy;

	/* the first is sub, without which there is no GRANT */
	if (claims_to_copy == 0 || --claims_to_copy > 0)
		return __real_po_str_dup(text);
	fault_enter("log");
	copy = __real_po_str_dup(text);
	fault_leave();
	return copy;
}

/* The first time, while the person is busy; then because it is needed. */
WRAP(enum po_status, po_provider_fetch_jwks,
    (const struct po_transport *transport, const char *jwks_uri, bool refresh,
	struct po_jwks **out, struct po_err *err))
{
	const struct po_session *session = transport->arg;
	bool early = session->flow.tokens.access_token == NULL;
	enum po_status st;

	fault_enter(early ? "early JWKS" : "JWKS");
	st = __real_po_provider_fetch_jwks(
	    transport, jwks_uri, refresh, out, err);
	fault_leave();
	return st;
}
