/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP over libcurl, whose only user this is.  A blocking easy handle: the
 * helper has nothing else to do, and curl's progress callback notices within
 * a second when the login is abandoned.  See http.h.
 */

#include "io/http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/ca_store.h"

/* Every option is checked; the name of the failing one is in the message. */
#define SETOPT(http, option, value)                                            \
	set_result(                                                            \
	    (http), curl_easy_setopt((http)->easy, option, (value)), #option)

/* Bytes of header, as curl 8.4 has it; what is met in practice has 4 KiB. */
#define HEADER_MAX ((size_t)300 * 1024)
#define STALE_MAX ((size_t)1024 * 1024) /* a receive buffer has no more */

/*
 * Debian's libcurl brings GnuTLS along, for LDAP and RTMP, which are switched
 * off here; its constructor would parse ASN.1 for them at every start (1 ms,
 * and 124 kB of each login that waits).  Where curl itself is built on it, curl
 * initialises it.  The name is from gnutls.h: GNUTLS_SKIP_GLOBAL_INIT.
 */
int _gnutls_global_init_skip(void);
__attribute__((visibility("default"))) int
_gnutls_global_init_skip(void)
{
	return 1;
}

struct po_http {
	CURL *easy;
	struct po_http_options options;
	struct po_err setup;               /* first option that curl refused */
	struct po_http_response *response; /* of the running request */
	enum po_status refused; /* why on_body took no more, or PO_OK */
	size_t header_len;      /* bytes of header so far, 1xx answers' too */
	char curl_text[CURL_ERROR_SIZE];
};

static void
set_result(struct po_http *http, CURLcode code, const char *option)
{
	if (code != CURLE_OK)
		(void)po_err_set(&http->setup, PO_E_INTERNAL, "%s: %s", option,
		    curl_easy_strerror(code));
}

/* The cap is enforced before a byte is kept. */
static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct po_http *http = arg;
	struct po_buf *body = &http->response->body;

	po_buf_append(body, data, size * count);
	http->refused = body->status;
	return body->status == PO_OK ? size * count : 0;
}

/*
 * curl keeps all that it has seen of headers, and versions before 8.4 as much
 * as there is (CVE-2023-38039); nor does it count interim answers.
 */
static size_t
on_header(char *data, size_t size, size_t count, void *arg)
{
	struct po_http *http = arg;

	(void)data;
	http->header_len += size * count;
	return http->header_len <= HEADER_MAX ? size * count : 0;
}

static int
on_progress(void *arg, curl_off_t dltotal PO_UNUSED, curl_off_t dlnow PO_UNUSED,
    curl_off_t ultotal PO_UNUSED, curl_off_t ulnow PO_UNUSED)
{
	const struct po_http *http = arg;

	return http->options.interrupted != NULL &&
	       http->options.interrupted(http->options.interrupted_arg);
}

/* Setting one of the two store options unsets curl's built-in other. */
static void
set_ca_store(struct po_http *http)
{
	const char *file = http->options.ca_file;
	const char *dir = http->options.ca_dir;

	if (file == NULL && dir == NULL)
		dir = po_ca_store_hashed();
	if (file == NULL && dir == NULL)
		return; /* the bundle that libcurl was built for */
	SETOPT(http, CURLOPT_CAINFO, file);
	SETOPT(http, CURLOPT_CAPATH, dir);
}

static void
set_certificate(struct po_http *http)
{
	const struct po_buf *certificate = http->options.certificate;
	const struct po_buf *key = http->options.key;
	struct curl_blob blob = { .flags = CURL_BLOB_NOCOPY };

	if (certificate == NULL || certificate->len == 0)
		return;
	blob.data = certificate->data;
	blob.len = certificate->len;
	SETOPT(http, CURLOPT_SSLCERT_BLOB, &blob);
	blob.data = key->data;
	blob.len = key->len;
	SETOPT(http, CURLOPT_SSLKEY_BLOB, &blob);
}

/* What holds for every request of the login. */
static void
set_policy(struct po_http *http)
{
	SETOPT(http, CURLOPT_PROTOCOLS_STR, "https");
	SETOPT(http, CURLOPT_FOLLOWLOCATION, 0L);
	SETOPT(http, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SETOPT(http, CURLOPT_SSL_VERIFYPEER, 1L);
	SETOPT(http, CURLOPT_SSL_VERIFYHOST, 2L);
	/* "" and not NULL: NULL would ask the environment */
	SETOPT(http, CURLOPT_PROXY,
	    http->options.proxy != NULL ? http->options.proxy : "");
	SETOPT(http, CURLOPT_NOPROXY, "");
	SETOPT(http, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* one request at a time: HTTP/2 would only add code to trust */
	SETOPT(http, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SETOPT(http, CURLOPT_TCP_KEEPALIVE, 1L);
	/* Google has its endpoints on four hosts; each is kept for the polls */
	SETOPT(http, CURLOPT_MAXCONNECTS, 4L);
	/* in trouble polls are 60 s apart (PO_FLOW_BACKOFF_MAX_MS), and more */
	SETOPT(http, CURLOPT_MAXAGE_CONN, 120L);
	SETOPT(http, CURLOPT_NOSIGNAL, 1L);
	SETOPT(http, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	SETOPT(http, CURLOPT_CONNECTTIMEOUT,
	    (long)http->options.connect_timeout_s);
	SETOPT(http, CURLOPT_ERRORBUFFER, http->curl_text);
	SETOPT(http, CURLOPT_WRITEFUNCTION, on_body);
	SETOPT(http, CURLOPT_WRITEDATA, http);
	SETOPT(http, CURLOPT_HEADERFUNCTION, on_header);
	SETOPT(http, CURLOPT_HEADERDATA, http);
	SETOPT(http, CURLOPT_NOPROGRESS, 0L);
	SETOPT(http, CURLOPT_XFERINFOFUNCTION, on_progress);
	SETOPT(http, CURLOPT_XFERINFODATA, http);
	set_ca_store(http);
	set_certificate(http);
}

enum po_status
po_http_new(const struct po_http_options *options, struct po_http **out,
    struct po_err *err)
{
	AUTO(po_http_free) struct po_http *http = calloc(1, sizeof(*http));

	*out = NULL;
	if (http == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	http->options = *options;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (http->easy = curl_easy_init()) == NULL)
		return po_err_set(err, PO_E_INTERNAL, "libcurl: no handle");
	set_policy(http);
	if (http->setup.status != PO_OK)
		return po_err_set(
		    err, PO_E_INTERNAL, "libcurl: %s", http->setup.text);
	*out = TAKE(http);
	return PO_OK;
}

void
po_http_free(struct po_http **http)
{
	if (*http == NULL)
		return;
	curl_easy_cleanup((*http)->easy);
	po_freezero(*http, sizeof(**http));
	*http = NULL;
}

static void
free_headers(struct curl_slist **headers)
{
	/* the Authorization line is a secret; curl frees without wiping */
	for (struct curl_slist *h = *headers; h != NULL; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(*headers);
	*headers = NULL;
}

static enum po_status
add_header(struct curl_slist **headers, const char *name, const char *value,
    struct po_err *err)
{
	AUTO(po_buf_clear)
	struct po_buf line = PO_BUF_INIT(PO_HTTP_MAX_REQUEST);
	struct curl_slist *longer;
	enum po_status st;

	po_buf_appendf(&line, "%s: %s", name, value);
	if ((st = po_buf_check(&line, err)) != PO_OK)
		return st;
	if (strpbrk(po_buf_str(&line), "\r\n") != NULL)
		return po_err_set(
		    err, PO_E_INTERNAL, "header %s with a line break", name);
	longer = curl_slist_append(*headers, po_buf_str(&line));
	if (longer == NULL)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	*headers = longer;
	return PO_OK;
}

static enum po_status
build_headers(const struct po_http_request *request,
    struct curl_slist **headers, struct po_err *err)
{
	enum po_status st;

	st = add_header(headers, "Accept", "application/json", err);
	if (st == PO_OK && request->method == PO_HTTP_POST)
		/* no 100-continue round trip for a body of a few hundred bytes
		 */
		st = add_header(headers, "Expect", "", err);
	if (st == PO_OK && request->json)
		st = add_header(
		    headers, "Content-Type", "application/json", err);
	if (st == PO_OK && request->authorization != NULL)
		st = add_header(
		    headers, "Authorization", request->authorization, err);
	return st;
}

/*
 * Whatever comes between two requests ends a connection: its close, or an
 * answer that nobody has asked for.  curl 7.88 overlooks the close of TLS,
 * sends, repeats what failed on a new connection, and gives up for good at the
 * sixth time in a login.  So its socket is brought to a plain end, which curl
 * notices.
 */
static void
end_if_stale(const struct po_http *http)
{
	curl_socket_t socket = CURL_SOCKET_BAD;
	struct pollfd fd = { .events = POLLIN };

	if (curl_easy_getinfo(http->easy, CURLINFO_ACTIVESOCKET, &socket) !=
		CURLE_OK ||
	    socket == CURL_SOCKET_BAD)
		return;
	fd.fd = socket;
	if (poll(&fd, 1, 0) != 1)
		return;
	(void)shutdown(socket, SHUT_RD);
	/* tcp(7): MSG_TRUNC discards */
	(void)!recv(socket, NULL, STALE_MAX, MSG_DONTWAIT | MSG_TRUNC);
}

static void
set_request(struct po_http *http, const struct po_http_request *request,
    const struct curl_slist *headers, int64_t deadline_ms)
{
	int64_t timeout_ms = http->options.request_timeout_s * 1000;
	int64_t left_ms = deadline_ms - po_clock_ms();

	if (left_ms < timeout_ms)
		timeout_ms = left_ms;
	/* 0 would mean "for ever" to curl */
	if (timeout_ms < 1)
		timeout_ms = 1;
	SETOPT(http, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	SETOPT(http, CURLOPT_URL, request->url);
	SETOPT(http, CURLOPT_HTTPHEADER, headers);
	SETOPT(http, CURLOPT_CUSTOMREQUEST,
	    request->method == PO_HTTP_DELETE ? "DELETE" : NULL);
	if (request->method == PO_HTTP_POST) {
		SETOPT(http, CURLOPT_POST, 1L);
		SETOPT(http, CURLOPT_POSTFIELDS, po_buf_str(&request->body));
		SETOPT(http, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body.len);
	} else {
		SETOPT(http, CURLOPT_HTTPGET, 1L);
	}
}

/* Host part of the URL, for messages: the path may name a tenant. */
static int
host_len(const char *url, const char **host)
{
	const char *p = strstr(url, "://");

	*host = p == NULL ? url : p + 3;
	return (int)strcspn(*host, "/?#");
}

/*
 * A line longer than 100 KiB is "out of memory" to curl before 8.6; whoever
 * has begun to answer must not be able to claim that of this host.
 */
static bool
is_header_too_long(const struct po_http *http, CURLcode code)
{
	curl_off_t answered_us = 0;

	if (http->header_len > HEADER_MAX)
		return true;
	if (code != CURLE_OUT_OF_MEMORY || http->refused != PO_OK)
		return false;
	return curl_easy_getinfo(http->easy, CURLINFO_STARTTRANSFER_TIME_T,
		   &answered_us) == CURLE_OK &&
	       answered_us > 0;
}

/* What Landlock says to a port that sandbox.h does not allow. */
static bool
is_port_refused(const struct po_http *http, CURLcode code)
{
	long error = 0;

	(void)curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &error);
	return code == CURLE_COULDNT_CONNECT && error == EACCES;
}

static enum po_status
classify(const struct po_http *http, const struct po_http_request *request,
    CURLcode code, struct po_err *err)
{
	const char *text = http->curl_text[0] != '\0'
			       ? http->curl_text
			       : curl_easy_strerror(code);
	enum po_status st = PO_E_NETWORK;
	const char *host;
	int len = host_len(request->url, &host);

	if (code == CURLE_ABORTED_BY_CALLBACK)
		return po_err_set(
		    err, PO_E_CANCELLED, "%s: cancelled", request->what);
	if (http->refused == PO_E_TOO_LARGE)
		return po_err_set(err, PO_E_TOO_LARGE,
		    "%s: %.*s: answer longer than %zu bytes", request->what,
		    len, host, request->response_max);
	if (is_header_too_long(http, code))
		return po_err_set(err, PO_E_TOO_LARGE,
		    "%s: %.*s: header of the answer is too long", request->what,
		    len, host);
	if (is_port_refused(http, code))
		return po_err_set(err, PO_E_CONFIG,
		    "%s: %.*s: connections to this port are not allowed: name "
		    "this endpoint in the configuration",
		    request->what, len, host);
	if (code == CURLE_SSL_CACERT_BADFILE)
		st = PO_E_CONFIG;
	else if (code == CURLE_PEER_FAILED_VERIFICATION ||
		 code == CURLE_SSL_CONNECT_ERROR ||
		 code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CIPHER ||
		 code == CURLE_SSL_ISSUER_ERROR ||
		 code == CURLE_SSL_INVALIDCERTSTATUS)
		st = PO_E_TLS;
	else if (code == CURLE_UNSUPPORTED_PROTOCOL ||
		 code == CURLE_WEIRD_SERVER_REPLY ||
		 code == CURLE_BAD_CONTENT_ENCODING)
		st = PO_E_HTTP;
	else if (code == CURLE_OUT_OF_MEMORY || http->refused == PO_E_NOMEM)
		st = PO_E_NOMEM;
	return po_err_set(
	    err, st, "%s: %.*s: %s", request->what, len, host, text);
}

static void
read_info(struct po_http *http, struct po_http_response *response)
{
	struct curl_header *date = NULL, *cache_control = NULL;
	curl_off_t retry_after = 0;
	char *type = NULL;
	long status = 0;

	(void)curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &retry_after);
	response->status = (int)status;
	po_http_response_type(response, type);
	/* curl says 0 for "absent", too */
	response->retry_after_s = retry_after > 0 ? retry_after : -1;
	if (curl_easy_header(http->easy, "Date", 0, CURLH_HEADER, -1, &date) ==
	    CURLHE_OK)
		response->date_s = curl_getdate(date->value, NULL);
	(void)curl_easy_header(
	    http->easy, "Cache-Control", 0, CURLH_HEADER, -1, &cache_control);
	response->lifetime_s = po_http_lifetime_s(
	    cache_control == NULL ? NULL : cache_control->value);
}

/* The Link headers of the answer, of which there may be several. */
static enum po_status
read_link(struct po_http *http, const struct po_http_request *request,
    struct po_http_response *response, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf links = PO_BUF_INIT(PO_HTTP_MAX_LINK);
	struct curl_header *link = NULL;
	size_t count = request->paged ? 1 : 0;
	CURLHcode code = CURLHE_MISSING;

	for (size_t i = 0; i < count; i++) {
		code = curl_easy_header(
		    http->easy, "Link", i, CURLH_HEADER, -1, &link);
		if (code != CURLHE_OK)
			break;
		po_buf_append_str(&links, i == 0 ? "" : ", ");
		po_buf_append_str(&links, link->value);
		count = link->amount;
	}
	/* a page less could be a group less: nothing is left out quietly */
	if (code == CURLHE_OUT_OF_MEMORY || links.status == PO_E_NOMEM)
		return po_err_set(err, PO_E_NOMEM, "out of memory");
	if (links.status != PO_OK)
		return po_err_set(err, PO_E_TOO_LARGE,
		    "%s: Link headers longer than %d bytes", request->what,
		    PO_HTTP_MAX_LINK);
	return links.len == 0 ? PO_OK
			      : po_buf_take_str(&links, &response->link, err);
}

enum po_status
po_http_send(struct po_http *http, const struct po_http_request *request,
    int64_t deadline_ms, struct po_http_response *response, struct po_err *err)
{
	AUTO(free_headers) struct curl_slist *headers = NULL;
	int64_t start_ms = po_clock_ms();
	const char *host;
	int len = host_len(request->url, &host);
	enum po_status st;
	CURLcode code;

	*response = (struct po_http_response){
		.retry_after_s = -1,
		.date_s = -1,
		.body = PO_BUF_INIT(request->response_max),
	};
	if ((st = build_headers(request, &headers, err)) != PO_OK)
		return st;
	end_if_stale(http);
	set_request(http, request, headers, deadline_ms);
	if (http->setup.status != PO_OK)
		return po_err_set(
		    err, PO_E_INTERNAL, "libcurl: %s", http->setup.text);
	http->response = response;
	http->refused = PO_OK;
	http->header_len = 0;
	http->curl_text[0] = '\0';
	code = curl_easy_perform(http->easy);
	http->response = NULL;
	/* neither may outlive this call */
	SETOPT(http, CURLOPT_HTTPHEADER, NULL);
	SETOPT(http, CURLOPT_POSTFIELDS, NULL);
	if (code == CURLE_OK)
		read_info(http, response);
	po_log(http->options.log, PO_LOG_DEBUG,
	    "%s: %.*s: status %d, %zu bytes, %lld ms", request->what, len, host,
	    response->status, response->body.len,
	    (long long)(po_clock_ms() - start_ms));
	return code == CURLE_OK ? read_link(http, request, response, err)
				: classify(http, request, code, err);
}

const char *
po_http_reached(const struct po_http *http)
{
	curl_off_t dns = 0, tls = 0;
	char *peer = NULL;

	(void)curl_easy_getinfo(http->easy, CURLINFO_NAMELOOKUP_TIME_T, &dns);
	/* CONNECT_TIME is set only when TLS is done, too (curl 7.88) */
	(void)curl_easy_getinfo(http->easy, CURLINFO_PRIMARY_IP, &peer);
	(void)curl_easy_getinfo(http->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	if (dns == 0)
		return "DNS";
	if (peer == NULL || peer[0] == '\0')
		return "TCP";
	return tls == 0 ? "TLS" : "HTTP";
}
