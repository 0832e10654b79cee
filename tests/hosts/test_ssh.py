# SPDX-License-Identifier: BSD-2-Clause
"""Logins through the real sshd, from a real ssh on a terminal."""

import os
import signal

import pytest

import world
from processes import helper, helpers, wait_end
from sshd import Sshd
from terminal import AGAIN, ENTER

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="sshd cannot load a module with sanitizers")

POLL = "/token"
DEVICE = "/device/auth"
NOT_YOURS = "The person who approved may not use this account."


def ours(idp, since):
    """The requests that pam_oauth sent since then."""
    return [event for event in idp.events(since.time_ms)
            if (event["ua"] or "").startswith("pam_oauth")]


def paths(idp, since):
    return [event["path"] for event in ours(idp, since)]


@pytest.fixture
def ssh(sshd_server, standard):
    return sshd_server.login


def test_approve_then_enter_gives_a_shell(ssh, idp, logs, since):
    with ssh("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        assert "Sign in with Example SSO to log in as alice on " in \
            person.screen
        link.approve(idp, "alice")
        person.press_enter()
        person.see("hello alice")
        assert person.see_end()[0] == 0
    decision = logs.decision("sshd", since.log)
    assert decision["result"] == "granted"
    assert decision["user"] == "alice"
    assert decision["provider"] == "corp"
    assert decision["issuer"] == idp.issuer
    assert decision["sub"] == "248289761001"
    assert decision["flow"] == "device"
    assert decision["rhost"] == "127.0.0.1"
    assert int(decision["polls"]) == paths(idp, since).count(POLL)
    assert decision["wait"].endswith("s") and decision["id"]
    assert "reason" not in decision


def test_approved_before_enter_needs_no_further_poll(ssh, idp, logs, since):
    with ssh("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        pid = helper()
        link.approve(idp, "alice")
        # The helper has the verdict and is gone before anybody presses Enter.
        assert wait_end(pid, 10)
        before = len(ours(idp, since))
        person.press_enter()
        person.see("hello alice")
        assert len(ours(idp, since)) == before
    events = ours(idp, since)
    assert len({event["conn"] for event in events}) == 1    # one connection
    assert logs.decision("sshd", since.log)["result"] == "granted"


def test_enter_too_early_is_asked_again(ssh, idp, logs, since):
    with ssh("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        person.press_enter()
        person.see(AGAIN)
        person.press_enter()
        person.see(AGAIN)
        link.approve(idp, "alice")
        person.press_enter()
        assert person.see("hello alice", AGAIN) == 0
    assert paths(idp, since).count(DEVICE) == 1
    assert logs.decision("sshd", since.log)["result"] == "granted"


def test_denied_is_final(ssh, idp, logs, since):
    with ssh("alice", attempts=3) as person:
        link = person.see_link()
        person.see(ENTER)
        link.deny(idp)
        person.press_enter()
        status, screen = person.see_end()
    assert status == 255
    assert "hello " not in screen
    assert "The sign-in was declined." in screen
    assert screen.count("code: ") == 1      # no second URL
    assert paths(idp, since).count(DEVICE) == 1
    assert logs.decision("sshd", since.log)["reason"] == "denied"


def test_lapsed_code_is_renewed_once(ssh, idp, logs, since):
    world.configure({"provider corp": world.corp(
        idp, client_id="linux-brief")})
    seen = len(idp.events())
    with ssh("alice") as person:
        first = person.see_link()
        person.see(ENTER)
        idp.wait_event(lambda _: paths(idp, since).count(DEVICE) == 2,
                       since=seen)
        person.press_enter()
        second = person.see_link()
        person.see(ENTER)
        assert "The code has lapsed; here is a new one." in person.screen
        assert second.code != first.code
        second.approve(idp, "alice")
        person.press_enter()
        person.see("hello alice")
    assert paths(idp, since).count(DEVICE) == 2
    assert logs.decision("sshd", since.log)["result"] == "granted"


def test_expired_for_good_is_refused(ssh, idp, logs, since):
    world.configure({"provider corp": world.corp(
        idp, client_id="linux-short")})
    with ssh("alice") as person:
        person.see_link()
        person.see(ENTER)
        assert wait_end(helper(), 20)   # both codes have lapsed
        person.press_enter()
        person.see_link()
        person.see(ENTER)
        person.press_enter()
        assert person.see_end()[0] == 255
    assert paths(idp, since).count(DEVICE) == 2
    assert logs.decision("sshd", since.log)["reason"] == "expired"


def test_login_ends_at_its_deadline(ssh, idp, logs, since):
    world.configure({"provider corp": world.corp(idp),
                     "limits": {"timeout": "10"}})
    with ssh("alice") as person:
        person.see_link()
        person.see(ENTER)
        assert wait_end(helper(), 15)
        person.press_enter()
        assert person.see_end()[0] == 255
    assert logs.decision("sshd", since.log)["reason"] == "expired"


@pytest.mark.parametrize("user,person,reason", [
    ("alice", "bob", "other-person"),
    ("alice", "mallory", "other-person"),   # preferred_username is root
    ("alice", "erin", "claim-unsafe"),      # erin@example.com
    ("alice", "zoe", "claim-unsafe"),       # "zoe\nroot"
    ("bob", "bob", None),                   # and it is not for alice only
])
def test_only_the_owner_gets_in(ssh, idp, logs, since, user, person, reason):
    with ssh(user) as terminal:
        link = terminal.see_link()
        terminal.see(ENTER)
        link.approve(idp, person)
        terminal.press_enter()
        status, screen = terminal.see_end()
    decision = logs.decision("sshd", since.log)
    assert decision["user"] == user
    assert decision.get("reason") == reason
    assert (status, "hello " in screen) == ((0, True) if reason is None
                                            else (255, False))
    assert (NOT_YOURS in screen) == (reason is not None)


@pytest.mark.parametrize("user,allowed", [
    ("alice", True), ("bob", False), ("carol", False), ("dave", False)])
def test_group_is_required(ssh, idp, logs, since, user, allowed):
    world.configure({"provider corp": world.corp(idp),
                     "access": {"require": "/groups has linux-admins"}})
    with ssh(user) as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, user)
        person.press_enter()
        status, screen = person.see_end()
    decision = logs.decision("sshd", since.log)
    assert ("hello " + user in screen) == allowed
    assert status == (0 if allowed else 255)
    assert decision.get("reason") == (None if allowed else "not-allowed")
    assert ("You are not allowed to do this here." in screen) != allowed


@pytest.mark.parametrize("user,reason", [
    ("nosuchuser", "account-unknown"),
    ("root", "account-root"),
    ("lowuid", "account-uid"),
])
def test_wrong_account_costs_the_provider_nothing(ssh, idp, logs, since, user,
                                                  reason):
    with ssh(user) as person:
        status, screen = person.see_end()
    assert status == 255
    assert "https://" not in screen
    assert "This account cannot sign in here." in screen
    decision = logs.decision("sshd", since.log)
    assert (decision["user"], decision["reason"]) == (user, reason)
    assert helpers() == set()
    assert paths(idp, since) == []


def test_provider_that_is_down_is_a_refusal(ssh, idp, logs, since):
    world.configure({"provider corp": world.corp(
        idp, issuer="https://127.0.0.1:1")})     # tcpmux: nobody has it
    with ssh("alice") as person:
        status, screen = person.see_end()
    assert status == 255
    assert "https://" not in screen
    assert "The sign-in service cannot be reached." in screen
    assert logs.decision("sshd", since.log)["reason"] == "network"


def test_killed_helper_is_a_refusal(ssh, idp, logs, since):
    with ssh("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        os.kill(helper(), signal.SIGKILL)
        link.approve(idp, "alice")
        person.press_enter()
        assert person.see("hello alice", r"Permission denied") == 1
    assert logs.decision("sshd", since.log)["reason"] == "helper"


def test_client_that_leaves_ends_the_helper(ssh, idp, since):
    with ssh("alice") as person:
        person.see_link()
        person.see(ENTER)
        pid = helper()
    assert wait_end(pid, 1)
    idp.answer_all()        # a poll may be on its way still
    quiet = len(idp.events())
    with pytest.raises(TimeoutError):   # longer than the interval
        idp.wait_event(lambda event: event["path"] == POLL, timeout=2,
                       since=quiet)


def test_q_gives_up(ssh, idp, logs, since):
    with ssh("alice", attempts=3) as person:
        person.see_link()
        person.see(ENTER)
        person.sendline("q")
        status, screen = person.see_end()
    assert status == 255
    assert screen.count("code: ") == 1
    assert logs.decision("sshd", since.log)["reason"] == "cancelled"
    assert helpers() == set()


def test_two_logins_at_once_do_not_mix(ssh, idp):
    with ssh("alice") as alice, ssh("bob") as bob:
        alices, bobs = alice.see_link(), bob.see_link()
        alice.see(ENTER)
        bob.see(ENTER)
        assert alices.code != bobs.code
        bobs.approve(idp, "bob")
        bob.press_enter()
        bob.see("hello bob")
        alice.press_enter()
        alice.see(AGAIN)        # bob's approval is not hers
        alices.approve(idp, "alice")
        alice.press_enter()
        alice.see("hello alice")


def test_two_logins_approved_crosswise_are_both_refused(ssh, idp, logs, since):
    with ssh("alice") as alice, ssh("bob") as bob:
        alices, bobs = alice.see_link(), bob.see_link()
        alice.see(ENTER)
        bob.see(ENTER)
        alices.approve(idp, "bob")
        bobs.approve(idp, "alice")
        for person in (alice, bob):
            person.press_enter()
            assert person.see_end()[0] == 255
    for user in ("alice", "bob"):
        line = logs.wait(lambda line: line.is_decision
                         and line.fields["user"] == user, since.log)
        assert line.fields["reason"] == "other-person"


def test_confidential_client(ssh, idp, logs, since):
    world.configure({"provider corp": world.corp(
        idp, client_id="linux-basic",
        client_secret_file=world.secret(idp, "linux-basic"))})
    with ssh("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        person.see("hello alice")
    assert logs.decision("sshd", since.log)["result"] == "granted"


def test_key_and_sign_in_are_both_needed(logs, idp, standard, since):
    world.service("sshd")
    with Sshd(logs, "PubkeyAuthentication yes",
              "AuthenticationMethods publickey,keyboard-interactive") as sshd:
        key = sshd.client_key()
        world.write(key.with_suffix(".pub").read_text(),
                    "/home/carol/.ssh/authorized_keys")
        with sshd.login("carol") as person:     # no key: not even asked
            status, screen = person.see_end()
            assert status == 255 and "https://" not in screen
        assert paths(idp, since) == []
        with sshd.login("carol",
                        options=["IdentityFile=%s" % key]) as person:
            link = person.see_link()
            person.see(ENTER)
            link.approve(idp, "carol")
            person.press_enter()
            person.see("hello carol")
    assert logs.decision("sshd", since.log)["result"] == "granted"
