# SPDX-License-Identifier: BSD-2-Clause
"""A person at a terminal: programs on a pty, and what they show."""

import os
import pathlib
import re
import time

import pexpect

from browser import Browser

TIMEOUT = 60            # nothing here is about how long something takes
COLUMNS, ROWS = 80, 50
LINK = r"(https://[!-~]+)\s+code: ([A-Z0-9-]+)\s"
ENTER = r"Press Enter once you have approved: "
AGAIN = r"Not approved yet \(\d+ (?:seconds|minutes) left\)\. " \
        r"Press Enter to check again: "
WAITING = r"Waiting for your approval \(\d+ (?:seconds|minutes) left\)\.\.\."

seen_codes = set()      # for the test that looks for them in the logs


class Link:
    """URL and code as somebody read them off the screen."""

    def __init__(self, url, code):
        self.url, self.code = url, code
        seen_codes.add(code)

    @classmethod
    def find(cls, text):
        match = re.search(LINK, text)
        return cls(match[1], match[2]) if match else None

    @property
    def complete(self):
        """verification_uri_complete, which only the QR code shows."""
        return "%s?user_code=%s" % (self.url, self.code)

    def approve(self, idp, login, password="x"):
        Browser(idp.ca_file).approve_by_code(self.url, self.code, login,
                                             password)

    def deny(self, idp):
        Browser(idp.ca_file).deny(self.complete)


class Terminal(pexpect.spawn):
    """A program on an 80-column terminal; a context manager."""

    def __init__(self, command):
        super().__init__(command[0], command[1:], timeout=TIMEOUT,
                         encoding="utf-8", codec_errors="replace",
                         dimensions=(ROWS, COLUMNS))
        self.delaybeforesend = None
        self.screen = ""        # all there was up to the last expect

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close(force=True)

    def close(self, force=True):
        try:
            super().close(force)
        except pexpect.ExceptionPexpect:
            self.wait()         # killed, but not within pexpect's 0.1 s
            super().close(force)

    def see(self, *patterns, timeout=-1):
        """Wait for one of the patterns; the number of the one that came."""
        which = self.expect(list(patterns), timeout=timeout)
        after = self.after if isinstance(self.after, str) else ""
        self.screen += self.before + after
        return which

    def see_link(self):
        self.see(LINK)
        return Link(self.match[1], self.match[2])

    def see_end(self):
        """Wait until the program has ended; its status, and all it showed."""
        self.see(pexpect.EOF)
        self.close()
        return (self.exitstatus if self.signalstatus is None
                else -self.signalstatus), self.screen

    def press_enter(self):
        self.sendline("")

    def interrupt(self, key="\x03"):
        """Ctrl-C at a prompt, once its program waits for an answer: ssh and
        sudo catch the signal from before they show a prompt, and lose one
        that comes before they read.  Nothing but /proc tells when they do."""
        deadline = time.monotonic() + TIMEOUT
        while self._foreground_state() != "S":
            assert time.monotonic() < deadline, "it never waits"
            time.sleep(0.001)
        self.send(key)

    def _foreground_state(self):
        stat = pathlib.Path("/proc/%d/stat" % os.tcgetpgrp(self.child_fd))
        return stat.read_text().rpartition(")")[2].split()[0]


def as_user(user, *command):
    """The command line that runs `command` as somebody without privileges."""
    return ["/usr/bin/setpriv", "--reuid", user, "--regid", user,
            "--init-groups", "--reset-env"] + list(command)
