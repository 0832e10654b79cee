#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Thousands of logins of every kind, and nothing that grows.

Runs inside tests/hosts/enter. A few applications that live for the whole of it
(tests/pam/client --many) make one login after the other, side by side: granted
ones with and without sessions, refused, cancelled, killed and misconfigured
ones. What the first round leaves behind must be all that the last one does:
descriptors, processes, files, shared memory, and what is allocated in the
applications. In a build with sanitizers each error in a helper is a login with
the wrong outcome, and one in an application, or a leak, ends it with a status.
"""

import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hosts"), str(HERE.parent / "idp")]

import world                            # noqa: E402
from hostile import Hostile             # noqa: E402
from logs import Logs                   # noqa: E402
from pam_client import COMMAND, PamClient   # noqa: E402
from processes import helpers, wait_end     # noqa: E402
from provider import Provider           # noqa: E402
from terminal import Link               # noqa: E402

LOGINS = int(os.environ.get("SOAK_LOGINS") or 2000)
APPLICATIONS = 40       # most of a login is waiting for a poll, 1 s apart
LOGIN_S = 330           # longer than `timeout`, which then says why
CACHE = pathlib.Path(os.environ["CACHEDIR"])
# With a dot: half of it, from a helper that was killed while it wrote. There is
# one for an entry at the most, which the next writer takes (test_cache.c).
ENTRY = re.compile(r"\.?[0-9a-f]{16}$")
WATCHED = [world.RUNDIR, world.STATEDIR, CACHE, pathlib.Path("/tmp"),
           pathlib.Path("/dev/shm"), world.CONFIG_DIR]
# To the provider a login begins with the request for its metadata, which the
# cache saves: it takes the next one for more of the last.
BEGINNINGS = ("after-the-end", "another-connection", "too-often")
GRANTED, DENIED = "PAM_SUCCESS", "PAM_MAXTRIES"
BROKEN, UNAVAILABLE = "PAM_SERVICE_ERR", "PAM_AUTHINFO_UNAVAIL"


class Kind:
    """One kind of login; `every`: only that share of the applications."""

    def __init__(self, flags, code, every=1, phases="auth", user="alice",
                 **sections):
        self.flags, self.code, self.every = flags, code, every
        self.phases, self.user = phases, user
        self.provider = sections.pop("provider", {})
        self.sections = sections


QUICK = "approve_after=0"
KINDS = {
    "granted": Kind(QUICK, GRANTED),
    "second_poll": Kind("approve_after=1", GRANTED),
    "other_phases": Kind(QUICK, GRANTED, phases="auth cred acct open close"),
    "cold": Kind(QUICK, GRANTED, provider={"cache": "no"}),
    "secret": Kind(QUICK + "+secret_basic", GRANTED,
                   provider={"client_secret_file": "SECRET"}),
    "encrypted": Kind(QUICK + "+idt_jwe", GRANTED,
                      provider={"decryption_key_file": "KEY"}),
    "kept": Kind(QUICK, GRANTED, phases="auth open env close",
                 session={"keep_token": "access_token",
                          "export": "EMAIL /email"}),
    "bound": Kind(QUICK + "+user=USER", GRANTED, every=10, user="USER",
                  account={"bind": "first_use"}),
    "denied": Kind("deny_after=0", DENIED),
    "expired": Kind("expire_after=0", "PAM_AUTH_ERR"),
    "stranger": Kind(QUICK + "+other_person", "PAM_AUTH_ERR"),
    "signature": Kind(QUICK + "+idt_bad_signature", "PAM_AUTH_ERR"),
    "unmet": Kind(QUICK, "PAM_PERM_DENIED",
                  access={"require": "/groups has nobodys"}),
    "down": Kind(QUICK, UNAVAILABLE, provider={"issuer": "DOWN"}),
    "error_500": Kind("server_error", UNAVAILABLE, every=10,
                      limits={"timeout": "16s"}),
    "too_many": Kind("device_error=slow_down+device_status=429", UNAVAILABLE),
    "retry_later": Kind("429_retry_after=999999999", UNAVAILABLE),
    "reset": Kind("reset_body=metadata", UNAVAILABLE,
                  provider={"cache": "no"}),
    "interrupted": Kind("never", DENIED),
    "no_secret": Kind(QUICK, BROKEN, provider={
        "client_secret_file": "/nonexistent"}),
    "no_option": Kind(QUICK, BROKEN, limits={"no_such_option": "1"}),
    "nobody": Kind(QUICK, "PAM_USER_UNKNOWN", user="no-such-user"),
    "real": Kind(None, GRANTED, every=4, phases="auth open close",
                 session={"keep_token": "access_token"}),
    "killed": Kind("never", None, every=4),
}
ACCOUNTS = ("alice", "bob", "carol", "dave")


class Application(PamClient):
    """One process, and what it does in a round."""

    def __init__(self, number, world_of):
        self.number, self.idp = number, world_of
        self.messages, self.phases, self.records = [], [], []
        self._buffer, self._left = b"", 1
        self.left = {}          # of the last login
        self._process = subprocess.Popen(
            [COMMAND, "--many"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, bufsize=0,
            # glibc counts what it caches as allocated
            env=dict(os.environ, GLIBC_TUNABLES="glibc.malloc.tcache_count=0"))

    def end(self):
        """Its exit status: of a leak, for one."""
        self.hang_up()
        return self._process.wait(60)

    def kinds(self):
        return [name for name, kind in KINDS.items()
                if self.number % kind.every == 0]

    def login(self, name):
        kind = KINDS[name]
        service = "soak-%d-%s" % (self.number, name)
        user = self.account() if kind.user == "USER" else kind.user
        if name == "killed":
            with PamClient(service, user) as client:
                client.link()
            return              # which kills it
        del self.messages[:], self.phases[:], self.records[:]
        self.answer("%s %s %s" % (service, user, kind.phases))
        deadline = time.monotonic() + LOGIN_S
        while True:
            record = self._read(deadline)
            assert record is not None, (service, "the application died")
            if "allocated" in record:
                break
            link = Link.find(record.get("text", ""))
            if link is not None and name == "interrupted":
                self._interrupt()
            elif link is not None and name == "real":
                link.approve(self.idp.real, "alice")
        self.left = record
        phases = [record for record in self.phases if "phase" in record]
        codes = [phase["code"] for phase in phases]
        others = [GRANTED] * (len(codes) - 1)
        assert codes == [kind.code, *others], (service, codes, self.messages)
        assert not any(phase["children"] for phase in phases), service

    def account(self):
        return ACCOUNTS[self.number // 10 % len(ACCOUNTS)]

    def _interrupt(self):
        """As the terminal does on Ctrl-C."""
        with open("/proc/%d/task/%d/children" % (self.pid, self.pid)) as f:
            for pid in f.read().split():
                os.kill(int(pid), signal.SIGINT)


class World:
    """The providers, and a service for each application and kind."""

    def __init__(self, hostile, real, down):
        self.hostile, self.real, self.down = hostile, real, down

    def configure(self, application, name):
        kind, service = KINDS[name], "soak-%d-%s" % (application.number, name)
        if name == "real":
            provider = world.corp(self.real)
        else:
            # one client is one login at a time to the provider
            client_id = "%s.%d%s" % (
                kind.flags.replace("USER", application.account()),
                application.number, name.replace("_", ""))
            issuer = self.hostile.issuer_of(client_id)
            provider = {"issuer": issuer, "client_id": client_id,
                        "ca_file": self.hostile.ca_file,
                        # however busy the machine is
                        "connect_timeout": "60s", "request_timeout": "60s",
                        "scopes": "openid profile email groups"}
        words = {"SECRET": world.CONFIG_DIR / "soak.secret",
                 "KEY": world.CONFIG_DIR / "soak.key", "DOWN": self.down}
        provider.update({option: words.get(value, value)
                         for option, value in kind.provider.items()})
        sections = dict({"provider soak": provider}, **kind.sections)
        sections["limits"] = dict({"max_pending": "1000", "timeout": "5m"},
                                  **sections.get("limits", {}))
        path = world.configure(sections,
                               world.CONFIG_DIR / (service + ".conf"))
        world.service(service, "config=%s" % path)


class State:
    """What could grow on the host, and in the applications."""

    def __init__(self, applications):
        self.files = {str(path) for top in WATCHED for path in top.rglob("*")
                      if path.parent != CACHE or not ENTRY.match(path.name)}
        self.entries = sum(1 for _ in CACHE.iterdir())
        self.processes = sorted(self._processes())
        self.helpers = helpers()
        self.locks = self._pending_locks()
        self.shared = [pathlib.Path("/proc/sysvipc", name).read_text()
                       for name in ("shm", "sem", "msg")]
        self.descriptors = [one.left["descriptors"] for one in applications]
        self.own = len(os.listdir("/proc/self/fd"))
        self.allocated = [one.left["allocated"] for one in applications]

    @staticmethod
    def _processes():
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    comm, _, rest = entry.joinpath(
                        "stat").read_text().rpartition(")")
                except OSError:
                    continue    # gone meanwhile
                if rest.split()[0] not in "ZX":     # or about to
                    yield comm.partition("(")[2]

    @staticmethod
    def _pending_locks():
        """Places of logins that wait: nobody's, at the end."""
        inodes = {":%d " % path.stat().st_ino
                  for path in world.RUNDIR.glob("*") if path.is_file()}
        return [line for line in pathlib.Path("/proc/locks").read_text()
                .splitlines() if any(inode in line for inode in inodes)]

    def compare(self, later):
        """A list of all that has grown."""
        found = ["file %s" % path for path in sorted(
            later.files - self.files)]
        # a login that is interrupted has not always got as far as the keys
        if later.entries > 2 * APPLICATIONS * len(KINDS):
            found.append("%d entries in the cache" % later.entries)
        found += ["helper %d" % pid for pid in later.helpers]
        found += ["lock %s" % line for line in later.locks]
        for name in ("processes", "shared", "descriptors", "own"):
            before, after = getattr(self, name), getattr(later, name)
            if before != after:
                found.append("%s: %s, then %s" % (name, before, after))
        found += ["application %d: %d bytes, then %d" % (number, *pair)
                  for number, pair in enumerate(
                      zip(self.allocated, later.allocated))
                  if pair[1] > pair[0]]
        return found


class Round:
    """Every application goes through all of its kinds once, side by side."""

    def __init__(self, applications, seed):
        self.logins, self.errors = 0, []
        self._lock = threading.Lock()
        threads = [threading.Thread(target=self._run, args=(one, seed))
                   for one in applications]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run(self, application, seed):
        kinds = application.kinds()
        random.Random(seed * 1000 + application.number).shuffle(kinds)
        for name in kinds:
            try:
                application.login(name)
            except Exception as error:  # pylint: disable=broad-except
                with self._lock:
                    self.errors.append("%s: %r" % (name, error))
                return
            with self._lock:
                self.logins += 1


def settled(applications):
    """The state, once those that were killed are gone with their helpers."""
    for pid in helpers():
        assert wait_end(pid, 30), "helper %d is still there" % pid
    return State(applications)


def soak(idp):
    applications = [Application(number, idp)
                    for number in range(APPLICATIONS)]
    for one in applications:
        for name in one.kinds():
            idp.configure(one, name)
    logins, rounds, first = 0, 0, None
    begun = time.monotonic()
    while logins < LOGINS or rounds < 2:
        done = Round(applications, rounds)
        assert done.errors == [], "\n".join(done.errors)
        logins, rounds = logins + done.logins, rounds + 1
        # the cache is full, and libraries have what they keep
        first = first or settled(applications)
    last = settled(applications)
    failed = [one.number for one in applications if one.end() != 0]
    print("%d logins in %d rounds of %d applications, %.0f s"
          % (logins, rounds, APPLICATIONS, time.monotonic() - begun))
    print("most that one application has grown by since the first round: "
          "%d bytes" % max(after - before for before, after in
                           zip(first.allocated, last.allocated)))
    grown = first.compare(last)
    assert grown == [], "\n".join(grown)
    assert failed == [], "leaks or worse in %s" % failed
    assert logins >= LOGINS


def main():
    world.write("", "/etc/pam.d/other")
    logs = Logs()
    with Hostile(world.public_directory()) as hostile, \
            Provider(world.public_directory(), interval=1) as real, \
            socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))   # and nobody listens
        world.write(hostile.secret(), world.CONFIG_DIR / "soak.secret", 0o600)
        world.write((hostile.tls_dir / "client.key").read_text(),
                    world.CONFIG_DIR / "soak.key", 0o600)
        soak(World(hostile, real,
                   "https://127.0.0.1:%d" % closed.getsockname()[1]))
        violations = [event for event in hostile.events()
                      if event["event"] == "violation"
                      and event["rule"] not in BEGINNINGS]
        assert violations == [], violations[:5]
        assert (hostile.errors(), real.errors()) == ("", "")
    logs.close()


if __name__ == "__main__":
    main()
