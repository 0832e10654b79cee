# SPDX-License-Identifier: BSD-2-Clause
"""pam-oauth login: a login in the terminal, and what it says of each step."""

import json
import shutil

import pytest

import world
from browser import Browser
from phone import Phone
from terminal import Terminal, as_user


def login(*arguments, prefix=()):
    return Terminal([*prefix, str(world.PAM_OAUTH), "login", *arguments])


def end(terminal):
    """(status, the lines of the end) of a login; nothing secret was shown."""
    status, text = terminal.see_end()
    text = text.replace("\r\n", "\n")
    assert not [secret for secret in world.secrets()
                if len(secret) > 9 and secret in text]
    return status, text.rstrip("\n").split("\n")


def sign_in(idp, person, *arguments, prefix=()):
    with login(*arguments, prefix=prefix) as terminal:
        terminal.see_link().approve(idp, person)
        return end(terminal)


def test_admitted(idp, standard):
    status, lines = sign_in(idp, "alice", "--user", "alice")
    assert (status, lines[-1]) == (0, "admitted: alice")
    assert "  username: that is the account asked for" in lines
    assert [line for line in lines if "sub=248289761001" in line]


def test_it_reads_as_a_login_does(idp, standard):
    with login("--user", "alice", "--service", "sudo") as terminal:
        terminal.see(r"Sign in with Example SSO to use sudo as alice on ")
        terminal.see_link().deny(idp)
        status, lines = end(terminal)
    assert status == 1 and lines[-1].startswith("refused: denied: ")


def test_rule_that_does_not_hold(idp):
    world.configure({"provider corp": world.corp(idp),
                     "service sudo": {"require": "/groups has linux-admins"}})
    status, lines = sign_in(idp, "bob", "--user", "bob", "--service", "sudo")
    assert status == 1
    assert lines[-1].startswith("refused: not-allowed: ")
    assert [line for line in lines
            if line.startswith("  require (") and "has none of" in line]


def test_another_person(idp, standard):
    status, lines = sign_in(idp, "bob", "--user", "alice")
    assert (status, lines[-1].split(":")[1]) == (1, " other-person")


@pytest.mark.parametrize("arguments,reason", [
    (("--user", "nobody-of-that-name"), "account-unknown"),
    (("--user", "root"), "account-root"),
    (("--user", "alice", "--provider", "other"), "config"),
    (("--user", "alice", "--config", "/nowhere"), "config"),
    ((), "account-wanted")])
def test_refused_before_anything_is_sent(idp, standard, since, arguments,
                                         reason):
    with login(*arguments) as terminal:
        status, lines = end(terminal)
    assert (status, lines[-1].split(":")[1]) == (1, " " + reason)
    assert [event for event in idp.events(since.time_ms)] == []


def test_nobody_is_named(idp):
    world.configure({"provider corp": world.corp(idp),
                     "service lobby": {"kiosk": "yes"}})
    status, lines = sign_in(idp, "alice", "--service", "lobby")
    assert (status, lines[-1]) == (0, "admitted: alice")
    status, lines = sign_in(idp, "mallory", "--service", "lobby")
    assert (status, lines[-1].split(":")[1]) == (1, " account-root")


def test_questions(idp):
    world.configure({"provider corp": world.corp(idp),
                     "provider lab": world.corp(idp, label="Lab"),
                     "service sshd": {"provider": "corp lab",
                                      "confirm": "yes"}})
    with login("--user", "alice") as terminal:
        terminal.see("Number")
        terminal.sendline("nonsense")
        terminal.see("Number")
        terminal.sendline("2")
        terminal.see("Sign in with Lab")
        terminal.see_link().approve(idp, "alice")
        status, lines = end(terminal)
    assert (status, lines[-1]) == (0, "admitted: alice")
    assert [line for line in lines if "would now ask: Approved by" in line]
    with login("--user", "alice") as terminal:
        terminal.see("Number")
        terminal.sendline("q")
        status, lines = end(terminal)
    assert (status, lines[-1].split(":")[1]) == (1, " skipped")


def test_on_the_phone(idp):
    phone = Phone(idp)
    world.configure({
        "provider corp": world.corp(
            idp, client_id="linux-ciba",
            client_secret_file=world.secret(idp, "linux-ciba")),
        "service sudo": {"flow": "ciba"}})
    with login("--user", "alice", "--service", "sudo") as terminal:
        terminal.see(r"on your phone\.\s+It says: (\S+)\s")
        phone.approve(phone.wait(terminal.match[1]))
        status, lines = end(terminal)
    assert (status, lines[-1]) == (0, "admitted: alice")


def configure_code(idp):
    world.configure({
        "provider corp": world.corp(
            idp, client_id="linux-code",
            redirect_uri="https://callback.example/pam_oauth"),
        "access": {"flow": "code"}})


def test_pasted(idp):
    configure_code(idp)
    with login("--user", "alice") as terminal:
        terminal.see(r"    (https://[!-~]+)\s")
        link = terminal.match[1]
        terminal.see("the whole address of that page")
        # which is on the screen now, and no secret any more
        terminal.sendline(Browser(idp.ca_file).authorize(link, "alice"))
        status, text = terminal.see_end()
    assert status == 0 and text.endswith("admitted: alice\r\n")


def test_end_of_a_long_paste_is_no_second_answer(idp, since):
    """Nor is it sent to the provider as if it were a code."""
    configure_code(idp)
    with login("--user", "alice") as terminal:
        terminal.see(r"    (https://[!-~]+)\s")
        url = Browser(idp.ca_file).authorize(terminal.match[1], "alice")
        terminal.see(r"characters\): ")
        terminal.sendline(url + "&more=" + "x" * 700)
        terminal.see("That is too long to arrive here whole")
        terminal.see(r"characters\): ")
        terminal.sendline(url)
        status, text = terminal.see_end()
    assert status == 0 and text.endswith("admitted: alice\r\n")
    assert len([event for event in idp.events(since.time_ms)
                if event["path"] == "/token"]) == 1


@pytest.mark.parametrize("key", ["4711\r", "\x03", "\x04"],
                         ids=["answered", "ctrl-c", "ctrl-d"])
def test_terminal_after_what_was_typed_unseen(idp, key):
    """It echoes again, and what follows begins on a line of its own."""
    world.configure({
        "provider corp": world.corp(
            idp, client_id="linux-ciba", user_code="yes",
            client_secret_file=world.secret(idp, "linux-ciba")),
        "access": {"flow": "ciba"}})
    with Terminal(["/bin/sh", "-c", "trap : INT; \"$0\" login --user alice; "
                   "stty -a", str(world.PAM_OAUTH)]) as terminal:
        terminal.see("User code of alice at Example SSO: ")
        assert not terminal.getecho() or terminal.waitnoecho(60)
        terminal.send(key)
        if key == "4711\r":
            terminal.see(r"\A\r\nSign in with ")
            terminal.sendintr()
        if key == "\x04":
            terminal.see(r"\A\r\nrefused: conversation: no answer\r\n")
        terminal.see(r"[ -]echo ")
        assert terminal.after == " echo "


def test_no_binding_is_made_and_one_is_heeded(idp):
    shutil.rmtree(world.STATEDIR, ignore_errors=True)
    world.configure({"provider corp": world.corp(idp), "account": {
        "username_match": "(alice|bob)", "username_format": "alice",
        "bind": "first_use"}})
    try:
        for person in ("bob", "alice"):
            status, lines = sign_in(idp, person, "--user", "alice")
            assert (status, lines[-1]) == (0, "admitted: alice")
            assert [line for line in lines if "is nobody's yet" in line]
        store = world.STATEDIR / "bindings"
        assert list(store.iterdir()) == []
        world.write("version=1\nissuer=%s\nsub=somebody\nsince=1\n"
                    % idp.issuer, store / "alice", 0o600)
        status, lines = sign_in(idp, "alice", "--user", "alice")
        assert (status, lines[-1].split(":")[1]) == (1, " bound")
    finally:
        shutil.rmtree(world.STATEDIR, ignore_errors=True)


def test_without_root(idp, standard):
    status, lines = sign_in(idp, "alice", "--user", "alice",
                            prefix=as_user("alice"))
    assert (status, lines[-1]) == (0, "admitted: alice")


@pytest.mark.parametrize("person,admitted,reason", [
    ("alice", True, "ok"), ("bob", False, "other-person")])
def test_json(idp, standard, tmp_path, person, admitted, reason):
    """Standard output has the answer alone; people still see the link."""
    answer = tmp_path / "answer"
    command = 'exec "$0" login --json --user alice >"%s"' % answer
    with Terminal(["/bin/sh", "-c", command, str(world.PAM_OAUTH)]) as terminal:
        terminal.see_link().approve(idp, person)
        status, lines = end(terminal)
    assert status == (0 if admitted else 1)
    assert lines[-1].startswith("admitted: " if admitted else "refused: ")
    found = json.loads(answer.read_text())
    assert found.pop("detail") == lines[-1].partition(
        "refused: %s: " % reason)[2]
    steps = found.pop("steps")
    assert steps and all("  " + step in lines for step in steps[-3:])
    assert found == {"admitted": admitted, "reason": reason,
                     "account": "alice", "service": "sshd"}


def test_provider_that_is_down():
    world.configure({"provider corp": {
        "issuer": "https://127.0.0.1:1", "client_id": "x"}})
    with login("--user", "alice") as terminal:
        status, lines = end(terminal)
    assert (status, lines[-1].split(":")[1]) == (1, " network")


def test_no_helper(standard):
    away = world.HELPER.with_suffix(".away")
    world.HELPER.rename(away)
    try:
        with login("--user", "alice") as terminal:
            status, lines = end(terminal)
    finally:
        away.rename(world.HELPER)
    assert status == 1
    assert lines[-1] == "refused: helper: %s: No such file or directory" % (
        world.HELPER)


@pytest.mark.parametrize("arguments", [
    ["x"], ["--user", ""], ["--yaml"], ["--user"]])
def test_usage(arguments):
    with login(*arguments) as terminal:
        status, lines = end(terminal)
    assert status == 2 and lines[-1].startswith("pam-oauth: login: ")
