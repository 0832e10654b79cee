# SPDX-License-Identifier: BSD-2-Clause
"""ID tokens of the real provider that are encrypted, or keyed with the
client secret: let in only by those who configured it."""

import pytest

import world
from pam_client import PamClient, authenticate

SERVICE = "tokens"
ENCRYPTED = ["linux-jwe-rsa", "linux-jwe-ecdh", "linux-jwe-x25519"]


@pytest.fixture(autouse=True)
def service():
    world.service(SERVICE)


def configure(idp, client_id, **options):
    world.configure({"provider corp": world.corp(
        idp, client_id=client_id, **options)})


def sign_in(idp):
    """The PAM code of a login that alice approves."""
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        return client.code()


@pytest.mark.parametrize("client_id", ENCRYPTED)
def test_encrypted_token_is_opened(idp, logs, since, client_id):
    configure(idp, client_id,
              decryption_key_file=world.private_key(idp, client_id))
    assert sign_in(idp) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"


@pytest.mark.parametrize("client_id,key", [
    ("linux-signed-userinfo", False), ("linux-sealed-userinfo", True)])
def test_signed_userinfo(idp, logs, since, client_id, key):
    """The groups are only there; the keys serve for both tokens."""
    options = {"userinfo": "always", "cache": "no"}
    if key:
        options["decryption_key_file"] = world.private_key(idp, client_id)
    world.configure({
        "provider corp": world.corp(idp, client_id=client_id, **options),
        "access": {"require": "/groups has linux-admins"}})
    assert sign_in(idp) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"
    paths = [event["path"] for event in idp.events(since.time_ms)]
    assert paths.count("/me") == 1 and paths.count("/jwks") == 1


def test_document_beside_an_id_token(idp, logs, since):
    """Under its own name; what stands in it is not asked of userinfo."""
    world.configure({
        "provider corp": world.corp(
            idp, client_id="linux-fat", api="person %s/me" % idp.issuer),
        "access": {"require": ["/person/groups has linux-admins",
                               "/groups has linux-users"]}})
    assert sign_in(idp) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["sub"] == "248289761001"
    assert [event["path"] for event in idp.events(since.time_ms)].count(
        "/me") == 1


def test_document_with_the_name_of_a_claim(idp, logs, since):
    world.configure({
        "provider corp": world.corp(
            idp, client_id="linux-fat", api="groups %s/me" % idp.issuer),
        "access": {"require": "/groups has linux-admins"}})
    assert sign_in(idp) == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    assert 'has the name of the claim "groups"' in decision["detail"]


def test_signed_userinfo_by_another_algorithm(idp, logs, since):
    """id_token_algs is for all that is signed; RS256 is not what it says."""
    world.configure({"provider corp": world.corp(
        idp, client_id="linux-signed-userinfo", userinfo="always",
        id_token_algs="RS256")})
    assert sign_in(idp) == "PAM_AUTH_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "alg"
    assert "userinfo response: " in decision["detail"]


def test_encrypted_token_without_a_key(idp, logs, since):
    configure(idp, ENCRYPTED[0])
    assert sign_in(idp) == "PAM_AUTH_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "token-malformed"
    assert "no decryption key" in decision["detail"]


def test_encrypted_token_with_the_key_of_another_client(idp, logs, since):
    """Of the same kind: only decryption itself can tell."""
    configure(idp, "linux-jwe-rsa", decryption_key_file=world.write(
        world.new_rsa_key(), world.CONFIG_DIR / "other.key", 0o600))
    assert sign_in(idp) == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "decrypt"


def test_plain_token_where_an_encrypted_one_was_agreed(idp, logs, since):
    configure(idp, "linux-public", decryption_key_file=world.private_key(
        idp, "linux-jwe-rsa"))
    assert sign_in(idp) == "PAM_AUTH_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "decrypt"
    assert "not encrypted" in decision["detail"]


@pytest.mark.parametrize("text,mode,says", [
    ("-----BEGIN PRIVATE KEY-----\n", 0o600, "other.key: "),
    ("", 0o600, "other.key: "),
    (None, 0o644, "other.key: readable by")])
def test_bad_decryption_key_file(idp, logs, since, text, mode, says):
    if text is None:
        text = idp.private_key("linux-jwe-rsa")
    configure(idp, "linux-jwe-rsa", decryption_key_file=world.write(
        text, world.CONFIG_DIR / "other.key", mode))
    client = authenticate(SERVICE, "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "secret"
    assert says in decision["detail"]
    assert idp.events(since.time_ms) == []


def test_hs256_with_the_client_secret(idp, logs, since):
    configure(idp, "linux-hs256", id_token_algs="HS256",
              client_secret_file=world.secret(idp, "linux-hs256"))
    assert sign_in(idp) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"
    # what is published could not have verified it
    assert [event for event in idp.events(since.time_ms)
            if event["path"] == "/jwks"] == []


def test_hs256_that_nobody_named(idp, logs, since):
    configure(idp, "linux-hs256",
              client_secret_file=world.secret(idp, "linux-hs256"))
    assert sign_in(idp) == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "alg"


@pytest.mark.parametrize("secret,says", [
    (None, "HS256 is keyed with the client secret, and there is none"),
    ("x" * 31, "HS256 needs a client secret of 32 bytes, this one has 31")])
def test_hs256_with_a_secret_too_short(idp, logs, since, secret, says):
    options = {}
    if secret is not None:
        options["client_secret_file"] = world.write(
            secret, world.CONFIG_DIR / "short.secret", 0o600)
    configure(idp, "linux-hs256", id_token_algs="HS256", **options)
    client = authenticate(SERVICE, "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    assert says in decision["detail"]
    assert idp.events(since.time_ms) == []
