# SPDX-License-Identifier: BSD-2-Clause
"""The cache under many logins at once, and under what goes wrong on a host.

The hostile provider approves by itself. Its watch on conduct is not looked at
here: it takes a request for the metadata for the beginning of a login, which
the cache is there to save, and all have one client_id.
"""

import concurrent.futures
import contextlib
import json
import os
import pwd
import ssl
import subprocess
import threading
import time
import urllib.request

import pytest

import world
from cache_files import CACHE, age, parse, path_of, plant
from hostile import Hostile
from pam_client import PamClient, authenticate

SERVICE = "storm"
PATIENCE = 60           # of one login, among all the others
DOCUMENTS = ("metadata", "jwks")
HELPER_UID = pwd.getpwnam(world.HELPER_USER).pw_uid


@pytest.fixture(scope="module")
def hostile():
    with Hostile(world.public_directory()) as provider:
        yield provider
        assert provider.errors() == ""


class Client:
    """One client_id, configured, with nothing kept of its provider."""

    def __init__(self, hostile, client_id):
        self.hostile, self.client_id = hostile, client_id
        self.issuer = hostile.issuer_of(client_id)
        self.metadata = self.issuer + "/.well-known/openid-configuration"
        self.jwks = self.issuer + "/jwks"
        world.configure({
            "provider storm": {"issuer": self.issuer, "client_id": client_id,
                               "ca_file": hostile.ca_file,
                               # it shares the processor with the storm
                               "connect_timeout": "30s",
                               "request_timeout": "30s"},
            "limits": {"max_pending": 1000, "max_pending_total": 1000}})
        world.service(SERVICE)
        for file in CACHE.glob("*"):
            file.unlink()
        self._seen = {document: 0 for document in DOCUMENTS}

    def asked(self):
        """(metadata, keys): requests for them since the last call."""
        found = {document: len(self.hostile.requests(self.client_id, document))
                 for document in DOCUMENTS}
        new = tuple(found[document] - self._seen[document]
                    for document in DOCUMENTS)
        self._seen = found
        return new

    def log_in(self, count=1):
        """So many at once; all succeed. When each began, in seconds."""
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(PamClient(SERVICE, "alice"))
                       for _ in range(count)]
            codes = {client.code(PATIENCE) for client in clients}
        assert codes == {"PAM_SUCCESS"}
        return [client.phases[0]["start_us"] / 1e6 for client in clients]

    def asked_only_by_early(self, watch, began):
        """Who began when a document was there has not asked for it."""
        metadata, keys = self.asked()
        assert 1 <= metadata <= watch.early(self.metadata, began)
        assert 1 <= keys <= watch.early(self.jwks, began)

    def files_are_whole(self):
        files = {path: parse(path.read_bytes()) for path in CACHE.iterdir()}
        assert {path: found and found["url"].decode()
                for path, found in files.items()} == {
            path_of(self.metadata): self.metadata,
            path_of(self.jwks): self.jwks}
        return files.values()


class Watch:
    """Reads the files again and again.

    seen: all the contents there were; whole_at: when a path was first whole.
    """

    def __init__(self):
        self.seen, self.whole_at = set(), {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        while not self._stop.wait(0.002):
            for path in CACHE.glob("[!.]*"):
                data = path.read_bytes()
                if data not in self.seen and parse(data):
                    self.whole_at.setdefault(path, time.monotonic())
                self.seen.add(data)

    def early(self, url, began):
        """How many of them cannot have found the document."""
        return sum(start <= self.whole_at[path_of(url)] for start in began)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join()


def test_hundreds_find_nothing_and_leave_whole_files(hostile):
    client = Client(hostile, "approve_after=0.cold")
    with Watch() as watch:
        began = client.log_in(world.many(200))
    client.asked_only_by_early(watch, began)
    client.files_are_whole()
    assert watch.seen and all(parse(data) for data in watch.seen)
    client.log_in(world.many(50))
    assert client.asked() == (0, 0)


def test_hundreds_find_damaged_files_and_mend_them(hostile):
    client = Client(hostile, "approve_after=0.damaged")
    client.log_in()
    client.asked()
    metadata, keys = path_of(client.metadata), path_of(client.jwks)
    damaged = metadata.read_bytes()[:-1], b"\0" * 4000
    metadata.write_bytes(damaged[0])
    keys.write_bytes(damaged[1])
    with Watch() as watch:
        began = client.log_in(world.many(100))
    client.asked_only_by_early(watch, began)
    client.files_are_whole()
    assert all(parse(data) for data in watch.seen - {*damaged, b""})
    client.log_in()
    assert client.asked() == (0, 0)


def test_keys_are_rotated_between_logins(hostile):
    """Each comes in; once the new keys are there nobody asks for them."""
    client = Client(hostile, "approve_after=0.rotated")
    client.log_in()
    plant(client.jwks, {"keys": []}, 60)
    client.asked()
    count = world.many(50)
    client.log_in(count)
    metadata, keys = client.asked()
    assert metadata == 0 and 1 <= keys <= count
    client.log_in(count)
    assert client.asked() == (0, 0)


def test_flood_of_unknown_keys(hostile, logs, since):
    """The provider is asked by those in flight, once in ten seconds."""
    at_once, count = 10, 100
    client = Client(hostile, "approve_after=0+idt_other_key=kid.flood")
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        codes = {done.phases[0]["code"] for done in pool.map(
            lambda _: authenticate(SERVICE, "alice", timeout=PATIENCE),
            range(count))}
    times = (time.monotonic() - began) // 8     # 10, less what a fetch takes
    assert codes == {"PAM_AUTH_ERR"}
    assert logs.reasons(SERVICE, since.log) == ["key-unknown"] * count
    metadata, keys = client.asked()
    assert metadata <= at_once
    # at first for want of any, then for want of those
    assert keys <= at_once * (3 + times)


def test_no_documents_for_an_hour_and_then_again(hostile, logs, since):
    """stale-if-error, while codes and tokens are to be had."""
    count = 20
    client = Client(hostile, "approve_after=0+times=%d"
                    "+reset_header=metadata,jwks" % count)
    there = hostile.issuer_of("plain.there") + "/jwks"
    trusted = ssl.create_default_context(cafile=hostile.ca_file)
    with urllib.request.urlopen(there, context=trusted, timeout=60) as answer:
        plant(client.jwks, json.load(answer), 3600)
    plant(client.metadata, {
        "issuer": client.issuer,
        "device_authorization_endpoint": client.issuer + "/device",
        "token_endpoint": client.issuer + "/token",
        "jwks_uri": client.jwks}, 3600)
    client.log_in(count)
    assert client.asked() == (count, count)
    used = [line for line in logs.lines(since.log)
            if "an old copy has to do" in line.raw]
    assert len(used) == 2 * count
    client.log_in()
    assert client.asked() == (1, 1)
    assert all(int(found["fetched"]) > time.time() - PATIENCE
               for found in client.files_are_whole())
    client.log_in()
    assert client.asked() == (0, 0)


@pytest.fixture
def small_disk(request):
    """Mounted over the cache; there is no room for a file."""
    CACHE.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0700,uid=%d,%s"
                    % (HELPER_UID, request.param), "cache", str(CACHE)],
                   check=True, timeout=60)
    yield
    subprocess.run(["umount", str(CACHE)], check=True, timeout=60)


@pytest.mark.parametrize("small_disk", ["size=4k", "nr_inodes=1"],
                         indirect=True)
def test_full_disk_is_nobody_s_trouble(hostile, logs, since, small_disk):
    client = Client(hostile, "approve_after=0.full%d" % since.log)
    filler = []
    with contextlib.suppress(OSError):      # where no file can be made
        (CACHE / "filler").write_bytes(b"x" * 4096)
        filler = [CACHE / "filler"]
    for _ in range(2):
        client.log_in(10)
        assert client.asked() == (10, 10)
        assert list(CACHE.iterdir()) == filler
    logs.wait(lambda line: "the cache cannot be written: No space left"
              in line.raw, since.log)


def test_directory_of_somebody_else_is_not_used(hostile, logs, since):
    client = Client(hostile, "approve_after=0.theirs")
    client.log_in()
    os.chown(CACHE, pwd.getpwnam("alice").pw_uid, -1)
    try:
        client.asked()
        client.log_in()
        assert client.asked() == (1, 1)
        logs.wait(lambda line: "the cache is not used" in line.raw, since.log)
    finally:
        os.chown(CACHE, HELPER_UID, -1)
    client.log_in()
    assert client.asked() == (0, 0)


@pytest.mark.parametrize("ahead_s", [2, 1000, 10 ** 9])
def test_clock_was_set_back(hostile, ahead_s):
    """What was fetched in what is the future now is fetched again."""
    client = Client(hostile, "approve_after=0.ahead%d" % ahead_s)
    client.log_in()
    for url in client.metadata, client.jwks:
        age(url, -ahead_s - PATIENCE)
    client.asked()
    client.log_in()
    assert client.asked() == (1, 1)
    assert all(int(found["fetched"]) <= time.time()
               for found in client.files_are_whole())
    client.log_in()
    assert client.asked() == (0, 0)


@pytest.mark.parametrize("age_s,asked", [(0, 0), (601, 1), (10 ** 7, 1)])
def test_clock_was_set_forward(hostile, age_s, asked):
    client = Client(hostile, "approve_after=0.aged%d" % age_s)
    client.log_in()
    for url in client.metadata, client.jwks:
        age(url, age_s)
    client.asked()
    client.log_in()
    assert client.asked() == (asked, asked)
    client.files_are_whole()
