# SPDX-License-Identifier: BSD-2-Clause
"""The phone of whoever a backchannel request is about (tests/idp/ciba.mjs)."""

import json
import ssl
import urllib.request

TIMEOUT = 60


class Phone:
    """Answers requests of the test provider."""

    def __init__(self, idp):
        self._idp = idp
        self._context = ssl.create_default_context(cafile=idp.ca_file)

    def _call(self, query="", data=None):
        with urllib.request.urlopen(self._idp.issuer + "/phone" + query,
                                    data, TIMEOUT,
                                    context=self._context) as answer:
            return json.load(answer)

    def requests(self):
        """Those that wait for an answer, oldest first."""
        return self._call()

    def wait(self, message):
        """The request that says `message`, once it has arrived."""
        seen = 0
        while True:
            for request in self.requests():
                if request["message"] == message:
                    return request
            events = len(self._idp.events())
            self._idp.wait_event(
                lambda event: event["path"] == "/backchannel", TIMEOUT, seen)
            seen = events

    def _answer(self, request, answer):
        self._call("?id=%s&answer=%s" % (request["id"], answer), b"")

    def approve(self, request):
        self._answer(request, "approve")

    def deny(self, request):
        self._answer(request, "deny")

    def fail(self, request):
        self._answer(request, "fail")
