#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A greeter for greetd (greetd-ipc(7)) that names nobody.

    greetd_greeter.py SESSION

shows on its terminal what greetd hands it, and starts SESSION after a success.
"cancel" as an answer cancels the sign-in.
"""

import json
import os
import socket
import struct
import sys

LENGTH = struct.Struct("=I")


def connect():
    greetd = socket.socket(socket.AF_UNIX)
    greetd.connect(os.environ["GREETD_SOCK"])
    return greetd


def send(greetd, **message):
    data = json.dumps(message).encode()
    greetd.sendall(LENGTH.pack(len(data)) + data)


def receive(greetd):
    size, = LENGTH.unpack(greetd.recv(LENGTH.size, socket.MSG_WAITALL))
    return json.loads(greetd.recv(size, socket.MSG_WAITALL))


def main(session):
    greetd, ready = connect(), False
    send(greetd, type="create_session", username="")
    while True:
        answer = receive(greetd)
        if answer["type"] == "error":
            print("refused", flush=True)
            return
        if answer["type"] == "auth_message":
            print(answer["auth_message"], flush=True)
            response = None
            if answer["auth_message_type"] in ("visible", "secret"):
                response = input()
            if response == "cancel":
                send(greetd, type="cancel_session")
                receive(greetd)
                print("cancelled", flush=True)
                return
            send(greetd, type="post_auth_message_response", response=response)
        elif ready:
            return
        else:
            ready = True
            send(greetd, type="start_session", cmd=[session], env=[])


if __name__ == "__main__":
    main(*sys.argv[1:])
