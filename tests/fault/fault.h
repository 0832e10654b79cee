/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_FAULT_H
#define PO_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a browser brings to a socket that listens (wrap_process.c). */
#define FAULT_CODE "SplxlOBeZQQYbYS6WxSbIA"

/* Whom a browser runs as, and whose the sockets at a listening one are. */
#define FAULT_BROWSER "webkiosk"
#define FAULT_BROWSER_UID 991
#define FAULT_TCP                                                              \
	"  sl  local_address rem_address   st\n"                               \
	"   0: 0100007F:04D2 0100007F:20D0 01 0:0 00:0 0 991 0 1\n"
/* What has that text (wrap_libc.c). */
extern const char *fault_tcp_file;

/*
 * Makes the calls of a login fail, one after the other.
 *
 * The linker's --wrap (the list is in `wrapped.ld`) leads every call that the
 * objects of src/ make to a function X of libc, OpenSSL, json-c, curl, ...
 * to __wrap_X.  That asks fault_point whether to fail this time, and in which
 * of the ways that X has.  Calls within those libraries are not touched.
 */

/* --- for wrappers --- */

/* Declares __real_X as X is declared, and begins __wrap_X. */
#define WRAP(type, name, params)                                               \
	type __real_##name params;                                             \
	type __wrap_##name params;                                             \
	_Static_assert(__builtin_types_compatible_p(                           \
			   __typeof__(name), __typeof__(__real_##name)),       \
	    #name " is declared otherwise");                                   \
	type __wrap_##name params

/*
 * Counts a call.  -1: go ahead; else the way to fail, an index into `ways`,
 * which end with NULL.  One that is the name of an error sets errno, too.
 */
int fault_point(const char *call, const char *const *ways);
#define FAULT(call, ...)                                                       \
	fault_point(call, (const char *const[]){ __VA_ARGS__, NULL })

/* Is this a call of a login at all? */
bool fault_is_running(void);
#define UNCHECKED                                                              \
	__attribute__((no_sanitize("address")))                                \
	__attribute__((no_sanitize("undefined")))

/* What must be given back by the end of the run; returns `ptr`. */
void *fault_keep(const char *call, void *ptr);
void fault_drop(void *ptr);

/* Around code of the test that the code under test calls. */
void fault_pause(void);
void fault_resume(void);

/* Names what is going on, for the rules that say what may be survived. */
void fault_enter(const char *where);
void fault_leave(void);

/* The part of the login begins in which one like it differs from others. */
void fault_mark(void);

/* --- for drivers --- */

#define FAULT_PLACES 6 /* nested fault_enter */

struct fault_hit {
	const char *call;
	const char *way;
	const char *where[FAULT_PLACES]; /* outermost first, then NULL */
	unsigned long number;            /* of the call in this run, from 1 */
};

/* What fails in a run: one call in one way, calls by lot, or nothing. */
struct fault_plan {
	unsigned long number; /* 0: none */
	unsigned way;
	uint64_t seed;
	unsigned one_in; /* 0: none by lot */
	bool verbose;    /* print each hit with its backtrace */
};

void fault_begin(const struct fault_plan *plan);
void fault_end(void);

/* About the run that has ended, or is going on. */
unsigned long fault_calls(void);
unsigned fault_ways(unsigned long number); /* call `number` could fail in */
unsigned long fault_marked(void); /* the calls before the first fault_mark */
const struct fault_hit *fault_hits(size_t *count);
/* What was kept and not dropped: the i-th, or NULL. */
const char *fault_left(size_t i, unsigned long *number);

/* Who the process believes that it is, and owns its files (wrap_libc.c). */
extern uid_t fault_euid;

/* --- time (wrap_libc.c) --- */

/*
 * From now on po_clock_ms and poll are in a time of their own, in which
 * waiting takes none of ours.
 */
void fault_virtual_time(int64_t now_ms);
void fault_advance(int64_t ms);

#endif
