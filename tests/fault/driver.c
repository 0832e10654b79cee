/* SPDX-License-Identifier: BSD-2-Clause */
/* The loops over faults, and what each login may leave.  See driver.h. */

#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

#define DESCRIPTORS 64   /* looked at; a login has some ten open */
#define STARVED_RUNS 200 /* of each login but the first */
#define PATIENCE_S 120   /* for one run, under valgrind */
#define SLOW_S 30        /* nobody waits in a run: it takes milliseconds */

/* In builds with ASan alone. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static struct starved starved;
static unsigned long crashes;

unsigned long
fault_starved(void)
{
	return fault_run.starved;
}

void
fault_fed(struct starved result)
{
	starved = result;
	if (result.crashed)
		crashes++;
	if (result.in_our_code)
		fault_complain("a crash, and not in a library");
}

/* --- one run --- */

static unsigned
open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			count++;
	return count;
}

static void
check_left(unsigned before)
{
	unsigned after = open_descriptors();
	unsigned long number = 0;
	const char *call;

	if (after != before)
		fault_complain(
		    "%u descriptors before, %u after", before, after);
	for (size_t i = 0; (call = fault_left(i, &number)) != NULL; i++)
		fault_complain("what %s made (call %lu) is left", call, number);
	if (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
		fault_complain("a child is left");
}

static size_t
allocated_bytes(void)
{
	return __sanitizer_get_current_allocated_bytes == NULL
		   ? 0
		   : __sanitizer_get_current_allocated_bytes();
}

/*
 * Memory that libraries took.  They may keep some, as OpenSSL does for its
 * reasons; what is kept does not grow with each run, what is lost does.
 */
static void
check_growth(void)
{
	size_t before = 0, after = 0;

	for (int i = 0; i < 3; i++) {
		before = allocated_bytes();
		fault_begin(&fault_run.plan);
		(void)fault_run.program->run(fault_run.login);
		fault_end();
		if ((after = allocated_bytes()) <= before)
			return;
	}
	fault_complain(
	    "each such login takes %zu bytes for good", after - before);
}

/* Takes as long as twenty logins: once for them all. */
static void
check_leaks(void)
{
	if (__lsan_do_recoverable_leak_check == NULL ||
	    __lsan_do_recoverable_leak_check() == 0)
		return;
	fault_complain("LeakSanitizer found something by now");
	exit(1); /* it would say so again and again */
}

static void
run_once(void)
{
	unsigned before = open_descriptors();
	size_t allocated = allocated_bytes();
	time_t start = time(NULL);
	size_t hits;
	int code;

	(void)alarm(PATIENCE_S);
	verdict_begin();
	fault_begin(&fault_run.plan);
	code = fault_run.program->run(fault_run.login);
	fault_end();
	(void)alarm(0);
	(void)fault_hits(&hits);
	if (fault_run.plan.number != 0 && hits == 0)
		fault_complain(
		    "%lu calls only, or not in so many ways", fault_calls());
	if (time(NULL) - start > SLOW_S)
		fault_complain("took %d s", (int)(time(NULL) - start));
	verdict_end(code);
	check_left(before);
	if (allocated_bytes() > allocated)
		check_growth();
}

static void
on_alarm(int signo PO_UNUSED)
{
	verdict_print_run();
	printf("takes for ever\n");
	(void)fflush(stdout);
	abort();
}

static void
on_crash(int signo)
{
	verdict_print_run();
	printf("crashes\n");
	(void)fflush(stdout);
	(void)signal(signo, SIG_DFL);
	(void)raise(signo);
}

/* --- loops --- */

/* Without a fault: how many calls there are, and in how many ways each. */
static unsigned long
run_plain(uint8_t **ways)
{
	unsigned before = verdict_complaints();
	unsigned long calls;

	fault_run.plan = (struct fault_plan){ 0 };
	/* the first login warms up caches that a leak must not hide behind */
	run_once();
	run_once();
	if (verdict_complaints() > before)
		exit(1); /* of no use for the rest */
	calls = fault_calls();
	if ((*ways = calloc(calls + 1, 1)) == NULL)
		abort();
	for (unsigned long i = 1; i <= calls; i++)
		(*ways)[i] = (uint8_t)fault_ways(i);
	return calls;
}

/* Every `step`th of all faults; 0: as many as make `sample` of them. */
static void
run_each(unsigned long sample)
{
	uint8_t *ways = NULL;
	unsigned long calls = run_plain(&ways);
	unsigned long first = fault_run.login->late ? fault_marked() + 1 : 1;
	unsigned long total = 0, step = 1, next = 0;

	for (unsigned long i = first; i <= calls; i++)
		total += ways[i];
	if (sample != 0)
		step = total / sample + 1;
	verdict_reset();
	for (unsigned long i = first; i <= calls; i++) {
		for (unsigned way = 0; way < ways[i]; way++) {
			if (next++ % step != 0)
				continue;
			fault_run.plan =
			    (struct fault_plan){ .number = i, .way = way };
			run_once();
		}
	}
	verdict_print(calls);
	free(ways);
	check_leaks();
}

/* From a call in four to one in 4096, so that every stage is reached. */
static void
run_seed(uint64_t seed, bool verbose)
{
	fault_run.plan = (struct fault_plan){
		.seed = seed,
		.one_in = 4U << (seed / fault_run.program->login_count % 11),
		.verbose = verbose,
	};
	run_once();
}

static void
run_seeds(unsigned long count)
{
	verdict_reset();
	for (uint64_t seed = 0; seed < count; seed++) {
		fault_run.login =
		    &fault_run.program
			 ->logins[seed % fault_run.program->login_count];
		run_seed(seed, false);
	}
	fault_run.login = &(const struct fault_login){ .name = "by lot" };
	verdict_print(0);
	check_leaks();
}

/*
 * Of the first login every allocation, of the others those from where their
 * token is looked at, and not all: most are OpenSSL's, and much alike.
 */
static void
run_starved(void)
{
	unsigned long first, calls, step = 1;

	fault_run.plan = (struct fault_plan){ 0 };
	fault_run.starved = ULONG_MAX;
	run_once();
	calls = starved.calls;
	first = fault_run.login == fault_run.program->logins
		    ? 1
		    : starved.marked + 1;
	if (first > 1)
		step = (calls - first) / STARVED_RUNS + 1;
	crashes = 0;
	verdict_reset();
	for (unsigned long i = first; i <= calls; i += step) {
		fault_run.starved = i;
		run_once();
	}
	verdict_print(calls);
	printf("%lu of them crashed, in libraries\n", crashes);
	fault_run.starved = 0;
}

static int
replay(const char *number, const char *way)
{
	if (strcmp(number, "starve") == 0) {
		fault_run.starved = strtoul(way, NULL, 10);
		run_once();
	} else if (strcmp(number, "seed") == 0) {
		run_seed(strtoull(way, NULL, 10), true);
	} else {
		fault_run.plan = (struct fault_plan){
			.number = strtoul(number, NULL, 10),
			.way = (unsigned)strtoul(way, NULL, 10),
			.verbose = true,
		};
		run_once();
	}
	verdict_print(fault_calls());
	return verdict_complaints() > 0;
}

static int
run_all(unsigned long seeds)
{
	struct timespec start, end;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (size_t i = 0; i < fault_run.program->login_count; i++) {
		fault_run.login = &fault_run.program->logins[i];
		if (starve != NULL)
			run_starved();
		else
			run_each(0);
	}
	if (starve == NULL) {
		verdict_check_rules();
		run_seeds(seeds);
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%s: %u complaints, %lld s\n", fault_run.program->name,
	    verdict_complaints(), (long long)(end.tv_sec - start.tv_sec));
	return verdict_complaints() > 0;
}

int
fault_main(const struct fault_program *with, int argc, char **argv)
{
	fault_run.program = with;
	if (signal(SIGALRM, on_alarm) == SIG_ERR ||
	    /* ASan has more to say than we */
	    (__lsan_do_recoverable_leak_check == NULL &&
		signal(SIGSEGV, on_crash) == SIG_ERR))
		abort();
	if (argc == 1)
		return run_all(FAULT_SEEDS);
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return run_all(strtoul(argv[2], NULL, 10));
	for (size_t i = 0; i < fault_run.program->login_count; i++) {
		fault_run.login = &fault_run.program->logins[i];
		if (argc == 3 && strcmp(argv[1], "--sample") == 0)
			run_each(strtoul(argv[2], NULL, 10));
		else if (argc == 4 &&
			 strcmp(argv[1], fault_run.login->name) == 0)
			return replay(argv[2], argv[3]);
	}
	if (argc == 3)
		return verdict_complaints() > 0;
	(void)fprintf(stderr,
	    "usage: %s [LOGIN NUMBER WAY | LOGIN seed SEED | "
	    "--sample COUNT | --seeds COUNT]\n",
	    fault_run.program->name);
	return 2;
}
