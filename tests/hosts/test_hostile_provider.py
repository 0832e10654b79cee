# SPDX-License-Identifier: BSD-2-Clause
"""Logins at providers that are odd, broken or malicious.

Every flag of tests/idp/hostile/flags.mjs but those of the wire, which
test_hostile_wire.py has. Whatever comes of a login, it must have been a
considerate one: conduct.mjs watches.
"""

import re

import pytest

from hostile_logins import KEY, SECRET
from hostile_logins import Scenario as S
from hostile_logins import ids, logins, unused_flags

BASIC = {"client_secret_file": SECRET}
POST = dict(BASIC, client_auth="client_secret_post")
NO_NONCE = {"nonce": "no"}
SHORT = {"limits": {"timeout": "10s"}}
# For a second poll after trouble, and its answer, and for no third.
ROOM = {"limits": {"timeout": "16s"}}
EMAIL = {"account": {"username": "/email",
                     "username_match": "^([a-z]+)@example[.]com$"}}


def wants(rule):
    return {"access": {"require": rule}}


ADMINS = wants("/groups has linux-admins")
STRONG = {"acr_values": "phr mfa"}
CIBA = {"flow": "ciba"}
EITHER = {"flow": "ciba device"}
RECENT = {"max_age": "15m"}

# What real providers do: all of these come in, and it is alice.
QUIRKS = [
    S("plain", asked={"metadata": 1, "device": 1, "token": 2, "jwks": 1,
                      "userinfo": 0}),
    S("approve_after=0", asked={"token": 1}),
    S("secret_basic", options=BASIC),
    S("secret_post", options=POST),
    # nobody has said how to send it: the list has a say, as far as it goes
    S("secret_post+auth_methods=client_secret_post", options=BASIC),
    S("secret_basic+auth_methods=private_key_jwt", options=BASIC),
    *(S("status_pending=%d" % status) for status in (400, 401, 403, 428, 200)),
    S("form_encoded"),
    S("verification_url"),
    S("verification_url+no_vuc"),
    S("no_interval+approve_after=0", seconds=5),
    S("interval_null+approve_after=0", seconds=5),
    S("interval_zero+approve_after=0", seconds=5),
    S("interval_string"),
    S("no_expires"),
    S("slow_down_every_n=2+approve_after=2", seconds=9),
    S("slow_down_every_n=1+approve_after=2", seconds=18),
    S("slow_down_interval_field=8", seconds=9),
    S("slow_down_interval_field=2", seconds=7),
    S("rauthy_three_strikes+approve_after=3", seconds=5),
    S("expired_once_then_invalid_grant=1+approve_after=0",
      asked={"device": 2, "token": 2}),
    S("429_retry_after=3+times=1", seconds=8),
    S("429_retry_after=8+times=1", seconds=10),
    S("slow_down_retry_after=3+times=1", seconds=8),
    S("busy", seconds=8, asked={"token": 2}),
    S("busy=8", seconds=10, asked={"token": 2}),
    S("html_error+times=1", seconds=8),
    S("html_error=200+times=1", seconds=8),
    S("html_error=503+times=2+approve_after=2", seconds=20),
    S("empty_404+times=1", seconds=8),
    S("server_error+times=1", seconds=8),
    S("token_reuse"),
    S("long_device_code=4096"),
    S("user_code_escape"),
    S("nonce_ignored"),
    S("token_size=65536"),

    S("thin_idt", asked={"userinfo": 1}),
    S("thin_idt+userinfo_jwt", asked={"userinfo": 1}),
    S("userinfo_jwt", asked={"userinfo": 0}),
    S("userinfo_sub_mismatch", asked={"userinfo": 0}),
    # what is signed stands
    S("userinfo_other_name", options={"userinfo": "always"},
      asked={"userinfo": 1}),
    S("aud_array"),
    S("aud_array=one"),
    S("iss_slash", issuer="{}/"),
    S("iss_no_scheme", tag="alias", alias="{host}"),
    S("iss_slash=metadata", issuer="{}/", tag="alias", alias="{}"),
    S("acr=mfa", options=STRONG),
    S("acr=mfa+auth_time=850", options=dict(STRONG, **RECENT)),
    # nobody asked
    S("acr_list=mfa+auth_time_string"),
    S("auth_time=100000"),
    S("at_as_idt=dex"),
    S("idt_lifetime=604800"),
    S("groups_overage"),
    S("groups_object", sections=ADMINS),
    S("groups_object", tag="urn", sections=wants(
        "/urn:zitadel:iam:org:project:roles has linux-admins")),
    S("claim_key_url", sections=wants(
        "/https:~1~1acme.example~1groups has linux-admins")),
    S("email_verified_string"),
    S("plain", tag="email", sections=EMAIL, asked={"userinfo": 0}),
    S("thin_idt=email_verified", sections=EMAIL, asked={"userinfo": 1}),
    S("thin_idt=email_verified", tag="unwanted", asked={"userinfo": 0}),

    *(S("idt_" + alg) for alg in ("es256", "es384", "es512", "ps256",
                                  "eddsa", "ed25519_algname")),
    S("idt_es384", tag="only", options={"id_token_algs": "ES384"}),
    S("idt_hs256+secret_basic",
      options=dict(BASIC, id_token_algs="RS256 HS256"), asked={"jwks": 1}),
    S("idt_jwe", tag="key", options={"decryption_key_file": KEY}),

    S("jwks_null_members"),
    S("jwks_no_alg"),
    S("jwks_no_alg+idt_es256"),
    S("jwks_no_kid_single"),
    S("idt_es384+jwks_no_kid"),
    S("jwks_dup_kid"),
    S("jwks_enc_key_first"),
    S("jwks_enc_key_first=kid"),
    S("jwks_x5c_mismatch"),
    S("jwks_key_issuer"),
    S("jwks_huge=1048576"),
    S("jwks_10000_keys"),
    S("jwks_unknown_kty"),
    S("jwks_oct"),
    S("jwks_rotated_mid_poll", asked={"jwks": 2}),
    S("jwks_rotated_same_kid", asked={"jwks": 2}),
    S("jwks_error+times=1", asked={"jwks": 2}),
]

# No approval comes of these.
DENIALS = [
    S("deny_after=0", "denied", asked={"token": 1}),
    S("deny_after=1", "denied", asked={"token": 2}),
    *(S("deny_after=0+status_error=%d" % status, "denied")
      for status in (200, 401, 403, 500)),
    S("deny_alias", "denied"),
    S("deny_after=0+crlf_description", "denied"),
    S("deny_as_expired", "expired", asked={"device": 2, "token": 2}),
    S("expired_once_then_invalid_grant", "expired",
      asked={"device": 2, "token": 2}),
    S("deny_alias=token_expired", "expired", asked={"device": 2}),
    S("deny_silent+expires=3", "expired", asked={"device": 2}, seconds=7),
    S("never+deadline=10", "expired", sections=SHORT, seconds=10),
    S("never+no_interval+deadline=10", "expired", sections=SHORT, seconds=10),
    S("never+no_expires+no_vuc+deadline=10", "expired", sections=SHORT,
      seconds=10),
    S("slow_down_every_n=1+never+deadline=10", "expired", sections=SHORT,
      seconds=10),
    S("deny_alias=invalid_grant", "grant-refused"),
    S("deny_alias=bad_verification_code", "grant-refused"),
    S("deny_alias=incorrect_device_code", "grant-refused"),
    S("unknown_error", "grant-refused", detail="no_such_error"),
    S("unknown_error=invalid_client", "client-refused"),
    S("unknown_error=unauthorized_client", "client-refused"),
    S("unknown_error=unsupported_grant_type", "client-refused"),
    S("server_error+deadline=16", "http", sections=ROOM),
    S("html_error+deadline=16", "http", sections=ROOM, detail="502"),
    S("html_error=200+deadline=16", "document", sections=ROOM),
    S("empty_404+deadline=16", "document", sections=ROOM, detail="404"),
    S("429_retry_after=60", "http", detail="no further poll"),
    S("429_retry_after=999999999", "http", detail="no further poll"),
    S("slow_down_retry_after=60+deadline=10", "expired", sections=SHORT,
      seconds=10),
    S("empty_404=device", "document", detail="404", asked={"token": 0}),
    S("ok_false_200=device", "client-refused", asked={"token": 0}),
    S("ok_false_200", "grant-refused", detail="The client is not known"),
    S("200_without_token", "document", detail="something is wrong"),
    S("form_encoded=always+deadline=16", "document", sections=ROOM),
    S("device_error=invalid_client", "client-refused", asked={"token": 0}),
    S("device_error=invalid_scope", "client-refused", detail="scopes"),
    S("device_error=slow_down", "http"),
    S("device_error=slow_down+device_status=429", "http"),
    S("device_error=invalid_client+device_status=401", "client-refused"),
    S("device_error=authorization_pending", "client-refused"),
    S("long_device_code=4097", "document", asked={"token": 0}),
    S("token_type=DPoP", "unsupported", detail="DPoP"),
    S("no_token_type", "document"),
    S("both", "document"),
    S("token_size=65537", "too-large"),
    S("iss_template", "metadata-issuer", asked={"device": 0}),
    S("metadata_of_other", "metadata-issuer", detail="/plain",
      asked={"device": 0}),
    S("iss_slash", "metadata-issuer", tag="without", detail="trailing slash"),
]

# Somebody, or something, else than alice's approval.
FORGERIES = [
    S("other_person", "other-person"),
    S("user=root", "other-person"),
    S("user=Alice", "other-person"),
    S("user=alice-", "other-person"),
    S("user=alice@example.com", "claim-unsafe"),
    S("user=", "claim-unsafe"),
    S("thin_idt+other_person", "other-person"),
    S("thin_idt+userinfo_other_name", "other-person"),
    S("thin_idt+userinfo_sub_mismatch", "userinfo-sub"),
    S("thin_idt+userinfo_no_sub", "userinfo-sub"),
    S("thin_idt+userinfo_jwt=other_aud", "aud"),
    S("thin_idt+userinfo_jwt=other_iss", "iss"),
    S("thin_idt+no_userinfo", "claim-missing"),
    # the provider's answer, and no way on to a stack's other method
    S("thin_idt+userinfo_status", "grant-refused", detail="HTTP status 401"),
    S("thin_idt+userinfo_status=429", "grant-refused",
      detail="HTTP status 429"),
    S("thin_idt+userinfo_status=403", "scope", detail="HTTP status 403"),
    S("thin_idt", "claim-missing", tag="never",
      options={"userinfo": "never"}, asked={"userinfo": 0}),
    S("userinfo_sub_mismatch", "userinfo-sub", tag="always",
      options={"userinfo": "always"}),
    S("aud_array=no_azp", "azp"),
    S("azp_other", "azp"),
    S("aud_array+azp_other", "azp"),
    S("iss_no_scheme", "iss"),
    S("iss_slash=token", "iss"),
    S("iss_slash=metadata", "iss", issuer="{}/"),
    S("iss_no_scheme", "iss", tag="other_alias", alias="{host}x"),
    S("at_as_idt", "typ"),
    S("at_as_idt=keycloak", "typ"),
    S("groups_overage", "groups-overage", tag="wanted", sections=ADMINS),
    S("groups_overage=hasgroups", "groups-overage", sections=ADMINS),
    S("claim_key_url", "not-allowed", tag="elsewhere", sections=ADMINS),
    S("plain", "not-allowed", tag="group",
      sections=wants("/groups has linux-admin")),
    S("email_verified_string", "email-unverified", tag="wanted",
      sections=EMAIL),
    S("email_unverified", "email-unverified", sections=EMAIL,
      asked={"userinfo": 0}),
    S("email_unverified+thin_idt=email_verified", "email-unverified",
      sections=EMAIL, asked={"userinfo": 1}),
    S("thin_idt=email_verified+no_userinfo", "email-unverified",
      sections=EMAIL),

    *(S("idt_none" + spelt, "alg")
      for spelt in ("", "=None", "=NONE", "=nOnE", "=")),
    S("idt_bad_signature", "signature"),
    S("idt_unsigned_empty", "signature"),
    S("idt_two_parts", "token-malformed"),
    S("idt_other_key", "signature"),
    S("idt_other_key=kid", "key-unknown"),
    S("jwks_dup_kid+idt_bad_signature", "signature"),
    *(S("idt_embedded_key" + where, "key-unknown")
      for where in ("", "=jku", "=x5c")),
    S("idt_embedded_key+jwks_no_kid_single", "signature"),
    S("idt_expired", "exp"),
    S("idt_wrong_aud", "aud"),
    S("idt_wrong_iss", "iss"),
    S("idt_lifetime=604801", "exp"),
    S("idt_replayed", "iat"),
    S("idt_replayed=30", "nonce"),
    S("idt_replayed=3600+nonce_ignored", "iat", options=NO_NONCE),
    S("idt_wrong_nonce", "nonce"),
    S("idt_wrong_at_hash", "at-hash"),
    S("no_id_token", "token-missing"),
    S("idt_duplicate_claim", "claims"),
    S("plain", "acr", tag="without_acr", options=STRONG, detail="no acr"),
    *(S("acr=" + acr, "acr", options=STRONG, detail="acr is")
      for acr in ("pwd", "ph", "mfa2", "MFA", "mfa,phr", "")),
    S("acr_list=mfa", "acr", options=STRONG, detail="acr is array"),
    S("plain", "auth-time", tag="without_auth_time", options=RECENT,
      detail="no auth_time"),
    S("auth_time=970", "auth-time", options=RECENT, detail="signed in"),
    S("auth_time_string", "auth-time", options=RECENT, detail="is string"),
    # userinfo says who somebody is, not how they signed in this time
    S("sign_in_in_userinfo=mfa", "acr", detail="no acr", asked={"userinfo": 0},
      options=dict(STRONG, userinfo="always")),
    S("sign_in_in_userinfo=mfa", "auth-time", tag="auth_time",
      detail="no auth_time", asked={"userinfo": 0},
      options=dict(RECENT, userinfo="always")),
    S("idt_hs256", "alg"),
    S("idt_hs256=public_key", "alg"),
    S("idt_hs256=public_key+secret_basic", "signature",
      options=dict(BASIC, id_token_algs="RS256 HS256")),
    S("idt_hs256+secret_post", "alg", options=POST),
    S("idt_es384", "alg", tag="not_wanted",
      options={"id_token_algs": "RS256 ES256"}),
    S("idt_jwe", "token-malformed"),
    S("idt_unsigned_jwe", "token-malformed"),
    S("idt_unsigned_jwe", "token-malformed", tag="key",
      options={"decryption_key_file": KEY}),
    S("plain", "decrypt", tag="key",
      options={"decryption_key_file": KEY}),
    S("idt_jwe+idt_bad_signature", "token-malformed", tag="order"),

    S("jwks_key_issuer=other", "key-unusable"),
    S("jwks_huge", "too-large"),
    S("jwks_oct=sign", "alg"),
    S("jwks_empty", "key-unknown", asked={"jwks": 2}),
    S("jwks_error", "http"),
    S("jwks_no_kid+jwks_no_alg", "key-unusable", detail="2 keys fit"),
]


# flow = ciba: "device" is the backchannel authentication endpoint.
PUSHES = [
    S("ciba", options=CIBA, asked={"metadata": 1, "device": 1, "token": 2,
                                   "jwks": 1}),
    S("ciba", tag="first", options=EITHER, asked={"device": 1}),
    S("plain", tag="fallback", options=EITHER, asked={"device": 1}),
    S("ciba=ping", tag="fallback", options=EITHER, asked={"device": 1}),
    # what it pushes is not looked at: it is polled for, as it was asked to be
    S("ciba=push", options=CIBA, asked={"token": 2}),
    S("ciba+secret_basic", options=dict(BASIC, **CIBA)),
    S("ciba+no_interval+approve_after=0", options=CIBA, seconds=5),
    S("ciba+interval_zero+approve_after=0", options=CIBA, seconds=5),
    S("ciba+interval_string", options=CIBA),
    S("ciba+no_expires", options=CIBA),
    S("ciba+slow_down_every_n=2+approve_after=2", options=CIBA, seconds=9),
    S("ciba+slow_down_interval_field=8", options=CIBA, seconds=9),
    S("ciba+html_error+times=1", options=CIBA, seconds=8),
    S("ciba", tag="by_hand", options=CIBA,
      endpoints={"backchannel_authentication_endpoint": "ciba",
                 "token_endpoint": "token", "jwks_uri": "jwks"},
      asked={"metadata": 0, "device": 1}),
]

# The same sentence to all, at the same time: only the log knows.
UNANSWERED = [
    S("ciba+never", "unanswered", options=CIBA, sections=SHORT, seconds=10,
      asked={"device": 1}),
    S("ciba+expires=2+never", "unanswered", options=CIBA, sections=SHORT,
      seconds=10, asked={"device": 1}),
    S("ciba+expire_after=0", "unanswered", options=CIBA, sections=SHORT,
      seconds=10, asked={"device": 1}),
    *(S("ciba+device_error=%s" % error, "not-asked", options=CIBA,
        sections=SHORT, seconds=10, detail=error,
        asked={"device": 1, "token": 0})
      for error in ("unknown_user_id", "missing_user_code",
                    "invalid_user_code")),
    S("ciba+device_error=access_denied+device_status=403", "not-asked",
      options=EITHER, sections=SHORT, seconds=10, asked={"device": 1}),
]

PUSH_FAILURES = [
    S("plain", "unsupported", tag="ciba", options=CIBA, asked={"device": 0}),
    S("ciba=ping", "unsupported", options=CIBA, asked={"device": 0}),
    S("ciba+deny_after=1", "denied", options=CIBA),
    S("ciba+deny_alias=transaction_failed", "http", options=CIBA),
    S("ciba+unknown_error", "grant-refused", options=CIBA),
    # an error is no reason for the other way: it would be one for everybody
    # who can make the provider err
    S("ciba+device_error=server_error+device_status=500", "http",
      options=EITHER, asked={"device": 1}),
    S("ciba+device_error=invalid_binding_message", "client-refused",
      options=EITHER, detail="check binding_message"),
    S("ciba+device_error=expired_login_hint_token", "client-refused",
      options=CIBA, detail="check login_hint"),
    *(S("ciba+device_error=" + error, "client-refused", options=CIBA)
      for error in ("invalid_client", "unauthorized_client",
                    "invalid_request", "invalid_scope")),
    S("ciba+device_error=slow_down+device_status=429", "http", options=CIBA),
    S("ciba+other_person", "other-person", options=CIBA),
    S("ciba+idt_wrong_aud", "aud", options=CIBA),
    S("ciba+idt_wrong_at_hash", "at-hash", options=CIBA),
]

# A method that is not listed, refused and not.
UNLISTED = [
    S("device_error=invalid_client+auth_methods=client_secret_basic",
      "client-refused", options=POST, breaks=frozenset({"client-secret"})),
    S("secret_post+auth_methods=client_secret_basic", options=POST),
]


@pytest.fixture(scope="module")
def outcomes(request, logs):
    with logins(request, logs) as outcomes:
        yield outcomes


@pytest.mark.parametrize("scenario", QUIRKS, ids=ids(QUIRKS))
def test_quirk(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", DENIALS, ids=ids(DENIALS))
def test_no_approval(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", UNLISTED, ids=ids(UNLISTED))
def test_method_that_is_not_listed(outcomes, logs, scenario):
    """It is used all the same; the log helps where it does not do."""
    outcome = outcomes[scenario.client_id]
    outcome.check()
    warnings = [line.rest for line in logs.lines()
                if line.service == outcome.service and line.level == 4]
    assert len(warnings) == (0 if scenario.reason is None else 1), warnings
    for warning in warnings:
        assert ("client_auth: client_secret_post was used, and the provider "
                "lists client_secret_basic ") in warning


@pytest.mark.parametrize("scenario", FORGERIES, ids=ids(FORGERIES))
def test_forgery(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", PUSHES + PUSH_FAILURES,
                         ids=ids(PUSHES + PUSH_FAILURES))
def test_push(outcomes, scenario):
    outcomes[scenario.client_id].check()


@pytest.mark.parametrize("scenario", UNANSWERED, ids=ids(UNANSWERED))
def test_whom_the_provider_knows_is_not_told(outcomes, scenario):
    """Neither by what is shown nor by when it ends."""
    outcome = outcomes[scenario.client_id]
    outcome.check()
    outcome.check_deadline(10)
    (style, prompt), *rest = outcome.client.messages
    assert style == "info"
    assert re.search(r" \((10|\d) seconds left\)\.\.\.\Z", prompt), prompt
    assert "    Approve the request on your phone.\n    It says: " in prompt
    assert rest == [("error", "The sign-in was not approved in time.")]


def test_every_flag_has_a_scenario(outcomes):
    for group in ("device", "token", "idt", "keys"):
        assert unused_flags(outcomes.idp, group,
                            QUIRKS + DENIALS + FORGERIES + PUSHES) == set()


# What more is to be said of some: by client_id, so that each can run alone.

@pytest.mark.parametrize("scenario", [
    s for s in DENIALS if s.flags.startswith("never")], ids=lambda s: s.client_id)
def test_deadline_is_kept(outcomes, scenario):
    outcome = outcomes[scenario.client_id]
    outcome.check_deadline(10)
    assert "time limit of a login" in outcome.decision["detail"]


@pytest.mark.parametrize("scenario", [
    s for s in DENIALS if "crlf" in s.flags], ids=lambda s: s.client_id)
def test_description_cannot_write_log_lines(outcomes, logs, scenario):
    outcome = outcomes[scenario.client_id]
    detail = outcome.decision["detail"]
    assert "AADSTS70016: one Trace ID: two" in detail
    lines = [line for line in logs.lines() if "AADSTS70016" in line.raw]
    assert [line.service for line in lines] == [outcome.service]
    assert not [c for c in lines[0].raw if ord(c) < 32 or c == "\u202e"]
    assert outcome.client.messages[-1] == ("error",
                                           "The sign-in was declined.")


@pytest.mark.parametrize("scenario", [
    s for s in QUIRKS if s.flags == "user_code_escape"], ids=lambda s: s.client_id)
def test_code_cannot_write_to_the_terminal(outcomes, scenario):
    text = outcomes[scenario.client_id].client.text
    assert "AB" in text and "CD" in text
    assert not [c for c in text if ord(c) < 32 and c != "\n"]


@pytest.mark.parametrize("scenario", [
    s for s in QUIRKS if s.flags.startswith("verification_url")],
    ids=lambda s: s.client_id)
def test_link_is_shown(outcomes, scenario):
    text = outcomes[scenario.client_id].client.text
    assert "/activate\n    code: " in text
    assert "\u2588" in text      # and as a QR code
