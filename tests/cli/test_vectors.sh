#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples of the RFCs through pam-oauth verify: what we implement verifies
# and decrypts to the RFC's bytes; what we leave out on purpose is refused, with
# the reason.  One file of tests/attack/vectors is one example, one line of it
# one member.  $PAM_OAUTH is the program (default ./pam-oauth).

set -u
pam_oauth=${PAM_OAUTH:-./pam-oauth}
vectors=${srcdir:-.}/tests/attack/vectors
if ! command -v openssl >/dev/null 2>&1; then
	echo "SKIP: no openssl program"
	exit 77
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0
passed=0
refused=0
tab=$(printf '\t')

# member FILE NAME: its value as it stands, nothing if it is not there.
member() {
	sed -n "s/^$tab\"$2\": \\(.*[^,]\\),\\{0,1\\}\$/\\1/p" "$1"
}

# text FILE NAME: the value of a string.
text() {
	member "$1" "$2" | sed 's/^"//; s/"$//; s/\\"/"/g'
}

# b64url_decode TEXT
b64url_decode() {
	padded=$1
	while [ $((${#padded} % 4)) -ne 0 ]; do
		padded=$padded=
	done
	printf '%s' "$padded" | tr -- '-_' '+/' | openssl base64 -d -A
}

# run FILE: the program on this example.
run() {
	token=$(text "$1" token)
	algs=$(text "$1" algs)
	key=$(member "$1" decryption_key)
	if [ -n "$key" ]; then
		printf '%s' "$key" >"$tmp/key"
		chmod 600 "$tmp/key"
		"$pam_oauth" verify --decrypt-only --decrypt-key "$tmp/key" \
			"$token" </dev/null
		return
	fi
	set -- "$1" "$(text "$1" secret)"
	if [ -n "$2" ]; then
		b64url_decode "$2" >"$tmp/secret"
		chmod 600 "$tmp/secret"
		printf '{"keys":[]}' >"$tmp/jwks"
		"$pam_oauth" verify --signature-only --jwks "$tmp/jwks" \
			--client-secret-file "$tmp/secret" --algs "$algs" \
			"$token" </dev/null
		return
	fi
	member "$1" jwks >"$tmp/jwks"
	"$pam_oauth" verify --signature-only --jwks "$tmp/jwks" "$token" \
		</dev/null
}

# check FILE: run it, and compare status, bytes and reason.
check() {
	expect=$(text "$1" expect)
	run "$1" >"$tmp/out" 2>"$tmp/err"
	status=$?
	if [ "$expect" = ok ]; then
		b64url_decode "$(text "$1" payload)" >"$tmp/payload"
		[ "$status" -eq 0 ] && [ -s "$tmp/payload" ] &&
			cmp -s "$tmp/out" "$tmp/payload" &&
			[ ! -s "$tmp/err" ]
		return
	fi
	[ "$status" -eq 1 ] && [ ! -s "$tmp/out" ] &&
		grep -q "^invalid: $expect: " "$tmp/err"
}

for file in "$vectors"/*.json; do
	if ! check "$file"; then
		echo "FAIL: ${file##*/}: $(text "$file" source):" \
			"expected $expect, exit $status: $(cat "$tmp/err")"
		failures=$((failures + 1))
	elif [ "$expect" = ok ]; then
		passed=$((passed + 1))
	else
		refused=$((refused + 1))
	fi
done

# that all are here, and that each kind was met
for rfc in 7515 7516 7517 7518 7520 8037; do
	set -- "$vectors"/rfc"$rfc"-*.json
	[ -f "$1" ] || {
		echo "FAIL: no example of RFC $rfc"
		failures=$((failures + 1))
	}
done
echo "$passed verified, $refused refused, $failures failures"
[ "$failures" -eq 0 ] && [ "$passed" -gt 0 ] && [ "$refused" -gt 0 ]
