# SPDX-License-Identifier: BSD-2-Clause
"""Reminders and deadlines of the module: logins that began with the session.

They have run beside all the other tests; hence this file's place in the
alphabet.
"""

import re

import pytest

HELLO_DEADLINE = 20     # seconds; login.c


@pytest.mark.parametrize("scenario,timeout", [
    ("no_verdict", 40), ("hangs", HELLO_DEADLINE + 40)])
def test_silence_ends_at_a_deadline(slow, logs, scenario, timeout):
    client = slow[scenario]
    assert client.code(timeout) == "PAM_SERVICE_ERR"
    assert client.phases[0]["children"] is False
    assert logs.decision("fake_" + scenario, 0)["reason"] == "helper"


def test_reminder_comes_once_in_30_seconds(slow):
    client = slow["good_after_reminder"]
    assert client.code(90) == "PAM_SUCCESS"
    assert [style for style, _ in client.messages] == ["info"] * 2
    assert re.fullmatch(r"Still waiting for your approval "
                        r"\(\d+ seconds left\)\.\.\.", client.messages[1][1])


def test_silent_means_no_reminder(slow):
    client = slow["good_after_silence"]
    assert client.code(90) == "PAM_SUCCESS"
    assert len(client.messages) == 1
