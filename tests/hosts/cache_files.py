# SPDX-License-Identifier: BSD-2-Clause
"""Files of the cache, as src/io/cache.c writes and reads them."""

import json
import os
import pathlib
import re
import shutil
import time

import world

CACHE = pathlib.Path(os.environ["CACHEDIR"])
FILE = re.compile(
    rb"(pam_oauth cache 1\nurl=(?P<url>[^\n]*)\n"
    rb"media_type=application/[a-z+-]*\n"
    rb"fetched=(?P<fetched>\d+)\nexpires=(?P<expires>\d+)\n"
    rb"refresh=(?P<refresh>[01])\nlength=(?P<length>\d+)\n)"
    rb"checksum=(?P<checksum>[0-9a-f]{16})\n(?P<body>.*)", re.DOTALL)


def fnv(data, seed=0xcbf29ce484222325):
    """FNV-1a, 64 bits: names and checksums of the cache."""
    for byte in data:
        seed = (seed ^ byte) * 0x100000001b3 % 2 ** 64
    return seed


def path_of(url):
    return CACHE / ("%016x" % fnv(url.encode()))


def parse(data):
    """The parts of a file by name; None unless it is whole."""
    match = FILE.fullmatch(data)
    if (match is None or int(match["length"]) != len(match["body"])
            or int(match["checksum"], 16) != fnv(match[1] + match["body"])):
        return None
    return match


def plant(url, document, age_s, refresh=0):
    """A file as a login of that long ago has left it, ten minutes fresh."""
    body = json.dumps(document).encode()
    fetched = int(time.time()) - age_s
    head = ("pam_oauth cache 1\nurl=%s\nmedia_type=application/json\n"
            "fetched=%d\nexpires=%d\nrefresh=%d\nlength=%d\n"
            % (url, fetched, fetched + 600, refresh, len(body))).encode()
    path = path_of(url)
    path.write_bytes(head + b"checksum=%016x\n" % fnv(head + body) + body)
    path.chmod(0o600)
    shutil.chown(path, world.HELPER_USER, world.HELPER_USER)


def age(url, seconds):
    """Dates a file back, or to the future if negative."""
    plant(url, json.loads(parse(path_of(url).read_bytes())["body"]), seconds)
