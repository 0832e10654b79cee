# SPDX-License-Identifier: BSD-2-Clause
"""Many logins at once: that wait, at a busy provider, beside stalled ones.

All of them run at the same time, each with a client of its own at one hostile
provider, which watches what it does (tests/idp/hostile/conduct.mjs): no poll
is early, Retry-After is kept. tests/bench/load.py has figures of more.
"""

import random
import socket

import pytest

from hostile_logins import Scenario as S
from hostile_logins import ids, logins
from world import many

LIMIT_S = 40            # of a login, in hostile_logins.configure()
# The provider shares the processor with all of them. The stalled ones outlast
# the others, and end before their limit.
PATIENCE = {"connect_timeout": "32s", "request_timeout": "32s"}

# The kernel accepts its connections; nobody answers, not even with TLS.
MUTE = socket.create_server(("127.0.0.1", 0), backlog=64)
MUTE_ISSUER = "https://127.0.0.1:%d/mute" % MUTE.getsockname()[1]


def scenarios(kind, count, flags, *args, **fields):
    """`count` of the same; flags may differ by number."""
    return [S("%s+deadline=%d" % (flags(i) if callable(flags) else flags,
                                  LIMIT_S),
              *args, tag="%s%d" % (kind, i), options=PATIENCE, **fields)
            for i in range(many(count))]


def waiting(count):
    """Approved in random order, between 12 and 22 s after the code."""
    polls = random.Random(7).choices(range(5, 10), k=many(count))
    return [S("interval=2+approve_after=%d+deadline=%d" % (n, LIMIT_S),
              tag="wait%d" % i, seconds=25, options=PATIENCE,
              asked={"metadata": 1, "device": 1, "token": n + 1, "jwks": 1})
            for i, n in enumerate(polls)]


WAITING = waiting(100)

# Half of the polls are answered 429, and half of the device requests.
BUSY = [
    *scenarios("no", 10, "busy", seconds=10,
               asked={"device": 1, "token": 2}),
    *scenarios("short", 10, "busy=2+approve_after=3", seconds=18,
               asked={"device": 1, "token": 4}),
    *scenarios("long", 10, lambda i: "busy=%d" % (8 + i % 4), seconds=13,
               asked={"device": 1, "token": 2}),
    # no poll fits any more: over at once, not at the limit
    *scenarios("never", 5, "busy=60", "http", detail="no further poll",
               asked={"device": 1, "token": 1}),
    # nothing was shown yet: others are asked how to sign in
    *scenarios("device", 30,
               "device_error=temporarily_unavailable+device_status=429",
               "http", asked={"device": 1, "token": 0}),
    # the keys, too, are asked for again when they are needed
    *scenarios("keys", 5, "jwks_error=429+times=1", asked={"jwks": 2}),
]

STALLED = [
    *(stalled for at in ("metadata", "device", "token")
      for flags in ("silence=%s", "drip=%s+drip_ms=1000",
                    "drip_headers=%s+drip_ms=1000")
      for stalled in scenarios("stall", 5, flags % at, "network",
                               seconds=35)),
    *scenarios("mute", 5, "plain", "network", seconds=35,
               issuer=MUTE_ISSUER, asked={"metadata": 0}),
]

BESIDE = scenarios("beside", 20, "plain", asked={
    "metadata": 1, "device": 1, "token": 2, "jwks": 1})

ALL = WAITING + BUSY + STALLED + BESIDE


@pytest.fixture(scope="module")
def outcomes(request, logs):
    with MUTE, logins(request, logs, at_once=len(ALL)) as outcomes:
        yield outcomes


def of(outcomes, group):
    """Theirs, of those that were selected."""
    found = [outcomes[scenario.client_id] for scenario in group
             if scenario.client_id in outcomes]
    if not found:
        pytest.skip("none of them was selected")
    return found


@pytest.mark.parametrize("scenario", WAITING, ids=ids(WAITING))
def test_waiting(outcomes, scenario):
    """All succeed, no poll is early, none is lost and none too many."""
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", BUSY, ids=ids(BUSY))
def test_busy(outcomes, scenario):
    """In the end they succeed, or say at once why they cannot."""
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", STALLED, ids=ids(STALLED))
def test_stalled(outcomes, scenario):
    """The helper ends it in time: else the module would, as a fault."""
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", BESIDE, ids=ids(BESIDE))
def test_beside(outcomes, scenario):
    outcomes[scenario.client_id].check()


def test_they_did_wait_at_once(outcomes):
    ended = of(outcomes, WAITING)
    begun = max(outcome.ended_ms - 1000 * outcome.took for outcome in ended)
    still = [outcome for outcome in ended if outcome.ended_ms > begun]
    assert len(still) > len(ended) / 2


def test_who_is_not_stalled_does_not_wait_for_who_is(outcomes):
    first = min(outcome.ended_ms for outcome in of(outcomes, STALLED))
    late = [outcome.scenario.client_id
            for outcome in of(outcomes, BESIDE)
            if outcome.ended_ms > first]
    assert late == []
