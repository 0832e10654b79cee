/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries from inside what the helper's sandbox is to prevent.
 *
 *   probe [--user NAME] [--port PORT]... [--ca-file FILE] [--cache DIR]
 *         ATTEMPT [ARG...]
 *   probe --abi
 *
 * A child of its own goes through all that the helper goes through, and then
 * makes ATTEMPT (attempts.c).  One line says how that went:
 *
 *   ok                  it could be done
 *   EACCES              it failed with that error
 *   sandbox: DETAIL     a RESULT came, with the reason and its detail
 *   signal 31           it ended like that, without a RESULT
 *
 * and before it "log: ..." for each line that was logged.  --abi prints the
 * version of the kernel's Landlock, 0 for none.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "base/clock.h"
#include "base/ipc.h"
#include "base/mem.h"
#include "io/cache.h"
#include "io/http.h"
#include "io/sandbox.h"

#define PORTS_MAX 8
/* What the child exits with when it is not an error of the attempt's. */
#define NOT_CONFINED 255

static struct {
	const char *user;
	const char *ca_file;
	const char *cache;
	uint16_t ports[PORTS_MAX];
	size_t port_count;
} options = { .user = "nobody" };

static void
print_log(void *arg, enum po_log_level level, const char *line)
{
	(void)arg;
	(void)level;
	printf("log: %s\n", line);
	(void)fflush(stdout);
}

/* As po_session_confine does; leaves *http for attempts that want it. */
static enum po_status
confine(int fd, struct po_http **http, struct po_err *err)
{
	static const struct po_log log = { .write = print_log };
	/* standard output goes on: what is tried is asked for by name */
	const int keep[] = { fd, -1, attempt_cache };
	const struct po_sandbox_drop drop = {
		.user = options.user,
		.keep = keep,
		.keep_count = PO_ARRAY_LEN(keep),
		.timeout_s = 60,
		.file_size_max = options.cache != NULL ? 4096 : 0,
	};
	const struct po_http_options http_options = {
		.ca_file = options.ca_file,
		.connect_timeout_s = 5,
		.request_timeout_s = 10,
		.log = &log,
	};
	const struct po_sandbox sandbox = {
		.ca_file = options.ca_file,
		.ports = options.ports,
		.port_count = options.port_count,
		.cache_dir = attempt_cache,
		.report_fd = fd,
		.fields = "provider=probe",
		.log = &log,
	};
	enum po_status st;

	if ((st = po_sandbox_begin(err)) != PO_OK ||
	    (st = po_sandbox_drop(&drop, err)) != PO_OK ||
	    (st = po_http_new(&http_options, http, err)) != PO_OK)
		return st;
	return po_sandbox_confine(&sandbox, err);
}

static _Noreturn void
run_child(int fd, const struct attempt *attempt, char **args)
{
	struct po_http *http = NULL;
	struct po_err err = { 0 };

	if (options.cache != NULL)
		attempt_cache =
		    po_cache_open(options.cache, options.user, &err);
	if (confine(fd, &http, &err) != PO_OK) {
		(void)fprintf(stderr, "probe: %s: %s\n",
		    po_status_name(err.status), err.text);
		_exit(NOT_CONFINED);
	}
	errno = 0;
	_exit(attempt->run(http, args) == 0 ? 0 : errno);
}

static void
print_end(int status)
{
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) == 0)
		printf("ok\n");
	else
		printf("%s\n", strerrorname_np(WEXITSTATUS(status)));
}

static int
judge(struct po_ipc *ipc, pid_t child)
{
	AUTO(po_message_clear) struct po_message message = { 0 };
	int status;

	ipc->allowed[PO_MSG_RESULT] = 1;
	if (po_ipc_receive(ipc, po_clock_ms() + 30000, &message, NULL) == PO_OK)
		printf("%s: %s\n",
		    po_status_name((enum po_status)message.result.status),
		    message.result.detail);
	if (waitpid(child, &status, 0) != child)
		return 1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_CONFINED)
		return 1;
	if (message.type != PO_MSG_RESULT)
		print_end(status);
	return 0;
}

static int
probe(const struct attempt *attempt, char **args)
{
	AUTO(po_ipc_close) struct po_ipc ipc = { .fd = -1 };
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return 1;
	ipc.fd = ends[0];
	if ((child = fork()) < 0)
		return 1;
	if (child == 0)
		run_child(ends[1], attempt, args);
	(void)close(ends[1]);
	return judge(&ipc, child);
}

static int
print_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	printf("%ld\n", abi < 0 ? 0 : abi);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "user", required_argument, NULL, 'u' },
		{ "port", required_argument, NULL, 'p' },
		{ "ca-file", required_argument, NULL, 'c' },
		{ "cache", required_argument, NULL, 'd' },
		{ "abi", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	const struct attempt *attempt;
	int option;

	while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (option == 'u')
			options.user = optarg;
		else if (option == 'c')
			options.ca_file = optarg;
		else if (option == 'd')
			options.cache = optarg;
		else if (option == 'p' && options.port_count < PORTS_MAX)
			options.ports[options.port_count++] =
			    (uint16_t)strtoul(optarg, NULL, 10);
		else if (option == 'a')
			return print_abi();
		else
			return 2;
	}
	if (optind == argc || (attempt = attempt_find(argv[optind])) == NULL ||
	    argc - optind - 1 != attempt->args) {
		(void)fprintf(stderr, "probe: no such attempt\n");
		return 2;
	}
	return probe(attempt, argv + optind + 1);
}
