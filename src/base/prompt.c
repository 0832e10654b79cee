/* SPDX-License-Identifier: BSD-2-Clause */
/* The text around a link.  See prompt.h. */

#include "base/prompt.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/phrase.h"
#include "base/text.h"

#define NAME_CHARS 64 /* of a label, a user, a host: one terminal line */
#define CODE_CHARS 64 /* PO_USER_CODE_MAX */
#define MESSAGE_CHARS 256

/*
 * Services through which people come in say "log in"; the others (sudo, su,
 * polkit) are themselves what is asked for.
 */
static bool
is_login(const char *service)
{
	static const char *const logins[] = { "sshd", "login", "remote",
		"gdm-password", "lightdm", "sddm", "greetd", "cockpit" };

	for (size_t i = 0; i < PO_ARRAY_LEN(logins); i++)
		if (strcmp(service, logins[i]) == 0)
			return true;
	return false;
}

/* "Sign in with Example SSO to use sudo as alice on web1:" */
static void
append_heading(struct po_buf *out, const struct po_msg_prompt *prompt,
    const char *service, const char *user)
{
	const char *phrase;
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		memcpy(host, "localhost", sizeof("localhost"));
	if (user[0] == '\0') /* whoever it will be comes in here */
		phrase = _("Sign in with {provider} to log in on {host}:");
	else if (is_login(service))
		phrase =
		    _("Sign in with {provider} to log in as {user} on {host}:");
	else
		phrase = _("Sign in with {provider} to use {service} as {user} "
			   "on {host}:");
	PO_PHRASE(out, NAME_CHARS, phrase, "provider", prompt->label, "service",
	    service, "user", user, "host", host);
	po_buf_append_str(out, "\n\n");
}

void
po_prompt_append(struct po_buf *out, const struct po_msg_prompt *prompt,
    const char *service, const char *user)
{
	bool push = prompt->kind == PO_PROMPT_CIBA;

	if (prompt->message[0] != '\0')
		PO_PHRASE(
		    out, MESSAGE_CHARS, "{text}\n\n", "text", prompt->message);
	if (prompt->renewed)
		po_buf_appendf(out, "%s\n\n",
		    _("The code has lapsed; here is a new one."));
	append_heading(out, prompt, service, user);
	/* URL and code first: some applications cut at PAM_MAX_MSG_SIZE */
	po_buf_appendf(out, "    %s\n",
	    push ? _("Approve the request on your phone.")
		 : prompt->verification_uri);
	if (prompt->user_code[0] != '\0') {
		po_buf_append_str(out, "    ");
		PO_PHRASE(out, push ? MESSAGE_CHARS : CODE_CHARS,
		    push ? _("It says: {code}") : _("code: {code}"), "code",
		    prompt->user_code);
		po_buf_append_char(out, '\n');
	}
	po_buf_append_char(out, '\n');
	if (!push)
		po_text_printable_lines(out, prompt->qr, SIZE_MAX);
}

void
po_prompt_append_left(struct po_buf *out, const char *minutes,
    const char *seconds, int64_t left_s)
{
	bool in_minutes = left_s >= 120;
	char n[24]; /* of an int64_t: 20 */

	if (in_minutes)
		left_s = left_s / 60 + (left_s % 60 >= 30);
	(void)snprintf(
	    n, sizeof(n), "%lld", (long long)(left_s < 0 ? 0 : left_s));
	PO_PHRASE(out, sizeof(n), in_minutes ? _(minutes) : _(seconds), "n", n);
}
