/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges the cases that tests/attack/catalogue makes, one JSON object a line
 * on standard input, as a login does: key set, account, ID token, mapping and
 * rules.  Each must end with the reason it expects; claims come out if and
 * only if that is "ok", and are those of the token.  At the end every row of
 * the catalogue must have had a refusal, or name a test elsewhere.
 *
 * judge [-1]: with -1 the coverage is not looked at, to try one case again.
 */

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "jose/b64url.h"
#include "jose/jwt.h"
#include "policy/policy.h"

/* The sections, and how many rows each has. */
static const struct section {
	char letter;
	unsigned rows;
} sections[] = {
	{ 'A', 15 }, /* algorithm and key selection */
	{ 'B', 12 }, /* signature mathematics */
	{ 'C', 8 },  /* encryption */
	{ 'D', 12 }, /* encoding and JSON */
	{ 'E', 12 }, /* claims */
	{ 'U', 10 }, /* user names */
};
#define ROWS_MAX 15
#define BYTES_MAX (4 * 1024 * 1024) /* of a token or key set */
#define RULES_MAX 8

/*
 * Functions of OpenSSL whose answers a case may choose: 0 is "no", below 0
 * "could not", and only 1 is yes (CVE-2008-5077).  The linker puts ours in
 * between: -Wl,--wrap=NAME.
 */
enum {
	VERIFY,
	DECRYPT,
	CHECK_POINT,
	ANSWERS
};
static const char *const answer_names[ANSWERS] = {
	[VERIFY] = "EVP_DigestVerify",
	[DECRYPT] = "EVP_DecryptFinal_ex",
	[CHECK_POINT] = "EVP_PKEY_public_check_quick",
};
static int answers[ANSWERS]; /* 1: OpenSSL's own */

#define WRAP(which, name, parameters, arguments)                               \
	int __real_##name parameters;                                          \
	int __wrap_##name parameters;                                          \
	int __wrap_##name parameters                                           \
	{                                                                      \
		int own = __real_##name arguments;                             \
                                                                               \
		return answers[which] == 1 ? own : answers[which];             \
	}

WRAP(VERIFY, EVP_DigestVerify,
    (EVP_MD_CTX * ctx, const unsigned char *signature, size_t signature_len,
	const unsigned char *data, size_t len),
    (ctx, signature, signature_len, data, len))
WRAP(DECRYPT, EVP_DecryptFinal_ex,
    (EVP_CIPHER_CTX * ctx, unsigned char *out, int *len), (ctx, out, len))
WRAP(CHECK_POINT, EVP_PKEY_public_check_quick, (EVP_PKEY_CTX * ctx), (ctx))

struct row {
	unsigned accepted;
	unsigned refused;
	unsigned elsewhere;
};

static struct row rows[PO_ARRAY_LEN(sections)][ROWS_MAX];
static unsigned passed, failed;

/* A case as the generator wrote it, and what it was turned into. */
struct attack {
	const struct po_json *json;
	struct po_buf token;
	struct po_buf key_set;
	struct po_buf secret;
	struct po_jwks *jwks;
	struct po_jwe_key *decryption_key;
	struct po_policy *rules;
	struct po_json *claims;
};

static const char *current = "?"; /* the case that is being judged */

/* The document itself is wrong: nothing was judged. */
static _Noreturn void
broken(const char *what)
{
	fprintf(stderr, "judge: %s: %s\n", current, what);
	exit(2);
}

static const char *
find_text(const struct po_json *object, const char *name)
{
	const struct po_json *member = po_json_member(object, name);
	const char *text;

	if (member == NULL)
		return NULL;
	if ((text = po_json_string(member, NULL)) == NULL)
		broken(name);
	return text;
}

static const char *
need_text(const struct po_json *object, const char *name)
{
	const char *text = find_text(object, name);

	if (text == NULL)
		broken(name);
	return text;
}

static int64_t
find_int(const struct po_json *object, const char *name, int64_t missing)
{
	const struct po_json *member = po_json_member(object, name);
	int64_t value = missing;

	if (member != NULL && !po_json_int(member, &value))
		broken(name);
	return value;
}

static bool
find_bool(const struct po_json *object, const char *name)
{
	const struct po_json *member = po_json_member(object, name);
	bool value = false;

	if (member != NULL && !po_json_bool(member, &value))
		broken(name);
	return value;
}

/* Text, or the bytes of NAME_b64. */
static void
read_bytes(const struct po_json *object, const char *name, struct po_buf *out)
{
	AUTO(po_buf_clear) struct po_buf encoded = PO_BUF_INIT(64);
	const char *text = find_text(object, name);

	if (text != NULL) {
		po_buf_append_str(out, text);
	} else {
		po_buf_appendf(&encoded, "%s_b64", name);
		text = need_text(object, po_buf_str(&encoded));
		if (po_b64url_decode(text, strlen(text), out, NULL) != PO_OK)
			broken(name);
	}
	if (po_buf_check(out, NULL) != PO_OK)
		broken(name);
}

/* A mistyped member would be a check left out. */
static bool
check_name(void *arg PO_UNUSED, const char *name,
    const struct po_json *value PO_UNUSED)
{
	static const char *const known[] = { "issuer", "issuer_alias",
		"client_id", "algs", "client_secret", "decryption_key", "nonce",
		"nonce_required", "access_token", "now", "flow_start",
		"acr_values", "max_age", "account", "uid", "min_uid",
		"allow_root", "username", "username_match", "username_format",
		"map", "require" };

	for (size_t i = 0; i < PO_ARRAY_LEN(known); i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	broken(name);
}

static enum po_status
read_policy(struct attack *attack, const struct po_json *json,
    struct po_id_token_policy *out, struct po_err *err)
{
	const char *algs = find_text(json, "algs");
	const char *secret = find_text(json, "client_secret");
	const char *key = find_text(json, "decryption_key");
	enum po_status st;

	po_json_each_member(json, check_name, NULL);
	out->issuer = need_text(json, "issuer");
	out->issuer_alias = find_text(json, "issuer_alias");
	out->client_id = need_text(json, "client_id");
	out->algs = PO_ALG_ASYMMETRIC;
	if (algs != NULL &&
	    (st = po_alg_set_parse(algs, &out->algs, err)) != PO_OK)
		return st;
	if (secret != NULL) {
		if (po_b64url_decode(
			secret, strlen(secret), &attack->secret, NULL) != PO_OK)
			broken("client_secret");
		out->client_secret = po_buf_str(&attack->secret);
		out->client_secret_len = attack->secret.len;
	}
	if (key != NULL && (st = po_jwe_key_parse(key, strlen(key),
				&attack->decryption_key, err)) != PO_OK)
		return st;
	out->decryption_key = attack->decryption_key;
	out->nonce = find_text(json, "nonce");
	out->nonce_required = find_bool(json, "nonce_required");
	out->access_token = find_text(json, "access_token");
	out->now_s = find_int(json, "now", 0);
	out->flow_start_s = find_int(json, "flow_start", 0);
	out->acr_values = find_text(json, "acr_values");
	out->max_age_s = find_int(json, "max_age", 0);
	return PO_OK;
}

/* Whether there is an account to judge; else there may be no rule, either. */
static bool
names_account(const struct po_json *policy)
{
	static const char *const others[] = { "uid", "min_uid", "allow_root",
		"username", "username_match", "username_format", "map",
		"require" };

	if (po_json_member(policy, "account") != NULL)
		return true;
	for (size_t i = 0; i < PO_ARRAY_LEN(others); i++)
		if (po_json_member(policy, others[i]) != NULL)
			broken(others[i]);
	return false;
}

/* Mapping and rules, and the account itself. */
static enum po_status
read_rules(
    struct attack *attack, const struct po_json *json, struct po_err *err)
{
	static const struct po_place place = { .file = "judge", .line = 1 };
	const struct po_json *list = po_json_member(json, "require");
	const char *map = find_text(json, "map");
	const char *require[RULES_MAX] = { NULL };
	struct po_place places[RULES_MAX];
	struct po_policy_options options = {
		.limits = {
		    .min_uid = (uid_t)find_int(json, "min_uid", 1000),
		    .allow_root = find_bool(json, "allow_root"),
		},
		.mapping = {
		    .username = find_text(json, "username"),
		    .username_match = find_text(json, "username_match"),
		    .username_format = find_text(json, "username_format"),
		},
		.mapping_places = { place, place, place },
		.map_file = map == NULL ? NULL : "map",
		.map_data = map,
		.map_len = map == NULL ? 0 : strlen(map),
		.require = require,
		.require_places = places,
		.require_count = list == NULL ? 0 : po_json_array_len(list),
	};
	enum po_status st;

	if (options.require_count > RULES_MAX)
		broken("require");
	for (size_t i = 0; i < options.require_count; i++) {
		places[i] = place;
		require[i] = po_json_string(po_json_array_at(list, i), NULL);
		if (require[i] == NULL)
			broken("require");
	}
	if ((st = po_policy_new(&options, &attack->rules, err)) != PO_OK)
		return st;
	return po_policy_admit(attack->rules, need_text(json, "account"),
	    (uid_t)find_int(json, "uid", 1000), err);
}

static void
read_answers(const struct po_json *json)
{
	for (size_t i = 0; i < ANSWERS; i++)
		answers[i] =
		    json == NULL ? 1 : (int)find_int(json, answer_names[i], 1);
}

/* What a login does, in its order. */
static enum po_status
log_in(struct attack *attack, struct po_err *err)
{
	const struct po_json *json = po_json_member(attack->json, "policy");
	struct po_id_token_policy policy = { .issuer = NULL };
	enum po_status st;

	if (json == NULL)
		broken("policy");
	read_answers(po_json_member(attack->json, "answers"));
	read_bytes(attack->json, "token", &attack->token);
	read_bytes(attack->json, "jwks", &attack->key_set);
	if ((st = read_policy(attack, json, &policy, err)) != PO_OK)
		return st;
	if (names_account(json) &&
	    (st = read_rules(attack, json, err)) != PO_OK)
		return st;
	if ((st = po_jwks_parse(attack->key_set.data, attack->key_set.len,
		 &attack->jwks, err)) != PO_OK)
		return st;
	st = po_id_token_verify(po_buf_str(&attack->token), attack->token.len,
	    attack->jwks, &policy, &attack->claims, err);
	if ((st == PO_OK) != (attack->claims != NULL))
		return po_err_set(
		    err, PO_E_INTERNAL, "claims and status do not go together");
	if (st != PO_OK || attack->rules == NULL)
		return st;
	return po_policy_decide(attack->rules, attack->claims,
	    need_text(json, "account"), (uid_t)find_int(json, "uid", 1000),
	    NULL, err);
}

/* The claims are those that the token was made with, byte for byte. */
static enum po_status
check_claims(const struct attack *attack, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf got = PO_BUF_INIT(BYTES_MAX);

	po_json_print(attack->claims, &got);
	if (!po_str_equal(po_buf_str(&got), need_text(attack->json, "payload")))
		return po_err_set(
		    err, PO_E_INTERNAL, "other claims: %s", po_buf_str(&got));
	return PO_OK;
}

/*
 * Whatever is wrong within an encryption, the words are the same: else they
 * would tell what (RFC 7516 11.5).
 */
static bool
is_one_refusal(const struct attack *attack, const struct po_err *err)
{
	static struct po_err first = { .status = PO_OK };

	if (err->status != PO_E_DECRYPT ||
	    !po_jwe_is_compact(po_buf_str(&attack->token), attack->token.len))
		return true;
	if (first.status == PO_OK)
		first = *err;
	return strcmp(first.text, err->text) == 0;
}

static struct row *
find_row(const struct po_json *json)
{
	const char *id = need_text(json, "id");

	for (size_t i = 0; i < PO_ARRAY_LEN(sections); i++) {
		char *end = NULL;
		unsigned long number;

		if (id[0] != sections[i].letter)
			continue;
		number = strtoul(id + 1, &end, 10);
		if (*end == '\0' && number >= 1 && number <= sections[i].rows)
			return &rows[i][number - 1];
	}
	broken("id");
}

/* The verdict on one case; everything it took is given back. */
static bool
judge(const struct po_json *json, bool accept, const char *expect)
{
	struct attack attack = {
		.json = json,
		.token = PO_BUF_INIT(BYTES_MAX),
		.key_set = PO_BUF_INIT(BYTES_MAX),
		.secret = PO_BUF_INIT(BYTES_MAX),
	};
	struct po_err err = { .status = PO_OK };
	enum po_status st = log_in(&attack, &err);
	const char *got;
	bool good;

	if (st == PO_OK && accept)
		st = check_claims(&attack, &err);
	got = po_status_name(st);
	/* a refusal explains itself, under the same code */
	good = strcmp(got, expect) == 0 && err.status == st &&
	       (err.text[0] != '\0') == !accept &&
	       is_one_refusal(&attack, &err);
	if (good)
		printf("ok %s\n", current);
	else
		printf("not ok %s: expected %s, got %s (%s: %s)\n", current,
		    expect, got, po_status_name(err.status), err.text);
	po_json_free(&attack.claims);
	po_policy_free(&attack.rules);
	po_jwe_key_free(&attack.decryption_key);
	po_jwks_free(&attack.jwks);
	po_buf_clear(&attack.secret);
	po_buf_clear(&attack.key_set);
	po_buf_clear(&attack.token);
	return good;
}

/* One line: a case, or where else a row is covered. */
static void
judge_line(const char *line, size_t len)
{
	AUTO(po_json_free) struct po_json *json = NULL;
	struct po_err err = { .status = PO_OK };
	struct row *row;
	const char *expect;
	bool accept;

	current = "?";
	if (po_json_parse(line, len, &json, &err) != PO_OK)
		broken(err.text);
	row = find_row(json);
	if (po_json_member(json, "elsewhere") != NULL) {
		row->elsewhere++;
		return;
	}
	current = need_text(json, "name");
	expect = need_text(json, "expect");
	accept = strcmp(expect, po_status_name(PO_OK)) == 0;
	if (accept)
		row->accepted++;
	else
		row->refused++;
	if (judge(json, accept, expect)) {
		passed++;
		return;
	}
	failed++;
	printf("# again: judge -1, with this line for its input:\n%.*s\n",
	    (int)len, line);
}

/* Prints the table; an attack that is nowhere is a failure. */
static void
check_coverage(void)
{
	for (size_t i = 0; i < PO_ARRAY_LEN(sections); i++) {
		for (unsigned j = 0; j < sections[i].rows; j++) {
			const struct row *row = &rows[i][j];

			printf(
			    "# %c%-2u %4u let in, %4u refused, %u elsewhere\n",
			    sections[i].letter, j + 1, row->accepted,
			    row->refused, row->elsewhere);
			if (row->refused + row->elsewhere > 0)
				continue;
			printf("not ok %c%u: no test\n", sections[i].letter,
			    j + 1);
			failed++;
		}
	}
}

int
main(int argc, char **argv)
{
	bool single = argc == 2 && strcmp(argv[1], "-1") == 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0)
		judge_line(line, (size_t)len);
	free(line);
	if (!single)
		check_coverage();
	printf("%u passed, %u failed\n", passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}
