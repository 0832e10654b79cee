/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up privileges.  The order matters; see sandbox.h. */

#include "io/sandbox_internal.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

/* TLS, the resolver and its sockets, the CA file being read: about 12. */
#define MAX_DESCRIPTORS 64
#define MIN_DESCRIPTORS 16
/* Of them, what is left when socket, signals, place and cache are kept. */
#define FREE_DESCRIPTORS 9
/* Of the helper's user: max_pending_total is 500, each may need a thread. */
#define MIN_PROCESSES 1000
/*
 * Bytes.  A login has 20 MiB mapped, measured, and some more while it reads a
 * bundle of certificates.  Each of the resolver's threads has a stack, and
 * reserves 128 MiB for malloc (2 * HEAP_MAX_SIZE of glibc, to align it); there
 * may be a few, from lookups that timed out.
 */
#define MAX_ADDRESS_SPACE ((rlim_t)256 * 1024 * 1024)
#define MAX_THREADS 4
#define THREAD_ARENA ((rlim_t)128 * 1024 * 1024)
#define THREAD_STACK_MIN ((rlim_t)8 * 1024 * 1024)
#define THREAD_STACK_MAX ((rlim_t)16 * 1024 * 1024 * 1024)
/* Up to the prompt it takes 0.5 MiB more, measured; a bundle has 220 KiB. */
#define TLS_MEMORY ((size_t)2 * 1024 * 1024)
/*
 * Seconds.  A login takes under 0.1 s, and a poll, of which there is one each
 * second at the most, under 10 ms with TLS anew: ten times that.
 */
#define CPU_S 10
#define CPU_SHARE 10

const bool po_sandbox_is_sanitized = PO_SANDBOX_SANITIZED;

/* Only ever down: whoever started us may have set a lower one for good. */
static enum po_status
set_limit(int resource, rlim_t value, const char *name, struct po_err *err)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "%s: %m", name);
	if (limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &limit) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "%s: %m", name);
	return PO_OK;
}

/*
 * They are counted by user, and now that is ours: what su's caller may have is
 * another number, and with that many helpers waiting the last thread would be
 * taken between check_room and the resolver.
 */
static enum po_status
lift_processes(struct po_err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "RLIMIT_NPROC: %m");
	if (limit.rlim_cur >= MIN_PROCESSES)
		return PO_OK;
	limit.rlim_cur = MIN_PROCESSES;
	if (limit.rlim_max < MIN_PROCESSES)
		limit.rlim_max = MIN_PROCESSES;
	if (setrlimit(RLIMIT_NPROC, &limit) != 0)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "RLIMIT_NPROC is under %d: %m", MIN_PROCESSES);
	return PO_OK;
}

/* A change of ids clears both flags (prctl(2)), so this is done twice. */
static enum po_status
set_process_flags(struct po_err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "PR_SET_DUMPABLE: %m");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "PR_SET_PDEATHSIG: %m");
	return PO_OK;
}

enum po_status
po_sandbox_begin(struct po_err *err)
{
	enum po_status st;

	(void)umask(077);
	/* su has its caller's uid as the real one, and they might stop us for
	 * ever while we hold a place among the logins that wait */
	if (geteuid() == 0 && setresuid(0, 0, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "setresuid: %m");
	if ((st = set_limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err)) != PO_OK)
		return st;
	return set_process_flags(err);
}

static enum po_status
become(uid_t uid, gid_t gid, struct po_err *err)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "become uid %u: %m", (unsigned)uid);
	if (getresuid(&ruid, &euid, &suid) != 0 ||
	    getresgid(&rgid, &egid, &sgid) != 0 || ruid != uid || euid != uid ||
	    suid != uid || rgid != gid || egid != gid || sgid != gid)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "still another user than uid %u", (unsigned)uid);
	return PO_OK;
}

static enum po_status
become_for_good(const struct passwd *pw, struct po_err *err)
{
	enum po_status st = become(pw->pw_uid, pw->pw_gid, err);

	if (st == PO_OK && setuid(0) == 0)
		return po_err_set(err, PO_E_PRIVILEGE, "root can be regained");
	return st;
}

static enum po_status
become_user(const char *user, struct po_err *err)
{
	const struct passwd *pw;

	if ((pw = getpwnam(user)) == NULL)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "user \"%s\" does not exist: systemd-sysusers or useradd "
		    "--system %s makes it",
		    user, user);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "user \"%s\" has uid %u and gid %u: neither may be 0", user,
		    (unsigned)pw->pw_uid, (unsigned)pw->pw_gid);
	if (setgroups(0, NULL) != 0 || getgroups(0, NULL) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "setgroups: %m");
	return become_for_good(pw, err);
}

enum po_status
po_sandbox_become(const char *user, struct po_err *err)
{
	return geteuid() == 0 ? become_user(user, err)
			      : become(geteuid(), getegid(), err);
}

/*
 * Closes what an NSS module may have opened while we were root, and whatever
 * else; without the call (Linux before 5.9) it stays.
 */
static enum po_status
close_others(const struct po_sandbox_drop *drop, struct po_err *err)
{
	unsigned first = STDERR_FILENO + 1;

	for (;;) {
		unsigned next = UINT_MAX; /* the least that is to be kept */

		for (size_t i = 0; i < drop->keep_count; i++)
			if (drop->keep[i] >= 0 &&
			    (unsigned)drop->keep[i] >= first &&
			    (unsigned)drop->keep[i] < next)
				next = (unsigned)drop->keep[i];
		if (next > first &&
		    close_range(first, next == UINT_MAX ? next : next - 1, 0) !=
			0 &&
		    errno != ENOSYS)
			return po_err_set(
			    err, PO_E_PRIVILEGE, "close_range: %m");
		if (next == UINT_MAX)
			return PO_OK;
		first = next + 1;
	}
}

/*
 * What could still be had by executing a file.  Nothing can (no_new_privs), so
 * a root without CAP_SETPCAP, as in some containers, is no hindrance.
 */
static enum po_status
drop_bounding_set(struct po_err *err)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
	     cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EPERM)
			return po_err_set(
			    err, PO_E_PRIVILEGE, "PR_CAPBSET_DROP: %m");
	return PO_OK;
}

/* capabilities(7): without permitted and inheritable ones no ambient ones. */
static enum po_status
drop_capabilities(struct po_err *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capset, &header, data) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "capset: %m");
	if (syscall(SYS_capget, &header, data) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "capget: %m");
	for (size_t i = 0; i < PO_ARRAY_LEN(data); i++)
		if ((data[i].effective | data[i].permitted |
			data[i].inheritable) != 0)
			return po_err_set(
			    err, PO_E_PRIVILEGE, "still has capabilities");
	return PO_OK;
}

enum po_status
po_sandbox_hand_over(const struct passwd *pw, struct po_err *err)
{
	enum po_status st;

	if (initgroups(pw->pw_name, pw->pw_gid) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "initgroups: %m");
	st = become_for_good(pw, err);
	return st == PO_OK ? drop_capabilities(err) : st;
}

/* glibc gives threads a stack as long as RLIMIT_STACK, if that is a length. */
static enum po_status
limit_memory(struct po_err *err)
{
	struct rlimit stack;
	rlim_t thread = THREAD_STACK_MIN;

	if (po_sandbox_is_sanitized)
		return PO_OK;
	if (getrlimit(RLIMIT_STACK, &stack) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "RLIMIT_STACK: %m");
	if (stack.rlim_cur > thread && stack.rlim_cur < THREAD_STACK_MAX)
		thread = stack.rlim_cur;
	return set_limit(RLIMIT_AS,
	    MAX_ADDRESS_SPACE + MAX_THREADS * (THREAD_ARENA + thread),
	    "RLIMIT_AS", err);
}

static void *
do_nothing(void *arg)
{
	return arg;
}

/*
 * Whoever starts su chooses its limits.  With too little for the resolver it
 * would look as if the provider could not be reached, and some stacks go on to
 * the password then.
 */
static enum po_status
check_descriptors(const struct po_sandbox_drop *drop, struct po_err *err)
{
	unsigned need = STDERR_FILENO + 1 + FREE_DESCRIPTORS;
	struct rlimit files;

	for (size_t i = 0; i < drop->keep_count; i++)
		if (drop->keep[i] >= 0)
			need++;
	if (need < MIN_DESCRIPTORS)
		need = MIN_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < need)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "RLIMIT_NOFILE is under %u", need);
	return PO_OK;
}

/* The same of what the rest takes, when all is loaded that takes more. */
static enum po_status
check_room(struct po_err *err)
{
	void *room = mmap(NULL, TLS_MEMORY, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	enum po_status st = PO_OK;
	pthread_t thread;

	if (room == MAP_FAILED)
		return po_err_set(err, PO_E_PRIVILEGE,
		    "too little memory: %m (see RLIMIT_AS, RLIMIT_DATA)");
	errno = pthread_create(&thread, NULL, do_nothing, NULL);
	if (errno != 0)
		st = po_err_set(err, PO_E_PRIVILEGE,
		    "no thread can be started: %m (see RLIMIT_NPROC, "
		    "RLIMIT_AS)");
	else
		(void)pthread_join(thread, NULL);
	(void)munmap(room, TLS_MEMORY);
	return st;
}

static enum po_status
set_limits(const struct po_sandbox_drop *drop, struct po_err *err)
{
	enum po_status st;

	if ((st = set_limit(RLIMIT_FSIZE, drop->file_size_max, "RLIMIT_FSIZE",
		 err)) != PO_OK ||
	    (st = set_limit(RLIMIT_NOFILE, MAX_DESCRIPTORS, "RLIMIT_NOFILE",
		 err)) != PO_OK ||
	    (st = set_limit(RLIMIT_CPU,
		 CPU_S + (rlim_t)drop->timeout_s / CPU_SHARE, "RLIMIT_CPU",
		 err)) != PO_OK)
		return st;
	if ((st = limit_memory(err)) != PO_OK)
		return st;
	return check_descriptors(drop, err);
}

enum po_status
po_sandbox_drop(const struct po_sandbox_drop *drop, struct po_err *err)
{
	enum po_status st;

	if ((st = close_others(drop, err)) != PO_OK ||
	    (geteuid() == 0 && ((st = lift_processes(err)) != PO_OK ||
				   (st = drop_bounding_set(err)) != PO_OK)) ||
	    (st = po_sandbox_become(drop->user, err)) != PO_OK ||
	    (st = drop_capabilities(err)) != PO_OK)
		return st;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "PR_SET_NO_NEW_PRIVS: %m");
	if ((st = set_limits(drop, err)) != PO_OK)
		return st;
	return set_process_flags(err);
}

enum po_status
po_sandbox_confine(const struct po_sandbox *sandbox, struct po_err *err)
{
	enum po_status st;

	if ((st = check_room(err)) != PO_OK ||
	    (st = po_sandbox_files(sandbox, err)) != PO_OK)
		return st;
	return po_sandbox_calls(sandbox, err);
}
