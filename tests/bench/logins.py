#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whole logins through libpam against the real provider, measured.

Runs inside tests/hosts/enter; prints lines "NAME VALUE UNIT", NAME.oidc_child
for SSSD's where it is there, and NAME.bound for the least it could be. Rounds
alternate between them. Times are the client's own (tests/pam/client), medians.
"""

import contextlib
import pathlib
import random
import resource
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hosts"), str(HERE.parent / "idp")]

import world                            # noqa: E402
from contestants import Floor, OidcChild, find, now_ms, start_ms  # noqa: E402
from pam_client import PamClient        # noqa: E402
from processes import helper, helpers, wait_end  # noqa: E402
from provider import Provider           # noqa: E402

SERVICE = "bench"
ROUNDS = 21
STARTS = 61
APPROVALS = 20          # as DESIGN 15 has it
WAITING = 8             # logins that wait at once, for their memory


def configure(idp, style, **options):
    world.configure({
        # whose ID tokens say all that is looked at: no userinfo
        "provider corp": world.corp(
            idp, **dict({"client_id": "linux-fat"}, **options)),
        "prompt": {"style": style, "qr": "utf8"},
        "limits": {"max_pending": "1000"}})


def report(name, value, unit, form="%s"):
    print("%s %s %s" % (name, form % value, unit), flush=True)


def report_medians(name, lists, unit, form):
    """lists: {"": our values, "RIVAL": ...}; those without values are out."""
    for who, values in lists.items():
        if values:
            report(name + (who and "." + who), statistics.median(values),
                   unit, form)


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


class Requests:
    """What a login asked of the provider, by who asked."""

    def __init__(self):
        self.connections, self.extra, self.device_ms = [], [], []

    def count(self, events, ua):
        own = [event for event in events
               if (event["ua"] or "").startswith(ua)]
        self.connections.append(len({event["conn"] for event in own}))
        self.device_ms += [event["ms"] for event in own
                           if event["path"] == "/device/auth"]
        self.extra.append(sum(1 for event in own
                              if event["path"] != "/device/auth"
                              and event["grant"] is None))


@contextlib.contextmanager
def cpu_ms(values):
    """Appends the processor time of all that ended within, and was waited for.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    values.append((after.ru_utime + after.ru_stime
                   - before.ru_utime - before.ru_stime) * 1000)


def start_to_prompt(idp):
    """Start of authentication to the prompt, warm; and what a login asks."""
    times, floors = {"": [], "oidc_child": [], "bound": []}, []
    cpu = {who: [] for who in times}
    ours, rival = Requests(), Requests()
    for _ in range(ROUNDS):
        before = len(idp.events())
        with cpu_ms(cpu[""]), Login() as login:
            link = login.prompt()
            shown_us = login.client.records[-1]["at_us"]
            link.approve(idp, "alice")
            end = login.end()
        times[""].append((shown_us - end["start_us"]) / 1000)
        ours.count(idp.events()[before:], "pam_oauth/")
        with cpu_ms(cpu["bound"]), Floor(idp) as floor:
            times["bound"].append(floor.prompt_ms)
            floors.append(floor.request_ms)
        if OidcChild.PROGRAM is None:
            continue
        before = len(idp.events())
        with cpu_ms(cpu["oidc_child"]), OidcChild(idp) as child:
            times["oidc_child"].append(child.prompt_ms)
            child.link.approve(idp, "alice")
            child.end_ms()
        rival.count(idp.events()[before:], OidcChild.UA)
    # the first may have been cold
    report_medians("prompt_ms", {who: values[1:] for who, values
                                 in times.items()}, "ms", "%.1f")
    report_medians("login_cpu_ms", cpu, "ms", "%.1f")
    report_medians("tls_request_ms", {"bound": floors}, "ms", "%.1f")
    report_medians("provider_device_ms", {"": ours.device_ms}, "ms", "%.1f")
    for who, asked in ("", ours), (".oidc_child", rival):
        if asked.extra:
            report("tls_connections" + who, max(asked.connections[1:]),
                   "connections")
            report("extra_requests" + who, max(asked.extra[1:]), "requests")


def process_start():
    """What a process costs before its first line of code, and at its end."""
    programs = {"": world.HELPER, "oidc_child": OidcChild.PROGRAM,
                "openssl": Floor.PROGRAM, "bound": find("bin/true")}
    times = {who: [] for who in programs}
    for _ in range(STARTS):
        for who, program in programs.items():
            if program is not None:
                times[who].append(start_ms(str(program), "--usage"))
    report_medians("process_start_ms", times, "ms", "%.2f")


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
        times.append((end["at_us"] - end["answered_us"]) / 1000)
    report_medians("enter_to_end_ms", {"": times}, "ms", "%.2f")


def approval_to_end(idp, interval_s):
    """Approvals spread evenly between two polls, in any order."""
    times = {"": [], "oidc_child": []}
    points = [(i + 0.5) / APPROVALS for i in range(APPROVALS)]
    for point in random.sample(points, APPROVALS):
        with Login() as login:
            link = login.prompt()
            # what is measured: approvals at any time between two polls
            time.sleep(point * interval_s)
            link.approve(idp, "alice")
            approved_ms = now_ms()
            times[""].append(login.end()["at_us"] / 1000 - approved_ms)
        if OidcChild.PROGRAM is None:
            continue
        with OidcChild(idp) as child:
            time.sleep(point * interval_s)
            child.link.approve(idp, "alice")
            approved_ms = now_ms()
            times["oidc_child"].append(child.end_ms() - approved_ms)
    times["bound"] = [interval_s * 500]
    report_medians("approval_to_end_ms", times, "ms", "%.0f")


# What we or libssl need of a process, as names of files; libcurl itself too.
OURS = ("pam_oauth_helper", "libcrypto", "libssl", "libcurl", "libc.", "ld-",
        "libjson-c", "libinih", "libseccomp", "libqrencode", "[")


def foreign_kb(pid):
    """Private dirty memory of libraries that come along with libcurl."""
    total, name = 0, ""
    for line in pathlib.Path("/proc/%d/smaps" % pid).read_text().splitlines():
        key, *rest = line.split()
        if not key.endswith(":"):
            name = rest[-1].rpartition("/")[2] if len(rest) > 4 else "["
        elif key == "Private_Dirty:" and not name.startswith(OURS):
            total += int(rest[0])
    return total


def wait_poll(idp):
    idp.wait_event(lambda event: event["grant"] is not None,
                   since=len(idp.events()))


def waiting_logins(idp):
    """Private dirty memory of one more login that waits, by its parts."""
    bare, module, helper_kb, foreign = [], [], [], []
    logins = [Login("pause", "auth") for _ in range(WAITING)]
    try:
        for login in logins:
            known = helpers()
            bare.append(private_dirty_kb(login.client.pid))
            login.client.answer()
            assert login.client.code() == "PAM_SUCCESS"
            login.prompt()
            (new,) = helpers() - known
            wait_poll(idp)
            helper_kb.append(private_dirty_kb(new))
            foreign.append(foreign_kb(new))
            module.append(private_dirty_kb(login.client.pid))
    finally:
        for login in logins:
            login.client.__exit__()
    module_kb = statistics.median(module) - statistics.median(bare)
    report("waiting_helper_kb", statistics.median(helper_kb), "kB", "%.0f")
    report("waiting_module_kb", module_kb, "kB", "%.0f")
    report("waiting_foreign_libs_kb", statistics.median(foreign), "kB",
           "%.0f")
    return statistics.median(helper_kb) + module_kb


def waiting_others(idp, contestant):
    """The same of OpenSSL alone with a connection, or of oidc_child."""
    with contextlib.ExitStack() as stack:
        those = [stack.enter_context(contestant(idp)) for _ in range(WAITING)]
        wait_poll(idp)
        return [private_dirty_kb(one.pid) for one in those]


def waiting_memory(idp):
    memory = {"": [waiting_logins(idp)]}
    with Login() as login:      # somebody who polls, for wait_poll
        login.prompt()
        memory["bound"] = waiting_others(idp, Floor)
    if OidcChild.PROGRAM is not None:
        memory["oidc_child"] = waiting_others(idp, OidcChild)
    report_medians("waiting_private_kb", memory, "kB", "%.0f")


def main():
    world.service(SERVICE)
    if OidcChild.PROGRAM is None:
        print("# oidc_child: not installed")
    with Provider(world.public_directory(), interval=1) as idp:
        configure(idp, "info")
        process_start()
        start_to_prompt(idp)
        approval_to_end(idp, 1)
        waiting_memory(idp)
        configure(idp, "enter")
        enter_to_end(idp)


if __name__ == "__main__":
    main()
