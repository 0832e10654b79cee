# SPDX-License-Identifier: BSD-2-Clause
"""flow = code: what the provider's page gives is pasted at the prompt."""

import re
import socket
import urllib.parse

import pytest

import world
from browser import Browser
from https_stub import HttpsStub, http
from pam_client import PamClient
from processes import helper, wait_end
from terminal import Terminal, as_user

CALLBACK = "https://callback.example/pam_oauth"
LINK = r"    (https://[!-~]+)\s"
PASTE = r"the whole address of that page \(at most 510 characters\): "
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


@needs_real
def test_ssh_denial_is_final(sshd_server, idp, logs, since):
    configure(idp)
    with sshd_server.login("alice", attempts=3) as person:
        person.sendline(authorize(idp, see_link(person), deny=True))
        person.see("The sign-in was declined.")
        status, screen = person.see_end()
    assert status == 255 and screen.count("Sign in with ") == 1
    assert logs.decision("sshd", since.log)["reason"] == "denied"


def pasted(idp, logs, *texts):
    """The PAM code and the reason of a login that gets these pasted, each of
    which may be made of the link by a function."""
    mark = logs.mark()
    with Paste(idp) as client:
        link = None
        for text in texts:
            link = client.ask() or link
            client.answer(text(link) if callable(text) else text)
        code = client.code()
    return code, logs.decision("po_code", mark).get("reason"), client


def tokens(idp, since):
    return [event for event in idp.events(since.time_ms)
            if event["path"] == "/token"]


@pytest.mark.parametrize("client", ["linux-code", "linux-code-basic"])
def test_what_can_be_pasted(idp, logs, client):
    """The address, with blanks or a fragment, its query, or the code."""
    secret = {} if client == "linux-code" else {
        "client_secret_file": world.secret(idp, client)}
    configure(idp, client, **secret)
    for form in (lambda url: " %s#x " % url, lambda url: url.split("?")[1],
                 lambda url: url[url.index("?"):],
                 lambda url: query(url)["code"]):
        assert pasted(idp, logs,
                      lambda link: form(authorize(idp, link)))[0] == \
            "PAM_SUCCESS"


def test_a_wrong_paste_is_asked_again_twice(idp, logs, since):
    configure(idp)
    code, reason, client = pasted(idp, logs, "done", "https://a.b/?x=1",
                                  lambda link: authorize(idp, link))
    assert (code, reason) == ("PAM_SUCCESS", None)
    assert "That is not a code.\n" in client.text
    assert "That is not the address of the page" in client.text
    assert client.text.count("https://") == 1
    code, reason, client = pasted(idp, logs, "no", "nor", "neither")
    assert (code, reason) == ("PAM_AUTH_ERR", "grant-refused")
    assert len(tokens(idp, since)) == 1     # the good one's


@pytest.mark.parametrize("answer", ["", "q"])
def test_nothing_is_pasted(idp, logs, answer):
    configure(idp)
    assert pasted(idp, logs, answer)[:2] == \
        ("PAM_MAXTRIES", "cancelled")


def changed(url, **change):
    """The address with other parameters."""
    parameters = dict(query(url), **change)
    return "%s?%s" % (CALLBACK, urllib.parse.urlencode(
        {name: value for name, value in parameters.items() if value}))


@pytest.mark.parametrize("change", [
    {"state": "A" * 22}, {"state": ""}, {"iss": ""}, {"code": ""},
    {"error": "access_denied"}])
def test_forged_addresses_never_reach_the_provider(idp, logs, since, change):
    configure(idp)

    def forge(link):
        return changed(authorize(idp, link), **change)
    assert pasted(idp, logs, forge, forge, forge)[:2] == \
        ("PAM_AUTH_ERR", "grant-refused")
    assert tokens(idp, since) == []


def test_csrf_by_the_address_of_another_login(idp, logs, since):
    """The attacker's own, which the victim is talked into pasting."""
    configure(idp)
    with Paste(idp) as attacker:
        stolen = attacker.authorize("mallory")
        assert pasted(idp, logs, stolen, stolen, stolen)[:2] == \
            ("PAM_AUTH_ERR", "grant-refused")
    assert tokens(idp, since) == []


def test_code_injection_fails_by_pkce(idp, logs, since):
    """alice's code, pasted by whoever got hold of it into their own login."""
    configure(idp)
    with Paste(idp) as victim:
        stolen = query(victim.authorize("alice"))["code"]
        assert pasted(idp, logs, stolen, stolen, stolen)[:2] == \
            ("PAM_AUTH_ERR", "grant-refused")
    assert [event["error"] for event in tokens(idp, since)] == \
        ["invalid_grant"] * 3


def test_a_code_is_good_for_one_login(idp, logs):
    configure(idp)
    seen = []

    def once(link):
        seen.append(query(authorize(idp, link))["code"])
        return seen[0]
    assert pasted(idp, logs, once)[0] == "PAM_SUCCESS"
    assert pasted(idp, logs, *seen * 3)[:2] == \
        ("PAM_AUTH_ERR", "grant-refused")


def test_an_expired_code_is_refused(idp, logs):
    configure(idp, "linux-code-short")
    code, reason, client = pasted(
        idp, logs, *[lambda link: authorize(idp, link)] * 3)
    assert (code, reason) == ("PAM_AUTH_ERR", "grant-refused")
    assert client.text.count("The provider does not take that code.") == 2


def test_mix_up_by_the_iss_of_another_provider(idp, logs, since):
    configure(idp)
    code, reason, _ = pasted(idp, logs, lambda link: changed(
        authorize(idp, link), iss="https://evil.example"))
    assert (code, reason) == ("PAM_AUTH_ERR", "iss")
    assert tokens(idp, since) == []


def test_mix_up_by_a_code_alone_where_there_are_two_providers(
        idp, logs):
    """Whose it is, nobody could tell (RFC 9700 4.4)."""
    configure(idp, more={"provider lab": {"issuer": "https://lab.example",
                                          "client_id": "lab"}})
    code, _, client = pasted(
        idp, logs, lambda link: query(authorize(idp, link))["code"],
        lambda link: authorize(idp, link))
    assert code == "PAM_SUCCESS"
    assert "Paste the whole address of the page" in client.text


def test_another_person_has_no_use_of_it(idp, logs):
    configure(idp)
    assert pasted(idp, logs,
                  lambda link: authorize(idp, link, "bob"))[:2] == \
        ("PAM_AUTH_ERR", "other-person")


@pytest.mark.parametrize("length", [510, 511, 512, 513])
def test_what_may_have_been_cut_is_explained(idp, logs, length):
    """login and su hand over 511 bytes of a line, and no word of the rest."""
    configure(idp)
    text = "x" * length
    code, reason, client = pasted(idp, logs, text,
                                  lambda link: authorize(idp, link))
    assert code == "PAM_SUCCESS"
    sentence = {510: "The provider does not take that code."}.get(
        length, "That is too long to arrive here whole")
    assert sentence in client.text


def test_the_provider_fails_at_the_token_endpoint(idp, logs):
    configure(idp, token_endpoint="https://127.0.0.1:1/token")
    assert pasted(idp, logs,
                  lambda link: authorize(idp, link))[:2] == \
        ("PAM_AUTHINFO_UNAVAIL", "network")


def test_an_outage_that_somebody_made_up_opens_no_fallback(idp, logs):
    """The link has the state, and everybody knows the issuer: a stack that
    takes a password while the provider is down would take this one's."""
    configure(idp)

    def forge(link):
        return urllib.parse.urlencode({
            "error": "temporarily_unavailable", "iss": idp.issuer,
            "state": query(link)["state"]})
    assert pasted(idp, logs, forge)[:2] == ("PAM_MAXTRIES", "denied")


def test_a_paste_that_a_filter_stops_opens_no_fallback(idp, logs):
    """A firewall in front of the provider has a page of its own for what looks
    like an attack."""
    attack = "code' OR 1=1 <script>".replace(" ", "/**/")
    with HttpsStub(idp.tls_dir, http("<html>blocked</html>", "text/html",
                                     "403 Forbidden")) as stub:
        configure(idp, token_endpoint=stub.issuer + "/token")
        assert pasted(idp, logs, attack, attack, attack)[:2] == \
            ("PAM_AUTH_ERR", "grant-refused")
        assert stub.requests == 3


@pytest.mark.parametrize("where,claims", [
    ("token_endpoint", "auto"), ("userinfo_endpoint", "always")])
def test_an_answer_at_the_last_moment_opens_no_fallback(
        idp, logs, where, claims):
    """Whoever pastes chooses the moment, and what the end of the login cuts
    short is no provider that is down."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "https://127.0.0.1:%d/" % silent.getsockname()[1]
        configure(idp, limits={"timeout": 10}, connect_timeout=60,
                  request_timeout=60, userinfo=claims, **{where: url})
        assert pasted(idp, logs,
                      lambda link: authorize(idp, link))[:2] == \
            ("PAM_AUTH_ERR", "expired")


def test_nothing_is_pasted_in_time(idp, logs, since):
    """The person comes back when the helper is gone: it left its verdict."""
    configure(idp, limits={"timeout": 10})
    with Paste(idp) as client:
        client.ask()
        assert wait_end(helper(), 20)
        client.answer("x" * 20)
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision("po_code", since.log)["reason"] == "expired"


@pytest.mark.parametrize("options", [
    {"nonce": "no"}, {"pkce": "no"}, {"redirect_uri": None},
    {"redirect_uri": "http://example.com/x"}])
def test_what_protects_cannot_be_switched_off(idp, logs, since, options):
    sections = {"provider corp": world.corp(idp, client_id="linux-code",
                                            redirect_uri=CALLBACK),
                "access": {"flow": "code"}}
    corp = sections["provider corp"]
    sections["provider corp"] = {
        name: value for name, value in dict(corp, **options).items()
        if value is not None}
    world.configure(sections)
    world.service("po_code")
    with PamClient("po_code", "alice") as client:
        assert client.code() == "PAM_SERVICE_ERR"
    assert logs.decision("po_code", since.log)["reason"] == "config"


def test_what_the_link_asks_for(idp):
    configure(idp, more={"access": {"flow": "code", "acr_values": "mfa",
                                    "max_age": "5m"}})
    with Paste(idp) as client:
        asked = query(client.ask())
        assert (asked["acr_values"], asked["max_age"]) == ("mfa", "300")
        assert len(asked["state"]) == 22 and len(asked["nonce"]) == 32
        assert "prompt" not in asked
