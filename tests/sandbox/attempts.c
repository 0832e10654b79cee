/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a helper that was taken over would try, and what an honest one must
 * still be able to do.  System calls are made by hand where glibc has no
 * function or takes another one.
 */

#include "attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "base/attr.h"
#include "base/clock.h"

/* an attempt without arguments that is one expression */
#define SIMPLE(name, expression)                                               \
	static int name(struct po_http *http PO_UNUSED, char **args PO_UNUSED) \
	{                                                                      \
		return (expression) < 0 ? -1 : 0;                              \
	}

static int
number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

/* --- files --- */

static int
open_as(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

SIMPLE(read_file, open_as(args[0], O_RDONLY))
SIMPLE(write_file, open_as(args[0], O_WRONLY))
SIMPLE(append_file, open_as(args[0], O_WRONLY | O_APPEND))
SIMPLE(make_file, open_as(args[0], O_RDONLY | O_CREAT | O_EXCL))
SIMPLE(make_nameless, open_as(args[0], O_RDWR | O_TMPFILE))
SIMPLE(cut_file, truncate(args[0], 0))
SIMPLE(make_dir, mkdir(args[0], 0700))
SIMPLE(remove_file, unlink(args[0]))
SIMPLE(rename_file, rename(args[0], "/tmp/probe-renamed"))
SIMPLE(link_file, symlink("/etc/shadow", args[0]))
SIMPLE(chmod_file, chmod(args[0], 0777))
SIMPLE(make_socket, mknod(args[0], S_IFSOCK | 0600, 0))
SIMPLE(memory_file, memfd_create("probe", 0))
SIMPLE(inherited, fcntl(number(args[0]), F_GETFD))
SIMPLE(take_place,
    fcntl(0, F_OFD_SETLK, &(struct flock){ .l_type = F_WRLCK, .l_len = 1 }))

/* --- the cache's directory --- */

int attempt_cache = -1;

static int
cache_as(const char *name, int flags)
{
	int fd = openat(attempt_cache, name, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* As io/cache.c writes a document. */
static int
cache_write(struct po_http *http PO_UNUSED, char **args PO_UNUSED)
{
	int fd = openat(attempt_cache, ".new",
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0)
		return -1;
	return renameat(attempt_cache, ".new", attempt_cache, "new");
}

SIMPLE(cache_make, cache_as(args[0], O_WRONLY | O_CREAT | O_EXCL))
SIMPLE(cache_overwrite, cache_as(args[0], O_WRONLY))
SIMPLE(cache_read, cache_as(args[0], O_RDONLY))
SIMPLE(cache_unlink, unlinkat(attempt_cache, args[0], 0))
SIMPLE(cache_rename, renameat(attempt_cache, args[0], attempt_cache, "renamed"))
SIMPLE(cache_move, renameat(attempt_cache, "new", AT_FDCWD, args[0]))
SIMPLE(cache_link, symlinkat("/etc/shadow", attempt_cache, args[0]))

/* --- processes --- */

static char *const no_strings[] = { NULL };

SIMPLE(run_true, execve("/bin/true", no_strings, no_strings))
SIMPLE(run_at,
    syscall(SYS_execveat, AT_FDCWD, "/bin/true", no_strings, no_strings, 0))
SIMPLE(fork_libc, fork())
#ifdef SYS_fork
SIMPLE(fork_call, syscall(SYS_fork))
SIMPLE(vfork_call, syscall(SYS_vfork))
#endif
SIMPLE(clone_process, syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0))
SIMPLE(clone_namespace,
    syscall(SYS_clone,
	CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_FILES | CLONE_NEWNS,
	NULL, NULL, NULL, 0))
SIMPLE(clone3_call, syscall(SYS_clone3, NULL, 0))
SIMPLE(trace, ptrace(PTRACE_ATTACH, number(args[0]), NULL, NULL))
SIMPLE(trace_me, ptrace(PTRACE_TRACEME, 0, NULL, NULL))
SIMPLE(kill_other, kill(number(args[0]), SIGKILL))
SIMPLE(tgkill_other,
    syscall(SYS_tgkill, number(args[0]), number(args[0]), SIGKILL))
SIMPLE(open_pidfd, syscall(SYS_pidfd_open, number(args[0]), 0))
SIMPLE(queue_signal,
    sigqueue(number(args[0]), SIGTERM, (union sigval){ .sival_int = 0 }))

static int
read_other(struct po_http *http PO_UNUSED, char **args)
{
	char byte, there;
	const struct iovec mine = { &byte, 1 };
	const struct iovec theirs = { &there, 1 };

	return process_vm_readv(number(args[0]), &mine, 1, &theirs, 1, 0) < 0
		   ? -1
		   : 0;
}

/* --- who we are and what binds us --- */

SIMPLE(set_uid, setuid(0))
SIMPLE(set_resuid, setresuid(0, 0, 0))
SIMPLE(set_gid, setgid(0))
SIMPLE(dumpable, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
SIMPLE(orphan, prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0))
SIMPLE(name_thread, prctl(PR_SET_NAME, "probe", 0, 0, 0))
SIMPLE(more_files,
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }))
SIMPLE(see_limit, getrlimit(RLIMIT_STACK, &(struct rlimit){ 0 }))
SIMPLE(new_namespace, unshare(CLONE_NEWUSER))
SIMPLE(mount_tmpfs, mount("none", "/tmp", "tmpfs", 0, NULL))
SIMPLE(own_handler, signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0)
SIMPLE(change_personality, syscall(SYS_personality, 0x0040000))

static int
two_memories(int first, int second)
{
	long size = sysconf(_SC_PAGESIZE);
	void *at =
	    mmap(NULL, (size_t)size, first, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -1;
	return second == 0 ? 0 : mprotect(at, (size_t)size, second);
}

SIMPLE(map_code, two_memories(PROT_READ | PROT_WRITE | PROT_EXEC, 0))
SIMPLE(make_code, two_memories(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC))
SIMPLE(map_data, two_memories(PROT_READ | PROT_WRITE, PROT_READ))

/* --- what has often been a way into the kernel --- */

SIMPLE(uring, syscall(SYS_io_uring_setup, 1, NULL))
SIMPLE(ebpf, syscall(SYS_bpf, 0, NULL, 0))
SIMPLE(fault_fd, syscall(SYS_userfaultfd, 0))
SIMPLE(once_more, syscall(SYS_landlock_restrict_self, -1, 1))
SIMPLE(no_call, syscall(511, 0))
SIMPLE(perf, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
SIMPLE(keys, syscall(SYS_keyctl, 0, 0, 0, 0, 0))
SIMPLE(shared, syscall(SYS_shmget, 0, 4096, 0600))
SIMPLE(type_for_user, ioctl(0, TIOCSTI, "x"))
#ifdef __x86_64__
SIMPLE(call_x32, syscall(0x40000000 | SYS_getpid))

static int
call_i386(struct po_http *http PO_UNUSED, char **args PO_UNUSED)
{
	long rc = 20; /* getpid of asm/unistd_32.h */

	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory");
	return rc < 0 ? -1 : 0;
}
#endif

/* --- the network --- */

SIMPLE(socket_packet, socket(AF_PACKET, SOCK_RAW, 0))
SIMPLE(socket_vsock, socket(AF_VSOCK, SOCK_STREAM, 0))
SIMPLE(socket_alg, socket(AF_ALG, SOCK_SEQPACKET, 0))
SIMPLE(socket_raw, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))
SIMPLE(socket_ping, socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP))
SIMPLE(socket_mptcp, socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */))
SIMPLE(socket_sctp, socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))
SIMPLE(socket_netlink, socket(AF_NETLINK, SOCK_RAW, 0 /* NETLINK_ROUTE */))
SIMPLE(socket_tcp, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP))
/* args: level and option, with 1 or "tls" as its value */
static int
socket_option(struct po_http *http PO_UNUSED, char **args)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const char tls[] = "tls";
	const int one = 1;

	if (number(args[1]) == TCP_ULP)
		return setsockopt(
		    fd, number(args[0]), TCP_ULP, tls, sizeof(tls));
	return setsockopt(
	    fd, number(args[0]), number(args[1]), &one, sizeof(one));
}

static struct sockaddr_in
address(const char *host, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)number(port)) };

	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		abort();
	return in;
}

static int
connect_tcp(struct po_http *http PO_UNUSED, char **args)
{
	const struct sockaddr_in in = address(args[0], args[1]);

	return connect(socket(AF_INET, SOCK_STREAM, 0),
	    (const struct sockaddr *)&in, sizeof(in));
}

/* tcp(7): the connection is made by sending. */
static int
connect_fast(struct po_http *http PO_UNUSED, char **args)
{
	const struct sockaddr_in in = address(args[0], args[1]);

	return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN,
		   (const struct sockaddr *)&in, sizeof(in)) < 0
		   ? -1
		   : 0;
}

static int
bind_tcp(struct po_http *http PO_UNUSED, char **args PO_UNUSED)
{
	const struct sockaddr_in in = address("127.0.0.1", "0");

	return bind(socket(AF_INET, SOCK_STREAM, 0),
	    (const struct sockaddr *)&in, sizeof(in));
}

/* Without bind: the kernel chooses a port. */
SIMPLE(listen_tcp, listen(socket(AF_INET, SOCK_STREAM, 0), 1))
SIMPLE(accept_tcp, accept(socket(AF_INET, SOCK_STREAM, 0), NULL, NULL))

/* args[0] without the NUL in front of it */
static int
connect_abstract(struct po_http *http PO_UNUSED, char **args)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(args[0]);

	if (len >= sizeof(un.sun_path))
		return -1;
	memcpy(un.sun_path + 1, args[0], len);
	return connect(socket(AF_UNIX, SOCK_STREAM, 0),
	    (const struct sockaddr *)&un,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len));
}

/* --- what must go on working --- */

/* Is args[1] an address of the host args[0]? */
static int
resolve(struct po_http *http PO_UNUSED, char **args)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char text[NI_MAXHOST] = "";
	int rc = getaddrinfo(args[0], "443", &hints, &list);

	errno = ENOENT;
	if (rc != 0)
		return -1;
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof(text),
			NULL, 0, NI_NUMERICHOST) == 0 &&
		    strcmp(text, args[1]) == 0) {
			freeaddrinfo(list);
			return 0;
		}
	freeaddrinfo(list);
	return -1;
}

static void *
tell(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

static int
run_thread(struct po_http *http PO_UNUSED, char **args PO_UNUSED)
{
	pthread_t thread;
	int told = 0;

	errno = pthread_create(&thread, NULL, tell, &told);
	if (errno != 0 || (errno = pthread_join(thread, NULL)) != 0)
		return -1;
	return told == 1 ? 0 : -1;
}

/* The status of the answer as errno, unless it is 200. */
static int
fetch(struct po_http *http, char **args)
{
	struct po_http_request request = {
		.what = "probe",
		.url = args[0],
		.method = PO_HTTP_GET,
		.response_max = 1024 * 1024,
	};
	struct po_http_response response = { 0 };
	struct po_err err = { 0 };

	if (po_http_send(http, &request, po_clock_ms() + 20000, &response,
		&err) != PO_OK) {
		printf("log: %s: %s\n", po_status_name(err.status), err.text);
		(void)fflush(stdout);
		errno = EIO;
		return -1;
	}
	errno = response.status == 200 ? 0 : EBADMSG;
	po_http_response_clear(&response);
	return errno == 0 ? 0 : -1;
}

static int
abort_self(struct po_http *http PO_UNUSED, char **args PO_UNUSED)
{
	abort();
}

/* Until standard input ends. */
static int
hold(struct po_http *http PO_UNUSED, char **args PO_UNUSED)
{
	char byte;

	printf("log: %d\n", (int)getpid());
	(void)fflush(stdout);
	return read(STDIN_FILENO, &byte, 1) < 0 ? -1 : 0;
}

static const struct attempt attempts[] = {
	{ "read", 1, read_file },
	{ "write", 1, write_file },
	{ "append", 1, append_file },
	{ "create", 1, make_file },
	{ "tmpfile", 1, make_nameless },
	{ "truncate", 1, cut_file },
	{ "mkdir", 1, make_dir },
	{ "unlink", 1, remove_file },
	{ "rename", 1, rename_file },
	{ "symlink", 1, link_file },
	{ "chmod", 1, chmod_file },
	{ "mknod", 1, make_socket },
	{ "memfd_create", 0, memory_file },
	{ "inherited", 1, inherited },
	{ "lock", 0, take_place },
	{ "cache_write", 0, cache_write },
	{ "cache_make", 1, cache_make },
	{ "cache_overwrite", 1, cache_overwrite },
	{ "cache_read", 1, cache_read },
	{ "cache_unlink", 1, cache_unlink },
	{ "cache_rename", 1, cache_rename },
	{ "cache_move", 1, cache_move },
	{ "cache_link", 1, cache_link },
	{ "execve", 0, run_true },
	{ "execveat", 0, run_at },
	{ "fork", 0, fork_libc },
#ifdef SYS_fork
	{ "fork_call", 0, fork_call },
	{ "vfork", 0, vfork_call },
#endif
	{ "clone", 0, clone_process },
	{ "clone_namespace", 0, clone_namespace },
	{ "clone3", 0, clone3_call },
	{ "ptrace", 1, trace },
	{ "traceme", 0, trace_me },
	{ "process_vm_readv", 1, read_other },
	{ "kill", 1, kill_other },
	{ "tgkill", 1, tgkill_other },
	{ "sigqueue", 1, queue_signal },
	{ "pidfd_open", 1, open_pidfd },
	{ "setuid", 0, set_uid },
	{ "setresuid", 0, set_resuid },
	{ "setgid", 0, set_gid },
	{ "dumpable", 0, dumpable },
	{ "pdeathsig", 0, orphan },
	{ "set_name", 0, name_thread },
	{ "setrlimit", 0, more_files },
	{ "getrlimit", 0, see_limit },
	{ "unshare", 0, new_namespace },
	{ "mount", 0, mount_tmpfs },
	{ "handler", 0, own_handler },
	{ "personality", 0, change_personality },
	{ "mmap_wx", 0, map_code },
	{ "mprotect_x", 0, make_code },
	{ "mprotect", 0, map_data },
	{ "io_uring_setup", 0, uring },
	{ "bpf", 0, ebpf },
	{ "userfaultfd", 0, fault_fd },
	{ "landlock_restrict_self", 0, once_more },
	{ "no_call", 0, no_call },
	{ "perf_event_open", 0, perf },
	{ "keyctl", 0, keys },
	{ "shmget", 0, shared },
	{ "tiocsti", 0, type_for_user },
#ifdef __x86_64__
	{ "x32", 0, call_x32 },
	{ "i386", 0, call_i386 },
#endif
	{ "packet", 0, socket_packet },
	{ "vsock", 0, socket_vsock },
	{ "alg", 0, socket_alg },
	{ "raw", 0, socket_raw },
	{ "ping", 0, socket_ping },
	{ "mptcp", 0, socket_mptcp },
	{ "sctp", 0, socket_sctp },
	{ "netlink", 0, socket_netlink },
	{ "tcp", 0, socket_tcp },
	{ "setsockopt", 2, socket_option },
	{ "connect", 2, connect_tcp },
	{ "fastopen", 2, connect_fast },
	{ "bind", 0, bind_tcp },
	{ "listen", 0, listen_tcp },
	{ "accept", 0, accept_tcp },
	{ "abstract", 1, connect_abstract },
	{ "resolve", 2, resolve },
	{ "thread", 0, run_thread },
	{ "fetch", 1, fetch },
	{ "abort", 0, abort_self },
	{ "hold", 0, hold },
};

const struct attempt *
attempt_find(const char *name)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(attempts); i++)
		if (strcmp(attempts[i].name, name) == 0)
			return &attempts[i];
	return NULL;
}
