# SPDX-License-Identifier: BSD-2-Clause
"""What is left for the user: exported claims, and the token of a session."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request

import pytest

import world
from https_stub import HttpsStub, http
from pam_client import PamClient
from processes import wait_end
from terminal import ENTER, Terminal, as_user

REVOCATION = "/token/revocation"
EXPORTS = ["EMAIL /email", "OIDC_SUB /sub", "OIDC_GROUPS /groups",
           "GIT_AUTHOR_NAME /name", "OIDC_NOTHING /no/such/claim"]
RUN = world.RUNDIR
SHOW = ("env | grep -E '^(EMAIL|OIDC|GIT|OAUTH|PAM_OAUTH)' | sort; "
        "echo file $(stat -c '%F %a %U' \"$OAUTH_TOKEN_FILE\"); "
        "echo others $(ls " + str(RUN) + "/tokens "
        + str(RUN) + "/sessions 2>/dev/null | wc -l); ")

real_hosts = pytest.mark.skipif(
    world.SANITIZED, reason="sshd cannot load a module with sanitizers")


@pytest.fixture
def configure(idp):
    def configure(keep, client_id="linux-public", **options):
        return world.configure({
            "provider corp": world.corp(
                idp, client_id=client_id,
                scopes="openid profile email groups offline_access",
                **options),
            "session": {"export": EXPORTS, "keep_token": keep}})
    return configure


@pytest.fixture(autouse=True)
def nothing_is_left():
    """By the test itself: others may have kept sessions that never end."""
    for name in ("sessions", "tokens"):
        shutil.rmtree(RUN / name, ignore_errors=True)
    yield
    for name in ("sessions", "tokens"):
        if (RUN / name).exists():
            assert list((RUN / name).iterdir()) == []


def userinfo(idp, token):
    """The HTTP status of a request with this access token."""
    request = urllib.request.Request(
        idp.issuer + "/me", headers={"Authorization": "Bearer " + token})
    context = ssl.create_default_context(cafile=idp.ca_file)
    try:
        return urllib.request.urlopen(request, context=context,
                                      timeout=60).status
    except urllib.error.HTTPError as error:
        return error.code


def revocations(idp, since):
    return [event for event in idp.events(since.time_ms)
            if event["path"] == REVOCATION]


def token_file(screen):
    return pathlib.Path(re.search(r"OAUTH_TOKEN_FILE=(\S+)", screen)[1])


# --- real sshd ---------------------------------------------------------------

@real_hosts
@pytest.mark.parametrize("keep,client_id", [
    ("access_token", "linux-public"), ("access_token", "linux-basic"),
    ("refresh_token", "linux-public"), ("id_token", "linux-public")])
def test_ssh_session_has_claims_and_token(sshd_server, configure, idp, logs,
                                          since, keep, client_id):
    options = {}
    if client_id == "linux-basic":
        options["client_secret_file"] = world.secret(idp, client_id)
    configure(keep, client_id, **options)
    with sshd_server.login("alice", SHOW + "echo ready; read line") as person:
        link = person.see_link()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        person.see("ready\r\n")
        screen = person.screen
        path = token_file(screen)
        assert path.name == keep and path.parent.parent == RUN / "tokens"
        token = path.read_text()
        info = path.stat()
        assert (info.st_mode & 0o7777, info.st_uid) == (
            0o600, os.stat("/home/alice").st_uid)
        assert path.parent.stat().st_uid == 0
        if keep == "access_token":
            assert userinfo(idp, token) == 200
        assert revocations(idp, since) == []
        person.sendline("")
        assert person.see_end()[0] == 0
    for line in ("EMAIL=alice@example.com", "OIDC_SUB=248289761001",
                 "OIDC_GROUPS=linux-users,linux-admins",
                 "GIT_AUTHOR_NAME=Alice Example",
                 "file regular file 600 alice", "others 0"):
        assert line + "\r\n" in screen, line
    assert "OIDC_NOTHING" not in screen
    assert token not in screen
    # its monitor closes the session, and ends
    assert wait_end(logs.wait(lambda line: line.text.startswith(
        "Accepted keyboard-interactive/pam for alice"), since.log).pid, 10)
    assert not path.parent.exists()
    assert [(event["status"], event["client_id"])
            for event in revocations(idp, since)] == (
                [] if keep == "id_token" else [(200, client_id)])
    if keep == "access_token":
        assert userinfo(idp, token) == 401


# --- real sudo and su --------------------------------------------------------

@real_hosts
@pytest.mark.parametrize("more,email", [
    ("", "alice@example.com"), (", env_keep+=EMAIL", "mine@example.org")])
def test_sudo_gets_claims_and_no_token(configure, idp, since, more, email):
    """alice approves, the session is root's: her token is not handed over.

    env_reset lets through what PAM sets; what env_keep names is the user's.
    """
    world.service("sudo")
    world.write("Defaults !fqdn, !lecture%s\nalice ALL=(ALL:ALL) ALL\n"
                % more, "/etc/sudoers", 0o440)
    configure("access_token")
    command = ["env", "EMAIL=mine@example.org", "/usr/bin/sudo", "-k", "sh",
               "-c", SHOW + "echo ready"]
    with Terminal(as_user("alice", *command)) as person:
        person.see_link().approve(idp, "alice")
        person.see("ready\r\n")
        status, screen = person.see_end()
    assert status == 0
    for line in ("EMAIL=" + email, "OIDC_SUB=248289761001"):
        assert line + "\r\n" in screen, line
    assert "OAUTH_TOKEN_FILE" not in screen
    assert [event["status"] for event in revocations(idp, since)] == [200]


@real_hosts
@pytest.mark.parametrize("options", [[], ["-"]])
def test_su_gives_the_target_its_own(configure, idp, since, options):
    world.service("su")
    configure("access_token")
    command = ["env", "EMAIL=mine@example.org", "/bin/su", *options, "bob",
               "-c", SHOW + "echo ready; read line"]
    with Terminal(as_user("alice", *command)) as person:
        person.see_link().approve(idp, "bob")
        person.see("ready\r\n")
        screen = person.screen
        token = token_file(screen).read_text()
        assert userinfo(idp, token) == 200
        person.sendline("")
        assert person.see_end()[0] == 0
    for line in ("EMAIL=bob@example.com", "OIDC_SUB=591007342118",
                 "file regular file 600 bob"):
        assert line + "\r\n" in screen, line
    assert userinfo(idp, token) == 401
    assert [event["status"] for event in revocations(idp, since)] == [200]


# --- one phase after the other -----------------------------------------------

SERVICE = "session"


@pytest.fixture(autouse=True)
def service():
    world.service(SERVICE)


@contextlib.contextmanager
def signed_in(idp, *phases, user="alice", **how):
    """A client in the middle of its phases, approved by its user."""
    with PamClient(SERVICE, user, "auth", "env", *phases, **how) as client:
        client.link().approve(idp, user)
        assert client.code() == "PAM_SUCCESS"
        assert client.code() == "PAM_SUCCESS"
        yield client


def go_on(client):
    """Past a "pause"."""
    client.answer()
    assert client.code() == "PAM_SUCCESS"


def environment(client):
    """What the last "env" has shown."""
    return dict(text.split("=", 1) for style, text in client.messages
                if style == "env")


@pytest.mark.parametrize("again", [False, True], ids=["once", "denied_then"])
def test_claims_of_the_login_before_are_taken_back(configure, idp, again):
    """An application that authenticates twice on one handle."""
    configure("off")
    with PamClient(SERVICE, "alice", "auth", *["auth"] * again,
                   "env") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
        if again:
            client.link().deny(idp)
            assert client.code() == "PAM_MAXTRIES"
        assert client.code() == "PAM_SUCCESS"
    assert ("EMAIL" in environment(client)) == (not again)
    assert bool(environment(client)) == (not again)


def test_token_of_the_login_before_is_not_the_next_ones(configure, idp):
    """bob comes where alice began, and of his nothing is to be kept."""
    configure("access_token")
    with PamClient(SERVICE, "alice", "auth", "pause", "USER=bob", "auth",
                   "open", "env", "close") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
        configure("off")
        go_on(client)
        assert client.code() == "PAM_SUCCESS"
        client.link().approve(idp, "bob")
        assert [client.code() for _ in range(4)] == ["PAM_SUCCESS"] * 4
    assert environment(client)["EMAIL"] == "bob@example.com"
    assert "PAM_OAUTH_SESSION" not in environment(client)
    [kept] = (RUN / "sessions").iterdir()
    kept.unlink()  # of a session that never was: else it is there for a day


def test_nothing_is_kept_unless_asked(idp, standard, since):
    with signed_in(idp, "open", "env", "close") as client:
        assert [client.code() for _ in range(3)] == ["PAM_SUCCESS"] * 3
        assert environment(client) == {}
    assert revocations(idp, since) == []


def test_session_that_we_did_not_authenticate(configure):
    configure("access_token")
    with PamClient(SERVICE, "alice", "open", "env", "close") as client:
        assert [client.code() for _ in range(3)] == ["PAM_SUCCESS"] * 3
        assert environment(client) == {}


def test_two_session_lines_and_a_second_close(configure, idp, since):
    configure("access_token")
    with signed_in(idp, "open", "open", "close", "close") as client:
        assert [client.code() for _ in range(3)] == ["PAM_SUCCESS"] * 3
        assert client.code() == "PAM_SESSION_ERR"       # gone by now
    assert len(revocations(idp, since)) == 1


def test_id_of_another_account_is_refused(configure, idp, logs, since):
    """pam_env lets people set PAM variables (user_readenv)."""
    configure("access_token")
    with signed_in(idp, "pause", "close") as client:
        forged = "PAM_OAUTH_SESSION=" + \
            environment(client)["PAM_OAUTH_SESSION"]
        with PamClient(SERVICE, "bob", forged, "open", "env",
                       "close") as other:
            assert [other.code() for _ in range(4)] == [
                "PAM_SUCCESS", "PAM_SESSION_ERR", "PAM_SUCCESS",
                "PAM_SESSION_ERR"]
            assert "OAUTH_TOKEN_FILE" not in environment(other)
        assert list((RUN / "tokens").iterdir()) == []
        assert revocations(idp, since) == []
        logs.wait(lambda line: line.service == SERVICE
                  and "reason=other-person" in line.rest, since.log)
        go_on(client)
        assert client.code() == "PAM_SUCCESS"
    assert len(revocations(idp, since)) == 1


@pytest.mark.parametrize("forged", [
    "", "../sessions", "0" * 42, "0" * 41 + "/", "0" * 64,
    "0" * 41 + "\n", "A" * 42])
def test_id_of_nobody_is_refused(configure, logs, since, forged):
    configure("access_token")
    with PamClient(SERVICE, "alice", "PAM_OAUTH_SESSION=" + forged, "open",
                   "close") as client:
        assert [client.code() for _ in range(3)] == [
            "PAM_SUCCESS", "PAM_SESSION_ERR", "PAM_SESSION_ERR"]


def test_user_that_changes_between_login_and_session(configure, idp, since):
    """As sudo does it: nobody else gets the token, and it is ended."""
    configure("access_token")
    with signed_in(idp, "USER=bob", "open", "env", "close") as client:
        assert [client.code() for _ in range(4)] == ["PAM_SUCCESS"] * 4
        assert "OAUTH_TOKEN_FILE" not in environment(client)
    assert len(revocations(idp, since)) == 1


@pytest.mark.parametrize("name", ["sessions", "tokens"])
def test_planted_link_is_not_followed(configure, idp, logs, since, name):
    """Only root could plant it: somebody's mistake, and it ends here."""
    configure("access_token")
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(mode=0o711)
    elsewhere = world.public_directory()
    (RUN / name).symlink_to(elsewhere)
    try:
        with signed_in(idp) as client:
            assert "PAM_OAUTH_SESSION" not in environment(client)
        logs.wait(lambda line: "token not kept" in line.rest, since.log)
        assert list(elsewhere.iterdir()) == []
    finally:
        (RUN / name).unlink()


def test_application_without_privileges_keeps_nothing(configure, idp, logs,
                                                      since):
    configure("access_token")
    with signed_in(idp, "open", "close",
                   prefix=as_user("alice")) as client:
        assert [client.code() for _ in range(2)] == ["PAM_SUCCESS"] * 2
        assert "PAM_OAUTH_SESSION" not in environment(client)
        assert environment(client)["EMAIL"] == "alice@example.com"
    line = logs.wait(lambda line: "token not kept" in line.rest, since.log)
    assert line.level == 4 and str(RUN) in line.rest


def test_token_that_the_provider_does_not_send(idp, logs, since):
    world.configure({"provider corp": world.corp(idp),
                     "session": {"keep_token": "refresh_token"}})
    with signed_in(idp, "open", "close") as client:
        assert [client.code() for _ in range(2)] == ["PAM_SUCCESS"] * 2
        assert environment(client) == {}
    assert logs.wait(lambda line: "no such token" in line.rest,
                     since.log).level == 4


def test_logins_that_never_became_sessions_do_not_pile_up(configure, idp,
                                                          since):
    configure("id_token")
    with signed_in(idp, "pause", "close") as client:
        kept = RUN / "sessions" / environment(client)["PAM_OAUTH_SESSION"]
        day = kept.with_name("%010x" % int(time.time() - 86500) + "0" * 32)
        opened = day.with_name(day.name[:-1] + "1")
        recent = kept.with_name("%010x" % int(time.time() - 86300) + "0" * 32)
        for path in (day, opened, recent):
            path.touch(mode=0o600)
        (RUN / "tokens" / opened.name).mkdir()
        with signed_in(idp, "pause", "close") as second:
            assert not day.exists()
            assert opened.exists() and recent.exists() and kept.exists()
            go_on(second)
            assert second.code() == "PAM_SUCCESS"
        opened.unlink()
        recent.unlink()
        (RUN / "tokens" / opened.name).rmdir()
        go_on(client)
        assert client.code() == "PAM_SUCCESS"


def test_session_of_another_account_is_not_one_that_never_began(
        configure, idp, since):
    """sudo -s for two days: its token is still to be ended."""
    configure("access_token")
    old = "%010x" % int(time.time() - 2 * 86400) + "0" * 32
    with signed_in(idp, "pause", "PAM_OAUTH_SESSION=" + old, "USER=bob",
                   "open", "pause", "close") as client:
        kept = RUN / "sessions" / environment(client)["PAM_OAUTH_SESSION"]
        kept.rename(kept.with_name(old))
        go_on(client)
        assert [client.code() for _ in range(3)] == ["PAM_SUCCESS"] * 3
        with signed_in(idp, "close") as second:
            assert second.code() == "PAM_SUCCESS"
        go_on(client)
        assert client.code() == "PAM_SUCCESS"
    assert len(revocations(idp, since)) == 2


def test_provider_that_is_gone_holds_nobody_up(configure, idp, logs, since):
    configure("access_token")
    with signed_in(idp, "pause", "close") as client:
        # which listens, and never answers
        with socket.create_server(("127.0.0.1", 0)) as silent:
            configure("access_token", revocation_endpoint="https://127.0.0.1:"
                      "%d/revoke" % silent.getsockname()[1],
                      connect_timeout="60s", request_timeout="60s")
            begun = time.monotonic()
            go_on(client)
            assert client.code() == "PAM_SUCCESS"
            assert time.monotonic() - begun < 30
    assert logs.wait(lambda line: "not revoked" in line.rest,
                     since.log).level == 4
    assert revocations(idp, since) == []


def test_revocation_endpoint_by_hand(configure, idp, since):
    configure("access_token", revocation_endpoint=idp.issuer + REVOCATION)
    with signed_in(idp, "close") as client:
        assert client.code() == "PAM_SUCCESS"
    assert [event["status"] for event in revocations(idp, since)] == [200]


@pytest.mark.parametrize("client_id", ["linux-key-es256", "linux-tls"])
def test_revocation_with_key_or_certificate(configure, idp, since, client_id):
    options = {"client_key_file": world.private_key(idp, client_id)}
    if client_id == "linux-tls":
        options["client_certificate_file"] = world.write(
            (idp.tls_dir / "linux-tls.pem").read_text(),
            world.CONFIG_DIR / "linux-tls.pem")
    configure("access_token", client_id=client_id, **options)
    with signed_in(idp, "close") as client:
        assert client.code() == "PAM_SUCCESS"
    assert [event["status"] for event in revocations(idp, since)] == [200]


def test_refused_revocation_is_a_warning(configure, idp, logs, since):
    configure("access_token")
    with signed_in(idp, "pause", "close") as client:
        configure("access_token", client_id="linux-basic",
                  client_secret_file=world.write(
                      "wrong", world.CONFIG_DIR / "wrong.secret", 0o600))
        go_on(client)
        assert client.code() == "PAM_SUCCESS"
    line = logs.wait(lambda line: "not revoked" in line.rest, since.log)
    assert "invalid_client" in line.rest and line.level == 4


def test_token_goes_to_no_other_issuer(configure, idp, logs, since):
    """The section has become another provider's while the session was open."""
    configure("access_token")
    with HttpsStub(idp.tls_dir, http("{}")) as stub:
        with signed_in(idp, "pause", "close") as client:
            configure("access_token", issuer=stub.issuer)
            go_on(client)
            assert client.code() == "PAM_SUCCESS"
        line = logs.wait(lambda line: "not revoked" in line.rest, since.log)
        assert "the token is of " + idp.issuer in line.rest and line.level == 4
        assert stub.requests == 0
    assert revocations(idp, since) == []


# --- the configuration -------------------------------------------------------

@pytest.mark.parametrize("export", [
    "LD_PRELOAD /email", "PATH /sub", "PAM_OAUTH_SUB /sub",
    "OAUTH_TOKEN_FILE /sub", "OIDC_A", "OIDC_A sub",
    ["OIDC_A /sub", "OIDC_A /email"]])
def test_bad_export_is_a_configuration_error(idp, logs, since, export):
    path = world.configure({"session": {"export": export},
                            "provider corp": world.corp(idp)})
    with PamClient(SERVICE, "alice") as client:
        assert client.code() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    line = 2 if isinstance(export, str) else 3
    assert decision["detail"].startswith("%s:%d: export" % (path, line))
    assert idp.events(since.time_ms) == []


# --- a helper that lies ------------------------------------------------------

def fake(scenario, *phases):
    with PamClient(world.fake_service(scenario), "alice", "auth",
                   *phases) as client:
        for _ in range(1 + len(phases)):
            client.code()
        return client


def test_honest_helper_exports():
    client = fake("good_export", "env")
    assert client.phases[0]["code"] == "PAM_SUCCESS"
    assert environment(client) == {"OIDC_NAME": "Alice O'Hara", "EMAIL": ""}


def test_honest_helper_brings_a_token():
    client = fake("good_keep", "open", "env", "close")
    assert [phase["code"] for phase in client.phases] == ["PAM_SUCCESS"] * 4
    assert environment(client)["OAUTH_TOKEN_FILE"].endswith("/id_token")


@pytest.mark.parametrize("scenario", [
    "export_ld_preload", "export_path", "export_bash_env", "export_our_own",
    "export_token_file", "export_second_line", "export_without_end",
    "export_without_value", "export_empty_line", "export_substitution",
    "export_function", "export_escape", "export_bidi", "export_not_utf8",
    "export_option", "export_beside_bad_token", "keep_without_token",
    "keep_two_lines", "keep_escape", "keep_of_no_kind", "keep_negative",
    "keep_wraps"])
def test_gift_that_may_not_be_is_a_service_error(logs, since, scenario):
    client = fake(scenario, "env")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    assert environment(client) == {}
    decision = logs.decision("fake_" + scenario, since.log)
    assert (decision["result"], decision["reason"]) == ("refused", "helper")
