# SPDX-License-Identifier: BSD-2-Clause
"""CIBA: the approval happens on the person's phone, in the real sudo, sshd."""

import re
import time

import pytest

import world
from phone import Phone
from processes import helper, wait_end
from terminal import AGAIN, ENTER, WAITING, Terminal, as_user

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="sudo and sshd cannot load such a module")

SUDOERS = """\
Defaults !fqdn, !lecture
alice ALL=(ALL:ALL) ALL
bob ALL=(ALL:ALL) ALL
"""
PUSH = r"Approve the request on your phone\.\s+It says: (\S+)\s"
LATE = "The sign-in was not approved in time."


@pytest.fixture(scope="module", autouse=True)
def services(idp):
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)


@pytest.fixture
def phone(idp):
    return Phone(idp)


def configure(idp, client="linux-ciba", access=(), limits=(), prompt=(),
              **provider):
    world.configure({
        "provider corp": world.corp(
            idp, client_id=client, **{
                "client_secret_file": world.secret(idp, client), **provider}),
        "access": {"flow": "ciba", **dict(access)},
        "limits": dict(limits), "prompt": dict(prompt)})


def sudo(user="alice", *command):
    return Terminal(as_user(user, "/usr/bin/sudo", "-k",
                            *(command or ("id", "-un"))))


def see_push(person):
    """What the phone should show."""
    person.see(PUSH)
    return person.match[1]


def test_sudo_is_approved_on_the_phone(idp, logs, since, phone):
    configure(idp)
    with sudo() as person:
        message = see_push(person)
        person.see(WAITING)
        assert "Sign in with Example SSO to use sudo as alice on " in \
            person.screen
        assert "http" not in person.screen
        request = phone.wait(message)
        assert request["login"] == "alice"
        assert re.fullmatch(r"\S+_sudo_-k_id_-un#[2-9A-Z]{4}", message)
        phone.approve(request)
        person.see("root")
        assert person.see_end()[0] == 0
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["flow"]) == ("granted", "ciba")
