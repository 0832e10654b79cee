# SPDX-License-Identifier: BSD-2-Clause
"""The module and a helper that lies: tests/pam/fake_helper.c, by scenario."""

import re

import pytest

import world
from pam_client import PamClient, authenticate

# C0 but tab and line feed, DEL, C1, bidirectional controls
CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
PASTE = ("Open it in a browser, sign in, and paste the code that you are "
         "shown, or\nthe whole address of that page (at most 510 "
         "characters): ")


def run(scenario, user="alice"):
    client = authenticate(world.fake_service(scenario), user)
    assert client.phases[0]["children"] is False
    assert client.phases[0]["user"] == user
    return client


@pytest.mark.parametrize("scenario", ["good", "good_renewed", "good_binding"])
def test_honest_helper_is_believed(logs, since, scenario):
    client = run(scenario)
    assert client.phases[0]["code"] == "PAM_SUCCESS"
    assert "https://fake.example/device" in client.text
    assert "FAKE-CODE" in client.text
    assert logs.decision("fake_" + scenario, since.log)["result"] == "granted"


def test_honest_helper_that_wants_enter(since):
    with PamClient(world.fake_service("good_enter"), "alice") as client:
        client.link()
        client.answer()
        assert client.message()[0] == "echo-on"
        client.answer()
        assert client.code() == "PAM_SUCCESS"


def test_child_of_the_helper_holds_nobody_up(since):
    assert run("good_child_stays").phases[0]["code"] == "PAM_SUCCESS"


@pytest.mark.parametrize("scenario", [
    # order and number
    "hello_twice", "prompt_before_hello", "prompt_three_times",
    "pending_unasked", "module_message", "log_flood",
    "success_without_grant", "grant_twice",
    # malformed
    "one_byte_more", "one_byte_less", "only_type", "too_long", "type_0",
    "type_255", "length_lies", "nul_in_label",
    # values
    "wrong_version", "timeout_0", "timeout_endless", "status_too_large",
    "status_negative", "status_wraps", "success_unasked", "success_first",
    # what must not be shown
    "nasty_url", "http_url", "script_url", "http_complete_url", "no_code",
    "nasty_qr", "text_in_qr",
    # what no account can be bound to
    "binding_without_sub", "binding_without_issuer", "binding_with_two_lines",
    "binding_with_an_escape", "binding_beyond_ascii",
    # questions that no helper may ask, and a confirmation of nobody
    "question_of_no_kind", "question_of_ten_choices",
    "question_for_a_password", "question_for_a_secret",
    "question_who_approved", "questions_endless", "confirm_nobody",
    "confirm_without_grant",
    # ends
    "exits", "crashes",
])
def test_broken_rule_is_a_service_error(logs, since, scenario):
    client = run(scenario)
    assert client.phases[0]["code"] == "PAM_SERVICE_ERR"
    assert client.messages[-1] == (
        "error", "Sign-in is not set up correctly on this host.")
    assert not CONTROLS.search(client.text)
    decision = logs.decision("fake_" + scenario, since.log)
    assert (decision["result"], decision["reason"]) == ("refused", "helper")
    assert decision["detail"]
    # the last of its 65 lines is one too many, and not written
    assert len([line for line in logs.lines(since.log)
                if line.rest.startswith("helper: flood")]) == (
                    64 if scenario == "log_flood" else 0)


def test_second_question_is_not_asked(logs, since):
    with PamClient(world.fake_service("question_twice"), "alice") as client:
        assert client.message() == (
            "echo-on", "Sign in with Example SSO? [Y/n] ")
        client.answer("y")
        assert client.code() == "PAM_SERVICE_ERR"
        assert "Password" not in client.text
    assert logs.decision("fake_question_twice",
                         since.log)["reason"] == "helper"


@pytest.mark.parametrize("typed,answer", [
    ("", '1 ""'), ("y", '1 ""'), ("n", '0 ""'), ("hunter2", None)])
def test_helper_hears_no_more_than_yes_or_no(logs, since, typed, answer):
    with PamClient(world.fake_service("good_question"), "alice") as client:
        for _ in range(1 if answer else 3):
            client.message()
            client.answer(typed)
        client.link()
        assert client.code() == "PAM_SUCCESS"
    decision = logs.decision("fake_good_question", since.log)
    assert [line.rest for line in logs.lines(since.log)
            if "answer" in line.rest] == [
                "helper: answer %s id=%s" % (answer or '0 ""',
                                             decision["id"])]


def test_helper_hears_the_text_it_has_announced(logs, since):
    with PamClient(world.fake_service("good_text"), "alice") as client:
        client.link()
        assert client.message() == ("echo-on",
                                    "That is not a code.\n" + PASTE)
        client.answer("x" * 513)
        assert client.message() == (
            "echo-on", "That is too long to arrive here whole: paste less of "
                'it,\nfrom "code=" on, or the code alone.\n' + PASTE)
        client.answer("a=1&b=2")
        assert client.code() == "PAM_SUCCESS"
    logs.wait(lambda line: 'answer 1 "a=1&b=2"' in line.rest, since.log)


@pytest.mark.parametrize("typed,code", [("y", "PAM_SUCCESS"),
                                        ("", "PAM_MAXTRIES")])
def test_confirmation_is_the_modules(typed, code):
    """The helper is long gone with its yes."""
    with PamClient(world.fake_service("good_confirm"), "alice") as client:
        client.link()
        assert client.message() == (
            "echo-on",
            "Approved by alice@example.com (mfa). Continue? [y/N] ")
        client.answer(typed)
        assert client.code() == code


@pytest.mark.parametrize("scenario", ["question_nasty", "confirm_nasty"])
def test_questions_are_made_printable(scenario):
    with PamClient(world.fake_service(scenario), "alice") as client:
        if scenario == "confirm_nasty":
            client.link()
        text = client.message()[1]
        assert "\ufffd[2J" in text and not CONTROLS.search(text)
        # lines are the module's to make
        assert "\nresult=granted" not in text
        client.answer("y")
        assert client.code() == "PAM_SUCCESS"


def test_fields_that_would_be_another_decision(logs, since):
    assert run("forged_fields").phases[0]["code"] == "PAM_MAXTRIES"
    decision = logs.decision("fake_forged_fields", since.log)
    assert (decision["result"], decision["user"]) == ("refused", "alice")
    assert decision["helper"] == "polls=1 result=granted user=root"


@pytest.mark.parametrize("scenario", ["forged_quote", "forged_length"])
def test_quotation_marks_that_would_swallow_ours(logs, since, scenario):
    """Up to the first one of detail, whose words are the helper's, too."""
    assert run(scenario).phases[0]["code"] == "PAM_MAXTRIES"
    decision = logs.decision("fake_" + scenario, since.log)
    assert (decision["result"], decision["user"]) == ("refused", "alice")
    assert decision["id"] and decision["detail"].startswith("result=granted")
    assert "x=\"" in decision["helper"]


@pytest.mark.parametrize("scenario", [
    "success_for_root", "success_for_nobody", "success_for_prefix",
    "success_for_longer"])
def test_success_for_another_account_is_none(logs, since, scenario):
    assert run(scenario).phases[0]["code"] == "PAM_AUTH_ERR"
    decision = logs.decision("fake_" + scenario, since.log)
    assert (decision["user"], decision["reason"]) == ("alice", "other-person")


def test_first_verdict_counts(logs, since):
    assert run("refused_then_granted").phases[0]["code"] == "PAM_MAXTRIES"


@pytest.mark.parametrize("scenario", [
    "nasty_label", "nasty_message", "nasty_code"])
def test_text_is_made_printable(scenario):
    client = run(scenario)
    assert client.phases[0]["code"] == "PAM_SUCCESS"
    assert not CONTROLS.search(client.text)
    assert "\ufffd[2J" in client.text       # ESC was there
    assert not re.search(r"^result=granted", client.text, re.M)


def test_log_lines_cannot_be_forged(logs, since):
    assert run("nasty_log").phases[0]["code"] == "PAM_MAXTRIES"
    decision = logs.wait(lambda line: line.is_decision
                         and line.service == "fake_nasty_log", since.log)
    assert decision.rest.startswith("result=refused reason=denied ")
    for line in logs.lines(since.log):
        assert not CONTROLS.search(line.raw) and "\n" not in line.raw
        assert not line.rest.startswith("result=granted")
