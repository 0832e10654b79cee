/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PAM application for tests, on the real libpam and without a terminal.
 *
 *   client SERVICE USER [--rhost HOST] [--silent] [--no-conv]
 *          [--change-user NAME] [--threads COUNT] PHASE...
 *
 * runs the phases (auth cred acct open close passwd env) in the order given,
 * on one handle; a USER of "" is nobody, as in a greeter.  A conversation is
 * a line {"style", "text"} for each message;
 * a prompt is answered by the next line of standard input, its end by
 * PAM_CONV_ERR.  --change-user: each conversation sets PAM_USER to NAME, as no
 * application should.  "env" shows the PAM environment, a message an entry;
 * NAME=value and USER=name are phases too: they set a variable there, and
 * PAM_USER; "pause" waits for a line of standard input; more, in odd_host.h,
 * make a strange application of it.  A phase ends with a
 * line {"phase", "code", "user", "children", "descriptors"}: the PAM code's
 * name, PAM_USER, whether a child process is left, and how many descriptors are
 * open.  --threads: the phases run in so many threads at once, each with a
 * handle of its own, and "thread" is in each line.  For benchmarks each line
 * has "at_us", when it was printed, and a phase's "start_us" and "answered_us",
 * those of its beginning and of the last answer (CLOCK_MONOTONIC).
 *
 *   client --many
 *
 * does so for each line of standard input, with its words as arguments, in one
 * process, and says after each {"allocated", "descriptors"}: what is left.
 */

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <security/pam_appl.h>

#include "base/attr.h"
#include "odd_host.h"

#define THREADS_MAX 64
#define WORDS_MAX 16 /* of a line of --many */

/* AddressSanitizer's, where there is one: mallinfo knows nothing then */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static _Thread_local long long start_us, answered_us;
static _Thread_local int thread;

static long long
now_us(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
print_json(const char *text)
{
	putchar('"');
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static const char *
style_name(int style)
{
	switch (style) {
	case PAM_PROMPT_ECHO_OFF:
		return "echo-off";
	case PAM_PROMPT_ECHO_ON:
		return "echo-on";
	case PAM_ERROR_MSG:
		return "error";
	case PAM_TEXT_INFO:
		return "info";
	default:
		return "unknown";
	}
}

static const char *
code_name(int code)
{
#define NAME(symbol)                                                           \
	case symbol:                                                           \
		return #symbol
	switch (code) {
		NAME(PAM_SUCCESS);
		NAME(PAM_SERVICE_ERR);
		NAME(PAM_SYSTEM_ERR);
		NAME(PAM_BUF_ERR);
		NAME(PAM_PERM_DENIED);
		NAME(PAM_AUTH_ERR);
		NAME(PAM_CRED_INSUFFICIENT);
		NAME(PAM_AUTHINFO_UNAVAIL);
		NAME(PAM_USER_UNKNOWN);
		NAME(PAM_MAXTRIES);
		NAME(PAM_ACCT_EXPIRED);
		NAME(PAM_SESSION_ERR);
		NAME(PAM_CRED_ERR);
		NAME(PAM_CONV_ERR);
		NAME(PAM_AUTHTOK_ERR);
		NAME(PAM_IGNORE);
		NAME(PAM_ABORT);
		NAME(PAM_MODULE_UNKNOWN);
	default:
		return "other";
	}
#undef NAME
}

/* The next line of standard input without its end, or NULL. */
static char *
read_answer(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, stdin);

	if (len <= 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

struct talk {
	pam_handle_t *pamh;
	const char *change_user; /* NULL: leave PAM_USER alone */
};

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **responses, void *arg)
{
	const struct talk *talk = arg;
	struct pam_response *answers =
	    calloc((size_t)count, sizeof(struct pam_response));
	bool failed = answers == NULL;

	if (talk->change_user != NULL && pam_set_item(talk->pamh, PAM_USER,
					     talk->change_user) != PAM_SUCCESS)
		failed = true;
	for (int i = 0; i < count && !failed; i++) {
		int style = messages[i]->msg_style;

		flockfile(stdout);
		printf("{\"style\": \"%s\", \"text\": ", style_name(style));
		print_json(messages[i]->msg);
		printf(
		    ", \"thread\": %d, \"at_us\": %lld}\n", thread, now_us());
		funlockfile(stdout);
		if (style == PAM_PROMPT_ECHO_ON ||
		    style == PAM_PROMPT_ECHO_OFF) {
			failed = (answers[i].resp = read_answer()) == NULL;
			answered_us = now_us();
		}
	}
	if (failed) {
		for (int i = 0; answers != NULL && i < count; i++)
			free(answers[i].resp);
		free(answers);
		return PAM_CONV_ERR;
	}
	*responses = answers;
	return PAM_SUCCESS;
}

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		(void)closedir(dir);
	return count;
}

static int
show_environment(pam_handle_t *pamh)
{
	char **list = pam_getenvlist(pamh);

	if (list == NULL)
		return PAM_BUF_ERR;
	for (char **entry = list; *entry != NULL; entry++) {
		printf("{\"style\": \"env\", \"text\": ");
		print_json(*entry);
		printf("}\n");
		free(*entry);
	}
	free(list);
	return PAM_SUCCESS;
}

static int
run_phase(pam_handle_t *pamh, const char *phase, int flags)
{
	if (strcmp(phase, "auth") == 0)
		return pam_authenticate(pamh, flags);
	if (strcmp(phase, "cred") == 0)
		return pam_setcred(
		    pamh, (int)((unsigned)flags | PAM_ESTABLISH_CRED));
	if (strcmp(phase, "acct") == 0)
		return pam_acct_mgmt(pamh, flags);
	if (strcmp(phase, "open") == 0)
		return pam_open_session(pamh, flags);
	if (strcmp(phase, "close") == 0)
		return pam_close_session(pamh, flags);
	if (strcmp(phase, "passwd") == 0)
		return pam_chauthtok(pamh, flags);
	if (strcmp(phase, "env") == 0)
		return show_environment(pamh);
	if (strcmp(phase, "pause") == 0) {
		free(read_answer());
		return PAM_SUCCESS;
	}
	if (odd_host_phase(phase))
		return PAM_SUCCESS;
	if (strncmp(phase, "USER=", 5) == 0)
		return pam_set_item(pamh, PAM_USER, phase + 5);
	if (strchr(phase, '=') != NULL)
		return pam_putenv(pamh, phase);
	fprintf(stderr, "client: unknown phase %s\n", phase);
	exit(2);
}

static void
report(pam_handle_t *pamh, const char *phase, int code)
{
	const void *user = NULL;

	flockfile(stdout);
	printf("{\"at_us\": %lld, \"start_us\": %lld, \"answered_us\": %lld, ",
	    now_us(), start_us, answered_us);
	(void)pam_get_item(pamh, PAM_USER, &user);
	printf("\"phase\": ");
	print_json(phase);
	printf(", \"code\": \"%s\", \"user\": ", code_name(code));
	print_json(user == NULL ? "" : user);
	/* WNOWAIT: a look, not a wait */
	printf(", \"thread\": %d, \"children\": %s, \"descriptors\": %d}\n",
	    thread,
	    waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOHANG | WNOWAIT) ==
		    0
		? "true"
		: "false",
	    open_descriptors());
	funlockfile(stdout);
}

/* What the command line says. */
static struct options {
	const char *service, *user, *rhost, *change_user;
	bool silent, no_conversation;
	long threads;
	char **phases;
} options;

static void *
run(void *number)
{
	struct talk talk = { .change_user = options.change_user };
	struct pam_conv conv = {
		.conv = options.no_conversation ? NULL : converse,
		.appdata_ptr = &talk,
	};
	int code;

	thread = (int)(intptr_t)number;
	code = pam_start(options.service, options.user, &conv, &talk.pamh);
	if (code == PAM_SUCCESS && options.rhost != NULL)
		code = pam_set_item(talk.pamh, PAM_RHOST, options.rhost);
	if (code != PAM_SUCCESS) {
		fprintf(stderr, "client: pam_start: %s\n", code_name(code));
		exit(1);
	}
	for (char **phase = options.phases; *phase != NULL; phase++) {
		start_us = now_us();
		code = run_phase(
		    talk.pamh, *phase, options.silent ? (int)PAM_SILENT : 0);
		report(talk.pamh, *phase, code);
	}
	(void)pam_end(talk.pamh, code);
	return NULL;
}

static void
run_threads(void)
{
	pthread_t threads[THREADS_MAX];

	for (long i = 0; i < options.threads; i++)
		if (pthread_create(
			&threads[i], NULL, run, (void *)(intptr_t)i) != 0)
			exit(1);
	for (long i = 0; i < options.threads; i++)
		(void)pthread_join(threads[i], NULL);
}

/* All that was allocated and is not freed yet, in bytes. */
static size_t
allocated(void)
{
	return __sanitizer_get_current_allocated_bytes != NULL
		   ? __sanitizer_get_current_allocated_bytes()
		   : mallinfo2().uordblks;
}

static int
run_one(int argc, char **argv)
{
	int i;

	options = (struct options){ .threads = 1 };
	for (i = 3; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--silent") == 0)
			options.silent = true;
		else if (strcmp(argv[i], "--no-conv") == 0)
			options.no_conversation = true;
		else if (strcmp(argv[i], "--rhost") == 0 && i + 1 < argc)
			options.rhost = argv[++i];
		else if (strcmp(argv[i], "--change-user") == 0 && i + 1 < argc)
			options.change_user = argv[++i];
		else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
			options.threads = strtol(argv[++i], NULL, 10);
		else
			break;
	}
	if (i >= argc || argv[i][0] == '-' || options.threads < 1 ||
	    options.threads > THREADS_MAX) {
		fprintf(stderr,
		    "usage: client SERVICE USER [--rhost HOST] [--silent] "
		    "[--no-conv] [--change-user NAME] [--threads COUNT] "
		    "PHASE...\n"
		    "       client --many\n");
		return 2;
	}
	options.service = argv[1];
	options.user = argv[2][0] == '\0' ? NULL : argv[2];
	options.phases = &argv[i];
	/* without threads also: some bugs show only where there is just one */
	if (options.threads == 1)
		(void)run(NULL);
	else
		run_threads();
	return 0;
}

/* One login after the other, each on a handle of its own. */
static int
run_many(void)
{
	char *words[WORDS_MAX + 1];
	char *line;
	int status = 0;

	while (status == 0 && (line = read_answer()) != NULL) {
		char *rest = line, *word;
		int count = 1;

		words[0] = line;
		while (count < WORDS_MAX && (word = strsep(&rest, " ")) != NULL)
			words[count++] = word;
		words[count] = NULL;
		status = run_one(count, words);
		free(line);
		printf("{\"allocated\": %zu, \"descriptors\": %d}\n",
		    allocated(), open_descriptors());
	}
	return status;
}

int
main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	return argc == 2 && strcmp(argv[1], "--many") == 0
		   ? run_many()
		   : run_one(argc, argv);
}
