# SPDX-License-Identifier: BSD-2-Clause
"""Questions before and after: whether to sign in, with whom, and who did.

What matters in each: no request reaches a provider before the yes, a no lets
the stack go on, and nothing but a yes confirms.
"""

import re
import time

import pytest

import world
from pam_client import PamClient
from processes import helper, helpers, wait_end
from provider import Provider
from terminal import ENTER, WAITING, Terminal, as_user

SERVICE = "po_ask"
ASK = "Sign in with Example SSO? [Y/n] "
MENU = ("Sign in with:\n  1) Example SSO\n  2) The Lab\n"
        "Number (1-2, or q for none): ")
AGAIN = "That is not an answer.\n"
CONFIRM = "Approved by alice. Continue? [y/N] "
SUDOERS = """\
Defaults !fqdn, !lecture, passwd_tries=1
alice ALL=(ALL:ALL) ALL
dave ALL=(ALL:ALL) ALL
"""
REAL = pytest.mark.skipif(
    world.SANITIZED, reason="neither can load a module with sanitizers")


@pytest.fixture(scope="module")
def lab():
    """Another provider to choose."""
    with Provider(world.public_directory(), interval=1) as provider:
        yield provider
        assert provider.errors() == ""


@pytest.fixture(scope="module", autouse=True)
def services():
    world.service(SERVICE)
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)


def configure(idp, corp_options=None, lab=None, **sections):
    providers = {"provider corp": world.corp(idp, **(corp_options or {}))}
    if lab is not None:
        providers["provider lab"] = world.corp(lab, label="The Lab")
    world.configure(dict(providers, **sections))


def menu(idp, lab, service=SERVICE, **options):
    configure(idp, lab=lab, **{"service " + service:
                               dict({"provider": "corp lab"}, **options)})


def seen_by(provider, since):
    return [event for event in provider.events(since.time_ms)
            if (event["ua"] or "").startswith("pam_oauth")]


def spoken_to(provider, since):
    """Not even a connection."""
    return provider.events(since.time_ms) != []


def sudo(user="alice"):
    return Terminal(as_user(user, "/usr/bin/sudo", "-k", "sh", "-c",
                            "echo now $(id -un)"))


def literal(text):
    return r"\s+".join(re.escape(line) for line in text.split("\n"))


# --- ask ----------------------------------------------------------------------

@pytest.mark.parametrize("answer", ["", "y", "Y", "yes"])
def test_yes_signs_in(idp, logs, since, answer):
    configure(idp, prompt={"ask": "yes"})
    with PamClient(SERVICE, "alice") as client:
        assert client.message() == ("echo-on", ASK)
        assert not spoken_to(idp, since)
        client.answer(answer)
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"


@pytest.mark.parametrize("answers", [
    ["n"], ["No"], ["q"], ["maybe", "n"],
    # a password that a program types at the first prompt, for one
    ["hunter2", "hunter2", "hunter2"]])
def test_no_lets_the_stack_go_on(idp, logs, since, answers):
    configure(idp, prompt={"ask": "yes"})
    with PamClient(SERVICE, "alice") as client:
        for i, answer in enumerate(answers):
            assert client.message() == ("echo-on",
                                        (AGAIN if i else "") + ASK)
            client.answer(answer)
        assert client.code() == "PAM_AUTHINFO_UNAVAIL"
        assert len(client.messages) == len(answers)     # and no last word
    decision = logs.decision(SERVICE, since.log)
    assert (decision["result"], decision["reason"]) == ("refused", "skipped")
    assert decision["provider"] == "corp"
    assert not spoken_to(idp, since)
    assert not [line for line in logs.lines(since.log)
                if "hunter2" in line.raw]


def test_silence_is_not_for_questions(idp):
    configure(idp, prompt={"ask": "yes"})
    with PamClient(SERVICE, "alice", options=["--silent"]) as client:
        assert client.message() == ("echo-on", ASK)
        client.answer("n")
        assert client.code() == "PAM_AUTHINFO_UNAVAIL"


def test_hang_up_at_the_question(idp, logs, since):
    configure(idp, prompt={"ask": "yes"})
    with PamClient(SERVICE, "alice") as client:
        client.message()
        client.hang_up()
        assert client.code() == "PAM_CONV_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "conversation"
    assert helpers() == set() and not spoken_to(idp, since)


def test_question_counts_towards_the_timeout(idp, logs, since):
    """The helper gives up, and a yes that comes later is too late."""
    configure(idp, prompt={"ask": "yes"}, limits={"timeout": "10"})
    with PamClient(SERVICE, "alice") as client:
        client.message()
        pid = helper()
        assert wait_end(pid, 15)
        client.answer("y")
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "expired"
    assert not spoken_to(idp, since)


def test_what_is_left_after_the_question_is_the_login(idp, logs, since):
    """Seconds of thinking are gone from the fifteen."""
    configure(idp, prompt={"ask": "yes"}, limits={"timeout": "15"})
    with PamClient(SERVICE, "alice") as client:
        client.message()
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            client.message(timeout=7)
        client.answer()
        client.link()
        assert client.code() == "PAM_AUTH_ERR"
        assert time.monotonic() - begun < 15 + 6
    assert logs.decision(SERVICE, since.log)["reason"] == "expired"


def test_nobody_is_asked_whose_name_is_still_wanted(idp):
    """In a service that is no kiosk: the name first, then one question."""
    configure(idp, prompt={"ask": "yes"})
    with PamClient(SERVICE, "") as client:
        assert client.message()[0] == "echo-on"
        client.answer("alice")
        assert client.message() == ("echo-on", ASK)
        client.answer("n")
        assert client.code() == "PAM_AUTHINFO_UNAVAIL"


def test_only_where_it_is_configured(idp):
    configure(idp, **{"service " + SERVICE: {"ask": "no"},
                      "prompt": {"ask": "yes"}})
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"


# --- the menu -----------------------------------------------------------------

@pytest.mark.parametrize("answers,chosen", [
    (["1"], "corp"), (["2"], "lab"), (["3", "2"], "lab"),
    (["0", "-1", "1"], "corp")])
def test_menu_chooses(idp, lab, logs, since, answers, chosen):
    menu(idp, lab)
    asked, other = (lab, idp) if chosen == "lab" else (idp, lab)
    with PamClient(SERVICE, "alice") as client:
        for i, answer in enumerate(answers):
            assert client.message() == ("echo-on",
                                        (AGAIN if i else "") + MENU)
            assert not spoken_to(asked, since)
            client.answer(answer)
        client.link().approve(asked, "alice")
        assert client.code() == "PAM_SUCCESS"
    decision = logs.decision(SERVICE, since.log)
    assert (decision["provider"], decision["issuer"]) == (chosen,
                                                          asked.issuer)
    assert seen_by(asked, since) != []
    assert not spoken_to(other, since)


@pytest.mark.parametrize("answers", [["q"], [""], ["3", "corp", "99"]])
def test_none_of_the_menu_lets_the_stack_go_on(idp, lab, logs, since,
                                               answers):
    menu(idp, lab)
    with PamClient(SERVICE, "alice") as client:
        for answer in answers:
            assert client.message()[1].endswith(MENU)
            client.answer(answer)
        assert client.code() == "PAM_AUTHINFO_UNAVAIL"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "skipped" and "provider" not in decision
    assert not spoken_to(idp, since) and not spoken_to(lab, since)


def test_menu_asks_once_for_both(idp, lab):
    """Whoever can say none need not be asked whether."""
    menu(idp, lab, ask="yes")
    with PamClient(SERVICE, "alice") as client:
        assert client.message() == ("echo-on", MENU)
        client.answer("2")
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_SUCCESS"


def test_argument_leaves_no_choice(idp, lab):
    menu(idp, lab, service=SERVICE + "_arg")
    world.service(SERVICE + "_arg", "provider=lab")
    with PamClient(SERVICE + "_arg", "alice") as client:
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_SUCCESS"


def test_secret_of_the_chosen_one_only(idp, lab, logs, since):
    """The other's need not even be there."""
    menu(idp, lab)
    configure(idp, {"client_id": "linux-basic",
                    "client_secret_file": world.CONFIG_DIR / "is-not-there"},
              lab, **{"service " + SERVICE: {"provider": "corp lab"}})
    with PamClient(SERVICE, "alice") as client:
        client.message()
        client.answer("2")
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_SUCCESS"
    again = logs.mark()
    with PamClient(SERVICE, "alice") as client:
        client.message()
        client.answer("1")
        assert client.code() == "PAM_SERVICE_ERR"
    assert logs.decision(SERVICE, again)["reason"] == "secret"


def test_rules_of_the_chosen_one(idp, lab, logs, since):
    configure(idp, {"require": "/groups has nobody-at-all"}, lab,
              **{"service " + SERVICE: {"provider": "lab corp"}})
    with PamClient(SERVICE, "alice") as client:
        assert "1) The Lab\n  2) Example SSO\n" in client.message()[1]
        client.answer("2")
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_PERM_DENIED"


# --- confirm --------------------------------------------------------------------

def approved(client, idp, person="alice"):
    client.link().approve(idp, person)


@pytest.mark.parametrize("answers,code,reason", [
    (["y"], "PAM_SUCCESS", None),
    (["YES"], "PAM_SUCCESS", None),
    (["sure", "y"], "PAM_SUCCESS", None),
    ([""], "PAM_MAXTRIES", "not-confirmed"),    # the default is no
    (["n"], "PAM_MAXTRIES", "not-confirmed"),
    (["1", "ok", "alice"], "PAM_MAXTRIES", "not-confirmed"),
])
def test_confirmation(idp, logs, since, answers, code, reason):
    configure(idp, prompt={"confirm": "yes"})
    with PamClient(SERVICE, "alice", options=["--silent"]) as client:
        approved(client, idp)
        for i, answer in enumerate(answers):
            assert client.message() == ("echo-on",
                                        (AGAIN if i else "") + CONFIRM)
            client.answer(answer)
        assert client.code() == code
    decision = logs.decision(SERVICE, since.log)
    assert decision.get("reason") == reason
    # who it was is known in either case
    assert decision["sub"] == "248289761001"


def test_how_they_signed_in_is_shown(idp, since):
    """This provider says so when it is asked for it."""
    configure(idp, {"acr_values": "mfa"}, prompt={"confirm": "yes"})
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice", "mfa")
        assert client.message()[1].startswith("Approved by alice (mfa")
        client.answer("y")
        assert client.code() == "PAM_SUCCESS"


def test_no_is_remembered_as_a_denial_is(idp, logs, since):
    configure(idp, prompt={"confirm": "yes"})
    with PamClient(SERVICE, "alice", "auth", "auth") as client:
        approved(client, idp)
        client.message()
        client.answer("n")
        assert client.code() == "PAM_MAXTRIES"
        assert client.code() == "PAM_MAXTRIES"
        assert client.messages[-1] == ("error",
                                       "The sign-in was not confirmed.")


def test_another_person_is_refused_before_the_question(idp, logs, since):
    """Phishing with a person who may not use the account anyway."""
    configure(idp, prompt={"confirm": "yes"})
    with PamClient(SERVICE, "alice") as client:
        approved(client, idp, "bob")
        assert client.code() == "PAM_AUTH_ERR"
        assert "Continue?" not in client.text
    assert logs.decision(SERVICE, since.log)["reason"] == "other-person"


def test_phished_approval_is_seen(idp, logs, since):
    """A shared account, and not the one at the terminal has approved."""
    world.write("dave /sub is 591007342118\ndave /sub is 248289761001\n",
                world.CONFIG_DIR / "shared")
    configure(idp, prompt={"confirm": "yes"},
              account={"map_file": world.CONFIG_DIR / "shared"})
    with PamClient(SERVICE, "dave") as client:
        approved(client, idp, "bob")
        assert client.message()[1].startswith("Approved by bob. ")
        client.answer("n")
        assert client.code() == "PAM_MAXTRIES"
    assert logs.decision(SERVICE, since.log)["reason"] == "not-confirmed"


def test_names_of_the_provider_are_made_printable(idp, since):
    """zoe's has a line feed in it: it may use one line, and no ESC."""
    world.write("dave /sub is 482730956613\n", world.CONFIG_DIR / "shared")
    configure(idp, prompt={"confirm": "yes"},
              account={"map_file": world.CONFIG_DIR / "shared"},
              **{"service " + SERVICE: {"username": "/name"}})
    with PamClient(SERVICE, "dave") as client:
        approved(client, idp, "zoe")
        text = client.message()[1]
        assert text.startswith("Approved by Zoe \ufffd[2J\ufffd]0;owned"
                               "\ufffd\ufffdresult=granted\ufffdtoor")
        assert "\n" not in text and "\x1b" not in text
        client.answer("y")
        assert client.code() == "PAM_SUCCESS"


def test_nothing_is_bound_that_was_not_confirmed(idp, since):
    configure(idp, prompt={"confirm": "yes"}, account={"bind": "first_use"})
    record = world.STATEDIR / "bindings" / "carol"
    record.unlink(missing_ok=True)
    for answer, code in (("n", "PAM_MAXTRIES"), ("y", "PAM_SUCCESS")):
        with PamClient(SERVICE, "carol") as client:
            approved(client, idp, "carol")
            client.message()
            assert not record.exists()
            client.answer(answer)
            assert client.code() == code
        assert record.exists() == (answer == "y")
    record.unlink()


def test_yes_after_the_deadline_is_too_late(idp, logs, since):
    configure(idp, prompt={"confirm": "yes"}, limits={"timeout": "10"})
    with PamClient(SERVICE, "alice") as client:
        approved(client, idp)
        client.message()
        with pytest.raises(TimeoutError):
            client.message(timeout=10.5)
        client.answer("y")
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "expired"


def test_hang_up_at_the_confirmation(idp, logs, since):
    configure(idp, prompt={"confirm": "yes"})
    with PamClient(SERVICE, "alice") as client:
        approved(client, idp)
        client.message()
        client.hang_up()
        assert client.code() == "PAM_CONV_ERR"
    assert logs.decision(SERVICE, since.log)["result"] == "refused"


def test_kiosk_asks_and_confirms(idp, logs, since):
    configure(idp, prompt={"ask": "yes", "confirm": "yes"},
              **{"service " + SERVICE: {"kiosk": "yes"}})
    with PamClient(SERVICE, "") as client:
        assert client.message() == ("echo-on", ASK)
        client.answer()
        approved(client, idp)
        assert client.message()[1].startswith("Approved by alice")
        client.answer("y")
        assert client.code() == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["user"] == "alice"


# --- sudo ---------------------------------------------------------------------

@REAL
@pytest.mark.parametrize("answer,status", [("y", 0), ("", 1), ("n", 1)])
def test_sudo_confirms(idp, logs, since, answer, status):
    configure(idp, **{"service sudo": {"ask": "yes", "confirm": "yes"}})
    with sudo() as person:
        person.see(literal(ASK))
        assert not spoken_to(idp, since)
        person.sendline("y")
        link = person.see_link()
        person.see(WAITING)
        link.approve(idp, "alice")
        person.see(literal(CONFIRM))
        assert "now root" not in person.screen
        person.sendline(answer)
        ended, screen = person.see_end()
    assert ended == status
    assert ("now root" in screen) == (status == 0)
    assert ("The sign-in was not confirmed." in screen) == (status != 0)
    assert logs.reasons("sudo", since.log) == [
        None if status == 0 else "not-confirmed"]


@REAL
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_sudo_interrupted_at_the_question(idp, logs, since, key):
    configure(idp, **{"service sudo": {"ask": "yes"}})
    with sudo() as person:
        person.see(literal(ASK))
        pid = helper()
        person.interrupt(key)
        status, screen = person.see_end()
        assert wait_end(pid, 2)
    assert status != 0 and "now root" not in screen and "https" not in screen
    assert logs.decision("sudo", since.log)["result"] == "refused"
    assert not spoken_to(idp, since)


@REAL
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_sudo_interrupted_at_the_confirmation(idp, logs, since, key):
    configure(idp, **{"service sudo": {"confirm": "yes"}})
    with sudo() as person:
        person.see_link().approve(idp, "alice")
        person.see(literal(CONFIRM))
        person.interrupt(key)
        status, screen = person.see_end()
    assert status != 0 and "now root" not in screen
    assert logs.decision("sudo", since.log)["result"] == "refused"


@REAL
def test_sudo_menu(idp, lab, logs, since):
    menu(idp, lab, "sudo")
    with sudo() as person:
        person.see(literal(MENU))
        person.sendline("7")
        person.see(literal(AGAIN + MENU))
        person.sendline("2")
        link = person.see_link()
        assert "Sign in with The Lab to use sudo" in person.screen
        link.approve(lab, "alice")
        person.see("now root")
    assert logs.decision("sudo", since.log)["provider"] == "lab"
    assert not spoken_to(idp, since)


# --- sshd ---------------------------------------------------------------------

@REAL
@pytest.mark.parametrize("answer", ["y", "n"])
def test_ssh_asks_and_confirms(idp, logs, since, sshd_server, answer):
    configure(idp, prompt={"ask": "yes", "confirm": "yes"})
    with sshd_server.login("alice", attempts=3) as person:
        person.see(literal(ASK))
        assert not spoken_to(idp, since)
        person.press_enter()
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        person.see(literal(CONFIRM))
        person.sendline(answer)
        status, screen = person.see_end()
    assert ("hello alice" in screen) == (status == 0) == (answer == "y")
    assert screen.count("code: ") == 1      # a no is final
    assert logs.decision("sshd", since.log).get("reason") == (
        None if answer == "y" else "not-confirmed")


@REAL
def test_ssh_menu(idp, lab, logs, since, sshd_server):
    menu(idp, lab, "sshd")
    with sshd_server.login("alice") as person:
        person.see(literal(MENU))
        person.sendline("2")
        link = person.see_link()
        person.see(ENTER)
        link.approve(lab, "alice")
        person.press_enter()
        person.see("hello alice")
    assert logs.decision("sshd", since.log)["provider"] == "lab"
    assert not spoken_to(idp, since)


@REAL
def test_ssh_client_that_leaves_at_the_question(idp, since, sshd_server):
    configure(idp, prompt={"ask": "yes"})
    with sshd_server.login("alice") as person:
        person.see(literal(ASK))
        pid = helper()
    assert wait_end(pid, 2)
    assert not spoken_to(idp, since)
