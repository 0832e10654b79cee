/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real helper up to the point where it would talk to the network; there
 * it has been taken over, and does what `message` of the configuration says.
 * A program of its own, so that nothing in the real one can be told to.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/session.h"

enum po_status __wrap_po_session_run(
    struct po_session *session, struct po_err *err);

static void
run_shell(void)
{
	static char name[] = "sh";
	char *const args[] = { name, NULL };

	(void)execve("/bin/sh", args, args + 1);
}

static void *
run_shell_there(void *arg)
{
	run_shell();
	return arg;
}

static void
run_in_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_shell_there, NULL) == 0)
		(void)pthread_join(thread, NULL);
}

/* "connect PORT": whether the real helper's ports are those meant to be. */
static enum po_status
connect_to(const char *port, struct po_err *err)
{
	const struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	errno = 0;
	(void)!connect(fd, (const struct sockaddr *)&in, sizeof(in));
	return po_err_set(err, PO_E_INTERNAL, "%m");
}

/* Would the death of it go unnoticed? */
static void
drop_handler(void)
{
	(void)signal(SIGSYS, SIG_IGN);
	run_shell();
}

enum po_status
__wrap_po_session_run(struct po_session *session, struct po_err *err)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} deeds[] = {
		{ "shell", run_shell },
		{ "thread", run_in_thread },
		{ "handler", drop_handler },
	};

	if (strncmp(session->settings.message, "connect ", 8) == 0)
		return connect_to(session->settings.message + 8, err);
	for (size_t i = 0; i < PO_ARRAY_LEN(deeds); i++)
		if (strcmp(session->settings.message, deeds[i].name) == 0)
			deeds[i].run();
	return po_err_set(err, PO_E_INTERNAL, "nothing has stopped it");
}
