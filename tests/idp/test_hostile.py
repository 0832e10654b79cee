# SPDX-License-Identifier: BSD-2-Clause
"""Proof that the hostile provider notices what clients do wrong.

One client, which is a good one, and a test for each rule of
hostile/conduct.mjs that breaks it and no other.
"""

import base64
import contextlib
import http.client
import itertools
import json
import re
import socket
import ssl
import subprocess
import urllib.parse

import pytest

from device_client import DEVICE_GRANT
from hostile import Hostile
from provider import HERE, ProviderError

TIMEOUT = 60
INTERVAL_MS = 50
FAST = "interval_ms=%d" % INTERVAL_MS
_numbers = itertools.count(1)
PATHS = {"metadata": ".well-known/openid-configuration"}


@pytest.fixture(scope="module")
def idp(tmp_path_factory):
    with Hostile(tmp_path_factory.mktemp("hostile")) as idp:
        yield idp
        assert idp.errors() == ""


def pass_time(idp, interval_ms):
    """Return when an interval that begins now is over, by the provider's
    clock: another client has been told it."""
    clock = Client(idp, "interval_ms=%d.%d" % (interval_ms, next(_numbers)))
    clock.begin()
    idp.wait_event(lambda line: line["event"] == "interval-over"
                   and line["client_id"] == clock.client_id)
    clock.http.close()


class Client:
    """A device client whose every word can be changed.

    One connection; `headers`: instead of or beside the good ones, None: not
    at all; `form`: the same with parameters.
    """

    def __init__(self, idp, client_id):
        self.idp, self.client_id = idp, client_id
        self.context = ssl.create_default_context(cafile=idp.ca_file)
        self.path = "/" + client_id
        self.code = self.access_token = None
        self.reconnect()

    def reconnect(self):
        self.http = http.client.HTTPSConnection(
            "127.0.0.1", self.idp.port, timeout=TIMEOUT, context=self.context)

    def send(self, method, target, headers, body=b""):
        self.http.putrequest(method, target, skip_host=True,
                             skip_accept_encoding=True)
        good = {"Host": "127.0.0.1:%d" % self.idp.port,
                "Accept": "application/json", "User-Agent": "test_hostile"}
        if body:
            good["Content-Length"] = str(len(body))
        for name, value in dict(good, **headers).items():
            if value is not None:
                self.http.putheader(name, value)
        self.http.endheaders(body)

    def receive(self):
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def get(self, endpoint, behind="", method="GET", headers=None):
        target = "%s/%s%s" % (self.path, PATHS.get(endpoint, endpoint), behind)
        self.send(method, target, headers or {})
        status, body = self.receive()
        return status, json.loads(body)

    def start_post(self, endpoint, form, headers=None, behind="", body=None):
        good = {"client_id": self.client_id}
        if body is None:
            form = {name: value for name, value in dict(good, **form).items()
                    if value is not None}
            body = urllib.parse.urlencode(form).encode()
        self.send("POST", "%s/%s%s" % (self.path, endpoint, behind), dict(
            {"Content-Type": "application/x-www-form-urlencoded"},
            **(headers or {})), body)

    def post(self, *args, **kwargs):
        self.start_post(*args, **kwargs)
        status, body = self.receive()
        return status, json.loads(body)

    def device(self, headers=None, body=None, **form):
        answer = self.post("device", dict({"scope": "openid"}, **form),
                           headers, body=body)[1]
        self.code = answer.get("device_code")
        return answer

    def grant(self, **form):
        return dict({"grant_type": DEVICE_GRANT, "device_code": self.code},
                    **form)

    def poll(self, headers=None, **form):
        """The answer's error, or None."""
        answer = self.post("token", self.grant(**form), headers)[1]
        self.access_token = answer.get("access_token")
        return answer.get("error")

    def wait_and_poll(self, interval_ms=INTERVAL_MS, **form):
        pass_time(self.idp, interval_ms)
        return self.poll(**form)

    def bearer(self, token=None):
        return {"Authorization": "Bearer %s" % (token or self.access_token)}

    def begin(self):
        """As far as to the device_code."""
        self.get("metadata")
        self.device()
        return self

    def sign_in(self):
        self.begin()
        while self.wait_and_poll() is not None:
            pass
        return self

    @property
    def rules(self):
        """The rules that were broken."""
        return {line["rule"] for line in self.idp.violations(self.client_id)}


@pytest.fixture
def client(idp, request):
    """A client of its own for each test; its flags: @flags."""
    client = Client(idp, "%s.%d" % (getattr(request, "param", FAST),
                                    next(_numbers)))
    yield client
    client.http.close()


def flags(text):
    return pytest.mark.parametrize("client", [text], indirect=True)


def basic(client_id, secret):
    pair = "%s:%s" % (urllib.parse.quote_plus(client_id),
                      urllib.parse.quote_plus(secret))
    return {"Authorization": "Basic "
            + base64.b64encode(pair.encode()).decode()}


# --- good clients ----------------------------------------------------------

def test_good_client(client, idp):
    client.sign_in()
    assert client.get("jwks")[0] == 200
    status, person = client.get("userinfo", headers=client.bearer())
    assert (status, person["preferred_username"]) == (200, "alice")
    assert client.rules == set()
    asked = [line["endpoint"] for line in idp.requests(client.client_id)]
    assert asked == ["metadata", "device", "token", "token", "jwks",
                     "userinfo"]
    assert len({line["conn"] for line in idp.requests(client.client_id)}) == 1
    polls = idp.requests(client.client_id, "token")
    assert [line["error"] for line in polls] == ["authorization_pending", None]
    assert polls[0]["params"] == ["client_id", "device_code", "grant_type"]
    assert polls[0]["headers"]["accept"] == "application/json"
    log = idp.event_log.read_text()
    assert client.code not in log and client.access_token not in log


@flags(FAST + "+secret_basic")
def test_good_client_with_basic(client, idp):
    headers = basic(client.client_id, idp.secret())
    client.get("metadata")
    client.device(headers)
    assert client.wait_and_poll(headers=headers) == "authorization_pending"
    assert client.rules == set()
    assert idp.secret() not in idp.event_log.read_text()


@flags(FAST + "+secret_post")
def test_good_client_with_post(client, idp):
    client.get("metadata")
    client.device(client_secret=idp.secret())
    assert client.wait_and_poll(client_secret=idp.secret()) \
        == "authorization_pending"
    assert client.rules == set()


@flags(FAST + "+expired_once_then_invalid_grant=1")
def test_good_client_with_a_new_code(client):
    client.begin()
    assert client.wait_and_poll() == "expired_token"
    client.device()
    assert client.wait_and_poll() == "authorization_pending"
    assert client.rules == set()


@flags(FAST + "+reset_handshake=token+times=1")
def test_good_client_repeats_what_was_lost(client):
    """Once, and on another connection: conduct.mjs says why."""
    client.begin()
    with pytest.raises((OSError, http.client.HTTPException)):
        client.wait_and_poll()
    client.reconnect()
    assert client.poll() is None        # that one was pending
    assert client.rules == set()


@flags(FAST + "+close_silent=all")
def test_good_client_reconnects(client):
    client.get("metadata")
    client.reconnect()
    client.device()
    client.reconnect()
    assert client.wait_and_poll() == "authorization_pending"
    assert client.rules == set()


def test_good_client_comes_again(client):
    for _ in range(2):
        client.sign_in()
        client.reconnect()
    assert client.rules == set()


# --- bad ones ---------------------------------------------------------------

def test_method(client):
    client.get("metadata", method="PUT")
    assert client.rules == {"method"}


def test_version(client):
    client.http._http_vsn_str = "HTTP/1.0"
    client.get("metadata")
    assert client.rules == {"version"}


def test_query(client):
    client.get("metadata", "?x=1")
    assert client.rules == {"query"}


@pytest.mark.parametrize("which", ["device_code", "access_token", "secret"])
def test_secret_in_url(client, idp, which):
    client.sign_in()
    secret = {"device_code": client.code, "secret": idp.secret(),
              "access_token": client.access_token}[which]
    client.get("jwks", "?" + urllib.parse.urlencode({"x": secret}))
    assert client.rules == {"query", "secret-in-url"}


def test_unknown_path(client):
    assert client.get("nothing")[0] == 404
    assert client.rules == {"unknown-path"}


@pytest.mark.parametrize("headers,rule", [
    ({"Cookie": "trap=1"}, "cookie"),
    ({"Referer": "https://127.0.0.1/"}, "header"),
    ({"Accept-Encoding": "gzip"}, "header"),
    ({"accept": "application/json"}, "header"),     # twice
    ({"Upgrade": "h2c"}, "header"),
    ({"Host": "localhost"}, "host"),
    ({"Host": None}, "host"),
    ({"Accept": None}, "accept"),
    ({"Accept": "*/*"}, "accept"),
    ({"User-Agent": None}, "user-agent"),
    ({"User-Agent": ""}, "user-agent"),
    ({"Authorization": "Bearer x"}, "authorization"),
])
def test_header(client, headers, rule):
    client.get("metadata", headers=headers)
    assert client.rules == {rule}


@pytest.mark.parametrize("token", [None, "x"])
def test_bearer(client, token):
    client.sign_in()
    client.get("userinfo", headers=client.bearer(token) if token else {})
    assert client.rules == {"bearer"}


def test_content_type(client):
    client.get("metadata")
    client.device({"Content-Type": "application/json"})
    assert client.rules == {"content-type"}


@pytest.mark.parametrize("extra", [
    "&scope=openid", "&nonce=a b", "&nonce=%zz", "&nonce=\u00e9"])
def test_body(client, extra):
    client.get("metadata")
    form = urllib.parse.urlencode({"client_id": client.client_id,
                                   "scope": "openid"})
    client.device(body=(form + extra).encode())
    # of an unreadable form nothing is known
    assert client.rules == {"body", "client-id", "scope"}


@pytest.mark.parametrize("value", [None, "somebody-else"])
def test_client_id(client, value):
    client.begin()
    client.wait_and_poll(client_id=value)
    assert client.rules == {"client-id"}


@flags(FAST + "+secret_basic")
@pytest.mark.parametrize("how", ["none", "wrong", "unencoded", "post"])
def test_client_secret_of_basic(client, idp, how):
    client.get("metadata")
    pair = "%s:%s" % (client.client_id, idp.secret())
    if how == "post":
        client.device(client_secret=idp.secret())
    else:
        client.device({
            "none": {}, "wrong": basic(client.client_id, "wrong"),
            "unencoded": {"Authorization": "Basic " + base64.b64encode(
                pair.encode()).decode()}}[how])
    assert client.rules == {"client-secret"}


@flags(FAST + "+secret_post")
@pytest.mark.parametrize("secret", [None, "wrong"])
def test_client_secret_of_post(client, secret):
    client.get("metadata")
    client.device(client_secret=secret)
    assert client.rules == {"client-secret"}


def test_client_secret_that_nobody_wants(client, idp):
    client.get("metadata")
    client.device(client_secret=idp.secret())
    assert client.rules == {"client-secret"}


@pytest.mark.parametrize("scope", [None, "profile email", "openidx"])
def test_scope(client, scope):
    client.get("metadata")
    client.device(scope=scope)
    assert client.rules == {"scope"}


def test_parameter(client):
    client.get("metadata")
    client.device(username="alice")
    client.wait_and_poll(scope="openid")
    assert client.rules == {"parameter"}
    assert len(client.idp.violations(client.client_id)) == 2


@pytest.mark.parametrize("name,value,good", [
    ("acr_values", "mfa", True), ("acr_values", "mfa phr", True),
    ("acr_values", "mfa  phr", False), ("acr_values", " ", False),
    ("acr_values", "", False),
    ("max_age", "900", True), ("max_age", "0", False),
    ("max_age", "-1", False), ("max_age", "15m", False),
    ("max_age", "", False),
])
def test_how_somebody_signs_in(client, name, value, good):
    client.get("metadata")
    client.device(**{name: value})
    assert client.rules == (set() if good else {"parameter"})


@pytest.mark.parametrize("value", [None, DEVICE_GRANT.upper(), "device_code"])
def test_grant_type(client, value):
    client.begin()
    client.wait_and_poll(grant_type=value)
    assert client.rules == {"grant-type"}


@pytest.mark.parametrize("value", [None, "x"])
def test_device_code(client, value):
    client.begin()
    assert client.wait_and_poll(device_code=value) == "invalid_grant"
    assert client.rules == {"device-code"}


@pytest.mark.parametrize("endpoint,times", [("metadata", 2), ("jwks", 3)])
def test_too_often(client, endpoint, times):
    for i in range(times):
        assert client.rules == set()
        client.get(endpoint)
    assert client.rules == {"too-often"}


def test_too_many_codes(client):
    client.begin().device()
    assert client.rules == set()
    client.device()
    assert client.rules == {"too-often"}


def test_too_often_userinfo(client):
    client.sign_in()
    for _ in range(2):
        assert client.rules == set()
        client.get("userinfo", headers=client.bearer())
    assert client.rules == {"too-often"}


@flags(FAST + "+deny_after=0")
@pytest.mark.parametrize("what", ["token", "device", "jwks"])
def test_after_a_denial(client, what):
    client.begin()
    assert client.wait_and_poll() == "access_denied"
    assert client.rules == set()
    if what == "token":
        client.wait_and_poll()
    elif what == "device":
        client.device()
    else:
        client.get("jwks")
    assert client.rules == {"after-the-end"}


@pytest.mark.parametrize("what", ["token", "device"])
def test_after_the_grant(client, what):
    client.sign_in()
    assert client.rules == set()
    if what == "token":
        client.wait_and_poll()
    else:
        client.device()
    assert client.rules == {"after-the-end"}


@flags(FAST + "+unknown_error")
def test_after_an_unknown_error(client):
    client.begin()
    assert client.wait_and_poll() == "no_such_error"
    client.wait_and_poll()
    assert client.rules == {"after-the-end"}


@flags(FAST + "+deny_as_expired")
def test_after_expired_token(client):
    client.begin()
    assert client.wait_and_poll() == "expired_token"
    client.wait_and_poll()
    assert client.rules == {"after-the-end"}


@flags("device_error")
def test_after_a_device_error(client):
    client.begin()
    assert client.code is None
    client.device()
    assert client.rules == {"after-the-end"}


def test_past_the_deadline(idp):
    """A busy machine may let it pass by itself; a later one gets a try then."""
    for limit_s in 1, 10:
        client = Client(idp, "%s+never+deadline=%d" % (FAST, limit_s)).begin()
        client.wait_and_poll()
        before = client.rules
        client.wait_and_poll(1000 * limit_s)
        client.http.close()
        if before == set():
            break
    assert (before, client.rules) == (set(), {"past-deadline"})


@pytest.mark.parametrize("close", [True, False])
def test_another_connection(client, close):
    client.begin()
    first = client.http
    if close:
        first.close()
    client.reconnect()
    client.wait_and_poll()
    first.close()
    assert client.rules == {"another-connection"}


@flags("silence=token+interval_ms=1")
def test_impatient(client):
    """The first poll has no answer yet."""
    client.begin()
    first = client.http
    client.start_post("token", client.grant())
    client.idp.wait_event(lambda line: line.get("endpoint") == "token"
                          and line["client_id"] == client.client_id)
    client.reconnect()
    pass_time(client.idp, INTERVAL_MS)
    client.start_post("token", client.grant())
    client.idp.wait_event(lambda line: line.get("rule") == "impatient"
                          and line["client_id"] == client.client_id)
    first.close()
    assert client.rules == {"impatient"}


@flags("interval_ms=5000")      # which no busy machine takes
def test_early_first_poll(client):
    client.begin().poll()
    assert client.rules == {"early-poll"}


@flags("interval_ms=3000")
def test_early_second_poll(client):
    client.begin().wait_and_poll(3000)
    assert client.rules == set()
    client.poll()
    assert client.rules == {"early-poll"}


@flags("no_interval")
def test_early_without_an_interval(client):
    client.begin().wait_and_poll(1000)
    assert client.rules == {"early-poll"}


@flags(FAST + "+slow_down_every_n=1")
@pytest.mark.parametrize("how", ["at once", "later", "with a new code"])
def test_early_after_slow_down(client, how):
    client.begin()
    assert client.wait_and_poll() == "slow_down"
    assert client.rules == set()
    if how == "with a new code":
        client.device()         # which is not the way to get rid of it
    client.wait_and_poll(1000 if how == "later" else INTERVAL_MS)
    assert client.rules == {"early-poll"}
    assert "5.050 s" in client.idp.violations(client.client_id)[0]["detail"]


@flags("interval_ms=10+slow_down_interval_field=8")
def test_early_after_slow_down_with_an_interval(client):
    client.begin().wait_and_poll()
    client.wait_and_poll()
    assert client.rules == {"early-poll"}
    assert "8.000 s" in client.idp.violations(client.client_id)[0]["detail"]


@pytest.mark.parametrize("flag", [
    "429_retry_after", "busy", "html_error", "server_error", "empty_404"])
def test_no_backoff(idp, flag):
    """An interval after trouble is too early: two are due.  A busy machine
    may let both pass by itself, so a longer interval gets a try then."""
    for interval_ms in INTERVAL_MS, 10 * INTERVAL_MS, 100 * INTERVAL_MS:
        client = Client(idp, "interval_ms=%d+%s" % (interval_ms, flag)).begin()
        for _ in range(2):
            assert client.rules == set()
            pass_time(idp, interval_ms)
            client.start_post("token", client.grant())
            client.receive()
        client.http.close()
        if client.rules:
            break
    assert client.rules == {"early-poll"}


@flags(FAST + "+never+expires=1")
def test_expired_poll(client):
    client.begin().wait_and_poll(1000)
    assert client.rules == {"expired-poll"}


@flags("redirect=metadata")
def test_followed_redirect(client, idp):
    client.send("GET", client.path + "/" + PATHS["metadata"], {})
    answer = client.http.getresponse()
    answer.read()
    url = urllib.parse.urlsplit(answer.getheader("Location"))
    assert url.port == idp.ready["ports"]["other"]
    client.http.close()
    client.http = http.client.HTTPSConnection(
        "127.0.0.1", url.port, timeout=TIMEOUT, context=client.context)
    client.send("GET", url.path, {"Host": "127.0.0.1:%d" % url.port})
    assert client.receive()[0] == 404
    assert client.rules == {"unknown-path", "after-the-end"}


def test_every_rule_is_broken_here():
    """Each name that conduct.mjs reports is in this file."""
    source = (HERE / "hostile" / "conduct.mjs").read_text()
    here = (HERE / "test_hostile.py").read_text()
    rules = set(re.findall(r"blame\([^']*'([a-z-]+)'", source))
    assert len(rules) > 20
    assert [rule for rule in rules if '"%s"' % rule not in here] == []


# --- what it is made of -----------------------------------------------------

@pytest.mark.parametrize("flags,reason", [
    ("tls_wrong_host", "IP address mismatch"),
    ("tls_expired", "certificate has expired"),
    ("tls_future", "not yet valid"),
    ("tls_self_signed", "self[- ]signed"),
    ("tls_none", "wrong version number|record layer failure")])
def test_listener(idp, flags, reason):
    url = urllib.parse.urlsplit(idp.issuer_of(flags + "=metadata"))
    context = ssl.create_default_context(cafile=idp.ca_file)
    with pytest.raises(ssl.SSLError, match=reason):
        connect(context, url.port)


def connect(context, port):
    """The TLS version."""
    with contextlib.closing(socket.create_connection(
            ("127.0.0.1", port), TIMEOUT)) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
            return tls.version()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_11(idp):
    port = idp.ready["ports"]["tls_11"]
    context = ssl.create_default_context(cafile=idp.ca_file)
    with pytest.raises(ssl.SSLError):
        connect(context, port)
    context.minimum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    assert connect(context, port) == "TLSv1.1"


def test_misspelt_flags(tmp_path):
    with Hostile(tmp_path) as idp:
        for client_id in ("no_such_flag", "plain+", "interval=x"):
            before = len(idp.errors())
            client = Client(idp, client_id)
            with pytest.raises((OSError, http.client.HTTPException)):
                client.begin()
            client.http.close()
            assert re.search("no such flag|not a number",
                             idp.errors()[before:])


@pytest.mark.parametrize("arguments", [[], ["--tls"], ["--nonsense", "x"]])
def test_usage(arguments):
    done = subprocess.run(["node", str(HERE / "hostile" / "server.mjs")]
                          + arguments, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)
    assert done.returncode == 2
    assert b"usage:" in done.stderr and done.stdout == b""


def test_no_authority(tmp_path):
    """make-certs needs make-ca's directory."""
    (tmp_path / "server.pem").write_text("")
    with pytest.raises(ProviderError, match="make-certs"):
        Hostile(tmp_path).start()
