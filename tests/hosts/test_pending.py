# SPDX-License-Identifier: BSD-2-Clause
"""max_pending, max_pending_total: how many logins wait at once."""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal

import pytest

import world
from pam_client import PamClient, authenticate
from processes import helpers, wait_end
from terminal import Terminal, as_user

SERVICE = "po_wait"
SENTENCE = "Too many sign-ins are waiting for approval. Try again later."
SUDOERS = """\
Defaults !fqdn, !lecture, passwd_tries=1
alice ALL=(ALL:ALL) ALL
bob ALL=(ALL:ALL) ALL
"""


def configure(idp, **limits):
    world.configure({"provider corp": world.corp(idp), "limits": limits})


@pytest.fixture(autouse=True)
def nobody_waits():
    shutil.rmtree(world.RUNDIR, ignore_errors=True)
    world.service(SERVICE)
    yield
    shutil.rmtree(world.RUNDIR, ignore_errors=True)


@contextlib.contextmanager
def waiting(*users, service=SERVICE):
    """A login of each of them that has been shown its link."""
    with contextlib.ExitStack() as stack:
        clients = []
        for user in users:
            clients.append(stack.enter_context(PamClient(service, user)))
            clients[-1].link()
        yield clients


def real_and_saved_uids(pid):
    """Whoever has one of them may stop it."""
    status = pathlib.Path("/proc/%d/status" % pid).read_text()
    uids = re.search(r"^Uid:\t(\d+)\t\d+\t(\d+)", status, re.M)
    return [int(uid) for uid in uids.groups()]


def requests(idp, since):
    return [event["path"] for event in idp.events(since.time_ms)
            if event["path"] in ("/device/auth",
                                 "/.well-known/openid-configuration")]


def refused(logs, user, limit, service=SERVICE):
    mark = logs.mark()
    client = authenticate(service, user)
    assert client.phases[0]["code"] == "PAM_AUTH_ERR"
    assert client.messages == [("error", SENTENCE)]
    decision = logs.decision(service, mark)
    assert (decision["reason"], decision["user"]) == ("too-many", user)
    assert decision["detail"].endswith("(%s)" % limit)
    return decision["detail"]


def test_one_too_many_of_an_account_is_refused_unasked(idp, logs, since):
    configure(idp, max_pending=2)
    with waiting("alice", "alice"):
        sent = requests(idp, since)
        assert sent.count("/device/auth") == 2
        detail = refused(logs, "alice", "max_pending")
        assert detail == \
            '2 sign-ins as "alice" are waiting already (max_pending)'
        assert requests(idp, since) == sent     # not a word to the provider
        with waiting("bob") as (bob,):          # nor is anybody else's matter
            assert bob.messages[-1][0] == "info"


def test_one_too_many_of_the_host_is_refused(idp, logs):
    configure(idp, max_pending_total=2)
    with waiting("alice", "bob"):
        refused(logs, "carol", "max_pending_total")
        refused(logs, "alice", "max_pending_total")
    with waiting("carol"):
        pass


def test_limit_counts_the_account_over_all_services(idp, logs):
    configure(idp, max_pending=1)
    world.service("po_wait_too")
    with waiting("alice"):
        refused(logs, "alice", "max_pending", "po_wait_too")


def test_approved_gives_the_place_to_the_next(idp, logs):
    configure(idp, max_pending=1)
    with PamClient(SERVICE, "alice") as first:
        link = first.link()
        refused(logs, "alice", "max_pending")
        link.approve(idp, "alice")
        assert first.code() == "PAM_SUCCESS"
        with waiting("alice"):
            pass


def test_application_that_is_killed_gives_its_place_back(idp, logs):
    configure(idp, max_pending=1)
    with waiting("alice") as (client,):
        left, = helpers()
        refused(logs, "alice", "max_pending")
        os.kill(client.pid, signal.SIGKILL)
        assert wait_end(left, 5)
        with waiting("alice"):
            refused(logs, "alice", "max_pending")


def test_helper_that_is_killed_gives_its_place_back(idp):
    configure(idp, max_pending=1)
    with waiting("alice") as (client,):
        os.kill(*helpers(), signal.SIGKILL)
        assert client.code() == "PAM_SERVICE_ERR"
        with waiting("alice"):
            pass


def test_refused_account_takes_no_place(idp):
    """Or whoever guesses names could use them up."""
    configure(idp, max_pending_total=1)
    for user in ("lowuid", "no-such-account"):
        assert authenticate(SERVICE, user).phases[0]["code"] == \
            "PAM_USER_UNKNOWN"
    with waiting("alice"):
        pass


def test_helper_keeps_the_place_without_privileges(idp):
    """Held by the user it has become, on a file that only root can open."""
    configure(idp)
    with waiting("alice"):
        path = world.RUNDIR / "pending"
        assert (path.stat().st_mode, path.stat().st_size) == (0o100600, 0)
        assert world.RUNDIR.stat().st_mode == 0o40711
        pid, = helpers()
        assert real_and_saved_uids(pid) == [
            pwd.getpwnam(world.HELPER_USER).pw_uid] * 2
        assert [name for name in os.listdir("/proc/%d/fd" % pid)
                if os.readlink("/proc/%d/fd/%s" % (pid, name)) == str(path)]
    done = PamClient(SERVICE, "alice", prefix=as_user("bob"))
    with done:
        done.link()     # an application without root has no limit


@pytest.mark.parametrize("what, detail", [
    ("open", "open to group or others (mode 0733): chmod 711"),
    ("not ours", "owned by uid 1, not by uid 0"),
    ("link", "a link, or no directory"),
    ("file", "/pending: not a file of root alone (owner 1, mode 100600)"),
])
def test_unusable_store_lets_nobody_in(idp, logs, since, what, detail):
    configure(idp)
    world.RUNDIR.mkdir(mode=0o711)
    if what == "open":
        world.RUNDIR.chmod(0o733)
    elif what == "not ours":
        os.chown(world.RUNDIR, 1, 1)
    elif what == "link":
        world.RUNDIR.rmdir()
        world.RUNDIR.symlink_to("/tmp")
    else:
        world.write("", world.RUNDIR / "pending", 0o600)
        os.chown(world.RUNDIR / "pending", 1, 1)
    try:
        client = authenticate(SERVICE, "alice")
    finally:
        if what == "link":
            world.RUNDIR.unlink()
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "store" and detail in decision["detail"]
    assert requests(idp, since) == []


# --- the real applications ---------------------------------------------------

@pytest.mark.skipif(world.SANITIZED,
                    reason="sudo cannot load a module with sanitizers")
def test_sudo(idp, logs, since):
    configure(idp, max_pending=1)
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)

    def sudo(user):
        return Terminal(as_user(user, "/usr/bin/sudo", "-k", "sh", "-c",
                                "echo now $(id -un)"))

    with sudo("alice") as first:
        first.see_link()
        sent = requests(idp, since)
        with sudo("alice") as second:
            second.see(SENTENCE)
            assert "now root" not in second.see_end()[1]
        assert requests(idp, since) == sent
        with sudo("bob") as other:
            other.see_link().approve(idp, "bob")
            other.see("now root")
        first.sendintr()
        first.see_end()
    with sudo("alice") as third:
        third.see_link().approve(idp, "alice")
        third.see("now root")


@pytest.mark.skipif(world.SANITIZED,
                    reason="su cannot load a module with sanitizers")
def test_su_that_is_stopped_keeps_its_place_no_longer_than_timeout(idp):
    """bob could keep alice out for good, with one Ctrl-Z."""
    configure(idp, max_pending=1, timeout=10)
    world.service("su")
    with Terminal(as_user("bob", "/bin/bash", "--norc", "-i")) as shell:
        shell.sendline("su alice")
        shell.see_link()
        pid, = helpers()
        assert real_and_saved_uids(pid) == [
            pwd.getpwnam(world.HELPER_USER).pw_uid] * 2
        shell.sendcontrol("z")
        shell.see("Stopped")
        assert wait_end(pid, 20)
        with waiting("alice"):
            pass


@pytest.mark.skipif(world.SANITIZED,
                    reason="sshd cannot load a module with sanitizers")
def test_stranger_at_sshd_uses_up_one_account_and_no_more(
        idp, logs, since, sshd_server):
    configure(idp, max_pending=2)
    with sshd_server.login("alice") as first, \
            sshd_server.login("alice") as second:
        first.see_link()
        second.see_link()
        sent = requests(idp, since)
        with sshd_server.login("alice") as third:
            assert "code: " not in third.see_end()[1]
        assert logs.decision("sshd", since.log)["reason"] == "too-many"
        assert requests(idp, since) == sent
        with sshd_server.login("bob") as other:
            other.see_link()
    for pid in helpers():
        assert wait_end(pid, 5)
    with sshd_server.login("alice") as again:
        again.see_link()
