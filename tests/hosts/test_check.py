# SPDX-License-Identifier: BSD-2-Clause
"""pam-oauth check on a whole host: providers, sshd, the examples as they are
shipped, what an installation has to have. Stacks and configurations by
themselves: tests/cli/test_check*.sh."""

import email.utils
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import stat
import subprocess
import time
import urllib.request

import pytest

import world
from hostile import Hostile
from https_stub import HttpsStub
from terminal import as_user
from test_client_auth import tls_options

SSHD_CONFIG = pathlib.Path("/etc/ssh/sshd_config")
GOOD_SSHD = "UsePAM yes\nKbdInteractiveAuthentication yes\n" \
    "PasswordAuthentication no\nLoginGraceTime 120\n"
TIMEOUT = 60
TLS = "linux-tls"        # a client with a certificate


@pytest.fixture(autouse=True)
def host(tmp_path_factory):
    """No service that others left, a good sshd_config; all back afterwards."""
    aside = tmp_path_factory.mktemp("aside")
    for path in world.PAM_D.iterdir():
        if "pam_oauth" in path.read_text():
            shutil.move(path, aside / path.name)
    for path, data in world.STOCK.items():
        path.write_bytes(data)
    saved = {path: path.read_bytes() for path in
             [*world.STOCK, SSHD_CONFIG,
              *map(pathlib.Path, ("/etc/group", "/etc/shadow"))]
             if path.exists()}
    SSHD_CONFIG.write_text(GOOD_SSHD)
    subprocess.run(["ssh-keygen", "-A"], check=True, timeout=TIMEOUT,
                   stdout=subprocess.DEVNULL)
    yield
    for path in world.PAM_D.iterdir():
        if "pam_oauth" in path.read_text():
            path.unlink()
    for path, text in saved.items():
        path.write_bytes(text)
    for path in aside.iterdir():
        shutil.move(path, world.PAM_D / path.name)


@pytest.fixture
def sshd(host, idp):
    """The example in its place, and a provider behind it."""
    world.install_example(world.SRCDIR / "pam.d-examples" / "sshd", "sshd")
    world.configure({"provider corp": world.corp(idp)})


def check(*arguments, prefix=()):
    """(exit status, findings) of pam-oauth check --json."""
    done = subprocess.run(
        [*prefix, str(world.PAM_OAUTH), "check", "--json", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT)
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    return done.returncode, report["findings"]


def found(findings, *levels):
    return [finding["what"] for finding in findings
            if finding["level"] in levels]


def wrong(*arguments, **options):
    """The errors and warnings, each of which has a fix."""
    findings = check(*arguments, **options)[1]
    assert all(finding["fix"] for finding in findings
               if finding["level"] in ("warning", "error"))
    return found(findings, "warning", "error")


def provider(issuer, ca_file, **options):
    world.configure({"provider corp": dict(
        {"issuer": issuer, "client_id": "x", "ca_file": ca_file}, **options)})


# --- a host in order ----------------------------------------------------------

def test_nothing_wrong(sshd):
    status, findings = check()
    assert (status, found(findings, "warning", "error")) == (0, [])
    assert [what for what in found(findings, "ok")
            if what.startswith("provider corp: answers, with ")]


@pytest.mark.parametrize("example,service,warnings", [
    ("sshd", "sshd", 0), ("sshd-key-and-sso", "sshd", 0),
    ("sshd-liveness", "sshd", 0),
    # a password instead, when the provider is down: a choice
    ("sshd-sso-or-password", "sshd", 1), ("sudo-fallback", "sudo", 1),
    ("sudo", "sudo", 0), ("sudo", "sudo-i", 0), ("su", "su", 0),
    ("login", "login", 0), ("kiosk", "login", 0),
    # the way back in is another screen
    ("kiosk-greeter", "lightdm", 1), ("kiosk-greeter", "greetd", 1),
    ("gdm-password", "gdm-password", 0), ("cockpit", "cockpit", 0)])
def test_examples_as_they_are(idp, example, service, warnings):
    world.configure({"provider corp": world.corp(idp)})
    subprocess.run(["groupadd", "-f", "breakglass"], check=True,
                   timeout=TIMEOUT)
    subprocess.run(["usermod", "-aG", "breakglass", "-p", "$y$x", "alice"],
                   check=True, timeout=TIMEOUT)
    world.install_example(
        world.SRCDIR / "pam.d-examples" / example, service)
    status, findings = check("--offline", "--service", service)
    assert (status, found(findings, "error")) == (0, [])
    assert len(found(findings, "warning")) == warnings, findings


def readme(section, word):
    """The lines for a PAM file that begin so, in a section of the README."""
    text = (world.SRCDIR / "README.md").read_text().split("\n## ")
    [text] = [part for part in text if part.startswith(section + "\n")]
    return "".join(line.strip() + "\n" for line in text.splitlines()
                   if line.startswith("       " + word + " "))


def test_readme_to_the_letter(idp, tmp_path):
    """Its lines in this host's own files, and nothing is left to say."""
    world.configure({"provider corp": world.corp(idp)})
    subprocess.run(["groupadd", "-f", "breakglass"], check=True,
                   timeout=TIMEOUT)
    subprocess.run(["usermod", "-aG", "breakglass", "-p", "$y$x", "alice"],
                   check=True, timeout=TIMEOUT)
    account = readme("ssh", "account")
    for name, auth in (
            ("sshd", readme("ssh", "auth")),
            ("sudo", readme("sudo", "auth") + "@include common-auth\n"),
            ("sudo-i", readme("sudo", "auth") + "@include common-auth\n")):
        text = world.STOCK[world.PAM_D / name].decode()
        assert auth and account and text.count("@include common-auth\n") == 1
        text = text.replace("@include common-auth\n", auth)
        text = re.sub(r"^(?=account\b|@include common-account$)", account,
                      text, count=1, flags=re.MULTILINE)
        world.install_example(world.write(text, tmp_path / name), name)
    assert wrong() == []


def test_distribution_says_the_opposite_of_the_readme(sshd):
    """Of Fedora and of cloud images; the first line on a matter counts."""
    text = (world.SRCDIR / "README.md").read_text()
    path = pathlib.Path(re.search(r"/etc/ssh/sshd_config\.d/\S+\.conf", text)[0])
    ours = re.search(r"( {7}UsePAM yes\n( {7}\w+ \w+\n)+)", text)[0]
    theirs = [path.with_name(name)
              for name in ("50-redhat.conf", "50-cloud-init.conf")]
    SSHD_CONFIG.write_text("Include %s/*.conf\nUsePAM yes\n" % path.parent)
    try:
        theirs[0].write_text("KbdInteractiveAuthentication no\n")
        theirs[1].write_text("PasswordAuthentication yes\n")
        assert len(wrong()) == 2
        path.write_text(ours)
        assert wrong() == []
    finally:
        for each in [path, *theirs]:
            each.unlink(missing_ok=True)


def test_secrets_are_in_no_report(idp):
    path = world.secret(idp, "linux-basic")
    world.configure({"provider corp": world.corp(
        idp, client_id="linux-basic", client_secret_file=path)})
    for arguments in (["--service", "sudo"], ["--json", "--service", "sudo"]):
        done = subprocess.run(
            [str(world.PAM_OAUTH), "check", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=TIMEOUT)
        assert str(path) in done.stdout
        assert not [secret for secret in world.secrets()
                    if secret in done.stdout + done.stderr]


# --- reaching a provider ------------------------------------------------------

def test_name_that_nobody_knows(idp):
    provider("https://provider.invalid", idp.ca_file)
    [error] = wrong("--provider", "corp")[-1:]
    assert error.startswith("provider corp: network: DNS: ")


@pytest.mark.parametrize("mode", [0o600, None])
def test_ca_file_that_the_helper_cannot_read(idp, mode):
    path = world.write(pathlib.Path(idp.ca_file).read_text(),
                       world.CONFIG_DIR / "closed.pem", mode or 0o644)
    if mode is None:
        path.unlink()
    provider(idp.issuer, path)
    [error] = [finding for finding in check("--provider", "corp")[1]
               if finding["level"] == "error"]
    assert error["what"].endswith(str(path))
    assert "ca_file" in error["fix"] and world.HELPER_USER in error["fix"]


def test_port_where_nobody_listens(idp):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        provider("https://127.0.0.1:%d" % unused.getsockname()[1],
                 idp.ca_file)
        assert wrong()[-1].startswith("provider corp: network: TCP: ")


def test_server_that_never_says_a_word(idp):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        provider("https://127.0.0.1:%d" % silent.getsockname()[1],
                 idp.ca_file, request_timeout="4s", connect_timeout="4s")
        assert wrong()[-1].startswith("provider corp: network: TLS: ")


def test_answer_that_never_comes(other_ca):
    with HttpsStub(other_ca, None) as stub:
        provider(stub.issuer, stub.ca_file, request_timeout="4s")
        assert wrong()[-1].startswith("provider corp: network: HTTP: ")


def test_unknown_authority(idp, other_ca):
    provider(idp.issuer, str(other_ca / "ca.pem"))
    assert wrong()[-1].startswith("provider corp: tls: TLS: ")


@pytest.mark.parametrize("flag", ["wrong_host", "expired", "future",
                                  "self_signed", "none"])
def test_certificate(flag, tmp_path_factory):
    with Hostile(world.public_directory()) as hostile:
        provider(hostile.issuer_of(flag + "=metadata"), hostile.ca_file)
        assert wrong()[-1].startswith("provider corp: tls: TLS: ")


@pytest.mark.parametrize("answer,reason", [
    (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "http"),
    (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "http"),
    (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
     "http"),
    (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6"
     b"\r\n\r\n<html>", "document"),
    (b"nonsense\r\n\r\n", "http")])
def test_no_openid_provider(other_ca, answer, reason):
    with HttpsStub(other_ca, answer) as stub:
        provider(stub.issuer, stub.ca_file)
        assert wrong()[-1].startswith("provider corp: %s: " % reason)


def test_wrong_issuer(idp):
    provider(idp.issuer + "/", idp.ca_file)
    error = wrong()[-1]
    assert error.startswith("provider corp: metadata-issuer: ")
    assert '"%s"' % idp.issuer in error and "trailing slash" in error


def test_one_of_several(idp):
    world.configure({"provider corp": world.corp(idp),
                     "provider lab": dict(world.corp(idp),
                                          issuer="https://127.0.0.1:1")})
    assert not [what for what in wrong("--provider", "corp")
                if "provider" in what and "service" not in what]
    assert wrong("--provider", "lab")[-1].startswith("provider lab: network")
    assert not [what for what in wrong("--offline") if "network" in what]


# --- what a provider offers -----------------------------------------------------

@pytest.fixture(scope="module")
def keys(idp):
    """The real provider's keys: RSA, EC and Ed25519."""
    context = ssl.create_default_context(cafile=idp.ca_file)
    with urllib.request.urlopen(idp.issuer + "/jwks", timeout=TIMEOUT,
                                context=context) as answer:
        return json.load(answer)["keys"]


HERE = "https://127.0.0.1/"      # becomes the provider's own address
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def offer(tls_dir, published, date=0, options=None, **document):
    """Findings about a provider whose metadata and keys are one document.

    `date`: seconds that its clock is ahead; None: it says no Date. A member
    that is None is left out.
    """
    with HttpsStub(tls_dir, b"") as stub:
        text = {"issuer": stub.issuer, "keys": published,
                "token_endpoint": stub.issuer + "/token",
                "device_authorization_endpoint": stub.issuer + "/device",
                "jwks_uri": stub.issuer + "/jwks",
                "grant_types_supported": [DEVICE_GRANT],
                "scopes_supported": ["openid", "profile", "email", "groups"],
                "token_endpoint_auth_methods_supported": ["none"],
                "id_token_signing_alg_values_supported": ["RS256"]}
        text.update(document)
        for name, value in text.items():
            if isinstance(value, str):
                text[name] = value.replace(HERE, stub.issuer + "/")
        body = json.dumps({name: value for name, value in text.items()
                           if value is not None}).encode()

        def answer(_):          # five seconds late would be a warning
            header = b"" if date is None else b"Date: %s\r\n" % (
                email.utils.formatdate(time.time() + date,
                                       usegmt=True).encode())
            return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json"
                    b"\r\n%sContent-Length: %d\r\n\r\n%s"
                    % (header, len(body), body))
        stub.answer = answer
        provider(stub.issuer, stub.ca_file, **(options or {}))
        findings = check("--provider", "corp")[1]
    return [(finding["level"], finding["what"][len("provider corp: "):])
            for finding in findings
            if finding["what"].startswith("provider corp: ")]


def test_offer_in_order(other_ca, keys):
    [(level, what)] = offer(other_ca, keys)
    assert (level, what.split(",")[0]) == ("ok", "answers")


@pytest.mark.parametrize("ahead,level", [
    (-600, "error"), (-70, "error"), (-30, "warning"), (0, None),
    (30, "warning"), (70, "error"), (600, "error"), (None, "note")])
def test_clock(other_ca, keys, ahead, level):
    findings = [finding for finding in offer(other_ca, keys, ahead)
                if finding[0] != "ok"]
    if level is None:
        assert findings == []
        return
    assert [finding[0] for finding in findings] == [level]
    if ahead is not None:
        assert findings[0][1].endswith("slow" if ahead > 0 else "fast")


RSA = ["RS256"]
CODE = {"flow": "code", "redirect_uri": "https://login.example.com/callback"}
AUTHORIZE = {"authorization_endpoint": "https://127.0.0.1/auth"}
CIBA = {"backchannel_authentication_endpoint": "https://127.0.0.1/ciba",
        "backchannel_token_delivery_modes_supported": ["poll"]}


@pytest.mark.parametrize("level,what,document,options", [
    ("error", "unsupported: no device_authorization_endpoint",
     {"device_authorization_endpoint": None}, {}),
    ("warning", "grant_types_supported has no " + DEVICE_GRANT,
     {"grant_types_supported": ["authorization_code"]}, {}),
    (None, "", {"grant_types_supported": None}, {}),
    ("error", "unsupported: no backchannel_authentication_endpoint",
     {}, {"flow": "ciba"}),
    ("error", "unsupported: no device_authorization_endpoint",
     {"device_authorization_endpoint": None}, {"flow": "ciba device"}),
    (None, "", {}, {"flow": "ciba device"}),
    ("error", "unsupported: no authorization_endpoint", {}, CODE),
    ("error", "unsupported: flow = code, and it has no PKCE",
     dict(AUTHORIZE, code_challenge_methods_supported=["plain"]), CODE),
    ("error", "unsupported: flow = code, and it wants pushed",
     dict(AUTHORIZE, require_pushed_authorization_requests=True), CODE),
    (None, "", dict(AUTHORIZE, device_authorization_endpoint=None), CODE),
    ("error", "unsupported: no backchannel_authentication_endpoint",
     dict(CIBA, backchannel_token_delivery_modes_supported=["push"]),
     {"flow": "ciba"}),
    (None, "", dict(CIBA, device_authorization_endpoint=None,
                    grant_types_supported=None), {"flow": "ciba"}),
    ("warning", "scopes_supported does not have: email groups",
     {"scopes_supported": ["openid", "profile"]},
     {"scopes": "openid email profile groups"}),
    (None, "", {"scopes_supported": None}, {}),
    ("error", "userinfo = always", {}, {"userinfo": "always"}),
    ("warning", "client_auth: we use client_secret_basic, and it lists: "
     "client_secret_post private_key_jwt",
     {"token_endpoint_auth_methods_supported":
      ["private_key_jwt", "client_secret_post", "magic"]},
     {"client_auth": "client_secret_basic", "client_secret_file": "SECRET"}),
    (None, "",     # auto takes what is listed
     {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
     {"client_secret_file": "SECRET"}),
    (None, "",     # and nobody has to list "none"
     {"token_endpoint_auth_methods_supported": ["client_secret_post"]}, {}),
    ("error", "alg: it signs ID tokens with HS256 none, of which",
     {"id_token_signing_alg_values_supported": ["HS256", "none"]}, {}),
    ("error", "alg: it signs ID tokens with RS256, of which",
     {"id_token_signing_alg_values_supported": RSA},
     {"id_token_algs": "ES256"}),
    ("warning", "alg: id_token_algs allows ES256, which it does not list",
     {"id_token_signing_alg_values_supported": RSA},
     {"id_token_algs": "ES256 RS256"}),
    ("note", "alg: it can sign with more (RS256 ES256)",
     {"id_token_signing_alg_values_supported": ["RS256", "ES256"]},
     {"id_token_algs": "RS256"}),
    (None, "", {"id_token_signing_alg_values_supported": None}, {}),
    ("error", "key-unknown: no usable key among 0", {"keys": []}, {}),
    ("error", "key-unknown: no usable key among 1, the last one: ",
     {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}, {}),
    ("error", "document: ", {"keys": None}, {}),
    ("error", "document: ", {"token_endpoint": None}, {}),
    ("error", "document: ", {"jwks_uri": "http://127.0.0.1/jwks"}, {}),
], ids=str)
def test_offer(idp, other_ca, keys, level, what, document, options):
    if "client_secret_file" in options:
        options = dict(options,
                       client_secret_file=world.secret(idp, "linux-basic"))
    findings = [finding for finding in offer(
        other_ca, keys, options=options, **document) if finding[0] != "ok"]
    if level is None:
        assert findings == []
        return
    [finding] = [finding for finding in findings if finding[0] == level]
    assert finding[1].startswith(what)


@pytest.fixture
def nobodys():
    """A port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


ENDPOINTS = ("device_authorization_endpoint", "token_endpoint",
             "userinfo_endpoint", "backchannel_authentication_endpoint")
BOTH = {"flow": "ciba device"}
EITHER = dict(CIBA, grant_types_supported=None)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_that_cannot_be_reached(other_ca, keys, nobodys, name):
    """The documents are fine, and every login would fail."""
    url = "https://127.0.0.1:%d/x" % nobodys
    findings = offer(other_ca, keys, options=dict(BOTH, **{name: url}),
                     **dict(EITHER, **{name: url}))
    assert [(level, what.split(": ")[:3]) for level, what in findings] == [
        ("error", ["network", "TCP", name])]


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_at_a_name_that_nobody_knows(other_ca, keys, name):
    findings = offer(other_ca, keys, options=BOTH,
                     **dict(EITHER, **{name: "https://token.invalid/x"}))
    assert [(level, what.split(": ")[:3]) for level, what in findings] == [
        ("error", ["network", "DNS", name])]


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoint_at_a_port_that_the_sandbox_closes(other_ca, keys, nobodys,
                                                    name):
    """As test_sandbox.test_endpoint_at_another_port finds out."""
    findings = offer(other_ca, keys, options=BOTH, **dict(
        EITHER, **{name: "https://127.0.0.1:%d/x" % nobodys}))
    assert [(level, what.split(": ")[:3]) for level, what in findings] == [
        ("error", ["config", name, "the sandbox lets no login go to this "
                   "port"])]


def test_endpoint_at_the_port_of_an_api_document(other_ca, keys, nobodys):
    """Logins may go there: it is one of the configuration's URLs."""
    findings = offer(
        other_ca, keys,
        options=dict(BOTH, api="user https://127.0.0.1:%d/user" % nobodys),
        **dict(EITHER, token_endpoint="https://127.0.0.1:%d/x" % nobodys))
    assert [(level, what.split(": ")[:3]) for level, what in findings] == [
        ("error", ["network", "TCP", "token_endpoint"])]


def test_endpoints_of_another_flow_are_not_asked(other_ca, keys, nobodys):
    url = "https://127.0.0.1:%d/x" % nobodys
    [(level, _)] = offer(
        other_ca, keys, options=dict(CODE, userinfo="never"), **dict(
            AUTHORIZE, device_authorization_endpoint=url,
            userinfo_endpoint=url, backchannel_authentication_endpoint=url))
    assert level == "ok"


def test_keys_for_no_algorithm_that_is_allowed(other_ca, keys):
    some = [key for key in keys if key["kty"] == "RSA"]
    [finding] = offer(other_ca, some, options={"id_token_algs": "ES256"},
                      id_token_signing_alg_values_supported=["ES256"])
    assert finding[0] == "error" and "keys is for an algorithm" in finding[1]


def test_hostile_names_stay_on_their_line(other_ca, keys):
    evil = "\u001b[2J\nok: everything"
    findings = offer(
        other_ca, keys, issuer=evil,
        id_token_signing_alg_values_supported=[evil] * 1000)
    assert len(findings) == 1
    assert "\u001b" not in findings[0][1] and "\n" not in findings[0][1]
    with HttpsStub(other_ca, b"") as stub:
        body = json.dumps({"issuer": stub.issuer + evil})
        stub.answer = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json"
                       b"\r\nContent-Length: %d\r\n\r\n%s"
                       % (len(body), body.encode()))
        provider(stub.issuer, stub.ca_file)
        done = subprocess.run(
            [str(world.PAM_OAUTH), "check"], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=TIMEOUT)
    assert b"\033" not in done.stdout
    assert b"\nok: everything" not in done.stdout


def test_github_has_no_documents_to_compare(idp):
    """identity = api: the token endpoint answers, and that is all."""
    world.configure({"provider corp": {
        "issuer": idp.issuer, "client_id": "x", "ca_file": idp.ca_file,
        "identity": "api", "subject": "/user/id",
        "api": "user %s/user" % idp.issuer,
        "device_authorization_endpoint": idp.issuer + "/device/auth",
        "token_endpoint": idp.issuer + "/token"}})
    status, findings = check("--provider", "corp")
    assert found(findings, "ok")[-1].startswith("provider corp: answers")


@pytest.mark.parametrize("certified", [False, True])
def test_github_that_does_not_answer(idp, certified):
    """Nobody has answered: so there is no clock either, and nothing is ok."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = "https://127.0.0.1:%d" % unused.getsockname()[1]
        provider(nowhere, idp.ca_file, identity="api", subject="/user/id",
                 api="user %s/user" % nowhere,
                 device_authorization_endpoint=nowhere + "/device/auth",
                 token_endpoint=nowhere + "/token",
                 **(tls_options(idp, TLS) if certified else {}))
        findings = check("--provider", "corp")[1]
    about = [finding for finding in findings
             if finding["what"].startswith("provider corp: ")]
    assert about and {finding["level"] for finding in about} == {"error"}
    assert all("TCP" in finding["what"] for finding in about), about


# --- sshd -----------------------------------------------------------------------

@pytest.mark.parametrize("line,level,what", [
    ("UsePAM no", "error", "UsePAM no"),
    ("KbdInteractiveAuthentication no", "error",
     "KbdInteractiveAuthentication no"),
    ("PasswordAuthentication yes", "warning", "PasswordAuthentication yes"),
    ("LoginGraceTime 110", "error", "LoginGraceTime 110 ends logins before "
     "their timeout of 110 s"),
    ("LoginGraceTime 111", None, ""),
    ("LoginGraceTime 0", None, ""),
    ("AuthenticationMethods publickey", "error",
     "AuthenticationMethods publickey: PAM is never asked"),
    ("AuthenticationMethods publickey publickey,keyboard-interactive",
     "note", "AuthenticationMethods publickey "),
    ("AuthenticationMethods publickey,keyboard-interactive:pam", "note",
     "AuthenticationMethods publickey,keyboard-interactive:pam: when the "
     "provider is down, nobody gets in over ssh"),
    ("AuthenticationMethods keyboard-interactive", "note",
     "AuthenticationMethods keyboard-interactive: when the provider is down"),
    ("Nonsense yes", "error", "sshd -T: ")])
def test_sshd_settings(sshd, line, level, what):
    SSHD_CONFIG.write_text(line + "\n" + GOOD_SSHD)
    findings = [finding for finding in check("--offline")[1]
                if finding["where"] == "/usr/sbin/sshd"]
    about = [finding for finding in findings
             if finding["what"].startswith(what or "AuthenticationMethods p")]
    assert [finding["level"] for finding in about] == \
        ([level] if level else [])
    # and nothing else is wrong
    assert len(found(findings, "error", "warning")) == \
        (1 if level in ("error", "warning") else 0)


def test_a_key_alone_is_enough(sshd):
    [note] = [what for what in found(check("--offline")[1], "note")
              if "a key alone" in what]
    assert note.startswith("AuthenticationMethods any: ")
    SSHD_CONFIG.write_text("PubkeyAuthentication no\n" + GOOD_SSHD)
    [note] = [what for what in found(check("--offline")[1], "note")
              if what.startswith("AuthenticationMethods ")]
    assert note.startswith("AuthenticationMethods any, PubkeyAuthentication "
                           "no: when the provider is down, nobody gets in")


def test_sshd_says_what_enter_is_for(sshd):
    version = subprocess.run(["/usr/sbin/sshd", "-V"], capture_output=True,
                             text=True, timeout=TIMEOUT).stderr
    [note] = [what for what in found(check("--offline")[1], "note")
              if what.startswith("OpenSSH ")]
    shown = note.split()[1]
    assert version.startswith("OpenSSH_" + shown)
    at_once = tuple(map(int, shown.split("."))) >= (10, 3)
    assert ("press Enter" in note) == (not at_once)


def test_sshd_without_us_is_not_looked_at(idp):
    world.configure({"provider corp": world.corp(idp)})
    SSHD_CONFIG.write_text("UsePAM no\n")
    assert "UsePAM" not in str(check("--offline"))


# --- the installation -----------------------------------------------------------

def changed(path, change, back, *arguments):
    change(path)
    try:
        return wrong("--offline", *arguments)
    finally:
        back(path)


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o644])
def test_helper_that_others_can_change(sshd, mode):
    before = stat.S_IMODE(world.HELPER.stat().st_mode)
    [error] = changed(world.HELPER, lambda path: path.chmod(mode),
                      lambda path: path.chmod(before))
    assert error.startswith("helper: not a program")


def test_helper_of_somebody_else(sshd):
    [error] = changed(world.HELPER, lambda path: os.chown(path, 1, -1),
                      lambda path: os.chown(path, 0, -1))
    assert "(uid 1, " in error


def test_module_where_libpam_does_not_look(sshd):
    """As after `configure` with another prefix than /usr."""
    with world.module_missing():
        errors = wrong()
    assert errors and all(
        error.startswith("service sshd: ") and error.endswith(
            "security/pam_oauth.so: No such file or directory")
        for error in errors), errors


def test_no_helper(sshd):
    away = world.HELPER.with_suffix(".away")
    [error] = changed(world.HELPER, lambda path: path.rename(away),
                      away.rename)
    assert error == "helper: No such file or directory"


@pytest.mark.parametrize("name,mode", [
    ("STATEDIR", 0o755), ("RUNDIR", 0o733), ("CACHEDIR", 0o755)])
def test_directories(sshd, name, mode):
    path = pathlib.Path(os.environ[name])
    kept = path.with_name("kept")
    if path.exists():
        path.rename(kept)
    path.mkdir()
    if name == "CACHEDIR":
        shutil.chown(path, world.HELPER_USER)
    try:
        path.chmod(mode)
        [error] = wrong("--offline")
        assert error.startswith("not a directory of uid ")
        path.chmod(0o700)
        assert wrong("--offline") == []
        os.chown(path, 12345, -1)
        [error] = wrong("--offline")
        assert "(uid 12345, " in error
    finally:
        path.rmdir()
        if kept.exists():
            kept.rename(path)


@pytest.mark.parametrize("change,level,what", [
    (["usermod", "--shell", "/bin/bash"], "warning",
     'the helper\'s user could log in: its shell is "/bin/bash"'),
    (["usermod", "--non-unique", "--uid", "0"], "error",
     "the helper's user is root"),
    (["userdel"], "error", "the helper's user does not exist")])
def test_user_of_the_helper(sshd, change, level, what):
    files = [pathlib.Path("/etc") / name
             for name in ("passwd", "shadow", "group", "gshadow")]
    before = {path: path.read_bytes() for path in files if path.exists()}
    try:
        subprocess.run([*change, world.HELPER_USER], check=True,
                       stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        assert what in found(check("--offline")[1], level)
    finally:
        for path, text in before.items():
            path.write_bytes(text)


def test_without_root(sshd):
    """What only root may see is said to be so, and is no error."""
    status, findings = check(prefix=as_user("alice"))
    assert (status, found(findings, "warning", "error")) == (0, [])
    assert [what for what in found(findings, "note") if "without root" in what]
