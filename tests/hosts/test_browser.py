# SPDX-License-Identifier: BSD-2-Clause
"""The whole way once as a person goes it: ssh, the QR code, a real browser."""

import subprocess

import pytest

import screen
import world
from pam_client import PamClient
from terminal import COLUMNS, ENTER
from webdriver import Chromium

needs_scanner = pytest.mark.skipif(
    world.missing("zbarimg") is not None, reason=str(world.missing("zbarimg")))


def scan(text, directory):
    """What a QR reader finds in a picture of the terminal."""
    picture = directory / "screen.png"
    picture.write_bytes(screen.draw(text, COLUMNS))
    done = subprocess.run(["zbarimg", "--quiet", "--raw", str(picture)],
                          stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == 0, text
    return done.stdout.decode().rstrip("\n")


@needs_scanner
@pytest.mark.skipif(world.SANITIZED,
                    reason="sshd cannot load a module with sanitizers")
@pytest.mark.skipif(world.missing("chromium", "chromedriver") is not None,
                    reason=str(world.missing("chromium", "chromedriver")))
def test_scan_and_click(sshd_server, standard, idp, tmp_path):
    with sshd_server.login("alice") as person:
        link = person.see_link()
        person.see(ENTER)
        url = scan(person.screen, tmp_path)
        assert url == link.complete
        with Chromium() as browser:
            browser.open(url)
            browser.click('button[form="op.deviceConfirmForm"][autofocus]')
            browser.type("input[name=login]", "alice")
            browser.type("input[name=password]", "x")
            browser.click("input[name=prompt][value=login] ~ button")
            browser.click("input[name=prompt][value=consent] ~ button")
            browser.wait_title("Sign-in Success")
        person.press_enter()
        person.see("hello alice")


@needs_scanner
@pytest.mark.parametrize("style", ["utf8", "ascii", "auto", "off"])
def test_qr_styles(standard, idp, tmp_path, style):
    """Through the PAM client: the text as the module gives it out."""
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"qr": style}})
    world.service("po_test")
    with PamClient("po_test", "alice") as client:
        link = client.link()
        if style == "off":
            assert not set(client.text) & set(screen.BLOCKS)
        else:
            assert scan(client.text, tmp_path) == link.complete
        assert client.text.isascii() == (style in ("off", "ascii"))
