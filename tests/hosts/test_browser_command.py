# SPDX-License-Identifier: BSD-2-Clause
"""The option `browser`: pam_oauth opens the link on this host by itself."""

import contextlib
import grp
import json
import os
import pathlib
import pwd
import select
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest

import memory
import terminal
import test_check
import world
from https_stub import HttpsStub, http
from memory import Tracee
from pam_client import PamClient
from processes import helper, wait_end
from terminal import Terminal
from test_code import authorize, query
from test_loopback import PATH, REDIRECT, Kiosk

SERVICE = "po_loopback"
USER = "webkiosk"
TIMEOUT = 60


class Desk:
    """What the browser's user has: a directory, and what it is told there."""

    def __init__(self, idp):
        self.idp = idp
        subprocess.run(["groupadd", "--force", "webgroup"], check=True,
                       timeout=60)
        if subprocess.run(["id", USER], capture_output=True,
                          timeout=60).returncode != 0:
            subprocess.run(["useradd", "--create-home", "--groups",
                            "webgroup", USER], check=True, timeout=60)
        self.user = pwd.getpwnam(USER)
        self.directory = world.public_directory()
        os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
        shutil.copy(idp.ca_file, self.directory / "ca.pem")
        shutil.copy(world.SRCDIR / "tests" / "idp" / "browser.py",
                    self.directory)
        (self.directory / "ca.pem").chmod(0o644)
        (self.directory / "browser.py").chmod(0o644)
        self.program = world.public_directory() / "kiosk_browser"
        shutil.copy(world.SRCDIR / "tests" / "hosts" / "kiosk_browser",
                    self.program)
        self.program.chmod(0o755)
        os.mkfifo(self.directory / "bell")
        os.chown(self.directory / "bell", self.user.pw_uid, -1)
        self._bell = os.open(self.directory / "bell",
                             os.O_RDWR | os.O_NONBLOCK)

    def close(self):
        os.close(self._bell)

    def options(self, deed):
        return {"browser": "%s %s %s" % (self.program, self.directory, deed),
                "browser_user": USER}

    def configure(self, deed, more=(), prompt=(), **provider):
        options = dict({"client_id": "linux-code", "redirect_uri": REDIRECT},
                       **provider)
        return world.configure(dict({
            "provider corp": world.corp(self.idp, **options),
            "access": {"flow": "code loopback"},
            "prompt": dict(self.options(deed), **dict(prompt))},
            **dict(more)))

    def told(self):
        """What the browser says of itself, as soon as it does."""
        assert select.select([self._bell], [], [], TIMEOUT)[0], "no browser"
        os.read(self._bell, 1)
        return json.loads((self.directory / "told").read_text())


@pytest.fixture
def desk(idp):
    desk = Desk(idp)
    yield desk
    desk.close()


def warnings(logs, since):
    return [line.rest for line in logs.lines(since.log) if line.level == 4]


def users_processes():
    """Ids of all that the browser's user runs."""
    try:
        uid, found = pwd.getpwnam(USER).pw_uid, []
    except KeyError:
        return []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == uid:
                    found.append(int(entry.name))
            except FileNotFoundError:
                pass
    return found


def wait_launcher():
    """The launcher, once it is the shell: the helper does not wait for that."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        pids = users_processes()
        if pids:
            pid, = pids
            comm = pathlib.Path("/proc/%d/comm" % pid).read_text()
            if comm == "sh\n":
                return pid
        assert time.monotonic() < deadline, "no launcher"
        os.sched_yield()


@pytest.fixture(autouse=True)
def nothing_is_left():
    """However a login ended: no process of the browser's user runs on."""
    yield
    while True:
        pids = users_processes()
        if not pids:
            return
        for pid in pids:
            assert wait_end(pid, TIMEOUT), pathlib.Path(
                "/proc/%d/cmdline" % pid).read_bytes()


def as_user(*command):
    return ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups",
            *command]


def get_as_user(kiosk, target):
    """The status that this user is answered with."""
    done = subprocess.run(
        as_user("/usr/bin/python3", "-IBc", """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
connection.request("GET", sys.argv[2])
print(connection.getresponse().status)
""", str(kiosk.port), target), check=True, stdout=subprocess.PIPE, text=True,
        timeout=TIMEOUT)
    return int(done.stdout)


def bits(numbers):
    return sum(1 << (number - 1) for number in numbers)


@pytest.mark.skipif(world.SANITIZED, reason="a sanitizer needs memory")
def test_limit_on_descriptors_counts_what_a_browser_takes(desk, logs, since):
    """At 16 names could not be looked up, and stacks fall through on that."""
    desk.configure("wait")
    world.service(SERVICE)
    with PamClient(SERVICE, "alice",
                   prefix=["/usr/bin/prlimit", "--nofile=16"]) as client:
        assert client.code() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "privilege"
    assert decision["detail"] == "RLIMIT_NOFILE is under 21"


# --- what it is started as ----------------------------------------------------

def test_the_browser_is_started_and_signs_in(desk, idp, logs, since):
    desk.configure("approve-alice")
    with Kiosk(idp) as kiosk:
        told = desk.told()
        assert kiosk.code() == "PAM_SUCCESS"
    assert told["argv"][1:] == [str(desk.directory), "approve-alice",
                                kiosk.link]
    # a session of yesterday's in its profile is no answer
    assert query(kiosk.link)["prompt"] == "login"
    decision = logs.decision(SERVICE, since.log)
    assert (decision["result"], decision["flow"]) == ("granted", "code")
    assert warnings(logs, since) == []


def test_it_has_what_is_documented_and_nothing_else(desk, idp):
    desk.configure("wait")
    user = desk.user
    with Kiosk(idp) as kiosk:
        told = desk.told()
        module_session = os.getsid(kiosk.pid)
        kiosk.hang_up()
    environment = told["environment"]
    # the shell's, and Python's (PEP 538)
    for added in ("PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"):
        environment.pop(added, None)
    assert environment == {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": user.pw_dir,
        "USER": USER, "LOGNAME": USER, "SHELL": user.pw_shell,
        "XDG_RUNTIME_DIR": "/run/user/%d" % user.pw_uid}
    assert told["uids"] == [user.pw_uid] * 3
    assert told["gids"] == [user.pw_gid] * 3
    assert set(told["groups"]) == {user.pw_gid,
                                   grp.getgrnam("webgroup").gr_gid}
    assert set(told["capabilities"].values()) == {0}
    assert told["cwd"] == user.pw_dir
    assert told["descriptors"] == dict.fromkeys("012", "/dev/null")
    assert told["session"] == told["launcher_session"] != module_session
    assert told["blocked"] == 0 and told["launcher_blocked"] == 0
    # the shell's for "&", and glibc's in posix_spawn; Python has its own
    shells = {signal.SIGINT, signal.SIGQUIT}
    glibcs = {32, 33}
    assert told["launcher_ignored"] & ~bits(glibcs) == 0
    assert told["ignored"] & ~bits(shells | glibcs | {
        signal.SIGPIPE, signal.SIGXFSZ}) == 0


def test_what_the_helper_keeps_of_it(desk, idp):
    """The end of a pipe, and the kernel's tables of connections."""
    desk.configure("wait")
    with Kiosk(idp) as kiosk:
        desk.told()
        links = [os.readlink(path) for path in
                 pathlib.Path("/proc/%d/fd" % helper()).iterdir()]
        interrupt(kiosk)
        assert kiosk.code() == "PAM_MAXTRIES"
    assert len([link for link in links if link.startswith("pipe:")]) == 1
    assert sorted(link.rpartition("/net/")[2] for link in links
                  if "/net/" in link) == ["tcp", "tcp6"]


@pytest.mark.skipif(world.SANITIZED,
                    reason="a sanitizer's memory is too much to be read")
def test_what_is_forked_has_seen_no_secret(desk, idp):
    """The launcher, stopped before it has become somebody else."""
    client = "linux-code-basic"
    secret = memory.of_client_secret(client, idp.secret(client))
    desk.configure("wait", client_id=client, prompt={"ask": "yes"},
                   client_secret_file=world.secret(idp, client))
    world.service(SERVICE)
    with PamClient(SERVICE, "alice") as kiosk:
        assert "Sign in with Example SSO?" in kiosk.message()[1]
        process = helper()
        with Tracee.next_child(process, kiosk.answer) as launcher:
            assert memory.search(memory.read(launcher.pid), secret) == set()
        told = desk.told()
        for pid in (told["pid"], told["launcher"]):
            assert memory.search(memory.read(pid), secret) == set()
        # which the helper does have
        assert memory.search(memory.read(process), secret) != set()
        interrupt(kiosk)
        assert kiosk.code() == "PAM_MAXTRIES"


# --- its end ------------------------------------------------------------------

def test_denied(desk, idp):
    desk.configure("deny-alice")
    with Kiosk(idp) as kiosk:
        assert kiosk.code() == "PAM_MAXTRIES"


def test_timeout(desk, idp):
    desk.configure("wait", more={"limits": {"timeout": 10}})
    with Kiosk(idp) as kiosk:
        desk.told()
        assert kiosk.code() == "PAM_AUTH_ERR"


def end_application(kiosk):
    os.kill(kiosk.pid, signal.SIGKILL)


def end_helper(kiosk):
    os.kill(helper(), signal.SIGKILL)


def interrupt(kiosk):
    os.kill(helper(), signal.SIGINT)


@pytest.mark.parametrize("deed", ["wait", "stubborn", "forks", "fails"])
@pytest.mark.parametrize("end", [end_application, end_helper, interrupt])
def test_it_ends_with_the_login(desk, idp, deed, end):
    """nothing_is_left looks for it; "forks" has children that do not."""
    desk.configure(deed)
    with contextlib.suppress(AssertionError), Kiosk(idp) as kiosk:
        told = desk.told()
        assert all(os.path.exists("/proc/%d" % pid)
                   for pid in told.get("children", ()))
        end(kiosk)
        kiosk.code()
    assert deed != "forks" or len(told["children"]) == 2


@pytest.fixture(params=["dash", "bash"])
def shell(request):
    if world.missing(request.param):
        pytest.skip(world.missing(request.param))
    link = pathlib.Path("/bin/sh").parent.resolve() / "sh"
    before = os.readlink(link)

    def point(target):
        os.symlink(target, "%s.new" % link)
        os.rename("%s.new" % link, link)
    point(request.param)
    yield request.param
    point(before)


@pytest.mark.parametrize("deed", ["wait", "stubborn", "forks", "fails"])
def test_whatever_shell_there_is(desk, idp, shell, deed):
    desk.configure(deed)
    with Kiosk(idp) as kiosk:
        desk.told()
        interrupt(kiosk)
        assert kiosk.code() == "PAM_MAXTRIES"


def test_stopped_browser_ends_with_the_login(desk, idp):
    desk.configure("wait")
    with Kiosk(idp) as kiosk:
        os.kill(desk.told()["pid"], signal.SIGSTOP)
        interrupt(kiosk)
        assert kiosk.code() == "PAM_MAXTRIES"


def test_no_link_no_browser(idp, desk, logs, since):
    """A login that ends before it has one: the launcher ends as well."""
    desk.configure("approve-alice", issuer="https://127.0.0.1:1")
    world.service(SERVICE)
    with PamClient(SERVICE, "alice") as client:
        assert client.code() == "PAM_AUTHINFO_UNAVAIL"
    assert not (desk.directory / "told").exists()


# --- browsers that do not work ------------------------------------------------

def bring(kiosk):
    """The person has another browser, which is root's here."""
    assert kiosk.get(kiosk.authorize())[0] == 200
    assert kiosk.code() == "PAM_SUCCESS"


@pytest.mark.parametrize("fault", ["missing", "mode", "writable", "owner",
                                   "directory"])
def test_not_started_is_logged_and_no_refusal(desk, idp, logs, since, fault):
    desk.configure("wait")
    path = desk.program
    if fault == "missing":
        path.unlink()
    elif fault == "mode":
        path.chmod(0o744)
    elif fault == "writable":
        path.chmod(0o757)
    elif fault == "owner":
        os.chown(path, desk.user.pw_uid, -1)
    else:
        path.unlink()
        path.mkdir()
    with Kiosk(idp) as kiosk:
        bring(kiosk)
    said, = warnings(logs, since)
    assert said.startswith("helper: browser: %s: " % path), said
    assert not (desk.directory / "told").exists()


def test_it_ends_itself_and_the_login_goes_on(desk, idp, logs, since):
    """As one that hands the link to another that runs already."""
    desk.configure("ends")
    with Kiosk(idp) as kiosk:
        assert wait_end(desk.told()["pid"], TIMEOUT)
        assert get_as_user(kiosk, kiosk.authorize()) == 200
        assert kiosk.code() == "PAM_SUCCESS"
    assert warnings(logs, since) == []


def test_it_fails_and_that_is_logged(desk, idp, logs, since):
    desk.configure("fails")
    with Kiosk(idp) as kiosk:
        desk.told()
        logs.wait(lambda line: line.level == 4 and "browser: the command "
                  "could not be started, or has failed" in line.rest,
                  since.log)
        assert get_as_user(kiosk, kiosk.authorize()) == 200
        assert kiosk.code() == "PAM_SUCCESS"


def test_interpreter_that_is_not_there(desk, idp, logs, since):
    desk.configure("wait")
    desk.program.write_text("#!/nowhere\n")
    with Kiosk(idp) as kiosk:
        logs.wait(lambda line: line.level == 4 and "browser: the command "
                  "could not be started" in line.rest, since.log)
        interrupt(kiosk)
        assert kiosk.code() == "PAM_MAXTRIES"


def test_launcher_that_is_killed(desk, idp, logs, since):
    """Before it has the link: EPIPE, not SIGPIPE."""
    released = threading.Event()

    def slowly(_):
        assert released.wait(TIMEOUT)
        return http("", status="503 Busy")
    with HttpsStub(idp.tls_dir, slowly) as stub:
        desk.configure("wait", more={}, jwks_uri=idp.issuer + "/jwks",
                       authorization_endpoint=idp.issuer + "/auth",
                       issuer=stub.issuer)
        world.service(SERVICE)
        with PamClient(SERVICE, "alice") as client:
            stub.wait_request()
            launcher = wait_launcher()
            os.kill(launcher, signal.SIGKILL)
            released.set()
            assert client.code() == "PAM_AUTHINFO_UNAVAIL"


@pytest.mark.parametrize("line", [
    "--renderer-cmd-prefix=/tmp/x", "file:///etc/passwd", "", " ",
    " https://a.example/", "-x https://a.example/",
    "javascript:https://a.example/", "HTTPS://a.example/"])
def test_helper_that_is_taken_over_gives_no_option(desk, idp, line):
    """It writes what it likes to the launcher: root does it for it here."""
    released = threading.Event()

    def slowly(_):
        assert released.wait(TIMEOUT)
        return http("", status="503 Busy")
    with HttpsStub(idp.tls_dir, slowly) as stub:
        desk.configure("wait", issuer=stub.issuer)
        world.service(SERVICE)
        with PamClient(SERVICE, "alice") as client:
            stub.wait_request()
            launcher = wait_launcher()
            # opened for reading there: a pipe has one end for all
            with open("/proc/%d/fd/0" % launcher, "w") as pipe:
                pipe.write(line + "\n")
            assert wait_end(launcher, TIMEOUT)
            released.set()
            assert client.code() == "PAM_AUTHINFO_UNAVAIL"
    assert not (desk.directory / "told").exists()


def test_what_it_writes_goes_nowhere(desk, idp):
    desk.configure("talks")
    with Kiosk(idp) as kiosk:
        assert kiosk.code() == "PAM_SUCCESS"
    assert len(kiosk.messages) == 1


# --- attacks ------------------------------------------------------------------

def test_local_user_with_the_link_cannot_answer(desk, idp, logs, since):
    """It stands in /proc: sign in as oneself, and bring that (RFC 9700 4.5)."""
    desk.configure("wait")
    with Kiosk(idp) as kiosk:
        line = pathlib.Path("/proc/%d/cmdline" % desk.told()["pid"])
        link = line.read_text().split("\0")[-2]
        assert link == kiosk.link
        mine = urllib.parse.urlsplit(authorize(idp, link, "mallory"))
        denial = dict(query(mine.geturl()), error="access_denied")
        del denial["code"]
        for target in ("%s?%s" % (mine.path, mine.query), "%s?%s" % (
                PATH, urllib.parse.urlencode(denial))):
            for address in ("127.0.0.1", "::1"):
                status, page, _ = kiosk.get(target, address=address)
                assert status == 403 and "Not here" in page
        assert get_as_user(kiosk, kiosk.authorize()) == 200
        assert kiosk.code() == "PAM_SUCCESS"
    assert [line.rest for line in logs.lines(since.log)
            if "from another user than browser_user" in line.rest] != []


SHELL = "$(touch${IFS}%s)`touch$IFS%s`;'touch$IFS%s'&y=*~!(x)"


def test_link_with_all_that_shells_evaluate(desk, idp):
    """What a URL may have arrives as it is, and nothing comes of it."""
    trap = desk.directory / "trap"
    evil = SHELL.replace("`", "'") % (trap, trap, trap)
    desk.configure("wait", authorization_endpoint="%s/auth?x=%s" % (
        idp.issuer, evil.replace("{", "%7B").replace("}", "%7D")))
    with Kiosk(idp) as kiosk:
        told = desk.told()
        interrupt(kiosk)
        assert kiosk.code() == "PAM_MAXTRIES"
    assert told["argv"][-1] == kiosk.link
    assert "'&y=*~!(x)&response_type=code" in kiosk.link
    assert len(told["argv"]) == 4 and not trap.exists()


@pytest.mark.parametrize("endpoint", [
    "--new-window", "-https://a.example/", "https://a.example/x y",
    "https://a.example/\"x\"", "https://a.example/\nhttps://b.example/",
    "https://a.example/`id`", "https://a.example/${IFS}", "file:///etc/passwd",
    "javascript:alert(1)", "https://a.example/\u202e", "http://a.example/"])
def test_hostile_provider_names_no_such_link(desk, idp, logs, since,
                                             endpoint):
    with HttpsStub(idp.tls_dir, None) as stub:
        stub.answer = http(json.dumps({
            "issuer": stub.issuer, "authorization_endpoint": endpoint,
            "token_endpoint": stub.issuer + "/token",
            "jwks_uri": stub.issuer + "/jwks"}))
        desk.configure("wait", issuer=stub.issuer)
        world.service(SERVICE)
        with PamClient(SERVICE, "alice") as client:
            assert client.code() in ("PAM_SERVICE_ERR",
                                     "PAM_AUTHINFO_UNAVAIL")
        assert "//" not in client.text
    assert not (desk.directory / "told").exists()


# --- the configuration --------------------------------------------------------

@pytest.mark.parametrize("user, why", [
    ("root", "has uid or gid 0"), ("webroot", "has uid or gid 0"),
    (world.HELPER_USER, "has the uid or gid of"),
    ("webhelper", "has the uid or gid of"), ("nobody_here",
                                             "does not exist")])
def test_users_that_it_does_not_run_as(desk, idp, logs, since, user, why):
    twin = {"webroot": 0, "webhelper":
            pwd.getpwnam(world.HELPER_USER).pw_uid}.get(user)
    if twin is not None:
        subprocess.run(["useradd", "--non-unique", "--uid", str(twin), user],
                       check=True, timeout=60, stderr=subprocess.DEVNULL)
    desk.configure("wait", prompt={"browser_user": user})
    world.service(SERVICE)
    with PamClient(SERVICE, "alice") as client:
        assert client.code() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    assert "browser_user: \"%s\" %s" % (user, why) in decision["detail"]


def test_application_without_root(desk, idp, logs, since):
    desk.configure("wait")
    world.service(SERVICE)
    with PamClient(SERVICE, "alice", prefix=as_user()) as client:
        assert client.code() == "PAM_SERVICE_ERR"
    decision = logs.decision(SERVICE, since.log)
    assert "only root can start something" in decision["detail"]


def browser_findings(level):
    return [finding["what"] for finding in test_check.check("--offline")[1]
            if finding["level"] == level and "rowser" in str(finding)]


def test_check_says_what_is_wrong_with_it(desk):
    desk.configure("wait")
    assert browser_findings("error") == browser_findings("warning") == []
    desk.program.chmod(0o757)
    said, = browser_findings("warning")
    assert "root alone can change (uid 0, mode 0757)" in said
    desk.program.chmod(0o744)
    said, = browser_findings("warning")
    assert "everybody may run" in said
    desk.program.unlink()
    said, = browser_findings("warning")
    assert said == "%s: No such file or directory" % desk.program
    desk.configure("wait", prompt={"browser_user": "nobody_here"})
    said, = browser_findings("error")
    assert 'browser_user: "nobody_here" does not exist' in said


# --- real ones ----------------------------------------------------------------

@pytest.mark.skipif(world.SANITIZED, reason="sudo cannot load such a module")
def test_sudo(desk, idp, logs, since):
    world.service("sudo")
    world.write("Defaults !fqdn, !lecture\nalice ALL=(ALL:ALL) ALL\n",
                "/etc/sudoers", 0o440)
    desk.configure("approve-alice")
    with Terminal(terminal.as_user("alice", "/usr/bin/sudo", "-k", "id",
                                   "-un")) as person:
        person.see("Sign in with Example SSO to use sudo as alice on ")
        person.see("root")
        assert person.see_end()[0] == 0
    assert logs.decision("sudo", since.log)["flow"] == "code"


@pytest.mark.skipif(world.missing("chromium", "chromedriver") is not None,
                    reason=str(world.missing("chromium", "chromedriver")))
def test_chromium_in_a_kiosk(desk, idp, logs, since):
    """Nobody is named; a person signs in as alice, and everything ends."""
    shutil.copy(world.SRCDIR / "tests" / "hosts" / "webdriver.py",
                desk.directory)
    desk.configure("chromium-alice",
                   more={"service " + SERVICE: {"kiosk": "yes"}})
    with Kiosk(idp, user="") as kiosk:
        assert query(kiosk.link)["prompt"] == "login"
        desk.told()
        assert kiosk.code(60) == "PAM_SUCCESS"
    assert kiosk.phases[0]["user"] == "alice"
    assert warnings(logs, since) == []
