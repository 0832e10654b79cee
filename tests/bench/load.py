#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many logins at once, measured. Runs inside tests/hosts/enter, as logins.py.

The provider is the hostile one without its hostility: it approves by itself,
and reports every poll that is too early.
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
from hostile import Hostile             # noqa: E402
from logins import private_dirty_kb, report  # noqa: E402
from pam_client import PamClient        # noqa: E402
from processes import helpers           # noqa: E402

WAITING = 500           # DESIGN 15
INTERVAL_S = 5
APPROVED_WITHIN_S = 120
# Logins a second. A herd of 500 at once would leave the provider, which has
# the same two cores, too little of them to answer in time.
RATE = 20
RATE_S = 60
STALLED = 50
BESIDE = 21
PATIENCE = 300          # of one login


def configure(idp, client_id, name, **options):
    """A PAM service for one client of the provider; its name."""
    path = world.configure({
        "provider many": {"issuer": idp.issuer_of(client_id),
                          "client_id": client_id, "ca_file": idp.ca_file,
                          **options},
        "prompt": {"style": "info"},
        "limits": {"max_pending": "1000", "max_pending_total": "1000"}},
        world.CONFIG_DIR / (name + ".conf"))
    world.service(name, "config=%s" % path)
    return name


def cpu_s():
    """Of all processes that have been waited for, theirs included.

    The client waits for its helper, and we for the client; the provider still
    runs.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def start(names):
    """A login of each service, 20 a second, whatever becomes of them."""
    begun, clients = time.monotonic(), []
    for i, name in enumerate(names):
        time.sleep(max(0.0, begun + i / RATE - time.monotonic()))
        clients.append(PamClient(name, "alice"))
    return clients


def end(clients):
    """How many were granted."""
    granted = sum(client.code(PATIENCE) == "PAM_SUCCESS"
                  for client in clients)
    for client in clients:
        client.__exit__()
    return granted


def prompt_ms(clients):
    """From the start of the authentication to the link, of each."""
    return sorted((client.records[0]["at_us"] - client.phases[-1]["start_us"])
                  / 1000 for client in clients)


def waiting_at_once(idp):
    """Approved in random order; each has a provider and an empty cache."""
    # the first one when all have begun, and a little later
    first = WAITING // RATE // INTERVAL_S + 1
    approvals = random.choices(
        range(first, first + APPROVED_WITHIN_S // INTERVAL_S), k=WAITING)
    ids = ["interval=%d+approve_after=%d.%d" % (INTERVAL_S, polls, i)
           for i, polls in enumerate(approvals)]
    # the provider has the same two cores: what it is late with is not ours
    names = [configure(idp, client_id, "bench-%d" % i,
                       connect_timeout="30s", request_timeout="30s")
             for i, client_id in enumerate(ids)]
    before_s, begun = cpu_s(), time.monotonic()
    clients = start(names)
    for client in clients:
        client.message(PATIENCE)
    started = time.monotonic()
    helper_kb = []
    for pid in helpers():
        with contextlib.suppress(OSError):      # approved meanwhile
            helper_kb.append(private_dirty_kb(pid))
    granted = end(clients)
    ended = time.monotonic()
    report("concurrent_logins", granted, "logins of %d" % WAITING)
    report("early_polls", sum(len(idp.violations(client_id))
                              for client_id in ids), "violations")
    report("concurrent_waiting", len(helper_kb), "helpers at once")
    report("concurrent_start_s", "%.1f" % (started - begun), "s")
    report("concurrent_all_s", "%.1f" % (ended - begun), "s")
    report("load_cpu_ms_per_login",
           "%.1f" % ((cpu_s() - before_s) * 1000 / WAITING), "ms")
    polls = sum(len(idp.requests(client_id, "token")) for client_id in ids)
    report("load_polls_per_login", "%.1f" % (polls / WAITING), "polls")
    report("load_private_kb_per_login",
           "%.0f" % statistics.median(helper_kb), "kB")
    report("helpers_left", len(helpers()), "processes")


def rate(idp):
    """So many a second, of one provider, with its documents in the cache."""
    name = configure(idp, "plain.rate", "bench-rate")
    with PamClient(name, "alice") as client:
        client.code()
    before_s, begun = cpu_s(), time.monotonic()
    clients = start([name] * (RATE * RATE_S))
    late_s = time.monotonic() - begun - RATE_S
    granted = end(clients)
    times = prompt_ms(clients)
    report("rate_logins", granted, "logins of %d" % len(clients))
    report("rate_late_s", "%.1f" % max(0.0, late_s), "s")
    report("rate_prompt_p50_ms", "%.1f" % statistics.median(times), "ms")
    report("rate_prompt_p99_ms", "%.1f" % times[len(times) * 99 // 100], "ms")
    report("rate_cpu_ms_per_login",
           "%.1f" % ((cpu_s() - before_s) * 1000 / len(clients)), "ms")


def one_after_the_other(name):
    clients = []
    for _ in range(BESIDE):
        with PamClient(name, "alice") as client:
            assert client.code() == "PAM_SUCCESS"
            clients.append(client)
    return clients


def beside_stalled(idp):
    """Logins while others wait for a provider that says nothing."""
    name = configure(idp, "approve_after=0.beside", "bench-beside")
    stalled = configure(idp, "silence=token.stalled", "bench-stalled",
                        request_timeout="60s")
    one_after_the_other(name)       # fills the cache, and warms the provider
    alone = prompt_ms(one_after_the_other(name))
    with contextlib.ExitStack() as stack:
        for _ in range(STALLED):
            client = stack.enter_context(PamClient(stalled, "alice"))
            client.link()
        beside = prompt_ms(one_after_the_other(name))
        report("stalled_waiting", len(helpers()), "helpers")
    report("stall_prompt_without_ms", "%.1f" % statistics.median(alone), "ms")
    report("stall_prompt_ms", "%.1f" % statistics.median(beside), "ms")


FIGURES = {"beside": beside_stalled, "rate": rate, "waiting": waiting_at_once}


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Hostile(world.public_directory()) as idp:
        for figure in sys.argv[1:] or FIGURES:
            FIGURES[figure](idp)


if __name__ == "__main__":
    main()
