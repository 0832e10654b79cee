# SPDX-License-Identifier: BSD-2-Clause
"""One configuration, two services: sudo is stricter than ssh.

Real sshd and real sudo, and each thing that [service sudo] may say another
way: require, acr_values, max_age, style, timeout (test_providers.py has
provider).
"""

import contextlib

import pytest

import world
from browser import Browser
from hostile import Hostile
from processes import helper, helpers, wait_end
from terminal import ENTER, WAITING, Terminal, as_user

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="neither can load a module with sanitizers")

SUDOERS = """\
Defaults !fqdn, !lecture, passwd_tries=1
alice ALL=(ALL:ALL) ALL
bob ALL=(ALL:ALL) ALL
"""
STRONGER = "This needs a stronger sign-in at the provider."
MORE_RECENT = "This needs a more recent sign-in at the provider."
NOT_ALLOWED = "You are not allowed to do this here."


@pytest.fixture(scope="module", autouse=True)
def sudoers():
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)


def sudo(user="alice"):
    return Terminal(as_user(user, "/usr/bin/sudo", "-k", "sh", "-c",
                            "echo now $(id -un)"))


@pytest.fixture
def ssh(sshd_server):
    return sshd_server.login


def configure(idp, sudo, **sections):
    world.configure(dict({"provider corp": world.corp(idp),
                          "service sudo": sudo}, **sections))


def ssh_in(ssh, idp, user="alice"):
    """An ssh login, which must succeed."""
    with ssh(user) as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, user)
        person.press_enter()
        person.see("hello " + user)


def sudo_out(logs, since, reason, sentence, approve, user="alice"):
    """A sudo which must be refused."""
    with sudo(user) as person:
        approve(person.see_link())
        person.see(sentence)
        status, screen = person.see_end()
    assert status == 1 and "now root" not in screen
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["reason"]) == ("refused", reason)
    return decision


def test_require(ssh, idp, logs, since):
    """Lines of [access] hold for both, those of the service are more."""
    configure(idp, {"require": "/groups has linux-admins"},
              access={"require": "/groups has linux-users"})
    ssh_in(ssh, idp, "bob")
    decision = sudo_out(logs, since, "not-allowed", NOT_ALLOWED,
                        lambda link: link.approve(idp, "bob"), "bob")
    assert "linux-admins" in decision["detail"]
    ssh_in(ssh, idp, "alice")
    with sudo() as person:
        person.see_link().approve(idp, "alice")
        person.see("now root")


def test_acr_values(ssh, idp, logs, since):
    """A password will do for ssh; sudo wants two factors."""
    configure(idp, {"acr_values": "mfa"})
    ssh_in(ssh, idp)
    assert "acr" not in logs.decision("sshd", since.log)    # nobody asked
    decision = sudo_out(logs, since, "acr", STRONGER,
                        lambda link: link.approve(idp, "alice", "pwd"))
    assert "acr is \"pwd\", none of \"mfa\"" in decision["detail"]


def test_acr_values_that_are_granted(idp, logs, since):
    configure(idp, {"acr_values": "phr mfa"})
    with sudo() as person:
        person.see_link().approve(idp, "alice", "mfa 123456")
        person.see("now root")
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["acr"]) == ("granted", "mfa")


def test_acr_values_of_a_service_replace_those_of_all(ssh, idp, logs, since):
    configure(idp, {"acr_values": "pwd"}, access={"acr_values": "mfa"})
    with sudo() as person:
        person.see_link().approve(idp, "alice")
        person.see("now root")
    with ssh("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        assert person.see_end()[0] == 255
        assert STRONGER in person.screen
    assert logs.decision("sshd", since.log)["reason"] == "acr"


def test_max_age_is_asked_for_and_proved(idp, logs, since):
    """auth_time is in this provider's tokens only if max_age was asked for."""
    configure(idp, {"max_age": "15m", "flow": "device"})
    with sudo() as person:
        person.see_link().approve(idp, "alice")
        person.see("now root")
    assert logs.decision("sudo", since.log)["result"] == "granted"


def test_max_age_that_the_provider_does_not_keep(ssh, logs, since):
    """It lets somebody approve who signed in an hour ago."""
    with Hostile(world.public_directory()) as provider:
        client_id = "auth_time=3600"
        world.configure({
            "provider old": {"issuer": provider.issuer_of(client_id),
                             "client_id": client_id,
                             # it tells logins apart by that request
                             "cache": "no",
                             "ca_file": provider.ca_file},
            "service sudo": {"max_age": "30m"}})
        with ssh("alice") as person:
            person.see_link()
            person.see(ENTER)
            assert wait_end(helper(), 10)   # nobody has to approve
            person.press_enter()
            person.see("hello alice")
        decision = sudo_out(logs, since, "auth-time", MORE_RECENT,
                            lambda link: None)
        assert "max_age is 1800" in decision["detail"]
        assert provider.violations(client_id) == []


def test_a_browser_that_is_signed_in_is_enough_for_ssh(ssh, idp, logs, since):
    """It approves without a password; with acr_values for sudo, too, if the
    sign-in of before was strong."""
    configure(idp, {"acr_values": "mfa", "max_age": "15m"})
    browser = Browser(idp.ca_file)
    for _ in range(2):
        with ssh("alice") as person:
            link = person.see_link()
            person.see(ENTER)
            browser.approve(link.complete, "alice", "mfa 123456")
            person.press_enter()
            person.see("hello alice")
    with sudo() as person:
        browser.approve(person.see_link().complete, "alice", "no password")
        person.see("now root")
    assert logs.decision("sudo", since.log)["acr"] == "mfa"


def test_style(ssh, idp):
    configure(idp, {"style": "enter"}, prompt={"style": "info"})
    with sudo() as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        person.see("now root")
    configure(idp, {"style": "info"}, prompt={"style": "enter"})
    ssh_in(ssh, idp)
    with sudo() as person:
        link = person.see_link()
        person.see(WAITING)
        assert "Press Enter" not in person.screen
        link.approve(idp, "alice")
        person.see("now root")


def test_timeout(ssh, idp, logs, since):
    """sudo gives up while ssh, which began before it, goes on."""
    configure(idp, {"timeout": "10"}, limits={"timeout": "60"})
    with contextlib.ExitStack() as stack:
        login = stack.enter_context(ssh("alice"))
        link = login.see_link()
        login.see(ENTER)
        with sudo() as person:
            person.see_link()
            person.see(r"\((?:10|\d) seconds left\)")
            person.see("The sign-in was not approved in time.")
            assert person.see_end()[0] == 1
        assert logs.decision("sudo", since.log)["reason"] == "expired"
        assert len(helpers()) == 1
        link.approve(idp, "alice")
        login.press_enter()
        login.see("hello alice")
