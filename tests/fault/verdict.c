/* SPDX-License-Identifier: BSD-2-Clause */
/* May a login in which this failed end like that?  See verdict.h. */

#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/_pam_types.h>

#include "base/buf.h"

#define COMPLAINTS_MAX 20
#define PAM_CODES 32
#define RULES_MAX 128
#define REFUSALS (~(CODE(PAM_SUCCESS) | CODE(PAM_IGNORE) | AS_EVER))

struct fault_run fault_run;

static unsigned complaints;
static unsigned repeated; /* more of the same, not printed */
static char note[256];    /* of the login itself */
static unsigned long ends[PAM_CODES], logins;
static bool rule_used[RULES_MAX];

static const char *
code_name(int code)
{
	static const char *const names[PAM_CODES] = {
		[PAM_SUCCESS] = "SUCCESS",
		[PAM_SERVICE_ERR] = "SERVICE_ERR",
		[PAM_SYSTEM_ERR] = "SYSTEM_ERR",
		[PAM_BUF_ERR] = "BUF_ERR",
		[PAM_PERM_DENIED] = "PERM_DENIED",
		[PAM_AUTH_ERR] = "AUTH_ERR",
		[PAM_AUTHINFO_UNAVAIL] = "AUTHINFO_UNAVAIL",
		[PAM_USER_UNKNOWN] = "USER_UNKNOWN",
		[PAM_MAXTRIES] = "MAXTRIES",
		[PAM_CONV_ERR] = "CONV_ERR",
		[PAM_IGNORE] = "IGNORE",
	};

	if (code < 0 || code >= PAM_CODES || names[code] == NULL)
		return "(another code)";
	return names[code];
}

/* " SERVICE_ERR AUTH_ERR": the codes of a set. */
static void
append_codes(struct po_buf *out, unsigned codes)
{
	for (int code = 0; code < PAM_CODES - 1; code++)
		if ((codes & CODE(code)) != 0 && (codes & REFUSALS) != REFUSALS)
			po_buf_appendf(out, " %s", code_name(code));
	if ((codes & REFUSALS) == REFUSALS)
		po_buf_append_str(out, " a refusal");
	if ((codes & AS_EVER) != 0)
		po_buf_appendf(out, " %s", code_name(fault_run.login->code));
}

void
verdict_print_run(void)
{
	const struct fault_plan *plan = &fault_run.plan;
	size_t count;
	const struct fault_hit *hits = fault_hits(&count);

	printf("%s %s", fault_run.program->name, fault_run.login->name);
	if (plan->number != 0)
		printf(" %lu %u", plan->number, plan->way);
	else if (fault_run.starved != 0)
		printf(" starve %lu", fault_run.starved);
	else if (plan->one_in != 0)
		printf(" seed %llu", (unsigned long long)plan->seed);
	for (size_t i = 0; i < count; i++) {
		printf("%s%s (%s", i == 0 ? ": " : ", ", hits[i].call,
		    hits[i].way);
		for (size_t j = 0; j < FAULT_PLACES && hits[i].where[j] != NULL;
		     j++)
			printf(", %s", hits[i].where[j]);
		printf(")");
	}
	printf(": ");
}

void
fault_note(const char *text)
{
	(void)snprintf(note, sizeof(note), "%s", text);
}

void
fault_complain(const char *fmt, ...)
{
	va_list args;

	verdict_print_run();
	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	printf("\n");
	if (++complaints < COMPLAINTS_MAX)
		return;
	printf("and so on\n");
	exit(1);
}

static bool
is_in(const struct fault_hit *hit, const char *where)
{
	for (size_t i = 0; i < FAULT_PLACES && hit->where[i] != NULL; i++)
		if (strcmp(hit->where[i], where) == 0)
			return true;
	return false;
}

static unsigned
allowed_after(const struct fault_hit *hit)
{
	const struct fault_program *program = fault_run.program;

	for (size_t i = 0; i < program->rule_count; i++) {
		const struct fault_rule *rule = &program->rules[i];

		if ((rule->call != NULL &&
			strcmp(rule->call, hit->call) != 0) ||
		    (rule->way != NULL && strcmp(rule->way, hit->way) != 0) ||
		    (rule->where != NULL && !is_in(hit, rule->where)))
			continue;
		rule_used[i] = true;
		return rule->codes;
	}
	return program->codes;
}

/*
 * After several faults any refusal will do, but success still takes that none
 * of them mattered.
 */
static unsigned
allowed_now(void)
{
	size_t count;
	const struct fault_hit *hits = fault_hits(&count);
	unsigned any = 0, all = AS_EVER;

	for (size_t i = 0; i < count; i++) {
		unsigned codes = allowed_after(&hits[i]);

		any |= codes & ~AS_EVER;
		all &= codes;
	}
	/* what libraries do then, nobody knows */
	if (count > 1 || fault_run.starved != 0)
		any |= REFUSALS;
	return any | all;
}

/* Of faults that differ in nothing but the place, one is enough to read. */
static bool
is_news(int code)
{
	static struct {
		const char *login, *call, *way;
		int code;
	} seen[COMPLAINTS_MAX];
	static size_t count;
	size_t hits;
	const struct fault_hit *hit = fault_hits(&hits);

	if (hits != 1)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (seen[i].login == fault_run.login->name &&
		    seen[i].code == code &&
		    strcmp(seen[i].call, hit->call) == 0 &&
		    strcmp(seen[i].way, hit->way) == 0) {
			repeated++;
			return false;
		}
	}
	if (count < COMPLAINTS_MAX) {
		seen[count].login = fault_run.login->name;
		seen[count].call = hit->call;
		seen[count].way = hit->way;
		seen[count++].code = code;
	}
	return true;
}

void
verdict_begin(void)
{
	note[0] = '\0';
}

void
verdict_end(int code)
{
	AUTO(po_buf_clear) struct po_buf expected = PO_BUF_INIT(1024);
	unsigned allowed = allowed_now();

	if (code < 0 || code >= PAM_CODES) {
		fault_complain("PAM code %d", code);
		return;
	}
	logins++;
	ends[code]++;
	if ((allowed & CODE(code)) != 0 ||
	    ((allowed & AS_EVER) != 0 && code == fault_run.login->code))
		return;
	if (!is_news(code))
		return;
	append_codes(&expected, allowed);
	fault_complain("%s (%s), expected%s", code_name(code), note,
	    po_buf_str(&expected));
}

/* --- counting --- */

void
verdict_reset(void)
{
	logins = 0;
	memset(ends, 0, sizeof(ends));
}

void
verdict_print(unsigned long calls)
{
	printf("%s %s: %lu calls, %lu logins:", fault_run.program->name,
	    fault_run.login->name, calls, logins);
	for (int code = 0; code < PAM_CODES; code++)
		if (ends[code] != 0)
			printf(" %lu %s", ends[code], code_name(code));
	printf("\n");
	(void)fflush(stdout);
}

void
verdict_check_rules(void)
{
	const struct fault_program *program = fault_run.program;

	if (program->rule_count > RULES_MAX)
		abort();
	for (size_t i = 0; i < program->rule_count; i++) {
		const struct fault_rule *rule = &program->rules[i];

		if (rule_used[i])
			continue;
		printf("%s: no fault needs the rule for %s (%s) in %s\n",
		    program->name, rule->call == NULL ? "any" : rule->call,
		    rule->way == NULL ? "any" : rule->way,
		    rule->where == NULL ? "any place" : rule->where);
		complaints++;
	}
}

unsigned
verdict_complaints(void)
{
	return complaints + repeated;
}
