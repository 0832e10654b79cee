#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pam-oauth check without a provider: mistakes of a configuration, files that
# others can change, what is printed and how, exit statuses.  PAM stacks:
# test_check_pam.sh; providers, sshd and this host: tests/hosts/test_check.py.
# $PAM_OAUTH is the program.

set -u
pam_oauth=${PAM_OAUTH:-./pam-oauth}
examples=${srcdir:-.}/pam.d-examples
tmp=$(mktemp -d) && tmp=$(cd "$tmp" && pwd -P) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0
count=0

fail() {
	printf 'FAIL: %s\n' "$*"
	failures=$((failures + 1))
}

mkdir -p "$tmp/root/etc/pam.d" "$tmp/root${LIBPAMDIR:?}"
: >"$tmp/root$LIBPAMDIR/pam_oauth.so"
cp "$examples/sshd" "$tmp/root/etc/pam.d/sshd"
for name in auth account session password; do
	echo "$name required pam_unix.so" >"$tmp/root/etc/pam.d/common-$name"
done
echo "auth required pam_unix.so" >"$tmp/root/etc/pam.d/sudo"

# expect NAME STATUS STDOUT STDERR ARGUMENT...: the two texts are shell patterns.
expect() {
	name=$1
	status=$2
	out=$3
	err=$4
	shift 4
	count=$((count + 1))
	"$pam_oauth" check "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ "$got" -eq "$status" ] || fail "$name: exit $got, not $status"
	# shellcheck disable=SC2254 # patterns on purpose
	case $(cat "$tmp/out") in
	$out) ;;
	*) fail "$name: standard output: $(cat "$tmp/out")" ;;
	esac
	# shellcheck disable=SC2254 # a pattern too
	case $(cat "$tmp/err") in
	$err) ;;
	*) fail "$name: standard error: $(cat "$tmp/err")" ;;
	esac
}

# check NAME STATUS STDOUT [ARGUMENT...]: of $tmp/conf.
check() {
	name=$1
	status=$2
	out=$3
	shift 3
	expect "$name" "$status" "$out" '' --offline --config "$tmp/conf" \
		--root "$tmp/root" "$@"
}

conf() {
	cat >"$tmp/conf"
	chmod 600 "$tmp/conf"
}

good() {
	conf <<EOT
[provider corp]
issuer = https://sso.example.com
client_id = linux-login
client_secret_file = $tmp/corp.secret

[provider lab]
issuer = https://lab.example.com
client_id = lab

[access]
require = /groups has linux-users

[service sudo]
require = /groups has linux-admins
provider = lab
EOT
}
printf 'correct horse battery staple' >"$tmp/corp.secret"
chmod 600 "$tmp/corp.secret"

# --- nothing wrong ------------------------------------------------------------
good
check good 0 "ok: the configuration can be used: $tmp/conf
ok: PAM: 1 service with pam_oauth.so, none with a way around it"

# --- all mistakes, not only the first -----------------------------------------
conf <<'EOT'
[provider corp]
issuer = https://sso.example.com
clientid = linux-login
[access]
requires = /groups has a
max_age = soon
[prompt]
colour = green
EOT
check mistakes 1 "error: $tmp/conf:3: unknown option \"clientid\"; did you mean \"client_id\"? (fix: *)
error: $tmp/conf:5: unknown option \"requires\"; did you mean \"require\"? (fix: *)
error: $tmp/conf:6: option \"max_age\": * (fix: *)
error: $tmp/conf:8: unknown option \"colour\"* (fix: *)
*ok: PAM: *"
# what follows from a section that is none is not told
conf <<'EOT'
[provider corp]
issuer = https://sso.example.com
client_id = x
[acces]
require = /groups has a
EOT
check section 1 "error: $tmp/conf:4: unknown section [[]acces]; did you mean [[]access]? (fix: *)
ok: PAM: *"
{
	printf '[provider corp]\n'
	yes 'wrong = 1' | head -n 100
} | conf
check many 1 '*'
[ "$(grep -c '^error' "$tmp/out")" -eq 20 ] || fail "not 20 mistakes"
printf '' | conf
check empty 1 "error: $tmp/conf: no section [[]provider NAME] (fix: *"

# --- rules of every service and provider ---------------------------------------
# mistake NAME PATTERN, the lines being standard input
mistake() {
	good
	cat >>"$tmp/conf"
	check "$1" 1 "*error: $tmp/conf:*$2*(fix: *)*"
	[ "$(grep -c '^error' "$tmp/out")" -eq 1 ] ||
		fail "$1: not told once: $(cat "$tmp/out")"
}
mistake require 'require*service sshd' <<'EOT'
[service login]
[service sshd]
require = /groups hasnt x
EOT
mistake pattern 'username_match*service su' <<'EOT'
[service su]
username_match = (
EOT
mistake pointer 'username*pointer*' <<'EOT'
[account]
username = groups
EOT
mistake algs 'id_token_algs*none*' <<'EOT'
[provider third]
issuer = https://third.example.com
client_id = x
id_token_algs = none
EOT
mistake hmac_without_a_secret 'id_token_algs*HS256*' <<'EOT'
[provider third]
issuer = https://third.example.com
client_id = x
id_token_algs = HS256
EOT
mistake export 'export*LD_PRELOAD*' <<'EOT'
[session]
export = LD_PRELOAD /groups
EOT
mistake api 'api*' <<'EOT'
[provider third]
issuer = https://third.example.com
client_id = x
api = user http://api.example.com/user
EOT
mistake subject 'subject*' <<'EOT'
[provider third]
issuer = https://github.com
client_id = x
identity = api
subject = /person/id
api = user https://api.github.com/user
device_authorization_endpoint = https://github.com/login/device/code
token_endpoint = https://github.com/login/oauth/access_token
EOT
mistake hint 'login_hint*' <<'EOT'
[provider third]
issuer = https://third.example.com
client_id = x
flow = ciba
login_hint = {nobody}
EOT
mistake binding 'binding_message*service sudo2' <<'EOT'
[service sudo2]
flow = ciba
binding_message = {nothing}
EOT
mistake value 'require: no value behind "is"*service kiosk' <<'EOT'
[provider third]
issuer = https://third.example.com
client_id = x
[service kiosk]
account = guest
provider = third
require = /a is
EOT
good
printf '[account]\nmap_file = /nowhere/map\n' >>"$tmp/conf"
check map_file 1 '*error: /nowhere: No such file or directory*'

# A rule in a section for no service is nobody's, and silence would be a hole.
# What is as far away as su is sudo.
cp "$tmp/root/etc/pam.d/sudo" "$tmp/root/etc/pam.d/su"
for name in sduo sudo- sudo2; do
	good
	sed -i "s/service sudo/service $name/" "$tmp/conf"
	check "section_of_no_service $name" 0 \
		"warning: $tmp/conf:13: [[]service $name]*did you mean \"sudo\"? (fix: *"
done
rm "$tmp/root/etc/pam.d/su"
good
sed -i 's/service sudo/service elsewhere/' "$tmp/conf"
check section_of_another_host 0 \
	"note: $tmp/conf:13: [[]service elsewhere]* that name (fix: *"

# --- files ------------------------------------------------------------------------
# A mistake of a secret is an error to root, who can read it if it is right.
secret=note
[ "$(id -u)" -ne 0 ] || secret=error
good
for mode in 604 640 602 620; do
	chmod "$mode" "$tmp/corp.secret"
	check "secret $mode" "$([ $secret = note ]; echo $?)" \
		"$secret: $tmp/corp.secret: * by group or others *chmod *: service s* (fix: *)*"
done
chmod 600 "$tmp/corp.secret"
mv "$tmp/corp.secret" "$tmp/moved"
check no_secret "$([ $secret = note ]; echo $?)" \
	"$secret: $tmp/corp.secret: No such file*"
[ $secret = note ] || grep -q "No such file.*(fix: .*mode 0600" "$tmp/out" ||
	fail "no_secret: nothing says what to put there"
ln -s moved "$tmp/corp.secret"
check linked_secret "$([ $secret = note ]; echo $?)" \
	"$secret: $tmp/corp.secret: a symbolic link*"
rm "$tmp/corp.secret"
: >"$tmp/corp.secret"
chmod 600 "$tmp/corp.secret"
check empty_secret "$([ $secret = note ]; echo $?)" \
	"$secret: $tmp/corp.secret: empty*"
rm "$tmp/corp.secret"
mv "$tmp/moved" "$tmp/corp.secret"
for key in client_key_file decryption_key_file; do
	good
	printf '[provider key]\nissuer = https://k.example.com\nclient_id = k\n%s = %s\n' \
		"$key" "$tmp/corp.secret" >>"$tmp/conf"
	check "$key" "$([ $secret = note ]; echo $?)" \
		"*$secret: $tmp/corp.secret: *key*"
	! grep -q 'correct horse' "$tmp/out" || fail "$key is quoted"
done
good
for mode in 622 606; do
	chmod "$mode" "$tmp/conf"
	check "configuration $mode" 1 \
		"error: $tmp/conf: writable by group or others * (fix: *)*"
done
chmod 600 "$tmp/conf"
mkdir -m 777 "$tmp/open"
chmod 777 "$tmp/open"
cp "$tmp/conf" "$tmp/open/conf"
expect directory 1 "error: $tmp/open: directory writable *chmod go-w*" '' \
	--offline --config "$tmp/open/conf" --root "$tmp/root"
expect missing 1 "error: $tmp/none: No such file* (fix: write it: *)*" '' --offline \
	--config "$tmp/none" --root "$tmp/root"
expect relative 1 'error: conf: not an absolute path*' '' --offline \
	--config conf --root "$tmp/root"

# --- one provider, one service -------------------------------------------------------
good
check provider 0 'ok: *' --provider lab
check no_provider 1 "error: there is no [[]provider other]: $tmp/conf (fix: *" \
	--provider other
check service 0 "ok: *
note: service sudo, provider lab: $tmp/conf
*    issuer = https://lab.example.com  (line 7)
*    require = /groups has linux-users  (line 11)
    require = /groups has linux-admins  (line 14)
*    timeout = 300s  (default)
*warning: PAM: this service never asks *" --service sudo
! grep -q 'max_age' "$tmp/out" || fail "a max_age that nobody has set"
check no_section 0 "*note: service login, provider corp, no section of its own: *" \
	--service login
check chosen 0 '*client_secret_file = */corp.secret  (line 4)*' \
	--service sshd --provider corp

# --- how it is printed -----------------------------------------------------------------
# a claim to be more than a line: nothing of it acts on a terminal
printf '[provider corp]\nissuer = x\n[\033[2Jservice]\n' | conf
check escape 1 '*'
! LC_ALL=C grep -q "$(printf '\033')" "$tmp/out" || fail "ESC on the terminal"
if command -v script >/dev/null; then
	good
	for case in '0:TERM=xterm' 'x:TERM=dumb' 'x:NO_COLOR=1' '0:NO_COLOR='; do
		env TERM=xterm "${case#*:}" script -qec "$pam_oauth check --offline \
			--config $tmp/conf --root $tmp/root" /dev/null \
			>"$tmp/out" </dev/null
		coloured=x
		! grep -q "$(printf '\033\\[32mok')" "$tmp/out" || coloured=0
		[ "$coloured" = "${case%%:*}" ] || fail "colours with $case"
	done
fi
good
json() {
	check "$@"
	python3 - "$tmp/out" <<'EOT' || fail "$1: no such JSON: $(cat "$tmp/out")"
import json, sys
report = json.load(open(sys.argv[1]))
assert report["ok"] == all(
    finding["level"] != "error" for finding in report["findings"])
assert report["version"] and report["findings"]
for finding in report["findings"]:
    assert set(finding) == {"level", "what", "where", "fix"}
    assert finding["level"] in ("ok", "note", "warning", "error")
    assert finding["what"]
    assert finding["fix"] or finding["level"] in ("ok", "note")
for setting in report.get("settings", []):
    assert set(setting) == {"option", "value", "line"}
EOT
}
if command -v python3 >/dev/null; then
	json json 0 '*"ok":true,*' --json
	json json_settings 0 \
		'*{"option":"client_id","value":"lab","line":8}*' \
		--json --service sudo
	printf '[provider corp]\nissuer = \\"\nwrong = "\\\n' | conf
	json json_error 1 '*"ok":false,*"fix":"*' --json
fi
for form in '' --json; do
	good
	# shellcheck disable=SC2086 # one word or none
	check "no secret $form" 0 '*' $form --service sshd
	! grep -q 'correct horse' "$tmp/out" || fail "a secret is printed"
done

# --- usage -------------------------------------------------------------------------------
expect help 0 'usage: pam-oauth check *Exit status: *' '' --help
expect operand 2 '' 'pam-oauth: check: only options are taken: x' x
expect unknown 2 '' 'pam-oauth: check: unknown option or value: --colour' --colour
expect twice 2 '' 'pam-oauth: check: option --root is given twice' \
	--root / --root /
expect no_root 2 '' "pam-oauth: check: --root $tmp/misspelt: No such file*" \
	--offline --config "$tmp/conf" --root "$tmp/misspelt"
expect nothing 2 '' 'pam-oauth: check: option --service is empty' --service ''
expect value 2 '' 'pam-oauth: check: option --config needs a value' --config
if [ -c /dev/full ]; then
	for form in '' --json; do
		# shellcheck disable=SC2086 # one word or none
		"$pam_oauth" check --offline --config "$tmp/conf" \
			--root "$tmp/root" $form >/dev/full 2>"$tmp/err"
		[ $? -eq 2 ] || fail "a full disk is not noticed ($form)"
	done
fi

if [ "$failures" -gt 0 ]; then
	echo "$failures failures in $count cases"
	exit 1
fi
echo "$count cases"
