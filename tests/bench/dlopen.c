/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dlopen MODULE...: what loading a PAM module costs a host that already has
 * libpam and libcrypto, as sshd does.  A process of its own for each loading,
 * rounds interleaved; prints "MODULE MICROSECONDS LIBRARIES", medians.
 */

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <security/pam_appl.h>

#define ROUNDS 101
#define MODULES_MAX 8

struct loading {
	double us;
	int libraries; /* added */
};

static double
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
count(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info;
	(void)size;
	++*(int *)arg;
	return 0;
}

static void
load(const char *path, struct loading *out)
{
	int before = 0, after = 0;
	double start_us;

	(void)dl_iterate_phdr(count, &before);
	start_us = now_us();
	if (dlopen(path, RTLD_NOW) == NULL) {
		fprintf(stderr, "dlopen: %s\n", dlerror());
		_exit(1);
	}
	out->us = now_us() - start_us;
	(void)dl_iterate_phdr(count, &after);
	out->libraries = after - before;
}

/* Loads it in a child; false when that failed. */
static int
measure(const char *path, struct loading *out)
{
	int ends[2], status = -1;
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		return 0;
	if (pid == 0) {
		load(path, out);
		_exit(write(ends[1], out, sizeof(*out)) != sizeof(*out));
	}
	(void)close(ends[1]);
	if (read(ends[0], out, sizeof(*out)) != sizeof(*out))
		out->us = -1;
	(void)close(ends[0]);
	(void)waitpid(pid, &status, 0);
	return out->us >= 0 && status == 0;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	static double us[MODULES_MAX][ROUNDS];
	static struct loading last[MODULES_MAX];
	int modules = argc - 1;

	if (modules < 1 || modules > MODULES_MAX) {
		fprintf(stderr, "usage: dlopen MODULE...\n");
		return 2;
	}
	/* referred to, so that both libraries are there before */
	if (pam_strerror(NULL, 0) == NULL || EVP_sha256() == NULL)
		return 1;
	for (int r = 0; r < ROUNDS; r++)
		for (int m = 0; m < modules; m++) {
			if (!measure(argv[1 + m], &last[m]))
				return 1;
			us[m][r] = last[m].us;
		}
	for (int m = 0; m < modules; m++) {
		qsort(us[m], ROUNDS, sizeof(us[m][0]), compare);
		printf("%s %.1f %d\n", argv[1 + m], us[m][ROUNDS / 2],
		    last[m].libraries);
	}
	return 0;
}
