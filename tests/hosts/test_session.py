# SPDX-License-Identifier: BSD-2-Clause
"""What is left for the user: exported claims, and the token of a session."""

import os
import pathlib
import re
import ssl
import urllib.error
import urllib.request

import pytest

import world
from pam_client import PamClient
from processes import wait_end
from terminal import ENTER, Terminal, as_user

REVOCATION = "/token/revocation"
EXPORTS = ["EMAIL /email", "OIDC_SUB /sub", "OIDC_GROUPS /groups",
           "GIT_AUTHOR_NAME /name", "OIDC_NOTHING /no/such/claim"]
RUN = world.RUN
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
                                      timeout=10).status
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
