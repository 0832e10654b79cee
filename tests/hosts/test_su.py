# SPDX-License-Identifier: BSD-2-Clause
"""The real su, between two users without privileges."""

import pytest

import world
from terminal import LINK, WAITING, Link, Terminal, as_user

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="su cannot load a module with sanitizers")


@pytest.fixture
def su(standard):
    world.service("su")
    return lambda: Terminal(as_user("alice", "/bin/su", "bob", "-c",
                                    "echo now $(id -un)"))


def test_su_is_approved_by_its_target(su, idp, logs, since):
    with su() as person:
        link = person.see_link()
        person.see(WAITING)
        assert "to use su as bob on " in person.screen
        link.approve(idp, "bob")
        person.see("now bob")
    decision = logs.decision("su", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "bob")


def test_su_is_not_approved_by_the_one_who_asks(su, idp, logs, since):
    with su() as person:
        person.see_link().approve(idp, "alice")
        status, screen = person.see_end()
    assert status != 0 and "now bob" not in screen
    assert "The person who approved may not use this account." in screen
    assert logs.decision("su", since.log)["reason"] == "other-person"


def test_link_is_no_part_of_what_su_writes_into_a_pipe(standard, idp):
    """Nor does it wait there, unseen, until the login is over."""
    world.service("su")
    with Terminal(as_user(
            "alice", "/bin/sh", "-c", "/bin/su bob -c 'echo now $(id -un)'"
            " | sed 's/^/piped: /'")) as person:
        person.see(LINK)
        link = Link(person.match[1], person.match[2])
        person.see(WAITING)
        link.approve(idp, "bob")
        _, screen = person.see_end()
    assert [line for line in screen.split("\r\n")
            if line.startswith("piped:")] == ["piped: now bob"]
