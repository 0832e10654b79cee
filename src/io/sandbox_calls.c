/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seccomp: the system calls that the helper needs once it is loaded, with the
 * arguments it needs them with.  A list of what is allowed, so it names what
 * glibc, curl and NSS modules do after the ids were changed.  To find what is
 * missing for another version: the log names the call, "strace -f" its place.
 *
 * Arguments of type int are compared in their lower half: what the upper one
 * has is nobody's business, neither the kernel's nor libseccomp's.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>

#include "base/mem.h"
#include "base/message.h"
#include "io/sandbox_internal.h"

/* The list is tried on these; numbers and arguments differ elsewhere. */
#if defined(__x86_64__) || defined(__aarch64__)
#define KNOWN_MACHINE 1
#else
#define KNOWN_MACHINE 0
#endif

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41 /* Linux 5.17; glibc 2.39 names its heaps */
#endif

#define INT_MASK 0xffffffffU
/* Argument `n` is the int `value`; has no bit of `bits`; is this address. */
#define IS(n, value)                                                           \
	{                                                                      \
		(n), SCMP_CMP_MASKED_EQ, INT_MASK, (uint32_t)(value)           \
	}
#define HAS_NO(n, bits)                                                        \
	{                                                                      \
		(n), SCMP_CMP_MASKED_EQ, (scmp_datum_t)(bits), 0               \
	}
#define IS_NULL(n)                                                             \
	{                                                                      \
		(n), SCMP_CMP_EQ, 0, 0                                         \
	}
#define SOCKET(family, type, protocol)                                         \
	{                                                                      \
		SCMP_SYS(socket), 3,                                           \
		{                                                              \
			IS(0, family),                                         \
			    { 1, SCMP_CMP_MASKED_EQ, SOCKET_TYPE, (type) },    \
			    IS(2, protocol)                                    \
		}                                                              \
	}
/* without SOCK_CLOEXEC and SOCK_NONBLOCK (linux/net.h: SOCK_TYPE_MASK) */
#define SOCKET_TYPE 0xf

/* A thread is made with all of the first and none of the others. */
#define THREAD_FLAGS                                                           \
	(CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_FS | CLONE_FILES)
#define PROCESS_FLAGS                                                          \
	(CLONE_VFORK | CLONE_PTRACE | CLONE_NEWNS | CLONE_NEWCGROUP |          \
	    CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |       \
	    CLONE_NEWNET)
/* __O_TMPFILE, without the O_DIRECTORY that belongs to it */
#define WRITE_FLAGS                                                            \
	(O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* Allowed whatever the arguments are. */
static const int calls[] = {
	/* memory; mmap and mprotect are below */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap),
	/* threads, and their end */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(gettid),
	SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list), SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	/* descriptors */
	SCMP_SYS(close), SCMP_SYS(eventfd2), SCMP_SYS(lseek), SCMP_SYS(pipe2),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pread64), SCMP_SYS(pselect6),
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(select), SCMP_SYS(write),
	SCMP_SYS(writev),
	/* what a file is; Landlock does not restrict these */
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(getdents64),
	SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(stat), SCMP_SYS(statfs), SCMP_SYS(statx),
	/* sockets; socket, setsockopt and the sending calls are below */
	SCMP_SYS(connect), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(shutdown),
	/* time, chance, and who and where we are */
	SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(getegid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getpid), SCMP_SYS(getrandom),
	SCMP_SYS(gettimeofday), SCMP_SYS(getuid), SCMP_SYS(nanosleep),
	SCMP_SYS(sysinfo), SCMP_SYS(time), SCMP_SYS(uname)
};

/* Allowed with these arguments; several rows of a call are alternatives. */
static const struct rule {
	int call;
	unsigned count;
	struct scmp_arg_cmp args[3];
} rules[] = {
	/* what was once writable never becomes code; NSS modules are mapped */
	{ SCMP_SYS(mmap), 1, { HAS_NO(2, PROT_EXEC) } },
	{ SCMP_SYS(mmap), 1, { HAS_NO(2, PROT_WRITE) } },
	{ SCMP_SYS(mprotect), 1, { HAS_NO(2, PROT_EXEC) } },
	{ SCMP_SYS(clone), 1,
	    { { 0, SCMP_CMP_MASKED_EQ, THREAD_FLAGS | PROCESS_FLAGS,
		THREAD_FLAGS } } },

	{ SCMP_SYS(open), 1, { HAS_NO(1, WRITE_FLAGS) } },
	{ SCMP_SYS(openat), 1, { HAS_NO(2, WRITE_FLAGS) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_GETFD) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_SETFD) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_GETFL) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_SETFL) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_DUPFD_CLOEXEC) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, FIONREAD) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, FIONBIO) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCGETS) } }, /* isatty */
	/* a nameserver fe80::1%eth0 */
	{ SCMP_SYS(ioctl), 1, { IS(1, SIOCGIFINDEX) } },

	/* IPPROTO_MPTCP and its like would get around Landlock's ports, and
	 * so would MSG_FASTOPEN, which connects without connect() */
	SOCKET(AF_INET, SOCK_STREAM, 0),
	SOCKET(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(AF_INET, SOCK_DGRAM, 0),
	SOCKET(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET(AF_INET6, SOCK_STREAM, 0),
	SOCKET(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(AF_INET6, SOCK_DGRAM, 0),
	SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	/* systemd-resolved, nscd, SSSD, Avahi */
	SOCKET(AF_UNIX, SOCK_STREAM, 0),
	SOCKET(AF_UNIX, SOCK_DGRAM, 0),
	{ SCMP_SYS(socketpair), 1, { IS(0, AF_UNIX) } }, /* curl to itself */
	{ SCMP_SYS(sendto), 1, { HAS_NO(3, MSG_FASTOPEN) } },
	{ SCMP_SYS(sendmsg), 1, { HAS_NO(2, MSG_FASTOPEN) } },
	{ SCMP_SYS(sendmmsg), 1, { HAS_NO(3, MSG_FASTOPEN) } },

	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_NAME) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_VMA) } },
	/* getrlimit, of ourselves */
	{ SCMP_SYS(prlimit64), 2, { IS(0, 0), IS_NULL(2) } },
	/* never SIGSYS, whose handler is ours; 32, 33: glibc's own */
	{ SCMP_SYS(rt_sigaction), 1, { IS(0, SIGABRT) } },
	{ SCMP_SYS(rt_sigaction), 1, { IS(0, SIGPIPE) } },
	{ SCMP_SYS(rt_sigaction), 1, { IS(0, 32) } },
	{ SCMP_SYS(rt_sigaction), 1, { IS(0, 33) } },
};

/*
 * Allowed for setsockopt: of curl, glibc's resolver and NSS modules.  Not
 * those that bring programs, tables or protocols into the kernel.
 */
static const struct {
	int level;
	int option;
} socket_options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE },
	{ SOL_SOCKET, SO_LINGER },
	{ SOL_SOCKET, SO_PASSCRED },
	{ SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_RCVBUFFORCE },
	{ SOL_SOCKET, SO_RCVTIMEO },
	{ SOL_SOCKET, SO_REUSEADDR },
	{ SOL_SOCKET, SO_SNDBUF },
	{ SOL_SOCKET, SO_SNDBUFFORCE },
	{ SOL_SOCKET, SO_SNDTIMEO },
	{ IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_TCP, TCP_KEEPCNT },
	{ IPPROTO_TCP, TCP_KEEPIDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_NODELAY },
	{ IPPROTO_TCP, TCP_QUICKACK },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_IP, IP_MTU_DISCOVER },
	{ IPPROTO_IP, IP_RECVERR },
	{ IPPROTO_IP, IP_TOS },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER },
	{ IPPROTO_IPV6, IPV6_RECVERR },
	{ IPPROTO_IPV6, IPV6_TCLASS },
	{ IPPROTO_IPV6, IPV6_V6ONLY },
};

/* Refused without ado: the caller copes, and need not be ended for it. */
static const struct {
	int call;
	int error;
	unsigned count;
	struct scmp_arg_cmp args[2];
} refused[] = {
	/* its flags are in memory, out of our sight; glibc then uses clone */
	{ SCMP_SYS(clone3), ENOSYS, 0, { { 0 } } },
	/* glibc's check_pf.c looks what addresses we have, and does without */
	{ SCMP_SYS(socket), EAFNOSUPPORT, 1, { IS(0, AF_NETLINK) } },
	/* kernel TLS, which openssl.cnf may ask for: then OpenSSL does it */
	{ SCMP_SYS(setsockopt), ENOPROTOOPT, 2,
	    { IS(1, IPPROTO_TCP), IS(2, TCP_ULP) } },
	/* an NSS module that wants a port of its own */
	{ SCMP_SYS(bind), EACCES, 0, { { 0 } } },
};

/*
 * Names for the log, by number, one behind the other as libseccomp has them:
 * 4 kB, of which an unknown call has one byte.  Asked for before there is a
 * filter, since it allocates.
 */
#define CALLS_MAX 512 /* the last of Linux 6.18 is 469 */
static char names[8192];

static void
collect_names(void)
{
	size_t at = 0;

	for (int call = 0; call < CALLS_MAX; call++) {
		AUTO(po_str_free)
		char *name =
		    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
		size_t len = name == NULL ? 0 : strlen(name);

		if (len + 2 > sizeof(names) - at)
			return; /* the rest have their numbers */
		if (name != NULL)
			memcpy(names + at, name, len);
		at += len + 1;
	}
}

/* Async-signal-safe; "" for a number that has no name. */
static const char *
name_of(int call)
{
	size_t at = 0;

	for (int i = 0; i < call && at < sizeof(names) - 1; i++)
		at += strlen(names + at) + 1;
	return call >= 0 && call < CALLS_MAX && at < sizeof(names) ? names + at
								   : "";
}

/*
 * All that the handler needs: it may not allocate, and has no argument.  The
 * process is confined once, and ends with a violation.
 */
static struct {
	int fd;
	struct po_message message;
	char fields[1024];
	char detail[128];
	uint8_t bytes[2048]; /* both texts, and what is around them */
} report;

static size_t
append(size_t at, const char *text)
{
	while (*text != '\0' && at < sizeof(report.detail) - 1)
		report.detail[at++] = *text++;
	report.detail[at] = '\0';
	return at;
}

static void
describe(int call)
{
	char digits[12];
	size_t first = sizeof(digits) - 1, at = append(0, "system call ");
	unsigned left = (unsigned)call;

	digits[first] = '\0';
	do {
		digits[--first] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	at = append(at, digits + first);
	if (*name_of(call) != '\0') {
		at = append(at, " (");
		at = append(at, name_of(call));
		at = append(at, ")");
	}
	(void)append(at, " is not allowed");
}

/*
 * Says which call it was, and ends the process.  Async-signal-safe: encoding
 * copies into the room that is there.
 */
static void
on_violation(int signo, siginfo_t *info, void *context)
{
	struct po_buf out = {
		.data = report.bytes,
		.size = sizeof(report.bytes),
		.max = sizeof(report.bytes) - 1,
	};

	(void)signo;
	(void)context;
	describe(info->si_syscall);
	/* who ends like this without a word is "helper", not "sandbox" */
	if (po_message_encode(&report.message, &out, NULL) == PO_OK)
		(void)!send(
		    report.fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	_exit(1);
}

static enum po_status
prepare_report(const struct po_sandbox *sandbox, struct po_err *err)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	size_t len = strlen(sandbox->fields);

	report.fields[0] = '\0';
	if (len < sizeof(report.fields))
		memcpy(report.fields, sandbox->fields, len + 1);
	report.fd = sandbox->report_fd;
	report.message = (struct po_message){
		.type = PO_MSG_RESULT,
		.result = { .status = PO_E_SANDBOX,
		    .account = "",
		    .detail = report.detail,
		    .fields = report.fields },
	};
	collect_names();
	action.sa_sigaction = on_violation;
	if (sigfillset(&action.sa_mask) != 0 ||
	    sigaction(SIGSYS, &action, NULL) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "SIGSYS: %m");
	return PO_OK;
}

static void
release(scmp_filter_ctx *filter)
{
	if (*filter != NULL)
		seccomp_release(*filter);
}

/*
 * What is written is named in the cache's directory: under one name in
 * Landlock's sight, and by one descriptor in ours.
 */
static int
add_cache(scmp_filter_ctx filter, int dir)
{
	const struct scmp_arg_cmp there[] = { IS(0, dir), IS(2, dir) };
	const struct scmp_arg_cmp make[] = { IS(0, dir),
		{ 2, SCMP_CMP_MASKED_EQ, O_CREAT | O_EXCL, O_CREAT | O_EXCL } };
	int r = 0;

	if (dir < 0)
		return 0;
	r = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 2, make);
	if (r == 0)
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(renameat), 2, there);
	if (r == 0) /* where there is no other one */
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(renameat2), 2, there);
	if (r == 0)
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(unlinkat), 1, there);
	return r;
}

/* At these two, and no more of them: bind and listen are over. */
static int
add_accept(scmp_filter_ctx filter, const int *fds)
{
	int r = 0;

	for (size_t i = 0; fds != NULL && i < 2 && r == 0; i++) {
		const struct scmp_arg_cmp at = IS(0, fds[i]);

		if (fds[i] >= 0)
			r = seccomp_rule_add_array(
			    filter, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 1, &at);
	}
	return r;
}

static int
add_all(scmp_filter_ctx filter, const struct po_sandbox *sandbox)
{
	/* abort() and assert() of a library, at ourselves */
	const struct scmp_arg_cmp self = IS(0, getpid());
	int r = seccomp_rule_add_array(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);

	for (size_t i = 0; i < PO_ARRAY_LEN(calls) && r == 0; i++)
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
	for (size_t i = 0; i < PO_ARRAY_LEN(rules) && r == 0; i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    rules[i].call, rules[i].count, rules[i].args);
	for (size_t i = 0; i < PO_ARRAY_LEN(socket_options) && r == 0; i++) {
		const struct scmp_arg_cmp args[] = {
			IS(1, socket_options[i].level),
			IS(2, socket_options[i].option),
		};

		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
		    SCMP_SYS(setsockopt), PO_ARRAY_LEN(args), args);
	}
	for (size_t i = 0; i < PO_ARRAY_LEN(refused) && r == 0; i++)
		r = seccomp_rule_add_array(filter,
		    SCMP_ACT_ERRNO((uint32_t)refused[i].error), refused[i].call,
		    refused[i].count, refused[i].args);
	if (r == 0)
		r = add_accept(filter, sandbox->listen_fd);
	return r == 0 ? add_cache(filter, sandbox->cache_dir) : r;
}

/* Calls of another machine's (i386, x32) cannot be told apart: the end. */
static enum po_status
load(const struct po_sandbox *sandbox, struct po_err *err)
{
	AUTO(release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int r = -ENOMEM;

	if (filter != NULL &&
	    (r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
		 SCMP_ACT_KILL_PROCESS)) == 0 &&
	    (r = add_all(filter, sandbox)) == 0)
		r = seccomp_load(filter);
	errno = -r;
	return r == 0 ? PO_OK : po_err_set(err, PO_E_PRIVILEGE, "seccomp: %m");
}

enum po_status
po_sandbox_calls(const struct po_sandbox *sandbox, struct po_err *err)
{
	enum po_status st;

	if (po_sandbox_is_sanitized || !KNOWN_MACHINE) {
		po_log(sandbox->log, PO_LOG_WARNING,
		    "sandbox: system calls are not restricted in this build");
		return PO_OK;
	}
	/* prctl(2): EFAULT where there are filters, and no filter is there */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 &&
	    errno == EINVAL) {
		po_log(sandbox->log, PO_LOG_WARNING,
		    "sandbox: the kernel has no seccomp filters: system calls "
		    "are not restricted");
		return PO_OK;
	}
	if ((st = prepare_report(sandbox, err)) != PO_OK)
		return st;
	return load(sandbox, err);
}
