#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pam-oauth check on PAM stacks: each way around pam_oauth.so, and the nearest
# stack that has none.  Small trees below a directory; nothing of the host is
# read.  $PAM_OAUTH is the program, $LIBPAMDIR where the module is to be.

set -u
pam_oauth=${PAM_OAUTH:-./pam-oauth}
examples=${srcdir:-.}/pam.d-examples
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

# tree: a new one, with Debian's shared files, and the module in its place.
tree() {
	rm -rf "$tmp/root"
	mkdir -p "$tmp/root/etc/pam.d" "$tmp/root$pamdir"
	: >"$tmp/root$pamdir/pam_oauth.so"
	file common-auth <<'EOT'
auth	[success=1 default=ignore]	pam_unix.so nullok
auth	requisite	pam_deny.so
auth	required	pam_permit.so
EOT
	file common-account <<'EOT'
account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so
account	requisite	pam_deny.so
account	required	pam_permit.so
EOT
	for name in common-session common-session-noninteractive \
		common-password; do
		echo "session required pam_permit.so" | file "$name"
	done
	cat >"$tmp/root/etc/group" <<'EOT'
root:x:0:
breakglass:x:990:admin
nobodys:x:991:
locked:x:992:carol,dave
EOT
	cat >"$tmp/root/etc/shadow" <<'EOT'
admin:$y$j9T$x$y:19000:0:99999:7:::
carol:!:19000:0:99999:7:::
dave:*:19000:0:99999:7:::
EOT
}

# file NAME: standard input becomes that service.
file() {
	cat >"$tmp/root/etc/pam.d/$1"
}

# auth SERVICE: its auth lines are standard input, the account ones in order.
auth() {
	{
		cat
		echo "account required pam_oauth.so"
		echo "@include common-account"
	} | file "$1"
}

run() {
	"$pam_oauth" check --offline --config "$tmp/conf" \
		--root "$tmp/root" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ ! -s "$tmp/err" ] || fail "standard error: $(cat "$tmp/err")"
}

# finds NAME LINE...: in the tree as it is, exactly these findings of PAM that
# are neither "ok" nor "note" (and "note"s that are asked for); patterns of
# grep -E, in any order.
finds() {
	name=$1
	shift
	count=$((count + 1))
	run
	wanted=0
	for line; do
		grep -Eq "^$line" "$tmp/out" ||
			fail "$name: no \"$line\" in: $(cat "$tmp/out")"
		case $line in note*) ;; *) wanted=$((wanted + 1)) ;; esac
	done
	have=$(grep -Ec '^(warning|error): ' "$tmp/out")
	[ "$have" -eq "$wanted" ] ||
		fail "$name: $have findings, not $wanted: $(cat "$tmp/out")"
	status=0
	! grep -q '^error: ' "$tmp/out" || status=1
	[ "$got" -eq "$status" ] || fail "$name: exit $got, not $status"
	# each with its fix, in the same line
	! grep -E '^(warning|error): ' "$tmp/out" | grep -vE ' \(fix: .+\)$' ||
		fail "$name: a finding without a fix"
}

# --- the examples, as they are ------------------------------------------------
example() { # FILE SERVICE FINDING...
	file=$1
	service=$2
	shift 2
	tree
	cp "$examples/$file" "$tmp/root/etc/pam.d/$service"
	case $service in
	sudo) cp "$examples/$file" "$tmp/root/etc/pam.d/sudo-i" ;;
	esac
	finds "$file" "$@"
}
example sshd sshd
example sshd-key-and-sso sshd
example sshd-liveness sshd
# a choice, and the password that goes with it
example sshd-sso-or-password sshd \
	'warning: .*provider cannot be reached .*authinfo_unavail.*pam_unix'
example sudo-fallback sudo \
	'warning: service sudo: .*provider cannot be reached .*authinfo_unavail' \
	'warning: service sudo-i: .*provider cannot be reached .*authinfo_unavail'
for service in sudo su login gdm-password cockpit; do
	example "$service" "$service" \
		"note: service $service: pam_succeed_if.so .*ingroup breakglass"
done
example kiosk login 'note: service login: pam_succeed_if.so .*tty in tty1'
for service in lightdm greetd; do # the way back in is another screen
	example kiosk-greeter "$service" \
		"warning: service $service: when the provider is down, nobody"
done

# --- a refusal that does not count --------------------------------------------
refusal='error: service sshd: "CONTROL" goes on after a refusal \(CODES\), and'
refused_past() { # NAME CONTROL CODES WHO, the lines being standard input
	tree
	auth sshd
	finds "$1" "$(printf '%s' "$refusal" | sed \
		"s/CONTROL/$2/; s/CODES/$3/") $4 lets them in: .*/sshd:"
}
refused_past sufficient_above_a_password sufficient \
	'auth_err, perm_denied, maxtries' pam_unix.so <<'EOT'
auth sufficient pam_oauth.so
@include common-auth
EOT
refused_past sufficient_above_permit sufficient \
	'auth_err, perm_denied, maxtries' 'nothing at all' <<'EOT'
auth sufficient pam_oauth.so
auth required pam_permit.so
EOT
refused_past optional_above_permit optional \
	'auth_err, perm_denied, maxtries' 'nothing at all' <<'EOT'
auth optional pam_oauth.so
auth required pam_permit.so
EOT
refused_past sufficient_behind_a_setting sufficient \
	'auth_err, perm_denied, maxtries' 'nothing at all' <<'EOT'
auth required pam_env.so
auth sufficient pam_oauth.so
EOT
refused_past default_ignore 'success=1 default=ignore' \
	'auth_err, perm_denied, maxtries' 'nothing at all' <<'EOT'
auth [success=1 default=ignore] pam_oauth.so
auth required pam_permit.so
auth required pam_permit.so
EOT
refused_past auth_err_ignored 'success=done auth_err=ignore default=die' \
	auth_err pam_unix.so <<'EOT'
auth [success=done auth_err=ignore default=die] pam_oauth.so
@include common-auth
EOT
refused_past perm_denied_ignored 'success=done perm_denied=ignore default=die' \
	perm_denied pam_unix.so <<'EOT'
auth [success=done perm_denied=ignore default=die] pam_oauth.so
@include common-auth
EOT
refused_past maxtries_ignored 'success=done maxtries=ignore default=die' \
	maxtries pam_unix.so <<'EOT'
auth [success=done maxtries=ignore default=die] pam_oauth.so
@include common-auth
EOT
refused_past maxtries_jumps 'success=done maxtries=1 default=die' \
	maxtries pam_unix.so <<'EOT'
auth [success=done maxtries=1 default=die] pam_oauth.so
auth requisite pam_deny.so
auth required pam_unix.so
EOT
refused_past refusal_is_reset 'success=ok default=reset' \
	'auth_err, perm_denied, maxtries' pam_unix.so <<'EOT'
auth [success=ok default=reset] pam_oauth.so
auth required pam_unix.so
EOT
refused_past password_above_as_well sufficient \
	'auth_err, perm_denied, maxtries' pam_unix.so <<'EOT'
auth required pam_unix.so
auth sufficient pam_oauth.so
EOT
# a substack's "die" ends the substack alone, but the failure stays: no finding
tree
file inner <<'EOT'
auth [success=done default=die] pam_oauth.so
EOT
auth sshd <<'EOT'
auth substack inner
auth required pam_unix.so
EOT
finds die_in_a_substack
# ...and its "done" with a success does not end the rest
tree
file inner <<'EOT'
auth sufficient pam_oauth.so
EOT
auth sshd <<'EOT'
auth substack inner
auth sufficient pam_unix.so
auth required pam_deny.so
EOT
finds sufficient_in_a_substack \
	'error: .*goes on after a refusal .*pam_unix.so lets them in: .*/inner:1'

# safe, although it says "ignore" or "sufficient"
tree
auth sshd <<'EOT'
auth [success=1 default=ignore] pam_oauth.so
auth requisite pam_deny.so
auth required pam_permit.so
EOT
finds as_pam_auth_update_writes_it
tree
auth sshd <<'EOT'
auth required pam_env.so
auth sufficient pam_oauth.so
auth required pam_deny.so
EOT
finds sufficient_above_deny
tree
auth sshd <<'EOT'
auth sufficient pam_oauth.so
EOT
finds sufficient_alone
tree
auth sshd <<'EOT'
auth optional pam_oauth.so
EOT
finds optional_alone 'warning: .*"optional": its refusals count only'
tree
auth sshd <<'EOT'
auth required pam_oauth.so
auth required pam_unix.so
EOT
finds provider_and_password

# --- where nothing could be decided --------------------------------------------
for case in 'authinfo_unavail:provider cannot be reached' \
	'service_err:configuration has a mistake' \
	'conv_err:nobody can be shown a link' \
	'user_unknown:account may not sign in here'; do
	code=${case%%:*}
	tree
	auth sshd <<EOT
auth [success=done $code=ignore default=die] pam_oauth.so
@include common-auth
EOT
	finds "$code" "warning: .*${case#*:} .$code., pam_unix.so lets people in"
	tree
	auth sshd <<EOT
auth [success=1 $code=ignore default=die] pam_oauth.so
auth required pam_permit.so
auth required pam_permit.so
EOT
	finds "$code" "error: .*${case#*:} .$code., nothing at all lets people in"
done

# --- past us --------------------------------------------------------------------
skipped() { # NAME MODULE, the lines being standard input
	tree
	auth sshd
	finds "$1" "error: service sshd: $2 comes first, and .*never asked"
}
skipped sufficient_password_above pam_unix.so <<'EOT'
auth sufficient pam_unix.so
auth required pam_oauth.so
EOT
skipped done_above pam_ldap.so <<'EOT'
auth [success=done default=ignore] pam_ldap.so
auth required pam_oauth.so
EOT
skipped jump_over_us pam_unix.so <<'EOT'
auth [success=1 default=ignore] pam_unix.so
auth required pam_oauth.so
auth required pam_permit.so
EOT
skipped jump_over_us_from_an_include pam_unix.so <<'EOT'
auth [success=2 default=ignore] pam_unix.so
auth [success=1 default=ignore] pam_oauth.so
auth requisite pam_deny.so
auth required pam_permit.so
EOT
tree
auth sshd <<'EOT'
auth sufficient pam_succeed_if.so user ingroup staff
auth required pam_oauth.so
EOT
finds condition_alone 'error: .*pam_succeed_if.so ends it .*nothing else is asked'
tree
auth sshd <<'EOT'
auth sufficient pam_permit.so
auth required pam_oauth.so
EOT
finds permit_above 'error: .*pam_permit.so ends it .*nothing else is asked'
# a jump that is one too long is a failure
tree
auth sshd <<'EOT'
auth [success=3 default=ignore] pam_unix.so
auth required pam_oauth.so
auth required pam_permit.so
EOT
finds jump_too_far
# root need not sign in to become somebody
tree
auth su <<'EOT'
auth sufficient pam_rootok.so
auth [success=1 default=ignore] pam_succeed_if.so user ingroup breakglass
auth [success=done default=die] pam_oauth.so
@include common-auth
EOT
finds root_is_root 'note: .*ingroup breakglass'

# --- account ---------------------------------------------------------------------
tree
file sshd <<'EOT'
auth required pam_oauth.so
account [default=ignore] pam_oauth.so
@include common-account
EOT
finds account_default_ignore \
	'error: service sshd: account: a refusal of pam_oauth.so does not count'
tree
file sshd <<'EOT'
auth required pam_oauth.so
account [acct_expired=ignore ignore=ignore success=ok default=bad] pam_oauth.so
@include common-account
EOT
finds account_expired_ignored \
	'error: .*account: a refusal of pam_oauth.so does not count'
# some are not asked about, which is fine as long as others are
tree
file sshd <<'EOT'
auth required pam_oauth.so
account [success=2 default=ignore] pam_succeed_if.so user ingroup breakglass
account required pam_oauth.so
account required pam_unix.so
account required pam_permit.so
EOT
finds account_exempt_from_all \
	'error: .*account: a refusal of pam_oauth.so does not count'
tree
file sshd <<'EOT'
auth required pam_oauth.so
account [success=1 default=ignore] pam_unix.so
account required pam_oauth.so
account required pam_permit.so
EOT
finds account_jumped_over \
	'error: .*account: a refusal of pam_oauth.so does not count'
tree
file sshd <<'EOT'
auth required pam_oauth.so
account sufficient pam_oauth.so
@include common-account
EOT
finds account_sufficient \
	'error: .*account: a refusal of pam_oauth.so does not count' \
	'error: .*account: "sufficient" keeps pam_unix.so from being asked'
for skip in '' 'pam_succeed_if.so quiet user ingroup breakglass'; do
	tree
	file sshd <<EOT
auth required pam_oauth.so
account [success=1 default=ignore] ${skip:-pam_unix.so}
account required pam_oauth.so
@include common-account
EOT
	if [ -n "$skip" ]; then # a decision of somebody's
		finds account_condition
	else
		finds account_skipped \
			'error: .*account: a refusal of pam_oauth.so does not'
	fi
done
tree
file sshd <<'EOT'
auth required pam_oauth.so
account [success=done ignore=ignore default=bad] pam_oauth.so
account required pam_nologin.so
account required pam_unix.so
EOT
finds account_done 'error: .*keeps pam_nologin.so from being asked'
tree
file sshd <<'EOT'
auth required pam_oauth.so
account required pam_oauth.so
EOT
finds account_alone 'error: .*logins by key or password are refused'
tree
file sshd <<'EOT'
auth required pam_oauth.so
@include common-account
EOT
finds no_account 'warning: .*no account line of pam_oauth.so'

# --- our lines ---------------------------------------------------------------------
tree
auth sshd <<'EOT'
auth required pam_oauth.so config=/etc/x provider=corp debug
EOT
finds arguments 'note: .*its own: check it with --config /etc/x'
tree
auth sshd <<'EOT'
auth required pam_oauth.so provider=corp debug
EOT
finds provider
tree
auth sshd <<'EOT'
auth required pam_oauth.so provider=lab
EOT
finds provider_unknown 'error: .*there is no \[provider lab\]'
for argument in use_first_pass config=relative config= provider= DEBUG debug=1; do
	tree
	auth sshd <<EOT
auth required pam_oauth.so $argument
EOT
	finds "argument $argument" "error: .*unknown argument \"$argument\""
done
tree
rm "$tmp/root$pamdir/pam_oauth.so"
auth sshd <<'EOT'
auth required pam_oauth.so
EOT
finds module_missing "error: .*$pamdir/pam_oauth.so: No such file" \
	"error: .*$pamdir/pam_oauth.so: No such file"
tree
auth sshd <<'EOT'
auth required /opt/pam_oauth.so
EOT
finds module_elsewhere "error: .*/root/opt/pam_oauth.so: No such file"

# --- which services ------------------------------------------------------------------
tree
file common-auth <<'EOT'
auth required pam_oauth.so
EOT
for service in cron su; do
	printf '@include common-auth\n@include common-account\n' | file "$service"
done
finds common_auth 'warning: .*when the provider is down' \
	'warning: .*common-auth is part of many services' \
	'warning: .*no account line' # each of them once, not for each service
# kept for some services by their name, as packaging/debian/pam-configs does it
gate() { # CONTROL TEST
	tree
	file common-auth <<EOT
auth	$1	pam_succeed_if.so $2
auth	[default=ignore success=1]	pam_succeed_if.so quiet user ingroup breakglass
auth	[success=2 default=die]	pam_oauth.so
auth	[success=1 default=ignore]	pam_unix.so nullok try_first_pass
auth	requisite	pam_deny.so
auth	required	pam_permit.so
EOT
	cat >>"$tmp/root/etc/pam.d/common-account" <<EOT
account	$1	pam_succeed_if.so $2
account	[default=ignore success=1]	pam_succeed_if.so quiet user ingroup breakglass
account	required	pam_oauth.so
EOT
	for service in sshd sudo sudo-i cron su; do
		printf '@include common-auth\n@include common-account\n' |
			file "$service"
	done
}
gate '[success=2 default=ignore]' 'quiet service notin sshd:sudo:sudo-i'
finds gate 'note: service sshd: .*ingroup breakglass: decides'
grep -q '^ok: PAM: 3 services ' "$tmp/out" || fail "gate: $(cat "$tmp/out")"
gate '[success=ignore default=2]' 'service in sudo:sudo-i'
finds gate_in 'note: service sudo: .*ingroup breakglass: decides'
grep -q '^ok: PAM: 2 services ' "$tmp/out" || fail "gate_in: $(cat "$tmp/out")"
gate '[success=2 default=ignore]' 'quiet service notin sudo'
finds gate_forgets_sudo_i \
	'warning: sudo asks the provider, and sudo -i does not'
# the whole name counts
gate '[success=2 default=ignore]' 'quiet service notin sud:sudoo:sudo-i'
finds gate_of_other_names \
	'warning: sudo -i asks the provider, and sudo does not'
# with another test beside it, either answer may come
gate '[success=2 default=ignore]' 'quiet service notin sudo:sudo-i uid > 5'
finds gate_and_more 'warning: .*common-auth is part of many services' \
	'note: service cron: .* uid > 5: decides'
# a jump that is too short, and a gate that lets in without a proof
gate '[success=1 default=ignore]' 'quiet service notin sshd:sudo:sudo-i'
finds gate_too_short \
	'warning: service cron: when the provider is down, nobody gets in'
gate '[success=done default=ignore]' 'quiet service notin sudo:sudo-i'
finds gate_lets_in 'error: service cron: .*nothing else is asked'
for pair in 'sudo:sudo-i:sudo asks the provider, and sudo -i does not' \
	'sudo-i:sudo:sudo -i asks the provider, and sudo does not'; do
	tree
	rest=${pair#*:}
	cp "$examples/sudo" "$tmp/root/etc/pam.d/${pair%%:*}"
	printf '@include common-auth\n@include common-account\n' |
		file "${rest%%:*}"
	finds "$pair" "warning: ${rest#*:}: /etc/pam.d/${rest%%:*} .*"
done
tree
finds no_service 'warning: PAM: no service asks pam_oauth.so'

# --- the way in when the provider is down ------------------------------------------
tree
auth su <<'EOT'
auth [success=done default=die] pam_oauth.so
EOT
finds no_breakglass \
	'warning: service su: when the provider is down, nobody gets in'
for group in 'nobodys:has no member' 'unheard:there is no group "unheard"' \
	'locked:no member of group "locked" has a local password'; do
	tree
	auth su <<EOT
auth [success=1 default=ignore] pam_succeed_if.so user ingroup ${group%%:*}
auth [success=done default=die] pam_oauth.so
@include common-auth
EOT
	finds "$group" "warning: .*nobody gets in this way: .*${group#*:}" \
		'note: .*pam_succeed_if.so'
done

# --- how files are read ---------------------------------------------------------------
tree
mkdir -p "$tmp/root/usr/lib/pam.d"
cp "$examples/sshd" "$tmp/root/usr/lib/pam.d/sshd"
finds vendor_file
mkdir -p "$tmp/root/etc/pam.d"
echo 'auth sufficient pam_oauth.so' >"$tmp/root/usr/lib/pam.d/common-auth"
cp "$examples/sshd-sso-or-password" "$tmp/root/etc/pam.d/sshd"
finds etc_comes_first 'warning: .*authinfo_unavail'
tree
file sshd <<'EOT'
# auth sufficient pam_permit.so
AUTH  Required \
    pam_oauth.so   # debug=1
account	required	pam_oauth.so
-account required pam_missing.so
account include common-account
auth include common-account
EOT
finds comments_case_and_continuation
for line in 'auth required' 'auth sometimes pam_unix.so' \
	'auth [success=maybe] pam_unix.so' 'auth [success] pam_unix.so' \
	'login required pam_unix.so' '@include' '@include no-such-file' \
	'auth include no-such-file' 'auth substack no-such-file' \
	'auth include sshd' '@include sshd'; do
	tree
	{
		echo 'auth required pam_oauth.so'
		echo "$line"
	} | file sshd
	finds "line: $line" \
		'warning: service sshd: libpam refuses such a file: .*/sshd:2: ' \
		'warning: PAM: no service asks'
done
# hostile bytes stay in the file
tree
printf 'auth required pam_oauth.so \033[2J\nerror\n' | file sshd
run
! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out" || fail "ESC on the terminal"
# what editors and package managers leave is no service
tree
for name in sshd.dpkg-old sshd.rpmnew sshd~ .sshd.swp; do
	echo 'auth sufficient pam_oauth.so' | file "$name"
done
finds leftovers 'warning: PAM: no service asks pam_oauth.so'

# --service looks at one alone
tree
auth sshd <<'EOT'
auth sufficient pam_oauth.so
@include common-auth
EOT
cp "$examples/sudo" "$tmp/root/etc/pam.d/sudo"
run --service sudo
[ "$got" -eq 0 ] || fail "--service sudo: exit $got: $(cat "$tmp/out")"
run --service sshd
[ "$got" -eq 1 ] || fail "--service sshd: exit $got: $(cat "$tmp/out")"

if [ "$failures" -gt 0 ]; then
	echo "$failures failures in $count stacks"
	exit 1
fi
echo "$count stacks"
