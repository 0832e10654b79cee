# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, driven through W3C WebDriver's HTTP interface."""

import http.client
import json
import re
import subprocess
import tempfile

TIMEOUT = 60        # for Chromium to start on a busy machine
PAGE_TIMEOUT = 60
PORT_TRIES = 10     # see _start_driver
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"     # WebDriver section 12.1
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # the test's own CA is in no store of Chromium's
    "--ignore-certificate-errors"]


class WebDriverError(Exception):
    pass


class Chromium:
    """One browser with a profile of its own; a context manager."""

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory(
            ignore_cleanup_errors=True)
        self._session = None
        try:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self._start_driver(), timeout=TIMEOUT)
            self._start_session()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        try:
            if self._session is not None:
                self._call("DELETE", "")
        finally:
            self._end_driver()
            self._profile.cleanup()

    def _start_driver(self):
        """The port it listens at.

        It asks for a free one on ::1 or 127.0.0.1, wants the same on the other
        one too, and ends if somebody has that: one start in 250 while all the
        tests run.
        """
        for _ in range(PORT_TRIES):
            self._driver = subprocess.Popen(
                ["chromedriver", "--port=0"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            said = ""
            for line in self._driver.stdout:
                match = re.search(r"started successfully on port (\d+)", line)
                if match:
                    return int(match[1])
                said += line
            if "port not available" not in said:
                break
            self._end_driver()
        raise WebDriverError("chromedriver did not start: " + said)

    def _end_driver(self):
        self._driver.terminate()
        self._driver.wait(TIMEOUT)
        self._driver.stdout.close()

    def _start_session(self):
        answer = self._send("POST", "/session", {"capabilities": {
            "alwaysMatch": {
                "timeouts": {"implicit": PAGE_TIMEOUT * 1000,
                             "pageLoad": PAGE_TIMEOUT * 1000},
                "goog:chromeOptions": {"args": ARGUMENTS + [
                    "--user-data-dir=" + self._profile.name]}}}})
        self._session = answer["sessionId"]

    def _send(self, method, path, body=None):
        self._connection.request(
            method, path, None if body is None else json.dumps(body),
            {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status != 200:
            raise WebDriverError("%s: %s" % (value["error"],
                                             value["message"]))
        return value

    def _call(self, method, path, body=None):
        return self._send(method, "/session/%s%s" % (self._session, path),
                          body)

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def find(self, where, using="css selector"):
        """The element, as soon as there is one."""
        return self._call("POST", "/element", {
            "using": using, "value": where})[ELEMENT]

    def click(self, selector):
        self._call("POST", "/element/%s/click" % self.find(selector), {})

    def type(self, selector, text):
        self._call("POST", "/element/%s/value" % self.find(selector),
                   {"text": text})

    def property(self, selector, name):
        return self._call("GET", "/element/%s/property/%s" % (
            self.find(selector), name))

    def wait_title(self, title):
        self.find("//title[.='%s']" % title, "xpath")
