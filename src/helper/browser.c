/* SPDX-License-Identifier: BSD-2-Clause */
/* A browser on this host, as the administrator wants it.  See browser.h. */

#include "helper/browser.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/launch.h"
#include "io/peer.h"

static void
give_up(struct po_session *session, const char *why)
{
	po_log(&session->log, PO_LOG_WARNING, "browser: %s", why);
	po_fd_close(&session->browser_fd);
}

enum po_status
po_browser_start(struct po_session *session, struct po_err *err)
{
	const struct po_settings *s = &session->settings;
	const struct passwd *pw;
	struct po_err why = { 0 };

	if (s->browser == NULL)
		return PO_OK;
	if (geteuid() != 0)
		return po_settings_blame(s, "browser_user",
		    po_err_set(err, PO_E_CONFIG,
			"only root can start something as somebody else"),
		    err);
	if ((pw = po_launch_user(s->browser_user, err)) == NULL)
		return po_settings_blame(s, "browser_user", PO_E_CONFIG, err);
	session->browser_uid = pw->pw_uid;
	if (po_launch_check(s->browser, &why) != PO_OK ||
	    po_peer_open(session->peer_fd, &why) != PO_OK ||
	    po_launch_start(s->browser, pw, &session->browser_fd, &why) !=
		PO_OK)
		give_up(session, why.text);
	return PO_OK;
}

void
po_browser_open(struct po_session *session, const char *url)
{
	AUTO(po_buf_clear) struct po_buf line = PO_BUF_INIT(PO_URL_MAX + 1);

	if (session->browser_fd < 0)
		return;
	po_buf_appendf(&line, "%s\n", url);
	/* less than PIPE_BUF, and the first: all of it at once, or nothing */
	if (write(session->browser_fd, line.data, line.len) !=
	    (ssize_t)line.len)
		give_up(session, "the command could not be started");
	else
		session->browser_told = true;
}

void
po_browser_ended(struct po_session *session)
{
	give_up(session, "the command could not be started, or has failed");
}

bool
po_browser_is(const struct po_session *session, int connection)
{
	return !session->browser_told ||
	       po_peer_is(session->peer_fd, connection, session->browser_uid);
}
