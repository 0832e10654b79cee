# SPDX-License-Identifier: BSD-2-Clause
"""pam-oauth register: with the real provider up to a login, and with one that
is hostile."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest

import world
from https_stub import HttpsStub, http
from pam_client import PamClient
from terminal import Terminal, as_user

SERVICE = "po_register"
SECRET = world.CONFIG_DIR / "corp.secret"
RECORD = world.CONFIG_DIR / "corp.registration"
TIMEOUT = 60
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

unsanitized = pytest.mark.skipif(
    world.SANITIZED, reason="a sanitizer opens files of its own")


@pytest.fixture(autouse=True)
def clean():
    """Nothing is registered, and nothing of it left that is not removed."""
    world.service(SERVICE)
    for path in world.CONFIG_DIR.glob("*"):
        if path.suffix in (".secret", ".registration"):
            path.unlink()
    yield
    left = {path.name for path in world.CONFIG_DIR.iterdir()}
    assert not [name for name in left if name.startswith(".")
                or name.endswith(".new")]


def run(*arguments, prefix=()):
    """pam-oauth register ...: (status, standard output, standard error)."""
    done = subprocess.run(
        [*prefix, str(world.PAM_OAUTH), "register", *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT)
    assert "\x1b" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def token_file(idp):
    return world.write((idp.tls_dir / "initial-access.secret").read_text(),
                       world.CONFIG_DIR / "initial.token", 0o600)


def register(idp, *arguments):
    return run("--issuer", idp.issuer, "--ca-file", idp.ca_file,
               "--initial-access-token-file", token_file(idp), *arguments)


def registered(idp, *arguments):
    """The section, of a registration that succeeds."""
    status, out, err = register(idp, *arguments)
    assert (status, err) == (0, "")
    return out


def client_id(section):
    return re.search(r"^client_id = (.*)$", section, re.M)[1]


def sign_in(idp):
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        return client.code()


def kept(path):
    """The text of a file that is root's alone."""
    stat = path.lstat()
    assert (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid,
            stat.st_nlink) == (0o600, 0, 0, 1)
    return path.read_text()


def requests(idp, since):
    return [(event["method"], event["status"]) for event
            in idp.events(since.time_ms) if event["path"].startswith("/reg")]


# --- the real provider ------------------------------------------------------

@pytest.mark.parametrize("method", ["auto", "client_secret_basic",
                                    "client_secret_post", "client_secret_jwt"])
def test_pasted_section_lets_alice_in(idp, logs, since, method):
    section = registered(idp, "--client-auth", method)
    wanted = "client_secret_basic" if method == "auto" else method
    assert section == (
        "[provider corp]\nissuer = %s\nclient_id = %s\n"
        "client_secret_file = %s\nclient_auth = %s\n"
        "scopes = openid profile email\nca_file = %s\n"
        % (idp.issuer, client_id(section), SECRET, wanted, idp.ca_file))
    assert kept(SECRET) == idp.issued("client_secret")[-1]
    assert kept(SECRET) not in kept(RECORD)
    assert idp.issued("registration_access_token")[-1] in kept(RECORD)
    world.write(section, world.CONFIG)
    assert sign_in(idp) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"
    assert [event["client_id"] for event in idp.events(since.time_ms)
            if event["path"] == "/device/auth"] == [client_id(section)]


def test_public_client_has_no_secret(idp):
    section = registered(idp, "--client-auth", "none")
    assert "secret" not in section and not SECRET.exists()
    assert "secret" not in kept(RECORD).replace("client_secret_expires", "")
    world.write(section, world.CONFIG)
    assert sign_in(idp) == "PAM_SUCCESS"


def test_name_scopes_and_secret_file(idp):
    secret = world.public_directory() / "key.txt"
    section = registered(idp, "--name", "staff", "--secret-file", secret,
                         "--scopes", "openid groups offline_access")
    assert section.startswith("[provider staff]\n")
    assert "scopes = openid groups offline_access\n" in section
    kept(secret)
    record = kept(secret.parent / "key.txt.registration")
    assert "grant_types=%s refresh_token\n" % DEVICE in record
    assert list(world.CONFIG_DIR.glob("staff*")) == []


def test_json_has_all_but_the_secrets(idp):
    out = registered(idp, "--json")
    answer = json.loads(out)
    assert answer == {
        "client_id": answer["client_id"],
        "client_auth": "client_secret_basic",
        "grant_types": DEVICE, "scope": "openid profile email",
        "client_secret_file": str(SECRET), "registration_file": str(RECORD),
        "client_secret_expires_at": 0, "section": answer["section"]}
    assert client_id(answer["section"]) == answer["client_id"]
    for secret in idp.issued("client_secret", "registration_access_token"):
        assert secret not in out


def test_name_at_the_provider_is_this_hosts(idp):
    """What people see when they approve."""
    with HttpsStub(idp.tls_dir, None) as server:
        seen = []

        def answer(request):
            seen.append(request)
            return stub_answer(server, request, {"client_id": "c"})
        server.answer = answer
        stub_register(server)
    body = json.loads(seen[1].partition(b"\r\n\r\n")[2])
    assert body["client_name"] == "Linux login on " + socket.gethostname()
    assert body["grant_types"] == [DEVICE]
    assert "redirect_uris" not in body
    assert b"\r\nContent-Type: application/json\r\n" in seen[1]


def test_second_run_overwrites_nothing(idp, since):
    registered(idp)
    before = kept(SECRET), kept(RECORD)
    assert requests(idp, since) == [("POST", 201)]
    for path in (SECRET, RECORD):
        status, out, err = register(idp)
        assert (status, out) == (2, "")
        assert "%s: exists" % path in err and "--delete" in err
        if path == SECRET:
            SECRET.rename(SECRET.with_suffix(".old"))
    SECRET.with_suffix(".old").rename(SECRET)
    assert (kept(SECRET), kept(RECORD)) == before
    # nor is there another client at the provider
    assert requests(idp, since) == [("POST", 201)]


def test_file_that_is_a_dangling_link_is_not_followed(idp, since):
    SECRET.symlink_to("/etc/elsewhere")
    status, out, err = register(idp)
    assert (status, out) == (2, "") and "exists" in err
    assert not pathlib.Path("/etc/elsewhere").exists()
    assert requests(idp, since) == []
    SECRET.unlink()


def test_two_at_once_leave_one_client(idp, since):
    results = []
    workers = [threading.Thread(target=lambda: results.append(register(idp)))
               for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    winners = [out for status, out, _ in results if status == 0]
    assert len(winners) == 1
    assert "client_id=%s\n" % client_id(winners[0]) in kept(RECORD)
    world.write(winners[0], world.CONFIG)
    assert sign_in(idp) == "PAM_SUCCESS"
    # whoever came too late has taken its client back
    seen = requests(idp, since)
    assert seen.count(("DELETE", 204)) == seen.count(("POST", 201)) - 1


def test_read_and_delete(idp, since):
    section = registered(idp)
    status, out, err = run("--read", "--registration-file", RECORD)
    assert (status, err) == (0, "")
    assert out == (
        "client_id: %s\nclient_auth: client_secret_basic\n"
        "grant_types: %s\nscope: openid profile email\n"
        "client_secret_file: %s\nregistration_file: %s\n"
        "client_secret_expires_at: never\n"
        % (client_id(section), DEVICE, SECRET, RECORD))
    status, out, err = run("--read", "--json", "--registration-file", RECORD)
    assert json.loads(out)["client_id"] == client_id(section)
    status, out, err = run("--delete", "--registration-file", RECORD)
    assert (status, err) == (0, "")
    assert out.startswith('client "%s" removed' % client_id(section))
    assert not SECRET.exists() and not RECORD.exists()
    assert requests(idp, since) == [("POST", 201), ("GET", 200),
                                    ("GET", 200), ("DELETE", 204)]
    # the provider does not know it any more
    world.secret(idp, "linux-basic", SECRET)
    world.write(section, world.CONFIG)
    with PamClient(SERVICE, "alice") as client:
        assert client.code() == "PAM_SERVICE_ERR"
    registered(idp, "--name", "again")


def test_client_that_is_gone_there(idp):
    registered(idp)
    record = RECORD.read_text()
    assert run("--delete", "--registration-file", RECORD)[0] == 0
    world.write(record, RECORD, 0o600)
    for option in ("--read", "--delete"):
        status, out, err = run(option, "--registration-file", RECORD)
        assert (status, out) == (1, "")
        assert "HTTP status 401" in err and "gone with the client" in err
    assert "then remove %s and %s by hand" % (RECORD, SECRET) in err
    assert RECORD.exists()


@pytest.mark.parametrize("spoil, message", [
    (lambda: RECORD.chmod(0o640), "readable by group or others"),
    (lambda: os.chown(RECORD, 1, 1), "owned by uid 1"),
    (lambda: RECORD.write_text("client_id=a\x1b[2J\n"), "not a record of a"),
    (lambda: RECORD.write_text(""), "not a record of a registration"),
    (lambda: RECORD.unlink(), "No such file")])
def test_record_that_cannot_be_trusted(idp, since, spoil, message):
    registered(idp)
    spoil()
    for option in ("--read", "--delete"):
        status, out, err = run(option, "--registration-file", RECORD)
        assert (status, out) == (2, "") and message in err
    assert requests(idp, since) == [("POST", 201)]


# --- the real provider refuses ----------------------------------------------

def test_wrong_token(idp):
    token = world.write("wrong-initial-token", world.CONFIG_DIR / "bad.token",
                        0o600)
    status, out, err = run("--issuer", idp.issuer, "--ca-file", idp.ca_file,
                           "--initial-access-token-file", token)
    assert (status, out) == (1, "")
    assert "HTTP status 401" in err and "the token is not valid there" in err
    assert "wrong-initial-token" not in err
    assert not SECRET.exists() and not RECORD.exists()


def test_no_token(idp):
    status, out, err = run("--issuer", idp.issuer, "--ca-file", idp.ca_file)
    assert (status, out) == (1, "")
    assert "it was asked without --initial-access-token-file" in err


@pytest.mark.parametrize("mode", [0o644, 0o660])
def test_token_that_others_can_read(idp, since, mode):
    path = token_file(idp)
    path.chmod(mode)
    status, out, err = run("--issuer", idp.issuer, "--ca-file", idp.ca_file,
                           "--initial-access-token-file", path)
    assert (status, out) == (2, "")
    assert "readable by group or others" in err and "chmod 600" in err
    assert requests(idp, since) == []


def test_scopes_that_the_provider_does_not_have(idp):
    status, out, err = register(idp, "--scopes", "openid nonsense")
    assert (status, out) == (1, "")
    assert "invalid_client_metadata" in err and "--scopes" in err


def test_wrong_issuer(idp, since):
    status, out, err = run("--issuer", idp.issuer + "/", "--ca-file",
                           idp.ca_file)
    assert (status, out) == (2, "") and "trailing slash" in err
    assert requests(idp, since) == []


# --- without the provider ---------------------------------------------------

ISSUER = ("--issuer", "https://127.0.0.1:1")


@pytest.mark.parametrize("arguments, message", [
    ((), "usage: pam-oauth register"),
    (("--read",), "usage: "), (("--delete",), "usage: "),
    (("--read", "--delete", "--registration-file", "/x"), "usage: "),
    ((*ISSUER, "--read", "--registration-file", "/x"), "usage: "),
    ((*ISSUER, "--registration-file", "/x"), "usage: "),
    (("--delete", "--json", "--registration-file", "/x"), "usage: "),
    (("--read", "--registration-file", "/x", "--name", "a"), "usage: "),
    ((*ISSUER, "corp"), "takes options only"),
    ((*ISSUER, *ISSUER), "given twice"),
    ((*ISSUER, "--client-auth", "private_key_jwt"), "--client-auth takes"),
    ((*ISSUER, "--client-auth", "x"), "--client-auth takes"),
    (("--issuer", "http://a.example"), "issuer"),
    (("--issuer", "https://a.example?b"), "issuer"),
    (("--issuer", "https://a.example\nscopes = x"), "scopes"),
    ((*ISSUER, "--name", "a b"), "provider"),
    ((*ISSUER, "--name", "../up"), "provider"),
    ((*ISSUER, "--scopes", "profile"), "openid"),
    ((*ISSUER, "--scopes", "openid # x"), "#"),
    ((*ISSUER, "--ca-file", "ca.pem"), "ca_file"),
    ((*ISSUER, "--secret-file", "corp.secret"), "client_secret_file"),
    ((*ISSUER, "--secret-file", "/no/such/corp.secret"), "No such file"),
    ((*ISSUER, "--secret-file", "/tmp/é.secret"), "printable ASCII"),
    ((*ISSUER, "--initial-access-token-file", "/no/such"), "No such file"),
])
def test_wrong_usage(arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_directory_that_others_can_write_to(idp, since):
    directory = world.public_directory()
    directory.chmod(0o777)
    status, out, err = register(idp, "--secret-file", directory / "a.secret")
    assert (status, out) == (2, "") and "chmod go-w" in err
    assert requests(idp, since) == []


def test_without_root_it_is_the_users_own(idp):
    """To try it out, or for a locker: nothing here is root's then."""
    directory = world.public_directory()
    command = shutil.copy(world.PAM_OAUTH, directory)
    token = world.write(token_file(idp).read_text(), directory / "t", 0o600)
    for path in (directory, token):
        shutil.chown(path, "bob")
    done = subprocess.run(
        as_user("bob", command, "register", "--issuer", idp.issuer,
                "--ca-file", idp.ca_file, "--secret-file",
                str(directory / "a.secret"), "--initial-access-token-file",
                str(token)),
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=TIMEOUT)
    assert (done.returncode, done.stderr) == (0, "")
    stat = (directory / "a.secret").stat()
    assert stat.st_mode & 0o777 == 0o600 and stat.st_uid != 0


@unsanitized
def test_network_is_met_by_nobody(other_ca):
    """The helper's user, with no terminal, no privilege and no file."""
    uid = int(subprocess.run(["id", "-u", world.HELPER_USER], check=True,
                             capture_output=True).stdout)
    seen = []

    def answer(request):
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if ((entry / "comm").read_text() == "pam-oauth\n"
                        and status_of(entry)["Uid"] == [str(uid)] * 4):
                    seen.append((status_of(entry), open_files(entry),
                                 session_of(entry)))
            except FileNotFoundError:
                pass            # gone meanwhile
        return http("{}")

    def status_of(entry):
        lines = (entry / "status").read_text().splitlines()
        return {line.split(":")[0]: line.split()[1:] for line in lines}

    def session_of(entry):
        """Session leader, and whether there is a controlling terminal."""
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        return fields[3] == entry.name, fields[4]

    def open_files(entry):
        return {int(link.name): os.readlink(link)
                for link in (entry / "fd").iterdir()}

    with HttpsStub(other_ca, answer) as server:
        with Terminal([str(world.PAM_OAUTH), "register", "--issuer",
                       server.issuer, "--ca-file", server.ca_file]) as person:
            assert '"issuer" is missing' in person.see_end()[1]
    [(status, files, session)] = seen
    assert session == (True, "0")
    assert {files.pop(fd) for fd in range(3)} == {"/dev/null"}
    assert {name.split(":")[0] for name in files.values()} <= {
        "socket", "pipe", "anon_inode"}
    assert len([1 for name in files.values() if name[:4] == "pipe"]) == 1
    assert (status["NoNewPrivs"], status["Groups"]) == (["1"], [])
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[capabilities][0], 16) == 0


# --- a hostile provider -----------------------------------------------------

def stub_answer(server, request, client, status="201 Created", **metadata):
    """Discovery, then `client` (a dict, text or bytes) for POST."""
    if request.startswith(b"GET /.well-known"):
        document = {"issuer": server.issuer,
                    "token_endpoint": server.issuer + "/token",
                    "jwks_uri": server.issuer + "/jwks",
                    "registration_endpoint": server.issuer + "/reg"}
        document.update(metadata)
        return http(json.dumps(document))
    if isinstance(client, dict):
        client = json.dumps(client)
    return http(client, status=status)


def stub_register(server, *arguments):
    return run("--issuer", server.issuer, "--ca-file", server.ca_file,
               *arguments)


def hostile(other_ca, client, *arguments, status="201 Created", **metadata):
    """What came of it, and the requests."""
    seen = []
    with HttpsStub(other_ca, None) as server:
        def answer(request):
            seen.append(request.decode().split()[0])
            return stub_answer(server, request, client, status, **metadata)
        server.answer = answer
        return stub_register(server, *arguments), seen


def test_no_registration_endpoint(other_ca):
    for url in (None, "http://127.0.0.1/reg", "/reg", 7):
        (status, out, err), seen = hostile(other_ca, {},
                                           registration_endpoint=url)
        assert (status, out, seen) == (1, "", ["GET"])
        assert "no registration_endpoint, or none with https" in err


GOOD = {"client_id": "c", "client_secret": "s3cr3t-of-a-client",
        "client_secret_expires_at": 0}
HOSTILE = {
    "nothing in it": ({}, '"client_id" is missing'),
    "no object": ("[]", "object"),
    "no JSON": ("hello", "no object"),
    "line break in secret": (dict(GOOD, client_secret="a\nb"), "printable"),
    "NUL in secret": (dict(GOOD, client_secret="a\0b"), "U+0000"),
    "secret too long": (dict(GOOD, client_secret="x" * 4097), "4097"),
    "terminal escape in client_id": (dict(GOOD, client_id="\x1b[2J"),
                                     "printable"),
    "option in client_id": (dict(GOOD, client_id="c\nallow_root = yes"),
                            "printable"),
    "registration_client_uri with http": (dict(
        GOOD, registration_client_uri="http://127.0.0.1/1",
        registration_access_token="t"), "not an https URL"),
    "duplicate member": ('{"client_id": "a", "client_id": "b"}', "twice"),
    "1 MiB": (b" " * 2**20, "longer than 65536 bytes"),
    "no secret": ({"client_id": "c"}, "no client_secret"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_answer(other_ca, name):
    client, message = HOSTILE[name]
    (status, out, err), seen = hostile(other_ca, client)
    assert (status, out, seen) == (2, "", ["GET", "POST"])
    assert message in err
    # it may be there for all that, and somebody has to look
    assert "remove it there" in err or "at the provider" in err
    assert "s3cr3t" not in err
    assert not SECRET.exists() and not RECORD.exists()


@pytest.mark.parametrize("client", [" #c", "c;d", '"c"'])
def test_client_id_that_no_configuration_can_have(other_ca, client):
    status, out, err = hostile(other_ca, dict(GOOD, client_id=client))[0]
    if status == 0:
        world.write(out, world.CONFIG)
        assert "client_id = %s\n" % client in out
    else:
        assert (status, out) == (2, "") and not SECRET.exists()
    assert status == (0 if client == "c;d" else 2)


def test_authentication_with_a_key_is_taken_back(other_ca):
    """The provider may change what was asked for (RFC 7591 3.2.1)."""
    seen = []
    with HttpsStub(other_ca, None) as server:
        def answer(request):
            seen.append(request.decode())
            return stub_answer(server, request, dict(
                GOOD, token_endpoint_auth_method="private_key_jwt",
                registration_access_token="r4t",
                registration_client_uri=server.issuer + "/reg/1"),
                "200 OK")
        server.answer = answer
        status, out, err = stub_register(server)
    assert (status, out) == (1, "")
    assert 'use "private_key_jwt"' in err and "was removed again" in err
    assert seen[2].startswith("DELETE /reg/1 ")
    assert "Authorization: Bearer r4t" in seen[2]
    assert not SECRET.exists() and not RECORD.exists()


def test_what_is_to_be_known_is_said(other_ca):
    (status, out, err), _ = hostile(other_ca, dict(
        GOOD, client_secret_expires_at=1893456000, scope="openid",
        grant_types=["authorization_code"]))
    assert status == 0 and "client_id = c\n" in out
    assert "WARNING: the client secret expires at 2030-01-01T00:00:00Z" in err
    assert "not given the client the device grant" in err
    assert "profile" in err
    assert "changed and removed there only" in err
    for option in ("--read", "--delete"):
        status, out, err = run(option, "--registration-file", RECORD)
        assert (status, out) == (1, "")
        assert "given no token to manage this client" in err


def test_token_that_is_repeated_is_not_shown(other_ca):
    token = world.write("t0k3n-of-the-host", world.CONFIG_DIR / "a.token",
                        0o600)
    (status, out, err), _ = hostile(
        other_ca, {"error": "invalid_token",
                   "error_description": "t0k3n-of-the-host is no good"},
        "--initial-access-token-file", token, status="401 Unauthorized")
    assert (status, out) == (1, "") and "****" in err
    assert "t0k3n" not in err


def test_new_token_and_secret_replace_the_old(other_ca):
    """RFC 7592 2.1: a reading may bring both."""
    client = dict(GOOD, registration_access_token="r4t-1")
    used = []
    with HttpsStub(other_ca, None) as server:
        client["registration_client_uri"] = server.issuer + "/reg/1"

        def answer(request):
            used.extend(re.findall("Bearer (.*)\r", request.decode()))
            return stub_answer(server, request, client)
        server.answer = answer
        assert stub_register(server)[0] == 0
        client.update(registration_access_token="r4t-2",
                      client_secret="an0ther-secret")
        for _ in range(2):
            status, out, err = run("--read", "--registration-file", RECORD)
            assert status == 0
        assert err == ""
        assert kept(SECRET) == "an0ther-secret"
        client["client_id"] = "another"
        status, out, err = run("--read", "--registration-file", RECORD)
        assert (status, out) == (2, "") and "another client" in err
    assert used == ["r4t-1", "r4t-2", "r4t-2"]
    assert "client_id=c\n" in kept(RECORD)


def test_provider_that_is_busy(other_ca):
    (status, out, err), _ = hostile(other_ca, "", status="503 Unavailable")
    assert (status, out) == (2, "") and "HTTP status 503" in err
