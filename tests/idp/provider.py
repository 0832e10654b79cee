# SPDX-License-Identifier: BSD-2-Clause
"""Start and watch the test provider (server.mjs) from Python tests.

    with Provider(tls_dir, interval=1) as idp:
        ... idp.issuer, idp.ca_file, idp.events(), idp.wait_event(...)
"""

import json
import os
import pathlib
import select
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
START_TIMEOUT = 120     # a cold Node on a loaded machine, keys included
STOP_TIMEOUT = 60
MAX_READY_LINE = 4096


class ProviderError(Exception):
    pass


def make_ca(tls_dir):
    """Make tls_dir with a new CA and server certificate in it."""
    done = subprocess.run([str(HERE / "make-ca"), str(tls_dir)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    if done.returncode != 0:
        raise ProviderError("make-ca: " + done.stdout.decode(errors="replace"))


def _wait_readable(fd, deadline):
    """Block until fd is readable or the deadline (monotonic) has passed."""
    poller = select.poll()      # not select(): descriptors beyond 1023
    poller.register(fd, select.POLLIN)
    left = max(0.0, deadline - time.monotonic())
    return bool(poller.poll(left * 1000))


class Provider:
    """One running provider. Use a tls_dir of its own for each.

    The certificates are made if tls_dir has none. idp_dir (or $IDP_DIR) is
    the directory with node_modules; without it, the one of this file.
    interval, code_ttl and port are server.mjs's flags.
    """

    SERVER = HERE / "server.mjs"

    def __init__(self, tls_dir, idp_dir=None, node=None, interval=None,
                 code_ttl=None, port=None):
        self.tls_dir = pathlib.Path(tls_dir).absolute()
        self.idp_dir = idp_dir or os.environ.get("IDP_DIR") or str(HERE)
        self.node = node or os.environ.get("NODE") or "node"
        self.event_log = self.tls_dir / "events.log"
        self.error_log = self.tls_dir / "server.err"
        self._flags = {"--interval": interval, "--code-ttl": code_ttl,
                       "--port": port}
        self._process = self._bell = None
        self._events, self._offset = [], 0
        self.issuer = self.ca_file = self.port = self.pid = None
        self.ready = {}         # all that the server said of itself

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.stop()

    def start(self):
        if not (self.tls_dir / "server.pem").exists():
            make_ca(self.tls_dir)
        command = [self.node, str(self.SERVER),
                   "--tls", str(self.tls_dir),
                   "--event-log", str(self.event_log)]
        for flag, value in self._flags.items():
            if value is not None:
                command += [flag, str(value)]
        self._events, self._offset = [], 0
        self.event_log.write_bytes(b"")
        self._bell, write_end = os.pipe()
        # The flag belongs to the open file, so the server has it too: a bell
        # nobody listens to must not stop it (events.mjs).
        os.set_blocking(write_end, False)
        os.set_blocking(self._bell, False)
        try:
            with open(self.error_log, "wb") as errors:
                self._process = subprocess.Popen(
                    command + ["--event-fd", str(write_end)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=errors, pass_fds=(write_end,),
                    env=dict(os.environ, IDP_DIR=str(self.idp_dir)))
        finally:
            os.close(write_end)
            if self._process is None:
                os.close(self._bell)
                self._bell = None
        try:
            self.ready = ready = self._read_ready()
        except BaseException:
            self.stop()
            raise
        self.issuer, self.port = ready["issuer"], ready["port"]
        self.ca_file, self.pid = ready["ca_file"], ready["pid"]

    def _read_ready(self):
        deadline = time.monotonic() + START_TIMEOUT
        fd = self._process.stdout.fileno()
        line = b""
        while not line.endswith(b"\n") and len(line) < MAX_READY_LINE:
            if not _wait_readable(fd, deadline):
                raise ProviderError("no ready line in %d s" % START_TIMEOUT)
            part = os.read(fd, MAX_READY_LINE)
            if not part:
                raise ProviderError("the provider did not start (npm ci done "
                                    "in %s?): %s" % (self.idp_dir,
                                                     self.errors()))
            line += part
        return json.loads(line)

    def stop(self):
        """End the server by closing its stdin; kill it if that fails."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        os.close(self._bell)
        self._bell = None

    def change(self, login, **changes):
        """What their administrator does to somebody (accounts.mjs)."""
        url = "%s/admin?%s" % (self.issuer, urllib.parse.urlencode(
            dict(changes, login=login)))
        context = ssl.create_default_context(cafile=self.ca_file)
        with urllib.request.urlopen(url, context=context, timeout=60) as done:
            assert done.status == 200

    def answer_all(self):
        """Return when what was sent to the server before has its line."""
        url = self.issuer + "/.well-known/openid-configuration"
        context = ssl.create_default_context(cafile=self.ca_file)
        for _ in range(2):      # the first may be read beside what is answered
            with urllib.request.urlopen(url, context=context,
                                        timeout=60) as done:
                done.read()

    def errors(self):
        """What the server wrote to stderr: nothing, when all is well."""
        return self.error_log.read_text(errors="replace")

    def issued(self, *kinds):
        """Every token and code that was given out, oldest first.

        kinds: access_token, refresh_token, id_token, device_code, user_code,
        code (of an authorization), client_secret, registration_access_token;
        without any, all of them.
        """
        text = (self.tls_dir / "events.log.issued").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        return [line["value"] for line in lines
                if not kinds or line["kind"] in kinds]

    def secret(self, client_id):
        """The secret of a confidential client (new at every start)."""
        return (self.tls_dir / (client_id + ".secret")).read_text()

    def private_key(self, client_id):
        """The private key that a client signs or decrypts with."""
        return (self.tls_dir / (client_id + ".key")).read_text()

    def events(self, since_ms=0):
        """The finished requests that arrived since then, oldest first.

        since_ms: time.monotonic() * 1000. A line is written before its answer
        is sent: what has been answered is here, with no waiting.
        """
        with open(self.event_log, "rb") as log:
            log.seek(self._offset)
            for line in log:
                if not line.endswith(b"\n"):
                    break       # the rest of it is there next time
                self._offset += len(line)
                self._events.append(json.loads(line))
        return [event for event in self._events if event["t"] >= since_ms]

    def wait_event(self, predicate, timeout=60, since=0):
        """The first event from number `since` on that satisfies predicate.

        Blocks on a pipe the server writes to after each event. For "from now
        on", take since=len(idp.events()) before the cause.
        """
        deadline = time.monotonic() + timeout
        seen = since
        while True:
            events = self.events()
            for event in events[seen:]:
                if predicate(event):
                    return event
            seen = max(seen, len(events))
            if (time.monotonic() > deadline
                    or not _wait_readable(self._bell, deadline)):
                raise TimeoutError("no such event in %s s; the last ones: %s"
                                   % (timeout, events[-3:]))
            if not os.read(self._bell, 65536):
                raise ProviderError("the provider is gone: %s" % self.errors())
