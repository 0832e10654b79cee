# SPDX-License-Identifier: BSD-2-Clause
"""liveness = refresh: what the provider says of those who have a key."""

import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest

import memory
import test_code
import world
from https_stub import HttpsStub, http
from logs import SANITIZED, UNCONFINED
from pam_client import PamClient, authenticate
from phone import Phone
from processes import helper
from provider import Provider
from sshd import Sshd
from terminal import ENTER, Terminal, as_user

EXAMPLE = world.SRCDIR / "pam.d-examples" / "sshd-liveness"
STORE = world.STATEDIR / "liveness"
SERVICE = "po_liveness"
F_OFD_SETLK = 37        # linux/fcntl.h
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


def reasons(logs, since, service=SERVICE):
    """Of all decisions so far: who has been answered has been logged."""
    logs.mark()
    return logs.reasons(service, since.log)


def refreshes(idp, since):
    """HTTP status of each refresh since then."""
    return [event["status"] for event in idp.events(since.time_ms)
            if event.get("grant") == "refresh_token"]


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
    assert reasons(logs, since, "sshd") == []
    assert by_provider(sshd, idp)
    first = record()
    assert first["sub"] == "248289761001" and first["closed"] == "0"
    # the token is used and replaced
    assert got_in(with_key(sshd))[0]
    assert reasons(logs, since, "sshd") == [None, None]
    assert record()["token"] not in ("", first["token"])
    assert record()["begun"] == "0"
    # no longer one of theirs
    idp.change("alice", disabled="")
    in_, screen = got_in(with_key(sshd))
    assert not in_ and "no longer vouches for you" in screen, screen
    assert reasons(logs, since, "sshd") == [None, None, "closed"]
    closed = record()
    assert closed["token"] == "" and closed["closed"] != "0"
    # and nobody is asked any more
    asked = refreshes(idp, since)
    idp.change("alice")
    assert not got_in(with_key(sshd))[0]
    assert refreshes(idp, since) == asked == [200, 400]
    assert record() == closed
    # until the next sign-in
    assert by_provider(sshd, idp)
    assert got_in(with_key(sshd))[0]
    assert reasons(logs, since, "sshd") == [
        None, None, "closed", "closed", None, None]
    # rules are looked at again
    idp.change("alice", groups="linux-users")
    in_, screen = got_in(with_key(sshd))
    assert not in_ and "You are not allowed to do this here." in screen
    assert reasons(logs, since, "sshd")[-1] == "not-allowed"
    assert record()["closed"] == "0"
    idp.change("alice")
    assert got_in(with_key(sshd))[0]


@real
def test_ssh_keys_at_once_share_a_rotating_token(sshd, idp, logs, since):
    """The second use of one refresh token would end them all."""
    assert by_provider(sshd, idp)
    people = [with_key(sshd) for _ in range(4)]
    assert [got_in(person)[0] for person in people] == [True] * 4
    assert refreshes(idp, since) == [200] * 4
    assert got_in(with_key(sshd))[0]


@real
def test_ssh_break_glass(sshd, idp, logs, since, configure):
    """The example's: a key that is not asked about, whatever is broken."""
    assert by_provider(sshd, idp)
    world.write("[nonsense]\n", world.CONFIG)
    assert not got_in(with_key(sshd))[0]
    assert reasons(logs, since, "sshd")[-1] == "config"
    assert not got_in(with_key(sshd, "dave"), "dave")[0]
    subprocess.run(["usermod", "-aG", "breakglass", "dave"], check=True,
                   timeout=60)
    try:
        assert got_in(with_key(sshd, "dave"), "dave")[0]
    finally:
        subprocess.run(["gpasswd", "--delete", "dave", "breakglass"],
                       check=True, timeout=60, stdout=subprocess.DEVNULL)


@real
def test_sudo_by_another_method(idp, logs, since):
    """pam_permit lets her in, and the provider does not."""
    world.write("auth required pam_permit.so\naccount required %s\n"
                "session required pam_permit.so\n" % world.MODULE,
                world.PAM_D / "sudo")
    world.write("Defaults !fqdn, !lecture, passwd_tries=1\n"
                "alice ALL=(ALL:ALL) ALL\n", "/etc/sudoers", 0o440)
    sign_in(idp)

    def sudo():
        with Terminal(as_user("alice", "/usr/bin/sudo", "-k", "sh", "-c",
                              "echo now $(id -un)")) as person:
            status, screen = person.see_end()
        assert (status == 0) == ("now root" in screen), screen
        return status == 0
    assert sudo()
    idp.change("alice", disabled="")
    assert not sudo()
    assert reasons(logs, since, "sudo") == [None, "closed"]


# --- the other flows ----------------------------------------------------------

def paste_code(idp, user="alice"):
    """flow = code."""
    with PamClient(SERVICE, user, "auth") as client:
        link = re.search(test_code.LINK, client.message()[1])[1]
        client.answer(test_code.authorize(idp, link, user))
        assert client.code() == "PAM_SUCCESS"


def approve_push(idp, user="alice"):
    """flow = ciba."""
    with PamClient(SERVICE, user, "auth") as client:
        message = re.search(r"It says: (\S+)", client.message()[1])[1]
        phone = Phone(idp)
        phone.approve(phone.wait(message))
        assert client.code() == "PAM_SUCCESS"


FLOWS = [
    pytest.param("linux-code", "code", paste_code, id="code"),
    pytest.param("linux-code-basic", "code", paste_code, id="code-secret"),
    pytest.param("linux-ciba", "ciba", approve_push, id="ciba")]


@pytest.fixture
def other_flow(idp, configure):
    """Configures a client of it, and with what is to be changed again."""
    def set_up(client, flow, **account):
        options = {"client_id": client}
        if client != "linux-code":
            options["client_secret_file"] = world.secret(idp, client)
        if flow == "code":
            options["redirect_uri"] = test_code.CALLBACK
        configure(options, {"flow": flow,
                            "require": "/groups has linux-admins"}, **account)
    return set_up


@real
@pytest.mark.parametrize("client,flow,sign_in_by", FLOWS)
def test_ssh_key_after_another_flow(sshd, idp, logs, since, other_flow,
                                    client, flow, sign_in_by):
    """A sign-in, keys with its refresh token, then the provider's no."""
    other_flow(client, flow)
    sign_in_by(idp)
    first = record()
    assert (first["client_id"], first["closed"]) == (client, "0")
    assert first["token"] in idp.issued("refresh_token")
    for _ in range(2):
        before = record()["token"]
        assert got_in(with_key(sshd))[0]
        # the provider rotates those of public clients
        assert (record()["token"] == before) == (client != "linux-code")
    # nobody was asked in any other way
    assert refreshes(idp, since) == [200, 200]
    assert [decision["flow"] for decision in
            (line.fields for line in logs.lines(since.log)
             if line.is_decision and line.service == "sshd")] == \
        ["refresh"] * 2
    # the rules, then the person
    idp.change("alice", groups="linux-users")
    assert not got_in(with_key(sshd))[0]
    idp.change("alice", disabled="")
    in_, screen = got_in(with_key(sshd))
    assert not in_ and "no longer vouches for you" in screen
    assert reasons(logs, since, "sshd") == [None, None, "not-allowed",
                                            "closed"]
    # a sign-in by the same flow opens it again
    idp.change("alice")
    assert not got_in(with_key(sshd))[0]
    sign_in_by(idp)
    assert got_in(with_key(sshd))[0]


@pytest.mark.parametrize("client,flow,sign_in_by", FLOWS)
def test_sign_in_again_replaces_the_record(idp, other_flow, since, client,
                                           flow, sign_in_by):
    other_flow(client, flow)
    sign_in_by(idp)
    first = record()["token"]
    sign_in_by(idp)
    assert record()["token"] not in ("", first)
    assert other_way() == "PAM_SUCCESS"
    assert refreshes(idp, since) == [200]


@pytest.mark.parametrize("client,flow,sign_in_by", FLOWS)
def test_record_of_one_flow_in_another(idp, other_flow, configure, since,
                                       client, flow, sign_in_by):
    """The client decides whose a token is, not how it was asked for."""
    other_flow(client, flow)
    sign_in_by(idp)
    configure({"client_id": client, **(
        {"client_secret_file": world.secret(idp, client)}
        if client != "linux-code" else {})})
    assert other_way() == "PAM_SUCCESS"
    configure()         # linux-public's it is not
    assert other_way() == "PAM_AUTHINFO_UNAVAIL"
    assert refreshes(idp, since) == [200]


@pytest.mark.parametrize("client,flow,sign_in_by", FLOWS)
@pytest.mark.parametrize("grace,code", [
    ("1h", "PAM_SUCCESS"), ("0", "PAM_AUTHINFO_UNAVAIL")])
def test_outage_after_another_flow(idp, other_flow, configure, client, flow,
                                   sign_in_by, grace, code):
    other_flow(client, flow)
    sign_in_by(idp)
    with HttpsStub(idp.tls_dir, http("", status="503 Busy")) as stub:
        options = {"client_id": client, "token_endpoint": stub.issuer}
        if client != "linux-code":
            options["client_secret_file"] = world.secret(idp, client)
        configure(options, liveness_grace=grace)
        assert other_way() == code
        assert stub.requests == 1


def test_no_offline_access_no_record(idp, configure, logs, since):
    """flow = code and ciba ask for what `scopes` has, and add nothing."""
    for client, flow, sign_in_by in (
            ("linux-code", "code", paste_code),
            ("linux-ciba", "ciba", approve_push)):
        options = {"client_id": client, "redirect_uri": test_code.CALLBACK,
                   "scopes": "openid profile email groups"}
        if client != "linux-code":
            options["client_secret_file"] = world.secret(idp, client)
        configure(options, {"flow": flow})
        sign_in_by(idp)
        assert not (STORE / "alice").exists()
        logs.wait(lambda line: "no refresh token" in line.rest, since.log)
        since.log = logs.mark()


# --- what is kept ---------------------------------------------------------------

def test_record_of_a_sign_in(idp, since):
    sign_in(idp)
    info = (STORE / "alice").stat()
    assert (info.st_mode & 0o7777, info.st_uid) == (0o600, 0)
    assert STORE.stat().st_mode & 0o7777 == 0o700
    kept = record()
    assert abs(int(kept.pop("good")) - time.time()) < 60
    assert kept.pop("token") in idp.issued("refresh_token")
    assert re.fullmatch("[0-9a-f]{32}", kept.pop("nonce"))
    assert kept == {
        "version": "1", "provider": "corp", "issuer": idp.issuer,
        "client_id": "linux-public", "sub": "248289761001", "begun": "0",
        "closed": "0"}


def test_nothing_is_kept_unless_asked(idp, configure, logs, since):
    configure(liveness="off")
    sign_in(idp)
    assert not STORE.exists()
    # no store, no question: the configuration is not even read
    world.write("[nonsense]\n", world.CONFIG)
    assert other_way() == "PAM_SUCCESS"
    assert reasons(logs, since) == [None]


def test_provider_that_sends_no_refresh_token(idp, configure, logs, since):
    configure({"scopes": "openid profile email groups"})
    sign_in(idp)
    assert not (STORE / "alice").exists()
    assert logs.wait(lambda line: "no refresh token" in line.rest,
                     since.log).level == 4


def test_nothing_is_kept_of_a_shared_account(idp, configure):
    """Whose end would close it for all the others?"""
    configure(map_file=world.write("alice /groups has linux-users\n",
                                   world.CONFIG_DIR / "accounts"))
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "bob")
        assert client.code() == "PAM_SUCCESS"
    assert not (STORE / "alice").exists()


def test_application_without_privileges(idp, configure, logs, since):
    """It keeps nothing, and asks nobody: it decides about its own user."""
    configure()
    with PamClient(SERVICE, "alice", prefix=as_user("alice")) as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
    assert logs.wait(lambda line: "record not kept" in line.rest,
                     since.log).level == 4
    sign_in(idp)
    before = record()
    idp.change("alice", disabled="")
    with PamClient(SERVICE, "alice", "acct",
                   prefix=as_user("alice")) as client:
        assert client.code() == "PAM_SUCCESS"
    assert record() == before


# --- when it is asked -----------------------------------------------------------

def test_account_without_a_record(idp, configure, logs, since):
    sign_in(idp)
    since.log = logs.mark()
    assert other_way("bob") == "PAM_SUCCESS"
    assert reasons(logs, since) == []
    configure(liveness_missing="refuse")
    assert other_way("bob") == "PAM_AUTHINFO_UNAVAIL"
    assert reasons(logs, since) == ["stale"]
    assert other_way() == "PAM_SUCCESS"


def test_once_in_an_interval(idp, configure, logs, since):
    configure(liveness_interval="5m")
    sign_in(idp)
    assert [other_way() for _ in range(3)] == ["PAM_SUCCESS"] * 3
    assert refreshes(idp, since) == []
    change_record(good=ago(310))
    people = [PamClient(SERVICE, "alice", "acct") for _ in range(6)]
    for client in people:
        with client:
            assert client.code() == "PAM_SUCCESS"
    # one asked, and the others waited for what it was told
    assert refreshes(idp, since) == [200]
    assert reasons(logs, since) == [None] * 10


@pytest.mark.parametrize("client_id", ["linux-bare", "linux-fat",
                                       "linux-basic", "linux-es256"])
def test_every_kind_of_client(idp, configure, since, client_id):
    """linux-bare: no ID token; linux-fat: all in it; one with a secret."""
    options = {"client_id": client_id}
    if client_id == "linux-basic":
        options["client_secret_file"] = world.secret(idp, client_id)
    configure(options, {"require": "/groups has linux-admins"})
    sign_in(idp)
    assert other_way() == "PAM_SUCCESS"
    idp.change("alice", groups="linux-users")
    assert other_way() == "PAM_PERM_DENIED"
    assert refreshes(idp, since) == [200, 200]


def test_rules_that_no_longer_hold_leave_no_grace(idp, configure, logs,
                                                  since):
    configure(access={"require": "/groups has linux-admins"})
    sign_in(idp)
    idp.change("alice", groups="linux-users")
    assert other_way() == "PAM_PERM_DENIED"
    assert record()["good"] == "0" and record()["begun"] == "0"
    assert record()["token"] in idp.issued("refresh_token")
    with HttpsStub(idp.tls_dir, http("", status="503 Busy")) as stub:
        configure({"token_endpoint": stub.issuer},
                  {"require": "/groups has linux-admins"})
        assert other_way() == "PAM_AUTHINFO_UNAVAIL"
    idp.change("alice")
    configure(access={"require": "/groups has linux-admins"})
    assert other_way() == "PAM_SUCCESS"


def test_account_that_is_no_longer_theirs(idp, configure, logs, since):
    """The name at the provider now leads to another account."""
    sign_in(idp)
    configure(username="/email", username_match="(.*)@example.com",
              username_format="x\\1")
    assert other_way() == "PAM_AUTH_ERR"
    assert reasons(logs, since) == [None, "other-person"]


# --- providers that do not answer, or something else ------------------------------

def test_provider_is_down(logs, since, configure):
    with Provider(world.public_directory(), interval=1) as idp:
        def again(**account):
            configure({"issuer": idp.issuer, "ca_file": idp.ca_file},
                      **account)
        again()
        sign_in(idp)
        assert other_way() == "PAM_SUCCESS"
    # it has gone; the documents are in the cache
    assert other_way() == "PAM_SUCCESS"
    good = record()["good"]
    again(liveness_grace="0")
    assert other_way() == "PAM_AUTHINFO_UNAVAIL"
    again(liveness_grace="1h")
    change_record(good=ago(3590))
    assert other_way() == "PAM_SUCCESS"
    change_record(good=ago(3610))
    assert other_way() == "PAM_AUTHINFO_UNAVAIL"
    # the clock was set back: no yes of the future counts
    change_record(good=ago(-3600))
    assert other_way() == "PAM_AUTHINFO_UNAVAIL"
    assert record()["closed"] == "0" and good != "0"
    assert reasons(logs, since) == [
        None, None, None, "network", None, "network", "network"]


@pytest.mark.parametrize("status,body,code,grace", [
    ("503 Busy", "", "PAM_SUCCESS", True),
    ("429 Too Many Requests", '{"error":"slow_down"}', "PAM_SUCCESS", True),
    ("200 OK", "<html>portal</html>", "PAM_SUCCESS", True),
    ("400 Bad Request", '{"error":"temporarily_unavailable"}', "PAM_SUCCESS",
     True),
    # what speaks of us
    ("401 Unauthorized", '{"error":"invalid_client"}', "PAM_SERVICE_ERR",
     False),
    ("400 Bad Request", '{"error":"unauthorized_client"}',
     "PAM_SERVICE_ERR", False),
    # a no that nobody understands lets nobody in, and closes nothing
    ("400 Bad Request", '{"error":"mercury_in_retrograde"}', "PAM_AUTH_ERR",
     False),
    ("200 OK", '{"access_token":"a","token_type":"mac"}', "PAM_SERVICE_ERR",
     False),
])
def test_answers_that_are_no_verdict(idp, configure, since, status, body,
                                     code, grace):
    sign_in(idp)
    token = record()["token"]
    with HttpsStub(idp.tls_dir, http(body, status=status)) as stub:
        configure({"token_endpoint": stub.issuer})
        assert other_way() == code
        assert stub.requests == 1
        assert (record()["token"], record()["closed"]) == (token, "0")
        configure({"token_endpoint": stub.issuer}, liveness_grace="0")
        assert other_way() == (
            "PAM_AUTHINFO_UNAVAIL" if grace else code)
    configure()
    assert other_way() == "PAM_SUCCESS"
    assert record()["begun"] == "0"


def test_an_answer_that_is_too_large_leaves_the_token_in_doubt(
        idp, configure):
    """A new one may have been in it."""
    sign_in(idp)
    good = record()["good"]
    with HttpsStub(idp.tls_dir, http(" " * 70000)) as stub:
        configure({"token_endpoint": stub.issuer})
        assert other_way() == "PAM_SUCCESS"
        configure({"token_endpoint": stub.issuer}, liveness_grace="0")
        assert other_way() == "PAM_AUTH_ERR"
    assert record()["begun"] != "0" and record()["good"] == good


@pytest.mark.parametrize("error", ["invalid_grant", "access_denied",
                                   "expired_token"])
def test_a_no_closes_the_account(idp, configure, logs, since, error):
    sign_in(idp)
    answer = http('{"error":"%s"}' % error, status="400 Bad Request")
    with HttpsStub(idp.tls_dir, answer) as stub:
        configure({"token_endpoint": stub.issuer})
        assert other_way() == "PAM_ACCT_EXPIRED"
        assert other_way() == "PAM_ACCT_EXPIRED"
        assert stub.requests == 1
    assert record()["token"] == "" and record()["closed"] != "0"
    assert reasons(logs, since) == [None, "closed", "closed"]


def test_answer_that_was_lost(idp, configure, logs, since):
    """The helper dies with the request out; the token may be used up."""
    sign_in(idp)
    with HttpsStub(idp.tls_dir, None) as silent:
        configure({"token_endpoint": silent.issuer})
        with PamClient(SERVICE, "alice", "acct") as client:
            silent.wait_request()
            os.kill(helper(), signal.SIGKILL)
            assert client.code() == "PAM_SERVICE_ERR"
    begun = record()["begun"]
    assert abs(int(begun) - time.time()) < 60
    # then "no" may be about what the lost request did: not closed, and
    # allowed for as long as if nobody had answered
    answer = http('{"error":"invalid_grant"}', status="400 Bad Request")
    with HttpsStub(idp.tls_dir, answer) as stub:
        configure({"token_endpoint": stub.issuer})
        assert other_way() == "PAM_SUCCESS"
        change_record(good=ago(7200))
        assert other_way() == "PAM_AUTHINFO_UNAVAIL"
        assert stub.requests == 2
    assert (record()["begun"], record()["closed"]) == (begun, "0")
    assert reasons(logs, since) == [None, "helper", None, "stale"]
    # the provider has seen nothing of all that
    configure()
    assert other_way() == "PAM_SUCCESS"
    assert record()["begun"] == "0"


def test_application_that_dies_with_the_request_out(idp, configure):
    sign_in(idp)
    with HttpsStub(idp.tls_dir, None) as silent:
        configure({"token_endpoint": silent.issuer})
        client = PamClient(SERVICE, "alice", "acct")
        with pytest.raises(AssertionError), client:
            silent.wait_request()
            os.kill(client.pid, signal.SIGKILL)
            client.code()
    assert record()["begun"] != "0"
    # the lock went with it
    configure()
    assert other_way() == "PAM_SUCCESS"
    assert record()["begun"] == "0"


def test_silent_provider_holds_nobody_up(idp, configure):
    sign_in(idp)
    with HttpsStub(idp.tls_dir, None) as silent:
        configure({"token_endpoint": silent.issuer})
        assert other_way(timeout=30) == "PAM_SUCCESS"


def test_stopped_process_that_has_the_lock(idp, configure, logs, since):
    """Whoever stops it keeps nobody out for longer than an outage would."""
    sign_in(idp)
    with open(STORE / "-lock", "r+b") as lock:
        fcntl.fcntl(lock, F_OFD_SETLK, struct.pack(
            "hhqqi4x", fcntl.F_WRLCK, 0, pwd.getpwnam("alice").pw_uid, 1, 0))
        assert other_way() == "PAM_SUCCESS"
        change_record(good=ago(7200))
        assert other_way() == "PAM_AUTHINFO_UNAVAIL"
        assert refreshes(idp, since) == []
        # others' records are not held up
        sign_in(idp, "bob")
        assert other_way("bob") == "PAM_SUCCESS"
    assert reasons(logs, since) == [
        None, None, "stale", None, None]


# --- records that are not as they should be ---------------------------------------

@pytest.mark.parametrize("field,value", [
    ("client_id", "another"), ("issuer", "https://other.example"),
    ("provider", "other")])
def test_record_of_another_provider_or_client(idp, logs, since, field, value):
    """Its token is not sent to whom it is not from."""
    sign_in(idp)
    change_record(**{field: value})
    assert other_way() == "PAM_AUTHINFO_UNAVAIL"
    assert reasons(logs, since) == [None, "stale"]
    assert refreshes(idp, since) == []


def test_record_of_another_person(idp, logs, since):
    sign_in(idp)
    change_record(sub="591007342118")
    assert other_way() == "PAM_AUTH_ERR"
    assert reasons(logs, since) == [None, "sub"]


def damage(name):
    path = STORE / "alice"
    text = path.read_text()
    if name == "truncated":
        path.write_text(text[:-10])
    elif name == "empty":
        path.write_text("")
    elif name == "longer":
        path.write_text(text + "x=y\n")
    elif name == "nul":
        path.write_text(text.replace("closed=0", "closed=\0"))
    elif name == "foreign":
        os.chown(path, pwd.getpwnam("bob").pw_uid, -1)
    elif name == "readable":
        path.chmod(0o644)
    elif name == "link":
        path.rename(STORE / "elsewhere")
        path.symlink_to("elsewhere")
    elif name == "directory":
        path.unlink()
        path.mkdir()
    elif name == "store":
        STORE.chmod(0o755)
        return str(STORE)
    return str(path)


@pytest.mark.parametrize("how", [
    "truncated", "empty", "longer", "nul", "foreign", "readable", "link",
    "directory", "store"])
def test_damaged_record_lets_nobody_in(idp, logs, since, how):
    """It is no fresh start either, and the line in the log names it."""
    sign_in(idp)
    path = damage(how)
    since.log = logs.mark()
    assert other_way() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "store" and path in decision["detail"]
    assert refreshes(idp, since) == []


# --- pam-oauth liveness -----------------------------------------------------------

def liveness(*arguments, prefix=()):
    """pam-oauth liveness ...: (status, standard output, standard error)."""
    done = subprocess.run(
        [*prefix, str(world.PAM_OAUTH), "liveness", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    said = "".join(line for line in done.stderr.splitlines(keepends=True)
                   if not (SANITIZED and UNCONFINED in line))
    return done.returncode, done.stdout, said


def test_list(idp):
    assert liveness("list") == (0, "", "")
    assert liveness("list", "--json") == (0, "[]\n", "")
    sign_in(idp)
    sign_in(idp, "bob")
    status, out, err = liveness("list", "--json")
    assert (status, err) == (0, "")
    entries = json.loads(out)
    assert [(entry["account"], entry["sub"], entry["state"])
            for entry in entries] == [("alice", "248289761001", "open"),
                                      ("bob", "591007342118", "open")]
    change_record("bob", begun=ago(5), good=0)
    status, out, err = liveness("list")
    assert (status, err) == (0, "")
    head, alice, bob = out.splitlines()
    assert head.split() == ["ACCOUNT", "STATE", "GOOD", "SUB", "ISSUER"]
    assert alice.split()[:2] == ["alice", "open"]
    assert bob.split()[:3] == ["bob", "unsure", "never"]
    # one that is broken does not hide the others, and no token is shown
    damage("truncated")
    status, out, err = liveness("list")
    assert status == 1 and "bob" in out and "liveness/alice" in err
    assert not any(token in out + err
                   for token in idp.issued("refresh_token"))


def test_revoke_ends_the_token_and_closes(idp, logs, since):
    sign_in(idp)
    token = record()["token"]
    assert liveness("revoke", "alice") == (0, "", "")
    assert [event["status"] for event in idp.events(since.time_ms)
            if event["path"] == "/token/revocation"] == [200]
    assert record()["token"] == "" and record()["closed"] != "0"
    assert other_way() == "PAM_ACCT_EXPIRED"
    # the provider has forgotten it
    change_record(token=token, closed=0)
    assert other_way() == "PAM_ACCT_EXPIRED"
    assert refreshes(idp, since) == [400]
    sign_in(idp)
    assert other_way() == "PAM_SUCCESS"


def test_revoke_without_a_provider_closes_all_the_same(idp, configure):
    sign_in(idp)
    with HttpsStub(idp.tls_dir, http("", status="503 Busy")) as stub:
        configure({"revocation_endpoint": stub.issuer})
        status, out, err = liveness("revoke", "alice")
    assert (status, out) == (1, "")
    assert '"alice" is closed, but the token lives until it expires' in err
    assert record()["closed"] != "0"


def test_revoke_goes_to_no_other_issuer(idp, configure):
    sign_in(idp)
    with HttpsStub(idp.tls_dir, http("{}")) as stub:
        configure({"issuer": stub.issuer})
        status, out, err = liveness("revoke", "alice")
        assert stub.requests == 0
    assert (status, out) == (1, "")
    assert "the token is of " + idp.issuer in err
    assert record()["closed"] != "0"


def test_remove(idp):
    sign_in(idp)
    damage("truncated")
    assert liveness("remove", "alice") == (0, "", "")
    assert not (STORE / "alice").exists()
    assert other_way() == "PAM_SUCCESS"
    for action in ("remove", "revoke"):
        assert liveness(action, "alice") == (
            1, "", 'pam-oauth: liveness: "alice" has no record\n')


@pytest.mark.parametrize("arguments", [
    [], ["list", "alice"], ["revoke"], ["remove"], ["remove", "--json"],
    ["revoke", "alice", "--config"], ["remove", "alice", "bob"], ["open"]])
def test_wrong_usage(arguments):
    status, out, err = liveness(*arguments)
    assert (status, out) == (2, "")
    assert "usage: pam-oauth liveness list" in err


def test_records_are_roots(idp):
    sign_in(idp)
    program = shutil.copy(world.PAM_OAUTH, world.public_directory())
    for arguments in (["list"], ["revoke", "alice"], ["remove", "alice"]):
        done = subprocess.run(
            as_user("alice", program, "liveness", *arguments),
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "try sudo" in done.stderr


# --- helpers that lie: tests/pam/fake_helper.c, by scenario -----------------------

def fake(scenario, phase="acct"):
    """The service whose helper plays it; the code of the phase."""
    world.service(SERVICE, "provider=" + scenario, module=world.FAKE_MODULE)
    return authenticate(SERVICE, "alice", phase).phases[0]["code"]


@pytest.mark.parametrize("scenario,code,token,closed", [
    ("live_good", "PAM_SUCCESS", "next", False),
    ("live_same_token", "PAM_SUCCESS", None, False),
    ("live_fresh", "PAM_SUCCESS", None, False),
    ("live_off", "PAM_SUCCESS", None, False),
    ("live_closed", "PAM_ACCT_EXPIRED", "", True),
    ("live_not_allowed", "PAM_PERM_DENIED", "next", False)])
def test_honest_helper_is_believed(idp, scenario, code, token, closed):
    sign_in(idp)
    before = record()
    assert fake(scenario) == code
    after = record()
    assert after["token"] == (before["token"] if token is None else token)
    assert (after["closed"] != "0") == closed
    assert after["begun"] == "0"


@pytest.mark.parametrize("scenario", [
    "live_proven_unasked", "live_proven_for_another",
    "live_off_after_asking", "live_renewed_first", "live_renewed_twice",
    "live_hello_twice", "live_token_two_lines", "live_token_escape",
    "live_token_not_ascii", "live_prompt", "live_grant",
    "live_status_negative", "live_dies_before", "live_dies_asking",
    "live_dies_renewed"])
def test_broken_rule_lets_nobody_in(idp, logs, since, scenario):
    sign_in(idp)
    before = record()
    assert fake(scenario) == (
        "PAM_AUTH_ERR" if "proven" in scenario else "PAM_SERVICE_ERR")
    assert reasons(logs, since) == [
        None, "other-person" if "proven" in scenario else "helper"]
    # whatever it said, it is still this person's, and no newer than it was
    after = record()
    for field in ("issuer", "sub", "client_id", "provider", "closed"):
        assert after[field] == before[field]
    assert int(after["good"]) <= int(before["good"])
    assert after["token"] in (before["token"], "next")


def test_success_without_a_record(idp, logs, since):
    sign_in(idp, "bob")
    assert fake("live_fresh") == "PAM_SERVICE_ERR"
    assert reasons(logs, since) == [None, "helper"]


@pytest.mark.parametrize("scenario", [
    "record_of_another", "record_two_lines", "record_escape",
    "record_nonsense"])
def test_record_that_is_not_of_this_sign_in(scenario):
    assert fake(scenario, "auth") == "PAM_SERVICE_ERR"
    assert not (STORE / "alice").exists()


def test_times_of_a_new_record_are_the_modules():
    assert fake("good_record", "auth") == "PAM_SUCCESS"
    assert abs(int(record()["good"]) - time.time()) < 60


# --- secrets ----------------------------------------------------------------------

@pytest.mark.skipif(world.SANITIZED,
                    reason="a sanitizer keeps what was freed")
def test_no_token_is_left_in_the_application(idp):
    sign_in(idp)
    with PamClient(SERVICE, "alice", "acct", "pause") as client:
        assert client.code() == "PAM_SUCCESS"
        tokens = idp.issued("refresh_token")[-2:]
        assert record()["token"] == tokens[1] != tokens[0]
        dump = memory.read(client.pid)
        for token in tokens:
            assert memory.search(dump, memory.pieces(token)) == set()
        client.answer()
        assert client.code() == "PAM_SUCCESS"


def test_access_token_of_a_session_beside_it(idp, configure):
    """Its revocation at the end of the session is not the account's end."""
    world.configure({
        "provider corp": world.corp(idp, scopes=SCOPES),
        "account": {"liveness": "refresh", "liveness_interval": "0"},
        "session": {"keep_token": "access_token"}})
    with PamClient(SERVICE, "alice", "auth", "open", "close") as client:
        client.link().approve(idp, "alice")
        assert [client.code() for _ in range(3)] == ["PAM_SUCCESS"] * 3
    assert other_way() == "PAM_SUCCESS"


def test_refresh_token_of_a_session_is_a_contradiction(idp, logs, since):
    world.configure({
        "provider corp": world.corp(idp, scopes=SCOPES),
        "account": {"liveness": "refresh"},
        "session": {"keep_token": "refresh_token"}})
    assert authenticate(SERVICE, "alice").phases[0]["code"] == \
        "PAM_SERVICE_ERR"
    assert "cannot be the user's as well" in logs.decision(
        SERVICE, since.log)["detail"]
