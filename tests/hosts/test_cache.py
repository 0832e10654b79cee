# SPDX-License-Identifier: BSD-2-Clause
"""What is kept of a provider between logins, and what that saves."""

import json
import os
import pwd
import subprocess

import pytest

import world
from cache_files import CACHE, parse, path_of, plant
from hostile import Hostile
from pam_client import PamClient

PAM_OAUTH = os.environ["PAM_OAUTH"]


@pytest.fixture
def service(standard):
    world.service("cached")
    cli("clear")
    return "cached"


@pytest.fixture(scope="module")
def hostile():
    with Hostile(world.public_directory()) as provider:
        yield provider


def cli(*args):
    done = subprocess.run([PAM_OAUTH, "cache", *args], check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          timeout=60)
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
        file.chmod(0o644)       # or it could not be read at all
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


# --- a provider that has no documents to give --------------------------------

def begin_with_nothing(hostile, client_id):
    """Its issuer configured, and an empty cache; the issuer."""
    issuer = hostile.issuer_of(client_id)
    world.configure({"provider old": {
        "issuer": issuer, "client_id": client_id,
        "ca_file": hostile.ca_file}})
    world.service("cached")
    cli("clear")
    return issuer


@pytest.mark.parametrize("client_id,age_s,code", [
    ("reset_header=metadata", 0, "PAM_SUCCESS"),
    ("reset_header=metadata.1", 3600, "PAM_SUCCESS"),
    ("reset_header=metadata.2", 86000, "PAM_SUCCESS"),
    ("reset_header=metadata.3", 87000, "PAM_AUTHINFO_UNAVAIL"),
    ("reset_header=metadata.4", -1000, "PAM_AUTHINFO_UNAVAIL"),
])
def test_an_old_copy_stands_in_for_a_day(
        logs, since, hostile, client_id, age_s, code):
    """stale-if-error (RFC 5861 4); one from the future is none."""
    issuer = begin_with_nothing(hostile, client_id)
    plant(issuer + "/.well-known/openid-configuration", {
        "issuer": issuer,
        "device_authorization_endpoint": issuer + "/device",
        "token_endpoint": issuer + "/token",
        "jwks_uri": issuer + "/jwks"}, age_s)
    with PamClient("cached", "alice") as client:
        assert client.code() == code
    used = [line for line in logs.lines(since.log)
            if "an old copy has to do" in line.raw]
    assert len(used) == (code == "PAM_SUCCESS" and age_s > 0)
    asked = [line for line in hostile.requests(client_id)
             if line["endpoint"] == "metadata"]
    assert len(asked) == (age_s != 0)


def test_what_is_planted_is_what_is_written(service, idp):
    """The files above are of the form that a login writes."""
    login(service, idp)
    url = idp.issuer + "/jwks"
    found = parse(path_of(url).read_bytes())
    assert found["url"] == url.encode() and found["refresh"] == b"0"
    assert json.loads(found["body"])["keys"]


def test_keys_that_were_rotated_since(hostile):
    """None of those kept fits: they are fetched once more, and kept."""
    client_id = "plain.rotated"
    issuer = begin_with_nothing(hostile, client_id)
    plant(issuer + "/jwks", {"keys": []}, 60)
    with PamClient("cached", "alice") as client:
        assert client.code() == "PAM_SUCCESS"
    asked = [line["endpoint"] for line in hostile.requests(client_id)]
    assert asked.count("jwks") == 1
    (entry,) = [entry for entry in json.loads(cli("list", "--json"))
                if entry["url"] == issuer + "/jwks"]
    assert entry["bytes"] > len('{"keys": []}')


def test_refresh_of_another_login_a_moment_ago_has_to_do(logs, since, hostile):
    """So a flood of tokens of unknown keys is no flood of requests."""
    client_id = "plain.flood"
    issuer = begin_with_nothing(hostile, client_id)
    plant(issuer + "/jwks", {"keys": []}, 0, refresh=1)
    with PamClient("cached", "alice") as client:
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision("cached", since.log)["reason"] == "key-unknown"
    asked = [line["endpoint"] for line in hostile.requests(client_id)]
    assert asked.count("jwks") == 0
