/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock (landlock(7)): which files may be opened, which ports connected
 * to.  What is not named here may not.  See sandbox.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "base/mem.h"
#include "io/sandbox_internal.h"

/*
 * What <linux/landlock.h> of Linux 6.1 (Debian 12) does not know yet.  Names
 * of our own: in newer headers some of these are enumerators.
 */
#define FS_TRUNCATE (1ULL << 14)    /* LANDLOCK_ACCESS_FS_TRUNCATE, 6.2 */
#define FS_IOCTL_DEV (1ULL << 15)   /* LANDLOCK_ACCESS_FS_IOCTL_DEV, 6.10 */
#define NET_BIND_TCP (1ULL << 0)    /* LANDLOCK_ACCESS_NET_BIND_TCP, 6.7 */
#define NET_CONNECT_TCP (1ULL << 1) /* LANDLOCK_ACCESS_NET_CONNECT_TCP, 6.7 */
#define SCOPE_ABSTRACT_UNIX                                                    \
	(1ULL << 0)              /* _SCOPE_ABSTRACT_UNIX_SOCKET, 6.12          \
				  */
#define SCOPE_SIGNAL (1ULL << 1) /* LANDLOCK_SCOPE_SIGNAL, 6.12 */
#define RULE_NET_PORT 2          /* LANDLOCK_RULE_NET_PORT, 6.7 */

/* struct landlock_ruleset_attr of 6.12; a shorter one is told by its size. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};
/* struct landlock_net_port_attr */
struct port_attr {
	uint64_t allowed;
	uint64_t port;
};

/* Every right of ABI 1; what is handled and in no rule is denied. */
#define FS_ALL_1                                                               \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |          \
	    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |       \
	    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |   \
	    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |       \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |       \
	    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |     \
	    LANDLOCK_ACCESS_FS_MAKE_SYM)

/* The rights that came with each version, and what it means to be without. */
static const struct {
	int abi;
	struct ruleset_attr rights;
	size_t size; /* of the attribute in that version */
	const char *without;
} versions[] = {
	{ 1, { .fs = FS_ALL_1 }, 8, "files are not restricted" },
	{ 2, { .fs = LANDLOCK_ACCESS_FS_REFER }, 8, NULL },
	{ 3, { .fs = FS_TRUNCATE }, 8, NULL }, /* nothing but the cache */
	{ 4, { .net = NET_BIND_TCP | NET_CONNECT_TCP }, 16,
	    "any TCP port may be connected to" },
	{ 5, { .fs = FS_IOCTL_DEV }, 16, NULL }, /* no device can be opened */
	{ 6, { .scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL }, 24,
	    "abstract sockets may be connected to" },
};

/*
 * Readable, with all below; only the cache is writable.  Links in hashed
 * directories of certificates lead to the other places of the first group.
 */
static const char *const readable[] = {
	/* CA certificates and OpenSSL's configuration */
	"/etc/ssl",
	"/etc/pki",
	"/usr/lib/ssl",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/usr/share/pki",
	"/var/lib/ca-certificates", /* SUSE */
	/* names of hosts; resolv.conf has its own function */
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/networks",
	"/etc/mdns.allow",
	/* NSS modules are loaded when they are needed */
	"/etc/ld.so.cache",
	"/lib",
	"/lib64",
	"/usr/lib",
	"/usr/lib64",
	"/usr/local/lib",
	"/dev/null",
	"/dev/urandom",
};

/* RFC 1035 4.2.2; DNS over TLS (RFC 7858) for resolvers in NSS modules. */
static const uint16_t dns_ports[] = { 53, 853 };

static enum po_status
add_path(int ruleset, const char *path, struct po_err *err)
{
	AUTO(po_fd_close) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = fd,
	};
	struct stat st;

	/* where we cannot go nothing need be allowed */
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return PO_OK;
	if (fd < 0 || fstat(fd, &st) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "%s: %m", path);
	if (S_ISDIR(st.st_mode))
		rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		&rule, 0) != 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "landlock: %s: %m", path);
	return PO_OK;
}

static void
free_path(char **path)
{
	free(*path);
}

/*
 * systemd-resolved and NetworkManager replace the file behind the link, so
 * the directory that it leads to is allowed, unless that is one of the root's
 * own or in /etc.
 */
static enum po_status
add_resolver(int ruleset, struct po_err *err)
{
	static const char path[] = "/etc/resolv.conf";
	AUTO(free_path) char *target = realpath(path, NULL);
	char *slash = target == NULL ? NULL : strrchr(target, '/');

	if (slash == NULL || strncmp(target, "/etc/", 5) == 0 ||
	    slash == target || strchr(target + 1, '/') == slash)
		return add_path(ruleset, path, err);
	*slash = '\0';
	return add_path(ruleset, target, err);
}

/* Files are made, written, renamed and removed there; nothing else is. */
static enum po_status
add_cache(int ruleset, int dir, struct po_err *err)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
				  LANDLOCK_ACCESS_FS_WRITE_FILE |
				  LANDLOCK_ACCESS_FS_MAKE_REG |
				  LANDLOCK_ACCESS_FS_REMOVE_FILE,
		.parent_fd = dir,
	};

	if (dir >= 0 && syscall(SYS_landlock_add_rule, ruleset,
			    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		return po_err_set(
		    err, PO_E_PRIVILEGE, "landlock: the cache: %m");
	return PO_OK;
}

static enum po_status
add_files(int ruleset, const struct po_sandbox *sandbox, struct po_err *err)
{
	enum po_status st = add_resolver(ruleset, err);

	for (size_t i = 0; i < PO_ARRAY_LEN(readable) && st == PO_OK; i++)
		st = add_path(ruleset, readable[i], err);
	if (sandbox->ca_file != NULL && st == PO_OK)
		st = add_path(ruleset, sandbox->ca_file, err);
	if (sandbox->ca_dir != NULL && st == PO_OK)
		st = add_path(ruleset, sandbox->ca_dir, err);
	return st == PO_OK ? add_cache(ruleset, sandbox->cache_dir, err) : st;
}

static enum po_status
add_port(int ruleset, uint16_t port, struct po_err *err)
{
	const struct port_attr rule = { NET_CONNECT_TCP, port };

	if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) !=
	    0)
		return po_err_set(err, PO_E_PRIVILEGE, "landlock: port %u: %m",
		    (unsigned)port);
	return PO_OK;
}

static enum po_status
add_ports(int ruleset, const struct po_sandbox *sandbox, struct po_err *err)
{
	enum po_status st = PO_OK;

	for (size_t i = 0; i < PO_ARRAY_LEN(dns_ports) && st == PO_OK; i++)
		st = add_port(ruleset, dns_ports[i], err);
	for (size_t i = 0; i < sandbox->port_count && st == PO_OK; i++)
		st = add_port(ruleset, sandbox->ports[i], err);
	return st;
}

/* All that this kernel's version can deny; the log says what it cannot. */
static size_t
collect_rights(int abi, const struct po_log *log, struct ruleset_attr *all)
{
	size_t size = 0;

	for (size_t i = 0; i < PO_ARRAY_LEN(versions); i++) {
		if (abi >= versions[i].abi) {
			all->fs |= versions[i].rights.fs;
			all->net |= versions[i].rights.net;
			all->scoped |= versions[i].rights.scoped;
			size = versions[i].size;
		} else if (versions[i].without != NULL) {
			/* not a warning: nobody can mend it in a hurry, and
			 * Debian 12's kernel is such a one */
			po_log(log, PO_LOG_INFO, "sandbox: Landlock ABI %d: %s",
			    abi, versions[i].without);
		}
	}
	return size;
}

static enum po_status
restrict_files(const struct po_sandbox *sandbox, int abi, struct po_err *err)
{
	struct ruleset_attr all = { 0 };
	size_t size = collect_rights(abi, sandbox->log, &all);
	AUTO(po_fd_close)
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	enum po_status st;

	if (ruleset < 0)
		return po_err_set(err, PO_E_PRIVILEGE, "landlock: %m");
	if ((st = add_files(ruleset, sandbox, err)) != PO_OK ||
	    (all.net != 0 && (st = add_ports(ruleset, sandbox, err)) != PO_OK))
		return st;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return po_err_set(err, PO_E_PRIVILEGE, "landlock: %m");
	return PO_OK;
}

enum po_status
po_sandbox_files(const struct po_sandbox *sandbox, struct po_err *err)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	if (abi > 0)
		return restrict_files(sandbox, abi, err);
	/* not in this kernel, or switched off when it was started */
	if (errno != ENOSYS && errno != EOPNOTSUPP)
		return po_err_set(err, PO_E_PRIVILEGE, "landlock: %m");
	po_log(sandbox->log, PO_LOG_WARNING,
	    "sandbox: the kernel has no Landlock (%m): files and ports are not "
	    "restricted");
	return PO_OK;
}
