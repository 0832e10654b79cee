# SPDX-License-Identifier: BSD-2-Clause
"""CIBA: the approval happens on the person's phone, in the real sudo, sshd."""

import re
import socket
import subprocess
import time

import pexpect
import pytest

import world
from hostile import Hostile
from phone import Phone
from processes import helper, wait_end
from terminal import AGAIN, ENTER, WAITING, Terminal, as_user

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="sudo and sshd cannot load such a module")

SUDOERS = """\
Defaults !fqdn, !lecture
alice ALL=(ALL:ALL) ALL
dave ALL=(ALL:ALL) ALL
nobodys ALL=(ALL:ALL) ALL
"""
PUSH = r"Approve the request on your phone\.\s+It says: (\S+)\s"
LATE = "The sign-in was not approved in time."
PUSH_MAX = 50           # PO_CIBA_BINDING_MAX
HOST = socket.gethostname()


@pytest.fixture(scope="module", autouse=True)
def services():
    """nobodys is an account of this host that the provider has not got."""
    subprocess.run(["useradd", "--create-home", "nobodys"], check=True,
                   timeout=60)
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)


@pytest.fixture
def phone(idp):
    return Phone(idp)


def configure(idp, client="linux-ciba", access=(), limits=(), prompt=(),
              **provider):
    world.configure({
        "provider corp": world.corp(
            idp, client_id=client,
            client_secret_file=world.secret(idp, client), **provider),
        "access": dict({"flow": "ciba"}, **dict(access)),
        "limits": dict(limits), "prompt": dict(prompt)})


def pushes(idp, since):
    """The requests that may have made a phone ring."""
    return [event for event in idp.events(since.time_ms)
            if event["path"] == "/backchannel"]


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
        assert re.fullmatch(r"[\w.+-]+_sudo_-k_id_-un#[2-9A-Z]{4}", message)
        # the login's time: the provider need not ring for longer
        assert 290 <= int(request["expiry"]) <= 300
        phone.approve(request)
        person.see("root")
        assert person.see_end()[0] == 0
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["user"], decision["flow"]) == \
        ("granted", "alice", "ciba")


def test_denied_is_final(idp, logs, since, phone):
    configure(idp)
    with sudo() as person:
        phone.deny(phone.wait(see_push(person)))
        status, screen = person.see_end()
    assert status == 1 and screen.count("The sign-in was declined.") == 1
    assert screen.count("on your phone") == 1
    assert logs.reasons("sudo", since.log) == ["denied"] * 3
    assert len(pushes(idp, since)) == 1


def test_failed_on_the_phone(idp, logs, since, phone):
    configure(idp)
    with sudo() as person:
        phone.fail(phone.wait(see_push(person)))
        person.see("The sign-in service cannot be reached.")
        person.sendintr()
    assert logs.reasons("sudo", since.log)[0] == "http"


@pytest.mark.parametrize("user, client, reason", [
    ("alice", "linux-ciba-short", "unanswered"),    # lives 3 s
    ("alice", "linux-ciba", "unanswered"),
    ("nobodys", "linux-ciba", "not-asked")])
def test_nobody_answers_is_one_push_and_looks_the_same(
        idp, logs, since, user, client, reason):
    """Although sudo would begin anew, passwd_tries times."""
    configure(idp, client, limits={"timeout": 10})
    began = time.monotonic()
    with sudo(user) as person:
        see_push(person)
        person.see(LATE)
        took = time.monotonic() - began
        status, screen = person.see_end()
    assert status == 1 and screen.count(LATE) == 1
    shown = re.sub(r"#\w+", "#", screen).replace(user, "alice")
    assert re.sub(r"\(\d seconds", "(10 seconds", shown).splitlines() == [
        "Sign in with Example SSO to use sudo as alice on %s:" % HOST, "",
        "    Approve the request on your phone.",
        "    It says: %s_sudo_-k_id_-un#" % HOST, "",
        "Waiting for your approval (10 seconds left)...", LATE,
        "Sorry, try again.", "Sorry, try again.",
        "sudo: 3 incorrect password attempts"], screen
    assert 9.5 < took, took
    # the module would have ended it five seconds later
    wait = logs.decision("sudo", since.log)["wait"]
    assert float(wait.rstrip("s")) < 15, wait
    assert logs.reasons("sudo", since.log) == [reason, "denied", "denied"]
    assert len(pushes(idp, since)) == 1


def test_another_persons_approval_is_worth_nothing(idp, logs, since, phone):
    """login_hint says whose phone rings, not who it is that comes in."""
    configure(idp, login_hint="bob")
    with sudo() as person:
        request = phone.wait(see_push(person))
        assert request["login"] == "bob"
        phone.approve(request)
        person.see("The person who approved may not use this account.")
        person.sendintr()
    assert logs.reasons("sudo", since.log)[0] == "other-person"


@pytest.mark.parametrize("hint", [
    "{user}@example.com",
    '{"format":"iss_sub","iss":"%s","sub":"248289761001"}'])
def test_hints(idp, logs, since, phone, hint):
    configure(idp, login_hint=hint.replace("%s", idp.issuer))
    with sudo() as person:
        phone.approve(phone.wait(see_push(person)))
        person.see("root")


def test_ctrl_c_ends_the_wait(idp, logs, since):
    configure(idp)
    with sudo() as person:
        see_push(person)
        person.see(WAITING)
        pid = helper()
        person.sendintr()
        assert wait_end(pid, 2)
        assert person.see_end()[0] != 0
    assert logs.decision("sudo", since.log)["reason"] == "cancelled"


def test_ctrl_c_while_nobody_was_asked(idp, logs, since):
    """As quick; and the log knows why nobody's phone rang."""
    configure(idp)
    with sudo("nobodys") as person:
        see_push(person)
        logs.wait(lambda line: "unknown_user_id" in line.text, since.log)
        pid = helper()
        person.sendintr()
        assert wait_end(pid, 2)
        person.see_end()
    assert logs.decision("sudo", since.log)["reason"] == "cancelled"


def test_second_push_for_an_account_has_to_wait(idp, logs, since, phone):
    configure(idp)
    with sudo() as first:
        message = see_push(first)
        with sudo() as second:
            second.see("Too many sign-ins are waiting for approval.")
            assert "phone" not in second.see_end()[1]
        phone.approve(phone.wait(message))
        first.see("root")
    assert len(pushes(idp, since)) == 1


def test_command_cannot_pass_for_something_else(idp, phone):
    """Control characters, a code of its own, a direction override."""
    configure(idp)
    with sudo("alice", "sh", "-c", "echo now $(id -un)", "x\n#2222",
              "\u202e\x1b[2J", "very long" * 20) as person:
        message = see_push(person)
        code = message[-4:]
        assert message == ("%s_sudo_-k_sh_-c_echo_now_id_-un_x_2222_2J_very_"
                           "long" % HOST)[:PUSH_MAX - 7] + "..#" + code
        assert len(message) == PUSH_MAX
        phone.approve(phone.wait(message))
        person.see("now root")


def test_message_of_the_administrators(idp, phone):
    configure(idp, prompt={"binding_message": "{service}.{user}-{code}"})
    with sudo() as person:
        message = see_push(person)
        assert re.fullmatch(r"sudo\.alice-[2-9A-Z]{4}", message)
        phone.approve(phone.wait(message))
        person.see("root")


def test_no_message(idp, phone):
    configure(idp, prompt={"binding_message": "off"})
    with sudo() as person:
        person.see("Approve the request on your phone.")
        person.see(WAITING)
        assert "It says" not in person.screen
        phone.approve(phone.wait(None))
        person.see("root")


@pytest.mark.parametrize("option, where", [
    ("login_hint", "provider"), ("binding_message", "prompt")])
def test_unknown_word_of_a_template(idp, logs, since, option, where):
    bad = {option: "{nobody}"}
    configure(idp, **(bad if where == "provider" else {"prompt": bad}))
    with sudo() as person:
        person.see("Sign-in is not set up correctly on this host.")
    decision = logs.decision("sudo", since.log)
    assert decision["reason"] == "config"
    assert re.search(r"pam_oauth.conf:\d+: %s: there is no \{nobody\} here"
                     % option, decision["detail"])


def test_acr_and_age_are_asked_for_and_proved(idp, phone):
    configure(idp, access={"acr_values": "mfa", "max_age": "15m"})
    with sudo() as person:
        request = phone.wait(see_push(person))
        assert request["acr_values"] == "mfa"
        phone.approve(request)
        person.see("root")


@pytest.fixture(scope="module")
def without():
    """A provider without CIBA, where nobody has to approve."""
    with Hostile(world.public_directory()) as provider:
        yield provider


def at(provider, flow):
    world.configure({
        "provider other": {"issuer": provider.issuer_of("plain"),
                           "client_id": "plain",
                           "ca_file": provider.ca_file},
        "service sudo": {"flow": flow}})


def test_device_grant_where_the_provider_has_no_push(without, logs, since):
    at(without, "ciba device")
    with sudo() as person:
        person.see_link()
        person.see("root")
    assert logs.decision("sudo", since.log)["flow"] == "device"


def test_no_push_and_no_other_way(without, logs, since):
    at(without, "ciba")
    with sudo() as person:
        person.see("Sign-in is not set up correctly on this host.")
        person.sendintr()
    assert "phone" not in person.screen
    assert logs.reasons("sudo", since.log)[0] == "unsupported"


# --- a code of the person's --------------------------------------------------

def test_user_code_is_asked_for_and_not_shown(idp, logs, since, phone):
    configure(idp, user_code="yes")
    with sudo("dave") as person:
        person.see("User code of dave at Example SSO: ")
        assert pushes(idp, since) == []
        person.sendline("4711")
        phone.approve(phone.wait(see_push(person)))
        person.see("root")
        assert "4711" not in person.screen
    assert all("4711" not in line.raw for line in logs.lines(since.log))


def test_a_user_code_at_the_last_moment_opens_no_fallback(idp, logs, since):
    """Whoever types it chooses the moment: what the end of the login cuts short
    is no provider that is down."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(idp, user_code="yes", limits={"timeout": 10},
                  connect_timeout=60, request_timeout=60,
                  backchannel_authentication_endpoint="https://127.0.0.1:%d/"
                  % silent.getsockname()[1])
        with sudo("dave") as person:
            person.see("User code of dave at Example SSO: ")
            person.sendline("4711")
            assert person.see(LATE, "cannot be reached") == 0
            person.see_end()
    assert logs.reasons("sudo", since.log)[0] == "unanswered"


@pytest.mark.parametrize("typed, reason, pushed", [
    ("1234", "not-asked", 1), ("", "cancelled", 0), ("q", "cancelled", 0)])
def test_wrong_user_code_is_not_told(idp, logs, since, typed, reason, pushed):
    configure(idp, user_code="yes", limits={"timeout": 10})
    with sudo("dave") as person:
        person.see("User code of dave at Example SSO: ")
        person.sendline(typed)
        person.see(LATE if pushed else "Sign-in cancelled.")
        person.see_end()
    assert logs.reasons("sudo", since.log)[0] == reason
    assert len(pushes(idp, since)) == pushed


# --- sshd --------------------------------------------------------------------

def test_ssh(idp, logs, since, phone, sshd_server):
    configure(idp)
    with sshd_server.login("alice") as person:
        message = see_push(person)
        assert re.fullmatch(r"[\w.+-]+_sshd#[2-9A-Z]{4}", message)
        person.see(ENTER)
        person.press_enter()        # too early
        person.see(AGAIN)
        phone.approve(phone.wait(message))
        person.press_enter()
        person.see("hello alice")
    assert logs.decision("sshd", since.log)["flow"] == "ciba"


def test_ssh_to_whom_nobody_knows_waits_as_long(
        idp, logs, since, sshd_server):
    """An early Enter is answered as if there were polls."""
    configure(idp, limits={"timeout": 12})
    with sshd_server.login("nobodys") as person:
        see_push(person)
        person.see(ENTER)
        person.press_enter()
        person.see(AGAIN)
        person.press_enter()
        while person.see(AGAIN, pexpect.EOF) == 0:
            person.press_enter()
        assert "hello" not in person.screen
    assert logs.reasons("sshd", since.log) == ["not-asked"]
    assert len(pushes(idp, since)) == 1


def test_ssh_denied(idp, logs, since, phone, sshd_server):
    configure(idp)
    with sshd_server.login("alice", attempts=3) as person:
        phone.deny(phone.wait(see_push(person)))
        person.press_enter()
        screen = person.see_end()[1]
    assert "hello" not in screen and screen.count("on your phone") == 1
    assert logs.reasons("sshd", since.log) == ["denied"]
