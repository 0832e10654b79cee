# SPDX-License-Identifier: BSD-2-Clause
"""What is kept of a provider between logins, and what that saves."""

import json
import os
import pathlib
import pwd
import subprocess

import pytest

import world
from pam_client import PamClient

CACHE = pathlib.Path(os.environ["CACHEDIR"])
PAM_OAUTH = os.environ["PAM_OAUTH"]


@pytest.fixture
def service(standard):
    world.service("cached")
    cli("clear")
    return "cached"


def cli(*args):
    done = subprocess.run([PAM_OAUTH, "cache", *args], check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          timeout=30)
    return done.stdout


def login(service, idp):
    """One login of alice's; the paths that were asked for."""
    before = len(idp.events())
    with PamClient(service, "alice") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
    return [event["path"] for event in idp.events()[before:]]


def test_a_warm_login_asks_for_nothing_besides(service, idp):
    """One device request, the polls, nothing else (DESIGN 11)."""
    cold = login(service, idp)
    warm = login(service, idp)
    documents = {"/.well-known/openid-configuration", "/jwks"}
    assert documents <= set(cold)
    assert not documents & set(warm)


def test_the_helper_s_user_owns_it_and_nobody_else_reads_it(service, idp):
    login(service, idp)
    owner = pwd.getpwnam(world.HELPER_USER).pw_uid
    files = list(CACHE.iterdir())
    assert CACHE.stat().st_uid == owner
    assert CACHE.stat().st_mode & 0o7777 == 0o700
    assert len(files) == 2
    for file in files:
        assert file.stat().st_uid == owner
        assert file.stat().st_mode & 0o7777 == 0o600


def test_off_means_that_nothing_is_kept(service, idp):
    world.configure({"provider corp": world.corp(idp, cache="no")})
    assert "/jwks" in login(service, idp)
    assert "/jwks" in login(service, idp)
    assert list(CACHE.iterdir()) == []


def test_a_damaged_file_is_as_good_as_none(service, idp):
    login(service, idp)
    for file in CACHE.iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    assert "/jwks" in login(service, idp)
    assert "/jwks" not in login(service, idp)


def test_a_directory_that_others_may_write_to_is_not_used(
        service, idp, logs, since):
    CACHE.chmod(0o770)
    try:
        login(service, idp)
        assert "/jwks" in login(service, idp)
        assert list(CACHE.iterdir()) == []
        logs.wait(lambda line: "the cache is not used" in line.raw, since.log)
    finally:
        CACHE.chmod(0o700)


def test_files_of_another_owner_are_not_believed(service, idp):
    """Planted by root's mistake, or by whoever could write there once."""
    login(service, idp)
    for file in CACHE.iterdir():
        os.chown(file, 0, 0)
    assert "/jwks" in login(service, idp)


def test_the_command_lists_and_clears(service, idp):
    login(service, idp)
    found = json.loads(cli("list", "--json"))
    assert sorted(entry["url"] for entry in found) == [
        idp.issuer + "/.well-known/openid-configuration",
        idp.issuer + "/jwks"]
    assert all(entry["fetched"] < entry["expires"] for entry in found)
    assert idp.issuer + "/jwks" in cli("list")
    assert cli("clear") == "2 files removed\n"
    assert cli("list") == "nothing is kept\n"
    assert json.loads(cli("list", "--json")) == []
