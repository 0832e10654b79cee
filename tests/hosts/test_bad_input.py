# SPDX-License-Identifier: BSD-2-Clause
"""Bad configuration, bad servers: refused, explained once, in the log only."""

import os
import shutil
import socket

import pytest

import world
from https_stub import HttpsStub, http
from pam_client import authenticate

SERVICE = "po_test"
BROKEN = "Sign-in is not set up correctly on this host."
UNAVAILABLE = "The sign-in service cannot be reached."
PROVIDER = """\
[provider corp]
issuer = https://127.0.0.1:1
client_id = linux-public
"""


@pytest.fixture(autouse=True)
def service():
    world.service(SERVICE)


def refused(logs, since, code, reason, sentence, user="alice"):
    """One login that must fail this way; the log's explanation."""
    client = authenticate(SERVICE, user)
    assert client.phases[0]["code"] == code
    assert client.phases[0]["children"] is False
    assert client.messages == [("error", sentence)]
    decision = logs.decision(SERVICE, since.log)
    assert (decision["result"], decision["reason"]) == ("refused", reason)
    lines = [line for line in logs.lines(since.log)
             if line.is_decision and line.service == SERVICE]
    assert len(lines) == 1
    assert "\n" not in lines[0].raw
    return decision["detail"]


# --- the configuration's text ------------------------------------------------

TEXTS = {
    "nothing": ("", "provider"),
    "no section": ("issuer = https://a.example\n", ":1:"),
    "no equals sign": (PROVIDER + "nonsense\n", ":4:"),
    "unknown section": (PROVIDER + "[colour]\nx = y\n", ":4:"),
    "unknown option": (PROVIDER + "isuer = https://a.example\n", ":4:"),
    "option in a wrong section": (PROVIDER + "[access]\nissuer = x\n", ":5:"),
    "duplicate option": (PROVIDER + "client_id = two\n", ":4:"),
    "duplicate section": (PROVIDER + PROVIDER, ":4:"),
    "no client_id": ("[provider corp]\nissuer = https://a.example\n",
                     "client_id"),
    "http issuer": (PROVIDER.replace("https:", "http:"), ":2:"),
    "word for a number": (PROVIDER + "[account]\nmin_uid = low\n", ":5:"),
    "number out of range": (PROVIDER + "[limits]\ntimeout = 86400\n", ":5:"),
    "neither yes nor no": (PROVIDER + "[account]\nallow_root = maybe\n",
                           ":5:"),
    "unknown word": (PROVIDER + "[prompt]\nstyle = loud\n", ":5:"),
    "rule without operator": (PROVIDER + "[access]\nrequire = /groups\n",
                              ":5:"),
    "rule with unknown operator": (
        PROVIDER + "[access]\nrequire = /groups lacks x\n", ":5:"),
    "pointer without slash": (PROVIDER + "[account]\nusername = email\n",
                              ":5:"),
    "broken expression": (PROVIDER + "[account]\nusername_match = (\n",
                          ":5:"),
    "alg none": (PROVIDER + "id_token_algs = none\n", ":4:"),
    "scopes without openid": (PROVIDER + "scopes = profile\n", ":4:"),
    "a NUL": (PROVIDER + "label = a\0b\n", ""),
    "a long line": (PROVIDER + "label = " + "x" * 100000 + "\n", ":4:"),
    "more than anybody writes": (PROVIDER + "# \n" * 100000, ""),
}


@pytest.mark.parametrize("name", TEXTS)
def test_configuration_text(logs, since, name):
    text, place = TEXTS[name]
    world.write(text, world.CONFIG)
    detail = refused(logs, since, "PAM_SERVICE_ERR", "config", BROKEN)
    assert str(world.CONFIG) in detail
    assert place in detail


# --- the configuration as a file --------------------------------------------

def no_file(path):
    path.unlink()


def writable_by_group(path):
    path.chmod(0o664)


def writable_by_all(path):
    path.chmod(0o646)


def owned_by_alice(path):
    shutil.chown(path, "alice")


def link(path):
    path.symlink_to(path.rename(path.with_suffix(".real")))


def directory(path):
    path.unlink()
    path.mkdir()


def fifo(path):
    path.unlink()
    os.mkfifo(path)


def in_a_writable_directory(path):
    path.parent.chmod(0o777)


FILES = [no_file, writable_by_group, writable_by_all, owned_by_alice, link,
         directory, fifo, in_a_writable_directory]


def clean(path):
    path.parent.chmod(0o755)
    if path.is_dir():
        path.rmdir()
    elif path.is_symlink() or path.exists():
        path.unlink()


@pytest.mark.parametrize("spoil", FILES)
def test_configuration_file(logs, since, spoil):
    world.write(PROVIDER, world.CONFIG)
    spoil(world.CONFIG)
    try:
        detail = refused(logs, since, "PAM_SERVICE_ERR", "config", BROKEN)
        assert str(world.CONFIG_DIR) in detail
    finally:
        clean(world.CONFIG)


def not_a_map(path):
    path.write_text("alice /sub is 1\nbob\n")


@pytest.mark.parametrize("spoil", FILES[:-1] + [not_a_map])
def test_map_file(logs, since, spoil):
    """Who may be root may stand there: it is as safe as the configuration."""
    path = world.write("alice /sub is 1\n", world.CONFIG_DIR / "accounts")
    world.write(PROVIDER + "[account]\nmap_file = %s\n" % path, world.CONFIG)
    spoil(path)
    try:
        detail = refused(logs, since, "PAM_SERVICE_ERR", "config", BROKEN)
        assert str(path) in detail
        assert spoil is not not_a_map or ":2: " in detail
    finally:
        clean(path)


def readable_by_group(path):
    path.chmod(0o640)


def readable_by_all(path):
    path.chmod(0o604)


def empty(path):
    path.write_text("")


def two_lines(path):
    path.write_text("one\ntwo\n")


@pytest.mark.parametrize("spoil", FILES[:-1] + [
    readable_by_group, readable_by_all, empty, two_lines])
def test_secret_file(logs, since, spoil):
    path = world.write("s3cret-of-nobody", world.CONFIG_DIR / "s", 0o600)
    world.write(PROVIDER + "client_secret_file = %s\n" % path, world.CONFIG)
    spoil(path)
    try:
        detail = refused(logs, since, "PAM_SERVICE_ERR", "secret", BROKEN)
        assert str(path) in detail
        assert "s3cret" not in detail
    finally:
        clean(path)


# --- module arguments ------------------------------------------------------

@pytest.mark.parametrize("argument", [
    "nonsense", "config=relative.conf", "config=", "provider=", "DEBUG",
    "provider", "debug=no", "try_first_pass"])
def test_module_argument(logs, since, argument):
    world.write(PROVIDER, world.CONFIG)
    world.service(SERVICE, argument, account=False)
    client = authenticate(SERVICE, "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    assert len(client.messages) <= 1
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    assert argument in decision["detail"]


def test_unknown_provider(logs, since):
    world.write(PROVIDER, world.CONFIG)
    world.service(SERVICE, "provider=other")
    detail = refused(logs, since, "PAM_SERVICE_ERR", "config", BROKEN)
    assert '"other"' in detail and '"corp"' in detail


def test_configuration_by_argument_is_not_there(logs, since):
    world.service(SERVICE, "config=/etc/not-there.conf")
    detail = refused(logs, since, "PAM_SERVICE_ERR", "config", BROKEN)
    assert "/etc/not-there.conf" in detail


# --- the provider ----------------------------------------------------------

@pytest.fixture
def provider(idp):
    def configure(**options):
        world.configure({"provider corp": world.corp(idp, **options)})
    return configure


def test_issuer_with_trailing_slash(provider, idp, logs, since):
    provider(issuer=idp.issuer + "/")
    detail = refused(logs, since, "PAM_SERVICE_ERR", "metadata-issuer",
                     BROKEN)
    assert "trailing slash" in detail


def test_issuer_by_another_name(provider, idp, logs, since):
    provider(issuer=idp.issuer.replace("127.0.0.1", "localhost"))
    detail = refused(logs, since, "PAM_SERVICE_ERR", "metadata-issuer",
                     BROKEN)
    assert idp.issuer in detail


def test_issuer_with_another_path(provider, idp, logs, since):
    provider(issuer=idp.issuer + "/realms/other")
    refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "http", UNAVAILABLE)


def test_unknown_client(provider, logs, since):
    provider(client_id="nobody")
    detail = refused(logs, since, "PAM_SERVICE_ERR", "client-refused", BROKEN)
    assert "invalid_client" in detail


def test_wrong_secret(provider, logs, since):
    path = world.write("wrong", world.CONFIG_DIR / "wrong.secret", 0o600)
    provider(client_id="linux-basic", client_secret_file=path)
    refused(logs, since, "PAM_SERVICE_ERR", "client-refused", BROKEN)


def test_certificate_of_another_authority(provider, other_ca, logs, since):
    provider(ca_file=other_ca / "ca.pem")
    detail = refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "tls", UNAVAILABLE)
    assert "127.0.0.1" in detail


def test_certificate_of_no_known_authority(idp, logs, since):
    section = world.corp(idp)
    del section["ca_file"]          # the system's
    world.configure({"provider corp": section})
    refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "tls", UNAVAILABLE)


@pytest.mark.parametrize("content", ["", "not a certificate\n"])
def test_ca_file_without_certificates(provider, logs, since, content):
    provider(ca_file=world.write(content, world.CONFIG_DIR / "ca.pem"))
    refused(logs, since, "PAM_SERVICE_ERR", "config", BROKEN)


def configure_for(server, **options):
    world.configure({"provider corp": dict(
        {"issuer": server.issuer, "client_id": "x",
         "ca_file": server.ca_file}, **options)})


def test_certificate_for_another_host(other_ca, logs, since):
    with HttpsStub(other_ca, http("{}"), "127.0.0.2") as server:
        configure_for(server)
        detail = refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "tls",
                         UNAVAILABLE)
        assert server.requests == 0
    assert "127.0.0.2" in detail


ANSWERS = {
    "html": (http("<html>hello</html>", "text/html"), "document"),
    "not json": (http("hello"), "document"),
    "empty": (http(""), "document"),
    "array": (http("[]"), "document"),
    "object without anything": (http("{}"), "document"),
    "duplicate key": (http('{"issuer": "a", "issuer": "b"}'), "document"),
    "deep": (http("[" * 5000 + "]" * 5000), "document"),
    "NUL": (http(b'{"issuer": "a\0"}'), "document"),
    "not UTF-8": (http(b'{"issuer": "\xff"}'), "document"),
    "too large": (http(" " * 300000), "too-large"),
    "server error": (http('{"error": "server_error"}',
                          status="500 Internal Server Error"), "http"),
    "service unavailable": (http("", "text/html",
                                 "503 Service Unavailable"), "http"),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n"
                 b"Content-Length: 0\r\n\r\n", None),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", None),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500000,
                        "too-large"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(other_ca, logs, since, name):
    answer, reason = ANSWERS[name]
    with HttpsStub(other_ca, answer) as server:
        configure_for(server, request_timeout="30s")
        client = authenticate(SERVICE, "alice")
        assert server.requests == 1
    decision = logs.decision(SERVICE, since.log)
    # people can make some answers longer than that: no outage
    outcome = {"too-large": ("PAM_AUTH_ERR",
                             "The sign-in could not be verified.")}.get(
        reason, ("PAM_AUTHINFO_UNAVAIL", UNAVAILABLE))
    assert client.phases[0]["code"] == outcome[0]
    assert client.messages == [("error", outcome[1])]
    if reason is not None:
        assert decision["reason"] == reason
    assert "127.0.0.1" in decision["detail"]
    assert len(decision["detail"]) <= 512


def test_provider_that_never_answers(other_ca, logs, since):
    with HttpsStub(other_ca, None) as server:
        configure_for(server, request_timeout="4s")
        refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "network", UNAVAILABLE)
        assert server.requests == 1


def test_provider_that_accepts_and_says_nothing(logs, since, other_ca):
    """Not even TLS: the handshake hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        world.configure({"provider corp": {
            "issuer": "https://127.0.0.1:%d" % server.getsockname()[1],
            "client_id": "x", "ca_file": other_ca / "ca.pem",
            "connect_timeout": "2s", "request_timeout": "2s"}})
        refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "network", UNAVAILABLE)


def test_nobody_listens(provider, logs, since):
    provider(issuer="https://127.0.0.1:1")
    detail = refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "network",
                     UNAVAILABLE)
    assert "127.0.0.1" in detail


def test_name_that_does_not_exist(provider, logs, since):
    provider(issuer="https://sso.invalid")      # RFC 6761 6.4
    detail = refused(logs, since, "PAM_AUTHINFO_UNAVAIL", "network",
                     UNAVAILABLE)
    assert "sso.invalid" in detail
