#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pam-oauth explain from the outside: each step, each way to be refused, exit
# statuses, and that nothing of a claim reaches the terminal as it is.
# $PAM_OAUTH is the program (default ./pam-oauth).

set -u
pam_oauth=${PAM_OAUTH:-./pam-oauth}
tmp=$(mktemp -d) && tmp=$(cd "$tmp" && pwd -P) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0
count=0

fail() {
	printf 'FAIL: %s\n' "$*"
	failures=$((failures + 1))
}

# expect STATUS STDOUT STDERR ARGUMENT...: of `pam-oauth explain`; the two
# texts are shell patterns; standard input is $tmp/stdin.
expect() {
	status=$1
	out=$2
	err=$3
	shift 3
	count=$((count + 1))
	"$pam_oauth" explain "$@" <"$tmp/stdin" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ "$got" -eq "$status" ] || fail "$*: exit $got, not $status"
	# shellcheck disable=SC2254 # patterns on purpose
	case $(cat "$tmp/out") in
	$out) ;;
	*) fail "$*: standard output: $(cat "$tmp/out")" ;;
	esac
	# shellcheck disable=SC2254 # a pattern too
	case $(cat "$tmp/err") in
	$err) ;;
	*) fail "$*: standard error: $(cat "$tmp/err")" ;;
	esac
}

# ask ACCOUNT UID STATUS STDOUT [ARGUMENT...]: $tmp/claims by $tmp/conf.
ask() {
	account=$1
	uid=$2
	status=$3
	out=$4
	shift 4
	expect "$status" "$out" '' --config "$tmp/conf" \
		--claims "$tmp/claims" --user "$account" --uid "$uid" "$@"
}

# file NAME: standard input becomes $tmp/NAME, writable by nobody else.
file() {
	cat >"$tmp/$1"
	chmod 600 "$tmp/$1"
}

claims() {
	printf '%s' "$1" | file claims
}

: >"$tmp/stdin"
file conf <<EOF
[provider corp]
issuer = https://sso.example.com
client_id = c
username = /email
username_match = ([a-z]+)@example[.]com
map_file = $tmp/accounts

[provider other]
issuer = https://id.example.net
client_id = d

[account]
min_uid = 500

[access]
require = /groups has linux-users

[service sudo]
require = /groups has linux-admins
allow_root = yes
acr_values = mfa hwk
max_age = 15m
bind = first_use

[service login]
kiosk = yes

[service lobby]
account = guest
EOF
file accounts <<'EOF'
deploy  /groups has platform
deploy  /sub is 1
root    /sub is 1
ghost   /sub is nobody
EOF
good='{"sub":"1","email":"alice@example.com","email_verified":true,'
good="$good"'"acr":"hwk","auth_time":1700000000,"iat":1700000960,'
good="$good"'"groups":["linux-users"]}'
claims "$good"

# --- the steps ----------------------------------------------------------------
ask alice 1000 0 'service "sshd" (there is no section of that name), provider "corp"
account "alice": uid 1000 may sign in here
username: /email is "alice@example.com"
username: username_match matches, username_format \\1 gives "alice"
username: that is the account asked for
require (*/conf:16) /groups has linux-users: holds
admitted: alice'
ask deploy 1000 0 '*
account "deploy": uid 1000 may sign in here
map_file (*/accounts:1) deploy /groups has platform: /groups has none of *
map_file (*/accounts:2) deploy /sub is 1: holds
require (*:16) /groups has linux-users: holds
admitted: deploy'
ask alice 1000 1 'service "sudo", provider "corp"
account "alice": uid 1000 may sign in here
acr_values, max_age: holds
*require (*:16) /groups has linux-users: holds
require (*:19) /groups has linux-admins: /groups has none of "linux-admins"; *
bind: not judged here; *
refused: not-allowed: require (*:19): /groups has none of "linux-admins"; *' \
	--service sudo
claims '{"preferred_username":"alice","groups":["linux-users"]}'
ask alice 1000 0 '*provider "other"
*
username: /preferred_username is "alice"
username: username_format \\0 gives "alice"
*admitted: alice' --provider other

# --- refusals, each with its reason -------------------------------------------
refused() {
	ask "$1" "$2" 1 "*
refused: $3: *"
}
claims "$good"
refused alice 499 account-uid
refused alice 65534 account-uid
refused root 0 account-root
refused bob 1000 other-person
refused Alice 1000 other-person
refused ghost 1000 other-person
ask root 0 1 '*
account "root": uid 0 may sign in here
acr_values, max_age: holds
map_file (*:3) root /sub is 1: holds
*refused: not-allowed: *' --service sudo
# how and when they signed in, as of the time that the claims were issued
# sign_in REASON MEMBERS
sign_in() {
	claims "{\"preferred_username\":\"alice\",\"groups\":[\"linux-users\",
		\"linux-admins\"]$2}"
	ask alice 1000 1 "*
account \"alice\": uid 1000 may sign in here
acr_values, max_age: *
bind: *
refused: $1: *" --service sudo --provider other
	ask alice 1000 0 '*admitted: alice' --provider other
}
sign_in acr ''
sign_in acr ',"acr":"pwd","auth_time":1700000000,"iat":1700000000'
sign_in auth-time ',"acr":"mfa"'
sign_in auth-time ',"acr":"mfa","auth_time":1700000000'
sign_in auth-time ',"acr":"mfa","auth_time":1700000000,"iat":1700000961'
sign_in auth-time ',"acr":"mfa","auth_time":1700000961,"iat":1700000900'
# without a time of issue that makes sense: as of now
for iat in '' '"iat":-1,' '"iat":9223372036854775807,' '"iat":"1",'; do
	claims "{\"preferred_username\":\"alice\",\"acr\":\"mfa\",$iat
		\"auth_time\":$(date +%s),
		\"groups\":[\"linux-users\",\"linux-admins\"]}"
	ask alice 1000 0 '*
acr_values, max_age: holds
*admitted: alice' --service sudo --provider other
done

claims '{"email":"alice@example.com","email_verified":true,"groups":[]}'
refused alice 1000 not-allowed
claims '{"email":"alice@example.com","groups":["linux-users"]}'
refused alice 1000 email-unverified
claims '{"email":"alice@example.org","email_verified":true}'
refused alice 1000 username-unmatched
claims '{"email":["alice@example.com"],"email_verified":true}'
refused alice 1000 claim-unsafe
claims '{}'
refused alice 1000 claim-missing
ask alice 1000 1 '*
absent: /email; a login looks for it *
absent: /groups; *'
claims '{"email":"alice@example.com","email_verified":true,
"_claim_names":{"groups":"src1"}}'
refused alice 1000 groups-overage

# --- accounts of this host ----------------------------------------------------
claims "$good"
expect 1 '*refused: account-unknown: no account "no-such-account" on this *' \
	'' --config "$tmp/conf" --claims "$tmp/claims" --user no-such-account
expect 1 '*refused: account-root: *' '' --config "$tmp/conf" \
	--claims "$tmp/claims" --user root
expect 1 '*
account "root": uid 0 may sign in here
*' '' --config "$tmp/conf" --claims "$tmp/claims" --user root --service sudo
expect 1 '*refused: account-uid: *' '' --config "$tmp/conf" \
	--claims "$tmp/claims" --user daemon

# --- nobody named -------------------------------------------------------------
expect 0 'service "login", provider "corp"
username: /email is "alice@example.com"
*
account: alice
require (*
map_file: asking for "deploy": account-unknown: *
map_file: asking for "root": account-root: *
map_file: asking for "ghost": account-unknown: *
admitted: alice' '' --config "$tmp/conf" --claims "$tmp/claims" \
	--service login --uid 1000
expect 0 '*
nobody is named, and this is no kiosk: *
admitted: alice' '' --config "$tmp/conf" --claims "$tmp/claims" --uid 1000
expect 1 '*
refused: account-root: *' '' --config "$tmp/conf" --claims "$tmp/claims" --uid 0
expect 1 '*
refused: account-uid: *' '' --config "$tmp/conf" --claims "$tmp/claims" \
	--uid 1 --service login
expect 0 '*
admitted: guest' '' --config "$tmp/conf" --claims "$tmp/claims" \
	--service lobby --uid 1000
ask guest 1000 0 '*
account: everybody?s here
*admitted: guest' --service lobby
ask alice 1000 1 '*refused: account-unknown: *' --service lobby
printf '{"email":"root@example.com","email_verified":true,%s' \
	'"groups":["linux-users"]}' | file claims
expect 1 '*
account: root
*
refused: account-root: *' '' --config "$tmp/conf" --claims "$tmp/claims" \
	--service login

# --- standard input, and one JSON object --------------------------------------
printf '%s\n' "$good" >"$tmp/stdin"
expect 0 '*admitted: alice' '' --config "$tmp/conf" --claims - --user alice \
	--uid 1000
expect 0 '{"admitted":true,"reason":"ok","detail":"","account":"alice",*' '' \
	--config "$tmp/conf" --claims - --user alice --uid 1000 --json
expect 1 '{"admitted":false,"reason":"not-allowed","detail":"require *' '' \
	--config "$tmp/conf" --claims - --user alice --uid 1000 --service sudo \
	--json
printf '{}' >"$tmp/stdin"
expect 1 '{"admitted":false,"reason":"claim-missing",*"account":null,*' '' \
	--config "$tmp/conf" --claims - --json
: >"$tmp/stdin"

# --- hostile claims: no byte that a terminal would act on, no line of theirs ---
# plain FILE: whether it has only printable ASCII, line feeds and U+FFFD
plain() {
	! LC_ALL=C tr -d '\012\040-\176\357\277\275' <"$1" | LC_ALL=C grep -q .
}
for value in '\u001b[2J\u001b]0;x\u0007' 'a\nadmitted: alice' '\u202egpj' \
	'\u009b31m' '\u0000' '\r' '\u2028admitted' 'a\"b\\c'; do
	claims "{\"email\":\"$value\",\"email_verified\":true,
		\"groups\":[\"$value\"],\"$value\":1}"
	for json in '' --json; do
		count=$((count + 1))
		"$pam_oauth" explain --config "$tmp/conf" \
			--claims "$tmp/claims" --user alice --uid 1000 \
			${json:+"$json"} >"$tmp/out" 2>&1
		got=$?
		case "$got$value" in
		1* | 2'\u0000') ;; # which is no claims document
		*) fail "hostile claim $value: exit $got" ;;
		esac
		plain "$tmp/out" || fail "bytes of $value on the terminal"
		! grep -q '^admitted' "$tmp/out" ||
			fail "$value wrote a line of its own"
		[ "$got$json" = 1--json ] || continue
		# and it is JSON, by our own standards
		"$pam_oauth" explain --config "$tmp/conf" --user alice \
			--uid 1000 --claims "$tmp/out" >/dev/null 2>&1
		[ $? -eq 1 ] || fail "with $value no JSON: $(cat "$tmp/out")"
	done
done
claims '{"preferred_username":"alice","groups":["\u001b[2J","a\nadmitted: x"]}'
ask alice 1000 1 '*refused: not-allowed: *' --provider other
plain "$tmp/out" || fail "bytes of a group on the terminal"
ask "$(printf 'a\033[2J\nadmitted: x')" 1000 1 '*refused: *' --provider other
plain "$tmp/out" || fail "bytes of --user on the terminal"
[ "$(grep -c '^admitted' "$tmp/out")" -eq 0 ] || fail "--user wrote a line"

# --- documents that are none ---------------------------------------------------
unreadable() {
	expect 2 '' "pam-oauth: explain: $1" --config "$tmp/conf" \
		--claims "$tmp/claims" --user alice
}
claims ''
unreadable '*/claims: not a claims document*'
claims 'eyJhbGciOiJSUzI1NiJ9.e30.AAAA'
unreadable '*/claims: not a claims document*pam-oauth verify*'
claims '["alice"]'
unreadable '*/claims: not a claims document*not an object but: array'
claims '"alice"'
unreadable '*not an object but: string'
claims '{"sub":"1","sub":"2"}'
unreadable '*/claims: not a claims document*'
dd if=/dev/zero bs=1024 count=1025 2>/dev/null | tr '\0' ' ' | file claims
unreadable '*/claims: *'
rm "$tmp/claims"
unreadable '*/claims: No such file*'
mkdir "$tmp/claims"
unreadable '*/claims: *'
rmdir "$tmp/claims"
expect 2 '' '*-: not a claims document*' --config "$tmp/conf" --claims - \
	--user alice
# as large as may be, and slow in no way
{
	printf '{"preferred_username":"alice","groups":["linux-users"'
	i=0
	while [ $i -lt 4000 ]; do
		printf ',"group-%d-%0200d"' $i 0
		i=$((i + 1))
	done
	printf ']}'
} | file claims
ask alice 1000 0 '*admitted: alice' --provider other
claims "$good"

# --- configurations that will not do --------------------------------------------
bad_conf() {
	expect 2 '' "pam-oauth: explain: $1" --config "$tmp/bad" \
		--claims "$tmp/claims" --user alice --uid 1000
}
bad_conf '*/bad: *No such file*'
: | file bad
bad_conf '*/bad*'
bad_option() {
	printf '[provider p]\nissuer = https://a.example\nclient_id = c\n%s\n' \
		"$2" | file bad
	bad_conf "$1"
}
bad_option '*/bad:4: *frobnicate*' 'frobnicate = yes'
bad_option '*/bad:4: *username*' 'username = groups'
bad_option '*/bad:4: username_match: *' 'username_match = (a'
bad_option '*/bad:4: require: *' 'require = /groups hat x'
bad_option '*/absent: *' "map_file = $tmp/absent"
printf 'root\n' | file bad_map
bad_option '*/bad_map:1: no rule behind "root"' "map_file = $tmp/bad_map"
file bad_map <<'EOF'
# fine so far
deploy /groups has platform
EOF
chmod 622 "$tmp/bad_map"
bad_option '*/bad_map*' "map_file = $tmp/bad_map"
expect 2 '' '*no provider "nope"; there is "corp", "other"' \
	--config "$tmp/conf" --claims "$tmp/claims" --user alice --provider nope

# --- wrong usage names the option ----------------------------------------------
expect 0 'usage: pam-oauth explain *' '' --help
expect 2 '' '*--claims is missing*'
expect 2 '' '*--claims is missing*' --user alice
expect 2 '' '*--claims is empty*' --claims ''
expect 2 '' '*--user is empty*' --claims - --user=
expect 2 '' '*--service is empty*' --claims - --service ''
expect 2 '' '*--claims needs a value*' --claims
expect 2 '' '*--user is given twice*' --claims - --user a --user b
expect 2 '' '*unknown option*--frobnicate*' --claims - --frobnicate
expect 2 '' '*--json=yes*' --claims - --json=yes
expect 2 '' '*only options are taken: alice*' --claims - alice
for uid in -1 4294967296 1000x '' 0x1 ' 1'; do
	expect 2 '' '*--uid*' --claims - --user alice --uid "$uid"
done

if [ -w /dev/full ]; then
	count=$((count + 1))
	"$pam_oauth" explain --config "$tmp/conf" --claims "$tmp/claims" \
		--user alice --uid 1000 >/dev/full 2>/dev/null
	[ $? -eq 2 ] || fail "a full disk went unnoticed"
fi

echo "$count cases, $failures failures"
[ "$failures" -eq 0 ]
