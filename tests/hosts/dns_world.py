# SPDX-License-Identifier: BSD-2-Clause
"""A network and a name service of its own, for one command.

    unshare --net --mount python3 dns_world.py HOSTS COMMAND...

HOSTS is what nsswitch.conf says behind "hosts:". The name in-files.test is
127.0.0.2 in /etc/hosts, in-dns.test is 127.0.0.3 by DNS at 127.0.0.53,
in-probe.test is 127.0.0.4 by tests/sandbox/nss_probe.c, and in-resolve.test is
127.0.0.5 by what nss-resolve(8) takes for systemd-resolved. The last line is
"asked: ..." with what the DNS server was asked for. Ends as COMMAND does.
"""

import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading

IFF_UP, SIOCGIFFLAGS, SIOCSIFFLAGS = 1, 0x8913, 0x8914
TYPE_A = 1


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack_from(
            "H", fcntl.ioctl(sock, SIOCGIFFLAGS, request), 16)[0]
        fcntl.ioctl(sock, SIOCSIFFLAGS,
                    struct.pack("16sH14x", b"lo", flags | IFF_UP))


def replace(path, text):
    """Another text for a file, in this mount namespace alone."""
    handle, name = tempfile.mkstemp()
    os.write(handle, text.encode())
    os.fchmod(handle, 0o644)
    os.close(handle)
    subprocess.run(["mount", "--bind", name, os.path.realpath(path)],
                   check=True)


def answer(query, asked):
    """What DNS says (RFC 1035 4.1): one address, or none."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    name = ".".join(labels)
    kind = struct.unpack_from(">H", query, at + 1)[0]
    question = query[12:at + 5]
    asked.add(name)
    known = name == "in-dns.test"
    record = b""
    if known and kind == TYPE_A:
        record = (b"\xc0\x0c" + struct.pack(">HHIH", TYPE_A, 1, 60, 4)
                  + socket.inet_aton("127.0.0.3"))
    return query[:2] + struct.pack(
        ">HHHHH", 0x8180 | (0 if known else 3), 1, 1 if record else 0, 0,
        0) + question + record


def serve_dns(sock, asked):
    while True:
        query, peer = sock.recvfrom(4096)
        sock.sendto(answer(query, asked), peer)


def serve_probe(sock):
    while True:
        connection = sock.accept()[0]
        with connection:
            if connection.recv(256) == b"in-probe.test\0":
                connection.sendall(socket.inet_aton("127.0.0.4"))


def serve_resolve(sock):
    """ResolveHostname of io.systemd.Resolve: JSON that ends with a NUL."""
    while True:
        connection = sock.accept()[0]
        with connection, connection.makefile("rb") as stream:
            request = b""
            while not request.endswith(b"\0") and (byte := stream.read(1)):
                request += byte
            name = json.loads(request[:-1])["parameters"]["name"]
            answer = {"parameters": {"name": name, "flags": 1, "addresses": [
                {"ifindex": 1, "family": socket.AF_INET,
                 "address": [127, 0, 0, 5]}]}}
            if name != "in-resolve.test":
                answer = {"error": "io.systemd.Resolve.DNSError",
                          "parameters": {"rcode": 3}}
            connection.sendall(json.dumps(answer).encode() + b"\0")
            stream.read()       # the client closes


def daemon(path):
    """A socket that everybody may connect to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    path.chmod(0o666)
    sock.listen()
    return sock


def main(hosts, command):
    loopback_up()
    replace("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: %s\n"
            % hosts)
    replace("/etc/resolv.conf", "nameserver 127.0.0.53\n")
    replace("/etc/hosts", "127.0.0.1 localhost\n127.0.0.2 in-files.test\n")
    asked = set()
    dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    dns.bind(("127.0.0.53", 53))
    probe = pathlib.Path("/run/nss_probe")
    resolve = pathlib.Path("/run/systemd/resolve/io.systemd.Resolve")
    for target, args in ((serve_dns, (dns, asked)),
                         (serve_probe, (daemon(probe),)),
                         (serve_resolve, (daemon(resolve),))):
        threading.Thread(target=target, args=args, daemon=True).start()
    status = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    for path in probe, resolve:
        path.unlink()
    print("asked:", *sorted(asked))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
