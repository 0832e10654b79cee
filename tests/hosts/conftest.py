# SPDX-License-Identifier: BSD-2-Clause
"""What the tests share: the provider, the log, sshd."""

import pathlib
import re
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "idp")]

pytest.register_assert_rewrite("applications", "logs", "pam_client",
                               "processes")

import terminal                         # noqa: E402
import world                            # noqa: E402
from logs import Logs                   # noqa: E402
from pam_client import PamClient        # noqa: E402
from processes import helpers, wait_child, wait_end  # noqa: E402
from provider import Provider, make_ca  # noqa: E402
from sshd import Sshd                   # noqa: E402

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}")     # {" in base64url: a JWT
# sshd's word for a key, which begins one in every few thousand, too
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}\b")


@pytest.fixture(scope="session")
def idp():
    """The real provider; polls are a second apart."""
    provider = Provider(world.public_directory(), interval=1)
    with provider:
        yield provider
    assert provider.errors() == ""


@pytest.fixture(scope="session")
def logs(idp):
    """Everything that is logged; no secret may be in it at the end."""
    logs = Logs()
    yield logs
    logs.close()
    text = "\n".join(FINGERPRINT.sub("", line.raw) for line in logs.lines())
    secrets = world.secrets() | terminal.seen_codes
    leaks = [text[max(0, at - 200):at] for at in
             [match.start() for match in TOKEN.finditer(text)]
             + [text.find(secret) for secret in secrets if secret in text]]
    assert leaks == []


@pytest.fixture(scope="session")
def other_ca():
    """A certificate authority that nobody trusts; a make-ca directory."""
    directory = world.public_directory()
    make_ca(directory)
    return directory


@pytest.fixture(scope="session", autouse=True)
def slow(logs):
    """Logins that take the module to its deadlines, beside all the others.

    Scenario -> PamClient; test_waiting.py looks what came of them.
    """
    clients = {}
    for scenario, options in (("hangs", ()), ("no_verdict", ()),
                              ("good_after_reminder", ()),
                              ("good_after_silence", ["--silent"])):
        world.fake_service(scenario)
        clients[scenario] = PamClient("fake_" + scenario, "alice",
                                      options=options)
    # before a test that clears /etc/pam.d, as those of `check` do first
    for client in clients.values():
        wait_child(client.pid)
    yield clients
    for client in clients.values():
        client.__exit__()


@pytest.fixture(scope="session")
def sshd_server(logs):
    world.service("sshd")
    with Sshd(logs) as server:
        yield server


@pytest.fixture
def since(idp, logs):
    """When the test began, and where the log stood then."""
    class Since:
        log = logs.mark()
        time_ms = time.monotonic() * 1000
    return Since


@pytest.fixture
def standard(idp):
    """The configuration most tests use: one public client, no rules."""
    return world.configure({"provider corp": world.corp(idp)})


@pytest.fixture(autouse=True)
def no_helper_is_left():
    """Whatever a test did, its helpers end with their logins."""
    yield
    for pid in helpers():
        assert wait_end(pid, 5), "helper %d is still there" % pid
