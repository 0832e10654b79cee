# SPDX-License-Identifier: BSD-2-Clause
"""What the helper can still do once it is confined, and what it cannot.

tests/sandbox/probe goes through the same steps as the helper, and then tries
one thing; so each test says how exactly that fails, or that it works.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import pytest

import world
from https_stub import HttpsStub, http
from pam_client import PamClient, authenticate
from processes import helper

PROBE = shutil.copy(world.BUILDDIR / "tests" / "sandbox" / "probe",
                    world.public_directory())
HERE = pathlib.Path(__file__).resolve().parent
ABI = int(subprocess.run([PROBE, "--abi"], check=True, text=True,
                         stdout=subprocess.PIPE).stdout)
SERVICE = "po_test"
BROKEN = "Sign-in is not set up correctly on this host."

filtered = pytest.mark.skipif(
    world.SANITIZED, reason="a sanitizer needs calls that are not allowed")


def landlock(abi):
    return pytest.mark.skipif(
        ABI < abi, reason="needs Landlock ABI %d, not %d" % (abi, ABI))


def as_user(name):
    return ["setpriv", "--reuid", name, "--regid", name, "--clear-groups"]


class Probe:
    """Runs attempts; as root (which then becomes the helper's user) or not."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.logs = []

    def command(self, *attempt, ports=(), ca_file=None, cache=None):
        command = [*self.prefix, PROBE, "--user", world.HELPER_USER]
        for port in ports:
            command += ["--port", str(port)]
        if ca_file is not None:
            command += ["--ca-file", str(ca_file)]
        if cache is not None:
            command += ["--cache", str(cache)]
        return command + [str(arg) for arg in attempt]

    def __call__(self, *attempt, wrapper=(), **options):
        """What came of it: "ok", an error's name, or the violation."""
        done = subprocess.run(
            [*wrapper, *self.command(*attempt, **options)], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60, close_fds=False)
        assert (done.returncode, done.stderr) == (0, ""), done
        lines = done.stdout.splitlines()
        self.logs = [line[5:] for line in lines if line.startswith("log: ")]
        rest = [line for line in lines if not line.startswith("log: ")]
        self.asked = [line for line in rest if line.startswith("asked:")]
        (result,) = [line for line in rest if line not in self.asked]
        return result


@pytest.fixture(params=["root", "unprivileged"])
def probe(request):
    return Probe([] if request.param == "root" else as_user("bob"))


@pytest.fixture
def other_helper(probe):
    """The process id of another one, confined and of the same user."""
    with subprocess.Popen(probe.command("hold"), text=True,
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            match = re.fullmatch(r"log: (\d+)\n", line)
            if match:
                break
        pid = int(match[1])
        yield pid
        assert pathlib.Path("/proc/%d" % pid).exists()
        process.stdin.close()
        assert process.stdout.read() == "ok\n"


# --- files -------------------------------------------------------------------

@pytest.fixture(scope="module")
def others_file():
    """What carol has let everybody read, and write."""
    directory = pathlib.Path("/home/carol/public")
    directory.parent.chmod(0o755)
    directory.mkdir(mode=0o755, exist_ok=True)
    return world.write("carol's\n", directory / "file", 0o666)


def readable_without(probe, path):
    """Nothing but the sandbox keeps it from being read."""
    prefix = probe.prefix or as_user(world.HELPER_USER)
    subprocess.run([*prefix, "cat", str(path)], check=True,
                   stdout=subprocess.DEVNULL)
    return True


@landlock(1)
@pytest.mark.parametrize("path", [
    "/etc/passwd", "/etc/pam.d/sudo", "/proc/self/environ", "/proc/self/maps",
    "/usr/bin/env", "/usr/share/common-licenses/BSD"])
def test_what_everybody_may_read(probe, path):
    assert readable_without(probe, path)
    assert probe("read", path) == "EACCES"


@landlock(1)
def test_another_users_file(probe, others_file):
    assert readable_without(probe, others_file)
    assert probe("read", others_file) == "EACCES"


@landlock(1)
@pytest.mark.parametrize("path", ["/etc/shadow", "/proc/1/environ"])
def test_what_is_roots(probe, path):
    assert probe("read", path) == "EACCES"


@landlock(1)
def test_client_secret(probe):
    path = world.write("s3cret", world.CONFIG_DIR / "probe.secret", 0o600)
    assert probe("read", path) == "EACCES"
    path.chmod(0o644)       # a mistake of the administrator's
    assert readable_without(probe, path)
    assert probe("read", path) == "EACCES"
    path.unlink()


@landlock(1)
def test_memory_and_descriptors_of_another_helper(probe, other_helper):
    for name in ("mem", "maps", "environ", "status"):
        assert probe("read", "/proc/%d/%s" % (other_helper, name)) == "EACCES"


@landlock(1)
@pytest.mark.parametrize("path", [
    "/etc/ssl/certs", "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/openssl.cnf", "/etc/nsswitch.conf", "/etc/hosts",
    "/etc/resolv.conf", "/etc/ld.so.cache", "/usr/lib", "/dev/urandom",
    "/dev/null"])
def test_what_it_needs_to_read(probe, path):
    assert probe("read", path) == "ok"


@landlock(1)
def test_configured_ca_file(probe, idp):
    directory = world.public_directory()
    path = shutil.copy(idp.ca_file, directory / "ca.pem")
    assert probe("read", path) == "EACCES"
    assert probe("read", path, ca_file=path) == "ok"
    other = world.write("", directory / "other")
    assert probe("read", other, ca_file=path) == "EACCES"


CHANGES = {"write": "openat", "append": "openat", "truncate": "truncate",
           "unlink": "unlink", "rename": "rename", "chmod": "chmod"}
CREATIONS = {"create": "openat", "mkdir": "mkdir", "symlink": "symlink",
             "mknod": "mknod"}


def is_violation(result, *calls):
    """Whether it ended with a RESULT that names one of the calls."""
    return re.fullmatch(r"sandbox: system call \d+ \((%s)\) is not allowed"
                        % "|".join(calls), result) is not None


@filtered
@pytest.mark.parametrize("attempt", CHANGES)
def test_changing_a_file(probe, others_file, attempt):
    call = CHANGES[attempt]
    # arm64 has the calls with "at" alone
    assert is_violation(probe(attempt, others_file), call, call + "at")
    assert others_file.read_text() == "carol's\n"


@filtered
@pytest.mark.parametrize("attempt", CREATIONS)
def test_making_a_file(probe, attempt):
    path = world.public_directory()
    path.chmod(0o1777)
    call = CREATIONS[attempt]
    assert is_violation(probe(attempt, path / "new"), call, call + "at")
    assert list(path.iterdir()) == []


@pytest.fixture
def cache(probe):
    """The directory of a cache; as root the helper's user gets it."""
    path = world.public_directory() / "cache"
    path.mkdir(mode=0o700)
    if probe.prefix:
        shutil.chown(path, "bob", "bob")
    path.parent.chmod(0o1777)
    return path


def test_the_cache_is_written_to(probe, cache):
    assert probe("cache_write", cache=cache) == "ok"
    assert (cache / "new").read_text() == "x"
    assert probe("cache_read", "new", cache=cache) == "ok"
    assert probe("cache_unlink", "new", cache=cache) == "ok"
    assert list(cache.iterdir()) == []


@landlock(1)
def test_the_cache_is_no_way_elsewhere(probe, cache, others_file):
    """By its descriptor, but with a name that leads out of it."""
    for path in ("../new", cache.parent / "new"):
        assert probe("cache_make", path, cache=cache) == "EACCES"
    assert probe("cache_read", others_file, cache=cache) == "EACCES"
    assert probe("cache_unlink", others_file, cache=cache) == "EACCES"
    # not even what lies there may be moved in
    assert probe("cache_rename", others_file, cache=cache) in (
        "EACCES", "EXDEV")
    assert others_file.exists()
    assert sorted(cache.parent.iterdir()) == [cache]


@filtered
def test_other_calls_on_the_cache(probe, cache):
    assert probe("cache_write", cache=cache) == "ok"
    assert is_violation(
        probe("cache_overwrite", "new", cache=cache), "openat")
    assert is_violation(
        probe("cache_move", cache.parent / "new", cache=cache),
        "renameat", "renameat2")
    assert is_violation(
        probe("cache_link", "link", cache=cache), "symlinkat")
    assert os.listdir(cache) == ["new"]


@filtered
def test_making_a_file_without_a_name(probe):
    assert is_violation(probe("tmpfile", "/tmp"), "openat")
    assert is_violation(probe("memfd_create"), "memfd_create")


def test_descriptors_of_others_are_closed(probe):
    with open("/etc/shadow") as file:
        fd = os.dup(file.fileno())
    os.set_inheritable(fd, True)
    try:
        assert probe("inherited", fd) == "EBADF"
        assert probe("inherited", 1) == "ok"
    finally:
        os.close(fd)


# --- processes, and what binds ours ------------------------------------------

@filtered
@pytest.mark.parametrize("attempt, call", [
    ("execve", "execve"), ("execveat", "execveat"), ("fork", "clone"),
    ("clone", "clone"), ("clone_namespace", "clone"),
    ("traceme", "ptrace"), ("setuid", "setuid"), ("setresuid", "setresuid"),
    ("setgid", "setgid"), ("dumpable", "prctl"), ("pdeathsig", "prctl"),
    ("setrlimit", "prlimit64"), ("unshare", "unshare"), ("mount", "mount"),
    ("handler", "rt_sigaction"), ("personality", "personality"),
    ("mmap_wx", "mmap"), ("mprotect_x", "mprotect"),
    ("io_uring_setup", "io_uring_setup"), ("bpf", "bpf"),
    ("userfaultfd", "userfaultfd"), ("perf_event_open", "perf_event_open"),
    ("keyctl", "keyctl"), ("shmget", "shmget"), ("tiocsti", "ioctl"),
    ("landlock_restrict_self", "landlock_restrict_self")])
def test_forbidden_call(probe, attempt, call):
    assert is_violation(probe(attempt), call)


@filtered
def test_call_that_has_no_name(probe):
    assert probe("no_call") == "sandbox: system call 511 is not allowed"


@filtered
def test_taking_places_of_those_that_wait(probe):
    """The file of io/pending.c is open in every helper."""
    assert is_violation(probe("lock"), "fcntl")


@filtered
@pytest.mark.parametrize("attempt, call", [
    ("ptrace", "ptrace"), ("process_vm_readv", "process_vm_readv"),
    ("kill", "kill"), ("tgkill", "tgkill"), ("sigqueue", "rt_sigqueueinfo"),
    ("pidfd_open", "pidfd_open")])
def test_touching_another_helper(probe, other_helper, attempt, call):
    assert is_violation(probe(attempt, other_helper), call)


on_x86 = pytest.mark.skipif(os.uname().machine != "x86_64",
                            reason="an x86-64 has them")


@filtered
@on_x86
@pytest.mark.parametrize("attempt", ["fork_call", "vfork"])
def test_old_ways_to_fork(probe, attempt):
    assert is_violation(probe(attempt), attempt.split("_")[0])


@filtered
@on_x86
@pytest.mark.parametrize("attempt", ["x32", "i386"])
def test_calls_by_other_numbers(probe, attempt):
    """Each table of calls has its own: not to be told apart, so the end."""
    assert probe(attempt) == "signal 31"


@filtered
def test_thread_flags_that_cannot_be_seen(probe):
    assert probe("clone3") == "ENOSYS"


@pytest.mark.parametrize("attempt", ["thread", "set_name", "getrlimit",
                                     "mprotect", "tcp"])
def test_what_a_library_needs(probe, attempt):
    assert probe(attempt) == "ok"


@pytest.mark.skipif(world.SANITIZED, reason="a sanitizer needs memory")
@pytest.mark.parametrize("limits", [
    ["--as=400000000", "--nofile=32", "--cpu=5"], ["--stack=1073741824"],
    ["--stack=unlimited"]])
def test_limits_that_are_there_already(probe, limits):
    """Lower ones stay; threads start with whatever stack they get."""
    assert probe("thread", wrapper=["prlimit", *limits]) == "ok"


@pytest.mark.skipif(world.SANITIZED, reason="a sanitizer handles it")
def test_a_library_that_gives_up(probe):
    assert probe("abort") == "signal 6"


# --- the network -------------------------------------------------------------

@filtered
@pytest.mark.parametrize("attempt", ["packet", "vsock", "alg", "raw", "ping",
                                     "mptcp", "sctp"])
def test_socket_of_another_kind(probe, attempt):
    assert is_violation(probe(attempt), "socket")


@filtered
@pytest.mark.parametrize("attempt", ["listen", "accept"])
def test_being_a_server(probe, attempt):
    assert is_violation(probe(attempt), attempt)


# not all of them are in Python's
SO_ATTACH_FILTER, IPT_SO_SET_REPLACE, IPV6_ADDRFORM = 26, 64, 1
SO_ATTACH_REUSEPORT_CBPF, TCP_REPAIR, TCP_ULP, SOL_TLS = 51, 19, 31, 282
IP_RECVERR = 11


@filtered
@pytest.mark.parametrize("level, option", [
    (socket.SOL_SOCKET, SO_ATTACH_FILTER),
    (socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF),
    (socket.IPPROTO_IP, IPT_SO_SET_REPLACE),
    (socket.IPPROTO_IPV6, IPV6_ADDRFORM), (socket.IPPROTO_TCP, TCP_REPAIR),
    (socket.IPPROTO_UDP, 1), (SOL_TLS, 1)])
def test_socket_option_that_opens_the_kernel(probe, level, option):
    assert is_violation(probe("setsockopt", level, option), "setsockopt")


@pytest.mark.parametrize("level, option", [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    (socket.IPPROTO_IP, IP_RECVERR)])
def test_socket_option_that_is_needed(probe, level, option):
    assert probe("setsockopt", level, option) == "ok"


@filtered
def test_kernel_tls(probe):
    """openssl.cnf may ask for it; OpenSSL takes a no for an answer."""
    assert probe("setsockopt", socket.IPPROTO_TCP, TCP_ULP) == "ENOPROTOOPT"


@filtered
def test_refusals_that_glibc_copes_with(probe):
    assert probe("netlink") == "EAFNOSUPPORT"
    assert probe("bind") == "EACCES"


@pytest.fixture
def server():
    """A listening socket to which nobody has connected, in the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener
        with pytest.raises(BlockingIOError):
            listener.accept()


@landlock(4)
def test_port_that_is_not_configured(probe, server):
    assert probe("connect", *server.getsockname()) == "EACCES"


@landlock(4)
def test_port_that_is_configured(probe):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        assert probe("connect", host, port, ports=[port]) == "ok"


@filtered
def test_connecting_by_sending(probe, server):
    """TCP Fast Open: Landlock looks at connect() alone."""
    assert is_violation(probe("fastopen", *server.getsockname()), "sendto")


@landlock(6)
def test_abstract_socket(probe):
    name = "pam_oauth-" + os.urandom(8).hex()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        assert probe("abstract", name) == "EPERM"


def test_fetching_from_the_provider(probe, idp):
    port = int(idp.issuer.rsplit(":", 1)[1].split("/")[0])
    url = idp.issuer + "/.well-known/openid-configuration"
    assert probe("fetch", url, ports=[port], ca_file=idp.ca_file) == "ok"


# --- names of hosts ----------------------------------------------------------

def beside_libc(module, name):
    """Where glibc looks for them."""
    listed = subprocess.run(["ldconfig", "-p"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    libc = re.search(r"\blibc\.so\.6 .*=> (/.*)", listed)[1]
    shutil.copy(module, pathlib.Path(libc).with_name(name))


@pytest.fixture(scope="module")
def nss_module():
    beside_libc(world.BUILDDIR / ".libs" / "libnss_probe.so",
                "libnss_probe.so.2")


# scripts/bootstrap does not install it: systemd-resolved would come along
RESOLVE = [
    *pathlib.Path(os.environ["UNPACKED"]).rglob("libnss_resolve.so.2"),
    *pathlib.Path("/usr/lib").glob("*/libnss_resolve.so.2")]


@pytest.fixture(scope="module")
def resolve_module():
    beside_libc(RESOLVE[0], "libnss_resolve.so.2")


@pytest.mark.skipif(world.SANITIZED, reason="a module without its runtime")
@pytest.mark.parametrize("hosts, name, result, asked", [
    ("files", "in-files.test 127.0.0.2", "ok", ""),
    ("files", "in-dns.test 127.0.0.3", "ENOENT", ""),
    ("files dns", "in-files.test 127.0.0.2", "ok", ""),
    ("files dns", "in-dns.test 127.0.0.3", "ok", " in-dns.test"),
    ("files dns", "nowhere.test 127.0.0.3", "ENOENT", " nowhere.test"),
    ("probe dns", "in-probe.test 127.0.0.4", "ok", ""),
    ("probe [!UNAVAIL=return] dns", "in-dns.test 127.0.0.3", "ENOENT", ""),
    ("files probe dns", "in-dns.test 127.0.0.3", "ok", " in-dns.test"),
])
def test_resolving(probe, nss_module, hosts, name, result, asked):
    """Its modules are loaded now, and ask a daemon as resolve does."""
    wrapper = ["unshare", "--net", "--mount", sys.executable, "-B",
               str(HERE / "dns_world.py"), hosts]
    assert probe("resolve", *name.split(), wrapper=wrapper) == result
    assert probe.asked == ["asked:" + asked]


@pytest.mark.skipif(not RESOLVE, reason="needs libnss-resolve")
@pytest.mark.parametrize("hosts, name, result, asked", [
    ("resolve", "in-resolve.test 127.0.0.5", "ok", ""),
    # as nss-resolve(8) and distributions have it
    ("files resolve [!UNAVAIL=return] dns", "in-resolve.test 127.0.0.5", "ok",
     ""),
    ("files resolve [!UNAVAIL=return] dns", "in-dns.test 127.0.0.3", "ENOENT",
     ""),
    ("resolve dns", "in-dns.test 127.0.0.3", "ok", " in-dns.test"),
])
def test_resolving_by_systemd(probe, resolve_module, hosts, name, result, asked):
    """Its own module, and somebody in the place of systemd-resolved."""
    test_resolving(probe, None, hosts, name, result, asked)


# --- kernels that lack something ---------------------------------------------

OLD_KERNEL = shutil.copy(world.BUILDDIR / "tests" / "sandbox" / "old_kernel",
                         world.public_directory())
LACKING = {
    "landlock": "sandbox: the kernel has no Landlock "
                "(Function not implemented): files and ports are not "
                "restricted",
    "landlock-off": "sandbox: the kernel has no Landlock "
                    "(Operation not supported): files and ports are not "
                    "restricted",
    "seccomp": "sandbox: the kernel has no seccomp filters: system calls are "
               "not restricted",
}
complete = pytest.mark.skipif(
    world.SANITIZED or ABI < 6, reason="something is lacking anyway")


@complete
def test_nothing_lacks(probe):
    assert probe("thread") == "ok"
    assert probe.logs == []


@complete
@pytest.mark.parametrize("what", LACKING)
def test_kernel_without(probe, others_file, what):
    """The other half is there, and the log says what is not."""
    lacking = [OLD_KERNEL, what, "--"]
    files, calls = ("EACCES", "ok") if what == "seccomp" else (
        "ok", "sandbox: system call")
    assert probe("read", others_file, wrapper=lacking) == files
    assert probe("memfd_create", wrapper=lacking).startswith(calls)
    assert probe.logs == [LACKING[what]]


@complete
def test_kernel_that_cannot_close_ranges(probe):
    lacking = [OLD_KERNEL, "close_range", "--"]
    assert probe("thread", wrapper=lacking) == "ok"
    assert probe.logs == []


@complete
@pytest.mark.parametrize("what, call", [("landlock-forbidden", "landlock"),
                                        ("seccomp-forbidden", "seccomp")])
def test_kernel_that_has_it_and_refuses(service, logs, since, what, call):
    """That is no old kernel: somebody wants it otherwise."""
    with PamClient(SERVICE, "alice",
                   prefix=[OLD_KERNEL, what, "--"]) as client:
        assert client.code() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "privilege"
    assert decision["detail"].startswith(call + ": ")


@complete
def test_login_on_an_old_kernel(service, logs, since, idp):
    with PamClient(SERVICE, "alice", prefix=[
            OLD_KERNEL, "landlock", "seccomp", "close_range",
            "--"]) as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
    for what in ("landlock", "seccomp"):
        line = logs.wait(lambda line: LACKING[what] in line.rest, since.log)
        assert line.rest.startswith("helper: ")
        assert line.level == 4      # LOG_WARNING


# --- the real helper ---------------------------------------------------------

@pytest.fixture
def service(idp):
    world.service(SERVICE)
    world.configure({"provider corp": world.corp(idp)})


def status_of(pid):
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


def test_helper_that_waits(service):
    with PamClient(SERVICE, "alice") as client:
        client.link()
        pid = helper()
        status = status_of(pid)
        limits = pathlib.Path("/proc/%d/limits" % pid).read_text()
        files = {os.readlink(entry) for entry in
                 pathlib.Path("/proc/%d/fd" % pid).iterdir()}
    assert set(status["Uid"].split()) == {str(world_uid())}
    assert status["Groups"].strip() == ""
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == ("0" if world.SANITIZED else "2")
    assert re.search(r"Max core file size +0 +0 ", limits), limits
    # of the cache: twice the longest document
    assert re.search(r"Max file size +2097152 +2097152 ", limits), limits
    # soft and hard ones: io/sandbox.c
    most = {"open files": 64, "cpu time": 40}
    if not world.SANITIZED:
        most["address space"] = 2 ** 30
    for name, value in most.items():
        found = re.search(r"Max %s +(\d+) +\1 " % name, limits)
        assert found and int(found[1]) <= value, (name, limits)
    assert status["Umask"].strip() == "0077"
    ours = ("socket:", "anon_inode:[signalfd]")
    assert all(name in ("/dev/null", str(world.RUNDIR / "pending"),
                        os.environ["CACHEDIR"])
               or name.startswith(ours) for name in files), files


def world_uid():
    return int(subprocess.run(["id", "-u", world.HELPER_USER], check=True,
                              stdout=subprocess.PIPE, text=True).stdout)


@filtered
@pytest.mark.parametrize("deed, call", [
    ("shell", "execve"), ("thread", "execve"), ("handler", "rt_sigaction")])
def test_helper_that_is_taken_over(service, idp, logs, since, deed, call):
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"message": deed}})
    world.service(SERVICE, module=world.VIOLATING_MODULE)
    client = authenticate(SERVICE, "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    assert client.phases[0]["children"] is False
    assert client.messages == [("error", BROKEN)]
    decision = logs.decision(SERVICE, since.log)
    assert (decision["result"], decision["reason"]) == ("refused", "sandbox")
    assert is_violation("sandbox: " + decision["detail"], call)
    assert decision["provider"] == "corp"


@filtered
def test_helper_that_only_fails(service, idp, logs, since):
    """The twin of those above: it is the deed that ends them."""
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"message": "nothing"}})
    world.service(SERVICE, module=world.VIOLATING_MODULE)
    assert authenticate(SERVICE, "alice").phases[0][
        "code"] == "PAM_SERVICE_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "internal"


ELSEWHERE = "https://127.0.0.1:4443/"


@landlock(4)
@pytest.mark.parametrize("options, port, open_", [
    ({}, 443, True), ({}, 53, True), ({}, 853, True), ({}, 8443, True),
    ({}, 80, False), ({}, 22, False), ({}, 4443, False),
    ({"device_authorization_endpoint": ELSEWHERE}, 4443, True),
    ({"token_endpoint": ELSEWHERE}, 4443, True),
    ({"userinfo_endpoint": ELSEWHERE}, 4443, True),
    ({"jwks_uri": ELSEWHERE}, 4443, True),
    ({"revocation_endpoint": ELSEWHERE}, 4443, True),
    ({"api": ["user %su" % ELSEWHERE, "orgs https://127.0.0.1:4444/o"]},
     4444, True),
    ({"proxy": "http://127.0.0.1:3128"}, 3128, True),
    ({"proxy": "http://127.0.0.1:3128"}, 53, True),
    ({"proxy": "http://127.0.0.1:3128"}, 443, False),
    ({"proxy": "http://127.0.0.1:3128"}, 8443, False),
])
def test_ports_of_a_configuration(logs, since, options, port, open_):
    world.service(SERVICE, module=world.VIOLATING_MODULE)
    world.configure({
        "provider corp": dict({"issuer": "https://127.0.0.1:8443/a",
                               "client_id": "linux-public"}, **options),
        "prompt": {"message": "connect %d" % port}})
    authenticate(SERVICE, "alice")
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "internal"
    # what listens there, if anything does, is not ours
    assert decision["detail"] in (
        ("Success", "Connection refused") if open_ else ("Permission denied",))


def device_request_to(port, other_ca, **options):
    """A login at a provider whose endpoints are there; its PAM code."""
    with HttpsStub(other_ca, b"") as stub:
        elsewhere = "https://127.0.0.1:%d" % port
        stub.answer = http(json.dumps({
            "issuer": stub.issuer,
            "device_authorization_endpoint": elsewhere + "/device",
            "token_endpoint": elsewhere + "/token",
            "jwks_uri": elsewhere + "/jwks",
        }))
        world.configure({"provider corp": dict(
            {"issuer": stub.issuer, "client_id": "linux-public",
             "ca_file": stub.ca_file, "request_timeout": "1s",
             "connect_timeout": "1s"}, **options)})
        client = authenticate(SERVICE, "alice")
        assert stub.requests == 1
    return client.phases[0]["code"]


@landlock(4)
def test_endpoint_at_another_port(service, logs, since, other_ca, server):
    port = server.getsockname()[1]
    assert device_request_to(port, other_ca) == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    assert re.search(r":%d: connections to this port are not allowed.*"
                     "name this endpoint" % port, decision["detail"])


def test_endpoint_at_another_port_by_hand(service, logs, since, other_ca):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = "https://127.0.0.1:%d/device" % port
        assert device_request_to(
            port, other_ca,
            device_authorization_endpoint=url) == "PAM_AUTHINFO_UNAVAIL"
        assert logs.decision(SERVICE, since.log)["reason"] == "network"
        listener.setblocking(False)
        listener.accept()[0].close()    # it has come
