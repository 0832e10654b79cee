# SPDX-License-Identifier: BSD-2-Clause
"""Helpers that run, and waiting until they do not."""

import os
import pathlib
import select
import time

from world import HELPER

COMM = HELPER.name[:15]     # TASK_COMM_LEN
PIECE_S = 0.01


def helpers():
    """Process ids of all pam_oauth_helper that run (zombies do not)."""
    found = set()
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            comm, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue            # gone meanwhile
        if comm.partition("(")[2] == COMM and rest.split()[0] not in "ZX":
            found.add(int(entry.name))
    return found


def wait_child(pid, timeout=60):
    """Wait until our process has started another, or is over and will not;
    /proc alone tells when."""
    deadline = time.monotonic() + timeout
    while (not any(_parent(entry) == pid
                   for entry in pathlib.Path("/proc").iterdir())
           and os.waitid(os.P_PID, pid,
                         os.WEXITED | os.WNOHANG | os.WNOWAIT) is None):
        assert time.monotonic() < deadline, "%d starts none" % pid
        time.sleep(PIECE_S)


def _parent(entry):
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None             # no process, or gone meanwhile


def helper():
    """The one that runs."""
    pids = helpers()
    assert len(pids) == 1, pids
    return pids.pop()


def wait_end(pid, timeout):
    """Whether the process ends (or has ended) within `timeout` seconds.

    They are counted in pieces: where the machine stands still for a while, or
    has no time for us, it had none for the process either.
    """
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return any(select.select([fd], [], [], PIECE_S)[0]
                   for _ in range(round(timeout / PIECE_S)))
    finally:
        os.close(fd)
