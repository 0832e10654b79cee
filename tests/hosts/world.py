# SPDX-License-Identifier: BSD-2-Clause
"""The private host that `enter` made: what is installed where.

Everything here writes to absolute paths without a second thought. Importing
this module outside of `enter` fails.
"""

import base64
import contextlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

PAMDIR = pathlib.Path(os.environ["PAMDIR"])
HELPER = pathlib.Path(os.environ["HELPER"])
CONFIG_DIR = pathlib.Path(os.environ["SYSCONFDIR"]) / "pam_oauth"
CONFIG = CONFIG_DIR / "pam_oauth.conf"
STATEDIR = pathlib.Path(os.environ["STATEDIR"])
RUNDIR = pathlib.Path(os.environ["RUNDIR"])
HELPER_USER = os.environ["HELPER_USER"]
SRCDIR = pathlib.Path(os.environ["srcdir"])
BUILDDIR = pathlib.Path(os.environ["builddir"])
SANITIZED = os.environ.get("SANITIZED", "") not in ("", "no")

MODULE = PAMDIR / "pam_oauth.so"
LIBPAM_MODULE = next(           # what is called so without a path
    path for lib in ("/usr/lib64", "/usr/lib", "/lib")
    for path in pathlib.Path(lib).glob("**/security/pam_unix.so")
    ).with_name("pam_oauth.so")
FAKE_MODULE = BUILDDIR / ".libs" / "pam_oauth_fake.so"
VIOLATING_MODULE = BUILDDIR / ".libs" / "pam_oauth_violating.so"
CLIENT = BUILDDIR / "tests" / "pam" / "client"
PAM_OAUTH = BUILDDIR / "pam-oauth"
MAKE_CA = SRCDIR / "tests" / "idp" / "make-ca"

PAM_D = pathlib.Path("/etc/pam.d")
STOCK = {path: path.read_bytes() for path in PAM_D.iterdir()
         if path.is_file()}
PERMIT = "required pam_permit.so"
SECRET_MIN = 9          # a user code; a hostile one may be a word of any log


def public_directory():
    """A new directory that the unprivileged helper can read too."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="pam_oauth-"))
    path.chmod(0o755)
    return path


def lasting_port():
    """A port of loopback for who comes back to it: below those that the kernel
    gives to all who name none, so nobody is there meanwhile."""
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
                .read_text().split()[0])
    while True:
        port = random.randrange(max(2, first - 10000), first)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def many(count):
    """So many logins; a sanitizer makes each several times as slow."""
    return count // 5 if SANITIZED else count


def corp(idp, **options):
    """The options of a [provider] section for the test provider."""
    return dict({"label": "Example SSO", "issuer": idp.issuer,
                 "client_id": "linux-public", "ca_file": idp.ca_file,
                 "scopes": "openid profile email groups"},
                **options)


def configure(sections, path=CONFIG, mode=0o644):
    """Write a configuration; returns its path.

    sections: {"provider corp": {"issuer": ..., ...}, "access": {...}}; the
    value of a repeated option is a list.
    """
    lines = []
    for section, options in sections.items():
        lines.append("[%s]" % section)
        for name, values in options.items():
            if not isinstance(values, list):
                values = [values]
            lines += ["%s = %s" % (name, value) for value in values]
    return write("\n".join(lines) + "\n", path, mode)


def write(text, path, mode=0o644):
    path = pathlib.Path(path)
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def secret(idp, client_id, path=None, mode=0o600):
    """A copy of a client's secret where pam_oauth may read it."""
    return write(idp.secret(client_id),
                 path or CONFIG_DIR / (client_id + ".secret"), mode)


def private_key(idp, client_id, path=None):
    """A copy of a client's private key where pam_oauth may read it."""
    return write(idp.private_key(client_id),
                 path or CONFIG_DIR / (client_id + ".key"), 0o600)


def dated_certificate(key, start, end):
    """The PEM text of a self-signed certificate that is valid in between."""
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        (directory / "index").touch()
        (directory / "conf").write_text(
            "[req]\nprompt = no\ndistinguished_name = dn\n"
            "[dn]\nCN = linux-tls\n[ca]\ndefault_ca = own\n"
            "[own]\ndatabase = index\nnew_certs_dir = .\n"
            "default_md = sha256\npolicy = any\nrand_serial = yes\n"
            "[any]\ncommonName = supplied\n")
        for command in (
                ["req", "-new", "-config", "conf", "-key", str(key),
                 "-out", "csr"],
                ["ca", "-batch", "-notext", "-config", "conf", "-selfsign",
                 "-keyfile", str(key), "-startdate", start, "-enddate", end,
                 "-in", "csr", "-out", "pem"]):
            subprocess.run(["openssl", *command], cwd=directory, check=True,
                           stdin=subprocess.DEVNULL, timeout=60,
                           stderr=subprocess.DEVNULL)
        return (directory / "pem").read_text()


def new_rsa_key():
    """The PEM text of a private key that nobody else has."""
    return subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA"], check=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, timeout=60).stdout


def secrets():
    """All that no log may have: of every provider that was started here.

    Client secrets, as they are and in Basic credentials, tokens and codes.
    """
    found = set()
    for path in pathlib.Path(tempfile.gettempdir()).glob("pam_oauth-*/*"):
        if path.suffix == ".secret":
            secret = path.read_text()
            encoded = urllib.parse.quote_plus(secret)
            basic = base64.b64encode(
                ("%s:%s" % (path.stem, encoded)).encode()).decode()
            found |= {secret, encoded, basic}
        elif path.suffix == ".issued":
            found |= {json.loads(line)["value"]
                      for line in path.read_text().splitlines()}
    return {secret for secret in found if len(secret) >= SECRET_MIN}


def service(name, *args, module=MODULE, account=True):
    """A PAM service that is ours alone, with module arguments `args`."""
    call = " ".join(["required", str(module)] + [str(arg) for arg in args])
    lines = ["auth " + call]
    if account:
        lines.append("account " + call)
    lines += ["account " + PERMIT, "password " + call, "session " + call]
    return write("\n".join(lines) + "\n", PAM_D / name)


def install_example(path, name):
    """An example as it is shipped: libpam finds the module by its name."""
    if not LIBPAM_MODULE.exists():
        LIBPAM_MODULE.symlink_to(MODULE)
    return write(path.read_text(), PAM_D / name)


@contextlib.contextmanager
def module_missing():
    """No pam_oauth.so where libpam looks; where it is meanwhile is returned."""
    away = LIBPAM_MODULE.with_suffix(".away")
    LIBPAM_MODULE.rename(away)
    yield away
    away.rename(LIBPAM_MODULE)


def fake_service(scenario):
    """The module with tests/pam/fake_helper.c behind it; the service."""
    name = "fake_" + scenario
    service(name, "provider=" + scenario, module=FAKE_MODULE, account=False)
    return name


def missing(*programs):
    """A reason to skip, or None."""
    absent = [name for name in programs if shutil.which(name) is None]
    return "needs " + ", ".join(absent) if absent else None
