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

import applications                     # noqa: E402
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
             "-nolisten", "tcp", "-nolisten", "local"],
            pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as number:
            self.name = ":" + number.readline().strip()
        return self

    def __exit__(self, *exc):
        self._process.terminate()
        self._process.wait(TIMEOUT_S)


def shot(display):
    """What is on the display now, as PNG, without its empty edges."""
    raw = subprocess.run(["import", "-display", display, "-window", "root",
                          "png:-"], stdout=subprocess.PIPE, check=True,
                         timeout=TIMEOUT_S).stdout
    # few colours and no dates: small, and the same for the same picture
    return subprocess.run(
        ["convert", "png:-", "-trim", "+repage", "-bordercolor", "#1c1c1c",
         "-border", "12", "-strip", "+dither", "-colors", "48",
         "-define", "png:exclude-chunks=date,time", "png:-"], input=raw,
        stdout=subprocess.PIPE, check=True, timeout=TIMEOUT_S).stdout


def settled(display):
    """The picture once nothing moves any more."""
    before = None
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        now = shot(display)
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
             str(text), str(done)],
            env=dict(os.environ, DISPLAY=display.name, LC_ALL="C.UTF-8"))
        try:
            done.read_text()            # until all of it has been written
            return settled(display.name)
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


class Greeter(applications.LightdmGtk):
    """On a display of this size that says its name."""
    FILES = dict(applications.LightdmGtk.FILES, X=(
        "#!/bin/sh\necho $1 >%(dir)s/display\n"
        "exec Xvfb $1 -screen 0 800x600x24 -nolisten tcp -nolisten local\n"))

    def display(self):
        return (self._dir / "display").read_text().strip()


def greeter(idp, logs):
    """Debian's own for lightdm, where nobody has named anybody."""
    application = Greeter(logs)
    world.install_example(
        world.SRCDIR / "pam.d-examples" / "kiosk-greeter", "lightdm")
    world.configure({"provider corp": world.corp(idp),
                     **application.sections})
    since = time.monotonic() * 1000
    with application, application.start(""):
        idp.wait_event(lambda event: event["path"] == "/device/auth"
                       and event["t"] >= since)
        return settled(application.display())


def take(logs):
    with Provider(world.public_directory(), interval=1) as idp, \
            tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        world.configure({"provider corp": world.corp(idp)})
        with Display() as display:
            pictures = {"ssh": show(display, ssh(logs)),
                        "sudo": show(display, sudo())}
        if Greeter(logs).missing():
            print("no new picture of a greeter:", Greeter(logs).missing(),
                  file=sys.stderr)
        else:
            pictures["greeter"] = greeter(idp, logs)
        for name, data in pictures.items():
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
