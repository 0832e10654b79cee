# SPDX-License-Identifier: BSD-2-Clause
"""map_file with the real su; and a login does what pam-oauth explain says.

su asks for the account that it switches to, so one person after another can
ask for bob's account, or for root's.
"""

import json
import subprocess

import pytest

import world
from terminal import Terminal, as_user

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="su cannot load a module with sanitizers")

MAP_FILE = world.CONFIG_DIR / "accounts"
# as in tests/idp/accounts.mjs
ALICE = {"sub": "248289761001", "preferred_username": "alice",
         "groups": ["linux-users", "linux-admins"]}
BOB = {"sub": "591007342118", "preferred_username": "bob",
       "groups": ["linux-users"]}
MALLORY = {"sub": "905517326640", "preferred_username": "root",
           "groups": ["linux-users", "linux-admins"]}
MAP = """\
# who else may be bob
bob   /groups has nobody-at-all
bob   /groups has linux-admins

root  /sub is %s
""" % ALICE["sub"]
# what a login says besides the steps that explain shows
STEPS = ("account: ", "map_file (", "require (", "username: ")


@pytest.fixture(autouse=True)
def configured(idp):
    world.service("su", "debug")
    world.write(MAP, MAP_FILE)
    world.configure({"provider corp": world.corp(idp),
                     "account": {"map_file": MAP_FILE},
                     "access": {"require": "/groups has linux-users"},
                     "service su": {"allow_root": "yes"}})


def su(account):
    """alice calls su; who approves is another matter."""
    return Terminal(as_user("alice", "/bin/su", account, "-c",
                            "echo now $(id -un)"))


def explain(account, claims):
    """(exit status, the object that `pam-oauth explain --json` prints)"""
    done = subprocess.run(
        [world.BUILDDIR / "pam-oauth", "explain", "--json", "--claims", "-",
         "--config", world.CONFIG, "--service", "su", "--user", account],
        input=json.dumps(claims), capture_output=True, text=True, timeout=60,
        check=False)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def steps(lines):
    return [line for line in lines if line.startswith(STEPS)]


def assert_explained(account, claims, decision, logs, since):
    """Outcome, reason, detail, and each step on the way are the same."""
    status, answer = explain(account, claims)
    assert answer["admitted"] == (decision["result"] == "granted")
    assert status == (0 if answer["admitted"] else 1)
    assert answer["reason"] == decision.get("reason", "ok")
    assert answer["detail"] == decision.get("detail", "")
    said = [line.rest.partition("helper: ")[2].rpartition(" id=")[0]
            for line in logs.lines(since.log) if line.service == "su"]
    assert steps(said) == steps(answer["steps"]) != []


@pytest.mark.parametrize("person, claims, account", [
    ("alice", ALICE, "bob"), ("bob", BOB, "bob"), ("alice", ALICE, "root")])
def test_an_account_of_several_people(idp, logs, since, person, claims,
                                      account):
    with su(account) as terminal:
        terminal.see_link().approve(idp, person)
        terminal.see("now " + account)
    decision = logs.decision("su", since.log)
    assert (decision["result"], decision["user"]) == ("granted", account)
    assert decision["sub"] == claims["sub"]     # who it was
    assert_explained(account, claims, decision, logs, since)


@pytest.mark.parametrize("person, claims, account", [
    ("bob", BOB, "root"), ("mallory", MALLORY, "root"),
    ("bob", BOB, "alice")])
def test_an_account_of_others(idp, logs, since, person, claims, account):
    """The name "root" at the provider is worth nothing."""
    with su(account) as terminal:
        terminal.see_link().approve(idp, person)
        terminal.see("The person who approved may not use this account.")
        status, screen = terminal.see_end()
    assert status != 0 and "now " not in screen
    decision = logs.decision("su", since.log)
    assert decision["reason"] == "other-person"
    assert_explained(account, claims, decision, logs, since)


def test_a_line_of_the_map_is_not_enough_for_root(idp, logs, since):
    """Nor does the provider hear of it."""
    world.configure({"provider corp": world.corp(idp),
                     "account": {"map_file": MAP_FILE}})
    with su("root") as terminal:
        assert terminal.see_end()[0] != 0
    decision = logs.decision("su", since.log)
    assert decision["reason"] == "account-root"
    status, answer = explain("root", ALICE)
    assert (status, answer["reason"], answer["detail"]) == \
        (1, decision["reason"], decision["detail"])
    assert idp.events(since.time_ms) == []


@pytest.mark.parametrize("text, mode, detail", [
    (MAP, 0o664, "writable"),
    (MAP + "bob\n", 0o644, ":6: no rule behind \"bob\""),
    (MAP + "bob /groups hat x\n", 0o644, ":6: "),
    (None, 0, "No such file")])
def test_a_map_that_cannot_be_trusted_lets_nobody_in(idp, logs, since, text,
                                                     mode, detail):
    """Not those either whom no line concerns."""
    MAP_FILE.unlink()
    if text is not None:
        world.write(text, MAP_FILE, mode)
    with su("bob") as terminal:
        assert terminal.see_end()[0] != 0
    decision = logs.decision("su", since.log)
    assert decision["reason"] == "config"
    assert str(MAP_FILE) in decision["detail"] and detail in decision["detail"]
    assert idp.events(since.time_ms) == []
