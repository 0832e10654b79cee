/* SPDX-License-Identifier: BSD-2-Clause */
/* An allocator that runs dry once.  glibc's is behind it.  See starve.h. */

#include "starve.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/attr.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

#ifdef SANITIZED

struct starved
starve(unsigned long number PO_UNUSED, void (*fn)(void) PO_UNUSED)
{
	(void)puts("SKIP: AddressSanitizer has an allocator of its own");
	exit(77);
}

void
starve_mark(void)
{
}

#else

/* Shared with the child, which may not live to tell. */
static struct shared {
	bool active;
	bool is_marked;
	unsigned long number;
	struct starved result;
} * shared;

/* --- the allocator --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

static bool
is_dry(void)
{
	if (shared == NULL || !shared->active ||
	    ++shared->result.calls != shared->number)
		return false;
	errno = ENOMEM;
	return true;
}

/* Visible, so that libraries find them in place of libc's. */
#define FOR_ALL __attribute__((visibility("default")))

FOR_ALL void *
malloc(size_t size)
{
	return is_dry() ? NULL : __libc_malloc(size);
}

FOR_ALL void *
calloc(size_t count, size_t size)
{
	return is_dry() ? NULL : __libc_calloc(count, size);
}

FOR_ALL void *
realloc(void *ptr, size_t size)
{
	return is_dry() ? NULL : __libc_realloc(ptr, size);
}

/* --- the child --- */

extern const char __executable_start[], etext[];

static const char *
address_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (const char *)(uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (const char *)(uintptr_t)context->uc_mcontext.pc;
#else
	(void)context;
	return NULL; /* a library's, as far as we know */
#endif
}

static void
on_crash(int signo PO_UNUSED, siginfo_t *info PO_UNUSED, void *context)
{
	const char *address = address_of(context);

	shared->result.crashed = true;
	shared->result.in_our_code =
	    address >= __executable_start && address < etext;
	_exit(1);
}

static void
be_child(void (*fn)(void))
{
	const struct sigaction action = {
		.sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO,
	};

	if (sigaction(SIGSEGV, &action, NULL) != 0 ||
	    sigaction(SIGBUS, &action, NULL) != 0 ||
	    sigaction(SIGABRT, &action, NULL) != 0)
		_exit(1);
	shared->active = true;
	fn();
	shared->active = false;
	_exit(0);
}

struct starved
starve(unsigned long number, void (*fn)(void))
{
	pid_t pid;

	if (shared == NULL)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	*shared = (struct shared){ .number = number };
	if ((pid = fork()) < 0)
		abort();
	if (pid == 0)
		be_child(fn);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return shared->result;
}

void
starve_mark(void)
{
	if (shared == NULL || shared->is_marked)
		return;
	shared->is_marked = true;
	shared->result.marked = shared->result.calls;
}

#endif
