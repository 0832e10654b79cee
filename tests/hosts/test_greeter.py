# SPDX-License-Identifier: BSD-2-Clause
"""Kiosks without login: an application that names nobody, through libpam."""

import re

import pytest

import world
from pam_client import PamClient, authenticate
from terminal import as_user

SERVICE = "po_greeter"
DEVICE = "/device/auth"
CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def codes_asked_for(idp, since):
    return [event["path"] for event in idp.events(since.time_ms)].count(DEVICE)


@pytest.fixture
def kiosk(idp):
    def configure(sections=None, **options):
        world.configure(dict({
            "provider corp": world.corp(idp),
            "service " + SERVICE: dict({"kiosk": "yes"}, **options)},
            **(sections or {})))
    configure()
    world.service(SERVICE)
    return configure


def sign_in(idp, person, *phases, user="", options=()):
    """Somebody approves; the client, with all its phases over."""
    with PamClient(SERVICE, user, "auth", *phases, options=options) as client:
        client.link().approve(idp, person)
        for _ in ("auth", *phases):
            client.code()
        return client


def outcome(client):
    """The code of authentication, and who PAM_USER is after it."""
    return client.phases[0]["code"], client.phases[0]["user"]


def environment(client):
    return dict(text.split("=", 1) for style, text in client.messages
                if style == "env")


def test_proven_account_becomes_the_user(kiosk, idp, logs, since):
    phases = ("acct", "cred", "open", "env", "close")
    client = sign_in(idp, "bob", *phases)
    assert outcome(client) == ("PAM_SUCCESS", "bob")
    assert [phase["code"] for phase in client.phases] == ["PAM_SUCCESS"] * 6
    assert [style for style, _ in client.messages] == ["info"]
    assert " as " not in client.text
    assert environment(client) == {}
    assert logs.decision(SERVICE, since.log)["user"] == "bob"


def test_account_phase_repeats_the_verdict(kiosk, idp):
    world.write("auth required {0}\n"
                "account [success=done default=die] {0}\n"
                .format(world.MODULE), world.PAM_D / SERVICE)
    client = sign_in(idp, "bob", "acct")
    assert [phase["code"] for phase in client.phases] == ["PAM_SUCCESS"] * 2


@pytest.mark.parametrize("person,mapping,code,reason", [
    ("mallory", {}, "PAM_USER_UNKNOWN", "account-root"),
    ("erin", {}, "PAM_AUTH_ERR", "claim-unsafe"),
    ("zoe", {}, "PAM_AUTH_ERR", "claim-unsafe"),
    ("bob", {"username_format": "nosuchuser"}, "PAM_USER_UNKNOWN",
     "account-unknown"),
    ("bob", {"username_format": "BOB"}, "PAM_USER_UNKNOWN",
     "account-unknown"),
    ("bob", {"username_format": "lowuid"}, "PAM_USER_UNKNOWN", "account-uid"),
    ("bob", {"username_format": world.HELPER_USER}, "PAM_USER_UNKNOWN",
     "account-uid"),
    ("bob", {"username_format": "nobody", "min_uid": "1"},
     "PAM_USER_UNKNOWN", "account-uid"),
    ("mallory", {"min_uid": "1", "allow_root": "yes"}, "PAM_USER_UNKNOWN",
     "account-root"),
])
def test_account_that_cannot_be_used(kiosk, idp, logs, since, person, mapping,
                                     code, reason):
    if "username_format" in mapping:
        mapping = dict(mapping, username_match=".*")
    kiosk({"account": mapping})
    assert outcome(sign_in(idp, person)) == (code, "")
    decision = logs.decision(SERVICE, since.log)
    assert (decision["result"], decision["reason"]) == ("refused", reason)
    assert "user" not in decision


def test_low_uid_that_min_uid_lets_in(kiosk, idp):
    """The nearest to account-uid above that is accepted."""
    kiosk({"account": {"username_match": ".*", "username_format": "lowuid",
                       "min_uid": "500"}})
    assert outcome(sign_in(idp, "bob")) == ("PAM_SUCCESS", "lowuid")


def test_root_is_nobodys_even_by_map_file(kiosk, idp, logs, since):
    """allow_root and a line for root: both are for those who ask for root."""
    line = world.write("root  /groups has linux-admins\n",
                       world.CONFIG_DIR / "accounts")
    kiosk({"account": {"allow_root": "yes", "map_file": line}})
    assert outcome(sign_in(idp, "mallory")) == ("PAM_USER_UNKNOWN", "")
    assert logs.decision(SERVICE, since.log)["reason"] == "account-root"


@pytest.mark.parametrize("person,code", [("alice", "PAM_SUCCESS"),
                                         ("bob", "PAM_PERM_DENIED")])
def test_rule(kiosk, idp, person, code):
    kiosk(require="/groups has linux-admins")
    assert sign_in(idp, person).phases[0]["code"] == code


def test_denial_is_remembered_of_nobody(kiosk, idp, logs, since):
    with PamClient(SERVICE, "", "auth", "auth", "acct") as client:
        client.link().deny(idp)
        assert client.code() == "PAM_MAXTRIES"
        shown = len(client.messages)
        assert client.code() == "PAM_MAXTRIES"
        assert len(client.messages) == shown
        client.code()
        assert [phase["user"] for phase in client.phases] == ["", "", ""]
    assert codes_asked_for(idp, since) == 1


def test_denial_of_nobody_is_none_of_somebodys(kiosk, idp):
    with PamClient(SERVICE, "", "auth", "USER=bob", "auth") as client:
        client.link().deny(idp)
        assert client.code() == "PAM_MAXTRIES"
        client.code()
        client.link().approve(idp, "bob")
        assert client.code() == "PAM_SUCCESS"


def test_refusal_may_be_followed_by_the_right_person(kiosk, idp, since):
    with PamClient(SERVICE, "", "auth", "auth") as client:
        client.link().approve(idp, "erin")
        assert client.code() == "PAM_AUTH_ERR"
        client.link().approve(idp, "carol")
        assert client.code() == "PAM_SUCCESS"
        assert client.phases[1]["user"] == "carol"
        first, second = client.phases
        assert first["descriptors"] == second["descriptors"]
    assert codes_asked_for(idp, since) == 2


def test_verdict_is_for_the_user_it_made(kiosk, idp):
    world.write("auth required {0}\naccount required {0}\n"
                "account required pam_permit.so\n"
                .format(world.MODULE), world.PAM_D / SERVICE)
    client = sign_in(idp, "bob", "USER=alice", "acct")
    assert client.phases[-1]["code"] == "PAM_AUTH_ERR"


@pytest.mark.parametrize("person", ["alice", "bob"])
def test_user_set_in_the_conversation(kiosk, idp, logs, since, person):
    """CVE-2024-9313: it stays what the application has made it."""
    client = sign_in(idp, person, options=["--change-user", "bob"])
    assert outcome(client) == ("PAM_AUTH_ERR", "bob")
    assert logs.decision(SERVICE, since.log)["reason"] == "other-person"


@pytest.mark.parametrize("user,code", [("root", "PAM_USER_UNKNOWN"),
                                       ("nosuchuser", "PAM_USER_UNKNOWN")])
def test_user_set_before_is_judged_before(kiosk, idp, since, user, code):
    client = authenticate(SERVICE, user)
    assert outcome(client) == (code, user)
    assert codes_asked_for(idp, since) == 0


@pytest.mark.parametrize("person,code", [("alice", "PAM_SUCCESS"),
                                         ("bob", "PAM_AUTH_ERR")])
def test_user_set_before_stays(kiosk, idp, person, code):
    client = sign_in(idp, person, user="alice")
    assert outcome(client) == (code, "alice")
    assert " as alice on " in client.text


def test_name_is_asked_for_elsewhere(kiosk, idp, logs, since):
    kiosk(kiosk="no")
    with PamClient(SERVICE, "") as client:
        assert client.message() == ("echo-on", "login:")
        assert codes_asked_for(idp, since) == 0
        client.answer("alice")
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
        assert client.phases[0]["user"] == "alice"
        assert client.phases[0]["children"] is False
    assert logs.decision(SERVICE, since.log)["result"] == "granted"


@pytest.mark.parametrize("name", ["", "root", "nosuchuser"])
def test_name_that_is_none(kiosk, logs, since, name):
    kiosk(kiosk="no")
    with PamClient(SERVICE, "") as client:
        client.message()
        client.answer(name)
        assert client.code() == "PAM_USER_UNKNOWN"
    assert logs.decision(SERVICE, since.log)["reason"].startswith("account-")


def test_nobody_answers_for_the_name(kiosk, logs, since):
    kiosk(kiosk="no")
    with PamClient(SERVICE, "") as client:
        client.message()
        client.hang_up()
        assert client.code() == "PAM_CONV_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "conversation"


def test_mistake_in_the_configuration_asks_for_nothing(kiosk, logs, since):
    kiosk({"prompt": {"style": "loud"}})
    client = authenticate(SERVICE, "")
    assert outcome(client) == ("PAM_SERVICE_ERR", "")
    assert client.messages == [
        ("error", "Sign-in is not set up correctly on this host.")]
    assert logs.decision(SERVICE, since.log)["reason"] == "config"


def test_nobody_to_talk_to(kiosk, idp, since):
    client = authenticate(SERVICE, "", options=["--no-conv"])
    assert outcome(client) == ("PAM_CONV_ERR", "")
    assert codes_asked_for(idp, since) == 0


def test_unprivileged_greeter(kiosk, idp):
    with PamClient(SERVICE, "", prefix=as_user("dave")) as client:
        client.link().approve(idp, "bob")
        assert client.code() == "PAM_SUCCESS"
        assert client.phases[0]["user"] == "bob"


# --- one account for all ------------------------------------------------------

@pytest.fixture
def one_account(kiosk):
    def configure(**options):
        kiosk(**dict({"kiosk": "no", "account": "carol",
                      "require": "/sub matches [0-9]+"}, **options))
    configure()
    return configure


def test_one_account(one_account, idp, logs, since):
    client = sign_in(idp, "bob", "env")
    assert outcome(client) == ("PAM_SUCCESS", "carol")
    assert environment(client) == {
        "PAM_OAUTH_ISSUER": idp.issuer, "PAM_OAUTH_SUB": "591007342118",
        "PAM_OAUTH_PERSON": "bob"}
    decision = logs.decision(SERVICE, since.log)
    assert (decision["user"], decision["person"]) == ("carol", "bob")


def test_one_account_that_is_asked_for(one_account, idp, logs, since):
    client = sign_in(idp, "bob", "env", user="carol")
    assert outcome(client) == ("PAM_SUCCESS", "carol")
    assert " as carol on " in client.text
    assert environment(client)["PAM_OAUTH_PERSON"] == "bob"
    assert logs.decision(SERVICE, since.log)["person"] == "bob"


def test_one_account_and_another_is_asked_for(one_account, idp, logs, since):
    assert outcome(authenticate(SERVICE, "bob")) == ("PAM_USER_UNKNOWN",
                                                     "bob")
    assert codes_asked_for(idp, since) == 0
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "account-unknown"
    assert '"carol"' in decision["detail"]


def test_one_account_and_a_nasty_person(one_account, idp, logs, since):
    """zoe's preferred_username has a line feed, her name an ESC."""
    one_account(username="/name")
    client = sign_in(idp, "zoe", "env")
    assert outcome(client) == ("PAM_SUCCESS", "carol")
    person = environment(client)["PAM_OAUTH_PERSON"]
    assert person.startswith("Zoe \ufffd[2J") and not CONTROLS.search(person)
    assert "\n" not in person
    line = logs.wait(lambda line: line.is_decision
                     and line.service == SERVICE, since.log)
    assert line.rest.startswith("result=granted user=carol ")
    assert not CONTROLS.search(line.raw) and "\n" not in line.raw


def test_one_account_and_a_person_without_a_name(one_account, idp):
    one_account(username="/no_such_claim")
    client = sign_in(idp, "bob", "env")
    assert environment(client)["PAM_OAUTH_PERSON"] == "591007342118"


def test_one_account_that_does_not_exist(one_account, idp, logs, since):
    one_account(account="nosuchuser")
    assert outcome(sign_in(idp, "bob", "env")) == ("PAM_USER_UNKNOWN", "")
    assert logs.decision(SERVICE, since.log)["reason"] == "account-unknown"


@pytest.mark.parametrize("account,reason", [("root", "account-root"),
                                            ("lowuid", "account-uid")])
def test_one_account_is_not_root(one_account, idp, logs, since, account,
                                 reason):
    one_account(account=account)
    client = sign_in(idp, "bob", "env")
    assert outcome(client) == ("PAM_USER_UNKNOWN", "")
    assert environment(client) == {}
    assert logs.decision(SERVICE, since.log)["reason"] == reason


def test_one_account_for_whom_is_not_said(idp, logs, since):
    world.configure({"provider corp": world.corp(idp),
                     "service " + SERVICE: {"account": "carol"}})
    world.service(SERVICE)
    assert outcome(authenticate(SERVICE, "")) == ("PAM_SERVICE_ERR", "")
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config" and "require" in decision["detail"]


# --- a helper that lies -------------------------------------------------------

def fake(scenario, *phases):
    client = authenticate(world.fake_service(scenario), "", "auth", *phases)
    assert client.phases[0]["children"] is False
    return client


@pytest.mark.parametrize("scenario", ["good_kiosk", "good_kiosk_of_one"])
def test_honest_helper_is_believed(logs, since, scenario):
    client = fake(scenario, "env")
    assert outcome(client) == ("PAM_SUCCESS", "bob")
    assert logs.decision("fake_" + scenario, since.log)["user"] == "bob"
    # whose words are made printable
    person = environment(client)["PAM_OAUTH_PERSON"]
    assert "owned" in person and not CONTROLS.search(person)
    assert "\n" not in person


@pytest.mark.parametrize("scenario,code,reason", [
    ("kiosk_root", "PAM_USER_UNKNOWN", "account-root"),
    ("kiosk_daemon", "PAM_USER_UNKNOWN", "account-uid"),
    ("kiosk_nobody", "PAM_USER_UNKNOWN", "account-uid"),
    ("kiosk_min_uid_high", "PAM_USER_UNKNOWN", "account-uid"),
    ("kiosk_unknown", "PAM_USER_UNKNOWN", "account-unknown"),
    ("kiosk_other_case", "PAM_USER_UNKNOWN", "account-unknown"),
    ("kiosk_empty", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_blank", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_path", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_escape", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_of_another", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_of_a_prefix", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_no_grant", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_min_uid_0", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_min_uid_negative", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_min_uid_wraps", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_unasked", "PAM_SERVICE_ERR", "helper"),
    ("kiosk_wanted_late", "PAM_SERVICE_ERR", "account-wanted"),
])
def test_lie_is_not_believed(logs, since, scenario, code, reason):
    client = fake(scenario, "env")
    assert outcome(client) == (code, "")
    assert environment(client) == {}
    line = logs.wait(lambda line: line.is_decision
                     and line.service == "fake_" + scenario, since.log)
    assert (line.fields["result"], line.fields["reason"]) == ("refused",
                                                              reason)
    assert not CONTROLS.search(line.raw) and "\n" not in line.raw


def test_name_is_wanted_once(logs, since):
    with PamClient(world.fake_service("kiosk_wanted"), "") as client:
        assert client.message() == ("echo-on", "login:")
        client.answer("alice")
        assert client.code() == "PAM_SERVICE_ERR"
        assert client.phases[0]["children"] is False
    decision = logs.decision("fake_kiosk_wanted", since.log)
    assert decision["reason"] == "account-wanted"
