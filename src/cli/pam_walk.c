/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PAM stack played through in every way it can go.  Must follow libpam's
 * rules to the letter: what is written in a control is not what it does.  See
 * pam_walk.h.
 */

#include "cli/pam_walk.h"

#include <string.h>

#include "base/mem.h"

/* What a module answers, and what its success is worth. */
enum kind {
	KIND_OURS,
	KIND_PROOF,     /* whatever is not known to be something else */
	KIND_CONDITION, /* who, where, when */
	KIND_SETTING,   /* no question to anybody */
	KIND_PERMIT,
	KIND_NEVER /* for none of whom we speak: deny, and root by being it */
};

static const struct {
	const char *module;
	enum kind kind;
} known[] = {
	{ "", KIND_SETTING },
	{ "pam_permit.so", KIND_PERMIT },
	{ "pam_deny.so", KIND_NEVER },
	{ "pam_rootok.so", KIND_NEVER },
	{ "pam_access.so", KIND_CONDITION },
	{ "pam_listfile.so", KIND_CONDITION },
	{ "pam_localuser.so", KIND_CONDITION },
	{ "pam_securetty.so", KIND_CONDITION },
	{ "pam_shells.so", KIND_CONDITION },
	{ "pam_succeed_if.so", KIND_CONDITION },
	{ "pam_time.so", KIND_CONDITION },
	{ "pam_usertype.so", KIND_CONDITION },
	{ "pam_wheel.so", KIND_CONDITION },
	{ "pam_cap.so", KIND_SETTING },
	{ "pam_debug.so", KIND_SETTING },
	{ "pam_echo.so", KIND_SETTING },
	{ "pam_env.so", KIND_SETTING },
	{ "pam_faildelay.so", KIND_SETTING },
	{ "pam_faillock.so", KIND_SETTING },
	{ "pam_gnome_keyring.so", KIND_SETTING },
	{ "pam_group.so", KIND_SETTING },
	{ "pam_issue.so", KIND_SETTING },
	{ "pam_keyinit.so", KIND_SETTING },
	{ "pam_kwallet5.so", KIND_SETTING },
	{ "pam_limits.so", KIND_SETTING },
	{ "pam_loginuid.so", KIND_SETTING },
	{ "pam_ecryptfs.so", KIND_SETTING },
	{ "pam_motd.so", KIND_SETTING },
	{ "pam_mount.so", KIND_SETTING },
	{ "pam_nologin.so", KIND_SETTING },
	{ "pam_selinux.so", KIND_SETTING },
	{ "pam_selinux_permit.so", KIND_CONDITION },
	{ "pam_tally2.so", KIND_SETTING },
	{ "pam_umask.so", KIND_SETTING },
	{ "pam_warn.so", KIND_SETTING },
};

static enum kind
kind_of(const struct po_pam_line *line)
{
	const char *name = po_pam_module_name(line);

	if (po_pam_is_ours(line))
		return KIND_OURS;
	for (size_t i = 0; i < PO_ARRAY_LEN(known); i++)
		if (strcmp(known[i].module, name) == 0)
			return known[i].kind;
	return KIND_PROOF;
}

bool
po_pam_is_condition(const struct po_pam_line *line)
{
	return kind_of(line) == KIND_CONDITION;
}

const struct po_pam_line *
po_pam_first_of_ours(const struct po_pam_stack *stack, enum po_pam_type type)
{
	for (size_t i = 0; i < stack->count; i++)
		if (stack->lines[i].type == type &&
		    po_pam_is_ours(&stack->lines[i]))
			return &stack->lines[i];
	return NULL;
}

/* Is `name` one of "A:B:C"? */
static bool
is_listed(const char *list, const char *name)
{
	size_t len = strlen(name), word;

	for (;; list += word + 1) {
		word = strcspn(list, ": \t");
		if (word == len && memcmp(list, name, len) == 0)
			return true;
		if (list[word] != ':')
			return false;
	}
}

/* The list behind `test`, if the arguments ask for nothing else. */
static const char *
list_of(const char *args, const char *test)
{
	static const char *const flags[] = { "quiet ", "use_uid " };

	for (size_t i = 0; i < PO_ARRAY_LEN(flags); i++)
		if (strncmp(args, flags[i], strlen(flags[i])) == 0)
			args += strlen(flags[i]);
	if (strncmp(args, test, strlen(test)) != 0)
		return NULL;
	args += strlen(test);
	test = args + strcspn(args, " \t");
	return test[strspn(test, " \t")] == '\0' ? args : NULL;
}

void
po_pam_decide(struct po_pam_stack *stack, const char *service)
{
	for (size_t i = 0; i < stack->count; i++) {
		struct po_pam_line *line = &stack->lines[i];
		const char *in = list_of(line->args, "service in ");
		const char *notin = list_of(line->args, "service notin ");
		int action = line->action[PO_PAM_AUTH_ERR];

		if (strcmp(po_pam_module_name(line), "pam_succeed_if.so") !=
			0 ||
		    (in == NULL && notin == NULL))
			continue;
		if (in != NULL ? is_listed(in, service)
			       : !is_listed(notin, service))
			action = line->action[PO_PAM_SUCCESS];
		for (unsigned c = 0; c < PO_PAM_CODE_COUNT; c++)
			line->action[c] = action;
		line->decided = true;
	}
}

bool
po_pam_is_gated(
    const struct po_pam_stack *stack, const struct po_pam_line *line)
{
	for (const struct po_pam_line *l = stack->lines; l < line; l++)
		if (l->decided && l->type == line->type &&
		    strcmp(l->file, line->file) == 0)
			return true;
	return false;
}

/* libpam's state between two lines. */
enum impression {
	UNDEFINED,
	POSITIVE,
	NEGATIVE
};

struct verdict {
	enum impression impression;
	bool success; /* the code that a positive stack would return */
};

struct state {
	size_t at;
	struct verdict now;
	struct verdict entered[PO_PAM_DEPTH_MAX + 1]; /* a substack with it */
	bool met_us;
	const struct po_pam_line *proof;
	const struct po_pam_line *skip;
};

/* All that tells states apart but for their position; see mark(). */
#define STATES (3 * 2 * 3 * 2 * 2 * 2 * 3)

struct walk {
	const struct po_pam_line *lines[PO_PAM_LINES_MAX];
	size_t count;
	size_t first_of_ours;
	enum po_pam_code ours;
	struct po_pam_ways *out;
	bool called; /* ours was */
	bool been[PO_PAM_LINES_MAX + 1][STATES];
};

/* True the first time: each state is gone on from once. */
static bool
mark(struct walk *walk, const struct state *s)
{
	unsigned skip = s->skip == NULL                ? 0
			: po_pam_is_condition(s->skip) ? 1
						       : 2;
	const struct verdict *entered =
	    s->at < walk->count ? &s->entered[walk->lines[s->at]->depth]
				: &s->entered[0];
	unsigned id = (unsigned)s->now.impression;
	bool *been;

	id = 2 * id + s->now.success;
	id = 3 * id + (unsigned)entered->impression;
	id = 2 * id + entered->success;
	id = 2 * id + s->met_us;
	id = 2 * id + (s->proof != NULL);
	id = 3 * id + skip;
	been = &walk->been[s->at][id];
	if (*been)
		return false;
	*been = true;
	return true;
}

/* The end: of two ways the worse one is kept, which proves less. */
static void
arrive(struct walk *walk, const struct state *s)
{
	struct po_pam_way *way =
	    s->met_us ? &walk->out->past_us : &walk->out->without_us;
	bool worse = !way->found || (way->proof != NULL && s->proof == NULL) ||
		     (way->proof != NULL && way->skip != NULL &&
			 po_pam_is_condition(way->skip) && s->skip != NULL &&
			 !po_pam_is_condition(s->skip));

	if (s->now.impression != POSITIVE || !s->now.success || !worse)
		return;
	*way = (struct po_pam_way){ true, s->proof, s->skip };
}

/* Behind `jump` lines; a substack is one, and one too many is a failure. */
static void
jump_over(const struct walk *walk, struct state *s, int jump)
{
	unsigned depth = walk->lines[s->at]->depth;
	size_t at = s->at;

	for (; jump > 0; jump--) {
		if (at + 1 >= walk->count ||
		    walk->lines[at + 1]->depth < depth) {
			s->now.impression = NEGATIVE;
			break;
		}
		at++;
		while (
		    at + 1 < walk->count && walk->lines[at + 1]->depth > depth)
			at++;
	}
	s->at = at + 1;
}

/* To the end of this substack, or of all. */
static void
leave(const struct walk *walk, struct state *s)
{
	unsigned depth = walk->lines[s->at]->depth;

	do
		s->at++;
	while (s->at < walk->count && walk->lines[s->at]->depth >= depth);
}

static void
dispatch(const struct walk *walk, struct state *s, enum po_pam_code code)
{
	const struct po_pam_line *line = walk->lines[s->at];
	size_t before = s->at;

	if (line->module[0] == '\0')
		s->entered[line->depth + 1] = s->now;
	switch (line->action[code]) {
	case PO_PAM_DO_OK:
	case PO_PAM_DO_DONE:
		if ((s->now.impression == UNDEFINED ||
			(s->now.impression == POSITIVE && s->now.success)) &&
		    code != PO_PAM_IGNORE) {
			s->now.impression = POSITIVE;
			s->now.success = code == PO_PAM_SUCCESS;
		}
		if (line->action[code] == PO_PAM_DO_DONE &&
		    s->now.impression == POSITIVE)
			leave(walk, s);
		break;
	case PO_PAM_DO_BAD:
	case PO_PAM_DO_DIE:
		s->now.impression = NEGATIVE;
		if (line->action[code] == PO_PAM_DO_DIE)
			leave(walk, s);
		break;
	case PO_PAM_DO_RESET:
		s->now = s->entered[line->depth];
		break;
	case PO_PAM_DO_IGNORE:
		break;
	default:
		jump_over(walk, s, line->action[code]);
	}
	if (s->at == before)
		s->at++;
	if (s->skip == NULL && before < walk->first_of_ours &&
	    s->at > walk->first_of_ours)
		s->skip = line;
}

/* The codes a module may answer with. */
static bool
can_answer(const struct walk *walk, enum kind kind, enum po_pam_code code)
{
	switch (kind) {
	case KIND_OURS:
		return code == walk->ours;
	case KIND_PERMIT:
		return code == PO_PAM_SUCCESS;
	case KIND_NEVER:
		return code == PO_PAM_AUTH_ERR;
	case KIND_SETTING:
	case KIND_CONDITION:
		return code == PO_PAM_SUCCESS || code == PO_PAM_AUTH_ERR ||
		       code == PO_PAM_IGNORE;
	case KIND_PROOF:
		return true;
	}
	return true;
}

static void
go(struct walk *walk, const struct state *from)
{
	const struct po_pam_line *line;
	enum kind kind;

	if (!mark(walk, from))
		return;
	if (from->at == walk->count) {
		arrive(walk, from);
		return;
	}
	line = walk->lines[from->at];
	kind = line->module[0] == '\0' ? KIND_SETTING : kind_of(line);
	for (unsigned i = 0; i < PO_PAM_CODE_COUNT; i++) {
		enum po_pam_code code = (enum po_pam_code)i;
		struct state s = *from;

		if (!can_answer(walk, kind, code))
			continue;
		s.met_us = s.met_us || kind == KIND_OURS;
		walk->called = walk->called || s.met_us;
		if (kind == KIND_PROOF && code == PO_PAM_SUCCESS &&
		    s.proof == NULL)
			s.proof = line;
		dispatch(walk, &s, code);
		go(walk, &s);
	}
}

void
po_pam_walk(const struct po_pam_stack *stack, enum po_pam_type type,
    enum po_pam_code ours, struct po_pam_ways *out)
{
	struct walk walk = { .ours = ours, .out = out };
	const struct state start = { 0 };

	*out = (struct po_pam_ways){ 0 };
	for (size_t i = 0; i < stack->count; i++)
		if (stack->lines[i].type == type)
			walk.lines[walk.count++] = &stack->lines[i];
	walk.first_of_ours = walk.count;
	for (size_t i = walk.count; i > 0; i--)
		if (po_pam_is_ours(walk.lines[i - 1]))
			walk.first_of_ours = i - 1;
	go(&walk, &start);
	out->passes_by = walk.first_of_ours < walk.count && !walk.called &&
			 out->without_us.proof != NULL;
}
