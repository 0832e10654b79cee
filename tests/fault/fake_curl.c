/* SPDX-License-Identifier: BSD-2-Clause */
/* A libcurl that can do everything but reach somebody.  See fake_curl.h. */

#include "fake_curl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/mem.h"
#include "fault.h"

/* What the handle has been told; there is one at a time. */
static struct {
	const char *url;
	const char *post; /* NULL: GET */
	size_t (*write)(char *data, size_t size, size_t count, void *arg);
	void *write_arg;
	size_t (*header)(char *data, size_t size, size_t count, void *arg);
	void *header_arg;
	curl_xferinfo_callback progress;
	void *progress_arg;
	long timeout_ms;
	struct fault_answer answer; /* to the last request */
	bool answered;              /* it has begun */
	int socket;                 /* of the connection, or -1 */
} handle;

static bool
fails(const char *call)
{
	return FAULT(call, "CURLE_OUT_OF_MEMORY", "CURLE_UNKNOWN_OPTION") >= 0;
}

/* --- handles --- */

WRAP(CURLcode, curl_global_init, (long flags))
{
	if (FAULT("curl_global_init", "CURLE_FAILED_INIT") >= 0)
		return CURLE_FAILED_INIT;
	return __real_curl_global_init(flags);
}

WRAP(CURL *, curl_easy_init, (void))
{
	if (FAULT("curl_easy_init", "NULL") >= 0)
		return NULL;
	memset(&handle, 0, sizeof(handle));
	handle.socket = -1;
	return fault_keep("curl_easy_init", __real_curl_easy_init());
}

WRAP(void, curl_easy_cleanup, (CURL * curl))
{
	fault_drop(curl);
	fault_pause();
	po_fd_close(&handle.socket);
	fault_resume();
	__real_curl_easy_cleanup(curl);
}

WRAP(struct curl_slist *, curl_slist_append,
    (struct curl_slist * list, const char *text))
{
	struct curl_slist *longer;

	if (FAULT("curl_slist_append", "NULL") >= 0)
		return NULL;
	longer = __real_curl_slist_append(list, text);
	return list == NULL ? fault_keep("curl_slist_append", longer) : longer;
}

WRAP(void, curl_slist_free_all, (struct curl_slist * list))
{
	fault_drop(list);
	__real_curl_slist_free_all(list);
}

/* --- options --- */

static void
note_pointer(CURLoption option, void *value)
{
	if (option == CURLOPT_URL)
		handle.url = value;
	else if (option == CURLOPT_POSTFIELDS)
		handle.post = value;
	else if (option == CURLOPT_WRITEDATA)
		handle.write_arg = value;
	else if (option == CURLOPT_HEADERDATA)
		handle.header_arg = value;
	else if (option == CURLOPT_XFERINFODATA)
		handle.progress_arg = value;
}

static CURLcode
set_function(CURLoption option, va_list args)
{
	if (option == CURLOPT_WRITEFUNCTION)
		handle.write = va_arg(args, __typeof__(handle.write));
	else if (option == CURLOPT_HEADERFUNCTION)
		handle.header = va_arg(args, __typeof__(handle.header));
	else if (option == CURLOPT_XFERINFOFUNCTION)
		handle.progress = va_arg(args, curl_xferinfo_callback);
	else
		return CURLE_UNKNOWN_OPTION; /* src sets no other function */
	return CURLE_OK;
}

CURLcode __real_curl_easy_setopt(CURL *curl, CURLoption option, ...);

static CURLcode
set_option(CURL *curl, CURLoption option, va_list args)
{
	void *value;

	if (option >= CURLOPTTYPE_OFF_T)
		return __real_curl_easy_setopt(
		    curl, option, va_arg(args, curl_off_t));
	if (option >= CURLOPTTYPE_FUNCTIONPOINT)
		return set_function(option, args);
	if (option >= CURLOPTTYPE_OBJECTPOINT) {
		value = va_arg(args, void *);
		note_pointer(option, value);
		return __real_curl_easy_setopt(curl, option, value);
	}
	if (option == CURLOPT_TIMEOUT_MS) {
		handle.timeout_ms = va_arg(args, long);
		return __real_curl_easy_setopt(curl, option, handle.timeout_ms);
	}
	if (option == CURLOPT_HTTPGET)
		handle.post = NULL;
	return __real_curl_easy_setopt(curl, option, va_arg(args, long));
}

/* Taking a value back is another call: it may come too late to matter. */
static bool
takes_back(CURLoption option, va_list args)
{
	return (option == CURLOPT_HTTPHEADER || option == CURLOPT_POSTFIELDS) &&
	       va_arg(args, void *) == NULL;
}

WRAP(CURLcode, curl_easy_setopt, (CURL * curl, CURLoption option, ...))
{
	CURLcode code = CURLE_UNKNOWN_OPTION;
	va_list args, again;

	va_start(args, option);
	va_copy(again, args);
	if (!fails(takes_back(option, again) ? "curl_easy_setopt(NULL)"
					     : "curl_easy_setopt"))
		code = set_option(curl, option, args);
	va_end(again);
	va_end(args);
	return code;
}

/* --- the request --- */

static bool
give(size_t (*take)(char *data, size_t size, size_t count, void *arg),
    void *arg, const char *data, size_t len)
{
	/* curl's type is not const; nobody writes there */
	return take((char *)(uintptr_t)(const void *)data, 1, len, arg) == len;
}

/* The body in two pieces, as the network might. */
static CURLcode
deliver(const char *body, size_t len)
{
	static const char header[] = "HTTP/1.1 200 OK\r\n";

	if (handle.progress(handle.progress_arg, 0, 0, 0, 0) != 0)
		return CURLE_ABORTED_BY_CALLBACK;
	handle.answered = true;
	if ((handle.header != NULL && !give(handle.header, handle.header_arg,
					  header, strlen(header))) ||
	    !give(handle.write, handle.write_arg, body, len / 2) ||
	    !give(
		handle.write, handle.write_arg, body + len / 2, len - len / 2))
		return CURLE_WRITE_ERROR;
	return CURLE_OK;
}

/* A connection that the provider closes after each answer. */
static void
connect_once(void)
{
	int ends[2];

	if (handle.socket >= 0)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		abort();
	(void)close(ends[1]);
	handle.socket = ends[0];
}

WRAP(CURLcode, curl_easy_perform, (CURL * curl))
{
	static const CURLcode codes[] = { CURLE_OUT_OF_MEMORY,
		CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
		CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_RECV_ERROR,
		CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION,
		CURLE_SSL_CACERT_BADFILE, CURLE_UNSUPPORTED_PROTOCOL,
		CURLE_PARTIAL_FILE };
	/* what fails there is tried again, but for what is used once */
	bool poll = strstr(handle.url, "/token") != NULL &&
		    (handle.post == NULL ||
			(strstr(handle.post, "=authorization_code&") == NULL &&
			    strstr(handle.post, "=refresh_token&") == NULL));
	int way = FAULT(poll ? "curl_easy_perform(poll)" : "curl_easy_perform",
	    "OUT_OF_MEMORY", "COULDNT_RESOLVE_HOST", "COULDNT_CONNECT",
	    "OPERATION_TIMEDOUT", "GOT_NOTHING", "RECV_ERROR",
	    "SSL_CONNECT_ERROR", "PEER_FAILED_VERIFICATION",
	    "SSL_CACERT_BADFILE", "UNSUPPORTED_PROTOCOL", "PARTIAL_FILE");
	CURLcode code;

	(void)curl;
	memset(&handle.answer, 0, sizeof(handle.answer));
	handle.answered = false;
	if (way == 3)
		fault_advance(handle.timeout_ms);
	if (way >= 0 && codes[way] != CURLE_PARTIAL_FILE)
		return codes[way];
	fault_pause();
	connect_once();
	handle.answer = fault_answer(handle.url, handle.post);
	fault_resume();
	code = deliver(handle.answer.body,
	    strlen(handle.answer.body) / (way >= 0 ? 2 : 1));
	return way >= 0 ? codes[way] : code;
}

static CURLcode
answer_info(CURLINFO info, va_list args)
{
	if (info == CURLINFO_RESPONSE_CODE)
		*va_arg(args, long *) = handle.answer.status;
	else if (info == CURLINFO_CONTENT_TYPE)
		*va_arg(args, const char **) = handle.answer.type;
	else if (info == CURLINFO_RETRY_AFTER)
		*va_arg(args, curl_off_t *) = 0;
	else if (info == CURLINFO_ACTIVESOCKET)
		*va_arg(args, curl_socket_t *) = handle.socket;
	else if (info == CURLINFO_STARTTRANSFER_TIME_T)
		*va_arg(args, curl_off_t *) = handle.answered;
	else
		return CURLE_UNKNOWN_OPTION; /* src asks for no other */
	return CURLE_OK;
}

WRAP(CURLcode, curl_easy_getinfo, (CURL * curl, CURLINFO info, ...))
{
	const char *call =
	    info == CURLINFO_RESPONSE_CODE  ? "curl_easy_getinfo(RESPONSE_CODE)"
	    : info == CURLINFO_CONTENT_TYPE ? "curl_easy_getinfo(CONTENT_TYPE)"
					    : "curl_easy_getinfo";
	CURLcode code = CURLE_UNKNOWN_OPTION;
	va_list args;

	(void)curl;
	va_start(args, info);
	if (!fails(call))
		code = answer_info(info, args);
	va_end(args);
	return code;
}

WRAP(CURLHcode, curl_easy_header,
    (CURL * curl, const char *name, size_t index, unsigned origin, int request,
	struct curl_header **out))
{
	static char date[] = "Tue, 14 Nov 2023 22:13:20 GMT"; /* FORGE_NOW */
	static struct curl_header header = { .value = date };
	static struct curl_header link = { .amount = 1 };

	(void)curl;
	if (strcmp(name, "Link") == 0) {
		if (FAULT("curl_easy_header(Link)", "CURLHE_OUT_OF_MEMORY") >=
		    0)
			return CURLHE_OUT_OF_MEMORY;
		/* curl's type is not const; nobody writes there */
		link.value =
		    (char *)(uintptr_t)(const void *)handle.answer.link;
		*out = &link;
		return link.value == NULL ? CURLHE_MISSING : CURLHE_OK;
	}
	(void)index;
	(void)origin;
	(void)request;
	if (FAULT("curl_easy_header", "CURLHE_MISSING",
		"CURLHE_OUT_OF_MEMORY") >= 0)
		return CURLHE_MISSING;
	*out = &header;
	return CURLHE_OK;
}

WRAP(time_t, curl_getdate, (const char *text, const time_t *now))
{
	if (FAULT("curl_getdate", "unreadable") >= 0)
		return -1;
	return __real_curl_getdate(text, now);
}
