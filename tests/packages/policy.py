# SPDX-License-Identifier: BSD-2-Clause
"""Our SELinux module, linked with a whole policy, without a kernel that has it.

The policy is Debian's (the reference policy), and a few domains that later
ones have. libsepol checks what that policy forbids for ever (neverallow).
"""

import bz2
import concurrent.futures
import pathlib
import shutil
import stat
import subprocess

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "selinux"
DEVEL = pathlib.Path("/usr/share/selinux/devel/Makefile")
MODULES = pathlib.Path("/usr/share/selinux/default")
TO_CIL = pathlib.Path("/usr/libexec/selinux/hll/pp")
TIMEOUT_S = 300

HELPER = "pam_oauth_helper_t"
# OpenSSH's from 9.8 and 10 on, which Debian 12's policy does not know
LATER = ["sshd_session_t", "sshd_auth_t"]

CLASS_OF = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK:
            "lnk_file", stat.S_IFCHR: "chr_file", stat.S_IFSOCK: "sock_file",
            stat.S_IFIFO: "fifo_file", stat.S_IFBLK: "blk_file"}


def missing():
    """What this host lacks to build it, or None."""
    for program in ("make", "m4", "checkmodule", "semodule_package", "secilc"):
        if shutil.which(program) is None:
            return program
    for path in (DEVEL, MODULES / "base.pp.bz2", TO_CIL):
        if not path.exists():
            return str(path)
    try:
        import selinux                  # noqa: F401
        import setools                  # noqa: F401
    except ImportError as error:
        return error.name
    return None


def _run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stdout
    return done.stdout


def compile_module(directory):
    """Our package, from its sources by the policy's own Makefile."""
    for source in SOURCES.iterdir():
        shutil.copy(source, directory)
    said = _run("make", "-f", str(DEVEL), "pam_oauth.pp", cwd=directory)
    assert "warning" not in said.lower(), said
    return directory / "pam_oauth.pp"


class Policy:
    """The policy; `later` says whether it has the LATER domains."""

    def __init__(self, directory, later=True):
        import setools
        directory = pathlib.Path(directory)
        packages = [compile_module(directory)]
        for packed in MODULES.glob("*.pp.bz2"):
            packages.append(directory / packed.name[:-4])
            packages[-1].write_bytes(bz2.decompress(packed.read_bytes()))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            cils = list(pool.map(lambda pp: self._to_cil(directory, pp),
                                 packages))
        if later:
            cils.append(directory / "later.cil")
            cils[-1].write_text("".join(
                "(type %s)(roletype system_r %s)"
                "(typeattributeset domain (%s))\n" % (name, name, name)
                for name in LATER))
        self.contexts = directory / "file_contexts"
        _run("secilc", "-o", "policy", "-f", self.contexts.name, *map(str, cils),
             cwd=directory)
        self._setools = setools
        self.policy = setools.SELinuxPolicy(str(directory / "policy"))
        self._access, self._by_source, self._transitions = {}, None, {}

    @staticmethod
    def _to_cil(directory, package):
        cil = package.with_suffix(".cil")
        _run(str(TO_CIL), str(package), str(cil), cwd=directory)
        return cil

    def rules(self, ruletype="allow", **criteria):
        return self._setools.TERuleQuery(
            self.policy, ruletype=[ruletype], **criteria).results()

    def _rules_of(self, source):
        if self._by_source is None:
            self._by_source = {}
            for rule in self.policy.terules():
                if str(rule.ruletype) == "allow":
                    self._by_source.setdefault(str(rule.source), []).append(
                        rule)
        attributes = self.policy.lookup_type(source).attributes()
        return [rule for name in (source, *map(str, attributes))
                for rule in self._by_source.get(name, ())]

    def access(self, source, **booleans):
        """What a domain may do: {(type, class): permissions}.

        Booleans are as they are shipped, but for those that are named.
        """
        key = (source, tuple(sorted(booleans.items())))
        if key not in self._access:
            found = self._access[key] = {}
            for rule in self._rules_of(source):
                if not rule.enabled(**booleans):
                    continue
                for target in rule.target.expand():
                    found.setdefault((str(target), str(rule.tclass)),
                                     set()).update(rule.perms)
        return self._access[key]

    def domains_after(self, program):
        """{who starts it: the domain that it is in then}"""
        if program not in self._transitions:
            self._transitions[program] = {
                str(source): str(rule.default) for rule in self.rules(
                    "type_transition", target=program, tclass=["process"])
                for source in rule.source.expand()}
        return self._transitions[program]

    def may(self, source, target, tclass, *permissions, **booleans):
        return set(permissions) <= self.access(source, **booleans).get(
            (target, tclass), set())

    def who_may(self, target, tclass, permission):
        """All domains that may, whatever the booleans."""
        return {str(source) for rule in self.rules(
                    target=target, tclass=[tclass], perms=[permission])
                for source in rule.source.expand()}

    def type_of_file(self, path, tclass):
        """What restorecon would make of it; None: nothing is said."""
        import selinux
        kind = {name: value for value, name in CLASS_OF.items()}[tclass]
        option = selinux.selinux_opt()
        option.type, option.value = selinux.SELABEL_OPT_PATH, \
            str(self.contexts)
        handle = selinux.selabel_open(selinux.SELABEL_CTX_FILE, option, 1)
        try:
            context = selinux.selabel_lookup(handle, str(path), kind)[1]
        except FileNotFoundError:
            return None
        finally:
            selinux.selabel_close(handle)
        return None if context == "<<none>>" else context.split(":")[2]

    def type_in(self, filesystem, path):
        """The same in proc and sysfs: the longest path counts."""
        return max(((entry.path, str(entry.context.type_))
                    for entry in self.policy.genfscons()
                    if entry.fs == filesystem
                    and (path + "/").startswith(entry.path.rstrip("/") + "/")),
                   key=lambda found: len(found[0]))[1]

    def type_of_port(self, port, protocol="tcp"):
        """The narrowest range counts."""
        return min((entry.ports.high - entry.ports.low,
                    str(entry.context.type_))
                   for entry in self.policy.portcons()
                   if str(entry.protocol) == protocol
                   and entry.ports.low <= port <= entry.ports.high)[1]
