# SPDX-License-Identifier: BSD-2-Clause
"""What each outcome means to PAM: the table of docs/design.md."""

import os
import pathlib
import pwd
import re
import signal

import pytest

import world
from pam_client import TIMEOUT, PamClient, authenticate
from provider import Provider
from processes import helper, helpers, wait_end
from terminal import AGAIN, ENTER, as_user

SERVICE = "po_test"


@pytest.fixture(autouse=True)
def service(standard):
    world.service(SERVICE)


def configure(idp, sections=None, **options):
    world.configure(dict({"provider corp": world.corp(idp, **options)},
                         **(sections or {})))


def finish(client, user="alice", timeout=TIMEOUT):
    """The code; checks what must hold after every login."""
    code = client.code(timeout)
    phase = client.phases[-1]
    assert phase["user"] == user            # PAM_USER is never changed
    assert phase["children"] is False       # the helper was reaped
    # but for reminders, in a login that has to wait for a busy machine
    assert len([text for _, text in client.messages
                if not text.startswith("Still waiting")]) <= 2
    return code


def test_granted(idp, logs, since):
    with PamClient(SERVICE, "alice", options=["--rhost", "host.example"]) \
            as client:
        client.link().approve(idp, "alice")
        assert finish(client) == "PAM_SUCCESS"
        assert [style for style, _ in client.messages] == ["info"]
    decision = logs.decision(SERVICE, since.log)
    assert decision["result"] == "granted"
    assert decision["rhost"] == "host.example"


@pytest.mark.parametrize("client_id", [
    "linux-post", "linux-es256", "linux-eddsa", "linux-ps256", "linux-fat"])
def test_granted_to_every_kind_of_client(idp, since, client_id):
    options = {"client_id": client_id}
    if client_id == "linux-post":
        options["client_secret_file"] = world.secret(idp, client_id)
        options["client_auth"] = "client_secret_post"
    configure(idp, **options)
    world.service(SERVICE, "debug")     # so that conftest.py sees it all
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        assert finish(client) == "PAM_SUCCESS"
    userinfo = [event for event in idp.events(since.time_ms)
                if event["path"] == "/me"]
    # what the ID token has needs no second request
    assert (userinfo == []) == (client_id == "linux-fat")


def test_hashed_ca_directory(idp, logs, since):
    provider = world.corp(idp)
    ca_file = pathlib.Path(provider.pop("ca_file"))
    provider["ca_dir"] = ca_file.parent / "hashed"
    world.configure({"provider corp": provider})
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        assert finish(client) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"


def test_denied(idp, logs, since):
    with PamClient(SERVICE, "alice") as client:
        client.link().deny(idp)
        assert finish(client) == "PAM_MAXTRIES"
        assert client.messages[-1] == ("error", "The sign-in was declined.")
    assert logs.decision(SERVICE, since.log)["reason"] == "denied"


@pytest.mark.parametrize("then,code", [("auth", "PAM_MAXTRIES"),
                                       ("acct", "PAM_SUCCESS")])
def test_denied_holds_for_the_handle(idp, then, code):
    with PamClient(SERVICE, "alice", "auth", then) as client:
        client.link().deny(idp)
        assert client.code() == "PAM_MAXTRIES"
        shown = len(client.messages)
        assert client.code() == code    # acct: pam_permit's
        assert len(client.messages) == shown


@pytest.mark.parametrize("login", ["alice", "bob"])
def test_user_changed_in_the_conversation(idp, logs, since, login):
    """CVE-2024-9313: neither the old name nor the new one comes in."""
    with PamClient(SERVICE, "alice",
                   options=["--change-user", "bob"]) as client:
        client.link().approve(idp, login)
        assert client.code() == "PAM_AUTH_ERR"
        assert client.phases[-1]["user"] == "bob"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "other-person"
    assert decision["user"] == "alice"


def test_expired(idp, logs, since):
    configure(idp, client_id="linux-short")
    with PamClient(SERVICE, "alice") as client:
        first = client.link()
        second = client.link()      # renewed, with no Enter
        assert first.code != second.code
        assert client.code() == "PAM_AUTH_ERR"
        assert client.messages[-1] == (
            "error", "The sign-in was not approved in time.")
    assert logs.decision(SERVICE, since.log)["reason"] == "expired"


@pytest.mark.parametrize("person,code,reason", [
    ("bob", "PAM_AUTH_ERR", "other-person"),
    ("zoe", "PAM_AUTH_ERR", "claim-unsafe"),
])
def test_another_person(idp, logs, since, person, code, reason):
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, person)
        assert finish(client) == code
    assert logs.decision(SERVICE, since.log)["reason"] == reason


def test_rule_not_met(idp, logs, since):
    configure(idp, {"access": {"require": ["/groups has linux-users",
                                           "/groups has linux-admins"]}})
    with PamClient(SERVICE, "bob") as client:
        client.link().approve(idp, "bob")
        assert finish(client, "bob") == "PAM_PERM_DENIED"
    assert logs.decision(SERVICE, since.log)["reason"] == "not-allowed"


@pytest.mark.parametrize("user,reason", [
    ("nosuchuser", "account-unknown"), ("ALICE", "account-unknown"),
    ("alice ", "account-unknown"), ("root", "account-root"),
    ("lowuid", "account-uid"), (world.HELPER_USER, "account-uid")])
def test_wrong_account(idp, logs, since, user, reason):
    client = authenticate(SERVICE, user)
    assert client.phases[0]["code"] == "PAM_USER_UNKNOWN"
    assert client.phases[0]["user"] == user
    assert client.messages == [("error", "This account cannot sign in here.")]
    assert logs.decision(SERVICE, since.log)["reason"] == reason
    assert idp.events(since.time_ms) == []      # no request


@pytest.fixture
def own_idp():
    """A provider that the test may stop; 3 s are time to do so."""
    with Provider(world.public_directory(), interval=3,
                  port=world.lasting_port()) as provider:
        yield provider


def test_provider_goes_away_and_stays_away(own_idp, logs, since):
    configure(own_idp, {"limits": {"timeout": "10s"}})
    with PamClient(SERVICE, "alice") as client:
        client.link()
        own_idp.stop()
        assert finish(client) == "PAM_AUTHINFO_UNAVAIL"
    assert logs.decision(SERVICE, since.log)["reason"] == "network"


def test_provider_comes_back_without_our_code(own_idp, logs, since):
    # A poll that meets the new one while it starts is never answered.
    configure(own_idp, request_timeout="2s")
    with PamClient(SERVICE, "alice") as client:
        client.link()
        own_idp.stop()
        with Provider(own_idp.tls_dir, interval=3, port=own_idp.port):
            assert finish(client, timeout=200) == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "grant-refused"


def test_helper_killed(idp, logs, since):
    with PamClient(SERVICE, "alice") as client:
        client.link()
        os.kill(helper(), signal.SIGKILL)
        assert finish(client) == "PAM_SERVICE_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "helper"


def test_no_conversation(idp, logs, since):
    client = authenticate(SERVICE, "alice", options=["--no-conv"])
    assert client.phases[0]["code"] == "PAM_CONV_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "not-interactive"
    assert idp.events(since.time_ms) == []


@pytest.mark.parametrize("name", ["cron", "crond", "atd", "systemd-user"])
def test_service_with_nobody_there(idp, logs, since, name):
    world.service(name)
    client = authenticate(name, "alice")
    assert client.phases[0]["code"] == "PAM_CONV_ERR"
    assert client.messages == []
    assert logs.decision(name, since.log)["reason"] == "not-interactive"
    assert idp.events(since.time_ms) == []


@pytest.fixture
def with_enter(idp):
    configure(idp, {"prompt": {"style": "enter"}})


def test_enter_style(with_enter, idp):
    with PamClient(SERVICE, "alice") as client:
        link = client.link()
        style, text = client.messages[-1]
        assert style == "echo-on" and text.endswith(ENTER)
        client.answer()
        assert re.fullmatch(AGAIN, client.message()[1])
        link.approve(idp, "alice")
        client.answer("yes, done")      # anything but q is an Enter
        assert client.code() == "PAM_SUCCESS"


def test_q_gives_up(with_enter, logs, since):
    with PamClient(SERVICE, "alice") as client:
        client.link()
        client.answer("q")
        assert finish(client) == "PAM_MAXTRIES"
    assert logs.decision(SERVICE, since.log)["reason"] == "cancelled"


def test_conversation_breaks_off(with_enter, logs, since):
    with PamClient(SERVICE, "alice") as client:
        client.link()
        pid = helper()
        client.hang_up()
        assert finish(client) == "PAM_CONV_ERR"
        assert wait_end(pid, 1)
    assert logs.decision(SERVICE, since.log)["reason"] == "conversation"


def test_application_dies(idp):
    with PamClient(SERVICE, "alice") as client:
        client.link()
        pid = helper()
    assert wait_end(pid, 1)


def test_silent_keeps_the_link(idp):
    with PamClient(SERVICE, "alice", options=["--silent"]) as client:
        client.link().approve(idp, "alice")
        assert finish(client) == "PAM_SUCCESS"


def test_all_phases(idp):
    phases = ("auth", "cred", "acct", "open", "close")
    with PamClient(SERVICE, "alice", *phases) as client:
        client.link().approve(idp, "alice")
        assert [client.code() for _ in phases] == ["PAM_SUCCESS"] * 5


ACCOUNT = """\
auth required {module}
account [success=done ignore=ignore default=die] {module}
account required pam_deny.so
password [ignore=ignore default=die] {module}
password required pam_permit.so
"""


@pytest.fixture
def strict_service():
    world.write(ACCOUNT.format(module=world.MODULE), world.PAM_D / SERVICE)


def test_account_repeats_our_verdict(strict_service, idp):
    with PamClient(SERVICE, "alice", "auth", "acct") as client:
        client.link().approve(idp, "alice")
        assert [client.code(), client.code()] == ["PAM_SUCCESS"] * 2


def test_account_has_no_opinion_on_other_logins(strict_service):
    # PAM_IGNORE, so pam_deny behind it decides
    assert authenticate(SERVICE, "alice", "acct").phases[0]["code"] != \
        "PAM_SUCCESS"
    world.service(SERVICE)      # and here it is pam_permit
    assert authenticate(SERVICE, "alice", "acct").phases[0]["code"] == \
        "PAM_SUCCESS"


def test_account_forgets_a_verdict_that_was_overtaken(strict_service, idp):
    with PamClient(SERVICE, "alice", "auth", "auth", "acct") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
        client.link().deny(idp)
        assert client.code() == "PAM_MAXTRIES"
        assert client.code() != "PAM_SUCCESS"
        # and two logins on one handle leave no descriptor behind
        first, second, _ = client.phases
        assert first["descriptors"] == second["descriptors"]


def test_passwords_are_not_ours(strict_service):
    assert authenticate(SERVICE, "alice", "passwd").phases[0]["code"] == \
        "PAM_SUCCESS"


def test_failed_auth_never_falls_through(idp):
    """Every failure stops `required`, also in front of pam_permit."""
    world.write("auth required %s\nauth required pam_permit.so\n"
                % world.MODULE, world.PAM_D / SERVICE)
    for user in ("root", "nosuchuser"):
        assert authenticate(SERVICE, user).phases[0]["code"] == \
            "PAM_USER_UNKNOWN"


def test_unprivileged_application(idp, logs, since):
    """A screen locker: everything works but what needs root."""
    with PamClient(SERVICE, "alice", prefix=as_user("alice")) as client:
        client.link().approve(idp, "alice")
        assert finish(client) == "PAM_SUCCESS"
    assert logs.decision(SERVICE, since.log)["result"] == "granted"
    assert helpers() == set()


def test_helper_has_given_up_root(idp):
    with PamClient(SERVICE, "alice") as client:
        client.link()
        status = (pathlib.Path("/proc") / str(helper()) /
                  "status").read_text()
        uid = str(pwd.getpwnam(world.HELPER_USER).pw_uid)
        fields = dict(line.split(":\t", 1) for line in status.splitlines())
        assert fields["Uid"].split() == [uid] * 4
        assert fields["Groups"].strip() == ""
        assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
        assert fields["NoNewPrivs"] == "1"


def test_helper_inherits_nothing(idp):
    """No environment (proxies, key logs), no descriptor of the application."""
    prefix = ["/usr/bin/env", "https_proxy=http://127.0.0.1:1",
              "SSLKEYLOGFILE=/tmp/keys", "/bin/bash", "-c",
              'exec 9</etc/shadow; exec "$@"', "bash"]
    with PamClient(SERVICE, "alice", prefix=prefix) as client:
        link = client.link()
        process = pathlib.Path("/proc") / str(helper())
        assert (process / "environ").read_bytes().strip(b"\0") == b""
        files = {os.readlink(entry) for entry in (process / "fd").iterdir()}
        assert "/dev/null" in files
        # nothing of the application's; what it has opened itself are its
        # place among the logins that wait (test_pending.py) and the cache
        assert {name for name in files - {"/dev/null"}
                if name.startswith("/")} == {str(world.RUNDIR / "pending"),
                                             os.environ["CACHEDIR"]}
        link.approve(idp, "alice")
        assert finish(client) == "PAM_SUCCESS"
    assert not pathlib.Path("/tmp/keys").exists()
