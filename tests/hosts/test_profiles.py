# SPDX-License-Identifier: BSD-2-Clause
"""Logins at sixteen real providers, as far as their ways are known.

tests/idp/hostile/profiles has each provider's ways; here is what an
administrator configures for it, and what comes of each login.
"""

import dataclasses

import pytest

from hostile_logins import SECRET, Scenario, ids, logins
from terminal import Link

AT_ONCE = 48            # polls are seconds apart, as with the real ones
BASIC = {"client_secret_file": SECRET}
POST = dict(BASIC, client_auth="client_secret_post")
NONE = {"client_auth": "none"}
SHORT = {"limits": {"timeout": "12s"}}
FULL = "openid profile email groups"
TENANT = "7d9f3a52-0c1e-4a8e-9f55-2b64d1c3a007"
GUID = "b3c1f0a4-6f5e-4d0b-8a52-91d7f2a4c0de"
ENTRA_USER = "([a-z][a-z0-9.-]*)@contoso[.]example"
ZITADEL_USER = "([a-z][a-z0-9.-]*)@example[.]zitadel[.]cloud"
EXAMPLE_USER = "([a-z][a-z0-9.-]*)@example[.]com"


@dataclasses.dataclass(frozen=True)
class Provider:
    """How to configure it, and its way of saying things.

    options: [provider]; by_hand: endpoints; issuer, alias: {} is the URL of
    the client; require: [access]; sub: alice's
    denied, expired: the reason of the decision
    slow: seconds of a login with a slow_down; None: it has none
    interval: seconds between its polls
    url: what people are sent to
    """

    name: str
    sub: str
    require: list
    scopes: str = "openid profile email"
    options: dict = dataclasses.field(default_factory=dict)
    by_hand: dict = dataclasses.field(default_factory=dict)
    url: str = "{}/activate"
    issuer: str = "{}"
    alias: str = None
    denied: str = "denied"
    expired: str = None
    slow: float = 15
    interval: int = 5
    token: str = None       # the reason where even a good login ends
    breaks: frozenset = frozenset()     # rules of conduct.mjs

    def scenario(self, flags="", reason=None, **changes):
        options = dict({"scopes": self.scopes, "connect_timeout": "10s",
                        "request_timeout": "10s"}, **self.options)
        options.update(changes.pop("options", {}))
        return Scenario(**dict({
            "flags": "+".join(filter(None, ["profile=" + self.name, flags])),
            "reason": reason, "options": options, "issuer": self.issuer,
            "alias": self.alias, "endpoints": self.by_hand, "sub": self.sub,
            "breaks": self.breaks,
            "sections": {"access": {"require": self.require},
                         **changes.pop("sections", {})},
            "seconds": 2 * self.interval}, **changes))


def has(pointer, value):
    return ["%s has %s" % (pointer, value)]


PROVIDERS = {provider.name: provider for provider in [
    # one of the Workspace, which hd says and no e-mail address does
    Provider("google", "110248495921238986420", ["/hd is example.com"],
             options=dict(POST, username="/email",
                          username_match=EXAMPLE_USER),
             url="https://www.google.com/device", alias="{host}",
             expired="grant-refused"),
    # groups by identifier: their names can be given to others
    Provider("entra", "AAAAAAAAAAAAAAAAAAAAAMnQ3mJ9uT1Zb0y7Vx2kLcE",
             ["/tid is " + TENANT, "/groups has " + GUID],
             url="https://microsoft.com/devicelogin",
             issuer="{}/%s/v2.0" % TENANT,
             options={"username_match": ENTRA_USER}, slow=None),
    # no ID token, so nobody comes in without `identity = api`, which is
    # test_github.py's; here it is how the device flow is spoken
    Provider("github", None, [], "openid read:org", token="token-missing",
             by_hand={
                 "device_authorization_endpoint": "login/device/code",
                 "token_endpoint": "login/oauth/access_token",
                 "jwks_uri": "there/is/none"},
             url="https://github.com/login/device",
             breaks=frozenset({"unknown-path"})),
    Provider("gitlab", "4172", has("/groups", "example/linux-users"),
             url="{}/oauth/device",
             options=dict(BASIC, username="/nickname"), denied="expired",
             by_hand={"device_authorization_endpoint":
                      "oauth/authorize_device"}),
    Provider("okta", "00u1hx3zv4QkUJbpT5d7", has("/groups", "linux-users"),
             FULL, options={"username_match": EXAMPLE_USER}),
    Provider("auth0", "auth0|5f7c8ec7c33c6c004bbafe82",
             has("/https:~1~1acme.example~1groups", "linux-users"),
             options={"username": "/email", "username_match": EXAMPLE_USER},
             issuer="{}/"),
    Provider("keycloak", "f3c1c2d4-8a54-4a2e-9c43-0d6a1c9f7b11",
             has("/groups", "/linux-users"), url="{}/realms/staff/device",
             issuer="{}/realms/staff", options=BASIC),
    Provider("authentik", 4 * "6a3bd4c2e05f9a8b",
             has("/groups", "linux-users"), url="{}/device",
             issuer="{}/application/o/linux/", options=POST, denied="expired",
             expired="grant-refused", slow=None),
    Provider("authelia", "2c8fb0f4-7e7f-4c5e-8f37-b4f7a7d8a3c1",
             has("/groups", "linux-users"), "openid groups authelia.pam",
             url="{}/consent/openid/device-authorization",
             options=dict(BASIC, username="/authelia.pam.username"), slow=25,
             interval=10),
    Provider("zitadel", "271583488156434433",
             has("/urn:zitadel:iam:org:project:roles", "linux-users"),
             "openid profile urn:zitadel:iam:org:projects:roles",
             url="{}/device",
             options=dict(BASIC, username_match=ZITADEL_USER)),
    Provider("dex", "CgVhbGljZRIEbGRhcA", has("/groups", "linux-users"),
             FULL, url="{}/dex/device", issuer="{}/dex", options=POST,
             denied="expired"),
    Provider("dex_2_43", "CgVhbGljZRIEbGRhcA", has("/groups", "linux-users"),
             FULL, url="{}/dex/device", issuer="{}/dex", options=POST,
             denied="expired"),
    Provider("hydra", "user-alice", has("/groups", "linux-users"), FULL,
             url="{}/oauth2/device/verify", issuer="{}/", options=BASIC,
             slow=None),
    Provider("rauthy", "Vq1cTfA2oDUK6pWJhRk3sXbe",
             has("/groups", "linux-users"), FULL, url="{}/auth/v1/device",
             issuer="{}/auth/v1/", options=POST, denied="expired"),
    Provider("casdoor", "d835f1a0-6b37-4f9e-8d0c-2f3a4b5c6d7e",
             has("/roles/*/name", "linux-users"),
             url="{}/login/oauth/device/{code}?cancelToken=8f14e45fceea167a"
                 "5a36dedd4bea2543",
             options=dict(POST, username="/name"), slow=None),
    Provider("glewlwyd", "kZ3mXbQwLpVnYc", has("/scope", "linux-users"),
             url="{}/api/oidc/device", issuer="{}/api/oidc",
             options=dict(BASIC, username="/login")),
    Provider("indigo", "73f16d93-2441-4a50-88ff-85360d78c6b5",
             has("/wlcg.groups", "/example/linux-users"),
             "openid profile email wlcg.groups", url="{}/device",
             issuer="{}/", alias="{}", options=BASIC, denied="expired",
             slow=None),
]}
GOOGLE, ENTRA, GITHUB = (PROVIDERS[n] for n in ("google", "entra", "github"))
CASDOOR, INDIGO = (PROVIDERS[n] for n in ("casdoor", "indigo"))
AUTHENTIK, RAUTHY = (PROVIDERS[n] for n in ("authentik", "rauthy"))

WORKS = [p.scenario(reason=p.token, seconds=2 * p.interval)
         for p in PROVIDERS.values()]

# A denial in its own way; who is not told has the deadline.
TOLD = [p.scenario("deny_after=0", p.denied)
        for p in PROVIDERS.values() if p is RAUTHY or p.denied == "denied"]
SILENT = [p.scenario("deny_after=0+deadline=12", "expired", sections=SHORT,
                     detail="the time limit of a login", seconds=12)
          for p in PROVIDERS.values()
          if p is not RAUTHY and p.denied == "expired"]

# The code lapses without a word between two polls, as authentik's of 60 s
# would; the next one is approved. INDIGO IAM does not say when that is.
LAPSED = [p.scenario("expires=%d+approve_code=2+approve_after=0"
                     % (p.interval + 2), p.token,
                     seconds=2 * p.interval + 2)
          for p in PROVIDERS.values() if p is not INDIGO]
# The provider says so, earlier than it had promised; here also the next code
# is approved, where the answer is one that another code helps against.
EXPIRED = [p.scenario("expire_after=0+approve_code=2+approve_after=0",
                      p.expired or p.token)
           for p in PROVIDERS.values()]

SLOW = [p.scenario("slow_down_every_n=1", p.token, seconds=p.slow)
        for p in PROVIDERS.values() if p.slow]

# bob is bob, and in none of the groups
OUTSIDERS = [p.scenario("interval=1+approve_after=0+user=bob", "not-allowed",
                        user="bob", seconds=2)
             for p in PROVIDERS.values() if p is not GITHUB]


def wrong(name, reason, options, flags="approve_after=0+interval=1", **more):
    return PROVIDERS[name].scenario(
        flags, reason, tag="wrong", options=options,
        breaks=frozenset({"client-secret"}), **more)


# The secret is not there, or not in the place where it has to be.
MISCONFIGURED = [
    wrong("google", "client-refused", NONE, detail="client_secret is missing"),
    wrong("entra", "client-refused", BASIC, detail="AADSTS700025"),
    wrong("gitlab", "client-refused", NONE),
    wrong("okta", "client-refused", BASIC),
    wrong("auth0", "client-refused", POST, detail="Unauthorized"),
    wrong("keycloak", "client-refused", NONE, detail="credentials"),
    wrong("authelia", "client-refused", POST),
    wrong("zitadel", "client-refused", NONE,
          detail="requires authentication"),
    wrong("hydra", "client-refused", POST, detail="invalid_client"),
    wrong("rauthy", "client-refused", dict(client_auth="client_secret_basic"),
          detail="Invalid `client_secret`"),
    wrong("glewlwyd", "client-refused", NONE, detail="unauthorized_client"),
    wrong("indigo", "client-refused", NONE, detail="unauthorized"),
    # these two do not look at it
    wrong("authentik", None, NONE),
    wrong("casdoor", None, NONE),
    # these hand out codes all the same, and never say why nobody can approve
    wrong("dex", "expired", dict(client_auth="client_secret_basic"),
          "approve_after=0+deadline=12", sections=SHORT, seconds=12),
    wrong("dex_2_43", "expired", NONE, "approve_after=0+deadline=12",
          sections=SHORT, seconds=12),
]

FAST = "approve_after=0+interval=1"
# The same tenant, by a name of its.
DOMAIN = [ENTRA.scenario(FAST, "metadata-issuer", tag="domain",
                         issuer="{}/contoso.example/v2.0")]
OTHERS = [
    ENTRA.scenario(FAST + "+groups_overage", "groups-overage"),
    # as its endpoints of version 1 count
    ENTRA.scenario(FAST + "+interval_string"),
    GOOGLE.scenario(FAST, "iss", tag="no_alias", alias=None,
                    detail="not \"https://"),
    # the wrong client asks for groups there
    GOOGLE.scenario(FAST, "client-refused", tag="groups",
                    options={"scopes": FULL}, detail="groups"),
    INDIGO.scenario(FAST, "iss", tag="no_alias", alias=None),
    INDIGO.scenario("empty_404=device", "document", detail="404"),
    # the device_code is in its words, and nowhere in ours
    INDIGO.scenario("expire_after=0", "expired", detail="has expired *****"),
    GITHUB.scenario("device_error=device_flow_disabled+device_status=200",
                    "client-refused", detail="this grant",
                    breaks=frozenset()),
    # in the language of whoever asks
    CASDOOR.scenario("device_error=Anwendung_existiert_nicht"
                     "+device_status=200", "client-refused",
                     detail="Anwendung_existiert_nicht"),
    # "Token expire" of its applications is more than the default
    CASDOOR.scenario(FAST + "+idt_lifetime=604801", "exp",
                     detail="valid for 604801 s, more than 604800"),
    # without a signing key; so are old applications of Auth0
    AUTHENTIK.scenario(FAST + "+idt_hs256+jwks_empty",
                       options={"id_token_algs": "HS256"}),
    # 20 codes an hour for one address
    AUTHENTIK.scenario("device_error=slow_down+device_status=429", "http",
                       detail="no more requests now"),
    RAUTHY.scenario("device_error=invalid_client+device_status=404",
                    "client-refused", detail="invalid_client"),
    RAUTHY.scenario("device_error=unauthorized_client+device_status=403",
                    "client-refused", detail="this grant"),
    # three requests for a code that is too early would lose it: ours are not
    RAUTHY.scenario("interval=2+approve_after=4", seconds=10),
]


@pytest.fixture(scope="module")
def outcomes(request, logs):
    with logins(request, logs, AT_ONCE) as outcomes:
        yield outcomes


def links(outcome):
    """What was shown to be opened: (URL, code)."""
    found = [Link.find(text) for _, text in outcome.client.messages]
    return [(link.url, link.code) for link in found if link]


def connections(outcome):
    """{port: how many}."""
    return {origin: len({r["conn"] for r in outcome.requests()
                         if r["headers"]["host"] == origin})
            for origin in {r["headers"]["host"] for r in outcome.requests()}}


@pytest.mark.parametrize("scenario", WORKS, ids=ids(WORKS))
def test_login(outcomes, scenario):
    outcome = outcomes[scenario.client_id]
    outcome.check()
    assert len(outcome.requests("token")) == 2
    [(url, code)] = links(outcome)
    provider = PROVIDERS[scenario.flags.split("=")[1]]
    assert url == provider.url.format(outcome.idp.issuer_of(
        scenario.client_id), code=code)
    # one for each of the provider's hosts
    assert set(connections(outcome).values()) == {1}


@pytest.mark.parametrize("scenario", TOLD, ids=ids(TOLD))
def test_denied(outcomes, scenario):
    """An expiry is what it looks like to us, if it is told as one."""
    outcome = outcomes[scenario.client_id]
    outcome.check()
    assert len(links(outcome)) == (1 if scenario.reason == "denied" else 2)


@pytest.mark.parametrize("scenario", SILENT, ids=ids(SILENT))
def test_denied_in_silence(outcomes, scenario):
    outcome = outcomes[scenario.client_id]
    outcome.check()
    assert 12 <= outcome.took < 25


@pytest.mark.parametrize("scenario", LAPSED, ids=ids(LAPSED))
def test_code_lapses(outcomes, scenario):
    outcome = outcomes[scenario.client_id]
    outcome.check()
    (_, first), (_, second) = links(outcome)
    assert first != second
    assert len(outcome.requests("device")) == 2


@pytest.mark.parametrize("scenario", EXPIRED, ids=ids(EXPIRED))
def test_expired(outcomes, scenario):
    outcome = outcomes[scenario.client_id]
    outcome.check()
    renewed = scenario.reason != "grant-refused"
    assert len(links(outcome)) == (2 if renewed else 1)


@pytest.mark.parametrize("scenario", SLOW, ids=ids(SLOW))
def test_slow_down(outcomes, scenario):
    """Five seconds more, at least: conduct.mjs looks."""
    outcome = outcomes[scenario.client_id]
    outcome.check()
    assert outcome.took >= scenario.seconds


@pytest.mark.parametrize("scenario", OUTSIDERS, ids=ids(OUTSIDERS))
def test_somebody_without_the_group(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", MISCONFIGURED, ids=ids(MISCONFIGURED))
def test_client_misconfigured(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", DOMAIN, ids=ids(DOMAIN))
def test_entra_by_domain_name(outcomes, scenario):
    outcome = outcomes[scenario.client_id]
    outcome.check()
    ours, theirs = outcome.decision["detail"].split("calls itself")
    assert "/contoso.example/v2.0" in ours
    assert "/%s/v2.0" % TENANT in theirs


@pytest.mark.parametrize("scenario", OTHERS, ids=ids(OTHERS))
def test_particular(outcomes, scenario):
    outcomes[scenario.client_id].check()
