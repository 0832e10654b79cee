# SPDX-License-Identifier: BSD-2-Clause
"""What our SELinux module lets happen, asked of the policy that it is part of."""

import pytest

from policy import HELPER, LATER, Policy, missing

pytestmark = pytest.mark.skipif(missing() is not None,
                                reason="needs %s" % missing())

OURS = {"pam_oauth_etc_t", "pam_oauth_cache_t", "pam_oauth_var_lib_t",
        "pam_oauth_run_t", "pam_oauth_token_t", "pam_oauth_helper_exec_t"}
WRITE = {"append", "create", "link", "relabelto", "rename", "setattr",
         "unlink", "write"}
ALONE = ["sshd_t", "local_login_t", "xdm_t", "cockpit_session_t", "user_su_t",
         "staff_su_t", "sysadm_su_t", *LATER]
PEOPLE = ["user_t", "staff_t", "sysadm_t", "unconfined_t", "xguest_t"]
SUDO = ["user_sudo_t", "staff_sudo_t", "sysadm_sudo_t"]


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    return Policy(tmp_path_factory.mktemp("policy"))


def test_a_policy_without_the_new_domains_takes_it_too(tmp_path):
    policy = Policy(tmp_path, later=False)
    assert policy.may("sshd_t", HELPER, "process", "transition")


@pytest.mark.parametrize("domain", ALONE + PEOPLE + SUDO)
def test_who_starts_the_helper_talks_to_it_and_ends_it(policy, domain):
    assert policy.domains_after("pam_oauth_helper_exec_t")[domain] == HELPER
    assert policy.may(domain, "pam_oauth_helper_exec_t", "file", "execute")
    assert policy.may(domain, HELPER, "process", "transition", "sigkill")
    assert policy.may(domain, domain, "unix_stream_socket", "create", "read",
                      "write")
    assert policy.may(HELPER, "pam_oauth_helper_exec_t", "file", "entrypoint")
    assert policy.may(HELPER, domain, "unix_stream_socket", "read", "write",
                      "getattr")
    assert policy.may(HELPER, domain, "fd", "use")
    assert policy.may(HELPER, domain, "process", "sigchld")


@pytest.mark.parametrize("role", ["system_r", "user_r", "staff_r", "sysadm_r",
                                  "unconfined_r", "xguest_r"])
def test_a_helper_may_be_in_the_role_of_who_starts_it(policy, role):
    assert HELPER in map(str, policy.policy.lookup_role(role).types())


@pytest.mark.parametrize("domain", ALONE + SUDO + ["unconfined_t"])
def test_the_module_keeps_the_state(policy, domain):
    for kind in ("pam_oauth_var_lib_t", "pam_oauth_run_t",
                 "pam_oauth_token_t"):
        assert policy.may(domain, kind, "dir", "create", "add_name",
                          "remove_name", "read")
        assert policy.may(domain, kind, "file", "create", "write", "link",
                          "rename", "unlink", "lock", "read")
    assert policy.may(domain, domain, "capability", "chown", "kill")


@pytest.mark.parametrize("domain", ["user_t", "staff_t"])
def test_people_read_their_tokens_and_nothing_else(policy, domain):
    assert policy.may(domain, "pam_oauth_token_t", "file", "open", "read")
    for kind in OURS:
        allowed = policy.access(domain).get((kind, "file"), set())
        assert not allowed & WRITE, kind
        assert "read" not in allowed or kind in (
            "pam_oauth_token_t", "pam_oauth_helper_exec_t"), kind


def test_the_helper_reads_no_passwords_and_no_state(policy):
    for kind in ("shadow_t", "pam_oauth_var_lib_t", "pam_oauth_token_t",
                 "sshd_key_t", "user_home_t", "admin_home_t"):
        for booleans in ({}, {"pam_oauth_any_port": True}):
            assert not policy.access(HELPER, **booleans).get(
                (kind, "file"), set()) & (WRITE | {"open", "read", "map"})


def test_the_helper_executes_nothing(policy):
    """Libraries are mapped; no program is started, in any domain."""
    for (target, tclass), allowed in policy.access(HELPER).items():
        if tclass in ("file", "lnk_file"):
            assert "execute_no_trans" not in allowed, target
            assert "execute" not in allowed or target in (
                "lib_t", "ld_so_t", "textrel_shlib_t",
                "pam_oauth_helper_exec_t"), target
        if tclass == "process":
            assert not allowed & {"transition", "dyntransition", "setexec",
                                  "setcurrent"}, target


def test_the_helper_touches_no_other_process(policy):
    for (target, tclass), allowed in policy.access(HELPER).items():
        if tclass == "process" and target != HELPER:
            assert allowed <= {"sigchld", "signull"}, target
        if tclass in ("process", "capability", "cap_userns"):
            assert not allowed & {"ptrace", "sys_ptrace", "execmem",
                                  "execstack", "execheap"}, target


def test_the_helper_has_the_capabilities_that_it_gives_up(policy):
    assert policy.access(HELPER)[HELPER, "capability"] == {
        "chown", "setgid", "setpcap", "setuid", "sys_resource"}
    assert (HELPER, "capability2") not in policy.access(HELPER)


def test_the_helper_writes_its_cache_and_its_place_in_line(policy):
    for (target, tclass), allowed in policy.access(HELPER).items():
        if tclass == "file" and allowed & WRITE:
            assert target in ("pam_oauth_cache_t", "pam_oauth_run_t", HELPER)


@pytest.mark.parametrize("port, always, by_boolean", [
    (443, True, True), (8443, True, True), (53, True, True),
    (22, False, True), (25, False, True), (5432, False, True),
    (40000, False, True)])
def test_ports(policy, port, always, by_boolean):
    kind = policy.type_of_port(port)
    for wanted, booleans in ((always, {}),
                             (by_boolean, {"pam_oauth_any_port": True})):
        assert policy.may(HELPER, kind, "tcp_socket", "name_connect",
                          **booleans) == wanted, (kind, booleans)


def test_the_browser_of_this_host(policy):
    """flow = code loopback: at a free port always, at another by the boolean."""
    assert policy.may(HELPER, "node_t", "tcp_socket", "node_bind")
    assert policy.may(HELPER, HELPER, "tcp_socket", "bind", "listen", "accept")
    for wanted in (False, True):
        assert policy.may(HELPER, "unreserved_port_t", "tcp_socket",
                          "name_bind", pam_oauth_any_port=wanted) == wanted
    assert not policy.may(HELPER, "http_port_t", "tcp_socket", "name_bind",
                          **{"pam_oauth_any_port": True})


def test_who_reads_the_secrets(policy):
    """Nobody who may read "all files", those of security apart."""
    assert HELPER in policy.who_may("pam_oauth_etc_t", "file", "read")
    confined = [name for name in ALONE if name != "xdm_t"]  # not in Debian
    for domain in (*confined, *SUDO, "user_t", "staff_t", "httpd_t", "crond_t",
                   "logrotate_t", "system_cronjob_t"):
        for kind in ("pam_oauth_etc_t", "pam_oauth_cache_t"):
            assert not policy.may(domain, kind, "file", "read"), (domain, kind)


@pytest.mark.parametrize("path, tclass, kind", [
    ("/usr/libexec/pam_oauth/pam_oauth_helper", "file",
     "pam_oauth_helper_exec_t"),
    ("/etc/pam_oauth", "dir", "pam_oauth_etc_t"),
    ("/etc/pam_oauth/pam_oauth.conf", "file", "pam_oauth_etc_t"),
    ("/etc/pam_oauth/corp.secret", "file", "pam_oauth_etc_t"),
    ("/var/cache/pam_oauth", "dir", "pam_oauth_cache_t"),
    ("/var/cache/pam_oauth/x", "file", "pam_oauth_cache_t"),
    ("/var/lib/pam_oauth/bindings/alice", "file", "pam_oauth_var_lib_t"),
    ("/run/pam_oauth", "dir", "pam_oauth_run_t"),
    ("/run/pam_oauth/pending", "file", "pam_oauth_run_t"),
    ("/run/pam_oauth/sessions", "dir", "pam_oauth_token_t"),
    ("/run/pam_oauth/tokens/x/access_token", "file", "pam_oauth_token_t"),
    ("/var/run/pam_oauth/tokens/x/access_token", "file", "pam_oauth_token_t"),
    ("/usr/lib64/security/pam_oauth.so", "file", "lib_t"),
    ("/usr/bin/pam-oauth", "file", "bin_t"),
    ("/etc/pam_oauth2", "dir", "etc_t")])
def test_files(policy, path, tclass, kind):
    assert policy.type_of_file(path, tclass) == kind
