# SPDX-License-Identifier: BSD-2-Clause
"""Logins against the hostile provider, many at a time.

A test module has a table of Scenarios, a module-scoped fixture that is
`with logins(request, logs) as outcomes`, and one test for each scenario. All
scenarios that were selected run before the first of the tests; those only
look what came of them.
"""

import concurrent.futures
import contextlib
import dataclasses
import itertools
import time

import world
from hostile import Hostile
from pam_client import authenticate

AT_ONCE = 24            # most of a login is waiting
TIMEOUT = 60            # of one login, on a loaded machine
# What a login sends last, it may be over before the provider gets to read it.
UNREAD_MS = 900         # less than there is between two polls
ALICE = "248289761001"  # her sub; endpoints.mjs
# Files that the provider has made for its clients.
SECRET = world.CONFIG_DIR / "hostile.secret"
KEY = world.CONFIG_DIR / "hostile.key"

_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One login.

    flags: the client_id; what the provider does (tests/idp/hostile/flags.mjs)
    code: what PAM says; PAM_SUCCESS unless there is a reason
    reason: of the log's decision
    detail: text that must be in the decision's detail
    options: more options of the [provider] section
    sections: more sections
    seconds: roughly how long it takes; the longest begin first
    asked: {endpoint: requests}, where the number is part of the expectation
    """

    flags: str
    reason: str = None
    code: str = None
    detail: str = ""
    options: dict = dataclasses.field(default_factory=dict)
    sections: dict = dataclasses.field(default_factory=dict)
    seconds: float = 2
    asked: dict = dataclasses.field(default_factory=dict)
    tag: str = ""
    issuer: str = "{}"  # {}: the issuer of the client; {host}: without https
    alias: str = None
    # option -> path below the client's URL
    endpoints: dict = dataclasses.field(default_factory=dict)
    user: str = "alice"
    sub: str = ALICE
    breaks: frozenset = frozenset()     # rules of conduct.mjs, on purpose

    @property
    def client_id(self):
        return self.flags + ("." + self.tag if self.tag else "")


# What PAM says to a reason, module/outcome.c.
CODES = dict(
    {None: "PAM_SUCCESS"},
    **dict.fromkeys(["denied", "unanswered", "not-asked"], "PAM_MAXTRIES"),
    **dict.fromkeys(["groups-overage", "not-allowed", "acr", "auth-time"],
                    "PAM_PERM_DENIED"),
    **dict.fromkeys(["network", "tls", "http", "document", "clock"],
                    "PAM_AUTHINFO_UNAVAIL"),
    **dict.fromkeys(["metadata-issuer", "unsupported", "client-refused",
                     "config", "secret", "internal"], "PAM_SERVICE_ERR"))


@dataclasses.dataclass
class Outcome:
    """What came of it. decision: the fields of the log line."""

    client: object
    decision: dict
    idp: Hostile
    scenario: Scenario
    service: str
    ended_ms: float
    took: float

    @property
    def code(self):
        return self.client.phases[0]["code"]

    def requests(self, endpoint=None):
        return self.idp.requests(self.scenario.client_id, endpoint)

    def check(self):
        """All that every scenario has to fulfil."""
        scenario, phase = self.scenario, self.client.phases[0]
        expected = scenario.code or CODES.get(scenario.reason, "PAM_AUTH_ERR")
        said = (phase["code"], self.decision.get("reason"),
                self.decision.get("detail"))
        assert said[:2] == (expected, scenario.reason), said
        assert scenario.detail in self.decision.get("detail", ""), said
        assert len(self.decision.get("detail", "")) <= 512
        assert phase["user"] == scenario.user and phase["children"] is False
        if scenario.reason is None:
            assert self.decision["result"] == "granted"
            assert self.decision["sub"] == scenario.sub
        else:
            assert self.decision["result"] != "granted"
        violations = self.idp.violations(scenario.client_id)
        rules = {line["rule"] for line in violations}
        assert rules == scenario.breaks, violations
        late = [line for line in self.requests()
                if line["t"] > self.ended_ms + UNREAD_MS]
        assert late == [], late
        for endpoint, count in scenario.asked.items():
            lines = self.requests(endpoint)
            assert len(lines) == count, lines


    def check_deadline(self, timeout_s):
        """It took as long as it may, and the helper ended it: the module would
        have, five seconds later.  By its clock, which starts with the login;
        to begin and to tell us takes a busy machine a while."""
        assert timeout_s - 0.5 < self.took, self.took
        wait = float(self.decision["wait"].rstrip("s"))
        assert wait < timeout_s + 5, self.decision


class Outcomes(dict):
    """client_id -> Outcome"""

    def __init__(self, idp, outcomes):
        super().__init__({outcome.scenario.client_id: outcome
                          for outcome in outcomes})
        self.idp = idp


def configure(idp, scenario, name):
    """A configuration and a PAM service of the scenario's own."""
    issuer = idp.issuer_of(scenario.client_id)
    host = issuer.replace("https://", "")
    provider = dict({
        "issuer": scenario.issuer.format(issuer, host=host),
        "client_id": scenario.client_id,
        "ca_file": idp.ca_file,
        "scopes": "openid profile email groups",
        # the sandbox lets the helper go to ports of the configuration alone;
        # real providers have their endpoints on several hosts, not ports
        "revocation_endpoint": idp.elsewhere_of(scenario.client_id)
                               + "/revoke",
        "connect_timeout": "10s",
        "request_timeout": "10s",
    }, **scenario.options)
    provider.update({option: "%s/%s" % (issuer, path)
                     for option, path in scenario.endpoints.items()})
    if scenario.alias is not None:
        provider["issuer_alias"] = scenario.alias.format(issuer, host=host)
    sections = dict({"provider hostile": provider,
                     "limits": {"timeout": "40s"}}, **scenario.sections)
    # all of them sign in as alice, and at once
    sections["limits"] = dict({"max_pending": 1000}, **sections["limits"])
    path = world.configure(sections, world.CONFIG_DIR / (name + ".conf"))
    world.service(name, "config=%s" % path)


def login(idp, logs, scenario):
    name = "hostile-%d" % next(_numbers)
    configure(idp, scenario, name)
    began = time.monotonic()
    client = authenticate(name, scenario.user, timeout=TIMEOUT)
    ended = time.monotonic()
    return Outcome(client, logs.decision(name, 0), idp, scenario, name,
                   ended * 1000, ended - began)


def _selected(request):
    """The scenarios of the tests of this module that are to run."""
    found = {}
    for item in request.session.items:
        if item.module is request.module and hasattr(item, "callspec"):
            scenario = item.callspec.params["scenario"]
            # two of one client_id would be one client to the provider
            assert found.setdefault(scenario.client_id, scenario) is scenario
    return sorted(found.values(), key=lambda scenario: -scenario.seconds)


@contextlib.contextmanager
def logins(request, logs, at_once=AT_ONCE):
    """{client_id: Outcome} of all that is selected; a provider of its own."""
    with Hostile(world.public_directory()) as idp:
        world.write(idp.secret(), SECRET, 0o600)
        world.write((idp.tls_dir / "client.key").read_text(), KEY, 0o600)
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            outcomes = list(pool.map(
                lambda scenario: login(idp, logs, scenario),
                _selected(request)))
        yield Outcomes(idp, outcomes)
        assert idp.errors() == "", idp.errors()
        assert [line for line in logs.lines()
                if idp.secret() in line.raw] == []


def unused_flags(idp, group, scenarios):
    """The flags of a group that none of the scenarios has."""
    used = {flag.split("=")[0] for scenario in scenarios
            for flag in scenario.flags.split("+")}
    return set(idp.ready["flags"][group]) - used


def ids(scenarios):
    """pytest's names of them."""
    return [scenario.client_id for scenario in scenarios]
