#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# packaging/authselect: the features in a profile, rendered with and without,
# below the sshd and sudo of Fedora, and judged by pam-oauth check, which goes
# every way through the stacks.  authselect itself is not needed: what it does
# with {include if "FEATURE"} is done here.

set -u
pam_oauth=${PAM_OAUTH:-./pam-oauth}
add=${srcdir:-.}/packaging/authselect/add-features
# LIBPAMDIR: where pam-oauth looks for the module
pamdir=${LIBPAMDIR:?}
tmp=$(mktemp -d) && tmp=$(cd "$tmp" && pwd -P) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0
count=0

fail() {
	printf 'FAIL: %s\n' "$*"
	failures=$((failures + 1))
}

cat >"$tmp/conf" <<'EOT'
[provider corp]
issuer = https://sso.example.com
client_id = c
EOT
chmod 600 "$tmp/conf"

# profile: a custom one, of the kind that authselect create-profile makes.
profile() {
	rm -rf "$tmp/sso"
	mkdir "$tmp/sso"
	for file in system-auth password-auth; do
		cat >"$tmp/sso/$file" <<'EOT'
auth        required       pam_env.so
auth        required       pam_faildelay.so delay=2000000
auth        required       pam_faillock.so preauth silent {include if "with-faillock"}
auth        sufficient     pam_unix.so {if not "without-nullok":nullok}
auth        required       pam_deny.so

account     required       pam_faillock.so {include if "with-faillock"}
account     required       pam_unix.so

password    sufficient     pam_unix.so yescrypt shadow use_authtok
password    required       pam_deny.so

session     required       pam_limits.so
session     required       pam_unix.so
EOT
	done
}

# render FEATURE...: the root that authselect would leave.
render() {
	rm -rf "$tmp/root"
	mkdir -p "$tmp/root/etc/pam.d" "$tmp/root$pamdir"
	: >"$tmp/root$pamdir/pam_oauth.so"
	printf 'root:x:0:\nbreakglass:x:990:admin\n' >"$tmp/root/etc/group"
	# shellcheck disable=SC2016 # a password's hash
	echo 'admin:$y$j9T$x$y:19000:0:99999:7:::' >"$tmp/root/etc/shadow"
	for file in system-auth password-auth; do
		awk -v features=" $* " '
		match($0, /[{]include if "[^"]*"[}]/) {
			name = substr($0, RSTART + 13, RLENGTH - 15)
			if (!index(features, " " name " "))
				next
			$0 = substr($0, 1, RSTART - 1)
		}
		{ sub(/[{]if not "without-nullok":nullok[}]/, "nullok"); print }
		' "$tmp/sso/$file" >"$tmp/root/etc/pam.d/$file"
	done
	cat >"$tmp/root/etc/pam.d/sshd" <<'EOT'
auth       substack     password-auth
account    required     pam_nologin.so
account    include      password-auth
password   include      password-auth
session    include      password-auth
EOT
	for service in sudo su; do
		cat >"$tmp/root/etc/pam.d/$service" <<'EOT'
auth       include      system-auth
account    include      system-auth
password   include      system-auth
session    include      system-auth
EOT
	done
	printf '%s include sudo\n' auth account >"$tmp/root/etc/pam.d/sudo-i"
}

check() {
	"$pam_oauth" check --offline --config "$tmp/conf" --root "$tmp/root" \
		>"$tmp/out" 2>&1
}

# content NAME: no way around us, nor anything else to be said against it
content() {
	count=$((count + 1))
	check || fail "$1: $(cat "$tmp/out")"
	! grep -E '^(error|warning): ' "$tmp/out" ||
		fail "$1: $(cat "$tmp/out")"
}

# stack SERVICE: its auth lines are these modules, in order
modules() {
	count=$((count + 1))
	got=$(sed -n 's/^auth .*\(pam_[a-z_]*\)\.so.*/\1/p' \
		"$tmp/root/etc/pam.d/$1" | tr '\n' ' ')
	[ "$got" = "$2" ] || fail "$1: $got"
}

profile
cp -r "$tmp/sso" "$tmp/before"
"$add" "$tmp/sso" || fail "add-features: $?"
render
plain='pam_env pam_faildelay pam_unix pam_deny '
modules password-auth "$plain"
modules system-auth "$plain"
! grep -q pam_oauth "$tmp"/root/etc/pam.d/* || fail "a feature that is off"

render with-pam-oauth-ssh
modules password-auth \
	'pam_env pam_faildelay pam_succeed_if pam_oauth pam_unix pam_deny '
modules system-auth "$plain"
content ssh

render with-pam-oauth-ssh with-pam-oauth-sudo with-faillock
modules system-auth \
	'pam_env pam_faildelay pam_succeed_if pam_succeed_if pam_oauth pam_faillock pam_unix pam_deny '
content both

# The same with the control that is not to be used: a refusal is passed by.
count=$((count + 1))
sed -i 's/\[success=done default=die\]/sufficient/' \
	"$tmp/root/etc/pam.d/password-auth"
! check || fail "sufficient: check is content"

# Twice would be two links; and what is shared stays as it is.
count=$((count + 2))
! "$add" "$tmp/sso" 2>/dev/null || fail "added twice"
profile
mv "$tmp/sso/system-auth" "$tmp/shared"
ln -s "$tmp/shared" "$tmp/sso/system-auth"
! "$add" "$tmp/sso" 2>/dev/null || fail "a link was followed"
cmp -s "$tmp/sso/password-auth" "$tmp/before/password-auth" ||
	fail "a profile was changed by half"

echo "$count checks, $failures failures"
[ "$failures" -eq 0 ]
