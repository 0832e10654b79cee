# SPDX-License-Identifier: BSD-2-Clause
"""Secrets do not outlive their use: not in memory, nor anywhere else.

The helper is stopped in the instant after it has sent its verdict, before it
ends or is ended, and all of its memory is searched; so is the application's.
"""

import os
import pathlib
import pwd
import re
import signal

import pytest

import memory
import world
from memory import Tracee
from pam_client import PamClient
from processes import helper, wait_end
from sshd import Sshd
from terminal import ENTER, Terminal, as_user

SERVICE = "secrets"
HANDSHAKE = 0x16        # the first byte of a TLS connection
SCOPES = "openid profile email groups offline_access"
JWE_CLIENTS = ["linux-jwe-rsa", "linux-jwe-ecdh", "linux-jwe-x25519",
               "linux-sealed-userinfo"]

# ASan keeps what was freed for a while, to notice its use.
unsanitized = pytest.mark.skipif(
    world.SANITIZED, reason="a sanitizer keeps what was freed")


class Secrets:
    """What is secret about the logins of one client, which it configures."""

    def __init__(self, idp, service, client_id, keep):
        self.idp, self.secrets, self.key = idp, {}, None
        options = {}
        if (idp.tls_dir / (client_id + ".secret")).exists():
            options["client_secret_file"] = world.secret(idp, client_id)
            self.secrets["client_secret"] = memory.of_client_secret(
                client_id, idp.secret(client_id))
        if (idp.tls_dir / (client_id + ".key")).exists():
            self.key = world.private_key(idp, client_id)
            options["decryption_key_file"] = self.key
            self.secrets["private key"] = memory.of_private_key(
                idp.private_key(client_id))
        if client_id == "linux-hs256":
            options["id_token_algs"] = "HS256"
        if client_id == "linux-post":
            options["client_auth"] = "client_secret_post"
        # all that is logged is looked through at the end (conftest.logs)
        world.service(service, "debug")
        world.configure({
            "provider corp": world.corp(idp, client_id=client_id,
                                        scopes=SCOPES, userinfo="always",
                                        **options),
            # it waits for Enter, whatever the helper says meanwhile
            "prompt": {"style": "enter"},
            "session": {"keep_token": keep} if keep else {}})

    def add_code(self):
        """The one that was issued last, as is said of tokens too."""
        self.secrets["device_code"] = memory.pieces(
            self.idp.issued("device_code")[-1])

    def add_tokens(self):
        for kind in ("access_token", "refresh_token"):
            self.secrets[kind] = memory.pieces(self.idp.issued(kind)[-1])
        token = self.idp.issued("id_token")[-1]
        self.secrets["id_token"] = (
            memory.of_jws(token) if self.key is None
            else memory.of_jwe(token, self.key))

    def found(self, where):
        """{secret: mappings that have a piece of it}"""
        found = {name: memory.search(where, secret)
                 for name, secret in self.secrets.items()}
        return {name: names for name, names in found.items() if names}


class Login(Secrets):
    """One that waits for Enter."""

    def __init__(self, idp, client_id, keep, *phases):
        super().__init__(idp, SERVICE, client_id, keep)
        self.client = PamClient(SERVICE, "alice", "auth", *phases)
        self.link = self.client.link()
        self.helper = helper()
        self.add_code()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.client.__exit__(*exc)

    def approve(self):
        self.link.approve(self.idp, "alice")


CASES = [("linux-public", "access_token"), ("linux-public", "id_token"),
         ("linux-basic", "refresh_token"), ("linux-post", None),
         ("linux-hs256", None), *((client, None) for client in JWE_CLIENTS)]


def test_nobody_else_can_look_at_a_helper(idp):
    with Login(idp, "linux-basic", None) as login:
        proc = pathlib.Path("/proc/%d" % login.helper)
        assert proc.joinpath("cmdline").read_bytes() == b"pam_oauth_helper\0"
        assert proc.joinpath("environ").read_bytes() == b""
        assert re.search(r"^Max core file size +0 +0 ",
                         proc.joinpath("limits").read_text(), re.M)
        # proc(5): of a process that is not dumpable all belongs to root
        user = pwd.getpwnam(world.HELPER_USER).pw_uid
        assert re.search(r"^Uid:\t%d\t%d\t" % (user, user),
                         proc.joinpath("status").read_text(), re.M)
        assert proc.joinpath("mem").stat().st_uid == 0


@unsanitized
@pytest.mark.parametrize("client_id,keep", CASES)
def test_helper_that_has_sent_its_verdict(idp, client_id, keep):
    with Login(idp, client_id, keep) as login:
        # it can be found while it is needed, or else this proves nothing
        waiting = login.found(memory.read(login.helper))
        assert set(waiting) == set(login.secrets)
        with Tracee(login.helper) as tracee:
            login.approve()
            after = tracee.verdict(login.client.pid)
        login.add_tokens()
        assert login.found(after) == {}
        login.client.answer()
        assert login.client.code() == "PAM_SUCCESS"


@unsanitized
@pytest.mark.parametrize("outcome", ["denied", "cancelled", "other-person"])
def test_helper_that_has_refused(idp, logs, since, outcome):
    with Login(idp, "linux-basic", None) as login:
        with Tracee(login.helper) as tracee:
            if outcome == "denied":
                login.link.deny(idp)
            elif outcome == "cancelled":
                os.kill(login.helper, signal.SIGINT)
            else:
                login.link.approve(idp, "bob")
            after = tracee.verdict(login.client.pid)
        if outcome == "other-person":
            login.add_tokens()
        assert login.found(after) == {}
        login.client.answer()
        login.client.code()
    assert logs.decision(SERVICE, since.log)["reason"] == outcome


def revoking(idp, keep):
    """A login whose session is to end next, by one more helper."""
    login = Login(idp, "linux-basic", keep, "pause", "close")
    login.approve()
    login.client.answer()
    assert login.client.code() == "PAM_SUCCESS"
    login.add_tokens()
    return login


# Two tests: all of a revocation has five seconds, and a look takes one.
@unsanitized
@pytest.mark.parametrize("keep", ["access_token", "refresh_token"])
def test_helper_that_is_to_revoke_a_token(idp, keep):
    with revoking(idp, keep) as login:
        with Tracee.next_child(login.client.pid,
                               login.client.answer) as tracee:
            tracee.at_output(lambda fd, data: data[0] == HANDSHAKE)
            waiting = login.found(memory.read(tracee.pid))
        assert set(waiting) == {"client_secret", keep}


@unsanitized
@pytest.mark.parametrize("keep", ["access_token", "refresh_token"])
def test_helper_that_has_revoked_a_token(idp, keep):
    with revoking(idp, keep) as login:
        with Tracee.next_child(login.client.pid,
                               login.client.answer) as tracee:
            after = tracee.verdict(login.client.pid)
        assert login.found(after) == {}
        assert login.client.code() == "PAM_SUCCESS"     # the pause
        assert login.client.code() == "PAM_SUCCESS"


@unsanitized
@pytest.mark.parametrize("keep", [None, "access_token", "id_token",
                                  "refresh_token"])
def test_application_in_every_phase(idp, keep):
    """What is kept is in a file, and goes through its memory on the way."""
    with Login(idp, "linux-basic", keep, "pause", "open", "pause", "close",
               "pause") as login:
        login.approve()
        assert wait_end(login.helper, 10)
        login.add_tokens()
        if keep is None:
            login.client.answer()
        else:
            with Tracee(login.client.pid) as tracee:
                login.client.answer()
                tracee.at_output(
                    lambda fd, data: login.secrets[keep][0] in data)
                passing = login.found(memory.read(login.client.pid))
                assert set(passing) == {keep}
        for phase in ("auth", "open", "close"):
            assert login.client.code() == "PAM_SUCCESS", phase
            assert login.found(memory.read(login.client.pid)) == {}, phase
            login.client.answer()
            assert login.client.code() == "PAM_SUCCESS"     # the pause


@unsanitized
def test_sshd_while_there_is_a_session(idp, logs, since):
    secrets = Secrets(idp, "sshd", "linux-basic", "access_token")
    with Sshd(logs, "LogLevel DEBUG3") as sshd, \
            sshd.login("alice", "echo ready; read line") as person:
        link = person.see_link()
        secrets.add_code()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        person.see("ready\r\n")
        secrets.add_tokens()
        monitor = logs.wait(lambda line: line.text.startswith(
            "Accepted keyboard-interactive/pam for alice"), since.log).pid
        processes = memory.tree(monitor)
        assert len(processes) > 1           # its child, as alice
        for pid in processes:
            assert secrets.found(memory.read(pid)) == {}, pid
        person.sendline("")
        assert person.see_end()[0] == 0


def test_logs_are_searched_for_all_of_it(idp):
    """For conftest.logs, which does so at the end."""
    with Login(idp, "linux-basic", None) as login:
        login.approve()
        login.client.answer()
        assert login.client.code() == "PAM_SUCCESS"
    assert {idp.issued(kind)[-1] for kind in (
        "access_token", "refresh_token", "id_token", "device_code",
        "user_code")} | {idp.secret("linux-basic")} <= world.secrets()


@unsanitized
def test_sudo_while_its_command_runs(idp):
    secrets = Secrets(idp, "sudo", "linux-basic", "access_token")
    world.write("Defaults !fqdn, !lecture\nalice ALL=(ALL:ALL) ALL\n",
                "/etc/sudoers", 0o440)
    command = ["/usr/bin/sudo", "-k", "sh", "-c", "echo ready; read line"]
    with Terminal(as_user("alice", *command)) as person:
        link = person.see_link()
        secrets.add_code()
        person.see(ENTER)
        link.approve(idp, "alice")
        person.press_enter()
        person.see("ready\r\n")
        secrets.add_tokens()
        for pid in memory.tree(person.pid):
            assert secrets.found(memory.read(pid)) == {}, pid
        person.sendline("")
        assert person.see_end()[0] == 0
