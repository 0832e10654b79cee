# SPDX-License-Identifier: BSD-2-Clause
"""Signing in before anybody is named: the real login, and greeters."""

import pathlib

import pytest

import world
from processes import helper, helpers, wait_end
from terminal import LINK, WAITING, Link, Terminal

DEVICE = "/device/auth"
EXAMPLE = world.SRCDIR / "pam.d-examples" / "kiosk"
EXAMPLES_TTYS = "tty1:/dev/tty1"     # which its readers replace, too

needs_login = pytest.mark.skipif(
    world.SANITIZED, reason="login cannot load a module with sanitizers")


def requests(idp, since):
    """How many codes we asked for: each costs the provider one."""
    return [event["path"] for event in idp.events(since.time_ms)
            if (event["ua"] or "").startswith("pam_oauth")].count(DEVICE)


@pytest.fixture
def kiosk(idp):
    def configure(sections=None, service="login", **options):
        world.configure(dict({"provider corp": world.corp(idp), "service " +
                              service: dict({"kiosk": "yes"}, **options)},
                             **(sections or {})))
    configure()
    return configure


@pytest.fixture
def login(kiosk):
    """The real login on a terminal, with the example's file as it is."""
    text = world.install_example(EXAMPLE, "login").read_text()
    assert EXAMPLES_TTYS in text
    world.write(text.replace(EXAMPLES_TTYS, ":".join(
        "/dev/pts/%d" % number for number in range(64))),
        world.PAM_D / "login")

    def start(*arguments):
        return Terminal(["/bin/login", *arguments])
    return start


@needs_login
def test_link_comes_before_any_name(login, idp, logs, since):
    with login() as person:
        link = person.see_link()
        person.see(WAITING)
        assert "Sign in with Example SSO to log in on " in person.screen
        assert "login:" not in person.screen
        link.approve(idp, "bob")
        person.see(r"\$ ")
        person.sendline("echo I am $(id -un) $USER $LOGNAME in $HOME")
        person.see("I am bob bob bob in /home/bob")
        assert "login:" not in person.screen
    decision = logs.decision("login", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "bob")
    assert decision["sub"] == "591007342118"
    assert "person" not in decision
