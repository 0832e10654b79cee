# SPDX-License-Identifier: BSD-2-Clause
"""An OAuth device client for tests, as plain as can be.

http.client, ssl, json. It checks no signature: that is pam_oauth's work, and
a second opinion on what the provider sends must not share its code.
"""

import base64
import http.client
import json
import ssl
import urllib.parse

from browser import Browser

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile email groups"
TIMEOUT = 60


class Client:
    """A device client over one kept connection (RFC 8628)."""

    def __init__(self, idp, client_id, method="none", secret=None,
                 host="127.0.0.1", certificate=None):
        self.idp, self.client_id = idp, client_id
        self.method = method
        self.secret = secret
        if method != "none" and secret is None:
            self.secret = idp.secret(client_id)
        context = ssl.create_default_context(cafile=idp.ca_file)
        if certificate:
            context.load_cert_chain(idp.tls_dir / (certificate + ".pem"),
                                    idp.tls_dir / (certificate + ".key"))
        self.conn = http.client.HTTPSConnection(
            host, idp.port, timeout=TIMEOUT, context=context)

    def request(self, method, path, form=None, headers=None):
        headers = dict({"Accept": "application/json",
                        "User-Agent": "test_idp"}, **(headers or {}))
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.conn.request(method, path, body, headers)
        answer = self.conn.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def post(self, path, **form):
        form["client_id"] = self.client_id
        headers = {}
        if self.method == "client_secret_post":
            form["client_secret"] = self.secret
        elif self.method == "client_secret_basic":
            # RFC 6749 section 2.3.1: encoded first, then joined.
            pair = "%s:%s" % (urllib.parse.quote_plus(self.client_id),
                              urllib.parse.quote_plus(self.secret))
            headers["Authorization"] = "Basic " + base64.b64encode(
                pair.encode()).decode()
        return self.request("POST", path, form, headers)

    def device(self, scope=SCOPE, **more):
        status, answer = self.post("/device/auth", scope=scope, **more)
        assert status == 200, answer
        return answer

    def poll(self, device, **more):
        return self.post("/token", grant_type=DEVICE_GRANT,
                         device_code=device["device_code"], **more)

    def userinfo(self, token):
        return self.request("GET", "/me", headers={
            "Authorization": "Bearer " + token["access_token"]})

    def sign_in(self, login, password="x", **more):
        device = self.device(**more)
        Browser(self.idp.ca_file).approve(
            device["verification_uri_complete"], login, password)
        status, token = self.poll(device)
        assert status == 200, token
        return token


def parts(jwt):
    """Header and claims of a compact JWS, unverified."""
    return [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            for part in jwt.split(".")[:2]]
