#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The AppArmor profile, held against what the helper does.

No kernel with AppArmor is needed: the helper is traced (strace) during
logins, and each file it opened is looked up in the automaton that
apparmor_parser makes of the profile, as the kernel would. Capabilities are
tried by taking all others from the helper. In the private host, with the
packages installed; says "ok:" and "FAIL:", exits 1 after the latter.
"""

import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.environ["srcdir"] + "/tests/idp")
from hostile import Hostile             # noqa: E402

HELPER = "/usr/libexec/pam_oauth/pam_oauth_helper"
PROFILE = pathlib.Path("/etc/apparmor.d",
                       HELPER[1:].replace("/", "."))
CONFIG = pathlib.Path("/etc/pam_oauth/pam_oauth.conf")
CACHE = pathlib.Path("/var/cache/pam_oauth")
RUN = pathlib.Path("/run/pam_oauth")
# an authority of the host's own administrators (update-ca-certificates)
OWN_CA = pathlib.Path("/usr/local/share/ca-certificates/pam_oauth-test.crt")
CERTS = pathlib.Path("/etc/ssl/certs")
OPENSSL = pathlib.Path("/etc/ssl/openssl.cnf")
POLICY = pathlib.Path("/etc/ssl/openssl.cnf.d/pam_oauth-test.cnf")
# a login takes a second or two; strace and a busy machine take their part
TIMEOUT_S = 60
SYS_RESOURCE = 1 << 24

failures = 0


def report(good, text):
    global failures
    failures += not good
    print("%s: %s" % ("ok" if good else "FAIL", text))


class Automaton:
    """The file rules of a binary policy (apparmor_parser -S).

    The layout: security/apparmor/policy_unpack.c and match.c of Linux. The
    tables are big-endian, the rest is not.
    """

    MAGIC = b"\x1b\x5e\x78\x3d"
    ACCEPT, BASE, CHECK, DEFAULT, CLASSES, NEXT = 1, 2, 3, 4, 5, 8
    DIFF_ENCODED = 0x80000000
    # of others than the owner, from bit 14 on
    OTHERS = 14
    BITS = {"x": 1, "w": 2, "r": 4, "a": 8, "l": 16, "k": 32, "m": 64}

    def __init__(self, policy):
        # of the tables in a profile the file rules come last
        start = policy.rindex(self.MAGIC)
        _, header_size, size, _ = struct.unpack_from(">IIIH", policy, start)
        self.tables = {}
        at, end = start + header_size, start + size
        while at < end:
            kind, width, high, low = struct.unpack_from(">HHII", policy, at)
            code = {1: "B", 2: "H", 4: "I"}[width]
            self.tables[kind] = struct.unpack_from(">%d%s" % (low, code),
                                                   policy, at + 12)
            at += (12 + low * width + 7) // 8 * 8

    def step(self, state, byte):
        tables = self.tables
        if self.CLASSES in tables:
            byte = tables[self.CLASSES][byte]
        while True:
            base = tables[self.BASE][state]
            at = (base & 0xffffff) + byte
            if (at < len(tables[self.CHECK])
                    and tables[self.CHECK][at] == state):
                return tables[self.NEXT][at]
            state = tables[self.DEFAULT][state]
            if not base & self.DIFF_ENCODED:
                return state

    def allows(self, path, letter):
        state = 1
        for byte in os.fsencode(path):
            state = self.step(state, byte)
        allowed = self.tables[self.ACCEPT][state] >> self.OTHERS
        return bool(allowed & self.BITS[letter])


def parser(text, *options):
    done = subprocess.run(["apparmor_parser", "-Q", "-K", *options],
                          input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=TIMEOUT_S)
    if done.returncode != 0:
        raise SystemExit("apparmor_parser: "
                         + done.stderr.decode(errors="replace"))
    return done.stdout


def networks(text):
    """{(family, type)} of the network rules, with all that is included."""
    return set(re.findall(r"^\s*network\s+(\w+)\s+(\w+)",
                          parser(text, "-p").decode(), re.M))


# --- what a helper does ------------------------------------------------------

CALLS = ("execve,open,openat,openat2,mmap,mkdir,fcntl,flock,fchown,fchmod,"
         "renameat,renameat2,rename,unlink,unlinkat,connect,socket")
FD = r"\d+<(/[^>]*)>"
AT = r'(?:AT_FDCWD|\d+)<([^>]*)>, "([^"]*)"'
OPENED = re.compile(r"^open(?:at2?)?\((.*)\) = " + FD)
MAPPED = re.compile(r"^mmap\(.*PROT_EXEC.*, " + FD + ", ")
LOCKED = re.compile(r"^(?:fcntl\(" + FD + r", F_(?:OFD_)?SETLK|flock\("
                    + FD + ")")
CHANGED = re.compile(r"^fch(?:own|mod)\(" + FD)
MADE = re.compile(r'^mkdir\("([^"]*)".* = 0')
RENAMED = re.compile(r"^renameat2?\(" + AT + ", " + AT + ".* = 0")
REMOVED = re.compile(r"^unlinkat\(" + AT + ".* = 0")
CONNECTED = re.compile(r'^connect\(.*AF_UNIX, sun_path="(/[^"]*)"\}.* = 0')
SOCKET = re.compile(r"^socket\(AF_(\w+), SOCK_(\w+)")


class Trace:
    """All that the helper of one command did."""

    def __init__(self):
        self.wants, self.sockets, self.helpers = set(), set(), 0

    def want(self, path, letters):
        if os.path.isdir(path) and not path.endswith("/"):
            path += "/"
        self.wants |= {(path, letter) for letter in letters}

    def add_file(self, lines):
        """A process's or thread's; what came before the exec is not ours."""
        for at, line in enumerate(lines):
            if line.startswith('execve("%s"' % HELPER):
                self.helpers += 1
                self.want(HELPER, "rm")
                return [self.add(line) for line in lines[at + 1:]]
        if not any(line.startswith("execve(") for line in lines):
            for line in lines:          # a thread, of whichever
                self.add(line)
        return None

    def add(self, line):
        if match := OPENED.match(line):
            if "O_PATH" not in match[1]:
                self.want(match[2], "rw" if "O_RDWR" in match[1] else
                          "w" if "O_WRONLY" in match[1] else "r")
                if "O_CREAT" in match[1]:
                    self.want(match[2], "w")
        elif match := MAPPED.match(line):
            self.want(match[1], "m")
        elif match := LOCKED.match(line):
            self.want(match[1] or match[2], "k")
        elif match := CHANGED.match(line) or MADE.match(line):
            self.want(match[1], "w")
        elif match := RENAMED.match(line):
            self.want(match[1] + "/" + match[2], "rw")
            self.want(match[3] + "/" + match[4], "w")
        elif match := REMOVED.match(line):
            self.want(match[1] + "/" + match[2], "w")
        elif match := CONNECTED.match(line):
            self.want(match[1], "rw")
        elif match := SOCKET.match(line):
            self.sockets.add((match[1].lower(), match[2].lower()))

    def run(self, wanted, *options):
        """One sign-in in the terminal, which is to end like that."""
        with tempfile.TemporaryDirectory() as directory:
            done = login(["strace", "-ff", "-qq", "-y", "-o",
                          directory + "/trace", "-e", "trace=" + CALLS],
                         *options)
            for file in sorted(pathlib.Path(directory).iterdir()):
                self.add_file(file.read_text(errors="replace").splitlines())
        if done.returncode != wanted:
            print(done.stdout)
        report(done.returncode == wanted,
               "a login that is traced: " + " ".join(options))


def login(before, *options):
    return subprocess.run(
        [*before, "pam-oauth", "login", "--service", "sudo", "--user",
         "alice", *options], stdin=subprocess.DEVNULL, text=True,
        errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=TIMEOUT_S)


def configure(idp):
    """Providers by the files and names they make the helper look for."""
    directory = CONFIG.parent
    shutil.copy(idp.ca_file, directory / "ca.pem")
    shutil.copytree(idp.tls_dir / "hashed", directory / "hashed",
                    dirs_exist_ok=True, symlinks=True)
    secret = directory / "corp.secret"
    secret.touch(0o600)
    secret.write_text(idp.secret())
    (directory / "accounts").write_text("deploy /sub is nobody\n")
    own_file = {"ca_file": directory / "ca.pem"}
    providers = {
        "plain": own_file,
        "secret_basic": dict(
            own_file, client_secret_file=secret,
            map_file=directory / "accounts"),
        "directory": {"client_id": "plain.directory",
                      "ca_dir": directory / "hashed"},
        "system": {"client_id": "plain.system"},
        # nobody knows that name
        "name": {"issuer": "https://sso.pam-oauth.invalid/"},
    }
    lines = []
    for name, options in providers.items():
        client = options.get("client_id", name)
        options = dict({"client_id": client,
                        "issuer": idp.issuer_of(client)}, **options)
        lines += ["[provider %s]" % name]
        lines += ["%s = %s" % option for option in options.items()]
    CONFIG.write_text("\n".join(lines) + "\n[account]\nmin_uid = 1000\n")


def trust(idp):
    """As update-ca-certificates does it; what to remove again."""
    shutil.copy(idp.ca_file, OWN_CA)
    link, = [path for path in (idp.tls_dir / "hashed").iterdir()
             if path.suffix == ".0"]
    (CERTS / link.name).symlink_to(OWN_CA)
    return OWN_CA, CERTS / link.name


def set_policy():
    """The host gets a crypto policy; its openssl.cnf of before."""
    before = OPENSSL.read_text()
    POLICY.parent.mkdir()
    POLICY.write_text("# nothing special\n")
    OPENSSL.write_text(".include %s\n%s" % (POLICY.parent, before))
    return before


def forget():
    shutil.rmtree(CACHE, ignore_errors=True)


def trace_logins():
    trace = Trace()
    forget()
    shutil.rmtree(RUN)                  # the helper then makes it
    trace.run(0, "--provider", "plain")
    trace.run(0, "--provider", "plain")         # with the cache
    trace.run(0, "--provider", "secret_basic")
    trace.run(0, "--provider", "directory")
    trace.run(0, "--provider", "system")
    trace.run(1, "--provider", "name")
    report(trace.helpers == 6, "%d helpers were traced" % trace.helpers)
    return trace


# --- the profile -------------------------------------------------------------

def lacks(text, wants):
    automaton = Automaton(parser(text, "-S"))
    return sorted(want for want in wants if not automaton.allows(*want))


def check_files(text, trace):
    missing = lacks(text, trace.wants)
    for path, letter in missing:
        report(False, "no rule gives \"%s\" for %s" % (letter, path))
    report(not missing, "%d files are allowed" % len(
        {path for path, _ in trace.wants}))
    # what nobody needs is not given
    forbidden = {("/etc/shadow", "r"), ("/etc/pam_oauth/pam_oauth.conf", "w"),
                 ("/root/.ssh/id_ed25519", "r"), ("/bin/sh", "x"),
                 ("/usr/bin/sh", "x"), ("/usr/bin/env", "x"), (HELPER, "w"),
                 ("/etc/cron.d/x", "w"), ("/home/alice/.bashrc", "r"),
                 ("/var/lib/pam_oauth/bindings/alice", "r"),
                 ("/run/pam_oauth/1000/token", "r"), ("/dev/tty", "r"),
                 ("/run/systemd/private", "w"), ("/usr/bin/sudo", "x")}
    given = forbidden - set(lacks(text, forbidden))
    report(not given, "nothing else is allowed: %s" % sorted(given))


def check_rules(text, trace):
    """Without any one of its own rules for files something is missing."""
    rules = re.findall(r"^  /.* [rwmk]+,$", text, re.M)
    report(len(rules) > 5, "%d rules" % len(rules))
    for rule in rules:
        report(bool(lacks(text.replace(rule + "\n", ""), trace.wants)),
               "is needed: " + rule.strip())


def check_browser(text):
    """README.Debian has what `browser` needs, and the profile has it not."""
    readme = pathlib.Path(os.environ["srcdir"], "packaging", "debian",
                          "pam-oauth.README.Debian").read_text()
    lines = re.findall(r"^    ([/@]\{.*,)$", readme, re.M)
    wants = {("/usr/bin/dash", "x"), ("/usr/bin/bash", "x"),
             ("/proc/1234/net/tcp", "r"), ("/proc/1234/net/tcp6", "r")}
    own = text.replace("  include if exists <local/",
                       "\n".join(lines) + "\n  include if exists <local/")
    report(lacks(text, wants) == sorted(wants) and not lacks(own, wants),
           "README.Debian: what a browser needs: %s" % lines)


def check_sockets(text, trace):
    missing = {s for s in trace.sockets if s[0] != "unix"} - networks(text)
    report(("inet", "stream") in trace.sockets and not missing,
           "sockets: %s, missing %s" % (sorted(trace.sockets),
                                        sorted(missing)))


def check_capabilities(text, idp):
    """The profile's are enough; which is known by the cache, too."""
    given = re.findall(r"^  capability (\w+),$", text, re.M)
    bounding = int(re.search(r"CapBnd:\s*(\w+)", pathlib.Path(
        "/proc/self/status").read_text())[1], 16)
    # a limit for the helper to raise, where root may at all
    limit = ["prlimit", "--nproc=500"] if bounding & SYS_RESOURCE else []

    def works(capabilities, client="plain"):
        setpriv = [*limit, "setpriv", "--bounding-set",
                   ",".join(["-all"] + ["+" + c for c in capabilities])]
        forget()
        for _ in range(2):
            before = len(idp.requests(client, "metadata"))
            if login(setpriv, "--provider", client).returncode != 0:
                return False
        return len(idp.requests(client, "metadata")) == before

    report(works(given), "capabilities: " + " ".join(given))
    for name in given:
        # without this one the bounding set stays, in which nothing is
        if name != "setpcap" and (limit or name != "sys_resource"):
            report(not works([c for c in given if c != name]),
                   "is needed: capability " + name)


def main():
    text = PROFILE.read_text()
    directory = tempfile.mkdtemp()
    os.chmod(directory, 0o755)
    with Hostile(directory) as idp:
        configure(idp)
        trusted, openssl = trust(idp), set_policy()
        trace = trace_logins()
        check_capabilities(text, idp)
    OPENSSL.write_text(openssl)
    for path in trusted + (POLICY,):
        path.unlink()
    POLICY.parent.rmdir()
    check_files(text, trace)
    check_rules(text, trace)
    check_sockets(text, trace)
    check_browser(text)
    forget()
    if "-v" in sys.argv:
        print(*sorted(trace.wants), sep="\n")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
