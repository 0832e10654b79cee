# SPDX-License-Identifier: BSD-2-Clause
"""Screen lockers and other applications without privileges.

What they can have: a public client, a configuration that everybody may read,
no cache, and nothing that is kept. What needs root is refused, and the log
says so.
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import threading
import time

import pytest

import world
from pam_client import PamClient
from processes import helper
from terminal import Link, Terminal, as_user

SERVICE = "po_lock"
ALICE = as_user("alice")
BROKEN = "Sign-in is not set up correctly on this host."
WITHOUT_ROOT = "application without root: "
VLOCK = pathlib.Path("/usr/sbin/vlock-main")


@pytest.fixture(autouse=True)
def service(standard):
    world.service(SERVICE)


def lock(*phases, **options):
    return PamClient(SERVICE, "alice", *phases, prefix=ALICE, **options)


def caches():
    directory = pathlib.Path(os.environ["CACHEDIR"])
    return set(directory.iterdir()) if directory.exists() else set()


# --- what works --------------------------------------------------------------

def test_unlocked_by_its_owner(idp, logs, since):
    before = caches()
    with lock("auth", "acct") as client:
        client.link().approve(idp, "alice")
        assert [client.code(), client.code()] == ["PAM_SUCCESS"] * 2
    decision = logs.decision(SERVICE, since.log)
    assert (decision["result"], decision["sub"]) == ("granted", "248289761001")
    # nothing but the decision: no warning of what could not be had
    assert len([line for line in logs.lines(since.log)
                if line.service == SERVICE]) == 1
    assert caches() == before


def test_not_unlocked_by_another_person(idp, logs, since):
    with lock("auth", "acct") as client:
        client.link().approve(idp, "bob")
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "other-person"


def test_not_unlocked_without_the_group(idp, logs, since):
    world.configure({"provider corp": world.corp(idp),
                     "service " + SERVICE: {"require": "/groups has nobody"}})
    with lock() as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_PERM_DENIED"
    assert logs.decision(SERVICE, since.log)["reason"] == "not-allowed"


def test_anothers_session_is_not_the_users_to_unlock(idp, logs, since):
    """Whoever runs the locker says for whom; the person decides."""
    with PamClient(SERVICE, "bob", prefix=ALICE) as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_AUTH_ERR"
    assert logs.decision(SERVICE, since.log)["reason"] == "other-person"


def test_one_no_does_not_lock_somebody_out(idp):
    """i3lock and swaylock have one handle for the whole session."""
    tries = 60
    with lock("auth", *["pause", "auth"] * tries) as client:
        client.link().deny(idp)
        assert client.code() == "PAM_MAXTRIES"
        began = time.monotonic()
        for _ in range(tries):      # somebody presses Enter again and again
            client.answer()
            assert client.code() == "PAM_SUCCESS"           # the pause
            record = client.record()
            if "style" in record:
                break
            assert record["code"] == "PAM_MAXTRIES"
            threading.Event().wait(0.5)
        assert time.monotonic() - began > 10    # sudo has started over by then
        Link.find(record["text"]).approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"


@pytest.mark.skipif(not VLOCK.exists(), reason="needs vlock")
@pytest.mark.skipif(world.SANITIZED,
                    reason="vlock cannot load a module with sanitizers")
def test_vlock(idp, logs, since):
    """A real one; Debian's is setuid, for root's password, this one is not."""
    world.service("vlock")
    vlock = shutil.copy(VLOCK, world.public_directory())
    os.chmod(vlock, 0o755)
    with Terminal(as_user("alice", vlock)) as person:
        person.press_enter()
        link = person.see_link()
        assert "to use vlock as alice on " in person.screen
        link.approve(idp, "bob")        # it is locked still, and asks again
        person.see("The person who approved may not use this account.")
        person.press_enter()
        person.see_link().approve(idp, "alice")
        assert person.see_end()[0] == 0
    # what is not alice's password could be root's, vlock thinks
    assert logs.reasons("vlock", since.log) == ["other-person",
                                                "account-root", None]


# --- what is left of the sandbox ---------------------------------------------

def status_of(pid):
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


# ptrace(PTRACE_ATTACH), which Python has no function for
ATTACH = """\
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
failed = libc.ptrace(16, int(sys.argv[1]), None, None)
sys.exit(os.strerror(ctypes.get_errno()) if failed else 0)
"""


def test_helper_is_the_users_and_confined():
    uid = str(pwd.getpwnam("alice").pw_uid)
    with lock() as client:
        client.link()
        pid = helper()
        status = status_of(pid)
        assert status["Uid"].split() == [uid] * 4
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[name], 16) == 0
        assert status["NoNewPrivs"] == "1"
        assert world.SANITIZED or status["Seccomp"] == "2"
        # not dumpable: its files in /proc are root's, and its memory, too
        assert os.stat("/proc/%d/environ" % pid).st_uid == 0
        for command in (["cat", "/proc/%d/mem" % pid],
                        ["cat", "/proc/%d/maps" % pid],
                        ["ls", "/proc/%d/fd/" % pid],
                        ["/usr/bin/python3", "-c", ATTACH, str(pid)]):
            done = subprocess.run(ALICE + command, text=True, timeout=60,
                                  stderr=subprocess.PIPE)
            assert done.returncode != 0
            assert "denied" in done.stderr or "not permitted" in done.stderr


def test_attaching_is_possible_where_nothing_forbids_it():
    """The twin of the above: to a process that is dumpable."""
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            assert subprocess.run(["/usr/bin/python3", "-c", ATTACH,
                                   str(other.pid)], timeout=60).returncode == 0
        finally:
            other.kill()


def test_helper_that_its_user_kills_is_a_refusal(logs, since):
    with lock() as client:
        client.link()
        subprocess.run(ALICE + ["/bin/kill", "-TERM", str(helper())],
                       check=True, timeout=60)
        assert client.code() == "PAM_SERVICE_ERR"
    assert logs.decision(SERVICE, since.log)["detail"].startswith("signal 15")


@pytest.mark.skipif(world.SANITIZED,
                    reason="a sanitizer needs calls that are not allowed")
@pytest.mark.parametrize("deed, call", [
    ("shell", "execve"), ("thread", "execve"), ("handler", "rt_sigaction")])
def test_helper_that_breaks_out(idp, logs, since, deed, call):
    world.service(SERVICE, module=world.VIOLATING_MODULE)
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"message": deed}})
    with lock() as client:
        assert client.code() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "sandbox" and call in decision["detail"]


# --- what needs root ---------------------------------------------------------

def with_secret(idp):
    return {"provider corp": world.corp(
        idp, client_id="linux-basic",
        client_secret_file=world.secret(idp, "linux-basic"))}


def with_key(idp):
    key = world.write(world.new_rsa_key(), world.CONFIG_DIR / "lock.key",
                      0o600)
    return {"provider corp": world.corp(idp, decryption_key_file=key)}


def with_map(idp):
    path = world.write("alice /sub is 1\n", world.CONFIG_DIR / "lock.map",
                       0o600)
    return {"provider corp": world.corp(idp), "account": {"map_file": path}}


def with_bind(idp):
    return {"provider corp": world.corp(idp),
            "account": {"bind": "first_use"}}


NEED_ROOT = {
    with_secret: ("secret", "linux-basic.secret: Permission denied"),
    with_key: ("secret", "lock.key: Permission denied"),
    with_map: ("config", "lock.map: Permission denied"),
    with_bind: ("config", "bind: only root can remember whose an account is"),
}


@pytest.mark.parametrize("sections", NEED_ROOT)
def test_what_needs_root(idp, logs, since, sections):
    """Refused before anything is shown, let alone sent."""
    world.configure(sections(idp))
    reason, detail = NEED_ROOT[sections]
    with lock() as client:
        assert client.code() == "PAM_SERVICE_ERR"
        assert client.messages == [("error", BROKEN)]
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == reason
    assert decision["detail"].startswith(WITHOUT_ROOT)
    assert decision["detail"].endswith(detail)
    assert idp.events(since.time_ms) == []


def test_configuration_for_root_alone(idp, logs, since):
    world.configure({"provider corp": world.corp(idp)}, mode=0o600)
    with lock() as client:
        assert client.code() == "PAM_SERVICE_ERR"
    detail = logs.decision(SERVICE, since.log)["detail"]
    assert detail == WITHOUT_ROOT + "%s: Permission denied" % world.CONFIG


def test_bind_can_be_off_for_the_locker_alone(idp):
    world.configure(dict(with_bind(idp),
                         **{"service " + SERVICE: {"bind": "off"}}))
    with lock() as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"


def test_token_is_not_kept(idp, logs, since):
    """A warning: whoever unlocks a screen has a session already."""
    world.configure({"provider corp": world.corp(
        idp, keep_token="access_token")})
    with lock() as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
    assert any(line.rest.startswith("keep_token: token not kept: ")
               and "Permission denied" in line.rest
               for line in logs.lines(since.log))


def test_waiting_is_not_counted(idp, logs, since):
    """Who runs it could run anything else; said with `debug`."""
    world.service(SERVICE, "debug")
    world.configure({"provider corp": world.corp(idp),
                     "limits": {"max_pending": 1}})
    with lock() as first, lock() as second:
        first.link()
        second.link()
    assert any("not root: max_pending is not kept" in line.rest
               for line in logs.lines(since.log))
