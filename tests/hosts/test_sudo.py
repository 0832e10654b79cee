# SPDX-License-Identifier: BSD-2-Clause
"""Approvals for the real sudo."""

import pathlib

import pytest

import world
from processes import helper, helpers, wait_end
from terminal import WAITING, Terminal, as_user

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="sudo cannot load a module with sanitizers")

SUDOERS = """\
Defaults !fqdn, !lecture
alice ALL=(ALL:ALL) ALL
bob ALL=(ALL:ALL) ALL
"""


@pytest.fixture(scope="module", autouse=True)
def sudoers():
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)


@pytest.fixture
def sudo(standard):
    def start(user="alice", *options):
        return Terminal(as_user(user, "/usr/bin/sudo", "-k", *options, "sh",
                                "-c", "echo now $(id -un)"))
    return start


def test_approval_runs_the_command_without_enter(sudo, idp, logs, since):
    with sudo() as person:
        link = person.see_link()    # although sudo passes PAM_SILENT
        person.see(WAITING)
        assert "Sign in with Example SSO to use sudo as alice on " in \
            person.screen
        link.approve(idp, "alice")
        person.see("now root")
        assert person.see_end()[0] == 0
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "alice")


def test_link_does_not_wait_unseen_where_there_is_no_terminal(
        standard, idp, logs, since):
    """As in `ssh host sudo ...`: it is neither in the buffer of the pipe until
    the login is over, nor part of what the command reads or says."""
    with Terminal(["/usr/bin/setsid", "--wait", *as_user(
            "alice", "/bin/sh", "-c", "echo first | /usr/bin/sudo -k cat"
            " | sed 's/^/piped: /'")]) as person:
        link = person.see_link()
        person.see(WAITING)
        link.approve(idp, "alice")
        _, screen = person.see_end()
    assert [line for line in screen.split("\r\n")
            if line.startswith("piped:")] == ["piped: first"]
    assert logs.decision("sudo", since.log)["result"] == "granted"


def test_denied_is_final(sudo, idp, logs, since):
    """Although sudo calls again after PAM_MAXTRIES, passwd_tries times."""
    with sudo() as person:
        person.see_link().deny(idp)
        status, screen = person.see_end()
    assert status == 1
    assert "now root" not in screen
    assert screen.count("The sign-in was declined.") == 1
    assert screen.count("code: ") == 1
    assert "3 incorrect password attempts" in screen
    assert logs.reasons("sudo", since.log) == ["denied"] * 3


def test_denial_is_forgotten_with_the_command(sudo, idp):
    """The memory of a denial lives as long as that sudo."""
    for _ in range(2):
        with sudo() as person:
            person.see_link().deny(idp)
            person.see("The sign-in was declined.")


def test_another_person_may_be_followed_by_the_right_one(sudo, idp):
    with sudo() as person:
        person.see_link().approve(idp, "bob")
        person.see("The person who approved may not use this account.")
        person.see_link().approve(idp, "alice")
        person.see("now root")


def test_rule_for_sudo_only(sudo, idp, logs, since):
    world.configure({"provider corp": world.corp(idp),
                     "service sudo": {"require":
                                      "/groups has linux-admins"}})
    with sudo("bob") as person:
        person.see_link().approve(idp, "bob")
        person.see("You are not allowed to do this here.")
    assert logs.decision("sudo", since.log)["reason"] == "not-allowed"


def test_ctrl_c_ends_the_wait(sudo, idp, logs, since):
    with sudo() as person:
        person.see_link()
        person.see(WAITING)
        pid = helper()
        person.sendintr()
        assert wait_end(pid, 2)
        status, screen = person.see_end()
    assert status != 0 and "now root" not in screen
    assert logs.decision("sudo", since.log)["reason"] == "cancelled"
    assert helpers() == set()


def test_own_configuration_by_argument(sudo, idp, logs, since, tmp_path):
    path = world.configure({"provider other": world.corp(idp, label="Two")},
                           pathlib.Path("/etc/other.conf"))
    world.service("sudo", "config=%s" % path, "provider=other", "debug")
    try:
        with sudo() as person:
            link = person.see_link()
            assert "Sign in with Two to use sudo" in person.screen
            link.approve(idp, "alice")
            person.see("now root")
    finally:
        world.service("sudo")
    assert logs.decision("sudo", since.log)["provider"] == "other"
