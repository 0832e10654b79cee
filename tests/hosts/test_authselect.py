# SPDX-License-Identifier: BSD-2-Clause
"""authselect's features on the real libpam: who is asked what.

tests/cli/test_authselect.sh looks for ways around; here the lines run.
"""

import re

import pytest

import world
from pam_client import PamClient

FEATURES = world.SRCDIR / "packaging" / "authselect"


@pytest.fixture
def features(idp):
    """Services that ask Fedora's shared files, with both features on."""
    world.configure({"provider corp": world.corp(idp),
                     "prompt": {"style": "info"}})
    for name, services, control in (
            ("password-auth", ("sshd", "vsftpd"), "substack"),
            ("system-auth", ("sudo", "sudo-i", "su"), "include")):
        text = (FEATURES / name).read_text().replace(
            " pam_oauth.so", " %s" % world.MODULE)
        ours = [re.sub(r"{include if .*}", "", line)
                for line in text.splitlines() if not line.startswith("#")]
        world.write("\n".join(ours + [
            "auth sufficient pam_unix.so", "auth required pam_deny.so",
            "account required pam_permit.so"]) + "\n", world.PAM_D / name)
        for service in services:
            world.write("auth %s %s\naccount include %s\n" % (
                control, name, name), world.PAM_D / service)


@pytest.mark.parametrize("service", ["sshd", "sudo", "sudo-i"])
def test_the_provider_is_asked_and_its_word_counts(
        features, idp, logs, since, service):
    with PamClient(service, "alice", "auth", "acct") as client:
        client.link().approve(idp, "alice")
        assert client.code() == "PAM_SUCCESS"
        assert client.code() == "PAM_SUCCESS"
    assert logs.decision(service, since.log)["result"] == "granted"
    before = logs.mark()
    with PamClient(service, "alice") as client:
        client.link().deny(idp)
        assert client.code() == "PAM_MAXTRIES"
        assert "assword" not in client.text
    assert logs.decision(service, before)["reason"] == "denied"


@pytest.mark.parametrize("service", ["su", "vsftpd"])
def test_others_ask_for_the_password_as_ever(features, logs, since, service):
    with PamClient(service, "alice") as client:
        assert "assword" in client.message()[1]
    assert logs.reasons(service, since.log) == []
