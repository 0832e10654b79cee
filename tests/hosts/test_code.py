# SPDX-License-Identifier: BSD-2-Clause
"""flow = code: what the provider's page gives is pasted at the prompt."""

import re
import urllib.parse

import pytest

import world
from browser import Browser
from pam_client import PamClient
from terminal import Terminal, as_user

CALLBACK = "https://callback.example/pam_oauth"
LINK = r"    (https://[!-~]+)\s"
PASTE = r"the whole address of that page: "
SUDOERS = """\
Defaults !fqdn, !lecture
alice ALL=(ALL:ALL) ALL
"""
needs_real = pytest.mark.skipif(
    world.SANITIZED, reason="sudo and sshd cannot load such a module")


def configure(idp, client="linux-code", limits=(), more=(), **provider):
    sections = {
        "provider corp": world.corp(idp, client_id=client,
                                    redirect_uri=CALLBACK, **provider),
        "access": {"flow": "code"}, "limits": dict(limits)}
    return world.configure(dict(sections, **dict(more)))


def query(url):
    """The parameters of an address, each once."""
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query,
                                   strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def authorize(idp, url, login="alice", **options):
    return Browser(idp.ca_file).authorize(url, login, **options)


class Paste(PamClient):
    """A login through the PAM client, which gives the text as it is."""

    def __init__(self, idp, user="alice"):
        world.service("po_code")
        super().__init__("po_code", user)
        self.idp = idp

    def ask(self):
        """The link in the next question, or None."""
        style, text = self.message()
        assert style == "echo-on" and re.search(PASTE + "$", text), text
        match = re.search(LINK, text)
        return match and match[1]

    def authorize(self, login="alice", **options):
        return authorize(self.idp, self.ask(), login, **options)


@pytest.fixture
def sudo(idp):
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)
    configure(idp)
    return lambda: Terminal(as_user("alice", "/usr/bin/sudo", "-k", "id",
                                    "-un"))


def see_link(person):
    person.see(LINK)
    link = person.match[1]
    person.see(PASTE)
    return link


@needs_real
def test_sudo_by_the_whole_address(sudo, idp, logs, since):
    with sudo() as person:
        link = see_link(person)
        assert "Sign in with Example SSO to use sudo as alice on " in \
            person.screen
        asked = query(link)
        assert asked["code_challenge_method"] == "S256"
        assert asked["response_mode"] == "query"
        person.sendline(authorize(idp, link))
        person.see("root")
        assert person.see_end()[0] == 0
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["user"], decision["flow"]) == \
        ("granted", "alice", "code")


@needs_real
def test_ssh_by_the_code_alone(sshd_server, idp, logs, since):
    configure(idp)
    with sshd_server.login("alice") as person:
        link = see_link(person)
        person.sendline(query(authorize(idp, link))["code"])
        person.see("hello alice")
    assert logs.decision("sshd", since.log)["flow"] == "code"
