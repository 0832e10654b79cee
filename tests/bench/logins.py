#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whole logins through libpam against the real provider, measured.

Runs inside tests/hosts/enter; prints lines "NAME VALUE UNIT". Times are the
client's own (tests/pam/client), medians.
"""

import json
import pathlib
import random
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hosts"), str(HERE.parent / "idp")]

import world                            # noqa: E402
from pam_client import PamClient        # noqa: E402
from processes import helper, helpers, wait_end  # noqa: E402
from provider import Provider           # noqa: E402

SERVICE = "bench"
ROUNDS = 21
APPROVALS = 20          # as DESIGN 15 has it
WAITING = 8             # logins that wait at once, for their memory


def configure(idp, style, **options):
    world.configure({
        # whose ID tokens say all that is looked at: no userinfo
        "provider corp": world.corp(
            idp, **dict({"client_id": "linux-fat"}, **options)),
        "prompt": {"style": style, "qr": "utf8"},
        "limits": {"max_pending": "1000"}})


def median_ms(values_us):
    return statistics.median(values_us) / 1000


def report(name, value, unit):
    print("%s %s %s" % (name, value, unit), flush=True)


def private_dirty_kb(pid):
    text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
    return int(text.split("Private_Dirty:")[1].split()[0])


class Login:
    """One login of alice's; what the client printed, parsed."""

    def __init__(self, *phases):
        self.client = PamClient(SERVICE, "alice", *phases)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.client.__exit__(*exc)

    def prompt(self):
        return self.client.link()

    def end(self):
        assert self.client.code() == "PAM_SUCCESS", self.client.messages
        return self.client.phases[-1]


def start_to_prompt(idp):
    """Start of authentication to the prompt, warm; and what a login asks."""
    times, connections, extra = [], [], []
    for _ in range(ROUNDS):
        before = len(idp.events())
        with Login() as login:
            link = login.prompt()
            shown_us = login.client.records[-1]["at_us"]
            link.approve(idp, "alice")
            end = login.end()
        times.append(shown_us - end["start_us"])
        ours = [event for event in idp.events()[before:]
                if (event["ua"] or "").startswith("pam_oauth/")]
        connections.append(len({event["conn"] for event in ours}))
        extra.append(sum(1 for event in ours
                         if event["path"] != "/device/auth"
                         and event["grant"] is None))
    # the first may have been cold
    report("prompt_ms", "%.1f" % median_ms(times[1:]), "ms")
    report("tls_connections", max(connections[1:]), "connections")
    report("extra_requests", max(extra[1:]), "requests")


def enter_to_end(idp):
    times = []
    for _ in range(ROUNDS):
        with Login() as login:
            link = login.prompt()
            pid = helper()
            link.approve(idp, "alice")
            # it ends with its verdict, which then lies there
            assert wait_end(pid, 10)
            login.client.answer()
            end = login.end()
        times.append(end["at_us"] - end["answered_us"])
    report("enter_to_end_ms", "%.2f" % median_ms(times), "ms")


def approval_to_end(idp, interval_s):
    times = []
    for _ in range(APPROVALS):
        with Login() as login:
            link = login.prompt()
            # what is measured: approvals at any time between two polls
            time.sleep(random.uniform(0, interval_s))
            link.approve(idp, "alice")
            approved_us = time.monotonic() * 1e6
            end = login.end()
        times.append(end["at_us"] - approved_us)
    report("approval_to_end_ms", "%.0f" % median_ms(times), "ms")
    report("approval_to_end_bound_ms", "%.0f" % (interval_s * 500), "ms")


def waiting_memory(idp):
    """Private dirty memory of one more login that waits."""
    bare, waiting, helper_kb = [], [], []
    logins = [Login("pause", "auth") for _ in range(WAITING)]
    try:
        for login in logins:
            known = helpers()
            bare.append(private_dirty_kb(login.client.pid))
            login.client.answer()
            assert login.client.code() == "PAM_SUCCESS"
            login.prompt()
            idp.wait_event(lambda event: event["grant"] is not None,
                           since=len(idp.events()))
            (new,) = helpers() - known
            helper_kb.append(private_dirty_kb(new))
            waiting.append(private_dirty_kb(login.client.pid))
    finally:
        for login in logins:
            login.client.__exit__()
    module_kb = (statistics.median(waiting) - statistics.median(bare))
    report("waiting_helper_kb", "%.0f" % statistics.median(helper_kb), "kB")
    report("waiting_module_kb", "%.0f" % module_kb, "kB")
    report("waiting_private_kb",
           "%.0f" % (statistics.median(helper_kb) + module_kb), "kB")


def main():
    world.service(SERVICE)
    with Provider(world.public_directory(), interval=1) as idp:
        configure(idp, "info")
        start_to_prompt(idp)
        approval_to_end(idp, 1)
        waiting_memory(idp)
        configure(idp, "enter")
        enter_to_end(idp)


if __name__ == "__main__":
    main()
