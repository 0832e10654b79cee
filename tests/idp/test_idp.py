# SPDX-License-Identifier: BSD-2-Clause
"""Proof that the test provider is what the other tests take it for."""

import base64
import http.client
import json
import os
import re
import select
import ssl
import subprocess
import sys
import time

import pytest

import browser as browser_module
from browser import Browser, BrowserError
from device_client import DEVICE_GRANT, SCOPE, Client, parts
from provider import HERE, Provider, ProviderError

TIMEOUT = 60


@pytest.fixture(scope="module")
def idp(tmp_path_factory):
    provider = Provider(tmp_path_factory.mktemp("idp"), interval=1)
    with provider:
        yield provider
        errors = provider.errors()
    assert errors == ""
    leaked = {provider.secret("linux-basic"), provider.secret("linux-post")}
    log = provider.event_log.read_text()
    assert not [secret for secret in leaked if secret in log]


METHODS = [("linux-public", "none", "RS256"),
           ("linux-basic", "client_secret_basic", "RS256"),
           ("linux-post", "client_secret_post", "RS256"),
           ("linux-es256", "none", "ES256"),
           ("linux-eddsa", "none", "EdDSA"),
           ("linux-ps256", "none", "PS256"),
           ("linux-hs256", "client_secret_basic", "HS256"),
           ("linux-fat", "none", "RS256")]


def test_discovery(idp):
    status, metadata = Client(idp, "x").request(
        "GET", "/.well-known/openid-configuration")
    assert status == 200
    assert metadata["issuer"] == idp.issuer
    assert metadata["issuer"] == "https://127.0.0.1:%d" % idp.port
    assert metadata["device_authorization_endpoint"].startswith(idp.issuer)
    assert DEVICE_GRANT in metadata["grant_types_supported"]
    assert {"groups", "email"} <= set(metadata["scopes_supported"])


def test_jwks_has_one_key_an_algorithm_and_nothing_private(idp):
    status, jwks = Client(idp, "x").request("GET", "/jwks")
    assert status == 200
    assert (sorted(key["alg"] for key in jwks["keys"])
            == ["ES256", "EdDSA", "PS256", "RS256"])
    assert len({key["kid"] for key in jwks["keys"]}) == 4
    assert not [key for key in jwks["keys"] if "d" in key]


@pytest.mark.parametrize("client_id,alg,enc", [
    ("linux-jwe-rsa", "RSA-OAEP-256", "A256GCM"),
    ("linux-jwe-ecdh", "ECDH-ES+A128KW", "A128CBC-HS256"),
    ("linux-jwe-x25519", "ECDH-ES", "A256CBC-HS512")])
def test_encrypted_id_token(idp, client_id, alg, enc):
    token = Client(idp, client_id).sign_in("alice")["id_token"]
    assert token.count(".") == 4
    header = parts(token.split(".")[0] + ".e30")[0]
    assert (header["alg"], header["enc"]) == (alg, enc)
    assert header["cty"] == "JWT"
    assert header["iss"] == idp.issuer      # repeated in the clear
    assert "PRIVATE KEY" in idp.private_key(client_id) \
        or "\"d\":" in idp.private_key(client_id)


@pytest.mark.parametrize("client_id,method,alg", METHODS)
def test_login(idp, client_id, method, alg):
    client = Client(idp, client_id, method)
    device = client.device()
    assert device["interval"] == 1
    assert device["expires_in"] == 300
    assert device["user_code"] in device["verification_uri_complete"]
    assert client.poll(device)[1]["error"] == "authorization_pending"
    Browser(idp.ca_file).approve(device["verification_uri_complete"], "alice")
    status, token = client.poll(device)
    assert status == 200
    assert token["token_type"] == "Bearer"
    assert "refresh_token" not in token
    header, claims = parts(token["id_token"])
    # a shared key has no name
    assert sorted(header) == (["alg", "typ"] if alg == "HS256"
                              else ["alg", "kid", "typ"])
    assert (header["alg"], header["typ"]) == (alg, "JWT")
    assert claims["iss"] == idp.issuer
    assert claims["aud"] == client_id
    assert claims["sub"] == "248289761001"
    # The same code a second time is nobody's any more.
    assert client.poll(device)[1]["error"] == "invalid_grant"


# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
             "code_challenge_method": "S256"}


@pytest.mark.parametrize("client_id", ["linux-pkce", "linux-public"])
@pytest.mark.parametrize("more,status", [
    ({"code_verifier": VERIFIER}, 200), ({}, 400),
    ({"code_verifier": VERIFIER[::-1]}, 400)])
def test_code_needs_the_verifier_of_its_challenge(idp, client_id, more,
                                                  status):
    client = Client(idp, client_id)
    device = client.device(**CHALLENGE)
    Browser(idp.ca_file).approve(device["verification_uri_complete"], "alice")
    got, answer = client.poll(device, **more)
    assert got == status
    assert answer.get("error") == (None if status == 200 else "invalid_grant")


def test_verifier_without_a_challenge(idp):
    client = Client(idp, "linux-public")
    device = client.device()
    Browser(idp.ca_file).approve(device["verification_uri_complete"], "alice")
    assert client.poll(device, code_verifier=VERIFIER)[1][
        "error"] == "invalid_grant"


def test_challenge_that_is_demanded(idp):
    status, answer = Client(idp, "linux-pkce").post(
        "/device/auth", scope=SCOPE)
    assert (status, answer["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("client_id,host,certificate,status", [
    ("linux-tls", "localhost", "linux-tls", 200),
    ("linux-self-signed", "localhost", "linux-self-signed", 200),
    ("linux-tls", "127.0.0.1", "linux-tls", 401),
    ("linux-tls", "localhost", None, 401),
    ("linux-tls", "localhost", "linux-self-signed", 401),
    ("linux-tls", "localhost", "server", 401),
    ("linux-self-signed", "localhost", "linux-tls", 401)])
def test_client_is_known_by_its_certificate(idp, client_id, host, certificate,
                                            status):
    assert Client(idp, client_id, host=host, certificate=certificate).post(
        "/device/auth", scope=SCOPE)[0] == status


@pytest.mark.parametrize("client_id", [
    "linux-key-es256", "linux-secret-jwt"])
def test_client_without_an_assertion(idp, client_id):
    assert Client(idp, client_id).post(
        "/device/auth", scope=SCOPE)[0] == 401


def test_thin_id_token_and_userinfo(idp):
    client = Client(idp, "linux-public")
    token = client.sign_in("alice")
    claims = parts(token["id_token"])[1]
    assert sorted(claims) == ["at_hash", "aud", "exp", "iat", "iss", "sub"]
    assert client.userinfo(token) == (200, {
        "sub": "248289761001",
        "name": "Alice Example",
        "given_name": "Alice",
        "family_name": "Example",
        "preferred_username": "alice",
        "email": "alice@example.com",
        "email_verified": True,
        "groups": ["linux-users", "linux-admins"],
    })


def test_fat_id_token(idp):
    token = Client(idp, "linux-fat").sign_in("alice", password="mfa123")
    claims = parts(token["id_token"])[1]
    assert claims["preferred_username"] == "alice"
    assert claims["groups"] == ["linux-users", "linux-admins"]
    assert claims["acr"] == "mfa"
    assert "otp" in claims["amr"]
    assert abs(claims["auth_time"] - time.time()) < 60


def test_scopes_limit_claims(idp):
    client = Client(idp, "linux-public")
    token = client.sign_in("alice", scope="openid email")
    assert (sorted(client.userinfo(token)[1])
            == ["email", "email_verified", "sub"])


def test_acr_and_auth_time_when_asked_for(idp):
    token = Client(idp, "linux-public").sign_in(
        "alice", acr_values="mfa pwd", max_age="900")
    claims = parts(token["id_token"])[1]
    assert claims["acr"] == "pwd"
    assert abs(claims["auth_time"] - time.time()) < 60


@pytest.mark.parametrize("login,expected", [
    ("bob", {"groups": ["linux-users"]}),
    ("carol", {"groups": None, "email_verified": False}),
    ("dave", {"groups": []}),
    ("mallory", {"preferred_username": "root"}),
    ("erin", {"preferred_username": "erin@example.com"}),
    ("zoe", {"preferred_username": "zoe\nroot"}),
])
def test_people(idp, login, expected):
    client = Client(idp, "linux-public")
    token = client.sign_in(login)
    info = client.userinfo(token)[1]
    assert info["sub"] == parts(token["id_token"])[1]["sub"] != login
    for name, value in expected.items():
        assert info.get(name) == value
    assert ("groups" in info) == (login != "carol")
    if login == "zoe":
        assert {"\x1b", "\n", "\u202e"} <= set(info["name"])


def test_refresh(idp):
    client = Client(idp, "linux-public")
    token = client.sign_in("bob", scope=SCOPE + " offline_access")
    status, again = client.post("/token", grant_type="refresh_token",
                                refresh_token=token["refresh_token"])
    assert status == 200, again
    assert parts(again["id_token"])[1]["sub"] == "591007342118"
    # A public client's refresh token rotates: the old one is void.
    status, answer = client.post("/token", grant_type="refresh_token",
                                 refresh_token=token["refresh_token"])
    assert (status, answer["error"]) == (400, "invalid_grant")


def test_revocation(idp):
    client = Client(idp, "linux-public")
    token = client.sign_in("bob")
    assert client.post("/token/revocation",
                       token=token["access_token"])[0] == 200
    assert client.userinfo(token)[0] == 401


def test_code_typed_by_hand(idp):
    client = Client(idp, "linux-public")
    device = client.device()
    typed = device["user_code"].lower().replace("-", " ")
    Browser(idp.ca_file).approve_by_code(device["verification_uri"], typed,
                                         "bob")
    assert client.poll(device)[0] == 200


def test_wrong_code(idp):
    with pytest.raises(BrowserError, match="code you entered is incorrect"):
        Browser(idp.ca_file).approve_by_code(idp.issuer + "/device",
                                             "BBBB-BBBB", "bob")


def test_pages_name_no_other_host(idp):
    person = Browser(idp.ca_file)
    device = Client(idp, "linux-public").device()
    page = person.open_page(device["verification_uri_complete"])
    for kind in ("autosubmit", "confirm", "login"):
        assert page.kind == kind
        hosts = re.findall(r"https?://[^/\s\"')]+", page.source)
        assert set(hosts) <= {idp.issuer}
        page = person.submit(page)


@pytest.mark.parametrize("login", [None, "alice"])
def test_denial(idp, login):
    client = Client(idp, "linux-public")
    device = client.device()
    Browser(idp.ca_file).deny(device["verification_uri_complete"], login)
    status, answer = client.poll(device)
    assert (status, answer["error"]) == (400, "access_denied")
    assert client.poll(device)[1]["error"] == "invalid_grant"


def test_second_login_in_one_session_needs_no_password(idp):
    client = Client(idp, "linux-public")
    person = Browser(idp.ca_file)
    for _ in range(2):
        device = client.device()
        person.approve(device["verification_uri_complete"], "bob")
        assert client.poll(device)[0] == 200
    with pytest.raises(BrowserError, match="signed in as bob|approved as bob"):
        person.approve(client.device()["verification_uri_complete"], "alice")


@pytest.mark.parametrize("login", ["nobody", "", "root", "248289761001"])
def test_unknown_login(idp, login):
    client = Client(idp, "linux-public")
    device = client.device()
    person = Browser(idp.ca_file)
    with pytest.raises(BrowserError, match="Sign-in refused"):
        person.approve(device["verification_uri_complete"], login)
    assert client.poll(device)[1]["error"] == "authorization_pending"


@pytest.mark.parametrize("client_id,method,secret", [
    ("linux-basic", "client_secret_basic", "wrong"),
    ("linux-post", "client_secret_post", "wrong"),
    ("linux-basic", "client_secret_post", None),    # not its method
    ("linux-post", "client_secret_basic", None),
    ("linux-basic", "none", None),
    ("nobody", "none", None),
])
def test_client_authentication_refused(idp, client_id, method, secret):
    status, answer = Client(idp, client_id, method, secret).post(
        "/device/auth", scope=SCOPE)
    assert (status, answer["error"]) == (401, "invalid_client")


def test_unencoded_basic_secret_is_refused(idp):
    pair = "linux-basic:" + idp.secret("linux-basic")
    status, answer = Client(idp, "x").request(
        "POST", "/device/auth", {"scope": SCOPE},
        {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
    assert (status, answer["error"]) == (401, "invalid_client")


def test_another_clients_code(idp):
    device = Client(idp, "linux-public").device()
    assert (Client(idp, "linux-es256").poll(device)[1]["error"]
            == "invalid_grant")


def test_secret_files_are_private(idp):
    names = {path.name for path in idp.tls_dir.iterdir()
             if path.stat().st_mode & 0o077 == 0}
    assert {"ca.key", "server.key", "linux-basic.secret",
            "linux-post.secret"} <= names


def test_events(idp):
    since = len(idp.events())
    client = Client(idp, "linux-post", "client_secret_post")
    device = client.device()
    client.poll(device)
    first, second = idp.events()[since:]
    assert first["path"] == "/device/auth" and first["grant"] is None
    assert (first["method"], first["status"]) == ("POST", 200)
    assert second["path"] == "/token" and second["grant"] == DEVICE_GRANT
    assert second["error"] == "authorization_pending"
    assert second["client_id"] == "linux-post"
    assert second["ua"] == "test_idp"
    assert second["conn"] == first["conn"]      # one kept connection
    assert second["conns"] == first["conns"] and second["t"] > first["t"]
    Browser(idp.ca_file).approve(device["verification_uri_complete"], "bob")
    client.poll(device)
    last = idp.wait_event(lambda e: e["path"] == "/token", since=since + 2)
    assert (last["status"], last["error"]) == (200, None)
    log = idp.event_log.read_text()
    assert device["device_code"] not in log
    assert device["user_code"] not in log


def test_wait_event_times_out(idp):
    with pytest.raises(TimeoutError):
        idp.wait_event(lambda event: False, timeout=0.05)


def test_short_code_expires(idp):
    client = Client(idp, "linux-short")
    started = time.monotonic()
    device = client.device()
    assert (device["expires_in"], device["interval"]) == (3, 1)
    # Polls without a pause: the condition itself is waited for.
    error = "authorization_pending"
    while error == "authorization_pending":
        assert time.monotonic() - started < 10
        error = client.poll(device)[1]["error"]
    assert error == "expired_token"
    assert time.monotonic() - started > 1.5
    assert client.poll(device)[1]["error"] == "expired_token"


def test_flags(tmp_path):
    with Provider(tmp_path, code_ttl=77) as idp:
        assert (json.dumps(Client(idp, "linux-public").device(),
                           sort_keys=True).count("interval") == 0)
        device = Client(idp, "linux-public").device()
        assert device["expires_in"] == 77
        # The command line does what the class does.
        done = subprocess.run(
            [sys.executable, browser_module.__file__, "--ca-file",
             idp.ca_file, "approve", device["verification_uri_complete"],
             "--login", "bob"], timeout=60)
        assert done.returncode == 0
        assert Client(idp, "linux-public").poll(device)[0] == 200
        process = idp._process
        process.terminate()
        assert process.wait(TIMEOUT) == 0       # SIGTERM is a clean end
        with pytest.raises(ProviderError):
            idp.wait_event(lambda event: False)
    assert idp.errors() == ""


def test_server_dies_with_its_parent(tmp_path):
    program = ("import sys, provider\n"
               "idp = provider.Provider(sys.argv[1])\n"
               "idp.start()\n"
               "print(idp.pid, flush=True)\n"
               "sys.stdin.read()\n")
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)],
                          cwd=HERE, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as parent:
        server = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    try:
        assert select.select([server], [], [], TIMEOUT)[0]
    finally:
        os.close(server)


def test_hashed_directory(idp):
    context = ssl.create_default_context(
        capath=os.path.join(idp.tls_dir, "hashed"))
    conn = http.client.HTTPSConnection("localhost", idp.port, timeout=TIMEOUT,
                                       context=context)
    conn.request("GET", "/jwks")
    assert conn.getresponse().status == 200


@pytest.mark.parametrize("arguments", [
    [], ["--tls", "x", "--port", "70000"], ["--tls", "x", "--interval", "-1"],
    ["--tls", "x", "--nonsense"]])
def test_usage(arguments):
    done = subprocess.run(["node", str(HERE / "server.mjs")] + arguments,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert b"usage:" in done.stderr and done.stdout == b""
