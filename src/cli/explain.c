/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pam-oauth explain: what a login would make of these claims, step by step.
 * Must decide by the code of a login and by nothing of its own.  What a token
 * has to prove besides, pam-oauth verify says.  See policy/policy.h and
 * io/policy_load.h.
 */

#include "cli/cli.h"

#include <getopt.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/config.h"
#include "io/policy_load.h"
#include "jose/jwt.h"
#include "policy/claims.h"

static const char command[] = "explain";

/* As the largest document that a login reads (base/http.h). */
#define CLAIMS_MAX (1024 * 1024)
/* PO_MAP_LINES_MAX lines of PO_LOG_LINE_MAX characters of up to four bytes. */
#define STEPS_MAX (16 * 1024 * 1024)

enum option_id {
	OPT_CLAIMS,
	OPT_USER,
	OPT_SERVICE,
	OPT_PROVIDER,
	OPT_CONFIG,
	OPT_UID,
	OPT_JSON,
	OPT_HELP,
	OPT_COUNT
};

static const struct option long_options[] = {
	{ "claims", required_argument, NULL, OPT_CLAIMS },
	{ "user", required_argument, NULL, OPT_USER },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
    "usage: pam-oauth explain --claims FILE|- [--user U] [--service S]\n"
    "                         [--provider P] [--config FILE] [--uid N]\n"
    "                         [--json]\n"
    "\n"
    "Says step by step whether somebody with these claims could sign in.\n"
    "Nobody is asked: the claims count as if a provider had just signed them.\n"
    "\n"
    "  --claims FILE     the claims, a JSON object (pam-oauth verify prints "
    "one)\n"
    "  --user U          the account that is asked for; without it, as where\n"
    "                    nobody is named: the account that the claims yield\n"
    "  --service S       the PAM service (default: sshd)\n"
    "  --provider P      a provider other than the service's\n"
    "  --config FILE     configuration to judge by\n"
    "  --uid N           the account's uid, for one that is not on this host\n"
    "  --json            print one JSON object\n"
    "\n"
    "Exit status: 0 admitted; 1 refused; 2 wrong usage, unreadable file or\n"
    "wrong configuration.\n";

/* Everything there is to say about one question. */
struct explanation {
	const char *value[OPT_COUNT]; /* NULL: not given */
	uid_t uid;                    /* of --uid, if given */
	struct po_config *config;
	struct po_settings settings;
	struct po_policy *policy;
	struct po_json *claims;
	char *account;      /* asked for or chosen; NULL: none came out */
	struct po_log log;  /* into: */
	struct po_buf text; /* the steps, as they will be printed */
};

static void
clear(struct explanation *e)
{
	po_policy_free(&e->policy);
	po_settings_clear(&e->settings);
	po_config_free(&e->config);
	po_json_free(&e->claims);
	po_str_free(&e->account);
	po_buf_clear(&e->text);
}

/* The sink of po_log, which has made the line printable. */
static void
add_step(void *arg, enum po_log_level level, const char *line)
{
	struct explanation *e = arg;

	(void)level;
	if (e->value[OPT_JSON] == NULL) {
		po_buf_appendf(&e->text, "%s\n", line);
		return;
	}
	if (e->text.len > 0)
		po_buf_append_char(&e->text, ',');
	po_json_print_string(line, strlen(line), &e->text);
}

/* --- reading -------------------------------------------------------------- */

static enum po_cli_exit
check_arguments(int argc, char **argv, struct explanation *e)
{
	int64_t uid = 0;

	if (optind < argc)
		return po_cli_trouble(
		    command, "only options are taken: %s", argv[optind]);
	for (size_t i = 0; i < OPT_JSON; i++)
		if (e->value[i] != NULL && e->value[i][0] == '\0')
			return po_cli_trouble(command, "option --%s is empty",
			    long_options[i].name);
	if (e->value[OPT_CLAIMS] == NULL)
		return po_cli_trouble(command, "option --claims is missing");
	if (e->value[OPT_UID] != NULL &&
	    !po_text_parse_int(e->value[OPT_UID], 0, UINT32_MAX, &uid))
		return po_cli_trouble(
		    command, "--uid: \"%s\" is not a uid", e->value[OPT_UID]);
	e->uid = (uid_t)uid;
	return PO_CLI_YES;
}

static enum po_status
read_policy(struct explanation *e, struct po_err *err)
{
	const char *file = e->value[OPT_CONFIG];
	const char *service = e->value[OPT_SERVICE];
	enum po_status st;

	if ((st = po_config_load(file != NULL ? file : PO_CLI_CONFIG,
		 &e->config, err)) != PO_OK ||
	    (st = po_config_settings(e->config, service, e->value[OPT_PROVIDER],
		 &e->settings, err)) != PO_OK)
		return st;
	po_log(&e->log, PO_LOG_INFO, "service \"%s\"%s, provider \"%s\"",
	    service,
	    po_config_has_service(e->config, service)
		? ""
		: " (there is no section of that name)",
	    e->settings.provider);
	return po_policy_load(&e->settings, &e->policy, err);
}

static enum po_status
read_claims(struct explanation *e, struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf text = PO_BUF_INIT(CLAIMS_MAX);
	const char *path = e->value[OPT_CLAIMS];
	enum po_status st;

	if ((st = po_cli_read(
		 strcmp(path, "-") == 0 ? NULL : path, &text, err)) != PO_OK)
		return st;
	st = po_json_parse(text.data, text.len, &e->claims, err);
	if (st == PO_OK && po_json_type(e->claims) != PO_JSON_OBJECT)
		st = po_err_set(err, PO_E_DOCUMENT, "not an object but: %s",
		    po_json_type_name(e->claims));
	if (st == PO_E_DOCUMENT)
		po_err_prefix(err,
		    "%s: not a claims document (of a token, pam-oauth verify "
		    "prints it)",
		    path);
	return st;
}

/* --- judging -------------------------------------------------------------- */

/* As the module: NSS must know an account of exactly that name. */
static enum po_status
find_uid(const struct explanation *e, const char *account, uid_t *uid,
    struct po_err *err)
{
	const struct passwd *pw;

	if (e->value[OPT_UID] != NULL && e->account != NULL &&
	    po_str_equal(account, e->account)) {
		*uid = e->uid;
		return PO_OK;
	}
	if ((pw = getpwnam(account)) == NULL)
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "no account \"%s\" on this host (--uid is for one of "
		    "another host)",
		    account);
	if (!po_str_equal(pw->pw_name, account))
		return po_err_set(err, PO_E_ACCOUNT_UNKNOWN,
		    "the name of account \"%s\" is \"%s\"", account,
		    pw->pw_name);
	*uid = pw->pw_uid;
	return PO_OK;
}

/* Without ID tokens: is there a key to know the person by? */
static enum po_status
check_subject(
    const struct explanation *e, const struct po_log *log, struct po_err *err)
{
	AUTO(po_str_free) char *sub = NULL;
	enum po_status st =
	    po_claims_subject(e->claims, e->settings.subject, &sub, err);

	po_log(log, PO_LOG_INFO, "subject %s: %s", e->settings.subject,
	    st == PO_OK ? sub : err->text);
	return st;
}

/*
 * acr_values and max_age, which a login looks for in the ID token.  Its start
 * is taken to be when the claims were issued, so that those of yesterday can
 * be judged; in a login that is at most `timeout` later.
 */
static enum po_status
check_sign_in(
    const struct explanation *e, const struct po_log *log, struct po_err *err)
{
	const struct po_json *iat = po_json_member(e->claims, "iat");
	struct po_id_token_policy policy = {
		.acr_values = e->settings.acr_values,
		.max_age_s = e->settings.max_age_s,
	};
	enum po_status st;

	if (e->settings.identity == PO_IDENTITY_API)
		return check_subject(e, log, err);
	if (policy.acr_values == NULL && policy.max_age_s == 0)
		return PO_OK;
	if (iat == NULL || !po_json_floor(iat, &policy.now_s) ||
	    policy.now_s < 0 || policy.now_s > PO_JWT_NUMERIC_DATE_MAX)
		policy.now_s = po_clock_epoch_s();
	st = po_id_token_check_sign_in(e->claims, &policy, err);
	po_log(log, PO_LOG_INFO, "acr_values, max_age: %s",
	    st == PO_OK ? "holds" : err->text);
	return st;
}

/* A login for `account`; `log` NULL: only the outcome counts. */
static enum po_status
judge_account(const struct explanation *e, const char *account,
    const struct po_log *log, struct po_err *err)
{
	uid_t uid = 0;
	enum po_status st;

	if ((st = find_uid(e, account, &uid, err)) != PO_OK ||
	    (st = po_policy_admit(e->policy, account, uid, err)) != PO_OK)
		return st;
	po_log(log, PO_LOG_INFO, "account \"%s\": uid %ju may sign in here",
	    account, (uintmax_t)uid);
	if ((st = check_sign_in(e, log, err)) != PO_OK)
		return st;
	return po_policy_decide(e->policy, e->claims, account, uid, log, err);
}

/* A login for which nobody was named; never to root, as in the module. */
static enum po_status
judge_nobody(struct explanation *e, struct po_err *err)
{
	const struct po_account_limits limits = {
		.min_uid = (uid_t)e->settings.min_uid,
		.allow_root = false,
	};
	uid_t uid = 0;
	enum po_status st;

	if (!e->settings.kiosk && e->settings.account == NULL)
		po_log(&e->log, PO_LOG_INFO,
		    "nobody is named, and this is no kiosk: a login would ask "
		    "for a name; judged as if it were one");
	if ((st = check_sign_in(e, &e->log, err)) != PO_OK ||
	    (st = po_policy_choose(
		 e->policy, e->claims, &e->account, &e->log, err)) != PO_OK ||
	    (st = find_uid(e, e->account, &uid, err)) != PO_OK)
		return st;
	return po_account_admit(&limits, e->account, uid, false, err);
}

static void
note_other(void *arg, const char *account)
{
	struct explanation *e = arg;
	struct po_err why = { 0 };
	enum po_status st;

	if (e->account != NULL && po_str_equal(account, e->account))
		return;
	st = judge_account(e, account, NULL, &why);
	po_log(&e->log, PO_LOG_INFO, "map_file: asking for \"%s\": %s%s%s",
	    account, st == PO_OK ? "admitted" : po_status_name(st),
	    st == PO_OK ? "" : ": ", why.text);
}

static void
note_absent(void *arg, const char *pointer)
{
	const struct explanation *e = arg;

	if (po_claims_find(e->claims, pointer, NULL, NULL) == 0)
		po_log(&e->log, PO_LOG_INFO,
		    "absent: %s; a login looks for it in userinfo and api "
		    "documents too",
		    pointer);
}

/* What a login does besides, and claims alone cannot show. */
static void
note_rest(struct explanation *e)
{
	po_policy_each_pointer(e->policy, e->value[OPT_USER], note_absent, e);
	if (e->settings.bind != PO_BIND_OFF)
		po_log(&e->log, PO_LOG_INFO,
		    "bind: not judged here; a login also needs the account to "
		    "be nobody else's already");
}

static enum po_status
judge(struct explanation *e, struct po_err *err)
{
	enum po_status st;

	if (e->value[OPT_USER] == NULL) {
		st = judge_nobody(e, err);
		po_policy_each_account(e->policy, note_other, e);
	} else {
		if ((e->account = po_str_dup(e->value[OPT_USER])) == NULL)
			return po_err_set(err, PO_E_NOMEM, "out of memory");
		st = judge_account(e, e->account, &e->log, err);
	}
	note_rest(e);
	return st;
}

/* --- telling -------------------------------------------------------------- */

static void
append_member(struct po_buf *out, const char *name, const char *text)
{
	AUTO(po_buf_clear)
	struct po_buf shown = PO_BUF_INIT(3 * PO_ERR_TEXT_MAX + 4);

	po_buf_appendf(out, ",\"%s\":", name);
	if (text == NULL) {
		po_buf_append_str(out, "null");
		return;
	}
	/* an error text may have been cut within a character */
	po_text_printable(&shown, text, strlen(text), PO_ERR_TEXT_MAX);
	po_json_print_string(po_buf_str(&shown), shown.len, out);
}

static void
append_json(const struct explanation *e, enum po_status st,
    const struct po_err *err, struct po_buf *out)
{
	po_buf_appendf(out, "{\"admitted\":%s", st == PO_OK ? "true" : "false");
	append_member(out, "reason", po_status_name(st));
	append_member(out, "detail", err->text);
	append_member(out, "account", e->account);
	append_member(out, "service", e->settings.service);
	append_member(out, "provider", e->settings.provider);
	po_buf_append_str(out, ",\"steps\":[");
	po_buf_append(out, e->text.data, e->text.len);
	po_buf_append_str(out, "]}\n");
}

static enum po_cli_exit
tell(struct explanation *e, enum po_status st, const struct po_err *err)
{
	AUTO(po_buf_clear) struct po_buf json = PO_BUF_INIT(2 * STEPS_MAX);
	const struct po_buf *out = &e->text;
	struct po_err failure = { 0 };
	enum po_cli_exit result;

	if (e->value[OPT_JSON] != NULL) {
		append_json(e, st, err, &json);
		out = &json;
	} else if (st == PO_OK) {
		po_log(&e->log, PO_LOG_INFO, "admitted: %s", e->account);
	} else {
		po_log(&e->log, PO_LOG_INFO, "refused: %s: %s",
		    po_status_name(st), err->text);
	}
	/* half an answer is none */
	if (po_buf_check(&e->text, &failure) != PO_OK ||
	    po_buf_check(out, &failure) != PO_OK)
		return po_cli_trouble(command, "steps: %s", failure.text);
	result = po_cli_write(command, out->data, out->len);
	return result == PO_CLI_YES && st != PO_OK ? PO_CLI_NO : result;
}

enum po_cli_exit
po_cli_explain(int argc, char **argv)
{
	AUTO(clear)
	struct explanation e = { .text = PO_BUF_INIT(STEPS_MAX) };
	struct po_err err = { 0 };
	enum po_cli_exit result;
	enum po_status st;

	e.log = (struct po_log){ add_step, &e, true };
	if ((result = po_cli_options(
		 command, argc, argv, long_options, e.value)) != PO_CLI_YES)
		return result;
	if (e.value[OPT_HELP] != NULL)
		return po_cli_write(command, usage, strlen(usage));
	if ((result = check_arguments(argc, argv, &e)) != PO_CLI_YES)
		return result;
	if (e.value[OPT_SERVICE] == NULL)
		e.value[OPT_SERVICE] = "sshd";
	if (read_policy(&e, &err) != PO_OK || read_claims(&e, &err) != PO_OK)
		return po_cli_trouble(command, "%s", err.text);
	if ((st = judge(&e, &err)) == PO_E_NOMEM)
		return po_cli_trouble(command, "%s", err.text);
	return tell(&e, st, &err);
}
