# SPDX-License-Identifier: BSD-2-Clause
"""Drives tests/pam/client: PAM without a terminal."""

import json
import os
import select
import shutil
import subprocess
import time

from terminal import Link
from world import CLIENT, public_directory

TIMEOUT = 60
# The build may lie where users without privileges cannot go.
COMMAND = shutil.copy(CLIENT, public_directory())


class PamClient:
    """One run of the client; a context manager.

    messages: what it was told so far, as (style, text); phases: what came of
    each phase, as the client reports it; records: all its lines. prefix: a
    command that runs it.  times: how often it runs the phases (--threads).
    """

    def __init__(self, service, user, *phases, options=(), prefix=(),
                 times=1):
        phases = phases or ("auth",)
        self.messages, self.phases, self.records = [], [], []
        self._buffer, self._left = b"", len(phases) * times
        self._process = subprocess.Popen(
            [*prefix, COMMAND, service, user, *options, *phases],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self._left > 0:
            self._process.kill()
        status = self._process.wait(TIMEOUT)
        self._process.stdin.close()
        self._process.stdout.close()
        # LeakSanitizer, where there is one, speaks last
        assert self._left > 0 or status == 0, status

    @property
    def pid(self):
        return self._process.pid

    @property
    def text(self):
        """All that was shown."""
        return "\n".join(text for _, text in self.messages)

    def _read(self, deadline):
        """The next record; None at the end."""
        fd = self._process.stdout.fileno()
        poller = select.poll()      # not select(): descriptors beyond 1023
        poller.register(fd, select.POLLIN)
        while b"\n" not in self._buffer:
            left = max(0.0, deadline - time.monotonic())
            if not poller.poll(left * 1000):
                raise TimeoutError("nothing from the client; so far %s, %s"
                                   % (self.messages, self.phases))
            part = os.read(fd, 65536)
            if not part:
                return None
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        record = json.loads(line.decode("utf-8", "surrogateescape"))
        self.records.append(record)
        if "style" in record:
            self.messages.append((record["style"], record["text"]))
        else:
            self.phases.append(record)
            self._left -= 1
        return record

    def record(self, timeout=TIMEOUT):
        """The next line, whatever it is; None at the end."""
        return self._read(time.monotonic() + timeout)

    def message(self, timeout=TIMEOUT):
        """The next message's (style, text)."""
        record = self.record(timeout)
        assert record is not None and "style" in record, record
        return self.messages[-1]

    def link(self):
        """The link in the next message."""
        link = Link.find(self.message()[1])
        assert link is not None, self.messages
        return link

    def answer(self, text=""):
        self._process.stdin.write(text.encode() + b"\n")

    def hang_up(self):
        """No more answers: the conversation fails."""
        self._process.stdin.close()

    def code(self, timeout=TIMEOUT):
        """The PAM code of the next phase to end."""
        deadline = time.monotonic() + timeout
        while True:
            record = self._read(deadline)
            assert record is not None, "the client died: %s" % self.messages
            if "phase" in record:
                return record["code"]


def authenticate(service, user, *phases, options=(), timeout=TIMEOUT):
    """Run it to its end, with nobody to answer; the PamClient."""
    with PamClient(service, user, *phases, options=options) as client:
        for _ in phases or ("auth",):
            client.code(timeout)
        return client
