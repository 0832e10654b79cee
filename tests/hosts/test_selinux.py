# SPDX-License-Identifier: BSD-2-Clause
"""The SELinux module, held against what a helper really does.

No kernel with SELinux is needed: the helper is traced during logins, and what
it did is looked up in the policy (tests/packages/policy.py). A rule that is
missing would be a login that fails on other people's hosts.
"""

import os
import pathlib
import re
import shutil
import stat
import sys
import urllib.parse

import pytest

import world
from cache_files import CACHE
from pam_client import PamClient

sys.path.append(str(world.SRCDIR / "tests" / "packages"))
from policy import CLASS_OF, HELPER, Policy, missing  # noqa: E402

pytestmark = [
    pytest.mark.skipif(missing() is not None, reason="needs %s" % missing()),
    pytest.mark.skipif(not shutil.which("strace"), reason="needs strace"),
    pytest.mark.skipif(world.SANITIZED, reason="traces only our own calls")]

ANY_PORT = {"pam_oauth_any_port": True}     # the provider's is a free one
TRACES = pathlib.Path("/run/helper_traces")
CALLS = "%file,%network,%desc,%process,capset,capget,prlimit64,setresuid," \
    "setresgid,setgroups,prctl,sched_getaffinity,tgkill"
# 12 openat(3</etc>, "hosts", O_RDONLY) = 4</etc/hosts>
LINE = re.compile(r"^(?:\d+ +)?(?P<call>\w+)\((?P<args>.*)\) += "
                  r"(?P<result>-?\d+)(?:<(?P<opened>[^>]*)>)?")
FD = re.compile(r"(\d+|AT_FDCWD)<([^>]*)>")
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
# where .fc has them, whatever the prefix of this build
INSTALLED = [(str(world.CONFIG_DIR), "/etc/pam_oauth"),
             (str(CACHE), "/var/cache/pam_oauth"),
             (str(world.RUNDIR), "/run/pam_oauth"),
             (str(world.HELPER) + ".real",
              "/usr/libexec/pam_oauth/pam_oauth_helper")]
CAPABILITIES = {"setresuid": "setuid", "setresgid": "setgid",
                "setgroups": "setgid", "fchown": "chown"}
PROCESS = {"capset": "setcap", "capget": "getcap",
           "sched_getaffinity": "getsched", "clone": "fork",
           "tgkill": "signal"}


class Trace:
    """What the policy must allow: {(type, class, permission): a line}."""

    def __init__(self, policy):
        self.policy, self.needed = policy, {}

    def need(self, line, target, tclass, *permissions):
        for permission in permissions:
            self.needed.setdefault((target, tclass, permission), line)

    def label(self, path, tclass):
        """The type of a file, by where it lies."""
        process = re.match(r"/proc/(self|\d+)(/|$)", path)
        if process:
            return HELPER
        for filesystem, mount in (("proc", "/proc"), ("sysfs", "/sys")):
            if path.startswith(mount + "/"):
                return self.policy.type_in(filesystem, path[len(mount):])
        for ours, there in INSTALLED:
            if path == ours or path.startswith(ours + "/"):
                path = there + path[len(ours):]
        return self.policy.type_of_file(path, tclass)

    def file(self, line, path, *permissions):
        """A file and the way to it; the names of links lead elsewhere."""
        if not path.startswith("/"):
            return                              # a socket, a pipe
        path = path.split("<")[0].removesuffix("(deleted)").rstrip()
        directory, name = os.path.split(path)
        path = os.path.join(os.path.realpath(directory), name)
        try:
            tclass = CLASS_OF[stat.S_IFMT(os.lstat(path).st_mode)]
        except OSError:
            tclass = "file"                     # renamed since, or removed
        kind = self.label(path, tclass)
        if kind is None:
            return
        if tclass == "dir":
            permissions = [p for p in permissions if p not in ("map", "lock")]
        self.need(line, kind, tclass, *permissions)
        while directory != "/":
            real = os.path.realpath(directory)
            kind = self.label(real, "dir")
            if kind is not None and not real.startswith("/tmp"):
                self.need(line, kind, "dir", "search")
            directory = os.path.dirname(directory)

    def add(self, line):
        found = LINE.match(line)
        if not found or (found["result"].startswith("-")
                         and "EINPROGRESS" not in line):
            return
        call, args = found["call"], found["args"]
        fds, texts = FD.findall(args), TEXT.findall(args)
        at = fds[0][1] if fds else "/"
        path = os.path.join(at, texts[0]) if texts else at
        if call in CAPABILITIES and "-1, -1" not in args:
            self.need(line, HELPER, "capability", CAPABILITIES[call])
        if call in PROCESS:
            self.need(line, HELPER, "process", PROCESS[call])
        if call == "prlimit64" and "{" in args.split(",")[2]:
            self.need(line, HELPER, "process", "setrlimit")
        if call == "prctl" and "CAPBSET_DROP" in args:
            self.need(line, HELPER, "capability", "setpcap")
        if call in ("open", "openat") and "O_PATH" not in args:
            permissions = ["open"]
            if "O_WRONLY" not in args:
                permissions.append("read")
            if "O_WRONLY" in args or "O_RDWR" in args:
                permissions.append("write")
            if "O_CREAT" in args and "O_EXCL" in args:
                permissions.append("create")
            self.file(line, found["opened"] or path, *permissions)
        elif call in ("fstat", "newfstatat", "statx", "stat", "lstat"):
            self.file(line, path, "getattr")
        elif call == "readlink":
            self.file(line, path, "read")
        elif call == "mmap" and fds:
            self.file(line, at, "map", *(
                ["execute"] if "PROT_EXEC" in args else []))
        elif call == "fcntl" and "SETLK" in args:
            self.file(line, at, "lock")
        elif call in ("fchown", "fchmod", "fchmodat"):
            self.file(line, path, "setattr")
        elif call in ("mkdir", "mkdirat"):
            self.file(line, path, "create")
        elif call in ("unlink", "unlinkat"):
            self.file(line, path, "unlink")
        elif call in ("rename", "renameat", "renameat2"):
            self.file(line, path, "rename")
        elif call == "socket":
            self.socket(line, args)
        elif call == "connect":
            self.connect(line, args)

    def socket(self, line, args):
        if "AF_NETLINK" in args:
            return                              # refused by seccomp already
        kinds = {"AF_UNIX": "unix_stream_socket", "SOCK_STREAM": "tcp_socket",
                 "SOCK_DGRAM": "udp_socket"}
        kind = next(kinds[word] for word in kinds if word in args)
        self.need(line, HELPER, kind, "create", "read", "write", "connect",
                  "getopt", "setopt")

    def connect(self, line, args):
        port = re.search(r"sin6?_port=htons\((\d+)\)", args)
        if port and "tcp" in args.lower():
            self.need(line, self.policy.type_of_port(int(port[1])),
                      "tcp_socket", "name_connect")

    def refused(self, **booleans):
        return {key: line for key, line in self.needed.items()
                if not self.policy.may(HELPER, *key, **booleans)}


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return Policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture
def traced():
    """The helper leaves its trace; it stays the child of the application."""
    real = world.HELPER.with_name(world.HELPER.name + ".real")
    TRACES.mkdir(exist_ok=True)
    world.HELPER.rename(real)
    world.write("#!/bin/sh\nexec /usr/bin/strace -D -f -qq -yy -s 4096 "
                "-e trace=%s -o %s/$$ %s\n" % (CALLS, TRACES, real),
                world.HELPER, 0o755)
    yield TRACES
    real.rename(world.HELPER)
    shutil.rmtree(TRACES)


def login(service, idp, directory, policy):
    """One that ends well; with no `idp`, one that does not get anywhere."""
    for old in directory.iterdir():
        old.unlink()
    with PamClient(service, "alice") as client:
        if idp is not None:
            client.link().approve(idp, "alice")
        code = client.code()
        assert code == ("PAM_SUCCESS" if idp else "PAM_AUTHINFO_UNAVAIL")
    trace = Trace(policy)
    for file in directory.iterdir():
        for line in file.read_text(errors="replace").splitlines():
            trace.add(line)
    return trace


def test_what_the_helper_does_is_allowed(idp, policy, traced):
    ca = pathlib.Path("/etc/ssl/certs/of-the-test.pem")
    shutil.copy(idp.ca_file, ca)
    world.configure({"provider corp": world.corp(
        idp, client_id="linux-basic", ca_file=ca, client_secret_file=(
            world.secret(idp, "linux-basic")))})
    world.service("traced")
    shutil.rmtree(CACHE, ignore_errors=True)
    for logins, cache in ("cold", "create"), ("warm", "read"):
        trace = login("traced", idp, traced, policy)
        assert trace.refused(**ANY_PORT) == {}, logins
        # else it was not this helper, or not all of it, that was looked at
        for kind in (("pam_oauth_etc_t", "file", "read"),
                     ("pam_oauth_run_t", "file", "lock"),
                     ("pam_oauth_cache_t", "file", cache),
                     ("cert_t", "file", "read"),
                     ("lib_t", "file", "execute"),
                     (HELPER, "capability", "setuid"),
                     (HELPER, "tcp_socket", "create")):
            assert kind in trace.needed, (logins, kind)


@pytest.fixture
def named_host():
    """curl knows localhost by itself; this one is looked up."""
    hosts = pathlib.Path("/etc/hosts")
    before = hosts.read_text()
    hosts.write_text(before + "\n127.0.0.1 sso.test\n")
    yield "sso.test"
    hosts.write_text(before)


def test_looking_up_a_name_is_allowed(idp, policy, traced, named_host):
    """Nobody is at that port (discard, RFC 863), but it is asked for."""
    world.configure({"provider corp": world.corp(
        idp, issuer="https://%s:9" % named_host)})
    world.service("traced")
    trace = login("traced", None, traced, policy)
    assert trace.refused(**ANY_PORT) == {}
    assert ("net_conf_t", "file", "read") in trace.needed


def test_another_port_takes_the_boolean(idp, policy, traced):
    world.configure({"provider corp": world.corp(idp)})
    world.service("traced")
    refused = login("traced", idp, traced, policy).refused()
    kind = policy.type_of_port(urllib.parse.urlsplit(idp.issuer).port)
    assert (kind, "tcp_socket", "name_connect") in refused


def test_a_call_that_is_not_allowed_is_found(policy):
    """The test can fail."""
    trace = Trace(policy)
    trace.add('openat(AT_FDCWD</>, "/etc/shadow", O_RDONLY) = 5</etc/shadow>')
    trace.add('mmap(NULL, 4, PROT_EXEC, MAP_PRIVATE, 5</etc/hosts>, 0) = 0x1')
    trace.add('openat(4</etc>, "hosts", O_RDONLY) = 5</etc/hosts>')
    assert {key for key in trace.refused()} == {
        ("shadow_t", "file", "open"), ("shadow_t", "file", "read"),
        ("net_conf_t", "file", "execute"), ("net_conf_t", "file", "map")}
