#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A greeter for lightdm that talks to a terminal instead of a screen.

    lightdm_greeter.py TERMINAL SESSION [USER]

shows there what lightdm's library hands it, starts SESSION after a success,
and begins anew after a failure.  Without a USER nobody is named.  A line that
is "cancel" cancels the sign-in.
"""

import sys

import gi

gi.require_version("LightDM", "1")
from gi.repository import GLib, LightDM     # noqa: E402


def main(terminal, session, user=None):
    tty = open(terminal, "r+b", buffering=0)
    greeter = LightDM.Greeter()

    def show(text):
        tty.write(text.encode() + b"\n")

    def complete(_):
        if greeter.get_is_authenticated():
            greeter.start_session_sync(session)
        else:
            show("refused")

    def typed(_fd, _condition):
        line = tty.readline().decode().rstrip("\n")
        if line == "cancel":
            greeter.cancel_authentication()
            show("cancelled")
        else:
            greeter.respond(line)
        return True

    greeter.connect("show-message", lambda _, text, kind: show(text))
    greeter.connect("show-prompt", lambda _, text, kind: show(text))
    greeter.connect("authentication-complete", complete)
    greeter.connect_to_daemon_sync()
    GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, tty.fileno(),
                          GLib.IOCondition.IN, typed)
    greeter.authenticate(user)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
