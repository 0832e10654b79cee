# SPDX-License-Identifier: BSD-2-Clause
"""What a process has in its memory, and secrets in every form they take there.

Root reads all of it: neither PR_SET_DUMPABLE nor a sandbox is in the way.
"""

import base64
import ctypes
import json
import os
import signal
import subprocess
import urllib.parse

from world import PAM_OAUTH

# Any 24 bytes in a row of a secret have one of its pieces in them whole.
PIECE = 12

# ptrace(2), linux/ptrace.h
PTRACE_CONT, PTRACE_DETACH, PTRACE_SYSCALL = 7, 17, 24
PTRACE_SETOPTIONS, PTRACE_GETEVENTMSG = 0x4200, 0x4201
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
PTRACE_GET_SYSCALL_INFO = 0x420e
PTRACE_O_TRACESYSGOOD = 1
FORKS = (1, 2, 3)                       # PTRACE_EVENT_FORK, _VFORK, _CLONE
PTRACE_O_TRACEFORKS = 1 << 1 | 1 << 2 | 1 << 3
SYSCALL_STOP = signal.SIGTRAP | 0x80
ENTRY, EXIT = 1, 2
WALL = 0x40000000
RESULT, SOCKET = 7, 3                   # base/message.h, base/spawn.h

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_ulong, ctypes.c_long,
                         ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def read(pid):
    """[(mapping's name, bytes)] of all that can be read."""
    found = []
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/mem" % pid, "rb", buffering=0) as mem:
        for line in maps:
            words = line.split(None, 5)
            begin, end = (int(x, 16) for x in words[0].split("-"))
            if "r" not in words[1] or begin >= 1 << 63:
                continue
            name = words[5].strip() if len(words) > 5 else "anonymous"
            data, at = bytearray(), begin
            while at < end:
                try:
                    part = os.pread(mem.fileno(), end - at, at)
                except OSError:
                    # the kernel's own (vvar), past the end of a file
                    part = b""
                if not part:
                    break
                data += part
                at += len(part)
            found.append((name, bytes(data)))
    names = {name for name, data in found if data}
    assert {"[heap]", "[stack]"} <= names, names
    return found


def tree(pid):
    """The process and all that it has started."""
    text = "/proc/%d/task/%d/children" % (pid, pid)
    with open(text) as children:
        return [pid, *(one for child in children.read().split()
                       for one in tree(int(child)))]


def pieces(data, begin=0):
    """Parts of a secret that are of no other."""
    if isinstance(data, str):
        data = data.encode()
    parts = [data[at:at + PIECE]
             for at in range(begin, len(data) - PIECE + 1, PIECE)]
    assert parts, "too short to be found by its pieces"
    return parts


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def of_jws(token):
    """Payload and signature, and this decoded; what a claim says is none."""
    _, payload, signature = token.split(".")
    return pieces(payload) + pieces(signature) + pieces(_decoded(signature))


def of_jwe(token, key_file):
    """The ciphertext, and the token that is in it."""
    inner = subprocess.run(
        [PAM_OAUTH, "verify", "--decrypt-key", key_file, "--decrypt-only",
         token], text=True, check=True, stdout=subprocess.PIPE,
        timeout=60).stdout.strip()
    _, key, _, text, _ = token.split(".")
    return pieces(text) + pieces(_decoded(text)) + of_jws(inner) + (
        pieces(key) if key else [])


def of_client_secret(client_id, secret):
    """As it is, as it is in a form, and in Basic credentials."""
    encoded = urllib.parse.quote_plus(secret)
    basic = base64.b64encode((client_id + ":" + encoded).encode())
    # past what is the client_id, which is no secret
    begin = -(-(len(client_id) + 1) // 3) * 4
    return pieces(secret) + pieces(encoded) + pieces(basic, begin)


def of_private_key(text):
    """The private numbers of a PEM or JWK in both byte orders, and its text."""
    script = ("const c = require('crypto'); const t = require('fs')"
              ".readFileSync(0, 'utf8'); console.log(JSON.stringify("
              "c.createPrivateKey(t[0] === '{' ? {key: JSON.parse(t),"
              " format: 'jwk'} : t).export({format: 'jwk'})))")
    jwk = json.loads(subprocess.run(
        [os.environ.get("NODE", "node"), "-e", script], input=text, text=True,
        check=True, stdout=subprocess.PIPE, timeout=60).stdout)
    found = []
    for name in ("d", "p", "q", "dp", "dq", "qi"):
        if name in jwk:
            number = base64.urlsafe_b64decode(jwk[name] + "==")
            # OpenSSL's are words, the least first: on most machines the bytes
            found += pieces(jwk[name]) + pieces(number) + pieces(number[::-1])
    for line in text.splitlines():
        if len(line) == 64 and "-" not in line:
            found += pieces(line)
    return found


def search(memory, secret):
    """The names of the mappings that hold a piece of it."""
    return {name for name, data in memory
            if any(part in data for part in secret)}


class SyscallInfo(ctypes.Structure):
    """struct ptrace_syscall_info, of an entry."""

    _fields_ = [("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3),
                ("arch", ctypes.c_uint32),
                ("instruction_pointer", ctypes.c_uint64),
                ("stack_pointer", ctypes.c_uint64),
                ("nr", ctypes.c_uint64), ("args", ctypes.c_uint64 * 6)]


def _ptrace(request, pid, address=0, data=0):
    result = _libc.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class Tracee:
    """A process that stops where it is asked to; a context manager.

    Only the thread that made it can use it. It goes on when the context ends.
    """

    def __init__(self, pid, options=0):
        self.pid = pid
        _ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | options)
        _ptrace(PTRACE_INTERRUPT, pid)
        self._wait()

    @classmethod
    def next_child(cls, pid, go):
        """The next one that it starts; `go` makes it do that."""
        parent = cls(pid, PTRACE_O_TRACEFORKS)
        _ptrace(PTRACE_CONT, pid)
        go()
        number = parent._wait()
        while number != signal.SIGTRAP or not parent.is_fork:
            _ptrace(PTRACE_CONT, pid, 0,
                    0 if number == signal.SIGTRAP else number)
            number = parent._wait()
        child, message = cls.__new__(cls), ctypes.c_ulong()
        _ptrace(PTRACE_GETEVENTMSG, pid, 0, ctypes.addressof(message))
        child.pid = message.value
        child._wait()
        # its threads are not to stop: nobody would let them go on
        _ptrace(PTRACE_SETOPTIONS, child.pid, 0, PTRACE_O_TRACESYSGOOD)
        _ptrace(PTRACE_DETACH, pid)
        return child

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        try:
            _ptrace(PTRACE_DETACH, self.pid)
        except ProcessLookupError:
            # ended by now; its parent is told once we have been
            os.waitpid(self.pid, WALL)

    def _wait(self):
        """The signal that it stopped with."""
        _, status = os.waitpid(self.pid, WALL)
        assert os.WIFSTOPPED(status), "it ended: %#x" % status
        self.is_fork = status >> 16 in FORKS
        return os.WSTOPSIG(status)

    def _next_call(self):
        """Goes on to the next entry or exit of a system call."""
        number = 0
        while True:
            _ptrace(PTRACE_SYSCALL, self.pid, 0, number)
            number = self._wait()
            if number == SYSCALL_STOP:
                break
            if number == signal.SIGTRAP:
                number = 0      # a stop of ptrace's own, no signal
        info = SyscallInfo()
        _ptrace(PTRACE_GET_SYSCALL_INFO, self.pid, ctypes.sizeof(info),
                ctypes.addressof(info))
        return info

    def at_output(self, wanted):
        """Stops in front of the call with a buffer that satisfies `wanted`.

        Any call that has one where write and send do.
        """
        while True:
            info = self._next_call()
            if info.op != ENTRY or not 0 < info.args[2] <= 65536:
                continue
            # opened anew: it would stay with what there was before an exec
            with open("/proc/%d/mem" % self.pid, "rb", buffering=0) as mem:
                try:
                    data = os.pread(mem.fileno(), info.args[2], info.args[1])
                except (OSError, OverflowError):
                    continue    # no address
            if data and wanted(info.args[0], data):
                return

    def verdict(self, module):
        """A helper's memory when RESULT has left it.

        Its `module` is stopped meanwhile: it ends a helper that has spoken.
        """
        self.at_output(lambda fd, data: fd == SOCKET and data[0] == RESULT)
        os.kill(module, signal.SIGSTOP)
        os.waitid(os.P_PID, module, os.WSTOPPED | os.WNOWAIT)
        try:
            assert self._next_call().op == EXIT
            return read(self.pid)
        finally:
            os.kill(module, signal.SIGCONT)
