# SPDX-License-Identifier: BSD-2-Clause
"""Logins at providers whose TLS and HTTP are broken on purpose.

Each flag of the wire (tests/idp/hostile/flags.mjs) at each endpoint.
"""

import pytest

from hostile_logins import Scenario as S
from hostile_logins import ids, logins, unused_flags

# For a second poll after trouble, and its answer, and for no third.
ROOM = {"limits": {"timeout": "16s"}}
PATIENCE = {"request_timeout": "3s"}    # where there will be no answer
ENDPOINTS = ("metadata", "device", "token", "jwks", "userinfo")

# The reasons it comes to at metadata, device, token, jwks and userinfo. At
# the token endpoint only the first poll meets it. "." means that alice comes
# in: at once where the answer is good, else (what passes is tried again) with
# a later poll. "-": makes no sense there.
TABLE = """
truncated           network     network     .           network     network
chunk_too_big       network     network     .           network     network
chunk_garbage       network     network     .           network     network
chunk_negative      network     network     .           network     network
chunk_huge          network     network     .           network     network
header_flood        too-large   too-large   too-large   too-large   too-large
header_long         too-large   too-large   too-large   too-large   too-large
drip                network     network     .           network     network
drip_headers        network     network     .           network     network
silence             network     network     .           network     network
endless             too-large   too-large   too-large   too-large   too-large
endless_chunked     too-large   too-large   too-large   too-large   too-large
gzip_bomb           document    document    .           document    claims
redirect            http        document    document    http        http
redirect_file       http        document    document    http        http
reset_handshake     network     network     .           network     network
reset_header        network     network     .           network     network
reset_body          network     network     .           network     network
close_handshake     network     network     .           network     network
storm_100           .           .           .           .           .
storm_103           too-large   too-large   too-large   too-large   too-large
storm_endless       too-large   too-large   too-large   too-large   too-large
switching           network     network     .           network     network
close_announced     .           .           .           .           .
close_silent        .           .           .           .           .
http09              http        http        .           http        http
http2_preface       http        http        .           http        http
nul_header          http        http        .           http        http
two_lengths         document    document    document    document    claims
length_and_chunked  .           .           .           .           .
length_negative     http        http        .           http        http
no_content          http        document    .           http        http
status_garbage      http        http        .           http        http
wrong_type          document    .           .           .           claims
no_type             document    .           .           .           claims
bom                 document    document    .           document    claims
deep_json           document    document    .           document    claims
deep_member         document    document    document    document    claims
not_utf8            document    document    document    document    claims
nul_json            document    document    document    document    claims
duplicate_member    document    document    document    document    claims
too_large           too-large   too-large   too-large   too-large   too-large
empty               document    document    .           document    claims
trailing            document    document    document    document    claims
tls_wrong_host      tls         tls         tls         tls         tls
tls_expired         tls         tls         tls         tls         tls
tls_future          tls         tls         tls         tls         tls
tls_self_signed     tls         tls         tls         tls         tls
tls_11              tls         tls         tls         tls         tls
tls_none            tls         tls         tls         tls         tls
other_port          -           .           .           .           .
plain_http          -           document    document    document    document
"""
# Flags that say where an endpoint is, and not what it answers.
PLACES = ("tls_", "other_port", "plain_http")


def scenario_of(fault, at, reason):
    flags = "%s=%s" % (fault, at)
    seconds = 2
    if at == "token" and not fault.startswith(PLACES):
        flags += "+times=1"
        seconds = 9
    if at == "userinfo":
        flags += "+thin_idt"
    if at in ("jwks", "userinfo"):
        flags += "+approve_after=0"
    options = {}
    if fault.startswith(("drip", "silence", "switching")):
        seconds += 3
        options = PATIENCE
    return S(flags, None if reason == "." else reason, seconds=seconds,
             options=options)


FAULTS = [scenario_of(fault, at, reason)
          for fault, *reasons in map(str.split, TABLE.strip().splitlines())
          for at, reason in zip(ENDPOINTS, reasons) if reason != "-"]

MORE = [
    # the polls never get an answer: the login ends in time and says why
    *(S("%s=token+deadline=16" % fault, reason, sections=ROOM, seconds=8,
        detail="no further poll", options=PATIENCE)
      for fault, reason in (("truncated", "network"), ("drip", "network"),
                            ("silence", "network"), ("http09", "http"),
                            ("reset_body", "network"),
                            ("reset_handshake", "network"),
                            ("empty", "document"))),
    # nowhere is a redirect followed
    *(S("redirect=%s+redirect_status=%d" % (at, status), reason)
      for status in (301, 303, 307, 308)
      for at, reason in (("metadata", "http"), ("device", "document"),
                         ("token", "document"))),
    # a byte a second
    S("drip=device+drip_ms=1000", "network", options=PATIENCE, seconds=4),
    # once more when they are needed, then with success
    S("truncated=jwks+times=1", asked={"jwks": 2}),
    S("silence=jwks+times=1", asked={"jwks": 2}, seconds=6,
      options=PATIENCE),
    # ... which is refresh enough
    S("truncated=jwks+times=1+idt_bad_signature", "signature",
      asked={"jwks": 2}),
    # polls on a new connection each
    S("close_announced=all+approve_after=2", seconds=3),
    # more often than curl would repeat what met a closed connection
    S("close_silent=all+approve_after=6+thin_idt", seconds=8),
    S("close_silent=all+slow_down_every_n=1", seconds=8),
    S("storm_100=all+thin_idt"),
    S("length_and_chunked=all+thin_idt"),
    # what cannot be read is not believed, whatever it grants
    S("truncated=token+approve_after=0", "network", sections=ROOM,
      seconds=8),
    S("wrong_type=token+approve_after=0"),
]


@pytest.fixture(scope="module")
def outcomes(request, logs):
    with logins(request, logs) as outcomes:
        yield outcomes


@pytest.mark.parametrize("scenario", FAULTS, ids=ids(FAULTS))
def test_fault(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", MORE, ids=ids(MORE))
def test_more(outcomes, scenario):
    outcomes[scenario.client_id].check()


def test_every_flag_has_a_scenario(outcomes):
    assert unused_flags(outcomes.idp, "wire", FAULTS + MORE) == set()
