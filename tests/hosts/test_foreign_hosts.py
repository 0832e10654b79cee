# SPDX-License-Identifier: BSD-2-Clause
"""Applications of all sorts, and all the ways in which they end.

Whatever they do to themselves, a login is a login or a refusal that the log
explains; and however they end, nothing of it stays behind.
"""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import signal
import tempfile
import time

import pytest

import world
from pam_client import PamClient
from processes import COMM, helper, helpers, wait_end
from sshd import Sshd
from terminal import WAITING, Link, Terminal, as_user

SERVICE = "po_odd"
GONE_S = 1              # within which nothing may be left
LOOKS = 300
SUDOERS = "Defaults !fqdn, !lecture\nalice ALL=(ALL:ALL) ALL\n"
BROKEN = "Sign-in is not set up correctly on this host."
ACCOUNT = """\
auth required {module}
account [success=done ignore=ignore default=die] {module}
account required pam_deny.so
"""
setuid = pytest.mark.skipif(
    world.SANITIZED, reason="needs applications that are not sanitized")


@pytest.fixture(autouse=True)
def odd_service(idp):
    """acct_mgmt says what the module says, and no other."""
    world.write(ACCOUNT.format(module=world.MODULE), world.PAM_D / SERVICE)
    world.configure({"provider corp": world.corp(idp),
                     "limits": {"max_pending": 1}})


# --- what is left ------------------------------------------------------------

def parent_of(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text()
    return int(fields.rpartition(")")[2].split()[1])


def zombies():
    """Helpers that their applications have not waited for."""
    found = set()
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            comm, _, rest = (entry / "stat").read_text().rpartition(")")
            state, parent = rest.split()[:2]
            # 1: the application is dead itself, and init is about to
            if comm.endswith("(" + COMM) and state == "Z" and parent != "1":
                found.add(int(entry.name))
    return found


def files():
    """But for what is mounted there: sources and build, others' to change."""
    found = set()
    for directory in (tempfile.gettempdir(), world.RUNDIR, world.STATEDIR,
                      os.environ["CACHEDIR"]):
        for place, names, leaves in os.walk(directory):
            found |= {os.path.join(place, name) for name in names + leaves}
            names[:] = [name for name in names
                        if not os.path.ismount(os.path.join(place, name))]
    return found


@pytest.fixture(scope="module", autouse=True)
def cached(idp):
    """What a login leaves on purpose is there before."""
    world.service(SERVICE)
    world.configure({"provider corp": world.corp(idp)})
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"


@contextlib.contextmanager
def leaves_nothing(user="alice"):
    """What happens inside ends a login; afterwards it is as before."""
    before = files()
    yield
    deadline, looks = time.monotonic() + GONE_S, 0
    for pid in helpers():
        assert wait_end(pid, GONE_S)
    # nothing tells when an application has waited for its child; it needs the
    # processor for that, as often as we get it
    while zombies() and (time.monotonic() < deadline or looks < LOOKS):
        os.sched_yield()
        looks += 1
    assert zombies() == set()
    assert files() == before
    with PamClient(SERVICE, user) as again:     # max_pending = 1
        again.link()


def login(client, idp, person="alice"):
    client.link().approve(idp, person)
    return client.code()


def set_up(client, phases):
    for _ in phases:
        assert client.code() == "PAM_SUCCESS"


# --- SIGCHLD and children ----------------------------------------------------

CHILDREN = {
    "ignored": ["sigchld=ignore"],
    "handled": ["sigchld=handle"],
    "handled by a thread": ["sigchld=thread"],
    "blocked": ["sigchld=block"],
    "of its own": ["child=start"],
    "of its own, blocked": ["sigchld=block", "child=start"],
    "again and again": ["fork=loop"],
}


def signals(pid):
    """Handlers and mask; not what is pending."""
    status = pathlib.Path("/proc/%d/status" % pid).read_text()
    return re.findall(r"^(Sig(?:Blk|Ign|Cgt)):\t(\w+)$", status, re.M)


@pytest.mark.parametrize("name", CHILDREN)
def test_children(idp, name):
    odd = CHILDREN[name]
    phases = [*odd, "pause", "auth", "acct", "pause"]
    if "child=start" in odd:
        phases.insert(-1, "child=end")
    with leaves_nothing(), PamClient(SERVICE, "alice", *phases) as client:
        set_up(client, odd)
        before = signals(client.pid)
        client.answer()
        set_up(client, ["pause"])
        assert login(client, idp) == "PAM_SUCCESS"
        set_up(client, phases[len(odd) + 2:-1])     # acct, child=end
        assert signals(client.pid) == before
        assert zombies() == set()
        client.answer()
        set_up(client, ["pause"])


@pytest.mark.parametrize("name", CHILDREN)
def test_children_and_a_helper_that_dies(logs, since, name):
    odd = CHILDREN[name]
    with leaves_nothing(), PamClient(SERVICE, "alice", *odd, "auth") as client:
        set_up(client, odd)
        client.link()
        os.kill(helper(), signal.SIGXCPU)   # no sanitizer catches that
        assert client.code() == "PAM_SERVICE_ERR"   # and no SIGPIPE
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "helper"
    # unless the application waits for children of its own, and may be first
    if name not in ("ignored", "handled", "handled by a thread"):
        assert "signal 24: " in decision["detail"]


@pytest.mark.parametrize("name", CHILDREN)
def test_children_of_an_application_that_is_killed(name):
    """One that forks leaves a child that has our end of the socket."""
    odd = CHILDREN[name]
    with PamClient(SERVICE, "alice", *odd, "auth") as client:
        set_up(client, odd)
        client.link()
        with leaves_nothing():
            os.kill(client.pid, signal.SIGKILL)


# --- descriptors -------------------------------------------------------------

def helpers_descriptors():
    directory = pathlib.Path("/proc/%d/fd" % helper())
    return [os.readlink(entry) for entry in directory.iterdir()]


@pytest.mark.parametrize("odd", [
    ["close=0"], ["close=1"], ["close=2"], ["close=0", "close=1"],
    ["close=0", "close=1", "close=2"], ["descriptors=10000"],
    ["close=0", "close=1", "close=2", "descriptors=10000"]], ids=" ".join)
def test_descriptors(idp, odd):
    phases = [*odd, "auth", "acct"]
    with leaves_nothing(), PamClient(SERVICE, "alice", *phases) as client:
        set_up(client, odd)
        link = client.link()
        theirs = helpers_descriptors()
        assert theirs.count("/dev/null") == 3
        assert set(theirs) - {"/dev/null", str(world.RUNDIR / "pending"),
                              os.environ["CACHEDIR"]} == {
            name for name in theirs if name.startswith(("socket:", "anon_"))}
        if "descriptors=10000" in odd:
            own = os.listdir("/proc/%d/fd" % client.pid)
            assert len(own) > 10000 and len(theirs) < 16
        link.approve(idp, "alice")
        assert [client.code(), client.code()] == ["PAM_SUCCESS"] * 2


# --- limits ------------------------------------------------------------------

# None: works, and must still tell people apart.  Otherwise reason and detail.
# CAP_SYS_RESOURCE, which root in a container may lack
CAN_RAISE = int(re.search(r"CapEff:\s(\w+)", pathlib.Path(
    "/proc/self/status").read_text())[1], 16) >> 24 & 1
LIFTED = None if CAN_RAISE else (
    "privilege", "RLIMIT_NPROC is under 1000: Operation not permitted")
NO_HELPER = ("helper", "%s: Resource temporarily unavailable" % world.HELPER)
NO_START = ("helper", "exit status 127: ")      # the loader's
LIMITS = {
    "nofile=6": ("system", "fcntl: Too many open files"),
    "nofile=12": ("privilege", "RLIMIT_NOFILE is under 16"),
    "nofile=16": None,
    "nproc=0": {"root": LIFTED, "alice": NO_HELPER},
    "nproc=1000": None,
    "fsize=0": None,
    "cpu=1": None,
    "stack=65536": None,
    "as=12000000": NO_START,
    "as=32000000": None,
    "data=1000000": NO_START,
    "memlock=0": None,
    "sigpending=0": None,
    "core=unlimited": None,
}


@pytest.mark.skipif(world.SANITIZED, reason="a sanitizer needs memory")
@pytest.mark.parametrize("user", ["root", "alice"])
@pytest.mark.parametrize("limit", LIMITS)
def test_limit(idp, logs, since, limit, user):
    prefix = ["/usr/bin/prlimit", "--" + limit]
    if user != "root":
        prefix = as_user(user) + prefix
    expected = LIMITS[limit]
    if isinstance(expected, dict):
        expected = expected[user]
    with leaves_nothing(), PamClient(SERVICE, "alice", "auth", "auth", "acct",
                                     prefix=prefix) as client:
        if expected is None:
            assert login(client, idp, "bob") == "PAM_AUTH_ERR"
            assert login(client, idp) == "PAM_SUCCESS"
            assert client.code() == "PAM_SUCCESS"
            return
        assert [client.code(), client.code()] == ["PAM_SERVICE_ERR"] * 2
        assert client.messages == [("error", BROKEN)] * 2
        assert client.code() != "PAM_SUCCESS"
    for line in logs.lines(since.log):
        if line.is_decision and line.service == SERVICE:
            assert line.fields["reason"] == expected[0]
            assert line.fields["detail"].startswith(expected[1])


def test_limit_on_files_costs_the_cache_only(idp, logs, since):
    """SIGXFSZ would be the end of the helper."""
    cache = pathlib.Path(os.environ["CACHEDIR"])
    kept = cache.rename(cache.with_suffix(".kept"))
    try:
        with PamClient(SERVICE, "alice",
                       prefix=["/usr/bin/prlimit", "--fsize=0"]) as client:
            assert login(client, idp) == "PAM_SUCCESS"
        assert list(cache.iterdir()) == []
    finally:
        shutil.rmtree(cache, ignore_errors=True)
        kept.rename(cache)
    assert any("the cache cannot be written: File too large" in line.rest
               for line in logs.lines(since.log))


@setuid
def test_limits_cannot_make_su_fall_through(su, idp, logs, since):
    """"Unreachable" is where stacks go on to the password."""
    with Terminal(as_user("alice", "/usr/bin/prlimit", "--nofile=12",
                          *su)) as person:
        assert person.see_end()[0] != 0
        assert BROKEN in person.screen
    assert logs.decision("su", since.log)["reason"] == "privilege"


def test_helpers_that_wait_cannot_take_the_resolvers_thread(idp, logs, since):
    """With a limit of its caller's, one more than there are of them."""
    with PamClient(SERVICE, "alice",
                   prefix=["/usr/bin/prlimit", "--nproc=900"]) as client:
        if LIFTED is not None:
            assert client.code() == "PAM_SERVICE_ERR"
            assert logs.decision(SERVICE, since.log)["reason"] == LIFTED[0]
            return
        link = client.link()
        assert resource.prlimit(helper(), resource.RLIMIT_NPROC)[0] == 1000
        link.approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"


@pytest.mark.skipif(world.SANITIZED, reason="a sanitizer needs memory")
def test_too_little_memory_is_never_an_unreachable_provider(idp, since):
    """OpenSSL that cannot allocate fails as if it were the connection."""
    for limit in range(4_000_000, 40_000_000, 100_000):
        with PamClient(SERVICE, "alice", prefix=[
                "/usr/bin/prlimit", "--data=%d" % limit]) as client:
            if client.message() != ("error", BROKEN):
                assert Link.find(client.text), (limit, client.text)
                return
            assert client.code() == "PAM_SERVICE_ERR"
    raise AssertionError("never enough")


# --- handles and threads -----------------------------------------------------

@pytest.mark.parametrize("people,codes", [
    (["alice", "bob"], ["PAM_SUCCESS", "PAM_AUTH_ERR"]),
    (["bob", "alice"], ["PAM_AUTH_ERR", "PAM_SUCCESS"]),
])
def test_handle_used_twice(idp, people, codes):
    """The second verdict counts; without one there is none."""
    with leaves_nothing(), PamClient(SERVICE, "alice", "acct", "auth", "auth",
                                     "acct") as client:
        assert client.code() != "PAM_SUCCESS"
        assert [login(client, idp, person) for person in people] == codes
        assert (client.code() == "PAM_SUCCESS") == (codes[-1] == "PAM_SUCCESS")


@pytest.mark.parametrize("odd", [[], ["sigchld=thread"], ["fork=loop"]],
                         ids=["quiet", "reaping", "forking"])
def test_threads(idp, odd):
    """Each handle has its own login: every other is somebody else's."""
    count = 8
    world.configure({"provider corp": world.corp(idp)})
    phases = [*odd, "auth", "acct"]
    with PamClient(SERVICE, "alice", *phases, times=count,
                   options=["--threads", str(count)]) as client:
        while len(client.messages) < count:
            client.record()
        links = {record["thread"]: Link.find(record["text"])
                 for record in client.records if "style" in record}
        assert len({link.code for link in links.values()}) == count
        assert len(helpers()) == count
        for thread, link in links.items():
            link.approve(idp, "bob" if thread % 2 else "alice")
        while len(client.phases) < count * len(phases):
            client.record()
        for phase in client.phases[count * len(odd):]:
            assert (phase["code"] == "PAM_SUCCESS") == \
                (phase["thread"] % 2 == 0), phase
    assert zombies() == helpers() == set()


# --- real applications, and how they end -------------------------------------

def hang_up(person):
    """The terminal goes away; nothing more."""
    person.ptyproc.fileobj.close()


ENDS = {
    "ctrl-c": lambda person: person.sendintr(),
    "ctrl-\\": lambda person: person.sendcontrol("\\"),
    "hang-up": hang_up,
    "SIGKILL": lambda person: os.kill(parent_of(helper()), signal.SIGKILL),
}


@pytest.fixture
def sudo():
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)
    return ["/usr/bin/sudo", "-k", "sh", "-c", "echo now $(id -un)"]


@pytest.fixture
def su():
    world.service("su")
    return ["/bin/su", "bob", "-c", "echo now $(id -un)"]


@setuid
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", ["sudo", "su"])
def test_end(sudo, su, name, end):
    command, user = {"sudo": (sudo, "alice"), "su": (su, "bob")}[name]
    with Terminal(as_user("alice", *command)) as person:
        person.see_link()
        person.see(WAITING)
        pid = helper()
        application = parent_of(pid)
        with leaves_nothing(user):
            ENDS[end](person)
            assert wait_end(pid, GONE_S)
        assert wait_end(application, GONE_S)


@setuid
def test_ctrl_z_and_fg(sudo, idp, logs, since):
    """The login goes on meanwhile; whoever comes back has been approved."""
    with Terminal(as_user("alice", "/bin/bash", "--norc", "-i")) as shell:
        shell.sendline(" ".join(sudo[:-1]) + " '%s'" % sudo[-1])
        link = shell.see_link()
        shell.see(WAITING)
        pid = helper()
        shell.sendcontrol("z")
        shell.see("Stopped")
        link.approve(idp, "alice")
        assert wait_end(pid, 10)        # it has its verdict
        shell.sendline("fg")
        shell.see("now root")
    assert logs.decision("sudo", since.log)["result"] == "granted"


@setuid
@pytest.mark.parametrize("end", ["hang-up", "SIGKILL"])
def test_ctrl_z_and_no_fg(sudo, end):
    with Terminal(as_user("alice", "/bin/bash", "--norc", "-i")) as shell:
        shell.sendline("exec 2>&1; " + " ".join(sudo[:-1]) + " true")
        shell.see_link()
        shell.see(WAITING)
        shell.sendcontrol("z")
        shell.see("Stopped")
        application = parent_of(helper())
        with leaves_nothing():
            ENDS[end](shell)
        assert wait_end(application, GONE_S)


def ssh_session(idp, sshd, style):
    """With "info" this sshd shows nothing, and its process is in our wait."""
    world.service("sshd")
    world.configure({"provider corp": world.corp(idp),
                     "limits": {"max_pending": 1},
                     "prompt": {"style": style}})
    return sshd.login("alice")


STYLES = pytest.mark.parametrize("style", ["info", "enter"])
DEVICE = "/device/auth"


@setuid
@STYLES
def test_sshd_that_is_killed(idp, sshd_server, style):
    seen = len(idp.events())
    with ssh_session(idp, sshd_server, style) as person:
        idp.wait_event(lambda event: event["path"] == DEVICE, since=seen)
        with leaves_nothing():
            ENDS["SIGKILL"](person)


@setuid
@STYLES
def test_grace_time_passes(idp, logs, style):
    seen = len(idp.events())
    with Sshd(logs, "LoginGraceTime 10") as sshd, \
            ssh_session(idp, sshd, style) as person:
        idp.wait_event(lambda event: event["path"] == DEVICE, since=seen)
        monitor = parent_of(parent_of(helper()))
        with leaves_nothing():
            assert wait_end(monitor, 30)
