# SPDX-License-Identifier: BSD-2-Clause
"""bind = first_use: whose an account is, through real logins."""

import json
import os
import re
import shutil
import subprocess
import threading

import pytest

import world
from pam_client import PamClient
from terminal import ENTER, WAITING, Terminal, as_user

SERVICE = "po_bind"
STORE = world.STATEDIR / "bindings"
SUBS = {"alice": "248289761001", "bob": "591007342118"}
# alice's and bob's names at the provider both come out as this account
ONE_NAME = {"username_match": "(alice|bob)", "username_format": "alice",
            "bind": "first_use"}
SUDOERS = """\
Defaults !fqdn, !lecture, passwd_tries=1
alice ALL=(ALL:ALL) ALL
"""


def configure(idp, **account):
    world.configure({"provider corp": world.corp(idp),
                     "account": dict(ONE_NAME, **account),
                     "limits": {"max_pending": 20}})


@pytest.fixture(autouse=True)
def empty_store(idp):
    shutil.rmtree(world.STATEDIR, ignore_errors=True)
    configure(idp)
    world.service(SERVICE)
    yield
    shutil.rmtree(world.STATEDIR, ignore_errors=True)


def sign_in(idp, person, service=SERVICE, user="alice"):
    """The PAM code for `person` as `user`."""
    with PamClient(service, user) as client:
        client.link().approve(idp, person)
        return client.code()


def bindings(*arguments, prefix=()):
    """pam-oauth bindings ...: (status, standard output, standard error)."""
    done = subprocess.run(
        [*prefix, str(world.PAM_OAUTH), "bindings", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def owners():
    status, out, err = bindings("list", "--json")
    assert (status, err) == (0, "")
    return {entry["account"]: entry["sub"] for entry in json.loads(out)}


def test_first_login_binds_and_another_person_is_refused(idp, logs, since):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    mark = logs.mark()
    assert sign_in(idp, "bob") == "PAM_AUTH_ERR"
    decision = logs.decision(SERVICE, mark)
    assert (decision["result"], decision["reason"]) == ("refused", "bound")
    assert 'another person\'s since 20' in decision["detail"]
    assert SUBS["alice"] in decision["detail"]
    assert decision["sub"] == SUBS["bob"]
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    assert owners() == {"alice": SUBS["alice"]}


def test_refusal_says_nothing_about_the_owner(idp):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    with PamClient(SERVICE, "alice") as client:
        client.link().approve(idp, "bob")
        assert client.code() == "PAM_AUTH_ERR"
        assert client.messages[-1] == (
            "error", "The person who approved may not use this account.")


def test_one_who_is_refused_otherwise_is_not_bound(idp):
    world.configure({"provider corp": world.corp(idp), "account": ONE_NAME,
                     "access": {"require": "/groups has linux-admins"}})
    assert sign_in(idp, "bob") == "PAM_PERM_DENIED"
    assert owners() == {}
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    assert owners() == {"alice": SUBS["alice"]}


def test_without_bind_nothing_is_kept(idp):
    configure(idp, bind="off")
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    assert sign_in(idp, "bob") == "PAM_SUCCESS"
    assert not world.STATEDIR.exists()


def test_binding_holds_for_every_service(idp, logs, since):
    world.service("po_bind_too")
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    assert sign_in(idp, "bob", "po_bind_too") == "PAM_AUTH_ERR"
    assert logs.decision("po_bind_too", since.log)["reason"] == "bound"


def test_what_map_file_shares_is_not_bound(idp):
    """A line of map_file is for several people; a name is for one."""
    map_file = world.write("alice  /sub is %s\n" % SUBS["bob"],
                           world.CONFIG_DIR / "accounts")
    configure(idp, map_file=map_file)
    assert sign_in(idp, "bob") == "PAM_SUCCESS"
    assert owners() == {}
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    assert owners() == {"alice": SUBS["alice"]}
    assert sign_in(idp, "bob") == "PAM_SUCCESS"


def test_removed_the_account_is_anybodys_again(idp):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    status, out, err = bindings("remove", "alice")
    assert (status, err) == (0, "")
    assert out.startswith('alice: was bound to sub "%s" of %s since 20'
                          % (SUBS["alice"], idp.issuer))
    assert sign_in(idp, "bob") == "PAM_SUCCESS"
    assert sign_in(idp, "alice") == "PAM_AUTH_ERR"
    assert owners() == {"alice": SUBS["bob"]}
    assert bindings("remove", "bob") == (
        1, "", 'pam-oauth: bindings: "bob" is bound to nobody\n')


def test_list_is_a_table(idp):
    assert bindings("list") == (0, "", "")
    assert bindings("list", "--json") == (0, "[]\n", "")
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    status, out, err = bindings("list")
    assert (status, err) == (0, "")
    head, row = out.splitlines()
    assert head.split() == ["ACCOUNT", "SINCE", "SUB", "ISSUER"]
    account, since, sub, issuer = row.split()
    assert (account, sub, issuer) == ("alice", SUBS["alice"], idp.issuer)
    assert since.startswith("20") and since.endswith("Z")


def test_columns_of_the_list_are_under_each_other(idp):
    """With a UUID, as most subjects are (36)."""
    record = world.STATEDIR / "bindings" / "alice"
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    uuid = "0b15724e-c935-0800-4337-50fefecedf6b"
    world.write(record.read_text().replace(SUBS["alice"], uuid), record, 0o600)
    head, row = bindings("list")[1].splitlines()
    assert [head.index(word) for word in ("SUB", "ISSUER")] == \
        [row.index(word) for word in (uuid, idp.issuer)]


@pytest.mark.parametrize("arguments", [
    (), ("list", "alice"), ("remove",), ("remove", "--json"),
    ("remove", "alice", "bob"), ("forget",), ("list", "--json", "--json")])
def test_wrong_usage(arguments):
    status, out, err = bindings(*arguments)
    assert (status, out) == (2, "")
    assert "usage: pam-oauth bindings list [--json]" in err


def test_the_longest_issuer_is_listed_whole(idp):
    issuer = "https://" + "i" * (2048 - len("https://"))
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    record = STORE / "alice"
    record.write_text(re.sub("(?m)^issuer=.*$", "issuer=" + issuer,
                             record.read_text()))
    [entry] = json.loads(bindings("list", "--json")[1])
    assert entry["issuer"] == issuer


@pytest.mark.parametrize("name", ["../bindings", "/etc/passwd", ".x", "a b",
                                  "\x1b[2J"])
def test_remove_takes_accounts_only(idp, name):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    status, out, err = bindings("remove", name)
    assert (status, out) == (2, "")
    assert "cannot be a record's name" in err and "\x1b" not in err
    assert owners() == {"alice": SUBS["alice"]}


def test_only_root_may_look(idp):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    command = shutil.copy(world.PAM_OAUTH, world.public_directory())
    done = subprocess.run(as_user("bob", command, "bindings", "list"),
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "(this is root's: try sudo)" in done.stderr


@pytest.mark.parametrize("what, detail", [
    ("corrupt", "/bindings/alice: not a record of a binding"),
    ("link", "/bindings/alice: Too many levels of symbolic links"),
    ("readable", "/bindings/alice: not a file of uid 0 alone"),
    ("open", "/bindings: open to group or others (mode 0755): chmod 700"),
    ("not ours", "/bindings: owned by uid 1, not by uid 0"),
    ("no directory", "/bindings: a link, or no directory"),
])
def test_unusable_store_lets_nobody_in(idp, logs, what, detail):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    record = STORE / "alice"
    if what == "corrupt":
        record.write_text("version=1\nissuer=x\n")
    elif what == "link":
        record.rename(world.STATEDIR / "elsewhere")
        record.symlink_to(world.STATEDIR / "elsewhere")
    elif what == "readable":
        record.chmod(0o644)
    elif what == "open":
        STORE.chmod(0o755)
    elif what == "not ours":
        os.chown(STORE, 1, 1)
    else:
        shutil.rmtree(STORE)
        STORE.write_text("")
    for person in ("alice", "bob"):
        mark = logs.mark()
        assert sign_in(idp, person) == "PAM_SERVICE_ERR"
        decision = logs.decision(SERVICE, mark)
        assert decision["reason"] == "store"
        assert decision["detail"].startswith("bind = first_use: ")
        assert detail in decision["detail"]


def test_corrupt_record_hides_no_other_and_is_mended_by_removing(idp):
    assert sign_in(idp, "alice") == "PAM_SUCCESS"
    (STORE / "bob").write_text("\x1b[2J")
    (STORE / "bob").chmod(0o600)
    status, out, err = bindings("list")
    assert status == 1 and SUBS["alice"] in out
    assert "/bindings/bob: not a record" in err and "\x1b" not in err
    assert bindings("remove", "bob") == (
        0, "bob: removed a record that could not be read\n", "")
    assert owners() == {"alice": SUBS["alice"]}


def test_application_without_privileges_is_refused(logs, since):
    prefix = as_user("alice")
    with PamClient(SERVICE, "alice", prefix=prefix) as client:
        assert client.code() == "PAM_SERVICE_ERR"   # before anybody is asked
    decision = logs.decision(SERVICE, since.log)
    assert decision["reason"] == "config"
    assert decision["detail"].startswith("application without root: ")
    assert "bind: only root can remember" in decision["detail"]
    assert not world.STATEDIR.exists()


def test_twenty_first_logins_leave_one_owner(idp, logs, since):
    """Approved first; then both people's logins end as they may."""
    people = ["alice", "bob"] * 10
    clients = [PamClient(SERVICE, "alice") for _ in people]
    try:
        links = [client.link() for client in clients]
        workers = [threading.Thread(target=link.approve, args=(idp, person))
                   for link, person in zip(links, people)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        codes = {"alice": [], "bob": []}
        for client, person in zip(clients, people):
            codes[person].append(client.code())
    finally:
        for client in clients:
            client.__exit__()
    owner = next(name for name, sub in SUBS.items()
                 if owners() == {"alice": sub})
    other = "bob" if owner == "alice" else "alice"
    assert codes[owner] == ["PAM_SUCCESS"] * 10
    assert codes[other] == ["PAM_AUTH_ERR"] * 10
    assert os.listdir(STORE) == ["alice"]


# --- the real applications ---------------------------------------------------

@pytest.mark.skipif(world.SANITIZED,
                    reason="sudo cannot load a module with sanitizers")
def test_sudo(idp, logs, since):
    world.service("sudo")
    world.write(SUDOERS, "/etc/sudoers", 0o440)

    def sudo():
        return Terminal(as_user("alice", "/usr/bin/sudo", "-k", "sh", "-c",
                                "echo now $(id -un)"))

    with sudo() as person:
        person.see_link().approve(idp, "alice")
        person.see("now root")
    with sudo() as person:
        person.see_link().approve(idp, "bob")
        person.see("The person who approved may not use this account.")
        assert "now root" not in person.see_end()[1]
    assert logs.reasons("sudo", since.log) == [None, "bound"]


@pytest.mark.skipif(world.SANITIZED,
                    reason="sshd cannot load a module with sanitizers")
def test_sshd(idp, logs, since, sshd_server):
    """Its authentication runs in a child of its own, as root all the same."""
    def ssh(person):
        with sshd_server.login("alice") as terminal:
            terminal.see_link().approve(idp, person)
            if terminal.see(ENTER, WAITING) == 0:
                terminal.press_enter()
            return terminal.see_end()[1]

    assert "hello alice" in ssh("alice")
    assert "hello alice" not in ssh("bob")
    assert logs.wait(lambda line: line.is_decision and line.fields.get(
        "reason") == "bound", since.log).service == "sshd"
    assert owners() == {"alice": SUBS["alice"]}
