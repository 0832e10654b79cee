# SPDX-License-Identifier: BSD-2-Clause
"""What arrives at /dev/log, and waiting for it."""

import os
import re
import socket
import threading
import time

LOG = "/dev/log"
TIMEOUT = 60            # nothing here is about how long something takes
# What each helper of a build with sanitizers says (io/sandbox_calls.c), and no
# test is about.
UNCONFINED = "sandbox: system calls are not restricted in this build"
SANITIZED = os.environ.get("SANITIZED", "") not in ("", "no")
LINE = re.compile(r"<(?P<priority>\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d "
                  r"(?P<tag>[^:\[]+)(\[(?P<pid>\d+)\])?: (?P<text>.*)", re.S)
OURS = re.compile(r"pam_oauth(_[a-z]+)?\((?P<service>[^:]*):(?P<phase>[^)]*)\): "
                  r"(?P<rest>.*)", re.S)
FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?: |$)')
UNESCAPE = re.compile(r"\\(.)")


class Line:
    """One datagram; .fields is a dict if pam_oauth wrote key=value."""

    def __init__(self, data):
        self.raw = data.decode("utf-8", "surrogateescape")
        match = LINE.fullmatch(self.raw)
        self.tag = match["tag"] if match else ""
        self.pid = int(match["pid"] or 0) if match else 0
        self.level = int(match["priority"]) & 7 if match else -1
        self.text = match["text"] if match else self.raw
        ours = OURS.fullmatch(self.text)
        self.service = ours["service"] if ours else None
        self.rest = ours["rest"] if ours else ""
        self.fields = self._fields()

    def _fields(self):
        fields, at = {}, 0
        while at < len(self.rest):
            match = FIELD.match(self.rest, at)
            if match is None or match[1] in fields:
                return {}       # not key=value all through
            value = match[2]
            if value.startswith('"'):
                value = UNESCAPE.sub(r"\1", value[1:-1])
            fields[match[1]] = value
            at = match.end()
        return fields

    @property
    def is_decision(self):
        return self.rest.startswith("result=")

    def __repr__(self):
        return "<%d>%s: %s" % (self.level, self.tag, self.text)


class Logs:
    """A syslog daemon that keeps everything."""

    def __init__(self):
        self._lines, self._changed = [], threading.Condition()
        self._marks, self._closed = 0, False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(LOG)
        os.chmod(LOG, 0o666)
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self):
        while True:
            data = self._socket.recv(65536)
            if data == b"":     # close()
                return
            line = Line(data.rstrip(b"\n\0"))
            if SANITIZED and UNCONFINED in line.text:
                continue
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()

    def close(self):
        self._closed = True
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", LOG)
        self._thread.join(TIMEOUT)
        self._socket.close()
        os.unlink(LOG)

    def mark(self):
        """A place to look for lines from, as `since`.

        Datagrams keep their order: when our own has come, so has all that
        was logged before it, and is in front of the mark.
        """
        with self._changed:
            self._marks += 1
            note, since = "mark %d" % self._marks, len(self._lines)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(note.encode(), LOG)
        self.wait(lambda line: line.raw == note, since)
        with self._changed:
            return len(self._lines)

    def lines(self, since=0):
        """All from there on that was logged before now, read or not."""
        if not self._closed:
            self.mark()
        with self._changed:
            return self._lines[since:]

    def wait(self, predicate, since=0, timeout=TIMEOUT):
        """The first line from `since` on that satisfies predicate."""
        deadline = time.monotonic() + timeout
        seen = since    # each line once: hundreds of threads may wait here
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if predicate(line):
                        return line
                seen = max(seen, len(self._lines))
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("no such line in %s s; there were: %s"
                                       % (timeout, self._lines[since:]))
                self._changed.wait(left)

    def reasons(self, service, since):
        """Those of each decision about `service` since then; None: granted.

        Logins of other services may end meanwhile (conftest.slow).
        """
        return [line.fields.get("reason") for line in self.lines(since)
                if line.is_decision and line.service == service]

    def decision(self, service, since, timeout=TIMEOUT):
        """The fields of the one decision about `service` since then."""
        line = self.wait(lambda line: line.is_decision
                         and line.service == service, since, timeout)
        assert line.fields, line    # key=value, and nothing else
        return line.fields
