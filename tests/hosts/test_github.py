# SPDX-License-Identifier: BSD-2-Clause
"""Logins where there is no ID token: GitHub and GitHub Enterprise.

The stand-in (tests/idp/github.mjs) approves by itself; what it does is in the
client_id.
"""

import pytest

import world
from pam_client import authenticate
from provider import HERE, Provider

SERVICE = "github"
SCOPES = "read:user read:org"


class GitHub(Provider):
    SERVER = HERE / "github.mjs"

    def api(self, enterprise=False):
        return (self.ready["origins"]["web"] + "/api/v3" if enterprise
                else self.ready["origins"]["api"])


@pytest.fixture(scope="module")
def github():
    with GitHub(world.public_directory(), interval=1) as github:
        yield github
        assert github.errors() == ""


def configure(github, client_id="", require=(), enterprise=False, **options):
    """What docs/providers/github.md says, for the stand-in."""
    api = github.api(enterprise)
    provider = dict({
        "label": "GitHub",
        "issuer": github.issuer,
        "client_id": client_id or "login=alice",
        "ca_file": github.ca_file,
        "identity": "api",
        "subject": "/user/id",
        "device_authorization_endpoint": github.issuer + "/login/device/code",
        "token_endpoint": github.issuer + "/login/oauth/access_token",
        "scopes": SCOPES,
        "api": ["user %s/user" % api, "teams %s/user/teams?per_page=3" % api,
                "orgs %s/user/orgs" % api, "emails %s/user/emails" % api],
    }, **options)
    sections = {
        "provider github": {name: value for name, value in provider.items()
                            if value is not None},
        "account": {"username": "/user/login"}}
    if require:
        sections["access"] = {"require": list(require)}
    world.configure(sections)
    world.service(SERVICE)


class Outcome:
    def __init__(self, github, logs, user="alice"):
        mark, since = logs.mark(), len(github.events())
        client = authenticate(SERVICE, user)
        self.code = client.phases[0]["code"]
        self.decision = logs.decision(SERVICE, mark)
        self.requests = github.events()[since:]

    def paths(self, where=None):
        return [event["path"] for event in self.requests
                if where in (None, event["where"])
                and not event["path"].startswith("/login/")]

    def refused(self, code, reason, detail):
        assert (self.code, self.decision["reason"]) == (code, reason), \
            self.decision
        assert detail in self.decision["detail"]


PLATFORM = ["/teams/*/slug has platform"]


@pytest.mark.parametrize("enterprise", [False, True])
def test_login(github, logs, enterprise):
    """The team is on the second of the pages; nothing is asked in vain."""
    configure(github, "pending=1", require=PLATFORM, enterprise=enterprise)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    assert login.decision["polls"] == "2"
    assert login.decision["sub"] == "583231"
    assert login.decision["issuer"] == github.issuer
    prefix = "/api/v3" if enterprise else ""
    assert login.paths() == [prefix + path for path in
                             ["/user", "/user/teams", "/user/teams"]]
    assert [event["page"] for event in login.requests][-1] == "2"
    assert {event["status"] for event in login.requests} == {200}
    assert all(event["ua"] for event in login.requests)


def test_nothing_is_fetched_that_nobody_looks_at(github, logs):
    configure(github)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    assert login.paths() == ["/user"]


def test_re_registered_login_is_another_person(github, logs):
    """Whoever takes over a name that was given up has another key."""
    subs = []
    for client_id in ("id=583231", "id=7000001"):
        configure(github, client_id)
        login = Outcome(github, logs)
        assert login.code == "PAM_SUCCESS", login.decision
        subs.append(login.decision["sub"])
    assert subs == ["583231", "7000001"]


def test_another_login(github, logs):
    configure(github, "login=mallory")
    Outcome(github, logs).refused("PAM_AUTH_ERR", "other-person", "mallory")


def test_team_absent(github, logs):
    configure(github, "team=", require=PLATFORM)
    login = Outcome(github, logs)
    login.refused("PAM_PERM_DENIED", "not-allowed", "/teams/*/slug")
    assert login.decision["sub"] == "583231"


def test_team_of_the_same_name_in_another_organisation(github, logs):
    """Which everybody can make: so its number is what counts."""
    require = ["/teams/*/id has 106"]
    configure(github, require=require)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    configure(github, "org=mallory", require=require)
    Outcome(github, logs).refused("PAM_PERM_DENIED", "not-allowed",
                                  "/teams/*/id")


def test_accounts_by_number(github, logs):
    """As docs/providers/github.md has it: names do not matter."""
    configure(github, "login=somebody")
    world.write("alice  /user/id is 583231\n", world.CONFIG_DIR / "accounts")
    world.write(world.CONFIG.read_text().replace(
        "username = /user/login",
        "map_file = %s" % (world.CONFIG_DIR / "accounts")), world.CONFIG)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    assert login.paths() == ["/user"]


@pytest.mark.parametrize("granted,missing", [
    ("read:user", "not granted: read:org; granted: read:user"),
    ("user:email,read:org", "not granted: read:user; granted: user:email"),
    ("", "not granted: read:user read:org; granted: nothing"),
    ("none", "granted: nothing")])
def test_missing_scope(github, logs, granted, missing):
    configure(github, "scope=" + granted, require=PLATFORM)
    login = Outcome(github, logs)
    login.refused("PAM_AUTH_ERR", "scope", missing)
    assert login.paths() == []


@pytest.mark.parametrize("granted", ["user,admin:org", "read:org,user",
                                     "write:org,read:user,gist"])
def test_scope_that_contains_another(github, logs, granted):
    configure(github, "scope=" + granted, require=PLATFORM)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision


def test_no_scope_is_asked_unless_configured(github, logs):
    configure(github, scopes=None)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    assert login.requests[0]["path"] == "/login/device/code"
    assert login.requests[0]["scope"] is None


def test_document_that_the_token_may_not_read(github, logs):
    configure(github, scopes="read:user", require=PLATFORM)
    login = Outcome(github, logs)
    login.refused("PAM_AUTH_ERR", "scope",
                  'api document "teams": HTTP status 403')


@pytest.mark.parametrize("status,code,reason", [
    (401, "PAM_AUTH_ERR", "grant-refused"), (404, "PAM_AUTH_ERR", "scope"),
    # it counts each person's requests, whoever makes them for what
    (429, "PAM_AUTH_ERR", "grant-refused"),
    (503, "PAM_AUTHINFO_UNAVAIL", "http"),
    (302, "PAM_AUTHINFO_UNAVAIL", "http")])
def test_document_that_is_not_given(github, logs, status, code, reason):
    configure(github, "api=%d" % status, require=PLATFORM)
    Outcome(github, logs).refused(
        code, reason, 'api document "teams": HTTP status %d' % status)


@pytest.mark.parametrize("where,says", [
    ("elsewhere", "the access token is not for that"),
    ("http", "no https URL"), ("relative", "no https URL"),
    ("broken", "malformed Link header"), ("twice", "two next pages")])
def test_next_page_astray(github, logs, where, says):
    """The access token goes to the origin that was configured."""
    configure(github, "next=" + where, require=PLATFORM)
    login = Outcome(github, logs)
    login.refused("PAM_AUTH_ERR", "claims", says)
    assert login.paths("elsewhere") == []
    assert login.paths() == ["/user", "/user/teams"]


def test_link_headers_by_the_piece(github, logs):
    """Three fields are one list (RFC 9110 5.3)."""
    configure(github, "teams=8+next=separate", require=PLATFORM)
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    assert login.paths().count("/user/teams") == 3


def test_link_header_too_long(github, logs):
    configure(github, "next=long", require=PLATFORM)
    Outcome(github, logs).refused("PAM_AUTH_ERR", "too-large",
                                  "Link headers longer than 8192 bytes")


@pytest.mark.parametrize("where", ["endless", "self"])
def test_endless_pages(github, logs, where):
    configure(github, "next=" + where, require=PLATFORM)
    login = Outcome(github, logs)
    login.refused("PAM_AUTH_ERR", "too-large", "more than 10 pages")
    assert login.paths().count("/user/teams") == 10


@pytest.mark.parametrize("mallory,reason,says", [
    ("teams=50", "too-large", "more than 10 pages"),
    ('id="\\ud83d"', "claims", "lone surrogate")])
def test_what_people_write_opens_no_fallback(github, logs, mallory, reason,
                                             says):
    """Teams are made by whoever wants to have many, and names are cut in the
    middle of a character: an outage would make a stack ask mallory, who has
    approved, for alice's password."""
    configure(github, "login=mallory+" + mallory, require=PLATFORM)
    Outcome(github, logs).refused("PAM_AUTH_ERR", reason, says)


@pytest.mark.parametrize("value", [
    "", "null", "[583231]", "{}", '""', "-583231", "0", "58.5", "true"])
def test_id_that_is_none(github, logs, value):
    configure(github, "id=" + value)
    login = Outcome(github, logs)
    login.refused("PAM_AUTH_ERR", "sub", 'subject "/user/id" leads to')
    assert "sub" not in login.decision


def test_id_as_text(github, logs):
    configure(github, 'id="583231"')
    login = Outcome(github, logs)
    assert login.code == "PAM_SUCCESS", login.decision
    assert login.decision["sub"] == "583231"


def test_app_without_the_device_flow(github, logs):
    configure(github, "enabled=no")
    Outcome(github, logs).refused("PAM_SERVICE_ERR", "client-refused",
                                  "device_flow_disabled")


@pytest.mark.parametrize("options,says", [
    ({"subject": None}, 'needs "subject"'),
    ({"api": None}, 'needs "api"'),
    ({"token_endpoint": None}, 'needs "token_endpoint"'),
    ({"device_authorization_endpoint": None},
     'needs "device_authorization_endpoint"'),
    ({"subject": "/person/id"}, "subject: no api document has the name"),
    ({"jwks_uri": "https://sso.example.com/jwks"},
     "there is no ID token with identity = api"),
    ({"api": ["user https://a.example.com/user",
              "user https://a.example.com/u"]}, 'a document "user" already')])
def test_configuration_that_cannot_work(github, logs, options, says):
    configure(github, **options)
    login = Outcome(github, logs)
    login.refused("PAM_SERVICE_ERR", "config", says)
    assert login.requests == []


@pytest.mark.parametrize("option", ["max_age", "acr_values"])
def test_what_only_an_id_token_could_say(github, logs, option):
    configure(github)
    text = world.CONFIG.read_text() + "[access]\n%s = 60\n" % option
    world.write(text, world.CONFIG)
    Outcome(github, logs).refused("PAM_SERVICE_ERR", "config", option)
