# SPDX-License-Identifier: BSD-2-Clause
"""Who else logs in: SSSD's oidc_child, and OpenSSL alone as the bound."""

import os
import pathlib
import re
import subprocess
import time

from terminal import Link
from world import BUILDDIR

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 20
SCOPE = "openid profile email groups"
# where scripts/bootstrap unpacks packages that would change this host
ROOTS = [pathlib.Path("/"), HERE / "rivals"]


def find(pattern):
    """What is installed or unpacked there, or None."""
    for root in ROOTS:
        for path in sorted(root.glob(pattern)):
            return path
    return None


# Those of them that are SSSD's own
LIBRARIES = {"LD_LIBRARY_PATH": ":".join(
    map(str, ROOTS[1].glob("usr/lib/*-linux-gnu*/sssd")))}


def now_ms():
    return time.monotonic() * 1000


class OidcChild:
    """One login with it, as SSSD runs it: a context manager.

    The first process asks for the code, the second polls until the person
    has approved. Its figures are a part of SSSD's: not in them are the
    module, the responder and the back end.
    """

    PROGRAM = find("usr/libexec/sssd/oidc_child")
    UA = "SSSD"

    def __init__(self, idp):
        self._command = [
            str(self.PROGRAM), "--issuer-url=" + idp.issuer,
            "--client-id=linux-fat", "--scope=" + SCOPE,
            "--ca-db=" + str(idp.ca_file), "--logger=stderr",
            "--user-identifier-attribute=sub"]
        start_ms = now_ms()
        shown = self._spawn("--get-device-code").communicate(
            timeout=TIMEOUT)[0]
        self.prompt_ms = now_ms() - start_ms
        self._reply, told = shown.decode().split("\n", 1)
        self.link = Link(
            re.search(r'"verification_uri": *"([^"]*)"', told)[1],
            re.search(r'"user_code": *"([^"]*)"', told)[1])
        self._second = self._spawn("--get-access-token")
        self._second.stdin.write(self._reply.encode())
        self._second.stdin.close()

    def _spawn(self, action):
        # it writes a line to stderr for what it thinks of access tokens
        return subprocess.Popen(
            self._command + [action], env=LIBRARIES, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    @property
    def pid(self):
        return self._second.pid

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self._second.poll() is None:
            self._second.kill()
        self._second.wait(TIMEOUT)
        self._second.stdout.close()

    def end_ms(self):
        """When it had said who it is."""
        who = self._second.stdout.read()
        ended_ms = now_ms()
        assert self._second.wait(TIMEOUT) == 0 and who, who
        return ended_ms


class Floor:
    """One request for a code with OpenSSL alone (tests/bench/floor.c)."""

    PROGRAM = BUILDDIR / "tests" / "bench" / "floor"
    UA = "floor"

    def __init__(self, idp):
        start_ms = now_ms()
        self._process = subprocess.Popen(
            [str(self.PROGRAM), "127.0.0.1", str(idp.port),
             str(idp.ca_file), "/device/auth",
             "client_id=linux-fat&scope=" + SCOPE.replace(" ", "+")],
            env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.request_ms = float(self._process.stdout.readline()) / 1000
        self.prompt_ms = now_ms() - start_ms
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._process.communicate(timeout=TIMEOUT)


def start_ms(*command):
    """From spawning a program to the end of it."""
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0)
               for fd in range(3)]
    begun_ms = now_ms()
    pid = os.posix_spawn(command[0], command, LIBRARIES, file_actions=nowhere)
    os.waitpid(pid, 0)
    return now_ms() - begun_ms
