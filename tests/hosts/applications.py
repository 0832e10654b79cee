# SPDX-License-Identifier: BSD-2-Clause
"""The applications that pam.d-examples/ are for, and somebody in front of them.

An application is a context manager; start(user, password) lets somebody begin
to sign in, whose next() says what comes: a link, a question, somebody inside
or outside. `password` is what they type where it is asked for together with
the name.
"""

import base64
import http.client
import pathlib
import signal
import socket
import subprocess

import pexpect

import world
from pam_client import PamClient
from sshd import Sshd
from terminal import ENTER, LINK, TIMEOUT, WAITING, Link, Terminal, as_user

LINK_SHOWN, QUESTION, PASSWORD = "link", "question", "password"
INSIDE, OUTSIDE = "inside", "outside"
SAY_WHO = "echo inside $(id -un)"
NAME = r"login: $"
REFUSED = r"Login incorrect|login: $"   # others end
TTY1 = pathlib.Path("/dev/tty1")
HERE = pathlib.Path(__file__).resolve().parent


class Person(Terminal):
    """On a terminal, where everything shows up sooner or later."""

    def __init__(self, command, refused=REFUSED, shell=False, enter=False):
        super().__init__(command)
        self._waits = ENTER if enter else WAITING
        self._patterns = {
            LINK_SHOWN: LINK, QUESTION: r"\[Y/n\] ",
            PASSWORD: r"[Pp]assword[^:\n]*: $",
            INSIDE: r"\$ $" if shell else r"inside (\w+)\s",
            OUTSIDE: refused, None: pexpect.EOF}
        self._shell, self.link, self.who = shell, None, None

    def next(self):
        self.see(*self._patterns.values(), timeout=TIMEOUT)
        came = list(self._patterns)[self.match_index]
        if came == LINK_SHOWN:
            self.link = Link(self.match[1], self.match[2])
            self.see(self._waits)
        elif came == INSIDE:
            if self._shell:
                self.sendline(SAY_WHO)
                self.see(r"inside (\w+)\s")
            self.who = self.match[1]
        return came or OUTSIDE

    def say(self, text=""):
        self.sendline(text)

    def has_approved(self):
        if self._waits == ENTER:
            self.press_enter()

    def give_up(self):
        self.interrupt()

    def use_password(self, password):
        assert self.next() == PASSWORD
        self.say(password)


class Application:
    """What is the same for most of them."""

    services = ()           # names of its files in /etc/pam.d
    programs = ()           # what it needs of this host
    nobody = False          # nobody is named before the link is shown
    sections = {}           # of pam_oauth.conf

    def __init__(self, logs):
        self.logs = logs

    def missing(self):
        return world.missing(*self.programs)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    @property
    def service(self):
        return self.services[-1]


class Ssh(Application):
    services = ("sshd",)
    config, config_end = ("PubkeyAuthentication yes",), ()
    method = "PubkeyAuthentication=no"

    def __enter__(self):
        self._sshd = Sshd(self.logs, *self.config, end=self.config_end)
        self._key = self._sshd.client_key()
        for user in ("carol", "dave"):
            world.write(self._key.with_suffix(".pub").read_text(),
                        "/home/%s/.ssh/authorized_keys" % user)
        self._sshd.__enter__()
        return self

    def __exit__(self, *exc):
        self._sshd.__exit__(*exc)

    def start(self, user, password="", method=None):
        return self._sshd.login(
            user, SAY_WHO, options=("IdentityFile=%s" % self._key,
                                    method or self.method),
            terminal=lambda command: Person(command, enter=True))

    def start_with_key(self, user):
        return self.start(user, method="KbdInteractiveAuthentication=no")


class SshKeyFirst(Ssh):
    """sshd_config as the example has it, its end included."""
    config = ("PubkeyAuthentication yes",
              "AuthenticationMethods publickey,keyboard-interactive")
    config_end = ("Match Group breakglass", "AuthenticationMethods publickey")
    method = "BatchMode=no"


class Sudo(Application):
    services = ("sudo",)
    options = ()
    SUDOERS = ("Defaults !fqdn, !lecture, passwd_tries=1\n"
               "carol ALL=(ALL:ALL) ALL\ndave ALL=(ALL:ALL) ALL\n")

    def start(self, user, password=""):
        world.write(self.SUDOERS, "/etc/sudoers", 0o440)
        return Person(as_user(user, "/usr/bin/sudo", "-k", *self.options,
                              "sh", "-c", SAY_WHO))


class SudoI(Sudo):
    services = ("sudo", "sudo-i")
    options = ("-i",)


class Su(Application):
    services = ("su",)
    options = ()

    def start(self, user, password=""):
        return Person(as_user("alice", "/bin/su", *self.options, user, "-c",
                              SAY_WHO))


class SuL(Su):
    """Debian's file for it includes su's."""
    options = ("-",)

    @property
    def service(self):
        return "su-l"


class Login(Application):
    services = ("login",)
    programs = ("login",)

    def start(self, user, password=""):
        return Person(["/bin/login", user], shell=True)


class KioskLogin(Application):
    """login on the terminal that the example names: ours is called so, too."""
    services = ("login",)
    programs = ("login",)
    nobody = True
    sections = {"service login": {"kiosk": "yes"}}

    def __exit__(self, *exc):
        leave_tty1()

    def start(self, user, password=""):
        return Person(on_tty1("/bin/login"), shell=True)


def on_tty1(*command):
    """The command line that runs `command` where it sees /dev/tty1."""
    leave_tty1()        # nothing can be mounted on one that is gone
    TTY1.touch()
    return ["/bin/sh", "-c", 'mount --bind "$(tty)" "$0" && '
            'exec "$@" <>"$0" >&0 2>&1', str(TTY1), *command]


def leave_tty1():
    while TTY1.is_char_device():
        subprocess.run(["umount", str(TTY1)], check=True, timeout=60)


class Greetd(Application):
    """With greetd_greeter.py, which names nobody, and with prompts: greetd can
    cancel only then."""
    services = ("greetd",)
    programs = ("greetd",)
    greeter = "/usr/bin/python3 %(dir)s/greeter.py %(dir)s/session"
    nobody = True
    sections = {"service greetd": {"kiosk": "yes", "style": "enter"}}

    def __enter__(self):
        path = world.public_directory()
        world.write("#!/bin/sh\n%s\nread answer\n" % SAY_WHO,
                    path / "session", 0o755)
        world.write((HERE / "greetd_greeter.py").read_text(),
                    path / "greeter.py")
        self._config = world.write(
            '[terminal]\nvt = "none"\n[default_session]\n'
            'command = "%s"\nuser = "_greetd"\n'
            % self.greeter % {"dir": path}, path / "config.toml")
        return self

    def start(self, user, password=""):
        return GreeterPerson(["/usr/sbin/greetd", "--config",
                              str(self._config)], enter=self.nobody)


class Agreety(Greetd):
    """With greetd's own greeter, which asks for the name."""
    programs = ("greetd", "agreety")
    greeter = "/usr/sbin/agreety --cmd %(dir)s/session"
    nobody, sections = False, {}

    def start(self, user, password=""):
        person = super().start(user)
        person.see(NAME)
        person.say(user)
        return person


class GreeterPerson(Person):
    def __init__(self, command, enter=False):
        super().__init__(command, refused=r"(refused|cancelled)\s",
                         enter=enter)

    def give_up(self):
        self.say("cancel")

    def __exit__(self, *exc):
        self.kill(signal.SIGTERM)   # it stops what it has started
        self.wait()
        super().__exit__(*exc)


class Lightdm(Application):
    """With lightdm_greeter.py, X on no screen, and a bus of its own."""
    services = ("lightdm",)
    programs = ("lightdm", "Xvfb", "dbus-daemon")
    nobody = True
    sections = {"service lightdm": {"kiosk": "yes"}}
    FILES = {
        "X": "#!/bin/sh\n"
             "exec Xvfb $1 -screen 0 640x480x8 -nolisten tcp -nolisten local\n",
        "session": "#!/bin/sh\n%s >%%(dir)s/tty\n"
                   "read answer <%%(dir)s/tty\n" % SAY_WHO,
        "lightdm.conf": "[LightDM]\nlogind-check-graphical=false\n"
                        "[Seat:*]\nxserver-command=%(dir)s/X\n"
                        "greeter-session=po_test\nuser-session=po_test\n"
                        "session-wrapper=/usr/bin/env\n"}
    DESKTOP = "[Desktop Entry]\nType=Application\nName=test\nExec=%s\n"

    def missing(self):
        binding = subprocess.run(
            ["/usr/bin/python3", "-c",
             "import gi; gi.require_version('LightDM', '1')"],
            stderr=subprocess.DEVNULL, timeout=60)
        return super().missing() or (
            "needs lightdm's library for Python" if binding.returncode else
            None)

    def __enter__(self):
        self._dir = path = world.public_directory()
        for name, text in self.FILES.items():
            world.write(text % {"dir": path}, path / name, 0o755)
        world.write((HERE / "lightdm_greeter.py").read_text(),
                    path / "greeter.py")
        world.write(self.DESKTOP % (path / "session"),
                    "/usr/share/xsessions/po_test.desktop")
        pathlib.Path("/run/dbus").mkdir(exist_ok=True)
        self._bus = subprocess.Popen(
            ["dbus-daemon", "--system", "--nofork", "--nopidfile",
             "--print-address"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self._bus.stdout.readline()     # it listens
        return self

    def __exit__(self, *exc):
        self._bus.terminate()
        self._bus.wait(TIMEOUT)
        self._bus.stdout.close()

    def start(self, user, password=""):
        world.write(self.DESKTOP % "/usr/bin/python3 {0}/greeter.py {0}/tty "
                    "po_test {1}".format(self._dir, user),
                    "/usr/share/xgreeters/po_test.desktop")
        return GreeterPerson(
            ["/bin/sh", "-c", 'chmod 666 "$(tty)" && ln -sfn "$(tty)" "$0/tty"'
             ' && exec lightdm -c "$0/lightdm.conf" 2>"$0/log"',
             str(self._dir)])


class LightdmGtk(Lightdm):
    """With Debian's own greeter, whose screen nobody here can read."""
    programs = Lightdm.programs + ("lightdm-gtk-greeter",)
    FILES = dict(Lightdm.FILES, **{
        "lightdm.conf": Lightdm.FILES["lightdm.conf"].replace(
            "greeter-session=po_test", "greeter-session=lightdm-gtk-greeter\n"
            "greeter-hide-users=true\ngreeter-show-manual-login=true")})


class Gdm(Application):
    """Not GDM, which needs logind and a graphics card: libpam alone."""
    services = ("gdm-password",)

    def start(self, user, password=""):
        return GdmPerson(self.service, user)


class GdmPerson(PamClient):
    def __init__(self, service, user):
        super().__init__(service, user, "auth", "acct", "cred", "open",
                         "close")
        self.link, self.who = None, user

    def next(self):
        while True:
            record = self.record()
            if record is None:
                return OUTSIDE
            if "phase" in record:
                if record["code"] != "PAM_SUCCESS":
                    return OUTSIDE
                if record["phase"] == "open":
                    return INSIDE
            elif record["style"] == "echo-off":
                return PASSWORD
            elif Link.find(record["text"]):
                self.link = Link.find(record["text"])
                return LINK_SHOWN

    def say(self, text=""):
        self.answer(text)

    def has_approved(self):
        pass

    def give_up(self):
        self._process.terminate()       # which is what GDM does

    def use_password(self, password):
        assert self.next() == PASSWORD
        self.say(password)


class Cockpit(Application):
    """cockpit-ws without TLS; what its login page would do is done here."""
    services = ("cockpit",)
    programs = ("/usr/lib/cockpit/cockpit-ws", "cockpit-bridge")

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
            self._process = subprocess.Popen(
                ["/bin/bash", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec %s --no-tls "
                 "3<&%d" % (self.programs[0], listener.fileno())],
                pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *exc):
        self._process.terminate()
        self._process.wait(TIMEOUT)

    def start(self, user, password=""):
        return Page(self._port, user, password)


class Page:
    """Requests of /cockpit/login; each answer is what comes next."""

    def __init__(self, port, user, password):
        self._connection = http.client.HTTPConnection("127.0.0.1", port,
                                                      timeout=TIMEOUT)
        self.who, self.link, self.screen = user, None, ""
        self._ask("Basic", "%s:%s" % (user, password))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._connection.close()

    def _ask(self, scheme, text):
        self._connection.request("GET", "/cockpit/login", headers={
            "Authorization": "%s %s" % (
                scheme, base64.b64encode(text.encode()).decode())})
        response = self._connection.getresponse()
        self.screen += response.read().decode()
        self._next = INSIDE if response.status == 200 else OUTSIDE
        challenge = response.headers["WWW-Authenticate"]
        if response.status == 401 and challenge:
            _, self._nonce, prompt = challenge.split()
            prompt = base64.b64decode(prompt).decode()
            self.screen += prompt
            self.link = Link.find(prompt)
            self._next = LINK_SHOWN if self.link else PASSWORD

    def next(self):
        return self._next

    def say(self, text=""):
        self._ask("X-Conversation " + self._nonce, text)

    def has_approved(self):
        self.say()

    def give_up(self):
        self.say("q")

    def use_password(self, password):
        pass                    # on the first page, with the name
