/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider in the same process; its tokens are forge.c's.  See provider.h. */

#include "provider.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "fake_curl.h"
#include "fault.h"
#include "jwe_seal.h"

#define ACCESS_TOKEN PROVIDER_ACCESS_TOKEN
#define DEVICE_CODE "dc-77e0b6a1d94c4f0f"
/* what wrap_libc.c's getrandom makes of 16 bytes */
#define NONCE "07305982abd4fd264f78a1caf31c456e"

#define GRANTING_POLL 3 /* pending, slow_down, granted */

/* No ID token; each claim is a document, and groups have two pages. */
#define DOCUMENTS                                                              \
	"device_authorization_endpoint = " FORGE_ISSUER "/device\n"            \
	"token_endpoint = " FORGE_ISSUER "/token\n"                            \
	"identity = api\nsubject = /user/id\nscopes = read:org\n"              \
	"username = /user/login\n"                                             \
	"api = user " FORGE_ISSUER "/api/user\n"                               \
	"api = groups " FORGE_ISSUER "/api/groups\n"                           \
	"api = level " FORGE_ISSUER "/api/level\n"                             \
	"api = amr " FORGE_ISSUER "/api/amr\n"                                 \
	"api = never " FORGE_ISSUER "/api/never"

#define LIVENESS                                                               \
	"liveness = refresh\nliveness_grace = 0\nliveness_interval = 0\n"

#define GROUPS "[\"staff\",\"linux-users\"]"
static const struct story stories[] = {
	{ .name = "good-rs256", .config = "qr = utf8" },
	{ .name = "good-ps256",
	    .config = "client_auth = client_secret_post\n"
		      "qr = ascii\nca_dir = /etc/ssl",
	    .service = "username = /email\n"
		       "username_match = ([a-z]+)@example\\.com\n"
		       "export = EMAIL /email\n"
		       "export = OIDC_GROUPS /groups\n"
		       "keep_token = access_token\n",
	    .alg = "PS256" },
	{ .name = "good-es256",
	    .config =
		"device_authorization_endpoint = " FORGE_ISSUER "/device\n"
		"token_endpoint = " FORGE_ISSUER "/token\n"
		"jwks_uri = " FORGE_ISSUER "/jwks\n"
		"userinfo_endpoint = " FORGE_ISSUER "/userinfo\n"
		"userinfo = always\nid_token_algs = ES256 RS256",
	    .public_client = true,
	    .alg = "ES256",
	    .key = "P-256",
	    .kid = "es256" },
	{ .name = "good-eddsa",
	    .config = "nonce = no",
	    .alg = "EdDSA",
	    .key = "Ed25519",
	    .kid = "ed" },
	/* groups come from userinfo, asked because they are missing */
	{ .name = "good-cached", .cached = true },
	{ .name = "good-rotated",
	    .config = "qr = off",
	    .claim = "groups",
	    .value = "",
	    .rotated = true },

	/* asked on the phone */
	{ .name = "good-push", .config = "flow = ciba" },
	{ .name = "push-to-nobody",
	    .status = PO_E_NOT_ASKED,
	    .config = "flow = ciba device\nlogin_hint = nobody" },

	{ .name = "good-hs256",
	    .config = "id_token_algs = HS256",
	    .alg = "HS256" },
	{ .name = "good-encrypted-rsa",
	    .jwe_alg = "RSA-OAEP-256",
	    .jwe_enc = "A128CBC-HS256",
	    .jwe_key = "RSA-2048-b" },
	{ .name = "good-encrypted-ec",
	    .jwe_alg = "ECDH-ES+A128KW",
	    .jwe_enc = "A256GCM",
	    .jwe_key = "P-256-b" },
	{ .name = "good-encrypted-x25519",
	    .jwe_alg = "ECDH-ES",
	    .jwe_enc = "A256CBC-HS512",
	    .jwe_key = "X25519" },

	{ .name = "good-signed-userinfo",
	    .claim = "groups",
	    .value = "",
	    .userinfo_key = "P-256" },
	{ .name = "good-documents",
	    .config = DOCUMENTS,
	    .public_client = true,
	    .scope = "gist,read:org" },
	/* beside an ID token */
	{ .name = "good-document",
	    .config = "api = level " FORGE_ISSUER "/api/level",
	    .claim = "level",
	    .value = "" },

	{ .name = "good-secret-jwt",
	    .config = "client_auth = client_secret_jwt\npkce = yes" },
	{ .name = "good-client-key",
	    .config = "client_assertion_audience = endpoint\n"
		      "client_key_id = key-1",
	    .client_key = "P-256" },
	{ .name = "good-client-key-ps256",
	    .config = "client_key_alg = PS256\n"
		      "client_assertion_audience = token_endpoint\n"
		      "device_client_auth = none",
	    .client_key = "RSA-2048-b" },
	{ .name = "good-client-jwk",
	    .client_key = "Ed25519",
	    .client_jwk = true },
	{ .name = "client-jwk-for-tls",
	    .status = PO_E_SECRET,
	    .client_key = "P-256",
	    .client_jwk = true,
	    .certified = true },
	{ .name = "good-client-certificate",
	    .client_key = "Ed25519",
	    .certified = true },
	{ .name = "good-client-key-certified",
	    .config = "client_auth = private_key_jwt",
	    .client_key = "Ed25519",
	    .certified = true },

	{ .name = "good-asked",
	    .config = "ask = yes\nconfirm = yes",
	    .asks = true,
	    .choice = 1 },
	{ .name = "good-menu",
	    .config = "[provider lab]\n"
		      "issuer = https://lab.example\nclient_id = x",
	    .service = "provider = lab corp\n",
	    .asks = true,
	    .choice = 2 },
	{ .name = "good-code",
	    .config = "redirect_uri = https://app.example/code",
	    .service = "flow = code\n",
	    .asks = true,
	    .choice = 1,
	    .typed = FAULT_CODE },
	{ .name = "good-code-loopback",
	    .config = "redirect_uri = http://127.0.0.1/cb",
	    .service = "flow = code loopback\n" },
	{ .name = "good-browser",
	    .config = "redirect_uri = http://127.0.0.1/cb",
	    .service = "flow = code loopback\n"
		       "browser = /bin/sh -c\n"
		       "browser_user = " FAULT_BROWSER "\n" },
	{ .name = "code-of-nobody",
	    .status = PO_E_EXPIRED,
	    .config = "redirect_uri = https://app.example/code",
	    .service = "flow = code\n",
	    .asks = true,
	    .choice = 1,
	    .typed = "state=x&code=" FAULT_CODE },
	{ .name = "skipped",
	    .status = PO_E_SKIPPED,
	    .config = "ask = yes",
	    .asks = true },

	{ .name = "less-scope",
	    .status = PO_E_SCOPE,
	    .config = DOCUMENTS,
	    .public_client = true,
	    .scope = "gist" },
	{ .name = "forged-userinfo",
	    .status = PO_E_SIGNATURE,
	    .claim = "groups",
	    .value = "",
	    .userinfo_key = "P-256-b" },
	{ .name = "revoked", .revokes = true },
	{ .name = "revoked-not-offered",
	    .config =
		"device_authorization_endpoint = " FORGE_ISSUER "/device\n"
		"token_endpoint = " FORGE_ISSUER "/token\n"
		"jwks_uri = " FORGE_ISSUER "/jwks\n",
	    .revokes = true },
	{ .name = "revoked-refused",
	    .status = PO_E_CLIENT_REFUSED,
	    .config = "revocation_endpoint = " FORGE_ISSUER "/refuse\n",
	    .revokes = true },

	{ .name = "crowded",
	    .status = PO_E_TOO_MANY,
	    .service = "max_pending = 1\n",
	    .crowded = true },

	{ .name = "forged-signature",
	    .status = PO_E_SIGNATURE,
	    .corrupted = true },
	{ .name = "forged-signature-es256",
	    .status = PO_E_SIGNATURE,
	    .late = true,
	    .alg = "ES256",
	    .key = "P-256",
	    .kid = "es256",
	    .corrupted = true },
	{ .name = "forged-other-key",
	    .status = PO_E_SIGNATURE,
	    .late = true,
	    .key = "RSA-2048-b" },
	{ .name = "forged-unknown-key",
	    .status = PO_E_KEY_UNKNOWN,
	    .late = true,
	    .key = "RSA-2048-b",
	    .kid = "mine" },
	{ .name = "forged-alg-none",
	    .status = PO_E_ALG,
	    .late = true,
	    .alg = "none" },
	{ .name = "forged-hs256",
	    .status = PO_E_SIGNATURE,
	    .config = "id_token_algs = HS256",
	    .alg = "HS256",
	    .corrupted = true },
	{ .name = "forged-encrypted-rsa",
	    .status = PO_E_DECRYPT,
	    .late = true,
	    .jwe_alg = "RSA-OAEP",
	    .jwe_enc = "A128CBC-HS256",
	    .jwe_key = "RSA-2048-b",
	    .altered = true },
	{ .name = "forged-encrypted-ec",
	    .status = PO_E_DECRYPT,
	    .late = true,
	    .jwe_alg = "ECDH-ES+A128KW",
	    .jwe_enc = "A128GCM",
	    .jwe_key = "P-256-b",
	    .altered = true },
	{ .name = "forged-within-encrypted",
	    .status = PO_E_SIGNATURE,
	    .late = true,
	    .corrupted = true,
	    .jwe_alg = "ECDH-ES",
	    .jwe_enc = "A128GCM",
	    .jwe_key = "P-256-b" },
	{ .name = "forged-not-encrypted",
	    .status = PO_E_DECRYPT,
	    .jwe_key = "P-256-b" },
	{ .name = "forged-audience",
	    .status = PO_E_AUD,
	    .late = true,
	    .claim = "aud",
	    .value = "[\"somebody-else\"]" },
	{ .name = "forged-azp",
	    .status = PO_E_AZP,
	    .late = true,
	    .claim = "azp",
	    .value = "\"somebody-else\"" },
	{ .name = "forged-expired",
	    .status = PO_E_EXP,
	    .late = true,
	    .claim = "exp",
	    .value = "1699999000" },
	{ .name = "forged-nonce",
	    .status = PO_E_NONCE,
	    .claim = "nonce",
	    .value = "\"00000000000000000000000000000000\"" },
	{ .name = "forged-at-hash",
	    .status = PO_E_AT_HASH,
	    .late = true,
	    .claim = "at_hash",
	    .value = "\"AAAAAAAAAAAAAAAAAAAAAA\"" },
	{ .name = "other-person",
	    .status = PO_E_OTHER_PERSON,
	    .claim = "preferred_username",
	    .value = "\"mallory\"" },
	{ .name = "lives", .service = LIVENESS, .lives = true },
	{ .name = "lives-bare",
	    .service = LIVENESS,
	    .lives = true,
	    .bare = true,
	    .userinfo = "{\"sub\":\"" FORGE_SUB "\",\"groups\":" GROUPS
			",\"level\":4,\"amr\":[\"mfa\"],"
			"\"preferred_username\":\"alice\"}" },
	{ .name = "lives-no-more",
	    .status = PO_E_CLOSED,
	    .service = LIVENESS,
	    .lives = true,
	    .dismissed = true },
	{ .name = "lives-unasked",
	    .status = PO_OK,
	    .service = "liveness = refresh\nliveness_interval = 24h\n",
	    .lives = true },
	{ .name = "lives-with-liveness-off",
	    .status = PO_E_SKIPPED,
	    .lives = true },
	{ .name = "other-userinfo",
	    .status = PO_E_USERINFO_SUB,
	    .config = "userinfo = always",
	    .userinfo = "{\"sub\":\"mallory\"}" },
	{ .name = "not-in-group",
	    .status = PO_E_NOT_ALLOWED,
	    .claim = "groups",
	    .value = "[\"staff\"]" },
	{ .name = "not-at-level",
	    .status = PO_E_NOT_ALLOWED,
	    .claim = "level",
	    .value = "2" },
};

static struct {
	const struct story *story;
	const char *tokens[STORIES_MAX]; /* token responses, once made */
	const char *userinfo[STORIES_MAX];
	const char *keys, *old_keys;
	EVP_PKEY *x25519;
	unsigned polls;
} now;

const struct story *
provider_stories(size_t *count)
{
	*count = PO_ARRAY_LEN(stories);
	return stories;
}

static const char *
member(const struct story *story, const char *name, const char *value)
{
	if (story->claim != NULL && strcmp(story->claim, name) == 0)
		value = story->value;
	return value;
}

static const char *
make_at_hash(void)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, ACCESS_TOKEN,
		strlen(ACCESS_TOKEN), hash, &len) != 1)
		abort();
	return forge_text("\"%s\"", forge_b64(hash, len / 2));
}

static const char *
make_payload(const struct story *story)
{
	const char *alg = story->alg == NULL ? "RS256" : story->alg;
	/* EdDSA takes SHA-512 for it: left out there */
	const char *at_hash = strcmp(alg, "EdDSA") == 0 ? "" : make_at_hash();

	return forge_claims("aud",
	    member(story, "aud", "[\"" FORGE_CLIENT "\"]"), "azp",
	    member(story, "azp", "\"" FORGE_CLIENT "\""), "exp",
	    member(story, "exp", "1700000900"), "nonce",
	    member(story, "nonce", "\"" NONCE "\""), "at_hash",
	    member(story, "at_hash", at_hash), "acr", "\"mfa\"",
	    "preferred_username",
	    member(story, "preferred_username", "\"alice\""), "email",
	    "\"alice@example.com\"", "email_verified", "true", "groups",
	    member(story, "groups", GROUPS), "level",
	    member(story, "level", "3"), "amr", "[\"mfa\"]", NULL);
}

/* The JWS, sound or not. */
static const char *
make_signed(const struct story *story)
{
	const char *alg = story->alg == NULL ? "RS256" : story->alg;
	const char *key = story->key == NULL ? "RSA-2048" : story->key;
	const char *header = forge_text("{\"alg\":\"%s\",\"kid\":\"%s\"}", alg,
	    story->kid == NULL ? "rsa" : story->kid);
	const char *input = forge_input(header, make_payload(story));
	size_t len = 0;
	uint8_t *signature;

	if (strcmp(alg, "none") == 0)
		return forge_join(input, "", 0);
	if (strcmp(alg, "HS256") == 0)
		signature = forge_mac("SHA256", PROVIDER_CLIENT_SECRET,
		    strlen(PROVIDER_CLIENT_SECRET), input, &len);
	else
		signature = forge_sign(forge_key(key), alg, input, &len);
	if (story->corrupted)
		signature[len / 2] ^= 1;
	return forge_join(input, signature, len);
}

static const char *
make_userinfo(const struct story *story)
{
	static const char claims[] =
	    "{\"sub\":\"" FORGE_SUB "\",\"groups\":" GROUPS
	    ",\"level\":4,\"name\":\"Alice\"}";

	if (story->userinfo_key == NULL)
		return story->userinfo != NULL ? story->userinfo : claims;
	return forge_token(forge_key(story->userinfo_key), "ES256",
	    "{\"alg\":\"ES256\",\"kid\":\"es256\"}", claims);
}

static EVP_PKEY *
our_key(const struct story *story)
{
	if (strcmp(story->jwe_key, "X25519") != 0)
		return forge_key(story->jwe_key);
	if (now.x25519 == NULL)
		now.x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	if (now.x25519 == NULL)
		abort();
	return now.x25519;
}

static const char *
make_id_token(const struct story *story)
{
	const char *inner = make_signed(story);
	const char *token;
	struct seal_parts parts;
	uint8_t *tag;
	size_t len = 0;

	if (story->jwe_alg == NULL)
		return inner;
	token = seal_token(&(struct seal){
	    .to = our_key(story),
	    .alg = story->jwe_alg,
	    .enc = story->jwe_enc,
	    .members = "\"cty\":\"JWT\"",
	    .plaintext = inner,
	    .plaintext_len = strlen(inner),
	});
	if (!story->altered)
		return token;
	parts = seal_split(token);
	tag = seal_decode(parts.text[4], &len);
	tag[len / 2] ^= 1;
	return seal_replace_bytes(token, 4, tag, len);
}

/* RSA as PEM, the others as JWK. */
const char *
provider_key(const struct story *story)
{
	if (story->jwe_key == NULL)
		return NULL;
	if (strncmp(story->jwe_key, "RSA", 3) != 0)
		return seal_private_jwk(our_key(story), "\"use\":\"enc\"");
	return forge_pem(our_key(story));
}

const char *
provider_client_key(const struct story *story)
{
	EVP_PKEY *key =
	    story->client_key == NULL ? NULL : forge_key(story->client_key);

	if (story->client_jwk)
		return seal_private_jwk(key, "\"use\":\"sig\"");
	return key == NULL ? NULL : forge_pem(key);
}

const char *
provider_client_certificate(const struct story *story)
{
	return !story->certified
		   ? NULL
		   : forge_certificate(forge_key(story->client_key),
			 FORGE_NOW - 1, FORGE_NOW + 86400);
}

void
provider_end(void)
{
	EVP_PKEY_free(now.x25519);
	now.x25519 = NULL;
	(void)forge_free_all(NULL);
}

void
provider_start(void)
{
	now.keys = forge_honest_jwks();
	now.old_keys = forge_jwks(
	    forge_jwk(forge_key("P-384"), "\"kid\":\"es384\""), NULL);
	for (size_t i = 0; i < PO_ARRAY_LEN(stories); i++) {
		const char *scope = stories[i].scope;

		now.tokens[i] = forge_text("{\"access_token\":\"" ACCESS_TOKEN
					   "\",\"token_type\":\"Bearer\","
					   "\"expires_in\":300,"
					   "\"%s\":\"%s\"}",
		    scope == NULL ? "id_token" : "scope",
		    scope == NULL ? make_id_token(&stories[i]) : scope);
		now.userinfo[i] = make_userinfo(&stories[i]);
	}
}

void
provider_begin(const struct story *story)
{
	now.story = story;
	now.polls = 0;
}

const char *
provider_secret_in(const char *text)
{
	static const char *const secrets[] = { ACCESS_TOKEN, DEVICE_CODE,
		FAULT_CODE, PROVIDER_REFRESH_TOKEN, PROVIDER_CLIENT_SECRET,
		NONCE, "eyJ" };

	for (size_t i = 0; i < PO_ARRAY_LEN(secrets); i++)
		if (strstr(text, secrets[i]) != NULL)
			return secrets[i];
	return NULL;
}

/* --- what it answers --- */

const char *
provider_record(void)
{
	static const char *record; /* forge_text keeps each of them */

	/* not long ago: 1000 s before FORGE_NOW */
	if (record == NULL)
		record = forge_text(
		    "version=1\nprovider=corp\nissuer=" FORGE_ISSUER
		    "\nclient_id=" FORGE_CLIENT "\nsub=" FORGE_SUB
		    "\nnonce=" NONCE "\ngood=%lld\nbegun=0\nclosed=0\n"
		    "token=" PROVIDER_REFRESH_TOKEN "\n",
		    (long long)FORGE_NOW - 1000);
	return record;
}

static const char *
refresh_body(struct fault_answer *answer)
{
	if (now.story->dismissed) {
		answer->status = 400;
		return "{\"error\":\"invalid_grant\",\"error_description\":"
		       "\"no more of " PROVIDER_REFRESH_TOKEN "\"}";
	}
	return now.story->bare
		   ? "{\"access_token\":\"" ACCESS_TOKEN
		     "\",\"token_type\":\"Bearer\",\"refresh_token\":"
		     "\"next\"}"
		   : now.tokens[now.story - stories];
}

static const char *
token_body(const char *post, struct fault_answer *answer)
{
	if (strstr(post, "=authorization_code&") != NULL)
		now.polls = GRANTING_POLL;
	if (++now.polls >= GRANTING_POLL)
		return now.tokens[now.story - stories];
	answer->status = 400;
	return now.polls == 1
		   ? "{\"error\":\"authorization_pending\"}"
		   : "{\"error\":\"slow_down\",\"error_description\":"
		     "\"not so fast with " DEVICE_CODE "\"}";
}

static const char *
userinfo_body(struct fault_answer *answer)
{
	if (now.story->userinfo_key != NULL)
		answer->type = "application/jwt";
	return now.userinfo[now.story - stories];
}

/* What groups there are says the second page. */
static void
give_document(const char *name, struct fault_answer *answer)
{
	if (strcmp(name, "user") == 0) {
		answer->body = "{\"id\":583231,\"login\":\"alice\"}";
	} else if (strcmp(name, "groups") == 0) {
		answer->body = "[\"staff\"]";
		answer->link =
		    "<" FORGE_ISSUER "/api/groups?page=2>; rel=\"next\"";
	} else if (strcmp(name, "groups?page=2") == 0) {
		answer->body = "[\"linux-users\"]";
	} else if (strcmp(name, "level") == 0) {
		answer->body = "3";
	} else if (strcmp(name, "amr") == 0) {
		answer->body = "[\"mfa\"]";
	} else {
		answer->status = 404;
	}
}

static bool
ends_with(const char *url, const char *end)
{
	size_t len = strlen(url);

	return len >= strlen(end) && strcmp(url + len - strlen(end), end) == 0;
}

struct fault_answer
fault_answer(const char *url, const char *post)
{
	struct fault_answer answer = {
		.status = 200,
		.type = "application/json; charset=utf-8",
		.body = "{}",
	};

	if (ends_with(url, "/.well-known/openid-configuration"))
		answer.body = "{\"issuer\":\"" FORGE_ISSUER "\","
			      "\"authorization_endpoint\":"
			      "\"" FORGE_ISSUER "/auth\","
			      "\"device_authorization_endpoint\":"
			      "\"" FORGE_ISSUER "/device\","
			      "\"backchannel_authentication_endpoint\":"
			      "\"" FORGE_ISSUER "/backchannel\","
			      "\"token_endpoint\":\"" FORGE_ISSUER "/token\","
			      "\"userinfo_endpoint\":"
			      "\"" FORGE_ISSUER "/userinfo\","
			      "\"revocation_endpoint\":"
			      "\"" FORGE_ISSUER "/revoke\","
			      "\"jwks_uri\":\"" FORGE_ISSUER "/jwks\","
			      "\"token_endpoint_auth_methods_supported\":"
			      "[\"client_secret_basic\"],"
			      "\"code_challenge_methods_supported\":"
			      "[\"S256\"],"
			      "\"mtls_endpoint_aliases\":{"
			      "\"token_endpoint\":"
			      "\"" FORGE_ISSUER "/mtls/token\"}}";
	else if (ends_with(url, "/jwks"))
		answer.body = now.story->rotated && now.polls < GRANTING_POLL
				  ? now.old_keys
				  : now.keys;
	else if (ends_with(url, "/device") && post != NULL)
		answer.body = "{\"device_code\":\"" DEVICE_CODE "\","
			      "\"user_code\":\"WDJB-MJHT\","
			      "\"verification_uri\":"
			      "\"" FORGE_ISSUER "/go\","
			      "\"verification_uri_complete\":"
			      "\"" FORGE_ISSUER "/go?code=WDJB-MJHT\","
			      "\"interval\":1,\"expires_in\":600}";
	else if (ends_with(url, "/token") && now.story->lives)
		answer.body = refresh_body(&answer);
	else if (ends_with(url, "/backchannel") && post != NULL)
		answer.body = strstr(post, "login_hint=alice&") == NULL
				  ? "{\"error\":\"unknown_user_id\"}"
				  : "{\"auth_req_id\":\"" DEVICE_CODE "\","
				    "\"interval\":1,\"expires_in\":600}";
	else if (ends_with(url, "/token") && post != NULL)
		answer.body = token_body(post, &answer);
	else if (ends_with(url, "/userinfo"))
		answer.body = userinfo_body(&answer);
	else if (strncmp(url, FORGE_ISSUER "/api/",
		     strlen(FORGE_ISSUER "/api/")) == 0)
		give_document(url + strlen(FORGE_ISSUER "/api/"), &answer);
	else if (ends_with(url, "/refuse") && post != NULL)
		answer = (struct fault_answer){
			.status = 400,
			.type = "application/json",
			.body =
			    "{\"error\":\"invalid_request\","
			    "\"error_description\":\"not " ACCESS_TOKEN "\"}",
		};
	else if (!ends_with(url, "/revoke") || post == NULL)
		answer.status = 404;
	return answer;
}
