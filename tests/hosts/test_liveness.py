# SPDX-License-Identifier: BSD-2-Clause
"""liveness = refresh: what the provider says of those who have a key."""

import pathlib
import re
import shutil
import socket
import subprocess
import time

import pytest

import world
from pam_client import PamClient, authenticate
from sshd import Sshd
from terminal import ENTER

EXAMPLE = world.SRCDIR / "pam.d-examples" / "sshd-liveness"
STORE = world.STATEDIR / "liveness"
SERVICE = "po_liveness"
SCOPES = "openid profile email groups offline_access"

real = pytest.mark.skipif(
    world.SANITIZED, reason="sshd cannot load a module with sanitizers")


@pytest.fixture(autouse=True)
def configure(idp):
    """The configuration; called again with what is to be changed."""
    def configure(provider=(), access=(), **account):
        return world.configure({
            "provider corp": dict(
                world.corp(idp, scopes=SCOPES), **dict(provider)),
            "account": dict({"liveness": "refresh", "liveness_interval": "0"},
                            **account),
            "access": dict(access)})
    shutil.rmtree(world.STATEDIR, ignore_errors=True)
    world.service(SERVICE)
    configure()
    yield configure
    shutil.rmtree(world.STATEDIR, ignore_errors=True)
    for login in ("alice", "bob", "carol"):
        idp.change(login)


def sign_in(idp, user="alice"):
    """By the provider, in any application."""
    with PamClient(SERVICE, user, "auth") as client:
        client.link().approve(idp, user)
        assert client.code() == "PAM_SUCCESS"


def other_way(user="alice", **options):
    """The account phase of somebody whom another module let in."""
    return authenticate(SERVICE, user, "acct", **options).phases[0]["code"]


def record(user="alice"):
    return dict(line.split("=", 1)
                for line in (STORE / user).read_text().splitlines())


def change_record(user="alice", **fields):
    text = "".join("%s=%s\n" % line
                   for line in dict(record(user), **fields).items())
    world.write(text, STORE / user, 0o600)


def ago(seconds):
    return int(time.time()) - seconds


def refreshes(idp, since):
    """HTTP status of each refresh since then."""
    return [event["status"] for event in idp.events(since.time_ms)
            if event.get("grant") == "refresh_token"]


def token_requests(idp, since):
    return [event for event in idp.events(since.time_ms)
            if event["path"] == "/token"]


# --- real sshd, real keys ------------------------------------------------------

@pytest.fixture
def sshd(logs):
    """With the example; a key or the provider, either is enough."""
    path = world.PAM_D / "sshd"
    before = path.read_text()
    subprocess.run(["groupadd", "--system", "--force", "breakglass"],
                   check=True, timeout=60)
    world.install_example(EXAMPLE, "sshd")
    with Sshd(logs, "PubkeyAuthentication yes",
              "AuthenticationMethods publickey keyboard-interactive") as sshd:
        sshd.key = sshd.client_key()
        for user in ("alice", "dave"):
            world.write(sshd.key.with_suffix(".pub").read_text(),
                        "/home/%s/.ssh/authorized_keys" % user)
        yield sshd
    world.write(before, path)


def with_key(sshd, user="alice"):
    """Starts ssh with a key."""
    return sshd.login(user, options=[
        "IdentityFile=%s" % sshd.key, "PreferredAuthentications=publickey"])


def got_in(person, user="alice"):
    with person:
        status, screen = person.see_end()
    assert (status == 0) == ("hello " + user in screen), screen
    return status == 0, screen


def by_provider(sshd, idp, user="alice"):
    person = sshd.login(user, options=["PubkeyAuthentication=no"])
    link = person.see_link()
    person.see(ENTER)
    link.approve(idp, user)
    person.press_enter()
    return got_in(person, user)[0]


@real
def test_ssh_key_of_a_disabled_user(sshd, idp, logs, since, configure):
    configure(access={"require": "/groups has linux-admins"})
    # nobody has signed in: as ever
    assert got_in(with_key(sshd))[0]
    assert logs.reasons("sshd", since.log) == []
    assert by_provider(sshd, idp)
    first = record()
    assert first["sub"] == "248289761001" and first["closed"] == "0"
    # the token is used and replaced
    assert got_in(with_key(sshd))[0]
    assert logs.reasons("sshd", since.log) == [None, None]
    assert record()["token"] not in ("", first["token"])
    assert record()["begun"] == "0"
    # no longer one of theirs
    idp.change("alice", disabled="")
    in_, screen = got_in(with_key(sshd))
    assert not in_ and "no longer vouches for you" in screen, screen
    assert logs.reasons("sshd", since.log) == [None, None, "closed"]
    closed = record()
    assert closed["token"] == "" and closed["closed"] != "0"
    # and nobody is asked any more
    asked = len(token_requests(idp, since))
    idp.change("alice")
    assert not got_in(with_key(sshd))[0]
    assert len(token_requests(idp, since)) == asked
    assert record() == closed
    # until the next sign-in
    assert by_provider(sshd, idp)
    assert got_in(with_key(sshd))[0]
    assert logs.reasons("sshd", since.log) == [
        None, None, "closed", "closed", None, None]
    # rules are looked at again
    idp.change("alice", groups="linux-users")
    in_, screen = got_in(with_key(sshd))
    assert not in_ and "You are not allowed to do this here." in screen
    assert logs.reasons("sshd", since.log)[-1] == "not-allowed"
    assert record()["closed"] == "0"
    idp.change("alice")
    assert got_in(with_key(sshd))[0]
