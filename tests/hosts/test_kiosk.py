# SPDX-License-Identifier: BSD-2-Clause
"""Signing in before anybody is named, through the real login.

What the example does when it is denied, or with trouble: test_examples.py.
"""

import pathlib
import re
import subprocess

import pytest

import world
from applications import leave_tty1, on_tty1
from processes import helper, helpers, wait_end
from terminal import WAITING, Terminal
from test_browser_command import Desk
from test_loopback import REDIRECT

MISSING = world.missing("login", "agetty", "usermod", "chpasswd")
pytestmark = [
    pytest.mark.skipif(world.SANITIZED,
                       reason="login cannot load a module with sanitizers"),
    pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]

DEVICE = "/device/auth"
EXAMPLE = world.SRCDIR / "pam.d-examples" / "kiosk"
LOGIN_DEFS = pathlib.Path("/etc/login.defs")
SHELL = r"\$ "
NAME = r"login: $"
WHO_AM_I = "echo I am $(id -un) $USER $LOGNAME in $HOME"


def codes_asked_for(idp, since):
    """Each costs the provider one."""
    return [event["path"] for event in idp.events(since.time_ms)
            if (event["ua"] or "").startswith("pam_oauth")].count(DEVICE)


def login_defs(**values):
    """Change what login is told; values of None are as they are."""
    text = LOGIN_DEFS.read_text()
    for name, value in values.items():
        text = re.sub(r"(?m)^%s\s.*$" % name, "%s %s" % (name, value), text)
        assert "%s %s" % (name, value) in text
    world.write(text, LOGIN_DEFS)


@pytest.fixture(autouse=True)
def patience():
    before = LOGIN_DEFS.read_text()
    login_defs(LOGIN_TIMEOUT=330)
    yield
    world.write(before, LOGIN_DEFS)


@pytest.fixture
def kiosk(idp):
    def configure(sections=None, provider=None, **options):
        world.configure(dict({
            "provider corp": world.corp(idp, **(provider or {})),
            "service login": dict({"kiosk": "yes"}, **options)},
            **(sections or {})))
    configure()
    return configure


@pytest.fixture
def login(kiosk):
    """login with the example, on the terminal that is its kiosk's."""
    world.install_example(EXAMPLE, "login")

    def start(*arguments):
        return Terminal(on_tty1("/bin/login", *arguments))
    yield start
    leave_tty1()


def get_shell(person, user):
    """What is between a sign-in and work."""
    person.see(SHELL)
    person.sendline(WHO_AM_I)
    person.see("I am %s %s %s in /home/%s" % (user, user, user, user))


def test_link_comes_before_any_name(login, idp, logs, since):
    with login() as person:
        link = person.see_link()
        person.see(WAITING)
        assert "Sign in with Example SSO to log in on " in person.screen
        link.approve(idp, "bob")
        get_shell(person, "bob")
        assert "login:" not in person.screen
        assert "Password" not in person.screen
        assert helpers() == set()
        person.sendline("echo $(env | grep -c PAM_OAUTH) of them")
        person.see("0 of them")     # bob is bob: the account says it all
    decision = logs.decision("login", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "bob")
    assert decision["sub"] == "591007342118"
    assert "person" not in decision


def test_browser_on_the_kiosk(login, kiosk, idp, logs, since):
    """Nobody types anything here: the person is at the browser."""
    desk = Desk(idp)
    kiosk(provider={"client_id": "linux-code", "redirect_uri": REDIRECT},
          flow="code loopback", max_age="5m",
          **desk.options("approve-alice"))
    with login() as person:
        told = desk.told()
        assert told["uids"] == [desk.user.pw_uid] * 3
        get_shell(person, "alice")
        assert wait_end(told["pid"], 20)
        assert "login:" not in person.screen
    desk.close()
    decision = logs.decision("login", since.log)
    assert (decision["user"], decision["flow"]) == ("alice", "code")


def test_ctrl_c_ends_it(login, idp, logs, since):
    with login() as person:
        person.see_link()
        person.see(WAITING)
        person.sendintr()
        status, screen = person.see_end()
    assert "login:" not in screen and screen.count("code: ") == 1
    assert codes_asked_for(idp, since) == 1
    assert helpers() == set()


def test_login_tries_as_often_as_it_is_told(login, idp, logs, since):
    """Refusals that a retry may mend cost one code each, and then it ends."""
    login_defs(LOGIN_RETRIES=2)
    with login() as person:
        for _ in range(2):
            person.see_link().approve(idp, "erin")      # no account name
            person.see("The person who approved may not use this account.")
        status, screen = person.see_end()
    assert "login:" not in screen and screen.count("code: ") == 2
    assert codes_asked_for(idp, since) == 2
    assert logs.reasons("login", since.log) == ["claim-unsafe"] * 2


def test_second_try_may_be_the_right_one(login, idp, logs, since):
    with login() as person:
        person.see_link().approve(idp, "mallory")       # root, by name
        person.see("This account cannot sign in here.")
        person.see_link().approve(idp, "alice")
        get_shell(person, "alice")
        assert "login:" not in person.screen
    assert logs.reasons("login", since.log) == ["account-root", None]


def test_logins_own_timeout_ends_the_helper(login):
    login_defs(LOGIN_TIMEOUT=10)
    with login() as person:
        person.see_link()
        person.see(WAITING)
        pid = helper()
        person.see("Login timed out after 10 seconds")
        assert wait_end(pid, 2)


def test_name_given_is_kept(login, idp, logs, since):
    with login("alice") as person:
        link = person.see_link()
        assert "to log in as alice on " in person.screen
        link.approve(idp, "bob")
        person.see("The person who approved may not use this account.")
    decision = logs.decision("login", since.log)
    assert (decision["user"], decision["reason"]) == ("alice", "other-person")


def test_no_kiosk_asks_for_the_name_first(login, kiosk, idp, logs, since):
    kiosk(kiosk="no")
    with login() as person:
        person.see(NAME)
        assert "https://" not in person.screen
        assert codes_asked_for(idp, since) == 0
        person.sendline("alice")
        link = person.see_link()
        assert "to log in as alice on " in person.screen
        link.approve(idp, "alice")
        get_shell(person, "alice")
    assert logs.decision("login", since.log)["user"] == "alice"


def test_getty_that_pauses_costs_nothing(login, idp, since):
    """As docs/kiosk.md has it, and again after the first one is over."""
    line = re.search(r"ExecStart=-(/sbin/agetty .*)", EXAMPLE.read_text())[1]
    command = line.replace("$TERM", "xterm").split()
    for number in (1, 2):
        with Terminal(on_tty1(*command)) as person:
            person.see(r"\[press ENTER to login\]")
            assert codes_asked_for(idp, since) == number - 1
            person.press_enter()
            person.see_link().deny(idp)
            _, screen = person.see_end()
        assert screen.count("login:") == 1      # agetty's "kiosk (auto..."
    assert codes_asked_for(idp, since) == 2


# --- one account for all ------------------------------------------------------

@pytest.fixture
def one_account(kiosk):
    kiosk(kiosk="no", account="carol", require="/groups has linux-users")


def test_one_account_knows_who_uses_it(login, one_account, idp, logs, since):
    with login() as person:
        link = person.see_link()
        assert "Sign in with Example SSO to log in on " in person.screen
        link.approve(idp, "erin")
        get_shell(person, "carol")
        person.sendline("echo $PAM_OAUTH_ISSUER $PAM_OAUTH_SUB"
                        " $PAM_OAUTH_PERSON")
        person.see("%s 366104982275 erin@example.com" % idp.issuer)
    decision = logs.decision("login", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "carol")
    assert decision["sub"] == "366104982275"
    assert decision["person"] == "erin@example.com"


def test_one_account_is_not_for_all(login, one_account, idp, logs, since):
    with login() as person:
        person.see_link().approve(idp, "dave")      # in no group
        person.see("You are not allowed to do this here.")
        assert "login:" not in person.screen
    decision = logs.decision("login", since.log)
    assert (decision["reason"], decision["person"]) == ("not-allowed", "dave")
    assert "user" not in decision


def test_one_account_is_the_only_one(login, one_account, idp, logs, since):
    with login("alice") as person:
        person.see("This account cannot sign in here.")
        assert "https://" not in person.screen
    assert codes_asked_for(idp, since) == 0
    assert logs.decision("login", since.log)["reason"] == "account-unknown"


# --- after the provider's yes -------------------------------------------------

@pytest.fixture
def closed(request):
    """carol's account has expired, or this host lets nobody in."""
    nologin = pathlib.Path("/etc/nologin")

    def close(how):
        if how == "expired":
            subprocess.run(["usermod", "--expiredate", "1970-01-02", "carol"],
                           check=True, timeout=60)
        else:
            world.write("We are moving.\n", nologin)
    yield close
    subprocess.run(["usermod", "--expiredate", "", "carol"], check=True,
                   timeout=60)
    nologin.unlink(missing_ok=True)


@pytest.mark.parametrize("how", ["expired", "nologin"])
def test_account_that_is_closed(login, closed, idp, logs, since, how):
    closed(how)
    with login() as person:
        person.see_link().approve(idp, "carol")
        status, screen = person.see_end()
    assert status != 0 and not re.search(SHELL, screen)
    assert codes_asked_for(idp, since) == 1
    assert logs.decision("login", since.log)["result"] == "granted"
