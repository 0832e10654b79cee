# SPDX-License-Identifier: BSD-2-Clause
"""A TLS server with canned answers."""

import re
import socket
import ssl
import threading

TIMEOUT = 60
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.I)


class HttpsStub:
    """Answers each request with `answer`; None: never answers.

    It is bytes, or a function of a request's bytes that returns some.

    The certificate is tls_dir's (make-ca), for 127.0.0.1 and localhost.
    """

    def __init__(self, tls_dir, answer, address="127.0.0.1"):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(tls_dir / "server.pem",
                                      tls_dir / "server.key")
        self.ca_file = str(tls_dir / "ca.pem")
        self.answer, self.requests, self.peer = answer, 0, None
        self._done, self._asked = threading.Event(), threading.Event()
        self._socket = socket.create_server((address, 0))
        self.issuer = "https://%s:%d" % self._socket.getsockname()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *exc):
        self._done.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(TIMEOUT)
        self._socket.close()

    def wait_request(self):
        """Until the first request has come."""
        assert self._asked.wait(TIMEOUT)

    def _accept(self):
        while not self._done.is_set():
            try:
                connection, self.peer = self._socket.accept()
            except OSError:
                return          # shut down
            thread = threading.Thread(target=self._serve, args=(connection,),
                                      daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        connection.settimeout(TIMEOUT)
        try:
            with self._context.wrap_socket(connection,
                                           server_side=True) as tls:
                while request := self._read_request(tls):
                    self.requests += 1
                    self._asked.set()
                    if self.answer is None:
                        self._done.wait(TIMEOUT)
                        return
                    tls.sendall(self.answer(request) if callable(self.answer)
                                else self.answer)
        except OSError:
            pass                # the client has had enough: its right

    @staticmethod
    def _read_request(tls):
        """The next one with its body, which is short; b"": no more."""
        data = b""
        while True:
            head, end, body = data.partition(b"\r\n\r\n")
            length = LENGTH.search(head)
            if end and len(body) >= int(length[1] if length else 0):
                return data
            part = tls.recv(4096)
            if not part:
                return b""
            data += part


def http(body, media_type="application/json", status="200 OK"):
    if isinstance(body, str):
        body = body.encode()
    return ("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            % (status, media_type, len(body))).encode() + body
