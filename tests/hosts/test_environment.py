# SPDX-License-Identifier: BSD-2-Clause
"""An attacker's environment changes nothing.

Whoever starts sudo or su chooses its environment; whoever starts a screen
locker, or edits a unit of an application that runs as root, does so, too.
Each thing in it would leave a mark. The last tests are of the marks: they show
that programs which believe their environment do leave them.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading

import pytest

import world
from pam_client import PamClient
from processes import COMM, helper
from terminal import Terminal, as_user

SERVICE = "po_env"
HERE = pathlib.Path(__file__).resolve().parent
CLIENT = "client"       # its process's name
SUDOERS = "Defaults !fqdn, !lecture\nalice ALL=(ALL:ALL) ALL\n"
setuid = pytest.mark.skipif(
    world.SANITIZED, reason="sudo and su cannot load a module with sanitizers")


class Proxy:
    """Counts who comes."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self._accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                visitor = self._socket.accept()[0]
            except OSError:
                return          # closed
            self._accepted += 1
            visitor.close()

    def visitors(self):
        """How many there were since the last time."""
        # who came before us is accepted before us
        with socket.create_connection(self._socket.getsockname()) as own:
            own.recv(1)
        count, self._accepted = self._accepted - 1, 0
        return count

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def libraries(program):
    """The names of those that it is linked with."""
    output = subprocess.run(["ldd", str(program)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    return {line.split()[0] for line in output.splitlines() if "=>" in line}


def writable_directory():
    path = world.public_directory()
    path.chmod(0o1777)
    return path


class Attack:
    """The environment, and what came of it."""

    def __init__(self, false_ca):
        self.marks_dir = writable_directory()
        self.lib_dir = world.public_directory()
        self.tmp_dir = writable_directory()
        self.home = world.public_directory()
        self.proxy = Proxy()
        self.key_log = self.marks_dir / "keys"
        self.variables = dict(
            self._loader(), **self._network(false_ca), **self._openssl(),
            **self._files(), **self._libc())

    def _library(self, name, path):
        subprocess.run(
            [shutil.which("cc") or "gcc", "-shared", "-fPIC", "-o", path,
             "-DMARKS=\"%s\"" % self.marks_dir, "-DNAME=\"%s\"" % name,
             HERE / "mark.c"], check=True, timeout=60)
        return path

    def _loader(self):
        # Names that the helper has and the applications have not, or these
        # would end by themselves.
        for name in libraries(world.HELPER) - libraries(world.CLIENT):
            self._library("LD_LIBRARY_PATH", self.lib_dir / name)
        return {
            "LD_PRELOAD": self._library("LD_PRELOAD",
                                        self.home / "preload.so"),
            "LD_AUDIT": self._library("LD_AUDIT", self.home / "audit.so"),
            "LD_LIBRARY_PATH": self.lib_dir}

    def _network(self, false_ca):
        address = "http://%s" % self.proxy.address
        variables = {name: address for name in (
            "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
            "ALL_PROXY", "ftp_proxy")}
        world.write("dhcp-is-not-us 192.0.2.1\n", self.home / "aliases")
        return dict(
            variables, no_proxy="", SSLKEYLOGFILE=self.key_log,
            SSL_CERT_FILE=false_ca / "ca.pem",
            SSL_CERT_DIR=false_ca / "hashed",
            CURL_CA_BUNDLE=false_ca / "ca.pem", CURL_HOME=self.home,
            CURL_SSL_BACKEND="no-such-library",
            HOSTALIASES=self.home / "aliases", LOCALDOMAIN="attacker.invalid",
            RES_OPTIONS="ndots:15 timeout:1 attempts:1 debug")

    def _openssl(self):
        self._library("OPENSSL_ENGINES", self.home / "engine.so")
        self._library("OPENSSL_MODULES", self.home / "legacy.so")
        self._library("OPENSSL_CONF", self.home / "mark.so")
        config = world.write(
            "openssl_conf = init\n[init]\nproviders = providers\n"
            "[providers]\nmark = mark\ndefault = default\n"
            "[default]\nactivate = 1\n"
            "[mark]\nmodule = %s/mark.so\nactivate = 1\n" % self.home,
            self.home / "openssl.cnf")
        return {"OPENSSL_CONF": config, "OPENSSL_MODULES": self.home,
                "OPENSSL_ENGINES": self.home}

    def _files(self):
        for name in (".netrc", "_netrc"):
            world.write("default login mallory password x\n",
                        self.home / name)
        for path in (".curlrc", "_curlrc", ".config/.curlrc",
                     ".config/curlrc"):
            world.write("dump-header = %s/curlrc\n" % self.marks_dir,
                        self.home / path)
        for name in ("id", world.HELPER.name, "unix_chkpwd"):
            world.write("#!/bin/sh\n: >%s/PATH.%s\n" % (self.marks_dir, name),
                        self.home / "bin" / name, 0o755)
        return {"HOME": self.home, "XDG_CONFIG_HOME": self.home / ".config",
                "NETRC": self.home / ".netrc",
                "PATH": "%s/bin:/usr/bin:/bin" % self.home,
                "TMPDIR": self.tmp_dir, "TMP": self.tmp_dir,
                "TEMP": self.tmp_dir}

    def _libc(self):
        gconv = self.home / "gconv"
        world.write("module MARKED// INTERNAL marked 1\n"
                    "module INTERNAL MARKED// marked 1\n",
                    gconv / "gconv-modules")
        self._library("GCONV_PATH", gconv / "marked.so")
        return {"GCONV_PATH": gconv, "LC_ALL": "xx_XX.MARKED",
                "LANGUAGE": "xx", "LOCPATH": self.home / "locale",
                "NLSPATH": "%s/%%N.cat" % self.home,
                "MALLOC_TRACE": self.marks_dir / "malloc",
                "MALLOC_CHECK_": "3", "MALLOC_PERTURB_": "165",
                "MALLOC_ARENA_MAX": "1",
                "GLIBC_TUNABLES": "glibc.malloc.check=3:"
                                  "glibc.malloc.perturb=90",
                "TZ": ":%s/zone" % self.home}

    @property
    def assignments(self):
        return ["%s=%s" % pair for pair in sorted(self.variables.items())]

    def marks(self):
        return {path.name for path in self.marks_dir.iterdir()}

    def forget(self):
        for path in self.marks_dir.iterdir():
            path.unlink()
        self.proxy.visitors()


@pytest.fixture(scope="module")
def attack(other_ca):
    attack = Attack(other_ca)
    yield attack
    attack.proxy.close()


@pytest.fixture(autouse=True)
def services(attack, standard):
    for name in ("sudo", "su", SERVICE):
        world.service(name)
    world.write(SUDOERS, "/etc/sudoers", 0o440)
    attack.forget()


# --- the applications --------------------------------------------------------

def temporary_files():
    return set(os.listdir(tempfile.gettempdir()))


def check_helper(attack, ours):
    """Nothing has reached it: neither the variables nor what they name."""
    process = pathlib.Path("/proc/%d" % helper())
    assert (process / "environ").read_bytes() == b""
    mapped = (process / "maps").read_text()
    assert str(world.HELPER.name) in mapped
    for directory in (attack.home, attack.lib_dir):
        assert str(directory) not in mapped
    assert not any(str(attack.home) in os.readlink(entry)
                   for entry in (process / "fd").iterdir())
    # what an application without privileges does to itself is its own matter
    assert attack.marks() <= ours


def on_terminal(attack, idp, *command):
    with Terminal(as_user("alice", "/usr/bin/env", *attack.assignments,
                          *command)) as person:
        link = person.see_link()
        check_helper(attack, set())
        link.approve(idp, "alice" if "/usr/bin/sudo" in command else "bob")
        person.see("now (root|bob)")
        assert person.see_end()[0] == 0


def client(attack, idp, *prefix):
    own = {"%s.%s" % (name, CLIENT) for name in ("LD_PRELOAD", "LD_AUDIT")}
    with PamClient(SERVICE, "alice", "auth", "acct", prefix=[
            *prefix, "/usr/bin/env", *attack.assignments]) as run:
        link = run.link()
        check_helper(attack, own)
        assert attack.marks() == own    # so it had come that far
        link.approve(idp, "alice")
        assert [run.code(), run.code()] == ["PAM_SUCCESS"] * 2


COMMAND = ["-c", "echo now $(/usr/bin/id -un)"]
APPLICATIONS = {
    "sudo": (on_terminal, ["/usr/bin/sudo", "-k", "/bin/sh", *COMMAND]),
    "su": (on_terminal, ["/bin/su", "bob", *COMMAND]),
    "client as root": (client, []),
    "client as alice": (client, as_user("alice")),
}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=setuid) if name in ("sudo", "su") else name
    for name in APPLICATIONS])
def test_login_is_as_always(attack, idp, logs, since, name):
    run, command = APPLICATIONS[name]
    before = temporary_files()
    run(attack, idp, *command)
    service = SERVICE if run is client else name
    assert logs.reasons(service, since.log) == [None]
    assert attack.marks() <= {"LD_PRELOAD." + CLIENT, "LD_AUDIT." + CLIENT}
    assert attack.proxy.visitors() == 0
    assert list(attack.tmp_dir.iterdir()) == []
    assert temporary_files() == before


# --- who vouches for the provider --------------------------------------------

@pytest.fixture
def system_store(idp):
    """No ca_file: what the system trusts."""
    section = world.corp(idp)
    del section["ca_file"]
    world.configure({"provider corp": section})


def vouched_for_by(ca_dir):
    return ["/usr/bin/env", "SSL_CERT_FILE=%s/ca.pem" % ca_dir,
            "SSL_CERT_DIR=%s/hashed" % ca_dir,
            "CURL_CA_BUNDLE=%s/ca.pem" % ca_dir]


USERS = pytest.mark.parametrize("prefix", [[], as_user("alice")],
                                ids=["root", "alice"])


@USERS
def test_false_provider_with_an_authority_from_the_environment(
        system_store, idp, logs, since, prefix):
    """The provider is false as long as nobody but the environment says so."""
    ca_dir = pathlib.Path(idp.ca_file).parent
    with PamClient(SERVICE, "alice", prefix=[
            *prefix, *vouched_for_by(ca_dir)]) as run:
        assert run.code() == "PAM_AUTHINFO_UNAVAIL"
    assert logs.decision(SERVICE, since.log)["reason"] == "tls"


@USERS
def test_true_provider_with_another_authority_in_the_environment(
        system_store, idp, other_ca, prefix):
    hashed = pathlib.Path(idp.ca_file).parent / "hashed"
    trusted = [shutil.copy(path, "/etc/ssl/certs")
               for path in hashed.iterdir()]
    assert trusted
    try:
        with PamClient(SERVICE, "alice", prefix=[
                *prefix, *vouched_for_by(other_ca)]) as run:
            run.link().approve(idp, "alice")
            assert run.code() == "PAM_SUCCESS"
    finally:
        for path in trusted:
            os.unlink(path)


# --- the marks themselves ----------------------------------------------------

def plain(attack, names, *command, **more):
    """A program that believes its environment; what it printed."""
    variables = {name: str(attack.variables[name]) for name in names}
    done = subprocess.run(
        [str(word) for word in command], text=True, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict({"PATH": "/usr/bin:/bin"}, **variables, **more))
    return done.returncode, done.stdout


def curl(idp, *arguments):
    return ["/usr/bin/curl", "-sS", *arguments,
            idp.issuer + "/.well-known/openid-configuration"]


@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_AUDIT"])
def test_mark_of_a_library(attack, name):
    plain(attack, [name], "/bin/cat", "/dev/null")
    assert attack.marks() == {name + ".cat"}


def test_mark_of_a_library_path(attack):
    """One library of the helper's is not the one that it should be."""
    assert any((attack.lib_dir / name).exists()
               for name in libraries("/usr/bin/curl"))
    assert plain(attack, [], "/usr/bin/curl", "--version")[0] == 0
    assert plain(attack, ["LD_LIBRARY_PATH"], "/usr/bin/curl",
                 "--version")[0] != 0


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_mark_of_a_proxy(attack, idp, name):
    plain(attack, [name], *curl(idp, "--cacert", idp.ca_file))
    assert attack.proxy.visitors() == 1


def test_mark_of_a_key_log(attack, idp):
    assert plain(attack, ["SSLKEYLOGFILE"],
                 *curl(idp, "--cacert", idp.ca_file))[0] == 0
    assert attack.key_log.read_text() != ""


@pytest.mark.parametrize("name", ["OPENSSL_CONF", "OPENSSL_MODULES"])
def test_mark_of_openssl(attack, name):
    provider = ["-provider", "legacy"] if name == "OPENSSL_MODULES" else []
    plain(attack, [name], "/usr/bin/openssl", "list", "-providers", *provider)
    assert attack.marks() == {name + ".openssl"}


def test_mark_of_an_authority(attack, idp):
    """The false one is believed, so the true one is not."""
    assert plain(attack, [], *curl(idp), SSL_CERT_FILE=idp.ca_file)[0] == 0
    assert plain(attack, ["SSL_CERT_FILE"], *curl(idp))[0] == 60
    assert plain(attack, ["CURL_CA_BUNDLE"], *curl(idp))[0] == 60


@pytest.mark.parametrize("name", ["HOME", "CURL_HOME", "XDG_CONFIG_HOME"])
def test_mark_of_a_home(attack, idp, name):
    plain(attack, [name], *curl(idp, "--cacert", idp.ca_file))
    assert attack.marks() == {"curlrc"}


def test_mark_of_a_path(attack):
    plain(attack, ["PATH"], "/bin/sh", "-c", "id")
    assert attack.marks() == {"PATH.id"}


def test_mark_of_a_character_set(attack):
    plain(attack, ["GCONV_PATH"], "/usr/bin/iconv", "-f", "MARKED")
    assert attack.marks() == {"GCONV_PATH.iconv"}


def test_mark_of_a_directory_for_temporary_files(attack):
    plain(attack, ["TMPDIR"], "/usr/bin/mktemp")
    path, = attack.tmp_dir.iterdir()
    path.unlink()
