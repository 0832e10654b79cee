# SPDX-License-Identifier: BSD-2-Clause
"""The account phase: our verdict counts, and so does everybody else's.

The examples are used as they are shipped, with the real sshd and sudo.
"""

import itertools
import pathlib
import subprocess

import pytest

import world
from pam_client import authenticate
from sshd import Sshd
from terminal import ENTER, Terminal, as_user

EXAMPLES = world.SRCDIR / "pam.d-examples"
ACCESS_CONF = pathlib.Path("/etc/security/access.conf")
NOLOGIN = pathlib.Path("/etc/nologin")
SHELLS = pathlib.Path("/etc/shells")

real = pytest.mark.skipif(
    world.SANITIZED, reason="sshd cannot load a module with sanitizers")


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True, timeout=60,
                   stdout=subprocess.DEVNULL)


def expire(user):
    run("usermod", "--expiredate", "1970-01-02", user)


def unexpire(user):
    run("usermod", "--expiredate", "", user)


class Obstacles:
    """What keeps carol out, whatever the provider says."""

    def __init__(self):
        self._access = ACCESS_CONF.read_text()
        self._shells = SHELLS.read_text()

    def set(self, name):
        if name == "expired":
            expire("carol")
        elif name == "nologin":
            world.write("We are moving.\n", NOLOGIN)
        elif name == "access":
            world.write(self._access + "-:carol:ALL\n", ACCESS_CONF)
        elif name == "shells":
            world.write("/bin/sh\n", SHELLS)
        else:
            assert name is None

    def clear(self):
        unexpire("carol")
        NOLOGIN.unlink(missing_ok=True)
        world.write(self._access, ACCESS_CONF)
        world.write(self._shells, SHELLS)


@pytest.fixture
def obstacles():
    obstacles = Obstacles()
    yield obstacles
    obstacles.clear()


@pytest.fixture
def pam_file():
    """Put something into /etc/pam.d; it is as before afterwards."""
    before = {}

    def keep(name):
        path = world.PAM_D / name
        before.setdefault(path, path.read_text() if path.exists() else None)
    yield keep
    for path, text in before.items():
        if text is None:
            path.unlink()
        else:
            world.write(text, path)


# --- sshd ---------------------------------------------------------------------

@pytest.fixture
def sshd(logs, standard, pam_file):
    """With the example; a key or the provider, either is enough."""
    pam_file("sshd")
    world.install_example(EXAMPLES / "sshd", "sshd")
    with Sshd(logs, "PubkeyAuthentication yes",
              "AuthenticationMethods publickey keyboard-interactive") as sshd:
        yield sshd


def with_key(sshd):
    key = sshd.client_key()
    world.write(key.with_suffix(".pub").read_text(),
                "/home/carol/.ssh/authorized_keys")
    return sshd.login("carol", options=[
        "IdentityFile=%s" % key, "PreferredAuthentications=publickey"])


def by_provider(sshd, idp):
    """carol, who has approved and pressed Enter."""
    person = sshd.login("carol", options=["PubkeyAuthentication=no"])
    link = person.see_link()
    person.see(ENTER)
    link.approve(idp, "carol")
    person.press_enter()
    return person


def got_in(person):
    with person:
        status, screen = person.see_end()
    assert (status == 0) == ("hello carol" in screen), screen
    return status == 0


OBSTACLES = ["expired", "nologin", "access"]


@real
@pytest.mark.parametrize("obstacle", [None, *OBSTACLES])
def test_ssh_by_provider(sshd, idp, logs, since, obstacles, obstacle):
    obstacles.set(obstacle)
    assert got_in(by_provider(sshd, idp)) == (obstacle is None)
    # what we had to say was yes
    assert logs.decision("sshd", since.log)["result"] == "granted"


@real
@pytest.mark.parametrize("obstacle", [None, *OBSTACLES])
def test_ssh_with_a_key(sshd, idp, logs, since, obstacles, obstacle):
    """Not ours to judge, and so for the others alone."""
    obstacles.set(obstacle)
    assert got_in(with_key(sshd)) == (obstacle is None)
    assert logs.reasons("sshd", since.log) == []
    assert not [event for event in idp.events(since.time_ms)]


@real
def test_ssh_refused_by_us_gets_no_further(sshd, idp, logs, since):
    with sshd.login("carol", options=["PubkeyAuthentication=no"]) as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, "bob")
        person.press_enter()
        status, screen = person.see_end()
    assert status == 255 and "hello" not in screen
    assert logs.decision("sshd", since.log)["reason"] == "other-person"


@real
@pytest.mark.parametrize("control,provider,key", [
    # sshd's child has authenticated and asks; for a key it is the parent
    ("[success=ok default=die]", True, False),
    ("[ignore=ignore default=die]", False, True),
])
def test_ssh_verdict_crosses_no_fork(sshd, idp, control, provider, key):
    world.write("auth required {0}\naccount {1} {0}\n"
                "account required pam_permit.so\n"
                "session required pam_permit.so\n"
                .format(world.MODULE, control), world.PAM_D / "sshd")
    assert got_in(by_provider(sshd, idp)) == provider
    assert got_in(with_key(sshd)) == key


# --- sudo ---------------------------------------------------------------------

@pytest.fixture
def sudo(standard, pam_file):
    """With the example; dave is the one with a password."""
    pam_file("sudo")
    world.install_example(EXAMPLES / "sudo", "sudo")
    sudoers = pathlib.Path("/etc/sudoers")
    before = sudoers.read_text()
    world.write("Defaults !fqdn, !lecture, passwd_tries=1\n"
                "carol ALL=(ALL:ALL) ALL\ndave ALL=(ALL:ALL) ALL\n",
                sudoers, 0o440)
    run("groupadd", "--system", "--force", "breakglass")
    run("usermod", "-aG", "breakglass", "dave")
    run("chpasswd", text="dave:way back in\n")
    yield lambda user: Terminal(as_user(
        user, "/usr/bin/sudo", "-k", "sh", "-c", "echo now $(id -un)"))
    unexpire("dave")
    run("gpasswd", "--delete", "dave", "breakglass")
    world.write(before, sudoers, 0o440)


@real
@pytest.mark.parametrize("obstacle", [None, "expired"])
def test_sudo_by_provider(sudo, idp, logs, since, obstacles, obstacle):
    obstacles.set(obstacle)
    with sudo("carol") as person:
        person.see_link().approve(idp, "carol")
        status, screen = person.see_end()
    assert (status == 0) == ("now root" in screen) == (obstacle is None)
    assert logs.decision("sudo", since.log)["result"] == "granted"


@real
@pytest.mark.parametrize("expired", [False, True])
def test_sudo_with_a_password(sudo, idp, logs, since, expired):
    """A member of breakglass: no verdict of ours is none against them."""
    if expired:
        expire("dave")
    with sudo("dave") as person:
        person.see(r"\[sudo\] password for dave: ")
        person.sendline("way back in")
        status, screen = person.see_end()
    assert (status == 0) == ("now root" in screen) == (not expired)
    assert logs.reasons("sudo", since.log) == []


# --- every order --------------------------------------------------------------

OURS = "account required %s provider=good" % world.FAKE_MODULE
OTHERS = {"nologin": "account required pam_nologin.so",
          "access": "account required pam_access.so",
          "shells": "account required pam_shells.so",
          "expired": "@include common-account"}
ORDERS = list(itertools.permutations([OURS, *OTHERS.values()]))


@pytest.mark.parametrize("phases", [("auth", "acct"), ("acct",)],
                         ids=["ours", "anothers"])
@pytest.mark.parametrize("obstacle", [None, *OTHERS])
def test_every_order(pam_file, obstacles, phases, obstacle):
    """The others refuse in front of us and behind us, and nobody else does."""
    pam_file("po_account")
    obstacles.set(obstacle)
    for order in ORDERS:
        world.write("auth required %s provider=good\n%s\n" % (
            world.FAKE_MODULE, "\n".join(order)), world.PAM_D / "po_account")
        client = authenticate("po_account", "carol", *phases)
        codes = [phase["code"] for phase in client.phases]
        assert codes[:-1] == ["PAM_SUCCESS"] * (len(phases) - 1), order
        assert (codes[-1] == "PAM_SUCCESS") == (obstacle is None), order


def test_account_changed_since_is_refused_in_every_order(pam_file):
    pam_file("po_account")
    for order in ORDERS:
        world.write("auth required %s provider=good\n%s\n" % (
            world.FAKE_MODULE, "\n".join(order)), world.PAM_D / "po_account")
        client = authenticate("po_account", "carol", "auth", "USER=dave",
                              "acct")
        assert [phase["code"] for phase in client.phases] == [
            "PAM_SUCCESS", "PAM_SUCCESS", "PAM_AUTH_ERR"], order
