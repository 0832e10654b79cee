# SPDX-License-Identifier: BSD-2-Clause
"""docs/callback.html, the page of redirect_uri, in a real browser."""

import base64
import hashlib
import os
import pathlib
import re
import shutil

import pytest

import world
from webdriver import Chromium

PAGE = pathlib.Path(os.environ["srcdir"]) / "docs" / "callback.html"
CODE = "SplxlOBeZQQYbYS6WxSbIA"
WARNING = "Paste it only into the terminal where you began"

needs_browser = pytest.mark.skipif(
    world.missing("chromium", "chromedriver") is not None,
    reason=str(world.missing("chromium", "chromedriver")))


@pytest.fixture(scope="module")
def browser():
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address():
    """A copy that the browser may read, as a file."""
    return "file://%s" % shutil.copy(PAGE, world.public_directory())


def test_scripts_and_styles_are_those_of_the_policy():
    """And nothing is loaded, from nowhere."""
    text = PAGE.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        inline = re.search("<%s>(.*?)</%s>" % (tag, tag), text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest())
        assert "%s-src 'sha256-%s'" % (tag, digest.decode()) in policy
    assert not re.search(r"\b(src|href)=|https?://|innerHTML|eval", text)


@needs_browser
@pytest.mark.parametrize("query, shown", [
    ("code=%s&state=s1&iss=https%%3A%%2F%%2Fa.b&more=x" % CODE,
     "code=%s&state=s1&iss=https%%3A%%2F%%2Fa.b" % CODE),
    ("error=access_denied&state=s1&error_description=no",
     "error=access_denied&state=s1"),
    # too long for a terminal: the code alone
    ("state=%s&code=%s" % ("s" * 500, CODE), CODE),
    ("code=%s" % ("c" * 600), ""),
    ("code=%s&code=x" % CODE, ""),
    ("x=y", ""),
    # shown, not run
    ("code=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&state=s1",
     "code=%3Cimg+src%3Dx+onerror%3Dalert%281%29%3E&state=s1")])
def test_the_page_shows_what_to_paste(browser, address, query, shown):
    browser.open("%s?%s" % (address, query))
    assert browser.property("#paste", "textContent") == shown
    assert browser.property("#paste", "hidden") == (shown == "")
    assert WARNING in re.sub(
        r"\s+", " ", browser.property("body", "textContent"))
