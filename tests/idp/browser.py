#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A person with a browser, for tests: walks the provider's real HTML pages.

It parses the forms it is served, keeps cookies, follows redirects, and checks
TLS against one CA file. It knows no URL but the one it is given.

    browser.py --ca-file CA approve URL --login alice
    browser.py --ca-file CA deny URL
"""

import argparse
import html.parser
import http.cookiejar
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 60            # seconds for one page
MAX_PAGE = 1 << 20      # bytes
MAX_PAGES = 8           # pages in one approval; the longest real way has 5
USER_AGENT = "pam-oauth-test-browser"


class BrowserError(Exception):
    """The page was not the one a person in our place would have expected."""


class Arrived(Exception):
    """The browser was sent to the client's redirect_uri: it has no such page,
    but somebody can read its address."""


class Redirects(urllib.request.HTTPRedirectHandler):
    callback = None

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if self.callback is not None and newurl.startswith(self.callback):
            raise Arrived(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Form:
    def __init__(self, attrs):
        self.id = attrs.get("id") or ""
        self.action = attrs.get("action") or ""
        self.method = (attrs.get("method") or "get").lower()
        self.fields = {}        # name -> value, as served
        self.buttons = {}       # name -> value of named submit buttons

    def __str__(self):
        names = sorted(self.fields)
        names += ["[%s]" % button for button in sorted(self.buttons)]
        return "%s(%s)" % (self.id or "form", ", ".join(names))


class Page(html.parser.HTMLParser):
    """Title, visible text, links and forms of one document."""

    def __init__(self, url, status, text):
        super().__init__(convert_charrefs=True)
        self.url, self.status, self.source = url, status, text
        self.title = self.heading = ""
        self.forms, self.links, self._text = [], [], []
        self._open, self._loose, self._href = [], [], None
        self.feed(text)
        self.close()
        self._adopt()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("title", "h1", "script", "style"):
            self._open.append(tag)
        elif tag == "form":
            self.forms.append(Form(attrs))
            self._open.append(tag)
        elif tag == "a":
            self._href = attrs.get("href")
        elif tag in ("input", "button") and attrs.get("name"):
            if attrs.get("form") is not None:
                self._loose.append((attrs["form"], tag, attrs))
            elif "form" in self._open:
                self._control(self.forms[-1], tag, attrs)

    def handle_startendtag(self, tag, attrs):
        if tag == "input":      # never pushed on the stack of open tags
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        if tag in self._open:
            self._open.remove(tag)
        if tag == "a":
            self._href = None

    def handle_data(self, data):
        data = " ".join(data.split())
        if "script" in self._open or "style" in self._open or not data:
            return
        if "title" in self._open:
            self.title = (self.title + " " + data).strip()
            return
        if "h1" in self._open:
            self.heading = (self.heading + " " + data).strip()
        if self._href is not None:
            self.links.append((data, self._href))
        self._text.append(data)

    @staticmethod
    def _control(form, tag, attrs):
        kind = attrs.get("type", "submit" if tag == "button" else "text")
        target = form.buttons if kind == "submit" else form.fields
        target[attrs["name"]] = attrs.get("value") or ""

    def _adopt(self):
        """Controls outside their form name it by id (HTML, form=)."""
        for form_id, tag, attrs in self._loose:
            for form in self.forms:
                if form.id == form_id:
                    self._control(form, tag, attrs)

    @property
    def text(self):
        return " ".join(self._text)

    @property
    def kind(self):
        """What this page wants, told by its controls and not by its words."""
        for form in self.forms:
            prompt = form.fields.get("prompt")
            if prompt in ("login", "consent"):
                return prompt
            if form.id == "op.deviceConfirmForm":
                return "confirm"
            if form.id == "op.deviceInputForm":
                return "code"
        if self.title == "Submitting Callback" and len(self.forms) == 1:
            return "autosubmit"
        if self.title == "Sign-in Success":
            return "success"
        return "unknown"

    def __str__(self):
        forms = "; ".join(str(form) for form in self.forms) or "none"
        return "HTTP %d, title %r, heading %r, forms: %s, text: %.200s" % (
            self.status, self.title, self.heading, forms, self.text)


class Browser:
    """One person's browser: one cookie jar, one identity."""

    def __init__(self, ca_file):
        self.login = None
        # Put together by hand: no proxy from the environment, no http, no
        # file. A redirect away from https is an error.
        self._opener = urllib.request.OpenerDirector()
        self._redirects = Redirects()
        for handler in (
                urllib.request.HTTPSHandler(
                    context=ssl.create_default_context(cafile=ca_file)),
                urllib.request.HTTPCookieProcessor(
                    http.cookiejar.CookieJar()),
                self._redirects,
                urllib.request.HTTPErrorProcessor(),
                urllib.request.HTTPDefaultErrorHandler(),
                urllib.request.UnknownHandler()):
            self._opener.add_handler(handler)
        self._opener.addheaders = [("User-Agent", USER_AGENT),
                                   ("Accept", "text/html")]

    def open_page(self, url, data=None):
        """GET url, or POST data (a dict) to it; the Page where it ended."""
        body = None
        if data is not None:
            body = urllib.parse.urlencode(data).encode()
        try:
            answer = self._opener.open(url, body, timeout=TIMEOUT)
        except urllib.error.HTTPError as err:
            answer = err        # error pages are pages too
        with answer:
            text = answer.read(MAX_PAGE).decode("utf-8", "replace")
            return Page(answer.geturl(), answer.getcode(), text)

    def submit(self, page, button=None, **values):
        """Submit the page's only form, with values filled in."""
        if len(page.forms) != 1 or page.forms[0].method != "post":
            raise BrowserError("no single form to submit: %s" % page)
        form = page.forms[0]
        missing = set(values) - set(form.fields)
        if missing or (button is not None and button not in form.buttons):
            raise BrowserError("no %s to fill in: %s" % (
                sorted(missing) or button, page))
        data = dict(form.fields, **values)
        if button is not None:
            data[button] = form.buttons[button]
        return self.open_page(urllib.parse.urljoin(page.url, form.action),
                              data)

    def approve(self, verification_uri_complete, login, password="x"):
        """Open the link, confirm the code, sign in, consent."""
        page = self._to_confirmation(verification_uri_complete)
        return self._finish(self.submit(page), login, password)

    def approve_by_code(self, verification_uri, user_code, login,
                        password="x"):
        """Open the short link and type the code, then as approve()."""
        page = self.open_page(verification_uri)
        page = self.submit(self._expect(page, "code"), user_code=user_code)
        page = self.submit(self._expect(page, "confirm"))
        return self._finish(page, login, password)

    def deny(self, verification_uri_complete, login=None, password="x"):
        """Say no: on the code's page, or (with a login) when asked to agree.

        The second needs a browser that did not agree before: people are not
        asked twice in one session.
        """
        page = self._to_confirmation(verification_uri_complete)
        if login is None:
            page = self.submit(page, button="abort")
        else:
            page = self._sign_in(self.submit(page), login, password)
            page = self.open_page(self._cancellation(page))
        if "interrupted" not in self._expect(page, "code").text:
            raise BrowserError("the refusal was not taken: %s" % page)
        return page

    def authorize(self, url, login, password="x", deny=False):
        """Open an authorization request, sign in, consent or cancel; the
        address at the end, which begins with the request's redirect_uri."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        self._redirects.callback = query["redirect_uri"][0]
        try:
            page = self.open_page(url)
            for _ in range(MAX_PAGES):
                if page.kind == "login":
                    page = self._sign_in(page, login, password)
                elif deny:
                    page = self.open_page(self._cancellation(page))
                else:
                    page = self.submit(self._expect(page, "consent"))
        except Arrived as arrived:
            return str(arrived)
        finally:
            self._redirects.callback = None
        raise BrowserError("never sent back: %s" % page)

    def _cancellation(self, page):
        """Where the consent page's Cancel leads to."""
        cancel = [href for text, href in self._expect(page, "consent").links
                  if "Cancel" in text]
        if not cancel:
            raise BrowserError("no way to cancel: %s" % page)
        return urllib.parse.urljoin(page.url, cancel[0])

    def _to_confirmation(self, url):
        page = self.open_page(url)
        if page.kind == "autosubmit":   # JavaScript would do this
            page = self.submit(page)
        return self._expect(page, "confirm")

    def _sign_in(self, page, login, password):
        if self.login not in (None, login):
            raise BrowserError("this browser is signed in as %s" % self.login)
        if page.kind == "login":
            page = self.submit(page, login=login, password=password)
            if page.kind in ("login", "unknown"):
                raise BrowserError("login %r refused: %s" % (login, page))
            self.login = login
        return page

    def _finish(self, page, login, password):
        for _ in range(MAX_PAGES):
            if page.kind == "login":
                page = self._sign_in(page, login, password)
            elif page.kind == "consent":
                page = self.submit(page)
            else:
                break
        if self.login != login:     # a session that was there already
            raise BrowserError("approved as %s, not %s" % (self.login, login))
        return self._expect(page, "success")

    @staticmethod
    def _expect(page, kind):
        if page.kind != kind:
            raise BrowserError("expected the %s page, got: %s" % (kind, page))
        return page


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ca-file", required=True)
    parser.add_argument("action", choices=("approve", "deny"))
    parser.add_argument("url", help="the verification_uri_complete")
    parser.add_argument("--login")
    parser.add_argument("--password", default="x")
    args = parser.parse_args(argv)
    if args.action == "approve" and args.login is None:
        parser.error("approve needs --login")
    browser = Browser(args.ca_file)
    try:
        getattr(browser, args.action)(args.url, args.login, args.password)
    except (BrowserError, OSError) as err:
        print("browser: %s" % err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
