# SPDX-License-Identifier: BSD-2-Clause
"""flow = code loopback: a browser on this host brings the code."""

import http.client
import re
import socket
import urllib.parse

import pytest

import world
from pam_client import PamClient
from test_code import authorize, query

PATH = "/pam_oauth"
REDIRECT = "http://127.0.0.1" + PATH
LINK = r"    (https://[!-~]+)\s"
TIMEOUT = 60


def configure(idp, more=(), **provider):
    options = dict({"client_id": "linux-code", "redirect_uri": REDIRECT},
                   **provider)
    return world.configure(dict({
        "provider corp": world.corp(idp, **options),
        "access": {"flow": "code loopback"}}, **dict(more)))


class Kiosk(PamClient):
    """A login, its link, and where the browser is to come back to."""

    def __init__(self, idp, user="alice"):
        world.service("po_loopback")
        super().__init__("po_loopback", user)
        self.idp = idp
        style, text = self.message()
        assert style == "info", text
        self.link = re.search(LINK, text)[1]
        self.redirect = query(self.link)["redirect_uri"]
        self.port = urllib.parse.urlsplit(self.redirect).port

    def authorize(self, login="alice", **options):
        """Path and query of the address at the end."""
        url = urllib.parse.urlsplit(
            authorize(self.idp, self.link, login, **options))
        assert url.netloc == "127.0.0.1:%d" % self.port
        return "%s?%s" % (url.path, url.query)

    def get(self, target, method="GET", address="127.0.0.1", body=None,
            **headers):
        """What a browser here is told: the status, the page, the headers."""
        connection = http.client.HTTPConnection(address, self.port,
                                                timeout=TIMEOUT)
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        return answer.status, page, answer.headers

    def raw(self, request):
        """The first line that comes back for these bytes."""
        with socket.create_connection(("127.0.0.1", self.port),
                                      TIMEOUT) as peer:
            peer.sendall(request)
            return peer.makefile("rb").readline().decode()


@pytest.fixture
def kiosk(idp):
    configure(idp)
    with Kiosk(idp) as client:
        yield client


def finish(kiosk, logs, since):
    """Whatever was tried before, the real one still gets in."""
    assert kiosk.get(kiosk.authorize())[0] == 200
    assert kiosk.code() == "PAM_SUCCESS"
    decision = logs.decision("po_loopback", since.log)
    assert (decision["result"], decision["flow"]) == ("granted", "code")


def test_the_browser_brings_the_code(kiosk, logs, since):
    target = kiosk.authorize()
    status, page, headers = kiosk.get(target)
    assert status == 200 and "You can close this window" in page
    assert query(target)["code"] not in page
    assert headers["Content-Security-Policy"] == \
        "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert kiosk.code() == "PAM_SUCCESS"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", kiosk.port), TIMEOUT)


def test_ipv6_has_the_same_port(kiosk, logs, since):
    assert kiosk.get(kiosk.authorize(), address="::1")[0] == 200
    assert kiosk.code() == "PAM_SUCCESS"


def test_a_port_that_is_named_is_free_for_the_next_one(idp):
    """What is left of the one before (TIME_WAIT) keeps nobody out."""
    port = world.lasting_port()
    configure(idp, redirect_uri="http://127.0.0.1:%d%s" % (port, PATH))
    for _ in range(2):
        with Kiosk(idp) as client:
            assert client.port == port
            assert client.get(client.authorize())[0] == 200
            assert client.code() == "PAM_SUCCESS"


def test_denied_is_final(kiosk, logs, since):
    assert kiosk.get(kiosk.authorize(deny=True))[0] == 200
    assert kiosk.code() == "PAM_MAXTRIES"
    assert logs.decision("po_loopback", since.log)["reason"] == "denied"


def test_another_person_has_no_use_of_it(kiosk, logs, since):
    assert kiosk.get(kiosk.authorize("bob"))[0] == 200
    assert kiosk.code() == "PAM_AUTH_ERR"
    assert logs.decision("po_loopback", since.log)["reason"] == "other-person"


@pytest.mark.parametrize("change", [
    {"state": "A" * 22}, {"state": None}, {"code": None}, {"iss": None},
    {"code": "short"}])
def test_forged_requests_are_refused_and_change_nothing(
        kiosk, logs, since, change):
    """Login CSRF: every page that the browser shows can send these."""
    parameters = dict(query(kiosk.authorize()), **change)
    status, page, _ = kiosk.get("%s?%s" % (PATH, urllib.parse.urlencode(
        {name: value for name, value in parameters.items() if value})))
    assert status == 400 and "Not here" in page
    finish(kiosk, logs, since)


def test_mix_up_is_noticed(kiosk, logs, since):
    """The answer of another provider (RFC 9207)."""
    parameters = dict(query(kiosk.authorize()), iss="https://evil.example")
    kiosk.get("%s?%s" % (PATH, urllib.parse.urlencode(parameters)))
    assert kiosk.code() == "PAM_AUTH_ERR"
    assert logs.decision("po_loopback", since.log)["reason"] == "iss"


@pytest.mark.parametrize("host, status", [
    ("rebound.example", 421), ("127.0.0.1", 421), ("127.0.0.1:1", 421),
    ("localhost.evil.example:%d", 421), ("127.0.0.1:%d, x", 421)])
def test_dns_rebinding_is_refused(kiosk, logs, since, host, status):
    host = host % kiosk.port if "%d" in host else host
    assert kiosk.get(kiosk.authorize(), Host=host)[0] == status
    finish(kiosk, logs, since)


@pytest.mark.parametrize("request_line, status", [
    ("POST {target} HTTP/1.1", 405), ("HEAD {target} HTTP/1.1", 405),
    ("OPTIONS * HTTP/1.1", 405), ("GET / HTTP/1.1", 404),
    ("GET /pam_oauth HTTP/1.1", 404), ("GET /favicon.ico HTTP/1.1", 404),
    ("GET {target}x/../ HTTP/2.0", 400), ("GET /x{target} HTTP/1.1", 404),
    ("GET http://127.0.0.1{target} HTTP/1.1", 404), ("\x16\x03\x01", 405)])
def test_other_requests_are_refused(kiosk, logs, since, request_line,
                                    status):
    line = request_line.format(target=PATH + "?code=" + "x" * 20)
    answer = kiosk.raw(("%s\r\nHost: 127.0.0.1:%d\r\n\r\n" % (
        line, kiosk.port)).encode())
    assert answer.startswith("HTTP/1.1 %d " % status)
    finish(kiosk, logs, since)


@pytest.mark.parametrize("garbage, status", [
    (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET /\0 HTTP/1.1\r\n\r\n", 400),
    pytest.param(b"GET /pam_oauth?" + b"x" * 20000, 431, id="long")])
def test_garbage_is_refused(kiosk, logs, since, garbage, status):
    assert kiosk.raw(garbage).startswith("HTTP/1.1 %d " % status)
    finish(kiosk, logs, since)


def test_a_hundred_that_say_nothing_hold_nobody_up(kiosk, logs, since):
    silent = [socket.create_connection(("127.0.0.1", kiosk.port), TIMEOUT)
              for _ in range(100)]
    finish(kiosk, logs, since)
    for peer in silent:
        peer.close()


def test_slow_in_many_pieces(kiosk):
    target = kiosk.authorize()
    request = "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (
        target, kiosk.port)
    with socket.create_connection(("127.0.0.1", kiosk.port),
                                  TIMEOUT) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(request), 7):
            peer.sendall(request[at:at + 7].encode())
        assert peer.makefile("rb").readline().startswith(b"HTTP/1.1 200 ")
    assert kiosk.code() == "PAM_SUCCESS"


def test_nobody_comes(idp, logs, since):
    configure(idp, more={"limits": {"timeout": 10}})
    with Kiosk(idp) as client:
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision("po_loopback", since.log)["reason"] == "expired"


def test_the_provider_fails_at_the_token_endpoint(idp, logs, since):
    """The browser has done its part; the terminal says what is wrong."""
    configure(idp, token_endpoint="https://127.0.0.1:1/token")
    with Kiosk(idp) as client:
        assert client.get(client.authorize())[0] == 200
        assert client.code() == "PAM_AUTHINFO_UNAVAIL"
    assert logs.decision("po_loopback", since.log)["reason"] == "network"


def test_enter_too_early(idp):
    configure(idp, more={"prompt": {"style": "enter"}})
    world.service("po_loopback")
    with PamClient("po_loopback", "alice") as client:
        style, text = client.message()
        assert style == "echo-on" and "Press Enter once" in text
        link = re.search(LINK, text)[1]
        client.answer()
        assert "Not approved yet" in client.message()[1]
        url = urllib.parse.urlsplit(authorize(idp, link))
        connection = http.client.HTTPConnection(url.hostname, url.port,
                                                timeout=TIMEOUT)
        connection.request("GET", "%s?%s" % (url.path, url.query))
        assert connection.getresponse().status == 200
        connection.close()
        client.answer()
        assert client.code() == "PAM_SUCCESS"
