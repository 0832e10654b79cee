# SPDX-License-Identifier: BSD-2-Clause
"""Two real providers on one host: which of them is asked, and that none can
stand in for the other."""

import contextlib
import re
import subprocess
import time

import pytest

import world
from device_client import Client
from hostile import Hostile
from pam_client import PamClient, authenticate
from provider import Provider
from terminal import ENTER, Terminal, as_user

SERVICE = "po_providers"
SUDOERS = "Defaults !fqdn, !lecture, passwd_tries=1\nalice ALL=(ALL:ALL) ALL\n"
NO_SANITIZERS = pytest.mark.skipif(
    world.SANITIZED, reason="neither can load a module with sanitizers")


@pytest.fixture(scope="module")
def lab(logs):
    """Another real provider, with a CA and secrets of its own."""
    with Provider(world.public_directory(), interval=1) as provider:
        yield provider
        assert provider.errors() == ""
        assert [line for line in logs.lines()
                if provider.secret("linux-basic") in line.raw] == []


@pytest.fixture(scope="module")
def both_cas(idp, lab):
    """For a host that trusts the certificates of both."""
    text = "".join(open(provider.ca_file).read() for provider in (idp, lab))
    return world.write(text, world.public_directory() / "both.pem")


@pytest.fixture(scope="module", autouse=True)
def services():
    world.service(SERVICE)
    world.service(SERVICE + "_lab")
    world.service(SERVICE + "_arg", "provider=lab")
    world.service(SERVICE + "_back", "provider=corp")


def configure(idp, lab, corp_options=None, lab_options=None, **sections):
    world.configure(dict({
        "provider corp": world.corp(idp, **(corp_options or {})),
        "provider lab": world.corp(lab, label="The Lab",
                                   **(lab_options or {}))}, **sections))


def seen_by(provider, since):
    """What a provider heard of us since then."""
    return [event for event in provider.events(since.time_ms)
            if (event["ua"] or "").startswith("pam_oauth")]


# --- which one ----------------------------------------------------------------

@pytest.mark.parametrize("service,expected", [
    (SERVICE, "corp"),              # the first in the file
    (SERVICE + "_lab", "lab"),      # what [service NAME] says
    (SERVICE + "_arg", "lab"),      # the argument in pam.d
    (SERVICE + "_back", "corp"),    # which stands above [service NAME]
])
def test_who_is_asked(idp, lab, logs, since, service, expected):
    configure(idp, lab, **{
        "service " + SERVICE + "_lab": {"provider": "lab"},
        "service " + SERVICE + "_back": {"provider": "lab"}})
    asked, other = (lab, idp) if expected == "lab" else (idp, lab)
    with PamClient(service, "alice") as client:
        client.link().approve(asked, "alice")
        assert client.code() == "PAM_SUCCESS"
        label = "The Lab" if expected == "lab" else "Example SSO"
        assert "Sign in with %s to" % label in client.text
    decision = logs.decision(service, since.log)
    assert (decision["provider"], decision["issuer"]) == (expected,
                                                          asked.issuer)
    assert seen_by(asked, since) != []
    # not even a connection
    assert other.events(since.time_ms) == []


@NO_SANITIZERS
def test_ssh_here_and_sudo_there(idp, lab, logs, since, sshd_server):
    configure(idp, lab, **{"service sudo": {"provider": "lab"}})
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)
    with sshd_server.login("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        assert "Sign in with Example SSO to log in" in person.screen
        link.approve(idp, "alice")
        person.press_enter()
        person.see("hello alice")
    with Terminal(as_user("alice", "/usr/bin/sudo", "-k", "echo", "now",
                          "root")) as person:
        link = person.see_link()
        assert "Sign in with The Lab to use sudo" in person.screen
        link.approve(lab, "alice")
        person.see("now root")
    assert logs.decision("sshd", since.log)["issuer"] == idp.issuer
    assert logs.decision("sudo", since.log)["issuer"] == lab.issuer


def test_options_go_with_the_provider(idp, lab, logs, since):
    """Its mapping and rules, and not those of the other."""
    configure(idp, lab,
              corp_options={"require": "/groups has nobody-at-all"},
              lab_options={"username": "/email",
                           "username_match": "([a-z]+)@example[.]com"})
    with PamClient(SERVICE + "_arg", "alice") as client:
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_SUCCESS"
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_PERM_DENIED"
    assert logs.decision(SERVICE, since.log)["reason"] == "not-allowed"


@pytest.mark.parametrize("name", ["nosuch", "Corp", "corp,lab", "co"])
def test_unknown_provider_names_those_there_are(idp, lab, logs, since, name):
    configure(idp, lab)
    world.service(SERVICE + "_wrong", "provider=" + name)
    client = authenticate(SERVICE + "_wrong", "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE + "_wrong", since.log)
    assert decision["reason"] == "config"
    assert ('no provider "%s"; there is "corp", "lab"' % name
            in decision["detail"])
    assert seen_by(idp, since) == seen_by(lab, since) == []


def test_provider_of_a_service_that_is_unknown(idp, lab, logs, since):
    """It is an error for every service: somebody meant something by it."""
    configure(idp, lab, **{"service elsewhere": {"provider": "lap"}})
    client = authenticate(SERVICE, "alice")
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    assert "there is no [provider lap]" in logs.decision(
        SERVICE, since.log)["detail"]


# --- secrets --------------------------------------------------------------------

def test_each_gets_its_own_secret(idp, lab, logs, since):
    """The same client at both, with a secret that differs."""
    assert idp.secret("linux-basic") != lab.secret("linux-basic")
    files = {provider: world.secret(provider, "linux-basic",
                                    world.CONFIG_DIR / (name + ".secret"))
             for provider, name in ((idp, "corp"), (lab, "lab"))}
    configure(idp, lab,
              {"client_id": "linux-basic", "client_secret_file": files[idp]},
              {"client_id": "linux-basic", "client_secret_file": files[lab]})
    for service, provider in ((SERVICE, idp), (SERVICE + "_arg", lab)):
        with PamClient(service, "alice") as client:
            client.link().approve(provider, "alice")
            assert client.code() == "PAM_SUCCESS"
    # and never the other's, not even to try: a wrong one is seen there
    for provider in (idp, lab):
        assert [event for event in seen_by(provider, since)
                if event["error"] not in (None, "authorization_pending")] == []


def test_a_login_does_not_open_the_secret_of_another_provider(
        idp, lab, logs, since):
    """What is not read cannot be sent."""
    configure(idp, lab,
              {"client_id": "linux-basic",
               "client_secret_file": world.CONFIG_DIR / "is-not-there",
               "decryption_key_file": world.CONFIG_DIR / "nor-is-this"})
    with PamClient(SERVICE + "_arg", "alice") as client:
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_SUCCESS"
    # while its own login needs it
    assert authenticate(SERVICE, "alice").phases[0]["code"] == \
        "PAM_SERVICE_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "secret"


# --- mix-up -----------------------------------------------------------------------

# corp's login with endpoints of lab, as somebody would have it who writes the
# configuration in a hurry, or a provider that is no friend of the other one.
# The client has the same name at both.  What comes back is a good token of
# lab's, for us, about alice, from this very login.
MIX_UPS = {
    # all but the issuer, keys included: it verifies, so iss has to tell
    "all_endpoints": (["device_authorization_endpoint", "token_endpoint",
                       "jwks_uri"], ("iss",)),
    # corp's keys are not lab's
    "grant_without_keys": (["device_authorization_endpoint",
                            "token_endpoint"], ("key-unknown", "signature")),
}
PATHS = {"device_authorization_endpoint": "/device/auth",
         "token_endpoint": "/token", "jwks_uri": "/jwks"}


@pytest.mark.parametrize("name", MIX_UPS)
def test_token_of_the_other_provider(idp, lab, both_cas, logs, since, name):
    endpoints, reasons = MIX_UPS[name]
    options = {option: lab.issuer + PATHS[option] for option in endpoints}
    # whose ID tokens have the claims in them
    options.update(client_id="linux-fat", ca_file=both_cas)
    # the twin: the issuer that belongs to these endpoints lets alice in
    world.configure({"provider corp": world.corp(lab, **options)})
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_SUCCESS"
    again = logs.mark()
    world.configure({"provider corp": world.corp(idp, **options)})
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(lab, "alice")
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, again)["reason"] in reasons
    # nobody's token went to corp's userinfo
    assert "/me" not in [event["path"] for event in seen_by(idp, since)]


def test_code_of_the_other_provider(idp, lab, both_cas, logs, since):
    """A device code of lab is nothing to corp's token endpoint."""
    world.configure({"provider corp": world.corp(
        idp, ca_file=both_cas,
        device_authorization_endpoint=lab.issuer + "/device/auth")})
    with PamClient(SERVICE, "alice") as client:
        client.link()
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "grant-refused"


# One server with one set of keys for all of its issuers, which any of them
# may sign with: what a provider that wants to be another one can do.
SHARED_KEYS = {
    "iss_of_the_other": ("idt_wrong_iss", "iss"),
    "aud_of_the_other": ("idt_wrong_aud", "aud"),
    "metadata_of_the_other": ("metadata_of_other", "metadata-issuer"),
}


@pytest.mark.parametrize("name", SHARED_KEYS)
def test_providers_that_share_their_keys(logs, since, name):
    flags, reason = SHARED_KEYS[name]
    with contextlib.ExitStack() as stack:
        hostile = stack.enter_context(Hostile(world.public_directory()))

        def section(client_id):
            return {"issuer": hostile.issuer_of(client_id),
                    "client_id": client_id, "ca_file": hostile.ca_file}
        world.configure({"provider good": section("plain"),
                         "provider bad": section(flags)})
        world.service(SERVICE + "_bad", "provider=bad")
        assert authenticate(SERVICE, "alice").phases[0]["code"] == \
            "PAM_SUCCESS"
        client = authenticate(SERVICE + "_bad", "alice")
        assert client.phases[0]["code"] != "PAM_SUCCESS"
        decision = logs.decision(SERVICE + "_bad", since.log)
        assert (decision["result"], decision["reason"]) == ("refused", reason)
        assert decision["provider"] == "bad"


# --- the command line --------------------------------------------------------------

def verify(token, *arguments):
    """Exit status, and what it said on standard error."""
    done = subprocess.run(
        [world.BUILDDIR / "pam-oauth", "verify", *arguments], input=token,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stderr


def test_verify_judges_by_the_provider_it_is_told(idp, lab):
    token = Client(lab, "linux-fat").sign_in("alice")["id_token"]
    fat = {"client_id": "linux-fat"}
    configure(idp, lab, fat, fat)
    assert verify(token, "--provider", "lab") == (0, "")
    status, said = verify(token, "--provider", "corp")
    assert status == 1 and re.match("invalid: (key-unknown|signature): ", said)
    # as a login would: with what the configuration wants of the sign-in
    configure(idp, lab, fat, dict(fat, acr_values="mfa", max_age="15m"))
    status, said = verify(token, "--provider", "lab")
    assert status == 1 and said.startswith("invalid: acr: ")
    assert verify(token, "--provider", "lab", "--acr-values", "pwd") == (0, "")
    status, said = verify(token, "--provider", "lab", "--acr-values", "pwd",
                          "--max-age", "1", "--at", str(int(time.time()) + 120))
    assert status == 1 and said.startswith("invalid: auth-time: ")
