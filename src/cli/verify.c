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
	OPT_SIGNATURE_ONLY,
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
	{ "signature-only", no_argument, NULL, OPT_SIGNATURE_ONLY },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: pam-oauth verify --issuer I --client-id C --jwks FILE [--algs L]\n"
    "                        [--nonce N] [--at SECONDS] [TOKEN|-]\n"
    "       pam-oauth verify --provider P [--config FILE]\n"
    "                        [--nonce N] [--at SECONDS] [TOKEN|-]\n"
    "       pam-oauth verify --signature-only --jwks FILE [--algs L] "
    "[TOKEN|-]\n"
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
    "                    (default: all asymmetric ones)\n"
    "  --nonce N         what nonce must be\n"
    "  --at SECONDS      judge as of this time (since 1970) instead of now\n"
    "  --signature-only  check the signature alone; print the payload as it "
    "is\n"
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
	int id;

	optind = 0; /* glibc: start over */
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (id == ':')
			return po_cli_trouble(command,
			    "option %s needs a value", argv[optind - 1]);
		if (id == '?')
			return po_cli_trouble(command,
			    "unknown option or value: %s", argv[optind - 1]);
		if (out->value[id] != NULL)
			return po_cli_trouble(command,
			    "option --%s is given twice",
			    long_options[id].name);
		out->value[id] = optarg == NULL ? "" : optarg;
	}
	if (argc - optind > 1)
		return po_cli_trouble(
		    command, "one token at a time: %s", argv[optind + 1]);
	if (optind < argc && strcmp(argv[optind], "-") != 0)
		out->token = argv[optind];
	return PO_CLI_YES;
}

/* Which options go together. */
static enum po_cli_exit
check_arguments(const struct arguments *args)
{
	static const enum option_id by_hand[] = { OPT_ISSUER, OPT_CLIENT_ID,
		OPT_JWKS };
	static const enum option_id not_with_provider[] = { OPT_ISSUER,
		OPT_CLIENT_ID, OPT_JWKS, OPT_ALGS };

	if (args->value[OPT_PROVIDER] != NULL) {
		for (size_t i = 0; i < PO_ARRAY_LEN(not_with_provider); i++)
			if (args->value[not_with_provider[i]] != NULL)
				return po_cli_trouble(command,
				    "--%s and --provider exclude each other",
				    long_options[not_with_provider[i]].name);
		return PO_CLI_YES;
	}
	if (args->value[OPT_CONFIG] != NULL)
		return po_cli_trouble(command, "--config needs --provider");
	for (size_t i = 0; i < PO_ARRAY_LEN(by_hand); i++) {
		if (args->value[OPT_SIGNATURE_ONLY] != NULL &&
		    by_hand[i] != OPT_JWKS)
			continue;
		if (args->value[by_hand[i]] == NULL)
			return po_cli_trouble(command,
			    "option --%s is missing (or use --provider)",
			    long_options[by_hand[i]].name);
		if (*args->value[by_hand[i]] == '\0')
			return po_cli_trouble(command, "option --%s is empty",
			    long_options[by_hand[i]].name);
	}
	return PO_CLI_YES;
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

/* --issuer, --client-id, --jwks and --algs. */
static enum po_cli_exit
criteria_from_options(const struct arguments *args, struct po_cli_criteria *out)
{
	AUTO(po_buf_clear)
	struct po_buf text = PO_BUF_INIT(PO_HTTP_MAX_JWKS);
	const char *path = args->value[OPT_JWKS];
	const char *issuer = args->value[OPT_ISSUER];
	const char *client_id = args->value[OPT_CLIENT_ID];
	struct po_err err = { .status = PO_OK };
	enum po_cli_exit result;
	enum po_status st;

	if ((result = read_algs(args->value[OPT_ALGS], &out->algs)) !=
	    PO_CLI_YES)
		return result;
	if ((issuer != NULL && (out->issuer = po_str_dup(issuer)) == NULL) ||
	    (client_id != NULL &&
		(out->client_id = po_str_dup(client_id)) == NULL))
		return po_cli_trouble(command, "out of memory");
	if (po_cli_read(path, &text, &err) != PO_OK)
		return po_cli_trouble(command, "--jwks: %s", err.text);
	if ((st = po_jwks_parse(text.data, text.len, &out->jwks, &err)) !=
	    PO_OK) {
		po_err_prefix(&err, "%s", path);
		return po_cli_invalid(st, &err);
	}
	return PO_CLI_YES;
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

static enum po_cli_exit
verify_signature(
    const struct po_buf *token, const struct po_cli_criteria *criteria)
{
	AUTO(po_jws_free) struct po_jws *jws = NULL;
	struct po_err err = { .status = PO_OK };
	const struct po_buf *payload;
	enum po_status st;

	if ((st = po_jws_parse(po_buf_str(token), token->len, criteria->algs,
		 &jws, &err)) != PO_OK ||
	    (st = po_jws_verify(jws, criteria->jwks, criteria->issuer, &err)) !=
		PO_OK)
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
		.client_id = criteria->client_id,
		.algs = criteria->algs,
		.nonce = nonce,
		.nonce_required = nonce != NULL,
		.now_s = now_s,
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
	AUTO(po_cli_criteria_clear) struct po_cli_criteria criteria = { 0 };
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
	    (result = read_token(args.token, &token)) != PO_CLI_YES)
		return result;
	if (args.value[OPT_SIGNATURE_ONLY] != NULL)
		return verify_signature(&token, &criteria);
	return verify_claims(&token, &criteria, args.value[OPT_NONCE], now_s);
}
