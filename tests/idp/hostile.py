# SPDX-License-Identifier: BSD-2-Clause
"""Start and watch the hostile provider (hostile/server.mjs).

    with Hostile(tls_dir) as idp:
        ... idp.issuer_of("no_interval+never"), idp.requests(client_id) ...
"""

import re
import subprocess

from provider import HERE, Provider, ProviderError, make_ca

# A listener of its own for one endpoint.
ELSEWHERE = re.compile(r"(?:^|\+)(?:tls_)?(wrong_host|expired|future|"
                       r"self_signed|11|none|other_port)=(\w+)")


class Hostile(Provider):
    """One running hostile provider; what it does is in the client_id."""

    SERVER = HERE / "hostile" / "server.mjs"

    def start(self):
        if not (self.tls_dir / "server.pem").exists():
            make_ca(self.tls_dir)
        if not (self.tls_dir / "expired.pem").exists():
            done = subprocess.run(
                [str(HERE / "hostile" / "make-certs"), str(self.tls_dir)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=60)
            if done.returncode != 0:
                raise ProviderError("make-certs: "
                                    + done.stdout.decode(errors="replace"))
        super().start()

    def issuer_of(self, client_id):
        """The issuer to configure for a client."""
        elsewhere = ELSEWHERE.search(client_id)
        # its certificate stands in the way of the metadata already
        if elsewhere and elsewhere[2] == "metadata":
            return self._url(elsewhere[1], client_id)
        return self._url("main", client_id)

    def elsewhere_of(self, client_id):
        """A URL at the port where a client's endpoints may be, too."""
        elsewhere = ELSEWHERE.search(client_id)
        return self._url(elsewhere[1] if elsewhere else "other", client_id)

    def _url(self, name, client_id):
        name = {"11": "tls_11", "none": "plain",
                "other_port": "other"}.get(name, name)
        return "https://127.0.0.1:%d/%s" % (self.ready["ports"][name],
                                            client_id)

    def secret(self, client_id=None):
        """The secret of all clients with secret_basic or secret_post."""
        return (self.tls_dir / "hostile.secret").read_text()

    def of(self, client_id, event):
        return [line for line in self.events()
                if line.get("client_id") == client_id
                and line["event"] == event]

    def requests(self, client_id, endpoint=None):
        """Its requests, oldest first; those to one endpoint."""
        return [line for line in self.of(client_id, "request")
                if endpoint in (None, line["endpoint"])]

    def violations(self, client_id):
        return self.of(client_id, "violation")
