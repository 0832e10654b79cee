/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server for one request.  Whoever is on this host can connect, so nobody
 * is waited for: who says nothing is dropped when there is no more room, and
 * who says the wrong thing at once.  See loopback.h.
 */

#include "helper/loopback.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "helper/browser.h"
#include "oauth/redirect.h"

/* Browsers open two or three at once. */
#define VISITORS_MAX 16
/* In one login; then nobody is let in any more.  No person gets there. */
#define VISITS_MAX 1000
/* Its place behind those who listen and who have come. */
#define BROWSER (2 + VISITORS_MAX)
/* Free ports that are tried: one is enough but for chance on [::1]. */
#define PORTS_MAX 8

struct visitor {
	int fd; /* -1: none */
	struct po_buf head;
};

struct reception {
	struct visitor visitors[VISITORS_MAX];
	unsigned visits;
};

static void
leave(struct visitor *visitor)
{
	po_fd_close(&visitor->fd);
	po_buf_clear(&visitor->head);
}

static void
reception_clear(struct reception *reception)
{
	for (size_t i = 0; i < VISITORS_MAX; i++)
		leave(&reception->visitors[i]);
}

/* --- listening ------------------------------------------------------------ */

/* *port 0: any, and which one it is. */
static enum po_status
listen_at(bool six, int64_t *port, int *fd, struct po_err *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} address = { .any.sa_family = AF_UNSPEC };
	const char *name = six ? "[::1]" : "127.0.0.1";
	socklen_t size = six ? sizeof(address.six) : sizeof(address.four);
	const int on = 1; /* we end connections, and each waits a minute */

	if (six) {
		address.six.sin6_family = AF_INET6;
		address.six.sin6_addr = in6addr_loopback;
		address.six.sin6_port = htons((uint16_t)*port);
	} else {
		address.four.sin_family = AF_INET;
		address.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.four.sin_port = htons((uint16_t)*port);
	}
	*fd = socket(address.any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0 ||
	    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(*fd, &address.any, size) != 0 ||
	    listen(*fd, VISITORS_MAX) != 0 ||
	    getsockname(*fd, &address.any, &size) != 0)
		return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL
			   ? po_err_set(err, PO_E_UNSUPPORTED,
				 "this host has no %s", name)
			   : po_err_sys(err, "listening on %s, port %lld", name,
				 (long long)*port);
	*port = ntohs(six ? address.six.sin6_port : address.four.sin_port);
	return PO_OK;
}

/* Both at one port; an address that this host does not have is left out. */
static enum po_status
listen_both(int fds[2], int64_t *port, struct po_err *err)
{
	enum po_status st = listen_at(false, port, &fds[0], err);

	if (st != PO_OK)
		return st;
	if ((st = listen_at(true, port, &fds[1], err)) != PO_OK)
		po_fd_close(&fds[1]);
	return st == PO_E_UNSUPPORTED ? PO_OK : st;
}

enum po_status
po_loopback_open(struct po_session *session, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf uri = PO_BUF_INIT(PO_URL_MAX);
	struct po_redirect to;
	enum po_status st;
	int64_t port = 0;

	st = po_redirect_split(session->settings.redirect_uri, &to, err);
	if (st != PO_OK)
		return st;
	for (int left = to.port != 0 ? 1 : PORTS_MAX; left > 0; left--) {
		struct po_err why = { 0 };

		po_fd_close(&session->listen_fd[0]);
		port = to.port;
		st = listen_both(session->listen_fd, &port, &why);
		if (st == PO_OK)
			break;
		/* a port that was asked for is that one or none */
		if (st != PO_E_SYSTEM || left == 1)
			return po_err_set(err, st, "%s", why.text);
	}
	po_buf_appendf(&uri, "%.*s:%lld%s", (int)to.host_len, to.uri,
	    (long long)port, to.path);
	return po_buf_take_str(&uri, &session->redirect_uri, err);
}

/* --- who comes ------------------------------------------------------------ */

/*
 * Says how it went, without a word of what was asked: the page is everybody's.
 * What does not get there is the browser's loss.
 */
static void
reply(int fd, int status)
{
	static const char page[] =
	    "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>Sign-in</title><h1>%s</h1><p>%s</p></html>\n";
	const char *
	    title = "Thank you",
	   *text =
	       "You can close this window. Where you began to sign in, it says "
	       "whether you are in.";
	AUTO(po_buf_clear) struct po_buf body = PO_BUF_INIT(1024);
	AUTO(po_buf_clear) struct po_buf out = PO_BUF_INIT(4096);

	if (status != 200) {
		title = "Not here";
		text = "This is not what was waited for. Begin again where "
		       "you wanted to sign in.";
	}
	po_buf_appendf(&body, page, title, text);
	po_buf_appendf(&out,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "Content-Security-Policy: default-src 'none'; "
	    "frame-ancestors 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: no-referrer\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s"
	    "Connection: close\r\n\r\n%s",
	    status, status == 200 ? "OK" : "No", body.len,
	    status == 405 ? "Allow: GET\r\n" : "", po_buf_str(&body));
	(void)!send(fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(fd, SHUT_WR);
}

/* The one that has been here longest goes, if there is no room. */
static void
admit(struct reception *reception, int listen_fd)
{
	struct visitor *visitors = reception->visitors;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = 0;

	reception->visits++;
	if (fd < 0)
		return;
	while (i < VISITORS_MAX && visitors[i].fd >= 0)
		i++;
	if (i == VISITORS_MAX) {
		leave(&visitors[0]);
		memmove(visitors, visitors + 1,
		    (VISITORS_MAX - 1) * sizeof(*visitors));
		i--;
	}
	visitors[i] = (struct visitor){ fd, PO_BUF_INIT(PO_REDIRECT_HEAD_MAX) };
}

/* PO_E_GRANT_REFUSED while it is not the one. */
static enum po_status
hear(const struct po_session *session, struct visitor *visitor,
    const struct po_code_request *request, const struct po_redirect *to,
    char **code, struct po_err *err)
{
	AUTO(po_str_free) char *query = NULL;
	enum po_advice advice;
	char part[4096];
	ssize_t n = recv(visitor->fd, part, sizeof(part), MSG_DONTWAIT);
	enum po_status st = PO_E_GRANT_REFUSED;
	int status = 400;

	if (n > 0 && memchr(part, '\0', (size_t)n) == NULL) {
		po_buf_append(&visitor->head, part, (size_t)n);
		status = po_buf_check(&visitor->head, NULL) == PO_OK
			     ? po_redirect_read(
				   po_buf_str(&visitor->head), to, &query)
			     : 431;
	}
	explicit_bzero(part, sizeof(part));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return st;
	if (status == 0)
		return st;
	if (status == 200 && !po_browser_is(session, visitor->fd)) {
		(void)po_err_set(
		    err, st, "from another user than browser_user");
		status = 403;
	}
	if (status == 200 && (st = po_code_query(query, request, code, &advice,
				  err)) == PO_E_GRANT_REFUSED)
		status = 400;
	reply(visitor->fd, status);
	leave(visitor);
	return st;
}

/* Until one of them is final. */
static enum po_status
attend(struct po_session *session, struct reception *reception,
    const struct pollfd *fds, const struct po_code_request *request,
    const struct po_redirect *to, char **code, struct po_err *err)
{
	for (size_t i = 0; i < VISITORS_MAX; i++) {
		struct po_err why = { 0 };
		enum po_status st = PO_E_GRANT_REFUSED;

		if (fds[2 + i].revents != 0)
			st = hear(session, &reception->visitors[i], request, to,
			    code, &why);
		if (st != PO_E_GRANT_REFUSED)
			return st == PO_OK
				   ? st
				   : po_err_set(err, st, "%s", why.text);
		if (why.status != PO_OK)
			po_log(&session->log, PO_LOG_INFO, "redirect_uri: %s",
			    why.text);
	}
	for (size_t i = 0; i < 2; i++)
		if (fds[i].revents != 0)
			admit(reception, session->listen_fd[i]);
	return PO_E_GRANT_REFUSED;
}

enum po_status
po_loopback_receive(struct po_session *session,
    const struct po_code_request *request, char **code, struct po_err *err)
{
	AUTO(reception_clear) struct reception reception = { .visits = 0 };
	struct pollfd fds[BROWSER + 1];
	struct po_redirect to;
	enum po_status st;

	for (size_t i = 0; i < VISITORS_MAX; i++)
		reception.visitors[i].fd = -1;
	st = po_redirect_split(request->redirect_uri, &to, err);
	while (st == PO_OK) {
		bool open = reception.visits < VISITS_MAX;

		if (po_clock_ms() >= session->flow.deadline_ms)
			return po_err_set(err, PO_E_EXPIRED,
			    "nobody came back within the time limit of a "
			    "login");
		for (size_t i = 0; i < BROWSER; i++)
			fds[i] = (struct pollfd){
				.fd = i >= 2 ? reception.visitors[i - 2].fd
				      : open ? session->listen_fd[i]
					     : -1,
				.events = POLLIN,
			};
		fds[BROWSER] = (struct pollfd){ .fd = session->browser_fd };
		st = po_channel_wait_with(session->channel, fds,
		    PO_ARRAY_LEN(fds), session->flow.deadline_ms, err);
		if (st != PO_OK ||
		    (st = po_channel_pending(session->channel, err)) != PO_OK)
			return st;
		if (fds[BROWSER].revents != 0)
			po_browser_ended(session);
		st = attend(session, &reception, fds, request, &to, code, err);
		if (st != PO_E_GRANT_REFUSED)
			return st;
		st = PO_OK;
	}
	return st;
}
