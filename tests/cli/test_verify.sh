#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# pam-oauth verify from the outside: exit statuses, what goes to standard
# output and what to standard error.  Key and tokens come from openssl(1).
# $PAM_OAUTH is the program (default ./pam-oauth).

set -u
pam_oauth=${PAM_OAUTH:-./pam-oauth}
if ! command -v openssl >/dev/null 2>&1; then
	echo "SKIP: no openssl program"
	exit 77
fi
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failures=0
count=0

b64url() {
	openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# sign HEADER PAYLOAD: a compact JWS by the Ed25519 key
sign() {
	printf '%s.%s' "$(printf '%s' "$1" | b64url)" \
		"$(printf '%s' "$2" | b64url)" >"$tmp/input"
	openssl pkeyutl -sign -rawin -inkey "$tmp/key.pem" -in "$tmp/input" \
		-out "$tmp/signature"
	printf '%s.%s' "$(cat "$tmp/input")" "$(b64url <"$tmp/signature")"
}

# expect STATUS STDOUT STDERR ARGUMENT...: the two texts are shell patterns;
# standard input is $tmp/stdin.
expect() {
	status=$1
	out=$2
	err=$3
	shift 3
	count=$((count + 1))
	"$pam_oauth" "$@" <"$tmp/stdin" >"$tmp/out" 2>"$tmp/err"
	got=$?
	why=
	[ "$got" -eq "$status" ] || why="exit $got, not $status"
	# shellcheck disable=SC2254 # patterns on purpose
	case $(cat "$tmp/out") in
	$out) ;;
	*) why="$why; standard output: $(cat "$tmp/out")" ;;
	esac
	# shellcheck disable=SC2254 # a pattern too
	case $(cat "$tmp/err") in
	$err) ;;
	*) why="$why; standard error: $(cat "$tmp/err")" ;;
	esac
	if [ -n "$why" ]; then
		echo "FAIL: pam-oauth $*: $why"
		failures=$((failures + 1))
	fi
}

openssl genpkey -algorithm ED25519 -out "$tmp/key.pem" 2>/dev/null || exit 1
x=$(openssl pkey -in "$tmp/key.pem" -pubout -outform DER | tail -c 32 | b64url)
printf '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"%s"}]}' "$x" \
	>"$tmp/jwks.json"
: >"$tmp/stdin"

head='{"alg":"EdDSA","kid":"k1"}'
iss=https://sso.example.com
claims='{"iss":"https://sso.example.com","sub":"alice","aud":"linux-login",'
claims="$claims"'"iat":1700000000,"exp":1700000300,"nonce":"n1",'
claims="$claims"'"name":"Zo\u00eb \u001b[2J"}'
shown='{"iss":"https://sso.example.com","sub":"alice","aud":"linux-login",'
shown="$shown"'"iat":1700000000,"exp":1700000300,"nonce":"n1",'
shown="$shown"'"name":"Zoë \\u001b\[2J"}'
token=$(sign "$head" "$claims")
evil=$(sign "$head" '{"iss":"evil\u001b[31m\u202e"}')
text=$(sign "$head" 'any text, no JSON')

# --- the program ----------------------------------------------------------
expect 0 'pam-oauth [0-9]*' '' --version
expect 0 'usage: pam-oauth *verify*' '' --help
expect 2 '' 'usage: pam-oauth *'
expect 2 '' '*frobnicate: unknown command*usage:*' frobnicate
expect 0 'usage: pam-oauth verify *' '' verify --help

# --- a good token, every way in --------------------------------------------
good() {
	expect 0 "$shown" '' verify --issuer "$iss" --client-id linux-login \
		--jwks "$tmp/jwks.json" --at 1700000100 "$@"
}
good "$token"
good --nonce n1 "$token"
good --algs EdDSA "$token"
good --algs 'RS256,EdDSA Ed25519' "$token"
printf '%s' "$token" >"$tmp/stdin"
good
good -
printf '%s\n' "$token" >"$tmp/stdin"
good
good -
[ "$("$pam_oauth" verify --issuer "$iss" --client-id linux-login \
	--jwks "$tmp/jwks.json" --at 1700000100 "$token" | wc -l)" -eq 1 ] || {
	echo "FAIL: claims are not one line"
	failures=$((failures + 1))
}

# --- refusals name the reason code -----------------------------------------
bad() {
	code=$1
	shift
	expect 1 '' "invalid: $code: *" verify --issuer "$iss" \
		--client-id linux-login --jwks "$tmp/jwks.json" "$@"
}
bad exp "$token"
bad exp --at 1700000360 "$token"
bad iat --at 1699999900 "$token"
bad nonce --at 1700000100 --nonce other "$token"
bad alg --at 1700000100 --algs RS256 "$token"
bad signature --at 1700000100 "${token%????}AAAA"
bad token-malformed --at 1700000100 "$token="
bad token-malformed --at 1700000100 ''
bad token-malformed --at 1700000100 a.b.c.d.e
bad claims --at 1700000100 "$text"
bad iss --at 1700000100 "$evil"
printf '%s\n\n' "$token" >"$tmp/stdin"
bad token-malformed --at 1700000100
: >"$tmp/stdin"
bad token-malformed --at 1700000100
dd if=/dev/zero bs=1024 count=2048 2>/dev/null | tr '\0' A >"$tmp/stdin"
bad token-malformed --at 1700000100
: >"$tmp/stdin"
expect 1 '' 'invalid: aud: *' verify --issuer "$iss" --client-id other \
	--jwks "$tmp/jwks.json" --at 1700000100 "$token"
echo '<html>' >"$tmp/html"
expect 1 '' 'invalid: document: *html: *' verify --issuer "$iss" \
	--client-id linux-login --jwks "$tmp/html" "$token"
echo '{"keys":[]}' >"$tmp/empty.json"
expect 1 '' 'invalid: key-unknown: *' verify --issuer "$iss" \
	--client-id linux-login --jwks "$tmp/empty.json" "$token"

# nothing of a token reaches the terminal as it is
"$pam_oauth" verify --issuer "$iss" --client-id linux-login \
	--jwks "$tmp/jwks.json" "$evil" >"$tmp/out" 2>&1
count=$((count + 1))
if LC_ALL=C tr -d '\012\040-\176' <"$tmp/out" | LC_ALL=C tr -d '\357\277\275' |
	LC_ALL=C grep -q .; then
	echo "FAIL: control characters of a token on the terminal"
	failures=$((failures + 1))
fi

# --- how and when the person signed in: --acr-values, --max-age ---------------
bad acr --at 1700000100 --acr-values mfa "$token"
bad auth-time --at 1700000100 --max-age 15m "$token"
mfa=$(sign "$head" '{"iss":"https://sso.example.com","sub":"alice",'\
'"aud":"linux-login","iat":1700000000,"exp":1700000300,"acr":"mfa",'\
'"auth_time":1699999140}')
signed_in() {
	expect 0 '{"iss":*"acr":"mfa"*}' '' verify --issuer "$iss" \
		--client-id linux-login --jwks "$tmp/jwks.json" "$@" "$mfa"
}
signed_in --at 1700000100 --acr-values 'phr mfa'
signed_in --at 1700000100 --acr-values mfa --max-age 15m
signed_in --at 1700000100 --max-age 900
bad acr --at 1700000100 --acr-values 'phr MFA' "$mfa"
bad auth-time --at 1700000101 --max-age 15m "$mfa"
bad auth-time --at 1700000100 --max-age 899s "$mfa"
for value in '' 0 -1 soon 15M 1w 1099511627777; do
	expect 2 '' "*--max-age: \"$value\" is not a time*" verify \
		--issuer "$iss" --client-id c --jwks "$tmp/jwks.json" \
		--max-age "$value" "$mfa"
done
for value in '' ' '; do
	expect 2 '' '*--acr-values is empty*' verify --issuer "$iss" \
		--client-id c --jwks "$tmp/jwks.json" --acr-values "$value" \
		"$mfa"
done
expect 2 '' '*--acr-values and --decrypt-only exclude*' verify --decrypt-only \
	--acr-values mfa "$mfa"
expect 2 '' '*--max-age and --decrypt-only exclude*' verify --decrypt-only \
	--max-age 1h "$mfa"

# --- --signature-only ------------------------------------------------------
expect 0 'any text, no JSON' '' verify --signature-only \
	--jwks "$tmp/jwks.json" "$text"
expect 0 '{"iss":*' '' verify --signature-only --jwks "$tmp/jwks.json" "$token"
expect 1 '' 'invalid: signature: *' verify --signature-only \
	--jwks "$tmp/jwks.json" "${token%????}AAAA"
expect 1 '' 'invalid: alg: *' verify --signature-only --algs 'ES256' \
	--jwks "$tmp/jwks.json" "$text"
expect 2 '' '*--jwks*' verify --signature-only "$text"

# --- wrong usage names the option -------------------------------------------
expect 2 '' '*--issuer is missing*' verify "$token"
expect 2 '' '*--client-id is missing*' verify --issuer "$iss" "$token"
expect 2 '' '*--jwks is missing*' verify --issuer "$iss" --client-id c "$token"
expect 2 '' '*--issuer is empty*' verify --issuer '' --client-id c \
	--jwks "$tmp/jwks.json" "$token"
expect 2 '' '*--client-id is empty*' verify --issuer "$iss" --client-id= \
	--jwks "$tmp/jwks.json" "$token"
expect 2 '' '*--issuer is given twice*' verify --issuer a --issuer b "$token"
expect 2 '' '*--jwks needs a value*' verify --jwks
expect 2 '' '*unknown option*--frobnicate*' verify --frobnicate "$token"
expect 2 '' '*unknown option*-x*' verify -x "$token"
expect 2 '' '*unknown option: -x' verify -xy "$token"
expect 2 '' '*--help*' verify --help=yes
expect 2 '' '*one token at a time*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/jwks.json" "$token" "$token"
expect 2 '' '*--at: "soon"*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/jwks.json" --at soon "$token"
expect 2 '' '*--at: "-1"*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/jwks.json" --at -1 "$token"
expect 2 '' '*--algs: algorithm "none"*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/jwks.json" --algs none "$token"
expect 2 '' '*--algs: unknown*"RS1"*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/jwks.json" --algs RS1 "$token"
expect 2 '' '*--algs: the list*empty*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/jwks.json" --algs '' "$token"
expect 2 '' '*--jwks: *No such file*' verify --issuer "$iss" --client-id c \
	--jwks "$tmp/absent" "$token"
expect 2 '' '*--jwks: *' verify --issuer "$iss" --client-id c --jwks "$tmp" \
	"$token"
expect 2 '' '*--config needs --provider*' verify --config /etc/x "$token"
expect 2 '' '*--issuer and --provider exclude*' verify --provider corp \
	--issuer "$iss" "$token"
expect 2 '' '*--algs and --provider exclude*' verify --provider corp \
	--algs RS256 "$token"

# a provider without ID tokens is not asked for its keys
cat >"$tmp/github.conf" <<'EOF'
[provider github]
issuer = https://github.invalid
client_id = c
identity = api
subject = /user/id
api = user https://api.github.invalid/user
device_authorization_endpoint = https://github.invalid/login/device/code
token_endpoint = https://github.invalid/login/oauth/access_token
EOF
chmod 644 "$tmp/github.conf"
expect 2 '' '*\[provider github\] has identity = api: there are no ID tokens*' \
	verify --provider github --config "$tmp/github.conf" "$token"

# --- HS*: by name, with the client secret -----------------------------------
# mac DIGEST HEADER PAYLOAD: a compact JWS keyed with the bytes of $tmp/secret
mac() {
	printf '%s.%s' "$(printf '%s' "$2" | b64url)" \
		"$(printf '%s' "$3" | b64url)" >"$tmp/input"
	printf '%s.%s' "$(cat "$tmp/input")" "$(openssl dgst "-$1" -binary \
		-mac HMAC -macopt "hexkey:$(od -An -v -tx1 "$tmp/secret" |
			tr -d ' \n')" "$tmp/input" | b64url)"
}
printf '%s\0%s' 'all of these bytes are the key:' 'NUL and line feed as well
' >"$tmp/secret"
shared=$(mac sha256 '{"alg":"HS256"}' "$claims")
with_secret() {
	expect "$1" "$2" "$3" verify --issuer "$iss" --client-id linux-login \
		--at 1700000100 --client-secret-file "$tmp/secret" \
		--algs "$4" "$shared"
}
with_secret 0 "$shown" '' HS256
with_secret 1 '' 'invalid: alg: *' HS384
with_secret 2 '' '*--client-secret-file needs --algs with HS256*' RS256
bad alg --at 1700000100 "$shared"
expect 0 '{"iss":*' '' verify --signature-only --algs HS256 \
	--client-secret-file "$tmp/secret" "$shared"
expect 2 '' '*--jwks is missing*' verify --signature-only --algs HS256,RS256 \
	--client-secret-file "$tmp/secret" "$shared"
expect 2 '' '*HS\* in --algs needs --client-secret-file*' verify \
	--issuer "$iss" --client-id linux-login --algs HS256 "$shared"
printf 'x' >>"$tmp/secret"
with_secret 1 '' 'invalid: signature: *' HS256
shared=$(mac sha512 '{"alg":"HS512"}' "$claims")
with_secret 1 '' 'invalid: key-unusable: HS512 needs*64*' HS512
printf 'short' >"$tmp/secret"
shared=$(mac sha256 '{"alg":"HS256"}' "$claims")
with_secret 1 '' 'invalid: key-unusable: HS256 needs*32*this one has 5*' HS256
expect 2 '' '*--client-secret-file: *No such file*' verify --issuer "$iss" \
	--client-id c --algs HS256 --client-secret-file "$tmp/absent" "$shared"

# --- --decrypt-key: what it refuses (test_vectors.sh has what it opens) -------
openssl genpkey -algorithm X25519 -out "$tmp/open.pem" 2>/dev/null || exit 1
bad decrypt --at 1700000100 --decrypt-key "$tmp/open.pem" "$token"
bad token-malformed --at 1700000100 --decrypt-key "$tmp/open.pem" a.b.c.d.e
expect 1 '' 'invalid: token-malformed: *' verify --decrypt-only \
	--decrypt-key "$tmp/open.pem" "$token"
expect 2 '' '*--decrypt-key is missing*' verify --decrypt-only "$token"
expect 2 '' '*--decrypt-key: *No such file*' verify --decrypt-only \
	--decrypt-key "$tmp/absent" "$token"
expect 2 '' '*--decrypt-key: *' verify --decrypt-only \
	--decrypt-key "$tmp/key.pem" "$token"
expect 2 '' '*--decrypt-key: *' verify --decrypt-only \
	--decrypt-key "$tmp/jwks.json" "$token"
expect 2 '' '*--jwks and --decrypt-only exclude*' verify --decrypt-only \
	--decrypt-key "$tmp/open.pem" --jwks "$tmp/jwks.json" "$token"
expect 2 '' '*--decrypt-key and --provider exclude*' verify --provider corp \
	--decrypt-key "$tmp/open.pem" "$token"

full_disk() {
	count=$((count + 1))
	"$pam_oauth" "$@" >/dev/full 2>/dev/null
	[ $? -eq 2 ] || {
		echo "FAIL: a full disk went unnoticed: $1"
		failures=$((failures + 1))
	}
}

if [ -w /dev/full ]; then
	full_disk verify --signature-only --jwks "$tmp/jwks.json" "$text"
	full_disk --version
	full_disk --help
fi

echo "$count cases, $failures failures"
[ "$failures" -eq 0 ]
