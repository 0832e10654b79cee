/* SPDX-License-Identifier: BSD-2-Clause */
/* See odd_host.h. */

#include "odd_host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"

/* Beyond what is closed, and what a helper gets. */
#define OUT_OF_THE_WAY 100
/* Seconds; longer than any test. */
#define CHILD_LIFE_S 120

static pid_t child;

static void
must(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	exit(3);
}

/* So that a loop leaves the processor to others. */
static void
breathe(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void
reap_all(int signo PO_UNUSED)
{
	int saved = errno;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	errno = saved;
}

static void *
reap_forever(void *arg PO_UNUSED)
{
	for (;;)
		if (waitpid(-1, NULL, 0) < 0)
			breathe();
	return NULL;
}

static pid_t
fork_child(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid > 0)
		return pid;
	(void)alarm(CHILD_LIFE_S);
	for (;;)
		(void)pause();
}

static bool
end_child(pid_t pid)
{
	int status = 0;

	return kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid &&
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
}

static void *
fork_forever(void *arg PO_UNUSED)
{
	pid_t last = fork_child();

	for (;;) {
		pid_t next = fork_child();

		must(end_child(last), "child");
		last = next;
		breathe();
	}
	return NULL;
}

static void
start_thread(void *(*body)(void *))
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, body, NULL) == 0, "pthread_create");
}

static void
set_sigchld(const char *how)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	if (strcmp(how, "thread") == 0) {
		start_thread(reap_forever);
	} else if (strcmp(how, "block") == 0) {
		(void)sigemptyset(&set);
		(void)sigaddset(&set, SIGCHLD);
		must(sigprocmask(SIG_BLOCK, &set, NULL) == 0, "sigprocmask");
	} else {
		action.sa_handler =
		    strcmp(how, "ignore") == 0 ? SIG_IGN : reap_all;
		must(sigaction(SIGCHLD, &action, NULL) == 0, "sigaction");
	}
}

/* stdin and stdout are variables in glibc. */
static void
close_number(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);

	if (fd == STDIN_FILENO)
		stdin = fdopen(copy, "r");
	else if (fd == STDOUT_FILENO)
		stdout = fdopen(copy, "w");
	must(stdin != NULL && stdout != NULL, "fdopen");
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	must(close(fd) == 0, "close");
}

static void
open_descriptors(rlim_t count)
{
	struct rlimit limit = { count + OUT_OF_THE_WAY,
		count + OUT_OF_THE_WAY };

	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
	for (rlim_t i = 0; i < count; i++)
		must(open("/dev/zero", O_RDONLY) >= 0, "open"); /* no CLOEXEC */
}

bool
odd_host_phase(const char *phase)
{
	const char *value = strchr(phase, '=');

	if (value == NULL)
		return false;
	value++;
	if (strncmp(phase, "sigchld=", 8) == 0)
		set_sigchld(value);
	else if (strcmp(phase, "child=start") == 0)
		child = fork_child();
	else if (strcmp(phase, "child=end") == 0)
		must(end_child(child), "child");
	else if (strcmp(phase, "fork=loop") == 0)
		start_thread(fork_forever);
	else if (strncmp(phase, "close=", 6) == 0)
		close_number((int)strtol(value, NULL, 10));
	else if (strncmp(phase, "descriptors=", 12) == 0)
		open_descriptors((rlim_t)strtol(value, NULL, 10));
	else
		return false;
	return true;
}
