# SPDX-License-Identifier: BSD-2-Clause
"""Pictures of real logins, as a tar archive on standard output.

What the real ssh and sudo wrote to a terminal, up to the moment when a person
would reach for the phone, is written to a real xterm, and that is the picture.
"""

import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hosts"), str(HERE.parent / "idp")]

import world                            # noqa: E402
from logs import Logs                   # noqa: E402
from provider import Provider           # noqa: E402
from sshd import Sshd                   # noqa: E402
from terminal import ENTER, WAITING, Terminal, as_user  # noqa: E402

TIMEOUT_S = 20
SUDOERS = "Defaults !fqdn, !lecture\nalice ALL=(ALL:ALL) ALL\n"


class Display:
    """An X server without a screen."""

    def __enter__(self):
        read, write = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x1024x24",
             "-nolisten", "tcp"], pass_fds=[write],
            stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as number:
            self.env = dict(os.environ,
                            DISPLAY=":" + number.readline().strip())
        return self

    def __exit__(self, *exc):
        self._process.terminate()
        self._process.wait(TIMEOUT_S)

    def picture(self, trim=True):
        """What is on the display now, as PNG, without its empty edges."""
        shot = subprocess.run(["import", "-window", "root", "png:-"],
                              env=self.env, stdout=subprocess.PIPE,
                              check=True, timeout=TIMEOUT_S).stdout
        # few colours and no dates: small, and the same for the same picture
        return subprocess.run(
            ["convert", "png:-", *(["-trim", "+repage"] if trim else []),
             "-bordercolor", "#1c1c1c", "-border", "12", "-strip",
             "-colors", "32", "-define", "png:exclude-chunks=date,time",
             "png:-"], input=shot, stdout=subprocess.PIPE, check=True,
            timeout=TIMEOUT_S).stdout

    def settled(self):
        """The picture once it is the same twice, and not empty."""
        before = None
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            now = self.picture()
            if now == before:
                return now
            before = now
        raise TimeoutError("the display does not come to rest")


def show(display, screen):
    """`screen`, as a program wrote it, on an xterm."""
    rows = screen.count("\n") + 2
    with tempfile.TemporaryDirectory() as directory:
        text = pathlib.Path(directory) / "screen"
        text.write_text(screen)
        done = pathlib.Path(directory) / "done"
        os.mkfifo(done)
        terminal = subprocess.Popen(
            ["xterm", "-b", "0", "-bw", "0", "-u8", "-geometry",
             "80x%d+0+0" % rows, "-bg", "#1c1c1c", "-fg", "#e4e4e4",
             "-fa", "DejaVu Sans Mono", "-fs", "11", "-cr", "#e4e4e4",
             "-e", "sh", "-c", 'cat "$0"; echo >"$1"; read -r _',
             str(text), str(done)], env=dict(display.env, LC_ALL="C.UTF-8"))
        try:
            done.read_text()            # until all of it has been written
            return display.settled()
        finally:
            terminal.terminate()
            terminal.wait(TIMEOUT_S)


def typed(command, screen):
    """With the prompt and the command that a person has typed before."""
    return "alice@laptop:~$ %s\r\n%s" % (command, screen)


def ssh(logs):
    world.service("sshd")
    with Sshd(logs) as server, server.login("alice") as person:
        person.see_link()
        person.see(ENTER)
        return typed("ssh web1", person.screen)


def sudo():
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)
    with Terminal(as_user("alice", "/usr/bin/sudo", "-k", "systemctl",
                          "restart", "nginx")) as person:
        person.see_link()
        person.see(WAITING)
        return typed("sudo systemctl restart nginx", person.screen)


def take(logs):
    with Provider(world.public_directory(), interval=1) as idp, \
            Display() as display, \
            tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        world.configure({"provider corp": world.corp(idp)})
        for name, screen in (("ssh", ssh(logs)), ("sudo", sudo())):
            data = show(display, screen)
            entry = tarfile.TarInfo(name + ".png")
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))


def main():
    logs = Logs()
    try:
        take(logs)
    except Exception:
        print(*[line.raw for line in logs.lines()], sep="\n", file=sys.stderr)
        raise
    finally:
        logs.close()


main()
