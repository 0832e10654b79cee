# SPDX-License-Identifier: BSD-2-Clause
"""The real sshd on a free port of loopback, and its client."""

import socket
import subprocess

from terminal import Terminal
from world import public_directory, write

STOP_TIMEOUT = 60


def _new_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                    "-f", str(path)], check=True, timeout=60)
    return path


def _take_port():
    """A port that nobody else is given while this socket has it; who sets
    SO_REUSEADDR, as sshd does, can listen there nevertheless."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind(("127.0.0.1", 0))
    return own


class Sshd:
    """One sshd with keyboard-interactive only, and `more` lines; some at the
    `end`, as Match has to be."""

    def __init__(self, logs, *more, end=()):
        self.logs, self._place = logs, _take_port()
        self.port = self._place.getsockname()[1]
        self._dir = public_directory()
        host_key = _new_key(self._dir / "host_key")
        self._config = write("\n".join([
            *more,                      # first: sshd keeps the first value
            "Port %d" % self.port,
            "ListenAddress 127.0.0.1",
            "HostKey %s" % host_key,
            "PidFile none",
            "LogLevel VERBOSE",
            "UsePAM yes",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication yes",
            "PubkeyAuthentication no",
            "PermitRootLogin yes",      # so that it is we who refuse
            *end]) + "\n", self._dir / "sshd_config")
        public = (self._dir / "host_key.pub").read_text()
        self._known_hosts = write("[127.0.0.1]:%d %s" % (self.port, public),
                                  self._dir / "known_hosts")

    def __enter__(self):
        command = ["/usr/sbin/sshd", "-f", str(self._config)]
        subprocess.run(command + ["-t"], check=True, timeout=STOP_TIMEOUT)
        since = self.logs.mark()
        self._process = subprocess.Popen(
            command + ["-D"], stdin=subprocess.DEVNULL)
        self.logs.wait(lambda line: line.pid == self._process.pid
                       and line.text.startswith("Server listening"), since)
        self._place.close()
        return self

    def __exit__(self, *exc):
        self._process.terminate()
        self._process.wait(STOP_TIMEOUT)

    def client_key(self):
        """A new key pair; the path of the private half."""
        return _new_key(self._dir / "client_key")

    def login(self, user, command="echo hello $(id -un)", attempts=1,
              options=(), terminal=Terminal):
        """ssh on a terminal; `attempts` is how often it may be refused."""
        arguments = ["-F", "/dev/null", "-p", str(self.port), "-l", user]
        for option in (
                "UserKnownHostsFile=%s" % self._known_hosts,
                "StrictHostKeyChecking=yes",
                "PreferredAuthentications=publickey,keyboard-interactive",
                "IdentitiesOnly=yes", "IdentityFile=none",
                "NumberOfPasswordPrompts=%d" % attempts, *options):
            arguments += ["-o", option]
        return terminal(["/usr/bin/ssh"] + arguments + ["127.0.0.1", command])
