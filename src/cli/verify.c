/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth verify: the ID token check of a login, on a token in hand.  It
 * must judge exactly as a login would: whatever may differ is an option.
 * See jose/jwt.h.
 */

#include "cli/cli.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/http.h"
#include "base/mem.h"
#include "base/text.h"
#include "jose/jws.h"
#include "jose/jwt.h"

static const char command[] = "verify";

/* Room for the newline behind a token of the longest kind. */
#define TOKEN_INPUT_MAX (PO_JWS_MAX + 1)
/* Escaped, a claim may be six times as long. */
#define CLAIMS_TEXT_MAX (6 * PO_JWS_MAX)

enum option_id {
	OPT_PROVIDER,
	OPT_CONFIG,
	OPT_ISSUER,
	OPT_CLIENT_ID,
	OPT_JWKS,
	OPT_ALGS,
	OPT_NONCE,
	OPT_AT,
	OPT_ACR_VALUES,
	OPT_MAX_AGE,
	OPT_CLIENT_SECRET_FILE,
	OPT_DECRYPT_KEY,
	OPT_SIGNATURE_ONLY,
	OPT_DECRYPT_ONLY,
	OPT_HELP,
	OPT_COUNT
};

static const struct option long_options[] = {
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "issuer", required_argument, NULL, OPT_ISSUER },
	{ "client-id", required_argument, NULL, OPT_CLIENT_ID },
	{ "jwks", required_argument, NULL, OPT_JWKS },
	{ "algs", required_argument, NULL, OPT_ALGS },
	{ "nonce", required_argument, NULL, OPT_NONCE },
	{ "at", required_argument, NULL, OPT_AT },
	{ "acr-values", required_argument, NULL, OPT_ACR_VALUES },
	{ "max-age", required_argument, NULL, OPT_MAX_AGE },
	{ "client-secret-file", required_argument, NULL,
	    OPT_CLIENT_SECRET_FILE },
	{ "decrypt-key", required_argument, NULL, OPT_DECRYPT_KEY },
	{ "signature-only", no_argument, NULL, OPT_SIGNATURE_ONLY },
	{ "decrypt-only", no_argument, NULL, OPT_DECRYPT_ONLY },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: pam-oauth verify --issuer I --client-id C --jwks FILE [--algs L]\n"
    "                        [--client-secret-file FILE] [--decrypt-key FILE]\n"
    "                        [--nonce N] [--acr-values L] [--max-age TIME]\n"
    "                        [--at SECONDS] [TOKEN|-]\n"
    "       pam-oauth verify --provider P [--config FILE]\n"
    "                        [--nonce N] [--acr-values L] [--max-age TIME]\n"
    "                        [--at SECONDS] [TOKEN|-]\n"
    "       pam-oauth verify --signature-only --jwks FILE [--algs L]\n"
    "                        [--client-secret-file FILE] [--decrypt-key FILE]\n"
    "                        [TOKEN|-]\n"
    "       pam-oauth verify --decrypt-only --decrypt-key FILE [TOKEN|-]\n"
    "\n"
    "Checks an ID token as a login would and prints its claims as JSON.\n"
    "TOKEN may be left out or \"-\": it is then read from standard input.\n"
    "\n"
    "  --provider P      issuer, client and keys of a configured provider\n"
    "  --config FILE     configuration to find the provider in\n"
    "  --issuer I        what iss must be\n"
    "  --client-id C     what aud must contain\n"
    "  --jwks FILE       JSON Web Key Set with the issuer's keys\n"
    "  --algs L          algorithms to allow, separated by blanks or commas\n"
    "                    (default: all asymmetric ones; HS* only by name)\n"
    "  --client-secret-file FILE\n"
    "                    the key of HS256, HS384 and HS512: all its bytes\n"
    "  --decrypt-key FILE\n"
    "                    private key, PEM or JWK; the token must then be\n"
    "                    encrypted\n"
    "  --nonce N         what nonce must be\n"
    "  --acr-values L    words with blanks between them: acr must be one\n"
    "  --max-age TIME    how long before --at auth_time may be: 90, 15m, 1h\n"
    "  --at SECONDS      judge as of this time (since 1970) instead of now\n"
    "  --signature-only  check the signature alone; print the payload as it "
    "is\n"
    "  --decrypt-only    decrypt alone; print what is inside as it is: that\n"
    "                    proves nothing about who made it\n"
    "\n"
    "Exit status: 0 valid; 1 invalid, with \"invalid: CODE: reason\" on\n"
    "standard error; 2 wrong usage or unreadable file.\n";

/* The command line: each option's text, NULL where it was not given. */
struct arguments {
	const char *value[OPT_COUNT];
	const char *token; /* NULL: standard input */
};

static enum po_cli_exit
read_arguments(int argc, char **argv, struct arguments *out)
{
	enum po_cli_exit result =
	    po_cli_options(command, argc, argv, long_options, out->value);

	if (result != PO_CLI_YES)
		return result;
	if (argc - optind > 1)
		return po_cli_trouble(
		    command, "one token at a time: %s", argv[optind + 1]);
	if (optind < argc && strcmp(argv[optind], "-") != 0)
		out->token = argv[optind];
	return PO_CLI_YES;
}

/* The first of `ids` that was given, or OPT_COUNT. */
static enum option_id
given(const struct arguments *args, const enum option_id *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (args->value[ids[i]] != NULL)
			return ids[i];
	return OPT_COUNT;
}

/* `mode` excludes all of `others`. */
static enum po_cli_exit
check_alone(const struct arguments *args, enum option_id mode,
    const enum option_id *others, size_t count)
{
	enum option_id other = given(args, others, count);

	if (args->value[mode] == NULL || other == OPT_COUNT)
		return PO_CLI_YES;
	return po_cli_trouble(command, "--%s and --%s exclude each other",
	    long_options[other].name, long_options[mode].name);
}

static enum po_cli_exit
check_present(const struct arguments *args, enum option_id id)
{
	if (args->value[id] == NULL)
		return po_cli_trouble(command, "option --%s is missing%s",
		    long_options[id].name,
		    args->value[OPT_DECRYPT_ONLY] != NULL
			? ""
			: " (or use --provider)");
	if (*args->value[id] == '\0')
		return po_cli_trouble(
		    command, "option --%s is empty", long_options[id].name);
	return PO_CLI_YES;
}

/* Which options go together; --jwks waits until --algs has been read. */
static enum po_cli_exit
check_arguments(const struct arguments *args)
{
	static const enum option_id not_with_provider[] = { OPT_ISSUER,
		OPT_CLIENT_ID, OPT_JWKS, OPT_ALGS, OPT_CLIENT_SECRET_FILE,
		OPT_DECRYPT_KEY };
	static const enum option_id not_with_decrypt_only[] = { OPT_PROVIDER,
		OPT_CONFIG, OPT_ISSUER, OPT_CLIENT_ID, OPT_JWKS, OPT_ALGS,
		OPT_CLIENT_SECRET_FILE, OPT_NONCE, OPT_AT, OPT_ACR_VALUES,
		OPT_MAX_AGE, OPT_SIGNATURE_ONLY };
	enum po_cli_exit result;

	if ((result = check_alone(args, OPT_DECRYPT_ONLY, not_with_decrypt_only,
		 PO_ARRAY_LEN(not_with_decrypt_only))) != PO_CLI_YES ||
	    (result = check_alone(args, OPT_PROVIDER, not_with_provider,
		 PO_ARRAY_LEN(not_with_provider))) != PO_CLI_YES)
		return result;
	if (args->value[OPT_PROVIDER] != NULL)
		return PO_CLI_YES;
	if (args->value[OPT_CONFIG] != NULL)
		return po_cli_trouble(command, "--config needs --provider");
	if (args->value[OPT_DECRYPT_ONLY] != NULL)
		return check_present(args, OPT_DECRYPT_KEY);
	if (args->value[OPT_SIGNATURE_ONLY] != NULL)
		return PO_CLI_YES;
	if ((result = check_present(args, OPT_ISSUER)) != PO_CLI_YES)
		return result;
	return check_present(args, OPT_CLIENT_ID);
}

static enum po_cli_exit
read_algs(const char *list, po_alg_set *out)
{
	AUTO(po_str_free) char *names = NULL;
	struct po_err err = { .status = PO_OK };

	*out = PO_ALG_ASYMMETRIC;
	if (list == NULL)
		return PO_CLI_YES;
	if ((names = po_str_dup(list)) == NULL)
		return po_cli_trouble(command, "out of memory");
	for (char *p = names; *p != '\0'; p++)
		if (*p == ',')
			*p = ' ';
	if (po_alg_set_parse(names, out, &err) != PO_OK)
		return po_cli_trouble(command, "--algs: %s", err.text);
	return PO_CLI_YES;
}

static enum po_cli_exit
read_jwks(const char *path, struct po_jwks **out)
{
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_HTTP_MAX_JWKS);
	struct po_err err = { .status = PO_OK };
	enum po_status st;

	if (po_cli_read(path, &text, &err) != PO_OK)
		return po_cli_trouble(command, "--jwks: %s", err.text);
	if ((st = po_jwks_parse(text.data, text.len, out, &err)) != PO_OK) {
		po_err_prefix(&err, "%s", path);
		return po_cli_invalid(st, &err);
	}
	return PO_CLI_YES;
}

static enum po_cli_exit
read_decryption_key(const char *path, struct po_jwe_key **out)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(PO_JWE_KEY_MAX);
	struct po_err err = { .status = PO_OK };

	if (path == NULL)
		return PO_CLI_YES;
	if (po_cli_read(path, &text, &err) != PO_OK ||
	    po_jwe_key_parse(text.data, text.len, out, &err) != PO_OK)
		return po_cli_trouble(command, "--decrypt-key: %s", err.text);
	return PO_CLI_YES;
}

/* HS* and the secret that is their key: neither without the other. */
static enum po_cli_exit
read_client_secret(const char *path, po_alg_set algs, struct po_buf *out)
{
	struct po_err err = { .status = PO_OK };

	if (path != NULL && (algs & PO_ALG_HMAC) == 0)
		return po_cli_trouble(command,
		    "--client-secret-file needs --algs with HS256, HS384 or "
		    "HS512");
	if (path == NULL && (algs & PO_ALG_HMAC) != 0)
		return po_cli_trouble(
		    command, "HS* in --algs needs --client-secret-file");
	if (path != NULL && po_cli_read(path, out, &err) != PO_OK)
		return po_cli_trouble(
		    command, "--client-secret-file: %s", err.text);
	return PO_CLI_YES;
}

static enum po_cli_exit
criteria_from_options(const struct arguments *args, struct po_cli_criteria *out)
{
	const char *issuer = args->value[OPT_ISSUER];
	const char *client_id = args->value[OPT_CLIENT_ID];
	enum po_cli_exit result;

	if ((result = read_algs(args->value[OPT_ALGS], &out->algs)) !=
		PO_CLI_YES ||
	    (result = read_client_secret(args->value[OPT_CLIENT_SECRET_FILE],
		 out->algs, &out->client_secret)) != PO_CLI_YES ||
	    (result = read_decryption_key(args->value[OPT_DECRYPT_KEY],
		 &out->decryption_key)) != PO_CLI_YES)
		return result;
	if ((issuer != NULL && (out->issuer = po_str_dup(issuer)) == NULL) ||
	    (client_id != NULL &&
		(out->client_id = po_str_dup(client_id)) == NULL))
		return po_cli_trouble(command, "out of memory");
	if (args->value[OPT_JWKS] == NULL &&
	    ((out->algs & PO_ALG_ASYMMETRIC) == 0 ||
		args->value[OPT_DECRYPT_ONLY] != NULL))
		return PO_CLI_YES;
	if ((result = check_present(args, OPT_JWKS)) != PO_CLI_YES)
		return result;
	return read_jwks(args->value[OPT_JWKS], &out->jwks);
}

/* --provider and --config */
static enum po_cli_exit
criteria_from_provider(
    const struct arguments *args, struct po_cli_criteria *out)
{
	struct po_err err = { .status = PO_OK };

	if (po_cli_criteria_load(args->value[OPT_CONFIG],
		args->value[OPT_PROVIDER], out, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	return PO_CLI_YES;
}

/* --acr-values and --max-age, which stand above the configuration. */
static enum po_cli_exit
read_sign_in(const struct arguments *args, struct po_cli_criteria *out)
{
	const char *acr_values = args->value[OPT_ACR_VALUES];
	const char *max_age = args->value[OPT_MAX_AGE];

	if (acr_values != NULL) {
		if (acr_values[strspn(acr_values, " ")] == '\0')
			return po_cli_trouble(
			    command, "option --acr-values is empty");
		po_str_free(&out->acr_values);
		if ((out->acr_values = po_str_dup(acr_values)) == NULL)
			return po_cli_trouble(command, "out of memory");
	}
	if (max_age != NULL && !po_text_parse_seconds(max_age, 1,
				   PO_JWT_NUMERIC_DATE_MAX, &out->max_age_s))
		return po_cli_trouble(command,
		    "--max-age: \"%s\" is not a time, such as 90, 90s or 15m",
		    max_age);
	return PO_CLI_YES;
}

static enum po_cli_exit
read_token(const char *argument, struct po_buf *out)
{
	struct po_err err = { .status = PO_OK };
	enum po_status st;

	if (argument != NULL) {
		po_buf_append_str(out, argument);
		st = po_buf_check(out, &err);
	} else {
		st = po_cli_read(NULL, out, &err);
		if (out->len > 0 && out->data[out->len - 1] == '\n')
			out->data[--out->len] = '\0';
	}
	if (st == PO_E_TOO_LARGE)
		return po_cli_invalid(PO_E_TOKEN_MALFORMED, &err);
	if (st != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	return PO_CLI_YES;
}

/* Replaces an encrypted token by what is inside. */
static enum po_cli_exit
decrypt(struct po_buf *token, const struct po_jwe_key *key)
{
	AUTO(po_buf_clear) struct po_buf plaintext = PO_BUF_INIT(PO_JWS_MAX);
	AUTO(po_json_free) struct po_json *header = NULL;
	struct po_err err = { .status = PO_OK };
	enum po_status st;

	if ((st = po_jwe_decrypt(po_buf_str(token), token->len, key, &plaintext,
		 &header, &err)) != PO_OK)
		return po_cli_invalid(st, &err);
	po_buf_clear(token);
	po_buf_append(token, plaintext.data, plaintext.len);
	if (po_buf_check(token, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	return PO_CLI_YES;
}

static enum po_cli_exit
decrypt_only(struct po_buf *token, const struct po_cli_criteria *criteria)
{
	enum po_cli_exit result = decrypt(token, criteria->decryption_key);

	if (result != PO_CLI_YES)
		return result;
	return po_cli_write(command, token->data, token->len);
}

static enum po_cli_exit
verify_signature(struct po_buf *token, const struct po_cli_criteria *criteria)
{
	const struct po_buf *secret = &criteria->client_secret;
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	struct po_err err = { .status = PO_OK };
	const struct po_buf *payload;
	enum po_cli_exit result;
	enum po_status st;

	if (criteria->decryption_key != NULL &&
	    (result = decrypt(token, criteria->decryption_key)) != PO_CLI_YES)
		return result;
	if ((st = po_jws_parse(po_buf_str(token), token->len, criteria->algs,
		 &jws, &err)) != PO_OK)
		return po_cli_invalid(st, &err);
	if (po_alg_info(po_jws_alg(jws))->kty == PO_KTY_OCT)
		st = po_jws_verify_mac(jws, secret->data, secret->len, &err);
	else
		st = po_jws_verify(jws, criteria->jwks, criteria->issuer, &err);
	if (st != PO_OK)
		return po_cli_invalid(st, &err);
	payload = po_jws_payload(jws);
	return po_cli_write(command, payload->data, payload->len);
}

static enum po_cli_exit
verify_claims(const struct po_buf *token,
    const struct po_cli_criteria *criteria, const char *nonce, int64_t now_s)
{
	const struct po_id_token_policy policy = {
		.issuer = criteria->issuer,
		.issuer_alias = criteria->issuer_alias,
		.client_id = criteria->client_id,
		.algs = criteria->algs,
		.client_secret = criteria->client_secret.data,
		.client_secret_len = criteria->client_secret.len,
		.decryption_key = criteria->decryption_key,
		.nonce = nonce,
		.nonce_required = nonce != NULL,
		.now_s = now_s,
		.acr_values = criteria->acr_values,
		.max_age_s = criteria->max_age_s,
	};
	AUTO(po_json_free) struct po_json *claims = NULL;
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(CLAIMS_TEXT_MAX);
	struct po_err err = { .status = PO_OK };
	enum po_status st;

	if ((st = po_id_token_verify(po_buf_str(token), token->len,
		 criteria->jwks, &policy, &claims, &err)) != PO_OK)
		return po_cli_invalid(st, &err);
	po_json_print(claims, &text);
	po_buf_append_char(&text, '\n');
	if (po_buf_check(&text, &err) != PO_OK)
		return po_cli_trouble(command, "claims: %s", err.text);
	return po_cli_write(command, text.data, text.len);
}

enum po_cli_exit
po_cli_verify(int argc, char **argv)
{
	struct arguments args = { 0 };
	AUTO(po_cli_criteria_clear)
	struct po_cli_criteria criteria = PO_CLI_CRITERIA_INIT;
	AUTO(po_buf_clear) struct po_buf token = PO_BUF_INIT(TOKEN_INPUT_MAX);
	int64_t now_s = (int64_t)time(NULL);
	enum po_cli_exit result;

	if ((result = read_arguments(argc, argv, &args)) != PO_CLI_YES)
		return result;
	if (args.value[OPT_HELP] != NULL)
		return po_cli_write(command, usage, strlen(usage));
	if ((result = check_arguments(&args)) != PO_CLI_YES)
		return result;
	if (args.value[OPT_AT] != NULL &&
	    !po_text_parse_int(
		args.value[OPT_AT], 0, PO_JWT_NUMERIC_DATE_MAX, &now_s))
		return po_cli_trouble(command,
		    "--at: \"%s\" is not a time in seconds since 1970",
		    args.value[OPT_AT]);
	result = args.value[OPT_PROVIDER] != NULL
		     ? criteria_from_provider(&args, &criteria)
		     : criteria_from_options(&args, &criteria);
	if (result != PO_CLI_YES ||
	    (result = read_sign_in(&args, &criteria)) != PO_CLI_YES ||
	    (result = read_token(args.token, &token)) != PO_CLI_YES)
		return result;
	if (args.value[OPT_DECRYPT_ONLY] != NULL)
		return decrypt_only(&token, &criteria);
	if (args.value[OPT_SIGNATURE_ONLY] != NULL)
		return verify_signature(&token, &criteria);
	return verify_claims(&token, &criteria, args.value[OPT_NONCE], now_s);
}
