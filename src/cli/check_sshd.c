/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sshd, by its own word: the version in the binary, and what `sshd -T` says
 * of its settings (those outside of Match blocks).  See check.h.
 */

#include "cli/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/openssh.h"
#include "base/text.h"

#define OUTPUT_MAX (256 * 1024) /* bytes; 9.2 prints 4 KiB */
#define DEADLINE_MS 10000       /* it reads keys and files, milliseconds */
#define VALUE_SIZE 256
/* Fedora's 50-redhat.conf says the opposite, and a file after it nothing. */
#define FIRST                                                                  \
	" in sshd_config.d/00-pam_oauth.conf, since the first line on a "      \
	"matter counts; then reload sshd"

static const char *const programs[] = { "/usr/sbin/sshd",
	"/usr/local/sbin/sshd", "/usr/bin/sshd" };

/* --- asking --------------------------------------------------------------- */

/* All that it writes; what is longer or late is as good as nothing. */
static void
collect(int fd, struct po_buf *out)
{
	int64_t deadline_ms = po_clock_ms() + DEADLINE_MS;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	char chunk[4096];
	ssize_t got = 1;

	while (got > 0 && out->status == PO_OK) {
		int64_t left_ms = deadline_ms - po_clock_ms();

		if (left_ms <= 0 || poll(&pollfd, 1, (int)left_ms) <= 0)
			return;
		got = read(fd, chunk, sizeof(chunk));
		if (got > 0)
			po_buf_append(out, chunk, (size_t)got);
	}
}

static int
spawn(const char *path, int output, pid_t *pid)
{
	/* constant strings that execve wants as char *const[] */
	static char option[] = "-T";
	AUTO(po_str_free) char *name = po_str_dup(path);
	char *const argv[] = { name, option, NULL };
	char *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	int r;

	if (name == NULL || posix_spawn_file_actions_init(&actions) != 0)
		return ENOMEM;
	if ((r = posix_spawn_file_actions_adddup2(
		 &actions, output, STDOUT_FILENO)) == 0 &&
	    (r = posix_spawn_file_actions_adddup2(
		 &actions, output, STDERR_FILENO)) == 0 &&
	    (r = posix_spawn_file_actions_addopen(
		 &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) == 0)
		r = posix_spawn(pid, path, &actions, NULL, argv, envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* The value of `name` in what `sshd -T` prints ("usepam yes" a line), cut to
 * `size`; false if it is not there. */
static bool
find_value(const char *text, const char *name, char *value, size_t size)
{
	size_t len = strlen(name);

	for (const char *line = text; *line != '\0';) {
		size_t end = strcspn(line, "\n");

		if (end > len && line[len] == ' ' &&
		    memcmp(line, name, len) == 0) {
			end -= len + 1;
			if (size > 0) {
				end = end < size ? end : size - 1;
				memcpy(value, line + len + 1, end);
				value[end] = '\0';
			}
			return true;
		}
		line += end + (line[end] == '\n' ? 1 : 0);
	}
	return false;
}

/* What `sshd -T` prints, in one way or the other; true if it succeeded. */
static bool
ask(const char *path, struct po_buf *out)
{
	int ends[2], status = 0;
	pid_t pid = 0, ended;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	AUTO(po_fd_close) int from = ends[0];
	AUTO(po_fd_close) int to = ends[1];
	errno = spawn(path, to, &pid);
	if (errno != 0)
		return false;
	po_fd_close(&to);
	collect(from, out);
	/* it has ended, or is of no more use; not yet reaped, so still ours */
	(void)kill(pid, SIGKILL);
	do
		ended = waitpid(pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	return find_value(po_buf_str(out), "usepam", NULL, 0);
}

/* --- judging -------------------------------------------------------------- */

static void
check_version(struct po_check *check, const char *path)
{
	struct po_openssh version;

	if (!po_openssh_read(path, &version))
		po_check_add(check, PO_CHECK_WARNING, path, NULL,
		    "its version is not to be found: people have to press "
		    "Enter once they have approved");
	else
		po_check_add(check, PO_CHECK_NOTE, path, NULL,
		    "OpenSSH %u.%u %s", version.major, version.minor,
		    po_openssh_shows_info(&version)
			? "shows the link at once, and the login goes on by "
			  "itself after the approval"
			: "shows the link with a prompt only (before 10.3): "
			  "people press Enter once they have approved");
}

static bool
is(const char *text, const char *name, const char *wanted)
{
	char value[VALUE_SIZE];

	return find_value(text, name, value, sizeof(value)) &&
	       strcmp(value, wanted) == 0;
}

static void
check_grace(struct po_check *check, const char *text, const char *path)
{
	AUTO(po_settings_clear) struct po_settings settings = { 0 };
	char value[VALUE_SIZE];
	int64_t grace_s = 0;

	if (check->config == NULL ||
	    po_config_settings(check->config, "sshd", NULL, &settings, NULL) !=
		PO_OK ||
	    !find_value(text, "logingracetime", value, sizeof(value)) ||
	    !po_text_parse_int(value, 1, INT64_MAX, &grace_s))
		return; /* 0: for ever */
	if (grace_s <= settings.timeout_s)
		po_check_add(check, PO_CHECK_ERROR, path,
		    "LoginGraceTime above it in sshd_config, or a smaller "
		    "timeout in [service sshd]",
		    "LoginGraceTime %s ends logins before their timeout of "
		    "%lld s",
		    value, (long long)settings.timeout_s);
}

/* Lists of methods, each enough by itself; "any": any one method. */
static void
check_methods(struct po_check *check, const char *text, const char *path)
{
	static const char ours[] = "keyboard-interactive";
	bool key = is(text, "pubkeyauthentication", "yes");
	unsigned with = 0, without = 0;
	char value[VALUE_SIZE];

	if (!find_value(text, "authenticationmethods", value, sizeof(value)))
		return;
	for (char *list = value; *list != '\0';) {
		size_t len = strcspn(list, " ");

		if (memmem(list, len, ours, sizeof(ours) - 1) != NULL ||
		    (!key && strcmp(list, "any") == 0))
			with++;
		else
			without++;
		list += len + (list[len] == ' ' ? 1 : 0);
	}
	if (with == 0 && strcmp(value, "any") != 0)
		po_check_add(check, PO_CHECK_ERROR, path,
		    "AuthenticationMethods publickey,keyboard-interactive",
		    "AuthenticationMethods %s: PAM is never asked", value);
	else if (without > 0)
		po_check_add(check, PO_CHECK_NOTE, path, NULL,
		    "AuthenticationMethods %s: a key alone is enough "
		    "(publickey,keyboard-interactive asks for both)",
		    value);
	else /* Match blocks and passwords are not looked at here */
		po_check_add(check, PO_CHECK_NOTE, path, NULL,
		    "AuthenticationMethods %s%s: when the provider is down, "
		    "nobody gets in over ssh, unless a Match block or PAM's "
		    "file makes an exception",
		    value, key ? "" : ", PubkeyAuthentication no");
}

static void
check_settings(struct po_check *check, const char *text, const char *path)
{
	unsigned before = check->errors;

	if (is(text, "usepam", "no"))
		po_check_add(check, PO_CHECK_ERROR, path, "UsePAM yes" FIRST,
		    "UsePAM no: PAM is never asked");
	if (is(text, "kbdinteractiveauthentication", "no"))
		po_check_add(check, PO_CHECK_ERROR, path,
		    "KbdInteractiveAuthentication yes" FIRST,
		    "KbdInteractiveAuthentication no: nobody can be shown a "
		    "link");
	if (is(text, "passwordauthentication", "yes"))
		po_check_add(check, PO_CHECK_WARNING, path,
		    "PasswordAuthentication no" FIRST,
		    "PasswordAuthentication yes: that method has no place for "
		    "a link, and its attempts are refused (reason "
		    "conversation)");
	check_methods(check, text, path);
	check_grace(check, text, path);
	if (check->errors == before)
		po_check_add(check, PO_CHECK_OK, path, NULL,
		    "sshd's settings let people sign in");
}

/* The last line of what it has to say, without the line feed. */
static const char *
last_line(struct po_buf *text)
{
	char *start = (char *)text->data, *feed;

	if (text->len == 0)
		return "no answer";
	while (text->len > 0 && strchr("\r\n", start[text->len - 1]) != NULL)
		start[--text->len] = '\0';
	feed = strrchr(start, '\n');
	return feed == NULL ? start : feed + 1;
}

void
po_check_sshd(struct po_check *check)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(OUTPUT_MAX);
	const char *path = NULL;

	for (size_t i = 0; i < PO_ARRAY_LEN(programs) && path == NULL; i++)
		if (access(programs[i], X_OK) == 0)
			path = programs[i];
	if (path == NULL) {
		po_check_add(check, PO_CHECK_NOTE, programs[0], NULL,
		    "there is no sshd");
		return;
	}
	check_version(check, path);
	if (geteuid() != 0)
		return; /* it could not read its host keys */
	if (ask(path, &text))
		check_settings(check, po_buf_str(&text), path);
	else
		po_check_add(check, PO_CHECK_ERROR, path,
		    "mend what `sshd -t` complains of", "sshd -T: %s",
		    last_line(&text));
}
