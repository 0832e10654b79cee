# SPDX-License-Identifier: BSD-2-Clause
"""What people see in their language: the application's, and nobody else's.

How wide it is and that all of it is there, tests/unit/test_phrase.c knows.
"""

import os
import re
import shutil
import subprocess
import unicodedata

import pytest

import world
from sshd import Sshd
from terminal import ENTER, Link, Terminal, as_user

C_UTF8 = "/usr/lib/locale/C.utf8"
CATALOGUES = world.BUILDDIR / "po"
SUDOERS = """\
Defaults !fqdn, !lecture
alice ALL=(ALL:ALL) ALL
"""
# Of a locale: how sudo's prompt begins, what stands before the code, what is
# said while it waits, and of a denial.
WORDS = {
    "de_DE.UTF-8": (
        "Bitte mit Example SSO anmelden, um sudo als alice auf ", "Code: ",
        "Warten auf Ihre Freigabe (noch ", "Die Anmeldung wurde abgelehnt."),
    "es_ES.UTF-8": (
        "Inicie sesión con Example SSO para usar sudo como alice en ",
        "código: ", "Esperando su aprobación (quedan ",
        "El inicio de sesión ha sido rechazado."),
    "fr_FR.UTF-8": (
        "Connectez-vous avec Example SSO pour utiliser sudo comme alice sur ",
        "code\u00a0: ", "En attente de votre approbation (encore ",
        "La connexion a été refusée."),
    "ja_JP.UTF-8": (
        " で sudo を alice として使用します。", "コード: ",
        "承認を待っています (残り ", "サインインは拒否されました。")}
ENGLISH = "Sign in with Example SSO to "

pytestmark = [
    pytest.mark.skipif(not (CATALOGUES / "de").is_dir(),
                       reason="built without msgfmt"),
    pytest.mark.skipif(not os.path.isdir(C_UTF8), reason="no C.UTF-8")]
REAL = pytest.mark.skipif(
    world.SANITIZED, reason="none can load a module with sanitizers")


@pytest.fixture(scope="module", autouse=True)
def locales():
    """Of a locale its name and charset count, which any UTF-8 one has."""
    for name in WORDS:
        path = "/usr/lib/locale/" + name.replace("UTF-8", "utf8")
        if not os.path.exists(path):
            shutil.copytree(C_UTF8, path)
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)


def environment(**variables):
    return ["/usr/bin/env"] + ["%s=%s" % item for item in variables.items()]


def sudo(**variables):
    return Terminal(as_user(
        "alice", *environment(**variables), "/usr/bin/sudo", "-k", "sh", "-c",
        "echo now $(id -un)"))


def su(who, **variables):
    command = [*environment(**variables), "/bin/su", "bob", "-c",
               "echo now $(id -un)"]
    return Terminal(command if who is None else as_user(who, *command))


def see_link(person, label="code: "):
    person.see(r"(https://[!-~]+)\s+%s([A-Z0-9-]+)\s" % re.escape(label))
    return Link(person.match[1], person.match[2])


def columns(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


# --- each application's own ----------------------------------------------------

@REAL
@pytest.mark.parametrize("locale", sorted(WORDS))
def test_sudo_speaks_the_language_of_its_user(standard, idp, logs, since,
                                              locale):
    heading, label, waiting, _ = WORDS[locale]
    with sudo(LC_ALL=locale) as person:
        link = see_link(person, label)
        person.see(re.escape(waiting))
        assert heading in person.screen
        assert "Sign in" not in person.screen
        assert [line for line in person.screen.split("\r\n")
                if columns(line) > 76] == []
        link.approve(idp, "alice")
        person.see("now root")
    # and the log is for those who search it
    decision = logs.decision("sudo", since.log)
    assert (decision["result"], decision["user"]) == ("granted", "alice")


@REAL
@pytest.mark.parametrize("locale", sorted(WORDS))
def test_denied_in_the_language_of_the_user(standard, idp, logs, since,
                                            locale):
    with sudo(LANG=locale) as person:
        see_link(person, WORDS[locale][1]).deny(idp)
        person.see(re.escape(WORDS[locale][3]))
    assert "denied" in logs.reasons("sudo", since.log)


@REAL
def test_su_speaks_the_language_of_who_starts_it(standard, idp):
    world.service("su")
    with su("alice", LANG="de_DE.UTF-8") as person:
        link = see_link(person, "Code: ")
        assert "um su als bob auf " in person.screen
        link.approve(idp, "bob")
        person.see("now bob")


@REAL
def test_language_chooses_among_those_that_are_there(standard, idp):
    with sudo(LC_ALL="de_DE.UTF-8", LANGUAGE="xx:fr:ja") as person:
        see_link(person, WORDS["fr_FR.UTF-8"][1])


@REAL
@pytest.mark.parametrize("locale", ["C", "nowhere", "de_DE.ISO-8859-1"])
def test_without_a_locale_it_is_english(standard, idp, locale):
    with sudo(LC_ALL=locale, LANGUAGE="de:ja") as person:
        see_link(person)
        assert ENGLISH in person.screen


@REAL
def test_login_speaks_the_language_of_the_console(standard, idp):
    world.service("login")
    with Terminal([*environment(LC_ALL="ja_JP.UTF-8"), "/bin/login",
                   "alice"]) as person:
        link = see_link(person, "コード: ")
        assert " に alice としてログインします。" in person.screen
        link.approve(idp, "alice")
        person.see(r"\$ ")


# --- answers -------------------------------------------------------------------

@REAL
def test_yes_in_german(idp, logs, since):
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"ask": "yes", "confirm": "yes"}})
    with sudo(LC_ALL="de_DE.UTF-8") as person:
        person.see(re.escape("Mit Example SSO anmelden? [J/n] "))
        person.sendline("oui")
        person.see("Das ist keine gültige Antwort.")
        person.sendline("ja")
        see_link(person, "Code: ").approve(idp, "alice")
        person.see(re.escape("Freigegeben von alice. Fortfahren? [j/N] "))
        person.sendline("j")
        person.see("now root")
    assert logs.decision("sudo", since.log)["result"] == "granted"


@REAL
@pytest.mark.parametrize("locale,answer", [
    ("de_DE.UTF-8", "n"), ("de_DE.UTF-8", ""), ("fr_FR.UTF-8", "non"),
    ("ja_JP.UTF-8", "いいえ"), ("es_ES.UTF-8", "q")])
def test_what_is_no_yes_does_not_confirm(idp, logs, since, locale, answer):
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"confirm": "yes"}})
    with sudo(LC_ALL=locale) as person:
        see_link(person, WORDS[locale][1]).approve(idp, "alice")
        person.see(r"alice[^\r\n]*\[[joys]/N\] ")
        person.sendline(answer)
        person.see_end()
        assert "now root" not in person.screen
    assert logs.reasons("sudo", since.log)[0] == "not-confirmed"


# --- never from the network ----------------------------------------------------

@REAL
def test_client_that_sends_its_locale_is_answered_in_english(standard, idp,
                                                             logs):
    """Though sshd takes it for the session, and was started with one."""
    world.service("sshd")
    os.environ.update(LC_ALL="de_DE.UTF-8", LANGUAGE="ja:de")
    try:
        with Sshd(logs, "AcceptEnv LANG LC_* LANGUAGE") as server, \
                server.login("alice", "echo hello $LC_ALL $LANGUAGE",
                             options=["SendEnv=LC_* LANGUAGE"]) as person:
            link = see_link(person)
            person.see(ENTER)
            assert ENGLISH in person.screen
            link.approve(idp, "alice")
            person.press_enter()
            person.see("hello de_DE.UTF-8 ja:de")
    finally:
        os.environ["LC_ALL"] = "C.UTF-8"
        del os.environ["LANGUAGE"]


# --- attacks -------------------------------------------------------------------

class Evil:
    """A catalogue that says OWNED to everything, as a path from ours."""

    def __init__(self):
        self.dir = world.public_directory()
        text = (world.SRCDIR / "po" / "de.po").read_text()
        text = re.sub(r'(?m)^msgstr ("[^"].*"|""(\n".*")+)$',
                      r'msgstr "OWNED %n%n%n%n"', text)
        header = 'msgstr "Content-Type: text/plain; charset=UTF-8\\n"'
        text = text.replace('msgstr "OWNED %n%n%n%n"', header, 1)
        po = world.write(text, self.dir / "evil.po")
        for name in ("evil", "de", "de_DE.UTF-8"):
            (self.dir / name / "LC_MESSAGES").mkdir(parents=True)
            subprocess.run(
                ["msgfmt", "-o", self.dir / name / "LC_MESSAGES" /
                 "pam_oauth.mo", po], check=True, timeout=60)
        self.language = "../" * 32 + str(self.dir).lstrip("/") + "/evil"


@pytest.fixture(scope="module")
def evil():
    return Evil()


def attacks(evil):
    """The environments by name; NAMES are those of the tests."""
    return {
        "language_is_a_path": {"LANGUAGE": evil.language},
        "language_is_absolute": {"LANGUAGE": "%s/evil" % evil.dir},
        "language_has_a_path_in_it": {"LANGUAGE": "xx:%s" % evil.language},
        "locpath": {"LOCPATH": evil.dir, "LANGUAGE": "xx"},
        "locale_is_a_path": {"LC_ALL": "%s/de_DE.UTF-8" % evil.dir},
        "textdomaindir": {"TEXTDOMAINDIR": evil.dir, "LANGUAGE": "xx",
                          "TEXTDOMAIN": "pam_oauth"},
        "nlspath": {"NLSPATH": "%s/%%N" % evil.dir, "LANGUAGE": "xx"}}


NAMES = ["language_is_a_path", "language_is_absolute",
         "language_has_a_path_in_it", "locpath", "locale_is_a_path",
         "textdomaindir", "nlspath"]


def test_the_catalogue_of_the_attack_would_do(evil):
    """gettext(1) believes its environment."""
    said = subprocess.run(
        ["gettext", "-d", "pam_oauth", "Sign-in cancelled."], check=True,
        text=True, stdout=subprocess.PIPE, timeout=60,
        env={"LC_ALL": "de_DE.UTF-8", "LANGUAGE": evil.language,
             "TEXTDOMAINDIR": str(CATALOGUES), "PATH": os.environ["PATH"]})
    assert said.stdout == "OWNED %n%n%n%n"
    assert sorted(attacks(evil)) == sorted(NAMES)


@REAL
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("program", ["sudo", "su", "su_of_root"])
def test_catalogue_of_an_attacker_is_not_read(standard, idp, evil, name,
                                              program):
    """Setuid or, as below login and greeters, not."""
    world.service("su")
    variables = dict({"LC_ALL": "de_DE.UTF-8"}, **attacks(evil)[name])
    with sudo(**variables) if program == "sudo" else su(
            None if program == "su_of_root" else "alice",
            **variables) as person:
        link = see_link(person)
        assert "OWNED" not in person.screen
        assert ENGLISH in person.screen
        link.approve(idp, "alice" if program == "sudo" else "bob")
        person.see("now (root|bob)")


@REAL
@pytest.mark.parametrize("charset", ["UTF-16", "ISO-8859-1", "PAYLOAD"])
def test_output_charset_loads_nothing(standard, idp, charset):
    """CVE-2021-4034 got its code in by GCONV_PATH and a charset."""
    directory = world.public_directory()
    world.write("module UTF-8// %s// %s/payload 1\n" % (charset, directory),
                directory / "gconv-modules")
    subprocess.run(
        [shutil.which("cc") or "gcc", "-shared", "-fPIC", "-x", "c", "-",
         "-o", directory / "payload.so"], check=True, timeout=60, text=True,
        input='#include <unistd.h>\n#include <fcntl.h>\n'
              '__attribute__((constructor)) static void f(void)\n'
              '{ if (open("%s/mark", O_CREAT | O_WRONLY, 0600) < 0) _exit(9); '
              '}\n' % directory)
    directory.chmod(0o1777)
    world.service("su")
    with su(None, LC_ALL="ja_JP.UTF-8", OUTPUT_CHARSET=charset,
            GCONV_PATH=directory) as person:
        see_link(person, "コード: ")
    assert not (directory / "mark").exists()


# --- pam-oauth login -----------------------------------------------------------

@pytest.mark.parametrize("locale,label", [("fr_FR.UTF-8", "code\u00a0: "),
                                          ("C", "code: ")])
def test_command_shows_what_a_login_would(standard, idp, locale, label):
    """What it explains is English: it is for bug reports."""
    with Terminal([*environment(LC_ALL=locale), str(world.PAM_OAUTH), "login",
                   "--user", "alice", "--service", "sudo"]) as person:
        link = see_link(person, label)
        assert (ENGLISH in person.screen) == (locale == "C")
        link.approve(idp, "alice")
        status, screen = person.see_end()
    assert status == 0
    assert "  username: that is the account asked for" in screen
