# SPDX-License-Identifier: BSD-2-Clause
"""How this host proves who it is: each method with the real provider, and
what an administrator is told who has something wrong."""


import pytest

import world
from pam_client import PamClient, authenticate

SERVICE = "client_auth"
KEYS = ["linux-key-rs256", "linux-key-ps256", "linux-key-es256",
        "linux-key-eddsa"]
AUDIENCES = ["issuer", "token_endpoint", "endpoint"]
ES256 = "linux-key-es256"


@pytest.fixture(autouse=True)
def service():
    world.service(SERVICE)


def configure(idp, client_id, **options):
    world.configure({"provider corp": world.corp(
        idp, client_id=client_id, **options)})


def key_options(idp, client_id, **options):
    """The key of a client; PS256 is for who says so."""
    if client_id == "linux-key-ps256":
        options.setdefault("client_key_alg", "PS256")
    return dict({"client_key_file": world.private_key(idp, client_id)},
                **options)


def tls_options(idp, client_id, **options):
    return key_options(idp, client_id, client_certificate_file=world.write(
        (idp.tls_dir / (client_id + ".pem")).read_text(),
        world.CONFIG_DIR / (client_id + ".pem")), **options)


def sign_in(idp):
    """The PAM code of a login that alice approves."""
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        return client.code()


def granted(idp, logs, since):
    assert sign_in(idp) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"
    return [event for event in idp.events(since.time_ms)
            if event["path"] in ("/device/auth", "/token")]


def refused(logs, since, reason):
    """The detail of a login that ends before there is a link."""
    client = authenticate(SERVICE, "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == reason
    return decision["detail"]


def refused_there(idp, logs, since):
    """Why the provider refused, which it tells nobody but its own log."""
    assert "check client_id, client_auth and the files it needs" in refused(
        logs, since, "client-refused")
    [event] = [event for event in idp.events(since.time_ms)
               if event["path"] == "/device/auth"]
    assert event["error"] == "invalid_client"
    return event["detail"]


# --- each method ------------------------------------------------------------

@pytest.mark.parametrize("client_id,method", [
    ("linux-basic", "auto"), ("linux-basic", "client_secret_basic"),
    ("linux-post", "client_secret_post"),
    ("linux-secret-jwt", "client_secret_jwt")])
def test_secret(idp, logs, since, client_id, method):
    configure(idp, client_id, client_auth=method,
              client_secret_file=world.secret(idp, client_id))
    granted(idp, logs, since)


@pytest.mark.parametrize("method", ["auto", "private_key_jwt"])
@pytest.mark.parametrize("client_id", KEYS)
def test_private_key(idp, logs, since, client_id, method):
    configure(idp, client_id, client_auth=method,
              **key_options(idp, client_id))
    # one that is sent twice is refused: each poll had its own
    assert len(granted(idp, logs, since)) >= 2


@pytest.mark.parametrize("audience", AUDIENCES)
def test_private_key_for_each_audience(idp, logs, since, audience):
    configure(idp, ES256, client_assertion_audience=audience,
              client_key_id=ES256 + "-1", **key_options(idp, ES256))
    granted(idp, logs, since)


@pytest.mark.parametrize("client_id,method", [
    ("linux-tls", "auto"), ("linux-tls", "tls_client_auth"),
    ("linux-self-signed", "self_signed_tls_client_auth")])
def test_certificate(idp, logs, since, client_id, method):
    """Where the provider asks for one: at its other name."""
    configure(idp, client_id, client_auth=method, cache="no",
              **tls_options(idp, client_id))
    granted(idp, logs, since)


def test_certificate_for_userinfo(idp, logs, since):
    world.configure({
        "provider corp": world.corp(
            idp, client_id="linux-tls", userinfo="always",
            **tls_options(idp, "linux-tls")),
        "access": {"require": "/groups has linux-admins"}})
    granted(idp, logs, since)


def test_code_without_a_proof_and_token_with_one(idp, logs, since):
    configure(idp, "linux-key-later", device_client_auth="none",
              **key_options(idp, "linux-key-later"))
    granted(idp, logs, since)


def test_code_with_another_proof_than_is_wanted(idp, logs, since):
    configure(idp, "linux-key-later", **key_options(idp, "linux-key-later"))
    assert "does not match the registered" in refused_there(idp, logs, since)


# --- PKCE -------------------------------------------------------------------

@pytest.mark.parametrize("pkce", ["auto", "yes"])
def test_pkce(idp, logs, since, pkce):
    configure(idp, "linux-pkce", pkce=pkce)
    granted(idp, logs, since)


def test_no_pkce_where_it_is_demanded(idp, logs, since):
    configure(idp, "linux-pkce", pkce="no")
    assert "code_challenge is missing" in refused(
        logs, since, "client-refused")


def test_no_pkce_where_nobody_cares(idp, logs, since):
    configure(idp, "linux-public", pkce="no")
    granted(idp, logs, since)


# --- what may be wrong at the provider ---------------------------------------

def test_key_of_another_client(idp, logs, since):
    configure(idp, ES256, **key_options(idp, "linux-key-later"))
    assert "signature" in refused_there(idp, logs, since)


def test_kid_of_another_key(idp, logs, since):
    configure(idp, ES256, client_key_id="another",
              **key_options(idp, ES256))
    assert "no applicable key found" in refused_there(idp, logs, since)


def test_algorithm_that_was_not_agreed(idp, logs, since):
    configure(idp, "linux-key-ps256", **key_options(
        idp, "linux-key-ps256", client_key_alg="RS256"))
    assert "alg mismatch" in refused_there(idp, logs, since)


def test_certificate_of_another_client(idp, logs, since):
    """By the same authority of nobody: it is not the one that is known."""
    configure(idp, "linux-self-signed", **tls_options(idp, "linux-tls"))
    assert "unregistered client certificate" in refused_there(idp, logs, since)


def test_certificate_that_no_authority_has_made(idp, logs, since):
    configure(idp, "linux-tls", **tls_options(idp, "linux-self-signed"))
    assert "was not verified" in refused_there(idp, logs, since)


def test_secret_instead_of_the_key(idp, logs, since):
    """A key is not tried because there is one: the administrator has said."""
    configure(idp, ES256, client_auth="client_secret_basic",
              client_secret_file=world.secret(idp, "linux-basic"),
              **key_options(idp, ES256))
    assert "does not match the registered" in refused_there(idp, logs, since)


# --- what may be wrong here ---------------------------------------------------

@pytest.mark.parametrize("method,needs", [
    ("client_secret_basic", "client_secret_file"),
    ("client_secret_post", "client_secret_file"),
    ("client_secret_jwt", "client_secret_file"),
    ("private_key_jwt", "client_key_file"),
    ("tls_client_auth", "client_certificate_file"),
    ("self_signed_tls_client_auth", "client_certificate_file")])
@pytest.mark.parametrize("option", ["client_auth", "device_client_auth"])
def test_method_without_what_it_needs(idp, logs, since, option, method, needs):
    configure(idp, "linux-public", **{option: method})
    assert 'option "%s": there is no "%s"' % (option, needs) in refused(
        logs, since, "config")
    assert idp.events(since.time_ms) == []


@pytest.mark.parametrize("text,mode,says", [
    ("-----BEGIN PRIVATE KEY-----\n", 0o600, "malformed PEM"),
    ("", 0o600, "an empty file"),
    ('{"kty":"oct","k":"AAAA"}', 0o600, 'kty is not "RSA", "EC" or "OKP"'),
    (None, 0o644, "readable by group or others (mode 0644): chmod 600"),
    (None, 0o640, "readable by group or others (mode 0640): chmod 600")])
def test_bad_key_file(idp, logs, since, text, mode, says):
    if text is None:
        text = idp.private_key(ES256)
    path = world.write(text, world.CONFIG_DIR / "bad.key", mode)
    configure(idp, ES256, client_key_file=path)
    detail = refused(logs, since, "secret")
    assert detail.startswith("%s: " % path) and says in detail
    assert idp.events(since.time_ms) == []


def test_key_file_that_is_not_there(idp, logs, since):
    path = world.CONFIG_DIR / "is-not-there.key"
    configure(idp, ES256, client_key_file=path)
    assert refused(logs, since, "secret") == (
        "%s: No such file or directory" % path)


@pytest.mark.parametrize("client_id,alg,says", [
    (ES256, "RS256", "RS256 is not for a key of type P-256"),
    (ES256, "ES384", "ES384 is not for a key of type P-256"),
    ("linux-key-rs256", "ES256", "ES256 is not for a key of type RSA"),
    ("linux-key-eddsa", "ES256", "ES256 is not for a key of type Ed25519")])
def test_algorithm_of_another_kind_of_key(idp, logs, since, client_id, alg,
                                          says):
    configure(idp, client_id, **key_options(
        idp, client_id, client_key_alg=alg))
    detail = refused(logs, since, "config")
    assert ": client_key_alg: " in detail and says in detail
    assert idp.events(since.time_ms) == []


def test_secret_too_short_to_sign_with(idp, logs, since):
    configure(idp, "linux-secret-jwt", client_auth="client_secret_jwt",
              client_secret_file=world.write(
                  "x" * 31, world.CONFIG_DIR / "short.secret", 0o600))
    assert "HS256 needs a client secret of 32 bytes" in refused(
        logs, since, "config")


@pytest.mark.parametrize("start,end,says", [
    ("20200101000000Z", "20200102000000Z", "the certificate has expired"),
    ("20990101000000Z", "20990102000000Z", "the certificate is not valid yet"),
])
def test_certificate_out_of_its_time(idp, logs, since, start, end, says):
    """Told here, where the provider would only break the connection off."""
    options = tls_options(idp, "linux-tls")
    path = world.write(
        world.dated_certificate(options["client_key_file"], start, end),
        world.CONFIG_DIR / "dated.pem")
    configure(idp, "linux-tls", **dict(options, client_certificate_file=path))
    assert refused(logs, since, "secret") == "%s: %s" % (path, says)
    assert idp.events(since.time_ms) == []


def test_certificate_of_another_key(idp, logs, since):
    options = tls_options(idp, "linux-tls")
    configure(idp, "linux-tls", **dict(
        options, client_key_file=world.private_key(idp, ES256)))
    assert "the certificate is not for the key" in refused(
        logs, since, "secret")


def test_certificate_that_is_none(idp, logs, since):
    options = tls_options(idp, "linux-tls")
    configure(idp, "linux-tls", **dict(
        options, client_certificate_file=options["client_key_file"]))
    assert "no certificate (PEM) in it" in refused(logs, since, "secret")
