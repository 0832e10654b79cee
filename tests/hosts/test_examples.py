# SPDX-License-Identifier: BSD-2-Clause
"""pam.d-examples/, byte for byte, in the applications that they are for.

Each file in each situation: the person approves, declines or gives up, the
provider is down, pam_oauth.so is missing.  carol and dave have passwords and
ssh keys; dave is the administrator of the examples, a member of breakglass.
"""

import contextlib
import dataclasses
import pathlib
import re
import subprocess

import pytest

import applications
import world
from applications import INSIDE, LINK_SHOWN, OUTSIDE, PASSWORD, QUESTION
from terminal import Link

pytestmark = pytest.mark.skipif(
    world.SANITIZED, reason="applications cannot load a module with sanitizers")

EXAMPLES = world.SRCDIR / "pam.d-examples"
PASSWORDS = {"carol": "not the way in", "dave": "way back in"}
NOWHERE = "https://127.0.0.1:1"


@dataclasses.dataclass
class Case:
    """An example in an application, and what sets it apart."""
    file: str
    application: type
    back: str               # how the file says that one gets back in
    down: str = OUTSIDE     # what comes when the provider is down
    question: bool = False
    whole: bool = True      # False: another case tests the same lines

    def __str__(self):
        return "%s-%s" % (self.file, self.application.__name__)


CASES = [
    Case("sshd", applications.Ssh, "key"),
    Case("sshd-key-and-sso", applications.SshKeyFirst, "administrator's key"),
    Case("sshd-sso-or-password", applications.Ssh, "key", PASSWORD, True),
    Case("sshd-liveness", applications.Ssh, "administrator's key"),
    Case("sudo", applications.Sudo, "password"),
    Case("sudo", applications.SudoI, "password", whole=False),
    Case("sudo-fallback", applications.Sudo, "console", PASSWORD),
    Case("su", applications.Su, "password"),
    Case("su", applications.SuL, "password", whole=False),
    Case("login", applications.Login, "password"),
    Case("kiosk", applications.KioskLogin, "console"),
    Case("kiosk-greeter", applications.Greetd, "console"),
    Case("kiosk-greeter", applications.Agreety, "console", whole=False),
    Case("kiosk-greeter", applications.Lightdm, "console"),
    Case("gdm-password", applications.Gdm, "password"),
    Case("cockpit", applications.Cockpit, "password"),
]
WHOLE = [case for case in CASES if case.whole]


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True, timeout=60,
                   stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module", autouse=True)
def people():
    kept = {path: path.read_bytes() for path in map(pathlib.Path, (
        "/etc/sudoers", "/etc/shadow", "/etc/group", "/etc/gshadow"))}
    run("groupadd", "--system", "--force", "breakglass")
    run("usermod", "-aG", "breakglass", "dave")
    run("chpasswd", text="".join("%s:%s\n" % each
                                 for each in PASSWORDS.items()))
    yield
    for path, data in kept.items():
        path.write_bytes(data)


@pytest.fixture(autouse=True)
def stock():
    """/etc/pam.d as the distribution has it, and afterwards as before."""
    kept = {path: path.read_bytes() for path in world.STOCK if path.exists()}
    for path, data in world.STOCK.items():
        path.write_bytes(data)
    yield
    for path, data in kept.items():
        path.write_bytes(data)


@pytest.fixture
def install(idp, logs):
    """A case, installed as its example says; the application."""
    with contextlib.ExitStack() as stack:
        def install(case, provider=(), **sections):
            application = case.application(logs)
            if application.missing():
                pytest.skip(application.missing())
            for service in application.services:
                world.install_example(EXAMPLES / case.file, service)
                assert (world.PAM_D / service).read_bytes() == \
                    (EXAMPLES / case.file).read_bytes()
            if case.question:
                sections["service " + application.service] = {"ask": "yes"}
            world.configure({"provider corp": world.corp(idp, **dict(provider)),
                             **application.sections, **sections})
            return stack.enter_context(application)
        yield install


def begin(case, application):
    """carol, or somebody who is not named, wants to sign in."""
    user = "" if application.nobody else "carol"
    person = application.start(user, PASSWORDS["carol"])
    if case.question:
        assert person.next() == QUESTION
        person.say("y")
    return person


def reasons(application, logs, since):
    """Of the decisions so far; each is logged before the person hears it."""
    logs.mark()
    return set(logs.reasons(application.service, since.log))


def codes_asked_for(idp, since):
    return [event["path"] for event in idp.events(since.time_ms)].count(
        "/device/auth")


def whole(test):
    return pytest.mark.parametrize("case", WHOLE, ids=str)(test)


# --- the table ----------------------------------------------------------------

def test_every_example_is_in_the_table():
    assert {case.file for case in CASES} == \
        {path.name for path in EXAMPLES.iterdir()}


@pytest.mark.parametrize("path", EXAMPLES.iterdir(), ids=lambda p: p.name)
def test_every_example_begins_with_what_it_is(path):
    comment = path.read_text().split("\n\n")[0]
    assert comment.startswith("# /etc/pam.d/")
    for words in ("does not touch:", "Before", "get back in"):
        assert words in comment, words


# --- the provider's word ------------------------------------------------------

@pytest.mark.parametrize("case", CASES, ids=str)
def test_granted(install, idp, logs, since, case):
    application = install(case)
    with begin(case, application) as person:
        assert person.next() == LINK_SHOWN
        person.link.approve(idp, "carol")
        person.has_approved()
        assert person.next() == INSIDE
        assert person.who == ("root" if "sudo" in case.file else "carol")
    assert reasons(application, logs, since) == {None}


@whole
def test_denied(install, idp, logs, since, case):
    application = install(case)
    with begin(case, application) as person:
        assert person.next() == LINK_SHOWN
        person.link.deny(idp)
        person.has_approved()
        assert person.next() == OUTSIDE
        assert reasons(application, logs, since) == {"denied"}
    assert codes_asked_for(idp, since) == 1


@whole
def test_given_up(install, idp, logs, since, case):
    application = install(case)
    with begin(case, application) as person:
        assert person.next() == LINK_SHOWN
        person.give_up()
        assert person.next() == OUTSIDE
    assert None not in reasons(application, logs, since)


# --- trouble ------------------------------------------------------------------

@whole
def test_provider_down(install, logs, since, case):
    application = install(case, {"issuer": NOWHERE})
    with begin(case, application) as person:
        assert person.next() == case.down
        if case.down == PASSWORD:
            person.say(PASSWORDS["carol"])
            assert person.next() == INSIDE
    assert reasons(application, logs, since) == {"network"}


@contextlib.contextmanager
def configuration_broken():
    world.write("[provider\n", world.CONFIG)
    yield


BROKEN = {"module_missing": world.module_missing,
          "configuration_broken": configuration_broken}


@whole
def test_module_missing(install, case):
    application = install(case)
    user = "" if application.nobody else "carol"
    with world.module_missing(), \
            application.start(user, PASSWORDS["carol"]) as person:
        assert person.next() == OUTSIDE


@pytest.mark.parametrize("trouble", [*BROKEN, "provider_down"])
@whole
def test_way_back_in(install, logs, case, trouble):
    """What the file says under "To get back in"."""
    down = trouble == "provider_down"
    application = install(case, {"issuer": NOWHERE} if down else {})
    with contextlib.ExitStack() as stack:
        if not down:
            stack.enter_context(BROKEN[trouble]())
        if case.back == "key":
            person = application.start_with_key("carol")
        elif case.back == "administrator's key":
            person = application.start_with_key("dave")
        elif case.back == "console":
            person = applications.Login(logs).start("dave")
        else:
            person = application.start("dave", PASSWORDS["dave"])
        stack.enter_context(person)
        if "key" not in case.back:
            person.use_password(PASSWORDS["dave"])
        assert person.next() == INSIDE


@pytest.mark.parametrize("case", [
    case for case in CASES if case.back == "password" and case.whole],
    ids=str)
def test_taken_out_as_recovery_says(install, case):
    """A "#" in front of the lines that docs/recovery.md names: one too few,
    and breakglass jumps over the password."""
    [text] = [paragraph for paragraph in
              (world.SRCDIR / "docs/recovery.md").read_text().split("\n\n")
              if paragraph.startswith("Otherwise: ")]
    modules = re.findall(r"pam_\w+\.so", text)
    application = install(case)
    for name in application.services:
        lines = (world.PAM_D / name).read_text().splitlines(keepends=True)
        world.write("".join(
            "#" + line if line.startswith("auth ")
            and any(module + suffix in line
                    for module in modules for suffix in ("\n", " quiet user "))
            else line for line in lines), world.PAM_D / name)
    with application.start("dave", PASSWORDS["dave"]) as person:
        person.use_password(PASSWORDS["dave"])
        assert person.next() == INSIDE


# --- what one of them promises ------------------------------------------------

FALLBACK, CHOICE, KEY_FIRST, LIVENESS, SU = (
    next(case for case in CASES if case.file == name)
    for name in ("sudo-fallback", "sshd-sso-or-password", "sshd-key-and-sso",
                 "sshd-liveness", "su"))


def test_password_that_is_wrong(install):
    application = install(FALLBACK, {"issuer": NOWHERE})
    with application.start("carol") as person:
        person.use_password(PASSWORDS["dave"])
        assert person.next() == OUTSIDE


@pytest.mark.parametrize("case", [FALLBACK, CHOICE], ids=str)
def test_mistake_in_the_configuration_is_no_outage(install, logs, since, case):
    application = install(case)
    with configuration_broken(), application.start("carol") as person:
        assert person.next() == OUTSIDE
    assert reasons(application, logs, since) == {"config"}


def test_fallback_is_not_to_be_chosen(install):
    """Whatever is asked elsewhere: a no would be the way to the password."""
    application = install(FALLBACK, prompt={"ask": "yes"},
                          **{"service sudo": {"ask": "no"}})
    with application.start("carol") as person:
        assert person.next() == LINK_SHOWN


@pytest.mark.parametrize("user,outcome", [("carol", INSIDE),
                                          ("dave", OUTSIDE)])
def test_choice_of_the_password(install, idp, logs, since, user, outcome):
    """Which is carol's, and wrong for dave."""
    application = install(CHOICE)
    with application.start(user) as person:
        assert person.next() == QUESTION
        person.say("n")
        person.use_password(PASSWORDS["carol"])
        assert person.next() == outcome
    assert reasons(application, logs, since) == {"skipped"}
    assert codes_asked_for(idp, since) == 0


def test_choice_of_the_provider_is_kept_to(install, logs, since):
    """Giving up at the link does not lead to the password."""
    application = install(CHOICE)
    with begin(CHOICE, application) as person:
        assert person.next() == LINK_SHOWN
        person.say("q")
        assert person.next() == OUTSIDE
    assert reasons(application, logs, since) == {"cancelled"}


def test_nobody_without_a_key_starts_a_sign_in(install, idp, logs, since):
    application = install(KEY_FIRST)
    with application.start("carol", method="PubkeyAuthentication=no") as person:
        assert person.next() == OUTSIDE
    with application.start_with_key("carol") as person:
        assert person.next() == OUTSIDE     # nor is the key enough
    assert reasons(application, logs, since) == set()
    assert codes_asked_for(idp, since) == 0


def test_liveness_does_not_end_with_the_module(install):
    application = install(LIVENESS)
    with application.start_with_key("carol") as person:
        assert person.next() == INSIDE
    with world.module_missing(), application.start_with_key("carol") as person:
        assert person.next() == OUTSIDE


def test_root_is_nobodys_by_su(install, logs, since):
    application = install(SU)
    with application.start("root") as person:
        assert person.next() == OUTSIDE
    assert reasons(application, logs, since) == {"account-root"}


def test_debians_greeter_for_lightdm_asks_for_no_name(install, idp, logs,
                                                      since):
    """Set up as docs/kiosk.md says; the code is read off the provider."""
    application = install(Case("kiosk-greeter", applications.LightdmGtk, ""))
    with application.start(""):
        idp.wait_event(lambda event: event["path"] == "/device/auth"
                       and event["t"] >= since.time_ms)
        Link(idp.issuer + "/device",
             idp.issued("user_code")[-1]).approve(idp, "carol")
        decision = logs.decision("lightdm", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "carol")
