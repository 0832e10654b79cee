/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAM stacks that ask us: can somebody get by, or past a refusal, and can
 * anybody still get in when the provider is down?  See check.h and pam_walk.h.
 */

#include "cli/check.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/breakglass.h"
#include "cli/pam_walk.h"
#include "io/config_model.h"

#define WHERE_SIZE (PATH_MAX + 16)
#define SEEN_MAX (256 * 1024)

#define FIX_CONTROL                                                            \
	"auth [success=done default=die] pam_oauth.so, as in pam.d-examples"

struct stacks {
	struct po_check *check;
	struct po_buf seen;  /* "where what": a shared file is told of once */
	struct po_buf parts; /* names of files that others include */
	const char *service;
	struct po_pam_stack stack;
	unsigned used, errors_before;
	bool sudo, sudo_i; /* those two ask us */
};

static void
stacks_clear(struct stacks *s)
{
	po_buf_clear(&s->seen);
	po_buf_clear(&s->parts);
	po_pam_stack_clear(&s->stack);
}

static const char *
place(const struct po_pam_line *line, char *out)
{
	(void)snprintf(out, WHERE_SIZE, "%s:%u", line->file, line->number);
	return out;
}

/* Once for each line and `key`: common-auth is part of many services. */
static void PO_PRINTF(6, 7) tell(struct stacks *s, enum po_check_level level,
    const struct po_pam_line *line, const char *key, const char *fix,
    const char *fmt, ...)
{
	char where[WHERE_SIZE], id[WHERE_SIZE + 64], what[PO_ERR_TEXT_MAX];
	va_list args;

	(void)snprintf(id, sizeof(id), "\n%s %.60s\n", place(line, where), key);
	if (strstr(po_buf_str(&s->seen), id) != NULL)
		return;
	po_buf_append_str(&s->seen, id);
	va_start(args, fmt);
	if (vsnprintf(what, sizeof(what), fmt, args) < 0)
		what[0] = '\0';
	va_end(args);
	po_check_add(
	    s->check, level, where, fix, "service %s: %s", s->service, what);
}

/* --- our lines ------------------------------------------------------------ */

static void
check_argument(
    struct stacks *s, const struct po_pam_line *line, const char *word)
{
	static const char config[] = "config=", provider[] = "provider=";
	const char *value = strchr(word, '=');

	value = value == NULL ? "" : value + 1;
	if (strncmp(word, config, sizeof(config) - 1) == 0 && *value == '/') {
		if (strcmp(value, s->check->config_file) != 0)
			tell(s, PO_CHECK_NOTE, line, word, NULL,
			    "has a configuration of its own: check it with "
			    "--config %s",
			    value);
	} else if (strncmp(word, provider, sizeof(provider) - 1) == 0 &&
		   *value != '\0') {
		/* its configuration may be another */
		if (s->check->config != NULL &&
		    strstr(line->args, config) == NULL &&
		    po_config_section(s->check->config, "provider", value) ==
			PO_CONFIG_NONE)
			tell(s, PO_CHECK_ERROR, line, word,
			    "one of the configuration's providers",
			    "there is no [provider %s]", value);
	} else if (strcmp(word, "debug") != 0) {
		tell(s, PO_CHECK_ERROR, line, word,
		    "take it away: there are config=/FILE, provider=NAME and "
		    "debug",
		    "unknown argument \"%s\": every login is refused", word);
	}
}

static void
check_arguments(struct stacks *s, const struct po_pam_line *line)
{
	for (const char *p = line->args; *p != '\0';) {
		size_t len = strcspn(p, " \t");
		AUTO(po_str_free) char *word = po_mem_dup(p, len);

		if (word != NULL && len > 0)
			check_argument(s, line, word);
		p += len + strspn(p + len, " \t");
	}
}

static void
check_module(struct stacks *s, const struct po_pam_line *line)
{
	AUTO(po_buf_clear) struct po_buf path = PO_BUF_INIT(PATH_MAX);

	po_buf_appendf(&path, "%s%s%s", s->check->root,
	    line->module[0] == '/' ? "" : PO_LIBPAMDIR "/", line->module);
	if (access(po_buf_str(&path), R_OK) != 0 && !line->optional)
		tell(s, PO_CHECK_ERROR, line, "module",
		    "install it there, or name its full path in this line",
		    "%s: %s", po_buf_str(&path), strerror(errno));
}

/* cron, su and screens come by here, too, and have nobody to show a link to. */
static void
check_shared(struct stacks *s, const struct po_pam_line *line)
{
	static const char *const shared[] = { "common-auth", "system-auth",
		"password-auth", "system-login", "system-local-login",
		"system-remote-login", "fingerprint-auth" };
	const char *name = strrchr(line->file, '/');

	if (po_pam_is_gated(&s->stack, line))
		return; /* by the service, as Debian's profile does it */
	for (size_t i = 0; name != NULL && i < PO_ARRAY_LEN(shared); i++)
		if (strcmp(name + 1, shared[i]) == 0)
			tell(s, PO_CHECK_WARNING, line, "shared",
			    "put it into the files of the services meant",
			    "%s is part of many services, and each of them "
			    "asks the provider",
			    shared[i]);
}

/* --- auth ----------------------------------------------------------------- */

static const char *
or_nothing(const struct po_pam_line *proof)
{
	return proof == NULL ? "nothing at all" : po_pam_module_name(proof);
}

/* Somebody gets in who was never asked to sign in. */
static void
tell_skip(struct stacks *s, const struct po_pam_way *way)
{
	const struct po_pam_line *skip = way->skip;

	if (way->proof == NULL)
		tell(s, PO_CHECK_ERROR, skip, "skip",
		    "put it below pam_oauth.so, or have it jump to a module "
		    "that asks for something",
		    "%s ends it or jumps over pam_oauth.so, and nothing else "
		    "is asked",
		    po_pam_module_name(skip));
	else if (po_pam_is_condition(skip))
		tell(s, PO_CHECK_NOTE, skip, "skip", NULL,
		    "%s %.100s: decides who signs in with %s instead",
		    po_pam_module_name(skip), skip->args,
		    po_pam_module_name(way->proof));
	else
		tell(s, PO_CHECK_ERROR, skip, "skip",
		    "put pam_oauth.so above it: " FIX_CONTROL,
		    "%s comes first, and whoever satisfies it is never asked "
		    "by the provider",
		    po_pam_module_name(skip));
}

/* A refusal by the provider, a rule, or the person: never to be ignored. */
static bool
check_refusals(
    struct stacks *s, const struct po_pam_line *ours, struct po_pam_way *skip)
{
	static const enum po_pam_code refusals[] = { PO_PAM_AUTH_ERR,
		PO_PAM_PERM_DENIED, PO_PAM_MAXTRIES };
	AUTO(po_buf_clear) struct po_buf ignored = PO_BUF_INIT(256);
	const struct po_pam_line *proof = NULL;

	for (size_t i = 0; i < PO_ARRAY_LEN(refusals); i++) {
		struct po_pam_ways ways;

		po_pam_walk(&s->stack, PO_PAM_AUTH, refusals[i], &ways);
		*skip = ways.without_us;
		if (!ways.past_us.found)
			continue;
		proof = ways.past_us.proof;
		po_buf_appendf(&ignored, "%s%s", ignored.len > 0 ? ", " : "",
		    po_pam_code_name(refusals[i]));
	}
	if (ignored.len > 0)
		tell(s, PO_CHECK_ERROR, ours, "refusals", FIX_CONTROL,
		    "\"%s\" goes on after a refusal (%s), and %s lets them in",
		    ours->control, po_buf_str(&ignored), or_nothing(proof));
	return ignored.len > 0;
}

/* Where nothing could be decided, somebody else may; true if so. */
static bool
check_failures(
    struct stacks *s, const struct po_pam_line *ours, bool refusals_told)
{
	static const struct {
		enum po_pam_code code;
		const char *when;
	} failures[] = {
		{ PO_PAM_AUTHINFO_UNAVAIL, "the provider cannot be reached" },
		{ PO_PAM_SERVICE_ERR, "the configuration has a mistake" },
		{ PO_PAM_CONV_ERR, "nobody can be shown a link" },
		{ PO_PAM_USER_UNKNOWN, "the account may not sign in here" },
	};
	bool open = false;

	for (size_t i = 0; i < PO_ARRAY_LEN(failures); i++) {
		struct po_pam_ways ways;
		const struct po_pam_line *proof;

		po_pam_walk(&s->stack, PO_PAM_AUTH, failures[i].code, &ways);
		proof = ways.past_us.proof;
		if (!ways.past_us.found)
			continue;
		open = open || failures[i].code == PO_PAM_AUTHINFO_UNAVAIL;
		if (refusals_told)
			continue;
		tell(s, proof == NULL ? PO_CHECK_ERROR : PO_CHECK_WARNING, ours,
		    failures[i].when,
		    proof == NULL ? FIX_CONTROL
				  : "default=die and no exception, unless "
				    "that is meant",
		    "when %s (%s), %s lets people in", failures[i].when,
		    po_pam_code_name(failures[i].code), or_nothing(proof));
	}
	return open;
}

/* Whoever may go without us has to be somebody, and to have a password. */
static void
check_breakglass(struct stacks *s, const struct po_pam_line *skip)
{
	struct po_err why = { 0 };

	if (po_breakglass_check(s->check->root, skip->args, &why) != PO_OK)
		tell(s, PO_CHECK_WARNING, skip, "breakglass",
		    "usermod -aG GROUP ADMIN, and passwd ADMIN",
		    "nobody gets in this way: %s", why.text);
}

/* Over ssh there are keys; elsewhere a provider that is down locks out. */
static void
check_way_in(struct stacks *s, const struct po_pam_line *ours,
    const struct po_pam_way *skip, bool open)
{
	if (skip->found && skip->proof != NULL &&
	    po_pam_is_condition(skip->skip))
		check_breakglass(s, skip->skip);
	else if (!skip->found && !open && strcmp(s->service, "sshd") != 0)
		tell(s, PO_CHECK_WARNING, ours, "way in",
		    "a break-glass group, as in pam.d-examples/sudo; keep a "
		    "root shell open meanwhile",
		    "when the provider is down, nobody gets in");
}

static void
check_auth(struct stacks *s)
{
	const struct po_pam_line *ours =
	    po_pam_first_of_ours(&s->stack, PO_PAM_AUTH);
	struct po_pam_way skip = { 0 };
	bool told, open;

	if (ours == NULL)
		return;
	told = check_refusals(s, ours, &skip);
	open = check_failures(s, ours, told);
	if (skip.found)
		tell_skip(s, &skip);
	if (!told && strcmp(ours->control, "optional") == 0)
		tell(s, PO_CHECK_WARNING, ours, "optional", FIX_CONTROL,
		    "\"optional\": its refusals count only as long as no "
		    "other line says yes");
	check_way_in(s, ours, &skip, open);
	check_shared(s, ours);
	if (po_pam_first_of_ours(&s->stack, PO_PAM_ACCOUNT) == NULL)
		tell(s, PO_CHECK_WARNING, ours, "account",
		    "account required pam_oauth.so, in front of the other "
		    "account lines",
		    "there is no account line of pam_oauth.so, which would "
		    "notice that the account was changed after the approval");
}

/* --- account -------------------------------------------------------------- */

/* Lines below ours that a "done" keeps from having a say. */
static const struct po_pam_line *
unheard(const struct po_pam_stack *stack, const struct po_pam_line *ours)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct po_pam_line *line = &stack->lines[i];

		if (line > ours && line->type == PO_PAM_ACCOUNT &&
		    line->module[0] != '\0' && !po_pam_is_ours(line) &&
		    strcmp(po_pam_module_name(line), "pam_permit.so") != 0 &&
		    strcmp(po_pam_module_name(line), "pam_deny.so") != 0)
			return line;
	}
	return NULL;
}

static void
check_account(struct stacks *s)
{
	const struct po_pam_line *ours =
	    po_pam_first_of_ours(&s->stack, PO_PAM_ACCOUNT);
	/* the account was changed; liveness: disabled, or not allowed */
	static const enum po_pam_code refusals[] = { PO_PAM_AUTH_ERR,
		PO_PAM_ACCT_EXPIRED, PO_PAM_PERM_DENIED };
	const struct po_pam_line *below;
	struct po_pam_ways ways;
	const struct po_pam_way *by = &ways.without_us;
	bool past = false;

	if (ours == NULL)
		return;
	for (size_t i = 0; i < PO_ARRAY_LEN(refusals) && !past; i++) {
		po_pam_walk(&s->stack, PO_PAM_ACCOUNT, refusals[i], &ways);
		/* a condition may exempt some, whom others still judge */
		past = ways.past_us.found ||
		       (by->found && (by->proof == NULL ||
					 !po_pam_is_condition(by->skip)));
	}
	if (past)
		tell(s, PO_CHECK_ERROR, ours, "account refusals",
		    "account required pam_oauth.so, in front of the others",
		    "account: a refusal of pam_oauth.so does not count");
	below = unheard(&s->stack, ours);
	if (ours->action[PO_PAM_SUCCESS] == PO_PAM_DO_DONE && below != NULL)
		tell(s, PO_CHECK_ERROR, ours, "account done",
		    "account required pam_oauth.so",
		    "account: \"%s\" keeps %s from being asked (expiry, "
		    "nologin, access)",
		    ours->control, po_pam_module_name(below));
	po_pam_walk(&s->stack, PO_PAM_ACCOUNT, PO_PAM_IGNORE, &ways);
	if (!ways.past_us.found && !ways.without_us.found)
		tell(s, PO_CHECK_ERROR, ours, "account ignore",
		    "keep this service's other account lines (pam_unix.so)",
		    "account: logins by key or password are refused, for no "
		    "other line says yes");
}

/* --- all services --------------------------------------------------------- */

static void
check_stack(struct stacks *s)
{
	const struct po_pam_stack *stack = &s->stack;
	struct po_pam_ways ways;
	bool ours = false;

	po_pam_walk(stack, PO_PAM_AUTH, PO_PAM_SUCCESS, &ways);
	if (ways.passes_by)
		return;
	for (size_t i = 0; i < stack->count; i++) {
		if (!po_pam_is_ours(&stack->lines[i]))
			continue;
		ours = true;
		check_arguments(s, &stack->lines[i]);
		check_module(s, &stack->lines[i]);
	}
	if (!ours)
		return;
	s->used++;
	check_auth(s);
	check_account(s);
	if (po_pam_first_of_ours(stack, PO_PAM_AUTH) == NULL)
		return;
	s->sudo |= strcmp(s->service, "sudo") == 0;
	s->sudo_i |= strcmp(s->service, "sudo-i") == 0;
	s->check->sshd |= strcmp(s->service, "sshd") == 0;
}

/* What others include is judged as a part of them, and no service. */
static void
note_parts(struct stacks *s, const char *service)
{
	AUTO(po_pam_stack_clear) struct po_pam_stack stack = { 0 };

	if (po_pam_stack_read(s->check->root, service, &stack, NULL) != PO_OK)
		return; /* check_service says why */
	for (size_t i = 0; i < stack.count; i++) {
		const char *name = strrchr(stack.lines[i].file, '/') + 1;

		if (strcmp(name, service) != 0)
			po_buf_appendf(&s->parts, "/%s/", name);
	}
}

static bool
is_part(const struct stacks *s, const char *service)
{
	char name[NAME_MAX + 3];

	(void)snprintf(name, sizeof(name), "/%s/", service);
	return strstr(po_buf_str(&s->parts), name) != NULL;
}

static bool
is_wanted(const struct stacks *s, const char *service)
{
	return s->check->service != NULL
		   ? strcmp(s->check->service, service) == 0
		   : !is_part(s, service);
}

static void
check_service(struct stacks *s, const char *service)
{
	struct po_err err = { 0 };

	po_pam_stack_clear(&s->stack);
	if (po_pam_stack_read(s->check->root, service, &s->stack, &err) !=
	    PO_OK) {
		po_check_add(s->check, PO_CHECK_WARNING, NULL,
		    "mend the line; pam.d(5)",
		    "service %s: libpam refuses such a file: %s", service,
		    err.text);
		return;
	}
	s->service = service;
	po_pam_decide(&s->stack, service);
	check_stack(s);
}

/* `sudo -i` is a service of its own, which people forget. */
static void
check_sudo(struct stacks *s)
{
	if (s->check->service != NULL || s->sudo == s->sudo_i)
		return;
	po_check_add(s->check, PO_CHECK_WARNING,
	    s->sudo ? "/etc/pam.d/sudo-i" : "/etc/pam.d/sudo",
	    "put the same lines into both files",
	    "%s asks the provider, and %s does not",
	    s->sudo ? "sudo" : "sudo -i", s->sudo ? "sudo -i" : "sudo");
}

void
po_check_pam(struct po_check *check)
{
	AUTO(stacks_clear)
	struct stacks s = {
		.check = check,
		.seen = PO_BUF_INIT(SEEN_MAX),
		.parts = PO_BUF_INIT(SEEN_MAX),
		.errors_before = check->errors,
	};
	AUTO(po_pam_services_clear) struct po_pam_services services = { 0 };
	struct po_err err = { 0 };

	if (po_pam_services_read(check->root, &services, &err) != PO_OK) {
		po_check_add(check, PO_CHECK_ERROR, NULL, "run this as root",
		    "PAM: %s", err.text);
		return;
	}
	po_buf_append_char(&s.seen, '\n');
	for (size_t i = 0; i < services.count; i++)
		note_parts(&s, services.names[i]);
	for (size_t i = 0; i < services.count; i++)
		if (is_wanted(&s, services.names[i]))
			check_service(&s, services.names[i]);
	check_sudo(&s);
	if (s.used == 0)
		po_check_add(check, PO_CHECK_WARNING, NULL,
		    "pam.d-examples has files to begin with",
		    "PAM: %s asks pam_oauth.so",
		    check->service == NULL ? "no service"
					   : "this service never");
	else if (check->errors == s.errors_before)
		po_check_add(check, PO_CHECK_OK, NULL, NULL,
		    "PAM: %u service%s with pam_oauth.so, none with a way "
		    "around it",
		    s.used, s.used == 1 ? "" : "s");
}
